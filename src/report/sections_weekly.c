/* What a team mends week by week (G2): where exceptions come from, where capacity and campaigns do
 * not fit, what overflow did, and who keeps promises. */
#include "report/internal.h"

#define IN_SPAN "hour >= :from_us / 3600000000 AND hour < :to_us / 3600000000"
#define RESOLVED_IN_SPAN "state = 'resolved' AND resolved_us >= :from_us AND resolved_us < :to_us"

const struct report_section report_causes = {
    .id = "causes",
    .title = "Exceptions by root cause",
    .about = "Those that people resolved, by the cause that they gave.",
    .empty = "Nobody resolved an exception.",
    .sql = "SELECT coalesce(cause, '') AS cause, kind, count(*) AS resolved,\n"
           "       avg(resolved_us - opened_us) AS mean_us,\n"
           "       group_concat(DISTINCT resolution) AS actions,\n"
           "       count(DISTINCT resolved_by) AS people\n"
           "  FROM exceptions\n"
           " WHERE " RESOLVED_IN_SPAN " AND NOT automatic\n"
           " GROUP BY cause, kind ORDER BY count(*) DESC, cause, kind LIMIT 100",
    .columns = {{"cause", "Cause", REPORT_TEXT},
                {"kind", "Kind", REPORT_TEXT},
                {"resolved", "Resolved", REPORT_COUNT},
                {"mean_us", "After, on average", REPORT_SPAN},
                {"actions", "Actions", REPORT_TEXT},
                {"people", "People", REPORT_COUNT}},
};

const struct report_section report_remediations = {
    .id = "remediations",
    .title = "What was done about them",
    .about = "The newest 30 remediation notes.",
    .empty = "There are no notes.",
    .sql = "SELECT 'X' || number AS exception, kind, coalesce(cause, '') AS cause, resolution,\n"
           "       coalesce(resolved_by, '') AS who, resolved_us,\n"
           "       coalesce(remediation, '') AS remediation\n"
           "  FROM exceptions\n"
           " WHERE " RESOLVED_IN_SPAN " AND NOT automatic\n"
           " ORDER BY resolved_us DESC, number DESC LIMIT 30",
    .columns = {{"exception", "Exception", REPORT_TEXT},
                {"kind", "Kind", REPORT_TEXT},
                {"cause", "Cause", REPORT_TEXT},
                {"resolution", "Action", REPORT_TEXT},
                {"who", "By", REPORT_REP},
                {"resolved_us", "Resolved", REPORT_TIME},
                {"remediation", "Remediation", REPORT_TEXT}},
};

const struct report_section report_fallbacks = {
    .id = "fallbacks",
    .title = "Exceptions that nobody decided",
    .about = "Resolved by the automatic fallback when the deadline passed, or overtaken by what "
             "happened meanwhile.",
    .empty = "No fallback had to decide.",
    .sql = "SELECT kind, queue, team, resolution, count(*) AS resolved,\n"
           "       sum(claimed_by IS NOT NULL) AS claimed\n"
           "  FROM exceptions\n"
           " WHERE " RESOLVED_IN_SPAN " AND automatic\n"
           " GROUP BY kind, queue, team, resolution ORDER BY count(*) DESC, kind LIMIT 100",
    .columns = {{"kind", "Kind", REPORT_TEXT},
                {"queue", "Queue", REPORT_TEXT},
                {"team", "Team", REPORT_TEXT},
                {"resolution", "Ended by", REPORT_TEXT},
                {"resolved", "Exceptions", REPORT_COUNT},
                {"claimed", "Had been claimed", REPORT_COUNT}},
};

const struct report_section report_kinds = {
    .id = "kinds",
    .title = "Exceptions that were opened",
    .about = "By kind, beside the time of the same length before, and how many are open now.",
    .empty = "No exception was opened.",
    .sql = "SELECT kind, sum(opened_us >= :from_us) AS opened, sum(opened_us < :from_us) AS "
           "before,\n"
           "       sum(state = 'open') AS open\n"
           "  FROM exceptions\n"
           " WHERE opened_us >= 2 * :from_us - :to_us AND opened_us < :to_us\n"
           " GROUP BY kind ORDER BY opened DESC, kind",
    .columns = {{"kind", "Kind", REPORT_TEXT},
                {"opened", "Opened", REPORT_COUNT},
                {"before", "Before", REPORT_COUNT},
                {"open", "Still open", REPORT_COUNT}},
};

