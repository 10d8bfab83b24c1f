/* What a mapping reads of a record against what the schema says there is: `payload.mial` where the
 * schema has `mail` would leave the field absent for ever, without a word. */
#include "policy/edge/reads.h"
#include "policy/internal.h"

/* ---- what a schema declares */

/* Nothing beside `properties` speaks of further members. */
static bool is_closed(const struct contract_instance *schema)
{
    static const char *const others[] = {
        "$ref",
        "$dynamicRef",
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "dependentSchemas",
        "patternProperties",
        "additionalProperties",
        "unevaluatedProperties",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const struct contract_instance *value = contract_instance_find(schema, bytes_of(others[i]));
        if (value != NULL && !(value->kind == CONTRACT_BOOLEAN && !value->boolean))
            return false;
    }
    return true;
}

static const char *suggest(struct policy_build *build, const struct contract_instance *properties,
                           struct bytes name)
{
    const char **names = arena_array(&build->scratch, (size_t)properties->count + 1, sizeof *names);
    for (uint32_t i = 0; i < properties->count; i++)
        names[i] = arena_string(&build->scratch, properties->members[i].name);
    return policy_hint(build, name, names, properties->count);
}

/* A member that is read and not declared. */
struct missing {
    struct bytes name;
    const char *hint;
};

/* Whether the schema knows what is read from `from` on; members under anything but plain
 * `properties` pass. */
static bool is_declared(struct policy_build *build, const struct contract_instance *schema,
                        struct bytes text, size_t from, struct missing *ret)
{
    struct bytes name;
    while (policy_reads_member(text, &from, &name)) {
        const struct contract_instance *properties =
            contract_instance_find(schema, BYTES_LITERAL("properties"));
        if (properties == NULL || properties->kind != CONTRACT_OBJECT)
            return true;
        const struct contract_instance *inner = contract_instance_find(properties, name);
        if (inner == NULL && is_closed(schema)) {
            *ret = (struct missing){name, suggest(build, properties, name)};
            return false;
        }
        if (inner == NULL)
            return true;
        schema = inner;
    }
    return true;
}

struct cel_position policy_position_of(struct bytes text, const char *at)
{
    struct cel_position position = {1, 1};
    for (const char *c = text.data; c < at; c++) {
        if (*c == '\n')
            position = (struct cel_position){position.line + 1, 1};
        else
            position.column += ((unsigned char)*c & 0xC0) != 0x80;
    }
    return position;
}

void policy_check_reads(struct policy_build *build, const struct policy_node *expression,
                        const struct contract_instance *const *schemas, size_t count)
{
    struct bytes text = policy_node_text(expression);
    size_t at = 0;
    while (count > 0 && policy_reads_find(text, "payload", &at)) {
        struct missing missing = {0};
        bool declared = false;
        for (size_t i = 0; i < count && !declared; i++)
            declared = is_declared(build, schemas[i], text, at, &missing);
        if (!declared)
            policy_report_at(
                build, expression->document->path,
                policy_node_place_inside(expression, policy_position_of(text, missing.name.data)),
                "the schema declares no `%.*s` in what is read here%s", POLICY_CLIP(missing.name),
                missing.hint);
    }
}

/* ---- what destinations see */

/* Members of the maps that expressions of destinations see; a misspelt one is absent for ever. */
static const struct {
    const char *variable;
    const char *members[16];
} maps[] = {
    {"event", {"type", "id", "time", "seq", "subject", "purpose", "data"}},
    {"meta",
     {"id", "version", "state", "place", "class", "score", "route", "pool", "source", "owner",
      "url", "captured_at", "assigned_at", "contacted_at", "due_at"}},
    {"owner", {"id", "name", "email", "team", "external"}},
    {"target", {"kind", "id", "name", "email", "address", "url"}},
    {"response", {"status", "headers", "body"}},
};

/* A name that a macro gives: `list.exists(owner, owner.id == 5)`. */
static bool is_local(struct bytes expression, const char *variable)
{
    size_t at = 0;
    while (policy_reads_find(expression, variable, &at))
        if (at < expression.size && expression.data[at] == ',')
            return true;
    return false;
}

void policy_check_maps(struct policy_build *build, const struct policy_node *node,
                       struct bytes expression)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        const char *variable = maps[i].variable;
        const char *const *members = maps[i].members;
        size_t at = 0, count = 0;
        while (members[count] != NULL)
            count++;
        while (policy_reads_find(expression, variable, &at) && !is_local(expression, variable)) {
            struct bytes name;
            bool known = true;
            if (policy_reads_member(expression, &at, &name)) {
                known = false;
                for (size_t j = 0; j < count; j++)
                    known = known || bytes_is(name, members[j]);
            }
            if (known)
                continue;
            const char *list = members[0], *hint = policy_hint(build, name, members, count);
            for (size_t j = 1; j < count; j++)
                list = arena_printf(&build->scratch, "%s, %s", list, members[j]);
            policy_report_at(
                build, node->document->path,
                policy_node_place_inside(node, policy_position_of(node->text, name.data)),
                "there is no `%s.%.*s`%s%s", variable, POLICY_CLIP(name),
                hint[0] != '\0' ? hint : "; there are ", hint[0] != '\0' ? "" : list);
        }
    }
}
