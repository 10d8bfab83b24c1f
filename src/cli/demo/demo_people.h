/* The reps of the demo: they follow the bus, contact what they own, close it, hand some of it back,
 * go away and come back. A day of theirs takes a minute. */
#ifndef ML_CLI_DEMO_PEOPLE_H
#define ML_CLI_DEMO_PEOPLE_H

#include "base/heap.h"
#include "base/map.h"
#include "cli/demo/demo_http.h"
#include "cli/demo/demo_traffic.h"

enum { DEMO_REPS_MAX = 256, DEMO_REP_ID_SIZE = 64 };

struct demo_rep {
    struct demo_people *people;
    char id[DEMO_REP_ID_SIZE];
    int64_t back_us; /* away until then; 0: here */
    bool changing;   /* a call about it is open */
};

struct demo_people {
    struct demo_http *http; /* borrowed */
    struct demo_random random;
    /* The feed. */
    uint64_t seen_seq;
    bool asking;
    int64_t next_ask_us;
    /* The desks. */
    struct map leads; /* number → struct desk_lead */
    struct heap due;
    struct demo_rep reps[DEMO_REPS_MAX];
    size_t rep_count;
    bool reps_asked;
    int64_t next_leave_us;
    uint64_t contacted, returned; /* as the bus says */
    uint64_t away;                /* now */
    uint64_t stale;               /* acted on a lead that had changed meanwhile: looked again */
};

void demo_people_init(struct demo_people *people, struct demo_http *http, uint64_t seed);
void demo_people_release(struct demo_people *people);
void demo_people_step(struct demo_people *people, int64_t now_us);

#endif
