/* What a team looks at in the morning (G1): when promises were kept, who is late and owns it, what
 * waits for a decision, what rang. */
#include "report/internal.h"

#define IN_SPAN "hour >= :from_us / 3600000000 AND hour < :to_us / 3600000000"

const struct report_section report_hours = {
    .id = "hours",
    .title = "Promises kept, hour by hour",
    .about = "Percent of the leads whose objective turned in that hour that were within it.",
    .empty = "No objective turned.",
    .shape = REPORT_HEATMAP_HOURS,
    .sql = "SELECT class || ': ' || objective AS line, hour - :from_us / 3600000000 AS bucket,\n"
           "       sum(met) AS met, sum(late) AS late\n"
           "  FROM objective_counts\n"
           " WHERE dimension = 'class' AND objective <> 'captured' AND " IN_SPAN "\n"
           " GROUP BY class, objective, hour HAVING sum(met) + sum(late) > 0\n"
           " ORDER BY class, instr('enriched assigned contacted qualified', objective), hour",
};

/* Open, and a promise was missed that is not kept yet. */
#define STALE                                          \
    " WHERE late_count > 0 AND place <> 'closed'\n"    \
    "   AND (late & 2 AND first_assigned_us IS NULL\n" \
    "        OR late & 4 AND contacted_us IS NULL OR late & 8)\n"

const struct report_section report_stale_leads = {
    .id = "stale-leads",
    .title = "Oldest leads past their promise",
    .about = "Open leads that a promise was missed for and that still wait for it, the oldest 20, "
             "as of now.",
    .empty = "No open lead is late.",
    .sql = "SELECT 'L' || leads.number AS lead, class, place, coalesce(rep, '') AS owner,\n"
           "       coalesce(nullif(leads.team, ''), reps.team, '') AS team,\n"
           "       coalesce(campaign, '') AS campaign,\n"
           "       CASE WHEN late & 2 AND first_assigned_us IS NULL THEN 'assigned'\n"
           "            WHEN late & 4 AND contacted_us IS NULL THEN 'contacted'\n"
           "            ELSE 'qualified' END AS missed,\n"
           "       :now_us - CASE WHEN late & 2 AND first_assigned_us IS NULL THEN "
           "assigned_due_us\n"
           "                      WHEN late & 4 AND contacted_us IS NULL THEN contacted_due_us\n"
           "                      ELSE qualified_due_us END AS late_us,\n"
           "       captured_us\n"
           "  FROM leads LEFT JOIN reps ON reps.id = leads.rep\n" STALE
           " ORDER BY captured_us, leads.number LIMIT 20",
    .columns = {{"lead", "Lead", REPORT_TEXT},
                {"class", "Class", REPORT_TEXT},
                {"owner", "Owner", REPORT_REP},
                {"team", "Team", REPORT_TEXT},
                {"place", "Place", REPORT_TEXT},
                {"campaign", "Campaign", REPORT_TEXT},
                {"missed", "Not yet", REPORT_PROMISE},
                {"late_us", "Late by", REPORT_SPAN},
                {"captured_us", "Came", REPORT_TIME}},
};

const struct report_section report_stale_owners = {
    .id = "stale-owners",
    .title = "Who owns leads past their promise",
    .about = "The same leads, all of them, by owner or by the team that is to decide, "
             "as of now; \"-\" is nobody.",
    .empty = "Nobody owns a late lead.",
    .sql = "SELECT coalesce(rep, '') AS owner,\n"
           "       coalesce(nullif(leads.team, ''), reps.team, '') AS team,\n"
           "       count(*) AS leads, :now_us - min(captured_us) AS oldest_us,\n"
           "       load, capacity, duty\n"
           "  FROM leads LEFT JOIN reps ON reps.id = leads.rep\n" STALE
           " GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT 50",
    .columns = {{"owner", "Owner", REPORT_REP},
                {"team", "Team", REPORT_TEXT},
                {"leads", "Late leads", REPORT_COUNT},
                {"oldest_us", "Age of the oldest", REPORT_SPAN},
                {"load", "Open leads", REPORT_COUNT},
                {"capacity", "Capacity", REPORT_COUNT},
                {"duty", "Duty", REPORT_TEXT}},
};

const struct report_section report_open_exceptions = {
    .id = "open-exceptions",
    .title = "Exceptions that wait for a decision",
    .about = "Open at the end of the day, or now, by queue and by how long they are.",
    .empty = "No exception was open.",
    .sql = "SELECT queue, team, count(*) AS open, sum(claimed_by IS NULL) AS unclaimed,\n"
           "       sum(age < 3600000000) AS hour, sum(age BETWEEN 3600000000 AND 14399999999) AS "
           "hours,\n"
           "       sum(age BETWEEN 14400000000 AND 86399999999) AS day, sum(age >= 86400000000) "
           "AS older,\n"
           "       max(age) AS oldest_us, min(due_us) AS next_due_us\n"
           "  FROM (SELECT *, :until_us - opened_us AS age FROM exceptions\n"
           "         WHERE opened_us < :until_us\n"
           "           AND (resolved_us IS NULL OR resolved_us >= :until_us))\n"
           " GROUP BY queue, team ORDER BY count(*) DESC, queue, team",
    .columns = {{"queue", "Queue", REPORT_TEXT},
                {"team", "Team", REPORT_TEXT},
                {"open", "Open", REPORT_COUNT},
                {"unclaimed", "Unclaimed", REPORT_COUNT},
                {"hour", "< 1 h", REPORT_COUNT},
                {"hours", "1–4 h", REPORT_COUNT},
                {"day", "4–24 h", REPORT_COUNT},
                {"older", "> 1 d", REPORT_COUNT},
                {"oldest_us", "Oldest", REPORT_SPAN},
                {"next_due_us", "Next decision due", REPORT_TIME}},
};

