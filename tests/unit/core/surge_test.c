/* Surges: when they begin, peak and end, and what a plan does with the leads of one. */
#include "driver.h"

#include <stdio.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static const char schema_json[] =
    "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"country\":{\"type\":\"string\"},\"form\":{\"type\":\"string\"},"
    "\"campaign\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"}}}";
static const char people_yaml[] = "defaults: {capacity: 4}\n"
                                  "reps: [{id: ana}, {id: ben}, {id: cem}, {id: dora}]\n";
static const char pools_yaml[] = "pools:\n"
                                 "  - {id: all, strategy: round_robin, members: [ana, ben]}\n"
                                 "  - {id: extra, strategy: round_robin, members: [cem]}\n"
                                 "  - {id: desk, strategy: round_robin, members: [dora]}\n";
static const char pipeline_yaml[] =
    "pipeline: inbound\nowner: ops\n"
    "params: {hot_size: 100}\n"
    "classes:\n"
    "  - {name: vip, when: 'lead.form == \"vip\"', objectives: {assigned: 60s}}\n"
    "  - {name: hot, when: 'lead.employees >= params.hot_size', objectives: {assigned: 60s}}\n"
    "  - {name: standard, objectives: {contacted: 4d}}\n"
    "escalation: []\n"
    "score: 'has(lead.employees) ? lead.employees : 0'\n"
    "routes:\n"
    "  - {name: later, when: 'lead.form == \"later\"', to: {nurture: newsletter, after: 30d}}\n"
    "  - {name: everyone, to: {pool: all}}\n"
    "surge:\n"
    "  detect: {start: 3x, end: 1.5x, window: 5m, at_least: 6}\n";

static struct driver *driver_fresh(const char *plan)
{
    struct driver *d = driver_new_empty();
    d->now_us = INT64_C(1700128800) * SECOND; /* 10:00 UTC */
    const char *pipeline = arena_printf(&d->arena, "%s%s", pipeline_yaml, plan);
    const struct policy_file files[] = {
        {"lead.schema.json", bytes_of(schema_json)},
        {"people.yaml", bytes_of(people_yaml)},
        {"pools.yaml", bytes_of(pools_yaml)},
        {"pipelines/inbound.yaml", bytes_of(pipeline)},
    };
    struct policy_release *release = driver_release_with(files, 4);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

static uint64_t submit(struct driver *d, const char *email, const char *form, int64_t employees,
                       const char *campaign)
{
    const struct policy_schema *schema = &core_release(d->core)->schema;
    struct core_command command = driver_submission(d, email, NULL, form, employees);
    struct cel_value *values = arena_array(&d->arena, POLICY_FIELDS_MAX, sizeof *values);
    memcpy(values, command.submit.values, schema->count * sizeof *values);
    if (campaign != NULL)
        values[schema->campaign] = cel_string(bytes_of(campaign));
    command.submit.values = values;
    driver_run(d, command);
    return d->decision.lead;
}

/* A new person, who never came before. */
static uint64_t next(struct driver *d, int64_t employees, const char *campaign)
{
    const char *email = arena_printf(&d->arena, "p%zu@x.example", d->count);
    return submit(d, email, NULL, employees, campaign);
}

/* Arrivals that are no new leads: of a customer, who was won already. */
static void touch(struct driver *d, const char *campaign, int times)
{
    static const char email[] = "customer@x.example";
    if (driver_count(d, CORE_LEAD_QUALIFIED) == 0) {
        uint64_t lead = submit(d, email, NULL, 0, NULL);
        assert_int_equal(driver_contact(d, lead), CORE_OK);
        assert_int_equal(driver_outcome(d, lead, true), CORE_OK);
    }
    for (int i = 0; i < times; i++)
        submit(d, email, NULL, 0, campaign);
}

/* It is 12:00, and the source had 240 records in the last hour: a few more of a campaign are
 * nothing to it. */
static struct driver *driver_with(const char *plan)
{
    struct driver *d = driver_fresh(plan);
    touch(d, NULL, 0);
    driver_pass(d, 90 * MINUTE);
    touch(d, NULL, 240);
    driver_pass(d, 30 * MINUTE);
    return d;
}

static void finish(struct driver *d)
{
    driver_check_replay(d);
    driver_free(d);
}

/* A campaign's records are its source's as well, so that both may be in surge: here are looked at
 * those of campaigns. */
static size_t seen(const struct driver *d, enum core_event_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < d->count; i++)
        count += d->events[i].type == type && strstr(d->events[i].data, "campaign") != NULL;
    return count;
}

