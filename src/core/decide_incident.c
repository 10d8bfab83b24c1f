/* Incidents: how they open by themselves, and what closing one takes. */
#include "core/alerts.h"
#include "core/decider.h"

#include <inttypes.h>
#include <stdio.h>

#define REMIND_US (INT64_C(24) * 3600 * 1000000)
enum { WHOLE = 10000, HUNDRED = 100 }; /* hundredths of a percent; in a percent */

static struct core_event *emit(struct decider *d, enum core_event_type type, uint64_t entity)
{
    struct core_event *event = decider_emit(d, type, NULL);
    event->entity = entity != 0 ? entity : event->seq;
    d->out->entity = event->entity;
    return event;
}

/* ---- by themselves */

/* One is open about that promise; or was closed so short a time ago that the turns it was about
 * are still in the window. */
static bool is_known(const struct decider *d, const char *class_name,
                     enum policy_objective objective, int64_t window_us)
{
    for (size_t i = 0; i < core_incident_count(d->core); i++) {
        const struct core_incident *incident = core_incident_at(d->core, i);
        if (strcmp(incident->class_name, class_name) != 0 || incident->objective != objective)
            continue;
        if (!incident->closed || d->command->time_us - incident->closed_us < window_us)
            return true;
    }
    return false;
}

static uint32_t attained(struct metric_turns turns)
{
    return (uint32_t)(turns.met * WHOLE / (turns.met + turns.late));
}

static bool is_enough(struct metric_turns turns, uint32_t at_least)
{
    uint64_t count = turns.met + turns.late;
    return count > 0 && count >= at_least;
}

/* Whether the class keeps that promise so much less than it used to. */
static void compare(struct decider *d, const char *class_name, enum policy_objective objective)
{
    const struct policy_incident_rule *rule = &core_release(d->core)->incidents;
    int64_t now_us = d->command->time_us;
    int64_t to_us = now_us - now_us % WATCH_HOUR_US + WATCH_HOUR_US; /* the hour that runs, too */
    int64_t from_us = to_us - rule->window_us;
    struct metric_turns now = metric_turns_between(d->core, class_name, objective, from_us, to_us);
    if (!is_enough(now, rule->at_least))
        return;
    struct metric_turns before =
        metric_turns_between(d->core, class_name, objective, from_us - rule->norm_us, from_us);
    if (!is_enough(before, rule->at_least))
        return;
    uint32_t share = attained(now), norm = attained(before);
    if ((uint64_t)share * WHOLE >= (uint64_t)norm * (WHOLE - rule->drop) ||
        is_known(d, class_name, objective, rule->window_us))
        return;
    snprintf(d->out->context, sizeof d->out->context,
             "class %.200s: \"%s\" is kept in %u.%02u %% of cases, the norm is %u.%02u %%",
             class_name, policy_objective_name(objective), share / HUNDRED, share % HUNDRED,
             norm / HUNDRED, norm % HUNDRED);
    struct core_event *event = emit(d, CORE_INCIDENT_OPENED, 0);
    event->incident.title = bytes_of(d->out->context);
    event->incident.team =
        bytes_of(rule->team[0] != '\0' ? rule->team : core_release(d->core)->owner);
    event->incident.class_name = bytes_of(class_name);
    event->incident.objective = objective;
    event->incident.attained = share;
    event->incident.norm = norm;
}

static void decide_opening(struct decider *d)
{
    const struct policy_release *release = core_release(d->core);
    if (release->incidents.drop == 0)
        return;
    for (size_t i = 0; i < release->class_count; i++)
        for (int o = 0; o < POLICY_OBJECTIVES && d->out->event_count == 0; o++)
            if (release->classes[i].objectives[o].within_us != 0)
                compare(d, release->classes[i].name, (enum policy_objective)o);
}

