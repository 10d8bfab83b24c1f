/* The table of kinds, and one way of checking for all of them. Sources: the specification of
 * Standard Webhooks 1.0 and the vendors' pages on how to validate their requests. */
#include "server/access/signature.h"

#include "base/buffer.h"
#include "base/hash.h"
#include "base/id.h"

#include <sodium.h>

enum {
    MAC_SIZE = crypto_auth_hmacsha256_BYTES,
    MAC_TEXT_SIZE = 2 * MAC_SIZE + 1, /* the longer of the encodings, hex, with the NUL */
    SIGNATURES_MAX = 16,              /* in one header; more are not looked at */
    SECOND_US = 1000 * 1000,
    MILLISECOND_US = 1000,
};

static const struct signature_scheme schemes[KEY_KINDS] = {
    [KEY_SIGNATURE] = {.name = "signature",
                       .title = "Standard Webhooks",
                       .signature = "webhook-signature",
                       .timestamp = "webhook-timestamp",
                       .id = "webhook-id",
                       .made_here = true,
                       .prefix = "v1,",
                       .encoding = SIGNATURE_BASE64,
                       .timestamp_unit_us = SECOND_US,
                       .text = "{id}.{timestamp}.{body}",
                       .secret = "the secret that sender and receiver share (whsec_…), or the "
                                 "sender's public key (whpk_…)"},
    [KEY_TYPEFORM] = {.name = "typeform",
                      .title = "Typeform",
                      .signature = "Typeform-Signature",
                      .made_here = true,
                      .prefix = "sha256=",
                      .encoding = SIGNATURE_BASE64,
                      .text = "{body}",
                      .secret = "the webhook's secret: the form, Connect, Webhooks, Edit"},
    [KEY_HUBSPOT] = {.name = "hubspot",
                     .title = "HubSpot",
                     .signature = "X-HubSpot-Signature-v3",
                     .timestamp = "X-HubSpot-Request-Timestamp",
                     .needs_url = true,
                     .prefix = "",
                     .encoding = SIGNATURE_BASE64,
                     .timestamp_unit_us = MILLISECOND_US,
                     .text = "POST{url}{body}{timestamp}",
                     .secret = "the app's client secret: the app, Auth"},
    [KEY_META] = {.name = "meta",
                  .title = "Meta",
                  .signature = "X-Hub-Signature-256",
                  .prefix = "sha256=",
                  .encoding = SIGNATURE_HEX,
                  .text = "{body}",
                  .secret = "the app secret: the app, App settings, Basic"},
    [KEY_GOOGLE_ADS] = {.name = "google-ads",
                        .title = "Google Ads",
                        .member = "google_key",
                        .made_here = true,
                        .secret = "the lead form's webhook key: the asset, Export leads, Key"},
    [KEY_LINKEDIN] = {.name = "linkedin",
                      .title = "LinkedIn",
                      .signature = "X-LI-Signature",
                      .prefix = "hmacsha256=",
                      .prefix_optional = true,
                      .encoding = SIGNATURE_HEX,
                      .text = "hmacsha256={body}",
                      .secret = "the app's primary client secret: the app, Auth"},
    [KEY_WEBFLOW] = {.name = "webflow",
                     .title = "Webflow",
                     .signature = "X-Webflow-Signature",
                     .timestamp = "X-Webflow-Timestamp",
                     .prefix = "",
                     .encoding = SIGNATURE_HEX,
                     .timestamp_unit_us = MILLISECOND_US,
                     .text = "{timestamp}:{body}",
                     .secret = "the app's client secret, or the secret that was shown when the "
                               "webhook was made"},
    [KEY_SALESFORCE] = {.name = "salesforce",
                        .title = "Salesforce Web-to-Lead",
                        .member = "oid",
                        .form = true,
                        .secret = "the id of the Salesforce organisation, as in the form's field "
                                  "`oid`"},
};

const struct signature_scheme *signature_scheme_of(enum key_kind kind)
{
    return kind == KEY_BEARER ? NULL : &schemes[kind];
}

const char *key_kind_name(enum key_kind kind)
{
    return kind == KEY_BEARER ? "bearer" : schemes[kind].name;
}

enum key_kind key_kind_parse(struct bytes name)
{
    enum key_kind kind = KEY_BEARER;
    while (kind < KEY_KINDS && !bytes_is(name, key_kind_name(kind)))
        kind++;
    return kind;
}

