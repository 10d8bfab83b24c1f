/* What the rules of a comparison share. */
#ifndef ML_CONTRACT_DIFF_INTERNAL_H
#define ML_CONTRACT_DIFF_INTERNAL_H

#include "base/map.h"
#include "contract/diff.h"

/* The kinds of values that a schema tells apart. */
enum {
    KIND_NULL = 1,
    KIND_BOOLEAN = 2,
    KIND_INTEGER = 4,
    KIND_FRACTION = 8,
    KIND_STRING = 16,
    KIND_ARRAY = 32,
    KIND_OBJECT = 64,
    KIND_NUMBER = KIND_INTEGER | KIND_FRACTION,
    KIND_ANY = 127,
};

struct diff_run {
    struct arena *arena;
    const struct contract_instance *old_root, *new_root;
    bool same_definitions; /* whatever is referred to is the same in both */
    struct map seen;       /* pairs that were compared */
    struct contract_change *changes;
    struct contract_diff *result;
    size_t depth;
};

/* Two schemas for the same place in a record. `old` or `new` NULL: the keyword is not there, which
 * allows everything. */
struct diff_pair {
    const struct contract_instance *old, *new;
    const char *old_at, *new_at; /* JSON Pointers */
    const char *field;
};

/* Notes a change at `keyword` (may be NULL) of the pair. */
void diff_note(struct diff_run *run, const struct diff_pair *pair, const char *keyword,
               enum contract_effect senders, enum contract_effect mapping, const char *rule,
               const char *format, ...) __attribute__((format(printf, 7, 8)));
/* A member, or NULL; also of true and false. */
const struct contract_instance *diff_member(const struct contract_instance *schema,
                                            const char *keyword);
/* The kinds of values that may pass, as far as type, enum and const say. */
unsigned diff_kinds(const struct contract_instance *schema);
/* A value or text for a sentence; in the arena. */
const char *diff_describe(struct diff_run *run, const struct contract_instance *value);
const char *diff_pointer(struct diff_run *run, const char *base, struct bytes token);

void diff_compare(struct diff_run *run, const struct diff_pair *pair_given);
/* diff_values.c: kinds, choices, bounds, patterns. */
void diff_values(struct diff_run *run, const struct diff_pair *pair);
/* diff_objects.c: properties and items. */
void diff_objects(struct diff_run *run, const struct diff_pair *pair);
void diff_arrays(struct diff_run *run, const struct diff_pair *pair);

#endif
