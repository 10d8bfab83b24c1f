/* What the kind of a destination needs, by its table of shapes: expressions are compiled and listed
 * by their path, tables looked up, what must not stand there reported; and all of it is kept as
 * JSON for the part that carries deliveries out. */
#include "policy/internal.h"

#include <strings.h>

struct options {
    struct policy_build *build;
    struct policy_destination *destination;
    struct policy_expression *expressions;
};

static const char *join(struct options *options, const char *path, struct bytes name)
{
    return path[0] == '\0' ? arena_string(options->build->arena, name)
                           : arena_printf(options->build->arena, "%s/%.*s", path, BYTES_ARG(name));
}

/* ---- expressions */

static const char *words_of(uint32_t kinds)
{
    static const struct {
        uint32_t kind;
        const char *words;
    } table[] = {
        {CEL_TYPE_LIST, "a list"},
        {CEL_TYPE_STRING, "a string (`string(…)` makes one)"},
        {CEL_TYPE_BOOL, "true or false"},
        {CEL_TYPE_TIMESTAMP, "a timestamp (`timestamp(…)` makes one)"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if ((kinds >> table[i].kind & 1) != 0)
            return table[i].words;
    return "a number";
}

/* The mistake that everybody makes once. */
static bool is_bare_address(struct bytes text)
{
    return (text.size > 7 && memcmp(text.data, "http://", 7) == 0) ||
           (text.size > 8 && memcmp(text.data, "https://", 8) == 0);
}

static void add_expression(struct options *options, const struct policy_node *node,
                           const char *path, uint32_t kinds, const char *words)
{
    struct policy_build *build = options->build;
    struct policy_destination *destination = options->destination;
    const char *text;
    if (is_bare_address(policy_node_text(node))) {
        policy_report(build, node,
                      "`%s` is an expression, in which a text has quotes of its own: '\"%.*s\"'",
                      path, POLICY_CLIP(node->text));
        return;
    }
    const struct cel_program *program = policy_outbox_expression_build(build, node, NULL, &text);
    if (program == NULL)
        return;
    if (build->from_files)
        policy_check_maps(build, node, node->text);
    if (kinds != 0 && !policy_program_may_be(program, kinds)) {
        policy_report(build, node, "`%s` must give %s, and this gives something else", path, words);
        return;
    }
    if (destination->expression_count == POLICY_EXPRESSIONS_MAX)
        policy_report(build, node, "more than %d expressions; that is the most",
                      POLICY_EXPRESSIONS_MAX);
    if (destination->expression_count < POLICY_EXPRESSIONS_MAX)
        options->expressions[destination->expression_count++] =
            (struct policy_expression){path, text, program};
}

static void add_fields(struct options *options, const struct policy_node *node, const char *path)
{
    const struct policy_schema *schema = &options->build->release->schema;
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT); item != NULL;
         item = item->next) {
        uint32_t field = policy_build_field(options->build, item->key);
        if (field == POLICY_NONE)
            continue;
        const struct policy_result *result = &policy_results[schema->fields[field].type];
        add_expression(options, item->value, join(options, path, item->key->text), result->kinds,
                       result->words);
    }
}

/* Nothing else tells "ops@example.com" from an expression, or "leads.{type}". */
static bool has_quotes(struct bytes text)
{
    return memchr(text.data, '"', text.size) != NULL || memchr(text.data, '\'', text.size) != NULL;
}

static void add_subject(struct options *options, const struct policy_node *node, const char *path,
                        uint32_t kinds)
{
    struct bytes text = policy_node_text(node);
    if (text.size == 0)
        return;
    if (has_quotes(text)) {
        add_expression(options, node, path, kinds, words_of(kinds));
        return;
    }
    for (size_t i = 0; i < text.size; i++)
        if (strchr(" \t\r\n*>", text.data[i]) != NULL) {
            policy_report(options->build, node,
                          "`%s` must be a subject such as meshline.{type}, without blanks and "
                          "wildcards, or an expression with a text in quotes, got `%.*s`",
                          path, POLICY_CLIP(text));
            return;
        }
}

static void add_address(struct options *options, const struct policy_node *node, const char *path,
                        uint32_t kinds)
{
    struct bytes text = policy_node_text(node);
    if (text.size == 0)
        return;
    if (memchr(text.data, '@', text.size) == NULL || has_quotes(text)) {
        add_expression(options, node, path, kinds, words_of(kinds));
        return;
    }
    const char *wrong = policy_check_mailbox(text);
    if (wrong != NULL)
        policy_report(options->build, node,
                      "`%s` must be an e-mail address, or an expression that gives one, got `%.*s`",
                      path, POLICY_CLIP(text));
}

/* ---- others */

static void check_table(struct policy_build *build, const struct policy_node *node)
{
    struct bytes name = policy_node_text(node);
    if (name.size == 0)
        return;
    for (size_t i = 0; i < build->table_count; i++) {
        if (!bytes_is(name, build->table_names[i]))
            continue;
        if (build->tables[i] != NULL && build->tables[i]->value.kind != CEL_TABLE)
            policy_report(build, node,
                          "the table `%.*s` has one column, which is its key, so there is nothing "
                          "to be known from its rows",
                          POLICY_CLIP(name));
        return;
    }
    const char *hint = policy_hint(build, name, build->table_names, build->table_count);
    policy_report(build, node, "there is no table `%.*s`%s", POLICY_CLIP(name),
                  hint[0] != '\0' ? hint : "; add it as tables/*.csv");
}

