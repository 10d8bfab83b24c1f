/* UTF-8 checking and "did you mean". */
#include "base/bytes.h"

#include <stdint.h>

/* RFC 3629, table in section 4: the first byte fixes the range of the second. */
bool bytes_is_utf8(struct bytes data)
{
    if (data.size == 0)
        return true; /* its data may be NULL */
    const unsigned char *p = (const unsigned char *)data.data;
    const unsigned char *end = p + data.size;
    while (p < end) {
        if (end - p >= 8) {
            uint64_t word;
            memcpy(&word, p, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                p += 8;
                continue;
            }
        }
        unsigned char lead = *p++;
        if (lead < 0x80)
            continue;
        unsigned char low = 0x80, high = 0xBF;
        int more;
        if (lead >= 0xC2 && lead <= 0xDF) {
            more = 1;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            more = 2;
            low = lead == 0xE0 ? 0xA0 : 0x80;
            high = lead == 0xED ? 0x9F : 0xBF;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            more = 3;
            low = lead == 0xF0 ? 0x90 : 0x80;
            high = lead == 0xF4 ? 0x8F : 0xBF;
        } else {
            return false;
        }
        if (end - p < more || *p < low || *p > high)
            return false;
        p++;
        while (--more > 0)
            if ((*p++ & 0xC0) != 0x80)
                return false;
    }
    return true;
}

enum { SUGGEST_LENGTH_MAX = 63 };

/* Levenshtein distance by the usual two-row table. */
static size_t edit_distance(struct bytes a, struct bytes b)
{
    size_t row[SUGGEST_LENGTH_MAX + 1];
    for (size_t j = 0; j <= b.size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a.data[i - 1] != b.data[j - 1]);
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b.size];
}

const char *bytes_suggest(struct bytes word, const char *const *candidates, size_t count)
{
    if (word.size == 0 || word.size > SUGGEST_LENGTH_MAX)
        return NULL;
    const char *nearest = NULL;
    size_t nearest_distance = word.size / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        struct bytes candidate = bytes_of(candidates[i]);
        if (candidate.size == 0 || candidate.size > SUGGEST_LENGTH_MAX)
            continue;
        size_t distance = edit_distance(word, candidate);
        if (distance < nearest_distance && distance < candidate.size) {
            nearest = candidates[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}
