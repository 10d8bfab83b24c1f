/* What a ready-made source makes of a body, by its contract and expressions alone: no mesh. */
#ifndef ML_TEST_POLICY_KIND_READER_H
#define ML_TEST_POLICY_KIND_READER_H

#include "cel/cel.h"
#include "policy/edge/kind.h"

struct arena;

/* In a readable form, one record a line:
 *   field=value field=value …, in the order of the mapping; absent fields are left out
 *   skipped: why
 *   refused: the first fault
 * with "key=… " in front where the record has one. Lives in `arena`. */
const char *kind_read(const char *name, struct bytes body, struct arena *arena);

/* The first expression of the kind that does not compile, and why; NULL when all do. */
const char *kind_mistake(const struct policy_kind *kind, struct arena *arena);

#endif
