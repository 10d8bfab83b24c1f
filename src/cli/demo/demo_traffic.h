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

struct demo_traffic {
    struct demo_random random;
    uint64_t people[DEMO_PEOPLE_KEPT]; /* who came lately; some come again */
    uint64_t people_count;             /* ever */
    uint64_t leads;                    /* ever */
};

void demo_traffic_init(struct demo_traffic *traffic, uint64_t seed);
/* Fills `body` with the next lead's payload and returns its source; *ret_broken: it must be
 * refused. */
const char *demo_traffic_next(struct demo_traffic *traffic, struct buffer *body, bool *ret_broken);

/* Leads per second at that moment: rises and falls about `average`, with a surge every minute. */
double demo_traffic_rate(double average, double seconds);

#endif