/* What is to be done and late, once a day. */
static void decide_reminders(struct decider *d, const struct core_incident *incident)
{
    int64_t now_us = d->command->time_us;
    for (uint32_t i = 0; i < incident->item_count && d->out->event_count < CORE_EVENTS_MAX; i++) {
        if (incident->items[i].done || incident->items[i].remind_us > now_us)
            continue;
        struct core_event *event = emit(d, CORE_REMEDIATION_LATE, incident->number);
        event->remediation.item = i;
        event->remediation.next_us = now_us + REMIND_US;
    }
}

void incident_decide_watch(struct decider *d)
{
    for (size_t i = 0; i < core_incident_count(d->core) && d->out->event_count == 0; i++)
        decide_reminders(d, core_incident_at(d->core, i));
    if (d->out->event_count == 0)
        decide_opening(d);
}

/* ---- by people */

static bool has_policy(struct decider *d)
{
    if (d->core->active != CORE_NONE)
        return true;
    decider_refuse(d, CORE_NO_POLICY, "no routing policy is active yet; activate a mesh first");
    return false;
}

static bool is_there(struct decider *d, const char *name, struct bytes text, const char *what)
{
    if (text.size == 0)
        decider_refuse(d, CORE_INVALID, "`%s` is required: %s", name, what);
    return text.size > 0 && decider_text_fits(d, name, text);
}

/* The incident of the command, at the version asked for; else NULL and refused. */
static const struct core_incident *known_incident(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct core_incident *incident = incident_get(d->core, command->entity);
    if (incident == NULL) {
        decider_refuse(d, CORE_NOT_FOUND,
                       "incident I%" PRIu64 " is not open, and nothing of it is left to be done",
                       command->entity);
        return NULL;
    }
    d->out->entity = incident->number;
    if (command->if_version != 0 && command->if_version != incident->last_seq) {
        decider_refuse(d, CORE_STALE,
                       "incident I%" PRIu64 " is at version %" PRIu64 ", not %" PRIu64
                       "; look at it again",
                       incident->number, incident->last_seq, command->if_version);
        return NULL;
    }
    return incident;
}

static const struct core_incident *open_incident(struct decider *d)
{
    const struct core_incident *incident = known_incident(d);
    if (incident != NULL && incident->closed) {
        decider_refuse(d, CORE_WRONG_STATE,
                       "incident I%" PRIu64 " is closed already; open another one",
                       incident->number);
        return NULL;
    }
    return incident;
}

static bool is_team(const struct policy_release *release, struct bytes team)
{
    if (policy_team_find(release, team) != POLICY_NONE)
        return true;
    for (size_t i = 0; i < release->owner_count; i++)
        if (bytes_is(team, release->owners[i].name))
            return true;
    return false;
}

void incident_decide_open(struct decider *d)
{
    const struct core_command *command = d->command;
    struct bytes team = command->incident.team;
    if (!has_policy(d) ||
        !is_there(d, "title", command->incident.title, "say in a sentence what is wrong"))
        return;
    if (team.size > 0 && !is_team(core_release(d->core), team)) {
        decider_refuse(d, CORE_INVALID,
                       "`team` \"%.*s\" is neither a team of people.yaml nor an owner of mesh.yaml",
                       SHOWN(team));
        return;
    }
    struct core_event *event = emit(d, CORE_INCIDENT_OPENED, 0);
    event->incident.title = command->incident.title;
    event->incident.team = team.size > 0 ? team : bytes_of(core_release(d->core)->owner);
}

void incident_decide_note(struct decider *d)
{
    const struct core_incident *incident = open_incident(d);
    if (incident == NULL ||
        !is_there(d, "text", d->command->incident.text, "say what is to be remembered"))
        return;
    emit(d, CORE_INCIDENT_NOTED, incident->number)->incident.text = d->command->incident.text;
}

