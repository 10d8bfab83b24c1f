/* Matching is by segments, in the order of the table. A few dozen routes need no tree: a mismatch
 * shows in the first differing byte. */
#include "server/router.h"

#include <stdio.h>

/* The segment at `at` (behind a slash), up to the next slash or the end. */
static struct bytes segment_at(struct bytes text, size_t at)
{
    const char *slash = memchr(text.data + at, '/', text.size - at);
    size_t end = slash != NULL ? (size_t)(slash - text.data) : text.size;
    return (struct bytes){text.data + at, end - at};
}

static bool match_path(const char *pattern, struct bytes path, struct bytes *segments)
{
    struct bytes expected = bytes_of(pattern);
    size_t at = 1, pattern_at = 1, captured = 0;
    if (path.size == 0 || path.data[0] != '/')
        return false;
    for (;;) {
        struct bytes want = segment_at(expected, pattern_at), have = segment_at(path, at);
        if (want.size > 0 && want.data[0] == '{') {
            if (have.size == 0)
                return false;
            segments[captured++] = have;
        } else if (!bytes_equal(want, have)) {
            return false;
        }
        at += have.size + 1;
        pattern_at += want.size + 1;
        if (at > path.size || pattern_at > expected.size)
            return at > path.size && pattern_at > expected.size;
    }
}

static bool match_method(const struct route *route, struct bytes method)
{
    return bytes_is(method, route->method) ||
           (bytes_is(method, "HEAD") && strcmp(route->method, "GET") == 0);
}

static void add_allowed(struct route_match *match, const char *method)
{
    size_t used = strlen(match->allow);
    snprintf(match->allow + used, sizeof match->allow - used, "%s%s", used > 0 ? ", " : "",
             strcmp(method, "GET") == 0 ? "GET, HEAD" : method);
}

static const char *nearest_pattern(const struct route *routes, size_t count, struct bytes path)
{
    enum { PATTERNS_MAX = 128 };
    const char *patterns[PATTERNS_MAX];
    size_t used = 0;
    for (size_t i = 0; i < count && used < PATTERNS_MAX; i++)
        if (routes[i].pattern[0] == '/')
            patterns[used++] = routes[i].pattern;
    return bytes_suggest(path, patterns, used);
}

void route_find(const struct route *routes, size_t count, struct bytes method, struct bytes path,
                struct route_match *ret)
{
    *ret = (struct route_match){0};
    for (size_t i = 0; i < count; i++) {
        if (!match_path(routes[i].pattern, path, ret->segments))
            continue;
        ret->known_path = true;
        if (match_method(&routes[i], method)) {
            ret->route = &routes[i];
            return;
        }
        add_allowed(ret, routes[i].method);
    }
    if (!ret->known_path)
        ret->suggestion = nearest_pattern(routes, count, path);
}