bool signature_same(struct bytes a, struct bytes b)
{
    /* Of the hashes: their length tells nothing of the texts'. */
    struct hash256 left = hash256_of(&a, 1), right = hash256_of(&b, 1);
    return sodium_memcmp(left.data, right.data, sizeof left.data) == 0;
}

/* ---- secrets */

#define SYMMETRIC_PREFIX "whsec_"
#define PUBLIC_PREFIX "whpk_"
#define PRIVATE_PREFIX "whsk_"

static bool starts_with(struct bytes text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

static struct bytes after(struct bytes text, size_t size)
{
    return (struct bytes){text.data + size, text.size - size};
}

/* Base64 with or without its padding. */
static bool decode(struct bytes text, unsigned char *out, size_t capacity, size_t *ret_size)
{
    static const int variants[] = {sodium_base64_VARIANT_ORIGINAL,
                                   sodium_base64_VARIANT_ORIGINAL_NO_PADDING};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        if (sodium_base642bin(out, capacity, text.data, text.size, NULL, ret_size, NULL,
                              variants[i]) == 0)
            return true;
    return false;
}

static bool is_public_key(enum key_kind kind, struct bytes secret)
{
    return kind == KEY_SIGNATURE && starts_with(secret, PUBLIC_PREFIX);
}

static bool read_public_key(struct bytes secret,
                            unsigned char out[static crypto_sign_PUBLICKEYBYTES])
{
    size_t size;
    return decode(after(secret, strlen(PUBLIC_PREFIX)), out, crypto_sign_PUBLICKEYBYTES, &size) &&
           size == crypto_sign_PUBLICKEYBYTES;
}

/* The bytes that a secret stands for: of Standard Webhooks they are written in base64. */
static bool read_secret(enum key_kind kind, struct bytes secret,
                        unsigned char out[static SIGNATURE_SECRET_MAX], size_t *ret_size)
{
    if (secret.size == 0 || secret.size > SIGNATURE_SECRET_MAX)
        return false;
    if (kind == KEY_SIGNATURE) {
        if (starts_with(secret, SYMMETRIC_PREFIX))
            secret = after(secret, strlen(SYMMETRIC_PREFIX));
        return decode(secret, out, SIGNATURE_SECRET_MAX, ret_size) && *ret_size > 0;
    }
    memcpy(out, secret.data, secret.size);
    *ret_size = secret.size;
    return true;
}

int signature_secret_check(enum key_kind kind, struct bytes secret, struct error *err)
{
    unsigned char bytes[SIGNATURE_SECRET_MAX];
    size_t size = 0;
    enum { SHORTEST = 16 }; /* bytes; the specification asks senders for 24 */
    for (size_t i = 0; i < secret.size; i++)
        if ((unsigned char)secret.data[i] < 0x21 || (unsigned char)secret.data[i] > 0x7e)
            return error_set(err, ML_EINVAL, "",
                             "byte %zu of the secret is a blank or no visible ASCII character",
                             i + 1);
    if (secret.size == 0 || secret.size > SIGNATURE_SECRET_MAX)
        return error_set(err, ML_EINVAL, "", "a secret has 1 to %d visible ASCII characters",
                         SIGNATURE_SECRET_MAX);
    if (kind != KEY_SIGNATURE)
        return 0;
    if (starts_with(secret, PRIVATE_PREFIX))
        return error_set(err, ML_EINVAL, "",
                         "that is the sender's private key (whsk_…), which nobody else should "
                         "have: ask for the public one (whpk_…), and tell the sender to make a new "
                         "pair");
    bool good = is_public_key(kind, secret)
                    ? read_public_key(secret, bytes)
                    : read_secret(kind, secret, bytes, &size) && size >= SHORTEST;
    sodium_memzero(bytes, sizeof bytes);
    return good ? 0
                : error_set(err, ML_EINVAL, "",
                            "a secret of Standard Webhooks is \"whsec_\" and base64 of %d bytes or "
                            "more, a public key \"whpk_\" and base64 of 32",
                            SHORTEST);
}

/* ---- what was signed */

static struct bytes part_of(struct bytes name, const struct signature_parts *parts)
{
    if (bytes_is(name, "{id}"))
        return parts->id;
    if (bytes_is(name, "{timestamp}"))
        return parts->timestamp;
    if (bytes_is(name, "{url}"))
        return parts->url;
    ML_ASSERT(bytes_is(name, "{body}"));
    return parts->body;
}

/* The next piece of a scheme's text, with names replaced by what they stand for. */
static bool next_piece(const char **text, const struct signature_parts *parts, struct bytes *ret)
{
    size_t size = strcspn(*text, "{");
    bool name = size == 0 && **text == '{';
    if (name)
        size = strcspn(*text, "}") + 1;
    *ret = (struct bytes){*text, size};
    *text += size;
    if (size > 0 && name)
        *ret = part_of(*ret, parts);
    return size > 0;
}

static void make_mac(enum key_kind kind, struct bytes secret, const struct signature_parts *parts,
                     unsigned char mac[static MAC_SIZE])
{
    crypto_auth_hmacsha256_state state;
    unsigned char key[SIGNATURE_SECRET_MAX];
    size_t size = 0;
    const char *text = schemes[kind].text;
    struct bytes piece;
    ML_ASSERT(read_secret(kind, secret, key, &size));
    crypto_auth_hmacsha256_init(&state, key, size);
    while (next_piece(&text, parts, &piece))
        crypto_auth_hmacsha256_update(&state, (const unsigned char *)piece.data, piece.size);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(key, sizeof key);
    sodium_memzero(&state, sizeof state);
}

static bool mac_matches(const struct signature_scheme *scheme, struct bytes given,
                        const unsigned char mac[static MAC_SIZE])
{
    char expected[MAC_TEXT_SIZE];
    bool prefixed = starts_with(given, scheme->prefix);
    if (!prefixed && !scheme->prefix_optional)
        return false;
    if (prefixed)
        given = after(given, strlen(scheme->prefix));
    if (scheme->encoding == SIGNATURE_HEX)
        sodium_bin2hex(expected, sizeof expected, mac, MAC_SIZE);
    else
        sodium_bin2base64(expected, sizeof expected, mac, MAC_SIZE, sodium_base64_VARIANT_ORIGINAL);
    return given.size == strlen(expected) && sodium_memcmp(given.data, expected, given.size) == 0;
}

/* ed25519 over the same text, which has to be in one piece. */
static bool public_matches(struct bytes given, const unsigned char *public, struct bytes message)
{
    static const char prefix[] = "v1a,";
    unsigned char signature[crypto_sign_BYTES];
    size_t size;
    return starts_with(given, prefix) &&
           decode(after(given, strlen(prefix)), signature, sizeof signature, &size) &&
           size == sizeof signature &&
           crypto_sign_verify_detached(signature, (const unsigned char *)message.data, message.size,
                                       public) == 0;
}

static bool public_verify(struct bytes secret, const struct signature_parts *parts,
                          const struct bytes *signatures, size_t count)
{
    unsigned char public[crypto_sign_PUBLICKEYBYTES];
    struct buffer message;
    struct bytes piece;
    const char *text = schemes[KEY_SIGNATURE].text;
    bool found = false;
    if (!read_public_key(secret, public))
        return false;
    buffer_init(&message, strlen(text) + parts->id.size + parts->timestamp.size + parts->body.size);
    while (next_piece(&text, parts, &piece))
        buffer_append_bytes(&message, piece);
    for (size_t i = 0; i < count && !found; i++)
        found = public_matches(signatures[i], public, buffer_bytes(&message));
    buffer_release(&message);
    return found;
}

/* ---- checking */

static int check_present(const struct signature_scheme *scheme, const struct signature_parts *parts,
                         struct error *err)
{
    const struct {
        const char *header;
        struct bytes value;
    } needed[] = {
        {scheme->signature, parts->signature},
        {scheme->timestamp, parts->timestamp},
        {scheme->id, parts->id},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (needed[i].header != NULL && needed[i].value.size == 0)
            return error_set(err, ML_ENOTFOUND, needed[i].header, "the header %s is missing",
                             needed[i].header);
    if (scheme->member != NULL && parts->signature.size == 0)
        return error_set(err, ML_ENOTFOUND, scheme->member, "%s \"%s\" is missing",
                         scheme->form ? "the form's field" : "the JSON body's member",
                         scheme->member);
    return 0;
}

static int check_timestamp(const struct signature_scheme *scheme, struct bytes text, int64_t now_us,
                           struct error *err)
{
    uint64_t number;
    const char *unit = scheme->timestamp_unit_us == SECOND_US ? "seconds" : "milliseconds";
    /* Far enough for any time that int64_t holds in microseconds. */
    if (!number_parse(text, &number) ||
        number > (uint64_t)(INT64_MAX / 2 / scheme->timestamp_unit_us))
        return error_set(err, ML_EDENIED, scheme->timestamp, "%s must be whole %s since 1970",
                         scheme->timestamp, unit);
    int64_t age_us = now_us - (int64_t)number * scheme->timestamp_unit_us;
    if (age_us >= -SIGNATURE_TOLERANCE_US && age_us <= SIGNATURE_TOLERANCE_US)
        return 0;
    return error_set(err, ML_EDENIED, scheme->timestamp,
                     "%s lies %lld s in the %s (in %s since 1970), and at most %d s are allowed: "
                     "sign each attempt anew, and check the clock",
                     scheme->timestamp, (long long)((age_us < 0 ? -age_us : age_us) / SECOND_US),
                     age_us < 0 ? "future" : "past", unit, SIGNATURE_TOLERANCE_US / SECOND_US);
}

static size_t split(struct bytes header, struct bytes *out)
{
    size_t count = 0, start = 0;
    for (size_t i = 0; i <= header.size && count < SIGNATURES_MAX; i++)
        if (i == header.size || header.data[i] == ' ') {
            if (i > start)
                out[count++] = (struct bytes){header.data + start, i - start};
            start = i + 1;
        }
    return count;
}

static bool mac_verify(enum key_kind kind, struct bytes secret, const struct signature_parts *parts,
                       const struct bytes *signatures, size_t count)
{
    unsigned char mac[MAC_SIZE];
    bool found = false;
    make_mac(kind, secret, parts, mac);
    for (size_t i = 0; i < count; i++)
        found |= mac_matches(&schemes[kind], signatures[i], mac);
    return found;
}

int signature_verify(enum key_kind kind, struct bytes secret, const struct signature_parts *parts,
                     int64_t now_us, struct error *err)
{
    const struct signature_scheme *scheme = signature_scheme_of(kind);
    struct bytes signatures[SIGNATURES_MAX];
    ML_ASSERT(scheme != NULL);
    int code = check_present(scheme, parts, err);
    if (code == 0 && scheme->timestamp != NULL)
        code = check_timestamp(scheme, parts->timestamp, now_us, err);
    if (code != 0)
        return code;
    if (scheme->member != NULL)
        return signature_same(parts->signature, secret)
                   ? 0
                   : error_set(err, ML_EDENIED, scheme->member,
                               "\"%s\" is not the one that was agreed on", scheme->member);
    size_t count = split(parts->signature, signatures);
    bool public = is_public_key(kind, secret);
    if (public ? public_verify(secret, parts, signatures, count)
               : mac_verify(kind, secret, parts, signatures, count))
        return 0;
    return error_set(err, ML_EDENIED, scheme->signature,
                     "%s is not the signature of this request: it must be \"%s\" and the %s of %s "
                     "over %s, with the body byte for byte as it is sent",
                     scheme->signature, public ? "v1a," : scheme->prefix,
                     scheme->encoding == SIGNATURE_HEX ? "hex" : "base64",
                     public ? "the Ed25519 signature" : "HMAC-SHA256 under the shared secret",
                     scheme->text);
}

/* ---- handshakes */

static bool is_uuid(struct bytes text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (shape[i] == '-' ? text.data[i] != '-'
                            : memchr("0123456789abcdefABCDEF", text.data[i], 22) == NULL)
            return false;
    return true;
}

bool signature_linkedin_response(struct bytes secret, struct bytes challenge,
                                 char ret[static SIGNATURE_HANDSHAKE_SIZE])
{
    unsigned char mac[MAC_SIZE];
    crypto_auth_hmacsha256_state state;
    if (!is_uuid(challenge))
        return false;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.data, secret.size);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)challenge.data, challenge.size);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2hex(ret, SIGNATURE_HANDSHAKE_SIZE, mac, sizeof mac);
    return true;
}
