/* One file of the time zone database (RFC 8536, versions 1 to 3), read into arrays. Used by zone.c
 * alone. */
#ifndef ML_BASE_ZONE_FILE_H
#define ML_BASE_ZONE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone_transition {
    int64_t at;     /* seconds since 1970, UTC; ascending */
    int32_t offset; /* seconds that local time is ahead of UTC from then on */
};

enum zone_day_form {
    ZONE_WEEKDAY_OF_MONTH, /* M3.5.0: the last Sunday of March */
    ZONE_DAY_WITHOUT_LEAP, /* J60: always March 1 */
    ZONE_DAY_OF_YEAR,      /* 59: counted from 0, with February 29 */
};

/* When the clocks change, every year. */
struct zone_change {
    enum zone_day_form form;
    uint8_t month; /* from 1 */
    uint8_t week;  /* 1 to 5; 5 is the last */
    uint16_t day;  /* of the week from Sunday, or of the year */
    int32_t time;  /* seconds after local midnight, -167 to 167 hours */
};

/* What holds behind the last transition: a TZ string of POSIX. */
struct zone_rule {
    int32_t standard_offset; /* seconds ahead of UTC, as everywhere here */
    int32_t summer_offset;
    bool summer; /* there is one; otherwise what follows is unused */
    struct zone_change start, end;
};

struct zone_file {
    int32_t before; /* the offset in front of the first transition */
    size_t count;
    struct zone_transition *transitions; /* owned, malloc */
    bool has_rule;
    struct zone_rule rule;
};

/* Reads `name`, which is safe to be part of a path. False when there is none, or it is no zone:
 * then nothing is owned. Zones that count leap seconds are refused. */
bool zone_file_read(const char *name, struct zone_file *ret);
/* The same from memory. */
bool zone_file_parse(const unsigned char *data, size_t size, struct zone_file *ret);
/* A TZ string of POSIX, with the hours of RFC 8536: "CET-1CEST,M3.5.0,M10.5.0/3". */
bool zone_rule_parse(const char *text, size_t size, struct zone_rule *ret);

#endif
