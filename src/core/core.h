/* The core: what is true about leads, reps, pools and promises, as a pure function of events.
 *
 * core_decide turns a command into events and changes nothing (I3); core_apply records an event and
 * decides nothing (I4). No clock, no I/O, no threads, no globals: the engine stamps the time, owns
 * the core and is its only caller. */
#ifndef ML_CORE_CORE_H
#define ML_CORE_CORE_H

#include "core/clock.h"
#include "core/event.h"
#include "core/outbox.h"

/* ---- life cycle */

enum core_state {
    CORE_CAPTURED,
    CORE_ASSIGNED,
    CORE_CONTACTED,
    CORE_QUALIFIED,
    CORE_DISQUALIFIED,
    CORE_STATES,
};

/* Every open lead is in exactly one place (I5). */
enum core_place {
    CORE_PLACE_OWNED,
    CORE_PLACE_WAITING,
    CORE_PLACE_EXCEPTION, /* before a person of a team */
    CORE_PLACE_NURTURE,   /* aside, until it is routed anew */
    CORE_PLACE_CLOSED,
    CORE_PLACES,
};

const char *core_state_name(enum core_state state);
const char *core_place_name(enum core_place place);
/* The declared table of moves; anything else is a bug and aborts in core_apply. */
bool core_move_allowed(enum core_state from, enum core_state to);

/* An open lead. Closed leads keep only their keys. */
struct core_lead {
    uint64_t number;   /* its id: the seq of the event that captured it */
    uint64_t last_seq; /* its version: the seq of its newest event */
    int64_t captured_us;
    int64_t assigned_us; /* newest assignment; 0 before the first */
    int64_t due_us;      /* the running timer, never 0 */
    int64_t score;
    struct core_promises promises;
    int64_t until_us;                  /* held: when it is anybody's; in nurture: when it is routed
                                          anew; behind the end of its ladder: when a person decides
                                          again; else 0 */
    int64_t acknowledged_us;           /* until when the ladder stands still; 0: it does not */
    uint64_t surge;                    /* that it came with; 0: none */
    struct exception *exceptions;      /* open ones about it; the core's */
    struct hash128 key;                /* business key; none when it has none */
    struct core_lead *next, *previous; /* in its owner's list, or of those its surge put aside */
    char *packed;                      /* attributes, policy_record_pack; owned */
    uint32_t packed_size;
    uint32_t rep;       /* CORE_NONE unless owned */
    uint32_t pool;      /* CORE_NONE when it came by a rep route */
    uint32_t before;    /* of a reopened lead: who owned it before; else CORE_NONE */
    uint32_t kept_from; /* of a held lead: who is not to get it; else CORE_NONE */
    uint32_t release;
    uint32_t timer_position;   /* in the timer heap */
    uint32_t waiting_position; /* in its pool's waiting or held heap; HEAP_NONE when in none */
    uint32_t age_position;     /* among all who wait; HEAP_NONE when it does not */
    uint32_t
        route; /* CORE_NONE before it is placed, and for manual assignments of unrouted leads */
    uint16_t class_index;
    uint16_t source;
    uint16_t urgency; /* of its class; 0 first */
    uint16_t late_count;
    uint8_t state;     /* enum core_state */
    uint8_t place;     /* enum core_place */
    uint8_t fallbacks; /* automatic ones of exceptions that held it; stops at 255 */
    uint8_t measures;  /* of its surge's plan that touched it, a bit for each */
    bool held;         /* waits, but not for `kept_from`, who gave it back; until its timer fires */
    uint8_t key_kind;
    uint8_t enrichment; /* core_enrichment_take */
};

/* What is remembered of a lead's enrichment: bits. */
enum {
    CORE_ENRICHMENT_ANSWERED = 1, /* somebody knew something */
    CORE_ENRICHMENT_SETTLED = 2,  /* enrichment may not give it another owner: it has done so, or a
                                     person decided who has the lead */
};
/* What an event of the lead makes of these bits; 0 for a lead that begins (anew). For the core, and
 * for whoever keeps leads as it does (I2). */
