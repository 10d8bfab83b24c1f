/* Fuzz target: any text as a schema. What compiles must judge a few instances, the same way when
 * asked for the verdict and for the report; what does not must say why. */
#include "contract/schema.h"

#include <stdint.h>
#include <stdlib.h>

enum { INPUT_MAX = 16 * 1024 };

static const char *const instances[] = {
    "null",
    "[1,1.0,\"a\",[],{\"a\":{\"a\":[true]}},1e400,-0.5]",
    "{\"a\":1,\"b\":\"text\",\"foo\":{\"bar\":[{},null]},\"email\":\"jo@blue.example\",\"\":3.25}",
    "\"2026-11-23T09:30:00Z aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"",
    "12345678901234567890123",
};

static void judge(const struct contract_schema *schema, const char *text,
                  struct contract_scratch *scratch)
{
    const struct contract_instance *instance;
    struct contract_report report;
    struct arena arena;
    arena_init(&arena);
    if (contract_instance_parse(bytes_of(text), NULL, &arena, &instance, NULL) != 0)
        abort();
    bool valid = contract_schema_validate(schema, instance, scratch);
    contract_schema_report(schema, instance, scratch, &arena, &report);
    if (report.valid != valid || report.valid != (report.count == 0))
        abort();
    for (size_t i = 0; i < report.count; i++)
        if (!bytes_is_utf8(report.errors[i].message) || report.errors[i].message.size == 0)
            abort();
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct contract_options options = {.assert_format = size % 2 == 1};
    struct contract_diagnostics diagnostics;
    struct contract_schema *schema;
    if (size > INPUT_MAX)
        return 0;
    contract_diagnostics_init(&diagnostics);
    int status = contract_schema_compile(BYTES_LITERAL("https://fuzz.example/s"),
                                         (struct bytes){(const char *)data, size}, &options,
                                         &schema, &diagnostics);
    if ((status == 0) != (diagnostics.count == 0) || (status == 0) != (schema != NULL))
        abort();
    for (size_t i = 0; i < diagnostics.count; i++)
        if (diagnostics.items[i].message.size == 0)
            abort();
    if (status == 0) {
        struct contract_scratch *scratch = contract_scratch_new();
        for (size_t i = 0; i < sizeof instances / sizeof *instances; i++)
            judge(schema, instances[i], scratch);
        contract_scratch_free(scratch);
    }
    contract_schema_free(schema);
    contract_diagnostics_release(&diagnostics);
    return 0;
}
