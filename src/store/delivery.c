/* Events → deliveries and their attempts: what is to be sent because of an event, and what became
 * of it. Pending and failed ones are the core's too (I2). */
#include "store/internal.h"

#include "base/id.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- words */

bool store_delivery_state_parse(struct bytes word, enum core_delivery_state *ret)
{
    for (int state = 0; state < CORE_DELIVERY_STATES; state++) {
        if (!bytes_is(word, core_delivery_state_name((enum core_delivery_state)state)))
            continue;
        *ret = (enum core_delivery_state)state;
        return true;
    }
    return false;
}

bool store_purpose_parse(struct bytes word, enum policy_purpose *ret)
{
    for (int purpose = 0; purpose < POLICY_PURPOSES; purpose++) {
        if (!bytes_is(word, policy_purpose_name((enum policy_purpose)purpose)))
            continue;
        *ret = (enum policy_purpose)purpose;
        return true;
    }
    return false;
}

/* ---- what an event brings about */

/* What the deliveries of the event are about: a text in `room`, or of the core. */
static struct bytes subject_of(const struct projection *p, char room[static LEAD_ID_TEXT_SIZE])
{
    const struct core_event *event = p->event;
    room[0] = '\0';
    if (event->type == CORE_NOTICE_DUE)
        return bytes_of(core_source_id(p->core, event->notice.source));
    if (event->type == CORE_PAGE_DUE && event->page.alert_count > 0)
        entity_id_print(ID_ALERT, event->page.alerts[0], room);
    else if (!core_event_is_of_delivery(event))
        core_event_subject(event, room);
    else if (event->delivery.about != 0)
        lead_id_print(event->delivery.about, room);
    return bytes_of(room);
}

/* What it tells of its lead: as the event left it. */
static int tell(const struct projection *p, struct core_delivery *delivery)
{
    struct store_row *row;
    int code = store_row_get(p->store, delivery->lead, &row, p->err);
    if (code != 0)
        return code;
    const bool closed = row->state == CORE_QUALIFIED || row->state == CORE_DISQUALIFIED;
    const uint32_t rep = row->rep == CORE_NONE && closed ? row->before : row->rep;
    delivery->owner = rep != CORE_NONE ? p->store->roster.reps[rep].id : "";
    delivery->status = (uint8_t)row->state;
    return 0;
}

static int add(const struct projection *p, uint32_t index, struct bytes subject)
{
    static const char sql[] =
        "INSERT INTO deliveries (number, event, lead, destination, purpose, target, subject, "
        "state, created_us, since_us, due_us, attempts, step, digest, cached, lead_owner, "
        "lead_state) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13, 0, ?14, ?15)";
    const struct core_event *event = p->event;
    struct core_delivery delivery;
    struct store_destination *destination = NULL;
    core_delivery_begin(&delivery, event, index);
    int code = delivery.destination != CORE_NONE
                   ? store_destination_get(p, delivery.destination, &destination)
                   : 0;
    if (code == 0 && delivery.purpose == POLICY_DELIVER && delivery.lead != 0)
        code = tell(p, &delivery);
    if (code != 0)
        return code;
    if (destination != NULL)
        store_destination_move(destination, CORE_DELIVERY_STATES, CORE_DELIVERY_PENDING);
    return STORE_EXECUTE(
        p->store, p->err, sql, STORE_INT(delivery.number),
        STORE_STRING(bytes_of(core_event_type_name(event->type))), STORE_TIME(delivery.lead),
        STORE_STRING(bytes_of(destination != NULL ? destination->name : "")),
        STORE_STRING(bytes_of(policy_purpose_name((enum policy_purpose)delivery.purpose))),
        STORE_TEXT(event->dues[index].target), STORE_TEXT(subject),
        STORE_STRING(bytes_of(core_delivery_state_name((enum core_delivery_state)delivery.state))),
        STORE_INT(event->time_us), STORE_INT(delivery.since_us), STORE_INT(delivery.due_us),
        STORE_INT(delivery.step), STORE_INT(delivery.digest), STORE_TEXT(bytes_of(delivery.owner)),
        STORE_TEXT(bytes_of(delivery.status < CORE_STATES
                                ? core_state_name((enum core_state)delivery.status)
                                : "")));
}

