/* The table of formats, and those that need no more than a few lines. */
#include "contract/format.h"

#include "contract/internal.h"
#include "contract/pattern.h"
#include "contract/uri.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

bool contract_format_uuid(struct bytes text)
{
    if (text.size != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.data[i] != '-' : !is_hex(text.data[i]))
            return false;
    }
    return true;
}

bool contract_format_json_pointer(struct bytes text)
{
    if (text.size > 0 && text.data[0] != '/')
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '~' &&
            (i + 1 == text.size || (text.data[i + 1] != '0' && text.data[i + 1] != '1')))
            return false;
    return true;
}

/* A number without a zero in front; its size, or 0. */
static size_t whole_size(struct bytes text, size_t at)
{
    size_t size = 0;
    while (at + size < text.size && is_digit(text.data[at + size]))
        size++;
    return size > 1 && text.data[at] == '0' ? 0 : size;
}

/* draft-bhutton-relative-json-pointer-00: steps up, maybe steps aside, then a pointer or '#'. */
bool contract_format_relative_json_pointer(struct bytes text)
{
    size_t at = whole_size(text, 0);
    if (at == 0)
        return false;
    if (at < text.size && (text.data[at] == '+' || text.data[at] == '-')) {
        size_t size = whole_size(text, at + 1);
        if (size == 0)
            return false;
        at += 1 + size;
    }
    struct bytes rest = {text.data + at, text.size - at};
    return bytes_is(rest, "#") || contract_format_json_pointer(rest);
}

bool contract_format_regex(struct bytes text)
{
    struct buffer out;
    size_t at;
    buffer_init(&out, 16 * CONTRACT_PATTERN_SIZE_MAX);
    bool valid = contract_pattern_translate(text, &out, &at) == NULL;
    buffer_release(&out);
    return valid;
}

/* ---- RFC 6570 */

static size_t escaped_size(struct bytes text, size_t at)
{
    return text.size - at >= 3 && text.data[at] == '%' && is_hex(text.data[at + 1]) &&
                   is_hex(text.data[at + 2])
               ? 3
               : 0;
}

static size_t variable_character_size(struct bytes text, size_t at)
{
    if (at >= text.size)
        return 0;
    char c = text.data[at];
    if (((c | 32) >= 'a' && (c | 32) <= 'z') || is_digit(c) || c == '_')
        return 1;
    return escaped_size(text, at);
}

/* A name with its modifier; where it ends, or 0. */
static size_t variable_end(struct bytes text, size_t at)
{
    size_t size = variable_character_size(text, at);
    if (size == 0)
        return 0;
    while (size > 0) {
        at += size;
        size_t dot = at < text.size && text.data[at] == '.';
        size = variable_character_size(text, at + dot);
        size += size > 0 ? dot : 0;
    }
    if (at < text.size && text.data[at] == '*')
        return at + 1;
    if (at < text.size && text.data[at] == ':') {
        size_t digits = whole_size(text, at + 1);
        bool fits = digits > 0 && digits <= 4 && text.data[at + 1] != '0';
        return fits ? at + 1 + digits : 0;
    }
    return at;
}

/* Behind the brace that opens; behind the one that closes, or 0. */
static size_t expression_end(struct bytes text, size_t at)
{
    if (at < text.size && text.data[at] != '\0' && strchr("+#./;?&=,!@|", text.data[at]) != NULL)
        at++;
    for (;;) {
        at = variable_end(text, at);
        if (at == 0 || at >= text.size)
            return 0;
        if (text.data[at] == '}')
            return at + 1;
        if (text.data[at++] != ',')
            return 0;
    }
}

/* An apostrophe may stand in a literal (erratum 6937). */
bool contract_format_uri_template(struct bytes text)
{
    for (size_t at = 0; at < text.size;) {
        unsigned char c = (unsigned char)text.data[at];
        size_t escaped = escaped_size(text, at);
        if (c == '{') {
            at = expression_end(text, at + 1);
            if (at == 0)
                return false;
        } else if (escaped > 0) {
            at += escaped;
        } else if (c <= ' ' || c == 0x7F || strchr("\"%<>\\^`|}", c) != NULL) {
            return false;
        } else {
            at++;
        }
    }
    return true;
}

/* ---- the table */

static bool is_uri(struct bytes text)
{
    return contract_uri_is_valid(text, CONTRACT_URI);
}

static bool is_uri_reference(struct bytes text)
{
    return contract_uri_is_valid(text, CONTRACT_URI_RELATIVE);
}

static bool is_iri(struct bytes text)
{
    return contract_uri_is_valid(text, CONTRACT_URI_UNICODE);
}

static bool is_iri_reference(struct bytes text)
{
    return contract_uri_is_valid(text, CONTRACT_URI_UNICODE | CONTRACT_URI_RELATIVE);
}

static const struct contract_format formats[] = {
    {"date", contract_format_date, "a date such as 2026-11-23"},
    {"date-time", contract_format_date_time,
     "a date and time with its offset, such as 2026-11-23T09:30:00Z"},
    {"duration", contract_format_duration, "an ISO 8601 duration such as P3D or PT1H30M"},
    {"email", contract_format_email, "an e-mail address such as jo@example.com"},
    {"hostname", contract_format_hostname, "a host name such as www.example.com"},
    {"idn-email", contract_format_idn_email, "an e-mail address such as jo@example.com"},
    {"idn-hostname", contract_format_idn_hostname, "a host name such as www.example.com"},
    {"ipv4", contract_format_ipv4, "an IPv4 address such as 192.0.2.1"},
    {"ipv6", contract_format_ipv6, "an IPv6 address such as 2001:db8::1"},
    {"iri", is_iri, "an address with its scheme, such as https://example.com/"},
    {"iri-reference", is_iri_reference, "an address or a path, such as /leads/1"},
    {"json-pointer", contract_format_json_pointer, "a JSON Pointer such as /items/0"},
    {"regex", contract_format_regex, "a regular expression of ECMA-262"},
    {"relative-json-pointer", contract_format_relative_json_pointer,
     "a relative JSON Pointer such as 1/name"},
    {"time", contract_format_time, "a time with its offset, such as 09:30:00Z"},
    {"uri", is_uri, "an address with its scheme, such as https://example.com/"},
    {"uri-reference", is_uri_reference, "an address or a path, such as /leads/1"},
    {"uri-template", contract_format_uri_template,
     "a URI template such as https://example.com/{id}"},
    {"uuid", contract_format_uuid, "a UUID such as 123e4567-e89b-12d3-a456-426614174000"},
};

const struct contract_format *contract_format_find(struct bytes name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (bytes_is(name, formats[i].name))
            return &formats[i];
    return NULL;
}
