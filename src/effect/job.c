/* One attempt: its messages, the conversation of its kind, its receipt. */
#include "effect/internal.h"

#include <stdlib.h>
#include <strings.h>

struct job *job_new(struct effects *effects, struct outlet *outlet)
{
    struct job *job = effects->idle;
    if (job != NULL) {
        effects->idle = job->next;
        effects->idle_count--;
        job->next = NULL;
    } else {
        job = calloc(1, sizeof *job);
        if (job == NULL)
            panic("out of memory (an attempt)");
        arena_init(&job->arena);
    }
    job->effects = effects;
    job->outlet = outlet;
    outlet->edition->uses++;
    effects->under_way++;
    return job;
}

void job_free(struct job *job)
{
    enum { IDLE_MAX = 1024, DELIVERIES_KEPT = 16 };
    struct effects *effects = job->effects;
    effects->under_way--;
    job->outlet->edition->uses--;
    if (effects->idle_count >= IDLE_MAX || job->capacity > DELIVERIES_KEPT) {
        arena_release(&job->arena);
        free(job->deliveries);
        free(job);
        return;
    }
    arena_reset(&job->arena);
    struct arena arena = job->arena;
    struct engine_delivery *deliveries = job->deliveries;
    size_t capacity = job->capacity;
    *job = (struct job){
        .next = effects->idle, .arena = arena, .deliveries = deliveries, .capacity = capacity};
    effects->idle = job;
    effects->idle_count++;
}

void job_add(struct job *job, const struct engine_delivery *delivery)
{
    if (job->count == job->capacity) {
        job->capacity = job->capacity == 0 ? 1 : 2 * job->capacity;
        job->deliveries = reallocarray(job->deliveries, job->capacity, sizeof *job->deliveries);
        if (job->deliveries == NULL)
            panic("out of memory (%zu deliveries)", job->capacity);
    }
    job->deliveries[job->count++] = *delivery;
}

/* ---- messages */

void job_prepare(struct job *job)
{
    size_t count = job->each ? job->count : 1;
    job->begun_us = http_clock_us();
    job->attempt = (struct effect_attempt){.arena = &job->arena,
                                           .now_us = engine_now_us(job->effects->engine)};
    job->receipts = arena_array(&job->arena, count > 0 ? count : 1, sizeof *job->receipts);
    if (job->errand != NULL)
        errand_prepare(job);
}

static void fail_load(struct job *job, size_t index, int code, const struct error *err)
{
    job->messages[index].number = 0;
    job->receipts[job->each ? index : 0] = (struct core_receipt){
        .outcome = code == ML_ENOTFOUND ? CORE_OUTCOME_PERMANENT : CORE_OUTCOME_TRANSIENT,
        .reason = bytes_of(arena_printf(&job->arena, "the message cannot be read: %s: %s",
                                        err->place, err->message)),
    };
}

/* It was decided when the name stood for something else: who only answers is told nothing, and who
 * only listens knows nothing. */
static int check_purpose(const struct job *job, const struct engine_delivery *delivery,
                         struct error *err)
{
    const struct policy_destination *declared = job->outlet->place.declared;
    if ((delivery->purpose == POLICY_ENRICH) == declared->provider)
        return 0;
    return error_set(err, ML_ENOTFOUND, declared->name,
                     declared->provider ? "this is a provider now, and no destination"
                                        : "this is a destination now, and no provider");
}

bool job_load(struct job *job, struct journal_reader *reader)
{
    struct error err;
    bool is_whole = true;
    job->messages = arena_array(&job->arena, job->count, sizeof *job->messages);
    job->pointers =
        (const struct effect_message **)arena_array(&job->arena, job->count, sizeof *job->pointers);
    for (size_t i = 0; i < job->count; i++) {
        job->pointers[i] = &job->messages[i];
        int code = check_purpose(job, &job->deliveries[i], &err);
        if (code == 0)
            code = effect_message_load(job->effects->engine, reader, &job->deliveries[i],
                                       &job->arena, &job->messages[i], &err);
        if (code < 0)
            fail_load(job, i, code, &err);
        is_whole &= code == 0;
    }
    job->attempt.messages = job->pointers;
    job->attempt.count = job->count;
    return is_whole;
}

void job_fail(struct job *job, enum core_outcome outcome, const char *sentence)
{
    size_t count = job->each ? job->count : 1;
    for (size_t i = 0; i < count; i++)
        job->receipts[i] = (struct core_receipt){.outcome = outcome, .reason = bytes_of(sentence)};
}

void job_give_back(struct job *job)
{
    for (size_t i = 0; i < job->count; i++)
        engine_give_back(job->effects->engine, job->deliveries[i].number);
    if (job->errand != NULL)
        errand_settle(job);
    else
        job_free(job);
}

/* ---- the conversation */

static bool is_provider_cached(const struct job *job)
{
    return job->outlet->place.declared->cache_us > 0;
}

/* What was asked already is answered from memory. */
static bool answer_from_cache(struct job *job, struct effect_answer *ret)
{
    job->cache_key = (struct hash128){0};
    if (!is_provider_cached(job) || job->request.cache_key.size == 0)
        return false;
    job->cache_key = cache_key_of(job->outlet->place.declared->name, job->request.cache_key);
    return cache_find(&job->effects->cache, job->cache_key, job->attempt.now_us, &job->arena, ret);
}

