/* What is counted over time, under which names, and what is expected by it. */
#include "driver.h"

#include <stdio.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define WEEK (168 * HOUR)

/* A Thursday, 10:00 UTC: all that follows is told from here. */
static const int64_t now_us = INT64_C(1700128800) * SECOND;

static struct bytes web(void)
{
    return BYTES_LITERAL("web");
}

/* ---- cores that are told what was counted */

static void had(struct core *core, int64_t hour_us, uint32_t count, bool surged)
{
    core_load_series(core, CORE_SERIES_SOURCE, web(), true, hour_us, count, surged);
}

static void had_in_minute(struct core *core, int64_t minute_us, uint32_t count)
{
    core_load_series(core, CORE_SERIES_SOURCE, web(), false, minute_us, count, false);
}

static struct core *at(struct core *core, int64_t time_us)
{
    core_load_finish(core, 1, time_us, 0, 0, 0);
    return core;
}

static uint32_t expected(const struct core *core, int64_t window_us)
{
    return core_series_expected(core, CORE_SERIES_SOURCE, web(), now_us, window_us);
}

static uint64_t sum(const struct core *core, int64_t from_us, int64_t to_us)
{
    return core_series_sum(core, CORE_SERIES_SOURCE, web(), from_us, to_us);
}

/* ---- sums */

static void minutes_and_hours_are_summed_from_the_first_to_before_the_last(void **state)
{
    (void)state;
    struct core *core = core_new();
    had_in_minute(core, now_us - 2 * MINUTE, 5);
    had_in_minute(core, now_us, 7);
    had(core, now_us - 30 * HOUR, 11, false);
    had(core, now_us, 12, false);
    at(core, now_us + 30 * SECOND);
    assert_int_equal(sum(core, now_us - 2 * MINUTE, now_us), 5);
    assert_int_equal(sum(core, now_us - 2 * MINUTE, now_us + MINUTE), 12);
    assert_int_equal(sum(core, now_us - MINUTE, now_us), 0);
    assert_int_equal(sum(core, now_us - 30 * HOUR, now_us), 11);
    assert_int_equal(sum(core, now_us - 30 * HOUR, now_us + HOUR), 23);
    assert_int_equal(sum(core, now_us - 29 * HOUR, now_us), 0);
    assert_int_equal(core_series_sum(core, CORE_SERIES_CAMPAIGN, web(), now_us, now_us + HOUR), 0);
    core_free(core);
}

static void what_is_older_than_a_ring_is_not_seen(void **state)
{
    (void)state;
    struct core *core = core_new();
    had_in_minute(core, now_us - CORE_SERIES_MINUTES * MINUTE, 100);
    had_in_minute(core, now_us - (CORE_SERIES_MINUTES - 1) * MINUTE, 1);
    had(core, now_us - CORE_SERIES_HOURS * HOUR, 100, false);
    had(core, now_us - (CORE_SERIES_HOURS - 1) * HOUR, 2, false);
    at(core, now_us);
    assert_int_equal(sum(core, now_us - (CORE_SERIES_MINUTES - 1) * MINUTE, now_us), 1);
    assert_int_equal(sum(core, now_us - CORE_SERIES_HOURS * HOUR, now_us), 2);
    core_free(core);
}

static void a_core_that_counted_long_ago_equals_one_that_never_did(void **state)
{
    (void)state;
    struct core *old = core_new();
    had_in_minute(old, now_us - CORE_SERIES_MINUTES * MINUTE, 100);
    had(old, now_us - CORE_SERIES_HOURS * HOUR, 100, true);
    struct core *new = core_new();
    struct hash256 a = core_digest(at(old, now_us)), b = core_digest(at(new, now_us));
    assert_memory_equal(&a, &b, sizeof a);
    core_free(old);
    core_free(new);

    old = core_new();
    had(old, now_us - (CORE_SERIES_HOURS - 1) * HOUR, 100, true);
    a = core_digest(at(old, now_us));
    assert_memory_not_equal(&a, &b, sizeof a);
    core_free(old);
}

/* ---- what is expected */

static void of_what_never_came_nothing_is_expected(void **state)
{
    (void)state;
    struct core *core = at(core_new(), now_us);
    assert_int_equal(expected(core, 5 * MINUTE), 0);
    core_free(core);
}

