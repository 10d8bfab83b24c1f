/* Counters equal a recount: over random lives every cell of objective_counts, latency_counts and
 * the series is what the events alone say, counted here by nothing that the view uses. */
#include "clock_world.h"

#include "base/map.h"
#include "store/clock.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUCKETS = 24, NAME_MAX_BYTES = 200, TEXT_MAX = 2 * NAME_MAX_BYTES };

static int setup(void **state)
{
    struct world *world = *state = world_new();
    clock_activate(world, 0);
    return 0;
}

/* ---- tallies by name */

enum { MET, LATE, LATE_MET, VOID, TURNS };

struct cell {
    char *name;
    uint64_t turns[TURNS];
    int64_t sum_us;
    uint64_t histogram[BUCKETS];
};

struct tally {
    struct cell *cells;
    size_t count;
    struct map index;
};

/* Valid until the next. */
static struct cell *cell_of(struct tally *tally, const char *name)
{
    const struct bytes text = bytes_of(name);
    const struct hash128 key = hash128_of(&text, 1);
    const uint64_t *found = map_find(&tally->index, key);
    if (found != NULL)
        return &tally->cells[*found];
    tally->cells = realloc(tally->cells, (tally->count + 1) * sizeof *tally->cells);
    assert_non_null(tally->cells);
    tally->cells[tally->count] = (struct cell){.name = strdup(name)};
    map_put(&tally->index, key, tally->count);
    return &tally->cells[tally->count++];
}

static void tally_release(struct tally *tally)
{
    for (size_t i = 0; i < tally->count; i++)
        free(tally->cells[i].name);
    free(tally->cells);
    map_release(&tally->index);
}

/* ---- what the events say */

struct told {
    const char *class_name, *source, *pool, *rep;     /* "" none */
    char campaign[TEXT_MAX], partner[TEXT_MAX];       /* as they are counted */
    int64_t captured_us, promised[POLICY_OBJECTIVES]; /* 0: nothing */
    bool reached[POLICY_OBJECTIVES], late[POLICY_OBJECTIVES];
};

struct recount {
    struct world *world;
    const struct core_event *event;
    struct told *leads; /* by number */
    size_t capacity;
    struct tally objectives, latency, hours, minutes;
    /* How rich the life was. */
    uint64_t reclassed, renewed, cut, merged, touched;
};

static const char *const objectives[] = {"enriched", "assigned", "contacted", "qualified"};

static struct told *told_of(struct recount *recount, uint64_t number)
{
    assert_true(number < recount->capacity);
    return &recount->leads[number];
}

static int64_t hour(const struct recount *recount)
{
    return recount->event->time_us / HOUR;
}

static void count_series(struct recount *recount, const char *kind, struct bytes name)
{
    char text[2 * TEXT_MAX];
    snprintf(text, sizeof text, "%s|%.*s|%" PRId64, kind, BYTES_ARG(name), hour(recount));
    cell_of(&recount->hours, text)->turns[0]++;
    snprintf(text, sizeof text, "%s|%.*s|%" PRId64, kind, BYTES_ARG(name),
             recount->event->time_us / (60 * SECOND));
    cell_of(&recount->minutes, text)->turns[0]++;
}

static unsigned bucket_of(int64_t took_us)
{
    unsigned bucket = 0;
    while (bucket < BUCKETS - 1 && took_us >= (SECOND << bucket))
        bucket++;
    return bucket;
}

static void count(struct recount *recount, const struct told *lead, const char *objective, int how,
                  int64_t took_us)
{
    const char *const values[][2] = {{"class", lead->class_name}, {"campaign", lead->campaign},
                                     {"source", lead->source},    {"partner", lead->partner},
                                     {"pool", lead->pool},        {"rep", lead->rep}};
    bool captured = strcmp(objective, "captured") == 0;
    for (size_t i = 0; i < (captured ? 4u : 6u); i++) {
        char name[2 * TEXT_MAX];
        snprintf(name, sizeof name, "%s|%s|%s|%s|%" PRId64, values[i][0], objective, values[i][1],
                 lead->class_name, hour(recount));
        struct cell *cell = cell_of(&recount->objectives, name);
        cell->turns[how]++;
        cell->sum_us += took_us;
        if (!captured && (how == MET || how == LATE_MET))
            cell->histogram[bucket_of(took_us)]++;
    }
    if (captured || (how != MET && how != LATE))
        return;
    char name[TEXT_MAX];
    snprintf(name, sizeof name, "%s/%s", lead->class_name, objective);
    count_series(recount, how == MET ? "met" : "late", bytes_of(name));
}