static const struct core_surge *running(const struct driver *d)
{
    for (size_t i = 0; i < core_surge_count(d->core); i++)
        if (core_surge_at(d->core, i)->kind == CORE_SERIES_CAMPAIGN)
            return core_surge_at(d->core, i);
    return NULL;
}

static size_t look(struct driver *d, enum core_event_type type)
{
    driver_tick(d);
    driver_look(d);
    return seen(d, type);
}

/* So many arrivals in each minute. */
static void minutes(struct driver *d, int count, const char *campaign, int each)
{
    for (int i = 0; i < count; i++) {
        touch(d, campaign, each);
        driver_look(d);
        driver_pass(d, MINUTE);
    }
}

static const struct core_surge *begin_surge(struct driver *d)
{
    touch(d, "spring", 6);
    assert_int_equal(look(d, CORE_SURGE_STARTED), 1);
    return running(d);
}

/* ---- beginning, peak and end */

static void a_surge_begins_peaks_and_ends(void **state)
{
    (void)state;
    struct driver *d = driver_with("");
    minutes(d, 60, "spring", 1);
    assert_null(running(d));
    touch(d, "spring", 12); /* expected are 5 in 5 minutes */
    assert_int_equal(look(d, CORE_SURGE_STARTED), 1);
    const struct core_surge *surge = running(d);
    assert_int_equal(surge->kind, CORE_SERIES_CAMPAIGN);
    assert_string_equal(surge->name, "spring");
    assert_int_equal(surge->expected, 500);
    assert_int_equal(surge->peak, 16);
    assert_false(surge->planned);
    driver_pass(d, MINUTE);
    minutes(d, 6, "spring", 20);
    assert_int_equal(seen(d, CORE_SURGE_PEAKED), 0);
    minutes(d, 4, "spring", 10);
    assert_int_equal(seen(d, CORE_SURGE_PEAKED), 1);
    assert_int_equal(running(d)->peak, 100);
    assert_int_equal(seen(d, CORE_SURGE_ENDED), 0);
    minutes(d, 7, "spring", 1);
    assert_int_equal(seen(d, CORE_SURGE_ENDED), 1);
    assert_null(running(d));
    assert_int_equal(seen(d, CORE_SURGE_STARTED), 1);
    assert_int_equal(seen(d, CORE_SURGE_PEAKED), 1);
    finish(d);
}

static void what_is_as_usual_is_no_surge(void **state)
{
    (void)state;
    struct driver *d = driver_fresh("");
    minutes(d, 150, NULL, 3); /* 15 in the window, from the first minute on */
    assert_int_equal(driver_count(d, CORE_SURGE_STARTED), 0);
    finish(d);
}

static void of_a_new_source_nobody_can_tell_but_a_new_campaign_may_begin_with_one(void **state)
{
    (void)state;
    struct driver *d = driver_fresh("");
    touch(d, NULL, 30);
    driver_look(d);
    assert_int_equal(driver_count(d, CORE_SURGE_STARTED), 0);
    touch(d, "spring", 5);
    assert_int_equal(look(d, CORE_SURGE_STARTED), 0); /* fewer than matter */
    touch(d, "spring", 1);
    assert_int_equal(look(d, CORE_SURGE_STARTED), 1);
    assert_int_equal(running(d)->kind, CORE_SERIES_CAMPAIGN);
    assert_int_equal(running(d)->expected, 0);
    finish(d);
}

/* Nobody looks between the last of them and the end of the minute. */
static void what_came_in_the_last_seconds_of_a_window_is_seen_when_it_is_over(void **state)
{
    (void)state;
    struct driver *d = driver_with("");
    touch(d, "spring", 3);
    driver_pass(d, 4 * MINUTE + 58 * SECOND - d->now_us % MINUTE);
    assert_int_equal(look(d, CORE_SURGE_STARTED), 0);
    touch(d, "spring", 3);
    driver_pass(d, 3 * SECOND);
    assert_int_equal(look(d, CORE_SURGE_STARTED), 1);
    assert_int_equal(running(d)->peak, 6);
    driver_pass(d, 6 * MINUTE);
    look(d, CORE_SURGE_ENDED);
    driver_pass(d, MINUTE);
    assert_int_equal(look(d, CORE_SURGE_ENDED), 1);
    assert_int_equal(seen(d, CORE_SURGE_STARTED), 1);
    finish(d);
}

