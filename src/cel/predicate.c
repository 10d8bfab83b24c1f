/* Conditions to demands: one walk over the checked tree, which asks of every part when it is true
 * and, below a negation, when it is false. What is neither is an error, so both answers demand that
 * what is read is there.
 *
 * Everything is made in working memory and copied out at the end. What cannot be told becomes the
 * demand that always holds: it leaves too much in, never too much out. */
#include "cel/predicate.h"
#include "cel/ast.h"

#include <math.h>

enum {
    VISITS_MAX = 1 << 16,       /* nodes looked at; a conditional looks at its condition twice */
    COMPARISONS_MAX = 1 << 20,  /* of values, to combine two lists or to compare them */
    VALUES_MERGED_MAX = 512,    /* of a list that is put together from others */
    DOUBLE_EXACT_MAX_BITS = 53, /* integers below 2^53 are doubles without loss */
    ROOM_FIRST = 4,
};

const struct cel_demand cel_demand_always = {
    .conjuncts = &(const struct cel_conjunct){NULL, 0}, .count = 1, .exact = true};

/* A predicate in the making. */
struct told {
    struct cel_predicate predicate;
    bool constant; /* `values` belong to the environment and need no copy */
};

struct conjunct {
    struct told *items;
    uint32_t count;
    uint32_t room;
};

struct draft {
    struct conjunct *conjuncts[CEL_CONJUNCTS_MAX];
    size_t count;
    bool exact;
};

struct teller {
    const struct cel_environment *environment;
    struct arena *work;
    uint32_t visits;
};

/* ---- values */

static bool is_number(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT || value->kind == CEL_DOUBLE;
}

static double as_double(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_INT: return (double)value->integer;
    case CEL_UINT: return (double)value->uinteger;
    default: return value->number;
    }
}

/* Other values do not compare with it in a way that a predicate can say. */
static bool is_tellable(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_NULL:
    case CEL_BOOL:
    case CEL_STRING:
    case CEL_BYTES: return true;
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE: return fabs(as_double(value)) < (double)(UINT64_C(1) << DOUBLE_EXACT_MAX_BITS);
    default: return false;
    }
}

static bool are_tellable(const struct cel_value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!is_tellable(&values[i]))
            return false;
    return true;
}

static bool equal(const struct cel_value *a, const struct cel_value *b)
{
    if (is_number(a) && is_number(b))
        return as_double(a) == as_double(b);
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CEL_NULL: return true;
    case CEL_BOOL: return a->boolean == b->boolean;
    case CEL_STRING:
    case CEL_BYTES: return bytes_equal(a->string, b->string);
    default: return false;
    }
}

static bool is_listed(const struct cel_predicate *predicate, const struct cel_value *value)
{
    for (uint32_t i = 0; i < predicate->value_count; i++)
        if (equal(&predicate->values[i], value))
            return true;
    return false;
}

static bool is_inside(const struct cel_predicate *range, double number)
{
    if (isnan(number))
        return range->nan;
    return (range->low_open ? number > range->low : number >= range->low) &&
           (range->high_open ? number < range->high : number <= range->high);
}

bool cel_predicate_admits(const struct cel_predicate *predicate, const struct cel_value *value)
{
    if (value->kind == CEL_ABSENT)
        return predicate->kind == CEL_PREDICATE_ABSENT;
    switch (predicate->kind) {
    case CEL_PREDICATE_ONE_OF: return is_listed(predicate, value);
    case CEL_PREDICATE_NONE_OF: return !is_listed(predicate, value);
    case CEL_PREDICATE_RANGE: return is_number(value) && is_inside(predicate, as_double(value));
    case CEL_PREDICATE_PRESENT: return true;
    case CEL_PREDICATE_ABSENT: return false;
    }
    return false;
}

/* ---- two predicates of one field that both hold */

enum together {
    TOGETHER_NEVER,
    TOGETHER_ONE,    /* the second now says it all */
    TOGETHER_BESIDE, /* neither can say it all */
};

static bool is_too_much(const struct cel_predicate *a, const struct cel_predicate *b)
{
    return (uint64_t)a->value_count * b->value_count > COMPARISONS_MAX;
}

