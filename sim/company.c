/* Mesh files from tables. Between the four releases every strategy, every kind of relief, every
 * limit and every place a lead can go occurs, and changing from one to the next takes owners, pools
 * and queues away from under open leads. */
#include "company.h"

static const char lead_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"email\":{\"type\":\"string\"},\"phone\":{\"type\":\"string\"},"
    "\"external_id\":{\"type\":\"string\"},\"country\":{\"type\":\"string\"},"
    "\"form\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"},"
    "\"intent\":{\"type\":\"number\"},\"consent\":{\"type\":\"boolean\"},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}";

#define CLASSES                                                                                  \
    "pipeline: inbound\nowner: ops\nparams: {big: 5000}\nclasses:\n"                             \
    "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {assigned: 60s, contacted: 5m}," \
    " return_after: 20m}\n"                                                                      \
    "  - {name: warm, when: 'lead.intent > 50.0', objectives: {assigned: 5m, contacted: 1h}}\n"  \
    "  - {name: standard, objectives: {assigned: 10m, contacted: 4h, qualified: 2d}}\n"          \
    "score: 'lead.employees * 2'\n"                                                              \
    "routes:\n"

#define CALENDARS                                                                           \
    "calendars:\n"                                                                          \
    "  - {id: berlin, time_zone: Europe/Berlin, hours: {mon-fri: \"09:00-12:00, "           \
    "13:00-18:00\"}, closed: [\"2023-12-25/2024-01-01\"]}\n"                                \
    "  - {id: chicago, time_zone: America/Chicago, hours: {mon-thu: \"08:00-17:00\", fri: " \
    "\"08:00-14:00\"}}\n"                                                                   \
    "  - {id: tokyo, time_zone: Asia/Tokyo, hours: {daily: \"22:00-06:00\"}}\n"

enum { SCHEMAS_MAX = 4 };
struct company {
    const char *mesh; /* the end of mesh.yaml */
    const char *people, *pools, *pipeline;
    const char *web, *ads;            /* the ends of sources/web.yaml and sources/ads.yaml */
    const char *schemas[SCHEMAS_MAX]; /* files of the versions of their contracts */
};

#define MAPPING "mapping: {email: payload.email}\n"

