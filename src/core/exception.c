/* Open exceptions: their memory, their timers, what events say of them. One that holds its lead
 * has the lead's timer too; those that are over leave nothing behind. */
#include "core/outbox_state.h"

#include <stdlib.h>

static bool timer_before(const void *a, const void *b)
{
    const struct exception *x = a, *y = b;
    return x->timer_us != y->timer_us ? x->timer_us < y->timer_us : x->view.number < y->view.number;
}

static uint32_t *timer_position(void *item)
{
    return &((struct exception *)item)->timer_position;
}

void exceptions_init(struct core *core)
{
    static const struct heap_operations order = {timer_before, timer_position};
    heap_init(&core->exception_timers, &order);
}

static void exception_free(struct exception *exception)
{
    free(exception->claimed_by);
    free(exception);
}

void exceptions_release(struct core *core)
{
    for (size_t i = 0; i < core->exceptions.capacity; i++)
        if (!hash128_is_none(core->exceptions.entries[i].key))
            exception_free((struct exception *)(uintptr_t)core->exceptions.entries[i].value);
    for (size_t i = 0; i < core->words.capacity; i++)
        if (!hash128_is_none(core->words.entries[i].key))
            free((char *)(uintptr_t)core->words.entries[i].value);
    map_release(&core->exceptions);
    map_release(&core->words);
    map_release(&core->merged);
    heap_release(&core->exception_timers);
}

const char *core_word(struct core *core, struct bytes text)
{
    const struct hash128 key = hash128_of(&text, 1);
    const uint64_t *known = map_find(&core->words, key);
    if (known != NULL)
        return (const char *)(uintptr_t)*known;
    char *word = copy_string(text);
    map_put(&core->words, key, (uintptr_t)word);
    return word;
}

/* ---- looking */

struct exception *exception_get(const struct core *core, uint64_t number)
{
    const uint64_t *found = map_find(&core->exceptions, map_number_key(number));
    return found != NULL ? (struct exception *)(uintptr_t)*found : NULL;
}

bool core_exception_find(const struct core *core, uint64_t number, struct core_exception *ret)
{
    const struct exception *exception = exception_get(core, number);
    if (exception != NULL)
        *ret = exception->view;
    return exception != NULL;
}

void core_exceptions_each(const struct core *core,
                          void (*visit)(void *, const struct core_exception *), void *context)
{
    for (size_t i = 0; i < core->exceptions.capacity; i++) {
        const struct map_entry *entry = &core->exceptions.entries[i];
        if (!hash128_is_none(entry->key))
            visit(context, &((const struct exception *)(uintptr_t)entry->value)->view);
    }
}

struct exception *exception_of(struct exception *first, struct bytes kind)
{
    struct exception *exception = first;
    while (exception != NULL && !bytes_is(kind, exception->view.kind))
        exception = exception->next;
    return exception;
}

struct exception *exception_of_lead(const struct core_lead *lead, struct bytes kind)
{
    return exception_of(lead->exceptions, kind);
}

struct exception *exception_holding(const struct core_lead *lead)
{
    struct exception *exception = lead->exceptions;
    while (exception != NULL && !exception->view.holding)
        exception = exception->next;
    return exception;
}

/* ---- what it is about */

/* Where the list of open exceptions about the same begins. */
static struct exception **list_of(struct core *core, const struct core_exception *view)
{
    switch (view->about) {
    case CORE_ABOUT_LEAD: {
        struct core_lead *lead = lead_get(core, view->lead);
        ML_ASSERT(lead != NULL);
        return &lead->exceptions;
    }
    case CORE_ABOUT_SOURCE: return &core->sources[view->index]->exceptions;
    case CORE_ABOUT_DESTINATION: return &core->outbox->destinations[view->index]->exceptions;
    case CORE_ABOUT_POOL:
    default: return &core->pools[view->index]->exceptions;
    }
}

/* By number, so that equal cores walk them alike however they came to be. */
static void add_to_list(struct core *core, struct exception *exception)
{
    struct exception **at = list_of(core, &exception->view);
    while (*at != NULL && (*at)->view.number < exception->view.number)
        at = &(*at)->next;
    exception->next = *at;
    *at = exception;
}

