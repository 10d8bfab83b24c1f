/* What a release holds, its identity, and its life. */
#include "mesh.h"

#include "base/time.h"

static struct policy_release *compile_valid(void)
{
    struct mesh mesh;
    mesh_init(&mesh);
    return mesh_compile(&mesh);
}

static void it_holds_the_schema(void **state)
{
    (void)state;
    struct policy_release *release = compile_valid();
    const struct policy_schema *schema = &release->schema;
    assert_int_equal(schema->count, 8);
    assert_false(schema->additional);
    assert_string_equal(schema->fields[0].name, "email");
    assert_true(schema->fields[0].pii);
    assert_int_equal(schema->fields[0].max_length, 50);
    assert_int_equal(schema->fields[1].max_length, POLICY_STRING_MAX);
    assert_int_equal(schema->fields[3].allowed_count, 3);
    assert_int_equal(schema->fields[4].type, POLICY_INTEGER);
    assert_true(schema->fields[4].maximum == 1000.0);
    assert_int_equal(schema->fields[7].type, POLICY_STRINGS);
    assert_int_equal(schema->email, 0);
    assert_int_equal(schema->phone, 1);
    assert_int_equal(schema->external_id, 2);
    policy_release_unref(release);
}

static void unknown_members_are_welcome_unless_the_schema_says_no(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "lead.schema.json",
             "{\"type\": \"object\", \"properties\": {\"country\": {\"type\": \"string\"}, "
             "\"employees\": {\"type\": \"integer\"}}}");
    struct policy_release *release = mesh_compile(&mesh);
    assert_true(release->schema.additional);
    assert_int_equal(release->schema.email, POLICY_NONE);
    policy_release_unref(release);
}

static void it_holds_people_with_defaults_filled_in(void **state)
{
    (void)state;
    struct policy_release *release = compile_valid();
    assert_int_equal(release->rep_count, 3);
    assert_string_equal(release->reps[0].name, "Ana Reyes");
    assert_string_equal(release->reps[0].team, "north");
    assert_int_equal(release->reps[0].capacity, 7);
    assert_string_equal(release->reps[1].name, "ben");
    assert_string_equal(release->reps[1].email, "");
    assert_int_equal(release->reps[1].capacity, 3);
    assert_string_equal(release->reps[2].time_zone, "Europe/Paris");
    policy_release_unref(release);
}

static void capacity_has_a_default_of_its_own(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "people.yaml", "reps: [{id: ana, team: north}, {id: cleo, capacity: 0}]\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_int_equal(release->reps[0].capacity, 20);
    assert_int_equal(release->reps[1].capacity, 0);
    policy_release_unref(release);
}

static void it_holds_pools_with_teams_as_their_members(void **state)
{
    (void)state;
    struct policy_release *release = compile_valid();
    assert_int_equal(release->pool_count, 2);
    assert_int_equal(release->pools[0].strategy, POLICY_LEAST_LOADED);
    assert_int_equal(release->pools[0].member_count, 2);
    assert_int_equal(release->pools[0].members[1].rep, 1);
    assert_int_equal(release->pools[1].strategy, POLICY_ROUND_ROBIN);
    assert_string_equal(release->pools[1].title, "all");
    assert_int_equal(release->pools[1].member_count, 3);
    assert_int_equal(release->pools[1].members[0].rep, 2);
    policy_release_unref(release);
}

static void a_rep_named_and_in_the_team_is_one_member(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "pools.yaml",
             "pools:\n- {id: north, members: [ben, {team: north}]}\n- {id: all, members: [ana]}\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_int_equal(release->pools[0].member_count, 2);
    assert_int_equal(release->pools[0].members[0].rep, 1);
    assert_int_equal(release->pools[0].members[1].rep, 0);
    policy_release_unref(release);
}

