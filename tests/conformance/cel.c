/* Runs the tests of the CEL specification from one JSON file: FILE [--list-failed]. Every test
 * counts; what the file says that this runner does not understand is a failure. */
#include "cel_value.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCRATCH_SIZE = 1024 * 1024, REASON_MAX = 4096 };

struct test {
    struct json_object *json;
    struct arena *arena;
    struct cel_environment environment;
    struct cel_value *values;
    struct buffer *reason; /* why it failed */
};

static struct json_object *member(struct json_object *object, const char *key)
{
    struct json_object *found = NULL;
    json_object_object_get_ex(object, key, &found);
    return found;
}

static struct bytes text_of(struct json_object *string)
{
    if (!json_object_is_type(string, json_type_string))
        return (struct bytes){NULL, 0};
    return (struct bytes){json_object_get_string(string),
                          (size_t)json_object_get_string_len(string)};
}

static bool is_set(const struct test *test, const char *key)
{
    return json_object_get_boolean(member(test->json, key));
}

static bool fail(struct test *test, const char *what, struct bytes detail)
{
    buffer_printf(test->reason, "%s%.*s", what, BYTES_ARG(detail));
    return false;
}

/* ---- the environment: what is declared, and what is bound without being declared */

static bool declare(struct test *test)
{
    static const struct cel_type dyn = {CEL_TYPE_DYN};
    struct json_object *declared = member(test->json, "declared");
    struct json_object *bindings = member(test->json, "bindings");
    size_t room = (size_t)(declared ? json_object_object_length(declared) : 0) +
                  (size_t)(bindings ? json_object_object_length(bindings) : 0);
    struct cel_variable *variables = arena_array(test->arena, room, sizeof *variables);
    test->values = arena_array(test->arena, room, sizeof *test->values);
    size_t count = 0;
    if (declared != NULL) {
        json_object_object_foreach(declared, name, type)
        {
            variables[count].name = name;
            variables[count].type = case_type_read(text_of(type), test->arena);
            if (variables[count++].type == NULL)
                return fail(test, "unknown type ", text_of(type));
        }
    }
    if (bindings != NULL) {
        json_object_object_foreach(bindings, name, value)
        {
            size_t i = 0;
            while (i < count && strcmp(variables[i].name, name) != 0)
                i++;
            if (i == count)
                variables[count++] = (struct cel_variable){name, &dyn, NULL};
            if (!case_value_read(value, test->arena, &test->values[i]))
                return fail(test, "unknown value of ", bytes_of(name));
        }
    }
    test->environment.variables = variables;
    test->environment.count = count;
    test->environment.container = json_object_get_string(member(test->json, "container"));
    return true;
}

static struct cel_value not_callable(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    (void)arguments;
    return (struct cel_value){.kind = CEL_ERROR, .string = BYTES_LITERAL("declared only")};
}

static bool declare_functions(struct test *test)
{
    struct json_object *functions = member(test->json, "functions");
    size_t count = 0, used = 0;
    for (size_t i = 0; functions != NULL && i < json_object_array_length(functions); i++)
        count +=
            json_object_array_length(member(json_object_array_get_idx(functions, i), "overloads"));
    struct cel_function *rows = arena_array(test->arena, count, sizeof *rows);
    for (size_t i = 0; functions != NULL && i < json_object_array_length(functions); i++) {
        struct json_object *function = json_object_array_get_idx(functions, i);
        struct json_object *overloads = member(function, "overloads");
        for (size_t o = 0; o < json_object_array_length(overloads); o++) {
            struct json_object *overload = json_object_array_get_idx(overloads, o);
            struct cel_function *row = &rows[used++];
            row->name = json_object_get_string(member(function, "name"));
            row->signature = case_signature(member(overload, "params"),
                                            text_of(member(overload, "result")), test->arena);
            row->member = json_object_get_boolean(member(overload, "member"));
            row->call = not_callable;
            if (row->signature == NULL)
                return fail(test, "unknown signature of ", bytes_of(row->name));
        }
    }
    test->environment.functions = rows;
    test->environment.function_count = used;
    return true;
}

