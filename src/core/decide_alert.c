/* Alerts: what is pending, fires and is told to whom; silences. */
#include "core/decider.h"

void alert_decide_watch(struct decider *d)
{
    (void)d;
}

void alert_decide_silence(struct decider *d)
{
    (void)d;
}

void alert_decide_unsilence(struct decider *d)
{
    (void)d;
}
