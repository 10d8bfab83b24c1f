/* A view of a small company, filled by company.sql, and reports about it. */
#ifndef ML_TESTS_REPORT_UNIT_H
#define ML_TESTS_REPORT_UNIT_H

/* cmocka wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "report/report.h"

struct company {
    struct store_reader *reader;
    int64_t now_us; /* 2026-11-23T10:00:00Z, a Monday */
    char directory[64];
    char path[96];      /* of state.db */
    struct buffer text; /* of the newest report */
};

/* cmocka fixtures; company_setup_empty is a view in which nothing has happened. */
int company_setup(void **state);
int company_setup_empty(void **state);
int company_teardown(void **state);

/* The file that fills the view. */
extern const char *company_file;

/* The report's text; it must be made. */
const char *company_report(struct company *company, enum report_period period,
                           enum report_format format, const char *at, const char *zone);
/* The whole report as JSON, which the caller releases. */
struct json_object *company_json(struct company *company, enum report_period period, const char *at,
                                 const char *zone);
/* Of such a report. */
struct json_object *company_section(struct json_object *report, const char *id);
/* Row `index` of a section as JSON without blanks. */
const char *company_row(struct json_object *report, const char *id, size_t index);
size_t company_row_count(struct json_object *report, const char *id);

#endif
