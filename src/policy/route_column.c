/* The sets of one indexed field. Values that lists name share the set of what no list names and
 * differ from it in a few words, or have a set of their own when they differ in many. Numbers that
 * ranges divide have one set for each region between their bounds. A set may admit too much, where
 * memory would not suffice, and never too little. */
#include "policy/route_column.h"

#include "base/map.h"
#include "base/text_hash.h"

#include <math.h>
#include <stdlib.h>

enum {
    WORD_BITS = 64,
    DENSE_SHARE = 4, /* flips in one word of four take more memory than the whole set */
};

/* ---- values as keys */

static bool is_number(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT || value->kind == CEL_DOUBLE;
}

static double as_double(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_INT: return (double)value->integer;
    case CEL_UINT: return (double)value->uinteger;
    default: return value->number;
    }
}

static inline bool same_string(struct bytes a, struct bytes b)
{
    if (a.size != b.size)
        return false;
    if (a.size <= sizeof(uint64_t))
        return text_short_word(a) == text_short_word(b);
    size_t last = a.size - sizeof(uint64_t);
    for (size_t i = 0; i < last; i += sizeof(uint64_t))
        if (text_word(a.data + i) != text_word(b.data + i))
            return false;
    return text_word(a.data + last) == text_word(b.data + last);
}

/* Equal numbers have one hash whatever their kind. */
static inline uint64_t hash_value(const struct cel_value *value)
{
    if (value->kind == CEL_STRING || value->kind == CEL_BYTES)
        return text_hash(value->string);
    if (value->kind == CEL_BOOL)
        return text_hash_mix(CEL_BOOL, value->boolean);
    if (!is_number(value))
        return text_hash_mix(CEL_NULL, 0);
    uint64_t bits;
    double number = as_double(value) + 0.0; /* no negative zero */
    memcpy(&bits, &number, sizeof bits);
    return text_hash_mix(CEL_DOUBLE, bits);
}

static inline bool same_value(const struct cel_value *a, const struct cel_value *b)
{
    if (a->kind != b->kind)
        return is_number(a) && is_number(b) && as_double(a) == as_double(b);
    switch (a->kind) {
    case CEL_NULL: return true;
    case CEL_BOOL: return a->boolean == b->boolean;
    case CEL_STRING:
    case CEL_BYTES: return same_string(a->string, b->string);
    case CEL_INT: return a->integer == b->integer;
    case CEL_UINT: return a->uinteger == b->uinteger;
    case CEL_DOUBLE: return a->number == b->number;
    default: return false;
    }
}

/* ---- the column in the making */

/* A list of values and the bits that ask for it: often many ask for the same one. */
struct list {
    const struct cel_predicate *predicate; /* one of them */
    uint32_t member_count;
    uint32_t *members;
};

struct posting {
    uint32_t value;
    uint32_t list;
};

struct distinct {
    uint64_t hash;
    const struct cel_value *value;
    uint32_t postings; /* how many, then where the first one is */
};

struct making {
    struct policy_route_column *column;
    const struct policy_route_use *uses;
    uint32_t use_count;
    struct policy_route_budget *budget;
    struct arena *arena;
    struct arena work;
    uint64_t *present;
    uint64_t *loose; /* what no value can go beyond; NULL until it is needed */
    struct list *lists;
    uint32_t list_count;
    struct posting *postings;
    uint32_t posting_count;
    struct distinct *values;
    uint32_t value_count;
    uint32_t value_room;
    uint32_t *table; /* of values by hash, 0 is free, 1 the first one */
    uint64_t table_mask;
    uint64_t *delta;   /* the flips of the set being made, by word */
    uint32_t *touched; /* its words that have some */
    uint32_t touched_count;
    struct map sets; /* made so far, by the lists of the value */
};

static void set_bit(uint64_t *set, uint32_t bit)
{
    set[bit / WORD_BITS] |= UINT64_C(1) << bit % WORD_BITS;
}

static void clear_bit(uint64_t *set, uint32_t bit)
{
    set[bit / WORD_BITS] &= ~(UINT64_C(1) << bit % WORD_BITS);
}

static uint64_t *copy_set(struct making *making, const uint64_t *source)
{
    size_t size = making->column->stride * sizeof *source;
    uint64_t *copy = arena_alloc(making->arena, size);
    memcpy(copy, source, size);
    return copy;
}

static bool is_list(const struct cel_predicate *predicate)
{
    return predicate->kind == CEL_PREDICATE_ONE_OF || predicate->kind == CEL_PREDICATE_NONE_OF;
}

