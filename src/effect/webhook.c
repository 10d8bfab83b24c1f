/* Standard Webhooks 1.0 (github.com/standard-webhooks): each message is a POST of its JSON, signed
 * with every secret there is, newest first, so that secrets can be exchanged while receivers still
 * know the old one. HMAC-SHA256 ("whsec_…", signature "v1") or Ed25519 ("whsk_…" or PEM, "v1a").
 *
 * options: url, secret or secrets, headers, ca_file. */
#include "effect/ask.h"
#include "effect/options.h"

#include "base/json.h"
#include "base/json_writer.h"

#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum {
    KEYS_MAX = 8,
    HEADERS_MAX = 16,
    MAC_SIZE = 32,
    SIGNATURE_TEXT_MAX =
        4 + sodium_base64_ENCODED_LEN(crypto_sign_BYTES, sodium_base64_VARIANT_ORIGINAL),
};

struct key {
    bool is_public; /* Ed25519 */
    /* With the secret in it already; owned. OpenSSL's SHA-256 uses the processor's own: of a
     * message of 2 KB it takes a quarter of the time. */
    EVP_MAC_CTX *mac;
    unsigned char sign[crypto_sign_SECRETKEYBYTES];
};

struct webhook {
    struct key *keys; /* wiped at the end */
    size_t key_count;
    const char *url, *ca_file; /* of the options */
    struct {
        const char *name;
        char *value;    /* owned */
        bool is_secret; /* between us and who stands in `url` */
    } headers[HEADERS_MAX];
    size_t header_count;
};

/* ---- secrets */

static bool decode(const char *text, unsigned char *out, size_t capacity, size_t *ret_size)
{
    static const int variants[] = {sodium_base64_VARIANT_ORIGINAL,
                                   sodium_base64_VARIANT_ORIGINAL_NO_PADDING};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        if (sodium_base642bin(out, capacity, text, strlen(text), "\r\n ", ret_size, NULL,
                              variants[i]) == 0)
            return true;
    return false;
}

static EVP_MAC_CTX *mac_new(const unsigned char *secret, size_t size)
{
    static char digest[] = "SHA256";
    const OSSL_PARAM with[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_END};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ret = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac); /* the context keeps it */
    if (ret == NULL || EVP_MAC_init(ret, secret, size, with) != 1)
        panic("OpenSSL has no HMAC with SHA-256, or no memory for it");
    return ret;
}

static bool read_symmetric(const char *text, struct key *ret)
{
    unsigned char secret[256];
    size_t size = 0;
    enum { SHORTEST = 16 };
    bool good = decode(text, secret, sizeof secret, &size) && size >= SHORTEST;
    if (good)
        ret->mac = mac_new(secret, size);
    sodium_memzero(secret, sizeof secret);
    return good;
}

/* A seed, or a seed with its public key behind it. */
static bool read_private(const char *text, struct key *ret)
{
    unsigned char bytes[crypto_sign_SECRETKEYBYTES], public[crypto_sign_PUBLICKEYBYTES];
    size_t size = 0;
    bool good = decode(text, bytes, sizeof bytes, &size) &&
                (size == crypto_sign_SEEDBYTES || size == crypto_sign_SECRETKEYBYTES) &&
                crypto_sign_seed_keypair(public, ret->sign, bytes) == 0;
    sodium_memzero(bytes, sizeof bytes);
    ret->is_public = true;
    return good;
}

/* PKCS #8 of RFC 8410: the same bytes before every seed. */
static bool read_pem(const char *text, struct key *ret)
{
    static const char begin[] = "-----BEGIN PRIVATE KEY-----", end[] = "-----END PRIVATE KEY-----";
    static const unsigned char frame[16] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                            0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
    unsigned char bytes[sizeof frame + crypto_sign_SEEDBYTES], public[crypto_sign_PUBLICKEYBYTES];
    const char *inner = text + sizeof begin - 1, *stop = strstr(inner, end);
    char base64[128];
    size_t size = 0;
    if (stop == NULL || (size_t)(stop - inner) >= sizeof base64)
        return false;
    memcpy(base64, inner, (size_t)(stop - inner));
    base64[stop - inner] = '\0';
    bool good = decode(base64, bytes, sizeof bytes, &size) && size == sizeof bytes &&
                memcmp(bytes, frame, sizeof frame) == 0 &&
                crypto_sign_seed_keypair(public, ret->sign, bytes + sizeof frame) == 0;
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(base64, sizeof base64);
    ret->is_public = true;
    return good;
}

static bool read_key(const char *text, struct key *ret)
{
    static const struct {
        const char *prefix;
        bool keeps; /* the prefix is part of what is read */
        bool (*read)(const char *text, struct key *ret);
    } forms[] = {{"whsec_", false, read_symmetric},
                 {"whsk_", false, read_private},
                 {"-----BEGIN PRIVATE KEY-----", true, read_pem}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t size = strlen(forms[i].prefix);
        if (strncmp(text, forms[i].prefix, size) == 0)
            return forms[i].read(forms[i].keeps ? text : text + size, ret);
    }
    return false;
}

