/* From demands to columns, and the walk over the intersection of their sets. How a column finds the
 * set of a value is in route_column.c. */
#include "policy/route_column.h"

#include "base/map.h"

#include <math.h>
#include <stdlib.h>

enum {
    WORD_BITS = 64,
    VALUES_MAX = 512 * 1024,
    POSTINGS_MAX = 4 * 1024 * 1024,
    SET_BYTES_MAX = 32 * 1024 * 1024,
    REGION_BYTES_MAX = 32 * 1024 * 1024,
};

/* Nanoseconds, roughly (bench/policy.c): only their proportions matter. */
enum { LOOK_UP_NS = 20, BLOCK_NS = 3, EVALUATION_NS = 30 };

struct policy_route_index {
    const uint32_t *bit_routes; /* by bit */
    const uint32_t *route_bits; /* the first of each route, and one more for the end */
    uint32_t route_count;
    uint32_t block_count;
    const uint64_t *all; /* every bit that there is */
    const struct policy_route_column *columns;
    uint32_t column_count;
};

/* ---- making it */

/* A field while the demands are being sorted out. */
struct gathered {
    uint32_t variable;
    uint32_t field;
    uint32_t use_count;
    struct policy_route_use *uses;
    double excluded; /* conjuncts, by estimate, for one lead */
};

struct gathering {
    const struct cel_demand *demands;
    uint32_t count;
    struct arena work;
    struct map fields; /* to the place in `columns` */
    struct gathered *columns;
    uint32_t column_count;
    uint32_t column_room;
};

static struct hash128 field_key(const struct cel_predicate *predicate)
{
    return map_number_key((uint64_t)predicate->variable << 32 | predicate->field);
}

static void count_use(struct gathering *gathering, const struct cel_predicate *predicate)
{
    const uint64_t *found = map_find(&gathering->fields, field_key(predicate));
    if (found != NULL) {
        gathering->columns[*found].use_count++;
        return;
    }
    if (gathering->column_count == gathering->column_room) {
        uint32_t room = gathering->column_room > 0 ? 2 * gathering->column_room : 16;
        struct gathered *columns = arena_array(&gathering->work, room, sizeof *columns);
        for (uint32_t i = 0; i < gathering->column_count; i++)
            columns[i] = gathering->columns[i];
        gathering->columns = columns;
        gathering->column_room = room;
    }
    map_put(&gathering->fields, field_key(predicate), gathering->column_count);
    gathering->columns[gathering->column_count++] =
        (struct gathered){predicate->variable, predicate->field, 1, NULL, 0};
}

/* A set holds one answer for a bit: of a range and what is excepted from it, the range. */
static void add_use(struct gathered *column, uint32_t bit, const struct cel_predicate *predicate)
{
    ML_ASSERT(column->uses != NULL);
    struct policy_route_use *last =
        column->use_count > 0 ? &column->uses[column->use_count - 1] : NULL;
    if (last == NULL || last->bit != bit)
        column->uses[column->use_count++] = (struct policy_route_use){bit, predicate};
    else if (last->predicate->kind == CEL_PREDICATE_NONE_OF)
        last->predicate = predicate;
}

static void gather(struct gathering *gathering)
{
    for (uint32_t i = 0; i < gathering->count; i++)
        for (size_t j = 0; j < gathering->demands[i].count; j++) {
            const struct cel_conjunct *conjunct = &gathering->demands[i].conjuncts[j];
            for (size_t k = 0; k < conjunct->count; k++)
                count_use(gathering, &conjunct->predicates[k]);
        }
    for (uint32_t i = 0; i < gathering->column_count; i++) {
        struct gathered *column = &gathering->columns[i];
        column->uses = arena_array(&gathering->work, column->use_count, sizeof *column->uses);
        column->use_count = 0;
    }
    uint32_t bit = 0;
    for (uint32_t i = 0; i < gathering->count; i++)
        for (size_t j = 0; j < gathering->demands[i].count; j++, bit++) {
            const struct cel_conjunct *conjunct = &gathering->demands[i].conjuncts[j];
            for (size_t k = 0; k < conjunct->count; k++) {
                const struct cel_predicate *predicate = &conjunct->predicates[k];
                uint64_t place = *map_find(&gathering->fields, field_key(predicate));
                add_use(&gathering->columns[place], bit, predicate);
            }
        }
}

/* How often a predicate is taken to hold, knowing nothing of the leads. */
static double share_of(const struct cel_predicate *predicate)
{
    switch (predicate->kind) {
    case CEL_PREDICATE_ONE_OF:
        if (predicate->value_count > 0 && predicate->values[0].kind == CEL_BOOL)
            return 0.4;
        return predicate->value_count < 20 ? 0.1 + 0.02 * predicate->value_count : 0.5;
    case CEL_PREDICATE_NONE_OF: return 0.9;
    case CEL_PREDICATE_RANGE: return isinf(predicate->low) || isinf(predicate->high) ? 0.5 : 0.25;
    case CEL_PREDICATE_PRESENT: return 0.8;
    case CEL_PREDICATE_ABSENT: return 0.2;
    }
    return 1.0;
}

