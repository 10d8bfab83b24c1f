/* How far a file has been sent: FILE.meshline-progress, replaced whole after each acknowledged
 * chunk. */
#ifndef ML_CLI_SEND_PLACE_H
#define ML_CLI_SEND_PLACE_H

#include "base/error.h"

#include <stdint.h>

/* The number of the last acknowledged record; 0 when there is no such file. ML_EINVAL when it
 * belongs to another source or is broken. */
int send_place_read(const char *file, const char *source, uint64_t *ret_number, struct error *err);
int send_place_write(const char *file, const char *source, uint64_t number, struct error *err);
/* The file has been sent as a whole. */
void send_place_remove(const char *file);

#endif