static void the_same_hour_of_past_weeks_counts_each_older_week_half_as_much(void **state)
{
    (void)state;
    struct core *core = core_new();
    had(core, now_us - 4 * WEEK - HOUR, 1, false); /* from when on it is known */
    had(core, now_us - WEEK, 120, false);
    had(core, now_us - 2 * WEEK, 60, false);
    had(core, now_us - 3 * WEEK, 60, false);
    had(core, now_us - 4 * WEEK, 60, false);
    had(core, now_us - HOUR, 100000, false); /* another hour of the week */
    at(core, now_us);
    /* (8 * 120 + 4 * 60 + 2 * 60 + 60) / 15 = 92 an hour */
    assert_int_equal(expected(core, 60 * MINUTE), 9200);
    assert_int_equal(expected(core, 15 * MINUTE), 2300);
    core_free(core);
}

static void while_that_hour_is_known_once_the_hours_of_the_last_week_count(void **state)
{
    (void)state;
    struct core *core = core_new();
    had(core, now_us - WEEK - HOUR, 1, false);
    had(core, now_us - WEEK, 1680, false);
    had(core, now_us - 3 * HOUR, 1680, false);
    at(core, now_us);
    /* 3360 in 168 hours */
    assert_int_equal(expected(core, 60 * MINUTE), 2000);
    core_free(core);
}

static void hours_in_surge_and_the_first_one_do_not_count(void **state)
{
    (void)state;
    struct core *core = core_new();
    had(core, now_us - 4 * HOUR, 7, false);
    had(core, now_us - 3 * HOUR, 60, false);
    had(core, now_us - 2 * HOUR, 5000, true);
    had(core, now_us - HOUR, 30, false);
    at(core, now_us);
    assert_int_equal(expected(core, 60 * MINUTE), 4500);
    core_free(core);
}

static void in_the_first_hours_the_minutes_before_the_window_count(void **state)
{
    (void)state;
    struct core *core = core_new();
    had(core, now_us, 30, false);
    for (int64_t minute = 0; minute < 15; minute++)
        had_in_minute(core, now_us + minute * MINUTE, 2);
    at(core, now_us + 14 * MINUTE);
    int64_t time_us = now_us + 14 * MINUTE;
    assert_int_equal(core_series_expected(core, CORE_SERIES_SOURCE, web(), time_us, 5 * MINUTE),
                     1000);
    assert_int_equal(core_series_expected(core, CORE_SERIES_SOURCE, web(), time_us, 8 * MINUTE), 0);
    core_free(core);
}

/* ---- names */

static void a_long_name_is_cut_at_a_character(void **state)
{
    (void)state;
    struct core_series_names *names = core_series_names_new();
    char text[300];
    memset(text, 'x', sizeof text);
    memcpy(&text[CORE_SERIES_NAME_MAX - 2], "\xE2\x82\xAC", 3); /* € does not fit */
    struct core_series_name name = core_series_names_take(
        names, CORE_SERIES_CAMPAIGN, (struct bytes){text, sizeof text}, now_us);
    assert_int_equal(name.name.size, CORE_SERIES_NAME_MAX - 2);
    memcpy(&text[CORE_SERIES_NAME_MAX - 3], "\xE2\x82\xACx", 4); /* just so */
    name = core_series_names_take(names, CORE_SERIES_CAMPAIGN, (struct bytes){text, sizeof text},
                                  now_us);
    assert_int_equal(name.name.size, CORE_SERIES_NAME_MAX);
    assert_true(name.is_new);
    core_series_names_free(names);
}

/* Surges and alerts keep names as strings: one that they cut would begin again and again. */
static void a_name_ends_at_a_nul(void **state)
{
    (void)state;
    struct core_series_names *names = core_series_names_new();
    struct core_series_name name = core_series_names_take(
        names, CORE_SERIES_CAMPAIGN, (struct bytes){"spring\0sale", 11}, now_us);
    assert_true(name.is_new && bytes_is(name.name, "spring"));
    assert_int_equal(core_series_names_find(names, CORE_SERIES_CAMPAIGN, BYTES_LITERAL("spring")),
                     name.index);
    core_series_names_free(names);
}

