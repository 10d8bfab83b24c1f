/* Keys of sources in the file of tokens. */
#include "unit.h"

#include "base/json.h"
#include "server/access/auth.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64], path[96];
static struct error err;
static struct key_made made;

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/meshline-keys-XXXXXX");
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

static int add(enum key_kind kind, const char *source, const char *secret)
{
    const struct key_request request = {
        .kind = kind, .source = bytes_of(source), .secret = bytes_of(secret)};
    err = (struct error){0};
    return tokens_add_key(path, &request, 1000000, &made, &err);
}

static void add_good(enum key_kind kind, const char *source, const char *secret)
{
    if (add(kind, source, secret) != 0)
        fail_msg("%s", err.message);
}

static struct tokens *load(void)
{
    struct tokens *tokens = NULL;
    err = (struct error){0};
    if (tokens_load(path, &tokens, &err) != 0)
        fail_msg("%s", err.message);
    return tokens;
}

static const char *file_text(void)
{
    static char content[8192];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(content, 1, sizeof content - 1, file);
    content[size] = '\0';
    fclose(file);
    return content;
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_bearer_key_is_a_token_of_its_source_and_only_hashed(void **state)
{
    (void)state;
    add_good(KEY_BEARER, "website", "");
    assert_int_equal(strncmp(made.secret, "mlt_", 4), 0);
    assert_int_equal(strncmp(made.id, "key_", 4), 0);
    assert_null(strstr(file_text(), made.secret + 4));
    struct tokens *tokens = load();
    const struct token *token = tokens_find(tokens, bytes_of(made.secret));
    assert_non_null(token);
    assert_int_equal(token->role, ROLE_SOURCE);
    assert_string_equal(token->source, "website");
    assert_string_equal(token->name, "website"); /* when no name is given */
    const struct token *keys[SOURCE_KEYS_MAX];
    assert_int_equal(tokens_signers(tokens, BYTES_LITERAL("website"), keys), 0);
    assert_int_equal(tokens_bearers(tokens), 1);
    tokens_unref(tokens);
}

static void a_secret_is_made_where_the_receiver_may_choose_it(void **state)
{
    (void)state;
    const enum key_kind kinds[] = {KEY_SIGNATURE, KEY_TYPEFORM, KEY_GOOGLE_ADS};
    for (size_t i = 0; i < 3; i++) {
        const char *source = key_kind_name(kinds[i]);
        add_good(kinds[i], source, "");
        assert_int_equal(signature_secret_check(kinds[i], bytes_of(made.secret), NULL), 0);
        struct tokens *tokens = load();
        const struct token *keys[SOURCE_KEYS_MAX];
        assert_int_equal(tokens_signers(tokens, bytes_of(source), keys), 1);
        assert_string_equal(keys[0]->secret, made.secret);
        assert_string_equal(keys[0]->id, made.id);
        assert_int_equal(keys[0]->kind, kinds[i]);
        tokens_unref(tokens);
    }
}

static void a_vendors_secret_must_be_given_and_is_not_shown_again(void **state)
{
    (void)state;
    const enum key_kind kinds[] = {KEY_META, KEY_LINKEDIN, KEY_WEBFLOW, KEY_SALESFORCE};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(add(kinds[i], "ads", ""), ML_EINVAL);
        assert_non_null(strstr(err.message, signature_scheme_of(kinds[i])->title));
        add_good(kinds[i], key_kind_name(kinds[i]), "given-by-the-vendor");
        assert_string_equal(made.secret, "");
        assert_int_equal(made.verify[0] != '\0', kinds[i] == KEY_META);
    }
}

static void a_secret_that_cannot_be_one_is_refused(void **state)
{
    (void)state;
    assert_int_equal(add(KEY_SIGNATURE, "a", "whsec_short"), ML_EINVAL);
    assert_int_equal(add(KEY_BEARER, "a", "mlt_chosen"), ML_EINVAL);
    assert_non_null(strstr(err.message, "leave the secret out"));
    assert_int_equal(add(KEY_TYPEFORM, "", "x"), ML_EINVAL);
    assert_int_equal(access(path, F_OK), -1);
}