int store_dues_add(const struct projection *p)
{
    char room[LEAD_ID_TEXT_SIZE];
    if (p->event->due_count == 0)
        return 0;
    const struct bytes subject = subject_of(p, room);
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < p->event->due_count; i++)
        code = add(p, i, subject);
    return code;
}

/* ---- what became of it */

static int unknown(const struct projection *p)
{
    error_set(p->err, ML_ECORRUPT, p->store->path,
              "event %" PRIu64 " is about delivery M%" PRIu64 ", which the view does not have so; "
              "run `meshline rebuild`",
              p->event->seq, p->event->entity);
    return ML_ECORRUPT;
}

static bool had_attempt(const struct core_event *event)
{
    return event->delivery.outcome != CORE_OUTCOME_SKIPPED &&
           event->delivery.outcome != CORE_OUTCOME_EXPIRED;
}

static int add_attempt(const struct projection *p)
{
    static const char sql[] =
        "INSERT INTO attempts (delivery, seq, time_us, attempt, outcome, status, started_us, "
        "took_us, cached, response_id, excerpt, reason) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    const struct core_event *event = p->event;
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->seq),
                         STORE_INT(event->time_us), STORE_INT(event->delivery.attempt),
                         STORE_STRING(bytes_of(core_outcome_name(event->delivery.outcome))),
                         STORE_TIME(event->delivery.status), STORE_TIME(event->delivery.started_us),
                         STORE_TIME(event->delivery.took_us), STORE_INT(event->delivery.cached),
                         STORE_TEXT(event->delivery.response_id),
                         STORE_TEXT(event->delivery.excerpt), STORE_TEXT(event->delivery.reason));
}

/* From `before` to what the event makes of it. False in *ret_done: it was not in that state. */
static int write_settled(const struct projection *p, enum core_delivery_state before,
                         const struct core_delivery *after, bool *ret_done)
{
    static const char sql[] =
        "UPDATE deliveries SET state = ?3, attempts = ?4, due_us = coalesce(?5, due_us), "
        "settled_us = ?6, outcome = ?7, status = ?8, started_us = ?9, took_us = ?10, cached = ?11, "
        "response_id = ?12, excerpt = ?13, external_id = coalesce(?14, external_id), reason = ?15 "
        "WHERE number = ?1 AND state = ?2";
    const struct core_event *event = p->event;
    const bool delivered = event->type == CORE_DELIVERY_DELIVERED;
    int code = STORE_EXECUTE(
        p->store, p->err, sql, STORE_INT(event->entity),
        STORE_STRING(bytes_of(core_delivery_state_name(before))),
        STORE_STRING(bytes_of(core_delivery_state_name((enum core_delivery_state)after->state))),
        STORE_INT(after->attempts), STORE_TIME(after->due_us),
        STORE_TIME(after->state == CORE_DELIVERY_PENDING ? 0 : event->time_us),
        STORE_STRING(bytes_of(core_outcome_name(event->delivery.outcome))),
        STORE_TIME(event->delivery.status), STORE_TIME(event->delivery.started_us),
        STORE_TIME(event->delivery.took_us), STORE_INT(event->delivery.cached),
        STORE_TEXT(event->delivery.response_id), STORE_TEXT(event->delivery.excerpt),
        STORE_TEXT(event->delivery.external_id),
        STORE_TEXT(delivered ? (struct bytes){0} : event->delivery.reason));
    *ret_done = code == 0 && sqlite3_changes(p->store->db) == 1;
    return code;
}

static void take_attempt(const struct projection *p, struct store_destination *destination)
{
    const struct core_event *event = p->event;
    core_destination_take(&destination->state, event);
    if (!had_attempt(event)) /* the newest failure says more about the destination */
        return;
    destination->attempt_us = event->time_us;
    if (event->delivery.outcome == CORE_OUTCOME_OK)
        return;
    destination->failure_us = event->time_us;
    free(destination->failure);
    destination->failure = store_copy(event->delivery.reason);
}

