/* Dead letters and versions through the engine: durable before the answer, the same after a restart
 * by either way, and told to those who ask for rollouts. */
#include "fixture.h"

#include "base/id.h"

#include <stdlib.h>

static const struct policy_file *edge_files(size_t *ret_count)
{
    static const char schema[] = "{\"type\":\"object\"}";
    static const struct policy_file files[] = {
        {"mesh.yaml", BYTES_LITERAL("name: edge\nowners: [{name: ops, role: integrations}]\n")},
        {"lead.schema.json", BYTES_LITERAL("{\"type\":\"object\",\"properties\":{\"email\":"
                                           "{\"type\":\"string\"}}}")},
        {"people.yaml", BYTES_LITERAL("reps: [{id: ana, capacity: 5000}]\n")},
        {"pools.yaml",
         BYTES_LITERAL("pools: [{id: all, strategy: round_robin, members: [ana]}]\n")},
        {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\ncontract: 1\nversions:\n"
                                           "  - {version: 1, mapping: {email: payload.email}}\n"
                                           "  - {version: 2, mapping: {email: payload.email}}\n"
                                           "notify: {emails: [ops@partner.example], every: 1h}\n")},
        {"contracts/web/1.json", {schema, sizeof schema - 1}},
        {"contracts/web/2.json", {schema, sizeof schema - 1}},
        {"pipelines/inbound.yaml",
         BYTES_LITERAL("pipeline: inbound\nowner: ops\nclasses: [{name: all}]\n"
                       "routes: [{name: everyone, to: {pool: all}}]\n")},
    };
    *ret_count = sizeof files / sizeof *files;
    return files;
}

static int open_fixture(void **state)
{
    size_t count;
    const struct policy_file *files = edge_files(&count);
    *state = fixture_new_with(files, count);
    return 0;
}

static int close_fixture(void **state)
{
    fixture_free(*state);
    return 0;
}

/* ---- commands whose memory is gone when they are answered, as a request's is */

static struct bytes lend(struct bytes text)
{
    char *copy = malloc(text.size + 1);
    assert_non_null(copy);
    memcpy(copy, text.data, text.size);
    return (struct bytes){copy, text.size};
}

static struct engine_result refuse(struct fixture *f, struct bytes violation, uint64_t dead_letter)
{
    struct error err = {0};
    struct call call = {.command = {.type = CORE_REFUSE,
                                    .actor = lend(BYTES_LITERAL("partner")),
                                    .dead_letter = dead_letter,
                                    .refuse.release = f->release,
                                    .refuse.contract = 1,
                                    .refuse.violation = lend(violation),
                                    .refuse.message = lend(BYTES_LITERAL("is wrong")),
                                    .refuse.errors = lend(BYTES_LITERAL("[]")),
                                    .refuse.shadow = lend(
                                        BYTES_LITERAL("{\"contract\":2,\"outcome\":\"accepted\"}")),
                                    .refuse.media_type = lend(BYTES_LITERAL("text/json")),
                                    .refuse.headers = lend(BYTES_LITERAL("{}")),
                                    .refuse.payload = lend(BYTES_LITERAL("{\"email\":1}"))}};
    assert_int_equal(fixture_send(f, &call, &err), 0);
    assert_true(engine_step(f->engine, &err) > 0);
    assert_int_equal(call.completed, 1);
    const struct bytes texts[] = {call.command.actor,          call.command.refuse.violation,
                                  call.command.refuse.message, call.command.refuse.errors,
                                  call.command.refuse.shadow,  call.command.refuse.media_type,
                                  call.command.refuse.headers, call.command.refuse.payload};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((void *)(uintptr_t)texts[i].data);
    fixture_run(f); /* the view gets it afterwards */
    return call.result;
}

static struct engine_result replay(struct fixture *f, uint64_t dead_letter, const char *email)
{
    struct error err = {0};
    struct call call;
    fixture_fill_submit(f, &call, email);
    struct bytes shadow = lend(BYTES_LITERAL("{\"contract\":2,\"outcome\":\"same\"}"));
    call.command.dead_letter = dead_letter;
    call.command.submit.contract = 1;
    call.command.submit.shadow = shadow;
    assert_int_equal(fixture_send(f, &call, &err), 0);
    assert_true(engine_step(f->engine, &err) >= 0);
    free((void *)(uintptr_t)shadow.data);
    fixture_run(f);
    return call.result;
}

