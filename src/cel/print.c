/* Values as a person reads them, in the notation of CEL. */
#include "base/buffer.h"
#include "cel/library.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

struct printer {
    struct buffer *out;
    size_t end; /* of the buffer, which nothing passes but the "…" */
};

static void print(struct printer *printer, const struct cel_value *value);

/* Whole characters up to the end. */
static void put(struct printer *printer, struct bytes text)
{
    size_t left = printer->end > printer->out->size ? printer->end - printer->out->size : 0;
    if (text.size > left) {
        text.size = left;
        while (text.size > 0 && ((unsigned char)text.data[text.size] & 0xC0) == 0x80)
            text.size--;
        buffer_append_bytes(printer->out, text);
        printer->end = 0;
        return;
    }
    buffer_append_bytes(printer->out, text);
}

static bool is_full(const struct printer *printer)
{
    return printer->end == 0;
}

static void put_text(struct printer *printer, const char *text)
{
    put(printer, bytes_of(text));
}

static void print_quoted(struct printer *printer, struct bytes text, bool bytes)
{
    put_text(printer, bytes ? "b\"" : "\"");
    for (size_t i = 0; i < text.size && !is_full(printer); i++) {
        unsigned char c = (unsigned char)text.data[i];
        char escape[8];
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c == '\n')
            snprintf(escape, sizeof escape, "\\n");
        else if (c < 0x20 || c == 0x7F || (bytes && c >= 0x80))
            snprintf(escape, sizeof escape, bytes ? "\\x%02x" : "\\u%04x", c);
        else {
            size_t size = 1;
            while (i + size < text.size && ((unsigned char)text.data[i + size] & 0xC0) == 0x80)
                size++;
            put(printer, (struct bytes){text.data + i, size});
            i += size - 1;
            continue;
        }
        put_text(printer, escape);
    }
    put_text(printer, "\"");
}

static void print_double(struct printer *printer, double number)
{
    char text[CEL_DOUBLE_TEXT_SIZE];
    if (isnan(number) || isinf(number)) {
        put_text(printer, isnan(number) ? "double(\"NaN\")"
                          : number > 0  ? "double(\"Infinity\")"
                                        : "double(\"-Infinity\")");
        return;
    }
    size_t size = cel_double_print(number, false, text);
    put(printer, (struct bytes){text, size});
    if (memchr(text, '.', size) == NULL && memchr(text, 'e', size) == NULL)
        put_text(printer, ".0");
}

static void print_items(struct printer *printer, const struct cel_value *value)
{
    bool map = value->kind == CEL_MAP;
    put_text(printer, map ? "{" : "[");
    for (size_t i = 0; i < value->count && !is_full(printer); i++) {
        put_text(printer, i > 0 ? ", " : "");
        print(printer, &value->items[map ? 2 * i : i]);
        if (!map)
            continue;
        put_text(printer, ": ");
        print(printer, &value->items[2 * i + 1]);
    }
    put_text(printer, map ? "}" : "]");
}

/* timestamp("…"), duration("…"), ip("…"), cidr("…"), as the library writes them. */
static void print_called(struct printer *printer, const struct cel_value *value)
{
    char text[CEL_ADDRESS_TEXT_SIZE + CEL_TIME_TEXT_SIZE];
    size_t size = value->kind == CEL_TIMESTAMP  ? cel_timestamp_print(value->time, text)
                  : value->kind == CEL_DURATION ? cel_duration_print(value->time, text)
                                                : cel_address_print(value, text);
    put_text(printer, cel_kind_name(value->kind));
    put_text(printer, "(\"");
    put(printer, (struct bytes){text, size});
    put_text(printer, "\")");
}

static void print_optional(struct printer *printer, const struct cel_value *value)
{
    put_text(printer, value->items != NULL ? "optional.of(" : "optional.none(");
    if (value->items != NULL)
        print(printer, value->items);
    put_text(printer, ")");
}

static void print_integer(struct printer *printer, const struct cel_value *value)
{
    char text[32];
    if (value->kind == CEL_INT)
        snprintf(text, sizeof text, "%" PRId64, value->integer);
    else
        snprintf(text, sizeof text, "%" PRIu64 "u", value->uinteger);
    put_text(printer, text);
}

static void print(struct printer *printer, const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_ABSENT: put_text(printer, "absent"); break;
    case CEL_NULL: put_text(printer, "null"); break;
    case CEL_BOOL: put_text(printer, value->boolean ? "true" : "false"); break;
    case CEL_INT:
    case CEL_UINT: print_integer(printer, value); break;
    case CEL_DOUBLE: print_double(printer, value->number); break;
    case CEL_STRING:
    case CEL_BYTES: print_quoted(printer, value->string, value->kind == CEL_BYTES); break;
    case CEL_TYPE: put(printer, value->string); break;
    case CEL_ERROR:
        put_text(printer, "error: ");
        put(printer, value->string);
        break;
    case CEL_LIST:
    case CEL_RECORD:
    case CEL_MAP: print_items(printer, value); break;
    case CEL_TIMESTAMP:
    case CEL_DURATION:
    case CEL_IP:
    case CEL_CIDR: print_called(printer, value); break;
    case CEL_OPTIONAL: print_optional(printer, value); break;
    case CEL_TABLE: put_text(printer, "table"); break;
    }
}

void cel_value_print(const struct cel_value *value, size_t limit, struct buffer *out)
{
    struct printer printer = {out, out->size + limit};
    print(&printer, value);
    if (is_full(&printer))
        buffer_append_bytes(out, BYTES_LITERAL("…"));
}
