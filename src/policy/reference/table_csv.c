/* CSV → table, in two passes: the first finds the types of the columns and how much room is needed,
 * silently; the second fills the table and tells every mistake in the order of the lines. */
#include "base/csv.h"
#include "policy/reference/table_build.h"

struct csv_column {
    struct bytes name;
    unsigned types;    /* of the cells seen so far */
    bool declared;     /* `name:type` */
    size_t text_bytes; /* of all its cells */
};

struct csv_table {
    struct csv_reader reader;
    struct csv_cell cells[POLICY_COLUMNS_MAX];
    struct csv_column columns[POLICY_COLUMNS_MAX];
    size_t column_count;
    size_t row_count;  /* of the first pass */
    size_t text_bytes; /* of the longest it may be */
    struct table_problems *problems;
    struct table_builder *builder;
    uint32_t *lines; /* of each row */
    size_t filled;   /* rows */
};

static const struct {
    const char *name;
    unsigned types;
} type_names[] = {
    {"string", TABLE_STRING}, {"int", TABLE_INT}, {"double", TABLE_DOUBLE}, {"bool", TABLE_BOOL}};
enum { TYPE_COUNT = sizeof type_names / sizeof *type_names };

static const char *type_name(unsigned types)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (type_names[i].types == types)
            return type_names[i].name;
    return "";
}

/* Tells a mistake at an offset within the current row. */
#define PROBLEM_AT(table, at, ...)                                     \
    do {                                                               \
        uint32_t line_ = 0, column_ = 0;                               \
        if (table_problem_wanted((table)->problems))                   \
            csv_place(&(table)->reader, (at), &line_, &column_);       \
        table_problem((table)->problems, line_, column_, __VA_ARGS__); \
    } while (0)

/* ---- the header */

static void read_type(struct csv_table *table, struct csv_column *column, struct bytes type,
                      size_t at)
{
    const char *names[TYPE_COUNT];
    column->declared = true;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        names[i] = type_names[i].name;
        if (bytes_is(type, names[i])) {
            column->types = type_names[i].types;
            return;
        }
    }
    const char *near = bytes_suggest(type, names, TYPE_COUNT);
    struct bytes quote = table_quote(type);
    if (near != NULL)
        PROBLEM_AT(table, at, "no such type of a column: `%.*s`, did you mean `%s`?",
                   BYTES_ARG(quote), near);
    else
        PROBLEM_AT(table, at, "no such type of a column: `%.*s`; use string, int, double or bool",
                   BYTES_ARG(quote));
}

static void read_column(struct csv_table *table, size_t index)
{
    struct csv_column *column = &table->columns[index];
    const struct csv_cell *cell = &table->cells[index];
    const char *colon = cell->text.size ? memchr(cell->text.data, ':', cell->text.size) : NULL;
    size_t size = colon != NULL ? (size_t)(colon - cell->text.data) : cell->text.size;
    column->name = arena_copy(table->problems->arena, (struct bytes){cell->text.data, size});
    column->types = TABLE_ANY;
    const char *mistake = table_column_mistake(column->name);
    if (mistake != NULL)
        PROBLEM_AT(table, cell->at, "column `%.*s` %s", BYTES_ARG(table_quote(column->name)),
                   mistake);
    for (size_t i = 0; i < index && mistake == NULL; i++)
        if (bytes_equal(table->columns[i].name, column->name))
            PROBLEM_AT(table, cell->at, "the column `%.*s` is there twice; rename or remove one",
                       BYTES_ARG(column->name));
    if (colon != NULL)
        read_type(table, column, (struct bytes){colon + 1, cell->text.size - size - 1}, cell->at);
    if (index == 0 && column->declared && column->types != TABLE_STRING)
        PROBLEM_AT(table, cell->at, "the first column is the key and a string; leave its type out");
    if (index == 0)
        column->types = TABLE_STRING;
}

