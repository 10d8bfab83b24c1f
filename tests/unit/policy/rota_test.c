/* Rotations: who is on call at an instant, the shifts of a span, and iCalendar in and out. */
#include "mesh.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "policy/calendar/calendar.h"
#include "policy/rota/rota.h"

static int64_t at(const char *text)
{
    int64_t time_us;
    struct error err;
    if (time_parse(bytes_of(text), &time_us, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    return time_us;
}

/* A mesh with an on-call.yaml, and an iCalendar file that it may name. */
static struct policy_release *release_of(const char *on_call, const char *ical)
{
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "on-call.yaml", on_call);
    mesh_set(&mesh, "calendars/swaps.ics", ical);
    return mesh_compile(&mesh);
}

static void expect_at(const struct policy_release *release, const char *time, const char *person,
                      const char *origin, const char *until)
{
    const struct policy_rota *rota = &release->rotas[0];
    struct policy_rota_shift shift;
    policy_rota_at(rota, at(time), &shift);
    const char *who = shift.person == POLICY_NONE ? "nobody" : release->reps[shift.person].id;
    if (strcmp(who, person) != 0)
        fail_msg("%s: on call is %s, not %s", time, who, person);
    assert_string_equal(policy_rota_origin_name(rota, &shift), origin);
    assert_int_equal(shift.time.from_us, at(time));
    if (shift.time.to_us != at(until)) {
        char text[TIME_TEXT_SIZE];
        time_print(shift.time.to_us, text);
        fail_msg("%s: until %s, not %s", time, text, until);
    }
}

/* ---- turns */

#define WEEKLY(zone)                                                             \
    "rotations:\n"                                                               \
    "  - id: triage\n"                                                           \
    "    team: north\n"                                                          \
    "    time_zone: " zone "\n"                                                  \
    "    layers:\n"                                                              \
    "      - {name: base, start: 2026-01-05, hand_over: 'mon 09:00', every: 1w," \
    " people: [ana, ben]}\n"

static void people_take_turns(void **state)
{
    (void)state;
    struct policy_release *release = release_of(WEEKLY("Europe/Berlin"), NULL);
    assert_int_equal(release->rota_count, 1);
    expect_at(release, "2026-01-05T08:00:00Z", "ana", "base", "2026-01-12T08:00:00Z");
    expect_at(release, "2026-01-12T07:59:59Z", "ana", "base", "2026-01-12T08:00:00Z");
    expect_at(release, "2026-01-12T08:00:00Z", "ben", "base", "2026-01-19T08:00:00Z");
    expect_at(release, "2026-01-19T08:00:00Z", "ana", "base", "2026-01-26T08:00:00Z");
    policy_release_unref(release);
}

static void nobody_is_on_call_before_the_first_turn(void **state)
{
    (void)state;
    struct policy_release *release = release_of(WEEKLY("Europe/Berlin"), NULL);
    expect_at(release, "2026-01-05T07:59:59Z", "nobody", "nobody", "2026-01-05T08:00:00Z");
    policy_release_unref(release);
}

static void a_start_in_the_middle_of_a_week_waits_for_the_hand_over(void **state)
{
    (void)state;
    struct policy_release *release =
        release_of("rotations: [{id: r, team: ops, time_zone: UTC, layers: [{name: base,"
                   " start: 2026-01-06, hand_over: 'mon 09:00', every: 2w, people: [ana, cleo]}]}]",
                   NULL);
    expect_at(release, "2026-01-06T10:00:00Z", "nobody", "nobody", "2026-01-12T09:00:00Z");
    expect_at(release, "2026-01-20T10:00:00Z", "ana", "base", "2026-01-26T09:00:00Z");
    expect_at(release, "2026-01-27T10:00:00Z", "cleo", "base", "2026-02-09T09:00:00Z");
    policy_release_unref(release);
}

/* A week has 167 or 169 hours where the clocks change, and the hand-over stays at nine. */
static void a_week_is_a_week_when_the_clocks_change(void **state)
{
    (void)state;
    static const struct {
        const char *on_call, *from, *to;
    } weeks[] = {
        {WEEKLY("Europe/Berlin"), "2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z"},
        {WEEKLY("Europe/Berlin"), "2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z"},
        {WEEKLY("America/New_York"), "2026-03-02T14:00:00Z", "2026-03-09T13:00:00Z"},
        {WEEKLY("America/New_York"), "2026-10-26T13:00:00Z", "2026-11-02T14:00:00Z"},
        {WEEKLY("Australia/Lord_Howe"), "2026-03-29T22:00:00Z", "2026-04-05T22:30:00Z"},
        {WEEKLY("Australia/Lord_Howe"), "2026-09-27T22:30:00Z", "2026-10-04T22:00:00Z"},
    };
    for (size_t i = 0; i < sizeof weeks / sizeof *weeks; i++) {
        struct policy_release *release = release_of(weeks[i].on_call, NULL);
        const struct policy_rota_shift *shifts;
        struct arena arena;
        size_t count;
        arena_init(&arena);
        assert_int_equal(policy_rota_shifts(&release->rotas[0], at(weeks[i].from), at(weeks[i].to),
                                            &arena, &shifts, &count, NULL),
                         0);
        assert_int_equal(count, 1);
        assert_int_equal(shifts[0].time.from_us, at(weeks[i].from));
        assert_int_equal(shifts[0].time.to_us, at(weeks[i].to));
        arena_release(&arena);
        policy_release_unref(release);
    }
}

static void a_hand_over_that_the_clocks_skip_is_later(void **state)
{
    (void)state;
    struct policy_release *release = release_of(
        "rotations: [{id: r, team: ops, time_zone: Europe/Berlin, layers: [{name: base,"
        " start: 2026-03-27, hand_over: 'daily 02:30', every: 1d, people: [ana, ben]}]}]",
        NULL);
    expect_at(release, "2026-03-28T12:00:00Z", "ben", "base", "2026-03-29T01:30:00Z");
    expect_at(release, "2026-03-29T01:30:00Z", "ana", "base", "2026-03-30T00:30:00Z");
    policy_release_unref(release);
}

/* ---- layers and overrides */

#define LAYERED                                                                           \
    WEEKLY("Europe/Berlin")                                                               \
    "      - {name: nights, start: 2026-01-05, hand_over: 'daily 18:00', every: 1d,"      \
    " hours: {mon-fri: '18:00-23:00'}, people: [cleo]}\n"                                 \
    "    overrides:\n"                                                                    \
    "      - {person: ben, from: 2026-01-06T12:00, to: 2026-01-06T20:00, reason: swap}\n" \
    "      - {person: cleo, from: 2026-01-06T13:00, to: 2026-01-06T14:00}\n"

static void the_topmost_layer_that_covers_an_instant_counts(void **state)
{
    (void)state;
    struct policy_release *release = release_of(LAYERED, NULL);
    expect_at(release, "2026-01-07T10:00:00Z", "ana", "base", "2026-01-07T17:00:00Z");
    expect_at(release, "2026-01-07T17:00:00Z", "cleo", "nights", "2026-01-07T22:00:00Z");
    expect_at(release, "2026-01-07T22:00:00Z", "ana", "base", "2026-01-08T17:00:00Z");
    expect_at(release, "2026-01-09T22:00:00Z", "ana", "base", "2026-01-12T08:00:00Z");
    policy_release_unref(release);
}

static void overrides_stand_above_layers_and_later_ones_above_earlier_ones(void **state)
{
    (void)state;
    struct policy_release *release = release_of(LAYERED, NULL);
    expect_at(release, "2026-01-06T10:00:00Z", "ana", "base", "2026-01-06T11:00:00Z");
    expect_at(release, "2026-01-06T11:00:00Z", "ben", "override", "2026-01-06T12:00:00Z");
    expect_at(release, "2026-01-06T12:00:00Z", "cleo", "override", "2026-01-06T13:00:00Z");
    expect_at(release, "2026-01-06T13:00:00Z", "ben", "override", "2026-01-06T19:00:00Z");
    expect_at(release, "2026-01-06T19:00:00Z", "cleo", "nights", "2026-01-06T22:00:00Z");
    policy_release_unref(release);
}

static void a_day_alone_ends_an_override_with_the_day(void **state)
{
    (void)state;
    struct policy_release *release = release_of(
        WEEKLY("Europe/Berlin") "    overrides: [{person: cleo, from: 2026-01-06, to: 2026-01-07}]",
        NULL);
    expect_at(release, "2026-01-05T23:00:00Z", "cleo", "override", "2026-01-07T23:00:00Z");
    policy_release_unref(release);
}

static void gaps_are_shifts_of_nobody_cut_to_the_span(void **state)
{
    (void)state;
    struct policy_release *release = release_of(
        "rotations: [{id: r, team: ops, time_zone: UTC, layers: [{name: days, start: 2026-01-01,"
        " hand_over: 'daily 00:00', every: 1d, hours: {daily: '09:00-17:00'}, people: [ana]}]}]",
        NULL);
    const struct policy_rota_shift *shifts;
    struct arena arena;
    size_t count;
    arena_init(&arena);
    assert_int_equal(policy_rota_shifts(&release->rotas[0], at("2026-02-01T08:00:00Z"),
                                        at("2026-02-01T18:00:00Z"), &arena, &shifts, &count, NULL),
                     0);
    assert_int_equal(count, 3);
    assert_int_equal(shifts[0].origin, POLICY_ROTA_GAP);
    assert_int_equal(shifts[0].time.from_us, at("2026-02-01T08:00:00Z"));
    assert_int_equal(shifts[1].origin, POLICY_ROTA_LAYER);
    assert_int_equal(shifts[2].origin, POLICY_ROTA_GAP);
    assert_int_equal(shifts[2].time.to_us, at("2026-02-01T18:00:00Z"));
    arena_release(&arena);
    policy_release_unref(release);
}

static void a_shift_is_the_same_whatever_span_shows_it(void **state)
{
    (void)state;
    struct policy_release *release = release_of(LAYERED, NULL);
    const struct policy_rota *rota = &release->rotas[0];
    const struct policy_rota_shift *all, *some;
    struct arena arena;
    size_t all_count, some_count;
    arena_init(&arena);
    assert_int_equal(policy_rota_shifts(rota, at("2026-01-05T08:00:00Z"),
                                        at("2026-02-05T00:00:00Z"), &arena, &all, &all_count, NULL),
                     0);
    for (size_t i = 0; i < all_count; i++) {
        int64_t middle_us = all[i].time.from_us + (all[i].time.to_us - all[i].time.from_us) / 2;
        assert_int_equal(
            policy_rota_shifts(rota, middle_us, middle_us + 1, &arena, &some, &some_count, NULL),
            0);
        assert_int_equal(some_count, 1);
        assert_int_equal(some[0].time.from_us, all[i].time.from_us);
        assert_int_equal(some[0].time.to_us, all[i].time.to_us);
        assert_int_equal(some[0].person, all[i].person);
        assert_int_equal(some[0].index, all[i].index);
    }
    arena_release(&arena);
    policy_release_unref(release);
}

static void too_many_shifts_are_refused(void **state)
{
    (void)state;
    struct policy_release *release = release_of(LAYERED, NULL);
    const struct policy_rota_shift *shifts;
    struct arena arena;
    struct error err;
    size_t count;
    arena_init(&arena);
    assert_int_equal(policy_rota_shifts(&release->rotas[0], at("2026-01-01T00:00:00Z"),
                                        at("2999-01-01T00:00:00Z"), &arena, &shifts, &count, &err),
                     ML_ELIMIT);
    assert_string_equal(err.place, "triage");
    arena_release(&arena);
    policy_release_unref(release);
}

/* ---- random rotations against the definition */

static uint32_t random_state;

static uint32_t draw(uint32_t below)
{
    random_state = random_state * 1664525U + 1013904223U;
    return (random_state >> 8) % below;
}

/* What a random layer is, in plain numbers. */
struct plain_layer {
    int64_t start_day;
    int32_t hand_over;
    uint32_t every, people[3], person_count;
    int32_t open_from, open_to; /* of each day; both 0: around the clock */
};

struct plain_rota {
    const struct zone *zone;
    struct plain_layer layers[3];
    struct policy_rota_override overrides[6];
    size_t layer_count, override_count;
};

static int64_t wall_us(const struct zone *zone, int64_t day, int32_t second)
{
    return zone_instant(zone, day, second) * TIME_US_PER_SECOND;
}

/* Turn after turn from the first one on, until one holds the instant. */
static uint32_t plain_layer_person(const struct plain_rota *rota, const struct plain_layer *layer,
                                   int64_t time_us)
{
    bool open = layer->open_to == 0;
    for (int64_t day = layer->start_day - 2; !open && day < layer->start_day + 800; day++)
        open = wall_us(rota->zone, day, layer->open_from) <= time_us &&
               time_us < wall_us(rota->zone, day, layer->open_to);
    if (!open || time_us < wall_us(rota->zone, layer->start_day, layer->hand_over))
        return POLICY_NONE;
    size_t turn = 0;
    while (wall_us(rota->zone, layer->start_day + (int64_t)(turn + 1) * layer->every,
                   layer->hand_over) <= time_us)
        turn++;
    return layer->people[turn % layer->person_count];
}

static uint32_t plain_person(const struct plain_rota *rota, int64_t time_us)
{
    for (size_t i = rota->override_count; i-- > 0;)
        if (rota->overrides[i].time.from_us <= time_us && time_us < rota->overrides[i].time.to_us)
            return rota->overrides[i].person;
    for (size_t i = rota->layer_count; i-- > 0;) {
        uint32_t person = plain_layer_person(rota, &rota->layers[i], time_us);
        if (person != POLICY_NONE)
            return person;
    }
    return POLICY_NONE;
}

static void draw_rota(struct plain_rota *plain)
{
    static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Asia/Kathmandu",
                                        "Australia/Lord_Howe"};
    *plain = (struct plain_rota){.zone = zone_find(bytes_of(zones[draw(4)]))};
    plain->layer_count = 1 + draw(3);
    for (size_t i = 0; i < plain->layer_count; i++) {
        struct plain_layer *layer = &plain->layers[i];
        layer->start_day = time_days(2026, 1, 1) + draw(60);
        layer->hand_over = (int32_t)draw(96) * 900;
        layer->every = 1 + draw(10);
        layer->person_count = 1 + draw(3);
        for (uint32_t person = 0; person < layer->person_count; person++)
            layer->people[person] = draw(100);
        if (draw(2) == 0) {
            layer->open_from = (int32_t)draw(48) * 900;
            layer->open_to = layer->open_from + 900 + (int32_t)draw(47) * 900;
        }
    }
    plain->override_count = draw(7);
    for (size_t i = 0; i < plain->override_count; i++) {
        int64_t from_us = wall_us(plain->zone, time_days(2026, 1, 1) + draw(300), 0) +
                          draw(96) * 900 * TIME_US_PER_SECOND;
        plain->overrides[i] = (struct policy_rota_override){
            .time = {from_us, from_us + (1 + draw(4000)) * 900 * TIME_US_PER_SECOND},
            .person = draw(100),
            .reason = "",
            .file = "",
        };
    }
}

