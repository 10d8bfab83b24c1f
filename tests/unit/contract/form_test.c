/* HTML forms: what a body comes to, and what is said of one that is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/form.h"

#include <stdio.h>
#include <string.h>

static const char urlencoded[] = "application/x-www-form-urlencoded";
static const char multipart[] = "multipart/form-data; boundary=b";

static struct arena arena;
static struct contract_form form;
static struct error problem;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    memset(&form, 0, sizeof form);
    memset(&problem, 0, sizeof problem);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void print_value(const struct contract_instance *value, struct buffer *out)
{
    if (value->kind == CONTRACT_STRING) {
        buffer_printf(out, "%.*s", BYTES_ARG(value->text));
        return;
    }
    assert_int_equal(value->kind, CONTRACT_ARRAY);
    for (uint32_t i = 0; i < value->count; i++) {
        buffer_printf(out, "%s", i == 0 ? "[" : "|");
        print_value(&value->items[i], out);
    }
    buffer_printf(out, "]");
}

/* name=value, with lists in brackets, and files in angles. */
static const char *print_form(void)
{
    struct buffer out;
    buffer_init(&out, 64 * 1024);
    for (uint32_t i = 0; i < form.fields.count; i++) {
        buffer_printf(&out, "%s%.*s=", i == 0 ? "" : " ", BYTES_ARG(form.fields.members[i].name));
        print_value(&form.fields.members[i].value, &out);
    }
    for (size_t i = 0; i < form.file_count; i++)
        buffer_printf(&out, " <%.*s %.*s %.*s %zu>", BYTES_ARG(form.files[i].field),
                      BYTES_ARG(form.files[i].name), BYTES_ARG(form.files[i].media_type),
                      form.files[i].size);
    const char *text = arena_string(&arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

static void expect(const char *type, const char *body, const char *printed)
{
    if (contract_form_parse(bytes_of(type), bytes_of(body), NULL, &arena, &form, &problem) != 0)
        fail_msg("%s: %s", problem.place, problem.message);
    assert_string_equal(print_form(), printed);
}

static void expect_error(const char *type, const char *body, const char *place, const char *message)
{
    assert_int_equal(
        contract_form_parse(bytes_of(type), bytes_of(body), NULL, &arena, &form, &problem),
        ML_EINVAL);
    assert_string_equal(problem.place, place);
    if (strstr(problem.message, message) == NULL)
        fail_msg("expected \"%s\" in: %s", message, problem.message);
    assert_true(bytes_is_utf8(bytes_of(problem.message)));
}

static void urlencoded_pairs_are_members(void **state)
{
    (void)state;
    expect(urlencoded, "name=Ann+Lee&email=ann%40a.example&n=1",
           "name=Ann Lee email=ann@a.example n=1");
    expect(urlencoded, "a=b%3Dc=d&&e&f=", "a=b=c=d e= f=");
    expect(urlencoded, "", "");
    expect(urlencoded, "a=%C3%BC&%C3%A4=1", "a=ü ä=1");
}

static void a_percent_sign_without_digits_stays(void **state)
{
    (void)state;
    expect(urlencoded, "a=100%&b=%zz&c=%4", "a=100% b=%zz c=%4");
}

static void a_repeated_name_is_a_list(void **state)
{
    (void)state;
    expect(urlencoded, "tag=a&x=1&tag=b&tag=c", "tag=[a|b|c] x=1");
    assert_true(bytes_is(contract_form_value(&form, "tag"), "a"));
    assert_true(bytes_is(contract_form_value(&form, "x"), "1"));
    assert_null(contract_form_value(&form, "website").data);
}

static void an_empty_value_is_there(void **state)
{
    (void)state;
    expect(urlencoded, "website=", "website=");
    assert_non_null(contract_form_value(&form, "website").data);
    assert_int_equal(contract_form_value(&form, "website").size, 0);
}

static void charsets_are_converted(void **state)
{
    (void)state;
    expect("application/x-www-form-urlencoded; charset=ISO-8859-1", "a=%FC%80", "a=ü€");
    expect("application/x-www-form-urlencoded;charset=\"UTF-8\"", "a=%C3%BC", "a=ü");
    expect(urlencoded, "n%FC=%FC&_charset_=windows-1252", "nü=ü");
    expect_error(urlencoded, "x=1&a=%FC", "byte 4", "the field \"a\" is not UTF-8");
    expect_error(urlencoded, "x=1&%FC=1", "byte 4", "name is not UTF-8");
    expect_error("application/x-www-form-urlencoded; charset=koi8-r", "a=1", "Content-Type",
                 "\"koi8-r\" is not read here");
}

static void other_media_types_are_refused(void **state)
{
    (void)state;
    assert_true(contract_form_is_type(bytes_of("Multipart/Form-Data; boundary=x")));
    assert_false(contract_form_is_type(bytes_of("application/json")));
    expect_error("text/plain", "a=1", "Content-Type", "a form is sent as");
    expect_error("multipart/form-data", "", "Content-Type", "without a boundary");
    expect_error("multipart/form-data; boundary=\"\"", "", "Content-Type", "1 to 70");
}

#define PART(name, value) \
    "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define END "--b--\r\n"

static void multipart_parts_are_members(void **state)
{
    (void)state;
    expect(multipart, PART("name", "Ann") PART("note", "two\r\nlines") END,
           "name=Ann note=two\r\nlines");
    expect(multipart, "preamble\r\n" PART("a", "") PART("a", "x") "--b--", "a=[|x]");
    expect(multipart, PART("a", "1") END "epilogue\r\n--b\r\nnot read", "a=1");
    expect("multipart/form-data; charset=utf-8; boundary=\"a b'()\"",
           "--a b'()\r\ncontent-disposition:form-data;name=x\r\n\r\n1\r\n--a b'()--", "x=1");
    expect(multipart, END, "");
}

static void what_only_begins_like_a_boundary_is_content(void **state)
{
    (void)state;
    expect(multipart, PART("a", "x\r\n--bc\r\n--b --") END, "a=x\r\n--bc\r\n--b --");
    expect(multipart, "--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--  ",
           "a=1");
}

static void a_part_without_value_is_empty(void **state)
{
    (void)state;
    expect(multipart, "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--", "a=");
}

static void names_are_unquoted_as_browsers_and_as_curl_quote_them(void **state)
{
    (void)state;
    expect(multipart, PART("a%22b%0D%0Ac%41", "1") END, "a\"b\r\nc%41=1");
    expect(multipart, PART("a\\\"b\\\\c\\d", "1") END, "a\"b\\c\\d=1");
    expect(multipart, PART("a;b", "1") END, "a;b=1");
}

static void files_are_noted_and_passed_over(void **state)
{
    (void)state;
    expect(multipart,
           "--b\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"C:\\a b.pdf\"\r\n"
           "Content-Type: application/pdf\r\n\r\n%PDF\r\n" PART("x", "1") END,
           "x=1 <cv C:\\a b.pdf application/pdf 4>");
    expect(multipart,
           "--b\r\nContent-Disposition: form-data; name=cv; filename=\"\"\r\n"
           "Content-Type: application/octet-stream\r\n\r\n\r\n" END,
           "");
    expect(multipart,
           "--b\r\nContent-Disposition: form-data; name=cv; filename*=UTF-8''%e2%82%ac.pdf; "
           "filename=e.pdf\r\n\r\nx\r\n" END,
           " <cv €.pdf  1>");
}

static void parts_may_have_a_charset(void **state)
{
    (void)state;
    expect(multipart,
           "--b\r\nContent-Disposition: form-data; name=a\r\n"
           "Content-Type: text/plain; charset=ISO-8859-1\r\n\r\n\xFC\r\n" PART("b", "ü") END,
           "a=ü b=ü");
    expect(multipart, PART("a", "\xFC") PART("_charset_", "iso-8859-1") END, "a=ü");
    expect_error(multipart, PART("a", "\xFC") END, "byte 5", "the field \"a\" is not UTF-8");
}

static void a_multipart_body_that_was_cut_is_refused(void **state)
{
    (void)state;
    const char *body = PART("a", "1") PART("b", "2") END;
    size_t whole = strlen(body) - strlen("\r\n");
    for (size_t size = 0; size < whole; size++)
        assert_int_equal(contract_form_parse(bytes_of(multipart), (struct bytes){body, size}, NULL,
                                             &arena, &form, &problem),
                         ML_EINVAL);
    expect_error(multipart, PART("a", "1"), "byte 52", "it was cut off");
    expect_error(multipart, "a=1", "byte 0", "no line of the body is the boundary");
}

static void mistakes_in_parts_have_a_place(void **state)
{
    (void)state;
    expect_error(multipart, "--b\r\nX: y\r\n\r\n1\r\n" END, "byte 5", "no Content-Disposition");
    expect_error(multipart, "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n" END,
                 "byte 5", "must read: form-data");
    expect_error(multipart, "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n" END,
                 "byte 5", "must read: form-data");
    expect_error(multipart, "--b\r\nhello\r\n\r\n1\r\n" END, "byte 5", "no colon");
    expect_error(multipart, "--b\r\nX: y\r\n" END, "byte 5", "no empty line");
    expect_error(multipart, "--b\r\n--b--", "byte 5", "is empty");
    expect_error(multipart,
                 "--b\r\nContent-Disposition: form-data; name=a\r\n"
                 "Content-Transfer-Encoding: base64\r\n\r\nMQ==\r\n" END,
                 "byte 45", "a part is encoded");
    expect_error(multipart,
                 "--b\r\nContent-Disposition: form-data; name=a\r\n"
                 "Content-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n" END,
                 "byte 5", "\"a\" holds parts of its own");
}

static void ceilings_are_kept(void **state)
{
    (void)state;
    struct contract_form_limits two = {.fields = 2}, ten = {.size = 10};
    assert_int_equal(contract_form_parse(bytes_of(urlencoded), bytes_of("a=1&b=2&c=3"), &two,
                                         &arena, &form, &problem),
                     ML_ELIMIT);
    assert_string_equal(problem.place, "byte 8");
    assert_int_equal(contract_form_parse(bytes_of(urlencoded), bytes_of("a=123456789"), &ten,
                                         &arena, &form, &problem),
                     ML_ELIMIT);
    char name[CONTRACT_FORM_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    assert_int_equal(contract_form_parse(bytes_of(urlencoded), (struct bytes){name, sizeof name},
                                         NULL, &arena, &form, &problem),
                     ML_ELIMIT);
    static char header[CONTRACT_FORM_PART_HEADERS_MAX + 100];
    memset(header, 'x', sizeof header);
    memcpy(header, "--b\r\n", 5);
    memcpy(header + sizeof header - 9, "\r\n--b--\r\n", 9);
    assert_int_equal(contract_form_parse(bytes_of(multipart), (struct bytes){header, sizeof header},
                                         NULL, &arena, &form, &problem),
                     ML_ELIMIT);
}

static void many_names_and_many_repeats_stay_apart(void **state)
{
    (void)state;
    struct buffer body;
    buffer_init(&body, 64 * 1024);
    for (int i = 0; i < 900; i++)
        buffer_printf(&body, "n%d=%d&", i % 450, i);
    assert_int_equal(contract_form_parse(bytes_of(urlencoded), buffer_bytes(&body), NULL, &arena,
                                         &form, &problem),
                     0);
    assert_int_equal(form.fields.count, 450);
    const struct contract_instance *last = contract_instance_find(&form.fields, bytes_of("n449"));
    assert_int_equal(last->count, 2);
    assert_true(bytes_is(last->items[1].text, "899"));
    buffer_release(&body);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(urlencoded_pairs_are_members),
        TEST(a_percent_sign_without_digits_stays),
        TEST(a_repeated_name_is_a_list),
        TEST(an_empty_value_is_there),
        TEST(charsets_are_converted),
        TEST(other_media_types_are_refused),
        TEST(multipart_parts_are_members),
        TEST(what_only_begins_like_a_boundary_is_content),
        TEST(a_part_without_value_is_empty),
        TEST(names_are_unquoted_as_browsers_and_as_curl_quote_them),
        TEST(files_are_noted_and_passed_over),
        TEST(parts_may_have_a_charset),
        TEST(a_multipart_body_that_was_cut_is_refused),
        TEST(mistakes_in_parts_have_a_place),
        TEST(ceilings_are_kept),
        TEST(many_names_and_many_repeats_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
