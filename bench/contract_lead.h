/* A contract of 20 properties with types, lengths, choices, patterns and formats, and leads of some
 * 800 bytes that keep it. */
#ifndef ML_BENCH_CONTRACT_LEAD_H
#define ML_BENCH_CONTRACT_LEAD_H

#include <stddef.h>

enum { CONTRACT_LEAD_MAX = 2048 };

extern const char contract_lead_schema[];
/* Returns its size. */
size_t contract_lead_write(unsigned i, char text[static CONTRACT_LEAD_MAX]);

#endif
