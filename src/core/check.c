/* Looking at the whole state: a digest to compare cores with, and the invariants as a check. Slow
 * on purpose-independent data: for tests, the simulator, rebuild and audit, never on the live path.
 */
#include "core/promise.h"
#include "core/watch.h"

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
                  " %" PRIx64 "%" PRIx64 " %u %u %u %u %u %u %u %d %s|%s|%s|%s|%s|",
                  lead->number, lead->last_seq, lead->captured_us, lead->assigned_us, lead->due_us,
                  lead->score, lead->key.high, lead->key.low, lead->key_kind, lead->route,
                  lead->class_index, lead->source, lead->late_count, lead->state, lead->place,
                  lead->held, lead->rep == CORE_NONE ? "" : core->reps[lead->rep]->id,
                  lead->pool == CORE_NONE ? "" : core->pools[lead->pool]->id,
                  lead->before == CORE_NONE ? "" : core->reps[lead->before]->id,
                  lead->kept_from == CORE_NONE ? "" : core->reps[lead->kept_from]->id,
                  core->releases[lead->release]->release->id_text);
    promises_print(lead, &digest->text);
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

/* Order-free as well, and the last owner by name. */
static void digest_closed(struct digest *digest, const struct core *core)
{
    uint64_t sum[4] = {0};
    for (size_t i = 0; i < core->closed.capacity; i++) {
        const struct map_entry *entry = &core->closed.entries[i];
        if (hash128_is_none(entry->key))
            continue;
        struct closed closed = closed_unpack(entry->value);
        const struct bytes pieces[] = {
            {(const char *)&entry->key, sizeof entry->key},
            {(const char *)&closed.last_seq, sizeof closed.last_seq},
            closed.qualified ? BYTES_LITERAL("q") : BYTES_LITERAL("d"),
            bytes_of(closed.rep == CORE_NONE ? "" : core->reps[closed.rep]->id),
        };
        struct hash256 hash = hash256_of(pieces, sizeof pieces / sizeof *pieces);
        uint64_t words[4];
        memcpy(words, hash.data, sizeof words);
        for (int w = 0; w < 4; w++)
            sum[w] += words[w];
    }
    buffer_printf(&digest->text, "closed %zu ", core->closed.count);
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
        lines[count++] = arena_printf(
            &arena,
            "rep %s %u %u %u %d %d %d %" PRId64 " %" PRId64 " %u %" PRId64 " %u %" PRIu64 "\n",
            rep->id, rep->capacity, rep->declared_capacity, rep->load, rep->available, rep->present,
            rep->duty, rep->duty_until_us, rep->hour.end_us, rep->hour.count, rep->day.end_us,
            rep->day.count, rep->last_assigned);
    }
    for (uint32_t i = 0; i < core->pool_count; i++) {
        const struct pool *pool = core->pools[i];
        lines[count++] = arena_printf(
            &arena, "pool %s %d %u %s %u %d %" PRId64 "\n", pool->id, pool->present, pool->turn,
            pool->last_rep == CORE_NONE ? "" : core->reps[pool->last_rep]->id, pool->waiting.count,
            pool->present, pool->excused_us);
    }
    digest_sorted_lines(digest, lines, count);
    arena_release(&arena);
}

static const char *violation_line(struct arena *arena, const struct source *source,
                                  const struct core_violation *violation)
{
    const struct core_notice_item *item = &violation->item;
    const char *line = arena_printf(
        arena, "violation %s %u %.*s %.*s %" PRIu64 " %" PRId64 " %" PRId64, source->id,
        item->contract, BYTES_ARG(item->violation), BYTES_ARG(item->message), item->count,
        violation->first_us, violation->last_us);
    for (int i = 0; i < CORE_NOTICE_EXAMPLES_MAX; i++)
        line = arena_printf(arena, "%s %" PRIu64, line, item->examples[i]);
    return arena_printf(arena, "%s\n", line);
}

static void digest_source(struct digest *digest, const struct source *source)
{
    struct arena arena;
    arena_init(&arena);
    const struct core_source *view = &source->view;
    const struct policy_rollout *rollout = &view->rollout;
    const char **lines = arena_array(&arena, source->violation_count + 1, sizeof *lines);
    lines[0] = arena_printf(
        &arena,
        "source %s %d %u %u %u %d %u %" PRId64 " %u %u %" PRId64 " %" PRId64 " %" PRId64 "\n",
        source->id, view->present, rollout->active, rollout->candidate, rollout->previous,
        rollout->mode, rollout->share, view->window_end_us, view->accepted, view->refused,
        view->notice_us, view->last_notice_us, source->excused_us);
    for (size_t i = 0; i < source->violation_count; i++)
        lines[i + 1] = violation_line(&arena, source, &source->violations[i]->view);
    digest_sorted_lines(digest, lines, source->violation_count + 1);
    arena_release(&arena);
}

