/* Fuzz target: any text as an instance, against a schema that uses every keyword. Verdict and
 * report must agree, every error must point into the instance, and a value equals itself. */
#include "contract/schema.h"

#include <stdint.h>
#include <stdlib.h>

enum { INPUT_MAX = 64 * 1024 };

static const char schema_text[] =
    "{\"type\":[\"object\",\"array\",\"string\",\"number\"],\"$defs\":{\"node\":{\"$"
    "dynamicAnchor\":"
    "\"n\",\"properties\":{\"children\":{\"items\":{\"$dynamicRef\":\"#n\"}},\"id\":{\"format\":"
    "\"uuid\"}},\"unevaluatedProperties\":{\"type\":\"string\"}}},"
    "\"properties\":{\"email\":{\"format\":\"email\"},\"host\":{\"format\":\"hostname\"},\"idn\":{"
    "\"format\":\"idn-hostname\"},\"at\":{\"format\":\"date-time\"},\"for\":{\"format\":"
    "\"duration\"},"
    "\"ip\":{\"anyOf\":[{\"format\":\"ipv4\"},{\"format\":\"ipv6\"}]},\"uri\":{\"format\":\"uri\"},"
    "\"iri\":{\"format\":\"iri-reference\"},\"tpl\":{\"format\":\"uri-template\"},\"ptr\":{"
    "\"format\":"
    "\"json-pointer\"},\"rel\":{\"format\":\"relative-json-pointer\"},\"re\":{\"format\":\"regex\"}"
    ","
    "\"imail\":{\"format\":\"idn-email\"},\"time\":{\"format\":\"time\"},\"date\":{\"format\":"
    "\"date\"},"
    "\"tree\":{\"$ref\":\"#/$defs/node\"},\"n\":{\"minimum\":-1.5,\"exclusiveMaximum\":1e30,"
    "\"multipleOf\":0.01},\"big\":{\"type\":\"integer\",\"multipleOf\":123456789012345678901},"
    "\"list\":{\"prefixItems\":[{\"type\":\"string\"}],\"contains\":{\"minimum\":2},"
    "\"minContains\":1,"
    "\"maxContains\":3,\"uniqueItems\":true,\"unevaluatedItems\":{\"type\":[\"number\",\"null\"]},"
    "\"maxItems\":50},\"kind\":{\"enum\":[\"a\",\"b\",1,null,[1,{\"x\":2}]]},\"c\":{\"const\":{"
    "\"a\":"
    "[1.0]}}},\"patternProperties\":{\"^x-\":{\"minLength\":2,\"maxLength\":5,\"pattern\":"
    "\"^(a+)+[bc]$\"}},\"propertyNames\":{\"pattern\":\"^[a-z\\\\-]*$\"},\"dependentRequired\":{"
    "\"at\":[\"for\"]},\"dependentSchemas\":{\"ip\":{\"required\":[\"host\"]}},\"if\":{"
    "\"required\":"
    "[\"kind\"]},\"then\":{\"minProperties\":2},\"else\":{\"not\":{\"required\":[\"c\"]}},"
    "\"oneOf\":[{"
    "\"required\":[\"email\"]},{\"maxProperties\":3}],\"unevaluatedProperties\":{\"type\":"
    "\"boolean\"},"
    "\"items\":{\"$ref\":\"#\"}}";

static const struct contract_schema *schema(void)
{
    static struct contract_schema *compiled;
    if (compiled == NULL) {
        struct contract_options options = {.assert_format = true};
        struct contract_diagnostics diagnostics;
        contract_diagnostics_init(&diagnostics);
        if (contract_schema_compile((struct bytes){NULL, 0}, bytes_of(schema_text), &options,
                                    &compiled, &diagnostics) != 0)
            abort();
        contract_diagnostics_release(&diagnostics);
    }
    return compiled;
}

static void check(const struct contract_instance *instance, struct arena *arena)
{
    struct contract_report report;
    struct contract_scratch *scratch = contract_scratch_new();
    bool valid = contract_schema_validate(schema(), instance, scratch);
    contract_schema_report(schema(), instance, scratch, arena, &report);
    if (report.valid != valid || report.valid != (report.count == 0))
        abort();
    for (size_t i = 0; i < report.count; i++)
        if (report.errors[i].message.size == 0 || !bytes_is_utf8(report.errors[i].message) ||
            contract_instance_at(instance, report.errors[i].instance_location) == NULL)
            abort();
    contract_scratch_free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = {(const char *)data, size};
    const struct contract_instance *instance, *again;
    struct arena arena;
    struct error err = {0};
    if (size > INPUT_MAX)
        return 0;
    arena_init(&arena);
    int status = contract_instance_parse(text, NULL, &arena, &instance, &err);
    if (status != err.code || (status != 0 && err.message[0] == '\0'))
        abort();
    if (status == 0) {
        check(instance, &arena);
        if (contract_instance_parse(text, NULL, &arena, &again, NULL) != 0 ||
            !contract_instance_equal(instance, again) ||
            contract_instance_hash(instance) != contract_instance_hash(again))
            abort();
    }
    arena_release(&arena);
    return 0;
}
