/* The taxonomy of causes that the mesh declares. */
#ifndef ML_SERVER_CAUSES_H
#define ML_SERVER_CAUSES_H

#include "server/request.h"

/* Whether people may give that cause under the release in force, so that a mistake is told with the
 * nearest one before anything is submitted. `pointer`: where it stands in the body. False: the
 * request has been refused. */
bool cause_check(struct request *request, const char *pointer, struct bytes cause);

#endif
