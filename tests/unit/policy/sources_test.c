/* Sources with contracts: what a release holds of them, and every way a person can get one wrong. */
#include "mesh.h"

#include "base/time.h"
#include "policy/edge/kind.h"

#define SCHEMA                                                                                 \
    "{\"type\": \"object\", \"required\": [\"mail\"], \"properties\": {\n"                     \
    "  \"mail\": {\"type\": \"string\", \"format\": \"email\"},\n"                             \
    "  \"staff\": {\"type\": \"integer\"}, \"phone\": {\"type\": \"string\"}}}"
#define SOURCE_OF(rest) "source: web\nowner: ops\n" rest
#define MAPPING "mapping: {email: normalize_email(payload.mail), country: '\"DE\"'}\n"

static void with_contract(struct mesh *mesh, const char *source)
{
    mesh_init(mesh);
    mesh_set(mesh, "sources/web.yaml", source);
    mesh_set(mesh, "contracts/web/1.json", SCHEMA);
}

static struct policy_release *compile(const char *source)
{
    struct mesh mesh;
    with_contract(&mesh, source);
    return mesh_compile(&mesh);
}

static void a_version_has_a_schema_and_a_mapping(void **state)
{
    (void)state;
    struct policy_release *release = compile(SOURCE_OF("versions: [{version: 1}]\n" MAPPING));
    const struct policy_source *source = &release->sources[0];
    assert_int_equal(source->contract_count, 1);
    const struct policy_contract *contract = policy_contract_find(source, 1);
    assert_non_null(contract);
    assert_non_null(contract->schema);
    assert_true(bytes_is(contract->schema_text, SCHEMA));
    assert_int_equal(contract->mapping_count, 2);
    assert_string_equal(release->schema.fields[contract->mappings[0].field].name, "email");
    assert_string_equal(contract->mappings[0].text, "normalize_email(payload.mail)");
    assert_non_null(contract->mappings[0].program);
    assert_null(contract->key);
    assert_null(contract->skip);
    assert_int_equal(source->rollout.active, 1);
    assert_int_equal(source->rollout.candidate, 0);
    policy_release_unref(release);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_has_a_schema_and_a_mapping),
    };
    return cmocka_run_group_tests_name("policy_sources", tests, NULL, NULL);
}
