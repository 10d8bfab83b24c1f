/* Who could have had a lead, and in words why it was this one: the members of every pool that a
 * placement asked, as they stood just before it. */
#include "engine/explain.h"

#include <inttypes.h>
#include <stdio.h>

enum { WHY_SIZE = 128 };

struct survey {
    const struct core *core;
    const struct core_event *placed;
    struct json_writer *json;
    uint32_t written;
    uint32_t returned; /* who gave it back, or CORE_NONE */
    uint32_t before;   /* who had the person before, or CORE_NONE */
};

/* A pool and what is known of whom it chose. */
struct asked {
    uint32_t pool;
    const struct policy_pool *policy;
    enum policy_strategy order;
    bool chose; /* the owner is of this pool */
    uint32_t chosen_tier;
};

static bool is_chosen(const struct survey *survey, uint32_t rep)
{
    return survey->placed->type == CORE_LEAD_ASSIGNED && survey->placed->placed.rep == rep;
}

/* ---- reasons */

static void why_not_ready(const struct core_rep *rep, enum core_readiness readiness,
                          char why[static WHY_SIZE])
{
    switch (readiness) {
    case CORE_REP_AWAY: snprintf(why, WHY_SIZE, "set away by hand"); break;
    case CORE_REP_OFF_HOURS: snprintf(why, WHY_SIZE, "outside working hours"); break;
    case CORE_REP_HOLIDAY: snprintf(why, WHY_SIZE, "on a holiday"); break;
    case CORE_REP_TIME_OFF: snprintf(why, WHY_SIZE, "on time off"); break;
    case CORE_REP_FULL:
        snprintf(why, WHY_SIZE, "at capacity: %" PRIu32 " of %" PRIu32, rep->load, rep->capacity);
        break;
    case CORE_REP_HOUR_LIMIT:
        snprintf(why, WHY_SIZE, "had %" PRIu32 " of %" PRIu32 " new leads this hour",
                 rep->hour.count, rep->per_hour);
        break;
    case CORE_REP_DAY_LIMIT:
        snprintf(why, WHY_SIZE, "had %" PRIu32 " of %" PRIu32 " new leads today", rep->day.count,
                 rep->per_day);
        break;
    case CORE_REP_PACED:
        snprintf(why, WHY_SIZE,
                 "had %" PRIu32 " new leads this hour, all that the surge plan allows",
                 rep->hour.count);
        break;
    case CORE_REP_RETURNED_IT: snprintf(why, WHY_SIZE, "gave this lead back or lost it"); break;
    case CORE_REP_OPEN: snprintf(why, WHY_SIZE, "could have had it"); break;
    case CORE_REP_UNKNOWN:
    case CORE_READINESSES: snprintf(why, WHY_SIZE, "not in the policy"); break;
    }
}

static void why_chosen(const struct survey *survey, const struct asked *asked,
                       const struct core_rep *rep, uint32_t index, char why[static WHY_SIZE])
{
    if (core_is_assigned_by_hand(survey->placed)) {
        snprintf(why, WHY_SIZE, "chosen by a person");
    } else if (survey->placed->placed.on_call) {
        snprintf(why, WHY_SIZE, "on call, the first who could be asked");
    } else if (asked->policy->strategy == POLICY_STICKY && index == survey->before) {
        snprintf(why, WHY_SIZE, "had this person before");
    } else if (asked->order == POLICY_LEAST_LOADED) {
        snprintf(why, WHY_SIZE, "least loaded: %" PRIu32 " of %" PRIu32, rep->load, rep->capacity);
    } else if (asked->order == POLICY_SCORE_ORDERED) {
        snprintf(why, WHY_SIZE, "waited longest in the tier for this score");
    } else {
        snprintf(why, WHY_SIZE, "next in turn");
    }
}

static void why_not_next(const struct survey *survey, const struct asked *asked,
                         const struct core_rep *rep, const struct core_member *member,
                         char why[static WHY_SIZE])
{
    const struct core_rep *owner = core_rep_at(survey->core, survey->placed->placed.rep);
    if (asked->policy->strategy == POLICY_STICKY && survey->placed->placed.rep == survey->before) {
        snprintf(why, WHY_SIZE, "this was %s's person", owner->id);
    } else if (asked->order == POLICY_LEAST_LOADED) {
        bool more = (uint64_t)rep->load * owner->capacity > (uint64_t)owner->load * rep->capacity;
        snprintf(why, WHY_SIZE, "%s loaded: %" PRIu32 " of %" PRIu32 "%s", more ? "more" : "as",
                 rep->load, rep->capacity, more ? "" : ", and had a lead more recently");
    } else if (asked->order == POLICY_SCORE_ORDERED) {
        snprintf(why, WHY_SIZE, "%s",
                 member->tier != asked->chosen_tier ? "of another tier than this score asks for"
                                                    : "had a lead more recently");
    } else {
        snprintf(why, WHY_SIZE, "not next in turn");
    }
}

/* ---- writing */

static void write_rep(struct survey *survey, const struct core_rep *rep,
                      enum core_readiness readiness)
{
    struct json_writer *json = survey->json;
    json_member(json, "rep", bytes_of(rep->id));
    json_member(json, "readiness", bytes_of(core_readiness_name(readiness)));
    json_member_unsigned(json, "load", rep->load);
    json_member_unsigned(json, "capacity", rep->capacity);
    if (rep->last_assigned != 0)
        json_member_unsigned(json, "last_assigned_seq", rep->last_assigned);
}

