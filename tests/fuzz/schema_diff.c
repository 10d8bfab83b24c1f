/* A schema, one that differs in a few bytes, and many records, all made from the input: what the
 * comparison of the schemas calls compatible for senders must be so, that is, every record that is
 * valid under the old one is valid under the new one; and what infer proposes from a record accepts
 * it. */
#include "contract/diff.h"
#include "contract/infer.h"
#include "contract/schema.h"

#include <stdlib.h>

enum { RECORDS = 24, NAMES = 3, SCHEMA_BYTES = 160 };

struct source {
    const uint8_t *data;
    size_t size;
};

static unsigned pick(struct source *source, unsigned count)
{
    if (source->size == 0)
        return 0;
    source->size--;
    return *source->data++ % count;
}

/* ---- values and schemas as text */

static const char *const names[NAMES] = {"a", "b", "c"};
static const char *const scalars[] = {"null", "true", "0",     "1",      "2",       "1.5", "3",
                                      "4",    "\"\"", "\"x\"", "\"xy\"", "\"yyy\"", "-1"};

static void write_value(struct source *source, int depth, struct buffer *out)
{
    unsigned kind = pick(source, depth > 0 ? 20 : 13);
    if (kind < 13) {
        buffer_printf(out, "%s", scalars[kind]);
        return;
    }
    bool list = kind < 15;
    buffer_append_char(out, list ? '[' : '{');
    for (unsigned i = 0, count = 0; i < NAMES; i++) {
        if (pick(source, 3) == 0)
            continue;
        buffer_printf(out, "%s", count++ > 0 ? "," : "");
        if (!list)
            buffer_printf(out, "\"%s\":", names[i]);
        write_value(source, depth - 1, out);
    }
    buffer_append_char(out, list ? ']' : '}');
}

static void write_schema(struct source *source, int depth, struct buffer *out);

static void write_keyword(struct source *source, unsigned keyword, int depth, struct buffer *out)
{
    static const char *const types[] = {"null",   "boolean", "integer", "number",
                                        "string", "array",   "object",  "string"};
    static const char *const bounds[] = {
        "minimum",   "maximum",  "exclusiveMinimum", "exclusiveMaximum", "minLength",
        "maxLength", "minItems", "maxItems",         "minProperties",    "maxProperties"};
    if (keyword == 0) {
        buffer_printf(out, "\"type\":[\"%s\"", types[pick(source, 4)]);
        buffer_printf(out, ",\"%s\"]", types[4 + pick(source, 3)]);
    } else if (keyword == 1) {
        buffer_printf(out, "\"enum\":[%s", scalars[pick(source, 6)]);
        buffer_printf(out, ",%s]", scalars[6 + pick(source, 7)]);
    } else if (keyword == 2) {
        buffer_printf(out, "\"multipleOf\":%u", 1 + pick(source, 4));
    } else if (keyword == 3) {
        buffer_printf(out, "\"uniqueItems\":%s", pick(source, 2) ? "true" : "false");
    } else if (keyword == 4) {
        buffer_printf(out, "\"required\":[\"%s\"]", names[pick(source, NAMES)]);
    } else if (keyword == 5) {
        buffer_printf(out, "\"pattern\":\"%s\"", pick(source, 2) ? "x" : "y");
    } else if (keyword == 6) {
        buffer_printf(out, "\"$ref\":\"#/$defs/%s\"", pick(source, 2) ? "s" : "t");
    } else if (keyword == 7) {
        buffer_printf(out, "\"not\":");
        write_schema(source, depth - 1, out);
    } else if (keyword == 8 || keyword == 9) {
        buffer_printf(out, keyword == 8 ? "\"additionalProperties\":" : "\"items\":");
        write_schema(source, depth - 1, out);
    } else if (keyword == 10) {
        buffer_printf(out, "\"properties\":{\"a\":");
        write_schema(source, depth - 1, out);
        buffer_printf(out, ",\"%s\":", names[1 + pick(source, 2)]);
        write_schema(source, depth - 1, out);
        buffer_append_char(out, '}');
    } else {
        buffer_printf(out, "\"%s\":%u", bounds[keyword - 11], pick(source, 4));
    }
}

