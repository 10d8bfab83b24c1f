/* The report of a demo: one page of HTML, no scripts, nothing from elsewhere; light and dark.
 * Colours only repeat what words say. */
#include "base/time.h"
#include "cli/cli.h"
#include "cli/demo/demo_outcome.h"

#include <inttypes.h>
#include <stdio.h>

enum { REPORT_MAX = 8 * 1024 * 1024 };

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>Meshline failure demo</title>\n<style>\n"
    ":root{--ink:#1a2230;--soft:#5a6577;--paper:#fff;--line:#dde2ea;--band:#f5f7fa;"
    "--good:#1e6b3a;--bad:#a32a1f;--bar:#4f74b8}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b8;--paper:#12161d;"
    "--line:#2b3442;--band:#1a2029;--good:#7fcf9a;--bad:#f08b7d;--bar:#7b9bdc}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:72rem;padding:1.5rem 1rem 3rem;color:var(--ink);"
    "background:var(--paper);font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",sans-serif}\n"
    "h1{font-size:1.7rem;line-height:1.2;margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .4rem}\n"
    "p{margin:.2rem 0 .7rem;max-width:52rem}.soft{color:var(--soft)}\n"
    ".verdict{font-size:1.15rem;font-weight:600;margin:.8rem 0;padding:.7rem 1rem;"
    "border:1px solid var(--line);border-left:.4rem solid currentColor;background:var(--band)}\n"
    ".good{color:var(--good)}.bad{color:var(--bad)}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.35rem .7rem;border-bottom:1px solid var(--line);text-align:left;"
    "vertical-align:top}\n"
    "th{font-weight:600;color:var(--soft);vertical-align:bottom}.n{text-align:right}\n"
    ".t{white-space:nowrap;color:var(--soft)}\n"
    ".time{display:grid;grid-template-columns:11rem 1fr;gap:.3rem .8rem;align-items:center}\n"
    ".track{position:relative;height:1.1rem;background:var(--band);border:1px solid var(--line)}\n"
    ".track i{position:absolute;top:0;bottom:0;min-width:3px;background:var(--bar)}\n"
    ".scale{display:flex;justify-content:space-between;font-size:.85rem;color:var(--soft)}\n"
    "code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}\n"
    "@media (max-width:40rem){.time{grid-template-columns:1fr;gap:.1rem}}\n"
    "@media print{body{max-width:none;padding:0;font-size:11px}}\n"
    "</style>\n</head>\n<body>\n";

static void write_text(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<': buffer_append_bytes(out, BYTES_LITERAL("&lt;")); break;
        case '>': buffer_append_bytes(out, BYTES_LITERAL("&gt;")); break;
        case '&': buffer_append_bytes(out, BYTES_LITERAL("&amp;")); break;
        case '"': buffer_append_bytes(out, BYTES_LITERAL("&quot;")); break;
        default: buffer_append_char(out, *text);
        }
    }
}

/* ---- the verdict */

static void write_verdict(const struct demo_outcome *outcome, struct buffer *out)
{
    const struct {
        bool good;
        const char *bad;
    } parts[] = {
        {outcome->scenarios_good, "a scenario did not play"},
        {outcome->senders_good, "senders were not answered, or not as they had to be"},
        {outcome->lookup_good, "acknowledged leads are not there, or not in one place"},
        {outcome->identity_good, "the identity did not balance throughout"},
        {outcome->accounts_good, "receipts and requests do not match"},
        {outcome->records_good, "leads are not in the CRM exactly once"},
        {outcome->proved, "the files do not prove it"},
    };
    if (outcome->good) {
        buffer_append_bytes(
            out,
            BYTES_LITERAL("<p class=\"verdict good\">Nothing was lost. Every acknowledged lead "
                          "is there once, with one owner, and is in the CRM exactly once; "
                          "every receipt has its request.</p>\n"));
        return;
    }
    buffer_append_bytes(out, BYTES_LITERAL("<p class=\"verdict bad\">Something is amiss: "));
    bool first = true;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].good)
            continue;
        buffer_printf(out, "%s%s", first ? "" : "; ", parts[i].bad);
        first = false;
    }
    buffer_append_bytes(out, BYTES_LITERAL(".</p>\n"));
}

static void write_summary(const struct demo *demo, const struct demo_outcome *outcome,
                          struct buffer *out)
{
    char started[TIME_TEXT_SIZE];
    time_print(demo->clock.started_utc_us, started);
    buffer_printf(
        out,
        "<header><h1>Meshline failure demo</h1>\n<p class=\"soft\">%.19s UTC, %.0f leads a "
        "second on average: %" PRIu64 " sent, %zu different leads acknowledged.</p>"
        "</header>\n",
        started, demo->average, demo->intake.sent, demo->intake.acknowledged.count);
    write_verdict(outcome, out);
}

/* ---- the timeline */

