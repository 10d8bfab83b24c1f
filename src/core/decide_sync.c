/* Two-way systems: what a change made over there does here, by the authority of each field.
 *
 * A value that they have from us is an echo and says nothing, and so is one that we have too; they
 * may have it from a delivery whose receipt is not here yet. Any other is a change, which is
 * applied or refused, and either is an event of the lead. What follows from an applied one is not
 * sent back there, unless something of ours is on its way there that would undo it; what was
 * refused is: ours is written again. */
#include "core/decider.h"
#include "core/outbox_state.h"

#include <inttypes.h>

/* Events that a status may bring with it, besides the end of each open exception. */
enum { EVENTS_OF_STATUS = 8 };

/* One field of their record. */
struct change {
    const struct policy_sync_field *field;
    struct bytes theirs, ours; /* as text, of a field as JSON; ours may be empty */
    int64_t ours_us;           /* when ours became so, as far as is known */
};

struct refusal {
    struct change change;
    struct bytes reason;
};

struct syncing {
    struct decider *d;
    const struct core_lead *lead;
    uint32_t destination;
    const struct policy_release *release; /* whose fields the values are of */
    const struct policy_schema *schema;   /* the lead's own */
    struct cel_value *news;               /* applied fields, by the lead's schema */
    bool has_news;
    bool assigned; /* by this very change: whatever held the lead is over */
    struct refusal refusals[POLICY_SYNC_FIELDS_MAX]; /* one for each value at most */
    size_t refusal_count;
};

/* ---- events */

static struct core_event *emit(struct syncing *s, enum core_event_type type,
                               const struct change *change)
{
    const struct core_command *command = s->d->command;
    struct core_event *event = decider_emit(s->d, type, s->lead);
    event->sync.destination = s->destination;
    event->sync.about = s->lead == NULL ? command->lead : 0;
    event->sync.field = bytes_of(change->field->name);
    event->sync.theirs = change->theirs;
    event->sync.ours = change->ours;
    event->sync.change = command->sync.change;
    event->sync.changed_us = command->sync.changed_us;
    event->sync.external_id = command->sync.external_id;
    event->sync.value = core_link_value(change->theirs);
    return event;
}

static void refuse(struct syncing *s, const struct change *change, struct bytes reason)
{
    s->refusals[s->refusal_count++] = (struct refusal){*change, reason};
}

/* Behind what was applied: ours is written there again as it is then, and a change of theirs that
 * counts must not be undone by it. */
static void emit_refusals(struct syncing *s)
{
    for (size_t i = 0; i < s->refusal_count; i++)
        emit(s, CORE_SYNC_REFUSED, &s->refusals[i].change)->sync.reason = s->refusals[i].reason;
    s->refusal_count = 0;
}

void sync_decide_dues(struct decider *d, struct core_event *event)
{
    const struct core_due due = {.destination = event->sync.destination, .purpose = POLICY_DELIVER};
    if (event->lead == 0)
        return; /* it is closed, and what we have of it was written */
    for (uint32_t i = 0; i < event->due_count; i++)
        if (event->dues[i].destination == due.destination &&
            event->dues[i].purpose == POLICY_DELIVER)
            return; /* it asks for such events anyway */
    outbox_add_due(d, event, &due);
}

/* ---- what counts */

/* What is known of the field over there; value 0: nothing. */
struct known {
    uint64_t value;
    int64_t changed_us;
};

static struct known known_of(const struct syncing *s, const struct change *change)
{
    const struct core_link *link = core_link_find(s->d->core, s->d->command->lead, s->destination);
    for (uint32_t i = 0; link != NULL && i < link->value_count; i++)
        if (strcmp(link->values[i].name, change->field->name) == 0)
            return (struct known){link->values[i].value, link->values[i].changed_us};
    return (struct known){0};
}

