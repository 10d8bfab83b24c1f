/* Which sections make a report, in which order; and the one that all have. */
#include "report/internal.h"

/* Hours are counted from 1970 in objective_counts. */
#define IN_SPAN "hour >= :from_us / 3600000000 AND hour < :to_us / 3600000000"

const struct report_section report_in_short = {
    .id = "in-short",
    .title = "In short",
    .about = "A promise is kept when the milestone came before the deadline; leads that were "
             "closed before count neither way. What waits and is open is so now.",
    .empty = "There is nothing to report.",
    .sql = "SELECT what, figure\n"
           "  FROM (SELECT CASE objective WHEN 'captured' THEN 'Leads that came'\n"
           "                    ELSE 'Promise kept: ' || objective END AS what,\n"
           "               CASE WHEN objective = 'captured' THEN CAST(sum(met) AS TEXT)\n"
           "                    ELSE printf('%.1f %% of %d', 100.0 * sum(met) / (sum(met) + "
           "sum(late)),\n"
           "                                sum(met) + sum(late)) END AS figure,\n"
           "               instr('captured enriched assigned contacted qualified', objective) AS "
           "place\n"
           "          FROM objective_counts\n"
           "         WHERE dimension = 'class' AND " IN_SPAN "\n"
           "         GROUP BY objective HAVING sum(met) + sum(late) > 0\n"
           "        UNION ALL\n"
           "        SELECT 'Alerts that fired', CAST(count(*) AS TEXT), 100 FROM alerts\n"
           "         WHERE fired_us >= :from_us AND fired_us < :to_us\n"
           "        UNION ALL\n"
           "        SELECT 'Leads that wait', CAST(count(*) AS TEXT), 101 FROM leads\n"
           "         WHERE place = 'waiting'\n"
           "        UNION ALL\n"
           "        SELECT 'Exceptions that are open', CAST(count(*) AS TEXT), 102 FROM "
           "exceptions\n"
           "         WHERE state = 'open'\n"
           "        UNION ALL\n"
           "        SELECT 'Incidents that are open', CAST(count(*) AS TEXT), 103 FROM incidents\n"
           "         WHERE state = 'open')\n"
           " ORDER BY place",
    .columns = {{"what", "What", REPORT_PROMISE}, {"figure", "Figure", REPORT_TEXT}},
};

static const struct report_section *const daily[] = {
    &report_in_short,        &report_hours,
    &report_stale_leads,     &report_stale_owners,
    &report_open_exceptions, &report_waiting,
    &report_alerts,          &report_surges,
    &report_latency,         NULL,
};

static const struct report_section *const weekly[] = {
    &report_in_short,
    &report_causes,
    &report_remediations,
    &report_fallbacks,
    &report_kinds,
    &report_mismatch,
    &report_overflow,
    &report_surges,
    &report_reminders,
    &report_by_class,
    &report_by_campaign,
    &report_by_source,
    &report_by_partner,
    &report_by_pool,
    &report_by_rep,
    &report_latency,
    NULL,
};

static const struct report_section *const monthly[] = {
    &report_in_short,
    &report_weeks,
    &report_by_class,
    &report_incidents,
    &report_timelines,
    &report_items,
    &report_changes,
    &report_alert_rules,
    &report_causes,
    &report_surges,
    NULL,
};

const struct report_section *const *report_sections(enum report_period period)
{
    static const struct report_section *const *const sections[REPORT_PERIODS] = {
        [REPORT_DAILY] = daily, [REPORT_WEEKLY] = weekly, [REPORT_MONTHLY] = monthly};
    return sections[period];
}