static void reach(struct recount *recount, struct told *lead, int objective)
{
    bool first = !lead->reached[objective];
    lead->reached[objective] = true;
    if (first && lead->promised[objective] != 0)
        count(recount, lead, objectives[objective], lead->late[objective] ? LATE_MET : MET,
              recount->event->time_us - lead->captured_us);
}

/* The first 200 bytes, or somewhat fewer: whole characters. */
static struct bytes cut(struct bytes text)
{
    size_t whole = 0;
    for (size_t i = 0; i <= text.size && i <= NAME_MAX_BYTES; i++)
        if (i == text.size || ((unsigned char)text.data[i] & 0xc0) != 0x80)
            whole = i;
    return (struct bytes){text.data, whole};
}

/* A text of the record as it counts. */
static struct bytes text_of(struct recount *recount, const char *field)
{
    const struct policy_release *release =
        core_release_at(recount->world->core, recount->event->captured.release);
    uint32_t index = policy_field_find(&release->schema, bytes_of(field));
    const struct cel_value *value = &recount->event->captured.values[index];
    if (value->kind != CEL_STRING)
        return (struct bytes){0};
    recount->cut += value->string.size > NAME_MAX_BYTES;
    return cut(value->string);
}

static const char *source_of(const struct recount *recount, uint32_t release, uint32_t source)
{
    return core_release_at(recount->world->core, release)->sources[source].name;
}

static void count_record(struct recount *recount)
{
    const struct core_event *event = recount->event;
    struct bytes campaign = text_of(recount, "campaign");
    count_series(recount, "source",
                 bytes_of(source_of(recount, event->captured.release, event->captured.source)));
    if (campaign.size > 0)
        count_series(recount, "campaign", campaign);
    recount->touched += event->type == CORE_LEAD_TOUCHED;
}

static void begin(struct recount *recount)
{
    const struct core_event *event = recount->event;
    const struct policy_release *release =
        core_release_at(recount->world->core, event->captured.release);
    const struct policy_class *class = &release->classes[event->captured.class_index];
    struct told *lead = told_of(recount, event->lead);
    recount->reclassed += lead->class_name != NULL && strcmp(lead->class_name, class->name) != 0;
    *lead = (struct told){.class_name = class->name,
                          .source = release->sources[event->captured.source].name,
                          .pool = "",
                          .rep = "",
                          .captured_us = event->captured.captured_us};
    snprintf(lead->campaign, sizeof lead->campaign, "%.*s",
             BYTES_ARG(text_of(recount, "campaign")));
    snprintf(lead->partner, sizeof lead->partner, "%.*s", BYTES_ARG(text_of(recount, "partner")));
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        lead->promised[i] = class->objectives[i].within_us;
    count(recount, lead, "captured", MET, 0);
    count_record(recount);
}

/* Into nurture takes the promises that run away; what ends it gives new ones, which being assigned
 * may keep at once. */
static void place(struct recount *recount)
{
    const struct core_event *event = recount->event;
    struct told *lead = told_of(recount, event->lead);
    struct core *core = recount->world->core;
    bool assigned = event->type == CORE_LEAD_ASSIGNED;
    lead->pool = event->placed.pool != CORE_NONE ? core_pool_id(core, event->placed.pool) : "";
    lead->rep = assigned ? core_rep_id(core, event->placed.rep) : "";
    for (int i = POLICY_ASSIGNED; i < POLICY_OBJECTIVES; i++) {
        recount->renewed += lead->promised[i] == 0 && event->placed.deadlines[i] != 0;
        if (event->type == CORE_LEAD_NURTURED && !lead->reached[i] && !lead->late[i])
            lead->promised[i] = 0;
        else if (event->placed.deadlines[i] != 0)
            lead->promised[i] = event->placed.deadlines[i];
    }
    if (assigned)
        reach(recount, lead, POLICY_ASSIGNED);
    if (event->type == CORE_LEAD_EXCEPTED)
        count_series(recount, "exception", event->placed.kind);
}

