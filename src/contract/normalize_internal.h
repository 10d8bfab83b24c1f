/* What the normalisers share. */
#ifndef ML_CONTRACT_NORMALIZE_INTERNAL_H
#define ML_CONTRACT_NORMALIZE_INTERNAL_H

#include "contract/country_table.h"
#include "contract/normalize.h"

/* ML_EINVAL with a sentence that begins with the text in quotes, cut when long. */
int normalize_fail(struct error *err, struct bytes text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Without ASCII blanks and no-break spaces at both ends. */
struct bytes normalize_trim(struct bytes text);
/* ASCII in any case; `word` is lower case. */
bool normalize_is(struct bytes text, const char *word);
/* The text behind `prefix` (lower case, compared in any case), or the text. */
struct bytes normalize_without(struct bytes text, const char *prefix);
/* By alpha-2 code in any case; NULL when there is none. */
const struct country *country_find(struct bytes alpha2);

#endif
