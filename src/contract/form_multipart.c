/* multipart/form-data: parts between boundary lines, each with a small header of its own. */
#include "contract/form_internal.h"
#include "contract/header.h"

#include <stdio.h>

enum { BOUNDARY_MAX = 70 }; /* RFC 2046, 5.1.1 */

struct part {
    size_t at;         /* of its header in the body */
    struct bytes name; /* data is NULL when there is none */
    struct bytes file; /* data is NULL when it is no file */
    struct bytes media_type;
    struct bytes content;
};

struct delimiter {
    char text[BOUNDARY_MAX + 5]; /* CR LF - - boundary */
    size_t size;
};

static int make_delimiter(const struct form_reader *reader, struct bytes boundary,
                          struct delimiter *ret)
{
    bool good = boundary.size > 0 && boundary.size <= BOUNDARY_MAX &&
                boundary.data[boundary.size - 1] != ' ';
    for (size_t i = 0; i < boundary.size && good; i++)
        good = boundary.data[i] >= ' ' && boundary.data[i] <= '~';
    if (!good) {
        error_set(reader->err, ML_EINVAL, "Content-Type",
                  "the boundary must be 1 to %d printable ASCII characters, the last of "
                  "them no space; let the HTTP client set Content-Type itself",
                  BOUNDARY_MAX);
        return ML_EINVAL;
    }
    ret->size = (size_t)snprintf(ret->text, sizeof ret->text, "\r\n--%.*s", BYTES_ARG(boundary));
    return 0;
}

/* ---- boundary lines */

/* What follows a delimiter at `at`: 1 and *ret behind the line's end, 2 when it closes the body, 0
 * when the line goes on, so that it is content that only begins like one. */
static int delimiter_kind(struct bytes body, size_t at, size_t *ret)
{
    bool closes = body.size - at >= 2 && memcmp(body.data + at, "--", 2) == 0;
    at += closes ? 2 : 0;
    while (at < body.size && (body.data[at] == ' ' || body.data[at] == '\t'))
        at++;
    if (closes && at == body.size)
        return 2;
    if (body.size - at < 2 || memcmp(body.data + at, "\r\n", 2) != 0)
        return 0;
    *ret = at + 2;
    return closes ? 2 : 1;
}

/* The first delimiter from `from`: its kind, where it begins, and what is behind it. The one at the
 * very beginning of the body has no line end in front. -1: none. */
static int find_delimiter(struct bytes body, const struct delimiter *delimiter, size_t from,
                          size_t *ret_at, size_t *ret_behind)
{
    if (from == 0 && body.size >= delimiter->size - 2 &&
        memcmp(body.data, delimiter->text + 2, delimiter->size - 2) == 0) {
        int kind = delimiter_kind(body, delimiter->size - 2, ret_behind);
        *ret_at = 0;
        if (kind != 0)
            return kind;
    }
    while (from < body.size) {
        const char *found =
            memmem(body.data + from, body.size - from, delimiter->text, delimiter->size);
        if (found == NULL)
            return -1;
        *ret_at = (size_t)(found - body.data);
        int kind = delimiter_kind(body, *ret_at + delimiter->size, ret_behind);
        if (kind != 0)
            return kind;
        from = *ret_at + 2;
    }
    return -1;
}

/* ---- the header of a part */

/* Browsers write a quote and line ends in names as %22, %0D and %0A, and nothing else so (HTML,
 * 4.10.22.8). */
static struct bytes unescape_name(const struct form_reader *reader, struct bytes text)
{
    static const struct {
        const char *written;
        char meant;
    } escapes[] = {{"%22", '"'}, {"%0D", '\r'}, {"%0d", '\r'}, {"%0A", '\n'}, {"%0a", '\n'}};
    if (text.size == 0 || memchr(text.data, '%', text.size) == NULL)
        return text;
    char *copy = arena_alloc(reader->arena, text.size);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++, size++) {
        copy[size] = text.data[i];
        for (size_t e = 0; text.size - i >= 3 && e < sizeof escapes / sizeof *escapes; e++)
            if (memcmp(text.data + i, escapes[e].written, 3) == 0) {
                copy[size] = escapes[e].meant;
                i += 2;
                break;
            }
    }
    return (struct bytes){copy, size};
}

