/* What is decided about records that broke their contract, and about the versions of contracts:
 * dead letters and their ends, the canary that is given up, whom to tell. */
#include "core/decider.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARE_ALL = 10000, NAME_SHOWN_MAX = 40 };

static int shown(struct bytes name)
{
    return (int)(name.size > NAME_SHOWN_MAX ? NAME_SHOWN_MAX : name.size);
}

/* ---- the same record again */

static void repeat(struct decider *d, uint64_t lead, uint64_t dead_letter, uint64_t seq)
{
    d->out->status = CORE_REPEATED;
    d->out->lead = lead;
    d->out->dead_letter = dead_letter;
    d->out->seq = seq;
}

static void refuse_key(struct decider *d, const struct idempotency *earlier)
{
    decider_refuse(d, CORE_KEY_REUSED,
                   "this Idempotency-Key was used for other content (journal seq %" PRIu64
                   "); use a new key for a new request",
                   earlier->seq);
}

static bool is_of_source(const struct decider *d, const struct dead_letter *letter)
{
    const struct core_command *command = d->command;
    const struct policy_source *source =
        command->type == CORE_SUBMIT ? &command->submit.release->sources[command->submit.source]
                                     : &command->refuse.release->sources[command->refuse.source];
    return strcmp(source->name, d->core->sources[letter->view.source]->id) == 0;
}

/* The key that the letter's record came under, while keys of that time are remembered: afterwards
 * it may have been used for something else, and a core that was loaded does not know it any more.
 */
static struct hash128 letter_key(const struct decider *d)
{
    bool remembered = d->letter->view.captured_us > d->command->time_us - CORE_IDEMPOTENCY_US;
    return remembered ? d->letter->key : (struct hash128){0};
}

/* A replay is asked for: that its dead letter is open is what makes it happen once. */
static bool is_replayed_before(struct decider *d, const struct idempotency *earlier)
{
    const struct core_command *command = d->command;
    bool same = earlier != NULL && earlier->fingerprint == command->fingerprint;
    d->letter = dead_letter_get(d->core, command->dead_letter);
    if (d->letter == NULL) {
        if (same)
            repeat(d, earlier->lead, command->dead_letter, earlier->seq);
        else
            decider_refuse(d, CORE_NOT_FOUND,
                           "there is no open dead letter D%" PRIu64
                           ": it never was, or it was replayed or discarded before",
                           command->dead_letter);
        return true;
    }
    if (earlier == NULL) {
        earlier = idempotency_find(d->core, letter_key(d), command->time_us);
        same = true;
    }
    if (command->type == CORE_REFUSE || earlier == NULL || earlier->lead == 0)
        return false;
    if (!same) {
        refuse_key(d, earlier);
        return true;
    }
    d->known = earlier->lead; /* came in under the same key meanwhile: not a second lead */
    return false;
}

/* The key stands for a lead. */
static bool is_known(struct decider *d, const struct idempotency *earlier, bool same)
{
    const struct core_command *command = d->command;
    if (same || (command->key_of_record && command->type == CORE_SUBMIT)) {
        repeat(d, earlier->lead, 0, earlier->seq);
        return true;
    }
    if (!command->key_of_record) {
        refuse_key(d, earlier);
        return true;
    }
    d->unkeyed = true; /* news of the record that are broken: kept, for a person to look at */
    return false;
}

/* The key stands for a dead letter that is no longer open, or is another source's (`letter`). Who
 * sends again what was discarded is told so; anything else is looked at anew. */
static bool is_over(struct decider *d, const struct idempotency *earlier,
                    const struct dead_letter *letter, bool same)
{
    if (letter != NULL)
        refuse_key(d, earlier);
    else if (same && d->command->type == CORE_REFUSE)
        repeat(d, 0, earlier->seq, earlier->seq);
    else
        return false;
    return true;
}

