/* Patterns as RE2 has them, readied for PCRE2: for library_match.c alone. */
#ifndef ML_CEL_PATTERN_H
#define ML_CEL_PATTERN_H

#include "base/bytes.h"

/* Bytes of a copy at the most: a quoted character that is repeated becomes \.\.* */
size_t cel_pattern_copy_size(size_t pattern_size);
/* Copies the pattern to `out`, of that size, in a form that means the same to both of PCRE2's
 * matchers and is balanced, so that it can be put into another. NULL, or what is wrong and at which
 * byte of the pattern. */
const char *cel_pattern_copy(struct bytes pattern, char *out, size_t *ret_size, size_t *ret_offset);

#endif
