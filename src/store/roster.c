/* Reps, pools and releases by name: what a batch changes of them is gathered here and written once.
 * The tables are read when the view is opened, and again after a transaction was rolled back. */
#include "store/internal.h"

#include "base/text_hash.h"

#include <stdlib.h>

static struct hash128 key_of(struct bytes id)
{
    return hash128_of(&id, 1);
}

uint32_t store_roster_add_rep(struct store_roster *roster, struct bytes id)
{
    uint32_t at = roster->rep_count;
    roster->reps = store_grow(roster->reps, at, sizeof *roster->reps);
    roster->reps[at] = (struct store_rep){.id = store_copy(id),
                                          .state = {.available = true, .duty_until_us = INT64_MAX}};
    map_put(&roster->rep_index, key_of(id), at);
    return roster->rep_count++;
}

uint32_t store_roster_add_pool(struct store_roster *roster, struct bytes id)
{
    uint32_t at = roster->pool_count;
    roster->pools = store_grow(roster->pools, at, sizeof *roster->pools);
    roster->pools[at] =
        (struct store_pool){.id = store_copy(id), .last_rep = CORE_NONE, .turn = CORE_NONE};
    map_put(&roster->pool_index, key_of(id), at);
    return roster->pool_count++;
}

uint32_t store_roster_add_release(struct store_roster *roster, struct bytes id)
{
    ML_ASSERT(id.size < HASH256_TEXT_SIZE);
    uint32_t at = roster->release_count;
    roster->releases = store_grow(roster->releases, at, sizeof *roster->releases);
    memset(roster->releases[at], 0, sizeof roster->releases[at]);
    memcpy(roster->releases[at], id.data, id.size);
    map_put(&roster->release_index, key_of(id), at);
    return roster->release_count++;
}

void store_roster_release(struct store_roster *roster)
{
    for (uint32_t i = 0; i < roster->rep_count; i++)
        free(roster->reps[i].id);
    for (uint32_t i = 0; i < roster->pool_count; i++)
        free(roster->pools[i].id);
    free(roster->reps);
    free(roster->pools);
    free(roster->releases);
    free(roster->rep_of_core);
    free(roster->pool_of_core);
    map_release(&roster->rep_index);
    map_release(&roster->pool_index);
    map_release(&roster->release_index);
    *roster = (struct store_roster){0};
}

/* ---- reading the tables */

static int misnumbered(struct store *store, const char *table, struct error *err)
{
    return error_set(err, ML_ECORRUPT, store->path,
                     "table %s has a gap in its numbers; run `meshline rebuild`", table);
}

/* Calls `add` for every row of "SELECT number, …"; numbers must run from 1 without gaps. */
static int read_table(struct store *store, const char *table, const char *sql,
                      int (*add)(struct store *, sqlite3_stmt *, struct error *), struct error *err)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    int code = store_sqlite_prepare(store->db, store->path, sql, &statement, err);
    int64_t number = 0;
    while (code == 0 && (code = store_sqlite_step(statement, store->path, err)) == 1)
        code = sqlite3_column_int64(statement, 0) == ++number ? add(store, statement, err)
                                                              : misnumbered(store, table, err);
    return code;
}

static int add_release(struct store *store, sqlite3_stmt *row, struct error *err)
{
    struct bytes id = store_column_text(row, 1);
    if (id.size != HASH256_TEXT_SIZE - 1)
        return error_set(err, ML_ECORRUPT, store->path,
                         "a release has an id of the wrong length; run `meshline rebuild`");
    store_roster_add_release(&store->roster, id);
    return 0;
}

static int add_rep(struct store *store, sqlite3_stmt *row, struct error *err)
{
    uint32_t at = store_roster_add_rep(&store->roster, store_column_text(row, 1));
    struct core_rep *rep = &store->roster.reps[at].state;
    rep->available = sqlite3_column_int(row, 2) != 0;
    rep->capacity = (uint32_t)sqlite3_column_int64(row, 3);
    rep->declared_capacity = (uint32_t)sqlite3_column_int64(row, 4);
    rep->load = (uint32_t)sqlite3_column_int64(row, 5);
    if (!store_duty_parse(store_column_text(row, 6), &rep->duty))
        return error_set(err, ML_ECORRUPT, store->path,
                         "rep %s has a duty that does not exist; run `meshline rebuild`",
                         store->roster.reps[at].id);
    bool changes = sqlite3_column_type(row, 7) != SQLITE_NULL;
    rep->duty_until_us = changes ? sqlite3_column_int64(row, 7) : INT64_MAX;
    rep->hour =
        (struct core_window){sqlite3_column_int64(row, 8), (uint32_t)sqlite3_column_int64(row, 9)};
    rep->day = (struct core_window){sqlite3_column_int64(row, 10),
                                    (uint32_t)sqlite3_column_int64(row, 11)};
    rep->last_assigned = (uint64_t)sqlite3_column_int64(row, 12);
    return 0;
}

