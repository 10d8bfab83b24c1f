/* The engine in this process: see driver.h. */
#include "driver.h"

#include "measure.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { BUSY_NAP_US = 5000 };

/* ---- the mesh */

struct files {
    struct arena arena;
    struct policy_file items[256];
    size_t count;
};

static struct bytes read_file(struct files *files, const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "r");
    if (file == NULL || fstat(fileno(file), &status) != 0)
        measure_fail("%s: %s", path, strerror(errno));
    size_t size = (size_t)status.st_size;
    char *data = arena_alloc(&files->arena, size + 1);
    if (fread(data, 1, size, file) != size)
        measure_fail("%s: %s", path, strerror(errno));
    fclose(file);
    return (struct bytes){data, size};
}

/* All files of one directory of the mesh, and of those in it; `under` is "" or "sources/". */
static void read_directory(struct files *files, const char *mesh, const char *under)
{
    const char *path = arena_printf(&files->arena, "%s/%s", mesh, under);
    DIR *directory = opendir(path);
    if (directory == NULL)
        measure_fail("%s: %s", path, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
            read_directory(files, mesh, arena_printf(&files->arena, "%s%s/", under, entry->d_name));
        if (entry->d_type != DT_REG || entry->d_name[0] == '.')
            continue;
        ML_ASSERT(files->count < sizeof files->items / sizeof *files->items);
        struct policy_file *file = &files->items[files->count++];
        file->path = arena_printf(&files->arena, "%s%s", under, entry->d_name);
        file->content = read_file(files, arena_printf(&files->arena, "%s/%s", mesh, file->path));
    }
    closedir(directory);
}

static struct policy_release *compile(const char *mesh)
{
    struct files files = {.count = 0};
    struct policy_diagnostics diagnostics;
    struct policy_release *release;
    struct error err = {0};
    arena_init(&files.arena);
    read_directory(&files, mesh, "");
    policy_diagnostics_init(&diagnostics);
    if (policy_release_compile(files.items, files.count, &diagnostics, &release, &err) != 0)
        measure_fail("%s: %s", mesh,
                     diagnostics.count > 0 ? diagnostics.items[0].message : err.message);
    policy_diagnostics_release(&diagnostics);
    arena_release(&files.arena);
    return release;
}

/* ---- the engine */

static int64_t world_now_us(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t world_free_bytes(void *context)
{
    (void)context;
    return -1;
}

static void world_fatal(void *context, const struct error *err)
{
    (void)context;
    measure_fail("the engine stopped: %s: %s", err->place, err->message);
}

static void activate(struct driver *driver)
{
    struct driver_group *group = driver_group_new(driver);
    group->commands[0] =
        (struct core_command){.type = CORE_ACTIVATE, .activate.release = driver->release};
    driver_group_run(group, 1);
    driver_group_free(group);
}

void driver_prepare(struct driver *driver, const char *mesh)
{
    *driver = (struct driver){.release = compile(mesh), .scratch = policy_edge_scratch_new()};
    for (uint32_t variant = 0; variant < PAYLOAD_VARIANTS; variant++)
        payload_make(variant, &driver->payloads[variant]);
}

void driver_open(struct driver *driver, const char *mesh, const char *data)
{
    struct error err = {0};
    driver_prepare(driver, mesh);
    struct engine_options options = {
        .directory = data,
        .world = {.now_us = world_now_us, .free_bytes = world_free_bytes, .fatal = world_fatal}};
    if (mkdir(data, 0700) != 0)
        measure_fail("%s: %s", data, strerror(errno));
    if (engine_open(&options, NULL, NULL, &driver->engine, &err) != 0 ||
        engine_start(driver->engine, &err) != 0)
        measure_fail("%s: %s", err.place, err.message);
    activate(driver);
}

void driver_close(struct driver *driver)
{
    engine_close(driver->engine);
    policy_edge_scratch_free(driver->scratch);
    policy_release_unref(driver->release);
}

/* ---- commands */

void driver_command_read(const struct driver *driver, uint64_t number, struct arena *arena,
                         struct core_command *ret)
{
    const struct payload *payload = &driver->payloads[number % PAYLOAD_VARIANTS];
    const struct policy_release *release = driver->release;
    struct policy_payload record = {0};
    struct policy_edge_result result;
    struct error err = {0};
    char *text = arena_alloc(arena, PAYLOAD_SIZE);
    memcpy(text, payload->text, PAYLOAD_SIZE);
    payload_identify(payload, text, 0, number);
    *ret = (struct core_command){.type = CORE_SUBMIT};
    ret->submit.release = driver->release;
    ret->submit.source = policy_source_find(release, bytes_of("website"));
    if (contract_instance_parse((struct bytes){text, PAYLOAD_SIZE}, NULL, arena, &record.data,
                                &err) != 0)
        measure_fail("the lead %s is no JSON: %s", text, err.message);
    policy_edge_read(release, ret->submit.source,
                     release->sources[ret->submit.source].rollout.active, &record, driver->scratch,
                     arena, &result);
    if (result.outcome != POLICY_EDGE_LEAD)
        measure_fail("the lead %s was refused: %s", text,
                     result.outcome == POLICY_EDGE_REFUSED ? result.problems.items[0].message
                                                           : result.skip_reason);
    ret->submit.values = result.values;
    ret->submit.contract = result.version;
    ret->submit.key_kind =
        policy_business_key(release, ret->submit.source, result.values, arena, &ret->submit.key);
    core_submit_prepare(ret, arena);
}

static void complete(struct engine_request *request)
{
    struct driver_group *group = request->context;
    sem_post(&group->done);
}

struct driver_group *driver_group_new(struct driver *driver)
{
    struct driver_group *group = calloc(1, sizeof *group);
    ML_ASSERT(group != NULL);
    group->driver = driver;
    arena_init(&group->arena);
    sem_init(&group->done, 0, 0);
    return group;
}

void driver_group_free(struct driver_group *group)
{
    arena_release(&group->arena);
    sem_destroy(&group->done);
    free(group);
}

void driver_group_fill(struct driver_group *group, uint64_t first, size_t count)
{
    arena_reset(&group->arena);
    for (size_t i = 0; i < count; i++)
        driver_command_read(group->driver, first + i, &group->arena, &group->commands[i]);
}

void driver_group_run(struct driver_group *group, size_t count)
{
    struct error err = {0};
    group->request = (struct engine_request){.commands = group->commands,
                                             .results = group->results,
                                             .count = count,
                                             .complete = complete,
                                             .context = group};
    int code;
    while ((code = engine_submit(group->driver->engine, &group->request, &err)) == ML_EBUSY)
        measure_sleep_us(BUSY_NAP_US);
    if (code != 0)
        measure_fail("the engine refused: %s", err.message);
    while (sem_wait(&group->done) != 0)
        ;
    for (size_t i = 0; i < count; i++)
        if (group->results[i].refusal != 0 || group->results[i].status != CORE_OK)
            measure_fail("a command was refused: %s", group->results[i].message);
}
