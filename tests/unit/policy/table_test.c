/* Reference data: what a file becomes, what a lookup gives, and every mistake with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "policy/policy.h"
#include "policy/reference/table.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROBLEMS = 8 };

static struct arena arena;
static struct policy_table *table;
static struct policy_table_problem problems[PROBLEMS];
static size_t problem_count;

static int with_arena(void **state)
{
    (void)state;
    table = NULL;
    arena_init(&arena);
    return 0;
}

static int without_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static int read_csv_bytes(struct bytes text)
{
    return policy_table_read_csv("accounts", "tables/accounts.csv", text, &arena, &table, problems,
                                 PROBLEMS, &problem_count);
}

static int read_json(const char *text)
{
    return policy_table_read_json("accounts", "tables/accounts.json", bytes_of(text), &arena,
                                  &table, problems, PROBLEMS, &problem_count);
}

static void take_csv(const char *text)
{
    if (read_csv_bytes(bytes_of(text)) != 0)
        fail_msg("%u:%u: %s", problems[0].line, problems[0].column, problems[0].message);
    assert_non_null(table);
}

static void take_json(const char *text)
{
    if (read_json(text) != 0)
        fail_msg("%u:%u: %s", problems[0].line, problems[0].column, problems[0].message);
    assert_non_null(table);
}

/* Refused, with exactly these problems: "line:column: message", one a line. */
static void expect_problems(int result, const char *expected)
{
    struct buffer found;
    buffer_init(&found, 64 * 1024);
    for (size_t i = 0; i < problem_count && i < PROBLEMS; i++)
        buffer_printf(&found, "%s%u:%u: %s", i > 0 ? "\n" : "", problems[i].line,
                      problems[i].column, problems[i].message);
    assert_int_equal(result, ML_EINVAL);
    assert_string_equal(buffer_string(&found), expected);
    assert_null(table);
    buffer_release(&found);
}

static void refuse_csv(const char *text, const char *expected)
{
    expect_problems(read_csv_bytes(bytes_of(text)), expected);
}

static void refuse_json(const char *text, const char *expected)
{
    expect_problems(read_json(text), expected);
}

/* A value as a person would write it. */
static const char *print(struct cel_value value)
{
    switch (value.kind) {
    case CEL_ABSENT: return "absent";
    case CEL_STRING: return arena_printf(&arena, "'%.*s'", BYTES_ARG(value.string));
    case CEL_INT: return arena_printf(&arena, "%lld", (long long)value.integer);
    case CEL_DOUBLE: return arena_printf(&arena, "%#.17g", value.number);
    case CEL_BOOL: return value.boolean ? "true" : "false";
    default: return "another kind";
    }
}

/* The row behind a key, by the two ways there are to it. */
static const char *row(const char *key)
{
    struct cel_value values[POLICY_COLUMNS_MAX];
    uint32_t number = policy_table_find(table, bytes_of(key));
    bool found = table->lookup.find(&table->lookup, bytes_of(key), values);
    assert_int_equal(found, number != POLICY_NONE);
    assert_int_equal(found, table->lookup.has(&table->lookup, bytes_of(key)));
    if (!found)
        return "none";
    const char *printed = "";
    for (uint32_t i = 0; i < table->column_count; i++) {
        const char *one = print(policy_table_cell(table, number, i));
        assert_string_equal(one, print(values[i]));
        printed = arena_printf(&arena, "%s%s%s", printed, i > 0 ? " " : "", one);
    }
    return printed;
}

/* ---- CSV */

static void a_row_is_found_by_its_key(void **state)
{
    (void)state;
    take_csv("domain,owner,employees\nacme.com,ann,120\nzeta.io,bob,7\n");
    assert_string_equal(row("acme.com"), "'acme.com' 'ann' 120");
    assert_string_equal(row("zeta.io"), "'zeta.io' 'bob' 7");
    assert_string_equal(row("zeta"), "none");
    assert_string_equal(row(""), "none");
    assert_int_equal(table->row_count, 2);
    assert_int_equal(table->lookup.size, 2);
    assert_string_equal(table->name, "accounts");
    assert_int_equal(policy_table_column(table, BYTES_LITERAL("employees")), 2);
    assert_int_equal(policy_table_column(table, BYTES_LITERAL("employee")), POLICY_NONE);
}

