/* The routes of the pipeline: groups are flattened into the conditions of their routes, targets are
 * looked up. */
#include "policy/internal.h"

#include "base/time.h"

enum {
    CONDITIONS_MAX = 64 * 1024 * 1024, /* bytes of all conditions, those of groups repeated */
};
#define AFTER_MIN_US (INT64_C(3600) * TIME_US_PER_SECOND)

/* The groups around the routes being built. */
struct surroundings {
    const char *group;             /* "enterprise/dach", or "" */
    struct bytes when;             /* "(outer) && (inner)", empty without conditions */
    const struct policy_node *own; /* where the innermost condition stands, or NULL */
    int depth;
};

struct routes {
    struct policy_build *build;
    struct policy_route *items;
    size_t count, capacity;
    size_t group_count;
    struct policy_ladder ladder;
};

/* ---- conditions */

/* "outer && (inner)"; a comment in `inner` ends before the parenthesis. */
static struct bytes join(struct arena *arena, struct bytes outer, const char *inner)
{
    const char *text =
        arena_printf(arena, "%.*s%s(%s%s)", BYTES_ARG(outer), outer.size > 0 ? " && " : "", inner,
                     strstr(inner, "//") != NULL ? "\n" : "");
    return bytes_of(text);
}

static void build_condition(struct routes *routes, const struct policy_node *node,
                            const struct surroundings *around, struct policy_route *route)
{
    struct policy_build *build = routes->build;
    const struct policy_node *when = policy_node_get(node, "when");
    route->when = policy_expression_build(build, when, &policy_type_bool, &route->when_text);
    if (around->when.size == 0 || (when != NULL && route->when == NULL))
        return;
    struct bytes whole = route->when_text == NULL
                             ? around->when
                             : join(&build->scratch, around->when, route->when_text);
    route->when_text = arena_string(build->arena, whole);
    struct cel_diagnostic diagnostic;
    route->when = policy_expression_compile(build, bytes_of(route->when_text), &policy_type_bool,
                                            &diagnostic);
    if (route->when == NULL)
        policy_report(build, node, "the condition, with those of the groups around it: %s",
                      diagnostic.message);
}

/* ---- targets */

/* A text such as `jonas.keller` or `account.owner`: which of the two is told by its first word. */
static bool begins_with_variable(const struct policy_build *build, struct bytes text)
{
    static const char *const words[] = {"lead", "source",    "params", "account",
                                        "now",  "territory", NULL};
    size_t size = 0;
    while (size < text.size && strchr(".-@+", text.data[size]) == NULL)
        size++;
    struct bytes first = {text.data, size};
    return policy_choice(words, first) != POLICY_NONE ||
           policy_index_find(&build->table_words, first) != POLICY_NONE;
}

static bool is_plain_name(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alphanumeric && strchr("_-.@+", c) == NULL)
            return false;
    }
    return true;
}

static void build_rep(struct policy_build *build, const struct policy_node *node,
                      struct policy_route *route)
{
    const struct policy_release *release = build->release;
    struct bytes text = policy_node_text(node);
    route->target = POLICY_TO_REP;
    route->target_index = policy_rep_find(release, text);
    if (route->target_index != POLICY_NONE || text.size == 0)
        return;
    if (!is_plain_name(text) || begins_with_variable(build, text)) {
        route->rep = policy_expression_build(build, node, &policy_type_string, &route->rep_text);
        return;
    }
    policy_build_rep(build, node);
}

/* The kind's settings, which hold where the route says nothing. */
static const struct policy_exception *find_kind(struct policy_build *build,
                                                const struct policy_node *node)
{
    struct bytes kind = policy_node_text(node);
    const struct policy_release *release = build->release;
    const struct policy_exception *settings = policy_exception_find(release, kind);
    if (kind.size == 0 || bytes_is(kind, settings->kind) || policy_report_full(build))
        return settings;
    const char *kinds[POLICY_KINDS_MAX];
    for (size_t i = 0; i < release->exception_count; i++)
        kinds[i] = release->exceptions[i].kind;
    const char *hint = policy_hint(build, kind, kinds, release->exception_count);
    policy_report(build, node, "no kind of exception is called `%.*s`%s", POLICY_CLIP(kind),
                  hint[0] != '\0' ? hint
                                  : "; say under `exceptions` of the pipeline who decides on it");
    return settings;
}

