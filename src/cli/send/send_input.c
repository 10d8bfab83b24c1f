/* Reads what is to be sent. A large NDJSON file passes through a window of fixed size. */
#include "cli/send/send_input.h"

#include "base/json.h"
#include "contract/records.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

enum { WINDOW_SIZE = SEND_LINE_MAX + 1 };

const char *send_input_unit(const struct send_input *input)
{
    return input->format == SEND_NDJSON || input->format == SEND_CSV ? "line" : "item";
}

const char *send_input_type(const struct send_input *input)
{
    return input->format == SEND_CSV ? "text/csv; charset=utf-8" : "application/x-ndjson";
}

struct bytes send_input_head(const struct send_input *input)
{
    return buffer_bytes(&input->head);
}

/* Moves the unread part to the front and fills up behind it. */
static int fill(struct send_input *input, struct error *err)
{
    memmove(input->window, input->window + input->begin, input->end - input->begin);
    input->end -= input->begin;
    input->begin = 0;
    size_t room = WINDOW_SIZE - input->end;
    size_t size = fread(input->window + input->end, 1, room, input->file);
    input->end += size;
    input->at_end = size < room;
    if (ferror(input->file))
        return error_set(err, ML_EIO, input->name, "cannot be read: %m");
    return 0;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static size_t first_text(const struct send_input *input)
{
    size_t at = input->begin;
    while (at < input->end && is_space(input->window[at]))
        at++;
    return at;
}

/* Everything that is left, for a JSON document. */
static int read_rest(struct send_input *input, struct buffer *out, struct error *err)
{
    int code = 0;
    while (code == 0) {
        buffer_append(out, input->window + input->begin, input->end - input->begin);
        input->begin = input->end = 0;
        if (out->overflow)
            return error_set(err, ML_ELIMIT, input->name,
                             "a JSON document may have %d MiB; send NDJSON, one lead a line, "
                             "which has no limit",
                             SEND_DOCUMENT_MAX / 1024 / 1024);
        if (input->at_end)
            return 0;
        code = fill(input, err);
    }
    return code;
}

static int read_document(struct send_input *input, struct error *err)
{
    struct buffer text;
    struct error inner;
    buffer_init(&text, SEND_DOCUMENT_MAX);
    int code = read_rest(input, &text, err);
    input->taken = text.size;
    if (code == 0 && json_parse(buffer_bytes(&text), &input->document, &inner) < 0) {
        char place[160];
        snprintf(place, sizeof place, "%.100s%s%.40s", input->name, inner.place[0] ? ": " : "",
                 inner.place);
        code = error_set(err, ML_EINVAL, place, "%s", inner.message);
    }
    buffer_release(&text);
    return code;
}

/* Whether the window's first line is a JSON value of its own, as in NDJSON; a single object that
 * was printed over several lines is not. */
static bool is_lines(const struct send_input *input)
{
    size_t begin = first_text(input);
    const char *start = input->window + begin;
    const char *stop = memchr(start, '\n', input->end - begin);
    if (stop == NULL)
        return !input->at_end; /* one line only: the same either way */
    struct json_object *value = NULL;
    if (json_parse((struct bytes){start, (size_t)(stop - start)}, &value, NULL) == 0) {
        json_object_put(value);
        return true;
    }
    /* A broken first line of many is a line to refuse, not a reason to refuse the file. */
    if (json_parse((struct bytes){start, input->end - begin}, &value, NULL) == 0) {
        json_object_put(value);
        return false;
    }
    return *start == '{';
}

static bool is_csv_name(const char *name)
{
    size_t size = strlen(name);
    return size > 4 && strcasecmp(name + size - 4, ".csv") == 0;
}

static int find_format(struct send_input *input, bool csv, struct error *err)
{
    if (csv || is_csv_name(input->name)) {
        input->format = SEND_CSV;
        input->rows = contract_records_new(
            &(struct contract_records_options){.record_size = SEND_LINE_MAX, .keep_empty = true});
        return 0;
    }
    int code = fill(input, err);
    size_t at = first_text(input);
    if (code < 0 || at == input->end)
        return code;
    if (input->window[at] == '[')
        input->format = SEND_ARRAY;
    else if (is_lines(input))
        input->format = SEND_NDJSON;
    else
        input->format = SEND_OBJECT;
    return input->format == SEND_NDJSON ? 0 : read_document(input, err);
}

int send_input_open(struct send_input *input, const char *name, bool csv, struct error *err)
{
    struct stat status;
    *input = (struct send_input){.name = name};
    buffer_init(&input->text, SEND_DOCUMENT_MAX);
    buffer_init(&input->head, 2 * SEND_LINE_MAX);
    arena_init(&input->row);
    input->window = malloc(WINDOW_SIZE);
    if (input->window == NULL)
        panic("out of memory (input)");
    bool standard = strcmp(name, "-") == 0;
    if (standard)
        input->name = "standard input";
    input->file = standard ? stdin : fopen(name, "re");
    if (input->file == NULL)
        return error_set(err, errno == ENOENT ? ML_ENOTFOUND : ML_EIO, name, "cannot be read: %m");
    if (fstat(fileno(input->file), &status) == 0 && S_ISREG(status.st_mode))
        input->size = (uint64_t)status.st_size;
    return find_format(input, csv, err);
}

void send_input_close(struct send_input *input)
{
    if (input->file != NULL && input->file != stdin)
        fclose(input->file);
    json_object_put(input->document);
    contract_records_free(input->rows);
    arena_release(&input->row);
    buffer_release(&input->head);
    buffer_release(&input->text);
    free(input->window);
}

/* Passes over the rest of a line that does not fit into the window. */
static int skip_line(struct send_input *input, struct error *err)
{
    for (;;) {
        char *stop = memchr(input->window + input->begin, '\n', input->end - input->begin);
        size_t size = stop != NULL ? (size_t)(stop + 1 - input->window) - input->begin
                                   : input->end - input->begin;
        input->begin += size;
        input->taken += size;
        if (stop != NULL || input->at_end)
            return error_set(err, ML_ELIMIT, "", "the line is longer than %d bytes", SEND_LINE_MAX);
        int code = fill(input, err);
        if (code < 0)
            return code;
    }
}

/* One line, blank or not; 0 at the end. */
static int next_line(struct send_input *input, struct bytes *ret, struct error *err)
{
    for (bool filled = false;; filled = true) {
        char *start = input->window + input->begin;
        size_t left = input->end - input->begin;
        char *stop = left > 0 ? memchr(start, '\n', left) : NULL;
        if (stop == NULL && !input->at_end && !filled) {
            int code = fill(input, err);
            if (code < 0)
                return code;
            continue;
        }
        if (left == 0)
            return 0;
        input->number++;
        if (stop == NULL && !input->at_end)
            return skip_line(input, err);
        size_t size = stop != NULL ? (size_t)(stop - start) : left;
        size_t whole = stop != NULL ? size + 1 : size;
        input->begin += whole;
        input->taken += whole;
        *ret = (struct bytes){start, size};
        return 1;
    }
}

static bool is_blank(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++)
        if (!is_space(line.data[i]))
            return false;
    return true;
}

