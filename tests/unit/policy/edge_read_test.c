/* From a record to a canonical lead, or to what is wrong with it. */
#include "edge_mesh.h"

#define OPEN_SCHEMA "{\"type\": \"object\"}"
#define VERSION "versions: [{version: 1}]\n"

/* Reads `json` with one mapping, "FIELD: EXPRESSION" as YAML has it. */
static void read_mapped(struct edge *edge, const char *mapping, const char *json)
{
    struct arena arena;
    arena_init(&arena);
    edge_init(edge, arena_printf(&arena, VERSION "mapping:\n  %s\n", mapping), OPEN_SCHEMA, NULL);
    edge_read(edge, 1, json);
    arena_release(&arena);
}

static void text_is(const char *mapping, const char *json, uint32_t field, const char *text)
{
    struct edge edge;
    read_mapped(&edge, mapping, json);
    edge_has_text(&edge, field, text);
    edge_release(&edge);
}

static void integer_is(const char *mapping, const char *json, uint32_t field, int64_t integer)
{
    struct edge edge;
    read_mapped(&edge, mapping, json);
    edge_has_integer(&edge, field, integer);
    edge_release(&edge);
}

static void is_absent(const char *mapping, const char *json, uint32_t field)
{
    struct edge edge;
    read_mapped(&edge, mapping, json);
    edge_lacks(&edge, field);
    edge_release(&edge);
}

static void is_refused(const char *mapping, const char *json, const char *rule, const char *pointer,
                       const char *message)
{
    struct edge edge;
    read_mapped(&edge, mapping, json);
    edge_was_refused(&edge, rule, pointer, message);
    edge_release(&edge);
}

/* ---- mapping */

static void members_become_fields(void **state)
{
    (void)state;
    text_is("email: payload.contact.mail", "{\"contact\": {\"mail\": \"a@b.example\"}}", EMAIL,
            "a@b.example");
    integer_is("employees: payload.staff", "{\"staff\": 12}", EMPLOYEES, 12);
}

static void normalisers_are_applied(void **state)
{
    (void)state;
    text_is("email: normalize_email(payload.mail)", "{\"mail\": \" Ana@Example.COM \"}", EMAIL,
            "Ana@example.com");
    text_is("phone: 'normalize_phone(payload.tel, \"DE\")'", "{\"tel\": \"030 123456\"}", PHONE,
            "+4930123456");
    text_is("country: country_code(payload.land)", "{\"land\": \"Deutschland\"}", COUNTRY, "DE");
    text_is("external_id: registrable_domain(payload.web)",
            "{\"web\": \"https://www.acme.co.uk/x\"}", EXTERNAL_ID, "acme.co.uk");
}

static void what_an_expression_makes_outlives_the_next_one(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(&edge,
              VERSION "mapping:\n  email: payload.a + payload.b\n  phone: payload.c + payload.d\n"
                      "  tags: '[payload.a + payload.c, payload.b]'\n",
              OPEN_SCHEMA, NULL);
    edge_read(&edge, 1, "{\"a\": \"one\", \"b\": \"two\", \"c\": \"three\", \"d\": \"four\"}");
    edge_has_text(&edge, EMAIL, "onetwo");
    edge_has_text(&edge, PHONE, "threefour");
    const struct cel_value *tags = &edge.result.values[TAGS];
    assert_int_equal(tags->count, 2);
    assert_true(bytes_is(tags->items[0].string, "onethree"));
    assert_true(bytes_is(tags->items[1].string, "two"));
    edge_release(&edge);
}

static void a_member_that_is_not_there_leaves_its_field_absent(void **state)
{
    (void)state;
    is_absent("email: payload.mail", "{}", EMAIL);
    is_absent("email: normalize_email(payload.contact.mail)", "{\"contact\": {}}", EMAIL);
    is_absent("email: payload[\"mail\"]", "{}", EMAIL);
    is_absent("email: payload.mail", "{\"mail\": null}", EMAIL);
    is_absent("email: payload.?mail", "{}", EMAIL);
    text_is("email: payload.?mail", "{\"mail\": \"x@y.example\"}", EMAIL, "x@y.example");
}

