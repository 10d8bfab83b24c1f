/* A stream that tells a page what to look at again: events counted by type, and what they are
 * about, gathered over some time. Many thousands of events cost a page one short line; the data of
 * events is not parsed. */
#include "server/api/changes.h"

#include "base/text_hash.h"
#include "server/internal.h"

#include <inttypes.h>

enum { CHANGES_AFTER, CHANGES_EVERY };
enum {
    EVERY_LEAST_MS = 100,
    EVERY_MOST_MS = 10000,
    EVERY_DEFAULT_MS = 500,
    SUBJECTS_MAX = 200,
    HEAD_BYTES = 4096, /* of an event's data: names stand before long texts */
    ALSO_MAX = 2,
};

const char *const changes_parameters[] = {
    [CHANGES_AFTER] = "after", [CHANGES_EVERY] = "every", NULL};

struct change_stream {
    struct stream stream;
    int64_t every_ms;
};

/* ---- what events say */

struct tally {
    struct arena arena;
    struct {
        struct bytes type; /* static storage */
        uint64_t count;
    } types[CORE_EVENT_TYPES];
    size_t type_count;
    struct {
        uint64_t hash;
        struct bytes text;
    } subjects[SUBJECTS_MAX];
    size_t subject_count;
    bool more; /* subjects than there is room for */
};

/* Events that are about something else beside their subject, and where their data names it. */
static const struct {
    const char *family;
    const char *members[ALSO_MAX];
} also[] = {
    {"exception.", {"\"lead\":\"", NULL}},
    {"delivery.", {"\"lead\":\"", "\"destination\":\""}},
    {"destination.", {"\"destination\":\"", NULL}},
    {"sync.", {"\"destination\":\"", NULL}},
    {"record.", {"\"source\":\"", NULL}},
    {"source.", {"\"source\":\"", NULL}},
    {"notice.", {"\"source\":\"", NULL}},
    {"rep.", {"\"rep\":\"", NULL}},
};

static void add_subject(struct tally *tally, struct bytes text)
{
    uint64_t hash = text_hash(text);
    for (size_t i = tally->subject_count; i > 0; i--)
        if (tally->subjects[i - 1].hash == hash && bytes_equal(tally->subjects[i - 1].text, text))
            return;
    if (tally->subject_count == SUBJECTS_MAX) {
        tally->more = true;
        return;
    }
    tally->subjects[tally->subject_count].hash = hash;
    tally->subjects[tally->subject_count++].text = arena_copy(&tally->arena, text);
}

/* `member` is a key with its colon and the quote of its value. Within a text that quote would be
 * escaped, so it is found in no text. */
static void add_member(struct tally *tally, struct bytes data, const char *member)
{
    size_t size = strlen(member), head = data.size < HEAD_BYTES ? data.size : HEAD_BYTES;
    const char *key = memmem(data.data, head, member, size);
    if (key == NULL)
        return;
    struct bytes name = {key + size, 0};
    size_t left = head - (size_t)(name.data - data.data);
    const char *end = memchr(name.data, '"', left);
    if (end == NULL || end == name.data)
        return;
    name.size = (size_t)(end - name.data);
    if (memchr(name.data, '\\', name.size) == NULL)
        add_subject(tally, name);
}

static void add_subjects(struct tally *tally, const struct journal_record *record)
{
    if (record->subject.size > 0)
        add_subject(tally, record->subject);
    for (size_t i = 0; i < sizeof also / sizeof *also; i++) {
        size_t size = strlen(also[i].family);
        if (record->type.size < size || memcmp(record->type.data, also[i].family, size) != 0)
            continue;
        for (size_t m = 0; m < ALSO_MAX && also[i].members[m] != NULL; m++)
            add_member(tally, record->data, also[i].members[m]);
        return;
    }
}

static void count_type(struct tally *tally, struct bytes type)
{
    size_t i = 0;
    while (i < tally->type_count && !bytes_equal(tally->types[i].type, type))
        i++;
    if (i == tally->type_count) {
        enum core_event_type known = core_event_type_parse(type);
        if (known == 0)
            return;
        tally->types[tally->type_count++].type = bytes_of(core_event_type_name(known));
    }
    tally->types[i].count++;
}

static int count_event(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    struct tally *tally = context;
    count_type(tally, record->type);
    if (!tally->more)
        add_subjects(tally, record);
    return 0;
}

/* ---- what the page gets */

static void write_changes(struct buffer *out, uint64_t seq, const struct tally *tally,
                          uint64_t skipped)
{
    struct json_writer json;
    buffer_printf(out, "id: %" PRIu64 "\ndata: ", seq);
    json_begin(&json, out);
    json_object_open(&json);
    json_member_unsigned(&json, "seq", seq);
    json_key(&json, "events");
    json_object_open(&json);
    for (size_t i = 0; i < tally->type_count; i++) {
        json_key_bytes(&json, tally->types[i].type);
        json_unsigned(&json, tally->types[i].count);
    }
    json_object_close(&json);
    json_key(&json, "subjects");
    json_array_open(&json);
    for (size_t i = 0; i < tally->subject_count; i++)
        json_string(&json, tally->subjects[i].text);
    json_array_close(&json);
    json_member_bool(&json, "more", tally->more);
    if (skipped > 0)
        json_member_unsigned(&json, "skipped", skipped);
    json_object_close(&json);
    buffer_append(out, "\n\n", 2);
}

static bool fill_changes(struct stream *stream, struct query_reader *reader)
{
    struct error err;
    struct engine *engine = stream->streams->server->engine;
    uint64_t durable = engine_durable_seq(engine);
    if (stream->next_seq > durable)
        return true;
    uint64_t behind = durable - stream->next_seq + 1;
    bool jump = behind > stream->streams->server->limits.changes_behind;
    struct tally tally = {.more = jump};
    arena_init(&tally.arena);
    int code = jump ? 0
                    : engine_read(engine, reader->journal, stream->next_seq, behind, count_event,
                                  &tally, &err);
    if (code == 0)
        write_changes(&stream->out, durable, &tally, jump ? behind : 0);
    arena_release(&tally.arena);
    stream->next_seq = durable + 1;
    stream->due_ms = peer_clock_ms() + ((const struct change_stream *)stream)->every_ms;
    return code == 0;
}

static const struct stream_kind change_kind = {fill_changes};

/* A page that was here before the journal was set back (its data directory came from a backup) goes
 * on at the present: to refuse it would end the page's stream for good. */
void changes_run(struct request *request)
{
    uint64_t after, every, durable = engine_durable_seq(request->server->engine);
    if (!request_number(request, CHANGES_EVERY, EVERY_LEAST_MS, EVERY_MOST_MS, EVERY_DEFAULT_MS,
                        &every) ||
        !stream_place(request, CHANGES_AFTER, &after))
        return;
    const struct tally nothing = {.more = after > durable};
    if (nothing.more)
        after = durable;
    struct stream *stream = stream_open(request, &change_kind, sizeof(struct change_stream), after);
    if (stream == NULL)
        return;
    ((struct change_stream *)stream)->every_ms = (int64_t)every;
    write_changes(&stream->out, after, &nothing, 0);
}
