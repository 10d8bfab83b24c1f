/* Rows → core, at start: one pass over the leads in order, without any index, that reads little of
 * each. The rest is read of open leads only, and releases are compiled only when one refers to
 * them.
 */
#include "store/internal.h"

#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>

struct load {
    struct store *store;
    struct core *core;
    struct error *err;
    sqlite3_stmt *details; /* of one open lead */
    uint32_t *releases;    /* place in the roster → core's index; CORE_NONE: not loaded yet */
    uint32_t *reps, *pools;
    struct map names; /* (release, kind of name, name) → its index in that release */
    struct arena arena;
    struct cel_value values[POLICY_FIELDS_MAX];
};

enum name_kind { SOURCE, CLASS, ROUTE };

static int damaged(const struct load *load, uint64_t number, const char *what)
{
    return error_set(load->err, ML_ECORRUPT, load->store->path,
                     "lead L%" PRIu64 " has %s; run `meshline rebuild`", number, what);
}

static int prepare(const struct load *load, const char *sql, sqlite3_stmt **ret)
{
    return store_sqlite_prepare(load->store->db, load->store->path, sql, ret, load->err);
}

static int step(const struct load *load, sqlite3_stmt *statement)
{
    return store_sqlite_step(statement, load->store->path, load->err);
}

/* ---- releases */

static struct hash128 name_key(uint32_t release, enum name_kind kind, struct bytes name)
{
    const uint32_t prefix[] = {release, (uint32_t)kind};
    const struct bytes pieces[] = {{(const char *)prefix, sizeof prefix}, name};
    return hash128_of(pieces, 2);
}

static void index_names(struct load *load, uint32_t at, const struct policy_release *release)
{
    for (size_t i = 0; i < release->source_count; i++)
        map_put(&load->names, name_key(at, SOURCE, bytes_of(release->sources[i].name)), i);
    for (size_t i = 0; i < release->class_count; i++)
        map_put(&load->names, name_key(at, CLASS, bytes_of(release->classes[i].name)), i);
    for (size_t i = 0; i < release->route_count; i++)
        map_put(&load->names, name_key(at, ROUTE, bytes_of(release->routes[i].name)), i);
}

static int load_release(struct load *load, uint32_t at, struct bytes canonical, bool active)
{
    struct policy_release *release;
    int code = policy_release_from_canonical(canonical, &release, load->err);
    if (code != 0)
        return error_set(load->err, ML_ECORRUPT, load->store->path,
                         "release %.16s does not compile any more; run `meshline rebuild`",
                         load->store->roster.releases[at]);
    load->releases[at] = core_load_release(load->core, release, active);
    index_names(load, at, release);
    policy_release_unref(release);
    return 0;
}

static int load_release_where(struct load *load, const char *sql, int64_t number)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    int code = prepare(load, sql, &statement);
    if (code != 0)
        return code;
    sqlite3_bind_int64(statement, 1, number);
    code = step(load, statement);
    if (code != 1)
        return code;
    return load_release(load, (uint32_t)(sqlite3_column_int64(statement, 0) - 1),
                        store_column_text(statement, 1), sqlite3_column_int(statement, 2) != 0);
}

static int load_active_release(struct load *load)
{
    return load_release_where(
        load, "SELECT number, canonical, active FROM releases WHERE active AND ?1 = 0", 0);
}

/* The core's index of the release at a place of the roster. */
static int release_of(struct load *load, uint64_t number, uint32_t at, uint32_t *ret)
{
    if (at >= load->store->roster.release_count)
        return damaged(load, number, "a release that does not exist");
    int code = 0;
    if (load->releases[at] == CORE_NONE)
        code = load_release_where(
            load, "SELECT number, canonical, active FROM releases WHERE number = ?1",
            (int64_t)at + 1);
    *ret = load->releases[at];
    return code;
}

/* ---- reps and pools */

