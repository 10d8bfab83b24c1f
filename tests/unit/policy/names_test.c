/* What names refer to: owners, reps, teams, pools, fields; and what makes no sense together. */
#include "mesh.h"

#define PIPELINE_HEAD "pipeline: inbound\nowner: ops\n"
#define CLASSES "classes: [{name: rest}]\n"
#define ROUTES "routes: [{name: others, to: {pool: all}}]\n"

static void owners_are_named_in_the_mesh(void **state)
{
    (void)state;
    file_refused("pipelines/inbound.yaml", "pipeline: inbound\nowner: opps\n" CLASSES ROUTES,
                 "pipelines/inbound.yaml:2:8: the owner `opps` is not named in mesh.yaml; did you "
                 "mean `ops`?");
    file_refused(
        "sources/web.yaml", "source: web\nowner: somebody else\n",
        "sources/web.yaml:2:8: the owner `somebody else` is not named in mesh.yaml; add it "
        "to `owners` there");
    file_refused("mesh.yaml", MESH_NAME "systems: [{name: crm, owner: op}]\n",
                 "mesh.yaml:3:30: the owner `op` is not named in mesh.yaml; did you mean `ops`?");
}

static void names_are_given_once(void **state)
{
    (void)state;
    file_refused("mesh.yaml",
                 "name: test\n"
                 "owners:\n"
                 "  - {name: ops, role: routing}\n"
                 "  - {name: ops, role: compliance}\n"
                 "systems: [{name: crm}, {name: crm}]\n",
                 "mesh.yaml:4:12: the owner `ops` is listed twice; keep one",
                 "mesh.yaml:5:31: the system `crm` is listed twice; keep one");
    file_refused("people.yaml",
                 "reps:\n  - {id: ana, team: north}\n  - {id: cleo}\n  - {id: ana}\n",
                 "people.yaml:4:10: the rep id `ana` is given twice; first on line 2");
    file_refused("pools.yaml",
                 "pools:\n  - {id: all, members: [ana]}\n  - {id: north, members: [ana]}\n"
                 "  - {id: all, members: [ben]}\n",
                 "pools.yaml:4:10: the pool id `all` is given twice; first on line 2");
    file_refused("pipelines/inbound.yaml",
                 PIPELINE_HEAD "classes:\n"
                               "  - {name: a, when: 'true'}\n"
                               "  - {name: a}\n"
                               "routes:\n"
                               "  - {name: b, when: 'lead.employees == 1', to: {pool: all}}\n"
                               "  - {name: b, to: {pool: all}}\n",
                 "pipelines/inbound.yaml:5:12: the class name `a` is given twice; first on line 4",
                 "pipelines/inbound.yaml:8:12: the route name `b` is given twice; first on line 7");
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/zoo.yaml", "source: web\n");
    mesh_refused(&mesh, "sources/zoo.yaml:1:9: the source `web` is also in sources/web.yaml, line "
                        "1; rename one");
}

static void pool_members_exist(void **state)
{
    (void)state;
    file_refused("pools.yaml",
                 "pools:\n"
                 "  - {id: north, members: [anna, north, ana, {team: noth}]}\n"
                 "  - {id: all, members: [ana, ben, ana]}\n",
                 "pools.yaml:2:27: no rep `anna` in people.yaml; did you mean `ana`?",
                 "pools.yaml:2:33: no rep `north` in people.yaml; for the whole team write {team: "
                 "north}",
                 "pools.yaml:2:52: no rep in people.yaml is of the team `noth`; did you mean "
                 "`north`?",
                 "pools.yaml:3:35: the member `ana` is listed twice; keep one");
}

static void routes_lead_somewhere(void **state)
{
    (void)state;
    file_refused(
        "pipelines/inbound.yaml",
        PIPELINE_HEAD CLASSES
        "routes:\n"
        "  - {name: a, when: 'lead.employees == 0', to: {pool: alll}}\n"
        "  - {name: b, when: 'lead.employees == 1', to: {rep: clea}}\n"
        "  - {name: c, when: 'lead.employees == 2', to: {rep: ana, pool: all}}\n"
        "  - {name: d, when: 'lead.employees == 3', to: {}}\n"
        "  - {name: e, when: 'lead.employees == 4', to: all}\n"
        "  - {name: f, to: {queue: all}}\n",
        "pipelines/inbound.yaml:5:55: no pool `alll` in pools.yaml; did you mean `all`?",
        "pipelines/inbound.yaml:6:54: no rep `clea` in people.yaml; did you mean `cleo`?",
        "pipelines/inbound.yaml:7:48: a route leads to one place: give `to` one of {pool: …}, "
        "{rep: …}, {exception: …} and {nurture: …}",
        "pipelines/inbound.yaml:8:48: a route leads to one place: give `to` one of {pool: …}, "
        "{rep: …}, {exception: …} and {nurture: …}",
        "pipelines/inbound.yaml:9:48: `to` must be a mapping of keys to values, got the "
        "text `all`",
        "pipelines/inbound.yaml:10:19: a route leads to one place: give `to` one of {pool: …}, "
        "{rep: …}, {exception: …} and {nurture: …}",
        "pipelines/inbound.yaml:10:20: unknown key `queue` in `to`; the keys here are "
        "pool, rep, exception, team, within, nurture, after");
}