static void between_the_two_rates_it_goes_on(void **state)
{
    (void)state;
    struct driver *d = driver_with("");
    minutes(d, 60, "spring", 1);
    minutes(d, 6, "spring", 6);
    assert_int_equal(seen(d, CORE_SURGE_STARTED), 1);
    minutes(d, 20, "spring", 2); /* twice as usual */
    assert_int_equal(seen(d, CORE_SURGE_PEAKED), 1);
    assert_int_equal(seen(d, CORE_SURGE_ENDED), 0);
    minutes(d, 7, "spring", 1);
    assert_int_equal(seen(d, CORE_SURGE_ENDED), 1);
    finish(d);
}

static void it_ends_when_its_time_is_over_and_begins_anew_only_after_a_calm(void **state)
{
    (void)state;
    struct driver *d = driver_with("  per_hour: 50\n  at_most: 1h\n");
    minutes(d, 10, "spring", 1);
    minutes(d, 70, "spring", 6);
    assert_int_equal(seen(d, CORE_SURGE_STARTED), 1);
    assert_int_equal(seen(d, CORE_SURGE_ENDED), 1);
    struct json_object *ended = driver_newest(d, CORE_SURGE_ENDED);
    struct json_object *expired = NULL;
    assert_true(json_object_object_get_ex(ended, "expired", &expired) &&
                json_object_get_boolean(expired));
    json_object_put(ended);
    minutes(d, 10, "spring", 0);
    minutes(d, 3, "spring", 40);
    assert_int_equal(seen(d, CORE_SURGE_STARTED), 2);
    finish(d);
}

static void a_surge_of_weeks_ago_does_not_hinder_one_of_today(void **state)
{
    (void)state;
    struct driver *d = driver_with("");
    begin_surge(d);
    driver_pass(d, 36 * 24 * HOUR);
    assert_int_equal(look(d, CORE_SURGE_ENDED), 1);
    touch(d, "spring", 6);
    assert_int_equal(look(d, CORE_SURGE_STARTED), 2);
    finish(d);
}

/* ---- whose leads belong to it */

static void leads_of_the_campaign_belong_to_it_but_for_exempt_ones(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [vip]\n  per_hour: 50\n");
    uint64_t early = next(d, 1, "spring");
    const struct core_surge *surge = begin_surge(d);
    assert_true(surge->planned);
    uint64_t number = surge->number;
    uint64_t one = next(d, 1, "spring"), other = next(d, 1, "autumn");
    uint64_t vip = submit(d, "vip@x.example", "vip", 1, "spring");
    assert_int_equal(core_lead_find(d->core, one)->surge, number);
    assert_int_equal(core_lead_find(d->core, early)->surge, 0);
    assert_int_equal(core_lead_find(d->core, other)->surge, 0);
    assert_int_equal(core_lead_find(d->core, vip)->surge, 0);
    assert_int_equal(running(d)->leads, 1);
    finish(d);
}

/* ---- pacing */

static void reps_are_paced_but_for_exempt_classes_until_the_hour_is_over(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [vip]\n  per_hour: 2\n");
    begin_surge(d);
    for (int i = 0; i < 4; i++)
        assert_string_not_equal(driver_owner(d, next(d, 1, i % 2 ? "autumn" : "spring")), "");
    uint64_t paced = next(d, 1, "spring"), stranger = next(d, 1, NULL);
    assert_string_equal(driver_owner(d, paced), "");
    assert_string_equal(driver_owner(d, stranger), ""); /* pacing spares reps from everybody */
    assert_int_equal(core_rep_at(d->core, core_rep_find(d->core, BYTES_LITERAL("ana")))->readiness,
                     CORE_REP_PACED);
    uint64_t vip = submit(d, "vip@x.example", "vip", 1, "spring");
    assert_string_not_equal(driver_owner(d, vip), "");
    assert_int_equal(running(d)->measures[CORE_MEASURE_PACED], 1);
    driver_pass(d, 59 * MINUTE);
    assert_string_equal(driver_owner(d, paced), "");
    driver_pass(d, 2 * MINUTE); /* another clock hour */
    assert_string_not_equal(driver_owner(d, paced), "");
    assert_string_not_equal(driver_owner(d, stranger), "");
    finish(d);
}

