/* The mesh as text. */
#include "rich_mesh.h"

static const struct policy_file files[] = {
    {"mesh.yaml", BYTES_LITERAL("name: rich\n"
                                "owners:\n"
                                "  - {name: ops, role: routing, email: ops@rich.example}\n")},
    {"lead.schema.json",
     BYTES_LITERAL("{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"email\"],"
                   "\"properties\":{"
                   "\"email\":{\"type\":\"string\",\"x-pii\":true},"
                   "\"country\":{\"type\":\"string\",\"maxLength\":4},"
                   "\"company\":{\"type\":\"string\"},"
                   "\"employees\":{\"type\":\"integer\",\"minimum\":0},"
                   "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}")},
    {"people.yaml",
     BYTES_LITERAL("calendars:\n"
                   "  - {id: office, time_zone: Europe/Berlin, hours: {mon-fri: \"09:00-17:00\"},\n"
                   "     closed: [\"2020-01-01/2099-12-31\"]}\n"
                   "defaults: {capacity: 100, calendar: always}\n"
                   "teams: [{id: desk, title: The desk, manager: ana, email: desk@rich.example}]\n"
                   "reps:\n"
                   "  - {id: ana, name: Ana, team: desk}\n"
                   "  - {id: ben, name: Ben, capacity: {open: 100, per_hour: 50, per_day: 60}}\n"
                   "  - {id: cem, name: Cem}\n"
                   "  - {id: dia, name: Dia, calendar: office}\n")},
    {"pools.yaml",
     BYTES_LITERAL("pools:\n"
                   "  - {id: dach, title: DACH, strategy: round_robin, members: [ana, ben],\n"
                   "     overflow: rest}\n"
                   "  - {id: us, strategy: weighted, members: [{rep: ana, weight: 2}, cem]}\n"
                   "  - {id: best, strategy: score_ordered,\n"
                   "     tiers: [{name: senior, min_score: 100}, {name: junior}],\n"
                   "     members: [{rep: ana, tier: senior}, {rep: ben, tier: junior}]}\n"
                   "  - {id: night, strategy: sticky, otherwise: round_robin, members: [dia],\n"
                   "     off_duty: on_call, on_call: [cem]}\n"
                   "  - {id: rest, title: Everyone, strategy: least_loaded,\n"
                   "     members: [ana, ben, cem, dia]}\n")},
    {"sources/web.yaml", BYTES_LITERAL("source: web\ntitle: Our forms\nowner: ops\n")},
    {"sources/partner.yaml",
     BYTES_LITERAL("source: partner\nowner: ops\ncontract: 1\n"
                   "versions:\n"
                   "  - {version: 1, mapping: {email: payload.mail}}\n"
                   "  - {version: 2, mapping: {email: 'payload.mail + \"@x.example\"'}}\n"
                   "notify: {webhook: \"https://partner.example/hook\", emails: [p@x.example]}\n")},
    {"contracts/partner/1.json",
     BYTES_LITERAL("{\"required\":[\"mail\"],\"properties\":{\"mail\":{\"type\":\"string\","
                   "\"format\":\"email\"}}}")},
    {"contracts/partner/2.json",
     BYTES_LITERAL("{\"required\":[\"mail\"],\"properties\":{\"mail\":{\"type\":\"string\"}}}")},
    {"territories/dach.csv", BYTES_LITERAL("country\nDE\nAT\nCH\n")},
    {"tables/accounts.csv", BYTES_LITERAL("domain,name,owner,seats:int\n"
                                          "acme.example,Acme Corporation,cem,50\n"
                                          "globex.example,Globex,ana,20\n")},
    {"accounts.yaml", BYTES_LITERAL("accounts:\n"
                                    "  table: accounts\n"
                                    "  name: name\n"
                                    "  domains: [lead.email]\n"
                                    "  names: [lead.company]\n")},
    {"pipelines/inbound.yaml",
     BYTES_LITERAL(
         "pipeline: inbound\nowner: ops\nparams: {enterprise: 1000, ratio: 0.5, on: true}\n"
         "calendar: office\n"
         "exceptions:\n"
         "  account_review: {fallback: [{remind: 2h}, {team: ops, within: 1d}, {pool: rest}]}\n"
         "surge: {detect: {at_least: 1000000}, exempt: [hot], per_hour: 1000, overflow: rest,\n"
         "  params: {enterprise: 2000, ratio: 1, on: false}, nurture: {below: -10, after: 1h}}\n"
         "classes:\n"
         "  - {name: hot, when: 'has(lead.employees) && lead.employees >= params.enterprise',\n"
         "     objectives: {assigned: 60s, contacted: 5m}, return_after: 30m}\n"
         "  - {name: standard, objectives: {assigned: 5m, contacted: 4h, "
         "qualified: {within: 10d, clock: business}}}\n"
         "score: 'has(lead.employees) ? lead.employees / 10 : 0'\n"
         "routes:\n"
         "  - {name: nobody, when: 'lead.country == \"AQ\"',\n"
         "     to: {exception: account_review, team: desk, within: 4h}}\n"
         "  - {name: later, when: 'lead.country == \"MOON\"', to: {nurture: newsletter, after: "
         "1h}}\n"
         "  - {name: known, when: 'has(account.owner)', to: {rep: account.owner}}\n"
         "  - group: experiments\n"
         "    when: 'has(lead.tags)'\n"
         "    routes:\n"
         "      - {name: half, when: '\"test\" in lead.tags', percent: 50, to: {pool: best}}\n"
         "  - {name: dach, when: 'lead.country in territory.dach', to: {pool: dach}}\n"
         "  - {name: us, when: 'lead.country == \"US\"', to: {pool: us}}\n"
         "  - {name: dark, when: 'lead.country == \"XX\"', to: {pool: night}}\n"
         "  - {name: everyone, to: {pool: rest}}\n")},
};

const struct policy_file *rich_mesh_files(size_t *ret_count)
{
    *ret_count = sizeof files / sizeof *files;
    return files;
}
