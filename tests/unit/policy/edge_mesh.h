/* A mesh whose source has a contract, and reading records under it. */
#ifndef ML_TEST_POLICY_EDGE_MESH_H
#define ML_TEST_POLICY_EDGE_MESH_H

#include "mesh.h"

#include "policy/edge/edge.h"

/* Fields in the order of MESH_LEAD. */
enum { EMAIL, PHONE, EXTERNAL_ID, COUNTRY, EMPLOYEES, REVENUE, CONSENT, TAGS };

struct edge {
    struct policy_release *release;
    struct policy_edge_scratch *scratch;
    struct arena arena;
    struct policy_edge_result result; /* of the last reading */
};

/* The source `web` with `source` behind its name and owner, and the schemas of its versions 1 and
 * (unless NULL) 2. */
void edge_init(struct edge *edge, const char *source, const char *schema, const char *second);
void edge_init_mesh(struct edge *edge, const struct mesh *mesh);
void edge_release(struct edge *edge);

const struct contract_instance *edge_parse(struct edge *edge, const char *json);
const struct policy_edge_result *edge_read(struct edge *edge, uint32_t version, const char *json);

/* The field holds that text, is that number, or is absent. */
void edge_has_text(const struct edge *edge, uint32_t field, const char *text);
void edge_has_integer(const struct edge *edge, uint32_t field, int64_t integer);
void edge_lacks(const struct edge *edge, uint32_t field);
/* The record was refused, and its first problem is this one. */
void edge_was_refused(const struct edge *edge, const char *rule, const char *pointer,
                      const char *message);

#endif
