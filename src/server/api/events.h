/* The bus as pages: GET /v1/events, and the history of one lead. */
#ifndef ML_SERVER_EVENTS_H
#define ML_SERVER_EVENTS_H

#include "server/request.h"

/* GET /v1/events?after=SEQ&limit=N */
enum { EVENTS_AFTER, EVENTS_LIMIT };
extern const char *const events_parameters[];
void events_run(struct request *request);

/* GET /v1/leads/{id}/events?before=SEQ&limit=N */
enum { LEAD_EVENTS_BEFORE, LEAD_EVENTS_LIMIT };
extern const char *const lead_events_parameters[];
void lead_events_run(struct request *request);

/* A lead's events, newest first, walking back from `newest` along each event's "prev"; at most
 * `limit`. The records and what they point to are the request's arena's. */
struct lead_history {
    struct journal_record *records;
    size_t count;
    uint64_t more; /* the seq where the walk would go on; 0 at the beginning of the lead */
};
int lead_history_read(struct request *request, uint64_t newest, size_t limit,
                      struct lead_history *ret, struct error *err);

#endif
