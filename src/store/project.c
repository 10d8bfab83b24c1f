/* Events → rows. What a row becomes mirrors core_apply event by event, so that a core loaded from
 * the view equals one that saw the events (I2). Rows gather in memory and are written when the
 * batch is over. */
#include "store/internal.h"

#include <inttypes.h>
#include <stdio.h>

enum { RELEASE_SHORT = 16 }; /* digits of an id that name a release */

/* ---- places, and the counts that hang on them */

/* Journals of older versions have one time for both. */
static int64_t until_us(const struct core_event *event)
{
    return event->placed.until_us != 0 ? event->placed.until_us : event->placed.due_us;
}

static void leave(const struct projection *p, struct store_row *row)
{
    if (row->place == CORE_PLACE_OWNED)
        store_rep_add_load(p->store, row->rep, -1);
    else if (row->place == CORE_PLACE_WAITING && row->pool != CORE_NONE)
        store_pool_add_waiting(p->store, row->pool, -1);
    if (row->contacted_us == 0)
        store_row_add_time(row, p->event->time_us, row->parts);
    row->place_since_us = p->event->time_us;
    row->acknowledged_us = 0;
    row->moved = true;
}

static void own(struct store *store, struct store_row *row, uint32_t rep)
{
    row->place = CORE_PLACE_OWNED;
    row->rep = rep;
    row->held = false;
    row->kept_from = CORE_NONE;
    row->until_us = 0;
    row->kind = row->team = (struct bytes){0};
    store_rep_add_load(store, rep, 1);
}

/* `kept_from`: of a held lead, who gave it back. */
static void wait(struct store *store, struct store_row *row, uint32_t pool, bool held,
                 uint32_t kept_from)
{
    row->place = CORE_PLACE_WAITING;
    row->rep = CORE_NONE;
    row->pool = pool;
    row->held = held;
    row->kept_from = held ? kept_from : CORE_NONE;
    row->until_us = 0;
    row->kind = row->team = (struct bytes){0};
    if (pool != CORE_NONE)
        store_pool_add_waiting(store, pool, 1);
}

int store_row_set_due(const struct projection *p, struct store_row *row, int64_t due_us)
{
    static const char sql[] = "UPDATE exceptions SET due_us = ?2 WHERE lead = ?1 AND holding AND "
                              "state = 'open'";
    row->due_us = due_us;
    if (row->place != CORE_PLACE_EXCEPTION)
        return 0;
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(row->number), STORE_INT(due_us));
}

void store_row_free(const struct projection *p, struct store_row *row)
{
    leave(p, row);
    wait(p->store, row, CORE_NONE, false, CORE_NONE);
}

int store_known_row(const struct projection *p, struct store_row **ret)
{
    int code = store_row_get(p->store, p->event->lead, ret, p->err);
    if (code != 0)
        return code;
    if ((*ret)->last_seq != p->event->previous)
        return error_set(p->err, ML_ECORRUPT, p->store->path,
                         "lead L%" PRIu64 " is at seq %" PRIu64 ", but event %" PRIu64
                         " follows %" PRIu64 "; run `meshline rebuild`",
                         p->event->lead, (*ret)->last_seq, p->event->seq, p->event->previous);
    (*ret)->last_seq = p->event->seq;
    return 0;
}

/* ---- one function per kind of event */

static int project_activated(const struct projection *p)
{
    int code = store_activate(p->store, p->event, p->err);
    if (code != 0)
        return code;
    const struct policy_release *release = p->event->activated.release;
    char id[RELEASE_SHORT + 1];
    snprintf(id, sizeof id, "%.*s", RELEASE_SHORT, release->id_text);
    store_active_keep(p->store, p->event->activated.release);
    return store_timeline_add(p, id, "release %s came into force", id);
}

