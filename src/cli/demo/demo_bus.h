/* The demo as a subscriber: it follows the bus from the first event on, hands each to the reps, and
 * counts what scenarios want to see. What is not on the bus has not happened. */
#ifndef ML_CLI_DEMO_BUS_H
#define ML_CLI_DEMO_BUS_H

#include "cli/demo/demo_people.h"
#include "cli/demo/demo_stand_ins.h"

/* The n-th delivery that an event asks for is DEMO_DUES_MAX * seq + n. */
enum { DEMO_DUES_MAX = 64 };

enum demo_count {
    DEMO_ASSIGNED,
    DEMO_OVERFLOWED, /* of them: into another pool than their own, or to who is on call */
    DEMO_QUEUED,
    DEMO_NURTURED,
    DEMO_REFUSED,
    DEMO_ENRICHED,
    DEMO_ENRICHED_LATE, /* the promise was missed */
    DEMO_TRIAGED,       /* exceptions because of that */
    DEMO_REMINDED,      /* steps of ladders, whichever */
    DEMO_COUNTS,
};

struct demo_breaker {
    uint64_t opened, probed, closed; /* so many times */
    int64_t opened_us, closed_us;    /* when last, UTC; 0: never */
};

/* The newest notice to the partner about the number of its deals. Times are UTC; 0: not yet. */
struct demo_notice {
    uint64_t seq;
    int64_t due_us, mailed_us;
    char to[128];      /* the address */
    char receipt[128]; /* what its mail server said */
};

struct demo_bus {
    struct demo_http *http;     /* borrowed */
    struct demo_people *people; /* borrowed */
    uint64_t seen_seq;
    bool asking;
    int64_t next_ask_us;
    uint64_t counts[DEMO_COUNTS];
    struct demo_breaker breakers[DEMO_STAND_INS];
    struct demo_notice notice;
};

void demo_bus_init(struct demo_bus *bus, struct demo_http *http, struct demo_people *people);
void demo_bus_step(struct demo_bus *bus, int64_t now_us);

#endif
