/* Records that broke their contract: each is a dead letter until it becomes a lead, or a touchpoint
 * of one, or is discarded; never two leads, never nothing (A3, A5, D2, I9). */
#include "driver.h"

#include "core/internal.h"

#define DAY (24 * 3600 * SECOND)
#define WRONG "/properties/email/type at /email"

static struct policy_release *release;

static int open_driver(void **state)
{
    struct driver *d = driver_new_empty();
    release = driver_release_edge("contract: 1\n", "30d");
    assert_int_equal(driver_activate(d, release), CORE_OK);
    *state = d;
    return 0;
}

static int close_driver(void **state)
{
    driver_free(*state);
    policy_release_unref(release);
    return 0;
}

static enum core_status replay(struct driver *d, uint64_t dead_letter, const char *email)
{
    struct core_command command = driver_submission(d, email, "DE", NULL, -1);
    command.dead_letter = dead_letter;
    enum core_status status = driver_run(d, command);
    driver_tick(d);
    return status;
}

static enum core_status discard(struct driver *d, uint64_t dead_letter, const char *reason)
{
    return driver_run(d, (struct core_command){.type = CORE_DISCARD,
                                               .dead_letter = dead_letter,
                                               .actor = BYTES_LITERAL("ops"),
                                               .discard.reason = bytes_of(reason)});
}

static struct hash128 key_of(const char *text)
{
    const struct bytes bytes = bytes_of(text);
    return hash128_of(&bytes, 1);
}

static enum core_status refuse_with(struct driver *d, const char *key, uint64_t fingerprint)
{
    struct core_command command = driver_refusal(d, 1, WRONG);
    command.idempotency = key_of(key);
    command.fingerprint = fingerprint;
    return driver_run(d, command);
}

static enum core_status submit_with(struct driver *d, const char *key, uint64_t fingerprint,
                                    const char *email)
{
    struct core_command command = driver_submission(d, email, "DE", NULL, -1);
    command.idempotency = key_of(key);
    command.fingerprint = fingerprint;
    enum core_status status = driver_run(d, command);
    driver_tick(d);
    return status;
}

static void check_counts(struct driver *d, uint64_t accepted, uint64_t dead_lettered,
                         uint64_t settled)
{
    const struct core_counts counts = core_counts(d->core);
    assert_int_equal(counts.accepted, accepted);
    assert_int_equal(counts.dead_lettered, dead_lettered);
    assert_int_equal(counts.settled, settled);
    driver_check_replay(d);
}

/* ---- a dead letter and its ends */

static void a_refused_record_is_kept_whole(void **state)
{
    struct driver *d = *state;
    uint64_t number = driver_refuse(d, 1, WRONG);
    assert_int_equal(number, core_seq(d->core));
    assert_int_equal(d->decision.lead, 0);
    struct core_dead_letter letter;
    assert_true(core_dead_letter_find(d->core, number, &letter));
    assert_int_equal(letter.captured_us, d->now_us);
    assert_string_equal(core_source_id(d->core, letter.source), "web");
    assert_string_equal(d->events[d->count - 1].subject, "D2");

    struct json_object *event = driver_newest(d, CORE_RECORD_REFUSED);
    assert_int_equal(json_member_int(event, "contract", 0), 1);
    assert_true(bytes_is(json_member_text(event, "violation"), WRONG));
    assert_true(bytes_is(json_member_text(event, "payload"), "{\"bad\":true}"));
    assert_null(json_object_object_get(event, "canary"));
    json_object_put(event);
    check_counts(d, 1, 1, 0);
}

static void check_payload(struct driver *d, struct bytes payload)
{
    struct core_command command = driver_refusal(d, 1, WRONG);
    command.refuse.payload = payload;
    assert_int_equal(driver_run(d, command), CORE_OK);
    struct bytes data = bytes_of(d->events[d->count - 1].data), found;
    assert_int_equal(core_event_payload(data, &d->arena, &found, NULL), 0);
    assert_true(bytes_equal(found, payload));
}