static void the_source_and_the_event_can_be_asked(void **state)
{
    (void)state;
    struct edge edge;
    text_is("external_id: source", "{}", EXTERNAL_ID, "web");
    is_absent("external_id: event.id", "{}", EXTERNAL_ID);
    edge_init(&edge, VERSION "mapping: {external_id: event.id}\n", OPEN_SCHEMA, NULL);
    struct policy_payload payload = {.data = edge_parse(&edge, "{}"),
                                     .event = edge_parse(&edge, "{\"id\": \"e-7\"}")};
    policy_edge_read(edge.release, 0, 1, &payload, edge.scratch, &edge.arena, &edge.result);
    edge_has_text(&edge, EXTERNAL_ID, "e-7");
    edge_release(&edge);
}

static void params_and_tables_can_be_asked(void **state)
{
    (void)state;
    struct mesh mesh;
    struct edge edge;
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/web.yaml",
             "source: web\nowner: ops\n" VERSION
             "mapping: {country: 'lookup(lands, payload.land).code', employees: params.least}\n");
    mesh_set(&mesh, "contracts/web/1.json", OPEN_SCHEMA);
    mesh_set(&mesh, "tables/lands.csv", "name,code\nAllemagne,DE\n");
    mesh_set(&mesh, "pipelines/inbound.yaml", MESH_PIPELINE "params: {least: 5}\n");
    edge_init_mesh(&edge, &mesh);
    edge_read(&edge, 1, "{\"land\": \"Allemagne\"}");
    edge_has_text(&edge, COUNTRY, "DE");
    edge_has_integer(&edge, EMPLOYEES, 5);
    edge_release(&edge);
}

static void constants_count_unless_mapped(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(&edge,
              VERSION
              "constants: {country: FR, external_id: c}\nmapping: {country: payload.land}\n",
              OPEN_SCHEMA, NULL);
    edge_read(&edge, 1, "{\"land\": \"DE\"}");
    edge_has_text(&edge, COUNTRY, "DE");
    edge_has_text(&edge, EXTERNAL_ID, "c");
    edge_read(&edge, 1, "{}");
    edge_lacks(&edge, COUNTRY);
    edge_release(&edge);
}

static void a_text_of_nothing_stays_one(void **state)
{
    (void)state;
    text_is("email: payload.mail.trim()", "{\"mail\": \"  \"}", EMAIL, "");
}

/* ---- conversion */

static void values_take_the_type_of_their_field(void **state)
{
    (void)state;
    text_is("external_id: payload.id", "{\"id\": 9007199254740993}", EXTERNAL_ID,
            "9007199254740993");
    text_is("external_id: 'timestamp(payload.at)'", "{\"at\": \"2026-11-23T10:00:00+01:00\"}",
            EXTERNAL_ID, "2026-11-23T09:00:00.000000Z");
    integer_is("employees: payload.staff", "{\"staff\": 12.0}", EMPLOYEES, 12);
    integer_is("employees: double(payload.staff) / 2.0", "{\"staff\": 5.0e2}", EMPLOYEES, 250);
    integer_is("employees: 'uint(7)'", "{}", EMPLOYEES, 7);
}

static void an_integer_is_a_number_too(void **state)
{
    (void)state;
    struct edge edge;
    read_mapped(&edge, "revenue: payload.r", "{\"r\": 3}");
    assert_int_equal(edge.result.values[REVENUE].kind, CEL_DOUBLE);
    assert_true(edge.result.values[REVENUE].number == 3.0);
    edge_release(&edge);
}

static void what_does_not_fit_is_refused_at_its_member(void **state)
{
    (void)state;
    is_refused("employees: payload.staff", "{\"staff\": \"many\"}", "mapping/employees", "/staff",
               "`/staff` becomes the lead's `employees`, which must be an integer, got a string");
    is_refused("employees: payload.staff", "{\"staff\": 1.5}", "mapping/employees", "/staff",
               "`/staff` becomes the lead's `employees`, which must be an integer, got a number "
               "with a fraction");
    is_refused("employees: payload.staff", "{\"staff\": 1e300}", "mapping/employees", "/staff",
               "`/staff` becomes the lead's `employees`, which must fit 64 bits: between "
               "-9223372036854775808 and 9223372036854775807");
    is_refused("external_id: payload.id", "{\"id\": true}", "mapping/external_id", "/id",
               "`/id` becomes the lead's `external_id`, which must be a string, got a boolean");
    is_refused("tags: payload.tags", "{\"tags\": [\"a\", 1]}", "mapping/tags", "/tags",
               "`/tags` becomes the lead's `tags`, which must be an array of strings, got an "
               "integer as item 1");
    is_refused("external_id: payload.id", "{\"id\": \"a\\u0000b\"}", "mapping/external_id", "/id",
               "`/id` becomes the lead's `external_id`, which must not hold the character U+0000");
}

