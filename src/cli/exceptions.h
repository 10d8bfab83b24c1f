/* What the files of `meshline exceptions` share. */
#ifndef ML_CLI_EXCEPTIONS_H
#define ML_CLI_EXCEPTIONS_H

#include "cli/cli.h"
#include "cli/client.h"

struct exceptions_options {
    struct client_options server;
    const char *kind, *queue, *team, *claimed, *state, *lead, *cause; /* which */
    const char *action, *remediation, *rep, *pool, *into, *note;      /* what to do */
    const char *version;
    uint64_t limit;
    bool all, as_json;
};
extern struct exceptions_options exceptions_options;
extern const struct usage exceptions_usage;

/* "acme-crm", or the lead, source, pool or destination that an exception is about. */
struct bytes exceptions_subject(struct json_object *exception);
void exceptions_print_one(struct json_object *exception);

/* False: what is to be resolved or how is not said; a sentence was printed. */
bool exceptions_resolve_usage(int ids);
/* Resolves the one, or several in groups, and says what became of them. *ret_exit is CLI_FAILED
 * when some could not be resolved. */
int exceptions_resolve(struct client *client, char **ids, int count, int *ret_exit,
                       struct error *err);

#endif