static int by_source_id(const void *a, const void *b)
{
    const struct source *x = *(const struct source *const *)a;
    const struct source *y = *(const struct source *const *)b;
    return strcmp(x->id, y->id);
}

static void digest_sources(struct digest *digest, const struct core *core)
{
    struct source **sources = core_allocate(core->source_count, sizeof(struct source *));
    memcpy(sources, core->sources, core->source_count * sizeof(struct source *));
    qsort(sources, core->source_count, sizeof(struct source *), by_source_id);
    for (uint32_t i = 0; i < core->source_count; i++)
        digest_source(digest, sources[i]);
    free(sources);
}

static void digest_dead_letters(struct digest *digest, const struct core *core)
{
    static const struct hash128 none;
    for (const struct dead_letter *letter = core->dead_letters_first; letter != NULL;
         letter = letter->next) {
        bool remembered = letter->view.captured_us > core->time_us - CORE_IDEMPOTENCY_US;
        const struct hash128 *key = remembered ? &letter->key : &none;
        buffer_printf(&digest->text,
                      "dead_letter %" PRIu64 " %" PRIu64 " %" PRId64 " %s %" PRIx64 " %" PRIx64,
                      letter->view.number, letter->view.last_seq, letter->view.captured_us,
                      core->sources[letter->view.source]->id, key->high, key->low);
        fold(digest);
    }
}

static void digest_idempotency(struct digest *digest, const struct core *core)
{
    for (uint64_t p = core->idempotency_first; p < core->idempotency_end; p++) {
        const struct idempotency *entry = &core->idempotency[p & (core->idempotency_capacity - 1)];
        const uint64_t *position = map_find(&core->idempotency_index, entry->key);
        if (position == NULL || *position != p)
            continue; /* the key stands for something newer */
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
                  " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                  " %" PRIu64,
                  core->seq, core->time_us,
                  core->active == CORE_NONE ? "" : core->releases[core->active]->release->id_text,
                  counts->accepted, counts->owned, counts->waiting, counts->exception,
                  counts->nurture, counts->qualified, counts->disqualified, counts->dead_lettered,
                  counts->settled, counts->touchpoints, counts->late);
    fold(&digest);
    digest_roster(&digest, core);
    digest_sources(&digest, core);
    digest_dead_letters(&digest, core);
    digest_leads(&digest, core);
    exceptions_print(core, &digest.text);
    fold(&digest);
    digest_map(&digest, "identities", &core->identities);
    digest_map(&digest, "merged", &core->merged);
    digest_closed(&digest, core);
    digest_idempotency(&digest, core);
    watch_print(core, &digest.text);
    outbox_print(core, &digest.text);
    fold(&digest);
    buffer_release(&digest.text);
    return digest.hash;
}

/* ---- invariants */

