/* What became of promises, out of counters: one contiguous range of hours for each value and class,
 * found by skipping from one to the next. The number of leads does not matter.
 *
 *   [{"value": "spring", "class": "hot", "objective": "contacted", "met": 12, "late": 2,
 *     "late_met": 1, "void": 0, "share": 0.8571, "mean_us": …, "p50_us": …, "p90_us": …, "p99_us":
 * …, "running": 3}] with cells: "hour": "2026-11-23T09:00:00.000000Z" instead of "running" */
#include "store/print.h"

#define SPAN_MAX_US (400 * 24 * STORE_US_PER_HOUR)
enum { HEAD_MAX = 64 * 1024 }; /* names are cut long before */

/* How an objective fared: of one hour, or of many. */
struct fare {
    uint64_t turns[CORE_TURNS];
    int64_t sum_us;
    uint64_t histogram[STORE_BUCKETS];
};

static void add_row(struct fare *fare, sqlite3_stmt *row, int at)
{
    for (int i = 0; i < CORE_TURNS; i++)
        fare->turns[i] += (uint64_t)sqlite3_column_int64(row, at + i);
    fare->sum_us = store_sum(fare->sum_us, sqlite3_column_int64(row, at + CORE_TURNS));
    store_histogram_add(fare->histogram, sqlite3_column_blob(row, at + CORE_TURNS + 1),
                        (size_t)sqlite3_column_bytes(row, at + CORE_TURNS + 1));
}

/* To four digits, which are many enough and print fast. */
static double share_of(uint64_t part, uint64_t whole)
{
    return (double)(uint64_t)((double)part / (double)whole * 1e4 + 0.5) / 1e4;
}

/* An hour is small: half of it is enough to say of how long things took. */
static void print_fare(const struct fare *fare, bool cell, struct json_writer *json)
{
    const uint64_t *turns = fare->turns;
    uint64_t turned = turns[CORE_MET] + turns[CORE_LATE];
    uint64_t reached = turns[CORE_MET] + turns[CORE_LATE_MET];
    for (int i = 0; i < CORE_TURNS; i++)
        json_member_unsigned(json, core_turn_name((enum core_turn)i), turns[i]);
    json_key(json, "share");
    if (turned == 0)
        json_null(json);
    else
        json_double(json, share_of(turns[CORE_MET], turned));
    if (reached == 0)
        return;
    json_member_integer(json, "p50_us", store_percentile(fare->histogram, 0.5));
    if (cell)
        return;
    json_member_integer(json, "mean_us", fare->sum_us / (int64_t)reached);
    json_member_integer(json, "p90_us", store_percentile(fare->histogram, 0.9));
    json_member_integer(json, "p99_us", store_percentile(fare->histogram, 0.99));
}

/* ---- from one value and class to the next */

struct walk {
    struct store_reader *reader;
    const struct store_objective_query *query;
    const char *objective;
    sqlite3_stmt *next, *hours, *running;
    struct arena arena;             /* of one value and class */
    struct bytes value, class_name; /* where it is */
    struct buffer head;             /* the members that say so, of all its rows */
    uint32_t room;                  /* for rows */
    struct json_writer *json;
    struct error *err;
};

static const char next_sql[] =
    "SELECT value, class FROM ("
    "SELECT value, class FROM (SELECT value, class FROM objective_counts WHERE dimension = ?1 AND "
    "objective = ?2 AND (value, class) > (?3, ?4) ORDER BY value, class LIMIT 1) UNION ALL "
    "SELECT value, class FROM (SELECT value, class FROM objective_running WHERE dimension = ?1 AND "
    "objective = ?2 AND (value, class) > (?3, ?4) ORDER BY value, class LIMIT 1)) "
    "ORDER BY value, class LIMIT 1";
static const char hours_sql[] =
    "SELECT hour, met, late, late_met, void, sum_us, histogram FROM objective_counts WHERE "
    "dimension = ?1 AND objective = ?2 AND value = ?3 AND class = ?4 AND hour >= ?5 AND hour < ?6 "
    "ORDER BY hour";
static const char running_sql[] = "SELECT running FROM objective_running WHERE dimension = ?1 AND "
                                  "objective = ?2 AND value = ?3 AND class = ?4";

