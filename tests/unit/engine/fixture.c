/* The hand-stepped engine. */
#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void fixture_remove_directory(const char *path)
{
    assert_int_equal(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static int64_t now_us(void *context)
{
    return ((struct fixture *)context)->now_us++;
}

static int64_t free_bytes(void *context)
{
    return ((struct fixture *)context)->free_bytes;
}

static void fatal(void *context, const struct error *err)
{
    (void)context;
    fail_msg("fatal: %s: %s", err->place, err->message);
}

void fixture_open(struct fixture *fixture)
{
    const struct engine_options options = {.directory = fixture->directory,
                                           .world = {fixture, now_us, free_bytes, fatal},
                                           .queue_max = fixture->queue_max};
    struct error err = {0};
    if (engine_open(&options, NULL, NULL, &fixture->engine, &err) < 0)
        fail_msg("%s: %s", err.place, err.message);
}

void fixture_close(struct fixture *fixture)
{
    engine_close(fixture->engine);
    fixture->engine = NULL;
}

void fixture_run(struct fixture *fixture)
{
    struct error err = {0};
    int count = engine_step(fixture->engine, &err);
    while (count > 0)
        count = engine_step(fixture->engine, &err);
    while (count == 0 && (count = engine_project(fixture->engine, &err)) > 0)
        count = 0;
    if (count < 0)
        fail_msg("%s: %s", err.place, err.message);
}

static void on_complete(struct engine_request *request)
{
    ((struct call *)request->context)->completed++;
}

static void fill(struct call *call)
{
    call->request = (struct engine_request){.commands = &call->command,
                                            .results = &call->result,
                                            .count = 1,
                                            .complete = on_complete,
                                            .context = call};
}

int fixture_send(struct fixture *fixture, struct call *call, struct error *err)
{
    fill(call);
    return engine_submit(fixture->engine, &call->request, err);
}

static void activate(struct fixture *fixture, const struct policy_file *files, size_t count)
{
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct error err = {0};
    assert_int_equal(policy_release_compile(files, count, &diagnostics, &fixture->release, &err),
                     0);
    policy_diagnostics_release(&diagnostics);
    struct call call = {.command = {.type = CORE_ACTIVATE, .activate.release = fixture->release}};
    assert_int_equal(fixture_send(fixture, &call, &err), 0);
    fixture_run(fixture);
    assert_int_equal(call.completed, 1);
}

struct fixture *fixture_new(void)
{
    const struct policy_file *files;
    size_t count;
    policy_starter_files(&files, &count);
    return fixture_new_with(files, count);
}

struct fixture *fixture_new_with(const struct policy_file *files, size_t count)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/meshline-engine-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    fixture->now_us = INT64_C(1700000000000000);
    fixture->free_bytes = INT64_C(1) << 40;
    arena_init(&fixture->arena);
    fixture_open(fixture);
    activate(fixture, files, count);
    return fixture;
}

void fixture_remove_view(struct fixture *fixture)
{
    static const char *const names[] = {"state.db", "state.db-wal", "state.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", fixture->directory, names[i]);
        unlink(path);
    }
}

void fixture_free(struct fixture *fixture)
{
    fixture_close(fixture);
    policy_release_unref(fixture->release);
    arena_release(&fixture->arena);
    fixture_remove_directory(fixture->directory);
    free(fixture);
}

void fixture_fill_submit(struct fixture *fixture, struct call *call, const char *email)
{
    struct policy_release *release = fixture->release;
    struct cel_value *values = arena_array(&fixture->arena, release->schema.count, sizeof *values);
    values[release->schema.email] = cel_string(bytes_of(email));
    *call = (struct call){
        .command = {.type = CORE_SUBMIT, .submit.release = release, .submit.values = values}};
    call->command.submit.key_kind =
        policy_business_key(release, 0, values, &fixture->arena, &call->command.submit.key);
    fill(call);
}

int fixture_submit(struct fixture *fixture, struct call *call, const char *email, struct error *err)
{
    fixture_fill_submit(fixture, call, email);
    return engine_submit(fixture->engine, &call->request, err);
}
