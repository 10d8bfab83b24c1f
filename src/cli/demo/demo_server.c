/* Runs this very program as `serve`, in a process group of its own: Ctrl-C is for the demo, which
 * still needs the server for its reconciliation. */
#include "cli/demo/demo_server.h"

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_MS = 60000, POLL_MS = 10, LOG_TAIL = 8192 };

void demo_server_init(struct demo_server *server, const char *mesh, const char *data,
                      const char *listen)
{
    *server = (struct demo_server){.mesh = mesh, .data = data};
    snprintf(server->listen, sizeof server->listen, "%s", listen);
    snprintf(server->log, sizeof server->log, "%s/server.log", data);
}

/* After fork: nothing but system calls. */
static _Noreturn void run_child(const struct demo_server *server, int log)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* should the demo itself be killed */
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execl("/proc/self/exe", "meshline", "serve", "--mesh", server->mesh, "--data", server->data,
          "--listen", server->listen, (char *)NULL);
    _exit(127);
}

/* The end of the log from `from` on, NUL-terminated. */
static void read_log(const struct demo_server *server, long from, char text[static LOG_TAIL])
{
    FILE *log = fopen(server->log, "re");
    text[0] = '\0';
    if (log == NULL)
        return;
    fseek(log, from, SEEK_SET);
    text[fread(text, 1, LOG_TAIL - 1, log)] = '\0';
    fclose(log);
}

/* What it said last, without the program's name. */
static int refuse(const struct demo_server *server, long from, struct error *err)
{
    char text[LOG_TAIL];
    read_log(server, from, text);
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] == '\n')
        text[--size] = '\0';
    const char *last = strrchr(text, '\n');
    last = last != NULL ? last + 1 : text;
    if (strncmp(last, "meshline: ", 10) == 0)
        last += 10;
    return error_set(err, ML_EIO, server->log, "the server did not start: %.400s", last);
}

static bool take_url(struct demo_server *server, long from)
{
    char text[LOG_TAIL];
    read_log(server, from, text);
    const char *url = strstr(text, " at http://");
    if (url == NULL || strchr(url, '\n') == NULL)
        return false;
    url += strlen(" at ");
    snprintf(server->url, sizeof server->url, "%.*s", (int)strcspn(url, "\n"), url);
    snprintf(server->listen, sizeof server->listen, "%s", server->url + strlen("http://"));
    return true;
}

static int wait_until_ready(struct demo_server *server, long from, struct error *err)
{
    for (int waited_ms = 0; waited_ms < START_MS; waited_ms += POLL_MS) {
        if (take_url(server, from))
            return 0;
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
            server->pid = 0;
            return refuse(server, from, err);
        }
        usleep(POLL_MS * 1000);
    }
    demo_server_kill(server);
    return error_set(err, ML_EIO, server->log, "the server did not start within a minute");
}

int demo_server_start(struct demo_server *server, struct error *err)
{
    int log = open(server->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0)
        return error_set(err, ML_EIO, server->log, "cannot be written: %m");
    long from = (long)lseek(log, 0, SEEK_END);
    fflush(stdout);
    server->pid = fork();
    if (server->pid == 0)
        run_child(server, log);
    close(log);
    if (server->pid < 0) {
        server->pid = 0;
        return error_set(err, ML_EIO, "", "no process can be started: %m");
    }
    return wait_until_ready(server, from, err);
}

static int wait_for(struct demo_server *server)
{
    int status = -1;
    while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR)
        ;
    server->pid = 0;
    return status;
}

void demo_server_kill(struct demo_server *server)
{
    if (server->pid == 0)
        return;
    kill(server->pid, SIGKILL);
    wait_for(server);
}

int demo_server_stop(struct demo_server *server, struct error *err)
{
    if (server->pid == 0)
        return 0;
    kill(server->pid, SIGTERM);
    int status = wait_for(server);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return error_set(err, ML_EIO, server->log, "the server did not stop in good order");
}

int demo_server_check(struct demo_server *server, struct error *err)
{
    if (server->pid == 0 || waitpid(server->pid, NULL, WNOHANG) != server->pid)
        return 0;
    server->pid = 0;
    return error_set(err, ML_EIO, server->log, "the server has ended by itself; its log says why");
}
