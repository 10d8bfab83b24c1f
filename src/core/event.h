/* Events: what was decided, with what is needed to explain it. The journal holds their JSON form
 * (spec/events/), the core applies their typed form, the store projects it.
 *
 * Indices (rep, pool, release) are those of the core that made or decoded the event; class, route
 * and source are indices into the lead's release. Bytes and values are borrowed from the arena of
 * the command or of the decoder. */
#ifndef ML_CORE_EVENT_H
#define ML_CORE_EVENT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/id.h"
#include "cel/cel.h"
#include "policy/policy.h"

#include <stdint.h>

#define CORE_NONE UINT32_MAX

enum core_event_type {
    CORE_RELEASE_ACTIVATED = 1,
    CORE_REP_CHANGED,
    CORE_REP_SHIFTED, /* a rep's duty was looked at: by the calendar, or a limit has run out */
    CORE_LEAD_CAPTURED,
    CORE_LEAD_REOPENED, /* a disqualified person came again: the same lead starts anew */
    CORE_LEAD_TOUCHED,  /* a known person came again: nothing else changes */
    CORE_LEAD_ASSIGNED,
    CORE_LEAD_QUEUED,
    CORE_LEAD_EXCEPTED, /* put before a person of a team */
    CORE_LEAD_NURTURED, /* put aside until it is routed anew */
    CORE_LEAD_RETURNED, /* taken from its owner; always followed by assigned or queued */
    CORE_LEAD_CONTACTED,
    CORE_LEAD_QUALIFIED,
    CORE_LEAD_DISQUALIFIED,
    CORE_LEAD_LATE,         /* an objective passed without its milestone */
    CORE_RECORD_REFUSED,    /* a record broke its contract: a dead letter */
    CORE_RECORD_RETRIED,    /* a dead letter was read again, and refused again */
    CORE_RECORD_DISCARDED,  /* a dead letter is over without having become a lead */
    CORE_SOURCE_SWITCHED,   /* other versions of a source's contract are used from now on */
    CORE_NOTICE_DUE,        /* somebody is to be told that records break a contract */
    CORE_LEAD_ESCALATED,    /* a step of a ladder was taken */
    CORE_LEAD_ACKNOWLEDGED, /* its owner says: I have it */
    CORE_LEAD_ENRICHED,     /* more is known of the person */
    CORE_EXCEPTION_OPENED,  /* one that does not hold a lead; LEAD_EXCEPTED opens one that does */
    CORE_EXCEPTION_CLAIMED,
    CORE_EXCEPTION_RELEASED,
    CORE_EXCEPTION_ESCALATED, /* its deadline passed: reminded, or given to another team */
    CORE_EXCEPTION_RESOLVED,  /* over, by a person or by itself */
    CORE_SURGE_STARTED,
    CORE_SURGE_PEAKED, /* the rate falls again */
    CORE_SURGE_ENDED,
    CORE_ALERT_PENDING, /* its condition holds, not long enough yet */
    CORE_ALERT_FIRING,
    CORE_ALERT_RESOLVED,
    CORE_SILENCE_SET,
    CORE_SILENCE_ENDED, /* by hand; by time it ends without an event */
    CORE_PAGE_DUE,      /* a team is to be told of its alerts */
    CORE_INCIDENT_OPENED,
    CORE_INCIDENT_NOTED,
    CORE_INCIDENT_CLOSED,
    CORE_REMEDIATION_DONE, /* an item of a closed incident's postmortem */
    CORE_REMEDIATION_LATE,
    /* About a delivery (outbox.h), which is their entity. They are no events of its lead. */
    CORE_DELIVERY_DELIVERED, /* an attempt was good: the receipt */
    CORE_DELIVERY_RETRIED,   /* an attempt was not; there will be another */
    CORE_DELIVERY_FAILED,    /* given up */
    CORE_DELIVERY_REQUEUED,  /* by hand, or because its exception says so */
    CORE_DELIVERY_DISCARDED, /* will not be sent: by hand, or what it was about is over */
    CORE_DESTINATION_CHANGED,
    CORE_SYNC_APPLIED, /* a change made in another system counts here; an event of the lead,
                          followed by what it does */
    CORE_SYNC_REFUSED, /* it does not; an event of the lead when that is open */
    CORE_EVENT_TYPES,
};

