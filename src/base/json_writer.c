/* The writer keeps one bit of state: whether a comma is due. */
#include "base/json_writer.h"

#include "base/time.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void json_begin(struct json_writer *writer, struct buffer *out)
{
    *writer = (struct json_writer){.out = out};
}

static void separate(struct json_writer *writer)
{
    if (writer->comma)
        buffer_append_char(writer->out, ',');
    writer->comma = true;
}

static void open_with(struct json_writer *writer, char bracket)
{
    separate(writer);
    buffer_append_char(writer->out, bracket);
    writer->comma = false;
}

static void close_with(struct json_writer *writer, char bracket)
{
    buffer_append_char(writer->out, bracket);
    writer->comma = true;
}

void json_object_open(struct json_writer *writer)
{
    open_with(writer, '{');
}

void json_object_close(struct json_writer *writer)
{
    close_with(writer, '}');
}

void json_array_open(struct json_writer *writer)
{
    open_with(writer, '[');
}

void json_array_close(struct json_writer *writer)
{
    close_with(writer, ']');
}

static void append_quoted(struct buffer *out, struct bytes value)
{
    static const char hex[] = "0123456789abcdef";
    buffer_append_char(out, '"');
    size_t start = 0;
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buffer_append(out, value.data + start, i - start);
        start = i + 1;
        switch (c) {
        case '"': buffer_append(out, "\\\"", 2); break;
        case '\\': buffer_append(out, "\\\\", 2); break;
        case '\n': buffer_append(out, "\\n", 2); break;
        case '\r': buffer_append(out, "\\r", 2); break;
        case '\t': buffer_append(out, "\\t", 2); break;
        default: {
            char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            buffer_append(out, escape, sizeof escape);
        }
        }
    }
    if (start < value.size) /* data may be NULL when it is empty */
        buffer_append(out, value.data + start, value.size - start);
    buffer_append_char(out, '"');
}

void json_key_bytes(struct json_writer *writer, struct bytes key)
{
    separate(writer);
    append_quoted(writer->out, key);
    buffer_append_char(writer->out, ':');
    writer->comma = false;
}

void json_key(struct json_writer *writer, const char *key)
{
    json_key_bytes(writer, bytes_of(key));
}

void json_string(struct json_writer *writer, struct bytes value)
{
    separate(writer);
    append_quoted(writer->out, value);
}

void json_unsigned(struct json_writer *writer, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    separate(writer);
    buffer_append(writer->out, digits + at, sizeof digits - at);
}

void json_integer(struct json_writer *writer, int64_t value)
{
    if (value >= 0) {
        json_unsigned(writer, (uint64_t)value);
        return;
    }
    separate(writer);
    buffer_append_char(writer->out, '-');
    writer->comma = false;
    json_unsigned(writer, 0 - (uint64_t)value);
}

/* Up to six decimals and 2^53 in all: then the division below is correctly rounded, so these digits
 * read back to the same double, without asking snprintf. False when the value is not of that kind.
 */
static bool append_short_decimal(struct buffer *out, double value)
{
    enum { DECIMALS = 6 };
    double magnitude = fabs(value), scaled = magnitude * 1e6;
    if (!(scaled < 9007199254740992.0))
        return false;
    uint64_t digits = (uint64_t)(scaled + 0.5);
    if ((double)digits / 1e6 != magnitude)
        return false;
    char text[24];
    size_t at = sizeof text;
    uint64_t fraction = digits % 1000000, whole = digits / 1000000;
    for (int i = 0; i < DECIMALS; i++, fraction /= 10)
        text[--at] = (char)('0' + fraction % 10);
    text[--at] = '.';
    do {
        text[--at] = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole != 0);
    if (signbit(value))
        text[--at] = '-';
    size_t end = sizeof text;
    while (text[end - 1] == '0' && text[end - 2] != '.')
        end--;
    buffer_append(out, text + at, end - at);
    return true;
}

static void append_double(struct buffer *out, double value)
{
    char text[32];
    int size = 0;
    for (int digits = 15; digits <= 17; digits++) {
        size = snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buffer_append(out, text, (size_t)size);
    /* A double stays a double when read back. */
    if (strpbrk(text, ".e") == NULL)
        buffer_append(out, ".0", 2);
}

void json_double(struct json_writer *writer, double value)
{
    if (!isfinite(value)) {
        json_null(writer);
        return;
    }
    separate(writer);
    if (!append_short_decimal(writer->out, value))
        append_double(writer->out, value);
}

void json_boolean(struct json_writer *writer, bool value)
{
    separate(writer);
    buffer_append_bytes(writer->out, value ? BYTES_LITERAL("true") : BYTES_LITERAL("false"));
}

void json_null(struct json_writer *writer)
{
    separate(writer);
    buffer_append(writer->out, "null", 4);
}

void json_raw(struct json_writer *writer, struct bytes json)
{
    separate(writer);
    buffer_append_bytes(writer->out, json);
}

void json_member(struct json_writer *writer, const char *key, struct bytes value)
{
    json_key(writer, key);
    json_string(writer, value);
}

void json_member_if(struct json_writer *writer, const char *key, struct bytes value)
{
    if (value.size > 0)
        json_member(writer, key, value);
}

void json_member_integer(struct json_writer *writer, const char *key, int64_t value)
{
    json_key(writer, key);
    json_integer(writer, value);
}

void json_member_unsigned(struct json_writer *writer, const char *key, uint64_t value)
{
    json_key(writer, key);
    json_unsigned(writer, value);
}

void json_member_bool(struct json_writer *writer, const char *key, bool value)
{
    json_key(writer, key);
    json_boolean(writer, value);
}

void json_member_time(struct json_writer *writer, const char *key, int64_t time_us)
{
    json_key(writer, key);
    if (time_us == 0) {
        json_null(writer);
        return;
    }
    char text[TIME_TEXT_SIZE];
    time_print(time_us, text);
    json_string(writer, bytes_of(text));
}