static int add_pool(struct store *store, sqlite3_stmt *row, struct error *err)
{
    uint32_t at = store_roster_add_pool(&store->roster, store_column_text(row, 1));
    struct store_pool *pool = &store->roster.pools[at];
    pool->waiting = (uint32_t)sqlite3_column_int64(row, 3);
    if (sqlite3_column_type(row, 4) != SQLITE_NULL)
        pool->turn = (uint32_t)sqlite3_column_int64(row, 4);
    return store_roster_rep_named(store, store_column_text(row, 2), &pool->last_rep, err);
}

int store_roster_read(struct store *store, struct error *err)
{
    store_roster_release(&store->roster);
    int code = read_table(store, "releases", "SELECT number, id FROM releases ORDER BY number",
                          add_release, err);
    if (code == 0)
        code = read_table(store, "reps",
                          "SELECT number, id, available, capacity, declared_capacity, load, duty, "
                          "duty_until_us, hour_end_us, hour_count, day_end_us, day_count, "
                          "last_assigned_seq FROM reps ORDER BY number",
                          add_rep, err);
    if (code == 0)
        code = read_table(store, "pools",
                          "SELECT number, id, last_rep, waiting, turn FROM pools ORDER BY number",
                          add_pool, err);
    return code;
}

/* ---- finding */

static int find(struct store *store, const struct map *index, const char *what, struct bytes id,
                uint32_t *ret, struct error *err)
{
    const uint64_t *found = map_find(index, key_of(id));
    if (found == NULL)
        return error_set(err, ML_ECORRUPT, store->path,
                         "the view does not know %s \"%.*s\" that an event names; run `meshline "
                         "rebuild`",
                         what, BYTES_ARG(id));
    *ret = (uint32_t)*found;
    return 0;
}

/* A kind of name that rows are full of. */
struct named {
    const char *what;
    const struct map *index;
    uint32_t *recent;
    struct bytes (*id_of)(const struct store *store, uint32_t place);
};

/* The same few names come row after row: they are told by a cheap hash and their bytes, before the
 * index is asked, whose keys are wide enough never to confuse two. */
static int find_named(struct store *store, const struct named *named, struct bytes id,
                      uint32_t *ret, struct error *err)
{
    *ret = CORE_NONE;
    if (id.size == 0)
        return 0;
    uint32_t *recent = &named->recent[text_hash(id) % STORE_RECENT_NAMES];
    if (*recent != 0 && bytes_equal(named->id_of(store, *recent - 1), id)) {
        *ret = *recent - 1;
        return 0;
    }
    int code = find(store, named->index, named->what, id, ret, err);
    if (code == 0)
        *recent = *ret + 1;
    return code;
}

int store_roster_rep_named(struct store *store, struct bytes id, uint32_t *ret, struct error *err)
{
    struct store_roster *roster = &store->roster;
    const struct named reps = {"rep", &roster->rep_index, roster->recent_reps, store_rep_id};
    return find_named(store, &reps, id, ret, err);
}

int store_roster_pool_named(struct store *store, struct bytes id, uint32_t *ret, struct error *err)
{
    struct store_roster *roster = &store->roster;
    const struct named pools = {"pool", &roster->pool_index, roster->recent_pools, store_pool_id};
    return find_named(store, &pools, id, ret, err);
}

int store_roster_release_find(struct store *store, const struct policy_release *release,
                              uint32_t *ret, struct error *err)
{
    struct store_roster *roster = &store->roster;
    /* Nearly always the newest one. */
    uint32_t newest = roster->release_count - 1;
    if (roster->release_count > 0 && strcmp(roster->releases[newest], release->id_text) == 0) {
        *ret = newest;
        return 0;
    }
    return find(store, &roster->release_index, "release", bytes_of(release->id_text), ret, err);
}

/* The remembered place of the core's `index`, made room for. */
static uint32_t *remembered(uint32_t **places, uint32_t *count, uint32_t index)
{
    while (*count <= index) {
        *places = store_grow(*places, *count, sizeof **places);
        (*places)[(*count)++] = CORE_NONE;
    }
    return &(*places)[index];
}

