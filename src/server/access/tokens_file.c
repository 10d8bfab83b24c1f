/* tokens.json:
 * {"tokens":[{"id","name","role","source"?,"kind"?,"hash","created_at","revoked_at"?}]}; of a kind
 * other than "bearer" there are "secret" (until it is revoked), "url"? and "verify_token"? instead
 * of "hash". Replaced whole (temporary file, fsync, rename, fsync of the directory); writers hold a
 * lock on the file that they replace. */
#include "server/access/auth.h"
#include "server/access/tokens.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 2 * 1024 * 1024 };

/* ---- reading */

static bool copy_text(struct bytes text, char *out, size_t size)
{
    if (text.size == 0 || text.size >= size)
        return false;
    memcpy(out, text.data, text.size);
    out[text.size] = '\0';
    return true;
}

static bool parse_hash(struct bytes text, unsigned char out[static 32])
{
    struct hash256 hash;
    if (!hash256_parse(text, &hash))
        return false;
    memcpy(out, hash.data, sizeof hash.data);
    return true;
}

/* A member that may be missing. */
static bool copy_optional(struct json_object *item, const char *member, char *out, size_t size)
{
    return json_object_object_get(item, member) == NULL ||
           copy_text(json_member_text(item, member), out, size);
}

/* What proves that the caller is who it says: a hash, or what signatures are checked with. */
static const char *parse_proof(struct json_object *item, struct token *ret)
{
    if (ret->kind == KEY_BEARER)
        return parse_hash(json_member_text(item, "hash"), ret->hash) ? NULL : "hash";
    struct bytes secret = json_member_text(item, "secret");
    if (ret->revoked_us == 0 && (signature_secret_check(ret->kind, secret, NULL) != 0 ||
                                 !copy_text(secret, ret->secret, sizeof ret->secret)))
        return "secret";
    if (!copy_optional(item, "url", ret->url, sizeof ret->url))
        return "url";
    if (!copy_optional(item, "verify_token", ret->verify, sizeof ret->verify))
        return "verify_token";
    return NULL;
}

static bool parse_kind(struct json_object *item, struct token *ret)
{
    if (json_object_object_get(item, "kind") == NULL)
        return true;
    ret->kind = key_kind_parse(json_member_text(item, "kind"));
    return ret->kind < KEY_KINDS && (ret->kind == KEY_BEARER || ret->role == ROLE_SOURCE);
}

/* The member that is wrong, or NULL. */
static const char *parse_token(struct json_object *item, struct token *ret)
{
    *ret = (struct token){0};
    if (!json_object_is_type(item, json_type_object))
        return "token";
    if (!copy_text(json_member_text(item, "id"), ret->id, sizeof ret->id))
        return "id";
    if (!copy_text(json_member_text(item, "name"), ret->name, sizeof ret->name))
        return "name";
    ret->role = role_parse(json_member_text(item, "role"));
    if (ret->role == ROLE_NONE)
        return "role";
    if (ret->role == ROLE_SOURCE &&
        !copy_text(json_member_text(item, "source"), ret->source, sizeof ret->source))
        return "source";
    if (!parse_kind(item, ret))
        return "kind";
    ret->created_us = json_member_time_us(item, "created_at");
    ret->revoked_us = json_member_time_us(item, "revoked_at");
    /* A revocation that cannot be read must not bring the token back to life. */
    if (ret->revoked_us == 0 && json_object_object_get(item, "revoked_at") != NULL)
        return "revoked_at";
    return parse_proof(item, ret);
}

