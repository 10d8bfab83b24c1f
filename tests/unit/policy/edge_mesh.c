/* Reading records under a contract. */
#include "edge_mesh.h"

void edge_init_mesh(struct edge *edge, const struct mesh *mesh)
{
    *edge = (struct edge){.release = mesh_compile(mesh), .scratch = policy_edge_scratch_new()};
    arena_init(&edge->arena);
}

void edge_init(struct edge *edge, const char *source, const char *schema, const char *second)
{
    struct arena arena;
    struct mesh mesh;
    arena_init(&arena);
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/web.yaml",
             arena_printf(&arena, "source: web\nowner: ops\n%s", source));
    mesh_set(&mesh, "contracts/web/1.json", schema);
    mesh_set(&mesh, "contracts/web/2.json", second);
    edge_init_mesh(edge, &mesh);
    arena_release(&arena);
}

void edge_release(struct edge *edge)
{
    policy_edge_scratch_free(edge->scratch);
    policy_release_unref(edge->release);
    arena_release(&edge->arena);
}

const struct contract_instance *edge_parse(struct edge *edge, const char *json)
{
    const struct contract_instance *instance = NULL;
    struct error err = {0};
    if (contract_instance_parse(bytes_of(json), NULL, &edge->arena, &instance, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    return instance;
}

const struct policy_edge_result *edge_read(struct edge *edge, uint32_t version, const char *json)
{
    struct policy_payload payload = {.data = edge_parse(edge, json)};
    policy_edge_read(edge->release, 0, version, &payload, edge->scratch, &edge->arena,
                     &edge->result);
    return &edge->result;
}

static const struct cel_value *value_of(const struct edge *edge, uint32_t field)
{
    const struct policy_problems *problems = &edge->result.problems;
    if (edge->result.outcome == POLICY_EDGE_REFUSED)
        fail_msg("refused: %s (%s)", problems->items[0].message, problems->items[0].rule);
    assert_int_equal(edge->result.outcome, POLICY_EDGE_LEAD);
    return &edge->result.values[field];
}

void edge_has_text(const struct edge *edge, uint32_t field, const char *text)
{
    const struct cel_value *value = value_of(edge, field);
    assert_int_equal(value->kind, CEL_STRING);
    assert_int_equal(value->string.size, strlen(text));
    assert_memory_equal(value->string.data, text, strlen(text));
}

void edge_has_integer(const struct edge *edge, uint32_t field, int64_t integer)
{
    const struct cel_value *value = value_of(edge, field);
    assert_int_equal(value->kind, CEL_INT);
    assert_int_equal(value->integer, integer);
}

void edge_lacks(const struct edge *edge, uint32_t field)
{
    assert_int_equal(value_of(edge, field)->kind, CEL_ABSENT);
}

void edge_was_refused(const struct edge *edge, const char *rule, const char *pointer,
                      const char *message)
{
    const struct policy_problem *first = &edge->result.problems.items[0];
    assert_int_equal(edge->result.outcome, POLICY_EDGE_REFUSED);
    assert_true(edge->result.problems.count > 0);
    assert_string_equal(first->message, message);
    assert_string_equal(first->rule, rule);
    assert_string_equal(first->pointer, pointer);
}
