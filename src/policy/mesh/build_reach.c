/* The routes' common index; and, for files, what can be proved about them: conditions that are
 * never true, and entries that an earlier one leaves nothing to.
 *
 * An earlier route can only leave nothing to a later one if it matches every lead that the later
 * one asks for. So one such lead is made up, the index tells which earlier routes might match it,
 * and only those are compared. */
#include "policy/internal.h"

#include "policy/route_index.h"

enum { CANDIDATES_MAX = 256 }; /* earlier routes that are compared with one */

static const struct cel_conjunct anything = {.count = 0};
static const struct cel_demand unknown = {.conjuncts = &anything, .count = 1};

static struct cel_demand demand_of(struct policy_build *build, const char *text,
                                   const struct cel_program *program)
{
    struct cel_demand demand = text == NULL ? cel_demand_always : unknown;
    if (program != NULL)
        cel_demand_of(&build->release->environment, bytes_of(text), build->arena, &demand);
    return demand;
}

/* ---- a lead that satisfies a conjunct */

struct witness {
    const struct cel_environment *environment;
    struct cel_value *variables;
};

static void witness_init(struct policy_build *build, struct witness *witness)
{
    const struct cel_environment *environment = &build->release->environment;
    witness->environment = environment;
    witness->variables =
        arena_array(&build->scratch, environment->count, sizeof *witness->variables);
    for (size_t i = 0; i < environment->count; i++) {
        const struct cel_variable *variable = &environment->variables[i];
        size_t fields = variable->type->field_count;
        if (variable->value != NULL)
            witness->variables[i] = *variable->value;
        else if (variable->type->kind == CEL_TYPE_RECORD)
            witness->variables[i] = (struct cel_value){
                .kind = CEL_RECORD,
                .count = (uint32_t)fields,
                .items = arena_array(&build->scratch, fields, sizeof(struct cel_value)),
            };
    }
}

/* Where the witness keeps what the predicate is about, and its type; NULL when it cannot. */
static struct cel_value *slot_of(const struct witness *witness,
                                 const struct cel_predicate *predicate,
                                 const struct cel_type **ret_type)
{
    const struct cel_variable *variable = &witness->environment->variables[predicate->variable];
    struct cel_value *value = &witness->variables[predicate->variable];
    if (variable->value != NULL)
        return NULL;
    *ret_type = variable->type;
    if (predicate->field == UINT32_MAX)
        return value;
    if (variable->type->kind != CEL_TYPE_RECORD || predicate->field >= variable->type->field_count)
        return NULL;
    ML_ASSERT(value != NULL && value->items != NULL);
    *ret_type = variable->type->fields[predicate->field].type;
    return (struct cel_value *)&value->items[predicate->field];
}

static bool admitted(const struct cel_predicate *predicates, size_t count,
                     const struct cel_value *value)
{
    for (size_t i = 0; i < count; i++)
        if (!cel_predicate_admits(&predicates[i], value))
            return false;
    return true;
}

static struct cel_value number_of(const struct cel_type *type, double number)
{
    bool whole = type->kind == CEL_TYPE_INT && number > -1e15 && number < 1e15;
    return whole ? cel_int((int64_t)number) : cel_double(number);
}

/* A value that satisfies the first `count` predicates, all about one field. */
static struct cel_value choose(const struct cel_predicate *predicates, size_t count,
                               const struct cel_type *type)
{
    const struct cel_predicate *first = &predicates[0];
    if (first->kind == CEL_PREDICATE_ABSENT)
        return (struct cel_value){.kind = CEL_ABSENT};
    if (first->kind == CEL_PREDICATE_ONE_OF && first->value_count > 0)
        return first->values[0];
    double low = 0, high = 0;
    for (size_t i = 0; i < count; i++)
        if (predicates[i].kind == CEL_PREDICATE_RANGE) {
            low = predicates[i].low;
            high = predicates[i].high;
        }
    const struct cel_value candidates[] = {
        cel_string(BYTES_LITERAL("\x01")),
        cel_bool(true),
        cel_bool(false),
        number_of(type, low),
        number_of(type, high),
        number_of(type, low + 1),
        number_of(type, high - 1),
        number_of(type, low + 0.5),
        number_of(type, high - 0.5),
        number_of(type, low + (high - low) / 2),
        number_of(type, 0),
        number_of(type, 12345677),
    };
    static const enum cel_type_kind kinds[] = {[CEL_STRING] = CEL_TYPE_STRING,
                                               [CEL_BOOL] = CEL_TYPE_BOOL,
                                               [CEL_INT] = CEL_TYPE_INT,
                                               [CEL_DOUBLE] = CEL_TYPE_DOUBLE};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if ((kinds[candidates[i].kind] == type->kind || type->kind == CEL_TYPE_DYN) &&
            admitted(predicates, count, &candidates[i]))
            return candidates[i];
    return candidates[0];
}

