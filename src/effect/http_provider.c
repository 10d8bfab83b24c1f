/* A provider asked over HTTP: one request, and what its answer says of the lead. Runs on the effect
 * thread. */
#include "effect/auth.h"
#include "effect/facts.h"

#include "base/json.h"

#include <stdlib.h>

static int open_provider(const struct effect_place *place, void **ret_state, struct error *err)
{
    struct effect_auth *auth = calloc(1, sizeof *auth);
    if (auth == NULL)
        panic("out of memory");
    int rc = effect_auth_open(place, auth, err);
    if (rc == 0)
        *ret_state = auth;
    else
        free(auth);
    return rc;
}

static void close_provider(void *state)
{
    effect_auth_close(state);
    free(state);
}

/* What tells that two leads would be asked the same. */
static int take_key(const struct ask *ask, struct effect_request *request, struct error *err)
{
    if (ask_option(ask->place, "key") != NULL)
        return ask_text(ask, "key", &request->cache_key, err);
    request->cache_key = bytes_of(arena_printf(ask->attempt->arena, "%s %s\n%.*s", request->method,
                                               request->url, BYTES_ARG(request->body)));
    return 0;
}

static enum effect_step begin(const struct ask *ask, struct effect_auth *auth,
                              struct effect_request *request, struct core_receipt *ret)
{
    struct error err = {0};
    const char *method = ask_option(ask->place, "request/body") != NULL ? "POST" : "GET";
    int rc = ask_request(ask, "request", method, request, &err);
    if (rc == 0)
        rc = take_key(ask, request, &err);
    if (rc != 0) {
        effect_refuse(ask->attempt, ret, "%s", err.message);
        return EFFECT_DONE;
    }
    effect_auth_apply(auth, request);
    return EFFECT_ASK;
}

/* A body that is read member by member has to be JSON. */
static bool is_readable(const struct ask *ask, const struct effect_answer *answer,
                        struct core_receipt *ret)
{
    struct error err = {0};
    size_t members;
    if (answer->body.size == 0 || json_check(answer->body, &members, &err) == 0)
        return true;
    ret->outcome = CORE_OUTCOME_PERMANENT;
    ret->reason =
        bytes_of(arena_printf(ask->attempt->arena, "the answer is not JSON: %s", err.message));
    return false;
}

static void answered(const struct ask *ask, const struct effect_answer *answer,
                     struct core_receipt *ret)
{
    bool good = ask_judge(ask, "", answer, ret);
    ret->response_id = ask_answer_id(answer);
    /* "I do not know this person" comes as 404 from many. */
    if ((good || answer->status == 404) && facts_are_missing(ask, ret))
        return;
    if (good && is_readable(ask, answer, ret))
        facts_read(ask, ret);
}

static enum effect_step converse(void *state, const struct effect_place *place,
                                 struct effect_attempt *attempt, const struct effect_answer *answer,
                                 struct effect_request *request, struct core_receipt *ret)
{
    struct effect_inputs inputs;
    const struct ask ask = {place, attempt, &inputs};
    effect_inputs_init(&inputs, place->release, attempt->messages[0], attempt->now_us,
                       attempt->arena);
    if (answer == NULL)
        return begin(&ask, state, request, ret);
    answered(&ask, answer, ret);
    return EFFECT_DONE;
}

const struct effect_kind effect_http_provider = {
    .kind = POLICY_HTTP, .open = open_provider, .close = close_provider, .converse = converse};
