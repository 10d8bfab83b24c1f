/* Groups of records that go to the engine together, and the memory that batches share. */
#ifndef ML_SERVER_BATCH_GROUP_H
#define ML_SERVER_BATCH_GROUP_H

#include "engine/engine.h"
#include "server/problem.h"

#include <pthread.h>

enum { BATCH_GROUP_RECORDS = 256 };

struct batch;

/* What became of one record. */
struct batch_entry {
    uint64_t number;
    int32_t command;      /* index in the group; -1: the engine was not asked */
    unsigned status;      /* of a refusal */
    struct bytes problem; /* of a refusal: JSON, in the group's arena */
    const char *skipped;  /* why it is no lead; NULL: it is meant to be one */
};

struct batch_group {
    struct engine_request request;
    struct core_command commands[BATCH_GROUP_RECORDS];
    struct engine_result results[BATCH_GROUP_RECORDS];
    struct batch_entry entries[BATCH_GROUP_RECORDS];
    size_t entry_count, command_count;
    struct arena arena;
    struct batch *batch;
    bool done;
    struct batch_group *next;
};

/* How entries are named and kept apart. */
struct batch_style {
    const char *number;      /* "line" */
    const char *separator;   /* between two entries */
    const char *end;         /* behind each entry */
    size_t details_max_size; /* past so many bytes, problems are printed without their details */
    bool receipts;           /* nothing is told of leads but that they were taken */
};

/* Whether the group is to be handed in before another record is read into it: it has as many as it
 * can hold, or they have become large. */
bool batch_group_is_full(const struct batch_group *group);
/* Sets the refusal of an entry; `problem` is printed at once. */
void batch_entry_refuse(struct batch_group *group, struct batch_entry *entry,
                        const struct problem *problem);
/* Appends the entries of a group that is done; false when one of them was not taken. */
bool batch_group_write(const struct batch_group *group, const struct batch_style *style,
                       struct buffer *out);

/* ---- the pool */

struct batch_pool;
struct batch_group *batch_group_take(struct batch_pool *pool, struct batch *batch);
void batch_group_give_back(struct batch_pool *pool, struct batch_group *group);
/* How many groups the engine has. */
void batch_pool_count(struct batch_pool *pool, int change);
/* Bytes of results held. */
void batch_pool_hold(struct batch_pool *pool, uint64_t more);
void batch_pool_let_go(struct batch_pool *pool, uint64_t size);

#endif
