/* The whole journal through a fresh core, and into a view when one is wanted: how the offline tools
 * get at the truth without trusting state.db. */
#ifndef ML_CLI_REPLAY_H
#define ML_CLI_REPLAY_H

#include "cli/cli.h"
#include "core/core.h"
#include "journal/journal.h"
#include "store/store.h"

/* Applies the records behind core_seq(core) up to `until_seq` (0: all there are), in batches, to
 * the core and to `store` (may be NULL; then it is at the same seq as the core). Shows progress. */
int replay_journal(struct journal *journal, struct core *core, struct store *store,
                   uint64_t until_seq, struct error *err);

#endif
