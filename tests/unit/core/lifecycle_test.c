/* The life of a lead: moves, versions, dedupe, idempotency, promises; and that a replay ends in the
 * same state. */
#include "driver.h"

#include "base/id.h"

#include <stdio.h>

static void known_people_are_touchpoints_on_the_same_lead(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "Jo@X.example", "DE", NULL);
    assert_int_equal(driver_submit(d, " jo@x.EXAMPLE ", "FR", NULL), lead);
    assert_int_equal(d->decision.status, CORE_KNOWN);
    assert_int_equal(core_counts(d->core).accepted, 1);
    assert_int_equal(core_counts(d->core).touchpoints, 1);
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_free(d);
}

static void a_disqualified_person_who_returns_reopens_the_lead(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_int_equal(driver_outcome(d, lead, false), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "closed");
    assert_int_equal(driver_submit(d, "jo@x.example", "DE", NULL), lead);
    assert_string_equal(driver_owner(d, lead), "ben");
    assert_int_equal(core_counts(d->core).accepted, 1);
    assert_int_equal(core_counts(d->core).disqualified, 0);
    driver_free(d);
}

static void a_qualified_person_who_returns_is_a_touchpoint(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_contact(d, lead);
    assert_int_equal(driver_outcome(d, lead, true), CORE_OK);
    assert_int_equal(driver_submit(d, "jo@x.example", "DE", NULL), lead);
    assert_int_equal(d->decision.status, CORE_KNOWN);
    assert_string_equal(driver_owner(d, lead), "closed");
    driver_free(d);
}

static void moves_outside_the_table_are_refused(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_int_equal(driver_outcome(d, lead, true), CORE_WRONG_STATE); /* never contacted */
    assert_int_equal(driver_contact(d, lead), CORE_OK);
    assert_int_equal(driver_contact(d, lead), CORE_OK); /* a second attempt */
    assert_int_equal(driver_outcome(d, lead, true), CORE_OK);
    assert_int_equal(driver_contact(d, lead), CORE_WRONG_STATE); /* closed */
    assert_int_equal(driver_contact(d, 999), CORE_NOT_FOUND);
    driver_free(d);
}

static void a_stale_version_is_refused_and_names_the_current_one(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    uint64_t version = core_lead_find(d->core, lead)->last_seq;
    driver_contact(d, lead);
    struct core_command stale = {.type = CORE_HAND_BACK, .lead = lead, .if_version = version};
    assert_int_equal(driver_run(d, stale), CORE_STALE);
    assert_int_equal(d->decision.event_count, 0);
    driver_free(d);
}

static struct core_command keyed_contact(uint64_t lead, uint64_t fingerprint)
{
    return (struct core_command){
        .type = CORE_CONTACT, .lead = lead, .idempotency = {7, 7}, .fingerprint = fingerprint};
}

static void an_idempotency_key_makes_a_command_happen_once(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_int_equal(driver_run(d, keyed_contact(lead, 1)), CORE_OK);
    uint64_t seq = d->decision.seq;
    assert_int_equal(driver_run(d, keyed_contact(lead, 1)), CORE_REPEATED);
    assert_int_equal(d->decision.seq, seq);
    assert_int_equal(driver_run(d, keyed_contact(lead, 2)), CORE_KEY_REUSED);
    d->now_us += CORE_IDEMPOTENCY_US + 1;
    assert_int_equal(driver_run(d, keyed_contact(lead, 2)), CORE_OK); /* forgotten by then */
    driver_free(d);
}

static void each_missed_promise_is_late_once(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_pass(d, INT64_C(4) * 3600 * SECOND - 1);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 0);
    driver_pass(d, 1);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    driver_pass(d, INT64_C(30) * 86400 * SECOND);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    assert_int_equal(core_counts(d->core).late, 1);
    assert_int_equal(core_lead_find(d->core, lead)->late_count, 1);
    driver_free(d);
}

static void without_contact_in_time_a_hot_lead_goes_to_somebody_else(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "demo");
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_pass(d, 9 * 60 * SECOND);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1); /* after 5 minutes */
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_pass(d, 2 * 60 * SECOND);
    assert_string_equal(driver_owner(d, lead), "ben");
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 1);
    driver_free(d);
}

