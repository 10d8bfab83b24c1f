/* Surges: when they begin, peak and end. Rates are compared over whole minutes: a surge begins by
 * the window up to now, whose last minute is not over, so that it is seen at once, or by the one
 * that was over just now; it peaks and ends by windows that are over, so that a minute that has
 * just begun does not look like the end.
 */
#include "core/decider.h"
#include "core/watch.h"

/* A series that nobody expects anything of is measured as if it were one arrival in the window. */
enum { EXPECTED_LEAST = 100, PERCENT = 100, PEAK_PERCENT = 80 };

/* Without a plan nobody says how long a surge may last. */
#define UNPLANNED_AT_MOST_US (12 * WATCH_HOUR_US)

struct look {
    const struct core *core;
    const struct policy_detection *detection;
    int64_t now_us;
    int64_t minute; /* that now is in, absolute */
    int64_t window; /* minutes */
    /* The first by kind and name of those that begin: equal cores decide alike. */
    struct beginning {
        enum core_series_kind kind;
        struct bytes name;
        uint32_t count, expected;
    } begin[CORE_EVENTS_MAX];
    size_t begin_count;
};

static struct look look_at(const struct decider *d)
{
    const struct policy_detection *detection = &core_release(d->core)->surge.detection;
    return (struct look){.core = d->core,
                         .detection = detection,
                         .now_us = d->command->time_us,
                         .minute = d->command->time_us / WATCH_MINUTE_US,
                         .window = detection->window_us / WATCH_MINUTE_US};
}

/* Both in hundredths, of a count that is not. */
static bool reaches(uint64_t count, uint32_t expected, uint32_t share)
{
    uint64_t least = expected > EXPECTED_LEAST ? expected : EXPECTED_LEAST;
    return count * PERCENT * PERCENT >= least * share;
}

/* Arrivals in the window that ends with that minute's beginning. */
static uint32_t window_before(const struct look *look, const struct series *series, int64_t minute)
{
    return (uint32_t)series_minutes(look->core, series, minute - look->window, minute);
}

/* ---- beginning */

/* Since it was last in surge there was a window that was none. After one that ended because its
 * time was over that may take a while; then the hours since have become what is expected. */
static bool has_calmed(const struct look *look, const struct series *series, uint32_t expected)
{
    int64_t surged_minute = series_surged_hour(look->core, series) * 60;
    int64_t remembered = look->minute - CORE_SERIES_MINUTES + 1;
    if (surged_minute < 0 || surged_minute < remembered)
        return true;
    for (int64_t minute = surged_minute; minute <= look->minute; minute++)
        if (minute - look->window >= remembered &&
            !reaches(window_before(look, series, minute), expected, look->detection->end))
            return true;
    return false;
}

static bool comes_before(const struct beginning *a, const struct beginning *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind;
    size_t common = a->name.size < b->name.size ? a->name.size : b->name.size;
    int order = common > 0 ? memcmp(a->name.data, b->name.data, common) : 0;
    return order != 0 ? order < 0 : a->name.size < b->name.size;
}

/* In its place among those that come first; who has none is found by the next look. */
static void add_beginning(struct look *look, const struct beginning *beginning)
{
    size_t at = look->begin_count;
    if (at == CORE_EVENTS_MAX && !comes_before(beginning, &look->begin[--at]))
        return;
    for (; at > 0 && comes_before(beginning, &look->begin[at - 1]); at--)
        look->begin[at] = look->begin[at - 1];
    look->begin[at] = *beginning;
    if (look->begin_count < CORE_EVENTS_MAX)
        look->begin_count++;
}

/* Whether the window that ends with that minute is the beginning of one. */
static bool begins_with(const struct look *look, const struct series *series, int64_t minute,
                        struct beginning *beginning)
{
    beginning->count = window_before(look, series, minute + 1);
    if (beginning->count < look->detection->at_least)
        return false;
    /* A campaign that is new may begin with a surge; of a source that is new nobody can tell. */
    bool known = series_expected(look->core, series, minute * WATCH_MINUTE_US,
                                 look->detection->window_us, &beginning->expected);
    return (known || beginning->kind != CORE_SERIES_SOURCE) &&
           reaches(beginning->count, beginning->expected, look->detection->start) &&
           has_calmed(look, series, beginning->expected);
}

static void look_at_series(void *context, uint32_t index, enum core_series_kind kind,
                           struct bytes name)
{
    struct look *look = context;
    const struct series *series = look->core->watch->series[index];
    if ((kind != CORE_SERIES_SOURCE && kind != CORE_SERIES_CAMPAIGN) || series == NULL ||
        series->surge != NULL || index < CORE_SERIES_KINDS ||
        series->newest_minute + look->window < look->minute)
        return;
    struct beginning beginning = {.kind = kind, .name = name};
    /* What came in the last seconds of a minute is seen when it is over. */
    if (begins_with(look, series, look->minute, &beginning) ||
        begins_with(look, series, look->minute - 1, &beginning))
        add_beginning(look, &beginning);
}

static void emit_started(struct decider *d, const struct beginning *beginning)
{
    struct core_event *event = decider_emit(d, CORE_SURGE_STARTED, NULL);
    event->entity = d->out->entity = event->seq;
    event->surge.kind = beginning->kind;
    event->surge.name = beginning->name;
    event->surge.window_count = beginning->count;
    event->surge.expected = beginning->expected;
}

/* ---- while it runs */