const struct report_section report_mismatch = {
    .id = "capacity",
    .title = "Campaigns and capacity",
    .about = "What came against what had an owner in time; the 50 campaigns with most leads that "
             "had none. What waits is so now; overflow to paced are surge plans' measures.",
    .empty = "No lead came.",
    .sql = "WITH counted AS (\n"
           "  SELECT value AS campaign, sum(met) FILTER (WHERE objective = 'captured') AS came,\n"
           "         sum(met) FILTER (WHERE objective = 'assigned') AS met,\n"
           "         sum(late) FILTER (WHERE objective = 'assigned') AS late,\n"
           "         sum(met) FILTER (WHERE objective = 'contacted') AS contacted,\n"
           "         sum(late) FILTER (WHERE objective = 'contacted') AS missed\n"
           "    FROM objective_counts\n"
           "   WHERE dimension = 'campaign' AND " IN_SPAN "\n"
           "   GROUP BY value),\n"
           "waiting AS (\n"
           "  SELECT coalesce(campaign, '') AS campaign, count(*) AS waiting FROM leads\n"
           "   WHERE place = 'waiting' GROUP BY 1),\n"
           "surged AS (\n"
           "  SELECT name AS campaign, sum(overflow) AS overflow, sum(triage) AS triage,\n"
           "         sum(nurture) AS nurture, sum(paced) AS paced\n"
           "    FROM surges WHERE kind = 'campaign' AND started_us < :to_us\n"
           "     AND (ended_us IS NULL OR ended_us >= :from_us) GROUP BY name)\n"
           "SELECT campaign, coalesce(came, 0) AS came,\n"
           "       round(100.0 * met / (met + late), 1) AS assigned_in_time, late AS "
           "without_owner,\n"
           "       round(100.0 * contacted / (contacted + missed), 1) AS contacted_in_time,\n"
           "       coalesce(waiting, 0) AS waiting, overflow, triage, nurture, paced\n"
           "  FROM counted LEFT JOIN waiting USING (campaign) LEFT JOIN surged USING (campaign)\n"
           " ORDER BY coalesce(late, 0) + coalesce(waiting, 0) DESC, came DESC, campaign LIMIT 50",
    .columns = {{"campaign", "Campaign", REPORT_TEXT},
                {"came", "Came", REPORT_COUNT},
                {"assigned_in_time", "Owner in time", REPORT_SHARE},
                {"without_owner", "Without", REPORT_COUNT},
                {"contacted_in_time", "Contacted in time", REPORT_SHARE},
                {"waiting", "Waiting", REPORT_COUNT},
                {"overflow", "Overflow", REPORT_COUNT},
                {"triage", "Triage", REPORT_COUNT},
                {"nurture", "Nurture", REPORT_COUNT},
                {"paced", "Paced", REPORT_COUNT}},
};

/* The bound by number saves reading leads from before: numbers rise with time. */
const struct report_section report_overflow = {
    .id = "overflow",
    .title = "Overflow: who helped out",
    .about = "Leads that came in that time and are now, or were last, in another pool than their "
             "route's: overflow pools, triage, ladders, people.",
    .empty = "No lead is in another pool than its route's.",
    .sql = "SELECT route.value ->> '$.to.pool' AS declared, leads.pool AS given, count(*) AS "
           "leads,\n"
           "       count(rep) AS owned, sum(late & 4 <> 0) AS contacted_late\n"
           "  FROM leads JOIN releases ON releases.number = leads.release\n"
           "       JOIN json_each(canonical, '$.pipeline.routes') AS route\n"
           "         ON route.value ->> '$.name' = leads.route\n"
           " WHERE leads.number > (SELECT coalesce(max(seq), 0) FROM timeline\n"
           "                        WHERE time_us < :from_us)\n"
           "   AND captured_us >= :from_us AND captured_us < :to_us\n"
           "   AND leads.pool <> route.value ->> '$.to.pool'\n"
           " GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT 50",
    .columns = {{"declared", "Pool of the route", REPORT_POOL},
                {"given", "Pool that helped", REPORT_POOL},
                {"leads", "Leads", REPORT_COUNT},
                {"owned", "Had an owner", REPORT_COUNT},
                {"contacted_late", "Contacted late", REPORT_COUNT}},
};

