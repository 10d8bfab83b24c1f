/* What the core knows of promises and of trouble: objectives, exceptions, what is counted over
 * time, surges, alerts, silences, incidents. The view keeps the same by the same functions (I2). */
#ifndef ML_CORE_CLOCK_H
#define ML_CORE_CLOCK_H

#include "core/event.h"

struct core;

/* ---- promises: the objectives of one lead */

struct core_promises {
    int64_t due_us[POLICY_OBJECTIVES];     /* deadlines; 0: nothing was promised */
    int64_t reached_us[POLICY_OBJECTIVES]; /* milestones; 0: not yet */
    uint8_t late;                          /* a bit for each: the deadline passed before it */
    uint8_t void_;                         /* a bit for each: it cannot be reached any more */
    uint8_t steps[POLICY_OBJECTIVES];      /* of its ladder that were taken */
};

enum core_turn {
    CORE_MET,      /* reached in time */
    CORE_LATE,     /* the deadline passed */
    CORE_LATE_MET, /* reached after all */
    CORE_VOID,     /* the lead was closed before; counts neither way */
    CORE_TURNS,
};
const char *core_turn_name(enum core_turn turn); /* "late_met" */
struct core_turned {
    enum policy_objective objective;
    enum core_turn how;
    int64_t took_us; /* MET, LATE_MET: from capture; LATE, VOID: 0 */
};

/* Records what an event of the lead says of its promises, and lists the objectives that turned with
 * it (up to POLICY_OBJECTIVES). Only what was promised turns. CAPTURED and REOPENED begin anew;
 * `class` is the lead's (only those two read it: else it may be NULL), `captured_us` from where its
 * promises count (of those two the event's own). Milestones: ENRICHED (unless `more` follows), the
 * first ASSIGNED, the first CONTACTED, either outcome; a lead that is closed voids what was not
 * reached (an outcome reaches QUALIFIED). What turns with ENRICHED turns for the class that the
 * lead had before. */
size_t core_promises_take(struct core_promises *promises, const struct policy_class *class,
                          int64_t captured_us, const struct core_event *event,
                          struct core_turned ret[static POLICY_OBJECTIVES]);
/* Promised, not reached, not late, not void. */
bool core_promise_is_running(const struct core_promises *promises, enum policy_objective objective);

/* ---- exceptions */

struct core_exception {
    uint64_t number;   /* X12: seq of the event that opened it */
    uint64_t last_seq; /* its version */
    const char *kind;  /* words live as long as the core */
    const char *queue;
    const char *team;       /* may be "" */
    const char *claimed_by; /* ""; borrowed until the next apply */
    enum core_about about;
    uint64_t lead;  /* ABOUT_LEAD; else 0 */
    uint32_t index; /* of the source, pool or destination; else CORE_NONE */
    bool holding;   /* the lead is in this exception, and nowhere else */
    int64_t opened_us, due_us;
    uint32_t count; /* how often its deadline has passed */
};
/* Open ones; false when there is none of that number. */
bool core_exception_find(const struct core *core, uint64_t number, struct core_exception *ret);
void core_exceptions_each(const struct core *core,
                          void (*visit)(void *, const struct core_exception *), void *context);

/* ---- what is counted over time */

enum {
    CORE_SERIES_MINUTES = 360, /* remembered minute by minute */
    CORE_SERIES_HOURS = 840,   /* remembered hour by hour: five weeks */
    CORE_SERIES_MAX = 4096, /* series with names of their own; then CORE_SERIES_OTHER of the kind */
    CORE_SERIES_CAMPAIGNS_MAX = 3072, /* of these; the others are for what a mesh can name */
    CORE_SERIES_NAMES = CORE_SERIES_MAX + CORE_SERIES_KINDS,
    CORE_SERIES_NAME_MAX = 200, /* bytes; longer names are cut, at a character, and all at a NUL */
};
#define CORE_SERIES_OTHER "(others)"

