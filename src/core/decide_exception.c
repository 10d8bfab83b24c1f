/* What people, and the time, do with exceptions; how they end is decide_resolve.c. */
#include "core/decider.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>

/* More about one lead than anybody will look at. */
enum { OPEN_MAX = 64 };

/* How the release in force treats exceptions of that kind. */
static const struct policy_exception *settings_of(const struct decider *d, struct bytes kind)
{
    return policy_exception_find(core_release(d->core), kind);
}

/* ---- opening */

static struct exception *open_about(const struct decider *d, struct bytes kind,
                                    enum core_about about, const struct core_lead *lead,
                                    uint32_t index)
{
    switch (about) {
    case CORE_ABOUT_LEAD: return exception_of_lead(lead, kind);
    case CORE_ABOUT_SOURCE: return exception_of(d->core->sources[index]->exceptions, kind);
    case CORE_ABOUT_POOL:
    default: return exception_of(d->core->pools[index]->exceptions, kind);
    }
}

static struct core_event *emit_opened(struct decider *d, struct bytes kind, enum core_about about,
                                      const struct core_lead *lead, uint32_t index)
{
    const struct policy_exception *settings = settings_of(d, kind);
    struct core_event *event = decider_emit(d, CORE_EXCEPTION_OPENED, lead);
    event->entity = event->seq;
    event->exception.kind = kind;
    event->exception.queue = bytes_of(settings->queue);
    event->exception.team = bytes_of(settings->team);
    event->exception.about = about;
    event->exception.index = about == CORE_ABOUT_LEAD ? CORE_NONE : index;
    event->exception.due_us = d->command->time_us + settings->within_us;
    return event;
}

static size_t count_open(const struct core_lead *lead)
{
    size_t count = 0;
    for (const struct exception *at = lead->exceptions; at != NULL; at = at->next)
        count++;
    return count;
}

void exception_emit_opened(struct decider *d, struct bytes kind, enum core_about about,
                           const struct core_lead *lead, uint32_t index, const char *context)
{
    if (open_about(d, kind, about, lead, index) != NULL ||
        (about == CORE_ABOUT_LEAD && count_open(lead) >= OPEN_MAX))
        return;
    emit_opened(d, kind, about, lead, index)->exception.context = bytes_of(context);
}

/* ---- deadlines */

/* Reminders come ever more rarely, down to one a day. */
static int64_t remind_after_us(int64_t within_us, uint32_t count)
{
    unsigned shift = count < 10 ? count : 10;
    return within_us >= TIME_US_PER_DAY >> shift ? TIME_US_PER_DAY : within_us << shift;
}

static void emit_escalated(struct decider *d, const struct exception *exception,
                           const struct policy_exception *settings,
                           const struct policy_fallback *fallback)
{
    const struct core_exception *view = &exception->view;
    bool hand_on = fallback->action == POLICY_FALL_BACK_TEAM;
    int64_t within_us = fallback->within_us > 0 ? fallback->within_us : settings->within_us;
    struct core_event *event =
        decider_emit(d, CORE_EXCEPTION_ESCALATED, lead_get(d->core, view->lead));
    event->entity = view->number;
    event->exception.action = hand_on ? POLICY_FALL_BACK_TEAM : POLICY_FALL_BACK_REMIND;
    event->exception.team = bytes_of(hand_on ? fallback->team : view->team);
    event->exception.count = view->count + 1;
    event->exception.due_us =
        d->command->time_us + (hand_on ? within_us : remind_after_us(within_us, view->count));
}

void exception_decide_due(struct decider *d, const struct exception *exception)
{
    const struct policy_exception *settings = settings_of(d, bytes_of(exception->view.kind));
    emit_escalated(d, exception, settings, &settings->fallbacks[0]);
}

void exception_decide_open(struct decider *d)
{
    (void)d;
}

void exception_decide_claim(struct decider *d)
{
    (void)d;
}

void exception_decide_release(struct decider *d)
{
    (void)d;
}

void exception_decide_resolve(struct decider *d)
{
    (void)d;
}

void exception_emit_overtaken(struct decider *d, const struct core_lead *lead, bool all)
{
    (void)d;
    (void)lead;
    (void)all;
}

void exception_decide_watch(struct decider *d)
{
    (void)d;
}
