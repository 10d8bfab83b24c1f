/* A load of leads as NDJSON, a thousand a request, over some connections at once. The bodies are
 * made before the clock runs; between two requests only the identities in them are rewritten. */
#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include <stdint.h>

enum { FEED_LINES = 1000 };

struct feed {
    uint16_t port;
    unsigned connections; /* each a thread of its own */
    uint64_t requests;    /* of FEED_LINES leads each, shared among the connections */
    uint32_t run;         /* of payload_identify */
    /* Filled: */
    uint64_t acknowledged; /* 201 */
    uint64_t known;        /* 200 */
    uint64_t busy;         /* lines answered 503 and sent again */
    uint64_t last_seq;     /* the newest of all answers */
    double seconds;        /* from the first byte to the last acknowledgement */
    double body_ms;        /* median time of one request */
};

/* Ends the program when a lead is refused for good. */
void feed_run(struct feed *feed);

/* The leads that the server's reconciliation counts as accepted, once its view has caught up with
 * `seq`. Ends the program unless the identity balances. */
uint64_t feed_accepted(uint16_t port, uint64_t seq);

#endif
