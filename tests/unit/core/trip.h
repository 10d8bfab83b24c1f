/* What tests of the codec share: an event is written, read, and written again, with and without
 * things to be done outside, and is what its schema says each time. */
#ifndef ML_TESTS_CORE_TRIP_H
#define ML_TESTS_CORE_TRIP_H

#include "driver.h"

#define T (INT64_C(1700000500) * SECOND) /* when the events of a trip are decided */

struct trip {
    struct driver *driver; /* with destinations crm and mail, and a provider domains */
    uint64_t lead;         /* an open one */
};

void trip_open(struct trip *trip);
void trip_close(struct trip *trip); /* checks all that was written against its schema */

/* As JSON; lives as long as the trip. */
const char *trip_encode(struct trip *trip, const struct core_event *event);
int trip_decode(struct trip *trip, enum core_event_type type, const char *subject, const char *data,
                struct core_event *ret, struct error *err);
/* It must be ML_ECORRUPT and name the member. */
void trip_check_damaged(struct trip *trip, enum core_event_type type, const char *subject,
                        const char *data, const char *member);
/* Written, read and written again it is the same; returned as it was read. The caller fills in what
 * is the event's own. */
struct core_event trip_check(struct trip *trip, struct core_event event);
/* The same for one that the driver has kept, byte for byte. */
void trip_check_kept(struct trip *trip, const struct driver_event *kept);
/* Whether any trip checked events of that type. */
bool trip_has_seen(enum core_event_type type);

/* With what is common filled in; `lead` is the trip's. */
struct core_event trip_of_lead(const struct trip *trip, enum core_event_type type);
struct core_event trip_of_entity(enum core_event_type type);

#endif
