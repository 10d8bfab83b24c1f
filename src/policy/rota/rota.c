/* Who is on call at an instant, and which shifts make up a span. Every boundary is worked out from
 * readings of the wall clock, so days of 23 and 25 hours need no case of their own. */
#include "policy/rota/rota.h"

#include "base/time.h"
#include "policy/calendar/calendar.h"

#include <stdlib.h>

enum { DAY = 86400 /* seconds */, WEEK = 7 /* days */, ANY_WEEKDAY = 7, QUOTE_MAX = 64 };

#define HORIZON_US (INT64_C(366) * TIME_US_PER_DAY)

/* ---- turns */

static int64_t local_day(const struct zone *zone, int64_t time_us)
{
    int64_t seconds = time_us / TIME_US_PER_SECOND - (time_us % TIME_US_PER_SECOND < 0);
    int64_t local = seconds + zone_offset(zone, seconds);
    return local / DAY - (local % DAY < 0);
}

static int64_t turn_start_us(const struct policy_rota *rota, const struct policy_rota_layer *layer,
                             int64_t turn)
{
    int64_t day = layer->first_day + turn * layer->turn_days;
    return zone_instant(rota->zone, day, layer->hand_over) * TIME_US_PER_SECOND;
}

/* The turn at an instant that is not before the first one. */
static int64_t turn_at(const struct policy_rota *rota, const struct policy_rota_layer *layer,
                       int64_t time_us)
{
    int64_t turn = (local_day(rota->zone, time_us) - layer->first_day) / layer->turn_days;
    while (turn > 0 && turn_start_us(rota, layer, turn) > time_us)
        turn--; /* the hand-over is later that day */
    while (turn_start_us(rota, layer, turn + 1) <= time_us)
        turn++; /* the clocks went back over midnight */
    return turn;
}

/* Whether the layer has somebody at an instant, and when that, or who it is, changes next
 * (INT64_MAX: not within a year). */
static bool layer_at(const struct policy_rota *rota, const struct policy_rota_layer *layer,
                     int64_t time_us, uint32_t *ret_person, int64_t *ret_until_us)
{
    int64_t first_us = turn_start_us(rota, layer, 0);
    int64_t asked_us = time_us < first_us ? first_us : time_us;
    int64_t until_us = INT64_MAX;
    bool open = layer->hours == NULL ||
                policy_calendar_at(layer->hours, NULL, 0, asked_us, &until_us) == POLICY_ON_DUTY;
    if (!open) {
        *ret_until_us = until_us;
        return false;
    }
    if (asked_us != time_us) {
        *ret_until_us = first_us;
        return false;
    }
    int64_t turn = turn_at(rota, layer, time_us);
    int64_t end_us = turn_start_us(rota, layer, turn + 1);
    *ret_until_us = until_us < end_us ? until_us : end_us;
    *ret_person = layer->people[(size_t)turn % layer->person_count];
    return true;
}

/* ---- overrides */

static int by_time(const void *a, const void *b)
{
    const int64_t *first = a, *second = b;
    return (*first > *second) - (*first < *second);
}

static size_t place_of(const int64_t *bounds, size_t count, int64_t bound)
{
    const int64_t *found = bsearch(&bound, bounds, count, sizeof *bounds, by_time);
    return (size_t)(found - bounds);
}

/* The first stretch from `at` on that no override has taken; paths are halved on the way. */
static size_t next_free(size_t *next, size_t at)
{
    while (next[at] != at) {
        next[at] = next[next[at]];
        at = next[at];
    }
    return at;
}

static size_t sort_bounds(const struct policy_rota_override *overrides, size_t count,
                          int64_t *bounds)
{
    for (size_t i = 0; i < count; i++) {
        bounds[2 * i] = overrides[i].time.from_us;
        bounds[2 * i + 1] = overrides[i].time.to_us;
    }
    qsort(bounds, 2 * count, sizeof *bounds, by_time);
    size_t kept = 0;
    for (size_t i = 0; i < 2 * count; i++)
        if (kept == 0 || bounds[i] != bounds[kept - 1])
            bounds[kept++] = bounds[i];
    return kept;
}

