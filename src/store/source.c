/* Sources: which versions of their contracts are used, as the core keeps it, and how many records
 * each version read. Gathered in memory, because every lead is counted, and written once a batch.
 */
#include "store/internal.h"

#include "base/json.h"
#include "base/text_hash.h"

#include <stdlib.h>

void *store_grow(void *items, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return items;
    void *larger = realloc(items, (count == 0 ? 1 : count * 2) * size);
    if (larger == NULL)
        panic("out of memory (view)");
    return larger;
}

char *store_copy(struct bytes text)
{
    char *copy = strndup(text.size > 0 ? text.data : "", text.size);
    if (copy == NULL)
        panic("out of memory (view)");
    return copy;
}

void store_sources_release(struct store_sources *sources)
{
    for (uint32_t i = 0; i < sources->count; i++) {
        store_violations_release(&sources->items[i]);
        free(sources->items[i].versions);
        free(sources->items[i].id);
    }
    free(sources->items);
    free(sources->differences);
    map_release(&sources->index);
    map_release(&sources->difference_index);
    arena_release(&sources->arena);
    *sources = (struct store_sources){0};
}

/* ---- finding */

static uint32_t add_source(struct store_sources *sources, struct bytes id)
{
    uint32_t at = sources->count;
    sources->items = store_grow(sources->items, at, sizeof *sources->items);
    sources->items[at] = (struct store_source){.id = store_copy(id)};
    map_put(&sources->index, hash128_of(&id, 1), at);
    return sources->count++;
}

uint32_t store_source_find(const struct store *store, struct bytes id)
{
    const uint64_t *found = map_find(&store->sources.index, hash128_of(&id, 1));
    return found != NULL ? (uint32_t)*found : CORE_NONE;
}

/* By the name of a source that an event is about. */
static int find_named(struct store *store, struct bytes id, uint32_t *ret, struct error *err)
{
    struct store_sources *sources = &store->sources;
    uint32_t *recent = &sources->recent[text_hash(id) % STORE_RECENT_NAMES];
    if (*recent == 0 || !bytes_is(id, sources->items[*recent - 1].id)) {
        uint32_t at = store_source_find(store, id);
        if (at == CORE_NONE)
            return error_set(err, ML_ECORRUPT, store->path,
                             "the view does not know source \"%.*s\" that an event names; run "
                             "`meshline rebuild`",
                             BYTES_ARG(id));
        *recent = at + 1;
    }
    *ret = *recent - 1;
    return 0;
}

struct store_version *store_version_get(struct store_source *source, uint32_t version)
{
    for (uint32_t i = 0; i < source->version_count; i++)
        if (source->versions[i].version == version)
            return &source->versions[i];
    source->versions =
        store_grow(source->versions, source->version_count, sizeof *source->versions);
    struct store_version *added = &source->versions[source->version_count++];
    *added = (struct store_version){.version = version};
    return added;
}

/* ---- reading the tables */

static int damaged(struct store *store, const char *id, const char *what, struct error *err)
{
    return error_set(err, ML_ECORRUPT, store->path, "source %s has %s; run `meshline rebuild`", id,
                     what);
}

static bool read_rollout(sqlite3_stmt *row, int at, struct policy_rollout *ret)
{
    ret->active = (uint32_t)sqlite3_column_int64(row, at);
    ret->candidate = (uint32_t)sqlite3_column_int64(row, at + 1);
    ret->previous = (uint32_t)sqlite3_column_int64(row, at + 2);
    ret->share = (uint32_t)sqlite3_column_int64(row, at + 4);
    return store_rollout_mode_parse(store_column_text(row, at + 3), &ret->mode);
}

static const char source_rows[] =
    "SELECT number, id, present, active, candidate, previous, mode, share, declared_active, "
    "declared_candidate, declared_previous, declared_mode, declared_share, window_end_us, "
    "window_accepted, window_refused, notice_us, last_notice_us, switched_us, switch_cause "
    "FROM sources ORDER BY number";

static int read_source(struct store *store, sqlite3_stmt *row, struct error *err)
{
    struct store_sources *sources = &store->sources;
    uint32_t at = add_source(sources, store_column_text(row, 1));
    struct store_source *source = &sources->items[at];
    if (sqlite3_column_int64(row, 0) != (int64_t)sources->count)
        return damaged(store, source->id, "a number with a gap before it", err);
    source->state.present = sqlite3_column_int(row, 2) != 0;
    if (!read_rollout(row, 3, &source->state.rollout) || !read_rollout(row, 8, &source->declared))
        return damaged(store, source->id, "a mode that does not exist", err);
    source->state.window_end_us = sqlite3_column_int64(row, 13);
    source->state.accepted = (uint32_t)sqlite3_column_int64(row, 14);
    source->state.refused = (uint32_t)sqlite3_column_int64(row, 15);
    source->state.notice_us = sqlite3_column_int64(row, 16);
    source->state.last_notice_us = sqlite3_column_int64(row, 17);
    source->switched_us = sqlite3_column_int64(row, 18);
    source->switch_cause = store_switch_cause_parse(store_column_text(row, 19));
    return 0;
}

