/* Time zones: what the clocks on the wall show. Reads the machine's time zone database
 * (/usr/share/zoneinfo, TZif of RFC 8536) when a zone is first asked for and keeps it for the life
 * of the process; after that a lookup takes no lock and no I/O. Thread-safe. The one place where
 * a pure part depends on the machine: the database is a constant of it. */
#ifndef ML_BASE_ZONE_H
#define ML_BASE_ZONE_H

#include "base/bytes.h"

#include <stdint.h>

struct zone;

/* "Europe/Berlin", "UTC", or a fixed offset "+02:00", "-05:30", "02:00". NULL when there is no such
 * zone. Lives as long as the process. */
const struct zone *zone_find(struct bytes name);
/* Instants are of the years 1 to 9999. */

/* Seconds that local time is ahead of UTC at an instant (seconds since 1970, UTC); less than a day
 * either way. */
int32_t zone_offset(const struct zone *zone, int64_t seconds);

/* A wall clock reading. */
struct zone_local {
    int32_t year;                 /* 1 to 9999; 0 or 10000 where an offset leads over the edge */
    uint8_t month, day;           /* from 1 */
    uint8_t hour, minute, second; /* 0 to 23, 59, 59 */
    uint8_t weekday;              /* 0 is Sunday */
    uint16_t day_of_year;         /* from 0 */
};
void zone_local(const struct zone *zone, int64_t seconds, struct zone_local *ret);
/* The instant (seconds since 1970, UTC) at which the wall shows `days` since 1970-01-01 and
 * `second_of_day` (0 to 86400). A reading that the clocks skip is moved forward by the gap; of one
 * that comes twice, the first. */
int64_t zone_instant(const struct zone *zone, int64_t days, int32_t second_of_day);

#endif
