/* The watch as a whole: what every event adds to what is counted over time. */
#include "core/watch.h"

#include <stdlib.h>

struct watch *watch_new(void)
{
    struct watch *watch = core_allocate(1, sizeof *watch);
    watch->names = core_series_names_new();
    watch->alerts = alerts_new();
    return watch;
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    alerts_free(watch->alerts);
    surges_free(watch);
    series_free_all(watch);
    core_series_names_free(watch->names);
    free(watch);
}

void watch_apply(struct core *core, const struct core_event *event,
                 const struct core_series_subject *subject)
{
    series_count(core->watch, event, subject);
    surges_apply(core, event);
    alerts_apply(core, event);
}

void watch_print(const struct core *core, struct buffer *out)
{
    series_print(core, out);
    surges_print(core, out);
    alerts_print(core, out);
}
