/* Bodies that were sent with `Content-Encoding: gzip`, inflated piece by piece. */
#ifndef ML_SERVER_INFLATE_H
#define ML_SERVER_INFLATE_H

#include "base/bytes.h"
#include "base/error.h"

struct inflater;
struct inflater *inflater_new(void);
void inflater_free(struct inflater *inflater); /* takes NULL */

/* Takes from the front of *data as much as one piece of the result needs. 1: *ret_piece holds the
 * next bytes (INFLATE_PIECE_MAX at most), good until the next call: call again, also when *data is
 * empty. 0: all of *data was taken, and there is nothing more without further data. ML_EINVAL: it
 * is no gzip, or broken. However much was packed into *data, one call does one piece's work. */
enum { INFLATE_PIECE_MAX = 64 * 1024 };
int inflater_next(struct inflater *inflater, struct bytes *data, struct bytes *ret_piece,
                  struct error *err);
/* Whether the data may end here; ML_EINVAL when there must be more. */
int inflater_end(const struct inflater *inflater, struct error *err);

#endif
