/* Versions of a source's contract: who reads the records, and when a candidate is given up (D3). */
#include "driver.h"

#include <stdio.h>

#define MINUTE (60 * SECOND)

static struct driver *driver_with(const char *source)
{
    struct driver *d = driver_new_empty();
    struct policy_release *release = driver_release_edge(source, "90d");
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

static enum core_status activate(struct driver *d, const char *source)
{
    struct policy_release *release = driver_release_edge(source, "90d");
    enum core_status status = driver_activate(d, release);
    policy_release_unref(release);
    return status;
}

static enum core_status change(struct driver *d, enum core_switch_cause cause, uint32_t version,
                               uint32_t share)
{
    return driver_run(d, (struct core_command){.type = CORE_SWITCH,
                                               .actor = BYTES_LITERAL("ops"),
                                               .switch_.source = BYTES_LITERAL("web"),
                                               .switch_.cause = cause,
                                               .switch_.version = version,
                                               .switch_.share = share,
                                               .switch_.note = BYTES_LITERAL("as agreed")});
}

static void check_rollout(struct driver *d, uint32_t active, enum policy_rollout_mode mode,
                          uint32_t candidate, uint32_t share, uint32_t previous)
{
    const struct policy_rollout *rollout = &core_source_at(d->core, 0)->rollout;
    assert_int_equal(rollout->active, active);
    assert_int_equal(rollout->mode, mode);
    assert_int_equal(rollout->candidate, candidate);
    assert_int_equal(rollout->share, share);
    assert_int_equal(rollout->previous, previous);
    driver_check_replay(d);
}

/* ---- by a person */

static void a_candidate_goes_from_shadow_to_canary_to_active_and_back(void **state)
{
    (void)state;
    struct driver *d = driver_with("contract: 1\n");
    check_rollout(d, 1, POLICY_NO_CANDIDATE, 0, 0, 0);
    uint64_t changed = core_rollouts_changed(d->core);
    assert_int_equal(change(d, CORE_SWITCH_SHADOW, 2, 0), CORE_OK);
    check_rollout(d, 1, POLICY_SHADOW, 2, 0, 0);
    assert_int_not_equal(core_rollouts_changed(d->core), changed);
    assert_int_equal(change(d, CORE_SWITCH_CANARY, 2, 1000), CORE_OK);
    check_rollout(d, 1, POLICY_CANARY, 2, 1000, 0);
    assert_int_equal(change(d, CORE_SWITCH_CANARY, 2, 5000), CORE_OK);
    check_rollout(d, 1, POLICY_CANARY, 2, 5000, 0);
    assert_int_equal(change(d, CORE_SWITCH_PROMOTED, 0, 0), CORE_OK);
    check_rollout(d, 2, POLICY_NO_CANDIDATE, 0, 0, 1);
    assert_int_equal(change(d, CORE_SWITCH_SHADOW, 3, 0), CORE_OK);
    assert_int_equal(change(d, CORE_SWITCH_ROLLED_BACK, 0, 0), CORE_OK);
    check_rollout(d, 2, POLICY_NO_CANDIDATE, 0, 0, 1); /* first the candidate goes */
    assert_int_equal(change(d, CORE_SWITCH_ROLLED_BACK, 0, 0), CORE_OK);
    check_rollout(d, 1, POLICY_NO_CANDIDATE, 0, 0, 0);
    assert_int_equal(driver_count(d, CORE_SOURCE_SWITCHED), 7);

    struct json_object *event = driver_newest(d, CORE_SOURCE_SWITCHED);
    assert_true(bytes_is(json_member_text(event, "cause"), "rolled_back"));
    assert_true(bytes_is(json_member_text(event, "note"), "as agreed"));
    assert_true(bytes_is(json_member_text(event, "actor"), "ops"));
    assert_int_equal(json_member_int(event, "active", 0), 1);
    json_object_put(event);
    driver_free(d);
}

static void a_version_can_be_promoted_without_a_trial(void **state)
{
    (void)state;
    struct driver *d = driver_with("contract: 1\n");
    assert_int_equal(change(d, CORE_SWITCH_SHADOW, 2, 0), CORE_OK);
    assert_int_equal(change(d, CORE_SWITCH_PROMOTED, 3, 0), CORE_OK);
    check_rollout(d, 3, POLICY_NO_CANDIDATE, 0, 0, 1);
    driver_free(d);
}

static void what_is_so_already_is_no_event(void **state)
{
    (void)state;
    struct driver *d = driver_with("contract: 1\n");
    assert_int_equal(change(d, CORE_SWITCH_STOPPED, 0, 0), CORE_UNCHANGED);
    assert_int_equal(change(d, CORE_SWITCH_PROMOTED, 1, 0), CORE_UNCHANGED);
    assert_int_equal(change(d, CORE_SWITCH_SHADOW, 2, 0), CORE_OK);
    assert_int_equal(change(d, CORE_SWITCH_SHADOW, 2, 0), CORE_UNCHANGED);
    assert_int_equal(change(d, CORE_SWITCH_STOPPED, 0, 0), CORE_OK);
    check_rollout(d, 1, POLICY_NO_CANDIDATE, 0, 0, 0);
    assert_int_equal(driver_count(d, CORE_SOURCE_SWITCHED), 2);
    driver_free(d);
}

static void what_cannot_be_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct driver *d = driver_with("contract: 1\n");
    const struct {
        enum core_switch_cause cause;
        uint32_t version, share;
        enum core_status status;
    } wrong[] = {
        {CORE_SWITCH_SHADOW, 7, 0, CORE_INVALID},       /* no such version */
        {CORE_SWITCH_SHADOW, 0, 0, CORE_INVALID},       /* which? */
        {CORE_SWITCH_SHADOW, 1, 0, CORE_INVALID},       /* against itself */
        {CORE_SWITCH_CANARY, 2, 0, CORE_INVALID},       /* nothing */
        {CORE_SWITCH_CANARY, 2, 10001, CORE_INVALID},   /* more than all */
        {CORE_SWITCH_PROMOTED, 0, 0, CORE_WRONG_STATE}, /* no candidate */
        {CORE_SWITCH_PROMOTED, 7, 0, CORE_INVALID},
        {CORE_SWITCH_ROLLED_BACK, 0, 0, CORE_WRONG_STATE}, /* to what? */
        {CORE_SWITCH_FELL_BACK, 2, 0, CORE_INVALID},       /* not by a person */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(change(d, wrong[i].cause, wrong[i].version, wrong[i].share),
                         wrong[i].status);
        assert_true(strlen(d->decision.message) > 20);
    }
    assert_int_equal(driver_run(d, (struct core_command){.type = CORE_SWITCH,
                                                         .switch_.source = BYTES_LITERAL("gone")}),
                     CORE_NOT_FOUND);
    assert_int_equal(driver_count(d, CORE_SOURCE_SWITCHED), 0);
    driver_free(d);
}