static void a_table_is_a_value_with_the_types_of_its_columns(void **state)
{
    (void)state;
    take_csv("k,s,i,d,b\nx,a,1,1.5,true\n");
    assert_int_equal(table->value.kind, CEL_TABLE);
    assert_ptr_equal(table->value.table, &table->lookup);
    assert_int_equal(table->type->kind, CEL_TYPE_TABLE);
    assert_int_equal(table->type->field_count, 5);
    static const enum cel_type_kind kinds[] = {CEL_TYPE_STRING, CEL_TYPE_STRING, CEL_TYPE_INT,
                                               CEL_TYPE_DOUBLE, CEL_TYPE_BOOL};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(table->type->fields[i].type->kind, kinds[i]);
    assert_string_equal(table->type->fields[4].name, "b");
}

static void one_column_is_a_list(void **state)
{
    (void)state;
    take_csv("country\nDE\nAT\n\nCH\n");
    assert_int_equal(table->value.kind, CEL_LIST);
    assert_int_equal(table->value.count, 3);
    assert_string_equal(print(table->value.items[1]), "'AT'");
    assert_int_equal(table->type->kind, CEL_TYPE_LIST);
    assert_int_equal(table->type->element->kind, CEL_TYPE_STRING);
    assert_string_equal(row("CH"), "'CH'");
}

static void an_empty_cell_is_absent(void **state)
{
    (void)state;
    take_csv("k,s,i,d,b\nx,,,,\ny,\"\",1,2.5,false\n");
    assert_string_equal(row("x"), "'x' absent absent absent absent");
    assert_string_equal(row("y"), "'y' absent 1 2.5000000000000000 false");
}

static void a_column_has_the_narrowest_type_that_all_its_values_have(void **state)
{
    (void)state;
    take_csv("k,a,b,c,d,e\n"
             "x,1,1,true,true,\n"
             "y,2.5,x,false,1,\n");
    assert_string_equal(row("x"), "'x' 1.0000000000000000 '1' true 'true' absent");
    assert_string_equal(row("y"), "'y' 2.5000000000000000 'x' false '1' absent");
}

static void what_merely_looks_like_a_number_stays_a_string(void **state)
{
    (void)state;
    take_csv("k,zip,phone,id,big\nx,01067,+49351,12345678901234567890,1e999\n");
    assert_string_equal(row("x"), "'x' '01067' '+49351' '12345678901234567890' '1e999'");
}

static void the_ends_of_the_integers_are_integers(void **state)
{
    (void)state;
    take_csv("k,low,high\nx,-9223372036854775808,9223372036854775807\n");
    assert_string_equal(row("x"), "'x' -9223372036854775808 9223372036854775807");
}

static void the_key_is_a_string_whatever_it_looks_like(void **state)
{
    (void)state;
    take_csv("zip,region\n10115,berlin\n");
    assert_string_equal(row("10115"), "'10115' 'berlin'");
}

static void a_type_may_be_declared(void **state)
{
    (void)state;
    take_csv("k:string,zip:string,score:double\nx,12345,7\n");
    assert_string_equal(row("x"), "'x' '12345' 7.0000000000000000");
}

static void a_header_alone_is_an_empty_table(void **state)
{
    (void)state;
    take_csv("domain,owner\n");
    assert_int_equal(table->row_count, 0);
    assert_string_equal(row("x"), "none");
    take_csv("country");
    assert_int_equal(table->value.count, 0);
}

