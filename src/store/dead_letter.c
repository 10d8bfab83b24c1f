/* Dead letters: records that were refused, from the refusal to what became of them. They are far
 * rarer than leads, so each event is written as it comes. */
#include "store/internal.h"

#include "base/id.h"

#include <inttypes.h>

static void bind_json(sqlite3_stmt *statement, int at, struct bytes json, const char *empty)
{
    store_bind_string(statement, at, json.size > 0 ? json : bytes_of(empty));
}

static int keep_payload(struct store *store, const struct core_event *event, struct error *err)
{
    sqlite3_stmt *add = store->statements[STORE_PAYLOAD_ADD];
    struct bytes payload = event->refused.payload;
    sqlite3_bind_int64(add, 1, (int64_t)event->dead_letter);
    store_bind_string(add, 2, event->refused.media_type);
    bind_json(add, 3, event->refused.headers, "{}");
    sqlite3_bind_blob64(add, 4, payload.size > 0 ? payload.data : "", payload.size, SQLITE_STATIC);
    return store_run(store, STORE_PAYLOAD_ADD, err);
}

int store_dead_letter_refuse(struct store *store, const struct core *core,
                             const struct core_event *event, struct error *err)
{
    const struct policy_release *release = core_release_at(core, event->refused.release);
    sqlite3_stmt *add = store->statements[STORE_DEAD_LETTER_ADD];
    store->meta.refused++;
    sqlite3_bind_int64(add, 1, (int64_t)event->dead_letter);
    store_bind_string(add, 2, bytes_of(release->sources[event->refused.source].name));
    sqlite3_bind_int64(add, 3, event->refused.contract);
    sqlite3_bind_int(add, 4, event->refused.canary);
    sqlite3_bind_int64(add, 5, event->time_us);
    store_bind_string(add, 6, event->refused.violation);
    store_bind_string(add, 7, event->refused.message);
    bind_json(add, 8, event->refused.errors, "[]");
    int code = store_run(store, STORE_DEAD_LETTER_ADD, err);
    return code == 0 ? keep_payload(store, event, err) : code;
}

/* Runs a change of one open dead letter; ML_ECORRUPT when the view has no such. */
static int change(struct store *store, enum store_statement which, const struct core_event *event,
                  struct error *err)
{
    int code = store_run(store, which, err);
    if (code != 0 || sqlite3_changes(store->db) == 1)
        return code;
    return error_set(err, ML_ECORRUPT, store->path,
                     "the view has no open dead letter D%" PRIu64 " that event %" PRIu64
                     " is about; run `meshline rebuild`",
                     event->dead_letter, event->seq);
}

int store_dead_letter_retry(struct store *store, const struct core_event *event, struct error *err)
{
    sqlite3_stmt *retry = store->statements[STORE_DEAD_LETTER_RETRY];
    sqlite3_bind_int64(retry, 1, (int64_t)event->dead_letter);
    sqlite3_bind_int64(retry, 2, (int64_t)event->seq);
    sqlite3_bind_int64(retry, 3, event->time_us);
    sqlite3_bind_int64(retry, 4, event->refused.contract);
    sqlite3_bind_int(retry, 5, event->refused.canary);
    store_bind_string(retry, 6, event->refused.violation);
    store_bind_string(retry, 7, event->refused.message);
    bind_json(retry, 8, event->refused.errors, "[]");
    return change(store, STORE_DEAD_LETTER_RETRY, event, err);
}

/* The end of a dead letter. `lead` 0 and `reason` empty: none. */
static int settle(struct store *store, const struct core_event *event,
                  enum store_dead_letter_state state, uint64_t lead, struct bytes reason,
                  struct error *err)
{
    sqlite3_stmt *settled = store->statements[STORE_DEAD_LETTER_SETTLE];
    sqlite3_bind_int64(settled, 1, (int64_t)event->dead_letter);
    sqlite3_bind_int64(settled, 2, (int64_t)event->seq);
    sqlite3_bind_int64(settled, 3, event->time_us);
    store_bind_string(settled, 4, bytes_of(store_dead_letter_state_name(state)));
    store_bind_number(settled, 5, lead);
    store_bind_text(settled, 6, reason);
    return change(store, STORE_DEAD_LETTER_SETTLE, event, err);
}

int store_dead_letter_settle(struct store *store, const struct core_event *event, struct error *err)
{
    bool own = event->type == CORE_LEAD_CAPTURED;
    store->meta.replayed += own;
    return settle(store, event, own ? STORE_REPLAYED : STORE_MERGED, event->lead, (struct bytes){0},
                  err);
}

int store_dead_letter_discard(struct store *store, const struct core_event *event,
                              struct error *err)
{
    int code = settle(store, event, STORE_DISCARDED, 0, event->discarded.reason, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(store->statements[STORE_PAYLOAD_REMOVE], 1, (int64_t)event->dead_letter);
    return store_run(store, STORE_PAYLOAD_REMOVE, err);
}
