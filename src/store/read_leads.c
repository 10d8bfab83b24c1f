/* Pages of leads, newest first. The SQL is put together from fixed pieces; what the caller gives is
 * only ever bound. Each filter that can is led by an index; the rest walks back from the newest
 * lead and stops at the end of the page. */
#include "store/internal.h"

enum { SQL_MAX = 8192 };

/* What the parameters of the statement stand for. */
enum parameter { BEFORE = 1, LIMIT, NUMBER, REP, POOL, CLASS, SOURCE, ROUTE };

#define THROUGH "(SELECT coalesce(max(through), 0) FROM lead_index_runs)"

/* A word that is part of the SQL text, so that it selects the partial indexes; NULL when it does
 * not exist. */
static int check_words(const struct store_lead_filter *filter, struct error *err)
{
    enum core_state state;
    enum core_place place;
    if (filter->state.size > 0 && !store_state_parse(filter->state, &state))
        return error_set(err, ML_EINVAL, "state",
                         "there is no state \"%.*s\"; a lead is captured, assigned, contacted, "
                         "qualified or disqualified",
                         BYTES_ARG(filter->state));
    if (filter->place.size > 0 && !store_place_parse(filter->place, &place))
        return error_set(err, ML_EINVAL, "place",
                         "there is no place \"%.*s\"; a lead is owned, waiting or closed",
                         BYTES_ARG(filter->place));
    return 0;
}

/* The hash under which a lead with this address is known. */
static struct hash128 email_key(struct bytes email)
{
    /* A release with nothing but an e-mail field: the one rule for keys stays in the policy. */
    const struct policy_field field = {.name = "email", .type = POLICY_STRING};
    const struct policy_release release = {.schema = {.fields = &field,
                                                      .count = 1,
                                                      .email = 0,
                                                      .phone = POLICY_NONE,
                                                      .external_id = POLICY_NONE}};
    const struct cel_value value = cel_string(email);
    struct hash128 key;
    struct arena arena;
    arena_init(&arena);
    policy_business_key(&release, 0, &value, &arena, &key);
    arena_release(&arena);
    return key;
}

/* ---- the SQL */

static void put_conditions(struct buffer *sql, const struct store_lead_filter *filter)
{
    if (filter->state.size > 0)
        buffer_printf(sql, " AND state = '%.*s'", BYTES_ARG(filter->state));
    if (filter->place.size > 0)
        buffer_printf(sql, " AND place = '%.*s'", BYTES_ARG(filter->place));
    if (filter->late)
        buffer_printf(sql, " AND late_count > 0");
    if (filter->pool.size > 0)
        buffer_printf(sql, " AND pool = ?%d", POOL);
    if (filter->class_name.size > 0)
        buffer_printf(sql, " AND class = ?%d", CLASS);
    if (filter->source.size > 0)
        buffer_printf(sql, " AND source = ?%d", SOURCE);
    if (filter->route.size > 0)
        buffer_printf(sql, " AND route = ?%d", ROUTE);
}

/* The leads of a rep: among the newest, then by the look-up. Both come newest first, and SQLite
 * merges them without sorting. */
static void put_rep_search(struct buffer *sql, const struct store_lead_filter *filter)
{
    buffer_printf(sql,
                  "SELECT leads.number, " STORE_LEAD_COLUMNS
                  " FROM leads NOT INDEXED WHERE leads.number < ?%d "
                  "AND leads.number > " THROUGH " AND leads.rep = ?%d",
                  BEFORE, REP);
    put_conditions(sql, filter);
    buffer_printf(sql,
                  " UNION ALL SELECT lead_rep_index.lead, " STORE_LEAD_COLUMNS
                  " FROM lead_rep_index CROSS JOIN leads "
                  "ON leads.number = lead_rep_index.lead WHERE lead_rep_index.rep = ?%d AND "
                  "lead_rep_index.lead < ?%d",
                  REP, BEFORE);
    put_conditions(sql, filter);
    buffer_printf(sql, " ORDER BY 1 DESC LIMIT ?%d", LIMIT);
}

