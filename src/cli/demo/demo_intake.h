/* The sources of the demo: sends leads, and sends again, under the same key, what was not answered.
 * Remembers every acknowledgement, for the proof at the end. */
#ifndef ML_CLI_DEMO_INTAKE_H
#define ML_CLI_DEMO_INTAKE_H

#include "base/map.h"
#include "cli/demo/demo_http.h"
#include "cli/demo/demo_traffic.h"

/* Times on a logarithmic scale, two per cent a step from 10 µs on. */
enum { DEMO_LATENCY_STEPS = 1024 };
struct demo_latency {
    uint32_t counts[DEMO_LATENCY_STEPS];
    uint64_t total;
};
void demo_latency_add(struct demo_latency *latency, int64_t took_us);
/* `share` from 0 to 1; 0 without any. */
double demo_latency_ms(const struct demo_latency *latency, double share);

struct submission;

struct demo_intake {
    struct demo_http *http; /* borrowed */
    struct demo_traffic traffic;
    char run[24];  /* in the idempotency keys: another run is not this one */
    double credit; /* leads that are due */
    double campaign_credit;
    double
        campaign_rate; /* leads a second of the campaign that surges, beside the others; 0: none */
    int64_t stepped_us;
    struct submission *again; /* not answered: to be sent once more */
    uint64_t open;            /* sent or to be sent again, without a final answer */
    uint64_t sent;            /* different submissions */
    uint64_t captured, known, refused;
    uint64_t reopened;       /* a disqualified person came again: the same lead starts anew */
    uint64_t assigned;       /* of captured: with an owner in the answer */
    uint64_t interrupted;    /* submissions that had to be sent again */
    uint64_t answered_again; /* of them: with an answer by now */
    uint64_t unexpected;     /* good leads refused, or broken ones taken */
    uint64_t changed;        /* refused because their source had changed what it sends */
    uint64_t recovered;      /* leads that dead letters became */
    int64_t longest_interruption_us;
    uint64_t newest_seq;
    struct map acknowledged;     /* lead number → how often acknowledged */
    struct demo_latency latency; /* sent → answered with an owner; without the interrupted ones */
};

void demo_intake_init(struct demo_intake *intake, struct demo_http *http, uint64_t seed);
void demo_intake_release(struct demo_intake *intake);
/* A dead letter has become that lead. */
void demo_intake_recover(struct demo_intake *intake, uint64_t lead);
/* So many more are due at once. */
void demo_intake_add(struct demo_intake *intake, uint32_t count);
/* Sends what is due at `rate` leads a second; 0: only what has to be sent again. */
void demo_intake_step(struct demo_intake *intake, double rate, int64_t now_us);

#endif
