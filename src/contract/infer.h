/* Proposes a schema (JSON Schema 2020-12) from sample records: a draft for a person to correct. The
 * same samples in the same order give the same text, and every sample is valid under it.
 *
 * Said: types, properties in the order in which they first come, required where every sample has
 * them, items, a format that all texts of a place have, and an enum where few short texts come
 * again and again. Not said: bounds, patterns, and whether other fields may come: samples cannot
 * know.
 *
 * Pure: no clock, no I/O, no globals. */
#ifndef ML_CONTRACT_INFER_H
#define ML_CONTRACT_INFER_H

#include "contract/instance.h"

enum {
    CONTRACT_INFER_CHOICES_MAX = 8,      /* distinct texts of an enum */
    CONTRACT_INFER_CHOICE_REPEATS = 4,   /* how often each comes at least, on average */
    CONTRACT_INFER_CHOICE_SIZE_MAX = 40, /* bytes of such a text */
    CONTRACT_INFER_PROPERTIES_MAX = 200, /* more names are data: additionalProperties */
};

/* Appends the schema as compact JSON; overflow shows in the buffer. `samples` must not be empty. */
void contract_infer(const struct contract_instance *const *samples, size_t count,
                    struct buffer *out);

#endif
