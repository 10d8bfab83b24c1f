/* Alerts, silences and surges, newest first. */
#include "store/print.h"

/* ---- alerts
 *
 *   {"id": "A12", "version": 14, "state": "firing", "rule": "hot-missed", "label": "hot",
 *    "team": "sales", "urgent": true, "value": 1200, "since_at": …, "pending_at": …, "fired_at": …,
 *    "told_at": …, "resolved_at": …, "silenced": false} */

static void print_alert(sqlite3_stmt *row, struct json_writer *json)
{
    int64_t pending_us = sqlite3_column_int64(row, 8), fired_us = sqlite3_column_int64(row, 9);
    json_object_open(json);
    store_print_id(json, "id", ID_ALERT, sqlite3_column_int64(row, 0));
    json_member_integer(json, "version", sqlite3_column_int64(row, 1));
    json_member(json, "state", store_column_text(row, 2));
    json_member(json, "rule", store_column_text(row, 3));
    json_member(json, "label", store_column_text(row, 4));
    json_member(json, "team", store_column_text(row, 5));
    json_member_bool(json, "urgent", sqlite3_column_int(row, 6) != 0);
    json_member_integer(json, "value", sqlite3_column_int64(row, 7));
    json_member_time(json, "since_at", fired_us != 0 ? fired_us : pending_us);
    json_member_time(json, "pending_at", pending_us);
    json_member_time(json, "fired_at", fired_us);
    json_member_time(json, "told_at", sqlite3_column_int64(row, 10));
    json_member_time(json, "resolved_at", sqlite3_column_int64(row, 11));
    json_member_bool(json, "silenced", sqlite3_column_int(row, 12) != 0);
    json_object_close(json);
}

#define ALERT_COLUMNS                                                                     \
    "number, last_seq, state, rule, label, team, urgent, value, pending_us, fired_us, "   \
    "told_us, resolved_us, state <> 'resolved' AND EXISTS (SELECT 1 FROM silences WHERE " \
    "silences.rule IN ('', alerts.rule) AND silences.label IN ('', alerts.label) AND "    \
    "ended_us IS NULL AND until_us > (SELECT time_us FROM meta)) FROM alerts "

int store_read_alerts(struct store_reader *reader, bool open, uint64_t before, uint32_t limit,
                      struct json_writer *json, uint64_t *ret_next, struct error *err)
{
    int code = store_limit_check(limit, "alerts", err);
    const char *sql = open ? "SELECT " ALERT_COLUMNS "INDEXED BY alerts_open WHERE "
                             "state <> 'resolved' AND number < ?1 ORDER BY number DESC LIMIT ?2"
                           : "SELECT " ALERT_COLUMNS
                             "NOT INDEXED WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
    return code == 0
               ? store_print_page(reader, sql, before, limit, print_alert, json, ret_next, err)
               : code;
}

/* ---- silences
 *
 *   {"id": "Z12", "rule": "surge", "label": "", "set_at": …, "until": …, "ended_at": …,
 *    "by": "kim", "reason": "a campaign", "in_force": true} */

static void print_silence(sqlite3_stmt *row, struct json_writer *json)
{
    json_object_open(json);
    store_print_id(json, "id", ID_SILENCE, sqlite3_column_int64(row, 0));
    json_member(json, "rule", store_column_text(row, 1));
    json_member(json, "label", store_column_text(row, 2));
    json_member_time(json, "set_at", sqlite3_column_int64(row, 3));
    json_member_time(json, "until", sqlite3_column_int64(row, 4));
    json_member_time(json, "ended_at", sqlite3_column_int64(row, 5));
    json_member(json, "by", store_column_text(row, 6));
    json_member(json, "reason", store_column_text(row, 7));
    json_member_bool(json, "in_force", sqlite3_column_int(row, 8) != 0);
    json_object_close(json);
}

