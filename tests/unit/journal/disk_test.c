/* The fake disk forgets as a real one does: what was synced stays, what was not is kept, lost or
 * torn, names need their directory synced, and the same seed forgets the same. */
#include "support.h"

#include "disk.h"

#include <sqlite3.h>
#include <stdlib.h>

enum { SIZE = 8 * 512 };

static sqlite3_vfs *vfs_of(struct disk *disk)
{
    disk_register(disk, "fake");
    return sqlite3_vfs_find("fake");
}

static sqlite3_file *file_open(sqlite3_vfs *vfs, const char *path, int flags)
{
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
    assert_non_null(file);
    flags |= SQLITE_OPEN_READWRITE;
    assert_int_equal(vfs->xOpen(vfs, path, file, flags, NULL), SQLITE_OK);
    return file;
}

static void file_close(sqlite3_file *file)
{
    assert_int_equal(file->pMethods->xClose(file), SQLITE_OK);
    free(file);
}

static int file_write(sqlite3_file *file, char fill, sqlite3_int64 offset)
{
    char bytes[SIZE];
    memset(bytes, fill, sizeof bytes);
    return file->pMethods->xWrite(file, bytes, sizeof bytes, offset);
}

static int file_sync(sqlite3_file *file)
{
    return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

/* A durable file of SIZE bytes 'a', and its open handle. */
static sqlite3_file *file_make(struct disk *disk, sqlite3_vfs *vfs, const char *path)
{
    sqlite3_file *file = file_open(vfs, path, SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_CREATE);
    assert_int_equal(file_write(file, 'a', 0), SQLITE_OK);
    assert_int_equal(file_sync(file), SQLITE_OK);
    assert_int_equal(disk_files(disk)->sync_directory(disk, "d", NULL), 0);
    return file;
}

/* How many sectors of the file hold `fill`; a sector must hold one letter only. */
static int count_sectors(sqlite3_vfs *vfs, const char *path, char fill)
{
    sqlite3_file *file = file_open(vfs, path, SQLITE_OPEN_MAIN_DB);
    char bytes[SIZE];
    assert_int_equal(file->pMethods->xRead(file, bytes, SIZE, 0), SQLITE_OK);
    int count = 0;
    for (int i = 0; i < SIZE; i += 512) {
        for (int j = 1; j < 512; j++)
            assert_int_equal(bytes[i + j], bytes[i]);
        count += bytes[i] == fill;
    }
    file_close(file);
    return count;
}

static bool exists(sqlite3_vfs *vfs, const char *path)
{
    int answer = 0;
    assert_int_equal(vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &answer), SQLITE_OK);
    return answer != 0;
}

static void what_was_synced_survives(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct disk *disk = disk_new(seed);
        sqlite3_vfs *vfs = vfs_of(disk);
        file_close(file_make(disk, vfs, "d/f"));
        disk_crash(disk);
        assert_int_equal(count_sectors(vfs, "d/f", 'a'), SIZE / 512);
        disk_free(disk);
    }
}

static void an_unsynced_write_is_kept_lost_or_torn(void **state)
{
    (void)state;
    int kept = 0, lost = 0, torn = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct disk *disk = disk_new(seed);
        sqlite3_vfs *vfs = vfs_of(disk);
        sqlite3_file *file = file_make(disk, vfs, "d/f");
        assert_int_equal(file_write(file, 'b', 0), SQLITE_OK);
        assert_int_equal(count_sectors(vfs, "d/f", 'b'), SIZE / 512);
        disk_crash(disk);
        file_close(file);
        int written = count_sectors(vfs, "d/f", 'b');
        assert_int_equal(written + count_sectors(vfs, "d/f", 'a'), SIZE / 512);
        kept += written == SIZE / 512;
        lost += written == 0;
        torn += written > 0 && written < SIZE / 512;
        disk_free(disk);
    }
    assert_true(kept > 20 && lost > 20 && torn > 10);
}