static void a_payload_of_any_bytes_comes_back_as_it_came(void **state)
{
    struct driver *d = *state;
    check_payload(d, BYTES_LITERAL("{\"name\": \"Zoë \\u0000 \\\"x\\\"\",\r\n\t\"payload\":1}"));
    check_payload(d, BYTES_LITERAL("\xff\xfe not text"));
    check_payload(d, BYTES_LITERAL("a NUL \0 in it"));
    check_payload(d, (struct bytes){0});
    check_payload(d, BYTES_LITERAL(",\"payload\":\"\x7f\x01"));
    struct error err = {0};
    struct bytes found;
    assert_int_equal(core_event_payload(BYTES_LITERAL("{}"), &d->arena, &found, &err), ML_ECORRUPT);
    driver_check_replay(d);
}

static void control_characters_do_not_swell_the_journal(void **state)
{
    enum { SIZE = 9000 };
    struct driver *d = *state;
    char *text = arena_alloc(&d->arena, SIZE);
    memset(text, '\x01', SIZE);
    check_payload(d, (struct bytes){text, SIZE});
    assert_true(strlen(d->events[d->count - 1].data) < 2 * SIZE);
    driver_check_replay(d);
}

static void what_was_decoded_is_what_was_written(void **state)
{
    struct driver *d = *state;
    struct core_command command = driver_refusal(d, 1, WRONG);
    command.refuse.headers = BYTES_LITERAL("{ \"a\" : \"}\\\"\", \"b\\\\\":\"{[\" }");
    command.refuse.shadow =
        BYTES_LITERAL("{\"contract\":2,\"outcome\":\"differs\",\"fields\":[\"phone\"]}");
    command.actor = BYTES_LITERAL("partner");
    assert_int_equal(driver_run(d, command), CORE_OK);
    const struct driver_event *kept = &d->events[d->count - 1];
    const struct core_record record = {d->count, kept->time_us, BYTES_LITERAL("record.refused"),
                                       bytes_of(kept->subject), bytes_of(kept->data)};
    struct core_event event;
    assert_int_equal(core_event_decode(d->core, &record, &d->arena, &event, NULL), 0);
    assert_int_equal(event.dead_letter, d->count);
    assert_true(bytes_equal(event.refused.headers, command.refuse.headers));
    assert_true(bytes_equal(event.refused.shadow, command.refuse.shadow));
    assert_true(bytes_equal(event.refused.errors, command.refuse.errors));
    assert_true(bytes_equal(event.refused.payload, command.refuse.payload));
    assert_true(bytes_equal(event.refused.media_type, command.refuse.media_type));
    assert_true(bytes_is(event.actor, "partner"));
}

static void a_replay_becomes_a_lead_that_came_when_its_record_came(void **state)
{
    struct driver *d = *state;
    int64_t came_us = d->now_us;
    uint64_t number = driver_refuse(d, 1, WRONG);
    driver_pass(d, 5 * 3600 * SECOND);
    assert_int_equal(replay(d, number, "zoe@example.com"), CORE_OK);
    uint64_t lead = d->decision.lead;
    assert_int_equal(core_lead_find(d->core, lead)->captured_us, came_us);
    assert_string_equal(driver_owner(d, lead), "ana");
    /* Five minutes were promised until it has an owner, four hours until the first contact, and
     * five are over. */
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 2);

    struct json_object *event = driver_newest(d, CORE_LEAD_CAPTURED);
    assert_int_equal(json_member_time_us(event, "captured_at"), came_us);
    assert_true(bytes_is(json_member_text(event, "dead_letter"), "D2"));
    json_object_put(event);
    struct core_dead_letter letter;
    assert_false(core_dead_letter_find(d->core, number, &letter));
    check_counts(d, 1, 0, 0);
    assert_int_equal(core_counts(d->core).owned, 1);
}

