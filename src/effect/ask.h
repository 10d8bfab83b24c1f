/* Requests and answers as the options of a destination describe them: "create": {method, url, body,
 * headers, ok, error}. Whatever may be an expression may as well be plain text. */
#ifndef ML_EFFECT_ASK_H
#define ML_EFFECT_ASK_H

#include "effect/kind.h"

/* Who asks: borrowed, for one turn of one conversation. */
struct ask {
    const struct effect_place *place;
    struct effect_attempt *attempt;
    struct effect_inputs *inputs;
};

/* The option at a path of members, "sync/poll"; NULL when there is none. */
struct json_object *ask_option(const struct effect_place *place, const char *path);
/* "create/url" in the attempt's arena. */
const char *ask_path(const struct ask *ask, const char *prefix, const char *name);

/* What stands at a path, evaluated; CEL_ABSENT when nothing does, or when it reads a member that is
 * not there. ML_EINVAL with a sentence when it cannot be had for another reason. */
int ask_value(const struct ask *ask, const char *path, struct cel_value *ret, struct error *err);
/* The same as text; empty when absent or null. */
int ask_text(const struct ask *ask, const char *path, struct bytes *ret, struct error *err);
/* Like ask_text, but a member that is not there is a mistake. */
int ask_text_strictly(const struct ask *ask, const char *path, struct bytes *ret,
                      struct error *err);

/* The request under `prefix`: url (required), method (`method` when unstated), body (a text as it
 * stands, everything else as JSON), headers, those of the destination behind them;
 * application/json unless they say otherwise. */
int ask_request(const struct ask *ask, const char *prefix, const char *method,
                struct effect_request *request, struct error *err);
/* False when the request is full. */
bool ask_header(struct effect_request *request, struct bytes name, struct bytes value);

/* Makes the answer visible as `response` and judges it: by its status, then by `ok` and `error`
 * under `prefix`. True: it is good. False: *ret says what it is instead. */
bool ask_judge(const struct ask *ask, const char *prefix, const struct effect_answer *answer,
               struct core_receipt *ret);
/* What the other side calls its answer: x-request-id and the like; empty when it does not. */
struct bytes ask_answer_id(const struct effect_answer *answer);

#endif
