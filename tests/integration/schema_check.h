/* Is a document what its schema in spec/ says: no member that the schema does not know, none
 * missing, each of its type? What does not fit fails the test and names the place. */
#ifndef ML_TESTS_INTEGRATION_SCHEMA_CHECK_H
#define ML_TESTS_INTEGRATION_SCHEMA_CHECK_H

#include "base/json.h"

/* `file` below spec/, "events/lead.assigned.json". */
void schema_check(const char *file, struct json_object *value);
/* What GET of that path ("/v1/leads/{id}") answers with 200, by spec/openapi.yaml. */
void schema_check_answer(const char *path, struct json_object *value);

#endif
