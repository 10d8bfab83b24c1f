/* The company under promises, and its life. */
#include "clock_world.h"

#include <stdio.h>

static const char mesh_yaml[] =
    "name: testing\nowners:\n  - {name: ops, role: routing}\n"
    "causes: [{name: bad_data, title: What was sent is wrong}, {name: vendor_outage}]\n"
    "incidents: {drop: 10%, window: 2h, norm: 24h, at_least: 3, team: north}\n";
static const char lead_schema[] =
    "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"name\":{\"type\":\"string\"},\"company\":{\"type\":\"string\"},"
    "\"country\":{\"type\":\"string\"},\"form\":{\"type\":\"string\"},"
    "\"campaign\":{\"type\":\"string\"},\"partner\":{\"type\":\"string\"},"
    "\"intent\":{\"type\":\"integer\"}}}";
static const char people[] =
    "calendars:\n  - {id: office, time_zone: Europe/Berlin, hours: {mon-fri: \"09:00-17:00\"}}\n"
    "teams:\n  - {id: north, manager: ana}\n"
    "defaults: {capacity: 4, calendar: always}\nreps:\n"
    "  - {id: ana, name: Ana, team: north}\n"
    "  - {id: ben, name: Ben, team: north, calendar: office}\n"
    "  - {id: cem, name: Cem, team: south, capacity: 6}\n";
static const char *const pools[] = {
    "pools:\n  - {id: dach, team: north, members: [ana, ben]}\n"
    "  - {id: all, strategy: least_loaded, members: [ana, ben, cem]}\n"
    "  - {id: triage, team: south, members: [cem]}\n",
    "pools:\n  - {id: all, team: south, members: [cem, ana]}\n  - {id: triage, members: [cem]}\n"};
static const char alerts[] =
    "group: 30s\nalerts:\n"
    "  - {name: unassigned-backlog, over: 2, for: 1m}\n"
    "  - {name: open-exceptions, over: 3, for: 2m, team: south, incident: true}\n"
    "  - {name: often-late, metric: late_rate, objective: assigned, over: 20%, window: 1h, "
    "at_least: 3, team: north, page: true, repeat: 1h}\n";
static const char *const pipelines[] = {
    "pipeline: inbound\nowner: ops\ncalendar: office\nclasses:\n"
    "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {enriched: 2m, assigned: 60s, "
    "contacted: 5m, qualified: 2h}, return_after: 10m}\n"
    "  - {name: standard, objectives: {assigned: 5m, contacted: {within: 4h, clock: business}}}\n"
    "score: 'lead.intent'\n"
    "escalation:\n"
    "  - {at: 50%, do: remind}\n  - {at: 80%, do: notify, on_duty: true}\n"
    "  - {after: 0s, do: take_back}\n"
    "  - {after: 30m, do: exception, team: north, within: 1h}\n"
    "  - {objective: assigned, after: 2m, do: overflow, pool: all}\n"
    "  - {objective: assigned, after: 20m, do: exception}\n"
    "exceptions:\n"
    "  enrichment_timeout: {triage: triage, team: north, within: 4h, fallback: dismiss}\n"
    "  missing_email: {queue: validation, team: north, within: 2h, fallback: disqualify}\n"
    "  capacity_overrun: {team: south, within: 1h, fallback: remind}\n"
    "  objective_late: {within: 1h, fallback: [requeue, {team: south, within: 2h}, disqualify]}\n"
    "surge:\n  detect: {start: 3x, end: 1.5x, window: 5m, at_least: 5}\n"
    "  exempt: [hot]\n  per_hour: 2\n  overflow: all\n  triage: triage\n"
    "  nurture: {below: 40, after: 2d}\n  at_most: 2h\n"
    "routes:\n"
    "  - {name: no-email, when: '!has(lead.email)', to: {exception: missing_email}}\n"
    "  - {name: later, when: 'lead.intent < 10', to: {nurture: later, after: 3h}}\n"
    "  - {name: dach, when: 'lead.country == \"DE\"', to: {pool: dach}}\n"
    "  - {name: everyone, to: {pool: all}}\n",
    "pipeline: inbound\nowner: ops\ncalendar: office\nclasses:\n"
    "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {assigned: 2m, contacted: 10m}}\n"
    "  - {name: standard, objectives: {contacted: 1h, qualified: 1d}}\n"
    "score: 'lead.intent'\n"
    "exceptions:\n  missing_email: {queue: addresses}\n"
    "routes:\n"
    "  - {name: no-email, when: '!has(lead.email)', to: {exception: missing_email}}\n"
    "  - {name: everyone, to: {pool: all}}\n"};

