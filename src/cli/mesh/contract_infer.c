/* meshline contract infer: a draft of a schema, from samples of what a partner sends. */
#include "cli/contract.h"

#include "base/json_lines.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "contract/infer.h"
#include "contract/records.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool as_json;

static const struct option_row options[] = {
    {"json", OPTION_FLAG, &as_json, NULL, "prints the schema in one line"},
};

static const struct usage usage = {
    .command = "contract infer",
    .arguments = "SAMPLES… [--json]",
    .about =
        "Drafts a JSON Schema (2020-12) from samples: files with one JSON object, a JSON array\n"
        "of them, NDJSON (one a line), or CSV with a header row (*.csv); \"-\" is standard\n"
        "input. Every sample is valid under the draft.\n"
        "\n"
        "Samples cannot tell what may be left out later, how long a text may be, or which\n"
        "other fields may come: read the draft before it is agreed upon.\n",
    .examples = "  meshline contract infer samples.ndjson > contracts/partner-portal/1.json\n"
                "  meshline contract infer monday.json tuesday.json\n"
                "  meshline contract infer fair.csv\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 10000,
    .operand = "SAMPLES",
};

enum {
    FILE_SIZE_MAX = 64 * 1024 * 1024,
    SAMPLES_MAX = 1000 * 1000,
    SCHEMA_MAX = 16 * 1024 * 1024,
    COLUMNS = 100, /* of a line of the schema */
};

/* Of a CSV file; the names of the columns are its own, so it lives as long as the samples. */
struct reader_link {
    struct contract_records *reader;
    struct reader_link *next;
};

struct samples {
    struct arena arena;
    struct reader_link *readers;
    const struct contract_instance **items;
    size_t count, capacity;
};

static void release(struct samples *samples)
{
    for (struct reader_link *link = samples->readers; link != NULL; link = link->next)
        contract_records_free(link->reader);
    arena_release(&samples->arena);
}

static int add(struct samples *samples, const struct contract_instance *item, struct error *err)
{
    if (samples->count == SAMPLES_MAX)
        return error_set(err, ML_ELIMIT, "", "more than %d samples; a few hundred say as much",
                         SAMPLES_MAX);
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity == 0 ? 256 : 2 * samples->capacity;
        const struct contract_instance **items =
            arena_array(&samples->arena, capacity, sizeof *items);
        if (samples->count > 0)
            memcpy(items, samples->items, samples->count * sizeof *items);
        samples->items = items;
        samples->capacity = capacity;
    }
    samples->items[samples->count++] = item;
    return 0;
}

/* ---- the formats */

static int push_piece(struct contract_records *reader, struct bytes *text, struct error *err)
{
    size_t size = text->size < CONTRACT_RECORDS_PIECE_MAX ? text->size : CONTRACT_RECORDS_PIECE_MAX;
    if (size == 0) {
        contract_records_end(reader);
        return 0;
    }
    int code = contract_records_push(reader, (struct bytes){text->data, size}, err);
    text->data += size;
    text->size -= size;
    return code;
}

static int read_csv(struct bytes text, struct samples *samples, struct error *err)
{
    struct reader_link *link = arena_alloc(&samples->arena, sizeof *link);
    *link = (struct reader_link){contract_records_new(NULL), samples->readers};
    samples->readers = link;
    for (int code = 0; code == 0;) {
        struct contract_record record;
        struct contract_instance *item;
        switch (contract_records_next(link->reader, &samples->arena, &record, err)) {
        case CONTRACT_RECORDS_MORE: code = push_piece(link->reader, &text, err); break;
        case CONTRACT_RECORDS_RECORD:
            item = arena_alloc(&samples->arena, sizeof *item);
            *item = record.fields;
            code = add(samples, item, err);
            break;
        case CONTRACT_RECORDS_END: return 0;
        case CONTRACT_RECORDS_MISTAKE:
        case CONTRACT_RECORDS_BROKEN: code = err->code; break;
        }
    }
    return err->code; /* a draft from half of the samples would look like one from all */
}

static const struct contract_limits limits = {
    .size = FILE_SIZE_MAX, .depth = CONTRACT_DEPTH_MAX, .nodes = 50 * 1000 * 1000};

static bool is_blank(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++)
        if (strchr(" \t\r", line.data[i]) == NULL || line.data[i] == '\0')
            return false;
    return true;
}

