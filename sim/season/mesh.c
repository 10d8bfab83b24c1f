/* The company of the season: three offices in three time zones, whose clocks change on different
 * days, and a policy that uses every part of the clock. */
#include "season.h"

#include "base/time.h"

static const char mesh_yaml[] =
    "name: season\n"
    "owners:\n  - {name: ops, role: routing}\n  - {name: sales, role: sales_ops}\n"
    "causes:\n  - {name: bad_data}\n  - {name: nobody_there}\n  - {name: policy_gap}\n"
    "incidents: {drop: 10%, window: 24h, norm: 14d, at_least: 20, team: ops}\n";

static const char lead_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"email\":{\"type\":\"string\"},\"country\":{\"type\":\"string\"},"
    "\"form\":{\"type\":\"string\"},\"campaign\":{\"type\":\"string\"},"
    "\"intent\":{\"type\":\"integer\"},\"fit\":{\"type\":\"integer\"}}}";

static const char people_yaml[] =
    "calendars:\n"
    "  - {id: berlin, time_zone: Europe/Berlin, hours: {mon-fri: \"09:00-12:30, 13:00-17:30\"}, "
    "closed: [\"2026-04-03\", \"2026-04-06\", \"2026-05-01\"]}\n"
    "  - {id: chicago, time_zone: America/Chicago, hours: {mon-fri: \"08:00-17:00\"}, "
    "closed: [\"2026-05-25\"]}\n"
    "  - {id: sydney, time_zone: Australia/Sydney, hours: {mon-fri: \"08:30-17:00\"}}\n"
    "teams:\n"
    "  - {id: europe, manager: b0}\n  - {id: america, manager: c0}\n  - {id: oceania, manager: "
    "s0}\n"
    "  - {id: desk, manager: t0}\n"
    "defaults: {capacity: 12}\n"
    "reps:\n"
    "  - {id: b0, team: europe, calendar: berlin, capacity: 20}\n"
    "  - {id: b1, team: europe, calendar: berlin, time_off: [\"2026-03-16/2026-03-27\"]}\n"
    "  - {id: b2, team: europe, calendar: berlin, time_off: [\"2026-04-20/2026-04-24\"]}\n"
    "  - {id: b3, team: europe, calendar: berlin}\n"
    "  - {id: c0, team: america, calendar: chicago, capacity: 20}\n"
    "  - {id: c1, team: america, calendar: chicago, time_off: [\"2026-03-09/2026-03-13\"]}\n"
    "  - {id: c2, team: america, calendar: chicago}\n"
    "  - {id: s0, team: oceania, calendar: sydney, capacity: 20}\n"
    "  - {id: s1, team: oceania, calendar: sydney, time_off: [\"2026-04-01/2026-04-10\"]}\n"
    "  - {id: t0, team: desk, calendar: always, capacity: 60}\n"
    "  - {id: t1, team: desk, calendar: always, capacity: 60}\n";

static const char pools_yaml[] =
    "pools:\n"
    "  - {id: europe, strategy: round_robin, members: [b0, b1, b2, b3], team: europe, "
    "calendar: berlin, overflow: world, full: overflow, off_duty: wait}\n"
    "  - {id: america, strategy: least_loaded, members: [c0, c1, c2], team: america, "
    "calendar: chicago, overflow: world, full: overflow, off_duty: wait}\n"
    "  - {id: oceania, strategy: round_robin, members: [s0, s1], team: oceania, "
    "calendar: sydney}\n"
    "  - {id: world, strategy: least_loaded, members: [b0, b3, c0, c2, s0]}\n"
    "  - {id: desk, strategy: round_robin, members: [t0, t1], team: desk}\n";

static const char alerts_yaml[] =
    "group: 30s\n"
    "alerts:\n"
    "  - {name: backlog, metric: unassigned_backlog, over: 15, for: 5m, team: ops, page: true, "
    "incident: true, repeat: 4h}\n";

