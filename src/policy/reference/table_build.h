/* How a table comes to be, whatever the file's format: columns, then rows, then done. */
#ifndef ML_POLICY_TABLE_BUILD_H
#define ML_POLICY_TABLE_BUILD_H

#include "policy/policy.h"
#include "policy/reference/table.h"

/* Mistakes: all counted, the first `max` kept. */
struct table_problems {
    struct policy_table_problem *items; /* borrowed */
    size_t max;
    size_t count;
    struct arena *arena; /* of the messages */
};

/* Room for a message and a cell cut to it. */
enum { TABLE_QUOTE_MAX = 60 };

/* True when the next mistake will be kept, so that its place is worth looking for. */
bool table_problem_wanted(const struct table_problems *problems);
void table_problem(struct table_problems *problems, uint32_t line, uint32_t column,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* `text` cut to TABLE_QUOTE_MAX bytes at a character, for a message. */
struct bytes table_quote(struct bytes text);

/* NULL when `name` can be a column's; else what is wrong, as the end of a sentence. */
const char *table_column_mistake(struct bytes name);

/* ---- types of columns: those that all the values seen so far can have */

enum table_types {
    TABLE_STRING = 1,
    TABLE_INT = 2,
    TABLE_DOUBLE = 4, /* an int is one too */
    TABLE_BOOL = 8,
    TABLE_ANY = 15,
};

/* What a text can be read as. "007" and numbers past int64_t are strings. */
unsigned table_types_of(struct bytes text);
/* The narrowest of several. */
enum cel_type_kind table_type_narrowest(unsigned types);
/* The type of that kind; static. */
const struct cel_type *table_type(enum cel_type_kind kind);
/* Reads a text that table_types_of found to be of that kind. */
struct cel_value table_value_read(enum cel_type_kind kind, struct bytes text);

/* ---- building */

struct table_builder;

struct table_shape {
    const char *name;
    const char *path;
    const struct cel_field *columns; /* in the arena */
    size_t column_count;             /* 1 to POLICY_COLUMNS_MAX */
    size_t row_max;
    size_t text_max; /* bytes of all the string cells of all rows, keys among them */
};

/* The table goes into `arena`, what only the building needs into `work`. */
struct table_builder *table_builder_new(const struct table_shape *shape, struct arena *arena,
                                        struct arena *work);
/* Adds a row: one value per column, of the column's type or CEL_ABSENT; the first one a string.
 * POLICY_NONE, or the earlier row with the same key: then nothing is added. */
uint32_t table_builder_put(struct table_builder *builder, const struct cel_value *values);
struct policy_table *table_builder_finish(struct table_builder *builder);

#endif