static enum core_readiness readiness_of(const struct survey *survey, uint32_t rep)
{
    return rep == survey->returned ? CORE_REP_RETURNED_IT
                                   : core_rep_at(survey->core, rep)->readiness;
}

static void write_member(struct survey *survey, const struct asked *asked,
                         const struct core_member *member)
{
    const struct core_rep *rep = core_rep_at(survey->core, member->rep);
    enum core_readiness readiness = readiness_of(survey, member->rep);
    char why[WHY_SIZE];
    bool chosen = asked->chose && !survey->placed->placed.on_call && is_chosen(survey, member->rep);
    if (chosen)
        why_chosen(survey, asked, rep, member->rep, why);
    else if (readiness == CORE_REP_OPEN && asked->chose)
        why_not_next(survey, asked, rep, member, why);
    else
        why_not_ready(rep, readiness, why);
    json_object_open(survey->json);
    json_member(survey->json, "pool", bytes_of(asked->policy->id));
    write_rep(survey, rep, readiness);
    if (asked->order == POLICY_WEIGHTED)
        json_member_unsigned(survey->json, "weight", member->weight);
    if (asked->order == POLICY_SCORE_ORDERED)
        json_member_unsigned(survey->json, "tier", member->tier);
    if (chosen)
        json_member_bool(survey->json, "chosen", true);
    json_member(survey->json, "why", bytes_of(why));
    json_object_close(survey->json);
}

/* Those on call are asked in order, duty hours aside. */
static void write_on_call(struct survey *survey, const struct asked *asked)
{
    const struct policy_release *release = core_release(survey->core);
    bool found = false;
    for (size_t i = 0; i < asked->policy->on_call_count; i++) {
        const char *id = release->reps[asked->policy->on_call[i]].id;
        uint32_t index = core_rep_find(survey->core, bytes_of(id));
        const struct core_rep *rep = core_rep_at(survey->core, index);
        char why[WHY_SIZE];
        bool chosen = is_chosen(survey, index);
        if (chosen)
            why_chosen(survey, asked, rep, index, why);
        else if (found)
            snprintf(why, sizeof why, "on call, behind %s",
                     core_rep_id(survey->core, survey->placed->placed.rep));
        else
            why_not_ready(rep, readiness_of(survey, index), why);
        found = found || chosen;
        json_object_open(survey->json);
        json_member(survey->json, "pool", bytes_of(asked->policy->id));
        json_member_bool(survey->json, "on_call", true);
        write_rep(survey, rep, readiness_of(survey, index));
        if (chosen)
            json_member_bool(survey->json, "chosen", true);
        json_member(survey->json, "why", bytes_of(why));
        json_object_close(survey->json);
    }
}

/* ---- the way through the pools */

static void find_chosen(const struct survey *survey, struct asked *asked)
{
    uint32_t through = survey->placed->placed.through;
    asked->chose = survey->placed->type == CORE_LEAD_ASSIGNED &&
                   (through == CORE_NONE ? asked->pool == survey->placed->placed.pool
                                         : asked->pool == through);
    for (uint32_t i = 0; asked->chose && i < core_member_count(survey->core, asked->pool); i++) {
        const struct core_member member = core_member_at(survey->core, asked->pool, i);
        if (member.rep == survey->placed->placed.rep)
            asked->chosen_tier = member.tier;
    }
}

/* The pool that is asked behind this one, or CORE_NONE. */
static uint32_t write_pool(struct survey *survey, uint32_t index)
{
    const struct policy_release *release = core_release(survey->core);
    uint32_t declared = policy_pool_find(release, bytes_of(core_pool_id(survey->core, index)));
    if (declared == POLICY_NONE)
        return CORE_NONE;
    const struct policy_pool *policy = &release->pools[declared];
    struct asked asked = {.pool = index, .policy = policy, .order = policy->otherwise};
    find_chosen(survey, &asked);
    for (uint32_t i = 0; i < core_member_count(survey->core, index); i++) {
        const struct core_member member = core_member_at(survey->core, index, i);
        if (survey->written++ >= EXPLAIN_MEMBERS_MAX)
            return CORE_NONE;
        write_member(survey, &asked, &member);
    }
    bool manual = core_is_assigned_by_hand(survey->placed);
    if ((asked.chose && !survey->placed->placed.on_call) || manual)
        return CORE_NONE;
    enum policy_relief relief = core_pool_relief(survey->core, index);
    if (relief == POLICY_RELIEF_ON_CALL)
        write_on_call(survey, &asked);
    if (relief != POLICY_RELIEF_OVERFLOW || policy->overflow == POLICY_NONE)
        return CORE_NONE;
    return core_pool_find(survey->core, bytes_of(release->pools[policy->overflow].id));
}

void explain_write_members(const struct core *core, const struct core_event *placed,
                           struct json_writer *json)
{
    const struct core_lead *lead = core_lead_find(core, placed->lead);
    const struct core_candidates *candidates = &placed->placed.candidates;
    struct survey survey = {.core = core,
                            .placed = placed,
                            .json = json,
                            .returned = CORE_NONE,
                            .before = lead != NULL ? lead->before : CORE_NONE};
    for (uint32_t i = 0; i < candidates->passed_count; i++)
        if (candidates->passed[i].reason == CORE_REP_RETURNED_IT)
            survey.returned = candidates->passed[i].rep;
    json_array_open(json);
    uint32_t pool = placed->placed.pool;
    for (int step = 0; pool != CORE_NONE && step < POLICY_OVERFLOW_MAX; step++)
        pool = write_pool(&survey, pool);
    json_array_close(json);
}
