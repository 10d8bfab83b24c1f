/* Rows → core, at start: exceptions, series, surges, alerts, silences, incidents. */
#include "store/internal.h"

#include <inttypes.h>

/* Calls `load` for every row of a query, whose first parameter, if it has one, is `from`. */
struct clock_load {
    struct store *store;
    struct core *core;
    struct error *err;
    int64_t from;
};

static int each(const struct clock_load *load, const char *sql,
                int (*take)(const struct clock_load *, sqlite3_stmt *))
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(load->store->db, load->store->path, sql, &rows, load->err);
    if (code != 0)
        return code;
    if (sqlite3_bind_parameter_count(rows) > 0)
        sqlite3_bind_int64(rows, 1, load->from);
    while (code == 0 && (code = store_sqlite_step(rows, load->store->path, load->err)) == 1)
        code = take(load, rows);
    return code;
}

static int damaged(const struct clock_load *load, const char *table)
{
    return error_set(load->err, ML_ECORRUPT, load->store->path,
                     "table %s has a word that does not exist, or names what is not there; run "
                     "`meshline rebuild`",
                     table);
}

static uint64_t number_at(sqlite3_stmt *row, int at)
{
    return (uint64_t)sqlite3_column_int64(row, at);
}

/* Text of a row that moves on; "" for NULL. */
static const char *string_at(sqlite3_stmt *row, int at)
{
    const char *text = (const char *)sqlite3_column_text(row, at);
    return text != NULL ? text : "";
}

/* ---- exceptions */

static bool is_known(const struct clock_load *load, enum core_about about, uint64_t lead,
                     struct bytes subject)
{
    switch (about) {
    case CORE_ABOUT_LEAD: return core_lead_find(load->core, lead) != NULL;
    case CORE_ABOUT_SOURCE: return core_source_find(load->core, subject) != CORE_NONE;
    case CORE_ABOUT_DESTINATION: return core_destination_find(load->core, subject) != CORE_NONE;
    case CORE_ABOUT_POOL:
    default: return core_pool_find(load->core, subject) != CORE_NONE;
    }
}

static int load_exception(const struct clock_load *load, sqlite3_stmt *row)
{
    struct core_exception exception = {.number = number_at(row, 0),
                                       .last_seq = number_at(row, 1),
                                       .kind = string_at(row, 2),
                                       .queue = string_at(row, 3),
                                       .team = string_at(row, 4),
                                       .claimed_by = string_at(row, 5),
                                       .lead = number_at(row, 7),
                                       .holding = sqlite3_column_int(row, 9) != 0,
                                       .opened_us = sqlite3_column_int64(row, 10),
                                       .due_us = sqlite3_column_int64(row, 11),
                                       .count = (uint32_t)sqlite3_column_int64(row, 12)};
    struct bytes subject = store_column_text(row, 8);
    if (!store_about_parse(store_column_text(row, 6), &exception.about) ||
        !is_known(load, exception.about, exception.lead, subject))
        return damaged(load, "exceptions");
    core_load_exception(load->core, &exception, subject);
    return 0;
}

static int load_excused(const struct clock_load *load, sqlite3_stmt *row)
{
    enum core_about about;
    struct bytes subject = store_column_text(row, 1);
    if (!store_about_parse(store_column_text(row, 0), &about) || about == CORE_ABOUT_LEAD ||
        !is_known(load, about, 0, subject))
        return damaged(load, "exceptions");
    core_load_excused(load->core, about, subject, sqlite3_column_int64(row, 2));
    return 0;
}

