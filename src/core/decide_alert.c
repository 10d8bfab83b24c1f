/* Alerts: what is pending, fires and is told to whom; silences. A look changes the state so that
 * the next look, with nothing new, finds nothing to do. */
#include "core/alerts.h"
#include "core/decider.h"

#include "policy/rota/rota.h"

#include <inttypes.h>
#include <stdio.h>

enum { SILENCES_MAX = 1000 };
#define SILENCE_MAX_US (INT64_C(30) * 24 * 3600 * 1000000)

static struct core_event *emit(struct decider *d, enum core_event_type type, uint64_t entity)
{
    struct core_event *event = decider_emit(d, type, NULL);
    event->entity = entity != 0 ? entity : event->seq;
    d->out->entity = event->entity;
    return event;
}

/* ---- the state of each */

/* No room for what one change may take: pending, firing, an incident with its title. The next look
 * goes on. */
static bool is_full(const struct decider *d)
{
    return d->out->event_count + 3 > CORE_EVENTS_MAX || d->out->context[0] != '\0';
}

static void emit_alert(struct decider *d, enum core_event_type type, uint64_t entity,
                       const struct core_event *alert)
{
    struct core_event *event = emit(d, type, entity);
    event->alert = alert->alert;
}

static bool has_open_incident(const struct core *core, const struct core_event *alert)
{
    for (size_t i = 0; i < core_incident_count(core); i++) {
        const struct core_incident *incident = core_incident_at(core, i);
        if (!incident->closed && incident->alert != 0 &&
            bytes_is(alert->alert.rule, incident->rule) &&
            bytes_is(alert->alert.label, incident->label))
            return true;
    }
    return false;
}

static void emit_incident(struct decider *d, const struct policy_alert *rule, uint64_t number,
                          const struct core_event *alert)
{
    char measured[64];
    if (!rule->incident || has_open_incident(d->core, alert))
        return;
    metric_print(rule->metric, alert->alert.value, measured, sizeof measured);
    bool labelled = alert->alert.label.size > 0;
    snprintf(d->out->context, sizeof d->out->context, "%s: %s%s%.*s", rule->name, measured,
             labelled ? ", " : "", BYTES_ARG(alert->alert.label));
    struct core_event *event = emit(d, CORE_INCIDENT_OPENED, 0);
    event->incident.title = bytes_of(d->out->context);
    event->incident.team = bytes_of(alert_rule_team(core_release(d->core), rule));
    event->incident.alert = number;
}

static void emit_firing(struct decider *d, const struct policy_alert *rule, uint64_t number,
                        const struct core_event *alert)
{
    emit_alert(d, CORE_ALERT_FIRING, number, alert);
    emit_incident(d, rule, number, alert);
}

/* What one that is there has become. */
static void look_at_alert(struct decider *d, const struct core_alert *alert)
{
    const struct core *core = d->core;
    int64_t now_us = d->command->time_us;
    struct bytes label = bytes_of(alert->label);
    const struct policy_alert *rule = alert_rule_find(core_release(core), bytes_of(alert->rule));
    bool watched = rule != NULL && metric_has_label(core, rule, label);
    const struct core_event now = {
        .alert = {.rule = bytes_of(alert->rule),
                  .label = label,
                  .value = watched ? metric_value(core, rule, label, now_us) : 0,
                  .since_us = alert->since_us,
                  .fired = alert->state == CORE_ALERT_IS_FIRING}};
    if (!watched || now.alert.value <= rule->over) {
        emit_alert(d, CORE_ALERT_RESOLVED, alert->number, &now);
        return;
    }
    if (alert->state == CORE_ALERT_IS_PENDING && now_us - alert->since_us >= rule->for_us)
        emit_firing(d, rule, alert->number, &now);
}

struct rule_look {
    struct decider *d;
    const struct policy_alert *rule;
};

static bool is_known(const struct core *core, const char *rule, struct bytes label)
{
    for (size_t i = 0; i < core_alert_count(core); i++)
        if (strcmp(core_alert_at(core, i)->rule, rule) == 0 &&
            bytes_is(label, core_alert_at(core, i)->label))
            return true;
    return false;
}

/* Whether there is a new one. */
static void look_at_label(void *context, struct bytes label)
{
    struct rule_look *look = context;
    struct decider *d = look->d;
    int64_t now_us = d->command->time_us;
    if (is_full(d))
        return;
    if (is_known(d->core, look->rule->name, label))
        return;
    int64_t value = metric_value(d->core, look->rule, label, now_us);
    if (value <= look->rule->over)
        return;
    const struct core_event alert = {.alert = {.rule = bytes_of(look->rule->name),
                                               .label = label,
                                               .value = value,
                                               .since_us = now_us}};
    emit_alert(d, CORE_ALERT_PENDING, 0, &alert);
    if (look->rule->for_us == 0)
        emit_firing(d, look->rule, d->out->entity, &alert);
}

