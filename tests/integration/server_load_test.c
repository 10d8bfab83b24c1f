/* Everything at once: single leads, batches, reads, changes of reps, a stream. Meant for
 * ThreadSanitizer; at the end every lead that was acknowledged is counted. */
#include "server_fixture.h"

#include <inttypes.h>
#include <pthread.h>

enum { ROUNDS = 60, BATCH_LINES = 300 };

static struct fixture fixture;

static int open_server(void **state)
{
    (void)state;
    fixture_open(&fixture);
    fixture.limits = (struct server_limits){.heartbeat_ms = 1};
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

struct job {
    void (*run)(struct job *job);
    int index;
    uint64_t made; /* leads answered with 201 */
    pthread_t thread;
};

static void send_single_leads(struct job *job)
{
    for (int i = 0; i < ROUNDS; i++) {
        char email[64];
        snprintf(email, sizeof email, "single%d-%d@example.com", job->index, i);
        submit_lead(&fixture, email);
        job->made++;
    }
}

static void send_batches(struct job *job)
{
    struct buffer body;
    buffer_init(&body, 1024 * 1024);
    for (int i = 0; i < ROUNDS / 10; i++) {
        struct reply reply;
        buffer_clear(&body);
        for (int line = 0; line < BATCH_LINES; line++)
            buffer_printf(&body, "{\"email\":\"batch%d-%d-%d@example.com\",\"country\":\"US\"}\n",
                          job->index, i, line);
        request_send(&fixture, "POST", "/v1/sources/website/leads",
                     "Content-Type: application/x-ndjson\r\n", buffer_bytes(&body), &reply);
        assert_int_equal(reply.status, 200);
        const char *at = buffer_string(&reply.body);
        while ((at = strstr(at, "\"status\":201,")) != NULL) {
            job->made++;
            at++;
        }
        reply_release(&reply);
    }
    buffer_release(&body);
}

static void look_around(struct job *job)
{
    static const char *const paths[] = {"/v1/leads?limit=20", "/v1/reps", "/v1/reconciliation",
                                        "/metrics",           "/readyz",  "/v1/events?limit=50"};
    (void)job;
    for (int i = 0; i < ROUNDS; i++) {
        struct reply reply;
        char header[64] = "";
        const char *path = paths[i % (int)(sizeof paths / sizeof *paths)];
        if (strncmp(path, "/v1/r", 5) == 0)
            snprintf(header, sizeof header, "Min-Seq: %" PRIu64 "\r\n",
                     engine_durable_seq(fixture.engine));
        request_send(&fixture, "GET", path, header, (struct bytes){0}, &reply);
        assert_int_equal(reply.status, 200);
        reply_release(&reply);
    }
}

static void change_reps(struct job *job)
{
    (void)job;
    for (int i = 0; i < ROUNDS; i++) {
        struct reply reply;
        request_json(&fixture, "PATCH", "/v1/reps/chloe",
                     i % 2 == 0 ? "{\"available\":false}" : "{\"available\":true,\"capacity\":500}",
                     &reply);
        assert_int_equal(reply.status, 200);
        reply_release(&reply);
    }
}

/* Comes and goes; each time until a few events have come. */
static void follow(struct job *job)
{
    (void)job;
    for (int i = 0; i < ROUNDS / 10; i++) {
        struct client client;
        client_open(&client, &fixture);
        client_send(&client,
                    BYTES_LITERAL("GET /v1/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assert_true(client_read_until(&client, "id: 2\n"));
        client_close(&client);
    }
}

static void *run_job(void *context)
{
    struct job *job = context;
    job->run(job);
    json_thread_release();
    return NULL;
}

static void everything_at_once_is_counted(void **state)
{
    (void)state;
    struct job jobs[] = {
        {send_single_leads, 0}, {send_single_leads, 1}, {send_batches, 2}, {send_batches, 3},
        {look_around, 4},       {look_around, 5},       {change_reps, 6},  {follow, 7}};
    enum { JOBS = sizeof jobs / sizeof *jobs };
    uint64_t made = 0;
    submit_lead(&fixture, "first@example.com");
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, run_job, &jobs[i]), 0);
    for (int i = 0; i < JOBS; i++) {
        pthread_join(jobs[i].thread, NULL);
        made += jobs[i].made;
    }
    struct reply reply;
    char header[64];
    snprintf(header, sizeof header, "Min-Seq: %" PRIu64 "\r\n", engine_durable_seq(fixture.engine));
    request_send(&fixture, "GET", "/v1/reconciliation", header, (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(json_object_get_boolean(json_object_object_get(reply.json, "balanced")));
    assert_int_equal(reply_number(&reply, "accepted"), made + 1);
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_at_once_is_counted),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
