/* How people end exceptions: what becomes of the lead, of whoever is merged, and what is refused.
 */
#include "exceptions.h"

#include <string.h>

/* ---- resolving */

static void assigning_gives_the_lead_an_owner_above_capacity(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "odd");
    driver_set_rep(d, "cem", -1, 0);
    assert_int_equal(exceptions_assign(d, exceptions_one(d, CORE_ABOUT_LEAD, lead).number, "cem"),
                     CORE_OK);
    assert_string_equal(driver_owner(d, lead), "cem");
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "cause", "bad_data");
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "actor", "mia");
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "override", "true");
    exceptions_finish(d);
}

static void assigning_a_lead_by_hand_resolves_what_holds_it(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "odd");
    struct core_command command = {.type = CORE_ASSIGN,
                                   .lead = lead,
                                   .assign.rep = BYTES_LITERAL("ben"),
                                   .assign.cause = BYTES_LITERAL("vendor_outage"),
                                   .assign.remediation = BYTES_LITERAL("called them")};
    command.assign.cause = BYTES_LITERAL("vip");
    exceptions_assert_refused(d, command, CORE_INVALID, "\"vip\" is not declared");
    command.assign.cause = BYTES_LITERAL("vendor_outage");
    assert_int_equal(driver_run(d, command), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ben");
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "assign");
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "cause", "vendor_outage");
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    exceptions_finish(d);
}

static void requeueing_routes_past_exceptions_and_retrying_does_not(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "odd");
    uint64_t first = exceptions_one(d, CORE_ABOUT_LEAD, lead).number;
    assert_int_equal(exceptions_resolve(d, first, CORE_RESOLVED_RETRY), CORE_OK);
    struct core_exception again = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_true(again.number > first);
    assert_int_equal(exceptions_resolve(d, again.number, CORE_RESOLVED_REQUEUE), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_finish(d);
}

static void requeueing_may_name_a_pool(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "odd");
    struct core_command command = exceptions_resolution(
        exceptions_one(d, CORE_ABOUT_LEAD, lead).number, CORE_RESOLVED_REQUEUE);
    command.resolve.pool = BYTES_LITERAL("all");
    assert_int_equal(driver_run(d, command), CORE_OK);
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "pool", "all");
    exceptions_finish(d);
}

static void requeueing_an_owned_lead_takes_it_from_its_owner(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_int_equal(exceptions_resolve(d, exceptions_open(d, lead, ""), CORE_RESOLVED_REQUEUE),
                     CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ben");
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 1);
    exceptions_finish(d);
}

static void dismissing_leaves_the_lead_where_it_is(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_int_equal(exceptions_resolve(d, exceptions_open(d, lead, ""), CORE_RESOLVED_DISMISS),
                     CORE_OK);
    assert_int_equal(
        exceptions_resolve(d, exceptions_open(d, lead, "delivery_failed"), CORE_RESOLVED_RETRY),
        CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 0);
    exceptions_finish(d);
}

static void moving_a_lead_overtakes_the_exception_that_holds_it(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "odd");
    uint64_t other = exceptions_open(d, lead, "fraud_suspected");
    assert_int_equal(exceptions_assign(d, other, "ben"), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ben");
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_RESOLVED), 2);
    exceptions_finish(d);
}

static void a_lead_that_is_closed_ends_all_its_exceptions(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    exceptions_open(d, lead, "");
    exceptions_open(d, lead, "fraud_suspected");
    assert_int_equal(driver_outcome(d, lead, false), CORE_OK);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_RESOLVED), 2);
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "overtaken");
    uint64_t bot = driver_submit(d, "bot@x.example", "DE", "bot");
    uint64_t holding = exceptions_one(d, CORE_ABOUT_LEAD, bot).number;
    exceptions_open(d, bot, "");
    assert_int_equal(exceptions_resolve(d, holding, CORE_RESOLVED_DISQUALIFY), CORE_OK);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, bot), 0);
    exceptions_finish(d);
}

static void the_outcome_of_a_lead_that_waits_for_a_decision_is_refused(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, NULL, "DE", NULL);
    exceptions_assert_refused(d, (struct core_command){.type = CORE_OUTCOME, .lead = lead},
                              CORE_WRONG_STATE, "(missing_email): resolve that");
    driver_free(d);
}

/* ---- merging */

