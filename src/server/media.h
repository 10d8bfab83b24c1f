/* Media types in Content-Type and Accept (RFC 9110). */
#ifndef ML_SERVER_MEDIA_H
#define ML_SERVER_MEDIA_H

#include "base/bytes.h"

/* Whether a Content-Type header's value is of `type`, whatever its parameters. */
bool media_type_is(struct bytes header, const char *type);

/* Whether an Accept header's value allows an answer of `type`. Only q=0 counts of the weights. */
bool accepts(struct bytes header, const char *type);

#endif
