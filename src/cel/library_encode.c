/* base64 (RFC 4648, section 4) of bytes. Decoding takes text with its padding or without any. */
#include "cel/library.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static struct cel_value encode(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes source = arguments[0].string;
    struct cel_text text = cel_text_begin(scratch);
    for (size_t at = 0; at < source.size && !text.exhausted; at += 3) {
        size_t count = source.size - at < 3 ? source.size - at : 3;
        uint32_t bits = 0;
        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < count ? (unsigned char)source.data[at + i] : 0);
        char four[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
                        count > 1 ? alphabet[bits >> 6 & 63] : '=',
                        count > 2 ? alphabet[bits & 63] : '='};
        cel_text_append(&text, (struct bytes){four, sizeof four});
    }
    return source.size > 0 ? cel_text_end(&text) : cel_string(BYTES_LITERAL(""));
}

/* 0 to 63, or -1. */
static int digit_of(char character)
{
    const char *found = character == '\0' ? NULL : strchr(alphabet, character);
    return found == NULL ? -1 : (int)(found - alphabet);
}

static struct cel_value refuse(struct cel_scratch *scratch, size_t at)
{
    return cel_error_printf(scratch, "base64.decode: no base64 at byte %zu", at);
}

static struct cel_value decode(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes source = arguments[0].string;
    size_t size = source.size; /* without padding, which only fills up four characters */
    if (size % 4 == 0)
        for (int i = 0; i < 2 && size > 0 && source.data[size - 1] == '='; i++)
            size--;
    if (size % 4 == 1)
        return refuse(scratch, size);
    struct cel_text text = cel_text_begin(scratch);
    uint32_t bits = 0;
    for (size_t at = 0; at < size; at++) {
        int digit = digit_of(source.data[at]);
        if (digit < 0)
            return refuse(scratch, at);
        bits = bits << 6 | (uint32_t)digit;
        if (at % 4 == 0)
            continue;
        /* Four digits are three bytes: from the second on, each completes one. */
        char byte = (char)(bits >> (6 - 2 * (at % 4)) & 0xFF);
        cel_text_append(&text, (struct bytes){&byte, 1});
    }
    struct cel_value result = size > 0 ? cel_text_end(&text) : cel_string(BYTES_LITERAL(""));
    result.kind = result.kind == CEL_STRING ? CEL_BYTES : result.kind;
    return result;
}

static const struct cel_overload overloads[] = {
    {"base64.encode", CEL_CALL_GLOBAL, "y:s", encode},
    {"base64.decode", CEL_CALL_GLOBAL, "s:y", decode},
};

const struct cel_library cel_library_encode = CEL_LIBRARY(overloads);
