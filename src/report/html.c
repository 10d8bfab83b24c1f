/* A report as one page of HTML: no scripts, nothing from elsewhere; light and dark, on a phone and
 * on paper. Colours only repeat what the numbers say. */
#include "report/internal.h"

#include <inttypes.h>

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n";

static const char style[] =
    "<style>\n"
    ":root{--ink:#1a2230;--soft:#5a6577;--paper:#fff;--line:#dde2ea;--band:#f5f7fa;"
    "--link:#1d5fa8;--c0:#b3382c;--c1:#e0795a;--c2:#f3c069;--c3:#b9d68c;--c4:#2c7549}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b8;--paper:#12161d;"
    "--line:#2b3442;--band:#1a2029;--link:#7db4ee}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:76rem;padding:1.5rem 1rem 3rem;color:var(--ink);"
    "background:var(--paper);font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",sans-serif}\n"
    "h1{font-size:1.7rem;line-height:1.2;margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .2rem}\n"
    "p{margin:.2rem 0 .7rem;color:var(--soft);max-width:48rem}a{color:var(--link)}\n"
    "nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:1rem 0 0;padding:.7rem 0;"
    "border:solid var(--line);border-width:1px 0;font-size:.9rem}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.35rem .7rem;border-bottom:1px solid var(--line);text-align:left;"
    "vertical-align:top}\n"
    "th{font-weight:600;color:var(--soft);white-space:nowrap}\n"
    "tbody tr:nth-child(even){background:var(--band)}\n"
    ".n{text-align:right;white-space:nowrap}.t{white-space:nowrap}\n"
    "td.x{min-width:14rem;overflow-wrap:anywhere}\n"
    ".heat td,.heat th{padding:.3rem .15rem;text-align:center;border:2px solid var(--paper);"
    "min-width:2.3rem}\n"
    ".heat th:first-child{text-align:left;padding-right:.8rem;position:sticky;left:0;"
    "background:var(--paper);color:var(--ink)}\n"
    ".heat tr:nth-child(even){background:none}\n"
    ".heat td.o{color:var(--soft)}\n"
    ".h0{background:var(--c0);color:#fff}.h1{background:var(--c1);color:#111}"
    ".h2{background:var(--c2);color:#111}.h3{background:var(--c3);color:#111}"
    ".h4{background:var(--c4);color:#fff}\n"
    "details{margin:.5rem 0 0;font-size:.85rem;color:var(--soft)}summary{cursor:pointer}\n"
    "pre{overflow-x:auto;padding:.8rem;background:var(--band);border:1px solid var(--line);"
    "border-radius:6px;font:12.5px/1.45 ui-monospace,monospace}\n"
    "footer{margin-top:2.5rem;font-size:.85rem;color:var(--soft)}\n"
    "@media print{body{max-width:none;padding:0;font-size:11px}nav,details{display:none}"
    "h2{break-after:avoid}tr{break-inside:avoid}.wide{overflow:visible}"
    ".heat td{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
    "</style>\n";

static void write_text(struct buffer *out, struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        switch (byte) {
        case '<': buffer_append_bytes(out, BYTES_LITERAL("&lt;")); break;
        case '>': buffer_append_bytes(out, BYTES_LITERAL("&gt;")); break;
        case '&': buffer_append_bytes(out, BYTES_LITERAL("&amp;")); break;
        case '"': buffer_append_bytes(out, BYTES_LITERAL("&quot;")); break;
        default: buffer_append_char(out, byte < 0x20 && byte != '\n' ? ' ' : (char)byte);
        }
    }
}

/* Numbers to the right, times on one line, texts that are long with some room. */
static const char *class_of(const struct report_column *column, struct bytes cell)
{
    enum { LONG_TEXT = 40 };
    switch (column->unit) {
    case REPORT_COUNT:
    case REPORT_SHARE:
    case REPORT_SPAN: return " class=\"n\"";
    case REPORT_TIME: return " class=\"t\"";
    case REPORT_TEXT:
    case REPORT_REP:
    case REPORT_POOL:
    case REPORT_PROMISE: break;
    }
    return cell.size > LONG_TEXT ? " class=\"x\"" : "";
}

static void write_table(const struct report_page *page, const struct report_part *part,
                        struct buffer *out)
{
    const struct report_column *columns = part->section->columns;
    struct buffer cell;
    buffer_init(&cell, REPORT_SIZE_MAX);
    buffer_append_bytes(out, BYTES_LITERAL("<table>\n<thead><tr>"));
    for (size_t i = 0; i < REPORT_COLUMNS_MAX && columns[i].title != NULL; i++) {
        buffer_printf(out, "<th scope=\"col\"%s>", class_of(&columns[i], (struct bytes){0}));
        write_text(out, bytes_of(columns[i].title));
        buffer_append_bytes(out, BYTES_LITERAL("</th>"));
    }
    buffer_append_bytes(out, BYTES_LITERAL("</tr></thead>\n<tbody>\n"));
    for (size_t row = 0; row < json_object_array_length(part->rows); row++) {
        struct json_object *object = json_object_array_get_idx(part->rows, row);
        buffer_append_bytes(out, BYTES_LITERAL("<tr>"));
        for (size_t i = 0; i < REPORT_COLUMNS_MAX && columns[i].title != NULL; i++) {
            buffer_clear(&cell);
            report_value_print(page, &columns[i], json_object_object_get(object, columns[i].member),
                               &cell);
            buffer_printf(out, "<td%s>", class_of(&columns[i], buffer_bytes(&cell)));
            write_text(out, buffer_bytes(&cell));
            buffer_append_bytes(out, BYTES_LITERAL("</td>"));
        }
        buffer_append_bytes(out, BYTES_LITERAL("</tr>\n"));
    }
    buffer_append_bytes(out, BYTES_LITERAL("</tbody>\n</table>\n"));
    buffer_release(&cell);
}

