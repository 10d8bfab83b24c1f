/* Any text as an expression: compiled checked and unchecked, evaluated, traced and printed.
 * Whatever it is, nothing crashes, and a trace comes to the same value as no trace. */
#include "cel/cel.h"
#include "base/buffer.h"

#include <stdalign.h>
#include <stdlib.h>

enum { SOURCE_MAX = 4096, SCRATCH_SIZE = 64 * 1024, PRINT_MAX = 256 };
enum { LEAD, NUMBERS, COUNTS, ANYTHING, ROWS, WHEN, VARIABLES };
enum { COUNTRY, SIZE, SCORE, TAGS, EMAIL, FIELDS };

static const struct cel_type type_dyn = {CEL_TYPE_DYN};
static const struct cel_type type_int = {CEL_TYPE_INT};
static const struct cel_type type_double = {CEL_TYPE_DOUBLE};
static const struct cel_type type_string = {CEL_TYPE_STRING};
static const struct cel_type type_timestamp = {CEL_TYPE_TIMESTAMP};
static const struct cel_type type_strings = {CEL_TYPE_LIST, .element = &type_string};
static const struct cel_type type_numbers = {CEL_TYPE_LIST, .element = &type_int};
static const struct cel_type type_counts = {CEL_TYPE_MAP, .key = &type_string,
                                            .element = &type_int};
static const struct cel_field lead_fields[FIELDS] = {
    [COUNTRY] = {"country", &type_string}, [SIZE] = {"size", &type_int},
    [SCORE] = {"score", &type_double},     [TAGS] = {"tags", &type_strings},
    [EMAIL] = {"email", &type_string},
};
static const struct cel_type type_lead = {CEL_TYPE_RECORD, .fields = lead_fields,
                                          .field_count = FIELDS};
static const struct cel_field row_fields[] = {{"owner", &type_string}, {"seats", &type_int}};
static const struct cel_type type_rows = {CEL_TYPE_TABLE, .fields = row_fields, .field_count = 2};

static const struct cel_variable variables[VARIABLES] = {
    [LEAD] = {"lead", &type_lead},           [NUMBERS] = {"numbers", &type_numbers},
    [COUNTS] = {"counts", &type_counts},     [ANYTHING] = {"anything", &type_dyn},
    [ROWS] = {"territory.rows", &type_rows}, [WHEN] = {"when", &type_timestamp},
};

#define STRING(text)                                             \
    {                                                            \
        .kind = CEL_STRING, .string = { text, sizeof(text) - 1 } \
    }

static bool rows_have(const struct cel_table *table, struct bytes key)
{
    (void)table;
    return key.size % 2 == 0;
}

static bool rows_find(const struct cel_table *table, struct bytes key, struct cel_value *ret_row)
{
    if (!rows_have(table, key))
        return false;
    ret_row[0] = cel_string(BYTES_LITERAL("Ann"));
    ret_row[1] = (struct cel_value){.kind = key.size == 0 ? CEL_ABSENT : CEL_INT};
    return true;
}

static const struct cel_table rows = {rows_find, rows_have, 2};
static const struct cel_value tags[] = {STRING("trial"), STRING("webinar")};
static const struct cel_value numbers[] = {{CEL_INT, .integer = 3}, {CEL_INT, .integer = -7}};
static const struct cel_value counts[] = {STRING("emea"), {CEL_INT, .integer = 7}};
static const struct cel_value lead[FIELDS] = {
    [COUNTRY] = STRING("DE"),
    [SIZE] = {CEL_INT, .integer = 700},
    [SCORE] = {CEL_DOUBLE, .number = 82.5},
    [TAGS] = {CEL_LIST, 2, .items = tags},
};
static const struct cel_value values[VARIABLES] = {
    [LEAD] = {CEL_RECORD, FIELDS, .items = lead}, [NUMBERS] = {CEL_LIST, 2, .items = numbers},
    [COUNTS] = {CEL_MAP, 1, .items = counts},     [ANYTHING] = {CEL_LIST, 2, .items = tags},
    [ROWS] = {CEL_TABLE, .table = &rows},         [WHEN] = {CEL_TIMESTAMP, .time = {1700000000, 5}},
};

static struct cel_value twice(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int(arguments[0].integer % 1000 * 2);
}

static const struct cel_function functions[] = {{"twice", "i:i", twice, false}};
static const struct cel_environment environment = {variables, VARIABLES, functions, 1, "territory"};

static void ignore(void *context, const struct cel_step *step)
{
    struct buffer *out = context;
    buffer_clear(out);
    cel_value_print(&step->value, PRINT_MAX, out);
}

static void run(const struct cel_program *program, struct buffer *plain, struct buffer *traced)
{
    static alignas(max_align_t) char memory[SCRATCH_SIZE];
    struct cel_scratch scratch = {memory, sizeof memory, 0};
    struct cel_value value = cel_evaluate(program, values, &scratch);
    buffer_clear(plain);
    cel_value_print(&value, PRINT_MAX, plain);
    value = cel_evaluate_traced(program, values, &scratch, ignore, traced);
    buffer_clear(traced);
    cel_value_print(&value, PRINT_MAX, traced);
    if (!bytes_equal(buffer_bytes(plain), buffer_bytes(traced)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > SOURCE_MAX)
        return 0;
    struct bytes source = {(const char *)data, size};
    const struct cel_program *program;
    struct cel_diagnostic diagnostic;
    struct buffer plain, traced;
    struct arena arena;
    arena_init(&arena);
    buffer_init(&plain, 64 * 1024);
    buffer_init(&traced, 64 * 1024);
    if (cel_program_compile(&environment, source, NULL, &arena, &program, &diagnostic) == 0)
        run(program, &plain, &traced);
    if (cel_program_compile_unchecked(&environment, source, &arena, &program, &diagnostic) == 0)
        run(program, &plain, &traced);
    buffer_release(&traced);
    buffer_release(&plain);
    arena_release(&arena);
    return 0;
}
