/* Texts of notifications: the mesh's templates or the built-in ones, filled in. A {{ expression }}
 * that has no value becomes "–" and is named in `ret_missing`. */
#ifndef ML_EFFECT_TEMPLATE_H
#define ML_EFFECT_TEMPLATE_H

#include "effect/message.h"

struct effect_text {
    struct bytes subject; /* one line */
    struct bytes text;    /* plain */
    struct bytes html;    /* a whole document */
    struct bytes
        missing; /* names of what was not there, "lead.phone, owner.name"; empty: nothing */
};

/* One message, or several that are told together. Texts in `arena`, at most EFFECT_BODY_MAX bytes.
 */
void effect_template_fill(const struct policy_release *release,
                          const struct effect_message *const *messages, size_t count,
                          const struct effect_recipient *recipient, int64_t now_us,
                          struct arena *arena, struct effect_text *ret);

#endif
