/* The way of a request: headers → (body) → run → (wait → finish) → answer. The steps are driven by
 * libmicrohttpd on the connection's worker; nothing here blocks. */
#include "server/request.h"

#include "base/id.h"
#include "server/intake/submission.h"
#include "server/internal.h"
#include "server/media.h"
#include "server/web/web.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    ANSWER_CEILING = 64 * 1024 * 1024,
    BUFFER_KEPT = 64 * 1024,       /* larger ones are given back between requests */
    BYTES_PER_PERIOD = 256 * 1024, /* each of these, on its way, earns the client more time */
    /* Of a refused body: read, so that the client sees the answer and the connection can go on. */
    DISCARD_MAX = 8 * 1024 * 1024,
};

void request_init(struct request *request, struct server *server, struct peer *peer,
                  struct MHD_Connection *connection)
{
    *request = (struct request){.server = server, .peer = peer, .connection = connection};
    arena_init(&request->arena);
    buffer_init(&request->body, server->limits.body_bytes);
    buffer_init(&request->answer.body, ANSWER_CEILING);
}

void request_release(struct request *request)
{
    arena_release(&request->arena);
    buffer_release(&request->body);
    buffer_release(&request->answer.body);
}

static void reuse_buffer(struct buffer *buffer)
{
    if (buffer->capacity > BUFFER_KEPT)
        buffer_release(buffer);
    buffer_clear(buffer);
}

/* ---- what was asked */

struct bytes request_header(const struct request *request, const char *name)
{
    const char *value = NULL;
    size_t size = 0;
    if (MHD_lookup_connection_value_n(request->connection, MHD_HEADER_KIND, name, strlen(name),
                                      &value, &size) != MHD_YES)
        return (struct bytes){0};
    return (struct bytes){value, size};
}

bool request_number(struct request *request, size_t parameter, uint64_t least, uint64_t most,
                    uint64_t fallback, uint64_t *ret)
{
    struct bytes text = request->parameters[parameter];
    if (text.data == NULL) {
        *ret = fallback;
        return true;
    }
    if (number_parse(text, ret) && *ret >= least && *ret <= most)
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER,
                   "`%s` must be a whole number from %" PRIu64 " to %" PRIu64 ", not \"%.*s\"",
                   request->route->parameters[parameter], least, most,
                   (int)(text.size > 40 ? 40 : text.size), text.data);
    return false;
}

bool request_lead(struct request *request, uint64_t *ret_number)
{
    struct bytes id = request->segments[0];
    if (lead_id_parse(id, ret_number))
        return true;
    request_refuse(request, PROBLEM_NOT_FOUND, "\"%.*s\" is no lead id; those look like \"L1024\"",
                   (int)(id.size > 40 ? 40 : id.size), id.data);
    return false;
}

bool version_parse(struct bytes text, uint64_t *ret_version)
{
    *ret_version = 0;
    if (bytes_is(text, "*"))
        return true;
    if (text.size > 2 && text.data[0] == 'W' && text.data[1] == '/')
        text = (struct bytes){text.data + 2, text.size - 2};
    if (text.size > 2 && text.data[0] == '"' && text.data[text.size - 1] == '"')
        text = (struct bytes){text.data + 1, text.size - 2};
    return number_parse(text, ret_version) && *ret_version > 0;
}

bool request_if_match(struct request *request, uint64_t *ret_version)
{
    struct bytes header = request_header(request, "If-Match");
    *ret_version = 0;
    if (header.data == NULL || version_parse(header, ret_version))
        return true;
    request_refuse(request, PROBLEM_INVALID_HEADER,
                   "If-Match must be one version as it stood in ETag, such as \"1024\"");
    return false;
}

static bool is_visible(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < 0x21 || (unsigned char)text.data[i] > 0x7e)
            return false;
    return true;
}

bool request_accepts(struct request *request, const char *type)
{
    if (accepts(request_header(request, "Accept"), type))
        return true;
    request_refuse(request, PROBLEM_NOT_ACCEPTABLE, "this call answers %s", type);
    return false;
}

