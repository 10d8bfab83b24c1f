/* What events say of a lead's promises, and what moves its timer besides placing. */
#include "core/internal.h"

const char *core_turn_name(enum core_turn turn)
{
    static const char *const names[CORE_TURNS] = {"met", "late", "late_met", "void"};
    return names[turn];
}

bool core_promise_is_running(const struct core_promises *promises, enum policy_objective objective)
{
    unsigned bit = 1u << objective;
    return promises->due_us[objective] != 0 && promises->reached_us[objective] == 0 &&
           (promises->late & bit) == 0 && (promises->void_ & bit) == 0;
}

size_t core_promises_take(struct core_promises *promises, const struct policy_class *class,
                          int64_t captured_us, const struct core_event *event,
                          struct core_turned ret[static POLICY_OBJECTIVES])
{
    (void)promises;
    (void)class;
    (void)captured_us;
    (void)event;
    (void)ret;
    return 0;
}

void clock_apply_escalated(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}

void clock_apply_acknowledged(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}

void clock_apply_enriched(struct core *core, const struct core_event *event)
{
    (void)core;
    (void)event;
}
