/* The engine: what is answered when, what is refused, what is left after a restart. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void nothing_is_answered_before_it_is_durable(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call call;
    uint64_t before = engine_durable_seq(f->engine);
    assert_int_equal(fixture_submit(f, &call, "a@x.example", &err), 0);
    assert_int_equal(call.completed, 0);
    assert_int_equal(engine_step(f->engine, &err), 2);
    assert_int_equal(call.completed, 1);
    assert_int_equal(call.result.seq, before + 2);
    assert_int_equal(engine_durable_seq(f->engine), before + 2);
    assert_int_equal(engine_view_seq(f->engine), before); /* the view follows */
    fixture_free(f);
}

struct foreseen {
    uint32_t owner;
    size_t events;
    uint64_t seq;
};

static void note_what_would_be(struct engine_request *request, const struct core *core,
                               const struct core_decision *decision)
{
    struct foreseen *foreseen = request->context;
    foreseen->events += decision->event_count;
    foreseen->seq = core_seq(core);
    foreseen->owner = decision->events[1].placed.rep;
}

static void note_completion(struct engine_request *request)
{
    ((struct call *)request)->completed++;
}

static void what_is_only_looked_at_leaves_nothing_behind(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call call;
    struct foreseen foreseen = {0};
    uint64_t before = engine_durable_seq(f->engine);
    struct hash256 digest = core_digest(engine_core(f->engine));
    fixture_fill_submit(f, &call, "a@x.example");
    call.request = (struct engine_request){.commands = &call.command,
                                           .results = &call.result,
                                           .count = 1,
                                           .complete = note_completion,
                                           .look = note_what_would_be,
                                           .context = &foreseen};
    assert_int_equal(engine_submit(f->engine, &call.request, &err), 0);
    assert_int_equal(engine_step(f->engine, &err), 0);
    assert_int_equal(call.completed, 1);
    assert_int_equal(call.result.status, CORE_OK);
    assert_int_equal(call.result.seq, 0);
    assert_int_equal(foreseen.events, 2); /* captured and assigned */
    assert_int_equal(foreseen.seq, before);
    assert_int_not_equal(foreseen.owner, CORE_NONE);
    assert_int_equal(engine_durable_seq(f->engine), before);
    struct hash256 after = core_digest(engine_core(f->engine));
    assert_memory_equal(&after, &digest, sizeof digest);
    fixture_free(f);
}

struct walked {
    uint64_t last_seq, ends;
};

static int note_event(void *context, const struct core *core, const struct core_event *event,
                      struct error *err)
{
    (void)err;
    struct walked *walked = context;
    assert_int_equal(core_seq(core), walked->last_seq);
    if (event == NULL)
        walked->ends++;
    else
        walked->last_seq = event->seq;
    return event != NULL && event->seq == 4 ? 1 : 0;
}

static void a_retrace_shows_every_event_to_somebody_who_stands_before_it(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call call;
    struct journal_reader *reader;
    assert_int_equal(fixture_submit(f, &call, "a@x.example", &err), 0);
    fixture_run(f);
    assert_int_equal(journal_reader_open(engine_journal(f->engine), &reader, &err), 0);
    struct walked walked = {0};
    assert_int_equal(engine_retrace(reader, 0, note_event, &walked, &err), 0);
    assert_int_equal(walked.last_seq, engine_durable_seq(f->engine));
    assert_int_equal(walked.ends, 1);
    assert_int_equal(fixture_submit(f, &call, "b@x.example", &err), 0);
    fixture_run(f);
    walked = (struct walked){0};
    assert_int_equal(engine_retrace(reader, 0, note_event, &walked, &err), 1);
    assert_int_equal(walked.last_seq, 4); /* where it was told to end */
    assert_int_equal(walked.ends, 0);
    journal_reader_close(reader);
    fixture_free(f);
}

