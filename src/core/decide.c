/* core_decide: command + state → events. Reads the state, changes nothing, knows no time but the
 * command's (I3). Whatever a later reader needs to understand a decision goes into its event. */
#include "core/decider.h"
#include "core/promise.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void decider_refuse(struct decider *d, enum core_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(d->out->message, sizeof d->out->message, format, arguments);
    va_end(arguments);
    d->out->status = status;
}

/* The lead's event before the one at `index`: of this decision, or its newest so far. */
static uint64_t previous_of(const struct decider *d, const struct core_lead *lead, size_t index)
{
    for (size_t i = index; i > 0; i--)
        if (d->out->events[i - 1].lead == lead->number)
            return d->out->events[i - 1].seq;
    return lead->last_seq;
}

struct core_event *decider_emit(struct decider *d, enum core_event_type type,
                                const struct core_lead *lead)
{
    if (lead != NULL)
        decider_draft(d, lead, type);
    ML_ASSERT(d->out->event_count < CORE_EVENTS_MAX);
    size_t index = d->out->event_count++;
    struct core_event *event = &d->out->events[index];
    *event = (struct core_event){.type = type,
                                 .seq = d->next_seq + index,
                                 .time_us = d->command->time_us,
                                 .actor = d->command->actor};
    if (lead != NULL) {
        event->lead = lead->number;
        event->previous = previous_of(d, lead, index);
        d->out->lead = lead->number;
    }
    d->out->seq = event->seq;
    return event;
}

/* ---- submit */

struct submission { /* as the active release sees it */
    uint32_t source;
    const struct cel_value *values;
    struct policy_decision decision;
    struct bytes attributes; /* empty: not printed yet */
    int64_t captured_us;     /* now; of a replay when it first came, from where promises count */
};

/* False when the source is no longer there. What was prepared holds only under its own release. */
static bool adopt_submission(struct decider *d, struct submission *ret)
{
    struct policy_release *active = core_release(d->core);
    const struct core_command *command = d->command;
    const struct policy_release *given = command->submit.release;
    *ret = (struct submission){.source = command->submit.source,
                               .values = command->submit.values,
                               .attributes = command->submit.attributes,
                               .captured_us = d->letter != NULL ? d->letter->view.captured_us
                                                                : command->time_us};
    if (given != active) {
        policy_record_convert(&given->schema, ret->values, &active->schema, d->out->converted);
        ret->values = d->out->converted;
        ret->attributes = (struct bytes){0};
        ret->source = policy_source_find(active, bytes_of(given->sources[ret->source].name));
        if (ret->source == POLICY_NONE)
            return false;
    }
    if (given == active && command->submit.decision != NULL) {
        ret->decision = *command->submit.decision;
        d->first = command->submit.first;
    } else {
        submission_decide(command, active, ret->source, ret->values, &ret->decision, &d->first);
    }
    return true;
}

static void fill_submission(struct decider *d, struct core_event *event,
                            const struct submission *submission)
{
    event->captured.release = d->core->active;
    event->captured.source = submission->source;
    event->captured.values = submission->values;
    event->captured.attributes = submission->attributes;
    event->captured.contract = d->command->submit.contract;
    event->captured.shadow = d->command->submit.shadow;
    event->captured.captured_us = submission->captured_us;
    event->dead_letter = d->letter != NULL ? d->letter->view.number : 0;
}

/* On the business clock; 0: it is on the wall clock. */
static int64_t captured_deadline_us(const struct decider *d, const struct policy_class *class,
                                    int objective, int64_t captured_us)
{
    const struct policy_promise *promise = &class->objectives[objective];
    const struct policy_calendar *calendar = core_release(d->core)->calendar;
    if (promise->within_us == 0 || !promise->business || calendar == NULL)
        return 0;
    return promise_after_us(calendar, captured_us, promise->within_us);
}

