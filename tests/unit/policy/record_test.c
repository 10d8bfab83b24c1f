/* Payloads into records and back. */
#include "mesh.h"

#include "policy/internal.h"

#include <stdio.h>

struct fixture {
    struct policy_release *release;
    struct arena arena;
    const struct contract_instance *payload; /* of the last reading */
    struct cel_value values[POLICY_FIELDS_MAX];
    struct policy_problems problems;
};

enum { EMAIL, PHONE, EXTERNAL_ID, COUNTRY, EMPLOYEES, REVENUE, CONSENT, TAGS };
enum { ADS, WEB }; /* sources, by name */

static int setup(void **state)
{
    static struct fixture fixture;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/ads.yaml",
             "source: ads\n"
             "constants: {country: DE, employees: 5}\n"
             "map: {phone: 'tel/~', email: phone}\n");
    fixture = (struct fixture){.release = mesh_compile(&mesh)};
    arena_init(&fixture.arena);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    policy_release_unref(fixture->release);
    arena_release(&fixture->arena);
    return 0;
}

static int read_from(struct fixture *fixture, const struct policy_release *release, uint32_t source,
                     const char *text)
{
    struct error error = {0};
    assert_int_equal(
        contract_instance_parse(bytes_of(text), NULL, &fixture->arena, &fixture->payload, &error),
        0);
    return policy_record_from_instance(release, source, fixture->payload, false, &fixture->arena,
                                       fixture->values, &fixture->problems);
}

/* As a form or a row of a table gives it. */
static int read_texts(struct fixture *fixture, const char *text)
{
    struct error error = {0};
    assert_int_equal(
        contract_instance_parse(bytes_of(text), NULL, &fixture->arena, &fixture->payload, &error),
        0);
    int status = policy_record_from_instance(fixture->release, WEB, fixture->payload, true,
                                             &fixture->arena, fixture->values, &fixture->problems);
    for (size_t i = 0; i < fixture->problems.count; i++)
        print_message("# %s %s\n", fixture->problems.items[i].pointer,
                      fixture->problems.items[i].message);
    return status;
}

/* The record must be good. */
static void read(struct fixture *fixture, uint32_t source, const char *text)
{
    int status = read_from(fixture, fixture->release, source, text);
    for (size_t i = 0; i < fixture->problems.count; i++)
        print_message("# %s %s\n", fixture->problems.items[i].pointer,
                      fixture->problems.items[i].message);
    assert_int_equal(status, 0);
    assert_int_equal(fixture->problems.count, 0);
}

/* The record must have this one problem. */
static void refuse(struct fixture *fixture, uint32_t source, const char *text, const char *pointer,
                   const char *message)
{
    assert_int_equal(read_from(fixture, fixture->release, source, text), ML_EINVAL);
    assert_int_equal(fixture->problems.count, 1);
    assert_string_equal(fixture->problems.items[0].pointer, pointer);
    assert_string_equal(fixture->problems.items[0].message, message);
}

static void every_type_is_read(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, WEB,
         "{\"email\": \" Ana@Example.com \", \"employees\": 12, \"revenue\": 3, \"consent\": true, "
         "\"tags\": [\"a\", \"b\"]}");
    assert_true(bytes_is(fixture->values[EMAIL].string, " Ana@Example.com "));
    assert_int_equal(fixture->values[EMPLOYEES].kind, CEL_INT);
    assert_int_equal(fixture->values[EMPLOYEES].integer, 12);
    assert_int_equal(fixture->values[REVENUE].kind, CEL_DOUBLE);
    assert_true(fixture->values[REVENUE].number == 3.0);
    assert_true(fixture->values[CONSENT].boolean);
    assert_int_equal(fixture->values[TAGS].count, 2);
    assert_true(bytes_is(fixture->values[TAGS].items[1].string, "b"));
    assert_int_equal(fixture->values[PHONE].kind, CEL_ABSENT);
}

static void null_counts_as_absent(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, WEB, "{\"email\": null, \"employees\": null}");
    assert_int_equal(fixture->values[EMAIL].kind, CEL_ABSENT);
    assert_int_equal(fixture->values[EMPLOYEES].kind, CEL_ABSENT);
}

