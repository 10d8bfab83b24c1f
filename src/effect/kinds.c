/* Which kind does what. */
#include "effect/kind.h"

const struct effect_kind *const effect_kinds[POLICY_DESTINATION_KINDS + 1] = {
    [POLICY_WEBHOOK] = &effect_webhook,   [POLICY_REST] = &effect_rest,
    [POLICY_SLACK] = &effect_slack,       [POLICY_EMAIL] = &effect_email,
    [POLICY_NDJSON] = &effect_ndjson,     [POLICY_NATS] = &effect_nats,
    [POLICY_POSTGRES] = &effect_postgres, [POLICY_HTTP] = &effect_http_provider,
    [POLICY_DOMAIN] = &effect_domain,     [POLICY_TABLE] = &effect_table,
    [POLICY_DESTINATION_KINDS] = NULL,
};
