/* How exceptions end: by a person, by the fallback of their kind, or because what they were about
 * is over. Each end is an EXCEPTION_RESOLVED, and behind it what becomes of the lead. */
#include "core/decider.h"

#include <inttypes.h>
#include <stdio.h>

struct ending {
    enum core_resolution action;
    bool automatic;
    struct bytes cause, remediation;
    uint32_t rep;  /* ASSIGN */
    uint32_t pool; /* REQUEUE: into that one; CORE_NONE: by the routes */
    uint64_t into; /* MERGE */
};

static void emit_resolved(struct decider *d, const struct exception *exception,
                          const struct ending *ending)
{
    struct core_event *event =
        decider_emit(d, CORE_EXCEPTION_RESOLVED, lead_get(d->core, exception->view.lead));
    event->entity = exception->view.number;
    event->resolved.action = ending->action;
    event->resolved.automatic = ending->automatic;
    event->resolved.cause = ending->cause;
    event->resolved.remediation = ending->remediation;
    event->resolved.into = ending->into;
    if (exception->view.holding) { /* as apply does: it needs a place now */
        d->draft.place = CORE_PLACE_WAITING;
        d->draft.pool = CORE_NONE;
    }
}

void exception_end_overtaken(struct decider *d, const struct exception *exception)
{
    const struct ending overtaken = {.action = CORE_RESOLVED_OVERTAKEN, .automatic = true};
    emit_resolved(d, exception, &overtaken);
}

static bool is_of_deliveries(const struct exception *exception)
{
    return strcmp(exception->view.kind, "delivery_failed") == 0;
}

/* `all`: the lead is being closed. */
static void emit_overtaken(struct decider *d, const struct core_lead *lead, bool all,
                           const struct exception *but)
{
    for (const struct exception *at = lead->exceptions; at != NULL; at = at->next)
        if (at != but && (all || at->view.holding)) {
            exception_end_overtaken(d, at);
            if (all && is_of_deliveries(at))
                outbox_hand_over(d, lead);
        }
}

void exception_emit_overtaken(struct decider *d, const struct core_lead *lead, bool all)
{
    emit_overtaken(d, lead, all, NULL);
}

void exception_emit_overtaken_kind(struct decider *d, const struct core_lead *lead,
                                   struct bytes kind)
{
    for (const struct exception *at = lead->exceptions; at != NULL; at = at->next)
        if (!at->view.holding && bytes_is(kind, at->view.kind))
            exception_end_overtaken(d, at);
}

/* ---- what becomes of the lead */

static bool closes_lead(enum core_resolution action)
{
    return action == CORE_RESOLVED_DISQUALIFY || action == CORE_RESOLVED_MERGE;
}

static bool moves_lead(const struct exception *exception, enum core_resolution action)
{
    return exception->view.holding || closes_lead(action) || action == CORE_RESOLVED_ASSIGN ||
           action == CORE_RESOLVED_REQUEUE;
}

static void close_lead(struct decider *d, const struct core_lead *lead, const struct ending *ending)
{
    struct core_event *event = decider_emit(d, CORE_LEAD_DISQUALIFIED, lead);
    event->outcome.reason = ending->cause;
    event->outcome.into = ending->into;
}

/* By itself a lead must not go round for ever: aside, before a person, and aside again. */
static unsigned past_of(const struct core_lead *lead, const struct ending *ending)
{
    return PAST_EXCEPTIONS | (ending->automatic && lead->fallbacks > 0 ? PAST_NURTURE : 0u);
}

/* Where routes lead to exceptions only, routing again would be no way out. */
static bool can_requeue(const struct decider *d, const struct core_lead *lead,
                        const struct ending *ending)
{
    return ending->action != CORE_RESOLVED_REQUEUE || ending->pool != CORE_NONE ||
           decider_can_route(d, lead, past_of(lead, ending));
}

static void requeue(struct decider *d, const struct core_lead *lead, const struct ending *ending)
{
    uint32_t excluded = lead->rep;
    if (lead->rep != CORE_NONE)
        decider_return(d, lead, CORE_CAUSE_RESOLVED, ending->cause);
    if (ending->pool != CORE_NONE) {
        decider_place_in(d, lead, ending->pool, CORE_CAUSE_RESOLVED);
        return;
    }
    decider_route_again(d, lead, excluded, CORE_CAUSE_RESOLVED, past_of(lead, ending));
}