static void strings_point_into_the_payload(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, WEB, "{\"email\": \"ana@example.com\"}");
    assert_ptr_equal(fixture->values[EMAIL].string.data,
                     contract_instance_find(fixture->payload, BYTES_LITERAL("email"))->text.data);
}

static void whole_numbers_with_a_point_are_integers(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, WEB, "{\"employees\": 3.0}");
    assert_int_equal(fixture->values[EMPLOYEES].kind, CEL_INT);
    assert_int_equal(fixture->values[EMPLOYEES].integer, 3);
    refuse(fixture, WEB, "{\"employees\": 3.5}", "/employees",
           "must be an integer, got a number with a fraction");
}

static void integers_past_64_bits_are_refused(void **state)
{
    struct fixture *fixture = *state;
    const char *message = "must fit 64 bits: between -9223372036854775808 and 9223372036854775807";
    refuse(fixture, WEB, "{\"employees\": 1e30}", "/employees", message);
    refuse(fixture, WEB, "{\"employees\": 18446744073709551616}", "/employees", message);
    refuse(fixture, WEB, "{\"employees\": 9223372036854775807}", "/employees",
           "must be at most 1000, got 9.2233720368547758e+18");
}

static void wrong_types_are_told(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, WEB, "{\"email\": 5}", "/email", "must be a string, got an integer");
    refuse(fixture, WEB, "{\"employees\": \"5\"}", "/employees",
           "must be an integer, got a string");
    refuse(fixture, WEB, "{\"revenue\": {}}", "/revenue", "must be a number, got an object");
    refuse(fixture, WEB, "{\"consent\": \"yes\"}", "/consent",
           "must be true or false, got a string");
    refuse(fixture, WEB, "{\"tags\": \"a\"}", "/tags", "must be an array of strings, got a string");
    refuse(fixture, WEB, "{\"tags\": [\"a\", null]}", "/tags",
           "must be an array of strings, got null as item 1");
}

static void limits_are_told(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, WEB, "{\"country\": \"Germany\"}", "/country",
           "must be one of DE, FR, US, got `Germany`");
    refuse(fixture, WEB, "{\"employees\": -1}", "/employees", "must be at least 0, got -1");
    refuse(fixture, WEB, "{\"employees\": 1001}", "/employees", "must be at most 1000, got 1001");
    refuse(fixture, WEB, "{\"email\": \"123456789012345678901234567890123456789012345678901\"}",
           "/email", "must have at most 50 characters, got 51");
}

static void lengths_count_characters(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, WEB,
         "{\"email\": \"\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"
         "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"
         "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\"}");
    assert_int_equal(fixture->values[EMAIL].string.size, 60);
}

static void no_string_or_list_is_endless(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text;
    buffer_init(&text, 1 << 16);
    buffer_printf(&text, "{\"phone\": \"%*s\"}", POLICY_STRING_MAX + 1, "");
    refuse(fixture, WEB, buffer_string(&text), "/phone", "must have at most 4096 bytes, got 4097");
    buffer_clear(&text);
    buffer_printf(&text, "{\"tags\": [\"\"");
    for (int i = 0; i < POLICY_LIST_MAX; i++)
        buffer_printf(&text, ", \"\"");
    buffer_printf(&text, "]}");
    refuse(fixture, WEB, buffer_string(&text), "/tags", "must have at most 64 items, got 65");
    buffer_release(&text);
}

static void unknown_members_get_a_suggestion(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, WEB, "{\"contry\": \"DE\"}", "/contry",
           "no such field `contry`; did you mean `country`?");
    refuse(fixture, WEB, "{\"wheels\": 4}", "/wheels", "no such field `wheels`");
}

