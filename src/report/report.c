/* A report is made in two steps: every section's query is run, then one writer prints the page. */
#include "report/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const period_names[REPORT_PERIODS] = {"daily", "weekly", "monthly"};

static const struct {
    const char *name, *media_type;
    void (*write)(const struct report_page *page, struct buffer *out);
} formats[REPORT_FORMATS] = {
    [REPORT_MARKDOWN] = {"md", "text/markdown; charset=utf-8", report_markdown_write},
    [REPORT_HTML] = {"html", "text/html; charset=utf-8", report_html_write},
    [REPORT_JSON] = {"json", "application/json", report_json_write},
};

const char *report_period_name(enum report_period period)
{
    return period_names[period];
}

bool report_period_parse(struct bytes text, enum report_period *ret)
{
    for (enum report_period period = 0; period < REPORT_PERIODS; period++)
        if (bytes_is(text, period_names[period])) {
            *ret = period;
            return true;
        }
    return false;
}

bool report_format_parse(struct bytes text, enum report_format *ret)
{
    for (enum report_format format = 0; format < REPORT_FORMATS; format++)
        if (bytes_is(text, formats[format].name)) {
            *ret = format;
            return true;
        }
    return false;
}

const char *report_format_media_type(enum report_format format)
{
    return formats[format].media_type;
}

/* ---- queries */

/* Puts the numbers where their names stand: what is printed is what was run. */
static void write_query(const struct report_page *page, const char *sql, struct buffer *out)
{
    const struct {
        const char *name;
        int64_t value;
    } bounds[] = {
        {":from_us", page->span.from_us},
        {":to_us", page->span.to_us},
        {":until_us", page->span.until_us},
        {":now_us", page->request->now_us},
    };
    while (*sql != '\0') {
        size_t size = strcspn(sql, ":");
        buffer_append(out, sql, size);
        sql += size;
        size_t found = 0;
        for (size_t i = 0; found == 0 && i < sizeof bounds / sizeof *bounds; i++)
            if (strncmp(sql, bounds[i].name, strlen(bounds[i].name)) == 0) {
                buffer_printf(out, "%" PRId64, bounds[i].value);
                found = strlen(bounds[i].name);
            }
        if (found == 0 && *sql != '\0')
            buffer_append_char(out, *sql++);
        sql += found;
    }
}

static int fill_part(const struct report_page *page, struct store_reader *reader,
                     struct report_part *part, struct error *err)
{
    struct json_writer json;
    write_query(page, part->section->sql, &part->query);
    json_begin(&json, &part->rows_text);
    int code = store_read_select(reader, buffer_string(&part->query), page->span.from_us,
                                 page->span.to_us, &json, err);
    if (code == 0 && part->rows_text.overflow)
        code = error_set(err, ML_ELIMIT, part->section->id, "there is too much for a report");
    return code == 0 ? json_parse(buffer_bytes(&part->rows_text), &part->rows, err) : code;
}

static int fill(struct report_page *page, struct store_reader *reader, struct error *err)
{
    const struct report_section *const *sections = report_sections(page->request->period);
    int code = store_read_seq(reader, &page->seq, err);
    if (code == 0)
        code = report_names_read(reader, page, err);
    while (code == 0 && sections[page->part_count] != NULL) {
        struct report_part *part = &page->parts[page->part_count];
        *part = (struct report_part){.section = sections[page->part_count]};
        ML_ASSERT(page->part_count < REPORT_SECTIONS_MAX);
        page->part_count++;
        buffer_init(&part->query, 64 * 1024);
        buffer_init(&part->rows_text, REPORT_SIZE_MAX);
        code = fill_part(page, reader, part, err);
    }
    return code;
}

static void release(struct report_page *page)
{
    for (size_t i = 0; i < page->part_count; i++) {
        buffer_release(&page->parts[i].query);
        buffer_release(&page->parts[i].rows_text);
        json_object_put(page->parts[i].rows);
    }
    json_object_put(page->names);
}

int report_write(struct store_reader *reader, const struct report_request *request,
                 struct buffer *out, struct error *err)
{
    struct bytes zone_name = request->zone.size > 0 ? request->zone : BYTES_LITERAL("UTC");
    char zone_text[64];
    struct report_page page = {.request = request, .zone = zone_find(zone_name)};
    if (page.zone == NULL || zone_name.size >= sizeof zone_text)
        return error_set(err, ML_EINVAL, "zone",
                         "there is no time zone \"%.*s\"; one is called Europe/Berlin, UTC or "
                         "+02:00",
                         (int)(zone_name.size < 80 ? zone_name.size : 80), zone_name.data);
    snprintf(zone_text, sizeof zone_text, "%.*s", BYTES_ARG(zone_name));
    page.zone_name = zone_text;
    int code = report_span_find(request, page.zone, &page.span, err);
    if (code == 0)
        code = fill(&page, reader, err);
    if (code == 0)
        formats[request->format].write(&page, out);
    if (code == 0 && out->overflow)
        code =
            error_set(err, ML_ELIMIT, "", "the report does not fit into %zu bytes", out->ceiling);
    release(&page);
    return code;
}
