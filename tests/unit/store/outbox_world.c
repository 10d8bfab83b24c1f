/* The company with systems around it. */
#include "outbox_world.h"

#include <stdio.h>

static const char mesh_yaml[] = "name: testing\nowners:\n  - {name: ops, role: routing}\n"
                                "causes: [{name: bad_data}, {name: vendor_outage}]\n";
static const char lead_schema[] =
    "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"country\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"}}}";
static const char people_yaml[] =
    "defaults: {capacity: 200}\nteams: [{id: north, manager: cem}, {id: desk}]\nreps:\n"
    "  - {id: ana, name: Ana, team: north}\n  - {id: ben, name: Ben, team: north}\n"
    "  - {id: cem, name: Cem, team: desk}\n";
static const char pools_yaml[] =
    "pools:\n  - {id: all, strategy: round_robin, members: [ana, ben]}\n";
static const char pipeline_format[] =
    "pipeline: inbound\nowner: ops\nclasses:\n"
    "  - {name: hot, when: 'has(lead.employees) && lead.employees > 500',"
    " objectives: {enriched: 2m, assigned: 60s, contacted: 5m}}\n"
    "  - {name: standard, objectives: {enriched: 2m, assigned: 5m, contacted: 1h}}\n"
    "score: 'has(lead.employees) ? lead.employees : 0'\n"
    "escalation: [{at: 50%%, do: remind}, {at: 80%%, do: notify}]\n"
    "routes:\n"
    "  - {name: big, when: 'has(lead.employees) && lead.employees > 1000', to: {rep: cem}}\n"
    "  - {name: everyone, to: {pool: all}}\n"
    "enrichment:\n  providers:\n    - clear\n%s"
    "  reroute: {within: 10m, more_specific: true}\n";
#define ZEN_STEP "    - {provider: zen, when: '!has(lead.employees)'}\n"
#define CRM(retry)                                                       \
    "destination: crm\nkind: rest\nowner: ops\nteam: desk\n"             \
    "events: [lead.captured, lead.assigned, lead.contacted]\n"           \
    "create: {url: '\"https://crm.example/leads\"', body: lead}\n" retry \
    "breaker: {failures: 3, pause: 30s, longest: 2m}\n"                  \
    "sync:\n  webhook: true\n  lead: record.lead\n  fields:\n"           \
    "    owner: {from: record.owner, authority: theirs}\n"               \
    "    status: {from: record.status, authority: ours}\n"               \
    "    country: {from: record.country, authority: theirs}\n"
static const char provider_clear[] =
    "provider: clear\nkind: http\nrequest: {url: '\"https://clear.example/\"'}\n"
    "map: {employees: response.body.employees}\nbreaker: {failures: 4}\n";
static const char provider_zen[] =
    "provider: zen\nkind: http\nrequest: {url: '\"https://zen.example/\"'}\n"
    "map: {employees: response.body.employees}\nbreaker: off\n";

