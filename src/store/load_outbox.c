/* Rows → core, at start: destinations, deliveries that are pending or failed, links. */
#include "store/internal.h"

int store_load_destinations(struct store *store, struct core *core, struct error *err)
{
    (void)err;
    for (uint32_t i = 0; i < store->destinations.count; i++) {
        const struct store_destination *destination = &store->destinations.items[i];
        struct core_destination state = destination->state;
        state.pending = state.failed = 0; /* counted as they are loaded */
        core_load_destination(core, bytes_of(destination->name), &state);
    }
    return 0;
}

static int damaged(const struct store *store, const char *table, struct error *err)
{
    return error_set(err, ML_ECORRUPT, store->path,
                     "table %s has a word that does not exist, or names what is not there; run "
                     "`meshline rebuild`",
                     table);
}

/* ---- deliveries: those of each destination and state stand in order in the index; all together
 * they are merged */

static const char delivery_rows[] =
    "SELECT number, lead, purpose, target, since_us, due_us, attempts, step, digest, lead_owner, "
    "lead_state "
    "FROM deliveries INDEXED BY deliveries_state WHERE destination = ?1 AND state = ?2 "
    "ORDER BY number";

struct cursor {
    sqlite3_stmt *rows;
    struct bytes destination;
    enum core_delivery_state state;
    uint64_t number; /* of the row that it stands at; UINT64_MAX: at the end */
};

static int move(const struct store *store, struct cursor *cursor, struct error *err)
{
    int code = store_sqlite_step(cursor->rows, store->path, err);
    cursor->number = code == 1 ? (uint64_t)sqlite3_column_int64(cursor->rows, 0) : UINT64_MAX;
    return code < 0 ? code : 0;
}

static int open_cursor(struct store *store, uint32_t destination, enum core_delivery_state state,
                       struct cursor *cursor, struct error *err)
{
    cursor->destination = bytes_of(store->destinations.items[destination].name);
    cursor->state = state;
    int code = store_sqlite_prepare(store->db, store->path, delivery_rows, &cursor->rows, err);
    if (code != 0)
        return code;
    store_bind_string(cursor->rows, 1, cursor->destination);
    store_bind_string(cursor->rows, 2, bytes_of(core_delivery_state_name(state)));
    return move(store, cursor, err);
}

static int load_delivery(const struct store *store, struct core *core, const struct cursor *cursor,
                         struct error *err)
{
    sqlite3_stmt *row = cursor->rows;
    const char *target = (const char *)sqlite3_column_text(row, 3);
    const char *owner = (const char *)sqlite3_column_text(row, 9);
    const struct bytes state = store_column_text(row, 10);
    enum policy_purpose purpose;
    enum core_state status = CORE_STATES;
    if (!store_purpose_parse(store_column_text(row, 2), &purpose) ||
        (state.size > 0 && !store_state_parse(state, &status)))
        return damaged(store, "deliveries", err);
    const struct core_delivery delivery = {.number = cursor->number,
                                           .lead = (uint64_t)sqlite3_column_int64(row, 1),
                                           .attempts = (uint32_t)sqlite3_column_int64(row, 6),
                                           .target = target != NULL ? target : "",
                                           .owner = owner != NULL ? owner : "",
                                           .status = (uint8_t)status,
                                           .since_us = sqlite3_column_int64(row, 4),
                                           .due_us = sqlite3_column_int64(row, 5),
                                           .state = (uint8_t)cursor->state,
                                           .purpose = (uint8_t)purpose,
                                           .step = (uint8_t)sqlite3_column_int(row, 7),
                                           .digest = sqlite3_column_int(row, 8) != 0};
    core_load_delivery(core, &delivery, cursor->destination);
    return 0;
}

/* Few: two for each destination. */
static struct cursor *oldest(struct cursor *cursors, size_t count)
{
    struct cursor *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (cursors[i].number != UINT64_MAX && (found == NULL || cursors[i].number < found->number))
            found = &cursors[i];
    return found;
}

static int merge(struct store *store, struct core *core, struct cursor *cursors, size_t count,
                 struct error *err)
{
    int code = 0;
    for (struct cursor *next; code == 0 && (next = oldest(cursors, count)) != NULL;) {
        code = load_delivery(store, core, next, err);
        if (code == 0)
            code = move(store, next, err);
    }
    return code;
}

static int load_deliveries(struct store *store, struct core *core, struct error *err)
{
    struct arena arena;
    arena_init(&arena);
    struct cursor *cursors =
        arena_array(&arena, 2 * (size_t)store->destinations.count + 1, sizeof *cursors);
    size_t count = 0;
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < store->destinations.count; i++) {
        cursors[count] = cursors[count + 1] = (struct cursor){0};
        code = open_cursor(store, i, CORE_DELIVERY_PENDING, &cursors[count], err);
        if (code == 0)
            code = open_cursor(store, i, CORE_DELIVERY_IS_FAILED, &cursors[count + 1], err);
        count += 2;
    }
    if (code == 0)
        code = merge(store, core, cursors, count, err);
    for (size_t i = 0; i < count; i++)
        sqlite3_finalize(cursors[i].rows);
    arena_release(&arena);
    return code;
}

/* ---- links */

static void add_value(struct core_link *link, const char *name, uint64_t value, int64_t changed_us)
{
    if (value == 0 || link->value_count == CORE_LINK_VALUES_MAX)
        return;
    link->values[link->value_count].name = name;
    link->values[link->value_count].value = value;
    link->values[link->value_count++].changed_us = changed_us;
}

static int load_link(struct store *store, struct core *core, sqlite3_stmt *row,
                     sqlite3_stmt *values, struct error *err)
{
    struct core_link link = {.lead = (uint64_t)sqlite3_column_int64(row, 0),
                             .external_id = (const char *)sqlite3_column_text(row, 2)};
    struct bytes destination = store_column_text(row, 1);
    if (store_destination_find(store, destination) == CORE_NONE)
        return damaged(store, "links", err);
    arena_reset(&store->arena); /* of no batch now */
    add_value(&link, "owner", (uint64_t)sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4));
    add_value(&link, "status", (uint64_t)sqlite3_column_int64(row, 5),
              sqlite3_column_int64(row, 6));
    sqlite3_bind_int64(values, 1, (int64_t)link.lead);
    store_bind_string(values, 2, destination);
    int code;
    while ((code = store_sqlite_step(values, store->path, err)) == 1)
        add_value(&link, arena_string(&store->arena, store_column_text(values, 0)),
                  (uint64_t)sqlite3_column_int64(values, 1), sqlite3_column_int64(values, 2));
    if (code == 0)
        core_load_link(core, &link, destination);
    return code;
}

static int load_links(struct store *store, struct core *core, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    STORE_STATEMENT_AUTO *values = NULL;
    int code = store_sqlite_prepare(store->db, store->path,
                                    "SELECT lead, destination, external_id, owner_value, owner_us, "
                                    "status_value, status_us FROM links ORDER BY lead, destination",
                                    &rows, err);
    if (code == 0)
        code = store_sqlite_prepare(store->db, store->path,
                                    "SELECT field, value, changed_us FROM link_values "
                                    "WHERE lead = ?1 AND destination = ?2 ORDER BY field",
                                    &values, err);
    while (code == 0 && (code = store_sqlite_step(rows, store->path, err)) == 1)
        code = load_link(store, core, rows, values, err);
    return code;
}

int store_load_outbox(struct store *store, struct core *core, struct error *err)
{
    int code = load_deliveries(store, core, err);
    return code == 0 ? load_links(store, core, err) : code;
}
