/* Whose web pages may post to a source. */
#include "server/access/origin.h"

#include "unit.h"

static bool allowed(const char *const *origins, size_t count, const char *origin)
{
    struct policy_source source = {.origins = origins, .origin_count = count};
    return origin_allowed(&source, bytes_of(origin));
}

static void only_the_declared_origins_are_allowed(void **state)
{
    (void)state;
    static const char *const origins[] = {"https://www.acme.example", "http://localhost:3000"};
    assert_true(allowed(origins, 2, "https://www.acme.example"));
    assert_true(allowed(origins, 2, "http://localhost:3000"));
    assert_true(allowed(origins, 2, "HTTPS://WWW.ACME.EXAMPLE"));
    assert_false(allowed(origins, 2, "http://www.acme.example"));
    assert_false(allowed(origins, 2, "https://www.acme.example:8443"));
    assert_false(allowed(origins, 2, "https://www.acme.example.evil.example"));
    assert_false(allowed(origins, 2, "https://acme.example"));
    assert_false(allowed(origins, 2, "null"));
}

static void a_star_allows_every_origin_that_is_named(void **state)
{
    (void)state;
    static const char *const origins[] = {"*"};
    assert_true(allowed(origins, 1, "https://anywhere.example"));
    assert_true(allowed(origins, 1, "null"));
    assert_false(allowed(origins, 1, ""));
}

static void without_declared_origins_none_is_allowed(void **state)
{
    (void)state;
    assert_false(allowed(NULL, 0, "https://www.acme.example"));
    assert_false(allowed(NULL, 0, ""));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_declared_origins_are_allowed),
        cmocka_unit_test(a_star_allows_every_origin_that_is_named),
        cmocka_unit_test(without_declared_origins_none_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
