/* Sources, as far as they are not the release's alone: versions in use, the canary's window, what
 * their partners were told. The first part is shared with the view (I2). */
#include "core/internal.h"

#include <stdlib.h>

struct policy_rollout core_rollout_enrol(const struct policy_rollout *current,
                                         const struct policy_source *before,
                                         const struct policy_source *now)
{
    bool declared_anew =
        before == NULL || memcmp(&before->rollout, &now->rollout, sizeof now->rollout) != 0;
    bool gone = (current->active != 0 || now->contract_count > 0) &&
                policy_contract_find(now, current->active) == NULL;
    if (current->candidate != 0 && policy_contract_find(now, current->candidate) == NULL)
        gone = true;
    if (declared_anew || gone)
        return now->rollout;
    struct policy_rollout kept = *current;
    if (kept.previous != 0 && policy_contract_find(now, kept.previous) == NULL)
        kept.previous = 0;
    return kept;
}

static void set_rollout(struct core_source *source, const struct policy_rollout *rollout)
{
    if (memcmp(&source->rollout, rollout, sizeof *rollout) == 0)
        return;
    source->rollout = *rollout;
    source->window_end_us = 0;
    source->accepted = source->refused = 0;
}

void core_source_enrol(struct core_source *source, const struct policy_source *before,
                       const struct policy_source *now)
{
    const struct policy_rollout rollout = core_rollout_enrol(&source->rollout, before, now);
    set_rollout(source, &rollout);
}

bool source_is_canary(const struct core_source *source, uint32_t contract)
{
    return source->rollout.mode == POLICY_CANARY && contract != 0 &&
           contract == source->rollout.candidate;
}

void source_window(const struct core_source *source, int64_t now_us, uint32_t *ret_accepted,
                   uint32_t *ret_refused)
{
    bool over = now_us >= source->window_end_us;
    *ret_accepted = over ? 0 : source->accepted;
    *ret_refused = over ? 0 : source->refused;
}

static void count_record(struct core_source *source, const struct policy_source *declared,
                         uint32_t contract, bool refused, int64_t now_us)
{
    if (!source_is_canary(source, contract))
        return;
    ML_ASSERT(declared != NULL);
    source_window(source, now_us, &source->accepted, &source->refused);
    if (now_us >= source->window_end_us)
        source->window_end_us = now_us + declared->fall_back.window_us;
    if (refused)
        source->refused++;
    else
        source->accepted++;
}

void core_source_take(struct core_source *source, const struct policy_source *declared,
                      const struct core_event *event)
{
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED:
    case CORE_LEAD_TOUCHED:
        count_record(source, declared, event->captured.contract, false, event->time_us);
        break;
    case CORE_RECORD_REFUSED:
        count_record(source, declared, event->refused.contract, true, event->time_us);
        break;
    case CORE_SOURCE_SWITCHED: set_rollout(source, &event->switched.rollout); break;
    case CORE_NOTICE_DUE:
        source->notice_us = event->notice.next_us;
        source->last_notice_us = event->time_us;
        break;
    default: break;
    }
}

bool core_source_notifies(const struct policy_source *declared)
{
    return declared->notify.email_count > 0 ||
           (declared->notify.webhook != NULL && declared->notify.webhook[0] != '\0');
}

/* ---- the core's table of them */

static bool notice_before(const void *a, const void *b)
{
    const struct source *x = a, *y = b;
    return x->view.notice_us != y->view.notice_us ? x->view.notice_us < y->view.notice_us
                                                  : strcmp(x->id, y->id) < 0;
}

static uint32_t *notice_position(void *item)
{
    return &((struct source *)item)->notice_position;
}

static const struct heap_operations notice_order = {notice_before, notice_position};

void sources_init(struct core *core)
{
    core->sources = core_allocate(CORE_SOURCES_MAX, sizeof(struct source *));
    heap_init(&core->notices, &notice_order);
}

static void free_violation(struct violation *violation)
{
    free(violation->kind);
    free(violation->message);
    free(violation);
}

static void forget_violations(struct source *source)
{
    for (size_t i = 0; i < source->violation_count; i++)
        free_violation(source->violations[i]);
    source->violation_count = 0;
}

void sources_release(struct core *core)
{
    for (uint32_t i = 0; i < core->source_count; i++) {
        forget_violations(core->sources[i]);
        free(core->sources[i]->id);
        free(core->sources[i]);
    }
    free(core->sources);
    heap_release(&core->notices);
    map_release(&core->source_index);
}

uint32_t source_intern(struct core *core, struct bytes id)
{
    uint32_t index = core_source_find(core, id);
    if (index != CORE_NONE)
        return index;
    if (core->source_count == CORE_SOURCES_MAX)
        panic("more than %d sources over the journal's life", CORE_SOURCES_MAX);
    struct source *source = core_allocate(1, sizeof *source);
    source->id = copy_string(id);
    source->view.id = source->id;
    source->notice_position = HEAP_NONE;
    index = core->source_count++;
    core->sources[index] = source;
    map_put(&core->source_index, hash128_of(&id, 1), index);
    return index;
}

