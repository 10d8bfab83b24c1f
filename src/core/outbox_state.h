/* The inside of the outbox (outbox.h), shared by what keeps it and what decides about it.
 *
 * I8: a delivery is known from the event that decides it until an event says what became of it.
 * Pending, it is in exactly one of these states: ready (in its destination's heap, by when it is
 * due), behind another one of its lead (in a lane, by number), handed out, or, when it would enrich
 * a lead that is closed, about to be discarded. Failed, it is kept to be queued again.
 *
 * A million pending ones take 180 to 240 bytes each, by how full the tables just are: 80 of their
 * own, 32 to 64 for each place in the maps of numbers and of lanes, 16 to 32 for each in the heaps
 * of what is ready and of what waits. */
#ifndef ML_CORE_OUTBOX_STATE_H
#define ML_CORE_OUTBOX_STATE_H

#include "core/internal.h"

enum { CORE_DESTINATIONS_MAX = 4096 }; /* over the journal's life */

struct delivery {
    uint64_t number;
    uint64_t lead;
    int64_t since_us;
    int64_t due_us;
    const char *told; /* a word: the target of a notification, the owner that an event tells */
    struct delivery *next, *previous; /* in its group, by number; the first one's previous is the
                                         last */
    uint32_t ready_position;          /* HEAP_NONE: not ready */
    uint32_t time_position;           /* pending: among all of the destination, by since_us; failed:
                                         among those, by number */
    uint32_t aside_position;          /* ENRICH: among those that may be passed over, or that are to
                                         be discarded */
    uint32_t attempts;
    uint16_t destination;
    uint8_t state;   /* PENDING or IS_FAILED */
    uint8_t purpose; /* enum policy_purpose */
    uint8_t step;
    uint8_t status; /* that an event tells; CORE_STATES: unknown */
    bool digest : 1;
    bool leased : 1; /* handed out; no part of the state */
    bool ahead : 1;  /* came before one of its lane that was handed out already */
};

struct destination {
    struct core_destination view;
    char *id;                                /* owned */
    const struct policy_destination *policy; /* in the active release; NULL: absent */
    struct heap ready;                       /* by due_us */
    struct heap waiting;                     /* all that are pending, by since_us */
    struct heap failed;                      /* by number */
    struct heap passable;         /* pending ENRICH for which there is another step, by number */
    uint64_t loose;               /* failed ones that are about no open lead */
    struct exception *exceptions; /* open ones about it */
};

struct link;

struct outbox {
    struct destination **destinations; /* a table that never moves */
    uint32_t destination_count;
    struct map destination_index;
    /* Of the active release: who asked for events of a type, a bit for each by its place there. */
    uint32_t subscribers[CORE_EVENT_TYPES];
    uint32_t declared[POLICY_DESTINATIONS_MAX]; /* its destinations as core indices */

    struct map deliveries; /* number → struct delivery *, pending and failed */
    struct map groups;     /* kind, destination, lead → the first of it */
    struct heap discarded; /* pending ENRICH of closed leads, by number */
    struct delivery *free; /* recycled, linked by next */
    struct arena memory;
    uint32_t loaded; /* destination of the newest delivery that was loaded */

    struct map links; /* destination, lead → struct link * */
    struct core_link shown;
};

/* ---- outbox.c */
uint32_t destination_intern(struct core *core, struct bytes id);
bool destination_is_closed(const struct destination *destination);
/* When a tick has something to do about that destination; INT64_MAX: never. */
int64_t destination_due_us(const struct core *core, const struct destination *destination);
/* When the time of a pending delivery to it is over that counts from then; INT64_MAX: it stands
 * still. */
int64_t destination_end_us(const struct destination *destination, int64_t since_us);
/* Its pending deliveries that have another step are passed over. */
bool destination_is_passed_over(const struct core *core, const struct destination *destination);

/* ---- delivery.c */
extern const struct heap_operations delivery_ready_order, delivery_waiting_order,
    delivery_failed_order, delivery_aside_order;
struct delivery *delivery_get(const struct core *core, uint64_t number); /* or NULL */
void delivery_show(const struct delivery *delivery, struct core_delivery *ret);
/* A notification, or not about an open lead: then its exception is about the destination. */
bool delivery_is_loose(const struct core *core, uint64_t lead, uint8_t purpose);
/* The first failed one that is about that lead; the others follow. */
struct delivery *deliveries_failed(const struct core *core, uint64_t lead);
/* The first pending one that tells the destination an event of that lead; the others follow. */
struct delivery *deliveries_pending(const struct core *core, uint64_t lead, uint32_t destination);
/* A new one, in no place yet. */
struct delivery *delivery_add(struct core *core, const struct core_delivery *view);
void delivery_forget(struct core *core, struct delivery *delivery);
/* Into its places, by state, and out of them. */
void delivery_enter(struct core *core, struct delivery *delivery);
void delivery_leave(struct core *core, struct delivery *delivery);
/* After since_us or due_us of a pending one changed. */
void delivery_update(struct core *core, struct delivery *delivery);
/* It is no longer handed out. */
void delivery_return(struct core *core, struct delivery *delivery);
/* The lead was closed, or has begun anew. */
void deliveries_follow_lead(struct core *core, uint64_t lead);

/* ---- outbox_link.c */
void links_release(struct outbox *outbox);
void links_apply(struct core *core, const struct core_event *event);

#endif
