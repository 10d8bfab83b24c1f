/* Published contracts: schemas as the mesh has them, and their pages. */
#include "server/api/contracts.h"

#include "base/hash.h"
#include "base/json_lines.h"
#include "contract/bundle.h"
#include "server/api/contract_page.h"
#include "server/internal.h"

#include <math.h>
#include <stdlib.h>

/* A switch of versions shows soon. A page also says where it was asked for. */
static const char schema_cache[] = "public, max-age=60", page_cache[] = "private, max-age=60";

/* What a request asks for. */
struct published {
    const struct policy_source *source;
    const struct policy_contract *contract; /* NULL: the source has no versions */
    struct policy_rollout rollout;
};

/* ---- the schema of a source without versions: the canonical lead under the source's names */

static void write_bound(struct json_writer *json, const char *key, double bound)
{
    enum { WHOLE_MAX = 1000000000 };
    if (!isfinite(bound))
        return;
    json_key(json, key);
    if (bound == trunc(bound) && fabs(bound) <= WHOLE_MAX)
        json_integer(json, (int64_t)bound);
    else
        json_double(json, bound);
}

static void write_constant(const struct cel_value *constant, struct json_writer *json)
{
    switch (constant->kind) {
    case CEL_BOOL: json_boolean(json, constant->boolean); break;
    case CEL_INT: json_integer(json, constant->integer); break;
    case CEL_DOUBLE: json_double(json, constant->number); break;
    case CEL_STRING: json_string(json, constant->string); break;
    default: json_null(json); break;
    }
}

static void write_limits(const struct policy_field *field, struct json_writer *json)
{
    if (field->type == POLICY_STRING && field->allowed_count == 0)
        json_member_unsigned(json, "maxLength", field->max_length);
    if (field->type == POLICY_STRINGS) {
        json_key(json, "items");
        json_raw(json, BYTES_LITERAL("{\"type\":\"string\"}"));
        json_member_unsigned(json, "maxItems", POLICY_LIST_MAX);
    }
    write_bound(json, "minimum", field->minimum);
    write_bound(json, "maximum", field->maximum);
    if (field->allowed_count == 0)
        return;
    json_key(json, "enum");
    json_array_open(json);
    for (size_t i = 0; i < field->allowed_count; i++)
        json_string(json, bytes_of(field->allowed[i]));
    json_array_close(json);
}

static void write_field(const struct policy_field *field, const struct cel_value *constant,
                        struct json_writer *json)
{
    static const char *const types[] = {[POLICY_STRING] = "string",
                                        [POLICY_INTEGER] = "integer",
                                        [POLICY_NUMBER] = "number",
                                        [POLICY_BOOLEAN] = "boolean",
                                        [POLICY_STRINGS] = "array"};
    bool fixed = constant->kind != CEL_ABSENT && constant->kind != CEL_LIST;
    json_object_open(json);
    json_member(json, "type", bytes_of(types[field->type]));
    if (fixed) {
        json_key(json, "const");
        write_constant(constant, json);
        json_member(json, "description", BYTES_LITERAL("The source sets it; it may be left out"));
    } else {
        write_limits(field, json);
    }
    json_object_close(json);
}

/* Under which name the payload has the field. */
static const char *name_in_payload(const struct policy_source *source,
                                   const struct policy_schema *schema, uint32_t field)
{
    for (size_t i = 0; i < source->rename_count; i++)
        if (source->rename_to[i] == field)
            return source->rename_from[i];
    return schema->fields[field].name;
}

static void write_simple(const struct policy_release *release, const struct policy_source *source,
                         struct json_writer *json)
{
    const struct policy_schema *schema = &release->schema;
    json_object_open(json);
    json_member(json, "$schema", BYTES_LITERAL("https://json-schema.org/draft/2020-12/schema"));
    json_member(json, "title", bytes_of(source->title));
    json_member(json, "type", BYTES_LITERAL("object"));
    if (!schema->additional)
        json_member_bool(json, "additionalProperties", false);
    json_key(json, "required");
    json_array_open(json);
    for (uint32_t i = 0; i < schema->count; i++)
        if (schema->fields[i].required && source->constants[i].kind == CEL_ABSENT)
            json_string(json, bytes_of(name_in_payload(source, schema, i)));
    json_array_close(json);
    json_key(json, "properties");
    json_object_open(json);
    for (uint32_t i = 0; i < schema->count; i++) {
        json_key_bytes(json, bytes_of(name_in_payload(source, schema, i)));
        write_field(&schema->fields[i], &source->constants[i], json);
    }
    json_object_close(json);
    json_object_close(json);
}

