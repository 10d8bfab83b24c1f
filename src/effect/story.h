/* What a notification has to say, before it has a form: one line, a few plain sentences that a
 * person can act on, facts, a link. E-mail, Slack and the built-in templates are made of it. */
#ifndef ML_EFFECT_STORY_H
#define ML_EFFECT_STORY_H

#include "effect/message.h"

enum { STORY_SENTENCES_MAX = 8, STORY_FACTS_MAX = 12 };

struct effect_story {
    struct bytes subject; /* no control characters, a line */
    struct bytes sentences[STORY_SENTENCES_MAX];
    size_t sentence_count;
    struct {
        const char *name;
        struct bytes value;
    } facts[STORY_FACTS_MAX];
    size_t fact_count;
    struct bytes url; /* where to act; empty when the mesh names no pages */
    const char *link; /* what that is called, "Open the lead" */
};

/* Times are those of the recipient's time zone, UTC when it has none. All texts in `arena`, values
 * of people cut to 200 bytes; `recipient` may be NULL. */
void effect_story_tell(const struct policy_release *release, const struct effect_message *message,
                       const struct effect_recipient *recipient, struct arena *arena,
                       struct effect_story *ret);

/* A text in one line: control characters are blanks, and at most `limit` bytes of whole characters.
 */
struct bytes effect_one_line(struct bytes text, size_t limit, struct arena *arena);

#endif
