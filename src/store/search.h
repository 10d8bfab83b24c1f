/* Which deliveries fit a filter, by number. */
#ifndef ML_STORE_SEARCH_H
#define ML_STORE_SEARCH_H

#include "store/internal.h"

struct store_search {
    const struct store_delivery_filter *filter; /* `before` is not read */
    uint64_t above, below;                      /* numbers between these only */
    bool newest;                                /* first; else the oldest */
    size_t limit;
};
/* ML_EINVAL for a state or a purpose that does not exist. */
int store_delivery_filter_check(const struct store_delivery_filter *filter, struct error *err);
/* In *ret_numbers, of malloc, which the caller frees, in order. To be called within a snapshot. */
int store_deliveries_search(struct store_reader *reader, const struct store_search *search,
                            uint64_t **ret_numbers, size_t *ret_count, struct error *err);
/* The numbers of deliveries made in [from_us, to_us) (0: no bound) are in [*ret_from, *ret_to). */
int store_delivery_times(struct store_reader *reader, int64_t from_us, int64_t to_us,
                         uint64_t *ret_from, uint64_t *ret_to, struct error *err);

#endif
