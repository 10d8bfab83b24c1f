/* What a search by words finds of a lead, and the few bits by which blocks of leads are told apart
 * that cannot have it. The writer and the readers of lead_slices agree by this file alone; what it
 * computes is kept in state.db, so a change of it is a new STORE_FORMAT_VERSION. Pure. */
#ifndef ML_STORE_GRAMS_H
#define ML_STORE_GRAMS_H

#include "base/bytes.h"

#include <stdint.h>

enum {
    STORE_GRAM_POSITIONS = 32768,
    /* Bytes of folded text in a row that a position stands for. Every block has nearly all the
     * short ones of digits and of common names; few have a long one. */
    STORE_GRAM_SHORT = 3,
    STORE_GRAM_LONG = 5,
    STORE_VALUE_MAX = 120,    /* bytes of a value that are searched */
    STORE_FACET_POSITIONS = 4 /* of one exact value: all set, or no lead of the block has it */
};

/* Letters in lower case: ASCII, Latin, Greek, Cyrillic. Writes at most STORE_VALUE_MAX bytes and
 * returns how many; what does not fit is left out. */
size_t store_fold(struct bytes text, char out[static STORE_VALUE_MAX]);

/* Whether a text may be meant as a telephone number: five digits at least, and nothing but what
 * stands between digits. */
bool store_is_phone(struct bytes text);
/* Its digits alone; at most STORE_VALUE_MAX. */
size_t store_digits(struct bytes text, char out[static STORE_VALUE_MAX]);

/* Calls for each text and number among the values of a JSON object as the journal writes it (no
 * blanks), folded; of what store_is_phone and has more than digits once more for the digits. Ends
 * early when `visit` answers false. */
void store_values_each(struct bytes attributes, bool (*visit)(void *context, struct bytes value),
                       void *context);

static inline uint32_t store_gram_position(const char *at, size_t size)
{
    uint64_t gram = size;
    for (size_t i = 0; i < size; i++)
        gram = gram << 8 | (unsigned char)at[i];
    return (uint32_t)(gram * UINT64_C(0x9E3779B97F4A7C15) >> 49);
}

/* Where an exact value is noted; `kind` keeps campaigns from sources. */
enum store_facet { STORE_FACET_SOURCE, STORE_FACET_CAMPAIGN, STORE_FACET_PARTNER };
void store_facet_positions(enum store_facet kind, struct bytes value,
                           uint32_t ret[static STORE_FACET_POSITIONS]);

#endif