/* Those values of `list` that `other` admits, too. */
static enum together filter(struct teller *teller, const struct told *list,
                            const struct cel_predicate *other, struct told *ret, bool *exact)
{
    struct told kept = *list;
    if (other->values == list->predicate.values && other->kind == CEL_PREDICATE_ONE_OF &&
        other->value_count == list->predicate.value_count) {
        *ret = kept;
        return TOGETHER_ONE;
    }
    if (is_too_much(&list->predicate, other)) {
        *exact = false;
        *ret = kept;
        return TOGETHER_ONE;
    }
    struct cel_value *values =
        arena_array(teller->work, list->predicate.value_count, sizeof *values);
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->predicate.value_count; i++)
        if (cel_predicate_admits(other, &list->predicate.values[i]))
            values[count++] = list->predicate.values[i];
    if (count < list->predicate.value_count) {
        kept.predicate.values = values;
        kept.predicate.value_count = count;
        kept.constant = false;
    }
    *ret = kept;
    return count > 0 ? TOGETHER_ONE : TOGETHER_NEVER;
}

/* False when there are too many of them. */
static bool merge_values(struct teller *teller, const struct cel_predicate *from, struct told *into)
{
    uint32_t count = into->predicate.value_count;
    if (count + from->value_count > VALUES_MERGED_MAX)
        return false;
    struct cel_value *values = arena_array(teller->work, count + from->value_count, sizeof *values);
    for (uint32_t i = 0; i < count; i++)
        values[i] = into->predicate.values[i];
    for (uint32_t i = 0; i < from->value_count; i++)
        if (!is_listed(&into->predicate, &from->values[i]))
            values[count++] = from->values[i];
    into->predicate.values = values;
    into->predicate.value_count = count;
    into->constant = false;
    return true;
}

static enum together narrow_range(const struct cel_predicate *from, struct cel_predicate *into)
{
    if (from->low > into->low || (from->low == into->low && from->low_open)) {
        into->low = from->low;
        into->low_open = from->low_open;
    }
    if (from->high < into->high || (from->high == into->high && from->high_open)) {
        into->high = from->high;
        into->high_open = from->high_open;
    }
    into->nan = into->nan && from->nan;
    bool empty =
        into->low > into->high || (into->low == into->high && (into->low_open || into->high_open));
    return empty && !into->nan ? TOGETHER_NEVER : TOGETHER_ONE;
}

static enum together together(struct teller *teller, const struct told *a, struct told *b,
                              bool *exact)
{
    enum cel_predicate_kind first = a->predicate.kind, second = b->predicate.kind;
    if (first == CEL_PREDICATE_ABSENT || second == CEL_PREDICATE_ABSENT)
        return first == second ? TOGETHER_ONE : TOGETHER_NEVER;
    if (first == CEL_PREDICATE_PRESENT)
        return TOGETHER_ONE;
    if (second == CEL_PREDICATE_PRESENT) {
        *b = *a;
        return TOGETHER_ONE;
    }
    if (first == CEL_PREDICATE_ONE_OF)
        return filter(teller, a, &b->predicate, b, exact);
    if (second == CEL_PREDICATE_ONE_OF)
        return filter(teller, b, &a->predicate, b, exact);
    if (first != second)
        return TOGETHER_BESIDE;
    if (first == CEL_PREDICATE_RANGE)
        return narrow_range(&a->predicate, &b->predicate);
    if (!merge_values(teller, &a->predicate, b))
        *exact = false;
    return TOGETHER_ONE;
}

/* ---- conjuncts */

static bool same_field(const struct cel_predicate *a, const struct cel_predicate *b)
{
    return a->variable == b->variable && a->field == b->field;
}

static bool comes_before(const struct cel_predicate *a, const struct cel_predicate *b)
{
    if (a->variable != b->variable)
        return a->variable < b->variable;
    return a->field != b->field ? a->field < b->field : a->kind < b->kind;
}

static struct conjunct *conjunct_new(struct teller *teller, uint32_t room)
{
    struct conjunct *conjunct = arena_alloc(teller->work, sizeof *conjunct);
    conjunct->items = arena_alloc(teller->work, room * sizeof *conjunct->items);
    conjunct->count = 0;
    conjunct->room = room;
    return conjunct;
}

static struct conjunct *conjunct_copy(struct teller *teller, const struct conjunct *source)
{
    uint32_t room = source->room;
    struct conjunct *copy = conjunct_new(teller, room);
    memcpy(copy->items, source->items, source->count * sizeof *copy->items);
    copy->count = source->count;
    return copy;
}

