/* CSV in pieces. A scanner, which knows quotes and nothing else, finds where a record ends, once
 * per byte; the grammar itself is that of base/csv.h, applied to one record at a time.
 *
 * After a mistake of quotes the reading goes on at the line behind the one where the record began:
 * a quote that was opened by accident must not swallow the lines that follow. The work stays
 * linear: an open quote reaches no further than to the next line with an odd number of quotes, and
 * the lines in between, which have an even one, open none. */
#include "contract/records.h"

#include "base/csv.h"
#include "contract/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum scan { CELL_BEGINS, PLAIN, QUOTED, QUOTE_IN_QUOTED };

struct contract_records {
    struct contract_records_options options;
    struct contract_decoder decoder;
    struct buffer text; /* decoded, not yet handed out from `at` on */
    size_t at;          /* where the next record begins */
    size_t scanned;     /* up to where its end has been looked for */
    size_t next_line;   /* where the line behind its first one begins; 0: not seen */
    enum scan scan;
    bool ended;
    bool torn;       /* the newest mistake is one of quotes */
    bool skipping;   /* the rest of a line that is too long */
    uint64_t line;   /* of `at` */
    uint64_t number; /* of the newest record */
    char separator;  /* 0: not known yet */

    struct arena names_arena;
    struct bytes *names;
    size_t name_count; /* 0: the header row is not read yet */
    struct arena work; /* of the CSV reader */
    struct csv_cell *cells;
    bool broken;
    struct error why; /* when broken */
};

struct contract_records *contract_records_new(const struct contract_records_options *options)
{
    struct contract_records *reader = calloc(1, sizeof *reader);
    ML_ASSERT(reader != NULL);
    if (options != NULL)
        reader->options = *options;
    if (reader->options.record_size == 0)
        reader->options.record_size = CONTRACT_RECORD_SIZE_DEFAULT;
    if (reader->options.columns == 0)
        reader->options.columns = CONTRACT_COLUMNS_DEFAULT;
    reader->separator = reader->options.separator;
    reader->line = 1;
    contract_decoder_init(&reader->decoder, reader->options.charset);
    buffer_init(&reader->text,
                reader->options.record_size + 3 * (size_t)CONTRACT_RECORDS_PIECE_MAX + 64);
    arena_init(&reader->names_arena);
    arena_init(&reader->work);
    reader->cells = calloc(reader->options.columns, sizeof *reader->cells);
    ML_ASSERT(reader->cells != NULL);
    return reader;
}

void contract_records_free(struct contract_records *reader)
{
    if (reader == NULL)
        return;
    buffer_release(&reader->text);
    arena_release(&reader->names_arena);
    arena_release(&reader->work);
    free(reader->cells);
    free(reader);
}

/* ---- bytes in */

/* Only what has been handed out makes room, so a piece moves a byte at most once for each record.
 */
static void drop_consumed(struct contract_records *reader)
{
    if (reader->at == 0)
        return;
    size_t left = reader->text.size - reader->at;
    memmove(reader->text.data, reader->text.data + reader->at, left);
    reader->text.size = left;
    reader->scanned -= reader->at;
    reader->next_line -= reader->next_line > 0 ? reader->at : 0;
    reader->at = 0;
}

int contract_records_push(struct contract_records *reader, struct bytes piece, struct error *err)
{
    if (piece.size > CONTRACT_RECORDS_PIECE_MAX)
        return error_set(err, ML_ELIMIT, "", "a piece is longer than %d bytes",
                         CONTRACT_RECORDS_PIECE_MAX);
    ML_ASSERT(!reader->ended);
    if (reader->broken)
        return 0;
    drop_consumed(reader);
    ML_ASSERT(reader->text.size <= reader->options.record_size + 1);
    contract_decoder_push(&reader->decoder, piece, &reader->text);
    return 0;
}

void contract_records_end(struct contract_records *reader)
{
    if (reader->ended)
        return;
    drop_consumed(reader);
    contract_decoder_end(&reader->decoder, &reader->text);
    reader->ended = true;
}

