/* CloudEvents over HTTP: what each mode gives, and what is refused and why.
 *
 * MESHLINE_CLOUDEVENTS may name a file of captured requests: an object of
 * {"headers": {…}, "body": "…", "parsed": {…}}, where those named "/bad-…" must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "contract/cloudevent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS_MAX = 40 };

static struct arena arena;
static struct contract_cloudevents events;
static struct error problem;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    memset(&events, 0, sizeof events);
    memset(&problem, 0, sizeof problem);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* Headers are "name: value" lines. */
static int parse(const char *lines, const char *body)
{
    struct contract_header headers[HEADERS_MAX];
    size_t count = 0;
    while (*lines != '\0') {
        size_t size = strcspn(lines, "\n"), name = strcspn(lines, ":");
        assert_true(count < HEADERS_MAX && name < size);
        headers[count].name = (struct bytes){lines, name};
        headers[count++].value = (struct bytes){lines + name + 1, size - name - 1};
        lines += size + (lines[size] == '\n');
    }
    return contract_cloudevent_parse(headers, count, bytes_of(body), NULL, &arena, &events,
                                     &problem);
}

static void expect_event(const char *lines, const char *body)
{
    if (parse(lines, body) != 0)
        fail_msg("%s: %s", problem.place, problem.message);
}

static void expect_refused(const char *lines, const char *body, const char *place,
                           const char *message)
{
    assert_int_equal(parse(lines, body), ML_EINVAL);
    assert_string_equal(problem.place, place);
    if (strstr(problem.message, message) == NULL)
        fail_msg("expected \"%s\" in: %s", message, problem.message);
}

static const struct contract_cloudevent *event_at(size_t place)
{
    assert_true(place < events.count);
    assert_null(events.entries[place].error);
    return &events.entries[place].event;
}

static struct bytes member(const struct contract_instance *object, const char *name)
{
    const struct contract_instance *found = contract_instance_find(object, bytes_of(name));
    assert_non_null(found);
    assert_int_equal(found->kind, CONTRACT_STRING);
    return found->text;
}

#define BINARY "ce-specversion: 1.0\nCE-ID: 1\nce-source: /x\nce-type: t\n"
#define JSON "Content-Type: application/json\n"
#define STRUCTURED "Content-Type: application/cloudevents+json; charset=utf-8\n"
#define BATCH "content-type: application/cloudevents-batch+json\n"
#define CORE "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/x\",\"type\":\"t\""

static void the_mode_is_told_by_the_headers(void **state)
{
    (void)state;
    struct contract_header type = {BYTES_LITERAL("content-TYPE"),
                                   BYTES_LITERAL("application/json")};
    struct contract_header id = {BYTES_LITERAL("Ce-Id"), BYTES_LITERAL("1")};
    assert_int_equal(contract_cloudevent_mode(&type, 1), CONTRACT_CLOUDEVENT_NONE);
    assert_int_equal(contract_cloudevent_mode(&id, 1), CONTRACT_CLOUDEVENT_BINARY);
    type.value = BYTES_LITERAL("Application/CloudEvents+JSON;charset=utf-8");
    assert_int_equal(contract_cloudevent_mode(&type, 1), CONTRACT_CLOUDEVENT_STRUCTURED);
    type.value = BYTES_LITERAL("application/cloudevents-batch+json");
    assert_int_equal(contract_cloudevent_mode(&type, 1), CONTRACT_CLOUDEVENT_BATCH);
    expect_refused(JSON, "{}", "", "holds no CloudEvent");
}

static void a_binary_event_has_attributes_in_headers(void **state)
{
    (void)state;
    expect_event(BINARY JSON "ce-time: 2026-01-02T03:04:05Z\nce-subject: lead/7\n"
                             "ce-dataschema: https://x.example/s\nce-trace1: a\nhost: h\n",
                 "{\"n\":1}");
    const struct contract_cloudevent *event = event_at(0);
    assert_int_equal(events.mode, CONTRACT_CLOUDEVENT_BINARY);
    assert_true(bytes_is(event->id, "1"));
    assert_true(bytes_is(event->source, "/x"));
    assert_true(bytes_is(event->type, "t"));
    assert_true(bytes_is(event->subject, "lead/7"));
    assert_true(bytes_is(event->media_type, "application/json"));
    assert_true(bytes_is(event->data_schema, "https://x.example/s"));
    assert_int_equal(event->time_us, INT64_C(1767323045000000));
    assert_true(bytes_is(member(&event->attributes, "trace1"), "a"));
    assert_int_equal(event->attributes.count, 9);
    assert_int_equal(contract_instance_find(event->data, bytes_of("n"))->integer, 1);
}

