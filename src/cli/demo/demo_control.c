/* What the page sees, and what it orders. */
#include "cli/demo/demo_control.h"

#include "base/json_writer.h"
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SAY_EVERY_US = 1000000, STATE_MAX = 2 * 1024 * 1024, LINES_SHOWN = 200, ORDER_SIZE = 128 };

/* ---- the state */

static void write_scenario(const struct demo_scenario *scenario, int64_t ahead_us,
                           struct json_writer *json)
{
    const struct demo_scenario_kind *kind = scenario->kind;
    json_object_open(json);
    json_member(json, "name", bytes_of(kind->name));
    json_member(json, "title", bytes_of(kind->title));
    json_member(json, "about", bytes_of(kind->about));
    json_member(json, "state", bytes_of(demo_scenario_state_name(scenario->state)));
    json_member_time(json, "starts_at",
                     scenario->starts_us != 0 ? scenario->starts_us + ahead_us : 0);
    json_member_time(json, "started_at", scenario->started_utc);
    json_member_time(json, "ended_at", scenario->ended_utc);
    json_key(json, "verdict");
    if (scenario->verdict[0] != '\0')
        json_string(json, bytes_of(scenario->verdict));
    else
        json_null(json);
    json_object_close(json);
}

static void write_narration(const struct demo_story *story, struct json_writer *json)
{
    size_t first = story->count > LINES_SHOWN ? story->count - LINES_SHOWN : 0;
    json_key(json, "narration");
    json_array_open(json);
    for (size_t i = first; i < story->count; i++) {
        const struct demo_line *line = &story->lines[i];
        json_object_open(json);
        json_member_time(json, "at", line->at_us);
        json_key(json, "scenario");
        if (line->scenario != NULL)
            json_string(json, bytes_of(line->scenario));
        else
            json_null(json);
        json_member(json, "text", bytes_of(line->text));
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_stand_ins(const struct demo_stand_ins *stand_ins, struct json_writer *json)
{
    json_key(json, "stand_ins");
    json_array_open(json);
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        const struct demo_stand_in *stand_in = &stand_ins->items[i];
        json_object_open(json);
        json_member(json, "name", bytes_of(stand_in->name));
        json_member(json, "title", bytes_of(stand_in->title));
        json_member(json, "address", bytes_of(stand_in->url));
        json_member(json, "mode", bytes_of(stand_in_mode_name(stand_in->mode)));
        json_member_unsigned(json, "received", stand_in->received);
        json_member_unsigned(json, "refused", stand_in->refused);
        json_member_unsigned(json, "kept", stand_in->kept);
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_senders(const struct demo_intake *intake, struct json_writer *json)
{
    json_key(json, "senders");
    json_object_open(json);
    json_member_unsigned(json, "sent", intake->sent);
    json_member_unsigned(json, "acknowledged", intake->acknowledged.count);
    json_member_unsigned(json, "known", intake->known);
    json_member_unsigned(json, "refused", intake->refused);
    json_member_unsigned(json, "open", intake->open);
    json_object_close(json);
}

static void write_identity(const struct demo_watch *watch, struct json_writer *json)
{
    json_key(json, "identity");
    json_object_open(json);
    json_member_unsigned(json, "checks", watch->checks);
    json_member_unsigned(json, "balanced", watch->balanced);
    json_member_time(json, "last_at", watch->checked_us);
    json_object_close(json);
}

static void write_state(const struct demo *demo, struct buffer *out)
{
    struct json_writer json;
    int64_t ahead_us = demo->clock.started_utc_us - demo->clock.started_us;
    json_begin(&json, out);
    json_object_open(&json);
    json_member(&json, "phase",
                demo->phase == DEMO_RUNNING ? BYTES_LITERAL("running") : BYTES_LITERAL("settling"));
    json_member_time(&json, "now", clock_utc_us());
    json_member_time(&json, "started_at", demo->clock.started_utc_us);
    json_member_time(&json, "ends_at", demo->clock.end_us != 0 ? demo->clock.end_us + ahead_us : 0);
    json_key(&json, "rate");
    json_double(&json, demo->rate);
    json_key(&json, "scenarios");
    json_array_open(&json);
    for (size_t i = 0; i < DEMO_SCENARIOS; i++)
        write_scenario(&demo->scenarios[i], ahead_us, &json);
    json_array_close(&json);
    write_narration(&demo->story, &json);
    write_stand_ins(&demo->stand_ins, &json);
    write_senders(&demo->intake, &json);
    write_identity(&demo->watch, &json);
    json_object_close(&json);
}

/* As a whole or not at all: readers may come at any time. */
static int say(const struct demo *demo, const char *directory, struct error *err)
{
    char path[4200], draft[4200];
    struct buffer state;
    snprintf(path, sizeof path, "%s/state.json", directory);
    snprintf(draft, sizeof draft, "%s/state.json.new", directory);
    buffer_init(&state, STATE_MAX);
    write_state(demo, &state);
    FILE *file = fopen(draft, "we");
    bool good = file != NULL && fwrite(state.data, 1, state.size, file) == state.size;
    good = file != NULL && fclose(file) == 0 && good;
    good = good && rename(draft, path) == 0;
    buffer_release(&state);
    return good ? 0 : error_set(err, ML_EIO, path, "cannot be written: %m");
}

/* ---- orders */

static void obey(struct demo *demo, struct bytes order)
{
    static const struct bytes play = {"play ", 5}, stop = {"stop ", 5};
    if (order.size <= play.size)
        return;
    struct bytes verb = {order.data, play.size};
    struct bytes name = {order.data + play.size, order.size - play.size};
    if (bytes_equal(verb, play))
        demo_scenario_play(demo, name);
    else if (bytes_equal(verb, stop))
        demo_scenario_stop(demo, name);
}

static void take_orders(struct demo *demo)
{
    char order[ORDER_SIZE];
    ssize_t size;
    while ((size = recv(demo->control, order, sizeof order, MSG_DONTWAIT)) > 0)
        if (demo->phase == DEMO_RUNNING) {
            obey(demo, (struct bytes){order, (size_t)size});
            demo->told_us = 0; /* whoever pressed the button looks now */
        }
}

/* ---- */

/* The path of a socket is short: it begins at an open directory. */
int demo_control_open(struct demo *demo, const char *directory, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int base = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    demo->control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control", base);
    bool good = base >= 0 && demo->control >= 0 &&
                (unlinkat(base, "control", 0) == 0 || errno == ENOENT) &&
                bind(demo->control, (struct sockaddr *)&address, sizeof address) == 0;
    int code = good ? 0 : error_set(err, ML_EIO, directory, "no socket can be made: %m");
    if (base >= 0)
        close(base);
    return code;
}

int demo_control_step(struct demo *demo, const char *directory, int64_t now_us, struct error *err)
{
    take_orders(demo);
    if (now_us < demo->told_us + SAY_EVERY_US)
        return 0;
    demo->told_us = now_us;
    return say(demo, directory, err);
}

void demo_control_close(struct demo *demo, const char *directory)
{
    static const char *const names[] = {"control", "state.json"};
    char path[4200];
    if (demo->control >= 0)
        close(demo->control);
    demo->control = -1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
}
