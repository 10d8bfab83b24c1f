/* Requests over HTTP and SMTP: many at once on one thread, by libcurl. Connections are reused, also
 * between destinations, but never between those that may reach private networks and those that may
 * not. Certificates are always verified, no proxy and no file of the user's is asked, nothing is
 * followed that was not looked at. */
#ifndef ML_EFFECT_HTTP_H
#define ML_EFFECT_HTTP_H

#include "effect/kind.h"

struct http;
struct http_handle;

enum http_end {
    HTTP_ANSWERED,
    HTTP_BROKEN,  /* no answer, or no whole one */
    HTTP_REFUSED, /* nothing was sent: the request cannot be */
};

/* One request; the caller's, until `complete` was called for it. */
struct http_transfer {
    const struct effect_request *request;
    struct arena *arena;  /* for the answer's texts */
    int64_t timeout_us;   /* for all of it, redirects included; at least 1 ms is given */
    bool private_network; /* may be reached */
    void *context;        /* the caller's */

    enum http_end end;
    struct effect_answer answer; /* BROKEN: `status` and `took_us` only, as far as it came */
    struct bytes reason;         /* why there is no answer; a sentence without addresses' paths,
                                    which may be secret */

    struct http_handle *handle; /* http.c's from here on */
    int64_t begun_us;
    unsigned redirects;
    struct effect_request redirected;
    struct http_transfer *next;
};

/* `complete` is called by http_run only. ML_EIO. */
int http_new(void (*complete)(void *context, struct http_transfer *transfer), void *context,
             struct http **ret, struct error *err);
/* Ends what is under way as BROKEN, now. */
void http_break_off(struct http *http);
/* Nothing may be under way. Takes NULL. */
void http_free(struct http *http);
void http_begin(struct http *http, struct http_transfer *transfer);
/* Waits until something happens, at most so long (0: does not wait), and sees to it. */
void http_run(struct http *http, int64_t timeout_us);
/* Ends a wait; any thread. */
void http_wake(struct http *http);
/* A clock that only goes forward, microseconds. */
int64_t http_clock_us(void);

#endif