static void names_live_and_die_with_their_directory(void **state)
{
    (void)state;
    int born = 0, dead = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct disk *disk = disk_new(seed);
        sqlite3_vfs *vfs = vfs_of(disk);
        file_close(file_make(disk, vfs, "d/old"));
        assert_int_equal(vfs->xDelete(vfs, "d/old", 0), SQLITE_OK);
        sqlite3_file *file = file_open(vfs, "d/new", SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_CREATE);
        assert_int_equal(file_write(file, 'a', 0), SQLITE_OK);
        assert_int_equal(file_sync(file), SQLITE_OK); /* of the file: its name is not durable */
        file_close(file);
        assert_false(exists(vfs, "d/old"));
        disk_crash(disk);
        born += exists(vfs, "d/new");
        dead += !exists(vfs, "d/old");
        disk_free(disk);
    }
    assert_in_range(born, 20, 80);
    assert_in_range(dead, 20, 80);
}

static void a_directory_sync_makes_names_durable(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct disk *disk = disk_new(seed);
        sqlite3_vfs *vfs = vfs_of(disk);
        file_close(file_make(disk, vfs, "d/a"));
        assert_int_equal(vfs->xDelete(vfs, "d/a", 1), SQLITE_OK);
        /* As in the unix VFS, syncing a new log also makes its name durable. */
        sqlite3_file *log = file_open(vfs, "d/b-wal", SQLITE_OPEN_WAL | SQLITE_OPEN_CREATE);
        assert_int_equal(file_write(log, 'a', 0), SQLITE_OK);
        assert_int_equal(file_sync(log), SQLITE_OK);
        file_close(log);
        disk_crash(disk);
        assert_false(exists(vfs, "d/a"));
        assert_true(exists(vfs, "d/b-wal"));
        disk_free(disk);
    }
}

static void after_a_failed_sync_a_good_one_promises_nothing(void **state)
{
    (void)state;
    int lost = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct disk *disk = disk_new(seed);
        sqlite3_vfs *vfs = vfs_of(disk);
        sqlite3_file *file = file_make(disk, vfs, "d/f");
        assert_int_equal(file_write(file, 'b', 0), SQLITE_OK);
        disk_fail_at(disk, disk_io_count(disk) + 1, DISK_FAULT_ERROR);
        assert_int_equal(file_sync(file), SQLITE_IOERR_FSYNC);
        assert_int_equal(file_sync(file), SQLITE_OK);
        file_close(file);
        disk_crash(disk);
        lost += count_sectors(vfs, "d/f", 'b') < SIZE / 512;
        disk_free(disk);
    }
    assert_in_range(lost, 5, 45);
}

static void a_full_disk_takes_no_more_but_overwrites(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    sqlite3_vfs *vfs = vfs_of(disk);
    sqlite3_file *file = file_make(disk, vfs, "d/f");
    disk_fail_at(disk, disk_io_count(disk) + 1, DISK_FAULT_FULL);
    assert_int_equal(file_write(file, 'b', SIZE), SQLITE_FULL);
    assert_int_equal(file_write(file, 'b', 1), SQLITE_FULL);
    assert_int_equal(file_write(file, 'b', 0), SQLITE_OK);
    disk_fail_at(disk, 0, DISK_FAULT_NONE);
    assert_int_equal(file_write(file, 'b', SIZE), SQLITE_OK);
    file_close(file);
    disk_free(disk);
}

static void a_crash_fault_stops_everything_until_restart(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    sqlite3_vfs *vfs = vfs_of(disk);
    sqlite3_file *file = file_make(disk, vfs, "d/f");
    uint64_t before = disk_io_count(disk);
    disk_fail_at(disk, before + 2, DISK_FAULT_CRASH);
    assert_int_equal(file_write(file, 'b', 0), SQLITE_OK);
    assert_false(disk_is_down(disk));
    assert_int_equal(file_sync(file), SQLITE_IOERR_FSYNC);
    assert_true(disk_is_down(disk));
    assert_int_equal(file_write(file, 'b', 0), SQLITE_IOERR_WRITE);
    assert_int_equal(disk_io_count(disk), before + 2);
    disk_crash(disk);
    assert_false(disk_is_down(disk));
    assert_int_equal(file_write(file, 'b', 0), SQLITE_IOERR_WRITE); /* of the dead process */
    file_close(file);
    file = file_open(vfs, "d/f", SQLITE_OPEN_MAIN_DB);
    assert_int_equal(file_write(file, 'b', 0), SQLITE_OK);
    file_close(file);
    disk_free(disk);
}