static void end(struct decider *d, const struct exception *exception, const struct ending *ending)
{
    const struct core_lead *lead = lead_get(d->core, exception->view.lead);
    uint32_t index = exception->view.index;
    size_t left = 0;
    if (ending->action == CORE_RESOLVED_RETRY && is_of_deliveries(exception))
        left = outbox_decide_retry(d, exception->view.lead, index, ending->remediation);
    emit_resolved(d, exception, ending);
    if (left > 0)
        outbox_emit_left(d, lead, index, left);
    if (lead == NULL || !moves_lead(exception, ending->action))
        return;
    emit_overtaken(d, lead, closes_lead(ending->action), exception);
    switch (ending->action) {
    case CORE_RESOLVED_ASSIGN:
        if (lead->rep != ending->rep)
            decider_assign(d, lead, ending->rep, CORE_CAUSE_RESOLVED, ending->cause,
                           ending->remediation);
        break;
    case CORE_RESOLVED_REQUEUE: requeue(d, lead, ending); break;
    case CORE_RESOLVED_RETRY:
        decider_route_again(d, lead, CORE_NONE, CORE_CAUSE_RESOLVED, 0);
        break;
    default: close_lead(d, lead, ending);
    }
}

/* ---- by itself */

bool exception_end_by_itself(struct decider *d, const struct exception *exception,
                             const struct policy_fallback *fallback)
{
    bool about_lead = exception->view.about == CORE_ABOUT_LEAD;
    struct ending ending = {.automatic = true, .pool = CORE_NONE};
    switch (fallback->action) {
    case POLICY_FALL_BACK_DISMISS:
        ending.action = exception->view.holding ? CORE_RESOLVED_REQUEUE : CORE_RESOLVED_DISMISS;
        break;
    case POLICY_FALL_BACK_POOL:
        ending.pool = d->core->releases[d->core->active]->pools[fallback->pool];
        ending.action = CORE_RESOLVED_REQUEUE;
        break;
    case POLICY_FALL_BACK_REQUEUE: ending.action = CORE_RESOLVED_REQUEUE; break;
    case POLICY_FALL_BACK_DISQUALIFY: ending.action = CORE_RESOLVED_DISQUALIFY; break;
    default: return false;
    }
    if (!about_lead && ending.action != CORE_RESOLVED_DISMISS)
        return false; /* a source cannot be routed: its team is reminded */
    const struct core_lead *lead = about_lead ? lead_get(d->core, exception->view.lead) : NULL;
    if (about_lead && !can_requeue(d, lead, &ending))
        return false;
    if (closes_lead(ending.action) && !exception->view.holding &&
        lead->promises.reached_us[POLICY_CONTACTED] != 0)
        return false; /* somebody talks to them: nobody is closed behind a rep's back */
    if (closes_lead(ending.action))
        ending.cause = bytes_of(exception->view.kind);
    end(d, exception, &ending);
    return true;
}

/* ---- by a person */

/* The declared causes as far as they fit. */
static void list_causes(const struct policy_release *release, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < release->cause_count; i++) {
        const char *name = release->causes[i].name;
        bool last = i + 1 == release->cause_count;
        if (used + strlen(name) + (last ? 3 : 8) > size) {
            snprintf(text + used, size - used, ", …");
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", name);
    }
}

static bool cause_is_allowed(struct decider *d, struct bytes cause)
{
    const struct policy_release *release = core_release(d->core);
    if (policy_cause_allowed(release, cause))
        return true;
    char declared[90] = "";
    list_causes(release, declared, sizeof declared);
    decider_refuse(d, CORE_INVALID, "`cause` \"%.*s\" is not declared; declared are: %s",
                   (int)(cause.size > 30 ? 30 : cause.size), cause.data ? cause.data : "",
                   declared);
    return false;
}

/* Why, and what was done about it: without them no exception is resolved. */
static bool is_accounted_for(struct decider *d, struct bytes cause, struct bytes remediation)
{
    if (!decider_text_fits(d, "cause", cause) || !decider_text_fits(d, "remediation", remediation))
        return false;
    if (cause.size == 0 || remediation.size == 0) {
        decider_refuse(d, CORE_INVALID, "a resolution needs a `cause` and a `remediation` note");
        return false;
    }
    return cause_is_allowed(d, cause);
}

static bool action_fits(struct decider *d, const struct core_exception *view)
{
    enum core_resolution action = d->command->resolve.action;
    if (action >= CORE_RESOLVED_OVERTAKEN) {
        decider_refuse(d, CORE_INVALID,
                       "`action` must be assign, retry, requeue, disqualify, merge or dismiss");
        return false;
    }
    if (view->about != CORE_ABOUT_LEAD && action != CORE_RESOLVED_RETRY &&
        action != CORE_RESOLVED_DISMISS) {
        decider_refuse(d, CORE_WRONG_STATE,
                       "exception X%" PRIu64
                       " is about a %s, not about a lead: only retry or dismiss can resolve it",
                       view->number, core_about_name(view->about));
        return false;
    }
    if (view->holding && action == CORE_RESOLVED_DISMISS) {
        decider_refuse(d, CORE_WRONG_STATE,
                       "exception X%" PRIu64 " holds lead L%" PRIu64
                       ", which must go somewhere: assign, retry, requeue, disqualify or merge it",
                       view->number, view->lead);
        return false;
    }
    return true;
}

