/* What a release promises about time, and what it does when a promise is in danger: objectives,
 * escalation ladders, exceptions with their fallbacks, surge plans, alert rules, incidents. All of
 * it is data, owned by the release; the core acts on it. */
#ifndef ML_POLICY_CLOCK_H
#define ML_POLICY_CLOCK_H

#include "cel/cel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct policy_calendar;

enum {
    POLICY_STEPS_MAX = 16,     /* of one ladder, for one objective */
    POLICY_KINDS_MAX = 64,     /* of exceptions */
    POLICY_FALLBACKS_MAX = 8,  /* of one kind */
    POLICY_CAUSES_MAX = 200,   /* in the taxonomy */
    POLICY_ALERTS_MAX = 64,    /* rules */
    POLICY_OVERRIDES_MAX = 64, /* of parameters in a surge */
    POLICY_TEAMS_MAX = 1000,
    POLICY_NAME_MAX = 100, /* bytes in the name of a kind, a cause, an alert, a team */
};

/* ---- objectives */

/* Milestones that can be promised, in the order of a lead's life. */
enum policy_objective {
    POLICY_ENRICHED,  /* capture → the answer of enrichment */
    POLICY_ASSIGNED,  /* capture → first owner */
    POLICY_CONTACTED, /* capture → first contact */
    POLICY_QUALIFIED, /* capture → outcome, either one */
    POLICY_OBJECTIVES,
};
const char *policy_objective_name(enum policy_objective objective); /* "contacted" */

/* Shorter promises are refused: the engine's timers are this exact at least. */
#define POLICY_TICK_US INT64_C(1000000)

struct policy_promise {
    int64_t within_us; /* 0: none; at least POLICY_TICK_US */
    /* Only working time counts: the owner's calendar, before there is one the pool's, else the
     * pipeline's. Time off does not stop it. Never of POLICY_ENRICHED. */
    bool business;
};

/* ---- escalation */

enum policy_action {
    POLICY_REMIND,    /* the owner */
    POLICY_NOTIFY,    /* the manager of the owner's team, or of the pool's */
    POLICY_TAKE_BACK, /* from the owner, and route again */
    POLICY_OVERFLOW,  /* into another pool */
    POLICY_EXCEPT,    /* before a person: exception objective_late */
    POLICY_ACTIONS,
};
const char *policy_action_name(enum policy_action action); /* "take_back" */

struct policy_step {
    enum policy_action action;
    /* When: at a part of the objective (1 to 100 percent of its time), or so long after it was
     * missed (on the clock of the objective). Who was given the lead when it was late already is
     * not robbed of it at once: what takes it away waits until they have had it for half the
     * objective's length, or ten minutes where that is shorter. */
    uint32_t percent; /* 0: after */
    int64_t after_us;
    bool on_duty;      /* waits until the one who is to act is on duty: the owner for REMIND and
                          TAKE_BACK, else the pipeline's calendar */
    uint32_t pool;     /* OVERFLOW: into pools; POLICY_NONE: the overflow of the lead's pool */
    const char *team;  /* NOTIFY: this team's manager instead; EXCEPT: who decides; may be "" */
    int64_t within_us; /* EXCEPT: until the decision is due; 0: by the kind's settings */
};

/* Steps of one objective, by time: percents rising, then delays rising. */
struct policy_escalation {
    const struct policy_step *steps;
    size_t count;
};

/* ---- exceptions */

enum policy_fall_back_action {
    POLICY_FALL_BACK_REMIND,     /* the team, and wait as long again */
    POLICY_FALL_BACK_REQUEUE,    /* route again, past routes to exceptions */
    POLICY_FALL_BACK_POOL,       /* to a pool */
    POLICY_FALL_BACK_TEAM,       /* another team decides, within a time of its own */
    POLICY_FALL_BACK_DISQUALIFY, /* close the lead */
    POLICY_FALL_BACK_DISMISS,    /* close the exception; not for one that holds its lead */
    POLICY_FALL_BACK_ACTIONS,
};
const char *policy_fall_back_action_name(enum policy_fall_back_action action); /* "requeue" */

struct policy_fallback {
    enum policy_fall_back_action action;
    uint32_t pool;     /* POOL: into pools */
    const char *team;  /* TEAM */
    int64_t within_us; /* TEAM, REMIND: the next deadline; 0: the kind's */
};

/* How exceptions of a kind are treated. The eleven standard kinds have settings whatever the mesh
 * says; other names that routes use get the default's. */
struct policy_exception {
    const char *kind;        /* unique: "missing_email" */
    const char *title;       /* "No e-mail address" */
    const char *queue;       /* "validation" */
    const char *team;        /* who decides: a team or an owner; may be "" */
    int64_t within_us;       /* until the decision is due */
    const char *recommended; /* what a person should do, a sentence */
    /* What happens by itself at the first, second, … expiry that the lead has ever had; the last
     * one stands for all further ones. Never empty. */
    const struct policy_fallback *fallbacks;
    size_t fallback_count;
    uint32_t triage; /* enrichment_timeout: the pool that takes the lead; else POLICY_NONE */
};

