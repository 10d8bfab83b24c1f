/* A schema from samples: all values of one place are looked at together. */
#include "contract/infer.h"

#include "base/json_writer.h"
#include "base/map.h"
#include "contract/format.h"

/* All values that samples have at one place. */
struct values {
    const struct contract_instance **items;
    size_t count;
};

static void write_schema(struct values values, struct arena *arena, struct json_writer *writer);

/* ---- types */

enum {
    HAS_NULL = 1,
    HAS_BOOLEAN = 2,
    HAS_INTEGER = 4,
    HAS_NUMBER = 8,
    HAS_STRING = 16,
    HAS_ARRAY = 32,
    HAS_OBJECT = 64,
};

static unsigned kind_of(const struct contract_instance *value)
{
    static const unsigned kinds[] = {HAS_NULL,   HAS_BOOLEAN, HAS_INTEGER,
                                     HAS_STRING, HAS_ARRAY,   HAS_OBJECT};
    if (value->kind == CONTRACT_NUMBER && value->numeric == CONTRACT_DECIMAL)
        return HAS_NUMBER;
    return kinds[value->kind];
}

static unsigned kinds_of(struct values values)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < values.count; i++)
        kinds |= kind_of(values.items[i]);
    return (kinds & HAS_NUMBER) != 0 ? kinds & ~(unsigned)HAS_INTEGER : kinds;
}

static void write_type(unsigned kinds, struct json_writer *writer)
{
    static const char *const names[] = {"null",   "boolean", "integer", "number",
                                        "string", "array",   "object"};
    bool several = (kinds & (kinds - 1)) != 0;
    json_key(writer, "type");
    if (several)
        json_array_open(writer);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if ((kinds & 1u << i) != 0)
            json_string(writer, bytes_of(names[i]));
    if (several)
        json_array_close(writer);
}

/* ---- texts */

static bool all_have(struct values values, const char *name)
{
    const struct contract_format *format = contract_format_find(bytes_of(name));
    bool url = strcmp(name, "uri") == 0;
    for (size_t i = 0; i < values.count; i++) {
        struct bytes text = values.items[i]->text;
        if (values.items[i]->kind != CONTRACT_STRING)
            continue;
        /* Any word and a colon is a URI; what people mean has slashes. */
        if (!format->check(text) || (url && memmem(text.data, text.size, "://", 3) == NULL))
            return false;
    }
    return true;
}

