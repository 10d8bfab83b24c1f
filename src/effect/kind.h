/* A kind of destination: one file each behind this interface (webhook.c, rest.c, slack.c, email.c,
 * ndjson.c, nats.c, postgres.c; providers: http_provider.c, domain.c, table.c). A kind knows how to
 * say something to one system. It knows nothing of retries, queues, order or receipts. */
#ifndef ML_EFFECT_KIND_H
#define ML_EFFECT_KIND_H

#include "base/arena.h"
#include "core/core.h"
#include "effect/message.h"
#include "effect/secret.h"
#include "policy/policy.h"

struct json_object;

enum {
    EFFECT_HEADERS_MAX = 32,
    EFFECT_BODY_MAX = 1024 * 1024, /* bytes sent */
    EFFECT_ANSWER_MAX =
        1024 * 1024, /* bytes read; more is an error, whatever Content-Length says */
    EFFECT_ANSWER_HEADERS_MAX = 64 * 1024,
    EFFECT_REDIRECTS_MAX = 3, /* only for GET; each passes the guard anew */
    EFFECT_TURNS_MAX = 8,     /* requests of one attempt */
    EFFECT_DIGEST_MAX = 200,  /* deliveries told together */
    EFFECT_BATCH_MAX = 1000,  /* deliveries carried together */
};

/* Where a destination of a release is, opened. */
struct effect_place {
    struct policy_release *release; /* borrowed; lives as long as the state that `open` makes */
    const struct policy_destination *declared;
    struct json_object *options; /* its options, read */
    const struct effect_secrets *secrets;
    const char *data_directory;
};

enum effect_task {
    EFFECT_DELIVER, /* carry the messages out */
    EFFECT_LIST,    /* tell what is there, by effect_attempt.found */
    EFFECT_POLL,    /* tell what was changed there since effect_attempt.cursor, by …record */
};

/* One attempt: at a delivery, or at several for the same target that are told together. */
struct effect_attempt {
    enum effect_task task;
    const struct effect_message *const *messages; /* DELIVER: at least one */
    size_t count;
    struct arena *arena;
    int64_t now_us; /* UTC, of its beginning */
    void *memory;   /* the kind's own during a conversation; in `arena`; NULL at first */
    /* LIST, POLL */
    struct bytes cursor;
    void *context;
    void (*found)(void *context, struct bytes key, struct bytes external_id);
    void (*record)(void *context, struct cel_value record, struct bytes cursor);
};

struct effect_header {
    struct bytes name, value; /* checked before they are sent: no control characters */
};

/* What to ask next. Texts live in the attempt's arena. */
struct effect_request {
    const char *method; /* "POST"; SMTP: NULL */
    const char *url;    /* http, https; SMTP: smtp, smtps */
    struct effect_header headers[EFFECT_HEADERS_MAX];
    size_t header_count;
    struct bytes body;
    /* SMTP */
    const char *from;
    const char *const *to; /* NULL-terminated */
    const char *user, *password;
    bool starttls;       /* required; the certificate is verified */
    const char *ca_file; /* beside the machine's certificates: a file; NULL */
    /* An address that came from outside (a partner's): private networks are refused whatever the
     * destination allows, unless it says private_network itself. */
    bool guarded;
    /* Of a provider with `cache`: what the answer is kept under, for as long as that says. An
     * answer that is known already comes back at once, and the receipt says so; only what led to an
     * outcome OK is kept. Empty: it is asked anew each time. */
    struct bytes cache_key;
};

struct effect_answer {
    uint32_t status;                     /* of HTTP or SMTP */
    const struct effect_header *headers; /* of HTTP, lower-case names */
    size_t header_count;
    struct bytes body;
    int64_t took_us;
};

enum effect_step { EFFECT_ASK, EFFECT_DONE };

struct effect_kind {
    enum policy_destination_kind kind;
    /* Makes what the destination needs, once a release. NULL: nothing. ML_EINVAL, ML_ENOTFOUND (a
     * secret), ML_EIO, …: its deliveries wait and it is tried again. */
    int (*open)(const struct effect_place *place, void **ret_state, struct error *err);
    void (*close)(void *state);
    /* Either: a conversation over HTTP or SMTP, on the effect thread, which must not block.
     * `answer` is NULL at first; no answer at all never comes here: that is a TRANSIENT outcome,
     * and the conversation is over. EFFECT_ASK fills *request (zeroed before), EFFECT_DONE *ret
     * (zeroed, status and times are filled by the caller). Answers it does not want to judge itself
     * it hands to effect_judge. */
    enum effect_step (*converse)(void *state, const struct effect_place *place,
                                 struct effect_attempt *attempt, const struct effect_answer *answer,
                                 struct effect_request *request, struct core_receipt *ret);
    /* Or: a batch, on a thread of the destination's own, which may block for its timeout. Fills
     * rets[i] for each attempt; attempts have one message each. LIST comes alone. */
    void (*carry)(void *state, const struct effect_place *place, struct effect_attempt *attempts,
                  size_t count, struct core_receipt *rets);
    bool lists; /* takes EFFECT_LIST */
    bool polls; /* takes EFFECT_POLL */
};
/* NULL-terminated, by enum policy_destination_kind. */
extern const struct effect_kind *const effect_kinds[POLICY_DESTINATION_KINDS + 1];
extern const struct effect_kind effect_webhook, effect_rest, effect_slack, effect_email,
    effect_ndjson, effect_nats, effect_postgres, effect_http_provider, effect_domain, effect_table;

/* What an answer over HTTP means by its status alone: 2xx OK; 408, 425, 429 and 5xx TRANSIENT with
 * Retry-After (seconds or a date) read; 410 GONE; everything else PERMANENT. Fills outcome, status,
 * retry_after_us, excerpt (text of the body, control characters as spaces, whole characters,
 * CORE_EXCERPT_MAX) and a sentence in `reason`. */
void effect_judge(const struct effect_answer *answer, struct effect_attempt *attempt,
                  struct core_receipt *ret);
/* The beginning of what came, for people: control characters as spaces, whole characters of UTF-8,
 * at most CORE_EXCERPT_MAX bytes. */
struct bytes effect_excerpt(struct bytes body, struct arena *arena);
/* The same for all texts of a receipt, whoever filled it, within what the core keeps of each: they
 * go into the journal, which is UTF-8 without controls. An id that would have to be cut is none. */
void effect_receipt_clean(struct core_receipt *receipt, struct arena *arena);
/* Leaves out what repeats one of them: it would be in the journal for ever. */
void effect_receipt_hide(struct core_receipt *receipt, const struct bytes *secrets, size_t count);
/* A refusal of our own, before anything was sent: PERMANENT with that sentence. */
__attribute__((format(printf, 3, 4))) void
effect_refuse(struct effect_attempt *attempt, struct core_receipt *ret, const char *format, ...);

#endif
