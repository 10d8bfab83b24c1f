/* SQL that is run now and then, prepared at its first use. */
#include "store/internal.h"

int store_sql(struct store *store, const char *sql, sqlite3_stmt **ret, struct error *err)
{
    for (size_t i = 0; i < store->sql_count; i++) {
        if (store->sql[i].text != sql)
            continue;
        *ret = store->sql[i].statement;
        return 0;
    }
    ML_ASSERT(store->sql_count < STORE_SQL_KEPT);
    sqlite3_stmt *statement;
    int code = store_sqlite_prepare(store->db, store->path, sql, &statement, err);
    if (code != 0)
        return code;
    store->sql[store->sql_count].text = sql;
    store->sql[store->sql_count++].statement = statement;
    *ret = statement;
    return 0;
}

void store_bind_values(sqlite3_stmt *statement, const struct store_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int at = (int)i + 1;
        switch (values[i].type) {
        case STORE_VALUE_INTEGER: sqlite3_bind_int64(statement, at, values[i].integer); break;
        case STORE_VALUE_TEXT: store_bind_text(statement, at, values[i].text); break;
        case STORE_VALUE_STRING: store_bind_string(statement, at, values[i].text); break;
        case STORE_VALUE_TIME: store_bind_time(statement, at, values[i].integer); break;
        }
    }
}

int store_execute(struct store *store, const char *sql, const struct store_value *values,
                  size_t count, struct error *err)
{
    sqlite3_stmt *statement;
    int code = store_sql(store, sql, &statement, err);
    if (code != 0)
        return code;
    ML_ASSERT((size_t)sqlite3_bind_parameter_count(statement) == count);
    store_bind_values(statement, values, count);
    return store_sqlite_run(statement, store->path, err);
}
