/* What tests of deliveries share: a mesh with destinations, what is carried out, and what there is.
 */
#ifndef ML_TESTS_CORE_SENDING_H
#define ML_TESTS_CORE_SENDING_H

#include "exceptions.h"

#define MINUTE (60 * SECOND)
#define DAY (24 * HOUR)

/* A destination of kind ndjson that gets `events` (YAML list), with more lines. */
#define DESTINATION(name, events, more) \
    "destination: " name "\nkind: ndjson\npath: " name ".ndjson\nevents: " events "\n" more
/* Attempts: one more at once, two within 2 and 3 seconds, then within 1, 2, 4, 4, … minutes, for
 * 30 minutes; closed for 30 s, 1 min, 2 min, 2 min, … behind three failures in a row. */
#define PATIENCE                                                 \
    "team: desk\ntimeout: 10s\n"                                 \
    "retry: {immediate: 1, short: {times: 2, from: 2s, to: 3s}," \
    " long: {from: 1m, to: 4m}, within: 30m}\n"                  \
    "breaker: {failures: 3, pause: 30s, longest: 2m}\n"
/* The same without a breaker. */
#define STUBBORN                                                 \
    "team: desk\ntimeout: 10s\n"                                 \
    "retry: {immediate: 1, short: {times: 2, from: 2s, to: 3s}," \
    " long: {from: 1m, to: 4m}, within: 30m}\n"                  \
    "breaker: \"off\"\n"

/* The mesh of exceptions.h, with these files besides. */
struct policy_release *outbox_release(const struct policy_file *files, size_t count);
struct driver *outbox_driver(const struct policy_file *files, size_t count);
/* With one destination `crm` that gets `events`; `more` as above. */
struct driver *outbox_driver_of(const char *events, const char *more);
void outbox_activate_files(struct driver *d, const struct policy_file *files, size_t count);

uint32_t outbox_destination(const struct driver *d, const char *name);
const struct core_destination *outbox_state(const struct driver *d, const char *name);
/* Takes what is due to it; the number, 0 when nothing is. */
uint64_t outbox_take(struct driver *d, const char *name);
/* What came of an attempt. */
enum core_status outbox_answer(struct driver *d, uint64_t number, enum core_outcome outcome);
enum core_status outbox_receive(struct driver *d, uint64_t number,
                                const struct core_receipt *receipt);
/* Takes the next one, which there must be, and answers; its number. */
uint64_t outbox_attempt(struct driver *d, const char *name, enum core_outcome outcome);
/* Takes and answers until nothing is due; how many. */
size_t outbox_drain(struct driver *d, const char *name);
enum core_status outbox_requeue(struct driver *d, uint64_t number);
enum core_status outbox_drop(struct driver *d, uint64_t number);
enum core_status outbox_set(struct driver *d, const char *name,
                            enum core_destination_change change);
/* Of one that the core knows. */
struct core_delivery outbox_known(const struct driver *d, uint64_t number);
bool outbox_knows(const struct driver *d, uint64_t number);
/* The event type whose delivery it is. */
const char *outbox_about(const struct driver *d, uint64_t number);

#endif
