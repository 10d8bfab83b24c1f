/* Looking at spans of leads, in order, for those that a filter is about, until there are enough of
 * them or enough was looked at for one call. */
#ifndef ML_STORE_LEAD_WALK_H
#define ML_STORE_LEAD_WALK_H

#include "store/hunt.h"

struct store_walk {
    struct store_reader *reader;
    const struct store_lead_filter *filter;
    const struct store_words *words;
    uint64_t cursor; /* leads up to this one were looked at before; 0: none */
    bool rising;
    bool deadlines; /* rows have the columns of store_lead_select so */
    /* What becomes of a lead that fits; false: it is one too many, and the walk ends. */
    bool (*take)(void *context, sqlite3_stmt *row);
    void *context;

    /* How it went. */
    bool full;        /* `take` has ended it */
    bool tired;       /* ended before everything was looked at */
    uint64_t reached; /* up to which lead everything was looked at, that one included; 0: none */

    /* For lead_walk.c. */
    sqlite3_stmt *leads, *attributes;
    uint64_t newest; /* lead */
    uint64_t looks, steps, piece;
    struct error *err;
};
/* Everything above `how it went` is the caller's. */
int store_walk(struct store_walk *walk, const struct store_span *spans, size_t count,
               struct error *err);

#endif
