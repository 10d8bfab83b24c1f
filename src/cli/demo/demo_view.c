/* The live table and the lines of the demo. */
#include "cli/demo/demo_view.h"

#include "base/json.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ASK_EVERY_US = 1000000, LIVE_EVERY_US = 1000000, LINE_EVERY_US = 5000000, BAR_CELLS = 20 };

void demo_view_init(struct demo_view *view, struct demo_http *http, bool live)
{
    *view = (struct demo_view){.http = http, .live = live};
    view->next_show_us = clock_monotonic_us() + (live ? LIVE_EVERY_US : LINE_EVERY_US);
}

/* ---- asking */

/* The value of the line that begins with `name` (labels included); `from` for one that repeats. */
static double metric(const char *text, const char *name)
{
    size_t size = strlen(name);
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, name, size) == 0 && line[size] == ' ')
            return strtod(line + size, NULL);
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return 0;
}

/* The quantile of a Prometheus histogram in milliseconds, interpolated within its bucket. */
static double histogram_ms(const char *text, const char *name, double share)
{
    char prefix[96];
    double before = 0, lower = 0;
    int size = snprintf(prefix, sizeof prefix, "%s_bucket{le=\"", name);
    char count_name[96];
    snprintf(count_name, sizeof count_name, "%s_count", name);
    double wanted = metric(text, count_name) * share;
    for (const char *line = strstr(text, prefix); line != NULL;
         line = strstr(line + size, prefix)) {
        char *end;
        double upper = strtod(line + size, &end), count = strtod(end + strlen("\"} "), NULL);
        if (count >= wanted && count > before && upper < 1e9)
            return 1000 * (lower + (upper - lower) * (wanted - before) / (count - before));
        before = count;
        lower = upper;
    }
    return 0;
}

static void metrics_arrived(void *context, const struct demo_reply *reply)
{
    struct demo_view *view = context;
    view->asking_metrics = false;
    char *text = reply->status == 200 ? strndup(reply->body.data, reply->body.size) : NULL;
    if (text == NULL)
        return;
    view->owned = metric(text, "meshline_leads{place=\"owned\"}");
    view->waiting = metric(text, "meshline_leads{place=\"waiting\"}");
    view->qualified = metric(text, "meshline_leads{place=\"qualified\"}");
    view->disqualified = metric(text, "meshline_leads{place=\"disqualified\"}");
    view->server_p50_ms = histogram_ms(text, "meshline_assignment_seconds", 0.5);
    view->server_p99_ms = histogram_ms(text, "meshline_assignment_seconds", 0.99);
    free(text);
}

static void pools_arrived(void *context, const struct demo_reply *reply)
{
    struct demo_view *view = context;
    JSON_AUTO *answer = NULL;
    view->asking_pools = false;
    if (reply->status != 200 || json_parse(reply->body, &answer, NULL) < 0)
        return;
    struct json_object *pools = json_object_object_get(answer, "pools");
    view->pool_count = 0;
    for (size_t i = 0; i < json_object_array_length(pools) && i < DEMO_POOLS_MAX; i++) {
        struct json_object *pool = json_object_array_get_idx(pools, i);
        struct demo_pool *row = &view->pools[view->pool_count++];
        snprintf(row->id, sizeof row->id, "%.*s", BYTES_ARG(json_member_text(pool, "id")));
        row->waiting = json_member_int(pool, "waiting", 0);
        row->load = json_member_int(pool, "load", 0);
        row->capacity = json_member_int(pool, "capacity", 0);
        row->members = json_member_int(pool, "members", 0);
        row->available = json_member_int(pool, "available", 0);
    }
}

static void ask(struct demo_view *view, int64_t now_us)
{
    if (now_us < view->next_ask_us || view->asking_metrics || view->asking_pools)
        return;
    view->next_ask_us = now_us + ASK_EVERY_US;
    view->asking_metrics = view->asking_pools = true;
    const struct demo_call metrics = {
        .method = "GET", .path = "/metrics", .done = metrics_arrived, .context = view};
    const struct demo_call pools = {
        .method = "GET", .path = "/v1/pools", .done = pools_arrived, .context = view};
    demo_http_start(view->http, &metrics);
    demo_http_start(view->http, &pools);
}

/* ---- showing */

