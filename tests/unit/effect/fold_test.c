/* A lead as it was behind one of its events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "effect/fold.h"

struct told {
    uint64_t seq;
    enum core_event_type type;
    const char *data;
};

/* Newest last; folded from event number `last` (of the list) back. */
static const struct told life[] = {
    {10, CORE_LEAD_CAPTURED,
     "{\"actor\":\"key\",\"source\":\"web\",\"class\":\"hot\",\"score\":7,"
     "\"due_at\":\"2026-11-23T10:05:00.000000Z\",\"attributes\":{\"email\":\"a@b.example\"}}"},
    {11, CORE_LEAD_ASSIGNED,
     "{\"prev\":10,\"rep\":\"ana\",\"pool\":\"all\",\"route\":\"big \\\"ones\\\"\","
     "\"dues\":[{\"to\":\"crm\"}],\"due_at\":\"2026-11-23T12:00:00.000000Z\"}"},
    {13, CORE_LEAD_ENRICHED,
     "{\"prev\":11,\"provider\":\"facts\",\"class\":\"cool\",\"score\":-3,"
     "\"due_at\":\"2026-11-23T12:00:00.000000Z\",\"attributes\":{\"email\":\"a@b.example\","
     "\"size\":5}}"},
    {15, CORE_EXCEPTION_OPENED,
     "{\"prev\":13,\"lead\":\"L10\",\"kind\":\"manual\",\"due_at\":\"2026-12-24T00:00:00."
     "000000Z\"}"},
    {17, CORE_LEAD_RETURNED, "{\"prev\":15,\"rep\":\"ana\",\"cause\":\"returned\"}"},
    {18, CORE_LEAD_QUEUED,
     "{\"prev\":17,\"pool\":\"rest\",\"cause\":\"returned\","
     "\"due_at\":\"2026-11-23T14:00:00.000000Z\"}"},
    {19, CORE_LEAD_TOUCHED,
     "{\"prev\":18,\"source\":\"fair\",\"attributes\":{\"email\":\"other@b.example\"}}"},
    {20, CORE_LEAD_ASSIGNED, "{\"prev\":19,\"rep\":\"bob\",\"cause\":\"manual\"}"},
    {21, CORE_LEAD_CONTACTED, "{\"prev\":20,\"channel\":\"phone\"}"},
    {22, CORE_LEAD_QUALIFIED, "{\"prev\":21}"},
};

static struct effect_message fold_from(uint64_t seq, struct arena *arena)
{
    struct effect_message message = {.lead = 10};
    struct fold fold = {.message = &message, .arena = arena, .previous = seq};
    bool more = true;
    for (size_t i = sizeof life / sizeof *life; i-- > 0;) {
        if (life[i].seq > seq)
            continue;
        assert_true(more);
        assert_int_equal(fold.previous, life[i].seq);
        more = fold_add(&fold, life[i].seq, (int64_t)life[i].seq * 1000, life[i].type,
                        bytes_of(life[i].data));
    }
    assert_false(more);
    return message;
}

static void assert_is(struct bytes text, const char *expected)
{
    char got[128];
    memcpy(got, text.data != NULL ? text.data : "", text.size);
    got[text.size] = '\0';
    assert_string_equal(got, expected);
}

static void everything_is_as_it_was_then(void **state)
{
    static const struct {
        uint64_t seq;
        const char *state, *place, *rep, *pool, *route, *class_name;
        int64_t score, assigned_us, contacted_us;
        const char *attributes;
    } moments[] = {
        {10, "captured", "waiting", "", "", "", "hot", 7, 0, 0, "{\"email\":\"a@b.example\"}"},
        {11, "assigned", "owned", "ana", "all", "big \"ones\"", "hot", 7, 11000, 0,
         "{\"email\":\"a@b.example\"}"},
        {13, "assigned", "owned", "ana", "all", "big \"ones\"", "cool", -3, 11000, 0,
         "{\"email\":\"a@b.example\",\"size\":5}"},
        {17, "captured", "waiting", "", "", "big \"ones\"", "cool", -3, 11000, 0,
         "{\"email\":\"a@b.example\",\"size\":5}"},
        {19, "captured", "waiting", "", "rest", "big \"ones\"", "cool", -3, 11000, 0,
         "{\"email\":\"a@b.example\",\"size\":5}"},
        {21, "contacted", "owned", "bob", "", "big \"ones\"", "cool", -3, 20000, 21000,
         "{\"email\":\"a@b.example\",\"size\":5}"},
        {22, "qualified", "closed", "bob", "", "big \"ones\"", "cool", -3, 20000, 21000,
         "{\"email\":\"a@b.example\",\"size\":5}"},
    };
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct effect_message message = fold_from(moments[i].seq, &arena);
        assert_int_equal(message.version, moments[i].seq);
        assert_is(message.state, moments[i].state);
        assert_is(message.place, moments[i].place);
        assert_is(message.rep, moments[i].rep);
        assert_is(message.pool, moments[i].pool);
        assert_is(message.route, moments[i].route);
        assert_is(message.class_name, moments[i].class_name);
        assert_is(message.source, "web");
        assert_is(message.attributes, moments[i].attributes);
        assert_int_equal(message.score, moments[i].score);
        assert_int_equal(message.captured_us, 10000);
        assert_int_equal(message.assigned_us, moments[i].assigned_us);
        assert_int_equal(message.contacted_us, moments[i].contacted_us);
    }
    arena_release(&arena);
}

static void the_deadline_of_an_exception_is_not_the_leads(void **state)
{
    struct arena arena;
    (void)state;
    arena_init(&arena);
    assert_int_equal(fold_from(15, &arena).due_us, fold_from(13, &arena).due_us);
    assert_int_not_equal(fold_from(18, &arena).due_us, fold_from(13, &arena).due_us);
    arena_release(&arena);
}

static void members_are_found_in_any_shape(void **state)
{
    static const char text[] = "{\"a\":1,\"b\":\"x,}\\\"\",\"c\":{\"d\":[1,{\"e\":2}],\"f\":\"]\"},"
                               "\"g\":[],\"h\":null}";
    static const char *const expected[][2] = {{"a", "1"},
                                              {"b", "\"x,}\\\"\""},
                                              {"c", "{\"d\":[1,{\"e\":2}],\"f\":\"]\"}"},
                                              {"g", "[]"},
                                              {"h", "null"}};
    struct bytes key, value;
    size_t at = 0;
    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(fold_member(bytes_of(text), &at, &key, &value));
        assert_is(key, expected[i][0]);
        assert_is(value, expected[i][1]);
    }
    assert_false(fold_member(bytes_of(text), &at, &key, &value));
    at = 0;
    assert_false(fold_member(BYTES_LITERAL("{}"), &at, &key, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_as_it_was_then),
        cmocka_unit_test(the_deadline_of_an_exception_is_not_the_leads),
        cmocka_unit_test(members_are_found_in_any_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
