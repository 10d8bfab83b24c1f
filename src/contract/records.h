/* Records out of CSV (RFC 4180) that arrives in pieces: the header row names the members, each row
 * is an object of texts. A row that is wrong is one mistake with its line; the reader goes on.
 *
 * Lines end with LF or CRLF; lines without anything but blanks are passed over; blanks around a
 * cell are not of it, quotes keep them. Comma, semicolon and tab are told apart by the header row.
 *
 * Pure: no clock, no I/O, no globals. One thread at a time. */
#ifndef ML_CONTRACT_RECORDS_H
#define ML_CONTRACT_RECORDS_H

#include "contract/charset.h"
#include "contract/instance.h"

struct contract_records;

/* 0 everywhere is the default. */
struct contract_records_options {
    enum contract_charset charset; /* a byte order mark is believed before it */
    char separator;                /* ',', ';' or a tab; 0: found in the header row */
    bool keep_empty;               /* empty cells are empty texts instead of being left out */
    size_t record_size;            /* bytes of one record, as UTF-8 */
    size_t columns;
};

enum {
    CONTRACT_RECORD_SIZE_DEFAULT = 256 * 1024,
    CONTRACT_COLUMNS_DEFAULT = 1000,
    CONTRACT_RECORDS_PIECE_MAX = 1024 * 1024, /* bytes of one push */
};

enum contract_records_result {
    CONTRACT_RECORDS_MORE,    /* the next record is not complete: push, or end */
    CONTRACT_RECORDS_RECORD,  /* *ret is a record */
    CONTRACT_RECORDS_MISTAKE, /* *ret is a row that is none; `err` says why: go on */
    CONTRACT_RECORDS_END,     /* there are no more */
    CONTRACT_RECORDS_BROKEN, /* the header row cannot be used, `err` says why: nothing can follow */
};

struct contract_record {
    uint64_t number;   /* of the rows behind the header, mistakes too; from 1 */
    uint64_t line;     /* on which it begins, from 1 */
    struct bytes text; /* as it came, without its line end; UTF-8 unless that is the mistake. Where
                          quotes are wrong the first line: the next record begins behind it */
    struct contract_instance fields; /* an object; not set for a mistake */
};

struct contract_records *contract_records_new(const struct contract_records_options *options);
void contract_records_free(struct contract_records *reader);

/* Hands over the next bytes, which are copied. Records must be taken until CONTRACT_RECORDS_MORE
 * before. ML_ELIMIT for a piece beyond CONTRACT_RECORDS_PIECE_MAX. */
int contract_records_push(struct contract_records *reader, struct bytes piece, struct error *err);
/* There are no more bytes. */
void contract_records_end(struct contract_records *reader);

/* The next record. What *ret points to lives in `arena`, the names of its members as long as the
 * reader. `err` (of MISTAKE and BROKEN): the place is "line N", the code
 * ML_ELIMIT for a record that is too long, else ML_EINVAL. */
enum contract_records_result contract_records_next(struct contract_records *reader,
                                                   struct arena *arena, struct contract_record *ret,
                                                   struct error *err);

/* The names of the columns, once the header row is read; the count is 0 before. Of the reader. */
const struct bytes *contract_records_columns(const struct contract_records *reader,
                                             size_t *ret_count);
/* What stands between two cells, once the header row is read; 0 before. */
char contract_records_separator(const struct contract_records *reader);

#endif