/* Why a lead was placed where it is. */
enum core_cause {
    CORE_CAUSE_ROUTED,    /* by the policy, on arrival */
    CORE_CAUSE_DRAINED,   /* from the waiting queue, when capacity became free */
    CORE_CAUSE_RETURNED,  /* handed back by its owner, or taken back for want of contact */
    CORE_CAUSE_MANUAL,    /* by a person */
    CORE_CAUSE_DISPLACED, /* its rep or pool left the policy */
    CORE_CAUSE_REENTERED, /* its time in nurture is over */
    CORE_CAUSE_ESCALATED, /* by a step of its ladder, or because enrichment did not answer */
    CORE_CAUSE_RESOLVED,  /* by the resolution of its exception, or by the automatic fallback */
    CORE_CAUSE_ENRICHED,  /* more is known of it: another route, or a check holds it */
    CORE_CAUSE_SYNCED,    /* its owner was changed in another system */
    CORE_CAUSES,
};

enum { CORE_PASSED_OVER_MAX = 16 };

/* What an exception is about. */
enum core_about {
    CORE_ABOUT_LEAD,
    CORE_ABOUT_SOURCE,
    CORE_ABOUT_POOL,
    CORE_ABOUT_DESTINATION,
    CORE_ABOUTS
};

/* How an exception ended. */
enum core_resolution {
    CORE_RESOLVED_ASSIGN,     /* the lead got an owner */
    CORE_RESOLVED_RETRY,      /* what had failed was tried again */
    CORE_RESOLVED_REQUEUE,    /* routed again, or put into a pool */
    CORE_RESOLVED_DISQUALIFY, /* the lead is closed */
    CORE_RESOLVED_MERGE,      /* the lead is part of another one now */
    CORE_RESOLVED_DISMISS,    /* nothing needs to be done */
    CORE_RESOLVED_OVERTAKEN,  /* what it was about is over: the lead moved on, the queue is empty */
    CORE_RESOLUTIONS,
};

/* What a surge plan did to a lead. */
enum core_measure {
    CORE_MEASURE_NONE,
    CORE_MEASURE_OVERFLOW,
    CORE_MEASURE_TRIAGE,
    CORE_MEASURE_NURTURE,
    CORE_MEASURE_PACED,   /* waits although somebody has room */
    CORE_MEASURE_RELAXED, /* overrides of parameters decided class, score or route otherwise */
    CORE_MEASURES,
};

/* What is counted over time; a series is a kind and a name. */
enum core_series_kind {
    CORE_SERIES_SOURCE,    /* records accepted; by source */
    CORE_SERIES_CAMPAIGN,  /* the same; by campaign */
    CORE_SERIES_REFUSED,   /* records refused; by source */
    CORE_SERIES_MET,       /* objectives met in time; by "class/objective" */
    CORE_SERIES_LATE,      /* objectives that turned late; by "class/objective" */
    CORE_SERIES_EXCEPTION, /* exceptions opened; by kind */
    CORE_SERIES_CAUSE,     /* exceptions resolved by people; by cause */
    CORE_SERIES_FAILED,    /* deliveries that failed for good; by destination */
    CORE_SERIES_KINDS,
};

/* What came of an attempt. */
enum core_outcome {
    CORE_OUTCOME_OK,
    CORE_OUTCOME_TRANSIENT, /* no connection, no answer in time, 5xx, 429: worth another attempt;
                               counts for the breaker */
    CORE_OUTCOME_PERMANENT, /* it was understood and refused: another attempt would not help */
    CORE_OUTCOME_GONE,      /* 410: the destination is disabled */
    CORE_OUTCOME_SKIPPED,   /* no attempt: the provider is closed and the next one is asked */
    CORE_OUTCOME_EXPIRED,   /* no attempt in its time */
    CORE_OUTCOMES,
};

