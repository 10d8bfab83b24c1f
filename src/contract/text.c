/* UTF-8, one code point at a time. */
#include "contract/internal.h"

size_t contract_utf8_put(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char heads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(heads[size] | code);
    return size;
}

size_t contract_utf8_get(const char *at, const char *end, uint32_t *ret_code)
{
    unsigned char head = (unsigned char)*at;
    size_t size = head < 0x80 ? 1 : head < 0xE0 ? 2 : head < 0xF0 ? 3 : 4;
    if ((size_t)(end - at) < size)
        size = (size_t)(end - at);
    *ret_code = size == 1 ? head : head & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++)
        *ret_code = (*ret_code << 6) | ((unsigned char)at[i] & 0x3F);
    return size;
}
