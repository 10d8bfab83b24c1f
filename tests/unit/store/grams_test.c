/* What a search by words finds in the values of a lead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/grams.h"
#include "store/hunt.h"

#include <stdio.h>

static const char *folded(const char *text)
{
    static char out[STORE_VALUE_MAX + 1];
    out[store_fold(bytes_of(text), out)] = '\0';
    return out;
}

struct told {
    char text[2000];
};

static bool tell(void *context, struct bytes value)
{
    struct told *told = context;
    size_t size = strlen(told->text);
    snprintf(told->text + size, sizeof told->text - size, "%.*s|", BYTES_ARG(value));
    return true;
}

static const char *values_of(const char *json)
{
    static struct told told;
    told.text[0] = '\0';
    store_values_each(bytes_of(json), tell, &told);
    return told.text;
}

static bool finds(const char *question, const char *json)
{
    struct store_words words;
    struct error err = {0};
    if (store_words_read(bytes_of(question), &words, &err) != 0)
        fail_msg("%s", err.message);
    return store_words_match(&words, bytes_of(json));
}

static void letters_lose_their_case_in_european_scripts(void **state)
{
    (void)state;
    assert_string_equal(folded("ACME Gmbh & Co. 42"), "acme gmbh & co. 42");
    assert_string_equal(folded("ÀÖØÞ ÄÖÜ ÿŸ"), "àöøþ äöü ÿÿ");
    assert_string_equal(folded("ŁÓDŹ Žižek Ġ İ"), folded("łódź žižek ġ İ"));
    assert_string_equal(folded("ΆΈΏ ΟΔΟΣ ὈΔΌΣ"), folded("άέώ οδος ὈΔΌσ"));
    assert_string_equal(folded("ЁЖ Москва"), "ёж москва");
    assert_string_equal(folded("×÷ß 株式会社 \xff"), "×÷ß 株式会社 \xff");
}

static void a_value_is_searched_up_to_its_ceiling(void **state)
{
    (void)state;
    char text[2 * STORE_VALUE_MAX], out[STORE_VALUE_MAX];
    memset(text, 'A', sizeof text);
    assert_int_equal(store_fold((struct bytes){text, sizeof text}, out), STORE_VALUE_MAX);
    memcpy(text + STORE_VALUE_MAX - 1, "Ä", 2); /* half of it would fit */
    assert_int_equal(store_fold((struct bytes){text, sizeof text}, out), STORE_VALUE_MAX - 1);
}

static void values_are_texts_and_numbers_and_no_names(void **state)
{
    (void)state;
    assert_string_equal(values_of("{}"), "");
    assert_string_equal(values_of(""), "");
    assert_string_equal(values_of("{\"name\":\"Kim\",\"n\":-12.5e3,\"ok\":true,\"no\":null}"),
                        "kim|-12.5e3|");
    assert_string_equal(values_of("{\"a\":[\"X\",\"Y\"],\"b\":{\"c\":\"Z\"}}"), "x|y|z|");
    assert_string_equal(values_of("{\"a\":\"say \\\"Hi\\\" \\/ \\\\ a\\nb\\u0007c\"}"),
                        "say \"hi\" / \\ a b c|");
    assert_string_equal(values_of("{\"a\":\"\\\\\",\"b\":\"x\"}"), "\\|x|");
    assert_string_equal(values_of("{\"cut\":\"of"), "of|"); /* never past the end */
    assert_string_equal(values_of("{\"cut\":\"of\\"), "of\\|");
}

static void a_telephone_number_is_told_as_its_digits_too(void **state)
{
    (void)state;
    assert_string_equal(values_of("{\"phone\":\"+49 (30) 123-45\"}"), "+49 (30) 123-45|493012345|");
    assert_string_equal(values_of("{\"phone\":\"4930123\"}"), "4930123|");
    assert_string_equal(values_of("{\"id\":\"A-12345\"}"), "a-12345|");
}

static void every_word_is_to_stand_in_some_value(void **state)
{
    (void)state;
    static const char lead[] =
        "{\"first\":\"Zoë\",\"last\":\"Müller\",\"email\":\"z.m@acme.example\","
        "\"company\":\"ACME Robotics\",\"phone\":\"+493012345678\"}";
    static const char *const found[] = {
        "zoë", "ZOË müller", "robot acme",      "z.m@",           "@ACME.ex",     "  müll\t",
        "",    "o",          "+49 30 12345678", "0049 30 123456", "030 1234-5678"};
    static const char *const lost[] = {"zoe",   "müller miller", "acmerobotics",
                                       "first", "030 9999",      "1234567890"};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        if (!finds(found[i], lead))
            fail_msg("\"%s\" is not found", found[i]);
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++)
        if (finds(lost[i], lead))
            fail_msg("\"%s\" is found", lost[i]);
}

static void more_words_than_eight_are_refused(void **state)
{
    (void)state;
    struct store_words words;
    struct error err = {0};
    assert_int_equal(store_words_read(BYTES_LITERAL("a b c d e f g h"), &words, &err), 0);
    assert_int_equal(store_words_read(BYTES_LITERAL("a b c d e f g h i"), &words, &err), ML_EINVAL);
    assert_non_null(strstr(err.message, "at most 8 words"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_lose_their_case_in_european_scripts),
        cmocka_unit_test(a_value_is_searched_up_to_its_ceiling),
        cmocka_unit_test(values_are_texts_and_numbers_and_no_names),
        cmocka_unit_test(a_telephone_number_is_told_as_its_digits_too),
        cmocka_unit_test(every_word_is_to_stand_in_some_value),
        cmocka_unit_test(more_words_than_eight_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
