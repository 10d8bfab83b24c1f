/* Starting and stopping, and HTTP/1.1 by hand. */
#include "server_fixture.h"

#include "base/id.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <inttypes.h>
#include <semaphore.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- engine and server */

static int64_t now_us(void *context)
{
    struct fixture *fixture = context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + fixture->ahead_us;
}

static int64_t free_bytes(void *context)
{
    struct fixture *fixture = context;
    return fixture->free_bytes;
}

static void fatal(void *context, const struct error *err)
{
    (void)context;
    panic("the engine stopped: %s", err->message);
}

static void report(void *context, const char *sentence)
{
    struct fixture *fixture = context;
    (void)sentence;
    fixture->reports++;
}

static struct policy_release *compile(const struct policy_file *files, size_t count)
{
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL;
    policy_diagnostics_init(&diagnostics);
    if (policy_release_compile(files, count, &diagnostics, &release, NULL) != 0)
        fail_msg("%s:%u: %s", diagnostics.items[0].file, diagnostics.items[0].line,
                 diagnostics.items[0].message);
    policy_diagnostics_release(&diagnostics);
    return release;
}

static void activated(struct engine_request *request)
{
    sem_post(request->context);
}

void fixture_activate(struct fixture *fixture, const struct policy_file *files, size_t count)
{
    struct policy_release *release = compile(files, count);
    struct core_command command = {.type = CORE_ACTIVATE, .activate.release = release};
    struct engine_result result = {0};
    sem_t done;
    struct engine_request request = {.commands = &command,
                                     .results = &result,
                                     .count = 1,
                                     .complete = activated,
                                     .context = &done};
    sem_init(&done, 0, 0);
    assert_int_equal(engine_submit(fixture->engine, &request, NULL), 0);
    sem_wait(&done);
    sem_destroy(&done);
    assert_int_equal(result.status, CORE_OK);
    snprintf(fixture->release, sizeof fixture->release, "%s", release->id_text);
    policy_release_unref(release);
}

void fixture_open(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->free_bytes = INT64_C(1) << 40;
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/meshline-server-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    const struct engine_options options = {
        .directory = fixture->directory,
        .world = {.context = fixture, .now_us = now_us, .free_bytes = free_bytes, .fatal = fatal},
    };
    struct error err = {0};
    if (engine_open(&options, NULL, NULL, &fixture->engine, &err) != 0)
        fail_msg("engine_open: %s: %s", err.place, err.message);
    assert_int_equal(engine_start(fixture->engine, NULL), 0);
    const struct policy_file *files;
    size_t count;
    policy_starter_files(&files, &count);
    fixture_activate(fixture, files, count);
}

void fixture_start(struct fixture *fixture)
{
    const struct server_options options = {
        .listen = "127.0.0.1:0",
        .directory = fixture->directory,
        .limits = fixture->limits,
        .engine = fixture->engine,
        .effects = fixture->effects,
        .report = report,
        .context = fixture,
    };
    struct error err = {0};
    if (server_start(&options, &fixture->server, &err) != 0)
        fail_msg("server_start: %s: %s", err.place, err.message);
    fixture->port = server_port(fixture->server);
}

void fixture_stop(struct fixture *fixture)
{
    if (fixture->server != NULL)
        server_stop(fixture->server);
    server_free(fixture->server);
    fixture->server = NULL;
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory != NULL)
        closedir(directory);
    rmdir(path);
}

void fixture_serve(struct fixture *fixture, const struct policy_file *files, size_t count)
{
    fixture_open(fixture);
    fixture_activate(fixture, files, count);
    fixture_start(fixture);
}

void fixture_close(struct fixture *fixture)
{
    fixture_stop(fixture);
    engine_close(fixture->engine);
    remove_directory(fixture->directory);
}

void fixture_token(struct fixture *fixture, enum role role, const char *source,
                   char ret_text[static TOKEN_TEXT_SIZE], char ret_id[static TOKEN_ID_SIZE])
{
    char path[128];
    struct error err = {0};
    snprintf(path, sizeof path, "%s/tokens.json", fixture->directory);
    if (tokens_add(path, bytes_of(role_name(role)), role, bytes_of(source), now_us(fixture),
                   ret_text, ret_id, &err) != 0)
        fail_msg("tokens_add: %s", err.message);
}

