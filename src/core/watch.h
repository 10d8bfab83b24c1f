/* The watch: what is counted over time, and the surges, alerts, silences and incidents that follow
 * from it. Shared by watch.c, series.c, surge.c, alerts.c and what decides about them. */
#ifndef ML_CORE_WATCH_H
#define ML_CORE_WATCH_H

#include "core/internal.h"

#define WATCH_MINUTE_US INT64_C(60000000)
#define WATCH_HOUR_US INT64_C(3600000000)

struct surge {
    struct core_surge view;
    char *name;              /* owned; view points here */
    uint32_t series;         /* index in the watch; CORE_NONE: it is forgotten */
    struct core_lead *aside; /* leads that its plan put into nurture, in no order */
};

/* One series: two rings, whose slots are cleared as time passes over them. About 5 KB, so that all
 * of them together stay below 25 MB. */
struct series {
    int64_t newest_minute,
        newest_hour;     /* absolute; what is older by a ring's length is not in it */
    struct surge *surge; /* running, or NULL */
    uint32_t minutes[CORE_SERIES_MINUTES];
    uint32_t hours[CORE_SERIES_HOURS]; /* SERIES_SURGED and the count */
};

struct alerts; /* alerts.c: alerts, silences, incidents */

struct watch {
    struct core_series_names *names;
    struct series *series[CORE_SERIES_NAMES]; /* NULL: nothing was counted */
    struct surge **surges;                    /* running, in order of their beginning */
    size_t surge_count, surge_capacity;
    /* While a planned surge runs: the new leads at most per rep and clock hour (0: as ever), in
     * hours that end after pace_from_us. */
    uint32_t pace;
    int64_t pace_from_us;
    struct alerts *alerts;
};

/* ---- watch.c */
/* Everything of it that decides the future, for the digest. */
void watch_print(const struct core *core, struct buffer *out);

/* ---- series_names.c, series.c */
void series_free_all(struct watch *watch);
void series_count(struct watch *watch, const struct core_event *event,
                  const struct core_series_subject *subject);
/* Calls for each name in the table, CORE_SERIES_OTHER of each kind among them. */
void series_names_each(const struct core_series_names *names,
                       void (*visit)(void *, uint32_t index, enum core_series_kind kind,
                                     struct bytes name),
                       void *context);
/* NULL when nothing was counted under that name. */
struct series *series_find(const struct core *core, enum core_series_kind kind, struct bytes name);
/* In the hour of `time_us` a surge was running of the series under that name. Its index. */
uint32_t series_mark_surged(struct watch *watch, enum core_series_kind kind, struct bytes name,
                            int64_t time_us);
/* core_series_sum; absolute minutes, from the first to before the last. */
uint64_t series_minutes(const struct core *core, const struct series *series, int64_t from,
                        int64_t to);
/* core_series_expected; false: nothing is known to expect anything by. */
bool series_expected(const struct core *core, const struct series *series, int64_t time_us,
                     int64_t window_us, uint32_t *ret);
/* The newest hour, absolute, that counts as surged; -1: none. */
int64_t series_surged_hour(const struct core *core, const struct series *series);
void series_print(const struct core *core, struct buffer *out);

/* ---- surge.c */
void surges_free(struct watch *watch);
void surges_apply(struct core *core, const struct core_event *event);
/* The running surge that a record of that source and campaign arrives in, or NULL. */
const struct surge *surge_of(const struct core *core, struct bytes source, struct bytes campaign);
/* The series is about to be forgotten; the series at that place begins. */
void surge_leave_series(struct series *series);
void surge_enter_series(struct watch *watch, uint32_t index, enum core_series_kind kind,
                        struct bytes name);
/* By number, or NULL when it does not run. */
const struct surge *surge_get(const struct core *core, uint64_t number);
/* Leads of that class, of that release, are not subject to its plan. */
bool surge_exempts(const struct core *core, uint32_t release, uint32_t class_index);
/* The plan put it into nurture: of those who were routed there none has a pool. */
static inline bool surge_put_aside(const struct core_lead *lead)
{
    return lead->surge != 0 && lead->place == CORE_PLACE_NURTURE && lead->pool != CORE_NONE;
}
/* A lead comes into nurture, or leaves it: its surge knows whom it put aside. */
void surge_take_aside(struct core *core, struct core_lead *lead);
void surge_leave_aside(struct core *core, struct core_lead *lead);
void surges_print(const struct core *core, struct buffer *out);

/* ---- alerts.c */
struct alerts *alerts_new(void);
void alerts_free(struct alerts *alerts); /* takes NULL */
/* After every event. */
void alerts_apply(struct core *core, const struct core_event *event);
/* Everything of them that decides the future, as text, for the digest. */
void alerts_print(const struct core *core, struct buffer *out);

#endif
