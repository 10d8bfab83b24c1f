/* Destinations: whether anything is sent to them, as the core keeps it, and how many deliveries are
 * in which state. Gathered in memory, because every receipt counts, and written once a batch. */
#include "store/internal.h"

#include <stdlib.h>

void store_destinations_release(struct store_destinations *destinations)
{
    for (uint32_t i = 0; i < destinations->count; i++) {
        free(destinations->items[i].name);
        free(destinations->items[i].failure);
    }
    free(destinations->items);
    free(destinations->of_core);
    map_release(&destinations->index);
    *destinations = (struct store_destinations){0};
}

/* ---- finding */

static uint32_t add(struct store_destinations *destinations, struct bytes name)
{
    uint32_t at = destinations->count;
    destinations->items = store_grow(destinations->items, at, sizeof *destinations->items);
    destinations->items[at] = (struct store_destination){.name = store_copy(name)};
    map_put(&destinations->index, hash128_of(&name, 1), at);
    return destinations->count++;
}

uint32_t store_destination_find(const struct store *store, struct bytes name)
{
    const uint64_t *found = map_find(&store->destinations.index, hash128_of(&name, 1));
    return found != NULL ? (uint32_t)*found : CORE_NONE;
}

static void keep_place(struct store_destinations *destinations, uint32_t destination, uint32_t at)
{
    if (destination >= destinations->of_core_count) {
        uint32_t count = destination + POLICY_DESTINATIONS_MAX;
        destinations->of_core =
            reallocarray(destinations->of_core, count, sizeof *destinations->of_core);
        if (destinations->of_core == NULL)
            panic("out of memory (%u destinations)", count);
        for (uint32_t i = destinations->of_core_count; i < count; i++)
            destinations->of_core[i] = CORE_NONE;
        destinations->of_core_count = count;
    }
    destinations->of_core[destination] = at;
}

int store_destination_get(const struct projection *p, uint32_t destination,
                          struct store_destination **ret)
{
    struct store_destinations *destinations = &p->store->destinations;
    const char *name = core_destination_id(p->core, destination);
    uint32_t at =
        destination < destinations->of_core_count ? destinations->of_core[destination] : CORE_NONE;
    if (at == CORE_NONE || strcmp(destinations->items[at].name, name) != 0) {
        at = store_destination_find(p->store, bytes_of(name));
        if (at == CORE_NONE) {
            error_set(p->err, ML_ECORRUPT, p->store->path,
                      "the view does not know destination \"%s\" that an event names; run "
                      "`meshline rebuild`",
                      name);
            return ML_ECORRUPT;
        }
        keep_place(destinations, destination, at);
    }
    *ret = &destinations->items[at];
    return 0;
}

/* ---- reading the table */

bool store_breaker_parse(struct bytes word, enum core_breaker *ret)
{
    for (int breaker = 0; breaker < CORE_BREAKERS; breaker++) {
        if (!bytes_is(word, core_breaker_name((enum core_breaker)breaker)))
            continue;
        *ret = (enum core_breaker)breaker;
        return true;
    }
    return false;
}

static const char rows_sql[] =
    "SELECT number, name, present, declared, breaker, paused, disabled, failures, openings, "
    "open_until_us, resumed_us, day_us, attempts_today, last_seq, pending, failed, delivered_ever, "
    "discarded_ever, delivered, discarded, attempt_us, failure_us, failure "
    "FROM destinations ORDER BY number";

static uint64_t number_at(sqlite3_stmt *row, int at)
{
    return (uint64_t)sqlite3_column_int64(row, at);
}

