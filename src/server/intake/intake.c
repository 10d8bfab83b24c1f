/* Leads that are posted: one as JSON, a form or a CloudEvent, several in one body, or streams of
 * them (batch.c). Whatever arrives whole from somebody who may send is either a lead or a dead
 * letter before it is answered. */
#include "server/intake/intake.h"

#include "base/id.h"
#include "contract/header.h"
#include "server/access/cors.h"
#include "server/intake/batch.h"
#include "server/intake/feed.h"
#include "server/intake/inbound_headers.h"
#include "server/intake/inflate.h"
#include "server/intake/submission.h"
#include "server/intake/traffic.h"
#include "server/internal.h"
#include "server/media.h"

#include <inttypes.h>

/* ---- what all kinds of intake share */

void intake_reception(struct request *request, struct bytes key, struct reception *ret)
{
    const struct intake *intake = request->intake;
    *ret = (struct reception){.release = request->submission.release,
                              .source = intake->source,
                              .declared = intake->version,
                              .actor = request->caller.name,
                              .key = key,
                              .scratch = scratch_pool_take(request->server->scratches)};
    intake_rollout(request->server, ret);
}

void intake_rollout(struct server *server, struct reception *reception)
{
    if (reception->release->sources[reception->source].contract_count > 0)
        engine_rollout(server->engine, reception->release, reception->source, &reception->rollout);
}

void intake_count(const struct intake *intake, const struct received *received)
{
    enum traffic_outcome outcome = TRAFFIC_LEAD;
    if (received->outcome == RECEPTION_REFUSED)
        outcome = TRAFFIC_REFUSED;
    else if (received->outcome == RECEPTION_SKIPPED)
        outcome = received->reason == reception_honeypot ? TRAFFIC_HONEYPOT : TRAFFIC_SKIPPED;
    traffic_count(intake->traffic, outcome);
}

bool intake_admit(const struct intake *intake, struct problem *problem)
{
    const struct policy_source *source = intake->declaration;
    uint32_t wait_s;
    if (traffic_admit(intake->traffic, source, &wait_s))
        return true;
    problem_set(problem, PROBLEM_RATE_LIMITED,
                "the source \"%s\" may send %" PRIu32 " record%s a second, and %" PRIu32
                " at once; wait %" PRIu32 " s",
                source->name, source->rate, source->rate == 1 ? "" : "s",
                source->burst > 0 ? source->burst : source->rate, wait_s);
    problem->retry_after_s = wait_s;
    return false;
}

/* ---- the headers */

static bool find_source(struct request *request)
{
    struct intake *intake = request->intake;
    struct policy_release *release = engine_release_ref(request->server->engine);
    request->submission.release = release;
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return false;
    }
    intake->source = submission_source(release, request->segments[0], &request->problem);
    if (intake->source == POLICY_NONE) {
        request_refuse_filled(request);
        return false;
    }
    intake->declaration = &release->sources[intake->source];
    intake->traffic = traffic_find(request->server->traffic, request->segments[0]);
    return true;
}

/* The version that the sender says it sends. One that is not there is no reason to turn the record
 * away: it is kept until there is one. */
static bool read_version(struct request *request)
{
    struct bytes text = request_header(request, "Contract-Version");
    uint64_t version;
    if (text.data == NULL)
        return true;
    if (!number_parse(text, &version) || version == 0 || version > UINT32_MAX) {
        request_refuse(request, PROBLEM_INVALID_HEADER,
                       "Contract-Version must be the number of a version, such as 2");
        return false;
    }
    request->intake->version = (uint32_t)version;
    return true;
}

static bool read_encoding(struct request *request, bool *ret_gzip)
{
    struct bytes encoding = request_header(request, "Content-Encoding");
    *ret_gzip = contract_header_is(encoding, "gzip") || contract_header_is(encoding, "x-gzip");
    if (*ret_gzip || encoding.size == 0 || contract_header_is(encoding, "identity"))
        return true;
    request_refuse(request, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                   "the body must be sent with `Content-Encoding: gzip`, or without one");
    return false;
}

static bool is_lines(struct bytes type)
{
    return media_type_is(type, "application/x-ndjson") || media_type_is(type, "application/ndjson");
}

static void begin_stream(struct request *request, bool gzip)
{
    const struct server_limits *limits = &request->server->limits;
    struct bytes type = request->intake->content_type;
    struct feed_options options = {.format = is_lines(type) ? FEED_LINES : FEED_CSV,
                                   .gzip = gzip,
                                   .record_max = limits->body_bytes,
                                   .bytes_max = limits->batch_bytes};
    struct bytes charset = contract_header_find(type, "charset", &request->arena);
    if (options.format == FEED_CSV && charset.data != NULL &&
        !contract_charset_find(charset, &options.charset)) {
        request_refuse(request, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                       "the charset \"%.*s\" is not read; send UTF-8, UTF-16 or windows-1252",
                       (int)(charset.size < 40 ? charset.size : 40), charset.data);
        return;
    }
    if (access_check_stream(request) && request_accepts(request, "application/x-ndjson"))
        batch_begin(request, &options);
}

