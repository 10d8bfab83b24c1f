/* The simulator's only source of chance: SplitMix64 (Steele, Lea, Flood 2014). Same seed, same run.
 */
#ifndef ML_SIM_RANDOM_H
#define ML_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* From 0 to below - 1; `below` at least 1. */
static inline uint32_t random_below(struct random *random, uint32_t below)
{
    return (uint32_t)(random_next(random) % below);
}

static inline bool random_chance(struct random *random, uint32_t one_in)
{
    return random_below(random, one_in) == 0;
}

#endif