/* A new lead, or (`known` not 0) a disqualified one that starts anew; and its first place. */
static void emit_captured(struct decider *d, uint64_t known, const struct closed *closed,
                          const struct submission *submission)
{
    const struct core *core = d->core;
    const struct policy_subject who = {.source = submission->source,
                                       .values = submission->values,
                                       .person = d->command->submit.key,
                                       .time_us = d->command->time_us};
    struct policy_decision decision = submission->decision;
    bool relaxed;
    uint64_t surge = surge_admit(d, &who, &decision, &relaxed);
    const struct policy_class *class = &core_release(core)->classes[decision.class_index];

    struct core_event *event =
        decider_emit(d, known ? CORE_LEAD_REOPENED : CORE_LEAD_CAPTURED, NULL);
    event->lead = known ? known : event->seq;
    event->previous = closed->last_seq;
    fill_submission(d, event, submission);
    event->captured.class_index = decision.class_index;
    event->captured.score = decision.score;
    event->captured.surge = surge;
    event->captured.key_kind = d->command->submit.key_kind;
    event->captured.key = d->command->submit.key;
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        event->captured.deadlines[i] = captured_deadline_us(d, class, i, submission->captured_us);
    event->captured.unasked = enrich_has_no_question(d, event);
    decider_stamp_captured(d, event);

    struct router router;
    struct placement placement = placement_nowhere;
    decider_route(&router, d, NULL, CORE_NONE);
    router.release = core->active;
    router.score = decision.score;
    router.before = closed->rep;
    router.subject = who;
    router.arrives = true;
    router_take_class(&router, surge, decision.class_index);
    place_by_routes(&router, decision.route_index, &placement);
    if (relaxed && placement.measure == CORE_MEASURE_NONE)
        placement.measure = CORE_MEASURE_RELAXED;
    decider_emit_placed(d, &d->draft, &placement, CORE_CAUSE_ROUTED);
}

static void emit_touched(struct decider *d, uint64_t number, uint64_t previous,
                         const struct submission *submission)
{
    struct core_event *event = decider_emit(d, CORE_LEAD_TOUCHED, NULL);
    event->lead = number;
    event->previous = previous;
    fill_submission(d, event, submission);
    d->out->lead = number;
    d->out->status = CORE_KNOWN;
}

/* Who was merged into another lead is found there, unless that is lost: then they start anew. */
static uint64_t merged_into(const struct core *core, uint64_t known)
{
    uint64_t at = known;
    const uint64_t *into;
    while ((into = map_find(&core->merged, map_number_key(at))) != NULL)
        at = *into;
    enum core_state closed;
    bool lost = core_closed_find(core, at, &closed) && closed == CORE_DISQUALIFIED;
    return lost ? known : at;
}

static void decide_submit(struct decider *d)
{
    const struct core *core = d->core;
    struct submission submission;
    if (core->active == CORE_NONE) {
        decider_refuse(d, CORE_NO_POLICY, "no routing policy is active yet; activate a mesh first");
        return;
    }
    if (!adopt_submission(d, &submission)) {
        decider_refuse(d, CORE_INVALID, "the source was removed by a newer release; ask its owner");
        return;
    }
    struct hash128 key = d->command->submit.key;
    const uint64_t *person = hash128_is_none(key) ? NULL : map_find(&core->identities, key);
    uint64_t known = merged_into(core, d->known != 0 ? d->known : person != NULL ? *person : 0);
    if (known == 0) {
        const struct closed unknown = {.rep = CORE_NONE};
        emit_captured(d, 0, &unknown, &submission);
        return;
    }
    const struct core_lead *open = lead_get(core, known);
    if (open != NULL) {
        emit_touched(d, known, open->last_seq, &submission);
        return;
    }
    const uint64_t *word = map_find(&core->closed, map_number_key(known));
    ML_ASSERT(word != NULL);
    const struct closed closed = closed_unpack(*word);
    if (closed.qualified || d->known != 0)
        emit_touched(d, known, closed.last_seq, &submission);
    else
        emit_captured(d, known, &closed, &submission);
}

/* ---- what people do with a lead */

bool decider_text_fits(struct decider *d, const char *name, struct bytes text)
{
    if (text.size <= CORE_TEXT_MAX)
        return true;
    decider_refuse(d, CORE_INVALID, "`%s` has %zu bytes; at most %d are kept", name, text.size,
                   CORE_TEXT_MAX);
    return false;
}

const struct core_lead *decider_lead(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct core_lead *lead = lead_get(d->core, command->lead);
    d->out->lead = command->lead;
    if (lead == NULL) {
        const uint64_t *closed = map_find(&d->core->closed, map_number_key(command->lead));
        const uint64_t *into = map_find(&d->core->merged, map_number_key(command->lead));
        if (into != NULL)
            decider_refuse(d, CORE_WRONG_STATE, "lead L%" PRIu64 " was merged into L%" PRIu64,
                           command->lead, *into);
        else if (closed != NULL)
            decider_refuse(d, CORE_WRONG_STATE, "lead L%" PRIu64 " is closed (%s)", command->lead,
                           closed_unpack(*closed).qualified ? "qualified" : "disqualified");
        else
            decider_refuse(d, CORE_NOT_FOUND, "there is no lead L%" PRIu64, command->lead);
        return NULL;
    }
    if (command->if_version != 0 && command->if_version != lead->last_seq) {
        decider_refuse(d, CORE_STALE,
                       "lead L%" PRIu64 " is at version %" PRIu64 ", not %" PRIu64
                       ": read it again, then decide",
                       lead->number, lead->last_seq, command->if_version);
        return NULL;
    }
    return lead;
}

