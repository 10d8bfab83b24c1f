/* Who is on call when: rotations of people who take turns, layer upon layer, with overrides above
 * them; and the same as iCalendar, in and out. Pure but for the machine's time zone database.
 * Immutable once made, so any number of threads may ask. Times are of the years 1970 to 9000. */
#ifndef ML_POLICY_ROTA_H
#define ML_POLICY_ROTA_H

#include "base/json_writer.h"
#include "base/zone.h"
#include "policy/policy.h"

enum {
    POLICY_ROTAS_MAX = 1000,
    POLICY_ROTA_LAYERS_MAX = 16,
    POLICY_ROTA_PEOPLE_MAX = 64, /* of one layer, and of one iCalendar file */
    POLICY_ROTA_OVERRIDES_MAX = 20000,
    POLICY_ROTA_ICAL_MAX = 1024 * 1024, /* bytes of one iCalendar file; it is read once a person */
    POLICY_ROTA_TURN_DAYS_MAX = 366,
    POLICY_ROTA_SHIFTS_MAX = 100000, /* in one list */
};

/* People who take turns. A turn lasts whole days of the rotation's own calendar: handed over at the
 * same time on the wall whatever the clocks do in between. */
struct policy_rota_layer {
    const char *name;
    int64_t first_day;      /* of the first turn: days since 1970-01-01, in the rotation's zone */
    int32_t hand_over;      /* seconds from midnight, below 86400 */
    int32_t turn_days;      /* from 1 to POLICY_ROTA_TURN_DAYS_MAX */
    const uint32_t *people; /* reps, in the order of their turns */
    size_t person_count;    /* from 1 */
    const struct policy_calendar *hours; /* when the layer counts; NULL: around the clock */
};

/* Somebody who stands in, whatever the layers say. */
struct policy_rota_override {
    struct policy_interval time;
    uint32_t person;    /* a rep */
    const char *reason; /* may be "" */
    const char *file;   /* the iCalendar file that says so; "": on-call.yaml */
};

/* A piece of time in which one override is the topmost. */
struct policy_rota_piece {
    struct policy_interval time;
    uint32_t override;
};

struct policy_rota {
    const char *id;   /* unique */
    const char *team; /* of people.yaml, or an owner of mesh.yaml */
    const char *zone_name;
    const struct zone *zone;
    const struct policy_rota_layer *layers; /* later ones stand above earlier ones */
    size_t layer_count;
    const struct policy_rota_override *overrides; /* later ones stand above earlier ones */
    size_t override_count;
    const struct policy_rota_piece *pieces; /* of policy_rota_pieces: by time, not overlapping */
    size_t piece_count;
};

enum policy_rota_origin {
    POLICY_ROTA_GAP, /* nobody */
    POLICY_ROTA_LAYER,
    POLICY_ROTA_OVERRIDE,
};

/* Who is on call for a stretch of time, and what says so. */
struct policy_rota_shift {
    struct policy_interval time;
    enum policy_rota_origin origin;
    uint32_t person; /* a rep; POLICY_NONE in a gap */
    uint32_t index;  /* of the layer or of the override; POLICY_NONE in a gap */
};

/* ---- asking */

/* Who is on call at an instant and until when that holds: until the next hand-over, even to the
 * same person, or until something stands above or ends. A gap that nothing ends within a year is
 * said to last a year. `time.from_us` is the instant. */
void policy_rota_at(const struct policy_rota *rota, int64_t time_us, struct policy_rota_shift *ret);

/* All shifts that have a part in [from_us, to_us), in order and without a hole between them: where
 * nobody is on call there is a gap, cut to the span asked for. The others are whole, so the first
 * may begin before the span and the last may end after it: a shift is the same whatever span shows
 * it. In `arena`. ML_ELIMIT when there are more than POLICY_ROTA_SHIFTS_MAX. */
int policy_rota_shifts(const struct policy_rota *rota, int64_t from_us, int64_t to_us,
                       struct arena *arena, const struct policy_rota_shift **ret, size_t *ret_count,
                       struct error *err);

/* The name of the layer, "override", or "nobody". */
const char *policy_rota_origin_name(const struct policy_rota *rota,
                                    const struct policy_rota_shift *shift);

/* The shift as an object: from, until, person (null in a gap), name, email, and the layer or the
 * override with its reason and file. */
void policy_rota_shift_write(const struct policy_release *release, const struct policy_rota *rota,
                             const struct policy_rota_shift *shift, struct json_writer *json);

/* The rotation of that id; NULL when there is none. */
const struct policy_rota *policy_rota_find(const struct policy_release *release, struct bytes id);
/* The first rotation of the team; NULL when it has none. */
const struct policy_rota *policy_rota_of_team(const struct policy_release *release,
                                              struct bytes team);

/* ---- making */

/* "mon 09:00", "daily 18:00": the weekday (0 is Sunday, 7 any) and the seconds from midnight.
 * ML_EINVAL. */
int policy_rota_hand_over_parse(struct bytes text, unsigned *ret_weekday, int32_t *ret_second,
                                struct error *err);
/* "1w", "2w", "1d": days, up to POLICY_ROTA_TURN_DAYS_MAX. ML_EINVAL. */
int policy_rota_turn_parse(struct bytes text, int32_t *ret_days, struct error *err);
/* "2026-01-05" into days since 1970-01-01, of the years 1970 to 2199. ML_EINVAL. */
int policy_rota_start_parse(struct bytes text, int64_t *ret_day, struct error *err);
/* The first such weekday (7: any) on `day` or after it. */
int64_t policy_rota_first_day(int64_t day, unsigned weekday);

/* Where which override is the topmost; a later one stands above an earlier one. In `arena`. */
void policy_rota_pieces(const struct policy_rota_override *overrides, size_t count,
                        struct arena *arena, const struct policy_rota_piece **ret,
                        size_t *ret_count);

/* ---- iCalendar (RFC 5545; rota_ical.c) */

/* Whom a text may name: reps by id, name and e-mail address, in any case. */
struct policy_rota_names;

/* Borrows the reps of the release; in `arena`. */
const struct policy_rota_names *policy_rota_names_new(const struct policy_release *release,
                                                      struct arena *arena);

/* Overrides out of an iCalendar file: each event is for the one rep whose id, name or e-mail
 * address stands in its summary, whatever else stands there. Recurrences, exceptions and time zones
 * are those of policy_ical_read; whether an event is transparent does not matter, cancelled ones
 * are left out. In the order of their beginnings, so that of two that overlap the later one stands
 * above; `file` is borrowed by the overrides, which are in `arena`. ML_EINVAL, with the line, for a
 * summary that names nobody or more than one; what policy_ical_read refuses; ML_ELIMIT for more
 * than POLICY_ROTA_PEOPLE_MAX people. Thread-safe. */
int policy_rota_ical_read(struct bytes text, const char *file, const struct zone *zone,
                          const struct policy_rota_names *names, struct arena *arena,
                          struct policy_rota_override **ret, size_t *ret_count, struct error *err);

/* A calendar with one event for each shift that is no gap: times in UTC, and a UID that stays the
 * same for a shift as long as it begins when it does. `stamp_us` is when it is written (DTSTAMP).
 * policy_rota_ical_read can read it back. Overflow shows in `out`. */
void policy_rota_ical_write(const struct policy_release *release, const struct policy_rota *rota,
                            const struct policy_rota_shift *shifts, size_t count, int64_t stamp_us,
                            struct buffer *out);

#endif
