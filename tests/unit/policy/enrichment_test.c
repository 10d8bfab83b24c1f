/* Providers, the order they are asked in, and what may follow from what they answer. */
#include "mesh.h"

#include "base/time.h"

#define MINUTE (60 * TIME_US_PER_SECOND)

#define FIRM "providers/firm.yaml"
#define PIPELINE "pipelines/inbound.yaml"
#define FIRM_HEAD \
    "provider: firm\nkind: http\nrequest: {url: '\"https://firm.example/\" + lead.email'}\n"
#define CHECK "provider: check\nkind: domain\nverdict: 'response.body.disposable ? \"no\" : \"\"'\n"
#define PIPELINE_HEAD "pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\n"
#define PIPELINE_TAIL "routes: [{name: others, to: {pool: all}}]\n"

/* Line 4 of the pipeline is where the enrichment begins. */
static void set_up(struct mesh *mesh, const char *firm, const char *pipeline)
{
    mesh_init(mesh);
    mesh_set(mesh, FIRM, firm);
    mesh_set(mesh, "providers/check.yaml", CHECK);
    mesh_set(mesh, PIPELINE, pipeline);
}

static void providers_are_asked_in_order(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh, FIRM_HEAD,
           PIPELINE_HEAD "enrichment:\n"
                         "  providers:\n"
                         "    - {provider: firm, when: '!has(lead.employees)'}\n"
                         "    - {provider: check, hold: fraud_suspected}\n"
                         "    - firm\n" PIPELINE_TAIL);
    struct policy_release *release = mesh_compile(&mesh);
    const struct policy_enrichment *enrichment = &release->enrichment;
    assert_int_equal(enrichment->step_count, 3);
    const struct policy_provider_step *steps = enrichment->steps;
    assert_string_equal(release->destinations[steps[0].provider].name, "firm");
    assert_true(release->destinations[steps[0].provider].provider);
    assert_non_null(steps[0].when);
    assert_string_equal(steps[0].when_text, "!has(lead.employees)");
    assert_string_equal(steps[0].hold, "");
    assert_string_equal(release->destinations[steps[1].provider].name, "check");
    assert_null(steps[1].when);
    assert_string_equal(steps[1].hold, "fraud_suspected");
    assert_int_equal(steps[2].provider, steps[0].provider);
    assert_false(enrichment->reroute.allowed);
    policy_release_unref(release);
}

static void a_provider_says_what_it_fills(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh,
           FIRM_HEAD "timeout: 2s\ncache: 30d\nper_day: 500\noverwrite: true\n"
                     "key: lead.email\nfound: response.status == 200\n"
                     "map: {country: response.body.country, employees: response.body.size,\n"
                     "      tags: '[\"known\"]'}\n",
           PIPELINE_HEAD "enrichment: {providers: [firm, check]}\n" PIPELINE_TAIL);
    struct policy_release *release = mesh_compile(&mesh);
    const struct policy_destination *firm =
        &release->destinations[policy_destination_find(release, BYTES_LITERAL("firm"))];
    assert_int_equal(firm->kind, POLICY_HTTP);
    assert_int_equal(firm->timeout_us, 2 * TIME_US_PER_SECOND);
    assert_int_equal(firm->cache_us, 30 * TIME_US_PER_DAY);
    assert_int_equal(firm->per_day, 500);
    assert_true(firm->overwrite);
    assert_int_equal(firm->event_count, 0);
    static const char *const paths[] = {"request/url", "key",           "found",
                                        "map/country", "map/employees", "map/tags"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_non_null(policy_destination_expression(firm, paths[i]));
    const struct policy_destination *check =
        &release->destinations[policy_destination_find(release, BYTES_LITERAL("check"))];
    assert_int_equal(check->timeout_us, 5 * TIME_US_PER_SECOND);
    assert_int_equal(check->cache_us, 0);
    assert_false(check->overwrite);
    policy_release_unref(release);
}

static void what_it_fills_are_fields_of_their_type(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh,
           FIRM_HEAD "map: {contry: response.body.c, employees: '\"many\"', consent: 5,\n"
                     "      tags: response.body.tags, country: '5'}\n",
           PIPELINE_HEAD "enrichment: {providers: [firm, check]}\n" PIPELINE_TAIL);
    mesh_refused(&mesh,
                 FIRM ":4:7: lead.schema.json has no field `contry`; did you mean `country`?",
                 FIRM ":4:43: `map/employees` must give an int, and this gives something else",
                 FIRM ":4:62: `consent` must be a text, got the number `5`; put it in quotes");
}

static void a_table_has_rows_to_know_from(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh,
           "provider: firm\nkind: table\ntable: firms\nkey: lead.email\n"
           "map: {country: response.body.country}\n",
           PIPELINE_HEAD "enrichment: {providers: [firm, check]}\n" PIPELINE_TAIL);
    mesh_set(&mesh, "tables/firms.csv", "email,country\na@b.example,DE\n");
    policy_release_unref(mesh_compile(&mesh));
    mesh_set(&mesh, "tables/firms.csv", "email\na@b.example\n");
    mesh_refused(&mesh, FIRM ":3:8: the table `firms` has one column, which is its key, so there "
                             "is nothing to be known from its rows");
    mesh_set(&mesh, "tables/firms.csv", NULL);
    mesh_set(&mesh, "tables/firma.csv", "email,country\na@b.example,DE\n");
    mesh_refused(&mesh, FIRM ":3:8: there is no table `firms`; did you mean `firma`?");
}

