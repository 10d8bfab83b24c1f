/* Releases by id, and the identity I9. */
#include "store/internal.h"

enum { RELEASE_DIGITS_MIN = 8 };

static bool is_release_prefix(struct bytes id)
{
    if (id.size < RELEASE_DIGITS_MIN || id.size >= HASH256_TEXT_SIZE)
        return false;
    for (size_t i = 0; i < id.size; i++)
        if (strchr("0123456789abcdef", id.data[i]) == NULL || id.data[i] == '\0')
            return false;
    return true;
}

int store_read_release(struct store_reader *reader, struct bytes id, struct buffer *out,
                       struct error *err)
{
    if (!is_release_prefix(id))
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is not a release id: give its first %d or more digits, 0-9 and "
                         "a-f",
                         BYTES_ARG(id), RELEASE_DIGITS_MIN);
    STORE_QUERY_AUTO *row = NULL;
    int code = store_query(reader, STORE_QUERY_RELEASE, &row, err);
    if (code != 0)
        return code;
    store_bind_text(row, 1, id);
    code = store_sqlite_step(row, reader->path, err);
    if (code < 0)
        return code;
    if (code == 0)
        return error_set(err, ML_ENOTFOUND, "", "there is no release %.*s", BYTES_ARG(id));
    size_t before = out->size;
    buffer_append_bytes(out, store_column_text(row, 0));
    code = store_sqlite_step(row, reader->path, err);
    if (code == 0)
        return 0;
    out->size = before;
    if (code < 0)
        return code;
    return error_set(err, ML_ECONFLICT, "", "several releases begin with %.*s: give more digits",
                     BYTES_ARG(id));
}

int store_read_activation(struct store_reader *reader, struct bytes id, int64_t *ret_time_us,
                          struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    *ret_time_us = 0;
    int code = store_query(reader, STORE_QUERY_ACTIVATION, &row, err);
    if (code != 0)
        return code;
    store_bind_text(row, 1, id);
    code = store_sqlite_step(row, reader->path, err);
    if (code == 1)
        *ret_time_us = sqlite3_column_int64(row, 0);
    return code < 0 ? code : 0;
}

int store_read_reconciliation(struct store_reader *reader, struct store_reconciliation *ret,
                              struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    int code = store_query(reader, STORE_QUERY_RECONCILIATION, &row, err);
    if (code == 0)
        code = store_sqlite_step(row, reader->path, err);
    if (code < 0)
        return code;
    if (code == 0)
        return error_set(err, ML_ECORRUPT, reader->path,
                         "table meta is empty; run `meshline rebuild`");
    enum { NUMBERS = 12 };
    uint64_t numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = (uint64_t)sqlite3_column_int64(row, i);
    *ret = (struct store_reconciliation){
        .seq = numbers[0],
        .accepted = numbers[1],
        .owned = numbers[2],
        .waiting = numbers[3],
        .in_exception = numbers[4],
        .nurture = numbers[5],
        .closed = numbers[6] + numbers[7],
        .qualified = numbers[6],
        .disqualified = numbers[7],
        .dead_lettered = numbers[8],
        .settled = numbers[9],
        .touchpoints = numbers[10],
        .late = numbers[11],
    };
    ret->balanced = ret->accepted == ret->owned + ret->waiting + ret->in_exception + ret->nurture +
                                         ret->closed + ret->dead_lettered + ret->settled;
    return 0;
}
