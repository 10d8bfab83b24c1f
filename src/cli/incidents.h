/* What the files of `meshline incidents` share. */
#ifndef ML_CLI_INCIDENTS_H
#define ML_CLI_INCIDENTS_H

#include "base/json.h"

/* One with its postmortem and its timeline. */
void incidents_print_one(struct json_object *incident);

#endif
