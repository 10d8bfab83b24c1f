/* on-call.yaml → rotations: layers of people who take turns, and overrides from the file itself and
 * from iCalendar files. A rotation that leaves gaps is no mistake; `meshline oncall` shows them. */
#include "policy/internal.h"

#include "policy/rota/rota.h"

/* One iCalendar file as read in one zone. */
struct swaps {
    struct swaps *next;
    const struct policy_file *file;
    const struct zone *zone;
    struct policy_rota_override *overrides;
    size_t count;
};

/* All rotations of a mesh while they are built. */
struct rota_build {
    struct policy_build *build;
    struct policy_index ids;
    const struct policy_rota_names *names; /* made when the first iCalendar file asks for them */
    struct swaps *swaps;                   /* those read so far */
    size_t override_count;                 /* of all rotations */
};

enum { OVERRIDES_MAX = 1000 * 1000 }; /* of one mesh */

/* ---- whom the files name */

static void check_team(struct policy_build *build, const struct policy_node *node)
{
    struct bytes team = policy_node_text(node);
    const struct policy_release *release = build->release;
    if (team.size == 0 || release->rep_count == 0 || release->owner_count == 0 ||
        policy_index_find(&build->teams, team) != POLICY_NONE ||
        policy_index_find(&build->owners, team) != POLICY_NONE)
        return;
    size_t count = 0;
    const char **names =
        arena_array(&build->scratch, build->team_count + release->owner_count, sizeof *names);
    for (size_t i = 0; i < build->team_count; i++)
        names[count++] = build->team_names[i];
    for (size_t i = 0; i < release->owner_count; i++)
        names[count++] = release->owners[i].name;
    const char *hint = policy_hint(build, team, names, count);
    policy_report(build, node,
                  "no rep has the team `%.*s`, and no owner of mesh.yaml is called so%s",
                  POLICY_CLIP(team), hint);
}

/* ---- layers */

static size_t build_people(struct policy_build *build, const struct policy_node *list,
                           struct policy_rota_layer *layer)
{
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    if (item == NULL || policy_build_too_many(build, list, "people", POLICY_ROTA_PEOPLE_MAX))
        return 0;
    uint32_t *people = arena_array(build->arena, list->count, sizeof *people);
    size_t count = 0;
    for (; item != NULL; item = item->next) {
        people[count] = policy_build_rep(build, item->value);
        count += people[count] != POLICY_NONE;
    }
    layer->people = people;
    return count;
}

/* When turns begin and how long they are. */
static bool build_turns(struct policy_build *build, const struct policy_node *node,
                        struct policy_rota_layer *layer)
{
    const struct policy_node *start = policy_node_get(node, "start"),
                             *hand_over = policy_node_get(node, "hand_over"),
                             *every = policy_node_get(node, "every");
    struct error reason;
    int64_t start_day = 0;
    unsigned weekday = 0;
    bool good = policy_node_text(start).size > 0 && policy_node_text(hand_over).size > 0 &&
                policy_node_text(every).size > 0;
    if (!good)
        return false;
    if (policy_rota_start_parse(start->text, &start_day, &reason) != 0) {
        policy_report(build, start, "%s", reason.message);
        good = false;
    }
    if (policy_rota_hand_over_parse(hand_over->text, &weekday, &layer->hand_over, &reason) != 0) {
        policy_report(build, hand_over, "%s", reason.message);
        good = false;
    }
    if (policy_rota_turn_parse(every->text, &layer->turn_days, &reason) != 0) {
        policy_report(build, every, "%s", reason.message);
        good = false;
    }
    if (good && weekday < 7 && layer->turn_days % 7 != 0) {
        policy_report(build, every,
                      "turns of %.*s cannot be handed over on one day of the week; write whole "
                      "weeks, or a daily hand-over",
                      POLICY_CLIP(every->text));
        good = false;
    }
    layer->first_day = policy_rota_first_day(start_day, weekday);
    return good;
}

