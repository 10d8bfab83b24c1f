/* meshline demo-stand-in: the process around a stand-in. Two listening sockets on this machine: one
 * is the system that is played, the other takes orders about how well it works and says how it
 * fares. Ends when its standard input does, so that it never outlives the demo. */
#include "cli/demo/stand_in/stand_in.h"

#include "base/error.h"
#include "base/time.h"
#include "cli/cli.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BODY_MAX = 256 * 1024, ANSWER_MAX = 1024 * 1024, SLOW_US = 2500000, IDLE_SECONDS = 60 };

static const char *log_path;

static const struct option_row options[] = {
    {"log", OPTION_TEXT, &log_path, "FILE", "every request is appended to it (required)"},
};

static const struct usage usage = {
    .command = "demo-stand-in",
    .arguments = "crm|firmographics|sales-chat|mail --log FILE",
    .about =
        "A part of `meshline demo`, which starts it: plays another company's system on a free\n"
        "port, until its standard input ends.\n",
    .examples = "  meshline demo-stand-in crm --log crm.ndjson\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 1,
    .operand = "KIND",
};

struct stand_in {
    const struct stand_in_kind *kind;
    void *state;
    int log;
    pthread_mutex_t lock; /* over all that follows */
    enum stand_in_mode mode;
    uint64_t received, refused;
    struct MHD_Daemon *service; /* NULL while it is down */
    struct smtp *mail;          /* instead, of what takes mail */
    struct MHD_Daemon *control;
    uint16_t port, control_port; /* `port` also while it is down */
};

/* ---- modes */

static const char *const mode_names[STAND_IN_MODES] = {"well", "slow", "failing", "down"};

const char *stand_in_mode_name(enum stand_in_mode mode)
{
    return mode_names[mode];
}

enum stand_in_mode stand_in_mode_parse(struct bytes name)
{
    unsigned mode = 0;
    while (mode < STAND_IN_MODES && !bytes_is(name, mode_names[mode]))
        mode++;
    return (enum stand_in_mode)mode;
}

/* ---- one request */

struct exchange {
    struct buffer body;
};

static struct bytes header_of(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                              const char *name)
{
    return bytes_of(MHD_lookup_connection_value(connection, kind, name));
}

static enum MHD_Result copy_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct json_writer *json = context;
    (void)kind;
    json_key_bytes(json, bytes_of(name));
    json_string(json, value != NULL && bytes_is_utf8(bytes_of(value)) ? bytes_of(value)
                                                                      : (struct bytes){0});
    return MHD_YES;
}

/* What was received, what was done: one line, in one write, before anybody is answered. */
static void begin_line(const struct stand_in *stand_in, uint64_t number, struct buffer *line,
                       struct json_writer *json)
{
    char id[64];
    buffer_init(line, BODY_MAX + ANSWER_MAX);
    json_begin(json, line);
    snprintf(id, sizeof id, "%s-%" PRIu64, stand_in->kind->name, number);
    json_object_open(json);
    json_member(json, "id", bytes_of(id));
    json_member_time(json, "at", clock_utc_us());
    json_member(json, "mode", bytes_of(mode_names[stand_in->mode]));
}

static void end_line(const struct stand_in *stand_in, struct buffer *line, struct json_writer *json)
{
    json_object_close(json);
    buffer_append_char(line, '\n');
    if (write(stand_in->log, line->data, line->size) != (ssize_t)line->size)
        panic("%s: cannot be written: %m", log_path);
    buffer_release(line);
}

static void write_log(struct stand_in *stand_in, struct MHD_Connection *connection,
                      const struct stand_in_request *request, struct bytes body, unsigned status,
                      struct bytes answer)
{
    struct buffer line;
    struct json_writer json;
    begin_line(stand_in, request->number, &line, &json);
    json_member(&json, "method", request->method);
    json_member(&json, "path", request->path);
    json_key(&json, "query");
    json_object_open(&json);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, copy_header, &json);
    json_object_close(&json);
    json_member_if(&json, "key", request->key);
    json_member_integer(&json, "status", status);
    if (request->body != NULL) {
        json_key(&json, "body");
        json_raw(&json, body);
    }
    json_key(&json, "answer");
    json_raw(&json, answer);
    end_line(stand_in, &line, &json);
}

/* The whole of the request is there: does what it asks. Returns the status; *ret_slow: the answer
 * has to wait. */
