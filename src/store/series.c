/* What is counted over time, as the core counts it (I2): a batch counts in memory, and adds to the
 * hours and minutes when it is over. */
#include "store/internal.h"

#include <stdlib.h>

static size_t add(struct store_series *series, enum core_series_kind kind, struct bytes name,
                  int64_t at, bool hourly)
{
    series->counts = store_grow(series->counts, series->count, sizeof *series->counts);
    series->counts[series->count] =
        (struct store_count){.kind = kind, .name = name, .at = at, .hourly = hourly};
    return series->count++;
}

/* Where the series counts at that time: *ret_minute, and the hour, both valid until the next. */
static struct store_count *take(struct store_series *series, enum core_series_kind kind,
                                struct bytes name, int64_t time_us, struct store_count **ret_minute)
{
    const struct core_series_name taken =
        core_series_names_take(series->names, kind, name, time_us);
    const int64_t minute = time_us / STORE_US_PER_MINUTE, hour = time_us / STORE_US_PER_HOUR;
    bool known = !taken.is_new && series->newest[taken.index].batch == series->batch;
    size_t at_minute = series->newest[taken.index].minute,
           at_hour = series->newest[taken.index].hour;
    if (!known || series->counts[at_minute].at != minute) {
        struct bytes kept =
            known ? series->counts[at_minute].name : arena_copy(&series->arena, taken.name);
        at_minute = add(series, kind, kept, minute, false);
        if (!known || series->counts[at_hour].at != hour)
            at_hour = add(series, kind, kept, hour, true);
        series->newest[taken.index].batch = series->batch;
        series->newest[taken.index].minute = at_minute;
        series->newest[taken.index].hour = at_hour;
    }
    *ret_minute = &series->counts[at_minute];
    return &series->counts[at_hour];
}

struct counting {
    struct store *store;
    int64_t time_us;
};

static void count_one(void *context, enum core_series_kind kind, struct bytes name)
{
    const struct counting *counting = context;
    struct store_count *minute;
    struct store_count *hour =
        take(&counting->store->series, kind, name, counting->time_us, &minute);
    minute->count++;
    hour->count++;
    if (counting->store->surges.count > 0 && store_surge_runs(counting->store, kind, hour->name))
        hour->surged = true;
}

void store_series_count(struct store *store, const struct core_event *event,
                        const struct core_series_subject *subject)
{
    struct counting counting = {store, event->time_us};
    core_series_of(event, subject, count_one, &counting);
}

void store_series_mark(struct store *store, enum core_series_kind kind, struct bytes name,
                       int64_t time_us)
{
    struct store_count *minute;
    take(&store->series, kind, name, time_us, &minute)->surged = true;
}

/* ---- writing */

static int write_count(struct store *store, const struct store_count *count, struct error *err)
{
    static const char hour[] =
        "INSERT INTO series_hours (hour, kind, name, count, surged) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT DO UPDATE SET count = count + excluded.count, "
        "surged = max(surged, excluded.surged)";
    static const char minute[] =
        "INSERT INTO series_minutes (minute, kind, name, count) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT DO UPDATE SET count = count + excluded.count";
    const struct bytes kind = bytes_of(core_series_kind_name(count->kind));
    const struct bytes name = count->name;
    if (!count->hourly)
        return STORE_EXECUTE(store, err, minute, STORE_INT(count->at), STORE_STRING(kind),
                             STORE_STRING(name), STORE_INT(count->count));
    return STORE_EXECUTE(store, err, hour, STORE_INT(count->at), STORE_STRING(kind),
                         STORE_STRING(name), STORE_INT(count->count), STORE_INT(count->surged));
}

/* Minutes that nobody asks for any more go faster than new ones come, and never many at once. */
static int forget_minutes(struct store *store, struct error *err)
{
    static const char sql[] =
        "DELETE FROM series_minutes WHERE minute <= ?1 AND minute <= (SELECT min(minute) FROM "
        "series_minutes) + 5";
    return STORE_EXECUTE(
        store, err, sql,
        STORE_INT(store->meta.time_us / STORE_US_PER_MINUTE - CORE_SERIES_MINUTES));
}

int store_series_write(struct store *store, struct error *err)
{
    struct store_series *series = &store->series;
    size_t written = series->count;
    int code = 0;
    for (size_t i = 0; code == 0 && i < written; i++)
        if (series->counts[i].hourly || series->counts[i].count > 0)
            code = write_count(store, &series->counts[i], err);
    series->count = 0;
    series->batch++;
    arena_reset(&series->arena);
    return code == 0 && written > 0 ? forget_minutes(store, err) : code;
}

int store_series_read(struct store *store, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    store_series_release(&store->series);
    store->series.names = core_series_names_new();
    store->series.batch = 1;
    arena_init(&store->series.arena);
    int code =
        store_sqlite_prepare(store->db, store->path,
                             "SELECT kind, name, max(hour) FROM series_hours WHERE hour > ?1 "
                             "GROUP BY kind, name",
                             &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, store->meta.time_us / STORE_US_PER_HOUR - CORE_SERIES_HOURS);
    while ((code = store_sqlite_step(rows, store->path, err)) == 1) {
        enum core_series_kind kind;
        if (!store_series_kind_parse(store_column_text(rows, 0), &kind))
            return error_set(err, ML_ECORRUPT, store->path,
                             "table series_hours has a kind that does not exist; run `meshline "
                             "rebuild`");
        core_series_names_take(store->series.names, kind, store_column_text(rows, 1),
                               sqlite3_column_int64(rows, 2) * STORE_US_PER_HOUR);
    }
    return code;
}

void store_series_release(struct store_series *series)
{
    if (series->names != NULL)
        arena_release(&series->arena);
    core_series_names_free(series->names);
    free(series->counts);
    *series = (struct store_series){0};
}
