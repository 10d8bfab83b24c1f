/* The blocks by which searches leave out what cannot match: filled a segment at a time, because an
 * index of words would cost more than all the rest of a lead's projection. A segment has just the
 * same number of leads whatever the batches were. What becomes known of a lead later is added to
 * its block's bits, thousands of leads at a time; bits are never taken back, which costs a search a
 * look at a block for nothing, and never a lead. */
#include "store/blocks.h"

#include "store/internal.h"

#include <stdlib.h>

enum { CHANGES_MAX = 4096 }; /* leads; also what a search may have to look at one by one */

/* ---- the shape of a segment */

static void put_number(unsigned char *at, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)(number >> (56 - 8 * i));
}

static uint64_t get_number(const unsigned char *at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | at[i];
    return number;
}

struct store_bound store_bound_at(const unsigned char *bounds, unsigned block)
{
    const unsigned char *at = bounds + (size_t)block * STORE_BOUND_SIZE;
    return (struct store_bound){get_number(at), (int64_t)get_number(at + 8),
                                (int64_t)get_number(at + 16)};
}

static void put_bound(unsigned char *bounds, unsigned block, const struct store_bound *bound)
{
    unsigned char *at = bounds + (size_t)block * STORE_BOUND_SIZE;
    put_number(at, bound->first);
    put_number(at + 8, (uint64_t)bound->earliest_us);
    put_number(at + 16, (uint64_t)bound->latest_us);
}

/* A segment while its bits are gathered. */
struct segment {
    int64_t number;
    uint64_t through;
    unsigned char bounds[STORE_BOUNDS_SIZE];
    unsigned char bits[STORE_GRAM_POSITIONS * STORE_MASK_SIZE];
};

struct noting {
    struct segment *segment;
    unsigned block;
};

static void set_position(const struct noting *noting, uint32_t position)
{
    noting->segment->bits[position * STORE_MASK_SIZE + noting->block / 8] |=
        (unsigned char)(1u << noting->block % 8);
}

static bool note_value(void *context, struct bytes value)
{
    for (size_t i = 0; i + STORE_GRAM_SHORT <= value.size; i++)
        set_position(context, store_gram_position(value.data + i, STORE_GRAM_SHORT));
    for (size_t i = 0; i + STORE_GRAM_LONG <= value.size; i++)
        set_position(context, store_gram_position(value.data + i, STORE_GRAM_LONG));
    return true;
}

/* Row: number, captured_us, source, campaign, partner, attributes. */
#define LEAD_TO_NOTE "SELECT leads.number, captured_us, source, campaign, partner, attributes FROM "

static void note_lead(struct segment *segment, unsigned block, sqlite3_stmt *row)
{
    struct noting noting = {segment, block};
    struct store_bound bound = store_bound_at(segment->bounds, block);
    int64_t captured_us = sqlite3_column_int64(row, 1);
    if (captured_us < bound.earliest_us)
        bound.earliest_us = captured_us;
    if (captured_us > bound.latest_us)
        bound.latest_us = captured_us;
    put_bound(segment->bounds, block, &bound);
    for (int facet = STORE_FACET_SOURCE; facet <= STORE_FACET_PARTNER; facet++) {
        uint32_t positions[STORE_FACET_POSITIONS];
        store_facet_positions((enum store_facet)facet, store_column_text(row, 2 + facet),
                              positions);
        for (int i = 0; i < STORE_FACET_POSITIONS; i++)
            set_position(&noting, positions[i]);
    }
    store_values_each(store_column_text(row, 5), note_value, &noting);
}

/* ---- a new segment */

static int read_leads(struct store *store, struct segment *segment, struct error *err)
{
    static const char sql[] =
        LEAD_TO_NOTE "leads NOT INDEXED LEFT JOIN lead_attributes ON lead = leads.number "
                     "WHERE leads.number > ?1 ORDER BY leads.number LIMIT ?2";
    sqlite3_stmt *rows;
    int code = store_sql(store, sql, &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)store->blocks.through);
    sqlite3_bind_int64(rows, 2, STORE_SEGMENT_LEADS);
    unsigned count = 0;
    while ((code = store_sqlite_step(rows, store->path, err)) == 1) {
        segment->through = (uint64_t)sqlite3_column_int64(rows, 0);
        unsigned block = count / STORE_BLOCK_LEADS;
        if (count++ % STORE_BLOCK_LEADS == 0)
            put_bound(segment->bounds, block,
                      &(struct store_bound){segment->through, INT64_MAX, INT64_MIN});
        note_lead(segment, block, rows);
    }
    ML_ASSERT(code != 0 || count == STORE_SEGMENT_LEADS);
    return code;
}

