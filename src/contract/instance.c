/* What can be asked of an instance, and instances made by hand. */
#include "contract/instance.h"

#include "contract/internal.h"
#include "contract/number.h"

#include "base/hash.h"

#include <stdlib.h>

enum { SMALL_OBJECT_MAX = 24, DESCRIBED_BYTES_MAX = 60 };

/* Places of an object's members by their names' BLAKE2b: whoever sends the object chooses the
 * names, and must not be able to choose how they collide. */
struct contract_index {
    uint32_t mask;
    uint32_t places[]; /* a member's place plus 1; 0 is free */
};

uint64_t contract_name_hash(struct bytes name)
{
    uint64_t hash = name.size * UINT64_C(0x9E3779B97F4A7C15), piece;
    size_t at = 0;
    for (; at + 8 <= name.size; at += 8) {
        memcpy(&piece, name.data + at, 8);
        hash = (hash ^ piece) * UINT64_C(0xBF58476D1CE4E5B9);
        hash ^= hash >> 29;
    }
    piece = 0;
    if (at < name.size)
        memcpy(&piece, name.data + at, name.size - at);
    hash = (hash ^ piece) * UINT64_C(0x94D049BB133111EB);
    return hash ^ (hash >> 31);
}

/* ---- objects */

static uint32_t place_hash(struct bytes name)
{
    return (uint32_t)hash128_of(&name, 1).high;
}

/* The place of the member of that name, or of the free slot where it would be. */
static uint32_t *index_slot(struct contract_index *index, const struct contract_member *members,
                            struct bytes name)
{
    uint32_t at = place_hash(name) & index->mask;
    while (index->places[at] != 0 && !bytes_equal(members[index->places[at] - 1].name, name))
        at = (at + 1) & index->mask;
    return &index->places[at];
}

static struct contract_index *index_new(size_t count, struct arena *arena)
{
    uint32_t size = 64;
    while (size < 2 * count)
        size *= 2;
    struct contract_index *index =
        arena_zalloc(arena, sizeof *index + size * sizeof *index->places);
    index->mask = size - 1;
    return index;
}

const struct contract_member *contract_object_finish(struct contract_instance *object,
                                                     struct arena *arena)
{
    const struct contract_member *members = object->members;
    object->index = NULL;
    if (object->count <= SMALL_OBJECT_MAX) {
        for (uint32_t i = 1; i < object->count; i++)
            for (uint32_t j = 0; j < i; j++)
                if (members[i].hash == members[j].hash &&
                    bytes_equal(members[i].name, members[j].name))
                    return &members[i];
        return NULL;
    }
    struct contract_index *index = index_new(object->count, arena);
    for (uint32_t i = 0; i < object->count; i++) {
        uint32_t *slot = index_slot(index, members, members[i].name);
        if (*slot != 0)
            return &members[i];
        *slot = i + 1;
    }
    object->index = index;
    return NULL;
}

const struct contract_instance *contract_instance_find(const struct contract_instance *object,
                                                       struct bytes name)
{
    if (object == NULL || object->kind != CONTRACT_OBJECT)
        return NULL;
    if (object->index != NULL) {
        /* The index is not changed: nothing is put into the slot. */
        uint32_t place =
            *index_slot((struct contract_index *)(uintptr_t)object->index, object->members, name);
        return place == 0 ? NULL : &object->members[place - 1].value;
    }
    uint64_t hash = contract_name_hash(name);
    for (uint32_t i = 0; i < object->count; i++)
        if (object->members[i].hash == hash && bytes_equal(object->members[i].name, name))
            return &object->members[i].value;
    return NULL;
}

/* ---- JSON Pointers */

void contract_pointer_append(struct buffer *out, struct bytes token)
{
    buffer_append_char(out, '/');
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] == '~')
            buffer_append(out, "~0", 2);
        else if (token.data[i] == '/')
            buffer_append(out, "~1", 2);
        else
            buffer_append_char(out, token.data[i]);
    }
}