static void header_values_are_unquoted_and_percent_decoded_once(void **state)
{
    (void)state;
    expect_event(BINARY "ce-a: Euro%20%E2%82%AC%2541\nce-b: \"x \\\"y\\\" %22\"\n", "");
    assert_true(bytes_is(member(&event_at(0)->attributes, "a"), "Euro €%41"));
    assert_true(bytes_is(member(&event_at(0)->attributes, "b"), "x \"y\" \""));
    expect_refused(BINARY "ce-a: 100%\n", "", "ce-a", "percent sign");
    expect_refused(BINARY "ce-a: %FF\n", "", "ce-a", "not UTF-8");
    expect_refused(BINARY "ce-a: %00\n", "", "ce-a", "control characters");
}

static void data_is_read_by_its_media_type(void **state)
{
    (void)state;
    expect_event(BINARY, "");
    assert_null(event_at(0)->data);
    assert_null(event_at(0)->content.data);
    expect_event(BINARY "Content-Type: text/plain\n", "ü");
    assert_true(bytes_is(event_at(0)->data->text, "ü"));
    expect_event(BINARY "Content-Type: application/vnd.x+JSON\n", "[1]");
    assert_int_equal(event_at(0)->data->kind, CONTRACT_ARRAY);
    expect_event(BINARY "Content-Type: application/octet-stream\n", "\x01\xFF");
    assert_null(event_at(0)->data);
    assert_true(bytes_is(event_at(0)->content, "\x01\xFF"));
    expect_refused(BINARY JSON, "{\"a\":", "1:6", "");
}

static void required_attributes_must_be_there_and_say_something(void **state)
{
    (void)state;
    expect_refused("ce-id: 1\nce-source: /x\nce-type: t\n", "", "ce-specversion", "is missing");
    expect_refused("ce-specversion: 1.0\nce-source: /x\nce-type: t\n", "", "ce-id", "is missing");
    expect_refused("ce-specversion: 1.0\nce-id: 1\nce-type: t\n", "", "ce-source", "is missing");
    expect_refused("ce-specversion: 1.0\nce-id: 1\nce-source: /x\n", "", "ce-type", "is missing");
    expect_refused("ce-specversion: 9.9\nce-id: 1\nce-source: /x\nce-type: t\n", "",
                   "ce-specversion", "must be 1.0, the only version that is read, not \"9.9\"");
    expect_refused("ce-specversion: 1.0\nce-id:\nce-source: /x\nce-type: t\n", "", "ce-id",
                   "is empty; give it a value");
    expect_refused("ce-specversion: 1.0\nce-id: 1\nce-source: a%20b\nce-type: t\n", "", "ce-source",
                   "must be a URI");
}

static void optional_attributes_must_be_what_they_are_for(void **state)
{
    (void)state;
    expect_refused(BINARY "ce-time: yesterday\n", "", "ce-time", "must be a time such as");
    expect_refused(BINARY "ce-dataschema: s.json\n", "", "ce-dataschema", "an absolute URI");
    expect_refused(BINARY "ce-subject:\n", "", "ce-subject", "leave it out");
    expect_refused(BINARY "Content-Type: json\n", "{}", "Content-Type", "must be a media type");
    expect_refused(BINARY "ce-my-key: 1\n", "", "ce-my-key", "letters and digits only");
    expect_refused(BINARY "ce-data: 1\n", "", "ce-data", "data is the body");
    expect_refused(BINARY "ce-datacontenttype: text/plain\n", "", "Content-Type",
                   "leave ce-datacontenttype out");
    expect_refused(BINARY "ce-a: 1\nCE-A: 2\n", "", "ce-", "\"a\" is given twice");
}

