/* Promises: every open lead has one running timer, and this file says when it runs out (I5).
 * Decided once and recorded in the event, so that replay never asks again (I4). */
#include "core/internal.h"

#include "base/time.h"

enum { LATE_SHIFT_MAX = 10 };

/* A milestone without a declared objective is still looked at once a day: no limbo (A2). */
#define UNDECLARED_US TIME_US_PER_DAY
#define REMINDER_MIN_US (60 * TIME_US_PER_SECOND)
#define HELD_MAX_US (5 * 60 * TIME_US_PER_SECOND)

int64_t promise_objective_us(const struct policy_class *class, enum policy_objective objective)
{
    int64_t declared = class->objectives[objective].within_us;
    return declared > 0 ? declared : UNDECLARED_US;
}

enum policy_objective promise_objective(const struct core_lead *lead)
{
    if (lead->state == CORE_CAPTURED)
        return POLICY_ASSIGNED;
    return lead->contacted_us == 0 ? POLICY_CONTACTED : POLICY_QUALIFIED;
}

/* Reminders double, from the objective's own length up to once a day. */
static int64_t reminder_us(int64_t objective_us, unsigned late_count)
{
    int64_t base = objective_us < REMINDER_MIN_US ? REMINDER_MIN_US : objective_us;
    unsigned shift = late_count < LATE_SHIFT_MAX ? late_count : LATE_SHIFT_MAX;
    if (base >= TIME_US_PER_DAY >> shift)
        return TIME_US_PER_DAY;
    return base << shift;
}

/* The promise counts from capture; one that was already missed and reported is only reminded of. */
static int64_t promised_us(int64_t objective_us, int64_t captured_us, int64_t now_us,
                           unsigned late_count)
{
    int64_t due_us = captured_us + objective_us;
    if (due_us <= now_us && late_count > 0)
        return now_us + reminder_us(objective_us, late_count);
    return due_us;
}

int64_t promise_waiting_us(const struct policy_class *class, int64_t captured_us, int64_t now_us,
                           unsigned late_count)
{
    return promised_us(promise_objective_us(class, POLICY_ASSIGNED), captured_us, now_us,
                       late_count);
}

static int64_t sooner_of_return(const struct policy_class *class, bool contacted,
                                int64_t assigned_us, int64_t due_us)
{
    if (contacted || class->return_after_us <= 0)
        return due_us;
    int64_t return_us = assigned_us + class->return_after_us;
    return return_us < due_us ? return_us : due_us;
}

int64_t promise_assigned_us(const struct policy_class *class, const struct core_lead *lead,
                            int64_t captured_us, int64_t now_us)
{
    bool contacted = lead != NULL && lead->contacted_us != 0;
    int64_t objective_us =
        promise_objective_us(class, contacted ? POLICY_QUALIFIED : POLICY_CONTACTED);
    int64_t due_us =
        promised_us(objective_us, captured_us, now_us, lead != NULL ? lead->late_count : 0);
    return sooner_of_return(class, contacted, now_us, due_us);
}

int64_t promise_contacted_us(const struct policy_class *class, int64_t captured_us, int64_t now_us)
{
    int64_t objective_us = promise_objective_us(class, POLICY_QUALIFIED);
    int64_t due_us = captured_us + objective_us;
    return due_us > now_us ? due_us : now_us + reminder_us(objective_us, 0);
}

int64_t promise_held_us(const struct policy_class *class, int64_t now_us)
{
    int64_t wait_us = promise_objective_us(class, POLICY_ASSIGNED);
    if (wait_us > HELD_MAX_US)
        wait_us = HELD_MAX_US;
    if (wait_us < TIME_US_PER_SECOND)
        wait_us = TIME_US_PER_SECOND;
    return now_us + wait_us;
}

int64_t promise_reminder_us(int64_t within_us, int64_t now_us, unsigned late_count)
{
    return now_us + reminder_us(within_us, late_count - 1);
}

int64_t promise_after_late_us(const struct policy_class *class, const struct core_lead *lead,
                              int64_t now_us, unsigned late_count)
{
    int64_t objective_us = promise_objective_us(class, promise_objective(lead));
    int64_t due_us = promise_reminder_us(objective_us, now_us, late_count);
    if (lead->state != CORE_ASSIGNED)
        return due_us;
    int64_t with_return =
        sooner_of_return(class, lead->contacted_us != 0, lead->assigned_us, due_us);
    return with_return > now_us ? with_return : now_us;
}
