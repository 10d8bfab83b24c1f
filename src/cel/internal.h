/* What the files of src/cel share: one compilation, types, values, the function table. */
#ifndef ML_CEL_INTERNAL_H
#define ML_CEL_INTERNAL_H

#include "cel/cel.h"

/* Ceilings beside those of cel.h. */
enum {
    CEL_STACK_MAX = 512, /* values; two operands wait at each level of CEL_DEPTH_MAX at the most */
    CEL_PARAMETERS_MAX = 6, /* of a function; a repeated one counts once */
    CEL_TYPE_TEXT_SIZE = 64,
};

/* ---- the tables of functions */

enum cel_call_style { CEL_CALL_OPERATOR = 1, CEL_CALL_GLOBAL = 2, CEL_CALL_MEMBER = 4 };

/* Signatures: the parameters, a colon, the result; a member's receiver is the first parameter.
 *
 *   n null, b bool, i int, u uint, d double, s string, y bytes, t timestamp, r duration, p ip,
 *   c cidr, T type, * dyn, N any number
 *   A, B, C   whatever it meets first, the same wherever it is repeated
 *   L, M, O   list(A), map(A, B), optional(A); with other insides L(s), M(sA), O(L(A)), T(A)
 *   <name>(AB)   an abstract type of the host's with its parameters
 *   +         behind a parameter, the last one: it may be repeated ("i+:i" takes one int or more)
 *
 * When it runs, the outermost kind of each argument chooses: the first overload that fits. */
struct cel_overload {
    const char *name; /* may be qualified: "math.greatest", then it is called globally */
    unsigned styles;  /* enum cel_call_style, or several */
    const char *signature;
    /* The arguments have the kinds that the signature asks for; none is an error or absent. A
     * parameter that may be repeated arrives as one list. */
    struct cel_value (*call)(struct cel_scratch *scratch, const struct cel_value *arguments);
    /* NULL, or turns the last argument, when that is a constant string, into what `call` takes in
     * its place; a CEL_ERROR is a mistake of the expression. Lives in the program's arena. */
    struct cel_value (*prepare)(struct arena *arena, const struct cel_value *argument);
};

/* One file's overloads. Those of one name are tried in the order of the tables. */
struct cel_library {
    const struct cel_overload *overloads;
    uint32_t count;
};

/* ---- unit.c: one compilation */

/* What type parameters stand for, by their number, and the way back to an earlier state. */
struct cel_bindings {
    const struct cel_type **types; /* NULL: not known yet */
    uint32_t count, room;
    struct cel_binding_change *trail;
    uint32_t trail_count, trail_room;
};

struct cel_unit {
    const struct cel_environment *environment;
    struct bytes source;               /* lives in `arena` */
    struct arena *arena;               /* what the program keeps */
    struct arena *work;                /* what only the compilation needs */
    struct cel_diagnostic *diagnostic; /* may be NULL */
    int code;                          /* 0, or the ML_E… of the first mistake */
    uint32_t nodes;
    bool unchecked; /* types are not compared, and what is unknown fails when it runs */
    struct cel_bindings bindings;
    struct ast_local *scope; /* what the macros around this place have named, innermost first */
    struct cel_library host; /* the environment's functions, once one was looked for */
};

/* Records the first mistake, at a byte offset of the source; later ones are ignored. Returns the
 * code of the first. */
