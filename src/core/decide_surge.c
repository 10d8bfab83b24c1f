/* Surges: when they begin, peak and end. */
#include "core/decider.h"

void surge_decide_watch(struct decider *d)
{
    (void)d;
}
