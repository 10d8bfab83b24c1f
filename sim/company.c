/* Mesh files from tables. Between the four releases every strategy, every kind of relief, every
 * limit, every place a lead can go, every step of a ladder, every fallback and every measure of a
 * surge plan occurs, and changing from one to the next takes owners, pools, queues, classes, teams,
 * kinds, causes and rules away from under open leads, exceptions, surges, alerts and incidents.
 * Promises are of minutes: the clients and the clock of the simulation are in a hurry. */
#include "company.h"

static const char lead_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"email\":{\"type\":\"string\"},\"phone\":{\"type\":\"string\"},"
    "\"external_id\":{\"type\":\"string\"},\"country\":{\"type\":\"string\"},"
    "\"form\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"},"
    "\"campaign\":{\"type\":\"string\"},\"partner\":{\"type\":\"string\"},"
    "\"intent\":{\"type\":\"number\"},\"consent\":{\"type\":\"boolean\"},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}";

#define PIPELINE                                                                                \
    "pipeline: inbound\nowner: ops\nparams: {big: 5000, keen: 50.0}\nscore: 'lead.employees * " \
    "2'\n"

#define CLASS_HOT "  - {name: hot, when: 'lead.form == \"demo\"', return_after: 20m, "
#define CLASS_WARM "  - {name: warm, when: 'lead.intent > params.keen', "

#define CALENDARS                                                                           \
    "calendars:\n"                                                                          \
    "  - {id: berlin, time_zone: Europe/Berlin, hours: {mon-fri: \"09:00-12:00, "           \
    "13:00-18:00\"}, closed: [\"2023-12-25/2024-01-01\"]}\n"                                \
    "  - {id: chicago, time_zone: America/Chicago, hours: {mon-thu: \"08:00-17:00\", fri: " \
    "\"08:00-14:00\"}}\n"                                                                   \
    "  - {id: tokyo, time_zone: Asia/Tokyo, hours: {daily: \"22:00-06:00\"}}\n"

enum { SCHEMAS_MAX = 4, SYSTEMS_MAX = 8 };

/* A file of a destination or a provider: the end of it. */
struct company_system {
    const char *path, *text;
};

#define CRM_BEGINS                                                                          \
    "destination: crm\nkind: rest\nevents: [lead.captured, lead.assigned, lead.contacted, " \
    "lead.qualified]\ncreate: {url: '\"https://crm.example/leads\"', body: '{\"lead\": "    \
    "meta.id}'}\n"
#define CRM_SYNC                                                                                  \
    "sync: {webhook: true, lead: 'string(record.lead)', time: 'timestamp(record.time)', fields: " \
    "{owner: {from: 'record.owner', "                                                             \
    "authority: "
#define HOOK_BEGINS \
    "destination: hook\nkind: webhook\nurl: https://hook.example/\nsecret: {env: HOOK}\n"
#define PARTNERS                                                                             \
    {                                                                                        \
        "destinations/partners.yaml", "destination: partners\nkind: webhook\nsecret: {env: " \
                                      "HOOK}\n"                                              \
    }
#define MAIL                                                                              \
    {                                                                                     \
        "destinations/mail.yaml", "destination: mail\nkind: email\nserver: "              \
                                  "smtp://mail.example:25\nfrom: leads@company.example\n" \
    }
#define ASKED(name) \
    "provider: " name "\nkind: http\nrequest: {url: '\"https://" name ".example/\"'}\n"

struct company {
    const char *mesh; /* the end of mesh.yaml */
    const char *people, *pools;
    const char *clock, *routes;       /* of the pipeline */
    const char *alerts, *on_call;     /* alerts.yaml and on-call.yaml */
    const char *web, *ads;            /* the ends of sources/web.yaml and sources/ads.yaml */
    const char *schemas[SCHEMAS_MAX]; /* files of the versions of their contracts */
    const char *enrichment;           /* of the pipeline */
    struct company_system systems[SYSTEMS_MAX];
};

