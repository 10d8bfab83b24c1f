/* A provider that knows companies by their domain. What it says of one follows from its name, so
 * that it says the same whenever it is asked. */
#include "cli/demo/stand_in/stand_in.h"

#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>

struct firmographics {
    uint64_t answered;
};

static void *open_firmographics(void)
{
    struct firmographics *provider = calloc(1, sizeof *provider);
    if (provider == NULL)
        panic("out of memory (stand-in)");
    return provider;
}

/* Most companies are small. */
static uint64_t headcount(uint64_t chance)
{
    uint64_t percent = chance % 100, rest = chance / 100;
    if (percent < 55)
        return 5 + rest % 195;
    if (percent < 90)
        return 200 + rest % 800;
    return percent < 98 ? 1000 + rest % 4000 : 5000 + rest % 40000;
}

static unsigned answer(void *state, const struct stand_in_request *request,
                       struct json_writer *json)
{
    static const char prefix[] = "/companies/";
    static const char *const industries[] = {"logistics", "retail",     "manufacturing", "pharma",
                                             "food",      "automotive", "other"};
    struct firmographics *provider = state;
    const size_t prefix_size = sizeof prefix - 1;
    json_object_open(json);
    if (request->path.size <= prefix_size || memcmp(request->path.data, prefix, prefix_size) != 0) {
        json_member(json, "message", BYTES_LITERAL("there is no such call"));
        json_object_close(json);
        return 404;
    }
    uint64_t chance = hash128_of(&request->path, 1).low;
    json_member_integer(json, "matches", 1);
    json_member_unsigned(json, "headcount", headcount(chance));
    json_member(json, "industry",
                bytes_of(industries[chance / 7919 % (sizeof industries / sizeof *industries)]));
    json_object_close(json);
    provider->answered++;
    return 200;
}

static uint64_t kept(const void *state)
{
    return ((const struct firmographics *)state)->answered;
}

const struct stand_in_kind stand_in_firmographics = {.name = "firmographics",
                                                     .open = open_firmographics,
                                                     .close = free,
                                                     .answer = answer,
                                                     .kept = kept};
