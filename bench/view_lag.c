/* How far state.db is behind the journal at 5,000 leads/s: for each lead the time from the moment
 * its append was durable to the moment state.db has it, looked at some thousand times a second.
 * Nobody waits for the view meanwhile, which would hurry it. The engine runs in this process. */
#include "driver.h"
#include "measure.h"
#include "service.h"

#include <stdio.h>
#include <stdlib.h>

enum { RATE = 5000, SECONDS = 30, SECONDS_QUICK = 10, LOOK_US = 100 };

/* One lead on its way. */
struct flight {
    struct engine_request request;
    struct core_command command;
    struct engine_result result;
    struct arena arena;
    int64_t submitted_us, visible_us;
    _Atomic int64_t durable_us; /* 0: not yet */
};

static void note_durable(struct engine_request *request)
{
    struct flight *flight = request->context;
    flight->durable_us = measure_now_us();
}

static void launch(struct driver *driver, struct flight *flight, uint64_t number)
{
    struct error err = {0};
    arena_init(&flight->arena);
    driver_command_read(driver, number, &flight->arena, &flight->command);
    flight->request = (struct engine_request){.commands = &flight->command,
                                              .results = &flight->result,
                                              .count = 1,
                                              .complete = note_durable,
                                              .context = flight};
    flight->submitted_us = measure_now_us();
    if (engine_submit(driver->engine, &flight->request, &err) != 0)
        measure_fail("the engine refused: %s", err.message);
}

/* Notes which of the flights from `landed` on are visible by now, and frees what they borrowed. */
static size_t land(struct driver *driver, struct flight *flights, size_t landed, size_t launched)
{
    uint64_t seen = engine_view_seq(driver->engine);
    int64_t now_us = measure_now_us();
    for (; landed < launched; landed++) {
        struct flight *flight = &flights[landed];
        if (flight->durable_us == 0 || flight->result.seq > seen)
            break;
        flight->visible_us = now_us;
        arena_release(&flight->arena);
    }
    return landed;
}

/* Leads leave at their times, however long those before them take: lateness is not forgiven. */
static double fly(struct driver *driver, struct flight *flights, size_t count)
{
    int64_t start_us = measure_now_us();
    size_t landed = 0;
    for (size_t i = 0; i < count; i++) {
        landed = land(driver, flights, landed, i);
        int64_t wait_us = start_us + (int64_t)i * 1000000 / RATE - measure_now_us();
        if (wait_us > 0)
            measure_sleep_us(wait_us);
        launch(driver, &flights[i], i);
    }
    double rate = (double)count / measure_seconds_since(start_us);
    while ((landed = land(driver, flights, landed, count)) < count)
        measure_sleep_us(LOOK_US);
    return rate;
}

int main(int argc, char **argv)
{
    size_t count = (size_t)RATE * (measure_options(argc, argv) ? SECONDS_QUICK : SECONDS);
    struct driver driver;
    char data[300];
    snprintf(data, sizeof data, "%s/data", measure_directory());
    driver_open(&driver, service_mesh(), data);
    struct flight *flights = calloc(count, sizeof *flights);
    double *lag_ms = calloc(count, sizeof *lag_ms), *append_ms = calloc(count, sizeof *append_ms);
    ML_ASSERT(flights != NULL && lag_ms != NULL && append_ms != NULL);
    double rate = fly(&driver, flights, count);
    driver_close(&driver);
    for (size_t i = 0; i < count; i++) {
        const struct flight *flight = &flights[i];
        lag_ms[i] = (double)(flight->visible_us - flight->durable_us) / 1e3;
        append_ms[i] = (double)(flight->durable_us - flight->submitted_us) / 1e3;
    }
    printf("view_lag p99_ms=%.2f p50_ms=%.2f max_ms=%.2f leads_per_s=%.0f durable_p99_ms=%.2f "
           "fsync_per_s=%.0f\n",
           measure_percentile(lag_ms, count, 0.99), measure_percentile(lag_ms, count, 0.5),
           measure_percentile(lag_ms, count, 1), rate, measure_percentile(append_ms, count, 0.99),
           measure_fsyncs_per_second(measure_directory(), 1));
    free(append_ms);
    free(lag_ms);
    free(flights);
    return 0;
}
