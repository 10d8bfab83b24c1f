/* The life of the company: everything that can happen to leads, dead letters and sources. */
#include "commands.h"

#include <stdio.h>

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % below;
}

static void live_submit(struct world *world, uint64_t *seed)
{
    static const char *const countries[] = {"DE", "FR", NULL};
    static const char *const forms[] = {"demo", "contact", NULL};
    char email[40];
    snprintf(email, sizeof email, "p%u@example.com", (unsigned)draw(seed, 150));
    /* One draw a line: the order of arguments is the compiler's. */
    const char *source = draw(seed, 4) == 0 ? "csv" : "web";
    const char *who = draw(seed, 10) == 0 ? NULL : arena_string(&world->arena, bytes_of(email));
    const char *country = countries[draw(seed, 3)];
    const char *form = forms[draw(seed, 3)];
    int64_t employees = draw(seed, 5) == 0 ? 5000 : 0;
    uint64_t key = draw(seed, 2000);
    world_submit_any(world, source, who, country, form, employees, key < 1000 ? key : 0);
}

static void live_release(struct world *world, uint64_t *seed)
{
    static const char *const people[] = {
        world_people,
        "defaults: {capacity: 3}\nreps:\n  - {id: ana, name: Ana B}\n  - {id: cem, name: Cem}\n",
        "reps:\n  - {id: ben, name: Ben, capacity: 5}\n  - {id: dora, name: Dora, capacity: 0}\n"
        "  - {id: cem, name: Cem, capacity: 4}\n"};
    static const char *const pools[] = {
        world_pools, "pools:\n  - {id: all, members: [cem, ana]}\n",
        "pools:\n  - {id: dach, members: [ben, dora]}\n  - {id: all, members: [ben, cem]}\n"};
    uint64_t which = draw(seed, 3);
    unsigned partner = (unsigned)draw(seed, 2 * WORLD_PARTNERS); /* half of them as ever */
    struct policy_release *release =
        world_release_of(people[which], pools[which], partner < WORLD_PARTNERS ? partner : 0);
    world_run(world, (struct core_command){.type = CORE_ACTIVATE, .activate.release = release});
    policy_release_unref(release);
}

static void live_set_rep(struct world *world, const char *rep, uint64_t *seed)
{
    struct core_command command = {.type = CORE_SET_REP, .set_rep.rep = bytes_of(rep)};
    command.set_rep.available = (int)draw(seed, 3) - 1;
    command.set_rep.capacity = (int64_t)draw(seed, 8) - 1;
    world_run(world, command);
}

/* Some dead letter of the newest events; 0 when there is none. */
static uint64_t live_letter(struct world *world, uint64_t *seed)
{
    for (int i = 0; i < 20; i++) {
        uint64_t back = draw(seed, world->count < 200 ? world->count : 200);
        uint64_t letter = world->events[world->count - 1 - back].dead_letter;
        if (letter != 0)
            return letter;
    }
    return 0;
}

static void live_refuse(struct world *world, uint64_t *seed)
{
    static const char *const shadows[] = {
        NULL, "{\"contract\":3,\"outcome\":\"accepted\"}",
        "{\"contract\":3,\"outcome\":\"refused\",\"pointer\":\"/a/0\",\"rule\":\"/type\","
        "\"message\":\"m\"}"};
    uint64_t kind = draw(seed, 4) == 0 ? draw(seed, 300) : draw(seed, 4);
    const char *violation = arena_printf(&world->arena, "/type at /%u", (unsigned)kind);
    const char *source = draw(seed, 4) == 0 ? "web" : "partner";
    struct core_command command = world_refusal(world, source, (uint32_t)draw(seed, 3), violation);
    world_command_key(&command, draw(seed, 2) == 0 ? 5000 + draw(seed, 500) : 0);
    const char *shadow = shadows[draw(seed, 3)];
    if (shadow != NULL)
        command.refuse.shadow = bytes_of(shadow);
    if (draw(seed, 5) == 0)
        command.refuse.payload = BYTES_LITERAL("\x00\xff no text");
    world_run(world, command);
}

static void live_letter_command(struct world *world, uint64_t *seed)
{
    char email[40];
    snprintf(email, sizeof email, "p%u@example.com", (unsigned)draw(seed, 150));
    uint64_t letter = live_letter(world, seed), what = draw(seed, 6);
    struct core_command again = world_refusal(
        world, "partner", 2, arena_printf(&world->arena, "/enum at /%u", (unsigned)what));
    again.dead_letter = letter;
    if (letter == 0 || what == 5)
        world_run(world, world_switching((enum core_switch_cause)draw(seed, CORE_SWITCH_FELL_BACK),
                                         (uint32_t)draw(seed, 4)));
    else if (what == 4)
        world_run(world, world_discarding(letter));
    else if (what == 3)
        world_run(world, again);
    else
        world_replay(world, letter, arena_string(&world->arena, bytes_of(email)));
}

static void live_command(struct world *world, uint64_t *seed)
{
    static const char *const reps[] = {"ana", "ben", "cem", "dora"};
    uint64_t lead = world->events[draw(seed, world->count)].lead;
    const char *rep = reps[draw(seed, 4)];
    switch (draw(seed, 20)) {
    case 0:
    case 1:
        world_run(world, world_contacting(lead));
        world_run(world,
                  (struct core_command){.type = CORE_OUTCOME,
                                        .lead = lead,
                                        .outcome = {draw(seed, 2) == 0, BYTES_LITERAL("r")}});
        break;
    case 2:
    case 3: world_run(world, world_contacting(lead)); break;
    case 4: world_run(world, (struct core_command){.type = CORE_HAND_BACK, .lead = lead}); break;
    case 5: world_run(world, world_assignment(lead, rep)); break;
    case 6: live_set_rep(world, rep, seed); break;
    case 7: world_pass(world, (int64_t)draw(seed, 3600) * SECOND); break;
    case 8:
    case 9:
    case 10: live_refuse(world, seed); break;
    case 11: live_letter_command(world, seed); break;
    default: live_submit(world, seed); break;
    }
}

void world_live(struct world *world, uint64_t seed, size_t commands)
{
    live_release(world, &seed);
    for (size_t i = 0; i < commands; i++) {
        world->now_us += (int64_t)draw(&seed, 5) * SECOND;
        if (draw(&seed, 60) == 0)
            live_release(world, &seed);
        live_command(world, &seed);
        world_tick(world);
    }
}
