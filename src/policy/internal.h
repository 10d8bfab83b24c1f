/* What the files of this part share: the document tree, the mistakes, the tables of what is
 * allowed, the work in progress. Not for other parts. */
#ifndef ML_POLICY_INTERNAL_H
#define ML_POLICY_INTERNAL_H

#include "policy/calendar/calendar.h"
#include "policy/policy.h"
#include "policy/reference/table.h"

#include <stdatomic.h>

/* ---- names to numbers (index.c): open addressing, built once, read by many threads */

struct policy_index_slot {
    struct bytes name;
    uint32_t hash;
    uint32_t value; /* POLICY_NONE: the slot is free */
};

struct policy_index {
    struct policy_index_slot *slots;
    uint32_t mask;
};

/* Room for `count` names; slots come from `arena`. */
void policy_index_init(struct policy_index *index, struct arena *arena, size_t count);
/* POLICY_NONE, or the value that the name already has (which stays). `name` is borrowed. */
uint32_t policy_index_add(struct policy_index *index, struct bytes name, uint32_t value);
uint32_t policy_index_find(const struct policy_index *index, struct bytes name);

/* ---- documents (document.c, json_document.c, node.c) */

enum policy_node_kind {
    POLICY_NODE_NULL,
    POLICY_NODE_BOOLEAN,
    POLICY_NODE_INTEGER,
    POLICY_NODE_NUMBER,
    POLICY_NODE_TEXT,
    POLICY_NODE_LIST,
    POLICY_NODE_OBJECT,
};

/* How a text was written, which decides how a place inside it maps to a place in the file. */
enum policy_node_style {
    POLICY_STYLE_PLAIN, /* also the literal and folded blocks: nothing in them is escaped */
    POLICY_STYLE_SINGLE_QUOTED,
    POLICY_STYLE_DOUBLE_QUOTED,
};

struct policy_item;

struct policy_node {
    enum policy_node_kind kind;
    enum policy_node_style style;
    uint32_t offset;         /* where it starts in the file, in bytes */
    uint32_t content_offset; /* where its text starts: behind the quote */
    uint32_t weight;         /* nodes in this tree, with aliases counted in full */
    uint32_t count;          /* items */
    const struct policy_document *document;
    struct bytes text; /* of every scalar, as decoded */
    union {
        bool boolean;
        int64_t integer;
        double number; /* read it with policy_node_number */
    };
    struct policy_item *items; /* of a list or object, in order */
};

struct policy_item {
    struct policy_item *next;
    const struct policy_node *key; /* NULL in a list */
    const struct policy_node *value;
};

struct policy_document {
    const char *path;
    struct bytes content;
    uint32_t *line_starts; /* byte offsets */
    uint32_t line_count;
    const struct policy_node *root; /* NULL when the file cannot be read as YAML or JSON */
};

struct policy_place {
    uint32_t line;   /* from 1; 0 unknown */
    uint32_t column; /* from 1, in characters */
};

/* ---- work in progress */

/* What expressions ask for beyond the lead: only that is worked out for a decision. */
struct policy_use {
    bool account;
    bool *tables; /* by table */
};

