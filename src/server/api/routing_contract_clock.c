/* The part of the routing contract that is about time and trouble: promises, ladders, exceptions,
 * surges, and the people and causes that they name. */
#include "server/api/routing_contract.h"

#include "base/time.h"
#include "policy/calendar/calendar.h"

static void write_duration(struct json_writer *json, const char *key, int64_t duration_us)
{
    char text[DURATION_TEXT_SIZE];
    duration_print(duration_us, text);
    json_member(json, key, bytes_of(text));
}

static void write_some_duration(struct json_writer *json, const char *key, int64_t duration_us)
{
    if (duration_us > 0)
        write_duration(json, key, duration_us);
}

static void write_pool(const struct policy_release *release, const char *key, uint32_t pool,
                       struct json_writer *json)
{
    if (pool != POLICY_NONE)
        json_member(json, key, bytes_of(release->pools[pool].id));
}

/* ---- classes */

static void write_promises(const struct policy_class *class, struct json_writer *json)
{
    json_key(json, "objectives");
    json_object_open(json);
    for (int o = 0; o < POLICY_OBJECTIVES; o++)
        write_some_duration(json, policy_objective_name((enum policy_objective)o),
                            class->objectives[o].within_us);
    json_object_close(json);
    json_key(json, "business");
    json_array_open(json);
    for (int o = 0; o < POLICY_OBJECTIVES; o++)
        if (class->objectives[o].within_us > 0 && class->objectives[o].business)
            json_string(json, bytes_of(policy_objective_name((enum policy_objective)o)));
    json_array_close(json);
}

static void write_step(const struct policy_release *release, const struct policy_step *step,
                       enum policy_objective objective, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "objective", bytes_of(policy_objective_name(objective)));
    if (step->percent > 0)
        json_member_unsigned(json, "at_percent", step->percent);
    else
        write_duration(json, "after", step->after_us);
    json_member(json, "do", bytes_of(policy_action_name(step->action)));
    json_member_bool(json, "on_duty", step->on_duty);
    write_pool(release, "pool", step->pool, json);
    json_member_if(json, "team", bytes_of(step->team));
    write_some_duration(json, "within", step->within_us);
    json_object_close(json);
}

void contract_write_class(const struct policy_release *release, const struct policy_class *class,
                          struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "name", bytes_of(class->name));
    json_member_if(json, "when", bytes_of(class->when_text));
    json_member_unsigned(json, "urgency", class->urgency);
    write_promises(class, json);
    json_key(json, "escalation");
    json_array_open(json);
    for (int o = 0; o < POLICY_OBJECTIVES; o++)
        for (size_t i = 0; i < class->ladders[o].count; i++)
            write_step(release, &class->ladders[o].steps[i], (enum policy_objective)o, json);
    json_array_close(json);
    write_some_duration(json, "acknowledgement", class->acknowledged_us);
    write_some_duration(json, "return_after", class->return_after_us);
    json_object_close(json);
}

/* ---- exceptions */

static void write_exception(const struct policy_release *release,
                            const struct policy_exception *entry, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "kind", bytes_of(entry->kind));
    json_member(json, "title", bytes_of(entry->title));
    json_member(json, "queue", bytes_of(entry->queue));
    json_member_if(json, "team", bytes_of(entry->team));
    write_duration(json, "within", entry->within_us);
    json_member(json, "recommended", bytes_of(entry->recommended));
    json_key(json, "fallbacks");
    json_array_open(json);
    for (size_t i = 0; i < entry->fallback_count; i++) {
        const struct policy_fallback *fallback = &entry->fallbacks[i];
        json_object_open(json);
        json_member(json, "do", bytes_of(policy_fall_back_action_name(fallback->action)));
        write_pool(release, "pool", fallback->pool, json);
        json_member_if(json, "team", bytes_of(fallback->team));
        write_some_duration(json, "within", fallback->within_us);
        json_object_close(json);
    }
    json_array_close(json);
    write_pool(release, "triage", entry->triage, json);
    json_object_close(json);
}

static void write_exceptions(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "exceptions");
    json_array_open(json);
    for (size_t i = 0; i < release->exception_count; i++)
        write_exception(release, &release->exceptions[i], json);
    json_array_close(json);
    json_key(json, "causes");
    json_array_open(json);
    for (size_t i = 0; i < release->cause_count; i++) {
        json_object_open(json);
        json_member(json, "name", bytes_of(release->causes[i].name));
        json_member_if(json, "title", bytes_of(release->causes[i].title));
        json_object_close(json);
    }
    json_array_close(json);
}

