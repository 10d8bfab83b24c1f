/* Values as people write them, and the one form of each; what is wrong is said in a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/time.h"
#include "contract/functions.h"
#include "contract/normalize.h"

#include <stdio.h>
#include <string.h>

static struct error problem;

/* Either the result, or the sentence behind "! ". */
static void check(const char *input, int status, const char *result, const char *expected)
{
    char got[600];
    snprintf(got, sizeof got, "%s%s", status == 0 ? "" : "! ",
             status == 0 ? result : problem.message);
    bool same = expected[0] == '!' ? status == ML_EINVAL && strstr(got, expected + 2) != NULL
                                   : strcmp(got, expected) == 0;
    if (!same)
        fail_msg("%s: expected \"%s\", got \"%s\"", input, expected, got);
}

/* ---- e-mail */

static void email(const char *text, const char *address, const char *key)
{
    struct contract_email result;
    int status = contract_normalize_email(bytes_of(text), &result, &problem);
    check(text, status, result.address, address);
    if (status == 0)
        assert_string_equal(result.key, key);
}

static void an_address_keeps_its_case_in_front_of_the_at(void **state)
{
    (void)state;
    email(" Jo.Doe@Example.COM\n", "Jo.Doe@example.com", "jo.doe@example.com");
    email("mailto:a+b@x.example", "a+b@x.example", "a+b@x.example");
    email("\"Jo Doe\"@x.example", "\"Jo Doe\"@x.example", "\"jo doe\"@x.example");
    email("\xC2\xA0jo@x.example\xC2\xA0", "jo@x.example", "jo@x.example");
}

static void a_domain_becomes_ascii(void **state)
{
    (void)state;
    email("jo@Bücher.example", "jo@xn--bcher-kva.example", "jo@xn--bcher-kva.example");
    email("Jörg@straße.example", "Jörg@xn--strae-oqa.example", "jörg@xn--strae-oqa.example");
}

static void what_is_no_address_is_said(void **state)
{
    (void)state;
    email("", "! is no e-mail address", "");
    email("jo", "! \"jo\" is no e-mail address; one looks like jo@example.com", "");
    email("@x.example", "! has nothing in front of the @", "");
    email("jo@", "! has no domain behind the @", "");
    email("jo@localhost", "! has a domain without a dot", "");
    email("jo@-x.example", "! has no domain behind the @", "");
    email("jo@x..example", "! has no domain behind the @", "");
    email("jo@[192.0.2.1]", "! has no domain behind the @", "");
    email("jo doe@x.example", "! has characters in front of the @", "");
    email("jo..doe@x.example", "! has characters in front of the @", "");
    email("a@b@x.example", "! has characters in front of the @", "");
    email("\xFF@x.example", "! the text (which is not UTF-8) is no e-mail address", "");
    email("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x.example",
          "! more than 64 characters", "");
}

/* ---- telephone numbers */

static void phone(const char *text, const char *country, const char *expected)
{
    struct contract_phone result;
    char printed[64] = "";
    int status = contract_normalize_phone(bytes_of(text), bytes_of(country), &result, &problem);
    if (status == 0)
        snprintf(printed, sizeof printed, "%s%s%s", result.e164,
                 result.extension[0] != '\0' ? ";" : "", result.extension);
    check(text, status, printed, expected);
}

static void international_numbers_need_no_country(void **state)
{
    (void)state;
    phone("+49 30 123456", "", "+4930123456");
    phone("+49 (0)30 / 12 34-56", "", "+4930123456");
    phone("+49 030 123456", "US", "+4930123456");
    phone("tel:+1-212-555-0123", "", "+12125550123");
    phone("+39 06 6982 0000", "", "+390669820000");
    phone("+36 06 1 234 5678", "", "+3612345678");
    phone("\xE2\x80\xAA+44\xC2\xA0"
          "20\xE2\x80\x91"
          "7946 0958\xE2\x80\xAC",
          "", "+442079460958");
    phone("+52 1 55 1234 5678", "", "+525512345678");
    phone("＋８１ ３ １２３４ ５６７８", "", "+81312345678");
}