static struct bytes take_line(struct bytes *text)
{
    const char *stop = memchr(text->data, '\n', text->size);
    size_t size = stop != NULL ? (size_t)(stop - text->data) : text->size;
    struct bytes line = {text->data, size};
    size_t whole = stop != NULL ? size + 1 : size;
    text->data += whole;
    text->size -= whole;
    return line;
}

static int read_lines(struct bytes text, struct samples *samples, struct error *err)
{
    int code = 0;
    for (size_t number = 1; code == 0 && text.size > 0; number++) {
        const struct contract_instance *item;
        struct bytes line = take_line(&text);
        if (is_blank(line))
            continue;
        code = contract_instance_parse(line, &limits, &samples->arena, &item, err);
        if (code == 0)
            code = add(samples, item, err);
        else /* the place is "1:column" */
            snprintf(err->place, sizeof err->place, "%zu:%s", number,
                     strchr(err->place, ':') != NULL
                         ? arena_string(&samples->arena, bytes_of(strchr(err->place, ':') + 1))
                         : "1");
    }
    return code;
}

/* A first line that is JSON by itself, with more behind it, is one of many. */
static bool is_lines(struct bytes text, struct samples *samples)
{
    const struct contract_instance *item;
    struct bytes line = take_line(&text);
    return !is_blank(text) &&
           contract_instance_parse(line, &limits, &samples->arena, &item, NULL) == 0;
}

static int read_json(struct bytes text, struct samples *samples, struct error *err)
{
    const struct contract_instance *whole;
    if (is_lines(text, samples))
        return read_lines(text, samples, err);
    int code = contract_instance_parse(text, &limits, &samples->arena, &whole, err);
    if (code < 0 || whole->kind != CONTRACT_ARRAY)
        return code < 0 ? code : add(samples, whole, err);
    for (uint32_t i = 0; code == 0 && i < whole->count; i++)
        code = add(samples, &whole->items[i], err);
    return code;
}

static bool is_csv(const char *path)
{
    size_t size = strlen(path);
    return size > 4 && strcasecmp(path + size - 4, ".csv") == 0;
}

static int read_file(const char *path, struct samples *samples, struct error *err)
{
    struct buffer content;
    buffer_init(&content, FILE_SIZE_MAX);
    *err = (struct error){0};
    int code = input_read(path, &content, err);
    struct bytes text = arena_copy(&samples->arena, buffer_bytes(&content));
    buffer_release(&content);
    if (code < 0)
        return code;
    code = is_csv(path) ? read_csv(text, samples, err) : read_json(text, samples, err);
    if (code < 0) {
        char place[sizeof err->place];
        /* "line 5" of a CSV, as editors know it: file:5 */
        const char *within = err->place + (strncmp(err->place, "line ", 5) == 0 ? 5 : 0);
        snprintf(place, sizeof place, "%.110s%s%.40s", path, within[0] != '\0' ? ":" : "", within);
        memcpy(err->place, place, sizeof place);
    }
    return code;
}

/* ---- printing */

static int print_schema(const struct samples *samples, struct error *err)
{
    struct buffer schema, text;
    buffer_init(&schema, SCHEMA_MAX);
    buffer_init(&text, 8 * (size_t)SCHEMA_MAX);
    contract_infer(samples->items, samples->count, &schema);
    if (!as_json)
        json_lines(buffer_bytes(&schema), COLUMNS, &text);
    bool overflow = schema.overflow || text.overflow;
    if (!overflow)
        puts(buffer_string(as_json ? &schema : &text));
    buffer_release(&schema);
    buffer_release(&text);
    return overflow ? error_set(err, ML_ELIMIT, "", "the schema would be larger than %d MiB",
                                SCHEMA_MAX / 1024 / 1024)
                    : 0;
}

int contract_infer_command(int argc, char **argv)
{
    int first, exit_code, code = 0;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    struct samples samples = {0};
    struct error err;
    arena_init(&samples.arena);
    for (int i = first; code == 0 && i < argc; i++)
        code = read_file(argv[i], &samples, &err);
    if (code == 0 && samples.count == 0)
        code = error_set(&err, ML_EINVAL, argv[first], "there is no record in it");
    if (code == 0)
        code = print_schema(&samples, &err);
    release(&samples);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
