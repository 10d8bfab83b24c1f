/* meshline send: a file's leads to a server, a chunk a request. A chunk is sent again, as it was
 * and under the same Idempotency-Key, until each of its records has a final answer; then the place
 * in the file is kept, so that --resume never repeats or skips a record. */
#include "base/arena.h"
#include "base/hash.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/send/send_input.h"
#include "cli/send/send_place.h"
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct client_options server;
static const char *source;
static bool resume, csv, as_json;

static const struct option_row options[] = {
    {"source", OPTION_TEXT, &source, "NAME", "the source that the leads come from (required)"},
    {"csv", OPTION_FLAG, &csv, NULL, "FILE is CSV with a header row, whatever its name"},
    {"resume", OPTION_FLAG, &resume, NULL, "goes on where an earlier send of FILE stopped"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints refusals and the sum as JSON, one a line"},
};

static const struct usage usage = {
    .command = "send",
    .arguments = "FILE|- --source NAME [options]",
    .about =
        "Sends leads: NDJSON (one JSON object a line), CSV with a header row (*.csv), a JSON\n"
        "array, or one JSON object; \"-\" is standard input. Refused records are printed with\n"
        "line, reason and the dead letter that keeps them, and stop nothing; the exit code is\n"
        "then 1.\n"
        "\n"
        "While it works, FILE.meshline-progress says how far the server has acknowledged;\n"
        "--resume goes on from there. Records go in chunks of 1,000. A chunk that was cut off\n"
        "is sent again under the same idempotency key, which the server remembers for two\n"
        "days; after that a person is still known by e-mail, phone or external id, and only\n"
        "a record without any of them could be taken twice.\n",
    .examples = "  meshline send leads.ndjson --source website\n"
                "  meshline send leads.ndjson --source website --resume\n"
                "  meshline send fair.csv --source partner-portal\n"
                "  jq -c '.[]' export.json | meshline send - --source partner-portal\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 1,
    .operand = "FILE",
};

enum {
    CHUNK_RECORDS = 1000,
    CHUNK_BYTES = 16 * 1024 * 1024,
    TRIES_MAX = 10,
    WAIT_MS = 250,
    WAIT_MAX_MS = 5000,
};

struct sending {
    const char *file;
    bool keeps_place; /* not for standard input */
    struct client *client;
    struct send_input input;
    struct progress progress;
    int64_t started_us;
    uint64_t accepted, known, repeated, skipped, refused, kept;
    struct error unsent; /* of a record that was passed over and has yet to be reported; or 0 */
    bool reached;        /* the server has answered before: what fails now may pass */
    /* The chunk. */
    struct buffer body;
    uint64_t numbers[CHUNK_RECORDS];
    size_t count;
};

/* ---- reporting */

static void report_refusal(struct sending *sending, uint64_t number, struct bytes dead_letter,
                           struct json_object *problem)
{
    struct bytes title = json_member_text(problem, "title");
    struct bytes detail = json_member_text(problem, "detail");
    struct json_object *errors = json_object_object_get(problem, "errors");
    struct arena arena;
    arena_init(&arena);
    progress_clear(&sending->progress);
    fprintf(stderr, "%s: %s %" PRIu64 ": %s%s%s\n", sending->input.name,
            send_input_unit(&sending->input), number,
            title.size > 0 ? printable(&arena, title) : "refused", detail.size > 0 ? ": " : "",
            printable(&arena, detail));
    if (dead_letter.size > 0)
        fprintf(stderr, "    kept as %s\n", printable(&arena, dead_letter));
    size_t count =
        json_object_is_type(errors, json_type_array) ? json_object_array_length(errors) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *error = json_object_array_get_idx(errors, i);
        struct bytes pointer = json_member_text(error, "pointer");
        struct bytes message = json_member_text(error, "message");
        if (!bytes_equal(message, detail))
            fprintf(stderr, "    %s%s%s\n", printable(&arena, pointer),
                    pointer.size > 0 ? ": " : "", printable(&arena, message));
    }
    arena_release(&arena);
}

