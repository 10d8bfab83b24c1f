/* What the reads of promises and trouble print alike. */
#include "store/print.h"

void store_print_id(struct json_writer *json, const char *key, enum id_letter letter,
                    int64_t number)
{
    char id[LEAD_ID_TEXT_SIZE];
    if (number == 0)
        return;
    entity_id_print(letter, (uint64_t)number, id);
    json_member(json, key, bytes_of(id));
}

void store_print_lead_id(struct json_writer *json, const char *key, int64_t number)
{
    char id[LEAD_ID_TEXT_SIZE];
    if (number == 0)
        return;
    lead_id_print((uint64_t)number, id);
    json_member(json, key, bytes_of(id));
}

void store_print_time_if(struct json_writer *json, const char *key, int64_t time_us)
{
    if (time_us != 0)
        json_member_time(json, key, time_us);
}

void store_print_json(struct json_writer *json, const char *key, struct bytes text,
                      const char *otherwise)
{
    json_key(json, key);
    json_raw(json, text.size > 0 ? text : bytes_of(otherwise));
}

int store_limit_check(uint32_t limit, const char *of, struct error *err)
{
    if (limit >= 1 && limit <= STORE_PAGE_MAX)
        return 0;
    return error_set(err, ML_EINVAL, "limit", "a page has 1 to %d %s", STORE_PAGE_MAX, of);
}

int store_print_page(struct store_reader *reader, const char *sql, uint64_t before, uint32_t limit,
                     void (*print)(sqlite3_stmt *row, struct json_writer *json),
                     struct json_writer *json, uint64_t *ret_next, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path, sql, &rows, err);
    if (code != 0)
        return code;
    bool paged = before > 0 && before < INT64_MAX;
    sqlite3_bind_int64(rows, 1, paged ? (int64_t)before : INT64_MAX);
    sqlite3_bind_int64(rows, 2, (int64_t)limit + 1);
    uint64_t last = 0;
    uint32_t count = 0;
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1 && count < limit) {
        last = (uint64_t)sqlite3_column_int64(rows, 0);
        print(rows, json);
        count++;
    }
    json_array_close(json);
    if (code < 0)
        return code;
    *ret_next = code == 1 ? last : 0;
    return 0;
}
