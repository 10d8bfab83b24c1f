/* Pages out of a directory: which file a path means, and that none leads out of it. */
#include "unit.h"

#include "server/web/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char outside[] = "/tmp/meshline-web-XXXXXX";
static char directory[64];

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", outside, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(outside));
    snprintf(directory, sizeof directory, "%s/pages", outside);
    char docs[80];
    snprintf(docs, sizeof docs, "%s/docs", directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(mkdir(docs, 0700), 0);
    put("secret.html", "secret");
    put("pages/index.html", "the page");
    put("pages/app.js", "script");
    put("pages/docs/policy.html", "policy");
    put("pages/strange.exe", "no");
    return 0;
}

static int clear(void **state)
{
    (void)state;
    static const char *const names[] = {"secret.html", "pages/index.html", "pages/app.js",
                                        "pages/docs/policy.html", "pages/strange.exe"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", outside, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/docs", directory);
    rmdir(path);
    rmdir(directory);
    return rmdir(outside);
}

static void expect(const char *path, const char *text, const char *type)
{
    struct buffer out;
    buffer_init(&out, 1024);
    assert_true(web_directory_has(directory, bytes_of(path)));
    assert_string_equal(web_directory_read(directory, bytes_of(path), &out), type);
    assert_true(bytes_is(buffer_bytes(&out), text));
    buffer_release(&out);
}

static void a_path_means_a_file(void **state)
{
    (void)state;
    expect("/", "the page", "text/html; charset=utf-8");
    expect("/app.js", "script", "text/javascript; charset=utf-8");
    expect("/docs/policy", "policy", "text/html; charset=utf-8");
}

static void no_path_leads_out(void **state)
{
    (void)state;
    static const char *const paths[] = {"/../secret",
                                        "/docs/../../secret.html",
                                        "/%2e%2e/secret.html",
                                        "../secret.html",
                                        "",
                                        "/docs/..",
                                        "/a b",
                                        "/nothing"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_false(web_directory_has(directory, bytes_of(paths[i])));
    assert_false(web_directory_has(directory, (struct bytes){"/app.js\0x", 9}));
}

static void what_no_browser_shows_is_not_given_out(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1024);
    assert_null(web_directory_read(directory, BYTES_LITERAL("/strange.exe"), &out));
    assert_null(web_directory_read(directory, BYTES_LITERAL("/nothing"), &out));
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_means_a_file),
        cmocka_unit_test(no_path_leads_out),
        cmocka_unit_test(what_no_browser_shows_is_not_given_out),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
