/* Acting on a lead: contact, outcome, assignment by hand, hand-back, acknowledgement. Each is a
 * table of members and the command that they become. */
#include "server/api/leads.h"

#include "server/api/members.h"
#include "server/intake/submission.h"

bool lead_prepare(struct request *request, enum core_command_type type)
{
    struct core_command *command = &request->submission.command;
    struct bytes key;
    *command = (struct core_command){.type = type, .actor = request->caller.name};
    if (!request_lead(request, &command->lead) ||
        !request_if_match(request, &command->if_version) || !request_key(request, &key))
        return false;
    submission_set_key(command, request->path, key, 0, buffer_bytes(&request->body));
    return true;
}

void lead_contact_run(struct request *request)
{
    enum { CHANNEL, NOTE, MEMBERS };
    static const struct member members[MEMBERS] = {
        [CHANNEL] = {"channel", MEMBER_TEXT, .required = true, .most = 64},
        [NOTE] = {"note", MEMBER_TEXT, .most = CORE_TEXT_MAX},
    };
    struct member_value values[MEMBERS];
    if (!lead_prepare(request, CORE_CONTACT) || !members_read(request, members, MEMBERS, values))
        return;
    request->submission.command.contact.channel = values[CHANNEL].text;
    request->submission.command.contact.note = values[NOTE].text;
    request_submit(request);
}

void lead_outcome_run(struct request *request)
{
    enum { OUTCOME, REASON, MEMBERS };
    static const struct member members[MEMBERS] = {
        [OUTCOME] = {"outcome", MEMBER_TEXT, .required = true, .most = 16},
        [REASON] = {"reason", MEMBER_TEXT, .most = CORE_TEXT_MAX},
    };
    struct member_value values[MEMBERS];
    if (!lead_prepare(request, CORE_OUTCOME) || !members_read(request, members, MEMBERS, values))
        return;
    struct bytes outcome = values[OUTCOME].text;
    if (!bytes_is(outcome, "qualified") && !bytes_is(outcome, "disqualified")) {
        request_refuse(request, PROBLEM_INVALID_BODY,
                       "`outcome` must be \"qualified\" or \"disqualified\"");
        return;
    }
    request->submission.command.outcome.qualified = bytes_is(outcome, "qualified");
    request->submission.command.outcome.reason = values[REASON].text;
    request_submit(request);
}

void lead_assignment_run(struct request *request)
{
    enum { REP, CAUSE, REMEDIATION, MEMBERS };
    static const struct member members[MEMBERS] = {
        [REP] = {"rep", MEMBER_TEXT, .required = true, .most = 256},
        [CAUSE] = {"cause", MEMBER_TEXT, .required = true, .most = 256},
        [REMEDIATION] = {"remediation", MEMBER_TEXT, .required = true, .most = CORE_TEXT_MAX},
    };
    struct member_value values[MEMBERS];
    if (!lead_prepare(request, CORE_ASSIGN) || !members_read(request, members, MEMBERS, values))
        return;
    request->submission.command.assign.rep = values[REP].text;
    request->submission.command.assign.cause = values[CAUSE].text;
    request->submission.command.assign.remediation = values[REMEDIATION].text;
    request_submit(request);
}

void lead_hand_back_run(struct request *request)
{
    enum { REASON, MEMBERS };
    static const struct member members[MEMBERS] = {
        [REASON] = {"reason", MEMBER_TEXT, .required = true, .most = CORE_TEXT_MAX},
    };
    struct member_value values[MEMBERS];
    if (!lead_prepare(request, CORE_HAND_BACK) || !members_read(request, members, MEMBERS, values))
        return;
    request->submission.command.hand_back.reason = values[REASON].text;
    request_submit(request);
}

void lead_acknowledgement_run(struct request *request)
{
    static const struct member note = {"note", MEMBER_TEXT, .most = CORE_TEXT_MAX};
    struct member_value value;
    if (!lead_prepare(request, CORE_ACKNOWLEDGE) || !members_read(request, &note, 1, &value))
        return;
    request->submission.command.acknowledge.note = value.text;
    request_submit(request);
}
