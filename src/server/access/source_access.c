/* Requests to a source that carry no token: signed ones, and posts from web pages of an open
 * source. What is signed is collected from headers and body as the key's scheme says. */
#include "server/access/access.h"

#include "base/json.h"
#include "contract/form.h"
#include "server/access/origin.h"
#include "server/internal.h"

#include <time.h>

/* ---- before the body */

static bool is_open_page(const struct request *request)
{
    struct bytes origin = request_header(request, "Origin");
    if (origin.size == 0 || !request->route->by_source)
        return false;
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL)
        return false;
    uint32_t found = policy_source_find(release, request->segments[0]);
    const struct policy_source *source = found != POLICY_NONE ? &release->sources[found] : NULL;
    bool open = source != NULL && source->open && origin_allowed(source, origin);
    policy_release_unref(release);
    return open;
}

bool access_admit(struct request *request)
{
    const struct token *keys[SOURCE_KEYS_MAX];
    struct bytes source = access_sender(request);
    request->caller =
        (struct caller){.role = ROLE_SOURCE, .name = BYTES_LITERAL("web page"), .source = source};
    request->caller.visitor = is_open_page(request);
    if (request->caller.visitor)
        return true;
    request->signature_due = tokens_signers(request->tokens, source, keys) > 0;
    return request->signature_due;
}

bool access_check_stream(struct request *request)
{
    if (!request->signature_due && !request->caller.visitor)
        return true;
    request_refuse(request, PROBLEM_UNAUTHENTICATED,
                   "many records in one request need a token, `Authorization: Bearer mlt_…`: a "
                   "signature can be checked only when all of the body is there; `meshline key add "
                   "--kind bearer` makes one");
    return false;
}

/* ---- with the body */

/* The secret that some senders put into the body, in the request's arena. */
static struct bytes find_member(struct request *request, const struct signature_scheme *scheme,
                                struct bytes body)
{
    struct bytes type = request_header(request, "Content-Type");
    struct contract_form form;
    JSON_AUTO *tree = NULL;
    if (scheme->form)
        return contract_form_is_type(type) &&
                       contract_form_parse(type, body, NULL, &request->arena, &form, NULL) == 0
                   ? contract_form_value(&form, scheme->member)
                   : (struct bytes){0};
    if (json_parse(body, &tree, NULL) != 0)
        return (struct bytes){0};
    return arena_copy(&request->arena, json_member_text(tree, scheme->member));
}

static struct bytes header_if(const struct request *request, const char *name)
{
    return name != NULL ? request_header(request, name) : (struct bytes){0};
}

static int check_key(struct request *request, const struct token *key, struct bytes body,
                     struct error *err)
{
    const struct signature_scheme *scheme = signature_scheme_of(key->kind);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const struct signature_parts parts = {
        .signature = scheme->member != NULL ? find_member(request, scheme, body)
                                            : header_if(request, scheme->signature),
        .timestamp = header_if(request, scheme->timestamp),
        .id = header_if(request, scheme->id),
        .url = bytes_of(key->url),
        .body = body,
    };
    int code = signature_verify(key->kind, bytes_of(key->secret), &parts,
                                (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, err);
    if (code == 0)
        request->signed_id = parts.id;
    return code;
}

/* The closing quote of the JSON text whose opening one is at `at`, or `end`. */
static char *find_quote(char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at;
}

/* Encoders write some characters as escapes, such as the = at the end of base64. */
static bool text_means(struct bytes quoted, const char *secret)
{
    enum { ESCAPE_SIZE = 6 };
    JSON_AUTO *tree = NULL;
    if (quoted.size > ESCAPE_SIZE * SIGNATURE_SECRET_MAX + 2)
        return false;
    if (memchr(quoted.data, '\\', quoted.size) == NULL)
        return bytes_is((struct bytes){quoted.data + 1, quoted.size - 2}, secret);
    return json_parse(quoted, &tree, NULL) == 0 && bytes_is(json_text(tree), secret);
}

/* A secret that came in the body is blotted out, in place, once it has been checked: a record that
 * is refused is kept whole, and is seen by more people than the secret is for. The name of an
 * organisation in a web page's form is none. */
static void hide_secret(struct buffer *body, const struct token *key)
{
    const struct signature_scheme *scheme = signature_scheme_of(key->kind);
    if (scheme->member == NULL || scheme->form)
        return;
    char *end = body->data + body->size, *at = body->data;
    while ((at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        char *quote = find_quote(at, end);
        if (quote >= end)
            return;
        if (text_means((struct bytes){at, (size_t)(quote + 1 - at)}, key->secret))
            memset(at + 1, '*', (size_t)(quote - at - 1));
        at = quote + 1;
    }
}

bool access_check_signature(struct request *request, struct bytes body)
{
    const struct token *keys[SOURCE_KEYS_MAX], *nearest = NULL;
    struct error reason = {0};
    if (!request->signature_due)
        return true;
    size_t count = tokens_signers(request->tokens, access_sender(request), keys);
    for (size_t i = 0; i < count; i++) {
        struct error err = {0};
        if (check_key(request, keys[i], body, &err) == 0) {
            request->caller.name = bytes_of(keys[i]->name);
            request->signature_due = false;
            hide_secret(&request->body, keys[i]);
            return true;
        }
        /* Of two keys, the one whose signature was tried tells more than the one without. */
        if (nearest == NULL || (reason.code == ML_ENOTFOUND && err.code != ML_ENOTFOUND)) {
            nearest = keys[i];
            reason = err;
        }
    }
    ML_ASSERT(nearest != NULL);
    request_refuse(request, PROBLEM_UNAUTHENTICATED,
                   "the source \"%s\" takes requests that are signed (%s), or a token: %s",
                   nearest->source, signature_scheme_of(nearest->kind)->title, reason.message);
    return false;
}
