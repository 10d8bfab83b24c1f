/* The structure of each file: unknown keys, wrong kinds, missing keys, formats, ranges. */
#include "mesh.h"

static void unknown_keys_get_a_suggestion(void **state)
{
    (void)state;
    file_refused(
        "people.yaml",
        "reps:\n  - id: ana\n    team: north\n    capcity: 12\n  - id: ben\n  - id: cleo\n",
        "people.yaml:4:5: unknown key `capcity` in an item of `reps`; did you mean "
        "`capacity`?");
}

static void unknown_keys_without_a_near_one_list_the_known(void **state)
{
    (void)state;
    file_refused(
        "mesh.yaml", MESH_NAME "wheels: 4\n",
        "mesh.yaml:3:1: unknown key `wheels` in this file; the keys here are name, owners, "
        "systems, dead_letters, causes, incidents");
}

static void wrong_kinds_say_what_was_expected(void **state)
{
    (void)state;
    file_refused(
        "people.yaml",
        "reps:\n"
        "  - {id: ana, capacity: many, team: north}\n"
        "  - {id: ben, capacity: 2.5}\n"
        "  - {id: cleo, name: 42}\n"
        "  - dan\n",
        "people.yaml:2:25: `capacity` must be a whole number or a mapping, got the text `many`",
        "people.yaml:3:25: `capacity` must be a whole number or a mapping, got the number `2.5`",
        "people.yaml:4:22: `name` must be a text, got the number `42`; put it in quotes",
        "people.yaml:5:5: an item of `reps` must be a mapping of keys to values, got the "
        "text `dan`");
    file_refused("people.yaml", "reps: 5\n",
                 "people.yaml:1:7: `reps` must be a list, got the number `5`");
    file_refused("mesh.yaml", "- name\n",
                 "mesh.yaml:1:1: this file must be a mapping of keys to values, got a list");
}

static void missing_keys_are_named(void **state)
{
    (void)state;
    file_refused("sources/web.yaml", "title: Web\n",
                 "sources/web.yaml:1:1: `source` is missing in this file");
    file_refused("people.yaml",
                 "reps:\n  - id: ana\n    team: north\n  - name: Ben\n  - id: cleo\n",
                 "people.yaml:4:5: `id` is missing in an item of `reps`");
}

static void keys_without_a_value_count_as_missing(void **state)
{
    (void)state;
    file_refused("sources/web.yaml", "source:\ntitle:\n",
                 "sources/web.yaml:1:1: `source` has no value; give it one");
}

static void optional_keys_may_be_empty(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/web.yaml", "source: web\ntitle:\nconstants:\nmap:\n");
    policy_release_unref(mesh_compile(&mesh));
}

static void empty_lists_are_mistakes(void **state)
{
    (void)state;
    file_refused("pools.yaml",
                 "pools:\n  - {id: north, members: []}\n  - {id: all, members: [ana]}\n",
                 "pools.yaml:2:26: `members` is empty; add at least one item");
}

static void choices_get_a_suggestion(void **state)
{
    (void)state;
    file_refused("pools.yaml",
                 "pools:\n"
                 "  - {id: north, strategy: round_robbin, members: [ana]}\n"
                 "  - {id: all, strategy: 'random', members: [ana]}\n",
                 "pools.yaml:2:27: `strategy` must be one of round_robin, weighted, least_loaded, "
                 "score_ordered, sticky, got "
                 "`round_robbin`; did you mean `round_robin`?",
                 "pools.yaml:3:25: `strategy` must be one of round_robin, weighted, least_loaded, "
                 "score_ordered, sticky, got "
                 "`random`");
}

static void capacity_has_a_range(void **state)
{
    (void)state;
    file_refused("people.yaml",
                 "defaults: {capacity: 10001}\n"
                 "reps:\n"
                 "  - {id: ana, team: north, capacity: -1}\n"
                 "  - {id: ben, capacity: 99999999999999999999}\n"
                 "  - {id: cleo, capacity: 10000}\n",
                 "people.yaml:1:22: `capacity` must be between 0 and 10000, got `10001`",
                 "people.yaml:3:38: `capacity` must be between 0 and 10000, got `-1`",
                 "people.yaml:4:25: `capacity` must be a whole number or a mapping, got the number "
                 "`99999999999999999999`");
}

static void ids_are_safe_everywhere(void **state)
{
    (void)state;
    file_refused("sources/web.yaml", "source: web/forms\n",
                 "sources/web.yaml:1:9: `source` must be 1 to 64 letters, digits or _ - . @ +, and "
                 "start with a letter, a digit or _, got `web/forms`");
}