struct policy_release *outside_release(unsigned variant)
{
    char pipeline[2000];
    snprintf(pipeline, sizeof pipeline, pipeline_format, variant == 0 ? ZEN_STEP : "");
    const struct policy_file files[] = {
        {"mesh.yaml", bytes_of(mesh_yaml)},
        {"lead.schema.json", bytes_of(lead_schema)},
        {"people.yaml", bytes_of(people_yaml)},
        {"pools.yaml", bytes_of(pools_yaml)},
        {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\n")},
        {"pipelines/inbound.yaml", bytes_of(pipeline)},
        {"destinations/crm.yaml",
         bytes_of(variant == 0 ? CRM("retry: {immediate: 1, short: {times: 2, from: 2s, to: 3s}, "
                                     "long: {from: 1m, to: 4m}, within: 10m}\n")
                               : CRM("retry: {immediate: 0, short: {times: 1, from: 2s, to: 3s}, "
                                     "long: {from: 1m, to: 1m}, within: 2m}\n"))},
        {"destinations/chat.yaml",
         BYTES_LITERAL("destination: chat\nkind: slack\nowner: ops\nevents: [silence.set]\n"
                       "url: {env: CHAT_URL}\n")},
        {"notifications.yaml",
         BYTES_LITERAL("channels: {reps: {via: chat, digest: 5m}, teams: chat}\nmute: []\n")},
        {"providers/clear.yaml", bytes_of(provider_clear)},
        {"destinations/log.yaml",
         BYTES_LITERAL("destination: log\nkind: ndjson\nowner: ops\nteam: desk\npath: log.ndjson\n"
                       "events: [\"lead.*\", silence.set]\nbreaker: off\n"
                       "retry: {within: 3m}\n")},
        {"providers/zen.yaml", bytes_of(provider_zen)},
    };
    const size_t count = sizeof files / sizeof *files - (variant == 0 ? 0 : 2);
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct policy_release *release = NULL;
    if (policy_release_compile(files, count, &diagnostics, &release, NULL) < 0)
        for (size_t i = 0; i < diagnostics.count; i++)
            print_error("%s:%u: %s\n", diagnostics.items[i].file, diagnostics.items[i].line,
                        diagnostics.items[i].message);
    policy_diagnostics_release(&diagnostics);
    assert_non_null(release);
    return release;
}

void outside_activate(struct world *world, unsigned variant)
{
    struct policy_release *release = outside_release(variant);
    world_run(world, (struct core_command){.type = CORE_ACTIVATE, .activate.release = release});
    policy_release_unref(release);
}

uint64_t outside_submit(struct world *world, const char *email)
{
    return world_submit(world, email, NULL, NULL);
}

/* ---- what is carried out */

uint64_t outside_take(struct world *world, const char *destination)
{
    struct core_delivery delivery;
    uint32_t index = core_destination_find(world->core, bytes_of(destination));
    assert_int_not_equal(index, CORE_NONE);
    return core_outbox_take(world->core, index, world->now_us, &delivery) ? delivery.number : 0;
}

enum core_status outside_receive(struct world *world, uint64_t number,
                                 const struct core_receipt *receipt)
{
    struct core_command command = {.type = CORE_RECEIPT, .entity = number, .receipt = *receipt};
    command.receipt.arena = &world->arena;
    return world_run(world, command);
}

enum core_status outside_answer(struct world *world, uint64_t number, enum core_outcome outcome)
{
    const bool ok = outcome == CORE_OUTCOME_OK;
    const struct core_receipt receipt = {
        .outcome = outcome,
        .status = ok                                  ? 200
                  : outcome == CORE_OUTCOME_PERMANENT ? 422
                  : outcome == CORE_OUTCOME_GONE      ? 410
                                                      : 0,
        .started_us = world->now_us - SECOND,
        .took_us = SECOND,
        .response_id = ok ? BYTES_LITERAL("r1") : (struct bytes){0},
        .excerpt = BYTES_LITERAL("hm"),
        .reason = ok ? (struct bytes){0} : BYTES_LITERAL("no answer came")};
    return outside_receive(world, number, &receipt);
}

enum core_status outside_requeue(struct world *world, uint64_t number)
{
    struct store_delivery_reference known;
    struct core_command command = {.type = CORE_REQUEUE,
                                   .actor = BYTES_LITERAL("mia"),
                                   .entity = number,
                                   .requeue.reason = BYTES_LITERAL("they are back")};
    world_project(world);
    if (store_fetch_delivery(world_reader(world), number, &world->arena, &known, NULL) != 0)
        return CORE_NOT_FOUND;
    command.requeue.destination = known.destination;
    command.requeue.about = known.lead;
    command.requeue.purpose = known.purpose;
    command.requeue.target = known.target;
    return world_run(world, command);
}

enum core_status outside_drop(struct world *world, uint64_t number)
{
    return world_run(world, (struct core_command){.type = CORE_DROP,
                                                  .actor = BYTES_LITERAL("mia"),
                                                  .entity = number,
                                                  .drop.reason = BYTES_LITERAL("they have it")});
}

enum core_status outside_set(struct world *world, const char *destination,
                             enum core_destination_change change)
{
    return world_run(world,
                     (struct core_command){.type = CORE_SET_DESTINATION,
                                           .actor = BYTES_LITERAL("mia"),
                                           .set_destination = {bytes_of(destination), change,
                                                               BYTES_LITERAL("maintenance")}});
}

enum core_status outside_sync(struct world *world, uint64_t lead, const char *owner,
                              const char *external_id)
{
    const struct core_sync_value values[] = {{true, cel_string(bytes_of(owner))},
                                             {true, cel_string(BYTES_LITERAL("qualified"))},
                                             {true, cel_string(bytes_of(owner))}};
    return world_run(world, (struct core_command){.type = CORE_SYNC,
                                                  .lead = lead,
                                                  .sync = {.destination = BYTES_LITERAL("crm"),
                                                           .change = BYTES_LITERAL("7"),
                                                           .external_id = bytes_of(external_id),
                                                           .values = values,
                                                           .count = 3,
                                                           .release = core_release(world->core),
                                                           .arena = &world->arena}});
}

/* ---- a life */

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % below;
}

static const char *const destinations[] = {"crm", "log", "chat", "clear", "zen"};
enum { DESTINATIONS = sizeof destinations / sizeof *destinations };

