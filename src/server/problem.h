/* Problems (RFC 9457): every refusal is one of a fixed list of kinds, each with a stable type, a
 * status and a title; the detail says what, where and what to do. */
#ifndef ML_SERVER_PROBLEM_H
#define ML_SERVER_PROBLEM_H

#include "base/json_writer.h"
#include "policy/policy.h"

enum problem_kind {
    PROBLEM_NONE,
    PROBLEM_MALFORMED_JSON,
    PROBLEM_MALFORMED_ENCODING,
    PROBLEM_INVALID_PARAMETER,
    PROBLEM_INVALID_HEADER,
    PROBLEM_UNAUTHENTICATED,
    PROBLEM_FORBIDDEN,
    PROBLEM_FOREIGN_ORIGIN,
    PROBLEM_NOT_FOUND,
    PROBLEM_UNKNOWN_SOURCE,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_NOT_ACCEPTABLE,
    PROBLEM_SLOW_CLIENT,
    PROBLEM_WRONG_STATE,
    PROBLEM_STALE_VERSION,
    PROBLEM_BODY_TOO_LARGE,
    PROBLEM_UNSUPPORTED_MEDIA_TYPE,
    PROBLEM_WRONG_HOST,
    PROBLEM_INVALID_LEAD,
    PROBLEM_UNREADABLE,
    PROBLEM_INVALID_BODY,
    PROBLEM_KEY_REUSED,
    PROBLEM_RATE_LIMITED,
    PROBLEM_INTERNAL,
    PROBLEM_BUSY,
    PROBLEM_STOPPING,
    PROBLEM_NO_POLICY,
    PROBLEM_OUTSIDE,
    PROBLEM_DISK_FULL,
    PROBLEM_KINDS,
};

struct problem_type {
    const char *type; /* "/problems/stale-version" */
    unsigned status;
    const char *title;
    const char *about; /* what to do, in general; GET on the type answers it */
};

/* Static storage; for every kind but PROBLEM_NONE. */
const struct problem_type *problem_type_of(enum problem_kind kind);
/* By the last segment of its type; PROBLEM_NONE when there is none. */
enum problem_kind problem_kind_parse(struct bytes name);

enum { PROBLEM_DETAIL_SIZE = 640 };

struct problem {
    enum problem_kind kind;
    char detail[PROBLEM_DETAIL_SIZE];
    uint64_t current_version; /* of a stale version: the one to read again; else 0 */
    uint64_t dead_letter;     /* under which the record was kept; 0: none */
    uint32_t retry_after_s;   /* when to come again; 0: says nothing */
    /* Mistakes in the payload; strings borrowed until it is written. */
    struct policy_problems errors;
};

/* Bytes of `format`'s text that are not UTF-8 become "?", so that any input may be quoted. */
void problem_set(struct problem *problem, enum problem_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The problem as a JSON object. */
void problem_write(const struct problem *problem, struct json_writer *json);

#endif