static struct engine_result discard(struct fixture *f, uint64_t dead_letter)
{
    struct error err = {0};
    struct bytes reason = lend(BYTES_LITERAL("spam"));
    struct call call = {
        .command = {.type = CORE_DISCARD, .dead_letter = dead_letter, .discard.reason = reason}};
    assert_int_equal(fixture_send(f, &call, &err), 0);
    assert_true(engine_step(f->engine, &err) > 0);
    free((void *)(uintptr_t)reason.data);
    fixture_run(f);
    return call.result;
}

static struct engine_result change(struct fixture *f, enum core_switch_cause cause,
                                   uint32_t version, uint32_t share)
{
    struct error err = {0};
    struct bytes note = lend(BYTES_LITERAL("as agreed"));
    struct call call = {.command = {.type = CORE_SWITCH,
                                    .switch_.source = BYTES_LITERAL("web"),
                                    .switch_.cause = cause,
                                    .switch_.version = version,
                                    .switch_.share = share,
                                    .switch_.note = note}};
    assert_int_equal(fixture_send(f, &call, &err), 0);
    assert_true(engine_step(f->engine, &err) > 0);
    free((void *)(uintptr_t)note.data);
    fixture_run(f);
    return call.result;
}

/* Closed and opened again: from the view, or without it from the journal alone. */
static void restart(struct fixture *f, bool without_view)
{
    const struct hash256 before = core_digest(engine_core(f->engine));
    fixture_close(f);
    if (without_view)
        fixture_remove_view(f);
    fixture_open(f);
    const struct hash256 after = core_digest(engine_core(f->engine));
    assert_memory_equal(&before, &after, sizeof before);
    char text[256];
    assert_null(core_check(engine_core(f->engine), text, sizeof text));
}

/* ---- */

static int count_subject(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    if (bytes_is(record->subject, "D2"))
        ++*(int *)context;
    return 0;
}

static void a_refused_record_is_answered_with_its_dead_letter(void **state)
{
    struct fixture *f = *state;
    struct engine_result result = refuse(f, BYTES_LITERAL("a"), 0);
    assert_int_equal(result.status, CORE_OK);
    assert_int_equal(result.dead_letter, 2);
    assert_int_equal(result.seq, 2);
    assert_int_equal(result.lead, 0);
    assert_int_equal(refuse(f, BYTES_LITERAL("b"), 2).dead_letter, 2); /* a replay in vain */
    assert_int_equal(discard(f, 2).dead_letter, 2);

    struct journal_reader *reader;
    int count = 0;
    assert_int_equal(journal_reader_open(engine_journal(f->engine), &reader, NULL), 0);
    assert_int_equal(engine_read(f->engine, reader, 1, 100, count_subject, &count, NULL), 0);
    journal_reader_close(reader);
    assert_int_equal(count, 3); /* refused, retried, discarded */
}

static void a_restart_changes_nothing(void **state)
{
    struct fixture *f = *state;
    uint64_t letters[6];
    for (int i = 0; i < 6; i++)
        letters[i] = refuse(f, i % 2 == 0 ? BYTES_LITERAL("a") : BYTES_LITERAL("b"), 0).dead_letter;
    change(f, CORE_SWITCH_CANARY, 2, 100);
    assert_int_equal(replay(f, letters[1], "zoe@example.com").status, CORE_OK);
    assert_int_equal(replay(f, letters[2], "zoe@example.com").status, CORE_KNOWN);
    discard(f, letters[3]);
    refuse(f, BYTES_LITERAL("c"), letters[4]);
    restart(f, false);
    restart(f, true);
    f->now_us += INT64_C(3600) * 1000000; /* the digest */
    fixture_run(f);
    restart(f, false);
    restart(f, true);
    assert_int_equal(replay(f, letters[3], "max@example.com").status, CORE_NOT_FOUND);
    assert_int_equal(replay(f, letters[4], "max@example.com").status, CORE_OK);
    const struct core_counts counts = core_counts(engine_core(f->engine));
    assert_int_equal(counts.accepted, 6);
    assert_int_equal(counts.owned, 2);
    assert_int_equal(counts.dead_lettered, 2);
    assert_int_equal(counts.settled, 2);
}

static void a_replayed_lead_counts_from_when_it_first_came(void **state)
{
    struct fixture *f = *state;
    int64_t before_us = f->now_us;
    uint64_t letter = refuse(f, BYTES_LITERAL("a"), 0).dead_letter;
    int64_t after_us = f->now_us;
    f->now_us += INT64_C(1000000);
    struct engine_result result = replay(f, letter, "zoe@example.com");
    assert_true(result.captured_us >= before_us && result.captured_us < after_us);
    restart(f, false);
    assert_int_equal(core_lead_find(engine_core(f->engine), result.lead)->captured_us,
                     result.captured_us);
}

