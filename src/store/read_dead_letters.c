/* Dead letters: pages, one with everything, clusters of the open ones, and what a replay needs. The
 * SQL of lists is put together from fixed pieces; what the caller gives is only ever bound. */
#include "store/internal.h"

#include "base/arena.h"
#include "base/id.h"

#include <sodium.h>

enum { SQL_MAX = 8192 };

enum parameter { BEFORE = 1, LIMIT, SOURCE, CONTRACT, VIOLATION, AFTER };

/* ---- printing, in the order of STORE_DEAD_LETTER_COLUMNS */

static void print_members(sqlite3_stmt *row, struct json_writer *json)
{
    char lead[LEAD_ID_TEXT_SIZE];
    store_print_dead_letter_id(json, "id", sqlite3_column_int64(row, 0));
    json_member_integer(json, "version", sqlite3_column_int64(row, 1));
    json_member(json, "state", store_column_text(row, 2));
    json_member(json, "source", store_column_text(row, 3));
    if (sqlite3_column_int64(row, 4) != 0)
        json_member_integer(json, "contract", sqlite3_column_int64(row, 4));
    json_member_bool(json, "canary", sqlite3_column_int(row, 5) != 0);
    json_member_time(json, "captured_at", sqlite3_column_int64(row, 6));
    json_member_time(json, "newest_at", sqlite3_column_int64(row, 7));
    json_member_integer(json, "attempts", sqlite3_column_int64(row, 8));
    json_member(json, "violation", store_column_text(row, 9));
    json_member(json, "message", store_column_text(row, 10));
    if (sqlite3_column_type(row, 11) != SQLITE_NULL) {
        lead_id_print((uint64_t)sqlite3_column_int64(row, 11), lead);
        json_member(json, "lead", bytes_of(lead));
    }
    json_member_if(json, "reason", store_column_text(row, 12));
}

static void print_base64(struct json_writer *json, struct bytes payload)
{
    enum { VARIANT = sodium_base64_VARIANT_ORIGINAL };
    struct arena arena;
    arena_init(&arena);
    size_t size = sodium_base64_ENCODED_LEN(payload.size, VARIANT);
    char *text = arena_alloc(&arena, size);
    sodium_bin2base64(text, size, (const unsigned char *)payload.data, payload.size, VARIANT);
    json_member(json, "payload_base64", bytes_of(text));
    arena_release(&arena);
}

/* What came, behind STORE_DEAD_LETTER_COLUMNS and errors. */
static void print_payload(sqlite3_stmt *row, struct json_writer *json)
{
    if (sqlite3_column_type(row, 16) == SQLITE_NULL)
        return; /* discarded */
    json_member_if(json, "media_type", store_column_text(row, 14));
    json_key(json, "headers");
    json_raw(json, store_column_text(row, 15));
    struct bytes payload = {sqlite3_column_blob(row, 16), (size_t)sqlite3_column_bytes(row, 16)};
    bool is_text = bytes_is_utf8(payload) &&
                   (payload.size == 0 || memchr(payload.data, '\0', payload.size) == NULL);
    if (is_text)
        json_member(json, "payload", payload);
    else
        print_base64(json, payload);
}

/* ---- one */

static int find_one(struct store_reader *reader, uint64_t number, sqlite3_stmt **ret,
                    struct error *err)
{
    char id[LEAD_ID_TEXT_SIZE];
    int found = store_query_number(reader, STORE_QUERY_DEAD_LETTER, number, ret, err);
    if (found != 0)
        return found < 0 ? found : 0;
    dead_letter_id_print(number, id);
    return error_set(err, ML_ENOTFOUND, id, "there is no dead letter %s", id);
}

int store_read_dead_letter(struct store_reader *reader, uint64_t number, struct json_writer *json,
                           struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    int code = find_one(reader, number, &row, err);
    if (code != 0)
        return code;
    json_object_open(json);
    print_members(row, json);
    json_key(json, "errors");
    json_raw(json, store_column_text(row, 13));
    print_payload(row, json);
    json_object_close(json);
    return 0;
}