static int load_exceptions(const struct clock_load *load)
{
    int code = each(load,
                    "SELECT number, last_seq, kind, queue, team, claimed_by, about, lead, subject, "
                    "holding, opened_us, due_us, expired FROM exceptions INDEXED BY "
                    "exceptions_state WHERE state = 'open' ORDER BY number",
                    load_exception);
    /* Those that only overtook themselves excuse nobody; destinations are not watched so. */
    return code == 0 ? each(load,
                            "SELECT about, subject, max(resolved_us) FROM exceptions INDEXED BY "
                            "exceptions_beside WHERE about IN ('source', 'pool') AND lead IS NULL "
                            "AND state = 'resolved' AND "
                            "resolution <> 'overtaken' GROUP BY about, subject",
                            load_excused)
                     : code;
}

/* ---- series and surges */

static int load_hour(const struct clock_load *load, sqlite3_stmt *row)
{
    enum core_series_kind kind;
    if (!store_series_kind_parse(store_column_text(row, 1), &kind))
        return damaged(load, "series_hours");
    core_load_series(load->core, kind, store_column_text(row, 2), true,
                     sqlite3_column_int64(row, 0) * STORE_US_PER_HOUR,
                     (uint32_t)sqlite3_column_int64(row, 3), sqlite3_column_int(row, 4) != 0);
    return 0;
}

static int load_minute(const struct clock_load *load, sqlite3_stmt *row)
{
    enum core_series_kind kind;
    if (!store_series_kind_parse(store_column_text(row, 1), &kind))
        return damaged(load, "series_minutes");
    core_load_series(load->core, kind, store_column_text(row, 2), false,
                     sqlite3_column_int64(row, 0) * STORE_US_PER_MINUTE,
                     (uint32_t)sqlite3_column_int64(row, 3), false);
    return 0;
}

static int load_surge(const struct clock_load *load, sqlite3_stmt *row)
{
    struct core_surge surge = {.number = number_at(row, 0),
                               .last_seq = number_at(row, 1),
                               .name = string_at(row, 3),
                               .started_us = sqlite3_column_int64(row, 4),
                               .expected = (uint32_t)sqlite3_column_int64(row, 5),
                               .peak = (uint32_t)sqlite3_column_int64(row, 6),
                               .peak_us = sqlite3_column_int64(row, 7),
                               .peaked = sqlite3_column_int(row, 8) != 0,
                               .planned = sqlite3_column_int(row, 9) != 0,
                               .leads = number_at(row, 10),
                               .measures = {[CORE_MEASURE_OVERFLOW] = number_at(row, 11),
                                            [CORE_MEASURE_TRIAGE] = number_at(row, 12),
                                            [CORE_MEASURE_NURTURE] = number_at(row, 13),
                                            [CORE_MEASURE_PACED] = number_at(row, 14),
                                            [CORE_MEASURE_RELAXED] = number_at(row, 15)}};
    if (!store_series_kind_parse(store_column_text(row, 2), &surge.kind))
        return damaged(load, "surges");
    core_load_surge(load->core, &surge);
    return 0;
}

static int load_counted(struct clock_load *load)
{
    const int64_t now_us = load->store->meta.time_us;
    load->from = now_us / STORE_US_PER_HOUR - CORE_SERIES_HOURS;
    int code = each(load,
                    "SELECT hour, kind, name, count, surged FROM series_hours WHERE hour > ?1 "
                    "ORDER BY hour",
                    load_hour);
    load->from = now_us / STORE_US_PER_MINUTE - CORE_SERIES_MINUTES;
    if (code == 0)
        code = each(load,
                    "SELECT minute, kind, name, count FROM series_minutes WHERE minute > ?1 "
                    "ORDER BY minute",
                    load_minute);
    if (code == 0)
        code = each(load,
                    "SELECT number, last_seq, kind, name, started_us, expected, peak, peak_us, "
                    "peaked, planned, leads, overflow, triage, nurture, paced, relaxed FROM surges "
                    "INDEXED BY surges_running WHERE ended_us IS NULL ORDER BY number",
                    load_surge);
    return code;
}

/* ---- alerts, silences, incidents */

