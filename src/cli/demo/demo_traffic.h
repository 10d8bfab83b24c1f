/* Synthetic leads in the shape of the example company's four sources. The same seed gives the same
 * leads in the same order; every address ends in .example. */
#ifndef ML_CLI_DEMO_TRAFFIC_H
#define ML_CLI_DEMO_TRAFFIC_H

#include "base/buffer.h"

#include <stdint.h>

enum { DEMO_PEOPLE_KEPT = 512 };

/* SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for anything that is only made up.
 */
struct demo_random {
    uint64_t state;
};
uint64_t demo_random_next(struct demo_random *random);
/* From 0 to bound - 1. */
uint32_t demo_random_below(struct demo_random *random, uint32_t bound);
/* True so many times in a hundred. */
bool demo_random_chance(struct demo_random *random, uint32_t percent);

/* What has to become of a lead. */
enum demo_expectation {
    DEMO_TAKEN,
    DEMO_BROKEN, /* refused, and kept as a dead letter */
    DEMO_EITHER, /* its source has changed what it sends, and the contract is about to follow */
};

/* Of which ten times as many come in a surge. */
#define DEMO_CAMPAIGN "peak-season"

struct demo_traffic {
    struct demo_random random;
    bool renamed;   /* partners call a deal's number otherwise */
    bool unsettled; /* and that is not what the contract in force says, or may not be yet */
    bool silent;    /* the campaign has spent its budget: nothing comes of it */
    uint64_t people[DEMO_PEOPLE_KEPT]; /* who came lately; some come again */
    uint64_t people_count;             /* ever */
    uint64_t leads;                    /* ever */
};

void demo_traffic_init(struct demo_traffic *traffic, uint64_t seed);
/* Fills `body` with the next lead's payload and returns its source; `campaign`: one of the campaign
 * that surges. */
const char *demo_traffic_next(struct demo_traffic *traffic, bool campaign, struct buffer *body,
                              enum demo_expectation *ret_expected);

/* Leads per second at that moment: rises and falls about `average`. */
double demo_traffic_rate(double average, double seconds);
/* How many come of the campaign, of each lead a second on average. */
double demo_traffic_campaign_share(void);
/* More than any source brings in a minute of ordinary traffic, and less than the campaign does in
 * half a minute of a surge. */
unsigned demo_traffic_surge_least(double average);

#endif
