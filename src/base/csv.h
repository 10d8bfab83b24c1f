/* Reads CSV (RFC 4180) cell by cell. Pure text: what a cell means is the caller's business. */
#ifndef ML_BASE_CSV_H
#define ML_BASE_CSV_H

#include "base/arena.h"

#include <stdint.h>

struct csv_cell {
    struct bytes text; /* without quotes; unquoted cells without blanks at either end */
    size_t at;         /* offset of its first byte in the file */
};

enum csv_result { CSV_ROW, CSV_MISTAKE, CSV_END };

struct csv_reader {
    struct bytes text; /* borrowed; without byte order mark; UTF-8 is not checked here */
    char separator;
    struct arena *work; /* borrowed; holds the unquoted cells of the current row, reset with it */
    size_t at;          /* of the next byte */
    size_t row_at;      /* where the current row begins */
    uint32_t line;      /* of `at`, from 1 */
    uint32_t row_line;  /* of the current row */
    /* Of CSV_MISTAKE: where, and what and what to do (static). */
    size_t mistake_at;
    const char *mistake;
};

/* Passes over a byte order mark. The separator is a comma, or a semicolon or tab if the first line
 * has those and no comma. */
void csv_init(struct csv_reader *reader, struct bytes text, struct arena *work);
/* The next row: its first `max` cells, and how many it has. Lines without anything but blanks are
 * passed over; CRLF ends a line like LF does. After a mistake the reading goes on at the next line;
 * after a quote that is never closed it ends. Cells live until the next call. */
enum csv_result csv_read(struct csv_reader *reader, struct csv_cell *cells, size_t max,
                         size_t *ret_count);
/* Line and column (in characters), from 1, of an offset within the current row. */
void csv_place(const struct csv_reader *reader, size_t at, uint32_t *ret_line,
               uint32_t *ret_column);

#endif
