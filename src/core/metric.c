/* What the rules of alerts measure: of the series, of what waits, of what is open. Reads only. */
#include "core/alerts.h"

#include <inttypes.h>
#include <stdio.h>

enum { WHOLE = 10000, HUNDRED = 100 }; /* hundredths of a percent; hundredths */

/* ---- labels */

static bool is_by_class(enum policy_metric metric)
{
    return metric == POLICY_UNASSIGNED_LATE || metric == POLICY_LATE_RATE ||
           metric == POLICY_LATE_COUNT || metric == POLICY_BURN_RATE;
}

static bool runs(const struct core *core, enum core_series_kind kind, struct bytes name)
{
    const struct series *series = series_find(core, kind, name);
    return series != NULL && series->surge != NULL;
}

static bool is_in_surge(const struct core *core, struct bytes name)
{
    return runs(core, CORE_SERIES_SOURCE, name) || runs(core, CORE_SERIES_CAMPAIGN, name);
}

/* The same name may be in surge twice, as a source and as a campaign: that is one alert. */
static bool is_second_of_name(const struct core *core, const struct core_surge *surge)
{
    return surge->kind == CORE_SERIES_CAMPAIGN &&
           runs(core, CORE_SERIES_SOURCE, bytes_of(surge->name));
}

void metric_labels(const struct core *core, const struct policy_alert *rule,
                   void (*visit)(void *, struct bytes label), void *context)
{
    const struct policy_release *release = core_release(core);
    if (rule->metric == POLICY_SURGE_ACTIVE) {
        for (size_t i = 0; i < core_surge_count(core); i++)
            if (!is_second_of_name(core, core_surge_at(core, i)))
                visit(context, bytes_of(core_surge_at(core, i)->name));
    } else if (rule->metric == POLICY_DEAD_LETTER_RATE) {
        for (size_t i = 0; i < release->source_count; i++)
            visit(context, bytes_of(release->sources[i].name));
    } else if (!is_by_class(rule->metric)) {
        visit(context, (struct bytes){0});
    } else if (rule->class_index != POLICY_NONE) {
        visit(context, bytes_of(release->classes[rule->class_index].name));
    } else {
        for (size_t i = 0; i < release->class_count; i++)
            visit(context, bytes_of(release->classes[i].name));
    }
}

struct label_search {
    struct bytes label;
    bool found;
};

static void compare_label(void *context, struct bytes label)
{
    struct label_search *search = context;
    search->found = search->found || bytes_equal(search->label, label);
}

bool metric_has_label(const struct core *core, const struct policy_alert *rule, struct bytes label)
{
    if (rule->metric == POLICY_SURGE_ACTIVE) /* of those there may be thousands */
        return is_in_surge(core, label);
    struct label_search search = {.label = label};
    metric_labels(core, rule, compare_label, &search);
    return search.found;
}

/* ---- series */

struct span {
    int64_t from_us, to_us;
};

/* The minute, or the hour, that runs belongs to it: what has just happened counts at once. */
static struct span span_of(int64_t window_us, int64_t now_us)
{
    int64_t unit =
        window_us <= CORE_SERIES_MINUTES * WATCH_MINUTE_US ? WATCH_MINUTE_US : WATCH_HOUR_US;
    int64_t to_us = now_us - now_us % unit + unit;
    return (struct span){to_us - window_us, to_us};
}

struct metric_turns metric_turns_between(const struct core *core, const char *class_name,
                                         enum policy_objective objective, int64_t from_us,
                                         int64_t to_us)
{
    char name[2 * CORE_SERIES_NAME_MAX]; /* what is longer than one is cut anyway */
    snprintf(name, sizeof name, "%s/%s", class_name, policy_objective_name(objective));
    struct bytes text = bytes_of(name);
    return (struct metric_turns){core_series_sum(core, CORE_SERIES_MET, text, from_us, to_us),
                                 core_series_sum(core, CORE_SERIES_LATE, text, from_us, to_us)};
}

struct metric_turns metric_turns(const struct core *core, const char *class_name,
                                 enum policy_objective objective, int64_t window_us, int64_t now_us)
{
    struct span span = span_of(window_us, now_us);
    return metric_turns_between(core, class_name, objective, span.from_us, span.to_us);
}

static int64_t share(uint64_t part, uint64_t rest, uint64_t at_least)
{
    uint64_t whole = part + rest;
    if (whole == 0 || whole < at_least)
        return 0;
    return (int64_t)((part * WHOLE + whole - 1) / whole);
}

