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
    CEL_OP_LIST,       /* push a list with room for b items */
    CEL_OP_ITEM,       /* pop a value; append it to the list in top, with a = 1 if it is some */
    CEL_OP_MAP,        /* push a map with room for b pairs */
    CEL_OP_PAIR,       /* pop value and key; append them to the map in top, with a = 1 if some */
    CEL_OP_CALL,       /* pop c arguments; push what call b makes of them */
    CEL_OP_LOCAL,      /* push the value at place b of the stack */
    CEL_OP_COLLAPSE,   /* pop a value and a more below it; push the value */
    /* The loop of a macro. It has on the stack its range, an iterator, the result so far and one or
     * two locals, and then whatever the body needs. a is the macro and how many locals it has. */
    CEL_OP_LOOP,       /* top is the range: push the rest; when it has none, an error and to c */
    CEL_OP_LOOP_NEXT,  /* give the locals their next values; behind the last one to c */
    CEL_OP_LOOP_WHERE, /* pop a condition: true goes on, false to c for the next, an error to b */
    CEL_OP_LOOP_STEP,  /* pop what the body gave, add it to the result; to c, or on when decided */
    CEL_OP_LOOP_END,   /* pop all but the range; top := the result */
    CEL_OP_LOOKUP,     /* pop a key; top := the row of the table in top, which has b fields */
    /* Those of optionals. */
    CEL_OP_MAYBE_FIELD, /* top := an optional of slot b of the record, or of the one in it, in top;
                           a = 1: the value itself or absent */
    CEL_OP_MAYBE_KEY,   /* the same for key b of a map */
    CEL_OP_MAYBE_INDEX, /* pop an index; top := an optional of what is there */
    CEL_OP_MAYBE,       /* top := an optional of it, none when it is absent */
    CEL_OP_SOME_SKIP,   /* when top is some go to b, with a = 1 with what it holds; an error too */
    CEL_OP_SOME_ENTER,  /* when top is some push what it holds, else go to b */
    CEL_OP_SOME_LEAVE,  /* pop a value, a local; top := an optional of it, with a = 1 the value */
};

#define CEL_KEEP_ABSENT UINT32_MAX

enum { CEL_LOOP_SHAPE = 4 }; /* `a` of a loop is the macro times this and the number of locals */

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
    /* One per instruction: the sub-expression that it completes, which then is on top; or nothing,
     * from 0 up to 0. A jump completes what the instruction before its target completes. */
    const struct cel_span *spans;
    uint32_t count;
    uint32_t depth; /* values on the stack at the most; up to CEL_STACK_MAX */
};

int cel_program_generate(struct cel_unit *unit, const struct ast_node *root,
                         const struct cel_program **ret);

/* One run of a program or of a part of it. */
struct cel_run {
    const struct cel_program *program;
    const struct cel_value *variables;
    struct cel_scratch *scratch;
    uint32_t start; /* the first instruction */
    uint32_t depth; /* values that lie on the stack before it */
    uint32_t steps; /* left, of CEL_STEPS_MAX */
};

/* Up to a return. */
struct cel_value cel_program_run(struct cel_run *run);

/* Takes `count` steps of work; false when there are not as many left. */
static inline bool cel_run_spend(struct cel_run *run, uint32_t count)
{
    bool enough = run->steps >= count;
    run->steps = enough ? run->steps - count : 0;
    return enough;
}

struct cel_value cel_error_steps(void);

/* ---- loops.c; `loop` points at the range on the stack */

bool cel_loop_begin(struct cel_run *run, const struct cel_instruction *i, struct cel_value *loop);
bool cel_loop_next(struct cel_run *run, const struct cel_instruction *i, struct cel_value *loop);
enum cel_loop_where { CEL_LOOP_TAKE, CEL_LOOP_PASS, CEL_LOOP_STOP };
enum cel_loop_where cel_loop_where(struct cel_run *run, struct cel_value *loop,
                                   const struct cel_value *condition);
bool cel_loop_step(struct cel_run *run, const struct cel_instruction *i, struct cel_value *loop,
                   const struct cel_value *body);
void cel_loop_end(struct cel_run *run, const struct cel_instruction *i, struct cel_value *loop);

bool cel_string_set_has(const struct cel_string_set *set, struct bytes string);

#endif
