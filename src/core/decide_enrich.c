/* Enrichment: which provider is asked next, and what an answer does to a lead: what is known of it,
 * its score, class and perhaps its route; checks that hold it. */
#include "core/decider.h"

void enrich_decide_dues(struct decider *d, struct core_event *event)
{
    (void)d;
    (void)event;
}

void enrich_decide_settled(struct decider *d, enum core_event_type type,
                           const struct core_delivery *delivery, const struct core_receipt *receipt)
{
    outbox_emit_settled(d, type, delivery, receipt);
}

bool enrich_has_next(const struct decider *d, const struct core_delivery *delivery)
{
    (void)d;
    (void)delivery;
    return false;
}