/* Promises about a lead go on while a person has it. */
static int64_t timer_of(const struct core *core, const struct core_exception *view)
{
    int64_t timer_us = view->due_us;
    if (!view->holding)
        return timer_us;
    const struct core_promises *promises = &lead_get(core, view->lead)->promises;
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (core_promise_is_running(promises, (enum policy_objective)i) &&
            promises->due_us[i] < timer_us)
            timer_us = promises->due_us[i];
    return timer_us;
}

static void add(struct core *core, const struct core_exception *view)
{
    struct exception *exception = core_allocate(1, sizeof *exception);
    exception->view = *view;
    exception->view.claimed_by = "";
    exception->timer_position = HEAP_NONE;
    exception->timer_us = timer_of(core, view);
    ML_ASSERT(exception_get(core, view->number) == NULL);
    map_put(&core->exceptions, map_number_key(view->number), (uintptr_t)exception);
    add_to_list(core, exception);
    heap_insert(&core->exception_timers, exception);
}

static void drop(struct core *core, struct exception *exception)
{
    struct exception **at = list_of(core, &exception->view);
    while (*at != exception)
        at = &(*at)->next;
    *at = exception->next;
    heap_remove(&core->exception_timers, exception);
    map_remove(&core->exceptions, map_number_key(exception->view.number));
    exception_free(exception);
}

static void claim(struct exception *exception, struct bytes who)
{
    free(exception->claimed_by);
    exception->claimed_by = who.size > 0 ? copy_string(who) : NULL;
    exception->view.claimed_by = who.size > 0 ? exception->claimed_by : "";
}

static void set_due(struct core *core, struct exception *exception, int64_t due_us)
{
    exception->view.due_us = due_us;
    exception->timer_us = timer_of(core, &exception->view);
    heap_update(&core->exception_timers, exception);
}

void exception_set_due(struct core *core, struct core_lead *lead, int64_t due_us)
{
    struct exception *exception = exception_holding(lead);
    ML_ASSERT(exception != NULL);
    set_due(core, exception, due_us);
    lead->due_us = due_us;
}

void exception_leave(struct core *core, struct core_lead *lead)
{
    struct exception *exception = exception_holding(lead);
    if (exception != NULL)
        drop(core, exception);
}

/* ---- what events say */

/* An event of an exception about a lead is an event of the lead. */
static struct core_lead *take_version(struct core *core, const struct core_event *event)
{
    return event->lead != 0 ? lead_of_event(core, event) : NULL;
}

static struct exception *known(struct core *core, const struct core_event *event)
{
    struct exception *exception = exception_get(core, event->entity);
    if (exception == NULL)
        panic("event %llu is about exception X%llu, which is not open",
              (unsigned long long)event->seq, (unsigned long long)event->entity);
    ML_ASSERT(exception->view.lead == event->lead);
    exception->view.last_seq = event->seq;
    return exception;
}

static void apply_excepted(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_get(core, event->lead);
    const struct core_exception view = {.number = event->seq,
                                        .last_seq = event->seq,
                                        .kind = core_word(core, event->placed.kind),
                                        .queue = core_word(core, event->placed.queue),
                                        .team = core_word(core, event->placed.team),
                                        .about = CORE_ABOUT_LEAD,
                                        .lead = event->lead,
                                        .index = CORE_NONE,
                                        .holding = true,
                                        .opened_us = event->time_us,
                                        .due_us = event->placed.due_us};
    add(core, &view);
    heap_remove(&core->timers, lead);
    lead->due_us = view.due_us;
}

