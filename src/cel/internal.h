/* What the files of src/cel share: one compilation, types, values, the function table. */
#ifndef ML_CEL_INTERNAL_H
#define ML_CEL_INTERNAL_H

#include "cel/cel.h"

/* Ceilings beside those of cel.h. */
enum {
    CEL_STACK_MAX = 512, /* values; two operands wait at each level of CEL_DEPTH_MAX at the most */
    CEL_PARAMETERS_MAX = 3,
    CEL_TYPE_TEXT_SIZE = 64,
};

/* ---- unit.c: one compilation */

struct cel_unit {
    const struct cel_environment *environment;
    struct bytes source;               /* lives in `arena` */
    struct arena *arena;               /* what the program keeps */
    struct arena *work;                /* what only the compilation needs */
    struct cel_diagnostic *diagnostic; /* may be NULL */
    int code;                          /* 0, or the ML_E… of the first mistake */
    uint32_t nodes;
};

/* Records the first mistake, at a byte offset of the source; later ones are ignored. Returns the
 * code of the first. */
int cel_unit_fail(struct cel_unit *unit, int code, uint32_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- types.c */

/* Has static lifetime; not for lists, maps and records that say what they hold. */
const struct cel_type *cel_type_basic(enum cel_type_kind kind);
const struct cel_type *cel_type_list(struct arena *arena, const struct cel_type *element);
const struct cel_type *cel_type_map(struct arena *arena, const struct cel_type *key,
                                    const struct cel_type *element);
/* The element type of an empty list: becomes whatever it meets. */
extern const struct cel_type cel_type_open;

/* "string", "list(int)"; cut when it does not fit. Returns `text`. */
const char *cel_type_print(const struct cel_type *type, char text[static CEL_TYPE_TEXT_SIZE]);
/* One may stand where the other is wanted; dyn stands anywhere. */
bool cel_types_match(const struct cel_type *a, const struct cel_type *b);
/* `a == b` makes sense: they match, or are numbers, or one is null. */
bool cel_types_equatable(const struct cel_type *a, const struct cel_type *b);
/* `a < b` makes sense. */
bool cel_types_ordered(const struct cel_type *a, const struct cel_type *b);
/* The narrowest type that holds both. */
const struct cel_type *cel_types_join(struct arena *arena, const struct cel_type *a,
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
bool cel_value_equal(const struct cel_value *a, const struct cel_value *b);
enum cel_order cel_value_compare(const struct cel_value *a, const struct cel_value *b);
/* The value behind `key`, or NULL; keys that are equal numbers of other kinds count. */
const struct cel_value *cel_map_find(const struct cel_value *map, const struct cel_value *key);

static inline struct cel_value cel_error(struct bytes message)
{
    return (struct cel_value){.kind = CEL_ERROR, .string = message};
}

/* Memory for a value of the evaluation, aligned for one; NULL when the scratch is used up. */
void *cel_scratch_alloc(struct cel_scratch *scratch, size_t size);
struct cel_value cel_error_exhausted(void);
/* "no such overload: `+` on string and int". */
struct cel_value cel_error_overload(struct cel_scratch *scratch, const char *function,
                                    const struct cel_value *arguments, size_t count);

/* ---- functions.c: operators and functions as one table */

enum cel_call_style { CEL_CALL_OPERATOR = 1, CEL_CALL_GLOBAL = 2, CEL_CALL_MEMBER = 4 };

struct cel_overload {
    const char *name; /* overloads of one name are neighbours */
    unsigned styles;  /* enum cel_call_style, or several */
    /* Parameters, a colon, the result; a member's receiver is the first parameter. n null, b bool,
     * i int, u uint, d double, s string, y bytes, * dyn; L list(A), M map(A, B), A, B. */
    const char *signature;
    /* The arguments have the kinds that the signature asks for; none is an error. */
    struct cel_value (*call)(struct cel_scratch *scratch, const struct cel_value *arguments);
};

struct cel_resolution {
    uint32_t first; /* the overloads that may be meant when it runs */
    uint32_t end;
    const struct cel_type *type;
};

const struct cel_overload *cel_overload_at(uint32_t index);
uint32_t cel_overload_count(void);
/* True and the overloads of `name` that can be called in this style. */
bool cel_function_find(struct bytes name, enum cel_call_style style, uint32_t *ret_first,
                       uint32_t *ret_end);
/* False when no overload between first and end takes these types. */
bool cel_function_resolve(struct arena *arena, uint32_t first, uint32_t end,
                          const struct cel_type *const *arguments, uint32_t count,
                          struct cel_resolution *ret);
/* Picks the overload by the kinds of the arguments; an argument that is an error is the result. */
struct cel_value cel_function_call(struct cel_scratch *scratch, uint32_t first, uint32_t end,
                                   const struct cel_value *arguments, uint32_t count);

#endif
