/* The demo as a whole: what its parts share while it runs. One thread; nothing waits. */
#ifndef ML_CLI_DEMO_DEMO_H
#define ML_CLI_DEMO_DEMO_H

#include "cli/demo/demo_bus.h"
#include "cli/demo/demo_intake.h"
#include "cli/demo/demo_people.h"
#include "cli/demo/demo_server.h"
#include "cli/demo/demo_stand_ins.h"
#include "cli/demo/demo_story.h"
#include "cli/demo/demo_watch.h"
#include "cli/demo/scenario/scenario.h"

enum demo_phase { DEMO_RUNNING, DEMO_SETTLING };

struct demo_clock {
    int64_t started_us, end_us; /* monotonic; end 0: until interrupted */
    int64_t started_utc_us;
};

struct demo {
    char directory[4000]; /* of the data */
    const char *token;
    double average; /* leads a second */
    double rate;    /* at present */
    enum demo_phase phase;
    struct demo_clock clock;
    struct demo_server server;
    struct demo_stand_ins stand_ins;
    struct demo_http *http;
    struct demo_intake intake;
    struct demo_people people;
    struct demo_bus bus;
    struct demo_watch watch;
    struct demo_story story;
    struct demo_scenario scenarios[DEMO_SCENARIOS];
    int control;     /* socket that orders arrive at; -1: none */
    int64_t told_us; /* when state.json was written last */
    /* Of the newest crash. */
    uint64_t crashes, crash_open;
    int64_t crash_seq;    /* of the identity, before it */
    double crash_seconds; /* until it served again */
};

/* A sentence of the story, of a scenario or (NULL) of the demo as a whole. */
void demo_say(struct demo *demo, const struct demo_scenario *about, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* SIGKILL to the server, with submissions under way, and a new one. Errors end the demo. */
int demo_crash(struct demo *demo, struct error *err);

#endif
