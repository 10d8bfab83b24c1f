/* What the files of destinations and providers may hold, by kind. As in shapes.c, spec/config says
 * the same; beside the form the tables say what is an expression, and of what type, and what is a
 * secret. */
#include "policy/internal.h"

#define TEXT_OF(text_format)                                   \
    {                                                          \
        .accepts = POLICY_ACCEPT_TEXT, .format = (text_format) \
    }
#define EXPRESSION_OF(types)                                                                 \
    {                                                                                        \
        .accepts = POLICY_ACCEPT_TEXT, .meaning = POLICY_MEANS_EXPRESSION, .yields = (types) \
    }
#define OBJECT_OF(...)                                                             \
    {                                                                              \
        .accepts = POLICY_ACCEPT_OBJECT, .members = (const struct policy_member[]) \
        {                                                                          \
            __VA_ARGS__,                                                           \
            {                                                                      \
                0                                                                  \
            }                                                                      \
        }                                                                          \
    }
#define COUNT_OF(least_count, most_count)                                                   \
    {                                                                                       \
        .accepts = POLICY_ACCEPT_INTEGER, .minimum = (least_count), .maximum = (most_count) \
    }

static const struct policy_shape text = TEXT_OF(POLICY_FORMAT_TEXT);
static const struct policy_shape line = TEXT_OF(POLICY_FORMAT_LINE);
static const struct policy_shape name = TEXT_OF(POLICY_FORMAT_NAME);
static const struct policy_shape url = TEXT_OF(POLICY_FORMAT_URL);
static const struct policy_shape path = TEXT_OF(POLICY_FORMAT_PATH);
static const struct policy_shape duration = TEXT_OF(POLICY_FORMAT_DURATION);
static const struct policy_shape boolean = {.accepts = POLICY_ACCEPT_BOOLEAN};
static const struct policy_shape anything = EXPRESSION_OF(0);
static const struct policy_shape truth = EXPRESSION_OF(1u << CEL_TYPE_BOOL);
static const struct policy_shape string = EXPRESSION_OF(1u << CEL_TYPE_STRING);
static const struct policy_shape list = EXPRESSION_OF(1u << CEL_TYPE_LIST);
/* Ids and cursors are numbers as often as texts. */
static const struct policy_shape identifier = EXPRESSION_OF(
    1u << CEL_TYPE_STRING | 1u << CEL_TYPE_INT | 1u << CEL_TYPE_UINT | 1u << CEL_TYPE_DOUBLE);
static const struct policy_shape moment = EXPRESSION_OF(1u << CEL_TYPE_TIMESTAMP);

/* ---- secrets */

static const struct policy_shape variable = TEXT_OF(POLICY_FORMAT_FIELD);
static const struct policy_member secret_members[] = {
    {"env", &variable, false},
    {"file", &line, false},
    {0},
};
static const struct policy_shape secret = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members = secret_members,
    .meaning = POLICY_MEANS_SECRET,
};
static const struct policy_shape secrets = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &secret,
    .least = 1,
};
static const struct policy_shape header_value = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .format = POLICY_FORMAT_LINE,
    .members = secret_members,
    .meaning = POLICY_MEANS_SECRET,
};
static const struct policy_shape header_values = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &header_value,
    .key_format = POLICY_FORMAT_HEADER,
};

/* ---- what is common to all */

static const struct policy_shape events = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &text,
};
static const struct policy_shape condition = TEXT_OF(POLICY_FORMAT_TEXT);
static const struct policy_shape concurrency = COUNT_OF(1, POLICY_CONCURRENCY_MAX);
static const struct policy_shape rate = COUNT_OF(1, POLICY_RATE_MAX);
static const struct policy_shape per_day = COUNT_OF(1, 1000000000);

static const struct policy_shape immediate = COUNT_OF(0, 3);
static const struct policy_shape times = COUNT_OF(0, 20);
static const struct policy_shape retry_short =
    OBJECT_OF({"times", &times, false}, {"from", &duration, false}, {"to", &duration, false});
static const struct policy_shape retry_long =
    OBJECT_OF({"from", &duration, false}, {"to", &duration, false});
static const struct policy_shape retry =
    OBJECT_OF({"immediate", &immediate, false}, {"short", &retry_short, false},
              {"long", &retry_long, false}, {"within", &duration, false});

static const struct policy_shape failures = COUNT_OF(1, 1000);
static const struct policy_shape breaker = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .choices = (const char *const[]){"off", NULL},
    .members =
        (const struct policy_member[]){
            {"failures", &failures, false},
            {"pause", &duration, false},
            {"longest", &duration, false},
            {0},
        },
};

static const struct policy_shape destination_kind = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"webhook", "rest", "slack", "email", "ndjson", "nats",
                                     "postgres", NULL},
};
static const struct policy_shape provider_kind = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"http", "domain", "table", NULL},
};

