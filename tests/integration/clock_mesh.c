/* The files of the mesh with promises. */
#include "clock_mesh.h"

static const struct policy_file files[] = {
    {"mesh.yaml", BYTES_LITERAL("name: promises\n"
                                "owners:\n"
                                "  - {name: ops, role: routing, email: ops@x.example}\n"
                                "causes:\n"
                                "  - {name: bad_data, title: What was sent is wrong}\n"
                                "  - {name: vendor_outage}\n")},
    {"lead.schema.json",
     BYTES_LITERAL("{\"type\":\"object\",\"properties\":{"
                   "\"email\":{\"type\":\"string\"},\"phone\":{\"type\":\"string\"},"
                   "\"company\":{\"type\":\"string\"},"
                   "\"form\":{\"type\":\"string\"},\"campaign\":{\"type\":\"string\"},"
                   "\"employees\":{\"type\":\"integer\",\"minimum\":0}}}")},
    {"people.yaml", BYTES_LITERAL("teams:\n"
                                  "  - {id: desk, manager: ana, email: desk@x.example}\n"
                                  "  - {id: leads, manager: ben, email: leads@x.example}\n"
                                  "defaults: {capacity: 1000}\n"
                                  "reps: [{id: ana, team: desk}, {id: ben, team: desk}]\n")},
    {"pools.yaml", BYTES_LITERAL("pools:\n"
                                 "  - {id: all, strategy: round_robin, members: [ana, ben]}\n"
                                 "  - {id: triage, strategy: round_robin, members: [ben]}\n")},
    {"pipelines/inbound.yaml",
     BYTES_LITERAL(
         "pipeline: inbound\nowner: ops\n"
         "classes:\n"
         "  - name: hot\n"
         "    when: 'lead.form == \"demo\"'\n"
         "    objectives: {assigned: 60s, contacted: 5m}\n"
         "  - {name: standard, objectives: {contacted: 4h}}\n"
         "exceptions:\n"
         "  missing_email: {team: desk, within: 24h, fallback: disqualify}\n"
         "score: 'has(lead.employees) ? lead.employees : 0'\n"
         "routes:\n"
         "  - {name: no-phone, when: '!has(lead.phone)', to: {exception: missing_email}}\n"
         "  - {name: everyone, to: {pool: all}}\n")},
    {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\n")},
};

const struct policy_file *clock_mesh_files(size_t *ret_count)
{
    *ret_count = sizeof files / sizeof *files;
    return files;
}
