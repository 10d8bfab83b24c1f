/* The HTTP side of the commands that talk to a server: one request at a time, over libcurl. */
#ifndef ML_CLI_CLIENT_H
#define ML_CLI_CLIENT_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"

#include <stdint.h>
#include <stdio.h>

struct client;

/* Where the server is and who calls. */
struct client_options {
    const char *url;   /* NULL: MESHLINE_URL, else http://127.0.0.1:8080 */
    const char *token; /* NULL: MESHLINE_TOKEN, else none */
};

/* Rows for a command's option table. */
#define CLIENT_OPTION_ROWS(options)                                                             \
    {"url", OPTION_TEXT, &(options).url, "URL",                                                 \
     "the server; default MESHLINE_URL, else http://127.0.0.1:8080"},                           \
    {                                                                                           \
        "token", OPTION_TEXT, &(options).token, "TOKEN", "access token; default MESHLINE_TOKEN" \
    }

struct client_call {
    const char *method;         /* "GET" */
    const char *path;           /* "/v1/leads?limit=50", already escaped */
    const char *content_type;   /* of the body; NULL: there is none */
    struct bytes body;          /* borrowed for the call */
    const char *const *headers; /* more of them, "If-Match: 12", ended by NULL; or NULL */
    FILE *out; /* where the body of a successful answer goes as it comes; NULL: it is kept */
};

enum { CLIENT_BODY_MAX = 256 * 1024 * 1024 };

struct client_answer {
    unsigned status; /* 0: the connection broke before there was one */
    struct buffer body;
    char next[2048];      /* path of rel="next", or empty */
    uint64_t retry_after; /* seconds; 0: not said */
};

int client_open(const struct client_options *options, struct client **ret, struct error *err);
void client_close(struct client *client); /* takes NULL */
/* Opens, runs, closes; what failed is printed. An exit code. */
int client_session(const struct client_options *options,
                   int (*run)(struct client *client, struct error *err));
const char *client_url(const struct client *client);

/* Makes the call; any status is an answer. ML_EIO when there is no complete one: `ret` then has
 * what arrived. The caller releases *ret in both cases with client_answer_release. */
int client_call(struct client *client, const struct client_call *call, struct client_answer *ret,
                struct error *err);
void client_answer_release(struct client_answer *answer);

/* 0 for a status of 200 to 299; else the answer's problem as an error. */
int client_check(const struct client_answer *answer, struct error *err);

/* GET that must succeed. The caller owns *ret. */
int client_get(struct client *client, const char *path, struct client_answer *answer,
               struct json_object **ret, struct error *err);

/* Appends `text` percent-encoded. */
void client_escape(struct buffer *out, struct bytes text);

#endif
