/* The provider that everybody is asked about fails, and then is gone: leads have owners all the
 * same, what was promised and not kept is before people, and it is caught up with. */
#include "cli/cli.h"
#include "cli/demo/demo.h"

#include <inttypes.h>
#include <stdio.h>

enum { BREAK, FAIL, OUTAGE, RETURN, LEFT, RESOLVE };
enum { OPENED, CLOSED, ASSIGNED, LATE, TRIAGED, ENRICHED, RESOLVED };
static const double outage_s = 22, patience_s = 5;

static int64_t since(const struct demo *demo, const struct demo_scenario *scenario,
                     enum demo_count count, size_t figure)
{
    return (int64_t)demo->bus.counts[count] - scenario->figures[figure];
}

static void begin(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    const struct demo_breaker *breaker = &demo->bus.breakers[DEMO_FIRMOGRAPHICS];
    int64_t *figures = scenario->figures;
    figures[OPENED] = (int64_t)breaker->opened;
    figures[CLOSED] = (int64_t)breaker->closed;
    figures[ASSIGNED] = (int64_t)demo->bus.counts[DEMO_ASSIGNED];
    figures[LATE] = (int64_t)demo->bus.counts[DEMO_ENRICHED_LATE];
    figures[TRIAGED] = (int64_t)demo->bus.counts[DEMO_TRIAGED];
    demo_stand_ins_set(&demo->stand_ins, DEMO_FIRMOGRAPHICS, STAND_IN_FAILING);
    demo_say(demo, scenario,
             "The provider that knows how large companies are answers 503. It has given %" PRIu64
             " leads their size so far; the policy promises that within six seconds.",
             demo->bus.counts[DEMO_ENRICHED]);
    scenario_go(scenario, FAIL, now_us);
}

static void fail(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    const struct demo_breaker *breaker = &demo->bus.breakers[DEMO_FIRMOGRAPHICS];
    if ((int64_t)breaker->opened <= scenario->figures[OPENED])
        return;
    demo_stand_ins_set(&demo->stand_ins, DEMO_FIRMOGRAPHICS, STAND_IN_DOWN);
    double after_s = (double)(breaker->opened_us - scenario->started_utc) / 1e6;
    demo_say(demo, scenario,
             "Five failures in a row, and within %.0f s the breaker is open: nothing is sent there "
             "but a probe now and then. Now the provider refuses connections.",
             after_s > 1 ? after_s : 1);
    scenario_go(scenario, OUTAGE, now_us);
}

static void outage(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    struct demo_destination provider;
    int64_t triaged = since(demo, scenario, DEMO_TRIAGED, TRIAGED);
    if ((scenario_seconds(scenario, now_us) < outage_s && !scenario->asked_to_stop) ||
        triaged == 0 ||
        !demo_watch_destination(&demo->watch, "firmographics", scenario->step_us, &provider))
        return;
    scenario->figures[ENRICHED] = (int64_t)demo->bus.counts[DEMO_ENRICHED];
    demo_stand_ins_set(&demo->stand_ins, DEMO_FIRMOGRAPHICS, STAND_IN_WELL);
    demo_say(demo, scenario,
             "Meanwhile %" PRId64 " assignments were made without waiting (p99 %.1f ms). %" PRId64
             " leads missed the promise and are before the triage desk, %" PRId64
             " questions wait. The provider is back.",
             since(demo, scenario, DEMO_ASSIGNED, ASSIGNED), demo->watch.server_p99_ms, triaged,
             provider.pending);
    scenario_go(scenario, RETURN, now_us);
}

static void come_back(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    enum { HARDLY_ANY = 8 };
    const struct demo_breaker *breaker = &demo->bus.breakers[DEMO_FIRMOGRAPHICS];
    struct demo_destination provider;
    if ((int64_t)breaker->closed <= scenario->figures[CLOSED] ||
        !demo_watch_destination(&demo->watch, "firmographics", scenario->step_us, &provider) ||
        provider.open || provider.pending > HARDLY_ANY)
        return;
    demo_say(demo, scenario,
             "A probe was answered and closed the breaker; %" PRId64
             " leads were enriched in the %.1f s since, the waiting ones among them.",
             since(demo, scenario, DEMO_ENRICHED, ENRICHED),
             scenario_step_seconds(scenario, now_us));
    scenario_go(scenario, LEFT, now_us);
}

static void resolve(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    scenario_order(demo, scenario, "POST", "/v1/exceptions/resolve",
                   "{\"kind\":\"enrichment_timeout\",\"action\":\"dismiss\",\"cause\":"
                   "\"vendor_outage\",\"remediation\":\"the provider is back, and was asked "
                   "again\"}");
    scenario_go(scenario, RESOLVE, now_us);
}

static void finish(struct demo *demo, struct demo_scenario *scenario)
{
    int64_t triaged = since(demo, scenario, DEMO_TRIAGED, TRIAGED);
    scenario_done(demo, scenario,
                  "The breaker opened and closed again. %" PRId64
                  " leads missed the promise and were before the triage desk: %" PRId64
                  " of these exceptions ended by themselves when the answer came, people resolved "
                  "%" PRId64 " in one go. No assignment waited for the provider.",
                  triaged, triaged - scenario->figures[RESOLVED], scenario->figures[RESOLVED]);
}

static void look_at_what_is_left(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    int64_t left = demo_watch_exceptions(&demo->watch, "enrichment_timeout", scenario->step_us);
    if (left < 0)
        return;
    if (left == 0)
        finish(demo, scenario);
    else if (scenario_step_seconds(scenario, now_us) > patience_s)
        resolve(demo, scenario, now_us);
}

static int step(struct demo *demo, struct demo_scenario *scenario, int64_t now_us,
                struct error *err)
{
    (void)err;
    switch (scenario->step) {
    case BREAK: begin(demo, scenario, now_us); break;
    case FAIL: fail(demo, scenario, now_us); break;
    case OUTAGE: outage(demo, scenario, now_us); break;
    case RETURN: come_back(demo, scenario, now_us); break;
    case LEFT: look_at_what_is_left(demo, scenario, now_us); break;
    default:
        if (!scenario_answered(scenario, now_us))
            break;
        scenario->figures[RESOLVED] += json_member_int(scenario->order.answer, "resolved", 0);
        scenario_go(scenario, LEFT, now_us);
    }
    return 0;
}

static void mend(struct demo *demo, struct demo_scenario *scenario)
{
    (void)scenario;
    demo_stand_ins_set(&demo->stand_ins, DEMO_FIRMOGRAPHICS, STAND_IN_WELL);
}

const struct demo_scenario_kind demo_enrichment_outage = {
    .name = "enrichment-outage",
    .title = "The enrichment provider fails",
    .about =
        "The provider of company sizes fails, then refuses connections. Watch that leads have "
        "owners at once all the same, that the breaker opens, that what waits too long goes to "
        "the triage desk, and that it is caught up with.",
    .starts_s = 30,
    .limit_s = 90,
    .step = step,
    .mend = mend,
};
