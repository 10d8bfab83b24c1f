/* Surges as events leave them: which run, what they touched, and how far reps are paced by them. */
#include "core/watch.h"

#include <inttypes.h>
#include <stdlib.h>

size_t core_surge_count(const struct core *core)
{
    return core->watch->surge_count;
}

const struct core_surge *core_surge_at(const struct core *core, size_t index)
{
    return index < core->watch->surge_count ? &core->watch->surges[index]->view : NULL;
}

const struct surge *surge_of(const struct core *core, struct bytes source, struct bytes campaign)
{
    if (core->watch->surge_count == 0)
        return NULL;
    const struct series *by_campaign = series_find(core, CORE_SERIES_CAMPAIGN, campaign);
    if (by_campaign != NULL && by_campaign->surge != NULL)
        return by_campaign->surge;
    const struct series *by_source = series_find(core, CORE_SERIES_SOURCE, source);
    return by_source != NULL ? by_source->surge : NULL;
}

/* A series is forgotten when nothing was counted in it for weeks, though its surge may not have
 * been looked at since; and begins anew. */
void surge_leave_series(struct series *series)
{
    if (series->surge != NULL)
        series->surge->series = CORE_NONE;
}

void surge_enter_series(struct watch *watch, uint32_t index, enum core_series_kind kind,
                        struct bytes name)
{
    for (size_t i = 0; i < watch->surge_count; i++) {
        struct surge *surge = watch->surges[i];
        if (surge->view.kind != kind || !bytes_is(name, surge->name))
            continue;
        surge->series = index;
        watch->series[index]->surge = surge;
    }
}

