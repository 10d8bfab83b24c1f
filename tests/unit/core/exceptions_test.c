/* Exceptions: whoever is in one has a person, a deadline and a fallback; how each kind goes by
 * itself, what the watch opens, and who looks after it. */
#include "exceptions.h"

#include <stdio.h>

/* ---- the paths that the kinds take by themselves */

static void a_lead_without_an_address_is_disqualified_after_a_day_exactly(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, NULL, "DE", NULL);
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_string_equal(exception.kind, "missing_email");
    assert_string_equal(exception.queue, "validation");
    assert_true(exception.holding);
    assert_int_equal(exception.due_us, d->now_us + 24 * HOUR);
    driver_pass(d, 24 * HOUR - 1);
    assert_int_equal(exceptions_place(d, lead), CORE_PLACE_EXCEPTION);
    driver_pass(d, 1);
    assert_int_equal(exceptions_place(d, lead), CORE_PLACE_CLOSED);
    assert_int_equal(core_counts(d->core).disqualified, 1);
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "disqualify");
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "automatic", "true");
    exceptions_assert_newest(d, CORE_LEAD_DISQUALIFIED, "reason", "missing_email");
    exceptions_finish(d);
}

static void an_account_that_nobody_reviews_is_routed_past_the_review(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "review");
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_string_equal(exception.queue, "accounts");
    assert_string_equal(exception.team, "abm"); /* the route's own */
    driver_pass(d, 48 * HOUR - 1);
    assert_int_equal(exceptions_place(d, lead), CORE_PLACE_EXCEPTION);
    driver_pass(d, 1);
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "cause", "resolved");
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "route", "dach");
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    exceptions_finish(d);
}

static void every_standard_kind_has_a_deadline_and_a_fallback(void **state)
{
    (void)state;
    static const struct {
        const char *form;
        int64_t hours;
        enum core_place then;
    } paths[] = {
        {"slow", 4, CORE_PLACE_OWNED},        {"full", 1, CORE_PLACE_EXCEPTION},
        {"broken", 24, CORE_PLACE_EXCEPTION}, {"failed", 24, CORE_PLACE_EXCEPTION},
        {"late", 4, CORE_PLACE_OWNED},        {"gap", 4, CORE_PLACE_EXCEPTION},
        {"twice", 24, CORE_PLACE_OWNED},      {"bot", 24, CORE_PLACE_CLOSED},
        {"odd", 24, CORE_PLACE_EXCEPTION},    {"review", 48, CORE_PLACE_OWNED},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct driver *d = exceptions_driver();
        uint64_t lead = driver_submit(d, "jo@x.example", "DE", paths[i].form);
        assert_int_equal(exceptions_place(d, lead), CORE_PLACE_EXCEPTION);
        driver_pass(d, paths[i].hours * HOUR - 1);
        assert_int_equal(exceptions_place(d, lead), CORE_PLACE_EXCEPTION);
        assert_int_equal(driver_count(d, CORE_EXCEPTION_ESCALATED), 0);
        driver_pass(d, 1);
        assert_int_equal(exceptions_place(d, lead), paths[i].then);
        assert_int_equal(driver_count(d, CORE_EXCEPTION_ESCALATED),
                         paths[i].then == CORE_PLACE_EXCEPTION);
        exceptions_finish(d);
    }
}

static void one_that_waits_for_a_person_is_reminded_of_ever_more_rarely(void **state)
{
    (void)state;
    static const int hours[] = {4, 4, 8, 16, 24, 24};
    struct driver *d = exceptions_driver();
    driver_submit(d, "jo@x.example", "DE", "gap");
    for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
        driver_pass(d, hours[i] * HOUR - 1);
        assert_int_equal(driver_count(d, CORE_EXCEPTION_ESCALATED), i);
        driver_pass(d, 1);
        assert_int_equal(driver_count(d, CORE_EXCEPTION_ESCALATED), i + 1);
    }
    exceptions_finish(d);
}

