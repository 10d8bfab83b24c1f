/* Prints how many 8 KiB writes a second the disk under DIRECTORY makes durable: for scripts. */
#include "measure.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    printf("%.0f\n", measure_fsyncs_per_second(argv[1], 1));
    return 0;
}