static void make_contact(struct recount *recount)
{
    struct told *lead = told_of(recount, recount->event->lead);
    if (!lead->reached[POLICY_CONTACTED]) {
        char name[TEXT_MAX];
        snprintf(name, sizeof name, "%s|%" PRId64, lead->class_name, hour(recount));
        struct cell *cell = cell_of(&recount->latency, name);
        cell->turns[0]++;
        cell->sum_us += recount->event->time_us - lead->captured_us;
    }
    reach(recount, lead, POLICY_CONTACTED);
}

static void close_lead(struct recount *recount)
{
    struct told *lead = told_of(recount, recount->event->lead);
    recount->merged += recount->event->outcome.into != 0;
    reach(recount, lead, POLICY_QUALIFIED);
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (lead->promised[i] != 0 && !lead->reached[i] && !lead->late[i])
            count(recount, lead, objectives[i], VOID, 0);
}

static void fall_late(struct recount *recount)
{
    int objective = (int)recount->event->late.objective;
    struct told *lead = told_of(recount, recount->event->lead);
    assert_true(lead->promised[objective] != 0 && !lead->reached[objective]);
    assert_false(lead->late[objective]);
    lead->late[objective] = true;
    count(recount, lead, objectives[objective], LATE, 0);
}

static void take(struct recount *recount)
{
    const struct core_event *event = recount->event;
    struct told *lead;
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED: begin(recount); break;
    case CORE_LEAD_TOUCHED: count_record(recount); break;
    case CORE_LEAD_ASSIGNED:
    case CORE_LEAD_QUEUED:
    case CORE_LEAD_EXCEPTED:
    case CORE_LEAD_NURTURED: place(recount); break;
    case CORE_LEAD_RETURNED:
        lead = told_of(recount, event->lead);
        lead->pool = lead->rep = "";
        break;
    case CORE_LEAD_CONTACTED: make_contact(recount); break;
    case CORE_LEAD_ENRICHED: reach(recount, told_of(recount, event->lead), POLICY_ENRICHED); break;
    case CORE_LEAD_QUALIFIED:
    case CORE_LEAD_DISQUALIFIED: close_lead(recount); break;
    case CORE_LEAD_LATE: fall_late(recount); break;
    case CORE_EXCEPTION_OPENED: count_series(recount, "exception", event->exception.kind); break;
    case CORE_EXCEPTION_RESOLVED:
        if (!event->resolved.automatic)
            count_series(recount, "cause", event->resolved.cause);
        break;
    case CORE_RECORD_REFUSED:
        count_series(recount, "refused",
                     bytes_of(source_of(recount, event->refused.release, event->refused.source)));
        break;
    default: break;
    }
}

static void recount_all(struct recount *recount, struct world *world)
{
    *recount = (struct recount){.world = world, .capacity = world->count + 1};
    recount->leads = calloc(recount->capacity, sizeof *recount->leads);
    assert_non_null(recount->leads);
    for (size_t i = 0; i < world->count; i++) {
        recount->event = &world->events[i];
        take(recount);
    }
}

static void recount_release(struct recount *recount)
{
    free(recount->leads);
    tally_release(&recount->objectives);
    tally_release(&recount->latency);
    tally_release(&recount->hours);
    tally_release(&recount->minutes);
}

/* ---- what the view says */

