/* Starting and ending the server process: see service.h. */
#include "service.h"

#include "http.h"
#include "measure.h"

#include "base/error.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The binary of the build that this program belongs to: BUILD/bench/NAME beside BUILD/meshline. */
static const char *binary(void)
{
    static char path[4200];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 32);
    if (size < 0)
        measure_fail("/proc/self/exe: %s", strerror(errno));
    path[size] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');
        ML_ASSERT(slash != NULL);
        *slash = '\0';
    }
    size_t length = strlen(path);
    snprintf(path + length, sizeof path - length, "/meshline");
    return path;
}

static _Noreturn void become_server(const char *mesh, const char *data, int output)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    execl(binary(), "meshline", "serve", "--mesh", mesh, "--data", data, "--listen", "127.0.0.1:0",
          (char *)NULL);
    fprintf(stderr, "%s: %s\n", binary(), strerror(errno));
    _exit(127);
}

/* The server prints its address when it listens. */
static uint16_t read_port(int output)
{
    static const char before[] = "http://127.0.0.1:";
    char text[4096];
    size_t size = 0;
    while (size < sizeof text - 1) {
        ssize_t got = read(output, text + size, sizeof text - 1 - size);
        if (got <= 0)
            break;
        text[size += (size_t)got] = '\0';
        const char *found = strstr(text, before);
        if (found != NULL && strpbrk(found + strlen(before), "/ \n") != NULL)
            return (uint16_t)strtoul(found + strlen(before), NULL, 10);
    }
    measure_fail("the server ended before it listened");
}

static void wait_until_ready(uint16_t port)
{
    enum { PATIENCE_SECONDS = 300 };
    struct http http;
    int64_t start_us = measure_now_us();
    http_open(&http, port);
    while (http_get(&http, "/readyz", 0) != 200) {
        if (measure_seconds_since(start_us) > PATIENCE_SECONDS)
            measure_fail("the server is not ready after %d seconds", PATIENCE_SECONDS);
        measure_sleep_us(500);
    }
    http_close(&http);
}

void service_start(struct service *service, const char *data)
{
    service_start_mesh(service, service_mesh(), data);
}

void service_start_mesh(struct service *service, const char *mesh, const char *data)
{
    int ends[2];
    if (pipe(ends) != 0)
        measure_fail("pipe: %s", strerror(errno));
    int64_t start_us = measure_now_us();
    pid_t child = fork();
    if (child < 0)
        measure_fail("fork: %s", strerror(errno));
    if (child == 0)
        become_server(mesh, data, ends[1]);
    close(ends[1]);
    *service = (struct service){.pid = child, .output = ends[0]};
    service->port = read_port(ends[0]);
    wait_until_ready(service->port);
    service->ready_seconds = measure_seconds_since(start_us);
    service->ready_cpu_seconds = measure_cpu_seconds(child);
}

static int end(struct service *service, int signal_number)
{
    int status = -1;
    kill(service->pid, signal_number);
    if (waitpid(service->pid, &status, 0) != service->pid)
        measure_fail("waitpid: %s", strerror(errno));
    close(service->output);
    return status;
}

void service_stop(struct service *service)
{
    int status = end(service, SIGTERM);
    if (status != 0)
        measure_fail("the server ended with wait status %d after SIGTERM", status);
}

void service_kill(struct service *service)
{
    end(service, SIGKILL);
}

const char *service_mesh(void)
{
    static char path[300];
    if (path[0] == '\0') {
        snprintf(path, sizeof path, "%s/mesh", measure_directory());
        measure_run("bench/grow_mesh.sh", path, (char *)NULL);
    }
    return path;
}
