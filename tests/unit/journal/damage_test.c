/* Damage is found and named (K3): a byte that flips, a row that somebody edits, a file that is
 * missing. Verification tells the first bad record; reading stops in front of it; opening notices
 * what the next append would build on. */
#include "support.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 30, BATCHES = 8, RECORDS = BATCH * BATCHES };

static const struct journal_sqlite_options read_only = {.read_only = true};
static const struct journal_sqlite_options small_segments = {.segment_bytes = 48 * 1024};

static char directory[DIRECTORY_SIZE];

/* The first record of each segment, in order. */
static uint64_t firsts[16];
static int segments;

static void path_of(uint64_t first_seq, char path[static 128])
{
    snprintf(path, 128, "%s/journal-%020llu.db", directory, (unsigned long long)first_seq);
}

static int make(void **state)
{
    (void)state;
    directory_make(directory);
    struct journal *journal = open_journal(directory, &small_segments);
    for (int i = 0; i < BATCHES; i++)
        append_ok(journal, BATCH);
    journal_close(journal);
    segments = 0;
    for (uint64_t seq = 1; seq <= RECORDS; seq++) {
        char path[128];
        path_of(seq, path);
        if (access(path, F_OK) == 0)
            firsts[segments++] = seq;
    }
    assert_in_range(segments, 3, 8);
    return 0;
}

static int discard(void **state)
{
    (void)state;
    directory_remove(directory);
    return 0;
}

static void execute(uint64_t first_seq, const char *sql)
{
    char path[128];
    path_of(first_seq, path);
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(db);
}

/* Verification must name this record and the file of the segment that begins with `first_seq`. */
static void assert_first_bad(uint64_t seq, uint64_t first_seq)
{
    char path[128];
    path_of(first_seq, path);
    struct journal_verification result;
    struct error err = {0};
    int rc = journal_sqlite_verify(directory, &read_only, &result, &err);
    assert_error(rc, ML_ECORRUPT, &err, path);
    assert_int_equal(result.first_bad_seq, seq);
    assert_int_equal(result.records, seq - 1);
    char sentence[64];
    snprintf(sentence, sizeof sentence, "the first bad record is %d:", (int)seq);
    assert_error(rc, ML_ECORRUPT, &err, sentence);
}

static int count_visit(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    assert_record(record, ++*(uint64_t *)context);
    return 0;
}

/* ---- edited rows */

static void an_edited_field_is_found(void **state)
{
    (void)state;
    static const char *const edits[] = {
        "UPDATE records SET data = replace(data, 'number', 'NUMBER') WHERE seq = 20",
        "UPDATE records SET time_us = time_us + 1 WHERE seq = 20",
        "UPDATE records SET type = 'lead.stolen' WHERE seq = 20",
        "UPDATE records SET subject = 'L21' WHERE seq = 20",
        "UPDATE records SET hash = zeroblob(32) WHERE seq = 20",
        "UPDATE records SET hash = x'00' WHERE seq = 20",
        "UPDATE records SET seq = seq + 100000 WHERE seq = 20",
        "DELETE FROM records WHERE seq = 20",
        "DELETE FROM records WHERE seq >= 20",
    };
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        execute(firsts[0], edits[i]);
        /* The end of a segment is known only by the one behind. */
        bool is_end = i == sizeof edits / sizeof edits[0] - 1;
        assert_first_bad(20, is_end ? firsts[1] : firsts[0]);
        discard(NULL);
        make(NULL);
    }
}

static void a_row_slipped_in_is_found(void **state)
{
    (void)state;
    execute(firsts[1],
            "INSERT INTO records VALUES (3, 1, 'lead.captured', '', '{}', zeroblob(32))");
    assert_first_bad(firsts[2], firsts[1]);
}

static void an_edited_description_is_found(void **state)
{
    (void)state;
    execute(firsts[1], "UPDATE segment SET previous_hash = zeroblob(32)");
    assert_first_bad(firsts[1], firsts[1]);
    execute(firsts[1], "DELETE FROM segment");
    assert_first_bad(firsts[1], firsts[1]);
}

static void a_trigger_slipped_in_is_found(void **state)
{
    (void)state;
    execute(firsts[1], "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records; END");
    assert_first_bad(firsts[1], firsts[1]);
}

static void reading_stops_in_front_of_the_damage(void **state)
{
    (void)state;
    execute(firsts[1],
            "UPDATE records SET data = '{}' WHERE seq = (SELECT min(seq) + 5 FROM records)");
    uint64_t bad = firsts[1] + 5, seen = 0;
    struct journal *journal = open_journal(directory, &read_only);
    struct journal_reader *reader = open_reader(journal);
    struct error err = {0};
    char sentence[64];
    snprintf(sentence, sizeof sentence, "record %d was changed", (int)bad);
    assert_error(journal_read(reader, 1, 0, count_visit, &seen, &err), ML_ECORRUPT, &err, sentence);
    assert_int_equal(seen, bad - 1);
    assert_int_equal(read_ok(reader, bad + 1, 0), RECORDS - bad);
    journal_reader_close(reader);
    journal_close(journal);
}

static void a_bad_last_record_is_noticed_by_opening(void **state)
{
    (void)state;
    execute(firsts[segments - 1], "UPDATE records SET time_us = 0 WHERE seq = 240");
    struct journal *journal;
    struct error err = {0};
    int rc = journal_sqlite_open(directory, NULL, &journal, &err);
    assert_error(rc, ML_ECORRUPT, &err, "record 240 was changed");
}

/* ---- missing and misplaced files */