void core_enrichment_take(uint8_t *enrichment, const struct core_event *event);

/* The identity I9, kept by core_apply event by event: accepted = owned + waiting + exception +
 * nurture + qualified + disqualified + dead_lettered + settled. */
struct core_counts {
    /* Records taken that were no touchpoints: leads captured and dead letters, where one that
     * became a new lead counts once. */
    uint64_t accepted;
    uint64_t owned;
    uint64_t waiting; /* includes leads being routed within a command */
    uint64_t exception;
    uint64_t nurture;
    uint64_t qualified;
    uint64_t disqualified;
    uint64_t dead_lettered; /* open dead letters */
    uint64_t settled;       /* dead letters that became a touchpoint of a lead, began a lost lead
                               anew, or were discarded */
    uint64_t touchpoints;   /* submissions of known persons; not leads */
    uint64_t late;          /* late events */
};

struct core *core_new(void);
void core_free(struct core *core);

/* ---- commands */

enum core_command_type {
    CORE_SUBMIT = 1,
    CORE_CONTACT,
    CORE_OUTCOME,
    CORE_ASSIGN,
    CORE_HAND_BACK,
    CORE_SET_REP,
    CORE_ACTIVATE,
    CORE_REFUSE,  /* a record that broke its contract: kept as a dead letter */
    CORE_DISCARD, /* a dead letter will not be replayed */
    CORE_SWITCH,  /* which versions of a source's contract are used */
    CORE_TICK,    /* one step of what is due: call again while core_due_us says so */
    /* One look at what is counted over time: surges, alerts, incidents. Call again until it answers
     * CORE_UNCHANGED, every CORE_WATCH_US. */
    CORE_WATCH,
    CORE_ACKNOWLEDGE,
    CORE_ENRICH,
    CORE_OPEN_EXCEPTION, /* a person asks for a decision about a lead, which stays where it is */
    CORE_CLAIM,
    CORE_RELEASE,
    CORE_RESOLVE,
    CORE_SILENCE,
    CORE_UNSILENCE,
    CORE_OPEN_INCIDENT,
    CORE_NOTE_INCIDENT,
    CORE_CLOSE_INCIDENT,
    CORE_FINISH_REMEDIATION,
    CORE_RECEIPT, /* what came of an attempt to carry out a delivery */
    CORE_REQUEUE, /* a delivery that failed, or is to be sent once more */
    CORE_DROP,    /* a pending or failed delivery will not be sent */
    CORE_SET_DESTINATION,
    CORE_SYNC, /* a change made in another system */
};

enum {
    CORE_EXCERPT_MAX = 512,        /* bytes kept of an answer; longer ones are cut */
    CORE_RECEIPT_TEXT_MAX = 256,   /* of ids and reasons; likewise */
    CORE_TEXT_MAX = 2000,          /* bytes in a reason, note, … */
    CORE_VIOLATION_TEXT_MAX = 500, /* of the kind of a violation; what is longer is cut */
};

/* Whom to ask more of a lead. */
struct core_next_step {
    uint32_t step; /* of the waterfall of providers; CORE_NONE: nobody */
    bool passable; /* another could be asked instead */
};

/* OWNER, STATUS: a text. FIELD: a value of the field's type. */
struct core_sync_value {
    bool given;
    struct cel_value value;
};

/* What came of an attempt. Texts are borrowed; longer ones than their ceilings are cut. */
struct core_receipt {
    enum core_outcome outcome; /* OK, TRANSIENT, PERMANENT or GONE */
    uint32_t status;           /* of HTTP or SMTP; 0: no answer */
    bool cached;               /* answered without asking */
    int64_t started_us, took_us;
    int64_t retry_after_us; /* what the answer asks for, from now; 0: nothing */
    struct bytes response_id, excerpt, reason;
    struct bytes external_id, owner, status_there; /* as in the event */
    /* ENRICH: what the provider knows, as in `enrich`; NULL: nothing. */
    const struct cel_value *values;
    const struct policy_release *release;
    struct bytes verdict; /* of a check: why the lead is to be held; empty: it is fine */
    struct arena *arena;  /* for what the events say; lives as long as the command */
};

