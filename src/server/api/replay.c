/* POST /v1/dead-letters/replay: stored records go through the front door again. On a query thread:
 * each is read from the view, made a request's record again, read under the release and the rollout
 * in force now, and submitted; the core sees to it that none becomes a second lead. What is refused
 * again stays a dead letter, with its new mistakes. */
#include "server/api/dead_letters.h"

#include "base/id.h"
#include "base/json.h"
#include "server/api/gate.h"
#include "server/api/members.h"
#include "server/intake/reception.h"
#include "server/intake/submission.h"
#include "server/internal.h"

#include <inttypes.h>

enum {
    REPLAY_MAX = 1000,             /* of one call */
    GROUP_MAX = 64,                /* go to the engine together, */
    GROUP_BYTES = 4 * 1024 * 1024, /* unless they are that large before */
    RESULTS_CEILING = 48 * 1024 * 1024,
    RESULTS_FULL = 4 * 1024 * 1024, /* past so much, problems are told in one sentence */
    CONTRACT_MAX = 1000 * 1000,
    HEADERS_MAX = 64,
};

/* What became of one. */
enum outcome {
    OUTCOME_LEAD,
    OUTCOME_TOUCHPOINT,
    OUTCOME_REFUSED, /* again */
    OUTCOME_SKIPPED, /* its contract says now that it is no lead: it is over */
    OUTCOME_GONE,    /* was not open any more */
    OUTCOME_FAILED,  /* could not be tried; stays as it was */
    OUTCOMES,
};

static const struct {
    const char *name, *count;
} outcomes[OUTCOMES] = {
    [OUTCOME_LEAD] = {"lead", "leads"},
    [OUTCOME_TOUCHPOINT] = {"touchpoint", "touchpoints"},
    [OUTCOME_REFUSED] = {"refused", "refused"},
    [OUTCOME_SKIPPED] = {"skipped", "skipped"},
    [OUTCOME_GONE] = {"gone", "gone"},
    [OUTCOME_FAILED] = {"failed", "failed"},
};

struct replayed {
    uint64_t number;
    enum outcome outcome;
    const char *message; /* GONE, FAILED */
    const struct engine_result *result;
    struct store_dead_letter stored;
    struct reception reception;
    struct received received;
};

struct replay {
    struct request *request;
    struct policy_release *release; /* a reference */
    struct policy_edge_scratch *scratch;
    uint32_t read_as; /* version; 0: the one in force */
    bool dry_run;
    uint64_t *numbers; /* of the dead letters */
    size_t number_count;
    bool more; /* there are more that fit */
    size_t done;
    uint64_t counts[OUTCOMES];
    struct buffer results;
    struct json_writer json; /* into `results` */
    struct error stopped;    /* why the rest was not tried; no code: all were */
    struct gate gate;
    /* The group at work. */
    struct arena arena;
    struct replayed *group;
    size_t group_count;
    struct core_command *commands;
    struct engine_result *engine_results;
    size_t command_count;
};

/* A dry run: the engine's decisions are looked at in its results, and forgotten. */
static void look(struct engine_request *request, const struct core *core,
                 const struct core_decision *decision)
{
    (void)request;
    (void)core;
    (void)decision;
}

/* ---- which ones */

enum { IDS, SOURCE, CONTRACT, VIOLATION, ALL, AFTER, LIMIT, READ_AS, DRY_RUN, MEMBERS };

static bool take_ids(struct replay *replay, struct json_object *ids)
{
    for (size_t i = 0; i < json_object_array_length(ids); i++) {
        struct bytes id = json_text(json_object_array_get_idx(ids, i));
        if (!dead_letter_id_parse(id, &replay->numbers[i]))
            return members_refuse(replay->request,
                                  arena_printf(&replay->request->arena, "/ids/%zu", i),
                                  "must be the id of a dead letter, such as \"D1024\"");
    }
    replay->number_count = json_object_array_length(ids);
    return true;
}

static bool find(struct replay *replay, const struct member_value *values)
{
    const struct store_dead_letter_filter filter = {
        .source = values[SOURCE].text,
        .violation = values[VIOLATION].text,
        .contract = values[CONTRACT].present ? values[CONTRACT].integer : -1,
    };
    struct error err;
    uint64_t after = 0;
    size_t limit = values[LIMIT].present ? (size_t)values[LIMIT].integer : REPLAY_MAX;
    if (values[AFTER].present && !dead_letter_id_parse(values[AFTER].text, &after))
        return members_refuse(replay->request, "/after",
                              "must be `next` of the answer before, such as \"D1024\"");
    /* One more tells whether there are more. */
    int code = store_find_dead_letters(replay->request->reader->store, &filter, after, limit + 1,
                                       replay->numbers, &replay->number_count, &err);
    if (code != 0) {
        request_refuse_error(replay->request, code, &err);
        return false;
    }
    replay->more = replay->number_count > limit;
    if (replay->more)
        replay->number_count = limit;
    return true;
}

