/* A built-in provider: what is known of the domain of an address, by the public suffix list and our
 * own lists. response.body is {registrable, public_suffix, free_mail, disposable}; nobody is asked.
 */
#include "effect/facts.h"
#include "effect/value.h"

#include "policy/reference/account.h"

#include <string.h>

static struct cel_value text(const struct ask *ask, struct bytes value)
{
    return cel_string(arena_copy(ask->attempt->arena, value));
}

/* "example.co.uk" → "co.uk": a registrable domain is a public suffix and one label more. */
static struct bytes suffix_of(struct bytes registrable)
{
    const char *dot =
        registrable.size == 0 ? NULL : memchr(registrable.data, '.', registrable.size);
    if (dot == NULL)
        return (struct bytes){0};
    size_t before = (size_t)(dot + 1 - registrable.data);
    return (struct bytes){dot + 1, registrable.size - before};
}

static void show_domain(const struct ask *ask, struct bytes source)
{
    char memory[POLICY_DOMAIN_SIZE];
    struct bytes registrable = policy_domain_registrable(source, memory);
    struct effect_pairs pairs;
    effect_pairs_init(&pairs, 4, ask->attempt->arena);
    effect_pairs_add(&pairs, "registrable", text(ask, registrable));
    effect_pairs_add(&pairs, "public_suffix", text(ask, suffix_of(registrable)));
    effect_pairs_add(&pairs, "free_mail", cel_bool(policy_domain_is_free_mail(registrable)));
    effect_pairs_add(&pairs, "disposable", cel_bool(policy_domain_is_disposable(registrable)));
    const struct cel_value body = effect_pairs_map(&pairs);
    facts_show(ask, &body);
}

/* `from`, or the lead's e-mail address. */
static int source_of(const struct ask *ask, struct bytes *ret, struct error *err)
{
    const struct effect_message *message = ask->attempt->messages[0];
    uint32_t email = ask->place->release->schema.email;
    if (ask_option(ask->place, "from") != NULL)
        return ask_text(ask, "from", ret, err);
    bool given = email != POLICY_NONE && message->values != NULL &&
                 message->values[email].kind == CEL_STRING;
    *ret = given ? message->values[email].string : (struct bytes){0};
    return 0;
}

static enum effect_step converse(void *state, const struct effect_place *place,
                                 struct effect_attempt *attempt, const struct effect_answer *answer,
                                 struct effect_request *request, struct core_receipt *ret)
{
    struct effect_inputs inputs;
    const struct ask ask = {place, attempt, &inputs};
    struct bytes source;
    struct error err = {0};
    (void)state;
    (void)answer;
    (void)request;
    effect_inputs_init(&inputs, place->release, attempt->messages[0], attempt->now_us,
                       attempt->arena);
    if (source_of(&ask, &source, &err) != 0) {
        effect_refuse(attempt, ret, "%s", err.message);
        return EFFECT_DONE;
    }
    show_domain(&ask, source);
    facts_read(&ask, ret);
    return EFFECT_DONE;
}

const struct effect_kind effect_domain = {.kind = POLICY_DOMAIN, .converse = converse};
