/* What became of promises, counted by the hour under each dimension; what runs now; where the time
 * to the first contact went. A batch counts in memory and writes each row that it touched once. */
#include "store/internal.h"

#include <stdlib.h>

enum { CAPTURED = POLICY_OBJECTIVES };

static const char *const dimension_names[STORE_DIMENSIONS] = {
    [STORE_BY_CLASS] = "class",     [STORE_BY_CAMPAIGN] = "campaign", [STORE_BY_SOURCE] = "source",
    [STORE_BY_PARTNER] = "partner", [STORE_BY_POOL] = "pool",         [STORE_BY_REP] = "rep",
};

const char *store_dimension_name(enum store_dimension dimension)
{
    return dimension_names[dimension];
}

bool store_dimension_parse(struct bytes text, enum store_dimension *ret)
{
    for (int i = 0; i < STORE_DIMENSIONS; i++) {
        if (!bytes_is(text, dimension_names[i]))
            continue;
        *ret = (enum store_dimension)i;
        return true;
    }
    return false;
}

static struct bytes objective_word(uint32_t objective)
{
    return bytes_of(objective == CAPTURED
                        ? "captured"
                        : policy_objective_name((enum policy_objective)objective));
}

/* Whose values come from outside, without any bound. */
static bool is_bounded(enum store_dimension dimension)
{
    return dimension == STORE_BY_CAMPAIGN || dimension == STORE_BY_PARTNER;
}

static uint32_t value_get(struct store_counts *counts, enum store_dimension dimension,
                          struct bytes text)
{
    struct store_names *names = &counts->values[dimension];
    uint32_t found = store_name_find(names, text);
    if (found != CORE_NONE)
        return found;
    if (is_bounded(dimension) && names->count >= STORE_VALUES_MAX)
        return store_name_get(names, BYTES_LITERAL(STORE_OTHERS));
    return store_name_add(names, text);
}

static uint32_t class_get(struct store_counts *counts, struct bytes class_name)
{
    return store_name_get(&counts->values[STORE_BY_CLASS], class_name);
}

/* The two halves of a key are added up to find its place: kept apart, because values, classes and
 * hours are small numbers that follow each other. */
static struct hash128 key_of(uint64_t low, uint64_t high)
{
    return (struct hash128){UINT64_C(1) << 63 | low, high * UINT64_C(0xd6e8feb86659fd93)};
}

static void touch(struct store_touched *touched, size_t at)
{
    touched->items = store_grow(touched->items, touched->count, sizeof *touched->items);
    touched->items[touched->count++] = at;
}

/* ---- cells */

static int read_cell(struct store *store, struct store_cell *cell, struct error *err)
{
    static const char sql[] =
        "SELECT met, late, late_met, void, sum_us, histogram FROM objective_counts WHERE "
        "dimension = ?1 AND objective = ?2 AND value = ?3 AND class = ?4 AND hour = ?5";
    struct store_counts *counts = &store->counts;
    sqlite3_stmt *row;
    int code = store_sql(store, sql, &row, err);
    if (code != 0)
        return code;
    store_bind_string(row, 1, bytes_of(dimension_names[cell->dimension]));
    store_bind_string(row, 2, objective_word(cell->objective));
    store_bind_string(row, 3, store_name_at(&counts->values[cell->dimension], cell->value));
    store_bind_string(row, 4, store_name_at(&counts->values[STORE_BY_CLASS], cell->class_name));
    sqlite3_bind_int64(row, 5, cell->hour);
    code = store_sqlite_step(row, store->path, err);
    if (code != 1)
        return code;
    for (int i = 0; i < CORE_TURNS; i++)
        cell->turns[i] = (uint64_t)sqlite3_column_int64(row, i);
    cell->sum_us = sqlite3_column_int64(row, 4);
    uint64_t histogram[STORE_BUCKETS] = {0};
    store_histogram_add(histogram, sqlite3_column_blob(row, 5),
                        (size_t)sqlite3_column_bytes(row, 5));
    for (int i = 0; i < STORE_BUCKETS; i++)
        cell->histogram[i] = (uint32_t)histogram[i];
    sqlite3_reset(row);
    return 0;
}

