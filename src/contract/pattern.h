/* Patterns as ECMA-262 writes them (with the `u` flag, which JSON Schema asks for), run by PCRE2
 * within limits: whatever pattern meets whatever text, the work is bounded. */
#ifndef ML_CONTRACT_PATTERN_H
#define ML_CONTRACT_PATTERN_H

#include "base/buffer.h"
#include "base/bytes.h"

#include <stdint.h>

struct contract_pattern;
struct contract_matcher;

enum { CONTRACT_PATTERN_SIZE_MAX = 16 * 1024 };

enum contract_match {
    CONTRACT_NO_MATCH,
    CONTRACT_MATCH,
    CONTRACT_TOO_MUCH_WORK,
};

/* Writes what PCRE2 (UTF, DOLLAR_ENDONLY, MATCH_UNSET_BACKREF) reads the same way. NULL, or what is
 * wrong and at which byte of the source; the sentence is static. */
const char *contract_pattern_translate(struct bytes source, struct buffer *out, size_t *ret_at);

/* NULL, or what is wrong: `problem` holds the sentence. *ret is freed with contract_pattern_free.
 */
bool contract_pattern_new(struct bytes source, struct contract_pattern **ret, char *problem,
                          size_t problem_size);
void contract_pattern_free(struct contract_pattern *pattern);
/* As it was written; borrowed from the pattern. */
struct bytes contract_pattern_source(const struct contract_pattern *pattern);
/* Bytes that it takes. */
size_t contract_pattern_memory(const struct contract_pattern *pattern);

/* What matching needs to have at hand; one thread at a time. */
struct contract_matcher *contract_matcher_new(void);
void contract_matcher_free(struct contract_matcher *matcher);

/* `text` is UTF-8. *work is lowered by what the match may have cost; it never gets below zero by
 * much, and what begins with none left is CONTRACT_TOO_MUCH_WORK. */
enum contract_match contract_pattern_match(const struct contract_pattern *pattern,
                                           struct bytes text, struct contract_matcher *matcher,
                                           int64_t *work);

#endif
