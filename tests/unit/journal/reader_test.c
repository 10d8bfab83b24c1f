/* Readers in other threads beside a busy appender: they see every record once, in order and whole,
 * over all segments, and never keep the log from being copied back. */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

enum { RECORDS = 30000, READERS = 3 };

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

/* cmocka's assertions belong to the main thread, so a reader notes what it saw. */
struct following {
    struct journal *journal;
    const atomic_ullong *appended; /* how far the appender has got */
    uint64_t next;
    uint64_t limit; /* a read */
    const char *complaint;
    struct error err;
    pthread_t thread;
};

static int follow_visit(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    struct following *following = context;
    char number[48];
    int size =
        snprintf(number, sizeof number, "{\"number\":%llu,", (unsigned long long)record->seq);
    if (record->seq != following->next)
        following->complaint = "a record out of order";
    else if (record->data.size < (size_t)size ||
             memcmp(record->data.data, number, (size_t)size) != 0)
        following->complaint = "a record with another's data";
    following->next++;
    return following->complaint != NULL;
}

static void *follow(void *argument)
{
    struct following *following = argument;
    struct journal_reader *reader = NULL;
    int rc = journal_reader_open(following->journal, &reader, &following->err);
    while (rc == 0 && following->next <= RECORDS) {
        uint64_t known = atomic_load(following->appended);
        rc = journal_read(reader, following->next, following->limit, follow_visit, following,
                          &following->err);
        if (rc == 0 && following->limit == 0 && following->next <= known)
            following->complaint = "the end before records appended earlier";
        if (following->complaint != NULL)
            break;
    }
    if (rc != 0 && following->complaint == NULL)
        following->complaint = following->err.message;
    journal_reader_close(reader);
    return NULL;
}

static void readers_follow_an_appender_over_all_segments(void **state)
{
    (void)state;
    struct journal_sqlite_options options = {.segment_bytes = 1024 * 1024};
    struct journal *journal = open_journal(directory, &options);
    atomic_ullong appended = 0;
    struct following readers[READERS] = {0};
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct following){journal, &appended, 1, (uint64_t)i * 100, .thread = 0};
        assert_int_equal(pthread_create(&readers[i].thread, NULL, follow, &readers[i]), 0);
    }
    static const size_t sizes[] = {1, 500, 64, 256, 3, 1000, 16};
    for (size_t i = 0; journal_tail(journal).seq < RECORDS; i++) {
        size_t count = sizes[i % (sizeof sizes / sizeof sizes[0])];
        size_t left = RECORDS - journal_tail(journal).seq;
        append_ok(journal, count < left ? count : left);
        atomic_store(&appended, journal_tail(journal).seq);
    }
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
        if (readers[i].complaint != NULL)
            fail_msg("reader %d at %d: %s", i, (int)readers[i].next, readers[i].complaint);
    }
    assert_in_range(directory_count(directory, ".db"), 8, 20);
    assert_holds(journal, directory, NULL, RECORDS);
    journal_close(journal);
}

/* ---- a slow visitor */

struct slow {
    struct journal *journal;
    off_t wal_bytes; /* the largest seen */
};

static off_t wal_size(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/journal-%020d.db-wal", directory, 1);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

/* While one record is looked at, the appender writes four times the log's usual length. */
static int slow_visit(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    struct slow *slow = context;
    if (record->seq > 1)
        return 0;
    for (int i = 0; i < 20; i++) {
        append_ok(slow->journal, 1000);
        if (wal_size() > slow->wal_bytes)
            slow->wal_bytes = wal_size();
    }
    return 0;
}

static void a_slow_visitor_does_not_make_the_log_grow(void **state)
{
    (void)state;
    struct journal *journal = open_journal(directory, NULL);
    append_ok(journal, 1000);
    struct journal_reader *reader = open_reader(journal);
    struct slow slow = {journal, 0};
    struct error err = {0};
    assert_ok(journal_read(reader, 1, 0, slow_visit, &slow, &err), &err);
    assert_true(slow.wal_bytes < 4 * 1024 * 1024);
    assert_int_equal(read_ok(reader, 1, 0), 21000);
    journal_reader_close(reader);
    journal_close(journal);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, discard)
    const struct CMUnitTest tests[] = {
        TEST(readers_follow_an_appender_over_all_segments),
        TEST(a_slow_visitor_does_not_make_the_log_grow),
    };
    return cmocka_run_group_tests_name("journal_reader", tests, NULL, NULL);
}
