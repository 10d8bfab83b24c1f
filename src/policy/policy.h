/* Routing policy: a mesh directory's files → a checked, compiled, immutable release; and the first
 * half of a routing decision (class, score, route) as a pure function of release and lead.
 *
 * Pure: it is given file contents, it opens nothing. A release is immutable, shared by threads and
 * reference-counted. Its id is the BLAKE2b-256 of its canonical JSON, which is all that is needed
 * to compile it again (the journal keeps it). */
#ifndef ML_POLICY_POLICY_H
#define ML_POLICY_POLICY_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "cel/cel.h"
#include "contract/schema.h"
#include "policy/clock.h"
#include "policy/outbox.h"

#define POLICY_NONE UINT32_MAX

/* Ceilings of one release. */
enum {
    POLICY_FIELDS_MAX = 128,
    POLICY_ROUTES_MAX = 10000,
    POLICY_CLASSES_MAX = 64,
    POLICY_REPS_MAX = 100000,
    POLICY_POOLS_MAX = 10000,
    POLICY_SOURCES_MAX = 1000,
    POLICY_STRING_MAX = 4096, /* bytes in one string of a lead */
    POLICY_LIST_MAX = 64,     /* items in one list of a lead */
    POLICY_PARAMS_MAX = 64,
    POLICY_TABLES_MAX = 256,
    POLICY_CALENDARS_MAX = 10000,
    POLICY_TIERS_MAX = 8,
    POLICY_WEIGHT_MAX = 100,
    POLICY_ON_CALL_MAX = 32,
    POLICY_OVERFLOW_MAX = 16,  /* pools in one overflow chain */
    POLICY_GROUPS_MAX = 8,     /* groups a route may be nested in */
    POLICY_CONTRACTS_MAX = 20, /* versions of one source's contract */
    POLICY_ORIGINS_MAX = 32,
    POLICY_NOTIFY_EMAILS_MAX = 8,
};

/* ---- the canonical lead (lead.schema.json) */

enum policy_type {
    POLICY_STRING,
    POLICY_INTEGER,
    POLICY_NUMBER,
    POLICY_BOOLEAN,
    POLICY_STRINGS, /* array of strings */
};

struct policy_field {
    const char *name;
    enum policy_type type;
    bool required;
    bool pii;                   /* x-pii */
    const char *const *allowed; /* enum of a string field, or NULL */
    size_t allowed_count;
    uint32_t max_length;     /* of a string, in characters (as JSON Schema counts);
                                POLICY_STRING_MAX bytes is the ceiling of every string */
    double minimum, maximum; /* of a number; infinities when unstated */
};

struct policy_index;

/* The fields in canonical order (as declared): a lead is an array of `count` cel_values, CEL_ABSENT
 * when missing. */
struct policy_schema {
    const struct policy_field *fields;
    size_t count;
    /* Indices of the fields of these names, or POLICY_NONE. Campaign and partner, texts, are what
     * promises are counted by. */
    uint32_t email, phone, external_id, campaign, partner;
    bool additional; /* unknown members are ignored rather than refused (additionalProperties) */
    const struct policy_index *index; /* of the names; private */
};

/* ---- what a release holds; all strings NUL-terminated, owned by the release */

enum policy_role {
    POLICY_ROLE_ROUTING,
    POLICY_ROLE_INTEGRATIONS,
    POLICY_ROLE_SALES_OPS,
    POLICY_ROLE_COMPLIANCE
};

/* A person or team that answers for a part of the mesh. */
struct policy_owner {
    const char *name; /* unique */
    enum policy_role role;
    const char *email; /* may be "" */
};

/* A line of the system inventory. */
struct policy_system {
    const char *name;        /* unique */
    const char *kind;        /* "crm", "ad-platform"; may be "" */
    const char *owner;       /* an owner's name; may be "" */
    const char *description; /* may be "" */
};

/* Half-open, UTC microseconds. */
struct policy_interval {
    int64_t from_us;
    int64_t to_us;
};