static void national_numbers_take_the_country(void **state)
{
    (void)state;
    phone("030 123456", "DE", "+4930123456");
    phone("(0)30 123456", "de", "+4930123456");
    phone("020 7946 0958", "GB", "+442079460958");
    phone("(212) 555-0123", "US", "+12125550123");
    phone("1-212-555-0123", "CA", "+12125550123");
    phone("01 23 45 67 89", "FR", "+33123456789");
    phone("06 6982 0000", "IT", "+390669820000");
    phone("8 (495) 123-45-67", "RU", "+74951234567");
    phone("800 123 45 67", "RU", "+78001234567");
    phone("912 345 678", "ES", "+34912345678");
    phone("0412 345 678", "AU", "+61412345678");
    phone("06 1 234 5678", "HU", "+3612345678");
}

static void international_prefixes_are_those_of_the_country(void **state)
{
    (void)state;
    phone("0049 30 123456", "FR", "+4930123456");
    phone("0049 30 123456", "", "+4930123456");
    phone("011 49 30 123456", "US", "+4930123456");
    phone("0011 49 30 123456", "AU", "+4930123456");
    phone("010 49 30 123456", "JP", "+4930123456");
}

static void a_plus_that_was_lost_is_found(void **state)
{
    (void)state;
    phone("4930123456", "DE", "+4930123456");
    phone("33123456789", "FR", "+33123456789");
    phone("34912345678", "ES", "+34912345678");
}

static void extensions_stand_apart(void **state)
{
    (void)state;
    phone("+1 212 555 0123 ext. 45", "", "+12125550123;45");
    phone("(212) 555-0123 x45", "US", "+12125550123;45");
    phone("+49 30 123456;ext=7", "", "+4930123456;7");
    phone("030 123456 #7", "DE", "+4930123456;7");
    phone("+1 212 555 0123 ext", "", "! has an extension that is no number");
    phone("+1 212 555 0123 x123456789012", "", "! has an extension that is no number");
}

static void what_is_no_number_is_said(void **state)
{
    (void)state;
    phone("", "DE", "! is no telephone number");
    phone("n/a", "DE", "! \"n/a\" is no telephone number");
    phone("1-800-FLOWERS", "US", "! is no telephone number");
    phone("++49 30 123456", "", "! is no telephone number");
    phone("030 123456", "", "! has no country code");
    phone("+999 123456", "", "! begins with a country code that no country has");
    phone("+33 1 23 45", "", "! has 5 digits behind +33, where numbers have 9 to 9");
    phone("212 555 012", "US", "! is no number of the North American plan");
    phone("+1 112 555 0123", "", "! is no number of the North American plan");
    phone("030 123456", "XX", "! \"XX\" is no country with telephones");
    phone("+49 30 12345678901234567890123", "", "! has too many digits");
    phone("\xFF", "DE", "! is no telephone number");
}

/* ---- countries and languages */

static void country(const char *text, const char *expected)
{
    char code[CONTRACT_COUNTRY_SIZE] = "";
    check(text, contract_normalize_country(bytes_of(text), code, &problem), code, expected);
}

static void countries_are_known_by_code_and_name(void **state)
{
    (void)state;
    country("de", "DE");
    country("DEU", "DE");
    country(" Germany ", "DE");
    country("ÖSTERREICH", "AT");
    country("Oesterreich", "AT");
    country("Côte d'Ivoire", "CI");
    country("cote d’ivoire", "CI");
    country("États-Unis d'Amérique", "US");
    country("U.S.A.", "US");
    country("UK", "GB");
    country("The Netherlands", "NL");
    country("España", "ES");
    country("Großbritannien", "GB");
    country("Bosnia & Herzegovina", "BA");
    country("TÜRKİYE", "TR");
    country("Guinea", "GN");
    country("Niger", "NE");
    country("Kosovo", "XK");
}

