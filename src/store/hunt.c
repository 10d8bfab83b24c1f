/* Where a search has to look: the blocks whose bits have all pieces of its words. */
#include "store/hunt.h"

#include "store/blocks.h"

enum {
    POSITIONS_MAX = 128,     /* of all words: more would not leave out more blocks */
    WORD_POSITIONS_MAX = 16, /* of one */
    SPANS_AT_ONCE = 256,
};

/* ---- words */

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct store_word fold_word(struct bytes text)
{
    struct store_word word;
    word.size = store_fold(text, word.text);
    return word;
}

/* Zeros in front are how a number is dialled, not what it is. */
static struct store_word phone_digits(struct bytes text)
{
    struct store_word digits = {.size = 0};
    if (!store_is_phone(text))
        return digits;
    digits.size = store_digits(text, digits.text);
    size_t zeros = 0;
    while (zeros < digits.size && digits.text[zeros] == '0')
        zeros++;
    digits.size -= zeros;
    memmove(digits.text, digits.text + zeros, digits.size);
    return digits;
}

int store_words_read(struct bytes text, struct store_words *ret, struct error *err)
{
    *ret = (struct store_words){.digits = phone_digits(text)};
    for (size_t at = 0; at < text.size;) {
        size_t end = at;
        while (end < text.size && !is_blank(text.data[end]))
            end++;
        if (end > at && ret->count == STORE_WORDS_MAX)
            return error_set(err, ML_EINVAL, "q", "a search has at most %d words; leave some out",
                             STORE_WORDS_MAX);
        if (end > at)
            ret->words[ret->count++] = fold_word((struct bytes){text.data + at, end - at});
        at = end + 1;
    }
    return 0;
}

struct matching {
    const struct store_words *words;
    unsigned missing; /* a bit for each word */
    bool found;
};

static bool holds(struct bytes value, const struct store_word *word)
{
    return word->size <= value.size &&
           memmem(value.data, value.size, word->text, word->size) != NULL;
}

static bool match_value(void *context, struct bytes value)
{
    struct matching *matching = context;
    const struct store_words *words = matching->words;
    for (size_t i = 0; i < words->count; i++)
        if ((matching->missing >> i & 1) != 0 && holds(value, &words->words[i]))
            matching->missing &= ~(1u << i);
    matching->found =
        matching->missing == 0 || (words->digits.size > 0 && holds(value, &words->digits));
    return !matching->found;
}

bool store_words_match(const struct store_words *words, struct bytes attributes)
{
    struct matching matching = {.words = words, .missing = (1u << words->count) - 1};
    if (words->count == 0)
        return true;
    store_values_each(attributes, match_value, &matching);
    return matching.found;
}

/* ---- positions: a block may hold the lead when all of them are set, or all of `other` */

struct positions {
    uint32_t items[POSITIONS_MAX];
    size_t count;
};

struct wanted {
    struct positions facets, words, digits;
    bool has_words, has_digits; /* shorter than three letters: any block will do */
};

static void add_position(struct positions *positions, uint32_t position)
{
    for (size_t i = 0; i < positions->count; i++)
        if (positions->items[i] == position)
            return;
    if (positions->count < POSITIONS_MAX)
        positions->items[positions->count++] = position;
}

/* Of a long word those from all over it: addresses and numbers of one series differ at their ends.
 */
static void add_grams(struct positions *positions, const struct store_word *word, size_t size)
{
    const size_t all = word->size < size ? 0 : word->size - size + 1;
    const size_t count = all < WORD_POSITIONS_MAX ? all : WORD_POSITIONS_MAX;
    for (size_t i = 0; i < count; i++) {
        const size_t at = count < all ? i * (all - 1) / (count - 1) : i;
        add_position(positions, store_gram_position(word->text + at, size));
    }
}

/* The long ones leave out most, and so come first. */
static void add_word(struct positions *positions, const struct store_word *word)
{
    add_grams(positions, word, STORE_GRAM_LONG);
    add_grams(positions, word, STORE_GRAM_SHORT);
}

