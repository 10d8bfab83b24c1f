/* Where each attribute of a lead comes from and where the lead was: folded from its events, oldest
 * first. Nothing of it is kept, so it is as true as the journal. */
#include "server/api/provenance.h"

#include "base/id.h"
#include "base/json.h"
#include "server/api/events.h"
#include "server/internal.h"

enum { EVENTS_MAX = 1000 };

/* ---- attributes */

struct origin {
    const char *attribute;
    struct json_object *value; /* of an event */
    const char *from;          /* "source", "provider" */
    struct bytes name, actor;
    const struct journal_record *record;
    struct json_object *before; /* NULL: not known before */
    struct bytes before_name;
};

struct origins {
    struct origin *items; /* in the order of the newest event that tells them all */
    size_t count;
};

static const struct origin *find(const struct origins *origins, const char *attribute)
{
    for (size_t i = 0; i < origins->count; i++)
        if (strcmp(origins->items[i].attribute, attribute) == 0)
            return &origins->items[i];
    return NULL;
}

/* An event that tells everything which is known of the person from then on. */
struct telling {
    const char *type;
    const char *from, *name; /* where its member `name` says who told it */
    bool anew;               /* what was before is of an earlier life */
};
static const struct telling tellings[] = {
    {"lead.captured", "source", "source", true},
    {"lead.reopened", "source", "source", true},
    {"lead.enriched", "provider", "provider", false},
};

static void take_attributes(const struct telling *telling, const struct journal_record *record,
                            struct json_object *data, struct arena *arena, struct origins *origins)
{
    struct json_object *attributes = json_object_object_get(data, "attributes");
    struct origins now = {0};
    if (!json_object_is_type(attributes, json_type_object))
        return;
    now.items =
        arena_array(arena, (size_t)json_object_object_length(attributes) + 1, sizeof *now.items);
    json_object_object_foreach(attributes, key, value)
    {
        const struct origin *known = find(origins, key);
        struct origin *origin = &now.items[now.count++];
        if (known != NULL && json_object_equal(known->value, value)) {
            *origin = *known;
            continue;
        }
        *origin = (struct origin){.attribute = key,
                                  .value = value,
                                  .from = telling->from,
                                  .name = json_member_text(data, telling->name),
                                  .actor = telling->anew ? (struct bytes){0}
                                                         : json_member_text(data, "actor"),
                                  .record = record};
        if (known != NULL) {
            origin->before = known->value;
            origin->before_name = known->name;
        }
    }
    *origins = now;
}

/* ---- places */

static const struct {
    const char *type;
    enum core_place place;
} moves[] = {
    {"lead.captured", CORE_PLACE_WAITING},    {"lead.reopened", CORE_PLACE_WAITING},
    {"lead.assigned", CORE_PLACE_OWNED},      {"lead.queued", CORE_PLACE_WAITING},
    {"lead.excepted", CORE_PLACE_EXCEPTION},  {"lead.nurtured", CORE_PLACE_NURTURE},
    {"lead.returned", CORE_PLACE_WAITING},    {"lead.qualified", CORE_PLACE_CLOSED},
    {"lead.disqualified", CORE_PLACE_CLOSED},
};

struct stay {
    enum core_place place;
    const struct journal_record *record;
    struct json_object *data;
};

struct path {
    struct stay *stays;
    size_t count;
};

static void take_place(const struct journal_record *record, struct json_object *data,
                       struct path *path)
{
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        if (!bytes_is(record->type, moves[i].type))
            continue;
        /* Where it was for no time at all, it was on its way. */
        if (path->count > 0 && path->stays[path->count - 1].record->time_us == record->time_us)
            path->count--;
        path->stays[path->count++] = (struct stay){moves[i].place, record, data};
    }
}

/* ---- the answer */

struct folded {
    struct json_object **trees; /* of the events, for as long as the answer is written */
    size_t tree_count;
    struct origins origins;
    struct path path;
};