static void it_holds_classes_with_objectives(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "pipelines/inbound.yaml",
             "pipeline: inbound\nowner: ops\nclasses:\n"
             "  - name: hot\n"
             "    when: 'lead.employees > 100'\n"
             "    objectives: {assigned: 60s, contacted: 5m, qualified: 2d}\n"
             "    return_after: 1h30m\n"
             "  - {name: rest}\n"
             "routes: [{name: others, to: {pool: all}}]\n");
    struct policy_release *release = mesh_compile(&mesh);
    const struct policy_class *hot = &release->classes[0];
    assert_int_equal(release->class_count, 2);
    assert_string_equal(hot->when_text, "lead.employees > 100");
    assert_int_equal(hot->urgency, 0);
    assert_int_equal(hot->objectives[POLICY_ASSIGNED].within_us, 60 * TIME_US_PER_SECOND);
    assert_int_equal(hot->objectives[POLICY_CONTACTED].within_us, 300 * TIME_US_PER_SECOND);
    assert_int_equal(hot->objectives[POLICY_QUALIFIED].within_us, 2 * TIME_US_PER_DAY);
    assert_int_equal(hot->return_after_us, 5400 * TIME_US_PER_SECOND);
    assert_null(release->classes[1].when);
    assert_null(release->classes[1].when_text);
    assert_int_equal(release->classes[1].urgency, 1);
    assert_int_equal(release->classes[1].objectives[POLICY_ASSIGNED].within_us, 0);
    assert_null(release->score);
    policy_release_unref(release);
}

static void it_holds_routes_with_their_targets(void **state)
{
    (void)state;
    struct policy_release *release = compile_valid();
    assert_int_equal(release->route_count, 3);
    assert_int_equal(release->routes[0].target, POLICY_TO_REP);
    assert_int_equal(release->routes[0].target_index, 2);
    assert_int_equal(release->routes[1].target, POLICY_TO_POOL);
    assert_int_equal(release->routes[1].target_index, 0);
    assert_null(release->routes[2].when);
    policy_release_unref(release);
}

static void names_are_found(void **state)
{
    (void)state;
    struct policy_release *release = compile_valid();
    assert_int_equal(policy_source_find(release, BYTES_LITERAL("web")), 0);
    assert_int_equal(policy_source_find(release, BYTES_LITERAL("we")), POLICY_NONE);
    assert_int_equal(policy_rep_find(release, BYTES_LITERAL("cleo")), 2);
    assert_int_equal(policy_rep_find(release, BYTES_LITERAL("")), POLICY_NONE);
    assert_int_equal(policy_pool_find(release, BYTES_LITERAL("all")), 1);
    assert_int_equal(policy_field_find(&release->schema, BYTES_LITERAL("employees")), 4);
    assert_int_equal(policy_field_find(&release->schema, BYTES_LITERAL("employee")), POLICY_NONE);
    policy_release_unref(release);
}

static void every_name_among_many_is_found(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    struct arena arena;
    struct buffer text;
    arena_init(&arena);
    buffer_init(&text, 1 << 20);
    buffer_printf(&text, "reps:\n- {id: cleo}\n");
    for (int i = 0; i < COUNT; i++)
        buffer_printf(&text, "- {id: representative-%d-of-many, team: north}\n", i);
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "people.yaml", buffer_string(&text));
    struct policy_release *release = mesh_compile(&mesh);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(policy_rep_find(release, bytes_of(arena_printf(
                                                      &arena, "representative-%u-of-many", i))),
                         i + 1);
    assert_int_equal(release->pools[0].member_count, COUNT);
    policy_release_unref(release);
    buffer_release(&text);
    arena_release(&arena);
}

/* ---- identity */

static void the_same_mesh_in_other_words_is_the_same_release(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    struct policy_release *one = mesh_compile(&mesh);
    mesh_set(&mesh, "mesh.yaml",
             "# a comment\nowners:\n  - role: routing\n    name: \"ops\"\n\nname: 'test'\n");
    mesh_set(&mesh, "pools.yaml",
             "pools:\n"
             "  - {id: north, title: north, strategy: least_loaded, members: [ana, ben]}\n"
             "  - {id: all, strategy: round_robin, members: [cleo, ana, ben]}\n");
    struct policy_release *other = mesh_compile(&mesh);
    assert_string_equal(one->id_text, other->id_text);
    policy_release_unref(one);
    policy_release_unref(other);
}

