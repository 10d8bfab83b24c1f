/* Encodings of text. */
#include "contract/charset.h"

#include "contract/internal.h"

#include <strings.h>

enum { MARK_MAX = 3 };

bool contract_charset_find(struct bytes label, enum contract_charset *ret)
{
    static const struct {
        const char *label;
        enum contract_charset charset;
    } labels[] = {
        {"utf-8", CONTRACT_UTF8},
        {"utf8", CONTRACT_UTF8},
        {"us-ascii", CONTRACT_WINDOWS_1252},
        {"ascii", CONTRACT_WINDOWS_1252},
        {"iso-8859-1", CONTRACT_WINDOWS_1252},
        {"iso8859-1", CONTRACT_WINDOWS_1252},
        {"latin1", CONTRACT_WINDOWS_1252},
        {"windows-1252", CONTRACT_WINDOWS_1252},
        {"cp1252", CONTRACT_WINDOWS_1252},
        {"utf-16", CONTRACT_UTF16_LE},
        {"utf-16le", CONTRACT_UTF16_LE},
        {"utf-16be", CONTRACT_UTF16_BE},
    };
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (label.size == strlen(labels[i].label) &&
            strncasecmp(label.data, labels[i].label, label.size) == 0) {
            *ret = labels[i].charset;
            return true;
        }
    return false;
}

void contract_decoder_init(struct contract_decoder *decoder, enum contract_charset charset)
{
    *decoder = (struct contract_decoder){.charset = charset};
}

/* ---- encodings that are not UTF-8 */

static void put(uint32_t code, struct buffer *out)
{
    char text[4];
    buffer_append(out, text, contract_utf8_put(code, text));
}

static void decode_1252(struct bytes piece, struct buffer *out)
{
    /* 0x80 to 0x9F; the five that are not assigned are controls (WHATWG). */
    static const uint16_t codes[32] = {
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};
    for (size_t i = 0; i < piece.size; i++) {
        unsigned char byte = (unsigned char)piece.data[i];
        put(byte >= 0x80 && byte < 0xA0 ? codes[byte - 0x80] : byte, out);
    }
}

/* Half a pair is written as if it were a character, which UTF-8 forbids: so it shows. */
static void decode_unit(struct contract_decoder *decoder, uint16_t unit, struct buffer *out)
{
    uint16_t high = decoder->high;
    decoder->high = 0;
    if (high != 0 && unit >= 0xDC00 && unit < 0xE000) {
        put(0x10000 + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(unit - 0xDC00), out);
        return;
    }
    if (high != 0)
        put(high, out);
    if (unit >= 0xD800 && unit < 0xDC00)
        decoder->high = unit;
    else
        put(unit, out);
}

static void decode_utf16(struct contract_decoder *decoder, struct bytes piece, struct buffer *out)
{
    for (size_t i = 0; i < piece.size; i++) {
        unsigned char byte = (unsigned char)piece.data[i];
        if (decoder->held_size == 0) {
            decoder->held[0] = byte;
            decoder->held_size = 1;
            continue;
        }
        unsigned first = decoder->held[0];
        decoder->held_size = 0;
        decode_unit(decoder,
                    (uint16_t)(decoder->charset == CONTRACT_UTF16_LE ? first | (unsigned)byte << 8
                                                                     : first << 8 | byte),
                    out);
    }
}

static void decode(struct contract_decoder *decoder, struct bytes piece, struct buffer *out)
{
    switch (decoder->charset) {
    case CONTRACT_UTF8: buffer_append_bytes(out, piece); break;
    case CONTRACT_WINDOWS_1252: decode_1252(piece, out); break;
    default: decode_utf16(decoder, piece, out); break;
    }
}

/* ---- the mark */

/* Takes the bytes that were held for it; passes on those that are none. */
static void start(struct contract_decoder *decoder, struct buffer *out)
{
    static const struct {
        struct bytes mark;
        enum contract_charset charset;
    } marks[] = {{BYTES_LITERAL("\xEF\xBB\xBF"), CONTRACT_UTF8},
                 {BYTES_LITERAL("\xFF\xFE"), CONTRACT_UTF16_LE},
                 {BYTES_LITERAL("\xFE\xFF"), CONTRACT_UTF16_BE}};
    unsigned char held[MARK_MAX];
    size_t size = decoder->held_size, mark = 0;
    memcpy(held, decoder->held, sizeof held);
    for (size_t i = 0; i < sizeof marks / sizeof *marks && mark == 0; i++)
        if (size >= marks[i].mark.size &&
            memcmp(held, marks[i].mark.data, marks[i].mark.size) == 0) {
            decoder->charset = marks[i].charset;
            mark = marks[i].mark.size;
        }
    decoder->started = true;
    decoder->held_size = 0;
    decode(decoder, (struct bytes){(const char *)held + mark, size - mark}, out);
}

void contract_decoder_push(struct contract_decoder *decoder, struct bytes piece, struct buffer *out)
{
    while (!decoder->started && piece.size > 0) {
        decoder->held[decoder->held_size++] = (unsigned char)*piece.data++;
        piece.size--;
        if (decoder->held_size == MARK_MAX)
            start(decoder, out);
    }
    decode(decoder, piece, out);
}

void contract_decoder_end(struct contract_decoder *decoder, struct buffer *out)
{
    if (!decoder->started)
        start(decoder, out);
    if (decoder->high != 0)
        put(decoder->high, out);
    if (decoder->held_size > 0)
        buffer_append_char(out, '\xFF');
    decoder->high = 0;
    decoder->held_size = 0;
}

bool contract_charset_decode(enum contract_charset charset, struct bytes text, struct arena *arena,
                             struct bytes *ret)
{
    bool ascii = charset == CONTRACT_WINDOWS_1252;
    for (size_t i = 0; i < text.size && ascii; i++)
        ascii = (unsigned char)text.data[i] < 0x80;
    if (charset == CONTRACT_UTF8 || ascii) {
        *ret = text;
        return bytes_is_utf8(text);
    }
    struct contract_decoder decoder = {.charset = charset, .started = true};
    struct buffer out;
    buffer_init(&out, 3 * text.size + 16);
    contract_decoder_push(&decoder, text, &out);
    contract_decoder_end(&decoder, &out);
    *ret = arena_copy(arena, buffer_bytes(&out));
    buffer_release(&out);
    return bytes_is_utf8(*ret);
}
