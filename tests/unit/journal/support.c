#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void directory_make(char directory[static DIRECTORY_SIZE])
{
    snprintf(directory, DIRECTORY_SIZE, "/tmp/journal-test-XXXXXX");
    assert_non_null(mkdtemp(directory));
}

void directory_remove(const char *directory)
{
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    struct dirent *entry;
    while ((entry = readdir(stream)) != NULL)
        unlinkat(dirfd(stream), entry->d_name, 0);
    closedir(stream);
    assert_int_equal(rmdir(directory), 0);
}

int directory_count(const char *directory, const char *ending)
{
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    int count = 0;
    struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        size_t size = strlen(entry->d_name), wanted = strlen(ending);
        count += size >= wanted && strcmp(entry->d_name + size - wanted, ending) == 0;
    }
    closedir(stream);
    return count;
}

void assert_ok(int rc, const struct error *err)
{
    if (rc != 0)
        fail_msg("%s: %s: %s", error_code_name(rc), err->place, err->message);
}

void assert_error(int rc, int code, const struct error *err, const char *part)
{
    if (rc != code)
        fail_msg("expected %s, got %s (%s: %s)", error_code_name(code), error_code_name(rc),
                 err->place, err->message);
    assert_int_equal(err->code, code);
    if (strstr(err->message, part) == NULL && strstr(err->place, part) == NULL)
        fail_msg("expected \"%s\" in: %s: %s", part, err->place, err->message);
}

struct journal *open_journal(const char *directory, const struct journal_sqlite_options *options)
{
    struct journal *journal = NULL;
    struct error err = {0};
    assert_ok(journal_sqlite_open(directory, options, &journal, &err), &err);
    return journal;
}

struct journal_reader *open_reader(struct journal *journal)
{
    struct journal_reader *reader = NULL;
    struct error err = {0};
    assert_ok(journal_reader_open(journal, &reader, &err), &err);
    return reader;
}

/* ---- records */

enum { DATA_SIZE_MAX = 700 };

struct content {
    char subject[24];
    char data[DATA_SIZE_MAX];
};

/* Sizes vary, some subjects are empty; the last byte of the data is always written. */
static struct journal_record make_record(uint64_t seq, struct content *content)
{
    snprintf(content->subject, sizeof content->subject, "L%llu", (unsigned long long)seq);
    int size = snprintf(content->data, sizeof content->data, "{\"number\":%llu,\"filler\":\"",
                        (unsigned long long)seq);
    size_t filler = seq * 7919 % 600;
    memset(content->data + size, 'a' + (int)(seq % 26), filler);
    memcpy(content->data + (size_t)size + filler, "\"}", 2);
    return (struct journal_record){
        .time_us = INT64_C(1700000000000000) + (int64_t)seq * 10,
        .type = seq % 2 ? BYTES_LITERAL("lead.captured") : BYTES_LITERAL("lead.assigned"),
        .subject = seq % 7 == 0 ? (struct bytes){0} : bytes_of(content->subject),
        .data = {content->data, (size_t)size + filler + 2},
    };
}

int append_next(struct journal *journal, size_t count, struct error *err)
{
    static struct content contents[BATCH_TEST_MAX];
    static struct journal_record records[BATCH_TEST_MAX];
    assert_true(count <= BATCH_TEST_MAX);
    uint64_t first = journal_tail(journal).seq + 1;
    for (size_t i = 0; i < count; i++)
        records[i] = make_record(first + i, &contents[i]);
    return journal_append(journal, first, records, count, err);
}

void append_ok(struct journal *journal, size_t count)
{
    struct error err = {0};
    assert_ok(append_next(journal, count, &err), &err);
}

void assert_record(const struct journal_record *record, uint64_t seq)
{
    struct content content;
    struct journal_record wanted = make_record(seq, &content);
    assert_int_equal(record->seq, seq);
    assert_int_equal(record->time_us, wanted.time_us);
    assert_true(bytes_equal(record->type, wanted.type));
    assert_true(bytes_equal(record->subject, wanted.subject));
    assert_true(bytes_equal(record->data, wanted.data));
}

static int check_next(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    uint64_t *next = context;
    assert_record(record, *next);
    ++*next;
    return 0;
}

uint64_t read_ok(struct journal_reader *reader, uint64_t from, uint64_t limit)
{
    uint64_t next = from;
    struct error err = {0};
    assert_ok(journal_read(reader, from, limit, check_next, &next, &err), &err);
    return next - from;
}

void assert_holds(struct journal *journal, const char *directory,
                  const struct journal_sqlite_options *options, uint64_t last)
{
    struct journal_reader *reader = open_reader(journal);
    assert_int_equal(read_ok(reader, 1, 0), last);
    journal_reader_close(reader);
    struct journal_verification result;
    struct error err = {0};
    assert_ok(journal_sqlite_verify(directory, options, &result, &err), &err);
    assert_int_equal(result.records, last);
    assert_int_equal(result.first_bad_seq, 0);
    struct journal_tail tail = journal_tail(journal);
    assert_int_equal(tail.seq, last);
    assert_memory_equal(&tail.hash, &result.hash, sizeof tail.hash);
}