struct core_command {
    enum core_command_type type;
    /* SUBMIT and REFUSE: the key is the sender's own id of the record, not of the request: what
     * comes under it later is that record again, whatever it says. */
    bool key_of_record;
    int64_t time_us; /* stamped by the engine; never before the last event */
    struct bytes actor;
    struct hash128 idempotency; /* none when the caller gave no key */
    uint64_t fingerprint;       /* of the content, to tell a repeat from a misuse of the key */
    uint64_t lead; /* CONTACT, OUTCOME, ASSIGN, HAND_BACK, ACKNOWLEDGE, ENRICH, OPEN_EXCEPTION */
    /* CLAIM, RELEASE, RESOLVE: the exception; UNSILENCE: the silence; …INCIDENT, …REMEDIATION: the
     * incident */
    uint64_t entity;
    /* SUBMIT and REFUSE: the dead letter that is replayed, must be open; DISCARD: which; else 0. */
    uint64_t dead_letter;
    /* Refuse unless the lead, or the entity, is at this version; 0: any. */
    uint64_t if_version;
    union {
        struct {
            struct policy_release *release; /* under which `values` were read */
            uint32_t source;                /* in that release */
            const struct cel_value *values;
            enum policy_key_kind key_kind;
            struct hash128 key;
            /* By core_submit_prepare: what follows from release and values alone. */
            const struct policy_decision *decision; /* NULL: not prepared */
            struct core_next_step first;
            struct bytes attributes; /* `values` as JSON */
            uint32_t contract;       /* version that `values` were read by; 0: none */
            struct bytes shadow; /* what the candidate made of it, JSON; empty: none was running */
        } submit;
        struct {
            struct policy_release *release; /* under which it was read */
            uint32_t source;                /* in that release */
            uint32_t contract;
            struct bytes violation, message, errors, shadow; /* as in the event */
            struct bytes media_type, headers, payload;       /* not of a replay */
        } refuse;
        struct {
            struct bytes reason; /* required */
        } discard;
        struct {
            struct bytes source;
            enum core_switch_cause cause; /* what is asked for; all but FELL_BACK */
            uint32_t version;             /* SHADOW, CANARY: the candidate; PROMOTED: 0 or that */
            uint32_t share;               /* CANARY: in hundredths of a percent, from 1 to 10000 */
            struct bytes note;
        } switch_;
        struct {
            struct bytes channel;
            struct bytes note;
        } contact;
        struct {
            bool qualified;
            struct bytes reason;
        } outcome;
        struct {
            struct bytes rep;
            struct bytes cause;       /* required */
            struct bytes remediation; /* required */
        } assign;
        struct {
            struct bytes reason;
        } hand_back;
        struct {
            struct bytes rep;
            int available;    /* 0, 1, or -1 to leave it */
            int64_t capacity; /* 0 to 100,000, or -1 to leave it */
        } set_rep;
        struct {
            struct policy_release *release;
        } activate;
        struct {
            struct bytes note;
        } acknowledge;
        struct {
            struct bytes provider; /* required */
            /* What is new, by the schema of the release that it was read under (NULL: the active
             * one); CEL_ABSENT where nothing is. Converted to the lead's own release. */
            const struct cel_value *values;
            const struct policy_release *release;
            struct arena *arena; /* for what the event says; lives as long as the command */
        } enrich;
        struct {
            struct bytes kind; /* "": manual; one that the active release knows */
            struct bytes note; /* required */
            struct bytes team; /* "": by the kind's settings */
        } open_exception;
        struct {
            struct bytes note;
        } claim; /* CLAIM and RELEASE; who claims is the actor, required */
        struct {
            enum core_resolution action; /* not OVERTAKEN */
            struct bytes cause;          /* required; of the taxonomy */
            struct bytes remediation;    /* required */
            struct bytes rep;            /* ASSIGN: to whom; required */
            struct bytes pool;           /* REQUEUE: "" routes again */
            uint64_t into;               /* MERGE: the other lead; required */
        } resolve;
        struct {
            struct bytes rule, label; /* "": any; not both */
            int64_t until_us;
            struct bytes reason; /* required */
        } silence;
        struct {
            struct bytes title; /* OPEN: required */
            struct bytes team;
            struct bytes text;          /* NOTE, CLOSE: required */
            const struct bytes *causes; /* CLOSE: at least one, of the taxonomy */
            uint32_t cause_count;
            const struct core_remediation *items; /* CLOSE: at least one */
            uint32_t item_count;
        } incident;
        struct {
            uint32_t item;
            struct bytes note;
        } remediation;
        /* `entity` is the delivery. A receipt for one that is not known (it was settled before)
         * changes nothing: CORE_UNCHANGED. */
        struct core_receipt receipt;
        /* `entity` is the delivery; what it was is asked of the view by the caller, because the
         * core forgets what was delivered. Of one that the core knows the rest may be empty. */
        struct {
            struct bytes destination;
            uint64_t about;              /* the lead */
            enum policy_purpose purpose; /* not ENRICH, unless the core knows it */
            struct bytes target;
            struct bytes reason; /* required */
        } requeue;
        struct {
            struct bytes reason; /* required */
        } drop;
        struct {
            struct bytes destination;
            enum core_destination_change change; /* PAUSED or RESUMED */
            struct bytes reason;                 /* PAUSED: required */
        } set_destination;
        struct {
            struct bytes destination;
            struct bytes change, external_id;
            int64_t changed_us; /* 0: unknown */
            /* By the destination's sync fields, in their order; `given` false: the record does not
             * say. */
            const struct core_sync_value *values;
            size_t count;
            const struct policy_release *release; /* whose fields they are */
            struct arena *arena;
        } sync; /* `lead` is which */
    };
};

