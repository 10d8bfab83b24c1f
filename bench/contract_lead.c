/* The contract and its leads. */
#include "contract_lead.h"

#include <stdio.h>

const char contract_lead_schema[] =
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

size_t contract_lead_write(unsigned i, char text[static CONTRACT_LEAD_MAX])
{
    static const char *const countries[] = {"DE", "AT", "US", "PT"};
    static const char *const industries[] = {"software", "retail", "health", "energy"};
    return (size_t)snprintf(
        text, CONTRACT_LEAD_MAX,
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
