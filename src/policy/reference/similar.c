/* The index of similar names; see the header.
 *
 * Trigrams are numbered by rank, the rarest first. A name is the ascending list of its ranks; its
 * prefix are the first few of them. Postings of a rank are ascending by the size of the name's set
 * and then by name, so that names too short or too long are passed over at once. */
#include "policy/reference/similar.h"

#include "base/error.h"
#include "base/map.h"
#include "policy/reference/company.h"

#include <math.h>
#include <stdlib.h>

struct posting {
    uint32_t name;
    uint32_t size; /* trigrams of the name */
};

struct similar_index {
    double threshold;
    size_t name_count;
    const uint32_t *rows;   /* of each name */
    const uint32_t *sets;   /* ranks, one name after the other */
    const uint32_t *starts; /* of each name in `sets`; and the end */
    size_t rank_count;
    const uint32_t *trigrams;       /* ascending */
    const uint32_t *ranks;          /* of each of them */
    const struct posting *postings; /* one rank after the other */
    const uint32_t *posting_starts; /* of each rank; and the end */
};

/* ---- how much must be shared */

/* Rounding must not lose a name that is exactly as similar as the threshold. */
static size_t round_up(double number)
{
    return (size_t)ceil(number - 1e-9);
}

/* Dice's coefficient of at least `score` needs so many trigrams in common… */
static size_t common_needed(double score, size_t a, size_t b)
{
    return round_up(score * (double)(a + b) / 2.0);
}

/* …and a name of so many at least, and at most. */
static size_t smallest_partner(double score, size_t size)
{
    return round_up((double)size * score / (2.0 - score));
}

static size_t largest_partner(double score, size_t size)
{
    return (size_t)floor((double)size * (2.0 - score) / score + 1e-9);
}

static size_t prefix_size(double score, size_t size)
{
    size_t needed = common_needed(score, size, smallest_partner(score, size));
    return needed < size ? size - needed + 1 : 1;
}

/* ---- building */

struct trigram_count {
    uint32_t trigram;
    uint32_t count;
    uint32_t rank;
};

struct build {
    const struct similar_name *names;
    struct similar_index *index;
    struct arena *arena; /* what stays */
    struct arena work;
    size_t trigram_total;
    struct trigram_count *counts; /* ascending by trigram */
};

static int compare_trigrams(const void *a, const void *b)
{
    uint32_t left = ((const struct trigram_count *)a)->trigram;
    uint32_t right = ((const struct trigram_count *)b)->trigram;
    return (left > right) - (left < right);
}

static int compare_rarity(const void *a, const void *b)
{
    uint32_t left = ((const struct trigram_count *)a)->count;
    uint32_t right = ((const struct trigram_count *)b)->count;
    return left != right ? (left > right) - (left < right) : compare_trigrams(a, b);
}