static void make_rota(const struct plain_rota *plain, struct arena *arena, struct policy_rota *ret)
{
    struct policy_rota_layer *layers = arena_array(arena, plain->layer_count, sizeof *layers);
    for (size_t i = 0; i < plain->layer_count; i++) {
        const struct plain_layer *from = &plain->layers[i];
        layers[i] = (struct policy_rota_layer){
            .name = "layer",
            .first_day = from->start_day,
            .hand_over = from->hand_over,
            .turn_days = (int32_t)from->every,
            .people = from->people,
            .person_count = from->person_count,
        };
        if (from->open_to == 0)
            continue;
        struct policy_calendar *hours = arena_zalloc(arena, sizeof *hours);
        hours->zone = plain->zone;
        for (size_t day = 0; day < 7; day++) {
            hours->hours[day][0] = (struct policy_hours){from->open_from, from->open_to};
            hours->hour_count[day] = 1;
        }
        layers[i].hours = hours;
    }
    *ret = (struct policy_rota){
        .id = "random",
        .zone = plain->zone,
        .layers = layers,
        .layer_count = plain->layer_count,
        .overrides = plain->overrides,
        .override_count = plain->override_count,
    };
    policy_rota_pieces(plain->overrides, plain->override_count, arena, &ret->pieces,
                       &ret->piece_count);
}