static int project_rep_changed(const struct projection *p)
{
    uint32_t rep;
    int code = store_roster_rep(p->store, p->core, p->event->rep.rep, &rep, p->err);
    if (code != 0)
        return code;
    struct store_rep *changed = &p->store->roster.reps[rep];
    changed->state.available = p->event->rep.available;
    changed->state.capacity = p->event->rep.capacity;
    changed->dirty = true;
    return store_timeline_add(p, changed->id, "%s is %s, with room for %u leads", changed->id,
                              p->event->rep.available ? "available" : "not available",
                              p->event->rep.capacity);
}

static int project_rep_shifted(const struct projection *p)
{
    uint32_t rep;
    int code = store_roster_rep(p->store, p->core, p->event->shifted.rep, &rep, p->err);
    if (code != 0)
        return code;
    struct store_rep *shifted = &p->store->roster.reps[rep];
    core_rep_take_shift(&shifted->state, p->event);
    shifted->dirty = true;
    return 0;
}

/* A text of a submission that promises are counted by; empty without one. */
static struct bytes captured_text(const struct core_event *event, uint32_t field,
                                  const struct policy_release *release)
{
    if (field == POLICY_NONE || field >= release->schema.count)
        return (struct bytes){0};
    const struct cel_value *value = &event->captured.values[field];
    return value->kind == CEL_STRING ? store_text_cut(value->string) : (struct bytes){0};
}

/* What a submission says of a lead, new or again. */
static int describe(const struct projection *p, struct store_row *row)
{
    const struct policy_release *release = core_release_at(p->core, p->event->captured.release);
    ML_ASSERT(p->event->captured.attributes.size > 0);
    row->last_seq = p->event->seq;
    row->state = CORE_CAPTURED;
    row->source = bytes_of(release->sources[p->event->captured.source].name);
    row->class_name = bytes_of(release->classes[p->event->captured.class_index].name);
    row->urgency = release->classes[p->event->captured.class_index].urgency;
    row->score = p->event->captured.score;
    row->route = (struct bytes){0};
    row->captured_us = p->event->captured.captured_us;
    row->contract = p->event->captured.contract;
    row->dead_letter = p->event->dead_letter;
    row->due_us = p->event->captured.due_us;
    row->attributes = p->event->captured.attributes;
    row->campaign = captured_text(p->event, release->schema.campaign, release);
    row->partner = captured_text(p->event, release->schema.partner, release);
    row->surge = p->event->captured.surge;
    row->place_since_us = p->event->time_us;
    memset(row->parts, 0, sizeof row->parts);
    row->parts[STORE_PART_INTAKE] = p->event->time_us - p->event->captured.captured_us;
    if (row->surge != 0)
        store_surge_count(p->store, row->surge, CORE_MEASURE_NONE);
    if (!hash128_is_none(p->event->captured.key)) {
        row->key = p->event->captured.key;
        row->key_kind = bytes_of(store_key_kind_name(p->event->captured.key_kind));
    }
    wait(p->store, row, CORE_NONE, false, CORE_NONE);
    return store_roster_release_find(p->store, release, &row->release, p->err);
}

/* What a submission says beside the lead: of the source, and of the dead letter it comes from. */
static int project_submission(const struct projection *p)
{
    int code = store_source_accept(p->store, p->core, p->event, p->err);
    if (code == 0 && p->event->dead_letter != 0)
        code = store_dead_letter_settle(p->store, p->event, p->err);
    return code;
}

static int project_captured(const struct projection *p)
{
    p->store->meta.accepted++;
    struct store_row *row = store_row_add(p->store, p->event->lead);
    int code = describe(p, row);
    if (code == 0)
        code = store_count_captured(p->store, row, p->event->time_us, p->err);
    return code == 0 ? project_submission(p) : code;
}

static int project_reopened(const struct projection *p)
{
    struct store_row *row;
    int code = store_row_get(p->store, p->event->lead, &row, p->err);
    if (code != 0)
        return code;
    leave(p, row);
    if (row->rep != CORE_NONE)
        row->before = row->rep;
    row->assigned_us = row->contacted_us = row->closed_us = 0;
    row->late_count = row->fallbacks = row->measures = 0;
    row->merged_into = 0;
    row->reopened++;
    code = describe(p, row);
    if (code == 0)
        code = store_count_captured(p->store, row, p->event->time_us, p->err);
    return code == 0 ? project_submission(p) : code;
}

