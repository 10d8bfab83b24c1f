/* The journal survives its disk (I1, I10): whatever I/O fails or is the last before the power goes,
 * after a restart every acknowledged batch is there, every other one is whole or absent, and the
 * chain holds. Every I/O of a scripted life is tried, on the fake disk. */
#include "support.h"

#include "disk.h"

/* What the journal is asked to do: batches of these sizes, twice, with a clean close between and an
 * end of one or the other kind. */
enum end { END_CLOSE, END_CRASH };

struct script {
    uint64_t segment_bytes;
    size_t batches[8]; /* ends with 0 */
    uint64_t records;  /* their sum */
};

/* Rolls twice in each life. */
static const struct script rolling = {40 * 1024, {1, 3, 60, 2, 60, 5}, 131};
/* Grows one segment until the write-ahead log has been copied back and begun anew. */
static const struct script growing = {64 * 1024 * 1024, {1100, 1100, 1100, 1100, 1100, 5, 7}, 5512};

/* Everything stays in the first log. */
static const struct script brief = {64 * 1024 * 1024, {1, 2}, 3};

/* What a life of the journal got to. */
struct life {
    uint64_t acknowledged; /* the last record whose batch was */
    uint64_t attempted;    /* the last record of the batch in flight */
    int failure;           /* of the operation that ended it; 0: it ended well */
};

static struct journal_sqlite_options options_of(struct disk *disk, const struct script *script)
{
    return (struct journal_sqlite_options){
        .segment_bytes = script->segment_bytes, .vfs = "fake", .files = disk_files(disk)};
}

static struct disk *new_disk(uint64_t seed)
{
    struct disk *disk = disk_new(seed);
    disk_register(disk, "fake");
    return disk;
}

static void live_once(struct disk *disk, const struct script *script, enum end end,
                      struct life *life)
{
    struct journal_sqlite_options options = options_of(disk, script);
    struct journal *journal = NULL;
    struct error err = {0};
    life->failure = journal_sqlite_open("d", &options, &journal, &err);
    for (const size_t *batch = script->batches; *batch > 0 && life->failure == 0; batch++) {
        life->attempted = life->acknowledged + *batch;
        life->failure = append_next(journal, *batch, &err);
        if (life->failure == 0)
            life->acknowledged = life->attempted;
        else
            assert_int_equal(append_next(journal, 1, &err), life->failure); /* never again */
    }
    if (end == END_CRASH)
        disk_crash(disk);
    journal_close(journal); /* after a crash, of the dead process: reaches nothing */
}

/* Two lives in a row, so that reopening, recovery and clean closing are struck as well. */
static struct life live(struct disk *disk, const struct script *script, enum end end)
{
    struct life life = {0};
    live_once(disk, script, END_CLOSE, &life);
    if (life.failure == 0)
        live_once(disk, script, end, &life);
    return life;
}

static void assert_recovered(struct disk *disk, const struct script *script,
                             const struct life *life)
{
    struct journal_sqlite_options options = options_of(disk, script);
    struct journal *journal = open_journal("d", &options);
    uint64_t last = journal_tail(journal).seq;
    if (last != life->acknowledged && last != life->attempted)
        fail_msg("acknowledged up to %d, attempted up to %d, found up to %d",
                 (int)life->acknowledged, (int)life->attempted, (int)last);
    assert_holds(journal, "d", &options, last);
    append_ok(journal, 50);
    append_ok(journal, 1);
    assert_holds(journal, "d", &options, last + 51);
    journal_close(journal);
}

/* How many I/Os an undisturbed script does. */
struct ios {
    uint64_t changes;
    uint64_t reads;
};

static struct ios count_ios(const struct script *script)
{
    struct disk *disk = new_disk(1);
    struct life life = live(disk, script, END_CLOSE);
    assert_int_equal(life.failure, 0);
    assert_int_equal(life.acknowledged, 2 * script->records);
    struct ios ios = {disk_io_count(disk), disk_read_count(disk)};
    assert_recovered(disk, script, &life);
    disk_free(disk);
    return ios;
}

static void crash_at(const struct script *script, uint64_t at, uint64_t seed)
{
    struct disk *disk = new_disk(seed);
    disk_fail_at(disk, at, DISK_FAULT_CRASH);
    struct life life = live(disk, script, END_CLOSE);
    assert_true(disk_is_down(disk));
    disk_crash(disk);
    assert_recovered(disk, script, &life);
    disk_free(disk);
}

static void a_crash_at_any_io_loses_nothing_acknowledged(void **state)
{
    (void)state;
    uint64_t changes = count_ios(&rolling).changes;
    assert_true(changes > 200);
    for (uint64_t at = 1; at <= changes; at++)
        crash_at(&rolling, at, at * 1000);
}

/* Thousands of I/Os, nearly all of them writes of pages: one in 61 tells enough. */
static void a_crash_while_the_log_is_copied_back_loses_nothing(void **state)
{
    (void)state;
    uint64_t changes = count_ios(&growing).changes;
    for (uint64_t at = changes / 4; at <= changes; at += 61)
        crash_at(&growing, at, at);
}