/* What an event brings about outside (outbox.h): a delivery. Its number follows from the event's
 * seq and its place in the list. */
struct core_due {
    uint32_t
        destination; /* index in the core; CORE_NONE: nobody can be told, it is only recorded */
    enum policy_purpose purpose;
    struct bytes target; /* whom a notification is for: "rep:anna", "team:sdr", "owner:revops",
                            "mailto:…", "https://…"; else empty */
    int64_t due_us;      /* not before; 0: at once */
    uint32_t step;       /* ENRICH: of the waterfall */
    bool digest;         /* may be told together with others for the same target. ENRICH: another
                            step could be asked instead */
};

/* How a destination changed. */
enum core_destination_change {
    CORE_DESTINATION_OPENED,    /* the breaker: too many failures in a row */
    CORE_DESTINATION_HALF_OPEN, /* a probe is made */
    CORE_DESTINATION_CLOSED,    /* it works again */
    CORE_DESTINATION_PAUSED,    /* by a person */
    CORE_DESTINATION_RESUMED,   /* by a person; closes the breaker and enables */
    CORE_DESTINATION_DISABLED,  /* it said that it is gone */
    CORE_DESTINATION_CHANGES,
};

/* Of a postmortem. Texts are borrowed. */
enum { CORE_ITEMS_MAX = 20, CORE_INCIDENT_CAUSES_MAX = 10, CORE_PAGE_ALERTS_MAX = 64 };
struct core_remediation {
    struct bytes title, owner;
    int64_t due_us;
};

/* Why a source uses other versions. */
enum core_switch_cause {
    CORE_SWITCH_SHADOW,      /* a candidate is compared, by a person */
    CORE_SWITCH_CANARY,      /* a candidate reads a share of the records, by a person */
    CORE_SWITCH_PROMOTED,    /* the candidate is the active version now, by a person */
    CORE_SWITCH_ROLLED_BACK, /* the version before is active again, by a person */
    CORE_SWITCH_STOPPED,     /* no candidate any more, by a person */
    CORE_SWITCH_FELL_BACK,   /* no candidate any more: too many of its records were refused */
    CORE_SWITCH_CAUSES,
};

/* One kind of violation in a notice. Texts are borrowed. */
enum { CORE_NOTICE_ITEMS_MAX = 20, CORE_NOTICE_EXAMPLES_MAX = 5 };
struct core_notice_item {
    uint32_t contract;
    struct bytes violation;                      /* its kind: policy_edge_violation */
    struct bytes message;                        /* of the newest such record */
    uint64_t count;                              /* since the last notice */
    uint64_t examples[CORE_NOTICE_EXAMPLES_MAX]; /* dead letters, newest first; 0: none */
};

/* Why a rep may not be given a lead by the policy now; CORE_REP_OPEN: may. */
enum core_readiness {
    CORE_REP_OPEN,
    CORE_REP_AWAY,      /* set unavailable by hand */
    CORE_REP_OFF_HOURS, /* outside the calendar's hours */
    CORE_REP_HOLIDAY,   /* the calendar is closed */
    CORE_REP_TIME_OFF,
    CORE_REP_FULL,       /* as many open leads as the capacity allows */
    CORE_REP_HOUR_LIMIT, /* as many new leads this hour as allowed */
    CORE_REP_DAY_LIMIT,
    CORE_REP_PACED,       /* as many new leads this hour as a surge plan allows; not for those that
                             it exempts */
    CORE_REP_RETURNED_IT, /* handed this very lead back, or let its time pass */
    CORE_REP_UNKNOWN,     /* not in the active release */
    CORE_READINESSES,
};

/* Not there, as against there and busy. */
static inline bool core_readiness_is_off_duty(enum core_readiness readiness)
{
    return readiness == CORE_REP_AWAY || readiness == CORE_REP_OFF_HOURS ||
           readiness == CORE_REP_HOLIDAY || readiness == CORE_REP_TIME_OFF;
}

