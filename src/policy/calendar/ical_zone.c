/* Time zones of iCalendar files: those that a file defines itself (VTIMEZONE), and those that it
 * only names, in the many ways that programs name them. */
#include "policy/calendar/ical.h"

#include "base/time.h"

#include <stdlib.h>

enum {
    DAY = 86400,         /* seconds */
    CHANGES_MAX = 16384, /* of one zone */
    LAST_YEAR = 2100,
};

/* ---- names */

/* Names that Windows and Outlook give, after the Unicode CLDR. */
static const struct {
    const char *windows, *name;
} windows_zones[] = {
    {"AUS Eastern Standard Time", "Australia/Sydney"},
    {"Arab Standard Time", "Asia/Riyadh"},
    {"Arabian Standard Time", "Asia/Dubai"},
    {"Argentina Standard Time", "America/Buenos_Aires"},
    {"Atlantic Standard Time", "America/Halifax"},
    {"Canada Central Standard Time", "America/Regina"},
    {"Central Europe Standard Time", "Europe/Budapest"},
    {"Central European Standard Time", "Europe/Warsaw"},
    {"Central Standard Time", "America/Chicago"},
    {"Central Standard Time (Mexico)", "America/Mexico_City"},
    {"China Standard Time", "Asia/Shanghai"},
    {"E. Africa Standard Time", "Africa/Nairobi"},
    {"E. Australia Standard Time", "Australia/Brisbane"},
    {"E. South America Standard Time", "America/Sao_Paulo"},
    {"Eastern Standard Time", "America/New_York"},
    {"Egypt Standard Time", "Africa/Cairo"},
    {"FLE Standard Time", "Europe/Kiev"},
    {"GMT Standard Time", "Europe/London"},
    {"GTB Standard Time", "Europe/Bucharest"},
    {"Greenwich Standard Time", "Atlantic/Reykjavik"},
    {"Hawaiian Standard Time", "Pacific/Honolulu"},
    {"India Standard Time", "Asia/Kolkata"},
    {"Israel Standard Time", "Asia/Jerusalem"},
    {"Korea Standard Time", "Asia/Seoul"},
    {"Mountain Standard Time", "America/Denver"},
    {"New Zealand Standard Time", "Pacific/Auckland"},
    {"Pacific Standard Time", "America/Los_Angeles"},
    {"Pakistan Standard Time", "Asia/Karachi"},
    {"Romance Standard Time", "Europe/Paris"},
    {"Russian Standard Time", "Europe/Moscow"},
    {"SA Pacific Standard Time", "America/Bogota"},
    {"SE Asia Standard Time", "Asia/Bangkok"},
    {"Singapore Standard Time", "Asia/Singapore"},
    {"South Africa Standard Time", "Africa/Johannesburg"},
    {"Taipei Standard Time", "Asia/Taipei"},
    {"Tokyo Standard Time", "Asia/Tokyo"},
    {"Turkey Standard Time", "Europe/Istanbul"},
    {"US Mountain Standard Time", "America/Phoenix"},
    {"UTC", "UTC"},
    {"W. Australia Standard Time", "Australia/Perth"},
    {"W. Central Africa Standard Time", "Africa/Lagos"},
    {"W. Europe Standard Time", "Europe/Berlin"},
};

const struct zone *ical_zone_known(const char *tzid)
{
    for (size_t i = 0; i < sizeof windows_zones / sizeof *windows_zones; i++)
        if (strcmp(windows_zones[i].windows, tzid) == 0)
            return zone_find(bytes_of(windows_zones[i].name));
    const struct zone *zone = zone_find(bytes_of(tzid));
    /* "/vendor.example/20260101/Europe/Berlin": the name is behind one of the slashes. */
    for (const char *at = strchr(tzid, '/'); zone == NULL && tzid[0] == '/' && at != NULL;
         at = strchr(at + 1, '/'))
        zone = zone_find(bytes_of(at + 1));
    return zone;
}

/* ---- VTIMEZONE */

struct definition {
    const struct ical_observance *observance; /* being unrolled */
    const struct ical_rule *rule;
    struct ical_change *changes; /* CHANGES_MAX of them */
    size_t count;
};

