/* Events → links: what leads are in two-way systems, and what was last known there. */
#include "store/internal.h"

/* What the event says of that value, in words; empty: only its hash is known. */
static struct bytes text_of(const struct core_event *event, struct bytes name)
{
    if (event->type != CORE_DELIVERY_DELIVERED)
        return event->sync.theirs;
    return bytes_is(name, "owner") ? event->delivery.owner : event->delivery.status_there;
}

static int write_value(const struct projection *p, const struct core_link_change *change,
                       uint32_t index, struct bytes destination)
{
    static const char update[] = "UPDATE link_values SET value = ?4, text = ?5, changed_us = ?6 "
                                 "WHERE lead = ?1 AND destination = ?2 AND field = ?3";
    static const char insert[] =
        "INSERT INTO link_values (lead, destination, position, field, value, text, changed_us) "
        "SELECT ?1, ?2, count(*), ?3, ?4, ?5, ?6 FROM link_values "
        "WHERE lead = ?1 AND destination = ?2 HAVING count(*) < ?7";
    const struct bytes name = change->values[index].name;
    const struct bytes text = text_of(p->event, name);
    int code =
        STORE_EXECUTE(p->store, p->err, update, STORE_INT(change->lead), STORE_STRING(destination),
                      STORE_STRING(name), STORE_INT(change->values[index].value), STORE_TEXT(text),
                      STORE_INT(change->values[index].changed_us));
    if (code != 0 || sqlite3_changes(p->store->db) > 0)
        return code;
    return STORE_EXECUTE(
        p->store, p->err, insert, STORE_INT(change->lead), STORE_STRING(destination),
        STORE_STRING(name), STORE_INT(change->values[index].value), STORE_TEXT(text),
        STORE_INT(change->values[index].changed_us), STORE_INT(CORE_LINK_VALUES_MAX));
}

int store_link_take(const struct projection *p)
{
    static const char sql[] =
        "INSERT INTO links (lead, destination, external_id) VALUES (?1, ?2, ?3) "
        "ON CONFLICT DO UPDATE SET external_id = ?3 WHERE ?3 NOT IN ('', external_id)";
    struct core_link_change change;
    struct store_destination *destination;
    if (!core_link_change_of(p->event, &change))
        return 0;
    int code = store_destination_get(p, change.destination, &destination);
    if (code != 0)
        return code;
    const struct bytes name = bytes_of(destination->name);
    code = STORE_EXECUTE(p->store, p->err, sql, STORE_INT(change.lead), STORE_STRING(name),
                         STORE_STRING(change.external_id));
    for (uint32_t i = 0; code == 0 && i < change.value_count; i++)
        code = write_value(p, &change, i, name);
    return code;
}

/* An event of the lead while that is open; what it does comes with events of its own. */
int project_synced(const struct projection *p)
{
    struct store_row *row;
    int code = p->event->lead != 0 ? store_known_row(p, &row) : 0;
    return code == 0 ? store_link_take(p) : code;
}