/* The topmost takes its stretches first, and none is taken twice. */
void policy_rota_pieces(const struct policy_rota_override *overrides, size_t count,
                        struct arena *arena, const struct policy_rota_piece **ret,
                        size_t *ret_count)
{
    *ret = NULL;
    *ret_count = 0;
    if (count == 0)
        return;
    int64_t *bounds = arena_array(arena, 2 * count, sizeof *bounds);
    size_t bound_count = sort_bounds(overrides, count, bounds);
    size_t *next = arena_array(arena, bound_count + 1, sizeof *next);
    uint32_t *taken = arena_array(arena, bound_count, sizeof *taken);
    for (size_t i = 0; i <= bound_count; i++)
        next[i] = i;
    for (size_t i = 0; i < bound_count; i++)
        taken[i] = POLICY_NONE;
    for (size_t i = count; i-- > 0;) {
        size_t at = place_of(bounds, bound_count, overrides[i].time.from_us);
        size_t end = place_of(bounds, bound_count, overrides[i].time.to_us);
        for (at = next_free(next, at); at < end; at = next_free(next, at)) {
            taken[at] = (uint32_t)i;
            next[at] = at + 1;
        }
    }
    struct policy_rota_piece *pieces = arena_array(arena, bound_count, sizeof *pieces);
    size_t used = 0;
    for (size_t i = 0; i + 1 < bound_count; i++) {
        if (taken[i] == POLICY_NONE)
            continue;
        if (i > 0 && taken[i - 1] == taken[i])
            pieces[used - 1].time.to_us = bounds[i + 1];
        else
            pieces[used++] = (struct policy_rota_piece){{bounds[i], bounds[i + 1]}, taken[i]};
    }
    *ret = pieces;
    *ret_count = used;
}

/* The piece that holds the instant, else the next one; NULL when there is none. */
static const struct policy_rota_piece *piece_from(const struct policy_rota *rota, int64_t time_us)
{
    size_t low = 0, high = rota->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rota->pieces[middle].time.to_us > time_us)
            high = middle;
        else
            low = middle + 1;
    }
    return low < rota->piece_count ? &rota->pieces[low] : NULL;
}

/* ---- asking */

void policy_rota_at(const struct policy_rota *rota, int64_t time_us, struct policy_rota_shift *ret)
{
    const struct policy_rota_piece *piece = piece_from(rota, time_us);
    if (piece != NULL && piece->time.from_us <= time_us) {
        *ret = (struct policy_rota_shift){{time_us, piece->time.to_us},
                                          POLICY_ROTA_OVERRIDE,
                                          rota->overrides[piece->override].person,
                                          piece->override};
        return;
    }
    *ret = (struct policy_rota_shift){
        {time_us, time_us + HORIZON_US}, POLICY_ROTA_GAP, POLICY_NONE, POLICY_NONE};
    if (piece != NULL && piece->time.from_us < ret->time.to_us)
        ret->time.to_us = piece->time.from_us;
    for (size_t i = rota->layer_count; i-- > 0 && ret->origin == POLICY_ROTA_GAP;) {
        int64_t until_us;
        if (layer_at(rota, &rota->layers[i], time_us, &ret->person, &until_us)) {
            ret->origin = POLICY_ROTA_LAYER;
            ret->index = (uint32_t)i;
        }
        ret->time.to_us = until_us < ret->time.to_us ? until_us : ret->time.to_us;
    }
}

/* No shift of a layer is longer than its turn: whoever looks from here on sees where the shift that
 * holds `from_us` really begins. Overrides may be longer and know their beginning. */
static int64_t look_back_us(const struct policy_rota *rota, int64_t from_us)
{
    int32_t days = 0;
    for (size_t i = 0; i < rota->layer_count; i++)
        days = rota->layers[i].turn_days > days ? rota->layers[i].turn_days : days;
    return from_us - (days + 2) * TIME_US_PER_DAY;
}

