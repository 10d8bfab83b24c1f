/* A lead as it was behind one of its events, folded from its events back to the one that captured
 * it. Reads the journal's JSON as it was written: no blanks, nothing that was not checked. Pure. */
#ifndef ML_EFFECT_FOLD_H
#define ML_EFFECT_FOLD_H

#include "effect/message.h"

/* The next member of an object; *at is 0 at first. False: there is none. The value is its JSON. */
bool fold_member(struct bytes object, size_t *at, struct bytes *ret_key, struct bytes *ret_value);
/* The text of a JSON string; empty for anything else. In `arena` when it had to be unescaped. */
struct bytes fold_text(struct bytes value, struct arena *arena);

struct fold {
    struct effect_message *message;
    struct arena *arena;
    uint64_t previous; /* the lead's event before the one that was added last; 0: none */
    bool has_attributes, has_class, has_place, has_state, has_owner, has_due, is_done;
};

/* Adds an event, newest first; `data` lives as long as the message. False: nothing older is needed.
 */
bool fold_add(struct fold *fold, uint64_t seq, int64_t time_us, enum core_event_type type,
              struct bytes data);

#endif