/* Something that is on its way there tells them so: perhaps it has arrived. */
static bool is_under_way(const struct syncing *s, const struct change *change)
{
    const struct delivery *at = deliveries_pending(s->d->core, s->d->command->lead, s->destination);
    for (; at != NULL; at = at->next) {
        if (change->field->kind == POLICY_SYNC_OWNER && bytes_is(change->theirs, at->told))
            return true;
        if (change->field->kind == POLICY_SYNC_STATUS && at->status < CORE_STATES &&
            bytes_is(change->theirs, core_state_name((enum core_state)at->status)))
            return true;
    }
    return false;
}

/* They have it from us, or told us of it before. */
static bool is_echo(const struct syncing *s, const struct change *change)
{
    return known_of(s, change).value == core_link_value(change->theirs) || is_under_way(s, change);
}

/* Of a change whose time nobody knows we hear now: it is newer than what we have. What we have from
 * them, or have written there, is as old as it is over there. */
static bool is_theirs(const struct syncing *s, const struct change *change)
{
    int64_t changed_us = s->d->command->sync.changed_us;
    const struct known known = known_of(s, change);
    int64_t ours_us =
        known.value == core_link_value(change->ours) ? known.changed_us : change->ours_us;
    switch (change->field->authority) {
    case POLICY_THEIRS: return true;
    case POLICY_NEWEST: return changed_us == 0 || changed_us > ours_us;
    default: return false;
    }
}

/* The change is one, and may count; else it is refused, or nothing at all. */
static bool counts(struct syncing *s, const struct change *change)
{
    if (bytes_equal(change->theirs, change->ours) || is_echo(s, change))
        return false;
    if (is_theirs(s, change))
        return true;
    refuse(s, change,
           change->field->authority == POLICY_OURS
               ? BYTES_LITERAL("what is decided here counts, and is written there again")
               : BYTES_LITERAL("what was decided here is newer, and is written there again"));
    return false;
}

