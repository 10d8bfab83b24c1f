/* The inside of the view, as far as promises and trouble are concerned: counters by the hour,
 * series, exceptions, surges, alerts, incidents. Included by internal.h; nothing outside src/store
 * does. */
#ifndef ML_STORE_CLOCK_H
#define ML_STORE_CLOCK_H

#include "base/arena.h"
#include "base/map.h"
#include "store/store.h"

#include <sqlite3.h>

#define STORE_US_PER_MINUTE (INT64_C(60) * 1000000)
#define STORE_US_PER_HOUR (INT64_C(3600) * 1000000)

enum {
    STORE_BUCKETS = 24, /* of how long something took: below 2^0 … 2^22 seconds, and the rest */
    STORE_VALUES_MAX = 4096, /* campaigns, and partners, that are counted under their own names */
    STORE_NAMES_RECENT = 256,
    /* Counters kept in memory behind a batch, because the next one will want the same. */
    STORE_CELLS_KEPT = 32768,
    STORE_SQL_KEPT = 96,
    STORE_HISTOGRAM_SIZE = STORE_BUCKETS * 6, /* as a blob, at most */
    STORE_TEXT_CUT = CORE_SERIES_NAME_MAX,
};

/* ---- names.c: texts as numbers, for the keys of counters */

struct store_names {
    char **items; /* owned */
    uint32_t count;
    struct map index; /* hash of the text → place */
    /* Texts read lately: place plus 1, by a cheap hash, 0 for none; checked at every use. */
    uint32_t recent[STORE_NAMES_RECENT];
};
uint32_t store_name_find(struct store_names *names, struct bytes text); /* CORE_NONE: not there */
uint32_t store_name_add(struct store_names *names, struct bytes text);  /* must not be there */
uint32_t store_name_get(struct store_names *names, struct bytes text);  /* found or added */
static inline struct bytes store_name_at(const struct store_names *names, uint32_t at)
{
    return bytes_of(names->items[at]);
}
void store_names_release(struct store_names *names);
/* The first STORE_TEXT_CUT bytes, or fewer: no character is cut in two. Ends at a NUL. */
struct bytes store_text_cut(struct bytes text);
/* Without the character that snprintf may have cut in two at its end. */
struct bytes store_text_whole(struct bytes text);

/* ---- counts.c: objective_counts, objective_running, latency_counts */

struct store_cell {
    struct hash128 key;
    enum store_dimension dimension;
    uint32_t objective; /* POLICY_OBJECTIVES stands for "captured" */
    uint32_t value, class_name;
    int64_t hour;
    uint64_t turns[CORE_TURNS];
    int64_t sum_us;
    uint32_t histogram[STORE_BUCKETS];
    bool dirty;
};

struct store_running {
    int64_t number; /* of its row; 0: it has none */
    enum store_dimension dimension;
    uint32_t objective, value, class_name;
    int64_t count;
    bool dirty;
};

struct store_latency {
    uint32_t class_name;
    int64_t hour;
    uint64_t count;
    int64_t parts[7]; /* in the order of enum store_part */
    bool dirty;
};

enum store_part {
    STORE_PART_INTAKE,
    STORE_PART_ROUTING,
    STORE_PART_WAITING,
    STORE_PART_TRIAGE,
    STORE_PART_ENRICHMENT,
    STORE_ROW_PARTS, /* those that add up while the lead moves; the others are known at the end */
    STORE_PART_CRM_WRITE = STORE_ROW_PARTS,
    STORE_PART_REP,
    STORE_PARTS,
};

/* Places of what the batch counts, each once. */
struct store_touched {
    size_t *items;
    size_t count;
};

struct store_counts {
    struct store_names values[STORE_DIMENSIONS];
    uint32_t written[STORE_DIMENSIONS]; /* values that the table has, of campaign and partner */
    struct store_cell *cells;
    size_t cell_count;
    struct map cell_index;
    struct store_touched touched_cells, touched_running;
    struct store_running *running;
    size_t running_count;
    struct map running_index;
    struct store_latency *latencies;
    size_t latency_count;
    struct map latency_index;
};