static void a_source_without_a_contract_has_no_versions(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    assert_int_equal(change(d, CORE_SWITCH_SHADOW, 2, 0), CORE_INVALID);
    assert_non_null(strstr(d->decision.message, "has no contract"));
    driver_free(d);
}

/* ---- by another release */

static void a_release_that_says_nothing_new_leaves_what_people_did(void **state)
{
    (void)state;
    struct driver *d = driver_with("contract: 1\n");
    change(d, CORE_SWITCH_PROMOTED, 2, 0);
    assert_int_equal(activate(d, "contract: 1\nhoneypot: website\n"), CORE_OK);
    check_rollout(d, 2, POLICY_NO_CANDIDATE, 0, 0, 1);
    assert_int_equal(activate(d, "contract: 1\ncandidate: {version: 3}\n"), CORE_OK);
    check_rollout(d, 1, POLICY_SHADOW, 3, 0, 0);
    driver_free(d);
}

/* What people did goes on only with versions that are there. */
static void a_version_that_is_gone_is_used_no_more(void **state)
{
    (void)state;
    const struct policy_contract contracts[] = {{.version = 1}, {.version = 3}};
    const struct policy_source now = {
        .contracts = contracts, .contract_count = 2, .rollout = {.active = 1}};
    const struct policy_rollout on_two = {.active = 2, .previous = 1};
    assert_int_equal(core_rollout_enrol(&on_two, &now, &now).active, 1);

    const struct policy_rollout candidate_two = {
        .active = 3, .candidate = 2, .mode = POLICY_CANARY, .share = 100};
    struct policy_rollout rollout = core_rollout_enrol(&candidate_two, &now, &now);
    assert_int_equal(rollout.active, 1);
    assert_int_equal(rollout.candidate, 0);
    assert_int_equal(rollout.mode, POLICY_NO_CANDIDATE);

    const struct policy_rollout back_to_two = {.active = 3, .previous = 2};
    rollout = core_rollout_enrol(&back_to_two, &now, &now);
    assert_int_equal(rollout.active, 3); /* it is there: only the way back is gone */
    assert_int_equal(rollout.previous, 0);
}

