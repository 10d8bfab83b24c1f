/* The tokens file, and the set that is read from it. */
#include "unit.h"

#include "base/json.h"
#include "server/access/auth.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[64], path[96];

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/meshline-tokens-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/tokens.json", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void add(enum role role, const char *source, char *text, char *id)
{
    struct error err = {0};
    if (tokens_add(path, bytes_of("somebody"), role, bytes_of(source), 1000000, text, id, &err) !=
        0)
        fail_msg("%s", err.message);
}

static struct tokens *load(void)
{
    struct tokens *tokens = NULL;
    struct error err = {0};
    if (tokens_load(path, &tokens, &err) != 0)
        fail_msg("%s", err.message);
    return tokens;
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void without_a_file_there_are_no_tokens(void **state)
{
    (void)state;
    struct tokens *tokens = load();
    assert_int_equal(tokens_count(tokens), 0);
    assert_null(tokens_find(tokens, BYTES_LITERAL("mlt_x")));
    tokens_unref(tokens);
}

static void a_token_is_found_by_its_text(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE], other[TOKEN_TEXT_SIZE], other_id[TOKEN_ID_SIZE];
    add(ROLE_SOURCE, "website", text, id);
    add(ROLE_ADMIN, NULL, other, other_id);
    assert_int_equal(strlen(text), TOKEN_TEXT_SIZE - 1);
    assert_int_equal(strncmp(text, "mlt_", 4), 0);
    struct tokens *tokens = load();
    const struct token *token = tokens_find(tokens, bytes_of(text));
    assert_non_null(token);
    assert_string_equal(token->id, id);
    assert_string_equal(token->name, "somebody");
    assert_string_equal(token->source, "website");
    assert_int_equal(token->role, ROLE_SOURCE);
    assert_int_equal(tokens_find(tokens, bytes_of(other))->role, ROLE_ADMIN);
    text[TOKEN_TEXT_SIZE - 2] ^= 1;
    assert_null(tokens_find(tokens, bytes_of(text)));
    assert_null(tokens_find(tokens, bytes_of("")));
    tokens_unref(tokens);
}

static void the_file_holds_no_secret_and_is_private(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE], content[4096] = "";
    struct stat status;
    add(ROLE_READ, NULL, text, id);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    FILE *file = fopen(path, "r");
    assert_true(fread(content, 1, sizeof content - 1, file) > 0);
    fclose(file);
    assert_null(strstr(content, text + 4));
    assert_non_null(strstr(content, id));
}

static void a_revoked_token_is_not_found(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE];
    add(ROLE_READ, NULL, text, id);
    assert_int_equal(tokens_revoke(path, bytes_of(id), 2000000, NULL), 0);
    assert_int_equal(tokens_revoke(path, bytes_of(id), 3000000, NULL), 0);
    struct tokens *tokens = load();
    assert_null(tokens_find(tokens, bytes_of(text)));
    assert_int_equal(tokens_count(tokens), 1);
    assert_int_equal(tokens_active(tokens), 0);
    tokens_unref(tokens);
}

static void an_unknown_token_cannot_be_revoked(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(tokens_revoke(path, bytes_of("tok_no"), 1, &err), ML_ENOTFOUND);
    assert_non_null(strstr(err.message, "tok_no"));
}

static void tokens_are_listed_without_their_hashes(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE];
    struct buffer out;
    struct json_writer json;
    add(ROLE_OPERATE, NULL, text, id);
    buffer_init(&out, 4096);
    json_begin(&json, &out);
    assert_int_equal(tokens_list(path, TOKENS_CARRIED, (struct bytes){0}, &json, NULL), 0);
    struct json_object *list = NULL;
    assert_int_equal(json_parse(buffer_bytes(&out), &list, NULL), 0);
    struct json_object *token = json_object_array_get_idx(list, 0);
    assert_string_equal(json_member_text(token, "id").data, id);
    assert_string_equal(json_member_text(token, "role").data, "operate");
    assert_int_equal(json_member_time_us(token, "created_at"), 1000000);
    assert_null(json_object_object_get(token, "hash"));
    json_object_put(list);
    buffer_release(&out);
}