static void put_walk(struct buffer *sql, const struct store_lead_filter *filter)
{
    bool waiting = bytes_is(filter->place, "waiting");
    const char *index = filter->email.size > 0 ? "NOT INDEXED"
                        : filter->late         ? "INDEXED BY leads_late"
                        : waiting              ? "INDEXED BY leads_waiting"
                                               : "NOT INDEXED";
    buffer_printf(
        sql, "SELECT leads.number, " STORE_LEAD_COLUMNS " FROM leads %s WHERE leads.number < ?%d",
        index, BEFORE);
    if (filter->rep.size > 0)
        buffer_printf(sql, " AND leads.rep = ?%d", REP);
    put_conditions(sql, filter);
    if (filter->email.size > 0)
        buffer_printf(sql, " AND leads.number = ?%d", NUMBER);
    buffer_printf(sql, " ORDER BY leads.number DESC LIMIT ?%d", LIMIT);
}

static int prepare(struct store_reader *reader, const struct store_lead_filter *filter,
                   sqlite3_stmt **ret, struct error *err)
{
    struct buffer sql;
    buffer_init(&sql, SQL_MAX);
    if (filter->rep.size > 0 && filter->email.size == 0)
        put_rep_search(&sql, filter);
    else
        put_walk(&sql, filter);
    ML_ASSERT(!sql.overflow);
    int code = store_sqlite_prepare(reader->db, reader->path, buffer_string(&sql), ret, err);
    buffer_release(&sql);
    return code;
}

static void bind(sqlite3_stmt *rows, const struct store_lead_filter *filter, uint64_t number,
                 uint32_t limit)
{
    uint64_t before = filter->before > 0 && filter->before < INT64_MAX ? filter->before : INT64_MAX;
    sqlite3_bind_int64(rows, BEFORE, (int64_t)before);
    sqlite3_bind_int64(rows, LIMIT, (int64_t)limit + 1); /* one more tells whether a page follows */
    sqlite3_bind_int64(rows, NUMBER, (int64_t)number);
    store_bind_text(rows, REP, filter->rep);
    store_bind_text(rows, POOL, filter->pool);
    store_bind_text(rows, CLASS, filter->class_name);
    store_bind_text(rows, SOURCE, filter->source);
    store_bind_text(rows, ROUTE, filter->route);
}

static int print_page(struct store_reader *reader, sqlite3_stmt *rows, uint32_t limit,
                      struct json_writer *json, uint64_t *ret_next, struct error *err)
{
    uint64_t last = 0;
    uint32_t count = 0;
    int code;
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1 && count < limit) {
        last = (uint64_t)sqlite3_column_int64(rows, 0);
        store_print_lead(rows, json);
        count++;
    }
    json_array_close(json);
    if (code < 0)
        return code;
    *ret_next = code == 1 ? last : 0;
    return 0;
}

static int read_page(struct store_reader *reader, const struct store_lead_filter *filter,
                     uint32_t limit, struct json_writer *json, uint64_t *ret_next,
                     struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    uint64_t number = 0; /* which no lead has */
    int code = 0;
    if (filter->email.size > 0)
        code = store_read_key(reader, email_key(filter->email), &number, err);
    if (code == 0)
        code = prepare(reader, filter, &rows, err);
    if (code != 0)
        return code;
    bind(rows, filter, number, limit);
    return print_page(reader, rows, limit, json, ret_next, err);
}

int store_read_leads(struct store_reader *reader, const struct store_lead_filter *filter,
                     uint32_t limit, struct json_writer *json, uint64_t *ret_next,
                     struct error *err)
{
    if (limit < 1 || limit > STORE_PAGE_MAX)
        return error_set(err, ML_EINVAL, "limit", "a page has 1 to %d leads", STORE_PAGE_MAX);
    int code = check_words(filter, err);
    if (code == 0)
        code = store_read_begin(reader, err);
    if (code != 0)
        return code;
    /* One snapshot for the search of a key and the page itself. */
    code = read_page(reader, filter, limit, json, ret_next, err);
    return store_read_end(reader, code, err);
}
