/* Destinations whose libraries block: a thread each, by name, so that a new release takes over the
 * place of the one before only when that is done. It is given one job at a time; what comes
 * meanwhile gathers and goes together. */
#include "effect/internal.h"

#include <stdlib.h>

struct carrier {
    struct carrier *next;
    struct effects *effects;
    char *name; /* of the destination; owned */
    pthread_t thread;
    struct journal_reader *reader;

    /* Guarded by the effects' lock. */
    pthread_cond_t work;
    struct job *job;                          /* given, not taken back */
    bool is_new;                              /* not begun */
    bool is_to_close, is_closed, is_stopping; /* the state that it holds */

    struct outlet *open; /* the thread's: whose state it holds */

    /* The effect thread's. */
    struct outlet *held; /* kept from being freed, for `open` */
    struct job *waiting, **waiting_last;
};

/* ---- on its own thread */

static void close_open(struct carrier *carrier)
{
    if (carrier->open != NULL)
        outlet_close(carrier->open);
    carrier->open = NULL;
}

/* Only those whose message could be read. */
static void carry_messages(struct job *job)
{
    struct outlet *outlet = job->outlet;
    struct effect_attempt *attempts = arena_array(&job->arena, job->count, sizeof *attempts);
    struct core_receipt *receipts = arena_array(&job->arena, job->count, sizeof *receipts);
    size_t *places = arena_array(&job->arena, job->count, sizeof *places), count = 0;
    for (size_t i = 0; i < job->count; i++) {
        if (job->messages[i].number == 0)
            continue;
        attempts[count] = job->attempt;
        attempts[count].messages = &job->pointers[i];
        attempts[count].count = 1;
        places[count++] = i;
    }
    if (count > 0)
        outlet->kind->carry(outlet->state, &outlet->place, attempts, count, receipts);
    for (size_t i = 0; i < count; i++)
        job->receipts[places[i]] = receipts[i];
}

static void carry(struct carrier *carrier, struct job *job)
{
    struct error err = {0};
    if (carrier->open != job->outlet)
        close_open(carrier);
    carrier->open = job->outlet;
    job_prepare(job);
    if (job->errand == NULL)
        (void)job_load(job, carrier->reader);
    if (outlet_open(carrier->effects, job->outlet, &err) < 0)
        job_fail(job, CORE_OUTCOME_TRANSIENT, arena_string(&job->arena, bytes_of(err.message)));
    else if (job->errand == NULL)
        carry_messages(job);
    else
        job->outlet->kind->carry(job->outlet->state, &job->outlet->place, &job->attempt, 1,
                                 job->receipts);
}

static void hand_back(struct carrier *carrier, struct job *job)
{
    struct effects *effects = carrier->effects;
    pthread_mutex_lock(&effects->lock);
    job->next = effects->carried;
    effects->carried = job;
    bool wake = effects_rouse(effects);
    pthread_mutex_unlock(&effects->lock);
    if (wake)
        http_wake(effects->http);
}

static void *carrier_main(void *argument)
{
    struct carrier *carrier = argument;
    struct effects *effects = carrier->effects;
    pthread_mutex_lock(&effects->lock);
    while (!carrier->is_stopping) {
        struct job *job = carrier->is_new ? carrier->job : NULL;
        bool is_to_close = carrier->is_to_close;
        carrier->is_new = carrier->is_to_close = false;
        if (job == NULL && !is_to_close) {
            pthread_cond_wait(&carrier->work, &effects->lock);
            continue;
        }
        pthread_mutex_unlock(&effects->lock);
        if (job != NULL) {
            carry(carrier, job);
            hand_back(carrier, job);
        } else {
            close_open(carrier);
        }
        pthread_mutex_lock(&effects->lock);
        carrier->is_closed |= is_to_close && job == NULL;
    }
    pthread_mutex_unlock(&effects->lock);
    close_open(carrier);
    json_thread_release();
    return NULL;
}

/* ---- on the effect thread */

static struct carrier *carrier_new(struct effects *effects, const char *name)
{
    struct error err;
    struct carrier *carrier = calloc(1, sizeof *carrier);
    if (carrier == NULL || (carrier->name = strdup(name)) == NULL)
        panic("out of memory (a thread for %s)", name);
    carrier->effects = effects;
    carrier->waiting_last = &carrier->waiting;
    pthread_cond_init(&carrier->work, NULL);
    if (journal_reader_open(engine_journal(effects->engine), &carrier->reader, &err) < 0)
        panic("the journal cannot be read: %s", err.message);
    if (pthread_create(&carrier->thread, NULL, carrier_main, carrier) != 0)
        panic("no thread can be had for %s", name);
    carrier->next = effects->carriers;
    effects->carriers = carrier;
    return carrier;
}