static void a_replay_is_done_once(void **state)
{
    struct driver *d = *state;
    uint64_t number = driver_refuse(d, 1, WRONG);
    assert_int_equal(replay(d, number, NULL), CORE_OK); /* nobody would know the person again */
    size_t events = d->count;
    assert_int_equal(replay(d, number, NULL), CORE_NOT_FOUND);
    assert_int_equal(replay(d, 4711, NULL), CORE_NOT_FOUND);
    assert_int_equal(replay(d, 1, NULL), CORE_NOT_FOUND); /* no dead letter */
    assert_int_equal(discard(d, number, "late"), CORE_NOT_FOUND);
    assert_int_equal(d->count, events);
    check_counts(d, 1, 0, 0);
}

static void a_replay_of_a_known_person_is_a_touchpoint(void **state)
{
    struct driver *d = *state;
    uint64_t lead = driver_submit(d, "zoe@example.com", "DE", NULL);
    uint64_t number = driver_refuse(d, 1, WRONG);
    assert_int_equal(replay(d, number, "zoe@example.com"), CORE_KNOWN);
    assert_int_equal(d->decision.lead, lead);
    check_counts(d, 2, 0, 1);
    assert_int_equal(core_counts(d->core).touchpoints, 1);
    assert_int_equal(core_counts(d->core).owned, 1);
}

static void a_replay_may_begin_a_lost_lead_anew(void **state)
{
    struct driver *d = *state;
    uint64_t lead = driver_submit(d, "zoe@example.com", "DE", NULL);
    int64_t came_us = d->now_us;
    uint64_t number = driver_refuse(d, 1, WRONG);
    driver_pass(d, 60 * SECOND);
    assert_int_equal(driver_outcome(d, lead, false), CORE_OK);
    assert_int_equal(replay(d, number, "zoe@example.com"), CORE_OK);
    assert_int_equal(d->decision.lead, lead);
    assert_int_equal(core_lead_find(d->core, lead)->captured_us, came_us);
    check_counts(d, 2, 0, 1);
    assert_int_equal(core_counts(d->core).disqualified, 0);
}

static void a_replay_that_is_refused_again_changes_nothing(void **state)
{
    struct driver *d = *state;
    uint64_t number = driver_refuse(d, 1, WRONG);
    struct core_command command = driver_refusal(d, 2, "mapping/email at ");
    command.dead_letter = number;
    assert_int_equal(driver_run(d, command), CORE_OK);
    assert_int_equal(d->decision.dead_letter, number);
    assert_int_equal(driver_run(d, command), CORE_OK);
    assert_int_equal(driver_count(d, CORE_RECORD_RETRIED), 2);
    struct json_object *event = driver_newest(d, CORE_RECORD_RETRIED);
    assert_int_equal(json_member_int(event, "prev", 0), number + 1);
    assert_int_equal(json_member_int(event, "contract", 0), 2);
    assert_null(json_object_object_get(event, "payload"));
    json_object_put(event);
    check_counts(d, 1, 1, 0);
    assert_int_equal(replay(d, number, "zoe@example.com"), CORE_OK);
    check_counts(d, 1, 0, 0);
}

static void discarding_needs_a_reason_and_is_final(void **state)
{
    struct driver *d = *state;
    uint64_t number = driver_refuse(d, 1, WRONG);
    assert_int_equal(discard(d, number, ""), CORE_INVALID);
    assert_int_equal(discard(d, number, "spam"), CORE_OK);
    assert_int_equal(d->decision.dead_letter, number);
    check_counts(d, 1, 0, 1);
    assert_int_equal(discard(d, number, "spam"), CORE_NOT_FOUND);
    assert_int_equal(replay(d, number, "zoe@example.com"), CORE_NOT_FOUND);
    struct json_object *event = driver_newest(d, CORE_RECORD_DISCARDED);
    assert_true(bytes_is(json_member_text(event, "reason"), "spam"));
    assert_true(bytes_is(json_member_text(event, "actor"), "ops"));
    json_object_put(event);
}

