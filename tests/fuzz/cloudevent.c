/* Header lines, an empty line and a body: whatever they are, an event has its required attributes
 * or is refused with a sentence. */
#include "request.h"

#include <stdlib.h>

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
    struct fuzz_request request = fuzz_request_read(data, size);
    struct contract_cloudevents events;
    struct error err;
    struct arena arena;
    arena_init(&arena);
    if (contract_cloudevent_parse(request.headers, request.count, request.body, NULL, &arena,
                                  &events, &err) == 0)
        for (size_t i = 0; i < events.count; i++)
            check(&events.entries[i]);
    else if (err.message[0] == '\0' || !bytes_is_utf8(bytes_of(err.place)))
        abort();
    arena_release(&arena);
    return 0;
}