static unsigned work(struct stand_in *stand_in, struct MHD_Connection *connection,
                     struct stand_in_request *request, struct bytes body, struct buffer *answer,
                     bool *ret_slow)
{
    struct json_writer json;
    unsigned status = 503;
    json_begin(&json, answer);
    pthread_mutex_lock(&stand_in->lock);
    request->number = ++stand_in->received;
    if (stand_in->mode == STAND_IN_FAILING) {
        json_object_open(&json);
        json_member(&json, "error", BYTES_LITERAL("out of order"));
        json_object_close(&json);
    } else {
        status = stand_in->kind->answer(stand_in->state, request, &json);
    }
    stand_in->refused += status >= 400;
    *ret_slow = stand_in->mode == STAND_IN_SLOW &&
                !(stand_in->kind->reads_fast && bytes_is(request->method, "GET"));
    write_log(stand_in, connection, request, body, status, buffer_bytes(answer));
    pthread_mutex_unlock(&stand_in->lock);
    return status;
}

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, struct bytes body,
                             const char *id)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.size, (void *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "application/json");
    if (id != NULL)
        MHD_add_response_header(response, "X-Request-Id", id);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_request(struct stand_in *stand_in, struct MHD_Connection *connection,
                                      const char *path, const char *method, struct bytes body)
{
    struct buffer answer;
    char id[64];
    bool slow;
    JSON_AUTO *json = NULL;
    if (body.size > 0 && json_parse(body, &json, NULL) != 0)
        json = NULL;
    struct stand_in_request request = {
        .method = bytes_of(method),
        .path = bytes_of(path),
        .key = header_of(connection, MHD_HEADER_KIND, "Idempotency-Key"),
        .reference = header_of(connection, MHD_GET_ARGUMENT_KIND, "reference"),
        .after = header_of(connection, MHD_GET_ARGUMENT_KIND, "after"),
        .body = json};
    buffer_init(&answer, ANSWER_MAX);
    unsigned status = work(stand_in, connection, &request, body, &answer, &slow);
    if (slow)
        usleep(SLOW_US);
    snprintf(id, sizeof id, "%s-%" PRIu64, stand_in->kind->name, request.number);
    enum MHD_Result result = reply(connection, status, buffer_bytes(&answer), id);
    buffer_release(&answer);
    return result;
}

/* libmicrohttpd calls once for the headers, once for each piece of the body, once at its end. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *data, size_t *size, void **state)
{
    struct exchange *exchange = *state;
    (void)version;
    if (exchange == NULL) {
        *state = exchange = calloc(1, sizeof *exchange);
        if (exchange == NULL)
            return MHD_NO;
        buffer_init(&exchange->body, BODY_MAX);
        return MHD_YES;
    }
    if (*size > 0) {
        buffer_append(&exchange->body, data, *size);
        *size = 0;
        return exchange->body.overflow ? MHD_NO : MHD_YES;
    }
    return answer_request(context, connection, path, method, buffer_bytes(&exchange->body));
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    struct exchange *exchange = *state;
    (void)context;
    (void)connection;
    (void)how;
    if (exchange != NULL)
        buffer_release(&exchange->body);
    free(exchange);
    *state = NULL;
    json_thread_release(); /* the thread may end with its connection */
}

/* ---- one mail */

static void take_mail(void *context, const struct smtp_mail *mail, char reply[SMTP_REPLY_SIZE])
{
    struct stand_in *stand_in = context;
    struct buffer line;
    struct json_writer json;
    pthread_mutex_lock(&stand_in->lock);
    uint64_t number = ++stand_in->received;
    bool failing = stand_in->mode == STAND_IN_FAILING, slow = stand_in->mode == STAND_IN_SLOW;
    if (!failing)
        stand_in->kind->keep(stand_in->state, mail);
    stand_in->refused += failing;
    begin_line(stand_in, number, &line, &json);
    json_member(&json, "from", mail->from);
    json_member(&json, "to", mail->to);
    json_member_if(&json, "key", stand_in_mail_key(mail->text));
    json_member_integer(&json, "status", failing ? 451 : 250);
    json_member(&json, "mail", bytes_is_utf8(mail->text) ? mail->text : (struct bytes){0});
    end_line(stand_in, &line, &json);
    pthread_mutex_unlock(&stand_in->lock);
    if (slow)
        usleep(SLOW_US);
    if (failing)
        snprintf(reply, SMTP_REPLY_SIZE, "451 4.3.0 out of order");
    else
        snprintf(reply, SMTP_REPLY_SIZE, "250 2.0.0 queued as %s-%" PRIu64, stand_in->kind->name,
                 number);
}

/* ---- listening */

/* A socket on that port of this machine, 0: any; -1 when it cannot be had. */
static int listen_at(uint16_t port)
{
    const int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 128) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &size) == 0 ? ntohs(address.sin_port) : 0;
}

static struct MHD_Daemon *start_http(struct stand_in *stand_in, int fd,
                                     MHD_AccessHandlerCallback handler)
{
    return MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL,
        NULL, handler, stand_in, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
}

/* False, and errno: nobody listens. */
static bool start_service(struct stand_in *stand_in)
{
    int fd = listen_at(stand_in->port);
    if (fd < 0)
        return false;
    stand_in->port = port_of(fd);
    if (stand_in->kind->answer != NULL)
        stand_in->service = start_http(stand_in, fd, on_request);
    else
        stand_in->mail = smtp_start(fd, take_mail, stand_in);
    bool good = stand_in->service != NULL || stand_in->mail != NULL;
    if (!good)
        close(fd);
    return good;
}

