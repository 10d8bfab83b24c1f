/* GET /metrics in the Prometheus text format (version 0.0.4). */
#include "server/api/health.h"

#include "server/api/lead_path_kept.h"
#include "server/intake/traffic.h"
#include "server/internal.h"

#include <inttypes.h>

struct gauge {
    const char *name;
    const char *type;
    const char *help;
    int64_t value;
};

static void write_heading(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_all(struct buffer *out, const struct gauge *gauges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        write_heading(out, gauges[i].name, gauges[i].type, gauges[i].help);
        buffer_printf(out, "%s %" PRId64 "\n", gauges[i].name, gauges[i].value);
    }
}

static void write_histogram(struct buffer *out, const char *name, const char *help,
                            const struct engine_histogram *histogram)
{
    uint64_t total = 0;
    write_heading(out, name, "histogram", help);
    for (int i = 0; i <= ENGINE_BUCKETS; i++) {
        total += histogram->counts[i];
        if (i < ENGINE_BUCKETS)
            buffer_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
                          (double)engine_bucket_us[i] / 1e6, total);
    }
    buffer_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, total);
    buffer_printf(out, "%s_sum %.6f\n%s_count %" PRIu64 "\n", name, (double)histogram->sum_us / 1e6,
                  name, total);
}

static void write_leads(struct buffer *out, const struct engine_metrics *metrics)
{
    const struct core_counts *counts = &metrics->counts;
    const struct gauge gauges[] = {
        {"meshline_leads_accepted_total", "counter",
         "Records taken: leads captured and dead letters, one that became a lead counts once.",
         (int64_t)counts->accepted},
        {"meshline_touchpoints_total", "counter", "Submissions of persons already known.",
         (int64_t)counts->touchpoints},
        {"meshline_late_total", "counter", "Promises missed.", (int64_t)counts->late},
        {"meshline_dead_letters", "gauge", "Dead letters that are open.",
         (int64_t)counts->dead_lettered},
        {"meshline_dead_letters_settled_total", "counter",
         "Dead letters that became a touchpoint, or were discarded.", (int64_t)counts->settled},
    };
    write_all(out, gauges, sizeof gauges / sizeof *gauges);
    write_heading(out, "meshline_leads", "gauge", "Leads by the place where they are.");
    buffer_printf(out,
                  "meshline_leads{place=\"owned\"} %" PRIu64
                  "\nmeshline_leads{place=\"waiting\"} %" PRIu64
                  "\nmeshline_leads{place=\"exception\"} %" PRIu64
                  "\nmeshline_leads{place=\"nurture\"} %" PRIu64
                  "\nmeshline_leads{place=\"qualified\"} %" PRIu64
                  "\nmeshline_leads{place=\"disqualified\"} %" PRIu64 "\n",
                  counts->owned, counts->waiting, counts->exception, counts->nurture,
                  counts->qualified, counts->disqualified);
}

static void write_trouble(struct buffer *out, const struct engine_trouble *trouble)
{
    const struct gauge gauges[] = {
        {"meshline_exceptions", "gauge", "Exceptions that are open.", (int64_t)trouble->exceptions},
        {"meshline_exceptions_claimed", "gauge", "Of them: that somebody has claimed.",
         (int64_t)trouble->exceptions_claimed},
        {"meshline_surges", "gauge", "Sources and campaigns in surge.", (int64_t)trouble->surges},
        {"meshline_alerts_pending", "gauge", "Alerts whose condition holds, not long enough yet.",
         (int64_t)trouble->alerts_pending},
        {"meshline_alerts_firing", "gauge", "Alerts that fire.", (int64_t)trouble->alerts_firing},
        {"meshline_incidents", "gauge", "Incidents that are open.", (int64_t)trouble->incidents},
    };
    write_all(out, gauges, sizeof gauges / sizeof *gauges);
}