static int add_key(struct webhook *webhook, const struct effect_place *place,
                   struct json_object *option, struct error *err)
{
    char *text = NULL;
    if (webhook->key_count == KEYS_MAX)
        return error_set(err, ML_EINVAL, place->declared->name, "at most %d secrets are used",
                         KEYS_MAX);
    int code = effect_secret_read(place->secrets, option, &text, err);
    if (code < 0)
        return code;
    if (read_key(text, &webhook->keys[webhook->key_count]))
        webhook->key_count++;
    else
        code = error_set(err, ML_EINVAL, place->declared->name,
                         "the secret must be \"whsec_\" and base64 of 16 bytes or more, or an "
                         "Ed25519 private key: \"whsk_\" and base64, or PEM");
    effect_secret_free(text);
    return code;
}

static int read_keys(struct webhook *webhook, const struct effect_place *place, struct error *err)
{
    struct json_object *list = options_member(place->options, "secrets");
    struct json_object *one = options_member(place->options, "secret");
    int code = one != NULL ? add_key(webhook, place, one, err) : 0;
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count && code == 0; i++)
        code = add_key(webhook, place, json_object_array_get_idx(list, i), err);
    return code;
}

/* A header's value is a text, or a secret. */
static int read_headers(struct webhook *webhook, const struct effect_place *place,
                        struct error *err)
{
    struct json_object *headers = options_member(place->options, "headers");
    if (!json_object_is_type(headers, json_type_object))
        return 0;
    json_object_object_foreach(headers, name, option)
    {
        char **value = &webhook->headers[webhook->header_count].value;
        if (webhook->header_count == HEADERS_MAX)
            return error_set(err, ML_EINVAL, place->declared->name, "at most %d headers are sent",
                             HEADERS_MAX);
        if (json_object_is_type(option, json_type_string)) {
            *value = strdup(json_object_get_string(option));
            if (*value == NULL)
                panic("out of memory (a header)");
        } else {
            int code = effect_secret_read(place->secrets, option, value, err);
            if (code < 0)
                return code;
            webhook->headers[webhook->header_count].is_secret = true;
        }
        webhook->headers[webhook->header_count++].name = name;
    }
    return 0;
}

static void webhook_close(void *state)
{
    struct webhook *webhook = state;
    for (size_t i = 0; i < webhook->header_count; i++)
        effect_secret_free(webhook->headers[i].value);
    for (size_t i = 0; i < webhook->key_count; i++)
        EVP_MAC_CTX_free(webhook->keys[i].mac);
    sodium_memzero(webhook->keys, KEYS_MAX * sizeof *webhook->keys);
    free(webhook->keys);
    free(webhook);
}

static int webhook_open(const struct effect_place *place, void **ret_state, struct error *err)
{
    struct webhook *webhook = calloc(1, sizeof *webhook);
    if (webhook == NULL || (webhook->keys = calloc(KEYS_MAX, sizeof *webhook->keys)) == NULL)
        panic("out of memory (a webhook)");
    webhook->url = options_text(place->options, "url");
    webhook->ca_file = options_text(place->options, "ca_file");
    int code = read_keys(webhook, place, err);
    if (code == 0)
        code = read_headers(webhook, place, err);
    if (code < 0)
        webhook_close(webhook);
    else
        *ret_state = webhook;
    return code;
}

/* ---- a message */

static size_t sign_symmetric(const struct key *key, struct bytes head, struct bytes body, char *out)
{
    unsigned char mac[MAC_SIZE];
    size_t size = 0;
    bool good = EVP_MAC_init(key->mac, NULL, 0, NULL) == 1 &&
                EVP_MAC_update(key->mac, (const unsigned char *)head.data, head.size) == 1 &&
                EVP_MAC_update(key->mac, (const unsigned char *)body.data, body.size) == 1 &&
                EVP_MAC_final(key->mac, mac, &size, sizeof mac) == 1;
    if (!good || size != sizeof mac)
        panic("OpenSSL cannot sign a message");
    memcpy(out, "v1,", 3);
    sodium_bin2base64(out + 3, SIGNATURE_TEXT_MAX - 3, mac, sizeof mac,
                      sodium_base64_VARIANT_ORIGINAL);
    return strlen(out);
}

/* Ed25519 wants what it signs in one piece. */
static size_t sign_public(const struct key *key, struct bytes head, struct bytes body,
                          struct arena *arena, char *out)
{
    unsigned char signature[crypto_sign_BYTES];
    unsigned char *text = arena_alloc(arena, head.size + body.size);
    memcpy(text, head.data, head.size);
    memcpy(text + head.size, body.data, body.size);
    crypto_sign_detached(signature, NULL, text, head.size + body.size, key->sign);
    memcpy(out, "v1a,", 4);
    sodium_bin2base64(out + 4, SIGNATURE_TEXT_MAX - 4, signature, sizeof signature,
                      sodium_base64_VARIANT_ORIGINAL);
    return strlen(out);
}

