/* One thread waits, another opens. */
#include "server/api/gate.h"

void gate_init(struct gate *gate)
{
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->opened, NULL);
    gate->open = false;
}

void gate_release(struct gate *gate)
{
    pthread_cond_destroy(&gate->opened);
    pthread_mutex_destroy(&gate->lock);
}

static void open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_signal(&gate->opened);
    pthread_mutex_unlock(&gate->lock);
}

static void pass_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (!gate->open)
        pthread_cond_wait(&gate->opened, &gate->lock);
    gate->open = false;
    pthread_mutex_unlock(&gate->lock);
}

static void view_reached(struct engine_waiter *waiter)
{
    open_gate(waiter->context);
}

void gate_wait_view(struct gate *gate, struct engine *engine)
{
    struct engine_waiter waiter = {
        .seq = engine_durable_seq(engine), .notify = view_reached, .context = gate};
    engine_wait_view(engine, &waiter);
    pass_gate(gate);
}

static void group_complete(struct engine_request *group)
{
    open_gate(group->context);
}

int gate_submit(struct gate *gate, struct engine *engine, struct engine_request *group,
                struct error *err)
{
    group->complete = group_complete;
    group->context = gate;
    int code = engine_submit(engine, group, err);
    if (code == 0)
        pass_gate(gate);
    return code;
}
