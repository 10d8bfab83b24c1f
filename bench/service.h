/* The product as users start it: `meshline serve` as a process of its own. It ends with this one.
 */
#ifndef BENCH_SERVICE_H
#define BENCH_SERVICE_H

#include <stdint.h>

struct service {
    int pid;
    int output; /* its standard output */
    uint16_t port;
    double ready_seconds;     /* from exec to the first 200 of /readyz */
    double ready_cpu_seconds; /* processor time until then */
};

/* With the mesh of service_mesh. Returns when it is ready; ends the program when that fails. */
void service_start(struct service *service, const char *data);
void service_start_mesh(struct service *service, const char *mesh, const char *data);
/* SIGTERM, and waits. */
void service_stop(struct service *service);
/* SIGKILL, and waits. */
void service_kill(struct service *service);

/* The directory of the mesh that bench/grow_mesh.sh makes: 100 routes, 200 reps. */
const char *service_mesh(void);

#endif