enum core_status {
    CORE_OK,        /* done */
    CORE_KNOWN,     /* submit: a known person, a touchpoint on that lead */
    CORE_REPEATED,  /* the same command under the same idempotency key was done before */
    CORE_UNCHANGED, /* nothing to do: already so */
    /* Refusals: no event was made; `message` says why. */
    CORE_NOT_FOUND,   /* no such open lead, or no such rep */
    CORE_STALE,       /* if_version is not the lead's version */
    CORE_WRONG_STATE, /* the life cycle has no such move */
    CORE_INVALID,     /* something required is missing or out of range */
    CORE_KEY_REUSED,  /* the idempotency key was used for other content */
    CORE_NO_POLICY,   /* no release is active yet */
};

enum {
    CORE_EVENTS_MAX = 80,    /* that one command makes: an outcome may end many exceptions */
    CORE_TARGET_TEXT = 4096, /* bytes for the targets of a notice */
    CORE_TARGETS_MAX = POLICY_NOTIFY_EMAILS_MAX + 1,
    /* Of one command: each of its events goes to every destination, and several are told of each.
     */
    CORE_DUES_MAX = CORE_EVENTS_MAX * (POLICY_DESTINATIONS_MAX + 4),
    CORE_DUE_TEXT = 64 * 1024,
};

