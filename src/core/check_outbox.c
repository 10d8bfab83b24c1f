/* Deliveries, destinations and links as the digest and the invariants see them (check.c). */
#include "core/outbox_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- digest: deliveries and links in no order, as the sum of their hashes */

struct sum {
    const struct core *core;
    uint64_t words[4];
    uint64_t count;
    struct buffer text;
};

static void add_text(struct sum *sum)
{
    const struct bytes piece = buffer_bytes(&sum->text);
    struct hash256 hash = hash256_of(&piece, 1);
    uint64_t words[4];
    memcpy(words, hash.data, sizeof words);
    for (int i = 0; i < 4; i++)
        sum->words[i] += words[i];
    sum->count++;
    buffer_clear(&sum->text);
}

static void add_delivery(void *context, const struct core_delivery *view)
{
    struct sum *sum = context;
    buffer_printf(
        &sum->text, "%" PRIu64 " %" PRIu64 " %u %" PRId64 " %" PRId64 " %u %u %u %d %s|%s|%s %u",
        view->number, view->lead, view->attempts, view->since_us, view->due_us, view->state,
        view->purpose, view->step, view->digest, core_destination_id(sum->core, view->destination),
        view->target, view->owner, view->status);
    add_text(sum);
}

static void add_link(void *context, const struct core_link *view)
{
    struct sum *sum = context;
    buffer_printf(&sum->text, "%" PRIu64 " %s|%s", view->lead,
                  core_destination_id(sum->core, view->destination), view->external_id);
    for (uint32_t i = 0; i < view->value_count; i++)
        buffer_printf(&sum->text, "|%s %" PRIx64 " %" PRId64, view->values[i].name,
                      view->values[i].value, view->values[i].changed_us);
    add_text(sum);
}

static void print_sum(struct sum *sum, const char *name, struct buffer *text)
{
    buffer_printf(text, "%s %" PRIu64 " ", name, sum->count);
    buffer_append(text, sum->words, sizeof sum->words);
    buffer_release(&sum->text);
}

static int by_id(const void *a, const void *b)
{
    const struct destination *x = *(const struct destination *const *)a;
    const struct destination *y = *(const struct destination *const *)b;
    return strcmp(x->id, y->id);
}

/* One that left the policy without a trace is as good as unknown. */
static bool is_worth_telling(const struct core_destination *view)
{
    return view->present || view->last_seq != 0 || view->day_us != 0 || view->failures != 0 ||
           view->pending + view->failed > 0;
}

static void print_destination(const struct destination *destination, struct buffer *text)
{
    const struct core_destination *view = &destination->view;
    if (!is_worth_telling(view))
        return;
    buffer_printf(text,
                  "destination %s %d %d %d %d %u %u %" PRId64 " %" PRId64 " %" PRId64 " %u %" PRIu64
                  " %" PRIu64 " %" PRIu64 "\n",
                  destination->id, view->present, view->breaker, view->paused, view->disabled,
                  view->failures, view->openings, view->open_until_us, view->resumed_us,
                  view->day_us, view->attempts_today, view->last_seq, view->pending, view->failed);
}

void outbox_print(const struct core *core, struct buffer *text)
{
    const struct outbox *outbox = core->outbox;
    struct sum deliveries = {.core = core}, links = {.core = core};
    buffer_init(&deliveries.text, 64 * 1024);
    buffer_init(&links.text, 64 * 1024);
    core_deliveries_each(core, add_delivery, &deliveries);
    core_links_each(core, add_link, &links);
    print_sum(&deliveries, "deliveries", text);
    print_sum(&links, "links", text);
    const struct destination **sorted = core_allocate(outbox->destination_count, sizeof *sorted);
    for (uint32_t i = 0; i < outbox->destination_count; i++)
        sorted[i] = outbox->destinations[i];
    qsort(sorted, outbox->destination_count, sizeof *sorted, by_id);
    for (uint32_t i = 0; i < outbox->destination_count; i++)
        print_destination(sorted[i], text);
    free(sorted);
}

/* ---- invariants */

struct look {
    const struct core *core;
    char *text;
    size_t size;
    bool bad;
    uint64_t listed;
};

#define COMPLAIN(look, ...)                                    \
    do {                                                       \
        if (!(look)->bad)                                      \
            snprintf((look)->text, (look)->size, __VA_ARGS__); \
        (look)->bad = true;                                    \
    } while (0)

