/* What has become of the leads of a time, by where they came from: read from counters, so that it
 * costs the same whether they stand for thousands of leads or for millions. */
#include "store/internal.h"

enum { ROWS_MAX = 1000 };

struct sums {
    int64_t parts[STORE_SHARE_PARTS];
};

static void add_sums(struct sums *to, const struct sums *more)
{
    for (int i = 0; i < STORE_SHARE_PARTS; i++)
        to->parts[i] = store_sum(to->parts[i], more->parts[i]);
}

/* The members behind the value. */
static void print_sums(const struct sums *sums, struct json_writer *json)
{
    static const struct {
        const char *key;
        enum store_share_part part;
    } members[] = {{"captured", STORE_SHARE_CAPTURED},
                   {"contacted", STORE_SHARE_CONTACTED},
                   {"qualified", STORE_SHARE_QUALIFIED},
                   {"disqualified", STORE_SHARE_DISQUALIFIED},
                   {"late", STORE_SHARE_LATE}};
    const int64_t *parts = sums->parts;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_member_integer(json, members[i].key, parts[members[i].part]);
    json_member_integer(json, "open",
                        parts[STORE_SHARE_CAPTURED] - parts[STORE_SHARE_QUALIFIED] -
                            parts[STORE_SHARE_DISQUALIFIED]);
    json_key(json, "mean_seconds_to_contact");
    if (parts[STORE_SHARE_CONTACTED] > 0)
        json_integer(json, parts[STORE_SHARE_CONTACT_US] / parts[STORE_SHARE_CONTACTED] / 1000000);
    else
        json_null(json);
}

static void print_member(const char *key, const struct sums *sums, struct json_writer *json)
{
    json_key(json, key);
    json_object_open(json);
    print_sums(sums, json);
    json_object_close(json);
}

static int print_rows(sqlite3_stmt *rows, const char *path, struct json_writer *json,
                      struct error *err)
{
    struct sums total = {{0}}, others = {{0}};
    int code;
    json_key(json, "rows");
    json_array_open(json);
    for (int count = 0; (code = store_sqlite_step(rows, path, err)) == 1; count++) {
        struct sums sums;
        for (int i = 0; i < STORE_SHARE_PARTS; i++)
            sums.parts[i] = sqlite3_column_int64(rows, 1 + i);
        add_sums(&total, &sums);
        if (count >= ROWS_MAX) {
            add_sums(&others, &sums);
            continue;
        }
        json_object_open(json);
        json_member(json, "value", store_column_text(rows, 0));
        print_sums(&sums, json);
        json_object_close(json);
    }
    json_array_close(json);
    if (others.parts[STORE_SHARE_CAPTURED] > 0)
        print_member("others", &others, json);
    print_member("total", &total, json);
    return code;
}

int store_read_attribution(struct store_reader *reader, enum store_dimension by, int64_t from_us,
                           int64_t to_us, struct json_writer *json, struct error *err)
{
    /* Columns in the order of enum store_share_part. */
    static const char sql[] =
        "SELECT value, sum(captured), sum(contacted), sum(qualified), sum(disqualified), "
        "sum(late), sum(contact_us) FROM capture_counts WHERE dimension = ?1 AND hour >= ?2 AND "
        "hour < ?3 GROUP BY value HAVING sum(captured) > 0 ORDER BY 2 DESC, 1";
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path, sql, &rows, err);
    if (code != 0)
        return code;
    store_bind_string(rows, 1, bytes_of(store_dimension_name(by)));
    sqlite3_bind_int64(rows, 2, from_us / STORE_US_PER_HOUR);
    sqlite3_bind_int64(rows, 3, to_us / STORE_US_PER_HOUR);
    return print_rows(rows, reader->path, json, err);
}
