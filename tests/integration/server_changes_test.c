/* What pages live on: what has changed is told soon, gathered, once, and completely enough; a page
 * that was away goes on where it was, or at the present. */
#include "server_fixture.h"

#include "base/id.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static struct fixture fixture;

static void open_server(struct server_limits limits)
{
    fixture_open(&fixture);
    fixture.limits = limits;
    fixture_start(&fixture);
}

static int open_patient(void **state)
{
    (void)state;
    open_server((struct server_limits){0});
    return 0;
}

static int open_forgetful(void **state)
{
    (void)state;
    open_server((struct server_limits){.changes_behind = 5});
    return 0;
}

static int open_lively(void **state)
{
    (void)state;
    open_server((struct server_limits){.heartbeat_ms = 1});
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* ---- a page */

struct page {
    struct client client;
    size_t seen; /* of the content */
};

static void page_open(struct page *page, const char *query, const char *headers)
{
    char request[256];
    page->seen = 0;
    client_open(&page->client, &fixture);
    int size = snprintf(request, sizeof request,
                        "GET /v1/changes%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", query, headers);
    client_send(&page->client, (struct bytes){request, (size_t)size});
    assert_true(client_read_until(&page->client, "\r\n\r\n"));
    assert_non_null(strstr(buffer_string(&page->client.in), "Content-Type: text/event-stream"));
}

/* What came behind the headers, without the chunks that it came in, which end anywhere. */
static void collect_content(struct page *page, struct buffer *out)
{
    const char *at = strstr(buffer_string(&page->client.in), "\r\n\r\n");
    at = at != NULL ? at + 4 : NULL;
    while (at != NULL) {
        char *line;
        size_t size = strtoul(at, &line, 16), there = strlen(line);
        if (there < 2)
            return;
        there -= 2;
        buffer_append(out, line + 2, size < there ? size : there);
        at = size + 2 <= there ? line + 2 + size + 2 : NULL;
    }
}

static void page_receive(struct page *page)
{
    char *room = buffer_reserve(&page->client.in, 65536);
    ssize_t got = recv(page->client.fd, room, 65536, 0);
    if (got <= 0)
        fail_msg("the stream ended");
    buffer_commit(&page->client.in, (size_t)got);
}

/* The JSON of the next event, which says under which id it came. */
static struct json_object *page_next(struct page *page)
{
    struct buffer content;
    struct json_object *changes = NULL;
    buffer_init(&content, 64 * 1024 * 1024);
    for (;; page_receive(page)) {
        buffer_clear(&content);
        collect_content(page, &content);
        const char *from = buffer_string(&content) + page->seen;
        const char *id = strstr(from, "id: "), *data = id != NULL ? strstr(id, "\ndata: ") : NULL;
        const char *end = data != NULL ? strstr(data, "\n\n") : NULL;
        if (end == NULL)
            continue;
        data += strlen("\ndata: ");
        assert_int_equal(json_parse((struct bytes){data, (size_t)(end - data)}, &changes, NULL), 0);
        assert_int_equal(strtoull(id + strlen("id: "), NULL, 10),
                         json_member_int(changes, "seq", -1));
        page->seen += (size_t)(end + 2 - from);
        buffer_release(&content);
        return changes;
    }
}

static bool names(struct json_object *changes, const char *subject)
{
    struct json_object *list = json_object_object_get(changes, "subjects");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), subject) == 0)
            return true;
    return false;
}

static bool names_lead(struct json_object *changes, uint64_t number)
{
    char id[LEAD_ID_TEXT_SIZE];
    lead_id_print(number, id);
    return names(changes, id);
}

static int64_t count_of(struct json_object *changes, const char *type)
{
    return json_member_int(json_object_object_get(changes, "events"), type, 0);
}

static bool is_empty(struct json_object *changes)
{
    return json_object_object_length(json_object_object_get(changes, "events")) == 0 &&
           json_object_array_length(json_object_object_get(changes, "subjects")) == 0;
}

static bool is_more(struct json_object *changes)
{
    return json_object_get_boolean(json_object_object_get(changes, "more"));
}

