/* What events say of a lead's promises: for the core, and for whoever keeps them as it does (I2).
 */
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

/* ---- what an event says of them */

struct taking {
    struct core_promises *promises;
    struct core_turned *turned;
    size_t count;
};

static void turn(struct taking *taking, enum policy_objective objective, enum core_turn how,
                 int64_t took_us)
{
    if (taking->promises->due_us[objective] == 0)
        return; /* nothing was promised */
    taking->turned[taking->count++] = (struct core_turned){objective, how, took_us};
}

static void begin(struct core_promises *promises, const struct policy_class *class,
                  const struct core_event *event)
{
    *promises = (struct core_promises){0};
    for (int i = 0; i < POLICY_OBJECTIVES; i++) {
        int64_t within_us = class->objectives[i].within_us;
        int64_t deadline_us = event->captured.deadlines[i];
        if (within_us > 0 && !(i == POLICY_ENRICHED && event->captured.unasked))
            promises->due_us[i] =
                deadline_us != 0 ? deadline_us : event->captured.captured_us + within_us;
    }
}

static void reach(struct taking *taking, enum policy_objective objective, int64_t captured_us,
                  int64_t now_us)
{
    struct core_promises *promises = taking->promises;
    if (promises->reached_us[objective] != 0)
        return; /* only the first time counts */
    promises->reached_us[objective] = now_us;
    bool late = (promises->late & 1u << objective) != 0;
    turn(taking, objective, late ? CORE_LATE_MET : CORE_MET, now_us - captured_us);
}

static void close(struct taking *taking, int64_t captured_us, int64_t now_us)
{
    struct core_promises *promises = taking->promises;
    reach(taking, POLICY_QUALIFIED, captured_us, now_us);
    for (int i = 0; i < POLICY_OBJECTIVES; i++) {
        if (!core_promise_is_running(promises, (enum policy_objective)i))
            continue;
        promises->void_ |= (uint8_t)(1u << i);
        turn(taking, (enum policy_objective)i, CORE_VOID, 0);
    }
}

static void fall_late(struct taking *taking, enum policy_objective objective)
{
    uint8_t bit = (uint8_t)(1u << objective);
    if (taking->promises->due_us[objective] == 0 || (taking->promises->late & bit) != 0)
        return; /* old journals tell it again and again, and of what nobody promised */
    taking->promises->late |= bit;
    if (taking->promises->reached_us[objective] == 0)
        turn(taking, objective, CORE_LATE, 0);
}

static void move_deadlines(struct core_promises *promises,
                           const int64_t deadlines[static POLICY_OBJECTIVES])
{
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (deadlines[i] != 0)
            promises->due_us[i] = deadlines[i];
}

/* Nobody is to act on a lead in nurture: what was promised is promised anew when it comes back. */
static void stop_clock(struct core_promises *promises)
{
    for (int i = POLICY_ASSIGNED; i < POLICY_OBJECTIVES; i++)
        if (core_promise_is_running(promises, (enum policy_objective)i))
            promises->due_us[i] = 0;
}

size_t core_promises_take(struct core_promises *promises, const struct policy_class *class,
                          int64_t captured_us, const struct core_event *event,
                          struct core_turned ret[static POLICY_OBJECTIVES])
{
    struct taking taking = {promises, ret, 0};
    int64_t now_us = event->time_us;
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED: begin(promises, class, event); break;
    case CORE_LEAD_ASSIGNED:
        /* Out of nurture it may be promised with this very event. */
        move_deadlines(promises, event->placed.deadlines);
        reach(&taking, POLICY_ASSIGNED, captured_us, now_us);
        break;
    case CORE_LEAD_QUEUED:
    case CORE_LEAD_EXCEPTED: move_deadlines(promises, event->placed.deadlines); break;
    case CORE_LEAD_NURTURED: stop_clock(promises); break;
    case CORE_LEAD_CONTACTED: reach(&taking, POLICY_CONTACTED, captured_us, now_us); break;
    case CORE_LEAD_ENRICHED:
        move_deadlines(promises, event->enriched.deadlines);
        if (!event->enriched.more)
            reach(&taking, POLICY_ENRICHED, captured_us, now_us);
        break;
    case CORE_LEAD_QUALIFIED:
    case CORE_LEAD_DISQUALIFIED: close(&taking, captured_us, now_us); break;
    case CORE_LEAD_LATE: fall_late(&taking, event->late.objective); break;
    case CORE_LEAD_ESCALATED:
        if (event->escalated.step != CORE_NONE)
            promises->steps[event->escalated.objective] = (uint8_t)(event->escalated.step + 1);
        break;
    default: break;
    }
    return taking.count;
}

/* ---- enrichment */

void core_enrichment_take(uint8_t *enrichment, const struct core_event *event)
{
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED: *enrichment = 0; break;
    case CORE_LEAD_ENRICHED: *enrichment |= CORE_ENRICHMENT_ANSWERED; break;
    case CORE_LEAD_ASSIGNED:
    case CORE_LEAD_QUEUED:
    case CORE_LEAD_EXCEPTED:
    case CORE_LEAD_NURTURED:
        if (event->placed.cause == CORE_CAUSE_ENRICHED || core_is_assigned_by_hand(event))
            *enrichment |= CORE_ENRICHMENT_SETTLED;
        break;
    default: break;
    }
}
