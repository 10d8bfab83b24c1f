/* The formats, by the grammars of their RFCs. */
#include "support.h"

static void check(const char *format, bool wanted, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (is_valid_format(format, *texts) != wanted)
            fail_msg("%s: \"%s\" should be %s", format, *texts, wanted ? "valid" : "invalid");
}

#define GOOD(format, ...) check(format, true, (const char *const[]){__VA_ARGS__, NULL})
#define BAD(format, ...) check(format, false, (const char *const[]){__VA_ARGS__, NULL})

static void dates_exist_in_the_calendar(void **state)
{
    (void)state;
    GOOD("date", "2026-11-23", "2024-02-29", "2000-02-29", "0000-01-01");
    BAD("date", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-1",
        "2026/11/23", "2026-11-23Z", "", "২026-11-23", "20261123");
}

static void times_have_an_offset(void **state)
{
    (void)state;
    GOOD("time", "09:30:00Z", "09:30:00z", "23:59:59.123456789+14:00", "00:00:00-00:00");
    BAD("time", "09:30:00", "24:00:00Z", "09:60:00Z", "09:30:61Z", "9:30:00Z", "09:30Z",
        "09:30:00.Z", "09:30:00+24:00", "09:30:00+01:60", "09:30:00+0100", "09:30:00 Z",
        "09:30:00+01", "093000Z");
}

static void a_leap_second_ends_a_day_of_utc(void **state)
{
    (void)state;
    GOOD("time", "23:59:60Z", "15:59:60-08:00", "01:29:60+01:30", "00:29:60+00:30");
    BAD("time", "22:59:60Z", "23:58:60Z", "23:59:60+01:00", "12:00:60Z");
    GOOD("date-time", "1998-12-31T23:59:60Z", "1998-12-31T15:59:60.123-08:00");
    BAD("date-time", "1998-12-31T23:58:60Z", "1998-12-31T22:59:60Z");
}

static void date_times_are_joined_by_a_t(void **state)
{
    (void)state;
    GOOD("date-time", "2026-11-23T09:30:00Z", "2026-11-23t09:30:00.5+01:00");
    BAD("date-time", "2026-11-23 09:30:00Z", "2026-11-23T09:30:00", "2026-11-23",
        "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-350T01:01:01Z",
        "11/23/2026 09:30:00 PST");
}

static void durations_count_down_without_gaps(void **state)
{
    (void)state;
    GOOD("duration", "P4DT12H30M5S", "P3Y6M4D", "PT0S", "P0D", "P1M", "PT1M", "PT36H", "P2W");
    BAD("duration", "P", "PT", "P1YT", "PT1D", "4DT12H30M5S", "P2D1Y", "P1D2H", "P2S", "P1Y2W",
        "P1", "P1.5D", "PT1H5S", "P1Y2D", "P১Y", "p1d", "P1WT1H");
}

static void mail_addresses_follow_smtp(void **state)
{
    (void)state;
    GOOD("email", "jo@example.com", "te~st@example.com", "a.b+c@x", "\"jo bloggs\"@example.com",
         "\"jo..b\"@example.com", "\"jo\\\"b\"@example.com", "\"jo@b\"@example.com",
         "jo@[127.0.0.1]", "jo@[IPv6:::1]");
    BAD("email", "2962", ".a@example.com", "a.@example.com", "a..b@example.com", "@example.com",
        "jo@", "jo@[127.0.0.300]", "jo@[IPv6:zz]", "jo@invalid=domain.com", "jo bloggs@example.com",
        "jö@example.com", "a\"b\"@example.com", "jo@-x.com", "jo@example..com");
    GOOD("idn-email", "jo@example.com", "실례@실례.테스트", "jö@bücher.example",
         "jo@cafe\u0301.example");
    BAD("idn-email", "2962", "실례@", "ö..ö@example.com");
}