static void a_structured_event_has_attributes_in_members(void **state)
{
    (void)state;
    expect_event(STRUCTURED, "{" CORE ",\"flag\":true,\"count\":-7,\"subject\":null,"
                             "\"data\":{\"email\":\"a@b.example\"}}");
    const struct contract_cloudevent *event = event_at(0);
    assert_int_equal(events.mode, CONTRACT_CLOUDEVENT_STRUCTURED);
    assert_int_equal(event->attributes.count, 6);
    assert_int_equal(contract_instance_find(&event->attributes, bytes_of("count"))->integer, -7);
    assert_int_equal(event->subject.size, 0);
    assert_true(bytes_is(member(event->data, "email"), "a@b.example"));
}

static void data_in_base64_is_decoded(void **state)
{
    (void)state;
    expect_event(STRUCTURED, "{" CORE ",\"data_base64\":\"AP8B\"}");
    assert_int_equal(event_at(0)->content.size, 3);
    assert_memory_equal(event_at(0)->content.data, "\0\xFF\1", 3);
    expect_event(STRUCTURED,
                 "{" CORE ",\"datacontenttype\":\"application/json\",\"data_base64\":\"WzFd\"}");
    assert_int_equal(event_at(0)->data->kind, CONTRACT_ARRAY);
    const char *const bad[] = {"\"AP8\"", "\"A===\"", "\"AP8=\\n\"", "\"AP9=\"", "\"A-_B\"", "1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refused(STRUCTURED, arena_printf(&arena, "{" CORE ",\"data_base64\":%s}", bad[i]),
                       "/data_base64", "must be a text in base64");
    expect_refused(STRUCTURED,
                   "{" CORE ",\"datacontenttype\":\"application/json\",\"data_base64\":\"AP8B\"}",
                   "/data_base64", "says JSON");
    expect_refused(STRUCTURED, "{" CORE ",\"data\":1,\"data_base64\":\"AP8B\"}", "/data_base64",
                   "send one of them");
}

static void attributes_in_json_have_types(void **state)
{
    (void)state;
    expect_refused(STRUCTURED, "{\"specversion\":1.0,\"id\":\"1\",\"source\":\"/\",\"type\":\"t\"}",
                   "/specversion", "must be a text");
    expect_refused(STRUCTURED, "{\"specversion\":\"1.0\",\"id\":1,\"source\":\"/\",\"type\":\"t\"}",
                   "/id", "must be a text");
    expect_refused(STRUCTURED, "{" CORE ",\"x\":1.5}", "/x", "an integer of 32 bits");
    expect_refused(STRUCTURED, "{" CORE ",\"x\":2147483648}", "/x", "an integer of 32 bits");
    expect_refused(STRUCTURED, "{" CORE ",\"x\":{}}", "/x", "put anything else into data");
    expect_refused(STRUCTURED, "{" CORE ",\"traceParent\":\"a\"}", "/traceParent", "lower-case");
    expect_refused(STRUCTURED, "{" CORE ",\"x\":\"\\u0007\"}", "/x", "control characters");
    expect_refused(STRUCTURED, "[]", "/", "an event is an object");
    expect_refused("Content-Type: application/cloudevents+json; charset=latin1\n", "{" CORE "}",
                   "Content-Type", "UTF-8");
}

static void one_bad_event_of_a_batch_does_not_stop_the_others(void **state)
{
    (void)state;
    expect_event(BATCH, "[{" CORE ",\"data\":1},{\"specversion\":\"1.0\"},7,{" CORE "}]");
    assert_int_equal(events.mode, CONTRACT_CLOUDEVENT_BATCH);
    assert_int_equal(events.count, 4);
    assert_int_equal(event_at(0)->data->integer, 1);
    assert_string_equal(events.entries[1].error->place, "/1/id");
    assert_string_equal(events.entries[2].error->place, "/2/");
    assert_null(event_at(3)->data);
    expect_event(BATCH, "[]");
    assert_int_equal(events.count, 0);
    expect_refused(BATCH, "{" CORE "}", "", "a list of events");
}

