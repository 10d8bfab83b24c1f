/* What each file may hold, as tables. spec/config has the same as JSON Schemas, for editors; a test
 * keeps the two equal. */
#include "policy/internal.h"

const char *const policy_roles[] = {"routing", "integrations", "sales_ops", "compliance", NULL};
const char *const policy_types[] = {"string", "integer", "number", "boolean", "array", NULL};
const char *const policy_strategies[] = {"round_robin",   "weighted", "least_loaded",
                                         "score_ordered", "sticky",   NULL};

const char *const policy_reliefs[] = {"wait", "overflow", "on_call", NULL};
const char *const policy_exception_kinds[] = {
    "enrichment_timeout", "missing_email",   "capacity_overrun", "account_review",
    "contract_violation", "delivery_failed", "objective_late",   "ownership_gap",
    "duplicate_conflict", "fraud_suspected", "manual",           NULL,
};

#define TEXT_OF(text_format)                                   \
    {                                                          \
        .accepts = POLICY_ACCEPT_TEXT, .format = (text_format) \
    }

static const struct policy_shape text = TEXT_OF(POLICY_FORMAT_TEXT);
static const struct policy_shape name = TEXT_OF(POLICY_FORMAT_NAME);
static const struct policy_shape email = TEXT_OF(POLICY_FORMAT_EMAIL);
static const struct policy_shape zone = TEXT_OF(POLICY_FORMAT_ZONE);
static const struct policy_shape duration = TEXT_OF(POLICY_FORMAT_DURATION);
static const struct policy_shape boolean = {.accepts = POLICY_ACCEPT_BOOLEAN};
static const struct policy_shape number = {.accepts = POLICY_ACCEPT_NUMBER};
static const struct policy_shape anything = {.accepts = POLICY_ACCEPT_ANY};
static const struct policy_shape texts = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &text,
};
static const struct policy_shape names = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &name,
    .least = 1,
};

/* ---- mesh.yaml */

static const struct policy_shape role = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = policy_roles,
};

static const struct policy_shape owner = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &text, true},
            {"role", &role, true},
            {"email", &email, false},
            {0},
        },
};

static const struct policy_shape owners = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &owner,
    .least = 1,
};

static const struct policy_shape system_entry = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &text, true},
            {"kind", &text, false},
            {"owner", &text, false},
            {"description", &text, false},
            {0},
        },
};

static const struct policy_shape systems = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &system_entry,
};

static const struct policy_shape dead_letters = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"keep", &duration, false},
            {0},
        },
};

const struct policy_shape policy_shape_mesh = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &text, true},
            {"owners", &owners, true},
            {"systems", &systems, false},
            {"dead_letters", &dead_letters, false},
            {"causes", &policy_shape_causes, false},
            {"incidents", &policy_shape_incidents, false},
            {0},
        },
};

/* ---- lead.schema.json: the part of JSON Schema 2020-12 that describes flat records */

static const struct policy_shape field_type = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = policy_types,
};

static const struct policy_shape item_type = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"string", NULL},
};

static const struct policy_shape items = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"type", &item_type, true},
            {"title", &text, false},
            {"description", &text, false},
            {0},
        },
};

static const struct policy_shape allowed_values = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &text,
    .least = 1,
};

static const struct policy_shape max_length = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 1,
    .maximum = POLICY_STRING_MAX,
};

static const struct policy_shape examples = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &anything,
};

static const struct policy_shape field = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"type", &field_type, true},
            {"items", &items, false},
            {"enum", &allowed_values, false},
            {"maxLength", &max_length, false},
            {"minimum", &number, false},
            {"maximum", &number, false},
            {"x-pii", &boolean, false},
            {"title", &text, false},
            {"description", &text, false},
            {"format", &text, false},
            {"examples", &examples, false},
            {"$comment", &text, false},
            {0},
        },
};

static const struct policy_shape fields = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &field,
    .key_format = POLICY_FORMAT_FIELD,
    .least = 1,
};

static const struct policy_shape object_type = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"object", NULL},
};

const struct policy_shape policy_shape_lead = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"$schema", &text, false},
            {"$id", &text, false},
            {"$comment", &text, false},
            {"title", &text, false},
            {"description", &text, false},
            {"type", &object_type, true},
            {"properties", &fields, true},
            {"required", &texts, false},
            {"additionalProperties", &boolean, false},
            {0},
        },
};

/* ---- people.yaml */

static const struct policy_shape count = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 0,
    .maximum = POLICY_CAPACITY_MAX,
};

/* A number alone is that of open leads. */
static const struct policy_shape capacity = {
    .accepts = POLICY_ACCEPT_INTEGER | POLICY_ACCEPT_OBJECT,
    .minimum = 0,
    .maximum = POLICY_CAPACITY_MAX,
    .members =
        (const struct policy_member[]){
            {"open", &count, false},
            {"per_hour", &count, false},
            {"per_day", &count, false},
            {0},
        },
};

