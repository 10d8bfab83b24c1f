/* The table of problem kinds and their JSON. */
#include "server/problem.h"

#include "base/id.h"

#include <stdarg.h>
#include <stdio.h>

static const struct problem_type types[PROBLEM_KINDS] = {
    [PROBLEM_MALFORMED_JSON] = {"/problems/malformed-json", 400, "The body is not valid JSON",
                                "Send one JSON value (RFC 8259) in UTF-8, without duplicate keys, "
                                "nested at most 32 levels deep."},
    [PROBLEM_MALFORMED_ENCODING] = {"/problems/malformed-encoding", 400,
                                    "The body is not what Content-Encoding says",
                                    "Send the gzip data whole, or the body without "
                                    "Content-Encoding."},
    [PROBLEM_INVALID_PARAMETER] = {"/problems/invalid-parameter", 400,
                                   "A query parameter is not understood",
                                   "The detail names the parameter and what it may be."},
    [PROBLEM_INVALID_HEADER] = {"/problems/invalid-header", 400,
                                "A request header is not understood",
                                "The detail names the header and what it may be."},
    [PROBLEM_UNAUTHENTICATED] = {"/problems/unauthenticated", 401,
                                 "A valid token or signature is needed",
                                 "Send `Authorization: Bearer mlt_…` with a token in force, which "
                                 "`meshline token add` makes; or sign what is sent to a source, "
                                 "with a key of `meshline key add`."},
    [PROBLEM_FORBIDDEN] = {"/problems/forbidden", 403, "The token does not allow this",
                           "Use a token with the role that the detail names."},
    [PROBLEM_FOREIGN_ORIGIN] = {"/problems/foreign-origin", 403,
                                "Pages of this origin may not post to the source",
                                "The source's `origins` in the mesh name those that may."},
    [PROBLEM_NOT_FOUND] = {"/problems/not-found", 404, "There is nothing here",
                           "Check the path and the id; /openapi.json lists the calls."},
    [PROBLEM_UNKNOWN_SOURCE] = {"/problems/unknown-source", 404, "There is no such source",
                                "Sources are declared in the mesh under sources/."},
    [PROBLEM_METHOD_NOT_ALLOWED] = {"/problems/method-not-allowed", 405,
                                    "This call does not take this method",
                                    "The Allow header names those that it takes."},
    [PROBLEM_NOT_ACCEPTABLE] = {"/problems/not-acceptable", 406,
                                "The answer cannot be had in the types that you accept",
                                "Accept what the detail names, or leave the header out."},
    [PROBLEM_SLOW_CLIENT] = {"/problems/slow-client", 408, "The request took too long to arrive",
                             "Send it again, without pauses."},
    [PROBLEM_WRONG_STATE] = {"/problems/wrong-state", 409, "The present state does not allow this",
                             "Read it again and decide anew."},
    [PROBLEM_STALE_VERSION] = {"/problems/stale-version", 412, "It has changed meanwhile",
                               "Read it again, decide anew, and send If-Match with its version."},
    [PROBLEM_BODY_TOO_LARGE] = {"/problems/body-too-large", 413, "The body is too large",
                                "The detail names the ceiling; send less, or in several requests."},
    [PROBLEM_UNSUPPORTED_MEDIA_TYPE] = {"/problems/unsupported-media-type", 415,
                                        "The body is of a type that this call does not take",
                                        "Send the Content-Type that the detail names."},
    [PROBLEM_WRONG_HOST] = {"/problems/wrong-host", 421, "The request is addressed to another host",
                            "Without tokens the server answers only requests for the loopback "
                            "address that come from no other web site; use tokens to open it."},
    [PROBLEM_INVALID_LEAD] =
        {"/problems/invalid-lead", 422, "The record is not a valid lead",
         "`errors` names each mistake with a JSON Pointer and the rule that it "
         "breaks; the record is kept under the id in `dead_letter`."},
    [PROBLEM_UNREADABLE] = {"/problems/unreadable", 422, "The record cannot be read",
                            "The detail says where it is not what its Content-Type promises."},
    [PROBLEM_INVALID_BODY] = {"/problems/invalid-body", 422, "The body is not what this call takes",
                              "The detail names the member and what it must be."},
    [PROBLEM_KEY_REUSED] = {"/problems/key-reused", 422,
                            "The Idempotency-Key was used for other content",
                            "Use a new key for a new request, the same key only to repeat one."},
    [PROBLEM_RATE_LIMITED] = {"/problems/rate-limited", 429, "The source sends more than it may",
                              "Nothing was taken; wait as long as Retry-After says and send it "
                              "again."},
    [PROBLEM_INTERNAL] = {"/problems/internal", 500, "Something failed inside",
                          "The detail says what; nothing that was acknowledged is lost."},
    [PROBLEM_BUSY] = {"/problems/busy", 503, "Too much at once",
                      "Nothing happened; wait as long as Retry-After says and send it again."},
    [PROBLEM_STOPPING] = {"/problems/stopping", 503, "The server is stopping",
                          "Nothing happened; send it again when it is back."},
    [PROBLEM_NO_POLICY] = {"/problems/no-policy", 503, "No routing policy is active yet",
                           "Start the server with a mesh that passes `meshline check`."},
    [PROBLEM_OUTSIDE] = {"/problems/outside", 503, "Another system was asked in vain",
                         "The detail says which and why; see that it answers, and ask again."},
    [PROBLEM_DISK_FULL] = {"/problems/disk-full", 507, "The disk is nearly full",
                           "Nothing happened; free space on the data directory's disk."},
};

