/* JSON for people to read: over lines, with what is short kept on one. */
#ifndef ML_BASE_JSON_LINES_H
#define ML_BASE_JSON_LINES_H

#include "base/buffer.h"

/* Appends `json`, which is valid, laid out anew: two blanks for each level, an object or list that
 * fits into `width` columns on one line. No line break behind it. */
void json_lines(struct bytes json, size_t width, struct buffer *out);

#endif