static struct core_series_name take_numbered(struct core_series_names *names, int number,
                                             int64_t time_us)
{
    char text[32];
    int size = snprintf(text, sizeof text, "campaign %d", number);
    return core_series_names_take(names, CORE_SERIES_CAMPAIGN, (struct bytes){text, (size_t)size},
                                  time_us);
}

static void beyond_the_ceiling_names_count_as_others_until_old_ones_are_forgotten(void **state)
{
    (void)state;
    struct core_series_names *names = core_series_names_new();
    for (int i = 0; i < CORE_SERIES_CAMPAIGNS_MAX; i++) {
        struct core_series_name name = take_numbered(names, i, now_us + (i % 2 ? HOUR : 0));
        assert_true(name.is_new && name.index >= CORE_SERIES_KINDS &&
                    name.index < CORE_SERIES_NAMES);
    }
    struct core_series_name more = take_numbered(names, 5000, now_us + HOUR);
    assert_true(bytes_is(more.name, CORE_SERIES_OTHER));
    assert_int_equal(more.index, CORE_SERIES_CAMPAIGN);
    assert_false(more.is_new);
    assert_false(take_numbered(names, 7, now_us + HOUR).is_new);

    /* What the mesh names finds a place all the same. */
    more = core_series_names_take(names, CORE_SERIES_LATE, BYTES_LITERAL("hot/contacted"), now_us);
    assert_true(more.is_new && bytes_is(more.name, "hot/contacted"));

    /* Half of them were last counted so long ago; one of these comes again in time. */
    int64_t later_us = now_us + CORE_SERIES_HOURS * HOUR;
    assert_false(take_numbered(names, 0, later_us - HOUR).is_new);
    more = take_numbered(names, 5000, later_us);
    assert_true(more.is_new && bytes_is(more.name, "campaign 5000"));
    assert_false(take_numbered(names, 0, later_us).is_new);
    assert_false(take_numbered(names, 7, later_us).is_new);
    assert_int_equal(
        core_series_names_find(names, CORE_SERIES_CAMPAIGN, BYTES_LITERAL("campaign 2")),
        CORE_NONE);
    core_series_names_free(names);
}

static void names_of_different_kinds_are_different_series(void **state)
{
    (void)state;
    struct core_series_names *names = core_series_names_new();
    uint32_t source = core_series_names_take(names, CORE_SERIES_SOURCE, web(), now_us).index;
    uint32_t refused = core_series_names_take(names, CORE_SERIES_REFUSED, web(), now_us).index;
    assert_int_not_equal(source, refused);
    assert_int_equal(core_series_names_find(names, CORE_SERIES_SOURCE, web()), source);
    assert_int_equal(core_series_names_find(names, CORE_SERIES_FAILED, web()), CORE_NONE);
    struct bytes others = BYTES_LITERAL(CORE_SERIES_OTHER);
    assert_int_equal(core_series_names_take(names, CORE_SERIES_CAUSE, others, now_us).index,
                     CORE_SERIES_CAUSE);
    core_series_names_free(names);
}

/* ---- what events add */

static const char schema_json[] =
    "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"country\":{\"type\":\"string\"},\"form\":{\"type\":\"string\"},"
    "\"campaign\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"}}}";
static const char pipeline_yaml[] =
    "pipeline: inbound\nowner: ops\nclasses:\n"
    "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {assigned: 60s, contacted: 5m}}\n"
    "  - {name: standard, objectives: {contacted: 4h}}\n"
    "escalation: []\n"
    "routes:\n"
    "  - {name: no-mail, when: '!has(lead.email)', to: {exception: missing_email}}\n"
    "  - {name: everyone, to: {pool: all}}\n";

