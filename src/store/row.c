/* A lead's row: read when an event needs it, written when the batch is over. */
#include "store/internal.h"

#include "base/id.h"

#include <inttypes.h>
#include <stdlib.h>

struct store_row *store_row_add(struct store *store, uint64_t number)
{
    if (store->row_count == store->row_capacity) {
        store->row_capacity = store->row_capacity ? store->row_capacity * 2 : 256;
        store->rows = realloc(store->rows, store->row_capacity * sizeof *store->rows);
        if (store->rows == NULL)
            panic("out of memory (batch of %zu leads)", store->row_capacity);
    }
    map_put(&store->row_index, map_number_key(number), store->row_count);
    struct store_row *row = &store->rows[store->row_count++];
    *row = (struct store_row){.number = number,
                              .rep = CORE_NONE,
                              .pool = CORE_NONE,
                              .before = CORE_NONE,
                              .kept_from = CORE_NONE,
                              .release = CORE_NONE,
                              .indexed_rep = CORE_NONE,
                              .fresh = true};
    return row;
}

void store_rows_clear(struct store *store)
{
    struct map *map = &store->row_index;
    if (map->count > 0)
        memset(map->entries, 0, map->capacity * sizeof *map->entries);
    map->count = 0;
    store->row_count = 0;
    arena_reset(&store->arena);
}

/* ---- reading */

static int unknown_word(struct store *store, uint64_t number, const char *column, struct error *err)
{
    char place[LEAD_ID_TEXT_SIZE];
    lead_id_print(number, place);
    return error_set(err, ML_ECORRUPT, place,
                     "column %s of this lead in %s has a word that does not exist; run `meshline "
                     "rebuild`",
                     column, store->path);
}

static int read_names(struct store *store, sqlite3_stmt *from, struct store_row *row,
                      struct error *err)
{
    if (!store_state_parse(store_column_text(from, 2), &row->state))
        return unknown_word(store, row->number, "state", err);
    if (!store_place_parse(store_column_text(from, 3), &row->place))
        return unknown_word(store, row->number, "place", err);
    row->source = arena_copy(&store->arena, store_column_text(from, 4));
    row->class_name = arena_copy(&store->arena, store_column_text(from, 5));
    row->route = arena_copy(&store->arena, store_column_text(from, 8));
    int code = store_roster_pool_named(store, store_column_text(from, 9), &row->pool, err);
    if (code == 0)
        code = store_roster_rep_named(store, store_column_text(from, 10), &row->rep, err);
    if (code == 0)
        code = store_roster_rep_named(store, store_column_text(from, 23), &row->before, err);
    if (code == 0)
        code = store_roster_rep_named(store, store_column_text(from, 26), &row->kept_from, err);
    return code;
}

/* Promises, and where the time went. */
static void read_clock(struct store *store, sqlite3_stmt *from, struct store_row *row)
{
    struct core_promises *promises = &row->promises;
    row->campaign = arena_copy(&store->arena, store_column_text(from, 29));
    row->partner = arena_copy(&store->arena, store_column_text(from, 30));
    store_promises_read(from, 31, promises);
    promises->reached_us[POLICY_CONTACTED] = row->contacted_us;
    promises->reached_us[POLICY_QUALIFIED] = row->closed_us;
    row->acknowledged_us = sqlite3_column_int64(from, 40);
    row->surge = (uint64_t)sqlite3_column_int64(from, 41);
    row->fallbacks = (uint32_t)sqlite3_column_int64(from, 42);
    row->merged_into = (uint64_t)sqlite3_column_int64(from, 43);
    row->place_since_us = sqlite3_column_int64(from, 44);
    for (int i = 0; i < STORE_ROW_PARTS; i++)
        row->parts[i] = sqlite3_column_int64(from, 45 + i);
    row->until_us = sqlite3_column_int64(from, 50);
    row->measures = (uint8_t)sqlite3_column_int(from, 51);
    row->enrichment = (uint8_t)sqlite3_column_int(from, 52);
    row->counted = store_promises_running(promises);
    store_subject_of(store, row, &row->counted_as);
}

