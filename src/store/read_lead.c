/* One lead, and how a lead is printed. */
#include "store/print.h"

/* ---- printing; the number, then the members in the order of STORE_LEAD_COLUMNS */

static void print_text(struct json_writer *json, const char *key, sqlite3_stmt *row, int at)
{
    struct bytes text = store_column_text(row, at);
    json_key(json, key);
    if (text.data == NULL)
        json_null(json);
    else
        json_string(json, text);
}

void store_print_dead_letter_id(struct json_writer *json, const char *key, int64_t number)
{
    char id[LEAD_ID_TEXT_SIZE];
    if (number == 0)
        return;
    dead_letter_id_print((uint64_t)number, id);
    json_member(json, key, bytes_of(id));
}

/* ---- promises: {"contacted": {"state": "running", "due_at": …, "reached_at": null, "steps": 0}}
 */

static const char *promise_state(const struct core_promises *promises, int objective)
{
    bool late = (promises->late >> objective & 1) != 0;
    if (promises->reached_us[objective] != 0)
        return late ? "late_met" : "met";
    if ((promises->void_ >> objective & 1) != 0)
        return "void";
    return late ? "late" : "running";
}

static void print_promises(const struct core_promises *promises, struct json_writer *json)
{
    json_key(json, "objectives");
    json_object_open(json);
    for (int i = 0; i < POLICY_OBJECTIVES; i++) {
        if (promises->due_us[i] == 0)
            continue;
        json_key(json, policy_objective_name((enum policy_objective)i));
        json_object_open(json);
        json_member(json, "state", bytes_of(promise_state(promises, i)));
        json_member_time(json, "due_at", promises->due_us[i]);
        json_member_time(json, "reached_at", promises->reached_us[i]);
        json_member_integer(json, "steps", promises->steps[i]);
        json_object_close(json);
    }
    json_object_close(json);
}

/* The promise to look at: what can still be reached, the earliest deadline first. */
static void print_next(const struct core_promises *promises, struct json_writer *json)
{
    int next = POLICY_OBJECTIVES;
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (promises->due_us[i] != 0 && promises->reached_us[i] == 0 &&
            (promises->void_ >> i & 1) == 0 &&
            (next == POLICY_OBJECTIVES || promises->due_us[i] < promises->due_us[next]))
            next = i;
    if (next == POLICY_OBJECTIVES)
        return;
    json_key(json, "next");
    json_object_open(json);
    json_member(json, "objective", bytes_of(policy_objective_name((enum policy_objective)next)));
    json_member(json, "state", bytes_of((promises->late >> next & 1) != 0 ? "overdue" : "running"));
    json_member_time(json, "due_at", promises->due_us[next]);
    json_object_close(json);
}

/* From column 25 on. */
static void print_clock(sqlite3_stmt *row, struct json_writer *json)
{
    struct core_promises promises;
    json_member_if(json, "campaign", store_column_text(row, 25));
    json_member_if(json, "partner", store_column_text(row, 26));
    store_print_id(json, "surge", ID_SURGE, sqlite3_column_int64(row, 27));
    store_print_lead_id(json, "merged_into", sqlite3_column_int64(row, 28));
    store_print_time_if(json, "acknowledged_until", sqlite3_column_int64(row, 29));
    store_print_time_if(json, "until", sqlite3_column_int64(row, 30));
    store_promises_read(row, 31, &promises);
    promises.reached_us[POLICY_CONTACTED] = sqlite3_column_int64(row, 17);
    promises.reached_us[POLICY_QUALIFIED] = sqlite3_column_int64(row, 18);
    store_print_time_if(json, "enriched_at", promises.reached_us[POLICY_ENRICHED]);
    print_promises(&promises, json);
    if (!bytes_is(store_column_text(row, 3), core_place_name(CORE_PLACE_CLOSED)))
        print_next(&promises, json);
}

void store_print_lead(sqlite3_stmt *row, struct json_writer *json)
{
    static const char *const words[] = {"state", "place", "owner", "pool",
                                        "route", "class", "source"};
    static const char *const times[] = {"captured_at", "assigned_at", "contacted_at", "closed_at",
                                        "due_at"};
    char id[LEAD_ID_TEXT_SIZE];
    lead_id_print((uint64_t)sqlite3_column_int64(row, 0), id);
    json_object_open(json);
    json_member(json, "id", bytes_of(id));
    json_member_integer(json, "version", sqlite3_column_int64(row, 1));
    for (int i = 0; i < 7; i++)
        print_text(json, words[i], row, 2 + i);
    json_member_integer(json, "score", sqlite3_column_int64(row, 9));
    print_text(json, "release", row, 10);
    json_member_integer(json, "late_count", sqlite3_column_int64(row, 11));
    json_member_integer(json, "touchpoints", sqlite3_column_int64(row, 12));
    json_member_integer(json, "reopened", sqlite3_column_int64(row, 13));
    json_member_bool(json, "held", sqlite3_column_int(row, 14) != 0);
    for (int i = 0; i < 5; i++)
        json_member_time(json, times[i], sqlite3_column_int64(row, 15 + i));
    json_member_if(json, "kind", store_column_text(row, 20));
    json_member_if(json, "team", store_column_text(row, 21));
    if (sqlite3_column_int64(row, 22) != 0)
        json_member_integer(json, "contract", sqlite3_column_int64(row, 22));
    store_print_dead_letter_id(json, "dead_letter", sqlite3_column_int64(row, 23));
    print_clock(row, json);
    struct bytes attributes = store_column_text(row, 24);
    json_key(json, "attributes");
    json_raw(json, attributes.size > 0 ? attributes : BYTES_LITERAL("{}"));
    json_object_close(json);
}

/* ---- reading */

static int find_lead(struct store_reader *reader, enum store_query query, uint64_t number,
                     sqlite3_stmt **ret, struct error *err)
{
    char id[LEAD_ID_TEXT_SIZE];
    int found = store_query_number(reader, query, number, ret, err);
    if (found != 0)
        return found < 0 ? found : 0;
    lead_id_print(number, id);
    return error_set(err, ML_ENOTFOUND, id, "there is no lead %s", id);
}

int store_read_lead(struct store_reader *reader, uint64_t number, struct json_writer *json,
                    struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    int code = find_lead(reader, STORE_QUERY_LEAD, number, &row, err);
    if (code == 0)
        store_print_lead(row, json);
    return code;
}

int store_read_lead_reference(struct store_reader *reader, uint64_t number,
                              struct store_lead_reference *ret, struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    int code = find_lead(reader, STORE_QUERY_REFERENCE, number, &row, err);
    if (code != 0)
        return code;
    struct bytes release = store_column_text(row, 2);
    struct store_lead_reference reference = {.last_seq = (uint64_t)sqlite3_column_int64(row, 0)};
    if (!store_state_parse(store_column_text(row, 1), &reference.state) ||
        release.size < sizeof reference.release - 1)
        return error_set(err, ML_ECORRUPT, reader->path,
                         "the lead's state or release does not exist; run `meshline rebuild`");
    memcpy(reference.release, release.data, sizeof reference.release - 1);
    *ret = reference;
    return 0;
}