static const struct company companies[COMPANY_RELEASES] = {
    {
        /* Two pools in turn and by load; the small ones overflow into the large one. A canary that
           is soon given up. */
        "dead_letters: {keep: 12d}\n",
        CALENDARS "defaults: {capacity: 3, calendar: always}\nreps:\n"
                  "  - {id: rep0}\n  - {id: rep1, calendar: berlin}\n"
                  "  - {id: rep2, calendar: berlin, time_off: [\"2023-11-20\"]}\n"
                  "  - {id: rep3, calendar: chicago}\n  - {id: rep4}\n  - {id: rep5}\n"
                  "  - {id: rep6}\n  - {id: rep7, calendar: tokyo}\n  - {id: rep8}\n"
                  "  - {id: rep9}\n",
        "pools:\n"
        "  - {id: dach, strategy: round_robin, members: [rep1, rep2, rep3], overflow: all}\n"
        "  - {id: all, strategy: least_loaded, members: [rep1, rep3, rep4, rep5, rep6, rep7, "
        "rep8]}\n"
        "  - {id: vip, strategy: round_robin, members: [rep0, rep5], overflow: dach}\n",
        CLASSES
        "  - {name: named, when: 'lead.employees > params.big', to: {rep: rep0}}\n"
        "  - group: german\n    when: 'lead.country in [\"DE\", \"AT\", \"CH\"]'\n    routes:\n"
        "      - {name: try-out, percent: 30, to: {pool: all}}\n"
        "      - {name: dach, to: {pool: dach}}\n"
        "  - {name: tagged, when: '\"vip\" in lead.tags', to: {pool: vip}}\n"
        "  - {name: everyone, to: {pool: all}}\n",
        MAPPING "versions: [{version: 1}, {version: 2}]\ncontract: 1\n"
                "candidate: {version: 2, mode: canary, percent: 50, fall_back: {percent: 20, "
                "records: 3, within: 6h}}\n"
                "notify: {webhook: \"https://partner.example/hook\", every: 6h}\n",
        "",
        {"contracts/web/1.json", "contracts/web/2.json"},
    },
    {
        /* Weights, tiers, former owners; some leads are put aside. A candidate in the shadow. */
        "dead_letters: {keep: 30d}\n",
        "defaults: {capacity: 5}\nreps:\n"
        "  - {id: rep0}\n  - {id: rep1}\n  - {id: rep2}\n  - {id: rep3}\n  - {id: rep4}\n"
        "  - {id: rep5}\n  - {id: rep6, capacity: {open: 5, per_hour: 2}}\n"
        "  - {id: rep7, time_zone: Asia/Tokyo, capacity: {open: 5, per_day: 3}}\n"
        "  - {id: rep8}\n  - {id: rep9}\n",
        "pools:\n"
        "  - id: dach\n    strategy: weighted\n"
        "    members: [{rep: rep1, weight: 3}, {rep: rep2, weight: 2}, rep3]\n"
        "  - id: all\n    strategy: score_ordered\n"
        "    tiers: [{name: first, min_score: 9000}, {name: second, min_score: 2000}, "
        "{name: third}]\n"
        "    members: [{rep: rep1, tier: first}, {rep: rep4, tier: first}, {rep: rep5, tier: "
        "second}, {rep: rep6, tier: second}, {rep: rep7, tier: third}, {rep: rep8, tier: third}]\n"
        "  - {id: vip, strategy: sticky, otherwise: round_robin, members: [rep0, rep5, rep9]}\n",
        CLASSES
        "  - {name: nowhere, when: '!has(lead.country)', to: {exception: account_review, team: ops,"
        " within: 4h}}\n"
        "  - {name: named, when: 'lead.employees > 7000', to: {rep: 'lead.employees > 8000 ? "
        "\"rep0\" : \"nobody\"'}}\n"
        "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\", \"CH\"]', to: {pool: dach}}\n"
        "  - {name: tagged, when: '\"vip\" in lead.tags', to: {pool: vip}}\n"
        "  - {name: cold, when: 'lead.country == \"JP\"', to: {nurture: newsletter, after: 6h}}\n"
        "  - {name: everyone, to: {pool: all}}\n",
        MAPPING "versions: [{version: 1}, {version: 2}, {version: 3}]\ncontract: 2\n"
                "candidate: {version: 3}\n"
                "notify: {emails: [a@partner.example, b@partner.example], every: 24h}\n",
        MAPPING "versions: [{version: 1}]\nnotify: {emails: [ads@example.com], every: 12h}\n",
        {"contracts/web/1.json", "contracts/web/2.json", "contracts/web/3.json",
         "contracts/ads/1.json"},
    },
    {
        /* The last reps have left; nights are for those on call, or for another pool. No contracts,
           and nobody is told anything. */
        "",
        CALENDARS "defaults: {capacity: 3, calendar: berlin}\nreps:\n"
                  "  - {id: rep0, calendar: always}\n  - {id: rep1}\n  - {id: rep2}\n"
                  "  - {id: rep3, calendar: tokyo}\n  - {id: rep4, calendar: chicago}\n"
                  "  - {id: rep5, calendar: always, capacity: {open: 3, per_hour: 1}}\n",
        "pools:\n"
        "  - {id: dach, strategy: sticky, otherwise: least_loaded, members: [rep1, rep2, rep3],"
        " overflow: all, off_duty: overflow, full: wait}\n"
        "  - {id: all, strategy: round_robin, members: [rep1, rep3, rep4], off_duty: on_call,"
        " on_call: [rep2, rep5]}\n"
        "  - {id: vip, strategy: round_robin, members: [rep0, rep5]}\n",
        CLASSES
        "  - {name: named, when: 'lead.employees > params.big', to: {rep: rep0}}\n"
        "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\", \"CH\"]', to: {pool: dach}}\n"
        "  - {name: tagged, when: '\"vip\" in lead.tags', to: {pool: vip}}\n"
        "  - {name: everyone, to: {pool: all}}\n",
        "",
        "",
    },
    {
        /* The vip pool is gone; limits by hour and day everywhere. The first version has gone too.
         */
        "dead_letters: {keep: 8d}\n",
        "defaults: {capacity: {open: 3, per_hour: 2, per_day: 9}}\nreps:\n"
        "  - {id: rep0, time_zone: America/Chicago}\n  - {id: rep1}\n  - {id: rep2}\n"
        "  - {id: rep3}\n  - {id: rep4}\n  - {id: rep5}\n  - {id: rep6}\n  - {id: rep7}\n"
        "  - {id: rep8}\n  - {id: rep9}\n",
        "pools:\n"
        "  - {id: dach, strategy: least_loaded, members: [rep1, rep2, rep3]}\n"
        "  - id: all\n    strategy: weighted\n    overflow: dach\n"
        "    members: [rep1, rep3, {rep: rep4, weight: 2}, rep5, rep6, rep7, rep8]\n",
        CLASSES
        "  - {name: named, when: 'lead.employees > params.big', to: {rep: rep0}}\n"
        "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\", \"CH\"]', to: {pool: dach}}\n"
        "  - {name: tagged, when: '\"vip\" in lead.tags', to: {pool: dach}}\n"
        "  - {name: evening, when: 'now.getHours(\"Europe/Berlin\") >= 18', to: {nurture: morning,"
        " after: 12h}}\n"
        "  - {name: everyone, to: {pool: all}}\n",
        MAPPING "versions: [{version: 2}, {version: 3}]\ncontract: 2\n"
                "candidate: {version: 3, mode: canary, percent: 5, fall_back: never}\n",
        MAPPING "versions: [{version: 1}, {version: 2}]\ncontract: 1\n"
                "notify: {webhook: \"https://ads.example/hook\", every: 3h}\n",
        {"contracts/web/2.json", "contracts/web/3.json", "contracts/ads/1.json",
         "contracts/ads/2.json"},
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
    enum { FILES = 7, FILES_MAX = FILES + SCHEMAS_MAX };
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
        {"pipelines/inbound.yaml", bytes_of(company->pipeline)},
    };
    size_t count = FILES;
    for (size_t i = 0; i < SCHEMAS_MAX && company->schemas[i] != NULL; i++)
        files[count++] = (struct policy_file){company->schemas[i], anything};
    struct policy_release *release = compile(which, files, count);
    arena_release(&arena);
    return release;
}
