/* meshline reconcile --destination: what was due there, and what is really there. */
#ifndef ML_CLI_RECONCILE_H
#define ML_CLI_RECONCILE_H

#include "cli/client.h"

struct reconcile_destination {
    const char *name;
    bool compare; /* with what the destination lists */
    bool repair;  /* what is missing there is sent again */
    bool as_json;
};

/* A cli_exit: CLI_FAILED when it does not add up, or when something is missing there. */
int reconcile_destination(const struct client_options *server,
                          const struct reconcile_destination *options);

#endif