static const struct policy_calendar *build_hours(struct policy_build *build,
                                                 const struct policy_node *node,
                                                 const struct policy_rota *rota,
                                                 const struct policy_rota_layer *layer)
{
    if (node == NULL)
        return NULL;
    struct policy_calendar *calendar = arena_zalloc(build->arena, sizeof *calendar);
    calendar->id = layer->name;
    calendar->zone_name = rota->zone_name;
    calendar->zone = rota->zone;
    policy_build_hours(build, node, "layer", calendar);
    return calendar;
}

static void build_layers(struct policy_build *build, const struct policy_node *list,
                         struct policy_rota *rota)
{
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    if (item == NULL || policy_build_too_many(build, list, "layers", POLICY_ROTA_LAYERS_MAX))
        return;
    struct policy_rota_layer *layers = arena_array(build->arena, list->count, sizeof *layers);
    struct policy_index names;
    policy_index_init(&names, &build->scratch, list->count);
    size_t count = 0;
    for (; item != NULL; item = item->next) {
        const struct policy_node *name = policy_node_get(item->value, "name");
        struct policy_rota_layer *layer = &layers[count];
        layer->name = policy_build_text(build, name);
        if (layer->name[0] != '\0' &&
            policy_index_add(&names, name->text, (uint32_t)count) != POLICY_NONE)
            policy_report(build, name, "the layer `%s` is given twice; name each once",
                          layer->name);
        bool good = build_turns(build, item->value, layer);
        layer->person_count = build_people(build, policy_node_get(item->value, "people"), layer);
        layer->hours = build_hours(build, policy_node_get(item->value, "hours"), rota, layer);
        count += good && layer->person_count > 0;
    }
    rota->layers = layers;
    rota->layer_count = count;
}

/* ---- overrides */

/* Growing; in the scratch arena. */
struct gathering {
    struct policy_rota_override *items;
    size_t count, capacity;
};

static void gather(struct policy_build *build, struct gathering *gathering,
                   const struct policy_rota_override *items, size_t count)
{
    if (gathering->count + count > gathering->capacity) {
        gathering->capacity = 2 * gathering->capacity + count;
        struct policy_rota_override *grown =
            arena_array(&build->scratch, gathering->capacity, sizeof *grown);
        if (gathering->count > 0)
            memcpy(grown, gathering->items, gathering->count * sizeof *grown);
        gathering->items = grown;
    }
    if (count > 0)
        memcpy(gathering->items + gathering->count, items, count * sizeof *items);
    gathering->count += count;
}

static void gather_override(struct policy_build *build, const struct policy_node *node,
                            const struct zone *zone, struct gathering *gathering)
{
    const struct policy_node *from = policy_node_get(node, "from"),
                             *to = policy_node_get(node, "to");
    struct policy_rota_override override = {
        .person = policy_build_rep(build, policy_node_get(node, "person")),
        .reason = policy_build_text(build, policy_node_get(node, "reason")),
        .file = "",
    };
    struct error reason;
    if (policy_node_text(from).size == 0 || policy_node_text(to).size == 0)
        return;
    const char *span =
        arena_printf(&build->scratch, "%.*s/%.*s", BYTES_ARG(from->text), BYTES_ARG(to->text));
    if (policy_interval_parse(bytes_of(span), zone, &override.time, &reason) != 0)
        policy_report(build, from, "%s", reason.message);
    else if (override.person != POLICY_NONE)
        gather(build, gathering, &override, 1);
}

static const struct swaps *read_swaps(struct rota_build *rotas, const struct policy_file *file,
                                      const struct zone *zone)
{
    struct policy_build *build = rotas->build;
    for (struct swaps *known = rotas->swaps; known != NULL; known = known->next)
        if (known->file == file && known->zone == zone)
            return known;
    if (rotas->names == NULL)
        rotas->names = policy_rota_names_new(build->release, &build->scratch);
    struct swaps *swaps = arena_zalloc(&build->scratch, sizeof *swaps);
    *swaps = (struct swaps){.next = rotas->swaps, .file = file, .zone = zone};
    rotas->swaps = swaps;
    struct error reason;
    const char *path = arena_string(build->arena, bytes_of(file->path));
    if (policy_rota_ical_read(file->content, path, zone, rotas->names, &build->scratch,
                              &swaps->overrides, &swaps->count, &reason) != 0)
        policy_report_at(build, file->path, (struct policy_place){0, 0}, "%s%s%s", reason.place,
                         reason.place[0] != '\0' ? ": " : "", reason.message);
    return swaps;
}

