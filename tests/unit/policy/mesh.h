/* A small valid mesh that tests change one file of, and the release that comes of it. */
#ifndef ML_TEST_POLICY_MESH_H
#define ML_TEST_POLICY_MESH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/policy.h"

#define MESH_NAME "name: test\nowners: [{name: ops, role: routing}]\n"
#define MESH_LEAD                                                                      \
    "{\n"                                                                              \
    "  \"type\": \"object\",\n"                                                        \
    "  \"additionalProperties\": false,\n"                                             \
    "  \"properties\": {\n"                                                            \
    "    \"email\": {\"type\": \"string\", \"maxLength\": 50, \"x-pii\": true},\n"     \
    "    \"phone\": {\"type\": \"string\"},\n"                                         \
    "    \"external_id\": {\"type\": \"string\"},\n"                                   \
    "    \"country\": {\"type\": \"string\", \"enum\": [\"DE\", \"FR\", \"US\"]},\n"   \
    "    \"employees\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 1000},\n" \
    "    \"revenue\": {\"type\": \"number\"},\n"                                       \
    "    \"consent\": {\"type\": \"boolean\"},\n"                                      \
    "    \"tags\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}}\n"         \
    "  }\n"                                                                            \
    "}\n"
#define MESH_PEOPLE                                                         \
    "defaults: {capacity: 7}\n"                                             \
    "reps:\n"                                                               \
    "  - {id: ana, name: Ana Reyes, email: ana@example.com, team: north}\n" \
    "  - {id: ben, team: north, capacity: 3}\n"                             \
    "  - {id: cleo, country: FR, time_zone: Europe/Paris}\n"
#define MESH_POOLS                                                        \
    "pools:\n"                                                            \
    "  - {id: north, strategy: least_loaded, members: [{team: north}]}\n" \
    "  - {id: all, members: [cleo, {team: north}]}\n"
#define MESH_SOURCE "source: web\nowner: ops\n"
#define MESH_PIPELINE                                                              \
    "pipeline: inbound\n"                                                          \
    "owner: ops\n"                                                                 \
    "classes:\n"                                                                   \
    "  - {name: hot, when: 'lead.employees > 100', objectives: {assigned: 60s}}\n" \
    "  - {name: rest}\n"                                                           \
    "score: 'lead.employees * 2'\n"                                                \
    "routes:\n"                                                                    \
    "  - {name: french, when: 'lead.country == \"FR\"', to: {rep: cleo}}\n"        \
    "  - {name: large, when: 'lead.employees > 500', to: {pool: north}}\n"         \
    "  - {name: others, to: {pool: all}}\n"

enum { MESH_FILES_MAX = 64 };

struct mesh {
    struct policy_file files[MESH_FILES_MAX];
    size_t count;
};

/* The valid one. */
void mesh_init(struct mesh *mesh);
/* Replaces or adds a file; NULL removes it. `text` is borrowed. */
void mesh_set(struct mesh *mesh, const char *path, const char *text);
void mesh_set_bytes(struct mesh *mesh, const char *path, struct bytes content);

/* Must compile; prints the mistakes otherwise. The caller unrefs. */
struct policy_release *mesh_compile(const struct mesh *mesh);

/* Must not compile, with exactly these mistakes, "file:line:column: message", NULL-terminated. */
#define mesh_refused(mesh, ...) \
    mesh_expect_refused(mesh, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
void mesh_expect_refused(const struct mesh *mesh, const char *const *expected, const char *file,
                         int line);

/* The same for the valid mesh with one file replaced. */
#define file_refused(path, text, ...)                                                        \
    mesh_expect_file_refused(path, text, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, \
                             __LINE__)
void mesh_expect_file_refused(const char *path, const char *text, const char *const *expected,
                              const char *file, int line);

#endif