/* Reads the body into `replay` and finds the dead letters. False: it has been refused. */
static bool choose(struct replay *replay)
{
    static const struct member members[MEMBERS] = {
        [IDS] = {"ids", MEMBER_LIST, .most = REPLAY_MAX},
        [SOURCE] = {"source", MEMBER_TEXT, .most = 256},
        [CONTRACT] = {"contract", MEMBER_INTEGER, .least = 0, .most = CONTRACT_MAX},
        [VIOLATION] = {"violation", MEMBER_TEXT, .most = CORE_TEXT_MAX},
        [ALL] = {"all", MEMBER_BOOLEAN},
        [AFTER] = {"after", MEMBER_TEXT, .most = LEAD_ID_TEXT_SIZE},
        [LIMIT] = {"limit", MEMBER_INTEGER, .least = 1, .most = REPLAY_MAX},
        [READ_AS] = {"read_as", MEMBER_INTEGER, .least = 1, .most = CONTRACT_MAX},
        [DRY_RUN] = {"dry_run", MEMBER_BOOLEAN},
    };
    struct member_value values[MEMBERS];
    struct request *request = replay->request;
    if (!members_read(request, members, MEMBERS, values))
        return false;
    bool filtered = values[SOURCE].present || values[CONTRACT].present || values[VIOLATION].present;
    bool all = values[ALL].boolean;
    if (values[IDS].present + filtered + all != 1) {
        request_refuse(request, PROBLEM_INVALID_BODY,
                       "say which dead letters: {\"ids\": [\"D12\", …]}, or by \"source\", "
                       "\"contract\" and \"violation\", or {\"all\": true}; one of the three");
        return false;
    }
    replay->read_as = (uint32_t)values[READ_AS].integer;
    replay->dry_run = values[DRY_RUN].boolean;
    replay->numbers = arena_array(&request->arena, REPLAY_MAX + 1, sizeof *replay->numbers);
    gate_wait_view(&replay->gate, request->server->engine);
    return values[IDS].present ? take_ids(replay, values[IDS].json) : find(replay, values);
}

/* ---- a stored record as a request's */

/* The stored headers, with the media type by which the stored text is to be read. */
static size_t restore_headers(const struct replayed *one, struct json_object *stored,
                              struct contract_header *ret)
{
    size_t count = 0;
    if (one->stored.media_type.size > 0)
        ret[count++] =
            (struct contract_header){BYTES_LITERAL("content-type"), one->stored.media_type};
    if (!json_object_is_type(stored, json_type_object))
        return count;
    json_object_object_foreach(stored, name,
                               value) if (strcmp(name, "content-type") != 0 && count < HEADERS_MAX)
        ret[count++] = (struct contract_header){bytes_of(name), json_text(value)};
    return count;
}

/* The version that the sender said it sends. */
static uint32_t declared_version(const struct policy_source *source, struct json_object *headers)
{
    uint64_t version;
    struct bytes text = json_member_text(headers, "contract-version");
    bool known = number_parse(text, &version) && version <= UINT32_MAX &&
                 policy_contract_find(source, (uint32_t)version) != NULL;
    return known ? (uint32_t)version : 0;
}

/* By the version in force: a replay is not part of a canary. */
static void set_reception(struct replay *replay, struct replayed *one, uint32_t source,
                          struct json_object *headers)
{
    const struct policy_source *declaration = &replay->release->sources[source];
    one->reception = (struct reception){
        .release = replay->release,
        .source = source,
        .declared = replay->read_as != 0 ? replay->read_as : declared_version(declaration, headers),
        .actor = replay->request->caller.name,
        .headers = one->stored.headers,
        .scratch = replay->scratch,
    };
    struct policy_rollout *rollout = &one->reception.rollout;
    engine_rollout(replay->request->server->engine, replay->release, source, rollout);
    if (rollout->mode == POLICY_CANARY) {
        rollout->mode = POLICY_NO_CANDIDATE;
        rollout->candidate = rollout->share = 0;
    }
}

static void fail(struct replayed *one, enum outcome outcome, const char *message)
{
    one->outcome = outcome;
    one->message = message;
}