/* False when nothing behind it can be read. */
static bool read_header(struct csv_table *table)
{
    switch (csv_read(&table->reader, table->cells, POLICY_COLUMNS_MAX, &table->column_count)) {
    case CSV_END:
        table_problem(table->problems, 1, 1,
                      "the file is empty; begin with a line of column names, the key first");
        return false;
    case CSV_MISTAKE:
        PROBLEM_AT(table, table->reader.mistake_at, "%s", table->reader.mistake);
        return false;
    case CSV_ROW: break;
    }
    if (table->column_count > POLICY_COLUMNS_MAX) {
        PROBLEM_AT(table, table->reader.row_at, "%zu columns; there may be %d", table->column_count,
                   POLICY_COLUMNS_MAX);
        return false;
    }
    for (size_t i = 0; i < table->column_count; i++)
        read_column(table, i);
    return true;
}

/* ---- the first pass */

static void survey_row(struct csv_table *table)
{
    table->row_count++;
    for (size_t i = 0; i < table->column_count; i++) {
        struct csv_column *column = &table->columns[i];
        struct bytes text = table->cells[i].text;
        table->text_bytes += text.size;
        if (text.size > 0 && !column->declared && column->types != TABLE_STRING)
            column->types &= table_types_of(text);
    }
}

static void survey(struct csv_table *table)
{
    size_t count;
    for (enum csv_result result = CSV_ROW; result != CSV_END;) {
        result = csv_read(&table->reader, table->cells, POLICY_COLUMNS_MAX, &count);
        if (result == CSV_ROW && count == table->column_count &&
            table->row_count <= POLICY_ROWS_MAX)
            survey_row(table);
    }
}

/* ---- the second pass */

static bool check_cell(struct csv_table *table, size_t index)
{
    const struct csv_cell *cell = &table->cells[index];
    const struct csv_column *column = &table->columns[index];
    if (cell->text.size > POLICY_STRING_MAX) {
        PROBLEM_AT(table, cell->at, "`%.*s` has %zu bytes here; there may be %d",
                   BYTES_ARG(column->name), cell->text.size, POLICY_STRING_MAX);
        return false;
    }
    if (cell->text.size > 0 && memchr(cell->text.data, '\0', cell->text.size) != NULL) {
        PROBLEM_AT(table, cell->at, "`%.*s` has a zero byte here; remove it",
                   BYTES_ARG(column->name));
        return false;
    }
    if (cell->text.size == 0 || !column->declared ||
        (column->types & table_types_of(cell->text)) != 0)
        return true;
    PROBLEM_AT(table, cell->at, "`%.*s` must be %s %s here, got `%.*s`", BYTES_ARG(column->name),
               column->types == TABLE_INT ? "an" : "a", type_name(column->types),
               BYTES_ARG(table_quote(cell->text)));
    return false;
}

static void fill_row(struct csv_table *table)
{
    struct cel_value values[POLICY_COLUMNS_MAX];
    values[0] = (struct cel_value){0}; /* there is a key column, which gcc cannot see */
    bool sound = true;
    for (size_t i = 0; i < table->column_count; i++) {
        struct bytes text = table->cells[i].text;
        sound = check_cell(table, i) && sound;
        values[i] = text.size > 0
                        ? table_value_read(table_type_narrowest(table->columns[i].types), text)
                        : (struct cel_value){0};
    }
    if (table->cells[0].text.size == 0) {
        PROBLEM_AT(table, table->cells[0].at,
                   "the key `%.*s` is empty; fill it in or remove the line",
                   BYTES_ARG(table->columns[0].name));
        return;
    }
    if (!sound)
        return;
    uint32_t earlier = table_builder_put(table->builder, values);
    if (earlier == POLICY_NONE)
        table->lines[table->filled++] = table->reader.row_line;
    else
        PROBLEM_AT(table, table->cells[0].at,
                   "the key `%.*s` is given twice; first on line %u: keep one",
                   BYTES_ARG(table_quote(values[0].string)), table->lines[earlier]);
}