static int read_row(struct store *store, sqlite3_stmt *from, uint64_t number,
                    struct store_row **ret, struct error *err)
{
    struct store_row *row = *ret = store_row_add(store, number);
    row->fresh = false;
    row->last_seq = (uint64_t)sqlite3_column_int64(from, 1);
    row->urgency = (uint32_t)sqlite3_column_int64(from, 6);
    row->score = sqlite3_column_int64(from, 7);
    row->release = (uint32_t)(sqlite3_column_int64(from, 11) - 1);
    row->captured_us = sqlite3_column_int64(from, 12);
    row->assigned_us = sqlite3_column_int64(from, 13);
    row->contacted_us = sqlite3_column_int64(from, 14);
    row->closed_us = sqlite3_column_int64(from, 15);
    row->due_us = sqlite3_column_int64(from, 16);
    row->late_count = (uint32_t)sqlite3_column_int64(from, 17);
    row->held = sqlite3_column_int(from, 18) != 0;
    row->touchpoints = (uint64_t)sqlite3_column_int64(from, 19);
    row->reopened = (uint32_t)sqlite3_column_int64(from, 20);
    row->key_kind = arena_copy(&store->arena, store_column_text(from, 21));
    row->key = store_column_key(from, 22);
    row->kind = arena_copy(&store->arena, store_column_text(from, 24));
    row->team = arena_copy(&store->arena, store_column_text(from, 25));
    row->contract = (uint32_t)sqlite3_column_int64(from, 27);
    row->dead_letter = (uint64_t)sqlite3_column_int64(from, 28);
    int code = read_names(store, from, row, err);
    row->indexed_rep = row->rep;
    if (code == 0)
        read_clock(store, from, row);
    store_share_of(row, &row->share);
    return code;
}

int store_row_get(struct store *store, uint64_t number, struct store_row **ret, struct error *err)
{
    const uint64_t *found = map_find(&store->row_index, map_number_key(number));
    if (found != NULL) {
        *ret = &store->rows[*found];
        return 0;
    }
    sqlite3_stmt *statement = store->statements[STORE_LEAD_READ];
    sqlite3_bind_int64(statement, 1, (int64_t)number);
    int code = store_sqlite_step(statement, store->path, err);
    if (code < 0)
        return code;
    if (code == 0)
        return error_set(err, ML_ECORRUPT, store->path,
                         "the view has no lead L%" PRIu64 " that an event is about; run `meshline "
                         "rebuild`",
                         number);
    code = read_row(store, statement, number, ret, err);
    sqlite3_reset(statement);
    return code;
}

/* ---- writing */

void store_promises_read(sqlite3_stmt *from, int at, struct core_promises *ret)
{
    *ret = (struct core_promises){.late = (uint8_t)sqlite3_column_int(from, at + 6),
                                  .void_ = (uint8_t)sqlite3_column_int(from, at + 7)};
    ret->reached_us[POLICY_ENRICHED] = sqlite3_column_int64(from, at);
    ret->reached_us[POLICY_ASSIGNED] = sqlite3_column_int64(from, at + 1);
    const uint32_t steps = (uint32_t)sqlite3_column_int64(from, at + 8);
    for (int i = 0; i < POLICY_OBJECTIVES; i++) {
        ret->due_us[i] = sqlite3_column_int64(from, at + 2 + i);
        ret->steps[i] = (uint8_t)(steps >> (8 * i));
    }
}

uint8_t store_promises_running(const struct core_promises *promises)
{
    uint8_t running = 0;
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (core_promise_is_running(promises, (enum policy_objective)i))
            running |= (uint8_t)(1u << i);
    return running;
}

static int64_t steps_of(const struct core_promises *promises)
{
    uint32_t steps = 0;
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        steps |= (uint32_t)promises->steps[i] << (8 * i);
    return steps;
}

static void bind_clock(sqlite3_stmt *to, const struct store_row *row)
{
    const struct core_promises *promises = &row->promises;
    store_bind_text(to, 30, row->campaign);
    store_bind_text(to, 31, row->partner);
    store_bind_time(to, 32, promises->reached_us[POLICY_ENRICHED]);
    store_bind_time(to, 33, promises->reached_us[POLICY_ASSIGNED]);
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        store_bind_time(to, 34 + i, promises->due_us[i]);
    sqlite3_bind_int(to, 38, promises->late);
    sqlite3_bind_int(to, 39, promises->void_);
    sqlite3_bind_int64(to, 40, steps_of(promises));
    store_bind_time(to, 41, row->acknowledged_us);
    store_bind_number(to, 42, row->surge);
    sqlite3_bind_int64(to, 43, row->fallbacks);
    store_bind_number(to, 44, row->merged_into);
    sqlite3_bind_int64(to, 45, row->place_since_us);
    for (int i = 0; i < STORE_ROW_PARTS; i++)
        sqlite3_bind_int64(to, 46 + i, row->parts[i]);
    store_bind_time(to, 51, row->until_us);
    sqlite3_bind_int(to, 52, row->measures);
    sqlite3_bind_int(to, 53, row->enrichment);
}

