/* Promises of leads as the digest and the invariants see them (check.c). */
#include "core/promise.h"

#include <inttypes.h>
#include <stdio.h>

void promises_print(const struct core_lead *lead, struct buffer *text)
{
    const struct core_promises *promises = &lead->promises;
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        buffer_printf(text, "%" PRId64 " %" PRId64 " %u ", promises->due_us[i],
                      promises->reached_us[i], promises->steps[i]);
    buffer_printf(text, "%u %u %" PRId64 " %" PRId64 " %" PRIu64 " %u %u %u|", promises->late,
                  promises->void_, lead->acknowledged_us, lead->until_us, lead->surge,
                  lead->fallbacks, lead->measures, lead->enrichment);
}

static const char *complain(const struct core_lead *lead, const char *what, char *text, size_t size)
{
    snprintf(text, size, "I5: lead L%" PRIu64 " %s", lead->number, what);
    return text;
}

/* One that is in need of a place is placed before anything else. */
static bool is_timed(const struct core_lead *lead, int objective)
{
    bool unrouted = lead->place == CORE_PLACE_WAITING && lead->pool == CORE_NONE && !lead->held;
    return lead->place == CORE_PLACE_EXCEPTION || unrouted ||
           !core_promise_is_running(&lead->promises, (enum policy_objective)objective) ||
           lead->due_us <= lead->promises.due_us[objective];
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is what is returned */
const char *promises_check(const struct core_lead *lead, char *text, size_t size)
{
    const struct core_promises *promises = &lead->promises;
    for (int i = 0; i < POLICY_OBJECTIVES; i++) {
        if (!is_timed(lead, i))
            return complain(lead, "has a promise that ends before its timer", text, size);
        if (promises->due_us[i] == 0 && (promises->late >> i & 1) != 0)
            return complain(lead, "is late with what nobody promised", text, size);
        if (promises->steps[i] > POLICY_STEPS_MAX)
            return complain(lead, "took steps beyond its ladder", text, size);
    }
    if (promises->void_ != 0 || promises->reached_us[POLICY_QUALIFIED] != 0)
        return complain(lead, "is open, but its promises are over", text, size);
    if (lead->rep != CORE_NONE && promises->reached_us[POLICY_ASSIGNED] == 0)
        return complain(lead, "has an owner, but was never assigned", text, size);
    if (lead->state == CORE_CONTACTED && promises->reached_us[POLICY_CONTACTED] == 0)
        return complain(lead, "is contacted, but nobody knows since when", text, size);
    if ((lead->held || lead->place == CORE_PLACE_NURTURE) && lead->until_us == 0)
        return complain(lead, "waits for a moment that nobody knows", text, size);
    if (lead->acknowledged_us != 0 && lead->rep == CORE_NONE)
        return complain(lead, "is acknowledged by nobody", text, size);
    return NULL;
}