struct tally {
    const struct core *core;
    uint32_t *loads; /* per rep, counted from the leads */
    uint64_t places[CORE_PLACES];
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
    /* One in an exception has the exception's (exceptions_check). */
    if (lead->place != CORE_PLACE_EXCEPTION &&
        (lead->due_us == 0 || lead->timer_position == HEAP_NONE ||
         core->timers.items[lead->timer_position] != lead))
        COMPLAIN(tally, "I5: lead L%" PRIu64 " has no running timer", lead->number);
    bool owned = lead->rep != CORE_NONE;
    bool should_own = lead->state == CORE_ASSIGNED || lead->state == CORE_CONTACTED;
    if (owned != should_own)
        COMPLAIN(tally, "I5: lead L%" PRIu64 " is %s but %s an owner", lead->number,
                 core_state_name((enum core_state)lead->state), owned ? "has" : "lacks");
    if (owned != (lead->place == CORE_PLACE_OWNED))
        COMPLAIN(tally, "I5: lead L%" PRIu64 " is in place \"%s\" but %s an owner", lead->number,
                 core_place_name((enum core_place)lead->place), owned ? "has" : "lacks");
    if ((lead->place == CORE_PLACE_WAITING) != (lead->age_position != HEAP_NONE))
        COMPLAIN(tally, "I5: lead L%" PRIu64 " is %s, but not so among those who wait",
                 lead->number, core_place_name((enum core_place)lead->place));
    if (lead->place != CORE_PLACE_WAITING && lead->waiting_position != HEAP_NONE)
        COMPLAIN(tally, "I5: lead L%" PRIu64 " is elsewhere and waits at the same time",
                 lead->number);
    if (surge_put_aside(lead) && surge_get(core, lead->surge) == NULL &&
        lead->due_us > core->time_us)
        COMPLAIN(tally, "B5: lead L%" PRIu64 " is put aside, though its surge is over",
                 lead->number);
    if (!hash128_is_none(lead->key)) {
        const uint64_t *number = map_find(&core->identities, lead->key);
        if (number == NULL || *number != lead->number)
            COMPLAIN(tally, "A5: lead L%" PRIu64 " does not hold its own business key",
                     lead->number);
    }
    char text[160];
    const char *broken = promises_check(lead, text, sizeof text);
    if (broken != NULL)
        COMPLAIN(tally, "%s", broken);
    tally->places[lead->place]++;
    if (owned)
        tally->loads[lead->rep]++;
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

/* The pools' picture of their members, which decides who is next, against the members themselves.
 */
static void check_pool(struct tally *tally, const struct pool *pool)
{
    uint32_t by[CORE_READINESSES] = {0};
    for (uint32_t i = 0; i < pool->member_count; i++) {
        const struct seat *seat = &pool->seats[i];
        enum core_readiness readiness = seat->owner->view.readiness;
        by[readiness]++;
        bool open = readiness == CORE_REP_OPEN;
        bool listed = pool->slot_count > 0
                          ? bitset_has(&pool->open_slots, pool->seat_slots[seat->first_slot])
                          : seat->heap_position != HEAP_NONE;
        if (open != listed || open == bitset_has(&pool->closed_seats, i))
            COMPLAIN(tally, "I7: rep %s is %s, but not so in pool %s", seat->owner->id,
                     core_readiness_name(readiness), pool->id);
    }
    if (memcmp(by, pool->by_readiness, sizeof by) != 0)
        COMPLAIN(tally, "I7: pool %s miscounts its members", pool->id);
}

static void check_pools(struct tally *tally)
{
    for (uint32_t i = 0; i < tally->core->pool_count; i++)
        check_pool(tally, tally->core->pools[i]);
}

static void check_dead_letters(struct tally *tally)
{
    const struct core *core = tally->core;
    uint64_t count = 0, last = 0;
    for (const struct dead_letter *letter = core->dead_letters_first; letter != NULL;
         letter = letter->next) {
        if (letter->view.number <= last || dead_letter_get(core, letter->view.number) != letter)
            COMPLAIN(tally, "A3: dead letter D%" PRIu64 " is out of order, or not found",
                     letter->view.number);
        last = letter->view.number;
        count++;
    }
    if (count != core->counts.dead_lettered || count != core->dead_letters.count)
        COMPLAIN(tally, "I9: %" PRIu64 " open dead letters, counted %" PRIu64, count,
                 core->counts.dead_lettered);
}

/* No kind of violation is known without a moment when its partner is told or it is forgotten. */
static void check_sources(struct tally *tally)
{
    for (uint32_t i = 0; i < tally->core->source_count; i++) {
        const struct source *source = tally->core->sources[i];
        const struct policy_rollout *rollout = &source->view.rollout;
        if ((rollout->candidate == 0) != (rollout->mode == POLICY_NO_CANDIDATE))
            COMPLAIN(tally, "D3: source %s has a candidate without a mode, or none with one",
                     source->id);
        if ((source->view.notice_us != 0) != (source->notice_position != HEAP_NONE))
            COMPLAIN(tally, "D2: the digest of source %s has no running timer", source->id);
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
    const uint64_t *places = tally.places;
    if (places[CORE_PLACE_OWNED] != counts->owned ||
        places[CORE_PLACE_WAITING] != counts->waiting ||
        places[CORE_PLACE_EXCEPTION] != counts->exception ||
        places[CORE_PLACE_NURTURE] != counts->nurture)
        COMPLAIN(&tally,
                 "I9: %" PRIu64 " owned, %" PRIu64 " waiting, %" PRIu64 " in exception, %" PRIu64
                 " in nurture; counted %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64,
                 counts->owned, counts->waiting, counts->exception, counts->nurture,
                 places[CORE_PLACE_OWNED], places[CORE_PLACE_WAITING], places[CORE_PLACE_EXCEPTION],
                 places[CORE_PLACE_NURTURE]);
    if (counts->accepted != counts->owned + counts->waiting + counts->exception + counts->nurture +
                                counts->qualified + counts->disqualified + counts->dead_lettered +
                                counts->settled)
        COMPLAIN(&tally, "I9: %" PRIu64 " accepted, but the places add up to another number",
                 counts->accepted);
    check_pools(&tally);
    check_dead_letters(&tally);
    check_sources(&tally);
    if (core->timers.count + counts->exception != core->leads.count)
        COMPLAIN(&tally, "I5: %u timers for %zu open leads", core->timers.count, core->leads.count);
    if (tally.bad || exceptions_check(core, text, size) != NULL)
        return text;
    return outbox_check(core, text, size);
}
