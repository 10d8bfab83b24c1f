/* Lead ids: "L" and the journal sequence of the event that captured the lead, "L1024". An id tells
 * where the lead's history begins and needs no randomness. */
#ifndef ML_BASE_ID_H
#define ML_BASE_ID_H

#include "base/bytes.h"

#include <stdint.h>

enum { LEAD_ID_TEXT_SIZE = 24 };

void lead_id_print(uint64_t number, char text[static LEAD_ID_TEXT_SIZE]);
/* False unless `text` is exactly "L" and a number from 1 without leading zeros. */
bool lead_id_parse(struct bytes text, uint64_t *ret_number);

/* The same for dead letters: "D" and the sequence of the event that recorded it. */
void dead_letter_id_print(uint64_t number, char text[static LEAD_ID_TEXT_SIZE]);
bool dead_letter_id_parse(struct bytes text, uint64_t *ret_number);

/* The same for whatever else begins with an event: a letter and its sequence. */
enum id_letter {
    ID_EXCEPTION = 'X',
    ID_SURGE = 'S',
    ID_ALERT = 'A',
    ID_SILENCE = 'Z',
    ID_INCIDENT = 'I',
    ID_DELIVERY = 'M', /* a message; its number is core_delivery_number */
};
void entity_id_print(enum id_letter letter, uint64_t number, char text[static LEAD_ID_TEXT_SIZE]);
bool entity_id_parse(enum id_letter letter, struct bytes text, uint64_t *ret_number);

/* A decimal number without sign, leading zeros or blanks; false when it is not or does not fit. */
bool number_parse(struct bytes text, uint64_t *ret_number);

#endif