/* The first one, which has nothing in it. */
static uint64_t page_start(struct page *page)
{
    JSON_AUTO *first = page_next(page);
    assert_true(is_empty(first));
    return (uint64_t)json_member_int(first, "seq", 0);
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- being told */

static void a_page_knows_at_once_where_it_stands(void **state)
{
    (void)state;
    struct page page;
    uint64_t durable = engine_durable_seq(fixture.engine);
    page_open(&page, "", "");
    JSON_AUTO *first = page_next(&page);
    assert_true(is_empty(first));
    assert_false(is_more(first));
    assert_int_equal(json_member_int(first, "seq", 0), durable);
    client_close(&page.client);
}

static void what_happens_is_counted_and_named(void **state)
{
    (void)state;
    struct page page;
    page_open(&page, "", "");
    uint64_t start = page_start(&page);
    uint64_t number = submit_lead(&fixture, "new@example.com");
    JSON_AUTO *changes = page_next(&page);
    assert_int_equal(count_of(changes, "lead.captured"), 1);
    assert_int_equal(count_of(changes, "lead.assigned"), 1);
    assert_true(names_lead(changes, number));
    assert_false(is_more(changes));
    assert_true(json_member_int(changes, "seq", 0) > (int64_t)start);
    client_close(&page.client);
}

/* The event of an exception has the exception as its subject. */
static void what_an_event_is_about_beside_its_subject_is_named_too(void **state)
{
    (void)state;
    struct page page;
    struct reply reply;
    char path[96], exception[LEAD_ID_TEXT_SIZE], after[64];
    uint64_t number = submit_lead(&fixture, "twice@example.com");
    snprintf(after, sizeof after, "?after=%" PRIu64, engine_durable_seq(fixture.engine));
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64 "/exceptions", number);
    request_json(&fixture, "POST", path, "{\"note\":\"which one?\"}", &reply);
    assert_int_equal(reply.status, 201);
    snprintf(exception, sizeof exception, "%s", reply_text(&reply, "id"));
    reply_release(&reply);
    request_get_now(&fixture, "/v1/reps", &reply);
    struct json_object *rep = json_object_array_get_idx(reply_list(&reply, "reps"), 0);
    const char *id = json_member_text(rep, "id").data;
    snprintf(path, sizeof path, "/v1/reps/%s", id);
    struct reply changed;
    request_json(&fixture, "PATCH", path, "{\"capacity\":77}", &changed);
    assert_int_equal(changed.status, 200);
    reply_release(&changed);
    page_open(&page, after, "");
    page_start(&page);
    JSON_AUTO *changes = page_next(&page);
    assert_int_equal(count_of(changes, "exception.opened"), 1);
    assert_int_equal(count_of(changes, "rep.changed"), 1);
    assert_true(names(changes, exception));
    assert_true(names_lead(changes, number));
    assert_true(names(changes, id));
    reply_release(&reply);
    client_close(&page.client);
}

static void many_events_are_told_together(void **state)
{
    (void)state;
    enum { LEADS = 60, EVERY_MS = 300 };
    struct page page;
    uint64_t last = 0;
    int64_t captured = 0, messages = 0, began_ms = clock_ms();
    page_open(&page, "?every=300", "");
    page_start(&page);
    for (int i = 0; i < LEADS; i++) {
        char email[64];
        snprintf(email, sizeof email, "many%d@example.com", i);
        last = submit_lead(&fixture, email);
    }
    for (bool complete = false; !complete; messages++) {
        JSON_AUTO *changes = page_next(&page);
        captured += count_of(changes, "lead.captured");
        complete = names_lead(changes, last);
    }
    assert_int_equal(captured, LEADS);
    int64_t took_ms = clock_ms() - began_ms;
    if (messages > took_ms / EVERY_MS + 2)
        fail_msg("%" PRId64 " messages in %" PRId64 " ms", messages, took_ms);
    client_close(&page.client);
}

static void more_subjects_than_a_page_can_look_at_are_left_out(void **state)
{
    (void)state;
    enum { LEADS = 201, SUBJECTS_MAX = 200 };
    struct page page;
    char after[64];
    uint64_t first = submit_lead(&fixture, "crowd@example.com");
    snprintf(after, sizeof after, "?after=%" PRIu64, first - 1);
    for (int i = 1; i < LEADS; i++) {
        char email[64];
        snprintf(email, sizeof email, "crowd%d@example.com", i);
        submit_lead(&fixture, email);
    }
    page_open(&page, after, "");
    page_start(&page);
    JSON_AUTO *changes = page_next(&page);
    assert_int_equal(count_of(changes, "lead.captured"), LEADS);
    assert_int_equal(json_object_array_length(json_object_object_get(changes, "subjects")),
                     SUBJECTS_MAX);
    assert_true(is_more(changes));
    assert_null(json_object_object_get(changes, "skipped"));
    client_close(&page.client);
}

/* ---- coming back */

