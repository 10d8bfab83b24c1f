/* Layout only: no tree is built, no number or text is touched. */
#include "base/json_lines.h"

enum { INDENT = 2, EMPTY = 2 /* of {} and [], which are never broken */ };

/* The index behind the text that begins at `at`. */
static size_t text_end(struct bytes json, size_t at)
{
    for (at++; json.data[at] != '"'; at++)
        if (json.data[at] == '\\')
            at++;
    return at + 1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Appends one line's worth: the object or list that begins at `at`, with a blank behind each comma
 * and colon. Gives the index behind it; 0 when it is longer than `width`. */
static size_t put_inline(struct bytes json, size_t at, size_t width, struct buffer *out)
{
    size_t start = out->size, depth = 0;
    do {
        char c = json.data[at];
        if (out->size - start > width)
            return 0;
        if (c == '"') {
            size_t end = text_end(json, at);
            buffer_append(out, json.data + at, end - at);
            at = end;
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        if (!is_space(c))
            buffer_append_char(out, c);
        if (c == ',' || c == ':')
            buffer_append_char(out, ' ');
        at++;
    } while (depth > 0);
    return out->size - start > width ? 0 : at;
}

static void break_line(struct buffer *out, size_t depth)
{
    buffer_append_char(out, '\n');
    for (size_t i = 0; i < depth * INDENT; i++)
        buffer_append_char(out, ' ');
}

static size_t column(const struct buffer *out, size_t line)
{
    return out->size - line;
}

void json_lines(struct bytes json, size_t width, struct buffer *out)
{
    size_t depth = 0, line = out->size; /* where the current line begins */
    for (size_t at = 0; at < json.size && !out->overflow;) {
        char c = json.data[at];
        size_t before = out->size, end = at + 1;
        if (c == '"') {
            end = text_end(json, at);
            buffer_append(out, json.data + at, end - at);
        } else if (c == '{' || c == '[') {
            size_t used = column(out, line) + 1; /* a comma may follow */
            size_t room = width > used + EMPTY ? width - used : EMPTY;
            end = put_inline(json, at, room, out);
            if (end == 0) {
                out->size = before;
                end = at + 1;
                buffer_append_char(out, c);
                break_line(out, ++depth);
                line = out->size - depth * INDENT;
            }
        } else if (c == '}' || c == ']') {
            break_line(out, --depth);
            line = out->size - depth * INDENT;
            buffer_append_char(out, c);
        } else if (!is_space(c)) {
            buffer_append_char(out, c);
            if (c == ':')
                buffer_append_char(out, ' ');
            if (c == ',') {
                break_line(out, depth);
                line = out->size - depth * INDENT;
            }
        }
        at = end;
    }
}
