/* The limit of a source's rate, and what is counted. */
#include "server/intake/traffic.h"

#include "unit.h"

#define MS INT64_C(1000000)

static void a_burst_passes_at_once_and_then_the_rate_counts(void **state)
{
    (void)state;
    struct rate rate = {0};
    const int64_t start = 1000 * MS;
    for (int i = 0; i < 5; i++)
        assert_int_equal(rate_take(&rate, 10, 5, start), 0);
    assert_int_equal(rate_take(&rate, 10, 5, start), 100 * MS);
    assert_int_equal(rate_take(&rate, 10, 5, start + 99 * MS), 1 * MS);
    assert_int_equal(rate_take(&rate, 10, 5, start + 100 * MS), 0);
    assert_int_equal(rate_take(&rate, 10, 5, start + 100 * MS), 100 * MS);
}

static void a_pause_saves_up_no_more_than_the_burst(void **state)
{
    (void)state;
    struct rate rate = {0};
    int64_t now = 1000 * MS;
    assert_int_equal(rate_take(&rate, 10, 3, now), 0);
    now += 3600 * 1000 * MS;
    for (int i = 0; i < 3; i++)
        assert_int_equal(rate_take(&rate, 10, 3, now), 0);
    assert_true(rate_take(&rate, 10, 3, now) > 0);
}

static void without_a_burst_it_is_a_second_of_the_rate(void **state)
{
    (void)state;
    struct rate rate = {0};
    for (int i = 0; i < 7; i++)
        assert_int_equal(rate_take(&rate, 7, 0, 1000 * MS), 0);
    assert_true(rate_take(&rate, 7, 0, 1000 * MS) > 0);
}

static void what_is_owed_is_waited_for(void **state)
{
    (void)state;
    struct rate rate = {0};
    const int64_t start = 1000 * MS;
    assert_int_equal(rate_take(&rate, 10, 2, start), 0);
    rate_owe(&rate, 10, 7, start);
    assert_int_equal(rate_take(&rate, 10, 2, start), 700 * MS);
    assert_int_equal(rate_take(&rate, 10, 2, start + 700 * MS), 0);
}

static void the_highest_rate_does_not_overflow(void **state)
{
    (void)state;
    struct rate rate = {0};
    assert_int_equal(rate_take(&rate, UINT32_MAX, UINT32_MAX, INT64_C(1) << 61), 0);
    assert_int_equal(rate_take(&rate, 1, UINT32_MAX, INT64_C(1) << 61), 0);
}

static void a_source_keeps_its_rate_and_counts_under_its_name(void **state)
{
    (void)state;
    struct traffic_set *set = traffic_set_new();
    struct policy_source source = {.rate = 1, .burst = 1};
    struct buffer out;
    uint32_t wait_s = 0;
    buffer_init(&out, 10000);
    struct traffic *partner = traffic_find(set, BYTES_LITERAL("partner"));
    assert_ptr_equal(traffic_find(set, BYTES_LITERAL("partner")), partner);
    assert_ptr_not_equal(traffic_find(set, BYTES_LITERAL("web")), partner);
    assert_true(traffic_admit(partner, &source, &wait_s));
    assert_false(traffic_admit(partner, &source, &wait_s));
    assert_int_equal(wait_s, 1);
    assert_true(traffic_admit(traffic_find(set, BYTES_LITERAL("web")), &source, &wait_s));
    traffic_count(partner, TRAFFIC_REFUSED);
    traffic_write(set, &out);
    const char *text = buffer_string(&out);
    assert_non_null(strstr(text, "{source=\"partner\",outcome=\"limited\"} 1\n"));
    assert_non_null(strstr(text, "{source=\"partner\",outcome=\"refused\"} 1\n"));
    assert_null(strstr(text, "source=\"web\""));
    buffer_release(&out);
    traffic_set_free(set);
}

static void a_source_without_a_rate_is_not_limited(void **state)
{
    (void)state;
    struct traffic_set *set = traffic_set_new();
    struct policy_source source = {.burst = 1};
    uint32_t wait_s;
    for (int i = 0; i < 100; i++)
        assert_true(traffic_admit(traffic_find(set, BYTES_LITERAL("s")), &source, &wait_s));
    traffic_set_free(set);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_at_once_and_then_the_rate_counts),
        cmocka_unit_test(a_pause_saves_up_no_more_than_the_burst),
        cmocka_unit_test(without_a_burst_it_is_a_second_of_the_rate),
        cmocka_unit_test(what_is_owed_is_waited_for),
        cmocka_unit_test(the_highest_rate_does_not_overflow),
        cmocka_unit_test(a_source_keeps_its_rate_and_counts_under_its_name),
        cmocka_unit_test(a_source_without_a_rate_is_not_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
