/* The SQLite journal on a real disk: what was appended is there, in order and whole, after
 * reopening and across segments; what cannot be right is refused with a reason. */
#include "support.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Small enough that a few dozen test records fill a segment. */
static const struct journal_sqlite_options small_segments = {.segment_bytes = 48 * 1024};
static const struct journal_sqlite_options read_only = {.read_only = true};

static char directory[DIRECTORY_SIZE];

static int make(void **state)
{
    (void)state;
    directory_make(directory);
    return 0;
}

static int discard(void **state)
{
    (void)state;
    directory_remove(directory);
    return 0;
}

static void execute(const char *file, const char *sql)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

static const char first_file[] = "journal-00000000000000000001.db";

/* ---- appending and reading */

static void a_new_journal_is_empty(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, NULL);
    struct journal_tail tail = journal_tail(journal), nothing = {0};
    assert_memory_equal(&tail, &nothing, sizeof tail);
    assert_holds(journal, directory, NULL, 0);
    journal_close(journal);
}

static void what_was_appended_is_read_in_order(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, NULL);
    append_ok(journal, 1);
    append_ok(journal, 1000);
    append_ok(journal, 64);
    assert_int_equal(journal_tail(journal).time_us, INT64_C(1700000000000000) + 10650);
    assert_holds(journal, directory, NULL, 1065);
    journal_close(journal);
}

static void append_numbers_the_records_and_links_them(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, NULL);
    append_ok(journal, 3);
    struct journal_tail before = journal_tail(journal);
    struct journal_record records[2] = {
        {.time_us = 1, .type = BYTES_LITERAL("a"), .data = BYTES_LITERAL("{}"), .seq = 99},
        {.time_us = 2, .type = BYTES_LITERAL("b"), .data = BYTES_LITERAL("{}")},
    };
    struct error err = {0};
    assert_ok(journal_append(journal, 4, records, 2, &err), &err);
    assert_int_equal(records[0].seq, 4);
    assert_int_equal(records[1].seq, 5);
    struct hash256 first = journal_record_hash(&before.hash, &records[0]);
    struct hash256 second = journal_record_hash(&first, &records[1]);
    assert_memory_equal(&records[0].hash, &first, sizeof first);
    assert_memory_equal(&records[1].hash, &second, sizeof second);
    struct journal_tail tail = journal_tail(journal);
    assert_int_equal(tail.seq, 5);
    assert_int_equal(tail.time_us, 2);
    assert_memory_equal(&tail.hash, &second, sizeof second);
    journal_close(journal);
}

static void a_reader_starts_anywhere_and_stops_at_its_limit(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, &small_segments);
    for (int i = 0; i < 30; i++)
        append_ok(journal, 10);
    struct journal_reader *reader = open_reader(journal);
    for (uint64_t from = 1; from <= 300; from += 7) {
        assert_int_equal(read_ok(reader, from, 5), from <= 296 ? 5 : 301 - from);
        assert_int_equal(read_ok(reader, from, 0), 301 - from);
    }
    assert_int_equal(read_ok(reader, 301, 0), 0);
    assert_int_equal(read_ok(reader, 302, 0), 0);
    assert_int_equal(read_ok(reader, 100000, 0), 0);
    append_ok(journal, 1);
    assert_int_equal(read_ok(reader, 301, 0), 1);
    journal_reader_close(reader);
    journal_close(journal);
}

static int stop_at_three(void *context, const struct journal_record *record, struct error *err)
{
    ++*(int *)context;
    return record->seq == 3 ? error_set(err, ML_ELIMIT, "here", "enough") : 0;
}

static void a_visit_can_stop_the_reading(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, NULL);
    append_ok(journal, 10);
    struct journal_reader *reader = open_reader(journal);
    int visits = 0;
    struct error err = {0};
    assert_error(journal_read(reader, 1, 0, stop_at_three, &visits, &err), ML_ELIMIT, &err,
                 "enough");
    assert_int_equal(visits, 3);
    assert_int_equal(read_ok(reader, 4, 0), 7);
    journal_reader_close(reader);
    journal_close(journal);
}

