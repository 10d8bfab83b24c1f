/* POST /v1/leads/{id}/enrichment: what a provider found out about the person. */
#include "contract/instance.h"
#include "server/api/leads.h"
#include "server/api/members.h"
#include "server/intake/submission.h"
#include "server/internal.h"

/* Mistakes are in the attributes, which are a member of the body. */
static void refuse_attributes(struct request *request)
{
    struct policy_problems *errors = &request->problem.errors;
    for (size_t i = 0; i < errors->count; i++)
        errors->items[i].pointer =
            arena_printf(&request->arena, "/attributes%s", errors->items[i].pointer);
    request_refuse_filled(request);
}

/* Reads them by the schema of the release in force, which the submission keeps. */
static bool read_values(struct request *request, struct json_object *attributes,
                        const struct cel_value **ret)
{
    struct arena *arena = &request->arena;
    const struct policy_schema *schema = &request->submission.release->schema;
    struct cel_value *values = arena_array(arena, schema->count + 1, sizeof *values);
    const struct contract_instance *instance;
    struct error err;
    struct bytes text = arena_copy(
        arena, bytes_of(json_object_to_json_string_ext(attributes, JSON_C_TO_STRING_PLAIN)));
    if (contract_instance_parse(text, NULL, arena, &instance, &err) != 0)
        return members_refuse(request, "/attributes", arena_string(arena, bytes_of(err.message)));
    problem_set(&request->problem, PROBLEM_INVALID_BODY, "the body has mistakes; nothing was done");
    *ret = values;
    if (policy_record_from_more(schema, instance, arena, values, &request->problem.errors) == 0)
        return true;
    refuse_attributes(request);
    return false;
}

void lead_enrichment_run(struct request *request)
{
    enum { PROVIDER, ATTRIBUTES, MEMBERS };
    static const struct member members[MEMBERS] = {
        [PROVIDER] = {"provider", MEMBER_TEXT, .required = true, .most = 256},
        [ATTRIBUTES] = {"attributes", MEMBER_OBJECT, .required = true},
    };
    struct member_value values[MEMBERS];
    struct submission *submission = &request->submission;
    submission->release = engine_release_ref(request->server->engine);
    if (submission->release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return;
    }
    if (!lead_prepare(request, CORE_ENRICH) || !members_read(request, members, MEMBERS, values) ||
        !read_values(request, values[ATTRIBUTES].json, &submission->command.enrich.values))
        return;
    submission->command.enrich.provider = values[PROVIDER].text;
    submission->command.enrich.arena = &request->arena;
    submission->command.enrich.release = submission->release;
    request_submit(request);
}
