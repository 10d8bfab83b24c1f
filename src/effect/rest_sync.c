/* Records that another system has: all of them, page by page (LIST), or those that were changed
 * since a cursor (POLL). */
#include "effect/rest.h"

/* Pages of one attempt at a poll; the next poll goes on where it ended. */
enum { POLL_PAGES_MAX = 4 };

/* The records of one answer that were handed on. */
struct page {
    uint32_t count;
    struct bytes cursor; /* where the next request begins; empty: this was the last */
};

static void set_cursor(struct rest_turn *turn, struct bytes cursor)
{
    turn->ask.attempt->cursor = cursor;
    turn->ask.inputs->variables[POLICY_OUTBOX_CURSOR] = cel_string(cursor);
}

static bool is_list(const struct rest_turn *turn)
{
    return turn->ask.attempt->task == EFFECT_LIST;
}

enum effect_step rest_records_begin(struct rest_turn *turn)
{
    set_cursor(turn, turn->ask.attempt->cursor);
    return rest_ask(turn, is_list(turn) ? REST_LIST : REST_POLL);
}

/* ---- one record */

static int list_record(struct rest_turn *turn, struct error *err)
{
    struct effect_attempt *attempt = turn->ask.attempt;
    struct bytes key, id;
    int rc = ask_text(&turn->ask, "list/key", &key, err);
    if (rc == 0)
        rc = ask_text(&turn->ask, "list/id", &id, err);
    if (rc == 0 && key.size > 0) /* what has no key of ours is not ours */
        attempt->found(attempt->context, key, id);
    return rc;
}

static int poll_record(struct rest_turn *turn, const struct cel_value *record, struct bytes *cursor,
                       struct error *err)
{
    struct effect_attempt *attempt = turn->ask.attempt;
    struct bytes next;
    int rc = ask_text_strictly(&turn->ask, "sync/poll/cursor", &next, err);
    if (rc != 0)
        return rc;
    if (next.size > 0)
        *cursor = next;
    turn->ask.inputs->variables[POLICY_OUTBOX_CURSOR] = cel_string(*cursor);
    attempt->record(attempt->context, *record, *cursor);
    return 0;
}

/* ---- one page */

static int read_page(struct rest_turn *turn, struct page *ret, struct error *err)
{
    const char *path = is_list(turn) ? "list/records" : "sync/poll/records";
    struct cel_value records;
    int rc = ask_value(&turn->ask, path, &records, err);
    ret->cursor = turn->ask.attempt->cursor;
    if (rc == 0 && records.kind != CEL_LIST)
        rc = error_set(err, ML_EINVAL, path,
                       "%s: the answer has no list of records there; change the expression, or "
                       "see what the other side answered",
                       path);
    for (uint32_t i = 0; rc == 0 && i < records.count; i++) {
        turn->ask.inputs->variables[POLICY_OUTBOX_RECORD] = records.items[i];
        rc = is_list(turn) ? list_record(turn, err)
                           : poll_record(turn, &records.items[i], &ret->cursor, err);
        ret->count++;
    }
    if (rc == 0 && is_list(turn))
        rc = ask_text(&turn->ask, "list/next", &ret->cursor, err);
    return rc;
}

/* Whether there may be more behind this page: of a poll, when it came further. */
static bool goes_on(const struct rest_turn *turn, const struct page *page)
{
    if (!is_list(turn) && ++turn->talk->pages >= POLL_PAGES_MAX)
        return false;
    return page->count > 0 && page->cursor.size > 0 &&
           !bytes_equal(page->cursor, turn->ask.attempt->cursor);
}

enum effect_step rest_records_answered(struct rest_turn *turn)
{
    struct error err = {0};
    struct page page = {0};
    turn->ask.inputs->variables[POLICY_OUTBOX_CURSOR] = cel_string(turn->ask.attempt->cursor);
    if (!rest_judge(turn))
        return EFFECT_DONE;
    if (read_page(turn, &page, &err) != 0) {
        turn->ret->outcome = CORE_OUTCOME_PERMANENT;
        turn->ret->reason = arena_copy(turn->ask.attempt->arena, bytes_of(err.message));
        return EFFECT_DONE;
    }
    if (!goes_on(turn, &page))
        return EFFECT_DONE;
    *turn->ret = (struct core_receipt){0};
    set_cursor(turn, page.cursor);
    return rest_ask(turn, is_list(turn) ? REST_LIST : REST_POLL);
}
