/* core_apply: records facts and decides nothing (I4). Live path, recovery, simulator and audit all
 * come through here. A move outside the table, a gap in the sequence, a second owner: bugs, which
 * abort. */
#include "core/internal.h"

static void set_due(struct core *core, struct core_lead *lead, int64_t due_us)
{
    if (exception_holding(lead) != NULL) {
        exception_set_due(core, lead, due_us);
        return;
    }
    lead->due_us = due_us;
    if (lead->timer_position == HEAP_NONE)
        heap_insert(&core->timers, lead);
    else
        heap_update(&core->timers, lead);
}

static void move(struct core_lead *lead, enum core_state to)
{
    if (!core_move_allowed((enum core_state)lead->state, to))
        panic("lead L%llu moved from %s to %s", (unsigned long long)lead->number,
              core_state_name((enum core_state)lead->state), core_state_name(to));
    lead->state = (uint8_t)to;
}

static void apply_activated(struct core *core, const struct core_event *event)
{
    release_activate(core, release_intern(core, event->activated.release));
}

static void apply_rep_changed(struct core *core, const struct core_event *event)
{
    struct core_rep *view = &core->reps[event->rep.rep]->view;
    view->available = event->rep.available;
    view->capacity = event->rep.capacity;
    rep_refresh(core, event->rep.rep);
}

static void apply_rep_shifted(struct core *core, const struct core_event *event)
{
    core_rep_take_shift(&core->reps[event->shifted.rep]->view, event);
    rep_refresh(core, event->shifted.rep);
}

/* The dead letter that was replayed is over. */
static void settle_letter(struct core *core, const struct core_event *event)
{
    struct dead_letter *letter = dead_letter_get(core, event->dead_letter);
    if (letter == NULL)
        panic("event %llu settles dead letter D%llu, which is not open",
              (unsigned long long)event->seq, (unsigned long long)event->dead_letter);
    dead_letter_remove(core, letter);
}

/* One more record that its contract accepted. */
static void count_accepted(struct core *core, const struct core_event *event)
{
    const struct release *slot = core->releases[event->captured.release];
    core_source_take(&core->sources[slot->sources[event->captured.source]]->view,
                     &slot->release->sources[event->captured.source], event);
}

static void apply_captured(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_new(core);
    lead->number = event->lead;
    lead->last_seq = event->seq;
    lead->captured_us = event->captured.captured_us;
    lead->score = event->captured.score;
    lead->surge = event->captured.surge;
    lead->key = event->captured.key;
    lead->key_kind = (uint8_t)event->captured.key_kind;
    lead->release = event->captured.release;
    lead->source = (uint16_t)event->captured.source;
    lead->class_index = (uint16_t)event->captured.class_index;
    lead->urgency = (uint16_t)lead_class(core, lead)->urgency;
    lead_set_attributes(core, lead, event->captured.values);
    map_put(&core->leads, map_number_key(lead->number), (uintptr_t)lead);
    if (!hash128_is_none(lead->key))
        map_put(&core->identities, lead->key, lead->number);
    set_due(core, lead, event->captured.due_us);
    lead_wait(core, lead);
    count_accepted(core, event);
    if (event->dead_letter != 0)
        settle_letter(core, event);
    if (event->type == CORE_LEAD_CAPTURED) {
        ML_ASSERT(event->lead == event->seq);
        core->counts.accepted += event->dead_letter == 0; /* it was accepted as a dead letter */
        return;
    }
    core->counts.settled += event->dead_letter != 0;
    const uint64_t *closed = map_find(&core->closed, map_number_key(lead->number));
    ML_ASSERT(closed != NULL);
    lead->before = closed_unpack(*closed).rep;
    map_remove(&core->closed, map_number_key(lead->number));
    map_remove(&core->merged, map_number_key(lead->number));
    core->counts.disqualified--;
}

static void apply_touched(struct core *core, const struct core_event *event)
{
    core->counts.touchpoints++;
    count_accepted(core, event);
    if (event->dead_letter != 0) {
        settle_letter(core, event);
        core->counts.settled++;
    }
    struct core_lead *lead = lead_get(core, event->lead);
    if (lead != NULL) {
        lead->last_seq = event->seq;
        return;
    }
    uint64_t *closed = map_find(&core->closed, map_number_key(event->lead));
    ML_ASSERT(closed != NULL);
    struct closed known = closed_unpack(*closed);
    known.last_seq = event->seq;
    *closed = closed_pack(known);
}