static int cell_get(struct store *store, const struct store_cell *like, struct store_cell **ret,
                    struct error *err)
{
    struct store_counts *counts = &store->counts;
    const struct hash128 key = key_of((uint64_t)like->dimension << 32 | like->value,
                                      (uint64_t)like->class_name << 32 |
                                          (uint64_t)like->objective << 28 | (uint64_t)like->hour);
    const uint64_t *found = map_find(&counts->cell_index, key);
    if (found != NULL) {
        *ret = &counts->cells[*found];
        if (!(*ret)->dirty)
            touch(&counts->touched_cells, *found);
        (*ret)->dirty = true;
        return 0;
    }
    touch(&counts->touched_cells, counts->cell_count);
    counts->cells = store_grow(counts->cells, counts->cell_count, sizeof *counts->cells);
    struct store_cell *cell = *ret = &counts->cells[counts->cell_count];
    *cell = *like;
    cell->dirty = true;
    map_put(&counts->cell_index, key, counts->cell_count++);
    return read_cell(store, cell, err);
}

static void bind_cell(struct store *store, sqlite3_stmt *to, const struct store_cell *cell,
                      unsigned char histogram[static STORE_HISTOGRAM_SIZE])
{
    const struct store_counts *counts = &store->counts;
    store_bind_string(to, 1, bytes_of(dimension_names[cell->dimension]));
    store_bind_string(to, 2, objective_word(cell->objective));
    store_bind_string(to, 3, store_name_at(&counts->values[cell->dimension], cell->value));
    store_bind_string(to, 4, store_name_at(&counts->values[STORE_BY_CLASS], cell->class_name));
    sqlite3_bind_int64(to, 5, cell->hour);
    for (int i = 0; i < CORE_TURNS; i++)
        sqlite3_bind_int64(to, 6 + i, (int64_t)cell->turns[i]);
    sqlite3_bind_int64(to, 10, cell->sum_us);
    size_t size = store_histogram_pack(cell->histogram, histogram);
    sqlite3_bind_blob(to, 11, histogram, (int)size, SQLITE_STATIC);
}

static int write_cells(struct store *store, struct error *err)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO objective_counts (dimension, objective, value, class, hour, met, "
        "late, late_met, void, sum_us, histogram) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
        "?11)";
    struct store_counts *counts = &store->counts;
    sqlite3_stmt *write;
    unsigned char histogram[STORE_HISTOGRAM_SIZE];
    int code = store_sql(store, sql, &write, err);
    for (size_t i = 0; code == 0 && i < counts->touched_cells.count; i++) {
        struct store_cell *cell = &counts->cells[counts->touched_cells.items[i]];
        bind_cell(store, write, cell, histogram);
        code = store_sqlite_run(write, store->path, err);
        cell->dirty = false;
    }
    counts->touched_cells.count = 0;
    if (counts->cell_count > STORE_CELLS_KEPT) {
        counts->cell_count = 0;
        map_release(&counts->cell_index);
    }
    return code;
}

/* ---- counting */

void store_subject_of(const struct store *store, const struct store_row *row,
                      struct store_subject *ret)
{
    *ret = (struct store_subject){{[STORE_BY_CLASS] = row->class_name,
                                   [STORE_BY_CAMPAIGN] = row->campaign,
                                   [STORE_BY_SOURCE] = row->source,
                                   [STORE_BY_PARTNER] = row->partner,
                                   [STORE_BY_POOL] = store_pool_id(store, row->pool),
                                   [STORE_BY_REP] = store_rep_id(store, row->rep)}};
}

