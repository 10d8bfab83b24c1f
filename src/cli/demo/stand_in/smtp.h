/* A mail server for a stand-in: as much of RFC 5321 as one needs that takes every mail, without TLS
 * or signing in. One thread for all connections. */
#ifndef ML_CLI_DEMO_STAND_IN_SMTP_H
#define ML_CLI_DEMO_STAND_IN_SMTP_H

#include "base/bytes.h"

enum { SMTP_MAIL_MAX = 256 * 1024, SMTP_REPLY_SIZE = 128 };

struct smtp;

struct smtp_mail {
    struct bytes from, to; /* `to` as a list: "a@x.example, b@x.example" */
    struct bytes text;     /* all of it, headers too, as it was written */
};

/* A mail is there as a whole. Writes what the sender is told, "250 queued", without the line's end.
 * Called by the server's thread. */
typedef void smtp_take(void *context, const struct smtp_mail *mail, char reply[SMTP_REPLY_SIZE]);

/* Serves a listening socket, which is its own from now on. NULL: no thread can be had, and the
 * socket is still the caller's. */
struct smtp *smtp_start(int listener, smtp_take *take, void *context);
/* Connections are closed, also those in the middle of a mail. */
void smtp_stop(struct smtp *smtp);

#endif