static void dead_letters_are_kept_as_long_as_the_release_says(void **state)
{
    struct driver *d = *state;
    int64_t came_us = d->now_us;
    driver_refuse(d, 1, WRONG);
    driver_pass(d, DAY);
    uint64_t second = driver_refuse(d, 1, WRONG);
    assert_int_equal(core_due_us(d->core), came_us + 30 * DAY);
    driver_pass(d, 29 * DAY - 1);
    check_counts(d, 2, 2, 0);
    driver_pass(d, 1);
    check_counts(d, 2, 1, 1);
    struct json_object *event = driver_newest(d, CORE_RECORD_DISCARDED);
    assert_true(bytes_is(json_member_text(event, "reason"), "expired"));
    json_object_put(event);
    struct core_dead_letter letter;
    assert_true(core_dead_letter_find(d->core, second, &letter));

    struct policy_release *shorter = driver_release_edge("contract: 1\n", "7d");
    assert_int_equal(driver_activate(d, shorter), CORE_OK); /* what is over by now goes at once */
    check_counts(d, 2, 0, 2);
    assert_int_equal(core_due_us(d->core), INT64_MAX);
    policy_release_unref(shorter);
}

static void without_a_policy_no_record_is_kept(void **state)
{
    struct driver *d = *state;
    struct core_command command = driver_refusal(d, 1, WRONG);
    struct driver *empty = driver_new_empty();
    assert_int_equal(driver_run(empty, command), CORE_NO_POLICY);
    driver_free(empty);
    assert_int_equal(d->count, 1);
}

static void a_record_of_a_source_that_was_removed_cannot_be_kept(void **state)
{
    struct driver *d = *state;
    struct core_command command = driver_refusal(d, 0, WRONG);
    command.refuse.source = policy_source_find(release, BYTES_LITERAL("zoo"));
    struct policy_release *without = driver_release(NULL, NULL);
    assert_int_equal(driver_activate(d, without), CORE_OK);
    assert_int_equal(driver_run(d, command), CORE_INVALID);
    policy_release_unref(without);
    check_counts(d, 0, 0, 0);
}

static void a_long_kind_of_violation_is_cut_between_characters(void **state)
{
    struct driver *d = *state;
    char kind[2 * CORE_VIOLATION_TEXT_MAX];
    size_t size = 0;
    kind[size++] = '/';
    while (size + 2 < sizeof kind) {
        memcpy(&kind[size], "ö", 2);
        size += 2;
    }
    kind[size] = '\0';
    driver_refuse(d, 1, kind);
    struct json_object *event = driver_newest(d, CORE_RECORD_REFUSED);
    assert_int_equal(json_member_text(event, "violation").size, CORE_VIOLATION_TEXT_MAX - 1);
    json_object_put(event);
}

static void what_is_no_text_cannot_spoil_the_journal(void **state)
{
    struct driver *d = *state;
    struct core_command command = driver_refusal(d, 1, "\xff");
    command.refuse.media_type = BYTES_LITERAL("text/plain; charset=\xe9");
    assert_int_equal(driver_run(d, command), CORE_OK);
    check_counts(d, 1, 1, 0);
}

/* ---- the same record again, under its key */

static void a_repeated_refusal_is_the_same_dead_letter(void **state)
{
    struct driver *d = *state;
    assert_int_equal(refuse_with(d, "k1", 1), CORE_OK);
    uint64_t number = d->decision.dead_letter, seq = d->decision.seq;
    size_t events = d->count;
    assert_int_equal(refuse_with(d, "k1", 1), CORE_REPEATED);
    assert_int_equal(d->decision.dead_letter, number);
    assert_int_equal(d->decision.seq, seq);
    assert_int_equal(d->count, events);
    assert_int_equal(discard(d, number, "spam"), CORE_OK);
    assert_int_equal(refuse_with(d, "k1", 1), CORE_REPEATED); /* it was decided about */
    assert_int_equal(d->decision.dead_letter, number);
    check_counts(d, 1, 0, 1);
}

