/* Records in another system over HTTP, by the expressions of the mesh: find the lead's record,
 * create or update it. What is found first is never made twice: when a receipt was lost, the next
 * attempt finds what the one before has made. Runs on the effect thread. */
#include "effect/rest.h"

#include "base/json.h"
#include "effect/options.h"

#include <stdlib.h>

/* ---- one step after another */

static const struct {
    const char *path;   /* in the options */
    const char *method; /* when unstated */
} stages[] = {
    [REST_LOGIN] = {"login", "POST"},   [REST_FIND] = {"find", "GET"},
    [REST_CREATE] = {"create", "POST"}, [REST_UPDATE] = {"update", "PATCH"},
    [REST_LIST] = {"list", "GET"},      [REST_POLL] = {"sync/poll", "GET"},
};

enum effect_step rest_refuse(struct rest_turn *turn, const struct error *err)
{
    effect_refuse(turn->ask.attempt, turn->ret, "%s", err->message);
    return EFFECT_DONE;
}

/* Credentials, the session's header, and the headers that all requests have. */
static int take_credentials(struct rest_turn *turn, struct error *err)
{
    struct json_object *header = ask_option(turn->ask.place, "login/header");
    effect_auth_apply(&turn->rest->auth, turn->request);
    if (turn->talk->stage == REST_LOGIN || !json_object_is_type(header, json_type_object))
        return 0;
    json_object_object_foreach(header, name, unused)
    {
        struct bytes value;
        (void)unused;
        const char *path = ask_path(&turn->ask, "login/header", name);
        int rc = ask_text_strictly(&turn->ask, path, &value, err);
        if (rc != 0)
            return rc;
        ask_header(turn->request, bytes_of(name), value);
    }
    return 0;
}

enum effect_step rest_ask(struct rest_turn *turn, enum rest_stage stage)
{
    struct rest_talk *talk = turn->talk;
    struct rest *rest = turn->rest;
    struct error err = {0};
    if (rest->login && rest->token == NULL && stage != REST_LOGIN) {
        talk->then = stage;
        stage = REST_LOGIN;
    }
    talk->stage = stage;
    talk->session = rest->session;
    const char *token = stage == REST_LOGIN ? rest->secret : rest->token;
    turn->ask.inputs->variables[POLICY_OUTBOX_TOKEN] = cel_string(bytes_of(token));
    turn->ask.inputs->variables[POLICY_OUTBOX_EXTERNAL_ID] = cel_string(talk->id);
    const char *method = stages[stage].method;
    if (strcmp(method, "GET") == 0 &&
        ask_option(turn->ask.place, ask_path(&turn->ask, stages[stage].path, "body")) != NULL)
        method = "POST";
    int rc = ask_request(&turn->ask, stages[stage].path, method, turn->request, &err);
    if (rc == 0)
        rc = take_credentials(turn, &err);
    if (rc != 0)
        return rest_refuse(turn, &err);
    if ((stage == REST_CREATE || stage == REST_UPDATE) && turn->ask.attempt->count > 0)
        ask_header(turn->request, BYTES_LITERAL("Idempotency-Key"),
                   bytes_of(turn->ask.attempt->messages[0]->id));
    return EFFECT_ASK;
}

bool rest_judge(struct rest_turn *turn)
{
    return ask_judge(&turn->ask, stages[turn->talk->stage].path, turn->answer, turn->ret);
}

/* Done: what a receipt says of the record. */
static enum effect_step settle(struct rest_turn *turn, bool written)
{
    const struct effect_message *message = turn->ask.attempt->messages[0];
    struct core_receipt *ret = turn->ret;
    ret->external_id = turn->talk->id;
    ret->response_id = ask_answer_id(turn->answer);
    if (ret->response_id.size == 0)
        ret->response_id = turn->talk->id;
    if (written && turn->rest->writes_owner)
        ret->owner = message->rep;
    if (written && turn->rest->writes_status)
        ret->status_there = message->state;
    return EFFECT_DONE;
}

/* ---- what answers lead to */

static enum effect_step write_record(struct rest_turn *turn)
{
    bool known = turn->talk->id.size > 0;
    if (known && turn->rest->update)
        return rest_ask(turn, REST_UPDATE);
    if (known)
        return settle(turn, false); /* it is there, and that is all that was asked */
    if (turn->rest->create)
        return rest_ask(turn, REST_CREATE);
    effect_refuse(turn->ask.attempt, turn->ret,
                  "there is no such record there, and the destination has no `create`");
    return EFFECT_DONE;
}

static enum effect_step begin(struct rest_turn *turn)
{
    const struct effect_message *message = turn->ask.attempt->messages[0];
    if (message->external_id.size > 0 && turn->rest->update &&
        (turn->rest->remembers || !turn->rest->find)) {
        turn->talk->id = message->external_id;
        turn->talk->linked = true;
        return rest_ask(turn, REST_UPDATE);
    }
    return rest_ask(turn, turn->rest->find ? REST_FIND : REST_CREATE);
}

static enum effect_step logged_in(struct rest_turn *turn)
{
    struct bytes token;
    struct error err = {0};
    bool good = rest_judge(turn);
    if (good && ask_text(&turn->ask, "login/token", &token, &err) == 0 && token.size > 0) {
        effect_secret_free(turn->rest->token);
        turn->rest->token = strndup(token.data, token.size);
        turn->rest->session++;
        *turn->ret = (struct core_receipt){0};
        return rest_ask(turn, turn->talk->then);
    }
    /* Not the delivery's fault: it is worth another attempt, and counts for the breaker. */
    turn->ret->outcome = CORE_OUTCOME_TRANSIENT;
    turn->ret->excerpt = (struct bytes){0};
    turn->ret->reason =
        good ? BYTES_LITERAL("the login was answered without a token")
             : bytes_of(arena_printf(turn->ask.attempt->arena, "the login did not succeed: %.*s",
                                     BYTES_ARG(turn->ret->reason)));
    return EFFECT_DONE;
}

