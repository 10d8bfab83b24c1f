/* Access tokens: who may call, and as what. Kept in one JSON file of mode 0600, written whole and
 * atomically; of each token only the BLAKE2b-256 hash is stored. The functions on the file are for
 * the command line; `tokens` is the immutable set that a server answers from. */
#ifndef ML_SERVER_AUTH_H
#define ML_SERVER_AUTH_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/json_writer.h"

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
};

/* ---- the set that is in force */

struct tokens;

struct token {
    char id[TOKEN_ID_SIZE];
    char name[TOKEN_NAME_MAX + 1];
    enum role role;
    char source[TOKEN_NAME_MAX + 1]; /* of ROLE_SOURCE; else empty */
    unsigned char hash[32];
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
/* The token of that text, or NULL when there is none or it is revoked. Looks at every one in
 * constant time. Borrowed from the set. */
const struct token *tokens_find(const struct tokens *tokens, struct bytes text);

/* ---- the file, for the command line; writers lock it against each other */

/* Makes a token and stores its hash. `source` is required for ROLE_SOURCE and refused otherwise.
 * The text is given once and cannot be had again. */
int tokens_add(const char *path, struct bytes name, enum role role, struct bytes source,
               int64_t now_us, char ret_text[static TOKEN_TEXT_SIZE],
               char ret_id[static TOKEN_ID_SIZE], struct error *err);
/* A JSON array without the hashes. */
int tokens_list(const char *path, struct json_writer *json, struct error *err);
/* By id; ML_ENOTFOUND. Revoking twice is no mistake. */
int tokens_revoke(const char *path, struct bytes id, int64_t now_us, struct error *err);

#endif
