/* Promises about leads: what happens when one runs out, ladders, acknowledgement. */
#include "core/decider.h"
#include "core/promise.h"

#include <inttypes.h>

/* ---- the draft: the lead as the events made so far leave it */

static void emit_late(struct decider *d, const struct core_lead *lead,
                      enum policy_objective objective)
{
    struct core_event *event = decider_emit(d, CORE_LEAD_LATE, lead);
    event->late.objective = objective;
    event->late.objective_due_us = d->draft.promises.due_us[objective];
    event->late.count = d->draft.late_count + 1u;
    decider_stamp(d, event);
}

/* Of ENRICHED the one who emits it says whether it is one: answers may follow. */
static bool is_milestone(enum core_event_type type)
{
    return type == CORE_LEAD_ASSIGNED || type == CORE_LEAD_CONTACTED ||
           type == CORE_LEAD_QUALIFIED || type == CORE_LEAD_DISQUALIFIED;
}

static void begin_draft(struct decider *d, const struct core_lead *lead)
{
    if (d->draft.number == lead->number)
        return;
    d->draft = *lead;
    d->hours_of_rep = lead->rep;
    d->hours_of_pool = lead->pool;
}

void decider_draft(struct decider *d, const struct core_lead *lead, enum core_event_type type)
{
    begin_draft(d, lead);
    if (is_milestone(type))
        clock_emit_missed(d, lead);
}

void clock_emit_missed(struct decider *d, const struct core_lead *lead)
{
    begin_draft(d, lead);
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (core_promise_is_running(&d->draft.promises, (enum policy_objective)i) &&
            d->draft.promises.due_us[i] <= d->command->time_us)
            emit_late(d, lead, (enum policy_objective)i);
}

static void draft_place(struct decider *d, const struct core_event *event, enum core_place place)
{
    struct core_lead *draft = &d->draft;
    draft->place = (uint8_t)place;
    draft->state = place == CORE_PLACE_OWNED ? CORE_ASSIGNED : CORE_CAPTURED;
    draft->rep = event->placed.rep;
    draft->pool = event->placed.pool;
    draft->until_us = event->placed.until_us;
    draft->acknowledged_us = 0;
    if (place == CORE_PLACE_OWNED)
        draft->assigned_us = event->time_us;
    d->hours_of_rep = draft->rep;
    d->hours_of_pool = draft->pool;
}

/* The due_us of an event that sets a timer; NULL: it sets none. */
static int64_t *draft_take(struct decider *d, struct core_event *event)
{
    struct core_lead *draft = &d->draft;
    switch (event->type) {
    case CORE_LEAD_ASSIGNED: draft_place(d, event, CORE_PLACE_OWNED); return &event->placed.due_us;
    case CORE_LEAD_QUEUED: draft_place(d, event, CORE_PLACE_WAITING); return &event->placed.due_us;
    case CORE_LEAD_NURTURED:
        draft_place(d, event, CORE_PLACE_NURTURE);
        return &event->placed.due_us;
    case CORE_LEAD_EXCEPTED:
        draft_place(d, event, CORE_PLACE_EXCEPTION);
        draft->due_us = event->placed.due_us;
        return &event->placed.due_us;
    case CORE_LEAD_RETURNED:
        draft->rep = draft->pool = CORE_NONE;
        draft->place = CORE_PLACE_WAITING;
        draft->state = CORE_CAPTURED;
        draft->until_us = draft->acknowledged_us = 0;
        return NULL;
    case CORE_LEAD_CONTACTED:
        draft->state = CORE_CONTACTED;
        draft->until_us = 0;
        return &event->contacted.due_us;
    case CORE_LEAD_LATE: draft->late_count++; return &event->late.due_us;
    case CORE_LEAD_ESCALATED: return &event->escalated.due_us;
    case CORE_LEAD_ENRICHED:
        draft->score = event->enriched.score;
        draft->class_index = (uint16_t)event->enriched.class_index;
        draft->urgency = (uint16_t)lead_class(d->core, draft)->urgency;
        return &event->enriched.due_us;
    case CORE_LEAD_ACKNOWLEDGED:
        draft->acknowledged_us = event->acknowledged.until_us;
        return &event->acknowledged.due_us;
    default: return NULL;
    }
}

void decider_stamp(struct decider *d, struct core_event *event)
{
    struct core_lead *draft = &d->draft;
    struct core_turned turned[POLICY_OBJECTIVES];
    int64_t *due_us = draft_take(d, event);
    core_promises_take(&draft->promises, lead_class(d->core, draft), draft->captured_us, event,
                       turned);
    if (due_us == NULL)
        return;
    if (draft->place != CORE_PLACE_EXCEPTION) /* there the exception's timer runs */
        draft->due_us = promise_next(d->core, draft, event->time_us).time_us;
    *due_us = draft->due_us;
}