static bool admit(struct request *request)
{
    if (intake_admit(request->intake, &request->problem))
        return true;
    request_refuse_filled(request);
    return false;
}

static size_t receive_gzip(struct request *request, struct bytes data);
static void dispose_gzip(struct request *request);

static void begin_body(struct request *request, bool gzip)
{
    struct intake *intake = request->intake;
    const struct policy_source *source = intake->declaration;
    bool redirects = intake->form && source->redirect[0] != '\0';
    if (!redirects && !request_accepts(request, "application/json"))
        return;
    /* What must be signed counts once it is known to be the sender's: nobody else uses up a rate.
     */
    if ((!request->signature_due && !admit(request)) || !gzip)
        return;
    intake->inflater = inflater_new();
    request->receive = receive_gzip;
    request->dispose = dispose_gzip;
}

void intake_begin(struct request *request)
{
    struct intake *intake = arena_zalloc(&request->arena, sizeof *intake);
    bool gzip;
    request->intake = intake;
    request->submission.command = (struct core_command){0};
    if (!access_check_source(request, request->segments[0]) || !find_source(request) ||
        !cors_check(request, intake->declaration) || !read_encoding(request, &gzip) ||
        !read_version(request))
        return;
    inbound_headers_read(request, &intake->headers, &intake->header_count);
    intake->content_type = request_header(request, "Content-Type");
    intake->form = contract_form_is_type(intake->content_type);
    if (contract_inbound_is_type(intake->headers, intake->header_count))
        begin_body(request, gzip);
    else if (is_lines(intake->content_type) || media_type_is(intake->content_type, "text/csv"))
        begin_stream(request, gzip);
    else
        request_refuse(request, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                       "send one lead as `Content-Type: application/json`, as a form or as a "
                       "CloudEvent; or many, as `application/x-ndjson` or `text/csv`");
}

/* ---- a body in gzip */

static size_t receive_gzip(struct request *request, struct bytes data)
{
    uint32_t most = request->server->limits.body_bytes;
    struct bytes rest = data, piece;
    struct error err;
    int status = 0;
    while (!request->body.overflow &&
           (status = inflater_next(request->intake->inflater, &rest, &piece, &err)) == 1)
        buffer_append_bytes(&request->body, piece);
    if (status < 0)
        request_refuse(request, PROBLEM_MALFORMED_ENCODING, "%s", err.message);
    else if (request->body.overflow || request->body_received + data.size > most)
        request_refuse(
            request, PROBLEM_BODY_TOO_LARGE,
            "the body is larger, inflated, than the %" PRIu32 " bytes that are allowed here", most);
    return data.size;
}

static void dispose_gzip(struct request *request)
{
    inflater_free(request->intake->inflater);
}

static bool end_gzip(struct request *request)
{
    struct intake *intake = request->intake;
    struct error err;
    if (intake->inflater == NULL)
        return true;
    int code = inflater_end(intake->inflater, &err);
    inflater_free(intake->inflater);
    intake->inflater = NULL;
    request->dispose = NULL;
    if (code < 0)
        request_refuse(request, PROBLEM_MALFORMED_ENCODING, "%s", err.message);
    return code == 0;
}

/* ---- the records of a body */

struct items {
    struct contract_inbound *items;
    size_t count, room;
};

static void add_item(struct arena *arena, struct items *items, const struct contract_inbound *item)
{
    if (items->count == items->room) {
        size_t room = items->room > 0 ? 2 * items->room : 16;
        struct contract_inbound *more = arena_array(arena, room, sizeof *more);
        if (items->count > 0)
            memcpy(more, items->items, items->count * sizeof *more);
        items->items = more;
        items->room = room;
    }
    items->items[items->count++] = *item;
}

/* A piece of a payload as a text of its own, which is how it is kept should it be refused: JSON, or
 * the event that it came in with the piece as its data. */
static void print_piece(struct arena *arena, struct contract_inbound *item, bool binary)
{
    struct buffer text;
    struct json_writer json;
    bool wrapped = item->event != NULL && !binary;
    buffer_init(&text, 64 * 1024 * 1024);
    json_begin(&json, &text);
    if (wrapped) {
        json_object_open(&json);
        for (uint32_t i = 0; i < item->event->count; i++) {
            json_key_bytes(&json, item->event->members[i].name);
            contract_instance_write(&item->event->members[i].value, &json);
        }
        json_key(&json, "data");
    }
    contract_instance_write(item->payload, &json);
    if (wrapped)
        json_object_close(&json);
    item->text = arena_copy(arena, buffer_bytes(&text));
    item->media_type =
        wrapped ? BYTES_LITERAL("application/cloudevents+json") : BYTES_LITERAL("application/json");
    item->form = NULL;
    buffer_release(&text);
}

