/* A season in the life of a company: months of virtual time with working hours, absences, spikes of
 * four to ten times, people who answer late and people who never do. The real core, driven event by
 * event without a disk, and a witness who reads every event as an auditor would: what was promised,
 * what was late, what was done about it.
 *
 * The witness keeps books of its own from the events alone and asks the core nothing but whether it
 * agrees. */
#ifndef ML_SIM_SEASON_H
#define ML_SIM_SEASON_H

#include "base/buffer.h"
#include "core/core.h"
#include "random.h"

/* ---- mesh.c: the company */

/* Everything ends: each ladder in an exception, each list of fallbacks in a disqualification.
 * Owned by the caller. */
struct policy_release *season_release(void);
/* How old a lead of that class may become at most by what the release says, in microseconds, as
 * long as nobody acts: the longest way through its routes, ladders, exceptions and fallbacks. */
int64_t season_longest_us(const struct policy_release *release);

/* ---- witness.c: what must be true of the events */

struct witness;
struct witness *witness_new(const struct policy_release *release);
void witness_free(struct witness *witness);
/* Sees each event just before the core applies it. */
void witness_see(struct witness *witness, const struct core *core, const struct core_event *event);
/* After the core applied all that was due at an instant: nothing that is due was left undone. */
void witness_check(struct witness *witness, const struct core *core);
/* At the end: the core's counts are those of the books. */
void witness_close(struct witness *witness, const struct core *core);
/* NULL, or the first thing that was not as it must be. */
const char *witness_complaint(const struct witness *witness);

/* What the season showed; a season without surges proves nothing about surges. */
enum season_exercise {
    SEASON_LEADS,
    SEASON_MET,
    SEASON_LATE,
    SEASON_REMINDED,
    SEASON_NOTIFIED,
    SEASON_TAKEN_BACK,
    SEASON_OVERFLOWED,
    SEASON_EXCEPTED_BY_LADDER,
    SEASON_WAITED_FOR_DUTY,
    SEASON_ACKNOWLEDGED,
    SEASON_RESOLVED_BY_PEOPLE,
    SEASON_FELL_BACK,
    SEASON_ENRICHED,
    SEASON_ENRICHMENT_LATE,
    SEASON_NURTURED,
    SEASON_SURGES,
    SEASON_SURGE_OVERFLOW,
    SEASON_SURGE_NURTURE,
    SEASON_SURGE_PACED,
    SEASON_ALERTS,
    SEASON_PAGES,
    SEASON_INCIDENTS,
    SEASON_QUALIFIED,
    SEASON_DISQUALIFIED,
    SEASON_EXERCISES,
};
extern const char *const season_exercise_names[SEASON_EXERCISES];
const uint64_t *witness_exercised(const struct witness *witness);

/* ---- season.c: the world */

struct season {
    uint64_t seed;
    uint32_t days;
    uint32_t check_every; /* commands between two looks at every invariant (I5 to I9) */
    bool verbose;
    /* Filled by season_run. */
    uint64_t events, leads;
    uint64_t exercised[SEASON_EXERCISES];
    struct hash256 digest; /* of the core at the end: equal for equal seeds */
    char failure[512];
};

/* False with `failure` filled. */
bool season_run(struct season *season);

#endif