/* False when there is no more room for it. */
static bool conjunct_insert(struct teller *teller, struct conjunct *conjunct,
                            const struct told *told)
{
    if (conjunct->count == CEL_PREDICATES_MAX)
        return false;
    if (conjunct->count == conjunct->room) {
        uint32_t room = 2 * conjunct->room;
        struct told *items = arena_alloc(teller->work, room * sizeof *items);
        memcpy(items, conjunct->items, conjunct->count * sizeof *items);
        conjunct->items = items;
        conjunct->room = room;
    }
    uint32_t place = conjunct->count++;
    for (; place > 0 && comes_before(&told->predicate, &conjunct->items[place - 1].predicate);
         place--)
        conjunct->items[place] = conjunct->items[place - 1];
    conjunct->items[place] = *told;
    return true;
}

/* The conjunct holds and so does `told`. False when they never do both. */
static bool conjunct_meet(struct teller *teller, struct conjunct *conjunct, struct told told,
                          bool *exact)
{
    for (uint32_t i = 0; i < conjunct->count;) {
        if (!same_field(&conjunct->items[i].predicate, &told.predicate)) {
            i++;
            continue;
        }
        switch (together(teller, &conjunct->items[i], &told, exact)) {
        case TOGETHER_NEVER: return false;
        case TOGETHER_BESIDE: i++; break;
        case TOGETHER_ONE:
            conjunct->count--;
            memmove(&conjunct->items[i], &conjunct->items[i + 1],
                    (conjunct->count - i) * sizeof *conjunct->items);
            break;
        }
    }
    if (!conjunct_insert(teller, conjunct, &told))
        *exact = false;
    return true;
}

static bool conjunct_meet_all(struct teller *teller, struct conjunct *conjunct,
                              const struct conjunct *other, bool *exact)
{
    for (uint32_t i = 0; i < other->count; i++)
        if (!conjunct_meet(teller, conjunct, other->items[i], exact))
            return false;
    return true;
}

/* ---- drafts */

static void draft_never(struct draft *ret)
{
    ret->count = 0;
    ret->exact = true;
}

static void draft_always(struct teller *teller, bool exact, struct draft *ret)
{
    ret->conjuncts[0] = conjunct_new(teller, ROOM_FIRST);
    ret->count = 1;
    ret->exact = exact;
}

static void draft_of(struct teller *teller, const struct told *told, bool exact, struct draft *ret)
{
    draft_always(teller, exact, ret);
    conjunct_insert(teller, ret->conjuncts[0], told);
}

static bool is_always(const struct draft *draft)
{
    return draft->count == 1 && draft->conjuncts[0]->count == 0;
}

/* Every conjunct of `draft` meets the one. */
static void draft_narrow(struct teller *teller, struct draft *draft, const struct conjunct *one)
{
    size_t kept = 0;
    for (size_t i = 0; i < draft->count; i++)
        if (conjunct_meet_all(teller, draft->conjuncts[i], one, &draft->exact))
            draft->conjuncts[kept++] = draft->conjuncts[i];
    draft->count = kept;
}

/* `draft` and `other`, which is used up. */
static void draft_meet(struct teller *teller, struct draft *draft, struct draft *other)
{
    bool exact = draft->exact && other->exact;
    if (draft->count == 1 || draft->count * other->count > CEL_CONJUNCTS_MAX) {
        struct draft kept = *draft;
        *draft = *other;
        *other = kept;
    }
    draft->exact = exact;
    if (draft->count * other->count > CEL_CONJUNCTS_MAX) {
        draft->exact = false; /* one of the two is left out */
    } else if (other->count == 1) {
        draft_narrow(teller, draft, other->conjuncts[0]);
    } else {
        struct draft product = {.exact = exact};
        for (size_t i = 0; i < draft->count; i++)
            for (size_t j = 0; j < other->count; j++) {
                struct conjunct *both = conjunct_copy(teller, draft->conjuncts[i]);
                if (conjunct_meet_all(teller, both, other->conjuncts[j], &product.exact))
                    product.conjuncts[product.count++] = both;
            }
        *draft = product;
    }
    if (draft->count == 0)
        draft->exact = true; /* whatever was left out, it never holds */
}