static void unknown_members_are_ignored_when_the_schema_allows(void **state)
{
    struct fixture *fixture = *state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "lead.schema.json",
             "{\"type\": \"object\", \"properties\": {\"country\": {\"type\": \"string\"}, "
             "\"employees\": {\"type\": \"integer\"}}}");
    struct policy_release *release = mesh_compile(&mesh);
    assert_int_equal(read_from(fixture, release, 0, "{\"wheels\": 4, \"country\": \"DE\"}"), 0);
    assert_true(bytes_is(fixture->values[0].string, "DE"));
    policy_release_unref(release);
}

static void required_members_are_missed_under_their_payload_name(void **state)
{
    struct fixture *fixture = *state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "lead.schema.json",
             "{\"type\": \"object\", \"required\": [\"country\", \"employees\"], \"properties\": "
             "{\"country\": {\"type\": \"string\"}, \"employees\": {\"type\": \"integer\"}}}");
    mesh_set(&mesh, "sources/web.yaml", "source: web\nmap: {country: land}\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_int_equal(read_from(fixture, release, 0, "{\"land\": null, \"employees\": \"x\"}"),
                     ML_EINVAL);
    assert_int_equal(fixture->problems.count, 2);
    assert_string_equal(fixture->problems.items[0].pointer, "/employees");
    assert_string_equal(fixture->problems.items[0].message, "must be an integer, got a string");
    assert_string_equal(fixture->problems.items[1].pointer, "/land");
    assert_string_equal(fixture->problems.items[1].message, "is required and missing");
    policy_release_unref(release);
}

static void renamed_members_fill_their_fields(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, ADS, "{\"tel/~\": \"030 1234\", \"phone\": \"ana@example.com\"}");
    assert_true(bytes_is(fixture->values[PHONE].string, "030 1234"));
    assert_true(bytes_is(fixture->values[EMAIL].string, "ana@example.com"));
    refuse(fixture, ADS, "{\"email\": \"ana@example.com\"}", "/email", "no such field `email`");
}

static void pointers_are_escaped(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, ADS, "{\"tel/~\": 5}", "/tel~1~0", "must be a string, got an integer");
}

static void constants_are_filled_in(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, ADS, "{}");
    assert_true(bytes_is(fixture->values[COUNTRY].string, "DE"));
    assert_int_equal(fixture->values[EMPLOYEES].integer, 5);
}

static void constants_may_be_repeated_but_not_changed(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, ADS, "{\"country\": \"DE\", \"employees\": 5.0}");
    refuse(fixture, ADS, "{\"country\": \"FR\"}", "/country",
           "is set by the source and cannot be sent with another value; leave it out");
}

static void the_whole_must_be_an_object(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, WEB, "[1]", "", "must be a JSON object with the lead's fields");
    refuse(fixture, WEB, "null", "", "must be a JSON object with the lead's fields");
}

static void problems_past_the_ceiling_are_counted(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text;
    buffer_init(&text, 1 << 16);
    buffer_printf(&text, "{\"x0\": 1");
    for (int i = 1; i < 20; i++)
        buffer_printf(&text, ", \"x%d\": 1", i);
    buffer_printf(&text, "}");
    assert_int_equal(read_from(fixture, fixture->release, WEB, buffer_string(&text)), ML_EINVAL);
    assert_int_equal(fixture->problems.count, POLICY_PROBLEMS_MAX);
    assert_int_equal(fixture->problems.more, 4);
    buffer_release(&text);
}

/* ---- the canonical form */

static void canonical_json_has_the_present_fields_in_order(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, WEB,
         "{\"tags\": [\"a\\\"b\", \"\"], \"consent\": false, \"employees\": 12, \"revenue\": 3, "
         "\"email\": \"ana@example.com\"}");
    struct buffer out;
    struct json_writer writer;
    buffer_init(&out, 1 << 16);
    json_begin(&writer, &out);
    policy_record_write_json(&fixture->release->schema, fixture->values, &writer);
    assert_string_equal(buffer_string(&out),
                        "{\"email\":\"ana@example.com\",\"employees\":12,\"revenue\":3.0,"
                        "\"consent\":false,\"tags\":[\"a\\\"b\",\"\"]}");
    buffer_release(&out);
}

