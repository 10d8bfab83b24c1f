/* The strings extension: positions count characters (code points), never bytes. What a function
 * cuts out of a string is a view of it; only what is put together takes memory. */
#include "cel/library.h"

#include <inttypes.h>

static struct cel_value out_of_range(struct cel_scratch *scratch, int64_t index)
{
    return cel_error_printf(scratch, "index out of range: %" PRId64, index);
}

static struct bytes part(struct bytes text, size_t start, size_t end)
{
    return (struct bytes){text.size == 0 ? "" : text.data + start, end - start};
}

/* The first `needle` at or behind `from`, or the size of the text and one more. */
static size_t find_from(struct bytes text, struct bytes needle, size_t from)
{
    if (needle.size == 0)
        return from;
    if (needle.size > text.size - from)
        return text.size + 1;
    const char *found = memmem(text.data + from, text.size - from, needle.data, needle.size);
    return found == NULL ? text.size + 1 : (size_t)(found - text.data);
}

/* ---- positions */

static struct cel_value char_at(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes text = arguments[0].string;
    size_t at;
    if (!cel_character_offset(text, arguments[1].integer, &at))
        return out_of_range(scratch, arguments[1].integer);
    return cel_string(at == text.size ? part(text, at, at)
                                      : part(text, at, at + cel_character_size(text, at)));
}

static struct cel_value search(struct cel_scratch *scratch, const struct cel_value *arguments,
                               int64_t offset)
{
    struct bytes text = arguments[0].string;
    size_t from;
    if (!cel_character_offset(text, offset, &from))
        return out_of_range(scratch, offset);
    size_t found = find_from(text, arguments[1].string, from);
    if (found > text.size)
        return cel_int(-1);
    return cel_int(offset + cel_character_count(part(text, from, found)));
}

static struct cel_value index_of(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return search(scratch, arguments, 0);
}

static struct cel_value index_of_from(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    return search(scratch, arguments, arguments[2].integer);
}

/* The last place up to `from` where the needle stands. */
static struct cel_value search_back(struct bytes text, struct bytes needle, size_t from)
{
    if (needle.size > text.size)
        return cel_int(-1);
    if (from > text.size - needle.size)
        from = text.size - needle.size;
    for (size_t at = from;; at--) {
        /* No character starts with the byte that another continues with. */
        if (needle.size == 0 || memcmp(text.data + at, needle.data, needle.size) == 0)
            return cel_int(cel_character_count(part(text, 0, at)));
        if (at == 0)
            return cel_int(-1);
    }
}

static struct cel_value last_index_of(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    return search_back(arguments[0].string, arguments[1].string, arguments[0].string.size);
}

static struct cel_value last_index_of_until(struct cel_scratch *scratch,
                                            const struct cel_value *arguments)
{
    size_t from;
    if (!cel_character_offset(arguments[0].string, arguments[2].integer, &from))
        return out_of_range(scratch, arguments[2].integer);
    return search_back(arguments[0].string, arguments[1].string, from);
}

static struct cel_value substring_from(struct cel_scratch *scratch,
                                       const struct cel_value *arguments)
{
    struct bytes text = arguments[0].string;
    size_t start;
    if (!cel_character_offset(text, arguments[1].integer, &start))
        return out_of_range(scratch, arguments[1].integer);
    return cel_string(part(text, start, text.size));
}

static struct cel_value substring(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes text = arguments[0].string;
    int64_t first = arguments[1].integer, last = arguments[2].integer;
    size_t start, end;
    if (first > last)
        return cel_error_printf(
            scratch, "invalid substring range. start: %" PRId64 ", end: %" PRId64, first, last);
    if (!cel_character_offset(text, first, &start))
        return out_of_range(scratch, first);
    if (!cel_character_offset(text, last, &end))
        return out_of_range(scratch, last);
    return cel_string(part(text, start, end));
}

/* ---- letters */

/* Moves the ASCII letters from `from` on by `distance`; what has none of them is returned as it is.
 */
