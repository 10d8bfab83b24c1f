/* Why a lead of a test went where it went: the routes before, with what kept each from taking the
 * lead, and who was passed over. */
#include "cli/mesh/test_why.h"

#include "base/time.h"

#include <inttypes.h>

enum {
    ROUTES_SHOWN = 8, /* of those that did not match */
    LEADS_SHOWN = 5,  /* of those that differ */
    NAME_WIDTH = 24,
};

struct telling {
    const struct policy_release *release;
    const struct test_outcome *outcome;
    const struct test_lead *lead;
    const struct policy_expectation *expected;
    struct policy_inputs inputs;
    struct arena arena;
    struct buffer *out;
};

/* ---- conditions */

static void tell_steps(struct telling *telling, const struct policy_trial *trial, const char *when)
{
    struct buffer *out = telling->out;
    if (trial->step_count == 0)
        buffer_printf(out, " %s is false", when != NULL ? when : "the condition");
    for (size_t i = 0; i < trial->step_count; i++)
        buffer_printf(out, "%s %s is %s", i > 0 ? "," : "", trial->steps[i].text,
                      trial->steps[i].value);
}

/* A field that is not there is the usual reason, and no failure of anything. */
static void tell_failure(struct buffer *out, const char *message)
{
    static const char missing[] = "no such key: ";
    const size_t size = sizeof missing - 1;
    if (strncmp(message, missing, size) == 0)
        buffer_printf(out, "no: there is no `%s`", message + size);
    else
        buffer_printf(out, "no: %s", message);
}

static void tell_trial(struct telling *telling, const struct policy_trial *trial, const char *when)
{
    struct buffer *out = telling->out;
    switch (trial->outcome) {
    case POLICY_MATCHED: buffer_printf(out, "matches"); break;
    case POLICY_FALSE:
        buffer_printf(out, "no:");
        tell_steps(telling, trial, when);
        break;
    case POLICY_FAILED: tell_failure(out, trial->message); break;
    case POLICY_NOT_SAMPLED:
        buffer_printf(out, "matches, but the lead is not in its sample");
        break;
    }
}

static const char *target_name(const struct telling *telling, const struct policy_route *route)
{
    const struct policy_release *release = telling->release;
    switch (route->target) {
    case POLICY_TO_POOL: return release->pools[route->target_index].id;
    case POLICY_TO_REP:
        return route->rep_text != NULL ? route->rep_text : release->reps[route->target_index].id;
    default: return route->kind;
    }
}

/* ---- routes and classes */

static void tell_route(struct telling *telling, uint32_t at)
{
    const struct policy_route *route = &telling->release->routes[at];
    struct policy_trial trial;
    policy_route_try(&telling->inputs, at, &telling->arena, &trial);
    buffer_printf(telling->out, "        %s %-*s ", at == telling->lead->route ? "→" : " ",
                  NAME_WIDTH, route->name);
    tell_trial(telling, &trial, route->when_text);
    if (at == telling->lead->route)
        buffer_printf(telling->out, ": to %s", target_name(telling, route));
    else if (at > telling->lead->route)
        buffer_printf(telling->out, " (it stands behind the one that took the lead)");
    else if (trial.outcome == POLICY_MATCHED && route->target == POLICY_TO_REP)
        buffer_printf(telling->out, ", but %s cannot take it", target_name(telling, route));
    buffer_printf(telling->out, "\n");
}

static bool is_expected_route(const struct telling *telling, uint32_t at)
{
    const char *expected = telling->expected->texts[POLICY_EXPECTED_ROUTE];
    return expected != NULL && strcmp(telling->release->routes[at].name, expected) == 0;
}

/* Up to the route that took it; of a long list the last ones, and always the expected one. */
static bool is_shown(const struct telling *telling, uint32_t at)
{
    uint32_t taken = telling->lead->route;
    return (at <= taken && at + ROUTES_SHOWN >= taken) || is_expected_route(telling, at);
}

static void tell_routes(struct telling *telling)
{
    uint32_t taken = telling->lead->route, left_out = 0;
    if (taken == POLICY_NONE)
        return;
    for (uint32_t i = 0; i < taken; i++)
        left_out += !is_shown(telling, i);
    if (left_out > 0)
        buffer_printf(telling->out, "          %" PRIu32 " routes at the top did not take it\n",
                      left_out);
    for (uint32_t i = 0; i < telling->release->route_count; i++)
        if (is_shown(telling, i))
            tell_route(telling, i);
}

static void tell_classes(struct telling *telling)
{
    const char *expected = telling->expected->texts[POLICY_EXPECTED_CLASS];
    const struct policy_release *release = telling->release;
    if (expected == NULL || strcmp(expected, telling->lead->got.texts[POLICY_EXPECTED_CLASS]) == 0)
        return;
    for (uint32_t i = 0; i < release->class_count; i++) {
        bool wanted = strcmp(release->classes[i].name, expected) == 0;
        struct policy_trial trial;
        if (i > telling->lead->class_index && !wanted)
            continue;
        policy_class_try(&telling->inputs, i, &telling->arena, &trial);
        buffer_printf(telling->out, "        %s class %-*s ",
                      i == telling->lead->class_index ? "→" : " ", NAME_WIDTH - 6,
                      release->classes[i].name);
        tell_trial(telling, &trial, release->classes[i].when_text);
        buffer_printf(telling->out, "\n");
    }
}

