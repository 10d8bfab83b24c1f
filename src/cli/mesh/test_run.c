/* One test, run: the situation is loaded into a new core, the leads are submitted one by one, the
 * events are watched, and what they came to is compared. */
#include "cli/mesh/test_run.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdlib.h>

/* Leads that reps have already are of another day, and nothing about them becomes due. */
#define LONG_AGO_US (2 * TIME_US_PER_DAY)
#define NEVER_US (INT64_C(800) * TIME_US_PER_DAY)

struct stage {
    struct policy_release *release;
    const struct policy_scenario *scenario;
    struct test_coverage *coverage;
    struct test_outcome *outcome;
    struct core *core;
    size_t settled; /* leads whose place no longer counts */
    struct core_decision decision;
};

/* ---- what is given */

static void set_rep(struct stage *stage, const struct policy_scenario_rep *given)
{
    struct core_rep view = *core_rep_at(stage->core, given->rep);
    view.available = !given->away;
    if (given->capacity >= 0)
        view.capacity = (uint32_t)given->capacity;
    core_load_rep(stage->core, bytes_of(view.id), &view);
}

static void load_open_lead(struct stage *stage, uint32_t rep, uint64_t number)
{
    const struct policy_scenario *scenario = stage->scenario;
    int64_t then_us = scenario->time_us - LONG_AGO_US;
    const struct core_lead_load load = {
        .lead = {.number = number,
                 .last_seq = number,
                 .captured_us = then_us,
                 .assigned_us = then_us,
                 .promises.reached_us = {[POLICY_ASSIGNED] = then_us, [POLICY_CONTACTED] = then_us},
                 .due_us = scenario->time_us + NEVER_US,
                 .rep = rep,
                 .pool = CORE_NONE,
                 .before = CORE_NONE,
                 .route = CORE_NONE,
                 .class_index = (uint16_t)(stage->release->class_count - 1),
                 .source = (uint16_t)scenario->source,
                 .state = CORE_CONTACTED,
                 .place = CORE_PLACE_OWNED},
        .values = scenario->leads[0],
    };
    core_load_lead(stage->core, &load);
}

/* A new core's reps and pools have the release's indices. */
static void load_situation(struct stage *stage)
{
    const struct policy_scenario *scenario = stage->scenario;
    uint64_t seq = 0;
    core_load_release(stage->core, stage->release, true);
    for (size_t i = 0; i < scenario->rep_count; i++)
        set_rep(stage, &scenario->reps[i]);
    for (size_t i = 0; i < scenario->rep_count; i++)
        for (uint32_t k = 0; k < scenario->reps[i].load; k++)
            load_open_lead(stage, scenario->reps[i].rep, ++seq);
    for (size_t i = 0; scenario->before != POLICY_NONE && i < stage->outcome->lead_count; i++) {
        const struct hash128 person = stage->outcome->leads[i].person;
        seq++;
        core_load_closed(stage->core, seq, person, seq, false, scenario->before);
    }
    core_load_finish(stage->core, seq, scenario->time_us, 0, 0, 0);
}

static void read_leads(struct stage *stage)
{
    struct test_outcome *outcome = stage->outcome;
    const struct policy_scenario *scenario = stage->scenario;
    outcome->lead_count = policy_scenario_lead_count(scenario);
    outcome->leads = arena_array(&outcome->arena, outcome->lead_count, sizeof *outcome->leads);
    for (size_t i = 0; i < outcome->lead_count; i++) {
        struct test_lead *lead = &outcome->leads[i];
        lead->values = policy_scenario_lead(stage->release, scenario, i, &outcome->arena);
        lead->route = lead->rep = lead->pool = lead->through = POLICY_NONE;
        lead->kind = lead->team = "";
        policy_business_key(stage->release, scenario->source, lead->values, &outcome->arena,
                            &lead->person);
    }
}

/* ---- what happens */

static struct test_lead *find_lead(struct stage *stage, uint64_t number)
{
    for (size_t i = stage->settled; number != 0 && i < stage->outcome->lead_count; i++)
        if (stage->outcome->leads[i].number == number)
            return &stage->outcome->leads[i];
    return NULL;
}

static void note_placed(struct stage *stage, struct test_lead *lead, const struct core_event *event,
                        enum core_place place)
{
    struct arena *arena = &stage->outcome->arena;
    lead->place = place;
    lead->rep = place == CORE_PLACE_OWNED ? event->placed.rep : POLICY_NONE;
    lead->pool = event->placed.pool;
    lead->through = event->placed.through;
    lead->on_call = event->placed.on_call;
    lead->kind = arena_string(arena, event->placed.kind);
    lead->team = arena_string(arena, event->placed.team);
    lead->candidates = event->placed.candidates;
    if (event->placed.route == CORE_NONE)
        return;
    lead->route = event->placed.route;
    stage->coverage->routes[lead->route] = true;
}