static void host_names_have_letters_digits_and_inner_hyphens(void **state)
{
    (void)state;
    GOOD("hostname", "www.example.com", "localhost", "1and1.com", "123", "a-b", "a--b",
         "xn--4gbwdl.xn--wgbh1c",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com");
    BAD("hostname", "", ".", "-a", "a-", "a.-b", "a_b", "a..b", ".example", "example.", "a b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com", "xn--X", "xn--",
        "ab--cd", "bücher.example", "example．com");
}

static void names_beyond_ascii_follow_idna_2008(void **state)
{
    (void)state;
    GOOD("idn-hostname", "실례.테스트", "bücher.example", "www.example.com", "ßς་〇", "l·l", "א׳ב",
         "ア・あ", "क्‍ष", "ب٠ب", "a。b", "a．b", "a｡b", "xn--ihqwcrb4cv8a8dqg056pqjye");
    BAD("idn-hostname", "", "〮실례", "실〮례.테스트", "-> $1.00 <--", "xn--X", "a·l", "·", "A·",
        "׳ב", "・", "def・abc", "क‍ष", "ا٠۰", "؀", "-hello", "hello-", "aa--", "。a", "a。",
        "..", "ـߺ", "cafe\u0301.example", "0a.\u05d0", "\u05d00\u0660",
        "실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실"
        "실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실실"
        "실실실실례.테스트");
}

static void addresses_of_the_internet(void **state)
{
    (void)state;
    GOOD("ipv4", "192.168.0.1", "0.0.0.0", "255.255.255.255", "87.10.0.1");
    BAD("ipv4", "127.0.0.0.1", "256.1.1.1", "127.0", "0x7f000001", "087.10.0.1", "87.10.0.1/24",
        "2130706433", "1২7.0.0.1", "1.2.3.", ".1.2.3");
    GOOD("ipv6", "::1", "::", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "::abef", "::42:ff:1",
         "1:2:3:4:5:6:1.2.3.4", "::ffff:192.168.0.1", "1::d6:192.168.0.1",
         "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8");
    BAD("ipv6", "12345::", "::abcef", "1:1:1:1:1:1:1:1:1", "1", ":", ":2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:", "1::2::3", "1:2:3:4:5:6:7:8::", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:1.2.3.4:8", "::1%eth0", "fe80::/64", "::laptop", "1:2:3:4:5:6:7", " ::1",
        "1:2:3:4:5:::8", "1:2::3:4:5:6:7:8:9", "::ffff:192.168.0.256");
}

static void uris_follow_rfc_3986(void **state)
{
    (void)state;
    GOOD("uri", "http://foo.bar/?baz=qux#quux", "http://u:p@h:80/a;b?c=d", "urn:oasis:names:x",
         "mailto:a@b.example", "news:comp.x", "tel:+1-816-555-1212",
         "ldap://[2001:db8::7]/c=GB?one", "http://[v1.a:b]/", "http://a.b/~x%20y",
         "http://-.~_!$&'()*+,;=:%40:80@x", "x:", "file:///a");
    BAD("uri", "//foo.bar/x", "/abc", "abc", "\\\\WINDOWS\\x", "http:// x", "http://a b/",
        ":// should fail", "bar,baz:x", "http://example.com:99x/", "http://[::1/", "http://[zz]/",
        "http://a/%2", "http://a/%zz", "http://a/\"x\"", "http://a/<x>", "http://a/{x}",
        "http://a/^x", "http://a/`x`", "http://a/|", "http://ü.example/", "1a:b", "http://a@b@c/",
        "https://[@example.org/x", "#a", "http://a/x#y#z");
    GOOD("uri-reference", "/abc", "abc", "//h/x?y#z", "", "#frag", "?q", "../a:b", "./a:b");
    BAD("uri-reference", "\\\\WINDOWS\\x", "#frag\\ment", "1a:b", "a b", "/ü");
    GOOD("iri", "http://ƒøø.ßår/?∂éœ=πîx#πîüx", "http://[2001:db8::7]", "urn:ü");
    BAD("iri", "/abc", "http://2001:db8::7", "\\\\WINDOWS\\filëßåré", "âππ", ":// ƒåîł");
    GOOD("iri-reference", "/âππ", "âππ", "#ƒrägmênt", "//ƒøø.ßår/");
    BAD("iri-reference", "\\\\WINDOWS\\filëßåré", "#ƒräg\\mênt");
}

static void templates_pointers_and_the_like(void **state)
{
    (void)state;
    GOOD("uri-template", "http://example.com/{term:1}/{term}", "/{+path}/here", "{?q,lang*}", "",
         "a", "{a.b}", "{%20a}", "{;x,y:9999}");
    BAD("uri-template", "http://example.com/{term:1}/{term", "{}", "{term:0}", "{term:10000}", "a}",
        "{a b}", "a b", "%2", "{a,}", "{.}", "<a>");
    GOOD("json-pointer", "", "/", "/a~0b/c~1d", "/a//b", "/ ", "/\"");
    BAD("json-pointer", "a", "#/a", "/a~", "/a~2", "0/a", "/~~");
    GOOD("relative-json-pointer", "0", "1", "120/a/b", "0#", "0+1/a", "2-1#", "0/a~1b");
    BAD("relative-json-pointer", "", "/a", "-1/a", "+1/a", "0##", "01/a", "01#", "0a", "#", "0/~");
    GOOD("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380",
         "00000000-0000-0000-0000-000000000000");
    BAD("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08aa9811eab4aa73b441d16380",
        "2eb8aa08-aa98-11ea-b4ga-73b441d16380", "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380", "");
    GOOD("regex", "([abc])+\\s+$", "^\\p{L}{2,}$", "(?<year>\\d{4})-\\k<year>", "", "[^]", "a|");
    BAD("regex", "^(abc]", "\\a", "^\\S(|(.|\\n)*\\S)\\Z", "a**", "a++", "(?>a)", "[b-a]", "*a",
        "(?i)a", "a{3,1}", "\\1");
}

static void a_format_is_a_note_unless_asked(void **state)
{
    (void)state;
    assert_true(is_valid("{\"format\":\"email\"}", "\"none\""));
    assert_true(is_valid_format("our-own", "anything"));
    struct contract_options options = {.assert_format = true};
    struct contract_schema *schema = compile("{\"format\":\"email\"}", &options);
    assert_true(is_valid_for(schema, "17"));
    assert_false(is_valid_for(schema, "\"none\""));
    contract_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_exist_in_the_calendar),
        cmocka_unit_test(times_have_an_offset),
        cmocka_unit_test(a_leap_second_ends_a_day_of_utc),
        cmocka_unit_test(date_times_are_joined_by_a_t),
        cmocka_unit_test(durations_count_down_without_gaps),
        cmocka_unit_test(mail_addresses_follow_smtp),
        cmocka_unit_test(host_names_have_letters_digits_and_inner_hyphens),
        cmocka_unit_test(names_beyond_ascii_follow_idna_2008),
        cmocka_unit_test(addresses_of_the_internet),
        cmocka_unit_test(uris_follow_rfc_3986),
        cmocka_unit_test(templates_pointers_and_the_like),
        cmocka_unit_test(a_format_is_a_note_unless_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