/* The names that have series of their own. Who counts (the core, the view) keeps one such table and
 * asks it under which name each count goes, so that all agree, also after a reload: a new name has
 * a series of its own while fewer than CORE_SERIES_MAX others, and CORE_SERIES_CAMPAIGNS_MAX other
 * campaigns when it is one, were counted within the newest CORE_SERIES_HOURS; else
 * CORE_SERIES_OTHER of the kind counts. So campaigns, which outsiders name, cannot take the place
 * of promises. A name that was not counted for so long is forgotten when its place is needed. */
struct core_series_names;
struct core_series_names *core_series_names_new(void);
void core_series_names_free(struct core_series_names *names); /* takes NULL */
struct core_series_name {
    uint32_t index;    /* below CORE_SERIES_NAMES; the same for the same series */
    struct bytes name; /* as it counts; borrowed until it is forgotten */
    bool is_new; /* the index stands for this name from now on, whatever it stood for before */
};
/* Something counts under that name at that time: an event, or SURGE_STARTED and SURGE_ENDED about
 * the series. Loading: for each count that is known, in any order. */
struct core_series_name core_series_names_take(struct core_series_names *names,
                                               enum core_series_kind kind, struct bytes name,
                                               int64_t time_us);
/* Without counting; CORE_NONE when it has no series of its own (nor is CORE_SERIES_OTHER). */
uint32_t core_series_names_find(const struct core_series_names *names, enum core_series_kind kind,
                                struct bytes name);

/* What an event is about, for counting; empty where it does not apply. */
struct core_series_subject {
    struct bytes source, campaign, class_name;
    struct bytes destination; /* of a DELIVERY_FAILED: its id */
    const struct core_turned *turned;
    size_t turned_count;
};
/* Calls once for each series that the event adds one to. */
void core_series_of(const struct core_event *event, const struct core_series_subject *subject,
                    void (*count)(void *, enum core_series_kind, struct bytes name), void *context);
/* An hour of a series counts as surged when a surge of it was running at any moment in it: at
 * SURGE_STARTED the hour of that event, while it runs each further hour as something is counted in
 * it, at SURGE_ENDED the hour of that event. An hour may be surged with a count of 0. Series of
 * CORE_SERIES_OTHER are never in surge. */

/* What was counted in [from_us, to_us), which end on whole minutes (both within the newest
 * CORE_SERIES_MINUTES) or on whole hours. */
uint64_t core_series_sum(const struct core *core, enum core_series_kind kind, struct bytes name,
                         int64_t from_us, int64_t to_us);
/* Arrivals that were to be expected in a window of that length at that time, in hundredths: the
 * same hour of the week in past weeks, each older week half as much; while fewer than two are
 * known, the hours of the last week; while none is, the minutes before the window (as many as it
 * has at least); else 0. Hours in which the series was in surge, and the one in which it began, do
 * not count. */
uint32_t core_series_expected(const struct core *core, enum core_series_kind kind,
                              struct bytes name, int64_t time_us, int64_t window_us);
/* Calls for each count that is still remembered (the newest CORE_SERIES_MINUTES and
 * CORE_SERIES_HOURS, of core_time_us), as core_load_series takes it; in no order. */
void core_series_each(const struct core *core,
                      void (*visit)(void *, enum core_series_kind kind, struct bytes name,
                                    bool hours, int64_t start_us, uint32_t count, bool surged),
                      void *context);

/* ---- surges */

struct core_surge {
    uint64_t number; /* S12 */
    uint64_t last_seq;
    enum core_series_kind kind; /* SOURCE or CAMPAIGN */
    const char *name;
    int64_t started_us;
    uint32_t expected; /* in the window, in hundredths, when it began */
    uint32_t peak;     /* most arrivals in a window that an event told of */
    int64_t peak_us;
    bool peaked;
    bool planned;   /* the plan is in force for it */
    uint64_t leads; /* that belong to it */
    uint64_t measures[CORE_MEASURES];
};
/* What events make of one. `leads` are counted by captured.surge, measures by placed.surge and
 * placed.measure, once for each lead: one that waited, paced, and then overflowed is in both.
 * STARTED: planned is core_release()->surge.planned at that time; expected and peak (window_count)
 * are the event's, peak_us its time. PEAKED: peak and peak_us are the event's. ENDED: leads that
 * its plan put into nurture (lead.surge is this one, in nurture, with a pool) are due, and their
 * until_us is over, at the time of the event. */
