/* Which of many names is most similar to one: an inverted index of trigrams with the prefix filter
 * (S. Chaudhuri, V. Ganti, R. Kaushik 2006; R. Bayardo, Y. Ma, R. Srikant 2007). Two names similar
 * enough share so many trigrams that they share one among the rarest few of each; so only those few
 * are in the index, and only those few lists are read. Immutable; no heap when searching. */
#ifndef ML_POLICY_SIMILAR_H
#define ML_POLICY_SIMILAR_H

#include "base/arena.h"

#include <stdint.h>

/* Names that one search compares at the most, those that share the rarest trigrams first. What is
 * beyond is not found: a query made of nothing but common words. */
enum { SIMILAR_WORK_MAX = 4000 };

struct similar_index;

struct similar_name {
    struct bytes text; /* normalised, not empty; borrowed for the call */
    uint32_t row;
};

/* `names` are different from each other; at most 16 million. `threshold` is 0.5 to 1.0. */
const struct similar_index *similar_index_new(const struct similar_name *names, size_t count,
                                              double threshold, struct arena *arena);
/* The most similar name with a score (policy_company_similarity) of the threshold or more that is
 * not equal to `name`; the first one of several. False when there is none. */
bool similar_index_find(const struct similar_index *index, struct bytes name, uint32_t *ret_row,
                        double *ret_score);

#endif
