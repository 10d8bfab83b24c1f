/* The world of the season: who writes in, who works when, who never answers. One event at a time,
 * in the order of virtual time. */
#include "season.h"

#include "base/heap.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MINUTE_US (60 * TIME_US_PER_SECOND)
#define HOUR_US (60 * MINUTE_US)
/* 2026-03-02T00:00:00Z, a Monday: the clocks of all three offices change within six weeks. */
#define START_US (INT64_C(1772409600) * TIME_US_PER_SECOND)

enum { LEADS_A_DAY = 90, SPIKES_A_WEEK = 3 };

/* What somebody means to do later. */
enum intention { TO_CONTACT, TO_CLOSE, TO_ENRICH, TO_RESOLVE };
struct action {
    int64_t time_us;
    uint64_t order; /* of making, for equal times */
    enum intention intention;
    uint64_t lead;
    uint64_t exception;
    uint32_t rep;
    uint32_t tries;
    uint32_t position; /* in the heap */
};

struct spike {
    int64_t from_us, to_us;
    uint32_t factor; /* 4 to 10 */
    bool ads;        /* else a campaign on the web */
};

struct world {
    struct season *season;
    struct random random;
    struct core *core;
    struct witness *witness;
    struct policy_release *release;
    struct arena arena;
    struct core_decision decision;
    int64_t now_us, next_arrival_us, next_watch_us;
    struct heap actions;
    uint64_t action_order, people, commands;
    struct spike spike;
    struct buffer journal; /* events as JSON lines, for the replay at the end */
    struct journal_line {
        uint64_t seq;
        int64_t time_us;
        const char *type;
        size_t from, size;
        char subject[24];
    } * lines;
    size_t line_count, line_capacity;
};

static bool action_before(const void *a, const void *b)
{
    const struct action *x = a, *y = b;
    return x->time_us != y->time_us ? x->time_us < y->time_us : x->order < y->order;
}

static uint32_t *action_position(void *item)
{
    return &((struct action *)item)->position;
}

static const struct heap_operations action_order = {action_before, action_position};

static void plan(struct world *world, struct action action)
{
    struct action *kept = malloc(sizeof *kept);
    if (kept == NULL)
        panic("out of memory (actions)");
    *kept = action;
    kept->order = world->action_order++;
    kept->position = HEAP_NONE;
    heap_insert(&world->actions, kept);
}

static int64_t between(struct world *world, int64_t least_us, int64_t most_us)
{
    return least_us + (int64_t)(random_next(&world->random) % (uint64_t)(most_us - least_us + 1));
}

static void fail(struct world *world, const char *text)
{
    if (world->season->failure[0] == '\0')
        snprintf(world->season->failure, sizeof world->season->failure, "%s (seq %" PRIu64 ")",
                 text, core_seq(world->core));
}

/* ---- the journal */

static void write_subject(const struct core_event *event, char text[static 24])
{
    text[0] = '\0';
    core_event_subject(event, text);
}

static void keep(struct world *world, const struct core_event *event)
{
    if (world->line_count == world->line_capacity) {
        world->line_capacity = world->line_capacity > 0 ? world->line_capacity * 2 : 4096;
        world->lines = realloc(world->lines, world->line_capacity * sizeof *world->lines);
        if (world->lines == NULL)
            panic("out of memory (journal)");
    }
    struct journal_line *line = &world->lines[world->line_count++];
    *line = (struct journal_line){.seq = event->seq,
                                  .time_us = event->time_us,
                                  .type = core_event_type_name(event->type),
                                  .from = world->journal.size};
    write_subject(event, line->subject);
    core_event_encode(world->core, event, &world->journal);
    line->size = world->journal.size - line->from;
    if (world->season->verbose) {
        char time[TIME_TEXT_SIZE];
        time_print(event->time_us, time);
        printf("%s %" PRIu64 " %s %s %.*s\n", time, event->seq, line->type, line->subject,
               (int)line->size, world->journal.data + line->from);
    }
}

/* A core that reads the journal from its beginning is the same core (I2, I4). */
static void check_replay(struct world *world)
{
    struct core *core = core_new();
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < world->line_count; i++) {
        const struct journal_line *line = &world->lines[i];
        const struct core_record record = {line->seq,
                                           line->time_us,
                                           bytes_of(line->type),
                                           bytes_of(line->subject),
                                           {world->journal.data + line->from, line->size}};
        struct core_event event;
        struct error err = {0};
        if (core_event_decode(core, &record, &arena, &event, &err) < 0) {
            fail(world, err.message);
            break;
        }
        core_apply(core, &event);
        core_event_dispose(&event);
        arena_reset(&arena);
    }
    struct hash256 digest = core_digest(core);
    if (memcmp(&digest, &world->season->digest, sizeof digest) != 0)
        fail(world, "I2: a core replayed from the journal is not the one that wrote it");
    arena_release(&arena);
    core_free(core);
}

