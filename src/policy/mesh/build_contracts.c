/* What a source agreed with those who send: the versions of its contract, the schema of each and
 * how its records become leads, which one is in force, and which is tried. */
#include "policy/internal.h"

#include "base/time.h"
#include "policy/edge/kind.h"

#include <stdlib.h>

enum { FALL_BACK_RECORDS_DEFAULT = 20, FALL_BACK_VIOLATIONS_DEFAULT = 500 };
#define FALL_BACK_WINDOW_DEFAULT_US (INT64_C(600) * TIME_US_PER_SECOND)

/* One source being read. */
struct reading {
    struct policy_build *build;
    const struct policy_node *node;
    struct policy_source *source;
    const struct policy_kind *kind; /* whose data is the base; NULL: none, or a stored release */
    struct policy_contract *contracts;
};

/* A node, or the text of a kind. */
struct expression {
    const struct policy_node *node;
    const char *text;
};

/* ---- expressions */

/* The member of `object`, as it stands there: NULL is not there, and a null is a null. */
static const struct policy_node *find_item(const struct policy_node *object, const char *key)
{
    for (const struct policy_item *item = policy_node_items(object, POLICY_NODE_OBJECT);
         item != NULL; item = item->next)
        if (bytes_is(item->key->text, key))
            return item->value;
    return NULL;
}

/* What a version says, else what its source says, else the kind. */
static struct expression choose(const struct reading *reading, const struct policy_node *version,
                                const char *key, const char *of_kind)
{
    const struct policy_node *own = find_item(version, key);
    if (own == NULL)
        own = find_item(reading->node, key);
    return own != NULL ? (struct expression){own, NULL} : (struct expression){NULL, of_kind};
}

/* NULL, reported, when it cannot be compiled; NULL when there is none. `what` is for sentences. */
static const struct cel_program *build_expression(const struct reading *reading,
                                                  struct expression expression, const char *what,
                                                  uint32_t kinds, const char *kinds_text,
                                                  const char **ret_text)
{
    struct policy_build *build = reading->build;
    const struct policy_node *place =
        expression.node != NULL ? expression.node : policy_node_get(reading->node, "kind");
    const char *kind = reading->kind == NULL ? "" : reading->kind->name;
    const struct cel_program *program = NULL;
    *ret_text = NULL;
    if (expression.node != NULL) {
        program = policy_contract_expression_build(build, expression.node, NULL, ret_text);
    } else if (expression.text != NULL && build->release->schema.count > 0) {
        struct cel_diagnostic diagnostic;
        *ret_text = expression.text;
        program =
            policy_contract_expression_compile(build, bytes_of(expression.text), NULL, &diagnostic);
        if (program == NULL)
            policy_report(build, place, "%s of the kind `%s`: %s", what, kind, diagnostic.message);
    }
    if (program == NULL || !build->from_files || policy_program_may_be(program, kinds))
        return program;
    if (expression.node != NULL)
        policy_report(build, place, "%s must give %s, and this gives something else", what,
                      kinds_text);
    else
        policy_report(build, place,
                      "%s must give %s, and the kind `%s` gives something else; write one of your "
                      "own, or null",
                      what, kinds_text, kind);
    return NULL;
}

/* ---- mapping */

static void lay_mapping(const struct reading *reading, const struct policy_node *mapping,
                        struct expression *fields)
{
    for (const struct policy_item *item = policy_node_items(mapping, POLICY_NODE_OBJECT);
         item != NULL; item = item->next) {
        uint32_t field = policy_build_field(reading->build, item->key);
        if (field == POLICY_NONE)
            continue;
        bool text = policy_node_text(item->value).size > 0;
        fields[field] = (struct expression){text ? item->value : NULL, NULL};
    }
}

/* A constant is the source's own word and goes before what a kind does for everybody. */
static void lay_kind(const struct reading *reading, struct expression *fields)
{
    const struct policy_kind *kind = reading->kind;
    for (size_t i = 0; kind != NULL && i < kind->mapping_count; i++) {
        uint32_t field =
            policy_field_find(&reading->build->release->schema, bytes_of(kind->mappings[i].field));
        if (field != POLICY_NONE && reading->source->constants[field].kind == CEL_ABSENT)
            fields[field].text = kind->mappings[i].expression;
    }
}

/* A version that never gives what every lead must have would refuse everything. */
static void check_required(const struct reading *reading, const struct policy_node *place,
                           const struct expression *fields, uint32_t version)
{
    const struct policy_schema *schema = &reading->build->release->schema;
    for (uint32_t i = 0; reading->build->from_files && i < schema->count; i++)
        if (schema->fields[i].required && fields[i].node == NULL && fields[i].text == NULL &&
            reading->source->constants[i].kind == CEL_ABSENT)
            policy_report(reading->build, place,
                          "version %u never gives `%s`, which lead.schema.json requires; add it to "
                          "`mapping` or to `constants`",
                          version, schema->fields[i].name);
}

