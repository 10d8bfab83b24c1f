/* Runs the JSON Schema Test Suite from its folder: DIR [--list-failed]. DIR holds tests/ and
 * remotes/, or is a folder of tests such as tests/draft2020-12. Every test counts; below optional/
 * too, with formats asserted there. */
#include "contract/schema.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { REMOTES_MAX = 1000, FILE_SIZE_MAX = 16 * 1024 * 1024, PATH_SIZE = 4096 };
#define REMOTE_BASE "http://localhost:1234/"

struct suite {
    struct arena arena;
    struct contract_document remotes[REMOTES_MAX];
    size_t remote_count;
    struct contract_scratch *scratch;
    size_t passed, failed;
    bool list_failed;
};

static void visit(struct suite *suite, const char *path, const char *below,
                  void (*file)(struct suite *suite, const char *path, const char *below));

static bool read_file(struct arena *arena, const char *path, struct bytes *ret)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    char *text = arena_alloc(arena, FILE_SIZE_MAX);
    size_t size = fread(text, 1, FILE_SIZE_MAX, file);
    bool whole = feof(file) != 0;
    (void)fclose(file);
    *ret = (struct bytes){text, size};
    return whole;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void visit_entry(struct suite *suite, const char *path, const char *below, const char *name,
                        void (*file)(struct suite *, const char *, const char *))
{
    char full[PATH_SIZE], inside[PATH_SIZE];
    (void)snprintf(full, sizeof full, "%s/%s", path, name);
    (void)snprintf(inside, sizeof inside, "%s%s%s", below, *below == '\0' ? "" : "/", name);
    size_t size = strlen(name);
    if (is_directory(full))
        visit(suite, full, inside, file);
    else if (size > 5 && strcmp(name + size - 5, ".json") == 0)
        file(suite, full, inside);
}