static struct bytes schema_text(const struct policy_release *release,
                                const struct published *published, struct arena *arena)
{
    enum { SIMPLE_MAX = 4 * 1024 * 1024 };
    struct buffer text;
    struct json_writer json;
    if (published->contract != NULL)
        return published->contract->schema_text;
    buffer_init(&text, SIMPLE_MAX);
    json_begin(&json, &text);
    write_simple(release, published->source, &json);
    struct bytes kept = arena_copy(arena, buffer_bytes(&text));
    buffer_release(&text);
    return kept;
}

/* ---- what is asked for */

static uint32_t parse_version(struct bytes text)
{
    enum { DIGITS_MAX = 7 };
    uint32_t version = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || text.size > DIGITS_MAX)
            return 0;
        version = version * 10 + (uint32_t)(text.data[i] - '0');
    }
    return version;
}

/* False: the request has been refused. */
static bool find_contract(struct request *request, const struct policy_release *release,
                          struct published *ret)
{
    struct bytes name = request->segments[0], version = request->segments[1];
    uint32_t source = policy_source_find(release, name);
    if (source == POLICY_NONE) {
        request_refuse(request, PROBLEM_UNKNOWN_SOURCE, "there is no source \"%.*s\"",
                       BYTES_ARG(name));
        return false;
    }
    ret->source = &release->sources[source];
    engine_rollout(request->server->engine, release, source, &ret->rollout);
    uint32_t wanted = version.size > 0 ? parse_version(version) : ret->rollout.active;
    ret->contract = policy_contract_find(ret->source, wanted);
    if (ret->contract != NULL || (version.size == 0 && ret->source->contract_count == 0))
        return true;
    request_refuse(request, PROBLEM_NOT_FOUND,
                   "the source \"%s\" has no version %.*s of its contract; "
                   "/v1/contracts/%s is the one in force",
                   ret->source->name, BYTES_ARG(version), ret->source->name);
    return false;
}

/* If-None-Match: a list of entity tags, strong or weak, or "*". */
static bool is_known(const struct request *request, const char *etag)
{
    struct bytes known = request_header(request, "If-None-Match");
    return bytes_is(known, "*") ||
           (known.size > 0 && memmem(known.data, known.size, etag, strlen(etag)) != NULL);
}

static void answer(struct request *request, const char *content_type, const char *cache,
                   struct bytes body)
{
    char tag[HASH128_TEXT_SIZE];
    hash128_print(hash128_of(&body, 1), tag);
    request->answer.etag = arena_printf(&request->arena, "\"%s\"", tag);
    request->answer.cache = cache;
    if (is_known(request, request->answer.etag)) {
        request->answer.status = 304;
        return;
    }
    request->answer.status = 200;
    request->answer.content_type = content_type;
    buffer_clear(&request->answer.body);
    buffer_append_bytes(&request->answer.body, body);
}

/* ---- the schema with what it refers to */

/* "shared/person.json", as schemas name it. */
static struct bytes shared_name(const struct policy_file *file)
{
    static const size_t folder = sizeof "contracts/" - 1;
    return bytes_of(file->path + folder);
}

static const struct contract_instance *read_schema(struct bytes text, struct arena *arena)
{
    const struct contract_instance *schema;
    struct error err;
    if (contract_instance_parse(text, NULL, arena, &schema, &err) != 0)
        panic("a schema of the release cannot be read: %s", err.message);
    return schema;
}