static void canonical_json_reads_back_to_the_same_record(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, WEB,
         "{\"tags\": [\"a\\\"b\", \"\"], \"consent\": false, \"employees\": 12, \"revenue\": 0.1, "
         "\"email\": \"\\u00e9\\u0001@example.com\"}");
    struct buffer out;
    struct json_writer writer;
    struct cel_value back[POLICY_FIELDS_MAX];
    struct json_object *json = NULL;
    buffer_init(&out, 1 << 16);
    json_begin(&writer, &out);
    policy_record_write_json(&fixture->release->schema, fixture->values, &writer);
    assert_int_equal(json_parse(buffer_bytes(&out), &json, NULL), 0);
    policy_record_from_canonical(&fixture->release->schema, json, &fixture->arena, back);
    for (size_t i = 0; i < fixture->release->schema.count; i++)
        assert_true(policy_value_equal(&fixture->values[i], &back[i]));
    json_object_put(json);
    buffer_release(&out);
}

static void canonical_json_of_another_schema_gives_what_fits(void **state)
{
    struct fixture *fixture = *state;
    struct json_object *json = NULL;
    assert_int_equal(
        json_parse(BYTES_LITERAL("{\"gone\":1,\"employees\":\"x\",\"revenue\":2}"), &json, NULL),
        0);
    policy_record_from_canonical(&fixture->release->schema, json, &fixture->arena, fixture->values);
    assert_int_equal(fixture->values[EMPLOYEES].kind, CEL_ABSENT);
    assert_true(fixture->values[REVENUE].number == 2.0);
    json_object_put(json);
}

static void conversion_goes_by_name_and_type(void **state)
{
    struct fixture *fixture = *state;
    struct mesh mesh;
    struct cel_value converted[POLICY_FIELDS_MAX];
    mesh_init(&mesh);
    mesh_set(&mesh, "lead.schema.json",
             "{\"type\": \"object\", \"properties\": {"
             "\"country\": {\"type\": \"string\"},"
             "\"employees\": {\"type\": \"number\"},"
             "\"revenue\": {\"type\": \"string\"},"
             "\"fresh\": {\"type\": \"string\"}}}");
    mesh_set(&mesh, "pipelines/inbound.yaml",
             "pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\n"
             "routes: [{name: others, to: {pool: all}}]\n");
    struct policy_release *release = mesh_compile(&mesh);
    read(fixture, WEB, "{\"employees\": 12, \"revenue\": 3, \"country\": \"FR\"}");
    policy_record_convert(&fixture->release->schema, fixture->values, &release->schema, converted);
    assert_true(bytes_is(converted[0].string, "FR"));
    assert_int_equal(converted[1].kind, CEL_DOUBLE);
    assert_true(converted[1].number == 12.0);
    assert_int_equal(converted[2].kind, CEL_ABSENT);
    assert_int_equal(converted[3].kind, CEL_ABSENT);
    policy_release_unref(release);
}

/* ---- the packed form */

static void pack_and_compare(struct fixture *fixture, size_t expected_size)
{
    struct buffer out;
    struct cel_value back[POLICY_FIELDS_MAX];
    buffer_init(&out, 1 << 20);
    buffer_append(&out, "before", 6);
    policy_record_pack(&fixture->release->schema, fixture->values, &out);
    struct bytes packed = {out.data + 6, out.size - 6};
    assert_int_equal(packed.size, expected_size);
    policy_record_unpack(&fixture->release->schema, packed, &fixture->arena, back);
    for (size_t i = 0; i < fixture->release->schema.count; i++) {
        assert_true(policy_value_equal(&fixture->values[i], &back[i]));
        if (back[i].kind == CEL_STRING)
            assert_true(back[i].string.data > out.data &&
                        back[i].string.data <= out.data + out.size);
    }
    buffer_release(&out);
}

