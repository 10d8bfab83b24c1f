/* What answers mean, which are kept for others, and where secrets come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "effect/cache.h"
#include "effect/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW INT64_C(1795428000000000) /* 2026-11-23T10:00:00Z, a Monday */

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int release_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct core_receipt judge(uint32_t status, const char *retry_after, struct bytes body)
{
    struct effect_header header = {BYTES_LITERAL("retry-after"), bytes_of(retry_after)};
    const struct effect_answer answer = {
        .status = status, .headers = &header, .header_count = 1, .body = body};
    struct effect_attempt attempt = {.arena = &arena, .now_us = NOW};
    struct core_receipt receipt = {0};
    effect_judge(&answer, &attempt, &receipt);
    return receipt;
}

/* What a receipt says is written into the journal, whoever said it. */
static void texts_of_receipts_are_clean_text(void **state)
{
    char id[300];
    (void)state;
    memset(id, 'x', sizeof id);
    struct core_receipt receipt = {
        .response_id = BYTES_LITERAL("id\xff\0\n7"),
        .reason = {"gr\xc3\xbc\xc3", 5}, /* cut off within a character */
        .excerpt = BYTES_LITERAL("fine"),
        .verdict = BYTES_LITERAL("a\0b"),
        .external_id = {id, sizeof id},
        .owner = BYTES_LITERAL("an\xffna"),
        .status_there = BYTES_LITERAL("assigned"),
    };
    effect_receipt_clean(&receipt, &arena);
    assert_true(bytes_is(receipt.response_id, "id?  7"));
    assert_true(bytes_is(receipt.reason, "gr\xc3\xbc?"));
    assert_true(bytes_is(receipt.excerpt, "fine"));
    assert_true(bytes_is(receipt.verdict, "a b"));
    assert_int_equal(receipt.external_id.size, 0); /* a part of it would be another's */
    assert_int_equal(receipt.owner.size, 0);
    assert_true(bytes_is(receipt.status_there, "assigned"));
}