static int project_touched(const struct projection *p)
{
    struct store_row *row;
    int code = store_row_get(p->store, p->event->lead, &row, p->err);
    if (code != 0)
        return code;
    row->last_seq = p->event->seq;
    row->touchpoints++;
    p->store->meta.touchpoints++;
    return project_submission(p);
}

static void set_route(const struct projection *p, struct store_row *row)
{
    if (p->event->placed.route == CORE_NONE)
        return;
    const struct policy_release *release = core_release_at(p->core, p->event->placed.release);
    row->route = bytes_of(release->routes[p->event->placed.route].name);
}

static int take_turn(const struct projection *p, uint32_t rep)
{
    const struct core_event *event = p->event;
    uint32_t pool, giving = core_giving_pool(event);
    if (giving == CORE_NONE || event->placed.on_call)
        return 0;
    int code = store_roster_pool(p->store, p->core, giving, &pool, p->err);
    if (code != 0)
        return code;
    p->store->roster.pools[pool].last_rep = rep;
    if (event->placed.turn != CORE_NONE)
        p->store->roster.pools[pool].turn = event->placed.turn;
    p->store->roster.pools[pool].dirty = true;
    return 0;
}

/* What a surge plan had to do with a placing. */
static void count_measure(const struct projection *p, struct store_row *row)
{
    if (core_measure_take(&row->measures, p->event))
        store_surge_count(p->store, p->event->placed.surge, p->event->placed.measure);
}

static int project_assigned(const struct projection *p)
{
    struct store_row *row;
    uint32_t rep, pool;
    int code = store_known_row(p, &row);
    if (code == 0)
        code = store_roster_rep(p->store, p->core, p->event->placed.rep, &rep, p->err);
    if (code == 0)
        code = store_roster_pool(p->store, p->core, p->event->placed.pool, &pool, p->err);
    if (code != 0)
        return code;
    leave(p, row);
    row->state = CORE_ASSIGNED;
    row->pool = pool;
    set_route(p, row);
    row->assigned_us = p->event->time_us;
    row->due_us = p->event->placed.due_us;
    count_measure(p, row);
    own(p->store, row, rep);
    row->until_us = p->event->placed.until_us;
    core_rep_take_lead(&p->store->roster.reps[rep].state, p->event);
    return take_turn(p, rep);
}

static int project_queued(const struct projection *p)
{
    struct store_row *row;
    uint32_t pool, kept_from;
    int code = store_known_row(p, &row);
    if (code == 0)
        code = store_roster_pool(p->store, p->core, p->event->placed.pool, &pool, p->err);
    if (code == 0)
        code = store_roster_rep(p->store, p->core, p->event->placed.kept_from, &kept_from, p->err);
    if (code != 0)
        return code;
    leave(p, row);
    row->state = CORE_CAPTURED;
    set_route(p, row);
    row->due_us = p->event->placed.due_us;
    count_measure(p, row);
    wait(p->store, row, pool, p->event->placed.held, kept_from);
    row->until_us = p->event->placed.held ? until_us(p->event) : p->event->placed.until_us;
    return 0;
}

static int project_put(const struct projection *p)
{
    struct store_row *row;
    uint32_t pool;
    int code = store_known_row(p, &row);
    if (code == 0)
        code = store_roster_pool(p->store, p->core, p->event->placed.pool, &pool, p->err);
    if (code != 0)
        return code;
    leave(p, row);
    row->state = CORE_CAPTURED;
    row->place = p->event->type == CORE_LEAD_EXCEPTED ? CORE_PLACE_EXCEPTION : CORE_PLACE_NURTURE;
    row->rep = CORE_NONE;
    row->pool = pool;
    row->held = false;
    row->kept_from = CORE_NONE;
    row->kind = arena_copy(&p->store->arena, p->event->placed.kind);
    row->team = arena_copy(&p->store->arena, p->event->placed.team);
    row->until_us = p->event->type == CORE_LEAD_NURTURED ? until_us(p->event) : 0;
    set_route(p, row);
    row->due_us = p->event->placed.due_us;
    count_measure(p, row);
    return p->event->type == CORE_LEAD_EXCEPTED ? store_exception_add(p) : 0;
}

