/* What the tests of cel share: an environment like that of a routing policy, and one-line checks of
 * what an expression gives or what is wrong with it. */
#ifndef ML_TESTS_UNIT_CEL_UNIT_H
#define ML_TESTS_UNIT_CEL_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cel/cel.h"

#include <stdalign.h>
#include <stdio.h>

static const struct cel_type type_bool = {CEL_TYPE_BOOL};
static const struct cel_type type_int = {CEL_TYPE_INT};
static const struct cel_type type_double = {CEL_TYPE_DOUBLE};
static const struct cel_type type_string = {CEL_TYPE_STRING};
static const struct cel_type type_dyn = {CEL_TYPE_DYN};
static const struct cel_type type_strings = {CEL_TYPE_LIST, .element = &type_string};
static const struct cel_type type_counts = {CEL_TYPE_MAP, .key = &type_string,
                                            .element = &type_int};

enum { COMPANY_SIZE, COMPANY_NAME, COMPANY_FIELDS };
static const struct cel_field company_fields[] = {{"size", &type_int}, {"name", &type_string}};
static const struct cel_type type_company = {CEL_TYPE_RECORD, .fields = company_fields,
                                             .field_count = COMPANY_FIELDS};

enum {
    LEAD_COUNTRY,
    LEAD_EMPLOYEES,
    LEAD_EMAIL, /* absent */
    LEAD_INTENT,
    LEAD_TAGS,
    LEAD_COMPANY, /* absent */
    LEAD_PARTNER,
    LEAD_VIP, /* null */
    LEAD_FIELDS
};
static const struct cel_field lead_fields[] = {
    {"country", &type_string},  {"employees", &type_int}, {"email", &type_string},
    {"intent", &type_double},   {"tags", &type_strings},  {"company", &type_company},
    {"partner", &type_company}, {"vip", &type_bool},
};
static const struct cel_type type_lead = {CEL_TYPE_RECORD, .fields = lead_fields,
                                          .field_count = LEAD_FIELDS};

#define STRING(text)                                             \
    {                                                            \
        .kind = CEL_STRING, .string = { text, sizeof(text) - 1 } \
    }

static const struct cel_value dach_items[] = {STRING("DE"), STRING("AT"), STRING("CH")};
static const struct cel_value dach_list = {CEL_LIST, 3, .items = dach_items};
static const struct cel_value tag_items[] = {STRING("trial"), STRING("webinar")};
static const struct cel_value partner_items[] = {{CEL_INT, .integer = 12}, STRING("Acme")};
static const struct cel_value count_items[] = {
    STRING("emea"), {CEL_INT, .integer = 7}, STRING("apac"), {CEL_INT, .integer = 0}};
static const struct cel_value lead_items[LEAD_FIELDS] = {
    [LEAD_COUNTRY] = STRING("DE"),
    [LEAD_EMPLOYEES] = {CEL_INT, .integer = 700},
    [LEAD_INTENT] = {CEL_DOUBLE, .number = 82.5},
    [LEAD_TAGS] = {CEL_LIST, 2, .items = tag_items},
    [LEAD_PARTNER] = {CEL_RECORD, COMPANY_FIELDS, .items = partner_items},
    [LEAD_VIP] = {CEL_NULL},
};

/* A variable and what it holds, side by side. */
enum { LEAD, DACH, NORDIC, NORDIC_BIG, COUNTS, ANYTHING, HELD, NOTHING, LIMIT, VARIABLES };
static const struct cel_variable variables[VARIABLES] = {
    [LEAD] = {"lead", &type_lead},
    [DACH] = {"territory.dach", &type_strings, &dach_list},
    [NORDIC] = {"territory.nordic", &type_strings},
    [NORDIC_BIG] = {"territory.nordic.big", &type_bool},
    [COUNTS] = {"counts", &type_counts},
    [ANYTHING] = {"anything", &type_dyn},
    [HELD] = {"held", &type_dyn},
    [NOTHING] = {"nothing", &type_int},
    [LIMIT] = {"limit", &type_int},
};
static const struct cel_value values[VARIABLES] = {
    [LEAD] = {CEL_RECORD, LEAD_FIELDS, .items = lead_items},
    [NORDIC] = {CEL_LIST, 1, .items = dach_items},
    [NORDIC_BIG] = {CEL_BOOL, .boolean = true},
    [COUNTS] = {CEL_MAP, 2, .items = count_items},
    [ANYTHING] = STRING("text"),
    [HELD] = {CEL_UINT, .uinteger = 2},
    [LIMIT] = {CEL_INT, .integer = 500},
};
static const struct cel_environment environment = {variables, VARIABLES};

