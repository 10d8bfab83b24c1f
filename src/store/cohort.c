/* What has become of the leads that came in an hour, by campaign, source and partner: each row that
 * is written moves its lead's share from what it was to what it is. A batch adds up in memory and
 * writes each counter that it touched once. */
#include "store/internal.h"

static const enum store_dimension dimensions[] = {STORE_BY_CAMPAIGN, STORE_BY_SOURCE,
                                                  STORE_BY_PARTNER};

void store_share_of(const struct store_row *row, struct store_share *ret)
{
    bool is_contacted = row->contacted_us != 0;
    *ret =
        (struct store_share){.hour = row->captured_us / STORE_US_PER_HOUR,
                             .sums = {[STORE_SHARE_CAPTURED] = 1,
                                      [STORE_SHARE_CONTACTED] = is_contacted,
                                      [STORE_SHARE_QUALIFIED] = row->state == CORE_QUALIFIED,
                                      [STORE_SHARE_DISQUALIFIED] = row->state == CORE_DISQUALIFIED,
                                      [STORE_SHARE_LATE] = row->late_count > 0,
                                      [STORE_SHARE_CONTACT_US] =
                                          is_contacted ? row->contacted_us - row->captured_us : 0}};
}

/* Whoever counted the capture has given the value its name, or left it to the others. */
static uint32_t name_of(struct store_names *names, enum store_dimension dimension,
                        struct bytes value)
{
    uint32_t name = store_name_find(names, value);
    if (name != CORE_NONE)
        return name;
    bool is_bounded = dimension != STORE_BY_SOURCE; /* those are kept over a restart */
    return store_name_get(names, is_bounded ? BYTES_LITERAL(STORE_OTHERS) : value);
}

static struct store_cohort *cohort_get(struct store *store, enum store_dimension dimension,
                                       struct bytes value, int64_t hour)
{
    struct store_cohorts *cohorts = &store->cohorts;
    const uint32_t name = name_of(&store->counts.values[dimension], dimension, value);
    const struct hash128 key = {UINT64_C(1) << 63 | (uint64_t)dimension << 32 | name,
                                (uint64_t)hour * UINT64_C(0xd6e8feb86659fd93)};
    const uint64_t *found = map_find(&cohorts->index, key);
    if (found != NULL)
        return &cohorts->items[*found];
    cohorts->items = store_grow(cohorts->items, cohorts->count, sizeof *cohorts->items);
    struct store_cohort *cohort = &cohorts->items[cohorts->count];
    *cohort = (struct store_cohort){.dimension = dimension, .value = name, .share = {.hour = hour}};
    map_put(&cohorts->index, key, cohorts->count++);
    return cohort;
}

static void add(struct store *store, const struct store_subject *subject,
                const struct store_share *share, int by)
{
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
        struct store_cohort *cohort =
            cohort_get(store, dimensions[i], subject->values[dimensions[i]], share->hour);
        for (int part = 0; part < STORE_SHARE_PARTS; part++)
            cohort->share.sums[part] += by * share->sums[part];
    }
}

static bool is_same(const struct store_subject *a, const struct store_subject *b)
{
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++)
        if (!bytes_equal(a->values[dimensions[i]], b->values[dimensions[i]]))
            return false;
    return true;
}

void store_cohort_follow(struct store *store, const struct store_row *row)
{
    struct store_share share;
    struct store_subject subject;
    store_share_of(row, &share);
    store_subject_of(store, row, &subject);
    if (!row->fresh) {
        if (memcmp(&share, &row->share, sizeof share) == 0 && is_same(&subject, &row->counted_as))
            return;
        add(store, &row->counted_as, &row->share, -1);
    }
    add(store, &subject, &share, 1);
}

/* Added to what the table has; the batch's own are forgotten. */
int store_cohorts_write(struct store *store, struct error *err)
{
    static const char sql[] =
        "INSERT INTO capture_counts (dimension, hour, value, captured, contacted, qualified, "
        "disqualified, late, contact_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
        "ON CONFLICT DO UPDATE SET captured = captured + excluded.captured, "
        "contacted = contacted + excluded.contacted, "
        "qualified = qualified + excluded.qualified, "
        "disqualified = disqualified + excluded.disqualified, late = late + excluded.late, "
        "contact_us = contact_us + excluded.contact_us";
    struct store_cohorts *cohorts = &store->cohorts;
    int code = 0;
    for (size_t i = 0; code == 0 && i < cohorts->count; i++) {
        const struct store_cohort *cohort = &cohorts->items[i];
        const int64_t *sums = cohort->share.sums;
        code = STORE_EXECUTE(
            store, err, sql, STORE_STRING(bytes_of(store_dimension_name(cohort->dimension))),
            STORE_INT(cohort->share.hour),
            STORE_STRING(store_name_at(&store->counts.values[cohort->dimension], cohort->value)),
            STORE_INT(sums[STORE_SHARE_CAPTURED]), STORE_INT(sums[STORE_SHARE_CONTACTED]),
            STORE_INT(sums[STORE_SHARE_QUALIFIED]), STORE_INT(sums[STORE_SHARE_DISQUALIFIED]),
            STORE_INT(sums[STORE_SHARE_LATE]), STORE_INT(sums[STORE_SHARE_CONTACT_US]));
    }
    store_cohorts_clear(cohorts);
    return code;
}

void store_cohorts_clear(struct store_cohorts *cohorts)
{
    cohorts->count = 0;
    map_release(&cohorts->index);
}
