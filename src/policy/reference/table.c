/* Tables in memory. A row is one record of the text index: its key, then a bit per column that says
 * whether there is a value, then the values without gaps: eight bytes for a number, one for a bool,
 * four for a string (place and size among the row's texts), then the texts. */
#include "policy/reference/table_build.h"
#include "policy/reference/text_index.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A string's place and size in 32 bits. */
enum { TEXT_SIZE_BITS = 13, TEXT_SIZE_MASK = (1 << TEXT_SIZE_BITS) - 1 };
_Static_assert(POLICY_STRING_MAX <= (int)TEXT_SIZE_MASK, "a string's size fits its bits");
_Static_assert((POLICY_COLUMNS_MAX * POLICY_STRING_MAX) >> (32 - TEXT_SIZE_BITS) == 0,
               "a string's place fits its bits");

struct table {
    struct policy_table public; /* first member */
    struct text_index index;
    uint16_t offsets[POLICY_COLUMNS_MAX]; /* of each column's cell in the payload; the key has none
                                           */
    uint16_t fixed_size;                  /* of the payload's part before the texts */
};

struct table_builder {
    struct table *table;
    struct arena *arena; /* the table's */
    struct text_builder rows;
};

/* ---- reading */

static const struct table *table_of(const struct policy_table *table)
{
    return (const struct table *)(const void *)table;
}

static struct cel_value read_cell(const struct table *table, const struct text_record *record,
                                  size_t column)
{
    const char *payload = record->payload;
    if (column == 0)
        return cel_string(record->text);
    if ((payload[column / 8] >> (column % 8) & 1) == 0)
        return (struct cel_value){0};
    const char *cell = payload + table->offsets[column];
    struct cel_value value = {0};
    switch (table->public.columns[column].type->kind) {
    case CEL_TYPE_INT:
        value.kind = CEL_INT;
        memcpy(&value.integer, cell, sizeof value.integer);
        break;
    case CEL_TYPE_DOUBLE:
        value.kind = CEL_DOUBLE;
        memcpy(&value.number, cell, sizeof value.number);
        break;
    case CEL_TYPE_BOOL: value = cel_bool(*cell != 0); break;
    default: {
        uint32_t place;
        memcpy(&place, cell, sizeof place);
        value = cel_string((struct bytes){payload + table->fixed_size + (place >> TEXT_SIZE_BITS),
                                          place & TEXT_SIZE_MASK});
    }
    }
    return value;
}

static bool find_row(const struct cel_table *lookup, struct bytes key, struct cel_value *ret_row)
{
    const struct table *table = (const struct table *)(const void *)lookup;
    struct text_record record;
    if (!text_index_find(&table->index, key, &record))
        return false;
    for (size_t i = 0; i < table->public.column_count; i++)
        ret_row[i] = read_cell(table, &record, i);
    return true;
}

static bool has_row(const struct cel_table *lookup, struct bytes key)
{
    struct text_record record;
    return text_index_find(&((const struct table *)(const void *)lookup)->index, key, &record);
}

uint32_t policy_table_column(const struct policy_table *table, struct bytes name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (bytes_is(name, table->columns[i].name))
            return (uint32_t)i;
    return POLICY_NONE;
}

uint32_t policy_table_find(const struct policy_table *table, struct bytes key)
{
    struct text_record record;
    return text_index_find(&table_of(table)->index, key, &record) ? record.number : POLICY_NONE;
}

struct cel_value policy_table_cell(const struct policy_table *table, uint32_t row, uint32_t column)
{
    ML_ASSERT(row < table->row_count && column < table->column_count);
    struct text_record record = text_index_at(&table_of(table)->index, row);
    return read_cell(table_of(table), &record, column);
}

/* ---- building */

static size_t cell_size(const struct cel_type *type)
{
    switch (type->kind) {
    case CEL_TYPE_INT: return sizeof(int64_t);
    case CEL_TYPE_DOUBLE: return sizeof(double);
    case CEL_TYPE_BOOL: return 1;
    default: return sizeof(uint32_t);
    }
}

