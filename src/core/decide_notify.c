/* Who is told of an event, by which channel, and when: quiet hours and digests. */
#include "core/alerts.h"
#include "core/decider.h"
#include "core/promise.h"

#include "policy/calendar/worktime.h"

/* Somebody who is to be told. */
struct addressee {
    enum policy_purpose purpose;
    enum policy_audience audience;
    struct bytes target;
    const struct policy_rep *person; /* NULL: none, or nobody of the release in force */
    bool urgent;                     /* does not wait */
};

static bool is_muted(const struct decider *d, enum policy_purpose purpose)
{
    return (core_release(d->core)->notifications.muted >> purpose & 1) != 0;
}

/* ---- when */

/* The first moment from `from_us` on at which the channel may be used for that person. */
static int64_t opens_us(const struct policy_channel *channel, const struct policy_rep *person,
                        int64_t from_us)
{
    struct policy_worktime hours = {.calendar = channel->hours};
    if (channel->own_hours && person != NULL)
        hours =
            (struct policy_worktime){person->calendar, person->time_off, person->time_off_count};
    int64_t time_us = policy_worktime_after(&hours, from_us, 0);
    return time_us == INT64_MAX ? from_us : time_us; /* hours that never come hold nothing back */
}

/* When they are told: within their hours, and with others if the channel collects. */
static int64_t told_us(const struct policy_channel *channel, const struct addressee *who,
                       int64_t now_us)
{
    if (who->urgent)
        return now_us;
    int64_t time_us = opens_us(channel, who->person, now_us);
    if (channel->digest_us <= 0)
        return time_us;
    int64_t into_us = time_us % channel->digest_us;
    if (into_us != 0)
        time_us += channel->digest_us - into_us;
    return opens_us(channel, who->person, time_us);
}

/* ---- by what */

static uint32_t destination_of(const struct decider *d, const struct policy_channel *channel,
                               const struct policy_rep *person)
{
    const struct policy_release *release = core_release(d->core);
    uint32_t declared = channel->destination;
    if (person != NULL && person->contact != NULL && person->contact->destination != POLICY_NONE)
        declared = person->contact->destination;
    return declared < release->destination_count
               ? core_destination_find(d->core, bytes_of(release->destinations[declared].name))
               : CORE_NONE; /* POLICY_NONE */
}

static void tell(struct decider *d, struct core_event *event, const struct addressee *who)
{
    const struct policy_channel *channel =
        &core_release(d->core)->notifications.channels[who->audience];
    struct core_due due = {.destination = destination_of(d, channel, who->person),
                           .purpose = who->purpose,
                           .target = who->target};
    if (due.destination != CORE_NONE) {
        int64_t time_us = told_us(channel, who, event->time_us);
        due.due_us = time_us > event->time_us ? time_us : 0;
        due.digest = channel->digest_us > 0 && !who->urgent;
    }
    outbox_add_due(d, event, &due);
}

/* ---- whom */

static void tell_rep(struct decider *d, struct core_event *event, enum policy_purpose purpose,
                     enum policy_audience audience, uint32_t rep)
{
    if (is_muted(d, purpose))
        return;
    tell(d, event,
         &(struct addressee){
             .purpose = purpose,
             .audience = audience,
             .target = outbox_text(d, "rep:%s", core_rep_id(d->core, rep)),
             .person = promise_owner(d->core, rep),
             /* Who is called outside hours of duty is told outside them. */
             .urgent = purpose == POLICY_PAGE ||
                       (event->type == CORE_LEAD_ASSIGNED && event->placed.on_call),
         });
}

static bool is_owner(const struct policy_release *release, struct bytes name)
{
    for (size_t i = 0; i < release->owner_count; i++)
        if (bytes_is(name, release->owners[i].name))
            return true;
    return false;
}

/* A team of people.yaml or an owner of mesh.yaml; nobody when the name is empty. */
static void tell_team(struct decider *d, struct core_event *event, enum policy_purpose purpose,
                      struct bytes name)
{
    const struct policy_release *release = core_release(d->core);
    if (name.size == 0 || is_muted(d, purpose))
        return;
    bool owner = policy_team_find(release, name) == POLICY_NONE && is_owner(release, name);
    tell(d, event,
         &(struct addressee){
             .purpose = purpose,
             .audience = POLICY_TEAMS,
             .target = outbox_text(d, "%s:%.*s", owner ? "owner" : "team", BYTES_ARG(name)),
             .urgent = purpose == POLICY_PAGE,
         });
}

