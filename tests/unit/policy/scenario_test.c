/* The tests that a mesh brings with it: what is read from them, and that one which refers to
 * nothing is a mistake. Running them is the command line's. */
#include "mesh.h"

#include "policy/mesh/scenario.h"

#include <stdio.h>

#define TESTS "tests/routing.yaml"

struct reading {
    struct policy_release *release;
    struct policy_scenarios scenarios;
};

static void compile_tests(const struct mesh *mesh, struct reading *ret)
{
    struct policy_diagnostics diagnostics;
    struct error error = {0};
    policy_diagnostics_init(&diagnostics);
    int status = policy_scenarios_compile(mesh->files, mesh->count, &diagnostics, &ret->release,
                                          &ret->scenarios, &error);
    if (status != 0)
        fail_msg("%s: %s", error.place, error.message);
    policy_diagnostics_release(&diagnostics);
}

/* The valid mesh with these tests. */
static void read_tests(const char *text, struct reading *ret)
{
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, TESTS, text);
    compile_tests(&mesh, ret);
}

/* The valid mesh, its source under a contract of two versions. */
static void set_contract(struct mesh *mesh, const char *tests)
{
    mesh_init(mesh);
    mesh_set(mesh, "sources/web.yaml",
             MESH_SOURCE
             "contract: 1\n"
             "versions:\n"
             "  - {version: 1, mapping: {email: normalize_email(payload.mail)}}\n"
             "  - {version: 2, skip: payload.test, mapping: {email: payload.who.mail}}\n");
    mesh_set(mesh, "contracts/web/1.json",
             "{\"required\": [\"mail\"], \"properties\": {\"mail\": {\"type\": \"string\"}}}");
    mesh_set(mesh, "contracts/web/2.json", "true");
    mesh_set(mesh, TESTS, tests);
}

static void done(struct reading *reading)
{
    policy_scenarios_release(&reading->scenarios);
    policy_release_unref(reading->release);
}

static const struct cel_value *value_of(const struct reading *reading,
                                        const struct cel_value *values, const char *field)
{
    return &values[policy_field_find(&reading->release->schema, bytes_of(field))];
}

/* ---- what is read */

static void what_is_given_is_read(void **state)
{
    (void)state;
    struct reading reading;
    read_tests("tests:\n"
               "  - name: two come\n"
               "    given:\n"
               "      at: 2026-11-23T09:30:00+01:00\n"
               "      until: 2026-11-24T00:00:00Z\n"
               "      every: 10m\n"
               "      lead: {country: FR, tags: [a, b]}\n"
               "      leads: [{employees: 7}, {country: DE, consent: true}]\n"
               "      away: [ana]\n"
               "      load: {ben: 2}\n"
               "      capacity: {ben: 5, cleo: 0}\n"
               "    expect: {class: rest}\n",
               &reading);
    assert_int_equal(reading.scenarios.count, 1);
    const struct policy_scenario *test = &reading.scenarios.items[0];
    assert_string_equal(test->file, TESTS);
    assert_int_equal(test->line, 2);
    assert_string_equal(test->name, "two come");
    assert_int_equal(test->time_us, INT64_C(1795422600000000));
    assert_int_equal(test->until_us, INT64_C(1795478400000000));
    assert_int_equal(test->every_us, INT64_C(600000000));
    assert_int_equal(test->before, POLICY_NONE);
    assert_int_equal(policy_scenario_lead_count(test), 2);
    assert_true(bytes_is(value_of(&reading, test->leads[0], "country")->string, "FR"));
    assert_int_equal(value_of(&reading, test->leads[0], "employees")->integer, 7);
    assert_int_equal(value_of(&reading, test->leads[0], "tags")->count, 2);
    assert_true(bytes_is(value_of(&reading, test->leads[1], "country")->string, "DE"));
    assert_true(value_of(&reading, test->leads[1], "consent")->boolean);
    assert_int_equal(value_of(&reading, test->leads[1], "employees")->kind, CEL_ABSENT);
    assert_int_equal(test->rep_count, 3);
    assert_true(test->reps[0].rep == 0 && test->reps[0].away && test->reps[0].capacity == -1);
    assert_true(test->reps[1].rep == 1 && test->reps[1].load == 2 && test->reps[1].capacity == 5);
    assert_true(test->reps[2].rep == 2 && test->reps[2].capacity == 0 && !test->reps[2].away);
    done(&reading);
}

