/* Header lines, an empty line and a body: whatever they are, an event has its required attributes
 * or is refused with a sentence. */
#include "contract/cloudevent.h"

#include <stdlib.h>

enum { HEADERS_MAX = 16 };

static void check(const struct contract_cloudevent_entry *entry)
{
    const struct contract_cloudevent *event = &entry->event;
    if (entry->error != NULL) {
        if (entry->error->message[0] == '\0' || !bytes_is_utf8(bytes_of(entry->error->place)))
            abort();
        return;
    }
    if (event->id.size == 0 || event->source.size == 0 || event->type.size == 0 ||
        (event->data != NULL && event->content.data != NULL))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct contract_header headers[HEADERS_MAX];
    struct contract_cloudevents events;
    struct error err;
    struct arena arena;
    struct bytes rest = {(const char *)data, size};
    size_t count = 0;
    arena_init(&arena);
    while (rest.size > 0 && count < HEADERS_MAX) {
        const char *newline = memchr(rest.data, '\n', rest.size);
        size_t line = newline != NULL ? (size_t)(newline - rest.data) : rest.size;
        const char *colon = line > 0 ? memchr(rest.data, ':', line) : NULL;
        size_t name = colon != NULL ? (size_t)(colon - rest.data) : 0;
        if (colon != NULL) {
            headers[count].name = (struct bytes){rest.data, name};
            headers[count++].value = (struct bytes){colon + 1, line - name - 1};
        }
        size_t passed = line + (newline != NULL);
        rest = (struct bytes){rest.data + passed, rest.size - passed};
        if (line == 0)
            break;
    }
    if (contract_cloudevent_parse(headers, count, rest, NULL, &arena, &events, &err) == 0)
        for (size_t i = 0; i < events.count; i++)
            check(&events.entries[i]);
    else if (err.message[0] == '\0' || !bytes_is_utf8(bytes_of(err.place)))
        abort();
    arena_release(&arena);
    return 0;
}
