/* Splitting and checking go by the first character that ends a part; resolving follows the
 * pseudocode of RFC 3986, 5.2. */
#include "contract/uri.h"

#include "contract/format.h"
#include "contract/internal.h"

static bool is_alpha(unsigned char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(unsigned char c)
{
    return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* The bytes up to the first of `stops`, or all. */
static struct bytes until(const char *at, const char *end, const char *stops)
{
    const char *c = at;
    while (c < end && (*c == '\0' || strchr(stops, *c) == NULL))
        c++;
    return (struct bytes){at, (size_t)(c - at)};
}

struct contract_uri contract_uri_split(struct bytes text)
{
    struct contract_uri uri = {0};
    const char *at = text.data == NULL ? "" : text.data, *end = at + text.size;
    struct bytes head = until(at, end, ":/?#");
    if (head.size > 0 && at + head.size < end && at[head.size] == ':') {
        uri.scheme = head;
        at += head.size + 1;
    }
    if (end - at >= 2 && at[0] == '/' && at[1] == '/') {
        uri.authority = until(at + 2, end, "/?#");
        at += 2 + uri.authority.size;
    }
    uri.path = until(at, end, "?#");
    at += uri.path.size;
    if (at < end && *at == '?') {
        uri.query = until(at + 1, end, "#");
        at += 1 + uri.query.size;
    }
    if (at < end)
        uri.fragment = (struct bytes){at + 1, (size_t)(end - at - 1)};
    return uri;
}

struct bytes contract_uri_without_fragment(struct bytes uri)
{
    const char *hash = uri.size == 0 ? NULL : memchr(uri.data, '#', uri.size);
    return (struct bytes){uri.data, hash == NULL ? uri.size : (size_t)(hash - uri.data)};
}

/* ---- grammar */

/* ucschar and iprivate of RFC 3987. */
static bool is_unicode(uint32_t code, bool private)
{
    bool character = (code >= 0xA0 && code <= 0xD7FF) || (code >= 0xF900 && code <= 0xFDCF) ||
                     (code >= 0xFDF0 && code <= 0xFFEF) ||
                     (code >= 0x10000 && code <= 0xEFFFD && (code & 0xFFFF) <= 0xFFFD &&
                      !(code >= 0xE0000 && code < 0xE1000));
    return character || (private && ((code >= 0xE000 && code <= 0xF8FF) ||
                                     (code >= 0xF0000 && (code & 0xFFFF) <= 0xFFFD)));
}

/* unreserved, sub-delims and %XX, beside the characters in `more`. */
static bool are_allowed(struct bytes part, const char *more, unsigned rules, bool private)
{
    for (size_t i = 0; i < part.size; i++) {
        unsigned char c = (unsigned char)part.data[i];
        uint32_t code;
        if (c >= 0x80) {
            size_t size = contract_utf8_get(part.data + i, part.data + part.size, &code);
            if ((rules & CONTRACT_URI_UNICODE) == 0 || !is_unicode(code, private))
                return false;
            i += size - 1;
        } else if (c == '%') {
            if (part.size - i < 3 || !is_hex((unsigned char)part.data[i + 1]) ||
                !is_hex((unsigned char)part.data[i + 2]))
                return false;
            i += 2;
        } else if (c == '\0' || (!is_alpha(c) && !is_digit(c) &&
                                 strchr("-._~!$&'()*+,;=", c) == NULL && strchr(more, c) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_scheme(struct bytes scheme)
{
    if (scheme.size == 0 || !is_alpha((unsigned char)scheme.data[0]))
        return false;
    for (size_t i = 1; i < scheme.size; i++) {
        unsigned char c = (unsigned char)scheme.data[i];
        if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
            return false;
    }
    return true;
}

static bool is_port(struct bytes port)
{
    for (size_t i = 0; i < port.size; i++)
        if (!is_digit((unsigned char)port.data[i]))
            return false;
    return true;
}

/* Inside the brackets: an IPv6 address or v1.anything. */
static bool is_ip_literal(struct bytes inside)
{
    if (inside.size == 0 || (inside.data[0] | 32) != 'v')
        return contract_format_ipv6(inside);
    size_t at = 1;
    while (at < inside.size && is_hex((unsigned char)inside.data[at]))
        at++;
    if (at == 1 || at == inside.size || inside.data[at] != '.' || at + 1 == inside.size)
        return false;
    struct bytes rest = {inside.data + at + 1, inside.size - at - 1};
    return memchr(rest.data, '%', rest.size) == NULL && are_allowed(rest, ":", 0, false);
}

static bool is_authority(struct bytes authority, unsigned rules)
{
    const char *at = authority.data, *end = at + authority.size;
    const char *sign = authority.size == 0 ? NULL : memchr(at, '@', authority.size);
    if (sign != NULL) {
        if (!are_allowed((struct bytes){at, (size_t)(sign - at)}, ":", rules, false))
            return false;
        at = sign + 1;
    }
    if (at < end && *at == '[') {
        const char *close = memchr(at, ']', (size_t)(end - at));
        if (close == NULL || !is_ip_literal((struct bytes){at + 1, (size_t)(close - at) - 1}))
            return false;
        if (close + 1 == end)
            return true;
        return close[1] == ':' && is_port((struct bytes){close + 2, (size_t)(end - close) - 2});
    }
    struct bytes host = until(at, end, ":");
    if (!are_allowed(host, "", rules, false))
        return false;
    at += host.size;
    return at == end || is_port((struct bytes){at + 1, (size_t)(end - at) - 1});
}

bool contract_uri_is_valid(struct bytes text, unsigned rules)
{
    struct contract_uri uri = contract_uri_split(text);
    if (uri.scheme.data != NULL ? !is_scheme(uri.scheme) : (rules & CONTRACT_URI_RELATIVE) == 0)
        return false;
    if (uri.authority.data != NULL && !is_authority(uri.authority, rules))
        return false;
    /* Without a scheme, the first segment must not look like one: ":" at the very start. */
    struct bytes first = until(uri.path.data, uri.path.data + uri.path.size, "/");
    if (uri.scheme.data == NULL && uri.authority.data == NULL && first.size > 0 &&
        memchr(first.data, ':', first.size) != NULL)
        return false;
    return are_allowed(uri.path, ":@/", rules, false) &&
           are_allowed(uri.query, ":@/?", rules, true) &&
           are_allowed(uri.fragment, ":@/?", rules, false);
}

/* ---- resolving */

/* Takes the last segment and its slash off what was written since `base`. */
static void drop_segment(struct buffer *out, size_t base)
{
    while (out->size > base && out->data[out->size - 1] != '/')
        out->size--;
    if (out->size > base)
        out->size--;
}

static bool starts(struct bytes text, const char *with)
{
    size_t size = strlen(with);
    return text.size >= size && memcmp(text.data, with, size) == 0;
}

/* How much of the path goes away unwritten, by the rules A to D; 0: its first segment stays. */
static size_t dots_size(struct bytes path)
{
    static const struct {
        const char *start;
        size_t skip;
    } rules[] = {{"../", 3}, {"./", 2}, {"/./", 2}, {"/../", 3}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (starts(path, rules[i].start))
            return rules[i].skip;
    return bytes_is(path, ".") || bytes_is(path, "..") ? path.size : 0;
}

static void remove_dots(struct bytes path, struct buffer *out)
{
    size_t base = out->size;
    while (path.data != NULL && path.size > 0) {
        bool last = bytes_is(path, "/.") || bytes_is(path, "/..");
        if (starts(path, "/../") || bytes_is(path, "/.."))
            drop_segment(out, base);
        if (last) {
            buffer_append_char(out, '/');
            return;
        }
        size_t size = dots_size(path);
        if (size == 0) {
            size = 1 + until(path.data + 1, path.data + path.size, "/").size;
            buffer_append(out, path.data, size);
        }
        path = (struct bytes){path.data + size, path.size - size};
    }
}

static void merge(const struct contract_uri *base, struct bytes path, struct buffer *out)
{
    size_t kept = base->path.size;
    while (kept > 0 && base->path.data[kept - 1] != '/')
        kept--;
    if (base->authority.data != NULL && base->path.size == 0)
        buffer_append_char(out, '/');
    buffer_append(out, base->path.data, kept);
    buffer_append_bytes(out, path);
}

static void put_path(const struct contract_uri *base, const struct contract_uri *reference,
                     struct buffer *out)
{
    if (reference->path.size > 0 && reference->path.data[0] == '/') {
        remove_dots(reference->path, out);
        return;
    }
    struct buffer merged;
    buffer_init(&merged, base->path.size + reference->path.size + 1);
    merge(base, reference->path, &merged);
    remove_dots(buffer_bytes(&merged), out);
    buffer_release(&merged);
}

struct bytes contract_uri_resolve(struct bytes base_text, struct bytes reference_text,
                                  struct arena *arena)
{
    struct contract_uri base = contract_uri_split(base_text);
    struct contract_uri reference = contract_uri_split(reference_text);
    bool whole = reference.scheme.data != NULL, host = whole || reference.authority.data != NULL;
    struct bytes scheme = whole ? reference.scheme : base.scheme;
    struct bytes authority = host ? reference.authority : base.authority;
    struct bytes query = reference.query;
    struct buffer out;
    buffer_init(&out, base_text.size + reference_text.size + 8);
    if (scheme.data != NULL) {
        buffer_append_bytes(&out, scheme);
        buffer_append_char(&out, ':');
    }
    if (authority.data != NULL) {
        buffer_append(&out, "//", 2);
        buffer_append_bytes(&out, authority);
    }
    if (host) {
        remove_dots(reference.path, &out);
    } else if (reference.path.size == 0) {
        buffer_append_bytes(&out, base.path);
        query = reference.query.data != NULL ? reference.query : base.query;
    } else {
        put_path(&base, &reference, &out);
    }
    if (query.data != NULL) {
        buffer_append_char(&out, '?');
        buffer_append_bytes(&out, query);
    }
    if (reference.fragment.data != NULL) {
        buffer_append_char(&out, '#');
        buffer_append_bytes(&out, reference.fragment);
    }
    struct bytes kept = arena_copy(arena, buffer_bytes(&out));
    buffer_release(&out);
    return kept;
}
