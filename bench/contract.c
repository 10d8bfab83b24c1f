/* Validations a second of a lead of some 800 bytes, already parsed, against a schema of 20
 * properties with types, lengths, choices, patterns and formats, on one thread. Beside them two
 * controls over the same text in the same run: parsing it, and reading each of its bytes.
 *
 * The best of many short rounds: whatever else runs only takes away. */
#include "measure.h"

#include "contract/schema.h"

#include <stdio.h>

enum { LEADS = 64, REPEATS = 40, ROUNDS = 200, ROUNDS_QUICK = 40, TEXT_MAX = 2048 };

static const char schema_text[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"required\":[\"id\",\"email\",\"first_name\",\"last_name\",\"company\",\"country\","
    "\"captured_at\"],\"additionalProperties\":false,\"properties\":{"
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
    "\"email\":{\"type\":\"string\",\"format\":\"email\",\"maxLength\":254},"
    "\"first_name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":80},"
    "\"last_name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":80},"
    "\"company\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"
    "\"title\":{\"type\":\"string\",\"maxLength\":120},"
    "\"phone\":{\"type\":\"string\",\"pattern\":\"^\\\\+[1-9][0-9]{6,14}$\"},"
    "\"country\":{\"enum\":[\"DE\",\"AT\",\"CH\",\"FR\",\"IT\",\"ES\",\"NL\",\"BE\",\"SE\",\"DK\","
    "\"US\",\"CA\",\"GB\",\"IE\",\"PL\",\"PT\"]},"
    "\"postal_code\":{\"type\":\"string\",\"pattern\":\"^[0-9A-Z -]{3,10}$\"},"
    "\"city\":{\"type\":\"string\",\"maxLength\":100},"
    "\"employees\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":5000000},"
    "\"revenue\":{\"type\":\"number\",\"minimum\":0},"
    "\"industry\":{\"enum\":[\"software\",\"retail\",\"health\",\"finance\",\"energy\"]},"
    "\"website\":{\"type\":\"string\",\"format\":\"uri\",\"maxLength\":2000},"
    "\"message\":{\"type\":\"string\",\"maxLength\":4000},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":40},\"maxItems\":20,"
    "\"uniqueItems\":true},"
    "\"consent\":{\"type\":\"boolean\"},"
    "\"campaign\":{\"type\":\"string\",\"pattern\":\"^[a-z0-9_-]{1,60}$\"},"
    "\"captured_at\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"score\":{\"type\":\"number\",\"minimum\":0,\"maximum\":100,\"multipleOf\":0.5}}}";

static struct {
    char text[TEXT_MAX];
    size_t size;
    const struct contract_instance *instance;
} leads[LEADS];

static void write_lead(unsigned i)
{
    static const char *const countries[] = {"DE", "AT", "US", "PT"};
    static const char *const industries[] = {"software", "retail", "health", "energy"};
    leads[i].size = (size_t)snprintf(
        leads[i].text, TEXT_MAX,
        "{\"id\":\"123e4567-e89b-12d3-a456-4266141740%02x\",\"email\":\"jo.doe%u@blue-%u.example\","
        "\"first_name\":\"Jo\",\"last_name\":\"Doe-%u\",\"company\":\"Blue %u GmbH & Co. KG\","
        "\"title\":\"Vice President Operations\",\"phone\":\"+4930901820%02u\",\"country\":\"%s\","
        "\"postal_code\":\"10%03u\",\"city\":\"Düsseldorf\",\"employees\":%u,\"revenue\":%u.75,"
        "\"industry\":\"%s\",\"website\":\"https://www.blue-%u.example/about?utm=1\","
        "\"message\":\"We would like to see how routing works for a team of %u people in three "
        "countries. Our present tool loses about one lead in ten, and nobody can say why. Could "
        "somebody call us on Tuesday between ten and twelve, or write before the end of the "
        "week?\",\"tags\":[\"webinar\",\"pricing\","
        "\"q%u\"],\"consent\":true,\"campaign\":\"spring_launch-%u\","
        "\"captured_at\":\"2026-11-23T09:%02u:00.123Z\",\"score\":%u.5}",
        i, i, i, i, i, i, countries[i % 4], i, 10 + i * 37, 1000 * i, industries[i / 4 % 4], i,
        20 + i, i % 4, i, i % 60, i);
}

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
    if (contract_schema_compile((struct bytes){NULL, 0}, bytes_of(schema_text), &options, &schema,
                                &diagnostics) != 0)
        measure_fail("the schema: %s", diagnostics.items[0].message.data);
    for (unsigned i = 0; i < LEADS; i++) {
        write_lead(i);
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
