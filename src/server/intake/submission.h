/* From a payload to a command, and from the engine's result to an answer: what single leads,
 * batches and lead calls share. */
#ifndef ML_SERVER_SUBMISSION_H
#define ML_SERVER_SUBMISSION_H

#include "server/request.h"

/* Drops the release and the payload. */
void submission_release(struct submission *submission);

/* Reads a record that is asked about and not sent, as its source would send it, into a CORE_SUBMIT
 * command: by the version of the contract that is in force. The command lives in `arena` and points
 * into `text`. False: `problem` says why it would be no lead. */
bool submission_suppose(struct policy_release *release, uint32_t source,
                        const struct policy_rollout *rollout, struct bytes text,
                        struct arena *arena, struct core_command *command, struct problem *problem);

/* The index of a source, or POLICY_NONE and the problem. */
uint32_t submission_source(const struct policy_release *release, struct bytes name,
                           struct problem *problem);

/* Makes the command idempotent under the caller's `key`; nothing happens when that is empty.
 * `scope` keeps the keys of different sources and calls apart, `line` those of one batch; `content`
 * is what the same key must always come with. */
void submission_set_key(struct core_command *command, struct bytes scope, struct bytes key,
                        uint64_t line, struct bytes content);

/* False when the core or the engine refused: `problem` says why. */
bool submission_accepted(const struct engine_result *result, struct problem *problem);
/* Whether what was accepted is a dead letter, and not a lead. */
bool submission_is_kept(const struct engine_result *result);
/* The problem of a record that was refused before, under the same key, and whose dead letter is
 * not open any more. */
void submission_set_closed(const struct engine_result *result, struct problem *problem);
/* 201 for a new lead, 200 otherwise. */
unsigned submission_status(const struct core_command *command, const struct engine_result *result);
/* The members that every lead write answers, into an open JSON object. */
void submission_write(const struct engine_result *result, struct json_writer *json);

/* `finish` of every single-lead write. */
void submission_finish(struct request *request);

/* What a failed library call means to the client. */
void problem_set_error(struct problem *problem, int code, const struct error *err);

#endif
