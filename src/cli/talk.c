/* Paths, bodies and answers of single requests. */
#include "cli/talk.h"

#include <stdio.h>

enum { TALK_BODY_MAX = 1024 * 1024 };

int talk_show(struct client *client, const char *path, bool as_json,
              void (*print)(struct json_object *answer), struct error *err)
{
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    int code = client_get(client, path, &answer, &tree, err);
    if (code == 0 && as_json)
        printf("%s\n", buffer_string(&answer.body));
    else if (code == 0)
        print(tree);
    client_answer_release(&answer);
    return code;
}

static void write_path(const struct talk_order *order, struct buffer *path)
{
    buffer_append_bytes(path, bytes_of(order->base));
    if (order->id != NULL) {
        buffer_append_char(path, '/');
        client_escape(path, bytes_of(order->id));
    }
    buffer_append_bytes(path, bytes_of(order->verb));
}

static void write_body(const struct talk_order *order, struct buffer *body)
{
    struct json_writer json;
    json_begin(&json, body);
    json_object_open(&json);
    if (order->write != NULL)
        order->write(&json);
    json_object_close(&json);
}

static int call(struct client *client, const struct talk_order *order, struct buffer *path,
                struct buffer *body, struct client_answer *answer, struct error *err)
{
    char condition[64];
    const char *const headers[] = {condition, NULL};
    snprintf(condition, sizeof condition, "If-Match: \"%s\"",
             order->version != NULL ? order->version : "");
    bool plain = order->method != NULL; /* DELETE has no body */
    if (!plain)
        write_body(order, body);
    const struct client_call call = {.method = plain ? order->method : "POST",
                                     .path = buffer_string(path),
                                     .content_type = plain ? NULL : "application/json",
                                     .body = buffer_bytes(body),
                                     .headers = order->version != NULL ? headers : NULL};
    int code = client_call(client, &call, answer, err);
    return code == 0 ? client_check(answer, err) : code;
}

int talk_tell(struct client *client, const struct talk_order *order, bool as_json,
              struct json_object **ret, struct error *err)
{
    struct buffer path, body;
    struct client_answer answer = {0};
    *ret = NULL;
    buffer_init(&path, TALK_BODY_MAX);
    buffer_init(&body, TALK_BODY_MAX);
    write_path(order, &path);
    int code = call(client, order, &path, &body, &answer, err);
    if (code == 0 && answer.body.size > 0)
        code = json_parse(buffer_bytes(&answer.body), ret, err);
    if (code == 0 && as_json && answer.body.size > 0)
        printf("%s\n", buffer_string(&answer.body));
    client_answer_release(&answer);
    buffer_release(&path);
    buffer_release(&body);
    return code;
}

void talk_member(struct json_writer *json, const char *name, const char *value)
{
    if (value != NULL)
        json_member(json, name, bytes_of(value));
}