struct policy_build {
    struct arena *arena;  /* of the release */
    struct arena scratch; /* of the documents; gone with the build */
    struct policy_diagnostics *diagnostics;
    size_t dropped; /* mistakes past the ceiling */
    /* From files, what cannot be meant is a mistake too (routes never reached). A stored release
     * was accepted once: a later version that sees more must still read it. */
    bool from_files;
    struct policy_release *release;
    /* NULL when unreadable */
    const struct policy_node *mesh, *lead, *people, *pools, *pipeline, *accounts, *on_call, *alerts;
    const struct policy_node **sources;
    size_t source_count;
    const struct policy_file *data; /* the files of tables and calendars, by path */
    size_t data_count;
    struct cel_type *lead_type;
    struct policy_table **tables; /* by path; NULL: mistaken */
    const char **table_names;     /* "accounts", "territory.dach" */
    size_t table_count;
    struct policy_index table_words, territory_words; /* name as expressions write it → table */
    struct policy_use use;
    struct policy_index owners, teams, calendars;
    struct policy_index ical_files;     /* path → place in `data` */
    struct policy_index contract_files; /* path of a file in contracts/ → place in `data` */
    bool *contract_used;                /* by place in `data`: some source names it */
    const struct policy_file **contract_shared; /* contracts/shared/ */
    size_t contract_shared_count;
    struct policy_file *kind_schemas; /* schemas of kinds, as files of the sources that have them */
    size_t kind_schema_count;
    struct policy_ical *icals; /* those read so far */
    size_t interval_count;     /* of time off and closed days, in all */
    size_t membership_count;   /* of all pools */
    size_t condition_bytes;    /* of all routes */
    uint32_t *team_of;         /* by rep: number of the team, or POLICY_NONE */
    const char **team_names;
    size_t team_count;
    const struct policy_node **rep_nodes;  /* by rep */
    const struct policy_node **pool_nodes; /* by pool */
    const struct policy_node **outbox;     /* files of destinations, then those of providers */
    size_t outbox_count, outbox_providers; /* in all, and where the providers begin */
    const struct policy_node **destination_nodes; /* by destination */
    const struct policy_node *notifications;
};

/* The parts of a release that its public struct does not show. `release` comes first. */
struct policy_members {
    struct policy_index index; /* payload member → field */
    const char **by_field;     /* payload member of each field, NULL when another field took it */
    const char **names;        /* all of them, for suggestions */
    size_t name_count;
};

enum { POLICY_MATCHING_MAX = 8 }; /* expressions asked for domains, or for names */

/* How the account of a lead is found. */
struct policy_matching {
    const struct policy_table *table;
    const struct cel_program *domains[POLICY_MATCHING_MAX], *names[POLICY_MATCHING_MAX];
    size_t domain_count, name_count;
};

/* A schema is not in the arena. */
struct policy_owned_schema {
    struct policy_owned_schema *next;
    struct contract_schema *schema;
};

struct policy_block {
    struct policy_release release;
    atomic_uint references;
    struct arena arena;
    struct policy_index fields, reps, teams, pools, sources, routes;
    struct policy_members *members; /* by source */
    struct policy_matching matching;
    struct policy_owned_schema *schemas;
    bool uses_account;
    uint32_t *used_tables; /* those that some expression names */
    size_t used_table_count;
};

static inline const struct policy_block *policy_block_of(const struct policy_release *release)
{
    return (const struct policy_block *)release;
}

struct policy_block *policy_block_new(void);

/* Reads one file into `document->root`; mistakes go to the diagnostics and leave NULL. The content
 * is borrowed as long as the document. */
void policy_document_read(struct policy_build *build, struct policy_document *document);
/* Offset of the first byte that no text file should have; the size when all are good. */
size_t policy_bad_byte(struct bytes text);
void policy_report_bad_byte(struct policy_build *build, const struct policy_document *document,
                            size_t offset);
/* The same tree from JSON that has no file; json_parse has bounded its depth. */
const struct policy_node *policy_document_from_json(struct arena *arena, struct json_object *value);

/* Reading the tree; every one takes NULL. A null value counts as missing. */
const struct policy_node *policy_node_get(const struct policy_node *object, const char *key);
const struct policy_item *policy_node_items(const struct policy_node *node,
                                            enum policy_node_kind kind);
/* Empty unless it is a text. */
struct bytes policy_node_text(const struct policy_node *node);
/* True for integers and numbers. */
bool policy_node_number(const struct policy_node *node, double *ret);
/* "the text `abc`", "a list": for "expected …, got …". */
const char *policy_node_describe(struct arena *arena, const struct policy_node *node);
/* Decides what a plain scalar means, by the YAML 1.2 core schema. */
void policy_scalar_resolve(struct policy_node *node);