#define MAPPING "mapping: {email: payload.email}\n"

static const struct company companies[COMPANY_RELEASES] = {
    {
        /* Two pools in turn and by load; the small ones overflow into the large one. A canary that
           is soon given up. Every step of a ladder, on both clocks; a plan for surges. */
        "dead_letters: {keep: 12d}\n"
        "causes: [{name: bad_data, title: Bad data}, {name: nobody_there}, {name: policy_gap}]\n"
        "incidents: {drop: 10%, window: 1h, norm: 24h, at_least: 3, team: south}\n",
        CALENDARS "teams:\n  - {id: north, manager: rep0, email: north@company.example}\n"
                  "  - {id: south, manager: rep4}\n  - {id: desk, manager: rep8}\n"
                  "defaults: {capacity: 3, calendar: always}\nreps:\n"
                  "  - {id: rep0, team: north}\n  - {id: rep1, team: north, calendar: berlin}\n"
                  "  - {id: rep2, team: north, calendar: berlin, time_off: [\"2023-11-20\"]}\n"
                  "  - {id: rep3, team: south, calendar: chicago}\n  - {id: rep4, team: south}\n"
                  "  - {id: rep5, team: south}\n  - {id: rep6, team: south}\n"
                  "  - {id: rep7, calendar: tokyo}\n  - {id: rep8, team: desk}\n"
                  "  - {id: rep9, team: desk}\n",
        "pools:\n"
        "  - {id: dach, strategy: round_robin, members: [rep1, rep2, rep3], overflow: all, team: "
        "north, calendar: berlin}\n"
        "  - {id: all, strategy: least_loaded, members: [rep1, rep3, rep4, rep5, rep6, rep7, "
        "rep8], team: south}\n"
        "  - {id: vip, strategy: round_robin, members: [rep0, rep5], overflow: dach}\n"
        "  - {id: triage, strategy: round_robin, members: [rep8, rep9], team: desk}\n",
        "calendar: chicago\nclasses:\n" CLASS_HOT
        "objectives: {enriched: 2m, assigned: 60s, contacted: 5m, qualified: 1d}, "
        "acknowledgement: 10m}\n" CLASS_WARM
        "objectives: {enriched: 10m, assigned: 5m, contacted: 1h}, escalation: [{at: "
        "20%, do: remind}, {at: 60%, do: notify, team: desk}, {after: 30m, do: exception, team: "
        "desk, within: 20m}]}\n"
        "  - {name: standard, objectives: {assigned: 10m, contacted: {within: 4h, clock: "
        "business}, qualified: 2d}}\n"
        "escalation:\n"
        "  - {at: 50%, do: remind}\n"
        "  - {at: 80%, do: notify, on_duty: true}\n"
        "  - {after: 0s, do: take_back}\n"
        "  - {after: 10m, do: overflow, pool: triage}\n"
        "  - {after: 30m, do: exception, team: south, within: 1h}\n"
        "  - {objective: assigned, after: 1m, do: notify}\n"
        "  - {objective: assigned, after: 2m, do: overflow}\n"
        "  - {objective: assigned, after: 10m, do: exception}\n"
        "  - {objective: qualified, at: 50%, do: remind, on_duty: true}\n"
        "  - {objective: qualified, after: 6h, do: exception, team: desk, within: 2h}\n"
        "exceptions:\n"
        "  enrichment_timeout: {triage: triage, team: desk, within: 30m, fallback: [{remind: 10m}, "
        "dismiss]}\n"
        "  missing_email: {queue: validation, team: north, within: 6h, fallback: disqualify}\n"
        "  account_review: {team: north, within: 1h, fallback: {pool: all}}\n"
        "  objective_late: {team: north, within: 1h, fallback: [requeue, {team: south, within: "
        "2h}, disqualify]}\n"
        "  manual: {team: north, within: 1h, fallback: [{team: south, within: 30m}, dismiss]}\n"
        "surge:\n"
        "  detect: {start: 3x, end: 1.5x, window: 2m, at_least: 5}\n"
        "  exempt: [hot]\n  per_hour: 2\n  overflow: vip\n  triage: triage\n"
        "  params: {big: 8000}\n  nurture: {below: 9000, after: 2h}\n  at_most: 1h\n",
        "routes:\n"
        "  - {name: named, when: 'lead.employees > params.big', to: {rep: rep0}}\n"
        "  - {name: nobody-known, when: 'lead.employees < 400', to: {exception: missing_email}}\n"
        "  - {name: small, when: 'lead.employees < 800', to: {exception: account_review}}\n"
        "  - group: german\n    when: 'lead.country in [\"DE\", \"AT\", \"CH\"]'\n    routes:\n"
        "      - {name: try-out, percent: 30, to: {pool: all}}\n"
        "      - {name: dach, to: {pool: dach}}\n"
        "  - {name: tagged, when: '\"vip\" in lead.tags', to: {pool: vip}}\n"
        "  - {name: everyone, to: {pool: all}}\n",
        "group: 5s\nalerts:\n"
        "  - {name: backlog, metric: unassigned_backlog, over: 0, team: north, page: true, "
        "incident: true, repeat: 10m}\n"
        "  - {name: oldest-unassigned, over: 5m, team: south}\n"
        "  - {name: late, metric: late_count, over: 0, window: 1h, team: desk, page: true, repeat: "
        "1h}\n"
        "  - {name: hot-missed-few, over: 0, incident: true}\n"
        "  - {name: surge, page: true, team: north}\n"
        "  - {name: dead-letters, over: 1%, at_least: 2}\n"
        "  - {name: open-exceptions, over: 0, for: 1m, team: south}\n",
        "rotations:\n"
        "  - id: north\n    team: north\n    time_zone: Europe/Berlin\n    layers:\n"
        "      - {name: week, start: 2023-11-06, hand_over: \"daily 09:00\", every: 1d, people: "
        "[rep0, rep1, rep2]}\n",
        MAPPING "versions: [{version: 1}, {version: 2}]\ncontract: 1\n"
                "candidate: {version: 2, mode: canary, percent: 50, fall_back: {percent: 20, "
                "records: 3, within: 6h}}\n"
                "notify: {webhook: \"https://partner.example/hook\", every: 6h}\n",
        "",
        {"contracts/web/1.json", "contracts/web/2.json"},
        "enrichment:\n  providers:\n    - {provider: fraud, hold: fraud_suspected}\n"
        "    - {provider: facts, when: '!has(lead.country)'}\n    - {provider: clear}\n"
        "  reroute: {within: 2h, more_specific: true}\n",
        {{"destinations/crm.yaml", CRM_BEGINS "retry: {immediate: 1, short: {times: 3, from: 2s, "
                                              "to: 1m}, long: {from: 5m, to: 1h}, within: 6h}\n"
                                              "breaker: {failures: 3, pause: 30s, longest: 10m}\n"
                                              "concurrency: 2\n" CRM_SYNC
                                              "newest}, status: {from: 'record.status', authority: "
                                              "theirs}}}\nwrites: {owner: true, status: true}\n"},
         {"destinations/hook.yaml", HOOK_BEGINS "events: [\"lead.*\", exception.opened, "
                                                "alert.firing, release.activated]\n"},
         MAIL,
         PARTNERS,
         {"providers/facts.yaml", ASKED("facts") "breaker: {failures: 2, pause: 1m}\n"},
         {"providers/clear.yaml", ASKED("clear") "per_day: 200\ncache: 1h\n"},
         {"providers/fraud.yaml",
          ASKED("fraud") "verdict: response.body.why\nrate: 5\nretry: {within: 1h}\n"},
         {"notifications.yaml",
          "channels: {reps: {via: mail, hours: own, digest: 10m}, managers: {via: mail}, teams: "
          "{via: mail, digest: 30m}, on_call: {via: mail}, partners_by_email: {via: mail}, "
          "partners_by_webhook: {via: partners}}\n"}},
    },
    {
        /* Weights, tiers, former owners; some leads are put aside. A candidate in the shadow. Other
           teams, kinds and causes; surges are only noticed; one class has no ladder at all. */
        "dead_letters: {keep: 30d}\ncauses: [{name: bad_data}, {name: vendor_outage}]\n"
        "incidents: {drop: 0%}\n",
        "teams: [{id: west, manager: rep9}]\n"
        "defaults: {capacity: 5}\nreps:\n"
        "  - {id: rep0}\n  - {id: rep1, team: west}\n  - {id: rep2}\n  - {id: rep3}\n  - {id: "
        "rep4}\n"
        "  - {id: rep5}\n  - {id: rep6, capacity: {open: 5, per_hour: 2}}\n"
        "  - {id: rep7, time_zone: Asia/Tokyo, capacity: {open: 5, per_day: 3}}\n"
        "  - {id: rep8, team: west}\n  - {id: rep9, team: west}\n",
        "pools:\n"
        "  - id: dach\n    strategy: weighted\n"
        "    members: [{rep: rep1, weight: 3}, {rep: rep2, weight: 2}, rep3]\n"
        "  - id: all\n    strategy: score_ordered\n"
        "    tiers: [{name: first, min_score: 9000}, {name: second, min_score: 2000}, "
        "{name: third}]\n"
        "    members: [{rep: rep1, tier: first}, {rep: rep4, tier: first}, {rep: rep5, tier: "
        "second}, {rep: rep6, tier: second}, {rep: rep7, tier: third}, {rep: rep8, tier: third}]\n"
        "  - {id: vip, strategy: sticky, otherwise: round_robin, members: [rep0, rep5, rep9]}\n",
        "classes:\n" CLASS_HOT
        "objectives: {enriched: 5m, assigned: 2m, contacted: 10m}, escalation: "
        "[{objective: assigned, after: 1m, do: exception, within: 30m}, {after: 5m, do: "
        "take_back}, {after: 20m, do: exception}]}\n" CLASS_WARM
        "objectives: {assigned: 5m, contacted: 30m}, escalation: []}\n"
        "  - {name: standard, objectives: {enriched: 1h, assigned: 10m, contacted: 2h}}\n"
        "escalation: [{at: 10%, do: remind}, {after: 0s, do: overflow, pool: vip}]\n"
        "exceptions:\n"
        "  account_review: {team: west, within: 2h, fallback: [remind, requeue]}\n"
        "  objective_late: {team: west, within: 2h, fallback: [{pool: vip}, disqualify]}\n"
        "  odd: {title: Odd, queue: oddities, within: 3h, fallback: [{team: ops, within: 1h}, "
        "requeue]}\n"
        "surge: {detect: {start: 2x, end: 1.2x, window: 5m, at_least: 6}}\n",
        "routes:\n"
        "  - {name: nowhere, when: '!has(lead.country)', to: {exception: account_review, team: ops,"
        " within: 4h}}\n"
        "  - {name: odd, when: 'lead.employees < 500', to: {exception: odd}}\n"
        "  - {name: named, when: 'lead.employees > 7000', to: {rep: 'lead.employees > 8000 ? "
        "\"rep0\" : \"nobody\"'}}\n"
        "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\", \"CH\"]', to: {pool: dach}}\n"
        "  - {name: tagged, when: '\"vip\" in lead.tags', to: {pool: vip}}\n"
        "  - {name: cold, when: 'lead.country == \"JP\"', to: {nurture: newsletter, after: 6h}}\n"
        "  - {name: everyone, to: {pool: all}}\n",
        "alerts:\n"
        "  - {name: late, metric: late_rate, over: 10%, window: 2h, at_least: 2, team: west}\n"
        "  - {name: unassigned-backlog, off: true}\n"
        "  - {name: burn-rate, window: 1h, short_window: 5m, over: 100, at_least: 2, page: true}\n"
        "  - {name: enrichment-timeouts, at_least: 1, for: 1m, team: west, incident: true}\n",
        "rotations:\n"
        "  - id: west\n    team: west\n    time_zone: America/Chicago\n    layers:\n"
        "      - {name: week, start: 2023-11-06, hand_over: \"mon 09:00\", every: 1w, people: "
        "[rep9, rep8]}\n",
        MAPPING "versions: [{version: 1}, {version: 2}, {version: 3}]\ncontract: 2\n"
                "candidate: {version: 3}\n"
                "notify: {emails: [a@partner.example, b@partner.example], every: 24h}\n",
        MAPPING "versions: [{version: 1}]\nnotify: {emails: [ads@example.com], every: 12h}\n",
        {"contracts/web/1.json", "contracts/web/2.json", "contracts/web/3.json",
         "contracts/ads/1.json"},
        "enrichment: {providers: [clear], reroute: {within: 10m}}\n",
        {{"destinations/crm.yaml", CRM_BEGINS
          "retry: {immediate: 0, short: {times: 1, from: 10s, to: 10s}, within: 20m}\nbreaker: "
          "{failures: 2, pause: 1m, longest: 1m}\n" CRM_SYNC "ours}}}\n"},
         {"destinations/hook.yaml", HOOK_BEGINS
          "events: [lead.captured, lead.assigned]\nwhen: 'lead.country == \"DE\"'\nrate: 3\n"},
         {"destinations/chat.yaml", "destination: chat\nkind: slack\nurl: {env: CHAT}\nevents: "
                                    "[surge.started, incident.opened]\n"},
         {"providers/clear.yaml", ASKED("clear") "retry: {immediate: 0, short: {times: 0}, within: "
                                                 "30m}\n"},
         {"notifications.yaml", "channels: {teams: {via: chat}}\nmute: [reminder]\n"}},
    },
    {
        /* The last reps have left; nights are for those on call, or for another pool. No contracts,
           and nobody is told anything. A class has gone; ladders, exceptions and alerts are those
           that are built in. */
        "",
        CALENDARS "defaults: {capacity: 3, calendar: berlin}\nreps:\n"
                  "  - {id: rep0, calendar: always}\n  - {id: rep1}\n  - {id: rep2}\n"
                  "  - {id: rep3, calendar: tokyo}\n  - {id: rep4, calendar: chicago}\n"
                  "  - {id: rep5, calendar: always, capacity: {open: 3, per_hour: 1}}\n",
        "pools:\n"
        "  - {id: dach, strategy: sticky, otherwise: least_loaded, members: [rep1, rep2, rep3],"
        " overflow: all, off_duty: overflow, full: wait, calendar: tokyo}\n"
        "  - {id: all, strategy: round_robin, members: [rep1, rep3, rep4], off_duty: on_call,"
        " on_call: [rep2, rep5]}\n"
        "  - {id: vip, strategy: round_robin, members: [rep0, rep5]}\n",
        "calendar: chicago\nclasses:\n" CLASS_HOT
        "objectives: {assigned: 60s, contacted: 5m, qualified: 3h, clock: business}}\n"
        "  - {name: standard, objectives: {assigned: 30m, contacted: {within: 4h, clock: "
        "business}}}\n",
        "routes:\n"
        "  - {name: named, when: 'lead.employees > params.big', to: {rep: rep0}}\n"
        "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\", \"CH\"]', to: {pool: dach}}\n"
        "  - {name: tagged, when: '\"vip\" in lead.tags', to: {pool: vip}}\n"
        "  - {name: everyone, to: {pool: all}}\n",
        NULL,
        NULL,
        "",
        "",
        {NULL},
    },
    {
        /* The vip pool is gone; limits by hour and day everywhere. The first version has gone too.
           Surges put nearly everything aside; exceptions go round before they end. */
        "dead_letters: {keep: 8d}\ncauses: [{name: policy_gap}]\n"
        "incidents: {drop: 5%, window: 2h, norm: 48h, at_least: 2}\n",
        "teams: [{id: north, manager: rep4}]\n"
        "defaults: {capacity: {open: 3, per_hour: 2, per_day: 9}}\nreps:\n"
        "  - {id: rep0, time_zone: America/Chicago}\n  - {id: rep1, team: north}\n  - {id: rep2}\n"
        "  - {id: rep3}\n  - {id: rep4, team: north}\n  - {id: rep5}\n  - {id: rep6}\n  - {id: "
        "rep7}\n"
        "  - {id: rep8}\n  - {id: rep9}\n",
        "pools:\n"
        "  - {id: dach, strategy: least_loaded, members: [rep1, rep2, rep3]}\n"
        "  - id: all\n    strategy: weighted\n    overflow: dach\n"
        "    members: [rep1, rep3, {rep: rep4, weight: 2}, rep5, rep6, rep7, rep8]\n",
        "classes:\n" CLASS_HOT "objectives: {enriched: 1m, assigned: 60s, contacted: 5m}, "
        "acknowledgement: 2h}\n" CLASS_WARM
        "objectives: {assigned: 2m, contacted: 1h, qualified: 12h}}\n"
        "  - {name: standard, objectives: {assigned: 10m, contacted: 4h, qualified: 2d}}\n"
        "escalation:\n"
        "  - {at: 100%, do: notify, on_duty: true}\n  - {after: 10m, do: overflow}\n"
        "  - {after: 1h, do: exception}\n  - {objective: qualified, after: 1h, do: take_back}\n"
        "  - {objective: assigned, after: 30m, do: overflow, pool: dach}\n"
        "exceptions:\n"
        "  objective_late: {within: 1h, fallback: [remind, requeue, {pool: dach}, disqualify]}\n"
        "  account_review: {within: 1h, fallback: {pool: dach}}\n"
        "  enrichment_timeout: {within: 1h, fallback: requeue}\n"
        "  missing_email: {within: 1h, fallback: disqualify}\n"
        "surge:\n"
        "  detect: {start: 2x, end: 1.2x, window: 1m, at_least: 6}\n"
        "  per_hour: 1\n  nurture: {after: 1h}\n  params: {keen: 80.0}\n  at_most: 2m\n",
        "routes:\n"
        "  - {name: named, when: 'lead.employees > params.big', to: {rep: rep0}}\n"
        "  - {name: review, when: 'lead.employees < 500', to: {exception: account_review}}\n"
        "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\", \"CH\"]', to: {pool: dach}}\n"
        "  - {name: tagged, when: '\"vip\" in lead.tags', to: {pool: dach}}\n"
        "  - {name: evening, when: 'now.getHours(\"Europe/Berlin\") >= 18', to: {nurture: morning,"
        " after: 12h}}\n"
        "  - {name: everyone, to: {pool: all}}\n",
        "group: 1s\nalerts:\n"
        "  - {name: backlog, metric: unassigned_backlog, over: 2, team: north, page: true}\n"
        "  - {name: surge, off: true}\n  - {name: dead-letters, off: true}\n"
        "  - {name: late, metric: late_count, class: warm, over: 1, window: 6h, incident: true}\n",
        NULL,
        MAPPING "versions: [{version: 2}, {version: 3}]\ncontract: 2\n"
                "candidate: {version: 3, mode: canary, percent: 5, fall_back: never}\n",
        MAPPING "versions: [{version: 1}, {version: 2}]\ncontract: 1\n"
                "notify: {webhook: \"https://ads.example/hook\", every: 3h}\n",
        {"contracts/web/2.json", "contracts/web/3.json", "contracts/ads/1.json",
         "contracts/ads/2.json"},
        "enrichment: {providers: [{provider: facts}, {provider: clear, when: "
        "'!has(lead.employees)'}]}\n",
        {{"destinations/crm.yaml", CRM_BEGINS "retry: {immediate: 2, short: {times: 2, from: 1s, "
                                              "to: 4s}, within: 1h}\nbreaker: off\n"},
         MAIL,
         {"providers/facts.yaml", ASKED("facts")},
         {"providers/clear.yaml", ASKED("clear")},
         {"notifications.yaml", "channels: {reps: {via: mail}, on_call: {via: mail}}\nmute: "
                                "[assignment, ticket]\n"}},
    },
};

