/* JSON text to an instance in one pass. The items of an array or object are gathered on a stack and
 * moved to the arena, in one piece, when it closes. */
#include "contract/instance.h"

#include "contract/internal.h"
#include "contract/number.h"

#include <stdio.h>
#include <stdlib.h>

enum { STACK_START = 8 * 1024, PLACE_NAME_MAX = 400 };

/* Where the reader is, for the JSON Pointer of an error. */
struct level {
    const struct level *outer;
    struct bytes name; /* of the member being read */
    uint32_t index;    /* of the item being read */
    bool is_object;
};

struct parser {
    const char *start, *at, *end;
    struct arena *arena;
    const struct level *level;
    size_t depth_max, depth_left, nodes_left;
    char *stack; /* what the open arrays and objects hold so far */
    size_t stack_size, stack_room;
    char *stack_heap; /* the stack, once it has outgrown the caller's */
    struct error *err;
};

static bool parse_value(struct parser *parser, struct contract_instance *ret);

/* ---- errors */

static void print_pointer(const struct level *level, struct buffer *out)
{
    char number[16];
    if (level == NULL)
        return;
    print_pointer(level->outer, out);
    if (level->is_object) {
        if (level->name.data == NULL)
            return;
        contract_pointer_append(out, level->name);
        return;
    }
    (void)snprintf(number, sizeof number, "%u", level->index);
    contract_pointer_append(out, bytes_of(number));
}

static bool fail_at(struct parser *parser, int code, const char *at, const char *what)
{
    size_t line = 1;
    const char *line_start = parser->start;
    for (const char *c = parser->start; c < at; c++)
        if (*c == '\n') {
            line++;
            line_start = c + 1;
        }
    char place[48];
    (void)snprintf(place, sizeof place, "%zu:%zu", line, (size_t)(at - line_start) + 1);
    struct buffer pointer;
    buffer_init(&pointer, PLACE_NAME_MAX);
    print_pointer(parser->level, &pointer);
    if (pointer.size == 0)
        error_set(parser->err, code, place, "%s", what);
    else
        error_set(parser->err, code, place, "%s (at %.*s)", what,
                  BYTES_ARG(buffer_bytes(&pointer)));
    buffer_release(&pointer);
    return false;
}

static bool fail(struct parser *parser, const char *what)
{
    if (parser->at >= parser->end)
        return fail_at(parser, ML_EINVAL, parser->end, "the text ends in the middle of a value");
    return fail_at(parser, ML_EINVAL, parser->at, what);
}

/* ---- the stack */

static char *stack_push(struct parser *parser, size_t size)
{
    if (parser->stack_room - parser->stack_size < size) {
        size_t room = parser->stack_room * 2 + size;
        char *grown = realloc(parser->stack_heap, room);
        if (grown == NULL)
            panic("out of memory (reading JSON, %zu bytes)", room);
        if (parser->stack_heap == NULL)
            memcpy(grown, parser->stack, parser->stack_size);
        parser->stack = parser->stack_heap = grown;
        parser->stack_room = room;
    }
    char *place = parser->stack + parser->stack_size;
    parser->stack_size += size;
    return place;
}

/* Moves what lies above `base` to the arena. */
static void *stack_pop(struct parser *parser, size_t base)
{
    size_t size = parser->stack_size - base;
    void *moved = arena_alloc(parser->arena, size);
    memcpy(moved, parser->stack + base, size);
    parser->stack_size = base;
    return moved;
}

/* ---- tokens */

static void skip_space(struct parser *parser)
{
    while (parser->at < parser->end && (*parser->at == ' ' || *parser->at == '\n' ||
                                        *parser->at == '\r' || *parser->at == '\t'))
        parser->at++;
}

static bool is_next(const struct parser *parser, char c)
{
    return parser->at < parser->end && *parser->at == c;
}

static bool is_digit(const struct parser *parser)
{
    return parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9';
}

static bool skip_digits(struct parser *parser)
{
    if (!is_digit(parser))
        return false;
    while (is_digit(parser))
        parser->at++;
    return true;
}

/* The grammar of RFC 8259 §6; leaves `at` behind the number, or where it stops being one. */
static bool skip_number(struct parser *parser)
{
    if (is_next(parser, '-'))
        parser->at++;
    if (is_next(parser, '0'))
        parser->at++;
    else if (!skip_digits(parser))
        return false;
    if (is_next(parser, '.')) {
        parser->at++;
        if (!skip_digits(parser))
            return false;
    }
    if (is_next(parser, 'e') || is_next(parser, 'E')) {
        parser->at++;
        if (is_next(parser, '-') || is_next(parser, '+'))
            parser->at++;
        return skip_digits(parser);
    }
    return true;
}