static void watch(struct stage *stage, const struct core_event *event)
{
    struct test_lead *lead = find_lead(stage, event->lead);
    if (lead == NULL)
        return;
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED:
        lead->class_index = event->captured.class_index;
        lead->score = event->captured.score;
        stage->coverage->classes[lead->class_index] = true;
        break;
    case CORE_LEAD_ASSIGNED: note_placed(stage, lead, event, CORE_PLACE_OWNED); break;
    case CORE_LEAD_QUEUED: note_placed(stage, lead, event, CORE_PLACE_WAITING); break;
    case CORE_LEAD_EXCEPTED: note_placed(stage, lead, event, CORE_PLACE_EXCEPTION); break;
    case CORE_LEAD_NURTURED: note_placed(stage, lead, event, CORE_PLACE_NURTURE); break;
    case CORE_LEAD_QUALIFIED:
    case CORE_LEAD_DISQUALIFIED: /* by an exception's fallback */
        lead->place = CORE_PLACE_CLOSED;
        lead->rep = POLICY_NONE;
        break;
    default: break;
    }
}

/* Decides, and applies when it is known whom the command is about. */
static void decide(struct stage *stage, const struct core_command *command)
{
    core_decide(stage->core, command, core_seq(stage->core) + 1, &stage->decision);
}

static void apply(struct stage *stage)
{
    for (size_t i = 0; i < stage->decision.event_count; i++) {
        watch(stage, &stage->decision.events[i]);
        core_apply(stage->core, &stage->decision.events[i]);
    }
}

/* Everything that becomes due up to then, each at its time. */
static void pass_until(struct stage *stage, int64_t *now_us, int64_t until_us)
{
    while (core_due_us(stage->core) <= until_us) {
        int64_t due_us = core_due_us(stage->core);
        *now_us = due_us > *now_us ? due_us : *now_us;
        decide(stage, &(struct core_command){.type = CORE_TICK, .time_us = *now_us});
        apply(stage);
    }
    *now_us = until_us;
}

/* A known person: how the lead came there is as before, where it is the core says. */
static void follow_known(struct stage *stage, size_t at)
{
    struct test_lead *lead = &stage->outcome->leads[at];
    const struct core_lead *now = core_lead_find(stage->core, lead->number);
    for (size_t i = 0; i < at; i++) {
        const struct test_lead *first = &stage->outcome->leads[i];
        if (first->number != lead->number || first->known)
            continue;
        const struct test_lead own = *lead;
        *lead = *first;
        lead->values = own.values;
        lead->came_us = own.came_us;
    }
    lead->known = true;
    if (now == NULL)
        return;
    lead->place = (enum core_place)now->place;
    lead->rep = now->rep;
    lead->pool = now->pool;
    lead->route = now->route;
}

static void submit(struct stage *stage, size_t at, int64_t now_us)
{
    struct test_lead *lead = &stage->outcome->leads[at];
    struct core_command command = {.type = CORE_SUBMIT,
                                   .time_us = now_us,
                                   .submit.release = stage->release,
                                   .submit.source = stage->scenario->source,
                                   .submit.values = lead->values};
    command.submit.key_kind =
        policy_business_key(stage->release, stage->scenario->source, lead->values,
                            &stage->outcome->arena, &command.submit.key);
    decide(stage, &command);
    lead->number = stage->decision.lead;
    lead->came_us = now_us;
    apply(stage);
    if (stage->decision.status == CORE_KNOWN)
        follow_known(stage, at);
}

static void play(struct stage *stage)
{
    const struct policy_scenario *scenario = stage->scenario;
    int64_t now_us = scenario->time_us;
    pass_until(stage, &now_us, now_us);
    for (size_t i = 0; i < stage->outcome->lead_count; i++) {
        if (i > 0)
            pass_until(stage, &now_us, now_us + scenario->every_us);
        submit(stage, i, now_us);
        pass_until(stage, &now_us, now_us);
        if (scenario->until_us == 0)
            stage->settled = i + 1;
    }
    if (scenario->until_us == 0)
        return;
    pass_until(stage, &now_us, scenario->until_us);
    for (size_t i = 0; i < stage->outcome->lead_count; i++)
        if (stage->outcome->leads[i].known)
            follow_known(stage, i);
}

/* ---- what came of it */

static const char *account_of(const struct stage *stage, const struct test_lead *lead)
{
    if (stage->release->accounts == NULL)
        return POLICY_EXPECTED_NONE;
    const struct policy_subject subject = {.source = stage->scenario->source,
                                           .values = lead->values,
                                           .person = lead->person,
                                           .time_us = lead->came_us};
    struct policy_inputs inputs;
    policy_inputs_init(&inputs, stage->release, &subject);
    if (inputs.match == POLICY_MATCH_NONE || inputs.account[0].kind != CEL_STRING)
        return POLICY_EXPECTED_NONE;
    return arena_string(&stage->outcome->arena, inputs.account[0].string);
}