/* `x == 1 || x in [2, 3]` is one list. */
static bool conjunct_absorb(struct teller *teller, struct conjunct *conjunct,
                            const struct conjunct *other)
{
    if (conjunct->count != 1 || other->count != 1)
        return false;
    struct told *told = &conjunct->items[0];
    const struct cel_predicate *added = &other->items[0].predicate;
    return told->predicate.kind == CEL_PREDICATE_ONE_OF && added->kind == CEL_PREDICATE_ONE_OF &&
           same_field(&told->predicate, added) && merge_values(teller, added, told);
}

/* `draft` or `other`, which is used up. */
static void draft_join(struct teller *teller, struct draft *draft, const struct draft *other)
{
    if (is_always(draft) && draft->exact)
        return;
    if (is_always(other) && other->exact) {
        *draft = *other;
        return;
    }
    draft->exact = draft->exact && other->exact;
    if (is_always(draft))
        return;
    for (size_t i = 0; i < other->count; i++) {
        size_t j = 0;
        while (j < draft->count &&
               !conjunct_absorb(teller, draft->conjuncts[j], other->conjuncts[i]))
            j++;
        if (j < draft->count)
            continue;
        if (draft->count == CEL_CONJUNCTS_MAX || other->conjuncts[i]->count == 0) {
            draft_always(teller, false, draft);
            return;
        }
        draft->conjuncts[draft->count++] = other->conjuncts[i];
    }
}

/* ---- parts of the tree */

static void tell(struct teller *teller, const struct ast_node *node, bool wanted,
                 struct draft *ret);

static bool is_constant(const struct teller *teller, const struct ast_node *variable)
{
    const struct cel_value *value = teller->environment->variables[variable->index].value;
    return value != NULL && value->kind != CEL_ABSENT;
}

/* A part that reads a variable, or a field of one, and nothing else. */
static bool subject_of(const struct teller *teller, const struct ast_node *node,
                       struct cel_predicate *ret)
{
    const struct ast_node *variable = node->kind == AST_FIELD ? node->first : node;
    if (variable->kind != AST_VARIABLE || is_constant(teller, variable))
        return false;
    if (node != variable && variable->test)
        return false;
    *ret = (struct cel_predicate){
        .variable = variable->index,
        .field = node->kind == AST_FIELD ? node->index : UINT32_MAX,
        .low = -INFINITY,
        .high = INFINITY,
    };
    return true;
}

/* A literal, with its sign, or a constant variable. */
static bool constant_of(const struct teller *teller, const struct ast_node *node,
                        struct cel_value *ret)
{
    if (node->kind == AST_LITERAL) {
        *ret = node->literal;
        return true;
    }
    if (node->kind == AST_VARIABLE && !node->test && is_constant(teller, node)) {
        *ret = *teller->environment->variables[node->index].value;
        return true;
    }
    if (node->kind != AST_OPERATION || node->operation != AST_NEGATE ||
        !constant_of(teller, node->first, ret) || !is_tellable(ret))
        return false;
    if (ret->kind == CEL_INT)
        ret->integer = -ret->integer;
    else if (ret->kind == CEL_DOUBLE)
        ret->number = -ret->number;
    else
        return false;
    return true;
}

/* It has a value only when its operands have one; `a[?b]` is happy without. */
static bool is_strict(const struct ast_node *node)
{
    return node->kind == AST_CALL || (node->kind == AST_OPERATION && node->operation != AST_INDEX);
}

/* Whatever this part comes to, these fields have been read: they are there. */
static void demand_presence(struct teller *teller, const struct ast_node *node, struct draft *draft)
{
    struct told told = {0};
    if (teller->visits == 0)
        return;
    teller->visits--;
    if ((node->kind == AST_VARIABLE || node->kind == AST_FIELD) && !node->test &&
        subject_of(teller, node, &told.predicate)) {
        told.predicate.kind = CEL_PREDICATE_PRESENT;
        conjunct_meet(teller, draft->conjuncts[0], told, &draft->exact);
    } else if (is_strict(node)) {
        /* Of a method only the receiver: some look at their arguments when they must. */
        bool receiver_only = node->kind == AST_CALL && node->member;
        for (const struct ast_node *child = node->first; child != NULL; child = child->next) {
            demand_presence(teller, child, draft);
            if (receiver_only)
                break;
        }
    }
}

static void tell_unknown(struct teller *teller, const struct ast_node *node, struct draft *ret)
{
    draft_always(teller, false, ret);
    demand_presence(teller, node, ret);
}