static void build_mapping(const struct reading *reading, const struct policy_node *version,
                          const struct policy_node *place, struct policy_contract *contract)
{
    struct policy_build *build = reading->build;
    const struct policy_schema *schema = &build->release->schema;
    struct expression *fields = arena_array(&build->scratch, schema->count, sizeof *fields);
    lay_kind(reading, fields);
    lay_mapping(reading, policy_node_get(reading->node, "mapping"), fields);
    lay_mapping(reading, policy_node_get(version, "mapping"), fields);
    check_required(reading, place, fields, contract->version);
    struct policy_mapping *mappings = arena_array(build->arena, schema->count, sizeof *mappings);
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct policy_field *field = &schema->fields[i];
        const char *text;
        const struct cel_program *program = build_expression(
            reading, fields[i],
            arena_printf(&build->scratch, "the mapping of `%s` (%s)", field->name,
                         policy_types[field->type]),
            policy_results[field->type].kinds, policy_results[field->type].words, &text);
        if (program != NULL)
            mappings[contract->mapping_count++] = (struct policy_mapping){i, text, program};
    }
    contract->mappings = mappings;
    if (contract->mapping_count == 0 && build->diagnostics->count == 0)
        policy_report(build, place,
                      "version %u has no `mapping`; say which fields come of a record, such as "
                      "`mapping: {email: payload.email}`",
                      contract->version);
}

/* ---- versions */

static void build_schema(const struct reading *reading, const struct policy_node *place,
                         struct policy_contract *contract)
{
    struct policy_build *build = reading->build;
    const char *path = policy_contract_path(build, reading->source->name, contract->version);
    struct bytes text = policy_contract_schema_text(build, path);
    if (text.data == NULL && reading->kind != NULL) {
        text = bytes_of(reading->kind->schema);
        build->kind_schemas[build->kind_schema_count++] = (struct policy_file){path, text};
    }
    if (text.data == NULL) {
        policy_report(build, place,
                      "there is no %s, which holds the JSON Schema of version %u; "
                      "`meshline contract infer` makes one from samples",
                      path, contract->version);
        return;
    }
    contract->schema_text = arena_copy(build->arena, text);
    contract->schema = policy_contract_schema_build(build, path, contract->schema_text, place);
}

/* `version` is NULL for the one version that a kind gives. */
static void build_version(const struct reading *reading, const struct policy_node *version,
                          uint32_t number, struct policy_contract *contract)
{
    const struct policy_kind *kind = reading->kind;
    const struct policy_node *place =
        version != NULL ? version : policy_node_get(reading->node, "kind");
    *contract = (struct policy_contract){.version = number};
    build_schema(reading, place, contract);
    build_mapping(reading, version, place, contract);
    contract->key = build_expression(
        reading, choose(reading, version, "key", kind == NULL ? NULL : kind->key), "`key`",
        1u << CEL_TYPE_STRING, "a string (`string(…)` makes one)", &contract->key_text);
    contract->skip = build_expression(
        reading, choose(reading, version, "skip", kind == NULL ? NULL : kind->skip), "`skip`",
        1u << CEL_TYPE_BOOL | 1u << CEL_TYPE_STRING, "a bool, or a string with the reason",
        &contract->skip_text);
}

static int compare_contracts(const void *left, const void *right)
{
    const struct policy_contract *a = left, *b = right;
    return (a->version > b->version) - (a->version < b->version);
}

static bool is_listed(const struct policy_source *source, uint32_t version)
{
    return policy_contract_find(source, version) != NULL;
}

static void build_versions(struct reading *reading, const struct policy_node *versions)
{
    struct policy_build *build = reading->build;
    struct policy_source *source = reading->source;
    size_t count = versions != NULL ? versions->count : 1;
    reading->contracts = arena_array(build->arena, count, sizeof *reading->contracts);
    source->contracts = reading->contracts;
    if (versions == NULL)
        build_version(reading, NULL, 1, &reading->contracts[source->contract_count++]);
    for (const struct policy_item *item = policy_node_items(versions, POLICY_NODE_LIST);
         item != NULL; item = item->next) {
        const struct policy_node *number = policy_node_get(item->value, "version");
        if (number == NULL || number->kind != POLICY_NODE_INTEGER || number->integer < 1 ||
            number->integer > POLICY_VERSION_MAX)
            continue; /* reported already */
        if (is_listed(source, (uint32_t)number->integer)) {
            policy_report(build, number, "version %u is listed twice; keep one",
                          (uint32_t)number->integer);
            continue;
        }
        build_version(reading, item->value, (uint32_t)number->integer,
                      &reading->contracts[source->contract_count]);
        source->contract_count++;
    }
    if (source->contract_count > 1)
        qsort(reading->contracts, source->contract_count, sizeof *reading->contracts,
              compare_contracts);
}

