/* Optionals: `?` before a field, an index, a key or an item, and what is asked of the result. */
#include "library.h"

static void what_is_there_is_some_and_what_is_not_is_none(void **state)
{
    (void)state;
    expect_true("lead.?country.hasValue()");
    expect_false("lead.?email.hasValue()");
    expect_true("lead.?vip.hasValue()"); /* null is a value */
    expect_false("lead.company.?name.hasValue()");
    expect("counts.?emea.orValue(1)", "7");
    expect("counts[?'none'].orValue(1)", "1");
    expect("lead.tags[?1].value()", "'webinar'");
    expect_false("lead.tags[?2].hasValue()");
    expect_false("lead.tags[?-1].hasValue()");
}

static void selecting_from_an_optional_stays_optional(void **state)
{
    (void)state;
    expect("lead.?partner.name.orValue('nobody')", "'Acme'");
    expect("lead.?company.name.orValue('nobody')", "'nobody'");
    expect("optional.of([1, 2])[1].value()", "2");
    expect_true("has(lead.?partner.name)");
    expect_false("has(lead.?company.name)");
    expect_error("{'a': dyn(1)}.?a.b.hasValue()", "no such overload: `.` on int");
}

static void an_alternative_is_evaluated_only_when_needed(void **state)
{
    (void)state;
    expect("optional.of(1).orValue(1 / 0)", "1");
    expect("optional.of(1).or(optional.of(1 / 0)).value()", "1");
    expect_error("optional.none().orValue(1 / 0)", "division by zero");
    expect_error("dyn(1).orValue(2)", "no such overload: `orValue` on int");
    expect_error("optional.none().value()", "optional.none() has no value");
}

static void some_is_mapped_and_none_stays(void **state)
{
    (void)state;
    expect("lead.?employees.optMap(n, n + 1).value()", "701");
    expect_false("lead.?email.optMap(e, size(e)).hasValue()");
    expect("lead.?partner.optFlatMap(p, p.?size).value()", "12");
    expect_error("lead.?employees.optMap(n, n / 0).value()", "division by zero");
}

static void items_that_are_none_are_left_out(void **state)
{
    (void)state;
    expect_true("[?lead.?email, 'b', ?lead.?country] == ['b', 'DE']");
    expect_true("{?'email': lead.?email, ?'country': lead.?country} == {'country': 'DE'}");
    expect_mistake("[?1]", 1, 3, "`?` needs an optional behind it, not int");
    expect_error("[?anything]", "no such overload: `?` on string");
}

static void zero_values_and_lists(void **state)
{
    (void)state;
    expect_false("optional.ofNonZeroValue('').hasValue()");
    expect_true("optional.ofNonZeroValue(0.1).hasValue()");
    expect_true("optional.of(1) == optional.of(1) && optional.of(1) != optional.none()");
    expect_true("[optional.of(1), optional.none()].unwrapOpt() == [1]");
    expect("lead.tags.first().value() + lead.tags.last().value()", "'trialwebinar'");
    expect_true("type(optional.none()) == optional_type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_there_is_some_and_what_is_not_is_none),
        TEST(selecting_from_an_optional_stays_optional),
        TEST(an_alternative_is_evaluated_only_when_needed),
        TEST(some_is_mapped_and_none_stays),
        TEST(items_that_are_none_are_left_out),
        TEST(zero_values_and_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
