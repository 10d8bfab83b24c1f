/* What the server counts about itself, for /metrics. */
#ifndef ML_SERVER_COUNTERS_H
#define ML_SERVER_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

enum { COUNTERS_ROUTES_MAX = 128, COUNTERS_CLASSES = 6 };

struct counters {
    /* By route (the last row: no route) and first digit of the status. */
    _Atomic uint64_t requests[COUNTERS_ROUTES_MAX + 1][COUNTERS_CLASSES];
    _Atomic uint64_t lines;       /* of NDJSON taken */
    _Atomic uint64_t connections; /* accepted since the start */
    _Atomic uint64_t turned_away; /* connections past the ceiling */
};

static inline void counters_add(_Atomic uint64_t *counter, uint64_t count)
{
    atomic_fetch_add_explicit(counter, count, memory_order_relaxed);
}

#endif
