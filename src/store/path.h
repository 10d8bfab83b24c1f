/* The way of leads as the view has it: how many went where since a place in the journal, what was
 * to be sent because of them, and what is not well along the way. For a picture of all of it, so
 * counts and no leads. */
#ifndef ML_STORE_PATH_H
#define ML_STORE_PATH_H

#include "store/store.h"

/* A way that leads went, by what the view has of them now; names, empty where there is none. */
struct store_way {
    struct bytes source, class_name, route;
    struct bytes place; /* owned, waiting, exception, nurture, closed */
    struct bytes pool;  /* where they wait, or where their owners came from */
    struct bytes rep;   /* only without a pool */
    struct bytes kind;  /* of the exception or of nurture */
    uint32_t contract;  /* 0: none */
    uint64_t leads;
    uint64_t late; /* of them: that missed a promise */
};

/* What was to be sent, or asked, because of them. */
struct store_way_delivery {
    size_t way;
    struct bytes destination;
    bool asked; /* of a provider */
    uint64_t count;
};

struct store_path {
    const struct store_way *ways;
    size_t way_count;
    const struct store_way_delivery *deliveries;
    size_t delivery_count;
    uint64_t leads;
    uint64_t oldest; /* the lowest number of a counted lead; 0: none */
    bool complete;   /* else there were more leads, and only the newest are counted */
};

enum { STORE_PATH_LEADS_MAX = 100000, STORE_PATH_DELIVERIES_MAX = 200000 };

/* Of leads captured by the event `from_seq` or later, the newest `most` (1 to STORE_PATH_LEADS_MAX)
 * of them; everything in `arena`. Of deliveries the newest STORE_PATH_DELIVERIES_MAX. */
int store_read_path(struct store_reader *reader, uint64_t from_seq, uint64_t most,
                    struct arena *arena, struct store_path *ret, struct error *err);

/* ---- what is not well */

struct store_refusals { /* dead letters that are open */
    struct bytes source;
    uint32_t contract;
    uint64_t count;
};
struct store_open_exceptions {
    struct bytes kind;
    uint64_t count;
    uint64_t expired; /* of them: a deadline has passed */
};
struct store_running_surge { /* of a source */
    struct bytes source;
    uint64_t arrivals; /* in the window when it began */
    uint64_t expected; /* likewise, in hundredths */
};
struct store_destination_state {
    struct bytes name;
    struct bytes breaker; /* closed, open, half_open */
    bool paused, disabled;
    uint64_t pending, failed;
    struct bytes failure; /* of the newest attempt that failed; may be empty */
};

struct store_path_health {
    const struct store_refusals *refusals; /* since the place that was asked about */
    const struct store_open_exceptions *exceptions;
    const struct store_running_surge *surges;
    const struct store_destination_state *destinations;
    size_t refusal_count, exception_count, surge_count, destination_count;
};

int store_read_path_health(struct store_reader *reader, uint64_t from_seq, struct arena *arena,
                           struct store_path_health *ret, struct error *err);

#endif
