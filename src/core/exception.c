/* Open exceptions: their memory, their timers, what events say of them. */
#include "core/internal.h"

bool core_exception_find(const struct core *core, uint64_t number, struct core_exception *ret)
{
    (void)core;
    (void)number;
    (void)ret;
    return false;
}

void core_exceptions_each(const struct core *core,
                          void (*visit)(void *, const struct core_exception *), void *context)
{
    (void)core;
    (void)visit;
    (void)context;
}

void core_load_exception(struct core *core, const struct core_exception *exception,
                         struct bytes subject)
{
    (void)core;
    (void)exception;
    (void)subject;
}

void exceptions_init(struct core *core)
{
    (void)core;
}

void exceptions_release(struct core *core)
{
    (void)core;
}

struct exception *exception_get(const struct core *core, uint64_t number)
{
    (void)core;
    (void)number;
    return NULL;
}

struct exception *exception_of_lead(const struct core_lead *lead, struct bytes kind)
{
    (void)lead;
    (void)kind;
    return NULL;
}

struct exception *exception_holding(const struct core_lead *lead)
{
    (void)lead;
    return NULL;
}

void exception_apply_opened(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}

void exception_apply_claimed(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}

void exception_apply_escalated(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}

void exception_apply_resolved(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}
