/* How long things took, counted in buckets that double: as blobs of a few bytes, and as percentiles
 * out of them. */
#include "store/internal.h"

uint32_t store_bucket_of(int64_t took_us)
{
    uint64_t seconds = took_us > 0 ? (uint64_t)took_us / 1000000 : 0;
    uint32_t bucket = seconds == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(seconds);
    return bucket < STORE_BUCKETS ? bucket : STORE_BUCKETS - 1;
}

size_t store_histogram_pack(const uint32_t histogram[static STORE_BUCKETS],
                            unsigned char out[static STORE_HISTOGRAM_SIZE])
{
    size_t size = 0;
    for (unsigned bucket = 0; bucket < STORE_BUCKETS; bucket++) {
        uint32_t rest = histogram[bucket];
        if (rest == 0)
            continue;
        out[size++] = (unsigned char)bucket;
        for (; rest >= 0x80; rest >>= 7)
            out[size++] = (unsigned char)(0x80 | (rest & 0x7f));
        out[size++] = (unsigned char)rest;
    }
    return size;
}

void store_histogram_add(uint64_t histogram[static STORE_BUCKETS], const unsigned char *data,
                         size_t size)
{
    for (size_t at = 0; at + 1 < size;) {
        unsigned bucket = data[at++];
        uint64_t count = 0;
        for (unsigned shift = 0; at < size && shift < 35; shift += 7) {
            count |= (uint64_t)(data[at] & 0x7f) << shift;
            if ((data[at++] & 0x80) == 0)
                break;
        }
        if (bucket < STORE_BUCKETS)
            histogram[bucket] += count;
    }
}

int64_t store_percentile(const uint64_t histogram[static STORE_BUCKETS], double share)
{
    uint64_t total = 0, before = 0;
    for (int i = 0; i < STORE_BUCKETS; i++)
        total += histogram[i];
    double wanted = share * (double)total;
    for (int i = 0; i < STORE_BUCKETS; i++) {
        if (histogram[i] == 0 || (double)(before + histogram[i]) < wanted) {
            before += histogram[i];
            continue;
        }
        double low = i == 0 ? 0 : (double)(INT64_C(1) << (i - 1)), high = (double)(INT64_C(1) << i);
        double part = (wanted - (double)before) / (double)histogram[i];
        return (int64_t)((low + (high - low) * part) * 1e6);
    }
    return 0;
}

int64_t store_sum(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}