struct policy_calendar; /* calendar.h */

struct policy_rep {
    const char *id;        /* unique */
    const char *name;      /* the id when unstated */
    const char *email;     /* may be "" */
    const char *team;      /* may be "" */
    const char *time_zone; /* IANA name; the calendar's when unstated; may be "" */
    const char *country;   /* may be "" */
    uint32_t capacity;     /* open leads at most; 0: takes none */
    uint32_t per_hour;     /* new leads at most in a clock hour (UTC); 0: no limit */
    uint32_t per_day;      /* new leads at most in a day of the rep's time zone; 0: no limit */
    const struct policy_calendar *calendar; /* NULL: always on duty but for time off */
    const struct policy_interval *time_off; /* by time, not overlapping */
    size_t time_off_count;
    const struct policy_contact *contact; /* NULL: nothing of its own */
};

/* By declared order of members: `round_robin` in turn; `weighted` in turn, each as often as its
 * weight says; `least_loaded` whoever has the smallest share of the capacity in use;
 * `score_ordered` the best tier that the lead's score entitles to, within it who waited longest;
 * `sticky` whoever had the person before, else by `otherwise`. */
enum policy_strategy {
    POLICY_ROUND_ROBIN,
    POLICY_WEIGHTED,
    POLICY_LEAST_LOADED,
    POLICY_SCORE_ORDERED,
    POLICY_STICKY,
};

/* The tier that a score entitles to. */
static inline uint32_t policy_tier_for(const int64_t *tier_scores, size_t tier_count, int64_t score)
{
    uint32_t tier = 0;
    while (tier + 1 < tier_count && score < tier_scores[tier])
        tier++;
    return tier;
}

const char *policy_strategy_name(enum policy_strategy strategy); /* "round_robin" */

struct policy_membership {
    uint32_t rep;    /* into reps */
    uint32_t weight; /* 1 to POLICY_WEIGHT_MAX */
    uint32_t tier;   /* 0 is the best; below tier_count */
};

/* What a pool does with a lead that none of its members can take now. */
enum policy_relief {
    POLICY_RELIEF_WAIT,     /* queue in this pool until somebody can */
    POLICY_RELIEF_OVERFLOW, /* try the overflow pool; if that cannot help either, wait here */
    POLICY_RELIEF_ON_CALL,  /* one of the on-call reps, duty hours aside; if none has room, wait */
};
const char *policy_relief_name(enum policy_relief relief); /* "on_call" */

struct policy_pool {
    const char *id;    /* unique */
    const char *title; /* the id when unstated */
    enum policy_strategy strategy;
    enum policy_strategy otherwise;          /* of sticky; the strategy itself for the others */
    const struct policy_membership *members; /* in declared order, no doubles */
    size_t member_count;
    const int64_t *tier_scores;  /* least score of each tier, falling; the last is INT64_MIN */
    size_t tier_count;           /* 1 but for score_ordered */
    uint32_t overflow;           /* into pools, POLICY_NONE: none; there are no cycles */
    enum policy_relief off_duty; /* when nobody is on duty */
    enum policy_relief full;     /* when those on duty have no room; never ON_CALL */
    const uint32_t *on_call;     /* into reps, in the order they are asked */
    size_t on_call_count;
    const char *team;                       /* whose manager answers for it; may be "" */
    const struct policy_calendar *calendar; /* of promises while nobody owns the lead; or NULL */
};

/* A named constant of the expressions (`params.enterprise_min`), which a surge plan may override
 * for a time. */
struct policy_param {
    const char *name;       /* unique */
    struct cel_value value; /* int, double, string or bool */
};

/* ---- what a source agreed with those who send (sources/, contracts/; see edge/edge.h) */

/* One canonical field, worked out of a payload. */
struct policy_mapping {
    uint32_t field; /* in the schema of the lead */
    const char *text;
    const struct cel_program *program;
};

