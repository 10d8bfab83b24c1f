/* nats: every delivery is a message in a JetStream stream, under its id as Nats-Msg-Id, so that the
 * stream drops repeats by itself. A batch is published at once and then waited for; what the stream
 * has not acknowledged in time is sent again.
 *
 * options: servers, subject ("leads.{type}" or an expression), stream (the one that must take
 * it), user and password or token (secrets), ca_file. */
#include "effect/guard.h"
#include "effect/kind.h"
#include "effect/options.h"

#include <inttypes.h>
#include <nats/nats.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What came of one message, as the thread that heard of it leaves it. */
struct heard {
    bool is_expected, is_good, is_refused, is_repeat;
    uint64_t place; /* in the stream */
    uint32_t code;
    char text[160]; /* of the stream's name, or of the refusal */
};

/* Acknowledgements come on threads of the library, perhaps when nobody waits for them any more.
 * They name a connection by its number, which is looked up under one lock: so none comes too late.
 */
struct nats {
    uintptr_t number;
    struct nats *next;
    char **servers;
    int server_count;
    bool private_network; /* may be reached */
    char *subject, *stream, *ca_file;
    char *user, *password, *token;
    natsConnection *connection;
    jsCtx *stream_context;
    /* The batch under way. */
    const struct effect_attempt *attempts;
    size_t count, missing;
    struct heard heard[EFFECT_BATCH_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static struct nats *living;
static uintptr_t newest;

/* ---- answers */

/* The message itself cannot be published, here and now or ever: others can. */
static bool is_of_message(natsStatus status)
{
    return status == NATS_MAX_PAYLOAD || status == NATS_INVALID_ARG ||
           status == NATS_INVALID_SUBJECT;
}

/* The server's codes for a message that is too large, or whose headers are: it refuses them for
 * ever. Everything else may be another way tomorrow: no stream yet, no leader, no room. */
static bool is_refused_for_ever(const jsPubAckErr *failure)
{
    return failure->ErrCode == (jsErrCode)10054 || failure->ErrCode == (jsErrCode)10097;
}

static void take_answer(struct nats *state, struct heard *heard, const jsPubAck *ack,
                        const jsPubAckErr *failure)
{
    if (!heard->is_expected)
        return; /* twice */
    state->missing--;
    *heard = (struct heard){.is_good = ack != NULL};
    if (ack != NULL) {
        heard->is_repeat = ack->Duplicate;
        heard->place = ack->Sequence;
        snprintf(heard->text, sizeof heard->text, "%s", ack->Stream);
        return;
    }
    heard->is_refused = is_refused_for_ever(failure);
    heard->code = (uint32_t)failure->ErrCode;
    snprintf(heard->text, sizeof heard->text, "%s",
             failure->ErrText != NULL ? failure->ErrText : natsStatus_GetText(failure->Err));
}

static void on_answer(jsCtx *context, natsMsg *message, jsPubAck *ack, jsPubAckErr *failure,
                      void *closure)
{
    (void)context;
    const char *id = NULL;
    bool named = natsMsgHeader_Get(message, "Nats-Msg-Id", &id) == NATS_OK;
    pthread_mutex_lock(&lock);
    struct nats *state = living;
    while (state != NULL && state->number != (uintptr_t)closure)
        state = state->next;
    for (size_t i = 0; named && state != NULL && i < state->count; i++)
        if (strcmp(state->attempts[i].messages[0]->id, id) == 0) {
            take_answer(state, &state->heard[i], ack, failure);
            break;
        }
    pthread_cond_broadcast(&answered);
    pthread_mutex_unlock(&lock);
    natsMsg_Destroy(message);
}

/* ---- the connection */

static void disconnect(struct nats *state)
{
    jsCtx_Destroy(state->stream_context);
    natsConnection_Destroy(state->connection);
    state->stream_context = NULL;
    state->connection = NULL;
}

static natsStatus set_options(const struct nats *state, int64_t timeout_ms, natsOptions *options)
{
    natsStatus status =
        natsOptions_SetServers(options, (const char **)state->servers, state->server_count);
    if (status == NATS_OK)
        status = natsOptions_SetName(options, "meshline");
    if (status == NATS_OK)
        status = natsOptions_SetTimeout(options, timeout_ms);
    if (status == NATS_OK) /* of a server that reads no more */
        status = natsOptions_SetWriteDeadline(options, timeout_ms);
    if (status == NATS_OK)
        status = natsOptions_SetAllowReconnect(options, false); /* the core's breaker paces that */
    if (status == NATS_OK)                                      /* they were not looked at */
        status = natsOptions_SetIgnoreDiscoveredServers(options, true);
    if (status == NATS_OK && state->ca_file != NULL)
        status = natsOptions_LoadCATrustedCertificates(options, state->ca_file);
    if (status == NATS_OK && state->user != NULL)
        status = natsOptions_SetUserInfo(options, state->user,
                                         state->password != NULL ? state->password : "");
    if (status == NATS_OK && state->token != NULL)
        status = natsOptions_SetToken(options, state->token);
    return status;
}

/* A server that may not be reached; NULL: all may. */
static const char *find_private(const struct nats *state)
{
    const char *what = NULL;
    for (int i = 0; i < state->server_count && !state->private_network && what == NULL; i++)
        what = guard_look_server(state->servers[i]);
    return what;
}

static natsStatus connect_to(struct nats *state, int64_t timeout_us, const char **ret_private)
{
    *ret_private = NULL;
    if (state->connection != NULL && !natsConnection_IsClosed(state->connection))
        return NATS_OK;
    disconnect(state);
    if ((*ret_private = find_private(state)) != NULL)
        return NATS_NOT_PERMITTED;
    int64_t timeout_ms = timeout_us / 1000;
    natsOptions *options = NULL;
    natsStatus status = natsOptions_Create(&options);
    if (status == NATS_OK)
        status = set_options(state, timeout_ms, options);
    if (status == NATS_OK)
        status = natsConnection_Connect(&state->connection, options);
    natsOptions_Destroy(options);
    jsOptions stream_options;
    jsOptions_Init(&stream_options);
    stream_options.Wait = timeout_ms;
    stream_options.PublishAsync.MaxPending = EFFECT_BATCH_MAX;
    stream_options.PublishAsync.AckHandler = on_answer;
    stream_options.PublishAsync.AckHandlerClosure = (void *)state->number;
    if (status == NATS_OK)
        status =
            natsConnection_JetStream(&state->stream_context, state->connection, &stream_options);
    if (status != NATS_OK)
        disconnect(state);
    return status;
}

/* ---- publishing */

/* By the expression, or "leads.{type}" with the event's type. NULL: it cannot be worked out. */
static const char *subject_of(const struct nats *state, const struct effect_place *place,
                              struct effect_attempt *attempt, struct error *err)
{
    const struct effect_message *message = attempt->messages[0];
    const struct policy_expression *expression =
        policy_destination_expression(place->declared, "subject");
    if (expression != NULL) {
        struct effect_inputs *inputs = arena_alloc(attempt->arena, sizeof *inputs);
        struct bytes subject;
        effect_inputs_init(inputs, place->release, message, attempt->now_us, attempt->arena);
        if (effect_evaluate_text(inputs, expression, attempt->arena, &subject, err) < 0)
            return NULL;
        return arena_string(attempt->arena, subject);
    }
    const char *slot = strstr(state->subject, "{type}");
    if (slot == NULL)
        return state->subject;
    return arena_printf(attempt->arena, "%.*s%s%s", (int)(slot - state->subject), state->subject,
                        core_event_type_name(message->type), slot + strlen("{type}"));
}

/* One that can be published to: no wildcards, blanks or empty parts. */
static bool is_subject(const char *subject)
{
    if (subject[0] == '\0' || subject[0] == '.' || subject[strlen(subject) - 1] == '.' ||
        strstr(subject, "..") != NULL)
        return false;
    for (; *subject != '\0'; subject++)
        if (*subject == '*' || *subject == '>' || (unsigned char)*subject <= ' ')
            return false;
    return true;
}

/* False: it has no subject, which *ret says; or nothing can be published now (*ret_status). */
static bool publish(struct nats *state, const struct effect_place *place,
                    struct effect_attempt *attempt, natsStatus *ret_status,
                    struct core_receipt *ret)
{
    const struct effect_message *message = attempt->messages[0];
    struct error err = {0};
    const char *subject = subject_of(state, place, attempt, &err);
    if (subject == NULL || !is_subject(subject)) {
        effect_refuse(attempt, ret, "the subject \"%.100s\" cannot be published to%s%s",
                      subject != NULL ? subject : "", err.message[0] != '\0' ? ": " : "",
                      err.message);
        return false;
    }
    struct bytes body = effect_message_json(message, place->release, attempt->arena);
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = message->id;
    options.ExpectStream = state->stream;
    natsStatus status =
        js_PublishAsync(state->stream_context, subject, body.data, (int)body.size, &options);
    if (is_of_message(status))
        effect_refuse(attempt, ret, "NATS does not take it: %s", natsStatus_GetText(status));
    else
        *ret_status = status;
    return status == NATS_OK;
}

static void begin_batch(struct nats *state, const struct effect_attempt *attempts, size_t count)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++)
        state->heard[i] = (struct heard){.is_expected = true};
    state->attempts = attempts;
    state->count = state->missing = count;
    pthread_mutex_unlock(&lock);
}