struct policy_release *clock_release(unsigned variant)
{
    const struct policy_file files[] = {
        {"mesh.yaml", bytes_of(mesh_yaml)},
        {"lead.schema.json", bytes_of(lead_schema)},
        {"people.yaml", bytes_of(people)},
        {"pools.yaml", bytes_of(pools[variant])},
        {"alerts.yaml", bytes_of(alerts)},
        {"sources/web.yaml", bytes_of("source: web\ntitle: Web\nowner: ops\n")},
        {"sources/csv.yaml", bytes_of("source: csv\ntitle: Files\nowner: ops\n")},
        {"pipelines/inbound.yaml", bytes_of(pipelines[variant])},
    };
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct policy_release *release = NULL;
    if (policy_release_compile(files, sizeof files / sizeof *files, &diagnostics, &release, NULL) <
        0)
        for (size_t i = 0; i < diagnostics.count; i++)
            print_error("%s:%u: %s\n", diagnostics.items[i].file, diagnostics.items[i].line,
                        diagnostics.items[i].message);
    policy_diagnostics_release(&diagnostics);
    assert_non_null(release);
    return release;
}

void clock_activate(struct world *world, unsigned variant)
{
    struct policy_release *release = clock_release(variant);
    world_run(world, (struct core_command){.type = CORE_ACTIVATE, .activate.release = release});
    policy_release_unref(release);
}

/* ---- commands */

static void set_text(const struct policy_release *release, struct cel_value *values,
                     const char *name, const char *text)
{
    if (text != NULL)
        values[policy_field_find(&release->schema, bytes_of(name))] = cel_string(bytes_of(text));
}

static void set_intent(const struct policy_release *release, struct cel_value *values,
                       int64_t intent)
{
    if (intent != 0)
        values[policy_field_find(&release->schema, bytes_of("intent"))] = cel_int(intent);
}

uint64_t clock_submit(struct world *world, const struct clock_lead *lead)
{
    struct policy_release *release = core_release(world->core);
    struct cel_value *values = arena_array(&world->arena, release->schema.count, sizeof *values);
    struct core_command command = {
        .type = CORE_SUBMIT,
        .submit.release = release,
        .submit.source = policy_source_find(release, bytes_of(lead->source ? lead->source : "web")),
        .submit.values = values};
    set_text(release, values, "email", lead->email);
    set_text(release, values, "country", lead->country);
    set_text(release, values, "form", lead->form);
    set_text(release, values, "campaign", lead->campaign);
    set_text(release, values, "partner", lead->partner);
    set_text(release, values, "name", lead->name);
    set_text(release, values, "company", lead->company);
    set_intent(release, values, lead->intent);
    command.submit.key_kind = policy_business_key(release, command.submit.source, values,
                                                  &world->arena, &command.submit.key);
    world_run(world, command);
    return world->decision->lead;
}

enum core_status clock_resolve(struct world *world, uint64_t exception, enum core_resolution action,
                               const char *text, uint64_t into)
{
    struct core_command command = {.type = CORE_RESOLVE,
                                   .actor = BYTES_LITERAL("kim"),
                                   .entity = exception,
                                   .resolve = {.action = action,
                                               .cause = BYTES_LITERAL("bad_data"),
                                               .remediation = BYTES_LITERAL("told them"),
                                               .into = into}};
    if (action == CORE_RESOLVED_ASSIGN)
        command.resolve.rep = bytes_of(text);
    else if (text != NULL)
        command.resolve.pool = bytes_of(text);
    return world_run(world, command);
}

enum core_status clock_enrich(struct world *world, uint64_t lead, int64_t intent)
{
    struct policy_release *release = core_release(world->core);
    struct cel_value *values = arena_array(&world->arena, release->schema.count, sizeof *values);
    set_intent(release, values, intent);
    return world_run(world, (struct core_command){.type = CORE_ENRICH,
                                                  .lead = lead,
                                                  .enrich = {.provider = BYTES_LITERAL("maps"),
                                                             .values = values,
                                                             .arena = &world->arena}});
}

