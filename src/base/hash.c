/* A thin layer over libsodium's generic hash. */
#include "base/hash.h"

#include "base/error.h"

#include <sodium.h>

static void hash_pieces(const struct bytes *pieces, size_t count, unsigned char *out, size_t size)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, size);
    for (size_t i = 0; i < count; i++) {
        uint64_t length = pieces[i].size;
        unsigned char prefix[8];
        for (int b = 0; b < 8; b++)
            prefix[b] = (unsigned char)(length >> (8 * b));
        crypto_generichash_update(&state, prefix, sizeof prefix);
        if (length > 0)
            crypto_generichash_update(&state, (const unsigned char *)pieces[i].data, length);
    }
    crypto_generichash_final(&state, out, size);
}

static uint64_t load64(const unsigned char *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

struct hash128 hash128_of(const struct bytes *pieces, size_t count)
{
    unsigned char out[16];
    hash_pieces(pieces, count, out, sizeof out);
    return (struct hash128){load64(out), load64(out + 8)};
}

struct hash256 hash256_of(const struct bytes *pieces, size_t count)
{
    struct hash256 hash;
    hash_pieces(pieces, count, hash.data, sizeof hash.data);
    return hash;
}

static void print_hex(const unsigned char *data, size_t size, char *text)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *text++ = hex[data[i] >> 4];
        *text++ = hex[data[i] & 15];
    }
    *text = '\0';
}

static bool parse_hex(struct bytes text, unsigned char *out, size_t size)
{
    if (text.size != 2 * size)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a' + 10);
        else
            return false;
        out[i / 2] = (unsigned char)(i % 2 ? out[i / 2] | digit : digit << 4);
    }
    return true;
}

void hash128_print(struct hash128 hash, char text[static HASH128_TEXT_SIZE])
{
    unsigned char raw[16];
    for (int i = 0; i < 8; i++) {
        raw[i] = (unsigned char)(hash.high >> (56 - 8 * i));
        raw[8 + i] = (unsigned char)(hash.low >> (56 - 8 * i));
    }
    print_hex(raw, sizeof raw, text);
}

bool hash128_parse(struct bytes text, struct hash128 *ret)
{
    unsigned char raw[16];
    if (!parse_hex(text, raw, sizeof raw))
        return false;
    *ret = (struct hash128){load64(raw), load64(raw + 8)};
    return true;
}

void hash256_print(const struct hash256 *hash, char text[static HASH256_TEXT_SIZE])
{
    print_hex(hash->data, sizeof hash->data, text);
}

bool hash256_parse(struct bytes text, struct hash256 *ret)
{
    return parse_hex(text, ret->data, sizeof ret->data);
}
