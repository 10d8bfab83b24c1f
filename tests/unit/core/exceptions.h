/* What tests of exceptions share: a pipeline with a route into each kind, what people do with
 * exceptions, and what there is of them. */
#ifndef ML_TESTS_CORE_EXCEPTIONS_H
#define ML_TESTS_CORE_EXCEPTIONS_H

#include "driver.h"

#define HOUR (INT64_C(3600) * SECOND)

/* `exceptions`: the pipeline's settings of kinds, or "". */
#define PIPELINE(exceptions)                                                                     \
    "pipeline: inbound\nowner: ops\n"                                                            \
    "classes: [{name: standard, objectives: {assigned: 5m}}]\n"                                  \
    "escalation: []\n" exceptions "routes:\n"                                                    \
    "  - {name: no-email, when: '!has(lead.email)', to: {exception: missing_email}}\n"           \
    "  - {name: review, when: 'lead.form == \"review\"', to: {exception: account_review, team:"  \
    " abm}}\n"                                                                                   \
    "  - {name: slow, when: 'lead.form == \"slow\"', to: {exception: enrichment_timeout}}\n"     \
    "  - {name: full, when: 'lead.form == \"full\"', to: {exception: capacity_overrun}}\n"       \
    "  - {name: broken, when: 'lead.form == \"broken\"', to: {exception: contract_violation}}\n" \
    "  - {name: failed, when: 'lead.form == \"failed\"', to: {exception: delivery_failed}}\n"    \
    "  - {name: late, when: 'lead.form == \"late\"', to: {exception: objective_late}}\n"         \
    "  - {name: gap, when: 'lead.form == \"gap\"', to: {exception: ownership_gap}}\n"            \
    "  - {name: twice, when: 'lead.form == \"twice\"', to: {exception: duplicate_conflict}}\n"   \
    "  - {name: bot, when: 'lead.form == \"bot\"', to: {exception: fraud_suspected}}\n"          \
    "  - {name: odd, when: 'lead.form == \"odd\"', to: {exception: manual}}\n"                   \
    "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\"]', to: {pool: dach}}\n"             \
    "  - {name: everyone, to: {pool: all}}\n"

/* With that pipeline, and causes bad_data and vendor_outage; teams abm (of ana) and desk. */
struct driver *exceptions_driver_with(const char *pipeline);
struct driver *exceptions_driver(void);
/* By mia; a resolution comes with a cause and a note. */
struct core_command exceptions_command(enum core_command_type type, uint64_t number);
struct core_command exceptions_resolution(uint64_t number, enum core_resolution action);
enum core_status exceptions_resolve(struct driver *d, uint64_t number, enum core_resolution action);
enum core_status exceptions_assign(struct driver *d, uint64_t number, const char *rep);
enum core_status exceptions_merge(struct driver *d, uint64_t number, uint64_t into);
enum core_status exceptions_claim(struct driver *d, uint64_t number, const char *who);
/* Asks for a decision about a lead; the exception's number. */
uint64_t exceptions_open(struct driver *d, uint64_t lead, const char *kind);
/* The only open one about the lead, or (lead 0) about a source or a pool. */
struct core_exception exceptions_one(const struct driver *d, enum core_about about, uint64_t lead);
size_t exceptions_count(const struct driver *d, enum core_about about, uint64_t lead);
/* The number of the exception that a lead with that form comes into. */
uint64_t exceptions_submit(struct driver *d, const char *email, const char *form);
enum core_place exceptions_place(const struct driver *d, uint64_t lead);
/* A member of the newest event of that type, as text. */
void exceptions_assert_newest(const struct driver *d, enum core_event_type type, const char *key,
                              const char *value);
/* No event, and a sentence with that part. */
void exceptions_assert_refused(struct driver *d, struct core_command command,
                               enum core_status status, const char *part);
/* A replay is equal; then frees the driver. */
void exceptions_finish(struct driver *d);

#endif