/* Without a hole, and each with the person whom the definition gives at both of its ends. */
static void check_shifts(const struct plain_rota *plain, const struct policy_rota_shift *shifts,
                         size_t count, int64_t from_us, int64_t to_us)
{
    assert_true(count > 0 && shifts[0].time.from_us <= from_us);
    assert_true(shifts[count - 1].time.to_us >= to_us);
    for (size_t i = 0; i < count; i++) {
        const struct policy_rota_shift *shift = &shifts[i];
        assert_true(shift->time.from_us < shift->time.to_us);
        assert_true(i == 0 || shifts[i - 1].time.to_us == shift->time.from_us);
        assert_int_equal(plain_person(plain, shift->time.from_us), shift->person);
        assert_int_equal(plain_person(plain, shift->time.to_us - 1), shift->person);
    }
}

static void random_rotations_are_as_defined(void **state)
{
    (void)state;
    random_state = 20261123;
    for (int round = 0; round < 150; round++) {
        struct plain_rota plain;
        struct policy_rota rota;
        struct arena arena;
        const struct policy_rota_shift *shifts;
        size_t count;
        arena_init(&arena);
        draw_rota(&plain);
        make_rota(&plain, &arena, &rota);
        int64_t from_us =
            at("2025-12-30T00:00:00Z") + draw(330 * 96) * 900 * TIME_US_PER_SECOND + draw(1000);
        int64_t to_us = from_us + (1 + draw(30 * 96)) * 900 * TIME_US_PER_SECOND;
        assert_int_equal(policy_rota_shifts(&rota, from_us, to_us, &arena, &shifts, &count, NULL),
                         0);
        check_shifts(&plain, shifts, count, from_us, to_us);
        for (int probe = 0; probe < 40; probe++) {
            struct policy_rota_shift shift;
            int64_t time_us = from_us + draw(30 * 1440) * 60 * TIME_US_PER_SECOND;
            policy_rota_at(&rota, time_us, &shift);
            assert_int_equal(shift.person, plain_person(&plain, time_us));
            assert_true(shift.time.to_us > time_us);
        }
        arena_release(&arena);
    }
}

