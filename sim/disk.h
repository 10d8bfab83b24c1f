/* A fake disk for the simulator and for tests: a SQLite VFS over memory that forgets like a real
 * one.
 *
 * Every file has two images: what the process sees and what was synced. A crash throws the first
 * away; each write since the last sync is then kept, lost or torn at 512-byte sectors, and each
 * creation or removal of a file not yet made durable by a sync of its directory is kept or lost, as
 * the seed decides. Deterministic: same seed, same calls, same bytes. One thread only. */
#ifndef ML_SIM_DISK_H
#define ML_SIM_DISK_H

#include "journal/journal.h"

struct disk;

/* I/Os that change the disk are numbered from 1: writes, truncations, syncs of files and
 * directories, creations and removals of files. Reads have numbers of their own. */
enum disk_fault {
    DISK_FAULT_NONE,
    DISK_FAULT_ERROR,      /* that one changing I/O fails; a write may have been done in part */
    DISK_FAULT_FULL,       /* from that one on nothing can grow, until this is called again */
    DISK_FAULT_CRASH,      /* from that one on everything fails, until disk_crash */
    DISK_FAULT_READ_ERROR, /* that one read fails */
};

/* An empty disk with all faults off. */
struct disk *disk_new(uint64_t seed);
/* Takes NULL. Connections to it must be closed before. */
void disk_free(struct disk *disk);

/* Registers the disk as SQLite VFS `name` (borrowed until disk_free) and makes it the process's
 * default, so that nothing reaches the real disk unnoticed and SQLite's random numbers follow the
 * seed. disk_free takes it back. */
void disk_register(struct disk *disk, const char *name);

/* Directory functions for journal_sqlite_options.files; valid as long as the disk. Directories need
 * no creation: one is whatever stands before the last slash of a path. */
const struct journal_files *disk_files(struct disk *disk);

/* Arms one fault, for the I/O with this number; replaces an earlier one, DISK_FAULT_NONE disarms. A
 * number that has passed means the next such I/O. */
void disk_fail_at(struct disk *disk, uint64_t io_number, enum disk_fault fault);
uint64_t disk_io_count(const struct disk *disk);
uint64_t disk_read_count(const struct disk *disk);
/* Whether an armed DISK_FAULT_CRASH has struck. */
bool disk_is_down(const struct disk *disk);

/* Power loss and restart: what was not synced is decided, locks and shared memory are gone, faults
 * are off. Connections opened before see only errors from now on; close them any time. */
void disk_crash(struct disk *disk);

/* For tests that damage files; no connection may have them open. The size in bytes of a file as the
 * process sees it; false when there is none. */
bool disk_file_size(struct disk *disk, const char *path, size_t *ret_size);
/* Inverts the bits of `mask` in one byte, durably. The file must exist and be longer. */
void disk_file_flip(struct disk *disk, const char *path, size_t offset, unsigned char mask);

#endif
