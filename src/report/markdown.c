/* A report as Markdown: tables that read well as plain text, queries in folded fences. Texts come
 * from records that anybody may send, so that nothing in them may become markup. */
#include "report/internal.h"

#include <inttypes.h>
#include <string.h>

static void write_text(struct buffer *out, struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte == '<' || byte == '&') {
            buffer_append_bytes(out, byte == '<' ? BYTES_LITERAL("&lt;") : BYTES_LITERAL("&amp;"));
            continue;
        }
        if (byte < 0x20 || byte == 0x7F)
            byte = ' ';
        if (strchr("\\`*_[]|~#", (char)byte) != NULL)
            buffer_append_char(out, '\\');
        buffer_append_char(out, (char)byte);
    }
}

static bool is_number(const struct report_column *column)
{
    return column->unit == REPORT_COUNT || column->unit == REPORT_SHARE ||
           column->unit == REPORT_SPAN;
}

static void write_table(const struct report_page *page, const struct report_part *part,
                        struct buffer *out)
{
    const struct report_column *columns = part->section->columns;
    struct buffer cell;
    buffer_init(&cell, REPORT_SIZE_MAX);
    for (size_t i = 0; i < REPORT_COLUMNS_MAX && columns[i].title != NULL; i++)
        buffer_printf(out, "| %s ", columns[i].title);
    buffer_append_bytes(out, BYTES_LITERAL("|\n"));
    for (size_t i = 0; i < REPORT_COLUMNS_MAX && columns[i].title != NULL; i++)
        buffer_append_bytes(out,
                            is_number(&columns[i]) ? BYTES_LITERAL("|--:") : BYTES_LITERAL("|---"));
    buffer_append_bytes(out, BYTES_LITERAL("|\n"));
    for (size_t row = 0; row < json_object_array_length(part->rows); row++) {
        struct json_object *object = json_object_array_get_idx(part->rows, row);
        for (size_t i = 0; i < REPORT_COLUMNS_MAX && columns[i].title != NULL; i++) {
            buffer_clear(&cell);
            report_value_print(page, &columns[i], json_object_object_get(object, columns[i].member),
                               &cell);
            buffer_append_bytes(out, BYTES_LITERAL("| "));
            write_text(out, buffer_bytes(&cell));
            buffer_append_char(out, ' ');
        }
        buffer_append_bytes(out, BYTES_LITERAL("|\n"));
    }
    buffer_release(&cell);
}

static void write_heatmap(const struct report_page *page, const struct report_part *part,
                          struct buffer *out)
{
    struct arena arena;
    struct report_heatmap heatmap;
    arena_init(&arena);
    report_heatmap_make(page, part, &arena, &heatmap);
    buffer_append_bytes(out, BYTES_LITERAL("| "));
    for (size_t i = 0; i < heatmap.bucket_count; i++)
        buffer_printf(out, "| %s ", heatmap.labels[i]);
    buffer_append_bytes(out, BYTES_LITERAL("|\n|---"));
    for (size_t i = 0; i < heatmap.bucket_count; i++)
        buffer_append_bytes(out, BYTES_LITERAL("|--:"));
    buffer_append_bytes(out, BYTES_LITERAL("|\n"));
    for (size_t line = 0; line < heatmap.line_count; line++) {
        buffer_append_bytes(out, BYTES_LITERAL("| "));
        write_text(out, heatmap.lines[line].label);
        for (size_t i = 0; i < heatmap.bucket_count; i++) {
            int percent = report_cell_percent(&heatmap.lines[line].cells[i]);
            if (percent < 0)
                buffer_append_bytes(out, BYTES_LITERAL(" | ·"));
            else
                buffer_printf(out, " | %d", percent);
        }
        buffer_append_bytes(out, BYTES_LITERAL(" |\n"));
    }
    arena_release(&arena);
}

static void write_part(const struct report_page *page, const struct report_part *part,
                       struct buffer *out)
{
    const struct report_section *section = part->section;
    buffer_printf(out, "\n## %s\n\n%s\n\n", section->title, section->about);
    if (json_object_array_length(part->rows) == 0)
        buffer_printf(out, "%s\n", section->empty);
    else if (section->shape == REPORT_TABLE)
        write_table(page, part, out);
    else
        write_heatmap(page, part, out);
    buffer_append_bytes(out, BYTES_LITERAL("\n<details><summary>Query</summary>\n\n```sql\n"));
    buffer_append_bytes(out, buffer_bytes(&part->query));
    buffer_append_bytes(out, BYTES_LITERAL(";\n```\n\n</details>\n"));
}

void report_markdown_write(const struct report_page *page, struct buffer *out)
{
    buffer_printf(out, "# %s\n\nMeshline's %s report. Times are %s; as of ", page->span.title,
                  report_period_name(page->request->period), page->zone_name);
    report_time_print(page, page->request->now_us, out);
    buffer_printf(out, ", event %" PRIu64 "%s.\n", page->seq,
                  page->span.until_us < page->span.to_us ? "; it is not over yet" : "");
    for (size_t i = 0; i < page->part_count; i++)
        write_part(page, &page->parts[i], out);
    buffer_append_bytes(out, BYTES_LITERAL("\nEach query runs as it stands: `sqlite3 -readonly "
                                           "DATA/state.db`.\n"));
}