static void load_roster(struct load *load)
{
    const struct store_roster *roster = &load->store->roster;
    for (uint32_t i = 0; i < roster->rep_count; i++) {
        const struct store_rep *rep = &roster->reps[i];
        core_load_rep(load->core, bytes_of(rep->id), &rep->state);
        load->reps[i] = core_rep_find(load->core, bytes_of(rep->id));
    }
    for (uint32_t i = 0; i < roster->pool_count; i++) {
        const struct store_pool *pool = &roster->pools[i];
        core_load_pool(load->core, bytes_of(pool->id), store_rep_id(load->store, pool->last_rep),
                       pool->turn);
        load->pools[i] = core_pool_find(load->core, bytes_of(pool->id));
    }
}

/* ---- sources, and records that were refused */

static void load_violations(struct load *load, const struct store_source *source)
{
    for (uint32_t i = 0; i < source->violation_count; i++) {
        const struct store_violation *violation = &source->violations[i];
        struct core_violation loaded = {.item = {violation->contract,
                                                 bytes_of(violation->kind),
                                                 bytes_of(violation->message),
                                                 violation->count,
                                                 {0}},
                                        .first_us = violation->first_us,
                                        .last_us = violation->last_us};
        memcpy(loaded.item.examples, violation->examples, sizeof violation->examples);
        core_load_violation(load->core, bytes_of(source->id), &loaded);
    }
}

static void load_sources(struct load *load)
{
    const struct store_sources *sources = &load->store->sources;
    for (uint32_t i = 0; i < sources->count; i++) {
        core_load_source(load->core, bytes_of(sources->items[i].id), &sources->items[i].state);
        load_violations(load, &sources->items[i]);
    }
}

static int load_dead_letters(struct load *load)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = prepare(load,
                       "SELECT number, last_seq, captured_us, source FROM dead_letters "
                       "INDEXED BY dead_letters_state WHERE state = 'open' ORDER BY number",
                       &rows);
    while (code == 0 && (code = step(load, rows)) == 1) {
        const struct core_dead_letter letter = {.number = (uint64_t)sqlite3_column_int64(rows, 0),
                                                .last_seq = (uint64_t)sqlite3_column_int64(rows, 1),
                                                .captured_us = sqlite3_column_int64(rows, 2)};
        struct bytes source = store_column_text(rows, 3);
        if (store_source_find(load->store, source) == CORE_NONE)
            return error_set(load->err, ML_ECORRUPT, load->store->path,
                             "dead letter D%" PRIu64 " has a source that was never in a release; "
                             "run `meshline rebuild`",
                             letter.number);
        core_load_dead_letter(load->core, &letter, source);
        code = 0;
    }
    return code;
}

/* ---- leads */

static const char every_lead[] = "SELECT number, last_seq, state, place, key, coalesce(rep, "
                                 "before_rep), merged_into FROM leads NOT INDEXED ORDER BY number";
static const char open_lead[] =
    "SELECT source, class, route, pool, rep, release, score, captured_us, assigned_us, "
    "contacted_us, due_us, late_count, held, key_kind, "
    "(SELECT attributes FROM lead_attributes WHERE lead = number), before_rep, kept_from, "
    "enriched_us, first_assigned_us, enriched_due_us, assigned_due_us, contacted_due_us, "
    "qualified_due_us, late, void, steps, acknowledged_us, surge, fallbacks, until_us, measures, "
    "enrichment "
    "FROM leads "
    "WHERE number = ?1";

static int load_closed(struct load *load, sqlite3_stmt *row, uint64_t number)
{
    enum core_state state;
    if (!store_state_parse(store_column_text(row, 2), &state) ||
        (state != CORE_QUALIFIED && state != CORE_DISQUALIFIED))
        return damaged(load, number, "closed without an outcome");
    uint32_t rep;
    int code = store_roster_rep_named(load->store, store_column_text(row, 5), &rep, load->err);
    if (code == 0)
        core_load_closed(load->core, number, store_column_key(row, 4),
                         (uint64_t)sqlite3_column_int64(row, 1), state == CORE_QUALIFIED,
                         rep == CORE_NONE ? CORE_NONE : load->reps[rep]);
    if (code == 0 && sqlite3_column_int64(row, 6) != 0)
        core_load_merged(load->core, number, (uint64_t)sqlite3_column_int64(row, 6));
    return code;
}

