/* Hosts and the addresses that contain them. */
#include "contract/format.h"

#include "contract/internal.h"

#include <idn2.h>
#include <strings.h>

enum {
    LABEL_MAX = 63,
    HOST_MAX = 253,
    LABEL_BYTES_MAX = 4 * LABEL_MAX, /* beyond ASCII, before it is encoded */
    LOCAL_PART_MAX = 64,
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
    return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool is_hex(char c)
{
    return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* ---- names */

/* RFC 1123: letters, digits and, inside, hyphens. */
static bool is_ascii_label(struct bytes label)
{
    if (label.size == 0 || label.size > LABEL_MAX || label.data[0] == '-' ||
        label.data[label.size - 1] == '-')
        return false;
    for (size_t i = 0; i < label.size; i++)
        if (!is_alphanumeric(label.data[i]) && label.data[i] != '-')
            return false;
    return true;
}

enum host_form {
    HOST_ASCII,
    HOST_UNICODE,      /* U-labels, as they may be registered */
    HOST_UNNORMALISED, /* as people type them: what NFC makes of them is a host */
};

/* What IDNA 2008 allows to be registered: all its rules for what may stand where. `is_encoded`
 * takes an A-label ("xn--…"), otherwise it is a U-label. */
static bool is_idna_label(struct bytes label, bool is_encoded, enum host_form form)
{
    char text[LABEL_BYTES_MAX + 1];
    uint8_t *encoded = NULL;
    if (label.size > LABEL_BYTES_MAX || memchr(label.data, '\0', label.size) != NULL)
        return false;
    memcpy(text, label.data, label.size);
    text[label.size] = '\0';
    for (size_t i = 0; is_encoded && i < label.size; i++)
        text[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 32 : text[i]);
    const uint8_t *input = (const uint8_t *)text;
    int status = form == HOST_UNNORMALISED && !is_encoded
                     ? idn2_lookup_u8(input, &encoded, IDN2_NFC_INPUT | IDN2_NO_TR46)
                     : idn2_register_u8(is_encoded ? NULL : input, is_encoded ? input : NULL,
                                        &encoded, IDN2_NO_TR46);
    idn2_free(encoded);
    return status == IDN2_OK;
}

static bool is_encoded(struct bytes label)
{
    return label.size >= 4 && (label.data[0] | 32) == 'x' && (label.data[1] | 32) == 'n' &&
           label.data[2] == '-' && label.data[3] == '-';
}

/* Hyphens at the third and fourth place are kept for encodings; "xn--" is the only one. */
static bool is_label(struct bytes label, enum host_form form)
{
    bool ascii = true;
    for (size_t i = 0; i < label.size && ascii; i++)
        ascii = (unsigned char)label.data[i] < 0x80;
    if (!ascii)
        return form != HOST_ASCII && is_idna_label(label, false, form);
    if (!is_ascii_label(label))
        return false;
    if (is_encoded(label))
        return is_idna_label(label, true, form);
    return label.size < 4 || label.data[2] != '-' || label.data[3] != '-';
}

/* The size of a dot at `at`; IDNA has three more of them (RFC 3490, 3.1). */
static size_t dot_size(struct bytes text, size_t at, enum host_form form)
{
    static const char *const dots[] = {"。", "．", "｡"};
    if (text.data[at] == '.')
        return 1;
    for (size_t i = 0; form != HOST_ASCII && i < 3; i++)
        if (text.size - at >= 3 && memcmp(text.data + at, dots[i], 3) == 0)
            return 3;
    return 0;
}

/* Which way a label is written. */
enum direction { LEFT_TO_RIGHT, STARTS_WITH_DIGIT, RIGHT_TO_LEFT, BOTH_KINDS_OF_DIGITS };

static bool is_right_to_left(uint32_t code)
{
    return (code >= 0x590 && code <= 0x8FF) || (code >= 0xFB1D && code <= 0xFDFF) ||
           (code >= 0xFE70 && code <= 0xFEFF) || (code >= 0x10800 && code <= 0x10FFF) ||
           (code >= 0x1E800 && code <= 0x1EFFF);
}

static enum direction direction_of(struct bytes label)
{
    const char *at = label.data, *end = label.data + label.size;
    bool arabic = false, european = false, right_to_left = false;
    while (at < end) {
        uint32_t code = 0;
        size_t size = contract_utf8_get(at, end, &code);
        if (size == 0)
            break;
        at += size;
        if (code >= 0x660 && code <= 0x669)
            arabic = true;
        else if ((code >= '0' && code <= '9') || (code >= 0x6F0 && code <= 0x6F9))
            european = true;
        else
            right_to_left |= is_right_to_left(code);
    }
    if (right_to_left)
        return arabic && european ? BOTH_KINDS_OF_DIGITS : RIGHT_TO_LEFT;
    return label.size > 0 && is_digit(label.data[0]) ? STARTS_WITH_DIGIT : LEFT_TO_RIGHT;
}

/* RFC 5893, 2, as far as libidn2, which sees one label at a time, leaves it: in a domain that has a
 * label from right to left no other begins with a digit; in such a label there is one kind of
 * digits. */
static bool directions_agree(const bool seen[static 4])
{
    return !seen[BOTH_KINDS_OF_DIGITS] && !(seen[RIGHT_TO_LEFT] && seen[STARTS_WITH_DIGIT]);
}

static bool is_host(struct bytes text, enum host_form form)
{
    size_t start = 0;
    bool directions[4] = {false};
    if (text.size == 0 || contract_character_count(text) > HOST_MAX)
        return false;
    for (size_t at = 0; at < text.size;) {
        size_t dot = dot_size(text, at, form);
        if (dot > 0) {
            const struct bytes label = {text.data + start, at - start};
            if (!is_label(label, form))
                return false;
            directions[direction_of(label)] = true;
            start = at + dot;
        }
        at += dot > 0 ? dot : 1;
    }
    const struct bytes last = {text.data + start, text.size - start};
    directions[direction_of(last)] = true;
    return is_label(last, form) && directions_agree(directions);
}

bool contract_format_hostname(struct bytes text)
{
    return is_host(text, HOST_ASCII);
}

bool contract_format_idn_hostname(struct bytes text)
{
    return is_host(text, HOST_UNICODE);
}

/* ---- addresses */

bool contract_format_ipv4(struct bytes text)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        size_t digits = at;
        int value = 0;
        while (at < text.size && is_digit(text.data[at]) && at - digits < 4)
            value = value * 10 + (text.data[at++] - '0');
        if (at == digits || value > 255 || (at - digits > 1 && text.data[digits] == '0'))
            return false;
        if (part < 3 && (at == text.size || text.data[at++] != '.'))
            return false;
    }
    return at == text.size;
}