static int compare_ranks(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void count_trigrams(struct build *build)
{
    struct map map;
    map_init(&map);
    for (size_t i = 0; i < build->index->name_count; i++) {
        uint32_t trigrams[COMPANY_TRIGRAMS_MAX];
        size_t count = company_trigrams(build->names[i].text, trigrams);
        build->trigram_total += count;
        for (size_t j = 0; j < count; j++) {
            uint64_t *held = map_find(&map, map_number_key(trigrams[j]));
            if (held != NULL)
                ++*held;
            else
                map_put(&map, map_number_key(trigrams[j]), 1);
        }
    }
    build->index->rank_count = map.count;
    build->counts = arena_array(&build->work, map.count, sizeof *build->counts);
    size_t next = 0;
    for (size_t i = 0; i < map.capacity; i++)
        if (!hash128_is_none(map.entries[i].key))
            build->counts[next++] = (struct trigram_count){(uint32_t)map.entries[i].key.low,
                                                           (uint32_t)map.entries[i].value, 0};
    map_release(&map);
}

static void number_trigrams(struct build *build)
{
    size_t count = build->index->rank_count;
    uint32_t *trigrams = arena_array(build->arena, count, sizeof *trigrams);
    uint32_t *ranks = arena_array(build->arena, count, sizeof *ranks);
    if (count > 0)
        qsort(build->counts, count, sizeof *build->counts, compare_rarity);
    for (size_t i = 0; i < count; i++)
        build->counts[i].rank = (uint32_t)i;
    if (count > 0)
        qsort(build->counts, count, sizeof *build->counts, compare_trigrams);
    for (size_t i = 0; i < count; i++) {
        trigrams[i] = build->counts[i].trigram;
        ranks[i] = build->counts[i].rank;
    }
    build->index->trigrams = trigrams;
    build->index->ranks = ranks;
}

/* The known ones of a name's trigrams, as ranks, ascending. */
static size_t ranks_of(const struct similar_index *index, const uint32_t *trigrams, size_t count,
                       uint32_t *ranks)
{
    size_t known = 0, from = 0;
    for (size_t i = 0; i < count; i++) {
        size_t low = from, high = index->rank_count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (index->trigrams[middle] < trigrams[i])
                low = middle + 1;
            else
                high = middle;
        }
        from = low; /* the trigrams ascend as well */
        if (low < index->rank_count && index->trigrams[low] == trigrams[i])
            ranks[known++] = index->ranks[low];
    }
    qsort(ranks, known, sizeof *ranks, compare_ranks);
    return known;
}

static void write_sets(struct build *build)
{
    struct similar_index *index = build->index;
    uint32_t *sets = arena_array(build->arena, build->trigram_total, sizeof *sets);
    uint32_t *starts = arena_array(build->arena, index->name_count + 1, sizeof *starts);
    uint32_t *rows = arena_array(build->arena, index->name_count, sizeof *rows);
    size_t used = 0;
    for (size_t i = 0; i < index->name_count; i++) {
        uint32_t trigrams[COMPANY_TRIGRAMS_MAX];
        size_t count = company_trigrams(build->names[i].text, trigrams);
        rows[i] = build->names[i].row;
        starts[i] = (uint32_t)used;
        used += ranks_of(index, trigrams, count, sets + used);
    }
    starts[index->name_count] = (uint32_t)used;
    index->sets = sets;
    index->starts = starts;
    index->rows = rows;
}

static uint32_t set_size(const struct similar_index *index, size_t name)
{
    return index->starts[name + 1] - index->starts[name];
}

/* Names ascending by the size of their sets, then by number: a counting sort. */
static uint32_t *order_names(struct build *build)
{
    const struct similar_index *index = build->index;
    uint32_t next[COMPANY_TRIGRAMS_MAX + 2] = {0};
    uint32_t *order = arena_array(&build->work, index->name_count, sizeof *order);
    for (size_t i = 0; i < index->name_count; i++)
        next[set_size(index, i) + 1]++;
    for (size_t i = 1; i < sizeof next / sizeof *next; i++)
        next[i] += next[i - 1];
    for (size_t i = 0; i < index->name_count; i++)
        order[next[set_size(index, i)]++] = (uint32_t)i;
    return order;
}

static void write_postings(struct build *build)
{
    struct similar_index *index = build->index;
    const uint32_t *order = order_names(build);
    uint32_t *starts = arena_array(build->arena, index->rank_count + 1, sizeof *starts);
    uint32_t *next = arena_array(&build->work, index->rank_count + 1, sizeof *next);
    for (size_t i = 0; i < index->name_count; i++)
        for (size_t j = 0; j < prefix_size(index->threshold, set_size(index, i)); j++)
            starts[index->sets[index->starts[i] + j] + 1]++;
    for (size_t i = 0; i < index->rank_count; i++)
        next[i + 1] = starts[i + 1] += starts[i];
    struct posting *postings =
        arena_array(build->arena, starts[index->rank_count], sizeof *postings);
    for (size_t i = 0; i < index->name_count; i++) {
        uint32_t name = order[i], size = set_size(index, name);
        for (size_t j = 0; j < prefix_size(index->threshold, size); j++)
            postings[next[index->sets[index->starts[name] + j]]++] = (struct posting){name, size};
    }
    index->postings = postings;
    index->posting_starts = starts;
}

