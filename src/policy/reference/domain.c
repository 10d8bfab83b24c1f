/* Registrable domains: the host out of an address, its ASCII form (IDNA 2008, UTS #46, by libidn2),
 * the public suffix (the list built into libpsl; nothing is read from disk). */
#include "policy/reference/account.h"
#include "policy/reference/domain_list.h"

#include <ctype.h>
#include <idn2.h>
#include <libpsl.h>
#include <stdlib.h>

enum { HOST_MAX = 253, LABEL_MAX = 63 };

/* ---- the host in a host name, e-mail address or URL */

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && is_blank(text.data[0]))
        text = (struct bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

static struct bytes from(struct bytes text, const char *start)
{
    return (struct bytes){start, text.size - (size_t)(start - text.data)};
}

/* The part before the first of these ASCII characters. */
static struct bytes before_any(struct bytes text, const char *characters)
{
    uint64_t wanted[2] = {0};
    for (const char *c = characters; *c != '\0'; c++)
        wanted[*c >> 6 & 1] |= UINT64_C(1) << (*c & 63);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x80 && (wanted[c >> 6] >> (c & 63) & 1) != 0)
            return (struct bytes){text.data, i};
    }
    return text;
}

static struct bytes behind_last(struct bytes text, char character)
{
    const char *last = text.size > 0 ? memrchr(text.data, character, text.size) : NULL;
    return last != NULL ? from(text, last + 1) : text;
}

static struct bytes host_of(struct bytes source)
{
    source = trim(source);
    const char *scheme = source.size > 0 ? memmem(source.data, source.size, "://", 3) : NULL;
    size_t at = before_any(source, "@").size;
    bool url = scheme != NULL && (size_t)(scheme - source.data) < at;
    if (url)
        source = from(source, scheme + 3);
    else if (source.size >= 2 && memcmp(source.data, "//", 2) == 0)
        source = from(source, source.data + 2);
    /* A slash in front of the first @ is a path: example.com/@team. */
    if (url || before_any(source, "/?#").size < at)
        source = before_any(source, "/?#");
    source = behind_last(source, '@');
    /* "Ann <ann@example.com>", "ann@example.com, ann's desk", a port. */
    source = before_any(source, ">,; \t:[]");
    while (source.size > 0 && source.data[source.size - 1] == '.')
        source.size--;
    return source;
}

/* ---- its ASCII form */

static bool is_host(struct bytes host)
{
    size_t label = 0;
    bool letters = false;
    if (host.size == 0 || host.size > HOST_MAX)
        return false;
    for (size_t i = 0; i < host.size; i++) {
        unsigned char c = (unsigned char)host.data[i];
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            letters = false;
            continue;
        }
        if (!(isalnum(c) || c == '-' || c == '_') || ++label > LABEL_MAX)
            return false;
        letters = letters || isalpha(c);
    }
    return label > 0 && letters; /* a last label of digits is an IPv4 address */
}

/* Names beyond ASCII are rare: they alone cost a call of libidn2, which uses the heap. */
static size_t convert_international(struct bytes host, char text[static POLICY_DOMAIN_SIZE])
{
    /* A name beyond ASCII is at most four bytes a character, and 253 characters. */
    char input[4 * HOST_MAX + 1];
    if (host.size >= sizeof input)
        return 0;
    memcpy(input, host.data, host.size);
    input[host.size] = '\0';
    uint8_t *output = NULL;
    int flags = IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT;
    if (strlen(input) != host.size ||
        idn2_lookup_u8((const uint8_t *)input, &output, flags) != IDN2_OK)
        return 0;
    size_t size = strlen((const char *)output);
    if (size >= POLICY_DOMAIN_SIZE)
        size = 0;
    memcpy(text, output, size);
    idn2_free(output);
    return size;
}

static size_t convert_host(struct bytes host, char text[static POLICY_DOMAIN_SIZE])
{
    bool ascii = true;
    for (size_t i = 0; i < host.size; i++)
        ascii = ascii && (unsigned char)host.data[i] < 0x80;
    size_t size = host.size;
    if (!ascii)
        size = convert_international(host, text);
    else if (size < POLICY_DOMAIN_SIZE)
        for (size_t i = 0; i < size; i++)
            text[i] = (char)tolower((unsigned char)host.data[i]);
    else
        size = 0;
    return is_host((struct bytes){text, size}) ? size : 0;
}

struct bytes policy_domain_registrable(struct bytes source, char text[static POLICY_DOMAIN_SIZE])
{
    size_t size = convert_host(host_of(source), text);
    text[size] = '\0';
    if (size == 0)
        return (struct bytes){text, 0};
    const char *registrable = psl_registrable_domain(psl_builtin(), text);
    if (registrable == NULL)
        return (struct bytes){text, 0};
    return bytes_of(registrable);
}

/* ---- the lists */

static bool list_has(const char *const *list, size_t count, struct bytes domain)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct bytes entry = bytes_of(list[middle]);
        size_t common = entry.size < domain.size ? entry.size : domain.size;
        int order = common > 0 ? memcmp(entry.data, domain.data, common) : 0;
        if (order == 0 && entry.size == domain.size)
            return true;
        if (order < 0 || (order == 0 && entry.size < domain.size))
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool policy_domain_is_free_mail(struct bytes registrable)
{
    return list_has(domain_free_mail, domain_free_mail_count, registrable);
}

bool policy_domain_is_disposable(struct bytes registrable)
{
    return list_has(domain_disposable, domain_disposable_count, registrable);
}