static int count_turn(struct store *store, const struct store_subject *subject, int64_t hour,
                      const struct core_turned *turned, struct error *err)
{
    struct store_counts *counts = &store->counts;
    struct store_cell like = {
        .objective = turned->objective,
        .class_name = class_get(counts, subject->values[STORE_BY_CLASS]),
        .hour = hour,
    };
    bool reached = turned->how == CORE_MET || turned->how == CORE_LATE_MET;
    for (int i = 0; i < STORE_DIMENSIONS; i++) {
        struct store_cell *cell;
        like.dimension = (enum store_dimension)i;
        like.value = value_get(counts, like.dimension, subject->values[i]);
        int code = cell_get(store, &like, &cell, err);
        if (code != 0)
            return code;
        cell->turns[turned->how]++;
        if (!reached)
            continue;
        cell->sum_us = store_sum(cell->sum_us, turned->took_us);
        cell->histogram[store_bucket_of(turned->took_us)]++;
    }
    return 0;
}

int store_count_turned(struct store *store, const struct store_row *row, int64_t time_us,
                       const struct core_turned *turned, size_t count, struct error *err)
{
    struct store_subject subject;
    int code = 0;
    if (count > 0)
        store_subject_of(store, row, &subject);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = count_turn(store, &subject, time_us / STORE_US_PER_HOUR, &turned[i], err);
    return code;
}

int store_count_captured(struct store *store, const struct store_row *row, int64_t time_us,
                         struct error *err)
{
    struct store_counts *counts = &store->counts;
    struct store_subject subject;
    store_subject_of(store, row, &subject);
    struct store_cell like = {.objective = CAPTURED,
                              .class_name = class_get(counts, row->class_name),
                              .hour = time_us / STORE_US_PER_HOUR};
    for (int i = STORE_BY_CLASS; i <= STORE_BY_PARTNER; i++) {
        struct store_cell *cell;
        like.dimension = (enum store_dimension)i;
        like.value = value_get(counts, like.dimension, subject.values[i]);
        int code = cell_get(store, &like, &cell, err);
        if (code != 0)
            return code;
        cell->turns[CORE_MET]++;
    }
    return 0;
}

/* ---- what runs now */

static int read_running(struct store *store, struct store_running *running, struct error *err)
{
    static const char sql[] = "SELECT number, running FROM objective_running WHERE dimension = ?1 "
                              "AND objective = ?2 AND value = ?3 AND class = ?4";
    const struct store_counts *counts = &store->counts;
    sqlite3_stmt *row;
    int code = store_sql(store, sql, &row, err);
    if (code != 0)
        return code;
    store_bind_string(row, 1, bytes_of(dimension_names[running->dimension]));
    store_bind_string(row, 2, objective_word(running->objective));
    store_bind_string(row, 3, store_name_at(&counts->values[running->dimension], running->value));
    store_bind_string(row, 4, store_name_at(&counts->values[STORE_BY_CLASS], running->class_name));
    code = store_sqlite_step(row, store->path, err);
    if (code != 1)
        return code;
    running->number = sqlite3_column_int64(row, 0);
    running->count = sqlite3_column_int64(row, 1);
    sqlite3_reset(row);
    return 0;
}

static int count_running(struct store *store, const struct store_running *like, int by,
                         struct error *err)
{
    struct store_counts *counts = &store->counts;
    const struct hash128 key = key_of((uint64_t)like->dimension << 32 | like->value,
                                      (uint64_t)like->class_name << 32 | like->objective);
    const uint64_t *found = map_find(&counts->running_index, key);
    size_t at = found != NULL ? *found : counts->running_count;
    int code = 0;
    if (found == NULL) {
        counts->running = store_grow(counts->running, at, sizeof *counts->running);
        counts->running[at] = *like;
        map_put(&counts->running_index, key, counts->running_count++);
        code = read_running(store, &counts->running[at], err);
    }
    counts->running[at].count += by;
    if (!counts->running[at].dirty)
        touch(&counts->touched_running, at);
    counts->running[at].dirty = true;
    return code;
}