/* ---- what the expressions read */

/* What a version says is about its own schema; what the source says for all may be about any. */
static void check_reads(const struct reading *reading, const struct policy_node *object,
                        const struct contract_instance *const *schemas, size_t count)
{
    static const char *const keys[] = {"key", "skip"};
    for (const struct policy_item *item =
             policy_node_items(policy_node_get(object, "mapping"), POLICY_NODE_OBJECT);
         item != NULL; item = item->next)
        policy_check_reads(reading->build, item->value, schemas, count);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        policy_check_reads(reading->build, policy_node_get(object, keys[i]), schemas, count);
}

static void check_all_reads(const struct reading *reading, const struct policy_node *versions)
{
    struct policy_build *build = reading->build;
    const struct policy_source *source = reading->source;
    const struct contract_instance *schemas[POLICY_CONTRACTS_MAX];
    struct error err;
    if (!build->from_files)
        return;
    for (size_t i = 0; i < source->contract_count; i++)
        if (source->contracts[i].schema == NULL ||
            contract_instance_parse(source->contracts[i].schema_text, NULL, &build->scratch,
                                    &schemas[i], &err) != 0)
            return; /* reported already */
    check_reads(reading, reading->node, schemas, source->contract_count);
    for (const struct policy_item *item = policy_node_items(versions, POLICY_NODE_LIST);
         item != NULL; item = item->next) {
        const struct policy_node *number = policy_node_get(item->value, "version");
        for (size_t i = 0; number != NULL && i < source->contract_count; i++)
            if (number->integer == source->contracts[i].version)
                check_reads(reading, item->value, &schemas[i], 1);
    }
}

/* ---- which version reads a record */

/* The version that `node` names; 0, reported, when the source has no such one. */
static uint32_t find_version(struct policy_build *build, const struct policy_source *source,
                             const struct policy_node *node)
{
    if (node == NULL || node->kind != POLICY_NODE_INTEGER || source->contract_count == 0)
        return 0;
    if (node->integer >= 1 && node->integer <= POLICY_VERSION_MAX &&
        is_listed(source, (uint32_t)node->integer))
        return (uint32_t)node->integer;
    const char *list = arena_printf(&build->scratch, "%u", source->contracts[0].version);
    for (size_t i = 1; i < source->contract_count; i++)
        list = arena_printf(&build->scratch, "%s, %u", list, source->contracts[i].version);
    policy_report(build, node, "`%s` has no version %.*s; `versions` lists %s", source->name,
                  POLICY_CLIP(node->text), list);
    return 0;
}

static void build_fall_back(struct policy_build *build, const struct policy_node *node,
                            struct policy_fall_back *ret)
{
    *ret = (struct policy_fall_back){FALL_BACK_VIOLATIONS_DEFAULT, FALL_BACK_RECORDS_DEFAULT,
                                     FALL_BACK_WINDOW_DEFAULT_US};
    if (node != NULL && node->kind == POLICY_NODE_TEXT) {
        if (!bytes_is(node->text, "never"))
            policy_report(build, node,
                          "`fall_back` must be never, or a mapping such as {percent: 5, records: "
                          "20, within: 10m}, got `%.*s`",
                          POLICY_CLIP(node->text));
        ret->violations = 0;
        return;
    }
    const struct policy_node *percent = policy_node_get(node, "percent");
    const struct policy_node *records = policy_node_get(node, "records");
    const struct policy_node *within = policy_node_get(node, "within");
    if (percent != NULL)
        ret->violations = policy_build_percent(build, percent);
    if (records != NULL && records->kind == POLICY_NODE_INTEGER && records->integer > 0)
        ret->records = (uint32_t)records->integer;
    if (within != NULL)
        ret->window_us = policy_build_duration(within);
}

static void build_share(struct policy_build *build, const struct policy_node *candidate,
                        struct policy_rollout *rollout)
{
    const struct policy_node *mode = policy_node_get(candidate, "mode");
    const struct policy_node *percent = policy_node_get(candidate, "percent");
    rollout->mode = bytes_is(policy_node_text(mode), "canary") ? POLICY_CANARY : POLICY_SHADOW;
    if (rollout->mode == POLICY_CANARY && percent == NULL)
        policy_report(build, mode, "say which part of the records the canary takes: `percent: 10`");
    else if (rollout->mode == POLICY_SHADOW && percent != NULL)
        policy_report(build, percent,
                      "`percent` goes with `mode: canary`; a shadow reads every record");
    else
        rollout->share = policy_build_percent(build, percent);
}