static void one_that_accompanies_its_lead_is_dismissed_and_the_lead_stays(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    exceptions_open(d, lead, "enrichment_timeout");
    assert_false(exceptions_one(d, CORE_ABOUT_LEAD, lead).holding);
    driver_pass(d, 4 * HOUR - 1);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 1);
    driver_pass(d, 1);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "dismiss");
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_finish(d);
}

static struct core_command enrichment(struct driver *d, uint64_t lead)
{
    struct core_command command = {.type = CORE_ENRICH, .lead = lead};
    command.enrich.provider = BYTES_LITERAL("clearly");
    command.enrich.arena = &d->arena;
    command.enrich.values =
        arena_array(&d->arena, POLICY_FIELDS_MAX, sizeof *command.enrich.values);
    return command;
}

/* E3: to the triage pool, not enriched, and before a person. */
static void a_lead_that_is_not_enriched_in_time_is_triaged_and_reviewed(void **state)
{
    (void)state;
    struct driver *d =
        exceptions_driver_with("pipeline: inbound\nowner: ops\n"
                               "classes: [{name: standard, objectives: {enriched: 2m}}]\n"
                               "exceptions: {enrichment_timeout: {triage: all, team: desk}}\n"
                               "routes: [{name: dach, to: {pool: dach}}]\n");
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    uint64_t other = driver_submit(d, "al@x.example", "DE", NULL);
    driver_pass(d, 120 * SECOND - 1);
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_pass(d, 1);
    exceptions_assert_newest(d, CORE_LEAD_LATE, "objective", "enriched");
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "pool", "all");
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "cause", "escalated");
    struct core_exception review = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_string_equal(review.kind, "enrichment_timeout");
    assert_string_equal(review.team, "desk");
    assert_false(review.holding);
    /* The answer comes after all for one of them; nobody looks at the other. */
    assert_int_equal(driver_run(d, enrichment(d, lead)), CORE_OK);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "overtaken");
    driver_pass(d, 4 * HOUR);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, other), 0);
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "dismiss");
    assert_int_equal(exceptions_place(d, other), CORE_PLACE_OWNED);
    exceptions_finish(d);
}

static void fallbacks_are_taken_in_turn_over_the_life_of_the_lead(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver_with(PIPELINE(
        "exceptions:\n"
        "  objective_late: {team: desk, within: 2h, fallback: [{team: abm, within: 6h}, requeue,"
        " disqualify]}\n"));
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "late");
    uint64_t number = exceptions_one(d, CORE_ABOUT_LEAD, lead).number;
    assert_int_equal(exceptions_claim(d, number, "ben"), CORE_OK);
    driver_pass(d, 2 * HOUR);
    struct core_exception handed_on = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_string_equal(handed_on.team, "abm");
    assert_string_equal(handed_on.claimed_by, ""); /* ben is not of that team */
    assert_int_equal(handed_on.due_us, d->now_us + 6 * HOUR);
    driver_pass(d, 6 * HOUR);
    assert_int_equal(exceptions_place(d, lead), CORE_PLACE_OWNED);
    exceptions_open(d, lead, "objective_late");
    driver_pass(d, 2 * HOUR);
    assert_int_equal(exceptions_place(d, lead), CORE_PLACE_CLOSED);
    exceptions_finish(d);
}

/* That enrichment did not answer, and nobody cared, is no reason to give a lead up sooner. */
static void what_expires_beside_a_lead_does_not_move_its_list_on(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver_with(
        PIPELINE("exceptions:\n"
                 "  manual: {team: desk, within: 1h, fallback: remind}\n"
                 "  objective_late: {team: desk, within: 9h, fallback: [{team: abm, within: 6h},"
                 " disqualify]}\n"));
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "late");
    exceptions_open(d, lead, "manual");
    driver_pass(d, 8 * HOUR);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_ESCALATED), 4); /* after 1, 2, 4 and 8 hours */
    driver_pass(d, HOUR);
    exceptions_assert_newest(d, CORE_EXCEPTION_ESCALATED, "team", "abm");
    exceptions_finish(d);
}