static void connections_keep_out_of_each_others_way(void **state)
{
    (void)state;
    struct disk *disk = disk_new(1);
    disk_register(disk, "fake");
    sqlite3 *one, *two;
    assert_int_equal(sqlite3_open("d/x.db", &one), SQLITE_OK);
    assert_int_equal(sqlite3_open("d/x.db", &two), SQLITE_OK);
    static const char *const modes[] = {"PRAGMA journal_mode=DELETE", "PRAGMA journal_mode=WAL"};
    sqlite3_exec(one, "CREATE TABLE t (x)", NULL, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sqlite3_exec(one, modes[i], NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(
            sqlite3_exec(one, "BEGIN IMMEDIATE; INSERT INTO t VALUES (1)", NULL, NULL, NULL),
            SQLITE_OK);
        assert_int_equal(sqlite3_exec(two, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY);
        assert_int_equal(sqlite3_exec(one, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(two, "DELETE FROM t", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_changes(two), 1);
    }
    sqlite3_close(one);
    sqlite3_close(two);
    assert_false(exists(sqlite3_vfs_find("fake"), "d/x.db-wal"));
    disk_free(disk);
}

/* Runs a database into a crash and returns a digest of what is left of its files. */
static struct hash128 crashed_digest(uint64_t seed)
{
    static const char *const paths[] = {"d/x.db", "d/x.db-wal"};
    struct disk *disk = disk_new(seed);
    sqlite3_vfs *vfs = vfs_of(disk);
    sqlite3 *db;
    assert_int_equal(sqlite3_open("d/x.db", &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; CREATE TABLE t (x)", NULL,
                 NULL, NULL);
    for (int i = 0; i < 20; i++)
        sqlite3_exec(db, "INSERT INTO t VALUES (randomblob(2000))", NULL, NULL, NULL);
    disk_crash(disk);
    sqlite3_close(db);
    struct hash128 digest = {0};
    for (int i = 0; i < 2; i++) {
        size_t size = 0;
        if (!disk_file_size(disk, paths[i], &size) || size == 0)
            continue;
        char *bytes = malloc(size);
        sqlite3_file *file = file_open(vfs, paths[i], SQLITE_OPEN_MAIN_DB);
        assert_int_equal(file->pMethods->xRead(file, bytes, (int)size, 0), SQLITE_OK);
        file_close(file);
        struct bytes pieces[] = {{(const char *)&digest, sizeof digest}, {bytes, size}};
        digest = hash128_of(pieces, 2);
        free(bytes);
    }
    disk_free(disk);
    return digest;
}

static void the_same_seed_forgets_the_same(void **state)
{
    (void)state;
    int differ = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct hash128 digest = crashed_digest(seed);
        assert_true(hash128_equal(digest, crashed_digest(seed)));
        differ += !hash128_equal(digest, crashed_digest(seed + 100));
    }
    assert_true(differ > 10); /* two seeds may both lose everything */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_synced_survives),
        cmocka_unit_test(an_unsynced_write_is_kept_lost_or_torn),
        cmocka_unit_test(names_live_and_die_with_their_directory),
        cmocka_unit_test(a_directory_sync_makes_names_durable),
        cmocka_unit_test(after_a_failed_sync_a_good_one_promises_nothing),
        cmocka_unit_test(a_full_disk_takes_no_more_but_overwrites),
        cmocka_unit_test(a_crash_fault_stops_everything_until_restart),
        cmocka_unit_test(connections_keep_out_of_each_others_way),
        cmocka_unit_test(the_same_seed_forgets_the_same),
    };
    return cmocka_run_group_tests_name("disk", tests, NULL, NULL);
}
