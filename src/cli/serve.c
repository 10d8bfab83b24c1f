/* meshline serve: puts the parts together. The main thread waits for signals: SIGTERM and SIGINT
 * end in good order, SIGHUP reads the mesh again; everything else happens on the threads of engine
 * and server. */
#include "cli/cli.h"
#include "cli/mesh/mesh_dir.h"
#include "effect/effect.h"
#include "engine/engine.h"
#include "server/access/auth.h"
#include "server/server.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *mesh, *data, *address, *web;
static uint64_t workers = 2;

static const struct option_row options[] = {
    {"mesh", OPTION_TEXT, &mesh, "DIR",
     "the mesh to serve; default: the release active in the data"},
    {"data", OPTION_TEXT, &data, "DIR", "the data directory (required); made when it is not there"},
    {"listen", OPTION_TEXT, &address, "ADDRESS", "default 127.0.0.1:8080; port 0 takes a free one"},
    {"web", OPTION_TEXT, &web, "DIR",
     "web pages from there; default: $MESHLINE_WEB, else those that are built in"},
    {"workers", OPTION_NUMBER, &workers, "N", "threads that parse and answer; default 2", 1, 64},
};

static const struct usage usage = {
    .command = "serve",
    .arguments = "--mesh DIR --data DIR [options]",
    .about = "Takes leads over HTTP, decides at once who owns each, keeps all of it in the data\n"
             "directory. A broken mesh is refused before the data is touched.\n"
             "\n"
             "SIGTERM and Ctrl-C: takes no more, answers what it took, ends. SIGHUP: reads the\n"
             "mesh and the secrets of destinations again; a broken mesh leaves the old one in\n"
             "force. An address beyond this machine needs access tokens (meshline token).\n",
    .examples = "  meshline serve --mesh mesh --data data\n"
                "  meshline serve --mesh mesh --data /var/lib/meshline --listen 0.0.0.0:8080\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

/* What is under way to other systems may end for so long. */
#define GRACE_US INT64_C(5000000)

struct serving {
    struct data_directory *directory;
    struct engine *engine;
    struct effects *effects;
    struct server *server;
    sigset_t signals;
};

/* ---- the world of the engine */

static int64_t world_now_us(void *context)
{
    (void)context;
    return clock_utc_us();
}

static int64_t world_free_bytes(void *context)
{
    return data_directory_free_bytes(context);
}

/* I10: memory must not run ahead of the journal, so nothing is closed in good order here. */
static void world_fatal(void *context, const struct error *err)
{
    (void)context;
    cli_fail(err);
    cli_note("stopped at once: the data directory cannot be written, so nothing more can be "
             "promised. What "
             "was acknowledged is safe; clear the cause and start again");
    _exit(CLI_FAILED);
}

static void report(void *context, const char *sentence)
{
    (void)context;
    cli_note("%s", sentence);
}

/* A destination that cannot work as it is set up. */
static void complain(void *context, const char *destination, const struct error *err)
{
    (void)context;
    bool said = strcmp(err->place, destination) == 0 || strstr(err->message, err->place) != NULL;
    cli_note("destination %s: %s%s%s", destination, said ? "" : err->place, said ? "" : ": ",
             err->message);
}

/* ---- activation */

struct activation {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void activation_complete(struct engine_request *request)
{
    struct activation *activation = request->context;
    pthread_mutex_lock(&activation->lock);
    activation->is_done = true;
    pthread_cond_signal(&activation->done);
    pthread_mutex_unlock(&activation->lock);
}

/* Submits the command and waits until it is durable. */
static int activate(struct engine *engine, struct policy_release *release, struct error *err)
{
    struct activation activation = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    struct core_command command = {.type = CORE_ACTIVATE, .actor = BYTES_LITERAL("cli")};
    struct engine_result result = {0};
    struct engine_request request = {.commands = &command,
                                     .results = &result,
                                     .count = 1,
                                     .complete = activation_complete,
                                     .context = &activation};
    command.activate.release = release;
    int code = engine_submit(engine, &request, err);
    if (code < 0)
        return code;
    pthread_mutex_lock(&activation.lock);
    while (!activation.is_done)
        pthread_cond_wait(&activation.done, &activation.lock);
    pthread_mutex_unlock(&activation.lock);
    if (result.refusal != 0)
        return error_set(err, result.refusal, release->name, "the mesh cannot be activated now: %s",
                         result.message[0] != '\0' ? result.message : "disk full or too busy");
    if (result.status != CORE_OK && result.status != CORE_UNCHANGED)
        return error_set(err, ML_EINVAL, release->name, "the mesh cannot be activated: %s",
                         result.message);
    return 0;
}

/* Makes `release` the active one unless it is already; without one there must be one in the
 * journal. */
static int ensure_release(struct engine *engine, struct policy_release *release, struct error *err)
{
    struct policy_release *active = engine_release_ref(engine);
    int code = 0;
    if (release == NULL && active == NULL)
        code = error_set(err, ML_ENOTFOUND, data,
                         "no mesh was ever active here; name one with --mesh (meshline init makes "
                         "one to start from)");
    else if (release != NULL && (active == NULL || strcmp(active->id_text, release->id_text) != 0))
        code = activate(engine, release, err);
    policy_release_unref(active);
    return code;
}

static void reload(struct serving *serving)
{
    struct error err;
    struct policy_release *release = NULL;
    if (mesh == NULL) {
        cli_note("SIGHUP: there is no mesh to read again; it was started without --mesh");
        return;
    }
    int code = mesh_load(mesh, &release, &err);
    if (code == 0)
        code = ensure_release(serving->engine, release, &err);
    if (code == 0) {
        printf("meshline: release %.12s of mesh \"%s\" is active\n", release->id_text,
               release->name);
        fflush(stdout);
    } else {
        cli_fail(&err);
        cli_note("the release that was active before stays in force");
    }
    effects_reread(serving->effects);
    policy_release_unref(release);
}

/* ---- start and end */

static void show_replay(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    if (progress_due(progress))
        progress_bar(progress, "replaying the journal", done, total);
}

static int open_engine(struct serving *serving, struct error *err)
{
    struct progress progress;
    progress_init(&progress);
    const struct engine_options engine_options = {
        .directory = data_directory_path(serving->directory),
        .world = {.context = serving->directory,
                  .now_us = world_now_us,
                  .free_bytes = world_free_bytes,
                  .fatal = world_fatal},
    };
    int code = engine_open(&engine_options, show_replay, &progress, &serving->engine, err);
    progress_clear(&progress);
    return code;
}

static int open_effects(struct serving *serving, struct error *err)
{
    const struct effect_options effect_options = {
        .engine = serving->engine,
        .data_directory = data_directory_path(serving->directory),
        .mesh_directory = mesh,
        .complain = complain,
    };
    return effects_open(&effect_options, &serving->effects, err);
}

/* Threads inherit the mask: from here on only this thread sees these signals. Before, they end the
 * process, which is harmless while nothing has been accepted. */
static void take_signals(struct serving *serving)
{
    sigemptyset(&serving->signals);
    sigaddset(&serving->signals, SIGTERM);
    sigaddset(&serving->signals, SIGINT);
    sigaddset(&serving->signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &serving->signals, NULL);
}

static int start(struct serving *serving, struct policy_release *release, struct error *err)
{
    int code = data_directory_open(data, true, &serving->directory, err);
    if (code == 0)
        code = open_engine(serving, err);
    if (code == 0)
        code = open_effects(serving, err);
    if (code < 0)
        return code;
    take_signals(serving);
    code = engine_start(serving->engine, err);
    if (code == 0)
        code = effects_start(serving->effects, err);
    if (code == 0)
        code = ensure_release(serving->engine, release, err);
    if (code < 0)
        return code;
    const struct server_options server_options = {
        .web_directory = web != NULL ? web : getenv("MESHLINE_WEB"),
        .listen = address != NULL ? address : "127.0.0.1:8080",
        .directory = data,
        .workers = (uint32_t)workers,
        .demo_directory = getenv("MESHLINE_DEMO"), /* set by `meshline demo` alone */
        .engine = serving->engine,
        .effects = serving->effects,
        .report = report,
    };
    return server_start(&server_options, &serving->server, err);
}

static void say_open(void)
{
    char path[4200];
    struct tokens *tokens = NULL;
    snprintf(path, sizeof path, "%s/tokens.json", data);
    if (tokens_load(path, &tokens, NULL) == 0 && tokens_bearers(tokens) == 0)
        printf("meshline: open to everyone on this machine; add a token with: meshline token add "
               "NAME --role admin --data %s\n",
               data);
    tokens_unref(tokens);
}

/* The host as a client on this machine can use it. */
static void say_ready(const struct serving *serving)
{
    const char *given = address != NULL ? address : "127.0.0.1:8080";
    const char *colon = strrchr(given, ':');
    int host = colon != NULL ? (int)(colon - given) : (int)strlen(given);
    struct policy_release *release = engine_release_ref(serving->engine);
    printf("meshline: serving mesh \"%s\", release %.12s, at http://%.*s:%u\n", release->name,
           release->id_text, host, given, server_port(serving->server));
    policy_release_unref(release);
    say_open();
    fflush(stdout);
}

static void wait_for_end(struct serving *serving)
{
    int signal_number = 0;
    while (sigwait(&serving->signals, &signal_number) == 0 && signal_number == SIGHUP)
        reload(serving);
    printf("meshline: %s: finishing what was accepted\n",
           signal_number == SIGINT ? "interrupted" : "asked to stop");
    fflush(stdout);
}

/* A second Ctrl-C must be able to end a process that does not want to; a SIGHUP now means nothing.
 */
static void stop(struct serving *serving)
{
    struct engine_metrics metrics = {0};
    if (serving->server != NULL) {
        wait_for_end(serving);
        signal(SIGHUP, SIG_IGN);
        pthread_sigmask(SIG_UNBLOCK, &serving->signals, NULL);
        server_stop(serving->server);
        engine_metrics_read(serving->engine, &metrics);
    }
    server_free(serving->server);
    effects_close(serving->effects, GRACE_US);
    engine_close(serving->engine);
    data_directory_close(serving->directory);
    if (serving->server == NULL)
        return;
    printf("meshline: stopped; %" PRIu64 " commands answered, the journal ends at seq %" PRIu64
           "\n",
           metrics.commands, metrics.durable_seq);
}

int command_serve(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct serving serving = {0};
    struct policy_release *release = NULL;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code) ||
        !usage_require(&usage, "data", data, &exit_code))
        return exit_code;
    signal(SIGPIPE, SIG_IGN);
    if (mesh != NULL && mesh_load(mesh, &release, &err) < 0)
        return cli_fail(&err);
    int code = start(&serving, release, &err);
    policy_release_unref(release);
    if (code == 0)
        say_ready(&serving);
    else
        cli_fail(&err);
    stop(&serving);
    return code == 0 ? CLI_OK : CLI_FAILED;
}