const struct problem_type *problem_type_of(enum problem_kind kind)
{
    return &types[kind];
}

enum problem_kind problem_kind_parse(struct bytes name)
{
    static const size_t prefix = sizeof "/problems/" - 1;
    for (enum problem_kind kind = PROBLEM_NONE + 1; kind < PROBLEM_KINDS; kind++)
        if (bytes_is(name, types[kind].type + prefix))
            return kind;
    return PROBLEM_NONE;
}

static void make_utf8(char *text)
{
    size_t size = strlen(text);
    /* A cut in the middle of the last character is the common case: drop that character only. */
    for (size_t cut = 0; cut < 4 && cut <= size; cut++)
        if (bytes_is_utf8((struct bytes){text, size - cut})) {
            text[size - cut] = '\0';
            return;
        }
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
}

void problem_set(struct problem *problem, enum problem_kind kind, const char *format, ...)
{
    problem->kind = kind;
    problem->current_version = problem->dead_letter = 0;
    problem->retry_after_s = 0;
    problem->errors.count = problem->errors.more = 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->detail, sizeof problem->detail, format, arguments);
    va_end(arguments);
    make_utf8(problem->detail);
}

static void write_errors(const struct policy_problems *errors, struct json_writer *json)
{
    json_key(json, "errors");
    json_array_open(json);
    for (size_t i = 0; i < errors->count; i++) {
        json_object_open(json);
        json_member(json, "pointer", bytes_of(errors->items[i].pointer));
        json_member(json, "message", bytes_of(errors->items[i].message));
        json_member_if(json, "rule", bytes_of(errors->items[i].rule));
        json_object_close(json);
    }
    json_array_close(json);
    if (errors->more > 0)
        json_member_unsigned(json, "more_errors", errors->more);
}

void problem_write(const struct problem *problem, struct json_writer *json)
{
    const struct problem_type *type = &types[problem->kind];
    json_object_open(json);
    json_member(json, "type", bytes_of(type->type));
    json_member(json, "title", bytes_of(type->title));
    json_member_unsigned(json, "status", type->status);
    json_member(json, "detail", bytes_of(problem->detail));
    if (problem->current_version != 0)
        json_member_unsigned(json, "current_version", problem->current_version);
    if (problem->dead_letter != 0) {
        char id[LEAD_ID_TEXT_SIZE];
        dead_letter_id_print(problem->dead_letter, id);
        json_member(json, "dead_letter", bytes_of(id));
    }
    if (problem->errors.count > 0)
        write_errors(&problem->errors, json);
    json_object_close(json);
}
