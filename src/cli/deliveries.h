/* What the files of `meshline deliveries` share. */
#ifndef ML_CLI_DELIVERIES_H
#define ML_CLI_DELIVERIES_H

#include "cli/cli.h"
#include "cli/client.h"

struct deliveries_options {
    struct client_options server;
    const char *destination, *state, *purpose, *target, *lead, *failure, *from, *to; /* which */
    const char *reason; /* why it is sent again, or discarded */
    uint64_t limit;
    bool as_json;
};
extern struct deliveries_options deliveries_options;
extern const struct usage deliveries_usage;

/* Calls for each filter that was given, with the API's name for it. */
void deliveries_each_filter(void (*visit)(void *context, const char *name, const char *value),
                            void *context);
void deliveries_print_one(struct json_object *delivery);

/* Queues again, in groups, those named or (count 0) all that the filters select, and says what
 * became of them. *ret_exit is CLI_FAILED when some could not be. */
int deliveries_replay(struct client *client, char **ids, int count, int *ret_exit,
                      struct error *err);

#endif