/* ---- where a record ends */

static bool is_separator(const struct contract_records *reader, char c)
{
    if (reader->separator != 0)
        return c == reader->separator;
    return c == ',' || c == ';' || c == '\t';
}

static enum scan scan_next(const struct contract_records *reader, char c)
{
    if (reader->scan == QUOTED)
        return c == '"' ? QUOTE_IN_QUOTED : QUOTED;
    if (reader->scan == QUOTE_IN_QUOTED && c == '"')
        return QUOTED;
    if (is_separator(reader, c))
        return CELL_BEGINS;
    if (reader->scan == CELL_BEGINS)
        return c == '"' ? QUOTED : c == ' ' || c == '\t' ? CELL_BEGINS : PLAIN;
    return PLAIN;
}

/* True when it was found: `scanned` is then behind the line's end. Looks no further than a record
 * may be long. */
static bool scan_record(struct contract_records *reader)
{
    size_t limit = reader->text.size;
    if (limit - reader->at > reader->options.record_size)
        limit = reader->at + reader->options.record_size;
    while (reader->scanned < limit) {
        char c = reader->text.data[reader->scanned++];
        if (c == '\n' && reader->next_line == 0)
            reader->next_line = reader->scanned;
        if (c == '\n' && reader->scan != QUOTED)
            return true;
        reader->scan = scan_next(reader, c);
    }
    return false;
}

/* The next record begins at `to`. */
static void move_to(struct contract_records *reader, size_t to)
{
    const char *data = reader->text.data;
    for (size_t i = reader->at; i < to; i++)
        reader->line += data[i] == '\n';
    reader->at = to;
    reader->scanned = to;
    reader->next_line = 0;
    reader->scan = CELL_BEGINS;
}

/* Passes over the rest of a line; false when its end has not come yet. */
static bool skip_line(struct contract_records *reader)
{
    const char *end = NULL;
    if (reader->at < reader->text.size)
        end = memchr(reader->text.data + reader->at, '\n', reader->text.size - reader->at);
    move_to(reader, end != NULL ? (size_t)(end - reader->text.data) + 1 : reader->text.size);
    reader->skipping = end == NULL && !reader->ended;
    return !reader->skipping;
}

/* ---- what is wrong with it */

static struct bytes without_line_end(struct bytes text)
{
    if (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (text.size > 0 && text.data[text.size - 1] == '\r')
        text.size--;
    return text;
}

static int fail(const struct contract_records *reader, uint64_t line_in_record, struct error *err,
                const char *message)
{
    char place[40];
    snprintf(place, sizeof place, "line %" PRIu64, reader->line + line_in_record);
    return error_set(err, ML_EINVAL, place, "%s", message);
}

static int check_text(const struct contract_records *reader, struct bytes text, struct error *err)
{
    if (!bytes_is_utf8(text))
        return fail(reader, 0, err,
                    "the record is not text in the encoding that was announced; save the file as "
                    "UTF-8, or name its encoding as charset in Content-Type");
    if (memchr(text.data, '\0', text.size) != NULL)
        return fail(reader, 0, err,
                    "the record holds a NUL character; save the file as UTF-8, or as UTF-16 with a "
                    "byte order mark");
    return 0;
}

/* The cells of one record. 1: there are some, 0: it is an empty line, ML_…: it is wrong. */
static int read_cells(struct contract_records *reader, struct bytes text, size_t *ret_count,
                      struct error *err)
{
    struct csv_reader csv = {.text = text,
                             .separator = reader->separator != 0 ? reader->separator : ',',
                             .work = &reader->work,
                             .line = 1,
                             .row_line = 1};
    switch (csv_read(&csv, reader->cells, reader->options.columns, ret_count)) {
    case CSV_END: return 0;
    case CSV_MISTAKE: {
        uint32_t line, column;
        reader->torn = true;
        csv_place(&csv, csv.mistake_at, &line, &column);
        return fail(reader, line - 1, err, csv.mistake);
    }
    default: return text.size > 0 && check_text(reader, text, err) < 0 ? ML_EINVAL : 1;
    }
}

/* ---- the header row */

/* That of the three which stands most often outside of quotes; of equals the first. */
static char find_separator(struct bytes row)
{
    static const char separators[] = {',', ';', '\t'};
    size_t counts[sizeof separators] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < row.size; i++) {
        quoted = quoted != (row.data[i] == '"');
        for (size_t s = 0; s < sizeof separators && !quoted; s++)
            counts[s] += row.data[i] == separators[s];
    }
    for (size_t s = 1; s < sizeof separators; s++)
        best = counts[s] > counts[best] ? s : best;
    return separators[best];
}