static void the_largest_and_the_smallest_record_fit(void **state)
{
    (void)state;
    static char data[JOURNAL_DATA_MAX + 1];
    memset(data, 'x', sizeof data);
    struct journal *journal = open_journal(directory, NULL);
    char type[] = "0123456789012345678901234567890123456789012345678901234567890123";
    struct journal_record records[] = {
        {.type = {type, 64}, .subject = {type, 64}, .data = {data, JOURNAL_DATA_MAX}},
        {.time_us = INT64_MIN, .type = BYTES_LITERAL("x")},
        {.time_us = INT64_MAX, .type = BYTES_LITERAL("x"), .data = BYTES_LITERAL("a\0b")},
    };
    struct error err = {0};
    assert_ok(journal_append(journal, 1, records, 3, &err), &err);
    struct journal_verification result;
    assert_ok(journal_sqlite_verify(directory, NULL, &result, &err), &err);
    assert_int_equal(result.records, 3);
    journal_close(journal);
}

/* ---- what append refuses without being broken by it */

static void another_writers_sequence_is_a_conflict(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, NULL);
    append_ok(journal, 3);
    struct journal_record record = {.type = BYTES_LITERAL("x"), .data = BYTES_LITERAL("{}")};
    struct error err = {0};
    assert_error(journal_append(journal, 3, &record, 1, &err), ML_ECONFLICT, &err, "ends at 3");
    assert_error(journal_append(journal, 5, &record, 1, &err), ML_ECONFLICT, &err, "ends at 3");
    append_ok(journal, 1);
    assert_holds(journal, directory, NULL, 4);
    journal_close(journal);
}

static void a_record_outside_its_ranges_is_refused(void **state)
{
    (void)state;
    static char data[JOURNAL_DATA_MAX + 1];
    struct journal *journal = open_journal(directory, NULL);
    struct journal_record good = {.type = BYTES_LITERAL("x"), .data = BYTES_LITERAL("{}")};
    struct journal_record records[2] = {good, good};
    struct error err = {0};
    records[1].type.size = 0;
    assert_error(journal_append(journal, 1, records, 2, &err), ML_EINVAL, &err, "record 1");
    records[1].type = (struct bytes){data, 65};
    assert_error(journal_append(journal, 1, records, 2, &err), ML_EINVAL, &err, "65 bytes");
    records[1] = good;
    records[1].subject = (struct bytes){data, 65};
    assert_error(journal_append(journal, 1, records, 2, &err), ML_ELIMIT, &err, "subject");
    records[1] = good;
    records[1].data = (struct bytes){data, sizeof data};
    assert_error(journal_append(journal, 1, records, 2, &err), ML_ELIMIT, &err, "data");
    assert_error(journal_append(journal, 1, records, 0, &err), ML_EINVAL, &err, "batch of 0");
    assert_error(journal_append(journal, 1, records, 65537, &err), ML_EINVAL, &err, "65537");
    assert_holds(journal, directory, NULL, 0);
    append_ok(journal, 1);
    journal_close(journal);
}

/* ---- segments */

static void a_full_segment_is_followed_by_a_new_one_and_becomes_one_file(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, &small_segments);
    for (int i = 0; i < 30; i++)
        append_ok(journal, 10);
    int segments = directory_count(directory, ".db");
    assert_in_range(segments, 3, 10);
    assert_int_equal(directory_count(directory, "-wal"), 1);
    assert_int_equal(directory_count(directory, "-shm"), 1);
    assert_holds(journal, directory, NULL, 300);
    journal_close(journal);
    assert_int_equal(directory_count(directory, ".db"), segments);
    assert_int_equal(directory_count(directory, "-wal"), 0);
    assert_int_equal(directory_count(directory, "-shm"), 0);
}

static void a_batch_is_never_split_over_segments(void **state)
{
    (void)state;
    struct journal_sqlite_options tiny = {.segment_bytes = 1};
    struct journal *journal = open_journal(directory, &tiny);
    append_ok(journal, 1000);
    append_ok(journal, 1);
    append_ok(journal, 100);
    assert_int_equal(directory_count(directory, ".db"), 3);
    assert_holds(journal, directory, NULL, 1101);
    journal_close(journal);
}

static void a_reopened_journal_goes_on_where_it_ended(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, &small_segments);
    for (int i = 0; i < 20; i++) {
        append_ok(journal, 17);
        struct journal_tail tail = journal_tail(journal);
        journal_close(journal);
        journal = open_journal(directory, &small_segments);
        struct journal_tail again = journal_tail(journal);
        assert_int_equal(again.seq, tail.seq);
        assert_int_equal(again.time_us, tail.time_us);
        assert_memory_equal(&again.hash, &tail.hash, sizeof tail.hash);
    }
    assert_holds(journal, directory, NULL, 340);
    journal_close(journal);
}

