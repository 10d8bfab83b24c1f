/* Lengths of time in words: "12 m left", "3 h late". One unit, because who looks at a queue wants
 * to know which comes first, not the second. */
#ifndef ML_CLI_SPANS_H
#define ML_CLI_SPANS_H

#include "base/bytes.h"

#include <stdint.h>

enum { SPAN_TEXT_SIZE = 32 };

/* "45 s", "12 m", "3 h", "9 d"; below zero as zero. */
void span_print(int64_t span_us, char text[static SPAN_TEXT_SIZE]);
/* "12 m left" before `due_us`, "3 h late" behind it; "-" when that is 0. */
void span_left_print(int64_t due_us, int64_t now_us, char text[static SPAN_TEXT_SIZE]);
/* How long ago; "-" when `time_us` is 0. */
void span_age_print(int64_t time_us, int64_t now_us, char text[static SPAN_TEXT_SIZE]);

/* "2026-11-23", "2026-11-23T09:30:00Z", or "7d": that long before now_us, or behind it with
 * `ahead`. False for anything else. */
bool instant_parse(const char *text, int64_t now_us, bool ahead, int64_t *ret_us);

#endif