static void sent_again_after_the_mapping_was_mended_it_becomes_the_lead(void **state)
{
    struct driver *d = *state;
    int64_t came_us = d->now_us;
    refuse_with(d, "k1", 1);
    driver_pass(d, 60 * SECOND);
    assert_int_equal(submit_with(d, "k1", 1, "zoe@example.com"), CORE_OK);
    uint64_t lead = d->decision.lead;
    assert_int_equal(core_lead_find(d->core, lead)->captured_us, came_us);
    check_counts(d, 1, 0, 0);
    assert_int_equal(submit_with(d, "k1", 1, "zoe@example.com"), CORE_REPEATED);
    assert_int_equal(d->decision.lead, lead);
    check_counts(d, 1, 0, 0);
}

static void sent_again_corrected_it_becomes_the_lead(void **state)
{
    struct driver *d = *state;
    refuse_with(d, "k1", 1);
    assert_int_equal(submit_with(d, "k1", 2, "zoe@example.com"), CORE_OK);
    uint64_t lead = d->decision.lead;
    check_counts(d, 1, 0, 0);
    assert_int_equal(submit_with(d, "k1", 2, "zoe@example.com"), CORE_REPEATED);
    assert_int_equal(d->decision.lead, lead);
    /* From now on the key is taken. */
    assert_int_equal(submit_with(d, "k1", 3, "max@example.com"), CORE_KEY_REUSED);
    assert_int_equal(refuse_with(d, "k1", 3), CORE_KEY_REUSED);
    assert_int_equal(refuse_with(d, "k1", 2), CORE_REPEATED);
    assert_int_equal(d->decision.lead, lead);
    check_counts(d, 1, 0, 0);
}

static void sent_again_differently_broken_it_is_another_dead_letter(void **state)
{
    struct driver *d = *state;
    refuse_with(d, "k1", 1);
    uint64_t first = d->decision.dead_letter;
    assert_int_equal(refuse_with(d, "k1", 2), CORE_OK);
    uint64_t second = d->decision.dead_letter;
    assert_int_not_equal(first, second);
    check_counts(d, 2, 2, 0);
    assert_int_equal(refuse_with(d, "k1", 2), CORE_REPEATED);
    assert_int_equal(d->decision.dead_letter, second);

    /* Both are replayed: the sender meant one lead, whose person nobody would know again. */
    assert_int_equal(replay(d, second, NULL), CORE_OK);
    uint64_t lead = d->decision.lead;
    assert_int_equal(submit_with(d, "k1", 2, NULL), CORE_REPEATED);
    assert_int_equal(d->decision.lead, lead);
    check_counts(d, 2, 1, 0);
    assert_int_equal(submit_with(d, "k1", 9, NULL), CORE_KEY_REUSED);
    assert_int_equal(replay(d, first, NULL), CORE_KNOWN);
    assert_int_equal(d->decision.lead, lead);
    check_counts(d, 2, 0, 1);
}

static void after_a_replay_the_key_of_the_record_stands_for_the_lead(void **state)
{
    struct driver *d = *state;
    refuse_with(d, "k1", 1);
    uint64_t number = d->decision.dead_letter;
    struct core_command command = driver_submission(d, NULL, "DE", NULL, -1);
    command.dead_letter = number;
    command.idempotency = key_of("the operator's own");
    command.fingerprint = 7;
    assert_int_equal(driver_run(d, command), CORE_OK);
    uint64_t lead = d->decision.lead;
    /* The sender has given up waiting and sends it once more. */
    assert_int_equal(submit_with(d, "k1", 1, NULL), CORE_REPEATED);
    assert_int_equal(d->decision.lead, lead);
    check_counts(d, 1, 0, 0);
}

