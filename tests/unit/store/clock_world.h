/* The company of world.h under promises: ladders, exceptions with fallbacks, a surge plan, alerts,
 * incidents; and a life in which all of it happens. */
#ifndef ML_TESTS_STORE_CLOCK_WORLD_H
#define ML_TESTS_STORE_CLOCK_WORLD_H

#include "commands.h"

/* Reps ana and ben (team north, managed by ana; ben works from nine to five), cem (south); pools
 * dach, all, triage. Class hot: enriched 2m, assigned 60s, contacted 5m, qualified 2h; standard:
 * assigned 5m, contacted 4h of working time. Leads have campaign and partner, intent is the score.
 * Without an address: exception missing_email; intent 1 to 9: nurture. Causes bad_data and
 * vendor_outage. `variant` 1 is without surge plan and dach, with other promises. */
struct policy_release *clock_release(unsigned variant);
void clock_activate(struct world *world, unsigned variant);

struct clock_lead {
    const char *source, *email, *country, *form, *campaign, *partner, *name,
        *company;   /* NULL: left out */
    int64_t intent; /* 0: left out */
};
/* Returns the lead's number. */
uint64_t clock_submit(struct world *world, const struct clock_lead *lead);
enum core_status clock_resolve(struct world *world, uint64_t exception, enum core_resolution action,
                               const char *text, uint64_t into);
enum core_status clock_enrich(struct world *world, uint64_t lead, int64_t intent);
/* What the watch sees now, ticks included. */
void clock_watch(struct world *world);
/* Lets time pass, with a look at what is counted every minute. */
void clock_pass(struct world *world, int64_t duration_us);
void clock_live(struct world *world, uint64_t *seed, size_t commands);

#endif
