/* The CRM answers too late, then not at all, and is back: nothing is lost on the way there, and
 * nothing arrives twice. */
#include "cli/cli.h"
#include "cli/demo/demo.h"

#include <inttypes.h>
#include <stdio.h>

enum { BREAK, SLOW, DOWN, RETURN };
enum { OPENED, CLOSED, ACKNOWLEDGED, QUEUE, DELIVERED };
static const double slow_s = 5, down_s = 22;

static void begin(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    const struct demo_breaker *breaker = &demo->bus.breakers[DEMO_CRM];
    scenario->figures[OPENED] = (int64_t)breaker->opened;
    scenario->figures[CLOSED] = (int64_t)breaker->closed;
    scenario->figures[ACKNOWLEDGED] = (int64_t)demo->intake.acknowledged.count;
    demo_stand_ins_set(&demo->stand_ins, DEMO_CRM, STAND_IN_SLOW);
    demo_say(demo, scenario,
             "The CRM, with %" PRIu64
             " records so far, becomes slow: it writes at once and says so after "
             "2.5 s, where the mesh waits for 2 s. So the engine cannot know what was written.",
             demo->stand_ins.items[DEMO_CRM].kept);
    scenario_go(scenario, SLOW, now_us);
}

static void slow(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    if (scenario_seconds(scenario, now_us) < slow_s && !scenario->asked_to_stop)
        return;
    demo_stand_ins_set(&demo->stand_ins, DEMO_CRM, STAND_IN_DOWN);
    demo_say(demo, scenario, "Now it refuses connections.");
    scenario_go(scenario, DOWN, now_us);
}

static void stay_down(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    const struct demo_breaker *breaker = &demo->bus.breakers[DEMO_CRM];
    struct demo_destination crm;
    int64_t *figures = scenario->figures;
    if ((scenario_seconds(scenario, now_us) < down_s && !scenario->asked_to_stop) ||
        (int64_t)breaker->opened <= figures[OPENED] ||
        !demo_watch_destination(&demo->watch, "crm", scenario->step_us, &crm) || crm.pending == 0)
        return;
    figures[QUEUE] = crm.pending;
    figures[DELIVERED] = crm.delivered;
    demo_stand_ins_set(&demo->stand_ins, DEMO_CRM, STAND_IN_WELL);
    demo_say(demo, scenario,
             "The breaker is open, and %" PRId64 " deliveries wait, each lead's in their order. "
             "%" PRId64 " different leads were acknowledged meanwhile as if nothing had happened. "
             "The CRM is back.",
             crm.pending, (int64_t)demo->intake.acknowledged.count - figures[ACKNOWLEDGED]);
    scenario_go(scenario, RETURN, now_us);
}

static void catch_up(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    enum { HARDLY_ANY = 40 };
    const struct demo_breaker *breaker = &demo->bus.breakers[DEMO_CRM];
    struct demo_destination crm;
    if ((int64_t)breaker->closed <= scenario->figures[CLOSED] ||
        !demo_watch_destination(&demo->watch, "crm", scenario->step_us, &crm) || crm.open ||
        crm.pending > HARDLY_ANY)
        return;
    scenario_done(
        demo, scenario,
        "%" PRId64 " deliveries waited at the worst. The breaker closed, and %.1f s after "
        "the CRM was back %" PRId64 " had arrived and %" PRId64 " were under way; %" PRId64
        " failed. Whoever looks for the record before writing "
        "makes none twice: the CRM has %" PRIu64 ".",
        scenario->figures[QUEUE], scenario_step_seconds(scenario, now_us),
        crm.delivered - scenario->figures[DELIVERED], crm.pending, crm.failed,
        demo->stand_ins.items[DEMO_CRM].kept);
}

static int step(struct demo *demo, struct demo_scenario *scenario, int64_t now_us,
                struct error *err)
{
    (void)err;
    switch (scenario->step) {
    case BREAK: begin(demo, scenario, now_us); break;
    case SLOW: slow(demo, scenario, now_us); break;
    case DOWN: stay_down(demo, scenario, now_us); break;
    default: catch_up(demo, scenario, now_us); break;
    }
    return 0;
}

static void mend(struct demo *demo, struct demo_scenario *scenario)
{
    (void)scenario;
    demo_stand_ins_set(&demo->stand_ins, DEMO_CRM, STAND_IN_WELL);
}

const struct demo_scenario_kind demo_crm_down = {
    .name = "crm-down",
    .title = "The CRM goes down",
    .about = "The CRM answers too late, then refuses connections. Watch its breaker open and its "
             "queue grow while leads are taken as ever; then the queue is worked off, and no lead "
             "has a second record.",
    .starts_s = 112,
    .limit_s = 90,
    .step = step,
    .mend = mend,
};
