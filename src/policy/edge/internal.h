/* What the files of the edge share, with the readers of records without a contract. Not for other
 * parts. */
#ifndef ML_POLICY_EDGE_INTERNAL_H
#define ML_POLICY_EDGE_INTERNAL_H

#include "policy/edge/edge.h"
#include "policy/internal.h"

/* ---- values (value.c): every sentence completes "the field … " and lives in `arena` */

/* The value as the field's type, strictly: only whole numbers change their kind. NULL, or what is
 * wrong. Null and absent give CEL_ABSENT. A list of more than POLICY_LIST_MAX needs no items. */
const char *policy_value_fit(const struct policy_field *field, const struct cel_value *value,
                             struct arena *arena, struct cel_value *ret);
const char *policy_value_wrong_type(const struct policy_field *field, const struct cel_value *value,
                                    struct arena *arena);
const char *policy_value_read_instance(const struct policy_field *field,
                                       const struct contract_instance *instance,
                                       struct arena *arena, struct cel_value *ret);
/* The same from a text of a form or a table; an empty one is absent. */
const char *policy_value_read_text(const struct policy_field *field, struct bytes text,
                                   struct arena *arena, struct cel_value *ret);

/* ---- records without a contract (record.c) */

void policy_problems_add(struct policy_problems *problems, const struct policy_problem *problem);
/* ---- working memory */

/* Of one evaluation: lists and texts that an expression makes. Untouched pages cost nothing. */
enum { POLICY_EDGE_MEMORY = 512 * 1024 };

struct policy_edge_scratch {
    struct contract_scratch *contract;
    struct cel_value variables[POLICY_CONTRACT_TABLES_FROM + POLICY_TABLES_MAX];
    struct cel_value params[POLICY_PARAMS_MAX];
    struct cel_scratch cel;
    _Alignas(16) char memory[POLICY_EDGE_MEMORY];
};

/* What expressions of a contract see of a record; *ret_data is the payload among it. ML_EINVAL or
 * ML_ELIMIT when the record cannot be calculated with; `err->place` is the JSON Pointer. */
int policy_edge_set_variables(const struct policy_release *release, uint32_t source,
                              const struct policy_payload *payload,
                              struct policy_edge_scratch *scratch, struct arena *arena,
                              struct cel_value *ret_data, struct error *err);
struct cel_value policy_edge_evaluate(struct policy_edge_scratch *scratch,
                                      const struct cel_program *program);

/* ---- mapping (map.c, convert.c, reference.c) */

/* Works the lead's values out of the payload that the variables hold. Problems are added. */
struct policy_edge_mapping {
    const struct policy_release *release;
    const struct policy_source *source;
    const struct policy_contract *contract;
    struct policy_edge_scratch *scratch;
    struct arena *arena;
};
void policy_edge_map(const struct policy_edge_mapping *mapping, struct cel_value *ret_values,
                     struct policy_problems *problems);

/* What an expression gave, as a value of the field: texts as texts, a time as RFC 3339, an integer
 * as text where text is wanted. NULL, or what is wrong. The value no longer points into the
 * scratch. */
const char *policy_edge_convert(const struct policy_field *field, const struct cel_value *value,
                                const struct policy_edge_scratch *scratch, struct arena *arena,
                                struct cel_value *ret);
/* The text itself, or a copy in `arena` where it lies in the scratch. */
struct bytes policy_edge_keep(const struct policy_edge_scratch *scratch, struct bytes text,
                              struct arena *arena);

/* The JSON Pointer to the one member of the payload that an expression reads, "/contact/email";
 * NULL when it reads none, or several. */
const char *policy_edge_reference(const char *expression, struct arena *arena);

#endif