static void one_step_writes_all_that_is_queued_in_one_batch(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call calls[10];
    struct engine_metrics before, after;
    engine_metrics_read(f->engine, &before);
    for (int i = 0; i < 10; i++) {
        char *email = (char *)arena_printf(&f->arena, "p%d@x.example", i);
        assert_int_equal(fixture_submit(f, &calls[i], email, &err), 0);
    }
    assert_int_equal(engine_step(f->engine, &err), 20);
    engine_metrics_read(f->engine, &after);
    assert_int_equal(after.batches - before.batches, 1);
    for (int i = 0; i < 10; i++)
        assert_int_equal(calls[i].completed, 1);
    fixture_free(f);
}

static void a_full_queue_refuses_and_loses_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    fixture_close(f);
    f->queue_max = 2;
    fixture_open(f);
    struct call calls[3];
    assert_int_equal(fixture_submit(f, &calls[0], "a@x.example", &err), 0);
    assert_int_equal(fixture_submit(f, &calls[1], "b@x.example", &err), 0);
    assert_int_equal(fixture_submit(f, &calls[2], "c@x.example", &err), ML_EBUSY);
    fixture_run(f);
    assert_int_equal(calls[0].completed + calls[1].completed, 2);
    assert_int_equal(calls[2].completed, 0);
    fixture_free(f);
}

static void a_nearly_full_disk_is_noticed_before_it_is_full(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call call;
    f->free_bytes = 1000;
    f->now_us += 2000000;
    fixture_run(f);
    assert_int_equal(fixture_submit(f, &call, "a@x.example", &err), ML_ENOSPC);
    f->free_bytes = INT64_C(1) << 40;
    f->now_us += 2000000;
    fixture_run(f);
    assert_int_equal(fixture_submit(f, &call, "a@x.example", &err), 0);
    fixture_run(f);
    assert_int_equal(call.completed, 1);
    fixture_free(f);
}

static void the_disk_is_watched_even_when_the_clock_was_set_back(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call call;
    f->free_bytes = 1000;
    f->now_us += 2000000;
    fixture_run(f);
    f->free_bytes = INT64_C(1) << 40;
    f->now_us -= INT64_C(7200) * 1000000;
    fixture_run(f);
    assert_int_equal(fixture_submit(f, &call, "a@x.example", &err), 0);
    fixture_run(f);
    fixture_free(f);
}

static void a_clock_set_back_does_not_take_time_back(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call first, second;
    fixture_submit(f, &first, "a@x.example", &err);
    fixture_run(f);
    f->now_us -= INT64_C(86400) * 1000000;
    fixture_submit(f, &second, "b@x.example", &err);
    fixture_run(f);
    assert_true(second.result.captured_us >= first.result.captured_us);
    fixture_free(f);
}

static void a_restart_ends_where_it_began_with_and_without_the_view(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call calls[5];
    for (int i = 0; i < 5; i++)
        fixture_submit(f, &calls[i], arena_printf(&f->arena, "p%d@x.example", i % 4), &err);
    fixture_run(f);
    struct hash256 live = core_digest(engine_core(f->engine));
    fixture_close(f);
    fixture_open(f);
    struct hash256 loaded = core_digest(engine_core(f->engine));
    assert_memory_equal(&live, &loaded, sizeof live);
    fixture_close(f);
    fixture_remove_view(f);
    fixture_open(f);
    struct hash256 rebuilt = core_digest(engine_core(f->engine));
    assert_memory_equal(&live, &rebuilt, sizeof live);
    fixture_free(f);
}

