/* Errors, notes and progress on stderr; what a command found goes to stdout and is not here. */
#include "base/time.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int cli_fail(const struct error *err)
{
    if (err->place[0] != '\0')
        fprintf(stderr, "meshline: %s: %s\n", err->place, err->message);
    else
        fprintf(stderr, "meshline: %s\n", err->message);
    return CLI_FAILED;
}

void cli_note(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("meshline: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
}

int cli_finish(int code)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return code;
    fprintf(stderr, "meshline: the output could not be written: %s\n", strerror(errno));
    return CLI_FAILED;
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * TIME_US_PER_SECOND + now.tv_nsec / 1000;
}

int64_t clock_utc_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

enum { PROGRESS_EVERY_US = 100000, PROGRESS_CELLS = 30 };

void progress_init(struct progress *progress)
{
    *progress = (struct progress){.shown = isatty(STDERR_FILENO) == 1};
}

bool progress_due(struct progress *progress)
{
    int64_t now_us = clock_monotonic_us();
    if (!progress->shown || now_us < progress->next_us)
        return false;
    progress->next_us = now_us + PROGRESS_EVERY_US;
    return true;
}

void progress_line(struct progress *progress, const char *format, ...)
{
    if (!progress->shown)
        return;
    va_list list;
    va_start(list, format);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, format, list);
    va_end(list);
    fflush(stderr);
}

void progress_bar(struct progress *progress, const char *what, uint64_t done, uint64_t total)
{
    double share = total > 0 && done < total ? (double)done / (double)total : 1;
    int cells = (int)(share * PROGRESS_CELLS);
    char bar[PROGRESS_CELLS + 1];
    memset(bar, '.', PROGRESS_CELLS);
    memset(bar, '#', (size_t)cells);
    bar[PROGRESS_CELLS] = '\0';
    progress_line(progress, "%s [%s] %3d %%", what, bar, (int)(share * 100));
}

void progress_clear(struct progress *progress)
{
    progress_line(progress, "%s", "");
}