/* Gives the witness what the conjunct asks for, or takes it away again. */
static void witness_set(struct witness *witness, const struct cel_conjunct *conjunct, bool give)
{
    for (size_t i = 0, end; i < conjunct->count; i = end) {
        const struct cel_predicate *first = &conjunct->predicates[i];
        for (end = i + 1; end < conjunct->count; end++)
            if (conjunct->predicates[end].variable != first->variable ||
                conjunct->predicates[end].field != first->field)
                break;
        const struct cel_type *type;
        struct cel_value *slot = slot_of(witness, first, &type);
        if (slot != NULL && (give || type->kind != CEL_TYPE_RECORD))
            *slot = give ? choose(first, end - i, type) : (struct cel_value){.kind = CEL_ABSENT};
    }
}

/* ---- reports */

static const struct policy_node *condition_node(const struct policy_node *node)
{
    const struct policy_node *when = policy_node_get(node, "when");
    return when != NULL ? when : node;
}

static void report_never(struct policy_build *build, const struct policy_node *node,
                         const char *entry, const char *name)
{
    policy_report(build, condition_node(node),
                  "the condition of the %s `%s` can never be true: it contradicts itself", entry,
                  name);
}

static void report_shadowed(struct policy_build *build, const struct policy_node *node,
                            const char *entry, const char *earlier,
                            const struct policy_node *earlier_node)
{
    policy_report(build, condition_node(node),
                  "never reached: the %s `%s` on line %u takes every lead that this one asks for; "
                  "move this one before it, or change a condition",
                  entry, earlier, policy_node_place(earlier_node).line);
}

/* ---- routes */

/* The route keeps every lead that satisfies its condition. A route to a rep does not: who is full
 * or away is passed over. */
static bool keeps_all(const struct policy_route *route)
{
    return route->sample == POLICY_SAMPLE_ALL && route->target != POLICY_TO_REP;
}

/* The first earlier route that leaves nothing to `at`; POLICY_NONE when that cannot be proved. */
static uint32_t find_shadow(const struct policy_release *release, const struct cel_demand *demands,
                            struct witness *witness, uint32_t at)
{
    struct policy_route_walk walk;
    uint32_t found = POLICY_NONE;
    witness_set(witness, &demands[at].conjuncts[0], true);
    policy_route_walk_init(&walk, release->route_index, witness->variables, 0);
    for (size_t i = 0; i < CANDIDATES_MAX && found == POLICY_NONE; i++) {
        uint32_t candidate = policy_route_walk_next(&walk);
        if (candidate >= at)
            break;
        if (keeps_all(&release->routes[candidate]) &&
            cel_demand_implied(&demands[candidate], &demands[at]))
            found = candidate;
    }
    witness_set(witness, &demands[at].conjuncts[0], false);
    return found;
}

static void check_routes(struct policy_build *build, const struct cel_demand *demands)
{
    const struct policy_release *release = build->release;
    struct witness witness;
    witness_init(build, &witness);
    for (uint32_t i = 0; i < release->route_count; i++) {
        const struct policy_route *route = &release->routes[i];
        if (demands[i].count == 0) {
            report_never(build, route->place, "route", route->name);
            continue;
        }
        uint32_t shadow = find_shadow(release, demands, &witness, i);
        if (shadow != POLICY_NONE)
            report_shadowed(build, route->place, "route", release->routes[shadow].name,
                            release->routes[shadow].place);
        if (route->when_text == NULL && keeps_all(route))
            break; /* what is behind a catch-all has been reported */
    }
}

/* ---- classes */

static void check_classes(struct policy_build *build)
{
    const struct policy_release *release = build->release;
    const struct policy_node *nodes[POLICY_CLASSES_MAX];
    struct cel_demand demands[POLICY_CLASSES_MAX];
    const struct policy_item *item =
        policy_node_items(policy_node_get(build->pipeline, "classes"), POLICY_NODE_LIST);
    for (size_t i = 0; i < release->class_count && item != NULL; i++, item = item->next) {
        const struct policy_class *entry = &release->classes[i];
        if (entry->when_text == NULL)
            break;
        nodes[i] = item->value;
        demands[i] = demand_of(build, entry->when_text, entry->when);
        if (demands[i].count == 0)
            report_never(build, nodes[i], "class", entry->name);
        for (size_t j = 0; j < i && demands[i].count > 0; j++)
            if (cel_demand_implied(&demands[j], &demands[i])) {
                report_shadowed(build, nodes[i], "class", release->classes[j].name, nodes[j]);
                break;
            }
    }
}

void policy_build_reach(struct policy_build *build)
{
    struct policy_release *release = build->release;
    size_t count = release->route_count;
    struct cel_demand *demands = arena_array(&build->scratch, count, sizeof *demands);
    for (size_t i = 0; i < count; i++)
        demands[i] = demand_of(build, release->routes[i].when_text, release->routes[i].when);
    release->route_index = policy_route_index_new(demands, count, build->arena);
    if (!build->from_files)
        return;
    check_routes(build, demands);
    check_classes(build);
}