static void write_track(const struct demo *demo, const struct demo_scenario *scenario,
                        double length_us, struct buffer *out)
{
    double from = (double)(scenario->started_utc - demo->clock.started_utc_us) / length_us;
    double to = (double)(scenario->ended_utc - demo->clock.started_utc_us) / length_us;
    write_text(out, scenario->kind->title);
    buffer_printf(
        out, "</span><span class=\"track\"><i style=\"left:%.2f%%;width:%.2f%%\"></i></span>\n",
        100 * from, 100 * (to - from));
}

static void write_timeline(const struct demo *demo, struct buffer *out)
{
    double length_us = (double)(clock_utc_us() - demo->clock.started_utc_us);
    buffer_append_bytes(out, BYTES_LITERAL("<h2>Timeline</h2>\n<div class=\"time\">\n"));
    for (size_t i = 0; i < DEMO_SCENARIOS; i++) {
        if (demo->scenarios[i].plays == 0)
            continue;
        buffer_append_bytes(out, BYTES_LITERAL("<span>"));
        write_track(demo, &demo->scenarios[i], length_us, out);
    }
    buffer_printf(
        out,
        "<span></span><span class=\"scale\"><span>0:00</span><span>%d:%02d</span></span>\n"
        "</div>\n",
        (int)(length_us / 60e6), (int)(length_us / 1e6) % 60);
}