static void build_exception(struct policy_build *build, const struct policy_node *to,
                            struct policy_route *route)
{
    const struct policy_node *within = policy_node_get(to, "within");
    const struct policy_node *team = policy_node_get(to, "team");
    const struct policy_node *kind = policy_node_get(to, "exception");
    route->target = POLICY_TO_EXCEPTION;
    route->kind = policy_build_text(build, kind);
    const struct policy_exception *settings = find_kind(build, kind);
    route->team = team == NULL ? settings->team : policy_build_team(build, team);
    route->delay_us =
        within == NULL ? settings->within_us : policy_build_timer(build, within, "within");
}

static void build_nurture(struct policy_build *build, const struct policy_node *to,
                          struct policy_route *route)
{
    const struct policy_node *after = policy_node_get(to, "after");
    route->target = POLICY_TO_NURTURE;
    route->kind = policy_build_text(build, policy_node_get(to, "nurture"));
    route->delay_us = policy_build_duration(after);
    if (after == NULL)
        policy_report(build, to, "say when the lead is routed anew: `after: 30d`");
    else if (route->delay_us > 0 && route->delay_us < AFTER_MIN_US)
        policy_report(build, after, "`after` must be at least 1h, got `%.*s`",
                      POLICY_CLIP(after->text));
}

static void check_companions(struct policy_build *build, const struct policy_node *to)
{
    static const struct {
        const char *key, *of;
    } table[] = {{"team", "exception"}, {"within", "exception"}, {"after", "nurture"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct policy_node *node = policy_node_get(to, table[i].key);
        if (node != NULL && policy_node_get(to, table[i].of) == NULL)
            policy_report(build, node, "`%s` goes with `%s`; remove it", table[i].key, table[i].of);
    }
}

static void build_target(struct policy_build *build, const struct policy_node *to,
                         struct policy_route *route)
{
    static const char *const places[] = {"pool", "rep", "exception", "nurture"};
    if (to == NULL || to->kind != POLICY_NODE_OBJECT)
        return;
    int given = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        given += policy_node_get(to, places[i]) != NULL;
    if (given != 1) {
        policy_report(build, to,
                      "a route leads to one place: give `to` one of {pool: …}, {rep: …}, "
                      "{exception: …} and {nurture: …}");
        return;
    }
    check_companions(build, to);
    if (policy_node_get(to, "rep") != NULL) {
        build_rep(build, policy_node_get(to, "rep"), route);
    } else if (policy_node_get(to, "exception") != NULL) {
        build_exception(build, to, route);
    } else if (policy_node_get(to, "nurture") != NULL) {
        build_nurture(build, to, route);
    } else {
        route->target = POLICY_TO_POOL;
        uint32_t pool = policy_build_pool(build, policy_node_get(to, "pool"));
        route->target_index = pool == POLICY_NONE ? 0 : pool;
    }
}

/* ---- routes and groups */

/* What keeps the route from taking every lead; NULL when nothing does. A rep may be full or away,
 * so that the routes behind are asked; but the last one is asked last. */
static const struct policy_node *condition_of(const struct policy_node *node,
                                              const struct surroundings *around,
                                              const struct policy_route *route, bool last)
{
    const struct policy_node *when = policy_node_get(node, "when");
    if (when != NULL)
        return when;
    if (around->own != NULL)
        return around->own;
    if (route->sample < POLICY_SAMPLE_ALL)
        return policy_node_get(node, "percent");
    return route->target == POLICY_TO_REP && !last ? policy_node_get(node, "to") : NULL;
}

static void require(struct policy_build *build, const struct policy_node *node, const char *key)
{
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT); item != NULL;
         item = item->next)
        if (bytes_is(item->key->text, key)) {
            if (item->value->kind == POLICY_NODE_NULL)
                policy_report(build, item->key, "`%s` has no value; give it one", key);
            return;
        }
    policy_report(build, node, "`%s` is missing in an item of `routes`", key);
}

static void add_route(struct routes *routes, const struct policy_node *node,
                      const struct surroundings *around)
{
    struct policy_build *build = routes->build;
    if (node->kind != POLICY_NODE_OBJECT || routes->count == routes->capacity)
        return; /* reported already */
    require(build, node, "name");
    require(build, node, "to");
    size_t at = routes->count++;
    const struct policy_node *group = policy_node_get(node, "group");
    if (group != NULL && build->from_files)
        policy_report(build, group, "a group needs `routes`; add them, or remove `group`");
    uint32_t percent = policy_build_percent(build, policy_node_get(node, "percent"));
    struct policy_route *route = &routes->items[at];
    *route = (struct policy_route){
        .name = policy_build_text(build, policy_node_get(node, "name")),
        .group = group == NULL ? around->group : policy_build_text(build, group),
        .sample = percent == 0 ? POLICY_SAMPLE_ALL : percent,
        .target_index = POLICY_NONE,
        .kind = "",
        .team = "",
        .place = node,
    };
    build_condition(routes, node, around, route);
    build_target(build, policy_node_get(node, "to"), route);
    build->condition_bytes += route->when_text == NULL ? 0 : strlen(route->when_text);
    if (build->condition_bytes > CONDITIONS_MAX)
        policy_report(build, node,
                      "the conditions of the routes so far, with those of their groups, are more "
                      "than %d MiB; shorten those of the groups",
                      CONDITIONS_MAX / 1024 / 1024);
    policy_ladder_add(build, &routes->ladder, at, node,
                      condition_of(node, around, route, routes->count == routes->capacity));
}

