/* How pools choose, and what they do when nobody of them can: weights, tiers, the person's former
 * owner, overflow, on call, duty by the calendar, limits by hour and day. */
#include "driver.h"

#include <stdio.h>

#define HOUR (3600 * SECOND)
/* 2026-11-23, a Monday, 08:00 UTC. */
#define MONDAY_8 (INT64_C(1795420800) * SECOND)

static struct driver *with(const char *people, const char *pools, const char *pipeline)
{
    struct driver *d = driver_new_empty();
    d->now_us = MONDAY_8;
    struct policy_release *release = driver_release_of(people, pools, pipeline);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

/* Every test ends here: the invariants hold, and a replay gives the same state. */
static void finish(struct driver *d)
{
    driver_check(d);
    struct core *replayed = driver_replay(d);
    struct hash256 live = core_digest(d->core), again = core_digest(replayed);
    assert_memory_equal(&live, &again, sizeof live);
    core_free(replayed);
    driver_free(d);
}

static uint64_t next(struct driver *d, const char *country)
{
    char email[32];
    snprintf(email, sizeof email, "p%zu@x.example", d->count);
    return driver_submit(d, email, country, NULL);
}

static void assert_turns(struct driver *d, const char *country, const char *const *owners,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(driver_owner(d, next(d, country)), owners[i]);
}

static const char crew[] = "defaults: {capacity: 100}\nreps:\n"
                           "  - {id: ana}\n  - {id: ben}\n  - {id: cem}\n  - {id: dora}\n";
static const char plain_routes[] = "pipeline: inbound\nowner: ops\nescalation: []\nclasses:\n"
                                   "  - {name: hot, when: 'lead.form == \"demo\"'}\n"
                                   "  - {name: standard, objectives: {assigned: 5m}}\n"
                                   "score: 'has(lead.employees) ? lead.employees * 2 : 0'\n"
                                   "routes:\n  - {name: everyone, to: {pool: all}}\n";

static void weights_share_the_turns_evenly(void **state)
{
    (void)state;
    struct driver *d = with(crew,
                            "pools:\n  - id: all\n    strategy: weighted\n"
                            "    members: [{rep: ana, weight: 4}, {rep: ben, weight: 2}, "
                            "{rep: cem, weight: 2}]\n",
                            plain_routes);
    const char *const round[] = {"ana", "ben", "cem", "ana", "ana", "ben", "cem", "ana"};
    assert_turns(d, "DE", round, 8);
    finish(d);
}

static void whoever_comes_back_gets_no_burst(void **state)
{
    (void)state;
    static const char *const strategies[] = {"round_robin", "weighted"};
    for (int s = 0; s < 2; s++) {
        char pools[128];
        snprintf(pools, sizeof pools,
                 "pools:\n  - {id: all, strategy: %s, members: [ana, ben, cem]}\n", strategies[s]);
        struct driver *d = with(crew, pools, plain_routes);
        driver_set_rep(d, "ben", 0, -1);
        for (int i = 0; i < 10; i++)
            next(d, "DE");
        driver_set_rep(d, "ben", 1, -1);
        uint32_t before = core_rep_at(d->core, core_rep_find(d->core, BYTES_LITERAL("ben")))->load;
        for (int i = 0; i < 9; i++)
            next(d, "DE");
        uint32_t after = core_rep_at(d->core, core_rep_find(d->core, BYTES_LITERAL("ben")))->load;
        assert_int_equal(before, 0);
        assert_int_equal(after, 3);
        finish(d);
    }
}

static const char tiered[] =
    "pools:\n  - id: all\n    strategy: score_ordered\n"
    "    tiers: [{name: senior, min_score: 1000}, {name: middle, min_score: 100}, {name: junior}]\n"
    "    members: [{rep: ana, tier: senior}, {rep: ben, tier: middle}, {rep: cem, tier: junior},"
    " {rep: dora, tier: junior}]\n";

static void the_best_leads_go_to_the_best_tier(void **state)
{
    (void)state;
    struct driver *d = with(crew, tiered, plain_routes);
    assert_string_equal(driver_owner(d, driver_submit_sized(d, "a@x.example", 0, 0, 600)), "ana");
    assert_string_equal(driver_owner(d, driver_submit_sized(d, "b@x.example", 0, 0, 60)), "ben");
    assert_string_equal(driver_owner(d, driver_submit_sized(d, "c@x.example", 0, 0, 1)), "cem");
    assert_string_equal(driver_owner(d, driver_submit_sized(d, "d@x.example", 0, 0, 1)), "dora");
    assert_string_equal(driver_owner(d, driver_submit_sized(d, "e@x.example", 0, 0, 2)), "cem");
    /* Nobody of the tier: the next lower one, and only then a higher one. */
    driver_set_rep(d, "ana", 0, -1);
    assert_string_equal(driver_owner(d, driver_submit_sized(d, "f@x.example", 0, 0, 600)), "ben");
    driver_set_rep(d, "cem", 0, -1);
    driver_set_rep(d, "dora", 0, -1);
    assert_string_equal(driver_owner(d, driver_submit_sized(d, "g@x.example", 0, 0, 1)), "ben");
    finish(d);
}

static void a_person_who_returns_gets_the_former_owner(void **state)
{
    (void)state;
    struct driver *d = with(crew,
                            "pools:\n  - {id: all, strategy: sticky, otherwise: round_robin,"
                            " members: [ana, ben, cem]}\n",
                            plain_routes);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_outcome(d, lead, false);
    next(d, "DE");
    assert_int_equal(driver_submit(d, "jo@x.example", "DE", NULL), lead);
    assert_string_equal(driver_owner(d, lead), "ana");
    /* The turn is as it was: cem is next. */
    assert_string_equal(driver_owner(d, next(d, "DE")), "cem");
    /* Somebody else when the former owner cannot. */
    driver_outcome(d, lead, false);
    driver_set_rep(d, "ana", 0, -1);
    driver_submit(d, "jo@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, lead), "ben");
    finish(d);
}

static const char chain[] =
    "pools:\n"
    "  - {id: all, strategy: round_robin, members: [ana], overflow: second}\n"
    "  - {id: second, strategy: round_robin, members: [ben],"
    " overflow: third}\n"
    "  - {id: third, strategy: least_loaded, members: [cem]}\n";

static void a_full_pool_overflows_along_the_chain(void **state)
{
    (void)state;
    struct driver *d = with("defaults: {capacity: 1}\nreps:\n  - {id: ana}\n  - {id: ben}\n"
                            "  - {id: cem}\n",
                            chain, plain_routes);
    uint64_t first = next(d, "DE");
    assert_string_equal(driver_owner(d, first), "ana");
    assert_string_equal(driver_owner(d, next(d, "DE")), "ben");
    assert_string_equal(core_pool_id(d->core, d->decision.events[1].placed.through), "second");
    assert_string_equal(core_pool_id(d->core, d->decision.events[1].placed.pool), "all");
    uint64_t third = next(d, "DE"), waiting = next(d, "DE");
    assert_string_equal(driver_owner(d, third), "cem");
    assert_string_equal(driver_owner(d, waiting), "");
    /* Room anywhere along the chain drains the queue. */
    driver_outcome(d, third, false);
    assert_string_equal(driver_owner(d, waiting), "cem");
    finish(d);
}

static const char office[] = "calendars:\n"
                             "  - id: office\n    time_zone: Europe/Berlin\n"
                             "    hours: {mon-fri: \"09:00-17:00\"}\n"
                             "defaults: {capacity: 100, calendar: office}\n"
                             "reps:\n  - {id: ana}\n  - {id: ben, time_off: [\"2026-11-23\"]}\n"
                             "  - {id: cem, calendar: always}\n";

static void a_lead_at_night_waits_for_the_next_opening(void **state)
{
    (void)state;
    struct driver *d = driver_new_empty();
    d->now_us = MONDAY_8 - 24 * HOUR; /* Sunday */
    struct policy_release *release = driver_release_of(
        office, "pools:\n  - {id: all, strategy: round_robin, members: [ana, ben]}\n",
        plain_routes);
    driver_activate(d, release);
    policy_release_unref(release);
    uint64_t sunday = next(d, "DE");
    assert_string_equal(driver_owner(d, sunday), "");
    assert_int_equal(d->decision.events[1].placed.candidates.off_duty, 2);
    driver_pass(d, 23 * HOUR + 3599 * SECOND); /* Monday, 08:59:59 in Berlin */
    assert_string_equal(driver_owner(d, sunday), "");
    driver_pass(d, SECOND);
    assert_string_equal(driver_owner(d, sunday), "ana");
    /* Ben is off until Tuesday. */
    assert_string_equal(driver_owner(d, next(d, "DE")), "ana");
    driver_pass(d, 24 * HOUR);
    assert_string_equal(driver_owner(d, next(d, "DE")), "ben");
    finish(d);
}

static void off_duty_may_mean_overflow_or_somebody_on_call(void **state)
{
    (void)state;
    struct driver *d =
        with(office,
             "pools:\n  - {id: all, strategy: round_robin, members: [ana, ben], overflow: night}\n"
             "  - {id: night, strategy: round_robin, members: [cem]}\n",
             plain_routes);
    assert_string_equal(driver_owner(d, next(d, "DE")), "ana");
    driver_pass(d, 12 * HOUR);
    assert_string_equal(driver_owner(d, next(d, "DE")), "cem");
    finish(d);

    d = with(office,
             "pools:\n  - {id: all, strategy: round_robin, members: [ana], off_duty: on_call,"
             " on_call: [ben, ana]}\n",
             plain_routes);
    driver_pass(d, 12 * HOUR);
    /* Ben has the day off, so it is ana whom the phone wakes. */
    assert_string_equal(driver_owner(d, next(d, "DE")), "ana");
    assert_true(d->decision.events[1].placed.on_call);
    driver_pass(d, 12 * HOUR);
    assert_string_equal(driver_owner(d, next(d, "DE")), "ana");
    assert_false(d->decision.events[1].placed.on_call);
    finish(d);
}

static void limits_by_hour_and_by_day_close_and_open_again(void **state)
{
    (void)state;
    struct driver *d =
        with("reps:\n  - id: ana\n    time_zone: Europe/Berlin\n"
             "    capacity: {open: 50, per_hour: 2, per_day: 5}\n",
             "pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n", plain_routes);
    uint64_t leads[6];
    for (int i = 0; i < 6; i++)
        leads[i] = next(d, "DE");
    assert_string_equal(driver_owner(d, leads[1]), "ana");
    assert_string_equal(driver_owner(d, leads[2]), "");
    driver_pass(d, HOUR); /* the next clock hour */
    assert_string_equal(driver_owner(d, leads[3]), "ana");
    assert_string_equal(driver_owner(d, leads[4]), "");
    driver_pass(d, HOUR);
    assert_string_equal(driver_owner(d, leads[4]), "ana");
    driver_pass(d, 12 * HOUR); /* 22:00 UTC is 23:00 in Berlin: still the same day */
    assert_string_equal(driver_owner(d, leads[5]), "");
    driver_pass(d, HOUR);
    assert_string_equal(driver_owner(d, leads[5]), "ana");
    finish(d);
}

static const char aside_routes[] =
    "pipeline: inbound\nowner: ops\nclasses: [{name: standard, objectives: {assigned: 5m}}]\n"
    "routes:\n"
    "  - {name: nowhere, when: '!has(lead.country)', to: {exception: account_review, team: ops,"
    " within: 8h}}\n"
    "  - {name: later, when: 'lead.country == \"FR\"', to: {nurture: newsletter, after: 30d}}\n"
    "  - {name: mine, when: 'has(lead.form)', to: {rep: lead.form}}\n"
    "  - {name: everyone, to: {pool: all}}\n";
static const char one_pool[] =
    "pools:\n  - {id: all, strategy: round_robin, members: [ana, ben, cem, dora]}\n";

static void an_exception_is_a_place_of_its_own_with_a_deadline(void **state)
{
    (void)state;
    struct driver *d = with(crew, one_pool, aside_routes);
    uint64_t lead = next(d, NULL);
    assert_int_equal(d->decision.events[1].type, CORE_LEAD_EXCEPTED);
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    assert_int_equal(core_lead_find(d->core, lead)->due_us, d->now_us + 8 * HOUR);
    assert_int_equal(core_counts(d->core).exception, 1);
    driver_pass(d, 9 * HOUR);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    assert_int_equal(driver_assign(d, lead, "dora"), CORE_OK);
    assert_int_equal(core_counts(d->core).exception, 0);
    assert_string_equal(driver_owner(d, lead), "dora");
    finish(d);
}

static void nurture_ends_with_the_routes_below(void **state)
{
    (void)state;
    struct driver *d = with(crew, one_pool, aside_routes);
    uint64_t lead = next(d, "FR");
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_NURTURE);
    assert_int_equal(core_counts(d->core).nurture, 1);
    driver_pass(d, 29 * 24 * HOUR);
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_NURTURE);
    driver_pass(d, 24 * HOUR);
    assert_string_equal(driver_owner(d, lead), "ana");
    finish(d);
}

