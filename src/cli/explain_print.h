/* An explanation (engine/explain.h) as a text that one can read out. */
#ifndef ML_CLI_EXPLAIN_PRINT_H
#define ML_CLI_EXPLAIN_PRINT_H

#include "base/json.h"

void explain_print(struct json_object *explanation);

#endif