static bool start_control(struct stand_in *stand_in, MHD_AccessHandlerCallback handler)
{
    int fd = listen_at(0);
    if (fd < 0)
        return false;
    stand_in->control_port = port_of(fd);
    stand_in->control = start_http(stand_in, fd, handler);
    if (stand_in->control == NULL)
        close(fd);
    return stand_in->control != NULL;
}

/* Waits for answers that are under way, which need the lock. */
static void stop_service(struct MHD_Daemon *service, struct smtp *mail)
{
    if (service != NULL)
        MHD_stop_daemon(service);
    if (mail != NULL)
        smtp_stop(mail);
}

/* Down means that nobody listens: whoever connects is refused by the system. */
static void set_mode(struct stand_in *stand_in, enum stand_in_mode mode)
{
    struct MHD_Daemon *service = NULL;
    struct smtp *mail = NULL;
    pthread_mutex_lock(&stand_in->lock);
    stand_in->mode = mode;
    if (mode == STAND_IN_DOWN) {
        service = stand_in->service;
        mail = stand_in->mail;
        stand_in->service = NULL;
        stand_in->mail = NULL;
    } else if (stand_in->service == NULL && stand_in->mail == NULL && !start_service(stand_in)) {
        panic("%s: cannot listen at port %u again: %m", stand_in->kind->name, stand_in->port);
    }
    pthread_mutex_unlock(&stand_in->lock);
    stop_service(service, mail);
}

/* ---- orders: GET / says how it fares, PUT /MODE sets the mode and says the same */

static void write_state(struct stand_in *stand_in, struct buffer *out)
{
    struct json_writer json;
    json_begin(&json, out);
    pthread_mutex_lock(&stand_in->lock);
    json_object_open(&json);
    json_member(&json, "mode", bytes_of(mode_names[stand_in->mode]));
    json_member_unsigned(&json, "received", stand_in->received);
    json_member_unsigned(&json, "refused", stand_in->refused);
    json_member_unsigned(&json, "kept", stand_in->kind->kept(stand_in->state));
    json_object_close(&json);
    pthread_mutex_unlock(&stand_in->lock);
}

static enum MHD_Result on_order(void *context, struct MHD_Connection *connection, const char *path,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **state)
{
    struct buffer body;
    (void)version;
    (void)data;
    (void)state;
    *size = 0;
    buffer_init(&body, ANSWER_MAX);
    enum stand_in_mode mode = stand_in_mode_parse(bytes_of(path[0] == '/' ? path + 1 : path));
    bool good = bytes_is(bytes_of(method), "GET") || mode != STAND_IN_MODES;
    if (good && bytes_is(bytes_of(method), "PUT"))
        set_mode(context, mode);
    write_state(context, &body);
    enum MHD_Result result = reply(connection, good ? 200 : 404, buffer_bytes(&body), NULL);
    buffer_release(&body);
    return result;
}

/* ---- */

static const struct stand_in_kind *find_kind(const char *name)
{
    static const struct stand_in_kind *const kinds[] = {&stand_in_crm, &stand_in_firmographics,
                                                        &stand_in_chat, &stand_in_mail};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

static int open_stand_in(struct stand_in *stand_in, struct error *err)
{
    stand_in->state = stand_in->kind->open();
    stand_in->log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (stand_in->log < 0)
        return error_set(err, ML_EIO, log_path, "cannot be written: %m");
    if (!start_service(stand_in) || !start_control(stand_in, on_order))
        return error_set(err, ML_EIO, stand_in->kind->name, "cannot listen: %m");
    return 0;
}

static void close_stand_in(struct stand_in *stand_in)
{
    if (stand_in->control != NULL)
        MHD_stop_daemon(stand_in->control);
    stop_service(stand_in->service, stand_in->mail);
    if (stand_in->log >= 0)
        close(stand_in->log);
    stand_in->kind->close(stand_in->state);
    pthread_mutex_destroy(&stand_in->lock);
}

static void wait_for_end(void)
{
    char byte;
    ssize_t got;
    while ((got = read(STDIN_FILENO, &byte, 1)) > 0 || (got < 0 && errno == EINTR))
        ;
}

int command_demo_stand_in(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct stand_in stand_in = {.log = -1};
    if (!usage_parse(&usage, argc, argv, &first, &exit_code) ||
        !usage_require(&usage, "log", log_path, &exit_code))
        return exit_code;
    stand_in.kind = find_kind(argv[first]);
    if (stand_in.kind == NULL)
        return usage_refuse(&usage, "there is no stand-in \"%s\"", argv[first]);
    signal(SIGPIPE, SIG_IGN);
    pthread_mutex_init(&stand_in.lock, NULL);
    int code = open_stand_in(&stand_in, &err);
    if (code == 0) {
        printf("%u %u\n", stand_in.port, stand_in.control_port);
        fflush(stdout);
        wait_for_end();
    } else {
        cli_fail(&err);
    }
    close_stand_in(&stand_in);
    return code == 0 ? CLI_OK : CLI_FAILED;
}