static int read_row(struct store *store, sqlite3_stmt *row, struct error *err)
{
    struct store_destinations *destinations = &store->destinations;
    uint32_t at = add(destinations, store_column_text(row, 1)); /* which may move the items */
    struct store_destination *destination = &destinations->items[at];
    struct core_destination *state = &destination->state;
    state->present = sqlite3_column_int(row, 2) != 0;
    state->declared = (uint32_t)sqlite3_column_int64(row, 3);
    state->paused = sqlite3_column_int(row, 5) != 0;
    state->disabled = sqlite3_column_int(row, 6) != 0;
    state->failures = (uint32_t)sqlite3_column_int64(row, 7);
    state->openings = (uint32_t)sqlite3_column_int64(row, 8);
    state->open_until_us = sqlite3_column_int64(row, 9);
    state->resumed_us = sqlite3_column_int64(row, 10);
    state->day_us = sqlite3_column_int64(row, 11);
    state->attempts_today = (uint32_t)sqlite3_column_int64(row, 12);
    state->last_seq = number_at(row, 13);
    state->pending = number_at(row, 14);
    state->failed = number_at(row, 15);
    state->delivered = number_at(row, 16);
    state->discarded = number_at(row, 17);
    destination->delivered = number_at(row, 18);
    destination->discarded = number_at(row, 19);
    destination->attempt_us = sqlite3_column_int64(row, 20);
    destination->failure_us = sqlite3_column_int64(row, 21);
    if (sqlite3_column_type(row, 22) != SQLITE_NULL)
        destination->failure = store_copy(store_column_text(row, 22));
    if (sqlite3_column_int64(row, 0) == (int64_t)destinations->count &&
        store_breaker_parse(store_column_text(row, 4), &state->breaker))
        return 0;
    return error_set(err, ML_ECORRUPT, store->path,
                     "destination %s has a word that does not exist, or a number with a gap before "
                     "it; run `meshline rebuild`",
                     destination->name);
}

int store_destinations_read(struct store *store, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    store_destinations_release(&store->destinations);
    int code = store_sqlite_prepare(store->db, store->path, rows_sql, &rows, err);
    while (code == 0 && (code = store_sqlite_step(rows, store->path, err)) == 1)
        code = read_row(store, rows, err);
    return code;
}

/* ---- a release comes into force */

static int enrol(struct store *store, const struct policy_destination *declared, uint32_t place,
                 struct error *err)
{
    static const char sql[] =
        "INSERT INTO destinations (number, name, title, kind, provider, present, declared) "
        "VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6) ON CONFLICT (number) DO UPDATE SET "
        "title = ?3, kind = ?4, provider = ?5, present = 1, declared = ?6";
    struct bytes name = bytes_of(declared->name);
    uint32_t at = store_destination_find(store, name);
    if (at == CORE_NONE)
        at = add(&store->destinations, name);
    struct store_destination *destination = &store->destinations.items[at];
    destination->state.present = true;
    destination->state.declared = place;
    return STORE_EXECUTE(store, err, sql, STORE_INT(at + 1), STORE_STRING(name),
                         STORE_STRING(bytes_of(declared->title)),
                         STORE_STRING(bytes_of(policy_destination_kind_name(declared->kind))),
                         STORE_INT(declared->provider), STORE_INT(place));
}

int store_destinations_activate(struct store *store, const struct policy_release *release,
                                struct error *err)
{
    struct store_destinations *destinations = &store->destinations;
    for (uint32_t i = 0; i < destinations->count; i++)
        destinations->items[i].state.present = false;
    int code = store_sqlite_exec(store->db, store->path,
                                 "UPDATE destinations SET present = 0 WHERE present", err);
    for (size_t i = 0; code == 0 && i < release->destination_count; i++)
        code = enrol(store, &release->destinations[i], (uint32_t)i, err);
    return code;
}

/* ---- events */

static void count(struct store_destination *destination, enum core_delivery_state state, int by)
{
    switch (state) {
    case CORE_DELIVERY_PENDING: destination->state.pending += (uint64_t)by; break;
    case CORE_DELIVERY_IS_FAILED: destination->state.failed += (uint64_t)by; break;
    case CORE_DELIVERY_IS_DELIVERED: destination->delivered += (uint64_t)by; break;
    case CORE_DELIVERY_IS_DISCARDED: destination->discarded += (uint64_t)by; break;
    case CORE_DELIVERY_UNROUTED:
    case CORE_DELIVERY_STATES: break;
    }
}