/* ---- commands */

static void look(struct world *world, bool everything)
{
    char text[256];
    const char *broken = everything ? core_check(world->core, text, sizeof text) : NULL;
    if (everything)
        witness_check(world->witness, world->core);
    if (broken != NULL)
        fail(world, broken);
    if (witness_complaint(world->witness) != NULL)
        fail(world, witness_complaint(world->witness));
}

static void after_event(struct world *world, const struct core_event *event);

/* Decides, shows each event to the witness, applies. */
static enum core_status give(struct world *world, struct core_command command)
{
    command.time_us = world->now_us;
    core_decide(world->core, &command, core_seq(world->core) + 1, &world->decision);
    for (size_t i = 0; i < world->decision.event_count; i++) {
        const struct core_event *event = &world->decision.events[i];
        witness_see(world->witness, world->core, event);
        keep(world, event);
        core_apply(world->core, event);
        world->season->events++;
        after_event(world, event);
    }
    world->commands++;
    return world->decision.status;
}

static void tick(struct world *world)
{
    while (core_due_us(world->core) <= world->now_us && world->season->failure[0] == '\0') {
        uint64_t before = core_seq(world->core);
        give(world, (struct core_command){.type = CORE_TICK});
        if (core_seq(world->core) == before) {
            fail(world, "something is due, and a tick does nothing about it");
            return;
        }
    }
}

static void watch(struct world *world)
{
    do
        give(world, (struct core_command){.type = CORE_WATCH});
    while (world->decision.event_count > 0);
    /* Coarser than the engine's, to have time for months. */
    world->next_watch_us = world->now_us + 30 * TIME_US_PER_SECOND;
}

/* ---- people who work */

/* By the last digit of the id: a few are prompt, some are slow, b3 and c2 never answer. */
static bool never_answers(const char *rep)
{
    return strcmp(rep, "b3") == 0 || strcmp(rep, "c2") == 0;
}

static int64_t answer_after(struct world *world, const char *rep)
{
    bool prompt = rep[1] == '0' || rep[0] == 't';
    return prompt ? between(world, MINUTE_US, 20 * MINUTE_US)
                  : between(world, MINUTE_US, 6 * HOUR_US);
}

static void after_assigned(struct world *world, const struct core_event *event)
{
    const char *rep = core_rep_id(world->core, event->placed.rep);
    const struct core_lead *lead = core_lead_find(world->core, event->lead);
    if (never_answers(rep))
        return;
    if (lead->state == CORE_ASSIGNED)
        plan(world, (struct action){.time_us = world->now_us + answer_after(world, rep),
                                    .intention = TO_CONTACT,
                                    .lead = event->lead,
                                    .rep = event->placed.rep});
}

static void after_event(struct world *world, const struct core_event *event)
{
    if (event->type == CORE_LEAD_ASSIGNED)
        after_assigned(world, event);
    else if (event->type == CORE_LEAD_CAPTURED && !random_chance(&world->random, 12))
        plan(world, (struct action){.time_us = world->now_us + between(world, 0, 2 * MINUTE_US),
                                    .intention = TO_ENRICH,
                                    .lead = event->lead});
    else if ((event->type == CORE_LEAD_EXCEPTED || event->type == CORE_EXCEPTION_OPENED) &&
             random_chance(&world->random, 2))
        plan(world,
             (struct action){.time_us = world->now_us + between(world, MINUTE_US, 6 * HOUR_US),
                             .intention = TO_RESOLVE,
                             .exception =
                                 event->type == CORE_LEAD_EXCEPTED ? event->seq : event->entity});
}

static void try_contact(struct world *world, const struct action *action)
{
    const struct core_lead *lead = core_lead_find(world->core, action->lead);
    if (lead == NULL || lead->rep != action->rep)
        return; /* somebody else's by now */
    if (core_rep_at(world->core, action->rep)->duty != POLICY_ON_DUTY) {
        struct action later = *action;
        later.time_us = world->now_us + 2 * HOUR_US;
        later.tries++;
        if (later.tries < 40)
            plan(world, later);
        return;
    }
    const struct bytes actor = bytes_of(core_rep_id(world->core, action->rep));
    uint32_t dice = random_below(&world->random, 100);
    struct core_command command = {.lead = action->lead, .actor = actor};
    if (dice < 3) {
        command.type = CORE_HAND_BACK;
        command.hand_back.reason = BYTES_LITERAL("not mine");
    } else if (dice < 8 && action->tries == 0) {
        command.type = CORE_ACKNOWLEDGE;
        struct action later = *action;
        later.time_us = world->now_us + between(world, 10 * MINUTE_US, 2 * HOUR_US);
        later.tries = 1;
        plan(world, later);
    } else {
        command.type = CORE_CONTACT;
        command.contact.channel = BYTES_LITERAL("phone");
        plan(world,
             (struct action){.time_us = world->now_us + between(world, HOUR_US, 100 * HOUR_US),
                             .intention = TO_CLOSE,
                             .lead = action->lead,
                             .rep = action->rep});
    }
    give(world, command);
}

