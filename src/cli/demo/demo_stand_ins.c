/* The stand-ins' processes. */
#include "cli/demo/demo_stand_ins.h"

#include "base/error.h"
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_MS = 30000, ASK_EVERY_US = 1000000 };

static const char *const names[DEMO_STAND_INS] = {"crm", "firmographics", "sales-chat", "mail"};
static const char *const titles[DEMO_STAND_INS] = {"CRM", "Firmographics provider", "Slack",
                                                   "Mail server"};

/* ---- processes */

/* After fork: nothing but system calls. */
static _Noreturn void run_child(const struct demo_stand_in *stand_in, int input, int output)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    execl("/proc/self/exe", "meshline", "demo-stand-in", stand_in->name, "--log", stand_in->log,
          (char *)NULL);
    _exit(127);
}

/* "PORT CONTROL\n", as soon as it listens. */
static bool read_ports(int output, unsigned *ret_port, unsigned *ret_control)
{
    char line[64] = "";
    size_t size = 0;
    struct pollfd wait = {.fd = output, .events = POLLIN};
    while (strchr(line, '\n') == NULL && size < sizeof line - 1 && poll(&wait, 1, START_MS) > 0) {
        ssize_t got = read(output, line + size, sizeof line - 1 - size);
        if (got <= 0)
            return false;
        size += (size_t)got;
        line[size] = '\0';
    }
    char *rest = line;
    *ret_port = (unsigned)strtoul(line, &rest, 10);
    *ret_control = (unsigned)strtoul(rest, NULL, 10);
    return *ret_port > 0 && *ret_control > 0;
}

static int start_one(struct demo_stand_in *stand_in, const char *scheme, struct error *err)
{
    int input[2], output[2];
    unsigned port, control;
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
        return error_set(err, ML_EIO, "", "no pipe can be made: %m");
    fflush(stdout);
    stand_in->pid = fork();
    if (stand_in->pid == 0)
        run_child(stand_in, input[0], output[1]);
    close(input[0]);
    close(output[1]);
    stand_in->input = input[1];
    bool good = stand_in->pid > 0 && read_ports(output[0], &port, &control);
    close(output[0]);
    if (stand_in->pid < 0)
        stand_in->pid = 0;
    if (!good)
        return error_set(err, ML_EIO, stand_in->name, "the stand-in did not start");
    snprintf(stand_in->url, sizeof stand_in->url, "%s://127.0.0.1:%u", scheme, port);
    snprintf(stand_in->control, sizeof stand_in->control, "http://127.0.0.1:%u", control);
    return 0;
}

int demo_stand_ins_start(struct demo_stand_ins *stand_ins, const char *directory, struct error *err)
{
    int code = 0;
    *stand_ins = (struct demo_stand_ins){0};
    for (size_t i = 0; i < DEMO_STAND_INS; i++)
        stand_ins->items[i] =
            (struct demo_stand_in){.name = names[i], .title = titles[i], .input = -1};
    for (size_t i = 0; code == 0 && i < DEMO_STAND_INS; i++) {
        struct demo_stand_in *stand_in = &stand_ins->items[i];
        snprintf(stand_in->log, sizeof stand_in->log, "%s/%s.ndjson", directory, names[i]);
        code = start_one(stand_in, i == DEMO_MAIL ? "smtp" : "http", err);
    }
    return code;
}

int demo_stand_ins_check(struct demo_stand_ins *stand_ins, struct error *err)
{
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        struct demo_stand_in *stand_in = &stand_ins->items[i];
        if (stand_in->pid == 0 || waitpid(stand_in->pid, NULL, WNOHANG) != stand_in->pid)
            continue;
        stand_in->pid = 0;
        return error_set(err, ML_EIO, stand_in->name, "the stand-in has ended by itself");
    }
    return 0;
}

void demo_stand_ins_end(struct demo_stand_ins *stand_ins)
{
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        struct demo_stand_in *stand_in = &stand_ins->items[i];
        if (stand_in->pid > 0) {
            close(stand_in->input);
            while (waitpid(stand_in->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        }
        stand_in->pid = 0;
    }
}

/* ---- talking */

static void told(void *context, const struct demo_reply *reply)
{
    struct demo_stand_in *stand_in = context;
    JSON_AUTO *answer = NULL;
    if (reply->status != 200 || json_parse(reply->body, &answer, NULL) < 0)
        return;
    enum stand_in_mode mode = stand_in_mode_parse(json_member_text(answer, "mode"));
    stand_in->mode = mode != STAND_IN_MODES ? mode : stand_in->mode;
    stand_in->received = (uint64_t)json_member_int(answer, "received", 0);
    stand_in->refused = (uint64_t)json_member_int(answer, "refused", 0);
    stand_in->kept = (uint64_t)json_member_int(answer, "kept", 0);
}

static void order(struct demo_stand_ins *stand_ins, struct demo_stand_in *stand_in,
                  const char *method, const char *path)
{
    char url[128];
    snprintf(url, sizeof url, "%s/%s", stand_in->control, path);
    const struct demo_call call = {
        .method = method, .path = url, .done = told, .context = stand_in};
    demo_http_start(stand_ins->http, &call);
}

void demo_stand_ins_use(struct demo_stand_ins *stand_ins, struct demo_http *http)
{
    stand_ins->http = http;
}

void demo_stand_ins_step(struct demo_stand_ins *stand_ins, int64_t now_us)
{
    if (now_us < stand_ins->next_ask_us)
        return;
    stand_ins->next_ask_us = now_us + ASK_EVERY_US;
    for (size_t i = 0; i < DEMO_STAND_INS; i++)
        order(stand_ins, &stand_ins->items[i], "GET", "");
}

void demo_stand_ins_set(struct demo_stand_ins *stand_ins, enum demo_stand_in_name name,
                        enum stand_in_mode mode)
{
    order(stand_ins, &stand_ins->items[name], "PUT", stand_in_mode_name(mode));
}
