/* Reference data: CSV (RFC 4180) and JSON files as typed tables that expressions look things up in.
 * Made for a million rows: compact cells, one wait for memory a lookup (text_index.h). Immutable.
 */
#ifndef ML_POLICY_TABLE_H
#define ML_POLICY_TABLE_H

#include "base/arena.h"
#include "base/error.h"
#include "cel/cel.h"

enum { POLICY_COLUMNS_MAX = 64, POLICY_ROWS_MAX = 2000000 };

struct policy_table {
    struct cel_table lookup; /* first member: what a CEL_TABLE value points to */
    const char *name;        /* "territory.dach", "accounts" */
    const char *path;        /* of the file, "territories/dach.csv" */
    /* Columns in order; the first one is the key, always a string. A table of one column is a plain
     * list: `lead.country in territory.dach`. */
    const struct cel_field *columns;
    size_t column_count;
    size_t row_count;
    /* Of a one-column table: the values as one CEL_LIST of strings, and the type list(string);
     * of the others a CEL_TABLE value and a type with the columns. */
    struct cel_value value;
    const struct cel_type *type;
};

struct policy_table_problem {
    uint32_t line, column; /* from 1; of a JSON file 0 when unknown */
    const char *message;   /* in the arena: what, and what to do */
};

/* Reads a CSV file: a header row of column names (letters, digits, _; not true, false, null, in),
 * each perhaps with a type, "employees:int" (string, int, double, bool); a column without one is
 * int, double or bool when all its values are, else string. The first column is the key. Numbers
 * are written as in JSON, so that "01067" and "+49" stay strings; a bool is true or false. An empty
 * cell is absent; blanks around a cell do not count, unless it is quoted. A byte order mark and
 * CRLF are fine, lines without anything are passed over; comma, or semicolon or tab if the header
 * has those and no comma. All mistakes are counted, the first `problems_max` described, in the
 * order of the lines: a row with another number of cells, a key given twice, a cell that is not of
 * its column's type or longer than POLICY_STRING_MAX, bytes that are not UTF-8. ML_EINVAL then.
 * `text` is borrowed for the call; `name`, `path` and the arena live as long as the table. */
int policy_table_read_csv(const char *name, const char *path, struct bytes text,
                          struct arena *arena, struct policy_table **ret,
                          struct policy_table_problem *problems, size_t problems_max,
                          size_t *ret_problem_count);
/* The same from JSON: an object of rows by key ({"DE": {"region": "dach"}}; the key's column is
 * called `key`), an array of objects (the first member of the first one names the key's column), or
 * an array of strings. Null is absent; an int beside doubles is a double. */
int policy_table_read_json(const char *name, const char *path, struct bytes text,
                           struct arena *arena, struct policy_table **ret,
                           struct policy_table_problem *problems, size_t problems_max,
                           size_t *ret_problem_count);

/* POLICY_NONE (UINT32_MAX) when there is none. */
uint32_t policy_table_column(const struct policy_table *table, struct bytes name);
uint32_t policy_table_find(const struct policy_table *table, struct bytes key);
/* One cell; CEL_ABSENT when empty. */
struct cel_value policy_table_cell(const struct policy_table *table, uint32_t row, uint32_t column);

#endif