/* What excludes the most comes first: it leaves the fewest to the others. */
static int compare_columns(const void *a, const void *b)
{
    const struct gathered *left = a, *right = b;
    if (left->excluded > right->excluded)
        return -1;
    if (left->excluded < right->excluded)
        return 1;
    if (left->variable != right->variable)
        return left->variable < right->variable ? -1 : 1;
    return (left->field > right->field) - (left->field < right->field);
}

static void sort_columns(struct gathering *gathering)
{
    for (uint32_t i = 0; i < gathering->column_count; i++) {
        struct gathered *column = &gathering->columns[i];
        for (uint32_t j = 0; j < column->use_count; j++)
            column->excluded += 1 - share_of(column->uses[j].predicate);
    }
    if (gathering->column_count > 0)
        qsort(gathering->columns, gathering->column_count, sizeof *gathering->columns,
              compare_columns);
}

/* A column costs every decision a look-up and its part of the intersection; it saves the
 * evaluations of those conjuncts that it alone excludes. `left` is how likely each conjunct is
 * still a candidate. About half the conjuncts come before the one that matches. */
static bool is_worth_it(const struct policy_route_index *index, const struct gathered *column,
                        double *left)
{
    double saved = 0, cost = LOOK_UP_NS + BLOCK_NS * (double)index->block_count / 2;
    for (uint32_t i = 0; i < column->use_count; i++)
        saved += left[column->uses[i].bit] * (1 - share_of(column->uses[i].predicate));
    if (saved / 2 * EVALUATION_NS < cost)
        return false;
    for (uint32_t i = 0; i < column->use_count; i++)
        left[column->uses[i].bit] *= share_of(column->uses[i].predicate);
    return true;
}

/* Drops the columns that cost more than they save. */
static void choose_columns(const struct policy_route_index *index, struct gathering *gathering)
{
    uint32_t bits = index->route_bits[index->route_count], kept = 0;
    double *left = arena_array(&gathering->work, bits, sizeof *left);
    for (uint32_t i = 0; i < bits; i++)
        left[i] = 1.0;
    sort_columns(gathering);
    for (uint32_t i = 0; i < gathering->column_count && kept < POLICY_ROUTE_SETS_MAX; i++)
        if (is_worth_it(index, &gathering->columns[i], left))
            gathering->columns[kept++] = gathering->columns[i];
    gathering->column_count = kept;
}

static void build_columns(struct policy_route_index *index, const struct gathering *gathering,
                          struct arena *arena)
{
    if (gathering->column_count == 0)
        return;
    struct policy_route_column *columns =
        arena_array(arena, gathering->column_count, sizeof *columns);
    struct policy_route_budget budget = {VALUES_MAX, POSTINGS_MAX, SET_BYTES_MAX,
                                         REGION_BYTES_MAX / gathering->column_count};
    for (uint32_t i = 0; i < gathering->column_count; i++) {
        const struct gathered *from = &gathering->columns[i];
        columns[i].variable = from->variable;
        columns[i].field = from->field;
        columns[i].stride = index->block_count * POLICY_ROUTE_BLOCK;
        policy_route_column_build(&columns[i], from->uses, from->use_count, index->all, &budget,
                                  arena);
    }
    index->columns = columns;
    index->column_count = gathering->column_count;
}

static void number_bits(struct policy_route_index *index, const struct cel_demand *demands,
                        struct arena *arena)
{
    uint32_t *route_bits = arena_array(arena, index->route_count + 1, sizeof *route_bits);
    for (uint32_t i = 0; i < index->route_count; i++)
        route_bits[i + 1] = route_bits[i] + (uint32_t)demands[i].count;
    uint32_t bits = route_bits[index->route_count];
    uint32_t block_bits = POLICY_ROUTE_BLOCK * WORD_BITS;
    uint32_t *bit_routes = arena_array(arena, bits, sizeof *bit_routes);
    index->block_count = (bits + block_bits - 1) / block_bits;
    uint64_t *all = arena_array(arena, index->block_count, POLICY_ROUTE_BLOCK * sizeof *all);
    for (uint32_t i = 0; i < index->route_count; i++)
        for (uint32_t bit = route_bits[i]; bit < route_bits[i + 1]; bit++) {
            bit_routes[bit] = i;
            all[bit / WORD_BITS] |= UINT64_C(1) << bit % WORD_BITS;
        }
    index->route_bits = route_bits;
    index->bit_routes = bit_routes;
    index->all = all;
}