static void set_route(struct core_lead *lead, const struct core_event *event)
{
    lead->pool = event->placed.pool;
    if (event->placed.route != CORE_NONE)
        lead->route = event->placed.route;
}

static void take_turn(struct core *core, const struct core_event *event)
{
    uint32_t index = core_giving_pool(event);
    if (index == CORE_NONE || event->placed.on_call)
        return;
    core->pools[index]->last_rep = event->placed.rep;
    if (event->placed.turn != CORE_NONE)
        core->pools[index]->turn = event->placed.turn;
}

static void apply_assigned(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_of_event(core, event);
    core_enrichment_take(&lead->enrichment, event);
    lead_leave(core, lead);
    move(lead, CORE_ASSIGNED);
    set_route(lead, event);
    lead->assigned_us = event->time_us;
    lead->until_us = event->placed.until_us;
    lead->acknowledged_us = 0;
    /* lead_own, right behind, brings the pools' order up to date. */
    core_rep_take_lead(&core->reps[event->placed.rep]->view, event);
    lead_own(core, lead, event->placed.rep);
    set_due(core, lead, event->placed.due_us);
    take_turn(core, event);
}

/* Journals of older versions have one time for both. */
static int64_t until_us(const struct core_event *event)
{
    return event->placed.until_us != 0 ? event->placed.until_us : event->placed.due_us;
}

static void apply_queued(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_of_event(core, event);
    core_enrichment_take(&lead->enrichment, event);
    lead_leave(core, lead);
    move(lead, CORE_CAPTURED);
    set_route(lead, event);
    set_due(core, lead, event->placed.due_us);
    lead->acknowledged_us = 0;
    lead->until_us = event->placed.held ? until_us(event) : event->placed.until_us;
    if (event->placed.held)
        lead_hold(core, lead, event->placed.kept_from);
    else
        lead_wait(core, lead);
}

static void apply_put(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_of_event(core, event);
    core_enrichment_take(&lead->enrichment, event);
    lead_leave(core, lead);
    move(lead, CORE_CAPTURED);
    set_route(lead, event);
    set_due(core, lead, event->placed.due_us);
    lead->acknowledged_us = 0;
    lead->until_us = event->type == CORE_LEAD_NURTURED ? until_us(event) : 0;
    lead_put(core, lead,
             event->type == CORE_LEAD_EXCEPTED ? CORE_PLACE_EXCEPTION : CORE_PLACE_NURTURE);
    if (event->type == CORE_LEAD_EXCEPTED)
        exception_apply_opened(core, event);
}

static void apply_returned(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_of_event(core, event);
    ML_ASSERT(lead->rep == event->returned.rep);
    lead_leave(core, lead);
    move(lead, CORE_CAPTURED);
    lead->pool = CORE_NONE;
    lead->until_us = lead->acknowledged_us = 0;
    lead_wait(core, lead);
}

static void apply_contacted(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_of_event(core, event);
    move(lead, CORE_CONTACTED);
    lead->until_us = 0;
    set_due(core, lead, event->contacted.due_us);
}

static void apply_outcome(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_of_event(core, event);
    bool qualified = event->type == CORE_LEAD_QUALIFIED;
    move(lead, qualified ? CORE_QUALIFIED : CORE_DISQUALIFIED);
    const struct closed closed = {event->seq, lead->rep != CORE_NONE ? lead->rep : lead->before,
                                  qualified};
    lead_leave(core, lead);
    ML_ASSERT(lead->exceptions == NULL);
    heap_remove(&core->timers, lead);
    if (!qualified && event->outcome.into != 0)
        map_put(&core->merged, map_number_key(lead->number), event->outcome.into);
    map_put(&core->closed, map_number_key(lead->number), closed_pack(closed));
    map_remove(&core->leads, map_number_key(lead->number));
    if (qualified)
        core->counts.qualified++;
    else
        core->counts.disqualified++;
    lead_free(core, lead);
}

static void apply_late(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_of_event(core, event);
    lead->late_count = (uint16_t)(event->late.count < UINT16_MAX ? event->late.count : UINT16_MAX);
    core->counts.late++;
    set_due(core, lead, event->late.due_us);
}

