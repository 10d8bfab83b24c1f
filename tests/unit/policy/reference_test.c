/* Reference data in expressions: territories, tables, and the account of a lead. */
#include "mesh.h"

#define HEAD "pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\nroutes:\n"
#define LAST "  - {name: others, to: {pool: all}}\n"
#define ACCOUNTS_CSV                               \
    "domain,company,owner,employees\n"             \
    "bluecrate.example,Blue Crate GmbH,cleo,120\n" \
    "nordlager.example,Nordlager AB,,\n"           \
    "quickparts.example,\"Quick Parts, Inc.\",who,9\n"
#define ACCOUNTS_YAML                                                          \
    "accounts:\n  table: accounts\n  name: company\n  domains: [lead.email]\n" \
    "  names: [lead.external_id]\n  threshold: 0.7\n"

static void set_reference(struct mesh *mesh, const char *routes)
{
    mesh_init(mesh);
    mesh_set(mesh, "territories/dach.csv", "country\nDE\nAT\nCH\n");
    mesh_set(mesh, "territories/regions.json",
             "{\"DE\": {\"region\": \"dach\"}, \"US\": {\"region\": \"na\"}}");
    mesh_set(mesh, "tables/accounts.csv", ACCOUNTS_CSV);
    mesh_set(mesh, "tables/notes.csv", "word\nunused\n");
    mesh_set(mesh, "accounts.yaml", ACCOUNTS_YAML);
    mesh_set(mesh, "pipelines/inbound.yaml", routes);
}

/* A lead of the test mesh: what expressions of accounts.yaml look at, and the country. */
struct lead {
    const char *email, *company, *country;
};

static void fill(const struct lead *lead, struct cel_value values[POLICY_FIELDS_MAX])
{
    memset(values, 0, POLICY_FIELDS_MAX * sizeof *values);
    if (lead->email != NULL)
        values[0] = cel_string(bytes_of(lead->email));
    if (lead->company != NULL)
        values[2] = cel_string(bytes_of(lead->company));
    if (lead->country != NULL)
        values[3] = cel_string(bytes_of(lead->country));
}

static const char *route_of(const struct policy_release *release, struct lead lead)
{
    struct cel_value values[POLICY_FIELDS_MAX];
    struct policy_subject subject = {.values = values};
    struct policy_inputs inputs;
    struct policy_decision decision;
    fill(&lead, values);
    policy_inputs_init(&inputs, release, &subject);
    policy_decide(&inputs, &decision);
    return release->routes[decision.route_index].name;
}

/* ---- tables */

static void a_territory_is_a_list(void **state)
{
    (void)state;
    struct mesh mesh;
    set_reference(
        &mesh,
        HEAD "  - {name: dach, when: 'lead.country in territory.dach', to: {pool: all}}\n" LAST);
    struct policy_release *release = mesh_compile(&mesh);
    assert_string_equal(route_of(release, (struct lead){.country = "DE"}), "dach");
    assert_string_equal(route_of(release, (struct lead){.country = "US"}), "others");
    assert_string_equal(route_of(release, (struct lead){.country = NULL}), "others");
    policy_release_unref(release);
}

static void a_table_is_looked_up_by_its_key(void **state)
{
    (void)state;
    struct mesh mesh;
    set_reference(
        &mesh,
        HEAD "  - {name: na, when: 'territory.regions[lead.country].region == \"na\"', to: {pool: "
             "all}}\n"
             "  - {name: known, when: 'registrable_domain(lead.email) in accounts', to: {pool: "
             "all}}\n"
             "  - {name: large, when: 'lookup(accounts, lead.external_id).employees > 100', to: "
             "{pool: all}}\n" LAST);
    struct policy_release *release = mesh_compile(&mesh);
    assert_string_equal(route_of(release, (struct lead){.country = "US"}), "na");
    assert_string_equal(route_of(release, (struct lead){.country = "DE"}), "others");
    assert_string_equal(route_of(release, (struct lead){.email = "jo@mail.bluecrate.example"}),
                        "known");
    assert_string_equal(route_of(release, (struct lead){.company = "bluecrate.example"}), "large");
    assert_string_equal(route_of(release, (struct lead){.company = "nordlager.example"}), "others");
    policy_release_unref(release);
}

