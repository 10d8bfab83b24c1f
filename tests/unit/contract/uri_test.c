/* References resolved as in RFC 3986, 5.4. */
#include "support.h"

#include "contract/uri.h"

static void resolves(const char *base, const char *reference, const char *wanted)
{
    struct arena arena;
    arena_init(&arena);
    struct bytes found = contract_uri_resolve(bytes_of(base), bytes_of(reference), &arena);
    if (!bytes_is(found, wanted))
        fail_msg("%s from %s: expected %s, got %.*s", reference, base, wanted, BYTES_ARG(found));
    arena_release(&arena);
}

static void the_examples_of_the_rfc(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        resolves("http://a/b/c/d;p?q", rows[i][0], rows[i][1]);
}

static void bases_without_a_path_or_a_scheme(void **state)
{
    (void)state;
    resolves("http://a", "g", "http://a/g");
    resolves("urn:example:root", "#/x", "urn:example:root#/x");
    resolves("urn:example:root", "urn:example:other", "urn:example:other");
    resolves("", "item.json", "item.json");
    resolves("", "#a", "#a");
    resolves("/a/b", "c", "/a/c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_rfc),
        cmocka_unit_test(bases_without_a_path_or_a_scheme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