struct table_builder *table_builder_new(const struct table_shape *shape, struct arena *arena,
                                        struct arena *work)
{
    struct table *table = arena_zalloc(arena, sizeof *table);
    size_t size = shape->column_count > 1 ? (shape->column_count + 7) / 8 : 0;
    for (size_t i = 1; i < shape->column_count; i++) {
        table->offsets[i] = (uint16_t)size;
        size += cell_size(shape->columns[i].type);
    }
    table->fixed_size = (uint16_t)size;
    table->public = (struct policy_table){
        .lookup = {find_row, has_row, 0},
        .name = shape->name,
        .path = shape->path,
        .columns = shape->columns,
        .column_count = shape->column_count,
    };
    struct table_builder *builder = arena_alloc(work, sizeof *builder);
    *builder = (struct table_builder){.table = table, .arena = arena};
    text_builder_init(&builder->rows, shape->row_max, shape->row_max * size + shape->text_max,
                      work);
    return builder;
}

static size_t texts_size(const struct cel_value *values, size_t count)
{
    size_t size = 0;
    for (size_t i = 1; i < count; i++)
        size += values[i].kind == CEL_STRING ? values[i].string.size : 0;
    return size;
}

static void write_row(const struct table *table, const struct cel_value *values, char *payload)
{
    size_t texts = 0;
    memset(payload, 0, table->fixed_size);
    for (size_t i = 1; i < table->public.column_count; i++) {
        const struct cel_value *value = &values[i];
        char *cell = payload + table->offsets[i];
        if (value->kind != CEL_ABSENT)
            payload[i / 8] = (char)(payload[i / 8] | 1 << i % 8);
        if (value->kind == CEL_INT)
            memcpy(cell, &value->integer, sizeof value->integer);
        else if (value->kind == CEL_DOUBLE)
            memcpy(cell, &value->number, sizeof value->number);
        else if (value->kind == CEL_BOOL)
            *cell = value->boolean ? 1 : 0;
        else if (value->kind == CEL_STRING) {
            uint32_t place = (uint32_t)(texts << TEXT_SIZE_BITS | value->string.size);
            memcpy(cell, &place, sizeof place);
            if (value->string.size > 0)
                memcpy(payload + table->fixed_size + texts, value->string.data, value->string.size);
            texts += value->string.size;
        }
    }
}

uint32_t table_builder_put(struct table_builder *builder, const struct cel_value *values)
{
    struct table *table = builder->table;
    uint32_t row = (uint32_t)table->public.row_count, earlier;
    size_t size = table->fixed_size + texts_size(values, table->public.column_count);
    char *payload = text_builder_put(&builder->rows, values[0].string, row, size, &earlier);
    if (payload == NULL)
        return earlier;
    write_row(table, values, payload);
    table->public.row_count++;
    return POLICY_NONE;
}

static void finish_list(struct table *table, struct arena *arena)
{
    static const struct cel_type string = {CEL_TYPE_STRING};
    static const struct cel_type strings = {CEL_TYPE_LIST, .element = &string};
    size_t count = table->public.row_count;
    struct cel_value *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = cel_string(text_index_at(&table->index, i).text);
    table->public.value = (struct cel_value){CEL_LIST, (uint32_t)count, .items = items};
    table->public.type = &strings;
}

struct policy_table *table_builder_finish(struct table_builder *builder)
{
    struct table *table = builder->table;
    struct policy_table *public = &table->public;
    text_builder_finish(&builder->rows, builder->arena, &table->index);
    public->lookup.size = public->row_count;
    if (public->column_count == 1) {
        finish_list(table, builder->arena);
        return public;
    }
    struct cel_type *type = arena_zalloc(builder->arena, sizeof *type);
    *type = (struct cel_type){CEL_TYPE_TABLE, .fields = public->columns,
                              .field_count = public->column_count};
    public->type = type;
    public->value = (struct cel_value){.kind = CEL_TABLE, .table = &public->lookup};
    return public;
}

/* ---- columns and their types */

const char *table_column_mistake(struct bytes name)
{
    static const char *const words[] = {"true", "false", "null", "in"};
    if (name.size == 0)
        return "has no name; give it one";
    if (name.size > 64)
        return "has a name of more than 64 characters; shorten it";
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c >= 0x80 || !(isalnum(c) || c == '_') || (i == 0 && isdigit(c)))
            return "cannot be named so in an expression; use letters, digits and _, a letter first";
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (bytes_is(name, words[i]))
            return "has the name of a word of the expression language; use another";
    return NULL;
}