static const struct policy_shape hours = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &text,
    .key_format = POLICY_FORMAT_TEXT,
    .least = 1,
};

static const struct policy_shape calendar = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"id", &name, true},
            {"time_zone", &zone, true},
            {"hours", &hours, true},
            {"closed", &texts, false},
            {"ical", &texts, false},
            {0},
        },
};

static const struct policy_shape calendars = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &calendar,
};

static const struct policy_shape people_defaults = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"capacity", &capacity, false},
            {"calendar", &name, false},
            {0},
        },
};

static const struct policy_shape rep = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"id", &name, true},
            {"name", &text, false},
            {"email", &email, false},
            {"team", &name, false},
            {"country", &text, false},
            {"time_zone", &zone, false},
            {"capacity", &capacity, false},
            {"calendar", &name, false},
            {"time_off", &texts, false},
            {"time_off_ical", &texts, false},
            {"contact", &policy_shape_contact, false},
            {"external", &policy_shape_external, false},
            {0},
        },
};

static const struct policy_shape reps = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &rep,
    .least = 1,
};

const struct policy_shape policy_shape_people = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"calendars", &calendars, false},
            {"defaults", &people_defaults, false},
            {"teams", &policy_shape_teams, false},
            {"reps", &reps, true},
            {0},
        },
};

/* ---- on-call.yaml */

static const struct policy_shape rota_layer = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &name, true},
            {"start", &text, true},
            {"hand_over", &text, true},
            {"every", &text, true},
            {"hours", &hours, false},
            {"people", &names, true},
            {0},
        },
};

static const struct policy_shape rota_layers = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &rota_layer,
    .least = 1,
};

static const struct policy_shape rota_override = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"person", &name, true},
            {"from", &text, true},
            {"to", &text, true},
            {"reason", &text, false},
            {0},
        },
};

static const struct policy_shape rota_overrides = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &rota_override,
};

static const struct policy_shape rotation = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"id", &name, true},
            {"team", &text, true},
            {"time_zone", &zone, true},
            {"layers", &rota_layers, true},
            {"overrides", &rota_overrides, false},
            {"overrides_ical", &texts, false},
            {0},
        },
};

static const struct policy_shape rotations = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &rotation,
};

const struct policy_shape policy_shape_on_call = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"rotations", &rotations, true},
            {0},
        },
};

/* ---- pools.yaml */

static const struct policy_shape strategy = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = policy_strategies,
};

static const struct policy_shape strategy_otherwise = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices =
        (const char *const[]){"round_robin", "weighted", "least_loaded", "score_ordered", NULL},
};

static const struct policy_shape weight = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 1,
    .maximum = POLICY_WEIGHT_MAX,
};

static const struct policy_shape pool_member = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .format = POLICY_FORMAT_NAME,
    .members =
        (const struct policy_member[]){
            {"rep", &name, false},
            {"team", &name, false},
            {"weight", &weight, false},
            {"tier", &name, false},
            {0},
        },
};

static const struct policy_shape pool_members = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &pool_member,
    .least = 1,
};

static const struct policy_shape least_score = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = -INT64_C(1000000000),
    .maximum = INT64_C(1000000000),
};

static const struct policy_shape tier = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &name, true},
            {"min_score", &least_score, false},
            {0},
        },
};

static const struct policy_shape tiers = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &tier,
    .least = 1,
};

static const struct policy_shape relief_off_duty = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = policy_reliefs,
};

static const struct policy_shape relief_full = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"wait", "overflow", NULL},
};

static const struct policy_shape pool = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"id", &name, true},
            {"title", &text, false},
            {"strategy", &strategy, false},
            {"otherwise", &strategy_otherwise, false},
            {"members", &pool_members, true},
            {"tiers", &tiers, false},
            {"overflow", &name, false},
            {"off_duty", &relief_off_duty, false},
            {"full", &relief_full, false},
            {"on_call", &names, false},
            {"team", &name, false},
            {"calendar", &name, false},
            {0},
        },
};

static const struct policy_shape pools = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &pool,
};

const struct policy_shape policy_shape_pools = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"pools", &pools, true},
            {0},
        },
};

/* ---- accounts.yaml */

static const struct policy_shape matching = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"table", &text, true},
            {"domain", &text, false},
            {"name", &text, false},
            {"domains", &texts, false},
            {"names", &texts, false},
            {"threshold", &number, false},
            {0},
        },
};

const struct policy_shape policy_shape_accounts = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"accounts", &matching, true},
            {0},
        },
};

/* ---- sources/ */

static const struct policy_shape constant = {
    .accepts = POLICY_ACCEPT_ANY & ~(unsigned)POLICY_ACCEPT_OBJECT,
    .element = &text,
};

static const struct policy_shape constants = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &constant,
    .key_format = POLICY_FORMAT_FIELD,
};

