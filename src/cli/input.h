/* What more than one command reads: small files whole, and times as people write them. */
#ifndef ML_CLI_INPUT_H
#define ML_CLI_INPUT_H

#include "base/buffer.h"
#include "cli/cli.h"

/* The whole of a file, "-" for standard input, into `out`, whose ceiling holds: ML_ELIMIT past it.
 */
int input_read(const char *path, struct buffer *out, struct error *err);

/* An option's RFC 3339 time or plain date (its beginning, in UTC); 0 when `text` is NULL. False: a
 * sentence was printed and the command ends with *ret_exit. */
bool input_time(const struct usage *usage, const char *option, const char *text, int64_t *ret_us,
                int *ret_exit);

#endif