/* ---- iCalendar in */

#define SWAPS(events)                              \
    WEEKLY("Europe/Berlin")                        \
    "    overrides_ical: [calendars/swaps.ics]\n", \
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n" events "END:VCALENDAR\r\n"
#define EVENT(lines) "BEGIN:VEVENT\r\n" lines "END:VEVENT\r\n"

static void events_are_for_whom_their_summary_names(void **state)
{
    (void)state;
    struct policy_release *release = release_of(SWAPS(
        EVENT("UID:1\r\nDTSTART:20260106T100000Z\r\nDTEND:20260106T110000Z\r\n"
              "SUMMARY:On call: BEN\r\n")
            EVENT("UID:2\r\nDTSTART:20260106T110000Z\r\nDTEND:20260106T120000Z\r\n"
                  "SUMMARY;LANGUAGE=en:Ana Re\r\n yes\\, for Ben's daughter\r\n")
                EVENT("UID:3\r\nDTSTART:20260106T120000Z\r\nDTEND:20260106T130000Z\r\n"
                      "TRANSP:TRANSPARENT\r\nSUMMARY:cleo.\r\n")
                    EVENT("UID:4\r\nDTSTART:20260106T130000Z\r\nDTEND:20260106T140000Z\r\n"
                          "STATUS:CANCELLED\r\nSUMMARY:a name of nobody\r\n")
                        EVENT("UID:5\r\nDTSTART:20260106T150000Z\r\nDTEND:20260106T160000Z\r\n"
                              "SUMMARY:ANA@example.com\r\n"
                              "BEGIN:VALARM\r\nACTION:EMAIL\r\nSUMMARY:ben\r\nEND:VALARM\r\n")));
    expect_at(release, "2026-01-06T10:00:00Z", "ben", "override", "2026-01-06T11:00:00Z");
    expect_at(release, "2026-01-06T11:00:00Z", "ana", "override", "2026-01-06T12:00:00Z");
    expect_at(release, "2026-01-06T12:00:00Z", "cleo", "override", "2026-01-06T13:00:00Z");
    expect_at(release, "2026-01-06T13:00:00Z", "ana", "base", "2026-01-06T15:00:00Z");
    expect_at(release, "2026-01-06T15:00:00Z", "ana", "override", "2026-01-06T16:00:00Z");
    assert_string_equal(release->rotas[0].overrides[0].file, "calendars/swaps.ics");
    policy_release_unref(release);
}

