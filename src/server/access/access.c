/* Authentication and authorisation of one request, and the watch over the tokens file. */
#include "server/access/access.h"

#include "server/internal.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>

/* ---- the set in force */

static void note_file(struct access *access)
{
    struct stat status;
    bool exists = stat(access->path, &status) == 0;
    access->modified = exists ? status.st_mtim : (struct timespec){0};
    access->inode = exists ? status.st_ino : 0;
}

int access_open(struct access *access, const char *path, struct error *err)
{
    *access = (struct access){.path = strdup(path)};
    if (access->path == NULL)
        panic("out of memory (tokens path)");
    pthread_mutex_init(&access->lock, NULL);
    note_file(access);
    return tokens_load(path, &access->tokens, err);
}

void access_close(struct access *access)
{
    tokens_unref(access->tokens);
    pthread_mutex_destroy(&access->lock);
    free(access->path);
}

static bool file_changed(const struct access *access)
{
    struct stat status;
    if (stat(access->path, &status) != 0)
        return access->inode != 0;
    return status.st_ino != access->inode || status.st_mtim.tv_sec != access->modified.tv_sec ||
           status.st_mtim.tv_nsec != access->modified.tv_nsec;
}

void access_refresh(struct server *server)
{
    struct access *access = &server->access;
    struct tokens *fresh;
    struct error err = {0};
    if (!file_changed(access))
        return;
    /* Noted before reading: a change during the reading is seen as one more change. */
    note_file(access);
    if (tokens_load(access->path, &fresh, &err) != 0) {
        server_report(server, "%s: %s; the tokens read before stay in force", err.place,
                      err.message);
        return;
    }
    pthread_mutex_lock(&access->lock);
    struct tokens *old = access->tokens;
    access->tokens = fresh;
    pthread_mutex_unlock(&access->lock);
    tokens_unref(old);
}

static struct tokens *current_tokens(struct access *access)
{
    pthread_mutex_lock(&access->lock);
    struct tokens *tokens = tokens_ref(access->tokens);
    pthread_mutex_unlock(&access->lock);
    return tokens;
}

/* ---- one request */

