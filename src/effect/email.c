/* E-mail by SMTP: notifications to their people, events to those whom the mesh names. Runs on the
 * effect thread. */
#include "effect/ask.h"
#include "effect/mime.h"
#include "effect/options.h"
#include "effect/template.h"

#include "base/json.h"

#include <curl/curl.h>
#include <stdlib.h>

struct email {
    const char *server, *user; /* borrowed from the options; user may be "" */
    const char *ca_file;       /* owned; NULL */
    char *from;                /* the address alone; owned */
    char *password;            /* owned; may be NULL */
    bool starttls;
};

static void close_email(void *state)
{
    struct email *email = state;
    effect_secret_free(email->password);
    free(email->from);
    free(email);
}

/* Mail on its way to the next machine of this host needs no TLS. */
static bool is_loopback(const char *server)
{
    char *host = NULL;
    CURLU *url = curl_url();
    bool loopback = url != NULL && curl_url_set(url, CURLUPART_URL, server, 0) == CURLUE_OK &&
                    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                    (strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
                     strcmp(host, "[::1]") == 0);
    curl_free(host);
    curl_url_cleanup(url);
    return loopback;
}

static int open_email(const struct effect_place *place, void **ret_state, struct error *err)
{
    struct json_object *password = options_member(place->options, "password");
    const char *ca_file = options_text(place->options, "ca_file");
    struct bytes from = mime_address(bytes_of(options_text(place->options, "from")));
    struct email *email = calloc(1, sizeof *email);
    if (email == NULL)
        panic("out of memory");
    email->server = options_text(place->options, "server");
    email->user = options_text(place->options, "user");
    email->from = strndup(from.data, from.size);
    email->ca_file = ca_file[0] != '\0' ? ca_file : NULL;
    bool encrypted = strncmp(email->server, "smtps://", 8) == 0;
    email->starttls =
        !encrypted && options_bool(place->options, "starttls", !is_loopback(email->server));
    int rc =
        password == NULL ? 0 : effect_secret_read(place->secrets, password, &email->password, err);
    if (rc != 0) {
        close_email(email);
        return rc;
    }
    *ret_state = email;
    return 0;
}

/* ---- whom it is for */

struct recipients {
    const char *to[MIME_RECIPIENTS_MAX + 1];
    size_t count;
};

static int add(struct recipients *recipients, struct bytes address, struct arena *arena,
               struct error *err)
{
    if (!mime_is_address(address))
        return error_set(err, ML_EINVAL, "", "`%.*s` is no e-mail address",
                         (int)(address.size < 80 ? address.size : 80), address.data);
    if (recipients->count == MIME_RECIPIENTS_MAX)
        return error_set(err, ML_ELIMIT, "", "more than %d recipients", MIME_RECIPIENTS_MAX);
    recipients->to[recipients->count++] = arena_string(arena, address);
    return 0;
}

/* Those that `to` names: one, or a list. */
static int find_named(const struct ask *ask, struct recipients *recipients, struct error *err)
{
    struct cel_value to;
    int rc = ask_value(ask, "to", &to, err);
    if (rc == 0 && to.kind == CEL_STRING)
        return to.string.size == 0 ? 0 : add(recipients, to.string, ask->attempt->arena, err);
    for (uint32_t i = 0; rc == 0 && to.kind == CEL_LIST && i < to.count; i++)
        rc = to.items[i].kind == CEL_STRING
                 ? add(recipients, to.items[i].string, ask->attempt->arena, err)
                 : error_set(err, ML_EINVAL, "", "`to` lists what is no text");
    return rc;
}

static struct bytes address_of(const struct effect_recipient *recipient, struct bytes target)
{
    static const struct bytes scheme = {"mailto:", 7};
    if (recipient->address.size > 0)
        return recipient->address;
    if (recipient->email.size > 0)
        return recipient->email;
    if (target.size > scheme.size && memcmp(target.data, scheme.data, scheme.size) == 0)
        return (struct bytes){target.data + scheme.size, target.size - scheme.size};
    return (struct bytes){0};
}

