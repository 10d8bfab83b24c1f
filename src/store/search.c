/* Finding deliveries among millions: each search is led by an index, and stops at the end of its
 * page. Destination and state are an index of their own; a search for one of them without the other
 * asks for each of the others in turn and takes what comes first. */
#include "store/search.h"

#include <stdlib.h>

enum { SQL_MAX = 2048 };
enum parameter { ABOVE = 1, BELOW, LIMIT, DESTINATION, STATE, PURPOSE, TARGET, REASON, LEAD };

int store_delivery_filter_check(const struct store_delivery_filter *filter, struct error *err)
{
    enum core_delivery_state state;
    enum policy_purpose purpose;
    if (filter->state.size > 0 && !store_delivery_state_parse(filter->state, &state))
        return error_set(err, ML_EINVAL, "state",
                         "there is no state \"%.*s\"; a delivery is pending, delivered, failed, "
                         "discarded or unrouted",
                         BYTES_ARG(filter->state));
    if (filter->purpose.size > 0 && !store_purpose_parse(filter->purpose, &purpose))
        return error_set(err, ML_EINVAL, "purpose",
                         "there is no purpose \"%.*s\"; there are deliver, enrich, assignment, "
                         "reminder, escalation, exception, page, ticket, notice and remediation",
                         BYTES_ARG(filter->purpose));
    return 0;
}

/* ---- times: numbers rise with them */

/* The first number made at or after that time, among those below `end`. */
static int first_at(struct store_reader *reader, sqlite3_stmt *row, int64_t time_us, uint64_t end,
                    uint64_t *ret, struct error *err)
{
    uint64_t low = 0, high = end;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        sqlite3_bind_int64(row, 1, (int64_t)middle);
        int code = store_sqlite_step(row, reader->path, err);
        if (code < 0)
            return code;
        if (code == 1 && sqlite3_column_int64(row, 1) < time_us)
            low = (uint64_t)sqlite3_column_int64(row, 0) + 1;
        else
            high = middle;
        sqlite3_reset(row);
    }
    *ret = low;
    return 0;
}

int store_delivery_times(struct store_reader *reader, int64_t from_us, int64_t to_us,
                         uint64_t *ret_from, uint64_t *ret_to, struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    *ret_from = 0;
    *ret_to = INT64_MAX;
    if (from_us == 0 && to_us == 0)
        return 0;
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT number, created_us FROM deliveries WHERE number >= ?1 "
                                    "ORDER BY number LIMIT 1",
                                    &row, err);
    if (code == 0 && from_us != 0)
        code = first_at(reader, row, from_us, INT64_MAX, ret_from, err);
    if (code == 0 && to_us != 0)
        code = first_at(reader, row, to_us, INT64_MAX, ret_to, err);
    return code;
}

/* ---- the SQL of one look */

static bool by_state(const struct store_delivery_filter *filter)
{
    return filter->lead == 0 && filter->target.size == 0 &&
           (filter->destination.size > 0 || filter->state.size > 0 || filter->reason.size > 0);
}

static const char *index_of(const struct store_delivery_filter *filter)
{
    if (filter->lead != 0)
        return "INDEXED BY deliveries_lead";
    if (filter->target.size > 0)
        return "INDEXED BY deliveries_target";
    if (filter->reason.size > 0)
        return "INDEXED BY deliveries_reason";
    if (by_state(filter))
        return "INDEXED BY deliveries_state";
    return filter->purpose.size > 0 && !bytes_is(filter->purpose, "deliver")
               ? "INDEXED BY deliveries_purpose"
               : "NOT INDEXED";
}

static void put_sql(struct buffer *sql, const struct store_search *search)
{
    const struct store_delivery_filter *filter = search->filter;
    const bool states = by_state(filter);
    buffer_printf(sql, "SELECT number FROM deliveries %s WHERE number > ?%d AND number < ?%d",
                  index_of(filter), ABOVE, BELOW);
    if (filter->lead != 0)
        buffer_printf(sql, " AND lead = ?%d", LEAD);
    if (filter->target.size > 0)
        buffer_printf(sql, " AND target = ?%d", TARGET);
    if (filter->reason.size > 0)
        buffer_printf(sql, " AND reason = ?%d", REASON);
    /* As text where it selects a partial index. */
    if (filter->purpose.size > 0)
        buffer_printf(sql, " AND purpose = ?%d%s", PURPOSE,
                      bytes_is(filter->purpose, "deliver") ? "" : " AND purpose <> 'deliver'");
    if (states || filter->destination.size > 0)
        buffer_printf(sql, " AND destination = ?%d", DESTINATION);
    if (states || filter->state.size > 0)
        buffer_printf(sql, " AND state = ?%d", STATE);
    buffer_printf(sql, " ORDER BY number %s LIMIT ?%d", search->newest ? "DESC" : "", LIMIT);
}

