/* Times are int64_t microseconds since 1970-01-01T00:00:00Z, UTC, no leap seconds; 0 means "none".
 * Durations are int64_t microseconds. Nothing here reads a clock. */
#ifndef ML_BASE_TIME_H
#define ML_BASE_TIME_H

#include "base/bytes.h"
#include "base/error.h"

#include <stdint.h>

#define TIME_US_PER_MS INT64_C(1000)
#define TIME_US_PER_SECOND INT64_C(1000000)
#define TIME_US_PER_DAY (INT64_C(86400) * TIME_US_PER_SECOND)

enum { TIME_TEXT_SIZE = 40, DURATION_TEXT_SIZE = 32 };

/* Prints RFC 3339 in UTC with six decimals, "2026-11-23T09:30:00.000000Z". Years 0001 to 9999. */
void time_print(int64_t time_us, char text[static TIME_TEXT_SIZE]);
/* Reads RFC 3339 with any offset; more than six decimals are cut. ML_EINVAL otherwise. */
int time_parse(struct bytes text, int64_t *ret_time_us, struct error *err);

/* Days since 1970-01-01 of a civil date, and back (proleptic Gregorian). */
int64_t time_days(int32_t year, unsigned month, unsigned day);
void time_civil(int64_t days, int32_t *ret_year, uint8_t *ret_month, uint8_t *ret_day);
/* 28 to 31; `month` from 1 to 12. */
unsigned time_days_in_month(int32_t year, unsigned month);

/* Reads "250ms", "60s", "5m", "4h", "14d" and sums such as "1h30m"; ML_EINVAL otherwise. */
int duration_parse(struct bytes text, int64_t *ret_duration_us, struct error *err);
/* Prints the largest units that are exact: "5m", "1h30m", "250ms", "0s". */
void duration_print(int64_t duration_us, char text[static DURATION_TEXT_SIZE]);

#endif