static void everybody_learns_of_another_rollout(void **state)
{
    struct fixture *f = *state;
    struct policy_rollout rollout;
    struct policy_release *release = engine_release_ref(f->engine);
    engine_rollout(f->engine, release, 0, &rollout);
    assert_int_equal(rollout.active, 1);
    assert_int_equal(rollout.mode, POLICY_NO_CANDIDATE);
    change(f, CORE_SWITCH_CANARY, 2, 2500);
    engine_rollout(f->engine, release, 0, &rollout);
    assert_int_equal(rollout.mode, POLICY_CANARY);
    assert_int_equal(rollout.candidate, 2);
    assert_int_equal(rollout.share, 2500);
    policy_release_unref(release);
    restart(f, false);
    release = engine_release_ref(f->engine);
    engine_rollout(f->engine, release, 0, &rollout);
    assert_int_equal(rollout.share, 2500);
    policy_release_unref(release);
    /* A release that is not the active one has what it declares. */
    engine_rollout(f->engine, f->release, 0, &rollout);
    assert_int_equal(rollout.mode, POLICY_NO_CANDIDATE);
}

/* ---- large records: what is held at a time is bounded */

enum { LARGE_SIZE = 256 * 1024, LARGE_COUNT = 160 }; /* 40 MiB */

static struct bytes large_payload(struct fixture *f)
{
    char *text = arena_alloc(&f->arena, LARGE_SIZE);
    memset(text, 'x', LARGE_SIZE);
    return (struct bytes){text, LARGE_SIZE};
}

/* Hands in LARGE_COUNT large records, each a request of its own; how many are in the first batch.
 */
static int refuse_large(struct fixture *f, struct call *calls)
{
    struct bytes payload = large_payload(f);
    struct error err = {0};
    for (int i = 0; i < LARGE_COUNT; i++) {
        calls[i] = (struct call){.command = {.type = CORE_REFUSE,
                                             .refuse.release = f->release,
                                             .refuse.contract = 1,
                                             .refuse.violation = BYTES_LITERAL("a"),
                                             .refuse.message = BYTES_LITERAL("is wrong"),
                                             .refuse.errors = BYTES_LITERAL("[]"),
                                             .refuse.headers = BYTES_LITERAL("{}"),
                                             .refuse.payload = payload}};
        assert_int_equal(fixture_send(f, &calls[i], &err), 0);
    }
    assert_true(engine_step(f->engine, &err) > 0);
    int answered = 0;
    for (int i = 0; i < LARGE_COUNT; i++)
        answered += calls[i].completed;
    fixture_run(f);
    return answered;
}

static void a_batch_of_large_records_ends_early(void **state)
{
    struct fixture *f = *state;
    struct call *calls = calloc(LARGE_COUNT, sizeof *calls);
    assert_non_null(calls);
    int first = refuse_large(f, calls);
    assert_true(first > 0 && first <= LARGE_COUNT / 2);
    for (int i = 0; i < LARGE_COUNT; i++)
        assert_int_equal(calls[i].completed, 1);
    free(calls);
}

static void count_flush(void *context, uint64_t done, uint64_t total)
{
    assert_true(done <= total);
    ++*(int *)context;
}

static void large_records_are_replayed_a_few_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct call *calls = calloc(LARGE_COUNT, sizeof *calls);
    assert_non_null(calls);
    refuse_large(f, calls);
    free(calls);
    struct core *core = core_new();
    int flushes = 0;
    assert_int_equal(
        engine_replay(engine_journal(f->engine), core, NULL, 0, count_flush, &flushes, NULL), 0);
    assert_true(flushes > 2);
    const struct hash256 live = core_digest(engine_core(f->engine)), again = core_digest(core);
    assert_memory_equal(&live, &again, sizeof live);
    core_free(core);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_refused_record_is_answered_with_its_dead_letter),
        WITH_FIXTURE(a_restart_changes_nothing),
        WITH_FIXTURE(a_replayed_lead_counts_from_when_it_first_came),
        WITH_FIXTURE(everybody_learns_of_another_rollout),
        WITH_FIXTURE(a_batch_of_large_records_ends_early),
        WITH_FIXTURE(large_records_are_replayed_a_few_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
