/* Which addresses are public. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "effect/guard.h"

#include <arpa/inet.h>
#include <string.h>

static const char *look(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return guard_look((const struct sockaddr *)&in);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return guard_look((const struct sockaddr *)&in6);
}

static void public_addresses_are_reached(void **state)
{
    static const char *const addresses[] = {
        "1.1.1.1",        "8.8.8.8",        "9.255.255.255",    "11.0.0.0",
        "100.63.255.255", "100.128.0.0",    "126.255.255.255",  "128.0.0.0",
        "172.15.255.255", "172.32.0.0",     "192.167.255.255",  "192.169.0.0",
        "198.17.255.255", "198.20.0.0",     "223.255.255.255",  "2606:4700:4700::1111",
        "2a00:1450::1",   "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (look(addresses[i]) != NULL)
            fail_msg("%s is taken for %s", addresses[i], look(addresses[i]));
}

static void all_others_are_not(void **state)
{
    static const char *const addresses[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:c0a8:1::1",
        "2001::1",
        "2001:db8::1",
        "100::1",
        "3fff::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "2a00::5efe:10.0.0.1",
        "2a00::200:5efe:127.0.0.1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (look(addresses[i]) == NULL)
            fail_msg("%s is taken for public", addresses[i]);
}

static void what_is_no_address_of_the_internet_is_not_reached(void **state)
{
    const struct sockaddr local = {.sa_family = AF_UNIX};
    (void)state;
    assert_non_null(guard_look(&local));
}

/* By name or number, with a port or a password. */
static void servers_in_urls_are_looked_up(void **state)
{
    static const char *const addresses[] = {
        "nats://127.0.0.1:4222", "nats://[::1]:4222",           "tls://localhost",
        "localhost:4222",        "nats://me:secret@10.1.2.3:1", "nats://169.254.169.254",
    };
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (guard_look_server(addresses[i]) == NULL)
            fail_msg("%s is taken for a public one", addresses[i]);
    assert_null(guard_look_server("nats://8.8.8.8:4222"));
    assert_null(guard_look_server("nats://[2606:4700:4700::1111]:4222"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_are_reached),
        cmocka_unit_test(all_others_are_not),
        cmocka_unit_test(servers_in_urls_are_looked_up),
        cmocka_unit_test(what_is_no_address_of_the_internet_is_not_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
