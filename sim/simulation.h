/* One simulated life of the engine: real engine, core, journal and store on a fake disk and clock,
 * with clients that repeat, reorder and give up, and faults that strike at any I/O.
 *
 * Two phases. Safety: random work, crashes and faults; no invariant may break. Liveness: faults
 * stop, and everything must converge: all that was asked is acknowledged, nobody waits, the view
 * has caught up, every digest agrees. */
#ifndef ML_SIM_SIMULATION_H
#define ML_SIM_SIMULATION_H

#include "base/json.h"
#include "company.h"
#include "disk.h"
#include "engine/engine.h"
#include "network.h"
#include "random.h"

enum {
    SIM_PEOPLE = 80,      /* who may write to the company */
    SIM_CALLS_MAX = 4096, /* commands that clients ever gave, for repeating and checking */
    SIM_LETTERS_MAX = SIM_CALLS_MAX,
    SIM_THINGS_MAX = 4 * SIM_CALLS_MAX,
};

/* A command as its client remembers it: repeated until it is acknowledged, under the same key if it
 * has one. */
struct sim_call {
    enum core_command_type type;
    uint32_t person;      /* SUBMIT, REFUSE */
    uint32_t variant;     /* of the attributes; of what else the command needs */
    uint64_t target;      /* lead */
    uint64_t dead_letter; /* SUBMIT and REFUSE that replay it, DISCARD */
    uint64_t entity;      /* exception, silence or incident */
    uint64_t version;     /* that it is to have; 0: any */
    int64_t until_us;     /* of a silence; when what an incident leaves to do is due */
    uint32_t campaign;    /* SUBMIT: one that everybody comes from now; 0: by the variant */
    struct hash128 key;   /* idempotency; none: a client that gives no keys */
    uint64_t fingerprint; /* of the content as the sender wrote it */
    bool without_key;     /* its client gives none */
    bool corrected;       /* was refused, and is sent again under the same key */
    bool acknowledged;
    uint32_t in_flight; /* copies on their way */
    enum core_status status;
    uint64_t lead; /* by the first acknowledgement */
    uint64_t seq;
    int64_t done_us; /* the engine's time at the first acknowledgement */
};

/* A dead letter as the journal tells of it: what must be true of it in the core. */
struct sim_letter {
    uint64_t number;
    int64_t captured_us;
    enum { SIM_OPEN, SIM_REPLAYED, SIM_MERGED, SIM_DISCARDED } state;
    bool acknowledged; /* its client was told */
};

/* Something with a number of its own that begins and ends, as the journal tells of it. */
enum sim_kind { SIM_EXCEPTION, SIM_SURGE, SIM_ALERT, SIM_SILENCE, SIM_INCIDENT, SIM_KINDS };
struct sim_thing {
    uint64_t number;
    enum sim_kind kind;
    bool is_open;
    bool is_claimed; /* an exception */
    char name[24];   /* its kind */
};

/* What was done about the promises of a lead. */
struct sim_promises {
    uint64_t lead;
    uint64_t into;                         /* that it was merged into at some time; 0: none */
    uint32_t steps[POLICY_OBJECTIVES + 1]; /* taken, a bit for each */
    uint8_t late;                          /* a bit for each objective */
};

/* What happened at all: a simulation that never overflows proves nothing about overflow. */
enum sim_exercise {
    SIM_BY_STRATEGY, /* assignments by policy, of the pool that gave; one for each strategy */
    SIM_OVERFLOWED = SIM_BY_STRATEGY + POLICY_STICKY + 1,
    SIM_CALLED,
    SIM_LIMITED,
    SIM_EXCEPTED,
    SIM_NURTURED,
    SIM_REENTERED,
    SIM_SHIFTED,
    SIM_REFUSED,
    SIM_RETRIED,
    SIM_REPLAYED_TO_LEAD,
    SIM_MERGED_INTO_LEAD,
    SIM_DISCARDED_BY_HAND,
    SIM_EXPIRED,
    SIM_SWITCHED,
    SIM_FELL_BACK,
    SIM_NOTICED,
    SIM_DIGESTED,
    SIM_READ_BY_CANARY,
    SIM_SHADOWED,
    SIM_LATE,                                     /* one for each objective */
    SIM_BY_ACTION = SIM_LATE + POLICY_OBJECTIVES, /* steps of ladders */
    SIM_BEHIND_THE_END = SIM_BY_ACTION + POLICY_ACTIONS,
    SIM_BY_FALLBACK,
    SIM_OVERTAKEN = SIM_BY_FALLBACK + POLICY_FALL_BACK_ACTIONS,
    SIM_BY_RESOLUTION, /* by people: all but the last */
    SIM_BY_MEASURE = SIM_BY_RESOLUTION + CORE_RESOLVED_OVERTAKEN - 1, /* of surge plans: from 1 */
    SIM_SURGE_EXPIRED = SIM_BY_MEASURE + CORE_MEASURES,
    SIM_NEVER_FIRED,
    SIM_PAGED,
    SIM_PAGED_AGAIN,
    SIM_TICKETED,
    SIM_OPENED_BY_ALERT,
    SIM_OPENED_BY_CLASS,
    SIM_OPENED_BY_HAND,
    SIM_EXERCISES,
};

