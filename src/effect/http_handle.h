/* One of libcurl's easy handles with what belongs to it: how a request is put into it, and how the
 * answer comes out. For http.c. */
#ifndef ML_EFFECT_HTTP_HANDLE_H
#define ML_EFFECT_HTTP_HANDLE_H

#include "base/buffer.h"
#include "effect/http.h"

#include <curl/curl.h>

struct http_handle {
    CURL *easy;
    struct http_transfer *transfer;
    struct http_handle *next; /* of those that are idle */
    struct buffer headers, body;
    size_t header_bytes; /* of all, also of answers before the last */
    size_t sent;         /* SMTP: bytes of the body */
    const char *refusal; /* the guard's word; static */
    bool too_long, too_many_headers;
    bool special; /* has options that the next one must not find */
    struct curl_slist lines[EFFECT_HEADERS_MAX + 3];
};

struct http_handle *http_handle_new(void); /* NULL: none can be had */
void http_handle_free(struct http_handle *handle);
/* False: it cannot be sent, and the transfer says why. */
bool http_handle_prepare(struct http_handle *handle, struct http_transfer *transfer,
                         const struct effect_request *request, int64_t left_us);
/* Fills end, answer and reason of the transfer. */
void http_handle_read(struct http_handle *handle, CURLcode code);

#endif
