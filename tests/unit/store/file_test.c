/* The file itself: what is refused and how it is said, and what a crash may leave behind. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_refused(const char *path, int code, const char *what)
{
    struct store *store = NULL;
    struct store_reader *reader = NULL;
    struct error err = {0};
    assert_int_equal(store_open(path, NULL, &store, &err), code);
    assert_null(store);
    assert_string_equal(err.place, path);
    if (strstr(err.message, what) == NULL)
        fail_msg("\"%s\" says nothing of \"%s\"", err.message, what);
    assert_int_equal(store_reader_open(path, NULL, &reader, &err), code);
    assert_null(reader);
}

static void a_new_file_is_an_empty_view(void **state)
{
    struct world *world = *state;
    assert_int_equal(store_applied_seq(world->store), 0);
    assert_value(world, "PRAGMA application_id", "1296847702"); /* "MLSV" */
    assert_value(world, "PRAGMA user_version", "7");
    assert_value(world, "PRAGMA journal_mode", "wal");
    uint64_t seq = 77;
    assert_int_equal(store_read_seq(world_reader(world), &seq, NULL), 0);
    assert_int_equal(seq, 0);
}

static void the_comments_of_the_schema_are_in_the_file(void **state)
{
    assert_value(*state,
                 "SELECT sql LIKE '%-- captured, assigned, contacted, qualified, disqualified%' "
                 "FROM sqlite_schema WHERE name = 'leads'",
                 "1");
}

static void another_programs_database_is_left_alone(void **state)
{
    const char *path = world_path(*state, "foreign.db");
    world_execute(path, "CREATE TABLE orders (id INTEGER)");
    check_refused(path, ML_ECORRUPT, "another program's database");
    world_execute(path, "INSERT INTO orders VALUES (1)"); /* still usable, still its own */
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    const char *path = world_path(*state, "text.db");
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("certainly not a database\n", file);
    fclose(file);
    check_refused(path, ML_ECORRUPT, "meshline rebuild");
}

static void a_view_of_another_format_is_refused(void **state)
{
    struct world *world = *state;
    const char *path = world_path(world, "newer.db");
    store_close(world->store);
    world->store = NULL;
    world_copy_file(world->path, path);
    world_execute(path, "PRAGMA user_version = 8");
    check_refused(path, ML_EVERSION, "format 7");
    check_refused(path, ML_EVERSION, "meshline rebuild");
}

static void a_view_whose_tables_are_not_ours_is_refused(void **state)
{
    struct world *world = *state;
    const char *path = world_path(world, "odd.db");
    store_close(world->store);
    world->store = NULL;
    world_copy_file(world->path, path);
    world_execute(path, "ALTER TABLE leads RENAME COLUMN place TO spot");
    struct store *store = NULL;
    struct error err = {0};
    assert_int_equal(store_open(path, NULL, &store, &err), ML_ECORRUPT);
    assert_non_null(strstr(err.message, "place"));
}

static void a_reader_of_nothing_is_told_so(void **state)
{
    struct store_reader *reader = NULL;
    struct error err = {0};
    const char *path = world_path(*state, "missing.db");
    assert_int_equal(store_reader_open(path, NULL, &reader, &err), ML_ENOTFOUND);
    assert_string_equal(err.place, path);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_directory_that_is_not_there_is_an_error(void **state)
{
    struct store *store = NULL;
    struct error err = {0};
    const char *path = world_path(*state, "no/such/state.db");
    assert_int_equal(store_open(path, NULL, &store, &err), ML_ENOTFOUND);
}

/* What SIGKILL or a power loss leave: the database as it is and a prefix of its log. */
static void a_crash_at_any_moment_leaves_a_whole_batch_and_its_seq(void **state)
{
    enum { EVENTS_MAX = 4000, CUTS = 40 };
    struct world *world = *state;
    struct hash256 *digests = calloc(EVENTS_MAX, sizeof *digests);
    bool *reached = calloc(EVENTS_MAX, sizeof *reached);
    char log[100], cut_log[200];
    const char *cut = world_path(world, "cut.db");
    snprintf(log, sizeof log, "%s-wal", world->path);
    snprintf(cut_log, sizeof cut_log, "%s-wal", cut);
    world_live(world, 11, 120);
    assert_true(world->count < EVENTS_MAX);
    digests[0] = world_digest(world);
    reached[0] = true;
    while (world->projected < world->count) {
        size_t left = world->count - world->projected;
        world_project_some(world, left < 9 ? left : 9);
        digests[store_applied_seq(world->store)] = world_digest(world);
        reached[store_applied_seq(world->store)] = true;
    }
    struct stat size;
    assert_int_equal(stat(log, &size), 0);
    assert_true(size.st_size > CUTS);
    uint64_t newest = 0;
    for (off_t i = 0; i <= CUTS; i++) {
        world_copy_file(world->path, cut);
        world_copy_file(log, cut_log);
        assert_int_equal(truncate(cut_log, size.st_size * i / CUTS), 0);
        struct store *store;
        struct error err = {0};
        if (store_open(cut, NULL, &store, &err) != 0)
            fail_msg("cut %d: %s", (int)i, err.message);
        uint64_t seq = store_applied_seq(store);
        assert_true(seq < EVENTS_MAX && reached[seq] && seq >= newest);
        newest = seq;
        struct hash256 digest;
        assert_int_equal(store_digest(store, &digest, NULL), 0);
        assert_same(&digests[seq], &digest);
        store_close(store);
        assert_int_equal(unlink(cut), 0);
    }
    assert_int_equal(newest, core_seq(world->core));
    free(digests);
    free(reached);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup_empty, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_new_file_is_an_empty_view),
        WORLD_TEST(the_comments_of_the_schema_are_in_the_file),
        WORLD_TEST(another_programs_database_is_left_alone),
        WORLD_TEST(a_file_that_is_no_database_is_refused),
        WORLD_TEST(a_view_of_another_format_is_refused),
        WORLD_TEST(a_view_whose_tables_are_not_ours_is_refused),
        WORLD_TEST(a_reader_of_nothing_is_told_so),
        WORLD_TEST(a_directory_that_is_not_there_is_an_error),
        WORLD_TEST(a_crash_at_any_moment_leaves_a_whole_batch_and_its_seq),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
