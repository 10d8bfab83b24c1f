/* Records, read. What cannot be a lead becomes a command as well, so that nothing that arrived is
 * lost. */
#include "server/intake/reception.h"

#include "contract/header.h"
#include "server/intake/submission.h"

#include <pthread.h>
#include <stdlib.h>

const char reception_honeypot[] = "honeypot";

static const struct policy_source *source_of(const struct reception *reception)
{
    return &reception->release->sources[reception->source];
}

/* ---- keys */

/* The sender's own id of a record. */
static void set_record_key(struct core_command *command, struct bytes source, struct bytes key,
                           struct bytes content)
{
    const struct bytes pieces[] = {BYTES_LITERAL("record"), source, key};
    if (key.size == 0)
        return;
    command->idempotency = hash128_of(pieces, sizeof pieces / sizeof *pieces);
    command->fingerprint = hash128_of(&content, 1).low;
    command->key_of_record = true;
}

/* A replay has no key of the sender's: the dead letter itself keeps it from being done twice. */
static void set_key(const struct reception *reception, struct bytes content, uint64_t line,
                    struct bytes record_key, struct core_command *command)
{
    struct bytes source = bytes_of(source_of(reception)->name);
    if (command->dead_letter != 0)
        return;
    if (reception->key.size > 0)
        submission_set_key(command, source, reception->key, line, content);
    else
        set_record_key(command, source, record_key, content);
}

/* ---- refusals */

static struct bytes print_errors(const struct policy_problems *problems, struct arena *arena)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, 1024 * 1024);
    json_begin(&json, &text);
    json_array_open(&json);
    for (size_t i = 0; i < problems->count; i++) {
        const struct policy_problem *problem = &problems->items[i];
        json_object_open(&json);
        json_member(&json, "pointer", bytes_of(problem->pointer));
        json_member_if(&json, "rule", bytes_of(problem->rule));
        json_member(&json, "message", bytes_of(problem->message));
        json_object_close(&json);
    }
    json_array_close(&json);
    struct bytes errors =
        text.overflow ? BYTES_LITERAL("[]") : arena_copy(arena, buffer_bytes(&text));
    buffer_release(&text);
    return errors;
}

/* `problems` are what ret->problem holds. */
static void refuse(const struct reception *reception, const struct contract_inbound *inbound,
                   uint32_t contract, struct bytes violation, struct arena *arena,
                   struct received *ret)
{
    const struct policy_problems *problems = &ret->problem.errors;
    struct core_command *command = &ret->command;
    ret->outcome = RECEPTION_REFUSED;
    command->type = CORE_REFUSE;
    command->refuse.release = reception->release;
    command->refuse.source = reception->source;
    command->refuse.contract = contract;
    command->refuse.violation = violation;
    command->refuse.message = bytes_of(problems->items[0].message);
    command->refuse.errors = print_errors(problems, arena);
    if (command->dead_letter != 0)
        return;
    command->refuse.media_type = inbound->media_type;
    command->refuse.headers = reception->headers;
    command->refuse.payload = inbound->text;
}

static void set_single_problem(struct received *ret, const char *pointer, const char *message)
{
    ret->problem.errors.items[0] = (struct policy_problem){pointer, message, NULL};
    ret->problem.errors.count = 1;
}

static bool type_is(struct bytes media_type, const char *type)
{
    struct bytes rest;
    return contract_header_is(contract_header_head(media_type, &rest), type);
}

/* What the record should have been, for the kind of its violation. */
static const char *format_of(const struct contract_inbound *inbound)
{
    if (contract_form_is_type(inbound->media_type))
        return "form";
    if (type_is(inbound->media_type, "text/csv"))
        return "CSV";
    /* Events have their mistakes in headers and members, JSON in lines. */
    if (inbound->error->place[0] == '/' || strncmp(inbound->error->place, "ce-", 3) == 0 ||
        type_is(inbound->media_type, "application/cloudevents-batch+json"))
        return "CloudEvent";
    if (strcmp(inbound->error->place, "Content-Type") == 0)
        return "type";
    return "JSON";
}

static void refuse_unreadable(const struct reception *reception,
                              const struct contract_inbound *inbound, struct arena *arena,
                              struct received *ret)
{
    const struct error *error = inbound->error;
    const char *format = format_of(inbound);
    bool no_json = strcmp(format, "JSON") == 0;
    problem_set(&ret->problem, no_json ? PROBLEM_MALFORMED_JSON : PROBLEM_UNREADABLE, "%s%s%s",
                error->message, error->place[0] != '\0' ? ", at " : "", error->place);
    set_single_problem(ret, error->place[0] == '/' ? error->place : "",
                       arena_string(arena, bytes_of(ret->problem.detail)));
    refuse(reception, inbound, 0, bytes_of(arena_printf(arena, "unreadable: %s", format)), arena,
           ret);
}

