/* Deliveries, destinations and links: what is kept of them, and what events change of it. */
#include "core/internal.h"

struct outbox *outbox_new(void)
{
    return NULL;
}

void outbox_free(struct outbox *outbox)
{
    (void)outbox;
}

void outbox_activate(struct core *core, const struct policy_release *release)
{
    (void)core;
    (void)release;
}

void outbox_apply(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}

int64_t outbox_due_us(const struct core *core)
{
    (void)core;
    return INT64_MAX;
}

void outbox_print(const struct core *core, struct buffer *text)
{
    (void)core;
    (void)text;
}

const char *outbox_check(const struct core *core, char *text, size_t size)
{
    (void)core;
    (void)text;
    (void)size;
    return NULL;
}

uint32_t core_destination_count(const struct core *core)
{
    (void)core;
    return 0;
}

const struct core_destination *core_destination_at(const struct core *core, uint32_t destination)
{
    (void)core;
    (void)destination;
    return NULL;
}

const char *core_destination_id(const struct core *core, uint32_t destination)
{
    (void)core;
    (void)destination;
    return "";
}

uint32_t core_destination_find(const struct core *core, struct bytes id)
{
    (void)core;
    (void)id;
    return CORE_NONE;
}

const struct policy_destination *core_destination_declared(const struct core *core,
                                                           uint32_t destination)
{
    (void)core;
    (void)destination;
    return NULL;
}

bool core_destination_is_closed(const struct core *core, uint32_t destination)
{
    (void)core;
    (void)destination;
    return true;
}

bool core_delivery_find(const struct core *core, uint64_t number, struct core_delivery *ret)
{
    (void)core;
    (void)number;
    (void)ret;
    return false;
}

void core_deliveries_each(const struct core *core,
                          void (*visit)(void *, const struct core_delivery *), void *context)
{
    (void)core;
    (void)visit;
    (void)context;
}

bool core_outbox_take(struct core *core, uint32_t destination, int64_t now_us,
                      struct core_delivery *ret)
{
    (void)core;
    (void)destination;
    (void)now_us;
    (void)ret;
    return false;
}

void core_outbox_give_back(struct core *core, uint64_t number)
{
    (void)core;
    (void)number;
}

int64_t core_outbox_due_us(const struct core *core, uint32_t destination)
{
    (void)core;
    (void)destination;
    return INT64_MAX;
}

int64_t core_outbox_oldest_us(const struct core *core, uint32_t destination)
{
    (void)core;
    (void)destination;
    return 0;
}

const struct core_link *core_link_find(const struct core *core, uint64_t lead, uint32_t destination)
{
    (void)core;
    (void)lead;
    (void)destination;
    return NULL;
}

void core_links_each(const struct core *core, void (*visit)(void *, const struct core_link *),
                     void *context)
{
    (void)core;
    (void)visit;
    (void)context;
}

void core_load_destination(struct core *core, struct bytes id,
                           const struct core_destination *destination)
{
    (void)core;
    (void)id;
    (void)destination;
}

void core_load_delivery(struct core *core, const struct core_delivery *delivery,
                        struct bytes destination)
{
    (void)core;
    (void)delivery;
    (void)destination;
}

void core_load_link(struct core *core, const struct core_link *link, struct bytes destination)
{
    (void)core;
    (void)link;
    (void)destination;
}
