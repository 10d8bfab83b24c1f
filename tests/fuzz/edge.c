/* Any bytes as a payload: under a contract with every kind of mapping, and without one. A lead that
 * comes out is the same again when it is written and read; without a contract both readers agree; a
 * refusal says where and why; what the shadow says is JSON. */
#include "policy/edge/edge.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *path;
    const char *text;
} files[] = {
    {"mesh.yaml", "name: fuzz\nowners: [{name: ops, role: routing}]\n"},
    {"lead.schema.json",
     "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
     "\"email\":{\"type\":\"string\",\"maxLength\":60},\"phone\":{\"type\":\"string\"},"
     "\"external_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},"
     "\"country\":{\"type\":\"string\",\"enum\":[\"DE\",\"FR\"]},"
     "\"employees\":{\"type\":\"integer\",\"minimum\":0},\"revenue\":{\"type\":\"number\"},"
     "\"consent\":{\"type\":\"boolean\"},\"at\":{\"type\":\"string\"},"
     "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}"},
    {"people.yaml", "reps: [{id: ana}]\n"},
    {"pools.yaml", "pools: [{id: all, members: [ana]}]\n"},
    {"pipelines/inbound.yaml", "pipeline: inbound\nowner: ops\nclasses: [{name: all}]\n"
                               "routes: [{name: everyone, to: {pool: all}}]\n"},
    {"contracts/a/1.json", "{\"type\":[\"object\",\"array\"]}"},
    {"contracts/a/2.json",
     "{\"type\":\"object\",\"required\":[\"e\"],\"properties\":{\"e\":{\"type\":\"string\","
     "\"format\":\"email\"},\"n\":{\"multipleOf\":0.5},\"t\":{\"items\":{\"$ref\":"
     "\"#/$defs/t\"},\"uniqueItems\":true}},\"$defs\":{\"t\":{\"maxLength\":5}}}"},
    {"sources/a.yaml",
     "source: a\nowner: ops\ncontract: 1\nsplit: payload.l\n"
     "key: string(payload.i)\nskip: payload.s\nmapping:\n"
     "  email: normalize_email(payload.e)\n"
     "  phone: 'normalize_phone(payload.p, \"DE\")'\n"
     "  external_id: payload.i\n"
     "  domain: registrable_domain(payload.e)\n"
     "  country: country_code(payload.c)\n"
     "  employees: payload.n\n"
     "  revenue: 'parse_number(payload.r, \"\")'\n"
     "  consent: parse_boolean(payload.b)\n"
     "  at: 'parse_time(payload.a, \"UTC\")'\n"
     "  tags: payload.t.map(t, t + \"!\")\n"
     "versions:\n"
     "  - version: 1\n"
     "  - version: 2\n"
     "    mapping: {external_id: payload.e, employees: null, country: null, phone: null, "
     "domain: null, revenue: payload.n, consent: null, at: null, tags: payload.t}\n"
     "    key: null\n    skip: null\n"},
    {"sources/b.yaml", "source: b\nowner: ops\nconstants: {country: DE}\nmap: {phone: p}\n"},
};
enum { FILES = sizeof files / sizeof *files, CONTRACTED = 0, SIMPLE = 1 };

static struct policy_release *release;
static struct policy_edge_scratch *scratch;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct policy_file given[FILES];
    struct policy_diagnostics diagnostics;
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < FILES; i++)
        given[i] = (struct policy_file){files[i].path, bytes_of(files[i].text)};
    policy_diagnostics_init(&diagnostics);
    if (policy_release_compile(given, FILES, &diagnostics, &release, NULL) != 0) {
        for (size_t i = 0; i < diagnostics.count; i++)
            fprintf(stderr, "%s:%u: %s\n", diagnostics.items[i].file, diagnostics.items[i].line,
                    diagnostics.items[i].message);
        abort();
    }
    policy_diagnostics_release(&diagnostics);
    scratch = policy_edge_scratch_new();
    return 0;
}

static void write(const struct cel_value *values, struct buffer *out)
{
    struct json_writer json;
    buffer_init(out, 64 * 1024 * 1024);
    json_begin(&json, out);
    policy_record_write_json(&release->schema, values, &json);
}

static void check_same(const struct cel_value *a, const struct cel_value *b)
{
    struct buffer left, right;
    write(a, &left);
    write(b, &right);
    if (!bytes_equal(buffer_bytes(&left), buffer_bytes(&right)))
        abort();
    buffer_release(&left);
    buffer_release(&right);
}

/* Written and read again it is the same. */
static void check_lead(const struct cel_value *values, struct arena *arena)
{
    struct cel_value again[POLICY_FIELDS_MAX];
    struct buffer text;
    struct json_object *tree;
    write(values, &text);
    if (json_parse(buffer_bytes(&text), &tree, NULL) != 0)
        abort();
    policy_record_from_canonical(&release->schema, tree, arena, again);
    check_same(values, again);
    json_object_put(tree);
    buffer_release(&text);
}

static void check_result(const struct policy_edge_result *result, struct arena *arena)
{
    if (result->outcome == POLICY_EDGE_LEAD)
        check_lead(result->values, arena);
    if (result->outcome == POLICY_EDGE_SKIPPED && result->skip_reason == NULL)
        abort();
    if (result->outcome != POLICY_EDGE_REFUSED)
        return;
    if (result->problems.count == 0)
        abort();
    for (size_t i = 0; i < result->problems.count; i++) {
        const struct policy_problem *problem = &result->problems.items[i];
        if ((problem->pointer[0] != '\0' && problem->pointer[0] != '/') ||
            problem->message[0] == '\0' || problem->rule == NULL ||
            !bytes_is_utf8(bytes_of(problem->message)) ||
            !bytes_is_utf8(bytes_of(problem->pointer)))
            abort();
    }
    struct bytes kind = policy_edge_violation(&result->problems, arena);
    if (kind.size == 0 || !bytes_is_utf8(kind))
        abort();
}

static void check_contract(const struct policy_payload *payload, struct arena *arena)
{
    const struct policy_payload *pieces;
    struct policy_edge_result result;
    size_t count, members;
    policy_edge_split(release, CONTRACTED, payload, scratch, arena, &pieces, &count);
    for (size_t i = 0; i < count && i < 100; i++) {
        policy_edge_read(release, CONTRACTED, 1, &pieces[i], scratch, arena, &result);
        check_result(&result, arena);
        struct bytes shadow =
            policy_edge_shadow(release, CONTRACTED, 2, &pieces[i], &result, scratch, arena);
        if (json_check(shadow, &members, NULL) != 0)
            abort();
        check_result(&result, arena); /* the shadow has not touched it */
    }
}

/* What the quick reader takes is read alike. */
static void check_simple(const struct policy_payload *payload, struct bytes text,
                         struct arena *arena)
{
    struct cel_value values[POLICY_FIELDS_MAX];
    struct policy_edge_result result;
    policy_edge_read(release, SIMPLE, 0, payload, scratch, arena, &result);
    check_result(&result, arena);
    if (!policy_record_from_text(release, SIMPLE, text, arena, values))
        return;
    if (result.outcome != POLICY_EDGE_LEAD)
        abort();
    check_same(values, result.values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {(const char *)data, size};
    struct policy_payload payload = {0};
    struct arena arena;
    arena_init(&arena);
    if (contract_instance_parse(text, NULL, &arena, &payload.data, NULL) == 0) {
        check_contract(&payload, &arena);
        check_simple(&payload, text, &arena);
    }
    arena_release(&arena);
    return 0;
}