static void refuse_version(const struct reception *reception,
                           const struct contract_inbound *inbound, const char *message,
                           struct arena *arena, struct received *ret)
{
    problem_set(&ret->problem, PROBLEM_INVALID_LEAD, "%s", message);
    set_single_problem(ret, "", message);
    refuse(reception, inbound, 0, BYTES_LITERAL("unknown contract version"), arena, ret);
}

static void refuse_problems(const struct reception *reception,
                            const struct contract_inbound *inbound,
                            const struct policy_edge_result *result, struct arena *arena,
                            struct received *ret)
{
    size_t count = result->problems.count + result->problems.more;
    problem_set(&ret->problem, PROBLEM_INVALID_LEAD,
                "the record has %zu mistake%s; it is kept as a dead letter", count,
                count == 1 ? "" : "s");
    ret->problem.errors = result->problems;
    refuse(reception, inbound, result->version, policy_edge_violation(&result->problems, arena),
           arena, ret);
}

/* ---- leads */

static void submit(const struct reception *reception, const struct cel_value *values,
                   uint32_t contract, struct arena *arena, struct received *ret)
{
    struct core_command *command = &ret->command;
    ret->outcome = RECEPTION_LEAD;
    command->type = CORE_SUBMIT;
    command->submit.release = reception->release;
    command->submit.source = reception->source;
    command->submit.values = values;
    command->submit.contract = contract;
    command->submit.key_kind = policy_business_key(reception->release, reception->source, values,
                                                   arena, &command->submit.key);
    core_submit_prepare(command, arena);
}

/* ---- honeypots */

static bool is_filled(const struct contract_instance *value)
{
    if (value->kind == CONTRACT_STRING)
        return value->text.size > 0;
    if (value->kind == CONTRACT_ARRAY)
        return value->count > 0;
    return value->kind != CONTRACT_NULL;
}

/* The payload without the source's honeypot, which is no field of the lead. False: somebody who
 * does not see the page has filled it in. */
static bool pass_honeypot(const struct policy_source *source, struct arena *arena,
                          const struct contract_instance **payload)
{
    const struct contract_instance *data = *payload;
    struct bytes name = bytes_of(source->honeypot);
    const struct contract_instance *found =
        name.size > 0 ? contract_instance_find(data, name) : NULL;
    if (found == NULL)
        return true;
    if (is_filled(found))
        return false;
    struct contract_member *members = arena_array(arena, data->count, sizeof *members);
    struct contract_instance *rest = arena_zalloc(arena, sizeof *rest);
    size_t count = 0;
    for (uint32_t i = 0; i < data->count; i++)
        if (!bytes_equal(data->members[i].name, name))
            members[count++] = data->members[i];
    if (contract_instance_object(members, count, arena, rest, NULL) < 0)
        panic("names that were unique are not");
    *payload = rest;
    return true;
}

/* ---- records */

static void skip(struct received *ret, const char *reason)
{
    ret->outcome = RECEPTION_SKIPPED;
    ret->reason = reason;
}

/* What the candidate of a source makes of a record that the active version has read. */
static struct bytes compare(const struct reception *reception, const struct policy_payload *payload,
                            const struct policy_edge_result *result, struct arena *arena)
{
    const struct policy_rollout *rollout = &reception->rollout;
    if (rollout->mode != POLICY_SHADOW || result->version != rollout->active ||
        policy_contract_find(source_of(reception), rollout->candidate) == NULL)
        return (struct bytes){0};
    return policy_edge_shadow(reception->release, reception->source, rollout->candidate, payload,
                              result, reception->scratch, arena);
}

/* What makes a repeat the same: the bytes, or where they are others each time, because forms in
 * parts are sent with a boundary that is made up anew, the fields. */
static struct bytes content_of(const struct contract_inbound *inbound, struct arena *arena)
{
    struct buffer text;
    struct json_writer json;
    if (inbound->form == NULL || !type_is(inbound->media_type, "multipart/form-data"))
        return inbound->text;
    buffer_init(&text, 64 * 1024 * 1024);
    json_begin(&json, &text);
    contract_instance_write(inbound->payload, &json);
    struct bytes content = arena_copy(arena, buffer_bytes(&text));
    buffer_release(&text);
    return content;
}