static void hubspot_needs_the_address_and_nobody_else_has_one(void **state)
{
    (void)state;
    struct key_request request = {.kind = KEY_HUBSPOT,
                                  .source = BYTES_LITERAL("hubspot"),
                                  .secret = BYTES_LITERAL("client-secret")};
    const char *wrong[] = {"", "leads.acme.example/x", "ftp://leads.acme.example/"};
    for (size_t i = 0; i < 3; i++) {
        request.url = bytes_of(wrong[i]);
        assert_int_equal(tokens_add_key(path, &request, 1, &made, &err), ML_EINVAL);
        assert_non_null(strstr(err.message, "https://"));
    }
    request.url = BYTES_LITERAL("https://leads.acme.example/v1/sources/hubspot/leads");
    assert_int_equal(tokens_add_key(path, &request, 1, &made, &err), 0);
    struct tokens *tokens = load();
    const struct token *keys[SOURCE_KEYS_MAX];
    assert_int_equal(tokens_signers(tokens, request.source, keys), 1);
    assert_true(bytes_is(request.url, keys[0]->url));
    tokens_unref(tokens);
    request.kind = KEY_META;
    assert_int_equal(tokens_add_key(path, &request, 1, &made, &err), ML_EINVAL);
}

static void a_source_has_two_keys_at_a_time(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE], first[TOKEN_ID_SIZE];
    add_good(KEY_SIGNATURE, "portal", "");
    memcpy(first, made.id, sizeof first);
    assert_int_equal(tokens_add(path, BYTES_LITERAL("old way"), ROLE_SOURCE,
                                BYTES_LITERAL("portal"), 1, text, id, &err),
                     0);
    assert_int_equal(add(KEY_SIGNATURE, "portal", ""), ML_ECONFLICT);
    assert_non_null(strstr(err.message, first)); /* which one to revoke */
    assert_int_equal(tokens_add(path, BYTES_LITERAL("old way"), ROLE_SOURCE,
                                BYTES_LITERAL("portal"), 1, text, id, &err),
                     ML_ECONFLICT);
    add_good(KEY_SIGNATURE, "website", ""); /* another source has its own two */
    assert_int_equal(tokens_revoke(path, bytes_of(first), 2, &err), 0);
    add_good(KEY_SIGNATURE, "portal", "");
}

static void a_revoked_key_checks_nothing_and_its_secret_is_gone(void **state)
{
    (void)state;
    const struct token *keys[SOURCE_KEYS_MAX];
    add_good(KEY_META, "ads", "app-secret-of-ads");
    assert_non_null(strstr(file_text(), "app-secret-of-ads"));
    assert_int_equal(tokens_revoke(path, bytes_of(made.id), 2000000, &err), 0);
    assert_null(strstr(file_text(), "app-secret-of-ads"));
    assert_null(strstr(file_text(), made.verify));
    struct tokens *tokens = load();
    assert_int_equal(tokens_signers(tokens, BYTES_LITERAL("ads"), keys), 0);
    assert_int_equal(tokens_count(tokens), 1);
    tokens_unref(tokens);
}

static void a_secret_is_no_token(void **state)
{
    (void)state;
    add_good(KEY_TYPEFORM, "form", "");
    struct tokens *tokens = load();
    assert_null(tokens_find(tokens, bytes_of(made.secret)));
    assert_null(tokens_find(tokens, bytes_of("")));
    assert_int_equal(tokens_bearers(tokens), 0);
    assert_int_equal(tokens_active(tokens), 1);
    tokens_unref(tokens);
}

