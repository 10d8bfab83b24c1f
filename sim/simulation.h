/* One simulated life of the engine: real engine, core, journal and store on a fake disk and clock,
 * with clients that repeat, reorder and give up, and faults that strike at any I/O.
 *
 * Two phases. Safety: random work, crashes and faults; no invariant may break. Liveness: faults
 * stop, and everything must converge: all that was asked is acknowledged, nobody waits, the view
 * has caught up, every digest agrees. */
#ifndef ML_SIM_SIMULATION_H
#define ML_SIM_SIMULATION_H

#include "company.h"
#include "disk.h"
#include "engine/engine.h"
#include "random.h"

enum {
    SIM_PEOPLE = 80,      /* who may write to the company */
    SIM_CALLS_MAX = 4096, /* commands that clients ever gave, for repeating and checking */
};

/* A command as its client remembers it: repeated under the same key until it is acknowledged. */
struct sim_call {
    enum core_command_type type;
    uint32_t person;    /* SUBMIT */
    uint32_t variant;   /* of the attributes; of what else the command needs */
    uint64_t target;    /* lead */
    struct hash128 key; /* idempotency */
    bool acknowledged;
    uint32_t in_flight; /* copies on their way */
    enum core_status status;
    uint64_t lead; /* by the first acknowledgement */
    uint64_t seq;
    int64_t done_us; /* the engine's time at the first acknowledgement */
};

/* What happened at all: a simulation that never overflows proves nothing about overflow. */
struct sim_exercised {
    uint64_t by_strategy[POLICY_STICKY + 1]; /* assignments by policy, of the pool that gave */
    uint64_t overflowed, called, limited;
    uint64_t excepted, nurtured, reentered, shifted;
};

struct flight; /* a request on its way */

struct simulation {
    uint64_t seed;
    struct random random;
    bool verbose;
    struct disk *disk;
    char vfs[32];
    int64_t clock_us;
    int64_t free_bytes;
    struct policy_release *releases[COMPANY_RELEASES];
    struct engine *engine; /* NULL while down */
    struct arena arena;    /* of commands in flight; reset when there are none */
    struct flight *flights;

    struct sim_call calls[SIM_CALLS_MAX];
    uint32_t call_count;
    uint64_t person_lead[SIM_PEOPLE]; /* the lead a person was acknowledged under; 0 before */

    /* The newest durable record anybody was told of: it may never change or vanish (I1). */
    uint64_t told_seq;
    struct hash256 told_hash;
    uint64_t checked_seq; /* events up to here were examined one by one */

    uint32_t active; /* of releases, as of checked_seq */
    struct sim_exercised exercised;

    uint32_t crashes, faults, restarts;
    bool failed;
    char failure[512];
};

/* Runs the whole life; false with `failure` filled when an invariant broke. *ret_hash is the
 * journal's last hash: equal for equal seeds. */
bool simulation_run(uint64_t seed, uint32_t ticks, bool verbose, struct simulation *simulation,
                    struct hash256 *ret_hash);

/* Remembers the first failure. */
void simulation_fail(struct simulation *simulation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- clients.c */
/* One client action: a new command, a repetition, an old one out of order. */
void clients_act(struct simulation *simulation);
/* For the liveness phase: a rep is back, with room for everybody; a release comes into force. */
void clients_make_room(struct simulation *simulation, unsigned rep);
void clients_activate(struct simulation *simulation, unsigned release);
/* Every command that was never acknowledged, once more. */
void clients_repeat_unacknowledged(struct simulation *simulation);
/* After a crash nobody gets an answer any more. */
void clients_forget_in_flight(struct simulation *simulation);
bool clients_all_acknowledged(const struct simulation *simulation);

/* ---- invariants.c */
void invariants_check_step(struct simulation *simulation);
void invariants_check_restart(struct simulation *simulation);
/* Replay, reload and rebuild end in the same state (I2). */
void invariants_check_digests(struct simulation *simulation);
void invariants_check_converged(struct simulation *simulation);

/* ---- simulation.c, for the others */
bool simulation_open(struct simulation *simulation);
void simulation_close(struct simulation *simulation);
extern const char simulation_directory[];

#endif
