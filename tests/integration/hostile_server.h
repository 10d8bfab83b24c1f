/* A web server on loopback that behaves as badly as the path of a request asks for. A thread for
 * each connection; every request is kept, so that a test can look at what came. */
#ifndef ML_TESTS_INTEGRATION_HOSTILE_SERVER_H
#define ML_TESTS_INTEGRATION_HOSTILE_SERVER_H

/* cmocka wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

enum { HOSTILE_REQUESTS_MAX = 256, HOSTILE_TEXT_MAX = 16 * 1024 };

struct hostile_request {
    char path[256];
    char head[4096];             /* all of it, with its empty line */
    char body[HOSTILE_TEXT_MAX]; /* cut */
    unsigned connection;         /* which it came by, from 0 */
};

struct hostile;

/* Listens on 127.0.0.1. */
struct hostile *hostile_open(void);
void hostile_close(struct hostile *server);
uint16_t hostile_port(const struct hostile *server);
/* A behaviour of a path: what is sent, byte for byte, before the connection is closed; a path
 * without one answers 200 with the body "ok" and stays open. Paths that begin with these behave so:
 *   /silent   takes the request and never answers
 *   /reset    resets the connection
 *   /trickle  a byte of the answer now and then, for ever
 *   /endless  a body without end     /heads  headers without end */
void hostile_answer(struct hostile *server, const char *path, const char *bytes);
/* Waits until there are so many; false when that takes 20 s. */
bool hostile_wait(struct hostile *server, size_t count);
size_t hostile_count(struct hostile *server);
/* Good until hostile_close. */
const struct hostile_request *hostile_request(struct hostile *server, size_t index);
/* The value of a header of that request; "" when there is none. Good until the next call. */
const char *hostile_header(const struct hostile_request *request, const char *name);

#endif