static void write_engine(struct buffer *out, const struct engine_metrics *metrics)
{
    const struct gauge gauges[] = {
        {"meshline_commands_total", "counter", "Commands decided since the start.",
         (int64_t)metrics->commands},
        {"meshline_events_total", "counter", "Events made durable since the start.",
         (int64_t)metrics->events},
        {"meshline_batches_total", "counter", "Durable writes since the start.",
         (int64_t)metrics->batches},
        {"meshline_refused_busy_total", "counter", "Submissions refused because of overload.",
         (int64_t)metrics->refused_busy},
        {"meshline_refused_space_total", "counter", "Submissions refused for want of disk space.",
         (int64_t)metrics->refused_space},
        {"meshline_queue_commands", "gauge", "Commands waiting for the engine.",
         (int64_t)metrics->queued},
        {"meshline_journal_seq", "gauge", "Newest durable event.", (int64_t)metrics->durable_seq},
        {"meshline_view_seq", "gauge", "Newest event visible in state.db.",
         (int64_t)metrics->view_seq},
        {"meshline_view_lag_events", "gauge", "Durable events not yet visible in state.db.",
         (int64_t)(metrics->durable_seq - metrics->view_seq)},
        {"meshline_disk_free_bytes", "gauge", "Left on the data directory's disk; -1: unknown.",
         metrics->free_bytes},
    };
    write_all(out, gauges, sizeof gauges / sizeof *gauges);
    write_histogram(out, "meshline_append_seconds", "One durable write of the journal.",
                    &metrics->append);
    write_histogram(out, "meshline_assignment_seconds",
                    "From receiving a lead to its assignment being durable.", &metrics->assignment);
    write_histogram(out, "meshline_view_lag_seconds",
                    "From being durable to being visible in state.db.", &metrics->view_lag);
}

/* ---- destinations */

enum {
    PENDING,
    FAILED,
    DELIVERED,
    UNDER_WAY,
    OLDEST_SECONDS,
    PAUSED,
    DISABLED,
    DESTINATION_GAUGES,
};

static void measure(const struct engine_destination_metrics *destination, int64_t now_us,
                    int64_t values[static DESTINATION_GAUGES])
{
    int64_t oldest_us = destination->oldest_us;
    values[PENDING] = (int64_t)destination->pending;
    values[FAILED] = (int64_t)destination->failed;
    values[DELIVERED] = (int64_t)destination->delivered;
    values[UNDER_WAY] = (int64_t)destination->under_way;
    values[OLDEST_SECONDS] =
        oldest_us != 0 && now_us > oldest_us ? (now_us - oldest_us) / 1000000 : 0;
    values[PAUSED] = destination->paused;
    values[DISABLED] = destination->disabled;
}

/* One line for each state, so that whoever watches sees which it is by the one that is 1. */
static void write_breakers(struct buffer *out, const struct engine_metrics *metrics)
{
    const char *name = "meshline_destination_breaker";
    write_heading(out, name, "gauge", "1 for the state that the circuit breaker is in.");
    for (size_t i = 0; i < metrics->destination_count; i++)
        for (int state = 0; state < CORE_BREAKERS; state++)
            buffer_printf(out, "%s{destination=\"%s\",state=\"%s\"} %d\n", name,
                          metrics->destinations[i].name,
                          core_breaker_name((enum core_breaker)state),
                          metrics->destinations[i].breaker == (enum core_breaker)state);
}