static bool parse_number(struct parser *parser, struct contract_instance *ret)
{
    const char *start = parser->at;
    uint64_t value = 0;
    parser->at += *start == '-';
    const char *digits = parser->at;
    while (is_digit(parser) && parser->at - digits < 18)
        value = value * 10 + (uint64_t)(*parser->at++ - '0');
    bool plain = parser->at > digits && (*digits != '0' || parser->at == digits + 1) &&
                 (parser->at == parser->end ||
                  (*parser->at != '.' && (*parser->at | 32) != 'e' && !is_digit(parser)));
    if (plain) {
        *ret = (struct contract_instance){.kind = CONTRACT_NUMBER, .numeric = CONTRACT_INT64};
        ret->text = (struct bytes){start, (size_t)(parser->at - start)};
        ret->integer = *start == '-' ? -(int64_t)value : (int64_t)value;
        return true;
    }
    parser->at = start;
    if (!skip_number(parser))
        return fail(parser, "not a number as JSON writes it");
    if (!contract_number_read((struct bytes){start, (size_t)(parser->at - start)}, ret))
        return fail_at(parser, ML_ELIMIT, start,
                       "a number has more than 1000 digits or an exponent beyond a million");
    return true;
}

static bool read_hex(struct parser *parser, uint32_t *ret)
{
    *ret = 0;
    for (int i = 0; i < 4; i++, parser->at++) {
        char c = parser->at < parser->end ? *parser->at : '\0';
        if (c >= '0' && c <= '9')
            *ret = *ret * 16 + (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            *ret = *ret * 16 + (uint32_t)((c | 32) - 'a' + 10);
        else
            return fail(parser, "\\u takes four hexadecimal digits");
    }
    return true;
}

/* Behind "\u": one code point, which may take two escapes. */
static bool read_unicode(struct parser *parser, char **out)
{
    const char *start = parser->at - 2;
    uint32_t code, low;
    if (!read_hex(parser, &code))
        return false;
    if (code >= 0xD800 && code <= 0xDFFF) {
        bool pair = code < 0xDC00 && parser->end - parser->at >= 2 && parser->at[0] == '\\' &&
                    parser->at[1] == 'u';
        if (!pair)
            return fail_at(parser, ML_EINVAL, start, "half of a surrogate pair");
        parser->at += 2;
        if (!read_hex(parser, &low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail_at(parser, ML_EINVAL, start, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    *out += contract_utf8_put(code, *out);
    return true;
}

static bool read_escape(struct parser *parser, char **out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char letter = parser->at < parser->end ? *parser->at : '\0';
    if (letter == 'u') {
        parser->at++;
        return read_unicode(parser, out);
    }
    const char *found = letter == '\0' ? NULL : strchr(names, letter);
    if (found == NULL)
        return fail(parser, "an escape that JSON does not know");
    parser->at++;
    *(*out)++ = values[found - names];
    return true;
}

/* Bytes that need a look: quotes, backslashes, controls; in *ret_seen the high bits are gathered.
 */
static const char *skip_plain(const char *at, const char *end, unsigned char *ret_seen)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    uint64_t seen = 0, piece;
    while (end - at >= 8) {
        memcpy(&piece, at, 8);
        uint64_t quote = piece ^ (ones * '"'), back = piece ^ (ones * '\\');
        uint64_t hit =
            ((piece - ones * 0x20) & ~piece) | ((quote - ones) & ~quote) | ((back - ones) & ~back);
        if ((hit & high) != 0)
            break;
        seen |= piece;
        at += 8;
    }
    unsigned char tail = (seen & high) != 0 ? 0x80 : 0;
    for (; at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20; at++)
        tail |= (unsigned char)*at;
    *ret_seen |= tail;
    return at;
}

/* From the first backslash on: into the arena, which has room for what is left of the string. */
static bool read_escaped(struct parser *parser, const char *start, struct bytes *ret,
                         unsigned char *ret_seen)
{
    const char *close = parser->at;
    while (close < parser->end && *close != '"')
        close += *close == '\\' && close + 1 < parser->end ? 2 : 1;
    char *text = arena_alloc(parser->arena, (size_t)(close - start) + 1), *out = text;
    memcpy(out, start, (size_t)(parser->at - start));
    out += parser->at - start;
    while (!is_next(parser, '"')) {
        if (!is_next(parser, '\\'))
            return fail(parser, "a control character inside a string must be written as an escape");
        parser->at++;
        if (!read_escape(parser, &out))
            return false;
        const char *plain = parser->at;
        parser->at = skip_plain(plain, parser->end, ret_seen);
        memcpy(out, plain, (size_t)(parser->at - plain));
        out += parser->at - plain;
    }
    *ret = (struct bytes){text, (size_t)(out - text)};
    *ret_seen |= 0x80; /* escapes may have put anything there */
    return true;
}

/* A string with its quotes; *ret_ascii tells whether every byte is a character. */
static bool parse_text(struct parser *parser, struct bytes *ret, bool *ret_ascii)
{
    const char *start = ++parser->at;
    unsigned char seen = 0;
    parser->at = skip_plain(start, parser->end, &seen);
    *ret = (struct bytes){start, (size_t)(parser->at - start)};
    if (!is_next(parser, '"') && !read_escaped(parser, start, ret, &seen))
        return false;
    parser->at++;
    *ret_ascii = (seen & 0x80) == 0;
    if (!*ret_ascii && !bytes_is_utf8(*ret))
        return fail_at(parser, ML_EINVAL, start, "a string is not valid UTF-8");
    return true;
}

static bool parse_string(struct parser *parser, struct contract_instance *ret)
{
    struct bytes text;
    bool ascii;
    if (!parse_text(parser, &text, &ascii))
        return false;
    *ret = (struct contract_instance){.kind = CONTRACT_STRING, .text = text};
    ret->count = ascii ? (uint32_t)text.size : contract_character_count(text);
    return true;
}

static bool fail_no_value(struct parser *parser)
{
    return fail(parser, "expected a value: an object, a list, a text in double quotes, a number, "
                        "true, false or null");
}

static bool parse_word(struct parser *parser, const char *word, struct contract_instance *ret)
{
    size_t size = strlen(word);
    if ((size_t)(parser->end - parser->at) < size || memcmp(parser->at, word, size) != 0)
        return fail_no_value(parser);
    parser->at += size;
    *ret = (struct contract_instance){.kind = *word == 'n' ? CONTRACT_NULL : CONTRACT_BOOLEAN,
                                      .boolean = *word == 't'};
    return true;
}

/* ---- arrays and objects */

/* Behind an element: a comma gives true, the end gives false in *ret_more. */
static bool parse_separator(struct parser *parser, char close, bool *ret_more)
{
    skip_space(parser);
    if (!is_next(parser, ',') && !is_next(parser, close))
        return fail(parser, close == ']' ? "expected a comma or ]" : "expected a comma or }");
    *ret_more = *parser->at++ == ',';
    skip_space(parser);
    return true;
}

static bool parse_items(struct parser *parser, struct level *level, struct contract_instance *ret)
{
    size_t base = parser->stack_size;
    bool more = !is_next(parser, ']');
    if (!more)
        parser->at++;
    while (more) {
        struct contract_instance item;
        if (!parse_value(parser, &item))
            return false;
        memcpy(stack_push(parser, sizeof item), &item, sizeof item);
        level->index++;
        if (!parse_separator(parser, ']', &more))
            return false;
    }
    *ret = (struct contract_instance){.kind = CONTRACT_ARRAY, .count = level->index};
    ret->items = stack_pop(parser, base);
    return true;
}

static bool parse_member(struct parser *parser, struct level *level)
{
    struct contract_member member;
    bool ascii;
    if (!is_next(parser, '"'))
        return fail(parser, "expected the name of a member in double quotes");
    if (!parse_text(parser, &member.name, &ascii))
        return false;
    member.hash = contract_name_hash(member.name);
    level->name = member.name;
    skip_space(parser);
    if (!is_next(parser, ':'))
        return fail(parser, "expected a colon behind the name");
    parser->at++;
    skip_space(parser);
    if (!parse_value(parser, &member.value))
        return false;
    memcpy(stack_push(parser, sizeof member), &member, sizeof member);
    level->name = (struct bytes){NULL, 0};
    return true;
}

/* Where the name stands again, for the error; one with escapes is no longer in the text. */
static const char *find_second(struct parser *parser, const struct contract_member *member)
{
    bool in_text = member->name.data >= parser->start && member->name.data <= parser->end;
    return in_text ? member->name.data - 1 : parser->at - 1;
}

static bool parse_members(struct parser *parser, struct level *level, struct contract_instance *ret)
{
    size_t base = parser->stack_size;
    uint32_t count = 0;
    bool more = !is_next(parser, '}');
    if (!more)
        parser->at++;
    for (; more; count++)
        if (!parse_member(parser, level) || !parse_separator(parser, '}', &more))
            return false;
    *ret = (struct contract_instance){.kind = CONTRACT_OBJECT, .count = count};
    ret->members = stack_pop(parser, base);
    const struct contract_member *twice = contract_object_finish(ret, parser->arena);
    if (twice == NULL)
        return true;
    level->name = twice->name;
    return fail_at(parser, ML_EINVAL, find_second(parser, twice),
                   "a member is given twice in one object");
}

static bool parse_container(struct parser *parser, struct contract_instance *ret)
{
    struct level level = {.outer = parser->level, .is_object = *parser->at == '{'};
    if (parser->depth_left == 0) {
        char what[96];
        (void)snprintf(what, sizeof what,
                       "lists and objects lie more than %zu levels deep inside each other",
                       parser->depth_max);
        return fail_at(parser, ML_ELIMIT, parser->at, what);
    }
    parser->at++;
    parser->depth_left--;
    parser->level = &level;
    skip_space(parser);
    bool parsed =
        level.is_object ? parse_members(parser, &level, ret) : parse_items(parser, &level, ret);
    parser->level = level.outer;
    parser->depth_left++;
    return parsed;
}

static bool parse_value(struct parser *parser, struct contract_instance *ret)
{
    if (parser->at >= parser->end)
        return fail(parser, "");
    if (parser->nodes_left == 0)
        return fail_at(parser, ML_ELIMIT, parser->at, "too many values");
    parser->nodes_left--;
    switch (*parser->at) {
    case '"': return parse_string(parser, ret);
    case '{':
    case '[': return parse_container(parser, ret);
    case 't': return parse_word(parser, "true", ret);
    case 'f': return parse_word(parser, "false", ret);
    case 'n': return parse_word(parser, "null", ret);
    default:
        if (*parser->at == '-' || is_digit(parser))
            return parse_number(parser, ret);
        return fail_no_value(parser);
    }
}

static bool parse_text_whole(struct parser *parser, struct contract_instance *ret)
{
    skip_space(parser);
    if (parser->at == parser->end)
        return fail_at(parser, ML_EINVAL, parser->at, "there is no value: the text is empty");
    if (!parse_value(parser, ret))
        return false;
    skip_space(parser);
    return parser->at == parser->end ||
           fail(parser, "there is more behind the value; one text holds one value");
}

int contract_instance_parse(struct bytes text, const struct contract_limits *limits,
                            struct arena *arena, const struct contract_instance **ret,
                            struct error *err)
{
    static const struct contract_limits none;
    char stack[STACK_START];
    struct error unused;
    if (limits == NULL)
        limits = &none;
    struct parser parser = {.arena = arena, .stack = stack, .stack_room = sizeof stack};
    parser.err = err == NULL ? &unused : err;
    parser.start = parser.at = text.size == 0 ? "" : text.data;
    parser.end = parser.start + text.size;
    parser.depth_left = limits->depth == 0 ? CONTRACT_DEPTH_DEFAULT : limits->depth;
    if (parser.depth_left > CONTRACT_DEPTH_MAX)
        parser.depth_left = CONTRACT_DEPTH_MAX;
    parser.depth_max = parser.depth_left;
    parser.nodes_left = limits->nodes == 0 ? CONTRACT_NODES_DEFAULT : limits->nodes;
    size_t size_max = limits->size == 0 ? CONTRACT_SIZE_DEFAULT : limits->size;
    if (text.size > size_max)
        return error_set(err, ML_ELIMIT, "", "the text has %zu bytes; at most %zu are read",
                         text.size, size_max);
    struct contract_instance root;
    bool parsed = parse_text_whole(&parser, &root);
    free(parser.stack_heap);
    if (!parsed)
        return parser.err->code;
    struct contract_instance *kept = arena_alloc(arena, sizeof *kept);
    *kept = root;
    *ret = kept;
    return 0;
}

int contract_instance_number(struct bytes text, struct contract_instance *ret, struct error *err)
{
    struct parser parser = {.start = text.data, .at = text.data};
    parser.end = text.data + text.size;
    if (text.size == 0 || !skip_number(&parser) || parser.at != parser.end)
        return error_set(err, ML_EINVAL, "", "not a number as JSON writes it");
    if (!contract_number_read(text, ret))
        return error_set(err, ML_ELIMIT, "",
                         "a number has more than %d digits or an exponent beyond a million",
                         CONTRACT_DIGITS_MAX);
    return 0;
}