/* They are in order of their numbers. */
static struct surge *find(const struct core *core, uint64_t number)
{
    size_t low = 0, high = core->watch->surge_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct surge *surge = core->watch->surges[middle];
        if (surge->view.number == number)
            return surge;
        if (surge->view.number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct surge *surge_get(const struct core *core, uint64_t number)
{
    return find(core, number);
}

bool surge_exempts(const struct core *core, uint32_t release, uint32_t class_index)
{
    const struct policy_surge *policy = &core->releases[release]->release->surge;
    return policy->planned && (policy->plan.exempt >> class_index & 1) != 0;
}

static void free_surge(struct surge *surge)
{
    free(surge->name);
    free(surge);
}

void surges_free(struct watch *watch)
{
    for (size_t i = 0; i < watch->surge_count; i++)
        free_surge(watch->surges[i]);
    free(watch->surges);
}

/* ---- pacing */

/* After a surge began or ended, or another release is active. */
static void set_pace(struct core *core)
{
    struct watch *watch = core->watch;
    const struct policy_release *release = core_release(core);
    uint32_t pace = 0;
    int64_t from_us = 0;
    for (size_t i = 0; i < watch->surge_count; i++) {
        if (!watch->surges[i]->view.planned || release == NULL || !release->surge.planned)
            continue;
        pace = release->surge.plan.per_hour;
        from_us = watch->surges[i]->view.started_us; /* the first is the oldest */
        break;
    }
    if (pace == watch->pace && from_us == watch->pace_from_us)
        return;
    watch->pace = pace;
    watch->pace_from_us = from_us;
    for (uint32_t i = 0; i < core->rep_count; i++)
        rep_refresh(core, i);
}

/* ---- events */

static void begin(struct core *core, const struct core_surge *view)
{
    struct watch *watch = core->watch;
    if (watch->surge_count == watch->surge_capacity) {
        watch->surge_capacity = watch->surge_capacity ? 2 * watch->surge_capacity : 8;
        struct surge **longer = realloc(watch->surges, watch->surge_capacity * sizeof *longer);
        if (longer == NULL)
            panic("out of memory (surges)");
        watch->surges = longer;
    }
    struct surge *surge = core_allocate(1, sizeof *surge);
    surge->name = copy_string(bytes_of(view->name));
    surge->view = *view;
    surge->view.name = surge->name;
    surge->series = series_mark_surged(watch, view->kind, bytes_of(view->name), view->started_us);
    watch->series[surge->series]->surge = surge;
    watch->surges[watch->surge_count++] = surge;
    set_pace(core);
}

static void apply_started(struct core *core, const struct core_event *event)
{
    char *name = copy_string(event->surge.name);
    const struct core_surge view = {.number = event->entity,
                                    .last_seq = event->seq,
                                    .kind = event->surge.kind,
                                    .name = name,
                                    .started_us = event->time_us,
                                    .expected = event->surge.expected,
                                    .peak = event->surge.window_count,
                                    .peak_us = event->time_us,
                                    .planned = core_release(core)->surge.planned};
    begin(core, &view);
    free(name);
}

static void apply_peaked(struct core *core, const struct core_event *event)
{
    struct surge *surge = find(core, event->entity);
    ML_ASSERT(surge != NULL && !surge->view.peaked);
    surge->view.last_seq = event->seq;
    surge->view.peaked = true;
    surge->view.peak = event->surge.window_count;
    surge->view.peak_us = event->surge.peak_us;
}

void surge_take_aside(struct core *core, struct core_lead *lead)
{
    struct surge *surge = surge_put_aside(lead) ? find(core, lead->surge) : NULL;
    if (surge == NULL)
        return;
    lead->next = surge->aside;
    if (lead->next != NULL)
        lead->next->previous = lead;
    surge->aside = lead;
}

void surge_leave_aside(struct core *core, struct core_lead *lead)
{
    struct surge *surge = surge_put_aside(lead) ? find(core, lead->surge) : NULL;
    if (surge == NULL)
        return;
    if (lead->next != NULL)
        lead->next->previous = lead->previous;
    if (lead->previous != NULL)
        lead->previous->next = lead->next;
    else
        surge->aside = lead->next;
    lead->next = lead->previous = NULL;
}

/* What the plan put aside comes back at once. */
static void wake(struct core *core, struct surge *surge, int64_t now_us)
{
    while (surge->aside != NULL) {
        struct core_lead *lead = surge->aside;
        surge_leave_aside(core, lead);
        lead->due_us = lead->until_us = now_us;
        heap_update(&core->timers, lead);
    }
}

static void apply_ended(struct core *core, const struct core_event *event)
{
    struct watch *watch = core->watch;
    struct surge *surge = find(core, event->entity);
    ML_ASSERT(surge != NULL);
    wake(core, surge, event->time_us);
    series_mark_surged(watch, surge->view.kind, bytes_of(surge->name), event->time_us);
    if (surge->series != CORE_NONE)
        watch->series[surge->series]->surge = NULL;
    size_t at = 0;
    while (watch->surges[at] != surge)
        at++;
    memmove(&watch->surges[at], &watch->surges[at + 1],
            (--watch->surge_count - at) * sizeof(struct surge *));
    free_surge(surge);
    set_pace(core);
}

static void count_lead(struct core *core, const struct core_event *event)
{
    struct surge *surge = find(core, event->captured.surge);
    if (surge != NULL)
        surge->view.leads++;
}

bool core_measure_take(uint8_t *measures, const struct core_event *event)
{
    uint8_t bit = (uint8_t)(1u << event->placed.measure);
    if (event->placed.measure == CORE_MEASURE_NONE || (*measures & bit) != 0)
        return false;
    *measures |= bit;
    return true;
}

static void count_measure(struct core *core, const struct core_event *event)
{
    struct surge *surge = find(core, event->placed.surge);
    if (core_measure_take(&lead_get(core, event->lead)->measures, event) && surge != NULL)
        surge->view.measures[event->placed.measure]++;
}

void surges_apply(struct core *core, const struct core_event *event)
{
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED: count_lead(core, event); break;
    case CORE_LEAD_ASSIGNED:
    case CORE_LEAD_QUEUED:
    case CORE_LEAD_EXCEPTED:
    case CORE_LEAD_NURTURED: count_measure(core, event); break;
    case CORE_RELEASE_ACTIVATED: set_pace(core); break;
    case CORE_SURGE_STARTED: apply_started(core, event); break;
    case CORE_SURGE_PEAKED: apply_peaked(core, event); break;
    case CORE_SURGE_ENDED: apply_ended(core, event); break;
    default: break;
    }
}

/* ---- reloading and digest */

void core_load_surge(struct core *core, const struct core_surge *surge)
{
    begin(core, surge);
}

void surges_print(const struct core *core, struct buffer *out)
{
    for (size_t i = 0; i < core->watch->surge_count; i++) {
        const struct core_surge *surge = &core->watch->surges[i]->view;
        buffer_printf(out,
                      "surge %" PRIu64 " %" PRIu64 " %d %s %" PRId64 " %" PRIu32 " %" PRIu32
                      " %" PRId64 " %d %d %" PRIu64,
                      surge->number, surge->last_seq, (int)surge->kind, surge->name,
                      surge->started_us, surge->expected, surge->peak, surge->peak_us,
                      surge->peaked, surge->planned, surge->leads);
        for (int measure = 0; measure < CORE_MEASURES; measure++)
            buffer_printf(out, " %" PRIu64, surge->measures[measure]);
    }
    buffer_printf(out, "pace %" PRIu32 " %" PRId64, core->watch->pace, core->watch->pace_from_us);
}
