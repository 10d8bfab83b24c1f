/* The quick way in: a record without mistakes, straight from its text. Building and freeing a tree
 * costs several times as much as all else that is done for a lead. Whatever is wrong or merely
 * unusual is left to policy_record_from_instance, which knows all the sentences. */
#include "policy/internal.h"

#include <stdlib.h>

/* A place in text that json_check has passed: it is well-formed, so nothing here looks for the end.
 */
struct cursor {
    const char *at;
    struct arena *arena;
};

static void skip_blanks(struct cursor *cursor)
{
    while (*cursor->at == ' ' || *cursor->at == '\t' || *cursor->at == '\r' || *cursor->at == '\n')
        cursor->at++;
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static unsigned take_unit(struct cursor *cursor)
{
    unsigned unit = 0;
    for (int i = 0; i < 4; i++)
        unit = unit << 4 | hex_digit(*cursor->at++);
    return unit;
}

/* Behind "\u", with the second half of a pair. */
static char *put_character(struct cursor *cursor, char *out)
{
    unsigned code = take_unit(cursor);
    if (code >= 0xD800 && code <= 0xDBFF) {
        cursor->at += 2;
        code = 0x10000 + ((code - 0xD800) << 10) + (take_unit(cursor) - 0xDC00);
    }
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = (char)(leads[more] | code >> (6 * more));
    while (more-- > 0)
        *out++ = (char)(0x80 | (code >> (6 * more) & 0x3F));
    return out;
}

static char *put_escape(struct cursor *cursor, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = *cursor->at++;
    if (c == 'u')
        return put_character(cursor, out);
    *out++ = to[strchr(from, c) - from];
    return out;
}

/* The rest of a string from its first escape on; `start` is where it began. No escape is shorter
 * than what it stands for. */
static struct bytes take_escaped(struct cursor *cursor, const char *start)
{
    const char *end = cursor->at;
    while (*end != '"')
        end += *end == '\\' ? 2 : 1;
    char *text = arena_alloc(cursor->arena, (size_t)(end - start) + 1);
    size_t plain = (size_t)(cursor->at - start);
    memcpy(text, start, plain);
    char *out = text + plain;
    while (*cursor->at != '"') {
        if (*cursor->at != '\\') {
            *out++ = *cursor->at++;
            continue;
        }
        cursor->at++;
        out = put_escape(cursor, out);
    }
    cursor->at++;
    return (struct bytes){text, (size_t)(out - text)};
}

/* On the opening quote. Points into the text where that is what it says. */
static struct bytes take_string(struct cursor *cursor)
{
    const char *start = ++cursor->at;
    while (*cursor->at != '"' && *cursor->at != '\\')
        cursor->at++;
    if (*cursor->at == '\\')
        return take_escaped(cursor, start);
    return (struct bytes){start, (size_t)(cursor->at++ - start)};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* False for a fraction, an exponent, or more digits than surely fit. */
static bool take_integer(struct cursor *cursor, int64_t *ret)
{
    enum { SAFE_DIGITS = 18 };
    bool negative = *cursor->at == '-';
    const char *start = cursor->at + negative, *at = start;
    int64_t number = 0;
    while (is_digit(*at) && at - start < SAFE_DIGITS)
        number = number * 10 + (*at++ - '0');
    if (at == start || is_digit(*at) || *at == '.' || *at == 'e' || *at == 'E')
        return false;
    cursor->at = at;
    *ret = negative ? -number : number;
    return true;
}

static bool take_number(struct cursor *cursor, double *ret)
{
    if (*cursor->at != '-' && !is_digit(*cursor->at))
        return false;
    char *end;
    *ret = strtod(cursor->at, &end);
    cursor->at = end;
    return true;
}

/* On the opening bracket. */
static bool take_strings(struct cursor *cursor, struct cel_value *ret)
{
    struct cel_value items[POLICY_LIST_MAX];
    uint32_t count = 0;
    cursor->at++;
    for (skip_blanks(cursor); *cursor->at != ']'; skip_blanks(cursor)) {
        if (*cursor->at != '"' || count == POLICY_LIST_MAX)
            return false;
        items[count++] = cel_string(take_string(cursor));
        skip_blanks(cursor);
        if (*cursor->at == ',')
            cursor->at++;
    }
    cursor->at++;
    struct cel_value *kept = arena_alloc(cursor->arena, (count + 1) * sizeof *kept);
    memcpy(kept, items, count * sizeof *items);
    *ret = (struct cel_value){.kind = CEL_LIST, .count = count, .items = kept};
    return true;
}

/* True when it is a value of the field's type, or null. */
static bool take_value(struct cursor *cursor, enum policy_type type, struct cel_value *ret)
{
    char first = *cursor->at;
    if (first == 'n') {
        cursor->at += 4;
        *ret = (struct cel_value){.kind = CEL_ABSENT};
        return true;
    }
    switch (type) {
    case POLICY_STRING:
        if (first != '"')
            return false;
        *ret = cel_string(take_string(cursor));
        return true;
    case POLICY_BOOLEAN:
        if (first != 't' && first != 'f')
            return false;
        cursor->at += first == 't' ? 4 : 5;
        *ret = cel_bool(first == 't');
        return true;
    case POLICY_INTEGER: ret->kind = CEL_INT; return take_integer(cursor, &ret->integer);
    case POLICY_NUMBER: ret->kind = CEL_DOUBLE; return take_number(cursor, &ret->number);
    case POLICY_STRINGS: return first == '[' && take_strings(cursor, ret);
    }
    return false;
}

struct quick {
    struct cursor cursor;
    const struct policy_schema *schema;
    const struct policy_source *source;
    const struct policy_members *members;
    struct cel_value *values;
    uint64_t seen[POLICY_FIELDS_MAX / 64];
};

/* Whether the field may have this value: its limits, and the source's constant. */
static bool is_good(const struct quick *quick, uint32_t field, const struct cel_value *value)
{
    const struct cel_value *constant = &quick->source->constants[field];
    if (value->kind == CEL_ABSENT)
        return true;
    if (constant->kind != CEL_ABSENT)
        return policy_value_equal(constant, value);
    return policy_value_check(&quick->schema->fields[field], value, quick->cursor.arena) == NULL;
}

static bool take_member(struct quick *quick)
{
    struct bytes name = take_string(&quick->cursor);
    uint32_t field = policy_index_find(&quick->members->index, name);
    if (field == POLICY_NONE || (quick->seen[field / 64] >> field % 64 & 1) != 0)
        return false;
    quick->seen[field / 64] |= UINT64_C(1) << field % 64;
    skip_blanks(&quick->cursor);
    quick->cursor.at++; /* the colon */
    skip_blanks(&quick->cursor);
    struct cel_value value;
    if (!take_value(&quick->cursor, quick->schema->fields[field].type, &value) ||
        !is_good(quick, field, &value))
        return false;
    if (value.kind != CEL_ABSENT)
        quick->values[field] = value;
    return true;
}

static bool take_members(struct quick *quick)
{
    quick->cursor.at++; /* the opening brace */
    for (;;) {
        skip_blanks(&quick->cursor);
        if (*quick->cursor.at == '}')
            return true;
        if (!take_member(quick))
            return false;
        skip_blanks(&quick->cursor);
        if (*quick->cursor.at == ',')
            quick->cursor.at++;
    }
}

static bool has_required(const struct quick *quick)
{
    for (size_t i = 0; i < quick->schema->count; i++)
        if (quick->schema->fields[i].required && quick->values[i].kind == CEL_ABSENT)
            return false;
    return true;
}

bool policy_record_from_text(const struct policy_release *release, uint32_t source,
                             struct bytes text, struct arena *arena, struct cel_value *ret_values)
{
    ML_ASSERT(source < release->source_count);
    size_t members;
    if (json_check(text, &members, NULL) != 0)
        return false;
    struct quick quick = {
        .cursor = {.at = text.data, .arena = arena},
        .schema = &release->schema,
        .source = &release->sources[source],
        .members = &policy_block_of(release)->members[source],
        .values = ret_values,
    };
    skip_blanks(&quick.cursor);
    if (*quick.cursor.at != '{')
        return false;
    memcpy(ret_values, quick.source->constants, release->schema.count * sizeof *ret_values);
    return take_members(&quick) && has_required(&quick);
}