static int load_alert(const struct clock_load *load, sqlite3_stmt *row)
{
    bool fires = bytes_is(store_column_text(row, 2), "firing");
    const struct core_alert alert = {.number = number_at(row, 0),
                                     .last_seq = number_at(row, 1),
                                     .state = fires ? CORE_ALERT_IS_FIRING : CORE_ALERT_IS_PENDING,
                                     .rule = string_at(row, 3),
                                     .label = string_at(row, 4),
                                     .team = string_at(row, 5),
                                     .urgent = sqlite3_column_int(row, 6) != 0,
                                     .since_us = sqlite3_column_int64(row, fires ? 8 : 7),
                                     .told_us = sqlite3_column_int64(row, 9)};
    core_load_alert(load->core, &alert);
    return 0;
}

static int load_silence(const struct clock_load *load, sqlite3_stmt *row)
{
    const struct core_silence silence = {number_at(row, 0), string_at(row, 1), string_at(row, 2),
                                         sqlite3_column_int64(row, 3)};
    core_load_silence(load->core, &silence);
    return 0;
}

static int load_items(const struct clock_load *load, struct core_incident *incident,
                      struct arena *arena)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(load->store->db, load->store->path,
                                    "SELECT due_us, remind_us, done_us IS NOT NULL, owner FROM "
                                    "incident_items WHERE incident = ?1 ORDER BY item",
                                    &rows, load->err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)incident->number);
    while ((code = store_sqlite_step(rows, load->store->path, load->err)) == 1) {
        if (incident->item_count == CORE_ITEMS_MAX)
            return damaged(load, "incident_items");
        incident->items[incident->item_count++] = (struct core_incident_item){
            sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1),
            sqlite3_column_int(rows, 2) != 0, arena_string(arena, store_column_text(rows, 3))};
    }
    return code;
}

static int load_incident(const struct clock_load *load, sqlite3_stmt *row)
{
    struct core_incident incident = {.number = number_at(row, 0),
                                     .last_seq = number_at(row, 1),
                                     .closed = bytes_is(store_column_text(row, 2), "closed"),
                                     .class_name = string_at(row, 3),
                                     .alert = number_at(row, 5),
                                     .rule = string_at(row, 6),
                                     .label = string_at(row, 7),
                                     .closed_us = sqlite3_column_int64(row, 8),
                                     .team = string_at(row, 9)};
    if (incident.class_name[0] != '\0' &&
        !store_objective_parse(store_column_text(row, 4), &incident.objective))
        return damaged(load, "incidents");
    struct arena arena; /* for the owners of its items */
    arena_init(&arena);
    int code = load_items(load, &incident, &arena);
    if (code == 0)
        core_load_incident(load->core, &incident);
    arena_release(&arena);
    return code;
}

int store_load_clock(struct store *store, struct core *core, struct error *err)
{
    struct clock_load load = {store, core, err, 0};
    int code = load_exceptions(&load);
    if (code == 0)
        code = load_counted(&load);
    if (code == 0)
        code = each(&load,
                    "SELECT number, last_seq, state, rule, label, team, urgent, pending_us, "
                    "fired_us, told_us FROM alerts INDEXED BY alerts_open WHERE "
                    "state <> 'resolved' ORDER BY number",
                    load_alert);
    load.from = store->meta.time_us;
    if (code == 0)
        code = each(&load,
                    "SELECT number, rule, label, until_us FROM silences WHERE until_us > ?1 AND "
                    "ended_us IS NULL ORDER BY number",
                    load_silence);
    load.from = store->meta.time_us - CORE_INCIDENT_KEPT_US;
    if (code == 0)
        code = each(&load,
                    "SELECT number, last_seq, state, class, objective, alert, "
                    "(SELECT rule FROM alerts WHERE alerts.number = alert), "
                    "(SELECT label FROM alerts WHERE alerts.number = alert), closed_us, "
                    "team FROM incidents WHERE state = 'open' OR items_open > 0 OR closed_us > ?1 "
                    "ORDER BY number",
                    load_incident);
    return code;
}
