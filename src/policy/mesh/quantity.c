/* Shares and multiples as the files write them, "5%" and "1.5x": kept in hundredths, because the
 * core reckons without floats. */
#include "policy/internal.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>

static size_t take_digits(struct bytes text, size_t at, size_t most, int64_t *value)
{
    size_t taken = 0;
    while (at + taken < text.size && taken < most && text.data[at + taken] >= '0' &&
           text.data[at + taken] <= '9')
        *value = *value * 10 + (text.data[at + taken++] - '0');
    return taken;
}

bool policy_hundredths_parse(struct bytes text, const char *suffix, int64_t *ret)
{
    int64_t value = 0;
    size_t decimals = 0, at = take_digits(text, 0, 9, &value);
    if (at == 0)
        return false;
    if (at < text.size && text.data[at] == '.') {
        decimals = take_digits(text, at + 1, 2, &value);
        if (decimals == 0)
            return false;
        at += 1 + decimals;
    }
    for (; decimals < 2; decimals++)
        value *= 10;
    if (!bytes_is((struct bytes){text.data + at, text.size - at}, suffix))
        return false;
    *ret = value;
    return true;
}

void policy_hundredths_write(struct json_writer *writer, const char *key, int64_t hundredths,
                             const char *suffix)
{
    char text[48];
    int64_t whole = hundredths / 100, rest = hundredths % 100;
    if (rest == 0)
        snprintf(text, sizeof text, "%" PRId64 "%s", whole, suffix);
    else if (rest % 10 == 0)
        snprintf(text, sizeof text, "%" PRId64 ".%" PRId64 "%s", whole, rest / 10, suffix);
    else
        snprintf(text, sizeof text, "%" PRId64 ".%02" PRId64 "%s", whole, rest, suffix);
    json_member(writer, key, bytes_of(text));
}

void policy_duration_write(struct json_writer *writer, const char *key, int64_t duration_us)
{
    char text[DURATION_TEXT_SIZE];
    duration_print(duration_us, text);
    json_member(writer, key, bytes_of(text));
}