const struct similar_index *similar_index_new(const struct similar_name *names, size_t count,
                                              double threshold, struct arena *arena)
{
    ML_ASSERT(threshold >= 0.5 && threshold <= 1.0 && count <= UINT32_MAX / COMPANY_TRIGRAMS_MAX);
    struct build build = {.names = names, .arena = arena};
    build.index = arena_zalloc(arena, sizeof *build.index);
    build.index->threshold = threshold;
    build.index->name_count = count;
    arena_init(&build.work);
    count_trigrams(&build);
    number_trigrams(&build);
    write_sets(&build);
    write_postings(&build);
    arena_release(&build.work);
    return build.index;
}

/* ---- searching */

struct search {
    const struct similar_index *index;
    uint32_t ranks[COMPANY_TRIGRAMS_MAX]; /* of the known trigrams */
    size_t known;
    size_t size;  /* trigrams, those that no name has among them */
    double score; /* the best so far; at first the threshold */
    uint32_t best;
    bool found;
    size_t work;
};

/* Trigrams in common, or 0 when they are fewer than needed or when an earlier list has shown this
 * name already: `first` must be the first one in common. */
static size_t count_common(const struct search *search, uint32_t name, uint32_t first,
                           size_t needed)
{
    const uint32_t *a = search->ranks, *a_end = a + search->known;
    const uint32_t *b = search->index->sets + search->index->starts[name];
    const uint32_t *b_end = search->index->sets + search->index->starts[name + 1];
    size_t common = 0;
    while (a < a_end && b < b_end) {
        if (*a < *b) {
            a++;
        } else if (*b < *a) {
            b++;
        } else {
            if (common++ == 0 && *a != first)
                return 0;
            a++;
            b++;
            continue;
        }
        size_t rest = (size_t)(a_end - a < b_end - b ? a_end - a : b_end - b);
        if (common + rest < needed)
            return 0;
    }
    return common >= needed ? common : 0;
}

static void consider(struct search *search, const struct posting *posting, uint32_t first)
{
    size_t needed = common_needed(search->score, search->size, posting->size);
    size_t common = count_common(search, posting->name, first, needed);
    if (common == 0)
        return;
    double score = company_dice(common, search->size, posting->size);
    bool better = search->found ? score > search->score ||
                                      (score == search->score && posting->name < search->best)
                                : score >= search->score;
    if (!better)
        return;
    search->score = score;
    search->best = posting->name;
    search->found = true;
}

/* The first posting of a rank whose name has at least `size` trigrams. */
static uint32_t first_of_size(const struct similar_index *index, uint32_t rank, size_t size)
{
    uint32_t low = index->posting_starts[rank], high = index->posting_starts[rank + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index->postings[middle].size < size)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void search_rank(struct search *search, uint32_t rank)
{
    const struct similar_index *index = search->index;
    size_t largest = largest_partner(search->score, search->size);
    uint32_t at = first_of_size(index, rank, smallest_partner(search->score, search->size));
    for (; at < index->posting_starts[rank + 1]; at++) {
        if (index->postings[at].size > largest || search->work++ >= SIMILAR_WORK_MAX)
            return;
        consider(search, &index->postings[at], rank);
    }
}

bool similar_index_find(const struct similar_index *index, struct bytes name, uint32_t *ret_row,
                        double *ret_score)
{
    uint32_t trigrams[COMPANY_TRIGRAMS_MAX];
    struct search search = {.index = index, .score = index->threshold};
    search.size = company_trigrams(name, trigrams);
    search.known = ranks_of(index, trigrams, search.size, search.ranks);
    /* Those that no name has are the rarest of all: they come first in the prefix. */
    size_t unknown = search.size - search.known;
    for (size_t i = 0; i + unknown < prefix_size(search.score, search.size) && i < search.known;
         i++)
        search_rank(&search, search.ranks[i]);
    if (!search.found)
        return false;
    *ret_row = index->rows[search.best];
    *ret_score = search.score;
    return true;
}