static void read_payload(const struct reception *reception, const struct contract_inbound *inbound,
                         uint64_t line, struct arena *arena, struct received *ret)
{
    const char *problem;
    struct policy_edge_result result;
    struct bytes content = content_of(inbound, arena);
    struct policy_payload payload = {inbound->payload, inbound->event, inbound->texts};
    if (!pass_honeypot(source_of(reception), arena, &payload.data)) {
        skip(ret, reception_honeypot);
        return;
    }
    uint32_t version =
        policy_edge_version(source_of(reception), &reception->rollout, reception->declared,
                            inbound->key.size > 0 ? inbound->key : content, arena, &problem);
    if (problem != NULL) {
        refuse_version(reception, inbound, problem, arena, ret);
        set_key(reception, content, line, inbound->key, &ret->command);
        return;
    }
    policy_edge_read(reception->release, reception->source, version, &payload, reception->scratch,
                     arena, &result);
    if (result.outcome == POLICY_EDGE_SKIPPED) {
        skip(ret, result.skip_reason);
        return;
    }
    struct bytes shadow = compare(reception, &payload, &result, arena);
    if (result.outcome == POLICY_EDGE_REFUSED) {
        refuse_problems(reception, inbound, &result, arena, ret);
        ret->command.refuse.shadow = shadow;
    } else {
        submit(reception, result.values, result.version, arena, ret);
        ret->command.submit.shadow = shadow;
    }
    set_key(reception, content, line, result.key.size > 0 ? result.key : inbound->key,
            &ret->command);
}

static void begin(const struct reception *reception, uint64_t dead_letter, struct received *ret)
{
    ret->command = (struct core_command){.actor = reception->actor, .dead_letter = dead_letter};
    ret->reason = NULL;
}

void reception_read(const struct reception *reception, const struct contract_inbound *inbound,
                    uint64_t line, uint64_t dead_letter, struct arena *arena, struct received *ret)
{
    begin(reception, dead_letter, ret);
    if (inbound->payload != NULL) {
        read_payload(reception, inbound, line, arena, ret);
        return;
    }
    refuse_unreadable(reception, inbound, arena, ret);
    set_key(reception, inbound->text, line, inbound->key, &ret->command);
}

bool reception_read_text(const struct reception *reception, struct bytes text, uint64_t line,
                         struct arena *arena, struct received *ret)
{
    const struct policy_source *source = source_of(reception);
    const struct policy_release *release = reception->release;
    if (source->contract_count > 0 || source->honeypot[0] != '\0' || reception->declared != 0)
        return false;
    struct cel_value *values =
        arena_alloc(arena, (release->schema.count + 1) * sizeof(struct cel_value));
    if (!policy_record_from_text(release, reception->source, text, arena, values))
        return false;
    begin(reception, 0, ret);
    submit(reception, values, 0, arena, ret);
    set_key(reception, text, line, (struct bytes){0}, &ret->command);
    return true;
}

void reception_read_json(const struct reception *reception, struct bytes text, uint64_t line,
                         struct arena *arena, struct received *ret)
{
    static const struct contract_limits limits = {.depth = RECEPTION_DEPTH_MAX};
    static const struct contract_header type = {BYTES_LITERAL("content-type"),
                                                BYTES_LITERAL("application/json")};
    struct contract_inbounds inbounds;
    if (reception_read_text(reception, text, line, arena, ret))
        return;
    contract_inbound_read(&type, 1, text, &limits, arena, &inbounds);
    reception_read(reception, &inbounds.items[0], line, 0, arena, ret);
}

/* ---- scratches */

enum { SCRATCHES_KEPT = 16 };

struct scratch_pool {
    pthread_mutex_t lock;
    struct policy_edge_scratch *kept[SCRATCHES_KEPT];
    size_t count;
};

struct scratch_pool *scratch_pool_new(void)
{
    struct scratch_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        panic("out of memory (scratches)");
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void scratch_pool_free(struct scratch_pool *pool)
{
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->count; i++)
        policy_edge_scratch_free(pool->kept[i]);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

struct policy_edge_scratch *scratch_pool_take(struct scratch_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct policy_edge_scratch *scratch = pool->count > 0 ? pool->kept[--pool->count] : NULL;
    pthread_mutex_unlock(&pool->lock);
    return scratch != NULL ? scratch : policy_edge_scratch_new();
}

void scratch_pool_give_back(struct scratch_pool *pool, struct policy_edge_scratch *scratch)
{
    pthread_mutex_lock(&pool->lock);
    bool keep = pool->count < SCRATCHES_KEPT;
    if (keep)
        pool->kept[pool->count++] = scratch;
    pthread_mutex_unlock(&pool->lock);
    if (!keep)
        policy_edge_scratch_free(scratch);
}