static int write_slices(struct store *store, const struct segment *segment, struct error *err)
{
    sqlite3_stmt *insert;
    int code =
        store_sql(store, "INSERT INTO lead_slices (slice, bits) VALUES (?1, ?2)", &insert, err);
    for (int i = 0; code == 0 && i < STORE_SEGMENT_SLICES; i++) {
        sqlite3_bind_int64(insert, 1, segment->number * STORE_SEGMENT_SLICES + i);
        sqlite3_bind_blob(insert, 2, segment->bits + (size_t)i * STORE_SLICE_SIZE, STORE_SLICE_SIZE,
                          SQLITE_STATIC);
        code = store_sqlite_run(insert, store->path, err);
    }
    return code;
}

static int write_bounds(struct store *store, const struct segment *segment, struct error *err)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO lead_segments (segment, through, bounds) VALUES (?1, ?2, ?3)";
    sqlite3_stmt *put;
    int code = store_sql(store, sql, &put, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(put, 1, segment->number);
    sqlite3_bind_int64(put, 2, (int64_t)segment->through);
    sqlite3_bind_blob(put, 3, segment->bounds, STORE_BOUNDS_SIZE, SQLITE_STATIC);
    return store_sqlite_run(put, store->path, err);
}

static int add_segment(struct store *store, struct segment *segment, struct error *err)
{
    memset(segment, 0, sizeof *segment);
    segment->number = store->blocks.segments;
    int code = read_leads(store, segment, err);
    if (code == 0)
        code = write_slices(store, segment, err);
    if (code == 0)
        code = write_bounds(store, segment, err);
    if (code != 0)
        return code;
    store->blocks.through = segment->through;
    store->blocks.segments++;
    store->blocks.newer -= STORE_SEGMENT_LEADS;
    return 0;
}

/* ---- what became known later */

/* The segment that has the lead, behind the one that `segment` is. */
static int find_segment(struct store *store, uint64_t lead, struct segment *segment,
                        struct error *err)
{
    static const char sql[] = "SELECT segment, through, bounds FROM lead_segments "
                              "WHERE segment > ?1 AND through >= ?2 ORDER BY segment LIMIT 1";
    sqlite3_stmt *row;
    int code = store_sql(store, sql, &row, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, segment->number);
    sqlite3_bind_int64(row, 2, (int64_t)lead);
    code = store_sqlite_step(row, store->path, err);
    if (code < 0)
        return code;
    if (code == 0 || sqlite3_column_bytes(row, 2) != STORE_BOUNDS_SIZE)
        return error_set(err, ML_ECORRUPT, store->path,
                         "table lead_segments lacks what lead_changes is about; run `meshline "
                         "rebuild`");
    segment->number = sqlite3_column_int64(row, 0);
    segment->through = (uint64_t)sqlite3_column_int64(row, 1);
    memcpy(segment->bounds, sqlite3_column_blob(row, 2), STORE_BOUNDS_SIZE);
    memset(segment->bits, 0, sizeof segment->bits);
    sqlite3_reset(row);
    return 0;
}

