/* Reads bodies by a ready-made source, the slow and plain way. */
#include "kind_reader.h"

#include "base/buffer.h"
#include "contract/functions.h"
#include "contract/schema.h"
#include "contract/value.h"

#include <stdio.h>

enum { SCRATCH_SIZE = 1024 * 1024, LINE_MAX_SIZE = 64 * 1024 };

static const struct cel_type type_dyn = {.kind = CEL_TYPE_DYN};
static const struct cel_variable variables[] = {{.name = "payload", .type = &type_dyn}};

static const struct cel_program *compile(const char *text, struct arena *arena,
                                         struct cel_diagnostic *diagnostic)
{
    const struct cel_environment *environment =
        memcpy(arena_alloc(arena, sizeof *environment),
               &(struct cel_environment){.variables = variables,
                                         .count = 1,
                                         .functions = contract_functions,
                                         .function_count = contract_function_count},
               sizeof *environment);
    const struct cel_program *program = NULL;
    return cel_program_compile(environment, bytes_of(text), NULL, arena, &program, diagnostic) == 0
               ? program
               : NULL;
}

static struct cel_value evaluate(const char *text, const struct cel_value *payload,
                                 struct arena *arena)
{
    struct cel_diagnostic diagnostic;
    if (text == NULL)
        return (struct cel_value){.kind = CEL_ABSENT};
    const struct cel_program *program = compile(text, arena, &diagnostic);
    if (program == NULL)
        panic("%s: %s", text, diagnostic.message);
    struct cel_scratch scratch = {.memory = arena_alloc(arena, SCRATCH_SIZE), .size = SCRATCH_SIZE};
    return cel_evaluate(program, payload, &scratch);
}

const char *kind_mistake(const struct policy_kind *kind, struct arena *arena)
{
    struct cel_diagnostic diagnostic;
    const char *texts[] = {kind->split, kind->key, kind->skip};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] != NULL && compile(texts[i], arena, &diagnostic) == NULL)
            return arena_printf(arena, "%s: %s", texts[i], diagnostic.message);
    for (size_t i = 0; i < kind->mapping_count; i++)
        if (compile(kind->mappings[i].expression, arena, &diagnostic) == NULL)
            return arena_printf(arena, "%s: %s", kind->mappings[i].field, diagnostic.message);
    return NULL;
}

static bool is_absence(const struct cel_value *value)
{
    static const struct bytes words = BYTES_LITERAL("no such key");
    return value->kind == CEL_NULL || value->kind == CEL_ABSENT ||
           (value->kind == CEL_OPTIONAL && value->items == NULL) ||
           (value->kind == CEL_ERROR && value->string.size >= words.size &&
            memcmp(value->string.data, words.data, words.size) == 0);
}

static void read_fields(const struct policy_kind *kind, const struct cel_value *payload,
                        struct arena *arena, struct buffer *out)
{
    size_t start = out->size;
    for (size_t i = 0; i < kind->mapping_count; i++) {
        const struct policy_kind_mapping *mapping = &kind->mappings[i];
        struct cel_value value = evaluate(mapping->expression, payload, arena);
        if (is_absence(&value))
            continue;
        if (value.kind == CEL_OPTIONAL)
            value = value.items[0];
        if (value.kind == CEL_ERROR) {
            out->size = start;
            buffer_printf(out, "refused: %s: %.*s", mapping->field, BYTES_ARG(value.string));
            return;
        }
        buffer_printf(out, "%s%s=", out->size > start ? " " : "", mapping->field);
        if (value.kind == CEL_STRING)
            buffer_append_bytes(out, value.string);
        else
            cel_value_print(&value, 200, out);
    }
}

static void read_record(const struct policy_kind *kind, const struct contract_schema *schema,
                        const struct contract_instance *record, struct arena *arena,
                        struct buffer *out)
{
    struct cel_value payload, value;
    struct contract_report report;
    if (contract_instance_to_cel(record, arena, &payload, NULL) != 0)
        panic("a sample is no value");
    value = evaluate(kind->key, &payload, arena);
    if (value.kind == CEL_STRING && value.string.size > 0)
        buffer_printf(out, "key=%.*s ", BYTES_ARG(value.string));
    value = evaluate(kind->skip, &payload, arena);
    if (value.kind == CEL_STRING && value.string.size > 0) {
        buffer_printf(out, "skipped: %.*s", BYTES_ARG(value.string));
        return;
    }
    struct contract_scratch *scratch = contract_scratch_new();
    contract_schema_report(schema, record, scratch, arena, &report);
    contract_scratch_free(scratch);
    if (!report.valid) {
        buffer_printf(out, "refused: %.*s", BYTES_ARG(report.errors[0].message));
        return;
    }
    read_fields(kind, &payload, arena, out);
}

/* The piece that `value` stands for: pieces come out of the body, so they are found again in it. */
static const struct contract_instance *piece_of(const struct cel_value *value, struct arena *arena)
{
    struct buffer text;
    const struct contract_instance *piece;
    struct error err;
    buffer_init(&text, LINE_MAX_SIZE);
    cel_value_print(value, LINE_MAX_SIZE, &text);
    struct bytes copy = arena_copy(arena, buffer_bytes(&text));
    buffer_release(&text);
    /* Literals of maps, lists, texts and numbers of the language are JSON as well. */
    if (contract_instance_parse(copy, NULL, arena, &piece, &err) != 0)
        panic("%.*s: %s", BYTES_ARG(copy), err.message);
    return piece;
}

const char *kind_read(const char *name, struct bytes body, struct arena *arena)
{
    const struct policy_kind *kind = policy_kind_find(bytes_of(name));
    const struct contract_instance *instance;
    struct contract_schema *schema;
    struct contract_diagnostics diagnostics;
    struct error err;
    contract_diagnostics_init(&diagnostics);
    if (kind == NULL || contract_schema_compile(bytes_of(""), bytes_of(kind->schema),
                                                &(struct contract_options){.assert_format = true},
                                                &schema, &diagnostics) != 0)
        panic("%s: no such kind, or no such schema", name);
    contract_diagnostics_release(&diagnostics);
    if (contract_instance_parse(body, NULL, arena, &instance, &err) != 0)
        panic("%s: %s", err.place, err.message);
    struct buffer out;
    buffer_init(&out, LINE_MAX_SIZE);
    struct cel_value payload, pieces;
    contract_instance_to_cel(instance, arena, &payload, NULL);
    pieces = evaluate(kind->split, &payload, arena);
    if (pieces.kind == CEL_LIST && pieces.count > 0) {
        for (uint32_t i = 0; i < pieces.count; i++) {
            buffer_printf(&out, "%s", i > 0 ? "\n" : "");
            read_record(kind, schema, piece_of(&pieces.items[i], arena), arena, &out);
        }
    } else {
        read_record(kind, schema, instance, arena, &out);
    }
    contract_schema_free(schema);
    const char *text = arena_string(arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}
