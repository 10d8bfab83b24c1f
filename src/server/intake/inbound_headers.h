/* The headers of a request that matter to its records. */
#ifndef ML_SERVER_INBOUND_HEADERS_H
#define ML_SERVER_INBOUND_HEADERS_H

#include "contract/cloudevent.h"
#include "server/request.h"

/* Those by which a body is read: Content-Type and the attributes of a CloudEvent. Copies in the
 * request's arena. */
void inbound_headers_read(struct request *request, const struct contract_header **ret,
                          size_t *ret_count);

/* Those that are kept with a dead letter, as a JSON object of lower-case names, in the request's
 * arena. Never what proves who sends: authorisation, cookies, signatures. The media type is kept
 * apart. */
struct bytes inbound_headers_print(struct request *request);

#endif