static bool move_fits(struct decider *d, const struct core_lead *lead, enum core_state to)
{
    if (core_move_allowed((enum core_state)lead->state, to))
        return true;
    decider_refuse(d, CORE_WRONG_STATE, "lead L%" PRIu64 " is %s and cannot become %s",
                   lead->number, core_state_name((enum core_state)lead->state),
                   core_state_name(to));
    return false;
}

static void decide_contact(struct decider *d)
{
    const struct core_lead *lead = decider_lead(d);
    if (lead == NULL || !move_fits(d, lead, CORE_CONTACTED) ||
        !decider_text_fits(d, "channel", d->command->contact.channel) ||
        !decider_text_fits(d, "note", d->command->contact.note))
        return;
    struct core_event *event = decider_emit(d, CORE_LEAD_CONTACTED, lead);
    event->contacted.channel = d->command->contact.channel;
    event->contacted.note = d->command->contact.note;
    decider_stamp(d, event);
}

static void decide_outcome(struct decider *d)
{
    const struct core_lead *lead = decider_lead(d);
    bool qualified = d->command->outcome.qualified;
    if (lead == NULL || !move_fits(d, lead, qualified ? CORE_QUALIFIED : CORE_DISQUALIFIED) ||
        !decider_text_fits(d, "reason", d->command->outcome.reason))
        return;
    const struct exception *holding = exception_holding(lead);
    if (holding != NULL) {
        decider_refuse(d, CORE_WRONG_STATE,
                       "lead L%" PRIu64 " is in exception X%" PRIu64
                       " (%.60s): resolve that, and say what is to become of the lead",
                       lead->number, holding->view.number, holding->view.kind);
        return;
    }
    exception_emit_overtaken(d, lead, true);
    struct core_event *event =
        decider_emit(d, qualified ? CORE_LEAD_QUALIFIED : CORE_LEAD_DISQUALIFIED, lead);
    event->outcome.reason = d->command->outcome.reason;
}

static void decide_assign(struct decider *d)
{
    const struct core *core = d->core;
    const struct core_command *command = d->command;
    const struct core_lead *lead = decider_lead(d);
    if (lead == NULL || !decider_text_fits(d, "cause", command->assign.cause) ||
        !decider_text_fits(d, "remediation", command->assign.remediation))
        return;
    if (command->assign.cause.size == 0 || command->assign.remediation.size == 0) {
        decider_refuse(d, CORE_INVALID,
                       "a manual assignment needs a `cause` and a `remediation` note");
        return;
    }
    uint32_t rep = core_rep_find(core, command->assign.rep);
    if (rep == CORE_NONE || !core->reps[rep]->view.present) {
        decider_refuse(d, CORE_NOT_FOUND, "there is no rep \"%.*s\" in the active release",
                       (int)(command->assign.rep.size > 64 ? 64 : command->assign.rep.size),
                       command->assign.rep.data ? command->assign.rep.data : "");
        return;
    }
    if (lead->rep == rep) {
        d->out->status = CORE_UNCHANGED;
        return;
    }
    if (exception_resolve_by_assignment(d, lead))
        decider_assign(d, lead, rep, CORE_CAUSE_MANUAL, command->assign.cause,
                       command->assign.remediation);
}

static void decide_hand_back(struct decider *d)
{
    const struct core_lead *lead = decider_lead(d);
    if (lead == NULL || !decider_text_fits(d, "reason", d->command->hand_back.reason))
        return;
    if (lead->rep == CORE_NONE) {
        decider_refuse(d, CORE_WRONG_STATE, "lead L%" PRIu64 " has no owner who could hand it back",
                       lead->number);
        return;
    }
    decider_return(d, lead, CORE_CAUSE_RETURNED, d->command->hand_back.reason);
    decider_place_again(d, lead, lead->rep, CORE_CAUSE_RETURNED);
}

/* ---- reps and releases */