/* The sets of no value at all and of one that nothing names. */
static void make_bases(struct making *making, const uint64_t *all)
{
    uint64_t *absent = copy_set(making, all);
    making->present = copy_set(making, all);
    for (uint32_t i = 0; i < making->use_count; i++) {
        const struct policy_route_use *use = &making->uses[i];
        switch (use->predicate->kind) {
        case CEL_PREDICATE_ONE_OF:
        case CEL_PREDICATE_RANGE: clear_bit(making->present, use->bit); break;
        case CEL_PREDICATE_NONE_OF:
        case CEL_PREDICATE_PRESENT: break;
        case CEL_PREDICATE_ABSENT: clear_bit(making->present, use->bit); continue;
        }
        clear_bit(absent, use->bit);
    }
    making->column->absent = absent;
    making->column->present = making->present;
}

/* ---- lists */

static struct hash128 list_key(const struct cel_predicate *predicate)
{
    uint64_t none = predicate->kind == CEL_PREDICATE_NONE_OF;
    return (struct hash128){2 * (predicate->value_count + UINT64_C(1)) + none,
                            (uintptr_t)predicate->values};
}

static void collect_lists(struct making *making)
{
    struct map places;
    map_init(&places);
    making->lists = arena_array(&making->work, making->use_count, sizeof *making->lists);
    for (uint32_t i = 0; i < making->use_count; i++) {
        const struct cel_predicate *predicate = making->uses[i].predicate;
        if (!is_list(predicate))
            continue;
        if (map_find(&places, list_key(predicate)) == NULL) {
            map_put(&places, list_key(predicate), making->list_count);
            making->lists[making->list_count++].predicate = predicate;
        }
        making->lists[*map_find(&places, list_key(predicate))].member_count++;
    }
    for (uint32_t i = 0; i < making->list_count; i++) {
        struct list *list = &making->lists[i];
        list->members = arena_array(&making->work, list->member_count, sizeof *list->members);
        list->member_count = 0;
    }
    for (uint32_t i = 0; i < making->use_count; i++) {
        const struct policy_route_use *use = &making->uses[i];
        if (!is_list(use->predicate))
            continue;
        struct list *list = &making->lists[*map_find(&places, list_key(use->predicate))];
        list->members[list->member_count++] = use->bit;
    }
    map_release(&places);
}

/* A list that there is no room for: whoever asks for it may match whatever the value. */
static void give_up_list(struct making *making, struct list *list)
{
    for (uint32_t i = 0; i < list->member_count; i++)
        if (list->predicate->kind == CEL_PREDICATE_ONE_OF)
            set_bit(making->present, list->members[i]);
    list->member_count = 0;
}

static void grow_values(struct making *making)
{
    uint32_t room = making->value_room > 0 ? 2 * making->value_room : 16;
    struct distinct *values = arena_alloc(&making->work, room * sizeof *values);
    for (uint32_t i = 0; i < making->value_count; i++)
        values[i] = making->values[i];
    making->values = values;
    making->value_room = room;
    making->table_mask = 2 * room - 1;
    making->table = arena_array(&making->work, 2 * room, sizeof *making->table);
    for (uint32_t i = 0; i < making->value_count; i++) {
        uint64_t place = values[i].hash & making->table_mask;
        while (making->table[place] != 0)
            place = (place + 1) & making->table_mask;
        making->table[place] = i + 1;
    }
}

static uint32_t value_place(struct making *making, const struct cel_value *value)
{
    if (making->value_count == making->value_room)
        grow_values(making);
    uint64_t hash = hash_value(value), place = hash & making->table_mask;
    for (; making->table[place] != 0; place = (place + 1) & making->table_mask) {
        const struct distinct *known = &making->values[making->table[place] - 1];
        if (known->hash == hash && same_value(known->value, value))
            return making->table[place] - 1;
    }
    making->values[making->value_count] = (struct distinct){hash, value, 0};
    making->table[place] = ++making->value_count;
    return making->value_count - 1;
}

/* Numbers that ranges divide have regions instead. */
static bool has_slot(const struct making *making, const struct cel_value *value)
{
    return making->column->regions == NULL || !is_number(value);
}

