/* Batch intake: NDJSON, a thousand leads a request over four connections, until every lead is
 * acknowledged (durable and routed) and until state.db shows the last of them. */
#include "feed.h"
#include "http.h"
#include "measure.h"
#include "service.h"

#include <stdio.h>

enum { CONNECTIONS = 4, ROUNDS = 5, ROUNDS_QUICK = 3, REQUESTS = 200, REQUESTS_QUICK = 100 };

static double wait_for_view(uint16_t port, uint64_t seq)
{
    struct http http;
    int64_t start_us = measure_now_us();
    http_open(&http, port);
    if (http_get(&http, "/v1/leads?limit=1", seq) != 200)
        measure_fail("the view does not reach seq %llu", (unsigned long long)seq);
    http_close(&http);
    return measure_seconds_since(start_us);
}

int main(int argc, char **argv)
{
    bool quick = measure_options(argc, argv);
    int rounds = quick ? ROUNDS_QUICK : ROUNDS;
    char data[300];
    double durable[ROUNDS], visible[ROUNDS], request_ms[ROUNDS], disk[ROUNDS];
    snprintf(data, sizeof data, "%s/data", measure_directory());
    struct service service;
    service_start(&service, data);
    struct feed feed = {.port = service.port,
                        .connections = CONNECTIONS,
                        .requests = quick ? REQUESTS_QUICK : REQUESTS};
    uint64_t leads = 0, busy = 0;
    for (int i = 0; i < rounds; i++, feed.run++) {
        feed_run(&feed);
        double lag = wait_for_view(service.port, feed.last_seq);
        durable[i] = (double)feed.acknowledged / feed.seconds;
        visible[i] = (double)feed.acknowledged / (feed.seconds + lag);
        request_ms[i] = feed.body_ms;
        disk[i] = measure_disk_mib_per_second(measure_directory());
        leads += feed.acknowledged;
        busy += feed.busy;
        if (feed_accepted(service.port, feed.last_seq) != leads)
            measure_fail("the reconciliation does not count the %llu leads acknowledged",
                         (unsigned long long)leads);
    }
    double cpu = measure_cpu_seconds(service.pid);
    double written = measure_written_bytes(service.pid);
    service_stop(&service);
    printf(
        "batch leads_per_s=%.0f durable_per_s=%.0f request_p50_ms=%.1f leads=%llu busy=%llu "
        "cpu_us_per_lead=%.1f written_bytes_per_lead=%.0f disk_mib_per_s=%.0f fsync_per_s=%.0f\n",
        measure_percentile(visible, (size_t)rounds, 0.5),
        measure_percentile(durable, (size_t)rounds, 0.5),
        measure_percentile(request_ms, (size_t)rounds, 0.5), (unsigned long long)leads,
        (unsigned long long)busy, cpu * 1e6 / (double)leads, written / (double)leads,
        measure_percentile(disk, (size_t)rounds, 0.5),
        measure_fsyncs_per_second(measure_directory(), 1));
    return 0;
}