static void who_is_merged_into_another_lead_is_found_there(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t known = driver_submit(d, "jo@x.example", "DE", NULL);
    uint64_t twin = driver_submit(d, "jo@home.example", "DE", "twice");
    assert_int_equal(exceptions_merge(d, exceptions_one(d, CORE_ABOUT_LEAD, twin).number, known),
                     CORE_OK);
    assert_int_equal(exceptions_place(d, twin), CORE_PLACE_CLOSED);
    exceptions_assert_refused(d, (struct core_command){.type = CORE_CONTACT, .lead = twin},
                              CORE_WRONG_STATE, "was merged into L");
    assert_int_equal(driver_submit(d, "jo@home.example", "DE", NULL), known);
    assert_int_equal(d->decision.status, CORE_KNOWN);
    assert_int_equal(core_counts(d->core).owned, 1);
    /* A chain of merges ends at the last of them. */
    uint64_t last = driver_submit(d, "jo@work.example", "DE", NULL);
    assert_int_equal(exceptions_merge(d, exceptions_open(d, known, "duplicate_conflict"), last),
                     CORE_OK);
    assert_int_equal(driver_submit(d, "jo@home.example", "DE", NULL), last);
    assert_int_equal(driver_submit(d, "jo@x.example", "DE", NULL), last);
    driver_contact(d, last);
    assert_int_equal(driver_outcome(d, last, true), CORE_OK);
    assert_int_equal(driver_submit(d, "jo@home.example", "DE", NULL), last);
    assert_int_equal(d->decision.status, CORE_KNOWN);
    exceptions_finish(d);
}

static void who_comes_again_when_the_other_lead_is_lost_starts_anew(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t known = driver_submit(d, "jo@x.example", "DE", NULL);
    uint64_t twin = driver_submit(d, "jo@home.example", "DE", "twice");
    assert_int_equal(exceptions_merge(d, exceptions_one(d, CORE_ABOUT_LEAD, twin).number, known),
                     CORE_OK);
    assert_int_equal(driver_outcome(d, known, false), CORE_OK);
    assert_int_equal(driver_submit(d, "jo@home.example", "DE", NULL), twin);
    assert_int_equal(exceptions_place(d, twin), CORE_PLACE_OWNED);
    assert_int_equal(driver_count(d, CORE_LEAD_REOPENED), 1);
    /* And now the other way round. */
    assert_int_equal(driver_submit(d, "jo@x.example", "DE", NULL), known);
    assert_int_equal(exceptions_merge(d, exceptions_open(d, known, "duplicate_conflict"), twin),
                     CORE_OK);
    assert_int_equal(driver_submit(d, "jo@x.example", "DE", NULL), twin);
    exceptions_finish(d);
}

static void merges_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t known = driver_submit(d, "jo@x.example", "DE", NULL);
    uint64_t closed = driver_submit(d, "al@x.example", "DE", NULL);
    driver_outcome(d, closed, false);
    uint64_t merged = driver_submit(d, "jo@old.example", "DE", "twice");
    assert_int_equal(exceptions_merge(d, exceptions_one(d, CORE_ABOUT_LEAD, merged).number, known),
                     CORE_OK);
    uint64_t twin = driver_submit(d, "jo@home.example", "DE", "twice");
    struct core_command command =
        exceptions_resolution(exceptions_one(d, CORE_ABOUT_LEAD, twin).number, CORE_RESOLVED_MERGE);
    const struct {
        uint64_t into;
        enum core_status status;
        const char *says;
    } cases[] = {
        {0, CORE_INVALID, "`into` is missing"},
        {twin, CORE_INVALID, "into itself"},
        {closed, CORE_WRONG_STATE, "is closed (disqualified)"},
        {merged, CORE_WRONG_STATE, "merge into that one"},
        {9999, CORE_NOT_FOUND, "there is no lead L9999"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        command.resolve.into = cases[i].into;
        exceptions_assert_refused(d, command, cases[i].status, cases[i].says);
    }
    driver_free(d);
}

/* ---- bad input */