static void what_is_expected_is_read_as_text(void **state)
{
    (void)state;
    struct reading reading;
    read_tests("tests:\n"
               "  - name: one\n"
               "    expect: {class: hot, score: 250, owner: none, on_call: false, place: waiting,\n"
               "             owners: {ana: 3, cleo: 0}, places: {owned: 3}}\n"
               "  - name: each\n"
               "    given: {repeat: 2}\n"
               "    expect: [{route: french}, {pool: all, through: north}]\n",
               &reading);
    const struct policy_scenario *one = &reading.scenarios.items[0];
    assert_int_equal(one->expected_count, 1);
    assert_string_equal(one->expected[0].texts[POLICY_EXPECTED_CLASS], "hot");
    assert_string_equal(one->expected[0].texts[POLICY_EXPECTED_SCORE], "250");
    assert_string_equal(one->expected[0].texts[POLICY_EXPECTED_OWNER], "none");
    assert_string_equal(one->expected[0].texts[POLICY_EXPECTED_ON_CALL], "false");
    assert_null(one->expected[0].texts[POLICY_EXPECTED_ROUTE]);
    assert_int_equal(one->count_count, 3);
    assert_string_equal(one->counts[1].text, "cleo");
    assert_int_equal(one->counts[1].count, 0);
    assert_int_equal(one->counts[2].member, POLICY_EXPECTED_PLACE);
    const struct policy_scenario *each = &reading.scenarios.items[1];
    assert_int_equal(each->expected_count, 2);
    assert_string_equal(each->expected[0].texts[POLICY_EXPECTED_ROUTE], "french");
    assert_string_equal(each->expected[1].texts[POLICY_EXPECTED_THROUGH], "north");
    done(&reading);
}

static void a_time_is_an_instant_or_a_clock_on_a_wall(void **state)
{
    (void)state;
    struct reading reading;
    read_tests("tests:\n"
               "  - {name: unstated, expect: {}}\n"
               "  - {name: winter, given: {at: 2026-11-23 10:00 Europe/Berlin}, expect: {}}\n"
               "  - {name: summer, given: {at: 2026-07-01 10:00 America/New_York}, expect: {}}\n",
               &reading);
    assert_int_equal(reading.scenarios.items[0].time_us, INT64_C(1795428000000000));
    assert_int_equal(reading.scenarios.items[1].time_us, INT64_C(1795424400000000));
    assert_int_equal(reading.scenarios.items[2].time_us, INT64_C(1782914400000000));
    done(&reading);
}

static void defaults_hold_unless_a_test_says_otherwise(void **state)
{
    (void)state;
    struct reading reading;
    read_tests("defaults:\n"
               "  at: 2026-11-24T08:00:00Z\n"
               "  lead: {country: FR, employees: 5}\n"
               "  away: [ana, ben]\n"
               "  load: {ben: 1, cleo: 2}\n"
               "tests:\n"
               "  - {name: as ever, expect: {}}\n"
               "  - {name: otherwise, given: {lead: {country: DE}, away: [cleo],\n"
               "     load: {cleo: 4}}, expect: {}}\n",
               &reading);
    const struct policy_scenario *as_ever = &reading.scenarios.items[0];
    const struct policy_scenario *otherwise = &reading.scenarios.items[1];
    assert_true(bytes_is(value_of(&reading, as_ever->leads[0], "country")->string, "FR"));
    assert_int_equal(as_ever->rep_count, 3);
    assert_int_equal(as_ever->reps[2].load, 2);
    assert_true(bytes_is(value_of(&reading, otherwise->leads[0], "country")->string, "DE"));
    assert_int_equal(value_of(&reading, otherwise->leads[0], "employees")->integer, 5);
    assert_int_equal(otherwise->time_us, as_ever->time_us);
    assert_int_equal(otherwise->rep_count, 2);
    assert_true(otherwise->reps[0].rep == 2 && otherwise->reps[0].away);
    assert_int_equal(otherwise->reps[0].load, 4);
    assert_int_equal(otherwise->reps[1].load, 1);
    done(&reading);
}

