/* Links: what other systems know of leads, one for each lead and destination. */
#include "core/outbox_state.h"

#include <stdlib.h>

struct link_value {
    const char *name; /* a word */
    uint64_t value;
    int64_t changed_us;
};

struct link {
    uint64_t lead;
    const char *external_id; /* a word: others may hold on to it */
    uint32_t destination;
    uint32_t count;
    struct link_value values[]; /* in order of name */
};

static struct hash128 link_key(uint64_t lead, uint32_t destination)
{
    return (struct hash128){(uint64_t)destination + 1, lead};
}

static struct link *link_of(const struct map_entry *entry)
{
    return (struct link *)(uintptr_t)entry->value;
}

void links_release(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->links.capacity; i++)
        if (!hash128_is_none(outbox->links.entries[i].key))
            free(link_of(&outbox->links.entries[i]));
    map_release(&outbox->links);
}

/* ---- changing */

/* Its place in the map; made when there is none yet. Both live until the next one is made. */
static uint64_t *link_take(struct core *core, uint64_t lead, uint32_t destination)
{
    struct map *links = &core->outbox->links;
    const struct hash128 key = link_key(lead, destination);
    uint64_t *place = map_find(links, key);
    if (place != NULL)
        return place;
    struct link *link = core_allocate(1, sizeof *link);
    link->lead = lead;
    link->destination = destination;
    link->external_id = "";
    map_put(links, key, (uintptr_t)link);
    return map_find(links, key);
}

static void set_external_id(struct core *core, struct link *link, struct bytes id)
{
    if (id.size > 0 && !bytes_is(id, link->external_id))
        link->external_id = core_word(core, id);
}

static void set_value(struct core *core, uint64_t *place, struct bytes name, uint64_t value,
                      int64_t changed_us)
{
    struct link *link = (struct link *)(uintptr_t)*place;
    uint32_t at = 0;
    while (at < link->count && strcmp(link->values[at].name, core_word(core, name)) < 0)
        at++;
    if (at == link->count || !bytes_is(name, link->values[at].name)) {
        if (link->count == CORE_LINK_VALUES_MAX)
            return;
        link = realloc(link, sizeof *link + (link->count + 1) * sizeof link->values[0]);
        if (link == NULL)
            panic("out of memory (links)");
        memmove(&link->values[at + 1], &link->values[at],
                (link->count - at) * sizeof link->values[0]);
        link->count++;
        *place = (uintptr_t)link;
    }
    link->values[at] = (struct link_value){core_word(core, name), value, changed_us};
}

void links_apply(struct core *core, const struct core_event *event)
{
    struct core_link_change change;
    if (!core_link_change_of(event, &change))
        return;
    uint64_t *place = link_take(core, change.lead, change.destination);
    set_external_id(core, (struct link *)(uintptr_t)*place, change.external_id);
    for (uint32_t i = 0; i < change.value_count; i++)
        set_value(core, place, change.values[i].name, change.values[i].value,
                  change.values[i].changed_us);
}

/* ---- looking */

static void show(const struct link *link, struct core_link *ret)
{
    ret->lead = link->lead;
    ret->destination = link->destination;
    ret->external_id = link->external_id;
    ret->value_count = link->count;
    for (uint32_t i = 0; i < link->count; i++) {
        ret->values[i].name = link->values[i].name;
        ret->values[i].value = link->values[i].value;
        ret->values[i].changed_us = link->values[i].changed_us;
    }
}

const struct core_link *core_link_find(const struct core *core, uint64_t lead, uint32_t destination)
{
    const uint64_t *found = map_find(&core->outbox->links, link_key(lead, destination));
    if (found == NULL)
        return NULL;
    show((const struct link *)(uintptr_t)*found, &core->outbox->shown);
    return &core->outbox->shown;
}

void core_links_each(const struct core *core, void (*visit)(void *, const struct core_link *),
                     void *context)
{
    const struct map *links = &core->outbox->links;
    for (size_t i = 0; i < links->capacity; i++) {
        struct core_link view;
        if (hash128_is_none(links->entries[i].key))
            continue;
        show(link_of(&links->entries[i]), &view);
        visit(context, &view);
    }
}

/* ---- reloading */

void core_load_link(struct core *core, const struct core_link *link, struct bytes destination)
{
    uint64_t *place = link_take(core, link->lead, destination_intern(core, destination));
    set_external_id(core, (struct link *)(uintptr_t)*place, bytes_of(link->external_id));
    for (uint32_t i = 0; i < link->value_count; i++)
        set_value(core, place, bytes_of(link->values[i].name), link->values[i].value,
                  link->values[i].changed_us);
}
