/* An engine in a temporary directory, stepped by hand: no threads, a clock the test moves. */
#ifndef ML_TESTS_ENGINE_FIXTURE_H
#define ML_TESTS_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/engine.h"

struct fixture {
    char directory[64];
    struct engine *engine;
    struct policy_release *release;
    int64_t now_us;
    int64_t free_bytes;
    uint32_t queue_max;
    struct arena arena;
};

struct fixture *fixture_new(void); /* open, with the starter mesh active */
/* The same with other files. */
struct fixture *fixture_new_with(const struct policy_file *files, size_t count);
void fixture_free(struct fixture *fixture);
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
void fixture_remove_directory(const char *path);
void fixture_remove_view(struct fixture *fixture);
/* All queued work, then all projection. */
void fixture_run(struct fixture *fixture);

/* A submission under way. */
struct call {
    struct engine_request request;
    struct core_command command;
    struct engine_result result;
    int completed;
};
/* Queues whatever `call->command` says. */
int fixture_send(struct fixture *fixture, struct call *call, struct error *err);
void fixture_fill_submit(struct fixture *fixture, struct call *call, const char *email);
int fixture_submit(struct fixture *fixture, struct call *call, const char *email,
                   struct error *err);

#endif
