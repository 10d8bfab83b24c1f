/* The live table and the lines of the demo. */
#include "cli/demo/demo_view.h"

#include "base/json.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    LIVE_EVERY_US = 1000000,
    LINE_EVERY_US = 10000000,
    BAR_CELLS = 20,
    STORY_LINES = 8,
    TOLD = 4,        /* sentences, the newest */
    WIDTH = 100,     /* where the terminal does not say */
    POOLS_ROWS = 34, /* without so many rows the pools have no room */
};

void demo_view_init(struct demo_view *view, bool live)
{
    *view = (struct demo_view){.live = live};
    view->next_show_us = clock_monotonic_us() + (live ? LIVE_EVERY_US : LINE_EVERY_US);
}

static struct winsize terminal_size(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40)
        size.ws_col = WIDTH;
    return size;
}

/* How many bytes of a text fill so many cells, at most. */
static size_t fit(const char *text, size_t cells)
{
    size_t end = 0;
    for (; text[end] != '\0'; end++)
        if (((unsigned char)text[end] & 0xC0) != 0x80 && cells-- == 0)
            break;
    return end;
}

static void line(struct demo_view *view, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line that is too long would break the table that is written over it. */
static void line(struct demo_view *view, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    printf("\033[K%.*s\n", (int)fit(text, terminal_size().ws_col), text);
    view->lines++;
}

static void show_pools(struct demo_view *view, const struct demo *demo)
{
    struct json_object *list =
        json_object_object_get(demo_watch_answer(&demo->watch, DEMO_POOLS, 0), "pools");
    line(view, "  %-15s %7s  %-12s %-20s  %s", "POOL", "WAITING", "LOAD", "", "REPS HERE");
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        struct json_object *pool = json_object_array_get_idx(list, i);
        char bar[BAR_CELLS + 1];
        int64_t load = json_member_int(pool, "load", 0);
        int64_t capacity = json_member_int(pool, "capacity", 0);
        int64_t cells = capacity > 0 ? load * BAR_CELLS / capacity : 0;
        for (int64_t cell = 0; cell < BAR_CELLS; cell++)
            bar[cell] = cell < cells ? '#' : '.';
        bar[BAR_CELLS] = '\0';
        line(view,
             "  %-15.*s %7" PRId64 "  %4" PRId64 " of %-4" PRId64 " %s  %" PRId64 " of %" PRId64,
             BYTES_ARG(json_member_text(pool, "id")), json_member_int(pool, "waiting", 0), load,
             capacity, bar, json_member_int(pool, "available", 0),
             json_member_int(pool, "members", 0));
    }
}

static void show_stand_ins(struct demo_view *view, const struct demo *demo)
{
    line(view, "  %-15s %-8s %9s %9s  %s", "OUTSIDE", "WORKS", "RECEIVED", "WAITING", "BREAKER");
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        const struct demo_stand_in *stand_in = &demo->stand_ins.items[i];
        struct demo_destination destination = {0};
        demo_watch_destination(&demo->watch, stand_in->name, 0, &destination);
        line(view, "  %-15s %-8s %9" PRIu64 " %9" PRId64 "  %s", stand_in->name,
             stand_in_mode_name(stand_in->mode), stand_in->received, destination.pending,
             destination.open ? "OPEN" : "closed");
    }
}

/* A sentence in as many lines as it takes, and where those begin. Returns the new count. */
static size_t wrap(const char *text, size_t width, const char **lines, size_t *sizes, size_t count,
                   size_t limit)
{
    while (*text != '\0' && count < limit) {
        size_t size = fit(text, width), end = size;
        while (text[size] != '\0' && end > 0 && text[end] != ' ')
            end--;
        end = end > 0 ? end : size;
        lines[count] = text;
        sizes[count++] = end;
        text += end;
        text += strspn(text, " ");
    }
    return count;
}