static int find_recipients(const struct ask *ask, const struct effect_recipient *recipient,
                           struct recipients *recipients, struct error *err)
{
    const struct effect_message *message = ask->attempt->messages[0];
    int rc = 0;
    if (message->purpose == POLICY_DELIVER) {
        rc = find_named(ask, recipients, err);
        if (rc == 0 && recipients->count == 0)
            rc = error_set(err, ML_EINVAL, "", "`to` names nobody for this event");
        return rc;
    }
    struct bytes address = address_of(recipient, message->target);
    if (address.size == 0)
        return error_set(err, ML_ENOTFOUND, "",
                         "%.*s has no e-mail address; add it to people.yaml or mesh.yaml",
                         BYTES_ARG(message->target));
    return add(recipients, address, ask->attempt->arena, err);
}

/* ---- the conversation: one mail */

static enum effect_step begin(const struct ask *ask, const struct email *email,
                              struct effect_request *request, struct core_receipt *ret)
{
    struct effect_attempt *attempt = ask->attempt;
    const struct effect_place *place = ask->place;
    const struct effect_message *first = attempt->messages[0];
    struct recipients *recipients = arena_zalloc(attempt->arena, sizeof *recipients);
    struct effect_recipient recipient;
    struct effect_text text;
    struct error err = {0};
    effect_recipient_find(place->release, place->declared, first->target, attempt->arena,
                          &recipient);
    if (find_recipients(ask, &recipient, recipients, &err) != 0) {
        effect_refuse(attempt, ret, "%s", err.message);
        return EFFECT_DONE;
    }
    effect_template_fill(place->release, attempt->messages, attempt->count, &recipient,
                         attempt->now_us, attempt->arena, &text);
    const struct mime_mail mail = {
        .from = bytes_of(options_text(place->options, "from")),
        .to = recipients->to,
        .subject = text.subject,
        .id = effect_messages_id(attempt->messages, attempt->count, attempt->arena),
        .time_us = first->time_us,
        .text = text.text,
        .html = text.html};
    request->url = email->server;
    request->from = email->from;
    request->to = recipients->to;
    request->user = email->user[0] != '\0' ? email->user : NULL;
    request->password = email->password;
    request->starttls = email->starttls;
    request->ca_file = email->ca_file;
    request->body = mime_write(&mail, attempt->arena);
    struct bytes *missing = arena_alloc(attempt->arena, sizeof *missing);
    *missing = text.missing;
    attempt->memory = missing;
    return EFFECT_ASK;
}

/* RFC 5321, 4.2.1: 4yz may succeed later, 5yz will not; what is wrong with our own credentials is
 * not the mail's fault. */
static enum core_outcome outcome_of(uint32_t status)
{
    if (status >= 200 && status < 300)
        return CORE_OUTCOME_OK;
    bool credentials = status == 530 || status == 534 || status == 535 || status == 538;
    return status >= 500 && !credentials ? CORE_OUTCOME_PERMANENT : CORE_OUTCOME_TRANSIENT;
}

static void judge(struct effect_attempt *attempt, const struct effect_answer *answer,
                  struct core_receipt *ret)
{
    const struct bytes *missing = attempt->memory;
    ret->outcome = outcome_of(answer->status);
    ret->status = answer->status;
    ret->excerpt = effect_excerpt(answer->body, attempt->arena);
    if (ret->outcome != CORE_OUTCOME_OK)
        ret->reason =
            bytes_of(arena_printf(attempt->arena, "the mail server answered %u", answer->status));
    else if (missing->size > 0)
        ret->excerpt = bytes_of(arena_printf(attempt->arena, "sent without %.*s; %.*s",
                                             BYTES_ARG(*missing), BYTES_ARG(ret->excerpt)));
}

static enum effect_step converse(void *state, const struct effect_place *place,
                                 struct effect_attempt *attempt, const struct effect_answer *answer,
                                 struct effect_request *request, struct core_receipt *ret)
{
    struct effect_inputs inputs;
    const struct ask ask = {place, attempt, &inputs};
    if (answer != NULL) {
        judge(attempt, answer, ret);
        return EFFECT_DONE;
    }
    effect_inputs_init(&inputs, place->release, attempt->messages[0], attempt->now_us,
                       attempt->arena);
    return begin(&ask, state, request, ret);
}

const struct effect_kind effect_email = {
    .kind = POLICY_EMAIL, .open = open_email, .close = close_email, .converse = converse};