static void a_fallback_may_lead_to_a_pool(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver_with(
        PIPELINE("exceptions: {account_review: {within: 1h, fallback: {pool: all}}}\n"));
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "review");
    driver_pass(d, HOUR);
    assert_int_equal(exceptions_place(d, lead), CORE_PLACE_OWNED);
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "pool", "all");
    exceptions_finish(d);
}

static void where_no_route_leads_out_people_are_reminded_instead(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver_with(
        "pipeline: inbound\nowner: ops\nclasses: [{name: standard}]\n"
        "routes: [{name: all, to: {exception: account_review, team: abm}}]\n");
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_pass(d, 48 * HOUR);
    assert_int_equal(exceptions_place(d, lead), CORE_PLACE_EXCEPTION);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_ESCALATED), 1);
    struct core_command command = exceptions_resolution(
        exceptions_one(d, CORE_ABOUT_LEAD, lead).number, CORE_RESOLVED_REQUEUE);
    exceptions_assert_refused(d, command, CORE_WRONG_STATE, "say which `pool`");
    command.resolve.pool = BYTES_LITERAL("all");
    assert_int_equal(driver_run(d, command), CORE_OK);
    exceptions_finish(d);
}

static void a_jump_of_the_clock_takes_each_fallback_once(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lost = driver_submit(d, NULL, "DE", NULL);
    driver_submit(d, "jo@x.example", "DE", "gap");
    d->now_us += 31 * 24 * HOUR;
    driver_tick(d);
    assert_int_equal(exceptions_place(d, lost), CORE_PLACE_CLOSED);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_ESCALATED), 1);
    exceptions_finish(d);
}

/* ---- claiming */

static void who_claims_one_has_it_until_it_is_released(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t number = exceptions_submit(d, "jo@x.example", "odd");
    assert_int_equal(exceptions_claim(d, number, "mia"), CORE_OK);
    assert_int_equal(exceptions_claim(d, number, "mia"), CORE_UNCHANGED);
    struct core_command theft = exceptions_command(CORE_CLAIM, number);
    theft.actor = BYTES_LITERAL("leo");
    exceptions_assert_refused(d, theft, CORE_WRONG_STATE, "claimed by mia");
    theft.type = CORE_RELEASE; /* by anybody */
    assert_int_equal(driver_run(d, theft), CORE_OK);
    assert_int_equal(driver_run(d, theft), CORE_UNCHANGED);
    assert_int_equal(exceptions_claim(d, number, "leo"), CORE_OK);
    struct core_exception exception;
    assert_true(core_exception_find(d->core, number, &exception));
    assert_string_equal(exception.claimed_by, "leo");
    /* A claim is no lock: whoever knows the answer may give it. */
    assert_int_equal(exceptions_resolve(d, number, CORE_RESOLVED_REQUEUE), CORE_OK);
    exceptions_finish(d);
}

static void nobody_claims_one_without_a_name(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    struct core_command nameless =
        exceptions_command(CORE_CLAIM, exceptions_submit(d, "jo@x.example", "odd"));
    nameless.actor = (struct bytes){0};
    exceptions_assert_refused(d, nameless, CORE_INVALID, "say who");
    driver_free(d);
}

/* ---- what the watch opens */