static void an_unknown_country_is_said(void **state)
{
    (void)state;
    country("", "! is no country");
    country("ZZ", "! \"ZZ\" is no country that is known here; send its ISO 3166 code");
    country("Atlantis", "! is no country");
    country("|", "! is no country");
    country("land", "! is no country");
    country("Germany|France", "! is no country");
    country("\xFF\xFF", "! is no country");
}

static void language(const char *text, const char *expected)
{
    char tag[CONTRACT_LANGUAGE_SIZE] = "";
    check(text, contract_normalize_language(bytes_of(text), tag, &problem), tag, expected);
}

static void language_tags_get_their_usual_case(void **state)
{
    (void)state;
    language("DE", "de");
    language("en-gb", "en-GB");
    language("de_at.UTF-8", "de-AT");
    language("zh-hant-tw", "zh-Hant-TW");
    language("sl-ROZAJ-biske", "sl-rozaj-biske");
    language("es-419", "es-419");
    language("iw-IL", "he-IL");
    language("en-a-bbb-x-A-b", "en-a-bbb-x-a-b");
    language("", "! is no language tag");
    language("German", "! is no language tag");
    language("en-", "! is no language tag");
    language("e", "! is no language tag");
    language("en-GB-DE", "! is no language tag");
    language("en-a", "! breaks off");
    language("en-x", "! breaks off");
}

/* ---- times */

static void moment(const char *text, const char *zone, enum contract_date_order order,
                   const char *expected)
{
    struct contract_time_options options = {bytes_of(zone), order};
    char printed[TIME_TEXT_SIZE] = "";
    int64_t time_us = 0;
    int status = contract_normalize_time(bytes_of(text), &options, &time_us, &problem);
    if (status == 0) {
        time_print(time_us, printed);
        memcpy(printed + (time_us % 1000000 == 0 ? 19 : 26), "Z", 2);
    }
    check(text, status, printed, expected);
}

static void utc(const char *text, const char *expected)
{
    moment(text, "UTC", CONTRACT_DATE_UNKNOWN, expected);
}

