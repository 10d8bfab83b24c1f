/* Time zones out of the machine's database. A zone is read once, under a lock, and then published
 * in a table of chains that only ever grow: readers follow atomic pointers and never wait. Nothing
 * is freed before the process ends, which is what lets a zone be handed out as a plain pointer. */
#include "base/zone.h"

#include "base/error.h"
#include "base/text_hash.h"
#include "base/time.h"
#include "base/zone_file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    DAY = 86400, /* seconds */
    NAME_MAX_SIZE = 64,
    BUCKETS = 256,
};

struct zone {
    struct zone *next; /* in its bucket; never changes */
    struct zone_file file;
    size_t name_size;
    char name[NAME_MAX_SIZE];
};

static _Atomic(struct zone *) buckets[BUCKETS];
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

/* ---- finding */

/* Only names that can stand in the database: no way out of its directory, no dot files. What
 * depends on how this machine is set up is no zone that a policy may name. */
static bool is_name(struct bytes name)
{
    static const struct bytes of_this_machine[] = {
        {"localtime", 9}, {"posixrules", 10}, {"Factory", 7}};
    if (name.size == 0 || name.size >= NAME_MAX_SIZE || name.data[0] == '/')
        return false;
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && strchr("/_+-", c) == NULL)
            return false;
        if (c == '\0')
            return false;
    }
    for (size_t i = 0; i < sizeof of_this_machine / sizeof *of_this_machine; i++)
        if (bytes_equal(name, of_this_machine[i]))
            return false;
    return true;
}

static bool two_digits(const char *text, int32_t limit, int32_t *ret)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return false;
    *ret = (text[0] - '0') * 10 + (text[1] - '0');
    return *ret < limit;
}

