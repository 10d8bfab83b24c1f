/* Secrets of destinations: named in the mesh, kept in files or in the environment, never in a
 * release, a log, an answer or an event. In the options a secret is {"env": "CRM_TOKEN"} or
 * {"file": "secrets/crm"} (its text without the newline at its end). */
#ifndef ML_EFFECT_SECRET_H
#define ML_EFFECT_SECRET_H

#include "base/error.h"

struct json_object;

struct effect_secrets {
    const char *mesh_directory; /* relative files count from here */
};

enum { EFFECT_SECRET_MAX = 16 * 1024 };

/* The value, NUL-terminated; the caller frees it by effect_secret_free, which wipes it.
 * ML_ENOTFOUND names the variable or the file, ML_EDENIED a file that others can read as well,
 * ML_EINVAL what is neither. */
int effect_secret_read(const struct effect_secrets *secrets, struct json_object *option, char **ret,
                       struct error *err);
void effect_secret_free(char *secret); /* takes NULL */

#endif
