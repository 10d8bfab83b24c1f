/* Lines out of a stream that comes in arbitrary pieces. */
#include "unit.h"

#include "base/buffer.h"
#include "server/intake/batch.h"

enum { LINE_MAX_BYTES = 8 };

/* Feeds `text` in pieces of `piece` bytes; joins the lines with "|", a line too long as "!". */
static const char *split(const char *text, size_t piece)
{
    static char joined[256];
    struct line_splitter splitter;
    struct bytes line;
    size_t size = strlen(text), used = 0;
    line_splitter_init(&splitter, LINE_MAX_BYTES);
    joined[0] = '\0';
    for (size_t at = 0; at < size; at += piece) {
        struct bytes data = {text + at, size - at < piece ? size - at : piece};
        while (data.size > 0) {
            enum line_kind kind = line_next(&splitter, &data, &line);
            if (kind == LINE_WHOLE)
                used += (size_t)sprintf(joined + used, "%.*s|", BYTES_ARG(line));
            else if (kind == LINE_TOO_LONG)
                used += (size_t)sprintf(joined + used, "!|");
        }
    }
    enum line_kind last = line_last(&splitter, &line);
    if (last == LINE_WHOLE)
        sprintf(joined + used, "%.*s", BYTES_ARG(line));
    else if (last == LINE_TOO_LONG)
        sprintf(joined + used, "!");
    line_splitter_release(&splitter);
    return joined;
}

static void lines_are_the_same_however_they_are_cut(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *lines;
    } cases[] = {
        {"a\nbb\nccc\n", "a|bb|ccc|"},
        {"a\nbb", "a|bb"},
        {"a\r\nbb\r\n", "a|bb|"},
        {"\n\na\n", "||a|"},
        {"12345678\n1\n", "12345678|1|"},
        {"123456789\n1\n", "!|1|"},
        {"1\n123456789012345678901234567890\n2\n", "1|!|2|"},
        {"1\n123456789012", "1|!"},
        {"a\rb\n", "a\rb|"},
        {"\r", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t piece = 1; piece <= strlen(cases[i].text); piece++)
            assert_string_equal(split(cases[i].text, piece), cases[i].lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_however_they_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