static int read_version(struct store *store, sqlite3_stmt *row, struct error *err)
{
    uint32_t at = 0;
    int code = find_named(store, store_column_text(row, 0), &at, err);
    if (code != 0)
        return code;
    struct store_version *version =
        store_version_get(&store->sources.items[at], (uint32_t)sqlite3_column_int64(row, 1));
    version->accepted = (uint64_t)sqlite3_column_int64(row, 2);
    version->refused = (uint64_t)sqlite3_column_int64(row, 3);
    for (int i = 0; i < STORE_SHADOWS; i++)
        version->shadows[i] = (uint64_t)sqlite3_column_int64(row, 4 + i);
    version->kinds = (uint32_t)sqlite3_column_int64(row, 8);
    return 0;
}

static int read_rows(struct store *store, const char *sql,
                     int (*read)(struct store *, sqlite3_stmt *, struct error *), struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(store->db, store->path, sql, &rows, err);
    while (code == 0 && (code = store_sqlite_step(rows, store->path, err)) == 1)
        code = read(store, rows, err);
    return code;
}

int store_sources_read(struct store *store, struct error *err)
{
    store_sources_release(&store->sources);
    int code = read_rows(store, source_rows, read_source, err);
    if (code == 0)
        code = read_rows(store,
                         "SELECT source, version, accepted, refused, shadow_same, shadow_differs, "
                         "shadow_refused, shadow_accepted, (SELECT count(*) FROM "
                         "shadow_differences AS d WHERE d.source = v.source AND d.version = "
                         "v.version AND d.detail <> '" STORE_OTHERS "') FROM source_versions AS v "
                         "ORDER BY source, version",
                         read_version, err);
    if (code == 0)
        code = read_rows(store, store_violation_rows, store_violation_read, err);
    return code;
}

/* ---- a release comes into force */

