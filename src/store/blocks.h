/* How leads lie in blocks and segments, for who writes lead_slices and who searches by it. */
#ifndef ML_STORE_BLOCKS_H
#define ML_STORE_BLOCKS_H

#include "store/grams.h"

enum {
    STORE_BLOCK_LEADS = 64,
    STORE_SEGMENT_BLOCKS = 128,
    STORE_SEGMENT_LEADS = STORE_BLOCK_LEADS * STORE_SEGMENT_BLOCKS,
    STORE_MASK_SIZE = STORE_SEGMENT_BLOCKS / 8, /* a bit for each block */
    STORE_SLICE_POSITIONS = 128,
    STORE_SLICE_SIZE = STORE_SLICE_POSITIONS * STORE_MASK_SIZE,
    STORE_SEGMENT_SLICES = STORE_GRAM_POSITIONS / STORE_SLICE_POSITIONS,
    STORE_BOUND_SIZE = 24,
    STORE_BOUNDS_SIZE = STORE_SEGMENT_BLOCKS * STORE_BOUND_SIZE,
};

/* Of one block, in lead_segments.bounds. */
struct store_bound {
    uint64_t first;                 /* leads.number */
    int64_t earliest_us, latest_us; /* leads.captured_us */
};
struct store_bound store_bound_at(const unsigned char *bounds, unsigned block);

#endif