static bool names_loopback(struct bytes host)
{
    char name[64];
    struct in_addr v4;
    if (host.size > 0 && host.data[0] == '[')
        return host.size >= 5 && memcmp(host.data, "[::1]", 5) == 0 &&
               (host.size == 5 || host.data[5] == ':');
    const char *colon = host.size > 0 ? memchr(host.data, ':', host.size) : NULL;
    if (colon != NULL)
        host.size = (size_t)(colon - host.data);
    if (host.size >= sizeof name)
        return false;
    memcpy(name, host.data, host.size);
    name[host.size] = '\0';
    return strcasecmp(name, "localhost") == 0 ||
           (inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

/* Without tokens everyone on this machine is trusted, but not a web page that a browser on this
 * machine shows: it could name this address (another Host) or post to it (another Origin). What
 * another port of this machine shows is another site too: it may be anybody's. It may hand in
 * leads, as forms that are being tried out do; the source's `origins` say more. */
static bool comes_from_here(const struct request *request)
{
    struct bytes host = request_header(request, "Host"), origin = request_header(request, "Origin");
    if (host.size > 0 && !names_loopback(host))
        return false;
    if (origin.size == 0)
        return true;
    const char *slashes = memmem(origin.data, origin.size, "://", 3);
    if (slashes == NULL)
        return false;
    size_t skip = (size_t)(slashes + 3 - origin.data);
    struct bytes site = {origin.data + skip, origin.size - skip};
    bool same = site.size == host.size && strncasecmp(site.data, host.data, host.size) == 0;
    return names_loopback(site) && (same || request->route->by_source);
}

/* Where everyone is trusted, people may still say who they are, so that they are told apart. */
static struct bytes own_name(const struct request *request)
{
    struct bytes name = request_header(request, "Acting-As");
    for (size_t i = 0; i < name.size; i++)
        if ((unsigned char)name.data[i] < ' ')
            return BYTES_LITERAL("local");
    bool good = name.size > 0 && name.size <= TOKEN_NAME_MAX && bytes_is_utf8(name);
    return good ? name : BYTES_LITERAL("local");
}

static bool trust_local(struct request *request)
{
    if (!comes_from_here(request)) {
        request_refuse(request, PROBLEM_WRONG_HOST,
                       "without tokens only requests to localhost, from no other web site, are "
                       "answered; make a token with `meshline token add` to open the server");
        return false;
    }
    request->caller = (struct caller){.role = ROLE_ADMIN, .name = own_name(request), .open = true};
    return true;
}

/* The token behind "Bearer ". */
static struct bytes bearer(struct bytes header)
{
    static const size_t prefix = sizeof "Bearer " - 1;
    if (header.size <= prefix || strncasecmp(header.data, "Bearer ", prefix) != 0)
        return (struct bytes){0};
    struct bytes token = {header.data + prefix, header.size - prefix};
    while (token.size > 0 && token.data[0] == ' ')
        token = (struct bytes){token.data + 1, token.size - 1};
    return token;
}

static bool check_token(struct request *request)
{
    struct bytes header = request_header(request, "Authorization");
    if (header.size == 0) {
        request_refuse(request, PROBLEM_UNAUTHENTICATED,
                       "this server asks for a token: send `Authorization: Bearer mlt_…`");
        return false;
    }
    const struct token *token = tokens_find(request->tokens, bearer(header));
    if (token == NULL) {
        request_refuse(request, PROBLEM_UNAUTHENTICATED,
                       "the token is not known here or has been revoked");
        return false;
    }
    request->caller = (struct caller){token->role, bytes_of(token->name), bytes_of(token->source)};
    return true;
}

/* Whether everyone on this machine is trusted with this request. Revoked tokens and keys count: to
 * give up the last one opens nothing. */
static bool is_open(struct request *request, bool keyed)
{
    if (!request->server->loopback || tokens_bearers(request->tokens) > 0)
        return false;
    return !keyed || !tokens_had_signers(request->tokens, access_sender(request));
}

struct bytes access_sender(struct request *request)
{
    struct bytes name = request->segments[0];
    if (!request->route->by_destination)
        return name;
    return bytes_of(arena_printf(&request->arena, "destination:%.*s", BYTES_ARG(name)));
}

bool access_check(struct request *request)
{
    enum role need = request->route->role;
    bool keyed = request->route->by_source || request->route->by_destination;
    request->tokens = current_tokens(&request->server->access);
    request->signature_due = false;
    request->signed_id = (struct bytes){0};
    /* Handshakes and what browsers ask beforehand: their senders have no key, and see nothing. */
    if (keyed && need == ROLE_NONE)
        return true;
    if (keyed && bearer(request_header(request, "Authorization")).size == 0 &&
        access_admit(request))
        return true;
    if (is_open(request, keyed))
        return trust_local(request);
    if (need == ROLE_NONE)
        return true;
    if (!check_token(request))
        return false;
    if (!role_covers(request->caller.role, need)) {
        request_refuse(request, PROBLEM_FORBIDDEN,
                       "the token has the role \"%s\"; this call needs \"%s\"",
                       role_name(request->caller.role), role_name(need));
        return false;
    }
    return true;
}

bool access_check_source(struct request *request, struct bytes source)
{
    if (request->caller.role != ROLE_SOURCE || bytes_equal(request->caller.source, source))
        return true;
    request_refuse(
        request, PROBLEM_FORBIDDEN,
        "the token is for the source \"%.*s\" only; this call needs a token for \"%.*s\" "
        "or the role \"operate\"",
        BYTES_ARG(request->caller.source), BYTES_ARG(source));
    return false;
}