const struct report_section report_reminders = {
    .id = "reminders",
    .title = "Reminders and escalations",
    .about = "What ladders had to say, and to whom: the 30 who heard most.",
    .empty = "Nobody had to be reminded.",
    .sql = "SELECT target, sum(purpose = 'reminder') AS reminders,\n"
           "       sum(purpose = 'escalation') AS escalations, count(DISTINCT lead) AS leads\n"
           "  FROM deliveries INDEXED BY deliveries_purpose\n"
           " WHERE purpose <> 'deliver' AND purpose IN ('reminder', 'escalation')\n"
           "   AND created_us >= :from_us AND created_us < :to_us\n"
           " GROUP BY target ORDER BY count(*) DESC, target LIMIT 30",
    .columns = {{"target", "Who", REPORT_REP},
                {"reminders", "Reminders", REPORT_COUNT},
                {"escalations", "Escalations", REPORT_COUNT},
                {"leads", "Leads", REPORT_COUNT}},
};

/* The same question for each dimension. */
#define KEPT_BY(dimension)                                                             \
    "SELECT value, objective, sum(met) AS met, sum(late) AS late,\n"                   \
    "       round(100.0 * sum(met) / (sum(met) + sum(late)), 1) AS within,\n"          \
    "       CASE WHEN sum(met) + sum(late_met) > 0\n"                                  \
    "            THEN sum(sum_us) / (sum(met) + sum(late_met)) END AS mean_us\n"       \
    "  FROM objective_counts\n"                                                        \
    " WHERE dimension = '" dimension "' AND objective <> 'captured' AND " IN_SPAN "\n" \
    " GROUP BY value, objective HAVING sum(met) + sum(late) > 0\n"                     \
    " ORDER BY sum(late) DESC, value, objective LIMIT 60"
#define KEPT_COLUMNS(name, unit)                                                         \
    {                                                                                    \
        {"value", name, unit}, {"objective", "Promise", REPORT_PROMISE},                 \
            {"within", "Kept", REPORT_SHARE}, {"met", "In time", REPORT_COUNT},          \
            {"late", "Late", REPORT_COUNT}, {"mean_us", "Took on average", REPORT_SPAN}, \
    }
#define KEPT_ABOUT "Most missed ones first, at most 60 lines; \"-\" is none."
#define KEPT_EMPTY "No objective turned."

const struct report_section report_by_class = {
    "by-class",   "Promises kept by class",          KEPT_ABOUT, KEPT_EMPTY, KEPT_BY("class"),
    REPORT_TABLE, KEPT_COLUMNS("Class", REPORT_TEXT)};
const struct report_section report_by_campaign = {"by-campaign",
                                                  "Promises kept by campaign",
                                                  KEPT_ABOUT,
                                                  KEPT_EMPTY,
                                                  KEPT_BY("campaign"),
                                                  REPORT_TABLE,
                                                  KEPT_COLUMNS("Campaign", REPORT_TEXT)};
const struct report_section report_by_source = {
    "by-source",  "Promises kept by source",          KEPT_ABOUT, KEPT_EMPTY, KEPT_BY("source"),
    REPORT_TABLE, KEPT_COLUMNS("Source", REPORT_TEXT)};
const struct report_section report_by_partner = {
    "by-partner", "Promises kept by partner",          KEPT_ABOUT, KEPT_EMPTY, KEPT_BY("partner"),
    REPORT_TABLE, KEPT_COLUMNS("Partner", REPORT_TEXT)};
const struct report_section report_by_pool = {
    "by-pool",
    "Promises kept by pool",
    "The pool that the lead was in when it turned out. " KEPT_ABOUT,
    KEPT_EMPTY,
    KEPT_BY("pool"),
    REPORT_TABLE,
    KEPT_COLUMNS("Pool", REPORT_POOL)};
const struct report_section report_by_rep = {"by-rep",
                                             "Promises kept by rep",
                                             "Who owned the lead when it turned out. " KEPT_ABOUT,
                                             KEPT_EMPTY,
                                             KEPT_BY("rep"),
                                             REPORT_TABLE,
                                             KEPT_COLUMNS("Rep", REPORT_REP)};
