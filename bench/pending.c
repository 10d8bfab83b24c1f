/* A million deliveries that wait for systems which take none: what each costs in memory, and how
 * long a start takes with all of them. Beside the memory that of the same leads without them. */
#include "driver.h"
#include "measure.h"
#include "service.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { DESTINATIONS = 8, LEADS = 125000, LEADS_QUICK = 12500, ROUNDS = 3 };

static double allocated_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd);
}

/* A copy of the mesh of the other benchmarks whose leads go to that many destinations. */
static const char *make_mesh(const char *name, unsigned destinations)
{
    static char paths[2][4096];
    static int used;
    char *path = paths[used++];
    snprintf(path, sizeof paths[0], "%s/%s", measure_directory(), name);
    measure_run("/bin/cp", "-R", service_mesh(), path, (char *)NULL);
    char under[4200];
    snprintf(under, sizeof under, "%s/destinations", path);
    if (mkdir(under, 0700) != 0)
        measure_fail("%s: no directory", under);
    for (unsigned i = 0; i < destinations; i++) {
        char file[4300];
        snprintf(file, sizeof file, "%s/system-%u.yaml", under, i);
        FILE *out = fopen(file, "w");
        if (out == NULL)
            measure_fail("%s: cannot be written", file);
        fprintf(out,
                "destination: system-%u\nkind: webhook\nurl: http://127.0.0.1:9/\n"
                "secret: {env: BENCH_SECRET}\nprivate_network: true\nevents: [lead.captured]\n",
                i);
        fclose(out);
    }
    return path;
}

static void apply(struct core *core, struct core_command *command, struct core_decision *decision)
{
    command->time_us = core_time_us(core) + 1;
    core_decide(core, command, core_seq(core) + 1, decision);
    for (size_t i = 0; i < decision->event_count; i++)
        core_apply(core, &decision->events[i]);
}

/* Bytes that the core has allocated for that many open leads and what is to be sent of them. */
static double measure_core(const char *mesh, uint64_t leads)
{
    static struct driver driver; /* without an engine */
    static struct core_decision decision;
    driver_prepare(&driver, mesh);
    struct core *core = core_new();
    struct core_command command = {.type = CORE_ACTIVATE, .activate.release = driver.release};
    struct arena arena;
    arena_init(&arena);
    apply(core, &command, &decision);
    double before = allocated_bytes();
    for (uint64_t i = 0; i < leads; i++) {
        driver_command_read(&driver, i, &arena, &command);
        apply(core, &command, &decision);
        arena_reset(&arena);
    }
    arena_release(&arena);
    double grown = allocated_bytes() - before;
    core_free(core);
    driver_close(&driver);
    return grown;
}

/* Through the engine, with every destination paused, so that a server that starts sends nothing. */
static uint64_t make_history(const char *mesh, const char *data, uint64_t leads)
{
    static struct driver driver;
    driver_open(&driver, mesh, data);
    struct driver_group *group = driver_group_new(&driver);
    char names[DESTINATIONS][24];
    for (size_t i = 0; i < DESTINATIONS; i++) {
        snprintf(names[i], sizeof names[i], "system-%zu", i);
        group->commands[i] = (struct core_command){
            .type = CORE_SET_DESTINATION,
            .set_destination = {bytes_of(names[i]), CORE_DESTINATION_PAUSED, bytes_of("bench")}};
    }
    driver_group_run(group, DESTINATIONS);
    for (uint64_t first = 0; first < leads; first += ENGINE_GROUP_MAX) {
        size_t count = leads - first < ENGINE_GROUP_MAX ? leads - first : ENGINE_GROUP_MAX;
        driver_group_fill(group, first, count);
        driver_group_run(group, count);
    }
    uint64_t pending = 0;
    const struct core *core = engine_core(driver.engine);
    for (uint32_t i = 0; i < core_destination_count(core); i++)
        pending += core_destination_at(core, i)->pending;
    driver_group_free(group);
    driver_close(&driver);
    return pending;
}

int main(int argc, char **argv)
{
    uint64_t leads = measure_options(argc, argv) ? LEADS_QUICK : LEADS;
    double wanted = (double)leads * DESTINATIONS, seconds[ROUNDS];
    char data[300];
    snprintf(data, sizeof data, "%s/data", measure_directory());
    setenv("BENCH_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1);
    const char *with = make_mesh("with", DESTINATIONS), *without = make_mesh("without", 0);
    double bytes = measure_core(with, leads) - measure_core(without, leads);
    uint64_t pending = make_history(with, data, leads);
    if ((double)pending != wanted)
        measure_fail("%" PRIu64 " deliveries are pending instead of %.0f", pending, wanted);
    struct measure_memory memory = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct service service;
        service_start_mesh(&service, with, data);
        seconds[i] = service.ready_seconds;
        memory = measure_memory_of(service.pid);
        service_stop(&service);
    }
    printf("pending bytes_per_delivery=%.0f restart_s=%.2f deliveries=%.0f leads=%" PRIu64
           " resident_mib=%.0f\n",
           bytes / wanted, measure_percentile(seconds, ROUNDS, 0.5), wanted, leads,
           memory.resident / 1048576);
    return 0;
}