#define DESTINATION                                                                                \
    {"destination", &name, true}, {"title", &text, false}, {"owner", &text, false},                \
        {"team", &text, false}, {"kind", &destination_kind, true}, {"events", &events, false},     \
        {"when", &condition, false}, {"concurrency", &concurrency, false}, {"rate", &rate, false}, \
        {"per_day", &per_day, false}, {"timeout", &duration, false}, {"retry", &retry, false},     \
        {"breaker", &breaker, false},                                                              \
    {                                                                                              \
        "private_network", &boolean, false                                                         \
    }
#define PROVIDER                                                                             \
    {"provider", &name, true}, {"title", &text, false}, {"owner", &text, false},             \
        {"kind", &provider_kind, true}, {"concurrency", &concurrency, false},                \
        {"rate", &rate, false}, {"per_day", &per_day, false}, {"timeout", &duration, false}, \
        {"cache", &duration, false}, {"retry", &retry, false}, {"breaker", &breaker, false}, \
        {"private_network", &boolean, false},                                                \
    {                                                                                        \
        "overwrite", &boolean, false                                                         \
    }

/* ---- requests and answers */

static const struct policy_shape method = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"GET", "POST", "PUT", "PATCH", "DELETE", NULL},
};
static const struct policy_shape headers = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &anything,
    .key_format = POLICY_FORMAT_HEADER,
};
#define REQUEST                                                                     \
    {"method", &method, false}, {"url", &string, true}, {"body", &anything, false}, \
    {                                                                               \
        "headers", &headers, false                                                  \
    }
#define VERDICT_OF_ANSWER       \
    {"ok", &truth, false},      \
    {                           \
        "error", &string, false \
    }

static const struct policy_shape basic =
    OBJECT_OF({"user", &line, true}, {"password", &secret, true});
static const struct policy_shape header_name = TEXT_OF(POLICY_FORMAT_HEADER);
static const struct policy_shape auth_header =
    OBJECT_OF({"name", &header_name, true}, {"value", &secret, true});
static const struct policy_shape auth = OBJECT_OF(
    {"bearer", &secret, false}, {"basic", &basic, false}, {"header", &auth_header, false});

/* ---- rest */

static const struct policy_shape login =
    OBJECT_OF(REQUEST, {"secret", &secret, false}, {"token", &identifier, true},
              {"header", &headers, true}, VERDICT_OF_ANSWER);
static const struct policy_shape find =
    OBJECT_OF(REQUEST, {"id", &identifier, true}, VERDICT_OF_ANSWER);
static const struct policy_shape create =
    OBJECT_OF(REQUEST, {"id", &identifier, false}, VERDICT_OF_ANSWER);
static const struct policy_shape update = OBJECT_OF(REQUEST, VERDICT_OF_ANSWER);
static const struct policy_shape listing =
    OBJECT_OF(REQUEST, {"records", &list, true}, {"key", &identifier, true},
              {"id", &identifier, false}, {"next", &identifier, false}, VERDICT_OF_ANSWER);
static const struct policy_shape poll =
    OBJECT_OF({"every", &duration, true}, REQUEST, {"records", &list, true},
              {"cursor", &identifier, false}, VERDICT_OF_ANSWER);

static const struct policy_shape authority = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"ours", "theirs", "newest", NULL},
};
static const struct policy_shape sync_field =
    OBJECT_OF({"from", &anything, true}, {"authority", &authority, true});
static const struct policy_shape sync_fields = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &sync_field,
    .key_format = POLICY_FORMAT_FIELD,
    .least = 1,
};
static const struct policy_shape sync =
    OBJECT_OF({"poll", &poll, false}, {"webhook", &boolean, false}, {"lead", &string, false},
              {"id", &identifier, false}, {"change", &identifier, false}, {"time", &moment, false},
              {"fields", &sync_fields, true});
static const struct policy_shape writes =
    OBJECT_OF({"owner", &boolean, false}, {"status", &boolean, false});
static const struct policy_shape ids = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"cached", NULL},
};

/* ---- other kinds */

static const struct policy_shape smtp = TEXT_OF(POLICY_FORMAT_SMTP);
static const struct policy_shape mailbox = TEXT_OF(POLICY_FORMAT_MAILBOX);
static const struct policy_shape recipient = {
    .accepts = POLICY_ACCEPT_TEXT,
    .meaning = POLICY_MEANS_ADDRESS,
    .yields = 1u << CEL_TYPE_STRING | 1u << CEL_TYPE_LIST,
};
static const struct policy_shape size = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_INTEGER,
    .format = POLICY_FORMAT_SIZE,
    .minimum = 1024,
    .maximum = INT64_C(1) << 40,
};
static const struct policy_shape rotate =
    OBJECT_OF({"size", &size, false}, {"every", &duration, false});
