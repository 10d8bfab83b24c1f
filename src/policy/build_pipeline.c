/* pipelines/ → classes, score and routes, with their expressions compiled. */
#include "policy/internal.h"

#include "base/time.h"

static const struct cel_type type_bool = {.kind = CEL_TYPE_BOOL};

/* NULL, reported, when the text is no expression of the type. *ret_text is the text that counts. */
static const struct cel_program *build_expression(struct policy_build *build,
                                                  const struct policy_node *node,
                                                  const struct cel_type *expected,
                                                  const char **ret_text)
{
    struct bytes text = policy_node_text(node);
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL)
        text.size--; /* the line break that ends a block */
    *ret_text = NULL;
    if (text.size == 0)
        return NULL;
    *ret_text = arena_string(build->arena, text);
    if (build->release->schema.count == 0)
        return NULL; /* reported already, and every field would be unknown */
    const struct cel_program *program;
    struct cel_diagnostic diagnostic = {.position = {1, 1}};
    if (cel_program_compile(&build->release->environment, (struct bytes){*ret_text, text.size},
                            expected, build->arena, &program, &diagnostic) == 0)
        return program;
    policy_report_at(build, node->document ? node->document->path : "",
                     policy_node_place_inside(node, diagnostic.position), "%s", diagnostic.message);
    return NULL;
}

static void build_score(struct policy_build *build)
{
    const struct policy_node *node = policy_node_get(build->pipeline, "score");
    struct policy_release *release = build->release;
    release->score = build_expression(build, node, NULL, &release->score_text);
    if (release->score == NULL)
        return;
    enum cel_type_kind kind = cel_program_type(release->score)->kind;
    if (kind != CEL_TYPE_INT && kind != CEL_TYPE_DOUBLE && kind != CEL_TYPE_DYN)
        policy_report(build, node, "the score must be a number; `%.*s` is none",
                      POLICY_CLIP(node->text));
}

static int64_t build_duration(const struct policy_node *node)
{
    int64_t duration_us;
    struct bytes text = policy_node_text(node);
    return text.size > 0 && duration_parse(text, &duration_us, NULL) == 0 ? duration_us : 0;
}

/* A list of named entries of which only the last takes everything: classes and routes. */
struct ladder {
    const char *entry; /* "class", "route" */
    struct policy_index names;
    const struct policy_node **name_nodes;
    const struct policy_node *catch_all; /* the first entry without `when` */
    size_t unreachable;                  /* entries behind it */
    const struct policy_node *first_unreachable;
    const struct policy_node *last;
};

static void ladder_init(struct policy_build *build, struct ladder *ladder, const char *entry,
                        size_t count)
{
    *ladder = (struct ladder){.entry = entry};
    ladder->name_nodes = arena_array(&build->scratch, count, sizeof *ladder->name_nodes);
    policy_index_init(&ladder->names, &build->scratch, count);
}

static void ladder_add(struct policy_build *build, struct ladder *ladder, size_t at,
                       const struct policy_node *node)
{
    const struct policy_node *name = policy_node_get(node, "name");
    ladder->last = node;
    ladder->name_nodes[at] = name;
    if (policy_node_text(name).size > 0) {
        uint32_t taken = policy_index_add(&ladder->names, name->text, (uint32_t)at);
        if (taken != POLICY_NONE)
            policy_report(build, name, "the %s name `%.*s` is given twice; first on line %u",
                          ladder->entry, POLICY_CLIP(name->text),
                          policy_node_place(ladder->name_nodes[taken]).line);
    }
    if (ladder->catch_all != NULL) {
        if (ladder->unreachable++ == 0)
            ladder->first_unreachable = node;
    } else if (policy_node_get(node, "when") == NULL) {
        ladder->catch_all = node;
    }
}

static void ladder_finish(struct policy_build *build, const struct ladder *ladder)
{
    if (ladder->last == NULL)
        return;
    if (ladder->unreachable > 0) {
        struct bytes name = policy_node_text(policy_node_get(ladder->catch_all, "name"));
        policy_report(build, ladder->first_unreachable,
                      "never reached, with all that follows: the %s `%.*s` on line %u has no "
                      "`when` and takes every lead; move it to the end or give it a `when`",
                      ladder->entry, POLICY_CLIP(name), policy_node_place(ladder->catch_all).line);
    } else if (ladder->catch_all == NULL) {
        policy_report(build, policy_node_get(ladder->last, "when"),
                      "the last %s must take every lead: remove its `when`, or add a %s without "
                      "one behind it",
                      ladder->entry, ladder->entry);
    }
}