static void write_value(struct json_writer *json, const char *key, struct json_object *value)
{
    json_key(json, key);
    if (value == NULL)
        json_null(json);
    else
        json_raw(json, bytes_of(json_object_to_json_string_ext(
                           value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
}

static void write_origin(struct json_writer *json, const struct origin *origin)
{
    json_object_open(json);
    json_member(json, "attribute", bytes_of(origin->attribute));
    write_value(json, "value", origin->value);
    json_member(json, "from", bytes_of(origin->from));
    json_member(json, "name", origin->name);
    json_member_if(json, "actor", origin->actor);
    json_member_unsigned(json, "seq", origin->record->seq);
    json_member_time(json, "at", origin->record->time_us);
    if (origin->before != NULL) {
        write_value(json, "before", origin->before);
        json_member(json, "before_name", origin->before_name);
    }
    json_object_close(json);
}

static void write_stay(struct json_writer *json, const struct stay *stay, const struct stay *next)
{
    static const char *const members[] = {"pool",  "route",  "kind", "team",
                                          "cause", "reason", "actor"};
    json_object_open(json);
    json_member(json, "place", bytes_of(core_place_name(stay->place)));
    if (stay->place == CORE_PLACE_OWNED)
        json_member_if(json, "owner", json_member_text(stay->data, "rep"));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_member_if(json, members[i], json_member_text(stay->data, members[i]));
    json_member_unsigned(json, "seq", stay->record->seq);
    json_member_time(json, "from", stay->record->time_us);
    if (next != NULL)
        json_member_time(json, "until", next->record->time_us);
    json_object_close(json);
}

static void write_answer(struct request *request, uint64_t number, uint64_t version, bool complete,
                         const struct folded *folded)
{
    char id[LEAD_ID_TEXT_SIZE];
    struct json_writer *json = request_answer_json(request, 200);
    lead_id_print(number, id);
    json_object_open(json);
    json_member(json, "lead", bytes_of(id));
    json_member_unsigned(json, "version", version);
    json_key(json, "attributes");
    json_array_open(json);
    for (size_t i = 0; i < folded->origins.count; i++)
        write_origin(json, &folded->origins.items[i]);
    json_array_close(json);
    json_key(json, "places");
    json_array_open(json);
    for (size_t i = 0; i < folded->path.count; i++)
        write_stay(json, &folded->path.stays[i],
                   i + 1 < folded->path.count ? &folded->path.stays[i + 1] : NULL);
    json_array_close(json);
    json_member_bool(json, "complete", complete);
    json_object_close(json);
}

/* ---- folding */

static int take(struct folded *folded, const struct journal_record *record, struct arena *arena,
                struct error *err)
{
    struct json_object *data = NULL;
    int code = json_parse(record->data, &data, err);
    if (code != 0)
        return code;
    folded->trees[folded->tree_count++] = data;
    for (size_t i = 0; i < sizeof tellings / sizeof *tellings; i++)
        if (bytes_is(record->type, tellings[i].type))
            take_attributes(&tellings[i], record, data, arena, &folded->origins);
    take_place(record, data, &folded->path);
    return 0;
}

/* Oldest first; the event that captured the lead is there even when others between are not. */
static int fold(struct request *request, const struct lead_history *beginning,
                const struct lead_history *history, struct folded *ret, struct error *err)
{
    const size_t most = beginning->count + history->count;
    struct arena *arena = &request->arena;
    *ret = (struct folded){.trees = arena_array(arena, most, sizeof(struct json_object *)),
                           .path = {.stays = arena_array(arena, most, sizeof(struct stay))}};
    int code = beginning->count > 0 ? take(ret, &beginning->records[0], arena, err) : 0;
    for (size_t i = history->count; code == 0 && i > 0; i--)
        code = take(ret, &history->records[i - 1], arena, err);
    return code;
}

void provenance_run(struct request *request)
{
    struct error err;
    struct store_lead_reference reference;
    struct lead_history history, beginning = {0};
    struct folded folded = {0};
    uint64_t number;
    if (!request_lead(request, &number))
        return;
    int code = store_read_lead_reference(request->reader->store, number, &reference, &err);
    if (code == 0)
        code = lead_history_read(request, reference.last_seq, EVENTS_MAX, &history, &err);
    if (code == 0 && history.more != 0) /* a lead's number is its first event's */
        code = lead_history_read(request, number, 1, &beginning, &err);
    if (code == 0)
        code = fold(request, &beginning, &history, &folded, &err);
    if (code == 0)
        write_answer(request, number, reference.last_seq, history.more == 0, &folded);
    else
        request_refuse_error(request, code, &err);
    for (size_t i = 0; i < folded.tree_count; i++)
        json_object_put(folded.trees[i]);
}
