/* The registrable domain of whatever people put into a domain, e-mail or website field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/reference/account.h"
#include "policy/reference/domain_list.h"

static void expect(const char *source, const char *domain)
{
    char text[POLICY_DOMAIN_SIZE];
    struct bytes found = policy_domain_registrable(bytes_of(source), text);
    if (!bytes_is(found, domain))
        fail_msg("%s gives `%.*s`, not `%s`", source, BYTES_ARG(found), domain);
}

static void hosts_lose_what_is_below_the_registrable_domain(void **state)
{
    (void)state;
    expect("example.com", "example.com");
    expect("www.example.com", "example.com");
    expect("a.b.c.example.co.uk", "example.co.uk");
    expect("WWW.Example.COM.", "example.com");
    expect("  example.de\r\n", "example.de");
    expect("shop.city.kawasaki.jp", "city.kawasaki.jp"); /* an exception of the list */
    expect("acme.github.io", "acme.github.io");          /* each customer of a host is one */
    expect("intranet.unheard-of-suffix", "intranet.unheard-of-suffix");
}

static void addresses_and_urls_give_their_host(void **state)
{
    (void)state;
    expect("ann@mail.example.com", "example.com");
    expect("mailto:ann@example.com", "example.com");
    expect("Ann Lee <ann.lee@example.com>", "example.com");
    expect("https://www.example.com/about?x=1#top", "example.com");
    expect("http://user:secret@example.com:8080/", "example.com");
    expect("//cdn.example.com/x", "example.com");
    expect("example.com/@team", "example.com");
    expect("example.com:443", "example.com");
    expect("https://example.com?mail=ann@other.org", "example.com");
}

static void international_names_come_in_their_ascii_form(void **state)
{
    (void)state;
    expect("https://www.Bücher.example/x", "xn--bcher-kva.example");
    expect("info@straße.de", "xn--strae-oqa.de");
    expect("www.xn--bcher-kva.example", "xn--bcher-kva.example");
    expect("例え。テスト", "xn--r8jz45g.xn--zckzah");
    expect("日本.商業.tw", "xn--wgv71a.xn--czrw28b.tw");
}

static void what_is_no_domain_gives_none(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "",
        " ",
        "n/a",
        "localhost",
        "com",
        "co.uk",
        "192.168.0.1",
        "10.0.0.1:80",
        "http://[::1]/",
        "@",
        "ann@",
        "...",
        ".com",
        "a..example.com",
        "http://",
        "example.com\x01",
        "exam$ple.com",
        "\xFF\xFE.com",
        "https://192.168.0.1/x",
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        expect(sources[i], "");
}

static void names_past_the_ceilings_give_none(void **state)
{
    (void)state;
    char source[2048], text[POLICY_DOMAIN_SIZE];
    memset(source, 'a', sizeof source);
    memcpy(source + sizeof source - 4, ".com", 4);
    for (size_t from = 0; from + 4 < sizeof source; from++) {
        size_t label = sizeof source - from - 4;
        struct bytes name = {source + from, sizeof source - from};
        struct bytes found = policy_domain_registrable(name, text);
        assert_int_equal(found.size, label <= 63 ? name.size : 0);
    }
    for (size_t i = 0; i < sizeof source - 4; i++)
        source[i] = i % 2 ? 'a' : (char)0xC3;
    assert_int_equal(policy_domain_registrable((struct bytes){source, sizeof source}, text).size,
                     0);
}

static void check_list(const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(list[i - 1], list[i]) >= 0)
            fail_msg("`%s` and `%s` are not in order", list[i - 1], list[i]);
        expect(list[i], list[i]);
    }
}

static void the_lists_are_sorted_registrable_domains(void **state)
{
    (void)state;
    assert_true(domain_free_mail_count >= 150 && domain_disposable_count >= 150);
    check_list(domain_free_mail, domain_free_mail_count);
    check_list(domain_disposable, domain_disposable_count);
}

static void each_domain_of_the_lists_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < domain_free_mail_count; i++) {
        assert_true(policy_domain_is_free_mail(bytes_of(domain_free_mail[i])));
        assert_false(policy_domain_is_disposable(bytes_of(domain_free_mail[i])));
    }
    for (size_t i = 0; i < domain_disposable_count; i++) {
        assert_true(policy_domain_is_disposable(bytes_of(domain_disposable[i])));
        assert_false(policy_domain_is_free_mail(bytes_of(domain_disposable[i])));
    }
}

static void company_domains_are_neither(void **state)
{
    (void)state;
    static const char *const domains[] = {"",  "acme.com", "gmail.co", "gmail.com.evil.io",
                                          "0", "zzzz.zz"};
    for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
        assert_false(policy_domain_is_free_mail(bytes_of(domains[i])));
        assert_false(policy_domain_is_disposable(bytes_of(domains[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_lose_what_is_below_the_registrable_domain),
        cmocka_unit_test(addresses_and_urls_give_their_host),
        cmocka_unit_test(international_names_come_in_their_ascii_form),
        cmocka_unit_test(what_is_no_domain_gives_none),
        cmocka_unit_test(names_past_the_ceilings_give_none),
        cmocka_unit_test(the_lists_are_sorted_registrable_domains),
        cmocka_unit_test(each_domain_of_the_lists_is_known),
        cmocka_unit_test(company_domains_are_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