static void an_expression_that_fails_is_refused_with_its_reason(void **state)
{
    (void)state;
    struct edge edge;
    read_mapped(&edge, "email: normalize_email(payload.contact.mail)",
                "{\"contact\": {\"mail\": \"nobody\"}}");
    assert_int_equal(edge.result.outcome, POLICY_EDGE_REFUSED);
    const struct policy_problem *problem = &edge.result.problems.items[0];
    assert_string_equal(problem->pointer, "/contact/mail");
    assert_string_equal(problem->rule, "mapping/email");
    assert_non_null(strstr(problem->message, "`/contact/mail` cannot become the lead's `email`: "));
    edge_release(&edge);
    is_refused("employees: payload.a / payload.b", "{\"a\": 1, \"b\": 0}", "mapping/employees", "",
               "the lead's `employees` cannot be worked out of the record: division by zero");
}

static void points_at(const char *mapping, const char *json, const char *pointer)
{
    struct edge edge;
    read_mapped(&edge, mapping, json);
    assert_int_equal(edge.result.outcome, POLICY_EDGE_REFUSED);
    assert_string_equal(edge.result.problems.items[0].pointer, pointer);
    edge_release(&edge);
}

static void the_member_is_pointed_at_where_it_is_clear(void **state)
{
    (void)state;
    points_at("employees: 'has(payload.a) ? payload.a.b : 0'", "{\"a\": {\"b\": \"x\"}}", "/a/b");
    points_at("employees: payload.?a.?b", "{\"a\": {\"b\": \"x\"}}", "/a/b");
    points_at("employees: 'payload[\"a/b\"]'", "{\"a/b\": \"x\"}", "/a~1b");
    points_at("employees: 'payload.list[1]'", "{\"list\": [1, \"x\"]}", "/list/1");
    points_at("employees: 'payload.a.size() > 0 ? payload.a : \"payload.b\"'", "{\"a\": \"x\"}",
              "/a");
    points_at("employees: 'payload.a == 1 ? payload.b : payload.ab'", "{\"a\": 1, \"b\": \"x\"}",
              "");
    points_at("employees: dyn(source)", "{}", "");
}

/* ---- the lead's own rules */

static void the_lead_has_rules_of_its_own(void **state)
{
    (void)state;
    is_refused("employees: payload.staff", "{\"staff\": 1001}", "lead/employees", "/staff",
               "`/staff` becomes the lead's `employees`, which must be at most 1000, got 1001");
    is_refused("country: payload.land", "{\"land\": \"AT\"}", "lead/country", "/land",
               "`/land` becomes the lead's `country`, which must be one of DE, FR, US, got `AT`");
    is_refused("employees: payload.a + payload.b", "{\"a\": 1000, \"b\": 1}", "lead/employees", "",
               "the lead's `employees` must be at most 1000, got 1001");
}

static void what_is_required_must_come_of_the_record(void **state)
{
    (void)state;
    struct mesh mesh;
    struct edge edge;
    mesh_init(&mesh);
    mesh_set(&mesh, "lead.schema.json",
             "{\"type\": \"object\", \"required\": [\"email\"], \"properties\": {"
             "\"email\": {\"type\": \"string\"}, \"country\": {\"type\": \"string\"},"
             "\"employees\": {\"type\": \"integer\"}}}");
    mesh_set(&mesh, "sources/web.yaml",
             "source: web\nowner: ops\n" VERSION "mapping: {email: payload.contact.mail}\n");
    mesh_set(&mesh, "contracts/web/1.json", OPEN_SCHEMA);
    edge_init_mesh(&edge, &mesh);
    edge_read(&edge, 1, "{}");
    edge_was_refused(&edge, "lead/email", "/contact/mail",
                     "the lead's `email` is required, and `/contact/mail` gives none");
    assert_int_equal(edge.result.problems.count, 1);
    edge_read(&edge, 1, "{\"contact\": {\"mail\": 1.5}}");
    assert_int_equal(edge.result.problems.count, 1);
    assert_string_equal(edge.result.problems.items[0].rule, "mapping/email");
    edge_release(&edge);
}

static void every_problem_is_told(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(&edge,
              VERSION "mapping: {email: normalize_email(payload.a), employees: payload.b, "
                      "country: payload.c}\n",
              OPEN_SCHEMA, NULL);
    edge_read(&edge, 1, "{\"a\": \"x\", \"b\": \"y\", \"c\": \"z\"}");
    assert_int_equal(edge.result.problems.count, 3);
    edge_release(&edge);
}