/* Which values are named by which lists. */
static void collect_postings(struct making *making)
{
    struct policy_route_budget *budget = making->budget;
    uint64_t most = 0;
    for (uint32_t i = 0; i < making->list_count; i++)
        most += making->lists[i].predicate->value_count;
    if (most > budget->postings)
        most = budget->postings;
    making->postings = arena_array(&making->work, most, sizeof *making->postings);
    for (uint32_t i = 0; i < making->list_count; i++) {
        struct list *list = &making->lists[i];
        uint32_t count = list->predicate->value_count;
        if (count > budget->postings || making->value_count + (uint64_t)count > budget->values) {
            give_up_list(making, list);
            continue;
        }
        for (uint32_t j = 0; j < count; j++) {
            const struct cel_value *value = &list->predicate->values[j];
            if (!has_slot(making, value))
                continue;
            uint32_t place = value_place(making, value);
            making->values[place].postings++;
            making->postings[making->posting_count++] = (struct posting){place, i};
        }
        budget->postings -= count;
    }
    budget->values -= making->value_count;
}

/* ---- the set of a value that lists name */

static void add_flips(struct making *making, const struct list *list)
{
    for (uint32_t i = 0; i < list->member_count; i++) {
        uint32_t word = list->members[i] / WORD_BITS;
        if (making->delta[word] == 0)
            making->touched[making->touched_count++] = word;
        set_bit(making->delta, list->members[i]);
    }
}

static int compare_words(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static bool take_bytes(struct making *making, size_t size)
{
    if (size > making->budget->set_bytes)
        return false;
    making->budget->set_bytes -= size;
    return true;
}

/* What whoever asks for any list admits together. */
static const uint64_t *loose_set(struct making *making)
{
    if (making->loose == NULL) {
        making->loose = copy_set(making, making->present);
        for (uint32_t i = 0; i < making->use_count; i++)
            if (making->uses[i].predicate->kind == CEL_PREDICATE_ONE_OF)
                set_bit(making->loose, making->uses[i].bit);
    }
    return making->loose;
}

static struct policy_route_set finish_set(struct making *making)
{
    uint32_t count = making->touched_count, stride = making->column->stride;
    bool dense = count >= stride / DENSE_SHARE;
    size_t size =
        dense ? stride * sizeof(uint64_t) : (count + 1) * sizeof(struct policy_route_flip);
    if (!take_bytes(making, size))
        return (struct policy_route_set){loose_set(making), NULL};
    if (dense) {
        uint64_t *words = copy_set(making, making->present);
        for (uint32_t i = 0; i < count; i++)
            words[making->touched[i]] ^= making->delta[making->touched[i]];
        return (struct policy_route_set){words, NULL};
    }
    qsort(making->touched, count, sizeof *making->touched, compare_words);
    struct policy_route_flip *flips = arena_alloc(making->arena, size);
    for (uint32_t i = 0; i < count; i++)
        flips[i] =
            (struct policy_route_flip){making->touched[i], making->delta[making->touched[i]]};
    flips[count] = (struct policy_route_flip){UINT32_MAX, 0};
    return (struct policy_route_set){making->present, flips};
}

/* Values that the same lists name share one set. */
static struct policy_route_set set_of_lists(struct making *making, const uint32_t *lists,
                                            uint32_t count)
{
    struct bytes piece = {(const char *)lists, count * sizeof *lists};
    struct hash128 key = count == 1 ? map_number_key(lists[0]) : hash128_of(&piece, 1);
    const uint64_t *known = map_find(&making->sets, key);
    if (known != NULL)
        return *(const struct policy_route_set *)(uintptr_t)*known;
    making->touched_count = 0;
    for (uint32_t i = 0; i < count; i++)
        add_flips(making, &making->lists[lists[i]]);
    struct policy_route_set *set = arena_alloc(&making->work, sizeof *set);
    *set = finish_set(making);
    for (uint32_t i = 0; i < making->touched_count; i++)
        making->delta[making->touched[i]] = 0;
    map_put(&making->sets, key, (uintptr_t)set);
    return *set;
}

/* The lists of each value one after the other: sorts the postings by value and turns the count of
 * each value into the end of its part. */
static uint32_t *lists_by_value(struct making *making)
{
    uint32_t *lists = arena_array(&making->work, making->posting_count, sizeof *lists);
    uint32_t start = 0;
    for (uint32_t i = 0; i < making->value_count; i++) {
        uint32_t count = making->values[i].postings;
        making->values[i].postings = start;
        start += count;
    }
    for (uint32_t i = 0; i < making->posting_count; i++)
        lists[making->values[making->postings[i].value].postings++] = making->postings[i].list;
    return lists;
}

/* A list that names a value twice is next to itself. */
static uint32_t drop_doubles(uint32_t *lists, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || lists[kept - 1] != lists[i])
            lists[kept++] = lists[i];
    return kept;
}

