/* Alerts, silences and incidents as events leave them. All of them are few: they stand in lists, in
 * order of their numbers. */
#include "core/alerts.h"

#include <inttypes.h>
#include <stdlib.h>

struct alerts *alerts_new(void)
{
    return core_allocate(1, sizeof(struct alerts));
}

/* ---- lists */

static void **list_add(struct alert_list *list, size_t size)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity != 0 ? list->capacity * 2 : 16;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
        if (list->items == NULL)
            panic("out of memory (%zu alerts)", list->capacity);
    }
    void **item = &list->items[list->count++];
    *item = core_allocate(1, size);
    return item;
}

static void list_remove(struct alert_list *list, size_t index, void (*release)(void *))
{
    release(list->items[index]);
    list->count--;
    memmove(&list->items[index], &list->items[index + 1],
            (list->count - index) * sizeof *list->items);
}

static void list_free(struct alert_list *list, void (*release)(void *))
{
    for (size_t i = 0; i < list->count; i++)
        release(list->items[i]);
    free(list->items);
}

static void alert_free(void *item)
{
    struct alert *alert = item;
    free(alert->rule);
    free(alert->label);
    free(alert->team);
    free(alert);
}

static void silence_free(void *item)
{
    struct silence *silence = item;
    free(silence->rule);
    free(silence->label);
    free(silence);
}

static void incident_free(void *item)
{
    struct incident *incident = item;
    free(incident->class_name);
    free(incident->rule);
    free(incident->label);
    free(incident);
}

void alerts_free(struct alerts *alerts)
{
    if (alerts == NULL)
        return;
    list_free(&alerts->alerts, alert_free);
    list_free(&alerts->silences, silence_free);
    list_free(&alerts->incidents, incident_free);
    free(alerts);
}

static struct alert *alert_at(const struct core *core, size_t index)
{
    return core->watch->alerts->alerts.items[index];
}

static struct silence *silence_at(const struct core *core, size_t index)
{
    return core->watch->alerts->silences.items[index];
}

static struct incident *incident_at(const struct core *core, size_t index)
{
    return core->watch->alerts->incidents.items[index];
}

static size_t alert_position(const struct core *core, uint64_t number)
{
    size_t i = 0;
    while (i < core_alert_count(core) && alert_at(core, i)->view.number != number)
        i++;
    ML_ASSERT(i < core_alert_count(core));
    return i;
}

const struct core_silence *silence_get(const struct core *core, uint64_t number)
{
    for (size_t i = 0; i < core_silence_count(core); i++)
        if (silence_at(core, i)->view.number == number)
            return &silence_at(core, i)->view;
    return NULL;
}

static struct incident *incident_find(const struct core *core, uint64_t number)
{
    for (size_t i = 0; i < core_incident_count(core); i++)
        if (incident_at(core, i)->view.number == number)
            return incident_at(core, i);
    return NULL;
}

const struct core_incident *incident_get(const struct core *core, uint64_t number)
{
    const struct incident *found = incident_find(core, number);
    return found != NULL ? &found->view : NULL;
}

/* ---- looking */

size_t core_alert_count(const struct core *core)
{
    return core->watch->alerts->alerts.count;
}

const struct core_alert *core_alert_at(const struct core *core, size_t index)
{
    return &alert_at(core, index)->view;
}

size_t core_silence_count(const struct core *core)
{
    return core->watch->alerts->silences.count;
}

const struct core_silence *core_silence_at(const struct core *core, size_t index)
{
    return &silence_at(core, index)->view;
}

size_t core_incident_count(const struct core *core)
{
    return core->watch->alerts->incidents.count;
}

const struct core_incident *core_incident_at(const struct core *core, size_t index)
{
    return &incident_at(core, index)->view;
}

const struct policy_alert *alert_rule_find(const struct policy_release *release, struct bytes name)
{
    for (size_t i = 0; i < release->alerting.rule_count; i++)
        if (bytes_is(name, release->alerting.rules[i].name))
            return &release->alerting.rules[i];
    return NULL;
}

const char *alert_rule_team(const struct policy_release *release, const struct policy_alert *rule)
{
    return rule->team[0] != '\0' ? rule->team : release->owner;
}

const char *core_alert_team(const struct policy_release *release, struct bytes rule,
                            bool *ret_urgent)
{
    const struct policy_alert *found = alert_rule_find(release, rule);
    *ret_urgent = found != NULL && found->page;
    return found != NULL ? alert_rule_team(release, found) : "";
}

/* ---- alerts */

