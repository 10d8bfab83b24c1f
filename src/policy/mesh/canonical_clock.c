/* The canonical form of what a release says about time and trouble. Nothing is left to defaults:
 * where a file is silent, what holds is written down. */
#include "policy/internal.h"

static void write_text(struct json_writer *writer, const char *key, const char *value)
{
    json_member_if(writer, key, bytes_of(value));
}

static void write_pool(const struct policy_release *release, const char *key, uint32_t pool,
                       struct json_writer *writer)
{
    if (pool != POLICY_NONE)
        write_text(writer, key, release->pools[pool].id);
}

static void write_some_duration(struct json_writer *writer, const char *key, int64_t duration_us)
{
    if (duration_us > 0)
        policy_duration_write(writer, key, duration_us);
}

/* ---- people.yaml and mesh.yaml */

void policy_canonical_write_teams(const struct policy_release *release, struct json_writer *writer)
{
    json_key(writer, "teams");
    json_array_open(writer);
    for (size_t i = 0; i < release->team_count; i++) {
        const struct policy_team *team = &release->teams[i];
        json_object_open(writer);
        write_text(writer, "id", team->id);
        write_text(writer, "title", team->title);
        if (team->manager != POLICY_NONE)
            write_text(writer, "manager", release->reps[team->manager].id);
        write_text(writer, "email", team->email);
        json_object_close(writer);
    }
    json_array_close(writer);
}

void policy_canonical_write_mesh(const struct policy_release *release, struct json_writer *writer)
{
    const struct policy_incident_rule *rule = &release->incidents;
    json_key(writer, "causes");
    json_array_open(writer);
    for (size_t i = 0; i < release->cause_count; i++) {
        json_object_open(writer);
        write_text(writer, "name", release->causes[i].name);
        write_text(writer, "title", release->causes[i].title);
        json_object_close(writer);
    }
    json_array_close(writer);
    json_key(writer, "incidents");
    json_object_open(writer);
    policy_hundredths_write(writer, "drop", rule->drop, "%");
    policy_duration_write(writer, "window", rule->window_us);
    policy_duration_write(writer, "norm", rule->norm_us);
    json_member_unsigned(writer, "at_least", rule->at_least);
    write_text(writer, "team", rule->team);
    json_object_close(writer);
}

/* ---- classes */

static void write_promise(const struct policy_promise *promise, const char *key,
                          struct json_writer *writer)
{
    if (promise->within_us == 0)
        return;
    if (!promise->business) {
        policy_duration_write(writer, key, promise->within_us);
        return;
    }
    json_key(writer, key);
    json_object_open(writer);
    policy_duration_write(writer, "within", promise->within_us);
    write_text(writer, "clock", "business");
    json_object_close(writer);
}

static void write_step(const struct policy_release *release, const struct policy_step *step,
                       enum policy_objective objective, struct json_writer *writer)
{
    json_object_open(writer);
    write_text(writer, "objective", policy_objective_name(objective));
    if (step->percent > 0)
        policy_hundredths_write(writer, "at", (int64_t)step->percent * 100, "%");
    else
        policy_duration_write(writer, "after", step->after_us);
    write_text(writer, "do", policy_action_name(step->action));
    if (step->on_duty)
        json_member_bool(writer, "on_duty", true);
    write_pool(release, "pool", step->pool, writer);
    write_text(writer, "team", step->team);
    write_some_duration(writer, "within", step->within_us);
    json_object_close(writer);
}

void policy_canonical_write_class(const struct policy_release *release,
                                  const struct policy_class *entry, struct json_writer *writer)
{
    json_key(writer, "objectives");
    json_object_open(writer);
    for (int o = 0; o < POLICY_OBJECTIVES; o++)
        write_promise(&entry->objectives[o], policy_objective_name((enum policy_objective)o),
                      writer);
    json_object_close(writer);
    json_key(writer, "escalation");
    json_array_open(writer);
    for (int o = 0; o < POLICY_OBJECTIVES; o++)
        for (size_t i = 0; i < entry->ladders[o].count; i++)
            write_step(release, &entry->ladders[o].steps[i], (enum policy_objective)o, writer);
    json_array_close(writer);
    write_some_duration(writer, "acknowledgement", entry->acknowledged_us);
}

/* ---- exceptions */

static void write_fallback(const struct policy_release *release,
                           const struct policy_fallback *fallback, struct json_writer *writer)
{
    bool plain = fallback->action != POLICY_FALL_BACK_POOL &&
                 fallback->action != POLICY_FALL_BACK_TEAM && fallback->within_us == 0;
    if (plain) {
        json_string(writer, bytes_of(policy_fall_back_action_name(fallback->action)));
        return;
    }
    json_object_open(writer);
    if (fallback->action == POLICY_FALL_BACK_REMIND) {
        policy_duration_write(writer, "remind", fallback->within_us);
    } else if (fallback->action == POLICY_FALL_BACK_POOL) {
        write_pool(release, "pool", fallback->pool, writer);
    } else {
        write_text(writer, "team", fallback->team);
        write_some_duration(writer, "within", fallback->within_us);
    }
    json_object_close(writer);
}

