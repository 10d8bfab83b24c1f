/* Field by field: where it comes from and what it is; or what is wrong, and by which rule. */
#include "cli/mesh/map_print.h"

#include "cli/table.h"

#include <inttypes.h>

/* ---- where a field comes from */

enum origin { ORIGIN_NONE, ORIGIN_EXPRESSION, ORIGIN_MEMBER, ORIGIN_CONSTANT };

static const char *member_of(const struct policy_source *source, uint32_t field, const char *name)
{
    for (size_t i = 0; i < source->rename_count; i++)
        if (source->rename_to[i] == field)
            return source->rename_from[i];
    return name;
}

/* *ret_text is the expression, or the name of the member. */
static enum origin find_origin(const struct map_outcome *outcome, uint32_t field,
                               const char **ret_text)
{
    const struct policy_source *source = outcome->source;
    const struct policy_contract *contract = policy_contract_find(source, outcome->result->version);
    for (size_t i = 0; contract != NULL && i < contract->mapping_count; i++)
        if (contract->mappings[i].field == field) {
            *ret_text = contract->mappings[i].text;
            return ORIGIN_EXPRESSION;
        }
    if (source->constants[field].kind != CEL_ABSENT) {
        *ret_text = "constant";
        return ORIGIN_CONSTANT;
    }
    *ret_text = member_of(source, field, outcome->release->schema.fields[field].name);
    return contract == NULL ? ORIGIN_MEMBER : ORIGIN_NONE;
}

/* ---- for people */

static void print_heading(const struct map_outcome *outcome, const char *verdict)
{
    printf("record %" PRIu64, outcome->record);
    if (outcome->line > 0)
        printf(" (line %" PRIu64 ")", outcome->line);
    if (outcome->pieces > 1)
        printf(", part %zu of %zu", outcome->piece, outcome->pieces);
    printf(": %s", verdict);
    if (outcome->result != NULL && outcome->result->version > 0)
        printf(", by version %u of the contract of %s", outcome->result->version,
               outcome->source->name);
    putchar('\n');
}

static void add_value(struct table *table, const struct cel_value *value)
{
    enum { VALUE_SHOWN = 60 };
    struct buffer text;
    buffer_init(&text, 4 * 1024);
    if (value->kind == CEL_ABSENT)
        buffer_printf(&text, "(none)");
    else
        cel_value_print(value, VALUE_SHOWN, &text);
    table_add(table, buffer_bytes(&text));
    buffer_release(&text);
}

/* Expressions may be long, and have lines; --json has the whole of them. */
static void add_origin(struct table *table, const char *text)
{
    enum { ORIGIN_SHOWN = 80 };
    struct bytes shown = bytes_of(text);
    if (shown.size > ORIGIN_SHOWN) {
        shown.size = ORIGIN_SHOWN;
        while (((unsigned char)shown.data[shown.size] & 0xC0) == 0x80)
            shown.size--;
    }
    table_addf(table, "%.*s%s", BYTES_ARG(shown), shown.size < strlen(text) ? "…" : "");
}

static void print_fields(const struct map_outcome *outcome)
{
    static const struct table_column columns[] = {
        {.title = "FIELD"}, {.title = "VALUE"}, {.title = "FROM"}};
    const struct policy_schema *schema = &outcome->release->schema;
    const char *text, *none = "";
    struct table table;
    table_init(&table, columns, 3);
    for (uint32_t i = 0; i < schema->count; i++) {
        if (find_origin(outcome, i, &text) == ORIGIN_NONE) {
            none = arena_printf(&table.arena, "%s%s%s", none, none[0] ? ", " : "",
                                schema->fields[i].name);
            continue;
        }
        table_add(&table, bytes_of(schema->fields[i].name));
        add_value(&table, &outcome->result->values[i]);
        add_origin(&table, text);
    }
    table_print(&table, stdout);
    if (none[0] != '\0')
        printf("Not mapped: %s\n", none);
    table_release(&table);
}

static void print_problems(const struct policy_problems *problems, struct arena *arena)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct policy_problem *problem = &problems->items[i];
        printf("  %s\n", problem->pointer[0] != '\0' ? printable(arena, bytes_of(problem->pointer))
                                                     : "(the whole record)");
        printf("    %s\n", printable(arena, bytes_of(problem->message)));
        if (problem->rule != NULL)
            printf("    rule: %s\n", printable(arena, bytes_of(problem->rule)));
    }
    if (problems->more > 0)
        printf("  and %zu more\n", problems->more);
}

