/* The records in a body that arrives piece by piece: lines of NDJSON or rows of CSV, gzip or plain.
 * Memory does not grow with the body. */
#ifndef ML_SERVER_FEED_H
#define ML_SERVER_FEED_H

#include "contract/records.h"
#include "server/intake/batch.h"

struct inflater;

enum feed_format { FEED_LINES, FEED_CSV };

struct feed_options {
    enum feed_format format;
    enum contract_charset charset; /* of CSV */
    bool gzip;
    size_t record_max;  /* bytes of one record */
    uint64_t bytes_max; /* of the whole body, inflated */
};

struct feed {
    struct feed_options options;
    struct line_splitter lines;
    struct contract_records *rows; /* of CSV */
    struct inflater *inflater;     /* of gzip */
    struct bytes input;            /* pushed and not taken */
    struct bytes inflated;         /* of the inflater */
    uint64_t line;                 /* of the newest record, from 1 */
    uint64_t received, bytes;      /* of input; of what the inflater made of it */
    bool ended;                    /* there is no more input */
    bool over;                     /* nothing follows: all was read, or it is broken */
};

enum feed_result {
    FEED_MORE,     /* push more, or end */
    FEED_RECORD,   /* *ret is a record */
    FEED_MISTAKE,  /* *ret is none, `err` says why; the next may be one */
    FEED_TOO_LONG, /* a record is longer than record_max and was thrown away */
    FEED_BROKEN,   /* `err` says why nothing can follow: ML_EINVAL, or ML_ELIMIT past bytes_max */
    FEED_END,
};

struct feed_record {
    uint64_t line;                          /* on which it begins, from 1 */
    struct bytes text;                      /* good until the next call, or in `arena` */
    const struct contract_instance *fields; /* of a CSV row, in `arena`; else NULL */
};

void feed_init(struct feed *feed, const struct feed_options *options);
void feed_release(struct feed *feed);

/* Hands over the next bytes, which are borrowed until feed_next says FEED_MORE or feed_give_back is
 * called. */
void feed_push(struct feed *feed, struct bytes data);
/* Takes back what was not read: how much of the end of what was pushed last. It must be pushed
 * again. */
size_t feed_give_back(struct feed *feed);
/* There is no more input. */
void feed_end(struct feed *feed);
/* The next record; lines that are blank are passed over. */
enum feed_result feed_next(struct feed *feed, struct arena *arena, struct feed_record *ret,
                           struct error *err);

#endif
