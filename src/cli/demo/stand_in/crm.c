/* A CRM with records of leads. It remembers idempotency keys, and nothing else keeps it from making
 * a second record for the same lead: that is its clients' business. */
#include "cli/demo/stand_in/stand_in.h"

#include "base/error.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

enum { REFERENCE_SIZE = 32, PAGE = 500 };

struct record {
    char reference[REFERENCE_SIZE]; /* what the client calls it */
    char status[32], owner[64];
    uint64_t changes;
};

struct crm {
    struct record *records; /* the n-th is C<n + 1> */
    size_t count, capacity;
    struct map by_reference; /* its first record, from 1 */
    struct map by_key;       /* the record that was made under it, from 1 */
};

static struct hash128 hash(struct bytes text)
{
    return hash128_of(&text, 1);
}

static void *open_crm(void)
{
    struct crm *crm = calloc(1, sizeof *crm);
    if (crm == NULL)
        panic("out of memory (stand-in)");
    map_init(&crm->by_reference);
    map_init(&crm->by_key);
    return crm;
}

static void close_crm(void *state)
{
    struct crm *crm = state;
    map_release(&crm->by_reference);
    map_release(&crm->by_key);
    free(crm->records);
    free(crm);
}

/* ---- records */

static void write_record(const struct crm *crm, size_t index, struct json_writer *json)
{
    const struct record *record = &crm->records[index];
    char id[24];
    snprintf(id, sizeof id, "C%zu", index + 1);
    json_object_open(json);
    json_member(json, "id", bytes_of(id));
    json_member(json, "reference", bytes_of(record->reference));
    json_member(json, "status", bytes_of(record->status));
    json_member(json, "owner", bytes_of(record->owner));
    json_member_unsigned(json, "changes", record->changes);
    json_object_close(json);
}

static void copy(char *to, size_t size, struct bytes from)
{
    snprintf(to, size, "%.*s", BYTES_ARG(from));
}

static void change(struct record *record, struct json_object *body)
{
    if (json_object_object_get_ex(body, "status", NULL))
        copy(record->status, sizeof record->status, json_member_text(body, "status"));
    if (json_object_object_get_ex(body, "owner", NULL))
        copy(record->owner, sizeof record->owner, json_member_text(body, "owner"));
    record->changes++;
}

static size_t add_record(struct crm *crm, struct bytes reference)
{
    if (crm->count == crm->capacity) {
        crm->capacity = crm->capacity > 0 ? 2 * crm->capacity : 1024;
        struct record *longer = realloc(crm->records, crm->capacity * sizeof *longer);
        if (longer == NULL)
            panic("out of memory (stand-in)");
        crm->records = longer;
    }
    struct record *record = &crm->records[crm->count++];
    *record = (struct record){0};
    copy(record->reference, sizeof record->reference, reference);
    if (map_find(&crm->by_reference, hash(reference)) == NULL)
        map_put(&crm->by_reference, hash(reference), crm->count);
    return crm->count - 1;
}

/* ---- calls */

static unsigned refuse(struct json_writer *json, unsigned status, const char *why)
{
    json_object_open(json);
    json_member(json, "error", bytes_of(why));
    json_object_close(json);
    return status;
}

static unsigned create(struct crm *crm, const struct stand_in_request *request,
                       struct json_writer *json)
{
    struct bytes reference = json_member_text(request->body, "reference");
    uint64_t *known = request->key.size > 0 ? map_find(&crm->by_key, hash(request->key)) : NULL;
    if (reference.size == 0)
        return refuse(json, 422, "a record needs a reference");
    if (known != NULL) {
        write_record(crm, *known - 1, json);
        return 200;
    }
    size_t index = add_record(crm, reference);
    if (request->key.size > 0)
        map_put(&crm->by_key, hash(request->key), index + 1);
    change(&crm->records[index], request->body);
    write_record(crm, index, json);
    return 201;
}

static unsigned update(struct crm *crm, const struct stand_in_request *request, struct bytes id,
                       struct json_writer *json)
{
    uint64_t number = 0;
    bool good = id.size > 1 && id.data[0] == 'C';
    for (size_t i = 1; good && i < id.size; i++) {
        good = id.data[i] >= '0' && id.data[i] <= '9' && number < UINT32_MAX;
        number = number * 10 + (uint64_t)(id.data[i] - '0');
    }
    if (!good || number == 0 || number > crm->count)
        return refuse(json, 404, "there is no such record");
    change(&crm->records[number - 1], request->body);
    write_record(crm, (size_t)number - 1, json);
    return 200;
}

static unsigned find(struct crm *crm, struct bytes reference, struct json_writer *json)
{
    json_object_open(json);
    json_key(json, "items");
    json_array_open(json);
    const uint64_t *first = map_find(&crm->by_reference, hash(reference));
    if (first != NULL)
        write_record(crm, (size_t)*first - 1, json);
    json_array_close(json);
    json_object_close(json);
    return 200;
}

/* A page, in the order in which the records were made. */
static unsigned list(struct crm *crm, struct bytes after, struct json_writer *json)
{
    char next[24] = "", text[24];
    copy(text, sizeof text, after);
    size_t from = (size_t)strtoull(text, NULL, 10), to = from + PAGE;
    json_object_open(json);
    json_key(json, "items");
    json_array_open(json);
    for (size_t i = from; i < crm->count && i < to; i++)
        write_record(crm, i, json);
    json_array_close(json);
    if (to < crm->count)
        snprintf(next, sizeof next, "%zu", to);
    json_member(json, "next", bytes_of(next));
    json_object_close(json);
    return 200;
}

static unsigned answer(void *state, const struct stand_in_request *request,
                       struct json_writer *json)
{
    static const char prefix[] = "/leads/";
    const size_t prefix_size = sizeof prefix - 1;
    bool collection = bytes_is(request->path, "/leads");
    if (collection && bytes_is(request->method, "POST"))
        return create(state, request, json);
    if (collection && bytes_is(request->method, "GET"))
        return request->reference.size > 0 ? find(state, request->reference, json)
                                           : list(state, request->after, json);
    if (bytes_is(request->method, "PATCH") && request->path.size > prefix_size &&
        memcmp(request->path.data, prefix, prefix_size) == 0)
        return update(
            state, request,
            (struct bytes){request->path.data + prefix_size, request->path.size - prefix_size},
            json);
    return refuse(json, 404, "there is no such call");
}

static uint64_t kept(const void *state)
{
    return ((const struct crm *)state)->count;
}

const struct stand_in_kind stand_in_crm = {.name = "crm",
                                           .open = open_crm,
                                           .close = close_crm,
                                           .answer = answer,
                                           .kept = kept,
                                           .reads_fast = true};