static void put_slot(struct making *making, struct policy_route_slot *slots,
                     const struct distinct *value, struct policy_route_set set)
{
    uint64_t place = value->hash & making->column->mask;
    while (slots[place].value.kind != CEL_ABSENT)
        place = (place + 1) & making->column->mask;
    slots[place] = (struct policy_route_slot){value->hash, *value->value, set};
}

static void make_slots(struct making *making)
{
    uint64_t capacity = 4;
    while (capacity / 4 * 3 < making->value_count)
        capacity *= 2;
    struct policy_route_slot *slots = arena_array(making->arena, capacity, sizeof *slots);
    making->column->slots = slots;
    making->column->mask = capacity - 1;
    making->delta = arena_array(&making->work, making->column->stride, sizeof *making->delta);
    making->touched = arena_array(&making->work, making->column->stride, sizeof *making->touched);
    map_init(&making->sets);
    uint32_t *lists = lists_by_value(making), start = 0;
    for (uint32_t i = 0; i < making->value_count; i++) {
        uint32_t end = making->values[i].postings;
        uint32_t count = drop_doubles(lists + start, end - start);
        put_slot(making, slots, &making->values[i], set_of_lists(making, lists + start, count));
        start = end;
    }
    map_release(&making->sets);
}

/* ---- regions */

static int compare_doubles(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Two numbers at once; gcc and clang make single instructions of what is done with them. */
typedef double number_pair __attribute__((vector_size(16)));
typedef int64_t count_pair __attribute__((vector_size(16)));

/* How many of a group's numbers are below this one: without a branch, none could be foreseen. A
 * comparison that holds gives -1. */
static inline uint32_t count_below(const double *group, double number)
{
    count_pair count = {0, 0};
    const number_pair limits = {number, number};
    for (int i = 0; i < POLICY_ROUTE_CUT_GROUP; i += 2) {
        number_pair cuts;
        memcpy(&cuts, group + i, sizeof cuts);
        count -= cuts < limits;
    }
    return (uint32_t)(count[0] + count[1]);
}

/* First the groups that end below the number, then the cuts of the next one. */
static inline uint32_t region_of(const struct policy_route_column *column, double number)
{
    if (isnan(number))
        return 2 * column->cut_count + 1;
    uint32_t group = count_below(column->cut_groups, number);
    if (group == POLICY_ROUTE_CUT_GROUP)
        return 2 * column->cut_count;
    const double *cuts = column->cuts + (size_t)group * POLICY_ROUTE_CUT_GROUP;
    uint32_t below = count_below(cuts, number);
    uint32_t place = group * POLICY_ROUTE_CUT_GROUP + below;
    if (place >= column->cut_count)
        return 2 * column->cut_count;
    return 2 * place + (cuts[below] == number);
}

/* The finite bounds of the ranges, each once. */
static uint32_t collect_bounds(struct making *making, double *bounds)
{
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < making->use_count; i++) {
        const struct cel_predicate *predicate = making->uses[i].predicate;
        if (predicate->kind != CEL_PREDICATE_RANGE)
            continue;
        if (isfinite(predicate->low))
            bounds[count++] = predicate->low;
        if (isfinite(predicate->high))
            bounds[count++] = predicate->high;
    }
    qsort(bounds, count, sizeof *bounds, compare_doubles);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || bounds[kept - 1] != bounds[i])
            bounds[kept++] = bounds[i] + 0.0;
    return kept;
}

/* All bounds, or as many as there may be, evenly. */
static void make_cuts(struct making *making)
{
    struct policy_route_column *column = making->column;
    double *bounds = arena_array(&making->work, 2 * (size_t)making->use_count, sizeof *bounds);
    uint32_t count = collect_bounds(making, bounds), most = POLICY_ROUTE_CUTS_MAX;
    size_t set_bytes = column->stride * sizeof(uint64_t);
    if (making->budget->region_bytes / set_bytes / 2 < most)
        most = (uint32_t)(making->budget->region_bytes / set_bytes / 2) + 1;
    column->cut_count = count < most ? count : most;
    double *cuts = arena_array(making->arena, POLICY_ROUTE_CUTS_MAX, sizeof *cuts);
    for (uint32_t i = 0; i < POLICY_ROUTE_CUTS_MAX; i++)
        cuts[i] =
            i < column->cut_count ? bounds[(uint64_t)i * count / column->cut_count] : INFINITY;
    for (uint32_t i = 0; i < POLICY_ROUTE_CUT_GROUP; i++)
        column->cut_groups[i] = cuts[(i + 1) * POLICY_ROUTE_CUT_GROUP - 1];
    column->cuts = cuts;
}