bool request_key(struct request *request, struct bytes *ret_key)
{
    enum { KEY_MAX = 255 };
    bool sent = request_header(request, "Idempotency-Key").data != NULL;
    *ret_key = sent ? request_header(request, "Idempotency-Key") : request->signed_id;
    if (ret_key->data == NULL ||
        (ret_key->size > 0 && ret_key->size <= KEY_MAX && is_visible(*ret_key)))
        return true;
    request_refuse(request, PROBLEM_INVALID_HEADER,
                   "%s must be 1 to %d visible ASCII characters without blanks",
                   sent ? "Idempotency-Key" : "webhook-id", KEY_MAX);
    return false;
}

/* ---- answering */

struct json_writer *request_answer_json(struct request *request, unsigned status)
{
    struct json_writer *json = arena_alloc(&request->arena, sizeof *json);
    request->answer.status = status;
    request->answer.content_type = "application/json";
    buffer_clear(&request->answer.body);
    json_begin(json, &request->answer.body);
    return json;
}

void request_refuse_filled(struct request *request)
{
    enum problem_kind kind = request->problem.kind;
    struct json_writer *json = request_answer_json(request, problem_type_of(kind)->status);
    request->answer.content_type = "application/problem+json";
    request->answer.version = request->answer.location = 0;
    request->answer.where = NULL;
    request->answer.etag = request->answer.cache = NULL;
    request->answer.content_policy = request->answer.encoding = NULL;
    if (kind == PROBLEM_BUSY || kind == PROBLEM_NO_POLICY)
        request->answer.retry_after = "1";
    if (kind == PROBLEM_STOPPING)
        request->answer.retry_after = "5";
    if (request->problem.retry_after_s > 0)
        request->answer.retry_after =
            arena_printf(&request->arena, "%" PRIu32, request->problem.retry_after_s);
    problem_write(&request->problem, json);
}

void request_refuse(struct request *request, enum problem_kind kind, const char *format, ...)
{
    char detail[PROBLEM_DETAIL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    problem_set(&request->problem, kind, "%s", detail);
    request_refuse_filled(request);
}

void request_refuse_error(struct request *request, int code, const struct error *err)
{
    problem_set_error(&request->problem, code, err);
    request_refuse_filled(request);
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES)
        panic("out of memory (header %s)", name);
}

static void add_lead_headers(const struct answer *answer, struct MHD_Response *response)
{
    char text[64];
    if (answer->version != 0) {
        snprintf(text, sizeof text, "\"%" PRIu64 "\"", answer->version);
        add_header(response, "ETag", text);
    }
    if (answer->etag != NULL)
        add_header(response, "ETag", answer->etag);
    if (answer->location != 0) {
        snprintf(text, sizeof text, "/v1/leads/L%" PRIu64, answer->location);
        add_header(response, "Location", text);
    }
    if (answer->replayed)
        add_header(response, "Idempotency-Replayed", "true");
}

/* For browsers (Fetch, 3.2): pages of other origins may post, and read what became of it. */
static void add_origin_headers(const struct answer *answer, struct MHD_Response *response)
{
    if (answer->allow_origin == NULL)
        return;
    add_header(response, "Access-Control-Allow-Origin", answer->allow_origin);
    add_header(response, "Access-Control-Expose-Headers", "Location, Retry-After, ETag");
    add_header(response, "Vary", "Origin");
    if (answer->allow_headers == NULL)
        return;
    add_header(response, "Access-Control-Allow-Methods", "POST");
    add_header(response, "Access-Control-Allow-Headers", answer->allow_headers);
    add_header(response, "Access-Control-Max-Age", "600");
}

