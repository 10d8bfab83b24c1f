/* A release comes into force: who and what is present changes all at once. Rare, so plain SQL. */
#include "store/internal.h"

static int prepare(struct store *store, const char *sql, sqlite3_stmt **ret, struct error *err)
{
    return store_sqlite_prepare(store->db, store->path, sql, ret, err);
}

static int write_release(struct store *store, const struct core_event *event, struct error *err)
{
    const struct policy_release *release = event->activated.release;
    struct store_roster *roster = &store->roster;
    struct bytes id = bytes_of(release->id_text);
    const uint64_t *known = map_find(&roster->release_index, hash128_of(&id, 1));
    uint32_t at = known != NULL ? (uint32_t)*known : store_roster_add_release(roster, id);
    STORE_STATEMENT_AUTO *statement = NULL;
    int code = store_sqlite_exec(store->db, store->path,
                                 "UPDATE releases SET active = 0 WHERE active", err);
    if (code == 0)
        code = prepare(store, "INSERT OR REPLACE INTO releases VALUES (?1, ?2, ?3, 1, ?4)",
                       &statement, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(statement, 1, (int64_t)at + 1);
    store_bind_text(statement, 2, id);
    sqlite3_bind_int64(statement, 3, event->time_us);
    store_bind_text(statement, 4, release->canonical);
    return store_sqlite_run(statement, store->path, err);
}

/* ---- reps */

static uint32_t enrol_rep(struct store_roster *roster, const struct policy_rep *declared,
                          int64_t now_us)
{
    struct bytes id = bytes_of(declared->id);
    const uint64_t *known = map_find(&roster->rep_index, hash128_of(&id, 1));
    uint32_t at = known != NULL ? (uint32_t)*known : store_roster_add_rep(roster, id);
    struct core_rep *rep = &roster->reps[at].state;
    roster->reps[at].dirty = true; /* all that the policy does not say is written with the batch */
    core_rep_enrol(rep, declared, now_us);
    return at;
}

/* "" where there is none: these columns are never NULL. */
static void bind_string(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text != NULL ? text : "", -1, SQLITE_STATIC);
}

static int write_rep(struct store *store, sqlite3_stmt *statement,
                     const struct policy_rep *declared, struct error *err)
{
    uint32_t at = enrol_rep(&store->roster, declared, store->meta.time_us);
    const struct core_rep *rep = &store->roster.reps[at].state;
    sqlite3_bind_int64(statement, 1, (int64_t)at + 1);
    bind_string(statement, 2, declared->id);
    bind_string(statement, 3, declared->name);
    bind_string(statement, 4, declared->email);
    bind_string(statement, 5, declared->team);
    bind_string(statement, 6, declared->time_zone);
    bind_string(statement, 7, declared->country);
    sqlite3_bind_int64(statement, 8, rep->declared_capacity);
    sqlite3_bind_int64(statement, 9, declared->per_hour);
    sqlite3_bind_int64(statement, 10, declared->per_day);
    return store_sqlite_run(statement, store->path, err);
}

static int write_reps(struct store *store, const struct policy_release *release, struct error *err)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    int code =
        store_sqlite_exec(store->db, store->path, "UPDATE reps SET present = 0 WHERE present", err);
    if (code == 0)
        code = prepare(store,
                       "INSERT OR REPLACE INTO reps (number, id, name, email, team, time_zone, "
                       "country, present, declared_capacity, per_hour, per_day) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9, ?10)",
                       &statement, err);
    for (size_t i = 0; code == 0 && i < release->rep_count; i++)
        code = write_rep(store, statement, &release->reps[i], err);
    return code;
}

/* ---- pools */

static bool is_member(const struct store *store, const struct policy_release *release,
                      const struct policy_pool *pool, uint32_t rep)
{
    for (size_t i = 0; rep != CORE_NONE && i < pool->member_count; i++)
        if (strcmp(release->reps[pool->members[i].rep].id, store->roster.reps[rep].id) == 0)
            return true;
    return false;
}

static int write_members(struct store *store, sqlite3_stmt *statement,
                         const struct policy_release *release, const struct policy_pool *pool,
                         struct error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < pool->member_count; i++) {
        bind_string(statement, 1, pool->id);
        sqlite3_bind_int64(statement, 2, (int64_t)i + 1);
        sqlite3_bind_int64(statement, 4, pool->members[i].weight);
        sqlite3_bind_int64(statement, 5, pool->members[i].tier);
        bind_string(statement, 3, release->reps[pool->members[i].rep].id);
        code = store_sqlite_run(statement, store->path, err);
    }
    return code;
}