static const char *find_format(struct values values)
{
    static const char *const names[] = {"date-time", "date", "email", "uuid", "ipv4", "uri"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (all_have(values, names[i]))
            return names[i];
    return NULL;
}

/* The distinct texts, in the order in which they come; 0 when they are too many to be choices. */
static size_t find_choices(struct values values, struct bytes choices[static 1])
{
    size_t count = 0, texts = 0;
    for (size_t i = 0; i < values.count; i++) {
        const struct contract_instance *value = values.items[i];
        size_t known = 0;
        if (value->kind != CONTRACT_STRING)
            continue;
        while (known < count && !bytes_equal(choices[known], value->text))
            known++;
        if (known == CONTRACT_INFER_CHOICES_MAX ||
            value->text.size > CONTRACT_INFER_CHOICE_SIZE_MAX)
            return 0;
        if (known == count)
            choices[count++] = value->text;
        texts++;
    }
    return texts >= count * CONTRACT_INFER_CHOICE_REPEATS ? count : 0;
}

static void write_texts(struct values values, unsigned kinds, struct json_writer *writer)
{
    struct bytes choices[CONTRACT_INFER_CHOICES_MAX];
    const char *format = find_format(values);
    if (format != NULL) {
        json_member(writer, "format", bytes_of(format));
        return;
    }
    /* An enum is about all values of the place, not only about its texts. */
    bool only_texts = (kinds & ~(unsigned)(HAS_STRING | HAS_NULL)) == 0;
    size_t count = only_texts ? find_choices(values, choices) : 0;
    if (count == 0)
        return;
    json_key(writer, "enum");
    json_array_open(writer);
    for (size_t i = 0; i < count; i++)
        json_string(writer, choices[i]);
    if ((kinds & HAS_NULL) != 0)
        json_null(writer);
    json_array_close(writer);
}

/* ---- lists */

static void write_items(struct values values, struct arena *arena, struct json_writer *writer)
{
    size_t room = 0;
    for (size_t i = 0; i < values.count; i++)
        room += values.items[i]->kind == CONTRACT_ARRAY ? values.items[i]->count : 0;
    if (room == 0)
        return;
    struct values items = {arena_array(arena, room, sizeof *items.items), 0};
    for (size_t i = 0; i < values.count; i++)
        for (uint32_t k = 0; values.items[i]->kind == CONTRACT_ARRAY && k < values.items[i]->count;
             k++)
            items.items[items.count++] = &values.items[i]->items[k];
    json_key(writer, "items");
    write_schema(items, arena, writer);
}

/* ---- objects */

struct property {
    struct bytes name;
    struct values values;
};

struct properties {
    struct property *items;
    size_t count;
    size_t *places; /* of all members in turn: which property they are */
    size_t members;
    size_t objects;
};

/* Names are found by BLAKE2b: samples may come from anybody. */
static void find_properties(struct values values, struct arena *arena, struct properties *ret)
{
    struct map known;
    size_t room = 0;
    for (size_t i = 0; i < values.count; i++)
        room += values.items[i]->kind == CONTRACT_OBJECT ? values.items[i]->count : 0;
    *ret = (struct properties){.items = arena_array(arena, room, sizeof *ret->items),
                               .places = arena_array(arena, room, sizeof *ret->places)};
    map_init(&known);
    for (size_t i = 0; i < values.count; i++) {
        const struct contract_instance *object = values.items[i];
        ret->objects += object->kind == CONTRACT_OBJECT;
        for (uint32_t m = 0; object->kind == CONTRACT_OBJECT && m < object->count; m++) {
            struct bytes name = object->members[m].name;
            struct hash128 key = hash128_of(&name, 1);
            const uint64_t *place = map_find(&known, key);
            size_t property = place != NULL ? (size_t)*place : ret->count++;
            if (place == NULL)
                map_put(&known, key, property);
            ret->items[property].name = name;
            ret->items[property].values.count++;
            ret->places[ret->members++] = property;
        }
    }
    map_release(&known);
}

/* Each property gets its values, in the order of the samples. */
static void share_out(struct values values, struct arena *arena, struct properties *properties)
{
    size_t member = 0;
    for (size_t p = 0; p < properties->count; p++) {
        struct values *own = &properties->items[p].values;
        own->items = arena_array(arena, own->count, sizeof *own->items);
        own->count = 0;
    }
    for (size_t i = 0; i < values.count; i++) {
        const struct contract_instance *object = values.items[i];
        for (uint32_t m = 0; object->kind == CONTRACT_OBJECT && m < object->count; m++) {
            struct values *own = &properties->items[properties->places[member++]].values;
            own->items[own->count++] = &object->members[m].value;
        }
    }
}

static void write_required(const struct properties *properties, struct json_writer *writer)
{
    bool any = false;
    for (size_t p = 0; p < properties->count; p++) {
        if (properties->items[p].values.count != properties->objects)
            continue;
        if (!any) {
            json_key(writer, "required");
            json_array_open(writer);
        }
        any = true;
        json_string(writer, properties->items[p].name);
    }
    if (any)
        json_array_close(writer);
}

/* So many names are data, as in an object of prices by product. */
static void write_open_object(struct values values, size_t members, struct arena *arena,
                              struct json_writer *writer)
{
    struct values all = {arena_array(arena, members, sizeof *all.items), 0};
    for (size_t i = 0; i < values.count; i++)
        for (uint32_t m = 0; values.items[i]->kind == CONTRACT_OBJECT && m < values.items[i]->count;
             m++)
            all.items[all.count++] = &values.items[i]->members[m].value;
    json_key(writer, "additionalProperties");
    write_schema(all, arena, writer);
}

static void write_object(struct values values, struct arena *arena, struct json_writer *writer)
{
    struct properties properties;
    find_properties(values, arena, &properties);
    if (properties.count > CONTRACT_INFER_PROPERTIES_MAX) {
        write_open_object(values, properties.members, arena, writer);
        return;
    }
    share_out(values, arena, &properties);
    json_key(writer, "properties");
    json_object_open(writer);
    for (size_t p = 0; p < properties.count; p++) {
        json_key_bytes(writer, properties.items[p].name);
        write_schema(properties.items[p].values, arena, writer);
    }
    json_object_close(writer);
    write_required(&properties, writer);
}

/* ---- all of it */

static void write_rules(struct values values, struct arena *arena, struct json_writer *writer)
{
    unsigned kinds = kinds_of(values);
    write_type(kinds, writer);
    if ((kinds & HAS_STRING) != 0)
        write_texts(values, kinds, writer);
    if ((kinds & HAS_ARRAY) != 0)
        write_items(values, arena, writer);
    if ((kinds & HAS_OBJECT) != 0)
        write_object(values, arena, writer);
}

static void write_schema(struct values values, struct arena *arena, struct json_writer *writer)
{
    json_object_open(writer);
    write_rules(values, arena, writer);
    json_object_close(writer);
}

void contract_infer(const struct contract_instance *const *samples, size_t count,
                    struct buffer *out)
{
    struct json_writer writer;
    struct arena arena;
    ML_ASSERT(count > 0);
    arena_init(&arena);
    struct values values = {arena_array(&arena, count, sizeof *values.items), count};
    memcpy(values.items, samples, count * sizeof *samples);
    json_begin(&writer, out);
    json_object_open(&writer);
    json_member(&writer, "$schema", BYTES_LITERAL("https://json-schema.org/draft/2020-12/schema"));
    write_rules(values, &arena, &writer);
    json_object_close(&writer);
    arena_release(&arena);
}