/* A header that is known to hold one. */
static bool is_secret_header(struct bytes name)
{
    static const char *const names[] = {"authorization", "proxy-authorization", "cookie",
                                        "x-api-key", "api-key"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == name.size && strncasecmp(name.data, names[i], name.size) == 0)
            return true;
    return false;
}

static void check_headers(struct policy_build *build, const struct policy_node *node)
{
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT); item != NULL;
         item = item->next)
        if (is_secret_header(item->key->text) && item->value->kind == POLICY_NODE_TEXT)
            policy_report(build, item->value,
                          "the header `%.*s` is a secret, which must not stand in a mesh; write "
                          "{env: NAME} for a variable of the environment, or {file: secrets/name} "
                          "for a file",
                          POLICY_CLIP(item->key->text));
}

/* Exactly one kind of credentials: the first would win without a word. */
static void check_auth(struct policy_build *build, const struct policy_node *node)
{
    if (node != NULL && node->kind == POLICY_NODE_OBJECT && node->count != 1)
        policy_report(build, node, "`auth` takes one of bearer, basic and header, got %u",
                      node->count);
}

/* What would be refused at every attempt. Names are looked at when they have been resolved. */
static void check_place(struct options *options, const struct policy_node *node, const char *path)
{
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_LIST); item != NULL;
         item = item->next)
        check_place(options, item->value, path);
    if (policy_is_private_address(policy_node_text(node)))
        policy_report(options->build, node,
                      "`%s` is an address of a private network; if that is meant, add "
                      "`private_network: true`",
                      path);
}

static bool is_place(const char *name)
{
    return strcmp(name, "url") == 0 || strcmp(name, "server") == 0 || strcmp(name, "servers") == 0;
}

/* ---- the walk */

static void walk(struct options *options, const struct policy_node *node,
                 const struct policy_shape *shape, const char *path);

static void walk_members(struct options *options, const struct policy_node *node,
                         const struct policy_member *members, const char *path)
{
    for (; members->name != NULL; members++) {
        const struct policy_node *value = policy_node_get(node, members->name);
        if (value == NULL)
            continue;
        const char *inner = join(options, path, bytes_of(members->name));
        walk(options, value, members->shape, inner);
        if (options->build->from_files && !options->destination->private_network &&
            is_place(members->name))
            check_place(options, value, inner);
    }
}

static void walk(struct options *options, const struct policy_node *node,
                 const struct policy_shape *shape, const char *path)
{
    switch (shape->meaning) {
    case POLICY_MEANS_EXPRESSION:
        add_expression(options, node, path, shape->yields, words_of(shape->yields));
        return;
    case POLICY_MEANS_ADDRESS: add_address(options, node, path, shape->yields); return;
    case POLICY_MEANS_SUBJECT: add_subject(options, node, path, shape->yields); return;
    case POLICY_MEANS_FIELDS: add_fields(options, node, path); return;
    case POLICY_MEANS_TABLE: check_table(options->build, node); return;
    case POLICY_MEANS_SECRET: return;
    case POLICY_MEANS_ITSELF: break;
    }
    if (shape->members != NULL)
        walk_members(options, node, shape->members, path);
    if (shape->element != NULL && shape->element->meaning == POLICY_MEANS_SECRET)
        check_headers(options->build, node);
    for (const struct policy_item *item = shape->element == NULL || shape->members != NULL
                                              ? NULL
                                              : policy_node_items(node, POLICY_NODE_OBJECT);
         item != NULL; item = item->next)
        if (item->value->kind != POLICY_NODE_NULL)
            walk(options, item->value, shape->element, join(options, path, item->key->text));
}

static bool is_own(const struct policy_member *members, struct bytes key)
{
    for (; members->name != NULL; members++)
        if (bytes_is(key, members->name))
            return true;
    return false;
}

void policy_options_write(const struct policy_node *node, const struct policy_shape *shape,
                          size_t common, struct json_writer *writer)
{
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT); item != NULL;
         item = item->next) {
        if (!is_own(shape->members + common, item->key->text) ||
            item->value->kind == POLICY_NODE_NULL)
            continue;
        json_key_bytes(writer, item->key->text);
        policy_node_write(item->value, writer);
    }
}

void policy_build_options(struct policy_build *build, const struct policy_node *node,
                          const struct policy_shape *shape, size_t common,
                          struct policy_destination *destination)
{
    struct options options = {.build = build, .destination = destination};
    options.expressions =
        arena_array(build->arena, POLICY_EXPRESSIONS_MAX, sizeof *options.expressions);
    destination->expressions = options.expressions;
    walk_members(&options, node, shape->members + common, "");
    check_auth(build, policy_node_get(node, "auth"));
    struct buffer json;
    struct json_writer writer;
    buffer_init(&json, POLICY_FILE_MAX);
    json_begin(&writer, &json);
    json_object_open(&writer);
    policy_options_write(node, shape, common, &writer);
    json_object_close(&writer);
    destination->options = arena_copy(build->arena, buffer_bytes(&json));
    buffer_release(&json);
}
