/* people.yaml → teams, and reps: their teams, capacity, calendars and time off. */
#include "policy/internal.h"

/* The item's place among the reps; reports an id that is taken. */
static bool add_rep(struct policy_build *build, struct policy_index *index,
                    const struct policy_node **ids, size_t at, const struct policy_node *id)
{
    uint32_t taken = policy_index_add(index, bytes_of(build->release->reps[at].id), (uint32_t)at);
    if (taken == POLICY_NONE) {
        ids[at] = id;
        return true;
    }
    policy_report(build, id, "the rep id `%.*s` is given twice; first on line %u",
                  POLICY_CLIP(id->text), policy_node_place(ids[taken]).line);
    return false;
}

/* ---- teams */

/* The number of the team, which is added when it is not known yet. */
static uint32_t add_team(struct policy_build *build, struct policy_team team)
{
    uint32_t known =
        policy_index_add(&build->teams, bytes_of(team.id), (uint32_t)build->team_count);
    if (known != POLICY_NONE)
        return known;
    known = (uint32_t)build->team_count++;
    ((struct policy_team *)build->release->teams)[known] = team;
    build->team_names[known] = team.id;
    return known;
}

static void add_team_of(struct policy_build *build, size_t rep)
{
    const char *id = build->release->reps[rep].team;
    build->team_of[rep] =
        id[0] == '\0'
            ? POLICY_NONE
            : add_team(build, (struct policy_team){
                                  .id = id, .title = id, .manager = POLICY_NONE, .email = ""});
}

/* Before the reps, whose teams need no entry; who manages them is known behind the reps. */
static void declare_teams(struct policy_build *build, size_t rep_count)
{
    const struct policy_node *list = policy_node_get(build->people, "teams");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = rep_count + (item == NULL ? 0 : list->count);
    build->release->teams = arena_array(build->arena, count, sizeof *build->release->teams);
    build->team_names = arena_array(&build->scratch, count, sizeof *build->team_names);
    policy_index_init(&build->teams, build->arena, count);
    for (; item != NULL; item = item->next) {
        const struct policy_node *id = policy_node_get(item->value, "id");
        struct policy_team team = {
            .id = policy_build_text(build, id),
            .title = policy_build_text(build, policy_node_get(item->value, "title")),
            .manager = POLICY_NONE,
            .email = policy_build_text(build, policy_node_get(item->value, "email")),
        };
        if (team.id[0] == '\0')
            continue;
        if (team.title[0] == '\0')
            team.title = team.id;
        if (policy_index_find(&build->teams, id->text) != POLICY_NONE)
            policy_report(build, id, "the team id `%.*s` is given twice; keep one",
                          POLICY_CLIP(id->text));
        add_team(build, team);
    }
}

static void finish_teams(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->people, "teams");
    struct policy_team *teams = (struct policy_team *)build->release->teams;
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        struct bytes id = policy_node_text(policy_node_get(item->value, "id"));
        uint32_t team = policy_index_find(&build->teams, id);
        uint32_t manager = policy_build_rep(build, policy_node_get(item->value, "manager"));
        if (team != POLICY_NONE)
            teams[team].manager = manager;
    }
    build->release->team_count = build->team_count;
    ((struct policy_block *)build->release)->teams = build->teams;
    if (build->from_files && build->team_count > POLICY_TEAMS_MAX)
        policy_report(build, list != NULL ? list : build->people,
                      "%zu teams are too many; %d are the most", build->team_count,
                      POLICY_TEAMS_MAX);
}

uint32_t policy_build_rep(struct policy_build *build, const struct policy_node *node)
{
    const struct policy_release *release = build->release;
    struct bytes id = policy_node_text(node);
    uint32_t rep = id.size == 0 ? POLICY_NONE : policy_rep_find(release, id);
    if (id.size == 0 || rep != POLICY_NONE || release->rep_count == 0)
        return rep; /* without reps: reported already, and no name could be right */
    if (policy_report_full(build))
        return POLICY_NONE;
    const char **ids = arena_array(&build->scratch, release->rep_count, sizeof *ids);
    for (size_t i = 0; i < release->rep_count; i++)
        ids[i] = release->reps[i].id;
    policy_report(build, node, "no rep `%.*s` in people.yaml%s", POLICY_CLIP(id),
                  policy_hint(build, id, ids, release->rep_count));
    return POLICY_NONE;
}