void clock_watch(struct world *world)
{
    world_tick(world);
    while (world_run(world, (struct core_command){.type = CORE_WATCH}) != CORE_UNCHANGED)
        world_tick(world);
}

void clock_pass(struct world *world, int64_t duration_us)
{
    const int64_t end_us = world->now_us + duration_us;
    while (world->now_us < end_us) {
        int64_t step_us = end_us - world->now_us;
        world_pass(world, step_us < 60 * SECOND ? step_us : 60 * SECOND);
        clock_watch(world);
    }
}

/* ---- life */

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % below;
}

static void live_submit(struct world *world, uint64_t *seed)
{
    static const char *const countries[] = {"DE", "FR", NULL};
    static const char *const forms[] = {"demo", "contact", NULL};
    static const char *const campaigns[] = {"spring", "autumn", "Größe", NULL};
    static const char *const partners[] = {"acme", NULL};
    char email[40];
    snprintf(email, sizeof email, "p%u@example.com", (unsigned)draw(seed, 300));
    struct clock_lead lead = {.source = draw(seed, 4) == 0 ? "csv" : "web"};
    lead.email = draw(seed, 6) == 0 ? NULL : arena_string(&world->arena, bytes_of(email));
    lead.country = countries[draw(seed, 3)];
    lead.form = forms[draw(seed, 3)];
    lead.campaign = campaigns[draw(seed, 4)];
    lead.partner = partners[draw(seed, 2)];
    lead.intent = (int64_t)draw(seed, 100);
    clock_submit(world, &lead);
}

/* One campaign, many at once. */
static void live_burst(struct world *world, uint64_t *seed)
{
    for (uint64_t left = 5 + draw(seed, 20); left > 0; left--) {
        struct clock_lead lead = {.campaign = "spring", .intent = (int64_t)draw(seed, 100)};
        lead.email = arena_printf(&world->arena, "b%llu@example.com",
                                  (unsigned long long)draw(seed, 100000));
        clock_submit(world, &lead);
        world->now_us += (int64_t)draw(seed, 10) * SECOND;
        clock_watch(world);
    }
}

struct numbers {
    uint64_t items[64];
    size_t count;
};

static void collect(void *context, const struct core_exception *exception)
{
    struct numbers *numbers = context;
    if (numbers->count < sizeof numbers->items / sizeof *numbers->items)
        numbers->items[numbers->count++] = exception->number;
}

static void live_exception(struct world *world, uint64_t lead, uint64_t *seed)
{
    static const char *const reps[] = {"ana", "ben", "cem"};
    struct numbers open = {0};
    core_exceptions_each(world->core, collect, &open);
    const struct core_command opening = {.type = CORE_OPEN_EXCEPTION,
                                         .actor = BYTES_LITERAL("kim"),
                                         .lead = lead,
                                         .open_exception = {.note = BYTES_LITERAL("who is this?")}};
    if (open.count == 0 || draw(seed, 6) == 0) {
        world_run(world, opening);
        return;
    }
    uint64_t number = open.items[draw(seed, open.count)];
    struct core_command claim = {.type = CORE_CLAIM,
                                 .actor = BYTES_LITERAL("kim"),
                                 .entity = number,
                                 .claim.note = BYTES_LITERAL("mine")};
    switch (draw(seed, 4)) {
    case 0: world_run(world, claim); break;
    case 1:
        claim.type = CORE_RELEASE;
        world_run(world, claim);
        break;
    default: {
        enum core_resolution action = (enum core_resolution)draw(seed, CORE_RESOLVED_OVERTAKEN);
        const char *text = action == CORE_RESOLVED_ASSIGN ? reps[draw(seed, 3)] : NULL;
        clock_resolve(world, number, action, text, lead);
    }
    }
}

static void close_incident(struct world *world, uint64_t number)
{
    const struct bytes cause = BYTES_LITERAL("vendor_outage");
    const struct core_remediation items[] = {
        {BYTES_LITERAL("a second vendor"), BYTES_LITERAL("ana"), world->now_us + HOUR},
        {BYTES_LITERAL("a better alert"), BYTES_LITERAL("somebody"), world->now_us + 2 * HOUR}};
    world_run(world, (struct core_command){.type = CORE_CLOSE_INCIDENT,
                                           .actor = BYTES_LITERAL("kim"),
                                           .entity = number,
                                           .incident = {.text = BYTES_LITERAL("it was down"),
                                                        .causes = &cause,
                                                        .cause_count = 1,
                                                        .items = items,
                                                        .item_count = 2}});
}

