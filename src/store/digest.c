/* The content of the view as one hash: every table in key order, every value with its type and
 * length, without what has expired, and without the look-ups (which only find rows). */
#include "store/internal.h"

#include <sodium.h>

static const char *const contents[] = {
    "SELECT applied_seq, time_us, accepted, touchpoints, late, refused, replayed FROM meta",
    "SELECT * FROM releases ORDER BY number",
    "SELECT * FROM reps ORDER BY number",
    "SELECT * FROM pools ORDER BY number",
    "SELECT * FROM pool_members ORDER BY pool, position",
    "SELECT * FROM leads ORDER BY number",
    "SELECT * FROM lead_attributes ORDER BY lead",
    "SELECT * FROM idempotency WHERE time_us > ?1 ORDER BY seq",
    "SELECT * FROM dead_letters ORDER BY number",
    "SELECT * FROM dead_letter_payloads ORDER BY dead_letter",
    "SELECT * FROM sources ORDER BY number",
    "SELECT * FROM source_versions ORDER BY source, version",
    "SELECT * FROM shadow_differences ORDER BY source, version, outcome, detail",
    "SELECT * FROM violations ORDER BY source, position",
    "SELECT * FROM destinations ORDER BY number",
    "SELECT * FROM deliveries ORDER BY number",
    "SELECT * FROM attempts ORDER BY delivery, seq",
    "SELECT * FROM links ORDER BY lead, destination",
    "SELECT * FROM link_values ORDER BY lead, destination, field",
    "SELECT * FROM exceptions ORDER BY number",
    "SELECT * FROM exception_events ORDER BY exception, seq",
    "SELECT * FROM objective_counts ORDER BY dimension, objective, value, class, hour",
    "SELECT dimension, objective, value, class, running FROM objective_running ORDER BY 1, 2, 3, 4",
    "SELECT * FROM counted_values ORDER BY dimension, value",
    /* What was counted there and is no more depends on which events came together. */
    "SELECT * FROM capture_counts WHERE captured > 0 ORDER BY dimension, hour, value",
    "SELECT * FROM latency_counts ORDER BY hour, class",
    "SELECT * FROM series_hours ORDER BY hour, kind, name",
    "SELECT * FROM series_minutes WHERE minute > ?2 ORDER BY minute, kind, name",
    "SELECT * FROM surges ORDER BY number",
    "SELECT * FROM alerts ORDER BY number",
    "SELECT * FROM silences ORDER BY number",
    "SELECT * FROM incidents ORDER BY number",
    "SELECT * FROM incident_notes ORDER BY incident, seq",
    "SELECT * FROM incident_items ORDER BY incident, item",
    "SELECT * FROM timeline ORDER BY seq",
};

static void hash_number(crypto_generichash_state *hash, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    crypto_generichash_update(hash, bytes, sizeof bytes);
}

static void hash_value(crypto_generichash_state *hash, sqlite3_stmt *row, int column)
{
    int type = sqlite3_column_type(row, column);
    hash_number(hash, (uint64_t)type);
    if (type == SQLITE_INTEGER) {
        hash_number(hash, (uint64_t)sqlite3_column_int64(row, column));
    } else if (type != SQLITE_NULL) {
        const unsigned char *data = sqlite3_column_blob(row, column);
        size_t size = (size_t)sqlite3_column_bytes(row, column);
        hash_number(hash, size);
        crypto_generichash_update(hash, data, size);
    }
}

static int hash_table(struct store *store, const char *sql, crypto_generichash_state *hash,
                      struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(store->db, store->path, sql, &rows, err);
    if (code != 0)
        return code;
    if (sqlite3_bind_parameter_count(rows) == 1)
        sqlite3_bind_int64(rows, 1, store->meta.time_us - CORE_IDEMPOTENCY_US);
    if (sqlite3_bind_parameter_count(rows) == 2)
        sqlite3_bind_int64(rows, 2,
                           store->meta.time_us / STORE_US_PER_MINUTE - CORE_SERIES_MINUTES);
    uint64_t count = 0;
    for (; (code = store_sqlite_step(rows, store->path, err)) == 1; count++)
        for (int column = 0; column < sqlite3_column_count(rows); column++)
            hash_value(hash, rows, column);
    hash_number(hash, count);
    return code;
}

int store_digest(struct store *store, struct hash256 *ret, struct error *err)
{
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, HASH256_SIZE);
    int code = 0;
    for (size_t i = 0; code == 0 && i < sizeof contents / sizeof *contents; i++)
        code = hash_table(store, contents[i], &hash, err);
    if (code == 0)
        crypto_generichash_final(&hash, ret->data, HASH256_SIZE);
    return code;
}
