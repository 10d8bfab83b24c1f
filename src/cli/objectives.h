/* What the files of `meshline objectives` share. */
#ifndef ML_CLI_OBJECTIVES_H
#define ML_CLI_OBJECTIVES_H

#include "base/json.h"

/* The cells of the server as hours of the day, one line for each value and objective. */
void objectives_print_heatmap(struct json_object *cells);

#endif
