/* The compiled form: one array of instructions for a machine with a stack of values, and what they
 * refer to. Made by generator.c, run by evaluate.c; both know every opcode's meaning from here. */
#ifndef ML_CEL_PROGRAM_H
#define ML_CEL_PROGRAM_H

#include "cel/internal.h"

struct ast_node;

/* "top" is the uppermost value. An operand that is an error makes the result that error, unless
 * stated otherwise. `c` of the loading ones is the constant that an absent value turns into, or
 * CEL_KEEP_ABSENT inside has(). */
enum cel_opcode {
    CEL_OP_RETURN,     /* top is the result */
    CEL_OP_CONSTANT,   /* push constant b */
    CEL_OP_VARIABLE,   /* push variable a */
    CEL_OP_SLOT,       /* push slot b of the record in variable a */
    CEL_OP_FIELD,      /* top := slot b of the record in top */
    CEL_OP_KEY,        /* top := what the map in top holds under the string constant b */
    CEL_OP_PRESENT,    /* top := it is not absent */
    CEL_OP_INDEX,      /* pop an index or key; top := what the list or map in top holds there */
    CEL_OP_NOT,        /* top := not top */
    CEL_OP_EQUAL,      /* pop; top := they are equal, or with a = 1 are not */
    CEL_OP_ORDER,      /* pop; top := their order is in the set a; b is the ast_operator */
    CEL_OP_IN,         /* pop a list or map; top := it holds top */
    CEL_OP_IN_STRINGS, /* top := string set b holds top */
    CEL_OP_AND_SKIP,   /* when top is false go to b; else keep it and go on */
    CEL_OP_AND,        /* pop; top := top and the popped one, either may be an error */
    CEL_OP_OR_SKIP,    /* when top is true go to b */
    CEL_OP_OR,         /* pop; top := top or the popped one, either may be an error */
    CEL_OP_BRANCH,     /* pop a condition: true goes on, false to b, an error is pushed and to c */
    CEL_OP_JUMP,       /* go to b */
    CEL_OP_LIST,       /* push a list of b items, to be filled */
    CEL_OP_ITEM,       /* pop a value; put it at b of the list in top */
    CEL_OP_MAP,        /* push a map of b pairs, to be filled */
    CEL_OP_PAIR,       /* pop value and key; put them at b of the map in top */
    CEL_OP_CALL,       /* pop c arguments; push what call b makes of them */
};

#define CEL_KEEP_ABSENT UINT32_MAX

struct cel_instruction {
    uint16_t opcode; /* enum cel_opcode */
    uint16_t a;
    uint32_t b;
    uint32_t c;
};

/* Bytes of the source, from and up to. */
struct cel_span {
    uint32_t start;
    uint32_t end;
};

/* Constant strings by open addressing; a free slot has no data. */
struct cel_string_set {
    const struct bytes *slots;
    uint32_t mask; /* slots - 1; slots is a power of two and at least one is free */
};

struct cel_program {
    const struct cel_instruction *code;
    const struct cel_value *constants;
    const struct cel_string_set *sets;
    const struct cel_call *calls;
    const struct cel_type *type;
    struct bytes source;
    /* One per instruction: the sub-expression that it completes, which then is on top, or that a
     * list or map under construction is. A trace of these explains a result piece by piece. */
    const struct cel_span *spans;
    uint32_t count;
    uint32_t depth; /* values on the stack at the most; up to CEL_STACK_MAX */
};

int cel_program_generate(struct cel_unit *unit, const struct ast_node *root,
                         const struct cel_program **ret);

/* Runs from instruction `start` up to a return. */
struct cel_value cel_program_run(const struct cel_program *program, uint32_t start,
                                 const struct cel_value *variables, struct cel_scratch *scratch);

/* Copies of the strings of a list that holds nothing else; the set borrows their bytes. */
struct cel_string_set cel_string_set_make(struct arena *arena, const struct cel_value *list);
bool cel_string_set_has(const struct cel_string_set *set, struct bytes string);

#endif
