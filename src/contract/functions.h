/* What the expressions of a mapping may call beside the standard functions: the normalisers. */
#ifndef ML_CONTRACT_FUNCTIONS_H
#define ML_CONTRACT_FUNCTIONS_H

#include "cel/cel.h"

/* normalize_email(s) email_key(s) normalize_phone(s, country) phone_extension(s, country)
 * country_code(s) language_tag(s) parse_time(s, zone) parse_number(s, decimal) parse_boolean(s):
 * country, zone and decimal may be empty. What cannot be normalised is an error with its sentence
 * (normalize.h). */
extern const struct cel_function contract_functions[];
extern const size_t contract_function_count;

#endif
