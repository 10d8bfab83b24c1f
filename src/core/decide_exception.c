/* What people, and the time, do with exceptions; how they end is decide_resolve.c. */
#include "core/decider.h"
#include "core/outbox_state.h"

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
    case CORE_ABOUT_DESTINATION:
        return exception_of(d->core->outbox->destinations[index]->exceptions, kind);
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

/* With what this decision has ended and opened so far. */
static bool is_open_about(const struct decider *d, struct bytes kind, enum core_about about,
                          const struct core_lead *lead, uint32_t index)
{
    const struct exception *known = open_about(d, kind, about, lead, index);
    bool open = known != NULL;
    for (size_t i = 0; i < d->out->event_count; i++) {
        const struct core_event *event = &d->out->events[i];
        if (event->type == CORE_EXCEPTION_RESOLVED && known != NULL &&
            event->entity == known->view.number)
            open = false;
        if (event->type == CORE_EXCEPTION_OPENED && event->exception.about == about &&
            event->lead == (lead != NULL ? lead->number : 0) &&
            (about == CORE_ABOUT_LEAD || event->exception.index == index) &&
            bytes_equal(event->exception.kind, kind))
            open = true;
    }
    return open;
}

void exception_emit_opened(struct decider *d, struct bytes kind, enum core_about about,
                           const struct core_lead *lead, uint32_t index, const char *context)
{
    if (is_open_about(d, kind, about, lead, index) ||
        (lead != NULL && count_open(lead) >= OPEN_MAX))
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
    const struct core_exception *view = &exception->view;
    const struct policy_exception *settings = settings_of(d, bytes_of(view->kind));
    const struct core_lead *lead = lead_get(d->core, view->lead);
    if (view->holding && clock_decide_late(d, lead))
        return;
    ML_ASSERT(view->due_us <= d->command->time_us);
    size_t turn = lead != NULL ? lead->fallbacks : 0;
    if (!view->holding)
        turn += view->count; /* else that is among them */
    if (turn >= settings->fallback_count)
        turn = settings->fallback_count - 1;
    const struct policy_fallback *fallback = &settings->fallbacks[turn];
    if (!exception_end_by_itself(d, exception, fallback))
        emit_escalated(d, exception, settings, fallback);
}

/* ---- what people do with one that goes on */

const struct exception *exception_named(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct exception *exception = exception_get(d->core, command->entity);
    d->out->entity = command->entity;
    if (exception == NULL) {
        decider_refuse(d, CORE_NOT_FOUND,
                       "there is no open exception X%" PRIu64
                       ": it is resolved already, or never was",
                       command->entity);
        return NULL;
    }
    d->out->lead = exception->view.lead;
    if (command->if_version != 0 && command->if_version != exception->view.last_seq) {
        decider_refuse(d, CORE_STALE,
                       "exception X%" PRIu64 " is at version %" PRIu64 ", not %" PRIu64
                       ": read it again, then decide",
                       exception->view.number, exception->view.last_seq, command->if_version);
        return NULL;
    }
    return exception;
}

static void emit_note(struct decider *d, enum core_event_type type,
                      const struct exception *exception)
{
    struct core_event *event = decider_emit(d, type, lead_get(d->core, exception->view.lead));
    event->entity = exception->view.number;
    event->exception.context = d->command->claim.note;
}

void exception_decide_claim(struct decider *d)
{
    struct bytes who = d->command->actor;
    const struct exception *exception = exception_named(d);
    if (exception == NULL || !decider_text_fits(d, "note", d->command->claim.note))
        return;
    if (who.size == 0 || who.size > POLICY_NAME_MAX) {
        decider_refuse(d, CORE_INVALID,
                       "say who claims exception X%" PRIu64 ": a name of at most %d bytes",
                       exception->view.number, POLICY_NAME_MAX);
        return;
    }
    if (bytes_is(who, exception->view.claimed_by)) {
        d->out->status = CORE_UNCHANGED;
        return;
    }
    if (exception->view.claimed_by[0] != '\0') {
        decider_refuse(d, CORE_WRONG_STATE,
                       "exception X%" PRIu64 " is claimed by %s already: it must be released first",
                       exception->view.number, exception->view.claimed_by);
        return;
    }
    emit_note(d, CORE_EXCEPTION_CLAIMED, exception);
}

void exception_decide_release(struct decider *d)
{
    const struct exception *exception = exception_named(d);
    if (exception == NULL || !decider_text_fits(d, "note", d->command->claim.note))
        return;
    if (exception->view.claimed_by[0] == '\0') {
        d->out->status = CORE_UNCHANGED;
        return;
    }
    emit_note(d, CORE_EXCEPTION_RELEASED, exception);
}

/* ---- what people open */

static bool kind_is_known(struct decider *d, struct bytes kind)
{
    const struct policy_exception *settings = settings_of(d, kind);
    if (settings != NULL && bytes_is(kind, settings->kind))
        return true;
    decider_refuse(d, CORE_INVALID,
                   "the active release knows no kind of exception \"%.*s\"; use \"manual\", or "
                   "declare it under `exceptions:`",
                   (int)(kind.size > 64 ? 64 : kind.size), kind.data ? kind.data : "");
    return false;
}