static void build_rollout(const struct reading *reading)
{
    struct policy_build *build = reading->build;
    struct policy_source *source = reading->source;
    struct policy_rollout *rollout = &source->rollout;
    const struct policy_node *active = policy_node_get(reading->node, "contract");
    const struct policy_node *candidate = policy_node_get(reading->node, "candidate");
    build_fall_back(build, policy_node_get(candidate, "fall_back"), &source->fall_back);
    if (active != NULL)
        rollout->active = find_version(build, source, active);
    else if (source->contract_count == 1)
        rollout->active = source->contracts[0].version;
    else if (source->contract_count > 1)
        policy_report(build, policy_node_get(reading->node, "versions"),
                      "there are %zu versions; say which one is in force: `contract: %u`",
                      source->contract_count,
                      source->contracts[source->contract_count - 1].version);
    if (candidate == NULL || candidate->kind != POLICY_NODE_OBJECT)
        return;
    const struct policy_node *version = policy_node_get(candidate, "version");
    uint32_t found = find_version(build, source, version);
    if (found != 0 && found == rollout->active)
        policy_report(build, version, "version %u is in force already; a candidate is another one",
                      found);
    else if (found != 0)
        rollout->candidate = found;
    if (rollout->candidate != 0)
        build_share(build, candidate, rollout);
}

/* ---- the source */

static const struct policy_kind *find_kind(struct policy_build *build,
                                           const struct policy_node *node)
{
    struct bytes name = policy_node_text(node);
    const struct policy_kind *kind = name.size == 0 ? NULL : policy_kind_find(name);
    if (kind != NULL || name.size == 0 || !build->from_files)
        return kind; /* a stored release holds all that the kind gave */
    const char **names = arena_array(&build->scratch, policy_kind_count + 1, sizeof *names);
    const char *list = "";
    for (size_t i = 0; i < policy_kind_count; i++) {
        names[i] = policy_kinds[i].name;
        list = arena_printf(&build->scratch, "%s%s%s", list, i > 0 ? ", " : "", names[i]);
    }
    const char *hint = policy_hint(build, name, names, policy_kind_count);
    policy_report(build, node, "there is no kind `%.*s`%s", POLICY_CLIP(name),
                  hint[0] != '\0' ? hint
                                  : arena_printf(&build->scratch, "; the kinds are %s", list));
    return NULL;
}

/* What only a contract makes use of. */
static void check_without_contract(struct policy_build *build, const struct policy_node *node)
{
    static const char *const keys[] = {"mapping", "contract", "key", "skip", "split", "candidate"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct policy_node *found = policy_node_get(node, keys[i]);
        if (found != NULL)
            policy_report(build, found,
                          "`%s` goes with a contract; add `versions: [{version: 1}]` and the "
                          "schema as contracts/%.*s/1.json, or name a `kind`",
                          keys[i], POLICY_CLIP(policy_node_text(policy_node_get(node, "source"))));
    }
}

static void check_with_contract(struct policy_build *build, const struct policy_node *node,
                                const struct policy_source *source)
{
    const struct policy_node *map = policy_node_get(node, "map");
    if (policy_node_items(map, POLICY_NODE_OBJECT) != NULL)
        policy_report(build, map,
                      "`map` is for sources without a contract; with one, write `mapping` with "
                      "expressions, such as `phone: payload.phone_number`");
    if (strcmp(source->name, "shared") == 0)
        policy_report(build, policy_node_get(node, "source"),
                      "contracts/shared/ is for schemas that others refer to; a source with a "
                      "contract needs another name");
}

void policy_build_contracts(struct policy_build *build, const struct policy_node *node,
                            struct policy_source *source)
{
    const struct policy_node *kind = policy_node_get(node, "kind");
    const struct policy_node *versions = policy_node_get(node, "versions");
    struct reading reading = {.build = build, .node = node, .source = source};
    source->kind = find_kind(build, kind);
    reading.kind = build->from_files ? source->kind : NULL;
    if (versions != NULL &&
        (versions->kind != POLICY_NODE_LIST || versions->count == 0 ||
         policy_build_too_many(build, versions, "versions", POLICY_CONTRACTS_MAX)))
        return;
    if (versions == NULL && kind == NULL) {
        check_without_contract(build, node);
        return;
    }
    if (versions == NULL && reading.kind == NULL)
        return; /* an unknown kind */
    check_with_contract(build, node, source);
    build_versions(&reading, versions);
    check_all_reads(&reading, versions);
    build_rollout(&reading);
    const struct policy_kind *of = reading.kind;
    source->split =
        build_expression(&reading, choose(&reading, NULL, "split", of == NULL ? NULL : of->split),
                         "`split`", 1u << CEL_TYPE_LIST, "a list of records", &source->split_text);
}
