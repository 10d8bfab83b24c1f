/* A unit serves until two of the next one are full: "90 m", then "2 h". */
#include "cli/spans.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>

void span_print(int64_t span_us, char text[static SPAN_TEXT_SIZE])
{
    static const struct {
        int64_t us;
        const char *name;
    } units[] = {{TIME_US_PER_DAY, "d"},
                 {3600 * TIME_US_PER_SECOND, "h"},
                 {60 * TIME_US_PER_SECOND, "m"},
                 {TIME_US_PER_SECOND, "s"}};
    size_t unit = 0;
    while (unit < 3 && span_us < 2 * units[unit].us)
        unit++;
    snprintf(text, SPAN_TEXT_SIZE, "%" PRId64 " %s", span_us > 0 ? span_us / units[unit].us : 0,
             units[unit].name);
}

void span_left_print(int64_t due_us, int64_t now_us, char text[static SPAN_TEXT_SIZE])
{
    char span[SPAN_TEXT_SIZE];
    bool late = due_us < now_us;
    span_print(late ? now_us - due_us : due_us - now_us, span);
    if (due_us == 0)
        snprintf(text, SPAN_TEXT_SIZE, "-");
    else
        snprintf(text, SPAN_TEXT_SIZE, "%.20s %s", span, late ? "late" : "left");
}

void span_age_print(int64_t time_us, int64_t now_us, char text[static SPAN_TEXT_SIZE])
{
    if (time_us == 0)
        snprintf(text, SPAN_TEXT_SIZE, "-");
    else
        span_print(now_us - time_us, text);
}

bool instant_parse(const char *text, int64_t now_us, bool ahead, int64_t *ret_us)
{
    char midnight[40];
    int64_t span_us;
    if (time_parse(bytes_of(text), ret_us, NULL) == 0)
        return true;
    if (duration_parse(bytes_of(text), &span_us, NULL) == 0) {
        *ret_us = ahead ? now_us + span_us : now_us - span_us;
        return true;
    }
    snprintf(midnight, sizeof midnight, "%.16sT00:00:00Z", text);
    return time_parse(bytes_of(midnight), ret_us, NULL) == 0;
}