static void nobody_is_paced_any_more_when_the_surge_is_over(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [vip]\n  per_hour: 1\n");
    begin_surge(d);
    next(d, 1, "spring");
    next(d, 1, "spring");
    uint64_t paced = next(d, 1, "spring");
    driver_pass(d, 7 * MINUTE);
    assert_string_equal(driver_owner(d, paced), "");
    assert_int_equal(look(d, CORE_SURGE_ENDED), 1);
    driver_tick(d);
    assert_string_not_equal(driver_owner(d, paced), "");
    finish(d);
}

static void hours_before_the_surge_do_not_pace_anybody(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [vip]\n  per_hour: 1\n");
    next(d, 1, NULL);
    next(d, 1, NULL);
    driver_pass(d, 61 * MINUTE);
    begin_surge(d);
    assert_string_not_equal(driver_owner(d, next(d, 1, "spring")), "");
    finish(d);
}

static void an_exempt_lead_that_waits_gets_a_paced_rep_as_soon_as_one_has_room(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [vip]\n  per_hour: 2\n");
    begin_surge(d);
    uint64_t leads[8];
    for (int i = 0; i < 8; i++)
        leads[i] = submit(d, arena_printf(&d->arena, "v%d@x.example", i), "vip", 1, "spring");
    assert_string_not_equal(driver_owner(d, leads[7]), ""); /* everybody is full now */
    uint64_t plain = next(d, 1000, "spring");
    uint64_t vip = submit(d, "vip@x.example", "vip", 1, "spring");
    assert_string_equal(driver_owner(d, vip), "");
    driver_outcome(d, leads[0], false);
    assert_string_not_equal(driver_owner(d, vip), "");
    driver_outcome(d, leads[1], false); /* room, but nobody who may be given one */
    assert_string_equal(driver_owner(d, plain), "");
    finish(d);
}

/* ---- further pools, nurture, other parameters */

static const char full_plan[] = "  exempt: [vip]\n  per_hour: 2\n  overflow: extra\n"
                                "  triage: desk\n  nurture: {below: 40, after: 7d}\n";

static void overflow_then_triage_then_nurture_then_waiting(void **state)
{
    (void)state;
    struct driver *d = driver_with(full_plan);
    begin_surge(d);
    static const char *const owners[] = {"ben", "ana", "ben", "ana", "cem", "cem", "dora", "dora"};
    for (int i = 0; i < 8; i++)
        assert_string_equal(driver_owner(d, next(d, 1, "spring")), owners[i]);
    uint64_t low = next(d, 39, "spring"), high = next(d, 40, "spring");
    assert_int_equal(core_lead_find(d->core, low)->place, CORE_PLACE_NURTURE);
    assert_int_equal(core_lead_find(d->core, high)->place, CORE_PLACE_WAITING);
    uint64_t stranger = next(d, 1, NULL);
    assert_int_equal(core_lead_find(d->core, stranger)->place, CORE_PLACE_WAITING);
    const struct core_surge *surge = running(d);
    assert_int_equal(surge->leads, 10);
    assert_int_equal(surge->measures[CORE_MEASURE_OVERFLOW], 2);
    assert_int_equal(surge->measures[CORE_MEASURE_TRIAGE], 2);
    assert_int_equal(surge->measures[CORE_MEASURE_NURTURE], 1);
    assert_int_equal(surge->measures[CORE_MEASURE_PACED], 1);
    finish(d);
}

static void what_was_put_aside_comes_back_when_the_surge_is_over(void **state)
{
    (void)state;
    struct driver *d = driver_with(full_plan);
    begin_surge(d);
    for (int i = 0; i < 8; i++)
        next(d, 100, "spring");
    uint64_t aside = next(d, 1, "spring");
    uint64_t later = submit(d, "later@x.example", "later", 1, "spring");
    assert_int_equal(core_lead_find(d->core, aside)->place, CORE_PLACE_NURTURE);
    driver_pass(d, 7 * MINUTE);
    assert_int_equal(look(d, CORE_SURGE_ENDED), 1);
    driver_tick(d);
    assert_string_not_equal(driver_owner(d, aside), "");
    assert_int_equal(core_lead_find(d->core, later)->place, CORE_PLACE_NURTURE);
    finish(d);
}

