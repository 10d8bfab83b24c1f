/* A Content-Type on the first line, any bytes behind it as a multipart form: nothing crashes, and
 * no value is longer than what was sent. */
#include "contract/form.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct contract_form_limits limits = {.fields = 20};
    struct bytes all = {(const char *)data, size};
    const char *end = size > 0 ? memchr(all.data, '\n', size) : NULL;
    if (end == NULL)
        return 0;
    size_t line = (size_t)(end - all.data);
    struct bytes parameters = {all.data, line}, body = {end + 1, size - line - 1};
    struct contract_form form;
    struct error err;
    struct arena arena;
    arena_init(&arena);
    const char *type = arena_printf(&arena, "multipart/form-data; %.*s", BYTES_ARG(parameters));
    if (contract_form_parse(bytes_of(type), body, &limits, &arena, &form, &err) == 0) {
        if (form.fields.count + form.file_count > limits.fields)
            abort();
        for (uint32_t i = 0; i < form.fields.count; i++)
            if (!bytes_is_utf8(form.fields.members[i].name))
                abort();
        for (size_t i = 0; i < form.file_count; i++)
            if (!bytes_is_utf8(form.files[i].name) || form.files[i].size > body.size)
                abort();
    } else if (!bytes_is_utf8(bytes_of(err.message)) || err.message[0] == '\0') {
        abort();
    }
    arena_release(&arena);
    return 0;
}