/* One version of a source's contract: what a payload must look like, and what becomes of it. */
struct policy_contract {
    uint32_t version;                      /* from 1 */
    struct bytes schema_text;              /* JSON Schema 2020-12, as its file has it */
    const struct contract_schema *schema;  /* of schema_text; formats are asserted */
    const struct policy_mapping *mappings; /* by field */
    size_t mapping_count;
    const struct cel_program *key;  /* string: the sender's own id of the record; NULL: none */
    const struct cel_program *skip; /* bool or string: acknowledged, and no lead; NULL: never */
    const char *key_text, *skip_text;
};

/* What is done with a version that is not in force yet. */
enum policy_rollout_mode {
    POLICY_NO_CANDIDATE,
    POLICY_SHADOW, /* every record is read by it as well, and only compared */
    POLICY_CANARY, /* a share of the records is read by it instead */
};

/* Which versions of a source's contract are used. In the mesh it is what the release starts with;
 * what people and the automatic fall-back have done since is the core's (core.h). */
struct policy_rollout {
    uint32_t active;    /* blue; 0: the source has no contract */
    uint32_t candidate; /* green; 0: none */
    uint32_t previous;  /* was active before; 0: none */
    enum policy_rollout_mode mode;
    uint32_t share; /* CANARY: in hundredths of a percent */
};

/* When a canary is given up: `violations` (hundredths of a percent) of at least `records` records
 * within `window_us`. Counted in windows of that length, one after the other. */
struct policy_fall_back {
    uint32_t violations; /* 0: never */
    uint32_t records;
    int64_t window_us;
};

/* Who is told that records break the contract. */
struct policy_notify {
    const char *webhook; /* URL; may be "" */
    const char *const *emails;
    size_t email_count;
    int64_t every_us; /* of the digest */
};

struct policy_kind; /* edge/kind.h: a ready-made source of a vendor */

struct policy_source {
    const char *name;               /* unique; the {source} of POST /v1/sources/{source}/leads */
    const char *title;              /* the name when unstated */
    const char *owner;              /* an owner's name; may be "" */
    const struct policy_kind *kind; /* NULL: one's own */
    /* The list of records in a payload; NULL, text and all: the payload is one. */
    const struct cel_program *split;
    const char *split_text;
    /* By version. None: a payload is the lead itself, under the names of `rename_from`. */
    const struct policy_contract *contracts;
    size_t contract_count;
    struct policy_rollout rollout;
    struct policy_fall_back fall_back;
    struct policy_notify notify;
    const char *honeypot; /* a form's field that people leave empty; "": none */
    const char *redirect,
        *redirect_error;        /* of form posts: where the browser goes next; "": nowhere */
    const char *const *origins; /* "https://www.example.com": whose pages may post; "*": all */
    size_t origin_count;
    bool open;                         /* browsers on those pages need no key */
    uint32_t rate;                     /* records a second; 0: no limit */
    uint32_t burst;                    /* records at once */
    const struct cel_value *constants; /* schema.count values; CEL_ABSENT where none */
    /* Payload member names that stand for canonical fields: rename_from[i] → fields[rename_to[i]].
     * Such a field is no longer read under its own name. */
    const char *const *rename_from;
    const uint32_t *rename_to;
    size_t rename_count;
};

struct policy_class {
    const char *name;
    const char *when_text;          /* NULL for the catch-all, which is last */
    const struct cel_program *when; /* NULL for the catch-all */
    uint32_t urgency;               /* 0 is the most urgent: the place in the list */
    struct policy_promise objectives[POLICY_OBJECTIVES];
    struct policy_escalation ladders[POLICY_OBJECTIVES]; /* the class's own, else the pipeline's */
    int64_t return_after_us; /* an assigned lead without contact goes back this long after
                                assignment; 0: never */
    int64_t acknowledged_us; /* how long an owner's acknowledgement stops the ladder */
};

enum policy_target {
    POLICY_TO_POOL,
    POLICY_TO_REP,
    POLICY_TO_EXCEPTION, /* a person of the team decides; `account_review` is the account-based node
                          */
    POLICY_TO_NURTURE,   /* put aside, routed anew after a while */
};