static void wrong_tokens_are_not_made(void **state)
{
    (void)state;
    static char long_name[TOKEN_NAME_MAX + 2];
    memset(long_name, 'x', sizeof long_name - 1);
    const struct {
        const char *name;
        enum role role;
        const char *source;
    } cases[] = {
        {"", ROLE_READ, ""},     {long_name, ROLE_READ, ""}, {"a\nb", ROLE_READ, ""},
        {"x", ROLE_NONE, ""},    {"x", ROLE_SOURCE, ""},     {"x", ROLE_READ, "website"},
        {"\xff", ROLE_READ, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE];
        assert_int_equal(tokens_add(path, bytes_of(cases[i].name), cases[i].role,
                                    bytes_of(cases[i].source), 1, text, id, NULL),
                         ML_EINVAL);
    }
    assert_int_equal(access(path, F_OK), -1);
}

static void a_broken_file_is_refused_with_a_reason(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"{", "not valid JSON"},
        {"[]", "\"tokens\""},
        {"{\"tokens\":[{}]}", "\"id\" of token 1"},
        {"{\"tokens\":[{\"id\":\"a\",\"name\":\"b\",\"role\":\"king\"}]}", "\"role\""},
        {"{\"tokens\":[{\"id\":\"a\",\"name\":\"b\",\"role\":\"read\",\"hash\":\"12\"}]}",
         "\"hash\""},
        {"{\"tokens\":[{\"id\":\"a\",\"name\":\"b\",\"role\":\"source\"}]}", "\"source\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tokens *tokens;
        struct error err = {0};
        write_file(cases[i].text);
        assert_int_equal(tokens_load(path, &tokens, &err), ML_EINVAL);
        assert_string_equal(err.place, path);
        if (strstr(err.message, cases[i].says) == NULL)
            fail_msg("\"%s\" is not in: %s", cases[i].says, err.message);
    }
}

static void a_revocation_that_cannot_be_read_revives_nothing(void **state)
{
    (void)state;
    struct tokens *tokens;
    write_file("{\"tokens\":[{\"id\":\"a\",\"name\":\"b\",\"role\":\"read\",\"hash\":"
               "\"0000000000000000000000000000000000000000000000000000000000000000\","
               "\"created_at\":\"2026-01-01T00:00:00Z\",\"revoked_at\":\"yesterday\"}]}");
    assert_int_equal(tokens_load(path, &tokens, NULL), ML_EINVAL);
}

static void writers_do_not_lose_each_others_tokens(void **state)
{
    (void)state;
    enum { WRITERS = 4, EACH = 5 };
    pid_t children[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE];
            int failed = 0;
            for (int t = 0; t < EACH; t++)
                failed |= tokens_add(path, BYTES_LITERAL("w"), ROLE_READ, (struct bytes){0}, 1,
                                     text, id, NULL);
            _exit(failed != 0);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    struct tokens *tokens = load();
    assert_int_equal(tokens_count(tokens), WRITERS * EACH);
    tokens_unref(tokens);
}

static void roles_cover_what_they_should(void **state)
{
    (void)state;
    assert_true(role_covers(ROLE_OPERATE, ROLE_SOURCE));
    assert_true(role_covers(ROLE_OPERATE, ROLE_READ));
    assert_false(role_covers(ROLE_OPERATE, ROLE_ADMIN));
    assert_false(role_covers(ROLE_READ, ROLE_SOURCE));
    assert_false(role_covers(ROLE_READ, ROLE_OPERATE));
    assert_false(role_covers(ROLE_SOURCE, ROLE_READ));
    for (enum role role = ROLE_NONE; role < ROLES; role++) {
        assert_true(role_covers(ROLE_ADMIN, role));
        assert_true(role_covers(role, ROLE_NONE));
        assert_int_equal(role_parse(bytes_of(role_name(role))), role);
    }
}

int main(void)
{
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(without_a_file_there_are_no_tokens),
        IN_DIRECTORY(a_token_is_found_by_its_text),
        IN_DIRECTORY(the_file_holds_no_secret_and_is_private),
        IN_DIRECTORY(a_revoked_token_is_not_found),
        IN_DIRECTORY(an_unknown_token_cannot_be_revoked),
        IN_DIRECTORY(tokens_are_listed_without_their_hashes),
        IN_DIRECTORY(wrong_tokens_are_not_made),
        IN_DIRECTORY(a_broken_file_is_refused_with_a_reason),
        IN_DIRECTORY(a_revocation_that_cannot_be_read_revives_nothing),
        IN_DIRECTORY(writers_do_not_lose_each_others_tokens),
        cmocka_unit_test(roles_cover_what_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
