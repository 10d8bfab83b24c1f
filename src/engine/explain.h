/* Explanations (B8) as JSON, of leads that are there and of leads that might be: what was decided
 * on, class by class and route by route; each placement; and who could have had it. Pure: release,
 * core and events in, JSON out. The shape is spec/openapi.yaml, Explanation. */
#ifndef ML_ENGINE_EXPLAIN_H
#define ML_ENGINE_EXPLAIN_H

#include "base/json.h"
#include "base/json_writer.h"
#include "core/core.h"

/* What was decided on. */
struct explain_lead {
    const struct policy_release *release;
    bool active;                   /* it is the one in force */
    struct policy_subject subject; /* `time_us`: when it was decided, by its capture */
    int64_t captured_us;           /* when its record first came, a dead letter; 0: then as well */
    struct bytes class_name;       /* that it got; empty: the first whose condition is true */
    int64_t score;                 /* that it got; worked out when class_name is empty */
};

/* Members of an open object: release, when and where from, class and the classes tried, score with
 * its parts, attributes, account, the routes tried up to the first that matches. */
void explain_write_lead(const struct explain_lead *lead, struct arena *arena,
                        struct json_writer *json);

/* A placement, or the end of one, as the journal has it. */
struct explain_event {
    uint64_t seq; /* 0: of a decision that was not recorded */
    int64_t time_us;
    struct bytes type;    /* "lead.assigned" */
    struct bytes data;    /* the encoded event */
    struct bytes members; /* a JSON array by explain_write_members, or empty */
};

/* Whether events of this type place a lead or end a placement: the others are left out. */
bool explain_is_decision(struct bytes type);

/* One object: what the event says, the strategy behind it, and in a word why those who could have
 * had the lead too did not get it. */
void explain_write_decision(const struct policy_release *release, const struct explain_event *event,
                            struct json_writer *json);

/* The whole explanation of a lead that is not there, as an object. `known`: the lead of the same
 * person that is there, of which it would be a touchpoint; 0: none. */
void explain_write_hypothesis(const struct explain_lead *lead, uint64_t known,
                              const struct explain_event *placed, struct arena *arena,
                              struct json_writer *json);

enum { EXPLAIN_MEMBERS_MAX = 10000 };

/* Who could have had the lead: an array with every member of every pool that the placement asked,
 * in order, at most EXPLAIN_MEMBERS_MAX: load, capacity, limits, readiness, and why it was this one
 * or not. `core` stands just before the event. */
void explain_write_members(const struct core *core, const struct core_event *placed,
                           struct json_writer *json);

#endif
