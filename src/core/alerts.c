/* Alerts, silences and incidents as events leave them. */
#include "core/watch.h"

struct alerts *alerts_new(void)
{
    return NULL;
}

void alerts_free(struct alerts *alerts)
{
    (void)alerts;
}

void alerts_apply(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}

void alerts_print(const struct core *core, struct buffer *out)
{
    (void)core;
    (void)out;
}

size_t core_alert_count(const struct core *core)
{
    (void)core;
    return 0;
}

const struct core_alert *core_alert_at(const struct core *core, size_t index)
{
    (void)core;
    (void)index;
    return NULL;
}

size_t core_silence_count(const struct core *core)
{
    (void)core;
    return 0;
}

const struct core_silence *core_silence_at(const struct core *core, size_t index)
{
    (void)core;
    (void)index;
    return NULL;
}

size_t core_incident_count(const struct core *core)
{
    (void)core;
    return 0;
}

const struct core_incident *core_incident_at(const struct core *core, size_t index)
{
    (void)core;
    (void)index;
    return NULL;
}

void core_load_alert(struct core *core, const struct core_alert *alert)
{
    (void)core;
    (void)alert;
}

void core_load_silence(struct core *core, const struct core_silence *silence)
{
    (void)core;
    (void)silence;
}

void core_load_incident(struct core *core, const struct core_incident *incident)
{
    (void)core;
    (void)incident;
}