static void build_classes(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->pipeline, "classes");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = item == NULL ? 0 : list->count;
    if (item != NULL && policy_build_too_many(build, list, "classes", POLICY_CLASSES_MAX))
        count = POLICY_CLASSES_MAX;
    struct policy_class *classes = arena_array(build->arena, count, sizeof *classes);
    struct ladder ladder;
    ladder_init(build, &ladder, "class", count);
    for (size_t i = 0; i < count; i++, item = item->next) {
        const struct policy_node *node = item->value;
        const struct policy_node *objectives = policy_node_get(node, "objectives");
        classes[i] = (struct policy_class){
            .name = policy_build_text(build, policy_node_get(node, "name")),
            .urgency = (uint32_t)i,
            .assigned_us = build_duration(policy_node_get(objectives, "assigned")),
            .contacted_us = build_duration(policy_node_get(objectives, "contacted")),
            .qualified_us = build_duration(policy_node_get(objectives, "qualified")),
            .return_after_us = build_duration(policy_node_get(node, "return_after")),
        };
        classes[i].when = build_expression(build, policy_node_get(node, "when"), &type_bool,
                                           &classes[i].when_text);
        ladder_add(build, &ladder, i, node);
    }
    ladder_finish(build, &ladder);
    build->release->classes = classes;
    build->release->class_count = count;
}

/* The pool or rep that `node` names; 0 and a report when there is none. */
static uint32_t find_target(struct policy_build *build, const struct policy_node *node, bool pool)
{
    const struct policy_release *release = build->release;
    struct bytes name = policy_node_text(node);
    size_t count = pool ? release->pool_count : release->rep_count;
    if (name.size == 0 || count == 0)
        return 0;
    uint32_t found = pool ? policy_pool_find(release, name) : policy_rep_find(release, name);
    if (found != POLICY_NONE)
        return found;
    const char **names = arena_array(&build->scratch, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = pool ? release->pools[i].id : release->reps[i].id;
    policy_report(build, node, "no %s `%.*s` in %s%s", pool ? "pool" : "rep", POLICY_CLIP(name),
                  pool ? "pools.yaml" : "people.yaml", policy_hint(build, name, names, count));
    return 0;
}

static void build_target(struct policy_build *build, const struct policy_node *node,
                         struct policy_route *route)
{
    if (node == NULL || node->kind != POLICY_NODE_OBJECT)
        return;
    const struct policy_node *pool = policy_node_get(node, "pool");
    const struct policy_node *rep = policy_node_get(node, "rep");
    if ((pool != NULL) == (rep != NULL)) {
        policy_report(build, node,
                      "a route leads to one place: give `to` either {pool: …} or "
                      "{rep: …}");
        return;
    }
    route->target = pool != NULL ? POLICY_TO_POOL : POLICY_TO_REP;
    route->target_index = find_target(build, pool != NULL ? pool : rep, pool != NULL);
}

static void build_routes(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->pipeline, "routes");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = item == NULL ? 0 : list->count;
    if (item != NULL && policy_build_too_many(build, list, "routes", POLICY_ROUTES_MAX))
        count = POLICY_ROUTES_MAX;
    struct policy_route *routes = arena_array(build->arena, count, sizeof *routes);
    struct ladder ladder;
    ladder_init(build, &ladder, "route", count);
    for (size_t i = 0; i < count; i++, item = item->next) {
        const struct policy_node *node = item->value;
        routes[i] = (struct policy_route){
            .name = policy_build_text(build, policy_node_get(node, "name")),
            .group = "",
            .sample = POLICY_SAMPLE_ALL,
            .kind = "",
            .team = "",
        };
        routes[i].when = build_expression(build, policy_node_get(node, "when"), &type_bool,
                                          &routes[i].when_text);
        build_target(build, policy_node_get(node, "to"), &routes[i]);
        ladder_add(build, &ladder, i, node);
    }
    ladder_finish(build, &ladder);
    build->release->routes = routes;
    build->release->route_count = count;
}

void policy_build_pipeline(struct policy_build *build)
{
    const struct policy_node *owner = policy_node_get(build->pipeline, "owner");
    build->release->pipeline =
        policy_build_text(build, policy_node_get(build->pipeline, "pipeline"));
    build->release->owner = policy_build_text(build, owner);
    policy_build_owner(build, owner);
    build_classes(build);
    build_score(build);
    build_routes(build);
}
