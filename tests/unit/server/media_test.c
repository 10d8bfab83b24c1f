/* Content-Type and Accept. */
#include "unit.h"

#include "server/media.h"

static void a_media_type_is_compared_without_its_parameters(void **state)
{
    (void)state;
    assert_true(media_type_is(BYTES_LITERAL("application/json"), "application/json"));
    assert_true(
        media_type_is(BYTES_LITERAL("Application/JSON ; charset=utf-8"), "application/json"));
    assert_false(media_type_is(BYTES_LITERAL("application/json5"), "application/json"));
    assert_false(media_type_is(BYTES_LITERAL("text/plain; application/json"), "application/json"));
    assert_false(media_type_is((struct bytes){0}, "application/json"));
}

static void ranges_accept_what_they_cover(void **state)
{
    (void)state;
    const char *good[] = {"",
                          "  ",
                          "*/*",
                          "application/*",
                          "application/json",
                          "text/html, application/json",
                          "text/html;q=0.9,*/*;q=0.1",
                          "APPLICATION/JSON;q=1.0",
                          "application/json;q=0.001"};
    const char *bad[] = {"text/html",
                         "text/*",
                         "application/xml",
                         "application/json;q=0",
                         "application/json; q=0.000",
                         "application",
                         "*",
                         "json"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!accepts(bytes_of(good[i]), "application/json"))
            fail_msg("\"%s\" should accept JSON", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (accepts(bytes_of(bad[i]), "application/json"))
            fail_msg("\"%s\" should not accept JSON", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_media_type_is_compared_without_its_parameters),
        cmocka_unit_test(ranges_accept_what_they_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