/* The series is Ben's; the one in the middle was handed to Cleo. */
static void one_of_a_series_may_be_for_somebody_else(void **state)
{
    (void)state;
    struct policy_release *release =
        release_of(SWAPS(EVENT("UID:s\r\nDTSTART;TZID=Europe/Berlin:20260106T120000\r\n"
                               "DURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=3\r\nSUMMARY:ben\r\n")
                             EVENT("UID:s\r\nRECURRENCE-ID;TZID=Europe/Berlin:20260107T120000\r\n"
                                   "DTSTART;TZID=Europe/Berlin:20260107T123000\r\nDURATION:PT1H\r\n"
                                   "SUMMARY:cleo\r\n")));
    expect_at(release, "2026-01-06T11:00:00Z", "ben", "override", "2026-01-06T12:00:00Z");
    expect_at(release, "2026-01-07T11:00:00Z", "ana", "base", "2026-01-07T11:30:00Z");
    expect_at(release, "2026-01-07T11:30:00Z", "cleo", "override", "2026-01-07T12:30:00Z");
    expect_at(release, "2026-01-08T11:00:00Z", "ben", "override", "2026-01-08T12:00:00Z");
    policy_release_unref(release);
}

static void an_event_that_begins_later_stands_above(void **state)
{
    (void)state;
    struct policy_release *release = release_of(
        SWAPS(EVENT("UID:1\r\nDTSTART:20260106T120000Z\r\nDURATION:PT1H\r\nSUMMARY:ana\r\n")
                  EVENT("UID:2\r\nDTSTART:20260106T100000Z\r\nDURATION:PT9H\r\nSUMMARY:cleo\r\n")));
    expect_at(release, "2026-01-06T10:00:00Z", "cleo", "override", "2026-01-06T12:00:00Z");
    expect_at(release, "2026-01-06T12:00:00Z", "ana", "override", "2026-01-06T13:00:00Z");
    expect_at(release, "2026-01-06T13:00:00Z", "cleo", "override", "2026-01-06T19:00:00Z");
    policy_release_unref(release);
}

