/* A report for programs: every section's rows as they came, with the query. */
#include "base/time.h"
#include "report/internal.h"

void report_json_write(const struct report_page *page, struct buffer *out)
{
    struct json_writer json;
    json_begin(&json, out);
    json_object_open(&json);
    json_member(&json, "report", bytes_of(report_period_name(page->request->period)));
    json_member(&json, "title", bytes_of(page->span.title));
    json_member_time(&json, "from", page->span.from_us);
    json_member_time(&json, "to", page->span.to_us);
    json_member(&json, "zone", bytes_of(page->zone_name));
    json_member_time(&json, "as_of", page->request->now_us);
    json_member_unsigned(&json, "seq", page->seq);
    json_key(&json, "sections");
    json_array_open(&json);
    for (size_t i = 0; i < page->part_count; i++) {
        const struct report_part *part = &page->parts[i];
        json_object_open(&json);
        json_member(&json, "id", bytes_of(part->section->id));
        json_member(&json, "title", bytes_of(part->section->title));
        json_member(&json, "about", bytes_of(part->section->about));
        json_key(&json, "rows");
        json_raw(&json, buffer_bytes(&part->rows_text));
        json_member(&json, "query", buffer_bytes(&part->query));
        json_object_close(&json);
    }
    json_array_close(&json);
    json_object_close(&json);
}
