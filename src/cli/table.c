/* Aligned columns: cells are collected, then printed once the widths are known. */
#include "cli/table.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdlib.h>

void table_init(struct table *table, const struct table_column *columns, size_t count)
{
    ML_ASSERT(count > 0 && count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.columns = columns, .column_count = count};
    arena_init(&table->arena);
}

void table_release(struct table *table)
{
    arena_release(&table->arena);
    free(table->cells);
}

const char *printable(struct arena *arena, struct bytes text)
{
    char *copy = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    bool broken = false; /* behind a line break, which with the indent that follows is one blank */
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool breaks = byte == '\n' || byte == '\r';
        if (breaks || (broken && byte == ' ')) {
            if (!broken)
                copy[size++] = ' ';
            broken = true;
            continue;
        }
        broken = false;
        /* C1 controls are U+0080 to U+009F: C2 80 to C2 9F in UTF-8. */
        bool second =
            byte >= 0x80 && byte <= 0x9F && i > 0 && (unsigned char)text.data[i - 1] == 0xC2;
        copy[size++] = byte < 0x20 || byte == 0x7F ? '?' : text.data[i];
        if (second)
            copy[size - 2] = copy[size - 1] = '?';
    }
    copy[size] = '\0';
    return copy;
}

struct bytes short_time(struct bytes time)
{
    static const size_t seconds = sizeof "2026-11-23T09:30:00" - 1;
    if (time.size < seconds)
        return BYTES_LITERAL("-");
    return (struct bytes){time.data, seconds};
}

void table_add(struct table *table, struct bytes text)
{
    if (table->cell_count == table->cell_capacity) {
        table->cell_capacity = table->cell_capacity > 0 ? table->cell_capacity * 2 : 256;
        table->cells = realloc(table->cells, table->cell_capacity * sizeof *table->cells);
        if (table->cells == NULL)
            panic("out of memory (table)");
    }
    table->cells[table->cell_count++] = bytes_of(printable(&table->arena, text));
}

void table_addf(struct table *table, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    table_add(table, bytes_of(text));
}

static size_t width_of(struct bytes text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.size; i++)
        width += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return width;
}

static void print_cell(FILE *out, struct bytes text, size_t width, bool right, bool last)
{
    int blanks = (int)(width - width_of(text));
    if (right)
        fprintf(out, "%*s", blanks, "");
    fprintf(out, "%.*s", BYTES_ARG(text));
    if (!right && !last)
        fprintf(out, "%*s", blanks, "");
    fputs(last ? "\n" : "  ", out);
}

void table_print(const struct table *table, FILE *out)
{
    size_t widths[TABLE_COLUMNS_MAX];
    size_t columns = table->column_count;
    ML_ASSERT(columns > 0);
    for (size_t i = 0; i < columns; i++)
        widths[i] = width_of(bytes_of(table->columns[i].title));
    for (size_t i = 0; i < table->cell_count; i++)
        if (width_of(table->cells[i]) > widths[i % columns])
            widths[i % columns] = width_of(table->cells[i]);
    for (size_t i = 0; i < columns; i++)
        print_cell(out, bytes_of(table->columns[i].title), widths[i], table->columns[i].right,
                   i + 1 == columns);
    for (size_t i = 0; i < table->cell_count; i++)
        print_cell(out, table->cells[i], widths[i % columns], table->columns[i % columns].right,
                   (i + 1) % columns == 0);
}
