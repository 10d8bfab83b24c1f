/* Who is calling: the tokens and keys in force, re-read when their file changes, and what they
 * allow.
 *
 * A request to a source is let in by a token (`Authorization: Bearer`) of this source or of the
 * roles that cover it; else by a signature, when the source has keys of signature kinds in force;
 * else as a post from a web page, when the source is declared open to that page's origin; else, on
 * loopback while nobody has a token, because it comes from this machine. A source that has
 * signature keys, or had some, is never trusted for the last reason: what a tunnel or proxy brings
 * looks local too. A destination that tells of changes is let in likewise, but from no web page. */
#ifndef ML_SERVER_ACCESS_H
#define ML_SERVER_ACCESS_H

#include "server/access/auth.h"

#include <pthread.h>
#include <sys/stat.h>

struct request;
struct server;

struct access {
    pthread_mutex_t lock;
    struct tokens *tokens; /* in force; never NULL after access_open */
    char *path;
    struct timespec modified; /* of the file that was read last */
    ino_t inode;
};

/* Loads the file; ML_EINVAL when it is broken. */
int access_open(struct access *access, const char *path, struct error *err);
void access_close(struct access *access);
/* Looks whether the file has changed and reads it anew; a broken one is reported and the earlier
 * set stays in force. Called every so often by the listener's thread. */
void access_refresh(struct server *server);

/* Finds out who calls and whether this route allows it; fills request->caller or refuses. Sets
 * request->signature_due when that is not known before the body is complete. */
bool access_check(struct request *request);
/* With the body complete, before it is read: checks the signature when one is due, or refuses with
 * what is missing or wrong. `body` are the bytes that the sender signed, without a
 * Content-Encoding. A secret that stands in request->body is blotted out there. */
bool access_check_signature(struct request *request, struct bytes body);
/* For bodies that are worked on while they arrive: refuses when a signature is due, because that is
 * over the whole body, and visitors of web pages. */
bool access_check_stream(struct request *request);
/* Whether this caller may submit to `source`; refuses when not. */
bool access_check_source(struct request *request, struct bytes source);

/* Whose keys count for this request: the source in its path, or "destination:NAME" for the
 * destination there. */
struct bytes access_sender(struct request *request);

/* ---- for access.c only: of a request to the source in its path that carries no token */

/* True when it is let in, or will be once its signature is checked. Refuses nothing. */
bool access_admit(struct request *request);

#endif
