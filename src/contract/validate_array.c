/* The keywords that look at lists. */
#include "contract/internal.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FEW_ITEMS = 16 };

static bool check_item(struct run *run, const struct frame *frame, const struct node *node,
                       const char *keyword, uint32_t at)
{
    struct frame inside = frame_inside(frame, node, &frame->value->items[at], keyword);
    inside.item = at;
    if (at < frame->node->array->prefix_count && keyword == frame->node->array->prefix_keyword)
        inside.index = at;
    return contract_evaluate(run, &inside, NULL);
}

static bool check_items(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct array_rules *rules = frame->node->array;
    bool good = true;
    for (uint32_t i = 0; i < frame->value->count; i++) {
        bool prefix = i < rules->prefix_count;
        if (!prefix && rules->rest == NULL)
            break;
        marks_set(marks, i);
        const struct node *node = prefix ? rules->prefix[i] : rules->rest;
        if (node->anything)
            continue;
        good &=
            check_item(run, frame, node, prefix ? rules->prefix_keyword : rules->rest_keyword, i);
        if (contract_run_stops(run, good))
            return false;
    }
    return good;
}

/* ---- contains */

static bool check_contains(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct array_rules *rules = frame->node->array;
    uint64_t found = 0;
    struct reporter *reporter = run->reporter;
    for (uint32_t i = 0; i < frame->value->count; i++) {
        run->reporter = NULL; /* an item of another kind is no fault */
        bool matches = check_item(run, frame, rules->contains, "contains", i);
        if (run->broken)
            return false;
        found += matches;
        if (matches)
            marks_set(marks, i);
    }
    run->reporter = reporter;
    if (found < rules->contains_min)
        return FAULT(run, frame,
                     rules->contains_min == 1 && found == 0 ? "contains" : "minContains",
                     "must have at least %" PRIu64 " item%s of a kind that \"contains\" asks for, "
                     "has %" PRIu64,
                     rules->contains_min, rules->contains_min == 1 ? "" : "s", found);
    if (found > rules->contains_max)
        return FAULT(run, frame, "maxContains",
                     "must have at most %" PRIu64
                     " item%s of the kind in \"contains\", has %" PRIu64,
                     rules->contains_max, rules->contains_max == 1 ? "" : "s", found);
    return true;
}

/* ---- uniqueItems */

struct hashed {
    uint64_t hash;
    uint32_t item;
};

static int compare_hashed(const void *a, const void *b)
{
    const struct hashed *left = a, *right = b;
    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return left->item < right->item ? -1 : left->item > right->item;
}

static bool are_twins(struct run *run, const struct frame *frame, uint32_t a, uint32_t b)
{
    const struct contract_instance *items = frame->value->items;
    if (!contract_run_spend(run, frame, 1) || !contract_instance_equal(&items[a], &items[b]))
        return false;
    FAULT(run, frame, "uniqueItems",
          "must not have the same item twice: items %u and %u are equal%s", a < b ? a : b,
          a < b ? b : a, contract_got(run, &items[a]));
    return true;
}

/* Sorts by hash, so that equal ones stand together. */
static bool are_many_unique(struct run *run, const struct frame *frame)
{
    uint32_t count = frame->value->count;
    struct hashed *hashes = arena_alloc(&run->scratch->arena, count * sizeof *hashes);
    for (uint32_t i = 0; i < count; i++)
        hashes[i] = (struct hashed){contract_instance_hash(&frame->value->items[i]), i};
    qsort(hashes, count, sizeof *hashes, compare_hashed);
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = i; j-- > 0 && hashes[j].hash == hashes[i].hash;)
            if (are_twins(run, frame, hashes[j].item, hashes[i].item) || run->broken)
                return false;
    return true;
}

static bool are_unique(struct run *run, const struct frame *frame)
{
    uint32_t count = frame->value->count;
    if (!contract_run_spend(run, frame, count))
        return false;
    if (count > FEW_ITEMS)
        return are_many_unique(run, frame);
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (are_twins(run, frame, j, i) || run->broken)
                return false;
    return true;
}

/* ---- all of them */

bool contract_evaluate_array(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct array_rules *rules = frame->node->array;
    const struct contract_instance *value = frame->value;
    bool good = true;
    if (value->count < rules->count_min)
        good = FAULT(run, frame, "minItems", "must have at least %" PRIu64 " item%s, has %u",
                     rules->count_min, rules->count_min == 1 ? "" : "s", value->count);
    if (value->count > rules->count_max)
        good = FAULT(run, frame, "maxItems", "must have at most %" PRIu64 " item%s, has %u",
                     rules->count_max, rules->count_max == 1 ? "" : "s", value->count);
    if (contract_run_stops(run, good))
        return false;
    if (rules->prefix_count > 0 || rules->rest != NULL)
        good &= check_items(run, frame, marks);
    if (rules->contains != NULL && !contract_run_stops(run, good))
        good &= check_contains(run, frame, marks);
    if (rules->unique && !contract_run_stops(run, good))
        good &= are_unique(run, frame);
    return good;
}
