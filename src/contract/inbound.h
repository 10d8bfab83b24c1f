/* The records in a request: its body by its Content-Type, as JSON, an HTML form or CloudEvents.
 * (Streams, NDJSON and CSV, are cut into records by their own readers.) What is stored of a refused
 * record, its text with its media type and headers, gives the same record again.
 *
 * Pure: no clock, no I/O, no globals. */
#ifndef ML_CONTRACT_INBOUND_H
#define ML_CONTRACT_INBOUND_H

#include "contract/cloudevent.h"
#include "contract/form.h"

/* What a row of a table is stored as: the JSON object of its cells, all of them texts. */
#define CONTRACT_ROW_TYPE "application/vnd.meshline.row+json"

struct contract_inbound {
    struct bytes text;       /* as it came; of an event in a batch: that event alone, as JSON */
    struct bytes media_type; /* by which `text` is to be read again */
    const struct contract_instance *payload; /* NULL: it could not be read, see `error` */
    const struct contract_instance *event;   /* attributes of the CloudEvent; NULL: it was none */
    bool texts;       /* it came from a form or a table, where everything is a text */
    struct bytes key; /* of a CloudEvent: what makes it unique, source and id; else empty */
    const struct error *error;        /* place: "line:column", a JSON Pointer or a header's name */
    const struct contract_form *form; /* of a form post, for honeypots and files; else NULL */
};

struct contract_inbounds {
    const struct contract_inbound *items;
    size_t count; /* from 1 */
};

/* Whether contract_inbound_read knows the type of such a request; JSON and application/…+json,
 * forms, CloudEvents. */
bool contract_inbound_is_type(const struct contract_header *headers, size_t count);

/* Reads a body. A record that cannot be read is an item with an error: the body as a whole is never
 * refused. `limits` may be NULL. *ret lives in `arena` and points into `headers` and `body`. */
void contract_inbound_read(const struct contract_header *headers, size_t count, struct bytes body,
                           const struct contract_limits *limits, struct arena *arena,
                           struct contract_inbounds *ret);

#endif