bool edge_is_repeated(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct idempotency *earlier =
        idempotency_find(d->core, command->idempotency, command->time_us);
    if (command->dead_letter != 0)
        return is_replayed_before(d, earlier);
    if (earlier == NULL)
        return false;
    bool same = earlier->fingerprint == command->fingerprint;
    const struct dead_letter *letter =
        earlier->lead == 0 ? dead_letter_get(d->core, earlier->seq) : NULL;
    if (letter != NULL && is_of_source(d, letter)) {
        if (command->type == CORE_SUBMIT)
            d->letter = letter; /* mended: by the sender, or by us */
        else if (same)
            repeat(d, 0, earlier->seq, earlier->seq);
        return command->type == CORE_REFUSE && same;
    }
    return earlier->lead != 0 ? is_known(d, earlier, same) : is_over(d, earlier, letter, same);
}

void edge_stamp(struct decider *d)
{
    const struct core_command *command = d->command;
    struct core_event *event = &d->out->events[d->out->event_count - 1];
    if (command->type == CORE_REFUSE) {
        event = &d->out->events[0]; /* whose seq is the dead letter's number */
        if (event->type == CORE_RECORD_RETRIED)
            return; /* the key goes on standing for the dead letter */
    }
    if (d->unkeyed)
        return;
    event->idempotency = command->idempotency;
    event->fingerprint = command->fingerprint;
    if (d->letter == NULL)
        return;
    /* The key that the record came under stands for the lead from now on. */
    const struct idempotency *own = idempotency_find(d->core, letter_key(d), command->time_us);
    if (own != NULL && own->seq == d->letter->view.number &&
        !hash128_equal(own->key, command->idempotency)) {
        event->idempotency = own->key;
        event->fingerprint = own->fingerprint;
    }
}

/* ---- refused records */

/* At most `max` bytes, without half a character at the end. The journal is JSON: what is no UTF-8
 * is left out rather than written. */
static struct bytes cut(struct bytes text, size_t max)
{
    if (!bytes_is_utf8(text))
        return (struct bytes){0};
    if (text.size <= max)
        return text;
    text.size = max;
    while (text.size > 0 && ((unsigned char)text.data[text.size] & 0xc0) == 0x80)
        text.size--;
    return text;
}

static void fill_refused(struct decider *d, struct core_event *event, uint32_t source)
{
    const struct core_command *command = d->command;
    const struct core *core = d->core;
    const struct release *active = core->releases[core->active];
    event->refused.release = core->active;
    event->refused.source = source;
    event->refused.contract = command->refuse.contract;
    event->refused.canary =
        source_is_canary(&core->sources[active->sources[source]]->view, command->refuse.contract);
    event->refused.violation = cut(command->refuse.violation, CORE_VIOLATION_TEXT_MAX);
    event->refused.message = cut(command->refuse.message, CORE_TEXT_MAX);
    event->refused.errors = command->refuse.errors;
    event->refused.shadow = command->refuse.shadow;
}

static void add_target(struct core_event *event, struct core_decision *out, struct bytes target)
{
    out->targets[event->notice.target_count++] = target;
    event->notice.targets = out->targets;
}

static void add_emails(struct core_event *event, struct core_decision *out,
                       const struct policy_notify *notify)
{
    size_t used = 0;
    for (size_t i = 0; i < notify->email_count && i < POLICY_NOTIFY_EMAILS_MAX; i++) {
        size_t room = sizeof out->target_text - used;
        char *at = out->target_text + used;
        int size = snprintf(at, room, "mailto:%s", notify->emails[i]);
        if ((size_t)size >= room)
            return; /* no addresses of this world */
        add_target(event, out, (struct bytes){at, (size_t)size});
        used += (size_t)size + 1;
    }
}

static struct core_event *emit_notice(struct decider *d, const struct source *source,
                                      const struct policy_notify *notify)
{
    struct core_event *event = decider_emit(d, CORE_NOTICE_DUE, NULL);
    event->notice.source = core_source_find(d->core, bytes_of(source->id));
    event->notice.items = d->out->items;
    if (notify == NULL)
        return event;
    if (notify->webhook != NULL && notify->webhook[0] != '\0')
        add_target(event, d->out, bytes_of(notify->webhook));
    add_emails(event, d->out, notify);
    return event;
}

