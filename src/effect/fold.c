/* Folding a lead's events, newest first: each thing is taken from the newest event that says it. */
#include "effect/fold.h"

#include "base/json.h"
#include "base/time.h"

/* ---- members */

/* Behind the string that begins at `at`. */
static const char *skip_string(const char *at, const char *end)
{
    for (const char *from = at + 1; from < end;) {
        const char *quote = memchr(from, '"', (size_t)(end - from));
        if (quote == NULL)
            return end;
        const char *slash = quote;
        while (slash[-1] == '\\' && slash - 1 > at)
            slash--;
        if ((quote - slash) % 2 == 0)
            return quote + 1;
        from = quote + 1;
    }
    return end;
}

/* Behind the value that begins at `at`. */
static const char *skip_value(const char *at, const char *end)
{
    int depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
        } else {
            depth += *at == '{' || *at == '[';
            depth -= *at == '}' || *at == ']';
            at++;
        }
        if (depth <= 0 && (at == end || *at == ',' || *at == '}'))
            return at;
    }
    return end;
}

bool fold_member(struct bytes object, size_t *at, struct bytes *ret_key, struct bytes *ret_value)
{
    const char *end = object.data + object.size;
    const char *key = object.data + *at + 1; /* behind the brace or the comma */
    if (*at + 2 >= object.size || *key != '"')
        return false;
    const char *colon = skip_string(key, end);
    const char *value = colon + 1;
    if (value >= end)
        return false;
    *ret_key = (struct bytes){key + 1, (size_t)(colon - key) - 2};
    /* It is the last one, and long: core_event_encode says so. */
    const char *next = bytes_is(*ret_key, "attributes") ? end - 1 : skip_value(value, end);
    *ret_value = (struct bytes){value, (size_t)(next - value)};
    *at = (size_t)(next - object.data);
    return true;
}

struct bytes fold_text(struct bytes value, struct arena *arena)
{
    if (value.size < 2 || value.data[0] != '"')
        return (struct bytes){0};
    struct bytes inner = {value.data + 1, value.size - 2};
    if (memchr(inner.data, '\\', inner.size) == NULL)
        return inner;
    JSON_AUTO *json = NULL;
    if (json_parse(value, &json, NULL) < 0)
        return (struct bytes){0};
    return arena_copy(arena, json_text(json));
}

static int64_t read_time(struct bytes value)
{
    int64_t time_us;
    struct bytes text = {value.data + 1, value.size > 2 ? value.size - 2 : 0};
    return time_parse(text, &time_us, NULL) == 0 ? time_us : 0;
}

static int64_t read_integer(struct bytes value)
{
    uint64_t number;
    bool negative = value.size > 0 && value.data[0] == '-';
    if (negative)
        value = (struct bytes){value.data + 1, value.size - 1};
    if (!number_parse(value, &number) || number > INT64_MAX)
        return 0;
    return negative ? -(int64_t)number : (int64_t)number;
}

/* ---- what each type says */

static const struct {
    const char *state, *place; /* NULL: nothing */
    bool takes; /* route, pool and rep are its own: what it does not name there is not */
    bool is_beginning;
} meanings[CORE_EVENT_TYPES] = {
    [CORE_LEAD_CAPTURED] = {"captured", "waiting", true, true},
    [CORE_LEAD_REOPENED] = {"captured", "waiting", true, true},
    [CORE_LEAD_ASSIGNED] = {"assigned", "owned", true},
    [CORE_LEAD_QUEUED] = {"captured", "waiting", true},
    [CORE_LEAD_EXCEPTED] = {"captured", "exception", true},
    [CORE_LEAD_NURTURED] = {"captured", "nurture", true},
    [CORE_LEAD_RETURNED] = {"captured", "waiting", true},
    [CORE_LEAD_CONTACTED] = {"contacted", "owned"},
    [CORE_LEAD_QUALIFIED] = {"qualified", "closed"},
    [CORE_LEAD_DISQUALIFIED] = {"disqualified", "closed"},
};

