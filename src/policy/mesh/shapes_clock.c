/* What the parts of the files may hold that are about time and trouble: objectives, ladders,
 * exceptions, surges, alerts. As in shapes.c, spec/config says the same. */
#include "policy/internal.h"

#define TEXT_OF(text_format)                                   \
    {                                                          \
        .accepts = POLICY_ACCEPT_TEXT, .format = (text_format) \
    }

static const struct policy_shape text = TEXT_OF(POLICY_FORMAT_TEXT);
static const struct policy_shape name = TEXT_OF(POLICY_FORMAT_NAME);
static const struct policy_shape email = TEXT_OF(POLICY_FORMAT_EMAIL);
static const struct policy_shape duration = TEXT_OF(POLICY_FORMAT_DURATION);
static const struct policy_shape delay = TEXT_OF(POLICY_FORMAT_DELAY);
static const struct policy_shape share = TEXT_OF(POLICY_FORMAT_SHARE);
static const struct policy_shape times = TEXT_OF(POLICY_FORMAT_TIMES);
static const struct policy_shape boolean = {.accepts = POLICY_ACCEPT_BOOLEAN};
static const struct policy_shape names = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &name,
    .least = 1,
};
static const struct policy_shape count = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 1,
    .maximum = 1000000,
};

/* ---- classes */

static const struct policy_shape clock_name = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"wall", "business", NULL},
};

static const struct policy_shape promise = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .format = POLICY_FORMAT_DURATION,
    .members =
        (const struct policy_member[]){
            {"within", &duration, true},
            {"clock", &clock_name, false},
            {0},
        },
};

const struct policy_shape policy_shape_objectives = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"enriched", &promise, false},
            {"assigned", &promise, false},
            {"contacted", &promise, false},
            {"qualified", &promise, false},
            {"clock", &clock_name, false},
            {0},
        },
};

/* ---- ladders */

static const struct policy_shape action = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = policy_actions,
};

/* Enrichment runs beside what a ladder pushes. */
static const struct policy_shape pushed_objective = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = policy_objectives + POLICY_ASSIGNED,
};

static const struct policy_shape step = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"objective", &pushed_objective, false},
            {"at", &share, false},
            {"after", &delay, false},
            {"do", &action, true},
            {"on_duty", &boolean, false},
            {"pool", &name, false},
            {"team", &text, false},
            {"within", &duration, false},
            {0},
        },
};

const struct policy_shape policy_shape_escalation = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &step,
};

/* ---- exceptions */

static const struct policy_shape fallback_step = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"remind", &duration, false},
            {"pool", &name, false},
            {"team", &text, false},
            {"within", &duration, false},
            {0},
        },
};

/* One, or several for one expiry after the other. */
static const struct policy_shape fallback = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT | POLICY_ACCEPT_LIST,
    .members =
        (const struct policy_member[]){
            {"remind", &duration, false},
            {"pool", &name, false},
            {"team", &text, false},
            {"within", &duration, false},
            {0},
        },
    .element = &fallback_step,
    .least = 1,
};

static const struct policy_shape exception = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"title", &text, false},
            {"queue", &name, false},
            {"team", &text, false},
            {"within", &duration, false},
            {"recommended", &text, false},
            {"fallback", &fallback, false},
            {"triage", &name, false},
            {0},
        },
};

const struct policy_shape policy_shape_exceptions = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &exception,
    .key_format = POLICY_FORMAT_FIELD,
};

/* ---- surges */

static const struct policy_shape detection = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"start", &times, false},
            {"end", &times, false},
            {"window", &duration, false},
            {"at_least", &count, false},
            {0},
        },
};

static const struct policy_shape pace = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 1,
    .maximum = POLICY_CAPACITY_MAX,
};

static const struct policy_shape override = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_NUMBER | POLICY_ACCEPT_BOOLEAN,
};

static const struct policy_shape overrides = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &override,
    .key_format = POLICY_FORMAT_FIELD,
    .least = 1,
};

static const struct policy_shape score = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = -INT64_C(1000000000),
    .maximum = INT64_C(1000000000),
};

static const struct policy_shape nurture = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"below", &score, false},
            {"after", &duration, true},
            {0},
        },
};

const struct policy_shape policy_shape_surge = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"detect", &detection, false},
            {"exempt", &names, false},
            {"per_hour", &pace, false},
            {"overflow", &name, false},
            {"triage", &name, false},
            {"params", &overrides, false},
            {"nurture", &nurture, false},
            {"at_most", &duration, false},
            {0},
        },
};

/* ---- people.yaml and mesh.yaml */

static const struct policy_shape team = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"id", &name, true},
            {"title", &text, false},
            {"manager", &name, false},
            {"email", &email, false},
            {0},
        },
};

const struct policy_shape policy_shape_teams = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &team,
};

static const struct policy_shape cause = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &name, true},
            {"title", &text, false},
            {0},
        },
};

const struct policy_shape policy_shape_causes = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &cause,
};

const struct policy_shape policy_shape_incidents = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"drop", &share, false},
            {"window", &duration, false},
            {"norm", &duration, false},
            {"at_least", &count, false},
            {"team", &text, false},
            {0},
        },
};

/* ---- alerts.yaml */

static const struct policy_shape metric = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = policy_metrics,
};

static const struct policy_shape any_objective = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = policy_objectives,
};

/* 5%, 30m, 20 or 14.4, as the metric has it. */
static const struct policy_shape threshold = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_NUMBER,
};

static const struct policy_shape alert = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &name, true},
            {"off", &boolean, false},
            {"metric", &metric, false},
            {"over", &threshold, false},
            {"window", &duration, false},
            {"short_window", &duration, false},
            {"target", &share, false},
            {"for", &delay, false},
            {"at_least", &count, false},
            {"objective", &any_objective, false},
            {"class", &text, false},
            {"team", &text, false},
            {"page", &boolean, false},
            {"incident", &boolean, false},
            {"repeat", &delay, false},
            {0},
        },
};

static const struct policy_shape alerts = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &alert,
};

const struct policy_shape policy_shape_alerts = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"group", &delay, false},
            {"alerts", &alerts, true},
            {0},
        },
};
