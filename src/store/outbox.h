/* The inside of the view, as far as what leaves the process is concerned: deliveries, destinations,
 * links. Included by internal.h; nothing outside src/store does. */
#ifndef ML_STORE_OUTBOX_H
#define ML_STORE_OUTBOX_H

#include "core/outbox.h"
#include "store/store.h"

#include <sqlite3.h>

struct projection;

/* ---- destination.c: what events change of destinations, kept here and written once a batch. The
 * place in the table is the row's number less one. */

struct store_destination {
    char *name;                    /* owned */
    struct core_destination state; /* with what the core keeps; delivered, discarded: ever */
    uint64_t delivered, discarded; /* rows in that state */
    int64_t attempt_us, failure_us;
    char *failure; /* owned; NULL: none yet */
    bool dirty;
};
struct store_destinations {
    struct store_destination *items;
    uint32_t count;
    struct map index; /* hash of the name → place */
    /* Where the core's indices were found the last time; checked by name at every use. */
    uint32_t *of_core;
    uint32_t of_core_count;
};
int store_destinations_read(struct store *store, struct error *err);
void store_destinations_release(struct store_destinations *destinations);
/* CORE_NONE when the view does not know it. */
uint32_t store_destination_find(const struct store *store, struct bytes name);
/* By the core's index that an event names. */
int store_destination_get(const struct projection *p, uint32_t destination,
                          struct store_destination **ret);
/* Makes the release's destinations the present ones. */
int store_destinations_activate(struct store *store, const struct policy_release *release,
                                struct error *err);
/* A delivery to it goes from one state to another; CORE_DELIVERY_STATES: it is new. */
void store_destination_move(struct store_destination *destination, enum core_delivery_state from,
                            enum core_delivery_state to);
int project_destination(const struct projection *p);
/* Writes what has changed. */
int store_destinations_write(struct store *store, struct error *err);
bool store_breaker_parse(struct bytes word, enum core_breaker *ret);

/* ---- delivery.c */
/* What the event brings about outside. */
int store_dues_add(const struct projection *p);
int project_settled(const struct projection *p); /* DELIVERED, RETRIED, FAILED */
int project_requeued(const struct projection *p);
int project_dropped(const struct projection *p);
bool store_delivery_state_parse(struct bytes word, enum core_delivery_state *ret);
bool store_purpose_parse(struct bytes word, enum policy_purpose *ret);

/* ---- link.c */
/* What the event says of the lead in a two-way system, if it does. */
int store_link_take(const struct projection *p);
int project_synced(const struct projection *p);

/* ---- load_outbox.c */
int store_load_destinations(struct store *store, struct core *core, struct error *err);
int store_load_outbox(struct store *store, struct core *core, struct error *err);

#endif
