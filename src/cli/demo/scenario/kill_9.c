/* SIGKILL to the engine with work under way. */
#include "cli/demo/demo.h"

#include <inttypes.h>

enum { KILL, RECOVER };
enum { INTERRUPTED };

static int crash(struct demo *demo, struct demo_scenario *scenario, int64_t now_us,
                 struct error *err)
{
    struct demo_destination crm = {0};
    demo_watch_destination(&demo->watch, "crm", 0, &crm);
    scenario->figures[INTERRUPTED] = (int64_t)demo->intake.interrupted;
    int code = demo_crash(demo, err);
    if (code < 0)
        return code;
    demo_say(demo, scenario,
             "SIGKILL to the engine, with %" PRIu64 " submissions without an answer and %" PRId64
             " deliveries to the CRM under way or waiting. It serves again after %.2f s.",
             demo->crash_open, crm.pending, demo->crash_seconds);
    scenario_go(scenario, RECOVER, now_us);
    return 0;
}

/* All that was interrupted has its answer, the journal is at least where it was, it balances, and
 * the CRM is written to again. */
static void recover(struct demo *demo, struct demo_scenario *scenario)
{
    struct demo_destination crm;
    int64_t after_us = scenario->step_us + 1000000;
    int64_t interrupted = (int64_t)demo->intake.interrupted - scenario->figures[INTERRUPTED];
    if (demo->intake.answered_again != demo->intake.interrupted || interrupted == 0 ||
        demo_watch_answer(&demo->watch, DEMO_IDENTITY, after_us) == NULL ||
        demo->watch.identity.seq < demo->crash_seq ||
        !demo_watch_destination(&demo->watch, "crm", after_us, &crm))
        return;
    const struct demo_identity *identity = &demo->watch.identity;
    scenario_done(
        demo, scenario,
        "The %" PRId64 " submissions that were on their way were sent again under the "
        "same keys and have their answers, after %.1f s at most. The journal goes on at "
        "event %" PRId64 " (it was at %" PRId64 "), and the identity %s: %" PRId64 " accepted.",
        interrupted, (double)demo->intake.longest_interruption_us / 1e6, identity->seq,
        demo->crash_seq, identity->balanced ? "balances" : "DOES NOT BALANCE", identity->accepted);
}

static int step(struct demo *demo, struct demo_scenario *scenario, int64_t now_us,
                struct error *err)
{
    if (scenario->step == KILL)
        return crash(demo, scenario, now_us, err);
    recover(demo, scenario);
    return 0;
}

static void mend(struct demo *demo, struct demo_scenario *scenario)
{
    (void)demo;
    (void)scenario;
}

const struct demo_scenario_kind demo_kill_9 = {
    .name = "kill-9",
    .title = "kill -9 the engine",
    .about = "The engine is killed in the middle of its work and started again. Watch that senders "
             "who had no answer ask again under the same keys, and that nothing is lost or made "
             "twice.",
    .starts_s = 136,
    .limit_s = 45,
    .step = step,
    .mend = mend,
};
