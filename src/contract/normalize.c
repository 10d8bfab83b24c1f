/* The small normalisers: e-mail, language tags, yes or no; and what all of them share. */
#include "contract/normalize_internal.h"

#include "contract/format.h"
#include "contract/internal.h"

#include <idn2.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

/* ---- shared */

int normalize_fail(struct error *err, struct bytes text, const char *format, ...)
{
    char message[300];
    struct buffer quoted;
    va_list arguments;
    if (err == NULL)
        return ML_EINVAL;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    buffer_init(&quoted, 1024);
    if (bytes_is_utf8(text))
        contract_text_quote(text, &quoted);
    else
        buffer_printf(&quoted, "the text (which is not UTF-8)");
    error_set(err, ML_EINVAL, "", "%s %s", buffer_string(&quoted), message);
    buffer_release(&quoted);
    return ML_EINVAL;
}

static size_t blank_in_front(struct bytes text)
{
    unsigned char c = text.size > 0 ? (unsigned char)text.data[0] : 'x';
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    return text.size >= 2 && memcmp(text.data, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

static size_t blank_behind(struct bytes text)
{
    unsigned char c = text.size > 0 ? (unsigned char)text.data[text.size - 1] : 'x';
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    return text.size >= 2 && memcmp(text.data + text.size - 2, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

struct bytes normalize_trim(struct bytes text)
{
    for (size_t blank; (blank = blank_in_front(text)) > 0;)
        text = (struct bytes){text.data + blank, text.size - blank};
    for (size_t blank; (blank = blank_behind(text)) > 0;)
        text.size -= blank;
    return text;
}

bool normalize_is(struct bytes text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

struct bytes normalize_without(struct bytes text, const char *prefix)
{
    size_t size = strlen(prefix);
    if (text.size < size || strncasecmp(text.data, prefix, size) != 0)
        return text;
    return (struct bytes){text.data + size, text.size - size};
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c & ~32) : c;
}

/* ---- e-mail */

/* The domain as A-labels, NUL behind it; 0 when it is none. */
static size_t encode_domain(struct bytes domain, char *out, size_t room)
{
    char input[CONTRACT_EMAIL_SIZE];
    uint8_t *encoded = NULL;
    bool ascii = true;
    if (domain.size == 0 || domain.size >= sizeof input || memchr(domain.data, '\0', domain.size))
        return 0;
    for (size_t i = 0; i < domain.size; i++) {
        input[i] = lower(domain.data[i]);
        ascii = ascii && (unsigned char)input[i] < 0x80;
    }
    input[domain.size] = '\0';
    if (!ascii && idn2_lookup_u8((const uint8_t *)input, &encoded,
                                 IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK)
        return 0;
    int size = snprintf(out, room, "%s", ascii ? input : (const char *)encoded);
    idn2_free(encoded);
    return size > 0 && (size_t)size < room ? (size_t)size : 0;
}

int contract_normalize_email(struct bytes text, struct contract_email *ret, struct error *err)
{
    enum { LOCAL_MAX = 64, ADDRESS_MAX = 254 }; /* RFC 5321, 4.5.3.1 */
    struct bytes mailbox = normalize_without(normalize_trim(text), "mailto:");
    const char *sign = mailbox.size > 0 ? memrchr(mailbox.data, '@', mailbox.size) : NULL;
    if (sign == NULL || !bytes_is_utf8(mailbox))
        return normalize_fail(err, text, "is no e-mail address; one looks like jo@example.com");
    struct contract_email email;
    struct bytes local = {mailbox.data, (size_t)(sign - mailbox.data)};
    struct bytes domain = {sign + 1, mailbox.size - local.size - 1};
    if (local.size == 0 || local.size > LOCAL_MAX)
        return normalize_fail(err, text, "has %s in front of the @",
                              local.size == 0 ? "nothing" : "more than 64 characters");
    memcpy(email.address, local.data, local.size);
    email.address[local.size] = '@';
    size_t size = encode_domain(domain, email.address + local.size + 1,
                                sizeof email.address - local.size - 1);
    struct bytes host = {email.address + local.size + 1, size};
    if (size == 0 || !contract_format_hostname(host))
        return normalize_fail(err, text, "has no domain behind the @ that could exist");
    if (memchr(host.data, '.', host.size) == NULL)
        return normalize_fail(err, text, "has a domain without a dot; its ending is missing");
    size += local.size + 1;
    if (size > ADDRESS_MAX)
        return normalize_fail(err, text, "is longer than %d characters", ADDRESS_MAX);
    if (!contract_format_idn_email((struct bytes){email.address, size}))
        return normalize_fail(err, text,
                              "has characters in front of the @ that cannot stand there; quote "
                              "them or leave them out");
    memcpy(email.key, email.address, size + 1);
    for (size_t i = 0; i < local.size; i++)
        email.key[i] = lower(email.key[i]);
    *ret = email;
    return 0;
}

/* ---- language tags */

static bool is_alpha(struct bytes part)
{
    for (size_t i = 0; i < part.size; i++)
        if (lower(part.data[i]) < 'a' || lower(part.data[i]) > 'z')
            return false;
    return true;
}

static bool is_alphanumeric(struct bytes part)
{
    for (size_t i = 0; i < part.size; i++)
        if ((lower(part.data[i]) < 'a' || lower(part.data[i]) > 'z') &&
            (part.data[i] < '0' || part.data[i] > '9'))
            return false;
    return part.size > 0 && part.size <= 8;
}

static bool is_digits(struct bytes part)
{
    for (size_t i = 0; i < part.size; i++)
        if (part.data[i] < '0' || part.data[i] > '9')
            return false;
    return part.size > 0;
}

/* The places that parts of a tag may take, in their order (RFC 5646, 2.1). */
enum { LANGUAGE, EXTENDED, SCRIPT, REGION, VARIANT, EXTENSION, EXTENSION_PART, PRIVATE };

/* The place of the next part behind one at `place`; -1 when it fits none. */
static int place_part(int place, struct bytes part)
{
    if (!is_alphanumeric(part))
        return -1;
    if (place == PRIVATE || (part.size == 1 && lower(part.data[0]) == 'x'))
        return PRIVATE;
    if (place >= EXTENSION)
        return part.size > 1 ? EXTENSION_PART : place == EXTENSION_PART ? EXTENSION : -1;
    if (place <= EXTENDED && part.size == 3 && is_alpha(part))
        return EXTENDED;
    if (place < SCRIPT && part.size == 4 && is_alpha(part))
        return SCRIPT;
    if (place < REGION &&
        ((part.size == 2 && is_alpha(part)) || (part.size == 3 && is_digits(part))))
        return REGION;
    if (part.size >= 5 || (part.size == 4 && is_digits((struct bytes){part.data, 1})))
        return VARIANT;
    return part.size == 1 ? EXTENSION : -1;
}

static void write_part(int place, struct bytes part, char *out)
{
    for (size_t i = 0; i < part.size; i++)
        out[i] = place == REGION || (place == SCRIPT && i == 0) ? upper(part.data[i])
                                                                : lower(part.data[i]);
}

/* Codes that were replaced in ISO 639 and still come from old software. */
static void renew_language(char *tag, size_t size)
{
    static const char renewed[][2][3] = {{"iw", "he"}, {"in", "id"}, {"ji", "yi"}};
    for (size_t i = 0; i < sizeof renewed / sizeof *renewed && size == 2; i++)
        if (memcmp(tag, renewed[i][0], 2) == 0)
            memcpy(tag, renewed[i][1], 2);
}

int contract_normalize_language(struct bytes text, char ret[static CONTRACT_LANGUAGE_SIZE],
                                struct error *err)
{
    struct bytes rest = normalize_trim(text);
    char tag[CONTRACT_LANGUAGE_SIZE];
    size_t size = 0;
    int place = -1;
    bool is_private = false; /* something stands behind the x */
    for (size_t i = 0; i < rest.size; i++)
        if (rest.data[i] == '.' || rest.data[i] == '@')
            rest.size = i; /* the encoding or variant of a POSIX locale */
    for (size_t at = 0; at <= rest.size;) {
        size_t end = at;
        while (end < rest.size && rest.data[end] != '-' && rest.data[end] != '_')
            end++;
        struct bytes part = {rest.data + at, end - at};
        if (place < 0) {
            place = part.size >= 2 && part.size <= 3 && is_alpha(part) ? LANGUAGE : -1;
        } else {
            is_private = place == PRIVATE;
            place = place_part(place, part);
        }
        if (place < 0 || size + part.size + 2 > sizeof tag)
            return normalize_fail(err, text,
                                  "is no language tag; one looks like de, en-GB or "
                                  "zh-Hant-TW");
        if (size > 0)
            tag[size++] = '-';
        write_part(place, part, tag + size);
        size += part.size;
        if (place == LANGUAGE)
            renew_language(tag, size);
        at = end + 1;
    }
    bool bare_private = place == PRIVATE && !is_private;
    if (place == EXTENSION || bare_private)
        return normalize_fail(err, text, "is a language tag that breaks off");
    tag[size] = '\0';
    memcpy(ret, tag, size + 1);
    return 0;
}

/* ---- yes or no */

int contract_normalize_boolean(struct bytes text, bool *ret, struct error *err)
{
    static const char *const words[2][14] = {{"no", "n", "off", "0", "false", "f", "unchecked",
                                              "nein", "non", "faux", "falso", "falsch", NULL},
                                             {"yes", "y", "on", "1", "true", "t", "checked", "ja",
                                              "oui", "vrai", "si", "s\xC3\xAD", "wahr", NULL}};
    struct bytes word = normalize_trim(text);
    for (int value = 0; value < 2; value++)
        for (size_t i = 0; words[value][i] != NULL; i++)
            if (normalize_is(word, words[value][i])) {
                *ret = value == 1;
                return 0;
            }
    return normalize_fail(err, text, "is neither yes nor no; send true or false");
}