/* has(lead.x), or lead.x that is a bool. */
static void tell_name(struct teller *teller, const struct ast_node *node, bool wanted,
                      struct draft *ret)
{
    struct told told = {0};
    if (!subject_of(teller, node, &told.predicate)) {
        tell_unknown(teller, node, ret);
        return;
    }
    if (node->test) {
        told.predicate.kind = wanted ? CEL_PREDICATE_PRESENT : CEL_PREDICATE_ABSENT;
    } else {
        static const struct cel_value bools[] = {{CEL_BOOL, .boolean = false},
                                                 {CEL_BOOL, .boolean = true}};
        told.predicate.kind = CEL_PREDICATE_ONE_OF;
        told.predicate.values = &bools[wanted];
        told.predicate.value_count = 1;
        told.constant = true;
    }
    draft_of(teller, &told, true, ret);
}

static void tell_list(struct teller *teller, struct told *told, const struct cel_value *values,
                      uint32_t count, struct draft *ret)
{
    bool listed = told->predicate.kind == CEL_PREDICATE_ONE_OF;
    if (count == 0 && listed) {
        draft_never(ret);
        return;
    }
    if (count == 0)
        told->predicate.kind = CEL_PREDICATE_PRESENT;
    told->predicate.values = values;
    told->predicate.value_count = count;
    draft_of(teller, told, true, ret);
}

static void tell_equality(struct teller *teller, const struct ast_node *node, bool wanted,
                          struct draft *ret)
{
    struct told told = {0};
    struct cel_value *value = arena_alloc(teller->work, sizeof *value);
    const struct ast_node *left = node->first, *right = node->last;
    bool known = (subject_of(teller, left, &told.predicate) && !left->test &&
                  constant_of(teller, right, value)) ||
                 (subject_of(teller, right, &told.predicate) && !right->test &&
                  constant_of(teller, left, value));
    if (!known || !is_tellable(value)) {
        tell_unknown(teller, node, ret);
        return;
    }
    bool equal_wanted = (node->operation == AST_EQUAL) == wanted;
    told.predicate.kind = equal_wanted ? CEL_PREDICATE_ONE_OF : CEL_PREDICATE_NONE_OF;
    tell_list(teller, &told, value, 1, ret);
}

/* The items of a list that is written out. */
static bool literals_of(struct teller *teller, const struct ast_node *list,
                        struct cel_value *ret_list)
{
    struct cel_value *values = arena_array(teller->work, list->count, sizeof *values);
    uint32_t count = 0;
    for (const struct ast_node *item = list->first; item != NULL; item = item->next)
        if (!constant_of(teller, item, &values[count++]))
            return false;
    *ret_list = (struct cel_value){.kind = CEL_LIST, .count = count, .items = values};
    return true;
}

static void tell_membership(struct teller *teller, const struct ast_node *node, bool wanted,
                            struct draft *ret)
{
    struct told told = {0};
    struct cel_value list = {0};
    const struct ast_node *left = node->first, *right = node->last;
    told.constant = right->kind == AST_VARIABLE;
    bool known = subject_of(teller, left, &told.predicate) && !left->test &&
                 (right->kind == AST_LIST ? literals_of(teller, right, &list)
                                          : constant_of(teller, right, &list));
    if (!known || list.kind != CEL_LIST || !are_tellable(list.items, list.count)) {
        tell_unknown(teller, node, ret);
        return;
    }
    told.predicate.kind = wanted ? CEL_PREDICATE_ONE_OF : CEL_PREDICATE_NONE_OF;
    tell_list(teller, &told, list.items, list.count, ret);
}

/* `5 < x` is `x > 5`. */
static enum ast_operator mirrored(enum ast_operator operation)
{
    switch (operation) {
    case AST_LESS: return AST_GREATER;
    case AST_LESS_EQUAL: return AST_GREATER_EQUAL;
    case AST_GREATER: return AST_LESS;
    default: return AST_LESS_EQUAL;
    }
}

