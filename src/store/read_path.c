/* Leads and deliveries of some minutes, gathered by the way they went. The ways are few, the leads
 * many: each is read once, in the order of the table, and only counted. */
#include "store/path.h"

#include "base/map.h"
#include "base/text_hash.h"
#include "store/internal.h"

enum { WAY_TEXTS = 7 };

/* Which way a lead went: for the deliveries that are about it. In falling order of numbers. */
struct counted_lead {
    uint64_t number;
    uint32_t way;
};

struct gathering {
    struct arena *arena;
    struct store_way *ways;
    struct store_way_delivery *deliveries;
    size_t way_count, way_capacity, delivery_count, delivery_capacity;
    struct map index; /* of ways, then of deliveries; a hash leads to the first with it */
    struct counted_lead *leads;
    size_t lead_count;
};

static struct bytes keep(struct arena *arena, struct bytes text)
{
    return text.size > 0 ? arena_copy(arena, text) : (struct bytes){0};
}

/* ---- ways */

static void way_texts(const struct store_way *way, struct bytes ret[static WAY_TEXTS])
{
    const struct bytes texts[WAY_TEXTS] = {way->source, way->class_name, way->route, way->place,
                                           way->pool,   way->rep,        way->kind};
    memcpy(ret, texts, sizeof texts);
}

static bool is_same_way(const struct store_way *a, const struct store_way *b)
{
    struct bytes left[WAY_TEXTS], right[WAY_TEXTS];
    way_texts(a, left);
    way_texts(b, right);
    for (size_t i = 0; i < WAY_TEXTS; i++)
        if (!bytes_equal(left[i], right[i]))
            return false;
    return a->contract == b->contract;
}

/* Names of the mesh, which no outsider chooses. The place behind the hash tells apart ways that
 * have one hash. */
static struct hash128 way_key(const struct store_way *way, uint64_t place)
{
    struct bytes texts[WAY_TEXTS];
    uint64_t hash = way->contract;
    way_texts(way, texts);
    for (size_t i = 0; i < WAY_TEXTS; i++)
        hash = text_hash_mix(hash, text_hash(texts[i]));
    return (struct hash128){place + 1, hash};
}

static uint32_t add_way(struct gathering *g, const struct store_way *way)
{
    g->ways = arena_grow(g->arena, g->ways, g->way_count, &g->way_capacity, sizeof *g->ways);
    struct store_way *added = &g->ways[g->way_count];
    *added = (struct store_way){
        .source = keep(g->arena, way->source),
        .class_name = keep(g->arena, way->class_name),
        .route = keep(g->arena, way->route),
        .place = keep(g->arena, way->place),
        .pool = keep(g->arena, way->pool),
        .rep = keep(g->arena, way->rep),
        .kind = keep(g->arena, way->kind),
        .contract = way->contract,
    };
    return (uint32_t)g->way_count++;
}

static uint32_t find_way(struct gathering *g, const struct store_way *way)
{
    for (uint64_t place = 0;; place++) {
        struct hash128 key = way_key(way, place);
        const uint64_t *known = map_find(&g->index, key);
        if (known == NULL) {
            uint32_t added = add_way(g, way);
            map_put(&g->index, key, added);
            return added;
        }
        if (is_same_way(&g->ways[*known], way))
            return (uint32_t)*known;
    }
}

static int read_leads(struct store_reader *reader, struct gathering *g, uint64_t from_seq,
                      uint64_t most, bool *ret_complete, struct error *err)
{
    static const char sql[] =
        "SELECT number, source, class, route, place, pool, CASE WHEN pool IS NULL THEN rep END, "
        "kind, contract, late <> 0 FROM leads NOT INDEXED WHERE number >= ?1 "
        "ORDER BY number DESC LIMIT ?2";
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path, sql, &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)from_seq);
    sqlite3_bind_int64(rows, 2, (int64_t)most + 1);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1 && g->lead_count < most) {
        const struct store_way way = {
            .source = store_column_text(rows, 1),
            .class_name = store_column_text(rows, 2),
            .route = store_column_text(rows, 3),
            .place = store_column_text(rows, 4),
            .pool = store_column_text(rows, 5),
            .rep = store_column_text(rows, 6),
            .kind = store_column_text(rows, 7),
            .contract = (uint32_t)sqlite3_column_int64(rows, 8),
        };
        uint32_t at = find_way(g, &way);
        g->ways[at].leads++;
        g->ways[at].late += (uint64_t)sqlite3_column_int(rows, 9);
        g->leads[g->lead_count++] =
            (struct counted_lead){(uint64_t)sqlite3_column_int64(rows, 0), at};
    }
    *ret_complete = code == 0;
    return code < 0 ? code : 0;
}

