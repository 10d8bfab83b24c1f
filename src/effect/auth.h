/* Who we are to the other side: the `auth` of options, {bearer: secret}, {basic: {user, password}}
 * or {header: {name, value}}, as one header. */
#ifndef ML_EFFECT_AUTH_H
#define ML_EFFECT_AUTH_H

#include "effect/kind.h"

struct effect_auth {
    char *name, *value; /* owned; NULL: no `auth` */
};

/* Reads the secrets. ML_ENOTFOUND, ML_EDENIED, ML_EINVAL as effect_secret_read. */
int effect_auth_open(const struct effect_place *place, struct effect_auth *ret, struct error *err);
void effect_auth_close(struct effect_auth *auth); /* wipes */
/* Borrowed by the request. */
void effect_auth_apply(const struct effect_auth *auth, struct effect_request *request);

#endif