static struct contract_library make_library(const struct policy_release *release,
                                            const struct published *published, struct arena *arena)
{
    size_t count = release->shared_schema_count;
    struct contract_neighbour *neighbours = arena_array(arena, count, sizeof *neighbours);
    for (size_t i = 0; i < count; i++)
        neighbours[i] =
            (struct contract_neighbour){shared_name(&release->shared_schemas[i]),
                                        read_schema(release->shared_schemas[i].content, arena)};
    return (struct contract_library){read_schema(schema_text(release, published, arena), arena),
                                     neighbours, count};
}

/* As its file has it, unless it refers to others: then with them inside. */
static struct bytes published_text(const struct policy_release *release,
                                   const struct published *published, struct arena *arena)
{
    enum { BUNDLE_MAX = 64 * 1024 * 1024, COLUMNS = 100 };
    struct buffer compact, text;
    struct contract_library library = make_library(release, published, arena);
    if (!contract_bundle_needed(&library, arena))
        return schema_text(release, published, arena);
    buffer_init(&compact, BUNDLE_MAX);
    buffer_init(&text, BUNDLE_MAX);
    contract_bundle(&library, arena, &compact);
    if (!compact.overflow)
        json_lines(buffer_bytes(&compact), COLUMNS, &text);
    struct bytes kept = arena_copy(arena, buffer_bytes(&text));
    buffer_release(&compact);
    buffer_release(&text);
    return kept;
}

/* ---- the calls */

static void run_published(struct request *request,
                          void (*publish)(struct request *request,
                                          const struct policy_release *release,
                                          const struct published *published))
{
    struct published published;
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return;
    }
    if (find_contract(request, release, &published))
        publish(request, release, &published);
    policy_release_unref(release);
}

static void publish_schema(struct request *request, const struct policy_release *release,
                           const struct published *published)
{
    const char *name = published->source->name;
    struct arena *arena = &request->arena;
    if (published->contract != NULL)
        request->answer.link =
            arena_printf(arena,
                         "</v1/contracts/%s/%u/docs>; rel=\"describedby\"; type=\"text/html\", "
                         "</v1/contracts/%s/%u>; rel=\"canonical\"",
                         name, published->contract->version, name, published->contract->version);
    else
        request->answer.link = arena_printf(
            arena, "</v1/contracts/%s/docs>; rel=\"describedby\"; type=\"text/html\"", name);
    answer(request, "application/schema+json", schema_cache,
           published_text(release, published, arena));
}

void contract_schema_run(struct request *request)
{
    run_published(request, publish_schema);
}

/* Where the client reached us, as far as its headers say. */
static struct bytes base_url(const struct request *request, struct arena *arena)
{
    struct bytes host = request_header(request, "Host");
    struct bytes scheme = request_header(request, "X-Forwarded-Proto");
    return bytes_of(arena_printf(arena, "%s://%.*s", bytes_is(scheme, "https") ? "https" : "http",
                                 BYTES_ARG(host.size > 0 ? host : BYTES_LITERAL("localhost"))));
}

static void publish_docs(struct request *request, const struct policy_release *release,
                         const struct published *published)
{
    enum { PAGE_MAX = 8 * 1024 * 1024 };
    struct arena *arena = &request->arena;
    const struct server_limits *limits = &request->server->limits;
    struct contract_page page = {
        .mesh = release->name,
        .source = published->source,
        .contract = published->contract,
        .rollout = published->rollout,
        .schemas = make_library(release, published, arena),
        .base = base_url(request, arena),
        .record_bytes = limits->body_bytes,
        .batch_bytes = limits->batch_bytes,
        .batch_records = limits->batch_lines,
    };
    struct buffer html;
    buffer_init(&html, PAGE_MAX);
    contract_page_write(&page, arena, &html);
    request->answer.content_policy = contract_page_policy;
    request->answer.link = arena_printf(
        arena, "</v1/contracts/%s>; rel=\"alternate\"; type=\"application/schema+json\"",
        published->source->name);
    answer(request, "text/html; charset=utf-8", page_cache, buffer_bytes(&html));
    buffer_release(&html);
}

void contract_docs_run(struct request *request)
{
    run_published(request, publish_docs);
}