#define SILENCE_IN_FORCE "ended_us IS NULL AND until_us > (SELECT time_us FROM meta)"
#define SILENCE_COLUMNS \
    "number, rule, label, set_us, until_us, ended_us, actor, reason, " SILENCE_IN_FORCE

int store_read_silences(struct store_reader *reader, bool open, uint64_t before, uint32_t limit,
                        struct json_writer *json, uint64_t *ret_next, struct error *err)
{
    int code = store_limit_check(limit, "silences", err);
    const char *sql = open ? "SELECT " SILENCE_COLUMNS " FROM silences WHERE " SILENCE_IN_FORCE
                             " AND number < ?1 ORDER BY number DESC LIMIT ?2"
                           : "SELECT " SILENCE_COLUMNS
                             " FROM silences WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
    return code == 0
               ? store_print_page(reader, sql, before, limit, print_silence, json, ret_next, err)
               : code;
}

/* ---- surges
 *
 *   {"id": "S12", "version": 99, "kind": "campaign", "name": "spring", "started_at": …,
 *    "ended_at": null, "expired": false, "expected": 4.5, "arrivals": 40, "peak": 62, "peak_at": …,
 *    "peaked": true, "planned": true, "leads": 300,
 *    "measures": {"overflow": 1, "triage": 0, "nurture": 0, "paced": 7, "relaxed": 2}} */

static void print_surge(sqlite3_stmt *row, struct json_writer *json)
{
    static const enum core_measure measures[] = {CORE_MEASURE_OVERFLOW, CORE_MEASURE_TRIAGE,
                                                 CORE_MEASURE_NURTURE, CORE_MEASURE_PACED,
                                                 CORE_MEASURE_RELAXED};
    json_object_open(json);
    store_print_id(json, "id", ID_SURGE, sqlite3_column_int64(row, 0));
    json_member_integer(json, "version", sqlite3_column_int64(row, 1));
    json_member(json, "kind", store_column_text(row, 2));
    json_member(json, "name", store_column_text(row, 3));
    json_member_time(json, "started_at", sqlite3_column_int64(row, 4));
    json_member_time(json, "ended_at", sqlite3_column_int64(row, 5));
    json_member_bool(json, "expired", sqlite3_column_int(row, 6) != 0);
    json_key(json, "expected");
    json_double(json, (double)sqlite3_column_int64(row, 7) / 100.0);
    json_member_integer(json, "arrivals", sqlite3_column_int64(row, 8));
    json_member_integer(json, "peak", sqlite3_column_int64(row, 9));
    json_member_time(json, "peak_at", sqlite3_column_int64(row, 10));
    json_member_bool(json, "peaked", sqlite3_column_int(row, 11) != 0);
    json_member_bool(json, "planned", sqlite3_column_int(row, 12) != 0);
    json_member_integer(json, "leads", sqlite3_column_int64(row, 13));
    json_key(json, "measures");
    json_object_open(json);
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        json_member_integer(json, core_measure_name(measures[i]),
                            sqlite3_column_int64(row, 14 + (int)i));
    json_object_close(json);
    json_object_close(json);
}

#define SURGE_COLUMNS                                                                         \
    "number, last_seq, kind, name, started_us, ended_us, expired, expected, arrivals, peak, " \
    "peak_us, peaked, planned, leads, overflow, triage, nurture, paced, relaxed FROM surges "

int store_read_surges(struct store_reader *reader, bool open, uint64_t before, uint32_t limit,
                      struct json_writer *json, uint64_t *ret_next, struct error *err)
{
    int code = store_limit_check(limit, "surges", err);
    const char *sql = open ? "SELECT " SURGE_COLUMNS "INDEXED BY surges_running WHERE "
                             "ended_us IS NULL AND number < ?1 ORDER BY number DESC LIMIT ?2"
                           : "SELECT " SURGE_COLUMNS
                             "NOT INDEXED WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
    return code == 0
               ? store_print_page(reader, sql, before, limit, print_surge, json, ret_next, err)
               : code;
}