/* Partners hear at once of a kind of violation that is new; of more of the same by a digest. */
static void notice_first(struct decider *d, const struct core_event *refused,
                         const struct source *source, const struct policy_source *declared)
{
    uint32_t contract = refused->refused.contract;
    struct bytes kind = refused->refused.violation;
    if (!core_source_notifies(declared) ||
        source_violation_counted(source, &contract, &kind) != NULL)
        return;
    struct core_event *event = emit_notice(d, source, &declared->notify);
    d->out->items[0] = (struct core_notice_item){.contract = contract,
                                                 .violation = kind,
                                                 .message = refused->refused.message,
                                                 .count = 1,
                                                 .examples = {refused->dead_letter}};
    event->notice.item_count = 1;
    event->notice.total = 1;
    event->notice.since_us = d->command->time_us;
    event->notice.next_us = source->view.notice_us != 0
                                ? source->view.notice_us
                                : d->command->time_us + declared->notify.every_us;
}

/* The candidate is given up when too many of its records broke it. */
static void fall_back(struct decider *d, const struct source *source,
                      const struct policy_source *declared)
{
    const struct policy_fall_back *limit = &declared->fall_back;
    uint32_t accepted, refused;
    source_window(&source->view, d->command->time_us, &accepted, &refused);
    refused++;
    uint64_t records = (uint64_t)accepted + refused;
    if (limit->violations == 0 || records < limit->records ||
        (uint64_t)refused * SHARE_ALL < limit->violations * records)
        return;
    struct core_event *event = decider_emit(d, CORE_SOURCE_SWITCHED, NULL);
    event->switched.source = core_source_find(d->core, bytes_of(source->id));
    event->switched.cause = CORE_SWITCH_FELL_BACK;
    event->switched.rollout = (struct policy_rollout){.active = source->view.rollout.active,
                                                      .previous = source->view.rollout.previous};
    event->switched.accepted = accepted;
    event->switched.refused = refused;
}

static void emit_refused(struct decider *d, uint32_t index)
{
    const struct core_command *command = d->command;
    const struct release *active = d->core->releases[d->core->active];
    const struct policy_source *declared = &active->release->sources[index];
    const struct source *source = d->core->sources[active->sources[index]];
    struct core_event *event = decider_emit(d, CORE_RECORD_REFUSED, NULL);
    event->dead_letter = event->seq;
    fill_refused(d, event, index);
    event->refused.media_type = cut(command->refuse.media_type, CORE_TEXT_MAX);
    event->refused.headers = command->refuse.headers;
    event->refused.payload = command->refuse.payload;
    notice_first(d, event, source, declared);
    if (event->refused.canary)
        fall_back(d, source, declared);
    d->out->seq = event->seq;
    d->out->dead_letter = event->dead_letter;
}

void edge_decide_refuse(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct policy_release *active = core_release(d->core);
    const struct policy_release *given = command->refuse.release;
    if (active == NULL) {
        decider_refuse(d, CORE_NO_POLICY, "no routing policy is active yet; activate a mesh first");
        return;
    }
    uint32_t source = command->refuse.source;
    if (given != active)
        source = policy_source_find(active, bytes_of(given->sources[source].name));
    if (source == POLICY_NONE) {
        decider_refuse(d, CORE_INVALID, "the source was removed by a newer release; ask its owner");
        return;
    }
    if (d->letter == NULL) {
        emit_refused(d, source);
        return;
    }
    struct core_event *event = decider_emit(d, CORE_RECORD_RETRIED, NULL);
    event->dead_letter = d->letter->view.number;
    event->previous = d->letter->view.last_seq;
    fill_refused(d, event, source);
    d->out->dead_letter = event->dead_letter;
}

/* ---- discarded records */

static void emit_discarded(struct decider *d, const struct dead_letter *letter, struct bytes reason)
{
    struct core_event *event = decider_emit(d, CORE_RECORD_DISCARDED, NULL);
    event->dead_letter = letter->view.number;
    event->previous = letter->view.last_seq;
    event->discarded.reason = reason;
    d->out->dead_letter = event->dead_letter;
}