/* What people say an exception came from. */
struct policy_cause {
    const char *name;  /* unique: "vendor_outage" */
    const char *title; /* may be "" */
};

/* ---- surges */

struct policy_detection {
    uint32_t start;    /* a surge begins at so many hundredths of the expected rate: 300 is 3x */
    uint32_t end;      /* and is over below so many; less than start */
    int64_t window_us; /* that rates are measured over: whole minutes, 1 to 60 */
    uint32_t at_least; /* arrivals in the window, below which nothing is a surge */
};

struct policy_override {
    uint32_t param; /* into params */
    struct cel_value value;
};

/* What is done with leads of a source or campaign in surge, but for those of exempt classes. */
struct policy_surge_plan {
    uint64_t exempt;   /* classes: a bit for each index */
    uint32_t per_hour; /* pacing: new leads at most per rep and clock hour; 0: as ever */
    uint32_t overflow; /* a further pool when nobody of the lead's own can take it; POLICY_NONE */
    uint32_t triage;   /* and one after that; POLICY_NONE: none */
    const struct policy_override *overrides; /* of params, for class, score and route */
    size_t override_count;
    bool nurture;             /* what finds nobody and scores below `nurture_below` is put aside */
    int64_t nurture_below;    /* INT64_MAX: whatever it scores */
    int64_t nurture_after_us; /* for so long; it comes back at once when the surge is over */
    int64_t at_most_us;       /* the plan ends after so long even when the surge does not */
};

struct policy_surge {
    struct policy_detection detection; /* always there, by defaults */
    struct policy_surge_plan plan;
    bool planned; /* the mesh has a plan; else surges are only noticed */
};

/* ---- alerts */

/* What is measured. Rates and shares are in hundredths of a percent, times in microseconds. */
enum policy_metric {
    POLICY_ENRICHMENT_TIMEOUT_RATE, /* of enrichments that ended in the window */
    POLICY_SURGE_ACTIVE,            /* 1 while one is; label: the source or campaign */
    POLICY_UNASSIGNED_BACKLOG,      /* leads waiting now */
    POLICY_OLDEST_UNASSIGNED,       /* how long the oldest of them waits, in us */
    POLICY_UNASSIGNED_LATE,   /* leads that had no owner within the objective, in the window */
    POLICY_LATE_RATE,         /* of an objective's turns in the window; label: the class */
    POLICY_LATE_COUNT,        /* the same, counted */
    POLICY_BURN_RATE,         /* late share over allowed share, in hundredths, over two windows */
    POLICY_DEAD_LETTER_RATE,  /* of records that arrived in the window; label: the source */
    POLICY_DELIVERY_FAILURES, /* counted */
    POLICY_OPEN_EXCEPTIONS,   /* now */
    POLICY_METRICS,
};
const char *policy_metric_name(enum policy_metric metric); /* "late_rate" */

struct policy_alert {
    const char *name;  /* unique */
    int64_t over;      /* fires above this, in the metric's unit */
    int64_t window_us; /* of what is counted, minutes up to 6 h, then whole hours up to 35 days */
    int64_t short_window_us; /* BURN_RATE: both windows must be above; else 0 */
    int64_t for_us;          /* how long it must hold before it fires */
    int64_t repeat_us;       /* told again while it fires; 0: never */
    const char *team;        /* who is told; "" : the pipeline's owner */
    enum policy_metric metric;
    enum policy_objective objective; /* LATE_…, BURN_RATE */
    uint32_t class_index;            /* the one that is watched; POLICY_NONE: each on its own */
    uint32_t target;   /* BURN_RATE: share that is to be met, in hundredths of a percent */
    uint32_t at_least; /* what there must be in the window for a rate to mean anything */
    bool page;         /* at once, on call; else a ticket */
    bool incident;     /* opens one when it fires */
};

/* Alerts of one team that begin within this are told together. */
struct policy_alerting {
    const struct policy_alert *rules;
    size_t rule_count;
    int64_t group_us;
};

/* An incident opens by itself when a class attains so much less than its norm. */
struct policy_incident_rule {
    uint32_t drop;     /* hundredths of a percent of the norm: 1000 is a tenth; 0: never */
    int64_t window_us; /* what is compared, whole hours */
    int64_t norm_us;   /* with what came before it, whole hours */
    uint32_t at_least; /* turns in the window */
    const char *team;  /* who owns it; "": the pipeline's owner */
};

/* ---- people */

struct policy_team {
    const char *id;    /* unique */
    const char *title; /* the id when unstated */
    uint32_t manager;  /* into reps; POLICY_NONE: none */
    const char *email; /* of the team; may be "" */
};

#endif
