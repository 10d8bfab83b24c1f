/* What changes for those who send records, and for a mapping that reads them, when one version of a
 * schema (JSON Schema 2020-12) takes the place of another. By rules over the keywords, so that each
 * difference has a name and a place; what the rules cannot decide is a class of its own and never
 * passes for harmless.
 *
 * Decided: type, enum, const, bounds, lengths, counts, uniqueItems, multipleOf, pattern, format,
 * properties, required, additionalProperties, items, and $ref to places in the same document. Any
 * other keyword that differs is "cannot tell". Annotations do not count.
 *
 * Pure: no clock, no I/O, no globals. */
#ifndef ML_CONTRACT_DIFF_H
#define ML_CONTRACT_DIFF_H

#include "contract/instance.h"

enum contract_effect {
    CONTRACT_COMPATIBLE,
    CONTRACT_CANNOT_TELL,
    CONTRACT_BREAKING,
};

struct contract_change {
    enum contract_effect senders; /* breaking: a record that was valid may be refused now */
    enum contract_effect mapping; /* breaking: a field is gone, may be absent, or of another type */
    const char *rule;             /* "required_added": stable, lower case; static */
    struct bytes pointer;         /* JSON Pointer of the keyword or schema */
    bool in_old;                  /* the pointer is one into the old document, not the new one */
    struct bytes field;   /* JSON Pointer of the field in a record, "*" for any item or name */
    struct bytes message; /* a sentence; UTF-8 */
};

enum {
    CONTRACT_CHANGES_MAX = 500,
    CONTRACT_DIFF_DEPTH_MAX = 100, /* schemas inside each other */
    CONTRACT_DIFF_PAIRS_MAX = 50 * 1000,
};

struct contract_diff {
    const struct contract_change *changes; /* in the order of the documents */
    size_t count;
    bool truncated; /* there are more; then both effects are at least "cannot tell" */
    enum contract_effect senders, mapping; /* the worst of all */
};

/* Compares two schemas, which must have compiled. *ret lives in `arena` and does not point into
 * them. */
void contract_diff(const struct contract_instance *old_schema,
                   const struct contract_instance *new_schema, struct arena *arena,
                   struct contract_diff *ret);

/* "compatible", "cannot_tell", "breaking"; static. */
const char *contract_effect_name(enum contract_effect effect);

#endif