/* ---- the client */

void client_open(struct client *client, const struct fixture *fixture)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(fixture->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* A server that hangs fails the test instead of hanging it. */
    const struct timeval patience = {.tv_sec = 30};
    buffer_init(&client->in, 256 * 1024 * 1024);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client->fd >= 0);
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof address), 0);
}

void client_close(struct client *client)
{
    close(client->fd);
    buffer_release(&client->in);
}

void client_send(struct client *client, struct bytes data)
{
    while (data.size > 0) {
        ssize_t sent = send(client->fd, data.data, data.size, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the server may refuse before all is sent; the reply tells */
        data = (struct bytes){data.data + sent, data.size - (size_t)sent};
    }
}

/* More of the input; false at its end. */
static bool receive(struct client *client)
{
    char *room = buffer_reserve(&client->in, 65536);
    assert_non_null(room);
    ssize_t got = recv(client->fd, room, 65536, 0);
    if (got <= 0)
        return false;
    buffer_commit(&client->in, (size_t)got);
    return true;
}

static const char *find(struct client *client, const char *text)
{
    return client->in.size == 0 ? NULL
                                : memmem(client->in.data, client->in.size, text, strlen(text));
}

bool client_read_until(struct client *client, const char *text)
{
    while (find(client, text) == NULL)
        if (!receive(client))
            return false;
    return true;
}

static void drop(struct client *client, size_t size)
{
    memmove(client->in.data, client->in.data + size, client->in.size - size);
    client->in.size -= size;
}

static void read_exactly(struct client *client, size_t size, struct buffer *out)
{
    while (client->in.size < size)
        assert_true(receive(client));
    buffer_append(out, client->in.data, size);
    drop(client, size);
}

static void read_chunks(struct client *client, struct buffer *out)
{
    for (;;) {
        assert_true(client_read_until(client, "\r\n"));
        size_t line = (size_t)(find(client, "\r\n") - client->in.data);
        size_t size = strtoul(client->in.data, NULL, 16);
        drop(client, line + 2);
        read_exactly(client, size, out);
        while (client->in.size < 2)
            assert_true(receive(client));
        drop(client, 2);
        if (size == 0)
            return;
    }
}

bool client_read(struct client *client, struct reply *reply)
{
    *reply = (struct reply){0};
    buffer_init(&reply->body, 256 * 1024 * 1024);
    if (!client_read_until(client, "\r\n\r\n"))
        return false;
    size_t size = (size_t)(find(client, "\r\n\r\n") - client->in.data) + 2;
    assert_true(size < sizeof reply->headers);
    memcpy(reply->headers, client->in.data, size);
    drop(client, size + 2);
    assert_int_equal(strncmp(reply->headers, "HTTP/1.1 ", 9), 0);
    reply->status = (int)strtol(reply->headers + 9, NULL, 10);
    if (reply->status == 100)
        return client_read(client, reply);
    if (strcasestr(reply->headers, "Transfer-Encoding: chunked") != NULL)
        read_chunks(client, &reply->body);
    else
        read_exactly(client, strtoul(reply_header(reply, "Content-Length"), NULL, 10),
                     &reply->body);
    if (strstr(reply_header(reply, "Content-Type"), "json") != NULL &&
        strstr(reply_header(reply, "Content-Type"), "ndjson") == NULL) {
        struct error err;
        if (json_parse(buffer_bytes(&reply->body), &reply->json, &err) != 0)
            fail_msg("the reply is not JSON: %s: %s", err.message, buffer_string(&reply->body));
    }
    return true;
}

void reply_release(struct reply *reply)
{
    buffer_release(&reply->body);
    json_object_put(reply->json);
    reply->json = NULL;
}

/* ---- whole requests */

void request_send(struct fixture *fixture, const char *method, const char *path,
                  const char *headers, struct bytes body, struct reply *reply)
{
    struct client client;
    char head[4096];
    client_open(&client, fixture);
    int size = snprintf(head, sizeof head,
                        "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Length: %zu\r\n\r\n",
                        method, path, headers, body.size);
    client_send(&client, (struct bytes){head, (size_t)size});
    client_send(&client, body);
    if (!client_read(&client, reply))
        fail_msg("%s %s: no answer", method, path);
    client_close(&client);
}

void request_get(struct fixture *fixture, const char *path, struct reply *reply)
{
    request_send(fixture, "GET", path, "", (struct bytes){0}, reply);
}

void request_get_now(struct fixture *fixture, const char *path, struct reply *reply)
{
    char header[64];
    snprintf(header, sizeof header, "Min-Seq: %" PRIu64 "\r\n",
             engine_durable_seq(fixture->engine));
    request_send(fixture, "GET", path, header, (struct bytes){0}, reply);
}

void request_json(struct fixture *fixture, const char *method, const char *path, const char *json,
                  struct reply *reply)
{
    request_send(fixture, method, path, "Content-Type: application/json\r\n", bytes_of(json),
                 reply);
}

const char *reply_header(const struct reply *reply, const char *name)
{
    static _Thread_local char value[1024];
    size_t size = strlen(name);
    value[0] = '\0';
    for (const char *line = reply->headers; line != NULL && *line != '\0';
         line = strstr(line, "\r\n"), line = line != NULL ? line + 2 : NULL)
        if (strncasecmp(line, name, size) == 0 && line[size] == ':')
            sscanf(line + size + 1, " %1023[^\r]", value);
    return value;
}

const char *reply_text(const struct reply *reply, const char *member)
{
    struct json_object *value = json_object_object_get(reply->json, member);
    if (!json_object_is_type(value, json_type_string))
        fail_msg("no text \"%s\" in %s", member, json_object_to_json_string(reply->json));
    return json_object_get_string(value);
}

int64_t reply_number(const struct reply *reply, const char *member)
{
    struct json_object *value = json_object_object_get(reply->json, member);
    if (!json_object_is_type(value, json_type_int))
        fail_msg("no number \"%s\" in %s", member, json_object_to_json_string(reply->json));
    return json_object_get_int64(value);
}

void assert_problem(const struct reply *reply, int status, const char *type)
{
    char expected[128];
    snprintf(expected, sizeof expected, "/problems/%s", type);
    if (reply->status != status || reply->json == NULL ||
        strcmp(reply_text(reply, "type"), expected) != 0)
        fail_msg("expected %d %s, got %d: %.*s", status, expected, reply->status,
                 BYTES_ARG(buffer_bytes(&reply->body)));
    assert_string_equal(reply_header(reply, "Content-Type"), "application/problem+json");
    assert_int_equal(reply_number(reply, "status"), status);
    assert_true(strlen(reply_text(reply, "title")) > 0);
    assert_true(strlen(reply_text(reply, "detail")) > 0);
}

uint64_t submit_lead(struct fixture *fixture, const char *email)
{
    char body[256];
    struct reply reply;
    uint64_t number = 0;
    snprintf(body, sizeof body, "{\"email\":\"%s\",\"country\":\"DE\",\"form\":\"demo\"}", email);
    request_json(fixture, "POST", "/v1/sources/website/leads", body, &reply);
    assert_int_equal(reply.status, 201);
    assert_true(lead_id_parse(bytes_of(reply_text(&reply, "lead")), &number));
    reply_release(&reply);
    return number;
}

void assert_problem_says(struct reply *reply, int status, const char *type, const char *says)
{
    assert_problem(reply, status, type);
    if (strstr(buffer_string(&reply->body), says) == NULL)
        fail_msg("\"%s\" is not in %s", says, buffer_string(&reply->body));
    reply_release(reply);
}

struct json_object *reply_list(const struct reply *reply, const char *name)
{
    struct json_object *array = json_object_object_get(reply->json, name);
    assert_true(json_object_is_type(array, json_type_array));
    return array;
}

bool reply_is_true(const struct reply *reply, const char *name)
{
    return json_object_get_boolean(json_object_object_get(reply->json, name));
}
