/* Events of promises → rows: what they make of a lead's promises, ladders and timers, where the
 * time went, and what they add to the series. */
#include "store/internal.h"

/* ---- where the time goes */

/* Of an owned lead whose enrichment was promised: the time until the answer, or until there is none
 * to wait for any more. */
static int64_t enrichment_us(const struct store_row *row, int64_t now_us)
{
    const struct core_promises *promises = &row->promises;
    if (promises->due_us[POLICY_ENRICHED] == 0)
        return 0;
    int64_t end_us = promises->reached_us[POLICY_ENRICHED];
    if (end_us == 0 || end_us > promises->due_us[POLICY_ENRICHED])
        end_us = promises->due_us[POLICY_ENRICHED];
    if (end_us > now_us)
        end_us = now_us;
    return end_us > row->place_since_us ? end_us - row->place_since_us : 0;
}

void store_row_add_time(const struct store_row *row, int64_t now_us,
                        int64_t parts[static STORE_ROW_PARTS])
{
    int64_t spent_us = now_us - row->place_since_us;
    switch (row->place) {
    case CORE_PLACE_OWNED: parts[STORE_PART_ENRICHMENT] += enrichment_us(row, now_us); break;
    case CORE_PLACE_WAITING:
        parts[row->pool == CORE_NONE ? STORE_PART_ROUTING : STORE_PART_WAITING] += spent_us;
        break;
    case CORE_PLACE_EXCEPTION:
    case CORE_PLACE_NURTURE: parts[STORE_PART_TRIAGE] += spent_us; break;
    case CORE_PLACE_CLOSED:
    case CORE_PLACES: break;
    }
}

int store_row_crm_time(const struct projection *p, const struct store_row *row, int64_t *ret_us)
{
    static const char sql[] =
        "SELECT min(settled_us) FROM deliveries INDEXED BY deliveries_lead WHERE lead = ?1 AND "
        "purpose = 'deliver' AND state = 'delivered' AND settled_us >= ?2 AND destination IN "
        "(SELECT name FROM destinations WHERE kind = 'rest' AND NOT provider)";
    const int64_t now_us = p->event->time_us;
    const int64_t begin_us = row->place_since_us + enrichment_us(row, now_us);
    sqlite3_stmt *found;
    *ret_us = 0;
    if (row->place != CORE_PLACE_OWNED)
        return 0;
    int code = store_sql(p->store, sql, &found, p->err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(found, 1, (int64_t)row->number);
    sqlite3_bind_int64(found, 2, row->place_since_us);
    code = store_sqlite_step(found, p->store->path, p->err);
    if (code < 0)
        return code;
    const int64_t settled_us = sqlite3_column_int64(found, 0);
    sqlite3_reset(found);
    if (settled_us > begin_us)
        *ret_us = settled_us - begin_us;
    return 0;
}

/* ---- ladders */

int project_escalated(const struct projection *p)
{
    struct store_row *row;
    int code = store_known_row(p, &row);
    if (code == 0)
        code = store_row_set_due(p, row, p->event->escalated.due_us);
    return code;
}

int project_acknowledged(const struct projection *p)
{
    struct store_row *row;
    int code = store_known_row(p, &row);
    if (code != 0)
        return code;
    row->acknowledged_us = p->event->acknowledged.until_us;
    row->moved = true;
    return store_row_set_due(p, row, p->event->acknowledged.due_us);
}

int project_enriched(const struct projection *p)
{
    struct store_row *row;
    int code = store_known_row(p, &row);
    if (code != 0)
        return code;
    row->attributes = p->event->enriched.attributes;
    row->moved = true;
    return store_row_set_due(p, row, p->event->enriched.due_us);
}

/* What turns with the event turns for the class that it was promised to: only then does it get
 * another one. */
static void reclass(const struct projection *p, struct store_row *row)
{
    const struct policy_release *release = core_release_at(p->core, p->event->enriched.release);
    const struct policy_class *class = &release->classes[p->event->enriched.class_index];
    row->class_name = bytes_of(class->name);
    row->urgency = class->urgency;
    row->score = p->event->enriched.score;
}

/* ---- what every event says of promises, and counts as */

static bool is_record(const struct core_event *event)
{
    return event->type == CORE_LEAD_CAPTURED || event->type == CORE_LEAD_REOPENED ||
           event->type == CORE_LEAD_TOUCHED;
}

/* As the core sees it: in full, before anything is cut. */
static void find_record(const struct projection *p, struct core_series_subject *ret)
{
    const struct core_event *event = p->event;
    const struct policy_release *release = core_release_at(p->core, event->captured.release);
    const uint32_t field = release->schema.campaign;
    ret->source = bytes_of(release->sources[event->captured.source].name);
    if (field == POLICY_NONE)
        return;
    const struct cel_value *value = &event->captured.values[field];
    if (value->kind == CEL_STRING)
        ret->campaign = value->string;
}

static int take_lead(const struct projection *p, struct core_turned *turned,
                     struct core_series_subject *ret)
{
    const struct core_event *event = p->event;
    const struct policy_class *class = NULL;
    struct store_row *row;
    int code = store_row_get(p->store, event->lead, &row, p->err);
    if (code != 0)
        return code;
    if (row->place == CORE_PLACE_CLOSED && row->last_seq == event->seq &&
        event->type == CORE_LEAD_TOUCHED)
        return 0; /* the core has no such lead any more */
    if (event->type == CORE_LEAD_CAPTURED || event->type == CORE_LEAD_REOPENED)
        class = &core_release_at(p->core, event->captured.release)
                     ->classes[event->captured.class_index];
    if (ret->source.size == 0)
        ret->source = row->source;
    ret->class_name = row->class_name;
    ret->turned = turned;
    ret->turned_count = core_promises_take(&row->promises, class, row->captured_us, event, turned);
    core_enrichment_take(&row->enrichment, event);
    code = store_count_turned(p->store, row, event->time_us, turned, ret->turned_count, p->err);
    if (event->type == CORE_LEAD_ENRICHED)
        reclass(p, row);
    return code;
}

int store_clock_take(const struct projection *p)
{
    const struct core_event *event = p->event;
    struct core_turned turned[POLICY_OBJECTIVES];
    struct core_series_subject subject = {0};
    if (is_record(event))
        find_record(p, &subject);
    else if (event->type == CORE_RECORD_REFUSED || event->type == CORE_RECORD_RETRIED)
        subject.source = bytes_of(
            core_release_at(p->core, event->refused.release)->sources[event->refused.source].name);
    else if (event->type == CORE_DELIVERY_FAILED)
        subject.destination = bytes_of(core_destination_id(p->core, event->delivery.destination));
    int code = event->lead != 0 ? take_lead(p, turned, &subject) : 0;
    if (code == 0)
        store_series_count(p->store, event, &subject);
    return code;
}