const char *policy_build_people_team(struct policy_build *build, const struct policy_node *node)
{
    struct bytes name = policy_node_text(node);
    if (name.size > 0 && policy_index_find(&build->teams, name) == POLICY_NONE &&
        build->release->rep_count > 0 && !policy_report_full(build))
        policy_report(build, node, "no team `%.*s` in people.yaml%s", POLICY_CLIP(name),
                      policy_hint(build, name, build->team_names, build->team_count));
    return policy_build_text(build, node);
}

const char *policy_build_team(struct policy_build *build, const struct policy_node *node)
{
    struct bytes name = policy_node_text(node);
    const struct policy_release *release = build->release;
    const char *text = policy_build_text(build, node);
    if (name.size == 0 || policy_index_find(&build->owners, name) != POLICY_NONE ||
        policy_index_find(&build->teams, name) != POLICY_NONE || policy_report_full(build))
        return text;
    size_t count = release->owner_count + build->team_count;
    const char **names = arena_array(&build->scratch, count + 1, sizeof *names);
    for (size_t i = 0; i < release->owner_count; i++)
        names[i] = release->owners[i].name;
    if (build->team_count > 0)
        memcpy(names + release->owner_count, build->team_names, build->team_count * sizeof *names);
    const char *hint = policy_hint(build, name, names, count);
    policy_report(build, node,
                  "`%.*s` is neither an owner in mesh.yaml nor a team in people.yaml%s",
                  POLICY_CLIP(name), hint);
    return text;
}

/* ---- capacity and duty */

/* Leads that a rep takes: at a time, in an hour, in a day. */
struct capacity {
    uint32_t open, per_hour, per_day;
};

static void read_count(const struct policy_node *node, uint32_t *ret)
{
    if (node != NULL && node->kind == POLICY_NODE_INTEGER && node->integer >= 0 &&
        node->integer <= POLICY_CAPACITY_MAX)
        *ret = (uint32_t)node->integer;
}

/* What is unstated stays as it is. */
static void read_capacity(const struct policy_node *node, struct capacity *capacity)
{
    read_count(node, &capacity->open);
    read_count(policy_node_get(node, "open"), &capacity->open);
    read_count(policy_node_get(node, "per_hour"), &capacity->per_hour);
    read_count(policy_node_get(node, "per_day"), &capacity->per_day);
}

/* What holds for reps who do not say otherwise. */
struct defaults {
    struct capacity capacity;
    const struct policy_calendar *calendar;
    bool has_calendar; /* `always` is one too */
};

/* `more`: another word that would do; or NULL. */
static const char *calendar_hint(struct policy_build *build, struct bytes id, const char *more)
{
    const struct policy_release *release = build->release;
    size_t count = 0;
    const char **ids = arena_array(&build->scratch, release->calendar_count + 1, sizeof *ids);
    for (; count < release->calendar_count; count++)
        ids[count] = release->calendars[count]->id;
    if (more != NULL)
        ids[count++] = more;
    return policy_hint(build, id, ids, count);
}

/* False when `node` does not say; `always` gives NULL. */
static bool find_calendar(struct policy_build *build, const struct policy_node *node,
                          const struct policy_calendar **ret)
{
    struct bytes id = policy_node_text(node);
    *ret = NULL;
    if (id.size == 0)
        return false;
    const struct policy_release *release = build->release;
    uint32_t found = policy_index_find(&build->calendars, id);
    if (found != POLICY_NONE) {
        *ret = release->calendars[found];
    } else if (!bytes_is(id, "always")) {
        const char *hint = calendar_hint(build, id, "always");
        policy_report(build, node, "no calendar `%.*s` under `calendars`%s", POLICY_CLIP(id),
                      hint[0] != '\0' ? hint : "; add it there, or write `always`");
    }
    return true;
}

const struct policy_calendar *policy_build_calendar(struct policy_build *build,
                                                    const struct policy_node *node)
{
    struct bytes id = policy_node_text(node);
    uint32_t found = id.size == 0 ? POLICY_NONE : policy_index_find(&build->calendars, id);
    if (found != POLICY_NONE)
        return build->release->calendars[found];
    if (id.size > 0) {
        const char *hint = calendar_hint(build, id, NULL);
        policy_report(build, node, "no calendar `%.*s` under `calendars` in people.yaml%s",
                      POLICY_CLIP(id), hint[0] != '\0' ? hint : "; add it there");
    }
    return NULL;
}