static void a_replay_of_what_came_in_under_its_key_meanwhile_is_a_touchpoint(void **state)
{
    struct driver *d = *state;
    refuse_with(d, "k1", 1);
    uint64_t first = d->decision.dead_letter;
    refuse_with(d, "k1", 1);
    struct core_command again = driver_refusal(d, 1, WRONG);
    again.idempotency = key_of("k1");
    again.fingerprint = 2;
    driver_run(d, again);
    assert_int_equal(submit_with(d, "k1", 3, NULL), CORE_OK); /* settles the newer one */
    uint64_t lead = d->decision.lead;
    struct core_command command = driver_submission(d, NULL, "DE", NULL, -1);
    command.dead_letter = first;
    assert_int_equal(driver_run(d, command), CORE_KNOWN);
    assert_int_equal(d->decision.lead, lead);
    check_counts(d, 2, 0, 1);
}

/* The sender's own id of a record, as against one of a request. */
static enum core_status refuse_record(struct driver *d, const char *key, uint64_t fingerprint)
{
    struct core_command command = driver_refusal(d, 1, WRONG);
    command.idempotency = key_of(key);
    command.fingerprint = fingerprint;
    command.key_of_record = true;
    return driver_run(d, command);
}

static void a_record_that_is_broken_in_another_way_is_kept_too(void **state)
{
    struct driver *d = *state;
    assert_int_equal(refuse_record(d, "r1", 1), CORE_OK);
    uint64_t first = d->decision.dead_letter;
    assert_int_equal(refuse_record(d, "r1", 1), CORE_REPEATED);
    assert_int_equal(d->decision.dead_letter, first);
    assert_int_equal(refuse_record(d, "r1", 2), CORE_OK);
    assert_int_not_equal(d->decision.dead_letter, first);
    check_counts(d, 2, 2, 0);
}

static void broken_news_of_a_record_that_is_a_lead_are_kept_and_change_nothing(void **state)
{
    struct driver *d = *state;
    struct core_command command = driver_submission(d, "zoe@example.com", "DE", NULL, -1);
    command.idempotency = key_of("r1");
    command.fingerprint = 1;
    command.key_of_record = true;
    assert_int_equal(driver_run(d, command), CORE_OK);
    uint64_t lead = d->decision.lead;
    driver_tick(d);
    command.fingerprint = 2; /* the same record, whatever it says */
    assert_int_equal(driver_run(d, command), CORE_REPEATED);
    assert_int_equal(d->decision.lead, lead);

    assert_int_equal(refuse_record(d, "r1", 3), CORE_OK);
    assert_int_not_equal(d->decision.dead_letter, 0);
    check_counts(d, 2, 1, 0);
    assert_int_equal(driver_run(d, command), CORE_REPEATED);
    assert_int_equal(d->decision.lead, lead); /* the key stands for it as before */
    check_counts(d, 2, 1, 0);
}

static void after_a_discard_what_is_right_is_taken(void **state)
{
    struct driver *d = *state;
    refuse_with(d, "k1", 1);
    discard(d, d->decision.dead_letter, "spam");
    assert_int_equal(refuse_with(d, "k1", 2), CORE_OK); /* broken in another way: kept */
    check_counts(d, 2, 1, 1);
    discard(d, d->decision.dead_letter, "spam");
    assert_int_equal(submit_with(d, "k1", 3, "zoe@example.com"), CORE_OK);
    check_counts(d, 3, 0, 2);
    assert_int_equal(submit_with(d, "k1", 3, "zoe@example.com"), CORE_REPEATED);
}

static void a_key_that_another_source_used_is_no_correction(void **state)
{
    struct driver *d = *state;
    refuse_with(d, "k1", 1);
    struct core_command command = driver_submission(d, "zoe@example.com", "DE", NULL, -1);
    command.submit.source = policy_source_find(release, BYTES_LITERAL("zoo"));
    command.idempotency = key_of("k1");
    command.fingerprint = 2;
    assert_int_equal(driver_run(d, command), CORE_KEY_REUSED);
    check_counts(d, 1, 1, 0);
}