static void a_lead_that_repeats_comes_from_another_person_each_time(void **state)
{
    (void)state;
    struct reading reading;
    struct arena arena;
    arena_init(&arena);
    read_tests("tests:\n"
               "  - {name: three, given: {lead: {email: jo@x.example, phone: '+49 40 55501'},\n"
               "     repeat: 3}, expect: {}}\n",
               &reading);
    const struct policy_scenario *test = &reading.scenarios.items[0];
    const char *const emails[] = {"jo@x.example", "jo+2@x.example", "jo+3@x.example"};
    assert_int_equal(policy_scenario_lead_count(test), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct cel_value *values = policy_scenario_lead(reading.release, test, i, &arena);
        assert_true(bytes_is(value_of(&reading, values, "email")->string, emails[i]));
    }
    done(&reading);
    arena_release(&arena);
}

static void tests_of_several_files_come_in_the_order_of_their_names(void **state)
{
    (void)state;
    struct mesh mesh;
    struct policy_diagnostics diagnostics;
    struct reading reading;
    mesh_init(&mesh);
    mesh_set(&mesh, "tests/b.yaml", "tests: [{name: second, expect: {}}]\n");
    mesh_set(&mesh, "tests/a.yaml", "tests: [{name: first, expect: {}}]\n");
    policy_diagnostics_init(&diagnostics);
    assert_int_equal(policy_scenarios_compile(mesh.files, mesh.count, &diagnostics,
                                              &reading.release, &reading.scenarios, NULL),
                     0);
    assert_string_equal(reading.scenarios.items[0].name, "first");
    assert_string_equal(reading.scenarios.items[1].name, "second");
    policy_diagnostics_release(&diagnostics);
    done(&reading);
}

static void tests_are_no_part_of_the_release(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    struct policy_release *without = mesh_compile(&mesh);
    mesh_set(&mesh, TESTS, "tests: [{name: one, expect: {class: hot}}]\n");
    struct policy_release *with = mesh_compile(&mesh);
    assert_string_equal(with->id_text, without->id_text);
    policy_release_unref(with);
    policy_release_unref(without);
}

/* ---- mistakes */

static void a_payload_is_read_as_its_source_reads_it(void **state)
{
    (void)state;
    struct mesh mesh;
    struct reading reading;
    set_contract(&mesh, "tests:\n"
                        "  - name: in force\n"
                        "    given: {payload: {mail: ' Jo@X.EXAMPLE '}, repeat: 3}\n"
                        "    expect: {route: others}\n"
                        "  - name: to come\n"
                        "    given: {contract: 2, payload: {who: {mail: ada@x.example}}}\n"
                        "    expect: {route: others}\n");
    compile_tests(&mesh, &reading);
    const struct policy_scenario *tests = reading.scenarios.items;
    assert_int_equal(reading.scenarios.count, 2);
    assert_true(bytes_is(value_of(&reading, tests[0].leads[0], "email")->string, "Jo@x.example"));
    assert_int_equal(policy_scenario_lead_count(&tests[0]), 3);
    assert_true(bytes_is(value_of(&reading, tests[1].leads[0], "email")->string, "ada@x.example"));
    assert_int_equal(policy_scenario_lead_count(&tests[1]), 1);
    done(&reading);
}

static void a_payload_that_gives_no_lead_is_a_mistake(void **state)
{
    (void)state;
    struct mesh mesh;
    set_contract(&mesh, "tests:\n"
                        "  - name: refused\n"
                        "    given: {payload: {mail: 5}}\n"
                        "    expect: {route: others}\n"
                        "  - name: passed over\n"
                        "    given: {contract: 2, payload: {test: true}}\n"
                        "    expect: {route: others}\n"
                        "  - name: no such version\n"
                        "    given: {contract: 3, payload: {mail: jo@x.example}}\n"
                        "    expect: {route: others}\n");
    mesh_refused(&mesh,
                 TESTS ":3:22: the source refuses this payload: `/mail` must be a text, got the "
                       "number 5",
                 TESTS ":6:35: the source passes over this payload: the contract counts such "
                       "records as no lead",
                 TESTS ":9:23: the source `web` has no version 3 of a contract");
    set_contract(&mesh, "tests:\n"
                        "  - name: both\n"
                        "    given: {payload: {mail: jo@x.example}, lead: {country: DE}}\n"
                        "    expect: {route: others}\n"
                        "  - name: of nothing\n"
                        "    given: {contract: 1, lead: {country: DE}}\n"
                        "    expect: {route: others}\n");
    mesh_refused(&mesh,
                 TESTS ":3:50: a test gives a `payload`, as the sender writes it, or `lead`, as "
                       "the contract gives it; not both",
                 TESTS ":6:23: `contract` goes with `payload`: the version that reads it");
}

