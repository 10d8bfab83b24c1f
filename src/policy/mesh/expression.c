/* Compiling the expressions of a mesh: mistakes at their place in the file, and which of the things
 * that cost time an expression asks for. */
#include "policy/internal.h"

const struct cel_type policy_type_bool = {.kind = CEL_TYPE_BOOL};
const struct cel_type policy_type_string = {.kind = CEL_TYPE_STRING};
/* Of what is mistaken itself: its uses are not mistakes as well. */
const struct cel_type policy_type_unknown = {.kind = CEL_TYPE_DYN};

/* ---- words */

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

/* The next run of letters, digits and _ from *at on; empty at the end. */
static struct bytes next_word(struct bytes text, size_t *at)
{
    while (*at < text.size && !is_word(text.data[*at]))
        (*at)++;
    size_t start = *at;
    if (start == text.size)
        return (struct bytes){0};
    while (*at < text.size && is_word(text.data[*at]))
        (*at)++;
    return (struct bytes){text.data + start, *at - start};
}

bool policy_expression_names(struct bytes text, const char *word)
{
    size_t at = 0;
    for (struct bytes next = next_word(text, &at); next.size > 0; next = next_word(text, &at))
        if (bytes_is(next, word))
            return true;
    return false;
}

/* A word in a text literal or a comment counts too: that costs a little time, never a decision. */
static void note_use(struct policy_build *build, struct bytes text)
{
    size_t at = 0;
    for (struct bytes word = next_word(text, &at); word.size > 0; word = next_word(text, &at)) {
        uint32_t table = policy_index_find(&build->table_words, word);
        uint32_t territory = policy_index_find(&build->territory_words, word);
        if (table != POLICY_NONE)
            build->use.tables[table] = true;
        if (territory != POLICY_NONE)
            build->use.tables[territory] = true;
        if (bytes_is(word, "account"))
            build->use.account = true;
        if (bytes_is(word, "now"))
            build->release->uses_time = true;
    }
}

void policy_use_finish(struct policy_build *build)
{
    struct policy_block *block = (struct policy_block *)build->release;
    block->uses_account = build->use.account && block->matching.table != NULL;
    block->used_tables = arena_array(build->arena, build->table_count, sizeof *block->used_tables);
    for (uint32_t i = 0; i < build->table_count; i++)
        if (build->use.tables[i])
            block->used_tables[block->used_table_count++] = i;
}

/* ---- compiling */

static const struct cel_program *compile(struct policy_build *build,
                                         const struct cel_environment *environment,
                                         struct bytes text, const struct cel_type *expected,
                                         struct cel_diagnostic *ret_diagnostic)
{
    const struct cel_program *program;
    *ret_diagnostic = (struct cel_diagnostic){.position = {1, 1}};
    if (cel_program_compile(environment, text, expected, build->arena, &program, ret_diagnostic) !=
        0)
        return NULL;
    return program;
}

const struct cel_program *policy_expression_compile(struct policy_build *build, struct bytes text,
                                                    const struct cel_type *expected,
                                                    struct cel_diagnostic *ret_diagnostic)
{
    const struct cel_program *program =
        compile(build, &build->release->environment, text, expected, ret_diagnostic);
    if (program != NULL)
        note_use(build, text);
    return program;
}

const struct cel_program *policy_contract_expression_compile(struct policy_build *build,
                                                             struct bytes text,
                                                             const struct cel_type *expected,
                                                             struct cel_diagnostic *ret_diagnostic)
{
    return compile(build, &build->release->contract_environment, text, expected, ret_diagnostic);
}

const struct cel_program *policy_outbox_expression_compile(struct policy_build *build,
                                                           struct bytes text,
                                                           const struct cel_type *expected,
                                                           struct cel_diagnostic *ret_diagnostic)
{
    return compile(build, &build->release->outbox_environment, text, expected, ret_diagnostic);
}

static struct bytes trim_end(struct bytes text)
{
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL)
        text.size--; /* the line break that ends a block */
    return text;
}