/* A token with its ~0 and ~1 read, into `out` of its size at least; false when a ~ is alone. */
static bool unescape(struct bytes token, char *out, size_t *ret_size)
{
    size_t size = 0;
    for (size_t i = 0; i < token.size; i++, size++) {
        out[size] = token.data[i];
        if (token.data[i] != '~')
            continue;
        if (++i == token.size || (token.data[i] != '0' && token.data[i] != '1'))
            return false;
        out[size] = token.data[i] == '0' ? '~' : '/';
    }
    *ret_size = size;
    return true;
}

static const struct contract_instance *item_at(const struct contract_instance *array,
                                               struct bytes token)
{
    uint64_t index = 0;
    if (token.size == 0 || token.size > 9 || (token.size > 1 && token.data[0] == '0'))
        return NULL;
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] < '0' || token.data[i] > '9')
            return NULL;
        index = index * 10 + (uint64_t)(token.data[i] - '0');
    }
    return index < array->count ? &array->items[index] : NULL;
}

const struct contract_instance *contract_instance_step(const struct contract_instance *from,
                                                       struct bytes token)
{
    char small[256];
    if (from->kind == CONTRACT_ARRAY)
        return item_at(from, token);
    if (from->kind != CONTRACT_OBJECT)
        return NULL;
    char *name = token.size <= sizeof small ? small : malloc(token.size);
    size_t size = 0;
    ML_ASSERT(name != NULL);
    const struct contract_instance *found =
        unescape(token, name, &size) ? contract_instance_find(from, (struct bytes){name, size})
                                     : NULL;
    if (name != small)
        free(name);
    return found;
}

const struct contract_instance *contract_instance_at(const struct contract_instance *root,
                                                     struct bytes pointer)
{
    const struct contract_instance *at = root;
    const char *next = pointer.data, *end = pointer.data + pointer.size;
    while (next < end && at != NULL) {
        if (*next++ != '/')
            return NULL;
        const char *slash = memchr(next, '/', (size_t)(end - next));
        const char *stop = slash == NULL ? end : slash;
        at = contract_instance_step(at, (struct bytes){next, (size_t)(stop - next)});
        next = stop;
    }
    return at;
}

/* ---- equality */

static bool objects_equal(const struct contract_instance *a, const struct contract_instance *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct contract_instance *other = contract_instance_find(b, a->members[i].name);
        if (other == NULL || !contract_instance_equal(&a->members[i].value, other))
            return false;
    }
    return true;
}

bool contract_instance_equal(const struct contract_instance *a, const struct contract_instance *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CONTRACT_NULL: return true;
    case CONTRACT_BOOLEAN: return a->boolean == b->boolean;
    case CONTRACT_NUMBER: return contract_number_compare(a, b) == 0;
    case CONTRACT_STRING: return bytes_equal(a->text, b->text);
    case CONTRACT_ARRAY:
        if (a->count != b->count)
            return false;
        for (uint32_t i = 0; i < a->count; i++)
            if (!contract_instance_equal(&a->items[i], &b->items[i]))
                return false;
        return true;
    default: return a->count == b->count && objects_equal(a, b);
    }
}

uint64_t contract_instance_hash(const struct contract_instance *instance)
{
    const uint64_t mix = UINT64_C(0xBF58476D1CE4E5B9);
    uint64_t hash = instance->kind;
    switch (instance->kind) {
    case CONTRACT_NULL: return hash;
    case CONTRACT_BOOLEAN: return hash * 2 + instance->boolean;
    case CONTRACT_NUMBER: return contract_number_hash(instance);
    case CONTRACT_STRING: return contract_name_hash(instance->text);
    case CONTRACT_ARRAY:
        for (uint32_t i = 0; i < instance->count; i++)
            hash = (hash ^ contract_instance_hash(&instance->items[i])) * mix + 1;
        return hash;
    default: /* the order of members must not count */
        for (uint32_t i = 0; i < instance->count; i++)
            hash += (instance->members[i].hash ^
                     (contract_instance_hash(&instance->members[i].value) * mix)) *
                    mix;
        return hash;
    }
}