static void a_key_stands_for_the_newest_of_its_dead_letters(void **state)
{
    struct driver *d = *state;
    refuse_with(d, "k1", 1);
    uint64_t first = d->decision.dead_letter;
    refuse_with(d, "k1", 2);
    uint64_t second = d->decision.dead_letter;
    assert_int_not_equal(first, second);
    assert_int_equal(replay(d, first, "zoe@example.com"), CORE_OK);
    assert_int_equal(submit_with(d, "k1", 3, "max@example.com"), CORE_OK);
    struct core_dead_letter letter;
    assert_false(core_dead_letter_find(d->core, second, &letter));
    check_counts(d, 2, 0, 0);
}

static void a_key_is_forgotten_after_two_days(void **state)
{
    struct driver *d = *state;
    refuse_with(d, "k1", 1);
    uint64_t first = d->decision.dead_letter;
    driver_pass(d, 2 * DAY);
    assert_int_equal(refuse_with(d, "k1", 1), CORE_OK);
    assert_int_not_equal(d->decision.dead_letter, first);
    check_counts(d, 2, 2, 0);
}

/* ---- loading */

static void load_violations(struct core *core, const struct core *from, uint32_t source)
{
    for (size_t i = 0; i < core_violation_count(from, source); i++)
        core_load_violation(core, bytes_of(core_source_id(from, source)),
                            core_violation_at(from, source, i));
}

static void load_leads(void *context, const struct core_lead *lead)
{
    struct core *core = context;
    struct arena arena;
    struct cel_value values[POLICY_FIELDS_MAX];
    arena_init(&arena);
    policy_record_unpack(&core_release(core)->schema,
                         (struct bytes){lead->packed, lead->packed_size}, &arena, values);
    const struct core_lead_load load = {.lead = *lead, .values = values};
    core_load_lead(core, &load);
    arena_release(&arena);
}

static void load_series(void *context, enum core_series_kind kind, struct bytes name, bool hours,
                        int64_t start_us, uint32_t count, bool surged)
{
    core_load_series(context, kind, name, hours, start_us, count, surged);
}

/* As the store does it, from what can be seen of a core with one release and no closed leads. */
static struct core *load(const struct core *from, uint64_t dead_letters)
{
    struct core *core = core_new();
    core_load_release(core, core_release(from), true);
    for (uint32_t i = 0; i < core_rep_count(from); i++)
        core_load_rep(core, bytes_of(core_rep_id(from, i)), core_rep_at(from, i));
    for (uint32_t i = 0; i < core_pool_count(from); i++) {
        const struct core_pool pool = core_pool_at(from, i);
        core_load_pool(core, bytes_of(pool.id),
                       bytes_of(pool.last_rep != CORE_NONE ? core_rep_id(from, pool.last_rep) : ""),
                       pool.turn);
    }
    for (uint32_t i = 0; i < core_source_count(from); i++) {
        core_load_source(core, bytes_of(core_source_id(from, i)), core_source_at(from, i));
        load_violations(core, from, i);
    }
    struct core_dead_letter letter;
    for (uint64_t number = 1; number <= core_seq(from); number++)
        if (core_dead_letter_find(from, number, &letter))
            core_load_dead_letter(core, &letter, bytes_of(core_source_id(from, letter.source)));
    core_leads_each(from, load_leads, core);
    for (uint64_t p = from->idempotency_first; p < from->idempotency_end; p++) {
        const struct idempotency *entry = &from->idempotency[p & (from->idempotency_capacity - 1)];
        core_load_idempotency(core, entry->key, entry->fingerprint, entry->lead, entry->seq,
                              entry->time_us);
    }
    core_series_each(from, load_series, core);
    const struct core_counts counts = core_counts(from);
    core_load_finish(core, core_seq(from), core_time_us(from), counts.touchpoints, counts.late,
                     dead_letters);
    return core;
}