/* ---- deliveries */

/* NULL: the lead is not counted. */
static const struct counted_lead *find_lead(const struct gathering *g, uint64_t number)
{
    size_t low = 0, high = g->lead_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (g->leads[middle].number > number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < g->lead_count && g->leads[low].number == number ? &g->leads[low] : NULL;
}

static struct store_way_delivery *add_delivery(struct gathering *g, uint32_t way,
                                               struct bytes destination, bool asked)
{
    g->deliveries = arena_grow(g->arena, g->deliveries, g->delivery_count, &g->delivery_capacity,
                               sizeof *g->deliveries);
    struct store_way_delivery *added = &g->deliveries[g->delivery_count++];
    *added = (struct store_way_delivery){
        .way = way, .destination = keep(g->arena, destination), .asked = asked};
    return added;
}

static void count_delivery(struct gathering *g, uint32_t way, struct bytes destination, bool asked)
{
    for (uint64_t place = 0;; place++) {
        uint64_t hash = text_hash_mix(text_hash(destination), (uint64_t)way << 1 | asked);
        struct hash128 key = {place + 1, hash};
        const uint64_t *known = map_find(&g->index, key);
        struct store_way_delivery *delivery = known != NULL ? &g->deliveries[*known] : NULL;
        if (known == NULL) {
            delivery = add_delivery(g, way, destination, asked);
            map_put(&g->index, key, g->delivery_count - 1);
        }
        if (delivery->way == way && delivery->asked == asked &&
            bytes_equal(delivery->destination, destination)) {
            delivery->count++;
            return;
        }
    }
}

/* From the oldest counted lead on: what is sent because of a lead comes after it. */
static int read_deliveries(struct store_reader *reader, struct gathering *g, struct error *err)
{
    static const char sql[] =
        "SELECT lead, destination, purpose = 'enrich' FROM deliveries NOT INDEXED WHERE "
        "number >= ?1 AND lead >= ?2 AND destination <> '' ORDER BY number DESC LIMIT ?3";
    STORE_STATEMENT_AUTO *rows = NULL;
    int code =
        g->lead_count > 0 ? store_sqlite_prepare(reader->db, reader->path, sql, &rows, err) : 0;
    if (code != 0 || g->lead_count == 0)
        return code;
    uint64_t oldest = g->leads[g->lead_count - 1].number;
    sqlite3_bind_int64(rows, 1, (int64_t)core_delivery_number(oldest, 0));
    sqlite3_bind_int64(rows, 2, (int64_t)oldest);
    sqlite3_bind_int64(rows, 3, STORE_PATH_DELIVERIES_MAX);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        const struct counted_lead *lead = find_lead(g, (uint64_t)sqlite3_column_int64(rows, 0));
        if (lead != NULL)
            count_delivery(g, lead->way, store_column_text(rows, 1),
                           sqlite3_column_int(rows, 2) != 0);
    }
    return code;
}

int store_read_path(struct store_reader *reader, uint64_t from_seq, uint64_t most,
                    struct arena *arena, struct store_path *ret, struct error *err)
{
    struct gathering g = {.arena = arena,
                          .leads = arena_array(arena, most, sizeof(struct counted_lead))};
    bool complete = false;
    map_init(&g.index);
    int code = store_read_begin(reader, err);
    if (code == 0) {
        code = read_leads(reader, &g, from_seq, most, &complete, err);
        map_release(&g.index);
        map_init(&g.index);
        if (code == 0)
            code = read_deliveries(reader, &g, err);
        code = store_read_end(reader, code, err);
    }
    map_release(&g.index);
    if (code == 0)
        *ret = (struct store_path){
            .ways = g.ways,
            .way_count = g.way_count,
            .deliveries = g.deliveries,
            .delivery_count = g.delivery_count,
            .leads = g.lead_count,
            .oldest = g.lead_count > 0 ? g.leads[g.lead_count - 1].number : 0,
            .complete = complete,
        };
    return code;
}