static void rfc_3339_and_its_looser_forms_are_read(void **state)
{
    (void)state;
    utc("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z");
    utc("2026-01-02t03:04:05.25+02:00", "2026-01-02T01:04:05.250000Z");
    utc("2026-01-02 03:04", "2026-01-02T03:04:00Z");
    utc("2026/1/2 03:04:05 -0530", "2026-01-02T08:34:05Z");
    utc("20260102T030405Z", "2026-01-02T03:04:05Z");
    utc("2026-01-02", "2026-01-02T00:00:00Z");
    utc("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456Z");
    utc("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
}

static void what_people_write_is_read(void **state)
{
    (void)state;
    utc("2.1.2026, 14:30 Uhr", "2026-01-02T14:30:00Z");
    utc("02.01.2026", "2026-01-02T00:00:00Z");
    utc("2. Januar 2026 um 14:30", "2026-01-02T14:30:00Z");
    utc("1. März 2026", "2026-03-01T00:00:00Z");
    utc("Fri, 02 Jan 2026 03:04:05 +0100", "2026-01-02T02:04:05Z");
    utc("Friday, January 2nd, 2026 at 3:04 PM", "2026-01-02T15:04:00Z");
    utc("Jan 2, 2026 12:00 am", "2026-01-02T00:00:00Z");
    utc("02-Jan-2026 3pm", "2026-01-02T15:00:00Z");
    utc("Fri Jan 02 2026 03:04:05 GMT+0100 (Central European Standard Time)",
        "2026-01-02T02:04:05Z");
    utc("13/1/2026", "2026-01-13T00:00:00Z");
    utc("1/13/2026 1:05 p.m.", "2026-01-13T13:05:00Z");
    utc("1767323045", "2026-01-02T03:04:05Z");
    utc("1767323045250", "2026-01-02T03:04:05.250000Z");
}

static void a_zone_tells_what_the_clock_meant(void **state)
{
    (void)state;
    moment("2026-07-01 12:00", "Europe/Berlin", CONTRACT_DATE_UNKNOWN, "2026-07-01T10:00:00Z");
    moment("2026-07-01 12:00 America/New_York", "", CONTRACT_DATE_UNKNOWN, "2026-07-01T16:00:00Z");
    moment("2026-07-01", "+02:00", CONTRACT_DATE_UNKNOWN, "2026-06-30T22:00:00Z");
    moment("2026-07-01 12:00", "", CONTRACT_DATE_UNKNOWN, "! does not say its time zone");
    moment("2026-07-01 12:00", "Mars/X", CONTRACT_DATE_UNKNOWN, "! \"Mars/X\" is no time zone");
}

static void the_order_of_day_and_month_is_never_guessed(void **state)
{
    (void)state;
    utc("1/2/2026", "! may be day/month or month/day");
    utc("2/2/2026", "2026-02-02T00:00:00Z");
    moment("1/2/2026", "UTC", CONTRACT_DAY_FIRST, "2026-02-01T00:00:00Z");
    moment("1/2/2026", "UTC", CONTRACT_MONTH_FIRST, "2026-01-02T00:00:00Z");
}

static void what_is_no_time_is_said(void **state)
{
    (void)state;
    utc("", "! is no time that can be read");
    utc("tomorrow", "! is no time that can be read");
    utc("1.2.26", "! is no time that can be read");
    utc("2026-02-30", "! names a day that does not exist");
    utc("2026-13-01", "! names a day that does not exist");
    utc("2026-01-02T25:00:00Z", "! is no time that can be read");
    utc("2026-01-02T", "! is no time that can be read");
    utc("2026-01-02 03:04 EST", "! is no time that can be read");
    utc("2026-01-02 13:04 pm", "! is no time that can be read");
    utc("2026-01-02 03:04 +25:00", "! is no time that can be read");
    utc("12345", "! is no time that can be read");
    utc("\xFF", "! is no time that can be read");
}

/* ---- numbers and yes or no */

static void number(const char *text, char decimal, const char *expected)
{
    char printed[CONTRACT_NUMBER_SIZE] = "";
    check(text, contract_normalize_number(bytes_of(text), decimal, printed, &problem), printed,
          expected);
}

static void thousands_and_fractions_are_told_apart(void **state)
{
    (void)state;
    number("1,234.50", 0, "1234.50");
    number("1.234,50", 0, "1234.50");
    number("1 234 567", 0, "1234567");
    number("1\xE2\x80\xAF"
           "234,5",
           0, "1234.5");
    number("1'234.5", 0, "1234.5");
    number("12,34,567.8", 0, "1234567.8");
    number("1,234,567", 0, "1234567");
    number("3,14", 0, "3.14");
    number("0.125", 0, "0.125");
    number("1234.567", 0, "1234.567");
    number("-007", 0, "-7");
    number("+.5", 0, "0.5");
    number("1e3", 0, "1e3");
    number("\xE2\x88\x92"
           "5",
           0, "-5");
}

static void what_could_be_either_is_asked_for(void **state)
{
    (void)state;
    number("1,234", 0, "! may be thousands or a decimal fraction");
    number("1,234", '.', "1234");
    number("1,234", ',', "1.234");
    number("1.234", ',', "1234");
}

static void what_is_no_number_in_digits_is_said(void **state)
{
    (void)state;
    number("", 0, "! is no number");
    number("abc", 0, "! is no number");
    number("5 EUR", 0, "! is no number");
    number("1e", 0, "! is no number");
    number("5.", 0, "! has separators that part no thousands");
    number("1,23,4", 0, "! has separators that part no thousands");
    number("1,2345,678", 0, "! has separators that part no thousands");
    number("1.2.3", 0, "! has separators that part no thousands");
    number("1,234.5", ',', "! has separators that part no thousands");
    number("1 234'567", 0, "! has separators that part no thousands");
}

static void boolean(const char *text, const char *expected)
{
    bool value = false;
    int status = contract_normalize_boolean(bytes_of(text), &value, &problem);
    check(text, status, value ? "true" : "false", expected);
}

static void words_of_forms_are_yes_or_no(void **state)
{
    (void)state;
    boolean(" Yes", "true");
    boolean("on", "true");
    boolean("1", "true");
    boolean("sí", "true");
    boolean("JA", "true");
    boolean("off", "false");
    boolean("nein", "false");
    boolean("0", "false");
    boolean("", "! is neither yes nor no");
    boolean("maybe", "! \"maybe\" is neither yes nor no; send true or false");
}

/* ---- expressions */

static void expression(const char *source, const char *expected)
{
    struct cel_environment environment = {.functions = contract_functions,
                                          .function_count = contract_function_count};
    const struct cel_program *program;
    struct cel_diagnostic diagnostic;
    struct arena arena;
    char memory[4096];
    struct cel_scratch scratch = {memory, sizeof memory, 0};
    struct buffer printed;
    arena_init(&arena);
    buffer_init(&printed, 4096);
    if (cel_program_compile(&environment, bytes_of(source), NULL, &arena, &program, &diagnostic) !=
        0)
        fail_msg("%s: %s", source, diagnostic.message);
    struct cel_value value = cel_evaluate(program, NULL, &scratch);
    cel_value_print(&value, 300, &printed);
    if (strstr(buffer_string(&printed), expected) == NULL)
        fail_msg("%s: expected %s, got %s", source, expected, buffer_string(&printed));
    buffer_release(&printed);
    arena_release(&arena);
}

static void expressions_call_them(void **state)
{
    (void)state;
    expression("normalize_email(' Jo@X.example')", "\"Jo@x.example\"");
    expression("email_key('Jo@X.example')", "\"jo@x.example\"");
    expression("normalize_phone('030 123456', 'DE')", "\"+4930123456\"");
    expression("phone_extension('030 123456 x7', 'DE')", "\"7\"");
    expression("country_code('Germany')", "\"DE\"");
    expression("language_tag('en_us')", "\"en-US\"");
    expression("parse_time('2026-01-02 03:04', 'UTC')", "2026-01-02T03:04:00Z");
    expression("parse_number('1.234,5', '') == 1234.5", "true");
    expression("parse_number('1', ';')", "error");
    expression("parse_boolean('on')", "true");
    expression("country_code('Atlantis')", "\"Atlantis\" is no country");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_keeps_its_case_in_front_of_the_at),
        cmocka_unit_test(a_domain_becomes_ascii),
        cmocka_unit_test(what_is_no_address_is_said),
        cmocka_unit_test(international_numbers_need_no_country),
        cmocka_unit_test(national_numbers_take_the_country),
        cmocka_unit_test(international_prefixes_are_those_of_the_country),
        cmocka_unit_test(a_plus_that_was_lost_is_found),
        cmocka_unit_test(extensions_stand_apart),
        cmocka_unit_test(what_is_no_number_is_said),
        cmocka_unit_test(countries_are_known_by_code_and_name),
        cmocka_unit_test(an_unknown_country_is_said),
        cmocka_unit_test(language_tags_get_their_usual_case),
        cmocka_unit_test(rfc_3339_and_its_looser_forms_are_read),
        cmocka_unit_test(what_people_write_is_read),
        cmocka_unit_test(a_zone_tells_what_the_clock_meant),
        cmocka_unit_test(the_order_of_day_and_month_is_never_guessed),
        cmocka_unit_test(what_is_no_time_is_said),
        cmocka_unit_test(thousands_and_fractions_are_told_apart),
        cmocka_unit_test(what_could_be_either_is_asked_for),
        cmocka_unit_test(what_is_no_number_in_digits_is_said),
        cmocka_unit_test(words_of_forms_are_yes_or_no),
        cmocka_unit_test(expressions_call_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
