/* The timeline of scenarios, and what they share. */
#include "cli/demo/scenario/scenario.h"

#include "cli/cli.h"
#include "cli/demo/demo.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIMELINE_S = 180, SOON_S = 5, AGAIN_US = 300000 };

static const struct demo_scenario_kind *const kinds[DEMO_SCENARIOS] = {
    &demo_schema_break, &demo_enrichment_outage, &demo_surge,
    &demo_team_offline, &demo_crm_down,          &demo_kill_9};

static const char *const state_names[] = {"idle", "running", "done", "failed"};

const char *demo_scenario_state_name(enum demo_scenario_state state)
{
    return state_names[state];
}

void demo_scenarios_init(struct demo *demo)
{
    for (size_t i = 0; i < DEMO_SCENARIOS; i++)
        demo->scenarios[i] = (struct demo_scenario){.kind = kinds[i], .order.demo = demo};
}

void demo_scenarios_release(struct demo *demo)
{
    for (size_t i = 0; i < DEMO_SCENARIOS; i++)
        json_object_put(demo->scenarios[i].order.answer);
}

/* ---- when */

/* `length_s` of the whole timeline; 0: it has only this one, which begins soon. */
static int64_t planned_us(const struct demo *demo, const struct demo_scenario_kind *kind,
                          uint64_t length_s)
{
    double at_s = length_s > 0 ? kind->starts_s * (double)length_s / TIMELINE_S : SOON_S;
    int64_t at_us = demo->clock.started_us + (int64_t)(at_s * 1e6);
    return kind->when != NULL ? kind->when(demo, at_us) : at_us;
}

/* The least that a demo shows: the engine is killed once, in the middle. */
static void plan_crash(struct demo *demo, uint64_t length_s)
{
    enum { CRASH_S = 30 };
    uint64_t at_s = length_s > 0 ? length_s / 2 : CRASH_S;
    for (size_t i = 0; i < DEMO_SCENARIOS; i++)
        if (demo->scenarios[i].kind == &demo_kill_9)
            demo->scenarios[i].starts_us = demo->clock.started_us + (int64_t)at_s * 1000000;
}

int demo_scenarios_plan(struct demo *demo, const char *name, uint64_t length_s, struct error *err)
{
    bool all = name != NULL && strcmp(name, "all") == 0, found = all;
    if (all && length_s == 0)
        length_s = TIMELINE_S;
    if (name == NULL) {
        plan_crash(demo, length_s);
        return 0;
    }
    for (size_t i = 0; i < DEMO_SCENARIOS; i++) {
        struct demo_scenario *scenario = &demo->scenarios[i];
        if (!all && strcmp(scenario->kind->name, name) != 0)
            continue;
        found = true;
        scenario->starts_us = planned_us(demo, scenario->kind, all ? length_s : 0);
    }
    if (!found)
        return error_set(err, ML_ENOTFOUND, name,
                         "there is no such scenario; there are schema-break, enrichment-outage, "
                         "surge, team-offline, crm-down, kill-9, and all");
    return 0;
}

bool demo_scenarios_are_due(const struct demo *demo)
{
    for (size_t i = 0; i < DEMO_SCENARIOS; i++) {
        const struct demo_scenario *scenario = &demo->scenarios[i];
        if (scenario->state == DEMO_PLAYING || (scenario->starts_us != 0 && scenario->plays == 0))
            return true;
    }
    return false;
}

/* ---- playing */

static void begin(struct demo_scenario *scenario, int64_t now_us)
{
    const struct demo_scenario before = *scenario;
    json_object_put(before.order.answer);
    *scenario = (struct demo_scenario){.kind = before.kind,
                                       .state = DEMO_PLAYING,
                                       .starts_us = before.starts_us,
                                       .started_us = now_us,
                                       .started_utc = clock_utc_us(),
                                       .step_us = now_us,
                                       .plays = before.plays + 1,
                                       .order.demo = before.order.demo};
}

static struct demo_scenario *find(struct demo *demo, struct bytes name)
{
    for (size_t i = 0; i < DEMO_SCENARIOS; i++)
        if (bytes_is(name, demo->scenarios[i].kind->name))
            return &demo->scenarios[i];
    return NULL;
}

void demo_scenario_play(struct demo *demo, struct bytes name)
{
    struct demo_scenario *scenario = find(demo, name);
    if (scenario == NULL || scenario->state == DEMO_PLAYING || scenario->order.open)
        return;
    int64_t now_us = clock_monotonic_us();
    begin(scenario, now_us);
}