static void what_the_mesh_says_stands_above_its_calendars(void **state)
{
    (void)state;
    struct policy_release *release = release_of(
        WEEKLY("Europe/Berlin") "    overrides_ical: [calendars/swaps.ics]\n"
                                "    overrides: [{person: cleo, from: 2026-01-06, to: 2026-01-06}]",
        "BEGIN:VCALENDAR\r\n" EVENT(
            "UID:1\r\nDTSTART:20260106T100000Z\r\n"
            "DTEND:20260106T110000Z\r\nSUMMARY:ben\r\n") "END:VCALENDAR\r\n");
    expect_at(release, "2026-01-06T10:30:00Z", "cleo", "override", "2026-01-06T23:00:00Z");
    policy_release_unref(release);
}

static void refuse_ical(const char *on_call, const char *ical, const char *message)
{
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "on-call.yaml", on_call);
    mesh_set(&mesh, "calendars/swaps.ics", ical);
    mesh_refused(&mesh, message);
}

#define TIMES "DTSTART:20260106T100000Z\r\nDTEND:20260106T110000Z\r\n"

static void a_summary_that_does_not_name_one_person_is_a_mistake(void **state)
{
    (void)state;
    refuse_ical(SWAPS(EVENT("UID:1\r\n" TIMES "SUMMARY:Anna\r\n")),
                "calendars/swaps.ics:0:0: line 4: the summary \"Anna\" names nobody of "
                "people.yaml; write the id, the name or the e-mail address of a rep");
    refuse_ical(SWAPS(EVENT("UID:1\r\n" TIMES)),
                "calendars/swaps.ics:0:0: line 4: the summary \"\" names nobody of people.yaml; "
                "write the id, the name or the e-mail address of a rep");
    refuse_ical(SWAPS(EVENT("UID:1\r\n" TIMES "SUMMARY:ben for ana\r\n")),
                "calendars/swaps.ics:0:0: line 4: the summary \"ben for ana\" names both ben and "
                "ana; name only who is on call");
    refuse_ical(SWAPS("BEGIN:VFREEBUSY\r\nEND:VFREEBUSY\r\n"),
                "calendars/swaps.ics:0:0: line 4: a VFREEBUSY names nobody; leave it out, or make "
                "an event of it");
}

/* Lines keep their numbers although the text is rewritten for each person. */
static void mistakes_of_a_calendar_are_told_by_their_line(void **state)
{
    (void)state;
    refuse_ical(SWAPS(EVENT("UID:1\r\n" TIMES "SUMMARY:be\r\n n\r\n")
                          EVENT("UID:2\r\nSUMMARY:ana\r\nDTSTART:never\r\n")),
                "calendars/swaps.ics:0:0: line 11: in what begins here: Can't parse as DATE-TIME "
                "value in DTSTART property. Removing entire property: never");
}

/* ---- iCalendar out */

static void the_calendar_that_is_written_reads_back_the_same(void **state)
{
    (void)state;
    struct policy_release *release = release_of(LAYERED, NULL);
    const struct policy_rota *rota = &release->rotas[0];
    const struct policy_rota_shift *shifts;
    struct policy_rota_override *back;
    struct arena arena;
    struct buffer text;
    struct error err;
    size_t count, back_count;
    arena_init(&arena);
    buffer_init(&text, 1024 * 1024);
    int64_t from_us = at("2026-01-05T08:00:00Z"), to_us = at("2026-02-02T08:00:00Z");
    assert_int_equal(policy_rota_shifts(rota, from_us, to_us, &arena, &shifts, &count, &err), 0);
    policy_rota_ical_write(release, rota, shifts, count, from_us, &text);
    assert_int_equal(policy_rota_ical_read(buffer_bytes(&text), "back.ics", rota->zone,
                                           policy_rota_names_new(release, &arena), &arena, &back,
                                           &back_count, &err),
                     0);
    struct policy_rota again = {
        .id = "again", .zone = rota->zone, .overrides = back, .override_count = back_count};
    policy_rota_pieces(back, back_count, &arena, &again.pieces, &again.piece_count);
    for (int64_t time_us = from_us; time_us < to_us; time_us += TIME_US_PER_DAY / 96) {
        struct policy_rota_shift first, second;
        policy_rota_at(rota, time_us, &first);
        policy_rota_at(&again, time_us, &second);
        assert_int_equal(first.person, second.person);
    }
    buffer_release(&text);
    arena_release(&arena);
    policy_release_unref(release);
}

