/* Incidents, their notes and what they leave to do → rows. */
#include "store/internal.h"

#include "base/id.h"

enum { CAUSES_MAX = 64 * 1024 };

static const char *id_of(const struct core_event *event, char text[static LEAD_ID_TEXT_SIZE])
{
    entity_id_print(ID_INCIDENT, event->entity, text);
    return text;
}

int project_incident_opened(const struct projection *p)
{
    static const char sql[] =
        "INSERT INTO incidents (number, last_seq, state, title, team, class, objective, attained, "
        "norm, alert, opened_us, opened_by, items_open) "
        "VALUES (?1, ?1, 'open', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)";
    const struct core_event *event = p->event;
    bool promised = event->incident.class_name.size > 0;
    char id[LEAD_ID_TEXT_SIZE];
    int code = STORE_EXECUTE(
        p->store, p->err, sql, STORE_INT(event->entity), STORE_STRING(event->incident.title),
        STORE_STRING(event->incident.team), STORE_STRING(event->incident.class_name),
        STORE_STRING(bytes_of(promised ? policy_objective_name(event->incident.objective) : "")),
        STORE_INT(event->incident.attained), STORE_INT(event->incident.norm),
        STORE_TIME(event->incident.alert), STORE_INT(event->time_us), STORE_STRING(event->actor));
    return code == 0 ? store_timeline_add(p, id_of(event, id), "incident: %.*s",
                                          BYTES_ARG(event->incident.title))
                     : code;
}

static int touch(const struct projection *p)
{
    static const char sql[] = "UPDATE incidents SET last_seq = ?2 WHERE number = ?1";
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(p->event->entity),
                         STORE_INT(p->event->seq));
}

int project_incident_noted(const struct projection *p)
{
    static const char sql[] = "INSERT INTO incident_notes (incident, seq, time_us, actor, text) "
                              "VALUES (?1, ?2, ?3, ?4, ?5)";
    const struct core_event *event = p->event;
    int code = touch(p);
    return code == 0 ? STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity),
                                     STORE_INT(event->seq), STORE_INT(event->time_us),
                                     STORE_STRING(event->actor), STORE_STRING(event->incident.text))
                     : code;
}

static int add_item(const struct projection *p, uint32_t item)
{
    static const char sql[] = "INSERT INTO incident_items (incident, item, title, owner, due_us, "
                              "remind_us) VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
    const struct core_remediation *remediation = &p->event->incident.items[item];
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(p->event->entity), STORE_INT(item),
                         STORE_STRING(remediation->title), STORE_STRING(remediation->owner),
                         STORE_INT(remediation->due_us));
}

static int write_closed(const struct projection *p, struct bytes causes)
{
    static const char sql[] =
        "UPDATE incidents SET last_seq = ?2, state = 'closed', closed_us = ?3, closed_by = ?4, "
        "text = ?5, causes = ?6, items_open = ?7 WHERE number = ?1";
    const struct core_event *event = p->event;
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->seq),
                         STORE_INT(event->time_us), STORE_STRING(event->actor),
                         STORE_STRING(event->incident.text), STORE_STRING(causes),
                         STORE_INT(event->incident.item_count));
}

int project_incident_closed(const struct projection *p)
{
    const struct core_event *event = p->event;
    struct buffer causes;
    struct json_writer json;
    char id[LEAD_ID_TEXT_SIZE];
    buffer_init(&causes, CAUSES_MAX);
    json_begin(&json, &causes);
    json_array_open(&json);
    for (uint32_t i = 0; i < event->incident.cause_count; i++)
        json_string(&json, event->incident.causes[i]);
    json_array_close(&json);
    int code = write_closed(p, buffer_bytes(&causes));
    buffer_release(&causes);
    for (uint32_t i = 0; code == 0 && i < event->incident.item_count; i++)
        code = add_item(p, i);
    return code == 0 ? store_timeline_add(p, id_of(event, id), "incident closed: %.*s",
                                          BYTES_ARG(event->incident.text))
                     : code;
}

int project_remediation_done(const struct projection *p)
{
    static const char item[] = "UPDATE incident_items SET done_us = ?3, done_by = ?4, note = ?5 "
                               "WHERE incident = ?1 AND item = ?2";
    static const char count[] =
        "UPDATE incidents SET items_open = (SELECT count(*) FROM incident_items WHERE "
        "incident = ?1 AND done_us IS NULL) WHERE number = ?1";
    const struct core_event *event = p->event;
    int code = touch(p);
    if (code == 0)
        code = STORE_EXECUTE(p->store, p->err, item, STORE_INT(event->entity),
                             STORE_INT(event->remediation.item), STORE_INT(event->time_us),
                             STORE_STRING(event->actor), STORE_STRING(event->remediation.note));
    return code == 0 ? STORE_EXECUTE(p->store, p->err, count, STORE_INT(event->entity)) : code;
}

int project_remediation_late(const struct projection *p)
{
    static const char sql[] = "UPDATE incident_items SET remind_us = ?3 WHERE incident = ?1 AND "
                              "item = ?2";
    const struct core_event *event = p->event;
    int code = touch(p);
    return code == 0 ? STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity),
                                     STORE_INT(event->remediation.item),
                                     STORE_INT(event->remediation.next_us))
                     : code;
}
