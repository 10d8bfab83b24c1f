/* A request out of bytes, for targets: header lines, an empty line and a body. */
#ifndef FUZZ_REQUEST_H
#define FUZZ_REQUEST_H

#include "contract/cloudevent.h"

enum { FUZZ_HEADERS_MAX = 16 };

struct fuzz_request {
    struct contract_header headers[FUZZ_HEADERS_MAX];
    size_t count;
    struct bytes body;
};

static inline struct fuzz_request fuzz_request_read(const uint8_t *data, size_t size)
{
    struct fuzz_request request = {.body = {(const char *)data, size}};
    while (request.body.size > 0 && request.count < FUZZ_HEADERS_MAX) {
        struct bytes rest = request.body;
        const char *newline = memchr(rest.data, '\n', rest.size);
        size_t line = newline != NULL ? (size_t)(newline - rest.data) : rest.size;
        const char *colon = line > 0 ? memchr(rest.data, ':', line) : NULL;
        size_t name = colon != NULL ? (size_t)(colon - rest.data) : 0;
        if (colon != NULL)
            request.headers[request.count++] =
                (struct contract_header){{rest.data, name}, {colon + 1, line - name - 1}};
        size_t passed = line + (newline != NULL);
        request.body = (struct bytes){rest.data + passed, rest.size - passed};
        if (line == 0)
            break;
    }
    return request;
}

#endif
