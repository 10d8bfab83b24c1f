/* What notifications.yaml may hold, and what people.yaml says of where a rep is reached. As in
 * shapes.c, spec/config says the same. */
#include "policy/internal.h"

#define TEXT_OF(text_format)                                   \
    {                                                          \
        .accepts = POLICY_ACCEPT_TEXT, .format = (text_format) \
    }

static const struct policy_shape text = TEXT_OF(POLICY_FORMAT_TEXT);
static const struct policy_shape line = TEXT_OF(POLICY_FORMAT_LINE);
static const struct policy_shape name = TEXT_OF(POLICY_FORMAT_NAME);
static const struct policy_shape url = TEXT_OF(POLICY_FORMAT_URL);
static const struct policy_shape duration = TEXT_OF(POLICY_FORMAT_DURATION);

/* ---- people.yaml */

const struct policy_shape policy_shape_contact = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"via", &name, true},
            {"address", &line, false},
            {0},
        },
};
const struct policy_shape policy_shape_external = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &line,
    .key_format = POLICY_FORMAT_NAME,
};

/* ---- notifications.yaml */

static const struct policy_shape channel = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .format = POLICY_FORMAT_NAME,
    .members =
        (const struct policy_member[]){
            {"via", &name, true},
            {"hours", &name, false},
            {"digest", &duration, false},
            {0},
        },
};
static const struct policy_shape channels = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"reps", &channel, false},
            {"managers", &channel, false},
            {"teams", &channel, false},
            {"on_call", &channel, false},
            {"partners_by_email", &channel, false},
            {"partners_by_webhook", &channel, false},
            {0},
        },
};
static const struct policy_shape purpose = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"assignment", "reminder", "escalation", "exception", "page",
                                     "ticket", "notice", "remediation", NULL},
};
static const struct policy_shape mute = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &purpose,
};
static const struct policy_shape template = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"subject", &line, false},
            {"text", &text, false},
            {"html", &text, false},
            {0},
        },
};
static const struct policy_shape templates = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"assignment", &template, false},
            {"reminder", &template, false},
            {"escalation", &template, false},
            {"exception", &template, false},
            {"page", &template, false},
            {"ticket", &template, false},
            {"notice", &template, false},
            {"remediation", &template, false},
            {0},
        },
};

const struct policy_shape policy_shape_notifications = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"url", &url, false},
            {"channels", &channels, false},
            {"mute", &mute, false},
            {"templates", &templates, false},
            {0},
        },
};
