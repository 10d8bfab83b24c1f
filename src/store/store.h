/* state.db: the view. A projection of the journal's events into tables that people and the API read
 * (schema.sql is the documented shape). It may be deleted at any time and is rebuilt to the same
 * content (I2); it never decides anything.
 *
 * One write handle, owned by one thread at a time (the projector, or recovery before it starts).
 * Readers have their own read-only handles, one thread per reader. */
#ifndef ML_STORE_STORE_H
#define ML_STORE_STORE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json_writer.h"
#include "core/core.h"

struct store;
struct store_reader;

enum { STORE_FORMAT_VERSION = 7 };

/* ---- writing */

/* Opens or creates the file `path`; `vfs` NULL is SQLite's default. A file of another format
 * version or that is not a database: ML_EVERSION or ML_ECORRUPT, saying that `meshline rebuild`
 * makes it anew; nothing is changed in it. ML_ENOTFOUND without the directory; ML_EDENIED,
 * ML_ENOSPC, ML_EIO. */
int store_open(const char *path, const char *vfs, struct store **ret, struct error *err);
void store_close(struct store *store); /* takes NULL */

/* The newest sequence whose effect is in the view; 0 when empty. */
uint64_t store_applied_seq(const struct store *store);

/* Projects consecutive events, the first being store_applied_seq() + 1, in one transaction together
 * with the applied sequence. Coalesces: a lead touched by many events of the batch is written once.
 * `core` is used only for the names behind indices (core_rep_id, core_pool_id, core_release_at).
 * All or nothing: after an error the view is as before the call. ML_ECORRUPT when the events do not
 * continue what the view shows. */
int store_apply(struct store *store, const struct core *core,
                const struct core_event *const *events, size_t count, struct error *err);

/* Fills an empty core with the state at store_applied_seq() (I2). */
int store_load_core(struct store *store, struct core *core, struct error *err);

/* BLAKE2b-256 over the content of all tables in key order: equal views have equal digests. */
int store_digest(struct store *store, struct hash256 *ret, struct error *err);

/* ---- reading: answers for the API, printed as JSON */

int store_reader_open(const char *path, const char *vfs, struct store_reader **ret,
                      struct error *err);
void store_reader_close(struct store_reader *reader); /* takes NULL */

/* The applied sequence as this reader sees it now. */
int store_read_seq(struct store_reader *reader, uint64_t *ret, struct error *err);

/* One lead with all that is known of it, attributes included; ML_ENOTFOUND. */
int store_read_lead(struct store_reader *reader, uint64_t number, struct json_writer *json,
                    struct error *err);

/* What other parts need of a lead: its newest event (for walking back its history) and the release.
 */
struct store_lead_reference {
    uint64_t last_seq;
    enum core_state state;
    char release[17]; /* first 16 digits of the id */
};
int store_read_lead_reference(struct store_reader *reader, uint64_t number,
                              struct store_lead_reference *ret, struct error *err);

/* What became of a promise (GET /v1/objectives counts met, late, late_met, void). */
enum store_outcome {
    STORE_OUTCOME_ANY,
    STORE_OUTCOME_MET,      /* in time */
    STORE_OUTCOME_LATE,     /* the deadline passed, whether or not it was reached afterwards */
    STORE_OUTCOME_LATE_MET, /* of these: reached after all */
    STORE_OUTCOME_OVERDUE,  /* of these: not yet, and the lead is open */
    STORE_OUTCOME_RUNNING,
    STORE_OUTCOME_VOID, /* the lead was closed before */
    STORE_OUTCOMES,
};
const char *store_outcome_name(enum store_outcome outcome); /* "late_met"; not of ANY */

enum store_sort {
    STORE_NEWEST, /* by number, falling */
    STORE_OLDEST,
    STORE_DUE, /* open leads, the next deadline that can still be met or made up for first */
};
enum { STORE_DUE_MAX = 10000 }; /* leads that are put in order of their deadlines */

struct store_lead_filter { /* empty or 0: any */
    struct bytes state, place, rep, pool, class_name, source, route, email;
    struct bytes campaign, partner; /* `data` and no size: leads without one */
    /* What a person types: the id of a lead; else words that are all to stand in its attributes. */
    struct bytes q;
    int64_t from_us, to_us; /* captured in [from, to) */
    struct bytes objective; /* with this promise; `outcome` is of it */
    enum store_outcome outcome;
    int64_t turned_from_us, turned_to_us; /* when that was; LATE: its deadline */
    enum { STORE_OPEN_AND_CLOSED, STORE_ONLY_OPEN, STORE_ONLY_CLOSED } only;
    bool late; /* only leads that missed a promise */
    enum store_sort sort;
    uint64_t cursor; /* of the page before; 0: from the beginning */
};
/* How a page ended. */
struct store_page_end {
    uint64_t next; /* cursor of the next page; 0: there is none */
    /* False: enough leads were looked at for one call; the next page goes on. Of STORE_DUE: only
     * the newest leads that fit were put in order. */
    bool complete;
    int64_t reached_us; /* not complete: how far it looked, as a time of capture */
};
enum { STORE_PAGE_MAX = 1000 };
/* Writes a JSON array of leads, at most `limit` (1 to STORE_PAGE_MAX). However many leads there
 * are, a call looks at a bounded number of them. ML_EINVAL for words that do not exist, for what
 * does not go together and for a limit out of range. */
