/* Exceptions, surges, alerts, silences and incidents, followed from event to event: none is over
 * twice, nothing is said of one that is over, and the core holds open what the journal left open.
 * Of promises: nothing is late twice, and no step of a ladder is taken twice. */
#include "simulation.h"

#include "base/id.h"

#include <inttypes.h>

static bool is_set(struct json_object *data, const char *member)
{
    return json_object_get_boolean(json_object_object_get(data, member));
}

/* ---- things */

static struct sim_thing *thing_find(struct simulation *simulation, uint64_t number)
{
    size_t low = 0, high = simulation->thing_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (simulation->things[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < simulation->thing_count && simulation->things[low].number == number;
    return found ? &simulation->things[low] : NULL;
}

static struct sim_thing *begin(struct simulation *simulation, enum sim_kind kind,
                               const struct journal_record *record)
{
    ML_ASSERT(simulation->thing_count < SIM_THINGS_MAX);
    struct sim_thing *thing = &simulation->things[simulation->thing_count++];
    *thing = (struct sim_thing){.number = record->seq, .kind = kind, .is_open = true};
    simulation->open_things[kind]++;
    return thing;
}

/* What the event is about, which must be open; else NULL, and the simulation has failed. */
static struct sim_thing *open_thing(struct simulation *simulation, enum sim_kind kind,
                                    const struct journal_record *record)
{
    static const enum id_letter letters[SIM_KINDS] = {
        [SIM_EXCEPTION] = ID_EXCEPTION, [SIM_SURGE] = ID_SURGE,       [SIM_ALERT] = ID_ALERT,
        [SIM_SILENCE] = ID_SILENCE,     [SIM_INCIDENT] = ID_INCIDENT,
    };
    uint64_t number;
    struct sim_thing *thing = entity_id_parse(letters[kind], record->subject, &number)
                                  ? thing_find(simulation, number)
                                  : NULL;
    if (thing != NULL && thing->kind == kind && thing->is_open)
        return thing;
    simulation_fail(simulation, "seq %" PRIu64 " (%.*s) is about %.*s, which %s", record->seq,
                    BYTES_ARG(record->type), BYTES_ARG(record->subject),
                    thing == NULL ? "never was" : "is over");
    return NULL;
}

static void end(struct simulation *simulation, struct sim_thing *thing)
{
    if (thing == NULL)
        return;
    thing->is_open = false;
    simulation->open_things[thing->kind]--;
}

uint64_t trouble_some(struct simulation *simulation, enum sim_kind kind)
{
    enum { NEWEST = 40 };
    struct random *random = &simulation->random;
    if (random_chance(random, 20))
        return 1 + random_below(random, 5000);
    uint64_t seen = 0;
    uint32_t wanted = random_below(random, random_chance(random, 3) ? NEWEST : 3);
    for (uint32_t i = simulation->thing_count; i-- > 0 && wanted < UINT32_MAX;) {
        const struct sim_thing *thing = &simulation->things[i];
        if (thing->kind != kind || (!thing->is_open && !random_chance(random, 8)))
            continue;
        seen = thing->number;
        wanted--;
    }
    return seen;
}

/* ---- exceptions */

/* A kind whose only fallback is a pool. */
static bool falls_back_to_pool(const struct simulation *simulation, const char *kind)
{
    const struct policy_exception *settings =
        policy_exception_find(simulation->releases[simulation->active], bytes_of(kind));
    return settings->fallback_count == 1 && settings->fallbacks[0].action == POLICY_FALL_BACK_POOL;
}

static void count_fallback(struct simulation *simulation, const struct sim_thing *thing,
                           struct bytes action)
{
    static const struct {
        const char *action;
        enum policy_fall_back_action fallback;
    } fallbacks[] = {
        {"requeue", POLICY_FALL_BACK_REQUEUE},
        {"disqualify", POLICY_FALL_BACK_DISQUALIFY},
        {"dismiss", POLICY_FALL_BACK_DISMISS},
    };
    uint64_t *exercised = simulation->exercised;
    exercised[SIM_OVERTAKEN] += bytes_is(action, "overtaken");
    for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++)
        if (bytes_is(action, fallbacks[i].action))
            exercised[SIM_BY_FALLBACK + fallbacks[i].fallback]++;
    if (bytes_is(action, "requeue") && falls_back_to_pool(simulation, thing->name))
        exercised[SIM_BY_FALLBACK + POLICY_FALL_BACK_POOL]++;
}

/* E2: who decides says why, and what was done about it. */
static void follow_resolved(struct simulation *simulation, const struct journal_record *record,
                            struct json_object *data)
{
    struct sim_thing *thing = open_thing(simulation, SIM_EXCEPTION, record);
    if (thing == NULL)
        return;
    struct bytes action = json_member_text(data, "action");
    if (is_set(data, "automatic")) {
        count_fallback(simulation, thing, action);
    } else {
        for (int i = 0; i < CORE_RESOLUTIONS; i++)
            if (bytes_is(action, core_resolution_name((enum core_resolution)i)))
                simulation->exercised[SIM_BY_RESOLUTION + i]++;
        if (json_member_text(data, "cause").size == 0 ||
            json_member_text(data, "remediation").size == 0)
            simulation_fail(simulation, "E2: seq %" PRIu64 " resolves without cause or remediation",
                            record->seq);
    }
    end(simulation, thing);
}

static void follow_opened(struct simulation *simulation, const struct journal_record *record,
                          struct json_object *data)
{
    struct sim_thing *thing = begin(simulation, SIM_EXCEPTION, record);
    struct bytes kind = json_member_text(data, "kind");
    if (kind.size >= sizeof thing->name)
        kind.size = sizeof thing->name - 1;
    memcpy(thing->name, kind.data, kind.size);
}

static void follow_claim(struct simulation *simulation, const struct journal_record *record,
                         bool claimed)
{
    struct sim_thing *thing = open_thing(simulation, SIM_EXCEPTION, record);
    if (thing == NULL)
        return;
    if (thing->is_claimed == claimed)
        simulation_fail(simulation, "seq %" PRIu64 " %s X%" PRIu64 ", which %s", record->seq,
                        claimed ? "claims" : "releases", thing->number,
                        claimed ? "is claimed already" : "nobody has claimed");
    thing->is_claimed = claimed;
}

static void follow_exception(struct simulation *simulation, const struct journal_record *record,
                             struct json_object *data)
{
    if (bytes_is(record->type, "lead.excepted") || bytes_is(record->type, "exception.opened")) {
        follow_opened(simulation, record, data);
    } else if (bytes_is(record->type, "exception.claimed")) {
        follow_claim(simulation, record, true);
    } else if (bytes_is(record->type, "exception.released")) {
        follow_claim(simulation, record, false);
    } else if (bytes_is(record->type, "exception.resolved")) {
        follow_resolved(simulation, record, data);
    } else if (bytes_is(record->type, "exception.escalated")) {
        bool team = bytes_is(json_member_text(data, "action"), "team");
        struct sim_thing *thing = open_thing(simulation, SIM_EXCEPTION, record);
        if (thing != NULL && team)
            thing->is_claimed = false; /* those who decide now have not said a word yet */
        simulation->exercised[SIM_BY_FALLBACK +
                              (team ? POLICY_FALL_BACK_TEAM : POLICY_FALL_BACK_REMIND)]++;
    }
}

/* ---- surges, alerts, silences, incidents */

static void follow_surge(struct simulation *simulation, const struct journal_record *record,
                         struct json_object *data)
{
    if (bytes_is(record->type, "surge.started")) {
        begin(simulation, SIM_SURGE, record);
    } else if (bytes_is(record->type, "surge.peaked")) {
        open_thing(simulation, SIM_SURGE, record);
    } else if (bytes_is(record->type, "surge.ended")) {
        end(simulation, open_thing(simulation, SIM_SURGE, record));
        simulation->exercised[SIM_SURGE_EXPIRED] += is_set(data, "expired");
    }
}

static void follow_alert(struct simulation *simulation, const struct journal_record *record,
                         struct json_object *data)
{
    if (bytes_is(record->type, "alert.pending")) {
        begin(simulation, SIM_ALERT, record);
    } else if (bytes_is(record->type, "alert.firing")) {
        open_thing(simulation, SIM_ALERT, record);
    } else if (bytes_is(record->type, "alert.resolved")) {
        end(simulation, open_thing(simulation, SIM_ALERT, record));
        simulation->exercised[SIM_NEVER_FIRED] += !is_set(data, "fired");
    } else if (bytes_is(record->type, "page.due")) {
        bool person = json_member_text(data, "rep").size > 0;
        bool again = is_set(data, "repeated");
        simulation->exercised[again ? SIM_PAGED_AGAIN : person ? SIM_PAGED : SIM_TICKETED]++;
    } else if (bytes_is(record->type, "silence.set")) {
        begin(simulation, SIM_SILENCE, record);
    } else if (bytes_is(record->type, "silence.ended")) {
        end(simulation, open_thing(simulation, SIM_SILENCE, record));
    }
}

static void follow_incident(struct simulation *simulation, const struct journal_record *record,
                            struct json_object *data)
{
    if (bytes_is(record->type, "incident.opened")) {
        begin(simulation, SIM_INCIDENT, record);
        bool alert = json_member_text(data, "alert").size > 0;
        bool promise = json_member_text(data, "class").size > 0;
        simulation->exercised[alert     ? SIM_OPENED_BY_ALERT
                              : promise ? SIM_OPENED_BY_CLASS
                                        : SIM_OPENED_BY_HAND]++;
    } else if (bytes_is(record->type, "incident.closed")) {
        end(simulation, open_thing(simulation, SIM_INCIDENT, record));
    } else if (bytes_is(record->type, "incident.noted")) {
        open_thing(simulation, SIM_INCIDENT, record);
    }
}

/* ---- promises */

static struct sim_promises *promises_find(struct simulation *simulation, uint64_t lead)
{
    for (uint32_t i = simulation->promise_count; i-- > 0;)
        if (simulation->promises[i].lead == lead)
            return &simulation->promises[i];
    return NULL;
}

uint64_t trouble_merged(struct simulation *simulation, uint64_t lead)
{
    const struct sim_promises *promises = promises_find(simulation, lead);
    while (promises != NULL && promises->into != 0)
        promises = promises_find(simulation, promises->into);
    return promises != NULL ? promises->lead : lead;
}

/* They stay one for good, whatever becomes of them: who was merged into a lead that is lost by now
 * begins anew, as the lead that it was before. */
static void follow_merged(struct simulation *simulation, uint64_t lead, uint64_t into)
{
    uint64_t one = trouble_merged(simulation, lead), other = trouble_merged(simulation, into);
    struct sim_promises *promises = promises_find(simulation, one);
    if (promises != NULL && one != other)
        promises->into = other;
}

static int objective_of(struct json_object *data)
{
    struct bytes name = json_member_text(data, "objective");
    int objective = 0;
    while (objective < POLICY_OBJECTIVES &&
           !bytes_is(name, policy_objective_name((enum policy_objective)objective)))
        objective++;
    return objective;
}

static void follow_step(struct simulation *simulation, const struct journal_record *record,
                        struct json_object *data, struct sim_promises *promises)
{
    struct bytes action = json_member_text(data, "action");
    for (int i = 0; i < POLICY_ACTIONS; i++)
        if (bytes_is(action, policy_action_name((enum policy_action)i)))
            simulation->exercised[SIM_BY_ACTION + i]++;
    int64_t step = json_member_int(data, "step", -1);
    simulation->exercised[SIM_BEHIND_THE_END] += step < 0;
    if (step < 0)
        return;
    ML_ASSERT(step < POLICY_STEPS_MAX);
    uint32_t *taken = &promises->steps[objective_of(data)];
    if (*taken >> step != 0)
        simulation_fail(simulation,
                        "seq %" PRIu64 " takes step %" PRId64 " of the ladder of %.*s, which it or "
                        "a later one was taken of already",
                        record->seq, step, BYTES_ARG(record->subject));
    *taken |= UINT32_C(1) << step;
}

static void follow_late(struct simulation *simulation, const struct journal_record *record,
                        struct json_object *data, struct sim_promises *promises)
{
    int objective = objective_of(data);
    simulation->exercised[SIM_LATE + objective]++;
    if (promises->late >> objective & 1)
        simulation_fail(simulation, "seq %" PRIu64 " says twice that %.*s is late", record->seq,
                        BYTES_ARG(record->subject));
    promises->late |= (uint8_t)(1u << objective);
    if (json_member_time_us(data, "objective_due_at") > record->time_us)
        simulation_fail(simulation, "seq %" PRIu64 " is late before its deadline", record->seq);
}

static void follow_promises(struct simulation *simulation, const struct journal_record *record,
                            struct json_object *data)
{
    bool captured = bytes_is(record->type, "lead.captured");
    bool reopened = bytes_is(record->type, "lead.reopened");
    bool step = bytes_is(record->type, "lead.escalated");
    bool late = bytes_is(record->type, "lead.late");
    bool closed = bytes_is(record->type, "lead.disqualified");
    uint64_t lead, into;
    if ((!captured && !reopened && !step && !late && !closed) ||
        !lead_id_parse(record->subject, &lead))
        return;
    if (captured) {
        ML_ASSERT(simulation->promise_count < SIM_CALLS_MAX);
        simulation->promises[simulation->promise_count++] = (struct sim_promises){.lead = lead};
        return;
    }
    struct sim_promises *promises = promises_find(simulation, lead);
    if (promises == NULL)
        simulation_fail(simulation, "seq %" PRIu64 " is about %.*s, which never was", record->seq,
                        BYTES_ARG(record->subject));
    else if (reopened)
        *promises = (struct sim_promises){.lead = lead, .into = promises->into};
    else if (step)
        follow_step(simulation, record, data, promises);
    else if (late)
        follow_late(simulation, record, data, promises);
    else if (lead_id_parse(json_member_text(data, "into"), &into))
        follow_merged(simulation, lead, into);
}

void trouble_follow(struct simulation *simulation, const struct journal_record *record,
                    struct json_object *data)
{
    simulation->events[core_event_type_parse(record->type)]++;
    struct bytes measure = json_member_text(data, "measure");
    for (int i = 1; i < CORE_MEASURES && measure.size > 0; i++)
        if (bytes_is(measure, core_measure_name((enum core_measure)i)))
            simulation->exercised[SIM_BY_MEASURE + i]++;
    follow_promises(simulation, record, data);
    follow_exception(simulation, record, data);
    follow_surge(simulation, record, data);
    follow_alert(simulation, record, data);
    follow_incident(simulation, record, data);
}

/* ---- the core */

static void compare_thing(struct simulation *simulation, enum sim_kind kind, uint64_t number)
{
    const struct sim_thing *thing = thing_find(simulation, number);
    if (thing == NULL || thing->kind != kind || !thing->is_open)
        simulation_fail(simulation, "I2: the core holds entity %" PRIu64 " open, which %s", number,
                        thing == NULL ? "never was" : "is over");
}

static void compare_exception(void *context, const struct core_exception *exception)
{
    struct simulation *simulation = context;
    compare_thing(simulation, SIM_EXCEPTION, exception->number);
    if (simulation->failed)
        return;
    const struct sim_thing *thing = thing_find(simulation, exception->number);
    if (thing->is_claimed != (exception->claimed_by[0] != '\0'))
        simulation_fail(simulation, "X%" PRIu64 " forgot who claims it", exception->number);
    simulation->compared++;
}

static void compare_count(struct simulation *simulation, enum sim_kind kind, size_t known)
{
    if (known != simulation->open_things[kind])
        simulation_fail(simulation,
                        "I2: the journal left %u entities of kind %d open, the core holds %zu",
                        simulation->open_things[kind], kind, known);
}

void trouble_check(struct simulation *simulation)
{
    const struct core *core = engine_core(simulation->engine);
    simulation->compared = 0;
    core_exceptions_each(core, compare_exception, simulation);
    compare_count(simulation, SIM_EXCEPTION, simulation->compared);
    for (size_t i = 0; i < core_surge_count(core); i++)
        compare_thing(simulation, SIM_SURGE, core_surge_at(core, i)->number);
    compare_count(simulation, SIM_SURGE, core_surge_count(core));
    for (size_t i = 0; i < core_alert_count(core); i++)
        compare_thing(simulation, SIM_ALERT, core_alert_at(core, i)->number);
    compare_count(simulation, SIM_ALERT, core_alert_count(core));
    /* A silence is over by time as well, without an event. */
    for (size_t i = 0; i < core_silence_count(core); i++)
        compare_thing(simulation, SIM_SILENCE, core_silence_at(core, i)->number);
    size_t open = 0;
    for (size_t i = 0; i < core_incident_count(core); i++) {
        const struct core_incident *incident = core_incident_at(core, i);
        if (incident->closed)
            continue;
        open++;
        compare_thing(simulation, SIM_INCIDENT, incident->number);
    }
    compare_count(simulation, SIM_INCIDENT, open);
}
