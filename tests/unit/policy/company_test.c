/* Company names: what is left of one when it is compared, and how similar two are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/reference/account.h"

#include <stdio.h>

struct example {
    const char *name;
    const char *normalized;
};

static void expect_all(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[POLICY_COMPANY_SIZE];
        struct bytes found = policy_company_normalize(bytes_of(examples[i].name), text);
        if (!bytes_is(found, examples[i].normalized))
            fail_msg("%s gives `%.*s`, not `%s`", examples[i].name, BYTES_ARG(found),
                     examples[i].normalized);
    }
}

#define EXPECT(...)                                               \
    do {                                                          \
        static const struct example examples[] = {__VA_ARGS__};   \
        expect_all(examples, sizeof examples / sizeof *examples); \
    } while (0)

static void diacritics_and_case_do_not_count(void **state)
{
    (void)state;
    EXPECT({"Société Générale", "societe generale"}, {"Škoda Čeština", "skoda cestina"},
           {"Großhändler", "grosshandler"}, {"Ærø Smørrebrød", "aero smorrebrod"},
           {"Ångström", "angstrom"}, {"Łódź Żółw", "lodz zolw"}, {"Ğışık İş", "gisik is"},
           {"Þór Ðagur", "thor dagur"}, {"Cœur", "coeur"}, {"Nguyễn Phương", "nguyen phuong"},
           {"Mu\xCC\x88ller", "muller"}, {"ＡＣＭＥ　１２", "acme 12"}, {"Țară Șef", "tara sef"});
}

static void other_scripts_stay_in_lower_case(void **state)
{
    (void)state;
    EXPECT({"Газпром", "газпром"}, {"Ёлка", "елка"}, {"ΑΘΗΝΑ Ελλάς", "αθηνα ελλασ"},
           {"トヨタ自動車", "トヨタ自動車"}, {"삼성전자", "삼성전자"});
}

static void punctuation_parts_words_or_vanishes(void **state)
{
    (void)state;
    EXPECT({"Booking.com", "booking com"}, {"McDonald's", "mcdonalds"}, {"L’Oréal", "loreal"},
           {"Coca-Cola", "coca cola"}, {"I.B.M.", "ibm"}, {"E.ON", "eon"},
           {"  Acme \t (Austria),  Wien ", "acme austria wien"}, {"Acme®™", "acme"},
           {"A/B Testing", "a b testing"}, {"U.S. Steel", "us steel"}, {"Yahoo!", "yahoo"},
           {"St.Gallen", "st gallen"});
}

static void legal_forms_at_the_end_are_left_out(void **state)
{
    (void)state;
    EXPECT(
        {"Acme Inc.", "acme"}, {"Acme, Inc", "acme"}, {"Acme Corp.", "acme"}, {"Acme LLC", "acme"},
        {"Acme Pty Ltd", "acme"}, {"Acme Private Limited", "acme"}, {"Acme plc", "acme"},
        {"Acme GmbH", "acme"}, {"Acme G.m.b.H.", "acme"}, {"Acme AG & Co. KGaA", "acme"},
        {"Acme UG (haftungsbeschränkt)", "acme"}, {"Acme e.V.", "acme"}, {"Acme SE", "acme"},
        {"Acme S.A.", "acme"}, {"Acme S. A.", "acme"}, {"Acme SARL", "acme"},
        {"Acme S.à r.l.", "acme"}, {"Acme SAS", "acme"}, {"Acme S.p.A.", "acme"},
        {"Acme S.r.l.", "acme"}, {"Acme S.L.U.", "acme"}, {"Acme S.A. de C.V.", "acme"},
        {"Acme S. de R.L. de C.V.", "acme"}, {"Acme Ltda.", "acme"}, {"Acme S/A", "acme"},
        {"Acme, Unipessoal Lda", "acme"}, {"Acme B.V.", "acme"}, {"Acme N.V.", "acme"},
        {"Acme BVBA", "acme"}, {"Acme AB (publ)", "acme"}, {"Acme A/S", "acme"},
        {"Acme ApS", "acme"}, {"Acme ASA", "acme"}, {"Acme Oyj", "acme"}, {"Acme Oy Ab", "acme"},
        {"Acme ehf.", "acme"}, {"Acme OÜ", "acme"}, {"Acme Sp. z o.o.", "acme"},
        {"Acme Sp. z o.o. Sp. k.", "acme"}, {"Acme spol. s r.o.", "acme"}, {"Acme, s.r.o.", "acme"},
        {"Acme a.s.", "acme"}, {"Acme Kft.", "acme"}, {"Acme Zrt.", "acme"},
        {"Acme d.o.o.", "acme"}, {"Acme EOOD", "acme"}, {"Acme Α.Ε.", "acme"},
        {"Acme Ltd. Şti.", "acme"}, {"Acme Sanayi ve Ticaret A.Ş.", "acme"},
        {"Acme Co., Ltd.", "acme"}, {"Acme Sdn Bhd", "acme"}, {"Acme K.K.", "acme"},
        {"Acme JSC", "acme"}, {"Tiffany & Co.", "tiffany"});
}

static void legal_forms_in_front_are_left_out(void **state)
{
    (void)state;
    EXPECT({"ООО «Ромашка»", "ромашка"}, {"PT Acme Indonesia Tbk", "acme indonesia"},
           {"UAB Acme", "acme"}, {"AB Volvo", "volvo"}, {"株式会社トヨタ", "トヨタ"},
           {"トヨタ株式会社", "トヨタ"}, {"株式会社 トヨタ", "トヨタ"}, {"（株）トヨタ", "トヨタ"},
           {"华为技术有限公司", "华为技术"});
}

static void clear_legal_forms_in_the_middle_are_left_out(void **state)
{
    (void)state;
    EXPECT({"Acme GmbH Austria", "acme austria"}, {"Acme Inc. (Canada)", "acme canada"});
}

static void fillers_are_left_out(void **state)
{
    (void)state;
    EXPECT({"The Müller & Söhne GmbH & Co. KG", "muller sohne"},
           {"Johnson & Johnson", "johnson johnson"}, {"Johnson and Johnson", "johnson johnson"},
           {"Meyer und Sohn", "meyer sohn"}, {"Dupont et Cie", "dupont"},
           {"García y Hijos", "garcia hijos"}, {"H+M", "h m"}, {"Y Combinator", "y combinator"});
}

static void something_always_remains(void **state)
{
    (void)state;
    EXPECT({"The Limited", "limited"}, {"Company", "company"}, {"GmbH", "gmbh"}, {"The", "the"},
           {"Co. Ltd.", "co"}, {"", ""}, {" .,-! ", ""}, {"株式会社", "株式会社"});
}

static void normalizing_twice_changes_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"The Müller & Söhne GmbH & Co. KG", "Acme S.p.A.",
                                        "PT Acme Tbk", "Johnson and Johnson", "L’Oréal SA"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char once[POLICY_COMPANY_SIZE], twice[POLICY_COMPANY_SIZE];
        struct bytes first = policy_company_normalize(bytes_of(names[i]), once);
        struct bytes second = policy_company_normalize(first, twice);
        assert_true(bytes_equal(first, second));
    }
}

static void long_and_broken_names_stay_within_their_memory(void **state)
{
    (void)state;
    char name[4096], text[POLICY_COMPANY_SIZE];
    for (int first = 1; first < 256; first++) {
        for (size_t i = 0; i < sizeof name; i++)
            name[i] = (char)(i % 7 == 6 ? ' ' : i % 3 == 0 ? first : first * 31);
        struct bytes found = policy_company_normalize((struct bytes){name, sizeof name}, text);
        assert_true(found.size < POLICY_COMPANY_SIZE);
        assert_true(policy_company_similarity(found, found) == 1.0);
    }
}

/* ---- similarity */

