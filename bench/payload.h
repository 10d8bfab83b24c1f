/* The leads that benchmarks send: a few hundred different ones, each of exactly PAYLOAD_SIZE bytes
 * of JSON as the source "website" of the example company takes it. An identity within (e-mail and
 * external id) makes every copy another person. */
#ifndef BENCH_PAYLOAD_H
#define BENCH_PAYLOAD_H

#include <stdint.h>

enum {
    PAYLOAD_SIZE = 800,
    PAYLOAD_VARIANTS = 256,
    PAYLOAD_IDENTITY_SIZE = 16, /* digits */
    PAYLOAD_IDENTITIES = 2,
};

struct payload {
    char text[PAYLOAD_SIZE + 1];
    uint32_t identity[PAYLOAD_IDENTITIES]; /* where in `text` */
};

/* The variant'th lead, always the same, with '#' for the digits of its identity. */
void payload_make(uint32_t variant, struct payload *ret);

/* Writes the identity into a copy of the payload's text: `run` (below 10,000) keeps the people of
 * several loads on one server apart, `number` those of one load. */
void payload_identify(const struct payload *payload, char *text, uint32_t run, uint64_t number);

#endif
