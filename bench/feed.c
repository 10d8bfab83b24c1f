/* NDJSON load over several connections: see feed.h. */
#include "feed.h"

#include "http.h"
#include "measure.h"
#include "payload.h"

#include "base/error.h"
#include "base/id.h"
#include "base/json.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = PAYLOAD_SIZE + 1, BUSY_NAP_US = 20000 };

struct shared {
    struct feed *feed;
    struct payload payloads[PAYLOAD_VARIANTS];
    pthread_barrier_t start;
    _Atomic uint64_t next; /* request to be sent */
};

struct connection {
    struct shared *shared;
    pthread_t thread;
    struct http http;
    char *body;
    uint64_t acknowledged, known, busy, last_seq;
    double *body_ms;
    size_t bodies;
};

/* The lines of the body are variants in turn, whatever their identities. */
static const struct payload *payload_at(const struct connection *connection, size_t line)
{
    return &connection->shared->payloads[line % PAYLOAD_VARIANTS];
}

static void write_lines(struct connection *connection)
{
    connection->body = malloc((size_t)FEED_LINES * LINE_SIZE);
    ML_ASSERT(connection->body != NULL);
    for (size_t line = 0; line < FEED_LINES; line++) {
        char *text = connection->body + line * LINE_SIZE;
        memcpy(text, payload_at(connection, line)->text, PAYLOAD_SIZE);
        text[PAYLOAD_SIZE] = '\n';
    }
}

static void identify_lines(struct connection *connection, uint64_t request)
{
    for (size_t line = 0; line < FEED_LINES; line++)
        payload_identify(payload_at(connection, line), connection->body + line * LINE_SIZE,
                         connection->shared->feed->run, request * FEED_LINES + line);
}

/* The number behind `key` in one line of the answer; 0 without it. */
static uint64_t number_in(const char *line, size_t size, const char *key)
{
    const char *found = memmem(line, size, key, strlen(key));
    return found != NULL ? strtoull(found + strlen(key), NULL, 10) : 0;
}

/* One line of the answer. */
static void count_line(struct connection *connection, const char *line, size_t size, bool *again)
{
    uint64_t status = number_in(line, size, "\"status\":");
    uint64_t seq = number_in(line, size, "\"seq\":");
    if (seq > connection->last_seq)
        connection->last_seq = seq;
    if (status == 201)
        connection->acknowledged++;
    else if (status == 200)
        connection->known++;
    else if (status == 503)
        connection->busy++;
    else
        measure_fail("a lead was refused: %.*s", (int)size, line);
    *again = status == 503;
}

/* Reads the answer, and moves the lines that were not taken for want of room to `retry`. */
static void read_answer(struct connection *connection, const char *sent, struct buffer *retry)
{
    struct bytes answer = buffer_bytes(&connection->http.answer);
    const char *at = answer.data, *end = answer.data + answer.size;
    size_t line = 0;
    while (at < end) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        bool again;
        ML_ASSERT(next != NULL);
        count_line(connection, at, (size_t)(next - at), &again);
        if (again)
            buffer_append(retry, sent + line * LINE_SIZE, LINE_SIZE);
        line++;
        at = next + 1;
    }
}

static void send_body(struct connection *connection, struct bytes body)
{
    struct buffer retry;
    buffer_init(&retry, (size_t)FEED_LINES * LINE_SIZE);
    long status =
        http_post(&connection->http, "/v1/sources/website/leads", "application/x-ndjson", body);
    if (status == 503)
        buffer_append_bytes(&retry, body);
    else if (status < 200 || status > 299)
        measure_fail("a batch was answered with %ld: %.*s", status,
                     BYTES_ARG(buffer_bytes(&connection->http.answer)));
    else
        read_answer(connection, body.data, &retry);
    if (retry.size > 0) {
        measure_sleep_us(BUSY_NAP_US);
        send_body(connection, buffer_bytes(&retry));
    }
    buffer_release(&retry);
}

static void *connection_main(void *argument)
{
    struct connection *connection = argument;
    struct shared *shared = connection->shared;
    pthread_barrier_wait(&shared->start);
    for (;;) {
        uint64_t request = atomic_fetch_add(&shared->next, 1);
        if (request >= shared->feed->requests)
            return NULL;
        identify_lines(connection, request);
        int64_t start_us = measure_now_us();
        send_body(connection, (struct bytes){connection->body, (size_t)FEED_LINES * LINE_SIZE});
        connection->body_ms[connection->bodies++] = measure_seconds_since(start_us) * 1e3;
    }
}

static void start_connections(struct shared *shared, struct connection *connections)
{
    for (unsigned i = 0; i < shared->feed->connections; i++) {
        struct connection *connection = &connections[i];
        connection->shared = shared;
        connection->body_ms = calloc(shared->feed->requests, sizeof *connection->body_ms);
        ML_ASSERT(connection->body_ms != NULL);
        write_lines(connection);
        http_open(&connection->http, shared->feed->port);
        http_get(&connection->http, "/healthz", 0); /* connects */
        if (pthread_create(&connection->thread, NULL, connection_main, connection) != 0)
            measure_fail("no more threads");
    }
}

/* Waits for the connection, adds up what it counted, and appends its times to all_ms. */
static void finish_connection(struct feed *feed, struct connection *connection, double *all_ms,
                              size_t *all_count)
{
    pthread_join(connection->thread, NULL);
    feed->acknowledged += connection->acknowledged;
    feed->known += connection->known;
    feed->busy += connection->busy;
    if (connection->last_seq > feed->last_seq)
        feed->last_seq = connection->last_seq;
    memcpy(all_ms + *all_count, connection->body_ms, connection->bodies * sizeof *all_ms);
    *all_count += connection->bodies;
    http_close(&connection->http);
    free(connection->body_ms);
    free(connection->body);
}

void feed_run(struct feed *feed)
{
    struct shared shared = {.feed = feed};
    struct connection *connections = calloc(feed->connections, sizeof *connections);
    double *all_ms = calloc(feed->requests, sizeof *all_ms);
    size_t all_count = 0;
    ML_ASSERT(connections != NULL && all_ms != NULL);
    feed->acknowledged = feed->known = feed->busy = feed->last_seq = 0;
    for (uint32_t variant = 0; variant < PAYLOAD_VARIANTS; variant++)
        payload_make(variant, &shared.payloads[variant]);
    pthread_barrier_init(&shared.start, NULL, feed->connections + 1);
    start_connections(&shared, connections);
    int64_t start_us = measure_now_us();
    pthread_barrier_wait(&shared.start);
    for (unsigned i = 0; i < feed->connections; i++)
        finish_connection(feed, &connections[i], all_ms, &all_count);
    feed->seconds = measure_seconds_since(start_us);
    feed->body_ms = measure_percentile(all_ms, all_count, 0.5);
    pthread_barrier_destroy(&shared.start);
    free(connections);
    free(all_ms);
}

uint64_t feed_accepted(uint16_t port, uint64_t seq)
{
    struct http http;
    http_open(&http, port);
    long status = http_get(&http, "/v1/reconciliation", seq);
    struct bytes answer = buffer_bytes(&http.answer);
    if (status != 200 || memmem(answer.data, answer.size, "\"balanced\":true", 15) == NULL)
        measure_fail("the reconciliation does not balance: %ld %.*s", status, BYTES_ARG(answer));
    uint64_t accepted = http_number(&http, "accepted");
    http_close(&http);
    return accepted;
}