static int project_returned(const struct projection *p)
{
    struct store_row *row;
    int code = store_known_row(p, &row);
    if (code != 0)
        return code;
    leave(p, row);
    row->state = CORE_CAPTURED;
    wait(p->store, row, CORE_NONE, false, CORE_NONE);
    return 0;
}

static int count_latency(const struct projection *p, const struct store_row *row)
{
    int64_t parts[STORE_PARTS];
    memcpy(parts, row->parts, sizeof row->parts);
    store_row_add_time(row, p->event->time_us, parts);
    int code = store_row_crm_time(p, row, &parts[STORE_PART_CRM_WRITE]);
    if (code != 0)
        return code;
    parts[STORE_PART_REP] = p->event->time_us - row->captured_us;
    for (int i = 0; i < STORE_PART_REP; i++)
        parts[STORE_PART_REP] -= parts[i];
    store_count_latency(p->store, row->class_name, p->event->time_us, parts);
    return 0;
}

static int project_contacted(const struct projection *p)
{
    struct store_row *row;
    int code = store_known_row(p, &row);
    if (code != 0)
        return code;
    row->state = CORE_CONTACTED;
    row->due_us = p->event->contacted.due_us;
    row->moved |= row->until_us != 0;
    row->until_us = 0;
    if (row->contacted_us != 0)
        return 0;
    row->contacted_us = p->event->time_us;
    return count_latency(p, row);
}

/* The owner stays in the row for people to see; the place says that it owns no more. */
static int project_outcome(const struct projection *p)
{
    struct store_row *row;
    int code = store_known_row(p, &row);
    if (code != 0)
        return code;
    leave(p, row);
    row->state = p->event->type == CORE_LEAD_QUALIFIED ? CORE_QUALIFIED : CORE_DISQUALIFIED;
    row->place = CORE_PLACE_CLOSED;
    row->held = false;
    row->kept_from = CORE_NONE;
    row->closed_us = p->event->time_us;
    row->due_us = row->until_us = 0;
    row->merged_into = p->event->outcome.into;
    return 0;
}

static int project_late(const struct projection *p)
{
    struct store_row *row;
    int code = store_known_row(p, &row);
    if (code != 0)
        return code;
    uint32_t count = p->event->late.count;
    row->late_count = count < UINT16_MAX ? count : UINT16_MAX; /* as the core counts */
    p->store->meta.late++;
    return store_row_set_due(p, row, p->event->late.due_us);
}

static int project_refused(const struct projection *p)
{
    int code = store_dead_letter_refuse(p->store, p->core, p->event, p->err);
    return code == 0 ? store_source_refuse(p->store, p->core, p->event, p->err) : code;
}

static int project_retried(const struct projection *p)
{
    return store_dead_letter_retry(p->store, p->event, p->err);
}

static int project_discarded(const struct projection *p)
{
    return store_dead_letter_discard(p->store, p->event, p->err);
}

static int project_switched(const struct projection *p)
{
    int code = store_source_switch(p->store, p->core, p->event, p->err);
    if (code != 0)
        return code;
    const struct policy_rollout *rollout = &p->event->switched.rollout;
    const char *source = core_source_id(p->core, p->event->switched.source);
    return store_timeline_add(p, source, "source %s: %s; version %u is active, candidate %u",
                              source, core_switch_cause_name(p->event->switched.cause),
                              rollout->active, rollout->candidate);
}

static int project_notice(const struct projection *p)
{
    return store_source_notify(p->store, p->core, p->event, p->err);
}

/* ---- idempotency keys */

