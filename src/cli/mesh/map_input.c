/* Cutting a file into records: lines, rows, or whatever the type of a request says. */
#include "cli/mesh/map_input.h"

#include "contract/header.h"
#include "contract/inbound.h"
#include "contract/records.h"

#include <stdio.h>

/* ---- what it is */

static bool ends_with(const char *text, const char *ending)
{
    size_t size = strlen(text), wanted = strlen(ending);
    return size > wanted && strcmp(text + size - wanted, ending) == 0;
}

const char *map_input_guess(const char *path, struct bytes content)
{
    static const struct {
        const char *ending;
        const char *type;
    } types[] = {
        {".json", "application/json"},
        {".csv", "text/csv"},
        {".ndjson", "application/x-ndjson"},
        {".jsonl", "application/x-ndjson"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ends_with(path, types[i].ending))
            return types[i].type;
    size_t at = 0;
    while (at < content.size && strchr(" \t\r\n", content.data[at]) != NULL)
        at++;
    bool json = at == content.size || strchr("{[\"", content.data[at]) != NULL;
    return json || memchr(content.data, '=', content.size) == NULL
               ? "application/json"
               : "application/x-www-form-urlencoded";
}

static bool is_type(struct bytes content_type, const char *const *names, size_t count)
{
    struct bytes rest, head = contract_header_head(content_type, &rest);
    for (size_t i = 0; i < count; i++)
        if (contract_header_is(head, names[i]))
            return true;
    return false;
}

/* ---- one body */

struct reading {
    const struct map_input *input;
    struct arena *arena;
    void (*visit)(void *context, const struct map_record *record);
    void *context;
};

static void read_body(const struct reading *reading, const char *content_type, struct bytes body,
                      struct map_record *record)
{
    const struct contract_header header = {BYTES_LITERAL("content-type"), bytes_of(content_type)};
    struct contract_inbounds found;
    contract_inbound_read(&header, 1, body, NULL, reading->arena, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct contract_inbound *item = &found.items[i];
        record->number++;
        record->payload = item->payload;
        record->event = item->event;
        record->texts = item->texts;
        record->key = item->key;
        record->error = item->error;
        reading->visit(reading->context, record);
    }
}

/* ---- lines */

static bool is_blank(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++)
        if (strchr(" \t\r", line.data[i]) == NULL)
            return false;
    return true;
}

static void read_lines(const struct reading *reading)
{
    struct bytes rest = reading->input->content;
    struct map_record record = {0};
    while (rest.size > 0 && record.number < reading->input->limit) {
        const char *end = memchr(rest.data, '\n', rest.size);
        struct bytes line = {rest.data, end == NULL ? rest.size : (size_t)(end - rest.data)};
        size_t taken = line.size + (end != NULL);
        rest = (struct bytes){rest.data + taken, rest.size - taken};
        record.line++;
        if (!is_blank(line))
            read_body(reading, "application/json", line, &record);
    }
}

/* ---- rows */

static enum contract_charset charset_of(const struct reading *reading, bool *ret_known)
{
    enum contract_charset charset = CONTRACT_UTF8;
    struct bytes name =
        contract_header_find(reading->input->content_type, "charset", reading->arena);
    *ret_known = name.data == NULL || contract_charset_find(name, &charset);
    return charset;
}

static int feed(struct contract_records *rows, struct bytes *rest, struct error *err)
{
    size_t size = rest->size;
    if (size == 0) {
        contract_records_end(rows);
        return 0;
    }
    if (size > CONTRACT_RECORDS_PIECE_MAX)
        size = CONTRACT_RECORDS_PIECE_MAX;
    struct bytes piece = {rest->data, size};
    *rest = (struct bytes){rest->data + size, rest->size - size};
    return contract_records_push(rows, piece, err);
}

static void *keep(struct arena *arena, const void *what, size_t size)
{
    return memcpy(arena_alloc(arena, size), what, size);
}

/* The next row, good or bad; false when there is none, or, with `err` set, can be none. */
static bool read_row(const struct reading *reading, struct contract_records *rows,
                     struct bytes *rest, struct map_record *record, struct error *err)
{
    struct contract_record row;
    struct error mistake;
    enum contract_records_result result;
    while ((result = contract_records_next(rows, reading->arena, &row, &mistake)) ==
           CONTRACT_RECORDS_MORE)
        if (feed(rows, rest, err) < 0)
            return false;
    if (result == CONTRACT_RECORDS_BROKEN)
        *err = mistake;
    if (result == CONTRACT_RECORDS_BROKEN || result == CONTRACT_RECORDS_END)
        return false;
    *record = (struct map_record){.number = row.number, .line = row.line};
    record->texts = true;
    if (result == CONTRACT_RECORDS_RECORD)
        record->payload = keep(reading->arena, &row.fields, sizeof row.fields);
    else
        record->error = keep(reading->arena, &mistake, sizeof mistake);
    return true;
}

static int read_rows(const struct reading *reading, struct error *err)
{
    bool known;
    struct contract_records_options options = {.charset = charset_of(reading, &known)};
    if (!known)
        return error_set(err, ML_EINVAL, "--content-type", "the charset is not one that is read");
    struct contract_records *rows = contract_records_new(&options);
    struct bytes rest = reading->input->content;
    struct map_record record;
    *err = (struct error){0};
    for (uint64_t i = 0; i < reading->input->limit; i++) {
        if (!read_row(reading, rows, &rest, &record, err))
            break;
        reading->visit(reading->context, &record);
    }
    contract_records_free(rows);
    return err->code;
}

int map_input_read(const struct map_input *input, struct arena *arena,
                   void (*visit)(void *context, const struct map_record *record), void *context,
                   struct error *err)
{
    static const char *const lines[] = {"application/x-ndjson", "application/ndjson",
                                        "application/jsonl", "application/x-jsonlines"};
    static const char *const rows[] = {"text/csv"};
    static const char *const forms[] = {"application/x-www-form-urlencoded"};
    const struct reading reading = {input, arena, visit, context};
    const struct contract_header header = {BYTES_LITERAL("content-type"), input->content_type};
    struct map_record record = {0};
    if (is_type(input->content_type, rows, 1))
        return read_rows(&reading, err);
    if (is_type(input->content_type, lines, sizeof lines / sizeof *lines)) {
        read_lines(&reading);
        return 0;
    }
    if (!contract_inbound_is_type(&header, 1))
        return error_set(err, ML_EINVAL, "--content-type",
                         "\"%.*s\" is not read; use application/json, application/x-ndjson, "
                         "text/csv, application/x-www-form-urlencoded, multipart/form-data with "
                         "its boundary, or application/cloudevents+json",
                         BYTES_ARG(input->content_type));
    struct bytes body = input->content;
    while (is_type(input->content_type, forms, 1) && body.size > 0 &&
           strchr("\r\n", body.data[body.size - 1]) != NULL)
        body.size--; /* the end of the line in a file, and not of the last field */
    read_body(&reading, arena_string(arena, input->content_type), body, &record);
    return 0;
}
