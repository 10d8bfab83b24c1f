/* A partner renames a field: records are refused and kept; then the contract follows, and what was
 * kept becomes leads. Played again, the partner goes back to the old name. */
#include "base/id.h"
#include "cli/demo/demo.h"

#include <inttypes.h>
#include <stdio.h>

enum { BREAK, GATHER, PROMOTE, LOOK, REPLAY, CHECK };
enum { SAID, REFUSED_BEFORE, LEADS, TOUCHPOINTS, REFUSED_AGAIN, TOLD };
static const double trouble_s = 18;

/* Contracts of examples/demo: the one with each of the names. */
static int version_of(bool renamed)
{
    return renamed ? 3 : 1;
}

static const char *name_of(bool renamed)
{
    return renamed ? "deal_id" : "deal_registration";
}

/* What most of the partner's open dead letters have in common; NULL: there are none, or it is not
 * known since then. */
static struct json_object *find_cluster(const struct demo *demo, int64_t since_us)
{
    struct json_object *list = json_object_object_get(
        demo_watch_answer(&demo->watch, DEMO_DEAD_LETTERS, since_us), "clusters");
    struct json_object *largest = NULL;
    const char *name = name_of(demo->intake.traffic.renamed);
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        struct json_object *cluster = json_object_array_get_idx(list, i);
        struct bytes message = json_member_text(cluster, "message");
        /* Others are ordinary mistakes, and stay. */
        bool about_name = memmem(message.data, message.size, name, strlen(name)) != NULL;
        if (about_name && bytes_is(json_member_text(cluster, "source"), "partner-portal") &&
            (largest == NULL ||
             json_member_int(cluster, "count", 0) > json_member_int(largest, "count", 0)))
            largest = cluster;
    }
    return largest;
}

static void begin(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    struct demo_traffic *traffic = &demo->intake.traffic;
    scenario->figures[REFUSED_BEFORE] = (int64_t)demo->intake.changed;
    traffic->renamed = !traffic->renamed;
    traffic->unsettled = true;
    demo_say(demo, scenario,
             "The partner portal's new release says `%s` where it said `%s`. Nobody was told, and "
             "version %d of its contract does not allow it.",
             name_of(traffic->renamed), name_of(!traffic->renamed), version_of(!traffic->renamed));
    scenario_go(scenario, GATHER, now_us);
}

static void promote(struct demo *demo, struct demo_scenario *scenario)
{
    char body[256];
    snprintf(body, sizeof body,
             "{\"action\":\"promote\",\"version\":%d,\"note\":\"the portal renamed the deal's "
             "number\"}",
             version_of(demo->intake.traffic.renamed));
    scenario_order(demo, scenario, "POST", "/v1/sources/partner-portal/rollout", body);
}

/* That the partner has been told, once it has. `last`: as it stands now, whatever that is. */
static void say_notice(struct demo *demo, struct demo_scenario *scenario, bool last)
{
    const struct demo_notice *notice = &demo->bus.notice;
    bool due = notice->due_us >= scenario->started_utc;
    if (scenario->figures[TOLD] != 0 || (!last && !(due && notice->mailed_us != 0)))
        return;
    scenario->figures[TOLD] = 1;
    if (!due)
        demo_say(demo, scenario,
                 "The partner was told of this before: of more of the same it hears with the next "
                 "digest.");
    else if (notice->mailed_us == 0)
        demo_say(demo, scenario, "The partner's notice to %s is due, and not delivered yet.",
                 notice->to);
    else
        demo_say(demo, scenario,
                 "The partner is told at once, by mail to %s. Its mail server took it %.2f s after "
                 "the first refused record: \"%s\".",
                 notice->to, (double)(notice->mailed_us - notice->due_us) / 1e6, notice->receipt);
}

