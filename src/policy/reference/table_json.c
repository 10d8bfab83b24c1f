/* JSON → table: an object of rows by key, an array of objects, or an array of strings. First the
 * columns and their types are gathered from all rows, then the rows are put. A tree has no places:
 * mistakes name the row instead. */
#include "base/id.h"
#include "base/json.h"
#include "policy/reference/table_build.h"

#include <stdlib.h>

struct json_column {
    const char *name;
    unsigned types;
};

struct json_table {
    struct json_column columns[POLICY_COLUMNS_MAX];
    size_t column_count;
    size_t text_bytes;
    struct table_problems *problems;
    struct arena *arena;
    bool by_key; /* an object of rows: the key is the member's name */
};

/* One row on its way into the table: an object, or a string alone. */
struct json_row {
    struct bytes key; /* its name in messages */
    struct json_object *value;
};

#define PROBLEM(table, ...) table_problem((table)->problems, 0, 0, __VA_ARGS__)

static unsigned types_of(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_string: return TABLE_STRING;
    case json_type_int: return TABLE_INT | TABLE_DOUBLE;
    case json_type_double: return TABLE_DOUBLE;
    case json_type_boolean: return TABLE_BOOL;
    default: return 0;
    }
}

static const char *type_words(unsigned types)
{
    return types & TABLE_STRING   ? "a string"
           : types & TABLE_INT    ? "an integer"
           : types & TABLE_DOUBLE ? "a number"
                                  : "a boolean";
}

/* ---- columns */

