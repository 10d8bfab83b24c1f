/* What the files of `meshline dead-letters` share. */
#ifndef ML_CLI_DEAD_LETTERS_H
#define ML_CLI_DEAD_LETTERS_H

#include "cli/cli.h"
#include "cli/client.h"

struct dead_letters_options {
    struct client_options server;
    const char *source, *violation, *state, *reason;
    uint64_t contract; /* UINT64_MAX: any */
    uint64_t limit, cluster, read_as;
    bool all, dry_run, as_json;
};
extern struct dead_letters_options dead_letters_options;
extern const struct usage dead_letters_usage;

/* GET /v1/dead-letters/clusters with the filters given; the caller releases both. */
int dead_letters_get_clusters(struct client *client, uint64_t limit, struct client_answer *answer,
                              struct json_object **ret, struct error *err);

/* One of a record's mistakes, as a line that is indented by four blanks. */
void dead_letters_print_mistake(FILE *out, struct json_object *mistake);

/* False: what is to be replayed is not said once; a sentence was printed. */
bool dead_letters_replay_usage(int ids);
/* Replays the `count` ones of `ids`, or those the options name, and says what became of them.
 * *ret_exit is CLI_FAILED when some were refused again. */
int dead_letters_replay(struct client *client, char **ids, int count, int *ret_exit,
                        struct error *err);

#endif
