/* The handshakes of Meta and LinkedIn. */
#include "server/access/handshake.h"

#include "server/internal.h"

enum { CHALLENGE_MAX = 256 }; /* bytes that are sent back */

enum { HUB_MODE, HUB_VERIFY_TOKEN, HUB_CHALLENGE, CHALLENGE_CODE, APPLICATION_ID };

const char *const handshake_parameters[] = {
    "hub.mode", "hub.verify_token", "hub.challenge", "challengeCode", "applicationId", NULL,
};

static bool is_plain(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < 0x21 || (unsigned char)text.data[i] > 0x7e)
            return false;
    return text.size > 0 && text.size <= CHALLENGE_MAX;
}

/* A source that does not exist gets the same answer as one without such a key. */
static void refuse_unknown(struct request *request, const char *what, const char *kind)
{
    request_refuse(request, PROBLEM_FORBIDDEN,
                   "%s of this source; `meshline key add --kind %s` makes a key, `meshline key "
                   "list` shows those in force",
                   what, kind);
}

static void answer_meta(struct request *request)
{
    const struct token *keys[SOURCE_KEYS_MAX];
    struct bytes challenge = request->parameters[HUB_CHALLENGE];
    size_t count = tokens_signers(request->tokens, request->segments[0], keys);
    bool known = false;
    if (!bytes_is(request->parameters[HUB_MODE], "subscribe") || !is_plain(challenge)) {
        request_refuse(request, PROBLEM_INVALID_PARAMETER,
                       "the handshake of Meta has `hub.mode=subscribe`, `hub.verify_token`, and "
                       "`hub.challenge` of 1 to %d visible ASCII characters",
                       CHALLENGE_MAX);
        return;
    }
    for (size_t i = 0; i < count; i++)
        known |= keys[i]->kind == KEY_META && keys[i]->verify[0] != '\0' &&
                 signature_same(request->parameters[HUB_VERIFY_TOKEN], bytes_of(keys[i]->verify));
    if (!known) {
        refuse_unknown(request, "`hub.verify_token` is not the verify token of a key", "meta");
        return;
    }
    request->answer.status = 200;
    request->answer.content_type = "text/plain; charset=utf-8";
    buffer_append_bytes(&request->answer.body, challenge);
}

static void answer_linkedin(struct request *request)
{
    const struct token *keys[SOURCE_KEYS_MAX], *newest = NULL;
    char response[SIGNATURE_HANDSHAKE_SIZE];
    struct bytes challenge = request->parameters[CHALLENGE_CODE];
    size_t count = tokens_signers(request->tokens, request->segments[0], keys);
    for (size_t i = 0; i < count; i++)
        if (keys[i]->kind == KEY_LINKEDIN)
            newest = keys[i];
    if (newest == NULL) {
        refuse_unknown(request, "there is no key for the handshake of LinkedIn", "linkedin");
        return;
    }
    if (!signature_linkedin_response(bytes_of(newest->secret), challenge, response)) {
        request_refuse(request, PROBLEM_INVALID_PARAMETER,
                       "`challengeCode` must be a UUID, as LinkedIn sends it");
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "challengeCode", challenge);
    json_member(json, "challengeResponse", bytes_of(response));
    json_object_close(json);
}

void handshake_run(struct request *request)
{
    if (request->parameters[HUB_MODE].data != NULL)
        answer_meta(request);
    else if (request->parameters[CHALLENGE_CODE].data != NULL)
        answer_linkedin(request);
    else {
        request_refuse(request, PROBLEM_METHOD_NOT_ALLOWED,
                       "leads are sent here with POST; GET answers the handshakes of Meta "
                       "(`hub.mode`) and LinkedIn (`challengeCode`)");
        request->answer.allow = "GET, HEAD, OPTIONS, POST";
    }
}
