/* The run: random work, faults, crashes and restarts; then peace, and a look at what is left. */
#include "simulation.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char simulation_directory[] = "/data";

void simulation_fail(struct simulation *simulation, const char *format, ...)
{
    if (simulation->failed)
        return;
    simulation->failed = true;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(simulation->failure, sizeof simulation->failure, format, arguments);
    va_end(arguments);
}

static void trace(const struct simulation *simulation, const char *what)
{
    if (!simulation->verbose)
        return;
    char time[TIME_TEXT_SIZE];
    time_print(simulation->clock_us, time);
    printf("%s io=%" PRIu64 " seq=%" PRIu64 " %s\n", time, disk_io_count(simulation->disk),
           simulation->engine ? engine_durable_seq(simulation->engine) : 0, what);
}

/* ---- the world as the engine sees it */

static int64_t world_now(void *context)
{
    struct simulation *simulation = context;
    return simulation->clock_us++;
}

static int64_t world_free(void *context)
{
    return ((struct simulation *)context)->free_bytes;
}

static void world_fatal(void *context, const struct error *err)
{
    simulation_fail(context, "fatal without threads: %s", err->message);
}

bool simulation_open(struct simulation *simulation)
{
    const struct journal_sqlite_options journal = {
        .segment_bytes = 256 * 1024, .vfs = simulation->vfs, .files = disk_files(simulation->disk)};
    const struct engine_options options = {
        .directory = simulation_directory,
        .journal = &journal,
        .store_vfs = simulation->vfs,
        .world = {simulation, world_now, world_free, world_fatal},
        .queue_max = 64};
    struct error err = {0};
    int code = engine_open(&options, NULL, NULL, &simulation->engine, &err);
    if (code == 0) {
        network_connect(simulation->network, simulation->engine);
        return true;
    }
    simulation->engine = NULL;
    /* Only a fault of the disk excuses it. */
    if (!disk_is_down(simulation->disk) && simulation->faults == 0)
        simulation_fail(simulation, "cannot open: %s: %s", err.place, err.message);
    return false;
}

void simulation_close(struct simulation *simulation)
{
    clients_forget_in_flight(simulation);
    network_forget(simulation->network);
    engine_close(simulation->engine);
    simulation->engine = NULL;
}

/* The process is gone; the machine comes back, perhaps to crash again while it recovers. */
static void crash_and_restart(struct simulation *simulation)
{
    trace(simulation, "crash");
    simulation->crashes++;
    clients_forget_in_flight(simulation);
    network_forget(simulation->network);
    engine_close(simulation->engine);
    simulation->engine = NULL;
    for (int attempt = 0; attempt < 4 && simulation->engine == NULL && !simulation->failed;
         attempt++) {
        disk_crash(simulation->disk);
        simulation->faults = 0;
        if (attempt < 3 && random_chance(&simulation->random, 3)) {
            disk_fail_at(simulation->disk,
                         disk_io_count(simulation->disk) + 1 +
                             random_below(&simulation->random, 30),
                         DISK_FAULT_CRASH);
            simulation->faults = 1;
        }
        simulation_open(simulation);
    }
    if (simulation->failed)
        return;
    simulation->faults = 0;
    if (simulation->engine == NULL) {
        simulation_fail(simulation, "cannot recover");
        return;
    }
    if (disk_is_down(simulation->disk)) {
        crash_and_restart(simulation);
        return;
    }
    disk_fail_at(simulation->disk, 0, DISK_FAULT_NONE);
    simulation->restarts++;
    trace(simulation, "restarted");
    invariants_check_restart(simulation);
}

/* ---- what may happen in a tick */

static void arm_fault(struct simulation *simulation)
{
    static const enum disk_fault kinds[] = {DISK_FAULT_CRASH, DISK_FAULT_CRASH, DISK_FAULT_ERROR,
                                            DISK_FAULT_FULL};
    struct random *random = &simulation->random;
    enum disk_fault kind = kinds[random_below(random, sizeof kinds / sizeof *kinds)];
    disk_fail_at(simulation->disk, disk_io_count(simulation->disk) + 1 + random_below(random, 40),
                 kind);
    simulation->faults = 1;
    trace(simulation, "fault armed");
}

static void step_engine(struct simulation *simulation)
{
    struct error err = {0};
    if (engine_step(simulation->engine, &err) < 0 || disk_is_down(simulation->disk)) {
        crash_and_restart(simulation);
        return;
    }
    invariants_check_step(simulation);
}

static void step_projector(struct simulation *simulation)
{
    struct error err = {0};
    if (engine_project(simulation->engine, &err) < 0 || disk_is_down(simulation->disk))
        crash_and_restart(simulation);
}

static void pass_time(struct simulation *simulation)
{
    struct random *random = &simulation->random;
    if (simulation->burst_acts > 0) {
        simulation->clock_us += random_below(random, 10 * TIME_US_PER_SECOND);
        return; /* a burst is over in minutes */
    }
    switch (random_below(random, 40)) {
    case 0: /* the clock is set back */
        simulation->clock_us -= (int64_t)random_below(random, 7200) * TIME_US_PER_SECOND;
        break;
    case 1: /* or far ahead */
        simulation->clock_us += (int64_t)random_below(random, 3 * 86400) * TIME_US_PER_SECOND;
        break;
    case 2:
    case 3: simulation->clock_us += (int64_t)random_below(random, 3600) * TIME_US_PER_SECOND; break;
    default: simulation->clock_us += random_below(random, 2 * TIME_US_PER_SECOND);
    }
}