struct core_decision {
    enum core_status status;
    uint64_t lead;        /* concerned, 0 when none; for SUBMIT the new or the known one */
    uint64_t dead_letter; /* REFUSE, DISCARD: which; REPEATED: what the key stands for; else 0 */
    uint64_t entity;      /* of commands about one: which; new or known; else 0 */
    /* Of the command's newest event, of a refused record that of its RECORD_REFUSED (of the earlier
     * one when REPEATED); else 0. */
    uint64_t seq;
    char message[160];
    struct core_event events[CORE_EVENTS_MAX];
    size_t event_count;
    /* A submission read under an older release, put into the order of the active one. */
    struct cel_value converted[POLICY_FIELDS_MAX];
    /* What a NOTICE_DUE says; the texts of its items are the command's or the core's. */
    struct core_notice_item items[CORE_NOTICE_ITEMS_MAX];
    struct bytes targets[CORE_TARGETS_MAX];
    char target_text[CORE_TARGET_TEXT];
    uint64_t page_alerts[CORE_PAGE_ALERTS_MAX]; /* of a PAGE_DUE */
    /* Of the events: the targets are the core's words, the event's own texts or in `due_text`. */
    struct core_due dues[CORE_DUES_MAX];
    size_t due_count;
    char due_text[CORE_DUE_TEXT];
    size_t due_text_size;
    char context[400]; /* what an exception or an incident is about */
};

/* How often CORE_WATCH is due: the finest thing it looks at is a minute. */
#define CORE_WATCH_US INT64_C(5000000)

/* Does, on any thread, the part of deciding a CORE_SUBMIT that needs no state, so that the one
 * thread that decides has less to do. Optional; changes no decision. The results live in `arena`.
 */
void core_submit_prepare(struct core_command *command, struct arena *arena);

/* Decides and changes nothing. The events are numbered from next_seq; what they borrow lives as
 * long as the command's memory and *ret, and what they borrow of the core until the next event is
 * applied. */
void core_decide(const struct core *core, const struct core_command *command, uint64_t next_seq,
                 struct core_decision *ret);

/* Records a fact. Events must come in order of seq without gaps. A contradiction is a bug and
 * aborts. */
void core_apply(struct core *core, const struct core_event *event);

/* When the next TICK has something to do: a time in the past means now; INT64_MAX means never. */
int64_t core_due_us(const struct core *core);

/* ---- looking */

uint64_t core_seq(const struct core *core);    /* of the last applied event */
int64_t core_time_us(const struct core *core); /* of the last applied event */
struct core_counts core_counts(const struct core *core);
struct policy_release *core_release(const struct core *core); /* active, borrowed; NULL before */

/* An open lead by number, or NULL. Borrowed until the next apply. */
const struct core_lead *core_lead_find(const struct core *core, uint64_t number);
/* Whether `number` is a closed lead, and how it ended. */
bool core_closed_find(const struct core *core, uint64_t number, enum core_state *ret_state);
/* Calls for every open lead, in no order. */
void core_leads_each(const struct core *core, void (*visit)(void *, const struct core_lead *),
                     void *context);

/* New leads within a stretch of time. */
struct core_window {
    int64_t end_us; /* 0 before the first */
    uint32_t count;
};

struct core_rep {
    const char *id; /* lives as long as the core */
    const char *name;
    uint32_t capacity;
    uint32_t declared_capacity; /* by the release */
    uint32_t per_hour, per_day; /* by the release; 0: no limit */
    uint32_t load;              /* open leads owned */
    bool available;
    bool present; /* in the active release */
    enum policy_duty duty;
    int64_t duty_until_us;   /* when that is to be looked at again; INT64_MAX: never */
    struct core_window hour; /* assignments in this clock hour */
    struct core_window day;  /* in this day of the rep's; counted only where a limit is declared */
    uint64_t last_assigned;  /* seq of the newest assignment; 0: none yet */
    enum core_readiness readiness;
};
/* What a release and events say of one rep: for the core, and for whoever keeps reps as it does
 * (I2). Load and readiness are not among it. */
void core_rep_enrol(struct core_rep *rep, const struct policy_rep *declared, int64_t now_us);
void core_rep_take_shift(struct core_rep *rep, const struct core_event *event);
void core_rep_take_lead(struct core_rep *rep, const struct core_event *event);

uint32_t core_rep_count(const struct core *core);
/* The ids behind an event's indices. Unlike everything else here these two and core_release_at may
 * be called by other threads that were handed the event: the tables never move and ids never
 * change. */
const char *core_rep_id(const struct core *core, uint32_t rep);
const char *core_pool_id(const struct core *core, uint32_t pool);
const struct core_rep *core_rep_at(const struct core *core, uint32_t rep);
uint32_t core_rep_find(const struct core *core, struct bytes id);

