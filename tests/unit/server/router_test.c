/* Which route a method and a path find. */
#include "unit.h"

#include "server/router.h"

static const struct route routes[] = {
    {"POST", "/v1/sources/{source}/leads"}, {"GET", "/v1/leads"},     {"GET", "/v1/leads/{id}"},
    {"POST", "/v1/leads/{id}/contacts"},    {"GET", "/v1/reps/{id}"}, {"PATCH", "/v1/reps/{id}"},
};

static struct route_match find(const char *method, const char *path)
{
    struct route_match match;
    route_find(routes, sizeof routes / sizeof *routes, bytes_of(method), bytes_of(path), &match);
    return match;
}

static void a_path_finds_its_route(void **state)
{
    (void)state;
    assert_ptr_equal(find("GET", "/v1/leads").route, &routes[1]);
    assert_ptr_equal(find("GET", "/v1/leads/L1").route, &routes[2]);
    assert_ptr_equal(find("POST", "/v1/leads/L1/contacts").route, &routes[3]);
}

static void braces_take_one_segment(void **state)
{
    (void)state;
    struct route_match match = find("POST", "/v1/sources/web site/leads");
    assert_ptr_equal(match.route, &routes[0]);
    assert_true(bytes_is(match.segments[0], "web site"));
}

static void a_path_must_match_whole(void **state)
{
    (void)state;
    const char *paths[] = {"",
                           "/",
                           "v1/leads",
                           "/v1/leads/",
                           "/v1//leads",
                           "/v1/leads/x/",
                           "/v1/leads/x/y",
                           "/v1/sources//leads",
                           "/v1/leadsx",
                           "/v1/lead",
                           "/v1/leads/L1/contacts/x"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct route_match match = find("GET", paths[i]);
        if (match.route != NULL || match.known_path)
            fail_msg("\"%s\" matched", paths[i]);
    }
}

static void head_is_get(void **state)
{
    (void)state;
    assert_ptr_equal(find("HEAD", "/v1/leads").route, &routes[1]);
}

static void methods_are_exact(void **state)
{
    (void)state;
    assert_null(find("get", "/v1/leads").route);
    assert_ptr_equal(find("PATCH", "/v1/reps/ana").route, &routes[5]);
}

static void another_method_is_told_what_is_allowed(void **state)
{
    (void)state;
    struct route_match match = find("DELETE", "/v1/reps/ana");
    assert_null(match.route);
    assert_true(match.known_path);
    assert_string_equal(match.allow, "GET, HEAD, PATCH");
}

static void an_unknown_path_gets_a_suggestion(void **state)
{
    (void)state;
    struct route_match match = find("GET", "/v1/laeds");
    assert_false(match.known_path);
    assert_string_equal(match.suggestion, "/v1/leads");
    assert_null(find("GET", "/something/else/entirely").suggestion);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_finds_its_route),
        cmocka_unit_test(braces_take_one_segment),
        cmocka_unit_test(a_path_must_match_whole),
        cmocka_unit_test(head_is_get),
        cmocka_unit_test(methods_are_exact),
        cmocka_unit_test(another_method_is_told_what_is_allowed),
        cmocka_unit_test(an_unknown_path_gets_a_suggestion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
