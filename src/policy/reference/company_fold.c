/* Letters as the ASCII letters that people type for them: what Unicode's compatibility
 * decomposition leaves without its marks, and by hand those that have none (ß ø æ å ł đ þ …). Greek
 * and Cyrillic become lower case; other scripts stay as they are. */
#include "policy/reference/company_fold.h"

#include <ctype.h>

/* One character each from the first code point on; `.` is not a letter with a Latin form, `*` is in
 * `digraphs`. */
static const char latin[] = /* U+00C0 to U+024F */
    "aaaaaa*ceeeeiiiidnooooo.ouuuuy**aaaaaa*ceeeeiiiidnooooo.ouuuuy*y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii**jjkkklllllll"
    "lllnnnnnnn**oooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
    ".b....o..dd...eae.f.g...kk...n..oo.............uu..yyzz........."
    "....*********aaiioouuuuuuuuuu.aaaa..ggggkkoooo..j***gg..nnaa...."
    "aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy...j........"
    "................";
static const char latin_additional[] = /* U+1E00 to U+1EFF */
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwyas..*.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

static const struct {
    uint16_t code;
    char letters[4];
} digraphs[] = {
    {0x00C6, "ae"}, {0x00DE, "th"}, {0x00DF, "ss"}, {0x00E6, "ae"}, {0x00FE, "th"}, {0x0132, "ij"},
    {0x0133, "ij"}, {0x014A, "ng"}, {0x014B, "ng"}, {0x0152, "oe"}, {0x0153, "oe"}, {0x01C4, "dz"},
    {0x01C5, "dz"}, {0x01C6, "dz"}, {0x01C7, "lj"}, {0x01C8, "lj"}, {0x01C9, "lj"}, {0x01CA, "nj"},
    {0x01CB, "nj"}, {0x01CC, "nj"}, {0x01F1, "dz"}, {0x01F2, "dz"}, {0x01F3, "dz"}, {0x1E9E, "ss"},
};

static size_t put_ascii(const char *letters, char text[static COMPANY_FOLD_MAX])
{
    size_t size = strlen(letters);
    memcpy(text, letters, size);
    return size;
}

static size_t put_utf8(uint32_t code, char text[static COMPANY_FOLD_MAX])
{
    if (code < 0x80) {
        text[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        text[0] = (char)(0xC0 | code >> 6);
        text[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        text[0] = (char)(0xE0 | code >> 12);
        text[1] = (char)(0x80 | (code >> 6 & 0x3F));
        text[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    text[0] = (char)(0xF0 | code >> 18);
    text[1] = (char)(0x80 | (code >> 12 & 0x3F));
    text[2] = (char)(0x80 | (code >> 6 & 0x3F));
    text[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

static size_t put_latin(uint32_t code, char letter, char text[static COMPANY_FOLD_MAX])
{
    if (letter == '.')
        return put_utf8(code, text);
    if (letter != '*') {
        text[0] = letter;
        return 1;
    }
    for (size_t i = 0; i < sizeof digraphs / sizeof *digraphs; i++)
        if (digraphs[i].code == code)
            return put_ascii(digraphs[i].letters, text);
    return 0;
}

/* Capitals of Greek and Cyrillic, and Greek vowels with an accent. */
static uint32_t lower_case(uint32_t code)
{
    static const struct {
        uint16_t from, to;
    } accented[] = {{0x0386, 0x03B1}, {0x0388, 0x03B5}, {0x0389, 0x03B7}, {0x038A, 0x03B9},
                    {0x038C, 0x03BF}, {0x038E, 0x03C5}, {0x038F, 0x03C9}, {0x03AC, 0x03B1},
                    {0x03AD, 0x03B5}, {0x03AE, 0x03B7}, {0x03AF, 0x03B9}, {0x03C2, 0x03C3},
                    {0x03CC, 0x03BF}, {0x03CD, 0x03C5}, {0x03CE, 0x03C9}, {0x0401, 0x0435},
                    {0x0451, 0x0435}};
    for (size_t i = 0; i < sizeof accented / sizeof *accented; i++)
        if (accented[i].from == code)
            return accented[i].to;
    if ((code >= 0x0391 && code <= 0x03A9) || (code >= 0x0410 && code <= 0x042F))
        return code + 0x20;
    return code >= 0x0400 && code <= 0x040F ? code + 0x50 : code;
}

static uint32_t half_width(uint32_t code)
{
    return code >= 0xFF01 && code <= 0xFF5E ? code - (0xFF01 - '!') : code;
}

enum company_character company_character_kind(uint32_t code)
{
    code = half_width(code);
    if (code < 0x80) {
        if (isalnum((int)code))
            return COMPANY_LETTER;
        return code == '\'' || code == '`' ? COMPANY_NOTHING : COMPANY_BLANK;
    }
    /* Marks that follow their letter, quotes used as apostrophes, signs of a mark or a copyright,
     * soft hyphen, and what joins without being seen. */
    if ((code >= 0x0300 && code <= 0x036F) || code == 0x2018 || code == 0x2019 || code == 0x02BC ||
        code == 0x00B4 || code == 0x00A9 || code == 0x00AE || code == 0x2122 || code == 0x2120 ||
        code == 0x00AD || (code >= 0x200B && code <= 0x200D) || code == 0xFEFF)
        return COMPANY_NOTHING;
    if (code < 0x00C0)
        return code == 0x00AA || code == 0x00BA ? COMPANY_NOTHING : COMPANY_BLANK;
    if (code == 0x00D7 || code == 0x00F7 || (code >= 0x2000 && code <= 0x206F) ||
        (code >= 0x2190 && code <= 0x2BFF) || (code >= 0x3000 && code <= 0x303F) ||
        code == 0x30FB || code == 0xFF65)
        return COMPANY_BLANK;
    return COMPANY_LETTER;
}

size_t company_letter_fold(uint32_t code, char text[static COMPANY_FOLD_MAX])
{
    code = half_width(code);
    if (code < 0x80) {
        text[0] = (char)tolower((int)code);
        return 1;
    }
    if (code >= 0x00C0 && code < 0x00C0 + sizeof latin - 1)
        return put_latin(code, latin[code - 0x00C0], text);
    if (code >= 0x1E00 && code < 0x1E00 + sizeof latin_additional - 1)
        return put_latin(code, latin_additional[code - 0x1E00], text);
    return put_utf8(lower_case(code), text);
}
