/* Texts of destinations that have a form of their own: addresses, paths, sizes, headers. */
#include "policy/internal.h"

#include "contract/uri.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

static bool has_word(struct bytes text, const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= text.size; i++)
        if (strncasecmp(text.data + i, word, size) == 0)
            return true;
    return false;
}

/* A URL of one of the schemes, with a host. */
static bool is_url(struct bytes text, const char *const *schemes, struct contract_uri *ret)
{
    *ret = contract_uri_split(text);
    return contract_uri_is_valid(text, CONTRACT_URI) && ret->authority.size > 0 &&
           policy_choice(schemes, ret->scheme) != POLICY_NONE;
}

static bool names_user(const struct contract_uri *uri)
{
    return memchr(uri->authority.data, '@', uri->authority.size) != NULL;
}

#define NO_USER "must not name a user or a password; those are options of their own, as secrets"

static const char *const web[] = {"http", "https", NULL};

bool policy_is_web_address(struct bytes text)
{
    struct contract_uri uri;
    return is_url(text, web, &uri) && !names_user(&uri);
}

const char *policy_check_url(struct bytes text)
{
    struct contract_uri uri;
    if (!is_url(text, web, &uri))
        return "must be an address that begins with https:// or http://";
    if (uri.fragment.data != NULL)
        return "must not have a #fragment, which is never sent";
    return names_user(&uri) ? NO_USER : NULL;
}

const char *policy_check_smtp(struct bytes text)
{
    static const char *const schemes[] = {"smtp", "smtps", NULL};
    struct contract_uri uri;
    if (!is_url(text, schemes, &uri) || uri.path.size > 1 || uri.query.data != NULL)
        return "must be a mail server such as smtp://mail.example.com:587 or "
               "smtps://mail.example.com";
    return names_user(&uri) ? NO_USER : NULL;
}

const char *policy_check_nats(struct bytes text)
{
    static const char *const schemes[] = {"nats", "tls", NULL};
    struct contract_uri uri;
    if (!is_url(text, schemes, &uri))
        return "must be a server such as nats://bus.example.com:4222 or tls://bus.example.com";
    return names_user(&uri) ? NO_USER : NULL;
}

static bool is_private(const uint8_t *address, int family)
{
    static const struct {
        int family;
        uint8_t bits, prefix[16];
    } networks[] = {
        {AF_INET, 8, {10}},          {AF_INET, 8, {127}},      {AF_INET, 10, {100, 64}},
        {AF_INET, 16, {169, 254}},   {AF_INET, 12, {172, 16}}, {AF_INET, 16, {192, 168}},
        {AF_INET6, 128, {[15] = 1}}, {AF_INET6, 7, {0xfc}},    {AF_INET6, 10, {0xfe, 0x80}},
    };
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        size_t whole = networks[i].bits / 8, rest = networks[i].bits % 8;
        if (networks[i].family == family && memcmp(address, networks[i].prefix, whole) == 0 &&
            (rest == 0 || (address[whole] ^ networks[i].prefix[whole]) >> (8 - rest) == 0))
            return true;
    }
    return false;
}

bool policy_is_private_address(struct bytes text)
{
    const char *scheme = text.size == 0 ? NULL : memmem(text.data, text.size, "://", 3);
    char host[INET6_ADDRSTRLEN];
    uint8_t address[16];
    if (scheme == NULL)
        return false;
    const char *begin = scheme + 3, *end = text.data + text.size;
    bool six = begin < end && *begin == '[';
    begin += six ? 1 : 0;
    size_t size = 0;
    while (begin + size < end && strchr(six ? "]" : ":/?#'\"", begin[size]) == NULL)
        size++;
    if (size >= sizeof host)
        return false;
    memcpy(host, begin, size);
    host[size] = '\0';
    int family = six ? AF_INET6 : AF_INET;
    return inet_pton(family, host, address) == 1 && is_private(address, family);
}