/* charset'language'percent-encoded (RFC 8187). */
static int read_extended(const struct form_reader *reader, struct bytes value, size_t at,
                         struct bytes *ret)
{
    const char *first = value.size > 0 ? memchr(value.data, '\'', value.size) : NULL;
    const char *end = value.data + value.size;
    const char *second = first != NULL ? memchr(first + 1, '\'', (size_t)(end - first - 1)) : NULL;
    enum contract_charset charset;
    bool bad = second == NULL;
    if (!bad)
        bad = !contract_charset_find((struct bytes){value.data, (size_t)(first - value.data)},
                                     &charset);
    struct bytes text = {NULL, 0};
    if (!bad)
        text = contract_percent_decode((struct bytes){second + 1, (size_t)(end - second - 1)},
                                       reader->arena, &bad);
    if (bad || !contract_charset_decode(charset, text, reader->arena, ret))
        return form_fail(reader, ML_EINVAL, at,
                         "\"filename*\" of a part is none; write it as UTF-8''name, "
                         "percent-encoded");
    return 0;
}

static int read_disposition(const struct form_reader *reader, struct bytes value, size_t at,
                            struct part *part)
{
    struct bytes rest, head = contract_header_head(value, &rest);
    struct contract_parameter parameter;
    bool bad = !contract_header_is(head, "form-data"), extended = false;
    while (!bad && contract_header_parameter(&rest, &parameter, &bad)) {
        struct bytes text = contract_header_unquote(&parameter, reader->arena);
        if (contract_header_is(parameter.name, "name")) {
            part->name = unescape_name(reader, text);
        } else if (contract_header_is(parameter.name, "filename") && !extended) {
            part->file = unescape_name(reader, text);
        } else if (contract_header_is(parameter.name, "filename*")) {
            int status = read_extended(reader, text, at, &part->file);
            if (status < 0)
                return status;
            extended = true;
        }
    }
    if (bad || part->name.data == NULL)
        return form_fail(reader, ML_EINVAL, at,
                         "the Content-Disposition of a part must read: form-data; "
                         "name=\"…\"");
    return 0;
}

/* What Content-Transfer-Encoding may say is that nothing was encoded (RFC 7578, 4.7). */
static bool is_plain_encoding(struct bytes value)
{
    return contract_header_is(value, "7bit") || contract_header_is(value, "8bit") ||
           contract_header_is(value, "binary");
}

static int read_header(const struct form_reader *reader, struct bytes line, size_t at,
                       struct part *part)
{
    const char *colon = memchr(line.data, ':', line.size);
    if (colon == NULL)
        return form_fail(reader, ML_EINVAL, at,
                         "a line in the header of a part has no colon; a part is header lines, an "
                         "empty line, and the value");
    struct bytes name = {line.data, (size_t)(colon - line.data)};
    struct bytes value = contract_header_trim((struct bytes){colon + 1, line.size - name.size - 1});
    if (contract_header_is(name, "Content-Disposition"))
        return read_disposition(reader, value, at, part);
    if (contract_header_is(name, "Content-Type"))
        part->media_type = value;
    if (contract_header_is(name, "Content-Transfer-Encoding") && !is_plain_encoding(value))
        return form_fail(reader, ML_EINVAL, at,
                         "a part is encoded; send its value as it is, without "
                         "Content-Transfer-Encoding");
    return 0;
}

/* Header lines up to an empty one; *ret is where the content begins. `end` is where the part does.
 */