static void a_crash_during_recovery_loses_nothing_either(void **state)
{
    (void)state;
    uint64_t changes = count_ios(&rolling).changes;
    for (uint64_t at = 1; at <= changes; at += 17) {
        bool struck = true;
        for (uint64_t again = 1; struck; again++) {
            struct disk *disk = new_disk(at * 1000 + again);
            disk_fail_at(disk, at, DISK_FAULT_CRASH);
            struct life life = live(disk, &rolling, END_CLOSE);
            disk_crash(disk);
            struct journal_sqlite_options options = options_of(disk, &rolling);
            disk_fail_at(disk, disk_io_count(disk) + again, DISK_FAULT_CRASH);
            struct journal *journal = NULL;
            journal_sqlite_open("d", &options, &journal, NULL);
            journal_close(journal);
            struck = disk_is_down(disk);
            disk_crash(disk);
            assert_recovered(disk, &rolling, &life);
            disk_free(disk);
        }
    }
}

/* A crash without any fault before it: the process is killed between two batches. */
static void a_crash_between_batches_loses_nothing_at_all(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct disk *disk = new_disk(seed);
        struct journal_sqlite_options options = options_of(disk, &rolling);
        struct journal *journal = open_journal("d", &options);
        for (uint64_t i = 0; i <= seed; i++)
            append_ok(journal, 7);
        uint64_t last = 7 * (seed + 1);
        disk_crash(disk);
        journal_close(journal); /* of the dead process: reaches nothing */
        assert_recovered(disk, &rolling, &(struct life){last, last, 0});
        disk_free(disk);
    }
}

static void run_into(const struct script *script, enum disk_fault fault, uint64_t at, int wanted,
                     enum end end)
{
    struct disk *disk = new_disk(at);
    disk_fail_at(disk, at, fault);
    struct life life = live(disk, script, end);
    if (life.failure != 0 && life.failure != wanted)
        fail_msg("I/O %d: %s instead of %s", (int)at, error_code_name(life.failure),
                 error_code_name(wanted));
    disk_fail_at(disk, 0, DISK_FAULT_NONE);
    assert_recovered(disk, script, &life);
    disk_free(disk);
}

static void run_into_all(enum disk_fault fault, int wanted)
{
    static const struct script *const scripts[] = {&rolling, &brief};
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        uint64_t changes = count_ios(scripts[i]).changes;
        for (uint64_t at = 1; at <= changes; at++) {
            run_into(scripts[i], fault, at, wanted, END_CLOSE);
            run_into(scripts[i], fault, at, wanted, END_CRASH);
        }
    }
}

static void a_failing_io_ends_in_an_error_and_a_sound_journal(void **state)
{
    (void)state;
    run_into_all(DISK_FAULT_ERROR, ML_EIO);
}

static void a_full_disk_ends_in_an_error_and_a_sound_journal(void **state)
{
    (void)state;
    run_into_all(DISK_FAULT_FULL, ML_ENOSPC);
}

static void a_failing_read_ends_in_an_error_and_a_sound_journal(void **state)
{
    (void)state;
    uint64_t reads = count_ios(&rolling).reads;
    assert_true(reads > 20);
    for (uint64_t at = 1; at <= reads; at++)
        run_into(&rolling, DISK_FAULT_READ_ERROR, at, ML_EIO, END_CLOSE);
}

/* The sentence must tell an operator what to do. */
static void a_full_disk_is_explained(void **state)
{
    (void)state;
    struct disk *disk = new_disk(1);
    struct journal_sqlite_options options = options_of(disk, &rolling);
    struct journal *journal = open_journal("d", &options);
    append_ok(journal, 1);
    disk_fail_at(disk, 0, DISK_FAULT_FULL);
    struct error err = {0};
    assert_error(append_next(journal, 20, &err), ML_ENOSPC, &err, "free space");
    assert_error(ML_ENOSPC, ML_ENOSPC, &err, "d/journal-00000000000000000001.db");
    disk_fail_at(disk, 0, DISK_FAULT_NONE);
    assert_error(append_next(journal, 1, &err), ML_ENOSPC, &err, "restart");
    assert_int_equal(journal_tail(journal).seq, 1);
    journal_close(journal);
    disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_at_any_io_loses_nothing_acknowledged),
        cmocka_unit_test(a_crash_while_the_log_is_copied_back_loses_nothing),
        cmocka_unit_test(a_crash_during_recovery_loses_nothing_either),
        cmocka_unit_test(a_crash_between_batches_loses_nothing_at_all),
        cmocka_unit_test(a_failing_io_ends_in_an_error_and_a_sound_journal),
        cmocka_unit_test(a_full_disk_ends_in_an_error_and_a_sound_journal),
        cmocka_unit_test(a_failing_read_ends_in_an_error_and_a_sound_journal),
        cmocka_unit_test(a_full_disk_is_explained),
    };
    return cmocka_run_group_tests_name("journal_crash", tests, NULL, NULL);
}