static void apply_escalated(struct core *core, const struct core_event *event)
{
    set_due(core, lead_of_event(core, event), event->escalated.due_us);
}

static void apply_acknowledged(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_of_event(core, event);
    lead->acknowledged_us = event->acknowledged.until_us;
    set_due(core, lead, event->acknowledged.due_us);
}

static void apply_enriched(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_of_event(core, event);
    lead_set_attributes(core, lead, event->enriched.values);
    lead_reclass(core, lead, event->enriched.class_index, event->enriched.score);
    core_enrichment_take(&lead->enrichment, event);
    set_due(core, lead, event->enriched.due_us);
}

/* ---- dead letters and sources */

static void apply_refused(struct core *core, const struct core_event *event)
{
    const struct release *slot = core->releases[event->refused.release];
    const struct policy_source *declared = &slot->release->sources[event->refused.source];
    uint32_t index = slot->sources[event->refused.source];
    struct source *source = core->sources[index];
    ML_ASSERT(event->dead_letter == event->seq);
    const struct core_dead_letter letter = {event->seq, event->seq, event->time_us, index};
    dead_letter_add(core, &letter)->key = event->idempotency;
    core->counts.accepted++;
    core_source_take(&source->view, declared, event);
    if (core_source_notifies(declared))
        source_count_violation(source, event);
}

static void apply_retried(struct core *core, const struct core_event *event)
{
    struct dead_letter *letter = dead_letter_get(core, event->dead_letter);
    ML_ASSERT(letter != NULL && letter->view.last_seq == event->previous);
    letter->view.last_seq = event->seq;
}

static void apply_discarded(struct core *core, const struct core_event *event)
{
    settle_letter(core, event);
    core->counts.settled++;
}

static void apply_switched(struct core *core, const struct core_event *event)
{
    core_source_take(&core->sources[event->switched.source]->view, NULL, event);
    core->rollouts_changed++;
}

/* ---- promises, and what is counted over time */

static struct bytes campaign_of(const struct policy_release *release,
                                const struct core_event *event)
{
    const struct cel_value *values = event->captured.values;
    uint32_t field = release->schema.campaign;
    if (field == POLICY_NONE || values == NULL || values[field].kind != CEL_STRING)
        return (struct bytes){0};
    return values[field].string;
}

/* Whose record it is: of an event about a lead that is closed or only being captured, too. */
static void find_source(const struct core *core, const struct core_event *event,
                        const struct core_lead *lead, struct core_series_subject *ret)
{
    const struct policy_release *release = NULL;
    uint32_t source = 0;
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED:
    case CORE_LEAD_TOUCHED:
        release = core->releases[event->captured.release]->release;
        source = event->captured.source;
        ret->campaign = campaign_of(release, event);
        break;
    case CORE_RECORD_REFUSED:
    case CORE_RECORD_RETRIED:
        release = core->releases[event->refused.release]->release;
        source = event->refused.source;
        break;
    default:
        if (lead == NULL)
            return;
        release = core->releases[lead->release]->release;
        source = lead->source;
    }
    ret->source = bytes_of(release->sources[source].name);
}

/* All of it lives as long as the event and the releases. */
static void find_subject(struct core *core, const struct core_event *event,
                         struct core_turned turned[static POLICY_OBJECTIVES],
                         struct core_series_subject *ret)
{
    struct core_lead *lead = event->lead != 0 ? lead_get(core, event->lead) : NULL;
    find_source(core, event, lead, ret);
    if (event->type == CORE_DELIVERY_FAILED)
        ret->destination = bytes_of(core_destination_id(core, event->delivery.destination));
    if (lead == NULL)
        return;
    const struct policy_class *class = lead_class(core, lead);
    ret->class_name = bytes_of(class->name);
    ret->turned = turned;
    ret->turned_count =
        core_promises_take(&lead->promises, class, lead->captured_us, event, turned);
}

static void apply_synced(struct core *core, const struct core_event *event)
{
    if (event->lead != 0)
        lead_of_event(core, event);
}

/* What is counted over time, surges, alerts and incidents are the watch's alone (watch_apply),
 * deliveries the outbox's (outbox_apply). */
static void apply_watched(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}