static void the_last_class_and_route_take_everything(void **state)
{
    (void)state;
    file_refused("pipelines/inbound.yaml",
                 PIPELINE_HEAD "classes:\n"
                               "  - {name: hot, when: 'lead.employees > 5'}\n"
                               "  - {name: cold, when: 'true'}\n"
                               "routes:\n"
                               "  - {name: a, when: 'lead.employees > 5', to: {pool: all}}\n",
                 "pipelines/inbound.yaml:5:24: the last class must take every lead: remove its "
                 "`when`, or add a class without one behind it",
                 "pipelines/inbound.yaml:7:21: the last route must take every lead: remove its "
                 "`when`, or add a route without one behind it");
}

static void nothing_stands_behind_a_catch_all(void **state)
{
    (void)state;
    file_refused(
        "pipelines/inbound.yaml",
        PIPELINE_HEAD "classes:\n"
                      "  - {name: rest}\n"
                      "  - {name: hot, when: 'lead.employees > 5'}\n"
                      "routes:\n"
                      "  - {name: a, when: 'lead.employees > 5', to: {pool: all}}\n"
                      "  - {name: others, to: {pool: all}}\n"
                      "  - {name: b, when: 'lead.employees == 1', to: {pool: all}}\n"
                      "  - {name: c, to: {pool: all}}\n",
        "pipelines/inbound.yaml:5:5: never reached, with all that follows: the class `rest` "
        "on line 4 has no `when` and takes every lead; move it to the end or give it a "
        "`when`",
        "pipelines/inbound.yaml:9:5: never reached, with all that follows: the route "
        "`others` on line 8 has no `when` and takes every lead; move it to the end or give "
        "it a `when`");
}

static void a_mesh_has_one_pipeline(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "pipelines/another.yaml", MESH_PIPELINE);
    mesh_refused(&mesh, "pipelines/inbound.yaml:1:1: a mesh has one pipeline, and "
                        "pipelines/another.yaml is it; merge the two");
}

static void constants_fit_their_fields(void **state)
{
    (void)state;
    file_refused(
        "sources/web.yaml",
        "source: web\n"
        "constants:\n"
        "  contry: DE\n"
        "  country: ES\n"
        "  employees: many\n"
        "  revenue: true\n"
        "  consent: yes\n"
        "  tags: [a, 5]\n"
        "  phone: {home: 1}\n"
        "  email: a-name-that-is-much-too-long-for-the-field@example.com\n",
        "sources/web.yaml:3:3: lead.schema.json has no field `contry`; did you mean "
        "`country`?",
        "sources/web.yaml:4:12: the field `country` must be one of DE, FR, US, got `ES`; did "
        "you mean `US`?",
        "sources/web.yaml:5:14: the field `employees` is of type integer, got the text "
        "`many`",
        "sources/web.yaml:6:12: the field `revenue` is of type number, got the truth value "
        "`true`",
        "sources/web.yaml:7:12: the field `consent` is of type boolean, got the text `yes`",
        "sources/web.yaml:8:9: the field `tags` is of type array, got a list",
        "sources/web.yaml:8:13: an item of `tags` must be a text, got the number `5`; put "
        "it in quotes",
        "sources/web.yaml:9:10: `phone` must be a text, a number, true, false or a list, "
        "got a mapping",
        "sources/web.yaml:10:10: the field `email` must have at most 50 characters, got 54");
}

static void mappings_name_fields_and_do_not_collide(void **state)
{
    (void)state;
    file_refused(
        "sources/web.yaml",
        "source: web\n"
        "constants: {country: DE}\n"
        "map:\n"
        "  employes: size\n"
        "  email: mail\n"
        "  phone: mail\n"
        "  country: land\n",
        "sources/web.yaml:4:3: lead.schema.json has no field `employes`; did you mean "
        "`employees`?",
        "sources/web.yaml:6:10: the payload member `mail` already stands for `email`; map "
        "it once",
        "sources/web.yaml:7:3: `country` has a constant and a mapping; keep one of the two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_are_named_in_the_mesh),
        cmocka_unit_test(names_are_given_once),
        cmocka_unit_test(pool_members_exist),
        cmocka_unit_test(routes_lead_somewhere),
        cmocka_unit_test(the_last_class_and_route_take_everything),
        cmocka_unit_test(nothing_stands_behind_a_catch_all),
        cmocka_unit_test(a_mesh_has_one_pipeline),
        cmocka_unit_test(constants_fit_their_fields),
        cmocka_unit_test(mappings_name_fields_and_do_not_collide),
    };
    return cmocka_run_group_tests_name("policy_names", tests, NULL, NULL);
}