static void keep_answer(struct job *job, const struct effect_answer *answer)
{
    if (answer == NULL || !job->asked || hash128_is_none(job->cache_key) ||
        job->receipts[0].outcome != CORE_OUTCOME_OK)
        return;
    cache_put(&job->effects->cache, job->cache_key, answer,
              job->attempt.now_us + job->outlet->place.declared->cache_us);
}

/* Not those that everybody may know. */
static bool may_be_secret(const struct effect_header *header)
{
    static const char *const known[] = {"accept",     "content-type",      "idempotency-key",
                                        "webhook-id", "webhook-timestamp", "webhook-signature"};
    enum { SHORTEST = 8 }; /* what is shorter is found everywhere */
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (header->name.size == strlen(known[i]) &&
            strncasecmp(header->name.data, known[i], header->name.size) == 0)
            return false;
    return header->value.size >= SHORTEST;
}

/* Some answer with all that they were asked. */
static void note_secrets(struct job *job)
{
    for (size_t i = 0; i < job->request.header_count && job->secret_count < JOB_SECRETS_MAX; i++) {
        const struct effect_header *header = &job->request.headers[i];
        if (!may_be_secret(header))
            continue;
        const char *blank = memrchr(header->value.data, ' ', header->value.size); /* "Bearer …" */
        size_t from = blank != NULL ? (size_t)(blank - header->value.data) + 1 : 0;
        job->secrets[job->secret_count++] = arena_copy(
            &job->arena, (struct bytes){header->value.data + from, header->value.size - from});
    }
}

static void ask(struct job *job)
{
    const struct policy_destination *declared = job->outlet->place.declared;
    int64_t spent_us = job->errand == NULL ? http_clock_us() - job->begun_us : 0;
    const char *mesh = job->effects->mesh_directory, *ca_file = job->request.ca_file;
    if (ca_file != NULL && ca_file[0] != '/' && mesh[0] != '\0')
        job->request.ca_file = arena_printf(&job->arena, "%s/%s", mesh, ca_file);
    job->asked = true;
    note_secrets(job);
    job->transfer = (struct http_transfer){
        .request = &job->request,
        .arena = &job->arena,
        .timeout_us = declared->timeout_us - spent_us,
        .private_network = declared->private_network,
        .context = job,
    };
    http_begin(job->effects->http, &job->transfer);
}

/* Requests of one listing or poll: pages. */
enum { ERRAND_TURNS_MAX = 10000 };

/* Goes on until somebody has to be waited for, or it is over. */
static void converse(struct job *job, const struct effect_answer *answer)
{
    struct outlet *outlet = job->outlet;
    struct effect_answer known;
    while (true) {
        job->request = (struct effect_request){0};
        job->receipts[0] = (struct core_receipt){0};
        enum effect_step step = outlet->kind->converse(outlet->state, &outlet->place, &job->attempt,
                                                       answer, &job->request, &job->receipts[0]);
        if (step == EFFECT_DONE) {
            keep_answer(job, answer);
            break;
        }
        if (++job->turns > (job->errand == NULL ? EFFECT_TURNS_MAX : ERRAND_TURNS_MAX)) {
            job_fail(job, CORE_OUTCOME_TRANSIENT, "it took too many requests");
            break;
        }
        if (!answer_from_cache(job, &known)) {
            ask(job);
            return;
        }
        job->cached = true;
        answer = &known;
    }
    job_settle(job);
}

void job_begin(struct job *job)
{
    struct error err = {0};
    struct outlet *outlet = job->outlet;
    job_prepare(job);
    if (job->errand == NULL && !job_load(job, job->effects->reader)) {
        job_settle(job);
        return;
    }
    if (outlet_open(job->effects, outlet, &err) < 0) {
        job_fail(job, CORE_OUTCOME_TRANSIENT, arena_string(&job->arena, bytes_of(err.message)));
        job_settle(job);
        return;
    }
    converse(job, NULL);
}

void job_answered(struct job *job)
{
    const struct http_transfer *transfer = &job->transfer;
    if (transfer->end == HTTP_ANSWERED) {
        struct effect_answer answer = transfer->answer;
        converse(job, &answer);
        return;
    }
    struct bytes reason = transfer->reason;
    if (transfer->end == HTTP_REFUSED)
        reason = bytes_of(arena_printf(&job->arena, "it cannot be sent: %.*s", BYTES_ARG(reason)));
    job->receipts[0] = (struct core_receipt){
        .outcome = transfer->end == HTTP_REFUSED ? CORE_OUTCOME_PERMANENT : CORE_OUTCOME_TRANSIENT,
        .status = transfer->answer.status,
        .reason = reason,
    };
    job_settle(job);
}

void job_settle(struct job *job)
{
    size_t count = job->each ? job->count : 1;
    for (size_t i = 0; i < count; i++) {
        struct core_receipt *receipt = &job->receipts[i];
        receipt->started_us = job->attempt.now_us;
        if (receipt->took_us == 0)
            receipt->took_us = http_clock_us() - job->begun_us;
        receipt->cached = job->cached && !job->asked;
        receipt->release = job->outlet->place.release;
        receipt->arena = &job->arena;
        effect_receipt_clean(receipt, &job->arena);
        effect_receipt_hide(receipt, job->secrets, job->secret_count);
    }
    if (job->errand != NULL) {
        errand_settle(job);
    } else {
        errand_note_written(job);
        receipts_add(job->effects, job);
    }
}
