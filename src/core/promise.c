/* Promises: every open lead has one running timer, and this file says when it runs out (I5). The
 * answer is recorded in the event, so that replay never asks again (I4). */
#include "core/promise.h"

#include "policy/calendar/worktime.h"

#define REMINDER_US TIME_US_PER_DAY
#define BEYOND_HORIZON_US (INT64_C(365) * TIME_US_PER_DAY)
/* Who gets a lead after its deadline keeps it for half the promise at least, but no longer than
 * this, before a step takes it away again. */
#define GRACE_MAX_US (10 * 60 * TIME_US_PER_SECOND)
#define LAST_CHANCE_MIN_US (60 * 60 * TIME_US_PER_SECOND)
#define LAST_CHANCE_MAX_US TIME_US_PER_DAY

enum policy_objective promise_pending(const struct core_lead *lead)
{
    const int64_t *reached_us = lead->promises.reached_us;
    if (reached_us[POLICY_ASSIGNED] == 0)
        return POLICY_ASSIGNED;
    return reached_us[POLICY_CONTACTED] == 0 ? POLICY_CONTACTED : POLICY_QUALIFIED;
}

/* ---- calendars */

const struct policy_rep *promise_owner(const struct core *core, uint32_t rep)
{
    if (rep == CORE_NONE || !core->reps[rep]->view.present)
        return NULL;
    return &core_release(core)->reps[core->reps[rep]->declared];
}

const struct policy_pool *promise_pool(const struct core *core, uint32_t pool)
{
    if (pool == CORE_NONE || !core->pools[pool]->present)
        return NULL;
    const struct policy_release *release = core_release(core);
    return &release->pools[policy_pool_find(release, bytes_of(core->pools[pool]->id))];
}

const struct policy_calendar *promise_calendar(const struct core *core, uint32_t rep, uint32_t pool)
{
    const struct policy_rep *owner = promise_owner(core, rep);
    if (owner != NULL && owner->calendar != NULL)
        return owner->calendar;
    const struct policy_pool *group = promise_pool(core, pool);
    if (group != NULL && group->calendar != NULL)
        return group->calendar;
    return core_release(core)->calendar;
}

int64_t promise_after_us(const struct policy_calendar *calendar, int64_t from_us, int64_t amount_us)
{
    if (calendar == NULL)
        return from_us + amount_us;
    const struct policy_worktime worktime = {.calendar = calendar};
    int64_t time_us = policy_worktime_after(&worktime, from_us, amount_us);
    return time_us != INT64_MAX ? time_us : from_us + amount_us + BEYOND_HORIZON_US;
}

static int64_t between_us(const struct policy_calendar *calendar, int64_t from_us, int64_t to_us)
{
    if (calendar == NULL)
        return to_us > from_us ? to_us - from_us : 0;
    const struct policy_worktime worktime = {.calendar = calendar};
    return policy_worktime_between(&worktime, from_us, to_us);
}

int64_t promise_carry_us(const struct policy_calendar *from, const struct policy_calendar *to,
                         int64_t now_us, int64_t deadline_us)
{
    return promise_after_us(to, now_us, between_us(from, now_us, deadline_us));
}

/* The first instant from `from_us` on with no more than `left_us` of working time before the
 * deadline. */
static int64_t when_left_us(const struct policy_calendar *calendar, int64_t from_us, int64_t now_us,
                            int64_t deadline_us, int64_t left_us)
{
    if (calendar == NULL)
        return deadline_us - left_us;
    int64_t now_left_us = between_us(calendar, now_us, deadline_us);
    if (now_left_us > left_us)
        return promise_after_us(calendar, now_us, now_left_us - left_us);
    int64_t low = from_us,
            high = now_us; /* at `high` it is so, what is before `low` is not asked */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (between_us(calendar, middle, deadline_us) <= left_us)
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}

/* ---- ladders */

uint32_t promise_overflow(const struct core *core, const struct core_lead *lead,
                          const struct policy_step *step)
{
    uint32_t pool = CORE_NONE;
    if (step->pool != POLICY_NONE)
        pool = core->releases[lead->release]->pools[step->pool];
    else if (lead->pool != CORE_NONE)
        pool = core->pools[lead->pool]->overflow;
    return pool != CORE_NONE && core->pools[pool]->present ? pool : CORE_NONE;
}

static bool step_applies(const struct core *core, const struct core_lead *lead,
                         const struct policy_step *step)
{
    switch (step->action) {
    case POLICY_REMIND:
    case POLICY_TAKE_BACK: return lead->rep != CORE_NONE;
    case POLICY_OVERFLOW: return promise_overflow(core, lead, step) != CORE_NONE;
    default: return true;
    }
}

/* Not before whoever acts is on duty; somebody who never is again is not waited for. */
static int64_t on_duty_us(const struct core *core, const struct core_lead *lead,
                          const struct policy_step *step, int64_t time_us)
{
    struct policy_worktime worktime = {.calendar = core_release(core)->calendar};
    if (step->action == POLICY_REMIND || step->action == POLICY_TAKE_BACK) {
        const struct policy_rep *owner = promise_owner(core, lead->rep);
        if (owner == NULL)
            return time_us;
        worktime =
            (struct policy_worktime){owner->calendar, owner->time_off, owner->time_off_count};
    }
    int64_t duty_us = policy_worktime_after(&worktime, time_us, 0);
    return duty_us != INT64_MAX ? duty_us : time_us;
}