static void alert_add(struct core *core, const struct core_alert *view, struct bytes rule,
                      struct bytes label, const char *team)
{
    struct alert *alert = *list_add(&core->watch->alerts->alerts, sizeof *alert);
    alert->view = *view;
    alert->view.rule = alert->rule = copy_string(rule);
    alert->view.label = alert->label = copy_string(label);
    alert->view.team = alert->team = copy_string(bytes_of(team));
}

static void apply_pending(struct core *core, const struct core_event *event)
{
    ML_ASSERT(event->entity == event->seq);
    struct core_alert view = {.number = event->seq,
                              .last_seq = event->seq,
                              .state = CORE_ALERT_IS_PENDING,
                              .since_us = event->time_us};
    const char *team = core_alert_team(core_release(core), event->alert.rule, &view.urgent);
    alert_add(core, &view, event->alert.rule, event->alert.label, team);
}

static void apply_firing(struct core *core, const struct core_event *event)
{
    struct core_alert *view = &alert_at(core, alert_position(core, event->entity))->view;
    ML_ASSERT(view->state == CORE_ALERT_IS_PENDING);
    view->state = CORE_ALERT_IS_FIRING;
    view->since_us = event->time_us;
    view->last_seq = event->seq;
}

static void apply_resolved(struct core *core, const struct core_event *event)
{
    list_remove(&core->watch->alerts->alerts, alert_position(core, event->entity), alert_free);
}

static void apply_page(struct core *core, const struct core_event *event)
{
    for (uint32_t i = 0; i < event->page.alert_count; i++)
        alert_at(core, alert_position(core, event->page.alerts[i]))->view.told_us = event->time_us;
}

/* ---- silences */

/* Those whose time is over leave whenever another one comes: only then would they add up. */
static void forget_past_silences(struct core *core, int64_t now_us)
{
    for (size_t i = core_silence_count(core); i > 0; i--)
        if (silence_at(core, i - 1)->view.until_us <= now_us)
            list_remove(&core->watch->alerts->silences, i - 1, silence_free);
}

static void silence_add(struct core *core, uint64_t number, struct bytes rule, struct bytes label,
                        int64_t until_us)
{
    struct silence *silence = *list_add(&core->watch->alerts->silences, sizeof *silence);
    silence->view = (struct core_silence){.number = number, .until_us = until_us};
    silence->view.rule = silence->rule = copy_string(rule);
    silence->view.label = silence->label = copy_string(label);
}

static void apply_silence_set(struct core *core, const struct core_event *event)
{
    forget_past_silences(core, event->time_us);
    silence_add(core, event->entity, event->silence.rule, event->silence.label,
                event->silence.until_us);
}

static void apply_silence_ended(struct core *core, const struct core_event *event)
{
    size_t i = 0;
    while (silence_at(core, i)->view.number != event->entity)
        i++;
    list_remove(&core->watch->alerts->silences, i, silence_free);
}

/* ---- incidents */

static bool is_over(const struct core_incident *incident, int64_t now_us)
{
    if (!incident->closed || now_us - incident->closed_us < CORE_INCIDENT_KEPT_US)
        return false;
    for (uint32_t i = 0; i < incident->item_count; i++)
        if (!incident->items[i].done)
            return false;
    return true;
}

static void forget_incidents(struct core *core, int64_t now_us)
{
    for (size_t i = core_incident_count(core); i > 0; i--)
        if (is_over(&incident_at(core, i - 1)->view, now_us))
            list_remove(&core->watch->alerts->incidents, i - 1, incident_free);
}

static void incident_add(struct core *core, const struct core_incident *view,
                         struct bytes class_name, const char *rule, const char *label)
{
    struct incident *incident = *list_add(&core->watch->alerts->incidents, sizeof *incident);
    incident->view = *view;
    incident->view.team = core_word(core, bytes_of(view->team));
    for (uint32_t i = 0; i < view->item_count; i++)
        incident->view.items[i].owner = core_word(core, bytes_of(view->items[i].owner));
    incident->view.class_name = incident->class_name = copy_string(class_name);
    incident->view.rule = incident->rule = copy_string(bytes_of(rule));
    incident->view.label = incident->label = copy_string(bytes_of(label));
}

static void apply_opened(struct core *core, const struct core_event *event)
{
    ML_ASSERT(event->entity == event->seq);
    forget_incidents(core, event->time_us);
    const struct core_incident view = {.number = event->seq,
                                       .last_seq = event->seq,
                                       .team = core_word(core, event->incident.team),
                                       .objective = event->incident.objective,
                                       .alert = event->incident.alert};
    const struct core_alert *alert =
        event->incident.alert != 0
            ? core_alert_at(core, alert_position(core, event->incident.alert))
            : NULL;
    incident_add(core, &view, event->incident.class_name, alert != NULL ? alert->rule : "",
                 alert != NULL ? alert->label : "");
}