struct course {
    const struct core_surge *surge;
    uint32_t count; /* in the newest window that is over */
    bool measured;  /* that window lies behind the beginning */
    uint32_t peak;
    int64_t peak_us;
};

/* The greatest window since the beginning that is remembered, or that an event told of. */
static struct course course_of(const struct look *look, const struct surge *surge)
{
    struct course course = {
        .surge = &surge->view, .peak = surge->view.peak, .peak_us = surge->view.peak_us};
    int64_t began = surge->view.started_us / WATCH_MINUTE_US;
    course.measured = look->minute - look->window >= began;
    if (surge->series == CORE_NONE)
        return course; /* nothing was counted for weeks */
    const struct series *series = look->core->watch->series[surge->series];
    course.count = window_before(look, series, look->minute);
    int64_t remembered = look->minute - CORE_SERIES_MINUTES + look->window;
    for (int64_t minute = began > remembered ? began : remembered; minute <= look->minute;
         minute++) {
        uint32_t count = window_before(look, series, minute);
        if (count <= course.peak)
            continue;
        course.peak = count;
        course.peak_us = minute * WATCH_MINUTE_US;
    }
    return course;
}

static struct core_event *emit_about(struct decider *d, enum core_event_type type,
                                     const struct core_surge *surge)
{
    struct core_event *event = decider_emit(d, type, NULL);
    event->entity = surge->number;
    event->surge.kind = surge->kind;
    event->surge.name = bytes_of(surge->name);
    event->surge.expected = surge->expected;
    return event;
}

static void emit_ended(struct decider *d, const struct course *course, bool expired)
{
    struct core_event *event = emit_about(d, CORE_SURGE_ENDED, course->surge);
    event->surge.window_count = course->count;
    event->surge.peak_us = course->peak_us;
    event->surge.leads = course->surge->leads;
    memcpy(event->surge.measures, course->surge->measures, sizeof event->surge.measures);
    event->surge.expired = expired;
}

static int64_t at_most_us(const struct core *core, const struct core_surge *surge)
{
    const struct policy_surge *plan = &core_release(core)->surge;
    return surge->planned && plan->planned && plan->plan.at_most_us > 0 ? plan->plan.at_most_us
                                                                        : UNPLANNED_AT_MOST_US;
}

/* One step of it in a look, if any. */
static void decide_running(struct decider *d, const struct look *look, const struct surge *surge)
{
    const struct course course = course_of(look, surge);
    bool over =
        course.measured && !reaches(course.count, surge->view.expected, look->detection->end);
    bool falls =
        course.measured && (uint64_t)course.count * PERCENT < (uint64_t)course.peak * PEAK_PERCENT;
    if (!surge->view.peaked && (over || falls)) {
        struct core_event *event = emit_about(d, CORE_SURGE_PEAKED, &surge->view);
        event->surge.window_count = course.peak;
        event->surge.peak_us = course.peak_us;
        return;
    }
    bool expired = look->now_us - surge->view.started_us >= at_most_us(look->core, &surge->view);
    if (over || expired)
        emit_ended(d, &course, !over);
}

/* As many at once as there is room for: there may be thousands, and looking takes its time. */
void surge_decide_watch(struct decider *d)
{
    struct look look = look_at(d);
    const struct watch *watch = d->core->watch;
    for (size_t i = 0; i < watch->surge_count && d->out->event_count < CORE_EVENTS_MAX; i++)
        decide_running(d, &look, watch->surges[i]);
    if (d->out->event_count > 0)
        return;
    series_names_each(watch->names, look_at_series, &look);
    for (size_t i = 0; i < look.begin_count; i++)
        emit_started(d, &look.begin[i]);
}

/* ---- as a record arrives */

static struct bytes campaign_of(const struct policy_release *release,
                                const struct policy_subject *subject)
{
    uint32_t field = release->schema.campaign;
    if (field == POLICY_NONE || subject->values[field].kind != CEL_STRING)
        return (struct bytes){0};
    return subject->values[field].string;
}

/* Class, score or route came out different with the plan's parameters. */
static bool relax(const struct policy_release *release, const struct policy_subject *subject,
                  struct policy_decision *decision)
{
    struct policy_subject relaxed = *subject;
    relaxed.overrides = release->surge.plan.overrides;
    relaxed.override_count = release->surge.plan.override_count;
    struct policy_inputs inputs;
    policy_inputs_init(&inputs, release, &relaxed);
    struct policy_decision other;
    policy_decide(&inputs, &other);
    bool differs = other.class_index != decision->class_index || other.score != decision->score ||
                   other.route_index != decision->route_index;
    *decision = other;
    return differs;
}

uint64_t surge_admit(const struct decider *d, const struct policy_subject *subject,
                     struct policy_decision *decision, bool *ret_relaxed)
{
    *ret_relaxed = false;
    if (d->core->watch->surge_count == 0)
        return 0;
    const struct policy_release *release = core_release(d->core);
    const struct surge *surge = surge_of(d->core, bytes_of(release->sources[subject->source].name),
                                         campaign_of(release, subject));
    if (surge == NULL)
        return 0;
    bool planned = surge->view.planned && release->surge.planned;
    if (planned && surge_exempts(d->core, d->core->active, decision->class_index))
        return 0;
    if (planned && release->surge.plan.override_count > 0)
        *ret_relaxed = relax(release, subject, decision);
    return surge->view.number;
}
