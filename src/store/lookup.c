/* The look-ups by rep and by business key. A plain index would cost a random page for every lead,
 * more than all the rest of its projection; so leads are added thousands at a time, in key order.
 * Leads up to `through` are covered, exactly; newer ones are found by looking at them.
 *
 * Keys go into runs, one per extension: a key is looked for in each, and no run is ever touched
 * again. Reps are few, so theirs is one sorted table. */
#include "store/internal.h"

#include <stdlib.h>

enum {
    EXTEND_AT = 8192, /* leads; also what a query may have to look at one by one */
    PIECE = 120,      /* keys in one row: four rows fill a page, none overflows it */
};

/* ---- leads that are not covered yet, in order of number */

static struct store_uncovered *add(struct store_lookup *lookup)
{
    if (lookup->count == lookup->capacity) {
        lookup->capacity = lookup->capacity ? lookup->capacity * 2 : EXTEND_AT;
        lookup->leads = realloc(lookup->leads, lookup->capacity * sizeof *lookup->leads);
        if (lookup->leads == NULL)
            panic("out of memory (look-ups of %zu leads)", lookup->capacity);
    }
    return &lookup->leads[lookup->count++];
}

static struct store_uncovered *find(struct store_lookup *lookup, uint64_t number)
{
    size_t low = 0, high = lookup->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lookup->leads[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    ML_ASSERT(low < lookup->count && lookup->leads[low].number == number);
    return &lookup->leads[low];
}

static int read_uncovered(struct store *store, struct error *err)
{
    struct store_lookup *lookup = &store->lookup;
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(store->db, store->path,
                                    "SELECT number, rep, key FROM leads WHERE number > ?1 "
                                    "ORDER BY number",
                                    &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)lookup->through);
    while (code == 0 && (code = store_sqlite_step(rows, store->path, err)) == 1) {
        struct store_uncovered *lead = add(lookup);
        lead->number = (uint64_t)sqlite3_column_int64(rows, 0);
        lead->key = (int64_t)store_column_key(rows, 2).high;
        code = store_roster_rep_named(store, store_column_text(rows, 1), &lead->rep, err);
    }
    return code;
}

int store_lookup_read(struct store *store, struct error *err)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    store->lookup.count = 0;
    int code = store_sqlite_prepare(store->db, store->path,
                                    "SELECT coalesce(max(through), 0) FROM lead_index_runs",
                                    &statement, err);
    if (code == 0)
        code = store_sqlite_step(statement, store->path, err);
    if (code < 0)
        return code;
    store->lookup.through = (uint64_t)sqlite3_column_int64(statement, 0);
    return read_uncovered(store, err);
}

/* ---- following a lead */

static int change(struct store *store, enum store_statement which, uint64_t number, uint32_t rep,
                  struct error *err)
{
    if (rep == CORE_NONE)
        return 0;
    sqlite3_stmt *statement = store->statements[which];
    store_bind_text(statement, 1, store_rep_id(store, rep));
    sqlite3_bind_int64(statement, 2, (int64_t)number);
    return store_run(store, which, err);
}

int store_lookup_follow(struct store *store, const struct store_row *row, struct error *err)
{
    if (row->fresh) {
        *add(&store->lookup) = (struct store_uncovered){
            .number = row->number, .key = (int64_t)row->key.high, .rep = row->rep};
        return 0;
    }
    if (row->rep == row->indexed_rep)
        return 0;
    if (row->number > store->lookup.through) {
        find(&store->lookup, row->number)->rep = row->rep;
        return 0;
    }
    int code = change(store, STORE_REP_INDEX_REMOVE, row->number, row->indexed_rep, err);
    return code == 0 ? change(store, STORE_REP_INDEX_ADD, row->number, row->rep, err) : code;
}

/* ---- extending */

