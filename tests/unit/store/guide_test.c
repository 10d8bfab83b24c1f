/* docs/state-db.md: every query that it shows runs on a view with some life in it, and finds
 * something. */
#include "clock_world.h"
#include "outbox_world.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static const char *guide_path;

static char *read_guide(void)
{
    FILE *file = fopen(guide_path, "r");
    assert_non_null(file);
    char *text = calloc(1, 256 * 1024);
    assert_non_null(text);
    assert_true(fread(text, 1, 256 * 1024 - 1, file) > 0);
    fclose(file);
    return text;
}

/* The number of rows; fails when the query does not run. */
static size_t run(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    size_t rows = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s\n%s", sqlite3_errmsg(db), sql);
    while (sqlite3_step(statement) == SQLITE_ROW)
        rows++;
    if (sqlite3_finalize(statement) != SQLITE_OK)
        fail_msg("%s\n%s", sqlite3_errmsg(db), sql);
    return rows;
}

static void every_query_of_the_guide_runs_and_finds_something(void **state)
{
    static const char fence[] = "\n```sql\n";
    struct world *world = *state;
    while (core_seq(world->core) < 11)
        world_submit(world, NULL, "FR", NULL);
    assert_int_equal(world_submit(world, "kim@example.com", "DE", "demo"), 12);
    world_live(world, 2, 200);
    uint64_t seed = 1;
    clock_activate(world, 0);
    clock_live(world, &seed, 150);
    outside_activate(world, 0);
    outside_live(world, &seed, 300);
    /* "The last day" of a query is that of the machine: some leads of a future that never ends. */
    world->now_us = INT64_C(4000000000) * SECOND;
    world_activate(world, "defaults: {capacity: 4}\nreps: [{id: ana}, {id: ben}, {id: cem}]\n",
                   world_pools);
    for (int i = 0; i < 20; i++)
        world_submit(world, NULL, "DE", NULL);
    world_assign(world, world->decision->lead, "ana");
    world_contact(world, world->decision->lead);
    world_submit_read(world, NULL, 1, "{\"contract\":2,\"outcome\":\"accepted\"}");
    for (int i = 0; i < 3; i++)
        world_refuse(world, "partner", 1, "/type at /email");
    world_project(world);
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(world->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    char *guide = read_guide();
    size_t queries = 0;
    for (char *at = guide; (at = strstr(at, fence)) != NULL; queries++) {
        char *sql = at + sizeof fence - 1;
        char *end = strstr(sql, "\n```");
        assert_non_null(end);
        *end = '\0';
        if (run(db, sql) == 0)
            fail_msg("nothing found by\n%s", sql);
        at = end + 1;
    }
    assert_true(queries > 25);
    free(guide);
    sqlite3_close(db);
}

static void the_view_lead_speaks_in_words(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", "demo");
    world_project(world);
    assert_int_equal(number, 2);
    assert_value(world,
                 "SELECT id || ' ' || version || ' ' || state || ' ' || owner || ' ' || "
                 "captured_at || ' ' || due_at || ' ' || (attributes ->> 'country') FROM lead",
                 "L2 3 assigned ana 2023-11-14T22:13:20.000Z 2023-11-14T22:15:50.000Z DE");
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(int argc, char **argv)
{
    guide_path = argc > 1 ? argv[1] : "docs/state-db.md";
    const struct CMUnitTest tests[] = {
        WORLD_TEST(every_query_of_the_guide_runs_and_finds_something),
        WORLD_TEST(the_view_lead_speaks_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
