/* What is counted over time, as the core counts it (I2): a batch counts in memory and adds to each
 * hour and each minute once. */
#include "store/internal.h"

#include <stdlib.h>

static struct store_count *count_get(struct store_series *series, enum core_series_kind kind,
                                     struct bytes name, int64_t time_us, bool hourly)
{
    struct core_series_name taken = core_series_names_take(series->names, kind, name, time_us);
    const int64_t at = time_us / (hourly ? STORE_US_PER_HOUR : STORE_US_PER_MINUTE);
    if (taken.is_new)
        series->uses[taken.index]++;
    const struct hash128 key = {UINT64_C(1) << 63 | (uint64_t)hourly << 62 |
                                    (uint64_t)series->uses[taken.index] << 16 | taken.index,
                                (uint64_t)at};
    const uint64_t *found = map_find(&series->index, key);
    if (found != NULL)
        return &series->counts[*found];
    series->counts = store_grow(series->counts, series->count, sizeof *series->counts);
    struct store_count *added = &series->counts[series->count];
    *added = (struct store_count){
        .kind = kind, .name = arena_copy(&series->arena, taken.name), .at = at, .hourly = hourly};
    map_put(&series->index, key, series->count++);
    return added;
}

struct counting {
    struct store *store;
    int64_t time_us;
};

static void count_one(void *context, enum core_series_kind kind, struct bytes name)
{
    const struct counting *counting = context;
    struct store_series *series = &counting->store->series;
    count_get(series, kind, name, counting->time_us, false)->count++;
    struct store_count *hour = count_get(series, kind, name, counting->time_us, true);
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
    count_get(&store->series, kind, name, time_us, true)->surged = true;
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
        code = write_count(store, &series->counts[i], err);
    series->count = 0;
    map_release(&series->index);
    arena_reset(&series->arena);
    return code == 0 && written > 0 ? forget_minutes(store, err) : code;
}

int store_series_read(struct store *store, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    store_series_release(&store->series);
    store->series.names = core_series_names_new();
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
        struct core_series_name taken =
            core_series_names_take(store->series.names, kind, store_column_text(rows, 1),
                                   sqlite3_column_int64(rows, 2) * STORE_US_PER_HOUR);
        store->series.uses[taken.index] += taken.is_new;
    }
    return code;
}

void store_series_release(struct store_series *series)
{
    if (series->names != NULL)
        arena_release(&series->arena);
    core_series_names_free(series->names);
    free(series->counts);
    map_release(&series->index);
    *series = (struct store_series){0};
}