static const struct policy_shape keep = COUNT_OF(1, 100000);
static const struct policy_shape nats_server = TEXT_OF(POLICY_FORMAT_NATS);
static const struct policy_shape nats_servers = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &nats_server,
    .least = 1,
};
static const struct policy_shape subject = {
    .accepts = POLICY_ACCEPT_TEXT,
    .meaning = POLICY_MEANS_SUBJECT,
    .yields = 1u << CEL_TYPE_STRING,
};
static const struct policy_shape connection = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .format = POLICY_FORMAT_CONNECTION,
    .members = secret_members,
    .meaning = POLICY_MEANS_SECRET,
};
static const struct policy_shape schema = TEXT_OF(POLICY_FORMAT_FIELD);

static const struct policy_shape request = OBJECT_OF(REQUEST);
static const struct policy_shape answers = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &anything,
    .key_format = POLICY_FORMAT_FIELD,
    .meaning = POLICY_MEANS_FIELDS,
};
static const struct policy_shape table = {
    .accepts = POLICY_ACCEPT_TEXT,
    .meaning = POLICY_MEANS_TABLE,
};

/* ---- the kinds */

static const struct policy_shape webhook = OBJECT_OF(
    DESTINATION, {"url", &url, false}, {"secret", &secret, false}, {"secrets", &secrets, false},
    {"headers", &header_values, false}, {"ca_file", &line, false});
static const struct policy_shape rest =
    OBJECT_OF(DESTINATION, {"auth", &auth, false}, {"headers", &headers, false},
              {"login", &login, false}, {"find", &find, false}, {"create", &create, true},
              {"update", &update, false}, {"list", &listing, false}, {"sync", &sync, false},
              {"ids", &ids, false}, {"writes", &writes, false}, {"ca_file", &line, false});
static const struct policy_shape slack = OBJECT_OF(
    DESTINATION, {"url", &secret, true}, {"channel", &line, false}, {"text", &string, false});
static const struct policy_shape email =
    OBJECT_OF(DESTINATION, {"server", &smtp, true}, {"from", &mailbox, true},
              {"user", &line, false}, {"password", &secret, false}, {"starttls", &boolean, false},
              {"to", &recipient, false}, {"ca_file", &line, false});
static const struct policy_shape ndjson =
    OBJECT_OF(DESTINATION, {"path", &path, true}, {"rotate", &rotate, false},
              {"keep", &keep, false}, {"sync", &boolean, false});
static const struct policy_shape nats =
    OBJECT_OF(DESTINATION, {"servers", &nats_servers, true}, {"subject", &subject, false},
              {"stream", &line, false}, {"user", &line, false}, {"password", &secret, false},
              {"token", &secret, false}, {"ca_file", &line, false});
static const struct policy_shape postgres =
    OBJECT_OF(DESTINATION, {"connection", &connection, true}, {"password", &secret, false},
              {"schema", &schema, false});

static const struct policy_shape http = OBJECT_OF(
    PROVIDER, {"request", &request, true}, {"auth", &auth, false}, {"headers", &headers, false},
    {"found", &truth, false}, {"map", &answers, false}, {"verdict", &string, false},
    {"key", &identifier, false}, VERDICT_OF_ANSWER, {"ca_file", &line, false});
static const struct policy_shape domain = OBJECT_OF(
    PROVIDER, {"from", &string, false}, {"map", &answers, false}, {"verdict", &string, false});
static const struct policy_shape table_row =
    OBJECT_OF(PROVIDER, {"table", &table, true}, {"key", &identifier, true},
              {"map", &answers, false}, {"verdict", &string, false});

const struct policy_shape *const policy_shape_destinations[] = {
    [POLICY_WEBHOOK] = &webhook,   [POLICY_REST] = &rest,     [POLICY_SLACK] = &slack,
    [POLICY_EMAIL] = &email,       [POLICY_NDJSON] = &ndjson, [POLICY_NATS] = &nats,
    [POLICY_POSTGRES] = &postgres, [POLICY_HTTP] = &http,     [POLICY_DOMAIN] = &domain,
    [POLICY_TABLE] = &table_row,
};

/* ---- the pipeline's enrichment */

static const struct policy_shape hold = TEXT_OF(POLICY_FORMAT_FIELD);
static const struct policy_shape provider_step = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .format = POLICY_FORMAT_NAME,
    .members =
        (const struct policy_member[]){
            {"provider", &name, true},
            {"when", &condition, false},
            {"hold", &hold, false},
            {0},
        },
};
static const struct policy_shape provider_steps = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &provider_step,
};
static const struct policy_shape reroute = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .choices = (const char *const[]){"off", NULL},
    .members =
        (const struct policy_member[]){
            {"within", &duration, true},
            {"more_specific", &boolean, false},
            {0},
        },
};
const struct policy_shape policy_shape_enrichment =
    OBJECT_OF({"providers", &provider_steps, false}, {"reroute", &reroute, false});