static bool find_rep(struct decider *d, uint32_t *ret)
{
    struct bytes name = d->command->resolve.rep;
    if (name.size == 0) {
        decider_refuse(d, CORE_INVALID, "to assign the lead say to whom: `rep` is missing");
        return false;
    }
    *ret = core_rep_find(d->core, name);
    if (*ret != CORE_NONE && d->core->reps[*ret]->view.present)
        return true;
    decider_refuse(d, CORE_NOT_FOUND, "there is no rep \"%.*s\" in the active release",
                   (int)(name.size > 64 ? 64 : name.size), name.data);
    return false;
}

static bool find_pool(struct decider *d, uint32_t *ret)
{
    struct bytes name = d->command->resolve.pool;
    if (name.size == 0)
        return true;
    *ret = core_pool_find(d->core, name);
    if (*ret != CORE_NONE && d->core->pools[*ret]->present)
        return true;
    decider_refuse(d, CORE_NOT_FOUND, "there is no pool \"%.*s\" in the active release",
                   (int)(name.size > 64 ? 64 : name.size), name.data);
    return false;
}

/* The other lead must be open: who is merged into it finds it there from now on. */
static bool find_other(struct decider *d, uint64_t lead, uint64_t *ret)
{
    uint64_t into = d->command->resolve.into;
    const uint64_t *merged = map_find(&d->core->merged, map_number_key(into));
    enum core_state closed;
    if (into == 0)
        decider_refuse(d, CORE_INVALID, "to merge the lead say with which: `into` is missing");
    else if (into == lead)
        decider_refuse(d, CORE_INVALID, "lead L%" PRIu64 " cannot be merged into itself", lead);
    else if (merged != NULL)
        decider_refuse(d, CORE_WRONG_STATE,
                       "lead L%" PRIu64 " was merged into L%" PRIu64 ": merge into that one", into,
                       *merged);
    else if (core_closed_find(d->core, into, &closed))
        decider_refuse(d, CORE_WRONG_STATE,
                       "lead L%" PRIu64 " is closed (%s): there is nothing to merge into; "
                       "disqualify this one instead",
                       into, core_state_name(closed));
    else if (lead_get(d->core, into) == NULL)
        decider_refuse(d, CORE_NOT_FOUND, "there is no lead L%" PRIu64 " to merge into", into);
    else
        *ret = into;
    return *ret != 0;
}

void exception_decide_resolve(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct exception *exception = exception_named(d);
    if (exception == NULL ||
        !is_accounted_for(d, command->resolve.cause, command->resolve.remediation) ||
        !action_fits(d, &exception->view))
        return;
    struct ending ending = {.action = command->resolve.action,
                            .cause = command->resolve.cause,
                            .remediation = command->resolve.remediation,
                            .rep = CORE_NONE,
                            .pool = CORE_NONE};
    if ((ending.action == CORE_RESOLVED_ASSIGN && !find_rep(d, &ending.rep)) ||
        (ending.action == CORE_RESOLVED_REQUEUE && !find_pool(d, &ending.pool)) ||
        (ending.action == CORE_RESOLVED_MERGE &&
         !find_other(d, exception->view.lead, &ending.into)))
        return;
    if (exception->view.about == CORE_ABOUT_LEAD &&
        !can_requeue(d, lead_get(d->core, exception->view.lead), &ending)) {
        decider_refuse(d, CORE_WRONG_STATE,
                       "lead L%" PRIu64
                       " has no route but to exceptions: say which `pool` takes it",
                       exception->view.lead);
        return;
    }
    end(d, exception, &ending);
}

bool exception_resolve_by_assignment(struct decider *d, const struct core_lead *lead)
{
    const struct exception *exception = exception_holding(lead);
    if (exception == NULL)
        return true;
    const struct ending ending = {.action = CORE_RESOLVED_ASSIGN,
                                  .cause = d->command->assign.cause,
                                  .remediation = d->command->assign.remediation};
    if (!cause_is_allowed(d, ending.cause))
        return false;
    emit_resolved(d, exception, &ending);
    d->out->entity = exception->view.number;
    return true;
}
