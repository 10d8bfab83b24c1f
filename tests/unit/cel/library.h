/* Tests of the function libraries: tables of expressions and what they come to. */
#ifndef ML_TESTS_UNIT_CEL_LIBRARY_H
#define ML_TESTS_UNIT_CEL_LIBRARY_H

#include "unit.h"

struct example {
    const char *source;
    const char *printed; /* as evaluate_printed() has it */
};

static inline void expect_each(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(examples[i].source, examples[i].printed);
}

#define EXPECT_EACH(examples) expect_each(examples, sizeof(examples) / sizeof *(examples))

/* Each gives an error, whatever its words. */
static inline void expect_errors(const char *const *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *printed = evaluate_printed(sources[i]);
        if (strncmp(printed, "error: ", 7) != 0)
            fail_msg("%s gives %s, not an error", sources[i], printed);
    }
}

#define EXPECT_ERRORS(sources) expect_errors(sources, sizeof(sources) / sizeof *(sources))

/* With every size of scratch up to the one that suffices: the error that it is used up, never a
 * write outside, which the sanitizers see. */
static inline void expect_any_scratch(const char *source, struct bytes string)
{
    const struct cel_program *program = compile(bytes_of(source));
    for (size_t size = 0; size < 2000; size++) {
        char *memory = size > 0 ? test_malloc(size) : NULL;
        struct cel_scratch scratch = {memory, size, 0};
        struct cel_value value = cel_evaluate(program, values, &scratch);
        bool enough = value.kind == CEL_STRING;
        assert_true(enough ? bytes_equal(value.string, string) : value.kind == CEL_ERROR);
        test_free(memory);
        if (enough)
            return;
    }
    fail_msg("%s needs more than 2000 bytes", source);
}

#endif