static struct json_column *find_column(struct json_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

static struct json_column *add_column(struct json_table *table, const char *name)
{
    const char *mistake = table_column_mistake(bytes_of(name));
    if (mistake != NULL)
        PROBLEM(table, "column `%.*s` %s", BYTES_ARG(table_quote(bytes_of(name))), mistake);
    if (table->column_count == POLICY_COLUMNS_MAX) {
        PROBLEM(table, "more than %d columns; `%s` is one too many", POLICY_COLUMNS_MAX, name);
        return NULL;
    }
    struct json_column *column = &table->columns[table->column_count++];
    *column = (struct json_column){arena_string(table->arena, bytes_of(name)), TABLE_ANY};
    return column;
}

static void survey_text(struct json_table *table, const struct json_row *row, const char *name,
                        struct bytes text)
{
    table->text_bytes += text.size;
    if (text.size > POLICY_STRING_MAX)
        PROBLEM(table, "row `%.*s`: `%s` has %zu bytes; there may be %d",
                BYTES_ARG(table_quote(row->key)), name, text.size, POLICY_STRING_MAX);
}

static void survey_member(struct json_table *table, const struct json_row *row, const char *name,
                          struct json_object *value)
{
    struct json_column *column = find_column(table, name);
    if (column == NULL)
        column = add_column(table, name);
    if (column == NULL || value == NULL)
        return;
    unsigned types = types_of(value);
    struct bytes key = table_quote(row->key);
    if (types == 0)
        PROBLEM(table, "row `%.*s`: `%s` must be a string, a number or a boolean, got %s",
                BYTES_ARG(key), name,
                json_object_is_type(value, json_type_array) ? "an array" : "an object");
    else if ((column->types & types) == 0)
        PROBLEM(table, "row `%.*s`: `%s` is %s, but %s in rows before", BYTES_ARG(key), name,
                type_words(types), type_words(column->types));
    else
        column->types &= types;
    if (types == TABLE_STRING)
        survey_text(table, row, name, json_text(value));
}

/* ---- rows, whichever way the file has them */

struct json_rows {
    struct json_object *root;
    struct lh_entry *next; /* of an object */
    size_t index;          /* of an array */
    const char *key_name;  /* of an array of objects, else NULL */
};

static bool next_row(struct json_rows *rows, struct arena *arena, struct json_row *ret)
{
    if (json_object_is_type(rows->root, json_type_object)) {
        if (rows->next == NULL)
            return false;
        ret->key = bytes_of(lh_entry_k(rows->next));
        ret->value = (struct json_object *)lh_entry_v(rows->next);
        rows->next = rows->next->next;
        return true;
    }
    if (rows->index == json_object_array_length(rows->root))
        return false;
    ret->value = json_object_array_get_idx(rows->root, rows->index++);
    ret->key = json_text(ret->value);
    if (rows->key_name != NULL && json_object_is_type(ret->value, json_type_object))
        ret->key = json_member_text(ret->value, rows->key_name);
    if (ret->key.size == 0)
        ret->key = bytes_of(arena_printf(arena, "%zu", rows->index));
    return true;
}

static struct json_rows first_row(struct json_object *root)
{
    struct json_rows rows = {.root = root};
    if (json_object_is_type(root, json_type_object)) {
        rows.next = json_object_get_object(root)->head;
    } else {
        struct json_object *first = json_object_array_get_idx(root, 0);
        if (json_object_is_type(first, json_type_object) && json_object_object_length(first) > 0)
            rows.key_name = lh_entry_k(json_object_get_object(first)->head);
    }
    return rows;
}

/* True when the row is of the kind that the first one promised, and has a key. */
static bool check_row(struct json_table *table, const struct json_rows *rows,
                      const struct json_row *row)
{
    struct bytes key = table_quote(row->key);
    bool list = !table->by_key && rows->key_name == NULL;
    if (list && !json_object_is_type(row->value, json_type_string))
        PROBLEM(table, "item %zu is not a string; a list must be of strings or of objects",
                rows->index);
    else if (!list && !json_object_is_type(row->value, json_type_object))
        PROBLEM(table, "row `%.*s` is not an object; write {\"column\": value, …}", BYTES_ARG(key));
    else if (list && json_object_get_string_len(row->value) == 0)
        PROBLEM(table, "item %zu is empty; fill it in or remove it", rows->index);
    else if (rows->key_name != NULL && json_member_text(row->value, rows->key_name).size == 0)
        PROBLEM(table, "row %zu: the key `%s` must be a string that is not empty", rows->index,
                rows->key_name);
    else if (table->by_key && row->key.size == 0)
        PROBLEM(table, "a row has an empty key; fill it in or remove the row");
    else if (row->key.size > POLICY_STRING_MAX)
        PROBLEM(table, "the key `%.*s…` has %zu bytes; there may be %d", BYTES_ARG(key),
                row->key.size, POLICY_STRING_MAX);
    else
        return true;
    return false;
}

static size_t survey(struct json_table *table, struct json_object *root)
{
    struct json_rows rows = first_row(root);
    struct json_row row;
    size_t count = 0;
    add_column(table, rows.key_name != NULL ? rows.key_name : "key");
    for (; next_row(&rows, table->arena, &row); count++) {
        if (!check_row(table, &rows, &row))
            continue;
        table->text_bytes += row.key.size;
        if (!json_object_is_type(row.value, json_type_object))
            continue;
        json_object_object_foreach(row.value, name, value)
        {
            if (strcmp(name, table->columns[0].name) != 0)
                survey_member(table, &row, name, value);
            else if (table->by_key)
                PROBLEM(table, "row `%.*s`: `key` is what its own name is called; rename this one",
                        BYTES_ARG(table_quote(row.key)));
        }
    }
    return count;
}

/* ---- putting */

static struct cel_value value_of(struct json_object *value, enum cel_type_kind kind)
{
    if (value == NULL)
        return (struct cel_value){0};
    switch (kind) {
    case CEL_TYPE_INT: return cel_int(json_object_get_int64(value));
    case CEL_TYPE_DOUBLE: return cel_double(json_object_get_double(value));
    case CEL_TYPE_BOOL: return cel_bool(json_object_get_boolean(value));
    default: return cel_string(json_text(value));
    }
}

static void put_rows(struct json_table *table, struct json_object *root,
                     struct table_builder *builder)
{
    struct json_rows rows = first_row(root);
    struct json_row row;
    while (next_row(&rows, table->arena, &row)) {
        struct cel_value values[POLICY_COLUMNS_MAX] = {cel_string(row.key)};
        for (size_t i = 1; i < table->column_count; i++)
            values[i] = value_of(json_object_object_get(row.value, table->columns[i].name),
                                 table_type_narrowest(table->columns[i].types));
        if (table_builder_put(builder, values) != POLICY_NONE)
            PROBLEM(table, "the key `%.*s` is given twice; keep one",
                    BYTES_ARG(table_quote(row.key)));
    }
}

static struct table_builder *new_builder(const struct json_table *table, const char *name,
                                         const char *path, size_t rows, struct arena *arena)
{
    struct cel_field *columns = arena_array(arena, table->column_count, sizeof *columns);
    for (size_t i = 0; i < table->column_count; i++) {
        columns[i].name = arena_string(arena, bytes_of(table->columns[i].name));
        columns[i].type =
            table_type(i == 0 ? CEL_TYPE_STRING : table_type_narrowest(table->columns[i].types));
    }
    struct table_shape shape = {name, path, columns, table->column_count, rows, table->text_bytes};
    return table_builder_new(&shape, arena, table->arena);
}

static size_t row_count(struct json_object *root)
{
    return json_object_is_type(root, json_type_object) ? (size_t)json_object_object_length(root)
                                                       : json_object_array_length(root);
}

/* The byte that json_parse names, as line and column. */
static void refuse_syntax(struct bytes text, const struct error *err,
                          struct table_problems *problems)
{
    uint32_t line = 0, column = 0;
    uint64_t offset;
    static const struct bytes byte = BYTES_LITERAL("byte ");
    struct bytes place = bytes_of(err->place);
    if (place.size > byte.size && memcmp(place.data, byte.data, byte.size) == 0 &&
        number_parse((struct bytes){place.data + byte.size, place.size - byte.size}, &offset)) {
        line = column = 1;
        for (size_t i = 0; i + 1 < offset && i < text.size; i++) {
            bool newline = text.data[i] == '\n';
            line += newline ? 1 : 0;
            column = newline ? 1 : column + (((unsigned char)text.data[i] & 0xC0) != 0x80 ? 1 : 0);
        }
    }
    table_problem(problems, line, column, "%s", err->message);
}

static struct table_builder *read_tree(struct json_table *table, const char *name, const char *path,
                                       struct json_object *root, struct arena *arena)
{
    if (!json_object_is_type(root, json_type_object) &&
        !json_object_is_type(root, json_type_array)) {
        PROBLEM(table, "the file must be an object of rows by key, an array of objects or an "
                       "array of strings");
        return NULL;
    }
    if (row_count(root) > POLICY_ROWS_MAX) {
        PROBLEM(table, "more than %d rows; split the table", POLICY_ROWS_MAX);
        return NULL;
    }
    table->by_key = json_object_is_type(root, json_type_object);
    size_t rows = survey(table, root);
    if (table->problems->count > 0)
        return NULL;
    struct table_builder *builder = new_builder(table, name, path, rows, arena);
    put_rows(table, root, builder);
    return builder;
}

int policy_table_read_json(const char *name, const char *path, struct bytes text,
                           struct arena *arena, struct policy_table **ret,
                           struct policy_table_problem *problems, size_t problems_max,
                           size_t *ret_problem_count)
{
    struct arena work;
    struct table_problems found = {problems, problems_max, 0, arena};
    struct table_builder *builder = NULL;
    JSON_AUTO *root = NULL;
    struct error err = {0};
    arena_init(&work);
    if (json_parse(text, &root, &err) != 0) {
        refuse_syntax(text, &err, &found);
    } else {
        struct json_table *table = arena_zalloc(&work, sizeof *table);
        table->problems = &found;
        table->arena = &work;
        builder = read_tree(table, name, path, root, arena);
    }
    if (found.count == 0)
        *ret = table_builder_finish(builder);
    arena_release(&work);
    *ret_problem_count = found.count;
    return found.count == 0 ? 0 : ML_EINVAL;
}