static void secrets_stand_in_a_private_file_and_in_no_list(void **state)
{
    (void)state;
    struct stat status;
    struct buffer out;
    struct json_writer json;
    char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE];
    add_good(KEY_META, "ads", "app-secret-of-ads");
    assert_int_equal(
        tokens_add(path, BYTES_LITERAL("boss"), ROLE_ADMIN, (struct bytes){0}, 1, text, id, &err),
        0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    buffer_init(&out, 4096);
    json_begin(&json, &out);
    assert_int_equal(tokens_list(path, TOKENS_OF_SOURCES, (struct bytes){0}, &json, &err), 0);
    assert_non_null(strstr(buffer_string(&out), "\"kind\":\"meta\""));
    assert_null(strstr(buffer_string(&out), "app-secret-of-ads"));
    assert_null(strstr(buffer_string(&out), made.verify));
    assert_null(strstr(buffer_string(&out), "boss"));
    buffer_clear(&out);
    json_begin(&json, &out);
    assert_int_equal(tokens_list(path, TOKENS_OF_SOURCES, BYTES_LITERAL("other"), &json, &err), 0);
    assert_string_equal(buffer_string(&out), "[]");
    buffer_clear(&out);
    json_begin(&json, &out);
    assert_int_equal(tokens_list(path, TOKENS_CARRIED, (struct bytes){0}, &json, &err), 0);
    assert_null(strstr(buffer_string(&out), "meta"));
    assert_non_null(strstr(buffer_string(&out), "boss"));
    buffer_release(&out);
}

#define HASH "0000000000000000000000000000000000000000000000000000000000000000"

static void a_file_of_an_earlier_version_is_read(void **state)
{
    (void)state;
    write_file("{\"tokens\":[{\"id\":\"tok_1\",\"name\":\"web\",\"role\":\"source\",\"source\":"
               "\"website\",\"hash\":\"" HASH "\",\"created_at\":\"2026-01-01T00:00:00Z\"}]}");
    struct tokens *tokens = load();
    assert_int_equal(tokens_bearers(tokens), 1);
    tokens_unref(tokens);
}

static void a_broken_key_is_named(void **state)
{
    (void)state;
    const struct {
        const char *members;
        const char *says;
    } cases[] = {
        {"\"role\":\"source\",\"source\":\"s\",\"kind\":\"fax\"", "\"kind\""},
        {"\"role\":\"admin\",\"kind\":\"meta\",\"secret\":\"x\"", "\"kind\""},
        {"\"role\":\"source\",\"source\":\"s\",\"kind\":\"meta\"", "\"secret\""},
        {"\"role\":\"source\",\"source\":\"s\",\"kind\":\"meta\",\"secret\":\"\"", "\"secret\""},
        {"\"role\":\"source\",\"source\":\"s\",\"kind\":\"signature\",\"secret\":\"whsec_x\"",
         "\"secret\""},
        {"\"role\":\"source\",\"source\":\"s\",\"kind\":\"hubspot\",\"secret\":\"x\",\"url\":1",
         "\"url\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        struct tokens *tokens;
        snprintf(text, sizeof text, "{\"tokens\":[{\"id\":\"k\",\"name\":\"n\",%s}]}",
                 cases[i].members);
        write_file(text);
        assert_int_equal(tokens_load(path, &tokens, &err), ML_EINVAL);
        if (strstr(err.message, cases[i].says) == NULL)
            fail_msg("\"%s\" is not in: %s", cases[i].says, err.message);
    }
}

int main(void)
{
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(a_bearer_key_is_a_token_of_its_source_and_only_hashed),
        IN_DIRECTORY(a_secret_is_made_where_the_receiver_may_choose_it),
        IN_DIRECTORY(a_vendors_secret_must_be_given_and_is_not_shown_again),
        IN_DIRECTORY(a_secret_that_cannot_be_one_is_refused),
        IN_DIRECTORY(hubspot_needs_the_address_and_nobody_else_has_one),
        IN_DIRECTORY(a_source_has_two_keys_at_a_time),
        IN_DIRECTORY(a_revoked_key_checks_nothing_and_its_secret_is_gone),
        IN_DIRECTORY(a_secret_is_no_token),
        IN_DIRECTORY(secrets_stand_in_a_private_file_and_in_no_list),
        IN_DIRECTORY(a_file_of_an_earlier_version_is_read),
        IN_DIRECTORY(a_broken_key_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
