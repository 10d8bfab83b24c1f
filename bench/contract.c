/* Validations a second of a lead of some 800 bytes, already parsed, against a schema of 20
 * properties with types, lengths, choices, patterns and formats, on one thread. Beside them two
 * controls over the same text in the same run: parsing it, and reading each of its bytes.
 *
 * The best of many short rounds: whatever else runs only takes away. */
#include "contract_lead.h"
#include "measure.h"

#include "contract/schema.h"

#include <stdio.h>

enum { LEADS = 64, REPEATS = 40, ROUNDS = 200, ROUNDS_QUICK = 40 };

static struct {
    char text[CONTRACT_LEAD_MAX];
    size_t size;
    const struct contract_instance *instance;
} leads[LEADS];

static double time_validations(const struct contract_schema *schema,
                               struct contract_scratch *scratch)
{
    int64_t start = measure_now_us();
    for (int repeat = 0; repeat < REPEATS; repeat++)
        for (unsigned i = 0; i < LEADS; i++)
            if (!contract_schema_validate(schema, leads[i].instance, scratch))
                measure_fail("lead %u is not valid", i);
    return LEADS * REPEATS / measure_seconds_since(start);
}

static double time_parses(struct arena *arena)
{
    const struct contract_instance *instance;
    int64_t start = measure_now_us();
    for (int repeat = 0; repeat < REPEATS; repeat++)
        for (unsigned i = 0; i < LEADS; i++) {
            arena_reset(arena);
            if (contract_instance_parse((struct bytes){leads[i].text, leads[i].size}, NULL, arena,
                                        &instance, NULL) != 0)
                measure_fail("lead %u is no JSON", i);
        }
    return LEADS * REPEATS / measure_seconds_since(start);
}

/* The control: a hash over the bytes, one at a time. */
static double time_reading(void)
{
    uint32_t sum = 0;
    int64_t start = measure_now_us();
    for (int repeat = 0; repeat < REPEATS; repeat++)
        for (unsigned i = 0; i < LEADS; i++) {
            uint32_t hash = 2166136261u;
            for (size_t at = 0; at < leads[i].size; at++)
                hash = (hash ^ (unsigned char)leads[i].text[at]) * 16777619u;
            sum += hash;
        }
    if (sum == 0)
        measure_fail("the texts are empty");
    return LEADS * REPEATS / measure_seconds_since(start);
}

static double higher(double a, double b)
{
    return a > b ? a : b;
}

int main(int argc, char **argv)
{
    const int rounds = measure_options(argc, argv) ? ROUNDS_QUICK : ROUNDS;
    struct contract_options options = {.assert_format = true};
    struct contract_diagnostics diagnostics;
    struct contract_schema *schema;
    struct arena arena, scrap;
    double validations = 0, parses = 0, control = 0;
    arena_init(&arena);
    arena_init(&scrap);
    contract_diagnostics_init(&diagnostics);
    if (contract_schema_compile((struct bytes){NULL, 0}, bytes_of(contract_lead_schema), &options,
                                &schema, &diagnostics) != 0)
        measure_fail("the schema: %s", diagnostics.items[0].message.data);
    for (unsigned i = 0; i < LEADS; i++) {
        leads[i].size = contract_lead_write(i, leads[i].text);
        if (contract_instance_parse((struct bytes){leads[i].text, leads[i].size}, NULL, &arena,
                                    &leads[i].instance, NULL) != 0)
            measure_fail("lead %u is no JSON", i);
    }
    struct contract_scratch *scratch = contract_scratch_new();
    for (int round = 0; round < rounds; round++) {
        validations = higher(validations, time_validations(schema, scratch));
        parses = higher(parses, time_parses(&scrap));
        control = higher(control, time_reading());
    }
    printf("contract validations_per_s=%.0f parses_per_s=%.0f control=%.0f lead_bytes=%zu\n",
           validations, parses, control, leads[LEADS / 2].size);
    contract_scratch_free(scratch);
    contract_schema_free(schema);
    contract_diagnostics_release(&diagnostics);
    arena_release(&arena);
    arena_release(&scrap);
    return 0;
}
