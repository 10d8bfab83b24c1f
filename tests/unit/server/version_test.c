/* The version in If-Match. */
#include "unit.h"

#include "server/request.h"

static void a_version_is_read_quoted_weak_or_bare(void **state)
{
    (void)state;
    const char *texts[] = {"\"1027\"", "1027", "W/\"1027\""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint64_t version = 0;
        assert_true(version_parse(bytes_of(texts[i]), &version));
        assert_int_equal(version, 1027);
    }
}

static void a_star_is_any_version(void **state)
{
    (void)state;
    uint64_t version = 1;
    assert_true(version_parse(BYTES_LITERAL("*"), &version));
    assert_int_equal(version, 0);
}

static void anything_else_is_no_version(void **state)
{
    (void)state;
    const char *texts[] = {"",     "\"\"", "\"abc\"", "\"1\",\"2\"", "0",  "\"0\"",
                           "\"12", "-1",   "1.5",     "007",         "W/", "18446744073709551616"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint64_t version;
        if (version_parse(bytes_of(texts[i]), &version))
            fail_msg("\"%s\" was read as a version", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_read_quoted_weak_or_bare),
        cmocka_unit_test(a_star_is_any_version),
        cmocka_unit_test(anything_else_is_no_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