static void a_page_that_comes_back_misses_nothing(void **state)
{
    (void)state;
    struct page page;
    char header[64];
    page_open(&page, "", "");
    uint64_t start = page_start(&page);
    client_close(&page.client);
    uint64_t number = submit_lead(&fixture, "meanwhile@example.com");
    snprintf(header, sizeof header, "Last-Event-ID: %" PRIu64 "\r\n", start);
    page_open(&page, "", header);
    assert_int_equal(page_start(&page), start);
    JSON_AUTO *changes = page_next(&page);
    assert_int_equal(count_of(changes, "lead.captured"), 1);
    assert_true(names_lead(changes, number));
    client_close(&page.client);
}

static void a_page_that_was_away_for_long_goes_on_at_the_present(void **state)
{
    (void)state;
    struct page page;
    for (int i = 0; i < 6; i++) {
        char email[64];
        snprintf(email, sizeof email, "long%d@example.com", i);
        submit_lead(&fixture, email);
    }
    int64_t durable = (int64_t)engine_durable_seq(fixture.engine);
    page_open(&page, "?after=1", "");
    assert_int_equal(page_start(&page), 1);
    JSON_AUTO *changes = page_next(&page);
    assert_true(is_empty(changes));
    assert_true(is_more(changes));
    assert_int_equal(json_member_int(changes, "seq", 0), durable);
    assert_int_equal(json_member_int(changes, "skipped", 0), durable - 1);
    client_close(&page.client);
}

static void a_place_that_the_journal_does_not_have_is_the_present(void **state)
{
    (void)state;
    struct page page;
    page_open(&page, "", "Last-Event-ID: 99999999\r\n");
    JSON_AUTO *first = page_next(&page);
    assert_true(is_empty(first));
    assert_true(is_more(first));
    assert_int_equal(json_member_int(first, "seq", 0), engine_durable_seq(fixture.engine));
    client_close(&page.client);
}

/* ---- and else */

static void a_quiet_stream_gives_signs_of_life(void **state)
{
    (void)state;
    struct page page;
    page_open(&page, "", "");
    assert_true(client_read_until(&page.client, ": still here\n\n"));
    page_start(&page);
    submit_lead(&fixture, "quiet@example.com");
    JSON_AUTO *changes = page_next(&page);
    assert_int_equal(count_of(changes, "lead.captured"), 1);
    client_close(&page.client);
}

static void wrong_places_and_times_are_refused(void **state)
{
    (void)state;
    struct reply reply;
    request_send(&fixture, "GET", "/v1/changes", "Last-Event-ID: x\r\n", (struct bytes){0}, &reply);
    assert_problem_says(&reply, 400, "invalid-header", "a whole number");
    request_get(&fixture, "/v1/changes?after=soon", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "after");
    request_get(&fixture, "/v1/changes?every=99", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "every");
}

/* One that waits for an event and one that rests after one. */
static void stopping_ends_the_streams(void **state)
{
    (void)state;
    struct page waiting, resting;
    struct reply reply;
    page_open(&waiting, "", "");
    page_open(&resting, "?every=10000", "");
    page_start(&resting);
    submit_lead(&fixture, "end@example.com");
    json_object_put(page_next(&resting));
    page_start(&waiting);
    fixture_stop(&fixture);
    assert_true(client_read(&waiting.client, &reply)); /* whole: the last chunk came */
    reply_release(&reply);
    assert_true(client_read(&resting.client, &reply));
    reply_release(&reply);
    client_close(&waiting.client);
    client_close(&resting.client);
}

#define PATIENT(test) cmocka_unit_test_setup_teardown(test, open_patient, close_server)
#define FORGETFUL(test) cmocka_unit_test_setup_teardown(test, open_forgetful, close_server)
#define LIVELY(test) cmocka_unit_test_setup_teardown(test, open_lively, close_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PATIENT(a_page_knows_at_once_where_it_stands),
        PATIENT(what_happens_is_counted_and_named),
        PATIENT(what_an_event_is_about_beside_its_subject_is_named_too),
        PATIENT(many_events_are_told_together),
        PATIENT(more_subjects_than_a_page_can_look_at_are_left_out),
        PATIENT(a_page_that_comes_back_misses_nothing),
        FORGETFUL(a_page_that_was_away_for_long_goes_on_at_the_present),
        PATIENT(a_place_that_the_journal_does_not_have_is_the_present),
        LIVELY(a_quiet_stream_gives_signs_of_life),
        PATIENT(wrong_places_and_times_are_refused),
        PATIENT(stopping_ends_the_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
