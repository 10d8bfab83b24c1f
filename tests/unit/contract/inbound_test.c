/* What the records of a request are, by its Content-Type; and that what is kept of a record that
 * was refused reads the same again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/inbound.h"

enum { HEADERS_MAX = 10 };

static struct arena arena;
static struct contract_header headers[HEADERS_MAX];
static size_t header_count;
static struct contract_inbounds inbounds;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* Headers are "name: value" lines. */
static void set_headers(const char *lines)
{
    header_count = 0;
    while (*lines != '\0') {
        size_t size = strcspn(lines, "\n"), name = strcspn(lines, ":");
        assert_true(header_count < HEADERS_MAX && name < size);
        headers[header_count].name = (struct bytes){lines, name};
        headers[header_count++].value = (struct bytes){lines + name + 1, size - name - 1};
        lines += size + (lines[size] == '\n');
    }
}

static const struct contract_inbound *read_body(const char *lines, const char *body)
{
    set_headers(lines);
    contract_inbound_read(headers, header_count, bytes_of(body), NULL, &arena, &inbounds);
    assert_true(inbounds.count >= 1);
    return &inbounds.items[0];
}

static void expect_payload(const struct contract_inbound *item, const char *expected)
{
    struct buffer text;
    struct json_writer json;
    if (item->error != NULL)
        fail_msg("%s: %s", item->error->place, item->error->message);
    assert_non_null(item->payload);
    buffer_init(&text, 10000);
    json_begin(&json, &text);
    contract_instance_write(item->payload, &json);
    assert_string_equal(buffer_string(&text), expected);
    buffer_release(&text);
}

static void expect_error(const struct contract_inbound *item, const char *place,
                         const char *message)
{
    assert_null(item->payload);
    assert_non_null(item->error);
    assert_string_equal(item->error->place, place);
    if (strstr(item->error->message, message) == NULL)
        fail_msg("expected \"%s\" in: %s", message, item->error->message);
}

static void expect_text(struct bytes text, const char *expected)
{
    assert_string_equal(arena_string(&arena, text), expected);
}

/* ---- JSON */

static void json_is_one_record(void **state)
{
    (void)state;
    const struct contract_inbound *item =
        read_body("Content-Type: application/json; charset=utf-8", "{\"email\":\"a@b.example\"}");
    assert_int_equal(inbounds.count, 1);
    expect_payload(item, "{\"email\":\"a@b.example\"}");
    expect_text(item->text, "{\"email\":\"a@b.example\"}");
    expect_text(item->media_type, "application/json; charset=utf-8");
    assert_null(item->event);
    assert_null(item->form);
    assert_int_equal(item->key.size, 0);
}

static void types_that_end_in_json_are_json(void **state)
{
    (void)state;
    expect_payload(read_body("content-type: application/vnd.acme.lead+json", "[1]"), "[1]");
}

static void broken_json_is_a_record_with_an_error(void **state)
{
    (void)state;
    const struct contract_inbound *item =
        read_body("Content-Type: application/json", "{\n \"a\": }");
    expect_error(item, "2:7", "");
    expect_text(item->text, "{\n \"a\": }");
}

static void a_charset_that_is_not_meant_is_blamed(void **state)
{
    (void)state;
    expect_error(
        read_body("Content-Type: application/json; charset=ISO-8859-1", "{\"a\":\"\xE4\"}"), "1:7",
        "Content-Type says charset=ISO-8859-1");
    expect_payload(read_body("Content-Type: application/json; charset=ISO-8859-1", "{\"a\":\"ä\"}"),
                   "{\"a\":\"ä\"}");
}

static void limits_hold(void **state)
{
    (void)state;
    struct contract_limits limits = {.depth = 3};
    set_headers("Content-Type: application/json");
    contract_inbound_read(headers, header_count, BYTES_LITERAL("[[[[]]]]"), &limits, &arena,
                          &inbounds);
    assert_non_null(inbounds.items[0].error);
    assert_int_equal(inbounds.items[0].error->code, ML_ELIMIT);
}

/* ---- forms */

static void a_form_is_one_record(void **state)
{
    (void)state;
    const struct contract_inbound *item = read_body(
        "Content-Type: application/x-www-form-urlencoded", "email=a%40b.example&tag=x&tag=y");
    expect_payload(item, "{\"email\":\"a@b.example\",\"tag\":[\"x\",\"y\"]}");
    assert_non_null(item->form);
    expect_text(contract_form_value(item->form, "email"), "a@b.example");
}

static void a_multipart_form_keeps_its_boundary(void **state)
{
    (void)state;
    static const char body[] = "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n"
                               "a@b.example\r\n--x--\r\n";
    const struct contract_inbound *item =
        read_body("Content-Type: multipart/form-data; boundary=x", body);
    expect_payload(item, "{\"email\":\"a@b.example\"}");
    expect_text(item->media_type, "multipart/form-data; boundary=x");
}

static void a_truncated_form_is_a_record_with_an_error(void **state)
{
    (void)state;
    const struct contract_inbound *item =
        read_body("Content-Type: multipart/form-data; boundary=x",
                  "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b");
    assert_non_null(item->error);
    assert_null(item->form);
}

/* ---- events */

static const char binary[] = "ce-specversion: 1.0\nce-id: 7\nce-source: /partner\nce-type: lead\n"
                             "Content-Type: application/json";

