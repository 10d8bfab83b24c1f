/* The inside of a set of tokens: shared by auth.c and tokens_file.c only. */
#ifndef ML_SERVER_TOKENS_H
#define ML_SERVER_TOKENS_H

#include "server/access/auth.h"

#include <stdatomic.h>

struct tokens {
    atomic_uint references;
    struct token *items; /* owned */
    size_t count;
};

struct tokens *tokens_new(void);
void tokens_append(struct tokens *tokens, const struct token *token);
/* What is stored of a token's text. */
void token_hash(struct bytes text, unsigned char ret[static 32]);

#endif