void core_apply(struct core *core, const struct core_event *event)
{
    static void (*const appliers[CORE_EVENT_TYPES])(struct core *, const struct core_event *) = {
        [CORE_RELEASE_ACTIVATED] = apply_activated,
        [CORE_REP_CHANGED] = apply_rep_changed,
        [CORE_REP_SHIFTED] = apply_rep_shifted,
        [CORE_LEAD_EXCEPTED] = apply_put,
        [CORE_LEAD_NURTURED] = apply_put,
        [CORE_LEAD_CAPTURED] = apply_captured,
        [CORE_LEAD_REOPENED] = apply_captured,
        [CORE_LEAD_TOUCHED] = apply_touched,
        [CORE_LEAD_ASSIGNED] = apply_assigned,
        [CORE_LEAD_QUEUED] = apply_queued,
        [CORE_LEAD_RETURNED] = apply_returned,
        [CORE_LEAD_CONTACTED] = apply_contacted,
        [CORE_LEAD_QUALIFIED] = apply_outcome,
        [CORE_LEAD_DISQUALIFIED] = apply_outcome,
        [CORE_LEAD_LATE] = apply_late,
        [CORE_RECORD_REFUSED] = apply_refused,
        [CORE_RECORD_RETRIED] = apply_retried,
        [CORE_RECORD_DISCARDED] = apply_discarded,
        [CORE_SOURCE_SWITCHED] = apply_switched,
        [CORE_NOTICE_DUE] = source_take_notice,
        [CORE_LEAD_ESCALATED] = apply_escalated,
        [CORE_LEAD_ACKNOWLEDGED] = apply_acknowledged,
        [CORE_LEAD_ENRICHED] = apply_enriched,
        [CORE_EXCEPTION_OPENED] = exception_apply_opened,
        [CORE_EXCEPTION_CLAIMED] = exception_apply_claimed,
        [CORE_EXCEPTION_RELEASED] = exception_apply_claimed,
        [CORE_EXCEPTION_ESCALATED] = exception_apply_escalated,
        [CORE_EXCEPTION_RESOLVED] = exception_apply_resolved,
        [CORE_SURGE_STARTED] = apply_watched,
        [CORE_SURGE_PEAKED] = apply_watched,
        [CORE_SURGE_ENDED] = apply_watched,
        [CORE_ALERT_PENDING] = apply_watched,
        [CORE_ALERT_FIRING] = apply_watched,
        [CORE_ALERT_RESOLVED] = apply_watched,
        [CORE_SILENCE_SET] = apply_watched,
        [CORE_SILENCE_ENDED] = apply_watched,
        [CORE_PAGE_DUE] = apply_watched,
        [CORE_INCIDENT_OPENED] = apply_watched,
        [CORE_INCIDENT_NOTED] = apply_watched,
        [CORE_INCIDENT_CLOSED] = apply_watched,
        [CORE_REMEDIATION_DONE] = apply_watched,
        [CORE_REMEDIATION_LATE] = apply_watched,
        [CORE_DELIVERY_DELIVERED] = apply_watched,
        [CORE_DELIVERY_RETRIED] = apply_watched,
        [CORE_DELIVERY_FAILED] = apply_watched,
        [CORE_DELIVERY_REQUEUED] = apply_watched,
        [CORE_DELIVERY_DISCARDED] = apply_watched,
        [CORE_DESTINATION_CHANGED] = apply_watched,
        [CORE_SYNC_APPLIED] = apply_synced,
        [CORE_SYNC_REFUSED] = apply_synced,
    };
    ML_ASSERT(event->type > 0 && event->type < CORE_EVENT_TYPES);
    ML_ASSERT(event->seq == core->seq + 1 && event->time_us >= core->time_us);
    core->seq = event->seq;
    core->time_us = event->time_us;
    struct core_turned turned[POLICY_OBJECTIVES];
    struct core_series_subject subject = {0};
    bool begins = event->type == CORE_LEAD_CAPTURED || event->type == CORE_LEAD_REOPENED;
    if (!begins)
        find_subject(core, event, turned, &subject);
    appliers[event->type](core, event);
    if (begins) /* there was no lead before it */
        find_subject(core, event, turned, &subject);
    outbox_apply(core, event);
    watch_apply(core, event, &subject);
    if (!hash128_is_none(event->idempotency)) {
        const struct idempotency entry = {event->idempotency, event->fingerprint, event->lead,
                                          event->seq, event->time_us};
        idempotency_put(core, &entry);
    }
    idempotency_expire(core);
}
