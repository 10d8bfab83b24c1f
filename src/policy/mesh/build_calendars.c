/* people.yaml → calendars; and the reading of hours, closed days, time off and iCalendar files that
 * calendars and reps share. */
#include "policy/internal.h"

#include "base/zone.h"

#include <stdlib.h>

enum { INTERVALS_MAX = 4 * 1000 * 1000 }; /* of one mesh */

/* One iCalendar file as read in one zone. */
struct policy_ical {
    struct policy_ical *next;
    const struct policy_file *file;
    const struct zone *zone;
    const struct policy_interval *intervals;
    size_t count;
};

const struct zone *policy_build_zone(struct policy_build *build, const struct policy_node *node)
{
    struct bytes name = policy_node_text(node);
    if (name.size == 0)
        return NULL;
    const struct zone *zone = zone_find(name);
    /* A name that is no name has been reported as such. */
    if (zone == NULL && (memchr(name.data, '/', name.size) != NULL || bytes_is(name, "UTC")))
        policy_report(build, node, "there is no time zone `%.*s`; write one such as Europe/Berlin",
                      POLICY_CLIP(name));
    return zone;
}

/* ---- iCalendar files */

const struct policy_file *policy_build_ical_file(struct policy_build *build,
                                                 const struct policy_node *node)
{
    uint32_t found = policy_index_find(&build->ical_files, node->text);
    if (found != POLICY_NONE)
        return &build->data[found];
    if (policy_report_full(build))
        return NULL;
    const char **paths = arena_array(&build->scratch, build->data_count + 1, sizeof *paths);
    size_t count = 0;
    for (size_t i = 0; i < build->data_count; i++)
        if (policy_index_find(&build->ical_files, bytes_of(build->data[i].path)) != POLICY_NONE)
            paths[count++] = build->data[i].path;
    const char *hint = policy_hint(build, node->text, paths, count);
    policy_report(build, node, "there is no file `%.*s` in the mesh%s", POLICY_CLIP(node->text),
                  hint[0] != '\0' ? hint : "; iCalendar files are calendars/*.ics");
    return NULL;
}

static void index_files(struct policy_build *build)
{
    policy_index_init(&build->ical_files, &build->scratch, build->data_count);
    for (uint32_t i = 0; i < build->data_count; i++)
        if (strncmp(build->data[i].path, "calendars/", strlen("calendars/")) == 0)
            policy_index_add(&build->ical_files, bytes_of(build->data[i].path), i);
}

static struct policy_ical *read_ical(struct policy_build *build, const struct policy_file *file,
                                     const struct zone *zone)
{
    for (struct policy_ical *known = build->icals; known != NULL; known = known->next)
        if (known->file == file && known->zone == zone)
            return known;
    struct policy_ical *ical = arena_zalloc(&build->scratch, sizeof *ical);
    *ical = (struct policy_ical){.next = build->icals, .file = file, .zone = zone};
    build->icals = ical;
    struct error reason;
    struct policy_interval *intervals;
    size_t count;
    if (policy_ical_read(file->content, zone, &build->scratch, &intervals, &count, &reason) != 0) {
        policy_report_at(build, file->path, (struct policy_place){0, 0}, "%s%s%s", reason.place,
                         reason.place[0] != '\0' ? ": " : "", reason.message);
        return ical;
    }
    ical->intervals = intervals;
    ical->count = count;
    return ical;
}

/* ---- intervals */

/* Growing; in the scratch arena. */
struct gathering {
    struct policy_interval *items;
    size_t count, capacity;
};

static void gather(struct policy_build *build, struct gathering *gathering,
                   const struct policy_interval *items, size_t count)
{
    if (gathering->count + count > gathering->capacity) {
        size_t capacity = 2 * gathering->capacity + count;
        struct policy_interval *grown = arena_array(&build->scratch, capacity, sizeof *grown);
        if (gathering->count > 0)
            memcpy(grown, gathering->items, gathering->count * sizeof *grown);
        gathering->items = grown;
        gathering->capacity = capacity;
    }
    if (count > 0)
        memcpy(gathering->items + gathering->count, items, count * sizeof *items);
    gathering->count += count;
}

