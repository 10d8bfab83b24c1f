/* Events of exceptions → rows. Open ones are the core's too (I2). */
#include "store/internal.h"

#include <inttypes.h>

/* One more thing that happened to it. */
static int add_event(const struct projection *p, uint64_t number, const char *what,
                     struct bytes text)
{
    static const char sql[] =
        "INSERT INTO exception_events (exception, seq, time_us, event, actor, "
        "text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(number), STORE_INT(p->event->seq),
                         STORE_INT(p->event->time_us), STORE_STRING(bytes_of(what)),
                         STORE_STRING(p->event->actor), STORE_STRING(text));
}

/* ---- opening */

struct opening {
    struct bytes kind, queue, team, subject, context;
    enum core_about about;
    bool holding;
    int64_t due_us;
};

static int add(const struct projection *p, const struct opening *opening)
{
    static const char sql[] =
        "INSERT INTO exceptions (number, last_seq, state, kind, queue, team, about, lead, subject, "
        "holding, context, opened_us, due_us, expired, automatic) VALUES (?1, ?1, 'open', ?2, ?3, "
        "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0)";
    const struct core_event *event = p->event;
    int code = STORE_EXECUTE(
        p->store, p->err, sql, STORE_INT(event->seq), STORE_STRING(opening->kind),
        STORE_STRING(opening->queue), STORE_STRING(opening->team),
        STORE_STRING(bytes_of(core_about_name(opening->about))), STORE_TIME(event->lead),
        STORE_TEXT(opening->subject), STORE_INT(opening->holding), STORE_STRING(opening->context),
        STORE_INT(event->time_us), STORE_INT(opening->due_us));
    return code == 0 ? add_event(p, event->seq, "opened", opening->context) : code;
}

int store_exception_add(const struct projection *p)
{
    const struct core_event *event = p->event;
    const struct opening opening = {.kind = event->placed.kind,
                                    .queue = event->placed.queue,
                                    .team = event->placed.team,
                                    .context = event->placed.reason,
                                    .holding = true,
                                    .due_us = event->placed.due_us};
    return add(p, &opening);
}

int project_exception_opened(const struct projection *p)
{
    const struct core_event *event = p->event;
    struct opening opening = {.kind = event->exception.kind,
                              .queue = event->exception.queue,
                              .team = event->exception.team,
                              .context = event->exception.context,
                              .about = event->exception.about,
                              .due_us = event->exception.due_us};
    struct store_row *row;
    if (event->exception.about == CORE_ABOUT_SOURCE)
        opening.subject = bytes_of(core_source_id(p->core, event->exception.index));
    else if (event->exception.about == CORE_ABOUT_POOL)
        opening.subject = bytes_of(core_pool_id(p->core, event->exception.index));
    else if (event->exception.about == CORE_ABOUT_DESTINATION)
        opening.subject = bytes_of(core_destination_id(p->core, event->exception.index));
    int code = event->lead != 0 ? store_known_row(p, &row) : 0;
    return code == 0 ? add(p, &opening) : code;
}

/* ---- what becomes of it */

/* The row of its lead, or NULL; the exception must be open. */
static int known(const struct projection *p, struct store_row **ret, bool *ret_holding)
{
    static const char sql[] = "SELECT holding FROM exceptions WHERE number = ?1 AND state = 'open'";
    sqlite3_stmt *row;
    *ret = NULL;
    int code = p->event->lead != 0 ? store_known_row(p, ret) : 0;
    if (code == 0)
        code = store_sql(p->store, sql, &row, p->err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, (int64_t)p->event->entity);
    code = store_sqlite_step(row, p->store->path, p->err);
    if (code < 0)
        return code;
    if (code == 0)
        return error_set(p->err, ML_ECORRUPT, p->store->path,
                         "event %" PRIu64 " is about exception X%" PRIu64 ", which the view does "
                         "not have as open; run `meshline rebuild`",
                         p->event->seq, p->event->entity);
    *ret_holding = sqlite3_column_int(row, 0) != 0;
    sqlite3_reset(row);
    return 0;
}

int project_exception_claimed(const struct projection *p)
{
    static const char sql[] = "UPDATE exceptions SET last_seq = ?2, claimed_by = ?3, "
                              "claimed_us = ?4 WHERE number = ?1";
    const struct core_event *event = p->event;
    bool claims = event->type == CORE_EXCEPTION_CLAIMED, holding = false;
    struct store_row *lead;
    int code = known(p, &lead, &holding);
    if (code == 0)
        code = STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->seq),
                             STORE_TEXT(claims ? event->actor : (struct bytes){0}),
                             STORE_TIME(claims ? event->time_us : 0));
    return code == 0 ? add_event(p, event->entity, claims ? "claimed" : "released",
                                 event->exception.context)
                     : code;
}

static void count_fallback(struct store_row *row, bool holding)
{
    if (row == NULL || !holding)
        return;
    row->moved = true;
    if (row->fallbacks < UINT8_MAX)
        row->fallbacks++;
}

int project_exception_escalated(const struct projection *p)
{
    static const char sql[] =
        "UPDATE exceptions SET last_seq = ?2, team = ?3, expired = ?4, due_us = ?5, "
        "claimed_by = CASE WHEN ?6 THEN NULL ELSE claimed_by END, "
        "claimed_us = CASE WHEN ?6 THEN NULL ELSE claimed_us END WHERE number = ?1";
    const struct core_event *event = p->event;
    struct store_row *lead;
    bool holding = false;
    bool hands_on = event->exception.action == POLICY_FALL_BACK_TEAM; /* to others than before */
    int code = known(p, &lead, &holding);
    if (code != 0)
        return code;
    count_fallback(lead, holding);
    if (holding && lead != NULL) {
        lead->due_us = event->exception.due_us;
        lead->team = arena_copy(&p->store->arena, event->exception.team);
    }
    code = STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->seq),
                         STORE_STRING(event->exception.team), STORE_INT(event->exception.count),
                         STORE_INT(event->exception.due_us), STORE_INT(hands_on));
    return code == 0 ? add_event(p, event->entity, "escalated",
                                 bytes_of(policy_fall_back_action_name(event->exception.action)))
                     : code;
}

static int write_resolved(const struct projection *p)
{
    static const char sql[] =
        "UPDATE exceptions SET last_seq = ?2, state = 'resolved', resolved_us = ?3, "
        "resolution = ?4, automatic = ?5, resolved_by = ?6, cause = ?7, remediation = ?8, "
        "merged_into = ?9 WHERE number = ?1";
    const struct core_event *event = p->event;
    struct bytes action = bytes_of(core_resolution_name(event->resolved.action));
    int code = STORE_EXECUTE(
        p->store, p->err, sql, STORE_INT(event->entity), STORE_INT(event->seq),
        STORE_INT(event->time_us), STORE_STRING(action), STORE_INT(event->resolved.automatic),
        STORE_TEXT(event->actor), STORE_TEXT(event->resolved.cause),
        STORE_TEXT(event->resolved.remediation), STORE_TIME(event->resolved.into));
    return code == 0 ? add_event(p, event->entity, "resolved", action) : code;
}

int project_exception_resolved(const struct projection *p)
{
    const struct core_event *event = p->event;
    struct store_row *lead;
    bool holding = false;
    int code = known(p, &lead, &holding);
    if (code != 0)
        return code;
    if (event->resolved.automatic && event->resolved.action != CORE_RESOLVED_OVERTAKEN)
        count_fallback(lead, holding);
    if (holding && lead != NULL)
        store_row_free(p, lead);
    return write_resolved(p);
}
