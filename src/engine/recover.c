/* Recovery: the core from state.db, then the journal's tail through core and view. A view that
 * cannot be read is set aside and made again from the journal: it is only a view (I2). */
#include "engine/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Out of the way, but not deleted: somebody may want to look. */
static int set_aside(struct engine *engine, const struct error *reason, struct error *err)
{
    if (engine->options.store_vfs != NULL)
        return error_set(err, reason->code, reason->place, "%s", reason->message);
    char aside[4200];
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char from[4200];
        snprintf(from, sizeof from, "%s%s", engine->store_path, suffixes[i]);
        snprintf(aside, sizeof aside, "%s.unreadable%s", engine->store_path, suffixes[i]);
        if (access(from, F_OK) == 0 && rename(from, aside) != 0)
            return error_set(err, ML_EIO, from, "cannot be set aside: %m");
    }
    return 0;
}

static int load_view(struct engine *engine, struct error *err)
{
    int code = store_open(engine->store_path, engine->options.store_vfs, &engine->store, err);
    if (code < 0)
        return code;
    uint64_t seq = store_applied_seq(engine->store), tail = journal_tail(engine->journal).seq;
    if (seq > tail)
        return error_set(err, ML_ECORRUPT, engine->store_path,
                         "the view is at seq %" PRIu64 ", the journal ends at %" PRIu64
                         ": it belongs to another journal",
                         seq, tail);
    return seq > 0 ? store_load_core(engine->store, engine->core, err) : 0;
}

int engine_recover(struct engine *engine, void (*progress)(void *, uint64_t, uint64_t),
                   void *context, struct error *err)
{
    struct error reason = {0};
    int code = load_view(engine, &reason);
    if (code == ML_ECORRUPT || code == ML_EVERSION) {
        store_close(engine->store);
        engine->store = NULL;
        core_free(engine->core);
        engine->core = core_new();
        code = set_aside(engine, &reason, err);
        if (code == 0)
            code = load_view(engine, err);
    } else if (code < 0) {
        return error_set(err, code, reason.place, "%s", reason.message);
    }
    return code < 0 ? code
                    : engine_replay(engine->journal, engine->core, engine->store, 0, progress,
                                    context, err);
}