static void gather(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    struct json_object *cluster = find_cluster(demo, scenario->started_us);
    if (cluster == NULL)
        return;
    struct bytes message = json_member_text(cluster, "message");
    if (scenario->figures[SAID] == 0) {
        scenario->figures[SAID] = 1;
        demo_say(demo, scenario,
                 "Each of its records is refused, and durable as a dead letter before it is: "
                 "\"%.*s\".",
                 BYTES_ARG(message));
    }
    say_notice(demo, scenario, false);
    if (scenario_seconds(scenario, now_us) < trouble_s && !scenario->asked_to_stop)
        return;
    say_notice(demo, scenario, true);
    int64_t exceptions =
        demo_watch_exceptions(&demo->watch, "contract_violation", scenario->started_us);
    demo_say(demo, scenario,
             "%" PRId64 " dead letters have one cause, so they are one cluster, and %s. Version %d "
             "of the contract, which knows the new name, is promoted.",
             json_member_int(cluster, "count", 0),
             exceptions > 0 ? "one exception before the integrations team" : "are one thing to do",
             version_of(demo->intake.traffic.renamed));
    promote(demo, scenario);
    scenario_go(scenario, PROMOTE, now_us);
}

static void replay(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    struct json_object *cluster = find_cluster(demo, scenario->step_us);
    if (cluster == NULL)
        return;
    scenario_order(demo, scenario, "POST", "/v1/dead-letters/replay",
                   json_object_to_json_string_ext(json_object_object_get(cluster, "replay"),
                                                  JSON_C_TO_STRING_PLAIN));
    scenario_go(scenario, REPLAY, now_us);
}

static void take_results(struct demo *demo, struct demo_scenario *scenario)
{
    struct json_object *answer = scenario->order.answer;
    struct json_object *list = json_object_object_get(answer, "results");
    scenario->figures[LEADS] += json_member_int(answer, "leads", 0);
    scenario->figures[TOUCHPOINTS] += json_member_int(answer, "touchpoints", 0);
    scenario->figures[REFUSED_AGAIN] += json_member_int(answer, "refused", 0);
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        uint64_t lead;
        struct json_object *result = json_object_array_get_idx(list, i);
        if (lead_id_parse(json_member_text(result, "lead"), &lead))
            demo_intake_recover(&demo->intake, lead);
    }
}

/* Nothing is left, and as many came back as were refused. */
static void check(struct demo *demo, struct demo_scenario *scenario, int64_t now_us)
{
    int64_t *figures = scenario->figures;
    if (demo_watch_answer(&demo->watch, DEMO_DEAD_LETTERS, scenario->step_us) == NULL)
        return;
    if (find_cluster(demo, scenario->step_us) != NULL) {
        replay(demo, scenario, now_us);
        return;
    }
    int64_t refused = (int64_t)demo->intake.changed - figures[REFUSED_BEFORE];
    if (refused == 0 || figures[LEADS] + figures[TOUCHPOINTS] != refused ||
        figures[REFUSED_AGAIN] > 0)
        return;
    scenario_done(demo, scenario,
                  "%" PRId64 " records were refused while the contract did not know the new name. "
                  "All of them were replayed: %" PRId64 " are leads, with the time at which they "
                  "came, %" PRId64 " were about people who are known; none is left.",
                  refused, figures[LEADS], figures[TOUCHPOINTS]);
}

static int step(struct demo *demo, struct demo_scenario *scenario, int64_t now_us,
                struct error *err)
{
    (void)err;
    switch (scenario->step) {
    case BREAK: begin(demo, scenario, now_us); break;
    case GATHER: gather(demo, scenario, now_us); break;
    case PROMOTE:
        if (!scenario_answered(scenario, now_us) || scenario->order.status != 200)
            break;
        demo->intake.traffic.unsettled = false;
        scenario_go(scenario, LOOK, now_us);
        break;
    case LOOK: replay(demo, scenario, now_us); break;
    case REPLAY:
        if (!scenario_answered(scenario, now_us))
            break;
        take_results(demo, scenario);
        scenario_go(scenario, CHECK, now_us);
        break;
    default: check(demo, scenario, now_us); break;
    }
    return 0;
}

/* The partner goes back to the name that the contract knows. */
static void mend(struct demo *demo, struct demo_scenario *scenario)
{
    if (scenario->step <= PROMOTE && scenario->step > BREAK)
        demo->intake.traffic.renamed = !demo->intake.traffic.renamed;
    demo->intake.traffic.unsettled = false;
}

const struct demo_scenario_kind demo_schema_break = {
    .name = "schema-break",
    .title = "A partner renames a field",
    .about =
        "The partner portal's records break their contract. Watch dead letters: refused records "
        "gather in one cluster, and the partner is told by mail. Then a version of the contract "
        "that knows the new name is "
        "promoted, and the cluster is replayed.",
    .starts_s = 6,
    .limit_s = 60,
    .step = step,
    .mend = mend,
};
