/* Rows of (line, bucket, met, late) as a grid. */
#include "base/time.h"
#include "report/internal.h"

static const int64_t hour_us = 3600 * TIME_US_PER_SECOND;

static void label_hours(const struct report_page *page, struct arena *arena,
                        struct report_heatmap *ret)
{
    /* 23 or 25 of them where the clocks change. */
    ret->bucket_count = (size_t)((page->span.to_us - page->span.from_us + hour_us - 1) / hour_us);
    for (size_t i = 0; i < ret->bucket_count; i++) {
        struct zone_local local;
        zone_local(page->zone, (page->span.from_us + (int64_t)i * hour_us) / TIME_US_PER_SECOND,
                   &local);
        ret->labels[i] = arena_printf(arena, "%02u", local.hour);
    }
}

static void label_weeks(const struct report_page *page, struct arena *arena,
                        struct report_heatmap *ret)
{
    /* Half a day of grace for changes of the clocks. */
    unsigned days =
        (unsigned)((page->span.to_us - page->span.from_us + TIME_US_PER_DAY / 2) / TIME_US_PER_DAY);
    ret->bucket_count = (days + 6) / 7;
    for (unsigned i = 0; i < ret->bucket_count; i++) {
        unsigned last = i * 7 + 7 < days ? i * 7 + 7 : days;
        ret->labels[i] = arena_printf(arena, "%u–%u", i * 7 + 1, last);
    }
}

static struct report_line *find_line(struct report_heatmap *heatmap, struct bytes promise,
                                     struct arena *arena)
{
    for (size_t i = 0; i < heatmap->line_count; i++)
        if (bytes_equal(heatmap->lines[i].promise, promise))
            return &heatmap->lines[i];
    struct buffer words;
    buffer_init(&words, REPORT_SIZE_MAX);
    report_promise_print(promise, &words);
    heatmap->lines[heatmap->line_count] =
        (struct report_line){.promise = promise, .label = arena_copy(arena, buffer_bytes(&words))};
    buffer_release(&words);
    return &heatmap->lines[heatmap->line_count++];
}

void report_heatmap_make(const struct report_page *page, const struct report_part *part,
                         struct arena *arena, struct report_heatmap *ret)
{
    size_t count = json_object_array_length(part->rows);
    *ret = (struct report_heatmap){.lines = arena_array(arena, count + 1, sizeof *ret->lines)};
    if (part->section->shape == REPORT_HEATMAP_HOURS)
        label_hours(page, arena, ret);
    else
        label_weeks(page, arena, ret);
    for (size_t i = 0; i < count; i++) {
        struct json_object *row = json_object_array_get_idx(part->rows, i);
        int64_t bucket = json_member_int(row, "bucket", 0);
        if (bucket < 0)
            bucket = 0; /* an hour that only ends within the span */
        if (bucket >= (int64_t)ret->bucket_count)
            bucket = (int64_t)ret->bucket_count - 1;
        struct report_cell *cell =
            &find_line(ret, json_member_text(row, "line"), arena)->cells[(size_t)bucket];
        cell->met += json_member_int(row, "met", 0);
        cell->late += json_member_int(row, "late", 0);
    }
}

int report_cell_percent(const struct report_cell *cell)
{
    int64_t turned = cell->met + cell->late;
    return turned > 0 ? (int)(cell->met * 100 / turned) : -1;
}
