/* A list between the engine's thread and the test's, and the mesh. */
#include "outside.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

enum { KEPT_MAX = 1024, PATIENCE_S = 20 };

static const struct policy_file files[] = {
    {"mesh.yaml", BYTES_LITERAL("name: outside\n"
                                "owners:\n"
                                "  - {name: ops, role: routing, email: ops@x.example}\n")},
    {"lead.schema.json",
     BYTES_LITERAL("{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"}}}")},
    {"people.yaml", BYTES_LITERAL("defaults: {capacity: 1000}\n"
                                  "teams: [{id: desk, manager: ana, email: desk@x.example}]\n"
                                  "reps: [{id: ana, team: desk}, {id: ben, team: desk}]\n")},
    {"pools.yaml",
     BYTES_LITERAL("pools: [{id: all, strategy: round_robin, members: [ana, ben]}]\n")},
    {"pipelines/inbound.yaml",
     BYTES_LITERAL("pipeline: inbound\nowner: ops\n"
                   "classes: [{name: standard, objectives: {contacted: 4h}}]\n"
                   "routes: [{name: everyone, to: {pool: all}}]\n")},
    {"sources/website.yaml", BYTES_LITERAL("source: website\nowner: ops\n")},
    {"destinations/hook.yaml",
     BYTES_LITERAL("destination: hook\ntitle: The hook\nkind: webhook\nowner: ops\nteam: desk\n"
                   "url: https://hook.example/private-path\nsecret: {env: HOOK_SECRET}\n"
                   "events: [lead.assigned]\nconcurrency: 64\nbreaker: 'off'\n")},
    {"destinations/export.yaml",
     BYTES_LITERAL("destination: export\nkind: ndjson\npath: out.ndjson\n"
                   "events: [lead.assigned]\nconcurrency: 64\nbreaker: 'off'\n")},
    {"destinations/crm.yaml",
     BYTES_LITERAL("destination: crm\nkind: rest\nevents: [lead.assigned]\nconcurrency: 64\n"
                   "create: {url: '\"https://crm.example/leads\"', body: '{\"id\": meta.id}'}\n")},
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct outside_delivery kept[KEPT_MAX];
    size_t count;
} outside = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void send(void *context, const struct engine_delivery *deliveries, size_t count)
{
    (void)context;
    pthread_mutex_lock(&outside.lock);
    for (size_t i = 0; i < count; i++) {
        const struct engine_delivery *from = &deliveries[i];
        assert_true(outside.count < KEPT_MAX);
        struct outside_delivery *to = &outside.kept[outside.count++];
        *to = (struct outside_delivery){.number = from->number,
                                        .lead = from->lead,
                                        .attempt = from->attempt,
                                        .purpose = from->purpose};
        snprintf(to->destination, sizeof to->destination, "%s", from->destination->name);
        snprintf(to->target, sizeof to->target, "%s", from->target);
        policy_release_unref(from->release);
    }
    pthread_cond_broadcast(&outside.more);
    pthread_mutex_unlock(&outside.lock);
}

void outside_open(struct fixture *fixture)
{
    outside.count = 0;
    fixture_open(fixture);
    engine_set_outside(fixture->engine, &(struct engine_outside){.send = send});
    fixture_activate(fixture, files, sizeof files / sizeof *files);
}

void outside_close(void)
{
    outside.count = 0;
}

/* With the lock. */
static bool take(const char *destination, struct outside_delivery *ret)
{
    for (size_t i = 0; i < outside.count; i++) {
        if (strcmp(outside.kept[i].destination, destination) != 0)
            continue;
        *ret = outside.kept[i];
        outside.count--;
        memmove(&outside.kept[i], &outside.kept[i + 1], (outside.count - i) * sizeof *outside.kept);
        return true;
    }
    return false;
}

struct outside_delivery outside_next(const char *destination)
{
    struct outside_delivery delivery;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&outside.lock);
    while (!take(destination, &delivery))
        if (pthread_cond_timedwait(&outside.more, &outside.lock, &until) != 0)
            fail_msg("nothing was handed out for %s", destination);
    pthread_mutex_unlock(&outside.lock);
    return delivery;
}

bool outside_is_idle(const char *destination)
{
    struct outside_delivery delivery;
    pthread_mutex_lock(&outside.lock);
    bool idle = !take(destination, &delivery);
    pthread_mutex_unlock(&outside.lock);
    return idle;
}

static void answered(struct engine_request *request)
{
    sem_post(request->context);
}

void outside_answer(struct fixture *fixture, const struct outside_delivery *delivery,
                    enum core_outcome outcome, uint32_t status, const char *reason)
{
    struct arena arena;
    sem_t done;
    struct core_command command = {.type = CORE_RECEIPT, .entity = delivery->number};
    struct engine_result result = {0};
    struct engine_request request = {.commands = &command,
                                     .results = &result,
                                     .count = 1,
                                     .complete = answered,
                                     .context = &done};
    arena_init(&arena);
    command.receipt = (struct core_receipt){.outcome = outcome,
                                            .status = status,
                                            .started_us = engine_now_us(fixture->engine),
                                            .took_us = 1500,
                                            .reason = bytes_of(reason),
                                            .excerpt = BYTES_LITERAL("what it said"),
                                            .arena = &arena};
    sem_init(&done, 0, 0);
    assert_int_equal(engine_submit(fixture->engine, &request, NULL), 0);
    sem_wait(&done);
    sem_destroy(&done);
    assert_int_equal(result.refusal, 0);
    arena_release(&arena);
}

struct outside_delivery outside_deliver(struct fixture *fixture, const char *destination,
                                        const char *email)
{
    static const char *const names[] = {"hook", "export", "crm"};
    struct outside_delivery wanted = {0};
    submit_lead(fixture, email);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct outside_delivery delivery = outside_next(names[i]);
        if (strcmp(names[i], destination) == 0)
            wanted = delivery;
        else
            outside_answer(fixture, &delivery, CORE_OUTCOME_OK, 200, "");
    }
    return wanted;
}
