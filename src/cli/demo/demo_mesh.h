/* The mesh of the demo: a copy of the example company's, with the files of examples/demo laid over
 * it and the names between @ signs filled in. */
#ifndef ML_CLI_DEMO_MESH_H
#define ML_CLI_DEMO_MESH_H

#include "base/error.h"

struct demo_blank {
    const char *name; /* "@CRM@" */
    const char *value;
};

/* Copies the files below `from` to `to`, which is made; those that are there are replaced. Hidden
 * files, and a mesh's own `tests`, stay behind. `blanks` ends with a name of NULL. */
int demo_mesh_copy(const char *from, const char *to, const struct demo_blank *blanks,
                   struct error *err);

#endif
