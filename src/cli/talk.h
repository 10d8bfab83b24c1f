/* One question or order to the server and its answer: what the commands that look at entities and
 * act on them have in common. */
#ifndef ML_CLI_TALK_H
#define ML_CLI_TALK_H

#include "base/json_writer.h"
#include "cli/client.h"

/* GET `path`; prints the answer as it is, or with `print`. */
int talk_show(struct client *client, const char *path, bool as_json,
              void (*print)(struct json_object *answer), struct error *err);

struct talk_order {
    const char *method;  /* NULL: POST */
    const char *base;    /* "/v1/exceptions" */
    const char *id;      /* escaped here; NULL: none */
    const char *verb;    /* "/claim"; NULL: none */
    const char *version; /* for If-Match; NULL: any */
    /* Writes the members of the body; NULL: there are none. */
    void (*write)(struct json_writer *json);
};
/* Gives the order, which must succeed. With as_json the answer is printed; *ret is its tree, which
 * the caller releases. */
int talk_tell(struct client *client, const struct talk_order *order, bool as_json,
              struct json_object **ret, struct error *err);

/* Nothing for NULL. */
void talk_member(struct json_writer *json, const char *name, const char *value);

#endif
