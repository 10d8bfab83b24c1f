/* Countries by code or name. */
#include "contract/normalize_internal.h"

#include "contract/internal.h"

enum { FOLDED_MAX = 128 };

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c & ~32) : c;
}

const struct country *country_find(struct bytes alpha2)
{
    if (alpha2.size != 2)
        return NULL;
    char code[2] = {upper(alpha2.data[0]), upper(alpha2.data[1])};
    size_t low = 0, high = contract_country_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(contract_countries[middle].alpha2, code, 2);
        if (order == 0)
            return &contract_countries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static const struct country *find_alpha3(struct bytes text)
{
    if (text.size != 3)
        return NULL;
    char code[3] = {upper(text.data[0]), upper(text.data[1]), upper(text.data[2])};
    for (size_t i = 0; i < contract_country_count; i++)
        if (memcmp(contract_countries[i].alpha3, code, 3) == 0)
            return &contract_countries[i];
    return NULL;
}

/* ---- names */

/* A letter without its accent, in lower case; " " for what is no letter, "" for accents alone. */
static const char *fold_letter(uint32_t code)
{
    static const char latin[32][3] = {"a", "a", "a", "a", "a", "a", "ae", "c", "e",  "e", "e",
                                      "e", "i", "i", "i", "i", "d", "n",  "o", "o",  "o", "o",
                                      "o", " ", "o", "u", "u", "u", "u",  "y", "th", "ss"};
    static const struct {
        uint16_t code; /* the lower case one; the upper case one is one before */
        char letter[3];
    } others[] = {{0x101, "a"}, {0x103, "a"}, {0x105, "a"}, {0x107, "c"}, {0x10D, "c"},
                  {0x10F, "d"}, {0x111, "d"}, {0x113, "e"}, {0x117, "e"}, {0x119, "e"},
                  {0x11B, "e"}, {0x11F, "g"}, {0x12B, "i"}, {0x131, "i"}, {0x142, "l"},
                  {0x144, "n"}, {0x148, "n"}, {0x14D, "o"}, {0x151, "o"}, {0x153, "oe"},
                  {0x159, "r"}, {0x15B, "s"}, {0x15F, "s"}, {0x161, "s"}, {0x163, "t"},
                  {0x165, "t"}, {0x16B, "u"}, {0x16F, "u"}, {0x171, "u"}, {0x17A, "z"},
                  {0x17C, "z"}, {0x17E, "z"}, {0x219, "s"}, {0x21B, "t"}};
    if (code >= 0x300 && code < 0x370)
        return "";
    if (code == 0xFF)
        return "y";
    if (code >= 0xC0 && code < 0x100)
        return latin[code & 31];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (code == others[i].code || code + 1 == others[i].code)
            return others[i].letter;
    return " ";
}

struct folded {
    char text[FOLDED_MAX]; /* "|name of a country|" */
    size_t size;
};

static bool fold_put(struct folded *folded, char c)
{
    bool blank = c == ' ' && (folded->text[folded->size - 1] == ' ' || folded->size == 1);
    if (blank)
        return true;
    if (folded->size + 2 >= sizeof folded->text)
        return false;
    folded->text[folded->size++] = c;
    return true;
}

static bool fold_name(struct bytes name, struct folded *folded)
{
    const char *at = name.data, *end = name.data + name.size;
    folded->text[0] = '|';
    folded->size = 1;
    while (at < end) {
        uint32_t code;
        at += contract_utf8_get(at, end, &code);
        char ascii[2] = {(char)(code | 32), '\0'};
        bool letter = (code | 32) >= 'a' && (code | 32) <= 'z';
        const char *letters = code == '&'   ? " and "
                              : letter      ? ascii
                              : code < 0x80 ? " "
                                            : fold_letter(code);
        for (; *letters != '\0'; letters++)
            if (!fold_put(folded, *letters))
                return false;
    }
    if (folded->text[folded->size - 1] == ' ')
        folded->size--;
    folded->text[folded->size++] = '|';
    return true;
}

static const struct country *find_name(struct bytes name)
{
    struct folded folded;
    if (!fold_name(name, &folded) || folded.size < 3)
        return NULL;
    const char *text = folded.text;
    size_t size = folded.size;
    char without[FOLDED_MAX];
    if (size > 6 && memcmp(text, "|the ", 5) == 0) {
        without[0] = '|';
        memcpy(without + 1, text + 5, size - 5);
        text = without;
        size -= 4;
    }
    for (size_t i = 0; i < contract_country_count; i++) {
        const char *names = contract_countries[i].names;
        if (memmem(names, strlen(names), text, size) != NULL)
            return &contract_countries[i];
    }
    return NULL;
}

int contract_normalize_country(struct bytes text, char ret[static CONTRACT_COUNTRY_SIZE],
                               struct error *err)
{
    struct bytes name = normalize_trim(text);
    const struct country *country = country_find(name);
    if (country == NULL)
        country = find_alpha3(name);
    if (country == NULL && bytes_is_utf8(name))
        country = find_name(name);
    if (country == NULL)
        return normalize_fail(err, text,
                              "is no country that is known here; send its ISO 3166 code, such as "
                              "DE or USA");
    memcpy(ret, country->alpha2, CONTRACT_COUNTRY_SIZE);
    return 0;
}