void sources_activate(struct core *core, const struct release *before, const struct release *now)
{
    for (uint32_t i = 0; i < core->source_count; i++)
        core->sources[i]->view.present = false;
    for (uint32_t i = 0; i < now->release->source_count; i++) {
        const struct policy_source *declared = &now->release->sources[i];
        struct core_source *view = &core->sources[now->sources[i]]->view;
        uint32_t old = before != NULL
                           ? policy_source_find(before->release, bytes_of(declared->name))
                           : POLICY_NONE;
        view->present = true;
        core_source_enrol(view, old != POLICY_NONE ? &before->release->sources[old] : NULL,
                          declared);
    }
    core->rollouts_changed++;
}

void source_set_timer(struct core *core, struct source *source)
{
    if (source->view.notice_us == 0)
        heap_remove(&core->notices, source);
    else if (source->notice_position == HEAP_NONE)
        heap_insert(&core->notices, source);
    else
        heap_update(&core->notices, source);
}

/* ---- what partners are told of */

struct violation *source_violation(const struct source *source, uint32_t contract,
                                   struct bytes kind)
{
    for (size_t i = 0; i < source->violation_count; i++)
        if (source->violations[i]->view.item.contract == contract &&
            bytes_equal(source->violations[i]->view.item.violation, kind))
            return source->violations[i];
    return NULL;
}

struct violation *source_violation_counted(const struct source *source, uint32_t *contract,
                                           struct bytes *kind)
{
    struct violation *found = source_violation(source, *contract, *kind);
    if (found != NULL || source->violation_count < CORE_VIOLATIONS_MAX - 1)
        return found;
    *contract = 0;
    *kind = BYTES_LITERAL(CORE_VIOLATION_OTHER);
    return source_violation(source, *contract, *kind);
}

static void set_message(struct violation *violation, struct bytes message)
{
    char *copy = copy_string(message);
    free(violation->message);
    violation->message = copy;
    violation->view.item.message = (struct bytes){copy, message.size};
}

static struct violation *violation_add(struct source *source, uint32_t contract, struct bytes kind)
{
    ML_ASSERT(source->violation_count < CORE_VIOLATIONS_MAX);
    struct violation *violation = core_allocate(1, sizeof *violation);
    violation->kind = copy_string(kind);
    violation->view.item.contract = contract;
    violation->view.item.violation = (struct bytes){violation->kind, kind.size};
    set_message(violation, (struct bytes){0});
    source->violations[source->violation_count++] = violation;
    return violation;
}

void source_violation_load(struct source *source, const struct core_violation *from)
{
    struct violation *violation = violation_add(source, from->item.contract, from->item.violation);
    violation->view.first_us = from->first_us;
    violation->view.last_us = from->last_us;
    violation->view.item.count = from->item.count;
    memcpy(violation->view.item.examples, from->item.examples, sizeof from->item.examples);
    set_message(violation, from->item.message);
}

void source_count_violation(struct source *source, const struct core_event *event)
{
    uint32_t contract = event->refused.contract;
    struct bytes kind = event->refused.violation;
    struct violation *violation = source_violation_counted(source, &contract, &kind);
    if (violation == NULL) {
        violation = violation_add(source, contract, kind);
        violation->view.first_us = event->time_us;
    }
    struct core_notice_item *item = &violation->view.item;
    memmove(&item->examples[1], item->examples, sizeof item->examples - sizeof *item->examples);
    item->examples[0] = event->dead_letter;
    item->count++;
    violation->view.last_us = event->time_us;
    set_message(violation, event->refused.message);
}

static void forget_quiet_violations(struct source *source)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->violation_count; i++) {
        struct violation *violation = source->violations[i];
        if (violation->view.item.count == 0) {
            free_violation(violation);
            continue;
        }
        violation->view.item.count = 0;
        source->violations[kept++] = violation;
    }
    source->violation_count = kept;
}

void source_take_notice(struct core *core, const struct core_event *event)
{
    struct source *source = core->sources[event->notice.source];
    if (!event->notice.digest) {
        ML_ASSERT(event->notice.item_count == 1);
        const struct core_notice_item *item = event->notice.items;
        struct violation *violation = source_violation(source, item->contract, item->violation);
        ML_ASSERT(violation != NULL);
        violation->view.item.count = 0;
    } else if (event->notice.next_us == 0) {
        forget_violations(source);
    } else {
        forget_quiet_violations(source);
    }
    core_source_take(&source->view, NULL, event);
    source_set_timer(core, source);
}

/* ---- looking */

uint32_t core_source_count(const struct core *core)
{
    return core->source_count;
}

const struct core_source *core_source_at(const struct core *core, uint32_t source)
{
    return &core->sources[source]->view;
}

const char *core_source_id(const struct core *core, uint32_t source)
{
    return core->sources[source]->id;
}

uint32_t core_source_find(const struct core *core, struct bytes id)
{
    const uint64_t *found = map_find(&core->source_index, hash128_of(&id, 1));
    return found != NULL ? (uint32_t)*found : CORE_NONE;
}

uint64_t core_rollouts_changed(const struct core *core)
{
    return core->rollouts_changed;
}

size_t core_violation_count(const struct core *core, uint32_t source)
{
    return core->sources[source]->violation_count;
}

const struct core_violation *core_violation_at(const struct core *core, uint32_t source,
                                               size_t index)
{
    return &core->sources[source]->violations[index]->view;
}