static int remember_key(const struct projection *p)
{
    if (hash128_is_none(p->event->idempotency))
        return 0;
    sqlite3_stmt *insert = p->store->statements[STORE_IDEMPOTENCY_INSERT];
    unsigned char key[STORE_KEY_SIZE];
    sqlite3_bind_int64(insert, 1, (int64_t)p->event->seq);
    store_bind_key(insert, 2, p->event->idempotency, key);
    sqlite3_bind_int64(insert, 3, (int64_t)p->event->fingerprint);
    sqlite3_bind_int64(insert, 4, (int64_t)p->event->lead);
    sqlite3_bind_int64(insert, 5, p->event->time_us);
    return store_run(p->store, STORE_IDEMPOTENCY_INSERT, p->err);
}

enum { EXPIRE_EXTRA = 1000 };

/* Expired keys go from the oldest on, somewhat faster than new ones come: never a long pause. */
static int expire_keys(struct store *store, size_t events, struct error *err)
{
    sqlite3_stmt *oldest = store->statements[STORE_IDEMPOTENCY_OLDEST];
    int64_t limit_us = store->meta.time_us - CORE_IDEMPOTENCY_US;
    int code = store_sqlite_step(oldest, store->path, err);
    if (code != 1)
        return code;
    int64_t seq = sqlite3_column_int64(oldest, 0), time_us = sqlite3_column_int64(oldest, 1);
    sqlite3_reset(oldest);
    if (time_us > limit_us)
        return 0;
    sqlite3_stmt *expire = store->statements[STORE_IDEMPOTENCY_EXPIRE];
    sqlite3_bind_int64(expire, 1, seq + 2 * (int64_t)events + EXPIRE_EXTRA);
    sqlite3_bind_int64(expire, 2, limit_us);
    return store_run(store, STORE_IDEMPOTENCY_EXPIRE, err);
}

/* ---- a batch */

static int project(const struct projection *p)
{
    static int (*const projectors[CORE_EVENT_TYPES])(const struct projection *) = {
        [CORE_RELEASE_ACTIVATED] = project_activated,
        [CORE_REP_CHANGED] = project_rep_changed,
        [CORE_REP_SHIFTED] = project_rep_shifted,
        [CORE_LEAD_EXCEPTED] = project_put,
        [CORE_LEAD_NURTURED] = project_put,
        [CORE_LEAD_CAPTURED] = project_captured,
        [CORE_LEAD_REOPENED] = project_reopened,
        [CORE_LEAD_TOUCHED] = project_touched,
        [CORE_LEAD_ASSIGNED] = project_assigned,
        [CORE_LEAD_QUEUED] = project_queued,
        [CORE_LEAD_RETURNED] = project_returned,
        [CORE_LEAD_CONTACTED] = project_contacted,
        [CORE_LEAD_QUALIFIED] = project_outcome,
        [CORE_LEAD_DISQUALIFIED] = project_outcome,
        [CORE_LEAD_LATE] = project_late,
        [CORE_RECORD_REFUSED] = project_refused,
        [CORE_RECORD_RETRIED] = project_retried,
        [CORE_RECORD_DISCARDED] = project_discarded,
        [CORE_SOURCE_SWITCHED] = project_switched,
        [CORE_NOTICE_DUE] = project_notice,
        [CORE_LEAD_ESCALATED] = project_escalated,
        [CORE_LEAD_ACKNOWLEDGED] = project_acknowledged,
        [CORE_LEAD_ENRICHED] = project_enriched,
        [CORE_EXCEPTION_OPENED] = project_exception_opened,
        [CORE_EXCEPTION_CLAIMED] = project_exception_claimed,
        [CORE_EXCEPTION_RELEASED] = project_exception_claimed,
        [CORE_EXCEPTION_ESCALATED] = project_exception_escalated,
        [CORE_EXCEPTION_RESOLVED] = project_exception_resolved,
        [CORE_SURGE_STARTED] = project_surge_started,
        [CORE_SURGE_PEAKED] = project_surge_peaked,
        [CORE_SURGE_ENDED] = project_surge_ended,
        [CORE_ALERT_PENDING] = project_alert,
        [CORE_ALERT_FIRING] = project_alert,
        [CORE_ALERT_RESOLVED] = project_alert,
        [CORE_SILENCE_SET] = project_silence_set,
        [CORE_SILENCE_ENDED] = project_silence_ended,
        [CORE_PAGE_DUE] = project_page,
        [CORE_INCIDENT_OPENED] = project_incident_opened,
        [CORE_INCIDENT_NOTED] = project_incident_noted,
        [CORE_INCIDENT_CLOSED] = project_incident_closed,
        [CORE_REMEDIATION_DONE] = project_remediation_done,
        [CORE_REMEDIATION_LATE] = project_remediation_late,
        [CORE_DELIVERY_DELIVERED] = project_settled,
        [CORE_DELIVERY_RETRIED] = project_settled,
        [CORE_DELIVERY_FAILED] = project_settled,
        [CORE_DELIVERY_REQUEUED] = project_requeued,
        [CORE_DELIVERY_DISCARDED] = project_dropped,
        [CORE_DESTINATION_CHANGED] = project_destination,
        [CORE_SYNC_APPLIED] = project_synced,
        [CORE_SYNC_REFUSED] = project_synced,
    };
    ML_ASSERT(p->event->type > 0 && p->event->type < CORE_EVENT_TYPES);
    ML_ASSERT(p->event->seq == p->store->meta.applied_seq + 1);
    p->store->meta.applied_seq = p->event->seq;
    p->store->meta.time_us = p->event->time_us;
    int code = projectors[p->event->type](p);
    if (code == 0)
        code = store_clock_take(p);
    if (code == 0)
        code = store_dues_add(p);
    return code == 0 ? remember_key(p) : code;
}

