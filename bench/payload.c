/* Synthetic leads: see payload.h. */
#include "payload.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define IDENTITY "################"

static uint32_t random_below(uint64_t *state, size_t limit)
{
    /* splitmix64 (Vigna). */
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) % limit);
}

/* Countries come as often as they stand here. */
static const char *const countries[] = {
    "US", "US", "US", "US", "US", "US", "US", "US", "DE", "DE", "DE", "DE", "GB", "GB",
    "GB", "FR", "FR", "CA", "CA", "JP", "JP", "NL", "SE", "IT", "ES", "AT", "CH", "IE",
    "PL", "BR", "MX", "AU", "SG", "IN", "KR", "NO", "DK", "ZA", "AE", "NZ",
};
static const char *const industries[] = {
    "logistics", "logistics", "retail", "manufacturing", "pharma", "food", "other", "automotive",
};
static const char *const forms[] = {"contact", "contact", "download", "newsletter",
                                    "demo",    "pricing", "webinar"};
static const char *const mediums[] = {"organic", "search", "social", "email", "direct"};
static const char *const first_names[] = {"Amelie", "Bruno", "Chiara", "Diego", "Elif",
                                          "Finn",   "Grace", "Hiro",   "Ines",  "Jakub"};
static const char *const last_names[] = {"Andersen", "Baker",  "Costa", "Dubois", "Eriksen",
                                         "Fischer",  "Garcia", "Haas",  "Ivanov", "Jones"};
static const char *const titles[] = {"Head of Warehouse Operations", "Supply Chain Manager", "COO",
                                     "Automation Engineer", "Procurement Lead"};
static const char *const words[] = {"we",     "run",    "three",  "warehouses", "and",    "want",
                                    "robots", "for",    "night",  "shifts",     "please", "call",
                                    "about",  "prices", "pallet", "picking",    "soon"};

static int write_fields(uint64_t *state, char *text, size_t size)
{
    enum { DRAWS = 20 };
    uint32_t draw[DRAWS]; /* first all draws: the order of a call's arguments is the compiler's */
    for (int i = 0; i < DRAWS; i++)
        draw[i] = random_below(state, UINT32_MAX);
#define PICK(list, i) (list)[draw[i] % COUNT(list)]
    return snprintf(
        text, size,
        "{\"firstName\":\"%s\",\"lastName\":\"%s\",\"email\":\"lead." IDENTITY
        "@company-%03u.example\",\"phone\":\"+49 30 5550%04u\",\"company\":\"Company %03u Ltd\","
        "\"domain\":\"%s-%03u.example\",\"jobTitle\":\"%s\",\"country\":\"%s\","
        "\"region\":\"Region %u\",\"city\":\"City %u\",\"language\":\"en\",\"employees\":%u,"
        "\"industry\":\"%s\",\"revenue\":%u.5,\"intent\":%u,\"fit\":%u,\"form\":\"%s\","
        "\"interests\":[\"picker\",\"shuttle\"],\"campaign\":\"campaign-%03u\",\"medium\":\"%s\","
        "\"external_id\":\"form-" IDENTITY "\",\"consent\":%s,\"message\":\"",
        PICK(first_names, 0), PICK(last_names, 1), draw[2] % 1000, draw[3] % 10000, draw[2] % 1000,
        draw[4] % 10 == 0 ? "account" : "company", draw[2] % 240, PICK(titles, 5),
        PICK(countries, 6), draw[7] % 20, draw[8] % 400,
        draw[9] % 10 == 0 ? 1000 + draw[10] % 9000 : draw[10] % 1000, PICK(industries, 11),
        draw[12] % 900, draw[13] % 101, draw[14] % 101, PICK(forms, 15), draw[16] % 90,
        PICK(mediums, 17), draw[18] % 2 ? "true" : "false");
#undef PICK
}

static void write_message(uint64_t *state, char *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        const char *word = words[random_below(state, COUNT(words))];
        for (; *word != '\0' && at < size; word++)
            text[at++] = *word;
        if (at < size)
            text[at++] = ' ';
    }
}

void payload_make(uint32_t variant, struct payload *ret)
{
    static const char end[] = "\"}";
    uint64_t state = variant;
    int size = write_fields(&state, ret->text, sizeof ret->text);
    size_t message_end = PAYLOAD_SIZE - strlen(end);
    ML_ASSERT(size > 0 && (size_t)size < message_end);
    write_message(&state, ret->text + size, message_end - (size_t)size);
    memcpy(ret->text + message_end, end, sizeof end);
    const char *found = ret->text;
    for (int i = 0; i < PAYLOAD_IDENTITIES; i++) {
        found = strstr(found, IDENTITY);
        ML_ASSERT(found != NULL);
        ret->identity[i] = (uint32_t)(found - ret->text);
        found += PAYLOAD_IDENTITY_SIZE;
    }
}

void payload_identify(const struct payload *payload, char *text, uint32_t run, uint64_t number)
{
    char identity[PAYLOAD_IDENTITY_SIZE];
    for (int i = PAYLOAD_IDENTITY_SIZE - 1; i >= 4; i--, number /= 10)
        identity[i] = (char)('0' + number % 10);
    for (int i = 3; i >= 0; i--, run /= 10)
        identity[i] = (char)('0' + run % 10);
    for (int i = 0; i < PAYLOAD_IDENTITIES; i++)
        memcpy(text + payload->identity[i], identity, sizeof identity);
}
