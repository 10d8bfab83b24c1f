/* tokens.json: {"tokens":[{"id","name","role","source"?,"hash","created_at","revoked_at"?}]}.
 * Replaced whole (temporary file, fsync, rename, fsync of the directory); writers hold a lock on
 * the file that they replace. */
#include "server/auth.h"
#include "server/tokens.h"

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

enum { FILE_SIZE_MAX = 1024 * 1024 };

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
    if (!parse_hash(json_member_text(item, "hash"), ret->hash))
        return "hash";
    ret->created_us = json_member_time_us(item, "created_at");
    ret->revoked_us = json_member_time_us(item, "revoked_at");
    /* A revocation that cannot be read must not bring the token back to life. */
    if (ret->revoked_us == 0 && json_object_object_get(item, "revoked_at") != NULL)
        return "revoked_at";
    return NULL;
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

static void write_token(struct json_writer *json, const struct token *token, bool with_hash)
{
    json_object_open(json);
    json_member(json, "id", bytes_of(token->id));
    json_member(json, "name", bytes_of(token->name));
    json_member(json, "role", bytes_of(role_name(token->role)));
    json_member_if(json, "source", bytes_of(token->source));
    if (with_hash) {
        struct hash256 hash;
        char text[HASH256_TEXT_SIZE];
        memcpy(hash.data, token->hash, sizeof hash.data);
        hash256_print(&hash, text);
        json_member(json, "hash", bytes_of(text));
    }
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

static void make_secret(char text[static TOKEN_TEXT_SIZE], struct token *token)
{
    unsigned char secret[32], id[5];
    randombytes_buf(secret, sizeof secret);
    randombytes_buf(id, sizeof id);
    memcpy(text, "mlt_", 4);
    sodium_bin2base64(text + 4, TOKEN_TEXT_SIZE - 4, secret, sizeof secret,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof secret);
    memcpy(token->id, "tok_", 4);
    sodium_bin2hex(token->id + 4, sizeof token->id - 4, id, sizeof id);
    token_hash(bytes_of(text), token->hash);
}

int tokens_add(const char *path, struct bytes name, enum role role, struct bytes source,
               int64_t now_us, char ret_text[static TOKEN_TEXT_SIZE],
               char ret_id[static TOKEN_ID_SIZE], struct error *err)
{
    struct tokens *tokens = NULL;
    struct token token = {.role = role, .created_us = now_us};
    int code = check_new(name, role, source, err);
    if (code != 0)
        return code;
    if (sodium_init() < 0)
        return error_set(err, ML_EIO, "", "the system's random numbers are not available");
    int fd = -1;
    code = open_locked(path, &fd, err);
    if (code != 0)
        return code;
    code = load_from(fd, path, &tokens, err);
    if (code == 0 && tokens->count >= TOKENS_MAX)
        code = error_set(err, ML_ELIMIT, path, "there are %d tokens already; no more are allowed",
                         TOKENS_MAX);
    if (code == 0) {
        copy_text(name, token.name, sizeof token.name);
        copy_text(source, token.source, sizeof token.source);
        make_secret(ret_text, &token);
        memcpy(ret_id, token.id, TOKEN_ID_SIZE);
        tokens_append(tokens, &token);
        code = save(path, tokens, err);
    }
    tokens_unref(tokens);
    close(fd);
    return code;
}

int tokens_list(const char *path, struct json_writer *json, struct error *err)
{
    struct tokens *tokens = NULL;
    int code = tokens_load(path, &tokens, err);
    if (tokens == NULL)
        return code;
    json_array_open(json);
    for (size_t i = 0; i < tokens->count; i++)
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
                             "there is no token \"%.*s\"; `meshline token list` shows their ids",
                             BYTES_ARG(id));
        } else if (found->revoked_us == 0) {
            found->revoked_us = now_us;
            code = save(path, tokens, err);
        }
    }
    tokens_unref(tokens);
    close(fd);
    return code;
}
