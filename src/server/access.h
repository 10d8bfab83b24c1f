/* Who is calling: the tokens in force, re-read when their file changes, and what they allow. */
#ifndef ML_SERVER_ACCESS_H
#define ML_SERVER_ACCESS_H

#include "server/auth.h"

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

/* Finds out who calls and whether this route allows it; fills request->caller or refuses. */
bool access_check(struct request *request);
/* Whether this caller may submit to `source`; refuses when not. */
bool access_check_source(struct request *request, struct bytes source);

#endif