static void tick(struct simulation *simulation)
{
    struct random *random = &simulation->random;
    pass_time(simulation);
    network_act(simulation->network);
    switch (random_below(random, 10)) {
    case 0:
    case 1:
    case 2:
    case 3: clients_act(simulation); break;
    case 4:
    case 5:
    case 6: step_engine(simulation); break;
    case 7:
    case 8: step_projector(simulation); break;
    default:
        if (simulation->faults == 0 && random_chance(random, 4))
            arm_fault(simulation);
        else if (random_chance(random, 20))
            simulation->free_bytes = random_chance(random, 3) ? 1024 : INT64_C(1) << 40;
        else if (simulation->faults == 0 && random_chance(random, 40))
            invariants_check_digests(simulation);
    }
}

/* ---- phases */

void simulation_work_off(struct simulation *simulation)
{
    struct error err = {0};
    int more = 1;
    while (!simulation->failed &&
           (network_settle(simulation->network) || simulation->flights != NULL || more > 0)) {
        more = engine_step(simulation->engine, &err);
        if (more < 0)
            simulation_fail(simulation, "without faults: %s", err.message);
        invariants_check_step(simulation);
    }
    while (!simulation->failed && (more = engine_project(simulation->engine, &err)) > 0)
        ;
    if (more < 0)
        simulation_fail(simulation, "without faults: %s", err.message);
}

/* Held leads are offered again when their timers fire; a clock that was set back has to catch up
 * first, for the engine's never goes back (I3). Ladders go on meanwhile, and what is taken back is
 * held as well for a minute: at some moment nobody waits. */
static void let_wait_end(struct simulation *simulation)
{
    enum { MINUTES = 120 };
    int64_t engine_us = core_time_us(engine_core(simulation->engine));
    if (simulation->clock_us < engine_us)
        simulation->clock_us = engine_us;
    simulation->clock_us += INT64_C(3600) * TIME_US_PER_SECOND;
    simulation_work_off(simulation);
    for (int i = 0; i < MINUTES && !simulation->failed &&
                    core_counts(engine_core(simulation->engine)).waiting > 0;
         i++) {
        simulation->clock_us += INT64_C(60) * TIME_US_PER_SECOND;
        simulation_work_off(simulation);
    }
}

static void converge(struct simulation *simulation)
{
    disk_fail_at(simulation->disk, 0, DISK_FAULT_NONE);
    simulation->faults = 0;
    simulation->free_bytes = INT64_C(1) << 40;
    simulation->clock_us += 2 * TIME_US_PER_SECOND; /* past the engine's memory of a full disk */
    simulation_work_off(simulation);
    enum { PATIENCE = SIM_CALLS_MAX };
    for (int i = 0; i < PATIENCE && !clients_all_acknowledged(simulation); i++) {
        clients_repeat_unacknowledged(simulation); /* as many as the queue takes */
        simulation_work_off(simulation);
        if (simulation->failed)
            return;
    }
    clients_replay_open(simulation);
    clients_activate(simulation, 0);
    simulation_work_off(simulation);
    network_repair(simulation->network);
    for (unsigned rep = 0; rep < COMPANY_REPS && !simulation->failed; rep++) {
        clients_make_room(simulation, rep);
        simulation_work_off(simulation);
    }
    let_wait_end(simulation);
    if (!simulation->failed)
        invariants_check_converged(simulation);
    if (!simulation->failed)
        network_check_converged(simulation->network);
    if (!simulation->failed)
        invariants_check_digests(simulation);
}

static void set_up(struct simulation *simulation, uint64_t seed, bool verbose)
{
    *simulation = (struct simulation){.seed = seed,
                                      .random = {seed},
                                      .verbose = verbose,
                                      .clock_us = INT64_C(1700000000) * TIME_US_PER_SECOND,
                                      .free_bytes = INT64_C(1) << 40};
    snprintf(simulation->vfs, sizeof simulation->vfs, "simulated");
    arena_init(&simulation->arena);
    simulation->disk = disk_new(seed);
    disk_register(simulation->disk, simulation->vfs);
    simulation->network = network_new(simulation);
    for (unsigned i = 0; i < COMPANY_RELEASES; i++)
        simulation->releases[i] = company_release(i);
}

static void tear_down(struct simulation *simulation)
{
    simulation_close(simulation);
    memcpy(simulation->network_exercised, network_counts(simulation->network),
           sizeof simulation->network_exercised);
    network_free(simulation->network);
    for (unsigned i = 0; i < COMPANY_RELEASES; i++)
        policy_release_unref(simulation->releases[i]);
    arena_release(&simulation->arena);
    disk_free(simulation->disk);
}

bool simulation_run(uint64_t seed, uint32_t ticks, bool verbose, struct simulation *simulation,
                    struct hash256 *ret_hash)
{
    set_up(simulation, seed, verbose);
    if (!simulation_open(simulation))
        simulation_fail(simulation, "cannot start on an empty disk");
    else
        clients_activate(simulation, 0);
    for (uint32_t i = 0; i < ticks && !simulation->failed; i++)
        tick(simulation);
    if (!simulation->failed)
        converge(simulation);
    if (simulation->engine != NULL)
        *ret_hash = journal_tail(engine_journal(simulation->engine)).hash;
    tear_down(simulation);
    return !simulation->failed;
}