const struct report_section report_waiting = {
    .id = "waiting",
    .title = "Leads that wait for somebody",
    .about =
        "By pool, as of now, with the room that its members on duty have, limits of the hour and "
        "the day counted.",
    .empty = "No lead waits.",
    .sql = "SELECT coalesce(leads.pool, '') AS pool, count(*) AS waiting,\n"
           "       :now_us - min(captured_us) AS oldest_us,\n"
           "       (SELECT coalesce(sum(max(0, min(capacity - load,\n"
           "                   iif(per_hour > 0 AND hour_end_us > :now_us, per_hour - hour_count, "
           "capacity),\n"
           "                   iif(per_day > 0 AND day_end_us > :now_us, per_day - day_count, "
           "capacity)))), 0)\n"
           "          FROM pool_members JOIN reps ON reps.id = rep\n"
           "         WHERE pool = leads.pool AND available AND duty = 'on_duty') AS room\n"
           "  FROM leads WHERE place = 'waiting'\n"
           " GROUP BY leads.pool ORDER BY count(*) DESC, leads.pool",
    .columns = {{"pool", "Pool", REPORT_POOL},
                {"waiting", "Waiting", REPORT_COUNT},
                {"oldest_us", "Age of the oldest", REPORT_SPAN},
                {"room", "Room", REPORT_COUNT}},
};

const struct report_section report_alerts = {
    .id = "alerts",
    .title = "Alerts that fired",
    .about = "Those that were firing at some time, whoever was told of them.",
    .empty = "No alert fired.",
    .sql = "SELECT 'A' || number AS alert, rule, label, team,\n"
           "       CASE WHEN urgent THEN 'page' ELSE 'ticket' END AS told, fired_us, resolved_us,\n"
           "       coalesce(min(resolved_us, :until_us), :until_us) - fired_us AS lasted_us\n"
           "  FROM alerts\n"
           " WHERE fired_us < :to_us AND (resolved_us IS NULL OR resolved_us >= :from_us)\n"
           " ORDER BY fired_us, number LIMIT 200",
    .columns = {{"alert", "Alert", REPORT_TEXT},
                {"rule", "Rule", REPORT_TEXT},
                {"label", "About", REPORT_TEXT},
                {"team", "Team", REPORT_TEXT},
                {"told", "By", REPORT_TEXT},
                {"fired_us", "Fired", REPORT_TIME},
                {"resolved_us", "Resolved", REPORT_TIME},
                {"lasted_us", "Lasted", REPORT_SPAN}},
};

const struct report_section report_surges = {
    .id = "surges",
    .title = "What surges did",
    .about = "Arrivals far above what was to be expected, and how many leads each measure of the "
             "plan touched.",
    .empty = "There was no surge.",
    .sql = "SELECT 'S' || number AS surge, kind, name, started_us,\n"
           "       coalesce(min(ended_us, :until_us), :until_us) - started_us AS lasted_us,\n"
           "       CASE WHEN expected > 0 THEN printf('%.1f x', 100.0 * peak / expected) END AS "
           "times,\n"
           "       leads, overflow, triage, nurture, paced, relaxed\n"
           "  FROM surges\n"
           " WHERE started_us < :to_us AND (ended_us IS NULL OR ended_us >= :from_us)\n"
           " ORDER BY started_us, number LIMIT 200",
    .columns = {{"surge", "Surge", REPORT_TEXT},
                {"kind", "Of a", REPORT_TEXT},
                {"name", "Name", REPORT_TEXT},
                {"started_us", "Began", REPORT_TIME},
                {"lasted_us", "Lasted", REPORT_SPAN},
                {"times", "Peak", REPORT_TEXT},
                {"leads", "Leads", REPORT_COUNT},
                {"overflow", "Overflow", REPORT_COUNT},
                {"triage", "Triage", REPORT_COUNT},
                {"nurture", "Nurture", REPORT_COUNT},
                {"paced", "Paced", REPORT_COUNT},
                {"relaxed", "Relaxed", REPORT_COUNT}},
};

const struct report_section report_latency = {
    .id = "latency",
    .title = "Where the time to the first contact went",
    .about = "The mean of the leads that were contacted first in that time.",
    .empty = "No lead was contacted.",
    .sql = "SELECT class, sum(count) AS leads, sum(intake_us) / sum(count) AS intake_us,\n"
           "       sum(routing_us) / sum(count) AS routing_us,\n"
           "       sum(waiting_us) / sum(count) AS waiting_us,\n"
           "       sum(triage_us) / sum(count) AS triage_us,\n"
           "       sum(enrichment_us) / sum(count) AS enrichment_us,\n"
           "       sum(crm_write_us) / sum(count) AS crm_write_us,\n"
           "       sum(rep_us) / sum(count) AS rep_us\n"
           "  FROM latency_counts\n"
           " WHERE " IN_SPAN "\n"
           " GROUP BY class ORDER BY class",
    .columns = {{"class", "Class", REPORT_TEXT},
                {"leads", "Leads", REPORT_COUNT},
                {"intake_us", "Intake", REPORT_SPAN},
                {"routing_us", "Routing", REPORT_SPAN},
                {"waiting_us", "Waiting", REPORT_SPAN},
                {"triage_us", "Triage", REPORT_SPAN},
                {"enrichment_us", "Enrichment", REPORT_SPAN},
                {"crm_write_us", "CRM", REPORT_SPAN},
                {"rep_us", "Rep", REPORT_SPAN}},
};
