/* Requests by the options of a destination. Pure but for the arena. */
#include "effect/ask.h"

#include "base/json.h"
#include "effect/options.h"

#include <strings.h>

struct json_object *ask_option(const struct effect_place *place, const char *path)
{
    struct json_object *option = place->options;
    while (option != NULL && *path != '\0') {
        char key[256];
        size_t size = strcspn(path, "/");
        struct json_object *member = NULL;
        if (size >= sizeof key || !json_object_is_type(option, json_type_object))
            return NULL;
        memcpy(key, path, size);
        key[size] = '\0';
        json_object_object_get_ex(option, key, &member);
        option = member;
        path += path[size] == '/' ? size + 1 : size;
    }
    return option;
}

const char *ask_path(const struct ask *ask, const char *prefix, const char *name)
{
    return prefix[0] == '\0' ? name : arena_printf(ask->attempt->arena, "%s/%s", prefix, name);
}

/* An optional member of an answer that is not there. */
static bool is_missing(const struct error *err)
{
    return strstr(err->message, "no such key") != NULL;
}

int ask_value(const struct ask *ask, const char *path, struct cel_value *ret, struct error *err)
{
    const struct policy_expression *expression =
        policy_destination_expression(ask->place->declared, path);
    *ret = (struct cel_value){.kind = CEL_ABSENT};
    if (expression == NULL) {
        struct json_object *option = ask_option(ask->place, path);
        if (json_object_is_type(option, json_type_string))
            *ret = cel_string(json_text(option));
        return 0;
    }
    struct error mistake = {0};
    int rc = effect_evaluate(ask->inputs, expression, ask->attempt->arena, ret, &mistake);
    if (rc == 0)
        return 0;
    *ret = (struct cel_value){.kind = CEL_ABSENT};
    return is_missing(&mistake) ? 0 : error_set(err, rc, mistake.place, "%s", mistake.message);
}

static int read_text(const struct ask *ask, const char *path, bool strictly, struct bytes *ret,
                     struct error *err)
{
    const struct policy_expression *expression =
        policy_destination_expression(ask->place->declared, path);
    *ret = (struct bytes){0};
    if (expression == NULL) {
        *ret = json_text(ask_option(ask->place, path));
        return 0;
    }
    struct error mistake = {0};
    struct cel_value value;
    int rc = effect_evaluate(ask->inputs, expression, ask->attempt->arena, &value, &mistake);
    if (rc == 0 && value.kind == CEL_STRING)
        *ret = value.string;
    else if (rc == 0 && value.kind != CEL_NULL && value.kind != CEL_ABSENT)
        rc = effect_evaluate_text(ask->inputs, expression, ask->attempt->arena, ret, &mistake);
    if (rc == 0 || (!strictly && is_missing(&mistake)))
        return 0;
    return error_set(err, rc, mistake.place, "%s", mistake.message);
}

int ask_text(const struct ask *ask, const char *path, struct bytes *ret, struct error *err)
{
    return read_text(ask, path, false, ret, err);
}

int ask_text_strictly(const struct ask *ask, const char *path, struct bytes *ret, struct error *err)
{
    return read_text(ask, path, true, ret, err);
}

/* ---- requests */

static bool is_named(struct bytes a, struct bytes b)
{
    return a.size == b.size && a.size > 0 && strncasecmp(a.data, b.data, a.size) == 0;
}

static bool has_header(const struct effect_request *request, struct bytes name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (is_named(request->headers[i].name, name))
            return true;
    return false;
}

bool ask_header(struct effect_request *request, struct bytes name, struct bytes value)
{
    if (request->header_count == EFFECT_HEADERS_MAX)
        return false;
    request->headers[request->header_count++] = (struct effect_header){name, value};
    return true;
}

/* Those that stand there and were not given yet. */
static int take_headers(const struct ask *ask, const char *prefix, struct effect_request *request,
                        struct error *err)
{
    const char *path = ask_path(ask, prefix, "headers");
    struct json_object *headers = ask_option(ask->place, path);
    if (!json_object_is_type(headers, json_type_object))
        return 0;
    json_object_object_foreach(headers, name, unused)
    {
        struct bytes value;
        (void)unused;
        if (has_header(request, bytes_of(name)))
            continue;
        int rc = ask_text_strictly(ask, ask_path(ask, path, name), &value, err);
        if (rc != 0)
            return rc;
        if (!ask_header(request, bytes_of(name), value))
            return error_set(err, ML_ELIMIT, path, "%s: more than %d headers", path,
                             EFFECT_HEADERS_MAX);
    }
    return 0;
}

