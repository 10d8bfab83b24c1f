/* Recovery: the core from state.db, then the journal's tail through core and view. A view that
 * cannot be read is set aside and made again from the journal: it is only a view (I2). */
#include "engine/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { REPLAY_EVENTS = 4096 };

struct replay {
    struct engine *engine;
    struct arena arena;
    struct core_event *events;
    const struct core_event **pointers;
    size_t count;
    uint64_t total;
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

static int flush(struct replay *replay, struct error *err)
{
    struct engine *engine = replay->engine;
    int code = 0;
    if (replay->count > 0)
        code = store_apply(engine->store, engine->core, replay->pointers, replay->count, err);
    for (size_t i = 0; i < replay->count; i++)
        core_event_dispose(&replay->events[i]);
    replay->count = 0;
    arena_reset(&replay->arena);
    if (code == 0 && replay->progress != NULL)
        replay->progress(replay->context, core_seq(engine->core), replay->total);
    return code;
}

static int replay_record(void *context, const struct journal_record *record, struct error *err)
{
    struct replay *replay = context;
    struct core *core = replay->engine->core;
    struct core_event *event = &replay->events[replay->count];
    const struct core_record stored = {record->seq, record->time_us, record->type, record->subject,
                                       record->data};
    int code = core_event_decode(core, &stored, &replay->arena, event, err);
    if (code < 0)
        return code;
    core_apply(core, event);
    replay->pointers[replay->count++] = event;
    return replay->count == REPLAY_EVENTS ? flush(replay, err) : 0;
}

static int replay_tail(struct engine *engine, void (*progress)(void *, uint64_t, uint64_t),
                       void *context, struct error *err)
{
    struct journal_reader *reader;
    int code = journal_reader_open(engine->journal, &reader, err);
    if (code < 0)
        return code;
    struct replay replay = {.engine = engine,
                            .total = journal_tail(engine->journal).seq,
                            .progress = progress,
                            .context = context};
    arena_init(&replay.arena);
    replay.events = calloc(REPLAY_EVENTS, sizeof *replay.events);
    replay.pointers = calloc(REPLAY_EVENTS, sizeof *replay.pointers);
    if (replay.events == NULL || replay.pointers == NULL)
        panic("out of memory (replay)");
    code = journal_read(reader, core_seq(engine->core) + 1, 0, replay_record, &replay, err);
    int flushed = flush(&replay, code == 0 ? err : NULL);
    journal_reader_close(reader);
    arena_release(&replay.arena);
    free(replay.events);
    free(replay.pointers);
    return code < 0 ? code : flushed;
}

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
    return code < 0 ? code : replay_tail(engine, progress, context, err);
}
