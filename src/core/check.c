/* Looking at the whole state: a digest to compare cores with, and the invariants as a check. Slow
 * on purpose-independent data: for tests, the simulator, rebuild and audit, never on the live path.
 */
#include "core/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- digest: names, not indices, because two equal cores may have interned in another order */

struct digest {
    struct hash256 hash;
    struct buffer text;
};

static void fold(struct digest *digest)
{
    const struct bytes pieces[] = {{(const char *)digest->hash.data, HASH256_SIZE},
                                   buffer_bytes(&digest->text)};
    digest->hash = hash256_of(pieces, 2);
    buffer_clear(&digest->text);
}

static int by_number(const void *a, const void *b)
{
    const struct core_lead *x = *(const struct core_lead *const *)a;
    const struct core_lead *y = *(const struct core_lead *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void digest_lead(struct digest *digest, const struct core *core,
                        const struct core_lead *lead)
{
    buffer_printf(&digest->text,
                  "lead %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
                  " %" PRId64 " %" PRIx64 "%" PRIx64 " %u %u %u %u %u %u %d %s|%s|%s|",
                  lead->number, lead->last_seq, lead->captured_us, lead->assigned_us,
                  lead->contacted_us, lead->due_us, lead->score, lead->key.high, lead->key.low,
                  lead->key_kind, lead->route, lead->class_index, lead->source, lead->late_count,
                  lead->state, lead_is_held(lead),
                  lead->rep == CORE_NONE ? "" : core->reps[lead->rep]->id,
                  lead->pool == CORE_NONE ? "" : core->pools[lead->pool]->id,
                  core->releases[lead->release]->release->id_text);
    buffer_append(&digest->text, lead->packed, lead->packed_size);
    fold(digest);
}

struct lead_list {
    const struct core_lead **items;
    size_t count;
};

static void collect(void *context, const struct core_lead *lead)
{
    struct lead_list *list = context;
    list->items[list->count++] = lead;
}

static void digest_leads(struct digest *digest, const struct core *core)
{
    struct lead_list list = {calloc(core->leads.count + 1, sizeof *list.items), 0};
    if (list.items == NULL)
        panic("out of memory (digest)");
    core_leads_each(core, collect, &list);
    qsort(list.items, list.count, sizeof *list.items, by_number);
    for (size_t i = 0; i < list.count; i++)
        digest_lead(digest, core, list.items[i]);
    free(list.items);
}

/* Order-free: the sum of the hashes of all entries. */
static void digest_map(struct digest *digest, const char *name, const struct map *map)
{
    uint64_t sum[4] = {0};
    for (size_t i = 0; i < map->capacity; i++) {
        if (hash128_is_none(map->entries[i].key))
            continue;
        const struct bytes piece = {(const char *)&map->entries[i], sizeof map->entries[i]};
        struct hash256 hash = hash256_of(&piece, 1);
        uint64_t words[4];
        memcpy(words, hash.data, sizeof words);
        for (int w = 0; w < 4; w++)
            sum[w] += words[w];
    }
    buffer_printf(&digest->text, "%s %zu ", name, map->count);
    buffer_append(&digest->text, sum, sizeof sum);
    fold(digest);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void digest_sorted_lines(struct digest *digest, const char **lines, size_t count)
{
    qsort(lines, count, sizeof *lines, by_id);
    for (size_t i = 0; i < count; i++)
        buffer_append_bytes(&digest->text, bytes_of(lines[i]));
    fold(digest);
}

static void digest_roster(struct digest *digest, const struct core *core)
{
    struct arena arena;
    arena_init(&arena);
    const char **lines = arena_array(&arena, core->rep_count + core->pool_count + 1, sizeof *lines);
    size_t count = 0;
    for (uint32_t i = 0; i < core->rep_count; i++) {
        const struct core_rep *rep = &core->reps[i]->view;
        lines[count++] =
            arena_printf(&arena, "rep %s %u %u %u %d %d\n", rep->id, rep->capacity,
                         rep->declared_capacity, rep->load, rep->available, rep->present);
    }
    for (uint32_t i = 0; i < core->pool_count; i++) {
        const struct pool *pool = core->pools[i];
        lines[count++] =
            arena_printf(&arena, "pool %s %s %u %d\n", pool->id,
                         pool->last_rep == CORE_NONE ? "" : core->reps[pool->last_rep]->id,
                         pool->waiting.count, pool->present);
    }
    digest_sorted_lines(digest, lines, count);
    arena_release(&arena);
}

static void digest_idempotency(struct digest *digest, const struct core *core)
{
    for (uint64_t p = core->idempotency_first; p < core->idempotency_end; p++) {
        const struct idempotency *entry = &core->idempotency[p & (core->idempotency_capacity - 1)];
        buffer_printf(&digest->text,
                      "%" PRIx64 "%" PRIx64 " %" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRId64,
                      entry->key.high, entry->key.low, entry->fingerprint, entry->lead, entry->seq,
                      entry->time_us);
        fold(digest);
    }
}

struct hash256 core_digest(const struct core *core)
{
    struct digest digest = {0};
    buffer_init(&digest.text, 64 * 1024 * 1024);
    const struct core_counts *counts = &core->counts;
    buffer_printf(&digest.text,
                  "core %" PRIu64 " %" PRId64 " %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                  " %" PRIu64 " %" PRIu64 " %" PRIu64,
                  core->seq, core->time_us,
                  core->active == CORE_NONE ? "" : core->releases[core->active]->release->id_text,
                  counts->accepted, counts->owned, counts->waiting, counts->qualified,
                  counts->disqualified, counts->touchpoints, counts->late);
    fold(&digest);
    digest_roster(&digest, core);
    digest_leads(&digest, core);
    digest_map(&digest, "identities", &core->identities);
    digest_map(&digest, "closed", &core->closed);
    digest_idempotency(&digest, core);
    buffer_release(&digest.text);
    return digest.hash;
}

/* ---- invariants */

struct tally {
    const struct core *core;
    uint32_t *loads; /* per rep, counted from the leads */
    uint64_t owned, waiting;
    char *text;
    size_t size;
    bool bad;
};

#define COMPLAIN(tally, ...)                                     \
    do {                                                         \
        if (!(tally)->bad)                                       \
            snprintf((tally)->text, (tally)->size, __VA_ARGS__); \
        (tally)->bad = true;                                     \
    } while (0)

static void check_lead(void *context, const struct core_lead *lead)
{
    struct tally *tally = context;
    const struct core *core = tally->core;
    if (lead->due_us == 0 || lead->timer_position == HEAP_NONE ||
        core->timers.items[lead->timer_position] != lead)
        COMPLAIN(tally, "I5: lead L%" PRIu64 " has no running timer", lead->number);
    bool owned = lead->rep != CORE_NONE;
    bool should_own = lead->state == CORE_ASSIGNED || lead->state == CORE_CONTACTED;
    if (owned != should_own)
        COMPLAIN(tally, "I5: lead L%" PRIu64 " is %s but %s an owner", lead->number,
                 core_state_name((enum core_state)lead->state), owned ? "has" : "lacks");
    if (owned && lead->waiting_position != HEAP_NONE)
        COMPLAIN(tally, "I5: lead L%" PRIu64 " is owned and waits at the same time", lead->number);
    if (!hash128_is_none(lead->key)) {
        const uint64_t *number = map_find(&core->identities, lead->key);
        if (number == NULL || *number != lead->number)
            COMPLAIN(tally, "A5: lead L%" PRIu64 " does not hold its own business key",
                     lead->number);
    }
    if (owned) {
        tally->owned++;
        tally->loads[lead->rep]++;
    } else {
        tally->waiting++;
    }
}

static void check_reps(struct tally *tally)
{
    for (uint32_t i = 0; i < tally->core->rep_count; i++) {
        const struct rep *rep = tally->core->reps[i];
        uint32_t listed = 0;
        for (const struct core_lead *lead = rep->leads; lead != NULL; lead = lead->next)
            listed++;
        if (tally->loads[i] != rep->view.load || listed != rep->view.load)
            COMPLAIN(tally, "I6: rep %s owns %u leads, lists %u, says %u", rep->id, tally->loads[i],
                     listed, rep->view.load);
    }
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is written through the tally */
const char *core_check(const struct core *core, char *text, size_t size)
{
    struct tally tally = {.core = core, .text = text, .size = size};
    tally.loads = calloc(core->rep_count + 1, sizeof *tally.loads);
    if (tally.loads == NULL)
        panic("out of memory (check)");
    core_leads_each(core, check_lead, &tally);
    check_reps(&tally);
    free(tally.loads);
    const struct core_counts *counts = &core->counts;
    if (tally.owned != counts->owned || tally.waiting != counts->waiting)
        COMPLAIN(&tally,
                 "I9: %" PRIu64 " owned and %" PRIu64 " waiting, counted %" PRIu64 " and %" PRIu64,
                 counts->owned, counts->waiting, tally.owned, tally.waiting);
    if (counts->accepted !=
        counts->owned + counts->waiting + counts->qualified + counts->disqualified)
        COMPLAIN(&tally, "I9: %" PRIu64 " accepted, but the places add up to another number",
                 counts->accepted);
    if (core->timers.count != core->leads.count)
        COMPLAIN(&tally, "I5: %u timers for %zu open leads", core->timers.count, core->leads.count);
    return tally.bad ? text : NULL;
}