/* ---- telling */

static bool is_silenced(const struct core *core, const struct core_alert *alert, int64_t now_us)
{
    for (size_t i = 0; i < core_silence_count(core); i++) {
        const struct core_silence *silence = core_silence_at(core, i);
        if (silence->until_us > now_us &&
            (silence->rule[0] == '\0' || strcmp(silence->rule, alert->rule) == 0) &&
            (silence->label[0] == '\0' || strcmp(silence->label, alert->label) == 0))
            return true;
    }
    return false;
}

/* What is to be told: what never was, or what was so long ago that it is time again. */
static bool is_to_be_told(const struct decider *d, const struct core_alert *alert, bool again)
{
    const struct policy_alert *rule = alert_rule_find(core_release(d->core), bytes_of(alert->rule));
    int64_t now_us = d->command->time_us;
    if (rule == NULL || alert->state != CORE_ALERT_IS_FIRING || is_silenced(d->core, alert, now_us))
        return false;
    if (!again)
        return alert->told_us == 0;
    return alert->told_us != 0 && rule->repeat_us != 0 &&
           now_us - alert->told_us >= rule->repeat_us;
}

/* The release decides who: an alert may be older than it. */
static const char *team_of(const struct decider *d, const struct core_alert *alert,
                           bool *ret_urgent)
{
    return core_alert_team(core_release(d->core), bytes_of(alert->rule), ret_urgent);
}

static uint32_t person_on_call(const struct decider *d, const char *team)
{
    const struct policy_rota *rota = policy_rota_of_team(core_release(d->core), bytes_of(team));
    if (rota == NULL)
        return CORE_NONE;
    struct policy_rota_shift shift;
    policy_rota_at(rota, d->command->time_us, &shift);
    return shift.person == POLICY_NONE ? CORE_NONE
                                       : d->core->releases[d->core->active]->reps[shift.person];
}

/* "delivery-failures (crm), surge (spring-fair)", as far as there is room. */
static struct bytes name_alerts(struct decider *d, const struct core_event *event)
{
    char text[512];
    size_t size = 0;
    for (uint32_t i = 0, at = 0; i < core_alert_count(d->core) && at < event->page.alert_count;
         i++) {
        const struct core_alert *alert = core_alert_at(d->core, i);
        const char *label = alert->label;
        if (alert->number != event->page.alerts[at])
            continue;
        int more =
            snprintf(text + size, sizeof text - size, "%s%s%s%s%s", at > 0 ? ", " : "", alert->rule,
                     label[0] != '\0' ? " (" : "", label, label[0] != '\0' ? ")" : "");
        if (more < 0 || (size_t)more >= sizeof text - size)
            break;
        size += (size_t)more;
        at++;
    }
    return outbox_text(d, "%.*s", (int)size, text);
}

/* All that is to be told to that team, at once. */
static void emit_page(struct decider *d, const char *team, bool again)
{
    const struct core *core = d->core;
    struct core_event *event = decider_emit(d, CORE_PAGE_DUE, NULL);
    event->page.team = bytes_of(team);
    event->page.repeated = again;
    event->page.alerts = d->out->page_alerts;
    for (size_t i = 0; i < core_alert_count(core); i++) {
        const struct core_alert *alert = core_alert_at(core, i);
        bool urgent;
        if (event->page.alert_count == CORE_PAGE_ALERTS_MAX || !is_to_be_told(d, alert, again) ||
            strcmp(team_of(d, alert, &urgent), team) != 0)
            continue;
        d->out->page_alerts[event->page.alert_count++] = alert->number;
        event->page.urgent = event->page.urgent || urgent;
    }
    event->page.what = name_alerts(d, event);
    event->page.rep = event->page.urgent ? person_on_call(d, team) : CORE_NONE;
}

/* The first team that has waited long enough for others to join what it is to be told. */
static void decide_page(struct decider *d, bool again)
{
    const struct core *core = d->core;
    int64_t group_us = again ? 0 : core_release(core)->alerting.group_us;
    for (size_t i = 0; i < core_alert_count(core); i++) {
        const struct core_alert *alert = core_alert_at(core, i);
        bool urgent;
        if (!is_to_be_told(d, alert, again) || d->command->time_us - alert->since_us < group_us)
            continue;
        emit_page(d, team_of(d, alert, &urgent), again);
        return;
    }
}