static int parse_tokens(const char *path, struct bytes text, struct tokens *tokens,
                        struct error *err)
{
    JSON_AUTO *tree = NULL;
    struct error inner = {0};
    if (json_parse(text, &tree, &inner) != 0)
        return error_set(err, ML_EINVAL, path, "the tokens file is not valid JSON: %s (%s)",
                         inner.message, inner.place);
    struct json_object *list = json_object_object_get(tree, "tokens");
    if (!json_object_is_type(list, json_type_array))
        return error_set(err, ML_EINVAL, path, "the tokens file has no array \"tokens\"");
    size_t count = json_object_array_length(list);
    if (count > TOKENS_MAX)
        return error_set(err, ML_ELIMIT, path, "%zu tokens are more than the %d that are allowed",
                         count, TOKENS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct token token;
        const char *wrong = parse_token(json_object_array_get_idx(list, i), &token);
        if (wrong != NULL)
            return error_set(err, ML_EINVAL, path, "\"%s\" of token %zu is missing or wrong", wrong,
                             i + 1);
        tokens_append(tokens, &token);
        sodium_memzero(&token, sizeof token);
    }
    return 0;
}

static int read_whole(int fd, const char *path, struct buffer *out, struct error *err)
{
    for (;;) {
        char *room = buffer_reserve(out, 4096);
        if (room == NULL)
            return error_set(err, ML_ELIMIT, path, "the tokens file is larger than %d bytes",
                             FILE_SIZE_MAX);
        ssize_t got = read(fd, room, 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ML_EIO, path, "cannot read the tokens file: %s", strerror(errno));
        if (got == 0)
            return 0;
        buffer_commit(out, (size_t)got);
    }
}

static int load_from(int fd, const char *path, struct tokens **ret, struct error *err)
{
    struct buffer text;
    buffer_init(&text, FILE_SIZE_MAX);
    struct tokens *tokens = tokens_new();
    int code = read_whole(fd, path, &text, err);
    /* A new file is empty until its first token is written. */
    if (code == 0 && text.size > 0)
        code = parse_tokens(path, buffer_bytes(&text), tokens, err);
    buffer_release(&text);
    if (code != 0)
        tokens_unref(tokens);
    else
        *ret = tokens;
    return code;
}

int tokens_load(const char *path, struct tokens **ret, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        *ret = tokens_new();
        return 0;
    }
    if (fd < 0)
        return error_set(err, errno == EACCES ? ML_EDENIED : ML_EIO, path,
                         "cannot open the tokens file: %s", strerror(errno));
    int code = load_from(fd, path, ret, err);
    close(fd);
    return code;
}

/* ---- writing */

static void write_proof(struct json_writer *json, const struct token *token)
{
    struct hash256 hash;
    char text[HASH256_TEXT_SIZE];
    if (token->kind != KEY_BEARER) {
        json_member_if(json, "secret", bytes_of(token->secret));
        json_member_if(json, "verify_token", bytes_of(token->verify));
        return;
    }
    memcpy(hash.data, token->hash, sizeof hash.data);
    hash256_print(&hash, text);
    json_member(json, "hash", bytes_of(text));
}

static void write_token(struct json_writer *json, const struct token *token, bool with_proof)
{
    json_object_open(json);
    json_member(json, "id", bytes_of(token->id));
    json_member(json, "name", bytes_of(token->name));
    json_member(json, "role", bytes_of(role_name(token->role)));
    json_member_if(json, "source", bytes_of(token->source));
    if (token->role == ROLE_SOURCE)
        json_member(json, "kind", bytes_of(key_kind_name(token->kind)));
    json_member_if(json, "url", bytes_of(token->url));
    if (with_proof)
        write_proof(json, token);
    json_member_time(json, "created_at", token->created_us);
    if (token->revoked_us != 0)
        json_member_time(json, "revoked_at", token->revoked_us);
    json_object_close(json);
}

static int write_all(int fd, struct bytes data)
{
    while (data.size > 0) {
        ssize_t done = write(fd, data.data, data.size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        data.data += done;
        data.size -= (size_t)done;
    }
    return 0;
}

static void sync_directory_of(const char *path)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static int replace_file(const char *path, struct bytes text, struct error *err)
{
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
        return error_set(err, ML_ELIMIT, path, "the path is too long");
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, errno == EACCES ? ML_EDENIED : ML_EIO, temporary,
                         "cannot write the tokens file: %s", strerror(errno));
    bool written = write_all(fd, text) == 0 && fsync(fd) == 0;
    int reason = errno;
    close(fd);
    if (written && rename(temporary, path) == 0) {
        sync_directory_of(path);
        return 0;
    }
    if (written)
        reason = errno;
    unlink(temporary);
    return error_set(err, reason == ENOSPC ? ML_ENOSPC : ML_EIO, path,
                     "cannot write the tokens file: %s", strerror(reason));
}

