/* Connections and their deadlines. libmicrohttpd only knows how long a connection was silent; a
 * client that sends one byte every few seconds is caught here. A connection's deadline is set by
 * its worker and watched by the listener's thread. */
#ifndef ML_SERVER_PEER_H
#define ML_SERVER_PEER_H

#include "server/request.h"

#include <stdatomic.h>

enum peer_phase {
    PEER_HEADERS, /* a new connection: its first request line and headers are due */
    PEER_BODY,    /* a body is due */
    PEER_WORKING, /* it is our turn: no deadline */
    PEER_ANSWER,  /* the client is to take its answer */
    PEER_IDLE,    /* between two requests */
    PEER_CUT,     /* the deadline passed and the connection was shut down */
};

struct peer {
    struct request request;
    int fd;
    _Atomic uint64_t phase_deadline; /* phase and deadline in one, so that both move at once */
    struct peer *next, *previous;    /* in struct peers, under its lock */
};

struct peers {
    pthread_mutex_t lock;
    struct peer *first;
    uint32_t count;
};

/* Milliseconds of a clock that only runs forward; precise to a few of them. */
int64_t peer_clock_ms(void);

void peers_init(struct peers *peers);
void peers_destroy(struct peers *peers);
void peers_add(struct peers *peers, struct peer *peer);
void peers_remove(struct peers *peers, struct peer *peer);

/* The worker's move to another phase, with its deadline (of PEER_WORKING it is ignored). False when
 * the connection was cut meanwhile: nothing may be done for it any more. */
bool peer_move(struct peer *peer, enum peer_phase phase, int64_t deadline_ms);

/* Cuts every connection whose deadline has passed; one that owes us a request is told so (408).
 * INT64_MAX cuts all but those that are worked for. */
void peers_sweep(struct peers *peers, int64_t now_ms);

#endif