static int shade_of(int percent)
{
    static const int from[] = {50, 75, 90, 95};
    int shade = 0;
    while (shade < 4 && percent >= from[shade])
        shade++;
    return shade;
}

static void write_cell(const struct report_cell *cell, struct buffer *out)
{
    int percent = report_cell_percent(cell);
    if (percent < 0)
        buffer_append_bytes(out, BYTES_LITERAL("<td class=\"o\">·</td>"));
    else
        buffer_printf(out, "<td class=\"h%d\" title=\"%" PRId64 " of %" PRId64 " in time\">%d</td>",
                      shade_of(percent), cell->met, cell->met + cell->late, percent);
}

static void write_heatmap(const struct report_page *page, const struct report_part *part,
                          struct buffer *out)
{
    struct arena arena;
    struct report_heatmap heatmap;
    arena_init(&arena);
    report_heatmap_make(page, part, &arena, &heatmap);
    buffer_append_bytes(out, BYTES_LITERAL("<table class=\"heat\">\n<thead><tr><th></th>"));
    for (size_t i = 0; i < heatmap.bucket_count; i++)
        buffer_printf(out, "<th scope=\"col\">%s</th>", heatmap.labels[i]);
    buffer_append_bytes(out, BYTES_LITERAL("</tr></thead>\n<tbody>\n"));
    for (size_t line = 0; line < heatmap.line_count; line++) {
        buffer_append_bytes(out, BYTES_LITERAL("<tr><th scope=\"row\">"));
        write_text(out, heatmap.lines[line].label);
        buffer_append_bytes(out, BYTES_LITERAL("</th>"));
        for (size_t i = 0; i < heatmap.bucket_count; i++)
            write_cell(&heatmap.lines[line].cells[i], out);
        buffer_append_bytes(out, BYTES_LITERAL("</tr>\n"));
    }
    buffer_append_bytes(out, BYTES_LITERAL("</tbody>\n</table>\n"));
    arena_release(&arena);
}

static void write_part(const struct report_page *page, const struct report_part *part,
                       struct buffer *out)
{
    const struct report_section *section = part->section;
    buffer_printf(out, "<section id=\"%s\">\n<h2>%s</h2>\n<p>", section->id, section->title);
    write_text(out, bytes_of(section->about));
    buffer_append_bytes(out, BYTES_LITERAL("</p>\n<div class=\"wide\">\n"));
    if (json_object_array_length(part->rows) == 0)
        buffer_printf(out, "<p>%s</p>\n", section->empty);
    else if (section->shape == REPORT_TABLE)
        write_table(page, part, out);
    else
        write_heatmap(page, part, out);
    buffer_append_bytes(out, BYTES_LITERAL("</div>\n<details><summary>Query</summary><pre><code>"));
    write_text(out, buffer_bytes(&part->query));
    buffer_append_bytes(out, BYTES_LITERAL(";</code></pre></details>\n</section>\n"));
}

static void write_head(const struct report_page *page, struct buffer *out)
{
    buffer_append_bytes(out, bytes_of(head));
    buffer_printf(out, "<title>%s</title>\n", page->span.title);
    buffer_append_bytes(out, bytes_of(style));
    buffer_printf(out,
                  "</head>\n<body>\n<header>\n<h1>%s</h1>\n<p>Meshline’s %s report. Times are ",
                  page->span.title, report_period_name(page->request->period));
    write_text(out, bytes_of(page->zone_name));
    buffer_append_bytes(out, BYTES_LITERAL("; as of "));
    report_time_print(page, page->request->now_us, out);
    buffer_printf(out, ", event %" PRIu64 "%s.</p>\n</header>\n<nav>", page->seq,
                  page->span.until_us < page->span.to_us ? "; it is not over yet" : "");
    for (size_t i = 0; i < page->part_count; i++)
        buffer_printf(out, "<a href=\"#%s\">%s</a>", page->parts[i].section->id,
                      page->parts[i].section->title);
    buffer_append_bytes(out, BYTES_LITERAL("</nav>\n<main>\n"));
}

void report_html_write(const struct report_page *page, struct buffer *out)
{
    write_head(page, out);
    for (size_t i = 0; i < page->part_count; i++)
        write_part(page, &page->parts[i], out);
    buffer_append_bytes(
        out, BYTES_LITERAL("</main>\n<footer>Each query runs as it stands: <code>sqlite3 "
                           "-readonly DATA/state.db</code>.</footer>\n"
                           "</body>\n</html>\n"));
}