static void a_calendar_has_an_event_for_each_shift(void **state)
{
    (void)state;
    struct policy_release *release = release_of(
        WEEKLY("Europe/Berlin") "    overrides: [{person: ben, from: 2026-01-06T12:00,"
                                " to: 2026-01-06T20:00, reason: 'swap, agreed with everybody who"
                                " wanted to be asked; \xC3\xBC"
                                "ber Mittag too, and ever so long'}]\n",
        NULL);
    const struct policy_rota_shift *shifts;
    struct arena arena;
    struct buffer text;
    size_t count;
    arena_init(&arena);
    buffer_init(&text, 1024 * 1024);
    assert_int_equal(policy_rota_shifts(&release->rotas[0], at("2026-01-06T11:00:00Z"),
                                        at("2026-01-06T12:00:00Z"), &arena, &shifts, &count, NULL),
                     0);
    policy_rota_ical_write(release, &release->rotas[0], shifts, count, at("2026-01-01T00:00:00Z"),
                           &text);
    assert_string_equal(
        buffer_string(&text),
        "BEGIN:VCALENDAR\r\n"
        "VERSION:2.0\r\n"
        "PRODID:-//Meshline//On call//EN\r\n"
        "CALSCALE:GREGORIAN\r\n"
        "X-WR-CALNAME:On call: triage\r\n"
        "BEGIN:VEVENT\r\n"
        "UID:triage-1767697200-override@meshline\r\n"
        "DTSTAMP:20260101T000000Z\r\n"
        "DTSTART:20260106T110000Z\r\n"
        "DTEND:20260106T190000Z\r\n"
        "SUMMARY:ben (triage)\r\n"
        "DESCRIPTION:override: swap\\, agreed with everybody who wanted to be asked\\;"
        "\r\n  \xC3\xBC"
        "ber Mittag too\\, and ever so long\r\n"
        "TRANSP:TRANSPARENT\r\n"
        "END:VEVENT\r\n"
        "END:VCALENDAR\r\n");
    buffer_release(&text);
    arena_release(&arena);
    policy_release_unref(release);
}

/* ---- the file */

static void rotations_are_found_by_id_and_by_team(void **state)
{
    (void)state;
    struct policy_release *release = release_of(WEEKLY("Europe/Berlin"), NULL);
    assert_ptr_equal(policy_rota_find(release, BYTES_LITERAL("triage")), release->rotas);
    assert_ptr_equal(policy_rota_of_team(release, BYTES_LITERAL("north")), release->rotas);
    assert_null(policy_rota_find(release, BYTES_LITERAL("north")));
    assert_null(policy_rota_of_team(release, BYTES_LITERAL("ops")));
    policy_release_unref(release);
}

static void a_stored_release_has_the_same_rotations(void **state)
{
    (void)state;
    struct policy_release *release =
        release_of(SWAPS(EVENT("UID:1\r\nDTSTART:20260106T100000Z\r\nDTEND:20260106T110000Z\r\n"
                               "SUMMARY:ben\r\n")));
    struct policy_release *again;
    struct error err;
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &err), 0);
    assert_string_equal(again->id_text, release->id_text);
    expect_at(again, "2026-01-06T10:00:00Z", "ben", "override", "2026-01-06T11:00:00Z");
    expect_at(again, "2026-01-06T11:00:00Z", "ana", "base", "2026-01-12T08:00:00Z");
    policy_release_unref(again);
    policy_release_unref(release);
}

static void a_mesh_without_the_file_says_nothing_of_rotations(void **state)
{
    (void)state;
    struct policy_release *release = release_of(NULL, NULL);
    assert_int_equal(release->rota_count, 0);
    assert_null(memmem(release->canonical.data, release->canonical.size, "on_call", 7));
    policy_release_unref(release);
}

