/* Groups are large and are kept for reuse. */
#include "server/intake/batch_group.h"

#include "base/id.h"
#include "server/intake/batch.h"
#include "server/intake/submission.h"

#include <stdlib.h>

enum { GROUPS_KEPT = 32, GROUP_BYTES = 2 * 1024 * 1024 };

struct batch_pool {
    pthread_mutex_t lock;
    pthread_cond_t drained;
    struct batch_group *kept;
    size_t kept_count;
    size_t unanswered; /* groups that the engine has */
    _Atomic uint64_t held;
};

/* ---- the pool */

struct batch_pool *batch_pool_new(void)
{
    struct batch_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        panic("out of memory (batch pool)");
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->drained, NULL);
    return pool;
}

static void group_free(struct batch_group *group)
{
    arena_release(&group->arena);
    free(group);
}

void batch_pool_free(struct batch_pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->kept != NULL) {
        struct batch_group *group = pool->kept;
        pool->kept = group->next;
        group_free(group);
    }
    pthread_cond_destroy(&pool->drained);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void batch_pool_count(struct batch_pool *pool, int change)
{
    pthread_mutex_lock(&pool->lock);
    pool->unanswered += (size_t)change;
    if (pool->unanswered == 0)
        pthread_cond_broadcast(&pool->drained);
    pthread_mutex_unlock(&pool->lock);
}

void batch_pool_drain(struct batch_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->unanswered > 0)
        pthread_cond_wait(&pool->drained, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

uint64_t batch_pool_held(const struct batch_pool *pool)
{
    return atomic_load_explicit(&pool->held, memory_order_relaxed);
}

void batch_pool_hold(struct batch_pool *pool, uint64_t more)
{
    atomic_fetch_add_explicit(&pool->held, more, memory_order_relaxed);
}

void batch_pool_let_go(struct batch_pool *pool, uint64_t size)
{
    atomic_fetch_sub_explicit(&pool->held, size, memory_order_relaxed);
}

struct batch_group *batch_group_take(struct batch_pool *pool, struct batch *batch)
{
    pthread_mutex_lock(&pool->lock);
    struct batch_group *group = pool->kept;
    if (group != NULL) {
        pool->kept = group->next;
        pool->kept_count--;
    }
    pthread_mutex_unlock(&pool->lock);
    if (group == NULL) {
        group = calloc(1, sizeof *group);
        if (group == NULL)
            panic("out of memory (batch)");
        arena_init(&group->arena);
    }
    group->batch = batch;
    group->entry_count = group->command_count = 0;
    group->done = false;
    group->next = NULL;
    return group;
}

void batch_group_give_back(struct batch_pool *pool, struct batch_group *group)
{
    arena_reset(&group->arena);
    pthread_mutex_lock(&pool->lock);
    bool keep = pool->kept_count < GROUPS_KEPT;
    if (keep) {
        group->next = pool->kept;
        pool->kept = group;
        pool->kept_count++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (!keep)
        group_free(group);
}

bool batch_group_is_full(const struct batch_group *group)
{
    return group->entry_count == BATCH_GROUP_RECORDS || group->arena.used >= GROUP_BYTES;
}

/* ---- results */

void batch_entry_refuse(struct batch_group *group, struct batch_entry *entry,
                        const struct problem *problem)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, 64 * 1024);
    json_begin(&json, &text);
    problem_write(problem, &json);
    entry->status = problem_type_of(problem->kind)->status;
    entry->problem =
        text.overflow ? BYTES_LITERAL("{}") : arena_copy(&group->arena, buffer_bytes(&text));
    buffer_release(&text);
}

static void write_refusal(const struct batch_entry *entry, uint64_t dead_letter, bool details,
                          struct json_writer *json)
{
    char id[LEAD_ID_TEXT_SIZE];
    json_member_unsigned(json, "status", entry->status);
    if (dead_letter != 0) {
        dead_letter_id_print(dead_letter, id);
        json_member(json, "dead_letter", bytes_of(id));
    }
    if (!details)
        return;
    json_key(json, "problem");
    json_raw(json, entry->problem);
}

/* What the engine made of it; false when it was not taken. */
static bool write_result(const struct batch_group *group, const struct batch_entry *entry,
                         const struct batch_style *style, bool details, struct json_writer *json)
{
    const struct core_command *command = &group->commands[entry->command];
    const struct engine_result *result = &group->results[entry->command];
    struct problem problem;
    bool accepted = submission_accepted(result, &problem);
    if (accepted && !submission_is_kept(result) && style->receipts) {
        json_member_unsigned(json, "status", 201);
        json_member_unsigned(json, "seq", result->seq);
        return true;
    }
    if (accepted && !submission_is_kept(result)) {
        json_member_unsigned(json, "status", submission_status(command, result));
        submission_write(result, json);
        return true;
    }
    if (accepted && command->type == CORE_REFUSE) {
        write_refusal(entry, result->dead_letter, details, json);
        if (result->status == CORE_REPEATED)
            json_member_bool(json, "replayed", true);
        return false;
    }
    if (accepted)
        submission_set_closed(result, &problem);
    json_member_unsigned(json, "status", problem_type_of(problem.kind)->status);
    if (!details)
        return false;
    json_key(json, "problem");
    problem_write(&problem, json);
    return false;
}

static bool write_entry(const struct batch_group *group, const struct batch_entry *entry,
                        const struct batch_style *style, bool details, struct json_writer *json)
{
    if (entry->skipped != NULL) {
        json_member_unsigned(json, "status", 200);
        json_member(json, "skipped", bytes_of(entry->skipped));
        return true;
    }
    if (entry->command >= 0)
        return write_result(group, entry, style, details, json);
    write_refusal(entry, 0, details, json);
    return false;
}

bool batch_group_write(const struct batch_group *group, const struct batch_style *style,
                       struct buffer *out)
{
    bool all = true;
    struct json_writer json;
    for (size_t i = 0; i < group->entry_count; i++) {
        const struct batch_entry *entry = &group->entries[i];
        if (entry->number > 1)
            buffer_append_bytes(out, bytes_of(style->separator));
        bool details = out->size <= style->details_max_size;
        json_begin(&json, out);
        json_object_open(&json);
        json_member_unsigned(&json, style->number, entry->number);
        all = write_entry(group, entry, style, details, &json) && all;
        json_object_close(&json);
        buffer_append_bytes(out, bytes_of(style->end));
    }
    return all;
}