int store_read_leads(struct store_reader *reader, const struct store_lead_filter *filter,
                     uint32_t limit, struct json_writer *json, struct store_page_end *ret_end,
                     struct error *err);

/* JSON array of reps (load, capacity, availability), by id; or one rep as an object, ML_ENOTFOUND.
 */
int store_read_reps(struct store_reader *reader, struct json_writer *json, struct error *err);
int store_read_rep(struct store_reader *reader, struct bytes id, struct json_writer *json,
                   struct error *err);
/* JSON array of pools with members' total load and capacity, waiting leads and their oldest. */
int store_read_pools(struct store_reader *reader, struct json_writer *json, struct error *err);

/* The canonical JSON of a release by the first digits (8 or more) of its id, appended to `out`.
 * ML_ENOTFOUND; ML_ECONFLICT when several begin so; ML_EINVAL when it cannot be an id. */
int store_read_release(struct store_reader *reader, struct bytes id, struct buffer *out,
                       struct error *err);

/* When the release of that whole id was activated last; 0 when the view does not know it. */
int store_read_activation(struct store_reader *reader, struct bytes id, int64_t *ret_time_us,
                          struct error *err);

/* ---- dead letters, sources, notices */

struct store_dead_letter_filter { /* empty or 0: any */
    struct bytes source, state;   /* state: open, replayed, merged, discarded */
    struct bytes violation;       /* its kind, exactly */
    int64_t contract;             /* version; -1: any (0 is "none") */
    uint64_t before;              /* lower numbers only: the cursor; 0: from the newest */
};
/* JSON array, newest first, without payloads. */
int store_read_dead_letters(struct store_reader *reader,
                            const struct store_dead_letter_filter *filter, uint32_t limit,
                            struct json_writer *json, uint64_t *ret_next, struct error *err);
/* One with everything: `payload` as text, or `payload_base64` where it is no UTF-8 (or NUL is in
 * it); ML_ENOTFOUND. */
int store_read_dead_letter(struct store_reader *reader, uint64_t number, struct json_writer *json,
                           struct error *err);
/* JSON array, largest first: source, contract, violation, message, count, first and last time,
 * examples (ids). `before` is not used. */
int store_read_dead_letter_clusters(struct store_reader *reader,
                                    const struct store_dead_letter_filter *filter, uint32_t limit,
                                    struct json_writer *json, struct error *err);
/* What a replay needs; everything in `arena`. */
struct store_dead_letter {
    uint64_t number;
    bool open;
    int64_t captured_us;
    struct bytes source, media_type, headers, payload;
    uint32_t contract;
};
int store_fetch_dead_letter(struct store_reader *reader, uint64_t number, struct arena *arena,
                            struct store_dead_letter *ret, struct error *err);
/* Numbers of open ones that fit, oldest first, above `after`; *ret_count of them, at most `limit`.
 */
int store_find_dead_letters(struct store_reader *reader,
                            const struct store_dead_letter_filter *filter, uint64_t after,
                            size_t limit, uint64_t *ret_numbers, size_t *ret_count,
                            struct error *err);
/* JSON array of sources: id, present, active, candidate, previous, mode, share, the canary's
 * window, and for each contract version what it accepted and refused, in all and of its shadow:
 * same, differs, refused, accepted (what the active version refused); newest differences as
 * examples. Or one source as an object, ML_ENOTFOUND. */
int store_read_sources(struct store_reader *reader, struct json_writer *json, struct error *err);
int store_read_source(struct store_reader *reader, struct bytes id, struct json_writer *json,
                      struct error *err);
/* ---- deliveries, destinations */

struct store_delivery_filter { /* empty or 0: any */
    struct bytes destination, state, purpose, target;
    struct bytes reason; /* of the newest attempt: what clusters are made of, exactly */
    uint64_t lead;
    int64_t from_us, to_us; /* when it was decided */
    uint64_t before;        /* lower numbers only: the cursor; 0: from the newest */
};
/* JSON array, newest first, each with its newest attempt. ML_EINVAL for a state or a purpose that
 * does not exist. */