static void the_order_of_files_does_not_matter(void **state)
{
    (void)state;
    struct mesh mesh, reversed = {0};
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/b.yaml", "source: ads\nconstants: {country: DE, employees: 5}\n");
    mesh_set(&mesh, "sources/a.yaml", "source: zoo\nmap: {phone: tel, email: mail}\n");
    for (size_t i = mesh.count; i > 0; i--)
        mesh_set_bytes(&reversed, mesh.files[i - 1].path, mesh.files[i - 1].content);
    struct policy_release *one = mesh_compile(&mesh);
    struct policy_release *other = mesh_compile(&reversed);
    assert_string_equal(one->id_text, other->id_text);
    assert_string_equal(one->sources[0].name, "ads");
    assert_string_equal(one->sources[1].name, "web");
    assert_string_equal(one->sources[2].name, "zoo");
    policy_release_unref(one);
    policy_release_unref(other);
}

static void another_meaning_is_another_release(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    struct policy_release *one = mesh_compile(&mesh);
    mesh_set(&mesh, "people.yaml",
             "defaults: {capacity: 8}\n"
             "reps:\n"
             "  - {id: ana, name: Ana Reyes, email: ana@example.com, team: north}\n"
             "  - {id: ben, team: north, capacity: 3}\n"
             "  - {id: cleo, country: FR, time_zone: Europe/Paris}\n");
    struct policy_release *other = mesh_compile(&mesh);
    assert_string_not_equal(one->id_text, other->id_text);
    policy_release_unref(one);
    policy_release_unref(other);
}

static void canonical_json_compiles_to_the_same_release(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "mesh.yaml",
             MESH_NAME
             "systems: [{name: crm, kind: crm, owner: ops, description: \"Ours \\\"\"}]\n");
    mesh_set(&mesh, "sources/ads.yaml",
             "source: ads\nconstants: {country: DE, employees: 5, revenue: 3, consent: true, tags: "
             "[x, y]}\nmap: {phone: tel, email: mail}\n");
    struct policy_release *one = mesh_compile(&mesh), *other = NULL;
    struct error error = {0};
    assert_int_equal(policy_release_from_canonical(one->canonical, &other, &error), 0);
    assert_string_equal(one->id_text, other->id_text);
    assert_true(bytes_equal(one->canonical, other->canonical));
    assert_int_equal(other->sources[0].constants[5].kind, CEL_DOUBLE);
    assert_int_equal(other->sources[0].constants[7].count, 2);
    assert_int_equal(other->pools[1].member_count, 3);
    assert_int_equal(policy_rep_find(other, BYTES_LITERAL("cleo")), 2);
    assert_non_null(other->routes[0].when);
    policy_release_unref(one);
    policy_release_unref(other);
}

/* As version 1 of the format had it: no weights, reliefs, calendars, tables. Stored releases are
 * read under the id they have. */
static void a_release_of_an_older_version_is_read(void **state)
{
    (void)state;
    static const char text[] =
        "{\"format\":1,\"mesh\":{\"name\":\"old\",\"owners\":[{\"name\":\"ops\",\"role\":"
        "\"routing\"}],\"systems\":[]},\"lead\":{\"type\":\"object\",\"additionalProperties\":"
        "true,\"required\":[],\"properties\":{\"fit\":{\"type\":\"integer\"}}},\"people\":{"
        "\"reps\":[{\"id\":\"ana\",\"name\":\"ana\",\"time_zone\":\"Mars/Base\",\"capacity\":0}]},"
        "\"pools\":{\"pools\":[{\"id\":\"all\",\"title\":\"all\",\"strategy\":\"round_robin\","
        "\"members\":[\"ana\"]}]},\"sources\":[{\"source\":\"web\",\"title\":\"web\",\"constants\":"
        "{},\"map\":{}}],\"pipeline\":{\"pipeline\":\"in\",\"owner\":\"ops\",\"classes\":[{"
        "\"name\":"
        "\"rest\",\"objectives\":{}}],\"routes\":[{\"name\":\"a\",\"when\":\"lead.fit > 5\",\"to\":"
        "{\"pool\":\"all\"}},{\"name\":\"b\",\"when\":\"lead.fit > 6\",\"to\":{\"pool\":\"all\"}},"
        "{\"name\":\"c\",\"to\":{\"rep\":\"ana\"}}]}}";
    struct bytes canonical = {text, sizeof text - 1};
    struct hash256 id = hash256_of(&canonical, 1);
    struct policy_release *release = NULL;
    struct error error = {0};
    assert_int_equal(policy_release_from_canonical(canonical, &release, &error), 0);
    assert_memory_equal(&release->id, &id, sizeof id);
    assert_int_equal(release->pools[0].members[0].weight, 1);
    assert_int_equal(release->pools[0].overflow, POLICY_NONE);
    assert_int_equal(release->routes[0].sample, 10000);
    assert_int_equal(release->routes[2].target_index, 0);
    assert_null(release->reps[0].calendar);
    policy_release_unref(release);
}