struct flight; /* a request on its way */

struct simulation {
    uint64_t seed;
    struct random random;
    struct disk *disk;
    char vfs[32];
    int64_t clock_us;
    int64_t free_bytes;
    struct policy_release *releases[COMPANY_RELEASES];
    struct engine *engine; /* NULL while down */
    struct network *network;
    struct arena arena; /* of commands in flight; reset when there are none */
    struct flight *flights;

    struct sim_call calls[SIM_CALLS_MAX];
    uint64_t person_lead[SIM_PEOPLE]; /* the lead a person was acknowledged under; 0 before */

    /* The newest durable record anybody was told of: it may never change or vanish (I1). */
    uint64_t told_seq;
    struct hash256 told_hash;
    uint64_t checked_seq; /* events up to here were examined one by one */

    uint64_t exercised[SIM_EXERCISES];
    uint64_t network_exercised[NETWORK_EXERCISES];
    uint64_t events[CORE_EVENT_TYPES]; /* of each type */
    uint32_t active;                   /* of releases, as of checked_seq */
    uint32_t call_count;

    /* Everybody comes at once, under one campaign: for so many more acts of the clients. */
    uint32_t burst_acts, burst_size, burst_campaign;

    /* By number; exceptions and what else begins and ends. */
    struct sim_thing things[SIM_THINGS_MAX];
    uint32_t thing_count, open_things[SIM_KINDS], compared;
    struct sim_promises promises[SIM_CALLS_MAX];
    uint32_t promise_count;

    /* Dead letters, by number; those that are told of before the journal was looked at. */
    struct sim_letter letters[SIM_LETTERS_MAX];
    uint64_t told_letters[SIM_LETTERS_MAX];
    uint32_t letter_count, told_letter_count;

    uint32_t crashes, faults, restarts;
    bool verbose;
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
/* Every dead letter that is open is mended and replayed. */
void clients_replay_open(struct simulation *simulation);
/* Every command that was never acknowledged, once more. */
void clients_repeat_unacknowledged(struct simulation *simulation);
/* After a crash nobody gets an answer any more. */
void clients_forget_in_flight(struct simulation *simulation);
bool clients_all_acknowledged(const struct simulation *simulation);

/* ---- clients_trouble.c: calls about promises, exceptions, silences and incidents */
bool clients_is_trouble(enum core_command_type type);
/* A new one, of any type; about a lead when it needs one. */
void clients_invent_trouble(struct simulation *simulation, uint64_t lead, struct sim_call *call);
void clients_fill_trouble(struct simulation *simulation, const struct sim_call *call,
                          struct core_command *command);

/* ---- invariants.c */
void invariants_check_step(struct simulation *simulation);
/* Looks at the events that were not looked at yet; false when they cannot be read now. */
bool invariants_follow(struct simulation *simulation);
void invariants_check_restart(struct simulation *simulation);
/* Replay, reload and rebuild end in the same state (I2). */
void invariants_check_digests(struct simulation *simulation);
void invariants_check_converged(struct simulation *simulation);

/* ---- letters.c: dead letters, as the journal tells of them */
/* Takes note of an event about a dead letter; what cannot be true of it fails. */
void letters_follow(struct simulation *simulation, const struct journal_record *record,
                    struct json_object *data);
struct sim_letter *letters_find(struct simulation *simulation, uint64_t number);
/* A client was told that its record is this dead letter. */
void letters_told(struct simulation *simulation, uint64_t number);
/* The core, caught up with, agrees. */
void letters_check(struct simulation *simulation);

/* ---- trouble.c: exceptions, surges, alerts, silences, incidents and ladders, likewise */
void trouble_follow(struct simulation *simulation, const struct journal_record *record,
                    struct json_object *data);
void trouble_check(struct simulation *simulation);
/* One that stands for all leads which were ever merged with that one: mostly itself. */
uint64_t trouble_merged(struct simulation *simulation, uint64_t lead);
/* Some exception, silence or incident, mostly open and of late; now and then one that never was.
 * 0: none yet. */
uint64_t trouble_some(struct simulation *simulation, enum sim_kind kind);

/* ---- simulation.c, for the others */
bool simulation_open(struct simulation *simulation);
/* Steps the engine until nothing is on its way, without faults. */
void simulation_work_off(struct simulation *simulation);
void simulation_close(struct simulation *simulation);
extern const char simulation_directory[];

#endif