/* Routes nested in groups are flattened; `when` includes the conditions of the groups. */
struct policy_route {
    const char *name; /* unique */
    const char
        *group; /* names of the groups around it, outermost first, "enterprise/dach"; or "" */
    const char *when_text;          /* NULL: always; with groups "(outer) && (inner) && (own)" */
    const struct cel_program *when; /* NULL: always; the last route is such */
    /* Part of the leads that it takes, by a stable hash of person and route, in hundredths of a
     * percent; 10000: all. */
    uint32_t sample;
    enum policy_target target;
    uint32_t target_index; /* into pools or reps; POLICY_NONE for a rep by expression */
    const char *rep_text;  /* the expression that names the rep, or NULL */
    const struct cel_program *rep;
    const char *kind;  /* of the exception, "missing_email"; of nurture, its name; else "" */
    const char *team;  /* who owns the exception; may be "" */
    int64_t delay_us;  /* exception: until it is late; nurture: until it is routed anew */
    const void *place; /* where the files say it; only while a release is being made */
};

struct policy_rota;        /* rota/rota.h: who is on call when */
struct policy_route_index; /* route_index.h */
struct policy_accounts;    /* account.h */

struct policy_release {
    struct hash256 id;
    char id_text[HASH256_TEXT_SIZE];
    struct bytes canonical; /* JSON */
    const char *name;       /* of the mesh */
    const struct policy_owner *owners;
    size_t owner_count;
    const struct policy_system *systems;
    size_t system_count;
    const struct policy_team *teams;
    size_t team_count;
    const struct policy_cause *causes; /* none: any word will do */
    size_t cause_count;
    const char *pipeline;
    const char *owner;                         /* of the pipeline */
    const struct policy_calendar *calendar;    /* of promises, where nobody has one; may be NULL */
    const struct policy_exception *exceptions; /* the standard kinds first, then others of routes */
    size_t exception_count;
    struct policy_surge surge;
    struct policy_alerting alerting;
    struct policy_incident_rule incidents;
    const struct policy_destination *destinations; /* and providers */
    size_t destination_count;
    struct policy_enrichment enrichment;
    struct policy_notifications notifications;
    struct policy_schema schema;
    const struct policy_rep *reps;
    size_t rep_count;
    const struct policy_pool *pools;
    size_t pool_count;
    const struct policy_source *sources;
    size_t source_count;
    const struct policy_calendar *const *calendars;
    size_t calendar_count;
    const struct policy_rota *rotas; /* in the order of on-call.yaml */
    size_t rota_count;
    const struct policy_param *params;
    size_t param_count;
    const struct policy_file *shared_schemas; /* contracts/shared/, by path */
    size_t shared_schema_count;
    int64_t keep_dead_letters_us;           /* then they are discarded */
    const struct policy_accounts *accounts; /* NULL: no account matching */
    bool uses_time;                         /* some expression asks for `now` */
    bool uses_sample;                       /* some route takes a part of the leads */
    const struct policy_class *classes;
    size_t class_count;
    const struct policy_route *routes;
    size_t route_count;
    const char *score_text;          /* NULL: every score is 0 */
    const struct cel_program *score; /* int or double */
    const struct policy_route_index *route_index;
    /* Variables of every expression: enum policy_variable, then the tables: `territory.NAME` for
     * each file in territories/, `NAME` for each in tables/. */
    struct cel_environment environment;
    const struct cel_value *table_values; /* of the variables from POLICY_TABLES_FROM on */
    /* Variables of the expressions of contracts: enum policy_contract_variable, then the same
     * tables. */
    struct cel_environment contract_environment;
    /* Of the expressions of destinations and providers: enum policy_outbox_variable, then the same
     * tables. */
    struct cel_environment outbox_environment;
};