static void a_source_that_comes_back_starts_as_declared(void **state)
{
    (void)state;
    struct driver *d = driver_with("contract: 1\n");
    change(d, CORE_SWITCH_PROMOTED, 2, 0);
    struct policy_release *without = driver_release(NULL, NULL); /* `web` has no contract there */
    assert_int_equal(driver_activate(d, without), CORE_OK);
    policy_release_unref(without);
    check_rollout(d, 0, POLICY_NO_CANDIDATE, 0, 0, 0);
    assert_int_equal(change(d, CORE_SWITCH_ROLLED_BACK, 0, 0), CORE_INVALID);
    assert_int_equal(activate(d, "contract: 1\n"), CORE_OK);
    check_rollout(d, 1, POLICY_NO_CANDIDATE, 0, 0, 0);
    driver_free(d);
}

/* ---- the canary */

#define CANARY                                             \
    "contract: 1\n"                                        \
    "candidate: {version: 2, mode: canary, percent: 50,\n" \
    "            fall_back: {percent: 25, records: 4, within: 10m}}\n"

static void accept(struct driver *d, uint32_t contract)
{
    static unsigned person;
    char email[32];
    snprintf(email, sizeof email, "p%u@example.com", person++);
    struct core_command command = driver_submission(d, email, "DE", NULL, -1);
    command.submit.contract = contract;
    assert_int_equal(driver_run(d, command), CORE_OK);
    driver_tick(d);
}

static void check_window(struct driver *d, uint32_t accepted, uint32_t refused)
{
    const struct core_source *source = core_source_at(d->core, 0);
    assert_int_equal(source->accepted, accepted);
    assert_int_equal(source->refused, refused);
    driver_check_replay(d);
}

static void a_canary_is_given_up_at_its_threshold(void **state)
{
    (void)state;
    struct driver *d = driver_with(CANARY);
    for (int i = 0; i < 3; i++)
        accept(d, 2);
    check_window(d, 3, 0);
    driver_refuse(d, 2, "x"); /* one of four: a quarter */
    check_rollout(d, 1, POLICY_NO_CANDIDATE, 0, 0, 0);
    check_window(d, 0, 0);
    assert_int_equal(d->decision.event_count, 2);
    assert_int_equal(d->decision.seq, d->decision.dead_letter);

    struct json_object *event = driver_newest(d, CORE_RECORD_REFUSED);
    assert_true(json_object_get_boolean(json_object_object_get(event, "canary")));
    json_object_put(event);
    event = driver_newest(d, CORE_SOURCE_SWITCHED);
    assert_true(bytes_is(json_member_text(event, "cause"), "fell_back"));
    assert_int_equal(json_member_int(event, "accepted", 0), 3);
    assert_int_equal(json_member_int(event, "refused", 0), 1);
    json_object_put(event);
    driver_free(d);
}

