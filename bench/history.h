/* A data directory with a long history, made through the engine: what is in it is what the product
 * would have written. */
#ifndef BENCH_HISTORY_H
#define BENCH_HISTORY_H

#include <stdint.h>

/* Makes `data`: so many leads of the mesh of service_mesh, all captured and assigned, nine in ten
 * contacted and closed. Returns the number of events that it took. */
uint64_t history_make(const char *data, uint64_t leads);

#endif