enum policy_variable {
    POLICY_LEAD,    /* record, by schema */
    POLICY_SOURCE,  /* string: its name */
    POLICY_PARAMS,  /* record, by params */
    POLICY_ACCOUNT, /* record: columns of the accounts' table, `match`, `match_score`; absent: none
                     */
    POLICY_NOW,     /* timestamp of the decision */
    POLICY_TABLES_FROM,
};

/* What mapping, key, skip and split see. */
enum policy_contract_variable {
    POLICY_CONTRACT_PAYLOAD, /* dyn: the record */
    POLICY_CONTRACT_EVENT,   /* map of string to dyn: attributes of the CloudEvent, or empty */
    POLICY_CONTRACT_SOURCE,  /* string: its name */
    POLICY_CONTRACT_PARAMS,  /* record, by params */
    POLICY_CONTRACT_TABLES_FROM,
};

struct policy_release *policy_release_ref(struct policy_release *release);
/* Takes NULL; frees with the last reference. */
void policy_release_unref(struct policy_release *release);

/* ---- making a release */

struct policy_file {
    const char *path;     /* relative to the mesh, "pipelines/inbound.yaml" */
    struct bytes content; /* UTF-8 */
};

struct policy_diagnostic {
    const char *file;
    uint32_t line;   /* from 1; 0 when unknown */
    uint32_t column; /* from 1 */
    const char *message;
};

/* All the mistakes of one run, in file and line order; owned by its arena. Past
 * POLICY_DIAGNOSTICS_MAX the last one counts the rest. */
enum { POLICY_DIAGNOSTICS_MAX = 500 };

struct policy_diagnostics {
    struct arena arena;
    struct policy_diagnostic *items;
    size_t count;
    size_t capacity;
};

void policy_diagnostics_init(struct policy_diagnostics *diagnostics);
void policy_diagnostics_release(struct policy_diagnostics *diagnostics);

/* Ceilings of the files. */
enum { POLICY_FILE_MAX = 16 * 1024 * 1024, POLICY_FILES_MAX = 10 * POLICY_SOURCES_MAX };

/* Checks and compiles all files, in any order. On mistakes: ML_EINVAL, all of them in
 * `diagnostics` (empty before). The caller owns one reference of *ret. `files` are borrowed for the
 * call. */
int policy_release_compile(const struct policy_file *files, size_t count,
                           struct policy_diagnostics *diagnostics, struct policy_release **ret,
                           struct error *err);

/* The same release again from its canonical JSON (borrowed for the call), under the same id.
 * ML_ECORRUPT when it is not one, ML_EVERSION when a newer version wrote it. */
int policy_release_from_canonical(struct bytes canonical, struct policy_release **ret,
                                  struct error *err);

/* The files of a small commented mesh to start from, for `meshline init`; static storage. */
void policy_starter_files(const struct policy_file **ret, size_t *ret_count);

/* Index by name; POLICY_NONE when there is none. Constant time. */
uint32_t policy_source_find(const struct policy_release *release, struct bytes name);
uint32_t policy_rep_find(const struct policy_release *release, struct bytes id);
uint32_t policy_pool_find(const struct policy_release *release, struct bytes id);
uint32_t policy_route_find(const struct policy_release *release, struct bytes name);
uint32_t policy_field_find(const struct policy_schema *schema, struct bytes name);
uint32_t policy_destination_find(const struct policy_release *release, struct bytes name);
/* The settings of a kind of exception; of a kind that has none those of "manual". Never NULL. */
const struct policy_exception *policy_exception_find(const struct policy_release *release,
                                                     struct bytes kind);
uint32_t policy_team_find(const struct policy_release *release, struct bytes id);
/* Whether people may give that cause: it is declared, or nothing is and it is not empty. */
bool policy_cause_allowed(const struct policy_release *release, struct bytes name);
/* The source's contract of that version; NULL when there is none. */
const struct policy_contract *policy_contract_find(const struct policy_source *source,
                                                   uint32_t version);
const char *
policy_rollout_mode_name(enum policy_rollout_mode mode); /* "none", "shadow", "canary" */

