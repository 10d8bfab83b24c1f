/* Spans are looked at in pieces, so that the cost of a call is known while it grows. */
#include "store/lead_walk.h"

#include "store/lead_select.h"

enum {
    /* What one call may cost: leads whose attributes are read, or steps of SQLite's machine. Either
     * is some tens of milliseconds. */
    LOOKS_MAX = 15000,
    LOOKS_OF_A_MATCH = 3, /* its row is read as well */
    STEPS_MAX = 1500000,
    /* A piece of a span, in numbers: longer while pieces cost little. */
    PIECE_MIN = 4096,
    PIECE_STEPS_FEW = STEPS_MAX / 50,
    PIECE_STEPS_MANY = STEPS_MAX / 10,
};

static bool is_tired(const struct store_walk *walk)
{
    return walk->looks >= LOOKS_MAX || walk->steps >= STEPS_MAX;
}

static void bind_span(sqlite3_stmt *to, struct store_span span)
{
    sqlite3_bind_int64(to, STORE_SPAN_FIRST, (int64_t)span.first);
    sqlite3_bind_int64(to, STORE_SPAN_LAST, (int64_t)span.last);
}

static int take_rows(struct store_walk *walk, struct store_span span)
{
    int code;
    bind_span(walk->leads, span);
    while ((code = store_sqlite_step(walk->leads, walk->reader->path, walk->err)) == 1) {
        walk->full = !walk->take(walk->context, walk->leads);
        if (walk->full)
            break;
    }
    sqlite3_reset(walk->leads);
    return code < 0 ? code : 0;
}

/* ---- for words: attributes first, the lead itself only where they match */

static int look_for_words(struct store_walk *walk, struct store_span span)
{
    int code;
    bind_span(walk->attributes, span);
    while ((code = store_sqlite_step(walk->attributes, walk->reader->path, walk->err)) == 1) {
        if (is_tired(walk)) {
            walk->tired = true;
            break;
        }
        uint64_t number = (uint64_t)sqlite3_column_int64(walk->attributes, 0);
        walk->looks++;
        if (store_words_match(walk->words, store_column_text(walk->attributes, 1))) {
            walk->looks += LOOKS_OF_A_MATCH;
            code = take_rows(walk, (struct store_span){number, number});
        }
        if (code < 0 || walk->full)
            break;
        walk->reached = number;
    }
    sqlite3_reset(walk->attributes);
    return code < 0 ? code : 0;
}

/* ---- without words */

static struct store_span next_piece(const struct store_walk *walk, struct store_span rest)
{
    if (rest.last - rest.first < walk->piece)
        return rest;
    if (walk->rising)
        rest.last = rest.first + walk->piece;
    else
        rest.first = rest.last - walk->piece;
    return rest;
}

static void learn(struct store_walk *walk)
{
    int steps = sqlite3_stmt_status(walk->leads, SQLITE_STMTSTATUS_VM_STEP, 1);
    walk->steps += (uint64_t)steps;
    if (steps < PIECE_STEPS_FEW && walk->piece < INT64_MAX / 2)
        walk->piece *= 2;
    else if (steps > PIECE_STEPS_MANY && walk->piece > PIECE_MIN)
        walk->piece /= 2;
}

static int look_for_rows(struct store_walk *walk, struct store_span rest)
{
    while (!walk->tired) {
        struct store_span piece = next_piece(walk, rest);
        int code = take_rows(walk, piece);
        if (code != 0 || walk->full)
            return code;
        learn(walk);
        walk->reached = walk->rising ? piece.last : piece.first;
        if (walk->rising ? piece.last == rest.last : piece.first == rest.first)
            return 0;
        if (walk->rising)
            rest.first = piece.last + 1;
        else
            rest.last = piece.first - 1;
        walk->tired = is_tired(walk);
    }
    return 0;
}

/* ---- the whole */

/* The part of the span that is behind the cursor; false: none is. */
static bool clip(const struct store_walk *walk, struct store_span *span)
{
    uint64_t cursor = walk->cursor;
    if (cursor != 0 && walk->rising && span->first <= cursor)
        span->first = cursor < INT64_MAX ? cursor + 1 : INT64_MAX;
    if (cursor != 0 && !walk->rising && span->last >= cursor)
        span->last = cursor - 1;
    if (span->last > walk->newest) /* behind it pieces would only grow */
        span->last = walk->newest;
    return span->first <= span->last;
}

static int look_at(struct store_walk *walk, const struct store_span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct store_span span = spans[walk->rising ? i : count - 1 - i];
        if (!clip(walk, &span))
            continue;
        walk->tired = is_tired(walk);
        if (walk->tired)
            return 0;
        int code =
            walk->attributes != NULL ? look_for_words(walk, span) : look_for_rows(walk, span);
        if (code != 0 || walk->full || walk->tired)
            return code;
    }
    return 0;
}

static int find_newest(struct store_walk *walk)
{
    STORE_STATEMENT_AUTO *row = NULL;
    int code = store_sqlite_prepare(walk->reader->db, walk->reader->path,
                                    "SELECT coalesce(max(number), 0) FROM leads", &row, walk->err);
    if (code == 0)
        code = store_sqlite_step(row, walk->reader->path, walk->err);
    if (code < 0)
        return code;
    walk->newest = (uint64_t)sqlite3_column_int64(row, 0);
    return 0;
}

int store_walk(struct store_walk *walk, const struct store_span *spans, size_t count,
               struct error *err)
{
    STORE_STATEMENT_AUTO *leads = NULL, *attributes = NULL;
    walk->piece = PIECE_MIN;
    walk->err = err;
    int code =
        store_lead_select(walk->reader, walk->filter, walk->rising, walk->deadlines, &leads, err);
    if (code == 0 && walk->words->count > 0)
        code = store_sqlite_prepare(walk->reader->db, walk->reader->path,
                                    walk->rising
                                        ? "SELECT lead, attributes FROM lead_attributes WHERE lead "
                                          "BETWEEN ?1 AND ?2 ORDER BY lead"
                                        : "SELECT lead, attributes FROM lead_attributes WHERE lead "
                                          "BETWEEN ?1 AND ?2 ORDER BY lead DESC",
                                    &attributes, err);
    walk->leads = leads;
    walk->attributes = attributes;
    if (code == 0)
        code = find_newest(walk);
    if (code == 0)
        code = look_at(walk, spans, count);
    walk->leads = walk->attributes = NULL;
    return code;
}