static int write_pool(struct store *store, sqlite3_stmt *statement,
                      const struct policy_release *release, const struct policy_pool *declared,
                      struct error *err)
{
    struct store_roster *roster = &store->roster;
    struct bytes id = bytes_of(declared->id);
    const uint64_t *known = map_find(&roster->pool_index, hash128_of(&id, 1));
    uint32_t at = known != NULL ? (uint32_t)*known : store_roster_add_pool(roster, id);
    struct store_pool *pool = &roster->pools[at];
    if (!is_member(store, release, declared, pool->last_rep))
        pool->last_rep = CORE_NONE;
    pool->turn = CORE_NONE;
    pool->dirty = true; /* last_rep and waiting are written with the batch */
    sqlite3_bind_int64(statement, 1, (int64_t)at + 1);
    bind_string(statement, 2, declared->id);
    bind_string(statement, 3, declared->title);
    bind_string(statement, 4, policy_strategy_name(declared->strategy));
    bind_string(statement, 5,
                declared->overflow == POLICY_NONE ? "" : release->pools[declared->overflow].id);
    return store_sqlite_run(statement, store->path, err);
}

static int write_pools(struct store *store, const struct policy_release *release, struct error *err)
{
    STORE_STATEMENT_AUTO *pools = NULL;
    STORE_STATEMENT_AUTO *members = NULL;
    int code = store_sqlite_exec(
        store->db, store->path,
        "UPDATE pools SET present = 0 WHERE present; DELETE FROM pool_members", err);
    if (code == 0)
        code = prepare(store,
                       "INSERT OR REPLACE INTO pools (number, id, title, strategy, present, "
                       "waiting, overflow) VALUES (?1, ?2, ?3, ?4, 1, 0, ?5)",
                       &pools, err);
    if (code == 0)
        code =
            prepare(store, "INSERT INTO pool_members VALUES (?1, ?2, ?3, ?4, ?5)", &members, err);
    for (size_t i = 0; code == 0 && i < release->pool_count; i++) {
        code = write_pool(store, pools, release, &release->pools[i], err);
        if (code == 0)
            code = write_members(store, members, release, &release->pools[i], err);
    }
    return code;
}

/* Leads that wait in a pool which is gone are routed anew, as the core does. */
static int displace_waiting(struct store *store, const struct policy_release *release,
                            struct error *err)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    int code = prepare(store,
                       "UPDATE leads SET pool = NULL, held = 0, kept_from = NULL "
                       "WHERE place = 'waiting' AND pool = ?1",
                       &statement, err);
    for (uint32_t i = 0; code == 0 && i < store->roster.pool_count; i++) {
        struct store_pool *pool = &store->roster.pools[i];
        struct bytes id = bytes_of(pool->id);
        if (policy_pool_find(release, id) != POLICY_NONE)
            continue;
        pool->last_rep = pool->turn = CORE_NONE;
        pool->dirty = true;
        if (pool->waiting == 0)
            continue;
        store_bind_text(statement, 1, id);
        code = store_sqlite_run(statement, store->path, err);
        pool->waiting -= (uint32_t)sqlite3_changes(store->db);
    }
    return code;
}

int store_activate(struct store *store, const struct core_event *event, struct error *err)
{
    const struct policy_release *release = event->activated.release;
    int code = store_rows_write(store, err); /* the statements below must see all leads */
    if (code == 0)
        code = write_release(store, event, err);
    if (code == 0)
        code = write_reps(store, release, err);
    if (code == 0)
        code = write_pools(store, release, err);
    if (code == 0)
        code = displace_waiting(store, release, err);
    if (code == 0)
        code = store_sources_activate(store, release, err);
    if (code == 0)
        code = store_destinations_activate(store, release, err);
    return code;
}

/* ---- the policy in force, for what events leave to it */

void store_active_keep(struct store *store, struct policy_release *release)
{
    policy_release_unref(store->active);
    store->active = release != NULL ? policy_release_ref(release) : NULL;
}

int store_active_release(struct store *store, const struct policy_release **ret, struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    if (store->active == NULL) {
        int code = prepare(store, "SELECT canonical FROM releases WHERE active", &row, err);
        if (code == 0)
            code = store_sqlite_step(row, store->path, err);
        if (code < 0)
            return code;
        if (code == 0)
            return error_set(err, ML_ECORRUPT, store->path,
                             "no release is active; run `meshline rebuild`");
        code = policy_release_from_canonical(store_column_text(row, 0), &store->active, err);
        if (code != 0)
            return error_set(err, ML_ECORRUPT, store->path,
                             "the active release does not compile any more; run `meshline "
                             "rebuild`");
    }
    *ret = store->active;
    return 0;
}