int store_count_running(struct store *store, const struct store_subject *subject, uint8_t running,
                        int by, struct error *err)
{
    struct store_counts *counts = &store->counts;
    uint32_t class_name = class_get(counts, subject->values[STORE_BY_CLASS]);
    int code = 0;
    for (int i = 0; code == 0 && running != 0 && i < STORE_DIMENSIONS; i++) {
        uint32_t value = value_get(counts, (enum store_dimension)i, subject->values[i]);
        for (uint32_t objective = 0; code == 0 && objective < POLICY_OBJECTIVES; objective++) {
            const struct store_running like = {.dimension = (enum store_dimension)i,
                                               .objective = objective,
                                               .value = value,
                                               .class_name = class_name};
            if ((running >> objective & 1) != 0)
                code = count_running(store, &like, by, err);
        }
    }
    return code;
}

static int add_running(struct store *store, struct store_running *running, struct error *err)
{
    static const char sql[] = "INSERT INTO objective_running (dimension, objective, value, class, "
                              "running) VALUES (?1, ?2, ?3, ?4, ?5)";
    const struct store_counts *counts = &store->counts;
    int code = STORE_EXECUTE(
        store, err, sql, STORE_STRING(bytes_of(dimension_names[running->dimension])),
        STORE_STRING(objective_word(running->objective)),
        STORE_STRING(store_name_at(&counts->values[running->dimension], running->value)),
        STORE_STRING(store_name_at(&counts->values[STORE_BY_CLASS], running->class_name)),
        STORE_INT(running->count));
    running->number = sqlite3_last_insert_rowid(store->db);
    return code;
}

/* What is 0 has no row, however the events were cut into batches. */
static int write_running_row(struct store *store, struct store_running *running, struct error *err)
{
    static const char put[] = "UPDATE objective_running SET running = ?2 WHERE number = ?1";
    static const char drop[] = "DELETE FROM objective_running WHERE number = ?1";
    if (running->count != 0 && running->number == 0)
        return add_running(store, running, err);
    if (running->count != 0)
        return STORE_EXECUTE(store, err, put, STORE_INT(running->number),
                             STORE_INT(running->count));
    int64_t number = running->number;
    running->number = 0;
    return number == 0 ? 0 : STORE_EXECUTE(store, err, drop, STORE_INT(number));
}

static int write_running(struct store *store, struct error *err)
{
    struct store_counts *counts = &store->counts;
    int code = 0;
    for (size_t i = 0; code == 0 && i < counts->touched_running.count; i++) {
        struct store_running *running = &counts->running[counts->touched_running.items[i]];
        running->dirty = false;
        code = write_running_row(store, running, err);
    }
    counts->touched_running.count = 0;
    if (counts->running_count > STORE_CELLS_KEPT) {
        counts->running_count = 0;
        map_release(&counts->running_index);
    }
    return code;
}

/* ---- where the time went */

void store_count_latency(struct store *store, struct bytes class_name, int64_t time_us,
                         const int64_t parts[static STORE_PARTS])
{
    struct store_counts *counts = &store->counts;
    const int64_t hour = time_us / STORE_US_PER_HOUR;
    const uint32_t class_number = class_get(counts, class_name);
    const struct hash128 key = {UINT64_C(1) << 63 | class_number, (uint64_t)hour};
    const uint64_t *found = map_find(&counts->latency_index, key);
    size_t at = found != NULL ? *found : counts->latency_count;
    if (found == NULL) {
        counts->latencies = store_grow(counts->latencies, at, sizeof *counts->latencies);
        counts->latencies[at] = (struct store_latency){.class_name = class_number, .hour = hour};
        map_put(&counts->latency_index, key, counts->latency_count++);
    }
    struct store_latency *latency = &counts->latencies[at];
    latency->count++;
    for (int i = 0; i < STORE_PARTS; i++)
        latency->parts[i] = store_sum(latency->parts[i], parts[i]);
}