static int name_index(const struct load *load, uint64_t number, uint32_t release,
                      enum name_kind kind, struct bytes name, uint32_t *ret)
{
    static const char *const missing[] = {"a source that its release does not have",
                                          "a class that its release does not have",
                                          "a route that its release does not have"};
    const uint64_t *found = map_find(&load->names, name_key(release, kind, name));
    if (found == NULL)
        return damaged(load, number, missing[kind]);
    *ret = (uint32_t)*found;
    return 0;
}

/* Source, class, route, owner and pool. */
static int read_names(struct load *load, struct core_lead *lead)
{
    uint32_t source = 0, class_index = 0, rep = CORE_NONE, pool = CORE_NONE, before = CORE_NONE,
             kept_from = CORE_NONE;
    sqlite3_stmt *row = load->details;
    uint32_t release = (uint32_t)(sqlite3_column_int64(row, 5) - 1);
    struct store *store = load->store;
    struct bytes route = store_column_text(row, 2);
    int code = release_of(load, lead->number, release, &lead->release);
    if (code == 0)
        code = name_index(load, lead->number, release, SOURCE, store_column_text(row, 0), &source);
    if (code == 0)
        code =
            name_index(load, lead->number, release, CLASS, store_column_text(row, 1), &class_index);
    if (code == 0 && route.size > 0)
        code = name_index(load, lead->number, release, ROUTE, route, &lead->route);
    if (code == 0)
        code = store_roster_pool_named(store, store_column_text(row, 3), &pool, load->err);
    if (code == 0)
        code = store_roster_rep_named(store, store_column_text(row, 4), &rep, load->err);
    if (code == 0)
        code = store_roster_rep_named(store, store_column_text(row, 15), &before, load->err);
    if (code == 0)
        code = store_roster_rep_named(store, store_column_text(row, 16), &kept_from, load->err);
    if (code != 0)
        return code;
    lead->source = (uint16_t)source;
    lead->class_index = (uint16_t)class_index;
    lead->pool = pool == CORE_NONE ? CORE_NONE : load->pools[pool];
    lead->rep = rep == CORE_NONE ? CORE_NONE : load->reps[rep];
    lead->before = before == CORE_NONE ? CORE_NONE : load->reps[before];
    lead->kept_from = kept_from == CORE_NONE ? CORE_NONE : load->reps[kept_from];
    return 0;
}

/* The values point into *ret_object. */
static int read_attributes(struct load *load, const struct core_lead *lead,
                           struct json_object **ret_object)
{
    if (json_parse(store_column_text(load->details, 14), ret_object, NULL) != 0)
        return damaged(load, lead->number, "attributes that are missing or not JSON");
    const struct policy_release *release = core_release_at(load->core, lead->release);
    arena_reset(&load->arena);
    policy_record_from_canonical(&release->schema, *ret_object, &load->arena, load->values);
    return 0;
}

static int read_details(struct load *load, struct core_lead_load *open)
{
    struct core_lead *lead = &open->lead;
    sqlite3_stmt *row = load->details;
    lead->score = sqlite3_column_int64(row, 6);
    lead->captured_us = sqlite3_column_int64(row, 7);
    lead->assigned_us = sqlite3_column_int64(row, 8);
    lead->due_us = sqlite3_column_int64(row, 10);
    lead->late_count = (uint16_t)sqlite3_column_int(row, 11);
    lead->key_kind = (uint8_t)store_key_kind_parse(store_column_text(row, 13));
    lead->held = sqlite3_column_int(row, 12) != 0;
    store_promises_read(row, 17, &lead->promises);
    lead->promises.reached_us[POLICY_CONTACTED] = sqlite3_column_int64(row, 9);
    lead->acknowledged_us = sqlite3_column_int64(row, 26);
    lead->surge = (uint64_t)sqlite3_column_int64(row, 27);
    lead->fallbacks = (uint8_t)sqlite3_column_int(row, 28);
    lead->until_us = sqlite3_column_int64(row, 29);
    lead->measures = (uint8_t)sqlite3_column_int(row, 30);
    lead->enrichment = (uint8_t)sqlite3_column_int(row, 31);
    JSON_AUTO *object = NULL;
    int code = read_names(load, lead);
    if (code == 0)
        code = read_attributes(load, lead, &object);
    if (code == 0)
        core_load_lead(load->core, open);
    return code;
}

