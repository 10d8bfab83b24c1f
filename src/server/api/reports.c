/* Reports as Markdown, HTML or JSON. */
#include "server/api/reports.h"

#include "report/report.h"
#include "server/internal.h"
#include "server/media.h"

enum { AT, ZONE, FORMAT };
const char *const report_parameters[] = {"at", "zone", "format", NULL};

/* Styles stand in the page; nothing is loaded. */
static const char page_policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/* What browsers and curl get without asking; a page only where it is named. */
static bool negotiate(struct request *request, enum report_format *ret)
{
    static const enum report_format named[] = {REPORT_HTML, REPORT_MARKDOWN};
    static const char *const types[] = {"text/html", "text/markdown"};
    struct bytes header = request_header(request, "Accept");
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (header.size > 0 && memmem(header.data, header.size, types[i], strlen(types[i])) &&
            accepts(header, types[i])) {
            *ret = named[i];
            return true;
        }
    *ret = REPORT_JSON;
    if (accepts(header, "application/json"))
        return true;
    request_refuse(request, PROBLEM_NOT_ACCEPTABLE,
                   "this call answers application/json, text/html or text/markdown; or say "
                   "`format=json`, `html` or `md`");
    return false;
}

static bool read_format(struct request *request, enum report_format *ret)
{
    struct bytes format = request->parameters[FORMAT];
    if (format.data == NULL)
        return negotiate(request, ret);
    if (report_format_parse(format, ret))
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER,
                   "`format` must be json, html or md, not \"%.*s\"",
                   (int)(format.size > 40 ? 40 : format.size), format.data);
    return false;
}

static bool read_period(struct request *request, enum report_period *ret)
{
    struct bytes period = request->segments[0];
    if (report_period_parse(period, ret))
        return true;
    request_refuse(request, PROBLEM_NOT_FOUND,
                   "there is no report \"%.*s\"; there are daily, weekly and monthly",
                   (int)(period.size > 40 ? 40 : period.size), period.data);
    return false;
}

void report_run(struct request *request)
{
    struct report_request asked = {
        .at = request->parameters[AT],
        .zone = request->parameters[ZONE],
        .now_us = engine_now_us(request->server->engine),
    };
    struct error err;
    if (!read_period(request, &asked.period) || !read_format(request, &asked.format))
        return;
    int code = report_write(request->reader->store, &asked, &request->answer.body, &err);
    if (code == ML_EINVAL) {
        request_refuse(request, PROBLEM_INVALID_PARAMETER, "`%s`: %s", err.place, err.message);
        return;
    }
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    request->answer.status = 200;
    request->answer.content_type = report_format_media_type(asked.format);
    if (asked.format == REPORT_HTML)
        request->answer.content_policy = page_policy;
}
