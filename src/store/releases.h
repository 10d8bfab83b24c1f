/* What was in force when, and who said so. */
#ifndef ML_STORE_RELEASES_H
#define ML_STORE_RELEASES_H

#include "store/store.h"

/* JSON array of activations, newest first, of events below `before` (0: from the newest), at most
 * `limit` (1 to STORE_PAGE_MAX). *ret_next is the `before` of the next page, 0 when there is none.
 */
int store_read_activations(struct store_reader *reader, uint64_t before, uint32_t limit,
                           struct json_writer *json, uint64_t *ret_next, struct error *err);

/* Who activated the release of that whole id last, in `arena`; empty when nobody was named or the
 * view does not know it. */
int store_read_activator(struct store_reader *reader, struct bytes id, struct arena *arena,
                         struct bytes *ret, struct error *err);

#endif