void map_print(const struct map_outcome *outcome, struct arena *arena)
{
    static const char *const verdicts[] = {
        [POLICY_EDGE_LEAD] = "a lead",
        [POLICY_EDGE_REFUSED] = "refused",
        [POLICY_EDGE_SKIPPED] = "no lead",
    };
    const struct policy_edge_result *result = outcome->result;
    print_heading(outcome, result != NULL ? verdicts[result->outcome] : "cannot be read");
    if (outcome->key.size > 0)
        printf("The sender's id of it: %s\n", printable(arena, outcome->key));
    if (result == NULL)
        printf("  %s%s%s\n", printable(arena, bytes_of(outcome->unreadable->place)),
               outcome->unreadable->place[0] != '\0' ? ": " : "",
               printable(arena, bytes_of(outcome->unreadable->message)));
    else if (result->outcome == POLICY_EDGE_LEAD)
        print_fields(outcome);
    else if (result->outcome == POLICY_EDGE_SKIPPED)
        printf("  skipped: %s\n", printable(arena, bytes_of(result->skip_reason)));
    else
        print_problems(&result->problems, arena);
}

/* ---- as JSON */

static void write_fields(const struct map_outcome *outcome, struct json_writer *json)
{
    static const char *const keys[] = {
        [ORIGIN_EXPRESSION] = "expression",
        [ORIGIN_MEMBER] = "member",
    };
    const struct policy_schema *schema = &outcome->release->schema;
    const char *text;
    json_key(json, "fields");
    json_array_open(json);
    for (uint32_t i = 0; i < schema->count; i++) {
        enum origin origin = find_origin(outcome, i, &text);
        json_object_open(json);
        json_member(json, "field", bytes_of(schema->fields[i].name));
        json_member_bool(json, "present", outcome->result->values[i].kind != CEL_ABSENT);
        if (origin == ORIGIN_CONSTANT)
            json_member_bool(json, "constant", true);
        else if (origin != ORIGIN_NONE)
            json_member(json, keys[origin], bytes_of(text));
        json_object_close(json);
    }
    json_array_close(json);
    json_key(json, "lead");
    policy_record_write_json(schema, outcome->result->values, json);
}

static void write_problem(const char *pointer, const char *message, const char *rule,
                          struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "pointer", bytes_of(pointer));
    json_member(json, "message", bytes_of(message));
    if (rule != NULL)
        json_member(json, "rule", bytes_of(rule));
    json_object_close(json);
}

static void write_problems(const struct map_outcome *outcome, struct json_writer *json)
{
    json_key(json, "errors");
    json_array_open(json);
    if (outcome->result == NULL)
        write_problem(outcome->unreadable->place, outcome->unreadable->message, NULL, json);
    for (size_t i = 0; outcome->result != NULL && i < outcome->result->problems.count; i++) {
        const struct policy_problem *problem = &outcome->result->problems.items[i];
        write_problem(problem->pointer, problem->message, problem->rule, json);
    }
    json_array_close(json);
}

void map_write(const struct map_outcome *outcome, struct json_writer *json)
{
    static const char *const names[] = {
        [POLICY_EDGE_LEAD] = "lead",
        [POLICY_EDGE_REFUSED] = "refused",
        [POLICY_EDGE_SKIPPED] = "skipped",
    };
    const struct policy_edge_result *result = outcome->result;
    json_object_open(json);
    json_member_unsigned(json, "record", outcome->record);
    if (outcome->line > 0)
        json_member_unsigned(json, "line", outcome->line);
    if (outcome->pieces > 1)
        json_member_unsigned(json, "part", outcome->piece);
    json_member(json, "outcome", bytes_of(result != NULL ? names[result->outcome] : "unreadable"));
    if (result != NULL && result->version > 0)
        json_member_unsigned(json, "contract", result->version);
    json_member_if(json, "key", outcome->key);
    if (result != NULL && result->outcome == POLICY_EDGE_LEAD)
        write_fields(outcome, json);
    else if (result != NULL && result->outcome == POLICY_EDGE_SKIPPED)
        json_member(json, "reason", bytes_of(result->skip_reason));
    else
        write_problems(outcome, json);
    json_object_close(json);
}
