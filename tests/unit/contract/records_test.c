/* CSV records in pieces: every record or a mistake with its line, however the bytes arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_record(const struct contract_record *record, struct buffer *out)
{
    buffer_printf(out, "%" PRIu64 "@%" PRIu64 "{", record->number, record->line);
    for (uint32_t i = 0; i < record->fields.count; i++) {
        const struct contract_member *member = &record->fields.members[i];
        buffer_printf(out, "%s%.*s=%.*s", i == 0 ? "" : " ", BYTES_ARG(member->name),
                      BYTES_ARG(member->value.text));
    }
    buffer_printf(out, "}");
}

/* All that comes out, one thing after the other; the text goes in by `step` bytes. */
static void read_all(const struct contract_records_options *options, struct bytes text, size_t step,
                     struct buffer *out)
{
    struct contract_records *reader = contract_records_new(options);
    struct contract_record record;
    struct error err;
    struct arena arena;
    arena_init(&arena);
    for (size_t at = 0;;) {
        enum contract_records_result result = contract_records_next(reader, &arena, &record, &err);
        if (result == CONTRACT_RECORDS_END)
            break;
        if (result == CONTRACT_RECORDS_RECORD)
            print_record(&record, out);
        if (result == CONTRACT_RECORDS_MISTAKE)
            buffer_printf(out, "%" PRIu64 "! %s: %s [%.*s]\n", record.number, err.place,
                          err.message, BYTES_ARG(record.text));
        if (result == CONTRACT_RECORDS_BROKEN) {
            buffer_printf(out, "broken %s: %s", err.place, err.message);
            break;
        }
        if (result != CONTRACT_RECORDS_MORE)
            continue;
        size_t size = text.size - at < step ? text.size - at : step;
        if (size == 0)
            contract_records_end(reader);
        else
            assert_int_equal(
                contract_records_push(reader, (struct bytes){text.data + at, size}, &err), 0);
        at += size;
    }
    arena_release(&arena);
    contract_records_free(reader);
}

static void expect_with(const struct contract_records_options *options, struct bytes text,
                        const char *printed)
{
    static const size_t steps[] = {1, 2, 3, 7, 100000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct buffer out;
        buffer_init(&out, 64 * 1024);
        read_all(options, text, steps[i], &out);
        assert_string_equal(buffer_string(&out), printed);
        buffer_release(&out);
    }
}

static void expect(const char *text, const char *printed)
{
    expect_with(NULL, bytes_of(text), printed);
}

static void the_header_names_the_members(void **state)
{
    (void)state;
    expect("name,email\nAnn,ann@a.example\nBo,bo@b.example\n",
           "1@2{name=Ann email=ann@a.example}2@3{name=Bo email=bo@b.example}");
    expect("a,b\r\n1,2", "1@2{a=1 b=2}");
    expect("\n a , b \n\n 1 , 2 \n \n", "1@4{a=1 b=2}");
    expect("a,b\n", "");
}

static void quotes_keep_separators_lines_quotes_and_blanks(void **state)
{
    (void)state;
    expect("a,b\n\"x,y\",\"two\r\nlines\"\n3,\" \"\"q\"\" \"\n",
           "1@2{a=x,y b=two\r\nlines}2@4{a=3 b= \"q\" }");
    expect("\"a\nb\",\"c\"\n1,2\n", "1@3{a\nb=1 c=2}");
}

static void separators_are_told_apart(void **state)
{
    (void)state;
    expect("a;b\n1,5;2\n", "1@2{a=1,5 b=2}");
    expect("a\tb\n1\t2 x\n", "1@2{a=1 b=2 x}");
    expect("\"a,b,c\";d\n1;2\n", "1@2{a,b,c=1 d=2}");
    expect("a\nx\n", "1@2{a=x}");
    struct contract_records_options options = {.separator = ','};
    expect_with(&options, bytes_of("a;b\n1;2\n"), "1@2{a;b=1;2}");
}

static void empty_cells_are_left_out_unless_asked_for(void **state)
{
    (void)state;
    struct contract_records_options options = {.keep_empty = true};
    expect("a,b,c\n,2,\n", "1@2{b=2}");
    expect_with(&options, bytes_of("a,b,c\n,2,\"\"\n"), "1@2{a= b=2 c=}");
}

static void columns_without_a_name_at_the_end_are_none(void **state)
{
    (void)state;
    expect("a,b,,\n1,2,,\n3,4\n", "1@2{a=1 b=2}2@3{a=3 b=4}");
    expect("a,,b\n1,2,3\n", "broken line 1: column 2 has no name; the first row must name every "
                            "column");
    expect(",,\n", "broken line 1: the first row must name the columns");
}

static void a_ragged_row_is_one_mistake(void **state)
{
    (void)state;
    expect("a,b\n1\n2,3\n4,5,6\n7,8\n",
           "1! line 2: the record has 1 cell and the header row 2; quote cells that hold "
           "separators, and write empty cells for what is missing [1]\n"
           "2@3{a=2 b=3}"
           "3! line 4: the record has 3 cells and the header row 2; quote cells that hold "
           "separators, and write empty cells for what is missing [4,5,6]\n"
           "4@5{a=7 b=8}");
}

