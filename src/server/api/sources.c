/* Sources: what the view counts of each, with what the active release declares of it. */
#include "server/api/sources.h"

#include "base/json.h"
#include "policy/edge/kind.h"
#include "server/intake/submission.h"
#include "server/internal.h"

enum { SOURCES_CEILING = 32 * 1024 * 1024 };

static void add_text(struct json_object *object, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        json_object_object_add(object, name, json_object_new_string(value));
}

static int compare_versions(const void *a, const void *b)
{
    int64_t left = json_member_int(*(struct json_object *const *)a, "version", 0);
    int64_t right = json_member_int(*(struct json_object *const *)b, "version", 0);
    return (left > right) - (left < right);
}

static struct json_object *find_version(struct json_object *versions, uint32_t version)
{
    for (size_t i = 0; i < json_object_array_length(versions); i++) {
        struct json_object *one = json_object_array_get_idx(versions, i);
        if (json_member_int(one, "version", 0) == (int64_t)version)
            return one;
    }
    return NULL;
}

/* The view has those that have read records; the release all that there are now. */
static void add_versions(struct json_object *object, const struct policy_source *declared)
{
    struct json_object *versions = json_object_object_get(object, "versions");
    for (size_t i = 0; i < declared->contract_count; i++) {
        uint32_t version = declared->contracts[i].version;
        struct json_object *one = find_version(versions, version);
        if (one == NULL) {
            one = json_object_new_object();
            json_object_object_add(one, "version", json_object_new_int64((int64_t)version));
            json_object_object_add(one, "accepted", json_object_new_int64(0));
            json_object_object_add(one, "refused", json_object_new_int64(0));
            json_object_array_add(versions, one);
        }
        json_object_object_add(one, "declared", json_object_new_boolean(true));
    }
    json_object_array_sort(versions, compare_versions);
}

static void add_declared(const struct policy_release *release, struct json_object *object)
{
    uint32_t source = policy_source_find(release, json_member_text(object, "id"));
    if (source == POLICY_NONE)
        return;
    const struct policy_source *declared = &release->sources[source];
    add_text(object, "title", declared->title);
    add_text(object, "owner", declared->owner);
    add_text(object, "kind", declared->kind != NULL ? declared->kind->name : NULL);
    add_versions(object, declared);
}

static void write_tree(struct json_object *tree, struct json_writer *json)
{
    json_raw(json, bytes_of(json_object_to_json_string_ext(
                       tree, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
}

/* Reads what the view has of one source, or of all when `id` is empty, as a tree. */
static int read_view(struct request *request, struct bytes id, struct json_object **ret,
                     struct error *err)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, SOURCES_CEILING);
    json_begin(&json, &text);
    int code = id.size > 0 ? store_read_source(request->reader->store, id, &json, err)
                           : store_read_sources(request->reader->store, &json, err);
    if (code == 0)
        code = json_parse(buffer_bytes(&text), ret, err);
    buffer_release(&text);
    return code;
}

/* False: the request has been refused. */
static bool read_sources(struct request *request, struct bytes id, struct json_object **ret)
{
    struct error err;
    struct policy_release *release = engine_release_ref(request->server->engine);
    int code = read_view(request, id, ret, &err);
    /* The release knows names that are near. */
    if (code == ML_ENOTFOUND && release != NULL &&
        submission_source(release, id, &request->problem) == POLICY_NONE)
        request_refuse_filled(request);
    else if (code != 0)
        request_refuse_error(request, code, &err);
    if (code != 0) {
        policy_release_unref(release);
        return false;
    }
    bool list = json_object_is_type(*ret, json_type_array);
    for (size_t i = 0; release != NULL && list && i < json_object_array_length(*ret); i++)
        add_declared(release, json_object_array_get_idx(*ret, i));
    if (release != NULL && !list)
        add_declared(release, *ret);
    policy_release_unref(release);
    return true;
}

void sources_run(struct request *request)
{
    JSON_AUTO *sources = NULL;
    if (!read_sources(request, (struct bytes){0}, &sources))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "sources");
    write_tree(sources, json);
    json_object_close(json);
}

void source_run(struct request *request)
{
    JSON_AUTO *source = NULL;
    if (read_sources(request, request->segments[0], &source))
        write_tree(source, request_answer_json(request, 200));
}