static int64_t later_us(int64_t a_us, int64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

/* ---- owner */

/* By its id, or by the one that it has over there. */
static uint32_t find_rep(const struct syncing *s, struct bytes name)
{
    const struct core *core = s->d->core;
    const struct policy_release *active = core_release(core);
    const uint32_t at =
        policy_destination_find(active, bytes_of(core_destination_id(core, s->destination)));
    uint32_t rep = core_rep_find(core, name);
    if (rep != CORE_NONE && core->reps[rep]->view.present)
        return rep;
    for (size_t i = 0; i < active->rep_count; i++) {
        const struct policy_contact *contact = active->reps[i].contact;
        for (size_t e = 0; contact != NULL && e < contact->external_count; e++)
            if (contact->external[e].destination == at && bytes_is(name, contact->external[e].id))
                return core->releases[core->active]->reps[i];
    }
    return CORE_NONE;
}

static struct bytes rep_text(const struct core *core, uint32_t rep)
{
    return rep != CORE_NONE ? bytes_of(core->reps[rep]->id) : (struct bytes){0};
}

static void sync_owner(struct syncing *s, const struct policy_sync_field *field,
                       struct bytes theirs)
{
    struct decider *d = s->d;
    uint32_t rep = find_rep(s, theirs);
    const struct change change = {.field = field,
                                  .theirs = rep != CORE_NONE ? rep_text(d->core, rep) : theirs,
                                  .ours = rep_text(d->core, s->lead->rep),
                                  .ours_us = s->lead->assigned_us};
    if (!counts(s, &change))
        return;
    if (rep == CORE_NONE) {
        const struct bytes name = outbox_cut(theirs, CORE_RECEIPT_TEXT_MAX);
        refuse(s, &change,
               outbox_text(d,
                           "no rep of the active release is \"%.*s\", here or by the ids in "
                           "`external`",
                           BYTES_ARG(name)));
        return;
    }
    emit(s, CORE_SYNC_APPLIED, &change);
    exception_emit_overtaken(d, s->lead, false);
    decider_assign(d, s->lead, rep, CORE_CAUSE_SYNCED,
                   outbox_text(d, "changed in %s", core_destination_id(d->core, s->destination)),
                   (struct bytes){0});
    s->assigned = true;
}

/* ---- fields */

static struct bytes value_text(struct syncing *s, const struct cel_value *value)
{
    struct buffer text;
    struct json_writer json;
    if (value->kind == CEL_ABSENT)
        return (struct bytes){0};
    buffer_init(&text, UINT32_MAX);
    json_begin(&json, &text);
    policy_value_write_json(value, &json);
    const struct bytes printed = arena_copy(s->d->command->sync.arena, buffer_bytes(&text));
    buffer_release(&text);
    return printed;
}

/* Of a type that the lead's own release reads otherwise, or does not know, nothing can be said. */
static void sync_field(struct syncing *s, const struct policy_sync_field *field,
                       const struct cel_value *theirs, const struct cel_value *ours)
{
    struct cel_value given[POLICY_FIELDS_MAX] = {0}, converted[POLICY_FIELDS_MAX];
    const char *name = s->release->schema.fields[field->field].name;
    const uint32_t at = policy_field_find(s->schema, bytes_of(name));
    if (at == POLICY_NONE)
        return;
    given[field->field] = *theirs;
    policy_record_convert(&s->release->schema, given, s->schema, converted);
    if (converted[at].kind == CEL_ABSENT)
        return;
    const struct change change = {
        .field = field,
        .theirs = value_text(s, &converted[at]),
        .ours = value_text(s, &ours[at]),
        .ours_us = later_us(s->lead->captured_us, s->lead->promises.reached_us[POLICY_ENRICHED])};
    if (!counts(s, &change))
        return;
    emit(s, CORE_SYNC_APPLIED, &change);
    s->news[at] = converted[at];
    s->has_news = true;
}

/* ---- status */

static bool parse_status(struct bytes text, enum core_state *ret)
{
    static const enum core_state states[] = {CORE_CONTACTED, CORE_QUALIFIED, CORE_DISQUALIFIED};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        *ret = states[i];
        if (bytes_is(text, core_state_name(*ret)))
            return true;
    }
    return false;
}

static const struct exception *held_by(const struct syncing *s)
{
    return s->assigned ? NULL : exception_holding(s->lead);
}

/* What holds the lead, when this very change gave it an owner, has ended before. */
static void end_exceptions(struct syncing *s)
{
    for (const struct exception *at = s->lead->exceptions; at != NULL; at = at->next)
        if (!at->view.holding)
            exception_end_overtaken(s->d, at);
}

static bool has_room(const struct syncing *s)
{
    size_t open = 0;
    for (const struct exception *at = s->lead->exceptions; at != NULL; at = at->next)
        open++;
    return s->d->out->event_count + open + s->refusal_count + EVENTS_OF_STATUS <= CORE_EVENTS_MAX;
}

/* Behind what this very change has done. */
static enum core_state state_now(const struct syncing *s)
{
    const struct decider *d = s->d;
    return (enum core_state)(d->draft.number == s->lead->number ? d->draft.state : s->lead->state);
}

/* Whom somebody has qualified was talked to: polls miss what is over soon. */
static bool implies_contact(const struct syncing *s, enum core_state to)
{
    return to == CORE_QUALIFIED && state_now(s) == CORE_ASSIGNED;
}

/* Why the lead cannot become so; empty: it can. */
static struct bytes obstacle(struct syncing *s, enum core_state to)
{
    struct decider *d = s->d;
    const struct exception *holding = held_by(s);
    enum core_state from = state_now(s);
    if (!core_move_allowed(from, to) && !implies_contact(s, to))
        return outbox_text(d, "lead L%" PRIu64 " is %s here and cannot become %s", s->lead->number,
                           core_state_name(from), core_state_name(to));
    if (to != CORE_CONTACTED && holding != NULL)
        return outbox_text(d, "lead L%" PRIu64 " is in exception X%" PRIu64 " (%s): resolve that",
                           s->lead->number, holding->view.number, holding->view.kind);
    if (!has_room(s))
        return outbox_text(d, "lead L%" PRIu64 " is in too many exceptions: resolve some of them",
                           s->lead->number);
    return (struct bytes){0};
}

