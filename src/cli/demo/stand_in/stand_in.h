/* Systems of other companies, played by processes of the demo: a CRM, a provider of firmographics,
 * a chat, a mail server. Each writes every request that it receives into a file before it answers;
 * what it keeps is in memory only. How well it works is said by whoever has started it.
 *
 * One thread for each connection, for mail one for all. A kind's functions are called by one of
 * them at a time. */
#ifndef ML_CLI_DEMO_STAND_IN_H
#define ML_CLI_DEMO_STAND_IN_H

#include "base/buffer.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "cli/demo/stand_in/smtp.h"

#include <stdint.h>

enum stand_in_mode {
    STAND_IN_WELL,
    STAND_IN_SLOW,    /* does what it is asked at once, and says so too late */
    STAND_IN_FAILING, /* answers 503 (mail: 451) and does nothing */
    STAND_IN_DOWN,    /* refuses connections */
    STAND_IN_MODES,
};

/* "well"; static storage. */
const char *stand_in_mode_name(enum stand_in_mode mode);
/* STAND_IN_MODES when there is none of that name. */
enum stand_in_mode stand_in_mode_parse(struct bytes name);

struct stand_in_request {
    struct bytes method, path;
    struct bytes key;         /* Idempotency-Key; empty: none */
    struct bytes reference;   /* the query parameters of these names; empty: none */
    struct bytes after;       /* likewise */
    struct json_object *body; /* NULL: none, or no JSON */
    uint64_t number;          /* of this process's requests, from 1 */
};

struct stand_in_kind {
    const char *name;
    void *(*open)(void);
    void (*close)(void *state);
    /* HTTP: writes one JSON value and returns the status. NULL: takes mail by SMTP. */
    unsigned (*answer)(void *state, const struct stand_in_request *request,
                       struct json_writer *json);
    void (*keep)(void *state, const struct smtp_mail *mail);
    /* What it keeps: records, messages, mails. */
    uint64_t (*kept)(const void *state);
    bool reads_fast; /* slow is only what changes something */
};

extern const struct stand_in_kind stand_in_crm, stand_in_firmographics, stand_in_chat,
    stand_in_mail;

/* The part of a mail's Message-ID that says which mail it is; empty: it has none. */
struct bytes stand_in_mail_key(struct bytes text);

#endif