static bool add_change(struct definition *definition, int64_t day, int32_t second)
{
    if (definition->count == CHANGES_MAX)
        return false;
    definition->changes[definition->count++] =
        (struct ical_change){day * DAY + second - definition->observance->offset_from,
                             definition->observance->offset_to};
    return true;
}

static bool add_recurring_change(void *context, int64_t day, int32_t second)
{
    struct definition *definition = context;
    const struct ical_rule *rule = definition->rule;
    int64_t at = day * DAY + second;
    if (rule->has_until) {
        const struct ical_moment *until = &rule->until;
        int64_t last = until->day * DAY + (until->is_date ? DAY - 1 : until->second);
        if (at - (until->is_utc ? definition->observance->offset_from : 0) > last)
            return false;
    }
    return add_change(definition, day, second);
}

static int by_instant(const void *a, const void *b)
{
    const struct ical_change *first = a, *second = b;
    return (first->at > second->at) - (first->at < second->at);
}

static int unroll(struct definition *definition, const struct ical_observance *observance,
                  int64_t *steps)
{
    const struct ical_moment *start = &observance->start;
    definition->observance = observance;
    add_change(definition, start->day, start->second);
    for (const struct ical_moments *date = observance->dates; date != NULL; date = date->next)
        add_change(definition, date->moment.day, date->moment.second);
    int64_t last_day = time_days(LAST_YEAR, 12, 31);
    for (const struct ical_rule *rule = observance->rules; rule != NULL; rule = rule->next) {
        definition->rule = rule;
        int status =
            ical_rule_expand(rule, start, last_day, steps, add_recurring_change, definition);
        if (status != 0)
            return status;
    }
    return definition->count == CHANGES_MAX ? ML_ELIMIT : 0;
}

int ical_zone_define(struct ical_zone *zone, const struct ical_observance *observances,
                     int64_t *steps, struct arena *arena, struct error *err)
{
    if (observances == NULL)
        return error_set(err, ML_EINVAL, "",
                         "the VTIMEZONE has neither STANDARD nor DAYLIGHT; add one");
    struct definition definition = {.changes = calloc(CHANGES_MAX, sizeof(struct ical_change))};
    if (definition.changes == NULL)
        panic("out of memory");
    const struct ical_observance *first = observances;
    int status = 0;
    for (const struct ical_observance *one = observances; one != NULL && status == 0;
         one = one->next) {
        int64_t start = one->start.day * DAY + one->start.second;
        if (start < first->start.day * DAY + first->start.second)
            first = one;
        status = unroll(&definition, one, steps);
    }
    if (status == 0) {
        qsort(definition.changes, definition.count, sizeof *definition.changes, by_instant);
        struct ical_change *changes = arena_array(arena, definition.count, sizeof *changes);
        memcpy(changes, definition.changes, definition.count * sizeof *changes);
        zone->before = first->offset_from;
        zone->changes = changes;
        zone->count = definition.count;
    }
    free(definition.changes);
    return status == 0 ? 0
                       : error_set(err, status, "", "the VTIMEZONE changes its clocks too often");
}

static int32_t offset_at(const struct ical_zone *zone, int64_t at)
{
    size_t low = 0, high = zone->count; /* the first change after the instant */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->changes[middle].at > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low == 0 ? zone->before : zone->changes[low - 1].offset;
}

int64_t ical_zone_instant(const struct ical_zone *zone, int64_t day, int32_t second)
{
    day += second / DAY;
    second %= DAY;
    if (zone->known != NULL)
        return zone_instant(zone->known, day, second);
    int64_t local = day * DAY + second;
    int32_t before = offset_at(zone, local - DAY), after = offset_at(zone, local + DAY);
    int64_t first = local - before, other = local - after;
    bool first_shows = offset_at(zone, first) == before;
    bool other_shows = offset_at(zone, other) == after;
    if (other_shows && (!first_shows || other < first))
        return other;
    return first; /* of a gap: the offset before it moves the reading forward by its length */
}