static void packed_records_unpack_to_the_same(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, WEB, "{}");
    pack_and_compare(fixture, 1);
    read(fixture, WEB, "{\"email\": \"ana@example.com\", \"employees\": 63, \"consent\": true}");
    pack_and_compare(fixture, 1 + 16 + 1 + 1);
    read(fixture, WEB,
         "{\"phone\": \"\", \"employees\": 64, \"revenue\": -0.5, \"tags\": [\"\", \"ab\"]}");
    pack_and_compare(fixture, 1 + 1 + 2 + 8 + 1 + 1 + 3);
    read(fixture, WEB, "{\"tags\": []}");
    pack_and_compare(fixture, 1 + 1);
}

static void extreme_integers_pack(void **state)
{
    struct fixture *fixture = *state;
    read(fixture, WEB, "{}");
    fixture->values[EMPLOYEES] = cel_int(INT64_MIN);
    pack_and_compare(fixture, 1 + 10);
    fixture->values[EMPLOYEES] = cel_int(INT64_MAX);
    pack_and_compare(fixture, 1 + 10);
    fixture->values[EMPLOYEES] = cel_int(-1);
    pack_and_compare(fixture, 1 + 1);
}

static void texts_of_forms_and_tables_become_what_the_fields_are(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(read_texts(fixture, "{\"email\": \"a@x.example\", \"employees\": \"1 000\","
                                         " \"revenue\": \"12.5\", \"consent\": \"on\","
                                         " \"tags\": \"one\", \"country\": \"\"}"),
                     0);
    assert_int_equal(fixture->values[EMPLOYEES].integer, 1000);
    assert_true(fixture->values[REVENUE].number == 12.5);
    assert_true(fixture->values[CONSENT].boolean);
    assert_int_equal(fixture->values[TAGS].count, 1);
    assert_int_equal(fixture->values[COUNTRY].kind, CEL_ABSENT);

    assert_int_equal(read_texts(fixture, "{\"email\": \"a@x.example\", \"employees\": \"\"}"), 0);
    assert_int_equal(fixture->values[EMPLOYEES].kind, CEL_ABSENT);

    assert_int_equal(read_texts(fixture, "{\"email\": \"a@x.example\", \"employees\": \"many\","
                                         " \"consent\": \"perhaps\"}"),
                     ML_EINVAL);
    assert_int_equal(fixture->problems.count, 2);
    assert_string_equal(fixture->problems.items[0].pointer, "/employees");
    assert_non_null(strstr(fixture->problems.items[0].message, "must be a number"));
    assert_non_null(strstr(fixture->problems.items[1].message, "must be true or false"));

    assert_int_equal(read_texts(fixture, "{\"email\": \"a@x.example\", \"employees\": \"1.5\"}"),
                     ML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(null_counts_as_absent),
        cmocka_unit_test(strings_point_into_the_payload),
        cmocka_unit_test(whole_numbers_with_a_point_are_integers),
        cmocka_unit_test(integers_past_64_bits_are_refused),
        cmocka_unit_test(wrong_types_are_told),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(lengths_count_characters),
        cmocka_unit_test(no_string_or_list_is_endless),
        cmocka_unit_test(unknown_members_get_a_suggestion),
        cmocka_unit_test(unknown_members_are_ignored_when_the_schema_allows),
        cmocka_unit_test(required_members_are_missed_under_their_payload_name),
        cmocka_unit_test(renamed_members_fill_their_fields),
        cmocka_unit_test(pointers_are_escaped),
        cmocka_unit_test(constants_are_filled_in),
        cmocka_unit_test(constants_may_be_repeated_but_not_changed),
        cmocka_unit_test(the_whole_must_be_an_object),
        cmocka_unit_test(problems_past_the_ceiling_are_counted),
        cmocka_unit_test(canonical_json_has_the_present_fields_in_order),
        cmocka_unit_test(canonical_json_reads_back_to_the_same_record),
        cmocka_unit_test(canonical_json_of_another_schema_gives_what_fits),
        cmocka_unit_test(conversion_goes_by_name_and_type),
        cmocka_unit_test(packed_records_unpack_to_the_same),
        cmocka_unit_test(extreme_integers_pack),
        cmocka_unit_test(texts_of_forms_and_tables_become_what_the_fields_are),
    };
    return cmocka_run_group_tests_name("policy_record", tests, setup, teardown);
}