static struct cel_value shift_letters(struct cel_scratch *scratch, const struct cel_value *argument,
                                      char from, int distance)
{
    struct bytes source = argument->string;
    size_t i = 0;
    while (i < source.size && (unsigned char)(source.data[i] - from) >= 26)
        i++;
    if (i == source.size)
        return *argument;
    char *text = cel_scratch_alloc(scratch, source.size);
    if (text == NULL)
        return cel_error_exhausted();
    memcpy(text, source.data, source.size);
    for (; i < source.size; i++)
        if ((unsigned char)(text[i] - from) < 26)
            text[i] = (char)(text[i] + distance);
    return cel_string((struct bytes){text, source.size});
}

static struct cel_value lower_ascii(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return shift_letters(scratch, arguments, 'A', 'a' - 'A');
}

static struct cel_value upper_ascii(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return shift_letters(scratch, arguments, 'a', 'A' - 'a');
}

static struct cel_value reverse(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes source = arguments[0].string;
    if (source.size == 0)
        return arguments[0];
    char *text = cel_scratch_alloc(scratch, source.size);
    if (text == NULL)
        return cel_error_exhausted();
    for (size_t at = 0; at < source.size;) {
        size_t size = cel_character_size(source, at);
        memcpy(text + source.size - at - size, source.data + at, size);
        at += size;
    }
    return cel_string((struct bytes){text, source.size});
}

/* The spaces of Unicode in UTF-8; zero-width ones are none. */
static size_t space_size(struct bytes text, size_t at)
{
    static const char *const spaces[] = {
        "\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\xC2\x85", "\u00a0", "\u1680",
        "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",   "\u2007", "\u2008",
        "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000",
    };
    size_t size = cel_character_size(text, at);
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (bytes_is(part(text, at, at + size), spaces[i]))
            return size;
    return 0;
}

static struct cel_value trim(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    struct bytes text = arguments[0].string;
    size_t start = 0, end = text.size;
    for (size_t size; start < end && (size = space_size(text, start)) > 0;)
        start += size;
    while (end > start) {
        size_t last = end - 1;
        while (last > start && ((unsigned char)text.data[last] & 0xC0) == 0x80)
            last--;
        if (space_size(part(text, 0, end), last) == 0)
            break;
        end = last;
    }
    return cel_string(part(text, start, end));
}

/* Between double quotes, with the escapes of CEL. */
static struct cel_value quote(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    static const char escapes[][2] = {{'\a', 'a'}, {'\b', 'b'},  {'\f', 'f'},
                                      {'\n', 'n'}, {'\r', 'r'},  {'\t', 't'},
                                      {'\v', 'v'}, {'\\', '\\'}, {'"', '"'}};
    struct bytes source = arguments[0].string;
    struct cel_text text = cel_text_begin(scratch);
    cel_text_append(&text, BYTES_LITERAL("\""));
    for (size_t at = 0; at < source.size; at++) {
        struct bytes piece = {source.data + at, 1};
        char escaped[2] = {'\\'};
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
            if (source.data[at] == escapes[i][0]) {
                escaped[1] = escapes[i][1];
                piece = (struct bytes){escaped, 2};
            }
        cel_text_append(&text, piece);
    }
    cel_text_append(&text, BYTES_LITERAL("\""));
    return cel_text_end(&text);
}

/* ---- pieces */

/* Replaces up to `limit` times; an empty needle stands in front of every character and at the end.
 */
static struct cel_value replace_some(struct cel_scratch *scratch, const struct cel_value *arguments,
                                     int64_t limit)
{
    struct bytes source = arguments[0].string, needle = arguments[1].string;
    struct cel_text text = cel_text_begin(scratch);
    size_t at = 0, from = 0; /* copied so far, and where the next may stand */
    for (int64_t done = 0; limit < 0 || done < limit; done++) {
        size_t found = from > source.size ? from : find_from(source, needle, from);
        if (found > source.size)
            break;
        cel_text_append(&text, part(source, at, found));
        cel_text_append(&text, arguments[2].string);
        at = found + needle.size;
        from = at;
        if (needle.size == 0)
            from += at < source.size ? cel_character_size(source, at) : 1;
    }
    if (at == 0 && from == 0)
        return arguments[0];
    cel_text_append(&text, part(source, at, source.size));
    return cel_text_end(&text);
}

static struct cel_value replace_all(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return replace_some(scratch, arguments, -1);
}

static struct cel_value replace_limited(struct cel_scratch *scratch,
                                        const struct cel_value *arguments)
{
    return replace_some(scratch, arguments, arguments[3].integer);
}

