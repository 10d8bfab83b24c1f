/* What a delivery says: the event that it is about, and what was known of its lead at that moment,
 * folded from the lead's own events. Both stand in the journal and never change, so every attempt
 * at a delivery says the same, today and after a restart. */
#ifndef ML_EFFECT_MESSAGE_H
#define ML_EFFECT_MESSAGE_H

#include "base/arena.h"
#include "base/id.h"
#include "core/core.h"
#include "engine/engine.h"
#include "policy/policy.h"

struct effect_message {
    uint64_t number;
    char id[LEAD_ID_TEXT_SIZE]; /* "M12": the key that receivers tell repeats by */
    enum policy_purpose purpose;
    uint32_t attempt;
    bool digest;
    struct bytes target;      /* of a notification */
    struct bytes external_id; /* the lead's over there; may be empty */
    /* The event. */
    uint64_t seq;
    int64_t time_us;
    enum core_event_type type;
    struct bytes subject; /* its id: "L12", "X7"; may be empty */
    struct bytes data;    /* its JSON object, as the journal has it */
    /* The lead as it was behind the event; of an event about another thing (an exception, a page)
     * the lead that it is about, if any. `lead` 0: none, and all below is empty. */
    uint64_t lead;
    struct bytes attributes;        /* JSON object: everything known of the person */
    const struct cel_value *values; /* the same by the release's schema */
    struct bytes state, place;      /* "assigned", "owned" */
    struct bytes class_name, route, pool, source, rep; /* names; may be empty */
    uint64_t version;
    int64_t score, captured_us, assigned_us, contacted_us, due_us;
};

/* Reads it from the journal. Everything in *ret lives in `arena`. ML_ENOTFOUND when the journal
 * does not reach back so far, ML_ECORRUPT, ML_EIO. */
int effect_message_load(struct engine *engine, struct journal_reader *reader,
                        const struct engine_delivery *delivery, struct arena *arena,
                        struct effect_message *ret, struct error *err);

/* The message as JSON, what webhook, ndjson, nats and postgres send as it is:
 * {"type": "lead.assigned", "timestamp": …, "id": "M12", "seq": …, "subject": …, "data": {the
 * event}, "lead": {"id", "state", "class", "score", "route", "pool", "source", "owner",
 * "attributes", …}} */
struct bytes effect_message_json(const struct effect_message *message,
                                 const struct policy_release *release, struct arena *arena);

/* The key of what is sent: the id of the message or, of several told together, one that says which
 * those are, in whatever order: told anew in other company they are another message, which nobody
 * who knows the first may take for a repeat. In `arena`, at most EFFECT_ID_MAX bytes. */
enum { EFFECT_ID_MAX = LEAD_ID_TEXT_SIZE + 17 };
const char *effect_messages_id(const struct effect_message *const *messages, size_t count,
                               struct arena *arena);

/* What the expressions of a destination see; on the caller's stack, for one attempt. */
struct effect_inputs {
    struct cel_value variables[POLICY_OUTBOX_TABLES_FROM + POLICY_TABLES_MAX];
    struct cel_value params[POLICY_PARAMS_MAX];
    struct cel_scratch scratch;
    char memory[16 * 1024];
};
void effect_inputs_init(struct effect_inputs *inputs, const struct policy_release *release,
                        const struct effect_message *message, int64_t now_us, struct arena *arena);
/* Sets `response` from an answer: the body as JSON when it is JSON, else as text. */
struct effect_answer;
void effect_inputs_answer(struct effect_inputs *inputs, const struct effect_answer *answer,
                          struct arena *arena);
/* Evaluates; results live in `arena`. ML_EINVAL with a sentence that names the expression's path.
 */
int effect_evaluate(struct effect_inputs *inputs, const struct policy_expression *expression,
                    struct arena *arena, struct cel_value *ret, struct error *err);
/* The same as a text (numbers and booleans are printed), and as JSON. */
int effect_evaluate_text(struct effect_inputs *inputs, const struct policy_expression *expression,
                         struct arena *arena, struct bytes *ret, struct error *err);
int effect_evaluate_json(struct effect_inputs *inputs, const struct policy_expression *expression,
                         struct arena *arena, struct bytes *ret, struct error *err);

/* Whom a notification is for, as the release in force knows them. */
struct effect_recipient {
    struct bytes kind; /* "rep", "team", "owner", "address" */
    struct bytes id, name, email;
    struct bytes address; /* for the destination at hand, by people.yaml; may be empty */
    struct bytes url;     /* of an address that is one */
};
void effect_recipient_find(const struct policy_release *release,
                           const struct policy_destination *destination, struct bytes target,
                           struct arena *arena, struct effect_recipient *ret);

#endif