static void line(struct demo_view *view, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void line(struct demo_view *view, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("\033[K", stdout);
    vprintf(format, list);
    putchar('\n');
    va_end(list);
    view->lines++;
}

static void show_pool(struct demo_view *view, const struct demo_pool *pool)
{
    char bar[BAR_CELLS + 1];
    int64_t cells = pool->capacity > 0 ? pool->load * BAR_CELLS / pool->capacity : 0;
    for (int64_t i = 0; i < BAR_CELLS; i++)
        bar[i] = i < cells ? '#' : '.';
    bar[BAR_CELLS] = '\0';
    line(view, "  %-14s %8" PRId64 " %5" PRId64 " of %-5" PRId64 " %s  %" PRId64 " of %" PRId64,
         pool->id, pool->waiting, pool->load, pool->capacity, bar, pool->available, pool->members);
}

static void show_table(struct demo_view *view, const char *url, const struct demo_clock *clock,
                       const struct demo_intake *intake, const struct demo_people *people,
                       int64_t now_us)
{
    int64_t seconds = (now_us - clock->started_us) / 1000000;
    if (view->lines > 0)
        printf("\033[%dA", view->lines);
    view->lines = 0;
    line(view, "Meshline demo at %s, %02" PRId64 ":%02" PRId64 ", Ctrl-C ends it", url,
         seconds / 60, seconds % 60);
    line(view, "%s", "");
    line(view,
         "  captured %-7" PRIu64 " assigned at once %-7" PRIu64 " waiting %-6.0f refused %" PRIu64,
         intake->captured, intake->assigned, view->waiting, intake->refused);
    line(view, "  known    %-7" PRIu64 " owned now %-14.0f closed  %-6.0f contacted %" PRIu64,
         intake->known, view->owned, view->qualified + view->disqualified, people->contacted);
    line(view, "%s", "");
    line(view, "  capture to assigned   p50 %6.1f ms   p99 %6.1f ms   as the senders see it",
         demo_latency_ms(&intake->latency, 0.5), demo_latency_ms(&intake->latency, 0.99));
    line(view, "                        p50 %6.1f ms   p99 %6.1f ms   as the server measures it",
         view->server_p50_ms, view->server_p99_ms);
    line(view, "%s", "");
    line(view, "  %-14s %8s %-14s %-20s  %s", "POOL", "WAITING", " LOAD", "", "REPS HERE");
    for (size_t i = 0; i < view->pool_count; i++)
        show_pool(view, &view->pools[i]);
    line(view, "%s", "");
    line(view, "  %s", view->message);
    fflush(stdout);
}

static void show_line(const struct demo_view *view, const struct demo_clock *clock,
                      const struct demo_intake *intake, int64_t now_us)
{
    printf("%3" PRId64 " s  captured=%" PRIu64 " assigned=%" PRIu64 " known=%" PRIu64
           " refused=%" PRIu64 " waiting=%.0f owned=%.0f closed=%.0f"
           " p50_ms=%.1f p99_ms=%.1f server_p50_ms=%.1f server_p99_ms=%.1f",
           (now_us - clock->started_us) / 1000000, intake->captured, intake->assigned,
           intake->known, intake->refused, view->waiting, view->owned,
           view->qualified + view->disqualified, demo_latency_ms(&intake->latency, 0.5),
           demo_latency_ms(&intake->latency, 0.99), view->server_p50_ms, view->server_p99_ms);
    for (size_t i = 0; i < view->pool_count; i++)
        printf(" %s=%" PRId64 "/%" PRId64 "+%" PRId64, view->pools[i].id, view->pools[i].load,
               view->pools[i].capacity, view->pools[i].waiting);
    putchar('\n');
    fflush(stdout);
}

void demo_view_step(struct demo_view *view, const char *url, const struct demo_clock *clock,
                    const struct demo_intake *intake, const struct demo_people *people,
                    int64_t now_us)
{
    ask(view, now_us);
    if (now_us < view->next_show_us)
        return;
    view->next_show_us = now_us + (view->live ? LIVE_EVERY_US : LINE_EVERY_US);
    if (view->live)
        show_table(view, url, clock, intake, people, now_us);
    else
        show_line(view, clock, intake, now_us);
}

void demo_view_say(struct demo_view *view, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(view->message, sizeof view->message, format, list);
    va_end(list);
    if (!view->live) {
        puts(view->message);
        fflush(stdout);
    }
}
