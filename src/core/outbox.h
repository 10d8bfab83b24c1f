/* What leaves the process, as the core knows it: deliveries, which wait until somebody has carried
 * them out, and the destinations they are for. src/effect does the work; what came of it returns as
 * commands (CORE_RECEIPT).
 *
 * A delivery is decided by the event that it is about: the event's `dues` say where it goes (I8).
 * Its number never changes, over retries and restarts, and is the key that receivers tell repeats
 * by. It is made of the event alone, so nothing else needs to be recorded.
 *
 * Life: pending → delivered | failed | discarded. A failed one stays known until it is queued again
 * or discarded; a late success settles it. Of the deliveries of one lead to one destination
 * (purpose DELIVER) only the oldest pending one is ready: order is kept. All others are ready when
 * they are due. */
#ifndef ML_CORE_OUTBOX_H
#define ML_CORE_OUTBOX_H

#include "core/event.h"

struct core;

enum {
    /* Deliveries of one event: each destination once, and those who are told. */
    CORE_DUES_OF_EVENT_MAX = 64,
};

/* The delivery of an event's due number `index`, and the event of a delivery. Below 2^63. */
static inline uint64_t core_delivery_number(uint64_t event_seq, uint32_t index)
{
    return event_seq * CORE_DUES_OF_EVENT_MAX + index;
}
static inline uint64_t core_delivery_event(uint64_t number)
{
    return number / CORE_DUES_OF_EVENT_MAX;
}

enum core_delivery_state {
    CORE_DELIVERY_PENDING,
    CORE_DELIVERY_IS_DELIVERED,
    CORE_DELIVERY_IS_FAILED,
    CORE_DELIVERY_IS_DISCARDED,
    CORE_DELIVERY_UNROUTED, /* nobody can be told: no channel; the core does not keep it */
    CORE_DELIVERY_STATES,
};
const char *core_delivery_state_name(enum core_delivery_state state); /* "pending" */

/* A delivery that is pending or failed. */
struct core_delivery {
    uint64_t number;
    uint64_t lead;        /* 0: about none */
    uint32_t destination; /* index in the core */
    uint32_t attempts;    /* made so far */
    const char *target;   /* of a notification; a word of the core; "" */
    /* What an event (DELIVER) tells of its lead, by the event: a rep's id, of a closed lead its
     * last, a word of the core, "" for nobody; enum core_state. "" and CORE_STATES: unknown. */
    const char *owner;
    uint8_t status;
    int64_t since_us; /* when it was due first, or was queued again: from where its time counts */
    int64_t due_us;   /* of the next attempt */
    uint8_t state;    /* PENDING or IS_FAILED */
    uint8_t purpose;  /* enum policy_purpose */
    uint8_t step;     /* ENRICH: of the waterfall */
    bool digest;      /* may be told together with others for the same target. ENRICH: another
                         step could be asked instead */
};

enum core_breaker { CORE_BREAKER_CLOSED, CORE_BREAKER_OPEN, CORE_BREAKER_HALF_OPEN, CORE_BREAKERS };
const char *core_breaker_name(enum core_breaker breaker); /* "half_open" */

struct core_destination {
    bool present;      /* in the active release */
    uint32_t declared; /* index there; of one that is absent the last one that it had */
    enum core_breaker breaker;
    bool paused;           /* by hand */
    bool disabled;         /* it said that it is gone for good (410); until resumed by hand */
    uint32_t failures;     /* in a row */
    uint32_t openings;     /* in a row: how often the breaker opened without a success between */
    int64_t open_until_us; /* OPEN: when a probe is made */
    int64_t resumed_us; /* by hand, newest; 0: never. Deliveries have their time anew from then */
    int64_t day_us;     /* of `attempts_today`: when that day of UTC began */
    uint32_t attempts_today;
    uint64_t last_seq; /* of its newest DESTINATION_CHANGED; 0 */
    /* Deliveries. delivered, failed_ever, discarded count events; for numbers people look at. */
    uint64_t pending, failed;
    uint64_t delivered, discarded;
};
uint32_t core_destination_count(const struct core *core);
const struct core_destination *core_destination_at(const struct core *core, uint32_t destination);
/* Lives as long as the core; any thread that was handed the event. */
const char *core_destination_id(const struct core *core, uint32_t destination);
uint32_t core_destination_find(const struct core *core, struct bytes id); /* or CORE_NONE */
/* As the active release declares it; NULL when it does not. */
const struct policy_destination *core_destination_declared(const struct core *core,
                                                           uint32_t destination);
