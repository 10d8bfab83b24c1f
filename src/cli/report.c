/* meshline report: the day, the week or the month, out of a data directory or from a server. */
#include "report/report.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/pages.h"

#include <stdio.h>
#include <unistd.h>

static struct client_options server;
static const char *data, *at, *format_name, *zone;
static bool as_json;
static enum report_period period;
static enum report_format format;

static const struct option_row options[] = {
    {"at", OPTION_TEXT, &at, "DATE",
     "the day, week or month that has this date in it; \"last\": the one before"},
    {"format", OPTION_TEXT, &format_name, "WORD", "md (default), html or json"},
    {"zone", OPTION_TEXT, &zone, "NAME", "whose days count, as in Europe/Berlin; default UTC"},
    {"data", OPTION_TEXT, &data, "DIR", "from this data directory; needs no server"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "the same as --format json"},
};

static const struct usage usage = {
    .command = "report",
    .arguments = "daily|weekly|monthly [--at DATE] [--format md|html|json] [options]",
    .about = "daily    promises kept hour by hour, the oldest late leads and who owns them,\n"
             "         exceptions that wait, alerts, what surges did\n"
             "weekly   exceptions by root cause and what was done, campaigns against capacity,\n"
             "         overflow, promises kept by class, campaign, source, partner, pool and rep\n"
             "monthly  the trend, incidents with timeline and postmortem, what was to be done,\n"
             "         the change log\n"
             "\n"
             "Without --at it is the time that runs now, as far as it has come. Each section has\n"
             "the query that made it: it runs as it stands in sqlite3 on state.db.\n",
    .examples = "  meshline report daily --data data\n"
                "  meshline report weekly --at last --format html > week.html\n"
                "  meshline report monthly --at 2026-11-01 --zone Europe/Berlin\n"
                "  meshline report daily --json | jq '.sections[] | {title, rows}'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 1,
    .operand = "daily, weekly or monthly",
};

/* ---- from a data directory */

static int open_view(struct store_reader **ret, struct error *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/state.db", data);
    if (access(path, F_OK) != 0)
        return error_set(err, ML_ENOTFOUND, path,
                         "is not there; --data names the directory of a server, and `meshline "
                         "rebuild` makes its state.db anew");
    return store_reader_open(path, NULL, ret, err);
}

static int write_local(void)
{
    struct error err;
    struct store_reader *reader = NULL;
    struct buffer out;
    const struct report_request request = {.period = period,
                                           .format = format,
                                           .at = bytes_of(at),
                                           .zone = bytes_of(zone),
                                           .now_us = clock_utc_us()};
    buffer_init(&out, REPORT_SIZE_MAX);
    int code = open_view(&reader, &err);
    if (code == 0)
        code = report_write(reader, &request, &out, &err);
    if (code == 0)
        fwrite(out.data, 1, out.size, stdout);
    if (code == 0 && format == REPORT_JSON)
        puts("");
    store_reader_close(reader);
    buffer_release(&out);
    return code == 0 ? CLI_OK : cli_fail(&err);
}

/* ---- from a server */

static int ask_server(struct client *client, struct error *err)
{
    static const char *const names[REPORT_FORMATS] = {"md", "html", "json"};
    struct buffer path;
    struct client_answer answer;
    buffer_init(&path, 64 * 1024);
    buffer_printf(&path, "/v1/reports/%s?format=%s", report_period_name(period), names[format]);
    pages_filter(&path, "at", at);
    pages_filter(&path, "zone", zone);
    const struct client_call call = {.method = "GET", .path = buffer_string(&path), .out = stdout};
    int code = client_call(client, &call, &answer, err);
    if (code == 0)
        code = client_check(&answer, err);
    if (code == 0 && format == REPORT_JSON)
        puts("");
    client_answer_release(&answer);
    buffer_release(&path);
    return code;
}

int command_report(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    if (!report_period_parse(bytes_of(argv[first]), &period))
        return usage_refuse(&usage, "a report is daily, weekly or monthly, not \"%s\"",
                            argv[first]);
    if (format_name != NULL && !report_format_parse(bytes_of(format_name), &format))
        return usage_refuse(&usage, "--format takes md, html or json, not \"%s\"", format_name);
    if (as_json && format_name != NULL && format != REPORT_JSON)
        return usage_refuse(&usage, "--json or --format, not both");
    if (data != NULL && server.url != NULL)
        return usage_refuse(&usage, "--data or --url, not both");
    if (as_json)
        format = REPORT_JSON;
    return data != NULL ? write_local() : client_session(&server, ask_server);
}