static void a_rep_may_be_named_by_an_expression(void **state)
{
    (void)state;
    struct driver *d = with(crew, one_pool, aside_routes);
    assert_string_equal(driver_owner(d, driver_submit(d, "a@x.example", "DE", "cem")), "cem");
    /* Nobody of that name: the routes below decide. */
    assert_string_equal(driver_owner(d, driver_submit(d, "b@x.example", "DE", "zoe")), "ana");
    finish(d);
}

static void who_waits_is_served_by_class_then_score_then_age(void **state)
{
    (void)state;
    struct driver *d =
        with(crew, "pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n", plain_routes);
    driver_set_rep(d, "ana", -1, 0);
    uint64_t old = driver_submit_sized(d, "a@x.example", "DE", NULL, 10);
    uint64_t small = driver_submit_sized(d, "b@x.example", "DE", NULL, 5);
    uint64_t large = driver_submit_sized(d, "c@x.example", "DE", NULL, 900);
    uint64_t same = driver_submit_sized(d, "d@x.example", "DE", NULL, 10);
    uint64_t hot = driver_submit_sized(d, "e@x.example", "DE", "demo", 1);
    const uint64_t order[] = {hot, large, old, same, small};
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = i; j < 5; j++)
            assert_string_equal(driver_owner(d, order[j]), "");
        driver_set_rep(d, "ana", -1, (int64_t)i + 1);
        assert_string_equal(driver_owner(d, order[i]), "ana");
    }
    finish(d);
}