static void write_keywords(struct source *source, int depth, struct buffer *out)
{
    for (unsigned keyword = 0, count = 0; keyword < 21; keyword++) {
        if (pick(source, 4) != 1)
            continue;
        buffer_printf(out, "%s", count++ > 0 ? "," : "");
        write_keyword(source, keyword, depth, out);
    }
}

static void write_schema(struct source *source, int depth, struct buffer *out)
{
    unsigned kind = pick(source, 8);
    if (depth <= 0 || kind < 2) {
        buffer_printf(out, kind == 0 ? "false" : "true");
        return;
    }
    buffer_append_char(out, '{');
    write_keywords(source, depth, out);
    buffer_append_char(out, '}');
}

static struct bytes make_schema(struct source *source, struct arena *arena)
{
    struct buffer out;
    buffer_init(&out, 64 * 1024);
    buffer_printf(&out, "{\"$defs\":{\"s\":");
    write_schema(source, 1, &out);
    buffer_printf(&out, ",\"t\":{\"type\":\"string\"}},\"allOf\":[true],\"properties\":{\"c\":");
    write_schema(source, 2, &out);
    buffer_printf(&out, "},\"additionalProperties\":");
    write_schema(source, 2, &out);
    buffer_append_char(&out, '}');
    struct bytes text = arena_copy(arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

/* ---- the check */

static const struct contract_instance *read(struct bytes text, struct arena *arena)
{
    const struct contract_instance *instance = NULL;
    if (contract_instance_parse(text, NULL, arena, &instance, NULL) != 0)
        abort();
    return instance;
}

static struct contract_schema *compile(struct bytes text)
{
    struct contract_diagnostics diagnostics;
    struct contract_schema *schema = NULL;
    contract_diagnostics_init(&diagnostics);
    if (contract_schema_compile(BYTES_LITERAL(""), text, NULL, &schema, &diagnostics) != 0)
        schema = NULL;
    contract_diagnostics_release(&diagnostics);
    return schema;
}

static void check_inferred(const struct contract_instance *record, struct contract_scratch *scratch)
{
    struct buffer text;
    buffer_init(&text, 64 * 1024);
    contract_infer(&record, 1, &text);
    struct contract_schema *schema = compile(buffer_bytes(&text));
    if (schema == NULL || !contract_schema_validate(schema, record, scratch))
        abort();
    contract_schema_free(schema);
    buffer_release(&text);
}

static void check_records(struct source *source, const struct contract_schema *old,
                          const struct contract_schema *new, bool compatible, struct arena *arena)
{
    struct contract_scratch *scratch = contract_scratch_new();
    for (int i = 0; i < RECORDS; i++) {
        struct buffer text;
        buffer_init(&text, 64 * 1024);
        write_value(source, 3, &text);
        const struct contract_instance *record =
            read(arena_copy(arena, buffer_bytes(&text)), arena);
        buffer_release(&text);
        if (compatible && contract_schema_validate(old, record, scratch) &&
            !contract_schema_validate(new, record, scratch))
            abort();
        if (i == 0)
            check_inferred(record, scratch);
    }
    contract_scratch_free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {data, size};
    struct contract_diff diff;
    struct arena arena;
    uint8_t old_bytes[SCHEMA_BYTES], new_bytes[SCHEMA_BYTES];
    for (size_t i = 0; i < SCHEMA_BYTES; i++)
        old_bytes[i] = new_bytes[i] = (uint8_t)pick(&source, 256);
    for (unsigned changes = 1 + pick(&source, 3); changes > 0; changes--)
        new_bytes[pick(&source, SCHEMA_BYTES)] = (uint8_t)pick(&source, 256);
    struct source old_source = {old_bytes, SCHEMA_BYTES}, new_source = {new_bytes, SCHEMA_BYTES};
    arena_init(&arena);
    struct bytes old_text = make_schema(&old_source, &arena);
    struct bytes new_text = make_schema(&new_source, &arena);
    struct contract_schema *old = compile(old_text), *new = compile(new_text);
    if (old != NULL && new != NULL) {
        contract_diff(read(old_text, &arena), read(new_text, &arena), &arena, &diff);
        check_records(&source, old, new, diff.senders == CONTRACT_COMPATIBLE, &arena);
    }
    contract_schema_free(old);
    contract_schema_free(new);
    arena_release(&arena);
    return 0;
}