static struct carrier *find_carrier(struct effects *effects, struct outlet *outlet)
{
    const char *name = outlet->place.declared->name;
    if (outlet->carrier != NULL)
        return outlet->carrier;
    struct carrier *carrier = effects->carriers;
    while (carrier != NULL && strcmp(carrier->name, name) != 0)
        carrier = carrier->next;
    outlet->carrier = carrier != NULL ? carrier : carrier_new(effects, name);
    return outlet->carrier;
}

static void hold(struct carrier *carrier, struct outlet *outlet)
{
    if (carrier->held != NULL)
        carrier->held->edition->uses--;
    carrier->held = outlet;
    if (outlet != NULL)
        outlet->edition->uses++;
}

/* The next job, when it has none. */
static void give(struct carrier *carrier)
{
    struct effects *effects = carrier->effects;
    struct job *job = carrier->waiting;
    if (job == NULL || carrier->job != NULL)
        return;
    carrier->waiting = job->next;
    if (carrier->waiting == NULL)
        carrier->waiting_last = &carrier->waiting;
    job->next = NULL;
    pthread_mutex_lock(&effects->lock);
    carrier->job = job;
    carrier->is_new = true;
    pthread_cond_signal(&carrier->work);
    pthread_mutex_unlock(&effects->lock);
}

static void append(struct carrier *carrier, struct job *job)
{
    job->next = NULL;
    *carrier->waiting_last = job;
    carrier->waiting_last = &job->next;
}

static struct job *find_last(const struct carrier *carrier)
{
    struct job *last = carrier->waiting;
    while (last != NULL && last->next != NULL)
        last = last->next;
    return last;
}

void carrier_add(struct effects *effects, struct outlet *outlet,
                 const struct engine_delivery *delivery)
{
    struct carrier *carrier = find_carrier(effects, outlet);
    struct job *job = find_last(carrier);
    if (job == NULL || job->outlet != outlet || job->errand != NULL ||
        job->count == EFFECT_BATCH_MAX) {
        job = job_new(effects, outlet);
        job->each = true;
        append(carrier, job);
    }
    job_add(job, delivery);
}

void carrier_put(struct effects *effects, struct job *job)
{
    append(find_carrier(effects, job->outlet), job);
}

/* A state of a release that is no longer in force is closed when there is nothing to carry. */
static void close_old(struct carrier *carrier)
{
    struct effects *effects = carrier->effects;
    pthread_mutex_lock(&effects->lock);
    bool is_closed = carrier->is_closed;
    carrier->is_closed = false;
    if (!is_closed && carrier->job == NULL && carrier->held != NULL &&
        carrier->held->edition != effects->active && !carrier->is_to_close) {
        carrier->is_to_close = true;
        pthread_cond_signal(&carrier->work);
    }
    pthread_mutex_unlock(&effects->lock);
    if (is_closed && carrier->job == NULL)
        hold(carrier, NULL);
}

static void take_back(struct effects *effects)
{
    pthread_mutex_lock(&effects->lock);
    struct job *job = effects->carried;
    effects->carried = NULL;
    pthread_mutex_unlock(&effects->lock);
    while (job != NULL) {
        struct job *next = job->next;
        struct carrier *carrier = job->outlet->carrier;
        carrier->job = NULL;
        if (carrier->held != job->outlet)
            hold(carrier, job->outlet);
        job_settle(job);
        job = next;
    }
}

void carriers_run(struct effects *effects)
{
    if (effects->carriers == NULL)
        return;
    take_back(effects);
    for (struct carrier *carrier = effects->carriers; carrier != NULL; carrier = carrier->next) {
        close_old(carrier);
        give(carrier);
    }
}

void carriers_release(struct effects *effects)
{
    for (struct carrier *carrier = effects->carriers; carrier != NULL; carrier = carrier->next) {
        pthread_mutex_lock(&effects->lock);
        carrier->is_stopping = true;
        pthread_cond_signal(&carrier->work);
        pthread_mutex_unlock(&effects->lock);
        pthread_join(carrier->thread, NULL);
    }
    take_back(effects);
    while (effects->carriers != NULL) {
        struct carrier *carrier = effects->carriers;
        effects->carriers = carrier->next;
        if (carrier->job != NULL) /* given, and not begun */
            job_give_back(carrier->job);
        while (carrier->waiting != NULL) {
            struct job *job = carrier->waiting;
            carrier->waiting = job->next;
            job_give_back(job);
        }
        hold(carrier, NULL);
        journal_reader_close(carrier->reader);
        pthread_cond_destroy(&carrier->work);
        free(carrier->name);
        free(carrier);
    }
}