static void many_rows_are_all_found(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    struct buffer text;
    buffer_init(&text, 4 * 1024 * 1024);
    buffer_printf(&text, "key,number,name\n");
    for (int i = 0; i < ROWS; i++)
        buffer_printf(&text, "company-%d.example,%d,\"Company \"\"%d\"\"\"\n", i, i * 3, i);
    take_csv(buffer_string(&text));
    buffer_release(&text);
    for (int i = 0; i < ROWS; i++) {
        char key[64];
        snprintf(key, sizeof key, "company-%d.example", i);
        uint32_t found = policy_table_find(table, bytes_of(key));
        assert_int_equal(found, i);
        assert_int_equal(policy_table_cell(table, found, 1).integer, i * 3);
        snprintf(key, sizeof key, "Company \"%d\"", i);
        assert_true(bytes_is(policy_table_cell(table, found, 2).string, key));
        snprintf(key, sizeof key, "company-%d.example", i + ROWS);
        assert_int_equal(policy_table_find(table, bytes_of(key)), POLICY_NONE);
    }
}

static void the_widest_row_keeps_its_values(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, 1024 * 1024);
    for (int i = 0; i < POLICY_COLUMNS_MAX; i++)
        buffer_printf(&text, "%sc%d", i > 0 ? "," : "", i);
    buffer_printf(&text, "\n");
    for (int i = 0; i < POLICY_COLUMNS_MAX; i++) {
        buffer_printf(&text, "%s", i > 0 ? "," : "");
        for (int j = 0; j < POLICY_STRING_MAX; j++)
            buffer_append_char(&text, (char)('!' + i % 10 + 30));
    }
    take_csv(buffer_string(&text));
    buffer_release(&text);
    for (uint32_t i = 0; i < POLICY_COLUMNS_MAX; i++) {
        struct bytes cell = policy_table_cell(table, 0, i).string;
        assert_int_equal(cell.size, POLICY_STRING_MAX);
        for (size_t j = 0; j < cell.size; j++)
            assert_int_equal(cell.data[j], '!' + (int)i % 10 + 30);
    }
}

/* ---- mistakes in CSV */

static void all_mistakes_are_told_in_the_order_of_the_lines(void **state)
{
    (void)state;
    refuse_csv("domain,employees:int,vip:bool\n"
               "acme.com,many,true\n"
               "zeta.io,1\n"
               ",2,false\n"
               "acme.io,3,ja\n"
               "beta.io,4,\n"
               "beta.io,5,true\n"
               "x.io,\"6,true\n",
               "2:10: `employees` must be an int here, got `many`\n"
               "3:1: 2 cells here, but the header has 3 columns\n"
               "4:1: the key `domain` is empty; fill it in or remove the line\n"
               "5:11: `vip` must be a bool here, got `ja`\n"
               "7:1: the key `beta.io` is given twice; first on line 6: keep one\n"
               "8:6: a quote is opened here and never closed; close it");
}

static void mistakes_past_the_limit_are_counted(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, 4096);
    buffer_printf(&text, "a,b\n");
    for (int i = 0; i < 50; i++)
        buffer_printf(&text, "x\n");
    assert_int_equal(read_csv_bytes(buffer_bytes(&text)), ML_EINVAL);
    buffer_release(&text);
    assert_int_equal(problem_count, 50);
    assert_string_equal(problems[PROBLEMS - 1].message,
                        "1 cell here, but the header has 2 columns");
}

static void a_header_must_name_its_columns(void **state)
{
    (void)state;
    refuse_csv("", "1:1: the file is empty; begin with a line of column names, the key first");
    refuse_csv("domain,Company Name,owner,in,,owner\n",
               "1:8: column `Company Name` cannot be named so in an expression; use letters, "
               "digits and _, a letter first\n"
               "1:27: column `in` has the name of a word of the expression language; use another\n"
               "1:30: column `` has no name; give it one\n"
               "1:31: the column `owner` is there twice; rename or remove one");
}

static void a_wrong_type_gets_a_suggestion(void **state)
{
    (void)state;
    refuse_csv("k:int,a:strng,b:date\n",
               "1:1: the first column is the key and a string; leave its type out\n"
               "1:7: no such type of a column: `strng`, did you mean `string`?\n"
               "1:15: no such type of a column: `date`; use string, int, double or bool");
}

