/* One campaign brings ten times what it usually does, until its budget is spent. */
#include "base/time.h"
#include "cli/cli.h"
#include "cli/demo/demo.h"

#include <inttypes.h>
#include <stdio.h>

enum { BREAK, RISE, HOLD, FALL };
enum { STOP_US };

/* Surges are measured by whole minutes of the clock, and are over after one that was none: one that
 * ends with a minute is seen to be over a minute later. */
#define MINUTE_US (60 * TIME_US_PER_SECOND)
#define LENGTH_US (30 * TIME_US_PER_SECOND)
enum { TIMES = 10 };

/* The end of a minute of the clock, at `monotonic_us` or later. */
static int64_t minute_end(int64_t monotonic_us)
{
    int64_t ahead_us = clock_utc_us() - clock_monotonic_us();
    int64_t utc_us = monotonic_us + ahead_us;
    return (utc_us + MINUTE_US - 1) / MINUTE_US * MINUTE_US - ahead_us;
}

static int64_t when(const struct demo *demo, int64_t planned_us)
{
    (void)demo;
    return minute_end(planned_us + LENGTH_US) - LENGTH_US;
}

static void begin(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    double usual = demo_traffic_campaign_share() * demo->average;
    scenario->figures[STOP_US] = minute_end(now_us + LENGTH_US / 2);
    demo->intake.campaign_rate = (TIMES - 1) * usual;
    demo_say(demo, scenario,
             "The campaign \"" DEMO_CAMPAIGN "\" is shared everywhere: %.1f leads a second instead "
             "of %.1f.",
             TIMES * usual, usual);
    scenario_go(scenario, RISE, now_us);
}

/* The campaign's surge that began since this scenario did; NULL: none yet. */
static struct json_object *find_surge(const struct demo *demo, const struct demo_scenario *scenario,
                                      int64_t since_us)
{
    struct json_object *list =
        json_object_object_get(demo_watch_answer(&demo->watch, DEMO_SURGES, since_us), "surges");
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        struct json_object *surge = json_object_array_get_idx(list, i);
        if (bytes_is(json_member_text(surge, "kind"), "campaign") &&
            bytes_is(json_member_text(surge, "name"), DEMO_CAMPAIGN) &&
            json_member_time_us(surge, "started_at") >= scenario->started_utc)
            return surge;
    }
    return NULL;
}

static void rise(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    struct json_object *surge = find_surge(demo, scenario, scenario->started_us);
    if (surge == NULL) {
        if (now_us >= scenario->figures[STOP_US])
            scenario->figures[STOP_US] += MINUTE_US; /* it began too late in that minute */
        return;
    }
    double after = (double)(json_member_time_us(surge, "started_at") - scenario->started_utc) / 1e6;
    demo_say(demo, scenario,
             "After %.0f s and %" PRId64 " arrivals within a minute of the clock the engine says "
             "that this is a surge. Its plan is in force: hot leads go on as ever, the others may "
             "overflow into every pool, and what scores low is put aside when nobody has room.",
             after, json_member_int(surge, "arrivals", 0));
    scenario_go(scenario, HOLD, now_us);
}

static int64_t measure(struct json_object *surge, const char *name)
{
    return json_member_int(json_object_object_get(surge, "measures"), name, 0);
}

static void hold(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    struct json_object *surge = find_surge(demo, scenario, scenario->step_us);
    if (surge == NULL || (now_us < scenario->figures[STOP_US] && !scenario->asked_to_stop))
        return;
    demo->intake.campaign_rate = 0;
    demo->intake.traffic.silent = true;
    demo_say(demo, scenario,
             "The campaign's budget for today is spent; nothing comes of it any more. %" PRId64
             " leads belong to the surge so far; its plan put %" PRId64 " of them aside and had "
             "%" PRId64 " taken by other pools.",
             json_member_int(surge, "leads", 0), measure(surge, "nurture"),
             measure(surge, "overflow") + measure(surge, "triage"));
    scenario_go(scenario, FALL, now_us);
}

static void fall(struct demo *demo, struct demo_scenario *scenario)
{
    struct json_object *surge = find_surge(demo, scenario, scenario->step_us);
    int64_t ended_us = surge != NULL ? json_member_time_us(surge, "ended_at") : 0;
    if (ended_us == 0)
        return;
    demo->intake.traffic.silent = false;
    scenario_done(
        demo, scenario,
        "A whole minute without it ended the surge after %.0f s, and what was put aside is "
        "routed at once. At its peak %" PRId64 " arrived in a minute; %" PRId64
        " leads belonged to it, %" PRId64 " of them were put aside, %" PRId64
        " taken by other pools. No rep had more than the capacity says.",
        (double)(ended_us - json_member_time_us(surge, "started_at")) / 1e6,
        json_member_int(surge, "peak", 0), json_member_int(surge, "leads", 0),
        measure(surge, "nurture"), measure(surge, "overflow") + measure(surge, "triage"));
}

static int step(struct demo *demo, struct demo_scenario *scenario, int64_t now_us,
                struct error *err)
{
    (void)err;
    switch (scenario->step) {
    case BREAK: begin(demo, scenario, now_us); break;
    case RISE: rise(demo, scenario, now_us); break;
    case HOLD: hold(demo, scenario, now_us); break;
    default: fall(demo, scenario); break;
    }
    return 0;
}

static void mend(struct demo *demo, struct demo_scenario *scenario)
{
    (void)scenario;
    demo->intake.campaign_rate = 0;
    demo->intake.traffic.silent = false;
}

const struct demo_scenario_kind demo_surge = {
    .name = "surge",
    .title = "A campaign brings ten times as many",
    .about =
        "One campaign brings ten times what it usually does. Watch the surge being detected by "
        "its counts, its plan take hold (overflow, nurture, stricter parameters), hot leads go "
        "on as ever, and the end.",
    .starts_s = 12,
    .when = when,
    .limit_s = 240,
    .step = step,
    .mend = mend,
};