static void below_the_threshold_a_canary_goes_on(void **state)
{
    (void)state;
    struct driver *d = driver_with(CANARY);
    for (int i = 0; i < 4; i++)
        accept(d, 2);
    driver_refuse(d, 2, "x"); /* one of five */
    check_rollout(d, 1, POLICY_CANARY, 2, 5000, 0);
    check_window(d, 4, 1);
    driver_refuse(d, 2, "x"); /* two of six */
    check_rollout(d, 1, POLICY_NO_CANDIDATE, 0, 0, 0);
    driver_free(d);
}

static void a_few_records_say_nothing(void **state)
{
    (void)state;
    struct driver *d = driver_with(CANARY);
    for (uint32_t i = 1; i <= 3; i++) {
        driver_refuse(d, 2, "x");
        check_window(d, 0, i);
    }
    check_rollout(d, 1, POLICY_CANARY, 2, 5000, 0);
    driver_refuse(d, 2, "x");
    check_rollout(d, 1, POLICY_NO_CANDIDATE, 0, 0, 0);
    driver_free(d);
}

static void only_the_candidates_records_count(void **state)
{
    (void)state;
    struct driver *d = driver_with(CANARY);
    for (int i = 0; i < 9; i++)
        driver_refuse(d, 1, "x");
    accept(d, 1);
    driver_refuse(d, 0, "unreadable: JSON");
    check_window(d, 0, 0);
    check_rollout(d, 1, POLICY_CANARY, 2, 5000, 0);
    assert_int_equal(change(d, CORE_SWITCH_SHADOW, 2, 0), CORE_OK);
    accept(d, 2); /* by a sender who says that it is version 2 */
    driver_refuse(d, 2, "x");
    check_window(d, 0, 0);
    driver_free(d);
}

static void windows_follow_one_another(void **state)
{
    (void)state;
    struct driver *d = driver_with(CANARY);
    driver_refuse(d, 2, "x");
    int64_t end_us = core_source_at(d->core, 0)->window_end_us;
    assert_int_equal(end_us, d->now_us + 10 * MINUTE);
    driver_refuse(d, 2, "x");
    driver_pass(d, 10 * MINUTE - 1);
    driver_refuse(d, 2, "x"); /* just within it */
    check_window(d, 0, 3);
    driver_pass(d, 1);
    driver_refuse(d, 2, "x"); /* the next one begins */
    check_window(d, 0, 1);
    assert_int_equal(core_source_at(d->core, 0)->window_end_us, d->now_us + 10 * MINUTE);
    check_rollout(d, 1, POLICY_CANARY, 2, 5000, 0);
    driver_free(d);
}

static void fall_back_can_be_switched_off(void **state)
{
    (void)state;
    struct driver *d = driver_with(
        "contract: 1\ncandidate: {version: 2, mode: canary, percent: 50, fall_back: never}\n");
    for (int i = 0; i < 100; i++)
        driver_refuse(d, 2, "x");
    check_rollout(d, 1, POLICY_CANARY, 2, 5000, 0);
    driver_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_candidate_goes_from_shadow_to_canary_to_active_and_back),
        cmocka_unit_test(a_version_can_be_promoted_without_a_trial),
        cmocka_unit_test(what_is_so_already_is_no_event),
        cmocka_unit_test(what_cannot_be_is_refused_with_a_sentence),
        cmocka_unit_test(a_source_without_a_contract_has_no_versions),
        cmocka_unit_test(a_release_that_says_nothing_new_leaves_what_people_did),
        cmocka_unit_test(a_version_that_is_gone_is_used_no_more),
        cmocka_unit_test(a_source_that_comes_back_starts_as_declared),
        cmocka_unit_test(a_canary_is_given_up_at_its_threshold),
        cmocka_unit_test(below_the_threshold_a_canary_goes_on),
        cmocka_unit_test(a_few_records_say_nothing),
        cmocka_unit_test(only_the_candidates_records_count),
        cmocka_unit_test(windows_follow_one_another),
        cmocka_unit_test(fall_back_can_be_switched_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
