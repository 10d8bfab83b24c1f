/* What clients say about promises and trouble: leads are acknowledged and enriched; exceptions are
 * opened, claimed, released and resolved in every way there is, and in many that there are not;
 * alerts are silenced, incidents opened, noted, closed and cleared up. The same call always carries
 * the same content. */
#include "simulation.h"

#include "base/time.h"

/* One of a few words, by the call's variant; `by` keeps choices apart. */
#define CHOOSE(words, variant, by) ((words)[(variant) / (by) % (sizeof(words) / sizeof *(words))])

static const struct bytes causes[] = {
    BYTES_LITERAL("bad_data"),     BYTES_LITERAL("policy_gap"),
    BYTES_LITERAL("bad_data"),     BYTES_LITERAL("vendor_outage"),
    BYTES_LITERAL("nobody_there"), BYTES_LITERAL("policy_gap"),
    BYTES_LITERAL("moon_phase"),   BYTES_LITERAL(""),
};

bool clients_is_trouble(enum core_command_type type)
{
    return type >= CORE_ACKNOWLEDGE && type <= CORE_FINISH_REMEDIATION;
}

static void fill_enrich(struct simulation *simulation, const struct sim_call *call,
                        struct core_command *command)
{
    uint32_t v = call->variant;
    const struct policy_release *release = simulation->releases[v % COMPANY_RELEASES];
    struct cel_value *values = arena_array(&simulation->arena, POLICY_FIELDS_MAX, sizeof *values);
    values[policy_field_find(&release->schema, BYTES_LITERAL("employees"))] = cel_int(v % 9000);
    if (v % 3 == 0)
        values[policy_field_find(&release->schema, BYTES_LITERAL("country"))] =
            cel_string(BYTES_LITERAL("CH"));
    command->enrich.provider = v % 13 == 0 ? BYTES_LITERAL("") : BYTES_LITERAL("registry");
    command->enrich.values = values;
    command->enrich.release = v % 5 == 0 ? NULL : release; /* the schema is the same in all */
    command->enrich.arena = &simulation->arena;
}

static void fill_open_exception(const struct sim_call *call, struct core_command *command)
{
    static const struct bytes kinds[] = {
        BYTES_LITERAL(""),         BYTES_LITERAL("manual"), BYTES_LITERAL("fraud_suspected"),
        BYTES_LITERAL("odd"),      BYTES_LITERAL("manual"), BYTES_LITERAL("account_review"),
        BYTES_LITERAL("nonsense"), BYTES_LITERAL("manual"),
    };
    static const struct bytes teams[] = {BYTES_LITERAL(""), BYTES_LITERAL("north"),
                                         BYTES_LITERAL(""), BYTES_LITERAL("west")};
    uint32_t v = call->variant;
    command->open_exception.kind = CHOOSE(kinds, v, 1);
    command->open_exception.team = CHOOSE(teams, v, 8);
    command->open_exception.note =
        v % 19 == 0 ? (struct bytes){0} : BYTES_LITERAL("look at this one");
}

static void fill_resolve(const struct sim_call *call, struct core_command *command)
{
    static const struct bytes pools[] = {BYTES_LITERAL(""), BYTES_LITERAL("all"), BYTES_LITERAL(""),
                                         BYTES_LITERAL("vip"), BYTES_LITERAL("nowhere")};
    uint32_t v = call->variant;
    command->resolve.action = (enum core_resolution)(v % CORE_RESOLVED_OVERTAKEN);
    command->resolve.cause = CHOOSE(causes, v, 8);
    command->resolve.remediation =
        v % 17 == 0 ? (struct bytes){0} : BYTES_LITERAL("told those who sent it");
    command->resolve.rep = v % 23 == 0 ? BYTES_LITERAL("stranger") : bytes_of(company_rep(v / 64));
    command->resolve.pool = CHOOSE(pools, v, 64);
    command->resolve.into = call->target;
}

static void fill_silence(const struct sim_call *call, struct core_command *command)
{
    static const struct bytes rules[] = {BYTES_LITERAL("late"),  BYTES_LITERAL("backlog"),
                                         BYTES_LITERAL("surge"), BYTES_LITERAL("late"),
                                         BYTES_LITERAL(""),      BYTES_LITERAL("no-such-rule")};
    static const struct bytes labels[] = {BYTES_LITERAL(""), BYTES_LITERAL("hot"),
                                          BYTES_LITERAL(""), BYTES_LITERAL("web"),
                                          BYTES_LITERAL("no-such-label")};
    uint32_t v = call->variant;
    command->silence.rule = CHOOSE(rules, v, 1);
    command->silence.label = CHOOSE(labels, v, 8);
    command->silence.until_us = call->until_us;
    command->silence.reason = v % 19 == 0 ? (struct bytes){0} : BYTES_LITERAL("we know");
}