static unsigned block_of(const struct segment *segment, uint64_t lead)
{
    unsigned low = 0, high = STORE_SEGMENT_BLOCKS - 1;
    while (low < high) {
        unsigned middle = low + (high - low + 1) / 2;
        if (store_bound_at(segment->bounds, middle).first <= lead)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* Adds the bits of one slice to what its row has. */
static int merge_slice(struct store *store, int64_t slice, const unsigned char *more,
                       struct error *err)
{
    unsigned char bits[STORE_SLICE_SIZE];
    sqlite3_stmt *row, *put;
    int code = store_sql(store, "SELECT bits FROM lead_slices WHERE slice = ?1", &row, err);
    if (code == 0)
        code = store_sql(store, "UPDATE lead_slices SET bits = ?2 WHERE slice = ?1", &put, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, slice);
    code = store_sqlite_step(row, store->path, err);
    if (code < 0)
        return code;
    bool whole = code == 1 && sqlite3_column_bytes(row, 0) == STORE_SLICE_SIZE;
    if (whole)
        memcpy(bits, sqlite3_column_blob(row, 0), sizeof bits);
    sqlite3_reset(row);
    if (!whole)
        return error_set(err, ML_ECORRUPT, store->path,
                         "table lead_slices is not whole; run `meshline rebuild`");
    for (size_t i = 0; i < sizeof bits; i++)
        bits[i] |= more[i];
    sqlite3_bind_int64(put, 1, slice);
    sqlite3_bind_blob(put, 2, bits, sizeof bits, SQLITE_STATIC);
    return store_sqlite_run(put, store->path, err);
}

static int merge_segment(struct store *store, const struct segment *segment, struct error *err)
{
    static const unsigned char nothing[STORE_SLICE_SIZE];
    if (segment->number < 0)
        return 0;
    int code = write_bounds(store, segment, err);
    for (int i = 0; code == 0 && i < STORE_SEGMENT_SLICES; i++) {
        const unsigned char *more = segment->bits + (size_t)i * STORE_SLICE_SIZE;
        if (memcmp(more, nothing, STORE_SLICE_SIZE) != 0)
            code = merge_slice(store, segment->number * STORE_SEGMENT_SLICES + i, more, err);
    }
    return code;
}

static int merge_changes(struct store *store, struct segment *segment, struct error *err)
{
    static const char sql[] =
        LEAD_TO_NOTE "lead_changes CROSS JOIN leads ON leads.number = lead_changes.lead JOIN "
                     "lead_attributes ON lead_attributes.lead = leads.number ORDER BY "
                     "lead_changes.lead";
    sqlite3_stmt *rows;
    int code = store_sql(store, sql, &rows, err);
    if (code != 0)
        return code;
    segment->number = -1;
    segment->through = 0;
    while ((code = store_sqlite_step(rows, store->path, err)) == 1) {
        uint64_t lead = (uint64_t)sqlite3_column_int64(rows, 0);
        if (lead > segment->through) {
            code = merge_segment(store, segment, err);
            if (code == 0)
                code = find_segment(store, lead, segment, err);
        }
        if (code < 0)
            break;
        note_lead(segment, block_of(segment, lead), rows);
    }
    sqlite3_reset(rows);
    if (code == 0)
        code = merge_segment(store, segment, err);
    store->blocks.changes = 0;
    return code == 0
               ? STORE_EXECUTE(store, err, "DELETE FROM lead_changes WHERE lead > ?1", STORE_INT(0))
               : code;
}

/* ---- following the leads */

int store_blocks_follow(struct store *store, const struct store_row *row, struct error *err)
{
    struct store_blocks *blocks = &store->blocks;
    if (row->fresh) {
        blocks->newer++;
        return 0;
    }
    /* Its source, campaign and partner only change together with them, when it is reopened. */
    if (row->number > blocks->through || row->attributes.size == 0)
        return 0;
    blocks->changes++;
    return STORE_EXECUTE(store, err, "INSERT OR IGNORE INTO lead_changes (lead) VALUES (?1)",
                         STORE_INT(row->number));
}

int store_blocks_extend(struct store *store, struct error *err)
{
    struct store_blocks *blocks = &store->blocks;
    if (blocks->newer < STORE_SEGMENT_LEADS && blocks->changes < CHANGES_MAX)
        return 0;
    struct segment *segment = calloc(1, sizeof *segment);
    if (segment == NULL)
        panic("out of memory (blocks of %d leads)", STORE_SEGMENT_LEADS);
    int code = 0;
    if (blocks->changes >= CHANGES_MAX)
        code = merge_changes(store, segment, err);
    while (code == 0 && blocks->newer >= STORE_SEGMENT_LEADS)
        code = add_segment(store, segment, err);
    free(segment);
    return code;
}

int store_blocks_read(struct store *store, struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    int code = store_sqlite_prepare(
        store->db, store->path,
        "SELECT segments, through, (SELECT count(*) FROM leads NOT INDEXED WHERE number > "
        "through), "
        "(SELECT count(*) FROM lead_changes) FROM "
        "(SELECT count(*) AS segments, coalesce(max(through), 0) AS through FROM lead_segments)",
        &row, err);
    if (code == 0)
        code = store_sqlite_step(row, store->path, err);
    if (code < 0)
        return code;
    store->blocks = (struct store_blocks){
        .segments = sqlite3_column_int64(row, 0),
        .through = (uint64_t)sqlite3_column_int64(row, 1),
        .newer = sqlite3_column_int64(row, 2),
        .changes = sqlite3_column_int64(row, 3),
    };
    return 0;
}
