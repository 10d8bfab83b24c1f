/* Whom a notification is for: the words of targets, by people.yaml and mesh.yaml. */
#include "effect/message.h"

static bool take_after(struct bytes target, const char *prefix, struct bytes *ret)
{
    size_t size = strlen(prefix);
    if (target.size < size || memcmp(target.data, prefix, size) != 0)
        return false;
    *ret = (struct bytes){target.data + size, target.size - size};
    return true;
}

static void find_rep(const struct policy_release *release,
                     const struct policy_destination *destination, struct effect_recipient *ret)
{
    uint32_t index = policy_rep_find(release, ret->id);
    ret->kind = BYTES_LITERAL("rep");
    ret->name = ret->id;
    if (index == POLICY_NONE)
        return;
    const struct policy_rep *rep = &release->reps[index];
    ret->name = bytes_of(rep->name);
    ret->email = bytes_of(rep->email);
    const struct policy_contact *contact = rep->contact;
    if (contact != NULL && contact->destination != POLICY_NONE &&
        &release->destinations[contact->destination] == destination)
        ret->address = bytes_of(contact->address);
}

static void find_team(const struct policy_release *release, struct effect_recipient *ret)
{
    uint32_t index = policy_team_find(release, ret->id);
    ret->kind = BYTES_LITERAL("team");
    ret->name = ret->id;
    if (index == POLICY_NONE)
        return;
    ret->name = bytes_of(release->teams[index].title);
    ret->email = bytes_of(release->teams[index].email);
}

static void find_owner(const struct policy_release *release, struct effect_recipient *ret)
{
    ret->kind = BYTES_LITERAL("owner");
    ret->name = ret->id;
    for (size_t i = 0; i < release->owner_count; i++)
        if (bytes_is(ret->id, release->owners[i].name))
            ret->email = bytes_of(release->owners[i].email);
}

void effect_recipient_find(const struct policy_release *release,
                           const struct policy_destination *destination, struct bytes target,
                           struct arena *arena, struct effect_recipient *ret)
{
    *ret = (struct effect_recipient){0};
    target = arena_copy(arena, target);
    if (take_after(target, "rep:", &ret->id)) {
        find_rep(release, destination, ret);
    } else if (take_after(target, "team:", &ret->id)) {
        find_team(release, ret);
    } else if (take_after(target, "owner:", &ret->id)) {
        find_owner(release, ret);
    } else if (target.size > 0) {
        ret->kind = BYTES_LITERAL("address");
        ret->id = ret->name = target;
        if (take_after(target, "mailto:", &ret->email))
            ret->name = ret->email;
        else
            ret->url = target;
    }
}