static int64_t planned_us(const struct core *core, const struct core_lead *lead,
                          const struct policy_promise *promise, int64_t deadline_us,
                          const struct policy_step *step, int64_t now_us)
{
    const struct policy_calendar *calendar =
        promise->business ? promise_calendar(core, lead->rep, lead->pool) : NULL;
    if (step->percent == 0)
        return promise_after_us(calendar, deadline_us, step->after_us);
    return when_left_us(calendar, lead->captured_us, now_us, deadline_us,
                        promise->within_us * (100 - (int64_t)step->percent) / 100);
}

/* Earliest, with regard to the owner: the word given, and a moment to act on a lead that came when
 * it was late already. */
static int64_t owner_free_us(const struct core_lead *lead, const struct policy_promise *promise,
                             const struct policy_step *step)
{
    if (lead->rep == CORE_NONE)
        return INT64_MIN;
    int64_t free_us = lead->acknowledged_us != 0 ? lead->acknowledged_us : INT64_MIN;
    if (step->percent != 0 || step->action == POLICY_REMIND || step->action == POLICY_NOTIFY)
        return free_us;
    int64_t grace_us =
        promise->within_us / 2 < GRACE_MAX_US ? promise->within_us / 2 : GRACE_MAX_US;
    return lead->assigned_us + grace_us > free_us ? lead->assigned_us + grace_us : free_us;
}

bool promise_ladder_ended(const struct core *core, const struct core_lead *lead)
{
    enum policy_objective objective = promise_pending(lead);
    const struct policy_escalation *ladder = &lead_class(core, lead)->ladders[objective];
    return ladder->count > 0 && lead->promises.steps[objective] >= ladder->count &&
           ladder->steps[ladder->count - 1].action == POLICY_EXCEPT;
}

int64_t promise_last_chance_us(const struct core *core, const struct core_lead *lead, uint32_t rep,
                               uint32_t pool, int64_t now_us)
{
    const struct policy_promise *promise =
        &lead_class(core, lead)->objectives[promise_pending(lead)];
    int64_t amount_us = promise->within_us;
    if (amount_us < LAST_CHANCE_MIN_US)
        amount_us = LAST_CHANCE_MIN_US;
    if (amount_us > LAST_CHANCE_MAX_US)
        amount_us = LAST_CHANCE_MAX_US;
    return promise_after_us(promise->business ? promise_calendar(core, rep, pool) : NULL, now_us,
                            amount_us);
}

static void consider(struct promise_next *next, enum promise_what what, int64_t time_us,
                     enum policy_objective objective)
{
    if (time_us < next->time_us)
        *next = (struct promise_next){
            .what = what, .time_us = time_us, .objective = objective, .step = CORE_NONE};
}

static void consider_ladder(struct promise_next *next, const struct core *core,
                            const struct core_lead *lead, int64_t now_us)
{
    enum policy_objective objective = promise_pending(lead);
    const struct policy_class *class = lead_class(core, lead);
    const struct policy_escalation *ladder = &class->ladders[objective];
    const struct policy_promise *promise = &class->objectives[objective];
    int64_t deadline_us = lead->promises.due_us[objective];
    size_t step = lead->promises.steps[objective];
    while (step < ladder->count && !step_applies(core, lead, &ladder->steps[step]))
        step++;
    if (step >= ladder->count || deadline_us == 0)
        return;
    const struct policy_step *rung = &ladder->steps[step];
    int64_t planned = planned_us(core, lead, promise, deadline_us, rung, now_us);
    int64_t free_us = owner_free_us(lead, promise, rung);
    int64_t time_us = planned > free_us ? planned : free_us;
    if (rung->on_duty)
        time_us = on_duty_us(core, lead, rung, time_us > now_us ? time_us : now_us);
    if (time_us >= next->time_us)
        return;
    *next = (struct promise_next){PROMISE_STEP, time_us, planned, objective, (uint32_t)step};
}

/* ---- the timer */

struct promise_next promise_next(const struct core *core, const struct core_lead *lead,
                                 int64_t now_us)
{
    enum policy_objective pending = promise_pending(lead);
    struct promise_next next = {.time_us = INT64_MAX};
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (core_promise_is_running(&lead->promises, (enum policy_objective)i))
            consider(&next, PROMISE_LATE, lead->promises.due_us[i], (enum policy_objective)i);
    if (lead->until_us != 0)
        consider(&next, PROMISE_UNTIL,
                 lead->until_us > lead->acknowledged_us ? lead->until_us : lead->acknowledged_us,
                 pending);
    int64_t patience_us = lead_class(core, lead)->return_after_us;
    if (lead->state == CORE_ASSIGNED && patience_us > 0 &&
        lead->promises.reached_us[POLICY_CONTACTED] == 0)
        consider(&next, PROMISE_RETURN, lead->assigned_us + patience_us, pending);
    if (lead->place == CORE_PLACE_OWNED || lead->place == CORE_PLACE_WAITING)
        consider_ladder(&next, core, lead, now_us);
    if (next.time_us == INT64_MAX)
        consider(&next, PROMISE_REMINDER, now_us + REMINDER_US, pending);
    return next;
}
