/* The records in a file, as the server would find them in a request of that type. */
#ifndef ML_CLI_MAP_INPUT_H
#define ML_CLI_MAP_INPUT_H

#include "base/arena.h"
#include "base/error.h"
#include "contract/instance.h"

#include <stdint.h>

struct map_record {
    uint64_t number;                         /* from 1 */
    uint64_t line;                           /* on which it begins; 0 where lines do not count */
    const struct contract_instance *payload; /* NULL: it could not be read, see `error` */
    bool texts;                              /* of a form or a table */
    const struct contract_instance *event;   /* attributes of the CloudEvent, or NULL */
    struct bytes key;                        /* of a CloudEvent; else empty */
    const struct error *error;
};

struct map_input {
    struct bytes content;
    struct bytes content_type; /* "text/csv; charset=latin1" */
    uint64_t limit;            /* of the records of NDJSON and CSV */
};

/* By the file's name, else by how the content begins. Static storage. */
const char *map_input_guess(const char *path, struct bytes content);
/* Tells `visit` each record, good or bad; what it points to lives in `arena` and the content.
 * ML_EINVAL when the type is not read, or the content as a whole is broken. */
int map_input_read(const struct map_input *input, struct arena *arena,
                   void (*visit)(void *context, const struct map_record *record), void *context,
                   struct error *err);

#endif
