/* Byte runs compare by content; UTF-8 is checked as RFC 3629 has it; near words are suggested. */
#include "base/bytes.h"

#include "unit.h"

static void equality_is_by_content(void **state)
{
    (void)state;
    char copy[] = "lead";
    assert_true(bytes_equal(BYTES_LITERAL("lead"), bytes_of(copy)));
    assert_false(bytes_equal(BYTES_LITERAL("lead"), BYTES_LITERAL("leaf")));
    assert_false(bytes_equal(BYTES_LITERAL("lead"), BYTES_LITERAL("leads")));
    assert_true(bytes_equal((struct bytes){NULL, 0}, BYTES_LITERAL("")));
    assert_true(bytes_equal((struct bytes){"a\0b", 3}, (struct bytes){"a\0b", 3}));
    assert_false(bytes_equal((struct bytes){"a\0b", 3}, (struct bytes){"a\0c", 3}));
    assert_true(bytes_is(BYTES_LITERAL("lead"), "lead"));
    assert_true(bytes_is((struct bytes){NULL, 0}, ""));
    assert_false(bytes_is(BYTES_LITERAL("lead"), "lea"));
    assert_int_equal(bytes_of(NULL).size, 0);
}

/* The definition, written the slow way: decode, then see whether the code point may be so written.
 */
static bool is_one_character(const unsigned char *p, size_t size)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    static const unsigned char masks[] = {0, 0x80, 0xE0, 0xF0, 0xF8};
    if (size == 1)
        return p[0] < 0x80;
    if ((p[0] & masks[size]) != marks[size])
        return false;
    uint32_t point = (uint32_t)(p[0] & ~masks[size]);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return false;
        point = point << 6 | (p[i] & 0x3F);
    }
    return point >= smallest[size] && point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
}

static bool is_text(const unsigned char *p, size_t size)
{
    if (size == 0)
        return true;
    for (size_t first = 1; first <= size && first <= 4; first++)
        if (is_one_character(p, first) && is_text(p + first, size - first))
            return true;
    return false;
}

static void every_run_of_three_bytes_is_judged_as_the_definition_says(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 3; size++)
        for (uint32_t bits = 0; bits < 1u << (8 * size); bits++) {
            unsigned char data[3] = {(unsigned char)bits, (unsigned char)(bits >> 8),
                                     (unsigned char)(bits >> 16)};
            if (bytes_is_utf8((struct bytes){(char *)data, size}) != is_text(data, size))
                fail_msg("%zu bytes %02x %02x %02x judged wrongly", size, data[0], data[1],
                         data[2]);
        }
}

static void every_four_byte_start_is_judged_as_the_definition_says(void **state)
{
    (void)state;
    enum { TAILS = 6 };
    static const unsigned char tails[TAILS] = {0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
    for (unsigned lead = 0xE0; lead <= 0xFF; lead++)
        for (unsigned second = 0; second <= 0xFF; second++)
            for (int i = 0; i < TAILS * TAILS; i++) {
                unsigned char data[4] = {(unsigned char)lead, (unsigned char)second,
                                         tails[i / TAILS], tails[i % TAILS]};
                if (bytes_is_utf8((struct bytes){(char *)data, 4}) != is_text(data, 4))
                    fail_msg("%02x %02x %02x %02x judged wrongly", data[0], data[1], data[2],
                             data[3]);
            }
}

static void a_bad_byte_is_found_at_any_place_in_long_text(void **state)
{
    (void)state;
    char text[40];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        assert_true(bytes_is_utf8((struct bytes){text, sizeof text}));
        text[at] = (char)0xFF;
        assert_false(bytes_is_utf8((struct bytes){text, sizeof text}));
    }
}

static void a_character_cut_off_at_the_end_is_not_text(void **state)
{
    (void)state;
    static const char text[] = "aaaaaaa\xF0\x9F\x98\x80";
    assert_true(bytes_is_utf8((struct bytes){text, 11}));
    for (size_t size = 8; size < 11; size++)
        assert_false(bytes_is_utf8((struct bytes){text, size}));
}

static const char *const fields[] = {"email", "country", "company", "intent", "fit", "campaign"};
enum { FIELDS = sizeof fields / sizeof *fields };

static void a_slip_of_the_keys_is_suggested(void **state)
{
    (void)state;
    assert_string_equal(bytes_suggest(BYTES_LITERAL("contry"), fields, FIELDS), "country");
    assert_string_equal(bytes_suggest(BYTES_LITERAL("emial"), fields, FIELDS), "email");
    assert_string_equal(bytes_suggest(BYTES_LITERAL("campaing"), fields, FIELDS), "campaign");
    assert_string_equal(bytes_suggest(BYTES_LITERAL("fits"), fields, FIELDS), "fit");
}

static void the_nearest_is_chosen_and_the_first_of_equals(void **state)
{
    (void)state;
    static const char *const near[] = {"routes", "router", "route"};
    assert_string_equal(bytes_suggest(BYTES_LITERAL("route"), near, 3), "route");
    assert_string_equal(bytes_suggest(BYTES_LITERAL("routex"), near, 2), "routes");
}

static void what_is_far_from_everything_suggests_nothing(void **state)
{
    (void)state;
    assert_null(bytes_suggest(BYTES_LITERAL("telephone_number"), fields, FIELDS));
    assert_null(bytes_suggest(BYTES_LITERAL("xyz"), fields, FIELDS));
    assert_null(bytes_suggest(BYTES_LITERAL(""), fields, FIELDS));
    assert_null(bytes_suggest(BYTES_LITERAL("email"), fields, 0));
}

static void words_too_long_to_compare_are_left_alone(void **state)
{
    (void)state;
    char long_word[65];
    memset(long_word, 'a', 64);
    long_word[64] = '\0';
    const char *const candidates[] = {long_word, "", "aaa"};
    assert_null(bytes_suggest(bytes_of(long_word), candidates, 3));
    assert_string_equal(bytes_suggest(BYTES_LITERAL("aab"), candidates, 3), "aaa");
    long_word[63] = '\0';
    assert_ptr_equal(bytes_suggest(bytes_of(long_word), candidates, 1), long_word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_is_by_content),
        cmocka_unit_test(every_run_of_three_bytes_is_judged_as_the_definition_says),
        cmocka_unit_test(every_four_byte_start_is_judged_as_the_definition_says),
        cmocka_unit_test(a_bad_byte_is_found_at_any_place_in_long_text),
        cmocka_unit_test(a_character_cut_off_at_the_end_is_not_text),
        cmocka_unit_test(a_slip_of_the_keys_is_suggested),
        cmocka_unit_test(the_nearest_is_chosen_and_the_first_of_equals),
        cmocka_unit_test(what_is_far_from_everything_suggests_nothing),
        cmocka_unit_test(words_too_long_to_compare_are_left_alone),
    };
    return cmocka_run_group_tests_name("base_bytes", tests, NULL, NULL);
}
