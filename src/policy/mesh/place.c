/* Byte offsets → lines and columns, and places inside a decoded text → places in the file. */
#include "policy/internal.h"

void policy_document_index_lines(struct arena *arena, struct policy_document *document)
{
    struct bytes text = document->content;
    uint32_t count = 1;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n' ||
                 (text.data[i] == '\r' && !(i + 1 < text.size && text.data[i + 1] == '\n'));
    document->line_starts = arena_array(arena, count, sizeof *document->line_starts);
    document->line_count = 1;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\n' ||
            (text.data[i] == '\r' && !(i + 1 < text.size && text.data[i + 1] == '\n')))
            document->line_starts[document->line_count++] = (uint32_t)i + 1;
}

static bool starts_character(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

struct policy_place policy_document_place(const struct policy_document *document, size_t offset)
{
    if (document == NULL || document->line_count == 0)
        return (struct policy_place){0, 0};
    if (offset > document->content.size)
        offset = document->content.size;
    uint32_t low = 0, high = document->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (document->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    const char *text = document->content.data;
    size_t at = document->line_starts[low];
    /* A byte order mark is no column. */
    if (low == 0 && document->content.size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        at = 3;
    uint32_t column = 1;
    for (; at < offset; at++)
        column += starts_character(text[at]);
    return (struct policy_place){low + 1, column};
}

struct policy_place policy_node_place(const struct policy_node *node)
{
    return node == NULL ? (struct policy_place){0, 0}
                        : policy_document_place(node->document, node->offset);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t offset_of_position(struct bytes text, struct cel_position position)
{
    size_t at = 0;
    for (uint32_t line = 1; line < position.line && at < text.size; at++)
        line += text.data[at] == '\n';
    for (uint32_t column = 1; column < position.column && at < text.size; column++)
        for (at++; at < text.size && !starts_character(text.data[at]);)
            at++;
    return at;
}

static unsigned hex_value(const char *digits, size_t count)
{
    unsigned value = 0;
    for (size_t i = 0; i < count; i++) {
        char c = digits[i];
        value = value * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* One character of the raw text, as it was written. */
struct raw_character {
    size_t size; /* bytes in the file */
    bool blank;  /* stands for white space, or for nothing */
};

/* The escapes of double-quoted YAML; the text is known to be well-formed. */
static struct raw_character raw_escape(struct bytes raw, size_t at)
{
    char c = at + 1 < raw.size ? raw.data[at + 1] : '\0';
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits > 0 && at + 2 + digits <= raw.size) {
        unsigned value = hex_value(raw.data + at + 2, digits);
        /* The second half of a surrogate pair is no character of its own. */
        bool blank = value == ' ' || (value >= 0xDC00 && value <= 0xDFFF) ||
                     (value <= 0x7F && is_blank((char)value));
        return (struct raw_character){2 + digits, blank};
    }
    return (struct raw_character){2, c == '\0' || strchr("nt r\t\n\r", c) != NULL};
}

static struct raw_character raw_character(const struct policy_node *node, size_t at)
{
    struct bytes raw = node->document->content;
    char c = raw.data[at];
    if (is_blank(c))
        return (struct raw_character){1, true};
    if (c == '\\' && node->style == POLICY_STYLE_DOUBLE_QUOTED)
        return raw_escape(raw, at);
    if (c == '\'' && node->style == POLICY_STYLE_SINGLE_QUOTED)
        return (struct raw_character){2, false};
    size_t size = 1;
    while (at + size < raw.size && !starts_character(raw.data[at + size]))
        size++;
    return (struct raw_character){size, false};
}

static size_t skip_raw_blanks(const struct policy_node *node, size_t at)
{
    while (at < node->document->content.size) {
        struct raw_character character = raw_character(node, at);
        if (!character.blank)
            break;
        at += character.size;
    }
    return at;
}

/* Decoding changes white space (folding, indentation) and escapes, but never the order of the other
 * characters: count those on both sides. */
struct policy_place policy_node_place_inside(const struct policy_node *node,
                                             struct cel_position position)
{
    if (node->document == NULL || node->document->line_count == 0)
        return (struct policy_place){0, 0};
    size_t target = offset_of_position(node->text, position);
    size_t raw = node->content_offset;
    for (size_t at = 0; at < target; at++) {
        if (is_blank(node->text.data[at]) || !starts_character(node->text.data[at]))
            continue;
        raw = skip_raw_blanks(node, raw);
        if (raw >= node->document->content.size)
            break;
        raw += raw_character(node, raw).size;
    }
    if (target < node->text.size && !is_blank(node->text.data[target]))
        raw = skip_raw_blanks(node, raw);
    return policy_document_place(node->document, raw);
}
