/* A search for leads, as far as it is about what stands in them: words, exact values, the time of
 * capture. Which leads need be looked at (by their blocks), and whether one of them is it. */
#ifndef ML_STORE_HUNT_H
#define ML_STORE_HUNT_H

#include "store/grams.h"
#include "store/internal.h"

enum { STORE_WORDS_MAX = 8 };

struct store_word {
    char text[STORE_VALUE_MAX]; /* folded */
    size_t size;
};

/* All of `words` are to stand in a lead's values, or its `digits` alone where they were meant as a
 * telephone number. */
struct store_words {
    struct store_word words[STORE_WORDS_MAX];
    size_t count; /* 0: anything will do */
    struct store_word digits;
};
/* ML_EINVAL for more words than that. */
int store_words_read(struct bytes text, struct store_words *ret, struct error *err);
bool store_words_match(const struct store_words *words, struct bytes attributes);

struct store_hunt {
    struct store_words words;
    struct bytes source, campaign, partner; /* empty: any */
    int64_t from_us, to_us;                 /* captured in [from, to) */
};

/* Numbers from first to last. */
struct store_span {
    uint64_t first, last;
};
/* The spans of numbers that hold every lead which the hunt is about, rising and apart; in `arena`.
 * Others are among them: spans say where to look, not what is there. */
int store_hunt_spans(struct store_reader *reader, const struct store_hunt *hunt,
                     struct arena *arena, struct store_span **ret, size_t *ret_count,
                     struct error *err);

#endif