static void decide_set_rep(struct decider *d)
{
    const struct core_command *command = d->command;
    uint32_t index = core_rep_find(d->core, command->set_rep.rep);
    if (index == CORE_NONE) {
        decider_refuse(d, CORE_NOT_FOUND, "there is no rep \"%.*s\"",
                       (int)(command->set_rep.rep.size > 64 ? 64 : command->set_rep.rep.size),
                       command->set_rep.rep.data ? command->set_rep.rep.data : "");
        return;
    }
    if (command->set_rep.capacity < -1 || command->set_rep.capacity > 100000) {
        decider_refuse(d, CORE_INVALID, "`capacity` must be from 0 to 100000");
        return;
    }
    const struct core_rep *rep = &d->core->reps[index]->view;
    bool available =
        command->set_rep.available < 0 ? rep->available : command->set_rep.available > 0;
    uint32_t capacity =
        command->set_rep.capacity < 0 ? rep->capacity : (uint32_t)command->set_rep.capacity;
    if (available == rep->available && capacity == rep->capacity) {
        d->out->status = CORE_UNCHANGED;
        return;
    }
    struct core_event *event = decider_emit(d, CORE_REP_CHANGED, NULL);
    event->rep.rep = index;
    event->rep.available = available;
    event->rep.capacity = capacity;
}

static void decide_activate(struct decider *d)
{
    struct policy_release *release = d->command->activate.release;
    const struct policy_release *active = core_release(d->core);
    if (active != NULL && memcmp(&active->id, &release->id, sizeof release->id) == 0) {
        d->out->status = CORE_UNCHANGED;
        return;
    }
    decider_emit(d, CORE_RELEASE_ACTIVATED, NULL)->activated.release = release;
}

/* ---- tick: one step of whatever is due, most pressing first */

static const struct core_lead *lead_of_removed_rep(const struct core *core)
{
    const struct rep *owner = NULL;
    for (uint32_t i = 0; i < core->rep_count; i++) {
        const struct rep *rep = core->reps[i];
        if (rep->view.present || rep->view.load == 0)
            continue;
        if (owner == NULL || strcmp(rep->id, owner->id) < 0)
            owner = rep;
    }
    ML_ASSERT(owner != NULL);
    const struct core_lead *oldest = owner->leads;
    for (const struct core_lead *lead = oldest; lead != NULL; lead = lead->next)
        if (lead->number < oldest->number)
            oldest = lead;
    return oldest;
}

/* The first in order over all pools where somebody waits, or is held, and somebody has room. */
static const struct core_lead *lead_to_drain(const struct core *core)
{
    const struct core_lead *first = NULL;
    for (uint32_t i = 0; i < core->pool_count; i++) {
        const struct pool *pool = core->pools[i];
        if (!pool->drainable)
            continue;
        const struct core_lead *heads[] = {
            pool_can_take_waiting(core, i) ? heap_first(&pool->waiting) : NULL,
            pool_can_take_held(core, i) ? heap_first(&pool->held) : NULL,
        };
        for (int h = 0; h < 2; h++)
            if (heads[h] != NULL &&
                (first == NULL || pool->waiting.operations->before(heads[h], first)))
                first = heads[h];
    }
    ML_ASSERT(first != NULL);
    return first;
}

static void decide_shift(struct decider *d, const struct rep *rep)
{
    struct core_event *event = decider_emit(d, CORE_REP_SHIFTED, NULL);
    event->shifted.rep = core_rep_find(d->core, bytes_of(rep->id));
    event->shifted.duty = policy_duty_at(core_release(d->core), rep->declared, d->command->time_us,
                                         &event->shifted.until_us);
}

static void decide_tick(struct decider *d)
{
    const struct core *core = d->core;
    const struct core_lead *lead = heap_first(&core->unrouted);
    const struct rep *rep = heap_first(&core->rep_timers);
    const struct source *source = heap_first(&core->notices);
    const struct exception *exception = heap_first(&core->exception_timers);
    if (rep != NULL && rep->due_us <= d->command->time_us) {
        decide_shift(d, rep); /* first: who is there decides all that follows */
    } else if (lead != NULL) {
        decider_place_again(d, lead, CORE_NONE, CORE_CAUSE_DISPLACED);
    } else if (core->removed_load > 0) {
        lead = lead_of_removed_rep(core);
        decider_return(d, lead, CORE_CAUSE_DISPLACED, BYTES_LITERAL("the rep left the policy"));
        decider_place_again(d, lead, lead->rep, CORE_CAUSE_DISPLACED);
    } else if (core->drainable_pools > 0) {
        lead = lead_to_drain(core);
        decider_place_again(d, lead, lead->kept_from, CORE_CAUSE_DRAINED);
    } else if ((lead = heap_first(&core->timers)) != NULL && lead->due_us <= d->command->time_us) {
        clock_decide_due(d, lead);
    } else if (exception != NULL && exception->timer_us <= d->command->time_us) {
        exception_decide_due(d, exception);
    } else if (source != NULL && source->view.notice_us <= d->command->time_us) {
        edge_decide_digest(d, source);
    } else if (dead_letters_due_us(core) <= d->command->time_us) {
        edge_decide_expiry(d, core->dead_letters_first);
    } else if (!outbox_decide_due(d)) {
        d->out->status = CORE_UNCHANGED;
    }
}

