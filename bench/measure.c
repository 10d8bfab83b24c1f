/* Clock, percentiles, options, memory, disk: see measure.h. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t measure_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

double measure_seconds_since(int64_t start_us)
{
    return (double)(measure_now_us() - start_us) / 1e6;
}

void measure_sleep_us(int64_t duration_us)
{
    struct timespec nap = {duration_us / 1000000, duration_us % 1000000 * 1000};
    while (duration_us > 0 && nanosleep(&nap, &nap) != 0 && errno == EINTR)
        ;
}

bool measure_options(int argc, char **argv)
{
    if (argc == 1)
        return false;
    if (argc == 2 && strcmp(argv[1], "--quick") == 0)
        return true;
    fprintf(stderr, "usage: %s [--quick]\n", argv[0]);
    exit(2);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double measure_percentile(double *values, size_t count, double share)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, compare);
    size_t at = (size_t)(share * (double)count);
    return values[at < count ? at : count - 1];
}

struct measure_memory measure_memory_of(int pid)
{
    struct measure_memory memory = {0};
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "r");
    if (status == NULL)
        measure_fail("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0)
            memory.resident = strtod(line + 6, NULL) * 1024;
        if (strncmp(line, "RssAnon:", 8) == 0)
            memory.anonymous = strtod(line + 8, NULL) * 1024;
    }
    fclose(status);
    return memory;
}

static void write_durably(int file, off_t at, const char *path)
{
    static const char block[8192];
    if (pwrite(file, block, sizeof block, at) != sizeof block || fdatasync(file) != 0)
        measure_fail("%s: %s", path, strerror(errno));
}

double measure_fsyncs_per_second(const char *directory, double seconds)
{
    enum { BLOCKS = 256, BLOCK_SIZE = 8192 };
    char path[300];
    snprintf(path, sizeof path, "%s/fsync-control", directory);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        measure_fail("%s: %s", path, strerror(errno));
    static const char zeros[BLOCKS * BLOCK_SIZE];
    if (write(file, zeros, sizeof zeros) != sizeof zeros || fsync(file) != 0)
        measure_fail("%s: %s", path, strerror(errno));
    int64_t start_us = measure_now_us();
    uint64_t count = 0;
    for (; measure_seconds_since(start_us) < seconds; count++)
        write_durably(file, (off_t)(count % BLOCKS) * BLOCK_SIZE, path);
    double took = measure_seconds_since(start_us);
    close(file);
    unlink(path);
    return (double)count / took;
}

static char directory_path[256];

static void remove_directory(void)
{
    measure_run("/bin/rm", "-rf", "--", directory_path, NULL);
}

const char *measure_directory(void)
{
    const char *parent = getenv("TMPDIR");
    if (directory_path[0] != '\0')
        return directory_path;
    snprintf(directory_path, sizeof directory_path, "%s/meshline-bench-XXXXXX",
             parent != NULL ? parent : "/tmp");
    if (mkdtemp(directory_path) == NULL)
        measure_fail("%s: %s", directory_path, strerror(errno));
    atexit(remove_directory);
    return directory_path;
}

void measure_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void measure_run(const char *program, ...)
{
    enum { ARGUMENTS_MAX = 8 };
    const char *arguments[ARGUMENTS_MAX + 1] = {program};
    va_list list;
    va_start(list, program);
    for (int i = 1; i < ARGUMENTS_MAX; i++)
        if ((arguments[i] = va_arg(list, const char *)) == NULL)
            break;
    va_end(list);
    pid_t child = fork();
    if (child == 0) {
        execv(program, (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        measure_fail("%s failed", program);
}
