/* How long until the server answers again with a long history: from exec to the first 200 of
 * /readyz, after a clean stop and after SIGKILL under load. */
#include "driver.h"
#include "feed.h"
#include "http.h"
#include "measure.h"
#include "service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum {
    LEADS = 1000000,
    LEADS_QUICK = 100000,
    OPEN_ONE_IN = 10, /* the others are contacted and closed */
    ROUNDS = 5,
    ROUNDS_QUICK = 3,
    LOAD_US = 500000, /* before each SIGKILL; its leads stay, so they must be few */
};

/* ---- the history: through the engine, so that it is what the product would have written */

/* The leads of the group that do not stay open. */
static size_t close_some(struct driver_group *group, uint64_t first, size_t count,
                         uint64_t leads[static ENGINE_GROUP_MAX])
{
    size_t closed = 0;
    for (size_t i = 0; i < count; i++)
        if ((first + i) % OPEN_ONE_IN != 0)
            leads[closed++] = group->results[i].lead;
    return closed;
}

static void follow(struct driver_group *group, const uint64_t *leads, size_t count,
                   enum core_command_type type)
{
    for (size_t i = 0; i < count; i++) {
        struct core_command *command = &group->commands[i];
        *command = (struct core_command){.type = type, .lead = leads[i]};
        if (type == CORE_CONTACT) {
            command->contact.channel = bytes_of("phone");
        } else {
            command->outcome.qualified = leads[i] % 3 == 0;
            command->outcome.reason = bytes_of("no budget this year");
        }
    }
    if (count > 0)
        driver_group_run(group, count);
}

/* One of the threads that make the history: while the group of one is written, the next parses. */
struct author {
    struct driver *driver;
    pthread_t thread;
    uint64_t first, end; /* the people it brings */
};

static void *author_main(void *argument)
{
    const struct author *author = argument;
    struct driver_group *group = driver_group_new(author->driver);
    for (uint64_t first = author->first; first < author->end; first += ENGINE_GROUP_MAX) {
        uint64_t numbers[ENGINE_GROUP_MAX], left = author->end - first;
        size_t count = left < ENGINE_GROUP_MAX ? left : ENGINE_GROUP_MAX;
        driver_group_fill(group, first, count);
        driver_group_run(group, count);
        count = close_some(group, first, count, numbers);
        follow(group, numbers, count, CORE_CONTACT);
        follow(group, numbers, count, CORE_OUTCOME);
    }
    driver_group_free(group);
    return NULL;
}

/* The number of events that it took. */
static uint64_t make_history(const char *data, uint64_t leads)
{
    enum { AUTHORS = 4 };
    static struct driver driver;
    struct author authors[AUTHORS];
    driver_open(&driver, service_mesh(), data);
    for (uint64_t i = 0; i < AUTHORS; i++) {
        authors[i] = (struct author){
            .driver = &driver, .first = leads / AUTHORS * i, .end = leads / AUTHORS * (i + 1)};
        if (pthread_create(&authors[i].thread, NULL, author_main, &authors[i]) != 0)
            measure_fail("no more threads");
    }
    for (int i = 0; i < AUTHORS; i++)
        pthread_join(authors[i].thread, NULL);
    uint64_t events = engine_durable_seq(driver.engine);
    driver_close(&driver);
    return events;
}

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
    uint64_t events = make_history(data, leads);
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