int store_read_deliveries(struct store_reader *reader, const struct store_delivery_filter *filter,
                          uint32_t limit, struct json_writer *json, uint64_t *ret_next,
                          struct error *err);
/* One with every attempt: the receipts. ML_ENOTFOUND. */
int store_read_delivery(struct store_reader *reader, uint64_t number, struct json_writer *json,
                        struct error *err);
/* JSON array by destination, state and reason, of those that have a reason, largest first: count,
 * oldest, newest, examples. */
int store_read_delivery_clusters(struct store_reader *reader,
                                 const struct store_delivery_filter *filter, uint32_t limit,
                                 struct json_writer *json, struct error *err);
/* What queueing one again needs (CORE_REQUEUE); texts in `arena`. ML_ENOTFOUND. */
struct store_delivery_reference {
    uint64_t number, lead;
    struct bytes destination, target, state;
    enum policy_purpose purpose;
};
int store_fetch_delivery(struct store_reader *reader, uint64_t number, struct arena *arena,
                         struct store_delivery_reference *ret, struct error *err);
/* Numbers of those that fit, above `after`, rising. */
int store_find_deliveries(struct store_reader *reader, const struct store_delivery_filter *filter,
                          uint64_t after, size_t limit, uint64_t *ret_numbers, size_t *ret_count,
                          struct error *err);

/* JSON array of destinations and providers: name, present, breaker, paused, disabled, counts by
 * state, oldest pending, newest attempt, newest failure, latency (p50 and p99 of the newest 1,000
 * that arrived). Or one of them, ML_ENOTFOUND. */
int store_read_destinations(struct store_reader *reader, struct json_writer *json,
                            struct error *err);
int store_read_destination(struct store_reader *reader, struct bytes name, struct json_writer *json,
                           struct error *err);

/* What became of everything that was due at a destination (A4), counted row by row: due =
 * delivered + pending + failed + discarded. */
struct store_destination_reconciliation {
    uint64_t seq; /* of the view */
    uint64_t due, delivered, pending, failed, discarded;
    uint64_t unknown; /* of the pending and failed: an attempt ended without an answer, so that
                         nobody knows whether it arrived */
    bool balanced;
};
int store_read_destination_reconciliation(struct store_reader *reader, struct bytes name,
                                          struct store_destination_reconciliation *ret,
                                          struct error *err);
/* Calls for each delivered one (purpose deliver): its number, lead (0: none) and external id. What
 * a system that can list is compared with. */
int store_each_delivered(struct store_reader *reader, struct bytes destination,
                         void (*visit)(void *context, uint64_t number, uint64_t lead,
                                       struct bytes external_id),
                         void *context, struct error *err);
/* JSON array of what a lead is in two-way systems: destination, external_id, what is known there.
 */
int store_read_links(struct store_reader *reader, uint64_t lead, struct json_writer *json,
                     struct error *err);
/* The lead of that id over there; 0: none. */
int store_find_link(struct store_reader *reader, struct bytes destination, struct bytes external_id,
                    uint64_t *ret_lead, struct error *err);

/* ---- promises and trouble */

struct store_exception_filter {                        /* empty or 0: any */
    struct bytes kind, queue, team, claimed_by, state; /* state: open, resolved */
    struct bytes cause;                                /* of the resolution */
    bool unclaimed;                                    /* that nobody is at */
    uint64_t lead;
};
/* JSON array of open ones by urgency: deadline first, then the lead's class and score; of resolved
 * ones (state "resolved") newest first. `after` is what *ret_next was, "" at the start; in `arena`.
 * Each with its lead's summary: who it is, owner tag, class, score, source, captured, how late. */
int store_read_exceptions(struct store_reader *reader, const struct store_exception_filter *filter,
                          struct bytes after, uint32_t limit, struct arena *arena,
                          struct json_writer *json, struct bytes *ret_next, struct error *err);
/* One with everything: what happened to it, its lead, the recommended fallback and the automatic
 * one with its time; ML_ENOTFOUND. */
int store_read_exception(struct store_reader *reader, uint64_t number, struct json_writer *json,
                         struct error *err);
/* JSON array by kind and (of resolved ones) cause, largest first: kind, the queue when all are of
 * one, cause, open or resolved, count, oldest, newest, next deadline, examples. */
int store_read_exception_clusters(struct store_reader *reader,
                                  const struct store_exception_filter *filter, uint32_t limit,
                                  struct json_writer *json, struct error *err);
/* Numbers of open ones that fit, above `after`, rising. */
int store_find_exceptions(struct store_reader *reader, const struct store_exception_filter *filter,
                          uint64_t after, size_t limit, uint64_t *ret_numbers, size_t *ret_count,
                          struct error *err);

