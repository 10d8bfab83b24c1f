/* Mistakes in expressions are placed on the offending token, however YAML wraps the text. */
#include "mesh.h"

#define HEAD "pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\nroutes:\n"
#define TAIL "  - {name: others, to: {pool: all}}\n"
#define FILE_NAME "pipelines/inbound.yaml"
#define NO_CONTRY "no such field `lead.contry`, did you mean `lead.country`?"

static void in_plain_text(void **state)
{
    (void)state;
    file_refused(FILE_NAME,
                 HEAD "  - {name: a, when: lead.contry == \"DE\", to: {pool: all}}\n" TAIL,
                 FILE_NAME ":5:26: " NO_CONTRY);
}

static void in_single_quotes(void **state)
{
    (void)state;
    file_refused(FILE_NAME,
                 HEAD "  - {name: a, when: 'lead.contry == \"DE\"', to: {pool: all}}\n" TAIL,
                 FILE_NAME ":5:27: " NO_CONTRY);
    file_refused(FILE_NAME,
                 HEAD "  - {name: a, when: '''DE'' == lead.contry', to: {pool: all}}\n" TAIL,
                 FILE_NAME ":5:37: " NO_CONTRY);
}

static void in_double_quotes(void **state)
{
    (void)state;
    file_refused(FILE_NAME,
                 HEAD
                 "  - {name: a, when: \"\\\"D\\u0045\\\" == lead.contry\", to: {pool: all}}\n" TAIL,
                 FILE_NAME ":5:42: " NO_CONTRY);
}

static void behind_characters_of_several_bytes(void **state)
{
    (void)state;
    file_refused(FILE_NAME,
                 HEAD
                 "  - {name: a, when: '\"Z\xC3\xBCrich\" == lead.contry', to: {pool: all}}\n" TAIL,
                 FILE_NAME ":5:39: " NO_CONTRY);
}

static void in_a_literal_block(void **state)
{
    (void)state;
    file_refused(FILE_NAME,
                 HEAD "  - name: a\n"
                      "    when: |\n"
                      "      lead.country == \"DE\" ||\n"
                      "        lead.contry == \"FR\"\n"
                      "    to: {pool: all}\n" TAIL,
                 FILE_NAME ":8:14: " NO_CONTRY);
}

static void in_a_folded_block(void **state)
{
    (void)state;
    file_refused(FILE_NAME,
                 HEAD "  - name: a\n"
                      "    when: >-\n"
                      "      lead.country == \"DE\" ||\n"
                      "      lead.contry == \"FR\"\n"
                      "    to: {pool: all}\n" TAIL,
                 FILE_NAME ":8:12: " NO_CONTRY);
}

static void in_quotes_over_several_lines(void **state)
{
    (void)state;
    file_refused(FILE_NAME,
                 HEAD "  - name: a\n"
                      "    when: 'lead.country == \"DE\" ||\n"
                      "\n"
                      "      lead.contry == \"FR\"'\n"
                      "    to: {pool: all}\n" TAIL,
                 FILE_NAME ":8:12: " NO_CONTRY);
}

static void each_expression_reports_its_own(void **state)
{
    (void)state;
    file_refused(FILE_NAME,
                 "pipeline: inbound\nowner: ops\n"
                 "classes: [{name: a, when: 'lead.employees'}, {name: rest}]\n"
                 "score: '\"high\"'\n"
                 "routes:\n"
                 "  - {name: a, when: 'lead.employees >', to: {pool: all}}\n"
                 "  - {name: b, when: 'territory.dach', to: {pool: all}}\n" TAIL,
                 FILE_NAME ":3:28: this is int, but bool is needed here",
                 FILE_NAME ":4:8: the score must be a number; `\"high\"` is none",
                 FILE_NAME ":6:38: the expression ends where a value, a field or `(` is needed",
                 FILE_NAME ":7:22: no such variable `territory`");
}

static void a_field_of_unknown_type_is_one_mistake(void **state)
{
    (void)state;
    file_refused("lead.schema.json",
                 "{\"type\": \"object\", \"properties\": {\n"
                 "  \"country\": {\"type\": \"text\"},\n"
                 "  \"employees\": {\"type\": \"integer\"}}}\n",
                 "lead.schema.json:2:23: `type` must be one of string, integer, number, boolean, "
                 "array, got `text`");
}

static void without_the_lead_no_expression_is_blamed(void **state)
{
    (void)state;
    file_refused("lead.schema.json", "", "lead.schema.json:1:1: the file is empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_plain_text),
        cmocka_unit_test(in_single_quotes),
        cmocka_unit_test(in_double_quotes),
        cmocka_unit_test(behind_characters_of_several_bytes),
        cmocka_unit_test(in_a_literal_block),
        cmocka_unit_test(in_a_folded_block),
        cmocka_unit_test(in_quotes_over_several_lines),
        cmocka_unit_test(each_expression_reports_its_own),
        cmocka_unit_test(a_field_of_unknown_type_is_one_mistake),
        cmocka_unit_test(without_the_lead_no_expression_is_blamed),
    };
    return cmocka_run_group_tests_name("policy_expression", tests, NULL, NULL);
}
