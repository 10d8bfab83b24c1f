#include "support.h"

#include <stdio.h>

enum { TEXT_MAX = 64 * 1024 };

const struct contract_instance *read_instance(const char *text, struct arena *arena)
{
    const struct contract_instance *instance;
    struct error err;
    if (contract_instance_parse(bytes_of(text), NULL, arena, &instance, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    return instance;
}

struct contract_schema *compile(const char *schema, const struct contract_options *options)
{
    struct contract_diagnostics diagnostics;
    struct contract_schema *compiled;
    contract_diagnostics_init(&diagnostics);
    int status = contract_schema_compile(BYTES_LITERAL("https://example.com/schema"),
                                         bytes_of(schema), options, &compiled, &diagnostics);
    if (status != 0)
        fail_msg("%s does not compile: %.*s", schema, BYTES_ARG(diagnostics.items[0].message));
    assert_int_equal(diagnostics.count, 0);
    contract_diagnostics_release(&diagnostics);
    return compiled;
}

const char *mistake(const char *schema, const struct contract_options *options)
{
    static char text[TEXT_MAX];
    struct contract_diagnostics diagnostics;
    struct contract_schema *compiled;
    contract_diagnostics_init(&diagnostics);
    int status = contract_schema_compile((struct bytes){NULL, 0}, bytes_of(schema), options,
                                         &compiled, &diagnostics);
    if (status == 0)
        fail_msg("%s compiles", schema);
    assert_null(compiled);
    assert_true(diagnostics.count > 0);
    (void)snprintf(text, sizeof text, "%.*s: %.*s", BYTES_ARG(diagnostics.items[0].pointer),
                   BYTES_ARG(diagnostics.items[0].message));
    contract_diagnostics_release(&diagnostics);
    return text;
}

static void report_of(const struct contract_schema *schema, const char *instance,
                      struct arena *arena, struct contract_report *ret)
{
    const struct contract_instance *parsed;
    struct error err;
    struct contract_scratch *scratch = contract_scratch_new();
    if (contract_instance_parse(bytes_of(instance), NULL, arena, &parsed, &err) != 0)
        fail_msg("%s: %s %s", instance, err.place, err.message);
    contract_schema_report(schema, parsed, scratch, arena, ret);
    assert_int_equal(ret->valid, contract_schema_validate(schema, parsed, scratch));
    assert_int_equal(ret->valid, ret->count == 0);
    contract_scratch_free(scratch);
}

bool is_valid_for(const struct contract_schema *schema, const char *instance)
{
    struct arena arena;
    struct contract_report report;
    arena_init(&arena);
    report_of(schema, instance, &arena, &report);
    arena_release(&arena);
    return report.valid;
}

bool is_valid(const char *schema, const char *instance)
{
    struct contract_schema *compiled = compile(schema, NULL);
    bool valid = is_valid_for(compiled, instance);
    contract_schema_free(compiled);
    return valid;
}

bool is_valid_format(const char *format, const char *text)
{
    struct contract_options options = {.assert_format = true};
    char schema[100];
    (void)snprintf(schema, sizeof schema, "{\"format\":\"%s\"}", format);
    struct contract_schema *compiled = compile(schema, &options);
    struct contract_scratch *scratch = contract_scratch_new();
    struct contract_instance instance = contract_instance_string(bytes_of(text));
    bool valid = contract_schema_validate(compiled, &instance, scratch);
    contract_scratch_free(scratch);
    contract_schema_free(compiled);
    return valid;
}

const char *errors(const char *schema, const char *instance)
{
    static char text[TEXT_MAX];
    struct contract_schema *compiled = compile(schema, NULL);
    struct arena arena;
    struct contract_report report;
    size_t size = 0;
    arena_init(&arena);
    report_of(compiled, instance, &arena, &report);
    text[0] = '\0';
    for (size_t i = 0; i < report.count && size < sizeof text; i++) {
        const struct contract_error *error = &report.errors[i];
        size += (size_t)snprintf(text + size, sizeof text - size, "%.*s %.*s: %.*s\n",
                                 BYTES_ARG(error->instance_location),
                                 BYTES_ARG(error->keyword_location), BYTES_ARG(error->message));
    }
    arena_release(&arena);
    contract_schema_free(compiled);
    return text;
}

void check_all(const char *schema, bool wanted, const char *const *instances)
{
    struct contract_schema *compiled = compile(schema, NULL);
    for (; *instances != NULL; instances++)
        if (is_valid_for(compiled, *instances) != wanted)
            fail_msg("%s should be %s for %s", *instances, wanted ? "valid" : "invalid", schema);
    contract_schema_free(compiled);
}