static void read_record(struct replay *replay, struct replayed *one, uint32_t source)
{
    static const struct contract_limits limits = {.depth = RECEPTION_DEPTH_MAX};
    struct contract_header headers[HEADERS_MAX];
    struct contract_inbounds inbounds;
    /* Copies in the arena: what is read must outlive this tree. */
    JSON_AUTO *stored = NULL;
    if (one->stored.headers.size > 0 && json_parse(one->stored.headers, &stored, NULL) != 0)
        stored = NULL;
    size_t count = restore_headers(one, stored, headers);
    for (size_t i = 0; i < count; i++) {
        headers[i].name = arena_copy(&replay->arena, headers[i].name);
        headers[i].value = arena_copy(&replay->arena, headers[i].value);
    }
    contract_inbound_read(headers, count, one->stored.payload, &limits, &replay->arena, &inbounds);
    if (inbounds.count != 1) {
        fail(one, OUTCOME_FAILED, "it holds several records; only the sender can send them again");
        return;
    }
    set_reception(replay, one, source, stored);
    reception_read(&one->reception, &inbounds.items[0], 0, one->number, &replay->arena,
                   &one->received);
}

/* A contract's own words, as long as a reason may be. */
static struct bytes skipped_reason(struct arena *arena, const char *words)
{
    struct bytes reason = bytes_of(arena_printf(arena, "skipped: %s", words));
    if (reason.size <= CORE_TEXT_MAX)
        return reason;
    reason.size = CORE_TEXT_MAX;
    while (((unsigned char)reason.data[reason.size] & 0xC0) == 0x80)
        reason.size--;
    return reason;
}

static void add_command(struct replay *replay, struct replayed *one)
{
    struct core_command *command = &replay->commands[replay->command_count];
    *command = one->received.command;
    if (one->received.outcome == RECEPTION_SKIPPED)
        *command = (struct core_command){
            .type = CORE_DISCARD,
            .actor = replay->request->caller.name,
            .dead_letter = one->number,
            .discard.reason = skipped_reason(&replay->arena, one->received.reason),
        };
    one->result = &replay->engine_results[replay->command_count++];
}

/* One dead letter into the group; an error when the view cannot be read. */
static int add_one(struct replay *replay, uint64_t number, struct error *err)
{
    struct replayed *one = &replay->group[replay->group_count++];
    *one = (struct replayed){.number = number};
    int code = store_fetch_dead_letter(replay->request->reader->store, number, &replay->arena,
                                       &one->stored, err);
    if (code == ML_ENOTFOUND) {
        fail(one, OUTCOME_GONE, "there is no such dead letter");
        return 0;
    }
    if (code != 0)
        return code;
    uint32_t source = policy_source_find(replay->release, one->stored.source);
    if (!one->stored.open)
        fail(one, OUTCOME_GONE, "it is not open any more");
    else if (source == POLICY_NONE)
        fail(one, OUTCOME_FAILED,
             arena_printf(&replay->arena, "the active mesh has no source \"%.*s\" any more",
                          BYTES_ARG(one->stored.source)));
    else if (replay->read_as != 0 &&
             policy_contract_find(&replay->release->sources[source], replay->read_as) == NULL)
        fail(one, OUTCOME_FAILED,
             arena_printf(&replay->arena, "the source \"%.*s\" has no contract version %" PRIu32,
                          BYTES_ARG(one->stored.source), replay->read_as));
    else
        read_record(replay, one, source);
    if (one->message == NULL)
        add_command(replay, one);
    return 0;
}

/* ---- what became of them */

static void judge(struct replayed *one, struct arena *arena)
{
    struct problem problem;
    if (one->result == NULL)
        return;
    if (one->result->refusal == 0 && one->result->status == CORE_NOT_FOUND)
        fail(one, OUTCOME_GONE, "it is not open any more");
    else if (!submission_accepted(one->result, &problem))
        fail(one, OUTCOME_FAILED, arena_string(arena, bytes_of(problem.detail)));
    else if (one->received.outcome == RECEPTION_REFUSED)
        one->outcome = OUTCOME_REFUSED;
    else if (one->received.outcome == RECEPTION_SKIPPED)
        one->outcome = OUTCOME_SKIPPED;
    else
        one->outcome = one->result->status == CORE_OK ? OUTCOME_LEAD : OUTCOME_TOUCHPOINT;
}

/* With all mistakes, unless those of the records before have become too much for one answer. */
static void write_problem(struct replay *replay, const struct problem *problem)
{
    if (replay->results.size > RESULTS_FULL) {
        json_member(&replay->json, "message", bytes_of(problem->detail));
        return;
    }
    json_key(&replay->json, "problem");
    problem_write(problem, &replay->json);
}

