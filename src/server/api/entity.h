/* What calls about exceptions, incidents and silences share: ids like "X12", and the way of a write
 * from the request to the answer. */
#ifndef ML_SERVER_ENTITY_H
#define ML_SERVER_ENTITY_H

#include "base/id.h"
#include "server/request.h"

/* The id in a segment of the path. False: the request has been refused. */
bool entity_segment(struct request *request, size_t segment, enum id_letter letter,
                    uint64_t *ret_number);
/* A query parameter that is an id; 0 when it is not there. False: it has been refused. */
bool entity_parameter(struct request *request, size_t parameter, enum id_letter letter,
                      uint64_t *ret_number);

/* Begins request->submission.command: type, actor, If-Match and Idempotency-Key. False: the request
 * has been refused. The body must be there. */
bool entity_prepare(struct request *request, enum core_command_type type);
/* `finish` of every such write: id, seq, version, state, and the lead that it is about. */
void entity_finish(struct request *request);

#endif