static int check_names(const struct contract_records *reader, size_t count, struct error *err)
{
    char message[1024];
    if (count > reader->options.columns) {
        snprintf(message, sizeof message, "the header row has %zu columns; at most %zu are read",
                 count, reader->options.columns);
        return fail(reader, 0, err, message);
    }
    for (size_t i = 0; i < count; i++) {
        if (reader->cells[i].text.size == 0) {
            snprintf(message, sizeof message,
                     "column %zu has no name; the first row must name every column", i + 1);
            return fail(reader, 0, err, message);
        }
        for (size_t other = 0; other < i; other++) {
            struct bytes name = reader->cells[i].text;
            if (!bytes_equal(name, reader->cells[other].text))
                continue;
            struct buffer quoted;
            buffer_init(&quoted, sizeof message);
            contract_text_quote(name, &quoted);
            snprintf(message, sizeof message,
                     "columns %zu and %zu have the same name %s; give each its own", other + 1,
                     i + 1, buffer_string(&quoted));
            buffer_release(&quoted);
            return fail(reader, 0, err, message);
        }
    }
    return 0;
}

/* Spreadsheets write separators behind the last column: those columns are none. */
static int read_header(struct contract_records *reader, struct bytes text, struct error *err)
{
    size_t count = 0;
    int status = read_cells(reader, text, &count, err);
    if (status <= 0)
        return status;
    while (count > 0 && count <= reader->options.columns && reader->cells[count - 1].text.size == 0)
        count--;
    status = count > 0 ? check_names(reader, count, err)
                       : fail(reader, 0, err, "the first row must name the columns");
    if (status < 0)
        return status;
    reader->names = arena_array(&reader->names_arena, count, sizeof *reader->names);
    for (size_t i = 0; i < count; i++)
        reader->names[i] = arena_copy(&reader->names_arena, reader->cells[i].text);
    reader->name_count = count;
    return 1;
}

const struct bytes *contract_records_columns(const struct contract_records *reader,
                                             size_t *ret_count)
{
    *ret_count = reader->name_count;
    return reader->names;
}

char contract_records_separator(const struct contract_records *reader)
{
    return reader->separator;
}

/* ---- records */

static int check_cells(const struct contract_records *reader, size_t count, struct error *err)
{
    char message[200];
    bool more = count > reader->options.columns;
    for (size_t i = reader->name_count; i < count && !more; i++)
        more = reader->cells[i].text.size > 0;
    if (!more && count >= reader->name_count)
        return 0;
    snprintf(message, sizeof message,
             "the record has %zu %s and the header row %zu; quote cells that hold separators, "
             "and write empty cells for what is missing",
             count, count == 1 ? "cell" : "cells", reader->name_count);
    return fail(reader, 0, err, message);
}

/* The cells point into `text`, which lives in `arena`, but for those with doubled quotes. */
static int build_record(struct contract_records *reader, struct arena *arena,
                        struct contract_record *ret, struct error *err)
{
    size_t count = 0, kept = 0;
    int status = read_cells(reader, ret->text, &count, err);
    if (status <= 0)
        return status;
    status = check_cells(reader, count, err);
    if (status < 0)
        return status;
    struct contract_member *members = arena_array(arena, reader->name_count, sizeof *members);
    for (size_t i = 0; i < reader->name_count; i++) {
        struct bytes cell = reader->cells[i].text;
        if (cell.size == 0 && !reader->options.keep_empty)
            continue;
        bool inside = cell.size > 0 && cell.data >= ret->text.data &&
                      cell.data < ret->text.data + ret->text.size;
        members[kept].name = reader->names[i];
        members[kept++].value = contract_instance_string(inside ? cell : arena_copy(arena, cell));
    }
    status = contract_instance_object(members, kept, arena, &ret->fields, err);
    return status < 0 ? status : 1;
}

