/* Checking a cause; the core has the last word. */
#include "server/api/causes.h"

#include "server/api/members.h"
#include "server/internal.h"

/* "vendor_outage, bad_data, …", as many as are told at once. */
static const char *list_causes(const struct policy_release *release, struct arena *arena)
{
    enum { TOLD_MAX = 12, TEXT_MAX = 4096 };
    struct buffer out;
    buffer_init(&out, TEXT_MAX);
    for (size_t i = 0; i < release->cause_count && i < TOLD_MAX; i++)
        buffer_printf(&out, "%s\"%s\"", i > 0 ? ", " : "", release->causes[i].name);
    if (release->cause_count > TOLD_MAX)
        buffer_append_bytes(&out, BYTES_LITERAL(", …"));
    const char *text = arena_string(arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

static const char *describe_mistake(const struct policy_release *release, struct bytes cause,
                                    struct arena *arena)
{
    const char *names[POLICY_CAUSES_MAX];
    size_t count =
        release->cause_count < POLICY_CAUSES_MAX ? release->cause_count : (size_t)POLICY_CAUSES_MAX;
    for (size_t i = 0; i < count; i++)
        names[i] = release->causes[i].name;
    const char *near = bytes_suggest(cause, names, count);
    return arena_printf(arena, "is none of the causes that the mesh declares: %s%s%s%s",
                        list_causes(release, arena), near != NULL ? "; did you mean \"" : "",
                        near != NULL ? near : "", near != NULL ? "\"?" : "");
}

bool cause_check(struct request *request, const char *pointer, struct bytes cause)
{
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return false;
    }
    bool allowed = policy_cause_allowed(release, cause);
    if (!allowed)
        members_refuse(request, pointer, describe_mistake(release, cause, &request->arena));
    policy_release_unref(release);
    return allowed;
}