static void people_have_real_addresses_and_zones(void **state)
{
    (void)state;
    file_refused("people.yaml",
                 "reps:\n"
                 "  - {id: ana, team: north, email: ana at example}\n"
                 "  - {id: ben, time_zone: Berlin}\n"
                 "  - {id: cleo, time_zone: UTC}\n",
                 "people.yaml:2:35: `email` must be an e-mail address such as sam@example.com, got "
                 "`ana at example`",
                 "people.yaml:3:26: `time_zone` must be a time zone such as Europe/Berlin or UTC, "
                 "got `Berlin`");
}

static void durations_are_readable_and_bounded(void **state)
{
    (void)state;
    file_refused(
        "pipelines/inbound.yaml",
        "pipeline: inbound\n"
        "owner: ops\n"
        "classes:\n"
        "  - name: rest\n"
        "    objectives: {assigned: 5 minutes, contacted: 0s, qualified: 400d}\n"
        "    return_after: 15\n"
        "routes:\n"
        "  - {name: others, to: {pool: all}}\n",
        "pipelines/inbound.yaml:5:28: `assigned` must be a duration such as 60s, 5m, 4h or "
        "1h30m, got `5 minutes`",
        "pipelines/inbound.yaml:5:50: `contacted` must be a duration from 1ms to 366d, got "
        "`0s`",
        "pipelines/inbound.yaml:5:65: `qualified` must be a duration from 1ms to 366d, got "
        "`400d`",
        "pipelines/inbound.yaml:6:19: `return_after` must be a text, got the number `15`; "
        "put it in quotes");
}

static void texts_say_something(void **state)
{
    (void)state;
    file_refused("pipelines/inbound.yaml",
                 "pipeline: inbound\n"
                 "owner: ops\n"
                 "classes: [{name: rest}]\n"
                 "score: ' '\n"
                 "routes: [{name: others, to: {pool: all}}]\n",
                 "pipelines/inbound.yaml:4:8: `score` must not be empty; write something or leave "
                 "the key out, got ` `");
}

static void lead_fields_have_names_that_expressions_can_use(void **state)
{
    (void)state;
    file_refused("lead.schema.json",
                 "{\"type\": \"object\", \"properties\": {\n"
                 "  \"employees\": {\"type\": \"integer\"},\n"
                 "  \"country\": {\"type\": \"string\"},\n"
                 "  \"first-name\": {\"type\": \"string\"},\n"
                 "  \"in\": {\"type\": \"string\"}}}\n",
                 "lead.schema.json:4:3: a key of `properties` must be a name: letters, digits "
                 "and _, at most 64, not a digit first, not true, false, null or in, got "
                 "`first-name`",
                 "lead.schema.json:5:3: a key of `properties` must be a name: letters, digits "
                 "and _, at most 64, not a digit first, not true, false, null or in, got `in`");
}

static void lead_fields_use_the_keywords_of_their_type(void **state)
{
    (void)state;
    file_refused(
        "lead.schema.json",
        "{\"type\": \"object\", \"properties\": {\n"
        "  \"employees\": {\"type\": \"integer\", \"maxLength\": 3},\n"
        "  \"country\": {\"type\": \"string\", \"minimum\": 3},\n"
        "  \"a\": {\"type\": \"strng\"},\n"
        "  \"b\": {\"type\": \"array\"},\n"
        "  \"c\": {\"type\": \"number\", \"minimum\": 3, \"maximum\": 2},\n"
        "  \"d\": {\"type\": \"string\", \"enum\": [\"x\", \"y\", \"x\"]},\n"
        "  \"e\": {\"type\": \"string\", \"maxLength\": 5000},\n"
        "  \"f\": {\"type\": \"string\", \"patern\": \"x\"}},\n"
        "  \"required\": [\"contry\", \"a\", \"a\"]}\n",
        "lead.schema.json:2:49: `maxLength` is for fields of type string; `employees` is of "
        "type integer",
        "lead.schema.json:3:44: `minimum` is for fields of type integer or number; "
        "`country` is of type string",
        "lead.schema.json:4:17: `type` must be one of string, integer, number, boolean, "
        "array, got `strng`; did you mean `string`?",
        "lead.schema.json:5:8: the array `b` needs `\"items\": {\"type\": \"string\"}`",
        "lead.schema.json:6:38: the minimum of `c` is above its maximum; nothing would fit",
        "lead.schema.json:7:46: `x` is listed twice; keep one",
        "lead.schema.json:8:40: `maxLength` must be between 1 and 4096, got `5000`",
        "lead.schema.json:9:27: unknown key `patern` in `f`; the keys here are type, items, "
        "enum, maxLength, minimum, maximum, x-pii, title, description, format, examples, "
        "$comment",
        "lead.schema.json:10:16: `required` names `contry`, which is no property; did you "
        "mean `country`?",
        "lead.schema.json:10:31: `a` is listed twice in `required`; keep one");
}