const struct policy_route_index *policy_route_index_new(const struct cel_demand *demands,
                                                        size_t count, struct arena *arena)
{
    ML_ASSERT(count <= POLICY_ROUTES_MAX);
    struct policy_route_index *index = arena_zalloc(arena, sizeof *index);
    struct gathering gathering = {.demands = demands, .count = (uint32_t)count};
    arena_init(&gathering.work);
    map_init(&gathering.fields);
    index->route_count = (uint32_t)count;
    number_bits(index, demands, arena);
    gather(&gathering);
    choose_columns(index, &gathering);
    build_columns(index, &gathering, arena);
    map_release(&gathering.fields);
    arena_release(&gathering.work);
    return index;
}

/* ---- the walk */

static const struct cel_value *value_of(const struct policy_route_column *column,
                                        const struct cel_value *variables)
{
    static const struct cel_value absent = {.kind = CEL_ABSENT};
    const struct cel_value *variable = &variables[column->variable];
    if (column->field == UINT32_MAX)
        return variable;
    return variable->kind == CEL_RECORD && column->field < variable->count
               ? &variable->items[column->field]
               : &absent;
}

/* One block of a set with its flips; moves the set past them. */
static void merge_flips(struct policy_route_set *set, uint32_t first,
                        uint64_t ret[static POLICY_ROUTE_BLOCK])
{
    memcpy(ret, set->words + first, POLICY_ROUTE_BLOCK * sizeof *ret);
    while (set->flips->word < first)
        set->flips++;
    for (; set->flips->word < first + POLICY_ROUTE_BLOCK; set->flips++)
        ret[set->flips->word - first] ^= set->flips->bits;
}

/* ret := ret and words; false when nothing is left. */
static inline bool intersect(uint64_t *restrict ret, const uint64_t *restrict words)
{
    uint64_t any = 0;
    for (int i = 0; i < POLICY_ROUTE_BLOCK; i++) {
        ret[i] &= words[i];
        any |= ret[i];
    }
    return any != 0;
}

/* The candidates of the next block; false when there are none in it. */
static bool load_block(struct policy_route_walk *walk)
{
    uint32_t first = walk->block++ * POLICY_ROUTE_BLOCK;
    walk->word = 0;
    memcpy(walk->bits, walk->index->all + first, sizeof walk->bits);
    for (uint32_t i = 0; i < walk->set_count; i++) {
        struct policy_route_set *set = &walk->sets[i];
        const uint64_t *words = set->words + first;
        uint64_t merged[POLICY_ROUTE_BLOCK];
        if (set->flips != NULL) {
            merge_flips(set, first, merged);
            words = merged;
        }
        if (!intersect(walk->bits, words))
            return false;
    }
    return true;
}

void policy_route_walk_init(struct policy_route_walk *walk, const struct policy_route_index *index,
                            const struct cel_value *variables, uint32_t from)
{
    walk->index = index;
    walk->set_count = index->column_count;
    walk->word = POLICY_ROUTE_BLOCK;
    walk->block = index->block_count;
    walk->last = POLICY_NONE;
    uint32_t bit = index->route_bits[from < index->route_count ? from : index->route_count];
    if (bit == index->route_bits[index->route_count])
        return;
    for (uint32_t i = 0; i < index->column_count; i++)
        policy_route_column_find(&index->columns[i], value_of(&index->columns[i], variables),
                                 &walk->sets[i]);
    uint32_t word = bit / WORD_BITS;
    walk->block = word / POLICY_ROUTE_BLOCK;
    if (!load_block(walk)) {
        walk->word = POLICY_ROUTE_BLOCK;
        return;
    }
    walk->word = word % POLICY_ROUTE_BLOCK;
    walk->bits[walk->word] &= UINT64_MAX << bit % WORD_BITS;
}

uint32_t policy_route_walk_next(struct policy_route_walk *walk)
{
    const struct policy_route_index *index = walk->index;
    for (;;) {
        for (; walk->word < POLICY_ROUTE_BLOCK; walk->word++) {
            uint64_t bits = walk->bits[walk->word];
            while (bits != 0) {
                uint32_t place = walk->word + (walk->block - 1) * POLICY_ROUTE_BLOCK;
                uint32_t bit = place * WORD_BITS + (uint32_t)__builtin_ctzll(bits);
                bits &= bits - 1;
                if (index->bit_routes[bit] == walk->last)
                    continue;
                walk->bits[walk->word] = bits;
                walk->last = index->bit_routes[bit];
                return walk->last;
            }
        }
        do {
            if (walk->block >= index->block_count)
                return POLICY_NONE;
        } while (!load_block(walk));
    }
}