/* ---- reps */

/* Those who could not take it for one reason; who was asked in two pools is told once. */
static void tell_passed(struct telling *telling, enum core_readiness reason)
{
    const struct core_candidates *candidates = &telling->lead->candidates;
    size_t told = 0;
    for (uint32_t i = 0; i < candidates->passed_count; i++) {
        bool again = candidates->passed[i].reason != reason;
        for (uint32_t k = 0; k < i; k++)
            again = again || candidates->passed[k].rep == candidates->passed[i].rep;
        if (again)
            continue;
        if (told++ == 0)
            buffer_printf(telling->out, "          %s: ", core_readiness_name(reason));
        else
            buffer_printf(telling->out, ", ");
        buffer_printf(telling->out, "%s", telling->release->reps[candidates->passed[i].rep].id);
    }
    if (told > 0)
        buffer_printf(telling->out, "\n");
}

static void tell_candidates(struct telling *telling)
{
    const struct core_candidates *candidates = &telling->lead->candidates;
    if (candidates->members == 0)
        return;
    buffer_printf(telling->out, "        who was asked: %" PRIu32, candidates->members);
    const struct {
        uint32_t count;
        const char *what;
    } groups[] = {{candidates->away, "away"},
                  {candidates->off_duty, "off duty"},
                  {candidates->full, "full"},
                  {candidates->limited, "at their limit"}};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (groups[i].count > 0)
            buffer_printf(telling->out, ", %" PRIu32 " %s", groups[i].count, groups[i].what);
    buffer_printf(telling->out, "\n");
    for (int reason = 0; reason < CORE_READINESSES; reason++)
        tell_passed(telling, (enum core_readiness)reason);
}

/* ---- */

static void tell_differences(struct telling *telling, int64_t lead)
{
    const struct test_outcome *outcome = telling->outcome;
    for (size_t i = 0; i < outcome->difference_count; i++) {
        const struct test_difference *difference = &outcome->differences[i];
        if (difference->lead == lead)
            buffer_printf(telling->out, "    %-10s expected %s, got %s\n", difference->what,
                          difference->expected, difference->got);
    }
}

static void tell_lead(struct telling *telling, size_t at)
{
    const struct test_outcome *outcome = telling->outcome;
    const struct policy_scenario *scenario = outcome->scenario;
    telling->lead = &outcome->leads[at];
    telling->expected = &scenario->expected[scenario->expected_count > 1 ? at : 0];
    char came[TIME_TEXT_SIZE];
    const struct policy_subject subject = {.source = scenario->source,
                                           .values = telling->lead->values,
                                           .person = telling->lead->person,
                                           .time_us = telling->lead->came_us};
    policy_inputs_init(&telling->inputs, telling->release, &subject);
    if (outcome->lead_count > 1)
        buffer_printf(telling->out, "    lead %zu of %zu:\n", at + 1, outcome->lead_count);
    tell_differences(telling, (int64_t)at);
    time_print(telling->lead->came_us, came);
    buffer_printf(telling->out, "      because, when it came at %.16sZ:\n", came);
    tell_classes(telling);
    tell_routes(telling);
    tell_candidates(telling);
}

static bool differs(const struct test_outcome *outcome, int64_t lead)
{
    for (size_t i = 0; i < outcome->difference_count; i++)
        if (outcome->differences[i].lead == lead)
            return true;
    return false;
}

/* When only the numbers of many leads differ, where each of them went says most. */
static void tell_all(struct telling *telling)
{
    const struct test_outcome *outcome = telling->outcome;
    tell_differences(telling, TEST_ALL_LEADS);
    for (size_t i = 0; i < outcome->lead_count && i < 2 * LEADS_SHOWN; i++)
        buffer_printf(telling->out, "      lead %zu: route %s, %s, owner %s\n", i + 1,
                      outcome->leads[i].got.texts[POLICY_EXPECTED_ROUTE],
                      outcome->leads[i].got.texts[POLICY_EXPECTED_PLACE],
                      outcome->leads[i].got.texts[POLICY_EXPECTED_OWNER]);
}

void test_why_print(const struct policy_release *release, const struct test_outcome *outcome,
                    struct buffer *out)
{
    struct telling telling = {.release = release, .outcome = outcome, .out = out};
    size_t shown = 0, hidden = 0;
    arena_init(&telling.arena);
    for (size_t i = 0; i < outcome->lead_count; i++) {
        if (!differs(outcome, (int64_t)i))
            continue;
        if (shown++ < LEADS_SHOWN)
            tell_lead(&telling, i);
        else
            hidden++;
    }
    if (hidden > 0)
        buffer_printf(out, "    and %zu more leads differ\n", hidden);
    if (differs(outcome, TEST_ALL_LEADS))
        tell_all(&telling);
    arena_release(&telling.arena);
}
