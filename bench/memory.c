/* Resident memory of an open lead: what the server process grows by while leads come in as NDJSON
 * and stay open. Beside it the share of the core alone, from the same leads in this process. */
#include "driver.h"
#include "feed.h"
#include "measure.h"
#include "service.h"

#include <malloc.h>
#include <stdio.h>

enum { CONNECTIONS = 4, REQUESTS = 1000, REQUESTS_QUICK = 200, WARM_UP = 10, SETTLE_US = 3000000 };

static double allocated_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd);
}

static void decide_and_apply(struct core *core, struct core_command *command,
                             struct core_decision *decision)
{
    command->time_us = core_time_us(core) + 1;
    core_decide(core, command, core_seq(core) + 1, decision);
    for (size_t i = 0; i < decision->event_count; i++)
        core_apply(core, &decision->events[i]);
}

/* Bytes that the core allocates for each of `leads` open leads, indexes and timers included. */
static double measure_core(uint64_t leads)
{
    static struct driver driver; /* without an engine */
    static struct core_decision decision;
    driver_prepare(&driver, service_mesh());
    struct core *core = core_new();
    struct core_command command = {.type = CORE_ACTIVATE, .activate.release = driver.release};
    struct arena arena;
    arena_init(&arena);
    decide_and_apply(core, &command, &decision);
    double before = allocated_bytes();
    for (uint64_t i = 0; i < leads; i++) {
        driver_command_read(&driver, i, &arena, &command);
        decide_and_apply(core, &command, &decision);
        arena_reset(&arena);
    }
    arena_release(&arena);
    double grown = allocated_bytes() - before;
    struct core_counts counts = core_counts(core);
    if (counts.owned != leads)
        measure_fail("of %llu leads %llu have an owner", (unsigned long long)leads,
                     (unsigned long long)counts.owned);
    core_free(core);
    driver_close(&driver);
    return grown / (double)leads;
}

int main(int argc, char **argv)
{
    uint64_t requests = measure_options(argc, argv) ? REQUESTS_QUICK : REQUESTS;
    char data[300];
    snprintf(data, sizeof data, "%s/data", measure_directory());
    struct service service;
    service_start(&service, data);
    /* What the first requests make once (threads' buffers, caches) is not a lead's. */
    struct feed feed = {
        .port = service.port, .connections = CONNECTIONS, .requests = WARM_UP, .run = 1};
    feed_run(&feed);
    measure_sleep_us(SETTLE_US);
    struct measure_memory before = measure_memory_of(service.pid);
    feed.requests = requests;
    feed.run = 2;
    feed_run(&feed);
    uint64_t accepted = feed_accepted(service.port, feed.last_seq);
    if (accepted != feed.acknowledged + WARM_UP * FEED_LINES)
        measure_fail("the reconciliation counts %llu leads", (unsigned long long)accepted);
    measure_sleep_us(SETTLE_US);
    struct measure_memory after = measure_memory_of(service.pid);
    service_stop(&service);
    double leads = (double)feed.acknowledged;
    printf("memory bytes_per_lead=%.0f anonymous_bytes_per_lead=%.0f core_bytes_per_lead=%.0f "
           "leads=%.0f resident_before_mib=%.0f resident_after_mib=%.0f\n",
           (after.resident - before.resident) / leads, (after.anonymous - before.anonymous) / leads,
           measure_core((uint64_t)leads), leads, before.resident / 1048576,
           after.resident / 1048576);
    return 0;
}
