/* Access tokens, and keys of sources: who may call, and as what. Kept in one JSON file of mode
 * 0600, written whole and atomically. Of what a caller carries (a token) only the BLAKE2b-256 hash
 * is stored. A secret that signatures are checked with cannot be hashed: it stands in that file as
 * it is, and nowhere else; it is never listed, logged or answered. The functions on the file are
 * for the command line; `tokens` is the immutable set that a server answers from. */
#ifndef ML_SERVER_AUTH_H
#define ML_SERVER_AUTH_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "server/access/signature.h"

#include <stdint.h>

enum role {
    ROLE_NONE,    /* what a route asks for that is open to everybody */
    ROLE_SOURCE,  /* may submit leads to one source */
    ROLE_READ,    /* may look at everything */
    ROLE_OPERATE, /* may also submit leads and act on leads and reps */
    ROLE_ADMIN,   /* may do everything */
    ROLES,
};

const char *role_name(enum role role);
/* ROLE_NONE when there is none of that name. */
enum role role_parse(struct bytes name);
/* Whether `have` is enough for a call that asks for `need`. */
bool role_covers(enum role have, enum role need);

enum {
    TOKEN_TEXT_SIZE = 48, /* "mlt_" and 43 characters of base64url, with the NUL */
    TOKEN_ID_SIZE = 16,
    TOKEN_NAME_MAX = 64, /* bytes */
    TOKENS_MAX = 1000,
    SOURCE_KEYS_MAX = 2,  /* of one source, in force at a time: the old one and the new one */
    KEY_URL_MAX = 512,    /* bytes */
    KEY_VERIFY_SIZE = 33, /* of Meta's verify token, with the NUL */
};

/* ---- the set that is in force */

struct tokens;

struct token {
    char id[TOKEN_ID_SIZE];
    char name[TOKEN_NAME_MAX + 1];
    enum role role;
    char source[TOKEN_NAME_MAX + 1]; /* of ROLE_SOURCE; else empty */
    enum key_kind kind;              /* of ROLE_SOURCE; else KEY_BEARER */
    unsigned char hash[32];          /* of KEY_BEARER */
    /* Of the other kinds. */
    char secret[SIGNATURE_SECRET_MAX + 1];
    char url[KEY_URL_MAX + 1];    /* HubSpot: the address as the sender has it */
    char verify[KEY_VERIFY_SIZE]; /* Meta: what its handshake must name */
    int64_t created_us;
    int64_t revoked_us; /* 0: in force */
};

/* Reads the file; one that does not exist is an empty set. ML_EINVAL names what is wrong with it.
 */
int tokens_load(const char *path, struct tokens **ret, struct error *err);
/* Counted references; unref takes NULL. Thread-safe. */
struct tokens *tokens_ref(struct tokens *tokens);
void tokens_unref(struct tokens *tokens);
/* All of them, revoked ones too. */
size_t tokens_count(const struct tokens *tokens);
/* Those in force. */
size_t tokens_active(const struct tokens *tokens);
/* Those that a caller carries, revoked ones too: all but the secrets of signatures. */
size_t tokens_bearers(const struct tokens *tokens);
/* The token of that text, or NULL when there is none or it is revoked. Looks at every one in
 * constant time. Borrowed from the set. */
const struct token *tokens_find(const struct tokens *tokens, struct bytes text);
/* The keys in force that check signatures of a source's senders, oldest first; returns how many.
 * Borrowed from the set. */
size_t tokens_signers(const struct tokens *tokens, struct bytes source,
                      const struct token *ret[static SOURCE_KEYS_MAX]);

/* Whether the source has, or had, such a key: revoked ones count. */
bool tokens_had_signers(const struct tokens *tokens, struct bytes source);

/* ---- the file, for the command line; writers lock it against each other */

/* Makes a token and stores its hash. `source` is required for ROLE_SOURCE and refused otherwise;
 * ML_ECONFLICT when that source has SOURCE_KEYS_MAX keys in force. The text is given once and
 * cannot be had again. */
int tokens_add(const char *path, struct bytes name, enum role role, struct bytes source,
               int64_t now_us, char ret_text[static TOKEN_TEXT_SIZE],
               char ret_id[static TOKEN_ID_SIZE], struct error *err);

/* What a new key of a source is to be. */
struct key_request {
    struct bytes source;
    struct bytes name; /* empty: the source's and the kind's */
    enum key_kind kind;
    struct bytes secret; /* empty: one is made, where the receiver may choose it */
    struct bytes url;    /* of kinds whose scheme needs it; else empty */
};

/* What was made, shown once. */
struct key_made {
    char id[TOKEN_ID_SIZE];
    char secret[TOKEN_TEXT_SIZE + 8]; /* empty when it was given */
    char verify[KEY_VERIFY_SIZE];     /* of KEY_META; else empty */
};

/* Makes a key of a source. ML_EINVAL says what is missing or wrong; ML_ECONFLICT as above. */
int tokens_add_key(const char *path, const struct key_request *request, int64_t now_us,
                   struct key_made *ret, struct error *err);

enum tokens_listed {
    TOKENS_CARRIED,    /* what may stand in Authorization */
    TOKENS_OF_SOURCES, /* keys of sources of all kinds; of one source only when it is named */
};

/* A JSON array without hashes and secrets. `source` may be empty. */
int tokens_list(const char *path, enum tokens_listed which, struct bytes source,
                struct json_writer *json, struct error *err);
/* By id; ML_ENOTFOUND. Revoking twice is no mistake. */
int tokens_revoke(const char *path, struct bytes id, int64_t now_us, struct error *err);

#endif
