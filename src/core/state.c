/* The core as a whole: making and freeing it, and the small looks at it. */
#include "core/internal.h"

#include <stdlib.h>

void *core_allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL)
        panic("out of memory (%zu bytes)", count * size);
    return memory;
}

char *copy_string(struct bytes text)
{
    char *copy = core_allocate(text.size + 1, 1);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return copy;
}

struct core *core_new(void)
{
    struct core *core = core_allocate(1, sizeof *core);
    roster_init(core);
    sources_init(core);
    arena_init(&core->dead_letter_memory);
    heap_init(&core->timers, &core_timer_order);
    heap_init(&core->rep_timers, &core_rep_order);
    heap_init(&core->unrouted, &core_waiting_order);
    heap_init(&core->ages, &core_age_order);
    arena_init(&core->lead_memory);
    buffer_init(&core->packing, 1024 * 1024);
    exceptions_init(core);
    core->watch = watch_new();
    core->outbox = outbox_new();
    return core;
}

static void free_packed(void *context, const struct core_lead *lead)
{
    (void)context;
    free(lead->packed);
}

void core_free(struct core *core)
{
    if (core == NULL)
        return;
    core_leads_each(core, free_packed, NULL);
    exceptions_release(core);
    watch_free(core->watch);
    outbox_free(core->outbox);
    roster_release(core);
    sources_release(core);
    struct map *maps[] = {
        &core->rep_index,  &core->pool_index, &core->release_index,     &core->leads,
        &core->identities, &core->closed,     &core->idempotency_index, &core->dead_letters};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        map_release(maps[i]);
    heap_release(&core->timers);
    heap_release(&core->rep_timers);
    heap_release(&core->unrouted);
    heap_release(&core->ages);
    arena_release(&core->lead_memory);
    arena_release(&core->dead_letter_memory);
    buffer_release(&core->packing);
    free(core->idempotency);
    free(core);
}

uint64_t core_seq(const struct core *core)
{
    return core->seq;
}

int64_t core_time_us(const struct core *core)
{
    return core->time_us;
}

struct core_counts core_counts(const struct core *core)
{
    return core->counts;
}

struct policy_release *core_release(const struct core *core)
{
    return core->active == CORE_NONE ? NULL : core->releases[core->active]->release;
}

int64_t core_due_us(const struct core *core)
{
    if (core->unrouted.count > 0 || core->removed_load > 0 || core->drainable_pools > 0)
        return INT64_MIN;
    const struct core_lead *lead = heap_first(&core->timers);
    const struct rep *rep = heap_first(&core->rep_timers);
    const struct source *source = heap_first(&core->notices);
    int64_t due_us = lead != NULL ? lead->due_us : INT64_MAX;
    if (rep != NULL && rep->due_us < due_us)
        due_us = rep->due_us;
    if (source != NULL && source->view.notice_us < due_us)
        due_us = source->view.notice_us;
    const struct exception *exception = heap_first(&core->exception_timers);
    if (exception != NULL && exception->timer_us < due_us)
        due_us = exception->timer_us;
    int64_t outbox_us = outbox_due_us(core);
    if (outbox_us < due_us)
        due_us = outbox_us;
    int64_t expiry_us = dead_letters_due_us(core);
    return expiry_us < due_us ? expiry_us : due_us;
}
