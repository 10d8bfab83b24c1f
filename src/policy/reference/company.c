/* Company names as they are compared: folded, without punctuation, fillers and legal forms; and how
 * similar two of them are. */
#include "policy/reference/company.h"

#include "policy/reference/account.h"
#include "policy/reference/company_fold.h"

/* ---- words that say nothing about which company it is */

/* clang-format off */
#define W(text) {text, sizeof(text) - 1}
/* As they read after folding; longer ones first, for "sa de cv" ends like "cv". */
static const struct bytes legal_forms[] = {
    W("s de rl de cv"), W("s a de c v"), W("spolka z ograniczona odpowiedzialnoscia"),
    W("gesellschaft mit beschrankter haftung"), W("societa a responsabilita limitata"),
    W("societe a responsabilite limitee"), W("societe par actions simplifiee"), W("spol s r o"),
    W("sp z o o"), W("s a r l"), W("limited liability partnership"),
    W("limited liability company"), W("public limited company"), W("joint stock company"),
    W("societa per azioni"), W("sanayi ticaret"), W("spolka z oo"),
    W("sapi de cv"), W("sab de cv"), W("spol s ro"), W("srl de cv"), W("sa de cv"), W("sp z oo"),
    W("d o o"), W("s a s"), W("s p a"), W("s r l"), W("s r o"), W("besloten vennootschap"),
    W("naamloze vennootschap"), W("limited partnership"), W("akciova spolecnost"),
    W("akciova spolocnost"), W("sociedad limitada"), W("sociedade anonima"),
    W("gesellschaft mbh"), W("kabushiki kaisha"), W("sociedad anonima"), W("company limited"),
    W("limited sirketi"), W("private limited"), W("societe anonyme"), W("anonim sirketi"),
    W("spolka akcyjna"), W("godo kaisha"), W("spol sro"), W("ges mbh"), W("ltd sti"),
    W("san tic"), W("sdn bhd"), W("comm v"), W("s coop"), W("sp zoo"), W("oy ab"), W("sa rl"),
    W("sp j"), W("sp k"), W("a d"), W("a e"), W("a s"), W("b v"), W("d d"), W("e k"), W("e v"),
    W("i s"), W("k k"), W("k s"), W("n v"), W("s a"), W("s c"), W("s l"),
    W("kommanditgesellschaft"), W("aktiengesellschaft"), W("haftungsbeschrankt"),
    W("anpartsselskab"), W("aksjeselskap"), W("aktieselskab"), W("incorporated"),
    W("aktsiaselts"), W("corporation"), W("aktiebolag"), W("osakeyhtio"), W("unipessoal"),
    W("osauhing"), W("company"), W("limited"), W("limitee"), W("ticaret"), W("eireli"),
    W("gesmbh"), W("selarl"), W("επε"), W("ικε"), W("зао"), W("оао"), W("ооо"),
    W("пао"), W("тов"), W("тоо"), W("ggmbh"), W("scarl"), W("scoop"), W("spzoo"),
    W("asbl"), W("bvba"), W("cjsc"), W("corp"), W("cvba"), W("dmcc"), W("eeig"), W("eirl"),
    W("ekfm"), W("eood"), W("eurl"), W("fzco"), W("gmbh"), W("jdoo"), W("kgaa"), W("lllp"),
    W("ltda"), W("ltee"), W("nyrt"), W("ojsc"), W("pjsc"), W("pllc"), W("publ"), W("saoc"),
    W("saog"), W("sapa"), W("sarl"), W("sasu"), W("scop"), W("scpa"), W("scrl"), W("senc"),
    W("sgps"), W("sprl"), W("srls"), W("tnhh"), W("αε"), W("ао"), W("ans"), W("aps"),
    W("asa"), W("bhd"), W("cia"), W("cic"), W("cie"), W("cos"), W("doo"), W("ead"), W("ehf"),
    W("epe"), W("epp"), W("fzc"), W("fze"), W("gbr"), W("gie"), W("ike"), W("inc"), W("jsc"),
    W("kft"), W("kkt"), W("lda"), W("llc"), W("llp"), W("ltd"), W("mbh"), W("nuf"), W("oao"),
    W("ohg"), W("ood"), W("ooo"), W("opc"), W("oyj"), W("pao"), W("pcl"), W("plc"), W("pte"),
    W("pty"), W("pvt"), W("saa"), W("sac"), W("sas"), W("sau"), W("sca"), W("sce"), W("sci"),
    W("scs"), W("sdn"), W("sia"), W("slp"), W("slu"), W("snc"), W("soc"), W("spa"), W("spk"),
    W("srl"), W("sro"), W("sti"), W("tbk"), W("uab"), W("ulc"), W("vof"), W("vos"), W("vzw"),
    W("wll"), W("zao"), W("zrt"), W("㈜"), W("有"), W("株"), W("주"), W("ab"), W("ad"),
    W("ae"), W("ag"), W("as"), W("bt"), W("bv"), W("cc"), W("co"), W("dd"), W("eg"), W("ek"),
    W("ev"), W("gk"), W("hb"), W("hf"), W("kb"), W("kg"), W("kk"), W("ky"), W("lp"), W("mb"),
    W("nv"), W("ou"), W("oy"), W("rt"), W("sa"), W("se"), W("sl"), W("ug"), W("yk"),
};
/* Written in front of the name. */
static const struct bytes legal_prefixes[] = {
    W("stichting"), W("kabushiki kaisha"), W("joint stock company"), W("ооо"), W("оао"),
    W("зао"), W("пао"), W("тов"), W("тоо"), W("ooo"), W("oao"), W("zao"), W("pao"),
    W("uab"), W("sia"), W("pt"), W("ab"), W("oy"), W("株"), W("㈜"),
};
/* So clear that they are left out of the middle of a name too: "Acme GmbH Austria". */
static const struct bytes clear_forms[] = {
    W("gmbh"), W("ggmbh"), W("kgaa"), W("llc"), W("ltd"), W("inc"), W("sarl"), W("bvba"),
};
static const struct bytes fillers[] = {
    W("and"), W("und"), W("et"), W("y"), W("e"), W("og"), W("och"), W("ve"),
};
/* Scripts that leave no blank between the form and the name. */
static const struct bytes joined_forms[] = {
    W("股份有限公司"), W("有限责任公司"), W("有限公司"), W("株式会社"),
    W("有限会社"), W("合同会社"), W("주식회사"), W("유한회사"),
};

