/* Reports: what a team looks at every day, week and month (G1 to G3), out of state.db alone. Each
 * section is a query and what its columns mean (sections.c); the query is printed with the figures,
 * with its bounds as literals, so that who doubts a number can paste it into sqlite3. Writes text,
 * never anything else; one reader, one thread. */
#ifndef ML_REPORT_REPORT_H
#define ML_REPORT_REPORT_H

#include "base/buffer.h"
#include "base/error.h"
#include "store/store.h"

enum report_period { REPORT_DAILY, REPORT_WEEKLY, REPORT_MONTHLY, REPORT_PERIODS };
enum report_format { REPORT_MARKDOWN, REPORT_HTML, REPORT_JSON, REPORT_FORMATS };

/* "daily", "weekly", "monthly"; "md", "html", "json". */
const char *report_period_name(enum report_period period);
bool report_period_parse(struct bytes text, enum report_period *ret);
bool report_format_parse(struct bytes text, enum report_format *ret);
/* "text/html; charset=utf-8". */
const char *report_format_media_type(enum report_format format);

enum { REPORT_SIZE_MAX = 16 * 1024 * 1024 }; /* bytes; a buffer for `out` needs no more */

struct report_request {
    enum report_period period;
    enum report_format format;
    /* Which day, ISO week or month: the one that has this date ("2026-11-23") or RFC 3339 time in
     * it; "last" is the one before now's. Empty: now's, as far as it has come. */
    struct bytes at;
    struct bytes zone; /* whose days count, "Europe/Berlin"; empty: UTC */
    int64_t now_us;    /* ages and time left are as of now */
};

/* Appends the report to `out`. ML_EINVAL with the place "at" or "zone" for what cannot be read and
 * for a period that has not begun; ML_ELIMIT when it becomes too large; else of the view. */
int report_write(struct store_reader *reader, const struct report_request *request,
                 struct buffer *out, struct error *err);

#endif
