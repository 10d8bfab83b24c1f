/* Open dead letters: by number, and in order of time, which is that of their numbers, for
 * retention. Those that are over leave nothing behind but a count. */
#include "core/internal.h"

struct dead_letter *dead_letter_get(const struct core *core, uint64_t number)
{
    const uint64_t *found = map_find(&core->dead_letters, map_number_key(number));
    return found != NULL ? (struct dead_letter *)(uintptr_t)*found : NULL;
}

struct dead_letter *dead_letter_add(struct core *core, const struct core_dead_letter *view)
{
    struct dead_letter *letter = core->free_dead_letters;
    if (letter != NULL)
        core->free_dead_letters = letter->next;
    else
        letter = arena_alloc(&core->dead_letter_memory, sizeof *letter);
    *letter = (struct dead_letter){.view = *view, .previous = core->dead_letters_last};
    ML_ASSERT(letter->previous == NULL || letter->previous->view.number < view->number);
    if (letter->previous != NULL)
        letter->previous->next = letter;
    else
        core->dead_letters_first = letter;
    core->dead_letters_last = letter;
    map_put(&core->dead_letters, map_number_key(view->number), (uintptr_t)letter);
    core->sources[view->source]->open_letters++;
    core->counts.dead_lettered++;
    return letter;
}

void dead_letter_remove(struct core *core, struct dead_letter *letter)
{
    if (letter->previous != NULL)
        letter->previous->next = letter->next;
    else
        core->dead_letters_first = letter->next;
    if (letter->next != NULL)
        letter->next->previous = letter->previous;
    else
        core->dead_letters_last = letter->previous;
    map_remove(&core->dead_letters, map_number_key(letter->view.number));
    letter->next = core->free_dead_letters;
    core->free_dead_letters = letter;
    core->sources[letter->view.source]->open_letters--;
    core->counts.dead_lettered--;
}

int64_t dead_letters_due_us(const struct core *core)
{
    const struct policy_release *release = core_release(core);
    const struct dead_letter *oldest = core->dead_letters_first;
    if (release == NULL || oldest == NULL || release->keep_dead_letters_us <= 0)
        return INT64_MAX;
    return oldest->view.captured_us + release->keep_dead_letters_us;
}

bool core_dead_letter_find(const struct core *core, uint64_t number, struct core_dead_letter *ret)
{
    const struct dead_letter *letter = dead_letter_get(core, number);
    if (letter != NULL)
        *ret = letter->view;
    return letter != NULL;
}