static void bind_group(const struct walk *walk, sqlite3_stmt *statement)
{
    store_bind_string(statement, 1, bytes_of(store_dimension_name(walk->query->by)));
    store_bind_string(statement, 2, bytes_of(walk->objective));
    store_bind_string(statement, 3, walk->value);
    store_bind_string(statement, 4, walk->class_name);
}

/* 1 at the next value and class, 0 at the end. */
static int go_on(struct walk *walk)
{
    bind_group(walk, walk->next);
    int code = store_sqlite_step(walk->next, walk->reader->path, walk->err);
    if (code != 1)
        return code;
    struct arena before = walk->arena;
    arena_init(&walk->arena);
    walk->value = arena_copy(&walk->arena, store_column_text(walk->next, 0));
    walk->class_name = arena_copy(&walk->arena, store_column_text(walk->next, 1));
    arena_release(&before);
    sqlite3_reset(walk->next);
    bool past = walk->query->value.size > 0 && !bytes_equal(walk->value, walk->query->value);
    return past ? 0 : 1;
}

static void print_head(struct walk *walk)
{
    struct json_writer json;
    buffer_clear(&walk->head);
    json_begin(&json, &walk->head);
    json_member(&json, "value", walk->value);
    json_member(&json, "class", walk->class_name);
    json_member(&json, "objective", bytes_of(walk->objective));
}

static void open_row(struct walk *walk)
{
    walk->room--;
    json_object_open(walk->json);
    json_raw(walk->json, buffer_bytes(&walk->head));
}

static int bind_hours(const struct walk *walk)
{
    bind_group(walk, walk->hours);
    sqlite3_bind_int64(walk->hours, 5, walk->query->from_us / STORE_US_PER_HOUR);
    sqlite3_bind_int64(walk->hours, 6, walk->query->to_us / STORE_US_PER_HOUR);
    return store_sqlite_step(walk->hours, walk->reader->path, walk->err);
}

static int print_cells(struct walk *walk)
{
    int code = bind_hours(walk);
    for (; code == 1 && walk->room > 0;
         code = store_sqlite_step(walk->hours, walk->reader->path, walk->err)) {
        struct fare fare = {0};
        add_row(&fare, walk->hours, 1);
        open_row(walk);
        json_member_time(walk->json, "hour",
                         sqlite3_column_int64(walk->hours, 0) * STORE_US_PER_HOUR);
        print_fare(&fare, true, walk->json);
        json_object_close(walk->json);
    }
    sqlite3_reset(walk->hours);
    return code < 0 ? code : 0;
}

static int print_span(struct walk *walk)
{
    struct fare fare = {0};
    bool found = false;
    int code = bind_hours(walk);
    for (; code == 1; code = store_sqlite_step(walk->hours, walk->reader->path, walk->err)) {
        add_row(&fare, walk->hours, 1);
        found = true;
    }
    if (code < 0)
        return code;
    bind_group(walk, walk->running);
    code = store_sqlite_step(walk->running, walk->reader->path, walk->err);
    if (code < 0)
        return code;
    int64_t running = code == 1 ? sqlite3_column_int64(walk->running, 0) : 0;
    sqlite3_reset(walk->running);
    if (!found && running == 0)
        return 0;
    open_row(walk);
    print_fare(&fare, false, walk->json);
    json_member_integer(walk->json, "running", running);
    json_object_close(walk->json);
    return 0;
}

static int walk_objective(struct walk *walk, enum policy_objective objective)
{
    const struct store_objective_query *query = walk->query;
    walk->objective = policy_objective_name(objective);
    if (query->objective.size > 0 && !bytes_is(query->objective, walk->objective))
        return 0;
    walk->value = query->value;
    walk->class_name = (struct bytes){0};
    int code;
    while ((code = walk->room > 0 ? go_on(walk) : 0) == 1) {
        if (query->class_name.size > 0 && !bytes_equal(walk->class_name, query->class_name))
            continue;
        print_head(walk);
        code = query->cells ? print_cells(walk) : print_span(walk);
        if (code != 0)
            return code;
    }
    return code;
}

static int walk_all(struct walk *walk)
{
    int code = 0;
    json_array_open(walk->json);
    for (int i = 0; code == 0 && i < POLICY_OBJECTIVES; i++)
        code = walk_objective(walk, (enum policy_objective)i);
    json_array_close(walk->json);
    return code;
}

