/* What lists share: filters that are words of a fixed list, and the Link to the next page. */
#ifndef ML_SERVER_LISTING_H
#define ML_SERVER_LISTING_H

#include "server/request.h"

/* Whether a query parameter is one of `words`, or was not given. False: it has been refused, with
 * the nearest word. */
bool listing_check_word(struct request *request, size_t parameter, const char *const *words,
                        size_t count);
/* NULL when `text` is one of `words`; else what it must be, "must be open or closed, not …", with
 * the nearest word; in `arena`. */
const char *listing_word_mistake(struct arena *arena, struct bytes text, const char *const *words,
                                 size_t count);

/* The same call with the same filters, from `cursor` on, as RFC 8288 Link; in the request's arena.
 * `cursor_name` is the parameter that it stands for; `limit` has that name. For calls whose path
 * has no parameters. */
const char *listing_next_link(struct request *request, uint64_t limit, const char *cursor_name,
                              const char *cursor);

/* The midnight, in UTC, that a date like "2026-11-23" begins with; false when it is none. */
bool listing_date(struct bytes text, int64_t *ret_us);
/* A query parameter that is a time: RFC 3339, or a date, which is its midnight in UTC. 0 when it is
 * not there. False: it has been refused. */
bool listing_time(struct request *request, size_t parameter, int64_t *ret_us);

/* The member `version` of the answer that was just written, so that ETag names the version of this
 * very answer; 0 when there is none. */
uint64_t listing_version(const struct request *request);

#endif