void exception_apply_opened(struct core *core, const struct core_event *event)
{
    if (event->type == CORE_LEAD_EXCEPTED) {
        apply_excepted(core, event);
        return;
    }
    take_version(core, event);
    const struct core_exception view = {
        .number = event->entity,
        .last_seq = event->seq,
        .kind = core_word(core, event->exception.kind),
        .queue = core_word(core, event->exception.queue),
        .team = core_word(core, event->exception.team),
        .about = event->exception.about,
        .lead = event->lead,
        .index = event->exception.about == CORE_ABOUT_LEAD ? CORE_NONE : event->exception.index,
        .opened_us = event->time_us,
        .due_us = event->exception.due_us};
    ML_ASSERT(view.number == event->seq);
    add(core, &view);
}

void exception_apply_claimed(struct core *core, const struct core_event *event)
{
    take_version(core, event);
    struct exception *exception = known(core, event);
    claim(exception, event->type == CORE_EXCEPTION_CLAIMED ? event->actor : (struct bytes){0});
}

/* Of those that hold their lead, which may come into another one. What happened beside it does not
 * bring it nearer to the end of a list. */
static void count_fallback(struct core_lead *lead, const struct exception *exception)
{
    if (exception->view.holding && lead->fallbacks < UINT8_MAX)
        lead->fallbacks++;
}

void exception_apply_escalated(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = take_version(core, event);
    struct exception *exception = known(core, event);
    exception->view.team = core_word(core, event->exception.team);
    exception->view.count = event->exception.count;
    if (event->exception.action == POLICY_FALL_BACK_TEAM)
        claim(exception, (struct bytes){0}); /* who had it is not of that team */
    set_due(core, exception, event->exception.due_us);
    if (exception->view.holding)
        lead->due_us = event->exception.due_us;
    count_fallback(lead, exception);
}

/* What CORE_WATCH opens is not to come back the moment that somebody has looked at it. */
static void excuse(struct core *core, const struct core_exception *view, int64_t time_us)
{
    if (view->about == CORE_ABOUT_SOURCE)
        core->sources[view->index]->excused_us = time_us;
    else if (view->about == CORE_ABOUT_POOL)
        core->pools[view->index]->excused_us = time_us;
}

void exception_apply_resolved(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = take_version(core, event);
    struct exception *exception = known(core, event);
    bool holding = exception->view.holding;
    if (event->resolved.action != CORE_RESOLVED_OVERTAKEN) {
        excuse(core, &exception->view, event->time_us);
        if (event->resolved.automatic)
            count_fallback(lead, exception);
    }
    drop(core, exception);
    if (!holding)
        return;
    /* The event behind this one moves the lead; until then it is one that needs a place. */
    lead_leave(core, lead);
    lead->pool = CORE_NONE;
    lead_wait(core, lead);
    heap_insert(&core->timers, lead);
}

/* ---- reloading */

void core_load_exception(struct core *core, const struct core_exception *exception,
                         struct bytes subject)
{
    struct core_exception view = *exception;
    view.kind = core_word(core, bytes_of(exception->kind));
    view.queue = core_word(core, bytes_of(exception->queue));
    view.team = core_word(core, bytes_of(exception->team));
    view.index = CORE_NONE;
    if (view.about == CORE_ABOUT_SOURCE)
        view.index = source_intern(core, subject);
    else if (view.about == CORE_ABOUT_POOL)
        view.index = pool_intern(core, subject);
    else if (view.about == CORE_ABOUT_DESTINATION)
        view.index = destination_intern(core, subject);
    add(core, &view);
    claim(exception_get(core, view.number), bytes_of(exception->claimed_by));
    if (!view.holding)
        return;
    struct core_lead *lead = lead_get(core, view.lead);
    heap_remove(&core->timers, lead);
    lead->due_us = view.due_us;
}

void core_load_excused(struct core *core, enum core_about about, struct bytes subject,
                       int64_t time_us)
{
    const struct core_exception view = {.about = about,
                                        .index = about == CORE_ABOUT_SOURCE
                                                     ? source_intern(core, subject)
                                                     : pool_intern(core, subject)};
    ML_ASSERT(about == CORE_ABOUT_SOURCE || about == CORE_ABOUT_POOL);
    excuse(core, &view, time_us);
}

void core_load_merged(struct core *core, uint64_t number, uint64_t into)
{
    map_put(&core->merged, map_number_key(number), into);
}