static void what_is_given_must_be_there(void **state)
{
    (void)state;
    file_refused(TESTS,
                 "tests:\n"
                 "  - name: nothing fits\n"
                 "    given:\n"
                 "      source: wep\n"
                 "    expect: {class: hot}\n"
                 "  - name: nor here\n"
                 "    given:\n"
                 "      lead: {contry: DE, country: XX, employees: many}\n"
                 "      away: [anna]\n"
                 "      load: {bem: 3}\n"
                 "      capacity: {cloe: 3}\n"
                 "      before: benn\n"
                 "    expect: {class: hot}\n",
                 TESTS ":4:15: no source `wep` in sources/; did you mean `web`?",
                 TESTS ":8:14: lead.schema.json has no field `contry`; did you mean `country`?",
                 TESTS ":8:35: the field `country` must be one of DE, FR, US, got `XX`",
                 TESTS ":8:50: the field `employees` is of type integer, got the text `many`",
                 TESTS ":9:14: no rep `anna` in people.yaml; did you mean `ana`?",
                 TESTS ":10:14: no rep `bem` in people.yaml; did you mean `ben`?",
                 TESTS ":11:18: no rep `cloe` in people.yaml; did you mean `cleo`?",
                 TESTS ":12:15: `before` is about people who are recognised; give the lead an "
                       "`email`, a `phone` or an `external_id`",
                 TESTS ":12:15: no rep `benn` in people.yaml; did you mean `ben`?");
}

static void what_is_expected_must_be_there(void **state)
{
    (void)state;
    file_refused(TESTS,
                 "tests:\n"
                 "  - name: expects what cannot be\n"
                 "    expect:\n"
                 "      class: hott\n"
                 "      route: frensh\n"
                 "      owner: anna\n"
                 "      pool: nort\n"
                 "      team: opps\n"
                 "      nurture: later\n"
                 "      account: x.example\n"
                 "      place: owend\n"
                 "      exception: missing_mail\n"
                 "      places: {wating: 1}\n"
                 "      routes: {larg: 1}\n",
                 TESTS ":4:14: no class `hott` in the pipeline; did you mean `hot`?",
                 TESTS ":5:14: no route `frensh` in the pipeline; did you mean `french`?",
                 TESTS ":6:14: no rep `anna` in people.yaml; did you mean `ana`?",
                 TESTS ":7:13: no pool `nort` in pools.yaml; did you mean `north`?",
                 TESTS ":8:13: `opps` is neither an owner in mesh.yaml nor a team in people.yaml; "
                       "did you mean `ops`?",
                 TESTS ":9:16: no route leads to the nurture `later`",
                 TESTS ":10:16: accounts.yaml says what accounts there are, and the mesh has none",
                 TESTS ":11:14: `place` must be one of owned, waiting, exception, nurture, "
                       "closed, got `owend`; did you mean `owned`?",
                 TESTS ":12:18: no kind of exception is called `missing_mail`; did you mean "
                       "`missing_email`?",
                 TESTS ":13:16: a place is one of owned, waiting, exception, nurture, "
                       "closed, got `wating`; did you mean `waiting`?",
                 TESTS ":14:16: no route `larg` in the pipeline; did you mean `large`?");
}