/* Added to what the table has; the batch's own are forgotten. */
static int write_latencies(struct store *store, struct error *err)
{
    static const char sql[] =
        "INSERT INTO latency_counts (hour, class, count, intake_us, routing_us, waiting_us, "
        "triage_us, enrichment_us, crm_write_us, rep_us) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
        "ON CONFLICT DO UPDATE SET count = count + excluded.count, "
        "intake_us = intake_us + excluded.intake_us, "
        "routing_us = routing_us + excluded.routing_us, "
        "waiting_us = waiting_us + excluded.waiting_us, "
        "triage_us = triage_us + excluded.triage_us, "
        "enrichment_us = enrichment_us + excluded.enrichment_us, "
        "crm_write_us = crm_write_us + excluded.crm_write_us, "
        "rep_us = rep_us + excluded.rep_us";
    struct store_counts *counts = &store->counts;
    int code = 0;
    for (size_t i = 0; code == 0 && i < counts->latency_count; i++) {
        const struct store_latency *latency = &counts->latencies[i];
        code = STORE_EXECUTE(
            store, err, sql, STORE_INT(latency->hour),
            STORE_STRING(store_name_at(&counts->values[STORE_BY_CLASS], latency->class_name)),
            STORE_INT(latency->count), STORE_INT(latency->parts[STORE_PART_INTAKE]),
            STORE_INT(latency->parts[STORE_PART_ROUTING]),
            STORE_INT(latency->parts[STORE_PART_WAITING]),
            STORE_INT(latency->parts[STORE_PART_TRIAGE]),
            STORE_INT(latency->parts[STORE_PART_ENRICHMENT]),
            STORE_INT(latency->parts[STORE_PART_CRM_WRITE]),
            STORE_INT(latency->parts[STORE_PART_REP]));
    }
    counts->latency_count = 0;
    map_release(&counts->latency_index);
    return code;
}

/* ---- the whole */

static int write_values(struct store *store, enum store_dimension dimension, struct error *err)
{
    static const char sql[] = "INSERT INTO counted_values (dimension, value) VALUES (?1, ?2)";
    const struct store_names *names = &store->counts.values[dimension];
    uint32_t *written = &store->counts.written[dimension];
    int code = 0;
    for (; code == 0 && *written < names->count; ++*written)
        code = STORE_EXECUTE(store, err, sql, STORE_STRING(bytes_of(dimension_names[dimension])),
                             STORE_STRING(store_name_at(names, *written)));
    return code;
}

int store_counts_write(struct store *store, struct error *err)
{
    int code = write_values(store, STORE_BY_CAMPAIGN, err);
    if (code == 0)
        code = write_values(store, STORE_BY_PARTNER, err);
    if (code == 0)
        code = write_cells(store, err);
    if (code == 0)
        code = write_running(store, err);
    return code == 0 ? write_latencies(store, err) : code;
}

int store_counts_read(struct store *store, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    store_counts_release(&store->counts);
    int code = store_sqlite_prepare(store->db, store->path,
                                    "SELECT dimension, value FROM counted_values ORDER BY 1, 2",
                                    &rows, err);
    while (code == 0 && (code = store_sqlite_step(rows, store->path, err)) == 1) {
        enum store_dimension dimension;
        if (!store_dimension_parse(store_column_text(rows, 0), &dimension) ||
            !is_bounded(dimension))
            return error_set(err, ML_ECORRUPT, store->path,
                             "table counted_values has a dimension that does not exist; run "
                             "`meshline rebuild`");
        store_name_get(&store->counts.values[dimension], store_column_text(rows, 1));
        store->counts.written[dimension] = store->counts.values[dimension].count;
        code = 0;
    }
    return code;
}

void store_counts_release(struct store_counts *counts)
{
    for (int i = 0; i < STORE_DIMENSIONS; i++)
        store_names_release(&counts->values[i]);
    free(counts->cells);
    free(counts->running);
    free(counts->touched_cells.items);
    free(counts->touched_running.items);
    free(counts->latencies);
    map_release(&counts->cell_index);
    map_release(&counts->running_index);
    map_release(&counts->latency_index);
    *counts = (struct store_counts){0};
}