static int prepare(struct store_reader *reader, const struct store_search *search,
                   sqlite3_stmt **ret, struct error *err)
{
    const struct store_delivery_filter *filter = search->filter;
    struct buffer sql;
    buffer_init(&sql, SQL_MAX);
    put_sql(&sql, search);
    ML_ASSERT(!sql.overflow);
    int code = store_sqlite_prepare(reader->db, reader->path, buffer_string(&sql), ret, err);
    buffer_release(&sql);
    if (code != 0)
        return code;
    sqlite3_bind_int64(*ret, ABOVE, (int64_t)search->above);
    sqlite3_bind_int64(*ret, BELOW, (int64_t)search->below);
    sqlite3_bind_int64(*ret, LIMIT, (int64_t)search->limit);
    store_bind_string(*ret, DESTINATION, filter->destination);
    store_bind_string(*ret, STATE, filter->state);
    store_bind_string(*ret, PURPOSE, filter->purpose);
    store_bind_string(*ret, TARGET, filter->target);
    store_bind_string(*ret, REASON, filter->reason);
    sqlite3_bind_int64(*ret, LEAD, (int64_t)filter->lead);
    return 0;
}

/* ---- all looks together */

struct found {
    uint64_t *numbers;
    size_t count;
};

static int take(struct store_reader *reader, sqlite3_stmt *rows, struct found *found,
                struct error *err)
{
    int code;
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        found->numbers = store_grow(found->numbers, found->count, sizeof *found->numbers);
        found->numbers[found->count++] = (uint64_t)sqlite3_column_int64(rows, 0);
    }
    return code;
}

static int take_states(struct store_reader *reader, sqlite3_stmt *rows, struct bytes destination,
                       struct bytes state, struct found *found, struct error *err)
{
    int code = 0;
    store_bind_string(rows, DESTINATION, destination);
    for (int i = 0; code == 0 && i < CORE_DELIVERY_STATES; i++) {
        const char *name = core_delivery_state_name((enum core_delivery_state)i);
        /* Only what nobody can be told has no destination. */
        if ((state.size > 0 && !bytes_is(state, name)) ||
            (destination.size == 0) != (i == CORE_DELIVERY_UNROUTED))
            continue;
        store_bind_string(rows, STATE, bytes_of(name));
        code = take(reader, rows, found, err);
    }
    return code;
}

static int take_all(struct store_reader *reader, sqlite3_stmt *rows,
                    const struct store_delivery_filter *filter, struct found *found,
                    struct error *err)
{
    STORE_STATEMENT_AUTO *names = NULL;
    if (filter->destination.size > 0)
        return take_states(reader, rows, filter->destination, filter->state, found, err);
    int code = store_sqlite_prepare(
        reader->db, reader->path, "SELECT '' UNION ALL SELECT name FROM destinations", &names, err);
    while (code == 0 && (code = store_sqlite_step(names, reader->path, err)) == 1)
        code = take_states(reader, rows, store_column_text(names, 0), filter->state, found, err);
    return code;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

static int compare_newest(const void *a, const void *b)
{
    return compare(b, a);
}

int store_deliveries_search(struct store_reader *reader, const struct store_search *search,
                            uint64_t **ret_numbers, size_t *ret_count, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct found found = {0};
    int code = prepare(reader, search, &rows, err);
    if (code == 0)
        code = by_state(search->filter) ? take_all(reader, rows, search->filter, &found, err)
                                        : take(reader, rows, &found, err);
    if (code != 0) {
        free(found.numbers);
        return code;
    }
    if (found.count > 0)
        qsort(found.numbers, found.count, sizeof *found.numbers,
              search->newest ? compare_newest : compare);
    *ret_numbers = found.numbers;
    *ret_count = found.count < search->limit ? found.count : search->limit;
    return 0;
}