/* ---- records: leads as arrays of schema.count values */

struct policy_problem {
    const char *pointer; /* JSON Pointer into the payload, "/employees"; "" is the whole */
    const char *message; /* "must be an integer, got a string" */
    /* Where the rule stands: a JSON Pointer into the contract's schema, or "mapping/FIELD", or
     * "lead/FIELD" for the canonical lead's own. May be NULL. */
    const char *rule;
};

enum { POLICY_PROBLEMS_MAX = 16 };

struct policy_problems {
    struct policy_problem items[POLICY_PROBLEMS_MAX];
    size_t count; /* of items; more mistakes than fit are counted in `more` */
    size_t more;
};

/* Maps a payload to a canonical lead: renames, constants, types, ranges. A null member counts as
 * absent; a member that the source sets as a constant may be sent with that very value only.
 * `texts`: the payload is of a form or a table, which know nothing but texts; fields of other types
 * are read from them, and what was left empty is absent. Strings point into `payload`, the release
 * or `arena`; so do the problems. ML_EINVAL with every problem listed. */
int policy_record_from_instance(const struct policy_release *release, uint32_t source,
                                const struct contract_instance *payload, bool texts,
                                struct arena *arena, struct cel_value *ret_values,
                                struct policy_problems *problems);
/* The same straight from JSON text, many times faster, for a record without any mistake: true, and
 * the values are those that policy_record_from_instance gives. False says nothing but that the tree
 * must be asked. Strings point into `text` or `arena`. */
bool policy_record_from_text(const struct policy_release *release, uint32_t source,
                             struct bytes text, struct arena *arena, struct cel_value *ret_values);
/* More about a lead that there is already: members by the names of the schema's fields, none of
 * them required. CEL_ABSENT where there is nothing new. Otherwise as policy_record_from_instance.
 */
int policy_record_from_more(const struct policy_schema *schema,
                            const struct contract_instance *object, struct arena *arena,
                            struct cel_value *ret_values, struct policy_problems *problems);
/* Reads back what policy_record_write_json printed; members unknown to the schema are ignored. */
void policy_record_from_canonical(const struct policy_schema *schema, struct json_object *object,
                                  struct arena *arena, struct cel_value *ret_values);
/* A JSON object with the present fields, in canonical order. */
void policy_record_write_json(const struct policy_schema *schema, const struct cel_value *values,
                              struct json_writer *writer);
/* One value of a field; null when it is absent. */
void policy_value_write_json(const struct cel_value *value, struct json_writer *writer);

/* The compact form kept in memory for open leads: appended to `out`. */
void policy_record_pack(const struct policy_schema *schema, const struct cel_value *values,
                        struct buffer *out);
/* Values point into `packed` (and lists into `arena`). `packed` comes from policy_record_pack. */
void policy_record_unpack(const struct policy_schema *schema, struct bytes packed,
                          struct arena *arena, struct cel_value *ret_values);
/* The values of `from` under the schema `to`, by field name and type; an integer also fits a
 * number. Borrows what `values` borrows. */
void policy_record_convert(const struct policy_schema *from, const struct cel_value *values,
                           const struct policy_schema *to, struct cel_value *ret_values);

enum policy_key_kind {
    POLICY_KEY_NONE,
    POLICY_KEY_EMAIL,
    POLICY_KEY_PHONE,
    POLICY_KEY_EXTERNAL_ID
};

/* The permanent business key: normalised e-mail, else phone, else external id (which is per
 * source). Text that cannot be one ("n/a" as an e-mail, a phone of under five digits) counts as
 * absent, or all such leads would be one person. E-mail: trimmed, lower case. Phone: digits with a
 * leading +, "00" read as "+", a "(0)" after the country code and an extension left out. */
enum policy_key_kind policy_business_key(const struct policy_release *release, uint32_t source,
                                         const struct cel_value *values, struct arena *arena,
                                         struct hash128 *ret);

