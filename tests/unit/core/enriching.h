/* What tests of enrichment share: a mesh with three providers, what they answer, and what there is
 * of a lead. */
#ifndef ML_TESTS_CORE_ENRICHING_H
#define ML_TESTS_CORE_ENRICHING_H

#include "exceptions.h"

#define MINUTE (60 * SECOND)

/* clear is asked first, zen of those whose size nobody knows, shield looks for fraud. */
#define PIPELINE_WITH(more)                                                                   \
    "pipeline: inbound\nowner: ops\nclasses:\n"                                               \
    "  - {name: hot, when: 'has(lead.employees) && lead.employees > 500',"                    \
    " objectives: {enriched: 2m, assigned: 60s, contacted: 5m}}\n"                            \
    "  - {name: standard, objectives: {enriched: 2m, assigned: 5m, contacted: 4h}}\n"         \
    "score: 'has(lead.employees) ? lead.employees : 0'\nescalation: []\n"                     \
    "routes:\n"                                                                               \
    "  - {name: big, when: 'has(lead.employees) && lead.employees > 1000', to: {rep: cem}}\n" \
    "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\"]', to: {pool: dach}}\n"          \
    "  - {name: everyone, to: {pool: all}}\n"                                                 \
    "enrichment:\n  providers:\n    - clear\n"                                                \
    "    - {provider: zen, when: '!has(lead.employees)'}\n"                                   \
    "    - {provider: shield, when: '!has(lead.tags)', hold: fraud_suspected}\n" more

/* A mesh with that pipeline and so many of the providers clear, shield and zen. */
struct policy_release *enriching_release(const char *pipeline, size_t count);
struct driver *enriching_driver(const char *pipeline, size_t count);
/* With the pipeline above, which may re-route within 10 minutes to a more specific route. */
struct driver *enriching_usual(void);

/* The provider that is being asked of the lead; "": nobody is. */
const char *enriching_asked(const struct driver *d, uint64_t lead, uint64_t *ret_delivery);
void enriching_assert_asked(const struct driver *d, uint64_t lead, const char *provider);

struct enriching_answer {
    enum core_outcome outcome;
    const char *country, *verdict;
    int64_t employees; /* 0: unknown */
};
#define KNOWS(number) ((struct enriching_answer){.employees = (number)})
#define KNOWS_COUNTRY(name) ((struct enriching_answer){.country = (name)})
#define KNOWS_NOTHING ((struct enriching_answer){0})
#define CANNOT ((struct enriching_answer){.outcome = CORE_OUTCOME_PERMANENT})
#define SUSPECTS(why) ((struct enriching_answer){.verdict = (why)})

enum core_status enriching_receive(struct driver *d, uint64_t delivery,
                                   const struct enriching_answer *answer);
/* By whoever is asked just now. */
void enriching_answer(struct driver *d, uint64_t lead, struct enriching_answer answer);

int64_t enriching_due_us(const struct driver *d, uint64_t lead, enum policy_objective objective);
bool enriching_is_done(const struct driver *d, uint64_t lead);
const char *enriching_class(const struct driver *d, uint64_t lead);
/* A field of the lead as the newest LEAD_ENRICHED has it. */
void enriching_assert_says(const struct driver *d, const char *field, const char *json);

#endif
