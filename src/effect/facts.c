/* From an answer to values of the lead. Pure but for the arena. */
#include "effect/facts.h"

#include "base/json.h"
#include "contract/value.h"
#include "effect/value.h"

/* One mistake behind the other, as long as they fit. */
static void note(struct buffer *notes, const char *field, const char *message)
{
    if (notes->size > 0)
        buffer_append(notes, "; ", 2);
    buffer_printf(notes, "%s %s", field, message);
}

/* The members of `map` that have a value. */
static int map_members(const struct ask *ask, struct json_object *map,
                       struct contract_member *members, size_t *count, struct buffer *notes,
                       struct error *err)
{
    struct arena *arena = ask->attempt->arena;
    json_object_object_foreach(map, name, unused)
    {
        struct cel_value value;
        struct error mistake = {0};
        (void)unused;
        int rc = ask_value(ask, ask_path(ask, "map", name), &value, err);
        if (rc != 0)
            return rc;
        if (value.kind == CEL_ABSENT || value.kind == CEL_NULL)
            continue;
        struct contract_member *member = &members[*count];
        member->name = bytes_of(name);
        if (contract_instance_from_cel(&value, NULL, arena, &member->value, &mistake) == 0)
            (*count)++;
        else
            note(notes, name, mistake.message);
    }
    return 0;
}

static int read_values(const struct ask *ask, struct core_receipt *ret, struct buffer *notes,
                       struct error *err)
{
    const struct policy_schema *schema = &ask->place->release->schema;
    struct json_object *map = ask_option(ask->place, "map");
    struct arena *arena = ask->attempt->arena;
    struct contract_instance object;
    struct policy_problems problems;
    size_t count = 0;
    if (!json_object_is_type(map, json_type_object))
        return 0;
    struct contract_member *members =
        arena_array(arena, (size_t)json_object_object_length(map), sizeof *members);
    int rc = map_members(ask, map, members, &count, notes, err);
    if (rc != 0 || count == 0)
        return rc;
    struct cel_value *values = arena_array(arena, schema->count, sizeof *values);
    rc = contract_instance_object(members, count, arena, &object, err);
    if (rc != 0)
        return rc;
    policy_record_from_more(schema, &object, arena, values, &problems);
    for (size_t i = 0; i < problems.count; i++)
        note(notes, problems.items[i].pointer + 1, problems.items[i].message);
    if (problems.count < count) {
        ret->values = values;
        ret->release = ask->place->release;
        ret->arena = arena;
    }
    return 0;
}

void facts_read(const struct ask *ask, struct core_receipt *ret)
{
    struct buffer notes;
    struct error err = {0};
    buffer_init(&notes, CORE_EXCERPT_MAX);
    int rc = read_values(ask, ret, &notes, &err);
    if (rc == 0)
        rc = ask_text(ask, "verdict", &ret->verdict, &err);
    ret->outcome = rc == 0 ? CORE_OUTCOME_OK : CORE_OUTCOME_PERMANENT;
    if (rc != 0)
        ret->reason = bytes_of(
            arena_printf(ask->attempt->arena, "the answer cannot be read: %s", err.message));
    if (notes.size > 0)
        ret->excerpt = bytes_of(
            arena_printf(ask->attempt->arena, "left out: %.*s", BYTES_ARG(buffer_bytes(&notes))));
    buffer_release(&notes);
}

bool facts_are_missing(const struct ask *ask, struct core_receipt *ret)
{
    struct cel_value found;
    struct error err = {0};
    if (ask_value(ask, "found", &found, &err) != 0 || found.kind != CEL_BOOL || found.boolean)
        return false;
    ret->outcome = CORE_OUTCOME_OK;
    ret->reason = (struct bytes){0};
    return true;
}

void facts_show(const struct ask *ask, const struct cel_value *body)
{
    struct effect_pairs pairs;
    effect_pairs_init(&pairs, 3, ask->attempt->arena);
    effect_pairs_add(&pairs, "status", cel_int(200));
    effect_pairs_add(&pairs, "headers", (struct cel_value){.kind = CEL_MAP});
    effect_pairs_add(&pairs, "body", *body);
    ask->inputs->variables[POLICY_OUTBOX_RESPONSE] = effect_pairs_map(&pairs);
}
