/* Credentials in a header. Read once a release, kept in memory only, wiped behind use. */
#include "effect/auth.h"

#include "effect/ask.h"
#include "effect/options.h"

#include <sodium.h>
#include <stdlib.h>

/* "PREFIX TEXT", on the heap, to be wiped by effect_secret_free. */
static char *join(const char *prefix, const char *text)
{
    size_t before = strlen(prefix), size = strlen(text);
    char *joined = malloc(before + size + 1);
    if (joined == NULL)
        panic("out of memory");
    memcpy(joined, prefix, before);
    memcpy(joined + before, text, size + 1);
    return joined;
}

static int open_basic(const struct effect_place *place, struct json_object *basic, char **ret,
                      struct error *err)
{
    char *password;
    int rc = effect_secret_read(place->secrets, options_member(basic, "password"), &password, err);
    if (rc != 0)
        return rc;
    char *user = join(options_text(basic, "user"), ":"), *pair = join(user, password);
    size_t size = sodium_base64_encoded_len(strlen(pair), sodium_base64_VARIANT_ORIGINAL);
    char *encoded = malloc(size);
    if (encoded == NULL)
        panic("out of memory");
    sodium_bin2base64(encoded, size, (const unsigned char *)pair, strlen(pair),
                      sodium_base64_VARIANT_ORIGINAL);
    *ret = join("Basic ", encoded);
    effect_secret_free(password);
    effect_secret_free(pair);
    effect_secret_free(encoded);
    free(user);
    return 0;
}

int effect_auth_open(const struct effect_place *place, struct effect_auth *ret, struct error *err)
{
    struct json_object *auth = ask_option(place, "auth");
    struct json_object *bearer = options_member(auth, "bearer");
    struct json_object *basic = options_member(auth, "basic");
    struct json_object *header = options_member(auth, "header");
    const char *name = "Authorization";
    char *value = NULL, *token = NULL;
    int rc = 0;
    *ret = (struct effect_auth){0};
    if (bearer != NULL) {
        rc = effect_secret_read(place->secrets, bearer, &token, err);
        value = rc == 0 ? join("Bearer ", token) : NULL;
        effect_secret_free(token);
    } else if (basic != NULL) {
        rc = open_basic(place, basic, &value, err);
    } else if (header != NULL) {
        name = options_text(header, "name");
        rc = effect_secret_read(place->secrets, options_member(header, "value"), &value, err);
    }
    if (rc == 0 && value != NULL)
        *ret = (struct effect_auth){join(name, ""), value};
    return rc;
}

void effect_auth_close(struct effect_auth *auth)
{
    effect_secret_free(auth->value);
    free(auth->name);
    *auth = (struct effect_auth){0};
}

void effect_auth_apply(const struct effect_auth *auth, struct effect_request *request)
{
    if (auth->value != NULL)
        ask_header(request, bytes_of(auth->name), bytes_of(auth->value));
}