static void a_missing_segment_is_noticed_by_opening(void **state)
{
    (void)state;
    char path[128];
    path_of(firsts[1], path);
    assert_int_equal(unlink(path), 0);
    struct journal *journal;
    struct error err = {0};
    int rc = journal_sqlite_open(directory, NULL, &journal, &err);
    char sentence[64];
    snprintf(sentence, sizeof sentence, "records %d to %d are missing", (int)firsts[1],
             (int)firsts[2] - 1);
    assert_error(rc, ML_ECORRUPT, &err, sentence);
    assert_first_bad(firsts[1], firsts[2]);
    path_of(firsts[0], path);
    assert_int_equal(unlink(path), 0);
    rc = journal_sqlite_open(directory, NULL, &journal, &err);
    assert_error(rc, ML_ECORRUPT, &err, "records 1 to ");
}

static void a_renamed_segment_is_noticed_by_opening(void **state)
{
    (void)state;
    char from[128], to[128];
    path_of(firsts[1], from);
    path_of(firsts[1] + 1, to);
    assert_int_equal(rename(from, to), 0);
    struct journal *journal;
    struct error err = {0};
    int rc = journal_sqlite_open(directory, NULL, &journal, &err);
    assert_error(rc, ML_ECORRUPT, &err, "name");
}

static void an_emptied_segment_in_the_middle_is_noticed_by_opening(void **state)
{
    (void)state;
    char path[128];
    path_of(firsts[1], path);
    assert_int_equal(truncate(path, 0), 0);
    struct journal *journal;
    struct error err = {0};
    int rc = journal_sqlite_open(directory, NULL, &journal, &err);
    assert_error(rc, ML_ECORRUPT, &err, "empty");
    assert_first_bad(firsts[1], firsts[1]);
}

/* ---- flipped bytes */

static void flip(int fd, off_t offset, unsigned char mask)
{
    unsigned char byte;
    assert_int_equal(pread(fd, &byte, 1, offset), 1);
    byte ^= mask;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
}

static char *file_read(int fd, size_t *ret_size)
{
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    char *bytes = malloc((size_t)status.st_size);
    assert_non_null(bytes);
    assert_int_equal(pread(fd, bytes, (size_t)status.st_size, 0), status.st_size);
    *ret_size = (size_t)status.st_size;
    return bytes;
}

static int open_segment(uint64_t first_seq)
{
    char path[128];
    path_of(first_seq, path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    return fd;
}

/* Every byte of a record's data, and the hash behind it. */
static void a_flipped_byte_in_a_record_names_that_record(void **state)
{
    (void)state;
    uint64_t seq = firsts[1] + 10;
    char data[64];
    int length = snprintf(data, sizeof data, "{\"number\":%d,", (int)seq);
    int fd = open_segment(firsts[1]);
    size_t size;
    char *bytes = file_read(fd, &size);
    char *found = memmem(bytes, size, data, (size_t)length);
    assert_non_null(found);
    size_t data_size = (size_t)length + strlen("\"filler\":\"") + seq * 7919 % 600 + 2;
    for (size_t i = 0; i < data_size + HASH256_SIZE; i++) {
        off_t offset = found - bytes + (off_t)i;
        unsigned char mask = (unsigned char)(1u << i % 8);
        flip(fd, offset, mask);
        assert_first_bad(seq, firsts[1]);
        flip(fd, offset, mask);
    }
    free(bytes);
    close(fd);
}

static void assert_everything_is_read(void)
{
    struct journal *journal = open_journal(directory, &read_only);
    assert_holds(journal, directory, &read_only, RECORDS);
    journal_close(journal);
}

/* Anywhere in the file: either it is found, or it is a byte that nothing is kept in. */
static void a_flipped_byte_anywhere_is_found_or_changes_nothing(void **state)
{
    (void)state;
    int found = 0, harmless = 0;
    for (int segment = 0; segment < segments; segment++) {
        int fd = open_segment(firsts[segment]);
        char path[128];
        path_of(firsts[segment], path);
        size_t size;
        free(file_read(fd, &size));
        /* All of the header and the schema's beginning, then a sample. */
        for (size_t offset = 0; offset < size; offset += offset < 120 && segment == 0 ? 1 : 131) {
            unsigned char mask = (unsigned char)(1u << offset % 8);
            flip(fd, (off_t)offset, mask);
            struct journal_verification result;
            struct error err = {0};
            int rc = journal_sqlite_verify(directory, &read_only, &result, &err);
            if (rc == 0) {
                assert_everything_is_read();
                harmless++;
            } else {
                bool is_version = rc == ML_EVERSION; /* the byte that tells the format */
                assert_error(rc, is_version ? ML_EVERSION : ML_ECORRUPT, &err, "journal-");
                assert_true(is_version || result.first_bad_seq == result.records + 1);
                found++;
            }
            flip(fd, (off_t)offset, mask);
        }
        close(fd);
    }
    assert_everything_is_read();
    assert_true(found > 500 && harmless > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, discard)
    const struct CMUnitTest tests[] = {
        TEST(an_edited_field_is_found),
        TEST(a_row_slipped_in_is_found),
        TEST(an_edited_description_is_found),
        TEST(a_trigger_slipped_in_is_found),
        TEST(reading_stops_in_front_of_the_damage),
        TEST(a_bad_last_record_is_noticed_by_opening),
        TEST(a_missing_segment_is_noticed_by_opening),
        TEST(a_renamed_segment_is_noticed_by_opening),
        TEST(an_emptied_segment_in_the_middle_is_noticed_by_opening),
        TEST(a_flipped_byte_in_a_record_names_that_record),
        TEST(a_flipped_byte_anywhere_is_found_or_changes_nothing),
    };
    return cmocka_run_group_tests_name("journal_damage", tests, NULL, NULL);
}
