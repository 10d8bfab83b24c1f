/* A schema with what it refers to inside of it, so that whoever reads it needs nothing else: a
 * compound document (JSON Schema 2020-12 core, 9.3).
 *
 * Pure: no clock, no I/O, no globals. */
#ifndef ML_CONTRACT_BUNDLE_H
#define ML_CONTRACT_BUNDLE_H

#include "contract/view.h"

enum { CONTRACT_BUNDLE_MAX = 200 }; /* documents in one bundle; the rest is left out */

/* Whether the schema refers to any neighbour. */
bool contract_bundle_needed(const struct contract_library *library, struct arena *arena);

/* Appends the library's root as compact JSON. Each neighbour that it refers to, itself or through
 * others, stands in `$defs` under an `$id` that is what the reference says. */
void contract_bundle(const struct contract_library *library, struct arena *arena,
                     struct buffer *out);

#endif