static const char on_call_yaml[] =
    "rotations:\n"
    "  - id: ops\n    team: ops\n    time_zone: Europe/Berlin\n    layers:\n"
    "      - {name: week, start: 2026-01-05, hand_over: \"mon 09:00\", every: 1w, people: [b0, "
    "c0, s0]}\n";

static const char pipeline_yaml[] =
    "pipeline: inbound\nowner: ops\ncalendar: berlin\nparams: {keen: 70}\n"
    "classes:\n"
    "  - name: hot\n"
    "    when: 'lead.form == \"demo\"'\n"
    "    objectives: {enriched: 10m, assigned: 60s, contacted: 5m, qualified: 2d}\n"
    "    return_after: 30m\n"
    "    acknowledgement: 1h\n"
    "    escalation:\n"
    "      - {objective: assigned, after: 0s, do: notify}\n"
    "      - {objective: assigned, after: 30m, do: overflow, pool: desk}\n"
    "      - {objective: assigned, after: 2h, do: exception, team: sales, within: 1h}\n"
    "      - {at: 50%, do: remind}\n"
    "      - {at: 80%, do: notify}\n"
    "      - {after: 0s, do: take_back}\n"
    "      - {after: 10m, do: overflow, pool: desk}\n"
    "      - {after: 1h, do: exception, team: sales, within: 2h}\n"
    "      - {objective: qualified, at: 90%, do: remind, on_duty: true}\n"
    "      - {objective: qualified, after: 1d, do: exception, team: sales, within: 1d}\n"
    "  - name: keen\n"
    "    when: 'lead.intent >= params.keen'\n"
    "    objectives: {assigned: 30m, contacted: 4h, qualified: 5d, clock: business}\n"
    "  - {name: rest, objectives: {assigned: 1d, contacted: 3d, qualified: 10d}}\n"
    "score: 'lead.intent'\n"
    "escalation:\n"
    "  - {objective: assigned, after: 1h, do: notify, on_duty: true}\n"
    "  - {objective: assigned, after: 8h, do: exception, team: sales, within: 4h}\n"
    "  - {at: 50%, do: remind, on_duty: true}\n"
    "  - {after: 0s, do: notify, on_duty: true}\n"
    "  - {after: 4h, do: take_back}\n"
    "  - {after: 8h, do: exception, team: sales, within: 4h}\n"
    "  - {objective: qualified, at: 80%, do: remind}\n"
    "  - {objective: qualified, after: 1d, do: exception, team: sales, within: 1d}\n"
    "exceptions:\n"
    "  enrichment_timeout: {team: ops, within: 4h, triage: desk, fallback: dismiss}\n"
    "  missing_email: {team: ops, within: 24h, fallback: disqualify}\n"
    "  account_review: {team: sales, within: 48h, fallback: [requeue, disqualify]}\n"
    "  objective_late: {team: sales, within: 4h, fallback: [requeue, {team: ops, within: 8h}, "
    "disqualify]}\n"
    "  manual: {team: ops, within: 8h, fallback: dismiss}\n"
    "surge:\n"
    "  detect: {start: 3x, end: 1.5x, window: 10m, at_least: 15}\n"
    "  exempt: [hot]\n"
    "  per_hour: 4\n"
    "  overflow: world\n"
    "  triage: desk\n"
    "  params: {keen: 85}\n"
    "  nurture: {below: 30, after: 3d}\n"
    "  at_most: 6h\n"
    "routes:\n"
    "  - {name: no-address, when: '!has(lead.email)', to: {exception: missing_email}}\n"
    "  - {name: accounts, when: 'lead.fit >= 90 && lead.intent < 20', to: {exception: "
    "account_review}}\n"
    "  - {name: readers, when: 'lead.form == \"newsletter\"', to: {nurture: newsletter, after: "
    "7d}}\n"
    "  - {name: europe, when: 'lead.country in [\"DE\", \"FR\"]', to: {pool: europe}}\n"
    "  - {name: america, when: 'lead.country == \"US\"', to: {pool: america}}\n"
    "  - {name: oceania, when: 'lead.country == \"AU\"', to: {pool: oceania}}\n"
    "  - {name: everyone, to: {pool: world}}\n";