static void a_test_must_make_sense(void **state)
{
    (void)state;
    file_refused(TESTS,
                 "tests:\n"
                 "  - name: three leads and two answers\n"
                 "    given: {leads: [{}, {}, {}]}\n"
                 "    expect: [{class: hot}, {class: rest}]\n"
                 "  - name: both ways\n"
                 "    given: {leads: [{}, {}], repeat: 3}\n"
                 "    expect: {}\n"
                 "  - name: back in time\n"
                 "    given: {until: 2026-11-01T00:00:00Z}\n"
                 "    expect: {}\n"
                 "  - name: no such day\n"
                 "    given: {at: 2026-02-30 10:00 Europe/Berlin}\n"
                 "    expect: {}\n"
                 "  - name: no such zone\n"
                 "    given: {at: 2026-02-20 10:00 Europe/Berln}\n"
                 "    expect: {}\n"
                 "  - given: {}\n"
                 "    expects: {}\n",
                 TESTS ":4:13: `expect` lists 2 leads, and 3 come; list one for each",
                 TESTS ":6:38: `repeat` goes with one `lead`, and this test has `leads`",
                 TESTS ":9:20: `until` lies before the last lead comes; give a later time",
                 TESTS ":12:17: a time must be like `2026-11-23 10:00 Europe/Berlin` or "
                       "2026-11-23T09:00:00Z, got `2026-02-30 10:00 Europe/Berlin`",
                 TESTS ":15:17: a time must be like `2026-11-23 10:00 Europe/Berlin` or "
                       "2026-11-23T09:00:00Z, got `2026-02-20 10:00 Europe/Berln`",
                 TESTS ":17:5: `expect` is missing in an item of `tests`",
                 TESTS ":17:5: `name` is missing in an item of `tests`",
                 TESTS
                 ":18:5: unknown key `expects` in an item of `tests`; did you mean `expect`?");
}

static void a_lead_that_its_source_would_refuse_is_a_mistake(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "lead.schema.json",
             "{\"type\": \"object\", \"required\": [\"email\"], \"properties\": {\n"
             "  \"email\": {\"type\": \"string\"}, \"employees\": {\"type\": \"integer\"},\n"
             "  \"country\": {\"type\": \"string\"}, \"form\": {\"type\": \"string\"}}}\n");
    mesh_set(&mesh, "sources/web.yaml", "source: web\nconstants: {form: demo}\n");
    mesh_set(&mesh, "sources/ads.yaml", "source: ads\n");
    mesh_set(&mesh, TESTS,
             "tests:\n"
             "  - {name: from where, given: {lead: {email: a@x.example}}, expect: {class: hot}}\n"
             "  - {name: no address, given: {source: ads, lead: {country: FR}}, expect: {}}\n"
             "  - {name: fixed, given: {source: web, lead: {email: a@x, form: pricing}},\n"
             "     expect: {}}\n");
    mesh_refused(&mesh, TESTS ":2:5: say which `source` the lead comes from, such as `source: ads`",
                 TESTS ":3:51: the lead lacks `email`, which lead.schema.json requires; give it "
                       "here or under `defaults`",
                 TESTS ":4:59: the field `form` is set by the source `web`; leave it out of the "
                       "lead");
}

static void too_many_tests_are_refused_not_run(void **state)
{
    (void)state;
    struct buffer text;
    struct mesh mesh;
    buffer_init(&text, 1 << 22);
    buffer_printf(&text, "tests:\n");
    for (int i = 0; i <= POLICY_SCENARIOS_MAX; i++)
        buffer_printf(&text, "- {name: n%d, expect: {}}\n", i);
    mesh_init(&mesh);
    mesh_set_bytes(&mesh, TESTS, buffer_bytes(&text));
    mesh_refused(&mesh, TESTS ":10002:3: a mesh has at most 10000 tests; remove some");
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_is_read),
        cmocka_unit_test(what_is_expected_is_read_as_text),
        cmocka_unit_test(a_time_is_an_instant_or_a_clock_on_a_wall),
        cmocka_unit_test(defaults_hold_unless_a_test_says_otherwise),
        cmocka_unit_test(a_lead_that_repeats_comes_from_another_person_each_time),
        cmocka_unit_test(tests_of_several_files_come_in_the_order_of_their_names),
        cmocka_unit_test(tests_are_no_part_of_the_release),
        cmocka_unit_test(a_payload_is_read_as_its_source_reads_it),
        cmocka_unit_test(a_payload_that_gives_no_lead_is_a_mistake),
        cmocka_unit_test(what_is_given_must_be_there),
        cmocka_unit_test(what_is_expected_must_be_there),
        cmocka_unit_test(a_test_must_make_sense),
        cmocka_unit_test(a_lead_that_its_source_would_refuse_is_a_mistake),
        cmocka_unit_test(too_many_tests_are_refused_not_run),
    };
    return cmocka_run_group_tests_name("policy_scenario", tests, NULL, NULL);
}