/* The message names what is not there; this says where it would come from. */
static const char *advice(const struct policy_build *build, struct bytes text, const char *message)
{
    if (build->accounts == NULL && strstr(message, "`account.") != NULL &&
        policy_expression_names(text, "account"))
        return " (accounts.yaml says what accounts there are, and the mesh has none)";
    if (build->release->param_count == 0 && strstr(message, "`params.") != NULL)
        return " (declare it under `params` in the pipeline)";
    if (strncmp(message, "no such variable `lead", strlen("no such variable `lead")) == 0)
        return " (there is no lead yet: the record is `payload`)";
    return "";
}

typedef const struct cel_program *compiling(struct policy_build *build, struct bytes text,
                                            const struct cel_type *expected,
                                            struct cel_diagnostic *ret_diagnostic);

static const struct cel_program *build_with(compiling *with, struct policy_build *build,
                                            const struct policy_node *node,
                                            const struct cel_type *expected, const char **ret_text)
{
    struct bytes text = trim_end(policy_node_text(node));
    *ret_text = NULL;
    if (text.size == 0)
        return NULL;
    *ret_text = arena_string(build->arena, text);
    if (build->release->schema.count == 0)
        return NULL; /* reported already, and every field would be unknown */
    struct cel_diagnostic *diagnostic = arena_zalloc(&build->scratch, sizeof *diagnostic);
    const struct cel_program *program =
        with(build, (struct bytes){*ret_text, text.size}, expected, diagnostic);
    if (program == NULL)
        policy_report_at(build, node->document ? node->document->path : "",
                         policy_node_place_inside(node, diagnostic->position), "%s%s",
                         diagnostic->message, advice(build, text, diagnostic->message));
    return program;
}

const struct cel_program *policy_expression_build(struct policy_build *build,
                                                  const struct policy_node *node,
                                                  const struct cel_type *expected,
                                                  const char **ret_text)
{
    return build_with(policy_expression_compile, build, node, expected, ret_text);
}

const struct cel_program *policy_contract_expression_build(struct policy_build *build,
                                                           const struct policy_node *node,
                                                           const struct cel_type *expected,
                                                           const char **ret_text)
{
    return build_with(policy_contract_expression_compile, build, node, expected, ret_text);
}

const struct cel_program *policy_outbox_expression_build(struct policy_build *build,
                                                         const struct policy_node *node,
                                                         const struct cel_type *expected,
                                                         const char **ret_text)
{
    return build_with(policy_outbox_expression_compile, build, node, expected, ret_text);
}

/* ---- what a result may be */

bool policy_program_may_be(const struct cel_program *program, uint32_t kinds)
{
    static const uint32_t later =
        1u << CEL_TYPE_DYN | 1u << CEL_TYPE_NULL | 1u << CEL_TYPE_PARAMETER;
    const struct cel_type *type = cel_program_type(program);
    while (type != NULL && type->kind == CEL_TYPE_OPTIONAL)
        type = type->element;
    return type == NULL || ((kinds | later) >> type->kind & 1) != 0;
}

const struct policy_result policy_results[] = {
    [POLICY_STRING] = {1u << CEL_TYPE_STRING | 1u << CEL_TYPE_INT | 1u << CEL_TYPE_UINT |
                           1u << CEL_TYPE_TIMESTAMP,
                       "a string (an int and a timestamp are made one)"},
    [POLICY_INTEGER] = {1u << CEL_TYPE_INT | 1u << CEL_TYPE_UINT | 1u << CEL_TYPE_DOUBLE, "an int"},
    [POLICY_NUMBER] = {1u << CEL_TYPE_INT | 1u << CEL_TYPE_UINT | 1u << CEL_TYPE_DOUBLE,
                       "a double or an int"},
    [POLICY_BOOLEAN] = {1u << CEL_TYPE_BOOL, "a bool"},
    [POLICY_STRINGS] = {1u << CEL_TYPE_LIST, "a list of strings"},
};
