/* Inside of the contract part: the compiled form of a schema, and what its files share. */
#ifndef ML_CONTRACT_INTERNAL_H
#define ML_CONTRACT_INTERNAL_H

#include "base/map.h"
#include "contract/format.h"
#include "contract/instance.h"
#include "contract/pattern.h"
#include "contract/schema.h"

/* ---- text and instances */

/* Writes a code point as UTF-8, 1 to 4 bytes; returns how many. */
size_t contract_utf8_put(uint32_t code, char *out);
/* Reads one from well-formed UTF-8. */
size_t contract_utf8_get(const char *at, const char *end, uint32_t *ret_code);
uint32_t contract_character_count(struct bytes text);
/* Sets the index of a large object. NULL, or the second member of a name that comes twice. */
const struct contract_member *contract_object_finish(struct contract_instance *object,
                                                     struct arena *arena);
/* One step of a JSON Pointer; `token` as it is written there. */
const struct contract_instance *contract_instance_step(const struct contract_instance *from,
                                                       struct bytes token);
/* In double quotes, cut when long, controls escaped. */
void contract_text_quote(struct bytes text, struct buffer *out);

/* ---- where things stand */

enum { DRAFT_7 = 1, DRAFT_2019 = 2, DRAFT_2020 = 4, DRAFT_ANY = 7 };
enum {
    VOCABULARY_CORE = 1,
    VOCABULARY_APPLICATOR = 2,
    VOCABULARY_UNEVALUATED = 4,
    VOCABULARY_VALIDATION = 8,
    VOCABULARY_META_DATA = 16,
    VOCABULARY_FORMAT = 32,
    VOCABULARY_FORMAT_ASSERTION = 64,
    VOCABULARY_CONTENT = 128,
    VOCABULARY_STANDARD = 255 - VOCABULARY_FORMAT_ASSERTION,
};

struct node;
struct place;

struct anchor {
    struct anchor *next;
    struct bytes name;
    struct place *place;
    bool dynamic;
};

/* A schema resource: a document, or a part of it with an $id of its own. */
struct resource {
    struct bytes uri;      /* absolute when anything was; no fragment */
    struct bytes document; /* the URI its document was given by */
    struct place *root;
    struct anchor *anchors; /* the newest first */
    uint32_t anchor_count;
    const struct anchor *anchors_compiled; /* from here on: the dynamic ones have nodes */
    uint8_t draft;
    uint8_t vocabularies;
    bool unknown_dialect; /* $schema names nothing that is known: a mistake if it is used */
};

/* Where a schema stands: steps from its document's root, each a keyword and perhaps a member's name
 * or an item's index behind it. */
struct place {
    const struct place *parent; /* NULL at the root of a document */
    struct resource *resource;
    const struct contract_instance *instance;
    struct bytes keyword;
    struct bytes name; /* data is NULL when there is none */
    uint32_t index;    /* PLACE_NO_INDEX when there is none */
    struct node *node; /* its compiled form; NULL before */
};
#define PLACE_NO_INDEX UINT32_MAX

/* From the resource's root, or from the document's. */
void contract_place_print(const struct place *place, bool whole_document, struct buffer *out);

/* ---- the program */

enum { TYPE_ANY = 0x3F }; /* bits of 1 << enum contract_kind */
enum { VISIT_NONE, VISIT_OPEN, VISIT_DONE };

struct value_rules {
    const struct contract_instance *constant; /* NULL: none */
    const struct contract_instance *choices;  /* the array of `enum`, or NULL */
    const struct contract_instance **texts;   /* of the choices: slots by contract_name_hash */
    uint32_t text_mask;
    bool only_texts;
};

struct number_rules {
    const struct contract_instance *minimum, *maximum, *above, *below, *multiple_of;
};

struct string_rules {
    uint64_t length_min, length_max; /* characters; UINT64_MAX: no ceiling */
    const struct contract_pattern *pattern;
    struct bytes pattern_text;
    const struct contract_format *format;
};