/* Where the piece that starts at `at` ends; an empty separator parts characters. */
static size_t piece_end(struct bytes text, struct bytes separator, size_t at)
{
    if (separator.size == 0)
        return at < text.size ? at + cel_character_size(text, at) : text.size;
    size_t end = find_from(text, separator, at);
    return end < text.size ? end : text.size;
}

/* A separator at the very end leaves an empty piece behind it. */
static bool is_last_piece(struct bytes text, struct bytes separator, size_t end)
{
    return separator.size == 0 ? end == text.size : find_from(text, separator, end) != end;
}

static struct cel_value split_some(struct cel_scratch *scratch, const struct cel_value *arguments,
                                   int64_t limit)
{
    struct bytes text = arguments[0].string, separator = arguments[1].string;
    if (limit == 0 || (text.size == 0 && separator.size == 0))
        return cel_list(NULL, 0);
    struct cel_value *items = NULL;
    size_t count = 0, at = 0;
    for (bool last = false; !last; count++) {
        struct cel_value *item = cel_scratch_alloc(scratch, sizeof *item);
        if (item == NULL || count == UINT32_MAX)
            return cel_error_exhausted();
        if (count == 0)
            items = item; /* the others follow without a gap */
        size_t end = piece_end(text, separator, at);
        last = (int64_t)count + 1 == limit || is_last_piece(text, separator, end);
        *item = cel_string(part(text, at, last ? text.size : end));
        at = end + separator.size;
    }
    return cel_list(items, count);
}

static struct cel_value split_all(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return split_some(scratch, arguments, -1);
}

static struct cel_value split_limited(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    return split_some(scratch, arguments, arguments[2].integer);
}

static struct cel_value join_with(struct cel_scratch *scratch, const struct cel_value *list,
                                  struct bytes separator)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].kind != CEL_STRING)
            return cel_error_overload(scratch, "join", &list->items[i], 1);
    struct cel_text text = cel_text_begin(scratch);
    for (uint32_t i = 0; i < list->count; i++) {
        cel_text_append(&text, i > 0 ? separator : (struct bytes){0});
        cel_text_append(&text, list->items[i].string);
    }
    return list->count > 0 ? cel_text_end(&text) : cel_string(BYTES_LITERAL(""));
}

static struct cel_value join(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return join_with(scratch, arguments, (struct bytes){0});
}

static struct cel_value join_separated(struct cel_scratch *scratch,
                                       const struct cel_value *arguments)
{
    return join_with(scratch, arguments, arguments[1].string);
}

/* ---- the table */

static const struct cel_overload overloads[] = {
    {"charAt", CEL_CALL_MEMBER, "si:s", char_at},
    {"indexOf", CEL_CALL_MEMBER, "ss:i", index_of},
    {"indexOf", CEL_CALL_MEMBER, "ssi:i", index_of_from},
    {"lastIndexOf", CEL_CALL_MEMBER, "ss:i", last_index_of},
    {"lastIndexOf", CEL_CALL_MEMBER, "ssi:i", last_index_of_until},
    {"substring", CEL_CALL_MEMBER, "si:s", substring_from},
    {"substring", CEL_CALL_MEMBER, "sii:s", substring},
    {"lowerAscii", CEL_CALL_MEMBER, "s:s", lower_ascii},
    {"upperAscii", CEL_CALL_MEMBER, "s:s", upper_ascii},
    {"reverse", CEL_CALL_MEMBER, "s:s", reverse},
    {"trim", CEL_CALL_MEMBER, "s:s", trim},
    {"strings.quote", CEL_CALL_GLOBAL, "s:s", quote},
    {"replace", CEL_CALL_MEMBER, "sss:s", replace_all},
    {"replace", CEL_CALL_MEMBER, "sssi:s", replace_limited},
    {"split", CEL_CALL_MEMBER, "ss:L(s)", split_all},
    {"split", CEL_CALL_MEMBER, "ssi:L(s)", split_limited},
    {"join", CEL_CALL_MEMBER, "L(s):s", join},
    {"join", CEL_CALL_MEMBER, "L(s)s:s", join_separated},
};

const struct cel_library cel_library_strings = CEL_LIBRARY(overloads);
