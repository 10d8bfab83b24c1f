/* Journal records as CloudEvents 1.0 in JSON. */
#ifndef ML_SERVER_CLOUDEVENT_H
#define ML_SERVER_CLOUDEVENT_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "engine/engine.h"

/* "/meshline/<name of the mesh>", a URI reference, in `arena`. */
struct bytes cloudevent_source(struct engine *engine, struct arena *arena);

void cloudevent_write(const struct journal_record *record, struct bytes source,
                      struct json_writer *json);

#endif