struct core_pool {
    const char *id;    /* lives as long as the core */
    uint32_t last_rep; /* who had the newest turn; CORE_NONE at the start */
    uint32_t turn;     /* the place in the rotation that it was; CORE_NONE at the start */
    uint32_t waiting;
    bool present;
};
uint32_t core_pool_count(const struct core *core);
struct core_pool core_pool_at(const struct core *core, uint32_t index);
uint32_t core_pool_find(const struct core *core, struct bytes id);
/* Members of a pool of the active release, in declared order. */
struct core_member {
    uint32_t rep;
    uint32_t weight; /* of a weighted pool, as turns in a round; else 1 */
    uint32_t tier;   /* of a score_ordered pool; else 0 */
    enum core_readiness readiness;
};
uint32_t core_member_count(const struct core *core, uint32_t pool);
struct core_member core_member_at(const struct core *core, uint32_t pool, uint32_t position);
/* What the pool does now with a lead that no member can take. */
enum policy_relief core_pool_relief(const struct core *core, uint32_t pool);

/* ---- sources, as far as they are not the release's alone */

/* Where a source stands; kept for every source that was ever in an active release. */
struct core_source {
    const char *id; /* lives as long as the core */
    bool present;   /* in the active release */
    struct policy_rollout rollout;
    /* The candidate's records since window_end_us minus the declared length; CANARY only. */
    int64_t window_end_us; /* 0 before the first */
    uint32_t accepted, refused;
    int64_t notice_us;      /* when the next digest is due; 0: no kind of violation is known */
    int64_t last_notice_us; /* time of the newest NOTICE_DUE; 0: none yet */
};
/* What a release and events say of one source: for the core, and for whoever keeps sources as it
 * does (I2). */
/* A release that has the source is activated; `before` is what the one before declared (NULL: the
 * source was not in it). A rollout that changes begins a new window. */
void core_source_enrol(struct core_source *source, const struct policy_source *before,
                       const struct policy_source *now);
/* CAPTURED, REOPENED, TOUCHED and REFUSED count in the window of a canary; SWITCHED and NOTICE_DUE
 * say what is from now on; other events change nothing. `declared`: the source in the event's
 * release, for the length of the window; NULL for SWITCHED and NOTICE_DUE. */
void core_source_take(struct core_source *source, const struct policy_source *declared,
                      const struct core_event *event);
uint32_t core_source_count(const struct core *core);
const struct core_source *core_source_at(const struct core *core, uint32_t source);
/* Like core_rep_id: any thread that was handed the event. */
const char *core_source_id(const struct core *core, uint32_t source);
uint32_t core_source_find(const struct core *core, struct bytes id);
/* Changes whenever a rollout does, for those who keep copies. */
uint64_t core_rollouts_changed(const struct core *core);
/* What activating `release` makes of a source's rollout: what the release declares where that
 * differs from what the release before declared (NULL: the source was not in it), or where the
 * versions in use are no longer there; else what it was. Shared with the store (I2). */
struct policy_rollout core_rollout_enrol(const struct policy_rollout *current,
                                         const struct policy_source *before,
                                         const struct policy_source *now);

/* An open dead letter; false when there is none of that number. */
struct core_dead_letter {
    uint64_t number;   /* seq of its record.refused */
    uint64_t last_seq; /* of its newest event */
    int64_t captured_us;
    uint32_t source; /* index in the core */
};
bool core_dead_letter_find(const struct core *core, uint64_t number, struct core_dead_letter *ret);

/* Whether anybody is to be told of violations. */
bool core_source_notifies(const struct policy_source *declared);

