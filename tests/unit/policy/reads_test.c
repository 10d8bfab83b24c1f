/* Which members of the record an expression reads. */
#include "base/buffer.h"
#include "policy/edge/reads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* Every read as "/a/b", one after the other with a blank between them. */
static void assert_reads(const char *expression, const char *expected)
{
    struct buffer found;
    struct bytes text = bytes_of(expression), name;
    buffer_init(&found, 256);
    for (size_t at = 0; policy_reads_find(text, "payload", &at);) {
        buffer_printf(&found, "%s", buffer_bytes(&found).size > 0 ? " " : "");
        size_t before = buffer_bytes(&found).size;
        while (policy_reads_member(text, &at, &name))
            buffer_printf(&found, "/%.*s", BYTES_ARG(name));
        if (buffer_bytes(&found).size == before)
            buffer_printf(&found, "*");
    }
    buffer_append_char(&found, '\0');
    assert_string_equal(buffer_bytes(&found).data, expected);
    buffer_release(&found);
}

static void members_are_selected_in_every_spelling(void **state)
{
    (void)state;
    assert_reads("payload.contact.email", "/contact/email");
    assert_reads("payload.?contact . email", "/contact/email");
    assert_reads("payload['first name'][\"x\"][3]", "/first name/x/3");
    assert_reads("payload [ ?'a' ]\n.b", "/a/b");
    assert_reads("payload", "*");
    assert_reads("f(payload.a) + string(payload.b)", "/a /b");
}

static void what_is_worked_out_ends_a_selection(void **state)
{
    (void)state;
    assert_reads("payload.name.lowerAscii()", "/name");
    assert_reads("payload.list[i].x", "/list");
    assert_reads("payload.list.filter(x, x.a == 1)", "/list");
    assert_reads("payload[payload.key]", "* /key");
    assert_reads("payload['a\\'b']", "*");
}

static void texts_comments_and_other_names_are_no_reads(void **state)
{
    (void)state;
    assert_reads("'payload.a' + \"payload.b\" + payload.c", "/c");
    assert_reads("'''it's payload.a''' + payload.b", "/b");
    assert_reads("'\\'payload.a' + payload.b // payload.c\n + payload.d", "/b /d");
    assert_reads("event.payload.a + my_payload.b + payloads.c + params . payload.d", "");
    assert_reads("", "");
}

static void broken_text_ends(void **state)
{
    (void)state;
    assert_reads("'payload.a", "");
    assert_reads("payload.a + '''x''", "/a");
    assert_reads("payload['a", "*");
    assert_reads("payload[", "*");
    assert_reads("payload.", "*");
    assert_reads("'\\", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_selected_in_every_spelling),
        cmocka_unit_test(what_is_worked_out_ends_a_selection),
        cmocka_unit_test(texts_comments_and_other_names_are_no_reads),
        cmocka_unit_test(broken_text_ends),
    };
    return cmocka_run_group_tests_name("policy_reads", tests, NULL, NULL);
}