/* Nothing will be heard of that one. */
static void expect_no_more(struct nats *state, size_t at)
{
    pthread_mutex_lock(&lock);
    state->missing -= state->heard[at].is_expected;
    state->heard[at].is_expected = false;
    pthread_mutex_unlock(&lock);
}

/* Until all are answered, or the time is over; then nobody listens any more. */
static void end_batch(struct nats *state, int64_t timeout_us)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(timeout_us / 1000000 + 1);
    pthread_mutex_lock(&lock);
    int code = 0;
    while (state->missing > 0 && code == 0 && state->connection != NULL &&
           !natsConnection_IsClosed(state->connection))
        code = pthread_cond_timedwait(&answered, &lock, &until);
    state->count = 0;
    pthread_mutex_unlock(&lock);
}

static void fill_receipt(const struct heard *heard, struct arena *arena, struct core_receipt *ret)
{
    ret->outcome = heard->is_good      ? CORE_OUTCOME_OK
                   : heard->is_refused ? CORE_OUTCOME_PERMANENT
                                       : CORE_OUTCOME_TRANSIENT;
    ret->status = heard->code;
    if (heard->is_expected)
        ret->reason = BYTES_LITERAL("the stream did not acknowledge it in time");
    else if (!heard->is_good)
        ret->reason = bytes_of(arena_printf(arena, "the stream did not take it: %s", heard->text));
    else
        ret->response_id = bytes_of(arena_printf(arena, "%s/%" PRIu64, heard->text, heard->place));
    if (heard->is_repeat)
        ret->excerpt = BYTES_LITERAL("the stream had it already");
}