/* Where the shift really begins; a gap is cut to the span. */
static void settle(const struct policy_rota *rota, int64_t from_us, int64_t to_us,
                   struct policy_rota_shift *shift)
{
    struct policy_interval *time = &shift->time;
    if (shift->origin == POLICY_ROTA_OVERRIDE) {
        time->from_us = piece_from(rota, time->from_us)->time.from_us;
    } else if (shift->origin == POLICY_ROTA_GAP) {
        time->from_us = time->from_us < from_us ? from_us : time->from_us;
        time->to_us = time->to_us > to_us ? to_us : time->to_us;
    }
}

int policy_rota_shifts(const struct policy_rota *rota, int64_t from_us, int64_t to_us,
                       struct arena *arena, const struct policy_rota_shift **ret, size_t *ret_count,
                       struct error *err)
{
    struct policy_rota_shift *shifts = NULL, shift;
    size_t count = 0, capacity = 0;
    for (int64_t at_us = look_back_us(rota, from_us); at_us < to_us; at_us = shift.time.to_us) {
        policy_rota_at(rota, at_us, &shift);
        if (shift.time.to_us <= from_us)
            continue;
        if (count > 0 && shift.origin == POLICY_ROTA_GAP &&
            shifts[count - 1].origin == POLICY_ROTA_GAP) {
            shifts[count - 1].time.to_us = shift.time.to_us < to_us ? shift.time.to_us : to_us;
            continue; /* of more than a year */
        }
        if (count == POLICY_ROTA_SHIFTS_MAX)
            return error_set(err, ML_ELIMIT, rota->id,
                             "there are more than %d shifts; ask for fewer days",
                             POLICY_ROTA_SHIFTS_MAX);
        if (count == capacity) {
            capacity = 2 * capacity + 16;
            struct policy_rota_shift *grown = arena_array(arena, capacity, sizeof *grown);
            if (count > 0)
                memcpy(grown, shifts, count * sizeof *grown);
            shifts = grown;
        }
        shifts[count] = shift;
        settle(rota, from_us, to_us, &shifts[count++]);
    }
    *ret = shifts;
    *ret_count = count;
    return 0;
}

const char *policy_rota_origin_name(const struct policy_rota *rota,
                                    const struct policy_rota_shift *shift)
{
    switch (shift->origin) {
    case POLICY_ROTA_LAYER: return rota->layers[shift->index].name;
    case POLICY_ROTA_OVERRIDE: return "override";
    case POLICY_ROTA_GAP: break;
    }
    return "nobody";
}

void policy_rota_shift_write(const struct policy_release *release, const struct policy_rota *rota,
                             const struct policy_rota_shift *shift, struct json_writer *json)
{
    json_object_open(json);
    json_member_time(json, "from", shift->time.from_us);
    json_member_time(json, "until", shift->time.to_us);
    json_key(json, "person");
    if (shift->origin == POLICY_ROTA_GAP) {
        json_null(json);
        json_object_close(json);
        return;
    }
    const struct policy_rep *rep = &release->reps[shift->person];
    json_string(json, bytes_of(rep->id));
    json_member(json, "name", bytes_of(rep->name));
    json_member_if(json, "email", bytes_of(rep->email));
    if (shift->origin == POLICY_ROTA_LAYER) {
        json_member(json, "layer", bytes_of(rota->layers[shift->index].name));
    } else {
        const struct policy_rota_override *override = &rota->overrides[shift->index];
        json_member_bool(json, "override", true);
        json_member_if(json, "reason", bytes_of(override->reason));
        json_member_if(json, "file", bytes_of(override->file));
    }
    json_object_close(json);
}

const struct policy_rota *policy_rota_find(const struct policy_release *release, struct bytes id)
{
    for (size_t i = 0; i < release->rota_count; i++)
        if (bytes_is(id, release->rotas[i].id))
            return &release->rotas[i];
    return NULL;
}