int store_roster_rep(struct store *store, const struct core *core, uint32_t rep, uint32_t *ret,
                     struct error *err)
{
    struct store_roster *roster = &store->roster;
    *ret = CORE_NONE;
    if (rep == CORE_NONE)
        return 0;
    const char *id = core_rep_id(core, rep);
    uint32_t *place = remembered(&roster->rep_of_core, &roster->rep_of_core_count, rep);
    int code = 0;
    if (*place == CORE_NONE || strcmp(roster->reps[*place].id, id) != 0)
        code = store_roster_rep_named(store, bytes_of(id), place, err);
    *ret = *place;
    return code;
}

int store_roster_pool(struct store *store, const struct core *core, uint32_t pool, uint32_t *ret,
                      struct error *err)
{
    struct store_roster *roster = &store->roster;
    *ret = CORE_NONE;
    if (pool == CORE_NONE)
        return 0;
    const char *id = core_pool_id(core, pool);
    uint32_t *place = remembered(&roster->pool_of_core, &roster->pool_of_core_count, pool);
    int code = 0;
    if (*place == CORE_NONE || strcmp(roster->pools[*place].id, id) != 0)
        code = store_roster_pool_named(store, bytes_of(id), place, err);
    *ret = *place;
    return code;
}

struct bytes store_rep_id(const struct store *store, uint32_t rep)
{
    return rep == CORE_NONE ? (struct bytes){0} : bytes_of(store->roster.reps[rep].id);
}

struct bytes store_pool_id(const struct store *store, uint32_t pool)
{
    return pool == CORE_NONE ? (struct bytes){0} : bytes_of(store->roster.pools[pool].id);
}

/* ---- changing and writing */

void store_rep_add_load(struct store *store, uint32_t rep, int by)
{
    store->roster.reps[rep].state.load += (uint32_t)by;
    store->roster.reps[rep].dirty = true;
}

void store_pool_add_waiting(struct store *store, uint32_t pool, int by)
{
    store->roster.pools[pool].waiting += (uint32_t)by;
    store->roster.pools[pool].dirty = true;
}

static int write_rep(struct store *store, uint32_t at, struct error *err)
{
    const struct core_rep *rep = &store->roster.reps[at].state;
    sqlite3_stmt *statement = store->statements[STORE_REP_UPDATE];
    sqlite3_bind_int64(statement, 1, (int64_t)at + 1);
    sqlite3_bind_int(statement, 2, rep->available);
    sqlite3_bind_int64(statement, 3, rep->capacity);
    sqlite3_bind_int64(statement, 4, rep->load);
    store_bind_text(statement, 5, bytes_of(policy_duty_name(rep->duty)));
    if (rep->duty_until_us == INT64_MAX)
        sqlite3_bind_null(statement, 6);
    else
        sqlite3_bind_int64(statement, 6, rep->duty_until_us);
    sqlite3_bind_int64(statement, 7, rep->hour.end_us);
    sqlite3_bind_int64(statement, 8, rep->hour.count);
    sqlite3_bind_int64(statement, 9, rep->day.end_us);
    sqlite3_bind_int64(statement, 10, rep->day.count);
    sqlite3_bind_int64(statement, 11, (int64_t)rep->last_assigned);
    store->roster.reps[at].dirty = false;
    return store_run(store, STORE_REP_UPDATE, err);
}

static int write_pool(struct store *store, uint32_t at, struct error *err)
{
    struct store_pool *pool = &store->roster.pools[at];
    sqlite3_stmt *statement = store->statements[STORE_POOL_UPDATE];
    sqlite3_bind_int64(statement, 1, (int64_t)at + 1);
    store_bind_text(statement, 2, store_rep_id(store, pool->last_rep));
    sqlite3_bind_int64(statement, 3, pool->waiting);
    if (pool->turn == CORE_NONE)
        sqlite3_bind_null(statement, 4);
    else
        sqlite3_bind_int64(statement, 4, pool->turn);
    pool->dirty = false;
    return store_run(store, STORE_POOL_UPDATE, err);
}

int store_roster_write(struct store *store, struct error *err)
{
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < store->roster.rep_count; i++)
        if (store->roster.reps[i].dirty)
            code = write_rep(store, i, err);
    for (uint32_t i = 0; code == 0 && i < store->roster.pool_count; i++)
        if (store->roster.pools[i].dirty)
            code = write_pool(store, i, err);
    return code;
}