/* What the counters are about. */
struct store_subject {
    struct bytes values[STORE_DIMENSIONS];
};

struct store;
struct store_row;

int store_counts_read(struct store *store, struct error *err);
void store_counts_release(struct store_counts *counts);
void store_subject_of(const struct store *store, const struct store_row *row,
                      struct store_subject *ret);
int store_count_turned(struct store *store, const struct store_row *row, int64_t time_us,
                       const struct core_turned *turned, size_t count, struct error *err);
int store_count_captured(struct store *store, const struct store_row *row, int64_t time_us,
                         struct error *err);
/* `running`: a bit for each objective. */
int store_count_running(struct store *store, const struct store_subject *subject, uint8_t running,
                        int by, struct error *err);
void store_count_latency(struct store *store, struct bytes class_name, int64_t time_us,
                         const int64_t parts[static STORE_PARTS]);
int store_counts_write(struct store *store, struct error *err);

/* ---- cohort.c */

enum store_share_part {
    STORE_SHARE_CAPTURED,
    STORE_SHARE_CONTACTED,
    STORE_SHARE_QUALIFIED,
    STORE_SHARE_DISQUALIFIED,
    STORE_SHARE_LATE,
    STORE_SHARE_CONTACT_US,
    STORE_SHARE_PARTS,
};
/* What a lead adds to the counters of the hour that it came in. */
struct store_share {
    int64_t hour;
    int64_t sums[STORE_SHARE_PARTS];
};
struct store_cohort {
    enum store_dimension dimension;
    uint32_t value; /* in store_counts.values */
    struct store_share share;
};
struct store_cohorts { /* of the batch */
    struct store_cohort *items;
    size_t count;
    struct map index;
};
void store_share_of(const struct store_row *row, struct store_share *ret);
/* Takes note of a lead that is written. */
void store_cohort_follow(struct store *store, const struct store_row *row);
int store_cohorts_write(struct store *store, struct error *err);
void store_cohorts_clear(struct store_cohorts *cohorts);

/* ---- histogram.c */

/* As a blob; its size. */
size_t store_histogram_pack(const uint32_t histogram[static STORE_BUCKETS],
                            unsigned char out[static STORE_HISTOGRAM_SIZE]);
void store_histogram_add(uint64_t histogram[static STORE_BUCKETS], const unsigned char *data,
                         size_t size);
uint32_t store_bucket_of(int64_t took_us);
/* In us; within the bucket that holds it by proportion, so it is at most twice and at least half of
 * the true one (from a second to 2^22 seconds, 48 days). 0 when nothing was counted. */
int64_t store_percentile(const uint64_t histogram[static STORE_BUCKETS], double share);
int64_t store_sum(int64_t a, int64_t b); /* ends at the ends of its range */

/* ---- series.c */

struct store_count {
    enum core_series_kind kind;
    struct bytes name;
    int64_t at; /* hour or minute */
    uint64_t count;
    bool hourly, surged;
};
struct store_series {
    struct core_series_names *names;
    /* Where each series was counted last; entries of a batch that is over are not valid. */
    struct {
        uint64_t batch;
        size_t minute, hour;
    } newest[CORE_SERIES_NAMES];
    uint64_t batch;
    struct store_count *counts; /* of the batch; the same hour or minute may come twice */
    size_t count;
    struct arena arena;
};
int store_series_read(struct store *store, struct error *err);
void store_series_release(struct store_series *series);
void store_series_count(struct store *store, const struct core_event *event,
                        const struct core_series_subject *subject);
/* A surge of it begins or ends. */
void store_series_mark(struct store *store, enum core_series_kind kind, struct bytes name,
                       int64_t time_us);
int store_series_write(struct store *store, struct error *err);

/* ---- statement.c: SQL that is run now and then */

struct store_value {
    enum { STORE_VALUE_INTEGER, STORE_VALUE_TEXT, STORE_VALUE_STRING, STORE_VALUE_TIME } type;
    int64_t integer;
    struct bytes text;
};
/* A number; a text, NULL when empty; a text, never NULL; a time or another number, NULL when 0. */
#define STORE_INT(value)                       \
    {                                          \
        STORE_VALUE_INTEGER, (int64_t)(value), \
        {                                      \
            0                                  \
        }                                      \
    }
