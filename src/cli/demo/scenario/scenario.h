/* Scenarios: something goes wrong, the engine copes, it is mended. Each is a small machine that is
 * called often; what it says and what it concludes comes from what the server and the stand-ins
 * answered. A scenario has played when its effect was seen and is over; otherwise it has failed. */
#ifndef ML_CLI_DEMO_SCENARIO_H
#define ML_CLI_DEMO_SCENARIO_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/json.h"

#include <stdint.h>

struct demo;
struct demo_scenario;

enum { DEMO_SCENARIOS = 6, DEMO_VERDICT_SIZE = 480, DEMO_FIGURES = 8 };

enum demo_scenario_state { DEMO_IDLE, DEMO_PLAYING, DEMO_DONE, DEMO_FAILED };

struct demo_scenario_kind {
    const char *name, *title, *about;
    /* On the timeline of three minutes: when it begins, in seconds. */
    double starts_s;
    /* When it begins, where that is not only a matter of the timeline; NULL: then. `planned_us` and
     * the result are monotonic. */
    int64_t (*when)(const struct demo *demo, int64_t planned_us);
    int limit_s; /* it has failed when it takes longer */
    /* Called ten times a second while it plays. Errors end the demo. */
    int (*step)(struct demo *demo, struct demo_scenario *scenario, int64_t now_us,
                struct error *err);
    /* Puts everything right when it has failed; may be called at any step. */
    void (*mend)(struct demo *demo, struct demo_scenario *scenario);
};

/* A call that a scenario has made; one at a time. It is made again until it is answered. */
struct demo_order {
    struct demo *demo;
    char method[8], path[160], body[1024];
    bool open;
    unsigned status;            /* of the answer; 0: none yet */
    struct json_object *answer; /* or NULL */
    int64_t again_us;           /* there was no answer: not before */
};

struct demo_scenario {
    const struct demo_scenario_kind *kind;
    enum demo_scenario_state state;
    int64_t starts_us;               /* monotonic; 0: when somebody plays it */
    int64_t started_us;              /* monotonic; 0: not yet */
    int64_t started_utc, ended_utc;  /* 0: not yet */
    int step;                        /* the kind's own */
    int64_t step_us;                 /* when that step began */
    bool asked_to_stop;              /* the trouble is to end */
    uint64_t plays;                  /* how often it has been played */
    int64_t figures[DEMO_FIGURES];   /* the kind's own */
    char subject[64];                /* likewise */
    char verdict[DEMO_VERDICT_SIZE]; /* once it is over */
    struct demo_order order;
};

extern const struct demo_scenario_kind demo_schema_break, demo_enrichment_outage, demo_surge,
    demo_team_offline, demo_crm_down, demo_kill_9;

void demo_scenarios_init(struct demo *demo);
void demo_scenarios_release(struct demo *demo);
/* Has one played soon, or with "all" every one on a timeline so long (0: nobody knows how long), or
 * with NULL the engine killed in the middle. ML_ENOTFOUND otherwise. */
int demo_scenarios_plan(struct demo *demo, const char *name, uint64_t length_s, struct error *err);
/* The demo ends in their middle: everything works again, and they have not played. */
void demo_scenarios_interrupt(struct demo *demo);
/* From somebody who has pressed a button; nothing when it does not make sense. */
void demo_scenario_play(struct demo *demo, struct bytes name);
void demo_scenario_stop(struct demo *demo, struct bytes name);
int demo_scenarios_step(struct demo *demo, int64_t now_us, struct error *err);
/* Whether one plays, or is still to begin by itself. */
bool demo_scenarios_are_due(const struct demo *demo);
const char *demo_scenario_state_name(enum demo_scenario_state state);

/* ---- for the kinds */

void scenario_go(struct demo_scenario *scenario, int step, int64_t now_us);
/* Seconds since its beginning, or since its step's. */
double scenario_seconds(const struct demo_scenario *scenario, int64_t now_us);
double scenario_step_seconds(const struct demo_scenario *scenario, int64_t now_us);
/* It has played; the sentence is its verdict. */
void scenario_done(struct demo *demo, struct demo_scenario *scenario, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Starts a call; `body` may be "". */
void scenario_order(struct demo *demo, struct demo_scenario *scenario, const char *method,
                    const char *path, const char *body);
/* True when the call has been answered, whatever with. */
bool scenario_answered(struct demo_scenario *scenario, int64_t now_us);

#endif
