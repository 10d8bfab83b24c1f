/* Replay for the offline tools: the engine's, with a progress bar. */
#include "cli/replay.h"

#include "engine/engine.h"

static void show(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    if (progress_due(progress))
        progress_bar(progress, "replaying the journal", done, total);
}

int replay_journal(struct journal *journal, struct core *core, struct store *store,
                   uint64_t until_seq, struct error *err)
{
    struct progress progress;
    progress_init(&progress);
    int code = engine_replay(journal, core, store, until_seq, show, &progress, err);
    progress_clear(&progress);
    return code;
}
