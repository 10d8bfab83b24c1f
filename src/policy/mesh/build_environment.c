/* What every expression of a release sees: the lead, its source, params, the matched account, the
 * time, and the tables; and accounts.yaml, which says how an account is matched. */
#include "policy/internal.h"

#include "contract/functions.h"
#include "policy/reference/account.h"

#include <math.h>

/* ---- params */

static bool read_param(struct policy_build *build, const struct policy_node *node,
                       struct cel_value *ret)
{
    switch (node->kind) {
    case POLICY_NODE_BOOLEAN: *ret = cel_bool(node->boolean); return true;
    case POLICY_NODE_INTEGER: *ret = cel_int(node->integer); return true;
    case POLICY_NODE_NUMBER: *ret = cel_double(node->number); return isfinite(node->number);
    case POLICY_NODE_TEXT: *ret = cel_string(arena_copy(build->arena, node->text)); return true;
    default: return false; /* reported already */
    }
}

void policy_build_params(struct policy_build *build)
{
    const struct policy_node *node = policy_node_get(build->pipeline, "params");
    const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT);
    size_t count = item == NULL ? 0 : node->count, used = 0;
    if (item != NULL && policy_build_too_many(build, node, "params", POLICY_PARAMS_MAX))
        count = POLICY_PARAMS_MAX;
    struct policy_param *params = arena_array(build->arena, count, sizeof *params);
    struct policy_index names;
    policy_index_init(&names, &build->scratch, count);
    for (size_t i = 0; i < count; i++, item = item->next) {
        params[used].value.kind = CEL_ABSENT;
        if (policy_index_add(&names, item->key->text, 0) != POLICY_NONE)
            continue; /* a doubled key has been reported as such */
        read_param(build, item->value, &params[used].value);
        params[used++].name = arena_string(build->arena, item->key->text);
    }
    build->release->params = params;
    build->release->param_count = used;
}

static const struct cel_type *params_type(struct policy_build *build)
{
    static const struct cel_type types[] = {
        [CEL_BOOL] = {.kind = CEL_TYPE_BOOL},
        [CEL_INT] = {.kind = CEL_TYPE_INT},
        [CEL_DOUBLE] = {.kind = CEL_TYPE_DOUBLE},
        [CEL_STRING] = {.kind = CEL_TYPE_STRING},
    };
    const struct policy_release *release = build->release;
    struct cel_field *fields = arena_array(build->arena, release->param_count, sizeof *fields);
    for (size_t i = 0; i < release->param_count; i++) {
        enum cel_kind kind = release->params[i].value.kind;
        fields[i] = (struct cel_field){release->params[i].name,
                                       kind == CEL_ABSENT ? &policy_type_unknown : &types[kind]};
    }
    struct cel_type *type = arena_zalloc(build->arena, sizeof *type);
    *type = (struct cel_type){
        .kind = CEL_TYPE_RECORD, .fields = fields, .field_count = release->param_count};
    return type;
}

/* ---- the account */

static uint32_t find_table(const struct policy_build *build, struct bytes name)
{
    uint32_t found = policy_index_find(&build->table_words, name);
    for (uint32_t i = 0; i < build->table_count && found == POLICY_NONE; i++)
        if (bytes_is(name, build->table_names[i]))
            found = i; /* "territory.dach" is a table as well */
    return found;
}

/* The columns, then `match` and `match_score`; the order of policy_inputs.account. */
static const struct cel_type *account_type(struct policy_build *build,
                                           const struct policy_table *table)
{
    static const struct cel_type number = {.kind = CEL_TYPE_DOUBLE};
    size_t columns = table == NULL ? 0 : table->column_count;
    struct cel_field *fields = arena_array(build->arena, columns + 2, sizeof *fields);
    if (columns > 0)
        memcpy(fields, table->columns, columns * sizeof *fields);
    fields[columns] = (struct cel_field){"match", &policy_type_string};
    fields[columns + 1] = (struct cel_field){"match_score", &number};
    for (size_t i = 0; i < columns; i++)
        if (strcmp(fields[i].name, "match") == 0 || strcmp(fields[i].name, "match_score") == 0)
            policy_report_at(
                build, table->path, (struct policy_place){1, 1},
                "the column `%s` of the accounts' table would hide `account.%s`, which "
                "tells how the account was found; rename it",
                fields[i].name, fields[i].name);
    struct cel_type *type = arena_zalloc(build->arena, sizeof *type);
    *type =
        (struct cel_type){.kind = CEL_TYPE_RECORD, .fields = fields, .field_count = columns + 2};
    return type;
}

static const struct cel_type *find_account_type(struct policy_build *build)
{
    struct policy_matching *matching = &((struct policy_block *)build->release)->matching;
    if (build->accounts == NULL)
        return account_type(build, NULL);
    const struct policy_node *name =
        policy_node_get(policy_node_get(build->accounts, "accounts"), "table");
    if (policy_node_text(name).size == 0)
        return &policy_type_unknown;
    uint32_t found = find_table(build, name->text);
    if (found == POLICY_NONE) {
        const char *hint = policy_hint(build, name->text, build->table_names, build->table_count);
        policy_report(build, name, "there is no table `%.*s`%s", POLICY_CLIP(name->text),
                      hint[0] != '\0' ? hint : "; add it as tables/*.csv");
        return &policy_type_unknown;
    }
    matching->table = build->tables[found];
    return matching->table == NULL ? &policy_type_unknown : account_type(build, matching->table);
}

