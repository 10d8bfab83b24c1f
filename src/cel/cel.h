/* The Common Expression Language (github.com/google/cel-spec): parse, check against declared types,
 * compile to a compact immutable program, evaluate without touching the heap.
 *
 * Pure: no clock, no I/O, no globals. Programs are immutable and may be evaluated by several
 * threads at once, each with its own scratch. */
#ifndef ML_CEL_CEL_H
#define ML_CEL_CEL_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"

#include <stdint.h>

enum cel_kind {
    CEL_ABSENT = 0, /* a field without a value: has() is false, reading it is an error */
    CEL_NULL,
    CEL_BOOL,
    CEL_INT,
    CEL_UINT,
    CEL_DOUBLE,
    CEL_STRING, /* UTF-8 */
    CEL_BYTES,
    CEL_LIST,
    CEL_MAP,
    CEL_RECORD, /* declared fields by index; what `lead` is */
    CEL_TIMESTAMP,
    CEL_DURATION,
    CEL_TYPE,
    CEL_ERROR, /* carries a message in `string` */
};

/* A value is a view: strings, lists and records point into memory owned by whoever made it (the
 * program, the activation or the scratch) and live as long as that. Values nest no deeper than
 * CEL_DEPTH_MAX. */
struct cel_value {
    enum cel_kind kind;
    uint32_t count; /* items of a list or record, pairs of a map */
    union {
        bool boolean;
        int64_t integer; /* CEL_INT; CEL_TIMESTAMP and CEL_DURATION in microseconds */
        uint64_t uinteger;
        double number;
        struct bytes string;           /* CEL_STRING, CEL_BYTES, CEL_ERROR, CEL_TYPE (its name) */
        const struct cel_value *items; /* CEL_LIST, CEL_RECORD; a CEL_MAP has 2 * count items */
    };
};

static inline struct cel_value cel_string(struct bytes string)
{
    return (struct cel_value){.kind = CEL_STRING, .string = string};
}
static inline struct cel_value cel_int(int64_t integer)
{
    return (struct cel_value){.kind = CEL_INT, .integer = integer};
}
static inline struct cel_value cel_double(double number)
{
    return (struct cel_value){.kind = CEL_DOUBLE, .number = number};
}
static inline struct cel_value cel_bool(bool boolean)
{
    return (struct cel_value){.kind = CEL_BOOL, .boolean = boolean};
}

/* ---- types */

enum cel_type_kind {
    CEL_TYPE_DYN,
    CEL_TYPE_NULL,
    CEL_TYPE_BOOL,
    CEL_TYPE_INT,
    CEL_TYPE_UINT,
    CEL_TYPE_DOUBLE,
    CEL_TYPE_STRING,
    CEL_TYPE_BYTES,
    CEL_TYPE_LIST,
    CEL_TYPE_MAP,
    CEL_TYPE_RECORD,
    CEL_TYPE_TIMESTAMP,
    CEL_TYPE_DURATION,
    CEL_TYPE_TYPE,
};

struct cel_field;

/* Every declared field and variable may also hold null, or nothing. Reading what is absent gives a
 * CEL_ERROR, "no such key: lead.email"; has() of a field of an absent record is false. */
struct cel_type {
    enum cel_type_kind kind;
    const struct cel_type *element; /* of a list, value of a map; NULL means dyn */
    const struct cel_type *key;     /* of a map; NULL means dyn */
    const struct cel_field *fields; /* of a record, in slot order */
    size_t field_count;
};

struct cel_field {
    const char *name;
    const struct cel_type *type;
};

/* One variable an expression may name. Its place in the environment is its index in the activation.
 */
struct cel_variable {
    const char *name; /* may have dots: "territory.dach"; the longest name that fits is meant */
    const struct cel_type *type;
    /* NULL, or what the variable holds in every evaluation. Known when compiling, it is worth more:
     * `lead.country in territory.dach` becomes one lookup. Outlives the program. */
    const struct cel_value *value;
};

/* Borrowed by every program compiled against it: it must outlive them. */
struct cel_environment {
    const struct cel_variable *variables;
    size_t count;
};

/* ---- compile */

struct cel_position {
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1, in characters */
};

struct cel_diagnostic {
    struct cel_position position;
    char message[256]; /* "no such field `lead.contry`, did you mean `lead.country`?" */
};

/* Ceilings, reported at compile time. */
enum {
    CEL_SOURCE_MAX = 64 * 1024, /* bytes */
    CEL_DEPTH_MAX = 250,        /* of nesting; chains of && and || count once */
    CEL_NODES_MAX = 16 * 1024,  /* literals, names and operators */
};

struct cel_program;

/* Compiles `source` into memory of `arena` (which owns the program). `expected` NULL accepts any
 * type; otherwise the result must be of that type or dyn. ML_EINVAL and the first mistake in
 * `diagnostic`; ML_ELIMIT past a ceiling. */
int cel_program_compile(const struct cel_environment *environment, struct bytes source,
                        const struct cel_type *expected, struct arena *arena,
                        const struct cel_program **ret, struct cel_diagnostic *diagnostic);

/* The checked type of the result; owned by the program. */
const struct cel_type *cel_program_type(const struct cel_program *program);

/* ---- evaluate */

/* Working memory, owned by the caller, reused between evaluations, of any lifetime that outlasts
 * the result. `memory` holds strings and lists that the evaluation makes; running out is a
 * CEL_ERROR. */
struct cel_scratch {
    char *memory;
    size_t size;
    size_t used; /* reset to 0 by cel_evaluate */
};

/* `variables` has one value per variable of the environment. Never fails: a failure is a CEL_ERROR
 * value. No allocation, bounded time. */
struct cel_value cel_evaluate(const struct cel_program *program, const struct cel_value *variables,
                              struct cel_scratch *scratch);

#endif
