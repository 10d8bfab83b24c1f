/* What a team reviews every month (G3): whether it becomes better, what broke, what was promised
 * about that, and what was changed. */
#include "report/internal.h"

#define IN_SPAN "hour >= :from_us / 3600000000 AND hour < :to_us / 3600000000"

const struct report_section report_weeks = {
    .id = "weeks",
    .title = "Promises kept, week by week",
    .about = "Percent within the objective, in the seven days that begin with the 1st, the 8th, …",
    .empty = "No objective turned.",
    .shape = REPORT_HEATMAP_WEEKS,
    .sql = "SELECT class || ': ' || objective AS line,\n"
           "       (hour - :from_us / 3600000000) / 168 AS bucket,\n"
           "       sum(met) AS met, sum(late) AS late\n"
           "  FROM objective_counts\n"
           " WHERE dimension = 'class' AND objective <> 'captured' AND " IN_SPAN "\n"
           " GROUP BY class, objective, bucket HAVING sum(met) + sum(late) > 0\n"
           " ORDER BY class, instr('enriched assigned contacted qualified', objective), bucket",
};

/* Open at some time of the month. */
#define INCIDENT_IN_SPAN "opened_us < :to_us AND (closed_us IS NULL OR closed_us >= :from_us)"

const struct report_section report_incidents = {
    .id = "incidents",
    .title = "Incidents",
    .about = "Open at some time of the month: what was kept of the promise against what used to "
             "be, and the postmortem of those that are closed.",
    .empty = "There was no incident.",
    .sql = "SELECT 'I' || number AS incident, state, title, team,\n"
           "       CASE WHEN class <> '' THEN class || ': ' || objective ELSE '' END AS promise,\n"
           "       CASE WHEN norm > 0 THEN attained / 100.0 END AS attained,\n"
           "       CASE WHEN norm > 0 THEN norm / 100.0 END AS norm, opened_us,\n"
           "       coalesce(closed_us, :now_us) - opened_us AS lasted_us,\n"
           "       coalesce((SELECT group_concat(value, ', ') FROM json_each(causes)), '') AS "
           "causes,\n"
           "       coalesce(text, '') AS what_happened, items_open\n"
           "  FROM incidents WHERE " INCIDENT_IN_SPAN "\n"
           " ORDER BY opened_us, number LIMIT 100",
    .columns = {{"incident", "Incident", REPORT_TEXT},
                {"state", "State", REPORT_TEXT},
                {"title", "Title", REPORT_TEXT},
                {"promise", "Promise", REPORT_PROMISE},
                {"attained", "Kept", REPORT_SHARE},
                {"norm", "Norm", REPORT_SHARE},
                {"opened_us", "Opened", REPORT_TIME},
                {"lasted_us", "Lasted", REPORT_SPAN},
                {"team", "Team", REPORT_TEXT},
                {"causes", "Causes", REPORT_TEXT},
                {"what_happened", "What happened", REPORT_TEXT},
                {"items_open", "To do", REPORT_COUNT}},
};

const struct report_section report_timelines = {
    .id = "timelines",
    .title = "How the incidents went",
    .about = "From an hour before each was opened until it was closed: what the journal says, and "
             "people's notes. At most 300 lines.",
    .empty = "There is nothing to tell.",
    .sql = "SELECT 'I' || incident AS incident, time_us, what, subject, who, text\n"
           "  FROM (SELECT number AS incident, timeline.time_us, seq, kind AS what, subject,\n"
           "               actor AS who, timeline.text\n"
           "          FROM incidents JOIN timeline\n"
           "            ON timeline.time_us BETWEEN opened_us - 3600000000\n"
           "                                    AND coalesce(closed_us, :now_us)\n"
           "         WHERE " INCIDENT_IN_SPAN "\n"
           "        UNION ALL\n"
           "        SELECT incident, time_us, seq, 'note', '', actor, incident_notes.text\n"
           "          FROM incident_notes JOIN incidents ON incidents.number = incident\n"
           "         WHERE " INCIDENT_IN_SPAN ")\n"
           " ORDER BY incident, time_us, seq LIMIT 300",
    .columns = {{"incident", "Incident", REPORT_TEXT},
                {"time_us", "When", REPORT_TIME},
                {"what", "What", REPORT_TEXT},
                {"subject", "About", REPORT_TEXT},
                {"who", "Who", REPORT_REP},
                {"text", "", REPORT_TEXT}},
};

const struct report_section report_items = {
    .id = "remediation-items",
    .title = "What was to be done",
    .about = "Remediation items that are open, or were done or due in the month, of all "
             "incidents.",
    .empty = "Nothing is to be done.",
    .sql = "SELECT 'I' || incident AS incident, item + 1 AS number, title, owner, due_us,\n"
           "       CASE WHEN done_us IS NOT NULL AND done_us <= due_us THEN 'done'\n"
           "            WHEN done_us IS NOT NULL THEN 'done, late'\n"
           "            WHEN due_us < :now_us THEN 'late' ELSE 'open' END AS state,\n"
           "       done_us, coalesce(note, '') AS note\n"
           "  FROM incident_items\n"
           " WHERE done_us IS NULL OR done_us >= :from_us AND done_us < :to_us\n"
           "    OR due_us >= :from_us AND due_us < :to_us\n"
           " ORDER BY done_us IS NOT NULL, due_us, incident, item LIMIT 200",
    .columns = {{"incident", "Incident", REPORT_TEXT},
                {"number", "N", REPORT_COUNT},
                {"title", "What", REPORT_TEXT},
                {"owner", "Owner", REPORT_REP},
                {"due_us", "Due", REPORT_TIME},
                {"state", "State", REPORT_TEXT},
                {"done_us", "Done", REPORT_TIME},
                {"note", "Note", REPORT_TEXT}},
};

const struct report_section report_changes = {
    .id = "changes",
    .title = "Change log",
    .about = "Releases that were activated, contracts that were switched, and what people set by "
             "hand; the newest 200.",
    .empty = "Nothing was changed.",
    .sql = "SELECT time_us, kind AS what, subject, actor AS who, text\n"
           "  FROM timeline\n"
           " WHERE time_us >= :from_us AND time_us < :to_us\n"
           "   AND kind IN ('release.activated', 'source.switched', 'rep.changed')\n"
           " ORDER BY time_us DESC, seq DESC LIMIT 200",
    .columns = {{"time_us", "When", REPORT_TIME},
                {"what", "What", REPORT_TEXT},
                {"subject", "About", REPORT_TEXT},
                {"who", "Who", REPORT_REP},
                {"text", "", REPORT_TEXT}},
};

const struct report_section report_alert_rules = {
    .id = "alert-rules",
    .title = "Alerts by rule",
    .about = "How often each rule fired, and for how long in all: rules that ring without need "
             "are worth mending too.",
    .empty = "No alert fired.",
    .sql = "SELECT rule, label, count(*) AS fired,\n"
           "       sum(coalesce(min(resolved_us, :until_us), :until_us) - fired_us) AS lasted_us,\n"
           "       max(fired_us) AS newest_us\n"
           "  FROM alerts WHERE fired_us >= :from_us AND fired_us < :to_us\n"
           " GROUP BY rule, label ORDER BY count(*) DESC, rule, label LIMIT 100",
    .columns = {{"rule", "Rule", REPORT_TEXT},
                {"label", "About", REPORT_TEXT},
                {"fired", "Fired", REPORT_COUNT},
                {"lasted_us", "Lasted in all", REPORT_SPAN},
                {"newest_us", "Newest", REPORT_TIME}},
};
