/* What is not well along the way of leads: a few small counts. */
#include "store/internal.h"
#include "store/path.h"

#include <stddef.h>

/* One list of it: how its rows are asked for, and what becomes of one. `sql` may take the place in
 * the journal as ?1. */
struct list {
    const char *sql;
    size_t item_size;
    void (*read)(sqlite3_stmt *row, struct arena *arena, void *item);
};

static uint64_t number_of(sqlite3_stmt *row, int at)
{
    return (uint64_t)sqlite3_column_int64(row, at);
}

static struct bytes text_of(sqlite3_stmt *row, int at, struct arena *arena)
{
    struct bytes text = store_column_text(row, at);
    return text.size > 0 ? arena_copy(arena, text) : (struct bytes){0};
}

static void read_refusals(sqlite3_stmt *row, struct arena *arena, void *item)
{
    *(struct store_refusals *)item =
        (struct store_refusals){.source = text_of(row, 0, arena),
                                .contract = (uint32_t)sqlite3_column_int64(row, 1),
                                .count = number_of(row, 2)};
}

static void read_exceptions(sqlite3_stmt *row, struct arena *arena, void *item)
{
    *(struct store_open_exceptions *)item = (struct store_open_exceptions){
        .kind = text_of(row, 0, arena), .count = number_of(row, 1), .expired = number_of(row, 2)};
}

static void read_surge(sqlite3_stmt *row, struct arena *arena, void *item)
{
    *(struct store_running_surge *)item =
        (struct store_running_surge){.source = text_of(row, 0, arena),
                                     .arrivals = number_of(row, 1),
                                     .expected = number_of(row, 2)};
}

static void read_destination(sqlite3_stmt *row, struct arena *arena, void *item)
{
    *(struct store_destination_state *)item =
        (struct store_destination_state){.name = text_of(row, 0, arena),
                                         .breaker = text_of(row, 1, arena),
                                         .paused = sqlite3_column_int(row, 2) != 0,
                                         .disabled = sqlite3_column_int(row, 3) != 0,
                                         .pending = number_of(row, 4),
                                         .failed = number_of(row, 5),
                                         .failure = text_of(row, 6, arena)};
}

static int read_list(struct store_reader *reader, const struct list *list, uint64_t from_seq,
                     struct arena *arena, void *ret_items, size_t *ret_count, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    char *items = NULL;
    size_t count = 0, capacity = 0;
    int code = store_sqlite_prepare(reader->db, reader->path, list->sql, &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)from_seq); /* refused where there is no ?1 */
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        if (count == capacity) {
            char *more = arena_array(arena, capacity = capacity * 2 + 16, list->item_size);
            if (count > 0)
                memcpy(more, items, count * list->item_size);
            items = more;
        }
        list->read(rows, arena, items + count++ * list->item_size);
    }
    memcpy(ret_items, &items, sizeof items);
    *ret_count = count;
    return code;
}

int store_read_path_health(struct store_reader *reader, uint64_t from_seq, struct arena *arena,
                           struct store_path_health *ret, struct error *err)
{
    static const struct list refusals = {
        "SELECT source, contract, count(*) FROM dead_letters NOT INDEXED WHERE number >= ?1 AND "
        "state = 'open' GROUP BY source, contract",
        sizeof(struct store_refusals), read_refusals};
    static const struct list exceptions = {
        "SELECT kind, count(*), coalesce(sum(expired > 0), 0) FROM exceptions INDEXED BY "
        "exceptions_open WHERE state = 'open' GROUP BY kind",
        sizeof(struct store_open_exceptions), read_exceptions};
    static const struct list surges = {
        "SELECT name, arrivals, expected FROM surges INDEXED BY surges_running WHERE ended_us IS "
        "NULL AND kind = 'source' ORDER BY number",
        sizeof(struct store_running_surge), read_surge};
    static const struct list destinations = {
        "SELECT name, breaker, paused, disabled, pending, failed, failure FROM destinations WHERE "
        "present ORDER BY number",
        sizeof(struct store_destination_state), read_destination};
    *ret = (struct store_path_health){0};
    int code = store_read_begin(reader, err);
    if (code != 0)
        return code;
    code = read_list(reader, &refusals, from_seq, arena, &ret->refusals, &ret->refusal_count, err);
    if (code == 0)
        code = read_list(reader, &exceptions, from_seq, arena, &ret->exceptions,
                         &ret->exception_count, err);
    if (code == 0)
        code = read_list(reader, &surges, from_seq, arena, &ret->surges, &ret->surge_count, err);
    if (code == 0)
        code = read_list(reader, &destinations, from_seq, arena, &ret->destinations,
                         &ret->destination_count, err);
    return store_read_end(reader, code, err);
}