static void while_the_surge_lasts_it_comes_back_in_its_time(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [vip]\n  per_hour: 1\n  nurture: {after: 1h}\n"
                                   "  at_most: 48h\n");
    begin_surge(d);
    next(d, 1, "spring");
    next(d, 1, "spring");
    uint64_t aside = next(d, 5000, "spring"); /* whatever it scores */
    assert_int_equal(core_lead_find(d->core, aside)->place, CORE_PLACE_NURTURE);
    driver_pass(d, 60 * MINUTE); /* 13:00, and nobody has been given a lead this hour */
    driver_tick(d);
    assert_string_not_equal(driver_owner(d, aside), "");
    assert_non_null(running(d));
    finish(d);
}

static void who_turns_out_to_be_exempt_comes_back_at_once(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [hot]\n  per_hour: 1\n  nurture: {after: 1h}\n");
    begin_surge(d);
    next(d, 1, "spring");
    next(d, 1, "spring");
    uint64_t aside = next(d, 1, "spring"), other = next(d, 1, "spring");
    assert_int_equal(core_lead_find(d->core, aside)->place, CORE_PLACE_NURTURE);
    assert_int_equal(driver_enrich(d, aside, 5000), CORE_OK);
    assert_string_not_equal(driver_owner(d, aside), "");
    assert_int_equal(driver_enrich(d, other, 10), CORE_OK);
    assert_int_equal(core_lead_find(d->core, other)->place, CORE_PLACE_NURTURE);
    finish(d);
}

static void what_is_learned_meanwhile_is_judged_by_the_plans_parameters(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [vip]\n  params: {hot_size: 1000}\n");
    uint64_t before = next(d, 1, "spring");
    begin_surge(d);
    uint64_t meanwhile = next(d, 1, "spring");
    driver_enrich(d, before, 200);
    driver_enrich(d, meanwhile, 200);
    assert_int_equal(core_lead_find(d->core, before)->class_index, 1);
    assert_int_equal(core_lead_find(d->core, meanwhile)->class_index, 2);
    finish(d);
}

static void other_parameters_decide_class_score_and_route_meanwhile(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [vip]\n  params: {hot_size: 1000}\n");
    uint64_t before = next(d, 200, "spring");
    begin_surge(d);
    uint64_t relaxed = next(d, 200, "spring"), stranger = next(d, 200, "autumn");
    uint64_t huge = next(d, 2000, "spring");
    assert_int_equal(core_lead_find(d->core, before)->class_index, 1);
    assert_int_equal(core_lead_find(d->core, relaxed)->class_index, 2);
    assert_int_equal(core_lead_find(d->core, stranger)->class_index, 1);
    assert_int_equal(core_lead_find(d->core, huge)->class_index, 1);
    const struct core_surge *surge = running(d);
    assert_int_equal(surge->leads, 2);
    assert_int_equal(surge->measures[CORE_MEASURE_RELAXED], 1);
    finish(d);
}

static void a_release_without_a_plan_lets_everybody_go(void **state)
{
    (void)state;
    struct driver *d = driver_with("  exempt: [vip]\n  per_hour: 1\n");
    begin_surge(d);
    next(d, 1, "spring");
    next(d, 1, "spring");
    uint64_t paced = next(d, 1, "spring");
    assert_string_equal(driver_owner(d, paced), "");
    const struct policy_file files[] = {
        {"lead.schema.json", bytes_of(schema_json)},
        {"people.yaml", bytes_of(people_yaml)},
        {"pools.yaml", bytes_of(pools_yaml)},
        {"pipelines/inbound.yaml", bytes_of(pipeline_yaml)},
    };
    struct policy_release *release = driver_release_with(files, 4);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    assert_string_not_equal(driver_owner(d, paced), "");
    assert_non_null(running(d));
    finish(d);
}

/* ---- whatever happens */

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223);
    return (*seed >> 8) % below;
}

static void anything(struct driver *d, uint32_t *seed, uint64_t *known)
{
    static const char *const reps[] = {"ana", "ben", "cem", "dora"};
    static const char *const campaigns[] = {"spring", "autumn", NULL};
    uint64_t *lead = &known[draw(seed, 32)];
    switch (draw(seed, 10)) {
    case 0: driver_set_rep(d, reps[draw(seed, 4)], (int)draw(seed, 2), -1); break;
    case 1: driver_set_rep(d, reps[draw(seed, 4)], 1, draw(seed, 6)); break;
    case 2: driver_outcome(d, *lead, false); break;
    case 3: driver_hand_back(d, *lead); break;
    case 4: driver_pass(d, draw(seed, 20) * MINUTE); break;
    case 5: driver_look(d); break;
    case 6: touch(d, campaigns[draw(seed, 3)], (int)draw(seed, 12)); break;
    case 7:
        *lead = submit(d, arena_printf(&d->arena, "v%zu@x.example", d->count), "vip", 1, "spring");
        break;
    default: *lead = next(d, draw(seed, 120), campaigns[draw(seed, 3)]);
    }
    if (draw(seed, 2) > 0)
        driver_tick(d); /* else the next command is of the same batch */
}