/* ---- the contract */

#define PEOPLE_SCHEMA                                                                     \
    "{\"type\": \"object\", \"required\": [\"people\"], \"properties\": {\"people\": {"   \
    "\"type\": \"array\", \"items\": {\"type\": \"object\", \"properties\": {"            \
    "\"employees\": {\"type\": \"integer\"}, \"mail\": {\"$ref\": \"#/$defs/mail\"}}}}}," \
    "\"$defs\": {\"mail\": {\"type\": \"string\", \"format\": \"email\"}}}"
#define PEOPLE_MAPPING VERSION "mapping: {email: 'payload.people[0].mail'}\n"

static void a_payload_must_keep_the_schema(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(&edge, PEOPLE_MAPPING, PEOPLE_SCHEMA, NULL);
    edge_read(&edge, 1, "{\"people\": [{\"mail\": \"a@b.example\"}]}");
    edge_has_text(&edge, EMAIL, "a@b.example");
    assert_int_equal(edge.result.version, 1);
    edge_read(&edge, 1, "{\"people\": [{\"mail\": \"a@b.example\"}, {\"employees\": \"many\"}]}");
    edge_was_refused(
        &edge, "/properties/people/items/properties/employees/type", "/people/1/employees",
        "`/people/1/employees` must be a whole number (integer), got the text \"many\"");
    edge_release(&edge);
}

static void a_rule_elsewhere_is_named_by_where_it_stands(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(&edge, PEOPLE_MAPPING, PEOPLE_SCHEMA, NULL);
    edge_read(&edge, 1, "{\"people\": [{\"mail\": \"nobody\"}]}");
    assert_int_equal(edge.result.outcome, POLICY_EDGE_REFUSED);
    assert_string_equal(edge.result.problems.items[0].rule, "/$defs/mail/format");
    assert_string_equal(edge.result.problems.items[0].pointer, "/people/0/mail");
    edge_release(&edge);
}

static void violations_of_a_kind_are_alike(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(&edge, PEOPLE_MAPPING, PEOPLE_SCHEMA, NULL);
    edge_read(&edge, 1, "{\"people\": [{\"employees\": \"many\"}]}");
    struct bytes first = policy_edge_violation(&edge.result.problems, &edge.arena);
    edge_read(&edge, 1, "{\"people\": [{}, {\"employees\": null}]}");
    struct bytes second = policy_edge_violation(&edge.result.problems, &edge.arena);
    assert_true(bytes_is(
        first, "/properties/people/items/properties/employees/type at /people/-/employees"));
    assert_true(bytes_equal(first, second));
    edge_read(&edge, 1, "{}");
    assert_true(bytes_is(policy_edge_violation(&edge.result.problems, &edge.arena), "/required"));
    edge_release(&edge);
}

static void very_many_problems_are_counted(void **state)
{
    (void)state;
    struct edge edge;
    static const char json[] = "{\"people\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
                               "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}";
    edge_init(&edge, PEOPLE_MAPPING, PEOPLE_SCHEMA, NULL);
    edge_read(&edge, 1, json);
    assert_int_equal(edge.result.problems.count, POLICY_PROBLEMS_MAX);
    assert_int_equal(edge.result.problems.more, 40 - POLICY_PROBLEMS_MAX);
    edge_release(&edge);
}

static void a_number_outside_double_is_refused_at_its_place(void **state)
{
    (void)state;
    is_refused("email: payload.mail", "{\"mail\": \"a\", \"n\": [1, 1e999]}", "mapping", "/n/1",
               "`/n/1`: the number is too large to calculate with");
}

static void the_key_is_the_senders_own_id(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(&edge, VERSION "mapping: {email: payload.mail}\nkey: string(payload.id)\n",
              "{\"required\": [\"mail\"]}", NULL);
    edge_read(&edge, 1, "{\"mail\": \"a\", \"id\": 12}");
    assert_true(bytes_is(edge.result.key, "12"));
    edge_read(&edge, 1, "{\"id\": \"x-1\"}");
    assert_int_equal(edge.result.outcome, POLICY_EDGE_REFUSED);
    assert_true(bytes_is(edge.result.key, "x-1"));
    edge_read(&edge, 1, "{\"mail\": \"a\"}");
    assert_int_equal(edge.result.key.size, 0);
    edge_release(&edge);
}

