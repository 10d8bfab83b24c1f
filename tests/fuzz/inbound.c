/* Header lines, an empty line and a body: whatever they are, there is at least one record, each is
 * read or refused with a sentence, and what is stored of a record gives the same record again. */
#include "contract/inbound.h"
#include "request.h"

#include <stdlib.h>
#include <strings.h>

/* The headers as a replay has them: those of the request, with the stored media type. */
static struct fuzz_request stored(const struct fuzz_request *request,
                                  const struct contract_inbound *item)
{
    struct fuzz_request again = {.body = item->text};
    for (size_t i = 0; i < request->count; i++) {
        const struct contract_header *header = &request->headers[i];
        if (header->name.size != 12 || strncasecmp(header->name.data, "content-type", 12) != 0)
            again.headers[again.count++] = *header;
    }
    if (item->media_type.size > 0 && again.count < FUZZ_HEADERS_MAX)
        again.headers[again.count++] =
            (struct contract_header){BYTES_LITERAL("content-type"), item->media_type};
    return again;
}

static void check(const struct fuzz_request *request, const struct contract_inbound *item,
                  struct arena *arena)
{
    struct contract_inbounds twice;
    if ((item->payload == NULL) == (item->error == NULL))
        abort();
    if (item->payload == NULL) {
        if (item->error->message[0] == '\0' || !bytes_is_utf8(bytes_of(item->error->place)))
            abort();
        return;
    }
    struct fuzz_request again = stored(request, item);
    contract_inbound_read(again.headers, again.count, again.body, NULL, arena, &twice);
    if (twice.count != 1 || twice.items[0].payload == NULL || twice.items[0].texts != item->texts ||
        !contract_instance_equal(twice.items[0].payload, item->payload) ||
        !bytes_equal(twice.items[0].key, item->key))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_request request = fuzz_request_read(data, size);
    struct contract_inbounds inbounds;
    struct arena arena;
    arena_init(&arena);
    contract_inbound_read(request.headers, request.count, request.body, NULL, &arena, &inbounds);
    if (inbounds.count == 0)
        abort();
    for (size_t i = 0; i < inbounds.count; i++)
        check(&request, &inbounds.items[i], &arena);
    arena_release(&arena);
    return 0;
}
