/* Exceptions as the digest and the invariants see them (check.c). */
#include "core/outbox_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
    const struct exception *x = *(const struct exception *const *)a;
    const struct exception *y = *(const struct exception *const *)b;
    return x->view.number < y->view.number ? -1 : x->view.number > y->view.number;
}

static const char *subject_id(const struct core *core, const struct core_exception *view)
{
    switch (view->about) {
    case CORE_ABOUT_SOURCE: return core->sources[view->index]->id;
    case CORE_ABOUT_POOL: return core->pools[view->index]->id;
    case CORE_ABOUT_DESTINATION: return core_destination_id(core, view->index);
    default: return "";
    }
}

void exceptions_print(const struct core *core, struct buffer *text)
{
    const struct exception **all = core_allocate(core->exceptions.count + 1, sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < core->exceptions.capacity; i++)
        if (!hash128_is_none(core->exceptions.entries[i].key))
            all[count++] = (const struct exception *)(uintptr_t)core->exceptions.entries[i].value;
    qsort(all, count, sizeof *all, by_number);
    for (size_t i = 0; i < count; i++) {
        const struct core_exception *view = &all[i]->view;
        buffer_printf(text,
                      "exception %" PRIu64 " %" PRIu64 " %s|%s|%s|%s| %d %" PRIu64
                      " %s| %d %" PRId64 " %" PRId64 " %u\n",
                      view->number, view->last_seq, view->kind, view->queue, view->team,
                      view->claimed_by, view->about, view->lead, subject_id(core, view),
                      view->holding, view->opened_us, view->due_us, view->count);
    }
    free(all);
}

struct look {
    const struct core *core;
    char *text;
    size_t size;
    bool bad;
    uint64_t holding;
    size_t listed;
};

#define COMPLAIN(look, ...)                                    \
    do {                                                       \
        if (!(look)->bad)                                      \
            snprintf((look)->text, (look)->size, __VA_ARGS__); \
        (look)->bad = true;                                    \
    } while (0)

static void check_one(struct look *look, const struct exception *exception)
{
    const struct core *core = look->core;
    const struct core_exception *view = &exception->view;
    uint32_t at = exception->timer_position;
    if (at == HEAP_NONE || core->exception_timers.items[at] != exception || view->due_us == 0)
        COMPLAIN(look, "I5: exception X%" PRIu64 " has no running timer", view->number);
    if (view->about != CORE_ABOUT_LEAD)
        return;
    const struct core_lead *lead = lead_get(core, view->lead);
    if (lead == NULL) {
        COMPLAIN(look, "I5: exception X%" PRIu64 " is about lead L%" PRIu64 ", which is closed",
                 view->number, view->lead);
        return;
    }
    if (!view->holding)
        return;
    look->holding++;
    if (lead->place != CORE_PLACE_EXCEPTION || lead->timer_position != HEAP_NONE ||
        lead->due_us != view->due_us)
        COMPLAIN(look, "I5: exception X%" PRIu64 " holds lead L%" PRIu64 ", which is elsewhere",
                 view->number, view->lead);
}

static void check_list(struct look *look, const struct exception *first, enum core_about about,
                       uint64_t lead, uint32_t index)
{
    uint64_t last = 0;
    unsigned holding = 0;
    for (const struct exception *at = first; at != NULL; at = at->next) {
        look->listed++;
        holding += at->view.holding;
        if (at->view.about != about || at->view.lead != lead || at->view.index != index ||
            at->view.number <= last || exception_get(look->core, at->view.number) != at)
            COMPLAIN(look, "I5: exception X%" PRIu64 " is in a list where it does not belong",
                     at->view.number);
        last = at->view.number;
    }
    if (holding > 1)
        COMPLAIN(look, "I5: lead L%" PRIu64 " is in %u exceptions at once", lead, holding);
}

static void check_lead(void *context, const struct core_lead *lead)
{
    check_list(context, lead->exceptions, CORE_ABOUT_LEAD, lead->number, CORE_NONE);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is written through the look */
const char *exceptions_check(const struct core *core, char *text, size_t size)
{
    struct look look = {.core = core, .text = text, .size = size};
    for (size_t i = 0; i < core->exceptions.capacity; i++)
        if (!hash128_is_none(core->exceptions.entries[i].key))
            check_one(&look,
                      (const struct exception *)(uintptr_t)core->exceptions.entries[i].value);
    core_leads_each(core, check_lead, &look);
    for (uint32_t i = 0; i < core->source_count; i++)
        check_list(&look, core->sources[i]->exceptions, CORE_ABOUT_SOURCE, 0, i);
    for (uint32_t i = 0; i < core->pool_count; i++)
        check_list(&look, core->pools[i]->exceptions, CORE_ABOUT_POOL, 0, i);
    for (uint32_t i = 0; i < core_destination_count(core); i++)
        check_list(&look, core->outbox->destinations[i]->exceptions, CORE_ABOUT_DESTINATION, 0, i);
    if (look.holding != core->counts.exception)
        COMPLAIN(&look, "I5: %" PRIu64 " leads in exceptions, but %" PRIu64 " exceptions hold one",
                 core->counts.exception, look.holding);
    if (look.listed != core->exceptions.count ||
        core->exception_timers.count != core->exceptions.count)
        COMPLAIN(&look, "I5: %zu open exceptions, %zu of them listed, %u with a timer",
                 core->exceptions.count, look.listed, core->exception_timers.count);
    return look.bad ? text : NULL;
}
