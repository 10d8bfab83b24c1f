/* What is told together: deliveries of a digest for one target wait a moment for each other. */
#include "effect/internal.h"

/* For others that the engine hands out at the same time. */
#define GATHER_US INT64_C(200000)

static struct job *find(const struct effects *effects, const struct outlet *outlet,
                        const struct engine_delivery *delivery)
{
    for (struct job *job = effects->digests; job != NULL; job = job->next)
        if (job->outlet == outlet && job->deliveries[0].purpose == delivery->purpose &&
            strcmp(job->deliveries[0].target, delivery->target) == 0)
            return job;
    return NULL;
}

static size_t digest_max(const struct effects *effects)
{
    size_t most = effects->options.batch_max;
    return most < EFFECT_DIGEST_MAX ? most : EFFECT_DIGEST_MAX;
}

void gather_add(struct effects *effects, struct outlet *outlet,
                const struct engine_delivery *delivery)
{
    struct job *job = find(effects, outlet, delivery);
    if (job == NULL) {
        job = job_new(effects, outlet);
        job->due_us = http_clock_us() + GATHER_US;
        job->next = effects->digests;
        effects->digests = job;
    }
    job_add(job, delivery);
    if (job->count == digest_max(effects))
        job->due_us = 0;
}

void gather_run(struct effects *effects, int64_t now_us)
{
    for (struct job **at = &effects->digests; *at != NULL;) {
        struct job *job = *at;
        if (job->due_us > now_us) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        job->next = NULL;
        job_begin(job);
    }
}

int64_t gather_due_us(const struct effects *effects)
{
    int64_t due_us = INT64_MAX;
    for (const struct job *job = effects->digests; job != NULL; job = job->next)
        due_us = job->due_us < due_us ? job->due_us : due_us;
    return due_us;
}
