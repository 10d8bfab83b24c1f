/* Hashes are BLAKE2b over length-prefixed pieces: the numbers below come from another
 * implementation (Python's hashlib), so that stored keys and chains can be checked outside. */
#include "base/hash.h"

#include "unit.h"

static char thousand[1001];

static const struct {
    struct bytes pieces[2];
    size_t count;
    const char *narrow;
    const char *wide;
} known[] = {
    {{{NULL, 0}, {NULL, 0}},
     0,
     "cae66941d9efbd404e4d88758ea67670",
     "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
    {{{NULL, 0}, {NULL, 0}},
     1,
     "c804ce198ec337e3dc762bdd1a09aece",
     "81e47a19e6b29b0a65b9591762ce5143ed30d0261e5d24a3201752506b20f15c"},
    {{{"ab", 2}, {"c", 1}},
     2,
     "4826ed043ab3cdec576d8541fa5d5a80",
     "20263e794775e4edf2b306c0f306af9e50175c831c857604b481e847f790bf95"},
    {{{"a", 1}, {"bc", 2}},
     2,
     "f14abc19c330e936bb9c8506d69bac9b",
     "77bbcab7072b897c548327378f11776f4853104c71bdb95a12ded5d2783523bf"},
    {{{"lead@example.com", 16}, {NULL, 0}},
     1,
     "37d4b7d00c86cc6a29bb433d18adb2fd",
     "403861483efb54f4cb9e0c13061eb6afb9f204952170507812e3d0d0dcfc74cb"},
    {{{thousand, 1000}, {NULL, 0}},
     1,
     "427ca91604a2fc48039573a667894251",
     "9eee907dc55fbb3388da6ff331687dc875a0e279ce792d265ee037cc91206f0d"},
};
enum { KNOWN = sizeof known / sizeof *known };

static void known_answers_are_met(void **state)
{
    (void)state;
    memset(thousand, 'x', 1000);
    for (size_t i = 0; i < KNOWN; i++) {
        char text[HASH256_TEXT_SIZE];
        hash128_print(hash128_of(known[i].pieces, known[i].count), text);
        assert_string_equal(text, known[i].narrow);
        struct hash256 wide = hash256_of(known[i].pieces, known[i].count);
        hash256_print(&wide, text);
        assert_string_equal(text, known[i].wide);
    }
}

static void where_pieces_are_divided_matters(void **state)
{
    (void)state;
    const struct bytes left[] = {BYTES_LITERAL("ab"), BYTES_LITERAL("c")};
    const struct bytes right[] = {BYTES_LITERAL("a"), BYTES_LITERAL("bc")};
    const struct bytes whole[] = {BYTES_LITERAL("abc")};
    assert_false(hash128_equal(hash128_of(left, 2), hash128_of(right, 2)));
    assert_false(hash128_equal(hash128_of(left, 2), hash128_of(whole, 1)));
}

static void printing_and_parsing_are_inverse(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 1000; i++) {
        struct hash128 hash = {random_next(&seed), random_next(&seed)}, again;
        char text[HASH128_TEXT_SIZE];
        hash128_print(hash, text);
        assert_true(hash128_parse(bytes_of(text), &again));
        assert_true(hash128_equal(hash, again));
    }
    struct hash256 wide = hash256_of(known[2].pieces, 2), wide_again;
    assert_true(hash256_parse(bytes_of(known[2].wide), &wide_again));
    assert_memory_equal(&wide, &wide_again, sizeof wide);
}

static void printed_digits_run_from_high_to_low(void **state)
{
    (void)state;
    char text[HASH128_TEXT_SIZE];
    hash128_print((struct hash128){0x0123456789abcdef, 0xfedcba9876543210}, text);
    assert_string_equal(text, "0123456789abcdeffedcba9876543210");
}

static void only_lower_case_hexadecimal_of_full_length_is_read(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "c804ce198ec337e3dc762bdd1a09aec",
        "c804ce198ec337e3dc762bdd1a09aecee",
        "C804CE198EC337E3DC762BDD1A09AECE",
        "c804ce198ec337e3dc762bdd1a09aecg",
        " 804ce198ec337e3dc762bdd1a09aece",
        "0x04ce198ec337e3dc762bdd1a09aece",
    };
    struct hash128 hash = {1, 2};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(hash128_parse(bytes_of(bad[i]), &hash));
    assert_true(hash128_equal(hash, (struct hash128){1, 2}));
    struct hash256 wide;
    assert_false(hash256_parse(bytes_of(known[0].narrow), &wide));
}

static void only_all_zero_is_none(void **state)
{
    (void)state;
    assert_true(hash128_is_none((struct hash128){0, 0}));
    assert_false(hash128_is_none((struct hash128){0, 1}));
    assert_false(hash128_is_none((struct hash128){1, 0}));
    assert_false(hash128_is_none(hash128_of(NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers_are_met),
        cmocka_unit_test(where_pieces_are_divided_matters),
        cmocka_unit_test(printing_and_parsing_are_inverse),
        cmocka_unit_test(printed_digits_run_from_high_to_low),
        cmocka_unit_test(only_lower_case_hexadecimal_of_full_length_is_read),
        cmocka_unit_test(only_all_zero_is_none),
    };
    return cmocka_run_group_tests_name("base_hash", tests, NULL, NULL);
}