static void tell_order(struct teller *teller, const struct ast_node *node, bool wanted,
                       struct draft *ret)
{
    struct told told = {0};
    struct cel_value bound;
    const struct ast_node *left = node->first, *right = node->last;
    enum ast_operator operation = node->operation;
    bool known = subject_of(teller, left, &told.predicate) && !left->test &&
                 constant_of(teller, right, &bound);
    if (!known && subject_of(teller, right, &told.predicate) && !right->test &&
        constant_of(teller, left, &bound)) {
        known = true;
        operation = mirrored(operation);
    }
    if (!known || !is_number(&bound) || !is_tellable(&bound)) {
        tell_unknown(teller, node, ret);
        return;
    }
    /* False is the other side of the bound, and NaN, which is on neither. */
    bool below = (operation == AST_LESS || operation == AST_LESS_EQUAL) == wanted;
    bool open = (operation == AST_LESS || operation == AST_GREATER) == wanted;
    told.predicate.kind = CEL_PREDICATE_RANGE;
    told.predicate.nan = !wanted;
    if (below) {
        told.predicate.high = as_double(&bound);
        told.predicate.high_open = open;
    } else {
        told.predicate.low = as_double(&bound);
        told.predicate.low_open = open;
    }
    draft_of(teller, &told, true, ret);
}

static void tell_operation(struct teller *teller, const struct ast_node *node, bool wanted,
                           struct draft *ret)
{
    switch (node->operation) {
    case AST_NOT: tell(teller, node->first, !wanted, ret); break;
    case AST_EQUAL:
    case AST_NOT_EQUAL: tell_equality(teller, node, wanted, ret); break;
    case AST_LESS:
    case AST_LESS_EQUAL:
    case AST_GREATER:
    case AST_GREATER_EQUAL: tell_order(teller, node, wanted, ret); break;
    case AST_IN: tell_membership(teller, node, wanted, ret); break;
    default: tell_unknown(teller, node, ret);
    }
}

/* a && b is true when both are, false when either is, whatever the other comes to. */
static void tell_logic(struct teller *teller, const struct ast_node *node, bool wanted,
                       struct draft *ret)
{
    bool all = (node->operation == AST_AND) == wanted;
    tell(teller, node->first, wanted, ret);
    for (const struct ast_node *child = node->first->next; child != NULL; child = child->next) {
        struct draft part;
        tell(teller, child, wanted, &part);
        if (all)
            draft_meet(teller, ret, &part);
        else
            draft_join(teller, ret, &part);
    }
}

/* c ? a : b is c && a, or !c && b. */
static void tell_conditional(struct teller *teller, const struct ast_node *node, bool wanted,
                             struct draft *ret)
{
    struct draft otherwise, part;
    tell(teller, node->first, true, ret);
    tell(teller, node->first->next, wanted, &part);
    draft_meet(teller, ret, &part);
    tell(teller, node->first, false, &otherwise);
    tell(teller, node->last, wanted, &part);
    draft_meet(teller, &otherwise, &part);
    draft_join(teller, ret, &otherwise);
}

static void tell_constant(struct teller *teller, const struct cel_value *value, bool wanted,
                          struct draft *ret)
{
    if (value->kind == CEL_BOOL && value->boolean == wanted)
        draft_always(teller, true, ret);
    else
        draft_never(ret);
}

/* When the part is true, or, with `wanted` false, when it is false. */
static void tell(struct teller *teller, const struct ast_node *node, bool wanted, struct draft *ret)
{
    struct cel_value value;
    if (teller->visits == 0) {
        draft_always(teller, false, ret);
        return;
    }
    teller->visits--;
    if (constant_of(teller, node, &value)) {
        tell_constant(teller, &value, wanted, ret);
        return;
    }
    switch (node->kind) {
    case AST_VARIABLE:
    case AST_FIELD: tell_name(teller, node, wanted, ret); break;
    case AST_OPERATION: tell_operation(teller, node, wanted, ret); break;
    case AST_LOGIC: tell_logic(teller, node, wanted, ret); break;
    case AST_CONDITIONAL: tell_conditional(teller, node, wanted, ret); break;
    default: tell_unknown(teller, node, ret);
    }
}

/* ---- out of working memory */

static const struct cel_value *keep_values(struct arena *arena, const struct told *told)
{
    uint32_t count = told->predicate.value_count;
    if (told->constant || count == 0)
        return told->predicate.values;
    struct cel_value *values = arena_array(arena, count, sizeof *values);
    for (uint32_t i = 0; i < count; i++) {
        values[i] = told->predicate.values[i];
        if (values[i].kind == CEL_STRING || values[i].kind == CEL_BYTES)
            values[i].string = arena_copy(arena, values[i].string);
    }
    return values;
}