/* The histogram's blob: a byte that names the bucket, and a count in LEB128, again and again. */
static void check_histogram(const struct cell *cell, const unsigned char *data, size_t size)
{
    uint64_t found[BUCKETS] = {0};
    for (size_t at = 0; at < size;) {
        unsigned bucket = data[at++], shift = 0;
        assert_true(bucket < BUCKETS);
        do {
            assert_true(at < size);
            found[bucket] |= (uint64_t)(data[at] & 0x7f) << shift;
            shift += 7;
        } while ((data[at++] & 0x80) != 0);
    }
    assert_memory_equal(found, cell->histogram, sizeof found);
}

/* Rows of name, four counts, a sum and a histogram (which may be NULL): exactly those of the tally,
 * each with what it has there. */
static void check_table(struct world *world, struct tally *tally, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *rows;
    size_t count = 0, known = tally->count;
    assert_int_equal(sqlite3_open_v2(world->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
    for (; sqlite3_step(rows) == SQLITE_ROW; count++) {
        const char *name = (const char *)sqlite3_column_text(rows, 0);
        const struct cell *cell = cell_of(tally, name);
        if (tally->count != known)
            fail_msg("nothing happened that counts as %s", name);
        for (int i = 0; i < TURNS; i++)
            if (sqlite3_column_int64(rows, 1 + i) != (sqlite3_int64)cell->turns[i])
                fail_msg("%s: column %d is %lld, not %" PRIu64, name, i,
                         sqlite3_column_int64(rows, 1 + i), cell->turns[i]);
        assert_int_equal(sqlite3_column_int64(rows, 5), cell->sum_us);
        check_histogram(cell, sqlite3_column_blob(rows, 6), (size_t)sqlite3_column_bytes(rows, 6));
    }
    assert_int_equal(count, known);
    sqlite3_finalize(rows);
    sqlite3_close(db);
}

/* Leaves the minutes that are remembered. */
static void forget_old_minutes(struct tally *minutes, int64_t now_us)
{
    struct tally kept = {0};
    for (size_t i = 0; i < minutes->count; i++)
        if (strtoll(strrchr(minutes->cells[i].name, '|') + 1, NULL, 10) >
            now_us / (60 * SECOND) - CORE_SERIES_MINUTES)
            cell_of(&kept, minutes->cells[i].name)->turns[0] = minutes->cells[i].turns[0];
    tally_release(minutes);
    *minutes = kept;
}

static void check_view(struct world *world, struct recount *recount)
{
    check_table(world, &recount->objectives,
                "SELECT dimension || '|' || objective || '|' || value || '|' || class || '|' || "
                "hour, met, late, late_met, void, sum_us, histogram FROM objective_counts");
    check_table(world, &recount->latency,
                "SELECT class || '|' || hour, count, 0, 0, 0, intake_us + routing_us + waiting_us "
                "+ triage_us + enrichment_us + crm_write_us + rep_us, NULL FROM latency_counts");
    check_table(world, &recount->hours,
                "SELECT kind || '|' || name || '|' || hour, count, 0, 0, 0, 0, NULL "
                "FROM series_hours WHERE count > 0");
    forget_old_minutes(&recount->minutes, world->now_us);
    check_table(world, &recount->minutes,
                "SELECT kind || '|' || name || '|' || minute, count, 0, 0, 0, 0, NULL "
                "FROM series_minutes, meta WHERE minute > time_us / 60000000 - 360");
    assert_value(world, "SELECT count(*) FROM series_hours WHERE count = 0 AND NOT surged", "0");
    assert_value(world,
                 "SELECT count(*) FROM latency_counts WHERE min(intake_us, routing_us, waiting_us, "
                 "triage_us, enrichment_us, rep_us) < 0",
                 "0");
}

/* ---- lives */

/* 203 bytes: the cut would fall within a character. */
static const char *long_name(struct world *world, char first)
{
    char text[204] = {first};
    for (size_t i = 1; i < 203; i += 2)
        memcpy(text + i, "ö", 2);
    return arena_string(&world->arena, bytes_of(text));
}

/* People who come again with another form, after their lead was closed and before; put aside and
 * back; under names that are longer than what is counted. */
static void live_odd(struct world *world, unsigned round)
{
    static const char *const forms[] = {"demo", "contact"};
    for (unsigned i = 0; i < 6; i++) {
        const struct clock_lead lead = {
            .email = arena_printf(&world->arena, "odd%u@example.com", i),
            .country = i % 2 ? "DE" : "FR",
            .form = forms[(round + i) % 2],
            .campaign = i % 3 == 0 ? NULL : long_name(world, (char)('a' + i)),
            .partner = i % 2 ? long_name(world, 'p') : NULL,
            .intent = i < 3 ? 5 : 50};
        uint64_t number = clock_submit(world, &lead);
        if ((round + i) % 4 != 0)
            continue;
        world_run(world, world_contacting(number));
        world_run(world, (struct core_command){.type = CORE_OUTCOME,
                                               .lead = number,
                                               .outcome = {i % 2 == 0, BYTES_LITERAL("r")}});
    }
    clock_pass(world, 4 * HOUR); /* who was put aside comes back */
}

static void every_counter_equals_a_recount_from_the_events(void **state)
{
    struct world *world = *state;
    struct recount recount;
    uint64_t seed = 23;
    for (unsigned i = 0; i < 12; i++) {
        live_odd(world, i);
        clock_live(world, &seed, 50);
        world_project_some(world, (world->count - world->projected) / 2); /* cut anywhere */
        world_project(world);
    }
    recount_all(&recount, world);
    print_message("# %zu events, %zu cells; %" PRIu64 " with another class, %" PRIu64
                  " promised anew, %" PRIu64 " cut, %" PRIu64 " merged, %" PRIu64 " touched\n",
                  world->count, recount.objectives.count, recount.reclassed, recount.renewed,
                  recount.cut, recount.merged, recount.touched);
    assert_true(recount.objectives.count > 1000);
    assert_true(recount.reclassed > 3);
    assert_true(recount.renewed > 3);
    assert_true(recount.cut > 3);
    assert_true(recount.merged > 0);
    assert_true(recount.touched > 3);
    check_view(world, &recount);
    recount_release(&recount);
}

/* ---- percentiles */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* From a second to 48 days, most of them short. */
static void draw_times(uint64_t *seed, int64_t *ret_times_us, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int64_t most_us = SECOND << (*seed >> 59) % 22;
        ret_times_us[i] = SECOND + (int64_t)(*seed >> 8) % most_us;
    }
    qsort(ret_times_us, count, sizeof *ret_times_us, by_size);
}

static void a_percentile_is_at_most_twice_and_at_least_half_of_the_true_one(void **state)
{
    enum { MOST = 300 };
    static const double shares[] = {0.5, 0.9, 0.99};
    (void)state;
    uint64_t seed = 5;
    int64_t times_us[MOST];
    for (size_t count = 1; count <= MOST; count++) {
        uint64_t histogram[STORE_BUCKETS] = {0};
        draw_times(&seed, times_us, count);
        for (size_t i = 0; i < count; i++)
            histogram[store_bucket_of(times_us[i])]++;
        for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
            size_t rank = 1; /* the first that so large a share of all does not exceed */
            while ((double)rank < shares[i] * (double)count)
                rank++;
            int64_t right_us = times_us[rank - 1], got_us = store_percentile(histogram, shares[i]);
            assert_true(got_us <= 2 * right_us);
            assert_true(2 * got_us >= right_us);
        }
    }
}

static void of_nothing_and_of_the_shortest_a_percentile_is_small(void **state)
{
    (void)state;
    uint64_t histogram[STORE_BUCKETS] = {0};
    assert_int_equal(store_percentile(histogram, 0.5), 0);
    histogram[store_bucket_of(0)]++;
    assert_true(store_percentile(histogram, 0.99) <= SECOND);
    assert_int_equal(store_bucket_of(-5), 0); /* a clock that jumped */
    assert_int_equal(store_bucket_of(INT64_MAX), STORE_BUCKETS - 1);
}

#define CLOCK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOCK_TEST(every_counter_equals_a_recount_from_the_events),
        cmocka_unit_test(a_percentile_is_at_most_twice_and_at_least_half_of_the_true_one),
        cmocka_unit_test(of_nothing_and_of_the_shortest_a_percentile_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
