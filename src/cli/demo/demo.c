/* meshline demo: a company's sources, reps and one crash, around the real server in a process of
 * its own. One thread; everything moves in steps of at most ten milliseconds. */
#include "cli/cli.h"
#include "cli/demo/demo_end.h"
#include "cli/demo/demo_people.h"
#include "cli/demo/demo_server.h"
#include "cli/demo/demo_view.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *mesh = MESHLINE_EXAMPLE, *data, *address;
static uint64_t minutes, rate = 25, seed = 1;
static bool headless;

static const struct option_row options[] = {
    {"headless", OPTION_FLAG, &headless, NULL, "a line every five seconds instead of the table"},
    {"minutes", OPTION_NUMBER, &minutes, "N", "ends by itself; default with --headless: 1", 1,
     1440},
    {"rate", OPTION_NUMBER, &rate, "N", "leads a second, on average; default 25", 1, 2000},
    {"seed", OPTION_NUMBER, &seed, "N", "of the made-up leads; default 1", 0, UINT64_MAX},
    {"data", OPTION_TEXT, &data, "DIR", "data directory; default: a new temporary one"},
    {"listen", OPTION_TEXT, &address, "ADDRESS", "default 127.0.0.1:8080, headless any free port"},
    {"mesh", OPTION_TEXT, &mesh, "DIR", "the mesh; its sources must be those of examples/acme"},
};

static const struct usage usage = {
    .command = "demo",
    .arguments = "[options]",
    .about = "Starts a server on the example company's mesh, sends it made-up leads from four\n"
             "sources (new people, known people, broken records), lets its forty reps contact,\n"
             "close and hand back, go away and come back. In the middle the server is killed with\n"
             "SIGKILL and started again. Ends with a reconciliation: every lead that was\n"
             "acknowledged is there once, with one owner; exit code 1 when anything is amiss.\n",
    .examples = "  meshline demo\n"
                "  meshline demo --headless --minutes 1\n"
                "  meshline demo --minutes 5 --rate 200 --data /tmp/demo\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

enum { STEP_MS = 10, KILL_AFTER_S = 30, DRAIN_US = 30000000, CRASH_BURST = 60 };

struct demo {
    struct demo_server server;
    struct demo_http *http;
    struct demo_intake intake;
    struct demo_people people;
    struct demo_view view;
    struct demo_clock clock;
    int64_t kill_us; /* when; 0: done */
    const char *token;
};

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

/* ---- the course of it */

/* With submissions under way, so that there is something to lose. */
static int crash(struct demo *demo, struct error *err)
{
    int64_t began_us = clock_monotonic_us();
    demo->kill_us = 0;
    demo_intake_add(&demo->intake, CRASH_BURST);
    demo_intake_step(&demo->intake, (double)rate, began_us);
    demo_http_poll(demo->http, 1);
    uint64_t open = demo->intake.open;
    demo_server_kill(&demo->server);
    int code = demo_server_start(&demo->server, err);
    if (code == 0)
        demo_view_say(&demo->view,
                      "killed the server with SIGKILL, %" PRIu64
                      " submissions under way; it serves again after %.2f s",
                      open, (double)(clock_monotonic_us() - began_us) / 1e6);
    return code;
}

static int step(struct demo *demo, bool sending, struct error *err)
{
    int64_t now_us = clock_monotonic_us();
    double seconds = (double)(now_us - demo->clock.started_us) / 1e6;
    demo_intake_step(&demo->intake, sending ? demo_traffic_rate((double)rate, seconds) : 0, now_us);
    if (sending) {
        demo_people_step(&demo->people, now_us);
        demo_view_step(&demo->view, demo->server.url, &demo->clock, &demo->intake, &demo->people,
                       now_us);
    }
    if (sending && demo->kill_us != 0 && now_us >= demo->kill_us)
        return crash(demo, err);
    demo_http_poll(demo->http, STEP_MS);
    return demo_server_check(&demo->server, err);
}

static int run_traffic(struct demo *demo, struct error *err)
{
    int code = 0;
    while (code == 0 && !interrupted &&
           (demo->clock.end_us == 0 || clock_monotonic_us() < demo->clock.end_us))
        code = step(demo, true, err);
    /* Everything that was sent gets its answer. */
    int64_t until_us = clock_monotonic_us() + DRAIN_US;
    while (code == 0 && (demo->intake.open > 0 || demo_http_open(demo->http) > 0) &&
           clock_monotonic_us() < until_us)
        code = step(demo, false, err);
    return code;
}

static void set_clock(struct demo *demo)
{
    int64_t now_us = clock_monotonic_us(), length_us = (int64_t)minutes * 60 * 1000000;
    demo->clock =
        (struct demo_clock){.started_us = now_us, .end_us = minutes > 0 ? now_us + length_us : 0};
    demo->kill_us = now_us + (minutes > 0 ? length_us / 2 : (int64_t)KILL_AFTER_S * 1000000);
}

static int run(struct demo *demo, bool *ret_good, struct error *err)
{
    bool live = !headless && isatty(STDOUT_FILENO) == 1;
    int code = demo_server_start(&demo->server, err);
    if (code < 0)
        return code;
    demo->http = demo_http_new(demo->server.url, demo->token);
    demo_intake_init(&demo->intake, demo->http, seed);
    demo_people_init(&demo->people, demo->http, seed + 1);
    demo_view_init(&demo->view, demo->http, live);
    set_clock(demo);
    demo_view_say(&demo->view, "serving %s at %s, data in %s", mesh, demo->server.url,
                  demo->server.data);
    code = run_traffic(demo, err);
    if (code == 0)
        *ret_good = demo_end(&demo->server, demo->token, &demo->intake);
    demo_http_free(demo->http);
    demo_intake_release(&demo->intake);
    demo_people_release(&demo->people);
    return code;
}

/* ---- */

static int make_directory(char *path, size_t size, struct error *err)
{
    const char *base = getenv("TMPDIR");
    if (data != NULL) {
        snprintf(path, size, "%s", data);
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return error_set(err, ML_EIO, path, "cannot be made: %m");
        return 0;
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
    char directory[4000];
    bool good = false;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    if (make_directory(directory, sizeof directory, &err) < 0)
        return cli_fail(&err);
    if (headless && minutes == 0)
        minutes = 1;
    if (address == NULL)
        address = headless ? "127.0.0.1:0" : "127.0.0.1:8080";
    take_signals();
    struct demo *demo = calloc(1, sizeof *demo);
    if (demo == NULL)
        panic("out of memory (demo)");
    demo->token = getenv("MESHLINE_TOKEN");
    demo_server_init(&demo->server, mesh, directory, address);
    int code = run(demo, &good, &err);
    demo_server_kill(&demo->server);
    free(demo);
    if (code < 0)
        return cli_fail(&err);
    printf("\n%s\nThe data is in %s\n",
           good ? "Nothing was lost: everything balances." : "SOMETHING IS AMISS, see above.",
           directory);
    return good ? CLI_OK : CLI_FAILED;
}