static void missing_files_are_named(void **state)
{
    (void)state;
    struct mesh mesh = {0};
    mesh_refused(
        &mesh,
        "lead.schema.json:0:0: the file is missing; it holds the fields of a lead (`meshline init` "
        "writes an example)",
        "mesh.yaml:0:0: the file is missing; it holds the name of the mesh and its owners "
        "(`meshline init` writes an example)",
        "people.yaml:0:0: the file is missing; it holds the reps (`meshline init` writes an "
        "example)",
        "pipelines/:0:0: the folder holds no pipeline; add a file such as pipelines/inbound.yaml",
        "pools.yaml:0:0: the file is missing; it holds the pools that routes lead to (`meshline "
        "init` writes an example)",
        "sources/:0:0: the folder holds no source; add a file such as sources/website.yaml");
}

static void files_that_nobody_reads_are_named(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "poeple.yaml", "reps: []\n");
    mesh_set(&mesh, "sources/shop.yml", MESH_SOURCE);
    mesh_set(&mesh, "sources/old/shop.yaml", MESH_SOURCE);
    mesh_set(&mesh, "pipeline/other.yaml", MESH_PIPELINE);
    mesh_set(&mesh, "README.md", "# Notes\n");
    mesh_set(&mesh, "sources/README.md", "# Notes\n");
    mesh_set(&mesh, ".gitignore", "*.bak\n");
    mesh_refused(&mesh,
                 "pipeline/other.yaml:0:0: this file is not read; did you mean the folder "
                 "`pipelines`?",
                 "poeple.yaml:0:0: this file is not read; did you mean `people.yaml`?",
                 "sources/old/shop.yaml:0:0: this file is not read; `sources` holds files named "
                 "*.yaml",
                 "sources/shop.yml:0:0: this file is not read; `sources` holds files named *.yaml");
}

static void mistakes_of_all_files_come_in_one_run(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "mesh.yaml", "nam: test\nowners: [{name: ops, role: routing}]\n");
    mesh_set(&mesh, "pools.yaml", "pools: [\n");
    mesh_set(&mesh, "sources/web.yaml", "source: web\nconstants: {contry: DE}\n");
    mesh_refused(&mesh, "mesh.yaml:1:1: `name` is missing in this file",
                 "mesh.yaml:1:1: unknown key `nam` in this file; did you mean `name`?",
                 "pools.yaml:2:1: the file cannot be read past this place: a `[` before this place "
                 "is never closed",
                 "sources/web.yaml:2:13: lead.schema.json has no field `contry`; did you mean "
                 "`country`?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_keys_get_a_suggestion),
        cmocka_unit_test(unknown_keys_without_a_near_one_list_the_known),
        cmocka_unit_test(wrong_kinds_say_what_was_expected),
        cmocka_unit_test(missing_keys_are_named),
        cmocka_unit_test(keys_without_a_value_count_as_missing),
        cmocka_unit_test(optional_keys_may_be_empty),
        cmocka_unit_test(empty_lists_are_mistakes),
        cmocka_unit_test(choices_get_a_suggestion),
        cmocka_unit_test(capacity_has_a_range),
        cmocka_unit_test(ids_are_safe_everywhere),
        cmocka_unit_test(people_have_real_addresses_and_zones),
        cmocka_unit_test(durations_are_readable_and_bounded),
        cmocka_unit_test(texts_say_something),
        cmocka_unit_test(lead_fields_have_names_that_expressions_can_use),
        cmocka_unit_test(lead_fields_use_the_keywords_of_their_type),
        cmocka_unit_test(missing_files_are_named),
        cmocka_unit_test(files_that_nobody_reads_are_named),
        cmocka_unit_test(mistakes_of_all_files_come_in_one_run),
    };
    return cmocka_run_group_tests_name("policy_structure", tests, NULL, NULL);
}
