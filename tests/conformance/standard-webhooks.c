/* Runs vectors of Standard Webhooks signatures: FILE [--list-failed]. FILE is
 * {"vectors":[{"secret", "id","timestamp","body","signature"}]}. A vector passes when its request
 * is taken at its own time, and refused with one more byte in the body and 400 s before and after.
 */
#include "base/buffer.h"
#include "base/json.h"
#include "server/access/signature.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_taken(struct bytes secret, const struct signature_parts *parts, int64_t now_s)
{
    return signature_verify(KEY_SIGNATURE, secret, parts, now_s * 1000000, NULL) == 0;
}

static bool run(struct json_object *vector)
{
    int64_t now_s = json_member_int(vector, "timestamp", 0);
    char timestamp[24];
    (void)snprintf(timestamp, sizeof timestamp, "%" PRId64, now_s);
    struct bytes secret = json_member_text(vector, "secret");
    struct signature_parts parts = {
        .signature = json_member_text(vector, "signature"),
        .timestamp = bytes_of(timestamp),
        .id = json_member_text(vector, "id"),
        .body = json_member_text(vector, "body"),
    };
    bool taken = is_taken(secret, &parts, now_s) && !is_taken(secret, &parts, now_s + 400) &&
                 !is_taken(secret, &parts, now_s - 400);
    struct buffer longer;
    buffer_init(&longer, parts.body.size + 1);
    buffer_append_bytes(&longer, parts.body);
    buffer_append_char(&longer, ' ');
    parts.body = buffer_bytes(&longer);
    bool tampered = is_taken(secret, &parts, now_s);
    buffer_release(&longer);
    return taken && !tampered;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: standard-webhooks FILE [--list-failed]\n");
        return 2;
    }
    struct json_object *file = json_object_from_file(argv[1]);
    struct json_object *vectors = json_object_object_get(file, "vectors");
    if (!json_object_is_type(vectors, json_type_array)) {
        (void)fprintf(stderr, "standard-webhooks: %s: no file of vectors\n", argv[1]);
        json_object_put(file);
        return 1;
    }
    size_t count = json_object_array_length(vectors), passed = 0;
    bool list_failed = argc > 2 && strcmp(argv[2], "--list-failed") == 0;
    for (size_t i = 0; i < count; i++) {
        bool good = run(json_object_array_get_idx(vectors, i));
        passed += good;
        if (!good && list_failed)
            printf("failed: vector %zu\n", i + 1);
    }
    printf("%zu passed, %zu failed\n", passed, count - passed);
    json_object_put(file);
    return passed == count ? 0 : 1;
}