static int write_meta(struct store *store, struct error *err)
{
    sqlite3_stmt *statement = store->statements[STORE_META_WRITE];
    sqlite3_bind_int64(statement, 1, (int64_t)store->meta.applied_seq);
    sqlite3_bind_int64(statement, 2, store->meta.time_us);
    sqlite3_bind_int64(statement, 3, (int64_t)store->meta.accepted);
    sqlite3_bind_int64(statement, 4, (int64_t)store->meta.touchpoints);
    sqlite3_bind_int64(statement, 5, (int64_t)store->meta.late);
    sqlite3_bind_int64(statement, 6, (int64_t)store->meta.refused);
    sqlite3_bind_int64(statement, 7, (int64_t)store->meta.replayed);
    return store_run(store, STORE_META_WRITE, err);
}

static int project_batch(struct store *store, const struct core *core,
                         const struct core_event *const *events, size_t count, struct error *err)
{
    int code = store_run(store, STORE_BEGIN, err);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = project(&(struct projection){store, core, events[i], err});
    if (code == 0)
        code = store_rows_write(store, err);
    if (code == 0)
        code = store_cohorts_write(store, err);
    if (code == 0)
        code = store_counts_write(store, err);
    if (code == 0)
        code = store_series_write(store, err);
    if (code == 0)
        code = store_surges_write(store, err);
    if (code == 0)
        code = store_roster_write(store, err);
    if (code == 0)
        code = store_sources_write(store, err);
    if (code == 0)
        code = store_destinations_write(store, err);
    if (code == 0)
        code = expire_keys(store, count, err);
    if (code == 0)
        code = store_lookup_extend(store, err);
    if (code == 0)
        code = store_blocks_extend(store, err);
    if (code == 0)
        code = write_meta(store, err);
    return code == 0 ? store_run(store, STORE_COMMIT, err) : code;
}

int store_apply(struct store *store, const struct core *core,
                const struct core_event *const *events, size_t count, struct error *err)
{
    if (count == 0)
        return 0;
    int code = store->stale ? store_memory_read(store, err) : 0;
    struct store_meta before = store->meta;
    if (code == 0)
        code = project_batch(store, core, events, count, err);
    if (code == 0)
        return 0;
    /* Nothing of the batch may stay, in the tables or in memory. */
    store->stale = true;
    store->meta = before;
    store_shadows_clear(&store->sources);
    store_rows_clear(store);
    store_cohorts_clear(&store->cohorts);
    if (!sqlite3_get_autocommit(store->db))
        store_run(store, STORE_ROLLBACK, NULL);
    return code;
}