static void whatever_happens_nobody_is_overloaded_or_lost(void **state)
{
    (void)state;
    for (uint32_t run = 1; run <= 4; run++) {
        uint32_t seed = run;
        uint64_t known[32] = {0};
        struct driver *d = driver_with(full_plan);
        while (d->count < DRIVER_EVENTS_MAX - 800) {
            anything(d, &seed, known); /* the driver checks I5 to I9 behind each event */
            for (uint32_t i = 0; i < core_rep_count(d->core); i++) {
                const struct core_rep *rep = core_rep_at(d->core, i);
                assert_true(rep->readiness != CORE_REP_PACED || core_surge_count(d->core) > 0);
            }
        }
        for (size_t i = 0; i < d->count; i++)
            if (d->events[i].type == CORE_LEAD_ASSIGNED)
                assert_true(d->events[i].load <= d->events[i].capacity);
        assert_true(seen(d, CORE_SURGE_ENDED) > 1);
        finish(d);
    }
}

/* Looks are dear when there are many: each takes as many steps as a decision has room for. */
static void many_surges_begin_and_end_in_a_few_looks(void **state)
{
    (void)state;
    enum { MANY = CORE_EVENTS_MAX + 20 };
    const struct core_command look = {.type = CORE_WATCH};
    struct driver *d = driver_with("");
    for (int i = 0; i < MANY; i++)
        touch(d, arena_printf(&d->arena, "campaign %03d", i), 6);
    driver_run(d, look);
    assert_int_equal(d->decision.event_count, CORE_EVENTS_MAX);
    assert_string_equal(core_surge_at(d->core, 1)->name, "campaign 000");
    driver_run(d, look);
    assert_int_equal(core_surge_count(d->core), MANY + 1); /* and their source */
    driver_look(d);
    driver_check_replay(d);
    driver_pass(d, 20 * MINUTE);
    for (int i = 0; i < 4; i++) /* past their peak, and over */
        driver_run(d, look);
    assert_int_equal(core_surge_count(d->core), 0);
    driver_look(d);
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_surge_begins_peaks_and_ends),
        cmocka_unit_test(what_is_as_usual_is_no_surge),
        cmocka_unit_test(many_surges_begin_and_end_in_a_few_looks),
        cmocka_unit_test(of_a_new_source_nobody_can_tell_but_a_new_campaign_may_begin_with_one),
        cmocka_unit_test(what_came_in_the_last_seconds_of_a_window_is_seen_when_it_is_over),
        cmocka_unit_test(between_the_two_rates_it_goes_on),
        cmocka_unit_test(it_ends_when_its_time_is_over_and_begins_anew_only_after_a_calm),
        cmocka_unit_test(a_surge_of_weeks_ago_does_not_hinder_one_of_today),
        cmocka_unit_test(leads_of_the_campaign_belong_to_it_but_for_exempt_ones),
        cmocka_unit_test(reps_are_paced_but_for_exempt_classes_until_the_hour_is_over),
        cmocka_unit_test(nobody_is_paced_any_more_when_the_surge_is_over),
        cmocka_unit_test(hours_before_the_surge_do_not_pace_anybody),
        cmocka_unit_test(an_exempt_lead_that_waits_gets_a_paced_rep_as_soon_as_one_has_room),
        cmocka_unit_test(overflow_then_triage_then_nurture_then_waiting),
        cmocka_unit_test(who_turns_out_to_be_exempt_comes_back_at_once),
        cmocka_unit_test(what_is_learned_meanwhile_is_judged_by_the_plans_parameters),
        cmocka_unit_test(what_was_put_aside_comes_back_when_the_surge_is_over),
        cmocka_unit_test(while_the_surge_lasts_it_comes_back_in_its_time),
        cmocka_unit_test(other_parameters_decide_class_score_and_route_meanwhile),
        cmocka_unit_test(a_release_without_a_plan_lets_everybody_go),
        cmocka_unit_test(whatever_happens_nobody_is_overloaded_or_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