static int save(const char *path, const struct tokens *tokens, struct error *err)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, FILE_SIZE_MAX);
    json_begin(&json, &text);
    json_object_open(&json);
    json_key(&json, "tokens");
    json_array_open(&json);
    for (size_t i = 0; i < tokens->count; i++)
        write_token(&json, &tokens->items[i], true);
    json_array_close(&json);
    json_object_close(&json);
    buffer_append_char(&text, '\n');
    int code = text.overflow
                   ? error_set(err, ML_ELIMIT, path,
                               "the tokens file would be larger than %d bytes", FILE_SIZE_MAX)
                   : replace_file(path, buffer_bytes(&text), err);
    buffer_release(&text);
    return code;
}

/* The file, locked. It may be replaced while we wait for the lock on the old one, so look again
 * after having it. */
static int open_locked(const char *path, int *ret_fd, struct error *err)
{
    for (;;) {
        struct stat held, named;
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
            return error_set(err, errno == EACCES || errno == EROFS ? ML_EDENIED : ML_EIO, path,
                             "cannot open the tokens file: %s", strerror(errno));
        int locked;
        do
            locked = flock(fd, LOCK_EX);
        while (locked != 0 && errno == EINTR);
        if (locked == 0 && fstat(fd, &held) == 0 && stat(path, &named) == 0 &&
            held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
            *ret_fd = fd;
            return 0;
        }
        int reason = errno;
        close(fd);
        if (locked != 0)
            return error_set(err, ML_EIO, path, "cannot lock the tokens file: %s",
                             strerror(reason));
    }
}

/* ---- the command line's calls */

static bool name_is_printable(struct bytes name)
{
    for (size_t i = 0; i < name.size; i++)
        if ((unsigned char)name.data[i] < 0x20 || name.data[i] == 0x7f)
            return false;
    return bytes_is_utf8(name);
}

static int check_new(struct bytes name, enum role role, struct bytes source, struct error *err)
{
    if (name.size == 0 || name.size > TOKEN_NAME_MAX || !name_is_printable(name))
        return error_set(err, ML_EINVAL, "", "a token's name has 1 to %d bytes of printable text",
                         TOKEN_NAME_MAX);
    if (role == ROLE_NONE)
        return error_set(err, ML_EINVAL, "", "a token's role is source, read, operate or admin");
    if ((role == ROLE_SOURCE) != (source.size > 0))
        return error_set(err, ML_EINVAL, "",
                         role == ROLE_SOURCE
                             ? "a token of role source needs the source that it is for"
                             : "only a token of role source is for one source");
    if (source.size > TOKEN_NAME_MAX || !name_is_printable(source))
        return error_set(err, ML_EINVAL, "", "a source's name has 1 to %d bytes of printable text",
                         TOKEN_NAME_MAX);
    return 0;
}

static void make_id(const char *prefix, char id[static TOKEN_ID_SIZE])
{
    unsigned char bytes[5];
    randombytes_buf(bytes, sizeof bytes);
    memcpy(id, prefix, 4);
    sodium_bin2hex(id + 4, TOKEN_ID_SIZE - 4, bytes, sizeof bytes);
}

static void make_text(const char *prefix, int variant, char *text, size_t size)
{
    unsigned char secret[32];
    size_t start = strlen(prefix);
    randombytes_buf(secret, sizeof secret);
    memcpy(text, prefix, start);
    sodium_bin2base64(text + start, size - start, secret, sizeof secret, variant);
    sodium_memzero(secret, sizeof secret);
}

static void make_bearer(char text[static TOKEN_TEXT_SIZE], struct token *token)
{
    make_text("mlt_", sodium_base64_VARIANT_URLSAFE_NO_PADDING, text, TOKEN_TEXT_SIZE);
    token_hash(bytes_of(text), token->hash);
}

