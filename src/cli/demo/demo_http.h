/* Many calls at once, on one thread: libcurl's multi interface. Callbacks run inside
 * demo_http_poll. */
#ifndef ML_CLI_DEMO_HTTP_H
#define ML_CLI_DEMO_HTTP_H

#include "base/buffer.h"

#include <stdint.h>

struct demo_http;

struct demo_reply {
    unsigned status; /* 0: no answer, the connection broke or could not be made */
    struct bytes body;
    int64_t took_us;
};

typedef void (*demo_done)(void *context, const struct demo_reply *reply);

struct demo_call {
    const char *method;
    const char *path;  /* of the server; or a whole address elsewhere, which is told no token */
    struct bytes body; /* JSON; empty: none */
    const char *headers[3]; /* up to two, ended by NULL */
    demo_done done;
    void *context;
};

/* `url` without a path; `token` may be NULL. Both are copied. */
struct demo_http *demo_http_new(const char *url, const char *token);
/* Drops what is still open without calling back; takes NULL. */
void demo_http_free(struct demo_http *http);
/* Everything in the call is copied. */
void demo_http_start(struct demo_http *http, const struct demo_call *call);
/* Moves everything forward; waits at most that long for something to happen. */
void demo_http_poll(struct demo_http *http, int timeout_ms);
/* Sends what has been started, as far as connections allow, and does not look for answers. */
void demo_http_send(struct demo_http *http);

#endif
