/* What the tests of the journal share: records whose content follows from their number, so that
 * whoever reads one can tell whether it is whole, and a place to keep a journal in. */
#ifndef ML_TESTS_UNIT_JOURNAL_SUPPORT_H
#define ML_TESTS_UNIT_JOURNAL_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal/journal.h"

enum { BATCH_TEST_MAX = 1100, DIRECTORY_SIZE = 64 };

/* A fresh directory of the real file system, and its removal with the files in it. */
void directory_make(char directory[static DIRECTORY_SIZE]);
void directory_remove(const char *directory);
/* How many of its files end so. */
int directory_count(const char *directory, const char *ending);

/* Fails the test with the sentence of `err` unless rc is 0. */
void assert_ok(int rc, const struct error *err);
/* And unless rc is `code` and the sentence or the place contains `part`. */
void assert_error(int rc, int code, const struct error *err, const char *part);

struct journal *open_journal(const char *directory, const struct journal_sqlite_options *options);
struct journal_reader *open_reader(struct journal *journal);

/* Appends the `count` test records that follow the tail. */
int append_next(struct journal *journal, size_t count, struct error *err);
void append_ok(struct journal *journal, size_t count);

/* Checks that the record is the test record `seq`, whole. */
void assert_record(const struct journal_record *record, uint64_t seq);

/* Reads from `from` on, at most `limit` (0: all), checks each record, and returns how many. */
uint64_t read_ok(struct journal_reader *reader, uint64_t from, uint64_t limit);
/* Checks that the journal holds the test records 1 to `last`, by a reader and by verification. */
void assert_holds(struct journal *journal, const char *directory,
                  const struct journal_sqlite_options *options, uint64_t last);

#endif