static void mistakes_in_tables_are_named(void **state)
{
    (void)state;
    struct mesh mesh;
    set_reference(&mesh, HEAD "  - {name: a, when: 'lead.country in territory.dac', to: {pool: "
                              "all}}\n" LAST);
    mesh_set(&mesh, "tables/lead.csv", "a\nb\n");
    mesh_set(&mesh, "tables/two-words.csv", "a\nb\n");
    mesh_set(&mesh, "tables/notes.json", "[\"a\"]");
    mesh_set(&mesh, "tables/notes.txt", "a");
    mesh_set(&mesh, "territories/bad.csv", "country\nDE\nDE\n");
    mesh_set_bytes(&mesh, "tables/latin.csv", (struct bytes){"a\nb\xE9\n", 5});
    mesh_set(&mesh, "teritories/x.csv", "a\nb\n");
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL;
    struct error error;
    static const struct {
        const char *file;
        uint32_t line;
        const char *word;
    } expected[] = {
        {"pipelines/inbound.yaml", 5, "territory.dac"},
        {"tables/latin.csv", 2, "byte 0xE9"},
        {"tables/lead.csv", 0, "`lead` means something else"},
        {"tables/notes.json", 0, "two files for the table `notes`"},
        {"tables/notes.txt", 0, "holds files named *.csv or *.json"},
        {"tables/two-words.csv", 0, "cannot name a table `two-words`"},
        {"teritories/x.csv", 0, "did you mean the folder `territories`"},
        {"territories/bad.csv", 3, "DE"},
    };
    policy_diagnostics_init(&diagnostics);
    assert_int_equal(policy_release_compile(mesh.files, mesh.count, &diagnostics, &release, &error),
                     ML_EINVAL);
    for (size_t i = 0; i < diagnostics.count; i++)
        print_message("# %s:%u:%u %s\n", diagnostics.items[i].file, diagnostics.items[i].line,
                      diagnostics.items[i].column, diagnostics.items[i].message);
    assert_int_equal(diagnostics.count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < diagnostics.count; i++) {
        assert_string_equal(diagnostics.items[i].file, expected[i].file);
        assert_int_equal(diagnostics.items[i].line, expected[i].line);
        assert_non_null(strstr(diagnostics.items[i].message, expected[i].word));
    }
    policy_diagnostics_release(&diagnostics);
}

static void a_mistaken_table_is_one_mistake(void **state)
{
    (void)state;
    struct mesh mesh;
    set_reference(&mesh, HEAD "  - {name: a, when: 'lead.country in territory.dach', to: {rep: "
                              "account.owner}}\n" LAST);
    mesh_set(&mesh, "territories/dach.csv", "country,\nDE,x\n");
    mesh_set(&mesh, "tables/accounts.csv", "domain,domain\na.example,b\n");
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL;
    struct error error;
    policy_diagnostics_init(&diagnostics);
    assert_int_equal(policy_release_compile(mesh.files, mesh.count, &diagnostics, &release, &error),
                     ML_EINVAL);
    for (size_t i = 0; i < diagnostics.count; i++)
        assert_true(strcmp(diagnostics.items[i].file, "territories/dach.csv") == 0 ||
                    strcmp(diagnostics.items[i].file, "tables/accounts.csv") == 0);
    policy_diagnostics_release(&diagnostics);
}

/* ---- accounts */

#define BY_ACCOUNT                                                                      \
    HEAD "  - {name: owned, when: 'has(account.owner)', to: {rep: account.owner}}\n"    \
         "  - {name: similar, when: 'account.match == \"similar\"', to: {pool: all}}\n" \
         "  - {name: known, when: 'account.match_score >= 1.0', to: {pool: north}}\n" LAST

static void check_accounts(const struct policy_release *release)
{
    struct cel_value values[POLICY_FIELDS_MAX];
    struct policy_subject subject = {.values = values};
    struct policy_inputs inputs;
    assert_non_null(release->accounts);
    fill(&(struct lead){.email = "jo@www.bluecrate.example"}, values);
    policy_inputs_init(&inputs, release, &subject);
    assert_int_equal(inputs.match, POLICY_MATCH_DOMAIN);
    assert_int_equal(policy_route_next(&inputs, 0), 0);
    assert_int_equal(policy_route_rep(&inputs, 0), policy_rep_find(release, BYTES_LITERAL("cleo")));

    fill(&(struct lead){.email = "jo@gmail.com", .company = "NORDLAGER"}, values);
    policy_inputs_init(&inputs, release, &subject);
    assert_int_equal(inputs.match, POLICY_MATCH_NAME);
    assert_string_equal(route_of(release, (struct lead){.company = "nordlager"}), "known");
    assert_string_equal(route_of(release, (struct lead){.company = "nordlagers"}), "similar");

    fill(&(struct lead){.email = "jo@elsewhere.example"}, values);
    policy_inputs_init(&inputs, release, &subject);
    assert_int_equal(inputs.match, POLICY_MATCH_NONE);
    assert_int_equal(inputs.variables[POLICY_ACCOUNT].kind, CEL_ABSENT);
    assert_string_equal(route_of(release, (struct lead){.email = "jo@elsewhere.example"}),
                        "others");

    /* The table may name somebody who is no rep. */
    fill(&(struct lead){.email = "jo@quickparts.example"}, values);
    policy_inputs_init(&inputs, release, &subject);
    assert_int_equal(policy_route_rep(&inputs, 0), POLICY_NONE);
}