/* The incident of an event, with its version. */
static struct core_incident *taken(struct core *core, const struct core_event *event)
{
    struct incident *incident = incident_find(core, event->entity);
    ML_ASSERT(incident != NULL);
    incident->view.last_seq = event->seq;
    return &incident->view;
}

static void apply_noted(struct core *core, const struct core_event *event)
{
    taken(core, event);
}

static void apply_closed(struct core *core, const struct core_event *event)
{
    struct core_incident *view = taken(core, event);
    ML_ASSERT(!view->closed && event->incident.item_count <= CORE_ITEMS_MAX);
    view->closed = true;
    view->closed_us = event->time_us;
    view->item_count = event->incident.item_count;
    for (uint32_t i = 0; i < view->item_count; i++) {
        const struct core_remediation *item = &event->incident.items[i];
        view->items[i] = (struct core_incident_item){.due_us = item->due_us,
                                                     .remind_us = item->due_us,
                                                     .owner = core_word(core, item->owner)};
    }
}

static void apply_done(struct core *core, const struct core_event *event)
{
    struct core_incident *view = taken(core, event);
    ML_ASSERT(event->remediation.item < view->item_count);
    view->items[event->remediation.item].done = true;
}

static void apply_late(struct core *core, const struct core_event *event)
{
    struct core_incident *view = taken(core, event);
    ML_ASSERT(event->remediation.item < view->item_count);
    view->items[event->remediation.item].remind_us = event->remediation.next_us;
}

void alerts_apply(struct core *core, const struct core_event *event)
{
    static void (*const appliers[CORE_EVENT_TYPES])(struct core *, const struct core_event *) = {
        [CORE_ALERT_PENDING] = apply_pending,   [CORE_ALERT_FIRING] = apply_firing,
        [CORE_ALERT_RESOLVED] = apply_resolved, [CORE_PAGE_DUE] = apply_page,
        [CORE_SILENCE_SET] = apply_silence_set, [CORE_SILENCE_ENDED] = apply_silence_ended,
        [CORE_INCIDENT_OPENED] = apply_opened,  [CORE_INCIDENT_NOTED] = apply_noted,
        [CORE_INCIDENT_CLOSED] = apply_closed,  [CORE_REMEDIATION_DONE] = apply_done,
        [CORE_REMEDIATION_LATE] = apply_late,
    };
    if (appliers[event->type] != NULL)
        appliers[event->type](core, event);
}

/* ---- reloading and digest */

void core_load_alert(struct core *core, const struct core_alert *alert)
{
    alert_add(core, alert, bytes_of(alert->rule), bytes_of(alert->label), alert->team);
}

void core_load_silence(struct core *core, const struct core_silence *silence)
{
    silence_add(core, silence->number, bytes_of(silence->rule), bytes_of(silence->label),
                silence->until_us);
}

void core_load_incident(struct core *core, const struct core_incident *incident)
{
    incident_add(core, incident, bytes_of(incident->class_name), incident->rule, incident->label);
}

static void print_incident(const struct core_incident *incident, struct buffer *out)
{
    buffer_printf(out, "incident %" PRIu64 " %" PRIu64 " %s|%s %d %" PRIu64 " %s|%s %d %" PRId64,
                  incident->number, incident->last_seq, incident->team, incident->class_name,
                  incident->class_name[0] != '\0' ? (int)incident->objective : 0, incident->alert,
                  incident->rule, incident->label, incident->closed, incident->closed_us);
    for (uint32_t i = 0; i < incident->item_count; i++)
        buffer_printf(out, " %" PRId64 " %" PRId64 " %d %s", incident->items[i].due_us,
                      incident->items[i].remind_us, incident->items[i].done,
                      incident->items[i].owner);
    buffer_append(out, "\n", 1);
}

void alerts_print(const struct core *core, struct buffer *out)
{
    for (size_t i = 0; i < core_alert_count(core); i++) {
        const struct core_alert *alert = core_alert_at(core, i);
        buffer_printf(out, "alert %" PRIu64 " %" PRIu64 " %s|%s %d %" PRId64 " %" PRId64 "\n",
                      alert->number, alert->last_seq, alert->rule, alert->label, alert->state,
                      alert->since_us, alert->told_us);
    }
    for (size_t i = 0; i < core_silence_count(core); i++) {
        const struct core_silence *silence = core_silence_at(core, i);
        if (silence->until_us > core->time_us)
            buffer_printf(out, "silence %" PRIu64 " %s|%s %" PRId64 "\n", silence->number,
                          silence->rule, silence->label, silence->until_us);
    }
    for (size_t i = 0; i < core_incident_count(core); i++)
        if (!is_over(core_incident_at(core, i), core->time_us))
            print_incident(core_incident_at(core, i), out);
}