void decider_stamp_captured(struct decider *d, struct core_event *event)
{
    d->draft = (struct core_lead){.number = event->lead,
                                  .captured_us = event->captured.captured_us,
                                  .score = event->captured.score,
                                  .surge = event->captured.surge,
                                  .release = event->captured.release,
                                  .source = (uint16_t)event->captured.source,
                                  .class_index = (uint16_t)event->captured.class_index,
                                  .rep = CORE_NONE,
                                  .pool = CORE_NONE,
                                  .place = CORE_PLACE_WAITING,
                                  .state = CORE_CAPTURED};
    d->hours_of_rep = d->hours_of_pool = CORE_NONE;
    decider_stamp(d, event);
    d->draft.due_us = promise_next(d->core, &d->draft, event->time_us).time_us;
    event->captured.due_us = d->draft.due_us;
}

/* ---- steps of ladders */

/* Who is told, or is to decide. */
static void fill_addressees(const struct decider *d, const struct core_lead *lead,
                            const struct policy_step *step, struct core_event *event)
{
    const struct policy_release *active = core_release(d->core);
    const struct policy_rep *owner = promise_owner(d->core, lead->rep);
    const struct policy_pool *pool = promise_pool(d->core, lead->pool);
    const char *team = step != NULL ? step->team : "";
    bool asks_team = event->escalated.action == POLICY_NOTIFY || lead->rep == CORE_NONE;
    if (team[0] == '\0' && asks_team && owner != NULL)
        team = owner->team;
    if (team[0] == '\0' && asks_team && pool != NULL)
        team = pool->team;
    event->escalated.rep = lead->rep;
    event->escalated.team = bytes_of(team);
    event->escalated.manager = CORE_NONE;
    uint32_t index = policy_team_find(active, bytes_of(team));
    if (event->escalated.action == POLICY_NOTIFY && index != POLICY_NONE &&
        active->teams[index].manager != POLICY_NONE)
        event->escalated.manager =
            d->core->releases[d->core->active]->reps[active->teams[index].manager];
}

static void emit_escalated(struct decider *d, const struct core_lead *lead,
                           const struct promise_next *next, const struct policy_step *step)
{
    struct core_event *event = decider_emit(d, CORE_LEAD_ESCALATED, lead);
    event->escalated.objective = next->objective;
    event->escalated.step = step != NULL ? next->step : CORE_NONE;
    event->escalated.action = step != NULL ? step->action : POLICY_REMIND;
    event->escalated.planned_us = step != NULL ? next->planned_us : event->time_us;
    fill_addressees(d, lead, step, event);
    decider_stamp(d, event);
}

/* The last chance is over: a person decides again. */
static void except_again(struct decider *d, const struct core_lead *lead,
                         const struct promise_next *next)
{
    const struct policy_escalation *ladder = &lead_class(d->core, lead)->ladders[next->objective];
    const struct policy_step none = {.action = POLICY_EXCEPT, .team = ""};
    /* Of another class by now, it may have no such ladder. */
    const struct policy_step *step = ladder->count > 0 ? &ladder->steps[ladder->count - 1] : &none;
    struct core_event *event = decider_emit(d, CORE_LEAD_ESCALATED, lead);
    event->escalated.objective = next->objective;
    event->escalated.step = CORE_NONE;
    event->escalated.action = POLICY_EXCEPT;
    event->escalated.planned_us = lead->until_us;
    fill_addressees(d, lead, step, event);
    decider_stamp(d, event);
    if (lead->rep != CORE_NONE)
        decider_return(d, lead, CORE_CAUSE_ESCALATED, BYTES_LITERAL("the end of its ladder"));
    decider_except(d, lead, BYTES_LITERAL("objective_late"), bytes_of(step->team), step->within_us,
                   CORE_CAUSE_ESCALATED);
}

static void decide_until(struct decider *d, const struct core_lead *lead,
                         const struct promise_next *next)
{
    if (lead->place == CORE_PLACE_NURTURE)
        decider_place_again(d, lead, CORE_NONE, CORE_CAUSE_REENTERED);
    else if (lead->held)
        decider_place_again(d, lead, CORE_NONE, CORE_CAUSE_DRAINED);
    else
        except_again(d, lead, next);
}