static struct arena arena;
static alignas(max_align_t) char scratch_memory[4096];

static inline int with_arena(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static inline int without_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static inline const struct cel_program *compile(struct bytes source)
{
    const struct cel_program *program = NULL;
    struct cel_diagnostic diagnostic = {0};
    int result = cel_program_compile(&environment, source, NULL, &arena, &program, &diagnostic);
    if (result != 0)
        fail_msg("%.*s: %u:%u: %s", BYTES_ARG(source), diagnostic.position.line,
                 diagnostic.position.column, diagnostic.message);
    return program;
}

static inline struct cel_value evaluate(const char *source)
{
    struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
    return cel_evaluate(compile(bytes_of(source)), values, &scratch);
}

/* The value as the expression would be written, so that a failure shows what came instead. */
static inline const char *evaluate_printed(const char *source)
{
    struct cel_value value = evaluate(source);
    switch (value.kind) {
    case CEL_NULL: return "null";
    case CEL_BOOL: return value.boolean ? "true" : "false";
    case CEL_INT: return arena_printf(&arena, "%lld", (long long)value.integer);
    case CEL_UINT: return arena_printf(&arena, "%lluu", (unsigned long long)value.uinteger);
    case CEL_DOUBLE: return arena_printf(&arena, "%#.17g", value.number);
    case CEL_STRING: return arena_printf(&arena, "'%.*s'", BYTES_ARG(value.string));
    case CEL_BYTES: return arena_printf(&arena, "b'%.*s'", BYTES_ARG(value.string));
    case CEL_ERROR: return arena_printf(&arena, "error: %.*s", BYTES_ARG(value.string));
    default: return arena_printf(&arena, "kind %d with %u items", (int)value.kind, value.count);
    }
}

static inline void expect(const char *source, const char *printed)
{
    const char *found = evaluate_printed(source);
    if (strcmp(found, printed) != 0)
        fail_msg("%s gives %s, not %s", source, found, printed);
}

static inline void expect_true(const char *source)
{
    expect(source, "true");
}

static inline void expect_false(const char *source)
{
    expect(source, "false");
}

static inline void expect_error(const char *source, const char *message)
{
    expect(source, arena_printf(&arena, "error: %s", message));
}

static inline void expect_code(struct bytes source, int code, unsigned line, unsigned column,
                               const char *message)
{
    const struct cel_program *program = NULL;
    struct cel_diagnostic found = {0};
    int result = cel_program_compile(&environment, source, NULL, &arena, &program, &found);
    if (result != code || found.position.line != line || found.position.column != column ||
        strcmp(found.message, message) != 0)
        fail_msg("%.*s\n  gives %d at %u:%u %s\n  not   %d at %u:%u %s",
                 (int)(source.size > 100 ? 100 : source.size), source.data, result,
                 found.position.line, found.position.column, found.message, code, line, column,
                 message);
    assert_null(program);
}

/* The first mistake in `source`. */
static inline void expect_mistake(const char *source, unsigned line, unsigned column,
                                  const char *message)
{
    expect_code(bytes_of(source), ML_EINVAL, line, column, message);
}

/* `piece` written `count` times. */
static inline struct bytes repeat(const char *piece, size_t count)
{
    size_t size = strlen(piece);
    char *text = arena_alloc(&arena, size * count + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * size, piece, size);
    text[size * count] = '\0';
    return (struct bytes){text, size * count};
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, with_arena, without_arena)

#endif