/* ---- the environment */

void policy_build_environment(struct policy_build *build)
{
    static const struct cel_type timestamp = {.kind = CEL_TYPE_TIMESTAMP};
    struct policy_release *release = build->release;
    size_t count = POLICY_TABLES_FROM + build->table_count;
    struct cel_variable *variables = arena_array(build->arena, count, sizeof *variables);
    struct cel_value *values = arena_array(build->arena, build->table_count, sizeof *values);
    variables[POLICY_LEAD] = (struct cel_variable){.name = "lead", .type = build->lead_type};
    variables[POLICY_SOURCE] = (struct cel_variable){.name = "source", .type = &policy_type_string};
    variables[POLICY_PARAMS] = (struct cel_variable){.name = "params", .type = params_type(build)};
    variables[POLICY_ACCOUNT] =
        (struct cel_variable){.name = "account", .type = find_account_type(build)};
    variables[POLICY_NOW] = (struct cel_variable){.name = "now", .type = &timestamp};
    for (size_t i = 0; i < build->table_count; i++) {
        const struct policy_table *table = build->tables[i];
        struct cel_variable *variable = &variables[POLICY_TABLES_FROM + i];
        *variable =
            (struct cel_variable){.name = build->table_names[i], .type = &policy_type_unknown};
        if (table == NULL)
            continue;
        values[i] = table->value;
        variable->type = table->type;
        variable->value = &values[i];
        variable->set = cel_string_set_new(build->arena, &values[i]);
    }
    release->table_values = values;
    release->environment = (struct cel_environment){.variables = variables,
                                                    .count = count,
                                                    .functions = policy_functions,
                                                    .function_count = policy_function_count};
}

static const struct cel_function *contract_environment_functions(struct policy_build *build)
{
    struct cel_function *functions = arena_array(
        build->arena, policy_function_count + contract_function_count, sizeof *functions);
    memcpy(functions, policy_functions, policy_function_count * sizeof *functions);
    memcpy(functions + policy_function_count, contract_functions,
           contract_function_count * sizeof *functions);
    return functions;
}

void policy_build_contract_environment(struct policy_build *build)
{
    static const struct cel_type event = {.kind = CEL_TYPE_MAP, .key = &policy_type_string};
    struct policy_release *release = build->release;
    size_t count = POLICY_CONTRACT_TABLES_FROM + build->table_count;
    struct cel_variable *variables = arena_array(build->arena, count, sizeof *variables);
    variables[POLICY_CONTRACT_PAYLOAD] =
        (struct cel_variable){.name = "payload", .type = &policy_type_unknown};
    variables[POLICY_CONTRACT_EVENT] = (struct cel_variable){.name = "event", .type = &event};
    variables[POLICY_CONTRACT_SOURCE] = release->environment.variables[POLICY_SOURCE];
    variables[POLICY_CONTRACT_PARAMS] = release->environment.variables[POLICY_PARAMS];
    for (size_t i = 0; i < build->table_count; i++)
        variables[POLICY_CONTRACT_TABLES_FROM + i] =
            release->environment.variables[POLICY_TABLES_FROM + i];
    release->contract_environment = (struct cel_environment){
        .variables = variables,
        .count = count,
        .functions = contract_environment_functions(build),
        .function_count = policy_function_count + contract_function_count,
    };
}

void policy_build_outbox_environment(struct policy_build *build)
{
    static const struct cel_type map = {.kind = CEL_TYPE_MAP, .key = &policy_type_string};
    struct policy_release *release = build->release;
    const struct cel_variable *known = release->environment.variables;
    size_t count = POLICY_OUTBOX_TABLES_FROM + build->table_count;
    struct cel_variable *variables = arena_array(build->arena, count, sizeof *variables);
    variables[POLICY_OUTBOX_EVENT] = (struct cel_variable){.name = "event", .type = &map};
    variables[POLICY_OUTBOX_LEAD] = known[POLICY_LEAD];
    variables[POLICY_OUTBOX_META] = (struct cel_variable){.name = "meta", .type = &map};
    variables[POLICY_OUTBOX_OWNER] = (struct cel_variable){.name = "owner", .type = &map};
    variables[POLICY_OUTBOX_TARGET] = (struct cel_variable){.name = "target", .type = &map};
    variables[POLICY_OUTBOX_RESPONSE] = (struct cel_variable){.name = "response", .type = &map};
    variables[POLICY_OUTBOX_EXTERNAL_ID] =
        (struct cel_variable){.name = "external_id", .type = &policy_type_string};
    variables[POLICY_OUTBOX_RECORD] =
        (struct cel_variable){.name = "record", .type = &policy_type_unknown};
    variables[POLICY_OUTBOX_CURSOR] =
        (struct cel_variable){.name = "cursor", .type = &policy_type_string};
    variables[POLICY_OUTBOX_TOKEN] =
        (struct cel_variable){.name = "token", .type = &policy_type_string};
    variables[POLICY_OUTBOX_NOW] = known[POLICY_NOW];
    variables[POLICY_OUTBOX_PARAMS] = known[POLICY_PARAMS];
    for (size_t i = 0; i < build->table_count; i++)
        variables[POLICY_OUTBOX_TABLES_FROM + i] = known[POLICY_TABLES_FROM + i];
    release->outbox_environment = release->contract_environment; /* the same functions */
    release->outbox_environment.variables = variables;
    release->outbox_environment.count = count;
}

