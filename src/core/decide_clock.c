/* Promises about leads: ladders, acknowledgement, enrichment. */
#include "core/decider.h"

void clock_decide_acknowledge(struct decider *d)
{
    (void)d;
}

void clock_decide_enrich(struct decider *d)
{
    (void)d;
}

void clock_decide_due(struct decider *d, const struct core_lead *lead)
{
    (void)d;
    (void)lead;
}