static int load_open(struct load *load, sqlite3_stmt *row, uint64_t number)
{
    struct core_lead_load open = {.lead = {.number = number, .route = CORE_NONE},
                                  .values = load->values};
    enum core_state state;
    enum core_place place;
    if (!store_state_parse(store_column_text(row, 2), &state))
        return damaged(load, number, "a state that does not exist");
    if (!store_place_parse(store_column_text(row, 3), &place))
        return damaged(load, number, "a place that does not exist");
    open.lead.state = (uint8_t)state;
    open.lead.place = (uint8_t)place;
    open.lead.last_seq = (uint64_t)sqlite3_column_int64(row, 1);
    open.lead.key = store_column_key(row, 4);
    sqlite3_bind_int64(load->details, 1, (int64_t)number);
    int code = step(load, load->details);
    ML_ASSERT(code != 0); /* `row` is that lead */
    if (code == 1)
        code = read_details(load, &open);
    sqlite3_reset(load->details);
    return code;
}

static void reserve(struct load *load)
{
    uint64_t owned = 0;
    for (uint32_t i = 0; i < load->store->roster.rep_count; i++)
        owned += load->store->roster.reps[i].state.load;
    core_load_reserve(load->core, load->store->meta.accepted, owned);
}

static int load_leads(struct load *load)
{
    reserve(load);
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = prepare(load, every_lead, &rows);
    if (code == 0)
        code = prepare(load, open_lead, &load->details);
    while (code == 0 && (code = step(load, rows)) == 1) {
        uint64_t number = (uint64_t)sqlite3_column_int64(rows, 0);
        code = bytes_is(store_column_text(rows, 3), "closed") ? load_closed(load, rows, number)
                                                              : load_open(load, rows, number);
    }
    return code;
}

/* ---- idempotency keys */

static int load_keys(struct load *load)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = prepare(load,
                       "SELECT seq, key, fingerprint, lead, time_us FROM idempotency "
                       "WHERE time_us > ?1 ORDER BY seq",
                       &rows);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, load->store->meta.time_us - CORE_IDEMPOTENCY_US);
    while ((code = step(load, rows)) == 1)
        core_load_idempotency(
            load->core, store_column_key(rows, 1), (uint64_t)sqlite3_column_int64(rows, 2),
            (uint64_t)sqlite3_column_int64(rows, 3), (uint64_t)sqlite3_column_int64(rows, 0),
            sqlite3_column_int64(rows, 4));
    return code;
}

/* ---- the whole */

static uint32_t *places(struct arena *arena, uint32_t count)
{
    uint32_t *items = arena_array(arena, count + 1, sizeof *items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = CORE_NONE;
    return items;
}

static int load_all(struct load *load)
{
    int code = load_active_release(load);
    if (code != 0)
        return code;
    load_roster(load);
    load_sources(load);
    code = load_dead_letters(load);
    if (code == 0)
        code = load_leads(load);
    if (code == 0)
        code = load_keys(load);
    if (code == 0)
        code = store_load_destinations(load->store, load->core, load->err);
    if (code == 0)
        code = store_load_clock(load->store, load->core, load->err);
    if (code == 0)
        code = store_load_outbox(load->store, load->core, load->err);
    const struct store_meta *meta = &load->store->meta;
    if (code == 0)
        core_load_finish(load->core, meta->applied_seq, meta->time_us, meta->touchpoints,
                         meta->late, meta->refused - meta->replayed);
    return code;
}

int store_load_core(struct store *store, struct core *core, struct error *err)
{
    if (store->stale) {
        int code = store_memory_read(store, err);
        if (code != 0)
            return code;
    }
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL)
        panic("out of memory (loading the core)");
    struct arena tables;
    arena_init(&tables);
    arena_init(&load->arena);
    map_init(&load->names);
    load->store = store;
    load->core = core;
    load->err = err;
    load->releases = places(&tables, store->roster.release_count);
    load->reps = places(&tables, store->roster.rep_count);
    load->pools = places(&tables, store->roster.pool_count);
    int code = load_all(load);
    sqlite3_finalize(load->details);
    map_release(&load->names);
    arena_release(&load->arena);
    arena_release(&tables);
    free(load);
    return code;
}