/* ---- places (place.c) */

void policy_document_index_lines(struct arena *arena, struct policy_document *document);
struct policy_place policy_document_place(const struct policy_document *document, size_t offset);
struct policy_place policy_node_place(const struct policy_node *node);
/* Where `position` inside the node's decoded text is in the file. */
struct policy_place policy_node_place_inside(const struct policy_node *node,
                                             struct cel_position position);

/* ---- mistakes (diagnostics.c) */

void policy_report(struct policy_build *build, const struct policy_node *node, const char *format,
                   ...) __attribute__((format(printf, 3, 4)));
void policy_report_at(struct policy_build *build, const char *file, struct policy_place place,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* True when the ceiling is reached: one more is counted, and the work of describing it is saved. */
bool policy_report_full(struct policy_build *build);
/* "; did you mean `x`?", or "" when nothing is near. In the scratch arena. */
const char *policy_hint(struct policy_build *build, struct bytes word,
                        const char *const *candidates, size_t count);
/* Sorts, drops doubles, closes the list. */
void policy_diagnostics_finish(struct policy_build *build);

/* At most 60 bytes of the first line of `text`, cut between characters. */
struct bytes policy_clip(struct bytes text);
#define POLICY_CLIP(text) BYTES_ARG(policy_clip(text))

/* ---- structure (check.c over the tables of shapes.c) */

enum {
    POLICY_ACCEPT_TEXT = 1,
    POLICY_ACCEPT_INTEGER = 2,
    POLICY_ACCEPT_NUMBER = 4, /* integers too */
    POLICY_ACCEPT_BOOLEAN = 8,
    POLICY_ACCEPT_LIST = 16,
    POLICY_ACCEPT_OBJECT = 32,
    POLICY_ACCEPT_ANY = 63,
    POLICY_ACCEPT_NULL = 64, /* written down: takes away what a base has */
};

enum policy_format {
    POLICY_FORMAT_TEXT,  /* anything but nothing */
    POLICY_FORMAT_NAME,  /* of reps, pools, sources, classes, routes: safe in URLs and metrics */
    POLICY_FORMAT_FIELD, /* what an expression can name behind `lead.` */
    POLICY_FORMAT_EMAIL,
    POLICY_FORMAT_ZONE,
    POLICY_FORMAT_DURATION,
    POLICY_FORMAT_DELAY, /* a duration, or 0s */
    POLICY_FORMAT_GROUP, /* names with a / between them */
    POLICY_FORMAT_SHARE, /* "5%", "0.25%" */
    POLICY_FORMAT_TIMES, /* "3x", "1.5x" */
    POLICY_FORMAT_URL,   /* http or https, and nobody's password in it */
    POLICY_FORMAT_SMTP,
    POLICY_FORMAT_NATS,
    POLICY_FORMAT_CONNECTION, /* to PostgreSQL, without a password */
    POLICY_FORMAT_PATH,       /* relative, and not up */
    POLICY_FORMAT_SIZE,       /* "100MB" */
    POLICY_FORMAT_HEADER,     /* name of an HTTP header that is not ours to set */
    POLICY_FORMAT_LINE,       /* no control characters */
    POLICY_FORMAT_MAILBOX,    /* "a@b.example", "Leads <a@b.example>" */
    POLICY_FORMATS,
};

/* What is done with what stands there, beyond its form (build_options.c). */
enum policy_meaning {
    POLICY_MEANS_ITSELF,
    POLICY_MEANS_EXPRESSION,
    POLICY_MEANS_ADDRESS, /* an e-mail address, or an expression that gives one */
    POLICY_MEANS_SUBJECT, /* a text, or, when it has quotes in it, an expression */
    POLICY_MEANS_FIELDS,  /* an expression for each field of the lead that is a key */
    POLICY_MEANS_SECRET,  /* {env: …} or {file: …} */
    POLICY_MEANS_TABLE,   /* the name of a table */
};

struct policy_member;

struct policy_shape {
    unsigned accepts;
    enum policy_format format;           /* of a text */
    const char *const *choices;          /* the texts allowed, NULL-terminated; NULL for any */
    int64_t minimum, maximum;            /* of an integer; both 0: any */
    const struct policy_member *members; /* of an object, ended by a NULL name; NULL: free keys */
    const struct policy_shape *element;  /* of a list, or of the values under free keys */
    enum policy_format key_format;       /* of free keys */
    size_t least;                        /* items of a list, keys of an object */
    enum policy_meaning meaning;
    uint32_t yields; /* of an expression: bits of enum cel_type_kind; 0: anything */
};

struct policy_member {
    const char *name;
    const struct policy_shape *shape;
    bool required;
};

extern const struct policy_shape policy_shape_mesh, policy_shape_lead, policy_shape_people,
    policy_shape_pools, policy_shape_source, policy_shape_pipeline, policy_shape_accounts,
    policy_shape_on_call, policy_shape_alerts, policy_shape_notifications, policy_shape_test;
/* Of a destination or provider, by enum policy_destination_kind: what is common to all, then what
 * is the kind's own. */
extern const struct policy_shape *const policy_shape_destinations[];
/* How many members every one of them begins with that are common to all. */
enum { POLICY_DESTINATION_COMMON = 14, POLICY_PROVIDER_COMMON = 13 };
/* Parts of files (shapes_clock.c). */
extern const struct policy_shape policy_shape_objectives, policy_shape_escalation,
    policy_shape_exceptions, policy_shape_surge, policy_shape_teams, policy_shape_causes,
    policy_shape_incidents;
/* Parts of files (shapes_outbox.c). */
extern const struct policy_shape policy_shape_enrichment, policy_shape_contact,
    policy_shape_external;

extern const char *const policy_roles[];      /* by enum policy_role */
extern const char *const policy_types[];      /* by enum policy_type */
extern const char *const policy_strategies[]; /* by enum policy_strategy */
extern const char *const policy_reliefs[];    /* by enum policy_relief */
extern const char *const policy_exception_kinds[];
extern const char *const policy_objectives[];        /* by enum policy_objective */
extern const char *const policy_actions[];           /* by enum policy_action */
extern const char *const policy_metrics[];           /* by enum policy_metric */
extern const char *const policy_destination_kinds[]; /* by enum policy_destination_kind */
extern const char *const policy_audiences[];         /* by enum policy_audience */

enum { POLICY_CAPACITY_MAX = 10000, POLICY_CAPACITY_DEFAULT = 20 };
enum { POLICY_SAMPLE_ALL = 10000 }; /* of policy_route.sample */
enum { POLICY_VERSION_MAX = 1000000, POLICY_RATE_MAX = 1000000 };

/* Place in a NULL-terminated table; POLICY_NONE when it is not there. */
uint32_t policy_choice(const char *const *choices, struct bytes text);

/* Reports everything about `root` that `shape` does not allow. */
void policy_check(struct policy_build *build, const struct policy_node *root,
                  const struct policy_shape *shape);
/* The same of a part of a file; `label` names it: "`kind`". */
void policy_check_as(struct policy_build *build, const struct policy_node *node,
                     const struct policy_shape *shape, const char *label);

/* ---- the model, in this order (build_*.c); each takes documents that may be wrong or NULL */

void policy_build_mesh(struct policy_build *build);
void policy_build_schema(struct policy_build *build);
void policy_build_tables(struct policy_build *build);
void policy_build_params(struct policy_build *build);
/* What every expression sees; from here on they can be compiled. */
void policy_build_environment(struct policy_build *build);
/* The same for the expressions of contracts; behind the other. */
void policy_build_contract_environment(struct policy_build *build);
/* The same for the expressions of destinations and providers; behind the other. */
void policy_build_outbox_environment(struct policy_build *build);
/* Destinations and providers; before the people, who have names there. */
void policy_build_destinations(struct policy_build *build);
/* Behind the people: who answers for them. */
void policy_build_destination_teams(struct policy_build *build);
/* At the end: destinations that nothing is ever sent to. */
void policy_check_destinations(struct policy_build *build);
/* The steps of the pipeline's enrichment; behind the kinds of exceptions. */
void policy_build_enrichment(struct policy_build *build);
/* Whether some step of the enrichment holds leads in such an exception. */
bool policy_enrichment_holds(const struct policy_release *release, struct bytes kind);
/* Behind the calendars and the destinations. */
void policy_build_notifications(struct policy_build *build);
/* What a rep's entry says of contact and external; NULL when it says nothing. */
const struct policy_contact *policy_build_contact(struct policy_build *build,
                                                  const struct policy_node *rep);
void policy_build_calendars(struct policy_build *build);
void policy_build_people(struct policy_build *build);
void policy_build_rotas(struct policy_build *build);
void policy_build_pools(struct policy_build *build);
void policy_build_sources(struct policy_build *build);
/* Versions, schemas, mappings, and which version is in force; the constants are there already. */
void policy_build_contracts(struct policy_build *build, const struct policy_node *node,
                            struct policy_source *source);
/* Who may post, how much, and who is told: origins, rate, notify and the like. */
void policy_build_reception(struct policy_build *build, const struct policy_node *node,
                            struct policy_source *source);
void policy_build_accounts(struct policy_build *build);
void policy_build_pipeline(struct policy_build *build);
/* The ladders of all classes; `nodes` are where the classes stand. */
void policy_build_escalations(struct policy_build *build, struct policy_class *classes,
                              const struct policy_node *const *nodes, size_t count);
/* What is done with exceptions, by kind; before the routes, which name the kinds. */
void policy_build_exceptions(struct policy_build *build);
/* Whether exceptions of that kind are about no single lead. */
bool policy_exception_of_no_lead(struct bytes kind);
/* Behind the routes: kinds that none of them names, and what cannot come true. */
void policy_check_exceptions(struct policy_build *build);
/* Behind the routes: ladders that lead back to where the lead was. */
void policy_check_escalations(struct policy_build *build);
void policy_build_surge(struct policy_build *build);
/* Causes, incidents and the rules of alerts.yaml. */
void policy_build_trouble(struct policy_build *build);
void policy_build_routes(struct policy_build *build);
/* The index of the routes, and what can never be reached. */
void policy_build_reach(struct policy_build *build);

/* An empty release to build; `diagnostics` is borrowed. */
void policy_build_init(struct policy_build *build, struct policy_diagnostics *diagnostics);
/* All of the above, in order (compile.c). */
void policy_build_model(struct policy_build *build);
/* `canonical` is what the id is the hash of; owned by the release from here. */
void policy_build_seal(struct policy_build *build, struct bytes canonical);
/* Hands the release over, or drops it; returns `status`. */
int policy_build_finish(struct policy_build *build, int status, struct policy_release **ret);

/* Copies into the release; "" when it is not a text. */
const char *policy_build_text(struct policy_build *build, const struct policy_node *node);
/* A duration of at least a tick, which is what timers keep; 0 when it is missing or, reported,
 * shorter. `key` is what the file calls it. */
int64_t policy_build_timer(struct policy_build *build, const struct policy_node *node,
                           const char *key);
/* The calendar of that id; NULL when the node is missing or, reported, none is called so. */
const struct policy_calendar *policy_build_calendar(struct policy_build *build,
                                                    const struct policy_node *node);
/* The rep and the pool of that id; POLICY_NONE when the node is missing or, reported, there is
 * none. */
uint32_t policy_build_rep(struct policy_build *build, const struct policy_node *node);
uint32_t policy_build_pool(struct policy_build *build, const struct policy_node *node);
/* A team of people.yaml or an owner of mesh.yaml, "" when the node is missing; reports others. */
const char *policy_build_team(struct policy_build *build, const struct policy_node *node);
/* A team of people.yaml only. */
const char *policy_build_people_team(struct policy_build *build, const struct policy_node *node);
/* Reports a name that mesh.yaml does not list. */
void policy_build_owner(struct policy_build *build, const struct policy_node *node);
/* The field of lead.schema.json that a key names; POLICY_NONE, reported, when there is none. */
uint32_t policy_build_field(struct policy_build *build, const struct policy_node *key);
/* The node as a value of the field, within the field's limits; its texts are copied into `arena`.
 * False when that is not so; reported. */
bool policy_build_value(struct policy_build *build, struct arena *arena,
                        const struct policy_field *field, const struct policy_node *node,
                        struct cel_value *ret);
/* Hundredths of a percent, from 1 to 10000; 0 when it is no number, or, reported, another one. */
uint32_t policy_build_percent(struct policy_build *build, const struct policy_node *node);
/* Reports and returns true when the list passes its ceiling. */
bool policy_build_too_many(struct policy_build *build, const struct policy_node *list,
                           const char *what, size_t ceiling);

/* ---- expressions (expression.c) */

/* NULL, reported, when the text is no expression of the type (NULL: any). *ret_text is the text
 * that counts, NULL when there is none. */
const struct cel_program *policy_expression_build(struct policy_build *build,
                                                  const struct policy_node *node,
                                                  const struct cel_type *expected,
                                                  const char **ret_text);
/* The same for what stands in a contract: the expression sees the record and not the lead. */
const struct cel_program *policy_contract_expression_build(struct policy_build *build,
                                                           const struct policy_node *node,
                                                           const struct cel_type *expected,
                                                           const char **ret_text);
/* The same for destinations and providers (enum policy_outbox_variable). */
const struct cel_program *policy_outbox_expression_build(struct policy_build *build,
                                                         const struct policy_node *node,
                                                         const struct cel_type *expected,
                                                         const char **ret_text);
const struct cel_program *policy_outbox_expression_compile(struct policy_build *build,
                                                           struct bytes text,
                                                           const struct cel_type *expected,
                                                           struct cel_diagnostic *ret_diagnostic);
/* Whether the result may be of one of these types (bits of enum cel_type_kind); what is known only
 * later passes. */
bool policy_program_may_be(const struct cel_program *program, uint32_t kinds);
/* What an expression may give for a field, by enum policy_type; it is made the field's type when it
 * can be. */
struct policy_result {
    uint32_t kinds;
    const char *words;
};
extern const struct policy_result policy_results[];
/* For a text that has no single place in a file. */
const struct cel_program *policy_expression_compile(struct policy_build *build, struct bytes text,
                                                    const struct cel_type *expected,
                                                    struct cel_diagnostic *ret_diagnostic);
const struct cel_program *policy_contract_expression_compile(struct policy_build *build,
                                                             struct bytes text,
                                                             const struct cel_type *expected,
                                                             struct cel_diagnostic *ret_diagnostic);
/* Whether `word` stands in the text as an identifier would; so it may, where it does. */
bool policy_expression_names(struct bytes text, const char *word);
/* Whether some name behind another may be a part of it: at the end of the build, into the release.
 */
void policy_use_finish(struct policy_build *build);

extern const struct cel_type policy_type_bool, policy_type_string, policy_type_unknown;

/* A list of named entries of which only the last takes everything: classes and routes. */
struct policy_ladder {
    const char *entry; /* "class", "route" */
    struct policy_index names;
    const struct policy_node **name_nodes;
    const struct policy_node *catch_all; /* the first entry that takes everything */
    size_t unreachable;                  /* entries behind it */
    const struct policy_node *first_unreachable;
    const struct policy_node *last;
    const struct policy_node *last_condition; /* what keeps that from taking everything */
};

void policy_ladder_init(struct policy_build *build, struct policy_ladder *ladder, const char *entry,
                        size_t count);
/* `condition` is what keeps the entry from taking every lead; NULL: it takes every one. */
void policy_ladder_add(struct policy_build *build, struct policy_ladder *ladder, size_t at,
                       const struct policy_node *node, const struct policy_node *condition);
void policy_ladder_finish(struct policy_build *build, const struct policy_ladder *ladder);

/* ---- destinations */

/* The destination (or provider, as `provider` says) of that name; POLICY_NONE when the node is
 * missing or, reported, there is none. */
uint32_t policy_build_destination(struct policy_build *build, const struct policy_node *node,
                                  bool provider);
/* What the kind of the destination needs: secrets and tables checked, expressions compiled
 * (build_options.c). `common` members of `shape` are passed over. */
void policy_build_options(struct policy_build *build, const struct policy_node *node,
                          const struct policy_shape *shape, size_t common,
                          struct policy_destination *destination);
/* Two-way; behind the options (build_sync.c). */
void policy_build_sync(struct policy_build *build, const struct policy_node *node,
                       struct policy_destination *destination);
/* The members of the node that are the kind's own, into the object that is open. */
void policy_options_write(const struct policy_node *node, const struct policy_shape *shape,
                          size_t common, struct json_writer *writer);
/* True when the text is an http or https URL that names nobody's password. */
bool policy_is_web_address(struct bytes text);
/* An address in numbers, behind a scheme, that is not public: loopback, 10/8 and the like. */
bool policy_is_private_address(struct bytes text);
/* NULL, or what the text must look like (formats_outbox.c). */
const char *policy_check_url(struct bytes text);
const char *policy_check_smtp(struct bytes text);
const char *policy_check_nats(struct bytes text);
const char *policy_check_connection(struct bytes text);
const char *policy_check_path(struct bytes text);
const char *policy_check_size(struct bytes text);
const char *policy_check_header(struct bytes text);
const char *policy_check_line(struct bytes text);
const char *policy_check_mailbox(struct bytes text);

/* ---- calendars (build_calendars.c) */

/* The time zone of that name; NULL, reported, when there is none. */
const struct zone *policy_build_zone(struct policy_build *build, const struct policy_node *node);
/* The weekly hours; without any it is reported that the `what` ("calendar") of calendar->id is
 * never open. */
void policy_build_hours(struct policy_build *build, const struct policy_node *node,
                        const char *what, struct policy_calendar *calendar);
/* The file in calendars/ that a text names; NULL, reported, when there is none. */
const struct policy_file *policy_build_ical_file(struct policy_build *build,
                                                 const struct policy_node *node);
/* The intervals that the texts and the iCalendar files of two lists give, merged, in the release.
 */
struct policy_interval *policy_build_intervals(struct policy_build *build,
                                               const struct policy_node *texts,
                                               const struct policy_node *icals,
                                               const struct zone *zone, size_t *ret_count);

/* ---- the files in contracts/ (build_schemas.c) */

/* Finds the files; `policy_contract_schemas_finish` reports those that no source has named. */
void policy_contract_schemas_begin(struct policy_build *build);
void policy_contract_schemas_finish(struct policy_build *build);
/* The text of contracts/SOURCE/VERSION.json; `data` is NULL when there is none. */
struct bytes policy_contract_schema_text(struct policy_build *build, const char *path);
/* "contracts/partner/1.json"; in the release. */
const char *policy_contract_path(struct policy_build *build, const char *source, uint32_t version);
/* Compiles the schema; the release owns it. NULL, and every mistake reported at its place in the
 * file, or at `origin` for a text that has none. */
const struct contract_schema *policy_contract_schema_build(struct policy_build *build,
                                                           const char *path, struct bytes text,
                                                           const struct policy_node *origin);

/* Reports members that the expression reads of a record and none of the schemas declares
 * (check_reads.c). */
void policy_check_reads(struct policy_build *build, const struct policy_node *expression,
                        const struct contract_instance *const *schemas, size_t count);

/* Reports members of `event`, `meta` and the like that there are not. The expression is a part of
 * the node's text. */
void policy_check_maps(struct policy_build *build, const struct policy_node *node,
                       struct bytes expression);
/* Line and column of a byte of the text. */
struct cel_position policy_position_of(struct bytes text, const char *at);

/* ---- durations */

/* 0 when it is not one. */
int64_t policy_build_duration(const struct policy_node *node);

/* ---- shares and multiples (quantity.c) */

/* "12.5%" behind which nothing stands but `suffix`: at most nine digits before the point and two
 * behind it. False when it is not one. */
bool policy_hundredths_parse(struct bytes text, const char *suffix, int64_t *ret);
void policy_hundredths_write(struct json_writer *writer, const char *key, int64_t hundredths,
                             const char *suffix);
/* "5m", "0s". */
void policy_duration_write(struct json_writer *writer, const char *key, int64_t duration_us);

/* ---- deciding (decide.c) */

/* The lead is in the part of them that the route takes. */
bool policy_route_samples(const struct policy_inputs *inputs, const struct policy_route *route);

/* ---- canonical form (canonical.c) */

/* Bytes: a release goes into the journal as one event, which takes 16 MiB. */
enum { POLICY_CANONICAL_FORMAT = 5, POLICY_CANONICAL_MAX = 15 * 1024 * 1024 };

void policy_node_write(const struct policy_node *node, struct json_writer *writer);
void policy_canonical_write(const struct policy_build *build, struct buffer *out);
/* What is said of time and trouble (canonical_clock.c), each as a member of the object that is
 * open; always in full, so that later defaults do not change what this release does. */
void policy_canonical_write_teams(const struct policy_release *release, struct json_writer *writer);
void policy_canonical_write_mesh(const struct policy_release *release, struct json_writer *writer);
void policy_canonical_write_class(const struct policy_release *release,
                                  const struct policy_class *entry, struct json_writer *writer);
void policy_canonical_write_exceptions(const struct policy_release *release,
                                       struct json_writer *writer);
void policy_canonical_write_surge(const struct policy_release *release, struct json_writer *writer);
void policy_canonical_write_alerts(const struct policy_release *release,
                                   struct json_writer *writer);
/* What leaves the process (canonical_outbox.c), each as a member of the object that is open. */
void policy_canonical_write_destinations(const struct policy_build *build,
                                         struct json_writer *writer);
void policy_canonical_write_enrichment(const struct policy_release *release,
                                       struct json_writer *writer);
void policy_canonical_write_contact(const struct policy_release *release,
                                    const struct policy_contact *contact,
                                    struct json_writer *writer);
void policy_canonical_write_notifications(const struct policy_build *build,
                                          struct json_writer *writer);

/* ---- values (value.c) */

/* The value as the field's type, without looking at its range. NULL, or what is wrong ("must be an
 * integer, got a string"), in `arena`. A JSON null gives CEL_ABSENT. */
const char *policy_value_read(const struct policy_field *field, struct json_object *json,
                              struct arena *arena, struct cel_value *ret);
/* NULL, or which limit of the field the value breaks. */
const char *policy_value_check(const struct policy_field *field, const struct cel_value *value,
                               struct arena *arena);
bool policy_value_equal(const struct cel_value *a, const struct cel_value *b);

/* ---- clock.c */

/* The eleven standard kinds of exceptions, as they are unless a mesh says more. */
extern const struct policy_exception policy_standard_exceptions[];
extern const size_t policy_standard_exception_count;

#endif
