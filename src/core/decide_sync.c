/* Two-way systems: what a change made over there does here, by the authority of each field. */
#include "core/decider.h"

void sync_decide(struct decider *d)
{
    d->out->status = CORE_UNCHANGED;
}

void sync_decide_dues(struct decider *d, struct core_event *event)
{
    (void)d;
    (void)event;
}