static struct driver *driver_with_campaigns(void)
{
    const struct policy_file files[] = {
        {"lead.schema.json", bytes_of(schema_json)},
        {"pipelines/inbound.yaml", bytes_of(pipeline_yaml)},
    };
    struct driver *d = driver_new_empty();
    struct policy_release *release = driver_release_with(files, 2);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

static uint64_t submit(struct driver *d, const char *email, const char *form, const char *campaign)
{
    const struct policy_schema *schema = &core_release(d->core)->schema;
    struct core_command command = driver_submission(d, email, NULL, form, -1);
    struct cel_value *values = arena_array(&d->arena, POLICY_FIELDS_MAX, sizeof *values);
    memcpy(values, command.submit.values, schema->count * sizeof *values);
    values[schema->campaign] = cel_string(bytes_of(campaign));
    command.submit.values = values;
    driver_run(d, command);
    driver_tick(d);
    return d->decision.lead;
}

static uint64_t counted(const struct driver *d, enum core_series_kind kind, const char *name)
{
    int64_t hour_us = d->now_us / HOUR * HOUR;
    uint64_t hours = core_series_sum(d->core, kind, bytes_of(name), hour_us - 5 * HOUR + HOUR / 2,
                                     hour_us + HOUR + 1);
    int64_t minute_us = d->now_us / MINUTE * MINUTE;
    assert_int_equal(core_series_sum(d->core, kind, bytes_of(name), minute_us - 300 * MINUTE,
                                     minute_us + MINUTE),
                     hours);
    return hours;
}

static void each_event_counts_once_under_its_names(void **state)
{
    (void)state;
    struct driver *d = driver_with_campaigns();
    uint64_t ann = submit(d, "ann@x.example", "demo", "spring");
    submit(d, "ann@x.example", "demo", "spring"); /* a touchpoint is an arrival as well */
    submit(d, "bob@x.example", NULL, "autumn");
    driver_submit(d, "cat@x.example", NULL, NULL);
    driver_submit(d, NULL, NULL, NULL); /* an exception */
    assert_int_equal(counted(d, CORE_SERIES_SOURCE, "web"), 5);
    assert_int_equal(counted(d, CORE_SERIES_CAMPAIGN, "spring"), 2);
    assert_int_equal(counted(d, CORE_SERIES_CAMPAIGN, "autumn"), 1);
    assert_int_equal(counted(d, CORE_SERIES_CAMPAIGN, ""), 0);
    assert_int_equal(counted(d, CORE_SERIES_EXCEPTION, "missing_email"), 1);
    assert_int_equal(counted(d, CORE_SERIES_MET, "hot/assigned"), 1);
    driver_refuse(d, 0, "bad");
    assert_int_equal(counted(d, CORE_SERIES_REFUSED, "web"), 1);
    assert_int_equal(counted(d, CORE_SERIES_SOURCE, "web"), 5);
    driver_pass(d, 6 * MINUTE);
    assert_int_equal(counted(d, CORE_SERIES_LATE, "hot/contacted"), 1);
    driver_contact(d, ann); /* late, and reached after all */
    assert_int_equal(counted(d, CORE_SERIES_LATE, "hot/contacted"), 1);
    assert_int_equal(counted(d, CORE_SERIES_MET, "hot/contacted"), 0);
    driver_check_replay(d);
    driver_free(d);
}

static void a_cause_counts_when_a_person_gives_it(void **state)
{
    (void)state;
    struct driver *d = driver_with_campaigns();
    driver_submit(d, NULL, NULL, NULL);
    driver_pass(d, SECOND);
    uint64_t lead = driver_submit(d, NULL, NULL, NULL);
    struct core_command command = {.type = CORE_RESOLVE, .entity = core_seq(d->core)};
    command.resolve.action = CORE_RESOLVED_REQUEUE;
    command.resolve.cause = BYTES_LITERAL("form_bug");
    command.resolve.remediation = BYTES_LITERAL("the field is required now");
    assert_int_equal(driver_run(d, command), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_int_equal(counted(d, CORE_SERIES_CAUSE, "form_bug"), 1);
    driver_pass(d, 25 * HOUR); /* the other one ends by itself */
    assert_int_equal(core_series_sum(d->core, CORE_SERIES_CAUSE, BYTES_LITERAL(""),
                                     d->now_us / HOUR * HOUR - 30 * HOUR,
                                     d->now_us / HOUR * HOUR + HOUR),
                     0);
    driver_free(d);
}

/* ---- reloading */

struct copy {
    const struct core *from;
    struct core *to;
    size_t count;
};

static void load(void *context, enum core_series_kind kind, struct bytes name, bool hours,
                 int64_t start_us, uint32_t count, bool surged)
{
    struct copy *copy = context;
    copy->count++;
    core_load_series(copy->to, kind, name, hours, start_us, count, surged);
}

static void compare(void *context, enum core_series_kind kind, struct bytes name, bool hours,
                    int64_t start_us, uint32_t count, bool surged)
{
    struct copy *copy = context;
    (void)surged;
    copy->count--;
    int64_t unit_us = hours ? HOUR : MINUTE;
    if (!hours || start_us + CORE_SERIES_MINUTES * MINUTE < core_time_us(copy->from))
        assert_int_equal(core_series_sum(copy->to, kind, name, start_us, start_us + unit_us),
                         count);
}

static void what_was_counted_can_be_loaded_again(void **state)
{
    (void)state;
    struct driver *d = driver_with_campaigns();
    for (int i = 0; i < 300; i++) {
        char email[40], campaign[20];
        snprintf(email, sizeof email, "p%d@x.example", i % 250);
        snprintf(campaign, sizeof campaign, "c%d", i % 7);
        submit(d, email, i % 3 ? NULL : "demo", campaign);
        driver_pass(d, 4 * MINUTE);
    }
    struct copy copy = {d->core, core_new(), 0};
    core_series_each(d->core, load, &copy);
    core_load_finish(copy.to, core_seq(d->core), core_time_us(d->core), 0, 0, 0);
    assert_true(copy.count > 100);
    size_t count = copy.count;
    core_series_each(d->core, compare, &copy);
    assert_int_equal(copy.count, 0);
    copy.count = count;
    core_series_each(copy.to, compare, &copy);
    assert_int_equal(copy.count, 0);
    core_free(copy.to);
    driver_free(d);
}

static void outsiders_cannot_make_more_series_than_there_is_room_for(void **state)
{
    (void)state;
    struct driver *d = driver_with_campaigns();
    struct core_command command = driver_submission(d, "ann@x.example", NULL, NULL, -1);
    const struct policy_schema *schema = &core_release(d->core)->schema;
    struct cel_value values[POLICY_FIELDS_MAX];
    memcpy(values, command.submit.values, schema->count * sizeof *values);
    command.submit.values = values;
    command.time_us = d->now_us;
    for (int i = 0; i < CORE_SERIES_CAMPAIGNS_MAX + 1000;
         i++) { /* touchpoints, without a journal */
        char campaign[20];
        int size = snprintf(campaign, sizeof campaign, "c%d", i);
        values[schema->campaign] = cel_string((struct bytes){campaign, (size_t)size});
        core_decide(d->core, &command, core_seq(d->core) + 1, &d->decision);
        for (size_t e = 0; e < d->decision.event_count; e++)
            core_apply(d->core, &d->decision.events[e]);
    }
    assert_int_equal(counted(d, CORE_SERIES_CAMPAIGN, "c0"), 1);
    uint64_t others = counted(d, CORE_SERIES_CAMPAIGN, CORE_SERIES_OTHER);
    assert_int_equal(others, 1000);
    driver_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minutes_and_hours_are_summed_from_the_first_to_before_the_last),
        cmocka_unit_test(what_is_older_than_a_ring_is_not_seen),
        cmocka_unit_test(a_core_that_counted_long_ago_equals_one_that_never_did),
        cmocka_unit_test(of_what_never_came_nothing_is_expected),
        cmocka_unit_test(the_same_hour_of_past_weeks_counts_each_older_week_half_as_much),
        cmocka_unit_test(while_that_hour_is_known_once_the_hours_of_the_last_week_count),
        cmocka_unit_test(hours_in_surge_and_the_first_one_do_not_count),
        cmocka_unit_test(in_the_first_hours_the_minutes_before_the_window_count),
        cmocka_unit_test(a_long_name_is_cut_at_a_character),
        cmocka_unit_test(a_name_ends_at_a_nul),
        cmocka_unit_test(beyond_the_ceiling_names_count_as_others_until_old_ones_are_forgotten),
        cmocka_unit_test(names_of_different_kinds_are_different_series),
        cmocka_unit_test(each_event_counts_once_under_its_names),
        cmocka_unit_test(a_cause_counts_when_a_person_gives_it),
        cmocka_unit_test(what_was_counted_can_be_loaded_again),
        cmocka_unit_test(outsiders_cannot_make_more_series_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