/* ---- accounts.yaml */

/* The column that `key` names; POLICY_NONE when it is not given, or, reported, not there. */
static uint32_t find_column(struct policy_build *build, const struct policy_node *node,
                            const struct policy_table *table)
{
    struct bytes name = policy_node_text(node);
    if (name.size == 0)
        return POLICY_NONE;
    uint32_t column = policy_table_column(table, name);
    if (column != POLICY_NONE) {
        if (table->columns[column].type->kind != CEL_TYPE_STRING)
            policy_report(build, node, "the column `%.*s` of %s must hold texts", POLICY_CLIP(name),
                          table->path);
        return column;
    }
    const char **names = arena_array(&build->scratch, table->column_count + 1, sizeof *names);
    for (size_t i = 0; i < table->column_count; i++)
        names[i] = table->columns[i].name;
    policy_report(build, node, "%s has no column `%.*s`%s", table->path, POLICY_CLIP(name),
                  policy_hint(build, name, names, table->column_count));
    return POLICY_NONE;
}

static size_t build_expressions(struct policy_build *build, const struct policy_node *list,
                                const struct cel_program **ret)
{
    size_t count = 0;
    if (list != NULL && list->kind == POLICY_NODE_LIST &&
        policy_build_too_many(build, list, "expressions", POLICY_MATCHING_MAX))
        return 0;
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        const char *text;
        bool used = build->use.account;
        if (policy_expression_names(policy_node_text(item->value), "account"))
            policy_report(build, item->value,
                          "`account` is what this expression helps to find; ask the lead");
        const struct cel_program *program =
            policy_expression_build(build, item->value, &policy_type_string, &text);
        build->use.account = used; /* finding it is no use of it */
        if (program != NULL)
            ret[count++] = program;
    }
    return count;
}

static double threshold_of(struct policy_build *build, const struct policy_node *node)
{
    double threshold = 1.0;
    if (policy_node_number(node, &threshold) && !(threshold >= 0.5 && threshold <= 1.0)) {
        policy_report(build, node, "`threshold` must be from 0.5 to 1.0 (equal names), got `%.*s`",
                      POLICY_CLIP(node->text));
        return 1.0;
    }
    return threshold;
}

static void check_matching(struct policy_build *build, const struct policy_node *node)
{
    const struct policy_node *domains = policy_node_get(node, "domains");
    const struct policy_node *names = policy_node_get(node, "names");
    const struct policy_node *name = policy_node_get(node, "name");
    if (domains == NULL && names == NULL)
        policy_report(build, node,
                      "nothing to match by: give `domains`, such as [lead.email], or `names`");
    if (domains == NULL && policy_node_get(node, "domain") != NULL)
        policy_report(build, policy_node_get(node, "domain"),
                      "a column for domains, but no `domains` of the lead to look up in it; add "
                      "them, such as [lead.email]");
    if ((names == NULL) != (name == NULL))
        policy_report(build, names != NULL ? names : name,
                      "`name`, the column, and `names`, the expressions that give a name to look "
                      "for, go together; add the other one");
    if (names == NULL && policy_node_get(node, "threshold") != NULL)
        policy_report(build, policy_node_get(node, "threshold"),
                      "`threshold` is about names; give `name` and `names` too");
}

void policy_build_accounts(struct policy_build *build)
{
    struct policy_matching *matching = &((struct policy_block *)build->release)->matching;
    const struct policy_node *node = policy_node_get(build->accounts, "accounts");
    if (node == NULL || node->kind != POLICY_NODE_OBJECT)
        return;
    check_matching(build, node);
    const struct policy_node *domains = policy_node_get(node, "domains");
    const struct policy_node *names = policy_node_get(node, "names");
    matching->domain_count = build_expressions(build, domains, matching->domains);
    matching->name_count = build_expressions(build, names, matching->names);
    double threshold = threshold_of(build, policy_node_get(node, "threshold"));
    if (matching->table == NULL)
        return;
    const struct policy_node *domain = policy_node_get(node, "domain");
    uint32_t domain_column = domain == NULL ? 0 : find_column(build, domain, matching->table);
    struct policy_accounts_options options = {
        .table = matching->table,
        .domain_column = matching->domain_count > 0 ? domain_column : POLICY_NONE,
        .name_column = find_column(build, policy_node_get(node, "name"), matching->table),
        .threshold = threshold,
    };
    if (build->diagnostics->count == 0)
        build->release->accounts = policy_accounts_new(&options, build->arena);
}