/* What the mesh declares, as far as there is room, for who used another word. */
static void refuse_cause(struct decider *d, struct bytes cause)
{
    const struct policy_release *release = core_release(d->core);
    char names[80] = "";
    size_t used = 0;
    for (size_t i = 0; i < release->cause_count; i++) {
        const char *name = release->causes[i].name;
        if (used + strlen(name) + sizeof ", …" > sizeof names) {
            snprintf(names + used, sizeof names - used, ", …");
            break;
        }
        used +=
            (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", name);
    }
    decider_refuse(d, CORE_INVALID, "cause \"%.*s\" is not declared; mesh.yaml has: %s",
                   SHOWN(cause), names);
}

static bool are_causes_sound(struct decider *d)
{
    const struct core_command *command = d->command;
    uint32_t count = command->incident.cause_count;
    if (count == 0 || count > CORE_INCIDENT_CAUSES_MAX) {
        decider_refuse(d, CORE_INVALID,
                       "`causes` is required: 1 to %d words of the mesh's taxonomy, as mesh.yaml "
                       "declares them",
                       CORE_INCIDENT_CAUSES_MAX);
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!policy_cause_allowed(core_release(d->core), command->incident.causes[i])) {
            refuse_cause(d, command->incident.causes[i]);
            return false;
        }
    return true;
}

/* People count items from 1. */
static bool is_item_sound(struct decider *d, uint32_t index)
{
    const struct core_remediation *item = &d->command->incident.items[index];
    if (item->title.size == 0)
        decider_refuse(d, CORE_INVALID, "item %u has no `title`: say what is to be done",
                       index + 1);
    else if (item->owner.size == 0)
        decider_refuse(d, CORE_INVALID, "item %u has no `owner`: say who does it", index + 1);
    else if (item->due_us <= d->command->time_us)
        decider_refuse(d, CORE_INVALID,
                       "item %u is due in the past, or at no time; `due` names a time to come",
                       index + 1);
    return d->out->status == CORE_OK && decider_text_fits(d, "title", item->title) &&
           decider_text_fits(d, "owner", item->owner);
}

static bool are_items_sound(struct decider *d)
{
    uint32_t count = d->command->incident.item_count;
    if (count == 0 || count > CORE_ITEMS_MAX) {
        decider_refuse(d, CORE_INVALID,
                       "`items` is required: 1 to %d things to do, each with title, owner and due",
                       CORE_ITEMS_MAX);
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!is_item_sound(d, i))
            return false;
    return true;
}

void incident_decide_close(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct core_incident *incident = open_incident(d);
    if (incident == NULL ||
        !is_there(d, "text", command->incident.text, "say what happened, and why") ||
        !are_causes_sound(d) || !are_items_sound(d))
        return;
    struct core_event *event = emit(d, CORE_INCIDENT_CLOSED, incident->number);
    event->incident.text = command->incident.text;
    event->incident.causes = command->incident.causes;
    event->incident.cause_count = command->incident.cause_count;
    event->incident.items = command->incident.items;
    event->incident.item_count = command->incident.item_count;
}

void incident_decide_finish(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct core_incident *incident = known_incident(d);
    uint32_t item = command->remediation.item;
    if (incident == NULL || !decider_text_fits(d, "note", command->remediation.note))
        return;
    if (!incident->closed)
        decider_refuse(d, CORE_WRONG_STATE,
                       "incident I%" PRIu64 " has no items before it is closed with a postmortem",
                       incident->number);
    else if (item >= incident->item_count)
        decider_refuse(d, CORE_NOT_FOUND, "incident I%" PRIu64 " has items 1 to %u, not %u",
                       incident->number, incident->item_count, item + 1);
    else if (incident->items[item].done)
        decider_refuse(d, CORE_WRONG_STATE, "item %u of incident I%" PRIu64 " is done already",
                       item + 1, incident->number);
    if (d->out->status != CORE_OK)
        return;
    struct core_event *event = emit(d, CORE_REMEDIATION_DONE, incident->number);
    event->remediation.item = item;
    event->remediation.note = command->remediation.note;
}