static size_t pass_digits(struct bytes text, size_t at)
{
    while (at < text.size && isdigit((unsigned char)text.data[at]))
        at++;
    return at;
}

static bool is_int64(struct bytes text)
{
    bool negative = text.data[0] == '-';
    uint64_t number = 0, limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    for (size_t i = negative; i < text.size; i++) {
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    return true;
}

/* JSON's grammar of numbers: no sign but minus, no zeros in front, digits around the point. */
static unsigned number_types(struct bytes text)
{
    size_t from = text.size > 0 && text.data[0] == '-' ? 1 : 0, at = pass_digits(text, from);
    if (at == from || (text.data[from] == '0' && at > from + 1))
        return 0;
    if (at == text.size)
        return is_int64(text) ? TABLE_INT | TABLE_DOUBLE : 0;
    if (text.data[at] == '.') {
        size_t point = at++;
        at = pass_digits(text, at);
        if (at == point + 1)
            return 0;
    }
    if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
        at++;
        at += at < text.size && (text.data[at] == '+' || text.data[at] == '-') ? 1 : 0;
        size_t digits = at;
        at = pass_digits(text, at);
        if (at == digits)
            return 0;
    }
    return at == text.size && isfinite(table_value_read(CEL_TYPE_DOUBLE, text).number)
               ? TABLE_DOUBLE
               : 0;
}

unsigned table_types_of(struct bytes text)
{
    if (bytes_is(text, "true") || bytes_is(text, "false"))
        return TABLE_STRING | TABLE_BOOL;
    if (text.size > POLICY_STRING_MAX)
        return TABLE_STRING;
    return TABLE_STRING | number_types(text);
}

enum cel_type_kind table_type_narrowest(unsigned types)
{
    if (types == TABLE_ANY)
        return CEL_TYPE_STRING; /* no value at all */
    return types & TABLE_INT      ? CEL_TYPE_INT
           : types & TABLE_DOUBLE ? CEL_TYPE_DOUBLE
           : types & TABLE_BOOL   ? CEL_TYPE_BOOL
                                  : CEL_TYPE_STRING;
}

const struct cel_type *table_type(enum cel_type_kind kind)
{
    static const struct cel_type types[] = {
        {CEL_TYPE_STRING}, {CEL_TYPE_INT}, {CEL_TYPE_DOUBLE}, {CEL_TYPE_BOOL}};
    for (size_t i = 1; i < sizeof types / sizeof *types; i++)
        if (types[i].kind == kind)
            return &types[i];
    return &types[0];
}

/* strtod reads the locale's decimal point; the process never leaves the C locale. */
struct cel_value table_value_read(enum cel_type_kind kind, struct bytes text)
{
    char number[POLICY_STRING_MAX + 1];
    if (kind == CEL_TYPE_BOOL)
        return cel_bool(bytes_is(text, "true"));
    if (kind == CEL_TYPE_STRING || text.size >= sizeof number)
        return cel_string(text);
    memcpy(number, text.data, text.size);
    number[text.size] = '\0';
    return kind == CEL_TYPE_INT ? cel_int(strtoll(number, NULL, 10))
                                : cel_double(strtod(number, NULL));
}

/* ---- mistakes */

bool table_problem_wanted(const struct table_problems *problems)
{
    return problems->count < problems->max;
}

void table_problem(struct table_problems *problems, uint32_t line, uint32_t column,
                   const char *format, ...)
{
    if (table_problem_wanted(problems)) {
        char message[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        problems->items[problems->count] = (struct policy_table_problem){
            line, column, arena_string(problems->arena, bytes_of(message))};
    }
    problems->count++;
}

struct bytes table_quote(struct bytes text)
{
    if (text.size <= TABLE_QUOTE_MAX)
        return text;
    size_t size = TABLE_QUOTE_MAX;
    while (size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80)
        size--;
    return (struct bytes){text.data, size};
}