static void try_close(struct world *world, const struct action *action)
{
    const struct core_lead *lead = core_lead_find(world->core, action->lead);
    if (lead == NULL || lead->rep != action->rep || random_chance(&world->random, 8))
        return;
    struct core_command command = {.type = CORE_OUTCOME,
                                   .lead = action->lead,
                                   .actor = bytes_of(core_rep_id(world->core, action->rep))};
    command.outcome.qualified = lead->state == CORE_CONTACTED && !random_chance(&world->random, 3);
    give(world, command);
}

static void try_enrich(struct world *world, const struct action *action)
{
    if (core_lead_find(world->core, action->lead) == NULL)
        return;
    struct cel_value values[POLICY_FIELDS_MAX];
    for (size_t i = 0; i < world->release->schema.count; i++)
        values[i] = (struct cel_value){.kind = CEL_ABSENT};
    uint32_t fit = policy_field_find(&world->release->schema, BYTES_LITERAL("fit"));
    values[fit] = cel_int((int64_t)random_below(&world->random, 100));
    struct core_command command = {.type = CORE_ENRICH, .lead = action->lead};
    command.enrich.provider = BYTES_LITERAL("registry");
    arena_reset(&world->arena);
    command.enrich.arena = &world->arena;
    command.enrich.values = values;
    give(world, command);
}

static void try_resolve(struct world *world, const struct action *action)
{
    struct core_exception exception;
    if (!core_exception_find(world->core, action->exception, &exception))
        return;
    struct core_command command = {
        .type = CORE_CLAIM, .entity = action->exception, .actor = BYTES_LITERAL("desk")};
    give(world, command);
    command.type = CORE_RESOLVE;
    command.resolve.cause = BYTES_LITERAL("policy_gap");
    command.resolve.remediation = BYTES_LITERAL("looked into it");
    command.resolve.action = CORE_RESOLVED_DISMISS;
    if (exception.holding) {
        static const enum core_resolution ways[] = {CORE_RESOLVED_REQUEUE, CORE_RESOLVED_ASSIGN,
                                                    CORE_RESOLVED_DISQUALIFY};
        command.resolve.action = ways[random_below(&world->random, 3)];
        command.resolve.rep = BYTES_LITERAL("t0");
    }
    give(world, command);
}

/* ---- people who write in */

static uint32_t busy_percent(int64_t now_us)
{
    int64_t hour = now_us / HOUR_US % 24, day = now_us / TIME_US_PER_DAY % 7;
    bool weekend = day == 2 || day == 3; /* 1970-01-01 was a Thursday */
    return (weekend ? 30u : 100u) * (hour >= 7 && hour < 20 ? 160u : 40u) / 100;
}

static void renew_spike(struct world *world)
{
    if (world->now_us < world->spike.to_us)
        return;
    int64_t from_us =
        world->now_us + between(world, HOUR_US, 2 * 7 * TIME_US_PER_DAY / SPIKES_A_WEEK);
    world->spike = (struct spike){.from_us = from_us,
                                  .to_us = from_us + between(world, 15 * MINUTE_US, 2 * HOUR_US),
                                  .factor = 4 + random_below(&world->random, 7),
                                  .ads = random_chance(&world->random, 2)};
}

static bool in_spike(const struct world *world)
{
    return world->now_us >= world->spike.from_us && world->now_us < world->spike.to_us;
}

static void plan_arrival(struct world *world)
{
    renew_spike(world);
    int64_t mean_us = TIME_US_PER_DAY / LEADS_A_DAY * 100 / busy_percent(world->now_us);
    /* A spike is many times what a busy hour brings. */
    if (in_spike(world))
        mean_us = TIME_US_PER_DAY / LEADS_A_DAY / 4 / world->spike.factor;
    world->next_arrival_us = world->now_us + between(world, 1, 2 * mean_us);
    if (world->now_us < world->spike.from_us && world->next_arrival_us > world->spike.from_us)
        world->next_arrival_us = world->spike.from_us;
}

static void set_text(struct world *world, struct cel_value *values, const char *field,
                     const char *text)
{
    uint32_t at = policy_field_find(&world->release->schema, bytes_of(field));
    values[at] = cel_string(bytes_of(text));
}