#undef W
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool list_has(const struct bytes *list, size_t count, struct bytes word)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(word, list[i]))
            return true;
    return false;
}

/* ---- text under construction: words and single blanks, at most POLICY_COMPANY_SIZE - 1 bytes */

struct name {
    char *text;
    size_t size;
};

static void append(struct name *name, const char *data, size_t size)
{
    if (size > POLICY_COMPANY_SIZE - 1 - name->size)
        return;
    memcpy(name->text + name->size, data, size);
    name->size += size;
}

static void append_blank(struct name *name)
{
    if (name->size > 0 && name->text[name->size - 1] != ' ')
        append(name, " ", 1);
}

/* ---- folding */

/* The next character of UTF-8 text; what is not UTF-8 counts as one byte that parts words. */
static uint32_t next_character(struct bytes source, size_t *at)
{
    static const uint8_t masks[] = {0x7F, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned char first = (unsigned char)source.data[*at];
    size_t size = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (size == 0 || size > source.size - *at) {
        *at += 1;
        return ' ';
    }
    uint32_t code = first & masks[size];
    for (size_t i = 1; i < size; i++)
        code = code << 6 | ((unsigned char)source.data[*at + i] & 0x3F);
    *at += size;
    return code;
}

static bool letter_follows(struct bytes source, size_t at)
{
    return at < source.size &&
           company_character_kind(next_character(source, &at)) == COMPANY_LETTER;
}

/* A dot between single letters joins them, "S.p.A." is one word; any other parts words. */
static void fold(struct bytes source, struct name *name)
{
    size_t letters = 0; /* since the last blank or dot */
    for (size_t at = 0; at < source.size;) {
        uint32_t code = next_character(source, &at);
        enum company_character kind = company_character_kind(code);
        if (kind == COMPANY_LETTER) {
            char folded[COMPANY_FOLD_MAX];
            append(name, folded, company_letter_fold(code, folded));
            letters++;
        } else if (kind == COMPANY_BLANK) {
            if (code != '.' || letters != 1 || !letter_follows(source, at))
                append_blank(name);
            letters = 0;
        }
    }
    while (name->size > 0 && name->text[name->size - 1] == ' ')
        name->size--;
}

/* ---- leaving out */

static bool ends_with(struct bytes text, struct bytes end)
{
    return text.size > end.size && text.data[text.size - 1] == end.data[end.size - 1] &&
           memcmp(text.data + text.size - end.size, end.data, end.size) == 0;
}

static bool begins_with(struct bytes text, struct bytes start)
{
    return text.size > start.size && memcmp(text.data, start.data, start.size) == 0;
}

static struct bytes strip_joined(struct bytes word)
{
    if (word.size == 0 || (unsigned char)word.data[0] < 0x80)
        return word;
    for (size_t i = 0; i < COUNT(joined_forms); i++) {
        struct bytes form = joined_forms[i];
        if (begins_with(word, form))
            return (struct bytes){word.data + form.size, word.size - form.size};
        if (ends_with(word, form))
            return (struct bytes){word.data, word.size - form.size};
    }
    return word;
}

/* Copies word by word; fillers and clear legal forms between two others are left out. */
static void copy_words(struct bytes folded, struct name *name)
{
    for (size_t at = 0; at < folded.size;) {
        const char *blank = memchr(folded.data + at, ' ', folded.size - at);
        size_t end = blank != NULL ? (size_t)(blank - folded.data) : folded.size;
        struct bytes word = {folded.data + at, end - at};
        bool inside = at > 0 && end < folded.size;
        at = end + 1;
        if (inside && (list_has(fillers, COUNT(fillers), word) ||
                       list_has(clear_forms, COUNT(clear_forms), word)))
            continue;
        if (word.size < folded.size && list_has(joined_forms, COUNT(joined_forms), word))
            continue;
        append_blank(name);
        word = strip_joined(word);
        append(name, word.data, word.size);
    }
}

/* True when a legal form was at the end, with a word before it. */
static bool strip_form(struct bytes *name)
{
    for (size_t i = 0; i < COUNT(legal_forms); i++) {
        struct bytes form = legal_forms[i];
        if (!ends_with(*name, form) || name->data[name->size - form.size - 1] != ' ')
            continue;
        name->size -= form.size + 1;
        return true;
    }
    return false;
}

static struct bytes strip_ends(struct bytes name)
{
    static const struct bytes article = BYTES_LITERAL("the ");
    if (begins_with(name, article))
        name = (struct bytes){name.data + article.size, name.size - article.size};
    while (strip_form(&name)) {
        /* Another may stand before it: "gmbh co kg". */
    }
    for (size_t i = 0; i < COUNT(legal_prefixes); i++) {
        struct bytes form = legal_prefixes[i];
        if (begins_with(name, form) && name.data[form.size] == ' ' && name.size > form.size + 1) {
            name = (struct bytes){name.data + form.size + 1, name.size - form.size - 1};
            break;
        }
    }
    return name;
}

struct bytes policy_company_normalize(struct bytes name, char text[static POLICY_COMPANY_SIZE])
{
    char memory[POLICY_COMPANY_SIZE];
    struct name folded = {.text = memory}, words;
    words.text = text;
    words.size = 0;
    fold(name, &folded);
    copy_words((struct bytes){memory, folded.size}, &words);
    return strip_ends((struct bytes){text, words.size});
}

/* ---- similarity */

static void add_trigram(uint32_t trigram, uint32_t *trigrams, size_t *count)
{
    size_t at = *count;
    while (at > 0 && trigrams[at - 1] > trigram)
        at--;
    if (at > 0 && trigrams[at - 1] == trigram)
        return;
    memmove(trigrams + at + 1, trigrams + at, (*count - at) * sizeof *trigrams);
    trigrams[at] = trigram;
    (*count)++;
}

size_t company_trigrams(struct bytes name, uint32_t trigrams[static COMPANY_TRIGRAMS_MAX])
{
    size_t count = 0;
    uint32_t window = ' ' << 8 | ' ';
    if (name.size >= POLICY_COMPANY_SIZE)
        name.size = POLICY_COMPANY_SIZE - 1;
    for (size_t i = 0; i <= name.size; i++) {
        unsigned char c = i < name.size ? (unsigned char)name.data[i] : ' ';
        bool word_ended = c == ' ';
        if (word_ended && (window & 0xFF) == ' ')
            continue;
        window = (window << 8 | c) & 0xFFFFFF;
        add_trigram(window, trigrams, &count);
        if (word_ended)
            window = ' ' << 8 | ' ';
    }
    return count;
}

double company_dice(size_t common, size_t a, size_t b)
{
    double score = 2.0 * (double)common / (double)(a + b);
    return score < COMPANY_NEARLY_EQUAL ? score : COMPANY_NEARLY_EQUAL;
}

double policy_company_similarity(struct bytes a, struct bytes b)
{
    uint32_t left[COMPANY_TRIGRAMS_MAX], right[COMPANY_TRIGRAMS_MAX];
    if (bytes_equal(a, b))
        return 1.0;
    size_t left_count = company_trigrams(a, left), right_count = company_trigrams(b, right);
    size_t common = 0;
    for (size_t i = 0, j = 0; i < left_count && j < right_count;) {
        common += left[i] == right[j] ? 1 : 0;
        uint32_t smaller = left[i] < right[j] ? left[i] : right[j];
        i += left[i] == smaller ? 1 : 0;
        j += right[j] == smaller ? 1 : 0;
    }
    return common == 0 ? 0.0 : company_dice(common, left_count, right_count);
}
