/* A source's contract as one page of HTML for the partner's engineer: where to send what, the
 * fields, the answers, the versions. No scripts, nothing is loaded.
 *
 * Knows no server: text in, text out. */
#ifndef ML_SERVER_CONTRACT_PAGE_H
#define ML_SERVER_CONTRACT_PAGE_H

#include "contract/outline.h"
#include "policy/policy.h"

struct contract_page {
    const char *mesh; /* whose contract it is */
    const struct policy_source *source;
    const struct policy_contract *contract; /* NULL: the source has no versions */
    struct contract_library schemas;        /* the schema, or one made from the canonical lead */
    struct policy_rollout rollout;
    struct bytes base; /* of URLs: "https://leads.acme.example" */
    /* Ceilings of the server. */
    uint64_t record_bytes, batch_bytes, batch_records;
};

/* The Content-Security-Policy that the page needs. */
extern const char contract_page_policy[];

/* Appends the page. Scratch work is done in `arena`. */
void contract_page_write(const struct contract_page *page, struct arena *arena, struct buffer *out);

#endif
