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

static int open_control(const char *directory, char path[static 300])
{
    snprintf(path, 300, "%s/disk-control", directory);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        measure_fail("%s: %s", path, strerror(errno));
    return file;
}

static void close_control(int file, const char *path)
{
    close(file);
    unlink(path);
}

static void write_control(int file, const char *data, size_t size, off_t at)
{
    if (pwrite(file, data, size, at) != (ssize_t)size)
        measure_fail("the disk control cannot be written: %s", strerror(errno));
}

static void sync_control(int file)
{
    if (fdatasync(file) != 0)
        measure_fail("the disk control cannot be synced: %s", strerror(errno));
}

static char *noise(size_t size)
{
    char *data = malloc(size);
    if (data == NULL)
        measure_fail("out of memory");
    for (size_t i = 0; i < size; i++)
        data[i] = (char)((i * 2654435761U) >> 13);
    return data;
}

double measure_fsyncs_per_second(const char *directory, double seconds)
{
    enum { BLOCKS = 256, BLOCK_SIZE = 8192 };
    char path[300];
    int file = open_control(directory, path);
    char *data = noise((size_t)BLOCKS * BLOCK_SIZE);
    write_control(file, data, (size_t)BLOCKS * BLOCK_SIZE, 0);
    sync_control(file);
    int64_t start_us = measure_now_us();
    uint64_t count = 0;
    for (; measure_seconds_since(start_us) < seconds; count++) {
        off_t at = (off_t)(count % BLOCKS) * BLOCK_SIZE;
        write_control(file, data + (count * 7 % BLOCKS) * BLOCK_SIZE, BLOCK_SIZE, at);
        sync_control(file);
    }
    double took = measure_seconds_since(start_us);
    close_control(file, path);
    free(data);
    return (double)count / took;
}

double measure_disk_mib_per_second(const char *directory)
{
    enum { PIECES = 128, PIECE_SIZE = 1024 * 1024 };
    char path[300];
    int file = open_control(directory, path);
    char *data = noise(PIECE_SIZE);
    int64_t start_us = measure_now_us();
    for (int i = 0; i < PIECES; i++)
        write_control(file, data, PIECE_SIZE, (off_t)i * PIECE_SIZE);
    sync_control(file);
    double took = measure_seconds_since(start_us);
    close_control(file, path);
    free(data);
    return PIECES / took;
}

double measure_written_bytes(int pid)
{
    double bytes = 0;
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/io", pid);
    FILE *io = fopen(path, "r");
    if (io == NULL)
        measure_fail("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, io) != NULL)
        if (strncmp(line, "write_bytes:", 12) == 0)
            bytes = strtod(line + 12, NULL);
    fclose(io);
    return bytes;
}

double measure_cpu_seconds(int pid)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *stat = fopen(path, "r");
    if (stat == NULL || fgets(line, sizeof line, stat) == NULL)
        measure_fail("%s: %s", path, strerror(errno));
    fclose(stat);
    /* The name in parentheses may hold anything; user and system time are fields 14 and 15. */
    const char *at = strrchr(line, ')');
    for (int field = 2; at != NULL && field < 14; field++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        measure_fail("%s has no times", path);
    char *end;
    double user = strtod(at, &end);
    return (user + strtod(end, NULL)) / (double)sysconf(_SC_CLK_TCK);
}

static char directory_path[256];

static void remove_directory(void)
{
    measure_run("/bin/rm", "-rf", "--", directory_path, (char *)NULL);
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
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is above */
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
        /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is above */
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