/* By rep, then number: one pass to count, one to put in place. */
static struct store_uncovered *sort_by_rep(const struct store_lookup *lookup, uint32_t rep_count,
                                           size_t *ret_count)
{
    size_t *starts = calloc((size_t)rep_count + 1, sizeof *starts);
    struct store_uncovered *sorted = malloc(lookup->count * sizeof *sorted);
    if (starts == NULL || sorted == NULL)
        panic("out of memory (look-ups of %zu leads)", lookup->count);
    for (size_t i = 0; i < lookup->count; i++)
        if (lookup->leads[i].rep != CORE_NONE)
            starts[lookup->leads[i].rep + 1]++;
    for (uint32_t rep = 0; rep < rep_count; rep++)
        starts[rep + 1] += starts[rep];
    *ret_count = starts[rep_count];
    for (size_t i = 0; i < lookup->count; i++)
        if (lookup->leads[i].rep != CORE_NONE)
            sorted[starts[lookup->leads[i].rep]++] = lookup->leads[i];
    free(starts);
    return sorted;
}

static int write_reps(struct store *store, struct error *err)
{
    size_t count;
    struct store_uncovered *sorted = sort_by_rep(&store->lookup, store->roster.rep_count, &count);
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++)
        code = change(store, STORE_REP_INDEX_ADD, sorted[i].number, sorted[i].rep, err);
    free(sorted);
    return code;
}

static int by_key(const void *a, const void *b)
{
    const struct store_uncovered *x = a, *y = b;
    return x->key != y->key ? (x->key < y->key ? -1 : 1) : 0;
}

static void put_number(struct buffer *out, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        buffer_append_char(out, (char)(number >> shift));
}

/* One piece of a run: leads from `from` on; *ret_end is where the next begins. */
static int write_piece(struct store *store, size_t from, size_t *ret_end, struct error *err)
{
    const struct store_uncovered *leads = store->lookup.leads;
    size_t at = from, count = store->lookup.count;
    struct buffer piece;
    buffer_init(&piece, (count - from) * STORE_KEY_ENTRY_SIZE);
    /* Equal keys stay together: a search looks at one piece. */
    for (; at < count && (at < from + PIECE || leads[at].key == leads[at - 1].key); at++) {
        put_number(&piece, (uint64_t)leads[at].key);
        put_number(&piece, leads[at].number);
    }
    sqlite3_stmt *insert = store->statements[STORE_KEY_INDEX_ADD];
    sqlite3_bind_int64(insert, 1, (int64_t)store->meta.applied_seq);
    sqlite3_bind_int64(insert, 2, leads[from].key);
    sqlite3_bind_blob64(insert, 3, piece.data, piece.size, SQLITE_STATIC);
    int code = store_run(store, STORE_KEY_INDEX_ADD, err);
    buffer_release(&piece);
    *ret_end = at;
    return code;
}

static int write_keys(struct store *store, struct error *err)
{
    struct store_lookup *lookup = &store->lookup;
    size_t with_key = 0;
    for (size_t i = 0; i < lookup->count; i++)
        if (lookup->leads[i].key != 0)
            lookup->leads[with_key++] = lookup->leads[i];
    lookup->count = with_key;
    qsort(lookup->leads, with_key, sizeof *lookup->leads, by_key);
    int code = 0;
    for (size_t at = 0; code == 0 && at < with_key;)
        code = write_piece(store, at, &at, err);
    return code;
}

int store_lookup_extend(struct store *store, struct error *err)
{
    if (store->lookup.count < EXTEND_AT)
        return 0;
    int code = write_reps(store, err);
    if (code == 0)
        code = write_keys(store, err);
    if (code != 0)
        return code;
    /* No lead is newer than the newest event. */
    sqlite3_bind_int64(store->statements[STORE_RUN_ADD], 1, (int64_t)store->meta.applied_seq);
    code = store_run(store, STORE_RUN_ADD, err);
    store->lookup.through = store->meta.applied_seq;
    store->lookup.count = 0;
    return code;
}