static void an_open_quote_does_not_swallow_the_lines_behind(void **state)
{
    (void)state;
    expect("a,b\n1,\"x\n2,y\n3,\"z\"\n",
           "1! line 4: text behind a closing quote; put the whole cell in quotes, and write a "
           "quote inside it twice [1,\"x]\n"
           "2@3{a=2 b=y}3@4{a=3 b=z}");
    expect("a,b\n1,\"x\n2,y\n",
           "1! line 2: a quote is opened here and never closed; close it [1,\"x]\n2@3{a=2 b=y}");
    expect("a,b\n1,x\"y\n2,3\n",
           "1! line 2: a quote in the middle of a cell; put the whole cell in quotes and write "
           "this one twice [1,x\"y]\n2@3{a=2 b=3}");
}

static void a_record_that_is_too_long_is_one_mistake(void **state)
{
    (void)state;
    struct contract_records_options options = {.record_size = 10};
    expect_with(&options, bytes_of("a,b\n1,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n2,y\n"),
                "1! line 2: the record is longer than 10 bytes; shorten it [1,xxxxxxxx]\n"
                "2@3{a=2 b=y}");
    expect_with(&options, bytes_of("a,b\n1,\"x\n2,y\n3,z\n4,zz\n"),
                "1! line 2: a quote is opened here and never closed; close it [1,\"x]\n"
                "2@3{a=2 b=y}3@4{a=3 b=z}4@5{a=4 b=zz}");
}

static void the_header_row_must_be_usable(void **state)
{
    (void)state;
    expect("", "broken line 1: there is nothing in it; the first row must name the columns");
    expect("a,b,a\n1,2,3\n",
           "broken line 1: columns 1 and 3 have the same name \"a\"; give each its own");
    expect("a,\"b\n1,2\n", "broken line 1: a quote is opened here and never closed; close it");
    struct contract_records_options options = {.columns = 2};
    expect_with(&options, bytes_of("a,b,c\n"),
                "broken line 1: the header row has 3 columns; at most 2 are read");
}

static void encodings_become_utf8(void **state)
{
    (void)state;
    struct contract_records_options latin = {.charset = CONTRACT_WINDOWS_1252};
    expect("\xEF\xBB\xBFname\nJörg\n", "1@2{name=Jörg}");
    expect_with(&latin, bytes_of("name\nJ\xF6rg \x80\n"), "1@2{name=Jörg €}");
    expect_with(&latin, bytes_of("\xEF\xBB\xBFname\nJörg\n"), "1@2{name=Jörg}");
    expect_with(NULL, BYTES_LITERAL("\xFF\xFEn\0\n\0\xF6\0\x3D\xD8\x00\xDE\n\0"), "1@2{n=ö😀}");
    expect_with(NULL, BYTES_LITERAL("\xFE\xFF\0n\0\n\0\xF6\0\n"), "1@2{n=ö}");
}

static void text_that_is_none_is_a_mistake_of_its_record(void **state)
{
    (void)state;
    const char *why = "1! line 2: the record is not text in the encoding that was announced; save "
                      "the file as UTF-8, or name its encoding as charset in Content-Type [";
    struct buffer printed;
    buffer_init(&printed, 1000);
    buffer_printf(&printed, "%s\xF6]\n2@3{n=x}", why);
    expect("n\n\xF6\nx\n", buffer_string(&printed));
    buffer_release(&printed);
    expect_with(NULL, BYTES_LITERAL("n\na\0b\nx\n"),
                "1! line 2: the record holds a NUL character; save the file as UTF-8, or as UTF-16 "
                "with a byte order mark [a]\n2@3{n=x}");
    expect_with(NULL, BYTES_LITERAL("\xFF\xFEn\0\n\0x\0\n\0y"),
                "1@2{n=x}2! line 3: the record is not text in the encoding that was announced; "
                "save the file as UTF-8, or name its encoding as charset in Content-Type [\xFF]\n");
}

static void columns_are_told(void **state)
{
    (void)state;
    struct contract_records *reader = contract_records_new(NULL);
    struct contract_record record;
    struct arena arena;
    size_t count;
    arena_init(&arena);
    contract_records_columns(reader, &count);
    assert_int_equal(count, 0);
    contract_records_push(reader, bytes_of("a,b\n"), NULL);
    assert_int_equal(contract_records_next(reader, &arena, &record, NULL), CONTRACT_RECORDS_MORE);
    const struct bytes *names = contract_records_columns(reader, &count);
    assert_int_equal(count, 2);
    assert_true(bytes_is(names[1], "b"));
    arena_release(&arena);
    contract_records_free(reader);
}

static void a_piece_has_a_ceiling(void **state)
{
    (void)state;
    static char piece[CONTRACT_RECORDS_PIECE_MAX + 1];
    struct contract_records *reader = contract_records_new(NULL);
    struct error err;
    assert_int_equal(contract_records_push(reader, (struct bytes){piece, sizeof piece}, &err),
                     ML_ELIMIT);
    contract_records_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_names_the_members),
        cmocka_unit_test(quotes_keep_separators_lines_quotes_and_blanks),
        cmocka_unit_test(separators_are_told_apart),
        cmocka_unit_test(empty_cells_are_left_out_unless_asked_for),
        cmocka_unit_test(columns_without_a_name_at_the_end_are_none),
        cmocka_unit_test(a_ragged_row_is_one_mistake),
        cmocka_unit_test(an_open_quote_does_not_swallow_the_lines_behind),
        cmocka_unit_test(a_record_that_is_too_long_is_one_mistake),
        cmocka_unit_test(the_header_row_must_be_usable),
        cmocka_unit_test(encodings_become_utf8),
        cmocka_unit_test(text_that_is_none_is_a_mistake_of_its_record),
        cmocka_unit_test(columns_are_told),
        cmocka_unit_test(a_piece_has_a_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