static int next_item(struct send_input *input, struct bytes *ret)
{
    struct json_object *item = input->document;
    if (input->format == SEND_ARRAY) {
        if (input->number >= json_object_array_length(input->document))
            return 0;
        item = json_object_array_get_idx(input->document, input->number);
    } else if (input->number > 0) {
        return 0;
    }
    input->number++;
    /* In one line, as NDJSON wants it. */
    const char *text = json_object_to_json_string_ext(item, JSON_C_TO_STRING_PLAIN |
                                                                JSON_C_TO_STRING_NOSLASHESCAPE);
    buffer_clear(&input->text);
    buffer_append_bytes(&input->text, bytes_of(text));
    *ret = buffer_bytes(&input->text);
    return 1;
}

/* ---- rows */

static int push_piece(struct send_input *input, struct error *err)
{
    int code = input->begin == input->end && !input->at_end ? fill(input, err) : 0;
    size_t size = input->end - input->begin;
    if (code < 0)
        return code;
    if (size == 0) {
        contract_records_end(input->rows);
        return 0;
    }
    if (size > CONTRACT_RECORDS_PIECE_MAX)
        size = CONTRACT_RECORDS_PIECE_MAX;
    struct bytes piece = {input->window + input->begin, size};
    input->begin += size;
    input->taken += size;
    return contract_records_push(input->rows, piece, err);
}

/* All names in quotes: whatever they hold, the server finds the same separator. */
static void write_head(struct send_input *input)
{
    size_t count;
    const struct bytes *names = contract_records_columns(input->rows, &count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_char(&input->head, contract_records_separator(input->rows));
        buffer_append_char(&input->head, '"');
        for (size_t at = 0; at < names[i].size; at++) {
            if (names[i].data[at] == '"')
                buffer_append_char(&input->head, '"');
            buffer_append_char(&input->head, names[i].data[at]);
        }
        buffer_append_char(&input->head, '"');
    }
    buffer_append_char(&input->head, '\n');
}

/* A quote that is never closed would swallow the rows behind it in the request. */
static bool is_torn(struct bytes row)
{
    size_t quotes = 0;
    for (size_t i = 0; i < row.size; i++)
        quotes += row.data[i] == '"';
    return quotes % 2 != 0;
}

/* A row that is wrong by itself goes out as it came: the server keeps it for a person to look at.
 */
static int next_row(struct send_input *input, struct bytes *ret, struct error *err)
{
    enum contract_records_result result;
    struct contract_record record;
    arena_reset(&input->row);
    while ((result = contract_records_next(input->rows, &input->row, &record, err)) ==
           CONTRACT_RECORDS_MORE) {
        int code = push_piece(input, err);
        if (code < 0)
            return code;
    }
    if (result == CONTRACT_RECORDS_END)
        return 0;
    if (result == CONTRACT_RECORDS_BROKEN)
        return error_set(err, ML_EINVAL, input->name, "the header row: %s",
                         arena_string(&input->row, bytes_of(err->message)));
    if (input->head.size == 0)
        write_head(input);
    input->number = record.line;
    if (result == CONTRACT_RECORDS_MISTAKE && err->code != ML_ELIMIT && is_torn(record.text))
        err->code = ML_ECORRUPT;
    if (result == CONTRACT_RECORDS_MISTAKE && (err->code == ML_ELIMIT || err->code == ML_ECORRUPT))
        return err->code;
    *ret = record.text;
    return 1;
}

int send_input_next(struct send_input *input, struct bytes *ret, struct error *err)
{
    if (input->format == SEND_CSV)
        return next_row(input, ret, err);
    if (input->format != SEND_NDJSON)
        return next_item(input, ret);
    int code;
    do
        code = next_line(input, ret, err);
    while (code == 1 && is_blank(*ret));
    return code;
}
