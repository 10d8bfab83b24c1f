/* Texts of notifications: the mesh's templates or the built-in ones, filled in. A {{ expression }}
 * that has no value becomes "–" and is named in `missing`. */
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

enum { EFFECT_TEXT_MAX = 256 * 1024 }; /* bytes of each text; what is longer ends before that */

/* One message, or several that are told together: then each briefly. Texts in `arena`. */
void effect_template_fill(const struct policy_release *release,
                          const struct effect_message *const *messages, size_t count,
                          const struct effect_recipient *recipient, int64_t now_us,
                          struct arena *arena, struct effect_text *ret);

#endif