/* ---- by hand */

uint32_t contract_character_count(struct bytes text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

struct contract_instance contract_instance_string(struct bytes text)
{
    return (struct contract_instance){
        .kind = CONTRACT_STRING, .count = contract_character_count(text), .text = text};
}

int contract_instance_object(struct contract_member *members, size_t count, struct arena *arena,
                             struct contract_instance *ret, struct error *err)
{
    if (count > UINT32_MAX / 4)
        return error_set(err, ML_ELIMIT, "", "an object of %zu members is too large", count);
    for (size_t i = 0; i < count; i++)
        members[i].hash = contract_name_hash(members[i].name);
    struct contract_instance object = {
        .kind = CONTRACT_OBJECT, .count = (uint32_t)count, .members = members};
    const struct contract_member *twice = contract_object_finish(&object, arena);
    if (twice != NULL)
        return error_set(err, ML_ECONFLICT, "", "the field \"%.*s\" is given twice",
                         (int)(twice->name.size < 100 ? twice->name.size : 100), twice->name.data);
    *ret = object;
    return 0;
}

/* ---- words for people */

/* The first bytes of a text, cut between characters. */
static struct bytes beginning(struct bytes text)
{
    if (text.size <= DESCRIBED_BYTES_MAX)
        return text;
    size_t size = DESCRIBED_BYTES_MAX;
    while (size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80)
        size--;
    return (struct bytes){text.data, size};
}

void contract_text_quote(struct bytes text, struct buffer *out)
{
    struct bytes shown = beginning(text);
    buffer_append_char(out, '"');
    for (size_t i = 0; i < shown.size; i++) {
        unsigned char c = (unsigned char)shown.data[i];
        if (c < 0x20 || c == 0x7F)
            buffer_printf(out, "\\u%04x", c);
        else
            buffer_append_char(out, (char)c);
    }
    buffer_append(out, "…", shown.size < text.size ? strlen("…") : 0);
    buffer_append_char(out, '"');
}

void contract_instance_describe(const struct contract_instance *instance, struct buffer *out)
{
    struct bytes shown;
    switch (instance->kind) {
    case CONTRACT_NULL: buffer_append(out, "null", 4); break;
    case CONTRACT_BOOLEAN: buffer_printf(out, "%s", instance->boolean ? "true" : "false"); break;
    case CONTRACT_NUMBER:
        shown = beginning(instance->text);
        buffer_printf(out, "the number %.*s%s", BYTES_ARG(shown),
                      shown.size < instance->text.size ? "…" : "");
        break;
    case CONTRACT_STRING:
        buffer_append(out, "the text ", 9);
        contract_text_quote(instance->text, out);
        break;
    case CONTRACT_ARRAY:
        buffer_printf(out, "a list of %u item%s", instance->count, instance->count == 1 ? "" : "s");
        break;
    default:
        buffer_printf(out, "an object with %u member%s", instance->count,
                      instance->count == 1 ? "" : "s");
        break;
    }
}

void contract_instance_write(const struct contract_instance *instance, struct json_writer *writer)
{
    switch (instance->kind) {
    case CONTRACT_NULL: json_null(writer); break;
    case CONTRACT_BOOLEAN: json_boolean(writer, instance->boolean); break;
    case CONTRACT_NUMBER: json_raw(writer, instance->text); break;
    case CONTRACT_STRING: json_string(writer, instance->text); break;
    case CONTRACT_ARRAY:
        json_array_open(writer);
        for (uint32_t i = 0; i < instance->count; i++)
            contract_instance_write(&instance->items[i], writer);
        json_array_close(writer);
        break;
    default:
        json_object_open(writer);
        for (uint32_t i = 0; i < instance->count; i++) {
            json_key_bytes(writer, instance->members[i].name);
            contract_instance_write(&instance->members[i].value, writer);
        }
        json_object_close(writer);
        break;
    }
}