/* Two keys let a sender change to the new one while the old one still counts; a third would only be
 * one that somebody has forgotten. */
static int check_rotation(const struct tokens *tokens, const struct token *token, struct error *err)
{
    const char *oldest = NULL;
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *other = &tokens->items[i];
        if (other->role != ROLE_SOURCE || other->revoked_us != 0 ||
            strcmp(other->source, token->source) != 0)
            continue;
        oldest = count++ == 0 ? other->id : oldest;
    }
    if (token->role != ROLE_SOURCE || count < SOURCE_KEYS_MAX)
        return 0;
    return error_set(err, ML_ECONFLICT, "",
                     "the source \"%s\" has %zu keys in force, and %d are enough for a change from "
                     "one to the next: revoke one first, the oldest with `meshline key revoke %s`",
                     token->source, count, SOURCE_KEYS_MAX, oldest);
}

/* Appends one token to the file, under its lock. */
static int store(const char *path, const struct token *token, struct error *err)
{
    struct tokens *tokens = NULL;
    int fd = -1;
    int code = open_locked(path, &fd, err);
    if (code != 0)
        return code;
    code = load_from(fd, path, &tokens, err);
    if (code == 0 && tokens->count >= TOKENS_MAX)
        code = error_set(err, ML_ELIMIT, path, "there are %d tokens already; no more are allowed",
                         TOKENS_MAX);
    if (code == 0)
        code = check_rotation(tokens, token, err);
    if (code == 0) {
        tokens_append(tokens, token);
        code = save(path, tokens, err);
    }
    tokens_unref(tokens);
    close(fd);
    return code;
}

static int start_random(struct error *err)
{
    if (sodium_init() < 0)
        return error_set(err, ML_EIO, "", "the system's random numbers are not available");
    return 0;
}

int tokens_add(const char *path, struct bytes name, enum role role, struct bytes source,
               int64_t now_us, char ret_text[static TOKEN_TEXT_SIZE],
               char ret_id[static TOKEN_ID_SIZE], struct error *err)
{
    struct token token = {.role = role, .created_us = now_us};
    int code = check_new(name, role, source, err);
    if (code == 0)
        code = start_random(err);
    if (code != 0)
        return code;
    copy_text(name, token.name, sizeof token.name);
    copy_text(source, token.source, sizeof token.source);
    make_id("tok_", token.id);
    make_bearer(ret_text, &token);
    memcpy(ret_id, token.id, TOKEN_ID_SIZE);
    return store(path, &token, err);
}

static int check_url(const struct signature_scheme *scheme, struct bytes url, struct error *err)
{
    bool needed = scheme != NULL && scheme->needs_url;
    if (!needed && url.size > 0)
        return error_set(err, ML_EINVAL, "", "only a key whose sender signs the address has a URL");
    if (!needed)
        return 0;
    bool web = (url.size > 8 && memcmp(url.data, "https://", 8) == 0) ||
               (url.size > 7 && memcmp(url.data, "http://", 7) == 0);
    if (!web || url.size > KEY_URL_MAX || !name_is_printable(url))
        return error_set(err, ML_EINVAL, "",
                         "%s signs the address too: give the URL exactly as it stands there, such "
                         "as https://leads.example.com/v1/sources/NAME/leads",
                         scheme->title);
    return 0;
}

static int check_key(const struct key_request *request, struct bytes name, struct error *err)
{
    const struct signature_scheme *scheme = signature_scheme_of(request->kind);
    int code = check_new(name, ROLE_SOURCE, request->source, err);
    if (code == 0)
        code = check_url(scheme, request->url, err);
    if (code != 0)
        return code;
    if (scheme == NULL && request->secret.size > 0)
        return error_set(err, ML_EINVAL, "",
                         "a bearer key is made here and cannot be given: leave the secret out");
    if (scheme != NULL && !scheme->made_here && request->secret.size == 0)
        return error_set(err, ML_EINVAL, "", "%s chooses the secret, so it must be given: %s",
                         scheme->title, scheme->secret);
    if (request->secret.size > 0)
        return signature_secret_check(request->kind, request->secret, err);
    return 0;
}