static struct bytes explain(natsStatus status, const char *private, struct arena *arena)
{
    if (private == NULL)
        return bytes_of(arena_printf(arena, "NATS: %s", natsStatus_GetText(status)));
    return bytes_of(arena_printf(arena,
                                 "NATS: a server is at %s, which is not reached from here; if that "
                                 "is meant, set `private_network: true` for this destination",
                                 private));
}

static void nats_carry(void *memory, const struct effect_place *place,
                       struct effect_attempt *attempts, size_t count, struct core_receipt *rets)
{
    struct nats *state = memory;
    int64_t timeout_us = place->declared->timeout_us;
    bool is_whole = true;
    const char *private = NULL;
    begin_batch(state, attempts, count);
    natsStatus status = connect_to(state, timeout_us, &private);
    for (size_t i = 0; i < count; i++)
        if (status != NATS_OK || !publish(state, place, &attempts[i], &status, &rets[i])) {
            expect_no_more(state, i);
            if (status != NATS_OK && rets[i].reason.size == 0) {
                rets[i].outcome = CORE_OUTCOME_TRANSIENT;
                rets[i].reason = explain(status, private, attempts[i].arena);
            }
        }
    end_batch(state, timeout_us);
    for (size_t i = 0; i < count; i++) {
        if (rets[i].reason.size == 0)
            fill_receipt(&state->heard[i], attempts[i].arena, &rets[i]);
        is_whole = is_whole && rets[i].outcome != CORE_OUTCOME_TRANSIENT;
    }
    if (!is_whole)
        disconnect(state); /* whatever it was, begin anew */
}

/* ---- the kind */

static void nats_close(void *memory)
{
    struct nats *state = memory;
    pthread_mutex_lock(&lock);
    for (struct nats **at = &living; *at != NULL; at = &(*at)->next)
        if (*at == state) {
            *at = state->next;
            break;
        }
    pthread_mutex_unlock(&lock);
    disconnect(state);
    for (int i = 0; i < state->server_count; i++)
        free(state->servers[i]);
    free(state->servers);
    free(state->subject);
    free(state->stream);
    free(state->ca_file);
    free(state->user);
    effect_secret_free(state->password);
    effect_secret_free(state->token);
    free(state);
}

static char *copy_if(const char *text)
{
    return text[0] != '\0' ? strdup(text) : NULL;
}

static int read_secret(const struct effect_place *place, const char *key, char **ret,
                       struct error *err)
{
    struct json_object *option = options_member(place->options, key);
    return option == NULL ? 0 : effect_secret_read(place->secrets, option, ret, err);
}

static int nats_open(const struct effect_place *place, void **ret_state, struct error *err)
{
    struct json_object *servers = options_member(place->options, "servers");
    struct nats *state = calloc(1, sizeof *state);
    size_t count = json_object_array_length(servers);
    if (state == NULL || (state->servers = calloc(count, sizeof *state->servers)) == NULL)
        panic("out of memory (nats)");
    for (size_t i = 0; i < count; i++)
        state->servers[i] = strdup(json_object_get_string(json_object_array_get_idx(servers, i)));
    state->server_count = (int)count;
    state->private_network = place->declared->private_network;
    const char *subject = options_text(place->options, "subject");
    state->subject = strdup(subject[0] != '\0' ? subject : "meshline.{type}");
    state->stream = copy_if(options_text(place->options, "stream"));
    state->ca_file = copy_if(options_text(place->options, "ca_file"));
    state->user = copy_if(options_text(place->options, "user"));
    pthread_mutex_lock(&lock);
    state->number = ++newest;
    state->next = living;
    living = state;
    pthread_mutex_unlock(&lock);
    int code = read_secret(place, "password", &state->password, err);
    if (code == 0)
        code = read_secret(place, "token", &state->token, err);
    if (code < 0) {
        nats_close(state);
        return code;
    }
    *ret_state = state;
    return 0;
}

const struct effect_kind effect_nats = {
    .kind = POLICY_NATS, .open = nats_open, .close = nats_close, .carry = nats_carry};