#define STORE_TEXT(value)            \
    {                                \
        STORE_VALUE_TEXT, 0, (value) \
    }
#define STORE_STRING(value)            \
    {                                  \
        STORE_VALUE_STRING, 0, (value) \
    }
#define STORE_TIME(value)                   \
    {                                       \
        STORE_VALUE_TIME, (int64_t)(value), \
        {                                   \
            0                               \
        }                                   \
    }
/* A statement that is kept prepared, for the same `sql` by address. */
int store_sql(struct store *store, const char *sql, sqlite3_stmt **ret, struct error *err);
void store_bind_values(sqlite3_stmt *statement, const struct store_value *values, size_t count);
int store_execute(struct store *store, const char *sql, const struct store_value *values,
                  size_t count, struct error *err);
#define STORE_EXECUTE(store, err, sql, ...)                                                       \
    store_execute(store, sql, (const struct store_value[]){__VA_ARGS__},                          \
                  sizeof((const struct store_value[]){__VA_ARGS__}) / sizeof(struct store_value), \
                  err)

/* ---- project_clock.c and others: one function per kind of event */

struct projection;
/* What the event makes of the lead's promises, and what it adds to the series. */
int store_clock_take(const struct projection *p);
/* Adds the time since the lead came to where it is to the part that it belongs to. */
void store_row_add_time(const struct store_row *row, int64_t now_us,
                        int64_t parts[static STORE_ROW_PARTS]);
/* How long the CRM took to know of its owner, as far as nothing else took that time. */
int store_row_crm_time(const struct projection *p, const struct store_row *row, int64_t *ret_us);
int project_escalated(const struct projection *p);
int project_acknowledged(const struct projection *p);
int project_enriched(const struct projection *p);
/* exception.c */
int project_exception_opened(const struct projection *p); /* beside project_put for LEAD_EXCEPTED */
int project_exception_claimed(const struct projection *p);
int project_exception_escalated(const struct projection *p);
int project_exception_resolved(const struct projection *p);
int store_exception_add(const struct projection *p);
/* exception.c; the words of the core read back: words.c */
bool store_objective_parse(struct bytes word, enum policy_objective *ret);
bool store_series_kind_parse(struct bytes word, enum core_series_kind *ret);
bool store_about_parse(struct bytes word, enum core_about *ret);
/* surge.c */
int project_surge_started(const struct projection *p);
int project_surge_peaked(const struct projection *p);
int project_surge_ended(const struct projection *p);
struct store_surge { /* running */
    uint64_t number;
    enum core_series_kind kind;
    char *name; /* owned */
    /* To be added to the row. */
    uint64_t leads;
    uint64_t measures[CORE_MEASURES];
};
struct store_surges {
    struct store_surge *items;
    size_t count;
};
int store_surges_read(struct store *store, struct error *err);
void store_surges_release(struct store_surges *surges);
/* NONE: a lead that belongs to it. */
void store_surge_count(struct store *store, uint64_t surge, enum core_measure measure);
/* A surge of that source or campaign runs. */
bool store_surge_runs(const struct store *store, enum core_series_kind kind, struct bytes name);
int store_surges_write(struct store *store, struct error *err);
/* alert.c */
int project_alert(const struct projection *p);
int project_silence_set(const struct projection *p);
int project_silence_ended(const struct projection *p);
int project_page(const struct projection *p);
/* incident.c */
int project_incident_opened(const struct projection *p);
int project_incident_noted(const struct projection *p);
int project_incident_closed(const struct projection *p);
int project_remediation_done(const struct projection *p);
int project_remediation_late(const struct projection *p);
/* timeline.c */
__attribute__((format(printf, 3, 4))) int
store_timeline_add(const struct projection *p, const char *subject, const char *format, ...);

/* ---- load_clock.c */
int store_load_clock(struct store *store, struct core *core, struct error *err);

#endif