static int check_query(const struct store_objective_query *query, struct error *err)
{
    enum policy_objective objective;
    if (query->from_us < 0 || query->to_us <= query->from_us ||
        query->to_us - query->from_us > SPAN_MAX_US)
        return error_set(err, ML_EINVAL, "from",
                         "`to` must be later than `from`, and at most 400 days later");
    if (query->objective.size > 0 && !store_objective_parse(query->objective, &objective))
        return error_set(err, ML_EINVAL, "objective",
                         "there is no objective \"%.*s\"; there are enriched, assigned, contacted "
                         "and qualified",
                         BYTES_ARG(query->objective));
    return 0;
}

int store_read_objectives(struct store_reader *reader, const struct store_objective_query *query,
                          uint32_t limit, struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *next = NULL, *hours = NULL, *running = NULL;
    int code = check_query(query, err);
    if (code == 0)
        code = store_sqlite_prepare(reader->db, reader->path, next_sql, &next, err);
    if (code == 0)
        code = store_sqlite_prepare(reader->db, reader->path, hours_sql, &hours, err);
    if (code == 0)
        code = store_sqlite_prepare(reader->db, reader->path, running_sql, &running, err);
    if (code == 0)
        code = store_read_begin(reader, err);
    if (code != 0)
        return code;
    struct store_objective_query counted = *query; /* under the name that the value counts by */
    counted.value = store_text_cut(query->value);
    struct walk walk = {.reader = reader,
                        .query = &counted,
                        .next = next,
                        .hours = hours,
                        .running = running,
                        .room = limit,
                        .json = json,
                        .err = err};
    arena_init(&walk.arena);
    buffer_init(&walk.head, HEAD_MAX);
    code = walk_all(&walk);
    buffer_release(&walk.head);
    arena_release(&walk.arena);
    return store_read_end(reader, code, err);
}

/* ---- where the time to the first contact went
 *
 *   {"classes": [{"class": "hot", "count": 3, "sum_us": {"intake": 0, "routing": 0, "waiting":
 * 9000, "triage": 0, "enrichment": 0, "crm_write": 0, "rep": 120000, "total": 129000}, "mean_us":
 * {…}}], "total": {"count": 3, "sum_us": {…}, "mean_us": {…}}}                     */

static const char *const part_names[] = {"intake",     "routing",   "waiting", "triage",
                                         "enrichment", "crm_write", "rep"};
enum { PARTS = sizeof part_names / sizeof *part_names };

static void print_parts(struct json_writer *json, const char *key,
                        const int64_t parts[static PARTS], int64_t divisor)
{
    int64_t total = 0;
    json_key(json, key);
    json_object_open(json);
    for (int i = 0; i < PARTS; i++) {
        json_member_integer(json, part_names[i], divisor > 0 ? parts[i] / divisor : 0);
        total += parts[i];
    }
    json_member_integer(json, "total", divisor > 0 ? total / divisor : 0);
    json_object_close(json);
}

static void print_latency(struct json_writer *json, int64_t count,
                          const int64_t parts[static PARTS])
{
    json_member_integer(json, "count", count);
    print_parts(json, "sum_us", parts, 1);
    print_parts(json, "mean_us", parts, count);
    json_object_close(json);
}

int store_read_latency(struct store_reader *reader, int64_t from_us, int64_t to_us,
                       struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(
        reader->db, reader->path,
        "SELECT class, sum(count), sum(intake_us), sum(routing_us), sum(waiting_us), "
        "sum(triage_us), sum(enrichment_us), sum(crm_write_us), sum(rep_us) FROM latency_counts "
        "WHERE hour >= ?1 AND hour < ?2 GROUP BY class ORDER BY class",
        &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, from_us / STORE_US_PER_HOUR);
    sqlite3_bind_int64(rows, 2, to_us / STORE_US_PER_HOUR);
    int64_t total = 0, total_parts[PARTS] = {0};
    json_object_open(json);
    json_key(json, "classes");
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        int64_t parts[PARTS];
        for (int i = 0; i < PARTS; i++) {
            parts[i] = sqlite3_column_int64(rows, 2 + i);
            total_parts[i] += parts[i];
        }
        total += sqlite3_column_int64(rows, 1);
        json_object_open(json);
        json_member(json, "class", store_column_text(rows, 0));
        print_latency(json, sqlite3_column_int64(rows, 1), parts);
    }
    json_array_close(json);
    json_key(json, "total");
    json_object_open(json);
    print_latency(json, total, total_parts);
    json_object_close(json);
    return code;
}