/* The newest lines of the newest sentences. */
static void show_story(struct demo_view *view, const struct demo *demo)
{
    enum { LINES_MAX = 64 };
    const struct demo_story *story = &demo->story;
    const char *lines[LINES_MAX];
    char texts[TOLD][DEMO_TEXT_SIZE + 64];
    size_t sizes[LINES_MAX], count = 0, width = terminal_size().ws_col - 4u;
    size_t first = story->count > TOLD ? story->count - TOLD : 0;
    for (size_t i = first; i < story->count; i++) {
        const struct demo_line *said = &story->lines[i];
        char *text = texts[i - first];
        snprintf(text, sizeof texts[0], "%s%s%s", said->scenario != NULL ? said->scenario : "",
                 said->scenario != NULL ? ": " : "", said->text);
        count = wrap(text, width, lines, sizes, count, LINES_MAX);
    }
    size_t from = count > STORY_LINES ? count - STORY_LINES : 0;
    for (size_t i = from; i < from + STORY_LINES; i++)
        line(view, "  %.*s", i < count ? (int)sizes[i] : 0, i < count ? lines[i] : "");
}

static void show_table(struct demo_view *view, const struct demo *demo, int64_t now_us)
{
    const struct demo_intake *intake = &demo->intake;
    const struct demo_identity *identity = &demo->watch.identity;
    int64_t seconds = (now_us - demo->clock.started_us) / 1000000;
    if (view->lines > 0)
        printf("\033[%dA", view->lines);
    view->lines = 0;
    line(view, "Meshline demo at %s, %02" PRId64 ":%02" PRId64 ", Ctrl-C ends it", demo->server.url,
         seconds / 60, seconds % 60);
    line(view, "%s", "");
    line(view,
         "  captured %-7" PRIu64 " assigned at once %-7" PRIu64 " waiting %-6" PRId64
         " refused %" PRIu64,
         intake->captured, intake->assigned, identity->waiting, intake->refused);
    line(view,
         "  known    %-7" PRIu64 " owned now        %-7" PRId64 " closed  %-6" PRId64
         " contacted %" PRIu64,
         intake->known, identity->owned, identity->closed, demo->people.contacted);
    line(view,
         "  identity %s %" PRIu64 " times of %" PRIu64
         "; capture to assigned p50 %.1f ms, p99 %.1f ms",
         "balanced", demo->watch.balanced, demo->watch.checks, demo->watch.server_p50_ms,
         demo->watch.server_p99_ms);
    line(view, "%s", "");
    if (terminal_size().ws_row >= POOLS_ROWS) {
        show_pools(view, demo);
        line(view, "%s", "");
    }
    show_stand_ins(view, demo);
    line(view, "%s", "");
    show_story(view, demo);
    fflush(stdout);
}

static void show_line(const struct demo *demo, int64_t now_us)
{
    const struct demo_intake *intake = &demo->intake;
    const struct demo_identity *identity = &demo->watch.identity;
    int64_t seconds = (now_us - demo->clock.started_us) / 1000000;
    printf("%02" PRId64 ":%02" PRId64 "  sent=%" PRIu64 " acknowledged=%zu refused=%" PRIu64
           " owned=%" PRId64 " waiting=%" PRId64 " exceptions=%" PRId64 " nurture=%" PRId64
           " closed=%" PRId64 " p99_ms=%.1f identity=%" PRIu64 "/%" PRIu64,
           seconds / 60, seconds % 60, intake->sent, intake->acknowledged.count, intake->refused,
           identity->owned, identity->waiting, identity->in_exception, identity->nurture,
           identity->closed, demo->watch.server_p99_ms, demo->watch.balanced, demo->watch.checks);
    for (size_t i = 0; i < DEMO_STAND_INS; i++)
        printf(" %s=%" PRIu64, demo->stand_ins.items[i].name, demo->stand_ins.items[i].received);
    putchar('\n');
    fflush(stdout);
}

void demo_view_step(struct demo_view *view, const struct demo *demo, int64_t now_us)
{
    if (now_us < view->next_show_us)
        return;
    view->next_show_us = now_us + (view->live ? LIVE_EVERY_US : LINE_EVERY_US);
    if (view->live)
        show_table(view, demo, now_us);
    else
        show_line(demo, now_us);
}