static enum contract_records_result break_off(struct contract_records *reader, struct error *err)
{
    reader->broken = true;
    if (err != NULL)
        *err = reader->why;
    return CONTRACT_RECORDS_BROKEN;
}

static int read_record(struct contract_records *reader, struct bytes raw, struct arena *arena,
                       struct contract_record *ret, struct error *err)
{
    if (reader->name_count == 0)
        return read_header(reader, raw, err);
    ret->text = arena_copy(arena, without_line_end(raw));
    return build_record(reader, arena, ret, err);
}

static int refuse_long(const struct contract_records *reader, struct error *err)
{
    char message[100];
    snprintf(message, sizeof message, "the record is longer than %zu bytes; shorten it",
             reader->options.record_size);
    fail(reader, 0, err, message);
    if (err != NULL)
        err->code = ML_ELIMIT;
    return ML_ELIMIT;
}

/* Takes the record in front of `scanned`; `whole` when it ends there rather than being too long. */
static enum contract_records_result take_record(struct contract_records *reader, bool whole,
                                                struct arena *arena, struct contract_record *ret,
                                                struct error *err)
{
    struct bytes raw = {reader->text.data + reader->at, reader->scanned - reader->at};
    bool header = reader->name_count == 0;
    if (header && reader->separator == 0) {
        reader->separator = find_separator(raw);
        move_to(reader, reader->at); /* its end is looked for again, now that this is known */
        return CONTRACT_RECORDS_MORE;
    }
    *ret = (struct contract_record){.line = reader->line, .number = reader->number + 1};
    reader->torn = false;
    struct error *why = header ? &reader->why : err;
    int status = whole || reader->scan == QUOTED ? read_record(reader, raw, arena, ret, why)
                                                 : refuse_long(reader, why);
    if (header && status < 0)
        return break_off(reader, err);
    size_t next = reader->scanned;
    if ((reader->torn || !whole) && reader->next_line > 0) {
        next = reader->next_line;
        raw.size = next - reader->at;
    }
    if (status < 0)
        ret->text = arena_copy(arena, without_line_end(raw));
    reader->skipping = !whole && reader->next_line == 0;
    move_to(reader, next);
    if (header || status == 0)
        return CONTRACT_RECORDS_MORE;
    reader->number++;
    return status < 0 ? CONTRACT_RECORDS_MISTAKE : CONTRACT_RECORDS_RECORD;
}

/* At the end of the bytes, with nothing left. */
static enum contract_records_result finish(struct contract_records *reader, struct error *err)
{
    if (reader->name_count > 0)
        return CONTRACT_RECORDS_END;
    fail(reader, 0, &reader->why, "there is nothing in it; the first row must name the columns");
    return break_off(reader, err);
}

enum contract_records_result contract_records_next(struct contract_records *reader,
                                                   struct arena *arena, struct contract_record *ret,
                                                   struct error *err)
{
    if (reader->broken)
        return break_off(reader, err);
    for (;;) {
        if (reader->skipping && !skip_line(reader))
            return CONTRACT_RECORDS_MORE;
        bool found = scan_record(reader);
        bool too_long = !found && reader->scanned - reader->at >= reader->options.record_size;
        if (!found && !too_long && !reader->ended)
            return CONTRACT_RECORDS_MORE;
        if (!found && reader->at == reader->text.size)
            return finish(reader, err);
        enum contract_records_result result = take_record(reader, !too_long, arena, ret, err);
        if (result != CONTRACT_RECORDS_MORE)
            return result;
    }
}