static int64_t burn_rate(const struct core *core, const struct policy_alert *rule,
                         const char *class_name, int64_t now_us)
{
    struct metric_turns of_long =
        metric_turns(core, class_name, rule->objective, rule->window_us, now_us);
    struct metric_turns of_short =
        metric_turns(core, class_name, rule->objective, rule->short_window_us, now_us);
    int64_t allowed = rule->target < WHOLE ? WHOLE - (int64_t)rule->target : 1;
    int64_t slow = share(of_long.late, of_long.met, rule->at_least);
    int64_t fast = share(of_short.late, of_short.met, 1);
    int64_t late = slow < fast ? slow : fast; /* both must be above */
    return (late * HUNDRED + allowed - 1) / allowed;
}

static int64_t dead_letter_rate(const struct core *core, const struct policy_alert *rule,
                                struct bytes source, int64_t now_us)
{
    struct span span = span_of(rule->window_us, now_us);
    uint64_t refused = core_series_sum(core, CORE_SERIES_REFUSED, source, span.from_us, span.to_us);
    uint64_t accepted = core_series_sum(core, CORE_SERIES_SOURCE, source, span.from_us, span.to_us);
    return share(refused, accepted, rule->at_least);
}

/* ---- what waits */

static int64_t oldest(const struct core *core, int64_t now_us)
{
    const struct core_lead *first = heap_first(&core->ages);
    return first != NULL ? now_us - first->captured_us : 0;
}

/* ---- */

static int64_t enrichment_rate(const struct core *core, const struct policy_alert *rule,
                               int64_t now_us)
{
    const struct policy_release *release = core_release(core);
    struct metric_turns all = {0};
    for (size_t i = 0; i < release->class_count; i++) {
        struct metric_turns of =
            metric_turns(core, release->classes[i].name, POLICY_ENRICHED, rule->window_us, now_us);
        all.met += of.met;
        all.late += of.late;
    }
    return share(all.late, all.met, rule->at_least);
}

/* Each delivery that fails for good is an exception of that kind. */
static int64_t delivery_failures(const struct core *core, const struct policy_alert *rule,
                                 int64_t now_us)
{
    struct span span = span_of(rule->window_us, now_us);
    return (int64_t)core_series_sum(core, CORE_SERIES_EXCEPTION, BYTES_LITERAL("delivery_failed"),
                                    span.from_us, span.to_us);
}

int64_t metric_value(const struct core *core, const struct policy_alert *rule, struct bytes label,
                     int64_t now_us)
{
    char name[POLICY_STRING_MAX]; /* of a class; what is longer is none */
    snprintf(name, sizeof name, "%.*s", BYTES_ARG(label));
    struct metric_turns turns;
    switch (rule->metric) {
    case POLICY_ENRICHMENT_TIMEOUT_RATE: return enrichment_rate(core, rule, now_us);
    case POLICY_SURGE_ACTIVE: return is_in_surge(core, label);
    case POLICY_UNASSIGNED_BACKLOG: return (int64_t)core->counts.waiting;
    case POLICY_OLDEST_UNASSIGNED: return oldest(core, now_us);
    case POLICY_UNASSIGNED_LATE:
        return (int64_t)metric_turns(core, name, POLICY_ASSIGNED, rule->window_us, now_us).late;
    case POLICY_LATE_RATE:
        turns = metric_turns(core, name, rule->objective, rule->window_us, now_us);
        return share(turns.late, turns.met, rule->at_least);
    case POLICY_LATE_COUNT:
        return (int64_t)metric_turns(core, name, rule->objective, rule->window_us, now_us).late;
    case POLICY_BURN_RATE: return burn_rate(core, rule, name, now_us);
    case POLICY_DEAD_LETTER_RATE: return dead_letter_rate(core, rule, label, now_us);
    case POLICY_DELIVERY_FAILURES: return delivery_failures(core, rule, now_us);
    case POLICY_OPEN_EXCEPTIONS: return (int64_t)core->exceptions.count;
    case POLICY_METRICS: break;
    }
    return 0;
}

void metric_print(enum policy_metric metric, int64_t value, char *text, size_t size)
{
    const char *name = policy_metric_name(metric);
    switch (metric) {
    case POLICY_ENRICHMENT_TIMEOUT_RATE:
    case POLICY_LATE_RATE:
    case POLICY_DEAD_LETTER_RATE:
        snprintf(text, size, "%s is %" PRId64 ".%02" PRId64 " %%", name, value / HUNDRED,
                 value % HUNDRED);
        break;
    case POLICY_BURN_RATE:
        snprintf(text, size, "%s is %" PRId64 ".%02" PRId64, name, value / HUNDRED,
                 value % HUNDRED);
        break;
    case POLICY_OLDEST_UNASSIGNED:
        snprintf(text, size, "%s is %" PRId64 " min", name, value / WATCH_MINUTE_US);
        break;
    default: snprintf(text, size, "%s is %" PRId64, name, value); break;
    }
}
