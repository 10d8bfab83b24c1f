/* Replay: the journal through a core and, where one is given, a view. Recovery, the offline tools
 * and the simulator's audit all come through here; and questions about the past, which look at the
 * core on its way. */
#include "engine/engine.h"

#include <stdlib.h>

enum {
    REPLAY_EVENTS = 4096,            /* of one transaction of the view, */
    REPLAY_BYTES = 16 * 1024 * 1024, /* unless they are that large before */
};

struct replay {
    struct core *core;
    struct store *store;
    struct arena arena;
    struct core_event *events;
    const struct core_event **pointers;
    size_t count;
    uint64_t total;
    engine_progress progress;
    void *context;
};

static int flush(struct replay *replay, struct error *err)
{
    int code = 0;
    if (replay->store != NULL && replay->count > 0)
        code = store_apply(replay->store, replay->core, replay->pointers, replay->count, err);
    for (size_t i = 0; i < replay->count; i++)
        core_event_dispose(&replay->events[i]);
    replay->count = 0;
    arena_reset(&replay->arena);
    if (code == 0 && replay->progress != NULL)
        replay->progress(replay->context, core_seq(replay->core), replay->total);
    return code;
}

static int decode(const struct core *core, const struct journal_record *record, struct arena *arena,
                  struct core_event *ret, struct error *err)
{
    const struct core_record stored = {record->seq, record->time_us, record->type, record->subject,
                                       record->data};
    return core_event_decode(core, &stored, arena, ret, err);
}

static int take_record(void *context, const struct journal_record *record, struct error *err)
{
    struct replay *replay = context;
    struct core_event *event = &replay->events[replay->count];
    int code = decode(replay->core, record, &replay->arena, event, err);
    if (code < 0)
        return code;
    core_apply(replay->core, event);
    replay->pointers[replay->count++] = event;
    bool full = replay->count == REPLAY_EVENTS || replay->arena.used >= REPLAY_BYTES;
    return full ? flush(replay, err) : 0;
}

static int read_all(struct replay *replay, struct journal *journal, uint64_t limit,
                    struct error *err)
{
    struct journal_reader *reader;
    int code = journal_reader_open(journal, &reader, err);
    if (code < 0)
        return code;
    code = journal_read(reader, core_seq(replay->core) + 1, limit, take_record, replay, err);
    int flushed = flush(replay, code == 0 ? err : NULL);
    journal_reader_close(reader);
    return code < 0 ? code : flushed;
}

int engine_replay(struct journal *journal, struct core *core, struct store *store,
                  uint64_t until_seq, engine_progress progress, void *context, struct error *err)
{
    uint64_t tail = journal_tail(journal).seq, done = core_seq(core);
    if (until_seq == 0 || until_seq > tail)
        until_seq = tail;
    if (until_seq <= done)
        return 0;
    struct replay replay = {
        .core = core, .store = store, .total = tail, .progress = progress, .context = context};
    arena_init(&replay.arena);
    replay.events = calloc(REPLAY_EVENTS, sizeof *replay.events);
    replay.pointers = calloc(REPLAY_EVENTS, sizeof *replay.pointers);
    if (replay.events == NULL || replay.pointers == NULL)
        panic("out of memory (replay)");
    int code = read_all(&replay, journal, until_seq - done, err);
    arena_release(&replay.arena);
    free(replay.events);
    free(replay.pointers);
    return code;
}

/* ---- looking at the core on its way */

struct retrace {
    struct core *core;
    struct arena arena;
    engine_observer observe;
    void *context;
};

static int observe_record(void *context, const struct journal_record *record, struct error *err)
{
    enum { ARENA_KEPT = 1024 * 1024 };
    struct retrace *retrace = context;
    struct core_event event;
    int code = decode(retrace->core, record, &retrace->arena, &event, err);
    if (code < 0)
        return code;
    code = retrace->observe(retrace->context, retrace->core, &event, err);
    if (code == 0)
        core_apply(retrace->core, &event);
    core_event_dispose(&event);
    if (retrace->arena.used > ARENA_KEPT)
        arena_reset(&retrace->arena);
    return code;
}

int engine_retrace(struct journal_reader *reader, uint64_t until_seq, engine_observer observe,
                   void *context, struct error *err)
{
    struct retrace retrace = {.core = core_new(), .observe = observe, .context = context};
    arena_init(&retrace.arena);
    int code = journal_read(reader, 1, until_seq, observe_record, &retrace, err);
    if (code == 0)
        code = observe(context, retrace.core, NULL, err);
    arena_release(&retrace.arena);
    core_free(retrace.core);
    return code;
}