static void live_incident(struct world *world, uint64_t *seed)
{
    size_t count = core_incident_count(world->core);
    struct core_command command = {.type = CORE_OPEN_INCIDENT,
                                   .actor = BYTES_LITERAL("kim"),
                                   .incident = {.title = BYTES_LITERAL("phones are down"),
                                                .team = BYTES_LITERAL("north"),
                                                .text = BYTES_LITERAL("still looking")}};
    if (count == 0 || draw(seed, 8) == 0) {
        world_run(world, command);
        return;
    }
    command.entity = core_incident_at(world->core, draw(seed, count))->number;
    command.type = CORE_NOTE_INCIDENT;
    switch (draw(seed, 3)) {
    case 0: close_incident(world, command.entity); break;
    case 1:
        world_run(world, (struct core_command){.type = CORE_FINISH_REMEDIATION,
                                               .actor = BYTES_LITERAL("ana"),
                                               .entity = command.entity,
                                               .remediation = {(uint32_t)draw(seed, 3),
                                                               BYTES_LITERAL("done and tested")}});
        break;
    default: world_run(world, command); break;
    }
}

static void live_silence(struct world *world, uint64_t *seed)
{
    static const char *const rules[] = {"unassigned-backlog", "open-exceptions", "often-late"};
    if (draw(seed, 2) == 0 && core_silence_count(world->core) > 0) {
        world_run(world, (struct core_command){.type = CORE_UNSILENCE,
                                               .actor = BYTES_LITERAL("kim"),
                                               .entity = core_silence_at(world->core, 0)->number});
        return;
    }
    struct core_command command = {
        .type = CORE_SILENCE,
        .actor = BYTES_LITERAL("kim"),
        .silence = {.until_us = world->now_us + 3 * HOUR, .reason = BYTES_LITERAL("we know")}};
    command.silence.rule = bytes_of(rules[draw(seed, 3)]);
    world_run(world, command);
}

static void live_lead(struct world *world, uint64_t lead, uint64_t *seed)
{
    static const char *const reps[] = {"ana", "ben", "cem"};
    switch (draw(seed, 8)) {
    case 0:
    case 1: world_run(world, world_contacting(lead)); break;
    case 2: {
        bool qualified = draw(seed, 2) == 0;
        world_run(world, world_contacting(lead));
        world_run(world, (struct core_command){.type = CORE_OUTCOME,
                                               .lead = lead,
                                               .outcome = {qualified, BYTES_LITERAL("r")}});
        break;
    }
    case 3: world_run(world, (struct core_command){.type = CORE_HAND_BACK, .lead = lead}); break;
    case 4: world_run(world, world_assignment(lead, reps[draw(seed, 3)])); break;
    case 5:
        world_run(world, (struct core_command){.type = CORE_ACKNOWLEDGE,
                                               .actor = BYTES_LITERAL("ana"),
                                               .lead = lead,
                                               .acknowledge.note = BYTES_LITERAL("on it")});
        break;
    default: clock_enrich(world, lead, (int64_t)draw(seed, 100)); break;
    }
}

static void live_command(struct world *world, uint64_t *seed)
{
    uint64_t back = draw(seed, world->count < 400 ? world->count : 400);
    uint64_t lead = world->events[world->count - 1 - back].lead;
    switch (draw(seed, 24)) {
    case 0:
    case 1: clock_pass(world, (int64_t)draw(seed, 3 * 3600) * SECOND); break;
    case 2: live_burst(world, seed); break;
    case 3:
    case 4:
    case 5: live_exception(world, lead, seed); break;
    case 6: live_incident(world, seed); break;
    case 7: live_silence(world, seed); break;
    case 8: world_run(world, world_refusal(world, "csv", 0, "/type at /email")); break;
    case 9:
        if (draw(seed, 4) == 0)
            clock_activate(world, (unsigned)draw(seed, 4) == 0);
        break;
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
    case 15:
    case 16: live_lead(world, lead, seed); break;
    default: live_submit(world, seed); break;
    }
}

void clock_live(struct world *world, uint64_t *seed, size_t commands)
{
    for (size_t i = 0; i < commands; i++) {
        world->now_us += (int64_t)draw(seed, 30) * SECOND;
        clock_watch(world);
        live_command(world, seed);
    }
}