struct policy_release *season_release(void)
{
    const struct policy_file files[] = {
        {"mesh.yaml", {mesh_yaml, sizeof mesh_yaml - 1}},
        {"lead.schema.json", {lead_schema, sizeof lead_schema - 1}},
        {"people.yaml", {people_yaml, sizeof people_yaml - 1}},
        {"pools.yaml", {pools_yaml, sizeof pools_yaml - 1}},
        {"alerts.yaml", {alerts_yaml, sizeof alerts_yaml - 1}},
        {"on-call.yaml", {on_call_yaml, sizeof on_call_yaml - 1}},
        {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\n")},
        {"sources/ads.yaml", BYTES_LITERAL("source: ads\nowner: ops\n")},
        {"pipelines/inbound.yaml", {pipeline_yaml, sizeof pipeline_yaml - 1}},
    };
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct policy_release *release = NULL;
    struct error err = {0};
    if (policy_release_compile(files, sizeof files / sizeof *files, &diagnostics, &release, &err) <
        0)
        panic("the mesh of the season does not compile: %s:%u: %s",
              diagnostics.count ? diagnostics.items[0].file : "?",
              diagnostics.count ? diagnostics.items[0].line : 0,
              diagnostics.count ? diagnostics.items[0].message : err.message);
    policy_diagnostics_release(&diagnostics);
    return release;
}

/* ---- the longest way */

/* An amount of working time, in the worst case: eight hours a day, five days of seven, and a long
 * weekend with holidays on both sides. */
static int64_t on_the_wall(int64_t amount_us, bool business)
{
    if (!business)
        return amount_us;
    int64_t working_day_us = TIME_US_PER_DAY / 3;
    int64_t days = (amount_us + working_day_us - 1) / working_day_us + 1;
    return (days * 7 / 5 + 6) * TIME_US_PER_DAY;
}

static int64_t longest_ladder_us(const struct policy_class *class)
{
    int64_t longest_us = 0;
    for (int o = POLICY_ASSIGNED; o < POLICY_OBJECTIVES; o++) {
        const struct policy_promise *promise = &class->objectives[o];
        const struct policy_escalation *ladder = &class->ladders[o];
        int64_t delay_us = ladder->count > 0 ? ladder->steps[ladder->count - 1].after_us : 0;
        longest_us += on_the_wall(promise->within_us + delay_us, promise->business);
    }
    return longest_us;
}

int64_t season_longest_us(const struct policy_release *release)
{
    int64_t ladder_us = 0, nurture_us = release->surge.plan.nurture_after_us, decisions_us = 0;
    int64_t most_fallbacks = 1;
    for (size_t i = 0; i < release->class_count; i++) {
        int64_t one_us = longest_ladder_us(&release->classes[i]);
        ladder_us = one_us > ladder_us ? one_us : ladder_us;
    }
    for (size_t i = 0; i < release->route_count; i++)
        if (release->routes[i].target == POLICY_TO_NURTURE)
            nurture_us += release->routes[i].delay_us;
    for (size_t i = 0; i < release->exception_count; i++) {
        const struct policy_exception *kind = &release->exceptions[i];
        decisions_us = kind->within_us > decisions_us ? kind->within_us : decisions_us;
        if ((int64_t)kind->fallback_count > most_fallbacks)
            most_fallbacks = (int64_t)kind->fallback_count;
    }
    /* Each fallback may bring one more round of working on it, and one more decision. */
    return nurture_us + (most_fallbacks + 1) * (ladder_us + decisions_us);
}
