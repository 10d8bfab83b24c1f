/* What partners are told of violations of their contracts: the kinds that wait for the next digest,
 * as the core keeps them (I2; the rules stand in core.h), and the notices that are to be delivered.
 */
#include "store/internal.h"

#include "base/id.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

static void free_violation(struct store_violation *violation)
{
    free(violation->kind);
    free(violation->message);
}

static void forget_all(struct store_source *source)
{
    for (uint32_t i = 0; i < source->violation_count; i++)
        free_violation(&source->violations[i]);
    source->violation_count = 0;
}

void store_violations_release(struct store_source *source)
{
    forget_all(source);
    free(source->violations);
}

/* ---- counting */

static struct store_violation *find(struct store_source *source, uint32_t contract,
                                    struct bytes kind)
{
    for (uint32_t i = 0; i < source->violation_count; i++)
        if (source->violations[i].contract == contract &&
            bytes_is(kind, source->violations[i].kind))
            return &source->violations[i];
    return NULL;
}

static struct store_violation *add(struct store_source *source, uint32_t contract,
                                   struct bytes kind)
{
    source->violations =
        store_grow(source->violations, source->violation_count, sizeof *source->violations);
    struct store_violation *violation = &source->violations[source->violation_count++];
    *violation = (struct store_violation){
        .contract = contract, .kind = store_copy(kind), .message = store_copy((struct bytes){0})};
    return violation;
}

/* The violation that an event of that kind counts in. */
static struct store_violation *counted(struct store_source *source, const struct core_event *event)
{
    struct store_violation *violation =
        find(source, event->refused.contract, event->refused.violation);
    if (violation == NULL && source->violation_count < CORE_VIOLATIONS_MAX - 1)
        violation = add(source, event->refused.contract, event->refused.violation);
    if (violation == NULL)
        violation = find(source, 0, BYTES_LITERAL(CORE_VIOLATION_OTHER));
    if (violation == NULL)
        violation = add(source, 0, BYTES_LITERAL(CORE_VIOLATION_OTHER));
    return violation;
}

void store_violation_count(struct store_source *source, const struct core_event *event)
{
    struct store_violation *violation = counted(source, event);
    if (violation->first_us == 0)
        violation->first_us = event->time_us;
    violation->last_us = event->time_us;
    violation->count++;
    memmove(&violation->examples[1], violation->examples,
            sizeof violation->examples - sizeof *violation->examples);
    violation->examples[0] = event->dead_letter;
    free(violation->message);
    violation->message = store_copy(event->refused.message);
    violation->dirty = true;
}

static void forget_quiet(struct store_source *source)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < source->violation_count; i++) {
        struct store_violation *violation = &source->violations[i];
        if (violation->count == 0) {
            free_violation(violation);
            continue;
        }
        violation->count = 0;
        source->violations[kept++] = *violation;
    }
    source->violation_count = kept;
}

void store_violations_tell(struct store_source *source, const struct core_event *event)
{
    source->violations_moved = true;
    if (event->notice.digest && event->notice.next_us == 0) {
        forget_all(source);
    } else if (event->notice.digest) {
        forget_quiet(source);
    } else {
        const struct core_notice_item *item = event->notice.items;
        struct store_violation *violation = find(source, item->contract, item->violation);
        if (violation != NULL)
            violation->count = 0;
    }
}

/* ---- rows */

const char store_violation_rows[] =
    "SELECT source, contract, kind, message, count, examples, first_us, last_us FROM violations "
    "ORDER BY source, position";

int store_violation_read(struct store *store, sqlite3_stmt *row, struct error *err)
{
    uint32_t at = store_source_find(store, store_column_text(row, 0));
    JSON_AUTO *examples = NULL;
    if (at == CORE_NONE || json_parse(store_column_text(row, 5), &examples, NULL) != 0 ||
        !json_object_is_type(examples, json_type_array))
        return error_set(err, ML_ECORRUPT, store->path,
                         "table violations has a row of an unknown source or without examples; run "
                         "`meshline rebuild`");
    struct store_violation *violation =
        add(&store->sources.items[at], (uint32_t)sqlite3_column_int64(row, 1),
            store_column_text(row, 2));
    free(violation->message);
    violation->message = store_copy(store_column_text(row, 3));
    violation->count = (uint64_t)sqlite3_column_int64(row, 4);
    for (size_t i = 0; i < CORE_NOTICE_EXAMPLES_MAX && i < json_object_array_length(examples); i++)
        violation->examples[i] =
            (uint64_t)json_object_get_int64(json_object_array_get_idx(examples, i));
    violation->first_us = sqlite3_column_int64(row, 6);
    violation->last_us = sqlite3_column_int64(row, 7);
    return 0;
}

static int write_violation(struct store *store, const struct store_source *source,
                           uint32_t position, struct error *err)
{
    const struct store_violation *violation = &source->violations[position];
    sqlite3_stmt *write = store->statements[STORE_VIOLATION_WRITE];
    struct buffer examples;
    struct json_writer json;
    buffer_init(&examples, 1024);
    json_begin(&json, &examples);
    json_array_open(&json);
    for (int i = 0; i < CORE_NOTICE_EXAMPLES_MAX && violation->examples[i] != 0; i++)
        json_unsigned(&json, violation->examples[i]);
    json_array_close(&json);
    store_bind_text(write, 1, bytes_of(source->id));
    sqlite3_bind_int64(write, 2, (int64_t)position + 1);
    sqlite3_bind_int64(write, 3, violation->contract);
    store_bind_string(write, 4, bytes_of(violation->kind));
    store_bind_string(write, 5, bytes_of(violation->message));
    sqlite3_bind_int64(write, 6, (int64_t)violation->count);
    store_bind_text(write, 7, buffer_bytes(&examples));
    sqlite3_bind_int64(write, 8, violation->first_us);
    sqlite3_bind_int64(write, 9, violation->last_us);
    int code = store_run(store, STORE_VIOLATION_WRITE, err);
    buffer_release(&examples);
    return code;
}

int store_violations_write(struct store *store, struct store_source *source, struct error *err)
{
    int code = 0;
    if (source->violations_moved) {
        store_bind_text(store->statements[STORE_VIOLATIONS_REMOVE], 1, bytes_of(source->id));
        code = store_run(store, STORE_VIOLATIONS_REMOVE, err);
    }
    for (uint32_t i = 0; code == 0 && i < source->violation_count; i++) {
        if (!source->violations[i].dirty && !source->violations_moved)
            continue;
        code = write_violation(store, source, i, err);
        source->violations[i].dirty = false;
    }
    source->violations_moved = false;
    return code;
}