void demo_scenario_stop(struct demo *demo, struct bytes name)
{
    struct demo_scenario *scenario = find(demo, name);
    if (scenario != NULL && scenario->state == DEMO_PLAYING)
        scenario->asked_to_stop = true;
}

static void end(struct demo_scenario *scenario, enum demo_scenario_state state)
{
    scenario->state = state;
    scenario->ended_utc = clock_utc_us();
}

void scenario_done(struct demo *demo, struct demo_scenario *scenario, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(scenario->verdict, sizeof scenario->verdict, format, list);
    va_end(list);
    end(scenario, DEMO_DONE);
    demo_say(demo, scenario, "Over: %s", scenario->verdict);
}

void demo_scenarios_interrupt(struct demo *demo)
{
    for (size_t i = 0; i < DEMO_SCENARIOS; i++) {
        struct demo_scenario *scenario = &demo->scenarios[i];
        if (scenario->state != DEMO_PLAYING)
            continue;
        scenario->kind->mend(demo, scenario);
        end(scenario, DEMO_IDLE);
        scenario->plays--;
        snprintf(scenario->verdict, sizeof scenario->verdict, "it was interrupted");
        demo_say(demo, scenario, "Interrupted; what was broken for it works again.");
    }
}

static void give_up(struct demo *demo, struct demo_scenario *scenario)
{
    snprintf(scenario->verdict, sizeof scenario->verdict,
             "what was to be seen was not seen within %d seconds (step %d)",
             scenario->kind->limit_s, scenario->step);
    end(scenario, DEMO_FAILED);
    scenario->kind->mend(demo, scenario);
    demo_say(demo, scenario, "FAILED: %s.", scenario->verdict);
}

int demo_scenarios_step(struct demo *demo, int64_t now_us, struct error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < DEMO_SCENARIOS; i++) {
        struct demo_scenario *scenario = &demo->scenarios[i];
        if (scenario->state == DEMO_IDLE && scenario->starts_us != 0 && scenario->plays == 0 &&
            now_us >= scenario->starts_us)
            begin(scenario, now_us);
        if (scenario->state != DEMO_PLAYING)
            continue;
        code = scenario->kind->step(demo, scenario, now_us, err);
        if (code == 0 && scenario->state == DEMO_PLAYING &&
            scenario_seconds(scenario, now_us) > scenario->kind->limit_s)
            give_up(demo, scenario);
    }
    return code;
}

/* ---- for the kinds */

void scenario_go(struct demo_scenario *scenario, int step, int64_t now_us)
{
    scenario->step = step;
    scenario->step_us = now_us;
}

double scenario_seconds(const struct demo_scenario *scenario, int64_t now_us)
{
    return (double)(now_us - scenario->started_us) / 1e6;
}

double scenario_step_seconds(const struct demo_scenario *scenario, int64_t now_us)
{
    return (double)(now_us - scenario->step_us) / 1e6;
}

static void answered(void *context, const struct demo_reply *reply)
{
    struct demo_order *order = context;
    order->open = false;
    order->again_us = clock_monotonic_us() + AGAIN_US;
    if (reply->status == 0 || reply->status >= 500)
        return; /* the server was killed, or is not there yet: once more */
    order->status = reply->status;
    if (json_parse(reply->body, &order->answer, NULL) < 0)
        order->answer = NULL;
}

static void send(struct demo_order *order)
{
    const struct demo_call call = {.method = order->method,
                                   .path = order->path,
                                   .body = bytes_of(order->body),
                                   .done = answered,
                                   .context = order};
    order->open = true;
    demo_http_start(order->demo->http, &call);
}

void scenario_order(struct demo *demo, struct demo_scenario *scenario, const char *method,
                    const char *path, const char *body)
{
    struct demo_order *order = &scenario->order;
    json_object_put(order->answer);
    *order = (struct demo_order){.demo = demo};
    snprintf(order->method, sizeof order->method, "%s", method);
    snprintf(order->path, sizeof order->path, "%s", path);
    snprintf(order->body, sizeof order->body, "%s", body);
    send(order);
}

bool scenario_answered(struct demo_scenario *scenario, int64_t now_us)
{
    struct demo_order *order = &scenario->order;
    if (order->status == 0 && !order->open && now_us >= order->again_us)
        send(order);
    return order->status != 0;
}