struct array_rules {
    struct node **prefix;
    uint32_t prefix_count;
    const char *prefix_keyword, *rest_keyword; /* as the draft calls them */
    struct node *rest;                         /* for items behind the prefix */
    struct node *contains;
    uint64_t contains_min, contains_max;
    uint64_t count_min, count_max;
    bool unique;
};

/* A name that the schema mentions. */
struct property {
    struct bytes name;
    uint64_t hash;
    struct node *schema; /* NULL: only required */
    bool required;
    bool used; /* the slot is taken */
};

struct pattern_property {
    struct bytes text;
    const struct contract_pattern *pattern;
    struct node *schema;
};

struct dependency {
    struct bytes name;
    const char *keyword;
    struct node *schema;                      /* or NULL, */
    const struct contract_instance *required; /* then the names that must be there */
};

struct object_rules {
    const struct contract_instance *named; /* the object of `properties`, or NULL */
    struct property *properties;           /* of it and of `required`: open addressing by hash */
    uint32_t property_mask;
    uint32_t required_count;
    struct pattern_property *patterns;
    uint32_t pattern_count;
    struct dependency *dependencies;
    uint32_t dependency_count;
    struct node *rest; /* additionalProperties */
    struct node *names;
    uint64_t count_min, count_max;
    const struct contract_instance *required; /* the array itself, for reports */
};

struct node_list {
    struct node **nodes;
    uint32_t count;
};

struct logic_rules {
    struct node *reference;
    const char *reference_keyword;
    struct node *dynamic;      /* where $dynamicRef leads at first */
    struct bytes dynamic_name; /* data is NULL when it stays there */
    const char *dynamic_keyword;
    struct node_list all, any, one;
    struct node *negated;
    struct node *condition, *consequence, *alternative;
};

/* One schema. */
struct node {
    const struct place *place;
    uint8_t types; /* bits of 1 << enum contract_kind */
    bool never;    /* the schema `false` */
    bool integers; /* numbers must be integers */
    bool anything; /* nothing is asked and nothing is noted */
    uint8_t visit; /* while loops are searched */
    struct value_rules *value;
    struct number_rules *number;
    struct string_rules *string;
    struct array_rules *array;
    struct object_rules *object;
    struct logic_rules *logic;
    struct node *unevaluated_items, *unevaluated_properties;
};

struct contract_schema {
    struct arena arena;
    struct node *root;
    struct contract_pattern **patterns; /* owned */
    size_t pattern_count, pattern_room;
};

/* ---- compiling (load.c, compile.c, compile_*.c) */

struct compiler {
    struct contract_schema *schema;
    struct arena *arena; /* of the schema */
    const struct contract_options *options;
    struct contract_diagnostics *diagnostics;
    struct resource **documents; /* loaded from options, by their index there; NULL: not yet */
    struct map places;           /* of schemas, by the address of their instance */
    struct map resources;        /* by URI */
    struct node **queue;         /* nodes still to be compiled */
    size_t queue_count, queue_room, node_count;
    size_t pattern_bytes;
    bool all_loaded;
};
enum { CONTRACT_PATTERNS_SIZE = 64 * 1024 * 1024 };