/* "host=db dbname=leads user=meshline", or a URL. */
const char *policy_check_connection(struct bytes text)
{
    static const char *const schemes[] = {"postgres", "postgresql", NULL};
    struct contract_uri uri = contract_uri_split(text);
    const char *at =
        uri.authority.size == 0 ? NULL : memchr(uri.authority.data, '@', uri.authority.size);
    bool secret =
        at != NULL && memchr(uri.authority.data, ':', (size_t)(at - uri.authority.data)) != NULL;
    if (secret || has_word(text, "password"))
        return "must not have a password in it; put the whole connection into {env: …} or "
               "{file: …}, or the password into ~/.pgpass";
    if (policy_choice(schemes, uri.scheme) == POLICY_NONE &&
        (text.size == 0 || memchr(text.data, '=', text.size) == NULL))
        return "must be a connection such as `host=db.example.com dbname=leads user=meshline` or "
               "postgresql://meshline@db.example.com/leads";
    return policy_check_line(text);
}

/* What the data directory holds besides: nothing else may be written into it. */
static bool is_ours(struct bytes path)
{
    static const char *const ours[] = {"state.db", "journal-", "tokens.json", "cursors.json",
                                       "lock"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (path.size >= strlen(ours[i]) && memcmp(path.data, ours[i], strlen(ours[i])) == 0)
            return true;
    return false;
}

const char *policy_check_path(struct bytes text)
{
    static const char wrong[] = "must be a path below the data directory, such as "
                                "leads.ndjson: relative, and without `..`";
    if (text.size == 0 || text.data[0] == '/' || policy_check_line(text) != NULL)
        return wrong;
    for (size_t at = 0; at <= text.size;) {
        const char *slash = memchr(text.data + at, '/', text.size - at);
        size_t end = slash == NULL ? text.size : (size_t)(slash - text.data);
        struct bytes part = {text.data + at, end - at};
        if (part.size == 0 || bytes_is(part, ".") || bytes_is(part, ".."))
            return wrong;
        at = end + 1;
    }
    return is_ours(text) ? "must not be named like a file of the server's own, such as state.db"
                         : NULL;
}

const char *policy_check_size(struct bytes text)
{
    static const char *const units[] = {"kB", "MB", "GB", NULL};
    size_t digits = 0;
    while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    bool good =
        digits > 0 && digits <= 6 && text.data[0] != '0' &&
        policy_choice(units, (struct bytes){text.data + digits, text.size - digits}) != POLICY_NONE;
    return good ? NULL : "must be a size such as 500kB, 100MB or 2GB";
}

/* RFC 9110, 5.6.2, but for those that the request itself gives. */
const char *policy_check_header(struct bytes text)
{
    static const char *const ours[] = {"host",       "content-length",    "transfer-encoding",
                                       "connection", "upgrade",           "trailer",
                                       "te",         "keep-alive",        "expect",
                                       "webhook-id", "webhook-timestamp", "webhook-signature",
                                       NULL};
    bool good = text.size >= 1 && text.size <= 64;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        good = good && ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                        (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL));
    }
    if (!good)
        return "must be the name of a header, such as X-Api-Version";
    for (size_t i = 0; ours[i] != NULL; i++)
        if (strlen(ours[i]) == text.size && strncasecmp(text.data, ours[i], text.size) == 0)
            return "is a header that the request sets itself; remove it";
    return NULL;
}

const char *policy_check_line(struct bytes text)
{
    bool blank = true;
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            return "must be one line without control characters";
        blank = blank && text.data[i] == ' ';
    }
    return blank ? "must not be empty; write something or leave the key out" : NULL;
}

static bool is_address(struct bytes text)
{
    const char *at = text.size > 0 ? memchr(text.data, '@', text.size) : NULL;
    size_t before = at == NULL ? 0 : (size_t)(at - text.data);
    bool good = before > 0 && before + 1 < text.size;
    for (size_t i = 0; i < text.size; i++)
        good = good && (unsigned char)text.data[i] > ' ' && text.data[i] != '<' &&
               text.data[i] != '>' && text.data[i] != ',' && text.data[i] != '"';
    return good;
}

const char *policy_check_mailbox(struct bytes text)
{
    const char *open = text.size > 0 ? memchr(text.data, '<', text.size) : NULL;
    size_t before = open == NULL ? 0 : (size_t)(open - text.data);
    struct bytes address = text;
    if (open != NULL && text.data[text.size - 1] == '>')
        address = (struct bytes){open + 1, text.size - before - 2};
    bool good = is_address(address) && policy_check_line(text) == NULL;
    return good ? NULL : "must be a sender such as leads@example.com or Leads <leads@example.com>";
}