static void add_facet(struct positions *positions, enum store_facet kind, struct bytes value)
{
    uint32_t facet[STORE_FACET_POSITIONS];
    if (value.size == 0)
        return;
    store_facet_positions(kind, value, facet);
    for (int i = 0; i < STORE_FACET_POSITIONS; i++)
        add_position(positions, facet[i]);
}

static struct wanted wanted_by(const struct store_hunt *hunt)
{
    struct wanted wanted = {.has_words = hunt->words.count > 0,
                            .has_digits = hunt->words.digits.size > 0};
    add_facet(&wanted.facets, STORE_FACET_SOURCE, hunt->source);
    add_facet(&wanted.facets, STORE_FACET_CAMPAIGN, hunt->campaign);
    add_facet(&wanted.facets, STORE_FACET_PARTNER, hunt->partner);
    for (size_t i = 0; i < hunt->words.count; i++)
        add_word(&wanted.words, &hunt->words.words[i]);
    add_word(&wanted.digits, &hunt->words.digits);
    return wanted;
}

/* ---- blocks */

struct mask {
    unsigned char bits[STORE_MASK_SIZE];
};

static bool is_empty(const struct mask *mask)
{
    static const struct mask nothing;
    return memcmp(mask, &nothing, sizeof nothing) == 0;
}

struct searching {
    struct store_reader *reader;
    const struct store_hunt *hunt;
    struct wanted wanted;
    sqlite3_stmt *slice;
    struct arena *arena;
    struct store_span *spans;
    size_t count, capacity;
    struct error *err;
};

/* Takes out of the mask the blocks that lack one of the positions. */
static int keep(struct searching *s, int64_t segment, const struct positions *positions,
                struct mask *mask)
{
    for (size_t i = 0; i < positions->count && !is_empty(mask); i++) {
        uint32_t position = positions->items[i];
        sqlite3_bind_int64(s->slice, 1,
                           segment * STORE_SEGMENT_SLICES + position / STORE_SLICE_POSITIONS);
        int code = store_sqlite_step(s->slice, s->reader->path, s->err);
        if (code < 0)
            return code;
        const unsigned char *bits = code == 1 ? sqlite3_column_blob(s->slice, 0) : NULL;
        bool whole = bits != NULL && sqlite3_column_bytes(s->slice, 0) == STORE_SLICE_SIZE;
        bits += whole ? position % STORE_SLICE_POSITIONS * STORE_MASK_SIZE : 0;
        for (int at = 0; whole && at < STORE_MASK_SIZE; at++)
            mask->bits[at] &= bits[at];
        sqlite3_reset(s->slice);
        if (!whole)
            return error_set(s->err, ML_ECORRUPT, s->reader->path,
                             "table lead_slices is not whole; run `meshline rebuild`");
    }
    return 0;
}

static struct mask captured_in(const struct store_hunt *hunt, const unsigned char *bounds)
{
    struct mask mask = {{0}};
    for (unsigned block = 0; block < STORE_SEGMENT_BLOCKS; block++) {
        struct store_bound bound = store_bound_at(bounds, block);
        if (bound.earliest_us < hunt->to_us && bound.latest_us >= hunt->from_us)
            mask.bits[block / 8] |= (unsigned char)(1u << block % 8);
    }
    return mask;
}

static int keep_words(struct searching *s, int64_t segment, struct mask *mask)
{
    struct mask by_digits = *mask;
    if (!s->wanted.has_words)
        return 0;
    int code = keep(s, segment, &s->wanted.words, mask);
    if (code != 0 || !s->wanted.has_digits)
        return code;
    code = keep(s, segment, &s->wanted.digits, &by_digits);
    for (int i = 0; i < STORE_MASK_SIZE; i++)
        mask->bits[i] |= by_digits.bits[i];
    return code;
}

/* ---- spans */