/* The bit enters at the first region of the range and leaves behind the last one; a bound that is
 * no cut lies inside a region, which then is in it as a whole. */
static void mark_range(struct making *making, uint64_t *regions, const struct policy_route_use *use)
{
    const struct policy_route_column *column = making->column;
    const struct cel_predicate *range = use->predicate;
    uint32_t nan_region = 2 * column->cut_count + 1;
    if (range->nan)
        set_bit(regions + (size_t)nan_region * column->stride, use->bit);
    if (range->low > range->high)
        return;
    uint32_t first = region_of(column, range->low), last = region_of(column, range->high);
    first += range->low_open && first % 2 == 1;
    last -= range->high_open && last % 2 == 1;
    if (first > last)
        return;
    uint64_t mask = UINT64_C(1) << use->bit % WORD_BITS;
    regions[(size_t)first * column->stride + use->bit / WORD_BITS] ^= mask;
    if (last + 1 < nan_region)
        regions[(size_t)(last + 1) * column->stride + use->bit / WORD_BITS] ^= mask;
}

/* Lists of numbers beside ranges. */
static void mark_list(struct making *making, uint64_t *regions, const struct policy_route_use *use)
{
    const struct policy_route_column *column = making->column;
    for (uint32_t i = 0; i < use->predicate->value_count; i++) {
        const struct cel_value *value = &use->predicate->values[i];
        if (!is_number(value))
            continue;
        uint32_t region = region_of(column, as_double(value));
        uint64_t *set = regions + (size_t)region * column->stride;
        if (use->predicate->kind == CEL_PREDICATE_ONE_OF)
            set_bit(set, use->bit);
        else if (region % 2 == 1) /* the region is this very number */
            clear_bit(set, use->bit);
    }
}

static void make_regions(struct making *making)
{
    struct policy_route_column *column = making->column;
    make_cuts(making);
    uint32_t stride = column->stride, nan_region = 2 * column->cut_count + 1;
    uint64_t *regions =
        arena_array(making->arena, nan_region + (size_t)1, stride * sizeof *regions);
    for (uint32_t i = 0; i < making->use_count; i++)
        if (making->uses[i].predicate->kind == CEL_PREDICATE_RANGE)
            mark_range(making, regions, &making->uses[i]);
    for (uint32_t i = 0; i < stride; i++) {
        regions[i] ^= making->present[i];
        regions[(size_t)nan_region * stride + i] |= making->present[i];
    }
    for (size_t i = stride; i < (size_t)nan_region * stride; i++)
        regions[i] ^= regions[i - stride];
    for (uint32_t i = 0; i < making->use_count; i++)
        if (is_list(making->uses[i].predicate))
            mark_list(making, regions, &making->uses[i]);
    column->regions = regions;
}

/* ---- the whole */

void policy_route_column_build(struct policy_route_column *column,
                               const struct policy_route_use *uses, uint32_t use_count,
                               const uint64_t *all, struct policy_route_budget *budget,
                               struct arena *arena)
{
    struct making making = {
        .column = column, .uses = uses, .use_count = use_count, .budget = budget, .arena = arena};
    arena_init(&making.work);
    make_bases(&making, all);
    bool ranges = false;
    for (uint32_t i = 0; i < use_count && !ranges; i++)
        ranges = uses[i].predicate->kind == CEL_PREDICATE_RANGE;
    if (ranges)
        make_regions(&making);
    collect_lists(&making);
    collect_postings(&making);
    make_slots(&making);
    arena_release(&making.work);
}

void policy_route_column_find(const struct policy_route_column *column,
                              const struct cel_value *value, struct policy_route_set *ret)
{
    if (value->kind == CEL_ABSENT) {
        *ret = (struct policy_route_set){column->absent, NULL};
        return;
    }
    if (column->regions != NULL && is_number(value)) {
        size_t region = region_of(column, as_double(value));
        *ret = (struct policy_route_set){column->regions + region * column->stride, NULL};
        return;
    }
    uint64_t hash = hash_value(value), place = hash & column->mask;
    for (; column->slots[place].value.kind != CEL_ABSENT; place = (place + 1) & column->mask) {
        const struct policy_route_slot *slot = &column->slots[place];
        if (slot->hash == hash && same_value(&slot->value, value)) {
            *ret = slot->set;
            return;
        }
    }
    *ret = (struct policy_route_set){column->present, NULL};
}
