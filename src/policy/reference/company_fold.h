/* What a character of a company's name becomes when names are compared. */
#ifndef ML_POLICY_COMPANY_FOLD_H
#define ML_POLICY_COMPANY_FOLD_H

#include "base/bytes.h"

#include <stdint.h>

enum { COMPANY_FOLD_MAX = 4 }; /* bytes that one character becomes */

enum company_character {
    COMPANY_LETTER,  /* or a digit, or of a script without letters */
    COMPANY_BLANK,   /* parts words */
    COMPANY_NOTHING, /* as if it were not there */
};

/* Full-width punctuation counts as its ASCII form. */
enum company_character company_character_kind(uint32_t code);
/* Lower case, without diacritics; "ß" becomes "ss". Returns the bytes. */
size_t company_letter_fold(uint32_t code, char text[static COMPANY_FOLD_MAX]);

#endif
