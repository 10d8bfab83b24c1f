/* Events out of HTTP requests: CloudEvents 1.0 (github.com/cloudevents/spec v1.0.2) in the binary,
 * structured and batched mode of the HTTP binding, with the JSON format. Strict: what the
 * specification forbids is refused, with the attribute's name and what to do.
 *
 * Pure: no clock, no I/O, no globals. */
#ifndef ML_CONTRACT_CLOUDEVENT_H
#define ML_CONTRACT_CLOUDEVENT_H

#include "contract/instance.h"

/* One header field of a request. */
struct contract_header {
    struct bytes name; /* in any case */
    struct bytes value;
};

enum contract_cloudevent_mode {
    CONTRACT_CLOUDEVENT_NONE, /* the request holds no event */
    CONTRACT_CLOUDEVENT_BINARY,
    CONTRACT_CLOUDEVENT_STRUCTURED,
    CONTRACT_CLOUDEVENT_BATCH,
};

enum { CONTRACT_CLOUDEVENTS_MAX = 10 * 1000, CONTRACT_CLOUDEVENT_ATTRIBUTES_MAX = 100 };

struct contract_cloudevent {
    /* All context attributes, extensions too, as an object: texts, and in JSON also booleans and
     * integers where extensions have them. */
    struct contract_instance attributes;
    struct bytes id, source, type;                 /* never empty */
    struct bytes subject, media_type, data_schema; /* empty: not given */
    int64_t time_us;                               /* 0: not given */
    /* The data: JSON is read, text/… in UTF-8 is a text. NULL for anything else, whose bytes are in
     * `content`, and for an event without data. */
    const struct contract_instance *data;
    struct bytes
        content; /* `data` is NULL: what came, base64 decoded; .data is NULL: nothing came */
};

/* One place of a batch. */
struct contract_cloudevent_entry {
    const struct error *error; /* NULL, or why this one is refused; the others do not mind */
    struct contract_cloudevent event;
};

struct contract_cloudevents {
    enum contract_cloudevent_mode mode;
    size_t count; /* 1 unless it is a batch */
    const struct contract_cloudevent_entry *entries;
};

/* By Content-Type, else by the ce- headers. */
enum contract_cloudevent_mode contract_cloudevent_mode(const struct contract_header *headers,
                                                       size_t count);

/* Reads the events of a request whose mode is not NONE. `limits` (may be NULL) are those of JSON,
 * for the body as for data inside of it. *ret lives in `arena` and points into headers and body.
 * ML_EINVAL or ML_ELIMIT when the request as a whole, or its only event, is refused: `err->place`
 * is a header's name ("ce-source"), a JSON Pointer ("/source"), or "line:column" of the body. The
 * places of a batch's errors begin with the event's index ("/3/source"). */
int contract_cloudevent_parse(const struct contract_header *headers, size_t count,
                              struct bytes body, const struct contract_limits *limits,
                              struct arena *arena, struct contract_cloudevents *ret,
                              struct error *err);

#endif