static void take_step(struct decider *d, const struct core_lead *lead,
                      const struct promise_next *next)
{
    const struct policy_step *step =
        &lead_class(d->core, lead)->ladders[next->objective].steps[next->step];
    uint32_t pool = promise_overflow(d->core, lead, step);
    emit_escalated(d, lead, next, step);
    if (step->action == POLICY_REMIND || step->action == POLICY_NOTIFY)
        return;
    if (lead->rep != CORE_NONE)
        decider_return(d, lead, CORE_CAUSE_ESCALATED, BYTES_LITERAL("a step of its ladder"));
    if (step->action == POLICY_TAKE_BACK)
        decider_place_again(d, lead, lead->rep, CORE_CAUSE_ESCALATED);
    else if (step->action == POLICY_OVERFLOW)
        decider_place_in(d, lead, pool, CORE_CAUSE_ESCALATED);
    else
        decider_except(d, lead, BYTES_LITERAL("objective_late"), bytes_of(step->team),
                       step->within_us, CORE_CAUSE_ESCALATED);
}

/* ---- what is due */

/* Enrichment did not answer: who is not being talked to yet goes where people find out themselves,
 * and somebody is to look at it. */
static void triage(struct decider *d, const struct core_lead *lead)
{
    if (lead->place == CORE_PLACE_EXCEPTION)
        return; /* a person looks at it already */
    const struct bytes kind = BYTES_LITERAL("enrichment_timeout");
    const struct bytes reason = BYTES_LITERAL("enrichment did not answer in time");
    const struct core *core = d->core;
    uint32_t declared = policy_exception_find(core_release(core), kind)->triage;
    uint32_t pool =
        declared != POLICY_NONE ? core->releases[core->active]->pools[declared] : CORE_NONE;
    if (pool != CORE_NONE && lead->pool != pool &&
        lead->promises.reached_us[POLICY_CONTACTED] == 0 &&
        (lead->place == CORE_PLACE_OWNED || lead->place == CORE_PLACE_WAITING)) {
        if (lead->rep != CORE_NONE)
            decider_return(d, lead, CORE_CAUSE_ESCALATED, reason);
        decider_place_in(d, lead, pool, CORE_CAUSE_ESCALATED);
    }
    exception_emit_opened(d, kind, CORE_ABOUT_LEAD, lead, CORE_NONE, reason.data);
}

bool clock_decide_late(struct decider *d, const struct core_lead *lead)
{
    for (int i = 0; i < POLICY_OBJECTIVES; i++) {
        if (!core_promise_is_running(&lead->promises, (enum policy_objective)i) ||
            lead->promises.due_us[i] > d->command->time_us)
            continue;
        emit_late(d, lead, (enum policy_objective)i);
        return true;
    }
    return false;
}

void clock_decide_due(struct decider *d, const struct core_lead *lead)
{
    int64_t now_us = d->command->time_us;
    struct promise_next next = promise_next(d->core, lead, now_us);
    /* A newer release took away what the timer was set for, or moved it by other hours: this says
     * so, and sets it anew. */
    if (next.time_us > now_us)
        next.what = PROMISE_REMINDER;
    switch (next.what) {
    case PROMISE_LATE:
        emit_late(d, lead, next.objective);
        if (next.objective == POLICY_ENRICHED)
            triage(d, lead);
        return;
    case PROMISE_UNTIL: decide_until(d, lead, &next); return;
    case PROMISE_RETURN:
        decider_return(d, lead, CORE_CAUSE_RETURNED, BYTES_LITERAL("no contact in time"));
        decider_place_again(d, lead, lead->rep, CORE_CAUSE_RETURNED);
        return;
    case PROMISE_STEP: take_step(d, lead, &next); return;
    case PROMISE_REMINDER:
    default: emit_escalated(d, lead, &next, NULL);
    }
}

/* ---- what an owner says */

void clock_decide_acknowledge(struct decider *d)
{
    const struct core_lead *lead = decider_lead(d);
    if (lead == NULL || !decider_text_fits(d, "note", d->command->acknowledge.note))
        return;
    if (lead->rep == CORE_NONE) {
        decider_refuse(d, CORE_WRONG_STATE,
                       "lead L%" PRIu64 " has no owner who could acknowledge it; assign it first",
                       lead->number);
        return;
    }
    struct core_event *event = decider_emit(d, CORE_LEAD_ACKNOWLEDGED, lead);
    event->acknowledged.note = d->command->acknowledge.note;
    event->acknowledged.until_us = d->command->time_us + lead_class(d->core, lead)->acknowledged_us;
    decider_stamp(d, event);
}