static void a_waiting_lead_is_late_too(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    driver_submit(d, "jo@x.example", "DE", "demo");
    driver_pass(d, 61 * SECOND);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    driver_free(d);
}

static void a_capacity_set_by_hand_stays_until_the_policy_says_something_new(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    driver_set_rep(d, "ana", -1, 9);
    uint32_t ana = core_rep_find(d->core, bytes_of("ana"));
    struct policy_release *other_pools = driver_release(
        NULL, "pools:\n  - {id: dach, title: D, strategy: least_loaded, members: [ana]}\n"
              "  - {id: all, title: All, strategy: least_loaded, members: [ana, ben, cem]}\n");
    driver_activate(d, other_pools);
    assert_int_equal(core_rep_at(d->core, ana)->capacity, 9);
    struct policy_release *other_people =
        driver_release("defaults: {capacity: 3}\nreps:\n  - {id: ana, name: A}\n"
                       "  - {id: ben, name: B}\n  - {id: cem, name: C}\n",
                       NULL);
    driver_activate(d, other_people);
    assert_int_equal(core_rep_at(d->core, ana)->capacity, 3);
    policy_release_unref(other_pools);
    policy_release_unref(other_people);
    driver_free(d);
}

static void nothing_is_accepted_before_a_policy_is_active(void **state)
{
    (void)state;
    struct driver *d = driver_new_empty();
    assert_int_equal(driver_run(d, (struct core_command){.type = CORE_SUBMIT}), CORE_NO_POLICY);
    driver_free(d);
}

static void a_prepared_submission_makes_the_very_same_events(void **state)
{
    (void)state;
    struct driver *plain = driver_new(), *prepared = driver_new();
    struct policy_release *release = core_release(plain->core);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    values[policy_field_find(&release->schema, bytes_of("country"))] =
        cel_string(BYTES_LITERAL("AT"));
    values[policy_field_find(&release->schema, bytes_of("employees"))] = cel_int(7);
    struct core_command command = {.type = CORE_SUBMIT, .submit.values = values};
    command.submit.release = release;
    driver_run(plain, command);
    command.submit.release = core_release(prepared->core);
    core_submit_prepare(&command, &prepared->arena);
    assert_true(command.submit.attributes.size > 0);
    driver_run(prepared, command);
    assert_int_equal(plain->count, prepared->count);
    for (size_t i = 1; i < plain->count; i++)
        assert_string_equal(plain->events[i].data, prepared->events[i].data);
    driver_free(plain);
    driver_free(prepared);
}

/* A small random life, from a fixed seed. */
static void live(struct driver *d, unsigned seed, int steps)
{
    static const char *const reps[] = {"ana", "ben", "cem"};
    static const char *const countries[] = {"DE", "AT", "FR", NULL};
    uint64_t x = seed * 2654435761u + 1;
    for (int i = 0; i < steps; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
        unsigned r = (unsigned)(x >> 33);
        char email[32];
        snprintf(email, sizeof email, "p%u@x.example", r % 40);
        uint64_t lead = 1 + r % (core_seq(d->core) + 1);
        switch (r / 64 % 11) {
        case 0:
        case 1:
        case 2: driver_submit(d, email, countries[r / 7 % 4], r % 3 ? NULL : "demo"); break;
        case 3: driver_contact(d, lead); break;
        case 4: driver_outcome(d, lead, r / 5 % 2); break;
        case 5: driver_hand_back(d, lead); break;
        case 6: driver_assign(d, lead, reps[r / 3 % 3]); break;
        case 7: driver_acknowledge(d, lead); break;
        case 8: driver_enrich(d, lead, r % 900); break;
        case 9: driver_set_rep(d, reps[r / 3 % 3], (int)(r / 9 % 3) - 1, r / 27 % 5); break;
        default: driver_pass(d, (int64_t)(r % 400) * (r % 5 ? 3 : 60) * SECOND);
        }
    }
}

static void a_replay_of_the_journal_ends_in_the_same_state(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        struct driver *d = driver_new();
        live(d, seed, 400);
        struct core *replayed = driver_replay(d);
        struct hash256 a = core_digest(d->core), b = core_digest(replayed);
        assert_memory_equal(&a, &b, sizeof a);
        core_free(replayed);
        driver_free(d);
    }
}

