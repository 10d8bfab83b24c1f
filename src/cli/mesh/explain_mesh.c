/* The real core in memory, brought to a moment in time, asked about one lead. */
#include "cli/mesh/explain_mesh.h"

#include "cli/mesh/mesh_dir.h"
#include "engine/explain.h"
#include "server/intake/submission.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct session {
    const struct explain_mesh_options *options;
    struct policy_release *release;
    struct core *core;
    struct core_decision *decision; /* large */
    struct arena arena;
};

/* ---- bringing the core to the moment */

/* Decides, and records it. */
static void run(struct session *session, struct core_command *command)
{
    command->time_us = session->options->at_us;
    core_decide(session->core, command, core_seq(session->core) + 1, session->decision);
    for (size_t i = 0; i < session->decision->event_count; i++)
        core_apply(session->core, &session->decision->events[i]);
}

static void run_due(struct session *session)
{
    struct core_command tick = {.type = CORE_TICK};
    while (core_due_us(session->core) <= session->options->at_us)
        run(session, &tick);
}

static int suggest_rep(const struct session *session, struct bytes id, struct error *err)
{
    const struct policy_release *release = session->release;
    const char **ids = calloc(release->rep_count + 1, sizeof *ids);
    if (ids == NULL)
        panic("out of memory (rep ids)");
    for (size_t i = 0; i < release->rep_count; i++)
        ids[i] = release->reps[i].id;
    const char *near = bytes_suggest(id, ids, release->rep_count);
    free(ids);
    return error_set(err, ML_EINVAL, "--away", "the mesh has no rep \"%.*s\"%s%s%s",
                     (int)(id.size > 64 ? 64 : id.size), id.data, near ? "; did you mean \"" : "",
                     near ? near : "", near ? "\"?" : "");
}

static int send_away(struct session *session, struct error *err)
{
    const char *at = session->options->away;
    while (at != NULL && *at != '\0') {
        struct bytes id = {at, strcspn(at, ",")};
        struct core_command command = {.type = CORE_SET_REP,
                                       .set_rep = {.rep = id, .available = 0, .capacity = -1}};
        if (policy_rep_find(session->release, id) == POLICY_NONE)
            return suggest_rep(session, id, err);
        run(session, &command);
        at += id.size + (at[id.size] == ',');
    }
    return 0;
}

/* ---- the lead */

static int find_source(const struct session *session, uint32_t *ret, struct error *err)
{
    struct problem problem;
    const char *name = session->options->source;
    *ret = 0;
    if (name == NULL && session->release->source_count == 1)
        return 0;
    if (name == NULL)
        return error_set(err, ML_EINVAL, "--source",
                         "the mesh has %zu sources; say which one sends the lead",
                         session->release->source_count);
    *ret = submission_source(session->release, bytes_of(name), &problem);
    if (*ret == POLICY_NONE)
        return error_set(err, ML_EINVAL, "--source", "%s", problem.detail);
    return 0;
}

static int refuse_lead(const char *name, const struct problem *problem, struct error *err)
{
    struct buffer text;
    const struct policy_problems *errors = &problem->errors;
    buffer_init(&text, 64 * 1024);
    buffer_append_bytes(&text, bytes_of(problem->detail));
    for (size_t i = 0; problem->kind == PROBLEM_INVALID_LEAD && i < errors->count; i++)
        buffer_printf(&text, "\n    %s: %s", errors->items[i].pointer, errors->items[i].message);
    int code = error_set(err, ML_EINVAL, name, "%s", buffer_string(&text));
    buffer_release(&text);
    return code;
}

static void write_members(struct session *session, const struct core_event *placed,
                          struct explain_event *event)
{
    enum { MEMBERS_CEILING = 64 * 1024 * 1024 };
    struct buffer text;
    struct json_writer json;
    if (!session->options->all ||
        (placed->type != CORE_LEAD_ASSIGNED && placed->type != CORE_LEAD_QUEUED))
        return;
    buffer_init(&text, MEMBERS_CEILING);
    json_begin(&json, &text);
    explain_write_members(session->core, placed, &json);
    event->members = arena_copy(&session->arena, buffer_bytes(&text));
    buffer_release(&text);
}

static void write_explanation(struct session *session, const struct core_command *command,
                              struct buffer *out)
{
    enum { EVENT_CEILING = 16 * 1024 * 1024 };
    struct buffer data;
    struct json_writer json;
    const struct core_decision *decision = session->decision;
    const struct core_event *placed = &decision->events[decision->event_count - 1];
    const struct explain_lead lead = {.release = session->release,
                                      .active = true,
                                      .subject = {.source = command->submit.source,
                                                  .values = command->submit.values,
                                                  .person = command->submit.key,
                                                  .time_us = session->options->at_us}};
    buffer_init(&data, EVENT_CEILING);
    core_event_encode(session->core, placed, &data);
    struct explain_event event = {.time_us = placed->time_us,
                                  .type = bytes_of(core_event_type_name(placed->type)),
                                  .data = buffer_bytes(&data)};
    write_members(session, placed, &event);
    json_begin(&json, out);
    explain_write_hypothesis(&lead, 0, &event, &session->arena, &json);
    buffer_release(&data);
}

static int explain(struct session *session, const char *name, struct bytes text, struct buffer *out,
                   struct error *err)
{
    uint32_t source;
    struct problem problem = {0};
    struct core_command command = {0};
    int code = find_source(session, &source, err);
    if (code < 0)
        return code;
    bool good =
        submission_suppose(session->release, source, &session->release->sources[source].rollout,
                           text, &session->arena, &command, &problem);
    if (good) {
        command.time_us = session->options->at_us;
        core_decide(session->core, &command, core_seq(session->core) + 1, session->decision);
        write_explanation(session, &command, out);
    } else {
        code = refuse_lead(name, &problem, err);
    }
    return code;
}

int explain_mesh(const struct explain_mesh_options *options, const char *name, struct bytes lead,
                 struct buffer *out, struct error *err)
{
    struct session session = {.options = options};
    int code = mesh_load(options->mesh, &session.release, err);
    if (code < 0)
        return code;
    arena_init(&session.arena);
    session.core = core_new();
    session.decision = calloc(1, sizeof *session.decision);
    if (session.decision == NULL)
        panic("out of memory (decision)");
    struct core_command activate = {.type = CORE_ACTIVATE, .activate.release = session.release};
    run(&session, &activate);
    run_due(&session);
    code = send_away(&session, err);
    if (code == 0)
        code = explain(&session, name, lead, out, err);
    core_free(session.core);
    free(session.decision);
    arena_release(&session.arena);
    policy_release_unref(session.release);
    return code;
}
