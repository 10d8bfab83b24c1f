/* What is remembered of a rep, as a function of releases and events. The core and the view keep it
 * by these same functions, so that one loaded from the other is equal to it (I2). */
#include "core/core.h"

void core_rep_enrol(struct core_rep *rep, const struct policy_rep *declared, int64_t now_us)
{
    rep->per_hour = declared->per_hour;
    rep->per_day = declared->per_day;
    /* A capacity set by hand stays until the policy itself says something new. */
    if (rep->declared_capacity != declared->capacity)
        rep->capacity = rep->declared_capacity = declared->capacity;
    /* Duty is a fact that events record (I4): whoever has a calendar is looked at right away, and
     * is as before until then. */
    if (declared->calendar == NULL && declared->time_off_count == 0) {
        rep->duty = POLICY_ON_DUTY;
        rep->duty_until_us = INT64_MAX;
        return;
    }
    if (rep->duty_until_us == INT64_MAX && rep->duty == POLICY_ON_DUTY)
        rep->duty = POLICY_OFF_HOURS;
    rep->duty_until_us = now_us;
}

void core_rep_take_shift(struct core_rep *rep, const struct core_event *event)
{
    rep->duty = event->shifted.duty;
    rep->duty_until_us = event->shifted.until_us;
    if (event->time_us >= rep->hour.end_us)
        rep->hour.count = 0;
    if (event->time_us >= rep->day.end_us)
        rep->day.count = 0;
}

/* Clock hours of UTC. */
static int64_t hour_end_us(int64_t now_us)
{
    const int64_t hour_us = INT64_C(3600) * 1000000;
    return (now_us / hour_us + 1) * hour_us;
}

static void count_in(struct core_window *window, int64_t now_us, int64_t end_us)
{
    if (now_us >= window->end_us)
        *window = (struct core_window){.end_us = end_us};
    window->count++;
}

void core_rep_take_lead(struct core_rep *rep, const struct core_event *event)
{
    rep->last_assigned = event->seq;
    count_in(&rep->hour, event->time_us, hour_end_us(event->time_us));
    if (event->placed.day_end_us != 0)
        count_in(&rep->day, event->time_us, event->placed.day_end_us);
}