/* What a provider knows, or what the CRM gave it as an id. */
static void live_good(struct world *world, uint64_t number, const char *destination, uint64_t *seed)
{
    struct policy_release *release = core_release(world->core);
    struct cel_value *values = arena_array(&world->arena, release->schema.count, sizeof *values);
    struct core_receipt receipt = {.outcome = CORE_OUTCOME_OK,
                                   .status = 200,
                                   .started_us = world->now_us - SECOND,
                                   .took_us = (int64_t)draw(seed, 1000000),
                                   .cached = draw(seed, 4) == 0,
                                   .release = release};
    memset(values, 0, release->schema.count * sizeof *values);
    if (strcmp(destination, "crm") == 0) {
        receipt.external_id =
            bytes_of(arena_printf(&world->arena, "00%u", (unsigned)draw(seed, 5)));
        receipt.owner = draw(seed, 2) == 0 ? BYTES_LITERAL("ana") : BYTES_LITERAL("ben");
        receipt.status_there = BYTES_LITERAL("assigned");
    } else if (draw(seed, 3) > 0) {
        values[policy_field_find(&release->schema, BYTES_LITERAL("employees"))] =
            cel_int((int64_t)draw(seed, 2000));
        receipt.values = values;
    }
    outside_receive(world, number, &receipt);
}

static void live_attempts(struct world *world, uint64_t *seed)
{
    const char *destination = destinations[draw(seed, DESTINATIONS)];
    if (core_destination_is_closed(world->core,
                                   core_destination_find(world->core, bytes_of(destination))))
        return;
    for (uint64_t count = draw(seed, 12); count > 0; count--) {
        const uint64_t number = outside_take(world, destination), fate = draw(seed, 40);
        if (number == 0)
            return;
        if (fate < 14)
            outside_answer(world, number, CORE_OUTCOME_TRANSIENT);
        else if (fate < 16)
            outside_answer(world, number, CORE_OUTCOME_PERMANENT);
        else if (fate == 16)
            outside_answer(world, number, CORE_OUTCOME_GONE);
        else if (fate > 17)
            live_good(world, number, destination, seed);
    }
}

/* By hand: some delivery of the newest events. */
static void live_by_hand(struct world *world, uint64_t *seed)
{
    for (int i = 0; i < 30; i++) {
        const uint64_t back = draw(seed, world->count < 400 ? world->count : 400);
        const struct core_event *event = &world->events[world->count - 1 - back];
        if (event->due_count == 0)
            continue;
        const uint64_t number =
            core_delivery_number(event->seq, (uint32_t)draw(seed, event->due_count));
        if (draw(seed, 3) == 0)
            outside_drop(world, number);
        else
            outside_requeue(world, number);
        return;
    }
}

static void live_exception(struct world *world, uint64_t *seed)
{
    for (int i = 0; i < 30; i++) {
        const struct core_event *event = &world->events[draw(seed, world->count)];
        if (event->type != CORE_EXCEPTION_OPENED)
            continue;
        world_run(world, (struct core_command){
                             .type = CORE_RESOLVE,
                             .actor = BYTES_LITERAL("kim"),
                             .entity = event->entity,
                             .resolve = {.action = draw(seed, 3) == 0 ? CORE_RESOLVED_DISMISS
                                                                      : CORE_RESOLVED_RETRY,
                                         .cause = BYTES_LITERAL("vendor_outage"),
                                         .remediation = BYTES_LITERAL("they are back")}});
        return;
    }
}

static void live_command(struct world *world, uint64_t *seed)
{
    static const char *const reps[] = {"ana", "ben", "cem", "nobody"};
    static const enum core_destination_change changes[] = {
        CORE_DESTINATION_PAUSED, CORE_DESTINATION_RESUMED, CORE_DESTINATION_RESUMED};
    const uint64_t lead = world->events[draw(seed, world->count)].lead;
    const char *rep = reps[draw(seed, 4)];
    char text[40];
    switch (draw(seed, 24)) {
    case 0: world_run(world, world_contacting(lead)); break;
    case 1:
        world_run(world, world_contacting(lead));
        world_run(world,
                  (struct core_command){.type = CORE_OUTCOME,
                                        .lead = lead,
                                        .outcome = {draw(seed, 2) == 0, BYTES_LITERAL("r")}});
        break;
    case 2: world_pass(world, (int64_t)draw(seed, 900) * SECOND); break;
    case 3: {
        const char *name = destinations[draw(seed, DESTINATIONS)];
        outside_set(world, name, changes[draw(seed, 3)]);
        break;
    }
    case 4: live_by_hand(world, seed); break;
    case 5: live_exception(world, seed); break;
    case 6:
    case 7: outside_sync(world, lead, rep, draw(seed, 2) == 0 ? "007" : ""); break;
    case 8: world_run(world, world_assignment(lead, rep)); break;
    case 9:
    case 10:
    case 11:
        snprintf(text, sizeof text, "p%u@example.com", (unsigned)draw(seed, 200));
        outside_submit(world, arena_string(&world->arena, bytes_of(text)));
        break;
    default: live_attempts(world, seed); break;
    }
}

void outside_live(struct world *world, uint64_t *seed, size_t commands)
{
    for (size_t i = 0; i < commands; i++) {
        world->now_us += (int64_t)draw(seed, 8) * SECOND;
        if (draw(seed, 80) == 0)
            outside_activate(world, draw(seed, 3) == 0);
        live_command(world, seed);
        world_tick(world);
    }
}