const struct policy_rota *policy_rota_of_team(const struct policy_release *release,
                                              struct bytes team)
{
    for (size_t i = 0; i < release->rota_count; i++)
        if (bytes_is(team, release->rotas[i].team))
            return &release->rotas[i];
    return NULL;
}

/* ---- how people write turns */

static struct bytes quoted(struct bytes text)
{
    text.size = text.size > QUOTE_MAX ? QUOTE_MAX : text.size;
    return text;
}

/* `size` digits from `at` on; -1 when they are none. */
static int32_t digits(struct bytes text, size_t at, size_t size)
{
    int32_t number = 0;
    if (at > text.size || size > text.size - at)
        return -1;
    for (size_t i = at; i < at + size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return -1;
        number = number * 10 + (text.data[i] - '0');
    }
    return number;
}

static bool parse_clock(struct bytes text, int32_t *ret_second)
{
    if (text.size != 5 || text.data[2] != ':')
        return false;
    int32_t hour = digits(text, 0, 2), minute = digits(text, 3, 2);
    *ret_second = (hour * 60 + minute) * 60;
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
}

int policy_rota_hand_over_parse(struct bytes text, unsigned *ret_weekday, int32_t *ret_second,
                                struct error *err)
{
    const char *blank = text.size > 0 ? memchr(text.data, ' ', text.size) : NULL;
    struct bytes day = {text.data, blank != NULL ? (size_t)(blank - text.data) : 0};
    unsigned days;
    if (blank == NULL ||
        !parse_clock((struct bytes){blank + 1, text.size - day.size - 1}, ret_second))
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is no time to hand over; write it like \"mon 09:00\" or "
                         "\"daily 18:00\"",
                         BYTES_ARG(quoted(text)));
    int status = policy_weekdays_parse(day, &days, err);
    if (status != 0)
        return status;
    bool any = days == 0x7F;
    if (!any && (days & (days - 1)) != 0)
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is more than one day; turns are handed over on one day of the "
                         "week, or daily",
                         BYTES_ARG(quoted(day)));
    *ret_weekday = ANY_WEEKDAY;
    for (unsigned i = 0; i < WEEK && !any; i++)
        if ((days >> i & 1) != 0)
            *ret_weekday = i;
    return 0;
}

int policy_rota_turn_parse(struct bytes text, int32_t *ret_days, struct error *err)
{
    char unit = text.size > 1 ? text.data[text.size - 1] : '\0';
    int32_t number = text.size > 1 && text.size <= 4 ? digits(text, 0, text.size - 1) : -1;
    if (number < 1 || (unit != 'd' && unit != 'w') ||
        number * (unit == 'w' ? WEEK : 1) > POLICY_ROTA_TURN_DAYS_MAX)
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is no length of a turn; write days or weeks, such as 1d or 2w, "
                         "up to %dd",
                         BYTES_ARG(quoted(text)), POLICY_ROTA_TURN_DAYS_MAX);
    *ret_days = number * (unit == 'w' ? WEEK : 1);
    return 0;
}

int policy_rota_start_parse(struct bytes text, int64_t *ret_day, struct error *err)
{
    int32_t year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    bool good = text.size == 10 && text.data[4] == '-' && text.data[7] == '-' && year >= 1970 &&
                year < 2200 && month >= 1 && month <= 12 && day >= 1 &&
                (unsigned)day <= time_days_in_month(year, (unsigned)month);
    if (!good)
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is no day that turns could start on; write it like 2026-01-05",
                         BYTES_ARG(quoted(text)));
    *ret_day = time_days(year, (unsigned)month, (unsigned)day);
    return 0;
}

int64_t policy_rota_first_day(int64_t day, unsigned weekday)
{
    if (weekday == ANY_WEEKDAY)
        return day;
    int64_t today = ((day + 4) % WEEK + WEEK) % WEEK; /* 1970-01-01 was a Thursday */
    return day + ((int64_t)weekday - today + WEEK) % WEEK;
}
