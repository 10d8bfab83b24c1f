/* Reads an example mesh from disk: tests may, the policy part does not. */
#ifndef ML_TEST_POLICY_DIRECTORY_H
#define ML_TEST_POLICY_DIRECTORY_H

#include "mesh.h"

/* All files under EXAMPLES_DIRECTORY/name; contents and paths from `arena`. */
void directory_read(const char *name, struct arena *arena, struct mesh *mesh);

#endif
