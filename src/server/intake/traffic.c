/* The rate is kept as one number (the generic cell rate algorithm, ITU-T I.371), so that taking
 * from it needs no lock. */
#include "server/intake/traffic.h"

#include "base/error.h"
#include "base/text_hash.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)

static int64_t spacing_ns(uint32_t per_second)
{
    return (SECOND_NS + per_second - 1) / per_second;
}

int64_t rate_take(struct rate *rate, uint32_t per_second, uint32_t burst, int64_t now_ns)
{
    int64_t each_ns = spacing_ns(per_second);
    int64_t ahead_ns = each_ns * (burst > 0 ? burst : per_second);
    int64_t due_ns = atomic_load_explicit(&rate->due_ns, memory_order_relaxed);
    int64_t next_ns;
    do {
        next_ns = (due_ns > now_ns ? due_ns : now_ns) + each_ns;
        if (next_ns - now_ns > ahead_ns)
            return next_ns - now_ns - ahead_ns;
    } while (!atomic_compare_exchange_weak_explicit(&rate->due_ns, &due_ns, next_ns,
                                                    memory_order_relaxed, memory_order_relaxed));
    return 0;
}

void rate_owe(struct rate *rate, uint32_t per_second, uint64_t count, int64_t now_ns)
{
    int64_t due_ns = atomic_load_explicit(&rate->due_ns, memory_order_relaxed);
    int64_t next_ns;
    do
        next_ns = (due_ns > now_ns ? due_ns : now_ns) + spacing_ns(per_second) * (int64_t)count;
    while (!atomic_compare_exchange_weak_explicit(&rate->due_ns, &due_ns, next_ns,
                                                  memory_order_relaxed, memory_order_relaxed));
}

enum { BUCKETS = 1024 };

struct traffic_set {
    pthread_mutex_t lock;
    struct traffic *buckets[BUCKETS]; /* by name */
    struct traffic **sources;         /* in order of first appearance */
    size_t count;
};

struct traffic_set *traffic_set_new(void)
{
    struct traffic_set *set = calloc(1, sizeof *set);
    if (set == NULL)
        panic("out of memory (traffic)");
    pthread_mutex_init(&set->lock, NULL);
    return set;
}

void traffic_set_free(struct traffic_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++) {
        free(set->sources[i]->name);
        free(set->sources[i]);
    }
    free(set->sources);
    pthread_mutex_destroy(&set->lock);
    free(set);
}

static struct traffic *add(struct traffic_set *set, struct traffic **bucket, struct bytes name)
{
    struct traffic *traffic = calloc(1, sizeof *traffic);
    struct traffic **more = realloc(set->sources, (set->count + 1) * sizeof(struct traffic *));
    if (traffic == NULL || more == NULL)
        panic("out of memory (traffic)");
    traffic->name = strndup(name.data, name.size);
    if (traffic->name == NULL)
        panic("out of memory (traffic)");
    traffic->next = *bucket;
    *bucket = traffic;
    set->sources = more;
    set->sources[set->count++] = traffic;
    return traffic;
}

struct traffic *traffic_find(struct traffic_set *set, struct bytes name)
{
    struct traffic **bucket = &set->buckets[text_hash(name) % BUCKETS];
    pthread_mutex_lock(&set->lock);
    struct traffic *traffic = *bucket;
    while (traffic != NULL && !bytes_is(name, traffic->name))
        traffic = traffic->next;
    if (traffic == NULL)
        traffic = add(set, bucket, name);
    pthread_mutex_unlock(&set->lock);
    return traffic;
}

void traffic_count(struct traffic *traffic, enum traffic_outcome outcome)
{
    atomic_fetch_add_explicit(&traffic->counts[outcome], 1, memory_order_relaxed);
}

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

bool traffic_admit(struct traffic *traffic, const struct policy_source *source,
                   uint32_t *ret_wait_s)
{
    if (source->rate == 0)
        return true;
    int64_t wait_ns = rate_take(&traffic->rate, source->rate, source->burst, clock_ns());
    if (wait_ns == 0)
        return true;
    *ret_wait_s = (uint32_t)((wait_ns + SECOND_NS - 1) / SECOND_NS);
    traffic_count(traffic, TRAFFIC_LIMITED);
    return false;
}

void traffic_admit_rest(struct traffic *traffic, const struct policy_source *source, uint64_t count)
{
    if (source->rate > 0)
        rate_owe(&traffic->rate, source->rate, count, clock_ns());
}

void traffic_write(struct traffic_set *set, struct buffer *out)
{
    static const char *const names[] = {"lead", "refused", "skipped", "honeypot", "limited"};
    static const char name[] = "meshline_records_total";
    buffer_printf(out,
                  "# HELP %s Records that came in since the start, by source and what became of "
                  "them.\n# TYPE %s counter\n",
                  name, name);
    pthread_mutex_lock(&set->lock);
    for (size_t i = 0; i < set->count; i++)
        for (size_t outcome = 0; outcome < TRAFFIC_OUTCOMES; outcome++) {
            uint64_t count =
                atomic_load_explicit(&set->sources[i]->counts[outcome], memory_order_relaxed);
            if (count > 0)
                buffer_printf(out, "%s{source=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", name,
                              set->sources[i]->name, names[outcome], count);
        }
    pthread_mutex_unlock(&set->lock);
}
