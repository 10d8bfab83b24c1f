/* Looking at one incident, and acting on it. */
#include "server/api/incidents.h"

#include "base/json.h"
#include "base/time.h"
#include "server/api/causes.h"
#include "server/api/entity.h"
#include "server/api/listing.h"
#include "server/api/members.h"
#include "server/internal.h"

#include <inttypes.h>

void incident_run(struct request *request)
{
    struct error err;
    uint64_t number;
    if (!entity_segment(request, 0, ID_INCIDENT, &number))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    int code = store_read_incident(request->reader->store, number, json, &err);
    if (code != 0)
        request_refuse_error(request, code, &err);
    else
        request->answer.version = listing_version(request);
}

void incident_open_run(struct request *request)
{
    enum { TITLE, TEAM, MEMBERS };
    static const struct member members[MEMBERS] = {
        [TITLE] = {"title", MEMBER_TEXT, .required = true, .most = CORE_TEXT_MAX},
        [TEAM] = {"team", MEMBER_TEXT, .most = POLICY_NAME_MAX},
    };
    struct member_value values[MEMBERS];
    if (!entity_prepare(request, CORE_OPEN_INCIDENT) ||
        !members_read(request, members, MEMBERS, values))
        return;
    request->submission.command.incident.title = values[TITLE].text;
    request->submission.command.incident.team = values[TEAM].text;
    request_submit(request);
}

void incident_note_run(struct request *request)
{
    static const struct member text = {"text", MEMBER_TEXT, .required = true,
                                       .most = CORE_TEXT_MAX};
    struct member_value value;
    struct core_command *command = &request->submission.command;
    if (!entity_prepare(request, CORE_NOTE_INCIDENT) ||
        !entity_segment(request, 0, ID_INCIDENT, &command->entity) ||
        !members_read(request, &text, 1, &value))
        return;
    command->incident.text = value.text;
    request_submit(request);
}

/* ---- closing: what happened, why, and who does what about it by when */

static bool read_causes(struct request *request, struct json_object *list,
                        struct core_command *command)
{
    size_t count = json_object_array_length(list);
    struct bytes *causes = arena_array(&request->arena, count, sizeof *causes);
    for (size_t i = 0; i < count; i++) {
        const char *pointer = arena_printf(&request->arena, "/causes/%zu", i);
        causes[i] = json_text(json_object_array_get_idx(list, i));
        if (causes[i].size == 0 || causes[i].size > POLICY_NAME_MAX)
            return members_refuse(request, pointer,
                                  "must be the name of a cause that the mesh declares");
        if (!cause_check(request, pointer, causes[i]))
            return false;
    }
    command->incident.causes = causes;
    command->incident.cause_count = (uint32_t)count;
    return true;
}

/* A date counts until its end, in UTC. */
static bool read_due(struct request *request, const char *pointer, struct bytes text,
                     int64_t *ret_us)
{
    if (time_parse(text, ret_us, NULL) == 0)
        return true;
    if (listing_date(text, ret_us)) {
        *ret_us += TIME_US_PER_DAY;
        return true;
    }
    return members_refuse(request, pointer,
                          "must be a date like \"2026-12-01\" or a time like "
                          "\"2026-12-01T17:00:00Z\"");
}

static bool read_item(struct request *request, size_t index, struct json_object *json,
                      struct core_remediation *ret)
{
    enum { TITLE, OWNER, DUE, MEMBERS };
    static const struct member members[MEMBERS] = {
        [TITLE] = {"title", MEMBER_TEXT, .required = true, .most = CORE_TEXT_MAX},
        [OWNER] = {"owner", MEMBER_TEXT, .required = true, .most = 256},
        [DUE] = {"due", MEMBER_TEXT, .required = true, .most = 40},
    };
    struct member_value values[MEMBERS];
    const char *pointer = arena_printf(&request->arena, "/items/%zu", index);
    if (!members_read_within(request, pointer, json, members, MEMBERS, values) ||
        !read_due(request, arena_printf(&request->arena, "%s/due", pointer), values[DUE].text,
                  &ret->due_us))
        return false;
    ret->title = values[TITLE].text;
    ret->owner = values[OWNER].text;
    return true;
}

static bool read_items(struct request *request, struct json_object *list,
                       struct core_command *command)
{
    size_t count = json_object_array_length(list);
    struct core_remediation *items = arena_array(&request->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        if (!read_item(request, i, json_object_array_get_idx(list, i), &items[i]))
            return false;
    command->incident.items = items;
    command->incident.item_count = (uint32_t)count;
    return true;
}

void incident_close_run(struct request *request)
{
    enum { TEXT, CAUSES, ITEMS, MEMBERS };
    static const struct member members[MEMBERS] = {
        [TEXT] = {"text", MEMBER_TEXT, .required = true, .most = CORE_TEXT_MAX},
        [CAUSES] = {"causes", MEMBER_LIST, .required = true, .most = CORE_INCIDENT_CAUSES_MAX},
        [ITEMS] = {"items", MEMBER_LIST, .required = true, .most = CORE_ITEMS_MAX},
    };
    struct member_value values[MEMBERS];
    struct core_command *command = &request->submission.command;
    if (!entity_prepare(request, CORE_CLOSE_INCIDENT) ||
        !entity_segment(request, 0, ID_INCIDENT, &command->entity) ||
        !members_read(request, members, MEMBERS, values) ||
        !read_causes(request, values[CAUSES].json, command) ||
        !read_items(request, values[ITEMS].json, command))
        return;
    command->incident.text = values[TEXT].text;
    request_submit(request);
}

void incident_item_run(struct request *request)
{
    static const struct member note = {"note", MEMBER_TEXT, .most = CORE_TEXT_MAX};
    struct member_value value;
    struct core_command *command = &request->submission.command;
    uint64_t item;
    if (!entity_prepare(request, CORE_FINISH_REMEDIATION) ||
        !entity_segment(request, 0, ID_INCIDENT, &command->entity))
        return;
    if (!number_parse(request->segments[1], &item) || item == 0 || item > CORE_ITEMS_MAX) {
        request_refuse(request, PROBLEM_NOT_FOUND,
                       "\"%.*s\" is no number of an item; those of %.*s count from 1",
                       (int)(request->segments[1].size > 40 ? 40 : request->segments[1].size),
                       request->segments[1].data, BYTES_ARG(request->segments[0]));
        return;
    }
    if (!members_read(request, &note, 1, &value))
        return;
    command->remediation.item = (uint32_t)item - 1;
    command->remediation.note = value.text;
    request_submit(request);
}