int cel_unit_fail(struct cel_unit *unit, int code, uint32_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- types.c */

/* Has static lifetime; not for types that say what they hold. */
const struct cel_type *cel_type_basic(enum cel_type_kind kind);
/* A list, an optional or a type of `element`. */
const struct cel_type *cel_type_of(struct arena *arena, enum cel_type_kind kind,
                                   const struct cel_type *element);
const struct cel_type *cel_type_map(struct arena *arena, const struct cel_type *key,
                                    const struct cel_type *element);
/* A parameter that nothing is known of yet, such as the element of an empty list. */
const struct cel_type *cel_type_parameter(struct cel_unit *unit);
/* What a bound parameter stands for, at the outside; other types as they are. */
const struct cel_type *cel_type_resolve(const struct cel_unit *unit, const struct cel_type *type);
/* The same all the way inside; later bindings no longer change it. */
const struct cel_type *cel_type_substitute(const struct cel_unit *unit,
                                           const struct cel_type *type);
/* The same in memory of `arena`; what is still unknown becomes dyn. */
const struct cel_type *cel_type_settle(const struct cel_unit *unit, struct arena *arena,
                                       const struct cel_type *type);

/* "string", "list(int)"; cut when it does not fit. Returns `text`. */
const char *cel_type_print(const struct cel_unit *unit, const struct cel_type *type,
                           char text[static CEL_TYPE_TEXT_SIZE]);
/* One may stand where the other is wanted; dyn stands anywhere. Binds parameters when true. */
bool cel_types_match(struct cel_unit *unit, const struct cel_type *wanted,
                     const struct cel_type *given);
/* `a == b` makes sense: they match, or are numbers, or one is null. */
bool cel_types_equatable(struct cel_unit *unit, const struct cel_type *a, const struct cel_type *b);
/* `a < b` makes sense. */
bool cel_types_ordered(struct cel_unit *unit, const struct cel_type *a, const struct cel_type *b);
/* The narrowest type that holds both. */
const struct cel_type *cel_types_join(struct cel_unit *unit, const struct cel_type *a,
                                      const struct cel_type *b);

/* ---- values.c */

/* One bit each, so that an ordering operator is the set of those it accepts. */
enum cel_order {
    CEL_ORDER_NONE = 0, /* the kinds have no order: an error */
    CEL_ORDER_LESS = 1,
    CEL_ORDER_EQUAL = 2,
    CEL_ORDER_GREATER = 4,
    CEL_ORDER_NAN = 8, /* false for every operator */
};

const char *cel_kind_name(enum cel_kind kind);
/* The type of values of this kind as a value, such as `int`. */
struct cel_value cel_kind_type(enum cel_kind kind);
/* The type that is named so ("google.protobuf.Duration"); of kind CEL_ABSENT when none is. */
struct cel_value cel_type_named(struct bytes name, enum cel_type_kind *ret_type);
/* The insides of lists and maps cost steps; when none are left the answer is false. */
bool cel_value_equal_within(const struct cel_value *a, const struct cel_value *b, uint32_t *steps);
/* The same within CEL_STEPS_MAX. */
bool cel_value_equal(const struct cel_value *a, const struct cel_value *b);
enum cel_order cel_value_compare(const struct cel_value *a, const struct cel_value *b);
/* The value behind `key`, or NULL; keys that are equal numbers of other kinds count. */
const struct cel_value *cel_map_find(const struct cel_value *map, const struct cel_value *key);

static inline struct cel_value cel_error(struct bytes message)
{
    return (struct cel_value){.kind = CEL_ERROR, .string = message};
}

/* None when `value` is NULL; otherwise one that holds a copy. */
struct cel_value cel_optional(struct cel_scratch *scratch, const struct cel_value *value);

/* Memory for a value of the evaluation, aligned for one; NULL when the scratch is used up. */
void *cel_scratch_alloc(struct cel_scratch *scratch, size_t size);
struct cel_value cel_error_exhausted(void);
/* "no such overload: `+` on string and int". */
struct cel_value cel_error_overload(struct cel_scratch *scratch, const char *function,
                                    const struct cel_value *arguments, size_t count);

/* ---- overloads.c: operators and functions, found by name and chosen by type */

extern const struct cel_library cel_library_core;     /* functions.c */
extern const struct cel_library cel_library_optional; /* optionals.c */

/* The overloads that may be meant when it runs. */
struct cel_call {
    const struct cel_overload *const *overloads;
    uint32_t count;
    bool plain; /* their parameters are single letters, which is quicker to match */
};

struct cel_resolution {
    struct cel_call call;
    const struct cel_type *type;
};

/* The overloads of `name` that can be called in this style, the standard ones and the host's; none
 * gives a count of 0. The array lives in the unit's arena. */
struct cel_call cel_function_find(struct cel_unit *unit, struct bytes name,
                                  enum cel_call_style style);
/* False when none of them takes these types. */
bool cel_function_resolve(struct cel_unit *unit, struct cel_call call,
                          const struct cel_type *const *arguments, uint32_t count,
                          struct cel_resolution *ret);
/* Appends the names of all functions that can be called by name; returns how many there are. */
uint32_t cel_function_names(struct cel_unit *unit, const char ***ret);
/* How many parameters a signature has; `ret_variadic` when the last may be repeated. */
uint32_t cel_signature_count(const char *signature, bool *ret_variadic);
/* Picks the overload by the kinds of the arguments; an argument that is an error is the result. */
struct cel_value cel_function_call(struct cel_scratch *scratch, const struct cel_call *call,
                                   const struct cel_value *arguments, uint32_t count);

#endif