/* Notes a mistake at `place`, at `keyword` there (may be NULL), or below it at `name`. */
void contract_mistake(struct compiler *compiler, const struct place *place, const char *keyword,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* load.c */
struct resource *contract_load(struct compiler *compiler, struct bytes uri, struct bytes text);
/* What a reference at `from` means; NULL, with a mistake noted, when it means nothing.
 * `*ret_anchor` is the dynamic anchor it went through, or NULL. */
struct place *contract_resolve(struct compiler *compiler, const struct place *from,
                               const char *keyword, struct bytes reference,
                               const struct anchor **ret_anchor);
/* By its URI, read when it is first asked for; NULL when there is none. */
struct resource *contract_resource_of(struct compiler *compiler, struct bytes uri);
struct place *contract_place_of(struct compiler *compiler,
                                const struct contract_instance *instance);
const struct anchor *contract_anchor_find(const struct resource *resource, struct bytes name);

/* dialect.c: what $schema and $vocabulary say. */
void contract_dialect(struct compiler *compiler, struct resource *resource,
                      const struct resource *parent);
/* metaschema (generated): the text of a document that everyone may refer to; size 0: none. */
struct bytes contract_metaschema(struct bytes uri);

/* keywords.c */
enum shape {
    SHAPE_VALUE,        /* no schemas inside */
    SHAPE_SCHEMA,       /* a schema */
    SHAPE_LIST,         /* an array of schemas */
    SHAPE_MAP,          /* an object of schemas */
    SHAPE_ITEMS,        /* a schema, or (before 2020-12) an array of them */
    SHAPE_DEPENDENCIES, /* an object of schemas and of arrays of names */
};

struct keyword {
    const char *name;
    uint8_t shape;
    uint8_t drafts;
    uint8_t vocabulary;
    void (*compile)(struct compiler *compiler, struct node *node, const struct keyword *keyword,
                    const struct contract_instance *value);
};

/* NULL when the resource's dialect does not know the name. */
const struct keyword *contract_keyword_find(const struct resource *resource, struct bytes name);

/* compile.c */
struct node *contract_node_of(struct compiler *compiler, const struct contract_instance *instance);
const struct contract_pattern *contract_pattern_of(struct compiler *compiler,
                                                   const struct node *node, const char *keyword,
                                                   struct bytes text);
/* The rules of a kind, made when first asked for. */
struct number_rules *contract_number_rules(struct compiler *compiler, struct node *node);
struct string_rules *contract_string_rules(struct compiler *compiler, struct node *node);
struct array_rules *contract_array_rules(struct compiler *compiler, struct node *node);
struct object_rules *contract_object_rules(struct compiler *compiler, struct node *node);
struct logic_rules *contract_logic_rules(struct compiler *compiler, struct node *node);
struct value_rules *contract_value_rules(struct compiler *compiler, struct node *node);
/* The member of the schema's object; NULL when there is none. */
const struct contract_instance *contract_member_of(const struct node *node, const char *name);

/* compile_assertion.c and compile_applicator.c: one function a keyword, named in keywords.c. */
typedef void contract_compile(struct compiler *compiler, struct node *node,
                              const struct keyword *keyword, const struct contract_instance *value);
contract_compile contract_compile_type, contract_compile_const, contract_compile_enum,
    contract_compile_bound, contract_compile_count, contract_compile_pattern,
    contract_compile_format, contract_compile_unique, contract_compile_required,
    contract_compile_dependent_required, contract_compile_text, contract_compile_flag,
    contract_compile_examples;
contract_compile contract_compile_reference, contract_compile_dynamic_reference,
    contract_compile_list, contract_compile_schema, contract_compile_properties,
    contract_compile_patterns, contract_compile_dependencies, contract_compile_items,
    contract_compile_definitions, contract_compile_check_only;
/* After all keywords of a node: the table of its properties. */
void contract_finish_object(struct compiler *compiler, struct node *node);

/* ---- validating (validate.c, validate_*.c, report.c) */

/* Which members or items have been looked at, for unevaluatedProperties and unevaluatedItems. */
struct marks {
    uint64_t *bits; /* one for each member or item */
    uint32_t count;
};

static inline void marks_set(struct marks *marks, uint32_t at)
{
    if (marks != NULL)
        marks->bits[at / 64] |= UINT64_C(1) << (at % 64);
}

static inline bool marks_has(const struct marks *marks, uint32_t at)
{
    return (marks->bits[at / 64] >> (at % 64) & 1) != 0;
}

/* A step of the evaluation: `node` looks at `value`; how it came there is in the rest. The chain is
 * the dynamic scope, and the keyword and instance locations are printed from it. */
struct frame {
    const struct frame *outer;
    const struct node *node;
    const struct contract_instance *value;
    const char *keyword; /* of the outer node that led here; NULL at the start */
    struct bytes name;   /* behind the keyword in its location; data is NULL: none */
    uint32_t index;      /* the same as a number; PLACE_NO_INDEX: none */
    struct bytes member; /* the step in the instance; data is NULL: none */
    uint32_t item;       /* the same as an index; PLACE_NO_INDEX: none */
    uint32_t depth;
    bool is_name; /* the value is the name of a member, by propertyNames */
};

static inline struct frame frame_inside(const struct frame *outer, const struct node *node,
                                        const struct contract_instance *value, const char *keyword)
{
    return (struct frame){.outer = outer,
                          .node = node,
                          .value = value,
                          .keyword = keyword,
                          .index = PLACE_NO_INDEX,
                          .item = PLACE_NO_INDEX,
                          .depth = outer->depth + 1};
}

struct reporter {
    struct arena *arena;
    struct contract_report *report;
};

struct run {
    struct contract_scratch *scratch;
    struct reporter *reporter; /* NULL: only the verdict counts, so stop at the first fault */
    struct reporter *whole;    /* the report's, also while a part is asked for its verdict only */
    uint32_t branches;         /* anyOf and oneOf inside each other whose branches are explained */
    int64_t work;              /* schemas and values that may still be looked at */
    int64_t pattern_work;      /* the same for patterns, in their own measure */
    bool broken;               /* a ceiling was passed: nothing is valid any more */
};

struct contract_scratch {
    struct contract_matcher *matcher;
    struct arena arena; /* marks and the like of one validation */
};

/* Whether `frame->value` satisfies `frame->node`; marks may be NULL. */
bool contract_evaluate(struct run *run, const struct frame *frame, struct marks *marks);
bool contract_evaluate_object(struct run *run, const struct frame *frame, struct marks *marks);
bool contract_evaluate_array(struct run *run, const struct frame *frame, struct marks *marks);
bool contract_evaluate_logic(struct run *run, const struct frame *frame, struct marks *marks);
/* False when it does not match, and when that took too much work: then the run is broken. */
bool contract_matches(struct run *run, const struct frame *frame, const char *keyword,
                      const struct contract_pattern *pattern, struct bytes text);
struct marks contract_marks_new(struct run *run, const struct contract_instance *value);
void contract_marks_merge(struct marks *into, const struct marks *from);
/* Ends the run as not valid, with the reason at `keyword`. Returns false. */
bool contract_run_break(struct run *run, const struct frame *frame, const char *keyword,
                        const char *why);
/* Takes `amount` of the work that may be done; false, and the run is broken, when none is left. */
static inline bool contract_run_spend(struct run *run, const struct frame *frame, int64_t amount)
{
    run->work -= amount;
    return run->work >= 0 ||
           contract_run_break(run, frame, NULL, "takes too much work to be validated");
}
/* In a run that only wants the verdict the first fault is the last. */
static inline bool contract_run_stops(const struct run *run, bool good)
{
    return !good && (run->reporter == NULL || run->broken);
}

/* Notes an error of `keyword` at `frame`, when errors are wanted. `name` is behind the keyword in
 * its location; data NULL: none. The message goes on from the value's place: "`/a` must …". Returns
 * false. */
bool contract_fault(struct run *run, const struct frame *frame, const char *keyword,
                    struct bytes name, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The same for what has no name behind the keyword. */
#define FAULT(run, frame, keyword, ...) \
    contract_fault(run, frame, keyword, (struct bytes){NULL, 0}, __VA_ARGS__)
/* Whether the words of one more error would be read. */
static inline bool contract_run_describes(const struct run *run)
{
    return run->reporter != NULL && run->reporter->report->count < CONTRACT_REPORT_MAX;
}
/* ", got …" for the end of a message; valid until the run's end. */
const char *contract_got(struct run *run, const struct contract_instance *value);
const char *contract_shown(struct run *run, const struct contract_instance *value);

#endif
