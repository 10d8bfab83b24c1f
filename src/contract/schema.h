/* JSON Schema 2020-12: documents are compiled once into an immutable program, which then says of an
 * instance whether it is valid, and if not, where and why.
 *
 * All of the vocabularies: core with $dynamicRef and embedded resources, applicators, unevaluated,
 * validation with exact numbers, format (an annotation unless asked to assert), content and
 * meta-data as annotations. Documents of draft-07 and 2019-09 that are referred to are read by
 * their own rules. Nothing is ever fetched: what a schema refers to is handed over with it.
 *
 * Pure: no clock, no I/O, no globals. A compiled schema may be used by several threads at once,
 * each with its own scratch. */
#ifndef ML_CONTRACT_SCHEMA_H
#define ML_CONTRACT_SCHEMA_H

#include "base/json_writer.h"
#include "contract/instance.h"

struct contract_schema;
struct contract_scratch;

/* A schema that others may refer to, by the URI it would be fetched from. */
struct contract_document {
    struct bytes uri;
    struct bytes text;
};

struct contract_options {
    bool assert_format;                        /* `format` decides, instead of being a note */
    const struct contract_document *documents; /* what references may name */
    size_t document_count;
    const struct contract_limits *limits; /* of each document; NULL: the defaults */
};

/* Ceilings of compiling and validating. */
enum {
    CONTRACT_SCHEMAS_MAX = 50 * 1000,    /* subschemas in one program */
    CONTRACT_DIAGNOSTICS_MAX = 50,       /* more mistakes are counted, not described */
    CONTRACT_EVALUATION_DEPTH_MAX = 500, /* schemas inside each other while validating */
    CONTRACT_REPORT_MAX = 200,           /* errors of one report */
};
/* What one validation may do: about the number of schemas applied and values compared. */
#define CONTRACT_WORK_MAX INT64_C(4000000)

/* One mistake in a schema. */
struct contract_diagnostic {
    struct bytes document; /* its URI; empty for one without */
    struct bytes pointer;  /* JSON Pointer into the document; empty is the whole of it */
    struct bytes position; /* "line:column" where the text is no JSON; empty otherwise */
    struct bytes message;  /* a sentence; UTF-8 */
};

struct contract_diagnostics {
    struct arena arena; /* owns what the items point to */
    struct contract_diagnostic items[CONTRACT_DIAGNOSTICS_MAX];
    size_t count; /* described */
    size_t more;  /* beyond that */
};

void contract_diagnostics_init(struct contract_diagnostics *diagnostics);
void contract_diagnostics_release(struct contract_diagnostics *diagnostics);

/* Compiles the schema in `text`, which is known by `uri` (may be empty). `options` may be NULL.
 * ML_EINVAL or ML_ELIMIT and at least one diagnostic; otherwise *ret is the caller's. */
int contract_schema_compile(struct bytes uri, struct bytes text,
                            const struct contract_options *options, struct contract_schema **ret,
                            struct contract_diagnostics *diagnostics);
void contract_schema_free(struct contract_schema *schema);
/* The URI of the schema itself: its $id, resolved, or what it is known by. Lives with it. */
struct bytes contract_schema_uri(const struct contract_schema *schema);

/* What a validation needs to have at hand; for one thread at a time. */
struct contract_scratch *contract_scratch_new(void);
void contract_scratch_free(struct contract_scratch *scratch);

/* True when the instance is valid. Stops at the first fault. Does not touch the heap, but for
 * formats that need libidn2 (names beyond ASCII) and for `unevaluated…` and `uniqueItems` over more
 * than a scratch has held before. */
bool contract_schema_validate(const struct contract_schema *schema,
                              const struct contract_instance *instance,
                              struct contract_scratch *scratch);

/* One error of the specification's basic output (2020-12 core, 12.4.2). */
struct contract_error {
    struct bytes instance_location;         /* JSON Pointer */
    struct bytes keyword_location;          /* JSON Pointer along the way that was taken */
    struct bytes absolute_keyword_location; /* URI with JSON Pointer of where the keyword stands */
    struct bytes message;                   /* "`/employees` must be an integer, got …" */
};

struct contract_report {
    bool valid;
    bool truncated; /* there were more errors than CONTRACT_REPORT_MAX */
    size_t count;
    struct contract_error *errors; /* in the order of the schema's evaluation */
};

/* The same verdict with every error; what *ret points to lives in `arena`. */
void contract_schema_report(const struct contract_schema *schema,
                            const struct contract_instance *instance,
                            struct contract_scratch *scratch, struct arena *arena,
                            struct contract_report *ret);
/* {"valid":false,"errors":[…]} */
void contract_report_print(const struct contract_report *report, struct json_writer *writer);

#endif