static bool team_is_known(struct decider *d, struct bytes team)
{
    const struct policy_release *release = core_release(d->core);
    if (policy_team_find(release, team) != POLICY_NONE)
        return true;
    for (size_t i = 0; i < release->owner_count; i++)
        if (bytes_is(team, release->owners[i].name))
            return true;
    decider_refuse(d, CORE_NOT_FOUND, "there is no team or owner \"%.*s\" in the active release",
                   (int)(team.size > 64 ? 64 : team.size), team.data ? team.data : "");
    return false;
}

void exception_decide_open(struct decider *d)
{
    const struct core_command *command = d->command;
    struct bytes kind = command->open_exception.kind, team = command->open_exception.team;
    const struct core_lead *lead = decider_lead(d);
    if (lead == NULL || !decider_text_fits(d, "note", command->open_exception.note))
        return;
    if (kind.size == 0)
        kind = BYTES_LITERAL("manual");
    if (!kind_is_known(d, kind) || (team.size > 0 && !team_is_known(d, team)))
        return;
    if (command->open_exception.note.size == 0) {
        decider_refuse(d, CORE_INVALID, "an exception needs a `note`: what is to be decided?");
        return;
    }
    const struct exception *open = exception_of_lead(lead, kind);
    if (open != NULL) {
        d->out->entity = open->view.number;
        d->out->status = CORE_UNCHANGED;
        return;
    }
    if (count_open(lead) >= OPEN_MAX) {
        decider_refuse(d, CORE_WRONG_STATE,
                       "lead L%" PRIu64 " is in %d exceptions already: resolve some of them first",
                       lead->number, OPEN_MAX);
        return;
    }
    struct core_event *event = emit_opened(d, kind, CORE_ABOUT_LEAD, lead, CORE_NONE);
    event->exception.context = command->open_exception.note;
    if (team.size > 0)
        event->exception.team = team;
    d->out->entity = event->entity;
}

/* ---- what the watch opens and closes */

/* A condition that calls for an exception about a source or a pool. */
struct condition {
    enum core_about about;
    uint32_t index;
    struct bytes kind;
    bool begins, ends;
    int64_t excused_us;
    const char *id;
};

/* Leads wait, and all of those who are there have as much as they can take. */
static struct condition condition_of_pool(const struct core *core, uint32_t index)
{
    const struct pool *pool = core->pools[index];
    uint32_t busy = pool->by_readiness[CORE_REP_FULL] + pool->by_readiness[CORE_REP_HOUR_LIMIT] +
                    pool->by_readiness[CORE_REP_DAY_LIMIT] + pool->by_readiness[CORE_REP_PACED];
    return (struct condition){.about = CORE_ABOUT_POOL,
                              .index = index,
                              .kind = BYTES_LITERAL("capacity_overrun"),
                              .begins = pool->present && pool->waiting.count > 0 && busy > 0 &&
                                        pool->by_readiness[CORE_REP_OPEN] == 0,
                              .ends = pool->waiting.count == 0,
                              .excused_us = pool->excused_us,
                              .id = pool->id};
}

static struct condition condition_of_source(const struct core *core, uint32_t index)
{
    const struct source *source = core->sources[index];
    return (struct condition){.about = CORE_ABOUT_SOURCE,
                              .index = index,
                              .kind = BYTES_LITERAL("contract_violation"),
                              .begins = source->open_letters > 0,
                              .ends = source->open_letters == 0,
                              .excused_us = source->excused_us,
                              .id = source->id};
}

/* What somebody has just looked at is left alone for as long as a decision may take. */
static bool has_changed(const struct decider *d, const struct condition *condition)
{
    if (open_about(d, condition->kind, condition->about, NULL, condition->index) != NULL)
        return condition->ends;
    return condition->begins &&
           (condition->excused_us == 0 ||
            d->command->time_us >=
                condition->excused_us + settings_of(d, condition->kind)->within_us);
}

/* Of those that have changed the first by name: indices are not the same in equal cores. */
static void find_changed(const struct decider *d, uint32_t count,
                         struct condition (*condition_of)(const struct core *, uint32_t),
                         struct condition *ret)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct condition condition = condition_of(d->core, i);
        if (has_changed(d, &condition) && (ret->id == NULL || strcmp(condition.id, ret->id) < 0))
            *ret = condition;
    }
}

void exception_decide_watch(struct decider *d)
{
    struct condition changed = {.id = NULL};
    find_changed(d, d->core->pool_count, condition_of_pool, &changed);
    if (changed.id == NULL)
        find_changed(d, d->core->source_count, condition_of_source, &changed);
    if (changed.id == NULL)
        return;
    if (changed.ends) {
        exception_end_overtaken(d, open_about(d, changed.kind, changed.about, NULL, changed.index));
        return;
    }
    char *context = d->out->context;
    bool pool = changed.about == CORE_ABOUT_POOL;
    size_t count = pool ? d->core->pools[changed.index]->waiting.count
                        : d->core->sources[changed.index]->open_letters;
    const char *many =
        pool ? "leads wait, and nobody on duty has room" : "records broke their contract and wait";
    const char *one =
        pool ? "lead waits, and nobody on duty has room" : "record broke its contract and waits";
    snprintf(context, sizeof d->out->context, "%zu %s", count, count == 1 ? one : many);
    exception_emit_opened(d, changed.kind, changed.about, NULL, changed.index, context);
}
