/* meshline demo: a company's sources and reps, the systems around it, and everything that can go
 * wrong, around the real server in a process of its own. One thread; everything moves in steps of
 * at most ten milliseconds. */
#include "cli/demo/demo.h"

#include "cli/cli.h"
#include "cli/demo/demo_control.h"
#include "cli/demo/demo_end.h"
#include "cli/demo/demo_mesh.h"
#include "cli/demo/demo_view.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *mesh = MESHLINE_EXAMPLE, *data, *address, *scenario, *report;
static uint64_t minutes, seconds, rate = 25, seed = 1;
static bool headless;

static const struct option_row options[] = {
    {"headless", OPTION_FLAG, &headless, NULL, "the story line by line instead of the table"},
    {"minutes", OPTION_NUMBER, &minutes, "N",
     "ends by itself; default with --headless: 1, with all scenarios 3", 1, 1440},
    {"seconds", OPTION_NUMBER, &seconds, "N", "the same, shorter", 5, 86400},
    {"scenario", OPTION_TEXT, &scenario, "NAME",
     "plays one of the six soon, or all of them, spread over the minutes"},
    {"rate", OPTION_NUMBER, &rate, "N", "leads a second, on average; default 25", 1, 2000},
    {"seed", OPTION_NUMBER, &seed, "N", "of the made-up leads; default 1", 0, UINT64_MAX},
    {"data", OPTION_TEXT, &data, "DIR", "data directory; default: a new temporary one"},
    {"report", OPTION_TEXT, &report, "FILE", "the report at the end; default DATA/report.html"},
    {"listen", OPTION_TEXT, &address, "ADDRESS", "default 127.0.0.1:8080, headless any free port"},
    {"mesh", OPTION_TEXT, &mesh, "DIR", "the mesh; its sources must be those of examples/acme"},
};