static void add_headers(const struct request *request, struct MHD_Response *response)
{
    const struct answer *answer = &request->answer;
    if (answer->content_type != NULL)
        add_header(response, "Content-Type", answer->content_type);
    add_lead_headers(answer, response);
    if (answer->link != NULL)
        add_header(response, "Link", answer->link);
    if (answer->allow != NULL)
        add_header(response, "Allow", answer->allow);
    if (answer->retry_after != NULL)
        add_header(response, "Retry-After", answer->retry_after);
    if (answer->where != NULL)
        add_header(response, "Location", answer->where);
    if (answer->encoding != NULL)
        add_header(response, "Content-Encoding", answer->encoding);
    if (answer->cache != NULL) /* what others may keep differs by what was asked for */
        add_header(response, "Vary", "Accept, Accept-Encoding");
    add_origin_headers(answer, response);
    if (answer->status == 401)
        add_header(response, "WWW-Authenticate", "Bearer realm=\"meshline\"");
    /* Answers hold personal data: nobody on the way keeps or reinterprets them. */
    add_header(response, "Cache-Control", answer->cache != NULL ? answer->cache : "no-store");
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "Referrer-Policy", "same-origin");
    add_header(response, "Content-Security-Policy",
               answer->content_policy != NULL ? answer->content_policy
                                              : "default-src 'none'; frame-ancestors 'none'");
    if (atomic_load_explicit(&request->server->stopping, memory_order_relaxed) != STOPPING_NOT)
        add_header(response, "Connection", "close");
}

static void count_answer(const struct request *request)
{
    struct counters *counters = &request->server->counters;
    size_t row =
        request->route != NULL ? (size_t)(request->route - server_routes) : COUNTERS_ROUTES_MAX;
    counters_add(&counters->requests[row][request->answer.status / 100 % COUNTERS_CLASSES], 1);
}

static int64_t due_for(const struct server *server, uint64_t bytes)
{
    return peer_clock_ms() + (int64_t)(server->limits.body_ms * (1 + bytes / BYTES_PER_PERIOD));
}