static void visit(struct suite *suite, const char *path, const char *below,
                  void (*file)(struct suite *suite, const char *path, const char *below))
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            visit_entry(suite, path, below, entries[i]->d_name, file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void add_remote(struct suite *suite, const char *path, const char *below)
{
    struct arena arena;
    struct bytes text;
    arena_init(&arena);
    if (suite->remote_count < REMOTES_MAX && read_file(&arena, path, &text)) {
        struct contract_document *document = &suite->remotes[suite->remote_count++];
        document->uri = bytes_of(arena_printf(&suite->arena, REMOTE_BASE "%s", below));
        document->text = arena_copy(&suite->arena, text);
    }
    arena_release(&arena);
}

/* ---- one group of tests */

static void print_json(const struct contract_instance *value, struct json_writer *writer)
{
    switch (value->kind) {
    case CONTRACT_NULL: json_null(writer); break;
    case CONTRACT_BOOLEAN: json_boolean(writer, value->boolean); break;
    case CONTRACT_NUMBER: json_raw(writer, value->text); break;
    case CONTRACT_STRING: json_string(writer, value->text); break;
    case CONTRACT_ARRAY:
        json_array_open(writer);
        for (uint32_t i = 0; i < value->count; i++)
            print_json(&value->items[i], writer);
        json_array_close(writer);
        break;
    default:
        json_object_open(writer);
        for (uint32_t i = 0; i < value->count; i++) {
            json_key_bytes(writer, value->members[i].name);
            print_json(&value->members[i].value, writer);
        }
        json_object_close(writer);
        break;
    }
}

static const struct contract_instance *member(const struct contract_instance *object,
                                              const char *name)
{
    return contract_instance_find(object, bytes_of(name));
}

static void count(struct suite *suite, bool good, const char *file, struct bytes group,
                  struct bytes test, const char *why)
{
    suite->passed += good;
    suite->failed += !good;
    if (!good && suite->list_failed)
        printf("%s: %.*s: %.*s: %s\n", file, BYTES_ARG(group), BYTES_ARG(test), why);
}

static void run_test(struct suite *suite, const char *file, struct bytes group,
                     const struct contract_instance *test, const struct contract_schema *schema)
{
    struct arena arena;
    struct contract_report report;
    arena_init(&arena);
    const struct contract_instance *data = member(test, "data");
    struct bytes name = member(test, "description")->text;
    bool wanted = member(test, "valid")->boolean;
    bool valid = contract_schema_validate(schema, data, suite->scratch);
    contract_schema_report(schema, data, suite->scratch, &arena, &report);
    const char *why = valid ? "is found valid" : "is found not valid";
    if (!valid && report.count > 0)
        why = arena_printf(&arena, "is found not valid: %.*s", BYTES_ARG(report.errors[0].message));
    if (valid != report.valid || report.valid != (report.count == 0))
        count(suite, false, file, group, name, "verdict and report disagree");
    else
        count(suite, valid == wanted, file, group, name, why);
    arena_release(&arena);
}

/* The required tests take `format` as a note; those of optional/ want it asserted. */
static bool asserts_format(const char *path)
{
    return strstr(path, "/optional/") != NULL || strstr(path, "/format/") != NULL;
}

static void run_group(struct suite *suite, const char *path, const char *file,
                      const struct contract_instance *group)
{
    struct contract_options options = {.documents = suite->remotes,
                                       .document_count = suite->remote_count};
    options.assert_format = asserts_format(path);
    struct contract_diagnostics diagnostics;
    struct contract_schema *schema;
    struct buffer text;
    struct json_writer writer;
    const struct contract_instance *tests = member(group, "tests");
    struct bytes name = member(group, "description")->text;
    buffer_init(&text, FILE_SIZE_MAX);
    json_begin(&writer, &text);
    print_json(member(group, "schema"), &writer);
    contract_diagnostics_init(&diagnostics);
    int status = contract_schema_compile((struct bytes){NULL, 0}, buffer_bytes(&text), &options,
                                         &schema, &diagnostics);
    for (uint32_t i = 0; i < tests->count; i++) {
        if (status == 0)
            run_test(suite, file, name, &tests->items[i], schema);
        else
            count(suite, false, file, name, member(&tests->items[i], "description")->text,
                  diagnostics.items[0].message.data);
    }
    contract_schema_free(schema);
    contract_diagnostics_release(&diagnostics);
    buffer_release(&text);
}

static void run_file(struct suite *suite, const char *path, const char *below)
{
    struct arena arena;
    struct bytes text;
    const struct contract_instance *groups;
    struct error err;
    arena_init(&arena);
    if (!read_file(&arena, path, &text)) {
        count(suite, false, below, (struct bytes){NULL, 0}, (struct bytes){NULL, 0},
              "cannot be read");
    } else if (contract_instance_parse(text, NULL, &arena, &groups, &err) != 0) {
        count(suite, false, below, bytes_of(err.place), bytes_of(err.message), "not JSON");
    } else {
        for (uint32_t i = 0; groups->kind == CONTRACT_ARRAY && i < groups->count; i++)
            run_group(suite, path, below, &groups->items[i]);
    }
    arena_release(&arena);
}

/* Goes through the places where a folder may be, seen from the one that was given. */
static void find_folder(const char *given, const char *const *places, size_t count,
                        char ret[static PATH_SIZE])
{
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(ret, PATH_SIZE, "%s%s", given, places[i]);
        if (is_directory(ret))
            return;
    }
}

int main(int argc, char **argv)
{
    static struct suite suite;
    static const char *const test_places[] = {"/tests/draft2020-12", "/draft2020-12", "/tests", ""};
    static const char *const remote_places[] = {"/remotes", "/../remotes", "/../../remotes",
                                                "/../../../remotes", "/../../../../remotes"};
    char tests[PATH_SIZE], remotes[PATH_SIZE];
    if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "--list-failed") != 0)) {
        (void)fprintf(stderr, "usage: json-schema DIR [--list-failed]\n");
        return 2;
    }
    suite.list_failed = argc == 3;
    arena_init(&suite.arena);
    suite.scratch = contract_scratch_new();
    find_folder(argv[1], test_places, 4, tests);
    find_folder(argv[1], remote_places, 5, remotes);
    visit(&suite, remotes, "", add_remote);
    visit(&suite, tests, "", run_file);
    printf("%zu passed, %zu failed\n", suite.passed, suite.failed);
    contract_scratch_free(suite.scratch);
    arena_release(&suite.arena);
    return suite.failed > 0 || suite.passed == 0;
}
