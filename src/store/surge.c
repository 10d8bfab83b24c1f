/* Surges → rows. Which run is kept in memory, with what their leads add to them in a batch. */
#include "store/internal.h"

#include "base/id.h"

#include <inttypes.h>
#include <stdlib.h>

static struct store_surge *find(const struct store *store, uint64_t number)
{
    for (size_t i = 0; i < store->surges.count; i++)
        if (store->surges.items[i].number == number)
            return &store->surges.items[i];
    return NULL;
}

static void add(struct store *store, uint64_t number, enum core_series_kind kind, struct bytes name)
{
    struct store_surges *surges = &store->surges;
    surges->items = store_grow(surges->items, surges->count, sizeof *surges->items);
    surges->items[surges->count++] =
        (struct store_surge){.number = number, .kind = kind, .name = store_copy(name)};
}

void store_surges_release(struct store_surges *surges)
{
    for (size_t i = 0; i < surges->count; i++)
        free(surges->items[i].name);
    free(surges->items);
    *surges = (struct store_surges){0};
}

int store_surges_read(struct store *store, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    store_surges_release(&store->surges);
    int code = store_sqlite_prepare(store->db, store->path,
                                    "SELECT number, kind, name FROM surges INDEXED BY "
                                    "surges_running WHERE ended_us IS NULL ORDER BY number",
                                    &rows, err);
    while (code == 0 && (code = store_sqlite_step(rows, store->path, err)) == 1) {
        enum core_series_kind kind;
        if (!store_series_kind_parse(store_column_text(rows, 1), &kind))
            return error_set(err, ML_ECORRUPT, store->path,
                             "table surges has a kind that does not exist; run `meshline rebuild`");
        add(store, (uint64_t)sqlite3_column_int64(rows, 0), kind, store_column_text(rows, 2));
        code = 0;
    }
    return code;
}

bool store_surge_runs(const struct store *store, enum core_series_kind kind, struct bytes name)
{
    for (size_t i = 0; i < store->surges.count; i++)
        if (store->surges.items[i].kind == kind && bytes_is(name, store->surges.items[i].name))
            return true;
    return false;
}

void store_surge_count(struct store *store, uint64_t surge, enum core_measure measure)
{
    struct store_surge *found = find(store, surge);
    if (found == NULL)
        return; /* over */
    if (measure == CORE_MEASURE_NONE)
        found->leads++;
    else
        found->measures[measure]++;
}

static int write_surge(struct store *store, struct store_surge *surge, struct error *err)
{
    static const char sql[] =
        "UPDATE surges SET leads = leads + ?2, overflow = overflow + ?3, triage = triage + ?4, "
        "nurture = nurture + ?5, paced = paced + ?6, relaxed = relaxed + ?7 WHERE number = ?1";
    const uint64_t *measures = surge->measures;
    uint64_t touched = surge->leads;
    for (int i = 0; i < CORE_MEASURES; i++)
        touched += measures[i];
    if (touched == 0)
        return 0;
    int code = STORE_EXECUTE(
        store, err, sql, STORE_INT(surge->number), STORE_INT(surge->leads),
        STORE_INT(measures[CORE_MEASURE_OVERFLOW]), STORE_INT(measures[CORE_MEASURE_TRIAGE]),
        STORE_INT(measures[CORE_MEASURE_NURTURE]), STORE_INT(measures[CORE_MEASURE_PACED]),
        STORE_INT(measures[CORE_MEASURE_RELAXED]));
    surge->leads = 0;
    memset(surge->measures, 0, sizeof surge->measures);
    return code;
}

int store_surges_write(struct store *store, struct error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < store->surges.count; i++)
        code = write_surge(store, &store->surges.items[i], err);
    return code;
}

/* ---- events */

static const char *id_of(const struct core_event *event, char text[static LEAD_ID_TEXT_SIZE])
{
    entity_id_print(ID_SURGE, event->entity, text);
    return text;
}

