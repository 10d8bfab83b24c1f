/* The network extension. */
#include "library.h"

static void addresses_are_read_and_written(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"string(ip('192.168.0.1'))", "'192.168.0.1'"},
        {"string(ip('2001:0DB8:0:0:1:0:0:1'))", "'2001:db8::1:0:0:1'"},
        {"string(ip('::'))", "'::'"},
        {"string(ip('::1'))", "'::1'"},
        {"string(ip('1::'))", "'1::'"},
        {"string(ip('1:0:2:0:3:0:4:0'))", "'1:0:2:0:3:0:4:0'"},
        {"string(ip('1:2:3:4:5:6:7:8'))", "'1:2:3:4:5:6:7:8'"},
        {"string(ip('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'))",
         "'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'"},
        {"string(ip('::ffff:c0a8:1'))", "'192.168.0.1'"},
        {"ip('::ffff:c0a8:1') == ip('192.168.0.1')", "true"},
        {"ip('::ffff:c0a8:1') == ip('192.168.10.1')", "false"},
        {"ip('10.0.0.1').family() + ip('::1').family()", "10"},
        {"isIP('10.0.0.1') && isIP('fe80::1')", "true"},
        {"ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1')", "true"},
    };
    EXPECT_EACH(examples);
}

static void what_is_no_address_is_an_error(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",         "1.2.3",       "1.2.3.4.5", "01.2.3.4",          "256.1.1.1",
        "1.2.3.4 ", "fe80::1%en0", ":::",       "1:2:3:4:5:6:7:8:9", "::ffff:192.168.0.1",
        "1::2::3",  "g::1",        "1.2.3.4/8",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        expect_false(arena_printf(&arena, "isIP('%s')", bad[i]));
        const char *printed =
            evaluate_printed(arena_printf(&arena, "ip('%s') == ip('::')", bad[i]));
        assert_int_equal(strncmp(printed, "error: IP Address '", 19), 0);
    }
    expect_error("ip.isCanonical('127.0.0.1.0')",
                 "IP Address '127.0.0.1.0' parse error during conversion from string");
    expect_error("ip('fe80::1%en0').family()",
                 "IP Address 'fe80::1%en0' with zone value is not allowed");
}

static void addresses_tell_what_they_are_for(void **state)
{
    (void)state;
    static const struct {
        const char *address, *purpose;
    } known[] = {
        {"0.0.0.0", "isUnspecified"},
        {"::", "isUnspecified"},
        {"127.9.0.1", "isLoopback"},
        {"::1", "isLoopback"},
        {"224.0.0.251", "isLinkLocalMulticast"},
        {"ff02::fb", "isLinkLocalMulticast"},
        {"ff12::fb", "isLinkLocalMulticast"},
        {"169.254.169.254", "isLinkLocalUnicast"},
        {"fe80::1", "isLinkLocalUnicast"},
        {"febf::1", "isLinkLocalUnicast"},
        {"192.168.0.1", "isGlobalUnicast"},
        {"8.8.8.8", "isGlobalUnicast"},
        {"fd80::1", "isGlobalUnicast"},
        {"fec0::1", "isGlobalUnicast"},
        {"224.0.1.1", NULL},
        {"ff05::1", NULL},
        {"255.255.255.255", NULL},
    };
    static const char *const purposes[] = {"isUnspecified", "isLoopback", "isLinkLocalMulticast",
                                           "isLinkLocalUnicast", "isGlobalUnicast"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (size_t k = 0; k < sizeof purposes / sizeof *purposes; k++)
            expect(arena_printf(&arena, "ip('%s').%s()", known[i].address, purposes[k]),
                   known[i].purpose != NULL && strcmp(known[i].purpose, purposes[k]) == 0
                       ? "true"
                       : "false");
}

static void networks_hold_addresses_and_networks(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"string(cidr('2001:db8::/32'))", "'2001:db8::/32'"},
        {"string(cidr('10.1.2.3/8'))", "'10.1.2.3/8'"},
        {"string(cidr('10.1.2.3/8').masked())", "'10.0.0.0/8'"},
        {"string(cidr('2001:db8:ffff::1/33').masked())", "'2001:db8:8000::/33'"},
        {"cidr('10.1.2.3/8').isMask()", "false"},
        {"cidr('10.0.0.0/8').isMask()", "true"},
        {"cidr('10.1.2.3/8').ip() == ip('10.1.2.3')", "true"},
        {"cidr('10.0.0.0/8').prefixLength()", "8"},
        {"cidr('192.168.0.0/24').containsIP(ip('192.168.0.255'))", "true"},
        {"cidr('192.168.0.0/24').containsIP('192.168.1.0')", "false"},
        {"cidr('192.168.0.77/24').containsIP('192.168.0.1')", "true"},
        {"cidr('0.0.0.0/0').containsIP('8.8.8.8')", "true"},
        {"cidr('0.0.0.0/0').containsIP('::1')", "false"},
        {"cidr('192.168.0.0/24').containsCIDR(cidr('192.168.0.1/32'))", "true"},
        {"cidr('10.0.0.0/8').containsCIDR('10.0.0.0/8')", "true"},
        {"cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", "false"},
        {"cidr('10.0.0.0/8') == cidr('10.0.0.0/9')", "false"},
        {"isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0')", "true"},
    };
    EXPECT_EACH(examples);
    static const char *const bad[] = {
        "cidr('10.0.0.0/')",
        "cidr('10.0.0.0/33')",
        "cidr('10.0.0.0/08')",
        "cidr('10.0.0.0/-1')",
        "cidr('::1/129')",
        "cidr('10.0.0/8')",
        "cidr('/8')",
        "cidr('fe80::1%en0/24')",
        "cidr('::ffff:c0a8:1/112')",
        "cidr('10.0.0.0/8/8')",
        "cidr('10.0.0.0/8').containsIP('x')",
    };
    EXPECT_ERRORS(bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses_are_read_and_written),
        TEST(what_is_no_address_is_an_error),
        TEST(addresses_tell_what_they_are_for),
        TEST(networks_hold_addresses_and_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