/* Names have no characters that the format would have to escape. */
static void write_destinations(struct buffer *out, const struct engine_metrics *metrics,
                               int64_t now_us)
{
    static const struct {
        const char *name, *type, *help;
    } gauges[DESTINATION_GAUGES] = {
        [PENDING] = {"meshline_deliveries_pending", "gauge",
                     "Deliveries that wait or are under way."},
        [FAILED] = {"meshline_deliveries_failed", "gauge",
                    "Deliveries that failed for good and wait for a person."},
        [DELIVERED] = {"meshline_deliveries_delivered_total", "counter",
                       "Deliveries that arrived."},
        [UNDER_WAY] = {"meshline_deliveries_under_way", "gauge", "Attempts being made now."},
        [OLDEST_SECONDS] = {"meshline_deliveries_oldest_seconds", "gauge",
                            "How long the oldest pending delivery waits."},
        [PAUSED] = {"meshline_destination_paused", "gauge", "1: paused by a person."},
        [DISABLED] = {"meshline_destination_disabled", "gauge",
                      "1: it said that it is gone; until a person resumes it."},
    };
    int64_t values[POLICY_DESTINATIONS_MAX][DESTINATION_GAUGES] = {0};
    for (size_t i = 0; i < metrics->destination_count; i++)
        measure(&metrics->destinations[i], now_us, values[i]);
    for (size_t g = 0; g < DESTINATION_GAUGES; g++) {
        write_heading(out, gauges[g].name, gauges[g].type, gauges[g].help);
        for (size_t i = 0; i < metrics->destination_count; i++)
            buffer_printf(out, "%s{destination=\"%s\"} %" PRId64 "\n", gauges[g].name,
                          metrics->destinations[i].name, values[i][g]);
    }
    write_breakers(out, metrics);
}

static void write_routes(struct buffer *out, const struct counters *counters)
{
    const char *name = "meshline_http_requests_total";
    write_heading(out, name, "counter", "Requests answered, by call and class of status.");
    for (size_t row = 0; row <= COUNTERS_ROUTES_MAX; row++)
        for (int class = 0; class < COUNTERS_CLASSES; class ++) {
            uint64_t count =
                atomic_load_explicit(&counters->requests[row][class], memory_order_relaxed);
            bool known = row < server_route_count;
            if (count > 0)
                buffer_printf(out, "%s{method=\"%s\",route=\"%s\",status=\"%dxx\"} %" PRIu64 "\n",
                              name, known ? server_routes[row].method : "",
                              known ? server_routes[row].pattern : "", class, count);
        }
}

static int64_t read_counter(const _Atomic uint64_t *counter)
{
    return (int64_t)atomic_load_explicit(counter, memory_order_relaxed);
}

static void write_server(struct buffer *out, struct server *server)
{
    pthread_mutex_lock(&server->peers.lock);
    int64_t open = server->peers.count;
    pthread_mutex_unlock(&server->peers.lock);
    pthread_mutex_lock(&server->streams.lock);
    int64_t streams = server->streams.count;
    pthread_mutex_unlock(&server->streams.lock);
    const struct gauge gauges[] = {
        {"meshline_http_connections", "gauge", "Connections open now.", open},
        {"meshline_http_streams", "gauge", "Event streams open now.", streams},
        {"meshline_http_connections_total", "counter", "Connections accepted since the start.",
         read_counter(&server->counters.connections)},
        {"meshline_http_turned_away_total", "counter", "Connections past the ceiling.",
         read_counter(&server->counters.turned_away)},
        {"meshline_ndjson_lines_total", "counter", "Lines of batches read.",
         read_counter(&server->counters.lines)},
        {"meshline_lead_path_drawn_total", "counter",
         "Pictures of the lead path drawn since the start; other answers shared one of them.",
         (int64_t)kept_pictures_drawn(server->pictures)},
    };
    write_all(out, gauges, sizeof gauges / sizeof *gauges);
    write_routes(out, &server->counters);
}

void metrics_run(struct request *request)
{
    struct engine_metrics metrics;
    struct buffer *out = &request->answer.body;
    engine_metrics_read(request->server->engine, &metrics);
    request->answer.status = 200;
    request->answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    write_leads(out, &metrics);
    write_trouble(out, &metrics.trouble);
    write_engine(out, &metrics);
    write_destinations(out, &metrics, engine_now_us(request->server->engine));
    write_server(out, request->server);
    traffic_write(request->server->traffic, out);
}
