/* The records of a file to send: NDJSON line by line, the rows of CSV, the items of one JSON array,
 * or one object. */
#ifndef ML_CLI_SEND_INPUT_H
#define ML_CLI_SEND_INPUT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>
#include <stdio.h>

struct json_object;
struct contract_records;

enum {
    SEND_LINE_MAX = 1024 * 1024,           /* bytes of one line; what the server takes is less */
    SEND_DOCUMENT_MAX = 256 * 1024 * 1024, /* bytes of a JSON array or object */
};

enum send_format { SEND_NDJSON, SEND_CSV, SEND_ARRAY, SEND_OBJECT };

struct send_input {
    const char *name; /* for messages; "-" is standard input */
    FILE *file;
    enum send_format format;
    uint64_t number; /* of the record that was read last: its line, or its place in the array */
    uint64_t size;   /* bytes of the file; 0: unknown */
    uint64_t taken;  /* bytes read so far */
    /* A window on the file, the unread part being [begin, end). */
    char *window;
    size_t begin, end;
    bool at_end;
    /* CSV: what cuts the rows, the current one, and the header row as each request needs it. */
    struct contract_records *rows;
    struct arena row;
    struct buffer head;
    /* JSON */
    struct json_object *document;
    struct buffer text; /* of the current item */
};

/* Opens and finds out what it is; `csv` says that it is CSV, as a name that ends in .csv does.
 * ML_EINVAL for a JSON document that is broken or is neither object nor array. */
int send_input_open(struct send_input *input, const char *name, bool csv, struct error *err);
void send_input_close(struct send_input *input);

/* The next record, without its line break; blank lines are passed over. 1: there is one, borrowed
 * until the next call; 0: the end; ML_ELIMIT: the record input->number is too long, or ML_ECORRUPT:
 * it cannot be told from the next one, and has been passed over, go on; other errors end the
 * reading. */
int send_input_next(struct send_input *input, struct bytes *ret, struct error *err);

/* "line 12" or "item 12". */
const char *send_input_unit(const struct send_input *input);
/* Of a request with such records, and what stands in front of them: the header row. The second is
 * known once a record has been read. */
const char *send_input_type(const struct send_input *input);
struct bytes send_input_head(const struct send_input *input);

#endif