static void a_loaded_core_equals_the_one_that_lived(void **state)
{
    (void)state;
    struct policy_release *told =
        driver_release_edge("contract: 1\ncandidate: {version: 2, mode: canary, percent: 50}\n"
                            "notify: {emails: [ops@partner.example], every: 1h}\n",
                            "30d");
    struct driver *lived = driver_new_empty();
    assert_int_equal(driver_activate(lived, told), CORE_OK);
    uint64_t known = driver_submit(lived, "zoe@example.com", "DE", NULL);
    assert_int_not_equal(known, 0);
    refuse_with(lived, "k1", 1);
    refuse_with(lived, "k1", 2);
    uint64_t second = lived->decision.dead_letter;
    refuse_with(lived, "k2", 1);
    driver_refuse(lived, 2, "other kind");
    uint64_t fourth = lived->decision.dead_letter;
    driver_refuse(lived, 2, "other kind");
    assert_int_equal(replay(lived, fourth, "zoe@example.com"), CORE_KNOWN);
    assert_int_equal(discard(lived, second, "spam"), CORE_OK);

    struct core *loaded = load(lived->core, 5);
    char text[256];
    assert_null(core_check(loaded, text, sizeof text));
    const struct hash256 here = core_digest(lived->core), there = core_digest(loaded);
    assert_memory_equal(&here, &there, sizeof here);
    assert_int_equal(core_due_us(loaded), core_due_us(lived->core));

    /* And decides alike: the key of a dead letter is known. */
    struct core *first = lived->core;
    lived->core = loaded;
    assert_int_equal(submit_with(lived, "k2", 1, "max@example.com"), CORE_OK);
    assert_int_equal(core_counts(loaded).dead_lettered, core_counts(first).dead_lettered - 1);
    lived->core = first;
    core_free(loaded);
    driver_free(lived);
    policy_release_unref(told);
}

int main(void)
{
#define WITH_DRIVER(test) cmocka_unit_test_setup_teardown(test, open_driver, close_driver)
    const struct CMUnitTest tests[] = {
        WITH_DRIVER(a_refused_record_is_kept_whole),
        WITH_DRIVER(a_payload_of_any_bytes_comes_back_as_it_came),
        WITH_DRIVER(control_characters_do_not_swell_the_journal),
        WITH_DRIVER(what_was_decoded_is_what_was_written),
        WITH_DRIVER(a_replay_becomes_a_lead_that_came_when_its_record_came),
        WITH_DRIVER(a_replay_is_done_once),
        WITH_DRIVER(a_replay_of_a_known_person_is_a_touchpoint),
        WITH_DRIVER(a_replay_may_begin_a_lost_lead_anew),
        WITH_DRIVER(a_replay_that_is_refused_again_changes_nothing),
        WITH_DRIVER(discarding_needs_a_reason_and_is_final),
        WITH_DRIVER(dead_letters_are_kept_as_long_as_the_release_says),
        WITH_DRIVER(without_a_policy_no_record_is_kept),
        WITH_DRIVER(a_record_of_a_source_that_was_removed_cannot_be_kept),
        WITH_DRIVER(a_long_kind_of_violation_is_cut_between_characters),
        WITH_DRIVER(what_is_no_text_cannot_spoil_the_journal),
        WITH_DRIVER(a_repeated_refusal_is_the_same_dead_letter),
        WITH_DRIVER(sent_again_after_the_mapping_was_mended_it_becomes_the_lead),
        WITH_DRIVER(sent_again_corrected_it_becomes_the_lead),
        WITH_DRIVER(sent_again_differently_broken_it_is_another_dead_letter),
        WITH_DRIVER(after_a_replay_the_key_of_the_record_stands_for_the_lead),
        WITH_DRIVER(a_replay_of_what_came_in_under_its_key_meanwhile_is_a_touchpoint),
        WITH_DRIVER(a_record_that_is_broken_in_another_way_is_kept_too),
        WITH_DRIVER(broken_news_of_a_record_that_is_a_lead_are_kept_and_change_nothing),
        WITH_DRIVER(after_a_discard_what_is_right_is_taken),
        WITH_DRIVER(a_key_that_another_source_used_is_no_correction),
        WITH_DRIVER(a_key_stands_for_the_newest_of_its_dead_letters),
        WITH_DRIVER(a_key_is_forgotten_after_two_days),
        cmocka_unit_test(a_loaded_core_equals_the_one_that_lived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
