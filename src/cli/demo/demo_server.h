/* The server of the demo: a child process that can be killed. */
#ifndef ML_CLI_DEMO_SERVER_H
#define ML_CLI_DEMO_SERVER_H

#include "base/error.h"

#include <sys/types.h>

struct demo_server {
    const char *mesh, *data;
    char listen[128]; /* as asked for; after the first start with the port that it has */
    char url[160];
    char log[4200]; /* what the server prints */
    pid_t pid;      /* 0: not running */
};

void demo_server_init(struct demo_server *server, const char *mesh, const char *data,
                      const char *listen);
/* Starts it and waits until it serves. Errors carry what the server said. */
int demo_server_start(struct demo_server *server, struct error *err);
/* SIGKILL, and waits until it is gone. */
void demo_server_kill(struct demo_server *server);
/* SIGTERM, and waits; ML_EIO when it did not end well. */
int demo_server_stop(struct demo_server *server, struct error *err);
/* ML_EIO when it has ended by itself. */
int demo_server_check(struct demo_server *server, struct error *err);

#endif