static bool is_at(const struct heap *heap, uint32_t position, const struct delivery *delivery)
{
    return position < heap->count && heap->items[position] == delivery;
}

/* One that is first in its lane, or in none: ready, or handed out, or kept back by one that is. */
static void check_offered(struct look *look, const struct delivery *delivery, bool ready)
{
    const struct delivery *at = delivery;
    while (at->ahead && !at->leased && at->next != NULL)
        at = at->next;
    if (ready == at->leased)
        COMPLAIN(look, "I8: delivery M%" PRIu64 " is %s", delivery->number,
                 ready ? "ready and under way at once" : "neither ready nor under way");
}

static void check_pending(struct look *look, const struct delivery *delivery)
{
    const struct outbox *outbox = look->core->outbox;
    const struct destination *destination = outbox->destinations[delivery->destination];
    bool ready = is_at(&destination->ready, delivery->ready_position, delivery);
    bool enriches = delivery->purpose == POLICY_ENRICH;
    bool closed = enriches && lead_get(look->core, delivery->lead) == NULL;
    bool lane = delivery->purpose == POLICY_DELIVER && delivery->lead != 0;
    bool first = !lane || delivery->previous->next == NULL;
    if (!is_at(&destination->waiting, delivery->time_position, delivery))
        COMPLAIN(look, "I8: delivery M%" PRIu64 " has no time in which it is to be done",
                 delivery->number);
    if (lane && !first && delivery->previous->number >= delivery->number)
        COMPLAIN(look, "I8: delivery M%" PRIu64 " is out of its lead's order", delivery->number);
    if (!closed && first)
        check_offered(look, delivery, ready);
    else if (ready)
        COMPLAIN(look, "I8: delivery M%" PRIu64 " is ready before its turn", delivery->number);
    if (closed != is_at(&outbox->discarded, delivery->aside_position, delivery) ||
        (enriches && !closed && delivery->digest) !=
            is_at(&destination->passable, delivery->aside_position, delivery))
        COMPLAIN(look, "I8: delivery M%" PRIu64 " is put aside where it does not belong",
                 delivery->number);
}

static void check_failed(struct look *look, const struct delivery *delivery)
{
    const struct destination *destination = look->core->outbox->destinations[delivery->destination];
    if (!is_at(&destination->failed, delivery->time_position, delivery) ||
        delivery->ready_position != HEAP_NONE || delivery->leased)
        COMPLAIN(look, "I8: delivery M%" PRIu64 " failed and is not among those that did",
                 delivery->number);
}

static void check_destination(struct look *look, uint32_t index)
{
    const struct destination *destination = look->core->outbox->destinations[index];
    const struct heap *heaps[] = {&destination->waiting, &destination->failed};
    uint64_t loose = 0;
    for (size_t h = 0; h < 2; h++)
        for (uint32_t i = 0; i < heaps[h]->count; i++) {
            const struct delivery *delivery = heaps[h]->items[i];
            bool failed = delivery->state == CORE_DELIVERY_IS_FAILED;
            if (delivery->destination != index || failed != (h == 1) ||
                delivery_get(look->core, delivery->number) != delivery)
                COMPLAIN(look, "I8: delivery M%" PRIu64 " is listed where it does not belong",
                         delivery->number);
            if (failed)
                check_failed(look, delivery);
            else
                check_pending(look, delivery);
            loose += failed && delivery_is_loose(look->core, delivery->lead, delivery->purpose);
        }
    look->listed += heaps[0]->count + heaps[1]->count;
    if (destination->view.pending != heaps[0]->count ||
        destination->view.failed != heaps[1]->count || destination->loose != loose)
        COMPLAIN(look, "I8: destination %s miscounts its deliveries", destination->id);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is written through the look */
const char *outbox_check(const struct core *core, char *text, size_t size)
{
    struct look look = {.core = core, .text = text, .size = size};
    for (uint32_t i = 0; i < core->outbox->destination_count; i++)
        check_destination(&look, i);
    if (look.listed != core->outbox->deliveries.count)
        COMPLAIN(&look, "I8: %zu deliveries are known, %" PRIu64 " listed",
                 core->outbox->deliveries.count, look.listed);
    return look.bad ? text : NULL;
}
