/* Two selections from a request's headers, by name. */
#include "server/intake/inbound_headers.h"

#include "contract/header.h"

#include <microhttpd.h>
#include <strings.h>

enum { HEADERS_MAX = 120 };

static bool is_attribute(struct bytes name)
{
    return name.size > 3 && strncasecmp(name.data, "ce-", 3) == 0;
}

/* ---- for reading */

struct selection {
    struct request *request;
    struct contract_header *headers; /* room for HEADERS_MAX */
    size_t count;
};

static enum MHD_Result select_header(void *context, enum MHD_ValueKind kind, const char *key,
                                     size_t key_size, const char *value, size_t value_size)
{
    (void)kind;
    struct selection *selection = context;
    struct arena *arena = &selection->request->arena;
    struct bytes name = {key, key_size}, text = {value != NULL ? value : "", value_size};
    bool type = contract_header_is(name, "content-type");
    if (!type && !is_attribute(name))
        return MHD_YES;
    if (selection->count == HEADERS_MAX)
        return MHD_NO;
    selection->headers[selection->count++] = (struct contract_header){
        type ? BYTES_LITERAL("content-type") : arena_copy(arena, name), arena_copy(arena, text)};
    return MHD_YES;
}

void inbound_headers_read(struct request *request, const struct contract_header **ret,
                          size_t *ret_count)
{
    struct contract_header found[HEADERS_MAX];
    struct selection selection = {request, found, 0};
    MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, select_header, &selection);
    struct contract_header *kept = arena_array(&request->arena, selection.count + 1, sizeof *kept);
    memcpy(kept, found, selection.count * sizeof *kept);
    *ret = kept;
    *ret_count = selection.count;
}

/* ---- for keeping */

struct printing {
    struct arena *arena;
    struct json_writer json;
    struct bytes names[HEADERS_MAX]; /* those printed */
    size_t count;
};

static bool is_kept(struct bytes name)
{
    static const char *const names[] = {
        "contract-version",
        "idempotency-key",
        "origin",
        "referer",
        "user-agent",
        "webhook-id",
        "webhook-timestamp",
        "x-correlation-id",
        "x-event-id",
        "x-hubspot-request-timestamp",
        "x-li-request-id",
        "x-request-id",
        "x-webflow-timestamp",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (contract_header_is(name, names[i]))
            return true;
    return is_attribute(name);
}

static struct bytes lower(struct arena *arena, struct bytes name)
{
    struct bytes copy = arena_copy(arena, name);
    char *text = (char *)copy.data;
    for (size_t i = 0; i < copy.size; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] | 32);
    return copy;
}

static enum MHD_Result print_header(void *context, enum MHD_ValueKind kind, const char *key,
                                    size_t key_size, const char *value, size_t value_size)
{
    (void)kind;
    struct printing *printing = context;
    struct bytes name = {key, key_size}, text = {value != NULL ? value : "", value_size};
    if (!is_kept(name) || !bytes_is_utf8(text) || !bytes_is_utf8(name) ||
        printing->count == HEADERS_MAX)
        return MHD_YES;
    name = lower(printing->arena, name);
    for (size_t i = 0; i < printing->count; i++)
        if (bytes_equal(printing->names[i], name))
            return MHD_YES;
    printing->names[printing->count++] = name;
    json_key_bytes(&printing->json, name);
    json_string(&printing->json, text);
    return MHD_YES;
}

struct bytes inbound_headers_print(struct request *request)
{
    struct printing printing = {.arena = &request->arena};
    struct buffer text;
    buffer_init(&text, 1024 * 1024);
    json_begin(&printing.json, &text);
    json_object_open(&printing.json);
    MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, print_header, &printing);
    json_object_close(&printing.json);
    struct bytes printed =
        text.overflow ? BYTES_LITERAL("{}") : arena_copy(&request->arena, buffer_bytes(&text));
    buffer_release(&text);
    return printed;
}
