/* How a source receives: whose pages may post, how much, where browsers go next, and who is told of
 * records that break the contract. */
#include "policy/internal.h"

#include "base/time.h"
#include "contract/uri.h"

#define DIGEST_DEFAULT_US TIME_US_PER_DAY
#define DIGEST_MIN_US (INT64_C(60) * TIME_US_PER_SECOND)

static bool is_web_address(struct bytes text)
{
    struct contract_uri uri = contract_uri_split(text);
    return contract_uri_is_valid(text, CONTRACT_URI) && uri.authority.size > 0 &&
           (bytes_is(uri.scheme, "http") || bytes_is(uri.scheme, "https"));
}

static const char *build_address(struct policy_build *build, const struct policy_node *node,
                                 const char *key)
{
    struct bytes text = policy_node_text(node);
    if (text.size > 0 && !is_web_address(text))
        policy_report(build, node,
                      "`%s` must be an address that begins with https:// or http://, got `%.*s`",
                      key, POLICY_CLIP(text));
    return policy_build_text(build, node);
}

/* ---- pages */

/* An origin is scheme, host and port, and nothing behind it. */
static bool is_origin(struct bytes text)
{
    struct contract_uri uri = contract_uri_split(text);
    return is_web_address(text) && uri.path.size == 0 && uri.query.data == NULL &&
           uri.fragment.data == NULL && memchr(uri.authority.data, '@', uri.authority.size) == NULL;
}

static void build_origins(struct policy_build *build, const struct policy_node *node,
                          struct policy_source *source)
{
    const struct policy_node *list = policy_node_get(node, "origins");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    if (item == NULL || policy_build_too_many(build, list, "origins", POLICY_ORIGINS_MAX))
        return;
    const char **origins = arena_array(build->arena, list->count, sizeof *origins);
    for (; item != NULL; item = item->next) {
        struct bytes text = policy_node_text(item->value);
        if (text.size == 0)
            continue;
        if (!bytes_is(text, "*") && !is_origin(text))
            policy_report(build, item->value,
                          "an origin is a scheme and a host, such as https://www.example.com, "
                          "without anything behind it, or *, got `%.*s`",
                          POLICY_CLIP(text));
        origins[source->origin_count++] = arena_string(build->arena, text);
    }
    source->origins = origins;
}

static void build_open(struct policy_build *build, const struct policy_node *node,
                       struct policy_source *source)
{
    const struct policy_node *open = policy_node_get(node, "open");
    source->open = open != NULL && open->kind == POLICY_NODE_BOOLEAN && open->boolean;
    if (!source->open)
        return;
    if (source->origin_count == 0)
        policy_report(build, open,
                      "`open` lets browsers on the pages of `origins` post without a key; name "
                      "those pages: `origins: [\"https://www.example.com\"]`");
    for (size_t i = 0; i < source->origin_count; i++)
        if (strcmp(source->origins[i], "*") == 0)
            policy_report(build, open,
                          "with `open`, `origins` must name the pages: * would let every page of "
                          "the web post without a key");
}

/* ---- how much */

static uint32_t read_count(const struct policy_node *node)
{
    bool good = node != NULL && node->kind == POLICY_NODE_INTEGER && node->integer > 0 &&
                node->integer <= POLICY_RATE_MAX;
    return good ? (uint32_t)node->integer : 0;
}

static void build_rate(struct policy_build *build, const struct policy_node *rate,
                       struct policy_source *source)
{
    const struct policy_node *burst = policy_node_get(rate, "burst");
    source->rate = read_count(policy_node_get(rate, "per_second"));
    source->burst = burst == NULL ? source->rate : read_count(burst);
    if (burst != NULL && source->burst > 0 && source->burst < source->rate)
        policy_report(build, burst,
                      "`burst` is what may come at once and cannot be less than `per_second`");
}

/* ---- who is told */

static void build_notify(struct policy_build *build, const struct policy_node *node,
                         struct policy_notify *ret)
{
    const struct policy_node *list = policy_node_get(node, "emails");
    const struct policy_node *every = policy_node_get(node, "every");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    ret->webhook = build_address(build, policy_node_get(node, "webhook"), "webhook");
    ret->every_us = every == NULL ? DIGEST_DEFAULT_US : policy_build_duration(every);
    if (every != NULL && ret->every_us > 0 && ret->every_us < DIGEST_MIN_US)
        policy_report(build, every, "`every` must be at least 1m, got `%.*s`",
                      POLICY_CLIP(every->text));
    if (node != NULL && node->kind == POLICY_NODE_OBJECT && item == NULL && ret->webhook[0] == '\0')
        policy_report(build, node, "nobody is told: give `webhook` or `emails`");
    if (item == NULL || policy_build_too_many(build, list, "emails", POLICY_NOTIFY_EMAILS_MAX))
        return;
    const char **emails = arena_array(build->arena, list->count, sizeof *emails);
    for (; item != NULL; item = item->next)
        if (policy_node_text(item->value).size > 0)
            emails[ret->email_count++] = policy_build_text(build, item->value);
    ret->emails = emails;
}

void policy_build_reception(struct policy_build *build, const struct policy_node *node,
                            struct policy_source *source)
{
    source->honeypot = policy_build_text(build, policy_node_get(node, "honeypot"));
    source->redirect = build_address(build, policy_node_get(node, "redirect"), "redirect");
    source->redirect_error =
        build_address(build, policy_node_get(node, "redirect_error"), "redirect_error");
    build_origins(build, node, source);
    build_open(build, node, source);
    build_rate(build, policy_node_get(node, "rate"), source);
    build_notify(build, policy_node_get(node, "notify"), &source->notify);
}