static void a_pool_that_cannot_take_its_leads_is_an_exception_until_it_can(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    char email[32];
    for (int i = 0; i < 5; i++) { /* two for ana, two for ben, one waits */
        snprintf(email, sizeof email, "p%d@x.example", i);
        driver_submit(d, email, "DE", NULL);
    }
    assert_int_equal(core_counts(d->core).waiting, 1);
    driver_look(d);
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_POOL, 0);
    assert_string_equal(exception.kind, "capacity_overrun");
    exceptions_assert_newest(d, CORE_EXCEPTION_OPENED, "context",
                             "1 lead waits, and nobody on duty has room");
    exceptions_assert_refused(d, exceptions_resolution(exception.number, CORE_RESOLVED_REQUEUE),
                              CORE_WRONG_STATE, "is about a pool");
    driver_look(d);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_OPENED), 1);
    driver_set_rep(d, "ana", -1, 5);
    driver_look(d);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_POOL, 0), 0);
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "overtaken");
    exceptions_finish(d);
}

static void a_source_with_dead_letters_is_an_exception_until_they_are_settled(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t letter = driver_refuse(d, 0, "/email type");
    driver_look(d);
    assert_string_equal(exceptions_one(d, CORE_ABOUT_SOURCE, 0).kind, "contract_violation");
    driver_run(d, (struct core_command){.type = CORE_DISCARD,
                                        .dead_letter = letter,
                                        .discard.reason = BYTES_LITERAL("a test")});
    driver_look(d);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_SOURCE, 0), 0);
    exceptions_finish(d);
}

static void what_somebody_has_looked_at_does_not_come_back_at_once(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    driver_refuse(d, 0, "/email type");
    driver_look(d);
    uint64_t number = exceptions_one(d, CORE_ABOUT_SOURCE, 0).number;
    assert_int_equal(exceptions_resolve(d, number, CORE_RESOLVED_DISMISS), CORE_OK);
    driver_look(d);
    driver_pass(d, 24 * HOUR - 1);
    driver_look(d);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_SOURCE, 0), 0);
    driver_pass(d, 1);
    driver_look(d);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_SOURCE, 0), 1);
    exceptions_finish(d);
}

/* ---- journals from before exceptions were kept */

static struct core_event event_of(const struct driver *d, enum core_event_type type, uint64_t lead)
{
    return (struct core_event){.type = type,
                               .seq = core_seq(d->core) + 1,
                               .time_us = d->now_us,
                               .lead = lead,
                               .previous = core_lead_find(d->core, lead)->last_seq};
}

static void in_an_old_journal_a_lead_simply_leaves_its_exception(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, NULL, "DE", NULL);
    struct core_event late = event_of(d, CORE_LEAD_LATE, lead);
    late.late.objective = POLICY_ASSIGNED;
    late.late.count = 1;
    late.late.due_us = d->now_us + 48 * HOUR;
    core_apply(d->core, &late);
    driver_check(d);
    assert_int_equal(exceptions_one(d, CORE_ABOUT_LEAD, lead).due_us, d->now_us + 48 * HOUR);
    struct core_event assigned = event_of(d, CORE_LEAD_ASSIGNED, lead);
    assigned.placed.rep = core_rep_find(d->core, BYTES_LITERAL("ana"));
    assigned.placed.pool = assigned.placed.through = assigned.placed.turn = CORE_NONE;
    assigned.placed.route = assigned.placed.kept_from = CORE_NONE;
    assigned.placed.cause = CORE_CAUSE_MANUAL;
    assigned.placed.due_us = d->now_us + HOUR;
    core_apply(d->core, &assigned);
    driver_check(d);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    driver_free(d);
}

/* ---- everything at once */

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % below;
}

struct choice { /* one of all, each as likely */
    uint64_t state, number;
    uint32_t seen;
};

static void visit_any(void *context, const struct core_exception *exception)
{
    struct choice *choice = context;
    if (draw(&choice->state, ++choice->seen) == 0)
        choice->number = exception->number;
}