static int insert_source(struct store *store, uint32_t at, struct error *err)
{
    STORE_STATEMENT_AUTO *insert = NULL;
    int code = store_sqlite_prepare(
        store->db, store->path,
        "INSERT INTO sources VALUES (?1, ?2, 0, 0, 0, 0, '', 0, 0, 0, 0, '', 0, 0, 0, 0, 0, 0, "
        "NULL, NULL)",
        &insert, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(insert, 1, (int64_t)at + 1);
    store_bind_text(insert, 2, bytes_of(store->sources.items[at].id));
    return store_sqlite_run(insert, store->path, err); /* the rest is written with the batch */
}

static int enrol(struct store *store, const struct policy_source *declared, struct error *err)
{
    struct store_sources *sources = &store->sources;
    uint32_t at = store_source_find(store, bytes_of(declared->name));
    int code = 0;
    if (at == CORE_NONE) {
        at = add_source(sources, bytes_of(declared->name));
        code = insert_source(store, at, err);
    }
    struct store_source *source = &sources->items[at];
    const struct policy_source before = {.rollout = source->declared};
    core_source_enrol(&source->state, source->present_before ? &before : NULL, declared);
    source->declared = declared->rollout;
    source->state.present = source->dirty = true;
    return code;
}

int store_sources_activate(struct store *store, const struct policy_release *release,
                           struct error *err)
{
    for (uint32_t i = 0; i < store->sources.count; i++) {
        struct store_source *source = &store->sources.items[i];
        source->present_before = source->state.present;
        source->state.present = false;
        source->dirty = true;
    }
    int code = 0;
    for (size_t i = 0; code == 0 && i < release->source_count; i++)
        code = enrol(store, &release->sources[i], err);
    return code;
}

/* ---- records and switches */

int store_source_accept(struct store *store, const struct core *core,
                        const struct core_event *event, struct error *err)
{
    const struct policy_source *declared =
        &core_release_at(core, event->captured.release)->sources[event->captured.source];
    uint32_t at = 0;
    int code = find_named(store, bytes_of(declared->name), &at, err);
    if (code != 0)
        return code;
    struct store_source *source = &store->sources.items[at];
    struct store_version *version = store_version_get(source, event->captured.contract);
    version->accepted++;
    version->dirty = true;
    if (source->state.rollout.mode == POLICY_CANARY) {
        core_source_take(&source->state, declared, event);
        source->dirty = true;
    }
    return store_shadow_note(store, at, event->captured.shadow, event->seq, err);
}

int store_source_refuse(struct store *store, const struct core *core,
                        const struct core_event *event, struct error *err)
{
    const struct policy_source *declared =
        &core_release_at(core, event->refused.release)->sources[event->refused.source];
    uint32_t at = 0;
    int code = find_named(store, bytes_of(declared->name), &at, err);
    if (code != 0)
        return code;
    struct store_source *source = &store->sources.items[at];
    struct store_version *version = store_version_get(source, event->refused.contract);
    version->refused++;
    version->dirty = true;
    core_source_take(&source->state, declared, event);
    source->dirty = true;
    if (core_source_notifies(declared))
        store_violation_count(source, event);
    return store_shadow_note(store, at, event->refused.shadow, event->seq, err);
}

int store_source_switch(struct store *store, const struct core *core,
                        const struct core_event *event, struct error *err)
{
    uint32_t at = 0;
    int code = find_named(store, bytes_of(core_source_id(core, event->switched.source)), &at, err);
    if (code != 0)
        return code;
    struct store_source *source = &store->sources.items[at];
    core_source_take(&source->state, NULL, event);
    source->switched_us = event->time_us;
    source->switch_cause = core_switch_cause_name(event->switched.cause);
    source->dirty = true;
    return 0;
}

int store_source_notify(struct store *store, const struct core *core,
                        const struct core_event *event, struct error *err)
{
    uint32_t at = 0;
    int code = find_named(store, bytes_of(core_source_id(core, event->notice.source)), &at, err);
    if (code != 0)
        return code;
    struct store_source *source = &store->sources.items[at];
    core_source_take(&source->state, NULL, event);
    source->dirty = true;
    store_violations_tell(source, event);
    return 0;
}

/* ---- writing */

static void bind_rollout(sqlite3_stmt *statement, int at, const struct policy_rollout *rollout)
{
    sqlite3_bind_int64(statement, at, rollout->active);
    sqlite3_bind_int64(statement, at + 1, rollout->candidate);
    sqlite3_bind_int64(statement, at + 2, rollout->previous);
    store_bind_text(statement, at + 3, bytes_of(policy_rollout_mode_name(rollout->mode)));
    sqlite3_bind_int64(statement, at + 4, rollout->share);
}

static int write_source(struct store *store, uint32_t at, struct error *err)
{
    struct store_source *source = &store->sources.items[at];
    sqlite3_stmt *update = store->statements[STORE_SOURCE_UPDATE];
    sqlite3_bind_int64(update, 1, (int64_t)at + 1);
    sqlite3_bind_int(update, 2, source->state.present);
    bind_rollout(update, 3, &source->state.rollout);
    bind_rollout(update, 8, &source->declared);
    sqlite3_bind_int64(update, 13, source->state.window_end_us);
    sqlite3_bind_int64(update, 14, source->state.accepted);
    sqlite3_bind_int64(update, 15, source->state.refused);
    sqlite3_bind_int64(update, 16, source->state.notice_us);
    sqlite3_bind_int64(update, 17, source->state.last_notice_us);
    store_bind_time(update, 18, source->switched_us);
    store_bind_text(update, 19, bytes_of(source->switch_cause));
    source->dirty = false;
    return store_run(store, STORE_SOURCE_UPDATE, err);
}

static int write_version(struct store *store, const char *id, struct store_version *version,
                         struct error *err)
{
    sqlite3_stmt *write = store->statements[STORE_VERSION_WRITE];
    store_bind_text(write, 1, bytes_of(id));
    sqlite3_bind_int64(write, 2, version->version);
    sqlite3_bind_int64(write, 3, (int64_t)version->accepted);
    sqlite3_bind_int64(write, 4, (int64_t)version->refused);
    for (int i = 0; i < STORE_SHADOWS; i++)
        sqlite3_bind_int64(write, 5 + i, (int64_t)version->shadows[i]);
    version->dirty = false;
    return store_run(store, STORE_VERSION_WRITE, err);
}

int store_sources_write(struct store *store, struct error *err)
{
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < store->sources.count; i++) {
        struct store_source *source = &store->sources.items[i];
        if (source->dirty)
            code = write_source(store, i, err);
        for (uint32_t v = 0; code == 0 && v < source->version_count; v++)
            if (source->versions[v].dirty)
                code = write_version(store, source->id, &source->versions[v], err);
        if (code == 0)
            code = store_violations_write(store, source, err);
    }
    return code == 0 ? store_shadows_write(store, err) : code;
}
