/* One keep-alive connection to a server on this machine, used by one thread (libcurl). */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#include "base/buffer.h"

#include <stdint.h>

struct http {
    void *handle;
    void *headers;        /* of requests with a body */
    struct buffer answer; /* the body of the last answer */
    uint16_t port;
};

void http_open(struct http *http, uint16_t port);
void http_close(struct http *http);

/* The status, or 0 when there was no answer. With `min_seq` the answer waits until the view has
 * reached it. */
long http_get(struct http *http, const char *path, uint64_t min_seq);
/* `body` is sent as it lies there, uncopied; `type` is always the same on one connection. */
long http_post(struct http *http, const char *path, const char *type, struct bytes body);

/* The number of member `name` in the last answer's JSON object; ends the program without one. */
uint64_t http_number(const struct http *http, const char *name);

#endif