static void no_assignment_by_policy_ever_passes_capacity(void **state)
{
    (void)state;
    for (unsigned seed = 100; seed < 110; seed++) {
        struct driver *d = driver_new();
        live(d, seed, 400);
        for (size_t i = 0; i < d->count; i++)
            if (d->events[i].type == CORE_LEAD_ASSIGNED && !d->events[i].overridden)
                assert_true(d->events[i].load <= d->events[i].capacity);
        driver_free(d);
    }
}

/* What a lead was late with, a bit for each objective, and the step of each ladder to come. */
struct escalated {
    unsigned late;
    uint32_t steps[POLICY_OBJECTIVES];
};

static unsigned objective_of(struct json_object *event)
{
    const struct bytes name = json_member_text(event, "objective");
    for (unsigned i = 0; i < POLICY_OBJECTIVES; i++)
        if (bytes_is(name, policy_objective_name((enum policy_objective)i)))
            return i;
    fail_msg("there is no objective %.*s", BYTES_ARG(name));
    return 0;
}

static void take_escalation(struct escalated *lead, const struct driver_event *event)
{
    struct json_object *data = NULL;
    assert_int_equal(json_parse(bytes_of(event->data), &data, NULL), 0);
    if (event->type == CORE_LEAD_LATE) {
        unsigned bit = 1u << objective_of(data);
        assert_false(lead->late & bit);
        lead->late |= bit;
    } else if (json_object_object_get(data, "step") != NULL) {
        unsigned objective = objective_of(data);
        uint32_t step = (uint32_t)json_member_int(data, "step", -1);
        assert_true(step >= lead->steps[objective]);
        lead->steps[objective] = step + 1;
    }
    json_object_put(data);
}

static void nothing_is_late_twice_and_no_step_is_taken_twice(void **state)
{
    (void)state;
    size_t steps = 0;
    for (unsigned seed = 200; seed < 215; seed++) {
        struct driver *d = driver_new();
        struct escalated *leads = arena_array(&d->arena, DRIVER_EVENTS_MAX + 1, sizeof *leads);
        live(d, seed, 400);
        for (size_t i = 0; i < d->count; i++) {
            const struct driver_event *event = &d->events[i];
            uint64_t number = 0;
            if (!lead_id_parse(bytes_of(event->subject), &number))
                continue;
            if (event->type == CORE_LEAD_REOPENED)
                leads[number] = (struct escalated){0};
            if (event->type != CORE_LEAD_LATE && event->type != CORE_LEAD_ESCALATED)
                continue;
            take_escalation(&leads[number], event);
            steps += event->type == CORE_LEAD_ESCALATED;
        }
        driver_free(d);
    }
    assert_true(steps > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_people_are_touchpoints_on_the_same_lead),
        cmocka_unit_test(a_disqualified_person_who_returns_reopens_the_lead),
        cmocka_unit_test(a_qualified_person_who_returns_is_a_touchpoint),
        cmocka_unit_test(moves_outside_the_table_are_refused),
        cmocka_unit_test(a_stale_version_is_refused_and_names_the_current_one),
        cmocka_unit_test(an_idempotency_key_makes_a_command_happen_once),
        cmocka_unit_test(each_missed_promise_is_late_once),
        cmocka_unit_test(without_contact_in_time_a_hot_lead_goes_to_somebody_else),
        cmocka_unit_test(a_waiting_lead_is_late_too),
        cmocka_unit_test(a_capacity_set_by_hand_stays_until_the_policy_says_something_new),
        cmocka_unit_test(nothing_is_accepted_before_a_policy_is_active),
        cmocka_unit_test(a_prepared_submission_makes_the_very_same_events),
        cmocka_unit_test(a_replay_of_the_journal_ends_in_the_same_state),
        cmocka_unit_test(no_assignment_by_policy_ever_passes_capacity),
        cmocka_unit_test(nothing_is_late_twice_and_no_step_is_taken_twice),
    };
    return cmocka_run_group_tests_name("core life cycle", tests, NULL, NULL);
}
