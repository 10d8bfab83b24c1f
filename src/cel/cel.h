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
    CEL_ERROR,    /* carries a message in `string` */
    CEL_OPTIONAL, /* `items` is NULL (none) or one value */
    CEL_TABLE,    /* reference data: rows by key */
    CEL_IP,       /* an address, the network extension */
    CEL_CIDR,     /* a network */
};

struct cel_table;

/* Seconds and nanoseconds. A timestamp counts from 1970-01-01T00:00:00Z, years 0001 to 9999, with
 * nanoseconds 0 to 999,999,999. A duration fits 64 bits of nanoseconds, some 292 years either way;
 * its seconds and nanoseconds have the same sign. */
struct cel_time {
    int64_t seconds;
    int32_t nanoseconds;
};

/* A value is a view: strings, lists and records point into memory owned by whoever made it (the
 * program, the activation or the scratch) and live as long as that. Values nest no deeper than
 * CEL_DEPTH_MAX. */
struct cel_value {
    enum cel_kind kind;
    uint32_t count; /* items of a list or record, pairs of a map */
    union {
        bool boolean;
        int64_t integer;
        uint64_t uinteger;
        double number;
        struct bytes string;           /* CEL_STRING, CEL_BYTES, CEL_ERROR, CEL_TYPE (its name) */
        const struct cel_value *items; /* CEL_LIST, CEL_RECORD; a CEL_MAP has 2 * count items */
        struct cel_time time;          /* CEL_TIMESTAMP, CEL_DURATION */
        const struct cel_table *table;
        uint8_t address[16]; /* CEL_IP, CEL_CIDR in network order; `count` is the bytes, 4 or 16,
                                and of a CIDR 256 times the prefix length added */
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
static inline struct cel_value cel_timestamp_us(int64_t time_us)
{
    int64_t seconds = time_us / 1000000, rest = time_us % 1000000;
    if (rest < 0) {
        seconds--;
        rest += 1000000;
    }
    return (struct cel_value){.kind = CEL_TIMESTAMP, .time = {seconds, (int32_t)rest * 1000}};
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
    CEL_TYPE_OPTIONAL, /* element */
    CEL_TYPE_TABLE,    /* fields: those of a row */
    CEL_TYPE_IP,
    CEL_TYPE_CIDR,
    CEL_TYPE_ABSTRACT,  /* of host functions: a name, and the types of `fields` as parameters */
    CEL_TYPE_PARAMETER, /* only while compiling: not known yet */
};

struct cel_field;

/* Every declared field and variable may also hold null, or nothing. Reading what is absent gives a
 * CEL_ERROR, "no such key: lead.email"; has() of a field of an absent record is false. */
struct cel_type {
    enum cel_type_kind kind;
    uint32_t parameter;             /* the number of a parameter */
    const struct cel_type *element; /* of a list, optional or type, value of a map; NULL: dyn */
    const struct cel_type *key;     /* of a map; NULL means dyn */
    const struct cel_field *fields; /* of a record or of a table's rows, in slot order */
    size_t field_count;
    const char *name; /* of an abstract type */
};

struct cel_field {
    const char *name;
    const struct cel_type *type;
};

struct cel_string_set;

/* One variable an expression may name. Its place in the environment is its index in the activation.
 */
struct cel_variable {
    const char *name; /* may have dots: "territory.dach"; the longest name that fits is meant */
    const struct cel_type *type;
    /* NULL, or what the variable holds in every evaluation. Known when compiling, it is worth more:
     * `lead.country in territory.dach` becomes one lookup. Outlives the program. */
    const struct cel_value *value;
    /* NULL, or such a list of strings as a set, to be shared by all programs that ask for it. */
    const struct cel_string_set *set;
};

/* Reference data that an expression looks things up in: `lookup(accounts, lead.domain).owner`,
 * `accounts[lead.domain].owner`, `lead.domain in accounts`. A key that is not there gives an absent
 * record: reading a field of it is an error, has() of it is false. */
struct cel_table {
    /* Fills one value per field of the row behind `key` and returns true, or returns false. The
     * values live as long as the table; called by several threads at once. */
    bool (*find)(const struct cel_table *table, struct bytes key, struct cel_value *ret_row);
    bool (*has)(const struct cel_table *table, struct bytes key);
    size_t size; /* rows */
};

struct cel_scratch;

/* A function of the host's, called as name(arguments). Pure; a failure is a CEL_ERROR value. */
struct cel_function {
    const char *name;
    /* As in the tables of the standard functions (internal.h): "s:b" takes a string, gives a bool.
     */
    const char *signature;
    struct cel_value (*call)(struct cel_scratch *scratch, const struct cel_value *arguments);
    bool member; /* called as value.name(arguments); the value is the first parameter */
};

/* NULL when `list` holds anything but strings. Borrows their bytes. */
const struct cel_string_set *cel_string_set_new(struct arena *arena, const struct cel_value *list);

/* Borrowed by every program compiled against it: it must outlive them. */
struct cel_environment {
    const struct cel_variable *variables;
    size_t count;
    const struct cel_function *functions; /* beside the standard ones; may be NULL */
    size_t function_count;
    const char *container; /* NULL, or the namespace that names are also looked up in: "a.b" */
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

/* The same without type checks: everything is dyn, mistakes show when it runs. */
int cel_program_compile_unchecked(const struct cel_environment *environment, struct bytes source,
                                  struct arena *arena, const struct cel_program **ret,
                                  struct cel_diagnostic *diagnostic);

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

/* Elements that the macros of one evaluation may visit in all; past it the result is a CEL_ERROR.
 */
enum { CEL_STEPS_MAX = 1000000 };

/* `variables` has one value per variable of the environment. Never fails: a failure is a CEL_ERROR
 * value. No allocation, bounded time. */
struct cel_value cel_evaluate(const struct cel_program *program, const struct cel_value *variables,
                              struct cel_scratch *scratch);

/* A sub-expression and what it came to: bytes of the source from `start` up to `end`. */
struct cel_step {
    uint32_t start, end;
    struct cel_value value;
};

/* Evaluates like cel_evaluate and tells `visit` each sub-expression as it is completed (inner
 * before outer; literals left out; inside macros only the whole macro), so that a result can be
 * explained piece by piece. */
struct cel_value cel_evaluate_traced(const struct cel_program *program,
                                     const struct cel_value *variables, struct cel_scratch *scratch,
                                     void (*visit)(void *context, const struct cel_step *step),
                                     void *context);

struct buffer;
/* Appends the value as a CEL literal that a person reads: "DE", 42, ["a", "b"], null,
 * timestamp("2026-…"); "absent" and "error: …" for those. Cut with "…" past `limit` bytes. */
void cel_value_print(const struct cel_value *value, size_t limit, struct buffer *out);

#endif