static void fill(struct csv_table *table)
{
    size_t count, rows = 0;
    for (;;) {
        switch (csv_read(&table->reader, table->cells, POLICY_COLUMNS_MAX, &count)) {
        case CSV_END: return;
        case CSV_MISTAKE:
            PROBLEM_AT(table, table->reader.mistake_at, "%s", table->reader.mistake);
            continue;
        case CSV_ROW: break;
        }
        if (count != table->column_count) {
            PROBLEM_AT(table, table->reader.row_at,
                       "%zu cell%s here, but the header has %zu column%s", count,
                       count == 1 ? "" : "s", table->column_count,
                       table->column_count == 1 ? "" : "s");
        } else if (rows++ >= POLICY_ROWS_MAX) {
            PROBLEM_AT(table, table->reader.row_at, "more than %d rows; split the table",
                       POLICY_ROWS_MAX);
            return;
        } else {
            fill_row(table);
        }
    }
}

static struct table_builder *new_builder(const struct csv_table *table, const char *name,
                                         const char *path, struct arena *arena, struct arena *work)
{
    struct cel_field *columns = arena_array(arena, table->column_count, sizeof *columns);
    for (size_t i = 0; i < table->column_count; i++) {
        columns[i].name = arena_string(arena, table->columns[i].name);
        columns[i].type = table_type(table_type_narrowest(table->columns[i].types));
    }
    struct table_shape shape = {
        name, path, columns, table->column_count, table->row_count, table->text_bytes};
    return table_builder_new(&shape, arena, work);
}

/* ---- the text as a whole */

/* Says where the first bytes are that are not UTF-8. */
static void refuse_encoding(struct bytes text, struct table_problems *problems)
{
    if (text.size >= 2 &&
        (memcmp(text.data, "\xFF\xFE", 2) == 0 || memcmp(text.data, "\xFE\xFF", 2) == 0)) {
        table_problem(problems, 1, 1, "the file is in UTF-16; save it as UTF-8");
        return;
    }
    uint32_t line = 1;
    for (size_t at = 0; at < text.size; line++) {
        const char *newline = memchr(text.data + at, '\n', text.size - at);
        size_t end = newline != NULL ? (size_t)(newline - text.data) + 1 : text.size;
        struct bytes row = {text.data + at, end - at};
        at = end;
        if (bytes_is_utf8(row))
            continue;
        if (!table_problem_wanted(problems)) {
            problems->count++;
            continue;
        }
        uint32_t column = 1;
        size_t from = 0;
        for (size_t size = 1; from + size <= row.size; size++) {
            if (bytes_is_utf8((struct bytes){row.data + from, size})) {
                from += size;
                size = 0;
                column++;
            } else if (size == 4) {
                break;
            }
        }
        table_problem(problems, line, column, "bytes that are not UTF-8; save the file as UTF-8");
    }
}

int policy_table_read_csv(const char *name, const char *path, struct bytes text,
                          struct arena *arena, struct policy_table **ret,
                          struct policy_table_problem *problems, size_t problems_max,
                          size_t *ret_problem_count)
{
    struct arena work, unquoted;
    struct table_problems found = {problems, problems_max, 0, arena};
    arena_init(&work);
    arena_init(&unquoted);
    struct csv_table *table = arena_zalloc(&work, sizeof *table);
    table->problems = &found;
    csv_init(&table->reader, text, &unquoted);
    if (!bytes_is_utf8(text)) {
        refuse_encoding(text, &found);
    } else if (read_header(table)) {
        struct csv_reader behind_header = table->reader;
        survey(table);
        table->reader = behind_header;
        table->builder = new_builder(table, name, path, arena, &work);
        table->lines = arena_alloc(&work, table->row_count * sizeof *table->lines + 1);
        fill(table);
    }
    if (found.count == 0)
        *ret = table_builder_finish(table->builder);
    arena_release(&unquoted);
    arena_release(&work);
    *ret_problem_count = found.count;
    return found.count == 0 ? 0 : ML_EINVAL;
}