/* What objectives are counted by; each lead counts once in each. */
enum store_dimension {
    STORE_BY_CLASS,
    STORE_BY_CAMPAIGN,
    STORE_BY_SOURCE,
    STORE_BY_PARTNER,
    STORE_BY_POOL, /* that the lead was in when the objective turned */
    STORE_BY_REP,  /* who owned it then; "" nobody */
    STORE_DIMENSIONS,
};
const char *store_dimension_name(enum store_dimension dimension); /* "campaign" */
bool store_dimension_parse(struct bytes text, enum store_dimension *ret);
struct store_objective_query {
    enum store_dimension by;
    int64_t from_us, to_us;  /* whole hours */
    struct bytes value;      /* only this one; empty: all */
    struct bytes class_name; /* only of this class; empty: all */
    struct bytes objective;  /* only this one; empty: all */
    bool cells;              /* hour by hour, for a heatmap; else one row for the whole span */
};
/* JSON array: value, class, objective, met, late, late_met, void, running now (without cells),
 * share met of those that turned, percentiles of how long it took (p50, p90, p99; of cells p50),
 * and with cells `hour`. At most `limit` rows. ML_EINVAL for a span above 400 days. */
int store_read_objectives(struct store_reader *reader, const struct store_objective_query *query,
                          uint32_t limit, struct json_writer *json, struct error *err);
/* Where the time from capture to first contact went, of leads contacted in [from_us, to_us): for
 * each class count, and sum and mean of intake, routing, waiting, triage, enrichment, crm_write,
 * rep; and the total. */
int store_read_latency(struct store_reader *reader, int64_t from_us, int64_t to_us,
                       struct json_writer *json, struct error *err);

/* What was counted in `minutes` minutes from from_us on, a whole minute: with STORE_DIMENSIONS as
 * `by` the member `minutes` of an object that is open, every minute with what came in all; of
 * STORE_BY_SOURCE and STORE_BY_CAMPAIGN the members `series`, 50 at most, and `others`. */
enum { STORE_ACTIVITY_MAX = CORE_SERIES_MINUTES };
int store_read_activity(struct store_reader *reader, enum store_dimension by, int64_t from_us,
                        uint32_t minutes, struct json_writer *json, struct error *err);

/* What has become of the leads that were captured in [from_us, to_us), whole hours: the members
 * `rows` (most leads first, 1,000 at most), `others` where there are more, and `total`, of an
 * object that is open. `by` is STORE_BY_CAMPAIGN, _SOURCE or _PARTNER. */
int store_read_attribution(struct store_reader *reader, enum store_dimension by, int64_t from_us,
                           int64_t to_us, struct json_writer *json, struct error *err);

/* JSON arrays. `open`: only what is pending, firing, running, in force, or not closed. Newest
 * first, below `before` (0: from the newest). */
int store_read_alerts(struct store_reader *reader, bool open, uint64_t before, uint32_t limit,
                      struct json_writer *json, uint64_t *ret_next, struct error *err);
int store_read_silences(struct store_reader *reader, bool open, uint64_t before, uint32_t limit,
                        struct json_writer *json, uint64_t *ret_next, struct error *err);
int store_read_surges(struct store_reader *reader, bool open, uint64_t before, uint32_t limit,
                      struct json_writer *json, uint64_t *ret_next, struct error *err);
int store_read_incidents(struct store_reader *reader, bool open, uint64_t before, uint32_t limit,
                         struct json_writer *json, uint64_t *ret_next, struct error *err);
/* With its timeline: notes, and what the journal says happened from an hour before it opened until
 * it was closed: alerts, surges, releases, rollouts, reps, incidents. ML_ENOTFOUND. */
int store_read_incident(struct store_reader *reader, uint64_t number, struct json_writer *json,
                        struct error *err);

/* Any SELECT, for reports: a JSON array of objects by column name. Texts that begin with ":from_us"
 * and ":to_us" are parameters. ML_EINVAL when it is no SELECT. */
int store_read_select(struct store_reader *reader, const char *sql, int64_t from_us, int64_t to_us,
                      struct json_writer *json, struct error *err);

/* The identity I9 counted from the rows, against the number of capture events projected. */
struct store_reconciliation {
    uint64_t seq;      /* of the view */
    uint64_t accepted; /* capture events, and dead letters that became no new lead */
    uint64_t owned, waiting, in_exception, nurture, closed, dead_lettered; /* counted rows */
    uint64_t qualified, disqualified;                                      /* of closed */
    uint64_t settled; /* dead letters that became a touchpoint, or were discarded */
    uint64_t touchpoints;
    uint64_t late;
    bool balanced; /* accepted = owned + waiting + in_exception + nurture + closed + dead_lettered +
                      settled */
};
int store_read_reconciliation(struct store_reader *reader, struct store_reconciliation *ret,
                              struct error *err);

#endif