/* ---- surges */

static void write_times(struct json_writer *json, const char *key, uint32_t hundredths)
{
    json_key(json, key);
    json_double(json, hundredths / 100.0);
}

static void write_value(const struct cel_value *value, struct json_writer *json)
{
    switch (value->kind) {
    case CEL_BOOL: json_boolean(json, value->boolean); break;
    case CEL_INT: json_integer(json, value->integer); break;
    case CEL_DOUBLE: json_double(json, value->number); break;
    default: json_string(json, value->string); break;
    }
}

static void write_plan(const struct policy_release *release, struct json_writer *json)
{
    const struct policy_surge_plan *plan = &release->surge.plan;
    json_key(json, "plan");
    json_object_open(json);
    json_key(json, "exempt");
    json_array_open(json);
    for (size_t i = 0; i < release->class_count; i++)
        if ((plan->exempt >> i & 1) != 0)
            json_string(json, bytes_of(release->classes[i].name));
    json_array_close(json);
    if (plan->per_hour > 0)
        json_member_unsigned(json, "per_hour", plan->per_hour);
    write_pool(release, "overflow", plan->overflow, json);
    write_pool(release, "triage", plan->triage, json);
    json_key(json, "params");
    json_object_open(json);
    for (size_t i = 0; i < plan->override_count; i++) {
        json_key(json, release->params[plan->overrides[i].param].name);
        write_value(&plan->overrides[i].value, json);
    }
    json_object_close(json);
    if (plan->nurture) {
        json_key(json, "nurture");
        json_object_open(json);
        if (plan->nurture_below != INT64_MAX)
            json_member_integer(json, "below", plan->nurture_below);
        write_duration(json, "after", plan->nurture_after_us);
        json_object_close(json);
    }
    write_duration(json, "at_most", plan->at_most_us);
    json_object_close(json);
}

static void write_surge(const struct policy_release *release, struct json_writer *json)
{
    const struct policy_detection *detection = &release->surge.detection;
    json_key(json, "surge");
    json_object_open(json);
    json_key(json, "detect");
    json_object_open(json);
    write_times(json, "start", detection->start);
    write_times(json, "end", detection->end);
    write_duration(json, "window", detection->window_us);
    json_member_unsigned(json, "at_least", detection->at_least);
    json_object_close(json);
    if (release->surge.planned)
        write_plan(release, json);
    json_object_close(json);
}

/* ---- alerts */

static bool is_about_promises(enum policy_metric metric)
{
    return metric == POLICY_LATE_RATE || metric == POLICY_LATE_COUNT || metric == POLICY_BURN_RATE;
}

/* `over` as alerts have their values: whoever shows one needs the metric to know its unit. */
static void write_alert(const struct policy_release *release, const struct policy_alert *rule,
                        struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "name", bytes_of(rule->name));
    json_member(json, "metric", bytes_of(policy_metric_name(rule->metric)));
    json_member_integer(json, "over", rule->over);
    if (rule->window_us > 0)
        write_duration(json, "window", rule->window_us);
    if (rule->for_us > 0)
        write_duration(json, "for", rule->for_us);
    if (is_about_promises(rule->metric))
        json_member(json, "objective", bytes_of(policy_objective_name(rule->objective)));
    if (rule->class_index != POLICY_NONE)
        json_member(json, "class", bytes_of(release->classes[rule->class_index].name));
    json_member_if(json, "team", bytes_of(rule->team));
    json_member_bool(json, "page", rule->page);
    json_member_bool(json, "incident", rule->incident);
    json_object_close(json);
}

static void write_alerts(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "alerts");
    json_array_open(json);
    for (size_t i = 0; i < release->alerting.rule_count; i++)
        write_alert(release, &release->alerting.rules[i], json);
    json_array_close(json);
}

/* ---- all of it */

static void write_teams(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "teams");
    json_array_open(json);
    for (size_t i = 0; i < release->team_count; i++) {
        const struct policy_team *team = &release->teams[i];
        json_object_open(json);
        json_member(json, "id", bytes_of(team->id));
        json_member(json, "title", bytes_of(team->title));
        if (team->manager != POLICY_NONE)
            json_member(json, "manager", bytes_of(release->reps[team->manager].id));
        json_object_close(json);
    }
    json_array_close(json);
}

void contract_write_clock(const struct policy_release *release, struct json_writer *json)
{
    if (release->calendar != NULL)
        json_member(json, "calendar", bytes_of(release->calendar->id));
    write_teams(release, json);
    write_exceptions(release, json);
    write_surge(release, json);
    write_alerts(release, json);
}
