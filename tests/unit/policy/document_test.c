/* Reading files: whatever is wrong with the text itself is told with its place. */
#include "mesh.h"

#include <stdio.h>
#include <stdlib.h>

static void bad_indentation_is_placed(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "name: test\n owners: []\n",
                 "mesh.yaml:1:7: the file cannot be read past this place: the indentation of the "
                 "next line does not fit this one, or a `:` is missing");
}

static void tabs_are_named(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "name: test\nowners:\n\t- {name: ops, role: routing}\n",
                 "mesh.yaml:3:1: the file cannot be read past this place: a tab indents this line; "
                 "use spaces");
}

static void open_brackets_are_named(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "name: test\nowners: [{name: ops, role: routing}\n",
                 "mesh.yaml:3:1: the file cannot be read past this place: a `[` before this place "
                 "is never closed");
}

static void open_quotes_are_named(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "name: 'test\nowners: [{name: ops, role: routing}]\n",
                 "mesh.yaml:1:7: the file cannot be read past this place: the indentation does not "
                 "fit the lines above, or a quote is not closed");
}

static void an_empty_file_is_a_mistake(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "", "mesh.yaml:1:1: the file is empty");
    file_refused("mesh.yaml", "# nothing yet\n", "mesh.yaml:1:1: the file is empty");
}

static void a_second_document_is_a_mistake(void **state)
{
    (void)state;
    file_refused("mesh.yaml", MESH_NAME "---\nname: other\n",
                 "mesh.yaml:3:1: a second document starts here; put it into a file of its own");
}

static void a_key_given_twice_is_a_mistake(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "name: test\nowners: [{name: ops, role: routing}]\nname: again\n",
                 "mesh.yaml:3:1: the key `name` is given twice here; first on line 1: keep one");
    file_refused("lead.schema.json",
                 "{\"type\": \"object\",\n \"properties\": {\n  \"country\": {\"type\": "
                 "\"string\"},\n  \"employees\": {\"type\": \"integer\"},\n  \"country\": "
                 "{\"type\": \"string\"}}}\n",
                 "lead.schema.json:5:3: the key `country` is given twice here; first on line 3: "
                 "keep one");
}

static void json_is_strict_json(void **state)
{
    (void)state;
    file_refused(
        "lead.schema.json", "{\n  'type': \"object\"\n}\n",
        "lead.schema.json:2:3: the file cannot be read past this place: JSON puts texts in "
        "double quotes (\")");
    file_refused("lead.schema.json", "{\n  \"type\": \"object\"\n  \"properties\": {}\n}\n",
                 "lead.schema.json:3:4: the file cannot be read past this place: a comma is "
                 "missing before this place");
    file_refused("lead.schema.json", "{\"type\": \"object\", \"properties\": {},}\n",
                 "lead.schema.json:1:36: the file cannot be read past this place: JSON disallows "
                 "trailing comma before closing brace");
}

static void bytes_that_are_no_text_are_placed(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "name: test\nowners: \xFF\n",
                 "mesh.yaml:2:9: byte 0xFF is not part of a text in UTF-8; save the file as UTF-8");
    file_refused("mesh.yaml", "name: \"te\\0st\"\n",
                 "mesh.yaml:1:7: the text contains a control character; remove it");
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set_bytes(&mesh, "mesh.yaml", BYTES_LITERAL("na\0me: x"));
    mesh_refused(&mesh, "mesh.yaml:1:3: byte 0x00 is not part of a text in UTF-8; save the file as "
                        "UTF-8");
}

static void columns_count_characters(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "\xEF\xBB\xBFowners: [{name: 'Zo\xC3\xAB', role: boss}]\nname: x\n",
                 "mesh.yaml:1:30: `role` must be one of routing, integrations, sales_ops, "
                 "compliance, got `boss`",
                 "pipelines/inbound.yaml:2:8: the owner `ops` is not named in mesh.yaml; add it "
                 "to `owners` there",
                 "sources/web.yaml:2:8: the owner `ops` is not named in mesh.yaml; add it to "
                 "`owners` there");
}

static void windows_line_ends_are_line_ends(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "name: test\r\nowners:\r\n  - {name: ops, roll: routing}\r\n",
                 "mesh.yaml:3:5: `role` is missing in an item of `owners`",
                 "mesh.yaml:3:17: unknown key `roll` in an item of `owners`; did you mean `role`?");
}

static void aliases_repeat_what_they_name(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "pools.yaml",
             "pools:\n  - {id: north, members: &team [ana, ben]}\n  - {id: all, members: *team}\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_int_equal(release->pools[1].member_count, 2);
    policy_release_unref(release);
}

static void a_mistake_in_an_alias_is_told_once(void **state)
{
    (void)state;
    file_refused("pools.yaml",
                 "pools:\n  - {id: north, members: &team [anna]}\n  - {id: all, members: *team}\n",
                 "pools.yaml:2:33: no rep `anna` in people.yaml; did you mean `ana`?");
}

static void aliases_need_an_anchor_before_them(void **state)
{
    (void)state;
    file_refused("pools.yaml", "pools:\n  - {id: north, members: *team}\n",
                 "pools.yaml:2:27: nothing before this line is marked `&team`");
    file_refused("pools.yaml", "pools: &all [*all]\n",
                 "pools.yaml:1:15: `*all` stands inside what it repeats; write the value out");
}