/* RFC 4291, 2.2: eight groups, one run of which may be "::", the last two maybe as IPv4. */
bool contract_format_ipv6(struct bytes text)
{
    size_t at = 0;
    int groups = 0;
    bool gap = false;
    if (text.size >= 2 && text.data[0] == ':' && text.data[1] == ':') {
        gap = true;
        at = 2;
    }
    while (at < text.size) {
        size_t start = at;
        while (at < text.size && is_hex(text.data[at]) && at - start < 5)
            at++;
        if (at < text.size && text.data[at] == '.') {
            struct bytes rest = {text.data + start, text.size - start};
            return contract_format_ipv4(rest) && (gap ? groups + 2 < 8 : groups + 2 == 8);
        }
        if (at == start || at - start > 4 || ++groups > 8)
            return false;
        if (at == text.size)
            break;
        if (text.data[at++] != ':' || at == text.size)
            return false;
        if (text.data[at] == ':') {
            if (gap)
                return false;
            gap = true;
            at++;
        }
    }
    return gap ? groups < 8 : groups == 8;
}

/* ---- e-mail */

static bool is_atom_character(char c, bool unicode)
{
    return is_alphanumeric(c) || (unicode && (unsigned char)c >= 0x80) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_dot_string(struct bytes local, bool unicode)
{
    bool atom = false;
    for (size_t i = 0; i < local.size; i++) {
        if (local.data[i] == '.' ? !atom : !is_atom_character(local.data[i], unicode))
            return false;
        atom = local.data[i] != '.';
    }
    return atom;
}

/* Between its quotes: printable ASCII, where \ and " take a \ in front. */
static bool is_quoted_string(struct bytes local, bool unicode)
{
    if (local.size < 2 || local.data[0] != '"' || local.data[local.size - 1] != '"')
        return false;
    for (size_t i = 1; i < local.size - 1; i++) {
        unsigned char c = (unsigned char)local.data[i];
        if (c == '\\') {
            c = (unsigned char)local.data[++i];
            if (i == local.size - 1 || c < ' ' || c > '~')
                return false;
        } else if (c == '"' || c < ' ' || c == 0x7F || (c >= 0x80 && !unicode)) {
            return false;
        }
    }
    return true;
}

/* In brackets: an IPv4 address, or "IPv6:" and one; no other tags are registered. */
static bool is_address_literal(struct bytes text)
{
    if (text.size < 2 || text.data[text.size - 1] != ']')
        return false;
    struct bytes inside = {text.data + 1, text.size - 2};
    if (inside.size > 5 && strncasecmp(inside.data, "IPv6:", 5) == 0)
        return contract_format_ipv6((struct bytes){inside.data + 5, inside.size - 5});
    return contract_format_ipv4(inside);
}

static bool is_mailbox(struct bytes text, bool unicode)
{
    const char *sign = text.size == 0 ? NULL : memrchr(text.data, '@', text.size);
    if (sign == NULL)
        return false;
    struct bytes local = {text.data, (size_t)(sign - text.data)};
    struct bytes domain = {sign + 1, text.size - local.size - 1};
    if (local.size == 0 || local.size > LOCAL_PART_MAX)
        return false;
    if (!is_dot_string(local, unicode) && !is_quoted_string(local, unicode))
        return false;
    if (domain.size > 0 && domain.data[0] == '[')
        return is_address_literal(domain);
    return is_host(domain, unicode ? HOST_UNNORMALISED : HOST_ASCII);
}

bool contract_format_email(struct bytes text)
{
    return is_mailbox(text, false);
}

bool contract_format_idn_email(struct bytes text)
{
    return is_mailbox(text, true);
}