/* The running timer of the lead, not of something beside it. */
static bool tells_timer(enum core_event_type type)
{
    return type != CORE_EXCEPTION_OPENED && type != CORE_EXCEPTION_ESCALATED;
}

/* Members that count before it is known whether the event is the newest that says them. */
struct said {
    struct bytes attributes, class_name, score, route, pool, source, rep, due, captured;
};

static void read_said(struct fold *fold, struct bytes data, struct said *ret)
{
    static const struct {
        const char *key;
        size_t offset;
    } members[] = {
        {"attributes", offsetof(struct said, attributes)},
        {"class", offsetof(struct said, class_name)},
        {"score", offsetof(struct said, score)},
        {"route", offsetof(struct said, route)},
        {"pool", offsetof(struct said, pool)},
        {"source", offsetof(struct said, source)},
        {"rep", offsetof(struct said, rep)},
        {"due_at", offsetof(struct said, due)},
        {"captured_at", offsetof(struct said, captured)},
    };
    struct bytes key, value;
    size_t at = 0;
    *ret = (struct said){0};
    while (fold_member(data, &at, &key, &value)) {
        if (bytes_is(key, "prev"))
            fold->previous = (uint64_t)read_integer(value);
        for (size_t i = 0; i < sizeof members / sizeof *members; i++)
            if (bytes_is(key, members[i].key)) {
                memcpy((char *)ret + members[i].offset, &value, sizeof value);
                break;
            }
    }
}

static void take_place(struct fold *fold, enum core_event_type type, const struct said *said,
                       int64_t time_us)
{
    struct effect_message *message = fold->message;
    if (meanings[type].state != NULL && !fold->has_state) {
        message->state = bytes_of(meanings[type].state);
        message->place = bytes_of(meanings[type].place);
        fold->has_state = true;
    }
    if (meanings[type].takes && !fold->has_owner) {
        if (type == CORE_LEAD_ASSIGNED)
            message->rep = fold_text(said->rep, fold->arena);
        message->pool = fold_text(said->pool, fold->arena);
        fold->has_owner = true;
    }
    if (message->route.size == 0 && meanings[type].takes)
        message->route = fold_text(said->route, fold->arena); /* it stays when it is handed back */
    if (type == CORE_LEAD_ASSIGNED && message->assigned_us == 0)
        message->assigned_us = time_us;
    if (type == CORE_LEAD_CONTACTED && message->contacted_us == 0)
        message->contacted_us = time_us;
    if (said->due.size > 0 && tells_timer(type) && !fold->has_due) {
        message->due_us = read_time(said->due);
        fold->has_due = true;
    }
}

static void take_person(struct fold *fold, enum core_event_type type, const struct said *said)
{
    struct effect_message *message = fold->message;
    bool counts = meanings[type].is_beginning || type == CORE_LEAD_ENRICHED;
    if (!counts)
        return; /* who comes again changes nothing of the lead */
    if (!fold->has_attributes && said->attributes.size > 0) {
        message->attributes = said->attributes;
        fold->has_attributes = true;
    }
    if (!fold->has_class && said->class_name.size > 0) {
        message->class_name = fold_text(said->class_name, fold->arena);
        message->score = read_integer(said->score);
        fold->has_class = true;
    }
}

bool fold_add(struct fold *fold, uint64_t seq, int64_t time_us, enum core_event_type type,
              struct bytes data)
{
    struct effect_message *message = fold->message;
    struct said said;
    fold->previous = 0;
    read_said(fold, data, &said);
    if (message->version == 0)
        message->version = seq;
    take_place(fold, type, &said, time_us);
    take_person(fold, type, &said);
    if (meanings[type].is_beginning) {
        message->source = fold_text(said.source, fold->arena);
        message->captured_us = said.captured.size > 0 ? read_time(said.captured) : time_us;
        fold->is_done = true;
    }
    return !fold->is_done && fold->previous != 0;
}
