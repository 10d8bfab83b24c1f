/* The list of mistakes: collecting, suggesting, ordering. */
#include "policy/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void policy_diagnostics_init(struct policy_diagnostics *diagnostics)
{
    *diagnostics = (struct policy_diagnostics){0};
    arena_init(&diagnostics->arena);
}

void policy_diagnostics_release(struct policy_diagnostics *diagnostics)
{
    arena_release(&diagnostics->arena);
    *diagnostics = (struct policy_diagnostics){0};
}

struct bytes policy_clip(struct bytes text)
{
    enum { CLIP = 60 };
    size_t size = 0;
    while (size < text.size && size < CLIP && text.data[size] != '\n')
        size++;
    while (size > 0 && size < text.size && ((unsigned char)text.data[size] & 0xC0) == 0x80)
        size--;
    return (struct bytes){text.data, size};
}

static void append(struct policy_diagnostics *diagnostics, const struct policy_diagnostic *item)
{
    if (diagnostics->count == diagnostics->capacity) {
        size_t capacity = diagnostics->capacity ? diagnostics->capacity * 2 : 16;
        struct policy_diagnostic *items = arena_array(&diagnostics->arena, capacity, sizeof *items);
        if (diagnostics->count > 0)
            memcpy(items, diagnostics->items, diagnostics->count * sizeof *items);
        diagnostics->items = items;
        diagnostics->capacity = capacity;
    }
    diagnostics->items[diagnostics->count++] = *item;
}

bool policy_report_full(struct policy_build *build)
{
    bool full = build->diagnostics->count >= POLICY_DIAGNOSTICS_MAX;
    build->dropped += full;
    return full;
}

static void report(struct policy_build *build, const char *file, struct policy_place place,
                   const char *format, va_list arguments)
{
    struct policy_diagnostics *diagnostics = build->diagnostics;
    char message[1024];
    int length = vsnprintf(message, sizeof message, format, arguments);
    size_t size = sizeof message - 1;
    if (length >= (int)sizeof message) { /* cut, but between characters */
        while (size > 0 && ((unsigned char)message[size - 1] & 0xC0) == 0x80)
            size--;
        if (size > 0 && ((unsigned char)message[size - 1] & 0xC0) == 0xC0)
            size--;
        message[size] = '\0';
    }
    append(diagnostics, &(struct policy_diagnostic){
                            .file = arena_string(&diagnostics->arena, bytes_of(file)),
                            .line = place.line,
                            .column = place.column,
                            .message = arena_string(&diagnostics->arena, bytes_of(message)),
                        });
}

void policy_report(struct policy_build *build, const struct policy_node *node, const char *format,
                   ...)
{
    if (policy_report_full(build))
        return;
    va_list arguments;
    va_start(arguments, format);
    report(build, node->document ? node->document->path : "", policy_node_place(node), format,
           arguments);
    va_end(arguments);
}

void policy_report_at(struct policy_build *build, const char *file, struct policy_place place,
                      const char *format, ...)
{
    if (policy_report_full(build))
        return;
    va_list arguments;
    va_start(arguments, format);
    report(build, file, place, format, arguments);
    va_end(arguments);
}

const char *policy_hint(struct policy_build *build, struct bytes word,
                        const char *const *candidates, size_t count)
{
    /* Looking through a long list for a mistake that will not be shown is wasted. */
    if (build->diagnostics->count >= POLICY_DIAGNOSTICS_MAX)
        return "";
    const char *near = bytes_suggest(word, candidates, count);
    return near == NULL ? "" : arena_printf(&build->scratch, "; did you mean `%s`?", near);
}

static int compare(const void *left, const void *right)
{
    const struct policy_diagnostic *a = left, *b = right;
    int order = strcmp(a->file, b->file);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = (a->column > b->column) - (a->column < b->column);
    return order != 0 ? order : strcmp(a->message, b->message);
}

void policy_diagnostics_finish(struct policy_build *build)
{
    struct policy_diagnostics *diagnostics = build->diagnostics;
    if (diagnostics->count == 0)
        return;
    qsort(diagnostics->items, diagnostics->count, sizeof *diagnostics->items, compare);
    /* What an alias repeats is one mistake. */
    size_t kept = 1;
    for (size_t i = 1; i < diagnostics->count; i++)
        if (compare(&diagnostics->items[kept - 1], &diagnostics->items[i]) != 0)
            diagnostics->items[kept++] = diagnostics->items[i];
    diagnostics->count = kept;
    if (build->dropped > 0)
        append(diagnostics,
               &(struct policy_diagnostic){
                   .file = diagnostics->items[kept - 1].file,
                   .message = arena_printf(&diagnostics->arena,
                                           "%zu more mistakes are not shown; correct these first",
                                           build->dropped),
               });
}
