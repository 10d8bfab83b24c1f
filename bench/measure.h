/* What every benchmark needs: a clock, an order of values, its options, the memory of a process. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a clock that only runs forward. */
int64_t measure_now_us(void);
double measure_seconds_since(int64_t start_us);
void measure_sleep_us(int64_t duration_us);

/* True for --quick; anything else on the command line ends the program. */
bool measure_options(int argc, char **argv);

/* Sorts `values` and returns the one below which `share` (0 to 1) of them lie. */
double measure_percentile(double *values, size_t count, double share);

/* Resident memory in bytes; of it what belongs to the process alone, not to a file's pages. */
struct measure_memory {
    double resident;
    double anonymous;
};
struct measure_memory measure_memory_of(int pid);

/* The control beside whatever waits for the disk: how many writes of 8 KiB into an existing file a
 * second are made durable, one after the other. No journal can commit more often. */
double measure_fsyncs_per_second(const char *directory, double seconds);
/* The other control: 128 MiB into a new file in one go, with one sync at the end. */
double measure_disk_mib_per_second(const char *directory);

/* Processor time of the process so far, in seconds. */
double measure_cpu_seconds(int pid);
/* What the process has had written to disk since its start, journals of SQLite and all. */
double measure_written_bytes(int pid);

/* A fresh directory below $TMPDIR or /tmp, once a program; it is deleted with all in it at exit. */
const char *measure_directory(void);

/* Prints why and ends the program with 1: for whatever makes a number meaningless. */
_Noreturn void measure_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Runs a program of the repository and waits; ends this one when it fails. NULL ends the list. */
void measure_run(const char *program, ...) __attribute__((sentinel));

#endif