static void the_status_says_what_comes_of_it(void **state)
{
    static const struct {
        uint32_t status;
        enum core_outcome outcome;
    } cases[] = {
        {200, CORE_OUTCOME_OK},        {202, CORE_OUTCOME_OK},        {204, CORE_OUTCOME_OK},
        {301, CORE_OUTCOME_PERMANENT}, {400, CORE_OUTCOME_PERMANENT}, {401, CORE_OUTCOME_PERMANENT},
        {404, CORE_OUTCOME_PERMANENT}, {408, CORE_OUTCOME_TRANSIENT}, {410, CORE_OUTCOME_GONE},
        {422, CORE_OUTCOME_PERMANENT}, {425, CORE_OUTCOME_TRANSIENT}, {429, CORE_OUTCOME_TRANSIENT},
        {500, CORE_OUTCOME_TRANSIENT}, {503, CORE_OUTCOME_TRANSIENT}, {599, CORE_OUTCOME_TRANSIENT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct core_receipt receipt = judge(cases[i].status, "", (struct bytes){0});
        assert_int_equal(receipt.outcome, cases[i].outcome);
        assert_int_equal(receipt.status, cases[i].status);
        assert_int_equal(receipt.reason.size == 0, cases[i].outcome == CORE_OUTCOME_OK);
    }
}

static void retry_after_is_seconds_or_a_date_in_three_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t wait_us;
    } cases[] = {
        {"0", 0},
        {"120", INT64_C(120000000)},
        {"Mon, 23 Nov 2026 10:02:00 GMT", INT64_C(120000000)},
        {"Monday, 23-Nov-26 10:02:00 GMT", INT64_C(120000000)},
        {"Mon Nov 23 10:02:00 2026", INT64_C(120000000)},
        {"Mon, 23 Nov 2026 09:00:00 GMT", 0}, /* over already */
        {"99999999999999999999", 0},
        {"999999999999", INT64_C(30) * 86400 * 1000000}, /* not longer than that */
        {"-5", 0},
        {"soon", 0},
        {"", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(judge(503, cases[i].text, (struct bytes){0}).retry_after_us,
                         cases[i].wait_us);
    assert_int_equal(judge(422, "120", (struct bytes){0}).retry_after_us, 0);
}

static void an_excerpt_is_short_and_whole_characters_without_controls(void **state)
{
    char long_text[2000];
    struct core_receipt receipt =
        judge(500, "", BYTES_LITERAL("a\r\n\tb\x01\xff\x7f \xc3\xa9\n\n"));
    (void)state;
    assert_true(bytes_is(receipt.excerpt, "a   b ?  \xc3\xa9"));
    for (size_t i = 0; i + 1 < sizeof long_text; i += 2)
        memcpy(long_text + i, "\xc3\xa9", 2);
    receipt = judge(500, "", (struct bytes){long_text, sizeof long_text});
    assert_int_equal(receipt.excerpt.size, CORE_EXCERPT_MAX);
    receipt = judge(500, "", (struct bytes){long_text + 1, sizeof long_text - 1});
    assert_true(bytes_is_utf8(receipt.excerpt));
    assert_in_range(receipt.excerpt.size, CORE_EXCERPT_MAX - 1, CORE_EXCERPT_MAX);
}

/* ---- the cache */

static bool find(struct cache *cache, const char *key, int64_t now_us, const char *body)
{
    struct effect_answer answer;
    return cache_find(cache, cache_key_of("facts", bytes_of(key)), now_us, &arena, &answer) &&
           answer.status == 200 && bytes_is(answer.body, body);
}

static void put(struct cache *cache, const char *key, const char *body, int64_t until_us)
{
    const struct effect_answer answer = {.status = 200, .body = bytes_of(body)};
    cache_put(cache, cache_key_of("facts", bytes_of(key)), &answer, until_us);
}

static void an_answer_holds_for_its_time_and_key(void **state)
{
    struct cache cache;
    (void)state;
    cache_init(&cache);
    put(&cache, "acme.example", "one", NOW + 10);
    assert_true(find(&cache, "acme.example", NOW, "one"));
    assert_false(find(&cache, "other.example", NOW, "one"));
    put(&cache, "acme.example", "two", NOW + 20);
    assert_true(find(&cache, "acme.example", NOW + 15, "two"));
    assert_false(find(&cache, "acme.example", NOW + 20, "two"));
    assert_int_equal(cache.bytes, 0);
    cache_release(&cache);
}

static void those_that_were_asked_for_longest_ago_go_first(void **state)
{
    enum { MORE = 10 };
    struct cache cache;
    char key[32];
    (void)state;
    cache_init(&cache);
    for (int i = 0; i < CACHE_ENTRIES_MAX + MORE; i++) {
        snprintf(key, sizeof key, "%d", i);
        put(&cache, key, "x", NOW + 1);
        if (i == CACHE_ENTRIES_MAX - 1)
            assert_true(find(&cache, "0", NOW, "x"));
    }
    assert_int_equal(cache.entries.count, CACHE_ENTRIES_MAX);
    assert_true(find(&cache, "0", NOW, "x"));
    assert_false(find(&cache, "1", NOW, "x"));
    assert_false(find(&cache, "10", NOW, "x"));
    assert_true(find(&cache, "11", NOW, "x"));
    cache_release(&cache);
}

/* ---- secrets */

static int read_secret(const char *directory, const char *option, char **ret, struct error *err)
{
    const struct effect_secrets secrets = {.mesh_directory = directory};
    JSON_AUTO *json = NULL;
    assert_int_equal(json_parse(bytes_of(option), &json, NULL), 0);
    return effect_secret_read(&secrets, json, ret, err);
}

static void write_file(const char *directory, const char *name, const char *text, mode_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void secrets_come_from_files_or_the_environment_only(void **state)
{
    char directory[] = "/tmp/meshline-secret-XXXXXX", path[256];
    static const char *const names[] = {"good", "open", "empty"};
    struct error err;
    char *secret = NULL;
    (void)state;
    assert_non_null(mkdtemp(directory));
    write_file(directory, "good", "s3cret\n", 0600);
    write_file(directory, "open", "s3cret\n", 0644);
    write_file(directory, "empty", "\n", 0600);
    assert_int_equal(read_secret(directory, "{\"file\": \"good\"}", &secret, &err), 0);
    assert_string_equal(secret, "s3cret");
    effect_secret_free(secret);
    assert_int_equal(setenv("MESHLINE_TEST_SECRET", "from outside", 1), 0);
    assert_int_equal(read_secret("", "{\"env\": \"MESHLINE_TEST_SECRET\"}", &secret, &err), 0);
    assert_string_equal(secret, "from outside");
    effect_secret_free(secret);
    assert_int_equal(read_secret(directory, "{\"file\": \"open\"}", &secret, &err), ML_EDENIED);
    assert_non_null(strstr(err.message, "chmod 600"));
    assert_int_equal(read_secret(directory, "{\"file\": \"empty\"}", &secret, &err), ML_EINVAL);
    assert_int_equal(read_secret(directory, "{\"file\": \"none\"}", &secret, &err), ML_ENOTFOUND);
    assert_int_equal(read_secret(directory, "{\"file\": \".\"}", &secret, &err), ML_EINVAL);
    assert_int_equal(read_secret("", "{\"env\": \"MESHLINE_TEST_NONE\"}", &secret, &err),
                     ML_ENOTFOUND);
    assert_int_equal(read_secret("", "\"s3cret\"", &secret, &err), ML_EINVAL);
    assert_null(strstr(err.message, "s3cret"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

#define ANSWER(test) cmocka_unit_test_setup_teardown(test, open_arena, release_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANSWER(texts_of_receipts_are_clean_text),
        ANSWER(the_status_says_what_comes_of_it),
        ANSWER(retry_after_is_seconds_or_a_date_in_three_forms),
        ANSWER(an_excerpt_is_short_and_whole_characters_without_controls),
        ANSWER(an_answer_holds_for_its_time_and_key),
        ANSWER(those_that_were_asked_for_longest_ago_go_first),
        ANSWER(secrets_come_from_files_or_the_environment_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