/* Who was looked at for an assignment, and why others did not get it. */
struct core_candidates {
    uint32_t members;  /* of the pools that were asked */
    uint32_t full;     /* at capacity */
    uint32_t away;     /* not available */
    uint32_t off_duty; /* by the calendar */
    uint32_t limited;  /* by the hour or the day */
    /* The first of those who could not take it, in the pools' order; the rest of the pool could,
     * but were not next by its strategy. */
    uint32_t passed_count;
    struct {
        uint32_t rep;
        enum core_readiness reason;
    } passed[CORE_PASSED_OVER_MAX];
};

struct core_event {
    enum core_event_type type;
    uint32_t due_count; /* of `dues` */
    uint64_t seq;       /* place in the journal */
    int64_t time_us;    /* when it was decided */
    /* On the last event of a command that had an idempotency key; none otherwise. */
    struct hash128 idempotency;
    uint64_t fingerprint; /* of that command's content */
    struct bytes actor;   /* who asked; empty for the engine itself */
    uint64_t lead;        /* 0 for events that are not about a lead */
    /* The dead letter: that a RECORD_… event is about; of CAPTURED, REOPENED and TOUCHED the one
     * that was replayed and is settled with this event. 0: none. */
    uint64_t dead_letter;
    /* What an EXCEPTION_…, SURGE_…, ALERT_…, SILENCE_…, INCIDENT_…, REMEDIATION_… event is about:
     * the seq of the event that began it. LEAD_EXCEPTED begins one. Else 0. An EXCEPTION_… event
     * about a lead is an event of the lead as well. */
    uint64_t entity;
    /* seq of the lead's event before this one, of a RECORD_… event that of the dead letter's; 0 for
     * the first. */
    uint64_t previous;
    /* What is to be done outside because of it, in order; at most CORE_DUES_OF_EVENT_MAX. */
    const struct core_due *dues;
    union {
        struct {
            struct policy_release *release; /* borrowed */
        } activated;
        struct {
            uint32_t rep;
            bool available;
            uint32_t capacity;
        } rep;
        struct {
            uint32_t rep;
            enum policy_duty duty;
            int64_t until_us; /* when it is to be looked at again; INT64_MAX: never */
        } shifted;
        struct {
            uint32_t release;
            uint32_t source;
            uint32_t class_index;
            /* There are providers, and none has anything to be asked: nothing is promised of it. */
            bool unasked;
            int64_t score;
            enum policy_key_kind key_kind;
            struct hash128 key;
            int64_t due_us;
            const struct cel_value *values; /* of the release's schema; what apply packs */
            struct bytes attributes;        /* the same as JSON; empty until it was printed once */
            int64_t captured_us; /* when the record first came: time_us unless it was replayed */
            uint32_t contract;   /* version that it was read by; 0: the source has none */
            struct bytes shadow; /* policy_edge_shadow; empty: no candidate was running */
            uint64_t surge;      /* that it belongs to; 0: none */
            /* Deadlines of promises on the business clock; 0: wall clock, captured_us + within. */
            int64_t deadlines[POLICY_OBJECTIVES];
        } captured; /* CAPTURED, REOPENED; TOUCHED has release, source, values, attributes,
                       contract, shadow */
        struct {
            uint32_t release;
            uint32_t source;        /* in it */
            uint32_t contract;      /* version; 0: none */
            bool canary;            /* read by the candidate instead of the active version */
            struct bytes violation; /* its kind: policy_edge_violation, or of what cannot be read */
            struct bytes message;   /* of the first mistake */
            struct bytes errors;    /* JSON: [{"pointer", "rule", "message"}, …] */
            struct bytes shadow;    /* as above */
            /* REFUSED only. */
            struct bytes media_type;
            struct bytes headers; /* JSON object of those that matter, lower case names */
            struct bytes payload; /* as it came, any bytes */
        } refused;                /* REFUSED, RETRIED */
        struct {
            struct bytes reason; /* "expired", or what a person wrote */
        } discarded;
        struct {
            uint32_t source; /* index in the core */
            enum core_switch_cause cause;
            struct policy_rollout rollout; /* from now on */
            struct bytes note;             /* a person's; may be empty */
            uint32_t accepted, refused;    /* FELL_BACK: in the candidate's window */
        } switched;
        struct {
            uint32_t source; /* index in the core */
            bool digest;     /* else the first violation of its kind */
            int64_t since_us;
            int64_t next_us; /* when the next digest is due; 0: nothing is waiting for one */
            uint64_t total;  /* violations since the last notice */
            const struct core_notice_item *items; /* most frequent first */
            uint32_t item_count;
            uint32_t more; /* kinds that did not fit */
            /* Who is told, as the release in force says: "https://…" or "mailto:…". */
            const struct bytes *targets;
            uint32_t target_count;
        } notice;
        struct {
            uint32_t rep;     /* CORE_NONE unless assigned */
            uint32_t pool;    /* CORE_NONE when the target was none */
            uint32_t through; /* the overflow pool whose member got it; else CORE_NONE */
            uint32_t turn;    /* of that pool, from which its rotation goes on; or CORE_NONE */
            uint32_t release; /* the lead's, in which `route` counts */
            uint32_t route;   /* CORE_NONE when no route was asked (manual) */
            enum core_cause cause;
            bool overridden;    /* assigned above capacity, on purpose, by a person */
            bool held;          /* queued: not for kept_from, until its timer fires */
            uint32_t kept_from; /* who gave it back; CORE_NONE unless held */
            bool on_call;       /* assigned outside duty hours, to somebody on call */
            int64_t day_end_us; /* of the rep's day, when a daily limit counts; else 0 */
            struct bytes kind;  /* of the exception, of the nurture; else empty */
            struct bytes team;  /* who owns the exception; may be empty */
            struct bytes queue; /* of the exception */
            uint64_t surge;     /* whose plan had a part in this; 0: none */
            enum core_measure measure;
            /* Deadlines of running promises that have moved: another calendar counts. 0: as before
             */
            int64_t deadlines[POLICY_OBJECTIVES];
            uint32_t load;     /* of the rep, with this lead */
            uint32_t capacity; /* of the rep at that moment */
            int64_t due_us;    /* the running timer from now on */
            int64_t until_us;  /* QUEUED and held: when it is anybody's; NURTURED: when it is routed
                                  anew; ASSIGNED and QUEUED behind the end of its ladder: when a
                                  person decides again, unless it is contacted before; else 0. Old
                                  journals lack it: it was due_us of the first two */
            struct core_candidates candidates;
            struct bytes reason;      /* manual: the causal tag */
            struct bytes remediation; /* manual: the note */
        } placed;                     /* ASSIGNED, QUEUED, EXCEPTED, NURTURED */
        struct {
            uint32_t rep;
            enum core_cause cause; /* RETURNED by hand or for want of contact, DISPLACED */
            struct bytes reason;
        } returned;
        struct {
            struct bytes channel;
            struct bytes note;
            int64_t due_us;
        } contacted;
        struct {
            struct bytes reason;
            uint64_t into; /* DISQUALIFIED: the lead that it was merged into; else 0 */
        } outcome;         /* QUALIFIED, DISQUALIFIED */
        struct {
            enum policy_objective objective; /* turns late: once for each lead and objective */
            int64_t objective_due_us;        /* the promise that was missed */
            uint32_t count;                  /* how many this lead has missed, with this one */
            int64_t due_us;                  /* the next timer */
        } late;
        struct {
            enum policy_objective objective;
            uint32_t step; /* of its ladder, from 0; CORE_NONE: the daily reminder behind its end */
            enum policy_action action; /* TAKE_BACK, OVERFLOW and EXCEPT: placing events follow */
            uint32_t rep;              /* who owns it; CORE_NONE */
            uint32_t manager;          /* who is told (NOTIFY); CORE_NONE: the team */
            struct bytes team;         /* may be empty */
            int64_t planned_us;        /* when it was to be: before time_us it waited for duty */
            int64_t due_us;
        } escalated;
        struct {
            struct bytes note;
            int64_t until_us; /* the ladder stands still, while the owner stays the same */
            int64_t due_us;
        } acknowledged;
        struct {
            struct bytes provider;
            const struct cel_value *values; /* of the lead's release's schema, all of them */
            struct bytes attributes;        /* the same as JSON */
            int64_t score;
            uint32_t release;     /* the lead's */
            uint32_t class_index; /* by what is known now; of the lead's release */
            bool more;            /* other providers are asked yet: the milestone is not reached */
            /* Deadlines that another class promises sooner; 0: as before. Never later than before.
             */
            int64_t deadlines[POLICY_OBJECTIVES];
            int64_t due_us;
        } enriched;
        struct {
            /* OPENED */
            struct bytes kind, queue, team;
            enum core_about about;
            uint32_t index;       /* of the source or pool in the core */
            struct bytes context; /* what led to it, a sentence */
            /* ESCALATED: action REMIND or TEAM, with `team` who decides from now on */
            enum policy_fall_back_action action;
            uint32_t count; /* how often it has been */
            int64_t due_us; /* OPENED, ESCALATED: the deadline */
        } exception;        /* OPENED, ESCALATED; CLAIMED and RELEASED: `context` is a note */
        struct {
            enum core_resolution action;
            bool automatic;     /* not by a person: the fallback, or overtaken */
            struct bytes cause; /* from the taxonomy; a person's */
            struct bytes remediation;
            uint64_t into; /* MERGE */
        } resolved;
        struct {
            enum core_series_kind kind; /* SOURCE or CAMPAIGN */
            struct bytes name;
            uint32_t window_count;            /* arrivals in the window now; PEAKED: at the peak */
            uint32_t expected;                /* by the baseline, in the window, in hundredths */
            int64_t peak_us;                  /* PEAKED, ENDED */
            uint64_t leads;                   /* ENDED: that belonged to it */
            uint64_t measures[CORE_MEASURES]; /* ENDED: of those, how many each measure touched */
            bool expired;                     /* ENDED: the plan's own time was over */
        } surge;
        struct {
            struct bytes rule;  /* name */
            struct bytes label; /* class, source, campaign; may be empty */
            int64_t value;      /* what was measured, in the metric's unit */
            int64_t since_us;   /* when the condition began to hold */
            bool fired;         /* RESOLVED: it had fired */
        } alert;
        struct {
            struct bytes rule, label; /* empty: any */
            int64_t until_us;
            struct bytes reason;
        } silence;
        struct {
            struct bytes team;
            uint32_t rep; /* on call; CORE_NONE: nobody, the team itself is told */
            bool repeated;
            bool urgent; /* page; else a ticket */
            const uint64_t *alerts;
            uint32_t alert_count;
            struct bytes what; /* their rules and labels, for people; the first ones of many */
        } page;
        struct {
            struct bytes title, team;
            struct bytes class_name;         /* of a promise; empty: another reason */
            enum policy_objective objective; /* if so */
            uint32_t attained, norm;         /* hundredths of a percent */
            uint64_t alert;                  /* that opened it; 0: none */
            /* NOTED; CLOSED: what happened */
            struct bytes text;
            /* CLOSED */
            const struct bytes *causes;
            uint32_t cause_count;
            const struct core_remediation *items;
            uint32_t item_count;
        } incident;
        struct {
            uint32_t item; /* of the incident's postmortem, from 0 */
            struct bytes note;
            int64_t next_us; /* LATE: when to remind again */
        } remediation;
        struct {
            /* What the delivery is: so that each event tells its story alone. */
            uint32_t destination; /* index in the core */
            enum policy_purpose purpose;
            uint64_t about; /* the lead; 0: none */
            struct bytes target;
            uint32_t step;
            /* ENRICH, only while it is being decided: the step that is asked next, plus one; 0:
             * none. What is recorded is the due. And whether another could be asked instead. */
            uint32_t next_step;
            bool next_passable;
            /* DELIVERED, RETRIED, FAILED: the attempt; FAILED may come without (attempt as before).
             */
            enum core_outcome outcome;
            uint32_t attempt; /* how many there were, with this one */
            uint32_t status;  /* of HTTP or SMTP; 0: no answer */
            int64_t started_us, took_us;
            bool cached;              /* answered without asking */
            struct bytes response_id; /* theirs: of the message, of the record */
            struct bytes excerpt;     /* of the answer, bounded */
            struct bytes reason;      /* RETRIED, FAILED: a sentence. REQUEUED, DISCARDED: why */
            struct bytes external_id; /* the lead's over there */
            struct bytes owner, status_there; /* what was written there of a two-way lead; empty:
                                                 nothing */
            int64_t due_us;                   /* RETRIED, REQUEUED: of the next attempt */
        } delivery;
        struct {
            uint32_t destination; /* index in the core */
            enum core_destination_change change;
            struct bytes reason;
            int64_t until_us; /* OPENED: until the probe */
        } destination;
        struct {
            uint32_t destination;
            struct bytes field;  /* "owner", "status", a field's name */
            struct bytes theirs; /* as text, or JSON */
            struct bytes ours;   /* what we had */
            struct bytes change; /* the id of the change over there; may be empty */
            struct bytes reason; /* REFUSED: why, a sentence */
            int64_t changed_us;  /* over there; 0: unknown */
            struct bytes external_id;
            uint64_t value; /* hash of theirs, for the link */
            uint64_t about; /* the lead, when it is closed and has no events any more; else 0 */
        } sync;
    };
};