static const struct policy_shape renames = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &text,
    .key_format = POLICY_FORMAT_FIELD,
};

static const struct policy_shape mapped = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_NULL,
};

static const struct policy_shape mapping = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &mapped,
    .key_format = POLICY_FORMAT_FIELD,
};

static const struct policy_shape version_number = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 1,
    .maximum = POLICY_VERSION_MAX,
};

static const struct policy_shape version = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"version", &version_number, true},
            {"mapping", &mapping, false},
            {"key", &text, false},
            {"skip", &text, false},
            {0},
        },
};

static const struct policy_shape versions = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &version,
    .least = 1,
};

static const struct policy_shape candidate_mode = {
    .accepts = POLICY_ACCEPT_TEXT,
    .choices = (const char *const[]){"shadow", "canary", NULL},
};

static const struct policy_shape rate_count = {
    .accepts = POLICY_ACCEPT_INTEGER,
    .minimum = 1,
    .maximum = POLICY_RATE_MAX,
};

/* The text is `never`. */
static const struct policy_shape fall_back = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"percent", &number, false},
            {"records", &rate_count, false},
            {"within", &duration, false},
            {0},
        },
};

static const struct policy_shape candidate = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"version", &version_number, true},
            {"mode", &candidate_mode, false},
            {"percent", &number, false},
            {"fall_back", &fall_back, false},
            {0},
        },
};

static const struct policy_shape rate = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"per_second", &rate_count, true},
            {"burst", &rate_count, false},
            {0},
        },
};

static const struct policy_shape emails = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &email,
    .least = 1,
};

static const struct policy_shape notify = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"webhook", &text, false},
            {"emails", &emails, false},
            {"every", &duration, false},
            {0},
        },
};

const struct policy_shape policy_shape_source = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"source", &name, true},
            {"title", &text, false},
            {"owner", &text, false},
            {"kind", &name, false},
            {"contract", &version_number, false},
            {"constants", &constants, false},
            {"map", &renames, false},
            {"mapping", &mapping, false},
            {"key", &text, false},
            {"skip", &text, false},
            {"split", &text, false},
            {"versions", &versions, false},
            {"candidate", &candidate, false},
            {"honeypot", &text, false},
            {"redirect", &text, false},
            {"redirect_error", &text, false},
            {"origins", &texts, false},
            {"open", &boolean, false},
            {"rate", &rate, false},
            {"notify", &notify, false},
            {0},
        },
};

/* ---- pipelines/ */

static const struct policy_shape class_entry = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &name, true},
            {"when", &text, false},
            {"objectives", &policy_shape_objectives, false},
            {"return_after", &duration, false},
            {"escalation", &policy_shape_escalation, false},
            {"acknowledgement", &duration, false},
            {0},
        },
};

static const struct policy_shape classes = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &class_entry,
    .least = 1,
};

/* A standard kind, or one of `exceptions`. */
static const struct policy_shape exception_kind = TEXT_OF(POLICY_FORMAT_FIELD);

/* Exactly one of pool, rep, exception, nurture; the rest belongs to one of them. */
static const struct policy_shape target = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"pool", &name, false},
            {"rep", &text, false},
            {"exception", &exception_kind, false},
            {"team", &text, false},
            {"within", &duration, false},
            {"nurture", &name, false},
            {"after", &duration, false},
            {0},
        },
};

static const struct policy_shape group = TEXT_OF(POLICY_FORMAT_GROUP);

static const struct policy_shape routes;

/* A route, or, with `routes`, a group of them. In a stored release the routes are flat and `group`
 * says where each one was. */
static const struct policy_shape route = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"name", &name, false},
            {"group", &group, false},
            {"when", &text, false},
            {"percent", &number, false},
            {"to", &target, false},
            {"routes", &routes, false},
            {0},
        },
};

static const struct policy_shape routes = {
    .accepts = POLICY_ACCEPT_LIST,
    .element = &route,
    .least = 1,
};

static const struct policy_shape param = {
    .accepts = POLICY_ACCEPT_TEXT | POLICY_ACCEPT_NUMBER | POLICY_ACCEPT_BOOLEAN,
};

static const struct policy_shape params = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .element = &param,
    .key_format = POLICY_FORMAT_FIELD,
};

const struct policy_shape policy_shape_pipeline = {
    .accepts = POLICY_ACCEPT_OBJECT,
    .members =
        (const struct policy_member[]){
            {"pipeline", &name, true},
            {"owner", &text, true},
            {"calendar", &name, false},
            {"params", &params, false},
            {"classes", &classes, true},
            {"escalation", &policy_shape_escalation, false},
            {"exceptions", &policy_shape_exceptions, false},
            {"surge", &policy_shape_surge, false},
            {"enrichment", &policy_shape_enrichment, false},
            {"score", &text, false},
            {"routes", &routes, true},
            {0},
        },
};