static void bind_names(struct store *store, sqlite3_stmt *to, const struct store_row *row)
{
    store_bind_text(to, 5, row->source);
    store_bind_text(to, 6, row->class_name);
    store_bind_text(to, 9, row->route);
    store_bind_text(to, 10, store_pool_id(store, row->pool));
    store_bind_text(to, 11, store_rep_id(store, row->rep));
    store_bind_text(to, 22, row->key_kind);
    store_bind_text(to, 24, store_rep_id(store, row->before));
    store_bind_text(to, 25, row->kind);
    store_bind_text(to, 26, row->team);
    store_bind_text(to, 27, store_rep_id(store, row->kept_from));
}

/* The whole row; the parameters of STORE_LEAD_INSERT and STORE_LEAD_UPDATE are the same. */
static int write_whole(struct store *store, const struct store_row *row, struct error *err)
{
    enum store_statement which = row->fresh ? STORE_LEAD_INSERT : STORE_LEAD_UPDATE;
    sqlite3_stmt *to = store->statements[which];
    unsigned char key[STORE_KEY_SIZE];
    sqlite3_bind_int64(to, 1, (int64_t)row->number);
    sqlite3_bind_int64(to, 2, (int64_t)row->last_seq);
    store_bind_text(to, 3, bytes_of(core_state_name(row->state)));
    store_bind_text(to, 4, bytes_of(core_place_name(row->place)));
    sqlite3_bind_int64(to, 7, row->urgency);
    sqlite3_bind_int64(to, 8, row->score);
    bind_names(store, to, row);
    sqlite3_bind_int64(to, 12, (int64_t)row->release + 1);
    sqlite3_bind_int64(to, 13, row->captured_us);
    store_bind_time(to, 14, row->assigned_us);
    store_bind_time(to, 15, row->contacted_us);
    store_bind_time(to, 16, row->closed_us);
    store_bind_time(to, 17, row->due_us);
    sqlite3_bind_int64(to, 18, row->late_count);
    sqlite3_bind_int(to, 19, row->held);
    sqlite3_bind_int64(to, 20, (int64_t)row->touchpoints);
    sqlite3_bind_int64(to, 21, row->reopened);
    store_bind_key(to, 23, row->key, key);
    sqlite3_bind_int64(to, 28, row->contract);
    store_bind_number(to, 29, row->dead_letter);
    bind_clock(to, row);
    return store_run(store, which, err);
}

/* What most events after the first change: no index but that of late leads is touched. */
static int write_advance(struct store *store, const struct store_row *row, struct error *err)
{
    sqlite3_stmt *to = store->statements[STORE_LEAD_ADVANCE];
    sqlite3_bind_int64(to, 1, (int64_t)row->number);
    sqlite3_bind_int64(to, 2, (int64_t)row->last_seq);
    store_bind_text(to, 3, bytes_of(core_state_name(row->state)));
    store_bind_time(to, 4, row->contacted_us);
    store_bind_time(to, 5, row->due_us);
    sqlite3_bind_int64(to, 6, row->late_count);
    sqlite3_bind_int64(to, 7, (int64_t)row->touchpoints);
    sqlite3_bind_int(to, 8, row->promises.late);
    sqlite3_bind_int64(to, 9, steps_of(&row->promises));
    return store_run(store, STORE_LEAD_ADVANCE, err);
}

static int write_attributes(struct store *store, const struct store_row *row, struct error *err)
{
    sqlite3_stmt *to = store->statements[STORE_ATTRIBUTES_WRITE];
    sqlite3_bind_int64(to, 1, (int64_t)row->number);
    store_bind_text(to, 2, row->attributes);
    return store_run(store, STORE_ATTRIBUTES_WRITE, err);
}

/* The table of what runs follows the row. */
static int count_running(struct store *store, const struct store_row *row, struct error *err)
{
    const uint8_t running = store_promises_running(&row->promises);
    struct store_subject subject;
    store_subject_of(store, row, &subject);
    bool same = running == row->counted;
    for (int i = 0; same && i < STORE_DIMENSIONS; i++)
        same = bytes_equal(subject.values[i], row->counted_as.values[i]);
    if (same)
        return 0;
    int code = store_count_running(store, &row->counted_as, row->counted, -1, err);
    return code == 0 ? store_count_running(store, &subject, running, 1, err) : code;
}

static int write_row(struct store *store, const struct store_row *row, struct error *err)
{
    int code =
        row->fresh || row->moved ? write_whole(store, row, err) : write_advance(store, row, err);
    if (code == 0 && row->attributes.size > 0)
        code = write_attributes(store, row, err);
    if (code == 0)
        code = store_lookup_follow(store, row, err);
    if (code == 0)
        code = store_blocks_follow(store, row, err);
    if (code == 0)
        store_cohort_follow(store, row);
    return code == 0 ? count_running(store, row, err) : code;
}

int store_rows_write(struct store *store, struct error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < store->row_count; i++)
        code = write_row(store, &store->rows[i], err);
    store_rows_clear(store);
    return code;
}