/* A kind of violation that a source's partner was told of: further ones wait for the digest.
 *
 * Rules, all of them facts of events (I4):
 * - REFUSED under a release where the source notifies: its kind (violation and contract) counts one
 *   more, or begins with one; message, last_us and examples are the newest.
 * - NOTICE_DUE, first of its kind: the item's kind counts 0 again. It is the event right behind the
 *   REFUSED; next_us runs already, or is set.
 * - NOTICE_DUE, digest: kinds that counted 0 are forgotten, so that they are the first again; the
 *   others count 0 again. With next_us 0 every kind is forgotten. A digest without items, which
 *   nobody is told of, only forgets.
 *
 * At most CORE_VIOLATIONS_MAX a source: a new kind beyond CORE_VIOLATIONS_MAX - 1 of them counts as
 * the kind "other" of contract 0. */
struct core_violation {
    struct core_notice_item item;
    int64_t first_us, last_us;
};
enum { CORE_VIOLATIONS_MAX = 100 };
#define CORE_VIOLATION_OTHER "other"
/* In order of first appearance. */
size_t core_violation_count(const struct core *core, uint32_t source);
const struct core_violation *core_violation_at(const struct core *core, uint32_t source,
                                               size_t index);

/* The releases that leads may refer to, by index; lives as long as the core. */
uint32_t core_release_count(const struct core *core);
const struct policy_release *core_release_at(const struct core *core, uint32_t release);
/* By the first 16 hexadecimal digits of its id; CORE_NONE when unknown. */
uint32_t core_release_find(const struct core *core, struct bytes short_id);

/* A digest of everything that decides the future: equal cores decide alike (I2). */
struct hash256 core_digest(const struct core *core);

/* Checks I5, I6, I7 and I9 over the whole state; for tests and the simulator. Returns NULL when all
 * hold, else a sentence (static buffer of the caller, at least 256 bytes). */
const char *core_check(const struct core *core, char *text, size_t size);

/* ---- reloading from the store, in this order: releases, reps, pools, sources, dead letters,
 * leads, identities, idempotency, destinations, exceptions, series, surges, alerts, silences,
 * incidents, deliveries, links, finish.
 * The result equals a replay (I2). */

/* Makes room first, so that loading does not rehash: how many leads there ever were, and how many
 * of them are open. Guesses are fine. */
void core_load_reserve(struct core *core, uint64_t leads, uint64_t open);
/* Takes its own reference. `active`: the one in force. */
uint32_t core_load_release(struct core *core, struct policy_release *release, bool active);
/* `rep` holds what the store remembers: availability, capacities, duty, windows, last_assigned. */
void core_load_rep(struct core *core, struct bytes id, const struct core_rep *rep);
void core_load_pool(struct core *core, struct bytes id, struct bytes last_rep, uint32_t turn);
/* `source` holds what the store remembers; its violations follow. */
void core_load_source(struct core *core, struct bytes id, const struct core_source *source);
void core_load_violation(struct core *core, struct bytes source,
                         const struct core_violation *violation);
/* Open ones, in order of number; `source` by id, `dead_letter->source` is not read. */
void core_load_dead_letter(struct core *core, const struct core_dead_letter *dead_letter,
                           struct bytes source);
struct core_lead_load {
    /* rep, pool, before, kept_from, release as core indices; next, positions, packed unused */
    struct core_lead lead;
    const struct cel_value *values;
};
void core_load_lead(struct core *core, const struct core_lead_load *load);
/* A closed lead: its key (may be none), newest seq, outcome and last owner (may be CORE_NONE). */
void core_load_closed(struct core *core, uint64_t number, struct hash128 key, uint64_t last_seq,
                      bool qualified, uint32_t rep);
void core_load_idempotency(struct core *core, struct hash128 key, uint64_t fingerprint,
                           uint64_t lead, uint64_t seq, int64_t time_us);
/* `dead_letters`: how many there ever were that did not become new leads: open, merged and
 * discarded. */
void core_load_finish(struct core *core, uint64_t seq, int64_t time_us, uint64_t touchpoints,
                      uint64_t late, uint64_t dead_letters);

/* How long an idempotency key is remembered. */
#define CORE_IDEMPOTENCY_US (INT64_C(48) * 3600 * 1000000)

#endif
