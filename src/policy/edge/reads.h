/* Which members of a record or a map an expression reads, by its words alone: so that a mistake can
 * point at the record, and a misspelt member can be found before a record comes. */
#ifndef ML_POLICY_EDGE_READS_H
#define ML_POLICY_EDGE_READS_H

#include "base/bytes.h"

/* Goes on from *at to behind the next `word` ("payload") that is a name of its own, not one in a
 * text or a comment. False when there is none. */
bool policy_reads_find(struct bytes expression, const char *word, size_t *at);

/* The member that is selected behind *at: .name .?name ["name"] [?"name"] or [3]; goes behind it.
 * False for a call, for anything that is worked out, and where nothing is selected. */
bool policy_reads_member(struct bytes expression, size_t *at, struct bytes *ret_name);

#endif