static int take_body(const struct ask *ask, const char *prefix, struct effect_request *request,
                     struct error *err)
{
    const char *path = ask_path(ask, prefix, "body");
    const struct policy_expression *expression =
        policy_destination_expression(ask->place->declared, path);
    struct arena *arena = ask->attempt->arena;
    struct cel_value value;
    int rc = 0;
    if (expression == NULL) {
        request->body = json_text(ask_option(ask->place, path));
        return 0;
    }
    rc = effect_evaluate(ask->inputs, expression, arena, &value, err);
    if (rc == 0 && value.kind == CEL_STRING)
        request->body = value.string;
    else if (rc == 0 && value.kind != CEL_NULL)
        rc = effect_evaluate_json(ask->inputs, expression, arena, &request->body, err);
    if (rc == 0 && request->body.size > EFFECT_BODY_MAX)
        return error_set(err, ML_ELIMIT, path, "%s: more than %d bytes", path, EFFECT_BODY_MAX);
    return rc;
}

int ask_request(const struct ask *ask, const char *prefix, const char *method,
                struct effect_request *request, struct error *err)
{
    static const struct bytes content_type = {"Content-Type", 12}, accept = {"Accept", 6};
    static const struct bytes json = {"application/json", 16};
    const char *path = ask_path(ask, prefix, "url");
    struct bytes url, stated = json_text(ask_option(ask->place, ask_path(ask, prefix, "method")));
    int rc = ask_text_strictly(ask, path, &url, err);
    if (rc == 0)
        rc = take_body(ask, prefix, request, err);
    if (rc == 0)
        rc = take_headers(ask, prefix, request, err);
    if (rc == 0 && prefix[0] != '\0')
        rc = take_headers(ask, "", request, err); /* those of all requests */
    if (rc != 0)
        return rc;
    if (url.size == 0)
        return error_set(err, ML_EINVAL, path, "%s came to an empty text: an address is needed",
                         path);
    const char *ca_file = options_text(ask->place->options, "ca_file");
    request->ca_file = ca_file[0] != '\0' ? ca_file : NULL;
    request->url = arena_string(ask->attempt->arena, url);
    request->method = stated.size > 0 ? arena_string(ask->attempt->arena, stated) : method;
    if (request->body.size > 0 && !has_header(request, content_type))
        ask_header(request, content_type, json);
    if (!has_header(request, accept))
        ask_header(request, accept, json);
    return 0;
}

/* ---- answers */

bool ask_judge(const struct ask *ask, const char *prefix, const struct effect_answer *answer,
               struct core_receipt *ret)
{
    struct cel_value ok;
    struct bytes said;
    struct error err = {0};
    effect_inputs_answer(ask->inputs, answer, ask->attempt->arena);
    effect_judge(answer, ask->attempt, ret);
    if (ret->outcome != CORE_OUTCOME_OK)
        return false;
    if (ask_value(ask, ask_path(ask, prefix, "ok"), &ok, &err) != 0 ||
        ask_text(ask, ask_path(ask, prefix, "error"), &said, &err) != 0) {
        ret->outcome = CORE_OUTCOME_PERMANENT;
        ret->reason = bytes_of(
            arena_printf(ask->attempt->arena, "the answer cannot be read: %s", err.message));
        return false;
    }
    bool refused = ok.kind == CEL_BOOL && !ok.boolean;
    if (!refused && said.size == 0)
        return true;
    ret->outcome = CORE_OUTCOME_PERMANENT;
    ret->reason =
        said.size > 0
            ? bytes_of(arena_printf(ask->attempt->arena, "it was refused: %.*s", BYTES_ARG(said)))
            : BYTES_LITERAL("it was refused: the answer is not what `ok` asks for");
    return false;
}

struct bytes ask_answer_id(const struct effect_answer *answer)
{
    static const char *const names[] = {"x-request-id", "request-id", "x-correlation-id", NULL};
    for (size_t i = 0; i < answer->header_count; i++)
        for (const char *const *name = names; *name != NULL; name++)
            if (bytes_is(answer->headers[i].name, *name))
                return answer->headers[i].value;
    return (struct bytes){0};
}