static void mistakes_are_told_with_their_place(void **state)
{
    (void)state;
    file_refused(
        "on-call.yaml",
        "rotations:\n"
        "  - id: a\n"
        "    team: nort\n"
        "    time_zone: Europe/Berlim\n"
        "    layers:\n"
        "      - {name: x, start: 2026-02-30, hand_over: 'mon 9', every: 1m, people: [an]}\n"
        "      - {name: x, start: 2026-02-03, hand_over: 'mon-fri 09:00', every: 1d,"
        " people: [ana]}\n"
        "      - {name: y, start: 2026-02-03, hand_over: 'fri 09:00', every: 10d,"
        " hours: {mon: closed}, people: [ana]}\n"
        "    overrides:\n"
        "      - {person: bem, from: 2026-01-02, to: 2026-01-03}\n"
        "      - {person: ben, from: 2026-01-02T10:00, to: 2026-01-02T09:00}\n"
        "    overrides_ical: [calendars/none.ics]\n"
        "  - {id: a, team: ops, time_zone: UTC, layers: []}\n",
        "on-call.yaml:3:11: no rep has the team `nort`, and no owner of mesh.yaml is called so; "
        "did you mean `north`?",
        "on-call.yaml:4:16: there is no time zone `Europe/Berlim`; write one such as Europe/Berlin",
        "on-call.yaml:6:26: \"2026-02-30\" is no day that turns could start on; write it like "
        "2026-01-05",
        "on-call.yaml:6:49: \"mon 9\" is no time to hand over; write it like \"mon 09:00\" or "
        "\"daily 18:00\"",
        "on-call.yaml:6:65: \"1m\" is no length of a turn; write days or weeks, such as 1d or 2w, "
        "up to 366d",
        "on-call.yaml:6:78: no rep `an` in people.yaml; did you mean `ana`?",
        "on-call.yaml:7:16: the layer `x` is given twice; name each once",
        "on-call.yaml:7:49: \"mon-fri\" is more than one day; turns are handed over on one day of "
        "the week, or daily",
        "on-call.yaml:8:69: turns of 10d cannot be handed over on one day of the week; write whole "
        "weeks, or a daily hand-over",
        "on-call.yaml:8:81: the layer `y` is never open; give it hours on some day",
        "on-call.yaml:10:18: no rep `bem` in people.yaml; did you mean `ben`?",
        "on-call.yaml:11:29: \"2026-01-02T10:00/2026-01-02T09:00\" ends before it begins; swap the "
        "two",
        "on-call.yaml:12:22: there is no file `calendars/none.ics` in the mesh; iCalendar files "
        "are calendars/*.ics",
        "on-call.yaml:13:10: the rotation id `a` is given twice; keep one",
        "on-call.yaml:13:48: `layers` is empty; add at least one item");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_take_turns),
        cmocka_unit_test(nobody_is_on_call_before_the_first_turn),
        cmocka_unit_test(a_start_in_the_middle_of_a_week_waits_for_the_hand_over),
        cmocka_unit_test(a_week_is_a_week_when_the_clocks_change),
        cmocka_unit_test(a_hand_over_that_the_clocks_skip_is_later),
        cmocka_unit_test(the_topmost_layer_that_covers_an_instant_counts),
        cmocka_unit_test(overrides_stand_above_layers_and_later_ones_above_earlier_ones),
        cmocka_unit_test(a_day_alone_ends_an_override_with_the_day),
        cmocka_unit_test(gaps_are_shifts_of_nobody_cut_to_the_span),
        cmocka_unit_test(a_shift_is_the_same_whatever_span_shows_it),
        cmocka_unit_test(too_many_shifts_are_refused),
        cmocka_unit_test(random_rotations_are_as_defined),
        cmocka_unit_test(events_are_for_whom_their_summary_names),
        cmocka_unit_test(one_of_a_series_may_be_for_somebody_else),
        cmocka_unit_test(an_event_that_begins_later_stands_above),
        cmocka_unit_test(what_the_mesh_says_stands_above_its_calendars),
        cmocka_unit_test(a_summary_that_does_not_name_one_person_is_a_mistake),
        cmocka_unit_test(mistakes_of_a_calendar_are_told_by_their_line),
        cmocka_unit_test(the_calendar_that_is_written_reads_back_the_same),
        cmocka_unit_test(a_calendar_has_an_event_for_each_shift),
        cmocka_unit_test(rotations_are_found_by_id_and_by_team),
        cmocka_unit_test(a_stored_release_has_the_same_rotations),
        cmocka_unit_test(a_mesh_without_the_file_says_nothing_of_rotations),
        cmocka_unit_test(mistakes_are_told_with_their_place),
    };
    return cmocka_run_group_tests_name("policy_rota", tests, NULL, NULL);
}