static void make_key(const struct key_request *request, struct token *token, struct key_made *made)
{
    if (token->kind == KEY_BEARER) {
        make_bearer(made->secret, token);
    } else if (request->secret.size > 0) {
        copy_text(request->secret, token->secret, sizeof token->secret);
    } else {
        bool standard = token->kind == KEY_SIGNATURE;
        make_text(standard ? "whsec_" : "",
                  standard ? sodium_base64_VARIANT_ORIGINAL
                           : sodium_base64_VARIANT_URLSAFE_NO_PADDING,
                  made->secret, sizeof made->secret);
        copy_text(bytes_of(made->secret), token->secret, sizeof token->secret);
    }
    if (token->kind == KEY_META) {
        unsigned char bytes[(KEY_VERIFY_SIZE - 1) / 2];
        randombytes_buf(bytes, sizeof bytes);
        sodium_bin2hex(token->verify, sizeof token->verify, bytes, sizeof bytes);
        memcpy(made->verify, token->verify, sizeof made->verify);
    }
}

int tokens_add_key(const char *path, const struct key_request *request, int64_t now_us,
                   struct key_made *ret, struct error *err)
{
    struct token token = {.role = ROLE_SOURCE, .kind = request->kind, .created_us = now_us};
    char fallback[TOKEN_NAME_MAX + 1];
    snprintf(fallback, sizeof fallback, "%.*s", BYTES_ARG(request->source));
    struct bytes name = request->name.size > 0 ? request->name : bytes_of(fallback);
    int code = check_key(request, name, err);
    if (code == 0)
        code = start_random(err);
    if (code != 0)
        return code;
    *ret = (struct key_made){0};
    copy_text(name, token.name, sizeof token.name);
    copy_text(request->source, token.source, sizeof token.source);
    copy_text(request->url, token.url, sizeof token.url);
    make_id("key_", token.id);
    memcpy(ret->id, token.id, TOKEN_ID_SIZE);
    make_key(request, &token, ret);
    code = store(path, &token, err);
    sodium_memzero(&token, sizeof token);
    return code;
}

static bool is_listed(const struct token *token, enum tokens_listed which, struct bytes source)
{
    if (which == TOKENS_CARRIED)
        return token->kind == KEY_BEARER;
    return token->role == ROLE_SOURCE && (source.size == 0 || bytes_is(source, token->source));
}

int tokens_list(const char *path, enum tokens_listed which, struct bytes source,
                struct json_writer *json, struct error *err)
{
    struct tokens *tokens = NULL;
    int code = tokens_load(path, &tokens, err);
    if (tokens == NULL)
        return code;
    json_array_open(json);
    for (size_t i = 0; i < tokens->count; i++)
        if (is_listed(&tokens->items[i], which, source))
            write_token(json, &tokens->items[i], false);
    json_array_close(json);
    tokens_unref(tokens);
    return 0;
}

int tokens_revoke(const char *path, struct bytes id, int64_t now_us, struct error *err)
{
    struct tokens *tokens = NULL;
    int fd = -1;
    int code = open_locked(path, &fd, err);
    if (code != 0)
        return code;
    code = load_from(fd, path, &tokens, err);
    if (code == 0) {
        struct token *found = NULL;
        for (size_t i = 0; i < tokens->count; i++)
            if (bytes_is(id, tokens->items[i].id))
                found = &tokens->items[i];
        if (found == NULL) {
            code = error_set(err, ML_ENOTFOUND, "",
                             "there is no token or key \"%.*s\"; `meshline token list` and "
                             "`meshline key list` show their ids",
                             BYTES_ARG(id));
        } else if (found->revoked_us == 0) {
            found->revoked_us = now_us;
            /* Nobody needs it any more: a secret that is not there cannot get out. */
            sodium_memzero(found->secret, sizeof found->secret);
            sodium_memzero(found->verify, sizeof found->verify);
            code = save(path, tokens, err);
        }
    }
    tokens_unref(tokens);
    close(fd);
    return code;
}
