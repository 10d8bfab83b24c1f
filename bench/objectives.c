/* The heatmap: 30 days of hourly counters by class, campaign and source, out of 40 days as
 * 5,000,000 leads would have left them (500,000 with --quick), asked for as the API asks.
 *
 * The counters are inserted as rows and the leads are not there, because the query reads counters
 * only: how many leads they stand for is what the rows say, not how many there are. Each of 40
 * campaigns, 8 sources and 3 classes has leads in every hour, which is the worst case: no row can
 * be left out. `p99_ms` is of the clock, `cpu_p99_ms` of the processor, which other work of the
 * machine hardly moves. */
#include "measure.h"

#include "store/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

enum {
    HOURS = 40 * 24,
    FIRST_HOUR = 490000,
    FIRST_ASKED = FIRST_HOUR + 9 * 24 + 5, /* in the midst of what there is */
    HOURS_ASKED = 30 * 24,
    CLASSES = 3,
    ROUNDS = 60,
    ROUNDS_QUICK = 20,
};

static const struct {
    enum store_dimension by;
    int values;
} dimensions[] = {{STORE_BY_CLASS, CLASSES}, {STORE_BY_CAMPAIGN, 40}, {STORE_BY_SOURCE, 8}};

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        measure_fail("%s: %s", sql, sqlite3_errmsg(db));
}

/* Every cell of a dimension, for three objectives; returns how many rows that is. */
static uint64_t fill(sqlite3 *db, enum store_dimension by, int values, int leads_an_hour)
{
    static const char format[] =
        "WITH RECURSIVE h(hour) AS (SELECT %d UNION ALL SELECT hour + 1 FROM h WHERE hour < %d), "
        "v(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM v WHERE value < %d), "
        "c(class) AS (SELECT 0 UNION ALL SELECT class + 1 FROM c WHERE class < %d), "
        "o(objective) AS (VALUES ('assigned'), ('contacted'), ('qualified')) "
        "INSERT INTO objective_counts SELECT '%s', objective, "
        "CASE '%s' WHEN 'class' THEN 'class-' || class ELSE '%s-' || value END, 'class-' || class, "
        "hour, %d, 2, 1, 0, %d * 90000000, x'0407050a060a' FROM h, v, c, o "
        "WHERE '%s' <> 'class' OR value = 0";
    const char *name = store_dimension_name(by);
    int cells = values * (by == STORE_BY_CLASS ? 1 : CLASSES);
    int met = leads_an_hour / cells > 0 ? leads_an_hour / cells : 1;
    char sql[2000];
    snprintf(sql, sizeof sql, format, FIRST_HOUR, FIRST_HOUR + HOURS - 1, values - 1, CLASSES - 1,
             name, name, name, met, met, name);
    run(db, sql);
    return (uint64_t)sqlite3_changes64(db);
}

static void fill_all(const char *path, int leads, uint64_t *ret_rows)
{
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK)
        measure_fail("%s: %s", path, sqlite3_errmsg(db));
    run(db, "BEGIN");
    *ret_rows = 0;
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++)
        *ret_rows += fill(db, dimensions[i].by, dimensions[i].values, leads / HOURS);
    run(db, "COMMIT");
    sqlite3_close(db);
}

static double now_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The heatmap of one objective, hour by hour. */
static double ask(struct store_reader *reader, enum store_dimension by, double *ret_cpu_ms,
                  uint64_t *ret_bytes)
{
    const int64_t hour_us = INT64_C(3600) * 1000000;
    const struct store_objective_query query = {.by = by,
                                                .from_us = FIRST_ASKED * hour_us,
                                                .to_us = (FIRST_ASKED + HOURS_ASKED) * hour_us,
                                                .objective = BYTES_LITERAL("contacted"),
                                                .cells = true};
    struct buffer out;
    struct json_writer json;
    struct error err = {0};
    buffer_init(&out, 256 * 1024 * 1024);
    json_begin(&json, &out);
    double start_ms = now_ms(CLOCK_MONOTONIC), start_cpu_ms = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    if (store_read_objectives(reader, &query, UINT32_MAX, &json, &err) != 0)
        measure_fail("%s: %s", err.place, err.message);
    *ret_cpu_ms = now_ms(CLOCK_PROCESS_CPUTIME_ID) - start_cpu_ms;
    double took_ms = now_ms(CLOCK_MONOTONIC) - start_ms;
    *ret_bytes += out.size;
    buffer_release(&out);
    return took_ms;
}

int main(int argc, char **argv)
{
    bool quick = measure_options(argc, argv);
    char path[300];
    double times[ROUNDS * 3], cpu_times[ROUNDS * 3];
    struct store *store;
    struct store_reader *reader;
    struct error err = {0};
    uint64_t rows, bytes = 0;
    int leads = quick ? 500000 : 5000000;
    snprintf(path, sizeof path, "%s/state.db", measure_directory());
    if (store_open(path, NULL, &store, &err) != 0)
        measure_fail("%s: %s", err.place, err.message);
    store_close(store);
    fill_all(path, leads, &rows);
    if (store_reader_open(path, NULL, &reader, &err) != 0)
        measure_fail("%s: %s", err.place, err.message);
    size_t count = 0, rounds = quick ? ROUNDS_QUICK : ROUNDS;
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++, count++)
            times[count] = ask(reader, dimensions[i].by, &cpu_times[count], &bytes);
    store_reader_close(reader);
    printf("objectives p50_ms=%.2f p99_ms=%.2f cpu_p99_ms=%.2f rows=%llu leads=%d "
           "answer_bytes=%llu\n",
           measure_percentile(times, count, 0.5), measure_percentile(times, count, 0.99),
           measure_percentile(cpu_times, count, 0.99), (unsigned long long)rows, leads,
           (unsigned long long)(bytes / count));
    return 0;
}