/* Nine levels of nine: 9^9 values from a file of a few hundred bytes. */
static void aliases_cannot_multiply_without_bound(void **state)
{
    (void)state;
    char text[2048];
    size_t size = 0;
    size += (size_t)snprintf(text, sizeof text, "a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (int level = 'b'; level <= 'i'; level++) {
        size += (size_t)snprintf(text + size, sizeof text - size, "%c: &%c [", level, level);
        for (int i = 0; i < 9; i++)
            size += (size_t)snprintf(text + size, sizeof text - size, "%s*%c", i ? ", " : "",
                                     level - 1);
        size += (size_t)snprintf(text + size, sizeof text - size, "]\n");
    }
    struct mesh mesh;
    struct policy_diagnostics diagnostics;
    struct policy_release *release;
    mesh_init(&mesh);
    mesh_set(&mesh, "pools.yaml", text);
    policy_diagnostics_init(&diagnostics);
    assert_int_equal(policy_release_compile(mesh.files, mesh.count, &diagnostics, &release, NULL),
                     ML_EINVAL);
    assert_int_equal(diagnostics.count, 1);
    assert_string_equal(diagnostics.items[0].message,
                        "the aliases repeat more than 4000000 values; write less of them");
    policy_diagnostics_release(&diagnostics);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    file_refused("pools.yaml", "pools: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
                 "pools.yaml:1:39: nested more than 32 levels deep; flatten it");
}

static void files_are_bounded(void **state)
{
    (void)state;
    size_t size = POLICY_FILE_MAX + 1;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, '#', size);
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set_bytes(&mesh, "pools.yaml", (struct bytes){text, size});
    mesh_refused(&mesh, "pools.yaml:0:0: the file has 16777217 bytes; 16777216 are the most");
    free(text);
}

static void tags_are_refused(void **state)
{
    (void)state;
    file_refused("mesh.yaml", "name: !!str 12\nowners: [{name: ops, role: routing}]\n",
                 "mesh.yaml:1:13: tags such as `!!str` are not used here; remove it, quotes make a "
                 "text");
}

static void country_codes_that_were_booleans_stay_texts(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "people.yaml",
             "reps:\n- {id: ana, country: NO, team: north}\n- {id: ben}\n- {id: cleo}\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_string_equal(release->reps[0].country, "NO");
    policy_release_unref(release);
}

/* Whatever it takes to decode a text, and however many pieces it is in, nothing is left over. */
static void texts_of_many_pieces_are_whole(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(
        &mesh, "mesh.yaml",
        "name: 'a''b''c''d''e''f''g''h''i''j''k''l''m''n''o''p'\n"
        "owners: [{name: ops, role: routing}]\n"
        "systems:\n  - name: folded\n    description: >-\n      a\n      b\n      c\n      d\n"
        "      e\n      f\n      g\n      h\n      i\n      j\n      k\n      l\n"
        "  - {name: escaped, description: \"a\\tb\\tc\\td\\te\\tf\\tg\\th\\ti\\tj\\tk\\tl\"}\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_string_equal(release->name, "a'b'c'd'e'f'g'h'i'j'k'l'm'n'o'p");
    assert_string_equal(release->systems[0].description, "a b c d e f g h i j k l");
    assert_string_equal(release->systems[1].description, "a\tb\tc\td\te\tf\tg\th\ti\tj\tk\tl");
    policy_release_unref(release);
}

static void mistakes_past_the_ceiling_are_counted(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const char *text = "reps:\n";
    for (int i = 0; i < 600; i++)
        text = arena_printf(&arena, "%s- {id: r%d, capacity: -1}\n", text, i);
    struct mesh mesh;
    struct policy_diagnostics diagnostics;
    struct policy_release *release;
    mesh_init(&mesh);
    mesh_set(&mesh, "people.yaml", text);
    policy_diagnostics_init(&diagnostics);
    assert_int_equal(policy_release_compile(mesh.files, mesh.count, &diagnostics, &release, NULL),
                     ML_EINVAL);
    assert_int_equal(diagnostics.count, POLICY_DIAGNOSTICS_MAX + 1);
    assert_string_equal(diagnostics.items[POLICY_DIAGNOSTICS_MAX].message,
                        "104 more mistakes are not shown; correct these first");
    policy_diagnostics_release(&diagnostics);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_indentation_is_placed),
        cmocka_unit_test(tabs_are_named),
        cmocka_unit_test(open_brackets_are_named),
        cmocka_unit_test(open_quotes_are_named),
        cmocka_unit_test(an_empty_file_is_a_mistake),
        cmocka_unit_test(a_second_document_is_a_mistake),
        cmocka_unit_test(a_key_given_twice_is_a_mistake),
        cmocka_unit_test(json_is_strict_json),
        cmocka_unit_test(bytes_that_are_no_text_are_placed),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(windows_line_ends_are_line_ends),
        cmocka_unit_test(aliases_repeat_what_they_name),
        cmocka_unit_test(a_mistake_in_an_alias_is_told_once),
        cmocka_unit_test(aliases_need_an_anchor_before_them),
        cmocka_unit_test(aliases_cannot_multiply_without_bound),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(files_are_bounded),
        cmocka_unit_test(tags_are_refused),
        cmocka_unit_test(country_codes_that_were_booleans_stay_texts),
        cmocka_unit_test(texts_of_many_pieces_are_whole),
        cmocka_unit_test(mistakes_past_the_ceiling_are_counted),
    };
    return cmocka_run_group_tests_name("policy_document", tests, NULL, NULL);
}