static void a_lead_is_matched_with_its_account(void **state)
{
    (void)state;
    struct mesh mesh;
    set_reference(&mesh, BY_ACCOUNT);
    struct policy_release *release = mesh_compile(&mesh), *again = NULL;
    struct error error;
    check_accounts(release);
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    policy_release_unref(release);
    check_accounts(again);
    policy_release_unref(again);
}

static void the_account_is_only_looked_for_when_asked_for(void **state)
{
    (void)state;
    struct mesh mesh;
    set_reference(&mesh, HEAD LAST);
    struct policy_release *release = mesh_compile(&mesh);
    struct cel_value values[POLICY_FIELDS_MAX];
    struct policy_subject subject = {.values = values};
    struct policy_inputs inputs;
    fill(&(struct lead){.email = "jo@www.bluecrate.example"}, values);
    policy_inputs_init(&inputs, release, &subject);
    assert_int_equal(inputs.match, POLICY_MATCH_NONE);
    policy_release_unref(release);
}

static void mistakes_about_accounts_are_named(void **state)
{
    (void)state;
    struct mesh mesh;
    set_reference(&mesh, HEAD LAST);
    mesh_set(&mesh, "accounts.yaml",
             "accounts:\n  table: accounts\n  domain: employees\n  name: compny\n"
             "  domains: [lead.email, lead.employees, account.domain]\n  threshold: 0.3\n");
    mesh_refused(
        &mesh, "accounts.yaml:3:11: the column `employees` of tables/accounts.csv must hold texts",
        "accounts.yaml:4:9: `name`, the column, and `names`, the expressions that give a "
        "name to look for, go together; add the other one",
        "accounts.yaml:4:9: tables/accounts.csv has no column `compny`; did you mean "
        "`company`?",
        "accounts.yaml:5:25: this is int, but string is needed here",
        "accounts.yaml:5:41: `account` is what this expression helps to find; ask the "
        "lead",
        "accounts.yaml:6:14: `threshold` is about names; give `name` and `names` too",
        "accounts.yaml:6:14: `threshold` must be from 0.5 to 1.0 (equal names), got "
        "`0.3`");
    mesh_set(&mesh, "accounts.yaml", "accounts:\n  table: acounts\n  domain: domain\n");
    mesh_refused(&mesh,
                 "accounts.yaml:2:3: nothing to match by: give `domains`, such as [lead.email], or "
                 "`names`",
                 "accounts.yaml:2:10: there is no table `acounts`; did you mean `accounts`?",
                 "accounts.yaml:3:11: a column for domains, but no `domains` of the lead to look "
                 "up in it; add them, such as [lead.email]");
}

static void a_column_must_not_hide_how_the_account_was_found(void **state)
{
    (void)state;
    struct mesh mesh;
    set_reference(&mesh, HEAD LAST);
    mesh_set(&mesh, "tables/accounts.csv", "domain,company,match\na.example,A,b\n");
    mesh_refused(&mesh, "tables/accounts.csv:1:1: the column `match` of the accounts' table would "
                        "hide `account.match`, which tells how the account was found; rename it");
}

/* ---- time */

static void expressions_see_the_time_of_the_decision(void **state)
{
    (void)state;
    struct mesh mesh;
    set_reference(&mesh, HEAD "  - {name: late, when: 'now >= "
                              "timestamp(\"2026-11-24T00:00:00Z\")', to: {pool: all}}\n" LAST);
    struct policy_release *release = mesh_compile(&mesh);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    struct policy_subject subject = {.values = values, .time_us = INT64_C(1795392000000000)};
    struct policy_inputs inputs;
    assert_true(release->uses_time);
    policy_inputs_init(&inputs, release, &subject);
    assert_int_equal(policy_route_next(&inputs, 0), 1);
    subject.time_us += INT64_C(86400000000);
    policy_inputs_init(&inputs, release, &subject);
    assert_int_equal(policy_route_next(&inputs, 0), 0);
    policy_release_unref(release);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_territory_is_a_list),
        cmocka_unit_test(a_table_is_looked_up_by_its_key),
        cmocka_unit_test(mistakes_in_tables_are_named),
        cmocka_unit_test(a_mistaken_table_is_one_mistake),
        cmocka_unit_test(a_lead_is_matched_with_its_account),
        cmocka_unit_test(the_account_is_only_looked_for_when_asked_for),
        cmocka_unit_test(mistakes_about_accounts_are_named),
        cmocka_unit_test(a_column_must_not_hide_how_the_account_was_found),
        cmocka_unit_test(expressions_see_the_time_of_the_decision),
    };
    return cmocka_run_group_tests_name("policy_reference", tests, NULL, NULL);
}