static void write_result(struct replay *replay, const struct replayed *one)
{
    struct json_writer *json = &replay->json;
    char id[LEAD_ID_TEXT_SIZE];
    dead_letter_id_print(one->number, id);
    json_object_open(json);
    json_member(json, "dead_letter", bytes_of(id));
    json_member(json, "outcome", bytes_of(outcomes[one->outcome].name));
    if (one->message != NULL)
        json_member(json, "message", bytes_of(one->message));
    if (one->outcome == OUTCOME_SKIPPED)
        json_member(json, "message", bytes_of(one->received.reason));
    if (one->outcome == OUTCOME_REFUSED)
        write_problem(replay, &one->received.problem);
    if (one->outcome <= OUTCOME_TOUCHPOINT && !replay->dry_run)
        submission_write(one->result, json);
    json_object_close(json);
}

static void write_group(struct replay *replay)
{
    for (size_t i = 0; i < replay->group_count; i++) {
        struct replayed *one = &replay->group[i];
        judge(one, &replay->arena);
        replay->counts[one->outcome]++;
        write_result(replay, one);
    }
    replay->done += replay->group_count;
}

static void write_answer(struct replay *replay)
{
    struct json_writer *json = request_answer_json(replay->request, 200);
    char next[LEAD_ID_TEXT_SIZE];
    bool more = replay->more || replay->done < replay->number_count;
    json_object_open(json);
    if (replay->dry_run)
        json_member_bool(json, "dry_run", true);
    json_member_unsigned(json, "seq", engine_durable_seq(replay->request->server->engine));
    json_member_unsigned(json, "replayed",
                         replay->counts[OUTCOME_LEAD] + replay->counts[OUTCOME_TOUCHPOINT] +
                             replay->counts[OUTCOME_REFUSED] + replay->counts[OUTCOME_SKIPPED]);
    for (int i = 0; i < OUTCOMES; i++)
        json_member_unsigned(json, outcomes[i].count, replay->counts[i]);
    json_key(json, "results");
    json_array_open(json);
    json_raw(json, buffer_bytes(&replay->results));
    json_array_close(json);
    json_member_bool(json, "more", more);
    if (more && replay->done > 0) {
        dead_letter_id_print(replay->numbers[replay->done - 1], next);
        json_member(json, "next", bytes_of(next));
    }
    if (replay->stopped.code != 0)
        json_member(json, "stopped", bytes_of(replay->stopped.message));
    json_object_close(json);
}

/* ---- doing it */

static int submit_group(struct replay *replay, struct error *err)
{
    struct engine_request group = {
        .commands = replay->commands,
        .results = replay->engine_results,
        .count = replay->command_count,
        .look = replay->dry_run ? look : NULL,
    };
    if (replay->command_count == 0)
        return 0;
    return gate_submit(&replay->gate, replay->request->server->engine, &group, err);
}

static int run_group(struct replay *replay, struct error *err)
{
    size_t bytes = 0;
    int code = request_go_on(replay->request, err);
    arena_reset(&replay->arena);
    replay->group_count = replay->command_count = 0;
    replay->group = arena_array(&replay->arena, GROUP_MAX, sizeof *replay->group);
    replay->commands = arena_array(&replay->arena, GROUP_MAX, sizeof *replay->commands);
    replay->engine_results = arena_array(&replay->arena, GROUP_MAX, sizeof *replay->engine_results);
    for (size_t i = replay->done; code == 0 && i < replay->number_count &&
                                  replay->group_count < GROUP_MAX && bytes < GROUP_BYTES;
         i++) {
        code = add_one(replay, replay->numbers[i], err);
        bytes += replay->group[replay->group_count - 1].stored.payload.size;
    }
    if (code == 0)
        code = submit_group(replay, err);
    if (code == 0)
        write_group(replay);
    return code;
}

static void run(struct replay *replay)
{
    struct error err = {0};
    int code = 0;
    while (code == 0 && replay->done < replay->number_count)
        code = run_group(replay, &err);
    if (code != 0 && replay->done == 0) {
        request_refuse_error(replay->request, code, &err);
        return;
    }
    replay->stopped = err;
    write_answer(replay);
}

void dead_letter_replay_run(struct request *request)
{
    struct replay replay = {.request = request};
    replay.release = engine_release_ref(request->server->engine);
    if (replay.release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return;
    }
    gate_init(&replay.gate);
    arena_init(&replay.arena);
    buffer_init(&replay.results, RESULTS_CEILING);
    json_begin(&replay.json, &replay.results);
    replay.scratch = policy_edge_scratch_new();
    if (choose(&replay))
        run(&replay);
    policy_edge_scratch_free(replay.scratch);
    buffer_release(&replay.results);
    arena_release(&replay.arena);
    gate_release(&replay.gate);
    policy_release_unref(replay.release);
}