/* One look at what is counted over time: the first thing that changed. */
static void decide_watch(struct decider *d)
{
    static void (*const watchers[])(struct decider *) = {
        surge_decide_watch, alert_decide_watch, incident_decide_watch, exception_decide_watch};
    if (d->core->active == CORE_NONE) {
        d->out->status = CORE_UNCHANGED;
        return;
    }
    for (size_t i = 0; i < sizeof watchers / sizeof *watchers && d->out->event_count == 0; i++)
        watchers[i](d);
    if (d->out->event_count == 0)
        d->out->status = CORE_UNCHANGED;
}

/* ---- */

static bool is_repeated(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct idempotency *earlier =
        idempotency_find(d->core, command->idempotency, command->time_us);
    if (earlier == NULL)
        return false;
    if (earlier->fingerprint != command->fingerprint) {
        decider_refuse(d, CORE_KEY_REUSED,
                       "this Idempotency-Key was used for other content (journal seq %" PRIu64
                       "); use a new key for a new request",
                       earlier->seq);
        return true;
    }
    d->out->status = CORE_REPEATED;
    d->out->lead = earlier->lead;
    d->out->entity = command->entity; /* 0 when it began one: then by its seq */
    d->out->seq = earlier->seq;
    return true;
}

void core_decide(const struct core *core, const struct core_command *command, uint64_t next_seq,
                 struct core_decision *ret)
{
    static void (*const deciders[])(struct decider *) = {
        [CORE_SUBMIT] = decide_submit,
        [CORE_CONTACT] = decide_contact,
        [CORE_OUTCOME] = decide_outcome,
        [CORE_ASSIGN] = decide_assign,
        [CORE_HAND_BACK] = decide_hand_back,
        [CORE_SET_REP] = decide_set_rep,
        [CORE_ACTIVATE] = decide_activate,
        [CORE_REFUSE] = edge_decide_refuse,
        [CORE_DISCARD] = edge_decide_discard,
        [CORE_SWITCH] = edge_decide_switch,
        [CORE_TICK] = decide_tick,
        [CORE_WATCH] = decide_watch,
        [CORE_ACKNOWLEDGE] = clock_decide_acknowledge,
        [CORE_ENRICH] = enrich_decide,
        [CORE_OPEN_EXCEPTION] = exception_decide_open,
        [CORE_CLAIM] = exception_decide_claim,
        [CORE_RELEASE] = exception_decide_release,
        [CORE_RESOLVE] = exception_decide_resolve,
        [CORE_SILENCE] = alert_decide_silence,
        [CORE_UNSILENCE] = alert_decide_unsilence,
        [CORE_OPEN_INCIDENT] = incident_decide_open,
        [CORE_NOTE_INCIDENT] = incident_decide_note,
        [CORE_CLOSE_INCIDENT] = incident_decide_close,
        [CORE_FINISH_REMEDIATION] = incident_decide_finish,
        [CORE_RECEIPT] = outbox_decide_receipt,
        [CORE_REQUEUE] = outbox_decide_requeue,
        [CORE_DROP] = outbox_decide_drop,
        [CORE_SET_DESTINATION] = outbox_decide_set_destination,
        [CORE_SYNC] = sync_decide,
    };
    ML_ASSERT(next_seq == core->seq + 1 && command->time_us >= core->time_us);
    ret->status = CORE_OK;
    ret->lead = ret->dead_letter = ret->entity = 0;
    ret->seq = 0;
    ret->message[0] = '\0';
    ret->event_count = ret->due_count = ret->due_text_size = 0;
    struct decider d = {.core = core,
                        .command = command,
                        .next_seq = next_seq,
                        .out = ret,
                        .synced_destination = CORE_NONE};
    bool is_record = command->type == CORE_SUBMIT || command->type == CORE_REFUSE;
    if (is_record ? edge_is_repeated(&d) : is_repeated(&d))
        return;
    deciders[command->type](&d);
    if (ret->event_count == 0)
        return;
    outbox_decide_dues(&d);
    if (is_record) {
        edge_stamp(&d);
        return;
    }
    /* On the last, so that a repetition is answered with the same seq as the first time. */
    struct core_event *last = &ret->events[ret->event_count - 1];
    last->idempotency = command->idempotency;
    last->fingerprint = command->fingerprint;
}
