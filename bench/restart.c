/* How long until the server answers again with a long history: from exec to the first 200 of
 * /readyz, after a clean stop and after SIGKILL under load. */
#include "feed.h"
#include "history.h"
#include "http.h"
#include "measure.h"
#include "payload.h"
#include "service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum {
    LEADS = 1000000,
    LEADS_QUICK = 100000,
    ROUNDS = 5,
    ROUNDS_QUICK = 3,
    LOAD_US = 500000, /* before each SIGKILL; its leads stay, so they must be few */
};

/* ---- starts */

static double start_after_stop(const char *data, double *ret_stop_seconds, double *ret_cpu_seconds)
{
    struct service service;
    service_start(&service, data);
    int64_t start_us = measure_now_us();
    service_stop(&service);
    *ret_stop_seconds = measure_seconds_since(start_us);
    *ret_cpu_seconds = service.ready_cpu_seconds;
    return service.ready_seconds;
}

struct load {
    uint16_t port;
    uint32_t run;
    _Atomic uint64_t acknowledged;
};

/* Single leads until the server is gone. */
static void *load_main(void *argument)
{
    struct load *load = argument;
    struct payload payload;
    struct http http;
    payload_make(load->run, &payload);
    http_open(&http, load->port);
    long status = 201;
    for (uint64_t number = 0; status != 0; number++) {
        payload_identify(&payload, payload.text, load->run, number);
        status = http_post(&http, "/v1/sources/website/leads", "application/json",
                           (struct bytes){payload.text, PAYLOAD_SIZE});
        if (status == 201)
            atomic_fetch_add(&load->acknowledged, 1);
    }
    http_close(&http);
    return NULL;
}

/* Starts, loads, kills; then measures the start that follows and checks what it found. */
static double start_after_kill(const char *data, uint64_t *accepted, uint32_t run)
{
    enum { CLIENTS = 8 };
    struct load loads[CLIENTS];
    pthread_t threads[CLIENTS];
    struct service service;
    service_start(&service, data);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        loads[i] = (struct load){.port = service.port, .run = run * CLIENTS + i};
        if (pthread_create(&threads[i], NULL, load_main, &loads[i]) != 0)
            measure_fail("no more threads");
    }
    measure_sleep_us(LOAD_US);
    service_kill(&service);
    uint64_t acknowledged = 0;
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        acknowledged += loads[i].acknowledged;
    }
    service_start(&service, data);
    double seconds = service.ready_seconds;
    /* What was on its way when the server died may have been accepted: one a client. */
    uint64_t found = feed_accepted(service.port, 0);
    if (found < *accepted + acknowledged || found > *accepted + acknowledged + CLIENTS)
        measure_fail("%llu leads were acknowledged, %llu are there",
                     (unsigned long long)*accepted + acknowledged, (unsigned long long)found);
    *accepted = found;
    service_stop(&service);
    return seconds;
}

int main(int argc, char **argv)
{
    bool quick = measure_options(argc, argv);
    uint64_t leads = quick ? LEADS_QUICK : LEADS;
    size_t rounds = quick ? ROUNDS_QUICK : ROUNDS;
    double clean[ROUNDS], killed[ROUNDS], stop[ROUNDS], cpu[ROUNDS];
    char data[300];
    snprintf(data, sizeof data, "%s/data", measure_directory());
    int64_t start_us = measure_now_us();
    uint64_t events = history_make(data, leads);
    double history_seconds = measure_seconds_since(start_us);
    for (size_t i = 0; i < rounds; i++)
        clean[i] = start_after_stop(data, &stop[i], &cpu[i]);
    uint64_t accepted = leads;
    for (size_t i = 0; i < rounds; i++)
        killed[i] = start_after_kill(data, &accepted, (uint32_t)i + 1);
    double clean_s = measure_percentile(clean, rounds, 0.5);
    double kill_s = measure_percentile(killed, rounds, 0.5);
    printf("restart seconds=%.2f clean_s=%.2f kill_s=%.2f clean_cpu_s=%.2f stop_s=%.2f leads=%llu "
           "events=%llu "
           "history_s=%.1f\n",
           clean_s > kill_s ? clean_s : kill_s, clean_s, kill_s,
           measure_percentile(cpu, rounds, 0.5), measure_percentile(stop, rounds, 0.5),
           (unsigned long long)leads, (unsigned long long)events, history_seconds);
    return 0;
}