void policy_canonical_write_exceptions(const struct policy_release *release,
                                       struct json_writer *writer)
{
    json_key(writer, "exceptions");
    json_object_open(writer);
    for (size_t i = 0; i < release->exception_count; i++) {
        const struct policy_exception *entry = &release->exceptions[i];
        json_key_bytes(writer, bytes_of(entry->kind));
        json_object_open(writer);
        write_text(writer, "title", entry->title);
        write_text(writer, "queue", entry->queue);
        write_text(writer, "team", entry->team);
        policy_duration_write(writer, "within", entry->within_us);
        write_text(writer, "recommended", entry->recommended);
        json_key(writer, "fallback");
        json_array_open(writer);
        for (size_t f = 0; f < entry->fallback_count; f++)
            write_fallback(release, &entry->fallbacks[f], writer);
        json_array_close(writer);
        write_pool(release, "triage", entry->triage, writer);
        json_object_close(writer);
    }
    json_object_close(writer);
}

/* ---- surges */

static void write_override(const struct policy_release *release,
                           const struct policy_override *override, struct json_writer *writer)
{
    const struct cel_value *value = &override->value;
    json_key_bytes(writer, bytes_of(release->params[override->param].name));
    switch (value->kind) {
    case CEL_BOOL: json_boolean(writer, value->boolean); break;
    case CEL_INT: json_integer(writer, value->integer); break;
    case CEL_DOUBLE: json_double(writer, value->number); break;
    default: json_string(writer, value->string); break;
    }
}

static void write_plan(const struct policy_release *release, struct json_writer *writer)
{
    const struct policy_surge_plan *plan = &release->surge.plan;
    if (plan->exempt != 0) {
        json_key(writer, "exempt");
        json_array_open(writer);
        for (size_t i = 0; i < release->class_count; i++)
            if ((plan->exempt >> i & 1) != 0)
                json_string(writer, bytes_of(release->classes[i].name));
        json_array_close(writer);
    }
    if (plan->per_hour > 0)
        json_member_unsigned(writer, "per_hour", plan->per_hour);
    write_pool(release, "overflow", plan->overflow, writer);
    write_pool(release, "triage", plan->triage, writer);
    if (plan->override_count > 0) {
        json_key(writer, "params");
        json_object_open(writer);
        for (size_t i = 0; i < plan->override_count; i++)
            write_override(release, &plan->overrides[i], writer);
        json_object_close(writer);
    }
    if (plan->nurture) {
        json_key(writer, "nurture");
        json_object_open(writer);
        if (plan->nurture_below != INT64_MAX)
            json_member_integer(writer, "below", plan->nurture_below);
        policy_duration_write(writer, "after", plan->nurture_after_us);
        json_object_close(writer);
    }
    policy_duration_write(writer, "at_most", plan->at_most_us);
}

void policy_canonical_write_surge(const struct policy_release *release, struct json_writer *writer)
{
    const struct policy_detection *detection = &release->surge.detection;
    json_key(writer, "surge");
    json_object_open(writer);
    json_key(writer, "detect");
    json_object_open(writer);
    policy_hundredths_write(writer, "start", detection->start, "x");
    policy_hundredths_write(writer, "end", detection->end, "x");
    policy_duration_write(writer, "window", detection->window_us);
    json_member_unsigned(writer, "at_least", detection->at_least);
    json_object_close(writer);
    if (release->surge.planned)
        write_plan(release, writer);
    json_object_close(writer);
}

/* ---- alerts.yaml */

static void write_over(const struct policy_alert *rule, struct json_writer *writer)
{
    switch (rule->metric) {
    case POLICY_ENRICHMENT_TIMEOUT_RATE:
    case POLICY_LATE_RATE:
    case POLICY_DEAD_LETTER_RATE: policy_hundredths_write(writer, "over", rule->over, "%"); break;
    case POLICY_OLDEST_UNASSIGNED: policy_duration_write(writer, "over", rule->over); break;
    case POLICY_BURN_RATE:
        json_key(writer, "over");
        json_double(writer, (double)rule->over / 100);
        break;
    default: json_member_integer(writer, "over", rule->over); break;
    }
}

static void write_alert(const struct policy_release *release, const struct policy_alert *rule,
                        struct json_writer *writer)
{
    json_object_open(writer);
    write_text(writer, "name", rule->name);
    write_text(writer, "metric", policy_metric_name(rule->metric));
    write_over(rule, writer);
    write_some_duration(writer, "window", rule->window_us);
    write_some_duration(writer, "short_window", rule->short_window_us);
    if (rule->target > 0)
        policy_hundredths_write(writer, "target", rule->target, "%");
    policy_duration_write(writer, "for", rule->for_us);
    if (rule->at_least > 0)
        json_member_unsigned(writer, "at_least", rule->at_least);
    write_text(writer, "objective", policy_objective_name(rule->objective));
    write_text(writer, "class",
               rule->class_index == POLICY_NONE ? "*" : release->classes[rule->class_index].name);
    write_text(writer, "team", rule->team);
    json_member_bool(writer, "page", rule->page);
    json_member_bool(writer, "incident", rule->incident);
    policy_duration_write(writer, "repeat", rule->repeat_us);
    json_object_close(writer);
}

void policy_canonical_write_alerts(const struct policy_release *release, struct json_writer *writer)
{
    json_key(writer, "alerts");
    json_object_open(writer);
    policy_duration_write(writer, "group", release->alerting.group_us);
    json_key(writer, "alerts");
    json_array_open(writer);
    for (size_t i = 0; i < release->alerting.rule_count; i++)
        write_alert(release, &release->alerting.rules[i], writer);
    json_array_close(writer);
    json_object_close(writer);
}
