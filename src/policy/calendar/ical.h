/* What the files that read iCalendar (RFC 5545) share: wall clock readings, time zones as files
 * define them, recurrence rules. Private to ical.c, ical_rule.c and ical_zone.c. All pointers are
 * into the arena of the reading. */
#ifndef ML_POLICY_ICAL_H
#define ML_POLICY_ICAL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/zone.h"

#include <libical/ical.h>

/* What one file may cost: single steps through days, hours and occurrences. */
enum { ICAL_STEPS_MAX = 40 * 1000 * 1000, ICAL_ZONES_MAX = 256 };

/* What a clock on the wall shows, and whose clock it is. */
struct ical_moment {
    int64_t day;      /* since 1970-01-01 */
    int32_t second;   /* of the day, below 86400 */
    bool is_date;     /* a whole day */
    bool is_utc;      /* else in the zone `tzid` */
    const char *tzid; /* NULL: floating */
};

struct ical_moments {
    struct ical_moment moment;
    const struct ical_moments *next;
};

/* ---- recurrence rules (ical_rule.c) */

struct ical_rule {
    icalrecurrencetype_frequency frequency;
    int32_t interval; /* from 1 */
    int32_t count;    /* 0: no limit */
    bool has_until;
    struct ical_moment until;
    unsigned week_start; /* 0 is Sunday */
    /* Bit n is set when n is listed; 0 where the part is not given. `_back` counts from the end. */
    uint32_t months, month_days, month_days_back, hours;
    uint64_t weeks, weeks_back, minutes, seconds;
    bool by_day, by_year_day;
    uint64_t nth[7], nth_back[7]; /* by weekday; bit 0 of nth: every one */
    uint64_t year_days[6], year_days_back[6];
    const int16_t *positions; /* BYSETPOS */
    size_t position_count;
    const struct ical_rule *next;
};

/* Copies what libical read. ML_EINVAL for what is not supported. */
int ical_rule_init(struct ical_rule *rule, const struct icalrecurrencetype *source,
                   struct arena *arena, struct error *err);

/* Called for each occurrence, by time; false ends the expansion. */
typedef bool ical_visit(void *context, int64_t day, int32_t second);

/* The occurrences from `start` to the end of `last_day`, COUNT heeded, UNTIL left to the visitor.
 * Takes its cost off *steps; ML_ELIMIT when they do not suffice. */
int ical_rule_expand(const struct ical_rule *rule, const struct ical_moment *start,
                     int64_t last_day, int64_t *steps, ical_visit *visit, void *context);

/* ---- time zones (ical_zone.c) */

/* One STANDARD or DAYLIGHT of a VTIMEZONE. */
struct ical_observance {
    struct ical_moment start; /* on the clock before the change */
    int32_t offset_from, offset_to;
    const struct ical_rule *rules;
    const struct ical_moments *dates; /* RDATE */
    const struct ical_observance *next;
};

struct ical_change {
    int64_t at; /* seconds since 1970, UTC */
    int32_t offset;
};

struct ical_zone {
    const char *id;
    const struct zone *known; /* of the machine's database; NULL: `changes` */
    int32_t before;           /* the offset before the first change */
    const struct ical_change *changes;
    size_t count;
};

/* The zone that a VTIMEZONE defines. ML_EINVAL, ML_ELIMIT. */
int ical_zone_define(struct ical_zone *zone, const struct ical_observance *observances,
                     int64_t *steps, struct arena *arena, struct error *err);
/* A zone of the machine's database by its name, by a path that ends in it, or by its name in
 * Windows; NULL: unknown. */
const struct zone *ical_zone_known(const char *tzid);
/* Like zone_instant. `second` may pass the day. */
int64_t ical_zone_instant(const struct ical_zone *zone, int64_t day, int32_t second);

#endif