static void damaged_canonical_json_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        {"", ML_ECORRUPT},
        {"{", ML_ECORRUPT},
        {"[]", ML_ECORRUPT},
        {"{}", ML_ECORRUPT},
        {"{\"format\":1}", ML_ECORRUPT},
        {"{\"format\":2}", ML_ECORRUPT},
        {"{\"format\":3}", ML_ECORRUPT},
        {"{\"format\":4}", ML_ECORRUPT},
        {"{\"format\":5}", ML_ECORRUPT},
        {"{\"format\":6}", ML_EVERSION},
        {"{\"format\":1,\"mesh\":{\"name\":5},\"sources\":[7]}", ML_ECORRUPT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct policy_release *release = NULL;
        struct error error = {0};
        assert_int_equal(policy_release_from_canonical(bytes_of(cases[i].text), &release, &error),
                         cases[i].code);
        assert_null(release);
        assert_int_equal(error.code, cases[i].code);
        assert_string_not_equal(error.message, "");
    }
}

static void the_error_names_the_first_mistake(void **state)
{
    (void)state;
    struct mesh mesh;
    struct policy_diagnostics diagnostics;
    struct policy_release *release;
    struct error error;
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/web.yaml", "source: web\nowner: opps\ntitel: x\n");
    policy_diagnostics_init(&diagnostics);
    assert_int_equal(policy_release_compile(mesh.files, mesh.count, &diagnostics, &release, &error),
                     ML_EINVAL);
    assert_string_equal(error.place, "sources/web.yaml:2:8");
    assert_string_equal(error.message, "the owner `opps` is not named in mesh.yaml; did you mean "
                                       "`ops`? (the first of 2 mistakes in the mesh)");
    policy_diagnostics_release(&diagnostics);
}

static void it_lives_as_long_as_someone_holds_it(void **state)
{
    (void)state;
    struct policy_release *release = compile_valid();
    struct policy_release *second = policy_release_ref(release);
    assert_ptr_equal(second, release);
    policy_release_unref(release);
    assert_string_equal(second->reps[0].id, "ana");
    policy_release_unref(second);
    policy_release_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_the_schema),
        cmocka_unit_test(unknown_members_are_welcome_unless_the_schema_says_no),
        cmocka_unit_test(it_holds_people_with_defaults_filled_in),
        cmocka_unit_test(capacity_has_a_default_of_its_own),
        cmocka_unit_test(it_holds_pools_with_teams_as_their_members),
        cmocka_unit_test(a_rep_named_and_in_the_team_is_one_member),
        cmocka_unit_test(it_holds_classes_with_objectives),
        cmocka_unit_test(it_holds_routes_with_their_targets),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(every_name_among_many_is_found),
        cmocka_unit_test(the_same_mesh_in_other_words_is_the_same_release),
        cmocka_unit_test(the_order_of_files_does_not_matter),
        cmocka_unit_test(another_meaning_is_another_release),
        cmocka_unit_test(canonical_json_compiles_to_the_same_release),
        cmocka_unit_test(a_release_of_an_older_version_is_read),
        cmocka_unit_test(damaged_canonical_json_is_refused),
        cmocka_unit_test(the_error_names_the_first_mistake),
        cmocka_unit_test(it_lives_as_long_as_someone_holds_it),
    };
    return cmocka_run_group_tests_name("policy_release", tests, NULL, NULL);
}