static const char *or_none(const char *text)
{
    return text[0] != '\0' ? text : POLICY_EXPECTED_NONE;
}

static void describe(const struct stage *stage, struct test_lead *lead)
{
    const struct policy_release *release = stage->release;
    const char **got = lead->got.texts;
    bool excepted = lead->place == CORE_PLACE_EXCEPTION,
         nurtured = lead->place == CORE_PLACE_NURTURE;
    got[POLICY_EXPECTED_CLASS] = release->classes[lead->class_index].name;
    got[POLICY_EXPECTED_SCORE] = arena_printf(&stage->outcome->arena, "%" PRId64, lead->score);
    got[POLICY_EXPECTED_ROUTE] =
        lead->route == POLICY_NONE ? POLICY_EXPECTED_NONE : release->routes[lead->route].name;
    got[POLICY_EXPECTED_PLACE] = core_place_name(lead->place);
    got[POLICY_EXPECTED_OWNER] =
        lead->rep == POLICY_NONE ? POLICY_EXPECTED_NONE : release->reps[lead->rep].id;
    got[POLICY_EXPECTED_POOL] =
        lead->pool == POLICY_NONE ? POLICY_EXPECTED_NONE : release->pools[lead->pool].id;
    got[POLICY_EXPECTED_THROUGH] =
        lead->through == POLICY_NONE ? POLICY_EXPECTED_NONE : release->pools[lead->through].id;
    got[POLICY_EXPECTED_ON_CALL] = lead->on_call ? "true" : "false";
    got[POLICY_EXPECTED_EXCEPTION] = or_none(excepted ? lead->kind : "");
    got[POLICY_EXPECTED_TEAM] = or_none(excepted ? lead->team : "");
    got[POLICY_EXPECTED_NURTURE] = or_none(nurtured ? lead->kind : "");
    got[POLICY_EXPECTED_ACCOUNT] = account_of(stage, lead);
    got[POLICY_EXPECTED_KNOWN] = lead->known ? "true" : "false";
}

static void add_difference(struct test_outcome *outcome, const struct test_difference *difference)
{
    outcome->differences[outcome->difference_count++] = *difference;
}

static void compare_lead(struct test_outcome *outcome, size_t at)
{
    const struct policy_scenario *scenario = outcome->scenario;
    const struct policy_expectation *expected =
        &scenario->expected[scenario->expected_count > 1 ? at : 0];
    const struct test_lead *lead = &outcome->leads[at];
    for (int member = 0; member < POLICY_EXPECTED_MEMBERS; member++) {
        const char *wanted = expected->texts[member], *got = lead->got.texts[member];
        if (wanted != NULL && strcmp(wanted, got) != 0)
            add_difference(outcome,
                           &(struct test_difference){
                               (int64_t)at, (enum policy_expected)member,
                               policy_expected_name((enum policy_expected)member), wanted, got});
    }
}

static void compare_count(struct test_outcome *outcome, const struct policy_expected_count *wanted)
{
    uint32_t got = 0;
    for (size_t i = 0; i < outcome->lead_count; i++)
        got += strcmp(outcome->leads[i].got.texts[wanted->member], wanted->text) == 0;
    if (got == wanted->count)
        return;
    struct arena *arena = &outcome->arena;
    add_difference(
        outcome,
        &(struct test_difference){
            TEST_ALL_LEADS, wanted->member,
            arena_printf(arena, "%ss, %s", policy_expected_name(wanted->member), wanted->text),
            arena_printf(arena, "%" PRIu32, wanted->count), arena_printf(arena, "%" PRIu32, got)});
}

static void compare(struct test_outcome *outcome)
{
    const struct policy_scenario *scenario = outcome->scenario;
    size_t most = outcome->lead_count * POLICY_EXPECTED_MEMBERS + scenario->count_count;
    outcome->differences = arena_array(&outcome->arena, most, sizeof *outcome->differences);
    for (size_t i = 0; i < outcome->lead_count; i++)
        compare_lead(outcome, i);
    for (size_t i = 0; i < scenario->count_count; i++)
        compare_count(outcome, &scenario->counts[i]);
}

/* ---- */

void test_run(struct policy_release *release, const struct policy_scenario *scenario,
              struct test_coverage *coverage, struct test_outcome *ret)
{
    *ret = (struct test_outcome){.scenario = scenario};
    arena_init(&ret->arena);
    struct stage *stage = arena_zalloc(&ret->arena, sizeof *stage);
    *stage = (struct stage){.release = release,
                            .scenario = scenario,
                            .coverage = coverage,
                            .outcome = ret,
                            .core = core_new()};
    read_leads(stage);
    load_situation(stage);
    play(stage);
    for (size_t i = 0; i < ret->lead_count; i++)
        describe(stage, &ret->leads[i]);
    compare(ret);
    core_free(stage->core);
}

void test_outcome_release(struct test_outcome *outcome)
{
    arena_release(&outcome->arena);
}