static void a_view_that_is_no_database_is_set_aside_and_made_anew(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call call;
    fixture_submit(f, &call, "a@x.example", &err);
    fixture_run(f);
    struct hash256 live = core_digest(engine_core(f->engine));
    fixture_close(f);
    fixture_remove_view(f);
    char path[128];
    snprintf(path, sizeof path, "%s/state.db", f->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is not a database\n", file);
    fclose(file);
    fixture_open(f);
    struct hash256 rebuilt = core_digest(engine_core(f->engine));
    assert_memory_equal(&live, &rebuilt, sizeof live);
    snprintf(path, sizeof path, "%s/state.db.unreadable", f->directory);
    assert_int_equal(access(path, F_OK), 0);
    fixture_free(f);
}

struct seen {
    uint64_t first, last, count;
};

static int note(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    struct seen *seen = context;
    if (seen->count++ == 0)
        seen->first = record->seq;
    else
        assert_int_equal(record->seq, seen->last + 1);
    seen->last = record->seq;
    return 0;
}

static void the_bus_reads_from_memory_and_from_the_journal_without_a_seam(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call call;
    for (int i = 0; i < 20; i++) {
        fixture_submit(f, &call, arena_printf(&f->arena, "p%d@x.example", i), &err);
        fixture_run(f);
    }
    fixture_close(f);
    fixture_open(f); /* what was before is only in the journal now */
    for (int i = 20; i < 30; i++) {
        fixture_submit(f, &call, arena_printf(&f->arena, "p%d@x.example", i), &err);
        fixture_run(f);
    }
    struct journal_reader *reader;
    assert_int_equal(journal_reader_open(engine_journal(f->engine), &reader, &err), 0);
    struct seen seen = {0};
    assert_int_equal(engine_read(f->engine, reader, 1, 0, note, &seen, &err), 0);
    assert_int_equal(seen.first, 1);
    assert_int_equal(seen.last, engine_durable_seq(f->engine));
    struct seen page = {0};
    assert_int_equal(engine_read(f->engine, reader, 35, 10, note, &page, &err), 0);
    assert_int_equal(page.first, 35);
    assert_int_equal(page.count, 10);
    journal_reader_close(reader);
    fixture_free(f);
}

static void count_notice(struct engine_waiter *waiter)
{
    ++*(int *)waiter->context;
}

static void a_waiter_hears_when_the_view_has_come_so_far(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    struct error err = {0};
    struct call call;
    int notices = 0;
    fixture_submit(f, &call, "a@x.example", &err);
    assert_int_equal(engine_step(f->engine, &err), 2);
    struct engine_waiter waiter = {
        .seq = call.result.seq, .notify = count_notice, .context = &notices};
    engine_wait_view(f->engine, &waiter);
    assert_int_equal(notices, 0);
    assert_true(engine_project(f->engine, &err) > 0);
    assert_int_equal(notices, 1);
    engine_wait_view(f->engine, &waiter); /* already there: at once */
    assert_int_equal(notices, 2);
    fixture_free(f);
}

static void a_second_process_on_the_same_directory_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/meshline-lock-XXXXXX";
    assert_non_null(mkdtemp(path));
    struct data_directory *first, *second;
    struct error err = {0};
    assert_int_equal(data_directory_open(path, false, &first, &err), 0);
    assert_int_equal(data_directory_open(path, false, &second, &err), ML_EBUSY);
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_non_null(strstr(err.message, pid));
    data_directory_close(first);
    assert_int_equal(data_directory_open(path, false, &second, &err), 0);
    assert_true(data_directory_free_bytes(second) > 0);
    data_directory_close(second);
    assert_int_equal(data_directory_open("/tmp/meshline-no-such-parent/x", true, &second, &err),
                     ML_ENOTFOUND);
    assert_int_equal(data_directory_open("/dev/null", false, &second, &err), ML_EINVAL);
    fixture_remove_directory(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_answered_before_it_is_durable),
        cmocka_unit_test(what_is_only_looked_at_leaves_nothing_behind),
        cmocka_unit_test(a_retrace_shows_every_event_to_somebody_who_stands_before_it),
        cmocka_unit_test(one_step_writes_all_that_is_queued_in_one_batch),
        cmocka_unit_test(a_full_queue_refuses_and_loses_nothing),
        cmocka_unit_test(a_nearly_full_disk_is_noticed_before_it_is_full),
        cmocka_unit_test(the_disk_is_watched_even_when_the_clock_was_set_back),
        cmocka_unit_test(a_clock_set_back_does_not_take_time_back),
        cmocka_unit_test(a_restart_ends_where_it_began_with_and_without_the_view),
        cmocka_unit_test(a_view_that_is_no_database_is_set_aside_and_made_anew),
        cmocka_unit_test(the_bus_reads_from_memory_and_from_the_journal_without_a_seam),
        cmocka_unit_test(a_waiter_hears_when_the_view_has_come_so_far),
        cmocka_unit_test(a_second_process_on_the_same_directory_is_refused),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