/* Whether a placing event's measure touches its lead for the first time; `measures` of the lead has
 * a bit for each. So surges count leads, however often one is placed. */
bool core_measure_take(uint8_t *measures, const struct core_event *event);
/* Running ones, in order of their beginning. */
size_t core_surge_count(const struct core *core);
const struct core_surge *core_surge_at(const struct core *core, size_t index);

/* ---- alerts */

enum core_alert_state { CORE_ALERT_IS_PENDING, CORE_ALERT_IS_FIRING };
struct core_alert {
    uint64_t number; /* A12 */
    uint64_t last_seq;
    const char *rule;
    const char *label;
    const char *team;
    enum core_alert_state state;
    bool urgent;      /* page */
    int64_t since_us; /* when it became pending, and then firing */
    int64_t told_us;  /* newest PAGE_DUE that names it; 0: none */
};
size_t core_alert_count(const struct core *core);
const struct core_alert *core_alert_at(const struct core *core, size_t index);

struct core_silence {
    uint64_t number;          /* Z12 */
    const char *rule, *label; /* "": any */
    int64_t until_us;
};
size_t core_silence_count(const struct core *core); /* those past until_us may be among them */
const struct core_silence *core_silence_at(const struct core *core, size_t index);

/* Whom a rule of the release tells of its alerts, a team, and whether at once; "" when there is no
 * such rule. What core_alert says of it is what held when the alert began. */
const char *core_alert_team(const struct policy_release *release, struct bytes rule,
                            bool *ret_urgent);

/* ---- incidents: open ones; closed ones whose remediation is not done; and for a while all others,
 * so that what one was about does not open another */

/* How long a closed incident is remembered at least: as long as a window of turns can be. */
#define CORE_INCIDENT_KEPT_US (INT64_C(35) * 24 * 3600 * 1000000)

struct core_incident_item {
    int64_t due_us;
    int64_t remind_us; /* next REMEDIATION_LATE */
    bool done;
    const char *owner; /* who does it; a word of the core */
};
struct core_incident {
    uint64_t number; /* I12 */
    uint64_t last_seq;
    const char *team;       /* a word of the core; may be "" */
    const char *class_name; /* of a promise; "" */
    enum policy_objective objective;
    uint64_t alert;           /* 0: none */
    const char *rule, *label; /* of that alert; "" */
    bool closed;
    int64_t closed_us; /* 0: open */
    struct core_incident_item items[CORE_ITEMS_MAX];
    uint32_t item_count;
};
size_t core_incident_count(const struct core *core);
const struct core_incident *core_incident_at(const struct core *core, size_t index);

/* ---- reloading from the store (core.h says in which order) */

void core_load_exception(struct core *core, const struct core_exception *exception,
                         struct bytes subject); /* after leads, sources, pools, destinations;
                                                   `subject`: the id of the source, pool or
                                                   destination; `index` is not read */
/* After exceptions: when a person last resolved one about that source or pool, which CORE_WATCH
 * leaves alone for as long as a decision about it may take. */
void core_load_excused(struct core *core, enum core_about about, struct bytes subject,
                       int64_t time_us);
/* After closed leads: that one is a closed lead which was merged, and into which. */
void core_load_merged(struct core *core, uint64_t number, uint64_t into);
/* `hours`: the count is of the hour (else of the minute) that begins at start_us. */
void core_load_series(struct core *core, enum core_series_kind kind, struct bytes name, bool hours,
                      int64_t start_us, uint32_t count, bool surged);
void core_load_surge(struct core *core, const struct core_surge *surge);
void core_load_alert(struct core *core, const struct core_alert *alert);
void core_load_silence(struct core *core, const struct core_silence *silence);
void core_load_incident(struct core *core, const struct core_incident *incident);

#endif