static void fill_close(struct simulation *simulation, const struct sim_call *call,
                       struct core_command *command)
{
    enum { ITEMS = 3 };
    uint32_t v = call->variant;
    struct core_remediation *items = arena_array(&simulation->arena, ITEMS, sizeof *items);
    for (uint32_t i = 0; i < ITEMS; i++)
        items[i] = (struct core_remediation){BYTES_LITERAL("a form that says who it is for"),
                                             bytes_of(company_rep(v / 8 + i)),
                                             call->until_us + (int64_t)i * TIME_US_PER_DAY};
    command->incident.text = v % 19 == 0 ? (struct bytes){0} : BYTES_LITERAL("nobody was there");
    command->incident.causes = &CHOOSE(causes, v, 1);
    command->incident.cause_count = 1;
    command->incident.items = items;
    command->incident.item_count = v / 8 % (ITEMS + 1);
}

static void fill_open_incident(const struct sim_call *call, struct core_command *command)
{
    static const struct bytes teams[] = {BYTES_LITERAL(""), BYTES_LITERAL("north"),
                                         BYTES_LITERAL(""), BYTES_LITERAL("ops")};
    command->incident.title =
        call->variant % 19 == 0 ? (struct bytes){0} : BYTES_LITERAL("Nobody answers");
    command->incident.team = CHOOSE(teams, call->variant, 1);
}

void clients_fill_trouble(struct simulation *simulation, const struct sim_call *call,
                          struct core_command *command)
{
    static const struct bytes actors[] = {BYTES_LITERAL("ada"), BYTES_LITERAL("bo"),
                                          BYTES_LITERAL("cy")};
    command->entity = call->entity;
    command->if_version = call->version;
    command->actor = CHOOSE(actors, call->variant, 32);
    switch (call->type) {
    case CORE_ACKNOWLEDGE: command->acknowledge.note = BYTES_LITERAL("on it"); break;
    case CORE_ENRICH: fill_enrich(simulation, call, command); break;
    case CORE_OPEN_EXCEPTION: fill_open_exception(call, command); break;
    case CORE_CLAIM:
    case CORE_RELEASE: command->claim.note = BYTES_LITERAL("mine, or not"); break;
    case CORE_RESOLVE: fill_resolve(call, command); break;
    case CORE_SILENCE: fill_silence(call, command); break;
    case CORE_UNSILENCE: break;
    case CORE_OPEN_INCIDENT: fill_open_incident(call, command); break;
    case CORE_NOTE_INCIDENT:
        command->incident.text =
            call->variant % 19 == 0 ? (struct bytes){0} : BYTES_LITERAL("looking into it");
        break;
    case CORE_CLOSE_INCIDENT: fill_close(simulation, call, command); break;
    case CORE_FINISH_REMEDIATION:
        command->remediation.item = call->variant % 4;
        command->remediation.note = BYTES_LITERAL("done");
        break;
    default: panic("no trouble");
    }
}

/* ---- inventing them */

static enum sim_kind kind_of(enum core_command_type type)
{
    if (type == CORE_CLAIM || type == CORE_RELEASE || type == CORE_RESOLVE)
        return SIM_EXCEPTION;
    return type == CORE_UNSILENCE ? SIM_SILENCE : SIM_INCIDENT;
}

static bool is_about_thing(enum core_command_type type)
{
    return type != CORE_ACKNOWLEDGE && type != CORE_ENRICH && type != CORE_OPEN_EXCEPTION &&
           type != CORE_SILENCE && type != CORE_OPEN_INCIDENT;
}

void clients_invent_trouble(struct simulation *simulation, uint64_t lead, struct sim_call *call)
{
    static const enum core_command_type types[] = {
        CORE_ACKNOWLEDGE,    CORE_ENRICH,        CORE_ENRICH,         CORE_OPEN_EXCEPTION,
        CORE_CLAIM,          CORE_CLAIM,         CORE_RELEASE,        CORE_RESOLVE,
        CORE_RESOLVE,        CORE_RESOLVE,       CORE_SILENCE,        CORE_UNSILENCE,
        CORE_OPEN_INCIDENT,  CORE_NOTE_INCIDENT, CORE_CLOSE_INCIDENT, CORE_FINISH_REMEDIATION,
        CORE_CLOSE_INCIDENT,
    };
    struct random *random = &simulation->random;
    call->type = types[random_below(random, sizeof types / sizeof *types)];
    call->target = lead;
    call->until_us =
        simulation->clock_us + (int64_t)random_below(random, 36 * 3600) * TIME_US_PER_SECOND;
    if (!is_about_thing(call->type))
        return;
    call->entity = trouble_some(simulation, kind_of(call->type));
    /* Right for one of which nothing was said since; else stale. */
    if (random_chance(random, 10))
        call->version = call->entity;
}
