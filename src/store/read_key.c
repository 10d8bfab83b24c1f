/* From a business key to its lead: among the newest leads one by one, then in the runs of the key
 * look-up (lookup.c), newest first. */
#include "store/internal.h"

static uint64_t number_at(const unsigned char *bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | bytes[i];
    return number;
}

static int find_newest(struct store_reader *reader, struct hash128 key, uint64_t *ret_number,
                       struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    unsigned char room[STORE_KEY_SIZE];
    int code = store_query(reader, STORE_QUERY_KEY_NEWEST, &row, err);
    if (code != 0)
        return code;
    store_bind_key(row, 1, key, room);
    code = store_sqlite_step(row, reader->path, err);
    if (code == 1)
        *ret_number = (uint64_t)sqlite3_column_int64(row, 0);
    return code < 0 ? code : 0;
}

/* A piece knows half of the key; the lead itself knows the rest. */
static int check(struct store_reader *reader, uint64_t number, struct hash128 key,
                 uint64_t *ret_number, struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    unsigned char room[STORE_KEY_SIZE];
    int code = store_query(reader, STORE_QUERY_KEY_CHECK, &row, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, (int64_t)number);
    store_bind_key(row, 2, key, room);
    code = store_sqlite_step(row, reader->path, err);
    if (code == 1)
        *ret_number = number;
    return code < 0 ? code : 0;
}

static int search_piece(struct store_reader *reader, const unsigned char *entries, size_t count,
                        struct hash128 key, uint64_t *ret_number, struct error *err)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((int64_t)number_at(entries + middle * STORE_KEY_ENTRY_SIZE) < (int64_t)key.high)
            low = middle + 1;
        else
            high = middle;
    }
    int code = 0;
    for (; code == 0 && *ret_number == 0 && low < count; low++) {
        const unsigned char *entry = entries + low * STORE_KEY_ENTRY_SIZE;
        if (number_at(entry) != key.high)
            break;
        code = check(reader, number_at(entry + 8), key, ret_number, err);
    }
    return code;
}

static int search_runs(struct store_reader *reader, struct hash128 key, uint64_t *ret_number,
                       struct error *err)
{
    STORE_QUERY_AUTO *rows = NULL;
    int code = store_query(reader, STORE_QUERY_KEY_PIECES, &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)key.high);
    while (*ret_number == 0 && (code = store_sqlite_step(rows, reader->path, err)) == 1) {
        const unsigned char *entries = sqlite3_column_blob(rows, 0);
        size_t count = (size_t)sqlite3_column_bytes(rows, 0) / STORE_KEY_ENTRY_SIZE;
        code = search_piece(reader, entries, count, key, ret_number, err);
        if (code < 0)
            return code;
    }
    return code < 0 ? code : 0;
}

int store_read_key(struct store_reader *reader, struct hash128 key, uint64_t *ret_number,
                   struct error *err)
{
    *ret_number = 0;
    if (hash128_is_none(key))
        return 0;
    int code = find_newest(reader, key, ret_number, err);
    return code == 0 && *ret_number == 0 ? search_runs(reader, key, ret_number, err) : code;
}