const char *company_rep(unsigned rep)
{
    static const char *const names[COMPANY_REPS] = {"rep0", "rep1", "rep2", "rep3", "rep4",
                                                    "rep5", "rep6", "rep7", "rep8", "rep9"};
    return names[rep % COMPANY_REPS];
}

/* Put together from a beginning that all companies share and an end of their own. */
static struct policy_file file_of(const char *path, const char *beginning, const char *end,
                                  struct arena *arena)
{
    return (struct policy_file){path, bytes_of(arena_printf(arena, "%s%s", beginning, end))};
}

static struct policy_release *compile(unsigned which, const struct policy_file *files, size_t count)
{
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct policy_release *release = NULL;
    struct error err = {0};
    if (policy_release_compile(files, count, &diagnostics, &release, &err) < 0)
        panic("the simulated mesh %u does not compile: %s:%u: %s", which,
              diagnostics.count ? diagnostics.items[0].file : "?",
              diagnostics.count ? diagnostics.items[0].line : 0,
              diagnostics.count ? diagnostics.items[0].message : err.message);
    policy_diagnostics_release(&diagnostics);
    return release;
}

struct policy_release *company_release(unsigned which)
{
    enum { FILES = 7, FILES_MAX = FILES + SCHEMAS_MAX + SYSTEMS_MAX + 2 };
    const struct company *company = &companies[which];
    const struct bytes anything = BYTES_LITERAL("true"); /* what breaks it, the clients say */
    struct arena arena;
    arena_init(&arena);
    struct policy_file files[FILES_MAX] = {
        file_of("mesh.yaml", "name: simulated\nowners:\n  - {name: ops, role: routing}\n",
                company->mesh, &arena),
        {"lead.schema.json", {lead_schema, sizeof lead_schema - 1}},
        {"people.yaml", bytes_of(company->people)},
        {"pools.yaml", bytes_of(company->pools)},
        file_of("sources/web.yaml", "source: web\ntitle: Web\nowner: ops\n", company->web, &arena),
        file_of("sources/ads.yaml", "source: ads\ntitle: Ads\nowner: ops\n", company->ads, &arena),
        file_of("pipelines/inbound.yaml", PIPELINE,
                arena_printf(&arena, "%s%s%s", company->clock,
                             company->enrichment != NULL ? company->enrichment : "",
                             company->routes),
                &arena),
    };
    size_t count = FILES;
    if (company->alerts != NULL)
        files[count++] = (struct policy_file){"alerts.yaml", bytes_of(company->alerts)};
    if (company->on_call != NULL)
        files[count++] = (struct policy_file){"on-call.yaml", bytes_of(company->on_call)};
    for (size_t i = 0; i < SCHEMAS_MAX && company->schemas[i] != NULL; i++)
        files[count++] = (struct policy_file){company->schemas[i], anything};
    for (size_t i = 0; i < SYSTEMS_MAX && company->systems[i].path != NULL; i++)
        files[count++] =
            (struct policy_file){company->systems[i].path, bytes_of(company->systems[i].text)};
    struct policy_release *release = compile(which, files, count);
    arena_release(&arena);
    return release;
}
