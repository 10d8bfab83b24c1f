/* Printing and parsing of ids and plain numbers. */
#include "base/id.h"

#include <inttypes.h>
#include <stdio.h>

void lead_id_print(uint64_t number, char text[static LEAD_ID_TEXT_SIZE])
{
    snprintf(text, LEAD_ID_TEXT_SIZE, "L%" PRIu64, number);
}

void dead_letter_id_print(uint64_t number, char text[static LEAD_ID_TEXT_SIZE])
{
    snprintf(text, LEAD_ID_TEXT_SIZE, "D%" PRIu64, number);
}

bool number_parse(struct bytes text, uint64_t *ret_number)
{
    uint64_t number = 0;
    if (text.size == 0 || (text.size > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(c - '0'), &number))
            return false;
    }
    *ret_number = number;
    return true;
}

static bool id_parse(char letter, struct bytes text, uint64_t *ret_number)
{
    uint64_t number;
    if (text.size < 2 || text.data[0] != letter ||
        !number_parse((struct bytes){text.data + 1, text.size - 1}, &number) || number == 0)
        return false;
    *ret_number = number;
    return true;
}

bool lead_id_parse(struct bytes text, uint64_t *ret_number)
{
    return id_parse('L', text, ret_number);
}

bool dead_letter_id_parse(struct bytes text, uint64_t *ret_number)
{
    return id_parse('D', text, ret_number);
}

void entity_id_print(enum id_letter letter, uint64_t number, char text[static LEAD_ID_TEXT_SIZE])
{
    snprintf(text, LEAD_ID_TEXT_SIZE, "%c%" PRIu64, (char)letter, number);
}

bool entity_id_parse(enum id_letter letter, struct bytes text, uint64_t *ret_number)
{
    return id_parse((char)letter, text, ret_number);
}
