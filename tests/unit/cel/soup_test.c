/* Whatever is thrown at it, the compiler answers with a program or a mistake at a place, and a
 * program with a value. Seeded: a failure prints the expression and comes again. */
#include "unit.h"

/* Vigna, splitmix64. */
static uint64_t random_next(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static size_t random_below(uint64_t *seed, size_t limit)
{
    ML_ASSERT(limit > 0);
    return (size_t)(random_next(seed) % limit);
}

static const char *const tokens[] = {
    "lead",
    ".",
    "country",
    "employees",
    "email",
    "intent",
    "tags",
    "company",
    "vip",
    "territory",
    "dach",
    "nordic",
    "counts",
    "anything",
    "held",
    "nothing",
    "limit",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "&&",
    "||",
    "!",
    "+",
    "-",
    "*",
    "/",
    "%",
    "0",
    "1",
    "2u",
    "3.5",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "true",
    "false",
    "null",
    "'DE'",
    "''",
    "b'x'",
    "r'\\'",
    "'''a'''",
    "'\\u00e9'",
    "has(",
    "size(",
    "dyn(",
    ".contains(",
    ".startsWith(",
    ".lowerAscii()",
    ".size()",
    "`a-b`",
    "as",
    "foo",
    "=",
    "&",
    "'",
    "\"",
    "\\",
    "\n",
    "// x\n",
    "\xc3\xa9",
    "$",
};

enum { TOKENS = sizeof tokens / sizeof *tokens, TEXT_MAX = 4096 };

struct text {
    char data[TEXT_MAX];
    size_t size;
};

static void append(struct text *text, const char *piece)
{
    size_t size = strlen(piece);
    if (text->size + size > TEXT_MAX)
        return;
    memcpy(text->data + text->size, piece, size);
    text->size += size;
}

/* Compiles, checks that the answer is whole, and runs what can be run with too little memory and
 * with enough. Returns whether it was a program. */
static bool try_out(const struct text *text)
{
    struct arena own;
    arena_init(&own);
    const struct cel_program *program = NULL;
    struct cel_diagnostic diagnostic = {0};
    /* An exact copy, so that reading past its end is seen. */
    char *copy = test_malloc(text->size + 1);
    memcpy(copy, text->data, text->size);
    struct bytes source = {copy, text->size};
    int result = cel_program_compile(&environment, source, NULL, &own, &program, &diagnostic);
    if (result == 0) {
        static const size_t sizes[] = {0, 40, sizeof scratch_memory};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct cel_scratch scratch = {scratch_memory, sizes[i], 0};
            struct cel_value value = cel_evaluate(program, values, &scratch);
            assert_in_range(value.kind, CEL_NULL, CEL_ERROR);
            assert_true(scratch.used <= sizes[i]);
        }
    } else if (diagnostic.position.line == 0 || diagnostic.message[0] == '\0' ||
               (result != ML_EINVAL && result != ML_ELIMIT)) {
        fail_msg("%d without a place or a message: %.*s", result, BYTES_ARG(source));
    }
    test_free(copy);
    arena_release(&own);
    return result == 0;
}

static void token_soup_never_crashes(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 30000; round++) {
        struct text text = {.size = 0};
        size_t count = random_below(&seed, 24);
        for (size_t i = 0; i < count; i++) {
            append(&text, tokens[random_below(&seed, TOKENS)]);
            if (random_below(&seed, 3) > 0)
                append(&text, " ");
        }
        try_out(&text);
    }
}

static void byte_soup_never_crashes(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int round = 0; round < 10000; round++) {
        struct text text = {.size = random_below(&seed, 40)};
        for (size_t i = 0; i < text.size; i++)
            text.data[i] = (char)(unsigned char)random_next(&seed);
        try_out(&text);
    }
}

/* Grows an expression that is right in form, and mostly in type. */
static void grow(struct text *text, uint64_t *seed, int depth)
{
    static const char *const leaves[] = {"lead.country",
                                         "lead.employees",
                                         "lead.email",
                                         "lead.intent",
                                         "lead.tags",
                                         "lead.vip",
                                         "counts",
                                         "anything",
                                         "held",
                                         "limit",
                                         "nothing",
                                         "territory.dach",
                                         "1",
                                         "0",
                                         "2u",
                                         "3.5",
                                         "'DE'",
                                         "''",
                                         "true",
                                         "false",
                                         "null",
                                         "[]",
                                         "[1, 2]",
                                         "['DE', 'AT']",
                                         "{'a': 1}",
                                         "b'x'",
                                         "9223372036854775807",
                                         "has(lead.email)",
                                         "has(lead.company.size)"};
    static const char *const binaries[] = {" == ", " != ", " < ", " <= ", " > ", " >= ", " in ",
                                           " && ", " || ", " + ", " - ",  " * ", " / ",  " % "};
    static const char *const openings[][3] = {
        {"(", NULL, ")"},          {"!dyn(", NULL, ")"},
        {"-dyn(", NULL, ")"},      {"[", ", ", "]"},
        {"dyn(", ")[", "]"},       {"dyn(", ") ? 1 : dyn(", ")"},
        {"size(dyn(", NULL, "))"}, {"dyn(", ").contains(dyn(", "))"},
        {"{dyn(", "): ", "}"},     {"dyn(", NULL, ").a"}};
    size_t choice = random_below(seed, 10);
    if (depth == 0 || choice < 2) {
        append(text, leaves[random_below(seed, sizeof leaves / sizeof *leaves)]);
    } else if (choice < 6) {
        append(text, "dyn(");
        grow(text, seed, depth - 1);
        append(text, ")");
        append(text, binaries[random_below(seed, sizeof binaries / sizeof *binaries)]);
        append(text, "dyn(");
        grow(text, seed, depth - 1);
        append(text, ")");
    } else {
        const char *const *opening =
            openings[random_below(seed, sizeof openings / sizeof *openings)];
        append(text, opening[0]);
        grow(text, seed, depth - 1);
        if (opening[1] != NULL) {
            append(text, opening[1]);
            grow(text, seed, depth - 1);
        }
        append(text, opening[2]);
    }
}

static void grown_expressions_compile_and_evaluate(void **state)
{
    (void)state;
    uint64_t seed = 3;
    int programs = 0;
    for (int round = 0; round < 20000; round++) {
        struct text text = {.size = 0};
        grow(&text, &seed, 5);
        programs += try_out(&text);
    }
    /* Nearly all are programs: otherwise this would test the parser's refusals alone. */
    assert_true(programs > 18000);
}

static void damaged_expressions_never_crash(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int round = 0; round < 20000; round++) {
        struct text text = {.size = 0};
        grow(&text, &seed, 4);
        size_t at = random_below(&seed, text.size);
        if (random_below(&seed, 2) == 0)
            text.size = at;
        else
            text.data[at] = (char)(unsigned char)random_next(&seed);
        try_out(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_soup_never_crashes),
        cmocka_unit_test(byte_soup_never_crashes),
        cmocka_unit_test(grown_expressions_compile_and_evaluate),
        cmocka_unit_test(damaged_expressions_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
