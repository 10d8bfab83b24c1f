/* The list of connections and the cutting of the late ones. */
#include "server/peer.h"

#include <sys/socket.h>
#include <time.h>

int64_t peer_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void peers_init(struct peers *peers)
{
    *peers = (struct peers){0};
    pthread_mutex_init(&peers->lock, NULL);
}

void peers_destroy(struct peers *peers)
{
    pthread_mutex_destroy(&peers->lock);
}

void peers_add(struct peers *peers, struct peer *peer)
{
    pthread_mutex_lock(&peers->lock);
    peer->previous = NULL;
    peer->next = peers->first;
    if (peers->first != NULL)
        peers->first->previous = peer;
    peers->first = peer;
    peers->count++;
    pthread_mutex_unlock(&peers->lock);
}

void peers_remove(struct peers *peers, struct peer *peer)
{
    pthread_mutex_lock(&peers->lock);
    if (peer->previous != NULL)
        peer->previous->next = peer->next;
    else
        peers->first = peer->next;
    if (peer->next != NULL)
        peer->next->previous = peer->previous;
    peers->count--;
    pthread_mutex_unlock(&peers->lock);
}

enum { PHASE_BITS = 3 };

static uint64_t pack(enum peer_phase phase, int64_t deadline_ms)
{
    return (uint64_t)deadline_ms << PHASE_BITS | (uint64_t)phase;
}

static enum peer_phase phase_of(uint64_t state)
{
    return (enum peer_phase)(state & ((1u << PHASE_BITS) - 1));
}

bool peer_move(struct peer *peer, enum peer_phase phase, int64_t deadline_ms)
{
    uint64_t old = atomic_load_explicit(&peer->phase_deadline, memory_order_relaxed);
    do {
        if (phase_of(old) == PEER_CUT)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&peer->phase_deadline, &old,
                                                    pack(phase, deadline_ms), memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

static const char slow_client[] =
    "HTTP/1.1 408 Request Timeout\r\n"
    "Connection: close\r\n"
    "Content-Type: application/problem+json\r\n"
    "Content-Length: 165\r\n\r\n"
    "{\"type\":\"/problems/slow-client\",\"title\":\"The request took too long to arrive\","
    "\"status\":408,\"detail\":\"the connection was open too long without a whole request on it\"}";

static void cut(struct peer *peer, int64_t now_ms)
{
    uint64_t state = atomic_load_explicit(&peer->phase_deadline, memory_order_relaxed);
    enum peer_phase phase = phase_of(state);
    if (phase == PEER_WORKING || phase == PEER_CUT || (int64_t)(state >> PHASE_BITS) > now_ms)
        return;
    /* Whoever moves the phase first has the connection. */
    if (!atomic_compare_exchange_strong(&peer->phase_deadline, &state, pack(PEER_CUT, 0)))
        return;
    /* In these phases the worker is reading, so nobody else writes to the socket. */
    if (phase == PEER_HEADERS || phase == PEER_BODY)
        (void)!send(peer->fd, slow_client, sizeof slow_client - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(peer->fd, SHUT_RDWR);
}

void peers_sweep(struct peers *peers, int64_t now_ms)
{
    pthread_mutex_lock(&peers->lock);
    for (struct peer *peer = peers->first; peer != NULL; peer = peer->next)
        cut(peer, now_ms);
    pthread_mutex_unlock(&peers->lock);
}