/* A person said to whom the lead goes, here or in another system, or decided so about its
 * exception. */
static inline bool core_is_assigned_by_hand(const struct core_event *event)
{
    return event->placed.cause == CORE_CAUSE_MANUAL || event->placed.cause == CORE_CAUSE_SYNCED ||
           (event->placed.cause == CORE_CAUSE_RESOLVED && event->placed.reason.size > 0);
}

/* The pool that gave an assigned lead its owner; CORE_NONE when a person did, or a route to a rep.
 */
static inline uint32_t core_giving_pool(const struct core_event *event)
{
    if (core_is_assigned_by_hand(event))
        return CORE_NONE;
    return event->placed.through != CORE_NONE ? event->placed.through : event->placed.pool;
}

/* "lead.assigned"; static storage. */
const char *core_event_type_name(enum core_event_type type);
/* "fell_back" */
const char *core_switch_cause_name(enum core_switch_cause cause);
/* 0 when there is no such type. */
enum core_event_type core_event_type_parse(struct bytes name);
const char *core_cause_name(enum core_cause cause);
const char *core_readiness_name(enum core_readiness readiness);                /* "off_hours" */
const char *core_about_name(enum core_about about);                            /* "lead" */
const char *core_resolution_name(enum core_resolution resolution);             /* "requeue" */
const char *core_measure_name(enum core_measure measure);                      /* "overflow" */
const char *core_series_kind_name(enum core_series_kind kind);                 /* "campaign" */
const char *core_outcome_name(enum core_outcome outcome);                      /* "transient" */
const char *core_destination_change_name(enum core_destination_change change); /* "half_open" */

struct core;

/* The id of what the event is about: an entity (a delivery is M12), else a lead, else a dead
 * letter. False: nothing. */
bool core_event_subject(const struct core_event *event, char text[static LEAD_ID_TEXT_SIZE]);

/* Appends the event's JSON object to `out`. */
void core_event_encode(const struct core *core, const struct core_event *event, struct buffer *out);

/* The payload of an encoded record.refused event, any bytes, in `arena`. */
int core_event_payload(struct bytes data, struct arena *arena, struct bytes *ret,
                       struct error *err);

/* The `attributes` object within an encoded captured, reopened, touched or enriched event; borrowed
 * from it. */
struct bytes core_event_attributes(struct bytes data);

/* An event as the journal holds it; all borrowed. */
struct core_record {
    uint64_t seq;
    int64_t time_us;
    struct bytes type, subject, data;
};

/* Reads an event back from the journal. `core` must have applied everything before it. Releases are
 * compiled anew; the event owns one reference of activated.release, which core_event_dispose drops.
 * ML_ECORRUPT names the seq and the member that is wrong. */
int core_event_decode(const struct core *core, const struct core_record *record,
                      struct arena *arena, struct core_event *ret, struct error *err);
void core_event_dispose(struct core_event *event);

#endif