/* The records in a payload, as vendors send them. */
static void split_item(struct request *request, const struct reception *reception,
                       const struct contract_inbound *inbound, struct items *items)
{
    struct arena *arena = &request->arena;
    const struct intake *intake = request->intake;
    const struct policy_payload payload = {inbound->payload, inbound->event, inbound->texts},
                                *pieces = NULL;
    size_t count = 0;
    bool binary = contract_cloudevent_mode(intake->headers, intake->header_count) ==
                  CONTRACT_CLOUDEVENT_BINARY;
    if (inbound->payload != NULL)
        policy_edge_split(reception->release, reception->source, &payload, reception->scratch,
                          arena, &pieces, &count);
    if (count == 0 || (count == 1 && pieces[0].data == payload.data)) {
        add_item(arena, items, inbound);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct contract_inbound item = *inbound;
        item.payload = pieces[i].data;
        item.key = (struct bytes){0}; /* it is of all pieces together */
        print_piece(arena, &item, binary);
        add_item(arena, items, &item);
    }
}

static void read_items(struct request *request, const struct reception *reception,
                       struct items *items)
{
    const struct intake *intake = request->intake;
    const struct contract_limits limits = {.size = request->server->limits.body_bytes,
                                           .depth = RECEPTION_DEPTH_MAX};
    struct contract_inbounds inbounds;
    contract_inbound_read(intake->headers, intake->header_count, buffer_bytes(&request->body),
                          &limits, &request->arena, &inbounds);
    for (size_t i = 0; i < inbounds.count; i++)
        split_item(request, reception, &inbounds.items[i], items);
}

/* ---- answers */

/* False: the answer is not a redirection. */
static bool redirect(struct request *request, const char *url)
{
    if (!request->intake->form || url[0] == '\0')
        return false;
    request->answer.status = 303;
    request->answer.where = url;
    request->answer.content_type = NULL;
    request->answer.version = request->answer.location = 0;
    buffer_clear(&request->answer.body);
    return true;
}

static void answer_skipped(struct request *request, const char *reason)
{
    if (redirect(request, request->intake->declaration->redirect))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "skipped", bytes_of(reason));
    json_object_close(json);
}

/* A record that was kept as a dead letter. */
static void answer_kept(struct request *request)
{
    const struct submission *submission = &request->submission;
    const struct engine_result *result = &submission->result;
    if (submission->command.type == CORE_REFUSE)
        request->problem = request->intake->received->problem;
    else
        submission_set_closed(result, &request->problem);
    request->problem.dead_letter = result->dead_letter;
    request_refuse_filled(request);
    request->answer.replayed = result->status == CORE_REPEATED;
    redirect(request, request->intake->declaration->redirect_error);
}

/* ---- the steps */

static void submit_one(struct request *request, const struct received *received)
{
    intake_count(request->intake, received);
    if (received->outcome == RECEPTION_SKIPPED) {
        answer_skipped(request, received->reason);
        return;
    }
    request->submission.command = received->command;
    if (received->outcome == RECEPTION_REFUSED)
        request->submission.command.refuse.headers = inbound_headers_print(request);
    request_submit(request);
}

static bool is_plain_json(const struct intake *intake)
{
    return intake->header_count == 1 && media_type_is(intake->content_type, "application/json");
}

void intake_run(struct request *request)
{
    struct intake *intake = request->intake;
    struct arena *arena = &request->arena;
    struct reception reception;
    struct items items = {0};
    struct bytes key;
    bool admitted = !request->signature_due;
    if (request->state != NULL) {
        batch_run(request);
        return;
    }
    if (!end_gzip(request) || !access_check_signature(request, buffer_bytes(&request->body)) ||
        (!admitted && !admit(request)) || !request_key(request, &key))
        return;
    struct received *received = intake->received = arena_alloc(arena, sizeof *received);
    intake_reception(request, key, &reception);
    bool read = is_plain_json(intake) &&
                reception_read_text(&reception, buffer_bytes(&request->body), 0, arena, received);
    if (!read)
        read_items(request, &reception, &items);
    if (items.count == 1)
        reception_read(&reception, &items.items[0], 0, 0, arena, received);
    scratch_pool_give_back(request->server->scratches, reception.scratch);
    if (items.count > 1)
        batch_run_items(request, items.items, items.count, key);
    else
        submit_one(request, received);
}

void intake_finish(struct request *request)
{
    const struct submission *submission = &request->submission;
    if (request->state != NULL) {
        batch_finish(request);
        return;
    }
    if (submission_accepted(&submission->result, &request->problem) &&
        submission_is_kept(&submission->result)) {
        answer_kept(request);
        return;
    }
    submission_finish(request);
    if (request->answer.status < 300)
        redirect(request, request->intake->declaration->redirect);
}