/* Nothing is sent to it now, whatever is due: paused, disabled, absent, or the breaker is open. */
bool core_destination_is_closed(const struct core *core, uint32_t destination);

bool core_delivery_find(const struct core *core, uint64_t number, struct core_delivery *ret);
void core_deliveries_each(const struct core *core,
                          void (*visit)(void *, const struct core_delivery *), void *context);

/* ---- handing out, by the thread that owns the core. Who was handed out is no part of the state:
 * after a restart nothing is. */

/* Takes the next delivery to that destination which is due by `now_us`; it is not handed out again
 * before an event about it was applied, or it was handed back. False: none is. Whether the
 * destination takes any now (core_destination_is_closed, its concurrency, rate and budget; one
 * under way while the breaker is half open) is for the caller to ask. */
bool core_outbox_take(struct core *core, uint32_t destination, int64_t now_us,
                      struct core_delivery *ret);
/* It could not be carried out after all, and nobody knows of it. */
void core_outbox_give_back(struct core *core, uint64_t number);
/* When the next delivery to that destination is due which was not handed out; INT64_MAX: none. */
int64_t core_outbox_due_us(const struct core *core, uint32_t destination);
/* Since when the oldest pending delivery to it waits; 0: none does. */
int64_t core_outbox_oldest_us(const struct core *core, uint32_t destination);

/* ---- links: which leads a two-way destination knows, and what was last known of it there */

enum {
    CORE_LINK_VALUES_MAX = 2 + 14
}; /* owner, status, fields: as many as POLICY_SYNC_FIELDS_MAX */
struct core_link {
    uint64_t lead;
    uint32_t destination;
    const char *external_id; /* a word of the core; "" while unknown */
    /* Hashes of the values on the other side, by the destination's declared sync fields' names; 0:
     * unknown. `names` are words. */
    struct {
        const char *name;
        uint64_t value;
        int64_t changed_us; /* over there, or when we wrote it */
    } values[CORE_LINK_VALUES_MAX];
    uint32_t value_count;
};
const struct core_link *core_link_find(const struct core *core, uint64_t lead,
                                       uint32_t destination); /* or NULL; until the next call */
void core_links_each(const struct core *core, void (*visit)(void *, const struct core_link *),
                     void *context);

/* ---- what one event says: for the core as it applies it, and for whoever keeps the same (I2) */

/* DELIVERY_…: their entity is a delivery. */
bool core_event_is_of_delivery(const struct core_event *event);
/* The delivery that due number `index` of the event begins, before any attempt. `target` is "": the
 * due has it; of the lead it knows nothing yet. UNROUTED when nobody can be told. */
void core_delivery_begin(struct core_delivery *ret, const struct core_event *event, uint32_t index);
/* What a DELIVERY_… event about it makes of it: state, attempts, times. One that the core had
 * forgotten (delivered, discarded) is REQUEUED as one without attempts and without digest. */
void core_delivery_take(struct core_delivery *delivery, const struct core_event *event);
/* What a DESTINATION_CHANGED or DELIVERY_… event makes of its destination: breaker, pauses,
 * failures in a row, budget. Not its counts of deliveries. */
void core_destination_take(struct core_destination *destination, const struct core_event *event);

/* A value as a link has it: of owner and status their text, of a field its JSON. Never 0; stable.
 */
uint64_t core_link_value(struct bytes text);
struct core_link_change {
    uint64_t lead;
    uint32_t destination;
    struct bytes external_id; /* empty: as before */
    struct {
        struct bytes name;
        uint64_t value;
        int64_t changed_us;
    } values[2];
    uint32_t value_count;
};
/* What DELIVERED, SYNC_APPLIED and SYNC_REFUSED say of a link, which begins with the first of them.
 * A new value beyond CORE_LINK_VALUES_MAX of a link is not kept. False: nothing. */
bool core_link_change_of(const struct core_event *event, struct core_link_change *ret);

/* ---- reloading from the store (core.h says in which order) */
void core_load_destination(struct core *core, struct bytes id,
                           const struct core_destination *destination);
/* In order of number; `delivery->destination` is not read, `target` and `owner` need not be words.
 */
void core_load_delivery(struct core *core, const struct core_delivery *delivery,
                        struct bytes destination);
void core_load_link(struct core *core, const struct core_link *link, struct bytes destination);

#endif