void edge_decide_discard(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct dead_letter *letter = dead_letter_get(d->core, command->dead_letter);
    if (letter == NULL)
        decider_refuse(d, CORE_NOT_FOUND,
                       "there is no open dead letter D%" PRIu64
                       ": it never was, or it was replayed or discarded before",
                       command->dead_letter);
    else if (command->discard.reason.size == 0)
        decider_refuse(d, CORE_INVALID, "discarding a dead letter needs a `reason`");
    else if (decider_text_fits(d, "reason", command->discard.reason))
        emit_discarded(d, letter, command->discard.reason);
}

void edge_decide_expiry(struct decider *d, const struct dead_letter *letter)
{
    emit_discarded(d, letter, BYTES_LITERAL("expired"));
}

/* ---- versions */

/* The version asked for, when it is one of the source's and not the one in force. */
static bool version_fits(struct decider *d, const struct policy_source *declared, uint32_t version,
                         uint32_t active)
{
    if (policy_contract_find(declared, version) == NULL) {
        decider_refuse(d, CORE_INVALID, "source \"%.*s\" has no contract version %" PRIu32,
                       NAME_SHOWN_MAX, declared->name, version);
        return false;
    }
    if (version == active) {
        decider_refuse(d, CORE_INVALID,
                       "version %" PRIu32 " is the active one of source \"%.*s\" already", version,
                       NAME_SHOWN_MAX, declared->name);
        return false;
    }
    return true;
}

static bool decide_candidate(struct decider *d, const struct policy_source *declared,
                             struct policy_rollout *rollout)
{
    const struct core_command *command = d->command;
    bool canary = command->switch_.cause == CORE_SWITCH_CANARY;
    if (canary && (command->switch_.share < 1 || command->switch_.share > SHARE_ALL)) {
        decider_refuse(d, CORE_INVALID, "the share of a canary must be from 0.01 to 100 percent");
        return false;
    }
    if (!version_fits(d, declared, command->switch_.version, rollout->active))
        return false;
    rollout->candidate = command->switch_.version;
    rollout->mode = canary ? POLICY_CANARY : POLICY_SHADOW;
    rollout->share = canary ? command->switch_.share : 0;
    return true;
}

static void drop_candidate(struct policy_rollout *rollout)
{
    rollout->candidate = rollout->share = 0;
    rollout->mode = POLICY_NO_CANDIDATE;
}

static bool decide_promotion(struct decider *d, const struct policy_source *declared,
                             struct policy_rollout *rollout)
{
    uint32_t version = d->command->switch_.version;
    if (version == 0)
        version = rollout->candidate;
    if (version == 0) {
        decider_refuse(d, CORE_WRONG_STATE,
                       "source \"%.*s\" has no candidate; name the version to promote",
                       NAME_SHOWN_MAX, declared->name);
        return false;
    }
    if (version == rollout->active && rollout->candidate == 0)
        return true; /* done before */
    if (!version_fits(d, declared, version, rollout->active))
        return false;
    rollout->previous = rollout->active;
    rollout->active = version;
    drop_candidate(rollout);
    return true;
}

static bool decide_roll_back(struct decider *d, const struct policy_source *declared,
                             struct policy_rollout *rollout)
{
    if (rollout->candidate != 0) {
        drop_candidate(rollout);
        return true;
    }
    if (rollout->previous == 0) {
        decider_refuse(d, CORE_WRONG_STATE,
                       "source \"%.*s\" has neither a candidate nor a version that was active "
                       "before: there is nothing to go back to",
                       NAME_SHOWN_MAX, declared->name);
        return false;
    }
    rollout->active = rollout->previous;
    rollout->previous = 0;
    return true;
}

/* False: refused. */
static bool decide_rollout(struct decider *d, const struct policy_source *declared,
                           struct policy_rollout *rollout)
{
    if (declared->contract_count == 0) {
        decider_refuse(d, CORE_INVALID, "source \"%.*s\" has no contract, so it has no versions",
                       NAME_SHOWN_MAX, declared->name);
        return false;
    }
    switch (d->command->switch_.cause) {
    case CORE_SWITCH_SHADOW:
    case CORE_SWITCH_CANARY: return decide_candidate(d, declared, rollout);
    case CORE_SWITCH_PROMOTED: return decide_promotion(d, declared, rollout);
    case CORE_SWITCH_ROLLED_BACK: return decide_roll_back(d, declared, rollout);
    case CORE_SWITCH_STOPPED: drop_candidate(rollout); return true;
    default: decider_refuse(d, CORE_INVALID, "only the engine itself falls back"); return false;
    }
}

