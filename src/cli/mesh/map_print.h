/* What a record became: for people, and as JSON. */
#ifndef ML_CLI_MAP_PRINT_H
#define ML_CLI_MAP_PRINT_H

#include "base/json_writer.h"
#include "policy/edge/edge.h"

struct map_outcome {
    const struct policy_release *release;
    const struct policy_source *source;
    uint64_t record, line;                   /* `line` 0: lines do not count */
    size_t piece, pieces;                    /* of a payload with several records; from 1 */
    struct bytes key;                        /* the sender's own id; empty: none */
    const struct error *unreadable;          /* NULL: the record was read */
    const struct policy_edge_result *result; /* then */
};

void map_print(const struct map_outcome *outcome, struct arena *arena);
void map_write(const struct map_outcome *outcome, struct json_writer *json);

#endif
