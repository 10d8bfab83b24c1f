/* CSV as RFC 4180 has it, as people write it, and the place of each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/csv.h"

#include <stdio.h>

enum { CELLS = 4 };

/* All that a text gives: cells in brackets, rows parted by a slash, mistakes with their place. */
static const char *read_all(struct bytes text)
{
    static char printed[1024];
    struct arena work;
    struct csv_reader reader;
    struct csv_cell cells[CELLS];
    size_t count = 0, size = 0;
    arena_init(&work);
    csv_init(&reader, text, &work);
    printed[0] = '\0';
    for (enum csv_result result; (result = csv_read(&reader, cells, CELLS, &count)) != CSV_END;) {
        uint32_t line, column;
        if (size > 0)
            size += (size_t)snprintf(printed + size, sizeof printed - size, " / ");
        if (result == CSV_MISTAKE) {
            csv_place(&reader, reader.mistake_at, &line, &column);
            size += (size_t)snprintf(printed + size, sizeof printed - size, "%u:%u: %s", line,
                                     column, reader.mistake);
            continue;
        }
        for (size_t i = 0; i < count && i < CELLS; i++)
            size += (size_t)snprintf(printed + size, sizeof printed - size, "[%.*s]",
                                     BYTES_ARG(cells[i].text));
        if (count > CELLS)
            size += (size_t)snprintf(printed + size, sizeof printed - size, "+%zu", count - CELLS);
    }
    arena_release(&work);
    return printed;
}

static void expect(const char *text, const char *printed)
{
    assert_string_equal(read_all(bytes_of(text)), printed);
}

static void rows_end_with_any_line_end(void **state)
{
    (void)state;
    expect("a,b\n1,2\n", "[a][b] / [1][2]");
    expect("a,b\r\n1,2\r\n", "[a][b] / [1][2]");
    expect("a,b\n1,2", "[a][b] / [1][2]");
    expect("a,b\r\n1,2\r", "[a][b] / [1][2]");
}

static void empty_cells_count(void **state)
{
    (void)state;
    expect("a,,c\n,\n", "[a][][c] / [][]");
    expect("a,", "[a][]");
}

static void quotes_keep_what_is_inside(void **state)
{
    (void)state;
    expect("\"a,b\",\"say \"\"hi\"\"\"\n", "[a,b][say \"hi\"]");
    expect("\"two\nlines\",x\ny,z\n", "[two\nlines][x] / [y][z]");
    expect("\"\",\"\"\"\"\n", "[][\"]");
    expect("\" a \",b\n", "[ a ][b]");
}

static void blanks_around_a_cell_do_not_count(void **state)
{
    (void)state;
    expect(" a , b c \t, \"d\" \n", "[a][b c][d]");
}

static void lines_without_content_are_passed_over(void **state)
{
    (void)state;
    expect("\n\na,b\n\n  \r\n1,2\n\n", "[a][b] / [1][2]");
    expect("", "");
    expect(" \n\t", "");
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    (void)state;
    expect("\xEF\xBB\xBF"
           "a,b\n",
           "[a][b]");
    expect("\xEF\xBB\xBF", "");
}

static void the_header_tells_the_separator(void **state)
{
    (void)state;
    expect("a;b\n1,5;2\n", "[a][b] / [1,5][2]");
    expect("a\tb\n1;x\t\n", "[a][b] / [1;x][]");
    expect("a,b;c\n", "[a][b;c]");
    expect("a\n1;2\n", "[a] / [1;2]");
}

static void more_cells_than_asked_for_are_counted(void **state)
{
    (void)state;
    expect("a,b,c,d,e,f\n", "[a][b][c][d]+2");
}

static void a_mistake_is_told_with_its_place(void **state)
{
    (void)state;
    expect("a,b\nx,y\"z\nq,r\n",
           "[a][b] / 2:4: a quote in the middle of a cell; put the whole cell in quotes and write "
           "this one twice / [q][r]");
    expect("a,b\n\"x\"y,z\nq,r\n",
           "[a][b] / 2:4: text behind a closing quote; put the whole cell in quotes, and write a "
           "quote inside it twice / [q][r]");
    expect("a,b\nx,\"y\nq,r\n", "[a][b] / 2:3: a quote is opened here and never closed; close it");
    expect("a,b\nx,y\rq,r\n",
           "[a][b] / 2:4: a carriage return without a line feed; end the lines with LF or CRLF");
}

static void columns_are_counted_in_characters_and_lines_within_quotes(void **state)
{
    (void)state;
    expect("a,b\n\"äö\nü\",x\"\n",
           "[a][b] / 3:5: a quote in the middle of a cell; put the whole cell in quotes and write "
           "this one twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_end_with_any_line_end),
        cmocka_unit_test(empty_cells_count),
        cmocka_unit_test(quotes_keep_what_is_inside),
        cmocka_unit_test(blanks_around_a_cell_do_not_count),
        cmocka_unit_test(lines_without_content_are_passed_over),
        cmocka_unit_test(a_byte_order_mark_is_passed_over),
        cmocka_unit_test(the_header_tells_the_separator),
        cmocka_unit_test(more_cells_than_asked_for_are_counted),
        cmocka_unit_test(a_mistake_is_told_with_its_place),
        cmocka_unit_test(columns_are_counted_in_characters_and_lines_within_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
