/* Events → links: what leads are in two-way systems, and what was last known there. */
#include "store/internal.h"

/* One value of a link; value 0: nothing is said of it. */
struct said {
    uint64_t value;
    struct bytes text;
    int64_t changed_us;
};

static struct said say(const struct core_event *event, const struct core_link_change *change,
                       const char *name)
{
    for (uint32_t i = 0; i < change->value_count; i++) {
        if (!bytes_is(change->values[i].name, name))
            continue;
        const struct bytes text = event->type != CORE_DELIVERY_DELIVERED ? event->sync.theirs
                                  : strcmp(name, "owner") == 0           ? event->delivery.owner
                                                               : event->delivery.status_there;
        return (struct said){change->values[i].value, text, change->values[i].changed_us};
    }
    return (struct said){0};
}

static int write_link(const struct projection *p, const struct core_link_change *change,
                      struct bytes destination)
{
    static const char sql[] =
        "INSERT INTO links (lead, destination, external_id, owner, owner_value, owner_us, status, "
        "status_value, status_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
        "ON CONFLICT DO UPDATE SET "
        "external_id = CASE ?3 WHEN '' THEN external_id ELSE ?3 END, "
        "owner = CASE WHEN ?5 IS NULL THEN owner ELSE ?4 END, "
        "owner_value = coalesce(?5, owner_value), owner_us = coalesce(?6, owner_us), "
        "status = CASE WHEN ?8 IS NULL THEN status ELSE ?7 END, "
        "status_value = coalesce(?8, status_value), status_us = coalesce(?9, status_us)";
    const struct said owner = say(p->event, change, "owner");
    const struct said status = say(p->event, change, "status");
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(change->lead), STORE_STRING(destination),
                         STORE_STRING(change->external_id), STORE_TEXT(owner.text),
                         STORE_TIME(owner.value), STORE_TIME(owner.changed_us),
                         STORE_TEXT(status.text), STORE_TIME(status.value),
                         STORE_TIME(status.changed_us));
}

/* At most as many as the core keeps. */
static int write_field(const struct projection *p, const struct core_link_change *change,
                       struct bytes destination)
{
    static const char sql[] =
        "INSERT INTO link_values (lead, destination, field, text, value, changed_us) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6 FROM links WHERE lead = ?1 AND destination = ?2 AND "
        "((owner_value IS NOT NULL) + (status_value IS NOT NULL) + (SELECT count(*) FROM "
        "link_values WHERE lead = ?1 AND destination = ?2) < ?7 OR EXISTS (SELECT 1 FROM "
        "link_values WHERE lead = ?1 AND destination = ?2 AND field = ?3)) "
        "ON CONFLICT DO UPDATE SET text = ?4, value = ?5, changed_us = ?6";
    const struct core_event *event = p->event;
    if (event->type == CORE_DELIVERY_DELIVERED || bytes_is(event->sync.field, "owner") ||
        bytes_is(event->sync.field, "status"))
        return 0;
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(change->lead), STORE_STRING(destination),
                         STORE_STRING(event->sync.field), STORE_TEXT(event->sync.theirs),
                         STORE_INT(event->sync.value), STORE_INT(change->values[0].changed_us),
                         STORE_INT(CORE_LINK_VALUES_MAX));
}

int store_link_take(const struct projection *p)
{
    struct core_link_change change;
    struct store_destination *destination;
    if (!core_link_change_of(p->event, &change))
        return 0;
    int code = store_destination_get(p, change.destination, &destination);
    if (code != 0)
        return code;
    const struct bytes name = bytes_of(destination->name);
    code = write_link(p, &change, name);
    return code == 0 ? write_field(p, &change, name) : code;
}

/* An event of the lead while that is open; what it does comes with events of its own. */
int project_synced(const struct projection *p)
{
    struct store_row *row;
    int code = p->event->lead != 0 ? store_known_row(p, &row) : 0;
    return code == 0 ? store_link_take(p) : code;
}