static void records_that_are_no_leads_are_skipped_whatever_they_look_like(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(&edge,
              VERSION "mapping: {email: payload.mail}\n"
                      "skip: 'payload.type == \"ping\" ? \"a test call\" : \"\"'\n",
              "{\"required\": [\"mail\"]}", NULL);
    edge_read(&edge, 1, "{\"type\": \"ping\"}");
    assert_int_equal(edge.result.outcome, POLICY_EDGE_SKIPPED);
    assert_string_equal(edge.result.skip_reason, "a test call");
    edge_read(&edge, 1, "{\"type\": \"lead\", \"mail\": \"a\"}");
    edge_has_text(&edge, EMAIL, "a");
    edge_read(&edge, 1, "{\"mail\": \"b\"}");
    edge_has_text(&edge, EMAIL, "b");
    edge_read(&edge, 1, "[]");
    assert_int_equal(edge.result.outcome, POLICY_EDGE_REFUSED);
    edge_release(&edge);
}

/* ---- without a contract */

static void a_source_without_contract_takes_the_lead_itself(void **state)
{
    (void)state;
    struct mesh mesh;
    struct edge edge;
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/web.yaml",
             "source: web\nowner: ops\nconstants: {country: DE}\nmap: {phone: tel}\n");
    edge_init_mesh(&edge, &mesh);
    edge_read(&edge, 0,
              "{\"email\": \"a\", \"tel\": \"1\", \"employees\": 3.0, \"revenue\": 4, "
              "\"consent\": true, \"tags\": [\"x\"], \"country\": \"DE\", \"external_id\": null}");
    edge_has_text(&edge, EMAIL, "a");
    edge_has_text(&edge, PHONE, "1");
    edge_has_text(&edge, COUNTRY, "DE");
    edge_has_integer(&edge, EMPLOYEES, 3);
    edge_lacks(&edge, EXTERNAL_ID);
    assert_int_equal(edge.result.values[TAGS].count, 1);
    assert_int_equal(edge.result.version, 0);
    edge_read(&edge, 0, "{\"employees\": \"many\", \"country\": \"FR\", \"fon\": 1, \"tel\": []}");
    const struct policy_problem *items = edge.result.problems.items;
    assert_int_equal(edge.result.problems.count, 4);
    edge_was_refused(&edge, "lead/employees", "/employees", "must be an integer, got a string");
    assert_string_equal(items[1].message,
                        "is set by the source and cannot be sent with another value; leave it out");
    assert_string_equal(items[2].pointer, "/fon");
    assert_string_equal(items[2].rule, "lead");
    assert_string_equal(items[3].message, "must be a string, got an array");
    edge_read(&edge, 0, "[]");
    edge_was_refused(&edge, "lead", "", "must be a JSON object with the lead's fields");
    edge_release(&edge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_become_fields),
        cmocka_unit_test(normalisers_are_applied),
        cmocka_unit_test(what_an_expression_makes_outlives_the_next_one),
        cmocka_unit_test(a_member_that_is_not_there_leaves_its_field_absent),
        cmocka_unit_test(the_source_and_the_event_can_be_asked),
        cmocka_unit_test(params_and_tables_can_be_asked),
        cmocka_unit_test(constants_count_unless_mapped),
        cmocka_unit_test(a_text_of_nothing_stays_one),
        cmocka_unit_test(values_take_the_type_of_their_field),
        cmocka_unit_test(an_integer_is_a_number_too),
        cmocka_unit_test(what_does_not_fit_is_refused_at_its_member),
        cmocka_unit_test(an_expression_that_fails_is_refused_with_its_reason),
        cmocka_unit_test(the_member_is_pointed_at_where_it_is_clear),
        cmocka_unit_test(the_lead_has_rules_of_its_own),
        cmocka_unit_test(what_is_required_must_come_of_the_record),
        cmocka_unit_test(every_problem_is_told),
        cmocka_unit_test(a_payload_must_keep_the_schema),
        cmocka_unit_test(a_rule_elsewhere_is_named_by_where_it_stands),
        cmocka_unit_test(violations_of_a_kind_are_alike),
        cmocka_unit_test(very_many_problems_are_counted),
        cmocka_unit_test(a_number_outside_double_is_refused_at_its_place),
        cmocka_unit_test(the_key_is_the_senders_own_id),
        cmocka_unit_test(records_that_are_no_leads_are_skipped_whatever_they_look_like),
        cmocka_unit_test(a_source_without_contract_takes_the_lead_itself),
    };
    return cmocka_run_group_tests_name("policy_edge_read", tests, NULL, NULL);
}