static void text_that_is_not_utf8_is_placed(void **state)
{
    (void)state;
    refuse_csv("k,v\nä\xE4x,1\ny,\xC3\n", "2:2: bytes that are not UTF-8; save the file as UTF-8\n"
                                          "3:3: bytes that are not UTF-8; save the file as UTF-8");
    assert_int_equal(read_csv_bytes(BYTES_LITERAL("\xFF\xFEk\0,\0v\0")), ML_EINVAL);
    assert_string_equal(problems[0].message, "the file is in UTF-16; save it as UTF-8");
    assert_int_equal(read_csv_bytes(BYTES_LITERAL("k,v\nx,a\0b\n")), ML_EINVAL);
    assert_string_equal(problems[0].message, "`v` has a zero byte here; remove it");
}

static void cells_and_columns_have_ceilings(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, 64 * 1024);
    buffer_printf(&text, "k,v\nx,");
    for (int i = 0; i < POLICY_STRING_MAX + 1; i++)
        buffer_append_char(&text, '1');
    assert_int_equal(read_csv_bytes(buffer_bytes(&text)), ML_EINVAL);
    assert_string_equal(problems[0].message, "`v` has 4097 bytes here; there may be 4096");
    buffer_clear(&text);
    for (int i = 0; i < POLICY_COLUMNS_MAX + 1; i++)
        buffer_printf(&text, "c%d,", i);
    assert_int_equal(read_csv_bytes(buffer_bytes(&text)), ML_EINVAL);
    assert_string_equal(problems[0].message, "66 columns; there may be 64");
    buffer_release(&text);
}

/* ---- JSON */

static void json_rows_by_key(void **state)
{
    (void)state;
    take_json("{\"DE\": {\"region\": \"dach\", \"weight\": 3}, \"SE\": {\"region\": \"nordic\", "
              "\"weight\": 1.5, \"eu\": true}, \"NO\": {\"eu\": null}}");
    assert_string_equal(row("DE"), "'DE' 'dach' 3.0000000000000000 absent");
    assert_string_equal(row("SE"), "'SE' 'nordic' 1.5000000000000000 true");
    assert_string_equal(row("NO"), "'NO' absent absent absent");
    assert_string_equal(table->columns[0].name, "key");
}

static void json_array_of_objects(void **state)
{
    (void)state;
    take_json("[{\"domain\": \"acme.com\", \"owner\": \"ann\"}, "
              "{\"employees\": 12, \"domain\": \"zeta.io\"}]");
    assert_string_equal(row("acme.com"), "'acme.com' 'ann' absent");
    assert_string_equal(row("zeta.io"), "'zeta.io' absent 12");
    assert_string_equal(table->columns[0].name, "domain");
}

static void json_array_of_strings(void **state)
{
    (void)state;
    take_json("[\"DE\", \"AT\"]");
    assert_int_equal(table->value.kind, CEL_LIST);
    assert_string_equal(row("AT"), "'AT'");
    take_json("[]");
    assert_int_equal(table->value.count, 0);
}

static void mistakes_in_json_name_the_row(void **state)
{
    (void)state;
    refuse_json("{\"DE\": {\"a\": 1, \"tags\": []}, \"AT\": {\"a\": \"x\"}, \"CH\": 3, "
                "\"SE\": {\"b c\": 1, \"key\": \"x\"}}",
                "0:0: row `DE`: `tags` must be a string, a number or a boolean, got an array\n"
                "0:0: row `AT`: `a` is a string, but an integer in rows before\n"
                "0:0: row `CH` is not an object; write {\"column\": value, …}\n"
                "0:0: column `b c` cannot be named so in an expression; use letters, digits and "
                "_, a letter first\n"
                "0:0: row `SE`: `key` is what its own name is called; rename this one");
    refuse_json("[\"DE\", 3, \"\"]",
                "0:0: item 2 is not a string; a list must be of strings or of objects\n"
                "0:0: item 3 is empty; fill it in or remove it");
    refuse_json("[{\"k\": \"a\"}, {\"k\": 1}, {\"v\": 2}, \"x\"]",
                "0:0: row 2: the key `k` must be a string that is not empty\n"
                "0:0: row 3: the key `k` must be a string that is not empty\n"
                "0:0: row `x` is not an object; write {\"column\": value, …}");
    refuse_json("[\"a\", \"b\", \"a\"]", "0:0: the key `a` is given twice; keep one");
    refuse_json("3", "0:0: the file must be an object of rows by key, an array of objects or an "
                     "array of strings");
}