static void fill_lead(struct world *world, struct cel_value *values)
{
    static const char *const countries[] = {"DE", "FR", "US", "US", "AU", "BR"};
    struct random *random = &world->random;
    bool spiking = in_spike(world);
    if (!random_chance(random, 25))
        set_text(world, values, "email",
                 arena_printf(&world->arena, "p%" PRIu64 "@example.com", world->people));
    world->people++;
    set_text(world, values, "country", countries[random_below(random, 6)]);
    uint32_t form = random_below(random, 100);
    set_text(world, values, "form", form < 15 ? "demo" : form < 20 ? "newsletter" : "contact");
    if (spiking && !world->spike.ads)
        set_text(world, values, "campaign", "spring-launch");
    else if (random_chance(random, 2))
        set_text(world, values, "campaign", "always-on");
    values[policy_field_find(&world->release->schema, BYTES_LITERAL("intent"))] =
        cel_int(random_below(random, 100));
    values[policy_field_find(&world->release->schema, BYTES_LITERAL("fit"))] =
        cel_int(random_below(random, 100));
}

static void arrive(struct world *world)
{
    arena_reset(&world->arena);
    struct cel_value values[POLICY_FIELDS_MAX];
    for (size_t i = 0; i < world->release->schema.count; i++)
        values[i] = (struct cel_value){.kind = CEL_ABSENT};
    fill_lead(world, values);
    bool ads = in_spike(world) ? world->spike.ads : random_chance(&world->random, 4);
    struct core_command command = {.type = CORE_SUBMIT};
    command.submit.release = world->release;
    command.submit.source =
        policy_source_find(world->release, ads ? BYTES_LITERAL("ads") : BYTES_LITERAL("web"));
    command.submit.values = values;
    command.submit.key_kind = policy_business_key(world->release, command.submit.source, values,
                                                  &world->arena, &command.submit.key);
    give(world, command);
    world->season->leads++;
    plan_arrival(world);
}

/* ---- time */

static void act(struct world *world)
{
    static void (*const actors[])(struct world *, const struct action *) = {
        [TO_CONTACT] = try_contact,
        [TO_CLOSE] = try_close,
        [TO_ENRICH] = try_enrich,
        [TO_RESOLVE] = try_resolve,
    };
    struct action *action = heap_first(&world->actions);
    heap_remove(&world->actions, action);
    actors[action->intention](world, action);
    free(action);
}

/* To the next thing that happens, whatever it is. */
static void step(struct world *world)
{
    const struct action *action = heap_first(&world->actions);
    int64_t action_us = action != NULL ? action->time_us : INT64_MAX;
    int64_t due_us = core_due_us(world->core);
    int64_t next_us = world->next_arrival_us < action_us ? world->next_arrival_us : action_us;
    next_us = world->next_watch_us < next_us ? world->next_watch_us : next_us;
    next_us = due_us < next_us ? due_us : next_us;
    if (next_us > world->now_us)
        world->now_us = next_us;
    uint64_t before = world->commands;
    tick(world);
    if (world->now_us >= world->next_arrival_us)
        arrive(world);
    if (action_us <= world->now_us)
        act(world);
    tick(world);
    if (world->now_us >= world->next_watch_us) {
        watch(world);
        tick(world);
    }
    uint32_t every = world->season->check_every;
    look(world, world->commands / every != before / every);
}

static void world_init(struct world *world, struct season *season)
{
    *world = (struct world){.season = season,
                            .random = {season->seed},
                            .core = core_new(),
                            .release = season_release(),
                            .now_us = START_US};
    world->witness = witness_new(world->release);
    arena_init(&world->arena);
    buffer_init(&world->journal, SIZE_MAX / 2);
    heap_init(&world->actions, &action_order);
}

static void world_release(struct world *world)
{
    struct action *action;
    while ((action = heap_first(&world->actions)) != NULL) {
        heap_remove(&world->actions, action);
        free(action);
    }
    heap_release(&world->actions);
    buffer_release(&world->journal);
    free(world->lines);
    arena_release(&world->arena);
    witness_free(world->witness);
    core_free(world->core);
    policy_release_unref(world->release);
}

bool season_run(struct season *season)
{
    struct world *world = malloc(sizeof *world);
    if (world == NULL)
        panic("out of memory (season)");
    world_init(world, season);
    season->failure[0] = '\0';
    season->events = season->leads = 0;
    give(world, (struct core_command){.type = CORE_ACTIVATE, .activate = {world->release}});
    tick(world);
    plan_arrival(world);
    int64_t end_us = START_US + season->days * TIME_US_PER_DAY;
    while (world->now_us < end_us && season->failure[0] == '\0')
        step(world);
    look(world, true);
    witness_close(world->witness, world->core);
    look(world, false);
    season->digest = core_digest(world->core);
    if (season->failure[0] == '\0')
        check_replay(world);
    memcpy(season->exercised, witness_exercised(world->witness), sizeof season->exercised);
    world_release(world);
    free(world);
    return season->failure[0] == '\0';
}
