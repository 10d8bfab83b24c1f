/* The similarity of company names: Dice's coefficient of the two sets of trigrams (L. R. Dice 1945;
 * trigrams as in PostgreSQL's pg_trgm: of bytes, each word with two blanks before and one behind).
 *
 * Chosen because names differ by typing mistakes, by a word more or less and by the order of words:
 * an edit distance or Jaro-Winkler depends on the order, and neither can be looked up in an index,
 * whereas names that share few trigrams need not be looked at (similar.h). */
#ifndef ML_POLICY_COMPANY_H
#define ML_POLICY_COMPANY_H

#include "policy/reference/account.h"

/* A word of n bytes has n + 1 trigrams. */
enum { COMPANY_TRIGRAMS_MAX = POLICY_COMPANY_SIZE };
/* Names that differ but have the same trigrams ("north south", "south north"). More than any two
 * other names can score, which is 2n / (2n + 1) at most. */
#define COMPANY_NEARLY_EQUAL 0.999

/* The trigrams of a normalised name, each a number below 2^24, ascending, each once. */
size_t company_trigrams(struct bytes name, uint32_t trigrams[static COMPANY_TRIGRAMS_MAX]);
/* Of two names that are not equal, with so many trigrams each and in common. */
double company_dice(size_t common, size_t a, size_t b);

#endif