int store_fetch_dead_letter(struct store_reader *reader, uint64_t number, struct arena *arena,
                            struct store_dead_letter *ret, struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    int code = find_one(reader, number, &row, err);
    if (code != 0)
        return code;
    const struct bytes payload = {sqlite3_column_blob(row, 16),
                                  (size_t)sqlite3_column_bytes(row, 16)};
    *ret = (struct store_dead_letter){
        .number = number,
        .open = bytes_is(store_column_text(row, 2), store_dead_letter_state_name(STORE_OPEN)),
        .captured_us = sqlite3_column_int64(row, 6),
        .source = arena_copy(arena, store_column_text(row, 3)),
        .contract = (uint32_t)sqlite3_column_int64(row, 4),
        .media_type = arena_copy(arena, store_column_text(row, 14)),
        .headers = arena_copy(arena, store_column_text(row, 15)),
        .payload = arena_copy(arena, payload)};
    return 0;
}

/* ---- lists */

static int check_filter(const struct store_dead_letter_filter *filter, struct error *err)
{
    enum store_dead_letter_state state;
    if (filter->state.size > 0 && !store_dead_letter_state_parse(filter->state, &state))
        return error_set(err, ML_EINVAL, "state",
                         "there is no state \"%.*s\"; a dead letter is open, replayed, merged or "
                         "discarded",
                         BYTES_ARG(filter->state));
    return 0;
}

static int check_limit(uint32_t limit, const char *of, struct error *err)
{
    if (limit >= 1 && limit <= STORE_PAGE_MAX)
        return 0;
    return error_set(err, ML_EINVAL, "limit", "a page has 1 to %d %s", STORE_PAGE_MAX, of);
}

static void put_conditions(struct buffer *sql, const struct store_dead_letter_filter *filter)
{
    if (filter->source.size > 0)
        buffer_printf(sql, " AND source = ?%d", SOURCE);
    if (filter->contract >= 0)
        buffer_printf(sql, " AND contract = ?%d", CONTRACT);
    if (filter->violation.size > 0)
        buffer_printf(sql, " AND violation = ?%d", VIOLATION);
}

/* The index that leads a search by state and number. */
static const char *index_of(const struct store_dead_letter_filter *filter)
{
    return filter->violation.size > 0 ? "dead_letters_violation"
           : filter->source.size > 0  ? "dead_letters_source"
                                      : "dead_letters_state";
}

/* Those of one state, newest first. The state is part of the text, so that it leads the index. */
static void put_state(struct buffer *sql, const struct store_dead_letter_filter *filter,
                      const char *state)
{
    buffer_printf(sql,
                  "SELECT " STORE_DEAD_LETTER_COLUMNS
                  " FROM dead_letters INDEXED BY %s WHERE state = '%s' "
                  "AND number < ?%d",
                  index_of(filter), state, BEFORE);
    put_conditions(sql, filter);
}

/* Every index but that of numbers is by state; the states come newest first each, and SQLite merges
 * them without sorting. */
static void put_page(struct buffer *sql, const struct store_dead_letter_filter *filter)
{
    if (filter->state.size == 0 && filter->source.size == 0 && filter->violation.size == 0) {
        buffer_printf(sql,
                      "SELECT " STORE_DEAD_LETTER_COLUMNS
                      " FROM dead_letters NOT INDEXED WHERE number < ?%d",
                      BEFORE);
        put_conditions(sql, filter);
    } else {
        bool more = false;
        for (int state = 0; state < STORE_DEAD_LETTER_STATES; state++) {
            const char *name = store_dead_letter_state_name((enum store_dead_letter_state)state);
            if (filter->state.size > 0 && !bytes_is(filter->state, name))
                continue;
            buffer_printf(sql, "%s", more ? " UNION ALL " : "");
            put_state(sql, filter, name);
            more = true;
        }
    }
    buffer_printf(sql, " ORDER BY number DESC LIMIT ?%d", LIMIT);
}

static int prepare(struct store_reader *reader, struct buffer *sql,
                   const struct store_dead_letter_filter *filter, int64_t limit, sqlite3_stmt **ret,
                   struct error *err)
{
    ML_ASSERT(!sql->overflow);
    int code = store_sqlite_prepare(reader->db, reader->path, buffer_string(sql), ret, err);
    buffer_release(sql);
    if (code != 0)
        return code;
    bool paged = filter->before > 0 && filter->before < INT64_MAX;
    sqlite3_bind_int64(*ret, BEFORE, paged ? (int64_t)filter->before : INT64_MAX);
    sqlite3_bind_int64(*ret, LIMIT, limit);
    store_bind_text(*ret, SOURCE, filter->source);
    sqlite3_bind_int64(*ret, CONTRACT, filter->contract);
    store_bind_text(*ret, VIOLATION, filter->violation);
    return 0;
}

