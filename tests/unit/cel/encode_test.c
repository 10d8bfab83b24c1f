/* base64. */
#include "library.h"

static void bytes_become_text_and_back(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"base64.encode(b'')", "''"},
        {"base64.encode(b'f')", "'Zg=='"},
        {"base64.encode(b'fo')", "'Zm8='"},
        {"base64.encode(b'foo')", "'Zm9v'"},
        {"base64.encode(b'foob')", "'Zm9vYg=='"},
        {"base64.encode(b'\\377\\376\\375')", "'//79'"},
        {"base64.decode('')", "b''"},
        {"base64.decode('Zg==')", "b'f'"},
        {"base64.decode('Zm8=')", "b'fo'"},
        {"base64.decode('Zm9vYmFy')", "b'foobar'"},
        {"base64.decode('aGVsbG8')", "b'hello'"},
        {"base64.decode('Zg') + base64.decode('Zm8')", "b'ffo'"},
        {"base64.decode('//79') == b'\\377\\376\\375'", "true"},
    };
    EXPECT_EACH(examples);
}

static void what_is_no_base64_is_an_error(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "base64.decode('Z')",        "base64.decode('Zg=')",      "base64.decode('Zg===')",
        "base64.decode('====')",     "base64.decode('Zg==Zg==')", "base64.decode('Zm9-')",
        "base64.decode('Zm 9v')",    "base64.decode('Zm9v\\n')",  "base64.decode('Zm\\0009')",
        "base64.decode('Zm\u00e9')", "base64.decode('=')",        "base64.decode('Zm9v=')",
    };
    EXPECT_ERRORS(sources);
    expect_error("base64.decode('Zm!v')", "base64.decode: no base64 at byte 2");
}

static void results_need_room(void **state)
{
    (void)state;
    expect_any_scratch("string(base64.decode(base64.encode(bytes(lead.country + 'x'))))",
                       BYTES_LITERAL("DEx"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_become_text_and_back),
        TEST(what_is_no_base64_is_an_error),
        TEST(results_need_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
