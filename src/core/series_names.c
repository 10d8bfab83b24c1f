/* Under which name something counts: a bounded table of names that whoever counts keeps for itself,
 * so that the core, the view and a reloaded core agree. The names are chosen by outsiders (a
 * campaign is a text of the record), so there is a ceiling on how many have series of their own. */
#include "core/watch.h"

#include "base/text_hash.h"

#include <stdlib.h>

enum { SLOTS = 4 * CORE_SERIES_MAX };

struct name {
    char *text; /* owned; NULL: free */
    uint32_t size;
    enum core_series_kind kind;
    uint64_t hash;
    int64_t newest_hour; /* in which it counted */
};

/* The first CORE_SERIES_KINDS indices are CORE_SERIES_OTHER of each kind, those behind are names:
 * an open-addressed table of indices finds them. */
struct core_series_names {
    struct name names[CORE_SERIES_NAMES];
    uint32_t free_indices[CORE_SERIES_MAX]; /* a stack */
    uint32_t free_count;
    uint32_t campaigns;    /* among the names */
    uint16_t slots[SLOTS]; /* index and 1; 0: free */
    int64_t swept_hour;    /* when room was last made; INT64_MIN: never */
};

_Static_assert(CORE_SERIES_NAMES < UINT16_MAX, "an index and 1 fits a slot");

struct core_series_names *core_series_names_new(void)
{
    struct core_series_names *names = core_allocate(1, sizeof *names);
    for (uint32_t i = CORE_SERIES_MAX; i-- > 0;)
        names->free_indices[names->free_count++] = CORE_SERIES_KINDS + i;
    names->swept_hour = INT64_MIN;
    return names;
}

void core_series_names_free(struct core_series_names *names)
{
    if (names == NULL)
        return;
    for (uint32_t i = 0; i < CORE_SERIES_NAMES; i++)
        free(names->names[i].text);
    free(names);
}

/* Not within a character, as far as it is UTF-8; and at a NUL, because surges and alerts keep names
 * as strings, and must find the same series by them. */
static struct bytes cut(struct bytes name)
{
    const char *end = name.size > 0 ? memchr(name.data, '\0', name.size) : NULL;
    if (end != NULL)
        name.size = (size_t)(end - name.data);
    if (name.size <= CORE_SERIES_NAME_MAX)
        return name;
    size_t size = CORE_SERIES_NAME_MAX;
    while (size > CORE_SERIES_NAME_MAX - 4 && ((unsigned char)name.data[size] & 0xc0) == 0x80)
        size--;
    return (struct bytes){name.data, size};
}

static uint64_t hash_of(enum core_series_kind kind, struct bytes name)
{
    return text_hash_mix(text_hash(name), (uint64_t)kind + 1);
}

/* The slot that holds the name, or the free one where it would be put. */
static uint32_t slot_of(const struct core_series_names *names, enum core_series_kind kind,
                        struct bytes name, uint64_t hash)
{
    for (uint32_t slot = (uint32_t)(hash % SLOTS);; slot = (slot + 1) % SLOTS) {
        if (names->slots[slot] == 0)
            return slot;
        const struct name *entry = &names->names[names->slots[slot] - 1];
        if (entry->hash == hash && entry->kind == kind &&
            bytes_equal((struct bytes){entry->text, entry->size}, name))
            return slot;
    }
}

uint32_t core_series_names_find(const struct core_series_names *names, enum core_series_kind kind,
                                struct bytes name)
{
    name = cut(name);
    if (bytes_is(name, CORE_SERIES_OTHER))
        return (uint32_t)kind;
    uint32_t slot = slot_of(names, kind, name, hash_of(kind, name));
    return names->slots[slot] == 0 ? CORE_NONE : names->slots[slot] - 1u;
}

/* Forgets what was not counted for so long that nothing of it is remembered. Within an hour of the
 * last time there is nothing more to forget. */
static void sweep(struct core_series_names *names, int64_t hour)
{
    if (names->swept_hour == hour)
        return;
    names->swept_hour = hour;
    memset(names->slots, 0, sizeof names->slots);
    for (uint32_t i = CORE_SERIES_KINDS; i < CORE_SERIES_NAMES; i++) {
        struct name *entry = &names->names[i];
        if (entry->text == NULL)
            continue;
        if (entry->newest_hour <= hour - CORE_SERIES_HOURS) {
            free(entry->text);
            entry->text = NULL;
            names->campaigns -= entry->kind == CORE_SERIES_CAMPAIGN;
            names->free_indices[names->free_count++] = i;
            continue;
        }
        const struct bytes text = {entry->text, entry->size};
        names->slots[slot_of(names, entry->kind, text, entry->hash)] = (uint16_t)(i + 1);
    }
}

static bool is_full(const struct core_series_names *names, enum core_series_kind kind)
{
    return names->free_count == 0 ||
           (kind == CORE_SERIES_CAMPAIGN && names->campaigns >= CORE_SERIES_CAMPAIGNS_MAX);
}

static struct core_series_name others(enum core_series_kind kind)
{
    return (struct core_series_name){(uint32_t)kind, BYTES_LITERAL(CORE_SERIES_OTHER), false};
}

struct core_series_name core_series_names_take(struct core_series_names *names,
                                               enum core_series_kind kind, struct bytes name,
                                               int64_t time_us)
{
    int64_t hour = time_us / WATCH_HOUR_US;
    name = cut(name);
    if (bytes_is(name, CORE_SERIES_OTHER))
        return others(kind);
    uint64_t hash = hash_of(kind, name);
    uint32_t slot = slot_of(names, kind, name, hash);
    bool is_new = names->slots[slot] == 0;
    if (is_new) {
        if (is_full(names, kind))
            sweep(names, hour);
        if (is_full(names, kind))
            return others(kind);
        slot = slot_of(names, kind, name, hash); /* it may have moved */
        uint32_t index = names->free_indices[--names->free_count];
        names->slots[slot] = (uint16_t)(index + 1);
        names->names[index] =
            (struct name){copy_string(name), (uint32_t)name.size, kind, hash, hour};
        names->campaigns += kind == CORE_SERIES_CAMPAIGN;
    }
    uint32_t index = names->slots[slot] - 1u;
    struct name *entry = &names->names[index];
    if (hour > entry->newest_hour)
        entry->newest_hour = hour;
    return (struct core_series_name){index, {entry->text, entry->size}, is_new};
}

void series_names_each(const struct core_series_names *names,
                       void (*visit)(void *, uint32_t index, enum core_series_kind kind,
                                     struct bytes name),
                       void *context)
{
    for (uint32_t kind = 0; kind < CORE_SERIES_KINDS; kind++)
        visit(context, kind, (enum core_series_kind)kind, BYTES_LITERAL(CORE_SERIES_OTHER));
    for (uint32_t i = CORE_SERIES_KINDS; i < CORE_SERIES_NAMES; i++) {
        const struct name *entry = &names->names[i];
        if (entry->text != NULL)
            visit(context, i, entry->kind, (struct bytes){entry->text, entry->size});
    }
}