static void files_that_are_not_segments_are_left_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"journal-1.db", "journal-0000000000000000000x.db",
                                        "state.db", "journal-00000000000000000000.db",
                                        "journal-00000000000000000009.db.bak"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs("mine", file);
        fclose(file);
    }
    struct journal *journal = open_journal(directory, NULL);
    append_ok(journal, 3);
    assert_holds(journal, directory, NULL, 3);
    journal_close(journal);
    assert_int_equal(directory_count(directory, ""), 2 + 5 + 1);
}

/* ---- beside a running server, and after it died */

static void a_read_only_opening_sees_a_running_journal_and_follows_it(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, &small_segments);
    append_ok(journal, 20);
    struct journal *other = open_journal(directory, &read_only);
    assert_int_equal(journal_tail(other).seq, 20);
    struct journal_reader *reader = open_reader(other);
    assert_int_equal(read_ok(reader, 1, 0), 20);
    for (int i = 0; i < 20; i++)
        append_ok(journal, 20);
    assert_int_equal(read_ok(reader, 21, 0), 400);
    struct journal_verification result;
    struct error err = {0};
    assert_ok(journal_sqlite_verify(directory, &read_only, &result, &err), &err);
    assert_int_equal(result.records, 420);
    assert_error(append_next(other, 1, &err), ML_EDENIED, &err, "reading only");
    journal_reader_close(reader);
    journal_close(other);
    append_ok(journal, 1);
    journal_close(journal);
}

static void a_read_only_opening_makes_and_removes_nothing(void **state)
{
    (void)state;
    struct journal_verification result;
    struct error err = {0};
    struct journal *empty = open_journal(directory, &read_only);
    assert_int_equal(journal_tail(empty).seq, 0);
    struct journal_reader *reader = open_reader(empty);
    assert_int_equal(read_ok(reader, 1, 0), 0);
    assert_int_equal(directory_count(directory, ""), 2);

    struct journal *journal = open_journal(directory, &small_segments);
    for (int i = 0; i < 10; i++)
        append_ok(journal, 20);
    journal_close(journal);
    int files = directory_count(directory, "");
    assert_int_equal(read_ok(reader, 1, 0), 200); /* it finds the segments made since */
    journal_reader_close(reader);
    journal_close(empty);
    assert_ok(journal_sqlite_verify(directory, &read_only, &result, &err), &err);
    assert_int_equal(result.records, 200);
    assert_int_equal(directory_count(directory, ""), files);
}

/* The child dies without closing anything, as by SIGKILL. */
static void append_and_die(size_t batches)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct journal *journal = NULL;
        int rc = journal_sqlite_open(directory, &small_segments, &journal, NULL);
        for (size_t i = 0; i < batches && rc == 0; i++)
            rc = append_next(journal, 10, NULL);
        _exit(rc == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_killed_process_loses_nothing(void **state)
{
    (void)state;
    append_and_die(13);
    append_and_die(4);
    assert_int_equal(directory_count(directory, "-wal"), 1);
    int files = directory_count(directory, "");
    struct journal *other = open_journal(directory, &read_only);
    assert_holds(other, directory, &read_only, 170);
    journal_close(other);
    assert_int_equal(directory_count(directory, ""), files);
    struct journal *journal = open_journal(directory, &small_segments);
    append_ok(journal, 5);
    assert_holds(journal, directory, NULL, 175);
    journal_close(journal);
    assert_int_equal(directory_count(directory, "-wal"), 0);
}

static void a_log_without_its_index_is_read_by_a_writer_and_explained_to_a_reader(void **state)
{
    (void)state;
    append_and_die(2);
    char path[128];
    snprintf(path, sizeof path, "%s/%s-shm", directory, first_file);
    assert_int_equal(unlink(path), 0);
    struct journal *journal;
    struct error err = {0};
    int rc = journal_sqlite_open(directory, &read_only, &journal, &err);
    assert_error(rc, ML_ENOTFOUND, &err, "start the server once");
    journal = open_journal(directory, NULL);
    assert_holds(journal, directory, NULL, 20);
    journal_close(journal);
}

/* ---- what opening refuses */

static void a_missing_directory_is_named(void **state)
{
    (void)state;
    struct journal *journal;
    struct error err = {0};
    int rc = journal_sqlite_open("/tmp/no-such-journal/here", NULL, &journal, &err);
    assert_error(rc, ML_ENOTFOUND, &err, "create it");
    assert_error(rc, ML_ENOTFOUND, &err, "/tmp/no-such-journal/here");
    struct journal_verification result;
    rc = journal_sqlite_verify("/tmp/no-such-journal/here", NULL, &result, &err);
    assert_error(rc, ML_ENOTFOUND, &err, "create it");
    rc = journal_sqlite_open("/dev/null", NULL, &journal, &err);
    assert_error(rc, ML_EINVAL, &err, "not a directory");
}

/* Root may write anywhere, so the test steps down to another user where it can. */
static int open_as_nobody(struct error *err)
{
    bool is_root = geteuid() == 0;
    if (is_root)
        assert_int_equal(seteuid(65534), 0);
    struct journal *journal = NULL;
    int rc = journal_sqlite_open(directory, NULL, &journal, err);
    journal_close(journal);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    return rc;
}

static void a_directory_that_cannot_be_written_is_denied(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(chmod(directory, 0555), 0);
    assert_error(open_as_nobody(&err), ML_EDENIED, &err, "writable");
    assert_int_equal(chmod(directory, 0755), 0);
    struct journal *journal = open_journal(directory, NULL);
    append_ok(journal, 3);
    journal_close(journal);
    assert_int_equal(chmod(directory, 0555), 0);
    assert_error(open_as_nobody(&err), ML_EDENIED, &err, "writable");
    assert_int_equal(chmod(directory, 0755), 0);
}

static void a_newer_format_is_refused_with_what_to_do(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, NULL);
    append_ok(journal, 3);
    journal_close(journal);
    execute(first_file, "PRAGMA user_version = 2; ALTER TABLE segment RENAME TO future");
    struct error err = {0};
    int rc = journal_sqlite_open(directory, NULL, &journal, &err);
    assert_error(rc, ML_EVERSION, &err, "upgrade meshline");
    assert_error(rc, ML_EVERSION, &err, first_file);
    struct journal_verification result;
    rc = journal_sqlite_verify(directory, NULL, &result, &err);
    assert_error(rc, ML_EVERSION, &err, "upgrade meshline");
}