static struct bytes sign(const struct webhook *webhook, const char *id, const char *timestamp,
                         struct bytes body, struct arena *arena)
{
    char head[EFFECT_ID_MAX + 32];
    int size = snprintf(head, sizeof head, "%s.%s.", id, timestamp);
    char *text = arena_alloc(arena, webhook->key_count * (SIGNATURE_TEXT_MAX + 1));
    size_t length = 0;
    for (size_t i = 0; i < webhook->key_count; i++) {
        const struct key *key = &webhook->keys[i];
        const struct bytes signed_head = {head, (size_t)size};
        if (i > 0)
            text[length++] = ' ';
        length += key->is_public ? sign_public(key, signed_head, body, arena, text + length)
                                 : sign_symmetric(key, signed_head, body, text + length);
    }
    return (struct bytes){text, length};
}

/* Several that are told together are one message. */
static struct bytes write_digest(const struct effect_attempt *attempt, const char *id,
                                 const struct policy_release *release)
{
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, EFFECT_BODY_MAX);
    json_begin(&json, &out);
    json_object_open(&json);
    json_member(&json, "type", BYTES_LITERAL("digest"));
    json_member_time(&json, "timestamp", attempt->messages[attempt->count - 1]->time_us);
    json_member(&json, "id", bytes_of(id));
    json_key(&json, "messages");
    json_array_open(&json);
    for (size_t i = 0; i < attempt->count; i++)
        json_raw(&json, effect_message_json(attempt->messages[i], release, attempt->arena));
    json_array_close(&json);
    json_object_close(&json);
    struct bytes text =
        out.overflow ? (struct bytes){0} : arena_copy(attempt->arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

static bool is_web(struct bytes text)
{
    return (text.size > 8 && strncasecmp(text.data, "https://", 8) == 0) ||
           (text.size > 7 && strncasecmp(text.data, "http://", 7) == 0);
}

/* A partner is told where the partner wants it. */
static const char *find_url(const struct webhook *webhook, const struct effect_place *place,
                            const struct effect_attempt *attempt, bool *ret_guarded)
{
    struct effect_recipient recipient;
    struct bytes target = attempt->messages[0]->target, url = {0};
    if (target.size > 0) {
        effect_recipient_find(place->release, place->declared, target, attempt->arena, &recipient);
        url = is_web(recipient.url) ? recipient.url : recipient.address;
    }
    *ret_guarded = is_web(url);
    return *ret_guarded ? arena_string(attempt->arena, url) : webhook->url;
}

static enum effect_step webhook_ask(const struct webhook *webhook, const struct effect_place *place,
                                    struct effect_attempt *attempt, struct effect_request *request,
                                    struct core_receipt *ret)
{
    const struct effect_message *message = attempt->messages[0];
    const char *id = effect_messages_id(attempt->messages, attempt->count, attempt->arena);
    const char *timestamp = arena_printf(attempt->arena, "%" PRId64, attempt->now_us / 1000000);
    request->method = "POST";
    request->url = find_url(webhook, place, attempt, &request->guarded);
    request->ca_file = webhook->ca_file[0] != '\0' ? webhook->ca_file : NULL;
    request->body = attempt->count == 1
                        ? effect_message_json(message, place->release, attempt->arena)
                        : write_digest(attempt, id, place->release);
    if (request->url[0] == '\0') {
        effect_refuse(attempt, ret, "there is no address for %.*s", BYTES_ARG(message->target));
        return EFFECT_DONE;
    }
    if (request->body.size == 0) {
        effect_refuse(attempt, ret, "it is larger than 1 MiB");
        return EFFECT_DONE;
    }
    for (size_t i = 0; i < webhook->header_count; i++)
        if (!webhook->headers[i].is_secret || !request->guarded)
            ask_header(request, bytes_of(webhook->headers[i].name),
                       bytes_of(webhook->headers[i].value));
    ask_header(request, BYTES_LITERAL("content-type"), BYTES_LITERAL("application/json"));
    ask_header(request, BYTES_LITERAL("webhook-id"), bytes_of(id));
    ask_header(request, BYTES_LITERAL("webhook-timestamp"), bytes_of(timestamp));
    if (webhook->key_count > 0)
        ask_header(request, BYTES_LITERAL("webhook-signature"),
                   sign(webhook, id, timestamp, request->body, attempt->arena));
    return EFFECT_ASK;
}

static enum effect_step webhook_converse(void *state, const struct effect_place *place,
                                         struct effect_attempt *attempt,
                                         const struct effect_answer *answer,
                                         struct effect_request *request, struct core_receipt *ret)
{
    if (answer == NULL)
        return webhook_ask(state, place, attempt, request, ret);
    effect_judge(answer, attempt, ret);
    ret->response_id = ask_answer_id(answer);
    return EFFECT_DONE;
}

const struct effect_kind effect_webhook = {
    .kind = POLICY_WEBHOOK,
    .open = webhook_open,
    .close = webhook_close,
    .converse = webhook_converse,
};
