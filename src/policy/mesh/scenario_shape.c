/* What a file of tests may hold; spec/config/test.schema.json has the same for editors. */
#include "policy/mesh/scenario_internal.h"

#define TEXT_OF(text_format)                                   \
    {                                                          \
        .accepts = POLICY_ACCEPT_TEXT, .format = (text_format) \
    }

static const struct policy_shape text = TEXT_OF(POLICY_FORMAT_TEXT);
static const struct policy_shape name = TEXT_OF(POLICY_FORMAT_NAME);
static const struct policy_shape duration = TEXT_OF(POLICY_FORMAT_DURATION);
static const struct policy_shape boolean = {.accepts = POLICY_ACCEPT_BOOLEAN};
static const struct policy_shape names = {.accepts = POLICY_ACCEPT_LIST, .element = &name};
static const struct policy_shape count = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 0,
    .maximum = POLICY_CAPACITY_MAX,
};
static const struct policy_shape counts = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &count,
    .key_format = POLICY_FORMAT_NAME,
};

/* ---- given */

static const struct policy_shape field_value = {
    .accepts = POLICY_ACCEPT_ANY & ~(unsigned)POLICY_ACCEPT_OBJECT,
    .element = &text,
};

static const struct policy_shape lead = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &field_value,
    .key_format = POLICY_FORMAT_FIELD,
};

static const struct policy_shape leads = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &lead,
    .least = 1,
};

/* Whatever the contract of the source allows. */
static const struct policy_shape payload = {
    .accepts = POLICY_ACCEPT_OBJECT,
};

static const struct policy_shape contract = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 1,
    .maximum = POLICY_VERSION_MAX,
};

static const struct policy_shape repeat = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 1,
    .maximum = POLICY_SCENARIO_REPEAT_MAX,
};

static const struct policy_shape given = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"at", &text, false},
            {"source", &name, false},
            {"lead", &lead, false},
            {"leads", &leads, false},
            {"payload", &payload, false},
            {"contract", &contract, false},
            {"repeat", &repeat, false},
            {"every", &duration, false},
            {"until", &text, false},
            {"away", &names, false},
            {"load", &counts, false},
            {"capacity", &counts, false},
            {"before", &name, false},
            {0},
        },
};

static const struct policy_shape defaults = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"at", &text, false},
            {"source", &name, false},
            {"lead", &lead, false},
            {"away", &names, false},
            {"load", &counts, false},
            {"capacity", &counts, false},
            {0},
        },
};

/* ---- expected */

static const struct policy_shape score = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = -INT64_C(1000000000),
    .maximum = INT64_C(1000000000),
};

const char *const policy_scenario_places[] = {"owned",   "waiting", "exception",
                                              "nurture", "closed",  NULL};

static const struct policy_shape place = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = policy_scenario_places,
};

static const struct policy_shape exception = {
    .accepts = POLICY_ACCEPT_TEXT,
    .format = POLICY_FORMAT_FIELD,
};

/* Of one lead, in the order of enum policy_expected. */
#define LEAD_MEMBERS                                                                               \
    {"class", &name, false}, {"score", &score, false}, {"route", &name, false},                    \
        {"place", &place, false}, {"owner", &name, false}, {"pool", &name, false},                 \
        {"through", &name, false}, {"on_call", &boolean, false}, {"exception", &exception, false}, \
        {"team", &text, false}, {"nurture", &name, false}, {"account", &text, false},              \
    {                                                                                              \
        "known", &boolean, false                                                                   \
    }

static const struct policy_member lead_members[] = {LEAD_MEMBERS, {0}};

_Static_assert(sizeof lead_members / sizeof *lead_members == POLICY_EXPECTED_MEMBERS + 1,
               "one member for each thing to expect");

const char *policy_expected_name(enum policy_expected member)
{
    return lead_members[member].name;
}

static const struct policy_shape expected_of_one = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members = lead_members,
};

/* For all leads of a test alike, or a list with one item for each. */
static const struct policy_shape expected = {
    .accepts = POLICY_ACCEPT_OBJECT | POLICY_ACCEPT_LIST,
    .members =
        (const struct policy_member[]){
            LEAD_MEMBERS,
            {"owners", &counts, false},
            {"routes", &counts, false},
            {"places", &counts, false},
            {0},
        },
    .element = &expected_of_one,
    .least = 1,
};

static const struct policy_shape test = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &text, true},
            {"given", &given, false},
            {"expect", &expected, true},
            {0},
        },
};

static const struct policy_shape tests = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &test,
    .least = 1,
};

const struct policy_shape policy_shape_test = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"defaults", &defaults, false},
            {"tests", &tests, true},
            {0},
        },
};