static void someone_elses_database_under_our_name_is_refused(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, first_file);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    struct journal *journal;
    struct error err = {0};
    int rc = journal_sqlite_open(directory, NULL, &journal, &err);
    assert_error(rc, ML_ECORRUPT, &err, "not a journal of meshline");
    assert_int_equal(truncate(path, 5), 0);
    rc = journal_sqlite_open(directory, NULL, &journal, &err);
    assert_error(rc, ML_ECORRUPT, &err, "damaged");
}

static void an_empty_newest_file_is_what_a_crash_left_and_is_replaced(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, NULL);
    append_ok(journal, 3);
    journal_close(journal);
    char path[128];
    snprintf(path, sizeof path, "%s/journal-%020d.db", directory, 4);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    struct journal *other = open_journal(directory, &read_only);
    assert_holds(other, directory, &read_only, 3);
    journal_close(other);
    assert_int_equal(directory_count(directory, ".db"), 2);
    journal = open_journal(directory, NULL);
    append_ok(journal, 3);
    assert_holds(journal, directory, NULL, 6);
    journal_close(journal);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, discard)
    const struct CMUnitTest tests[] = {
        TEST(a_new_journal_is_empty),
        TEST(what_was_appended_is_read_in_order),
        TEST(append_numbers_the_records_and_links_them),
        TEST(a_reader_starts_anywhere_and_stops_at_its_limit),
        TEST(a_visit_can_stop_the_reading),
        TEST(the_largest_and_the_smallest_record_fit),
        TEST(another_writers_sequence_is_a_conflict),
        TEST(a_record_outside_its_ranges_is_refused),
        TEST(a_full_segment_is_followed_by_a_new_one_and_becomes_one_file),
        TEST(a_batch_is_never_split_over_segments),
        TEST(a_reopened_journal_goes_on_where_it_ended),
        TEST(files_that_are_not_segments_are_left_alone),
        TEST(a_read_only_opening_sees_a_running_journal_and_follows_it),
        TEST(a_read_only_opening_makes_and_removes_nothing),
        TEST(a_killed_process_loses_nothing),
        TEST(a_log_without_its_index_is_read_by_a_writer_and_explained_to_a_reader),
        TEST(a_missing_directory_is_named),
        TEST(a_directory_that_cannot_be_written_is_denied),
        TEST(a_newer_format_is_refused_with_what_to_do),
        TEST(someone_elses_database_under_our_name_is_refused),
        TEST(an_empty_newest_file_is_what_a_crash_left_and_is_replaced),
    };
    return cmocka_run_group_tests_name("journal_sqlite", tests, NULL, NULL);
}
