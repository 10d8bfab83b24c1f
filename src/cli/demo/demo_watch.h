/* What the demo knows of the server: it asks once a second what a page would ask, and keeps the
 * newest answer of each kind. Scenarios look at nothing else, so that all they say was really
 * answered. */
#ifndef ML_CLI_DEMO_WATCH_H
#define ML_CLI_DEMO_WATCH_H

#include "base/json.h"
#include "cli/demo/demo_http.h"

enum demo_subject {
    DEMO_IDENTITY,
    DEMO_POOLS,
    DEMO_DESTINATIONS,
    DEMO_SURGES,
    DEMO_EXCEPTIONS,   /* open ones by kind */
    DEMO_DEAD_LETTERS, /* open ones by cause */
    DEMO_PARTNER,      /* the source whose contract breaks */
    DEMO_REPS,
    DEMO_SUBJECTS,
};

struct demo_identity {
    int64_t accepted, owned, waiting, in_exception, nurture, closed, dead_lettered, settled;
    int64_t seq;
    bool balanced;
};

struct demo_watch {
    struct demo_http *http; /* borrowed */
    int64_t next_ask_us;
    struct demo_topic {
        struct demo_watch *watch;
        struct json_object *answer; /* the newest; NULL: none yet */
        int64_t asked_us;           /* when that was asked, on the monotonic clock */
        int64_t asking_us;          /* the same of what is under way; 0: nothing is */
    } topics[DEMO_SUBJECTS];
    struct demo_identity identity; /* the newest */
    uint64_t checks, balanced;     /* of the identity: how often asked, how often it held */
    int64_t checked_us;            /* UTC, of the last check; 0: none */
    /* Of /metrics. */
    bool asking_metrics;
    double server_p50_ms, server_p99_ms; /* capture → assigned and durable */
};

void demo_watch_init(struct demo_watch *watch, struct demo_http *http);
void demo_watch_release(struct demo_watch *watch);
/* `now_us` monotonic. */
void demo_watch_step(struct demo_watch *watch, int64_t now_us);

/* The answer, if it was asked for after `since_us`; else NULL. Borrowed until the next step. */
struct json_object *demo_watch_answer(const struct demo_watch *watch, enum demo_subject subject,
                                      int64_t since_us);

/* A destination or a provider as it is; false: not known since then. */
struct demo_destination {
    int64_t pending, delivered, failed, openings;
    bool open; /* its breaker; also while it probes */
};
bool demo_watch_destination(const struct demo_watch *watch, const char *name, int64_t since_us,
                            struct demo_destination *ret);
/* Open exceptions of a kind; -1: not known since then. */
int64_t demo_watch_exceptions(const struct demo_watch *watch, const char *kind, int64_t since_us);

#endif