static void build_calendar_of(struct policy_build *build, const struct policy_node *node,
                              const struct defaults *defaults, struct policy_rep *rep)
{
    const struct policy_node *id = policy_node_get(node, "id");
    rep->calendar = defaults->calendar;
    if (!find_calendar(build, policy_node_get(node, "calendar"), &rep->calendar)) {
        rep->calendar = defaults->calendar;
        if (build->from_files && !defaults->has_calendar && build->release->calendar_count > 0)
            policy_report(build, id,
                          "the rep `%.*s` has no calendar; give one of `calendars`, or `always` "
                          "(or one for everybody under `defaults`)",
                          POLICY_CLIP(id->text));
    }
}

static void build_duty(struct policy_build *build, const struct policy_node *node,
                       const struct defaults *defaults, struct policy_rep *rep)
{
    const struct policy_node *zone_node = policy_node_get(node, "time_zone");
    build_calendar_of(build, node, defaults, rep);
    const struct zone *zone = NULL;
    rep->time_zone = policy_build_text(build, zone_node);
    if (rep->time_zone[0] != '\0') {
        zone = build->from_files ? policy_build_zone(build, zone_node)
                                 : zone_find(bytes_of(rep->time_zone));
    } else if (rep->calendar != NULL) {
        rep->time_zone = rep->calendar->zone_name;
        zone = rep->calendar->zone;
    }
    rep->time_off =
        policy_build_intervals(build, policy_node_get(node, "time_off"),
                               policy_node_get(node, "time_off_ical"), zone, &rep->time_off_count);
}

static struct policy_rep build_rep(struct policy_build *build, const struct policy_node *node,
                                   const struct defaults *defaults)
{
    struct capacity capacity = defaults->capacity;
    read_capacity(policy_node_get(node, "capacity"), &capacity);
    struct policy_rep rep = {
        .id = policy_build_text(build, policy_node_get(node, "id")),
        .name = policy_build_text(build, policy_node_get(node, "name")),
        .email = policy_build_text(build, policy_node_get(node, "email")),
        .team = policy_build_text(build, policy_node_get(node, "team")),
        .country = policy_build_text(build, policy_node_get(node, "country")),
        .capacity = capacity.open,
        .per_hour = capacity.per_hour,
        .per_day = capacity.per_day,
        .contact = policy_build_contact(build, node),
    };
    if (rep.name[0] == '\0')
        rep.name = rep.id;
    build_duty(build, node, defaults, &rep);
    return rep;
}

static struct defaults build_defaults(struct policy_build *build)
{
    const struct policy_node *node = policy_node_get(build->people, "defaults");
    struct defaults defaults = {.capacity.open = POLICY_CAPACITY_DEFAULT};
    read_capacity(policy_node_get(node, "capacity"), &defaults.capacity);
    defaults.has_calendar =
        find_calendar(build, policy_node_get(node, "calendar"), &defaults.calendar);
    return defaults;
}

void policy_build_people(struct policy_build *build)
{
    struct policy_index *index = &((struct policy_block *)build->release)->reps;
    const struct policy_node *list = policy_node_get(build->people, "reps");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = item == NULL ? 0 : list->count;
    if (item != NULL && policy_build_too_many(build, list, "reps", POLICY_REPS_MAX))
        count = POLICY_REPS_MAX;
    struct defaults defaults = build_defaults(build);
    struct policy_rep *reps = arena_array(build->arena, count, sizeof *reps);
    const struct policy_node **ids = arena_array(&build->scratch, count, sizeof *ids);
    build->rep_nodes = arena_array(&build->scratch, count, sizeof *build->rep_nodes);
    build->team_of = arena_array(&build->scratch, count, sizeof *build->team_of);
    policy_index_init(index, build->arena, count);
    declare_teams(build, count);
    build->release->reps = reps;
    size_t used = 0;
    for (size_t i = 0; i < count; i++, item = item->next) {
        const struct policy_node *id = policy_node_get(item->value, "id");
        if (policy_node_text(id).size == 0)
            continue;
        reps[used] = build_rep(build, item->value, &defaults);
        if (!add_rep(build, index, ids, used, id))
            continue;
        add_team_of(build, used);
        build->rep_nodes[used++] = item->value;
    }
    build->release->rep_count = used;
    finish_teams(build);
}
