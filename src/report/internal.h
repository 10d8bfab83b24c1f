/* The inside of the reports: sections as data, a page of them filled with rows, and its writers. */
#ifndef ML_REPORT_INTERNAL_H
#define ML_REPORT_INTERNAL_H

#include "base/arena.h"
#include "base/json.h"
#include "base/zone.h"
#include "report/report.h"

/* ---- sections.c and sections_*.c */

enum report_unit {
    REPORT_TEXT,
    REPORT_COUNT,
    REPORT_SHARE, /* percent */
    REPORT_SPAN,  /* microseconds */
    REPORT_TIME,  /* microseconds since 1970, UTC; shown in the report's zone */
    REPORT_REP, /* an id, or as a target is written: "rep:ana"; shown by name where it is a rep's */
    REPORT_POOL,    /* an id, shown by title */
    REPORT_PROMISE, /* a milestone, or a text that ends in one: "hot: contacted"; shown in words */
};

struct report_column {
    const char *member; /* column of the query */
    const char *title;
    enum report_unit unit;
};

enum report_shape {
    REPORT_TABLE,
    /* The query's columns are line, bucket (from 0), met and late; shown is the percent that was
     * met. */
    REPORT_HEATMAP_HOURS, /* a bucket is an hour of the day */
    REPORT_HEATMAP_WEEKS, /* seven days of the month */
};

enum { REPORT_COLUMNS_MAX = 16, REPORT_SECTIONS_MAX = 24 };

struct report_section {
    const char *id; /* "stale-leads": anchors, and the name in JSON */
    const char *title;
    const char *about; /* what the figures mean, a sentence or two */
    const char *empty; /* what it means that there are none */
    /* One SELECT; :from_us, :to_us, :until_us (the end, or now when that comes first) and :now_us
     * stand for numbers. */
    const char *sql;
    enum report_shape shape;
    struct report_column columns[REPORT_COLUMNS_MAX]; /* of a table; a title of NULL ends them */
};

/* Those of the period in their order, ended by NULL. */
const struct report_section *const *report_sections(enum report_period period);

extern const struct report_section report_in_short, report_hours, report_stale_leads,
    report_stale_owners, report_waiting, report_open_exceptions, report_alerts, report_surges,
    report_latency;
extern const struct report_section report_causes, report_remediations, report_fallbacks,
    report_kinds, report_mismatch, report_overflow, report_reminders, report_by_class,
    report_by_campaign, report_by_source, report_by_partner, report_by_pool, report_by_rep;
extern const struct report_section report_weeks, report_changes, report_incidents, report_items,
    report_timelines, report_alert_rules;

/* ---- period.c */

enum { REPORT_TITLE_SIZE = 128 };

struct report_span {
    int64_t from_us, to_us; /* in the zone's days */
    int64_t until_us;       /* to_us, or now when that comes first */
    char title[REPORT_TITLE_SIZE];
};
int report_span_find(const struct report_request *request, const struct zone *zone,
                     struct report_span *ret, struct error *err);

/* ---- report.c: a page filled */

struct report_part {
    const struct report_section *section;
    struct buffer query;      /* with its bounds as literals */
    struct buffer rows_text;  /* the answer as JSON */
    struct json_object *rows; /* the same */
};

struct report_page {
    const struct report_request *request;
    const char *zone_name;
    const struct zone *zone;
    struct report_span span;
    uint64_t seq;              /* how far the view had come */
    struct json_object *names; /* "rep:ana": "Ana Moreno" */
    struct report_part parts[REPORT_SECTIONS_MAX];
    size_t part_count;
};

/* ---- names.c */

/* Fills the page's names. */
int report_names_read(struct store_reader *reader, struct report_page *page, struct error *err);
/* The name of "rep:" or "pool:" and the id; the id when it has none. Borrowed from either. */
struct bytes report_name(const struct report_page *page, const char *prefix, struct bytes id);
/* "hot: contacted" as "hot: first contact". */
void report_promise_print(struct bytes promise, struct buffer *out);

/* ---- value.c */

/* A value as text, nothing escaped: "93.4 %", "3 h 20 m", "2026-11-23 09:30". */
void report_value_print(const struct report_page *page, const struct report_column *column,
                        struct json_object *value, struct buffer *out);
/* "2026-11-23 09:30" in the report's zone. */
void report_time_print(const struct report_page *page, int64_t time_us, struct buffer *out);

/* ---- heatmap.c */

enum { REPORT_BUCKETS_MAX = 31 };

struct report_cell {
    int64_t met, late;
};
struct report_line {
    struct bytes promise; /* as the row has it */
    struct bytes label;   /* in words */
    struct report_cell cells[REPORT_BUCKETS_MAX];
};
struct report_heatmap {
    const char *labels[REPORT_BUCKETS_MAX];
    size_t bucket_count;
    struct report_line *lines;
    size_t line_count;
};
/* In `arena`; texts are borrowed from the part. */
void report_heatmap_make(const struct report_page *page, const struct report_part *part,
                         struct arena *arena, struct report_heatmap *ret);
/* Of those that turned, cut, so that 100 is all of them; -1: none turned. */
int report_cell_percent(const struct report_cell *cell);

/* ---- markdown.c, html.c, json.c */

void report_markdown_write(const struct report_page *page, struct buffer *out);
void report_html_write(const struct report_page *page, struct buffer *out);
void report_json_write(const struct report_page *page, struct buffer *out);

#endif