void alert_decide_watch(struct decider *d)
{
    const struct policy_release *release = core_release(d->core);
    d->out->context[0] = '\0';
    for (size_t i = 0; i < core_alert_count(d->core) && !is_full(d); i++)
        look_at_alert(d, core_alert_at(d->core, i));
    for (size_t i = 0; i < release->alerting.rule_count && !is_full(d); i++) {
        struct rule_look look = {d, &release->alerting.rules[i]};
        metric_labels(d->core, look.rule, look_at_label, &look);
    }
    if (d->out->event_count == 0)
        decide_page(d, false);
    if (d->out->event_count == 0)
        decide_page(d, true);
}

/* ---- silences */

static bool is_label(const struct core *core, struct bytes label)
{
    const struct policy_release *release = core_release(core);
    for (size_t i = 0; i < release->class_count; i++)
        if (bytes_is(label, release->classes[i].name))
            return true;
    return policy_source_find(release, label) != POLICY_NONE ||
           series_find(core, CORE_SERIES_CAMPAIGN, label) != NULL;
}

/* Those that are over may still be listed. */
static size_t silences_in_force(const struct core *core, int64_t now_us)
{
    size_t count = 0;
    for (size_t i = 0; i < core_silence_count(core); i++)
        count += core_silence_at(core, i)->until_us > now_us;
    return count;
}

static bool is_silence_sound(struct decider *d)
{
    const struct core_command *command = d->command;
    struct bytes rule = command->silence.rule, label = command->silence.label;
    if (rule.size == 0 && label.size == 0)
        decider_refuse(d, CORE_INVALID,
                       "name a `rule` or a `label`: a silence over everything would hide what "
                       "nobody expects");
    else if (rule.size > 0 && alert_rule_find(core_release(d->core), rule) == NULL)
        decider_refuse(d, CORE_INVALID,
                       "no rule is called \"%.*s\"; GET /v1/alerts and alerts.yaml name them",
                       SHOWN(rule));
    else if (label.size > 0 && !is_label(d->core, label))
        decider_refuse(d, CORE_INVALID, "no class, source or campaign is called \"%.*s\"",
                       SHOWN(label));
    else if (command->silence.until_us <= command->time_us)
        decider_refuse(d, CORE_INVALID, "`until` is over already; name a time in the future");
    else if (command->silence.until_us - command->time_us > SILENCE_MAX_US)
        decider_refuse(d, CORE_INVALID,
                       "a silence lasts 30 days at most; change the rule in alerts.yaml instead");
    else if (command->silence.reason.size == 0)
        decider_refuse(d, CORE_INVALID, "`reason` is required: others will ask why it is quiet");
    else if (silences_in_force(d->core, command->time_us) >= SILENCES_MAX)
        decider_refuse(d, CORE_INVALID, "there are %d silences already; end some first",
                       SILENCES_MAX);
    return d->out->status == CORE_OK && decider_text_fits(d, "reason", command->silence.reason);
}

void alert_decide_silence(struct decider *d)
{
    if (d->core->active == CORE_NONE) {
        decider_refuse(d, CORE_NO_POLICY, "no routing policy is active yet; activate a mesh first");
        return;
    }
    if (!is_silence_sound(d))
        return;
    struct core_event *event = emit(d, CORE_SILENCE_SET, 0);
    event->silence.rule = d->command->silence.rule;
    event->silence.label = d->command->silence.label;
    event->silence.until_us = d->command->silence.until_us;
    event->silence.reason = d->command->silence.reason;
}

void alert_decide_unsilence(struct decider *d)
{
    const struct core_silence *silence = silence_get(d->core, d->command->entity);
    if (silence == NULL || silence->until_us <= d->command->time_us) {
        decider_refuse(d, CORE_NOT_FOUND,
                       "no silence Z%" PRIu64 " is in force; it ended, or never was",
                       d->command->entity);
        return;
    }
    if (d->command->if_version != 0 && d->command->if_version != silence->number) {
        decider_refuse(d, CORE_STALE, "silence Z%" PRIu64 " is at version %" PRIu64,
                       silence->number, silence->number);
        return;
    }
    struct core_event *event = emit(d, CORE_SILENCE_ENDED, silence->number);
    event->silence.rule = bytes_of(silence->rule);
    event->silence.label = bytes_of(silence->label);
    event->silence.until_us = silence->until_us;
}
