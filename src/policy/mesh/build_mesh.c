/* mesh.yaml → owners and systems; and the few steps that every builder shares. */
#include "policy/internal.h"

#include "base/time.h"

#include <math.h>

#define KEEP_DEFAULT_US (90 * TIME_US_PER_DAY)

const char *policy_build_text(struct policy_build *build, const struct policy_node *node)
{
    struct bytes text = policy_node_text(node);
    return text.size == 0 ? "" : arena_string(build->arena, text);
}

bool policy_build_too_many(struct policy_build *build, const struct policy_node *list,
                           const char *what, size_t ceiling)
{
    if (list == NULL || list->count <= ceiling)
        return false;
    policy_report(build, list, "%u %s are too many; %zu are the most", list->count, what, ceiling);
    return true;
}

uint32_t policy_build_percent(struct policy_build *build, const struct policy_node *node)
{
    double percent;
    if (!policy_node_number(node, &percent))
        return 0;
    double hundredths = round(percent * 100);
    if (percent >= 0.01 && percent <= 100 && fabs(percent * 100 - hundredths) < 1e-6)
        return (uint32_t)hundredths;
    policy_report(build, node,
                  "`percent` must be from 0.01 to 100 with at most two decimals, got `%.*s`",
                  POLICY_CLIP(node->text));
    return 0;
}

void policy_build_owner(struct policy_build *build, const struct policy_node *node)
{
    struct bytes name = policy_node_text(node);
    const struct policy_release *release = build->release;
    if (name.size == 0 || release->owner_count == 0 ||
        policy_index_find(&build->owners, name) != POLICY_NONE)
        return;
    const char **names = arena_array(&build->scratch, release->owner_count + 1, sizeof *names);
    for (size_t i = 0; i < release->owner_count; i++)
        names[i] = release->owners[i].name;
    const char *hint = policy_hint(build, name, names, release->owner_count);
    policy_report(build, node, "the owner `%.*s` is not named in mesh.yaml%s", POLICY_CLIP(name),
                  hint[0] != '\0' ? hint : "; add it to `owners` there");
}

static void build_owners(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->mesh, "owners");
    size_t count = list != NULL && list->kind == POLICY_NODE_LIST ? list->count : 0;
    struct policy_owner *owners = arena_array(build->arena, count, sizeof *owners);
    size_t used = 0;
    policy_index_init(&build->owners, &build->scratch, count);
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        const struct policy_node *name = policy_node_get(item->value, "name");
        if (policy_node_text(name).size == 0)
            continue;
        uint32_t role =
            policy_choice(policy_roles, policy_node_text(policy_node_get(item->value, "role")));
        owners[used] = (struct policy_owner){
            .name = policy_build_text(build, name),
            .role = role == POLICY_NONE ? POLICY_ROLE_ROUTING : (enum policy_role)role,
            .email = policy_build_text(build, policy_node_get(item->value, "email")),
        };
        if (policy_index_add(&build->owners, bytes_of(owners[used].name), (uint32_t)used) ==
            POLICY_NONE)
            used++;
        else
            policy_report(build, name, "the owner `%.*s` is listed twice; keep one",
                          POLICY_CLIP(name->text));
    }
    build->release->owners = owners;
    build->release->owner_count = used;
}

static void build_systems(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->mesh, "systems");
    size_t count = list != NULL && list->kind == POLICY_NODE_LIST ? list->count : 0;
    struct policy_system *systems = arena_array(build->arena, count, sizeof *systems);
    struct policy_index names;
    size_t used = 0;
    policy_index_init(&names, &build->scratch, count);
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        const struct policy_node *name = policy_node_get(item->value, "name");
        if (policy_node_text(name).size == 0)
            continue;
        const struct policy_node *owner = policy_node_get(item->value, "owner");
        policy_build_owner(build, owner);
        systems[used] = (struct policy_system){
            .name = policy_build_text(build, name),
            .kind = policy_build_text(build, policy_node_get(item->value, "kind")),
            .owner = policy_build_text(build, owner),
            .description = policy_build_text(build, policy_node_get(item->value, "description")),
        };
        if (policy_index_add(&names, bytes_of(systems[used].name), (uint32_t)used) == POLICY_NONE)
            used++;
        else
            policy_report(build, name, "the system `%.*s` is listed twice; keep one",
                          POLICY_CLIP(name->text));
    }
    build->release->systems = systems;
    build->release->system_count = used;
}

void policy_build_mesh(struct policy_build *build)
{
    build->release->name = policy_build_text(build, policy_node_get(build->mesh, "name"));
    build_owners(build);
    build_systems(build);
    const struct policy_node *keep =
        policy_node_get(policy_node_get(build->mesh, "dead_letters"), "keep");
    build->release->keep_dead_letters_us =
        keep == NULL ? KEEP_DEFAULT_US : policy_build_duration(keep);
}