static const struct usage usage = {
    .command = "demo",
    .arguments = "[options]",
    .about = "Starts a server on the example company's mesh, sends it made-up leads from four\n"
             "sources, lets its forty reps contact, close and hand back, go away and come back.\n"
             "A CRM, a provider of company facts, Slack and a mail server are played by processes\n"
             "of their own.\n"
             "\n"
             "Six things can go wrong, by --scenario or by a button of the page:\n"
             "  schema-break       a partner breaks its contract\n"
             "  enrichment-outage  the provider fails\n"
             "  surge              a campaign brings ten times as many\n"
             "  team-offline       a whole team goes away\n"
             "  crm-down           the CRM goes down\n"
             "  kill-9             the engine is killed; once in the middle without --scenario\n"
             "\n"
             "The end is a proof: every lead that was acknowledged is there once, with one owner,\n"
             "and is in the CRM exactly once; every receipt has its request; nothing came that\n"
             "nobody asked for. Exit code 1 when anything is amiss, or a scenario did not play.\n",
    .examples = "  meshline demo\n"
                "  meshline demo --headless --minutes 3 --scenario all\n"
                "  meshline demo --scenario crm-down --rate 200 --data /tmp/demo\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

enum { STEP_MS = 10, DRAIN_US = 30000000, CRASH_BURST = 60, PATH_SIZE = 4200 };
enum { LONGER_US = 240000000 }; /* what a scenario may take beyond the end */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* The first Ctrl-C ends the demo in good order, a second one ends it. */
static void take_signals(void)
{
    const struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void demo_say(struct demo *demo, const struct demo_scenario *about, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    demo_story_add(&demo->story, about != NULL ? about->kind->name : NULL, format, list);
    va_end(list);
}

/* ---- the course of it */

int demo_crash(struct demo *demo, struct error *err)
{
    int64_t began_us = clock_monotonic_us();
    demo_intake_add(&demo->intake, CRASH_BURST);
    demo_intake_step(&demo->intake, demo->average, began_us);
    demo_http_send(demo->http);
    demo->crash_open = demo->intake.open;
    demo->crash_seq = (int64_t)demo->intake.newest_seq;
    demo->crashes++;
    demo_server_kill(&demo->server);
    int code = demo_server_start(&demo->server, err);
    demo->crash_seconds = (double)(clock_monotonic_us() - began_us) / 1e6;
    return code;
}

static int step(struct demo *demo, struct demo_view *view, const char *control, struct error *err)
{
    int64_t now_us = clock_monotonic_us();
    bool sending = demo->phase == DEMO_RUNNING;
    double since_s = (double)(now_us - demo->clock.started_us) / 1e6;
    double rate_now = sending ? demo_traffic_rate(demo->average, since_s) : 0;
    demo->rate = sending ? rate_now + demo->intake.campaign_rate : 0;
    demo_intake_step(&demo->intake, rate_now, now_us);
    if (sending)
        demo_people_step(&demo->people, now_us);
    demo_bus_step(&demo->bus, now_us);
    demo_watch_step(&demo->watch, now_us);
    demo_stand_ins_step(&demo->stand_ins, now_us);
    demo_view_step(view, demo, now_us);
    int code = sending ? demo_scenarios_step(demo, now_us, err) : 0;
    if (code == 0)
        code = demo_control_step(demo, control, now_us, err);
    demo_http_poll(demo->http, STEP_MS);
    if (code == 0)
        code = demo_stand_ins_check(&demo->stand_ins, err);
    return code == 0 ? demo_server_check(&demo->server, err) : code;
}

/* Scenarios that play when the time is over are played to their end. */
static bool goes_on(struct demo *demo)
{
    const struct demo_clock *clock = &demo->clock;
    int64_t now_us = clock_monotonic_us();
    if (interrupted || (clock->end_us != 0 && now_us > clock->end_us + LONGER_US))
        return false;
    return clock->end_us == 0 || now_us < clock->end_us || demo_scenarios_are_due(demo);
}

static int run_traffic(struct demo *demo, struct demo_view *view, const char *control,
                       struct error *err)
{
    int code = 0;
    bool said = false;
    while (code == 0 && goes_on(demo)) {
        code = step(demo, view, control, err);
        if (!said && demo->clock.end_us != 0 && clock_monotonic_us() > demo->clock.end_us &&
            goes_on(demo)) {
            demo_say(demo, NULL, "The time is over; what has been planned is played to its end.");
            said = true;
        }
    }
    demo_scenarios_interrupt(demo);
    demo->phase = DEMO_SETTLING;
    demo_say(demo, NULL, "No more leads are sent. Everything that was sent gets its answer.");
    int64_t until_us = clock_monotonic_us() + DRAIN_US;
    while (code == 0 && demo->intake.open > 0 && clock_monotonic_us() < until_us)
        code = step(demo, view, control, err);
    return code;
}

/* What is on its way outside arrives: not before all there is was asked for anew. */
static int settle(struct demo *demo, struct demo_view *view, const char *control, struct error *err)
{
    enum { SETTLE_US = 90000000 };
    int64_t began_us = clock_monotonic_us();
    int64_t pending = -1;
    int code = 0;
    while (code == 0 && pending != 0 && clock_monotonic_us() < began_us + SETTLE_US) {
        code = step(demo, view, control, err);
        pending = 0;
        for (size_t i = 0; i < DEMO_STAND_INS; i++) {
            struct demo_destination destination;
            pending += demo_watch_destination(&demo->watch, demo->stand_ins.items[i].name, began_us,
                                              &destination)
                           ? destination.pending
                           : 1;
        }
    }
    demo_say(demo, NULL, "%s after %.1f s.",
             pending == 0 ? "All deliveries have settled" : "NOT ALL DELIVERIES HAVE SETTLED",
             (double)(clock_monotonic_us() - began_us) / 1e6);
    return code;
}

static void set_clock(struct demo *demo)
{
    int64_t now_us = clock_monotonic_us();
    int64_t length_us = (int64_t)(seconds > 0 ? seconds : minutes * 60) * 1000000;
    demo->clock = (struct demo_clock){.started_us = now_us,
                                      .end_us = length_us > 0 ? now_us + length_us : 0,
                                      .started_utc_us = clock_utc_us()};
}

static void init(struct demo *demo, struct demo_view *view)
{
    bool live = !headless && isatty(STDOUT_FILENO) == 1;
    demo->http = demo_http_new(demo->server.url, demo->token);
    demo_stand_ins_use(&demo->stand_ins, demo->http);
    demo_intake_init(&demo->intake, demo->http, seed);
    demo_people_init(&demo->people, demo->http, seed + 1);
    demo_bus_init(&demo->bus, demo->http, &demo->people);
    demo_watch_init(&demo->watch, demo->http);
    demo_story_init(&demo->story, !live);
    demo_scenarios_init(demo);
    demo_view_init(view, live);
    set_clock(demo);
}

static void release(struct demo *demo)
{
    demo_http_free(demo->http);
    demo_intake_release(&demo->intake);
    demo_people_release(&demo->people);
    demo_watch_release(&demo->watch);
    demo_scenarios_release(demo);
    demo_story_release(&demo->story);
}

/* ---- what is around it */

/* The example company's mesh with the addresses of the stand-ins. */
static int make_mesh(struct demo *demo, char *path, size_t size, struct error *err)
{
    char least[16];
    snprintf(path, size, "%s/mesh", demo->directory);
    snprintf(least, sizeof least, "%u", demo_traffic_surge_least(demo->average));
    const struct demo_blank blanks[] = {
        {"@CRM@", demo->stand_ins.items[DEMO_CRM].url},
        {"@MAIL@", demo->stand_ins.items[DEMO_MAIL].url},
        {"@FIRMOGRAPHICS@", demo->stand_ins.items[DEMO_FIRMOGRAPHICS].url},
        {"@LISTEN@", address},
        {"@SURGE_AT_LEAST@", least},
        {NULL, NULL}};
    static const struct demo_blank none = {NULL, NULL};
    int code = demo_mesh_copy(mesh, path, &none, err);
    return code == 0 ? demo_mesh_copy(MESHLINE_DEMO_OVERLAY, path, blanks, err) : code;
}

static int play(struct demo *demo, const char *control, bool *ret_good, struct error *err)
{
    struct demo_view view;
    int code = demo_server_start(&demo->server, err);
    if (code < 0)
        return code;
    init(demo, &view);
    code = demo_scenarios_plan(demo, scenario, seconds > 0 ? seconds : minutes * 60, err);
    demo_say(demo, NULL, "Serving %s at %s; the data is in %s.", mesh, demo->server.url,
             demo->directory);
    if (code == 0)
        code = demo_control_open(demo, control, err);
    if (code == 0)
        code = run_traffic(demo, &view, control, err);
    if (code == 0)
        code = settle(demo, &view, control, err);
    if (code == 0)
        *ret_good = demo_end(demo, report, scenario);
    demo_control_close(demo, control);
    release(demo);
    return code;
}

/* The mesh names the address of the pages before the server has it: a port that is free now. */
static void choose_port(char *ret, size_t size)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(ret, size, "%s", address);
    if (strcmp(address, "127.0.0.1:0") == 0 && fd >= 0 &&
        bind(fd, (struct sockaddr *)&any, sizeof any) == 0 &&
        getsockname(fd, (struct sockaddr *)&any, &length) == 0)
        snprintf(ret, size, "127.0.0.1:%u", ntohs(any.sin_port));
    if (fd >= 0)
        close(fd);
    address = ret;
}

/* Everything that is started here is ended here. */
static int run(struct demo *demo, bool *ret_good, struct error *err)
{
    char control[PATH_SIZE], path[PATH_SIZE], listen[128];
    choose_port(listen, sizeof listen);
    snprintf(control, sizeof control, "%s/demo", demo->directory);
    if (mkdir(control, 0700) != 0 && errno != EEXIST)
        return error_set(err, ML_EIO, control, "cannot be made: %m");
    int code = demo_stand_ins_start(&demo->stand_ins, control, err);
    if (code == 0)
        code = make_mesh(demo, path, sizeof path, err);
    if (code == 0) {
        setenv("MESHLINE_DEMO", control, 1);
        setenv("SALES_CHAT_URL", demo->stand_ins.items[DEMO_CHAT].url, 1);
        demo_server_init(&demo->server, path, demo->directory, address);
        code = play(demo, control, ret_good, err);
    }
    demo_server_kill(&demo->server);
    demo_stand_ins_end(&demo->stand_ins);
    return code;
}

/* Made-up leads are not put beside real ones, from where nothing gets them out again. */
static int take_directory(const char *path, struct error *err)
{
    char state[PATH_SIZE], control[PATH_SIZE];
    snprintf(state, sizeof state, "%s/state.db", path);
    snprintf(control, sizeof control, "%s/demo", path);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(err, ML_EIO, path, "cannot be made: %m");
    if (access(state, F_OK) == 0 && access(control, F_OK) != 0)
        return error_set(err, ML_EINVAL, path,
                         "there is data here that is not of a demo; give --data a new directory");
    return 0;
}

static int make_directory(char *path, size_t size, struct error *err)
{
    const char *base = getenv("TMPDIR");
    if (data != NULL) {
        snprintf(path, size, "%s", data);
        return take_directory(path, err);
    }
    snprintf(path, size, "%s/meshline-demo-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(path) == NULL)
        return error_set(err, ML_EIO, path, "no temporary directory can be made: %m");
    return 0;
}

int command_demo(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    bool good = false;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    struct demo *demo = calloc(1, sizeof *demo);
    if (demo == NULL)
        panic("out of memory (demo)");
    if (headless && minutes == 0 && seconds == 0)
        minutes = scenario != NULL && strcmp(scenario, "all") == 0 ? 3 : 1;
    if (address == NULL)
        address = headless ? "127.0.0.1:0" : "127.0.0.1:8080";
    take_signals();
    demo->average = (double)rate;
    demo->control = -1;
    demo->token = getenv("MESHLINE_TOKEN");
    int code = make_directory(demo->directory, sizeof demo->directory, &err);
    if (code == 0)
        code = run(demo, &good, &err);
    if (code < 0)
        cli_fail(&err);
    else
        printf("The data is in %s\n", demo->directory);
    free(demo);
    return code == 0 && good ? CLI_OK : CLI_FAILED;
}
