/* Prints the leads of payload.h, one a line, '#' in place of the identity: for bench/intake.lua. */
#include "payload.h"

#include <stdio.h>

int main(void)
{
    struct payload payload;
    for (uint32_t variant = 0; variant < PAYLOAD_VARIANTS; variant++) {
        payload_make(variant, &payload);
        puts(payload.text);
    }
    return 0;
}