static void a_binary_event_brings_attributes_and_a_key(void **state)
{
    (void)state;
    const struct contract_inbound *item = read_body(binary, "{\"a\":1}");
    expect_payload(item, "{\"a\":1}");
    assert_non_null(item->event);
    expect_text(contract_instance_find(item->event, BYTES_LITERAL("type"))->text, "lead");
    expect_text(item->key, "/partner 7");
}

static void the_data_of_a_binary_event_may_be_a_form(void **state)
{
    (void)state;
    const struct contract_inbound *item =
        read_body("ce-specversion: 1.0\nce-id: 7\nce-source: /partner\nce-type: lead\n"
                  "Content-Type: application/x-www-form-urlencoded",
                  "a=1");
    expect_payload(item, "{\"a\":\"1\"}");
    assert_non_null(item->event);
    assert_non_null(item->form);
}

static void events_without_data_that_can_be_read_are_errors(void **state)
{
    (void)state;
    expect_error(read_body("Content-Type: application/cloudevents+json",
                           "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\","
                           "\"type\":\"t\"}"),
                 "/data", "has no data");
    expect_error(read_body("ce-specversion: 1.0\nce-id: 7\nce-source: /partner\nce-type: lead\n"
                           "Content-Type: application/pdf",
                           "%PDF"),
                 "Content-Type", "data of the type application/pdf is not read");
    expect_error(
        read_body("ce-specversion: 1.0\nce-id: 7\nce-source: /partner\nce-type: lead", "{}"),
        "Content-Type", "has no media type");
}

static void an_event_with_wrong_attributes_is_an_error_at_the_attribute(void **state)
{
    (void)state;
    expect_error(read_body("ce-specversion: 1.0\nce-id: 7\nce-type: lead\n"
                           "Content-Type: application/json",
                           "{}"),
                 "ce-source", "missing");
}

static void each_event_of_a_batch_is_a_record_of_its_own(void **state)
{
    (void)state;
    read_body("Content-Type: application/cloudevents-batch+json",
              "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\","
              "\"data\":{\"a\":1.50}},\n {\"specversion\":\"1.0\",\"id\":\"2\",\"type\":\"t\"}]");
    assert_int_equal(inbounds.count, 2);
    expect_payload(&inbounds.items[0], "{\"a\":1.50}");
    expect_text(inbounds.items[0].key, "/s 1");
    expect_error(&inbounds.items[1], "/1/source", "missing");
    expect_text(inbounds.items[1].text, "{\"specversion\":\"1.0\",\"id\":\"2\",\"type\":\"t\"}");

    /* … which can be read again alone */
    struct bytes text = inbounds.items[0].text;
    headers[0] =
        (struct contract_header){BYTES_LITERAL("Content-Type"), inbounds.items[0].media_type};
    contract_inbound_read(headers, 1, text, NULL, &arena, &inbounds);
    assert_int_equal(inbounds.count, 1);
    expect_payload(&inbounds.items[0], "{\"a\":1.50}");
    expect_text(inbounds.items[0].key, "/s 1");
}

static void a_batch_that_is_none_is_one_record(void **state)
{
    (void)state;
    expect_error(read_body("Content-Type: application/cloudevents-batch+json", "[]"), "",
                 "the batch is empty");
    expect_error(read_body("Content-Type: application/cloudevents-batch+json", "[{]"), "1:3", "");
    assert_int_equal(inbounds.count, 1);
}

/* ---- other types */

static void which_types_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        bool is;
    } cases[] = {
        {"Content-Type: application/json", true},
        {"Content-Type: Application/JSON ;charset=utf-8", true},
        {"Content-Type: application/geo+json", true},
        {"Content-Type: application/cloudevents+json", true},
        {"Content-Type: application/cloudevents-batch+json", true},
        {"Content-Type: application/x-www-form-urlencoded", true},
        {"Content-Type: multipart/form-data; boundary=x", true},
        {"ce-id: 1\nContent-Type: image/png", true},
        {"Content-Type: text/csv", false},
        {"Content-Type: application/x-ndjson", false},
        {"Content-Type: image/+json", false},
        {"Content-Type: ", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_headers(cases[i].headers);
        if (contract_inbound_is_type(headers, header_count) != cases[i].is)
            fail_msg("%s", cases[i].headers);
    }
}

static void other_types_are_errors(void **state)
{
    (void)state;
    expect_error(read_body("Content-Type: text/\xFFx", "x"), "Content-Type", "\"text/?x\"");
    expect_error(read_body("", "x"), "Content-Type", "send application/json");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        CASE(json_is_one_record),
        CASE(types_that_end_in_json_are_json),
        CASE(broken_json_is_a_record_with_an_error),
        CASE(a_charset_that_is_not_meant_is_blamed),
        CASE(limits_hold),
        CASE(a_form_is_one_record),
        CASE(a_multipart_form_keeps_its_boundary),
        CASE(a_truncated_form_is_a_record_with_an_error),
        CASE(a_binary_event_brings_attributes_and_a_key),
        CASE(the_data_of_a_binary_event_may_be_a_form),
        CASE(events_without_data_that_can_be_read_are_errors),
        CASE(an_event_with_wrong_attributes_is_an_error_at_the_attribute),
        CASE(each_event_of_a_batch_is_a_record_of_its_own),
        CASE(a_batch_that_is_none_is_one_record),
        CASE(which_types_are_read),
        CASE(other_types_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
