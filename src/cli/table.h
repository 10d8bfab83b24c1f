/* Aligned columns for people; widths are counted in characters, not bytes. */
#ifndef ML_CLI_TABLE_H
#define ML_CLI_TABLE_H

#include "base/arena.h"

#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 16 };

struct table_column {
    const char *title;
    bool right; /* numbers */
};

struct table {
    const struct table_column *columns; /* borrowed */
    size_t column_count;
    struct arena arena;
    struct bytes *cells; /* row by row; owned */
    size_t cell_count, cell_capacity;
};

void table_init(struct table *table, const struct table_column *columns, size_t count);
void table_release(struct table *table);
/* The next cell, from left to right; copied. Control characters become "?", so that no lead's text
 * can steer the terminal. */
void table_add(struct table *table, struct bytes text);
void table_addf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_print(const struct table *table, FILE *out);

/* A copy of `text` in `arena` without control characters. */
const char *printable(struct arena *arena, struct bytes text);
/* "2026-11-23 09:30:00" out of an RFC 3339 time; "-" out of nothing. */
struct bytes short_time(struct bytes time);

#endif
