/* What the reads of promises and trouble print alike. */
#ifndef ML_STORE_PRINT_H
#define ML_STORE_PRINT_H

#include "base/id.h"
#include "store/internal.h"

/* "X12" under `key`; nothing for 0. */
void store_print_id(struct json_writer *json, const char *key, enum id_letter letter,
                    int64_t number);
void store_print_lead_id(struct json_writer *json, const char *key, int64_t number);
/* A time, or nothing when there is none. */
void store_print_time_if(struct json_writer *json, const char *key, int64_t time_us);
/* JSON from the table; `otherwise` where there is none. */
void store_print_json(struct json_writer *json, const char *key, struct bytes text,
                      const char *otherwise);

/* The columns of an exception and of its lead, of tables `exceptions AS e` and `leads`, and how
 * they are printed: as members of an object that is open. */
#define STORE_EXCEPTION_ORDER "coalesce(leads.urgency, -1), -coalesce(leads.score, 0)"
#define STORE_EXCEPTION_COLUMNS                                                              \
    "e.number, e.last_seq, e.state, e.kind, e.queue, e.team, e.about, e.lead, e.subject, "   \
    "e.holding, e.context, e.opened_us, e.due_us, e.expired, e.claimed_by, e.claimed_us, "   \
    "e.resolved_us, e.resolution, e.automatic, e.resolved_by, e.cause, e.remediation, "      \
    "e.merged_into, (SELECT time_us FROM meta), leads.class, leads.score, leads.source, "    \
    "leads.campaign, leads.partner, leads.place, leads.rep, leads.pool, leads.captured_us, " \
    "leads.late_count, leads.late, " STORE_EXCEPTION_ORDER ", leads.fallbacks, "             \
    "(SELECT attributes FROM lead_attributes WHERE lead_attributes.lead = e.lead)"
void store_print_exception(sqlite3_stmt *row, struct json_writer *json);

/* person.c: "name" and "company" of the person behind a lead, as members of an object that is open;
 * each only when its attributes, a JSON object, tell it. */
void store_print_person(struct bytes attributes, struct json_writer *json);

/* ML_EINVAL unless `limit` is 1 to STORE_PAGE_MAX; "a page has 1 to 1000 <of>". */
int store_limit_check(uint32_t limit, const char *of, struct error *err);

/* A page of rows whose first column is their number, newest first, below ?1, at most ?2 and one
 * more that tells whether a page follows. */
int store_print_page(struct store_reader *reader, const char *sql, uint64_t before, uint32_t limit,
                     void (*print)(sqlite3_stmt *row, struct json_writer *json),
                     struct json_writer *json, uint64_t *ret_next, struct error *err);

#endif
