/* Ready-made sources: how a vendor's requests look, how they are split into records, under which
 * contract they are read, and what becomes of them. Data, compiled in from spec/kinds/. */
#ifndef ML_POLICY_EDGE_KIND_H
#define ML_POLICY_EDGE_KIND_H

#include "base/bytes.h"

struct policy_kind_mapping {
    const char *field; /* of the canonical lead; passed over where the mesh has no such field */
    const char *expression;
};

struct policy_kind {
    const char *name;   /* "typeform"; what `kind:` says */
    const char *title;  /* "Typeform" */
    const char *about;  /* one sentence: what to set up at the vendor's */
    const char *schema; /* JSON Schema 2020-12: the contract unless contracts/SOURCE/ has one */
    const char *split;  /* CEL over `payload`: the list of records; NULL: the payload is one */
    const char *key;    /* CEL over a record: the vendor's own id of it; NULL: none */
    const char *skip;   /* CEL over a record: "" or why it is no lead; NULL: never */
    const struct policy_kind_mapping *mappings;
    size_t mapping_count;
};

extern const struct policy_kind policy_kinds[];
extern const size_t policy_kind_count;

/* NULL when there is none. */
const struct policy_kind *policy_kind_find(struct bytes name);

#endif