static void add_list(struct routes *routes, const struct policy_node *list,
                     const struct surroundings *around);

static void add_group(struct routes *routes, const struct policy_node *node,
                      const struct surroundings *around)
{
    static const char *const strangers[] = {"name", "to", "percent"};
    struct policy_build *build = routes->build;
    const struct policy_node *name = policy_node_get(node, "group");
    const struct policy_node *when = policy_node_get(node, "when");
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        if (policy_node_get(node, strangers[i]) != NULL)
            policy_report(build, policy_node_get(node, strangers[i]),
                          "`%s` belongs to a route, and this is a group; move it into its `routes`",
                          strangers[i]);
    if (name == NULL)
        policy_report(build, node, "a group needs a name: `group: …`");
    if (routes->group_count++ >= POLICY_ROUTES_MAX)
        return; /* more groups than routes: most of them are empty, which is reported */
    if (around->depth == POLICY_GROUPS_MAX) {
        policy_report(build, node, "groups are nested more than %d deep; flatten them",
                      POLICY_GROUPS_MAX);
        return;
    }
    const char *text;
    const struct cel_program *program =
        policy_expression_build(build, when, &policy_type_bool, &text);
    struct surroundings inside = *around;
    inside.depth++;
    inside.group =
        arena_printf(build->arena, "%s%s%.*s", around->group, around->group[0] != '\0' ? "/" : "",
                     BYTES_ARG(policy_node_text(name)));
    if (when != NULL)
        inside.own = when;
    if (program != NULL)
        inside.when = join(&build->scratch, around->when, text);
    add_list(routes, policy_node_get(node, "routes"), &inside);
}

static void add_list(struct routes *routes, const struct policy_node *list,
                     const struct surroundings *around)
{
    struct policy_build *build = routes->build;
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        if (build->condition_bytes > CONDITIONS_MAX)
            return; /* reported where it was passed */
        if (policy_node_get(item->value, "routes") != NULL)
            add_group(routes, item->value, around);
        else
            add_route(routes, item->value, around);
    }
}

static size_t count_routes(const struct policy_node *list)
{
    size_t count = 0;
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        const struct policy_node *inner = policy_node_get(item->value, "routes");
        count += inner == NULL ? 1 : count_routes(inner);
    }
    return count;
}

/* A lead that no route before it took must find a place here. */
static void check_last(struct policy_build *build, const struct policy_route *last)
{
    if (last->rep_text != NULL && last->when_text == NULL)
        policy_report(build, last->place,
                      "the last route must have a place for every lead, and an expression may name "
                      "nobody; lead to a pool, a rep by id, an exception or nurture");
}

void policy_build_routes(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->pipeline, "routes");
    size_t count = count_routes(list);
    if (count > POLICY_ROUTES_MAX) {
        policy_report(build, list, "%zu routes are too many; %d are the most", count,
                      POLICY_ROUTES_MAX);
        count = POLICY_ROUTES_MAX;
    }
    struct routes routes = {.build = build, .capacity = count};
    routes.items = arena_array(build->arena, count, sizeof *routes.items);
    policy_ladder_init(build, &routes.ladder, "route", count);
    add_list(&routes, list, &(struct surroundings){.group = ""});
    policy_ladder_finish(build, &routes.ladder);
    struct policy_index *index = &((struct policy_block *)build->release)->routes;
    policy_index_init(index, build->arena, routes.count);
    for (size_t i = 0; i < routes.count; i++)
        policy_index_add(index, bytes_of(routes.items[i].name), (uint32_t)i);
    for (size_t i = 0; i < routes.count; i++)
        build->release->uses_sample |= routes.items[i].sample < POLICY_SAMPLE_ALL;
    if (routes.count > 0)
        check_last(build, &routes.items[routes.count - 1]);
    build->release->routes = routes.items;
    build->release->route_count = routes.count;
}
