/* A mesh directory on disk → the files that the policy compiler wants. Reads, never writes. */
#ifndef ML_CLI_MESH_DIR_H
#define ML_CLI_MESH_DIR_H

#include "policy/mesh/scenario.h"

/* Reads and compiles the mesh in `path`. Prints every mistake as "file:line:col: error: …" on
 * stderr; then ML_EINVAL with the number of them. Other errors: the directory or a file cannot be
 * read, or is beyond the policy's ceilings. The caller owns one reference of *ret. */
int mesh_load(const char *path, struct policy_release **ret, struct error *err);

/* The same, with the mistakes as a JSON array of {file, line, column, message} in `json` (when not
 * NULL) instead of printed lines. */
int mesh_load_json(const char *path, struct policy_release **ret, struct json_writer *json,
                   struct error *err);

/* The same, and the tests of the mesh in *ret_tests, which the caller releases before *ret. */
int mesh_load_tests(const char *path, struct policy_release **ret,
                    struct policy_scenarios *ret_tests, struct json_writer *json,
                    struct error *err);

#endif
