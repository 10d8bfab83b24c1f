/* Alerts, silences and incidents, shared by alerts.c, what measures (metric.c) and what decides
 * about them. */
#ifndef ML_CORE_ALERTS_H
#define ML_CORE_ALERTS_H

#include "core/watch.h"

/* For "%.*s": as much of a text of somebody's as a sentence has room for, to the end of a
 * character. */
static inline int shown_size(struct bytes text)
{
    enum { SHOWN_MAX = 40 };
    size_t size = text.size < SHOWN_MAX ? text.size : SHOWN_MAX;
    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return (int)size;
}
#define SHOWN(text) shown_size(text), (text).data ? (text).data : ""

struct alert {
    struct core_alert view;
    char *rule, *label, *team; /* owned; view points here */
};

struct silence {
    struct core_silence view;
    char *rule, *label; /* owned; view points here */
};

struct incident {
    struct core_incident view;
    char *class_name, *rule, *label; /* owned; view points here */
};

/* Owned items, by number. */
struct alert_list {
    void **items;
    size_t count, capacity;
};

struct alerts {
    struct alert_list alerts, silences, incidents;
};

/* ---- alerts.c */
/* NULL: the release has no such rule. */
const struct policy_alert *alert_rule_find(const struct policy_release *release, struct bytes name);
/* The one who is told: the pipeline's owner when the rule names nobody. */
const char *alert_rule_team(const struct policy_release *release, const struct policy_alert *rule);
const struct core_silence *silence_get(const struct core *core, uint64_t number);   /* or NULL */
const struct core_incident *incident_get(const struct core *core, uint64_t number); /* or NULL */

/* ---- metric.c */
/* Calls for each thing that the rule watches: "" for the whole, or classes, sources, campaigns. */
void metric_labels(const struct core *core, const struct policy_alert *rule,
                   void (*visit)(void *, struct bytes label), void *context);
/* Whether the rule watches that. */
bool metric_has_label(const struct core *core, const struct policy_alert *rule, struct bytes label);
/* What the rule measures about it at that time, in the metric's unit; rates and burn rates are
 * rounded up, so that they are above a limit exactly when the true ones are. 0 when there is too
 * little for it to mean anything. */
int64_t metric_value(const struct core *core, const struct policy_alert *rule, struct bytes label,
                     int64_t now_us);
/* Of the turns of a class's promise in a time, those in time and those late. */
struct metric_turns {
    uint64_t met, late;
};
/* In the `window_us` that end with the minute or, beyond CORE_SERIES_MINUTES, the hour of now_us.
 */
struct metric_turns metric_turns(const struct core *core, const char *class_name,
                                 enum policy_objective objective, int64_t window_us,
                                 int64_t now_us);
/* The same in whole hours, from_us to to_us. */
struct metric_turns metric_turns_between(const struct core *core, const char *class_name,
                                         enum policy_objective objective, int64_t from_us,
                                         int64_t to_us);
/* "late_rate is 12.50 %" */
void metric_print(enum policy_metric metric, int64_t value, char *text, size_t size);

#endif
