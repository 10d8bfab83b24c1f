/* A real engine and server in a temporary directory, on a free port, with the starter mesh; and a
 * client that controls every byte it sends. What does not work fails the test at once. */
#ifndef ML_TESTS_INTEGRATION_SERVER_FIXTURE_H
#define ML_TESTS_INTEGRATION_SERVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "server/access/auth.h"
#include "server/server.h"

#include <stdio.h>

struct fixture {
    char directory[64];
    struct engine *engine;
    struct effects *effects; /* set before fixture_start; or NULL */
    struct server *server;
    struct server_limits limits; /* change before fixture_start */
    uint16_t port;
    char release[HASH256_TEXT_SIZE];
    _Atomic int64_t free_bytes; /* that the disk seems to have; fixture_open sets it to much */
    _Atomic int64_t ahead_us;   /* how much the engine's clock is ahead of the true one */
    _Atomic unsigned reports;   /* sentences that the server had for an operator */
};

/* Makes the directory and opens the engine; fixture_start then serves on 127.0.0.1. */
void fixture_open(struct fixture *fixture);
void fixture_start(struct fixture *fixture);
/* Another mesh instead of the starter's. */
void fixture_activate(struct fixture *fixture, const struct policy_file *files, size_t count);
/* All three, for tests that have a mesh of their own and nothing else to set. */
void fixture_serve(struct fixture *fixture, const struct policy_file *files, size_t count);
/* server_stop, engine_close and the directory gone. */
void fixture_close(struct fixture *fixture);
/* Stops the server only. */
void fixture_stop(struct fixture *fixture);
/* A token of that role in the fixture's tokens file. */
void fixture_token(struct fixture *fixture, enum role role, const char *source,
                   char ret_text[static TOKEN_TEXT_SIZE], char ret_id[static TOKEN_ID_SIZE]);

/* ---- the client */

struct client {
    int fd;
    struct buffer in; /* received and not yet used */
};

struct reply {
    int status;
    char headers[4096];
    struct buffer body;
    struct json_object *json; /* of a JSON body; else NULL */
};

void client_open(struct client *client, const struct fixture *fixture);
void client_close(struct client *client);
void client_send(struct client *client, struct bytes data);
/* Reads one whole response; false when the connection ended before one began. */
bool client_read(struct client *client, struct reply *reply);
/* Appends what comes to `client->in` until `text` is in it; false when the connection ended before.
 */
bool client_read_until(struct client *client, const char *text);
void reply_release(struct reply *reply);

/* One request on a connection of its own. `headers` are whole lines with CR LF, or "". */
void request_send(struct fixture *fixture, const char *method, const char *path,
                  const char *headers, struct bytes body, struct reply *reply);
void request_get(struct fixture *fixture, const char *path, struct reply *reply);
/* The same once the view has everything that was written before. */
void request_get_now(struct fixture *fixture, const char *path, struct reply *reply);
void request_json(struct fixture *fixture, const char *method, const char *path, const char *json,
                  struct reply *reply);

/* The value of a header, empty when there is none; good until the next call. */
const char *reply_header(const struct reply *reply, const char *name);
/* A member of the JSON body; a text member must be a string, the other a number. */
const char *reply_text(const struct reply *reply, const char *member);
int64_t reply_number(const struct reply *reply, const char *member);

/* The reply has this status and is a problem of this type ("stale-version"). */
void assert_problem(const struct reply *reply, int status, const char *type);
/* The same, with that text somewhere in it; releases the reply. */
void assert_problem_says(struct reply *reply, int status, const char *type, const char *says);
/* Members of the answer: a list, which must be there; a boolean. */
struct json_object *reply_list(const struct reply *reply, const char *name);
bool reply_is_true(const struct reply *reply, const char *name);

/* Submits a lead with this e-mail address and returns its number. */
uint64_t submit_lead(struct fixture *fixture, const char *email);

#endif