static void write_scenarios(const struct demo *demo, struct buffer *out)
{
    buffer_append_bytes(out, BYTES_LITERAL("<h2>Scenarios</h2>\n<div class=\"wide\"><table>\n"
                                           "<thead><tr><th>Scenario</th><th>Verdict</th>"
                                           "<th>What was seen</th></tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < DEMO_SCENARIOS; i++) {
        const struct demo_scenario *scenario = &demo->scenarios[i];
        bool done = scenario->state == DEMO_DONE;
        buffer_append_bytes(out, BYTES_LITERAL("<tr><td>"));
        write_text(out, scenario->kind->title);
        buffer_printf(out, "</td><td class=\"%s\">%s</td><td>",
                      scenario->plays == 0 ? "soft" : (done ? "good" : "bad"),
                      scenario->plays == 0 ? "not played" : (done ? "played" : "failed"));
        write_text(out, scenario->verdict);
        buffer_append_bytes(out, BYTES_LITERAL("</td></tr>\n"));
    }
    buffer_append_bytes(out, BYTES_LITERAL("</tbody></table></div>\n"));
}

/* ---- the proof */

static void write_identity(const struct demo *demo, const struct demo_outcome *outcome,
                           struct buffer *out)
{
    const struct core_counts *terms = &outcome->proof.counts;
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {
        {"accepted =", terms->accepted},
        {"owned", terms->owned},
        {"+ waiting", terms->waiting},
        {"+ before a person", terms->exception},
        {"+ nurture", terms->nurture},
        {"+ closed", outcome->proof.closed},
        {"+ dead letters", terms->dead_lettered},
        {"+ settled", terms->settled},
    };
    buffer_printf(out,
                  "<h2>The identity</h2>\n<p>Asked for once a second, and added up by the demo: it "
                  "balanced <strong class=\"%s\">%" PRIu64 " times of %" PRIu64
                  "</strong>. At the end, by a replay of the whole journal:</p>\n"
                  "<div class=\"wide\"><table>\n<thead><tr>",
                  outcome->identity_good ? "good" : "bad", demo->watch.balanced,
                  demo->watch.checks);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        buffer_printf(out, "<th class=\"n\">%s</th>", rows[i].name);
    buffer_append_bytes(out, BYTES_LITERAL("</tr></thead>\n<tbody><tr>"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        buffer_printf(out, "<td class=\"n\">%" PRIu64 "</td>", rows[i].count);
    buffer_append_bytes(out, BYTES_LITERAL("</tr></tbody></table></div>\n"));
    buffer_printf(
        out,
        "<p>Looked up one by one, %" PRIu64 " leads are there, <strong class=\"%s\">%" PRIu64
        " of the acknowledged ones are missing</strong>. The journal's hash chain, its "
        "replay and <code>state.db</code> <strong class=\"%s\">%s</strong>.</p>\n",
        outcome->lookup.listed, outcome->lookup_good ? "good" : "bad", outcome->lookup.missing,
        outcome->proved ? "good" : "bad", outcome->proved ? "say the same" : "DO NOT PROVE IT");
}

static void write_account(const struct demo_stand_in *stand_in, const struct demo_account *account,
                          struct buffer *out)
{
    const uint64_t cells[] = {account->due,      account->delivered, account->pending,
                              account->failed,   account->discarded, account->requests,
                              account->receipts, account->matched,   account->repeated,
                              account->unasked};
    buffer_append_bytes(out, BYTES_LITERAL("<tr><td>"));
    write_text(out, stand_in->title);
    buffer_append_bytes(out, BYTES_LITERAL("</td>"));
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        buffer_printf(out, "<td class=\"n\">%" PRIu64 "</td>", cells[i]);
    buffer_append_bytes(out, BYTES_LITERAL("</tr>\n"));
}

static void write_receipts(const struct demo *demo, const struct demo_outcome *outcome,
                           struct buffer *out)
{
    const struct demo_records *records = &outcome->records;
    buffer_append_bytes(
        out, BYTES_LITERAL(
                 "<h2>Receipts, against what really arrived</h2>\n"
                 "<p>Left, what the engine says of its deliveries; right, what the stand-ins "
                 "wrote down when it came. A receipt is matched when the request that it names "
                 "was received. Repeated are writes under a key that had been written before: "
                 "its answer had been lost.</p>\n<div class=\"wide\"><table>\n<thead><tr>"
                 "<th></th><th class=\"n\">due</th><th class=\"n\">= delivered</th>"
                 "<th class=\"n\">+ pending</th><th class=\"n\">+ failed</th>"
                 "<th class=\"n\">+ discarded</th><th class=\"n\">requests</th>"
                 "<th class=\"n\">receipts</th><th class=\"n\">matched</th>"
                 "<th class=\"n\">repeated</th><th class=\"n\">not asked for</th>"
                 "</tr></thead>\n<tbody>\n"));
    for (size_t i = 0; i < DEMO_STAND_INS; i++)
        write_account(&demo->stand_ins.items[i], &outcome->accounts[i], out);
    buffer_printf(out,
                  "</tbody></table></div>\n<p>The CRM made %" PRIu64
                  " records. <strong class=\"%s\">%" PRIu64 " leads have exactly one, %" PRIu64
                  " have none, %" PRIu64 " have more</strong>; %" PRIu64
                  " records are of no lead.</p>\n",
                  records->made, outcome->records_good ? "good" : "bad", records->once,
                  records->missing, records->twice, records->foreign);
}

/* ---- the rest */

static void write_latency(const struct demo *demo, struct buffer *out)
{
    const struct demo_intake *intake = &demo->intake;
    buffer_printf(out,
                  "<h2>How fast</h2>\n<p>From sending a lead to the answer that names its owner, "
                  "durable: half of them within %.1f ms, 99 of 100 within %.1f ms, all trouble "
                  "included but the crash",
                  demo_latency_ms(&intake->latency, 0.5), demo_latency_ms(&intake->latency, 0.99));
    if (intake->interrupted > 0)
        buffer_printf(out,
                      "; %" PRIu64
                      " submissions that it interrupted were sent again under the same "
                      "keys, and answered after %.1f s at most",
                      intake->interrupted, (double)intake->longest_interruption_us / 1e6);
    buffer_append_bytes(out, BYTES_LITERAL(".</p>\n"));
}

static void write_story(const struct demo *demo, struct buffer *out)
{
    buffer_append_bytes(out, BYTES_LITERAL("<h2>What happened</h2>\n<div class=\"wide\"><table>\n"
                                           "<tbody>\n"));
    for (size_t i = 0; i < demo->story.count; i++) {
        const struct demo_line *line = &demo->story.lines[i];
        int64_t seconds = (line->at_us - demo->clock.started_utc_us) / 1000000;
        seconds = seconds > 0 ? seconds : 0;
        buffer_printf(
            out, "<tr><td class=\"t\">%" PRId64 ":%02" PRId64 "</td><td class=\"t\">%s</td><td>",
            seconds / 60, seconds % 60, line->scenario != NULL ? line->scenario : "");
        write_text(out, line->text);
        buffer_append_bytes(out, BYTES_LITERAL("</td></tr>\n"));
    }
    buffer_append_bytes(out, BYTES_LITERAL("</tbody></table></div>\n"));
}

static void write_data(const struct demo *demo, struct buffer *out)
{
    buffer_append_bytes(out,
                        BYTES_LITERAL("<h2>Where it is</h2>\n<p>The data directory, with the "
                                      "journal, <code>state.db</code>, the mesh and in "
                                      "<code>demo/</code> what each stand-in received: <code>"));
    write_text(out, demo->directory);
    buffer_append_bytes(out, BYTES_LITERAL("</code></p>\n<p>To look again: <code>meshline verify "
                                           "--data "));
    write_text(out, demo->directory);
    buffer_append_bytes(out, BYTES_LITERAL("</code>, <code>meshline serve --data "));
    write_text(out, demo->directory);
    buffer_append_bytes(out, BYTES_LITERAL("</code></p>\n</body>\n</html>\n"));
}

int demo_report_write(const struct demo *demo, const struct demo_outcome *outcome, const char *path,
                      struct error *err)
{
    struct buffer page;
    buffer_init(&page, REPORT_MAX);
    buffer_append_bytes(&page, bytes_of(head));
    write_summary(demo, outcome, &page);
    write_timeline(demo, &page);
    write_scenarios(demo, &page);
    write_identity(demo, outcome, &page);
    write_receipts(demo, outcome, &page);
    write_latency(demo, &page);
    write_story(demo, &page);
    write_data(demo, &page);
    FILE *file = fopen(path, "we");
    bool good =
        file != NULL && !page.overflow && fwrite(page.data, 1, page.size, file) == page.size;
    good = file != NULL && fclose(file) == 0 && good;
    buffer_release(&page);
    return good ? 0 : error_set(err, ML_EIO, path, "the report cannot be written: %m");
}
