/* The compact form of a lead in memory: one presence bit per field, then the present values in
 * canonical order.
 *
 *   integer  zigzag varint          boolean  one byte        number  8 bytes as they are in memory
 *   string   varint size, bytes     list     varint count, then strings
 *
 * It never leaves the process (the journal has JSON), so byte order is the machine's. */
#include "policy/internal.h"

static const enum cel_kind packed_kinds[] = {
    [POLICY_STRING] = CEL_STRING, [POLICY_INTEGER] = CEL_INT,  [POLICY_NUMBER] = CEL_DOUBLE,
    [POLICY_BOOLEAN] = CEL_BOOL,  [POLICY_STRINGS] = CEL_LIST,
};

static size_t varint_size(uint64_t value)
{
    return value < 0x80 ? 1 : (size_t)(70 - __builtin_clzll(value)) / 7;
}

static char *put_varint(char *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (char)(value | 0x80);
    *at++ = (char)value;
    return at;
}

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static size_t value_size(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_STRING: return varint_size(value->string.size) + value->string.size;
    case CEL_INT: return varint_size(zigzag(value->integer));
    case CEL_DOUBLE: return sizeof value->number;
    case CEL_BOOL: return 1;
    case CEL_LIST: {
        size_t size = varint_size(value->count);
        for (uint32_t i = 0; i < value->count; i++)
            size += value_size(&value->items[i]);
        return size;
    }
    default: return 0;
    }
}

static char *put_value(char *at, const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_STRING:
        at = put_varint(at, value->string.size);
        if (value->string.size > 0)
            memcpy(at, value->string.data, value->string.size);
        return at + value->string.size;
    case CEL_INT: return put_varint(at, zigzag(value->integer));
    case CEL_DOUBLE: memcpy(at, &value->number, sizeof value->number); return at + 8;
    case CEL_BOOL: *at = value->boolean; return at + 1;
    case CEL_LIST:
        at = put_varint(at, value->count);
        for (uint32_t i = 0; i < value->count; i++)
            at = put_value(at, &value->items[i]);
        return at;
    default: return at;
    }
}

void policy_record_pack(const struct policy_schema *schema, const struct cel_value *values,
                        struct buffer *out)
{
    size_t bitmap_size = (schema->count + 7) / 8;
    size_t size = bitmap_size;
    for (size_t i = 0; i < schema->count; i++)
        size += value_size(&values[i]);
    char *bitmap = buffer_reserve(out, size);
    if (bitmap == NULL)
        return;
    memset(bitmap, 0, bitmap_size);
    char *at = bitmap + bitmap_size;
    for (size_t i = 0; i < schema->count; i++) {
        if (values[i].kind == CEL_ABSENT)
            continue;
        ML_ASSERT(values[i].kind == packed_kinds[schema->fields[i].type]);
        bitmap[i / 8] = (char)(bitmap[i / 8] | 1 << i % 8);
        at = put_value(at, &values[i]);
    }
    buffer_commit(out, size);
}

/* Reading asserts its bounds: a record that was not packed by us is a bug, not an input. */
struct unpacking {
    const char *at;
    const char *end;
};

static uint64_t take_varint(struct unpacking *unpacking)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        ML_ASSERT(unpacking->at < unpacking->end && shift < 64);
        unsigned char byte = (unsigned char)*unpacking->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
}

static const char *take_bytes(struct unpacking *unpacking, size_t size)
{
    ML_ASSERT(size <= (size_t)(unpacking->end - unpacking->at));
    const char *bytes = unpacking->at;
    unpacking->at += size;
    return bytes;
}

static struct cel_value take_string(struct unpacking *unpacking)
{
    size_t size = take_varint(unpacking);
    return cel_string((struct bytes){take_bytes(unpacking, size), size});
}

static struct cel_value take_list(struct unpacking *unpacking, struct arena *arena)
{
    uint32_t count = (uint32_t)take_varint(unpacking);
    ML_ASSERT(count <= POLICY_LIST_MAX);
    struct cel_value *items = arena_alloc(arena, count * sizeof *items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = take_string(unpacking);
    return (struct cel_value){.kind = CEL_LIST, .count = count, .items = items};
}

static struct cel_value take_value(struct unpacking *unpacking, enum policy_type type,
                                   struct arena *arena)
{
    uint64_t number;
    double floating;
    switch (type) {
    case POLICY_INTEGER:
        number = take_varint(unpacking);
        return cel_int((int64_t)(number >> 1 ^ (0 - (number & 1))));
    case POLICY_NUMBER:
        memcpy(&floating, take_bytes(unpacking, sizeof floating), sizeof floating);
        return cel_double(floating);
    case POLICY_BOOLEAN: return cel_bool(*take_bytes(unpacking, 1) != 0);
    case POLICY_STRINGS: return take_list(unpacking, arena);
    default: return take_string(unpacking);
    }
}

void policy_record_unpack(const struct policy_schema *schema, struct bytes packed,
                          struct arena *arena, struct cel_value *ret_values)
{
    struct unpacking unpacking = {packed.data, packed.data + packed.size};
    const char *bitmap = take_bytes(&unpacking, (schema->count + 7) / 8);
    for (size_t i = 0; i < schema->count; i++) {
        bool present = (bitmap[i / 8] >> i % 8 & 1) != 0;
        ret_values[i] = present ? take_value(&unpacking, schema->fields[i].type, arena)
                                : (struct cel_value){.kind = CEL_ABSENT};
    }
}
