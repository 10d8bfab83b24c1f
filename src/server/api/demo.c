/* What the demo says of itself, handed on as it stands; what it is asked to do. */
#include "server/api/demo.h"

#include "base/json.h"
#include "server/api/members.h"
#include "server/internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { STATE_MAX = 4 * 1024 * 1024, ORDER_MAX = 128 };

/* ---- its state */

/* The demo replaces the file as a whole, so what was opened is complete. False: it is not there. */
static bool read_state(const char *directory, struct buffer *state)
{
    char path[4200];
    struct stat status;
    snprintf(path, sizeof path, "%s/state.json", directory);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t size = fstat(fd, &status) == 0 && status.st_size > 0 ? (size_t)status.st_size : 0;
    char *room = size > 0 ? buffer_reserve(state, size) : NULL;
    ssize_t got = room != NULL ? read(fd, room, size) : 0;
    close(fd);
    if (got <= 0 || (size_t)got != size)
        return false;
    buffer_commit(state, size);
    return true;
}

/* False: the request has been refused. */
static bool take_state(struct request *request, struct buffer *state)
{
    const char *directory = request->server->demo_directory;
    if (directory == NULL) {
        request_refuse(request, PROBLEM_NOT_FOUND,
                       "this server is no demo; `meshline demo` starts one");
        return false;
    }
    if (read_state(directory, state))
        return true;
    request_refuse(request, PROBLEM_NOT_FOUND,
                   "the demo has not said anything yet, or it has ended; ask again in a second");
    return false;
}

void demo_state_run(struct request *request)
{
    struct buffer state;
    buffer_init(&state, STATE_MAX);
    if (take_state(request, &state))
        json_raw(request_answer_json(request, 200), buffer_bytes(&state));
    buffer_release(&state);
}

/* ---- orders */

static struct json_object *find_scenario(struct json_object *state, struct bytes name)
{
    struct json_object *scenarios = json_object_object_get(state, "scenarios");
    for (size_t i = 0; scenarios != NULL && i < json_object_array_length(scenarios); i++) {
        struct json_object *scenario = json_object_array_get_idx(scenarios, i);
        if (bytes_equal(json_member_text(scenario, "name"), name))
            return scenario;
    }
    return NULL;
}

/* Whether the demo, as it said last, would do it. False: the request has been refused. */
static bool may_order(struct request *request, struct json_object *state, struct bytes name,
                      bool play)
{
    struct json_object *scenario = find_scenario(state, name);
    if (scenario == NULL) {
        request_refuse(request, PROBLEM_NOT_FOUND, "the demo has no scenario \"%.*s\"",
                       (int)(name.size > 40 ? 40 : name.size), name.data);
        return false;
    }
    bool runs = bytes_is(json_member_text(scenario, "state"), "running");
    if (!bytes_is(json_member_text(state, "phase"), "running"))
        request_refuse(request, PROBLEM_WRONG_STATE,
                       "the demo is coming to its end and plays nothing any more");
    else if (runs && play)
        request_refuse(request, PROBLEM_WRONG_STATE,
                       "\"%.*s\" is being played; it may be played again when it is over",
                       BYTES_ARG(name));
    else if (!runs && !play)
        request_refuse(request, PROBLEM_WRONG_STATE, "\"%.*s\" is not being played",
                       BYTES_ARG(name));
    return bytes_is(json_member_text(state, "phase"), "running") && runs != play;
}

/* False: nobody listens there. The path of a socket is short: it begins at an open directory. */
static bool send_order(const char *directory, const char *order)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int base = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control", base);
    bool sent = base >= 0 && fd >= 0 &&
                sendto(fd, order, strlen(order), 0, (const struct sockaddr *)&address,
                       sizeof address) == (ssize_t)strlen(order);
    if (fd >= 0)
        close(fd);
    if (base >= 0)
        close(base);
    return sent;
}

static void order(struct request *request, struct bytes name, bool play)
{
    char text[ORDER_MAX];
    const char *action = play ? "play" : "stop";
    snprintf(text, sizeof text, "%s %.*s", action, BYTES_ARG(name));
    if (!send_order(request->server->demo_directory, text)) {
        request_refuse(request, PROBLEM_BUSY, "the demo does not listen; ask again in a second");
        return;
    }
    struct json_writer *json = request_answer_json(request, 202);
    json_object_open(json);
    json_member(json, "name", name);
    json_member(json, "action", bytes_of(action));
    json_object_close(json);
}

/* "play" unless the body says otherwise. False: the request has been refused. */
static bool read_action(struct request *request, bool *ret_play)
{
    static const struct member action_member = {"action", MEMBER_TEXT, .most = 8};
    struct member_value action;
    if (!members_read(request, &action_member, 1, &action))
        return false;
    *ret_play = !action.present || bytes_is(action.text, "play");
    if (!*ret_play && !bytes_is(action.text, "stop"))
        return members_refuse(request, "/action", "must be \"play\" or \"stop\"");
    return true;
}

void demo_scenario_run(struct request *request)
{
    struct buffer text;
    JSON_AUTO *state = NULL;
    struct bytes name = request->segments[0];
    bool play;
    buffer_init(&text, STATE_MAX);
    if (take_state(request, &text) && read_action(request, &play)) {
        struct error err;
        int code = json_parse(buffer_bytes(&text), &state, &err);
        if (code != 0)
            request_refuse_error(request, code, &err);
        else if (may_order(request, state, name, play))
            order(request, name, play);
    }
    buffer_release(&text);
}
