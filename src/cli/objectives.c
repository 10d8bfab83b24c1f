/* meshline objectives: which promises about leads were kept, by class, campaign, source, partner,
 * pool or rep. */
#include "cli/objectives.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/spans.h"
#include "cli/table.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>

static struct client_options server;
static const char *by, *from, *to, *class_name, *objective, *value;
static bool heatmap, as_json;

static const struct option_row options[] = {
    {"by", OPTION_TEXT, &by, "WORD", "class (default), campaign, source, partner, pool or rep"},
    {"value", OPTION_TEXT, &value, "TEXT", "only this campaign, source, …"},
    {"class", OPTION_TEXT, &class_name, "NAME", "only leads of this class"},
    {"objective", OPTION_TEXT, &objective, "NAME",
     "only this one: enriched, assigned, contacted, qualified"},
    {"from", OPTION_TEXT, &from, "TIME",
     "2026-11-23, 2026-11-23T09:00:00Z, or 12h: so long ago; default 7d"},
    {"to", OPTION_TEXT, &to, "TIME", "the same; default now"},
    {"heatmap", OPTION_FLAG, &heatmap, NULL, "by hours of the day (UTC), in percent"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the server's JSON"},
};

static const struct usage usage = {
    .command = "objectives",
    .arguments = "[--by WORD] [--from TIME] [--to TIME] [--heatmap] [options]",
    .about = "Which promises about leads were kept. Each lead counts once for each objective of\n"
             "its class, in the hour in which that turned: met in time, or late. A lead that was\n"
             "closed before counts neither way. Spans are of whole hours.\n",
    .examples = "  meshline objectives\n"
                "  meshline objectives --by campaign --from 30d --objective contacted\n"
                "  meshline objectives --heatmap --from 2026-11-01 --to 2026-12-01\n"
                "  meshline objectives --by rep --class hot --json\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

/* ---- the table */

static void add_share(struct table *table, struct json_object *row)
{
    int64_t met = json_member_int(row, "met", 0), late = json_member_int(row, "late", 0);
    if (met + late == 0)
        table_add(table, BYTES_LITERAL("-"));
    else
        table_addf(table, "%.1f %%", 100.0 * (double)met / (double)(met + late));
}

/* A member in microseconds; "-" where nothing was reached. */
static void add_span(struct table *table, struct json_object *row, const char *name)
{
    char span[SPAN_TEXT_SIZE];
    struct json_object *member = json_object_object_get(row, name);
    span_print(json_object_get_int64(member), span);
    table_add(table, member != NULL ? bytes_of(span) : BYTES_LITERAL("-"));
}

static void add_value(struct table *table, struct json_object *row)
{
    struct bytes text = json_member_text(row, "value");
    table_add(table, text.size > 0 ? text : BYTES_LITERAL("(none)"));
}

static void print_rows(struct json_object *answer)
{
    static const struct table_column columns[] = {
        {"VALUE"},      {"CLASS"},      {"OBJECTIVE"},     {"WITHIN", true},  {"MET", true},
        {"LATE", true}, {"VOID", true}, {"RUNNING", true}, {"HALF IN", true}, {"90 % IN", true},
    };
    static const char *const counts[] = {"met", "late", "void", "running"};
    struct json_object *rows = json_object_object_get(answer, "objectives");
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        add_value(&table, row);
        table_add(&table, json_member_text(row, "class"));
        table_add(&table, json_member_text(row, "objective"));
        add_share(&table, row);
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
            table_addf(&table, "%" PRId64, json_member_int(row, counts[k], 0));
        add_span(&table, row, "p50_us");
        add_span(&table, row, "p90_us");
    }
    table_print(&table, stdout);
    table_release(&table);
}

static void print_cells(struct json_object *answer)
{
    objectives_print_heatmap(json_object_object_get(answer, "objectives"));
}

/* ---- asking */

static const int64_t hour_us = 3600 * TIME_US_PER_SECOND;

static int64_t span_from, span_to; /* whole hours */

/* False: a sentence was printed. */
static bool read_span(void)
{
    int64_t now = clock_utc_us();
    span_from = now - 7 * TIME_US_PER_DAY;
    span_to = now;
    if (from != NULL && !instant_parse(from, now, false, &span_from))
        usage_refuse(&usage, "--from takes a date, a time or a span like 7d, not \"%s\"", from);
    else if (to != NULL && !instant_parse(to, now, false, &span_to))
        usage_refuse(&usage, "--to takes a date, a time or a span like 1d, not \"%s\"", to);
    else if (span_from >= span_to)
        usage_refuse(&usage, "--from is not before --to");
    else {
        span_from -= span_from % hour_us;
        span_to += hour_us - 1;
        span_to -= span_to % hour_us;
        return true;
    }
    return false;
}

static void append(struct buffer *path, const char *name, const char *text)
{
    if (text == NULL)
        return;
    buffer_printf(path, "&%s=", name);
    client_escape(path, bytes_of(text));
}

static int run(struct client *client, struct error *err)
{
    char first[TIME_TEXT_SIZE], last[TIME_TEXT_SIZE];
    struct buffer path;
    time_print(span_from, first);
    time_print(span_to, last);
    buffer_init(&path, 64 * 1024);
    buffer_printf(&path, "/v1/objectives?from=%s&to=%s", first, last);
    append(&path, "by", by);
    append(&path, "value", value);
    append(&path, "class", class_name);
    append(&path, "objective", objective);
    if (heatmap)
        append(&path, "cells", "true");
    int code =
        talk_show(client, buffer_string(&path), as_json, heatmap ? print_cells : print_rows, err);
    buffer_release(&path);
    return code;
}

int command_objectives(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    if (!read_span())
        return CLI_USAGE;
    return client_session(&server, run);
}