static int read_headers(const struct form_reader *reader, size_t end, struct part *part,
                        size_t *ret)
{
    const char *data = reader->body.data;
    size_t limit = end;
    if (limit - part->at > CONTRACT_FORM_PART_HEADERS_MAX)
        limit = part->at + CONTRACT_FORM_PART_HEADERS_MAX;
    for (size_t at = part->at; at < limit;) {
        const char *stop = memmem(data + at, limit - at, "\r\n", 2);
        if (stop == NULL)
            break;
        size_t size = (size_t)(stop - data) - at;
        if (size == 0) {
            *ret = at + 2;
            return 0;
        }
        int status = read_header(reader, (struct bytes){data + at, size}, at, part);
        if (status < 0)
            return status;
        at += size + 2;
        *ret = at;
        if (at == end)
            return 0; /* no value at all: the delimiter's line end is the empty line */
    }
    if (limit < end)
        return form_fail(reader, ML_ELIMIT, part->at,
                         "the header of a part is longer than %d bytes",
                         CONTRACT_FORM_PART_HEADERS_MAX);
    return form_fail(reader, ML_EINVAL, part->at,
                     "a part has no empty line behind its header; put one in front of the value");
}

/* ---- parts */

static int add_file(struct form_reader *reader, const struct part *part)
{
    struct contract_form_file file = {part->name, part->file, part->media_type, part->content.size};
    if (file.name.size == 0 && file.size == 0)
        return 0; /* a file input that nobody filled in */
    if (!bytes_is_utf8(file.field) || !bytes_is_utf8(file.name) || !bytes_is_utf8(file.media_type))
        return form_fail(reader, ML_EINVAL, part->at,
                         "the name of a file or of its field is not UTF-8; send the form as UTF-8");
    return form_add_file(reader, &file, part->at);
}

static int add_part(struct form_reader *reader, const struct part *part)
{
    if (part->name.data == NULL)
        return form_fail(reader, ML_EINVAL, part->at,
                         "a part has no Content-Disposition; every part needs one with a name");
    if (part->file.data != NULL)
        return add_file(reader, part);
    struct bytes rest, type = contract_header_head(part->media_type, &rest);
    if (type.size >= 10 && contract_header_is((struct bytes){type.data, 10}, "multipart/"))
        return form_fail(reader, ML_EINVAL, part->at,
                         "the field %s holds parts of its own; send each as a part of the form",
                         form_quote(reader, part->name));
    struct form_field field = {.name = part->name, .value = part->content, .at = part->at};
    struct bytes charset = contract_header_find(part->media_type, "charset", reader->arena);
    if (charset.data != NULL) {
        int status = form_charset(reader, charset, part->at, &field.charset);
        if (status < 0)
            return status;
        field.has_charset = true;
    }
    return form_add(reader, &field);
}

/* The part that begins at `at` and whose delimiter begins at `end`. An empty part has its delimiter
 * right behind the one before: the line end in front of it is then that of its header. */
static int read_part(struct form_reader *reader, size_t at, size_t end)
{
    struct part part = {.at = at, .media_type = {"", 0}};
    size_t content = at;
    int status = read_headers(reader, end, &part, &content);
    if (status < 0)
        return status;
    part.content = (struct bytes){reader->body.data + content, end > content ? end - content : 0};
    return add_part(reader, &part);
}

int form_read_multipart(struct form_reader *reader, struct bytes boundary)
{
    struct delimiter delimiter;
    size_t at = 0, next = 0, end = 0;
    int status = make_delimiter(reader, boundary, &delimiter);
    if (status < 0)
        return status;
    int kind = find_delimiter(reader->body, &delimiter, 0, &end, &next);
    if (kind < 0)
        return form_fail(reader, ML_EINVAL, 0,
                         "no line of the body is the boundary of Content-Type with -- in front, "
                         "ended by CRLF");
    while (kind == 1) {
        at = next;
        /* The line end of the delimiter may be that of the next one, too. */
        kind = find_delimiter(reader->body, &delimiter, at - 2, &end, &next);
        if (kind < 0)
            return form_fail(reader, ML_EINVAL, reader->body.size,
                             "the body ends before its last boundary line; it was cut off, send "
                             "it again");
        status = end < at ? form_fail(reader, ML_EINVAL, at, "a part is empty; leave it out")
                          : read_part(reader, at, end);
        if (status < 0)
            return status;
    }
    return 0;
}