/* ---- of what */

static void tell_assigned(struct decider *d, struct core_event *event)
{
    tell_rep(d, event, POLICY_ASSIGNMENT, POLICY_REPS, event->placed.rep);
}

/* The other steps speak for themselves. */
static void tell_escalated(struct decider *d, struct core_event *event)
{
    bool remind = event->escalated.action == POLICY_REMIND;
    if (!remind && event->escalated.action != POLICY_NOTIFY)
        return;
    enum policy_purpose purpose = remind ? POLICY_REMINDER : POLICY_ESCALATION;
    uint32_t rep = remind ? event->escalated.rep : event->escalated.manager;
    if (rep != CORE_NONE)
        tell_rep(d, event, purpose, remind ? POLICY_REPS : POLICY_MANAGERS, rep);
    else
        tell_team(d, event, purpose, event->escalated.team);
}

static void tell_excepted(struct decider *d, struct core_event *event)
{
    tell_team(d, event, POLICY_EXCEPTION, event->placed.team);
}

static void tell_exception(struct decider *d, struct core_event *event)
{
    tell_team(d, event, POLICY_EXCEPTION, event->exception.team);
}

static void tell_page(struct decider *d, struct core_event *event)
{
    enum policy_purpose purpose = event->page.urgent ? POLICY_PAGE : POLICY_TICKET;
    if (event->page.rep != CORE_NONE)
        tell_rep(d, event, purpose, POLICY_ON_CALL, event->page.rep);
    else
        tell_team(d, event, purpose, event->page.team);
}

static void tell_partners(struct decider *d, struct core_event *event)
{
    static const struct bytes mail = {"mailto:", sizeof "mailto:" - 1};
    if (is_muted(d, POLICY_NOTICE))
        return;
    for (uint32_t i = 0; i < event->notice.target_count; i++) {
        struct bytes target = event->notice.targets[i];
        bool by_mail = target.size > mail.size && memcmp(target.data, mail.data, mail.size) == 0;
        tell(d, event,
             &(struct addressee){
                 .purpose = POLICY_NOTICE,
                 .audience = by_mail ? POLICY_PARTNERS_BY_EMAIL : POLICY_PARTNERS_BY_WEBHOOK,
                 .target = target,
             });
    }
}

/* Its owner, who may be a rep, a team or an owner of the mesh; else who had the incident. */
static void tell_remediation(struct decider *d, struct core_event *event)
{
    const struct policy_release *release = core_release(d->core);
    const struct core_incident *incident = incident_get(d->core, event->entity);
    ML_ASSERT(incident != NULL);
    struct bytes owner = bytes_of(incident->items[event->remediation.item].owner);
    uint32_t rep = core_rep_find(d->core, owner);
    if (rep != CORE_NONE)
        tell_rep(d, event, POLICY_REMEDIATION, POLICY_REPS, rep);
    else if (policy_team_find(release, owner) != POLICY_NONE || is_owner(release, owner))
        tell_team(d, event, POLICY_REMEDIATION, owner);
    else
        tell_team(d, event, POLICY_REMEDIATION, bytes_of(incident->team));
}

void notify_decide_dues(struct decider *d, struct core_event *event)
{
    static void (*const tellers[CORE_EVENT_TYPES])(struct decider *, struct core_event *) = {
        [CORE_LEAD_ASSIGNED] = tell_assigned,        [CORE_LEAD_ESCALATED] = tell_escalated,
        [CORE_LEAD_EXCEPTED] = tell_excepted,        [CORE_EXCEPTION_OPENED] = tell_exception,
        [CORE_EXCEPTION_ESCALATED] = tell_exception, [CORE_PAGE_DUE] = tell_page,
        [CORE_NOTICE_DUE] = tell_partners,           [CORE_REMEDIATION_LATE] = tell_remediation,
    };
    if (tellers[event->type] != NULL && core_release(d->core) != NULL)
        tellers[event->type](d, event);
}