void edge_decide_switch(struct decider *d)
{
    const struct core_command *command = d->command;
    struct bytes name = command->switch_.source;
    const struct policy_release *active = core_release(d->core);
    uint32_t declared = active != NULL ? policy_source_find(active, name) : POLICY_NONE;
    if (declared == POLICY_NONE) {
        decider_refuse(d, CORE_NOT_FOUND, "there is no source \"%.*s\" in the active release",
                       shown(name), name.data ? name.data : "");
        return;
    }
    if (!decider_text_fits(d, "note", command->switch_.note))
        return;
    uint32_t source = core_source_find(d->core, name);
    const struct policy_rollout *before = &d->core->sources[source]->view.rollout;
    struct policy_rollout rollout = *before;
    if (!decide_rollout(d, &active->sources[declared], &rollout))
        return;
    if (memcmp(&rollout, before, sizeof rollout) == 0) {
        d->out->status = CORE_UNCHANGED;
        return;
    }
    struct core_event *event = decider_emit(d, CORE_SOURCE_SWITCHED, NULL);
    event->switched.source = source;
    event->switched.cause = command->switch_.cause;
    event->switched.rollout = rollout;
    event->switched.note = command->switch_.note;
}

/* ---- digests */

/* Most frequent first, and by what they are, not by when they came: that is not kept. */
static int by_count(const void *a, const void *b)
{
    const struct core_notice_item *x = *(const struct core_notice_item *const *)a;
    const struct core_notice_item *y = *(const struct core_notice_item *const *)b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->contract != y->contract)
        return x->contract < y->contract ? -1 : 1;
    size_t common = x->violation.size < y->violation.size ? x->violation.size : y->violation.size;
    int order = common > 0 ? memcmp(x->violation.data, y->violation.data, common) : 0;
    if (order == 0 && x->violation.size != y->violation.size)
        return x->violation.size < y->violation.size ? -1 : 1;
    return order;
}

static void fill_digest(struct decider *d, struct core_event *event, const struct source *source)
{
    const struct core_notice_item *counted[CORE_VIOLATIONS_MAX];
    uint32_t count = 0;
    for (size_t i = 0; i < source->violation_count; i++) {
        const struct core_notice_item *item = &source->violations[i]->view.item;
        if (item->count == 0)
            continue;
        counted[count++] = item;
        event->notice.total += item->count;
    }
    if (count > 0)
        qsort(counted, count, sizeof *counted, by_count);
    event->notice.item_count = count < CORE_NOTICE_ITEMS_MAX ? count : CORE_NOTICE_ITEMS_MAX;
    event->notice.more = count - event->notice.item_count;
    for (uint32_t i = 0; i < event->notice.item_count; i++)
        d->out->items[i] = *counted[i];
}

void edge_decide_digest(struct decider *d, const struct source *source)
{
    const struct policy_release *active = core_release(d->core);
    uint32_t index = policy_source_find(active, bytes_of(source->id));
    const struct policy_source *declared = index != POLICY_NONE ? &active->sources[index] : NULL;
    bool waiting = false;
    for (size_t i = 0; i < source->violation_count; i++)
        waiting = waiting || source->violations[i]->view.item.count > 0;
    if (declared == NULL || !core_source_notifies(declared) || !waiting) {
        emit_notice(d, source, NULL)->notice.digest = true; /* tells nobody, and forgets */
        return;
    }
    struct core_event *event = emit_notice(d, source, &declared->notify);
    event->notice.digest = true;
    event->notice.since_us = source->view.notice_us - declared->notify.every_us;
    event->notice.next_us = d->command->time_us + declared->notify.every_us;
    fill_digest(d, event, source);
}