int store_read_dead_letters(struct store_reader *reader,
                            const struct store_dead_letter_filter *filter, uint32_t limit,
                            struct json_writer *json, uint64_t *ret_next, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct buffer sql;
    int code = check_limit(limit, "dead letters", err);
    if (code == 0)
        code = check_filter(filter, err);
    if (code != 0)
        return code;
    buffer_init(&sql, SQL_MAX);
    put_page(&sql, filter);
    code = prepare(reader, &sql, filter, (int64_t)limit + 1, &rows, err); /* one more tells */
    if (code != 0)
        return code;
    uint64_t last = 0;
    uint32_t count = 0;
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1 && count < limit) {
        last = (uint64_t)sqlite3_column_int64(rows, 0);
        json_object_open(json);
        print_members(rows, json);
        json_object_close(json);
        count++;
    }
    json_array_close(json);
    if (code < 0)
        return code;
    *ret_next = code == 1 ? last : 0;
    return 0;
}

/* ---- those to be replayed */

int store_find_dead_letters(struct store_reader *reader,
                            const struct store_dead_letter_filter *filter, uint64_t after,
                            size_t limit, uint64_t *ret_numbers, size_t *ret_count,
                            struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct buffer sql;
    buffer_init(&sql, SQL_MAX);
    buffer_printf(&sql,
                  "SELECT number FROM dead_letters INDEXED BY %s WHERE state = 'open' "
                  "AND number > ?%d AND number < ?%d",
                  index_of(filter), AFTER, BEFORE);
    put_conditions(&sql, filter);
    buffer_printf(&sql, " ORDER BY number LIMIT ?%d", LIMIT);
    int code = prepare(reader, &sql, filter, (int64_t)limit, &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, AFTER, after < INT64_MAX ? (int64_t)after : INT64_MAX);
    return store_sqlite_numbers(rows, reader->path, ret_numbers, ret_count, err);
}

/* ---- clusters */

/* Counted within one index; the newest of each cluster speaks for it. */
static void put_clusters(struct buffer *sql, const struct store_dead_letter_filter *filter)
{
    buffer_printf(
        sql,
        "SELECT source, contract, violation, "
        "(SELECT message FROM dead_letters WHERE number = newest), letters, first_us, "
        "last_us, (SELECT json_group_array('D' || number) FROM (SELECT number "
        "FROM dead_letters AS d INDEXED BY dead_letters_open WHERE d.state = 'open' "
        "AND d.source = c.source AND d.contract = c.contract AND d.violation = c.violation "
        "ORDER BY number DESC LIMIT 5)) "
        "FROM (SELECT source, contract, violation, count(*) AS letters, max(number) AS newest, "
        "min(captured_us) AS first_us, max(captured_us) AS last_us FROM dead_letters "
        "INDEXED BY dead_letters_open WHERE state = 'open'");
    put_conditions(sql, filter);
    buffer_printf(sql,
                  " GROUP BY source, contract, violation ORDER BY letters DESC, newest DESC "
                  "LIMIT ?%d) AS c",
                  LIMIT);
}

static void print_cluster(sqlite3_stmt *row, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "source", store_column_text(row, 0));
    json_member_integer(json, "contract", sqlite3_column_int64(row, 1));
    json_member(json, "violation", store_column_text(row, 2));
    json_member(json, "message", store_column_text(row, 3));
    json_member_integer(json, "count", sqlite3_column_int64(row, 4));
    json_member_time(json, "first_at", sqlite3_column_int64(row, 5));
    json_member_time(json, "last_at", sqlite3_column_int64(row, 6));
    json_key(json, "examples");
    json_raw(json, store_column_text(row, 7));
    json_object_close(json);
}

int store_read_dead_letter_clusters(struct store_reader *reader,
                                    const struct store_dead_letter_filter *filter, uint32_t limit,
                                    struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct buffer sql;
    int code = check_limit(limit, "clusters", err);
    if (code == 0 && filter->state.size > 0 && !bytes_is(filter->state, "open"))
        code = error_set(err, ML_EINVAL, "state", "only open dead letters are clustered");
    if (code != 0)
        return code;
    buffer_init(&sql, SQL_MAX);
    put_clusters(&sql, filter);
    code = prepare(reader, &sql, filter, limit, &rows, err);
    if (code != 0)
        return code;
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1)
        print_cluster(rows, json);
    json_array_close(json);
    return code;
}
