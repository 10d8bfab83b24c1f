/* What is counted over time: the series, minute by minute and hour by hour. */
#include "core/internal.h"

void core_series_of(const struct core_event *event, const struct core_series_subject *subject,
                    void (*count)(void *, enum core_series_kind, struct bytes name), void *context)
{
    (void)event;
    (void)subject;
    (void)count;
    (void)count;
    (void)context;
}

uint64_t core_series_sum(const struct core *core, enum core_series_kind kind, struct bytes name,
                         int64_t from_us, int64_t to_us)
{
    (void)core;
    (void)kind;
    (void)name;
    (void)from_us;
    (void)to_us;
    return 0;
}

uint32_t core_series_expected(const struct core *core, enum core_series_kind kind,
                              struct bytes name, int64_t time_us, int64_t window_us)
{
    (void)core;
    (void)kind;
    (void)name;
    (void)time_us;
    (void)window_us;
    return 0;
}

size_t core_surge_count(const struct core *core)
{
    (void)core;
    return 0;
}

const struct core_surge *core_surge_at(const struct core *core, size_t index)
{
    (void)core;
    (void)index;
    return NULL;
}

void core_load_series(struct core *core, enum core_series_kind kind, struct bytes name, bool hours,
                      int64_t start_us, uint32_t count, bool surged)
{
    (void)core;
    (void)kind;
    (void)name;
    (void)hours;
    (void)start_us;
    (void)count;
    (void)surged;
}

void core_load_surge(struct core *core, const struct core_surge *surge)
{
    (void)core;
    (void)surge;
}

struct watch *watch_new(void)
{
    return NULL;
}

void watch_free(struct watch *watch)
{
    (void)watch;
}

void watch_apply(struct core *core, const struct core_event *event,
                 const struct core_series_subject *subject)
{
    (void)core;
    (void)event;
    (void)subject;
}