/* A new calendar takes effect when the policy does, whatever was before. */
static void a_new_release_asks_the_calendars_anew(void **state)
{
    (void)state;
    struct driver *d = with(crew, one_pool, plain_routes);
    driver_pass(d, 12 * HOUR); /* evening */
    assert_string_equal(driver_owner(d, next(d, "DE")), "ana");
    struct policy_release *release = driver_release_of(
        office, "pools:\n  - {id: all, strategy: round_robin, members: [ana, ben]}\n",
        plain_routes);
    driver_activate(d, release);
    policy_release_unref(release);
    assert_string_equal(driver_owner(d, next(d, "DE")), "");
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_share_the_turns_evenly),
        cmocka_unit_test(whoever_comes_back_gets_no_burst),
        cmocka_unit_test(the_best_leads_go_to_the_best_tier),
        cmocka_unit_test(a_person_who_returns_gets_the_former_owner),
        cmocka_unit_test(a_full_pool_overflows_along_the_chain),
        cmocka_unit_test(a_lead_at_night_waits_for_the_next_opening),
        cmocka_unit_test(off_duty_may_mean_overflow_or_somebody_on_call),
        cmocka_unit_test(limits_by_hour_and_by_day_close_and_open_again),
        cmocka_unit_test(an_exception_is_a_place_of_its_own_with_a_deadline),
        cmocka_unit_test(nurture_ends_with_the_routes_below),
        cmocka_unit_test(a_rep_may_be_named_by_an_expression),
        cmocka_unit_test(who_waits_is_served_by_class_then_score_then_age),
        cmocka_unit_test(a_new_release_asks_the_calendars_anew),
    };
    return cmocka_run_group_tests_name("core_strategies", tests, NULL, NULL);
}
