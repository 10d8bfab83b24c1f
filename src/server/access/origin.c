/* Origins are compared as browsers print them (RFC 6454, 6.2): scheme, host and port, no path. */
#include "server/access/origin.h"

#include <strings.h>

bool origin_allowed(const struct policy_source *source, struct bytes origin)
{
    for (size_t i = 0; i < source->origin_count && origin.size > 0; i++) {
        const char *declared = source->origins[i];
        if (strcmp(declared, "*") == 0 || (strlen(declared) == origin.size &&
                                           strncasecmp(declared, origin.data, origin.size) == 0))
            return true;
    }
    return false;
}