static void broken_json_is_placed(void **state)
{
    (void)state;
    assert_int_equal(read_json("[\"DE\",\n \"AT\" \"CH\"]"), ML_EINVAL);
    assert_int_equal(problem_count, 1);
    assert_int_equal(problems[0].line, 2);
    assert_int_equal(problems[0].column, 7);
}

/* ---- any text at all */

static void any_text_gives_a_table_or_a_placed_mistake(void **state)
{
    (void)state;
    static const char *const sound[] = {
        "k,a:int,b\r\n\"x,\"\"1\",1,true\n\xC3\xA4,-2,\n\nz,3,false\n",
        "\xEF\xBB\xBFk;a\n1;2.5e3\n",
        "{\"DE\": {\"a\": 1, \"b\": \"x\"}, \"AT\": {\"a\": 2.5, \"b\": null}}",
        "[{\"k\": \"x\", \"v\": true}, {\"k\": \"y\"}]",
    };
    static const char pieces[] = "\",;:\n\r\t 0-.eE{}[]ax\\\xC3\xA4\xFF";
    uint64_t seed = 1;
    for (int i = 0; i < 8000; i++) {
        char text[128];
        size_t size = strlen(sound[i % 4]);
        memcpy(text, sound[i % 4], size);
        for (int changes = 1 + i % 5; changes > 0; changes--) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            text[(seed >> 33) % size] = pieces[(seed >> 20) % sizeof pieces];
        }
        /* On the heap and without an end, so that reading past it shows. */
        char *exact = malloc(size);
        assert_non_null(exact);
        memcpy(exact, text, size);
        table = NULL;
        int result =
            i % 4 < 2 ? read_csv_bytes((struct bytes){exact, size})
                      : policy_table_read_json("t", "t.json", (struct bytes){exact, size}, &arena,
                                               &table, problems, PROBLEMS, &problem_count);
        free(exact);
        assert_int_equal(result == 0, problem_count == 0);
        assert_int_equal(result == 0, table != NULL);
        for (uint32_t row_number = 0; table != NULL && row_number < table->row_count; row_number++)
            assert_int_equal(
                policy_table_find(table, policy_table_cell(table, row_number, 0).string),
                row_number);
        arena_reset(&arena);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, with_arena, without_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_is_found_by_its_key),
        TEST(a_table_is_a_value_with_the_types_of_its_columns),
        TEST(one_column_is_a_list),
        TEST(an_empty_cell_is_absent),
        TEST(a_column_has_the_narrowest_type_that_all_its_values_have),
        TEST(what_merely_looks_like_a_number_stays_a_string),
        TEST(the_ends_of_the_integers_are_integers),
        TEST(the_key_is_a_string_whatever_it_looks_like),
        TEST(a_type_may_be_declared),
        TEST(a_header_alone_is_an_empty_table),
        TEST(many_rows_are_all_found),
        TEST(the_widest_row_keeps_its_values),
        TEST(all_mistakes_are_told_in_the_order_of_the_lines),
        TEST(mistakes_past_the_limit_are_counted),
        TEST(a_header_must_name_its_columns),
        TEST(a_wrong_type_gets_a_suggestion),
        TEST(text_that_is_not_utf8_is_placed),
        TEST(cells_and_columns_have_ceilings),
        TEST(json_rows_by_key),
        TEST(json_array_of_objects),
        TEST(json_array_of_strings),
        TEST(mistakes_in_json_name_the_row),
        TEST(broken_json_is_placed),
        TEST(any_text_gives_a_table_or_a_placed_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