/* ---- deciding */

/* What a decision is about. */
struct policy_subject {
    uint32_t source;
    const struct cel_value *values; /* schema.count of them */
    struct hash128
        person;      /* the business key; none: the values stand for it when a sample is taken */
    int64_t time_us; /* of the decision */
    const struct policy_override *overrides; /* of params, in a surge */
    size_t override_count;
};

/* How a lead was matched with an account. */
enum policy_match {
    POLICY_MATCH_NONE,
    POLICY_MATCH_DOMAIN,
    POLICY_MATCH_NAME,
    POLICY_MATCH_SIMILAR
};

/* Everything the expressions of one decision see. On the stack of whoever decides; used by one
 * thread; borrows release and subject. */
struct policy_inputs {
    const struct policy_release *release;
    const struct policy_subject *subject;
    enum policy_match match;
    double match_score; /* 1.0 unless by similarity */
    struct cel_value variables[POLICY_TABLES_FROM + POLICY_TABLES_MAX];
    struct cel_value params[POLICY_PARAMS_MAX];
    struct cel_value account[POLICY_FIELDS_MAX];
    struct cel_scratch scratch;
    char memory[16 * 1024];
};

void policy_inputs_init(struct policy_inputs *inputs, const struct policy_release *release,
                        const struct policy_subject *subject);

struct policy_decision {
    uint32_t class_index;
    uint32_t route_index;
    int64_t score;     /* rounded; 0 when the expression failed */
    bool score_failed; /* the score expression ended in an error (an absent field) */
};

/* First class and first route whose condition is true (and whose sample the lead is in); a
 * condition that ends in an error does not match. Never fails: both lists end in a catch-all. */
void policy_decide(struct policy_inputs *inputs, struct policy_decision *ret);
/* The first route from `from` on that matches; there always is one. */
uint32_t policy_route_next(struct policy_inputs *inputs, uint32_t from);
/* The rep a route by expression names; POLICY_NONE when the expression fails or names nobody. For
 * the other routes to reps simply the rep. */
uint32_t policy_route_rep(struct policy_inputs *inputs, uint32_t route);

enum policy_outcome {
    POLICY_MATCHED,
    POLICY_FALSE,
    POLICY_FAILED,      /* the condition ended in an error */
    POLICY_NOT_SAMPLED, /* true, but the lead is not in the route's sample */
};

/* What a condition came to, for explanations; all in the arena. */
struct policy_trial {
    enum policy_outcome outcome;
    const char *message; /* of a failure, else "" */
    /* Sub-expressions that made the difference, outermost first: what failed or was false, and the
     * values in it ("lead.employees" → "120"). */
    struct policy_trial_step {
        const char *text;
        const char *value;
    } * steps;
    size_t step_count;
};

void policy_route_try(struct policy_inputs *inputs, uint32_t route, struct arena *arena,
                      struct policy_trial *ret);
void policy_class_try(struct policy_inputs *inputs, uint32_t class_index, struct arena *arena,
                      struct policy_trial *ret);
/* The parts of the score that are added up, and the fields in them. POLICY_MATCHED, or
 * POLICY_FAILED when the expression did not end in a number. */
void policy_score_try(struct policy_inputs *inputs, struct arena *arena, struct policy_trial *ret);

/* ---- duty */

enum policy_duty { POLICY_ON_DUTY, POLICY_OFF_HOURS, POLICY_HOLIDAY, POLICY_TIME_OFF };

/* Whether a rep is on duty at an instant, and when (after it) that is to be asked again; INT64_MAX
 * when it never changes. */
enum policy_duty policy_duty_at(const struct policy_release *release, uint32_t rep, int64_t time_us,
                                int64_t *ret_until_us);
/* When the rep's current day ends, in the rep's time zone. */
int64_t policy_day_end_us(const struct policy_release *release, uint32_t rep, int64_t time_us);
const char *policy_duty_name(enum policy_duty duty); /* "on_duty", "off_hours", … */

#endif