static void gather_texts(struct policy_build *build, const struct policy_node *texts,
                         const struct zone *zone, struct gathering *gathering)
{
    for (const struct policy_item *item = policy_node_items(texts, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        struct policy_interval interval;
        struct error reason;
        if (policy_node_text(item->value).size == 0)
            continue;
        if (policy_interval_parse(item->value->text, zone, &interval, &reason) == 0)
            gather(build, gathering, &interval, 1);
        else
            policy_report(build, item->value, "%s", reason.message);
    }
}

static void gather_icals(struct policy_build *build, const struct policy_node *icals,
                         const struct zone *zone, struct gathering *gathering)
{
    for (const struct policy_item *item = policy_node_items(icals, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        if (policy_node_text(item->value).size == 0)
            continue;
        const struct policy_file *file = policy_build_ical_file(build, item->value);
        if (file == NULL)
            continue;
        const struct policy_ical *ical = read_ical(build, file, zone);
        gather(build, gathering, ical->intervals, ical->count);
    }
}

struct policy_interval *policy_build_intervals(struct policy_build *build,
                                               const struct policy_node *texts,
                                               const struct policy_node *icals,
                                               const struct zone *zone, size_t *ret_count)
{
    struct gathering gathering = {0};
    *ret_count = 0;
    if (texts == NULL && icals == NULL)
        return NULL;
    gather_texts(build, texts, zone, &gathering);
    if (build->interval_count <= INTERVALS_MAX)
        gather_icals(build, icals, zone, &gathering);
    size_t count = policy_intervals_merge(gathering.items, gathering.count);
    if (count > POLICY_CLOSED_MAX) {
        policy_report(build, texts != NULL ? texts : icals,
                      "%zu separate times are too many; %d are the most", count, POLICY_CLOSED_MAX);
        return NULL;
    }
    bool fitted = build->interval_count <= INTERVALS_MAX;
    build->interval_count += count;
    if (build->interval_count > INTERVALS_MAX) {
        if (fitted)
            policy_report(build, texts != NULL ? texts : icals,
                          "with this the mesh has more than %d times off in all; put holidays "
                          "that many share into a calendar",
                          INTERVALS_MAX);
        return NULL;
    }
    if (gathering.items == NULL)
        return NULL;
    struct policy_interval *intervals = arena_array(build->arena, count, sizeof *intervals);
    memcpy(intervals, gathering.items, count * sizeof *intervals);
    *ret_count = count;
    return intervals;
}

/* ---- calendars */

/* The hours of one day, from the text under one key. */
static bool parse_hours(struct policy_build *build, const struct policy_node *node,
                        struct policy_hours hours[static POLICY_HOURS_MAX], uint8_t *ret_count)
{
    struct error reason;
    if (policy_node_text(node).size == 0)
        return false;
    if (policy_hours_parse(node->text, hours, ret_count, &reason) == 0)
        return true;
    policy_report(build, node, "%s", reason.message);
    return false;
}

void policy_build_hours(struct policy_build *build, const struct policy_node *node,
                        const char *what, struct policy_calendar *calendar)
{
    static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                           "Thursday", "Friday", "Saturday"};
    unsigned given = 0, open = 0;
    bool good = true;
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT); item != NULL;
         item = item->next) {
        struct policy_hours hours[POLICY_HOURS_MAX] = {{0}};
        uint8_t count = 0;
        unsigned days = 0;
        struct error reason;
        if (policy_weekdays_parse(item->key->text, &days, &reason) != 0) {
            policy_report(build, item->key, "%s", reason.message);
            good = false;
        }
        good = parse_hours(build, item->value, hours, &count) && good;
        open += count;
        for (unsigned day = 0; day < 7; day++) {
            if ((days >> day & 1) == 0)
                continue;
            if ((given >> day & 1) != 0)
                policy_report(build, item->key,
                              "`%.*s` gives the hours of %s a second time; give each day once",
                              POLICY_CLIP(item->key->text), weekdays[day]);
            given |= 1u << day;
            memcpy(calendar->hours[day], hours, sizeof hours);
            calendar->hour_count[day] = count;
        }
    }
    if (good && given != 0 && open == 0 && build->from_files)
        policy_report(build, node, "the %s `%s` is never open; give it hours on some day", what,
                      calendar->id);
}

static struct policy_calendar *build_calendar(struct policy_build *build,
                                              const struct policy_node *node)
{
    struct policy_calendar *calendar = arena_zalloc(build->arena, sizeof *calendar);
    const struct policy_node *zone = policy_node_get(node, "time_zone");
    calendar->id = policy_build_text(build, policy_node_get(node, "id"));
    calendar->zone_name = policy_build_text(build, zone);
    calendar->zone = policy_build_zone(build, zone);
    policy_build_hours(build, policy_node_get(node, "hours"), "calendar", calendar);
    calendar->closed = policy_build_intervals(build, policy_node_get(node, "closed"),
                                              policy_node_get(node, "ical"), calendar->zone,
                                              &calendar->closed_count);
    return calendar;
}

void policy_build_calendars(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->people, "calendars");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = item == NULL ? 0 : list->count;
    if (item != NULL && policy_build_too_many(build, list, "calendars", POLICY_CALENDARS_MAX))
        count = POLICY_CALENDARS_MAX;
    const struct policy_calendar **calendars = arena_array(build->arena, count, sizeof *calendars);
    policy_index_init(&build->calendars, &build->scratch, count);
    index_files(build);
    size_t used = 0;
    for (size_t i = 0; i < count; i++, item = item->next) {
        const struct policy_node *id = policy_node_get(item->value, "id");
        if (policy_node_text(id).size == 0)
            continue;
        if (bytes_is(id->text, "always"))
            policy_report(build, id, "`always` stands for no calendar at all; choose another id");
        if (policy_index_add(&build->calendars, id->text, (uint32_t)used) != POLICY_NONE) {
            policy_report(build, id, "the calendar id `%.*s` is given twice; keep one",
                          POLICY_CLIP(id->text));
            continue;
        }
        calendars[used++] = build_calendar(build, item->value);
    }
    build->release->calendars = calendars;
    build->release->calendar_count = used;
}
