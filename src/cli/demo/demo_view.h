/* What the demo shows while it runs: a table that is written over on a terminal, a line every five
 * seconds elsewhere. Asks the server for its metrics and pools. */
#ifndef ML_CLI_DEMO_VIEW_H
#define ML_CLI_DEMO_VIEW_H

#include "cli/demo/demo_http.h"
#include "cli/demo/demo_intake.h"
#include "cli/demo/demo_people.h"

enum { DEMO_POOLS_MAX = 16 };

struct demo_pool {
    char id[64];
    int64_t waiting, load, capacity, members, available;
};

struct demo_view {
    struct demo_http *http; /* borrowed */
    bool live;              /* a terminal */
    bool asking_metrics, asking_pools;
    int64_t next_ask_us, next_show_us;
    /* The newest answers. */
    double waiting, owned, qualified, disqualified; /* leads by place */
    double server_p50_ms, server_p99_ms;            /* capture → assigned and durable */
    struct demo_pool pools[DEMO_POOLS_MAX];
    size_t pool_count;
    int lines; /* of the table on the screen */
    char message[200];
};

struct demo_clock {
    int64_t started_us, end_us; /* end 0: until interrupted */
};

void demo_view_init(struct demo_view *view, struct demo_http *http, bool live);
void demo_view_step(struct demo_view *view, const char *url, const struct demo_clock *clock,
                    const struct demo_intake *intake, const struct demo_people *people,
                    int64_t now_us);
/* One sentence that must be seen. */
void demo_view_say(struct demo_view *view, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
