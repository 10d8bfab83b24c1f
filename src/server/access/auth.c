/* Roles and the set of tokens that is in force. The file it comes from is tokens_file.c's. */
#include "server/access/auth.h"

#include "base/hash.h"
#include "server/access/tokens.h"

#include <sodium.h>
#include <stdlib.h>

static const char *const role_names[ROLES] = {"none", "source", "read", "operate", "admin"};

const char *role_name(enum role role)
{
    return role_names[role];
}

enum role role_parse(struct bytes name)
{
    for (enum role role = ROLE_SOURCE; role < ROLES; role++)
        if (bytes_is(name, role_names[role]))
            return role;
    return ROLE_NONE;
}

bool role_covers(enum role have, enum role need)
{
    /* Row: what the caller has; column: what the call asks for; both in the order of enum role. */
    static const bool covers[ROLES][ROLES] = {
        {true, false, false, false, false}, /* none */
        {true, true, false, false, false},  /* source */
        {true, false, true, false, false},  /* read */
        {true, true, true, true, false},    /* operate */
        {true, true, true, true, true},     /* admin */
    };
    return covers[have][need];
}

void token_hash(struct bytes text, unsigned char ret[static 32])
{
    struct hash256 hash = hash256_of(&text, 1);
    memcpy(ret, hash.data, sizeof hash.data);
}

struct tokens *tokens_new(void)
{
    struct tokens *tokens = calloc(1, sizeof *tokens);
    if (tokens == NULL)
        panic("out of memory (tokens)");
    atomic_init(&tokens->references, 1);
    return tokens;
}

void tokens_append(struct tokens *tokens, const struct token *token)
{
    struct token *items = realloc(tokens->items, (tokens->count + 1) * sizeof *items);
    if (items == NULL)
        panic("out of memory (tokens)");
    tokens->items = items;
    items[tokens->count++] = *token;
}

struct tokens *tokens_ref(struct tokens *tokens)
{
    atomic_fetch_add_explicit(&tokens->references, 1, memory_order_relaxed);
    return tokens;
}

void tokens_unref(struct tokens *tokens)
{
    if (tokens == NULL ||
        atomic_fetch_sub_explicit(&tokens->references, 1, memory_order_acq_rel) > 1)
        return;
    if (tokens->items != NULL)
        sodium_memzero(tokens->items, tokens->count * sizeof *tokens->items);
    free(tokens->items);
    free(tokens);
}

size_t tokens_count(const struct tokens *tokens)
{
    return tokens->count;
}

size_t tokens_active(const struct tokens *tokens)
{
    size_t active = 0;
    for (size_t i = 0; i < tokens->count; i++)
        active += tokens->items[i].revoked_us == 0;
    return active;
}

size_t tokens_bearers(const struct tokens *tokens)
{
    size_t bearers = 0;
    for (size_t i = 0; i < tokens->count; i++)
        bearers += tokens->items[i].kind == KEY_BEARER;
    return bearers;
}

size_t tokens_signers(const struct tokens *tokens, struct bytes source,
                      const struct token *ret[static SOURCE_KEYS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        if (token->kind != KEY_BEARER && token->revoked_us == 0 &&
            bytes_is(source, token->source) && count < SOURCE_KEYS_MAX)
            ret[count++] = token;
    }
    return count;
}

bool tokens_had_signers(const struct tokens *tokens, struct bytes source)
{
    for (size_t i = 0; i < tokens->count; i++)
        if (tokens->items[i].kind != KEY_BEARER && bytes_is(source, tokens->items[i].source))
            return true;
    return false;
}

const struct token *tokens_find(const struct tokens *tokens, struct bytes text)
{
    unsigned char hash[32];
    const struct token *found = NULL;
    token_hash(text, hash);
    /* No early way out: the time taken tells nothing about which token is near. */
    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        bool equal = sodium_memcmp(token->hash, hash, sizeof hash) == 0;
        if (equal && token->kind == KEY_BEARER && token->revoked_us == 0)
            found = token;
    }
    return found;
}
