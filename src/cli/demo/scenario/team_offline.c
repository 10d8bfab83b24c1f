/* A whole team goes away at once, and comes back. */
#include "cli/demo/demo.h"

#include <inttypes.h>
#include <stdio.h>

enum { BREAK, AWAY, BACK };
enum { OVERFLOWED, QUEUED, ASSIGNED_BEFORE, OVERFLOWED_SINCE, QUEUED_SINCE };
static const double away_s = 16;
static const char *const teams[] = {"americas", "emea", "apac", "dach", "enterprise"};

/* The team with most work at present, of those that are at work. */
static const char *choose_team(const struct demo *demo, int64_t since_us, int64_t *ret_load)
{
    struct json_object *list =
        json_object_object_get(demo_watch_answer(&demo->watch, DEMO_REPS, since_us), "reps");
    const char *chosen = NULL;
    int64_t most = -1;
    for (size_t t = 0; list != NULL && t < sizeof teams / sizeof *teams; t++) {
        int64_t load = 0, on_duty = 0;
        for (size_t i = 0; i < json_object_array_length(list); i++) {
            struct json_object *rep = json_object_array_get_idx(list, i);
            if (!bytes_is(json_member_text(rep, "team"), teams[t]))
                continue;
            load += json_member_int(rep, "load", 0);
            on_duty += bytes_is(json_member_text(rep, "duty"), "on_duty");
        }
        int64_t rank = load + (on_duty > 0 ? INT32_MAX : 0); /* at night some are on call */
        if (rank > most) {
            most = rank;
            chosen = teams[t];
            *ret_load = load;
        }
    }
    return chosen;
}

static void begin(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    int64_t load = 0;
    const char *team = choose_team(demo, 1, &load);
    if (team == NULL)
        return;
    snprintf(scenario->subject, sizeof scenario->subject, "%s", team);
    scenario->figures[OVERFLOWED] = (int64_t)demo->bus.counts[DEMO_OVERFLOWED];
    scenario->figures[QUEUED] = (int64_t)demo->bus.counts[DEMO_QUEUED];
    demo_people_send_away(&demo->people, team);
    demo_say(demo, scenario,
             "All %zu people of the team \"%s\" go away at once, with %" PRId64
             " open leads on their desks.",
             demo_people_team(&demo->people, team).members, team, load);
    scenario_go(scenario, AWAY, now_us);
}

/* What their pool says: who is there, what waits. */
static int64_t pool_member(const struct demo *demo, const char *id, const char *member,
                           int64_t since_us)
{
    struct json_object *list =
        json_object_object_get(demo_watch_answer(&demo->watch, DEMO_POOLS, since_us), "pools");
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        struct json_object *pool = json_object_array_get_idx(list, i);
        if (bytes_is(json_member_text(pool, "id"), id))
            return json_member_int(pool, member, -1);
    }
    return -1;
}

static void stay_away(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    struct demo_team team = demo_people_team(&demo->people, scenario->subject);
    int64_t *figures = scenario->figures;
    int64_t available = pool_member(demo, scenario->subject, "available", scenario->step_us);
    figures[OVERFLOWED_SINCE] = (int64_t)demo->bus.counts[DEMO_OVERFLOWED] - figures[OVERFLOWED];
    figures[QUEUED_SINCE] = (int64_t)demo->bus.counts[DEMO_QUEUED] - figures[QUEUED];
    if ((scenario_seconds(scenario, now_us) < away_s && !scenario->asked_to_stop) ||
        team.away < team.members || available < 0 ||
        figures[OVERFLOWED_SINCE] + figures[QUEUED_SINCE] == 0)
        return;
    figures[ASSIGNED_BEFORE] = (int64_t)team.assigned;
    demo_say(demo, scenario,
             "Who can take leads of the pool \"%s\" now: %" PRId64
             "; leads that wait in it: %" PRId64 ". Since then %" PRId64
             " leads of all pools went over to another one or to "
             "who is on call, and %" PRId64 " had to wait. The team comes back.",
             scenario->subject, available,
             pool_member(demo, scenario->subject, "waiting", scenario->step_us),
             figures[OVERFLOWED_SINCE], figures[QUEUED_SINCE]);
    demo_people_call_back(&demo->people, scenario->subject);
    scenario_go(scenario, BACK, now_us);
}

static void come_back(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    struct demo_team team = demo_people_team(&demo->people, scenario->subject);
    int64_t available = pool_member(demo, scenario->subject, "available", scenario->step_us);
    int64_t again = (int64_t)team.assigned - scenario->figures[ASSIGNED_BEFORE];
    if (again <= 0 || available <= 0)
        return;
    scenario_done(demo, scenario,
                  "While all %zu of \"%s\" were away, %" PRId64
                  " leads went over to other pools or to who is on call, and %" PRId64
                  " waited; every one had an owner or a place with a timer. %.1f s after the team "
                  "was called back it had %" PRId64 " new leads.",
                  team.members, scenario->subject, scenario->figures[OVERFLOWED_SINCE],
                  scenario->figures[QUEUED_SINCE], scenario_step_seconds(scenario, now_us), again);
}

static int step(struct demo *demo, struct demo_scenario *scenario, int64_t now_us,
                struct error *err)
{
    (void)err;
    switch (scenario->step) {
    case BREAK: begin(demo, scenario, now_us); break;
    case AWAY: stay_away(demo, scenario, now_us); break;
    default: come_back(demo, scenario, now_us); break;
    }
    return 0;
}

static void mend(struct demo *demo, struct demo_scenario *scenario)
{
    demo_people_call_back(&demo->people, scenario->subject);
}

const struct demo_scenario_kind demo_team_offline = {
    .name = "team-offline",
    .title = "A team goes offline",
    .about = "Everybody of the busiest team goes away at once. Watch the pool empty, its leads go "
             "over into the next pools or wait with a timer, and the team take up its work again.",
    .starts_s = 72,
    .limit_s = 75,
    .step = step,
    .mend = mend,
};