static void steps_name_what_there_is(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh, FIRM_HEAD,
           PIPELINE_HEAD "enrichment:\n"
                         "  providers:\n"
                         "    - firm\n"
                         "    - {provider: firm, when: lead.contry == 5, hold: fraud}\n"
                         "    - {provider: check, hold: capacity_overrun}\n"
                         "    - {provider: firm, hold: fraud_suspected}\n" PIPELINE_TAIL);
    mesh_refused(&mesh, PIPELINE ":7:35: no such field `lead.contry`, did you mean `lead.country`?",
                 PIPELINE ":7:54: the provider `firm` gives no `verdict`, so it never holds a "
                          "lead; add one to providers/firm.yaml",
                 PIPELINE ":7:54: there is no kind of exceptions `fraud`; add it to `exceptions` "
                          "of the pipeline",
                 PIPELINE ":8:31: `capacity_overrun` is about no single lead and cannot hold one; "
                          "write a kind such as fraud_suspected",
                 PIPELINE ":9:30: the provider `firm` gives no `verdict`, so it never holds a "
                          "lead; add one to providers/firm.yaml");
}

static void a_destination_is_no_provider(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh, FIRM_HEAD,
           PIPELINE_HEAD "enrichment: {providers: [firm, check, file]}\n" PIPELINE_TAIL);
    mesh_set(&mesh, "destinations/file.yaml",
             "destination: file\nkind: ndjson\nevents: [\"*\"]\npath: a\n");
    mesh_refused(&mesh, PIPELINE ":4:39: there is no provider `file`; did you mean `firm`?");
}

static void a_kind_of_its_own_may_hold_leads(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh, FIRM_HEAD,
           PIPELINE_HEAD "enrichment: {providers: [firm, {provider: check, hold: sanctions}]}\n"
                         "exceptions: {sanctions: {team: ops, within: 1h}}\n" PIPELINE_TAIL);
    policy_release_unref(mesh_compile(&mesh));
    set_up(&mesh, FIRM_HEAD,
           PIPELINE_HEAD "enrichment: {providers: [firm, {provider: check, hold: sanctions}]}\n"
                         "exceptions: {sanctions: {fallback: dismiss}}\n" PIPELINE_TAIL);
    mesh_refused(&mesh, PIPELINE ":5:36: an exception `sanctions` holds its lead, which would be "
                                 "nowhere when it is dismissed; write requeue, {pool: …} or "
                                 "disqualify");
}

static void another_owner_is_allowed_on_purpose_only(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh, FIRM_HEAD,
           PIPELINE_HEAD
           "enrichment: {providers: [firm, check], reroute: {within: 10m}}\n" PIPELINE_TAIL);
    struct policy_release *release = mesh_compile(&mesh);
    assert_true(release->enrichment.reroute.allowed);
    assert_int_equal(release->enrichment.reroute.within_us, 10 * MINUTE);
    assert_true(release->enrichment.reroute.more_specific);
    policy_release_unref(release);
    set_up(&mesh, FIRM_HEAD,
           PIPELINE_HEAD
           "enrichment: {providers: [firm, check],\n"
           "             reroute: {within: 1h, more_specific: false}}\n" PIPELINE_TAIL);
    release = mesh_compile(&mesh);
    assert_true(release->enrichment.reroute.allowed);
    assert_false(release->enrichment.reroute.more_specific);
    policy_release_unref(release);
    set_up(&mesh, FIRM_HEAD,
           PIPELINE_HEAD "enrichment: {providers: [firm, check], reroute: on}\n" PIPELINE_TAIL);
    mesh_refused(&mesh, PIPELINE ":4:49: `reroute` must be off, got `on`");
}

static void a_release_keeps_it(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh, FIRM_HEAD "map: {employees: response.body.size}\ncache: 1d\noverwrite: true\n",
           PIPELINE_HEAD "enrichment:\n"
                         "  providers: [firm, {provider: check, when: lead.consent, hold: "
                         "fraud_suspected}]\n"
                         "  reroute: {within: 10m}\n" PIPELINE_TAIL);
    struct policy_release *release = mesh_compile(&mesh), *again = NULL;
    struct error error = {0};
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    assert_int_equal(again->enrichment.step_count, 2);
    assert_string_equal(again->enrichment.steps[1].when_text, "lead.consent");
    assert_string_equal(again->enrichment.steps[1].hold, "fraud_suspected");
    assert_memory_equal(&again->enrichment.reroute, &release->enrichment.reroute,
                        sizeof again->enrichment.reroute);
    const struct policy_destination *firm =
        &again->destinations[again->enrichment.steps[0].provider];
    assert_string_equal(firm->name, "firm");
    assert_int_equal(firm->cache_us, TIME_US_PER_DAY);
    assert_true(firm->overwrite);
    policy_release_unref(again);
    policy_release_unref(release);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(providers_are_asked_in_order),
        cmocka_unit_test(a_provider_says_what_it_fills),
        cmocka_unit_test(what_it_fills_are_fields_of_their_type),
        cmocka_unit_test(a_table_has_rows_to_know_from),
        cmocka_unit_test(steps_name_what_there_is),
        cmocka_unit_test(a_destination_is_no_provider),
        cmocka_unit_test(a_kind_of_its_own_may_hold_leads),
        cmocka_unit_test(another_owner_is_allowed_on_purpose_only),
        cmocka_unit_test(a_release_keeps_it),
    };
    return cmocka_run_group_tests_name("policy_enrichment", tests, NULL, NULL);
}
