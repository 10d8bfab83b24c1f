/* Values as people read them. */
#include "base/time.h"
#include "report/internal.h"

#include <inttypes.h>
#include <string.h>

void report_time_print(const struct report_page *page, int64_t time_us, struct buffer *out)
{
    struct zone_local local;
    zone_local(page->zone, time_us / TIME_US_PER_SECOND, &local);
    buffer_printf(out, "%04d-%02u-%02u %02u:%02u", local.year, local.month, local.day, local.hour,
                  local.minute);
}

/* The two largest units: "3 h 20 m", "45 s". */
static void print_span(int64_t span_us, struct buffer *out)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
    int64_t seconds = span_us > 0 ? span_us / TIME_US_PER_SECOND : 0;
    size_t unit = 0;
    while (unit < 3 && seconds < units[unit].seconds)
        unit++;
    buffer_printf(out, "%" PRId64 " %s", seconds / units[unit].seconds, units[unit].name);
    int64_t rest = seconds % units[unit].seconds;
    if (unit < 3 && rest >= units[unit + 1].seconds)
        buffer_printf(out, " %" PRId64 " %s", rest / units[unit + 1].seconds, units[unit + 1].name);
}

/* "rep:ana", as what goes to people is addressed; owners are ids. */
static bool is_target(struct bytes text)
{
    return text.size > 4 && memcmp(text.data, "rep:", 4) == 0;
}

void report_value_print(const struct report_page *page, const struct report_column *column,
                        struct json_object *value, struct buffer *out)
{
    if (value == NULL) {
        buffer_append_char(out, '-');
        return;
    }
    switch (column->unit) {
    case REPORT_COUNT: buffer_printf(out, "%" PRId64, json_object_get_int64(value)); return;
    case REPORT_SHARE: buffer_printf(out, "%.1f %%", json_object_get_double(value)); return;
    case REPORT_SPAN: print_span(json_object_get_int64(value), out); return;
    case REPORT_TIME: report_time_print(page, json_object_get_int64(value), out); return;
    case REPORT_TEXT:
    case REPORT_REP:
    case REPORT_POOL:
    case REPORT_PROMISE: break;
    }
    struct bytes text = json_text(value);
    if (text.data == NULL)
        text = bytes_of(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
    if (column->unit == REPORT_PROMISE && text.size > 0) {
        report_promise_print(text, out);
        return;
    }
    if (column->unit == REPORT_REP)
        text = report_name(page, is_target(text) ? "" : "rep:", text);
    else if (column->unit == REPORT_POOL)
        text = report_name(page, "pool:", text);
    buffer_append_bytes(out, text.size > 0 ? text : BYTES_LITERAL("-"));
}
