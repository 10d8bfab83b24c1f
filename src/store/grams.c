/* Folded values of a lead, and the positions that they set. */
#include "store/grams.h"

/* ---- letters */

/* Capitals of two bytes in UTF-8. `step` 2: capitals and small letters take turns. */
static const struct {
    uint16_t first, last;
    uint8_t step;
    int16_t to; /* what the small letter is further on */
} capitals[] = {
    {0x00C0, 0x00D6, 1, 32}, {0x00D8, 0x00DE, 1, 32}, {0x0100, 0x0136, 2, 1},
    {0x0139, 0x0147, 2, 1},  {0x014A, 0x0176, 2, 1},  {0x0178, 0x0178, 1, -121},
    {0x0179, 0x017D, 2, 1},  {0x0386, 0x0386, 1, 38}, {0x0388, 0x038A, 1, 37},
    {0x038C, 0x038C, 1, 64}, {0x038E, 0x038F, 1, 63}, {0x0391, 0x03AB, 1, 32},
    {0x03C2, 0x03C2, 1, 1}, /* final sigma */
    {0x0400, 0x040F, 1, 80}, {0x0410, 0x042F, 1, 32},
};

static uint32_t fold_character(uint32_t character)
{
    for (size_t i = 0; i < sizeof capitals / sizeof *capitals; i++)
        if (character >= capitals[i].first && character <= capitals[i].last)
            return (character - capitals[i].first) % capitals[i].step == 0
                       ? (uint32_t)((int32_t)character + capitals[i].to)
                       : character;
    return character;
}

/* The character at `at`, of one byte, or of two where letters have cases; 0: of more, copied as it
 * is. */
static bool is_pair(const char *at, const char *end)
{
    const unsigned char *data = (const unsigned char *)at;
    return data[0] >= 0xC3 && data[0] <= 0xD0 && end - at >= 2 && (data[1] & 0xC0) == 0x80;
}

static void fold_pair(const char *at, char out[static 2])
{
    const unsigned char *data = (const unsigned char *)at;
    uint32_t folded = fold_character((uint32_t)(data[0] & 0x1F) << 6 | (data[1] & 0x3F));
    out[0] = (char)(0xC0 | folded >> 6);
    out[1] = (char)(0x80 | (folded & 0x3F));
}

size_t store_fold(struct bytes text, char out[static STORE_VALUE_MAX])
{
    const char *at = text.data, *end = text.data + text.size;
    size_t size = 0;
    while (at < end && size < STORE_VALUE_MAX) {
        if (is_pair(at, end)) {
            if (size + 2 > STORE_VALUE_MAX)
                break;
            fold_pair(at, out + size);
            size += 2;
            at += 2;
        } else {
            unsigned char c = (unsigned char)*at++;
            out[size++] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
        }
    }
    return size;
}

/* ---- telephone numbers */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool store_is_phone(struct bytes text)
{
    enum { DIGITS_MIN = 5 };
    size_t digits = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (is_digit(text.data[i]))
            digits++;
        else if (text.data[i] == '\0' || strchr(" +-./()", text.data[i]) == NULL)
            return false;
    }
    return digits >= DIGITS_MIN;
}

size_t store_digits(struct bytes text, char out[static STORE_VALUE_MAX])
{
    size_t size = 0;
    for (size_t i = 0; i < text.size && size < STORE_VALUE_MAX; i++)
        if (is_digit(text.data[i]))
            out[size++] = text.data[i];
    return size;
}

/* ---- values of a JSON object */

struct telling {
    bool (*visit)(void *context, struct bytes value);
    void *context;
};

static bool tell(const struct telling *telling, struct bytes raw)
{
    char folded[STORE_VALUE_MAX], digits[STORE_VALUE_MAX];
    const struct bytes value = {folded, store_fold(raw, folded)};
    if (value.size == 0)
        return true;
    if (!telling->visit(telling->context, value))
        return false;
    if (!store_is_phone(value))
        return true;
    const struct bytes number = {digits, store_digits(value, digits)};
    return number.size == value.size || telling->visit(telling->context, number);
}

/* A text with escapes: what they stand for where that is one printable byte, else a blank. */
static bool tell_escaped(const struct telling *telling, struct bytes raw)
{
    enum { ROOM = 2 * STORE_VALUE_MAX, ESCAPE_U = 6 };
    char plain[ROOM];
    size_t size = 0;
    for (size_t i = 0; i < raw.size && size < ROOM;) {
        if (raw.data[i] != '\\' || i + 1 >= raw.size) {
            plain[size++] = raw.data[i++];
            continue;
        }
        char escape = raw.data[i + 1];
        plain[size++] = strchr("\"\\/", escape) != NULL ? escape : ' ';
        i += escape == 'u' ? ESCAPE_U : 2;
    }
    return tell(telling, (struct bytes){plain, size});
}

/* The quote that ends the text which begins behind `at`; *ret_escaped: it has a backslash. */
static const char *text_end(const char *at, const char *end, bool *ret_escaped)
{
    const char *quote = memchr(at, '"', (size_t)(end - at));
    const char *last = quote != NULL ? quote : end;
    *ret_escaped = memchr(at, '\\', (size_t)(last - at)) != NULL;
    if (!*ret_escaped)
        return last;
    while (at < end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    return at < end ? at : end;
}

static const char *number_end(const char *at, const char *end)
{
    while (at < end && (is_digit(*at) || strchr("+-.eE", *at) != NULL))
        at++;
    return at;
}

void store_values_each(struct bytes attributes, bool (*visit)(void *context, struct bytes value),
                       void *context)
{
    const struct telling telling = {visit, context};
    const char *at = attributes.data, *end = attributes.data + attributes.size;
    bool go_on = true;
    while (go_on && at < end) {
        if (*at == '"') {
            bool escaped;
            const char *close = text_end(at + 1, end, &escaped);
            const struct bytes text = {at + 1, (size_t)(close - at) - 1};
            at = close < end ? close + 1 : end;
            if (at < end && *at == ':')
                continue; /* a name */
            go_on = escaped ? tell_escaped(&telling, text) : tell(&telling, text);
        } else if (*at == '-' || is_digit(*at)) {
            const char *close = number_end(at, end);
            go_on = tell(&telling, (struct bytes){at, (size_t)(close - at)});
            at = close;
        } else {
            at++; /* punctuation, and the letters of true, false and null */
        }
    }
}

/* ---- exact values */

void store_facet_positions(enum store_facet kind, struct bytes value,
                           uint32_t ret[static STORE_FACET_POSITIONS])
{
    /* FNV-1a, because these numbers are kept. */
    uint64_t hash = (UINT64_C(0xcbf29ce484222325) ^ (uint64_t)kind) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < value.size; i++)
        hash = (hash ^ (unsigned char)value.data[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 29;
    for (int i = 0; i < STORE_FACET_POSITIONS; i++)
        ret[i] = (uint32_t)(hash >> (15 * i)) % STORE_GRAM_POSITIONS;
}