int project_settled(const struct projection *p)
{
    const struct core_event *event = p->event;
    struct core_delivery after = {.state = CORE_DELIVERY_PENDING};
    struct store_destination *destination;
    enum core_delivery_state before = CORE_DELIVERY_PENDING;
    bool done = false;
    int code = store_destination_get(p, event->delivery.destination, &destination);
    if (code != 0)
        return code;
    core_delivery_take(&after, event);
    code = write_settled(p, before, &after, &done);
    /* A late success settles one that was given up. */
    if (code == 0 && !done && event->type == CORE_DELIVERY_DELIVERED) {
        before = CORE_DELIVERY_IS_FAILED;
        code = write_settled(p, before, &after, &done);
    }
    if (code == 0 && !done)
        return unknown(p);
    if (code == 0 && event->type != CORE_DELIVERY_DELIVERED)
        code = add_attempt(p);
    take_attempt(p, destination);
    store_destination_move(destination, before, (enum core_delivery_state)after.state);
    return code == 0 ? store_link_take(p) : code;
}

/* The state of the delivery that the event is about. */
static int state_of(const struct projection *p, enum core_delivery_state *ret)
{
    static const char sql[] = "SELECT state FROM deliveries WHERE number = ?1";
    sqlite3_stmt *row;
    int code = store_sql(p->store, sql, &row, p->err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, (int64_t)p->event->entity);
    code = store_sqlite_step(row, p->store->path, p->err);
    if (code < 0)
        return code;
    const bool known = code == 1 && store_delivery_state_parse(store_column_text(row, 0), ret);
    sqlite3_reset(row);
    return known ? 0 : unknown(p);
}

/* The attempt that delivered it stands with the others from now on. */
static int keep_attempt(const struct projection *p)
{
    static const char sql[] =
        "INSERT INTO attempts (delivery, seq, time_us, attempt, outcome, status, started_us, "
        "took_us, cached, response_id, excerpt, reason) "
        "SELECT number, ?2, settled_us, attempts, outcome, status, started_us, took_us, cached, "
        "response_id, excerpt, NULL FROM deliveries WHERE number = ?1";
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(p->event->entity),
                         STORE_INT(p->event->seq));
}

int project_requeued(const struct projection *p)
{
    static const char sql[] =
        "UPDATE deliveries SET state = 'pending', since_us = ?2, due_us = ?3, settled_us = NULL, "
        "reason = ?4, attempts = CASE WHEN ?5 THEN 0 ELSE attempts END, "
        "digest = CASE WHEN ?5 THEN 0 ELSE digest END, "
        "lead_owner = CASE WHEN ?5 THEN NULL ELSE lead_owner END, "
        "lead_state = CASE WHEN ?5 THEN NULL ELSE lead_state END WHERE number = ?1";
    const struct core_event *event = p->event;
    struct core_delivery after = {0};
    struct store_destination *destination;
    enum core_delivery_state before;
    int code = store_destination_get(p, event->delivery.destination, &destination);
    if (code == 0)
        code = state_of(p, &before);
    if (code != 0)
        return code;
    const bool forgotten = before != CORE_DELIVERY_PENDING && before != CORE_DELIVERY_IS_FAILED;
    core_delivery_take(&after, event);
    if (before == CORE_DELIVERY_IS_DELIVERED)
        code = keep_attempt(p);
    store_destination_move(destination, before, CORE_DELIVERY_PENDING);
    return code == 0 ? STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity),
                                     STORE_INT(after.since_us), STORE_INT(after.due_us),
                                     STORE_TEXT(event->delivery.reason), STORE_INT(forgotten))
                     : code;
}

int project_dropped(const struct projection *p)
{
    static const char sql[] = "UPDATE deliveries SET state = 'discarded', settled_us = ?2, "
                              "reason = ?3 WHERE number = ?1";
    const struct core_event *event = p->event;
    struct store_destination *destination;
    enum core_delivery_state before;
    int code = store_destination_get(p, event->delivery.destination, &destination);
    if (code == 0)
        code = state_of(p, &before);
    if (code != 0)
        return code;
    store_destination_move(destination, before, CORE_DELIVERY_IS_DISCARDED);
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->time_us),
                         STORE_TEXT(event->delivery.reason));
}
