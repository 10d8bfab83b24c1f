/* The reps of the demo: they hear from the bus what they own, contact it, close it, hand some of it
 * back, go away and come back. A day of theirs takes a minute. */
#ifndef ML_CLI_DEMO_PEOPLE_H
#define ML_CLI_DEMO_PEOPLE_H

#include "base/heap.h"
#include "base/json.h"
#include "base/map.h"
#include "cli/demo/demo_http.h"
#include "cli/demo/demo_traffic.h"

enum { DEMO_REPS_MAX = 256, DEMO_REP_ID_SIZE = 64 };

struct demo_rep {
    struct demo_people *people;
    char id[DEMO_REP_ID_SIZE], team[DEMO_REP_ID_SIZE];
    int64_t back_us;   /* away until then; 0: here */
    bool told_away;    /* what the server was told last */
    bool changing;     /* a call about it is open */
    int64_t again_us;  /* the server did not take it: not before */
    uint64_t assigned; /* leads that it got, as the bus says */
};

#define DEMO_AWAY_UNTIL_CALLED INT64_MAX

struct demo_people {
    struct demo_http *http; /* borrowed */
    struct demo_random random;
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
/* An event of the bus, with its number. */
void demo_people_take(struct demo_people *people, struct json_object *event, uint64_t seq,
                      int64_t now_us);
void demo_people_step(struct demo_people *people, int64_t now_us);
/* A whole team goes, until it is called back. */
void demo_people_send_away(struct demo_people *people, const char *team);
void demo_people_call_back(struct demo_people *people, const char *team);
/* How many of a team there are, what they got so far, and how many the server knows to be away. */
struct demo_team {
    size_t members, away;
    uint64_t assigned;
};
struct demo_team demo_people_team(const struct demo_people *people, const char *team);

#endif