static void attributes_have_a_ceiling(void **state)
{
    (void)state;
    struct buffer body;
    buffer_init(&body, 64 * 1024);
    buffer_printf(&body, "{" CORE);
    for (int i = 0; i < CONTRACT_CLOUDEVENT_ATTRIBUTES_MAX; i++)
        buffer_printf(&body, ",\"x%d\":1", i);
    buffer_printf(&body, "}");
    expect_refused(STRUCTURED, buffer_string(&body), "/x96", "more than 100 attributes");
    buffer_release(&body);
}

/* ---- captured requests */

static struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct buffer text;
    char piece[4096];
    assert_non_null(file);
    buffer_init(&text, 1024 * 1024);
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;)
        buffer_append(&text, piece, got);
    fclose(file);
    struct bytes copy = arena_copy(&arena, buffer_bytes(&text));
    buffer_release(&text);
    return copy;
}

static void compare_event(const struct contract_cloudevent *event,
                          const struct contract_instance *wanted)
{
    for (uint32_t i = 0; i < wanted->count; i++) {
        const struct contract_member *part = &wanted->members[i];
        const struct contract_instance *got =
            contract_instance_find(&event->attributes, part->name);
        if (bytes_is(part->name, "data"))
            got = event->data;
        if (bytes_is(part->name, "data_base64") || event->content.data != NULL)
            continue; /* bytes; the capture holds them as text that has lost some */
        assert_non_null(got);
        assert_true(contract_instance_equal(got, &part->value));
    }
}

static void try_sample(const struct contract_member *sample)
{
    struct contract_header headers[HEADERS_MAX];
    const struct contract_instance *sent =
        contract_instance_find(&sample->value, bytes_of("headers"));
    const struct contract_instance *parsed =
        contract_instance_find(&sample->value, bytes_of("parsed"));
    assert_true(sent->count <= HEADERS_MAX);
    for (uint32_t i = 0; i < sent->count; i++)
        headers[i] = (struct contract_header){sent->members[i].name, sent->members[i].value.text};
    int status = contract_cloudevent_parse(headers, sent->count, member(&sample->value, "body"),
                                           NULL, &arena, &events, &problem);
    if (sample->name.size > 4 && memcmp(sample->name.data, "/bad", 4) == 0) {
        assert_int_equal(status, ML_EINVAL);
        return;
    }
    if (status != 0)
        fail_msg("%.*s: %s: %s", BYTES_ARG(sample->name), problem.place, problem.message);
    if (parsed->kind != CONTRACT_ARRAY) {
        compare_event(event_at(0), parsed);
        return;
    }
    assert_int_equal(events.count, parsed->count);
    for (uint32_t i = 0; i < parsed->count; i++)
        compare_event(event_at(i), &parsed->items[i]);
}

static void captured_requests_are_read_as_their_sender_reads_them(void **state)
{
    (void)state;
    const char *path = getenv("MESHLINE_CLOUDEVENTS");
    const struct contract_instance *samples;
    if (path == NULL) {
        print_message("SKIPPED: MESHLINE_CLOUDEVENTS names no file of captured requests\n");
        skip();
    }
    assert_int_equal(contract_instance_parse(read_file(path), NULL, &arena, &samples, &problem), 0);
    assert_true(samples->count > 0);
    for (uint32_t i = 0; i < samples->count; i++)
        try_sample(&samples->members[i]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_mode_is_told_by_the_headers),
        TEST(a_binary_event_has_attributes_in_headers),
        TEST(header_values_are_unquoted_and_percent_decoded_once),
        TEST(data_is_read_by_its_media_type),
        TEST(required_attributes_must_be_there_and_say_something),
        TEST(optional_attributes_must_be_what_they_are_for),
        TEST(a_structured_event_has_attributes_in_members),
        TEST(data_in_base64_is_decoded),
        TEST(attributes_in_json_have_types),
        TEST(one_bad_event_of_a_batch_does_not_stop_the_others),
        TEST(attributes_have_a_ceiling),
        TEST(captured_requests_are_read_as_their_sender_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
