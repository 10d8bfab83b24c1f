/* An explanation out of nothing but a mesh: what its policy would decide about a lead. */
#ifndef ML_CLI_EXPLAIN_MESH_H
#define ML_CLI_EXPLAIN_MESH_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct explain_mesh_options {
    const char *mesh;   /* the directory */
    const char *source; /* NULL: the only one that there is */
    const char *away;   /* "ada,ben": reps who are away; may be NULL */
    int64_t at_us;      /* when the lead comes */
    bool all;           /* lists every candidate */
};

/* Decides the lead (JSON, as `source` would send it; called `name` in messages) with a core that
 * has seen nothing but the activation of the mesh: everybody is there by their calendars and has no
 * leads. Appends the explanation as JSON. Mistakes of the mesh are printed; ML_EINVAL. */
int explain_mesh(const struct explain_mesh_options *options, const char *name, struct bytes lead,
                 struct buffer *out, struct error *err);

#endif
