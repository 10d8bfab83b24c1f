/* Who is told of an event, by which channel, and when: quiet hours and digests. */
#include "core/decider.h"

void notify_decide_dues(struct decider *d, struct core_event *event)
{
    (void)d;
    (void)event;
}