/* One thing that somebody might do; refusals are as good as anything. */
static void do_something(struct driver *d, uint64_t *seed, uint64_t lead)
{
    struct choice choice = {.state = *seed};
    core_exceptions_each(d->core, visit_any, &choice);
    struct core_command command =
        exceptions_resolution(choice.number, (enum core_resolution)draw(seed, CORE_RESOLUTIONS));
    command.resolve.rep = draw(seed, 2) == 0 ? BYTES_LITERAL("ana") : BYTES_LITERAL("cem");
    command.resolve.into = lead;
    switch (draw(seed, 9)) {
    case 0:
    case 1: driver_run(d, command); break;
    case 2: exceptions_claim(d, choice.number, "mia"); break;
    case 3: driver_run(d, exceptions_command(CORE_RELEASE, choice.number)); break;
    case 4: driver_outcome(d, lead, false); break;
    case 5: driver_contact(d, lead); break;
    case 6: driver_assign(d, lead, "ben"); break;
    case 7: driver_hand_back(d, lead); break;
    default:
        driver_run(d, (struct core_command){.type = CORE_OPEN_EXCEPTION,
                                            .lead = lead,
                                            .open_exception.note = BYTES_LITERAL("look")});
    }
    driver_tick(d);
}

static void visit_due(void *context, const struct core_exception *exception)
{
    assert_true(exception->due_us > *(const int64_t *)context);
}

/* The driver checks after every event that each lead is in one place and has a timer (I5). */
static void whatever_people_do_no_deadline_passes_without_its_fallback(void **state)
{
    (void)state;
    static const char *const forms[] = {NULL,   "review", "slow", "full",  "broken", "failed",
                                        "late", "gap",    "odd",  "twice", "bot"};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t dice = seed;
        struct driver *d = exceptions_driver();
        uint64_t leads[40] = {0};
        char email[32];
        for (int i = 0; i < 300; i++) {
            uint32_t one = draw(&dice, 40);
            snprintf(email, sizeof email, "p%u@x.example", one);
            if (draw(&dice, 3) == 0)
                leads[one] = driver_submit(d, draw(&dice, 9) == 0 ? NULL : email, "DE",
                                           forms[draw(&dice, 11)]);
            else
                do_something(d, &dice, leads[one]);
            driver_look(d);
            driver_pass(d, draw(&dice, 5) * HOUR);
            core_exceptions_each(d->core, visit_due, &d->now_us);
        }
        assert_true(driver_count(d, CORE_LEAD_EXCEPTED) > 10);
        assert_true(driver_count(d, CORE_EXCEPTION_RESOLVED) > 10);
        exceptions_finish(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lead_without_an_address_is_disqualified_after_a_day_exactly),
        cmocka_unit_test(an_account_that_nobody_reviews_is_routed_past_the_review),
        cmocka_unit_test(every_standard_kind_has_a_deadline_and_a_fallback),
        cmocka_unit_test(one_that_waits_for_a_person_is_reminded_of_ever_more_rarely),
        cmocka_unit_test(one_that_accompanies_its_lead_is_dismissed_and_the_lead_stays),
        cmocka_unit_test(a_lead_that_is_not_enriched_in_time_is_triaged_and_reviewed),
        cmocka_unit_test(fallbacks_are_taken_in_turn_over_the_life_of_the_lead),
        cmocka_unit_test(what_expires_beside_a_lead_does_not_move_its_list_on),
        cmocka_unit_test(a_fallback_may_lead_to_a_pool),
        cmocka_unit_test(where_no_route_leads_out_people_are_reminded_instead),
        cmocka_unit_test(a_jump_of_the_clock_takes_each_fallback_once),
        cmocka_unit_test(who_claims_one_has_it_until_it_is_released),
        cmocka_unit_test(nobody_claims_one_without_a_name),
        cmocka_unit_test(a_pool_that_cannot_take_its_leads_is_an_exception_until_it_can),
        cmocka_unit_test(a_source_with_dead_letters_is_an_exception_until_they_are_settled),
        cmocka_unit_test(what_somebody_has_looked_at_does_not_come_back_at_once),
        cmocka_unit_test(in_an_old_journal_a_lead_simply_leaves_its_exception),
        cmocka_unit_test(whatever_people_do_no_deadline_passes_without_its_fallback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
