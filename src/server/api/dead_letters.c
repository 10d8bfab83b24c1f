/* Looking at dead letters, and giving one up. */
#include "server/api/dead_letters.h"

#include "base/id.h"
#include "base/json.h"
#include "server/api/listing.h"
#include "server/api/members.h"
#include "server/intake/submission.h"
#include "server/internal.h"

enum { PAGE_DEFAULT = 100, CLUSTERS_CEILING = 16 * 1024 * 1024 };

enum { LIST_LIMIT = DEAD_LETTER_STATE + 1, LIST_BEFORE };
const char *const dead_letters_parameters[] = {"source", "contract", "violation", "state",
                                               "limit",  "before",   NULL};

enum { CLUSTERS_LIMIT = DEAD_LETTER_VIOLATION + 1 };
const char *const dead_letter_clusters_parameters[] = {"source", "contract", "violation", "limit",
                                                       NULL};

/* ---- what was asked for */

bool dead_letter_filter(struct request *request, struct store_dead_letter_filter *ret)
{
    uint64_t contract;
    bool any = request->parameters[DEAD_LETTER_CONTRACT].data == NULL;
    if (!request_number(request, DEAD_LETTER_CONTRACT, 0, UINT32_MAX, 0, &contract))
        return false;
    *ret = (struct store_dead_letter_filter){
        .source = request->parameters[DEAD_LETTER_SOURCE],
        .violation = request->parameters[DEAD_LETTER_VIOLATION],
        .contract = any ? -1 : (int64_t)contract,
    };
    return true;
}

bool dead_letter_filter_state(struct request *request, struct store_dead_letter_filter *ret)
{
    static const char *const states[] = {"open", "replayed", "merged", "discarded"};
    if (!dead_letter_filter(request, ret))
        return false;
    ret->state = request->parameters[DEAD_LETTER_STATE];
    return listing_check_word(request, DEAD_LETTER_STATE, states, sizeof states / sizeof *states);
}

static bool read_before(struct request *request, uint64_t *ret)
{
    struct bytes text = request->parameters[LIST_BEFORE];
    *ret = 0;
    if (text.data == NULL || dead_letter_id_parse(text, ret))
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER,
                   "`before` must be the id of a dead letter, such as D1024");
    return false;
}

static bool read_id(struct request *request, uint64_t *ret_number)
{
    struct bytes id = request->segments[0];
    if (dead_letter_id_parse(id, ret_number))
        return true;
    request_refuse(request, PROBLEM_NOT_FOUND,
                   "\"%.*s\" is no id of a dead letter; those look like \"D1024\"",
                   (int)(id.size > 40 ? 40 : id.size), id.data);
    return false;
}

/* ---- looking */

void dead_letters_run(struct request *request)
{
    struct error err;
    struct store_dead_letter_filter filter;
    uint64_t limit, before, next = 0;
    char id[LEAD_ID_TEXT_SIZE];
    if (!dead_letter_filter_state(request, &filter) || !read_before(request, &before) ||
        !request_number(request, LIST_LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    filter.before = before;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "dead_letters");
    int code = store_read_dead_letters(request->reader->store, &filter, (uint32_t)limit, json,
                                       &next, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    dead_letter_id_print(next, id);
    if (next != 0)
        json_member(json, "next", bytes_of(id));
    json_object_close(json);
    if (next != 0)
        request->answer.link = listing_next_link(request, limit, "before", id);
}

void dead_letter_run(struct request *request)
{
    struct error err;
    uint64_t number;
    if (!read_id(request, &number))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    int code = store_read_dead_letter(request->reader->store, number, json, &err);
    if (code != 0)
        request_refuse_error(request, code, &err);
}

/* What POST /v1/dead-letters/replay takes to replay this cluster and nothing else. */
static void add_replay(struct json_object *cluster)
{
    static const char *const members[] = {"source", "contract", "violation"};
    struct json_object *replay = json_object_new_object();
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_object_object_add(replay, members[i],
                               json_object_get(json_object_object_get(cluster, members[i])));
    json_object_object_add(cluster, "replay", replay);
}

static int read_clusters(struct request *request, const struct store_dead_letter_filter *filter,
                         uint32_t limit, struct json_object **ret, struct error *err)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, CLUSTERS_CEILING);
    json_begin(&json, &text);
    int code = store_read_dead_letter_clusters(request->reader->store, filter, limit, &json, err);
    if (code == 0)
        code = json_parse(buffer_bytes(&text), ret, err);
    buffer_release(&text);
    return code;
}

void dead_letter_clusters_run(struct request *request)
{
    struct error err;
    struct store_dead_letter_filter filter;
    JSON_AUTO *clusters = NULL;
    uint64_t limit;
    if (!dead_letter_filter(request, &filter) ||
        !request_number(request, CLUSTERS_LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    int code = read_clusters(request, &filter, (uint32_t)limit, &clusters, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    for (size_t i = 0; i < json_object_array_length(clusters); i++)
        add_replay(json_object_array_get_idx(clusters, i));
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "clusters");
    json_raw(json, bytes_of(json_object_to_json_string_ext(
                       clusters, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
    json_object_close(json);
}

/* ---- giving one up */

void dead_letter_discard_run(struct request *request)
{
    enum { REASON, MEMBERS };
    static const struct member members[MEMBERS] = {
        [REASON] = {"reason", MEMBER_TEXT, .required = true, .most = CORE_TEXT_MAX},
    };
    struct member_value values[MEMBERS];
    struct core_command *command = &request->submission.command;
    struct bytes key;
    *command = (struct core_command){.type = CORE_DISCARD, .actor = request->caller.name};
    if (!read_id(request, &command->dead_letter) || !request_key(request, &key) ||
        !members_read(request, members, MEMBERS, values))
        return;
    submission_set_key(command, request->path, key, 0, buffer_bytes(&request->body));
    command->discard.reason = values[REASON].text;
    request_submit(request);
}

void dead_letter_discard_finish(struct request *request)
{
    const struct engine_result *result = &request->submission.result;
    char id[LEAD_ID_TEXT_SIZE];
    if (!submission_accepted(result, &request->problem)) {
        request_refuse_filled(request);
        return;
    }
    dead_letter_id_print(request->submission.command.dead_letter, id);
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "dead_letter", bytes_of(id));
    json_member(json, "state", BYTES_LITERAL("discarded"));
    json_member_unsigned(json, "seq", result->seq);
    if (result->status == CORE_REPEATED)
        json_member_bool(json, "replayed", true);
    json_object_close(json);
    request->answer.replayed = result->status == CORE_REPEATED;
}