static int send_answer(struct request *request)
{
    struct answer *answer = &request->answer;
    if (answer->body.overflow)
        request_refuse(request, PROBLEM_INTERNAL,
                       "the answer would be larger than %d MiB; ask for a smaller page",
                       ANSWER_CEILING >> 20);
    bool streaming = answer->response != NULL;
    struct MHD_Response *response = answer->response;
    answer->response = NULL;
    /* The body stays in the request, which outlives the sending. */
    if (!streaming)
        response = MHD_create_response_from_buffer(answer->body.size, answer->body.data,
                                                   MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        panic("out of memory (response)");
    add_headers(request, response);
    count_answer(request);
    if (!streaming)
        peer_move(request->peer, PEER_ANSWER, due_for(request->server, answer->body.size));
    enum MHD_Result result = MHD_queue_response(request->connection, answer->status, response);
    MHD_destroy_response(response);
    return result == MHD_YES ? 0 : -1;
}

/* ---- waiting */

bool request_suspend(struct request *request)
{
    struct server *server = request->server;
    /* Counted before looking: server_stop waits for the count after setting the flag. */
    atomic_fetch_add(&server->suspended, 1);
    if (atomic_load(&server->stopping) == STOPPING_NOW) {
        atomic_fetch_sub(&server->suspended, 1);
        return false;
    }
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return true;
}

void request_resume(struct request *request)
{
    /* As soon as it is resumed the request may be over: nothing of it is touched after. */
    struct server *server = request->server;
    MHD_resume_connection(request->connection);
    atomic_fetch_sub(&server->suspended, 1);
}

void request_resume_receiving(struct request *request)
{
    peer_move(request->peer, PEER_BODY, due_for(request->server, 0));
    request_resume(request);
}

/* Suspends, or refuses because it cannot. */
static bool suspend_or_refuse(struct request *request)
{
    if (request_suspend(request))
        return true;
    request_refuse(request, PROBLEM_STOPPING, "the server is stopping; nothing was done");
    return false;
}

static void submission_complete(struct engine_request *group)
{
    request_resume(group->context);
}

static void submit(struct request *request,
                   void (*look)(struct engine_request *, const struct core *,
                                const struct core_decision *))
{
    struct submission *submission = &request->submission;
    struct error err = {0};
    submission->group = (struct engine_request){
        .commands = &submission->command,
        .results = &submission->result,
        .count = 1,
        .complete = submission_complete,
        .context = request,
        .look = look,
    };
    submission->result.refusal = 0;
    if (!suspend_or_refuse(request))
        return;
    int code = engine_submit(request->server->engine, &submission->group, &err);
    if (code == 0)
        return;
    request_refuse_error(request, code, &err);
    request_resume(request);
}

void request_submit(struct request *request)
{
    submit(request, NULL);
}

void request_look(struct request *request,
                  void (*look)(struct engine_request *, const struct core *,
                               const struct core_decision *))
{
    submit(request, look);
}

/* ---- queries */

static bool retraces(const struct request *request)
{
    return request->route->retraces != NULL && request->route->retraces(request);
}

static void query_run(struct query_job *job, struct query_reader *reader)
{
    struct request *request = (struct request *)((char *)job - offsetof(struct request, job));
    request->reader = reader;
    request->route->run(request);
    request->reader = NULL;
    if (retraces(request))
        atomic_store(&request->server->retracing, false);
    request_resume(request);
}

/* A core in memory again, and seconds of work: one at a time, and not on the threads of the rest.
 */
static bool retrace_push(struct request *request)
{
    if (atomic_exchange(&request->server->retracing, true)) {
        request_refuse(request, PROBLEM_BUSY,
                       "another question that takes as long is being answered, "
                       "and there is one at a time; ask again in a while");
        return false;
    }
    queries_push_always(&request->server->retraces, &request->job);
    return true;
}

static void query_push(struct request *request)
{
    if (retraces(request)) {
        if (!retrace_push(request))
            request_resume(request);
        return;
    }
    if (queries_push(&request->server->queries, &request->job))
        return;
    request_refuse(request, PROBLEM_BUSY, "too many queries are waiting; try again in a second");
    request_resume(request);
}

static void view_reached(struct engine_waiter *waiter)
{
    query_push(waiter->context);
}

static void start_query(struct request *request)
{
    request->job.run = query_run;
    if (!suspend_or_refuse(request))
        return;
    if (request->min_seq == 0) {
        query_push(request);
        return;
    }
    request->waiter =
        (struct engine_waiter){.seq = request->min_seq, .notify = view_reached, .context = request};
    engine_wait_view(request->server->engine, &request->waiter);
}

int request_go_on(const struct request *request, struct error *err)
{
    if (atomic_load_explicit(&request->server->stopping, memory_order_relaxed) == STOPPING_NOT)
        return 0;
    return error_set(err, ML_EBUSY, "", "the server is stopping; ask again when it is back");
}

static bool read_min_seq(struct request *request)
{
    struct bytes header = request_header(request, "Min-Seq");
    request->min_seq = 0;
    if (header.data == NULL)
        return true;
    if (!number_parse(header, &request->min_seq)) {
        request_refuse(request, PROBLEM_INVALID_HEADER,
                       "Min-Seq must be a `seq` that a write answered, a whole number");
        return false;
    }
    uint64_t durable = engine_durable_seq(request->server->engine);
    if (request->min_seq <= durable)
        return true;
    request_refuse(request, PROBLEM_INVALID_HEADER,
                   "Min-Seq %" PRIu64 " lies in the future; the newest event is %" PRIu64,
                   request->min_seq, durable);
    return false;
}

/* ---- headers */

static void refuse_unmatched(struct request *request, struct bytes method,
                             const struct route_match *match)
{
    struct bytes path = request->path;
    if (path.size > 200)
        path.size = 200;
    if (match->known_path) {
        request_refuse(request, PROBLEM_METHOD_NOT_ALLOWED, "%.*s takes %s, not %.*s",
                       BYTES_ARG(path), match->allow, BYTES_ARG(method));
        request->answer.allow = arena_string(&request->arena, bytes_of(match->allow));
    } else if (match->suggestion != NULL) {
        request_refuse(request, PROBLEM_NOT_FOUND,
                       "there is nothing at %.*s; did you mean %s? /openapi.json lists the calls",
                       BYTES_ARG(path), match->suggestion);
    } else {
        request_refuse(request, PROBLEM_NOT_FOUND,
                       "there is nothing at %.*s; /openapi.json lists the calls", BYTES_ARG(path));
    }
}

static enum MHD_Result take_parameter(void *context, enum MHD_ValueKind kind, const char *key,
                                      size_t key_size, const char *value, size_t value_size)
{
    (void)kind;
    struct request *request = context;
    struct bytes name = {key, key_size};
    const char *const *known = request->route->parameters;
    size_t count = 0;
    for (; known != NULL && known[count] != NULL; count++)
        if (bytes_is(name, known[count])) {
            /* A parameter without "=" has no value: the same as an empty one. */
            request->parameters[count] = (struct bytes){value ? value : "", value_size};
            if (!bytes_is_utf8(request->parameters[count]))
                request_refuse(request, PROBLEM_INVALID_PARAMETER, "`%s` is not valid UTF-8",
                               known[count]);
            return MHD_YES;
        }
    const char *near = known != NULL ? bytes_suggest(name, known, count) : NULL;
    request_refuse(
        request, PROBLEM_INVALID_PARAMETER, "this call has no query parameter `%.*s`%s%s%s",
        (int)(name.size > 60 ? 60 : name.size), name.data, near != NULL ? "; did you mean `" : "",
        near != NULL ? near : "", near != NULL ? "`?" : "");
    return MHD_NO;
}

static bool check_parameters(struct request *request)
{
    memset(request->parameters, 0, sizeof request->parameters);
    if (request->route->any_query)
        return true;
    MHD_get_connection_values_n(request->connection, MHD_GET_ARGUMENT_KIND, take_parameter,
                                request);
    return request->answer.status == 0;
}

static bool check_body(struct request *request)
{
    struct bytes length = request_header(request, "Content-Length");
    uint64_t size, most = request->server->limits.body_bytes;
    if (request->receive != NULL || !number_parse(length, &size) || size <= most)
        return true;
    request_refuse(request, PROBLEM_BODY_TOO_LARGE,
                   "the body has %" PRIu64 " bytes; at most %" PRIu64 " are allowed here", size,
                   most);
    return false;
}

static bool check_content_type(struct request *request)
{
    struct bytes type = request_header(request, "Content-Type");
    struct bytes encoding = request_header(request, "Content-Encoding");
    if (!media_type_is(type, "application/json"))
        request_refuse(request, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                       "the body must be sent with `Content-Type: application/json`");
    else if (encoding.size > 0 && !bytes_is(encoding, "identity"))
        request_refuse(request, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                       "the body must be sent without Content-Encoding");
    return request->answer.status == 0;
}

static bool expects_body(const struct request *request)
{
    return request_header(request, "Transfer-Encoding").size > 0 ||
           request_header(request, "Content-Length").size > 0;
}

/* One that may be left out was left out when it is empty. */
static bool takes_body(const struct request *request)
{
    const struct route *route = request->route;
    bool empty = !expects_body(request) || bytes_is(request_header(request, "Content-Length"), "0");
    return route->body && !(route->body_optional && empty);
}

static bool is_get(struct bytes method)
{
    return bytes_is(method, "GET") || bytes_is(method, "HEAD");
}

static void check_request(struct request *request, struct bytes method)
{
    struct route_match match;
    route_find(server_routes, server_route_count, method, request->path, &match);
    if (match.route == NULL && !match.known_path && is_get(method) && web_takes(request))
        match.route = &server_routes[server_route_count - 1];
    request->route = match.route;
    if (match.route == NULL) {
        refuse_unmatched(request, method, &match);
        return;
    }
    memcpy(request->segments, match.segments, sizeof match.segments);
    if (!access_check(request) || !check_parameters(request))
        return;
    if (match.route->begin != NULL)
        match.route->begin(request);
    if (request->answer.status != 0 ||
        (match.route->content_type != NULL && !request_accepts(request, match.route->content_type)))
        return;
    if (match.route->work == ROUTE_QUERY && !read_min_seq(request))
        return;
    if (takes_body(request) && check_body(request) && match.route->begin == NULL)
        check_content_type(request);
}

/* False when the client waits for leave to send, or will send more than we care to read. */
static bool may_discard(const struct request *request)
{
    struct bytes length = request_header(request, "Content-Length");
    uint64_t size = 0;
    return request_header(request, "Expect").size == 0 &&
           (length.data == NULL || (number_parse(length, &size) && size <= DISCARD_MAX));
}

int request_begin(struct request *request, const char *url, const char *method)
{
    struct server *server = request->server;
    atomic_fetch_add(&server->requests, 1);
    request->path = bytes_of(url);
    request->route = NULL;
    request->running = request->suspended = false;
    request->body_received = 0;
    request->answer.status = 0;
    check_request(request, bytes_of(method));
    bool body = expects_body(request);
    if (!peer_move(request->peer, body ? PEER_BODY : PEER_WORKING, due_for(server, 0)))
        return -1;
    if (request->answer.status != 0 && body && !may_discard(request))
        return send_answer(request);
    return 0;
}

/* ---- the body */

static size_t collect(struct request *request, struct bytes data)
{
    if (request->answer.status != 0)
        return data.size;
    buffer_append_bytes(&request->body, data);
    if (request->body.overflow)
        request_refuse(request, PROBLEM_BODY_TOO_LARGE,
                       "the body is larger than the %" PRIu32 " bytes that are allowed here",
                       request->server->limits.body_bytes);
    return data.size;
}

int request_receive(struct request *request, const char *data, size_t *size)
{
    struct server *server = request->server;
    bool refused = request->answer.status != 0;
    request->suspended = false;
    size_t taken = request->receive != NULL && !refused
                       ? request->receive(request, (struct bytes){data, *size})
                       : collect(request, (struct bytes){data, *size});
    uint64_t before = request->body_received;
    request->body_received += taken;
    *size -= taken;
    /* Whoever goes on sending what was refused is cut off. */
    if (refused && request->body_received > DISCARD_MAX + (uint64_t)server->limits.body_bytes)
        return -1;
    /* From the moment it is suspended, whoever resumes it sets the clock. */
    if (!request->suspended &&
        before / BYTES_PER_PERIOD != request->body_received / BYTES_PER_PERIOD &&
        !peer_move(request->peer, PEER_BODY, due_for(server, 0)))
        return -1;
    return 0;
}

/* ---- the work */

static void run(struct request *request)
{
    switch (request->route->work) {
    case ROUTE_QUERY: start_query(request); break;
    case ROUTE_NOW:
    case ROUTE_COMMAND:
    case ROUTE_STREAM: request->route->run(request); break;
    }
}

int request_step(struct request *request)
{
    bool first = !request->running;
    request->running = true;
    request->suspended = false;
    if (first && !peer_move(request->peer, PEER_WORKING, 0))
        return -1;
    if (request->answer.status == 0) {
        if (first)
            run(request);
        else if (request->route->finish != NULL)
            request->route->finish(request);
    }
    if (request->suspended)
        return 0;
    ML_ASSERT(request->answer.status != 0);
    return send_answer(request);
}

void request_end(struct request *request)
{
    struct server *server = request->server;
    if (request->dispose != NULL)
        request->dispose(request);
    submission_release(&request->submission);
    if (request->answer.response != NULL)
        MHD_destroy_response(request->answer.response);
    tokens_unref(request->tokens);
    request->tokens = NULL;
    request->receive = NULL;
    request->dispose = NULL;
    request->state = NULL;
    request->intake = NULL;
    reuse_buffer(&request->body);
    reuse_buffer(&request->answer.body);
    request->answer = (struct answer){.body = request->answer.body};
    request->answer.body.ceiling = ANSWER_CEILING;
    arena_reset(&request->arena);
    peer_move(request->peer, PEER_IDLE, peer_clock_ms() + server->limits.idle_ms);
    atomic_fetch_sub(&server->requests, 1);
}