static void add_span(struct searching *s, uint64_t first, uint64_t last)
{
    if (s->count > 0 && s->spans[s->count - 1].last + 1 == first) {
        s->spans[s->count - 1].last = last;
        return;
    }
    if (s->count == s->capacity) {
        size_t capacity = s->capacity > 0 ? 2 * s->capacity : SPANS_AT_ONCE;
        struct store_span *spans = arena_array(s->arena, capacity, sizeof *spans);
        if (s->count > 0)
            memcpy(spans, s->spans, s->count * sizeof *spans);
        s->spans = spans;
        s->capacity = capacity;
    }
    s->spans[s->count++] = (struct store_span){first, last};
}

static void add_blocks(struct searching *s, const unsigned char *bounds, uint64_t through,
                       const struct mask *mask)
{
    for (unsigned block = 0; block < STORE_SEGMENT_BLOCKS; block++) {
        if ((mask->bits[block / 8] >> block % 8 & 1) == 0)
            continue;
        bool is_last = block + 1 == STORE_SEGMENT_BLOCKS;
        add_span(s, store_bound_at(bounds, block).first,
                 is_last ? through : store_bound_at(bounds, block + 1).first - 1);
    }
}

/* The lead of which more became known, wherever it is not looked at anyway. Both rise. */
static int add_changes(struct searching *s, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct searching merged = {.arena = s->arena};
    int code = store_sqlite_prepare(s->reader->db, s->reader->path,
                                    "SELECT lead FROM lead_changes ORDER BY lead", &rows, err);
    size_t next = 0;
    while (code == 0 && (code = store_sqlite_step(rows, s->reader->path, err)) == 1) {
        uint64_t lead = (uint64_t)sqlite3_column_int64(rows, 0);
        for (; next < s->count && s->spans[next].first <= lead; next++)
            add_span(&merged, s->spans[next].first, s->spans[next].last);
        if (merged.count == 0 || merged.spans[merged.count - 1].last < lead)
            add_span(&merged, lead, lead);
        code = 0;
    }
    if (code < 0)
        return code;
    for (; next < s->count; next++)
        add_span(&merged, s->spans[next].first, s->spans[next].last);
    s->spans = merged.spans;
    s->count = merged.count;
    return 0;
}

static int search_segments(struct searching *s, uint64_t *ret_through)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(s->reader->db, s->reader->path,
                                    "SELECT segment, through, bounds FROM lead_segments "
                                    "ORDER BY segment",
                                    &rows, s->err);
    *ret_through = 0;
    while (code == 0 && (code = store_sqlite_step(rows, s->reader->path, s->err)) == 1) {
        if (sqlite3_column_bytes(rows, 2) != STORE_BOUNDS_SIZE)
            return error_set(s->err, ML_ECORRUPT, s->reader->path,
                             "table lead_segments is not whole; run `meshline rebuild`");
        const unsigned char *bounds = sqlite3_column_blob(rows, 2);
        int64_t segment = sqlite3_column_int64(rows, 0);
        struct mask mask = captured_in(s->hunt, bounds);
        *ret_through = (uint64_t)sqlite3_column_int64(rows, 1);
        code = keep(s, segment, &s->wanted.facets, &mask);
        if (code == 0)
            code = keep_words(s, segment, &mask);
        if (code == 0)
            add_blocks(s, bounds, *ret_through, &mask);
    }
    return code;
}

int store_hunt_spans(struct store_reader *reader, const struct store_hunt *hunt,
                     struct arena *arena, struct store_span **ret, size_t *ret_count,
                     struct error *err)
{
    STORE_STATEMENT_AUTO *slice = NULL;
    uint64_t through;
    struct searching s = {.reader = reader, .hunt = hunt, .arena = arena, .err = err};
    s.wanted = wanted_by(hunt);
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT bits FROM lead_slices WHERE slice = ?1", &slice, err);
    s.slice = slice;
    if (code == 0)
        code = search_segments(&s, &through);
    if (code == 0)
        code = add_changes(&s, err);
    if (code != 0)
        return code;
    add_span(&s, through + 1, INT64_MAX);
    *ret = s.spans;
    *ret_count = s.count;
    return 0;
}