/* ---- one test */

static bool check_type(struct test *test, const struct cel_program *program)
{
    struct json_object *wanted = member(test->json, "deduced_type");
    struct buffer found;
    if (wanted == NULL)
        return true;
    buffer_init(&found, 1024);
    case_type_print(cel_program_type(program), &found);
    bool same = bytes_equal(buffer_bytes(&found), text_of(wanted));
    if (!same)
        fail(test, "is of type ", buffer_bytes(&found));
    buffer_release(&found);
    return same;
}

static bool check_result(struct test *test, const struct cel_value *found)
{
    struct json_object *wanted = member(test->json, "value");
    struct cel_value value;
    if (found->kind == CEL_ERROR && wanted != NULL)
        return fail(test, "error: ", found->string);
    if (wanted == NULL && found->kind == CEL_ERROR)
        return true;
    if (wanted != NULL && !case_value_read(wanted, test->arena, &value))
        return fail(test, "unknown value", (struct bytes){NULL, 0});
    if (wanted != NULL && case_values_same(&value, found))
        return true;
    buffer_printf(test->reason, "gives ");
    cel_value_print(found, 500, test->reason);
    return false;
}

static bool run(struct test *test)
{
    static char memory[SCRATCH_SIZE];
    struct cel_scratch scratch = {memory, sizeof memory, 0};
    struct cel_diagnostic diagnostic = {{0, 0}, ""};
    const struct cel_program *program = NULL;
    struct bytes source = text_of(member(test->json, "expr"));
    if (!declare(test) || !declare_functions(test))
        return false;
    int result = is_set(test, "disable_check")
                     ? cel_program_compile_unchecked(&test->environment, source, test->arena,
                                                     &program, &diagnostic)
                     : cel_program_compile(&test->environment, source, NULL, test->arena, &program,
                                           &diagnostic);
    if (result != 0)
        return member(test->json, "error") != NULL ||
               fail(test, "does not compile: ", bytes_of(diagnostic.message));
    if (!check_type(test, program))
        return false;
    if (is_set(test, "check_only"))
        return member(test->json, "error") == NULL ||
               fail(test, "compiles", (struct bytes){NULL, 0});
    struct cel_value value = cel_evaluate(program, test->values, &scratch);
    return check_result(test, &value);
}

static void report(const struct test *test)
{
    static const char *const path[] = {"file", "section", "name"};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        printf("%s%.*s", i > 0 ? "/" : "FAILED ", BYTES_ARG(text_of(member(test->json, path[i]))));
    printf(": %.*s\n    %s\n", BYTES_ARG(text_of(member(test->json, "expr"))),
           buffer_string(test->reason));
}

static bool run_and_report(struct json_object *json, bool list_failed)
{
    struct arena arena;
    struct buffer reason;
    arena_init(&arena);
    buffer_init(&reason, REASON_MAX);
    struct test test = {.json = json, .arena = &arena, .reason = &reason};
    bool passed = run(&test);
    if (!passed && list_failed)
        report(&test);
    buffer_release(&reason);
    arena_release(&arena);
    return passed;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: cel FILE [--list-failed]\n");
        return 2;
    }
    struct json_object *file = json_object_from_file(argv[1]);
    struct json_object *tests = file != NULL ? member(file, "tests") : NULL;
    if (!json_object_is_type(tests, json_type_array)) {
        fprintf(stderr, "cel: %s: no file of tests: %s\n", argv[1], json_util_get_last_err());
        json_object_put(file);
        return 1;
    }
    size_t count = json_object_array_length(tests), passed = 0;
    bool list_failed = argc > 2 && strcmp(argv[2], "--list-failed") == 0;
    for (size_t i = 0; i < count; i++)
        passed += run_and_report(json_object_array_get_idx(tests, i), list_failed);
    printf("%zu passed, %zu failed\n", passed, count - passed);
    json_object_put(file);
    return passed == count ? 0 : 1;
}