/* `dead_letter` is empty for what the server has not kept. */
static void refuse_record(struct sending *sending, uint64_t number, int64_t status,
                          struct bytes dead_letter, struct json_object *problem)
{
    sending->refused++;
    sending->kept += dead_letter.size > 0;
    if (!as_json) {
        report_refusal(sending, number, dead_letter, problem);
        return;
    }
    printf("{\"%s\":%" PRIu64 ",\"status\":%" PRId64, send_input_unit(&sending->input), number,
           status);
    if (dead_letter.size > 0)
        printf(",\"dead_letter\":\"%.*s\"", BYTES_ARG(dead_letter));
    printf(",\"problem\":%s}\n",
           problem != NULL ? json_object_to_json_string_ext(
                                 problem, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                           : "{}");
}

/* In its turn: after what stands before it has been answered. */
static void refuse_unsent(struct sending *sending)
{
    if (sending->unsent.code == 0)
        return;
    bool too_long = sending->unsent.code == ML_ELIMIT;
    JSON_AUTO *problem = json_object_new_object();
    json_object_object_add(problem, "title",
                           json_object_new_string(too_long ? "Line too long" : "Cannot be sent"));
    json_object_object_add(problem, "detail", json_object_new_string(sending->unsent.message));
    refuse_record(sending, sending->input.number, too_long ? 413 : 422, (struct bytes){0}, problem);
    sending->unsent.code = 0;
}

static void show_progress(struct sending *sending)
{
    if (!progress_due(&sending->progress))
        return;
    double seconds = (double)(clock_monotonic_us() - sending->started_us) / 1e6;
    uint64_t done = sending->accepted + sending->known + sending->repeated + sending->skipped +
                    sending->refused;
    char what[160];
    snprintf(what, sizeof what, "%" PRIu64 " sent, %" PRIu64 " refused, %.0f/s", done,
             sending->refused, seconds > 0 ? (double)done / seconds : 0.0);
    if (sending->input.size > 0)
        progress_bar(&sending->progress, what, sending->input.taken, sending->input.size);
    else
        progress_line(&sending->progress, "%s", what);
}

static void print_sum(const struct sending *sending)
{
    if (as_json) {
        printf("{\"accepted\":%" PRIu64 ",\"known\":%" PRIu64 ",\"repeated\":%" PRIu64
               ",\"skipped\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"dead_letters\":%" PRIu64 "}\n",
               sending->accepted, sending->known, sending->repeated, sending->skipped,
               sending->refused, sending->kept);
        return;
    }
    printf("accepted %" PRIu64 ", known %" PRIu64, sending->accepted, sending->known);
    if (sending->repeated > 0)
        printf(", taken before %" PRIu64, sending->repeated);
    if (sending->skipped > 0)
        printf(", no leads %" PRIu64, sending->skipped);
    printf(", refused %" PRIu64, sending->refused);
    if (sending->kept > 0)
        printf(" (%" PRIu64 " kept as dead letters)", sending->kept);
    putchar('\n');
}

/* ---- one chunk */

/* Fills it; *ret_last becomes true at the end of the input. */
static int fill_chunk(struct sending *sending, bool *ret_last, struct error *err)
{
    struct bytes record;
    buffer_clear(&sending->body);
    sending->count = 0;
    *ret_last = false;
    while (sending->count < CHUNK_RECORDS && sending->body.size < CHUNK_BYTES) {
        int code = send_input_next(&sending->input, &record, err);
        if (code == ML_ELIMIT || code == ML_ECORRUPT) {
            sending->unsent = *err;
            return 0;
        }
        if (code < 0)
            return code;
        if (code == 0) {
            *ret_last = true;
            return 0;
        }
        if (sending->count == 0)
            buffer_append_bytes(&sending->body, send_input_head(&sending->input));
        sending->numbers[sending->count++] = sending->input.number;
        buffer_append_bytes(&sending->body, record);
        buffer_append_char(&sending->body, '\n');
    }
    return 0;
}

/* What a line of the answer says; NULL when the line is cut off. */
static struct json_object *next_result(struct bytes *text)
{
    struct json_object *result = NULL;
    const char *stop = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
    if (stop == NULL)
        return NULL;
    size_t size = (size_t)(stop - text->data);
    if (json_parse((struct bytes){text->data, size}, &result, NULL) < 0)
        return NULL;
    *text = (struct bytes){stop + 1, text->size - size - 1};
    return result;
}

/* Whether every record has a final answer: none is missing, none is "not now". */
static bool is_final(const struct sending *sending, const struct client_answer *answer)
{
    struct bytes text = buffer_bytes(&answer->body);
    for (size_t i = 0; i < sending->count; i++) {
        JSON_AUTO *result = next_result(&text);
        int64_t status = json_member_int(result, "status", 0);
        if (status < 200 || status >= 500)
            return false;
    }
    return true;
}

static void take_results(struct sending *sending, const struct client_answer *answer)
{
    struct bytes text = buffer_bytes(&answer->body);
    for (size_t i = 0; i < sending->count; i++) {
        JSON_AUTO *result = next_result(&text);
        int64_t status = json_member_int(result, "status", 0);
        if (status >= 300)
            refuse_record(sending, sending->numbers[i], status,
                          json_member_text(result, "dead_letter"),
                          json_object_object_get(result, "problem"));
        else if (status == 201)
            sending->accepted++;
        else if (json_object_object_get(result, "skipped") != NULL)
            sending->skipped++;
        else if (json_object_object_get(result, "replayed") != NULL)
            sending->repeated++;
        else
            sending->known++;
    }
}

/* The same chunk has the same key, whenever it is sent. */
static void print_key(const struct sending *sending, char *header, size_t size)
{
    char text[HASH128_TEXT_SIZE];
    const struct bytes pieces[] = {
        bytes_of(source),
        {(const char *)&sending->numbers[0], sizeof sending->numbers[0]},
        buffer_bytes(&sending->body),
    };
    hash128_print(hash128_of(pieces, sizeof pieces / sizeof *pieces), text);
    snprintf(header, size, "Idempotency-Key: send-%s", text);
}

/* One try. 0: done; ML_EBUSY: worth another; other errors are final. *ret_wait_ms when the server
 * said how long to wait. */
static int try_chunk(struct sending *sending, uint64_t *ret_wait_ms, struct error *err)
{
    struct client_answer answer;
    struct buffer path;
    char key[80];
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/sources/"));
    client_escape(&path, bytes_of(source));
    buffer_append_bytes(&path, BYTES_LITERAL("/leads"));
    print_key(sending, key, sizeof key);
    const char *headers[] = {key, NULL};
    const struct client_call call = {
        .method = "POST",
        .path = buffer_string(&path),
        .content_type = send_input_type(&sending->input),
        .body = buffer_bytes(&sending->body),
        .headers = headers,
    };
    int code = client_call(sending->client, &call, &answer, err);
    if (code == ML_EIO && sending->reached)
        code = ML_EBUSY;
    else if (code == 0)
        code = client_check(&answer, err);
    sending->reached = sending->reached || answer.status != 0;
    *ret_wait_ms = answer.retry_after * 1000;
    if (code == 0 && is_final(sending, &answer))
        take_results(sending, &answer);
    else if (code == 0)
        code = error_set(err, ML_EBUSY, "", "the server is too busy to take all of them");
    client_answer_release(&answer);
    buffer_release(&path);
    return code;
}

static int send_chunk(struct sending *sending, struct error *err)
{
    uint64_t wait_ms = WAIT_MS, said_ms = 0;
    for (int tries = 1;; tries++) {
        int code = try_chunk(sending, &said_ms, err);
        if (code != ML_EBUSY || tries == TRIES_MAX)
            return code;
        if (said_ms > wait_ms)
            wait_ms = said_ms;
        if (wait_ms > WAIT_MAX_MS)
            wait_ms = WAIT_MAX_MS;
        progress_line(&sending->progress, "%s; trying again", err->message);
        usleep((useconds_t)(wait_ms * 1000));
        wait_ms *= 2;
    }
}

/* ---- the whole */

static int skip_acknowledged(struct sending *sending, struct error *err)
{
    uint64_t acknowledged;
    int code = send_place_read(sending->file, source, &acknowledged, err);
    if (code < 0)
        return code;
    if (acknowledged == 0)
        cli_note("%s: nothing to resume; starting at the beginning", sending->file);
    while (sending->input.number < acknowledged) {
        struct bytes record;
        code = send_input_next(&sending->input, &record, err);
        if (code == 0)
            return error_set(err, ML_EINVAL, sending->file,
                             "has become shorter than the %" PRIu64
                             " %ss that were already sent; is it the same file?",
                             acknowledged, send_input_unit(&sending->input));
        if (code < 0 && code != ML_ELIMIT && code != ML_ECORRUPT)
            return code;
    }
    return 0;
}

static int send_all(struct sending *sending, struct error *err)
{
    int code = resume ? skip_acknowledged(sending, err) : 0;
    bool last = false;
    while (code == 0 && !last) {
        code = fill_chunk(sending, &last, err);
        if (code == 0 && sending->count > 0)
            code = send_chunk(sending, err);
        if (code == 0)
            refuse_unsent(sending);
        if (code == 0 && sending->keeps_place && !last)
            code = send_place_write(sending->file, source, sending->input.number, err);
        show_progress(sending);
    }
    if (code == 0 && sending->keeps_place)
        send_place_remove(sending->file);
    progress_clear(&sending->progress);
    return code;
}

static int run(struct sending *sending)
{
    struct error err;
    int code = client_open(&server, &sending->client, &err);
    if (code == 0)
        code = send_input_open(&sending->input, sending->file, csv, &err);
    if (code == 0)
        code = send_all(sending, &err);
    if (code == 0) {
        print_sum(sending);
        return sending->refused > 0 ? CLI_FAILED : CLI_OK;
    }
    cli_fail(&err);
    if (sending->accepted + sending->known + sending->repeated + sending->skipped > 0) {
        print_sum(sending);
        if (sending->keeps_place)
            cli_note("the same command with --resume goes on from there");
    }
    return CLI_FAILED;
}

int command_send(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code) ||
        !usage_require(&usage, "source", source, &exit_code))
        return exit_code;
    bool standard = strcmp(argv[first], "-") == 0;
    if (standard && resume)
        return usage_refuse(&usage, "standard input cannot be resumed; name a file");
    struct sending *sending = calloc(1, sizeof *sending);
    if (sending == NULL)
        panic("out of memory (send)");
    sending->file = argv[first];
    sending->keeps_place = !standard;
    sending->started_us = clock_monotonic_us();
    progress_init(&sending->progress);
    buffer_init(&sending->body, CHUNK_BYTES + 2 * SEND_LINE_MAX);
    int code = run(sending);
    send_input_close(&sending->input);
    buffer_release(&sending->body);
    client_close(sending->client);
    free(sending);
    return code;
}