static enum effect_step found(struct rest_turn *turn)
{
    struct error err = {0};
    if (turn->answer->status == 404) {
        turn->talk->id = (struct bytes){0};
        effect_inputs_answer(turn->ask.inputs, turn->answer, turn->ask.attempt->arena);
        return write_record(turn);
    }
    if (!rest_judge(turn))
        return EFFECT_DONE;
    /* Strictly: whoever takes an answer that cannot be read for "none" makes records twice. */
    if (ask_text_strictly(&turn->ask, "find/id", &turn->talk->id, &err) != 0)
        return rest_refuse(turn, &err);
    *turn->ret = (struct core_receipt){0};
    return write_record(turn);
}

static enum effect_step created(struct rest_turn *turn)
{
    struct error err = {0};
    if (!rest_judge(turn))
        return EFFECT_DONE;
    /* It is made; an id that cannot be read does not change that. */
    if (ask_text(&turn->ask, "create/id", &turn->talk->id, &err) != 0)
        turn->ret->excerpt = arena_copy(turn->ask.attempt->arena, bytes_of(err.message));
    return settle(turn, true);
}

static enum effect_step updated(struct rest_turn *turn)
{
    bool gone = turn->answer->status == 404 || turn->answer->status == 410;
    if (gone && turn->talk->linked && turn->rest->find) {
        turn->talk->linked = false; /* the record that we remember is no more */
        turn->talk->id = (struct bytes){0};
        return rest_ask(turn, REST_FIND);
    }
    return rest_judge(turn) ? settle(turn, true) : EFFECT_DONE;
}

/* The session has ended: log in and ask again, once. */
static bool is_session_over(const struct rest_turn *turn)
{
    uint32_t status = turn->answer->status;
    return turn->rest->login && turn->talk->stage != REST_LOGIN && !turn->talk->renewed &&
           (status == 401 || status == 403);
}

static enum effect_step answered(struct rest_turn *turn)
{
    if (is_session_over(turn)) {
        turn->talk->renewed = true;
        if (turn->talk->session == turn->rest->session) { /* nobody else has renewed it */
            effect_secret_free(turn->rest->token);
            turn->rest->token = NULL;
        }
        return rest_ask(turn, turn->talk->stage);
    }
    switch (turn->talk->stage) {
    case REST_LOGIN: return logged_in(turn);
    case REST_FIND: return found(turn);
    case REST_CREATE: return created(turn);
    case REST_UPDATE: return updated(turn);
    default: return rest_records_answered(turn);
    }
}

static enum effect_step converse(void *state, const struct effect_place *place,
                                 struct effect_attempt *attempt, const struct effect_answer *answer,
                                 struct effect_request *request, struct core_receipt *ret)
{
    struct effect_inputs inputs;
    if (attempt->memory == NULL)
        attempt->memory = arena_zalloc(attempt->arena, sizeof(struct rest_talk));
    struct rest_turn turn = {.ask = {place, attempt, &inputs},
                             .rest = state,
                             .talk = attempt->memory,
                             .answer = answer,
                             .request = request,
                             .ret = ret};
    effect_inputs_init(&inputs, place->release,
                       attempt->task == EFFECT_DELIVER ? attempt->messages[0] : NULL,
                       attempt->now_us, attempt->arena);
    inputs.variables[POLICY_OUTBOX_TOKEN] = cel_string(bytes_of(turn.rest->token));
    inputs.variables[POLICY_OUTBOX_EXTERNAL_ID] = cel_string(turn.talk->id);
    if (answer != NULL)
        return answered(&turn);
    return attempt->task == EFFECT_DELIVER ? begin(&turn) : rest_records_begin(&turn);
}

/* ---- open, close */

static void close_rest(void *state)
{
    struct rest *rest = state;
    effect_auth_close(&rest->auth);
    effect_secret_free(rest->secret);
    effect_secret_free(rest->token);
    free(rest);
}

static int open_rest(const struct effect_place *place, void **ret_state, struct error *err)
{
    struct json_object *login = ask_option(place, "login");
    struct json_object *secret = options_member(login, "secret");
    struct json_object *writes = ask_option(place, "writes");
    struct rest *rest = calloc(1, sizeof *rest);
    if (rest == NULL)
        panic("out of memory");
    rest->login = login != NULL;
    rest->find = ask_option(place, "find") != NULL;
    rest->create = ask_option(place, "create") != NULL;
    rest->update = ask_option(place, "update") != NULL;
    rest->remembers = strcmp(options_text(place->options, "ids"), "cached") == 0;
    rest->writes_owner = options_bool(writes, "owner", false);
    rest->writes_status = options_bool(writes, "status", false);
    int rc = effect_auth_open(place, &rest->auth, err);
    if (rc == 0 && secret != NULL)
        rc = effect_secret_read(place->secrets, secret, &rest->secret, err);
    if (rc != 0) {
        close_rest(rest);
        return rc;
    }
    *ret_state = rest;
    return 0;
}

const struct effect_kind effect_rest = {.kind = POLICY_REST,
                                        .open = open_rest,
                                        .close = close_rest,
                                        .converse = converse,
                                        .lists = true,
                                        .polls = true};
