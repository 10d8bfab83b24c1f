/* What people, and the time, do with exceptions. */
#include "core/decider.h"

void exception_decide_open(struct decider *d)
{
    (void)d;
}

void exception_decide_claim(struct decider *d)
{
    (void)d;
}

void exception_decide_release(struct decider *d)
{
    (void)d;
}

void exception_decide_resolve(struct decider *d)
{
    (void)d;
}

void exception_decide_due(struct decider *d, const struct exception *exception)
{
    (void)d;
    (void)exception;
}

void exception_emit_opened(struct decider *d, struct bytes kind, enum core_about about,
                           const struct core_lead *lead, uint32_t index, const char *context)
{
    (void)d;
    (void)kind;
    (void)about;
    (void)lead;
    (void)index;
    (void)context;
}

void exception_emit_overtaken(struct decider *d, const struct core_lead *lead, bool all)
{
    (void)d;
    (void)lead;
    (void)all;
}

void exception_decide_watch(struct decider *d)
{
    (void)d;
}