static void a_resolution_needs_a_declared_cause_and_a_note(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t number = exceptions_submit(d, "jo@x.example", "odd");
    struct core_command command = exceptions_resolution(number, CORE_RESOLVED_REQUEUE);
    command.resolve.cause = (struct bytes){0};
    exceptions_assert_refused(d, command, CORE_INVALID, "needs a `cause` and a `remediation`");
    command = exceptions_resolution(number, CORE_RESOLVED_REQUEUE);
    command.resolve.remediation = (struct bytes){0};
    exceptions_assert_refused(d, command, CORE_INVALID, "needs a `cause` and a `remediation`");
    command = exceptions_resolution(number, CORE_RESOLVED_REQUEUE);
    command.resolve.cause = BYTES_LITERAL("the moon");
    exceptions_assert_refused(
        d, command, CORE_INVALID,
        "\"the moon\" is not declared; declared are: bad_data, vendor_outage");
    char long_text[CORE_TEXT_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    command = exceptions_resolution(number, CORE_RESOLVED_REQUEUE);
    command.resolve.remediation = (struct bytes){long_text, sizeof long_text};
    exceptions_assert_refused(d, command, CORE_INVALID, "`remediation` has 2001 bytes");
    driver_free(d);
}

static void one_is_resolved_once_and_not_by_who_looked_too_early(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t number = exceptions_submit(d, "jo@x.example", "odd");
    struct core_command command = exceptions_resolution(number, CORE_RESOLVED_REQUEUE);
    command.if_version = number;
    assert_int_equal(exceptions_claim(d, number, "leo"), CORE_OK);
    exceptions_assert_refused(d, command, CORE_STALE, "read it again");
    command.if_version = d->decision.seq;
    struct core_exception exception;
    assert_true(core_exception_find(d->core, number, &exception));
    command.if_version = exception.last_seq;
    assert_int_equal(driver_run(d, command), CORE_OK);
    command.if_version = 0;
    exceptions_assert_refused(d, command, CORE_NOT_FOUND, "it is resolved already, or never was");
    exceptions_assert_refused(d, exceptions_command(CORE_CLAIM, 9999), CORE_NOT_FOUND,
                              "no open exception X9999");
    exceptions_assert_refused(d, exceptions_command(CORE_RELEASE, number), CORE_NOT_FOUND,
                              "no open exception");
    driver_free(d);
}

static void actions_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t number = exceptions_submit(d, "jo@x.example", "odd");
    struct core_command command = exceptions_resolution(number, CORE_RESOLVED_DISMISS);
    exceptions_assert_refused(d, command, CORE_WRONG_STATE, "must go somewhere");
    command = exceptions_resolution(number, CORE_RESOLVED_OVERTAKEN);
    exceptions_assert_refused(d, command, CORE_INVALID, "`action` must be");
    command = exceptions_resolution(number, CORE_RESOLVED_ASSIGN);
    exceptions_assert_refused(d, command, CORE_INVALID, "`rep` is missing");
    command.resolve.rep = BYTES_LITERAL("nobody");
    exceptions_assert_refused(d, command, CORE_NOT_FOUND, "no rep \"nobody\"");
    command = exceptions_resolution(number, CORE_RESOLVED_REQUEUE);
    command.resolve.pool = BYTES_LITERAL("nowhere");
    exceptions_assert_refused(d, command, CORE_NOT_FOUND, "no pool \"nowhere\"");
    driver_free(d);
}

static void opening_one_by_hand_says_what_is_to_be_decided(void **state)
{
    (void)state;
    struct driver *d = exceptions_driver();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    struct core_command command = {.type = CORE_OPEN_EXCEPTION, .lead = lead};
    exceptions_assert_refused(d, command, CORE_INVALID, "needs a `note`");
    command.open_exception.note = BYTES_LITERAL("is this Jo?");
    command.open_exception.kind = BYTES_LITERAL("whatever");
    exceptions_assert_refused(d, command, CORE_INVALID, "no kind of exception \"whatever\"");
    command.open_exception.kind = (struct bytes){0};
    command.open_exception.team = BYTES_LITERAL("nobody");
    exceptions_assert_refused(d, command, CORE_NOT_FOUND, "no team or owner \"nobody\"");
    command.open_exception.team = BYTES_LITERAL("abm");
    assert_int_equal(driver_run(d, command), CORE_OK);
    uint64_t number = d->decision.entity;
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_string_equal(exception.kind, "manual");
    assert_string_equal(exception.team, "abm");
    exceptions_assert_newest(d, CORE_EXCEPTION_OPENED, "context", "is this Jo?");
    assert_int_equal(driver_run(d, command), CORE_UNCHANGED); /* one of a kind at a time */
    assert_int_equal(d->decision.entity, number);
    exceptions_finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assigning_gives_the_lead_an_owner_above_capacity),
        cmocka_unit_test(assigning_a_lead_by_hand_resolves_what_holds_it),
        cmocka_unit_test(requeueing_routes_past_exceptions_and_retrying_does_not),
        cmocka_unit_test(requeueing_may_name_a_pool),
        cmocka_unit_test(requeueing_an_owned_lead_takes_it_from_its_owner),
        cmocka_unit_test(dismissing_leaves_the_lead_where_it_is),
        cmocka_unit_test(moving_a_lead_overtakes_the_exception_that_holds_it),
        cmocka_unit_test(a_lead_that_is_closed_ends_all_its_exceptions),
        cmocka_unit_test(the_outcome_of_a_lead_that_waits_for_a_decision_is_refused),
        cmocka_unit_test(who_is_merged_into_another_lead_is_found_there),
        cmocka_unit_test(who_comes_again_when_the_other_lead_is_lost_starts_anew),
        cmocka_unit_test(merges_that_make_no_sense_are_refused),
        cmocka_unit_test(a_resolution_needs_a_declared_cause_and_a_note),
        cmocka_unit_test(one_is_resolved_once_and_not_by_who_looked_too_early),
        cmocka_unit_test(actions_that_make_no_sense_are_refused),
        cmocka_unit_test(opening_one_by_hand_says_what_is_to_be_decided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