static double similarity(const char *a, const char *b)
{
    double one = policy_company_similarity(bytes_of(a), bytes_of(b));
    double other = policy_company_similarity(bytes_of(b), bytes_of(a));
    assert_true(one == other);
    return one;
}

static void only_equal_names_are_wholly_similar(void **state)
{
    (void)state;
    assert_true(similarity("acme", "acme") == 1.0);
    assert_true(similarity("", "") == 1.0);
    assert_true(similarity("north south", "south north") == 0.999);
    assert_true(similarity("aaaa", "aaaaa") < 1.0);
    assert_true(similarity("acme", "") == 0.0);
    assert_true(similarity("abc", "xyz") == 0.0);
}

static void it_is_the_share_of_common_trigrams(void **state)
{
    (void)state;
    /* "  a", " ac", "acm", "cme", "me " and "  a", " ac", "acm", "cme", "mes", "es " */
    assert_true(similarity("acme", "acmes") == 2.0 * 4 / 11);
    /* a word more: 5 of 5 and 11 */
    assert_true(similarity("acme", "acme tools") == 2.0 * 5 / 16);
}

static void typing_mistakes_cost_less_in_longer_names(void **state)
{
    (void)state;
    double near = similarity("international business machines", "international busines machines");
    assert_true(near > 0.9 && near < 1.0);
    assert_true(similarity("siemens energy", "simens energy") > 0.75);
    assert_true(similarity("siemens energy", "shell energy") < 0.75);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diacritics_and_case_do_not_count),
        cmocka_unit_test(other_scripts_stay_in_lower_case),
        cmocka_unit_test(punctuation_parts_words_or_vanishes),
        cmocka_unit_test(legal_forms_at_the_end_are_left_out),
        cmocka_unit_test(legal_forms_in_front_are_left_out),
        cmocka_unit_test(clear_legal_forms_in_the_middle_are_left_out),
        cmocka_unit_test(fillers_are_left_out),
        cmocka_unit_test(something_always_remains),
        cmocka_unit_test(normalizing_twice_changes_nothing),
        cmocka_unit_test(long_and_broken_names_stay_within_their_memory),
        cmocka_unit_test(only_equal_names_are_wholly_similar),
        cmocka_unit_test(it_is_the_share_of_common_trigrams),
        cmocka_unit_test(typing_mistakes_cost_less_in_longer_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
