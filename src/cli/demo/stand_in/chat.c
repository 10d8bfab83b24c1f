/* Slack's incoming webhook: takes a message, says "ok". */
#include "cli/demo/stand_in/stand_in.h"

#include "base/error.h"

#include <stdlib.h>

struct chat {
    uint64_t messages;
};

static void *open_chat(void)
{
    struct chat *chat = calloc(1, sizeof *chat);
    if (chat == NULL)
        panic("out of memory (stand-in)");
    return chat;
}

static unsigned answer(void *state, const struct stand_in_request *request,
                       struct json_writer *json)
{
    struct chat *chat = state;
    if (!bytes_is(request->method, "POST") || json_member_text(request->body, "text").size == 0) {
        json_string(json, BYTES_LITERAL("no_text"));
        return 400;
    }
    chat->messages++;
    json_string(json, BYTES_LITERAL("ok"));
    return 200;
}

static uint64_t kept(const void *state)
{
    return ((const struct chat *)state)->messages;
}

const struct stand_in_kind stand_in_chat = {
    .name = "sales-chat", .open = open_chat, .close = free, .answer = answer, .kept = kept};