static void gather_ical(struct rota_build *rotas, const struct policy_node *node,
                        const struct zone *zone, struct gathering *gathering)
{
    struct policy_build *build = rotas->build;
    if (policy_node_text(node).size == 0 || build->release->rep_count == 0)
        return;
    const struct policy_file *file = policy_build_ical_file(build, node);
    if (file == NULL)
        return;
    const struct swaps *swaps = read_swaps(rotas, file, zone);
    gather(build, gathering, swaps->overrides, swaps->count);
}

/* What is written in the mesh itself stands above what its iCalendar files say. */
static void build_overrides(struct rota_build *rotas, const struct policy_node *node,
                            struct policy_rota *rota)
{
    struct policy_build *build = rotas->build;
    const struct policy_node *list = policy_node_get(node, "overrides"),
                             *icals = policy_node_get(node, "overrides_ical");
    struct gathering gathering = {0};
    for (const struct policy_item *item = policy_node_items(icals, POLICY_NODE_LIST); item != NULL;
         item = item->next)
        gather_ical(rotas, item->value, rota->zone, &gathering);
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next)
        gather_override(build, item->value, rota->zone, &gathering);
    rotas->override_count += gathering.count;
    if (gathering.count > POLICY_ROTA_OVERRIDES_MAX || rotas->override_count > OVERRIDES_MAX) {
        policy_report(build, list != NULL ? list : icals,
                      "%zu overrides are too many; %d are the most of a rotation, %d of a mesh",
                      gathering.count, POLICY_ROTA_OVERRIDES_MAX, OVERRIDES_MAX);
        return;
    }
    struct policy_rota_override *overrides =
        arena_array(build->arena, gathering.count, sizeof *overrides);
    if (gathering.count > 0)
        memcpy(overrides, gathering.items, gathering.count * sizeof *overrides);
    rota->overrides = overrides;
    rota->override_count = gathering.count;
    policy_rota_pieces(overrides, gathering.count, build->arena, &rota->pieces, &rota->piece_count);
}

/* ---- rotations */

static struct policy_rota build_rota(struct rota_build *rotas, const struct policy_node *node)
{
    struct policy_build *build = rotas->build;
    const struct policy_node *zone = policy_node_get(node, "time_zone"),
                             *team = policy_node_get(node, "team");
    struct policy_rota rota = {
        .id = policy_build_text(build, policy_node_get(node, "id")),
        .team = policy_build_text(build, team),
        .zone_name = policy_build_text(build, zone),
        .zone = policy_build_zone(build, zone),
    };
    if (rota.zone == NULL) /* reported; what follows needs some zone */
        rota.zone = zone_find(BYTES_LITERAL("+00:00"));
    check_team(build, team);
    build_layers(build, policy_node_get(node, "layers"), &rota);
    build_overrides(rotas, node, &rota);
    return rota;
}

void policy_build_rotas(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->on_call, "rotations");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    if (item == NULL || policy_build_too_many(build, list, "rotations", POLICY_ROTAS_MAX))
        return;
    struct rota_build rotas = {.build = build};
    struct policy_rota *all = arena_array(build->arena, list->count, sizeof *all);
    size_t count = 0;
    policy_index_init(&rotas.ids, &build->scratch, list->count);
    for (; item != NULL; item = item->next) {
        const struct policy_node *id = policy_node_get(item->value, "id");
        if (policy_node_text(id).size == 0)
            continue;
        if (policy_index_add(&rotas.ids, id->text, (uint32_t)count) != POLICY_NONE) {
            policy_report(build, id, "the rotation id `%.*s` is given twice; keep one",
                          POLICY_CLIP(id->text));
            continue;
        }
        all[count++] = build_rota(&rotas, item->value);
    }
    build->release->rotas = all;
    build->release->rota_count = count;
}