static void move_to(struct syncing *s, enum core_state to)
{
    struct decider *d = s->d;
    if (to == CORE_CONTACTED || implies_contact(s, to)) {
        struct core_event *event = decider_emit(d, CORE_LEAD_CONTACTED, s->lead);
        event->contacted.channel = BYTES_LITERAL("sync");
        decider_stamp(d, event);
    }
    if (to == CORE_CONTACTED)
        return;
    /* Nothing is written of a closed lead but its outcome, which has to follow on ours then. */
    if (s->refusal_count > 0)
        d->synced_destination = CORE_NONE;
    emit_refusals(s);
    end_exceptions(s);
    struct core_event *event = decider_emit(
        d, to == CORE_QUALIFIED ? CORE_LEAD_QUALIFIED : CORE_LEAD_DISQUALIFIED, s->lead);
    event->outcome.reason =
        outbox_text(d, "changed in %s", core_destination_id(d->core, s->destination));
}

static int64_t status_us(const struct core_lead *lead)
{
    return later_us(later_us(lead->captured_us, lead->assigned_us),
                    lead->promises.reached_us[POLICY_CONTACTED]);
}

static void sync_status(struct syncing *s, const struct policy_sync_field *field,
                        struct bytes theirs)
{
    enum core_state to = CORE_CAPTURED;
    const bool known = parse_status(theirs, &to);
    const struct change change = {.field = field,
                                  .theirs = theirs,
                                  .ours =
                                      bytes_of(core_state_name((enum core_state)s->lead->state)),
                                  .ours_us = status_us(s->lead)};
    if (!counts(s, &change))
        return;
    const struct bytes reason =
        known ? obstacle(s, to)
              : BYTES_LITERAL("a status here is contacted, qualified or disqualified");
    if (reason.size > 0) {
        refuse(s, &change, reason);
        return;
    }
    emit(s, CORE_SYNC_APPLIED, &change);
    move_to(s, to);
}

/* ---- a closed lead: nothing of it changes any more */

static bool is_text(const struct core_sync_value *value)
{
    return value->given && value->value.kind == CEL_STRING && value->value.string.size > 0;
}

/* Of fields we no longer know what they were, so that only owner and status can be compared. */
static void sync_closed(struct syncing *s, const struct policy_sync *sync, uint64_t word)
{
    struct decider *d = s->d;
    const struct core_command *command = d->command;
    const struct closed closed = closed_unpack(word);
    const struct bytes status =
        bytes_of(core_state_name(closed.qualified ? CORE_QUALIFIED : CORE_DISQUALIFIED));
    for (size_t i = 0; i < command->sync.count; i++) {
        const struct policy_sync_field *field = &sync->fields[i];
        if (field->kind == POLICY_SYNC_FIELD || !is_text(&command->sync.values[i]))
            continue;
        struct change change = {
            .field = field, .theirs = command->sync.values[i].value.string, .ours = status};
        if (field->kind == POLICY_SYNC_OWNER) {
            uint32_t rep = find_rep(s, change.theirs);
            change.ours = rep_text(d->core, closed.rep);
            if (rep != CORE_NONE)
                change.theirs = rep_text(d->core, rep);
        }
        if (!bytes_equal(change.theirs, change.ours) && !is_echo(s, &change))
            refuse(s, &change,
                   outbox_text(d, "lead L%" PRIu64 " is closed (%.*s)", command->lead,
                               BYTES_ARG(status)));
    }
    d->out->lead = command->lead;
}

