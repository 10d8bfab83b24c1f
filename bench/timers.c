/* A million running timers: what one costs to set, to move, to cancel and to fire, in the heap that
 * the core keeps them in. Items are as large as open leads and lie in memory as these do, because
 * what a timer costs is mostly the memory that its comparison touches. The control is one random
 * look at such an item. */
#include "measure.h"

#include "base/heap.h"
#include "core/core.h"

#include <stdio.h>
#include <stdlib.h>

enum { TIMERS = 1000000, ROUNDS = 5, ROUNDS_QUICK = 2 };

/* Leads as the core has them; only what orders timers is used. */
static struct core_lead *items;
static uint32_t *shuffled;

static bool before(const void *a, const void *b)
{
    const struct core_lead *x = a, *y = b;
    return x->due_us != y->due_us ? x->due_us < y->due_us : x->number < y->number;
}

static uint32_t *position(void *item)
{
    return &((struct core_lead *)item)->timer_position;
}

static int64_t key(const void *item)
{
    return ((const struct core_lead *)item)->due_us;
}

static const struct heap_operations order = {before, position, key};

/* splitmix64 (Vigna). */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void shuffle(uint64_t *random)
{
    for (uint32_t i = 0; i < TIMERS; i++)
        shuffled[i] = i;
    for (uint32_t i = TIMERS - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(random_next(random) % (i + 1)), kept = shuffled[i];
        shuffled[i] = shuffled[j];
        shuffled[j] = kept;
    }
}

enum { SET, MOVE, CANCEL, FIRE, LOOK, MEASURES };

static double ns_each(int64_t start_us, size_t count)
{
    return measure_seconds_since(start_us) * 1e9 / (double)count;
}

/* Due times as they come: minutes to days from now, a little later with every lead. */
static int64_t due_us(uint64_t *random, uint32_t i)
{
    static const int64_t spans[] = {60, 300, 14400, 172800, 864000};
    return ((int64_t)i / 100 + spans[random_next(random) % 5] +
            (int64_t)(random_next(random) % 60)) *
           1000000;
}

static void run(struct heap *heap, uint64_t seed, double ret[static MEASURES])
{
    shuffle(&seed);
    for (uint32_t i = 0; i < TIMERS; i++) {
        items[i].number = i + 1;
        items[i].timer_position = HEAP_NONE;
        items[i].due_us = due_us(&seed, i);
    }
    int64_t start_us = measure_now_us();
    for (uint32_t i = 0; i < TIMERS; i++)
        heap_insert(heap, &items[i]);
    ret[SET] = ns_each(start_us, TIMERS);
    start_us = measure_now_us();
    for (uint32_t i = 0; i < TIMERS; i++) {
        items[shuffled[i]].due_us += 14400 * INT64_C(1000000);
        heap_update(heap, &items[shuffled[i]]);
    }
    ret[MOVE] = ns_each(start_us, TIMERS);
    start_us = measure_now_us();
    for (uint32_t i = 0; i < TIMERS / 2; i++)
        heap_remove(heap, &items[shuffled[i]]);
    ret[CANCEL] = ns_each(start_us, TIMERS / 2);
    for (uint32_t i = 0; i < TIMERS / 2; i++)
        heap_insert(heap, &items[shuffled[i]]);
    /* Each fires and is set again, as a lead's next timer is. */
    start_us = measure_now_us();
    for (uint32_t i = 0; i < TIMERS; i++) {
        struct core_lead *first = heap_first(heap);
        first->due_us += 86400 * INT64_C(1000000);
        heap_update(heap, first);
    }
    ret[FIRE] = ns_each(start_us, TIMERS);
    int64_t last_us = INT64_MIN;
    for (struct core_lead *first; (first = heap_first(heap)) != NULL; last_us = first->due_us) {
        if (first->due_us < last_us)
            measure_fail("timers fire out of order");
        heap_remove(heap, first);
    }
    uint64_t sum = 0;
    start_us = measure_now_us();
    for (uint32_t i = 0; i < TIMERS; i++)
        sum += (uint64_t)items[shuffled[i]].due_us;
    ret[LOOK] = ns_each(start_us, TIMERS) + (sum == 0 ? 1 : 0);
}

static double median_of(double rounds[][MEASURES], size_t count, int what)
{
    double values[ROUNDS];
    for (size_t i = 0; i < count; i++)
        values[i] = rounds[i][what];
    return measure_percentile(values, count, 0.5);
}

int main(int argc, char **argv)
{
    bool quick = measure_options(argc, argv);
    size_t rounds = quick ? ROUNDS_QUICK : ROUNDS;
    items = calloc(TIMERS, sizeof *items);
    shuffled = malloc(TIMERS * sizeof *shuffled);
    if (items == NULL || shuffled == NULL)
        measure_fail("out of memory");
    struct heap heap;
    heap_init(&heap, &order);
    double results[ROUNDS][MEASURES]; /* ns each */
    for (size_t i = 0; i < rounds; i++)
        run(&heap, i + 1, results[i]);
    printf("timers count=%d set_ns=%.0f move_ns=%.0f cancel_ns=%.0f fire_ns=%.0f control_ns=%.0f\n",
           TIMERS, median_of(results, rounds, SET), median_of(results, rounds, MOVE),
           median_of(results, rounds, CANCEL), median_of(results, rounds, FIRE),
           median_of(results, rounds, LOOK));
    heap_release(&heap);
    free(items);
    free(shuffled);
    return 0;
}
