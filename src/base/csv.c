/* The CSV reader: one pass, one row at a time, no copies but of cells with doubled quotes. */
#include "base/csv.h"

static bool is_blank(const struct csv_reader *reader, char c)
{
    return c == ' ' || (c == '\t' && reader->separator != '\t');
}

static char find_separator(struct bytes text)
{
    const char *newline = text.size > 0 ? memchr(text.data, '\n', text.size) : NULL;
    size_t size = newline != NULL ? (size_t)(newline - text.data) : text.size;
    static const char separators[] = {',', ';', '\t'};
    for (size_t i = 0; i < sizeof separators && size > 0; i++)
        if (memchr(text.data, separators[i], size) != NULL)
            return separators[i];
    return ',';
}

void csv_init(struct csv_reader *reader, struct bytes text, struct arena *work)
{
    static const struct bytes mark = BYTES_LITERAL("\xEF\xBB\xBF");
    if (text.size >= mark.size && memcmp(text.data, mark.data, mark.size) == 0)
        text = (struct bytes){text.data + mark.size, text.size - mark.size};
    *reader = (struct csv_reader){
        .text = text, .separator = find_separator(text), .work = work, .line = 1, .row_line = 1};
}

static bool at_end(const struct csv_reader *reader)
{
    return reader->at >= reader->text.size;
}

static char next(const struct csv_reader *reader)
{
    return reader->text.data[reader->at];
}

static bool at_line_end(const struct csv_reader *reader)
{
    return at_end(reader) || next(reader) == '\n' ||
           (next(reader) == '\r' &&
            (reader->at + 1 == reader->text.size || reader->text.data[reader->at + 1] == '\n'));
}

static void pass_line_end(struct csv_reader *reader)
{
    if (!at_end(reader) && next(reader) == '\r')
        reader->at++;
    if (!at_end(reader)) {
        reader->at++;
        reader->line++;
    }
}

static enum csv_result fail(struct csv_reader *reader, size_t at, const char *mistake)
{
    reader->mistake_at = at;
    reader->mistake = mistake;
    while (!at_line_end(reader))
        reader->at++;
    pass_line_end(reader);
    return CSV_MISTAKE;
}

static void pass_blanks(struct csv_reader *reader)
{
    while (!at_end(reader) && is_blank(reader, next(reader)))
        reader->at++;
}

static enum csv_result read_plain(struct csv_reader *reader, struct csv_cell *cell)
{
    size_t end = reader->at;
    cell->at = reader->at;
    for (; !at_line_end(reader) && next(reader) != reader->separator; reader->at++) {
        if (next(reader) == '"')
            return fail(reader, reader->at,
                        "a quote in the middle of a cell; put the whole cell in quotes and write "
                        "this one twice");
        if (next(reader) == '\r')
            return fail(reader, reader->at,
                        "a carriage return without a line feed; end the lines with LF or CRLF");
        if (!is_blank(reader, next(reader)))
            end = reader->at + 1;
    }
    cell->text = (struct bytes){reader->text.data + cell->at, end - cell->at};
    return CSV_ROW;
}

/* A copy with each doubled quote as one. */
static struct bytes undouble(struct csv_reader *reader, struct bytes raw)
{
    char *copy = arena_alloc(reader->work, raw.size);
    size_t size = 0;
    for (size_t i = 0; i < raw.size; i++) {
        copy[size++] = raw.data[i];
        if (raw.data[i] == '"')
            i++;
    }
    return (struct bytes){copy, size};
}

static enum csv_result read_quoted(struct csv_reader *reader, struct csv_cell *cell)
{
    cell->at = reader->at;
    size_t from = ++reader->at;
    bool doubled = false;
    for (;; reader->at++) {
        if (at_end(reader))
            return fail(reader, cell->at, "a quote is opened here and never closed; close it");
        if (next(reader) == '\n')
            reader->line++;
        if (next(reader) != '"')
            continue;
        if (reader->at + 1 == reader->text.size || reader->text.data[reader->at + 1] != '"')
            break;
        doubled = true;
        reader->at++;
    }
    struct bytes raw = {reader->text.data + from, reader->at - from};
    cell->text = doubled ? undouble(reader, raw) : raw;
    reader->at++;
    pass_blanks(reader);
    if (at_line_end(reader) || next(reader) == reader->separator)
        return CSV_ROW;
    return fail(reader, reader->at,
                "text behind a closing quote; put the whole cell in quotes, and write a quote "
                "inside it twice");
}

static void begin_row(struct csv_reader *reader)
{
    if (reader->work->used > 0)
        arena_reset(reader->work);
    for (;;) {
        reader->row_at = reader->at;
        reader->row_line = reader->line;
        pass_blanks(reader);
        if (at_end(reader) || !at_line_end(reader))
            break;
        pass_line_end(reader);
    }
    if (!at_end(reader))
        reader->at = reader->row_at;
}

enum csv_result csv_read(struct csv_reader *reader, struct csv_cell *cells, size_t max,
                         size_t *ret_count)
{
    begin_row(reader);
    if (at_end(reader))
        return CSV_END;
    for (size_t count = 0;; reader->at++) {
        struct csv_cell cell;
        pass_blanks(reader);
        bool quoted = !at_end(reader) && next(reader) == '"';
        enum csv_result result = quoted ? read_quoted(reader, &cell) : read_plain(reader, &cell);
        if (result != CSV_ROW)
            return result;
        if (count < max)
            cells[count] = cell;
        count++;
        if (at_line_end(reader)) {
            *ret_count = count;
            pass_line_end(reader);
            return CSV_ROW;
        }
    }
}

void csv_place(const struct csv_reader *reader, size_t at, uint32_t *ret_line, uint32_t *ret_column)
{
    uint32_t line = reader->row_line, column = 1;
    for (size_t i = reader->row_at; i < at && i < reader->text.size; i++) {
        unsigned char c = (unsigned char)reader->text.data[i];
        if (c == '\n') {
            line++;
            column = 1;
        } else if ((c & 0xC0) != 0x80) {
            column++;
        }
    }
    *ret_line = line;
    *ret_column = column;
}