/* "+02:00", "-05:30", "02:00". */
static bool parse_offset(struct bytes name, int32_t *ret_offset)
{
    bool west = name.size > 0 && name.data[0] == '-';
    if (name.size > 0 && (west || name.data[0] == '+'))
        name = (struct bytes){name.data + 1, name.size - 1};
    int32_t hours, minutes;
    if (name.size != 5 || name.data[2] != ':' || !two_digits(name.data, 24, &hours) ||
        !two_digits(name.data + 3, 60, &minutes))
        return false;
    *ret_offset = (hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

static size_t bucket_of(struct bytes name)
{
    return (uint32_t)(text_hash(name) % BUCKETS);
}

static const struct zone *find_loaded(struct bytes name, size_t bucket)
{
    const struct zone *zone = atomic_load_explicit(&buckets[bucket], memory_order_acquire);
    while (zone != NULL && !bytes_equal((struct bytes){zone->name, zone->name_size}, name))
        zone = zone->next;
    return zone;
}

/* NULL when the database does not have it. */
static struct zone *read_zone(struct bytes name)
{
    struct zone *zone = calloc(1, sizeof *zone);
    if (zone == NULL)
        panic("out of memory");
    memcpy(zone->name, name.data, name.size);
    zone->name_size = name.size;
    if (parse_offset(name, &zone->file.before) || zone_file_read(zone->name, &zone->file))
        return zone;
    free(zone);
    return NULL;
}

const struct zone *zone_find(struct bytes name)
{
    int32_t offset;
    if (!is_name(name) && !parse_offset(name, &offset))
        return NULL;
    size_t bucket = bucket_of(name);
    const struct zone *found = find_loaded(name, bucket);
    if (found != NULL)
        return found;
    pthread_mutex_lock(&loading);
    found = find_loaded(name, bucket); /* another thread may have been first */
    if (found == NULL) {
        struct zone *zone = read_zone(name);
        if (zone != NULL) {
            zone->next = atomic_load_explicit(&buckets[bucket], memory_order_relaxed);
            atomic_store_explicit(&buckets[bucket], zone, memory_order_release);
        }
        found = zone;
    }
    pthread_mutex_unlock(&loading);
    return found;
}

/* ---- offsets */

/* Days since 1970 of the day that the rule means in this year. */
static int64_t rule_day(const struct zone_change *change, int32_t year)
{
    int64_t first = time_days(year, 1, 1);
    if (change->form == ZONE_DAY_OF_YEAR)
        return first + change->day;
    if (change->form == ZONE_DAY_WITHOUT_LEAP) {
        bool leap = time_days(year + 1, 1, 1) - first == 366;
        return first + change->day - 1 + (leap && change->day > 59);
    }
    int64_t day = time_days(year, change->month, 1);
    int64_t next =
        change->month == 12 ? time_days(year + 1, 1, 1) : time_days(year, change->month + 1U, 1);
    int64_t weekday = ((day + 4) % 7 + 7) % 7;
    day += (change->day - weekday + 7) % 7 + 7 * (change->week - 1);
    return day < next ? day : day - 7; /* week 5 is the last one */
}

static int64_t rule_instant(const struct zone_change *change, int32_t year, int32_t offset)
{
    return rule_day(change, year) * DAY + change->time - offset;
}

/* The last change before an instant is in its year or in the one before; local years and those of
 * UTC differ by hours, so the next one is looked at too. */
static int32_t rule_offset(const struct zone_rule *rule, int64_t seconds)
{
    if (!rule->summer)
        return rule->standard_offset;
    int32_t year;
    uint8_t month, day;
    time_civil((seconds >= 0 ? seconds : seconds - (DAY - 1)) / DAY, &year, &month, &day);
    int64_t latest = INT64_MIN;
    int32_t offset = rule->standard_offset;
    for (int32_t i = year - 1; i <= year + 1; i++) {
        int64_t end = rule_instant(&rule->end, i, rule->summer_offset);
        if (end <= seconds && end > latest)
            latest = end, offset = rule->standard_offset;
        /* Summer all year round ends and starts at one instant: the start wins. */
        int64_t start = rule_instant(&rule->start, i, rule->standard_offset);
        if (start <= seconds && start >= latest)
            latest = start, offset = rule->summer_offset;
    }
    return offset;
}

int32_t zone_offset(const struct zone *zone, int64_t seconds)
{
    const struct zone_file *file = &zone->file;
    size_t low = 0, high = file->count; /* the number of transitions up to `seconds` */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->transitions[middle].at <= seconds)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == file->count && file->has_rule)
        return rule_offset(&file->rule, seconds);
    return low == 0 ? file->before : file->transitions[low - 1].offset;
}

void zone_local(const struct zone *zone, int64_t seconds, struct zone_local *ret)
{
    int64_t local = seconds + zone_offset(zone, seconds);
    int64_t days = (local >= 0 ? local : local - (DAY - 1)) / DAY;
    int64_t second = local - days * DAY;
    time_civil(days, &ret->year, &ret->month, &ret->day);
    ret->hour = (uint8_t)(second / 3600);
    ret->minute = (uint8_t)(second / 60 % 60);
    ret->second = (uint8_t)(second % 60);
    ret->weekday = (uint8_t)(((days + 4) % 7 + 7) % 7);
    ret->day_of_year = (uint16_t)(days - time_days(ret->year, 1, 1));
}

/* No offset reaches a day, and no zone changes twice in two days: the offsets of the day before and
 * of the day after are the only ones that can be meant. */
int64_t zone_instant(const struct zone *zone, int64_t days, int32_t second_of_day)
{
    int64_t local = days * DAY + second_of_day;
    int32_t before = zone_offset(zone, local - DAY), after = zone_offset(zone, local + DAY);
    int64_t first = local - before, second = local - after;
    bool first_shows = zone_offset(zone, first) == before;
    bool second_shows = zone_offset(zone, second) == after;
    if (second_shows && (!first_shows || second < first))
        return second;
    return first; /* of a gap: the offset before it moves the reading forward by its length */
}
