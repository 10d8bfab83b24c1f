/* Incidents: how they open, and what closing one takes. */
#include "core/decider.h"

void incident_decide_watch(struct decider *d)
{
    (void)d;
}

void incident_decide_open(struct decider *d)
{
    (void)d;
}

void incident_decide_note(struct decider *d)
{
    (void)d;
}

void incident_decide_close(struct decider *d)
{
    (void)d;
}

void incident_decide_finish(struct decider *d)
{
    (void)d;
}
