/* Alerts, silences and pages → rows. */
#include "store/internal.h"

#include "base/id.h"
#include "base/time.h"

static const char *id_of(enum id_letter letter, uint64_t number,
                         char text[static LEAD_ID_TEXT_SIZE])
{
    entity_id_print(letter, number, text);
    return text;
}

static int begin(const struct projection *p)
{
    static const char sql[] =
        "INSERT INTO alerts (number, last_seq, state, rule, label, team, urgent, value, "
        "pending_us) VALUES (?1, ?1, 'pending', ?2, ?3, ?4, ?5, ?6, ?7)";
    const struct core_event *event = p->event;
    const struct policy_release *release;
    bool urgent;
    int code = store_active_release(p->store, &release, p->err);
    if (code != 0)
        return code;
    const char *team = core_alert_team(release, event->alert.rule, &urgent);
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity),
                         STORE_STRING(event->alert.rule), STORE_STRING(event->alert.label),
                         STORE_STRING(bytes_of(team)), STORE_INT(urgent),
                         STORE_INT(event->alert.value), STORE_INT(event->time_us));
}

static int go_on(const struct projection *p, const char *sql)
{
    const struct core_event *event = p->event;
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->seq),
                         STORE_INT(event->time_us), STORE_INT(event->alert.value));
}

static const char firing[] = "UPDATE alerts SET state = 'firing', last_seq = ?2, fired_us = ?3, "
                             "value = ?4 WHERE number = ?1";
static const char resolved[] = "UPDATE alerts SET state = 'resolved', last_seq = ?2, "
                               "resolved_us = ?3, value = ?4 WHERE number = ?1";

int project_alert(const struct projection *p)
{
    const struct core_event *event = p->event;
    char id[LEAD_ID_TEXT_SIZE];
    int code = event->type == CORE_ALERT_PENDING  ? begin(p)
               : event->type == CORE_ALERT_FIRING ? go_on(p, firing)
                                                  : go_on(p, resolved);
    if (code != 0 || (event->type != CORE_ALERT_FIRING && !event->alert.fired))
        return code; /* what never fired is no story */
    /* Not what was measured: without its rule nobody knows the unit; it stands in `alerts`. */
    return store_timeline_add(
        p, id_of(ID_ALERT, event->entity, id), "alert %.*s%s%.*s %s", BYTES_ARG(event->alert.rule),
        event->alert.label.size > 0 ? " of " : "", BYTES_ARG(event->alert.label),
        event->type == CORE_ALERT_FIRING ? "fires" : "is over");
}

/* ---- silences */

int project_silence_set(const struct projection *p)
{
    static const char sql[] = "INSERT INTO silences (number, rule, label, set_us, until_us, actor, "
                              "reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    const struct core_event *event = p->event;
    char id[LEAD_ID_TEXT_SIZE], until[TIME_TEXT_SIZE];
    time_print(event->silence.until_us, until);
    int code = STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity),
                             STORE_STRING(event->silence.rule), STORE_STRING(event->silence.label),
                             STORE_INT(event->time_us), STORE_INT(event->silence.until_us),
                             STORE_STRING(event->actor), STORE_STRING(event->silence.reason));
    return code == 0
               ? store_timeline_add(p, id_of(ID_SILENCE, event->entity, id),
                                    "silenced %.*s %.*s until %s: %.*s",
                                    BYTES_ARG(event->silence.rule), BYTES_ARG(event->silence.label),
                                    until, BYTES_ARG(event->silence.reason))
               : code;
}

int project_silence_ended(const struct projection *p)
{
    static const char sql[] = "UPDATE silences SET ended_us = ?2 WHERE number = ?1";
    const struct core_event *event = p->event;
    char id[LEAD_ID_TEXT_SIZE];
    int code =
        STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->time_us));
    return code == 0 ? store_timeline_add(p, id_of(ID_SILENCE, event->entity, id), "silence ended")
                     : code;
}

/* ---- pages */

int project_page(const struct projection *p)
{
    static const char sql[] = "UPDATE alerts SET told_us = ?2 WHERE number = ?1";
    const struct core_event *event = p->event;
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < event->page.alert_count; i++)
        code = STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->page.alerts[i]),
                             STORE_INT(event->time_us));
    return code;
}