void store_destination_move(struct store_destination *destination, enum core_delivery_state from,
                            enum core_delivery_state to)
{
    count(destination, from, -1);
    count(destination, to, 1);
    if (from != to && to == CORE_DELIVERY_IS_DELIVERED)
        destination->state.delivered++;
    if (from != to && to == CORE_DELIVERY_IS_DISCARDED)
        destination->state.discarded++;
    destination->dirty = true;
}

static int write_change(const struct projection *p, const struct store_destination *destination)
{
    static const char sql[] = "UPDATE destinations SET change = ?2, changed_us = ?3, "
                              "changed_by = ?4, reason = ?5 WHERE name = ?1";
    const struct core_event *event = p->event;
    return STORE_EXECUTE(
        p->store, p->err, sql, STORE_STRING(bytes_of(destination->name)),
        STORE_STRING(bytes_of(core_destination_change_name(event->destination.change))),
        STORE_INT(event->time_us), STORE_TEXT(event->actor), STORE_TEXT(event->destination.reason));
}

int project_destination(const struct projection *p)
{
    const struct core_event *event = p->event;
    struct store_destination *destination;
    int code = store_destination_get(p, event->destination.destination, &destination);
    if (code != 0)
        return code;
    core_destination_take(&destination->state, event);
    destination->dirty = true;
    code = write_change(p, destination);
    const struct bytes reason = event->destination.reason;
    return code == 0 ? store_timeline_add(p, destination->name, "destination %s: %s%s%.*s",
                                          destination->name,
                                          core_destination_change_name(event->destination.change),
                                          reason.size > 0 ? ": " : "", BYTES_ARG(reason))
                     : code;
}

/* ---- writing */

static int write_row(struct store *store, uint32_t at, struct error *err)
{
    static const char sql[] =
        "UPDATE destinations SET breaker = ?2, paused = ?3, disabled = ?4, failures = ?5, "
        "openings = ?6, open_until_us = ?7, resumed_us = ?8, day_us = ?9, attempts_today = ?10, "
        "last_seq = ?11, pending = ?12, failed = ?13, delivered = ?14, discarded = ?15, "
        "delivered_ever = ?16, discarded_ever = ?17, attempt_us = ?18, failure_us = ?19, "
        "failure = ?20 WHERE number = ?1";
    const struct store_destination *destination = &store->destinations.items[at];
    const struct core_destination *state = &destination->state;
    struct bytes failure =
        destination->failure != NULL ? bytes_of(destination->failure) : (struct bytes){0};
    return STORE_EXECUTE(
        store, err, sql, STORE_INT(at + 1),
        STORE_STRING(bytes_of(core_breaker_name(state->breaker))), STORE_INT(state->paused),
        STORE_INT(state->disabled), STORE_INT(state->failures), STORE_INT(state->openings),
        STORE_INT(state->open_until_us), STORE_INT(state->resumed_us), STORE_INT(state->day_us),
        STORE_INT(state->attempts_today), STORE_INT(state->last_seq), STORE_INT(state->pending),
        STORE_INT(state->failed), STORE_INT(destination->delivered),
        STORE_INT(destination->discarded), STORE_INT(state->delivered), STORE_INT(state->discarded),
        STORE_TIME(destination->attempt_us), STORE_TIME(destination->failure_us),
        STORE_TEXT(failure));
}

int store_destinations_write(struct store *store, struct error *err)
{
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < store->destinations.count; i++) {
        struct store_destination *destination = &store->destinations.items[i];
        if (!destination->dirty)
            continue;
        destination->dirty = false;
        code = write_row(store, i, err);
    }
    return code;
}