/* ---- */

static void sync_values(struct syncing *s, const struct policy_sync *sync,
                        enum policy_sync_kind kind, const struct cel_value *ours)
{
    const struct core_command *command = s->d->command;
    for (size_t i = 0; i < command->sync.count; i++) {
        const struct policy_sync_field *field = &sync->fields[i];
        const struct core_sync_value *value = &command->sync.values[i];
        if (field->kind != kind || !value->given)
            continue;
        if (kind == POLICY_SYNC_FIELD)
            sync_field(s, field, &value->value, ours);
        else if (is_text(value) && kind == POLICY_SYNC_OWNER)
            sync_owner(s, field, value->value.string);
        else if (is_text(value))
            sync_status(s, field, value->value.string);
    }
}

/* An outcome comes last: behind it nothing can change. */
static void sync_open(struct syncing *s, const struct policy_sync *sync)
{
    struct decider *d = s->d;
    struct arena *arena = d->command->sync.arena;
    struct cel_value *ours = arena_array(arena, s->schema->count + 1, sizeof *ours);
    s->news = arena_array(arena, s->schema->count + 1, sizeof *s->news);
    policy_record_unpack(s->schema, (struct bytes){s->lead->packed, s->lead->packed_size}, arena,
                         ours);
    memcpy(s->news, ours, s->schema->count * sizeof *ours);
    sync_values(s, sync, POLICY_SYNC_OWNER, ours);
    sync_values(s, sync, POLICY_SYNC_FIELD, ours);
    if (s->has_news)
        enrich_emit(d, s->lead, bytes_of(core_destination_id(d->core, s->destination)), s->news,
                    true, arena);
    sync_values(s, sync, POLICY_SYNC_STATUS, ours);
}

/* The two-way destination that the command is about; NULL: there is none, and it is refused. */
static const struct policy_sync *find_sync(struct syncing *s)
{
    struct decider *d = s->d;
    const struct bytes name = d->command->sync.destination;
    const uint32_t at = policy_destination_find(s->release, name);
    s->destination = core_destination_find(d->core, name);
    if (at != POLICY_NONE && s->destination != CORE_NONE &&
        core_destination_declared(d->core, s->destination) != NULL &&
        s->release->destinations[at].sync.field_count >= d->command->sync.count)
        return &s->release->destinations[at].sync;
    decider_refuse(d, CORE_NOT_FOUND,
                   "there is no two-way destination \"%.*s\" in the active release",
                   (int)(name.size > 64 ? 64 : name.size), name.data ? name.data : "");
    return NULL;
}

void sync_decide(struct decider *d)
{
    const struct core *core = d->core;
    const struct core_command *command = d->command;
    if (core->active == CORE_NONE) {
        decider_refuse(d, CORE_NO_POLICY, "no routing policy is active yet; activate a mesh first");
        return;
    }
    struct syncing s = {.d = d, .lead = lead_get(core, command->lead)};
    s.release = command->sync.release != NULL ? command->sync.release : core_release(core);
    const struct policy_sync *sync = find_sync(&s);
    if (sync == NULL)
        return;
    /* Behind what is on its way there, which would undo the change. */
    if (deliveries_pending(core, command->lead, s.destination) == NULL)
        d->synced_destination = s.destination;
    d->out->lead = command->lead;
    const uint64_t *closed = map_find(&core->closed, map_number_key(command->lead));
    if (s.lead != NULL) {
        s.schema = &core->releases[s.lead->release]->release->schema;
        sync_open(&s, sync);
    } else if (closed != NULL) {
        sync_closed(&s, sync, *closed);
    } else {
        decider_refuse(d, CORE_NOT_FOUND, "there is no lead L%" PRIu64, command->lead);
        return;
    }
    emit_refusals(&s);
    if (d->out->event_count == 0)
        d->out->status = CORE_UNCHANGED;
}
