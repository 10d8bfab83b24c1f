/* What came, minute by minute: the series that surges and alerts are measured by. */
#include "store/internal.h"

#include <stdlib.h>

enum { SERIES_SHOWN = 50 };

static int prepare(struct store_reader *reader, const char *sql, int64_t from, uint32_t minutes,
                   sqlite3_stmt **ret, struct error *err)
{
    int code = store_sqlite_prepare(reader->db, reader->path, sql, ret, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(*ret, 1, from);
    sqlite3_bind_int64(*ret, 2, from + minutes);
    return 0;
}

/* ---- in all */

/* What is shown of a minute, and the series that it is the sum of. */
static const struct {
    const char *key;
    enum core_series_kind kind;
} members[] = {
    {"accepted", CORE_SERIES_SOURCE},
    {"refused", CORE_SERIES_REFUSED},
    {"exceptions", CORE_SERIES_EXCEPTION},
    {"met", CORE_SERIES_MET},
    {"late", CORE_SERIES_LATE},
    {"failed_deliveries", CORE_SERIES_FAILED},
};
enum { MEMBERS = sizeof members / sizeof *members };

struct minute {
    int64_t sums[MEMBERS];
};

static void print_minutes(const struct minute *sums, int64_t from, uint32_t minutes,
                          struct json_writer *json)
{
    json_key(json, "minutes");
    json_array_open(json);
    for (uint32_t i = 0; i < minutes; i++) {
        json_object_open(json);
        json_member_time(json, "minute", (from + i) * STORE_US_PER_MINUTE);
        for (int at = 0; at < MEMBERS; at++)
            json_member_integer(json, members[at].key, sums[i].sums[at]);
        json_object_close(json);
    }
    json_array_close(json);
}

static int read_total(struct store_reader *reader, int64_t from, uint32_t minutes,
                      struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct minute sums[STORE_ACTIVITY_MAX] = {0};
    int code = prepare(reader,
                       "SELECT minute, kind, sum(count) FROM series_minutes "
                       "WHERE minute >= ?1 AND minute < ?2 GROUP BY minute, kind",
                       from, minutes, &rows, err);
    while (code == 0 && (code = store_sqlite_step(rows, reader->path, err)) == 1) {
        int64_t at = sqlite3_column_int64(rows, 0) - from;
        for (int i = 0; i < MEMBERS; i++)
            if (bytes_is(store_column_text(rows, 1), core_series_kind_name(members[i].kind)))
                sums[at].sums[i] = sqlite3_column_int64(rows, 2);
        code = 0;
    }
    if (code == 0)
        print_minutes(sums, from, minutes, json);
    return code;
}

/* ---- by source or campaign */

struct series {
    struct bytes name;
    int64_t total;
    int64_t *counts; /* by minute */
};

struct reading {
    struct series *items; /* by name, then by total */
    size_t count, capacity;
    struct arena arena;
};

static struct series *series_get(struct reading *reading, struct bytes name, uint32_t minutes)
{
    if (reading->count > 0 && bytes_equal(reading->items[reading->count - 1].name, name))
        return &reading->items[reading->count - 1];
    if (reading->count == reading->capacity) {
        size_t capacity = reading->capacity > 0 ? 2 * reading->capacity : SERIES_SHOWN;
        struct series *items = arena_array(&reading->arena, capacity, sizeof *items);
        if (reading->count > 0)
            memcpy(items, reading->items, reading->count * sizeof *items);
        reading->items = items;
        reading->capacity = capacity;
    }
    struct series *series = &reading->items[reading->count++];
    series->name = arena_copy(&reading->arena, name);
    series->counts = arena_array(&reading->arena, minutes, sizeof *series->counts);
    return series;
}

static int most_first(const void *a, const void *b)
{
    const struct series *x = a, *y = b;
    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    size_t size = x->name.size < y->name.size ? x->name.size : y->name.size;
    int order = memcmp(x->name.data, y->name.data, size);
    return order != 0 ? order : (x->name.size > size) - (y->name.size > size);
}

static void print_series(const struct series *series, uint32_t minutes, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "value", series->name);
    json_member_integer(json, "total", series->total);
    json_key(json, "counts");
    json_array_open(json);
    for (uint32_t i = 0; i < minutes; i++)
        json_integer(json, series->counts[i]);
    json_array_close(json);
    json_object_close(json);
}

static void print_reading(struct reading *reading, uint32_t minutes, struct json_writer *json)
{
    struct series others = {.name = BYTES_LITERAL(STORE_OTHERS),
                            .counts = arena_array(&reading->arena, minutes, sizeof(int64_t))};
    if (reading->count > 0)
        qsort(reading->items, reading->count, sizeof *reading->items, most_first);
    json_key(json, "series");
    json_array_open(json);
    for (size_t at = 0; at < reading->count && at < SERIES_SHOWN; at++)
        print_series(&reading->items[at], minutes, json);
    json_array_close(json);
    if (reading->count <= SERIES_SHOWN)
        return;
    for (size_t at = SERIES_SHOWN; at < reading->count; at++) {
        others.total += reading->items[at].total;
        for (uint32_t i = 0; i < minutes; i++)
            others.counts[i] += reading->items[at].counts[i];
    }
    json_key(json, "others");
    print_series(&others, minutes, json);
}

static int read_series(struct store_reader *reader, enum core_series_kind kind, int64_t from,
                       uint32_t minutes, struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct reading reading = {0};
    arena_init(&reading.arena);
    int code = prepare(reader,
                       "SELECT name, minute, count FROM series_minutes "
                       "WHERE minute >= ?1 AND minute < ?2 AND kind = ?3 ORDER BY name, minute",
                       from, minutes, &rows, err);
    if (code == 0)
        store_bind_string(rows, 3, bytes_of(core_series_kind_name(kind)));
    while (code == 0 && (code = store_sqlite_step(rows, reader->path, err)) == 1) {
        struct series *series = series_get(&reading, store_column_text(rows, 0), minutes);
        int64_t count = sqlite3_column_int64(rows, 2);
        series->counts[sqlite3_column_int64(rows, 1) - from] = count;
        series->total += count;
        code = 0;
    }
    if (code == 0)
        print_reading(&reading, minutes, json);
    arena_release(&reading.arena);
    return code;
}

/* ---- either */

int store_read_activity(struct store_reader *reader, enum store_dimension by, int64_t from_us,
                        uint32_t minutes, struct json_writer *json, struct error *err)
{
    const int64_t from = from_us / STORE_US_PER_MINUTE;
    ML_ASSERT(minutes >= 1 && minutes <= STORE_ACTIVITY_MAX);
    if (by == STORE_BY_SOURCE)
        return read_series(reader, CORE_SERIES_SOURCE, from, minutes, json, err);
    if (by == STORE_BY_CAMPAIGN)
        return read_series(reader, CORE_SERIES_CAMPAIGN, from, minutes, json, err);
    return read_total(reader, from, minutes, json, err);
}