int project_surge_started(const struct projection *p)
{
    static const char sql[] =
        "INSERT INTO surges (number, last_seq, kind, name, started_us, expired, expected, "
        "arrivals, peak, peak_us, peaked, planned, leads, overflow, triage, nurture, paced, "
        "relaxed) VALUES (?1, ?1, ?2, ?3, ?4, 0, ?5, ?6, ?6, ?4, 0, ?7, 0, 0, 0, 0, 0, 0)";
    const struct core_event *event = p->event;
    const struct policy_release *release;
    const char *kind = core_series_kind_name(event->surge.kind);
    char id[LEAD_ID_TEXT_SIZE];
    int code = store_active_release(p->store, &release, p->err);
    if (code == 0)
        code =
            STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity),
                          STORE_STRING(bytes_of(kind)), STORE_STRING(event->surge.name),
                          STORE_INT(event->time_us), STORE_INT(event->surge.expected),
                          STORE_INT(event->surge.window_count), STORE_INT(release->surge.planned));
    if (code != 0)
        return code;
    add(p->store, event->entity, event->surge.kind, event->surge.name);
    store_series_mark(p->store, event->surge.kind, event->surge.name, event->time_us);
    return store_timeline_add(p, id_of(event, id),
                              "surge of %s %.*s: %u in the window, %u.%02u expected", kind,
                              BYTES_ARG(event->surge.name), event->surge.window_count,
                              event->surge.expected / 100, event->surge.expected % 100);
}

int project_surge_peaked(const struct projection *p)
{
    static const char sql[] = "UPDATE surges SET last_seq = ?2, peaked = 1, peak = ?3, "
                              "peak_us = ?4 WHERE number = ?1";
    const struct core_event *event = p->event;
    char id[LEAD_ID_TEXT_SIZE];
    int code =
        STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->seq),
                      STORE_INT(event->surge.window_count), STORE_TIME(event->surge.peak_us));
    return code == 0 ? store_timeline_add(p, id_of(event, id),
                                          "the surge of %s %.*s is past its peak of %u",
                                          core_series_kind_name(event->surge.kind),
                                          BYTES_ARG(event->surge.name), event->surge.window_count)
                     : code;
}

static void wake(const struct projection *p, struct store_row *row)
{
    if (row->place != CORE_PLACE_NURTURE || row->surge != p->event->entity ||
        row->pool == CORE_NONE)
        return;
    row->due_us = row->until_us = p->event->time_us;
    row->moved = true;
}

/* What its plan put aside comes back at once: in the table, and in the rows of this batch. */
static int wake_leads(const struct projection *p)
{
    static const char sql[] = "SELECT number FROM leads INDEXED BY leads_put_aside WHERE "
                              "place = 'nurture' AND surge = ?1 AND pool IS NOT NULL";
    sqlite3_stmt *rows;
    struct store_row *row;
    for (size_t i = 0; i < p->store->row_count; i++)
        wake(p, &p->store->rows[i]);
    int code = store_sql(p->store, sql, &rows, p->err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)p->event->entity);
    while ((code = store_sqlite_step(rows, p->store->path, p->err)) == 1) {
        code = store_row_get(p->store, (uint64_t)sqlite3_column_int64(rows, 0), &row, p->err);
        if (code != 0)
            break;
        wake(p, row);
    }
    sqlite3_reset(rows);
    return code;
}

static void forget(struct store *store, const struct store_surge *surge)
{
    struct store_surges *surges = &store->surges;
    size_t at = (size_t)(surge - surges->items);
    free(surges->items[at].name);
    memmove(&surges->items[at], &surges->items[at + 1],
            (--surges->count - at) * sizeof *surges->items);
}

int project_surge_ended(const struct projection *p)
{
    static const char sql[] = "UPDATE surges SET last_seq = ?2, ended_us = ?3, expired = ?4, "
                              "peak = max(peak, ?5) WHERE number = ?1";
    const struct core_event *event = p->event;
    char id[LEAD_ID_TEXT_SIZE];
    struct store_surge *surge = find(p->store, event->entity);
    if (surge == NULL)
        return error_set(p->err, ML_ECORRUPT, p->store->path,
                         "event %" PRIu64 " ends surge S%" PRIu64 ", which does not run in the "
                         "view; run `meshline rebuild`",
                         event->seq, event->entity);
    store_series_mark(p->store, surge->kind, bytes_of(surge->name), event->time_us);
    int code = write_surge(p->store, surge, p->err);
    if (code == 0)
        code = STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->seq),
                             STORE_INT(event->time_us), STORE_INT(event->surge.expired),
                             STORE_INT(event->surge.window_count));
    if (code == 0)
        code = wake_leads(p);
    if (code == 0)
        code = store_timeline_add(p, id_of(event, id),
                                  "the surge of %s %s is over%s after %" PRIu64 " leads",
                                  core_series_kind_name(surge->kind), surge->name,
                                  event->surge.expired ? " by its time" : "", event->surge.leads);
    if (code == 0)
        forget(p->store, surge);
    return code;
}