static void keep(struct arena *arena, const struct draft *draft, struct cel_demand *ret)
{
    struct cel_conjunct *conjuncts = arena_array(arena, draft->count, sizeof *conjuncts);
    for (size_t i = 0; i < draft->count; i++) {
        const struct conjunct *source = draft->conjuncts[i];
        struct cel_predicate *predicates = arena_array(arena, source->count, sizeof *predicates);
        for (uint32_t j = 0; j < source->count; j++) {
            predicates[j] = source->items[j].predicate;
            predicates[j].values = keep_values(arena, &source->items[j]);
        }
        conjuncts[i] = (struct cel_conjunct){predicates, source->count};
    }
    *ret = (struct cel_demand){conjuncts, draft->count, draft->exact};
}

void cel_demand_of(const struct cel_environment *environment, struct bytes source,
                   struct arena *arena, struct cel_demand *ret)
{
    struct arena work;
    arena_init(&work);
    struct cel_unit unit = {.environment = environment,
                            .source = arena_copy(&work, source),
                            .arena = &work,
                            .work = &work};
    struct ast_node *root = cel_parse(&unit);
    struct teller teller = {environment, &work, VISITS_MAX};
    struct draft draft;
    if (root == NULL || cel_check(&unit, root, NULL) != 0)
        draft_always(&teller, false, &draft);
    else
        tell(&teller, root, true, &draft);
    keep(arena, &draft, ret);
    arena_release(&work);
}

/* ---- implication */

/* Every value of the list is admitted, or with `none` none is. */
static bool lists(const struct cel_predicate *list, const struct cel_predicate *predicate,
                  bool admitted)
{
    if ((uint64_t)list->value_count * (1 + (uint64_t)predicate->value_count) > COMPARISONS_MAX)
        return false;
    for (uint32_t i = 0; i < list->value_count; i++)
        if (cel_predicate_admits(predicate, &list->values[i]) != admitted)
            return false;
    return true;
}

static bool range_covers(const struct cel_predicate *a, const struct cel_predicate *b)
{
    bool low = a->low < b->low || (a->low == b->low && (!a->low_open || b->low_open));
    bool high = a->high > b->high || (a->high == b->high && (!a->high_open || b->high_open));
    return low && high && (a->nan || !b->nan);
}

/* `a` holds whenever `b` does; both are about one field. */
static bool predicate_implied(const struct cel_predicate *a, const struct cel_predicate *b)
{
    if (a->kind == CEL_PREDICATE_ABSENT || b->kind == CEL_PREDICATE_ABSENT)
        return a->kind == b->kind;
    if (a->kind == CEL_PREDICATE_PRESENT)
        return true;
    bool same_list = a->kind == b->kind && a->values == b->values &&
                     a->value_count == b->value_count && a->value_count > 0;
    if (same_list)
        return true;
    switch (b->kind) {
    case CEL_PREDICATE_ONE_OF: return lists(b, a, true);
    case CEL_PREDICATE_NONE_OF: return a->kind == CEL_PREDICATE_NONE_OF && lists(a, b, false);
    case CEL_PREDICATE_RANGE:
        if (a->kind == CEL_PREDICATE_RANGE)
            return range_covers(a, b);
        return a->kind == CEL_PREDICATE_NONE_OF && lists(a, b, false);
    default: return false;
    }
}

/* Both are in order, so one pass finds what `b` says about each field of `a`. */
static bool conjunct_implied(const struct cel_conjunct *a, const struct cel_conjunct *b)
{
    size_t first = 0;
    for (size_t i = 0; i < a->count; i++) {
        const struct cel_predicate *wanted = &a->predicates[i];
        while (first < b->count && !same_field(&b->predicates[first], wanted) &&
               comes_before(&b->predicates[first], wanted))
            first++;
        bool implied = false;
        for (size_t j = first; j < b->count && !implied && same_field(&b->predicates[j], wanted);
             j++)
            implied = predicate_implied(wanted, &b->predicates[j]);
        if (!implied)
            return false;
    }
    return true;
}

bool cel_demand_implied(const struct cel_demand *a, const struct cel_demand *b)
{
    if (!a->exact)
        return false;
    for (size_t i = 0; i < b->count; i++) {
        size_t j = 0;
        while (j < a->count && !conjunct_implied(&a->conjuncts[j], &b->conjuncts[i]))
            j++;
        if (j == a->count)
            return false;
    }
    return true;
}
